//! The recipes, run by the interpreters that are here, with writers that write while they copy.

use std::path::Path;
use std::process::Command;

use dictoscope::maintenance::Strategy;
use dictoscope::python::Version;
use serde_json::{Value as Json, json};

use crate::pythons::Python;

/// What a driver says of a recipe under this version; `None` if it is not on this machine.
fn run(version: Version, driver: &str, recipe: &str) -> Option<Json> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = match Python::find(version) {
        Ok(python) => python,
        Err(reason) => {
            eprintln!("SKIPPED: recipe {recipe}: {reason}");
            return None;
        }
    };
    let driver = root.join("tests/recipes").join(driver);
    let args = [Path::new("-B"), &driver, &root.join("recipes"), Path::new(recipe)];
    let output = Command::new(&python.executable).args(args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let trouble = String::from_utf8_lossy(&output.stderr).into_owned();
    let what = format!("{recipe}, {}: {said}{trouble}", python.release());
    assert!(output.status.success(), "{what}");
    Some(serde_json::from_str(&said).unwrap_or_else(|_| panic!("{what}")))
}

#[test]
fn recipes_lose_nothing() {
    for recipe in Strategy::ALL.into_iter().flat_map(Strategy::recipes) {
        let (name, threads) = (recipe.file.trim_end_matches(".py"), !recipe.file.contains("asyncio"));
        let versions: &[Version] = if threads { &[Version::V2_7, Version::LATEST] } else { &[Version::LATEST] };
        for &version in versions {
            let driver = if threads { "threads.py" } else { "tasks.py" };
            let Some(said) = run(version, driver, name) else { continue };
            let release = version.name();
            let [numbers, copies, during] = [0, 1, 2].map(|i| said[i].clone());
            assert_eq!(release, format!("{}.{}", numbers[0], numbers[1]), "{said}");
            assert!(copies.as_u64() > Some(0), "{name}, {release}: {said}");
            // The others copy in one call into C, which nothing comes between.
            if ["locked", "sliced", "background"].iter().any(|overlaps| name.starts_with(overlaps)) {
                assert!(during.as_u64() > Some(0), "{name}, {release}: {said}");
            }
        }
    }
}

#[test]
fn every_recipe_is_shown() {
    let files = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes")).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    let mut shown: Vec<_> = Strategy::ALL.into_iter().flat_map(Strategy::recipes).map(|recipe| recipe.file).collect();
    files.retain(|file| file.ends_with(".py"));
    files.sort();
    shown.sort();
    assert_eq!(json!(files), json!(shown));
}
