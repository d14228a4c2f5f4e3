//! The head of the page: which scenario, which table, undo, link, help.

use gloo::timers::callback::Timeout;
use yew::prelude::*;

use super::dom;
use super::shell::Dispatch;
use crate::engine::lab::LabCommand;
use crate::engine::{Command, Engine};
use crate::program::SCENARIOS;
use crate::table::AnyTable;

const LAB: &str = "Copying a dict gives its memory back. But when, if requests never stop? The same requests run against each \
                   way of doing it, and everything is counted in cells touched.";

#[derive(Properties, PartialEq)]
pub struct HeaderProps {
    pub dispatch: Dispatch,
    pub tables: Vec<String>,
    pub focus: usize,
    pub doc: &'static str,
    pub scenario: Option<(&'static str, &'static str, &'static str)>,
    pub can_undo: bool,
    pub can_redo: bool,
    pub open_help: Callback<()>,
    pub comparing: bool,
    pub compare: Callback<()>,
    /// The lab is open.
    pub lab: bool,
}

#[function_component]
pub fn Header(props: &HeaderProps) -> Html {
    let dispatch = &props.dispatch;
    let copied = use_state(|| None::<&'static str>);
    let share = {
        let (dispatch, copied) = (dispatch.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            let link = dispatch.read(|engine| engine.link());
            let note = if dom::share(&link) { "Link copied" } else { "The address bar holds the link" };
            copied.set(Some(note));
            let copied = copied.setter();
            Timeout::new(2_500, move || copied.set(None)).forget();
        })
    };
    let spec = props.tables.get(props.focus).map_or("", String::as_str);
    let table = spec.split(':').next().unwrap_or_default();
    let pick = {
        let (focus, dispatch) = (props.focus, dispatch.clone());
        Callback::from(move |e: Event| {
            let mut tables = dispatch.read(Engine::tables);
            if let Some(table) = tables.get_mut(focus) {
                *table = dom::value_of(&e);
            }
            dispatch.send(Command::Tables(tables));
        })
    };
    let open = props.scenario.map(|(id, ..)| id);
    let view = |id: &'static str, name: &'static str, lab: bool| {
        let onclick = dispatch
            .callback(move |_: MouseEvent| Command::Lab(if lab { LabCommand::Open } else { LabCommand::Close }));
        html! { <button {id} aria-pressed={(props.lab == lab).to_string()} {onclick}>{ name }</button> }
    };
    html! {
        <header class="head">
            <h1>{ "Dictoscope" }</h1>
            <div class="views" role="group" aria-label="View" title="L">
                { view("view-tables", "Tables", false) }
                { view("view-lab", "Lab", true) }
            </div>
            if !props.lab {
            <label>{ "Scenario" }
                <select id="scenario" onchange={dispatch.callback(|e: Event| Command::Open(dom::value_of(&e)))}>
                    if open.is_none() { <option selected=true disabled=true value="">{ "your own program" }</option> }
                    { for SCENARIOS.iter().map(|s| html! { <option value={s.id} selected={open == Some(s.id)}>{ s.title }</option> }) }
                </select>
            </label>
            <label>{ "Table" }
                <select id="table" title={props.doc} onchange={pick}>
                    { for AnyTable::policies().map(|p| html! { <option value={p.name} selected={p.name == table}>{ p.title }</option> }) }
                </select>
            </label>
            <button id="compare" aria-expanded={props.comparing.to_string()} title="Put tables side by side" onclick={props.compare.reform(|_: MouseEvent| ())}>{ "Compare" }</button>
            }
            <span class="grow" />
            if !props.lab {
            <button id="undo" disabled={!props.can_undo} title="Ctrl + Z" onclick={dispatch.callback(|_: MouseEvent| Command::Undo)}>{ "Undo" }</button>
            <button id="redo" disabled={!props.can_redo} title="Ctrl + Shift + Z" onclick={dispatch.callback(|_: MouseEvent| Command::Redo)}>{ "Redo" }</button>
            }
            <button id="share" onclick={share}>{ copied.unwrap_or("Copy link") }</button>
            <button id="keys" title="Keys (?)" onclick={props.open_help.reform(|_: MouseEvent| ())}>{ "Keys" }</button>
            if props.lab {
                <p class="story lab-story">{ LAB }</p>
            } else if let Some((_, _, story)) = props.scenario {
                <p class="story">{ story }</p>
            }
        </header>
    }
}
