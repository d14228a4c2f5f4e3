//! Compact: the ways to copy the dict, each with its price before it is pressed.

use std::rc::Rc;

use yew::prelude::*;

use super::shell::Dispatch;
use crate::engine::Command;
use crate::table::CopyPrice;
use crate::view::text::{bytes, count, group};

#[derive(Properties, PartialEq)]
pub struct CompactProps {
    pub dispatch: Dispatch,
    pub copies: Rc<[CopyPrice]>,
    /// They are of a moment ago: time runs too fast for them.
    pub waiting: bool,
}

#[function_component]
pub fn Compact(props: &CompactProps) -> Html {
    html! {
        <section class="panel compact" aria-label="Compact">
            <h2>{ "Compact: copy into a new dict" }
                if props.waiting {
                    <span class="muted">{ "waits for slower time" }</span>
                }
            </h2>
            if props.copies.is_empty() {
                <p class="muted">{ "An operation is under way. When it is done, the ways to copy the dict are offered here, with their prices." }</p>
            }
            <ul class={classes!(props.waiting.then_some("waiting"))}>{ for props.copies.iter().map(|copy| way(&props.dispatch, copy)) }</ul>
        </section>
    }
}

fn way(dispatch: &Dispatch, copy: &CopyPrice) -> Html {
    let how = copy.how;
    let id = format!("compact-{how:?}").to_ascii_lowercase();
    let verdict = match copy.before.checked_sub(copy.after) {
        Some(0) => "frees nothing".to_owned(),
        Some(freed) => format!("frees {}", bytes(freed)),
        None => format!("takes {} more", bytes(copy.after - copy.before)),
    };
    let work = if copy.clone {
        format!("clones the table as it is, {}", count(copy.moved.into(), "entry", "entries"))
    } else {
        format!("moves {}", count(copy.moved.into(), "entry", "entries"))
    };
    let gain = copy.after < copy.before;
    html! {
        <li>
            <button {id} class={classes!("code", gain.then_some("gain"))} onclick={dispatch.callback(move |_: MouseEvent| Command::Compact(how))}>
                { format!("d = {}", how.expression()) }
            </button>
            <p>
                <b>{ verdict }</b>{ format!(": {} → {}, {} slots; ", group(copy.before), bytes(copy.after), group(copy.slots.into())) }
                { work }{ format!("; {} while both are alive", bytes(copy.before + copy.after)) }
            </p>
        </li>
    }
}
