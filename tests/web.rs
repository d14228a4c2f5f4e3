//! Tests that run in a browser: `./dev test`, or `wasm-pack test --headless --chrome -- --test web`.
#![cfg(target_arch = "wasm32")]

#[path = "native/digest.rs"]
mod digest;
#[path = "native/lab.rs"]
mod lab;

use std::collections::BTreeMap;

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn cells_are_those_of_the_native_tables() {
    let expected: BTreeMap<String, String> = serde_json::from_str(digest::EXPECTED).expect("the fixture is JSON");
    assert_eq!(digest::digests(), expected);
}

#[wasm_bindgen_test]
fn a_labs_results_are_the_native_ones() {
    assert_eq!(lab::results(), lab::EXPECTED);
}

/// What index.html has around the page.
fn shell() -> web_sys::Element {
    let parts = "<main id=app></main><section id=crash hidden><a data-crash=again></a><pre data-crash=program></pre>\
                 <pre data-crash=message></pre></section>";
    let script = gloo::utils::document().create_element("script").expect("script is an element");
    script.set_text_content(Some(include_str!("../static/crash.js")));
    gloo::utils::body().append_child(&script).expect("the body takes elements");
    // The test runner's own elements stay.
    gloo::utils::body().insert_adjacent_html("beforeend", parts).expect("the body takes elements");
    gloo::utils::document().get_element_by_id("crash").expect("it was just made")
}

async fn until(what: &str, done: impl Fn() -> bool) {
    for _ in 0..100 {
        if done() {
            return;
        }
        yew::platform::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{what} did not come");
}

#[wasm_bindgen_test]
async fn the_page_mounts_and_a_crash_offers_the_last_state_back() {
    let panel = shell();
    dictoscope::app::mount();
    let cards = || gloo::utils::document().query_selector_all(".card.live").map_or(0, |cards| cards.length());
    until("the opening example", || cards() > 0).await;
    assert!(panel.has_attribute("hidden"));
    dictoscope::app::crash::report("something broke");
    let part = |name: &str| {
        let element =
            panel.query_selector(&format!("[data-crash={name}]")).ok().flatten().expect("a part of the panel");
        (element.text_content().unwrap_or_default(), element.get_attribute("href").unwrap_or_default())
    };
    assert!(!panel.has_attribute("hidden"));
    assert_eq!(part("message").0, "something broke");
    assert!(part("program").0.contains("d['ape'] = 1"));
    assert!(part("again").1.contains("scenario=living"), "{}", part("again").1);
}
