//! Do something to the dict: insert, look up, delete, or any line of Python.

use yew::prelude::*;

use super::dom;
use super::shell::Dispatch;
use crate::engine::{Command, Trouble};

#[derive(Properties, PartialEq)]
pub struct ConsoleProps {
    pub dispatch: Dispatch,
    pub trouble: Option<Trouble>,
}

#[function_component]
pub fn Console(props: &ConsoleProps) -> Html {
    let key = use_state(|| "'spam'".to_owned());
    let value = use_state(|| "1".to_owned());
    let line = use_state(String::new);
    let store = |state: &UseStateHandle<String>| {
        let state = state.setter();
        Callback::from(move |event: InputEvent| state.set(dom::value_of(&event)))
    };
    let run = |make: fn(&str, &str) -> String| {
        let (dispatch, key, value) = (props.dispatch.clone(), key.clone(), value.clone());
        Callback::from(move |_: MouseEvent| dispatch.send(Command::Line(make(key.trim(), value.trim()))))
    };
    let submit = {
        let (dispatch, line) = (props.dispatch.clone(), line.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            dispatch.send(Command::Line((*line).clone()));
            if dispatch.read(|engine| engine.trouble().is_none()) {
                line.set(String::new());
            }
        })
    };
    let trouble = match &props.trouble {
        Some(Trouble::Line(message)) => Some(message.clone()),
        _ => None,
    };
    let invalid = trouble.is_some().then_some("true");
    html! {
        <section class="panel console" aria-label="Do something">
            <div class="quick">
                <label>{ "key" }<input id="key" class="code" value={(*key).clone()} oninput={store(&key)} spellcheck="false" autocomplete="off" /></label>
                <label>{ "value" }<input id="value" class="code" value={(*value).clone()} oninput={store(&value)} spellcheck="false" autocomplete="off" /></label>
                <div class="buttons">
                    <button id="insert" onclick={run(|k, v| format!("d[{k}] = {v}"))}>{ "Insert" }</button>
                    <button id="look-up" onclick={run(|k, _| format!("d[{k}]"))}>{ "Look up" }</button>
                    <button id="delete" onclick={run(|k, _| format!("del d[{k}]"))}>{ "Delete" }</button>
                </div>
            </div>
            <form onsubmit={submit}>
                <label for="line">{ "or a line of Python " }<kbd>{ "/" }</kbd></label>
                <div class="row">
                    <input id="line" class="code" value={(*line).clone()} oninput={store(&line)} placeholder="for i in range(6): d[i * 8] = i"
                        spellcheck="false" autocomplete="off" aria-invalid={invalid} aria-describedby="line-trouble" />
                    <button id="run-line">{ "Run" }</button>
                </div>
            </form>
            <p class="trouble" id="line-trouble" role="alert">{ trouble.unwrap_or_default() }</p>
        </section>
    }
}
