//! The lab's time: three charts over the same ticks, one cursor, a timeline to drag, and the buttons.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlCanvasElement, WheelEvent};
use yew::prelude::*;

use crate::app::chart::Pen;
use crate::app::dom;
use crate::app::shell::Dispatch;
use crate::app::transport::Button;
use crate::engine::clock::Direction;
use crate::engine::lab::{Curve, LAB_SPEEDS, Lab, LabFrame};
use crate::engine::{Command, Engine};
use crate::history::{Marks, Wanted};
use crate::view::palette::css;
use crate::view::text::group;

/// While a run goes on, the charts are drawn again after so many ticks more.
const DRAWN_EVERY: usize = 256;

#[derive(Properties, PartialEq)]
pub struct TimeProps {
    pub dispatch: Dispatch,
    pub lab: Rc<LabFrame>,
}

#[function_component]
pub fn TimeView(props: &TimeProps) -> Html {
    let TimeProps { dispatch, lab } = props;
    let at_start = lab.at == 0;
    let at_end = lab.complete && lab.at == lab.len;
    let button = |id, icon, label, command, off| Button { id, icon, label, command, off }.show(dispatch);
    let memory = |direction| Command::Jump(Wanted::Marks(Marks::RESIZE), direction);
    let speed = dispatch.callback(|e: Event| Command::Speed(dom::value_of(&e).parse().unwrap_or(0)));
    html! {
        <div class="time lab-time">
            <Charts dispatch={dispatch.clone()} />
            <Timeline dispatch={dispatch.clone()} lab={lab.clone()} />
            <div class="transport" role="group" aria-label="Time">
                <div class="buttons">
                    { button("to-start", "M5 5h2v14H5zM20 5v14L9 12z", "To the beginning (Home)", Command::Seek(0), at_start) }
                    { button("memory-back", "M4 5h2v14H4zM13 5v14l-6-7zM22 5v14l-8-7z", "To the last change of memory (Shift + R)", memory(Direction::Backward), at_start) }
                    { button("tick-back", "M16 5v14L6 12z", "One tick back (←)", Command::Step(-1), at_start) }
                    { button("play-back", "M17 4L4 12l13 8z", "Play backwards (B)", Command::Play(Direction::Backward), at_start) }
                    { Button::play(lab.playing).show(dispatch) }
                    { button("tick-on", "M8 5l10 7-10 7z", "One tick on (→)", Command::Step(1), at_end) }
                    { button("memory-on", "M18 5h2v14h-2zM11 5l6 7-6 7zM2 5l8 7-8 7z", "To the next change of memory (R)", memory(Direction::Forward), at_end) }
                    { button("to-end", "M4 5l11 7-11 7zM17 5h2v14h-2z", "To the end (End)", Command::Seek(usize::MAX), at_end) }
                </div>
                <div class="place">
                    <p id="lab-place">{ format!("tick {} of {}{}", group(lab.at.into()), group(lab.len.into()), if lab.complete { "" } else { " so far" }) }</p>
                    <Counters dispatch={dispatch.clone()} />
                </div>
                <label class="pick">
                    <span class="hidden">{ "Speed" }</span>
                    <select id="lab-speed" title="Speed (+ and −)" onchange={speed}>
                        { for LAB_SPEEDS.iter().enumerate().map(|(i, (name, _))| html! {
                            <option value={i.to_string()} selected={i == lab.speed}>{ *name }</option>
                        }) }
                    </select>
                </label>
            </div>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct ChartsProps {
    dispatch: Dispatch,
}

/// What was drawn, to draw it again only when it differs.
#[derive(Clone, Debug, PartialEq)]
struct Drawn {
    ticks: Range<usize>,
    sizes: [(u32, u32); 3],
    dark: bool,
    revision: u64,
    known: usize,
}

/// The nodes that the painter writes to.
#[derive(Clone, PartialEq)]
struct Nodes {
    all: NodeRef,
    canvases: [NodeRef; 3],
    values: [NodeRef; 3],
    cursor: NodeRef,
    veil: NodeRef,
}

#[function_component]
fn Charts(props: &ChartsProps) -> Html {
    let nodes = Nodes {
        all: use_node_ref(),
        canvases: [use_node_ref(), use_node_ref(), use_node_ref()],
        values: [use_node_ref(), use_node_ref(), use_node_ref()],
        cursor: use_node_ref(),
        veil: use_node_ref(),
    };
    let dispatch = &props.dispatch;
    let hovered = use_memo((), |_| Cell::new(None::<f64>));
    {
        let (nodes, dispatch, hovered) = (nodes.clone(), dispatch.clone(), hovered.clone());
        use_effect_with((), move |_| {
            let wheel = nodes.all.cast::<Element>().map(|frame| {
                let (dispatch, all) = (dispatch.clone(), nodes.all.clone());
                let options = EventListenerOptions::enable_prevent_default();
                EventListener::new_with_options(&frame, "wheel", options, move |event| {
                    let Some(event) = event.dyn_ref::<WheelEvent>() else { return };
                    event.prevent_default();
                    let about = dom::part_across(&all, event).unwrap_or(0.5);
                    let (dx, dy) = (event.delta_x(), event.delta_y());
                    look(&dispatch, |lab| match event.shift_key() || dx.abs() > dy.abs() {
                        true => lab.pan_time((dx + dy) * 0.001),
                        false => lab.zoom_time(about, (-dy * 0.002).exp()),
                    });
                })
            });
            let drawn = RefCell::new(None);
            let painter = dispatch.paint(move |engine| paint(engine, &nodes, hovered.get(), &mut drawn.borrow_mut()));
            move || drop((painter, wheel))
        });
    }
    let held = use_memo((), |_| Cell::new(false));
    let seek = {
        let (dispatch, all) = (dispatch.clone(), nodes.all.clone());
        move |event: &PointerEvent| {
            let Some(part) = dom::part_across(&all, event) else { return };
            let tick = look(&dispatch, |lab| {
                let ticks = lab.window();
                ticks.start + (part * ticks.len() as f64).round() as usize
            });
            dispatch.send(Command::Seek(tick.unwrap_or(0)));
        }
    };
    let down = {
        let (held, seek, all) = (held.clone(), seek.clone(), nodes.all.clone());
        Callback::from(move |event: PointerEvent| {
            if event.button() == 0 {
                held.set(true);
                if let Some(all) = all.cast::<Element>() {
                    // Without capture a drag ends at the edge of the charts.
                    let _ = all.set_pointer_capture(event.pointer_id());
                }
                seek(&event);
            }
        })
    };
    let moved = {
        let (held, hovered, dispatch, all) = (held.clone(), hovered.clone(), dispatch.clone(), nodes.all.clone());
        Callback::from(move |event: PointerEvent| {
            hovered.set(dom::part_across(&all, &event));
            if held.get() {
                seek(&event)
            } else {
                look(&dispatch, |_| ());
            }
        })
    };
    let up = Callback::from(move |_: PointerEvent| held.set(false));
    let leave = {
        let dispatch = dispatch.clone();
        Callback::from(move |_: PointerEvent| {
            hovered.set(None);
            look(&dispatch, |_| ());
        })
    };
    let palette = dom::palette();
    let chart = |nth: usize| {
        let curve = Curve::ALL[nth];
        html! {
            <div class="lab-chart" role="img" aria-label={curve.title()}>
                <canvas ref={nodes.canvases[nth].clone()}></canvas>
                <ul class="key">
                    <li class="axis">{ curve.title() }</li>
                    { for curve.key().iter().map(|&(name, colour)| html! {
                        <li><i style={format!("background:{}", css(palette.of(colour)))}></i>{ name }</li>
                    }) }
                </ul>
                <output ref={nodes.values[nth].clone()}></output>
            </div>
        }
    };
    html! {
        <div class="lab-charts" ref={nodes.all.clone()} onpointerdown={down} onpointermove={moved} onpointerup={up.clone()}
            onpointercancel={up} onpointerleave={leave}>
            { for (0..Curve::ALL.len()).map(chart) }
            <div class="veil" ref={nodes.veil.clone()}></div>
            <div class="cursor" ref={nodes.cursor.clone()}></div>
        </div>
    }
}

/// Look at another part of the lab's time.
fn look<T>(dispatch: &Dispatch, look: impl FnOnce(&mut Lab) -> T) -> Option<T> {
    dispatch.look(|engine| engine.lab_mut().map(look))
}

fn paint(engine: &mut Engine, nodes: &Nodes, hovered: Option<f64>, drawn: &mut Option<Drawn>) {
    let Some(lab) = engine.lab_mut() else { return };
    let ticks = lab.window();
    let samples = lab.samples();
    let ratio = dom::window().device_pixel_ratio();
    let canvases: Vec<_> = nodes.canvases.iter().filter_map(|node| node.cast::<HtmlCanvasElement>()).collect();
    let pixels = |css: i32| (f64::from(css) * ratio) as u32;
    let size = |canvas: &HtmlCanvasElement| (pixels(canvas.client_width()), pixels(canvas.client_height()));
    let Ok(sizes) = canvases.iter().map(size).collect::<Vec<_>>().try_into() else { return };
    let (at, len) = (lab.at() as usize, samples.len());
    let wanted = Drawn { ticks: ticks.clone(), sizes, dark: dom::is_dark(), revision: lab.revision(), known: len };
    let enough = drawn.as_ref().is_none_or(|drawn| {
        let same = Drawn { known: len, ticks: ticks.clone(), ..drawn.clone() } == wanted;
        // While the run goes on, not for every few ticks more.
        !same || drawn.known.abs_diff(len) >= DRAWN_EVERY || lab.is_complete() || drawn.known < DRAWN_EVERY
    });
    if drawn.as_ref() != Some(&wanted) && enough {
        for ((canvas, size), curve) in canvases.iter().zip(sizes).zip(Curve::ALL) {
            let Some(context) = canvas.get_context("2d").ok().flatten().and_then(|c| c.dyn_into().ok()) else {
                continue;
            };
            if drawn.as_ref().is_none_or(|drawn| drawn.sizes != sizes) {
                canvas.set_width(size.0);
                canvas.set_height(size.1);
            }
            let pen = Pen { context, palette: dom::palette(), ratio, width: size.0.into(), height: size.1.into() };
            pen.context.clear_rect(0.0, 0.0, pen.width, pen.height);
            pen.plot(&curve.plot(samples, ticks.clone(), size.0 as usize));
        }
        *drawn = Some(wanted);
    }
    let part = at.saturating_sub(ticks.start) as f64 / ticks.len().max(1) as f64;
    let inside = (ticks.start..=ticks.end).contains(&at);
    dom::set_style(&nodes.cursor, "visibility", if inside { "visible" } else { "hidden" });
    dom::set_style(&nodes.veil, "visibility", if at < ticks.end { "visible" } else { "hidden" });
    let left = format!("{:.3}%", part.min(1.0) * 100.0);
    dom::set_style(&nodes.cursor, "left", &left);
    dom::set_style(&nodes.veil, "left", &left);
    let hovered = hovered.filter(|_| !ticks.is_empty());
    let tick = hovered.map_or(at, |part| ticks.start + (part * ticks.len() as f64) as usize + 1);
    let sample = tick.checked_sub(1).and_then(|last| samples.get(last));
    for (node, curve) in nodes.values.iter().zip(Curve::ALL) {
        dom::set_text(node, &sample.map_or(String::new(), |sample| curve.value(sample)));
        dom::set_class(node, "hover", hovered.is_some());
    }
}

/// Requests that came, were answered, wait and were lost.
#[function_component]
fn Counters(props: &ChartsProps) -> Html {
    const COUNTERS: [(&str, &str); 4] =
        [("lab-made", "made"), ("lab-applied", "applied"), ("lab-waiting", "waiting"), ("lab-lost", "lost")];
    let nodes = [use_node_ref(), use_node_ref(), use_node_ref(), use_node_ref()];
    {
        let (nodes, dispatch) = (nodes.clone(), props.dispatch.clone());
        use_effect_with((), move |_| {
            let painter = dispatch.paint(move |engine| {
                let Some(lab) = engine.lab() else { return };
                let counts = lab.counts();
                for (node, n) in nodes.iter().zip(counts) {
                    dom::set_text(node, &group(n.into()));
                }
                dom::set_class(&nodes[3], "bad", counts[3] > 0);
            });
            move || drop(painter)
        });
    }
    html! {
        <dl class="counters" aria-label="Requests">
            { for COUNTERS.iter().zip(&nodes).map(|(&(id, name), node)| html! {
                <div><dt>{ name }</dt><dd {id} ref={node.clone()}></dd></div>
            }) }
        </dl>
    }
}

#[function_component]
fn Timeline(props: &TimeProps) -> Html {
    let (range, seen) = (use_node_ref(), use_node_ref());
    {
        let (range, seen, dispatch) = (range.clone(), seen.clone(), props.dispatch.clone());
        use_effect_with((), move |_| {
            let painter = dispatch.paint(move |engine| {
                let Some(lab) = engine.lab_mut() else { return };
                let window = lab.window();
                let len = lab.samples().len();
                dom::set_value(&range, &lab.at().to_string());
                let percent = |tick: usize| tick as f64 * 100.0 / len.max(1) as f64;
                dom::set_style(&seen, "left", &format!("{:.3}%", percent(window.start)));
                dom::set_style(&seen, "right", &format!("{:.3}%", 100.0 - percent(window.end)));
                dom::set_class(&seen, "shown", window != (0..len));
            });
            move || drop(painter)
        });
    }
    let lab = &props.lab;
    let seek = props.dispatch.callback(|e: InputEvent| Command::Seek(dom::value_of(&e).parse().unwrap_or(0)));
    let percent = |tick: u32| f64::from(tick) * 100.0 / f64::from(lab.len.max(1));
    html! {
        <div class="timeline">
            <ol class="phases" aria-label="Phases of the stream">
                { for lab.phases.iter().map(|&(phase, from, to)| html! {
                    <li style={format!("left:{:.3}%;width:{:.3}%", percent(from), percent(to - from))} title={phase.name()}>{ phase.name() }</li>
                }) }
            </ol>
            <i ref={seen} class="seen" aria-hidden="true"></i>
            <input id="lab-timeline" ref={range} type="range" min="0" max={lab.len.to_string()} step="1"
                aria-label="Timeline: ticks" aria-valuetext={format!("tick {} of {}", group(lab.at.into()), group(lab.len.into()))}
                oninput={seek} />
        </div>
    }
}
