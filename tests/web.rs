//! Tests that run in a browser: `./dev test`, or `wasm-pack test --headless --chrome -- --test web`.
#![cfg(target_arch = "wasm32")]

#[path = "native/digest.rs"]
mod digest;

use std::collections::BTreeMap;

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn cells_are_those_of_the_native_tables() {
    let expected: BTreeMap<String, String> = serde_json::from_str(digest::EXPECTED).expect("the fixture is JSON");
    assert_eq!(digest::digests(), expected);
}
