//! What the table on stage is, what its version of Python changed, and what its hashes depend on.

use yew::prelude::*;

use super::dom;
use super::shell::Dispatch;
use crate::engine::Command;
use crate::python::{HashSettings, Version};

#[derive(Properties, PartialEq)]
pub struct AboutProps {
    pub dispatch: Dispatch,
    pub title: &'static str,
    pub doc: &'static str,
    pub python: Version,
    /// The CPython whose dict it is, if it is one's.
    pub cpython: Option<Version>,
    pub settings: HashSettings,
}

#[function_component]
pub fn About(props: &AboutProps) -> Html {
    let trouble = use_state(|| None::<&'static str>);
    let set = |change: fn(HashSettings, &str) -> Option<HashSettings>, complaint: &'static str| {
        let (dispatch, settings, trouble) = (props.dispatch.clone(), props.settings, trouble.setter());
        Callback::from(move |event: Event| match change(settings, dom::value_of(&event).trim()) {
            Some(settings) => {
                trouble.set(None);
                dispatch.send(Command::Hashes(settings));
            }
            None => trouble.set(Some(complaint)),
        })
    };
    let seed = set(
        |settings, text| Some(HashSettings { seed: text.parse().ok()?, ..settings }),
        "a hash seed is a whole number from 0 (no randomisation) to 4294967295",
    );
    let none = set(
        |settings, text| Some(HashSettings { none: text.parse().ok()?, ..settings }),
        "a hash is a whole number of 64 bits, -9223372036854775808 to 9223372036854775807",
    );
    html! {
        <section class="panel about" aria-label="About this table">
            <h2>{ props.title }</h2>
            <p>{ props.doc }</p>
            if let Some(version) = props.cpython {
                <p class="muted" id="releases">
                    { format!("It stands for {}, and was read off {}, a 64-bit build with the GIL. ", version.releases(), version.read_off()) }
                    { version.other_sizes().unwrap_or_default() }
                </p>
            }
            if !props.python.changes().is_empty() {
                <h3>{ format!("What Python {} changed", props.python.name()) }</h3>
                <ul class="dots">{ for props.python.changes().iter().map(|change| html! { <li>{ *change }</li> }) }</ul>
            }
            <h3>{ "Hashes" }</h3>
            <div class="quick">
                <label>{ "PYTHONHASHSEED" }
                    <input id="seed" class="code" inputmode="numeric" value={props.settings.seed.to_string()} onchange={seed} />
                </label>
                <label>{ "hash(None)" }
                    <input id="none-hash" class="code" inputmode="numeric" value={props.settings.none.to_string()} onchange={none}
                        disabled={props.python.none_hash().is_some()} />
                </label>
            </div>
            <p class="muted">{ if props.python.none_hash().is_some() {
                "From 3.12 on hash(None) is a constant."
            } else {
                "Before 3.12 hash(None) is an address and changes from process to process: here it is what you set."
            } }</p>
            if props.python.nan_hash_is_address() {
                <p class="muted">{ "From 3.10 on the hash of a NaN is the address of that float object; here it is 0." }</p>
            }
            <p class="trouble" role="alert">{ (*trouble).unwrap_or_default() }</p>
            <p class="muted"><a href="licenses.txt" target="_blank" rel="noopener">{ "Licences of what this page is made of" }</a></p>
        </section>
    }
}
