//! The numbers that the browser must come to.

use crate::digest::{EXPECTED, digests};
use crate::lab;

/// With `DICTOSCOPE_WRITE=1` it writes the file instead: after a table was added, or its rules changed on purpose.
#[test]
fn cells_are_those_on_file() {
    let found = digests();
    if std::env::var_os("DICTOSCOPE_WRITE").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/digests.json");
        std::fs::write(path, serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
        return;
    }
    let expected: std::collections::BTreeMap<String, String> = serde_json::from_str(EXPECTED).unwrap();
    assert_eq!(found, expected, "if meant: DICTOSCOPE_WRITE=1 cargo test --test native digests");
}

#[test]
fn tables_that_differ_have_different_digests() {
    let found = digests();
    assert_ne!(found["cpython-2.7"], found["cpython-3.12"]);
    assert_ne!(found["cpython-3.13.0"], found["cpython-3.13"]);
}

/// With `DICTOSCOPE_WRITE=1` it writes the file instead.
#[test]
fn a_labs_results_are_those_on_file() {
    let found = lab::results();
    if std::env::var_os("DICTOSCOPE_WRITE").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/lab.txt"), found).unwrap();
        return;
    }
    assert_eq!(found, lab::EXPECTED, "if meant: DICTOSCOPE_WRITE=1 cargo test --test native digests");
}
