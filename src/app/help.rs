//! The list of keys.

use yew::prelude::*;

use super::keys;

#[derive(Properties, PartialEq)]
pub struct HelpProps {
    pub close_help: Callback<()>,
}

#[function_component]
pub fn Help(props: &HelpProps) -> Html {
    let close = props.close_help.reform(|_: MouseEvent| ());
    html! {
        <div class="help" role="dialog" aria-label="Keys">
            <h2>{ "Keys" }</h2>
            <dl>
                { for keys::HELP.iter().map(|(key, what)| html! { <><dt>{ *key }</dt><dd>{ *what }</dd></> }) }
            </dl>
            <button onclick={close}>{ "Close" }</button>
        </div>
    }
}
