//! What just happened, in one plain sentence, with the arithmetic and the lines it came from.

use yew::prelude::*;

use crate::engine::frame::Words;

#[derive(Properties, PartialEq)]
pub struct NarrationProps {
    pub words: Words,
}

#[function_component]
pub fn Narration(props: &NarrationProps) -> Html {
    let w = &props.words;
    html! {
        <section class="panel narration" aria-label="What happens">
            <code class="line" id="line-now">{ &w.line }</code>
            <p class="sentence" id="sentence">{ &w.sentence }</p>
            <pre class="formula" id="formula">{ &w.formula }</pre>
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
            if let Some(next) = &w.next {
                <p class="next">{ "next: " }<code id="line-next">{ next }</code></p>
            } else {
                <p class="next">{ "the end of the program: type a line, or go back" }</p>
            }
        </section>
    }
}
