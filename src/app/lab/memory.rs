//! What becomes of memory that is freed: this page's own, measured while you watch.

use std::alloc::System;

use cap::Cap;
use gloo::timers::callback::Interval;
use js_sys::ArrayBuffer;
use js_sys::WebAssembly::Memory;
use wasm_bindgen::JsCast;
use yew::prelude::*;

use crate::app::dom;
use crate::app::shell::Dispatch;
use crate::view::text::{bytes, bytes_short, group};

/// Counts the bytes that are allocated; it refuses nothing.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// Milliseconds from one measurement to the next, and how many are shown.
const EVERY: u32 = 250;
const MOST: usize = 480;
/// The plot, in units of its own.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 120.0;

/// One measurement, in bytes.
#[derive(Clone, Copy, PartialEq)]
struct Measured {
    /// Milliseconds since the page was opened.
    at: f64,
    /// The linear memory, which the system has given to this page.
    linear: u64,
    /// Of that, allocated by the page's code.
    used: u64,
    /// Of that, tables of the lab: on stage, kept to go back to, and the one made here.
    tables: [u64; 3],
}

/// Something that was done, and the memory before and after.
#[derive(Clone, PartialEq)]
struct Done {
    what: &'static str,
    before: Measured,
    after: Measured,
}

fn measure(dispatch: &Dispatch) -> Measured {
    let buffer = wasm_bindgen::memory().dyn_into::<Memory>().map(|memory| memory.buffer());
    let length =
        buffer.ok().and_then(|buffer| buffer.dyn_into::<ArrayBuffer>().ok()).map(|buffer| buffer.byte_length());
    let tables = dispatch.read(|engine| engine.lab().map_or([0; 3], |lab| lab.memory()));
    Measured {
        at: dom::now(),
        linear: u64::from(length.unwrap_or(0)),
        used: ALLOCATOR.allocated() as u64,
        tables: tables.map(|n| n as u64),
    }
}

#[derive(Properties, PartialEq)]
pub struct MemoryProps {
    pub dispatch: Dispatch,
}

#[function_component]
pub fn MemoryView(props: &MemoryProps) -> Html {
    let dispatch = &props.dispatch;
    let measured = use_mut_ref(Vec::<Measured>::new);
    let done = use_mut_ref(Vec::<Done>::new);
    let update = use_force_update();
    let note = {
        let (measured, dispatch, update) = (measured.clone(), dispatch.clone(), update.clone());
        move || {
            let mut measured = measured.borrow_mut();
            if measured.len() == MOST {
                measured.remove(0);
            }
            measured.push(measure(&dispatch));
            update.force_update();
        }
    };
    {
        let note = note.clone();
        use_effect_with((), move |_| {
            note();
            let interval = Interval::new(EVERY, note);
            move || drop(interval)
        });
    }
    let toggle = {
        let (dispatch, done) = (dispatch.clone(), done.clone());
        Callback::from(move |_: MouseEvent| {
            let before = measure(&dispatch);
            let there = dispatch.look(|engine| engine.lab_mut().is_some_and(|lab| lab.toggle_ballast()));
            let what = if there { "Made a table" } else { "Freed it" };
            done.borrow_mut().push(Done { what, before, after: measure(&dispatch) });
            note();
        })
    };
    let measured = measured.borrow();
    let Some(&now) = measured.last() else { return Html::default() };
    let [shown, kept, made] = now.tables;
    let number = |id: &'static str, name: &'static str, n: u64| {
        html! { <div><dt>{ name }</dt><dd {id} data-bytes={n.to_string()}>{ bytes(n) }</dd></div> }
    };
    html! {
        <section class="panel memory" aria-label="This page's own memory">
            <h2>{ "“The process will not give it back to the system anyway”" }</h2>
            <p class="doc">{ "True of this page too. It is a WebAssembly module: its linear memory can grow, and there is no instruction to shrink \
                it. A table that is freed goes to the allocator's free list, and the next one that is made takes its place. So a copy that is \
                smaller does not make the process smaller; it makes room for what comes next. These numbers are measured, not drawn." }</p>
            <dl class="numbers">
                { number("linear-memory", "linear memory", now.linear) }
                { number("used-memory", "allocated", now.used) }
                { number("free-memory", "free inside (and the module's stack and constants)", now.linear.saturating_sub(now.used)) }
                { number("table-memory", "tables on stage", shown) }
                { number("kept-memory", "tables kept to go back to", kept) }
                { number("made-memory", "table made here", made) }
            </dl>
            <Plot measured={measured.clone()} />
            <div class="row">
                <button id="ballast" onclick={toggle}>{ if made > 0 { "Free it" } else { "Make a table for 1,000,000 keys" } }</button>
            </div>
            <ol class="done" id="memory-log" aria-live="polite">
                { for done.borrow().iter().rev().take(6).map(|Done { what, before, after }| html! {
                    <li>{ format!("{what}: allocated {} → {}, linear memory {} → {}", group(before.used), group(after.used), group(before.linear), group(after.linear)) }
                        <b>{ verdict(before, after) }</b></li>
                }) }
            </ol>
        </section>
    }
}

fn verdict(before: &Measured, after: &Measured) -> &'static str {
    match (after.used < before.used, after.linear > before.linear) {
        (true, _) => " Freed, and the process is as large as before.",
        (false, true) => " The page had to ask the system for more.",
        (false, false) => " It fitted into what was free.",
    }
}

#[derive(Properties, PartialEq)]
struct PlotProps {
    measured: Vec<Measured>,
}

/// Linear memory and what of it is allocated, over the time in which they were measured.
#[function_component]
fn Plot(props: &PlotProps) -> Html {
    let measured = &props.measured;
    let (Some(first), Some(last)) = (measured.first(), measured.last()) else { return Html::default() };
    let high = measured.iter().map(|one| one.linear).max().unwrap_or(1).max(1);
    let span = (last.at - first.at).max(1.0);
    let line = |of: fn(&Measured) -> u64| {
        let mut path = String::new();
        for one in measured {
            let (x, y) = ((one.at - first.at) / span * WIDTH, HEIGHT - of(one) as f64 / high as f64 * (HEIGHT - 14.0));
            path += &if path.is_empty() { format!("M{x:.1} {y:.1}") } else { format!("H{x:.1}V{y:.1}") };
        }
        path
    };
    let used = line(|one| one.used);
    html! {
        <div class="memory-plot" role="img" aria-label="Linear memory and what of it is allocated, over time">
            <svg viewBox={format!("0 0 {WIDTH} {HEIGHT}")} preserveAspectRatio="none" aria-hidden="true">
                <path class="used" d={format!("{used}V{HEIGHT}H0Z")} />
                <path class="linear" d={line(|one| one.linear)} />
            </svg>
            <span class="axis">{ bytes_short(high) }</span>
            <span class="peak">{ format!("{:.0} s", span / 1000.0) }</span>
            <ul class="key"><li><i class="linear"></i>{ "linear memory" }</li><li><i class="used"></i>{ "allocated" }</li></ul>
        </div>
    }
}
