//! The charts over the operations that are looked at, on the timeline's own axis, and how long searches are now.

use std::cell::Cell;
use std::ops::Range;

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, Element, WheelEvent};
use yew::prelude::*;

use super::fingers::Fingers;
use super::shell::Dispatch;
use super::size::use_size;
use super::{dom, ink};
use crate::engine::time::{FEWEST, Graph, Line, Plot, Style, csv};
use crate::engine::{Command, Engine, Found};
use crate::history::Marks;
use crate::stats::Histogram;
use crate::view::palette::{Meaning, Palette, css};
use crate::view::text::{self, bytes, group};

/// The strip of inserts and deletes under a chart, in CSS pixels.
const STRIP: f64 = 16.0;
/// Bars of a histogram at most.
const BARS: usize = 48;

/// What the chart box shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Over(Graph),
    Lengths,
}

const TABS: [(&str, Tab, &str); 4] = [
    ("Bytes", Tab::Over(Graph::Bytes), "sys.getsizeof(d), and what its slots hold"),
    ("Keys", Tab::Over(Graph::Keys), "keys, tombstones and slots"),
    ("Probes", Tab::Over(Graph::Probes), "slots a search looks into: mean, and worst"),
    ("Lengths now", Tab::Lengths, ""),
];

impl Tab {
    fn about(self) -> &'static str {
        TABS.iter().find(|(_, tab, _)| *tab == self).map_or("", |(_, _, about)| about)
    }

    /// What its colours mean.
    fn key(self) -> &'static [(&'static str, Meaning)] {
        match self {
            Tab::Over(Graph::Bytes) => {
                &[("live", Meaning::Live), ("tombstones", Meaning::Tombstone), ("free", Meaning::Empty)]
            }
            Tab::Over(Graph::Keys) => {
                &[("keys", Meaning::Live), ("tombstones", Meaning::Tombstone), ("slots", Meaning::Text)]
            }
            Tab::Over(Graph::Probes) => &[("found", Meaning::Found), ("not found", Meaning::Probing)],
            Tab::Lengths => &[("searches, by probes", Meaning::Found), ("clusters, by size", Meaning::Live)],
        }
    }
}

#[derive(Properties, PartialEq)]
pub struct ChartProps {
    pub dispatch: Dispatch,
    /// The most bytes the table ever took.
    pub peak: u64,
}

/// What was drawn, to draw it again only when it differs.
#[derive(Clone, Debug, PartialEq)]
struct Drawn {
    tab: Tab,
    ops: Range<usize>,
    size: (u32, u32),
    dark: bool,
    revision: u64,
    found: Option<Found>,
}

/// The place in time that is on screen, as it was last drawn over the chart.
#[derive(Clone, Debug, PartialEq)]
struct Here {
    /// Its distance from the left edge in CSS pixels.
    x: f64,
    /// What the line said there.
    said: String,
    size: (f64, f64),
    dark: bool,
    /// Something comes after it.
    ahead: bool,
}

/// The nodes that the painter writes to.
#[derive(Clone, PartialEq)]
struct Nodes {
    frame: NodeRef,
    canvas: NodeRef,
    over: NodeRef,
    axis: NodeRef,
}

#[function_component]
pub fn Chart(props: &ChartProps) -> Html {
    let nodes = Nodes { frame: use_node_ref(), canvas: use_node_ref(), over: use_node_ref(), axis: use_node_ref() };
    let dispatch = &props.dispatch;
    let tab = use_state(|| TABS[0].1);
    let shown = use_memo((), |_| Cell::new(TABS[0].1));
    let hovered = use_memo((), |_| Cell::new(None::<f64>));
    let size = {
        let dispatch = dispatch.clone();
        use_size(&nodes.frame, move |_| dispatch.look(|_| ()))
    };
    {
        let (nodes, dispatch, shown, hovered) = (nodes.clone(), dispatch.clone(), shown.clone(), hovered.clone());
        use_effect_with((), move |_| {
            let wheel = nodes.frame.cast::<Element>().map(|frame| {
                let (dispatch, canvas) = (dispatch.clone(), nodes.canvas.clone());
                let options = EventListenerOptions::enable_prevent_default();
                EventListener::new_with_options(&frame, "wheel", options, move |event| {
                    let Some(event) = event.dyn_ref::<WheelEvent>() else { return };
                    event.prevent_default();
                    let about = dom::part_across(&canvas, event).unwrap_or(0.5);
                    let (dx, dy) = (event.delta_x(), event.delta_y());
                    dispatch.look(|engine| match event.shift_key() || dx.abs() > dy.abs() {
                        true => engine.pan_time((dx + dy) * 0.001),
                        false => engine.zoom_time(about, (-dy * 0.002).exp()),
                    });
                })
            });
            let (mut drawn, mut here) = (None, None);
            let painter = dispatch.paint(move |engine| {
                paint(engine, &nodes, size.get(), shown.get(), hovered.get(), (&mut drawn, &mut here));
            });
            move || drop((painter, wheel))
        });
    }
    let fingers = use_mut_ref(Fingers::<f64>::default);
    let seek = {
        let (dispatch, canvas) = (dispatch.clone(), nodes.canvas.clone());
        move |event: &PointerEvent| {
            let Some(part) = dom::part_across(&canvas, event) else { return };
            let ops = dispatch.look(|engine| engine.window());
            dispatch.send(Command::Seek(place(&ops, part)));
        }
    };
    let over_time = matches!(*tab, Tab::Over(_));
    let down = {
        let (fingers, seek, canvas) = (fingers.clone(), seek.clone(), nodes.canvas.clone());
        Callback::from(move |event: PointerEvent| {
            let Some(part) = dom::part_across(&canvas, &event).filter(|_| over_time && event.button() == 0) else {
                return;
            };
            let alone = fingers.borrow_mut().press(event.pointer_id(), part) == 1;
            if let Some(canvas) = canvas.cast::<Element>() {
                // Without capture a drag ends at the edge of the chart.
                let _ = canvas.set_pointer_capture(event.pointer_id());
            }
            if alone {
                seek(&event);
            }
        })
    };
    let moved = {
        let (fingers, hovered, dispatch) = (fingers.clone(), hovered.clone(), dispatch.clone());
        let canvas = nodes.canvas.clone();
        Callback::from(move |event: PointerEvent| {
            let part = dom::part_across(&canvas, &event);
            hovered.set(part);
            let (mut fingers, id) = (fingers.borrow_mut(), event.pointer_id());
            match (fingers.of(id), part) {
                (Some((from, Some(other))), Some(to)) => {
                    dispatch.look(|engine| engine.pinch_time([from, other], [to, other]));
                    fingers.slide(id, to);
                }
                // Who has pinched does not mean a place with the finger that is still down.
                (Some((_, None)), _) if !fingers.dragged => seek(&event),
                _ => dispatch.look(|_| ()),
            }
        })
    };
    let up = Callback::from(move |event: PointerEvent| fingers.borrow_mut().lift(event.pointer_id()));
    let leave = {
        let dispatch = dispatch.clone();
        Callback::from(move |_: PointerEvent| {
            hovered.set(None);
            dispatch.look(|_| ());
        })
    };
    let choose = |to: Tab| {
        let (dispatch, tab, shown) = (dispatch.clone(), tab.setter(), shown.clone());
        Callback::from(move |_: MouseEvent| {
            shown.set(to);
            tab.set(to);
            dispatch.look(|engine| engine.watch_lengths(to == Tab::Lengths));
        })
    };
    let zoom = |name: &'static str, sign: &'static str, factor: Option<f64>| {
        let dispatch = dispatch.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            dispatch.look(|engine| {
                let (ops, at) = (engine.window(), engine.lane().timeline.pos().op);
                // About the cursor, which is what is looked for.
                let about = (at - ops.start.min(at)) as f64 / ops.len().max(1) as f64;
                match factor {
                    Some(factor) => engine.zoom_time(about.clamp(0.0, 1.0), factor),
                    None => engine.whole_time(),
                }
            });
        });
        html! { <button title={name} aria-label={name} {onclick}>{ sign }</button> }
    };
    let save = {
        let dispatch = dispatch.clone();
        Callback::from(move |_: MouseEvent| {
            let text = dispatch.look(|engine| {
                let ops = engine.window();
                csv(&engine.lane().timeline, ops)
            });
            dom::save("dictoscope.csv", &text);
        })
    };
    let palette = dom::palette();
    html! {
        <>
            <div class="tabs" role="group" aria-label="Charts">
                { for TABS.iter().map(|&(name, to, _)| html! {
                    <button aria-pressed={(to == *tab).to_string()} onclick={choose(to)}>{ name }</button>
                }) }
                <ul class="key">
                    { for tab.key().iter().map(|&(name, colour)| html! {
                        <li><i ~style={format!("background:{}", css(palette.of(colour)))}></i>{ name }</li>
                    }) }
                </ul>
                { zoom("Fewer operations, about the cursor", "+", Some(4.0)) }
                { zoom("More operations", "−", Some(0.25)) }
                { zoom("All operations", "0", None) }
                <button id="csv" title="The numbers of the operations shown, as a file" onclick={save}>{ "CSV" }</button>
            </div>
            <div ref={nodes.frame} class="chart" role="img" aria-label={format!("{}; peak {}", tab.about(), bytes(props.peak))}
                onpointerdown={down} onpointermove={moved} onpointerup={up.clone()} onpointercancel={up} onpointerleave={leave}>
                <canvas ref={nodes.canvas}></canvas>
                <canvas ref={nodes.over}></canvas>
                <span class="axis" ref={nodes.axis}></span>
                if *tab == Tab::Over(Graph::Bytes) {
                    <span class="peak">{ format!("peak {}", bytes(props.peak)) }</span>
                }
            </div>
        </>
    }
}

/// Where to stand for a pointer at `part` of the window: after the operation under it, when each can be told apart.
fn place(ops: &Range<usize>, part: f64) -> usize {
    let at = part * ops.len() as f64;
    let steps = if ops.len() <= FEWEST * 4 { at.floor() + 1.0 } else { at.round() };
    (ops.start + steps as usize).min(ops.end)
}

fn paint(
    engine: &mut Engine,
    nodes: &Nodes,
    (width, height): (f64, f64),
    tab: Tab,
    hovered: Option<f64>,
    (drawn, shown): (&mut Option<Drawn>, &mut Option<Option<Here>>),
) {
    let ratio = dom::window().device_pixel_ratio();
    let size = ((width * ratio) as u32, (height * ratio) as u32);
    let ops = engine.window();
    let found = (tab == Tab::Lengths).then(|| engine.lengths());
    let wanted = Drawn { tab, ops: ops.clone(), size, dark: dom::is_dark(), revision: engine.revision(), found };
    let timeline = &engine.lane().timeline;
    if drawn.as_ref() != Some(&wanted)
        && let Some(pen) = Pen::on(&nodes.canvas, (width, height))
    {
        match (tab, &wanted.found) {
            (Tab::Over(graph), _) => pen.plot(&graph.plot(timeline, ops.clone(), size.0 as usize)),
            (Tab::Lengths, found) => pen.lengths(found.as_ref()),
        }
        *drawn = Some(wanted.clone());
    }
    let over_time = tab != Tab::Lengths;
    let at = timeline.pos().op;
    let part = (at.saturating_sub(ops.start)) as f64 / ops.len().max(1) as f64;
    let inside = over_time && (ops.start..=ops.end).contains(&at);
    let here = inside.then(|| Here {
        x: part * width,
        said: match tab {
            Tab::Over(Graph::Bytes) => bytes(engine.bytes_now()),
            Tab::Over(graph) => at.checked_sub(1).map_or(String::new(), |last| graph.values_at(timeline, last)),
            Tab::Lengths => String::new(),
        },
        size: (width, height),
        dark: dom::is_dark(),
        ahead: at < ops.end,
    });
    if shown.as_ref() != Some(&here) {
        if let (Some(context), Some(here)) = (ink::fresh(&nodes.over, (width, height)), &here) {
            point(&context, here);
        }
        *shown = Some(here);
    }
    let hovered = hovered.filter(|_| over_time && !ops.is_empty());
    dom::set_class(&nodes.axis, "hover", hovered.is_some());
    let axis = match (tab, hovered, &wanted.found) {
        (Tab::Over(graph), Some(part), _) => {
            let op = (ops.start + (part * ops.len() as f64) as usize).min(ops.end - 1);
            let line = text::op(timeline.ops().get(op), timeline.heap());
            format!("operation {}: {line} · {}", group(op as u64 + 1), graph.values_at(timeline, op))
        }
        (Tab::Lengths, _, Some(found)) => about_lengths(found),
        _ => tab.about().to_owned(),
    };
    dom::set_text(&nodes.axis, &axis);
}

/// Draw where time stands: what comes later is pale, and a label says what the chart says there.
fn point(context: &CanvasRenderingContext2d, here: &Here) {
    let palette = dom::palette();
    let (width, height) = here.size;
    if here.ahead {
        context.set_global_alpha(0.66);
        context.set_fill_style_str(&css(palette.of(Meaning::Surface)));
        context.fill_rect(here.x, 0.0, width - here.x, height);
        context.set_global_alpha(1.0);
    }
    ink::cursor(context, here.x, height);
    if here.said.is_empty() {
        return;
    }
    context.set_font("650 13px system-ui, sans-serif");
    let text = context.measure_text(&here.said).map_or(0.0, |metrics| metrics.width());
    let (w, h, y) = (text + 14.0, 20.0, 19.0);
    let x = if here.x > width / 2.0 { here.x - w - 6.0 } else { here.x + 8.0 };
    context.set_fill_style_str(&css(palette.of(Meaning::Surface)));
    context.fill_rect(x, y, w, h);
    context.set_stroke_style_str(&css(palette.of(Meaning::Probing)));
    context.set_line_width(1.0);
    context.stroke_rect(x + 0.5, y + 0.5, w - 1.0, h - 1.0);
    context.set_fill_style_str(&css(palette.of(Meaning::Text)));
    context.set_text_baseline("middle");
    // Where the browser cannot draw text the line is still right.
    let _ = context.fill_text(&here.said, x + 7.0, y + h / 2.0 + 0.5);
}

fn about_lengths(found: &Found) -> String {
    let about = |histogram: &Histogram, what: &str, most: &str| {
        let summary = histogram.summary();
        match summary.mean() {
            Some(mean) => format!("{what}: mean {mean:.2}, {most} {}", group(summary.max)),
            None => format!("{what}: none"),
        }
    };
    match (&found.probes, &found.clusters) {
        (Some(probes), Some(clusters)) => {
            let probes = about(probes, "probes to find a key", "worst");
            format!("{probes} · {}", about(clusters, "clusters of slots in use", "largest"))
        }
        _ => "counted between two operations, while time stands still".to_owned(),
    }
}

/// Draws on a canvas, in device pixels.
pub(super) struct Pen {
    pub context: CanvasRenderingContext2d,
    pub palette: &'static Palette,
    pub ratio: f64,
    pub width: f64,
    pub height: f64,
}

impl Pen {
    /// A pen on an empty canvas whose box has this size in CSS pixels; `None` if there is nothing to draw on.
    pub fn on(canvas: &NodeRef, (width, height): (f64, f64)) -> Option<Pen> {
        let context = ink::fresh(canvas, (width, height))?;
        let ratio = dom::window().device_pixel_ratio();
        // Fails for no finite numbers.
        let _ = context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);
        Some(Pen { context, palette: dom::palette(), ratio, width: width * ratio, height: height * ratio })
    }

    pub fn fill(&self, meaning: Meaning) {
        self.context.set_fill_style_str(&css(self.palette.of(meaning)));
    }

    pub fn plot(&self, plot: &Plot) {
        let bottom = if plot.marks.is_empty() { self.height } else { self.height - STRIP * self.ratio };
        let top = 16.0 * self.ratio;
        let y = |value: f64| bottom - plot.scale.part(value, plot.high) * (bottom - top);
        self.fill(Meaning::Grid);
        plot.scale.lines(plot.high).for_each(|value| self.context.fill_rect(0.0, y(value), self.width, self.ratio));
        for line in &plot.lines {
            self.line(line, &y);
        }
        if !plot.marks.is_empty() {
            self.strip(plot, bottom);
        }
        self.fill(Meaning::Muted);
        self.context.set_font(&format!("{:.0}px system-ui, sans-serif", 10.0 * self.ratio));
        // A halo keeps it readable on the lines. Where the browser cannot draw text the lines are still right.
        self.context.set_stroke_style_str(&css(self.palette.of(Meaning::Surface)));
        self.context.set_line_width(4.0 * self.ratio);
        let label = |value: f64, y: f64| {
            let (text, x) = (plot.unit.short(value), 4.0 * self.ratio);
            let _ = self.context.stroke_text(&text, x, y);
            let _ = self.context.fill_text(&text, x, y);
        };
        label(plot.high, 29.0 * self.ratio);
        let mut free = 40.0 * self.ratio;
        let lines: Vec<f64> = plot.scale.lines(plot.high).collect();
        for &value in lines.iter().rev().filter(|&&value| value < plot.high / 5.0) {
            if y(value) > free && y(value) < bottom {
                label(value, y(value) + 3.0 * self.ratio);
                free = y(value) + 12.0 * self.ratio;
            }
        }
    }

    fn line(&self, line: &Line, y: &dyn Fn(f64) -> f64) {
        let bottom = y(0.0);
        let step = self.width / line.values.len().max(1) as f64;
        let context = &self.context;
        context.begin_path();
        let mut drawing = false;
        for (i, value) in line.values.iter().enumerate() {
            let (left, right) = (i as f64 * step, (i + 1) as f64 * step);
            match (value, line.style) {
                (Some(value), Style::Area) => {
                    if !drawing {
                        context.move_to(left, bottom);
                    }
                    context.line_to(left, y(*value));
                    context.line_to(right, y(*value));
                    drawing = true;
                }
                (Some(value), _) => {
                    if drawing {
                        context.line_to(left, y(*value))
                    } else {
                        context.move_to(left, y(*value))
                    }
                    context.line_to(right, y(*value));
                    drawing = true;
                }
                (None, Style::Area) => {
                    if drawing {
                        context.line_to(left, bottom);
                    }
                    drawing = false;
                }
                (None, _) => drawing = false,
            }
        }
        if line.style == Style::Area {
            if drawing {
                context.line_to(self.width, bottom);
            }
            self.fill(line.colour);
            context.fill();
        } else {
            context.set_global_alpha(if line.style == Style::Faint { 0.35 } else { 1.0 });
            context.set_stroke_style_str(&css(self.palette.of(line.colour)));
            context.set_line_width(if line.style == Style::Faint { 1.0 } else { 1.8 } * self.ratio);
            context.stroke();
            context.set_global_alpha(1.0);
        }
    }

    /// How many of the operations of each part insert and delete; above them what changed the table at once.
    fn strip(&self, plot: &Plot, top: f64) {
        let parts = plot.marks.len().max(1) as f64;
        let step = self.width / parts;
        let ops = (plot.ops.len() as f64 / parts).max(1.0);
        let all = self.height - top - 2.0 * self.ratio;
        let gap = if step > 4.0 * self.ratio { self.ratio } else { 0.0 };
        let bar = |i: usize, from: f64, to: f64| {
            let bottom = self.height - from * all;
            self.context.fill_rect(i as f64 * step, bottom - (to - from) * all, step - gap, (to - from) * all);
        };
        self.fill(Meaning::Empty);
        self.context.fill_rect(0.0, top + 2.0 * self.ratio, self.width, all);
        for (i, counts) in plot.marks.iter().enumerate() {
            let share = |mark| f64::from(counts.of(mark)) / ops;
            let (inserts, deletes) = (share(Marks::INSERT).min(1.0), share(Marks::DELETE).min(1.0));
            if inserts > 0.0 {
                self.fill(Meaning::Live);
                bar(i, 0.0, inserts);
            }
            if deletes > 0.0 {
                self.fill(Meaning::Tombstone);
                bar(i, inserts, (inserts + deletes).min(1.0));
            }
        }
        for (mark, colour) in
            [(Marks::RESIZE, Meaning::Moved), (Marks::COPY, Meaning::Found), (Marks::ERROR, Meaning::Error)]
        {
            self.fill(colour);
            for (i, _) in plot.marks.iter().enumerate().filter(|(_, counts)| counts.of(mark) > 0) {
                let width = (step - gap).max(2.0 * self.ratio);
                self.context.fill_rect(i as f64 * step, top, width, self.height - top);
            }
        }
    }

    fn lengths(&self, found: Option<&Found>) {
        let Some(found) = found else { return };
        let half = self.width / 2.0;
        let margin = 12.0 * self.ratio;
        for (histogram, left, colour) in
            [(&found.probes, 0.0, Meaning::Found), (&found.clusters, half + margin, Meaning::Live)]
        {
            if let Some(histogram) = histogram {
                self.bars(histogram, left, half - margin, colour);
            }
        }
    }

    /// A bar for each length from 1 on, or for several lengths, with the lengths under them.
    fn bars(&self, histogram: &Histogram, left: f64, width: f64, colour: Meaning) {
        let lengths = histogram.counts().get(1..).unwrap_or_default();
        let each = lengths.len().div_ceil(BARS).max(1);
        let bars: Vec<u64> = lengths.chunks(each).map(|part| part.iter().map(|&n| u64::from(n)).sum()).collect();
        let most = bars.iter().copied().max().unwrap_or(0).max(1) as f64;
        let (top, bottom) = (18.0 * self.ratio, self.height - 14.0 * self.ratio);
        let step = (width / bars.len().max(1) as f64).min(40.0 * self.ratio);
        self.context.set_font(&format!("{:.0}px system-ui, sans-serif", 10.0 * self.ratio));
        let mut free = left;
        for (i, &n) in bars.iter().enumerate() {
            let x = left + i as f64 * step;
            // What is there is seen.
            let height = if n > 0 { ((bottom - top) * n as f64 / most).max(self.ratio) } else { 0.0 };
            self.fill(colour);
            self.context.fill_rect(x, bottom - height, step - self.ratio, height);
            let label = group((i * each + 1) as u64);
            if x >= free {
                self.fill(Meaning::Muted);
                let _ = self.context.fill_text(&label, x, self.height - 3.0 * self.ratio);
                free = x + (label.len() as f64 + 1.5) * 6.0 * self.ratio;
            }
        }
    }
}
