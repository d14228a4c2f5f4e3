//! The list of keys.

use yew::prelude::*;

use super::{dom, keys};

#[derive(Properties, PartialEq)]
pub struct HelpProps {
    pub close_help: Callback<()>,
}

/// It takes the focus while it is shown, and gives it back to what had it.
#[function_component]
pub fn Help(props: &HelpProps) -> Html {
    let close = props.close_help.reform(|_: MouseEvent| ());
    let list = use_node_ref();
    {
        let list = list.clone();
        use_effect_with((), move |_| {
            let before = dom::document().active_element();
            if let Some(list) = list.cast::<web_sys::Element>() {
                dom::focus(&list);
            }
            move || before.iter().filter(|element| element.is_connected()).for_each(dom::focus)
        });
    }
    let press = {
        let close = props.close_help.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.prevent_default();
                close.emit(());
            }
        })
    };
    html! {
        <div id="help" class="help" role="dialog" aria-label="Keys" tabindex="-1" ref={list} onkeydown={press}>
            <h2>{ "Keys" }</h2>
            <dl>
                { for keys::HELP.iter().map(|(key, what)| html! { <><dt>{ *key }</dt><dd>{ *what }</dd></> }) }
            </dl>
            <button onclick={close}>{ "Close" }</button>
        </div>
    }
}
