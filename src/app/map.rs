//! The map of a large table: pixels on one canvas, text, the search path and the selection on another above it.

mod around;
mod draw;

use std::cell::{Cell, RefCell};

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlCanvasElement, WheelEvent};
use yew::prelude::*;

use super::dom;
use super::fingers::Fingers;
use super::shell::Dispatch;
use super::size::use_size;
use around::AroundView;

use crate::engine::Command;
use crate::engine::map::{Which, line_about};
use crate::view::camera::Point;
use crate::view::palette::css;
use crate::view::shade::Colouring;
use crate::view::text::group;

/// A finger that moved less than this many CSS pixels has not dragged.
const SLOP: f64 = 4.0;
/// How much nearer one press of + or one double click goes.
const NEARER: f64 = 2.0;
/// A slot is this large, in CSS pixels, when it is flown to.
const CLOSE: f64 = 64.0;

#[derive(Properties, PartialEq)]
pub struct MapProps {
    pub dispatch: Dispatch,
    /// The table's place on the page.
    pub lane: usize,
    pub which: Which,
    pub label: String,
    /// Insertion order is known.
    #[prop_or_default]
    pub ordered: bool,
    /// It is known which operation put a key in.
    #[prop_or_default]
    pub aged: bool,
    /// There is little room for its title.
    #[prop_or_default]
    pub brief: bool,
}

#[function_component]
pub fn MapView(props: &MapProps) -> Html {
    let nodes = [use_node_ref(), use_node_ref(), use_node_ref(), use_node_ref(), use_node_ref()];
    let [frame, map, over, title, tip] = nodes.clone();
    let (lane, which, brief) = (props.lane, props.which, props.brief);
    let (ordered, aged) = (props.ordered, props.aged);
    let offered = move |colouring: &Colouring| match colouring {
        Colouring::EntryOrder => ordered,
        Colouring::Age => aged,
        Colouring::State | Colouring::ProbeLength | Colouring::HashBits => true,
    };
    let wanted = use_state(|| Colouring::State);
    // Another table may stand here than when it was chosen.
    let colouring = Some(*wanted).filter(offered).unwrap_or_default();
    let chosen = use_memo((), |_| Cell::new(Colouring::State));
    chosen.set(colouring);
    let hovered = use_memo((), |_| Cell::new(None::<Point>));
    let size = {
        let dispatch = props.dispatch.clone();
        use_size(&frame, move |_| dispatch.look(|_| ()))
    };
    {
        let (dispatch, chosen, hovered) = (props.dispatch.clone(), chosen.clone(), hovered.clone());
        use_effect_with((), move |_| {
            let [frame, map, over, title, tip] = nodes;
            let painter = {
                let mut pointed = false;
                let state = RefCell::new(draw::Canvases::default());
                let mut slots = 0;
                dispatch.paint(move |engine| {
                    let (Some(map), Some(over)) = (map.cast::<HtmlCanvasElement>(), over.cast::<HtmlCanvasElement>())
                    else {
                        return;
                    };
                    let ratio = dom::window().device_pixel_ratio();
                    let (width, height) = size.get();
                    let size = ((width * ratio) as u32, (height * ratio) as u32);
                    state.borrow_mut().draw(engine, lane, which, [&map, &over], size, chosen.get());
                    let Some((camera, grid)) = engine.map(lane, which).and_then(|map| map.view()) else { return };
                    if slots != grid.slots() {
                        slots = grid.slots();
                        let moving = which == Which::Second
                            && engine.sight(lane).is_some_and(|sight| !sight.arrays(which).is_two());
                        let (all, name) = match which {
                            Which::Slots => ("All ", "slots"),
                            Which::Second if moving => ("Moving to ", "slots"),
                            Which::Second if brief => ("", "entries"),
                            Which::Second => ("All ", "entries, in insertion order"),
                        };
                        let all = if brief && !moving { "" } else { all };
                        dom::set_text(&title, &format!("{all}{} {name}", group(slots.into())));
                    }
                    let Some(sight) = engine.sight(lane) else { return };
                    let under = hovered.get().and_then(|at| Some((at, camera.slot_at(grid, at)?)));
                    if std::mem::replace(&mut pointed, under.is_some()) != under.is_some() {
                        dom::set_class(&tip, "shown", pointed);
                    }
                    if let Some((at, pos)) = under {
                        dom::set_text(&tip, &line_about(sight, which, pos));
                        dom::set_class(&tip, "left", at.x > f64::from(camera.width) / 2.0);
                        dom::set_style(&tip, "--x", &format!("{:.0}px", at.x / ratio));
                        dom::set_style(&tip, "--y", &format!("{:.0}px", at.y / ratio));
                    }
                })
            };
            let wheel = frame.cast::<Element>().map(|frame| {
                let dispatch = dispatch.clone();
                let options = EventListenerOptions::enable_prevent_default();
                EventListener::new_with_options(&frame, "wheel", options, move |event| {
                    let Some(event) = event.dyn_ref::<WheelEvent>() else { return };
                    event.prevent_default();
                    let factor = (-event.delta_y() * 0.0015).exp();
                    dispatch.map(lane, which, |map| map.zoom(pixel(event), factor));
                })
            });
            move || drop((painter, wheel))
        });
    }
    let fingers = use_mut_ref(Fingers::<Point>::default);
    // The pointer came down in the small picture of everything.
    let overview = use_memo((), |_| Cell::new(false));
    let part_of_all = {
        let dispatch = props.dispatch.clone();
        move |at: Point| dispatch.map(lane, which, |map| draw::part_of_overview(map, at)).flatten()
    };
    let dispatch = &props.dispatch;
    let down = {
        let (fingers, frame, dispatch) = (fingers.clone(), frame.clone(), dispatch.clone());
        let (overview, part_of_all) = (overview.clone(), part_of_all.clone());
        Callback::from(move |event: PointerEvent| {
            let at = pixel(&event);
            let mut fingers = fingers.borrow_mut();
            let alone = fingers.press(event.pointer_id(), at) == 1;
            let inside = |part: &Point| (0.0..=1.0).contains(&part.x) && (0.0..=1.0).contains(&part.y);
            let part = part_of_all(at).filter(|part| alone && inside(part));
            overview.set(part.is_some());
            if let Some(part) = part {
                fingers.dragged = true;
                dispatch.map(lane, which, |map| map.look_at(part, true));
            }
            if let Some(frame) = frame.cast::<Element>() {
                // Without capture a drag ends at the edge of the map.
                let _ = frame.set_pointer_capture(event.pointer_id());
            }
        })
    };
    let drag = {
        let (fingers, dispatch, hovered) = (fingers.clone(), dispatch.clone(), hovered.clone());
        let overview = overview.clone();
        Callback::from(move |event: PointerEvent| {
            let (id, to) = (event.pointer_id(), pixel(&event));
            let mut fingers = fingers.borrow_mut();
            let Some((from, other)) = fingers.of(id) else {
                hovered.set(Some(to));
                dispatch.map(lane, which, |_| ());
                return;
            };
            if overview.get() {
                if let Some(part) = part_of_all(to) {
                    dispatch.map(lane, which, |map| map.look_at(part, false));
                }
                return;
            }
            let slop = SLOP * dom::window().device_pixel_ratio();
            if other.is_none() && !fingers.dragged && (to.x - from.x).hypot(to.y - from.y) < slop {
                return;
            }
            hovered.set(None);
            match other {
                Some(other) => dispatch.map(lane, which, |map| map.pinch([from, other], [to, other])),
                None => dispatch.map(lane, which, |map| map.pan(Point { x: to.x - from.x, y: to.y - from.y })),
            };
            fingers.slide(id, to);
        })
    };
    let up = {
        let fingers = fingers.clone();
        Callback::from(move |event: PointerEvent| fingers.borrow_mut().lift(event.pointer_id()))
    };
    let leave = {
        let (dispatch, hovered) = (dispatch.clone(), hovered.clone());
        Callback::from(move |_: PointerEvent| {
            hovered.set(None);
            dispatch.map(lane, which, |_| ());
        })
    };
    let click = {
        let (dispatch, fingers) = (dispatch.clone(), fingers.clone());
        Callback::from(move |event: MouseEvent| {
            if fingers.borrow().dragged || which != Which::Slots {
                return;
            }
            let slot = dispatch.map(lane, which, |map| {
                let (camera, grid) = map.view()?;
                camera.slot_at(grid, pixel(&event))
            });
            if let Some(slot) = slot.flatten() {
                dispatch.send(Command::SelectIn(lane, slot));
            }
        })
    };
    let twice = {
        let dispatch = dispatch.clone();
        Callback::from(move |event: MouseEvent| {
            if overview.get() {
                return;
            }
            let factor = if event.shift_key() { 1.0 / NEARER.powi(2) } else { NEARER.powi(2) };
            dispatch.map(lane, which, |map| map.fly_nearer(Some(pixel(&event)), factor));
        })
    };
    let keys = {
        let dispatch = dispatch.clone();
        Callback::from(move |event: KeyboardEvent| {
            if !event.ctrl_key() && !event.meta_key() && !event.alt_key() && press(&dispatch, lane, which, &event.key())
            {
                event.prevent_default();
            }
        })
    };
    let fly = |name: &'static str, sign: &'static str, factor: Option<f64>| {
        let dispatch = dispatch.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            dispatch.map(lane, which, |map| match factor {
                Some(factor) => map.fly_nearer(None, factor),
                None => map.fly_out(),
            });
        });
        html! { <button class="tool" title={name} aria-label={name} {onclick}>{ sign }</button> }
    };
    let choose = {
        let (wanted, dispatch) = (wanted.setter(), dispatch.clone());
        Callback::from(move |event: Event| {
            let title = dom::value_of(&event);
            let picked = Colouring::ALL.into_iter().find(|colouring| colouring.title() == title).unwrap_or_default();
            chosen.set(picked);
            wanted.set(picked);
            dispatch.map(lane, which, |_| ());
        })
    };
    let id = format!("map-{lane}-{}", if which == Which::Slots { "slots" } else { "entries" });
    let about = format!("{id}-about");
    html! {
        <div class={classes!("map-box", (which == Which::Second).then_some("entries"))}>
            <div class="map-head">
                <h3 ref={title}></h3>
                if which == Which::Slots {
                    <Ramp {colouring} />
                    <label class="pick">
                        <span class="muted">{ "Colour" }</span>
                        <select class="colouring" onchange={choose}>
                            { for Colouring::ALL.into_iter().filter(offered).map(|c| html! {
                                <option key={c.title()} value={c.title()} selected={c == colouring}>{ c.title() }</option>
                            }) }
                        </select>
                    </label>
                }
                <div class="buttons">
                    { fly("Nearer (+)", "+", Some(NEARER)) }
                    { fly("Farther (−)", "−", Some(1.0 / NEARER)) }
                    { fly("The whole array (0)", "0", None) }
                </div>
            </div>
            <div id={id.clone()} ref={frame.clone()} class="map" role="application" tabindex="0" data-keys="map" aria-label={props.label.clone()} aria-describedby={about.clone()}
                onpointerdown={down} onpointermove={drag} onpointerup={up.clone()} onpointercancel={up} onpointerleave={leave}
                onclick={click} ondblclick={twice} onkeydown={keys}>
                <canvas ref={map}></canvas><canvas ref={over} class="over"></canvas>
                <div ref={tip} class="tip" aria-hidden="true"></div>
                if which == Which::Slots {
                    <AroundView dispatch={props.dispatch.clone()} {lane} map={frame} id={id.clone()} />
                }
            </div>
            <p id={about} class="hidden">{ match which {
                Which::Slots => "Arrow keys walk from slot to slot, Enter flies to the selected one, plus, minus and 0 zoom.",
                Which::Second => "Arrow keys move the view; plus, minus and 0 zoom.",
            } }</p>
        </div>
    }
}

/// What a key does on a map; gives whether it does anything.
fn press(dispatch: &Dispatch, lane: usize, which: Which, key: &str) -> bool {
    let (across, down) = match key {
        "ArrowLeft" => (-1, 0),
        "ArrowRight" => (1, 0),
        "ArrowUp" => (0, -1),
        "ArrowDown" => (0, 1),
        _ => (0, 0),
    };
    let at = dispatch.read(|engine| engine.selected_in(lane));
    if (across, down) != (0, 0) {
        let next = dispatch.map(lane, which, |map| {
            let (camera, grid) = map.view()?;
            let step = Point { x: f64::from(camera.width) / 4.0, y: f64::from(camera.height) / 4.0 };
            if which == Which::Second {
                map.pan(Point { x: -step.x * across as f64, y: -step.y * down as f64 });
                return None;
            }
            let middle = Point { x: step.x * 2.0, y: step.y * 2.0 };
            let next = match at {
                Some(at) => map.beside(at, across, down)?,
                None => camera.slot_at(grid, middle)?,
            };
            map.reveal(next);
            Some(next)
        });
        if let Some(next) = next.flatten() {
            dispatch.send(Command::SelectIn(lane, next));
        }
        return true;
    }
    let close = CLOSE * dom::window().device_pixel_ratio();
    let done = dispatch.map(lane, which, |map| {
        match (key, at) {
            ("+" | "=", _) => map.fly_nearer(None, NEARER),
            ("-" | "−", _) => map.fly_nearer(None, 1.0 / NEARER),
            ("0", _) => map.fly_out(),
            ("Enter", Some(at)) if which == Which::Slots => map.fly_to(at, close),
            _ => return false,
        }
        true
    });
    done.unwrap_or(false)
}

#[derive(Properties, PartialEq)]
struct RampProps {
    colouring: Colouring,
}

/// What the shades mean.
#[function_component]
fn Ramp(props: &RampProps) -> Html {
    let (low, high) = match props.colouring {
        Colouring::State => return Html::default(),
        Colouring::ProbeLength => ("1 probe", "128 or more"),
        Colouring::Age => ("oldest", "newest"),
        Colouring::EntryOrder => ("first", "last"),
        Colouring::HashBits => ("00000000", "11111111"),
    };
    let palette = dom::palette();
    let [a, b, c] = [0, 128, 255].map(|part| css(palette.ramp(part)));
    html! {
        <span class="ramp muted">{ low }<i ~style={format!("background:linear-gradient(90deg,{a},{b},{c})")}></i>{ high }</span>
    }
}

/// The device pixel under the pointer.
fn pixel(event: &MouseEvent) -> Point {
    let ratio = dom::window().device_pixel_ratio();
    Point { x: f64::from(event.offset_x()) * ratio, y: f64::from(event.offset_y()) * ratio }
}
