//! The lab's time: three charts over the same ticks, one cursor, a timeline to drag, and the buttons.

use std::ops::Range;
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{Element, WheelEvent};
use yew::prelude::*;

use super::Nodes as LabNodes;
use crate::app::chart::Pen;
use crate::app::shell::Dispatch;
use crate::app::transport::Button;
use crate::app::{dom, ink};
use crate::engine::Command;
use crate::engine::clock::Direction;
use crate::engine::lab::{Curve, LAB_SPEEDS, Lab, LabFrame};
use crate::history::{Marks, Wanted};
use crate::view::palette::{Meaning, css};
use crate::view::text::group;

/// The counters of requests: that came, were answered, wait and were lost.
const COUNTERS: [(&str, &str); 4] =
    [("lab-made", "made"), ("lab-applied", "applied"), ("lab-waiting", "waiting"), ("lab-lost", "lost")];
/// The height of the timeline's thumb canvas in CSS pixels, as the style sheet has it.
const THUMB: f64 = 26.0;
/// While a run goes on, the charts are drawn again after so many ticks more.
const DRAWN_EVERY: usize = 256;

/// What was drawn, to draw it again only when it differs.
#[derive(Default)]
pub struct Drawn {
    charts: Option<Charts>,
    here: Option<Here>,
    seen: Option<(Range<usize>, usize)>,
}

#[derive(Clone, PartialEq)]
struct Charts {
    ticks: Range<usize>,
    sizes: [(f64, f64); 4],
    dark: bool,
    revision: u64,
    known: usize,
}

/// Where the cursor is: how far across the window, and across all time.
#[derive(Clone, PartialEq)]
struct Here {
    parts: [f64; 2],
    size: (f64, f64),
    dark: bool,
}

/// The nodes that are painted.
#[derive(Default)]
pub struct Nodes {
    pub all: NodeRef,
    pub canvases: [NodeRef; 3],
    values: [NodeRef; 3],
    cursor: NodeRef,
    thumb: NodeRef,
    seen: NodeRef,
    counters: [NodeRef; 4],
}

/// Charts, timeline and buttons.
pub fn view(dispatch: &Dispatch, lab: &LabFrame, nodes: &Rc<LabNodes>) -> Html {
    let at_start = lab.at == 0;
    let at_end = lab.complete && lab.at == lab.len;
    let button = |id, icon, label, command, off| Button { id, icon, label, command, off }.show(dispatch);
    let memory = |direction| Command::Jump(Wanted::Marks(Marks::RESIZE), direction);
    let speed = dispatch.callback(|e: Event| Command::Speed(dom::value_of(&e).parse().unwrap_or(0)));
    html! {
        <section class="time lab-time" aria-label="Time">
            <div class="transport" role="group" aria-label="Play and step">
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
                    <dl class="counters" aria-label="Requests">
                        { for COUNTERS.iter().zip(&nodes.charts.counters).map(|(&(id, name), node)| html! {
                            <div><dt>{ name }</dt><dd {id} ref={node.clone()}></dd></div>
                        }) }
                    </dl>
                </div>
            </div>
            <div class="track">
                { charts(dispatch, nodes) }
                { timeline(dispatch, lab, &nodes.charts) }
            </div>
            <div class="menus">
                <div class="zoom" role="group" aria-label="Ticks in the charts">
                    { zoom(dispatch, "Fewer ticks, about the cursor", "+", Some(4.0)) }
                    { zoom(dispatch, "More ticks", "−", Some(0.25)) }
                    { zoom(dispatch, "All ticks", "0", None) }
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
        </section>
    }
}

/// A button that shows fewer ticks in the charts, or more, or all.
fn zoom(dispatch: &Dispatch, name: &'static str, sign: &'static str, factor: Option<f64>) -> Html {
    let dispatch = dispatch.clone();
    let onclick = move |_: MouseEvent| {
        look(&dispatch, |lab| {
            let (ticks, at) = (lab.window(), lab.at() as usize);
            let about = at.saturating_sub(ticks.start) as f64 / ticks.len().max(1) as f64;
            match factor {
                Some(factor) => lab.zoom_time(about.clamp(0.0, 1.0), factor),
                None => lab.whole_time(),
            }
        });
    };
    html! { <button class="tool" title={name} aria-label={name} {onclick}>{ sign }</button> }
}

/// Zoom and pan with the wheel, until the result is dropped.
pub fn listen(dispatch: &Dispatch, nodes: &Rc<LabNodes>) -> Option<EventListener> {
    let frame = nodes.charts.all.cast::<Element>()?;
    let (dispatch, nodes) = (dispatch.clone(), nodes.clone());
    let options = EventListenerOptions::enable_prevent_default();
    Some(EventListener::new_with_options(&frame, "wheel", options, move |event| {
        let Some(event) = event.dyn_ref::<WheelEvent>() else { return };
        event.prevent_default();
        let about = dom::part_across(&nodes.charts.all, event).unwrap_or(0.5);
        let (dx, dy) = (event.delta_x(), event.delta_y());
        look(&dispatch, |lab| match event.shift_key() || dx.abs() > dy.abs() {
            true => lab.pan_time((dx + dy) * 0.001),
            false => lab.zoom_time(about, (-dy * 0.002).exp()),
        });
    }))
}

fn charts(dispatch: &Dispatch, nodes: &Rc<LabNodes>) -> Html {
    // Down, moved or up: the same but for what it does to the button held.
    let pointer = |held: Option<bool>| {
        let (dispatch, nodes) = (dispatch.clone(), nodes.clone());
        Callback::from(move |event: PointerEvent| {
            let all = &nodes.charts.all;
            let part = dom::part_across(all, &event);
            nodes.hovered.set(part);
            if let Some(held) = held {
                nodes.held.set(held && event.button() == 0);
                if let Some(all) = all.cast::<Element>().filter(|_| held) {
                    // Without capture a drag ends at the edge of the charts.
                    let _ = all.set_pointer_capture(event.pointer_id());
                }
            }
            let ticks = look(&dispatch, |lab| lab.window()).unwrap_or_default();
            if let Some(part) = part.filter(|_| nodes.held.get()) {
                dispatch.send(Command::Seek(ticks.start + (part * ticks.len() as f64).round() as usize));
            }
        })
    };
    let leave = {
        let (dispatch, nodes) = (dispatch.clone(), nodes.clone());
        move |_: PointerEvent| {
            nodes.hovered.set(None);
            look(&dispatch, |_| ());
        }
    };
    let palette = dom::palette();
    let chart = |nth: usize| {
        let curve = Curve::ALL[nth];
        html! {
            <div class="lab-chart" role="img" aria-label={curve.title()}>
                <canvas ref={nodes.charts.canvases[nth].clone()}></canvas>
                <ul class="key">
                    <li class="axis">{ curve.title() }</li>
                    { for curve.key().iter().map(|&(name, colour)| html! {
                        <li><i ~style={format!("background:{}", css(palette.of(colour)))}></i>{ name }</li>
                    }) }
                </ul>
                <output ref={nodes.charts.values[nth].clone()}></output>
            </div>
        }
    };
    html! {
        <div class="lab-charts" ref={nodes.charts.all.clone()} onpointerdown={pointer(Some(true))} onpointermove={pointer(None)}
            onpointerup={pointer(Some(false))} onpointercancel={pointer(Some(false))} onpointerleave={leave}>
            { for (0..Curve::ALL.len()).map(chart) }
            <canvas class="cursor" ref={nodes.charts.cursor.clone()}></canvas>
        </div>
    }
}

/// Look at another part of the lab's time.
fn look<T>(dispatch: &Dispatch, look: impl FnOnce(&mut Lab) -> T) -> Option<T> {
    dispatch.look(|engine| engine.lab_mut().map(look))
}

/// Show the counters of requests.
pub fn count(lab: &Lab, nodes: &Nodes) {
    let counts = lab.counts();
    for (node, n) in nodes.counters.iter().zip(counts) {
        dom::set_text(node, &group(n.into()));
    }
    dom::set_class(&nodes.counters[3], "bad", counts[3] > 0);
}

/// Say what the charts say where time stands, or under the pointer.
pub fn tell(lab: &mut Lab, all: &LabNodes) {
    let ticks = lab.window();
    let hovered = all.hovered.get().filter(|_| !ticks.is_empty());
    let tick = hovered.map_or(lab.at() as usize, |part| ticks.start + (part * ticks.len() as f64) as usize + 1);
    let sample = tick.checked_sub(1).and_then(|last| lab.samples().get(last));
    for (node, curve) in all.charts.values.iter().zip(Curve::ALL) {
        dom::set_text(node, &sample.map_or(String::new(), |sample| curve.value(sample)));
        dom::set_class(node, "hover", hovered.is_some());
    }
}

/// Bring charts, cursor and timeline up to date; the charts have this size together.
pub fn paint(lab: &mut Lab, all: &LabNodes, size: (f64, f64), drawn: &mut Drawn) {
    let nodes = &all.charts;
    let ticks = lab.window();
    let samples = lab.samples();
    let (at, len) = (lab.at() as usize, samples.len());
    let (sizes, dark) = (all.sizes.get(), dom::is_dark());
    let wanted = Charts { ticks: ticks.clone(), sizes, dark, revision: lab.revision(), known: len };
    let enough = drawn.charts.as_ref().is_none_or(|drawn| {
        let same = Charts { known: len, ticks: ticks.clone(), ..drawn.clone() } == wanted;
        // While the run goes on, not for every few ticks more.
        !same || drawn.known.abs_diff(len) >= DRAWN_EVERY || lab.is_complete() || drawn.known < DRAWN_EVERY
    });
    if drawn.charts.as_ref() != Some(&wanted) && enough {
        for ((canvas, size), curve) in nodes.canvases.iter().zip(sizes).zip(Curve::ALL) {
            if let Some(pen) = Pen::on(canvas, size) {
                pen.plot(&curve.plot(samples, ticks.clone(), pen.width as usize));
            }
        }
        drawn.charts = Some(wanted);
    }
    let part = |from: usize, len: usize| (at as f64 - from as f64) / len.max(1) as f64;
    let here = Here { parts: [part(ticks.start, ticks.len()), part(0, len)], size, dark };
    if drawn.here.as_ref() != Some(&here) {
        point(nodes, &here);
        drawn.here = Some(here);
    }
    let seen = (ticks, len);
    if drawn.seen.as_ref() != Some(&seen) {
        let (ticks, len) = &seen;
        let percent = |tick: usize| tick as f64 * 100.0 / (*len).max(1) as f64;
        dom::set_style(&nodes.seen, "left", &format!("{:.3}%", percent(ticks.start)));
        dom::set_style(&nodes.seen, "right", &format!("{:.3}%", 100.0 - percent(ticks.end)));
        dom::set_class(&nodes.seen, "shown", *ticks != (0..*len));
        drawn.seen = Some(seen);
    }
}

/// Draw where time stands, in the charts and on the timeline.
fn point(nodes: &Nodes, Here { parts: [part, whole], size: (width, height), .. }: &Here) {
    if let Some(context) = ink::fresh(&nodes.cursor, (*width, *height)) {
        let x = part * width;
        context.set_global_alpha(0.6);
        context.set_fill_style_str(&css(dom::palette().of(Meaning::Surface)));
        context.fill_rect(x.max(0.0), 0.0, width - x.max(0.0), *height);
        context.set_global_alpha(1.0);
        if (0.0..=1.0).contains(part) {
            ink::cursor(&context, x, *height);
        }
    }
    ink::thumb(&nodes.thumb, (width + 2.0 * ink::RADIUS, THUMB), *whole);
}

fn timeline(dispatch: &Dispatch, lab: &LabFrame, nodes: &Nodes) -> Html {
    let seek = dispatch.callback(|e: InputEvent| Command::Seek(dom::value_of(&e).parse().unwrap_or(0)));
    let percent = |tick: u32| f64::from(tick) * 100.0 / f64::from(lab.len.max(1));
    html! {
        <div class="timeline">
            <ol class="phases" aria-label="Phases of the stream">
                { for lab.phases.iter().map(|&(phase, from, to)| html! {
                    <li ~style={format!("left:{:.3}%;width:{:.3}%", percent(from), percent(to - from))} title={phase.name()}>{ phase.name() }</li>
                }) }
            </ol>
            <i ref={nodes.seen.clone()} class="seen" aria-hidden="true"></i>
            <input id="lab-timeline" value={lab.at.to_string()} type="range" min="0" max={lab.len.to_string()} step="1"
                aria-label="Timeline: ticks" aria-valuetext={format!("tick {} of {}", group(lab.at.into()), group(lab.len.into()))}
                oninput={seek} />
            <canvas ref={nodes.thumb.clone()} class="thumb" aria-hidden="true"></canvas>
        </div>
    }
}
