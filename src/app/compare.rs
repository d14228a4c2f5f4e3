//! Which tables stand side by side, and their settings.

use yew::prelude::*;

use super::dom;
use super::shell::Dispatch;
use crate::engine::story::MOST_TABLES;
use crate::engine::{Command, Engine};
use crate::table::{AnyTable, Setting, Table};

#[derive(Properties, PartialEq)]
pub struct CompareProps {
    pub dispatch: Dispatch,
    /// The tables that were chosen, with their settings.
    pub tables: Vec<String>,
    pub close: Callback<()>,
}

/// A value that cannot be used: whose, which setting, what was typed, and why not.
#[derive(Clone, PartialEq)]
struct Refused {
    lane: usize,
    name: &'static str,
    value: String,
    why: String,
}

/// What is offered next, those not yet shown first: tables that delete in different ways.
const OFFERED: [&str; 6] = ["swiss", "backward-shift", "robin-hood", "linear", "cpython-3.15", "cpython-2.7"];

#[function_component]
pub fn Compare(props: &CompareProps) -> Html {
    let refused = use_state_eq(|| None::<Refused>);
    let tables = &props.tables;
    let show = {
        let (dispatch, refused) = (props.dispatch.clone(), refused.setter());
        // What was chosen a moment ago counts, though it is not on the page yet.
        move |change: &dyn Fn(&mut Vec<String>)| {
            refused.set(None);
            let mut tables = dispatch.read(Engine::tables);
            change(&mut tables);
            dispatch.send(Command::Tables(tables));
        }
    };
    let add = {
        let show = show.clone();
        Callback::from(move |_: MouseEvent| {
            show(&|tables| {
                let offered = OFFERED.iter().find(|name| !tables.iter().any(|spec| spec == *name));
                tables.push(offered.unwrap_or(&OFFERED[0]).to_string());
            });
        })
    };
    html! {
        <section class="panel compare" aria-label="Tables to compare">
            <h2>{ "Compare tables on the same operations" }
                <span class="buttons">
                    <button id="add-table" onclick={add} disabled={tables.len() >= MOST_TABLES}>{ "Add a table" }</button>
                    <button class="quiet" onclick={props.close.reform(|_: MouseEvent| ())}>{ "Close" }</button>
                </span>
            </h2>
            <div class="choices">
                { for tables.iter().enumerate().map(|(lane, spec)| {
                    let change = {
                        let show = show.clone();
                        Callback::from(move |spec: String| {
                            show(&|tables| {
                                if let Some(table) = tables.get_mut(lane) {
                                    table.clone_from(&spec);
                                }
                            });
                        })
                    };
                    let remove = (tables.len() > 1).then(|| {
                        let show = show.clone();
                        Callback::from(move |_: MouseEvent| {
                            show(&|tables| {
                                if lane < tables.len() {
                                    tables.remove(lane);
                                }
                            });
                        })
                    });
                    choice(lane, spec, &change, remove, &refused)
                }) }
            </div>
        </section>
    }
}

fn choice(
    lane: usize,
    spec: &str,
    change: &Callback<String>,
    remove: Option<Callback<MouseEvent>>,
    refused: &UseStateHandle<Option<Refused>>,
) -> Html {
    let Ok(table) = AnyTable::parse(spec) else { return Html::default() };
    let name = table.policy().name;
    let list = table.settings().map_or_else(Vec::new, |settings| settings.list());
    html! {
        <fieldset key={lane} class={format!("choice lane-{lane}")}>
            <legend class="hidden">{ format!("Table {}", lane + 1) }</legend>
            <div class="row">
                <select aria-label={format!("Table {}", lane + 1)} onchange={change.reform(|e: Event| dom::value_of(&e))}>
                    { for AnyTable::policies().map(|p| html! { <option value={p.name} selected={p.name == name}>{ p.title }</option> }) }
                </select>
                if let Some(remove) = remove {
                    <button aria-label={format!("Remove table {}", lane + 1)} title="Remove" onclick={remove}>{ "×" }</button>
                }
            </div>
            // A list of its own: their number changes with the table, and the choice above must keep its node and the focus.
            <>{ for list.into_iter().map(|setting| field(lane, setting, &table, change, refused)) }</>
            <p class="muted">{ table.deletion().name() }</p>
            if let Some(remark) = table.remark() { <p class="muted remark">{ capital(&remark) }</p> }
        </fieldset>
    }
}

fn capital(text: &str) -> String {
    text.get(..1).map_or_else(String::new, |first| first.to_uppercase() + &text[1..])
}

fn field(
    lane: usize,
    setting: &'static Setting,
    table: &AnyTable,
    change: &Callback<String>,
    refused: &UseStateHandle<Option<Refused>>,
) -> Html {
    let Some(settings) = table.settings() else { return Html::default() };
    let name = setting.name;
    let bad = refused.as_ref().filter(|bad| bad.lane == lane && bad.name == name);
    let value = bad.map_or_else(|| settings.get(name), |bad| bad.value.clone());
    let id = format!("setting-{lane}-{name}");
    let set = {
        let (table, change, refused) = (table.clone(), change.clone(), refused.setter());
        Callback::from(move |event: Event| {
            let value = dom::value_of(&event).trim().to_owned();
            // The other settings stay as they are; what is too much together is said here.
            let mut given: Vec<(&str, String)> = table.settings().map_or_else(Vec::new, |settings| {
                settings.list().iter().map(|setting| (setting.name, settings.get(setting.name))).collect()
            });
            given.iter_mut().filter(|(other, _)| *other == name).for_each(|(_, old)| old.clone_from(&value));
            let given: Vec<(&str, &str)> = given.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let mut changed = table.clone();
            match changed.configure(&given) {
                Ok(()) => change.emit(changed.spec()),
                Err(why) => refused.set(Some(Refused { lane, name, value, why })),
            }
        })
    };
    let error = format!("{id}-error");
    html! {
        <div class="setting">
            <label for={id.clone()} title={setting.doc}>{ name }</label>
            if setting.range == "yes or no" {
                <select {id} title={setting.doc} onchange={set}>
                    { for ["yes", "no"].map(|choice| html! { <option value={choice} selected={choice == value}>{ choice }</option> }) }
                </select>
            } else {
                <input {id} class="code" title={setting.doc} inputmode="decimal" autocomplete="off" {value} onchange={set}
                    aria-invalid={bad.map(|_| "true")} aria-describedby={bad.map(|_| error.clone())} />
            }
            <span class="muted range">{ setting.range }</span>
            if let Some(bad) = bad { <p id={error} class="trouble" role="alert">{ &bad.why }</p> }
        </div>
    }
}
