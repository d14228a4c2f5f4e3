//! The whole program as text, to be read, changed and run.

use std::rc::Rc;

use yew::prelude::*;

use super::dom;
use super::shell::Dispatch;
use crate::engine::{Command, Trouble};
use crate::program::GENERATORS;

#[derive(Properties, PartialEq)]
pub struct ProgramProps {
    pub dispatch: Dispatch,
    pub text: Rc<str>,
    pub trouble: Option<Trouble>,
}

#[function_component]
pub fn ProgramPanel(props: &ProgramProps) -> Html {
    let draft = use_state(|| props.text.to_string());
    {
        let draft = draft.setter();
        use_effect_with(props.text.clone(), move |text| draft.set(text.to_string()));
    }
    let edit = {
        let draft = draft.setter();
        Callback::from(move |event: InputEvent| draft.set(dom::value_of(&event)))
    };
    let run = {
        let (dispatch, draft) = (props.dispatch.clone(), draft.clone());
        Callback::from(move |_: MouseEvent| dispatch.send(Command::Run((*draft).clone())))
    };
    let add = {
        let draft = draft.clone();
        Callback::from(move |event: Event| {
            let line = dom::value_of(&event);
            if !line.is_empty() {
                draft.set(format!("{}\n{line}\n", draft.trim_end()));
            }
        })
    };
    let trouble = match &props.trouble {
        Some(Trouble::Program(error)) => Some(error.to_string()),
        _ => None,
    };
    html! {
        <section class="panel program" aria-label="Program">
            <h2>{ "The program" }</h2>
            <textarea id="program" class="code" rows="9" spellcheck="false" aria-label="Program text" aria-describedby="program-trouble"
                aria-invalid={trouble.is_some().then_some("true")} value={(*draft).clone()} oninput={edit} />
            <p class="trouble" id="program-trouble" role="alert">{ trouble.unwrap_or_default() }</p>
            <div class="row">
                <button id="run-program" onclick={run}>{ "Run from the start" }</button>
                <label class="pick"><span class="hidden">{ "Add a generator" }</span>
                    <select id="generator" onchange={add}>
                        <option selected=true value="">{ "Add a generator …" }</option>
                        { for GENERATORS.iter().map(|g| html! { <option value={g.form()} title={g.doc}>{ g.form() }</option> }) }
                    </select>
                </label>
            </div>
        </section>
    }
}
