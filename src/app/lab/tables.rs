//! The tables alive, the requests on their way to them, and that none is lost.

use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};
use yew::prelude::*;

use crate::app::dom;
use crate::app::gauge::bar;
use crate::app::map::MapView;
use crate::app::shell::Dispatch;
use crate::engine::lab::{Lab, TableView};
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

fn colour(kind: Kind) -> Meaning {
    match kind {
        Kind::Insert => Meaning::Live,
        Kind::Update => Meaning::Found,
        Kind::Lookup => Meaning::Probing,
        Kind::Delete => Meaning::Tombstone,
    }
}

#[derive(Properties, PartialEq)]
pub struct TablesProps {
    pub dispatch: Dispatch,
    pub tables: [Option<TableView>; 2],
    pub absent: &'static str,
}

#[function_component]
pub fn TablesView(props: &TablesProps) -> Html {
    let [first, second] = &props.tables;
    html! {
        <>
            <div class="sides maps lab-tables" data-count="2">
                { for first.as_ref().map(|table| side(0, table, &props.dispatch)) }
                { match second {
                    Some(table) => side(1, table, &props.dispatch),
                    None => html! { <div key="none" class="side lane-1 none"><p class="muted">{ props.absent }</p></div> },
                } }
            </div>
            <Requests dispatch={props.dispatch.clone()} />
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

#[derive(Properties, PartialEq)]
struct RequestsProps {
    dispatch: Dispatch,
}

/// Requests as they come and wait.
#[function_component]
fn Requests(props: &RequestsProps) -> Html {
    let canvas = use_node_ref();
    {
        let (dispatch, canvas) = (props.dispatch.clone(), canvas.clone());
        use_effect_with((), move |_| {
            let painter = dispatch.paint(move |engine| {
                if let (Some(lab), Some(canvas)) = (engine.lab(), canvas.cast::<HtmlCanvasElement>()) {
                    draw(lab, &canvas);
                }
            });
            move || drop(painter)
        });
    }
    let kind = |kind: Kind, name: &'static str| {
        let background = format!("background:{}", css(dom::palette().of(colour(kind))));
        html! { <li><i style={background}></i>{ name }</li> }
    };
    html! {
        <div class="panel requests">
            <span>{ "came" }</span>
            <span>{ "wait" }</span>
            <canvas ref={canvas} role="img" aria-label="Requests that came in this tick, and those that wait"></canvas>
            <ul class="key">
                { kind(Kind::Insert, "insert") }{ kind(Kind::Update, "update") }{ kind(Kind::Lookup, "lookup") }{ kind(Kind::Delete, "delete") }
                <li><i class="held"></i>{ "waits for the lock" }</li>
            </ul>
        </div>
    }
}

/// The requests of the tick in one row, those that wait in rows below, the next one at the left.
fn draw(lab: &Lab, canvas: &HtmlCanvasElement) {
    let ratio = dom::window().device_pixel_ratio();
    let size = |css: i32| (f64::from(css) * ratio) as u32;
    let (width, height) = (size(canvas.client_width()), size(canvas.client_height()));
    let context = canvas.get_context("2d").ok().flatten().and_then(|c| c.dyn_into::<CanvasRenderingContext2d>().ok());
    let Some(context) = context else { return };
    if (canvas.width(), canvas.height()) != (width, height) {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    let palette = dom::palette();
    let width = f64::from(width) / ratio;
    // A transformation that is a scale cannot fail.
    let _ = context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
    context.clear_rect(0.0, 0.0, width, f64::from(height) / ratio);
    let step = SQUARE + GAP;
    let columns = ((width / step) as usize).max(1);
    let square = |nth: usize, top: f64, kind: Kind, held: bool| {
        let (x, y) = ((nth % columns) as f64 * step, top + (nth / columns) as f64 * step);
        context.set_fill_style_str(&css(palette.of(colour(kind))));
        context.fill_rect(x, y, SQUARE, SQUARE);
        if held {
            context.set_stroke_style_str(&css(palette.of(Meaning::Error)));
            context.set_line_width(2.0);
            context.stroke_rect(x + 1.0, y + 1.0, SQUARE - 2.0, SQUARE - 2.0);
        }
    };
    for (nth, kind) in lab.scene().arrivals().take(columns).enumerate() {
        square(nth, 0.0, kind, false);
    }
    for (nth, (kind, held)) in lab.scene().waiting().take(columns * ROWS).enumerate() {
        square(nth, BELOW, kind, held);
    }
    let hidden = lab.scene().queue().saturating_sub(columns * ROWS);
    if hidden > 0 {
        let text = format!("and {} more", group(hidden as u64));
        let (left, top) = (width - 8.0 * text.len() as f64, BELOW + (ROWS - 1) as f64 * step);
        context.clear_rect(left, top - GAP, width - left, step + GAP);
        context.set_fill_style_str(&css(palette.of(Meaning::Text)));
        context.set_font("600 13px system-ui, sans-serif");
        context.set_text_align("right");
        // Where the browser cannot draw text, the counter above says it.
        let _ = context.fill_text(&text, width, top + SQUARE - 2.0);
    }
}
