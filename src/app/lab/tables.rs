//! The tables alive, the requests on their way to them, and that none is lost.

use yew::prelude::*;

use crate::app::chart::Pen;
use crate::app::dom;
use crate::app::gauge::bar;
use crate::app::map::MapView;
use crate::app::shell::Dispatch;
use crate::engine::lab::{Lab, LabFrame, TableView, colour};
use crate::engine::map::Which;
use crate::maintenance::Kind;
use crate::view::palette::{Meaning, css};
use crate::view::text::{bytes, group};

/// A request on its way, in CSS pixels, with the gap after it.
const SQUARE: f64 = 12.0;
const GAP: f64 = 3.0;
/// Rows of requests that wait, and where they begin.
const ROWS: usize = 2;
const BELOW: f64 = 18.0;

/// The tables, and the requests below them; these are painted on `requests`.
pub fn view(dispatch: &Dispatch, lab: &LabFrame, requests: &NodeRef) -> Html {
    let [first, second] = &lab.tables;
    let kind = |kind: Kind, name: &'static str| {
        let background = format!("background:{}", css(dom::palette().of(colour(kind))));
        html! { <li><i ~style={background}></i>{ name }</li> }
    };
    html! {
        <>
            <div class="sides maps lab-tables" data-count={if lab.play.has_two_tables() { "2" } else { "1" }}>
                { for first.as_ref().map(|table| side(0, table, dispatch)) }
                if let Some(second) = second {
                    { side(1, second, dispatch) }
                } else if lab.play.has_two_tables() {
                    <div key="none" class="side lane-1 none"><p class="muted">{ "Here is the second table while a copy is made." }</p></div>
                }
            </div>
            <div class="panel requests">
                <span>{ "came" }</span>
                <span>{ "wait" }</span>
                <canvas ref={requests.clone()} role="img" aria-label="Requests that came in this tick, and those that wait"></canvas>
                <ul class="key">
                    { kind(Kind::Insert, "insert") }{ kind(Kind::Update, "update") }{ kind(Kind::Lookup, "lookup") }{ kind(Kind::Delete, "delete") }
                    <li><i ~style={format!("background:{}", css(dom::palette().of(Meaning::Moved)))}></i>{ "moved" }</li>
                    <li><i class="held"></i>{ "waits for the lock" }</li>
                </ul>
            </div>
        </>
    }
}

fn side(lane: usize, table: &TableView, dispatch: &Dispatch) -> Html {
    let TableView { title, role, two, gauge } = table;
    let (live, dead) = (group(gauge.live.into()), group(gauge.dead.into()));
    let gone = if *two { "holes" } else { "tombstones" };
    let name = if lane == 0 { "the table in use" } else { "the table being made" };
    html! {
        <div key={lane} class={format!("side lane-{lane}")}>
            <h2><span>{ *title }</span><span class="muted">{ *role }</span></h2>
            <MapView dispatch={dispatch.clone()} {lane} which={Which::Slots} label={format!("Slots of {name}")} ordered={*two} />
            if *two {
                <MapView dispatch={dispatch.clone()} {lane} which={Which::Second} label={format!("Entries of {name}")} />
            }
            <div class="gauge-line">
                { bar(gauge) }
                <p><b>{ bytes(gauge.bytes.total()) }</b>{ format!(" · {live} live, {dead} {gone}") }</p>
            </div>
        </div>
    }
}

/// The requests of the tick in one row, those that wait in rows below, the next one at the left.
pub fn paint(lab: &Lab, canvas: &NodeRef, size: (f64, f64)) {
    let Some(Pen { context, palette, ratio, width, .. }) = Pen::on(canvas, size) else { return };
    let [size, gap, below] = [SQUARE, GAP, BELOW].map(|css| css * ratio);
    let step = size + gap;
    let columns = ((width / step) as usize).max(1);
    let square = |nth: usize, top: f64, kind: Kind, held: bool| {
        let (x, y) = ((nth % columns) as f64 * step, top + (nth / columns) as f64 * step);
        context.set_fill_style_str(&css(palette.of(colour(kind))));
        context.fill_rect(x, y, size, size);
        if held {
            context.set_stroke_style_str(&css(palette.of(Meaning::Error)));
            context.set_line_width(2.0 * ratio);
            context.stroke_rect(x + ratio, y + ratio, size - 2.0 * ratio, size - 2.0 * ratio);
        }
    };
    let scene = lab.scene();
    scene.arrivals().take(columns).enumerate().for_each(|(nth, kind)| square(nth, 0.0, kind, false));
    let waiting = scene.waiting().take(columns * ROWS).enumerate();
    waiting.for_each(|(nth, (kind, held))| square(nth, below, kind, held));
    let hidden = scene.queue().saturating_sub(columns * ROWS);
    if hidden > 0 {
        let text = format!("and {} more", group(hidden as u64));
        let (left, top) = (width - 8.0 * ratio * text.len() as f64, below + (ROWS - 1) as f64 * step);
        context.clear_rect(left, top - gap, width - left, step + gap);
        context.set_fill_style_str(&css(palette.of(Meaning::Text)));
        context.set_font(&format!("600 {:.0}px system-ui, sans-serif", 13.0 * ratio));
        context.set_text_align("right");
        // Where the browser cannot draw text, the counter says it.
        let _ = context.fill_text(&text, width, top + size - 2.0 * ratio);
    }
}
