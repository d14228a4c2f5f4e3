//! The stage: every slot a card of a small table, a map and a close-up of a large one.

use std::rc::Rc;

use yew::prelude::*;

use super::dom;
use super::map::MapView;
use super::shell::Dispatch;
use super::size::use_size;
use crate::engine::Command;
use crate::engine::frame::{Second, Stage};
use crate::engine::map::Which;
use crate::table::Saw;
use crate::view::stage::{Card, Flight, Hop, Look, Shelf, StageModel};

#[derive(Properties, PartialEq)]
pub struct StageProps {
    pub dispatch: Dispatch,
    pub stage: Stage,
    pub title: &'static str,
    pub fast: bool,
}

/// Keeps the engine told how wide the element is that carries this reference.
#[hook]
pub fn use_stage_width(dispatch: &Dispatch) -> NodeRef {
    let frame = use_node_ref();
    let dispatch = dispatch.clone();
    use_size(&frame, move |(width, _)| dispatch.set_stage_width(width));
    frame
}

#[function_component]
pub fn StageView(props: &StageProps) -> Html {
    let frame = use_stage_width(&props.dispatch);
    html! {
        <div id="stage" class="stage" tabindex="-1">
            <div class="stage-inner" ref={frame}>
                { match &props.stage {
                    Stage::Cards(model) => html! { <Cards dispatch={props.dispatch.clone()} model={model.clone()} active=true /> },
                    Stage::Map { close_up, second } => html! {
                        <>
                            { maps(&props.dispatch, 0, props.title, *second, false) }
                            <h3>{ if props.fast { "Close-up: waits until time runs more slowly" } else { "Close-up: the slots this operation looked into" } }</h3>
                            <div class={classes!(props.fast.then_some("waiting"))}>
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
            <MapView dispatch={dispatch.clone()} {lane} which={Which::Slots} {ordered} {brief} label={format!("Map of all slots of {title}")} />
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
                }, 22.0, 22.0) }</g></svg>
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

#[function_component]
pub fn Cards(props: &CardsProps) -> Html {
    let model = &props.model;
    let size = |shelf: Shelf| model.shelves.iter().find(|s| s.shelf == shelf).map_or((0.0, 0.0), |s| (s.w, s.h));
    html! {
        <svg class="cards" role="group" aria-label="Slots" width={model.width.to_string()} height={model.height.to_string()}
            viewBox={format!("0 0 {} {}", model.width, model.height)}>
            <defs>
                <pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                    <rect class="hatch-ground" width="7" height="7" /><line class="hatch-line" x1="0" y1="0" x2="0" y2="7" />
                </pattern>
            </defs>
            { for model.shelves.iter().map(|s| html! { <text class="shelf" x="0" y={s.y.to_string()}>{ &s.title }</text> }) }
            <g class="ties" aria-hidden="true">
                { for model.ties.iter().map(|t| {
                    let (bend, d) = ((t.to.1 - t.from.1) * 0.5, t);
                    html! { <path class={classes!("tie", t.strong.then_some("strong"))}
                        d={format!("M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}", d.from.0, d.from.1, d.from.0, d.from.1 + bend,
                            d.to.0, d.to.1 - bend, d.to.0, d.to.1)} /> }
                }) }
            </g>
            { for model.cards.iter().map(|card| {
                let (w, h) = size(card.shelf);
                html! { <CardView key={format!("{:?}{}", card.shelf, card.pos)} dispatch={props.dispatch.clone()} card={card.clone()} {w} {h} active={props.active} /> }
            }) }
            <g class="hops" aria-hidden="true">{ for model.hops.iter().map(hop) }</g>
            { for model.flight.iter().map(|f| flight(f, size(Shelf::NextSlots))) }
        </svg>
    }
}

/// What each state looks like, by outline and pattern.
fn shape(look: Look, w: f64, h: f64) -> Html {
    match look {
        Look::Tombstone => {
            let r = (w * 0.5).min(h * 0.42);
            html! { <path class="body" d={format!("M0.75 {:.1}V{r:.1}Q0.75 0.75 {r:.1} 0.75H{:.1}Q{:.1} 0.75 {:.1} {r:.1}V{:.1}Z",
            h - 0.75, w - r, w - 0.75, w - 0.75, h - 0.75)} /> }
        }
        _ => {
            html! { <rect class="body" x="0.75" y="0.75" width={(w - 1.5).to_string()} height={(h - 1.5).to_string()} rx="5" /> }
        }
    }
}

#[derive(Properties, PartialEq)]
struct CardProps {
    dispatch: Dispatch,
    card: Card,
    w: f64,
    h: f64,
    active: bool,
}

#[function_component]
fn CardView(props: &CardProps) -> Html {
    let CardProps { dispatch, card, w, h, active } = props;
    let (w, h) = (*w, *h);
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
        if h < 40.0 { Some("tiny") } else { (h < 60.0).then_some("small") },
    );
    let probed = *active && matches!(card.shelf, Shelf::Slots);
    let pos = card.pos;
    let select = probed.then(|| dispatch.callback(move |_: MouseEvent| Command::Select(Some(pos))));
    let middle = if h >= 60.0 { h * 0.52 } else { h * 0.66 };
    let id = probed.then(|| format!("slot-{pos}"));
    let keys = probed.then(|| {
        let dispatch = dispatch.clone();
        Callback::from(move |event: KeyboardEvent| {
            let to = match event.key().as_str() {
                "Enter" => {
                    dispatch.send(Command::Select(Some(pos)));
                    Some(pos)
                }
                "ArrowRight" => Some(pos + 1),
                "ArrowLeft" => pos.checked_sub(1),
                _ => return,
            };
            event.prevent_default();
            if let Some(next) = to.and_then(|p| dom::by_id(&format!("slot-{p}"))) {
                dom::focus(&next);
            }
        })
    });
    html! {
        <g {id} {class} transform={format!("translate({:.1} {:.1})", card.x, card.y)} role={probed.then_some("button")}
            aria-label={card.label.clone()} tabindex={probed.then_some(if pos == 0 { "0" } else { "-1" })}
            data-keys={probed.then_some("slots")} onclick={select} onkeydown={keys}>
            <title>{ &card.label }</title>
            { shape(card.look, w, h) }
            if card.look == Look::Tombstone {
                <text class="pos" x={(w / 2.0).to_string()} y={if h >= 40.0 { "16" } else { "10" }}>{ pos }</text>
            } else {
                <text class="pos" x="6" y={if h >= 40.0 { "14" } else { "9" }}>{ pos }</text>
            }
            <text class="key" x={(w / 2.0).to_string()} y={middle.to_string()}>{ &card.key }</text>
            if !card.value.is_empty() {
                <text class="value" x={(w / 2.0).to_string()} y={(h - 9.0).to_string()}>{ &card.value }</text>
            }
            if card.look == Look::Tombstone && h >= 60.0 {
                <text class="value" x={(w / 2.0).to_string()} y={(h - 9.0).to_string()}>{ "deleted" }</text>
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
            <path d={path} /><circle cx={x.to_string()} cy={top.to_string()} r="9" />
            <text x={x.to_string()} y={(top + 4.0).to_string()}>{ hop.nth }</text>
        </g>
    }
}

fn flight(f: &Flight, (w, h): (f64, f64)) -> Html {
    let style = format!("--fx:{:.1}px;--fy:{:.1}px;--tx:{:.1}px;--ty:{:.1}px", f.from.0, f.from.1, f.to.0, f.to.1);
    html! {
        <g key={f.serial.to_string()} class="flight" {style} aria-hidden="true">
            <rect width={w.to_string()} height={(h.min(30.0)).to_string()} rx="5" />
            <text x={(w / 2.0).to_string()} y={(h.min(30.0) / 2.0 + 4.5).to_string()}>{ &f.key }</text>
        </g>
    }
}
