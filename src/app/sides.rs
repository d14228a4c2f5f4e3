//! Several tables side by side, with their charts and what their operations cost.

use std::rc::Rc;

use yew::prelude::*;

use super::compact::Compact;
use super::gauge::bar;
use super::shell::Dispatch;
use super::size::use_size;
use super::stage::{Cards, maps, use_room};
use super::{dom, ink};
use crate::engine::Command;
use crate::engine::frame::{Side, Stage, Versus, VersusLine};
use crate::stats::Summary;
use crate::table::{CopyPrice, Deletion};
use crate::view::stage::MOST_CARDS;
use crate::view::text::{bytes, count, group};

#[derive(Properties, PartialEq)]
pub struct SidesProps {
    pub dispatch: Dispatch,
    pub sides: Vec<Side>,
    pub focus: usize,
    /// The most bytes that one of them ever takes.
    pub peak: u64,
    /// The ways to copy the one that is told about.
    pub copies: Rc<[CopyPrice]>,
    pub fast: bool,
}

/// A table of more bytes has too many slots for cards.
const LARGE: u64 = 24 * MOST_CARDS as u64;

/// The tables.
#[function_component]
pub fn SidesView(props: &SidesProps) -> Html {
    // Maps are read small as well: tables that will be maps go in a row, to be in view at once.
    let maps = props.peak > LARGE;
    html! {
        <>
        <div class="gauge several"><Compact dispatch={props.dispatch.clone()} copies={props.copies.clone()} waiting={props.fast} /></div>
        <div id="stage" class={classes!("sides", maps.then_some("maps"))} tabindex="-1" data-count={props.sides.len().to_string()}>
            { for props.sides.iter().enumerate().map(|(nth, side)| {
                let focused = nth == props.focus;
                html! {
                    <article key={nth} class={classes!("side", format!("lane-{nth}"), focused.then_some("focused"))}
                        aria-label={side.spec.clone()}>
                        <Head dispatch={props.dispatch.clone()} {nth} title={side.title} spec={side.spec.clone()}
                            deletion={side.deletion} {focused} />
                        <Body dispatch={props.dispatch.clone()} lane={nth}>{ shown(&props.dispatch, nth, side, focused) }</Body>
                        { gauge(side) }
                        <p class="told">{ &side.sentence }</p>
                    </article>
                }
            }) }
        </div>
        </>
    }
}

#[derive(Properties, PartialEq)]
struct BodyProps {
    dispatch: Dispatch,
    lane: usize,
    children: Html,
}

/// The stage of one of several tables, drawn for the room it has.
#[function_component]
fn Body(props: &BodyProps) -> Html {
    let room = use_room(&props.dispatch, props.lane);
    html! { <div class="stage-inner measured" ref={room}>{ props.children.clone() }</div> }
}

#[derive(Properties, PartialEq)]
struct HeadProps {
    dispatch: Dispatch,
    nth: usize,
    title: &'static str,
    spec: String,
    deletion: Deletion,
    focused: bool,
}

/// A table's name and its settings.
fn parts(spec: &str) -> (&str, Option<String>) {
    match spec.split_once(':') {
        Some((name, settings)) => (name, Some(settings.replace(',', " "))),
        None => (spec, None),
    }
}

#[function_component]
fn Head(props: &HeadProps) -> Html {
    let nth = props.nth;
    let (_, settings) = parts(&props.spec);
    html! {
        <header>
        <h2>
            <button class="name" aria-pressed={props.focused.to_string()} title="Tell about this table and step through it"
                onclick={props.dispatch.callback(move |_: MouseEvent| Command::Focus(nth))}>
                <Swatch />{ props.title }
            </button>
            if let Some(settings) = settings { <code class="muted">{ settings }</code> }
        </h2>
        <p class="muted">{ props.deletion.name() }</p>
        </header>
    }
}

/// A piece of the table's line in the charts.
#[function_component]
fn Swatch() -> Html {
    html! { <svg class="swatch" viewBox="0 0 24 8" aria-hidden="true"><path class="line" d="M0 4H24" /></svg> }
}

fn shown(dispatch: &Dispatch, lane: usize, side: &Side, focused: bool) -> Html {
    match &side.stage {
        Stage::Cards(model) => html! { <Cards dispatch={dispatch.clone()} model={model.clone()} active={focused} /> },
        Stage::Map { second, .. } => maps(dispatch, lane, side.title, *second, true),
    }
}

fn gauge(side: &Side) -> Html {
    let g = &side.gauge;
    let dead = if g.places == "entries" { "holes" } else { "tombstones" };
    html! {
        <div class="gauge-line">
            { bar(g) }
            <p>
                <b>{ bytes(g.bytes.total()) }</b>
                { format!(" · {} live · {} {dead} · {}", group(g.live.into()), group(g.dead.into()), count(g.slots.into(), "slot", "slots")) }
            </p>
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub struct TotalsProps {
    pub sides: Vec<Side>,
}

/// What the operations until now cost each table.
#[function_component]
pub fn TotalsView(props: &TotalsProps) -> Html {
    let row = |name: &'static str, value: &dyn Fn(&Side) -> String| {
        html! { <tr><th scope="row">{ name }</th>{ for props.sides.iter().map(|side| html! { <td>{ value(side) }</td> }) }</tr> }
    };
    let mean = |sum: &Summary| sum.mean().map_or_else(|| "–".to_owned(), |mean| format!("{mean:.3}"));
    html! {
        <section class="panel totals" aria-label="Totals">
            <h2>{ "What it cost until now" }</h2>
            <div class="scroll">
                <table>
                    <thead><tr><td></td>
                        { for props.sides.iter().enumerate().map(|(nth, side)| {
                            let (name, settings) = parts(&side.spec);
                            html! {
                                <th scope="col" class={format!("lane-{nth}")} title={side.title}>
                                    <Swatch />{ name }
                                    { for settings.map(|settings| html! { <code class="muted">{ settings }</code> }) }
                                </th>
                            }
                        }) }
                    </tr></thead>
                    <tbody>
                        { row("bytes now", &|s| group(s.gauge.bytes.total())) }
                        { row("bytes, most", &|s| group(s.totals.peak)) }
                        { row("probes per hit", &|s| mean(&s.totals.hits)) }
                        { row("probes per miss", &|s| mean(&s.totals.misses)) }
                        { row("longest search", &|s| group(s.totals.longest())) }
                        { row("cells written", &|s| group(s.totals.writes)) }
                        { row("entries moved", &|s| group(s.totals.moves)) }
                    </tbody>
                </table>
            </div>
        </section>
    }
}

const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 100.0;

#[derive(Properties, PartialEq)]
pub struct VersusProps {
    pub dispatch: Dispatch,
    pub versus: Rc<Versus>,
    pub len: usize,
    pub first: usize,
}

/// Bytes and cost of all tables over time.
#[function_component]
pub fn VersusView(props: &VersusProps) -> Html {
    let (cursor, all) = (use_node_ref(), use_node_ref());
    let size = {
        let dispatch = props.dispatch.clone();
        use_size(&cursor, move |_| dispatch.look(|_| ()))
    };
    {
        let (cursor, dispatch) = (cursor.clone(), props.dispatch.clone());
        use_effect_with((), move |_| {
            let mut drawn = None;
            let painter = dispatch.paint(move |engine| {
                let timeline = &engine.lane().timeline;
                let span = (timeline.len() - timeline.first()).max(1) as f64;
                let part = (timeline.pos().op - timeline.first()) as f64 / span;
                let (width, height) = size.get();
                let now = (part * width, (width, height), dom::is_dark());
                if drawn.replace(now) != Some(now)
                    && let Some(context) = ink::fresh(&cursor, (width, height))
                {
                    ink::cursor(&context, now.0, height);
                }
            });
            move || drop(painter)
        });
    }
    let seek = {
        let (dispatch, all, first, len) = (props.dispatch.clone(), all.clone(), props.first, props.len);
        Callback::from(move |event: MouseEvent| {
            if let Some(part) = dom::part_across(&all, &event) {
                dispatch.send(Command::Seek(first + (part * (len - first) as f64).round() as usize));
            }
        })
    };
    let pointed = use_state_eq(|| None::<usize>);
    let point = {
        let (pointed, all, first, len) = (pointed.setter(), all.clone(), props.first, props.len);
        Callback::from(move |event: PointerEvent| {
            let op = dom::part_across(&all, &event).map(|part| first + (part * (len - first) as f64) as usize);
            pointed.set(op.map(|op| op.min(len.saturating_sub(1))));
        })
    };
    let leave = {
        let pointed = pointed.setter();
        Callback::from(move |_: PointerEvent| pointed.set(None))
    };
    html! {
        <>
            <div class="versus" ref={all} onclick={seek} onpointermove={point} onpointerleave={leave}>
                <Plots versus={props.versus.clone()} first={props.first} len={props.len} />
                <canvas class="cursor" ref={cursor}></canvas>
            </div>
            { readout(&props.versus, *pointed) }
        </>
    }
}

/// The values under the pointer.
fn readout(versus: &Versus, op: Option<usize>) -> Html {
    let Some(op) = op else { return html! { <p class="readout">{ "point at the charts to read them" }</p> } };
    let values = |value: &dyn Fn(&VersusLine) -> Option<String>| {
        let all = versus.lines.iter().enumerate();
        all.map(|(nth, line)| html! { <span class={format!("lane-{nth}")}><Swatch />{ value(line) }</span> })
            .collect::<Html>()
    };
    html! {
        <p class="readout">
            <b>{ format!("operation {}", group(op as u64 + 1)) }</b>
            { "bytes" }{ values(&|line| line.bytes_after(op).map(group)) }
            { "probes + writes" }{ values(&|line| line.cost_of(op).map(|cost| format!("{cost:.1}"))) }
        </p>
    }
}

#[derive(Properties, PartialEq)]
struct PlotsProps {
    versus: Rc<Versus>,
    first: usize,
    len: usize,
}

#[function_component]
fn Plots(props: &PlotsProps) -> Html {
    let versus = &props.versus;
    let span = (props.len - props.first).max(1) as f64;
    let x = |op: usize| op.saturating_sub(props.first) as f64 * WIDTH / span;
    let y = |part: f64| HEIGHT - 2.0 - part * (HEIGHT - 18.0);
    let sizes = |sizes: &[(usize, u64)]| {
        let mut path = String::new();
        for (i, &(op, bytes)) in sizes.iter().enumerate() {
            let y = y(bytes as f64 / versus.peak.max(1) as f64);
            path += &if i == 0 { format!("M{:.2} {y:.2}", x(op)) } else { format!("H{:.2}V{y:.2}", x(op)) };
        }
        path + &format!("H{WIDTH}")
    };
    // A resize costs thousands of times what a search does: both are seen only on a logarithmic axis.
    let height = |cost: f64| (1.0 + cost).ln() / (1.0 + versus.dearest).ln().max(f64::MIN_POSITIVE);
    let costs = |costs: &[(usize, f64)]| {
        let mut path = String::new();
        for (i, &(op, cost)) in costs.iter().enumerate() {
            path += &format!("{}{:.2} {:.2}", if i == 0 { 'M' } else { 'L' }, x(op), y(height(cost)));
        }
        path
    };
    let plot = |label: String, note: String, paths: Vec<String>| {
        html! {
            <div class="plot" role="img" aria-label={format!("{label}; {note}")}>
                <svg viewBox={format!("0 0 {WIDTH} {HEIGHT}")} preserveAspectRatio="none" aria-hidden="true">
                    { for paths.into_iter().enumerate().map(|(nth, d)| html! { <path class={format!("line lane-{nth}")} {d} /> }) }
                </svg>
                <span class="axis">{ label }</span><span class="peak">{ note }</span>
            </div>
        }
    };
    html! {
        <>
            { plot("bytes".to_owned(), format!("most {}", bytes(versus.peak)), versus.lines.iter().map(|line| sizes(&line.sizes)).collect()) }
            { plot("probes + writes per operation (log)".to_owned(), format!("most {:.1}", versus.dearest),
                versus.lines.iter().map(|line| costs(&line.costs)).collect()) }
        </>
    }
}
