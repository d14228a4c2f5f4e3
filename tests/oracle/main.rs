//! Real dicts against ours, compared cell for cell: fixtures everywhere, random programs in the interpreters that are
//! installed.
//!
//! `dump.py` runs a program in an interpreter and reads the memory of its dict; [`core`] runs it here. Both make the same
//! digest of the whole state, so that thousands of states can be compared; when two differ, the first cells that do are
//! told, for a program shortened to what is needed.
//!
//! `cargo test` runs a quick pass. It has no harness of its own so that a version that was skipped is named in every run,
//! and so that `./dev oracle` and `./dev fixtures` are the same program with arguments.

mod compare;
mod core;
mod fixtures;
mod generate;
mod interpreter;
mod pass;
#[path = "../pythons/mod.rs"]
mod pythons;

use std::path::Path;
use std::process::ExitCode;

use dictoscope::python::Version;
use pass::{Experiment, Settings};

const USAGE: &str = "\
usage: ./dev oracle [--programs N] [--version V]... [--seed S]
       ./dev fixtures

  --programs N   random programs for each version (50)
  --version V    only this one: 2.7, 3.6 ... 3.12, 3.13.0, 3.13, 3.14, 3.15; may be given again
  --seed S       other programs (1)

Every version also runs the experiment, 100,000 UUIDs in and out, compared every 1,000 operations.
./dev fixtures asks all interpreters again and rewrites tests/fixtures. They are looked for in the folder
DICTOSCOPE_PYTHONS (else where ./dev pythons puts some), under pyenv and on the PATH.";

/// Passes, or says what is wrong.
type Check = fn() -> Result<(), String>;

/// What `cargo test` runs.
const TESTS: [(&str, Check); 3] = [
    ("fixtures_give_the_cells_that_cpython_had", fixtures_agree),
    ("fixtures_tell_versions_apart", fixtures_differ),
    ("random_programs_give_the_cells_of_the_interpreters_here", quick_pass),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is = |name: &str| arguments.iter().any(|argument| argument == name);
    let result = if is("--help") {
        println!("{USAGE}");
        Ok(())
    } else if is("--fixtures") {
        rewrite_fixtures()
    } else if is("--long") {
        settings(&arguments).and_then(|settings| compare(&settings))
    } else {
        run_tests(&arguments)
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// The tests whose names have one of the words given, as `cargo test WORD` asks; its flags change nothing here.
fn run_tests(arguments: &[String]) -> Result<(), String> {
    let words: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(&***word));
    let (mut passed, mut failed, mut filtered) = (0, 0, 0);
    for (name, test) in TESTS {
        if !wanted(name) {
            filtered += 1;
            continue;
        }
        match test() {
            Ok(()) => {
                passed += 1;
                println!("test {name} ... ok");
            }
            Err(message) => {
                failed += 1;
                println!("{message}\ntest {name} ... FAILED");
            }
        }
    }
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    println!("test result: {verdict}. {passed} passed; {failed} failed; {filtered} filtered out");
    if failed == 0 { Ok(()) } else { Err("Dictoscope is not what CPython is".into()) }
}

fn fixtures_agree() -> Result<(), String> {
    for version in Version::ALL {
        let states = fixtures::check(version, version)?;
        if states < 1_000 {
            return Err(format!("only {states} states for {}", version.name()));
        }
    }
    Ok(())
}

/// Fixtures that pass for the wrong version would show nothing.
fn fixtures_differ() -> Result<(), String> {
    for pair in Version::ALL.windows(2) {
        let wrong = fixtures::check(pair[0], pair[1]);
        let alike = matches!(
            pair,
            [Version::V3_8, Version::V3_9]
                | [Version::V3_12, Version::V3_13_0]
                | [Version::V3_13, Version::V3_14]
                | [Version::V3_14, Version::V3_15]
        );
        if wrong.is_ok() != alike {
            return Err(format!("what {} did, checked as {}: {wrong:?}", pair[0].name(), pair[1].name()));
        }
    }
    Ok(())
}

fn quick_pass() -> Result<(), String> {
    compare(&Settings {
        versions: Version::ALL.to_vec(),
        programs: 14,
        seed: 2026,
        experiment: Experiment { versions: vec![Version::V2_7, Version::LATEST], every: 20_000 },
        progress: false,
    })
}

/// Run it, show the table, write what differs to files.
fn compare(settings: &Settings) -> Result<(), String> {
    let tallies = pass::run(settings)?;
    let differences = || tallies.iter().flat_map(|tally| &tally.differences);
    for difference in differences() {
        println!("{}\n", difference.message);
    }
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oracle");
    for file in pass::write_differences(&tallies, &directory).map_err(|error| error.to_string())? {
        println!("The program is in {}", file.display());
    }
    print!("{}", pass::table(&tallies));
    if tallies.iter().any(|tally| tally.release.is_ok() && tally.cells == 0) {
        return Err("an interpreter ran nothing".into());
    }
    match differences().count() {
        0 => Ok(()),
        count => Err(format!("{count} programs differ")),
    }
}

fn settings(arguments: &[String]) -> Result<Settings, String> {
    let experiment = Experiment { versions: Version::ALL.to_vec(), every: 1_000 };
    let mut settings = Settings { versions: Vec::new(), programs: 50, seed: 1, experiment, progress: true };
    let mut arguments = arguments.iter().filter(|argument| !matches!(&***argument, "--long" | "--quiet"));
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(format!("{name} needs a value\n{USAGE}"))?;
        let number = || value.parse().map_err(|_| format!("{name} needs a number, not {value:?}"));
        match &**name {
            "--programs" => settings.programs = number()?,
            "--seed" => settings.seed = number()?,
            "--version" => {
                let version = Version::from_name(value).ok_or(format!("there is no version {value:?}\n{USAGE}"))?;
                settings.versions.push(version);
            }
            _ => return Err(format!("what is {name:?}?\n{USAGE}")),
        }
    }
    if settings.versions.is_empty() {
        settings.versions = Version::ALL.to_vec();
    }
    Ok(settings)
}

fn rewrite_fixtures() -> Result<(), String> {
    let bytes = fixtures::write()?;
    for version in Version::ALL {
        println!("{:<7}{} states agree", version.name(), fixtures::check(version, version)?);
    }
    println!("{bytes} bytes in tests/fixtures");
    Ok(())
}
