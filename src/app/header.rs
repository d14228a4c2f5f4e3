//! The head of the page: which scenario, which table, undo, link, help.

use gloo::timers::callback::Timeout;
use yew::prelude::*;

use super::address::MOST_IN_LINK;
use super::dom;
use super::shell::Dispatch;
use crate::engine::lab::LabCommand;
use crate::engine::{Command, Engine};
use crate::program::SCENARIOS;
use crate::table::AnyTable;
use crate::view::text::group;

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
    /// The list of keys is shown.
    pub help: bool,
    pub comparing: bool,
    pub compare: Callback<()>,
    /// The lab is open.
    pub lab: bool,
}

/// What became of the link.
#[derive(Clone, PartialEq)]
enum Shared {
    Not,
    Copied,
    /// The browser does not let us.
    ByHand(String),
    /// Of so many characters: nobody could open it.
    TooLong(usize),
}

#[function_component]
pub fn Header(props: &HeaderProps) -> Html {
    let dispatch = &props.dispatch;
    let shared = use_state(|| Shared::Not);
    let share = {
        let (dispatch, shared) = (dispatch.clone(), shared.setter());
        Callback::from(move |_: MouseEvent| {
            let address = dom::address_of(&dispatch.read(|engine| engine.link()));
            if address.len() > MOST_IN_LINK {
                shared.set(Shared::TooLong(address.len()));
                return;
            }
            let shared = shared.clone();
            dom::copy(&address.clone(), move |copied| {
                if copied {
                    shared.set(Shared::Copied);
                    Timeout::new(2_500, move || shared.set(Shared::Not)).forget();
                } else {
                    shared.set(Shared::ByHand(address));
                }
            });
        })
    };
    let by_hand = use_node_ref();
    {
        let by_hand = by_hand.clone();
        use_effect_with((*shared).clone(), move |_| dom::select_all(&by_hand));
    }
    let not_copied = match &*shared {
        Shared::Not | Shared::Copied => None,
        Shared::ByHand(_) => {
            Some("The browser did not let the page copy the link. Here it is, to copy by hand:".to_owned())
        }
        Shared::TooLong(length) => Some(format!(
            "This program is too long for a link: it would have {} characters, and browsers open {}. Copy the program's \
             text instead.",
            group(*length as u64),
            group(MOST_IN_LINK as u64)
        )),
    };
    let close = {
        let shared = shared.setter();
        Callback::from(move |_: MouseEvent| shared.set(Shared::Not))
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
                { view("view-tables", "Play", false) }
                { view("view-lab", "Lab", true) }
            </div>
            if !props.lab {
            <label><span>{ "Scenario" }</span>
                <select id="scenario" onchange={dispatch.callback(|e: Event| Command::Open(dom::value_of(&e)))}>
                    if open.is_none() { <option selected=true disabled=true value="">{ "your own program" }</option> }
                    { for SCENARIOS.iter().map(|s| html! { <option value={s.id} selected={open == Some(s.id)}>{ s.title }</option> }) }
                </select>
            </label>
            <label><span>{ "Table" }</span>
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
            <button id="share" onclick={share}>{ if *shared == Shared::Copied { "Link copied" } else { "Copy link" } }</button>
            <button id="keys" title="Keys (?)" aria-haspopup="dialog" aria-expanded={props.help.to_string()} onclick={props.open_help.reform(|_: MouseEvent| ())}>{ "Keys" }</button>
            if let Some(why) = not_copied {
                <div class="trouble banner shared" role="alert">
                    <span>{ why }</span>
                    if let Shared::ByHand(address) = &*shared {
                        <textarea id="shared" ref={by_hand} class="code" rows="2" readonly=true aria-label="The link" value={address.clone()} />
                    }
                    <button class="quiet" onclick={close}>{ "Close" }</button>
                </div>
            }
        </header>
    }
}
