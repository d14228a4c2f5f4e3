//! The settings, each with what is wrong with it, and all of them as text.

use yew::prelude::*;

use crate::app::dom;
use crate::app::shell::Dispatch;
use crate::engine::Command;
use crate::engine::lab::{FieldView, LabCommand};

#[derive(Properties, PartialEq)]
pub struct SettingsProps {
    pub dispatch: Dispatch,
    pub fields: Vec<FieldView>,
    pub text: String,
    pub text_error: Option<String>,
    pub checking: Option<f64>,
}

#[function_component]
pub fn SettingsView(props: &SettingsProps) -> Html {
    let SettingsProps { dispatch, fields, text, text_error, checking } = props;
    let copied = use_state_eq(|| None::<String>);
    let copy = {
        let (text, copied) = (text.clone(), copied.setter());
        Callback::from(move |_: MouseEvent| copied.set(dom::copy(&text).then(|| text.clone())))
    };
    let read = dispatch.callback(|event: Event| Command::Lab(LabCommand::Read(dom::value_of(&event))));
    html! {
        <section class="panel lab-settings" aria-label="Settings">
            <h2>{ "Settings" }
                <span class="checking muted" role="status">
                    if let Some(part) = checking {
                        { "Trying them out " }<progress max="1" value={format!("{part:.3}")} />
                        <button class="quiet" onclick={dispatch.callback(|_| Command::Lab(LabCommand::Stop))}>{ "Cancel" }</button>
                    }
                </span>
            </h2>
            <div class="fields">{ for fields.iter().map(|field| show(field, dispatch)) }</div>
            <label class="as-text" for="lab-text">{ "The same as text: save it as FILE and run " }<code>{ "replay --lab FILE" }</code></label>
            <textarea id="lab-text" class="code" rows="4" spellcheck="false" value={text.clone()} onchange={read}
                aria-invalid={text_error.is_some().then_some("true")} aria-describedby="lab-text-error" />
            <p id="lab-text-error" class="trouble" role="alert">{ text_error.clone().unwrap_or_default() }</p>
            <button id="copy-settings" onclick={copy}>{ if copied.as_ref() == Some(text) { "Copied" } else { "Copy the text" } }</button>
        </section>
    }
}

fn show(field: &FieldView, dispatch: &Dispatch) -> Html {
    let FieldView { name, doc, range, value, choices, error } = field;
    let id = format!("lab-{}", name.replace('.', "-"));
    let trouble = format!("{id}-error");
    let onchange = {
        let name = name.clone();
        dispatch.callback(move |event: Event| {
            Command::Lab(LabCommand::Set(name.clone(), dom::value_of(&event).trim().to_owned()))
        })
    };
    let about = format!("{doc}: {range}");
    html! {
        <div key={name.clone()} class={classes!("lab-field", error.is_some().then_some("bad"), (choices.len() > 2).then_some("wide"))}>
            <label for={id.clone()} title={about.clone()}>{ name }</label>
            if choices.is_empty() {
                <input {id} class="code" title={about} inputmode="decimal" autocomplete="off" value={value.clone()} {onchange}
                    aria-invalid={error.as_ref().map(|_| "true")} aria-describedby={error.as_ref().map(|_| trouble.clone())} />
            } else {
                <select {id} title={about} {onchange} aria-invalid={error.as_ref().map(|_| "true")}
                    aria-describedby={error.as_ref().map(|_| trouble.clone())}>
                    { for choices.iter().map(|&(choice, title)| html! {
                        <option value={choice} selected={choice == value}>{ title }</option>
                    }) }
                </select>
            }
            if let Some(error) = error { <p id={trouble} class="trouble" role="alert">{ error }</p> }
        </div>
    }
}
