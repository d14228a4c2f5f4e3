//! The lab: requests keep coming while memory is given back.

mod charts;
mod memory;
mod recipes;
mod results;
mod settings;
mod tables;

use std::rc::Rc;

use yew::prelude::*;

use super::dom;
use super::shell::Dispatch;
use crate::engine::Command;
use crate::engine::lab::{LabCommand, LabFrame};
use crate::maintenance::Strategy;

#[derive(Properties, PartialEq)]
pub struct LabProps {
    pub dispatch: Dispatch,
    pub lab: Rc<LabFrame>,
}

#[function_component]
pub fn LabView(props: &LabProps) -> Html {
    let LabProps { dispatch, lab } = props;
    let choose = |strategy: Strategy| {
        let onclick = dispatch.callback(move |_: MouseEvent| Command::Lab(LabCommand::Play(strategy)));
        html! {
            <button id={format!("play-{}", strategy.name())} aria-pressed={(strategy == lab.play).to_string()} title={strategy.doc()} {onclick}>
                { strategy.name() }
            </button>
        }
    };
    html! {
        <>
            <div class="columns">
                <section class="left" aria-label="The strategy at work">
                    <div class="panel strategy">
                        <h2 id="stage" class="hidden">{ "The strategy on stage" }</h2>
                        <div class="tabs" role="group" aria-label="Strategy">{ for Strategy::ALL.map(choose) }</div>
                        <p class="doc">{ lab.play.doc() }</p>
                        <Doing dispatch={dispatch.clone()} />
                    </div>
                    <tables::TablesView dispatch={dispatch.clone()} tables={lab.tables.clone()} absent={lab.absent} />
                    <charts::TimeView dispatch={dispatch.clone()} lab={lab.clone()} />
                </section>
                <section class="right" aria-label="Settings and Python">
                    <settings::SettingsView dispatch={dispatch.clone()} fields={lab.fields.clone()} text={lab.text.clone()}
                        text_error={lab.text_error.clone()} checking={lab.checking} />
                    <recipes::RecipesView strategy={lab.play} />
                </section>
            </div>
            <results::ResultsView dispatch={dispatch.clone()} lab={lab.clone()} />
            <memory::MemoryView dispatch={dispatch.clone()} />
        </>
    }
}

#[derive(Properties, PartialEq)]
struct DoingProps {
    dispatch: Dispatch,
}

/// The phase of the stream, and what the strategy does just now.
#[function_component]
fn Doing(props: &DoingProps) -> Html {
    let (phase, doing) = (use_node_ref(), use_node_ref());
    {
        let (phase, doing, dispatch) = (phase.clone(), doing.clone(), props.dispatch.clone());
        use_effect_with((), move |_| {
            let painter = dispatch.paint(move |engine| {
                let Some(lab) = engine.lab() else { return };
                dom::set_text(&phase, &lab.phase());
                dom::set_text(&doing, &lab.scene().doing());
            });
            move || drop(painter)
        });
    }
    html! { <p class="doing"><b id="lab-phase" ref={phase}></b><span id="lab-doing" ref={doing}></span></p> }
}
