//! What becomes of memory that is freed: this page's own, measured while you watch.

use std::alloc::System;
use std::cell::RefCell;
use std::rc::Rc;

use cap::Cap;
use js_sys::ArrayBuffer;
use js_sys::WebAssembly::Memory;
use wasm_bindgen::JsCast;
use yew::prelude::*;

use super::Nodes as LabNodes;
use crate::app::chart::Pen;
use crate::app::dom;
use crate::app::shell::Dispatch;
use crate::engine::time::{Line, Plot, Style};
use crate::view::chart::{Scale, Unit};
use crate::view::palette::{Meaning, css};
use crate::view::text::{bytes, group};

/// Counts the bytes that are allocated; it refuses nothing.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// Milliseconds from one measurement to the next, and how many are shown.
pub const EVERY: u32 = 250;
const MOST: usize = 480;
/// The numbers, in the order of [`Measured`]: an id, and what they are.
const NUMBERS: [(&str, &str); 6] = [
    ("linear-memory", "linear memory"),
    ("used-memory", "allocated"),
    ("free-memory", "free inside (and the module's stack and constants)"),
    ("table-memory", "tables on stage"),
    ("kept-memory", "tables kept to go back to"),
    ("made-memory", "table made here"),
];

/// One measurement, in bytes: the linear memory, which the system has given to this page; what of that is allocated, and
/// what is not; and of what is allocated, the lab's tables.
type Measured = [u64; 6];

/// What is written to.
#[derive(Default)]
pub struct Nodes {
    canvas: NodeRef,
    numbers: [NodeRef; 6],
    button: NodeRef,
    log: NodeRef,
    /// What was measured, a quarter of a second apart.
    measured: RefCell<Vec<Measured>>,
}

fn now(dispatch: &Dispatch) -> Measured {
    let buffer = wasm_bindgen::memory().dyn_into::<Memory>().map(|memory| memory.buffer());
    let length =
        buffer.ok().and_then(|buffer| buffer.dyn_into::<ArrayBuffer>().ok()).map(|buffer| buffer.byte_length());
    let [shown, kept, made] = dispatch.read(|engine| engine.lab().map_or([0; 3], |lab| lab.memory()));
    let (linear, used) = (u64::from(length.unwrap_or(0)), ALLOCATOR.allocated() as u64);
    [linear, used, linear.saturating_sub(used), shown as u64, kept as u64, made as u64]
}

/// Measure, and show it.
pub fn measure(dispatch: &Dispatch, nodes: &Nodes) {
    let now = now(dispatch);
    let mut measured = nodes.measured.borrow_mut();
    if measured.len() == MOST {
        measured.remove(0);
    }
    measured.push(now);
    for (node, n) in nodes.numbers.iter().zip(now) {
        dom::set_text(node, &bytes(n));
    }
    dom::set_text(&nodes.button, if now[5] > 0 { "Free it" } else { "Make a table for 1,000,000 keys" });
    let line = |name, colour, style, nth: usize| Line {
        name,
        colour,
        style,
        values: measured.iter().map(|one| Some(one[nth] as f64)).collect(),
    };
    let Some(pen) = Pen::on(&nodes.canvas, dom::inner_size(&nodes.canvas)) else { return };
    pen.plot(&Plot {
        ops: 0..measured.len(),
        lines: vec![
            line("allocated", Meaning::Live, Style::Area, 1),
            line("linear memory", Meaning::Text, Style::Line, 0),
        ],
        high: measured.iter().map(|one| one[0]).max().unwrap_or(0) as f64,
        unit: Unit::Bytes,
        scale: Scale::Linear,
        marks: Vec::new(),
    });
}

/// Make a table or free it, and say what became of the memory.
fn toggle(dispatch: &Dispatch, nodes: &Nodes) {
    let before = now(dispatch);
    let made = dispatch.look(|engine| engine.lab_mut().is_some_and(|lab| lab.toggle_ballast()));
    let after = now(dispatch);
    let what = if made { "Made a table" } else { "Freed it" };
    let verdict = match (made, after[0] > before[0]) {
        (false, _) => "Freed, and the process is as large as before.",
        (true, true) => "The page had to ask the system for more.",
        (true, false) => "It fitted into what was free.",
    };
    let [before, after] = [before, after].map(|[linear, used, ..]| [linear, used].map(group));
    let line = format!(
        "{what}: allocated {} → {}, linear memory {} → {}. {verdict}",
        before[1], after[1], before[0], after[0]
    );
    dom::prepend(&nodes.log, "li", &line);
    measure(dispatch, nodes);
}

/// The panel.
pub fn view(dispatch: &Dispatch, nodes: &Rc<LabNodes>) -> Html {
    let toggle = {
        let (dispatch, nodes) = (dispatch.clone(), nodes.clone());
        move |_: MouseEvent| toggle(&dispatch, &nodes.memory)
    };
    let nodes = &nodes.memory;
    let palette = dom::palette();
    let key = |name: &'static str, colour: Meaning| {
        html! { <li><i ~style={format!("background:{}", css(palette.of(colour)))}></i>{ name }</li> }
    };
    html! {
        <section class="panel memory" aria-label="This page's own memory">
            <h2>{ "“The process will not give it back to the system anyway”" }</h2>
            <p class="doc">{ "True of this page too. It is a WebAssembly module: its linear memory can grow, and there is no instruction to shrink \
                it. A table that is freed goes to the allocator's free list, and the next one that is made takes its place. So a copy that is \
                smaller does not make the process smaller; it makes room for what comes next. These numbers are measured, not drawn." }</p>
            <dl class="numbers">
                { for NUMBERS.iter().zip(&nodes.numbers).map(|(&(id, name), node)| html! {
                    <div><dt>{ name }</dt><dd {id} ref={node.clone()}></dd></div>
                }) }
            </dl>
            <div class="memory-plot" role="img" aria-label="Linear memory and what of it is allocated, over the last two minutes">
                <canvas ref={nodes.canvas.clone()}></canvas>
                <ul class="key">{ key("linear memory", Meaning::Text) }{ key("allocated", Meaning::Live) }</ul>
            </div>
            <div class="row"><button id="ballast" ref={nodes.button.clone()} onclick={toggle}></button></div>
            <ol class="done" id="memory-log" aria-live="polite" ref={nodes.log.clone()}></ol>
        </section>
    }
}
