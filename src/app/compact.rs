//! Compact: the ways to copy the dict, each with its price before it is pressed.

use std::rc::Rc;

use yew::prelude::*;

use super::dom;
use super::shell::Dispatch;
use crate::engine::Command;
use crate::table::{CopyHow, CopyPrice};
use crate::view::text::{bytes, count, group};

#[derive(Properties, PartialEq)]
pub struct CompactProps {
    pub dispatch: Dispatch,
    pub copies: Rc<[CopyPrice]>,
    /// They are of a moment ago: time runs too fast for them.
    pub waiting: bool,
}

/// A button that says what the best copy would free, and the list of ways that it opens.
#[function_component]
pub fn Compact(props: &CompactProps) -> Html {
    let open = use_state_eq(|| false);
    let toggle = {
        let open = open.clone();
        move |_: MouseEvent| open.set(!*open)
    };
    let best = props.copies.iter().map(|copy| copy.before.saturating_sub(copy.after)).max();
    let offer = match best {
        _ if props.waiting => "when time runs more slowly".to_owned(),
        None => "when the operation is done".to_owned(),
        Some(0) => "frees nothing now".to_owned(),
        Some(freed) => format!("frees {}", bytes(freed)),
    };
    let gain = !props.waiting && best.is_some_and(|freed| freed > 0);
    let expanded = if *open { "true" } else { "false" };
    let close = open.setter();
    let run = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |how: CopyHow| {
            dispatch.send(Command::Compact(how));
            close.set(false);
            // The button that was pressed goes away with its list.
            if let Some(button) = dom::by_id("compact") {
                dom::focus(&button);
            }
        })
    };
    html! {
        <>
            <button id="compact" class={classes!("compact-button", gain.then_some("gain"))} aria-expanded={expanded} aria-controls="ways" onclick={toggle}>
                <b>{ "Compact" }</b>{ " " }<span>{ offer }</span>
            </button>
            <section id="ways" class="compact" aria-label="Ways to compact" hidden={!*open}>
                if *open {
                    if props.copies.is_empty() || props.waiting {
                        <p class="muted">{ "When the operation under way is done, the ways to copy the dict are offered here, with their prices." }</p>
                    } else {
                        <ul>{ for props.copies.iter().map(|copy| way(&run, copy)) }</ul>
                    }
                }
            </section>
        </>
    }
}

fn way(run: &Callback<CopyHow>, copy: &CopyPrice) -> Html {
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
            <button {id} class={classes!("code", gain.then_some("gain"))} onclick={run.reform(move |_: MouseEvent| how)}>
                { format!("d = {}", how.expression()) }
            </button>
            <p>
                <b>{ verdict }</b>{ format!(": {} → {}, {} slots; ", group(copy.before), bytes(copy.after), group(copy.slots.into())) }
                { work }{ format!("; {} while both are alive", bytes(copy.before + copy.after)) }
            </p>
        </li>
    }
}
