//! The recipes, run by the interpreters that are here, with writers that write while they copy.

use std::path::Path;
use std::process::Command;

use dictoscope::maintenance::Strategy;
use serde_json::{Value as Json, json};

/// What a driver says of a recipe under this release; `None` if it is not on this machine.
fn run(release: &str, driver: &str, recipe: &str) -> Option<Json> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let short = release.rsplit_once('.').expect("three numbers").0;
    for program in ["python".to_owned(), format!("python{short}")] {
        let ask = "import sys; print('%d.%d.%d' % sys.version_info[:3])";
        let version = Command::new(&program).args(["-c", ask]).env("PYENV_VERSION", release).output();
        if !version.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).trim() == release) {
            continue;
        }
        let driver = root.join("tests/recipes").join(driver);
        let args = [Path::new("-B"), &driver, &root.join("recipes"), Path::new(recipe)];
        let output = Command::new(&program).args(args).env("PYENV_VERSION", release).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let trouble = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{recipe}, {release}: {said}{trouble}");
        return Some(serde_json::from_str(&said).unwrap_or_else(|_| panic!("{recipe}, {release}: {said}{trouble}")));
    }
    eprintln!("SKIPPED: recipe {recipe}: no CPython {release} here");
    None
}

#[test]
fn recipes_lose_nothing() {
    for recipe in Strategy::ALL.into_iter().flat_map(Strategy::recipes) {
        let (name, threads) = (recipe.file.trim_end_matches(".py"), !recipe.file.contains("asyncio"));
        let releases: &[&str] = if threads { &["2.7.18", "3.13.0"] } else { &["3.13.0"] };
        for release in releases {
            let driver = if threads { "threads.py" } else { "tasks.py" };
            let Some(said) = run(release, driver, name) else { continue };
            let [version, copies, during] = [0, 1, 2].map(|i| said[i].clone());
            assert!(release.starts_with(&format!("{}.{}", version[0], version[1])), "{said}");
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
