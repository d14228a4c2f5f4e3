//! What the program has printed up to where the reader stands.

use yew::prelude::*;

use crate::engine::frame::Printout;

#[derive(Properties, PartialEq)]
pub struct PrintedProps {
    pub printout: Printout,
}

#[function_component]
pub fn PrintedPanel(props: &PrintedProps) -> Html {
    let Printout { lines, before } = &props.printout;
    if lines.is_empty() {
        return Html::default();
    }
    let line = |printed: &crate::program::Printed| {
        let title = format!("line {}, before operation {}", printed.line, printed.op);
        // What an expression alone gives is what Python shows at its prompt.
        let text = if printed.echo { format!("→ {}", printed.text) } else { printed.text.clone() };
        html! { <span {title}>{ text }{ "\n" }</span> }
    };
    html! {
        <section class="panel printed" aria-label="Output">
            <h2>{ "What it prints" }</h2>
            if *before > 0 {
                <p>{ format!("{} lines before", crate::view::text::group(*before as u64)) }</p>
            }
            <pre id="printed" class="code" tabindex="0">{ for lines.iter().map(line) }</pre>
        </section>
    }
}
