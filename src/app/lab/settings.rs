//! The settings, each with what is wrong with it, and all of them as text; and the strategy on stage as Python.

use yew::prelude::*;

use crate::app::dom;
use crate::app::shell::Dispatch;
use crate::engine::Command;
use crate::engine::lab::{FieldView, LabCommand};
use crate::maintenance::{Recipe, Strategy};

/// How far the look at new settings has come.
pub fn checking(dispatch: &Dispatch, part: Option<f64>) -> Html {
    html! {
        <p class="checking muted" role="status">
            if let Some(part) = part {
                { "Trying them out " }<progress max="1" value={part.to_string()} />
                <button class="quiet" onclick={dispatch.callback(|_: MouseEvent| Command::Lab(LabCommand::Stop))}>{ "Cancel" }</button>
            }
        </p>
    }
}

#[derive(Properties, PartialEq)]
pub struct SettingsProps {
    pub dispatch: Dispatch,
    pub fields: Vec<FieldView>,
    pub text: String,
    pub text_error: Option<String>,
    pub play: Strategy,
}

/// A component of its own: were it drawn again with every frame, what is being typed would be lost.
#[function_component]
pub fn SettingsView(props: &SettingsProps) -> Html {
    let SettingsProps { dispatch, fields, text, text_error, play } = props;
    let chosen = use_state_eq(|| 0);
    let copied = use_state_eq(|| (String::new(), true));
    let copy = {
        let copied = copied.setter();
        Callback::from(move |text: String| {
            let copied = copied.clone();
            dom::copy(&text.clone(), move |taken| copied.set((text, taken)));
        })
    };
    let read = dispatch.callback(|event: Event| Command::Lab(LabCommand::Read(dom::value_of(&event))));
    html! {
        <>
        <section class="panel lab-settings" aria-label="Settings">
            <h2>{ "Settings" }</h2>
            <div class="fields">{ for fields.iter().map(|field| show(field, dispatch)) }</div>
            <label class="as-text" for="lab-text">{ "The same as text: save it as FILE and run " }<code>{ "replay --lab FILE" }</code></label>
            <textarea id="lab-text" class="code" rows="4" spellcheck="false" value={text.clone()} onchange={read}
                aria-invalid={text_error.is_some().then_some("true")} aria-describedby="lab-text-error" />
            <p id="lab-text-error" class="trouble" role="alert">{ text_error.clone().unwrap_or_default() }</p>
            { copy_button("copy-settings", text, &copied, &copy) }
        </section>
        { recipes(*play, &chosen, &copied, &copy) }
        </>
    }
}

/// `copied` is the text that was last to be copied, and whether the browser took it.
fn copy_button(id: &'static str, text: &str, copied: &(String, bool), copy: &Callback<String>) -> Html {
    let name = match copied {
        (last, true) if last == text => "Copied",
        (last, false) if last == text => "Not copied: the browser refuses. Select the text instead",
        _ => "Copy",
    };
    let copy = copy.clone();
    let text = text.to_owned();
    html! { <button {id} onclick={move |_: MouseEvent| copy.emit(text.clone())}>{ name }</button> }
}

/// The recipes of a strategy, of which one is chosen.
fn recipes(
    strategy: Strategy,
    chosen: &UseStateHandle<usize>,
    copied: &(String, bool),
    copy: &Callback<String>,
) -> Html {
    let recipes = strategy.recipes();
    let Some(recipe) = recipes.get(**chosen).or(recipes.first()) else {
        return html! {
            <section class="panel recipe" aria-label="Recipe">
                <h2>{ "In Python" }</h2>
                <p class="muted">{ "Nothing to write: this strategy is to leave the dict alone." }</p>
            </section>
        };
    };
    let tab = |(nth, one): (usize, &'static Recipe)| {
        let (chosen, name) = (chosen.setter(), if one.file.contains("asyncio") { "asyncio" } else { "threads" });
        let onclick = move |_: MouseEvent| chosen.set(nth);
        html! { <button aria-pressed={if one == recipe { "true" } else { "false" }} {onclick}>{ name }</button> }
    };
    html! {
        <section class="panel recipe" aria-label="Recipe">
            <h2>{ "In Python" }<code class="muted">{ "recipes/" }{ recipe.file }</code></h2>
            <div class="tabs" role="group" aria-label="Recipe for">
                { for recipes.iter().enumerate().map(tab) }
                <span class="grow" />
                { copy_button("copy-recipe", recipe.text, copied, copy) }
            </div>
            <pre id="recipe" tabindex="0" data-keys="text" aria-label="The recipe">{ recipe.text }</pre>
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
        <div key={name.clone()} class={if choices.len() > 2 { "lab-field wide" } else { "lab-field" }}>
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
