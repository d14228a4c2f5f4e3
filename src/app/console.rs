//! Do something to the dict: insert, look up, delete, or any line of Python.

use yew::prelude::*;

use super::dom;
use super::shell::Dispatch;
use crate::engine::{Command, Trouble};
use crate::python::{Cursor, Expr, Version};

#[derive(Properties, PartialEq)]
pub struct ConsoleProps {
    pub dispatch: Dispatch,
    pub trouble: Option<Trouble>,
    pub python: Version,
}

/// Where something was typed.
#[derive(Clone, Copy, PartialEq)]
enum Field {
    Key,
    Value,
    Line,
}

/// What is said about a field: why it cannot be used, or only what to type.
#[derive(Clone, PartialEq)]
enum Note {
    Wrong(String),
    Hint(&'static str),
}

/// What is wrong with `text` as an expression of its own.
fn check(text: &str, version: Version) -> Result<(), String> {
    let mut cursor = Cursor::new(text, version);
    Expr::parse_key(&mut cursor, &[])
        .and_then(|_| {
            if cursor.at_end() {
                Ok(())
            } else {
                Err(cursor.error(format!("expected nothing more here, found {}", cursor.found())))
            }
        })
        .map_err(
            |error| {
                if error.column > 1 { format!("column {}: {}", error.column, error.message) } else { error.message }
            },
        )
}

/// Do `run` when Enter is pressed in a field; buttons have their own use for it.
fn on_enter(run: impl Fn() + 'static) -> Callback<KeyboardEvent> {
    Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.is_composing() && dom::takes_text(event.target()) {
            event.prevent_default();
            run();
        }
    })
}

#[function_component]
pub fn Console(props: &ConsoleProps) -> Html {
    let key = use_state(|| "'spam'".to_owned());
    let value = use_state(|| "1".to_owned());
    let line = use_state(String::new);
    // Whose line was sent last: what the engine says of it is said there.
    let asked = use_state_eq(|| Field::Line);
    let note = use_state_eq(|| None::<(Field, Note)>);
    let store = |state: &UseStateHandle<String>, field: Field| {
        let (state, note) = (state.setter(), note.clone());
        Callback::from(move |event: InputEvent| {
            if note.as_ref().is_some_and(|(of, _)| *of == field) {
                note.set(None);
            }
            state.set(dom::value_of(&event));
        })
    };
    let run = |make: fn(&str, &str) -> String, with_value: bool| {
        let (dispatch, key, value, version) = (props.dispatch.clone(), key.clone(), value.clone(), props.python);
        let (asked, note) = (asked.setter(), note.setter());
        move || {
            let (k, v) = (key.trim(), value.trim());
            let refused = if k.is_empty() {
                Some((Field::Key, Note::Hint("type a key, for example 'spam' or 42")))
            } else if let Err(why) = check(k, version) {
                Some((Field::Key, Note::Wrong(why)))
            } else if !with_value {
                None
            } else if v.is_empty() {
                Some((Field::Value, Note::Hint("type a value, for example 1")))
            } else {
                check(v, version).err().map(|why| (Field::Value, Note::Wrong(why)))
            };
            let ready = refused.is_none();
            note.set(refused);
            if ready {
                asked.set(Field::Key);
                dispatch.send(Command::Line(make(k, v)));
            }
        }
    };
    let insert = run(|k, v| format!("d[{k}] = {v}"), true);
    // Not by a form: a page in a sandboxed frame may have none.
    let enter_key = on_enter(insert.clone());
    let press = |run: Box<dyn Fn()>| Callback::from(move |_: MouseEvent| run());
    let look_up = press(Box::new(run(|k, _| format!("d[{k}]"), false)));
    let delete = press(Box::new(run(|k, _| format!("del d[{k}]"), false)));
    let submit = {
        let (dispatch, line, asked, note) = (props.dispatch.clone(), line.clone(), asked.setter(), note.setter());
        move || {
            asked.set(Field::Line);
            if line.trim().is_empty() {
                note.set(Some((Field::Line, Note::Hint("type a line of Python, for example d['spam'] = 1"))));
                return;
            }
            note.set(None);
            dispatch.send(Command::Line((*line).clone()));
            if dispatch.read(|engine| engine.trouble().is_none()) {
                line.set(String::new());
            }
        }
    };
    let enter_line = on_enter(submit.clone());
    let said = |field: Field| match (&*note, &props.trouble) {
        (Some((of, said)), _) => (*of == field).then(|| said.clone()),
        (None, Some(Trouble::Line(message))) if *asked == field => Some(Note::Wrong(message.clone())),
        _ => None,
    };
    let [about_key, about_value, about_line] = [Field::Key, Field::Value, Field::Line].map(said);
    let invalid = |note: &Option<Note>| matches!(note, Some(Note::Wrong(_))).then_some("true");
    let show = |id: &'static str, note: &Option<Note>| {
        let (class, text) = match note {
            Some(Note::Wrong(why)) => ("trouble", why.clone()),
            Some(Note::Hint(hint)) => ("hint", (*hint).to_owned()),
            None => ("trouble", String::new()),
        };
        html! { <p {id} {class} role="alert">{ text }</p> }
    };
    html! {
        <section class="panel console" aria-label="Do something">
            <div class="quick" role="group" aria-label="A key and a value" onkeydown={enter_key}>
                <label>{ "key" }<input id="key" class="code" value={(*key).clone()} oninput={store(&key, Field::Key)} spellcheck="false" autocomplete="off"
                    aria-invalid={invalid(&about_key)} aria-describedby="key-trouble" /></label>
                <label>{ "value" }<input id="value" class="code" value={(*value).clone()} oninput={store(&value, Field::Value)} spellcheck="false" autocomplete="off"
                    aria-invalid={invalid(&about_value)} aria-describedby="value-trouble" /></label>
                { show("key-trouble", &about_key) }
                { show("value-trouble", &about_value) }
                <div class="buttons">
                    <button id="insert" onclick={press(Box::new(insert))}>{ "Insert" }</button>
                    <button id="look-up" onclick={look_up}>{ "Look up" }</button>
                    <button id="delete" onclick={delete}>{ "Delete" }</button>
                </div>
            </div>
            <div onkeydown={enter_line}>
                <label for="line">{ "or a line of Python " }<kbd aria-hidden="true">{ "/" }</kbd></label>
                <div class="row">
                    <input id="line" class="code" value={(*line).clone()} oninput={store(&line, Field::Line)} placeholder="for i in range(6): d[i * 8] = i"
                        spellcheck="false" autocomplete="off" aria-invalid={invalid(&about_line)} aria-describedby="line-trouble" />
                    <button id="run-line" onclick={press(Box::new(submit))}>{ "Run" }</button>
                </div>
            </div>
            { show("line-trouble", &about_line) }
        </section>
    }
}
