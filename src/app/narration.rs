//! What just happened, in one plain sentence, with the arithmetic and the lines it came from.

use yew::prelude::*;

use super::inspector::Inspector;
use super::shell::Dispatch;
use crate::engine::Command;
use crate::engine::frame::{SlotFacts, Words};
use crate::history::Pos;

#[derive(Properties, PartialEq)]
pub struct NarrationProps {
    pub dispatch: Dispatch,
    pub words: Words,
    /// The slot under the eye.
    pub slot: Option<SlotFacts>,
}

#[function_component]
pub fn Narration(props: &NarrationProps) -> Html {
    let w = &props.words;
    html! {
        <section class="panel narration" aria-label="What happens">
            <code class="line" id="line-now">{ &w.line }</code>
            <p class="sentence" id="sentence">{ &w.sentence }</p>
            if w.steps.is_empty() {
                <pre class="formula" id="formula">{ &w.formula }</pre>
            }
            if let Some(slot) = &props.slot {
                <Inspector dispatch={props.dispatch.clone()} slot={slot.clone()} />
            }
            if !w.code.is_empty() {
                <div class="pseudo" aria-label="Pseudocode">
                    <h3>{ w.procedure }</h3>
                    <ol>
                        { for w.code.iter().map(|line| html! {
                            <li class={classes!(line.current.then_some("current"))} aria-current={line.current.then_some("step")}>{ line.text }</li>
                        }) }
                    </ol>
                    <dl class="values">
                        { for w.values.iter().map(|(name, value)| html! { <div><dt>{ *name }</dt><dd>{ value }</dd></div> }) }
                    </dl>
                </div>
            }
            if !w.steps.is_empty() {
                <div class="steps">
                    <h3>{ "Step by step: press one to stand there" }</h3>
                    <ol>
                        { for w.steps.iter().map(|(step, sentence)| {
                            let pos = Pos { op: w.steps_of, step: *step };
                            html! { <li><button onclick={props.dispatch.callback(move |_: MouseEvent| Command::SeekStep(pos))}>{ sentence }</button></li> }
                        }) }
                    </ol>
                </div>
            }
            if let Some(next) = &w.next {
                <p class="next">{ "next: " }<code id="line-next">{ next }</code></p>
            } else {
                <p class="next">{ "the end of the program: type a line, or go back" }</p>
            }
        </section>
    }
}
