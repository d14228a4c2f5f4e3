//! The lab: requests keep coming while memory is given back.
//!
//! It is few components, for each costs the page a dozen kilobytes; the files below have their parts as functions. What
//! changes with every tick they paint past the virtual DOM.

mod charts;
mod memory;
mod results;
mod settings;
mod tables;

use std::cell::Cell;
use std::rc::Rc;

use gloo::timers::callback::Interval;
use yew::prelude::*;

use super::dom;
use super::shell::{Dispatch, WORDS_EVERY};
use super::size::use_size;
use crate::engine::lab::LabFrame;

/// What it is about.
const STORY: &str = "Copying a dict gives its memory back. But when, if requests never stop? The same requests run against each \
                   way of doing it, and everything is counted in cells touched.";

#[derive(Properties, PartialEq)]
pub struct LabProps {
    pub dispatch: Dispatch,
    pub lab: Rc<LabFrame>,
}

/// What the painters write to, and what the pointer is doing.
#[derive(Default)]
struct Nodes {
    phase: NodeRef,
    doing: NodeRef,
    requests: NodeRef,
    charts: charts::Nodes,
    memory: memory::Nodes,
    /// The sizes of the canvases of the charts and, last, of the requests, in CSS pixels.
    sizes: Cell<[(f64, f64); 4]>,
    /// The button of the charts is held down.
    held: Cell<bool>,
    /// How far across the charts the pointer is.
    hovered: Cell<Option<f64>>,
}

#[function_component]
pub fn LabView(props: &LabProps) -> Html {
    let LabProps { dispatch, lab } = props;
    let nodes = use_memo((), |_| Nodes::default());
    let size = {
        let (nodes, dispatch) = (nodes.clone(), dispatch.clone());
        use_size(&nodes.charts.all.clone(), move |_| {
            // They all have the width of this one.
            let [a, b, c] = &nodes.charts.canvases;
            nodes.sizes.set([a, b, c, &nodes.requests].map(dom::inner_size));
            dispatch.look(|_| ());
        })
    };
    {
        let (nodes, dispatch) = (nodes.clone(), dispatch.clone());
        use_effect_with((), move |_| {
            let wheel = charts::listen(&dispatch, &nodes);
            let interval = {
                let (nodes, dispatch) = (nodes.clone(), dispatch.clone());
                memory::measure(&dispatch, &nodes.memory);
                Interval::new(memory::EVERY, move || memory::measure(&dispatch, &nodes.memory))
            };
            let mut drawn = charts::Drawn::default();
            let mut said = f64::NEG_INFINITY;
            let painter = dispatch.paint(move |engine| {
                let Some(lab) = engine.lab_mut() else { return };
                // Text costs a layout, and while it plays nobody reads it as fast as it changes.
                let words = lab.playing().is_none() || dom::now() - said >= WORDS_EVERY;
                if words {
                    said = dom::now();
                    charts::tell(lab, &nodes);
                }
                // On the way to another tick what is shown is that of the last.
                if lab.is_there() {
                    tables::paint(lab, &nodes.requests, nodes.sizes.get()[3]);
                    if words {
                        dom::set_text(&nodes.phase, &lab.phase());
                        dom::set_text(&nodes.doing, &lab.scene().doing());
                        charts::count(lab, &nodes.charts);
                    }
                }
                charts::paint(lab, &nodes, size.get(), &mut drawn);
            });
            move || drop((painter, wheel, interval))
        });
    }
    html! {
        <>
            <div class="work lab">
                <section class="column" aria-label="Settings and Python">
                    <settings::SettingsView dispatch={dispatch.clone()} fields={lab.fields.clone()} text={lab.text.clone()}
                        text_error={lab.text_error.clone()} play={lab.play} />
                    { settings::checking(dispatch, lab.checking) }
                </section>
                <section class="stage-column" aria-label="The strategy at work">
                    <div class="panel strategy">
                        <p class="story">{ STORY }</p>
                        <h2 id="stage" class="hidden">{ "The strategy on stage" }</h2>
                        { results::strategies(dispatch, lab) }
                        <p class="doc">{ lab.play.doc() }</p>
                        <p class="doing"><b id="lab-phase" ref={nodes.phase.clone()}></b><span id="lab-doing" ref={nodes.doing.clone()}></span></p>
                    </div>
                    { tables::view(dispatch, lab, &nodes.requests) }
                </section>
                <section class="column right" aria-label="Results and memory">
                    { results::view(dispatch, lab) }
                    { memory::view(dispatch, &nodes) }
                </section>
            </div>
            { charts::view(dispatch, lab, &nodes) }
        </>
    }
}
