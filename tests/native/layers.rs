//! Dependencies point one way, and only the page knows that there is a browser.

use std::fs;
use std::path::{Path, PathBuf};

/// Each room may name itself and those before it.
const ROOMS: [&str; 9] = ["python", "table", "stats", "program", "maintenance", "history", "view", "engine", "app"];

const BROWSER: [&str; 6] = ["yew", "gloo", "web_sys", "js_sys", "wasm_bindgen", "console_error_panic_hook"];

/// The code of `source` without its line comments.
fn code(source: &str) -> String {
    source.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The rooms that `code` names after `crate::`, also in a group: `use crate::{python::Obj, table}`.
fn rooms_used(code: &str) -> Vec<&str> {
    let mut used = Vec::new();
    for (at, path) in code.match_indices("crate::") {
        let rest = code[at + path.len()..].trim_start();
        let Some(group) = rest.strip_prefix('{') else {
            used.extend(words(rest).next());
            continue;
        };
        let mut depth = 1;
        let mut item_starts = true;
        for (i, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' => item_starts = true,
                _ if depth == 1 && item_starts && c.is_alphabetic() => {
                    used.extend(words(&group[i..]).next());
                    item_starts = false;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    used
}

/// Every Rust file under `dir`, with the room it is in: `src/table/swiss.rs` is in `table`.
fn sources(dir: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut dirs = vec![dir.to_path_buf()];
    while let Some(next) = dirs.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let top = path.strip_prefix(dir).unwrap().iter().next().unwrap();
                found.push((Path::new(top).file_stem().unwrap().to_str().unwrap().to_owned(), path));
            }
        }
    }
    found
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

#[test]
fn rooms_name_only_the_rooms_before_them() {
    for (room, path) in sources(&src()) {
        if ["lib", "main"].contains(&room.as_str()) {
            continue;
        }
        let number = |name: &str| ROOMS.iter().position(|&r| r == name);
        let own =
            number(&room).unwrap_or_else(|| panic!("{}: give the room `{room}` a place in ROOMS", path.display()));
        let code = code(&fs::read_to_string(&path).unwrap());
        for used in rooms_used(&code) {
            let Some(other) = number(used) else { panic!("{}: `crate::{used}` is no room", path.display()) };
            assert!(other <= own, "{}: `{room}` must not know `{used}`", path.display());
        }
    }
}

#[test]
fn only_the_page_names_the_browser() {
    for (room, path) in sources(&src()) {
        if ["app", "main"].contains(&room.as_str()) {
            continue;
        }
        let code = code(&fs::read_to_string(&path).unwrap());
        if let Some(word) = words(&code).find(|word| BROWSER.contains(word)) {
            panic!("{}: only `app` and `main.rs` may name `{word}`", path.display());
        }
    }
}

#[test]
fn the_scan_sees_every_form_of_use() {
    let source =
        "use crate::python::Obj; // crate::app\nuse crate::{table::{self, Op}, view};\nfn f() { crate::engine::go() }";
    assert_eq!(rooms_used(&code(source)), ["python", "table", "view", "engine"]);
    assert_eq!(rooms_used("use crate::{\n    history,\n};"), ["history"]);
    assert!(words("let x = web_sys::window();").any(|word| BROWSER.contains(&word)));
}
