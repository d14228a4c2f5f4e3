//! The stage: every slot a card of a small table, a map and a close-up of a large one.

use std::ops::Range;
use std::rc::Rc;

use gloo::render::request_animation_frame;
use yew::prelude::*;

use super::dom;
use super::map::MapView;
use super::shell::Dispatch;
use super::size::use_size;
use crate::engine::Command;
use crate::engine::frame::{Second, Stage};
use crate::engine::map::Which;
use crate::table::Saw;
use crate::view::stage::{BADGE, Card, Flight, Hop, Look, Room, Shelf, StageModel};

/// Cards that may change in one frame while time runs fast; the others follow in the next frames.
const AT_ONCE: usize = 96;

/// PageUp and PageDown walk over so many slots.
const PAGE: u32 = 8;

/// The radius of a card's corners.
const ROUND: f64 = 5.0;

#[derive(Properties, PartialEq)]
pub struct StageProps {
    pub dispatch: Dispatch,
    pub stage: Stage,
    pub title: &'static str,
    pub fast: bool,
}

/// Keeps the engine told what room the element has that carries this reference, for the stage of the table that stands
/// `lane`th. It needs the class `measured`, so that its size is what the page has for it and not what was drawn in it last.
#[hook]
pub fn use_room(dispatch: &Dispatch, lane: usize) -> NodeRef {
    let frame = use_node_ref();
    let dispatch = dispatch.clone();
    use_size(&frame, move |(width, height)| dispatch.set_room(lane, Room { width, height }));
    frame
}

#[function_component]
pub fn StageView(props: &StageProps) -> Html {
    let frame = use_room(&props.dispatch, 0);
    html! {
        <div id="stage" class="stage" tabindex="-1">
            <div class="stage-inner measured" ref={frame}>
                { match &props.stage {
                    Stage::Cards(model) => html! { <Cards dispatch={props.dispatch.clone()} model={model.clone()} active=true /> },
                    Stage::Map { close_up, second } => html! {
                        <>
                            { maps(&props.dispatch, 0, props.title, *second, false) }
                            <h3>{ if props.fast { "Close-up: waits until time runs more slowly" } else { "Close-up: the slots this operation looked into" } }</h3>
                            <div class={classes!("close-up", props.fast.then_some("waiting"))}>
                                <Cards dispatch={props.dispatch.clone()} model={close_up.clone()} active=true />
                            </div>
                        </>
                    },
                } }
            </div>
            <Legend />
        </div>
    }
}

/// The maps of the table that stands `lane`th, with `brief` titles where there is little room.
pub fn maps(dispatch: &Dispatch, lane: usize, title: &str, second: Option<Second>, brief: bool) -> Html {
    let ordered = second == Some(Second::Entries);
    let label = match second {
        Some(Second::Entries) => format!("Map of all entries of {title}, in insertion order"),
        _ => format!("Map of the slots that {title} is moving to"),
    };
    html! {
        <>
            <MapView dispatch={dispatch.clone()} {lane} which={Which::Slots} {ordered} aged=true {brief} label={format!("Map of all slots of {title}")} />
            if second.is_some() {
                <MapView dispatch={dispatch.clone()} {lane} which={Which::Second} {brief} {label} />
            }
        </>
    }
}

#[function_component]
fn Legend() -> Html {
    let sample = |class: &'static str, text: &'static str| {
        html! {
            <li>
                <svg class="sample" viewBox="0 0 22 22" aria-hidden="true"><g class={classes!("card", class)}>{ shape(match class {
                    "tombstone" => Look::Tombstone,
                    "live" => Look::Live,
                    _ => Look::Empty,
                }, 0.0, 22.0, 22.0) }</g></svg>
                { text }
            </li>
        }
    };
    html! {
        <ul class="legend" aria-label="Legend">
            { sample("empty", "empty") }
            { sample("live", "live") }
            { sample("tombstone", "tombstone (CPython: dummy)") }
        </ul>
    }
}

#[derive(Properties, PartialEq)]
pub struct CardsProps {
    pub dispatch: Dispatch,
    pub model: Rc<StageModel>,
    /// Its slots can be selected and walked through: so it is with the table that is told about.
    pub active: bool,
}

/// The cards stand in pictures of their own, a row in each: when one changes the browser paints that row again and no other.
#[function_component]
pub fn Cards(props: &CardsProps) -> Html {
    let CardsProps { dispatch, model, active } = props;
    let shown = use_mut_ref(Shown::default);
    let complete = shown.borrow_mut().follow(model, dispatch.is_hurried());
    let again = use_force_update();
    use_effect(move || {
        let frame = (!complete).then(|| request_animation_frame(move |_| again.force_update()));
        move || drop(frame)
    });
    let held = active.then(dom::focused_id).flatten();
    // Cards that stand in another row are other elements than before.
    use_effect_with(shown.borrow().ranges(), move |_| dom::focus_again(held.as_deref()));
    let (width, height) = (model.width, model.height.max(1.0));
    let size = |shelf: Shelf| model.shelf(shelf).map_or((0.0, 0.0), |s| (s.w, s.h));
    let picture = format!("0 0 {width} {height}");
    html! {
        <div class="cards" role="group" aria-label="Slots" ~style={format!("width:{width}px;aspect-ratio:{width}/{height:.1}")}>
            <svg viewBox={picture.clone()}>
                <defs>
                    <pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                        <rect class="hatch-ground" width="7" height="7" /><line class="hatch-line" x1="0" y1="0" x2="0" y2="7" />
                    </pattern>
                </defs>
                <g class="ties" aria-hidden="true">
                    { for model.ties.iter().map(|t| {
                        let (bend, d) = ((t.to.1 - t.from.1) * 0.5, t);
                        html! { <path class={classes!("tie", t.strong.then_some("strong"))}
                            d={format!("M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}", d.from.0, d.from.1, d.from.0, d.from.1 + bend,
                                d.to.0, d.to.1 - bend, d.to.0, d.to.1)} /> }
                    }) }
                </g>
                { for model.shelves.iter().map(|s| html! { <text class="shelf" x="0" y={s.y.to_string()}>{ &s.title }</text> }) }
            </svg>
            { for shown.borrow().rows.iter().map(|row| {
                let Card { shelf, pos, .. } = row.cards()[0];
                html! { <RowView key={format!("{shelf:?}{pos}")} dispatch={dispatch.clone()} row={row.clone()} active={*active} /> }
            }) }
            <svg class="over" viewBox={picture} aria-hidden="true">
                { for model.hops.iter().map(hop) }
                { for model.flight.iter().map(|f| flight(f, size(Shelf::NextSlots))) }
            </svg>
        </div>
    }
}

/// Cards beside each other.
#[derive(Clone)]
struct Row {
    model: Rc<StageModel>,
    range: Range<usize>,
}

impl Row {
    /// All of a model, from top to bottom.
    fn all(model: &Rc<StageModel>) -> Vec<Row> {
        let mut end = 0;
        let rows = model.cards.chunk_by(|a, b| (a.shelf, a.y) == (b.shelf, b.y));
        let row = rows.map(|cards| {
            end += cards.len();
            Row { model: model.clone(), range: end - cards.len()..end }
        });
        row.collect()
    }

    /// There is at least one.
    fn cards(&self) -> &[Card] {
        &self.model.cards[self.range.clone()]
    }

    /// The last place of its array that has a card.
    fn last(&self) -> u32 {
        let shelf = self.cards()[0].shelf;
        self.model.cards.iter().rfind(|card| card.shelf == shelf).map_or(0, |card| card.pos)
    }

    /// The size of its cards and of their letters.
    fn size(&self) -> [f64; 4] {
        self.model.shelf(self.cards()[0].shelf).map_or([0.0; 4], |shelf| [shelf.w, shelf.h, shelf.font, shelf.small])
    }

    /// Where it stands, and in how large a picture.
    fn place(&self) -> (f64, f64, f64) {
        (self.cards()[0].y, self.model.width, self.model.height)
    }

    fn stands_like(&self, other: &Row) -> bool {
        let place = |row: &Row| (row.range.clone(), row.size(), row.place(), row.cards()[0].shelf, row.cards()[0].pos);
        place(self) == place(other)
    }
}

/// Rows that look the same are equal, whatever else their models hold.
impl PartialEq for Row {
    fn eq(&self, other: &Row) -> bool {
        self.stands_like(other) && self.cards() == other.cards()
    }
}

/// The rows as they are on the page.
#[derive(Default)]
struct Shown {
    rows: Vec<Row>,
    /// What they are to show.
    wanted: Option<Rc<StageModel>>,
    /// The row whose turn it is to change.
    next: usize,
}

impl Shown {
    /// Show `model`; gives whether all of it is shown. While time is hurried, and if everything stands where it stood, the
    /// rows that changed follow in the next frames: in this one the words change.
    fn follow(&mut self, model: &Rc<StageModel>, hurried: bool) -> bool {
        let rows = Row::all(model);
        let known = self.wanted.as_ref().is_some_and(|wanted| Rc::ptr_eq(wanted, model));
        self.wanted = Some(model.clone());
        let stand = rows.len() == self.rows.len() && rows.iter().zip(&self.rows).all(|(new, old)| new.stands_like(old));
        if !hurried || !stand {
            (self.rows, self.next) = (rows, 0);
            return true;
        }
        let mut done = if known { 0 } else { AT_ONCE };
        let (early, late) = rows.into_iter().enumerate().partition::<Vec<_>, _>(|(nth, _)| *nth < self.next);
        for (nth, row) in late.into_iter().chain(early) {
            if row != self.rows[nth] {
                if done >= AT_ONCE {
                    self.next = nth;
                    return false;
                }
                done += row.range.len();
            }
            self.rows[nth] = row;
        }
        true
    }

    /// Which cards stand in which row.
    fn ranges(&self) -> Vec<Range<usize>> {
        self.rows.iter().map(|row| row.range.clone()).collect()
    }
}

#[derive(Properties, PartialEq)]
struct RowProps {
    dispatch: Dispatch,
    row: Row,
    active: bool,
}

#[function_component]
fn RowView(props: &RowProps) -> Html {
    let RowProps { dispatch, row, active } = props;
    let (size, last) = (row.size(), row.last());
    let h = size[1];
    let (y, width, height) = row.place();
    html! {
        <svg class="row" viewBox={format!("0 0 {width} {h}")} ~style={format!("top:{:.3}%", y * 100.0 / height)}>
            { for row.cards().iter().map(|card| html! {
                <CardView key={card.pos} dispatch={dispatch.clone()} card={card.clone()} {size} {last} active={*active} />
            }) }
        </svg>
    }
}

/// What each state looks like, by outline and pattern; its left edge is at `x`.
fn shape(look: Look, x: f64, w: f64, h: f64) -> Html {
    let (left, right, bottom) = (x + 0.75, x + w - 0.75, h - 0.75);
    // One element for all: that a card changes its look changes only the line.
    let d = match look {
        Look::Tombstone => {
            let r = (w * 0.5).min(h * 0.42);
            let (rise, fall) = (x + r, x + w - r);
            format!(
                "M{left:.2} {bottom:.2}V{r:.1}Q{left:.2} 0.75 {rise:.1} 0.75H{fall:.1}Q{right:.2} 0.75 {right:.2} {r:.1}V{bottom:.2}Z"
            )
        }
        _ => {
            let (inner_left, inner_right, inner_bottom) = (left + ROUND, right - ROUND, bottom - ROUND);
            let arc = format!("A{ROUND} {ROUND} 0 0 1");
            format!(
                "M{inner_left:.2} 0.75H{inner_right:.2}{arc}{right:.2} {:.2}V{inner_bottom:.2}{arc}{inner_right:.2} {bottom:.2}\
                 H{inner_left:.2}{arc}{left:.2} {inner_bottom:.2}V{:.2}{arc}{inner_left:.2} 0.75Z",
                0.75 + ROUND,
                0.75 + ROUND
            )
        }
    };
    html! { <path class="body" {d} /> }
}

#[derive(Properties, PartialEq)]
struct CardProps {
    dispatch: Dispatch,
    card: Card,
    /// Its width and height, and the sizes of the letters of its key and of the rest.
    size: [f64; 4],
    /// The last place of its array that has one.
    last: u32,
    active: bool,
}

#[function_component]
fn CardView(props: &CardProps) -> Html {
    let CardProps { dispatch, card, size, last, active } = props;
    let [w, h, font, small] = *size;
    let look = match card.look {
        Look::Empty => "empty",
        Look::Tombstone => "tombstone",
        Look::Live => "live",
    };
    let touch = card.touch;
    let class = classes!(
        "card",
        look,
        touch.probe.is_some().then_some("probed"),
        touch.here.then_some("here"),
        touch.found.then_some("found"),
        touch.written.then_some("written"),
        card.selected.then_some("selected"),
    );
    let probed = *active && matches!(card.shelf, Shelf::Slots);
    let pos = card.pos;
    let select = probed.then(|| dispatch.callback(move |_: MouseEvent| Command::Select(Some(pos))));
    let middle = if h >= 60.0 { h * 0.5 + font * 0.35 } else { h - font * 0.45 };
    let id = probed.then(|| format!("slot-{pos}"));
    let keys = probed.then(|| {
        let (dispatch, last) = (dispatch.clone(), *last);
        Callback::from(move |event: KeyboardEvent| {
            let to = match event.key().as_str() {
                "Enter" | " " => {
                    dispatch.send(Command::Select(Some(pos)));
                    Some(pos)
                }
                "ArrowRight" => Some(pos + 1),
                "ArrowLeft" => pos.checked_sub(1),
                "PageDown" => Some((pos + PAGE).min(last)),
                "PageUp" => Some(pos.saturating_sub(PAGE)),
                "Home" => Some(0),
                "End" => Some(last),
                _ => return,
            };
            event.prevent_default();
            if let Some(next) = to.and_then(|p| dom::by_id(&format!("slot-{p}"))) {
                dom::focus(&next);
            }
        })
    });
    // Places, not transforms: each of those would cost the browser a layer of its own.
    let (left, centre) = (card.x, (card.x + w / 2.0).to_string());
    let (font, low) = (font.to_string(), (h - small * 0.6).to_string());
    // Beside the key's letters where there is no line for it alone.
    let number = if h < 60.0 { small.min(h * 0.28) } else { small };
    let (top, small) = ((number * 1.05 + 1.0).to_string(), small.to_string());
    html! {
        <g {id} {class} role={probed.then_some("button")} aria-pressed={probed.then(|| card.selected.to_string())}
            tabindex={probed.then_some(if pos == 0 { "0" } else { "-1" })}
            data-keys={probed.then_some("slots")} onclick={select} onkeydown={keys}>
            <title>{ &card.label }</title>
            { shape(card.look, left, w, h) }
            if card.look == Look::Tombstone {
                <text class="pos" font-size={number.to_string()} x={centre.clone()} y={top}>{ pos }</text>
            } else {
                <text class="pos" font-size={number.to_string()} x={(left + 5.0).to_string()} y={top}>{ pos }</text>
            }
            <text class="key" font-size={font} x={centre.clone()} y={middle.to_string()}>{ &card.key }</text>
            if !card.value.is_empty() {
                <text class="value" font-size={small.clone()} x={centre.clone()} y={low.clone()}>{ &card.value }</text>
            }
            if card.look == Look::Tombstone && h >= 60.0 && w >= 58.0 {
                <text class="value" font-size={small} x={centre} y={low}>{ "deleted" }</text>
            }
        </g>
    }
}

/// An arc from slot to slot with its number at the end.
fn hop(hop: &Hop) -> Html {
    let (x, y) = hop.to;
    let top = y - 11.0;
    let class = match hop.saw {
        Saw::Found(_) => "found",
        Saw::Empty => "empty",
        Saw::Tombstone { .. } => "dummy",
        _ => "miss",
    };
    let path = match hop.from {
        Some((from, from_y)) if (from_y - y).abs() < 1.0 => {
            let lift = 14.0 + ((x - from).abs() * 0.06).min(12.0);
            format!("M{from:.1} {:.1}Q{:.1} {:.1} {x:.1} {top:.1}", from_y - 11.0, (from + x) / 2.0, y - 11.0 - lift)
        }
        Some((from, from_y)) => {
            format!(
                "M{from:.1} {:.1}C{from:.1} {:.1} {x:.1} {:.1} {x:.1} {top:.1}",
                from_y - 11.0,
                from_y - 30.0,
                y - 34.0
            )
        }
        None => format!("M{x:.1} {:.1}V{top:.1}", y - 26.0),
    };
    html! {
        <g class={classes!("hop", class, hop.latest.then_some("latest"))}>
            <path d={path} /><circle cx={x.to_string()} cy={top.to_string()} r={BADGE.to_string()} />
            <text x={x.to_string()} y={(top + 4.0).to_string()}>{ hop.nth }</text>
        </g>
    }
}

fn flight(f: &Flight, (w, h): (f64, f64)) -> Html {
    let style = format!("--fx:{:.1}px;--fy:{:.1}px;--tx:{:.1}px;--ty:{:.1}px", f.from.0, f.from.1, f.to.0, f.to.1);
    html! {
        <g key={f.serial.to_string()} class="flight" ~style={style} aria-hidden="true">
            <rect width={w.to_string()} height={(h.min(30.0)).to_string()} rx="5" />
            <text x={(w / 2.0).to_string()} y={(h.min(30.0) / 2.0 + 4.5).to_string()}>{ &f.key }</text>
        </g>
    }
}
