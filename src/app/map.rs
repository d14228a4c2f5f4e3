//! The map of a large table: pixels on one canvas, the search path and the selection on another above it.

use std::cell::{Cell, RefCell};

use gloo::events::{EventListener, EventListenerOptions};
use js_sys::{Uint8ClampedArray, Uint32Array};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData, WheelEvent};
use yew::prelude::*;

use super::dom;
use super::shell::Dispatch;
use crate::engine::map::Which;
use crate::engine::{Command, Engine};
use crate::history::Pos;
use crate::table::{Event as Fact, Saw, Side};
use crate::view::camera::Point;
use crate::view::palette::{Meaning, Palette, css};

/// The pixels of a canvas, in memory that the browser owns: a view into the module's own memory would go bad when that
/// grows.
struct Screen {
    context: CanvasRenderingContext2d,
    words: Uint32Array,
    image: ImageData,
    size: (u32, u32),
}

impl Screen {
    fn new(canvas: &HtmlCanvasElement, width: u32, height: u32) -> Option<Screen> {
        canvas.set_width(width);
        canvas.set_height(height);
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        let bytes = Uint8ClampedArray::new_with_length(width * height * 4);
        let words = Uint32Array::new(&bytes.buffer());
        let image = ImageData::new_with_js_u8_clamped_array_and_sh(&bytes, width, height).ok()?;
        Some(Screen { context, words, image, size: (width, height) })
    }
}

#[derive(Properties, PartialEq)]
pub struct MapProps {
    pub dispatch: Dispatch,
    /// The table's place on the page.
    pub lane: usize,
    pub which: Which,
    pub label: String,
}

#[function_component]
pub fn MapView(props: &MapProps) -> Html {
    let (map, over) = (use_node_ref(), use_node_ref());
    let (lane, which) = (props.lane, props.which);
    {
        let (map, over, dispatch) = (map.clone(), over.clone(), props.dispatch.clone());
        use_effect_with((), move |_| {
            let screen = RefCell::new(None::<Screen>);
            let painter = {
                let (map, over) = (map.clone(), over.clone());
                dispatch.paint(move |engine| {
                    if let (Some(map), Some(over)) = (map.cast::<HtmlCanvasElement>(), over.cast::<HtmlCanvasElement>())
                    {
                        draw(engine, lane, which, &map, &over, &mut screen.borrow_mut());
                    }
                })
            };
            let wheel = map.cast::<web_sys::Element>().and_then(|map| map.parent_element()).map(|frame| {
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
    let dragging = use_mut_ref(|| None::<(i32, i32)>);
    let moved = use_memo((), |_| Cell::new(false));
    let down = {
        let (dragging, moved) = (dragging.clone(), moved.clone());
        Callback::from(move |event: PointerEvent| {
            *dragging.borrow_mut() = Some((event.client_x(), event.client_y()));
            moved.set(false);
        })
    };
    let drag = {
        let (dragging, moved, dispatch) = (dragging.clone(), moved.clone(), props.dispatch.clone());
        Callback::from(move |event: PointerEvent| {
            let mut from = dragging.borrow_mut();
            let Some((x, y)) = *from else { return };
            let (dx, dy) = (event.client_x() - x, event.client_y() - y);
            if moved.get() || dx.abs() + dy.abs() > 3 {
                moved.set(true);
                *from = Some((event.client_x(), event.client_y()));
                let ratio = dom::window().device_pixel_ratio();
                let by = Point { x: f64::from(dx) * ratio, y: f64::from(dy) * ratio };
                dispatch.map(lane, which, |map| map.pan(by));
            }
        })
    };
    let up = {
        let dragging = dragging.clone();
        Callback::from(move |_: PointerEvent| *dragging.borrow_mut() = None)
    };
    let click = {
        let (dispatch, moved) = (props.dispatch.clone(), moved.clone());
        Callback::from(move |event: MouseEvent| {
            if moved.get() || which != Which::Slots {
                return;
            }
            let slot = dispatch.map(lane, which, |map| {
                let (camera, grid) = map.view()?;
                camera.slot_at(grid, pixel(&event))
            });
            if let Some(slot) = slot.flatten() {
                dispatch.send(Command::Select(Some(slot)));
            }
        })
    };
    html! {
        <div class={classes!("map", (which == Which::Entries).then_some("entries"))} role="img" aria-label={props.label.clone()}
            onpointerdown={down} onpointermove={drag} onpointerup={up.clone()} onpointerleave={up} onclick={click}>
            <canvas ref={map}></canvas><canvas ref={over} class="over"></canvas>
        </div>
    }
}

/// The device pixel under the pointer.
fn pixel(event: &MouseEvent) -> Point {
    let ratio = dom::window().device_pixel_ratio();
    Point { x: f64::from(event.offset_x()) * ratio, y: f64::from(event.offset_y()) * ratio }
}

fn draw(
    engine: &mut Engine,
    lane: usize,
    which: Which,
    map: &HtmlCanvasElement,
    over: &HtmlCanvasElement,
    screen: &mut Option<Screen>,
) {
    let Some(frame) = map.parent_element() else { return };
    let ratio = dom::window().device_pixel_ratio();
    let width = (f64::from(frame.client_width()) * ratio) as u32;
    let height = (f64::from(frame.client_height()) * ratio) as u32;
    if width == 0 || height == 0 {
        return;
    }
    let palette: &'static Palette = if dom::is_dark() { &Palette::DARK } else { &Palette::LIGHT };
    let Some(view) = engine.map(lane, which) else { return };
    if screen.as_ref().is_none_or(|screen| screen.size != (width, height)) {
        *screen = Screen::new(map, width, height);
        over.set_width(width);
        over.set_height(height);
        view.forget();
    }
    let Some(screen) = screen else { return };
    view.show(width, height, palette);
    if let Some(pixels) = view.paint() {
        screen.words.copy_from(pixels);
        // It fails only for images that were taken away from this page, and this one never leaves it.
        let _ = screen.context.put_image_data(&screen.image, 0.0, 0.0);
    }
    if which == Which::Slots {
        overlay(engine, lane, over, palette, ratio);
    }
}

/// The search path of the operation on stage, and the selected slot.
fn overlay(engine: &mut Engine, lane: usize, over: &HtmlCanvasElement, palette: &Palette, ratio: f64) {
    let Some(context) =
        over.get_context("2d").ok().flatten().and_then(|c| c.dyn_into::<CanvasRenderingContext2d>().ok())
    else {
        return;
    };
    context.clear_rect(0.0, 0.0, f64::from(over.width()), f64::from(over.height()));
    let Some((camera, grid)) = engine.map(lane, Which::Slots).and_then(|map| map.view()) else { return };
    let ring = |slot: u32, colour: Meaning, least: f64| {
        let rect = camera.rect_of(grid, slot);
        let centre = rect.centre();
        context.set_stroke_style_str(&css(palette.of(colour)));
        context.begin_path();
        // Radii are positive, so the arc is always drawn.
        let _ = context.arc(centre.x, centre.y, (camera.scale * 0.7).max(least * ratio), 0.0, std::f64::consts::TAU);
        context.stroke();
        centre
    };
    if let Some(slot) = engine.selected().filter(|&slot| slot < grid.slots()) {
        context.set_line_width(2.5 * ratio);
        ring(slot, Meaning::Focus, 8.0);
    }
    if engine.is_fast() {
        return;
    }
    context.set_line_width(2.0 * ratio);
    let Some(timeline) = engine.lane_mut(lane).map(|lane| &mut lane.timeline) else { return };
    let Pos { op, step } = timeline.pos();
    let Some(shown) = (if step > 0 { Some(op) } else { op.checked_sub(1) }) else { return };
    let Some(trace) = timeline.trace(shown) else { return };
    let events = &trace.events[..if step > 0 { step } else { trace.events.len() }];
    let from = events.iter().rposition(|e| matches!(e, Fact::Swapped)).map_or(0, |i| i + 1);
    let mut last = None::<Point>;
    for event in &events[from..] {
        let Fact::Probe(probe) = event else { continue };
        if probe.side != Side::Main || probe.slot >= grid.slots() {
            continue;
        }
        let colour = match probe.saw {
            Saw::Found(_) => Meaning::Found,
            _ => Meaning::Probing,
        };
        let centre = ring(probe.slot, colour, 6.0);
        if let Some(last) = last {
            context.begin_path();
            context.move_to(last.x, last.y);
            context.line_to(centre.x, centre.y);
            context.stroke();
        }
        last = Some(centre);
    }
}
