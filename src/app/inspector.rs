//! The selected slot, bit by bit.

use yew::prelude::*;

use super::shell::Dispatch;
use crate::engine::Command;
use crate::engine::frame::SlotFacts;

#[derive(Properties, PartialEq)]
pub struct InspectorProps {
    pub dispatch: Dispatch,
    pub slot: SlotFacts,
}

#[function_component]
pub fn Inspector(props: &InspectorProps) -> Html {
    let facts = &props.slot;
    html! {
        <section class="inspector" aria-label="Slot">
            <h2>{ format!("Slot {}", facts.slot) }
                <button class="quiet" onclick={props.dispatch.callback(|_: MouseEvent| Command::Select(None))}>{ "Close" }</button>
            </h2>
            <dl>{ for facts.rows.iter().map(|(name, value)| html! { <div><dt>{ *name }</dt><dd>{ value }</dd></div> }) }</dl>
        </section>
    }
}
