//! What a screen reader is told: never more often than it can say.

use gloo::timers::callback::Timeout;
use yew::prelude::*;

use super::dom;

/// Milliseconds between two messages: fewer than two a second.
const EVERY: f64 = 600.0;

#[derive(Properties, PartialEq)]
pub struct SpokenProps {
    pub text: String,
}

/// The page's one live region. Of messages that come too fast the last one is told.
#[function_component]
pub fn Spoken(props: &SpokenProps) -> Html {
    let told = use_state_eq(String::new);
    let last = use_mut_ref(|| f64::NEG_INFINITY);
    {
        let told = told.setter();
        use_effect_with(props.text.clone(), move |text| {
            let text = text.clone();
            let wait = (*last.borrow() + EVERY - dom::now()).max(0.0);
            let timer = Timeout::new(wait.ceil() as u32, move || {
                *last.borrow_mut() = dom::now();
                told.set(text);
            });
            move || drop(timer)
        });
    }
    html! { <div class="spoken" role="status" aria-live="polite">{ &*told }</div> }
}
