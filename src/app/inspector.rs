//! The selected slot, bit by bit.

use yew::prelude::*;

use super::shell::Dispatch;
use crate::engine::Command;
use crate::engine::frame::SlotFacts;

#[derive(Properties, PartialEq)]
pub struct InspectorProps {
    pub dispatch: Dispatch,
    pub slot: Option<SlotFacts>,
}

#[function_component]
pub fn Inspector(props: &InspectorProps) -> Html {
    html! {
        <section class="panel inspector" aria-label="Slot">
            if let Some(facts) = &props.slot {
                <h2>{ format!("Slot {}", facts.slot) }
                    <button class="quiet" onclick={props.dispatch.callback(|_: MouseEvent| Command::Select(None))}>{ "Close" }</button>
                </h2>
                <dl>{ for facts.rows.iter().map(|(name, value)| html! { <div><dt>{ *name }</dt><dd>{ value }</dd></div> }) }</dl>
            } else {
                <p class="muted">{ "Click a slot, or walk there with Tab and the arrow keys, to see its key, its hash and where its search starts." }</p>
            }
        </section>
    }
}
