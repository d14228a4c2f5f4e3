//! What the interpreters did, kept for machines that have none.
//!
//! `tests/fixtures/by-hand.txt` has programs that go through every rule one by one; [`write`] adds random ones, runs all of
//! them in every interpreter and writes `programs.txt` and a file of digests and states for each version; [`check`] runs
//! them here.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use dictoscope::python::{HashSettings, Version};
use serde_json::Value;

use super::compare::differences;
use super::core::{Core, rendered};
use super::generate;
use super::interpreter::Interpreter;

/// A program of a fixture: its text may have loops and generators.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Script {
    /// With what is said of it in brackets: `a name [3.9+] [every 20] [seed 7] [state]`.
    title: String,
    text: String,
    /// The first version that can run it.
    since: Version,
    every: usize,
    hash_seed: u32,
    /// The whole state after the last operation is kept, too.
    state: bool,
}

/// What an interpreter did with a script.
#[derive(Debug)]
struct Record {
    title: String,
    /// `hash(None)`, for scripts that have it as a key.
    none: i64,
    operations: usize,
    digests: Vec<u32>,
    state: Option<Value>,
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn read(name: &str) -> Result<String, String> {
    fs::read_to_string(directory().join(name)).map_err(|error| format!("tests/fixtures/{name}: {error}"))
}

/// The sections of a file: a title after `== `, and the lines after it.
fn sections(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("\n== ").skip(1).map(|section| section.split_once('\n').unwrap_or((section, "")))
}

impl Script {
    fn parse((title, text): (&str, &str)) -> Result<Script, String> {
        let mut script = Script {
            title: title.to_owned(),
            text: text.trim_end().to_owned(),
            since: Version::V2_7,
            every: 1,
            hash_seed: 0,
            state: false,
        };
        for note in title.split('[').skip(1) {
            let note = note.trim_end().trim_end_matches(']');
            let understood = match note.split_once(' ') {
                _ if note == "state" => {
                    script.state = true;
                    true
                }
                Some(("every", n)) => n.parse().map(|n| script.every = n).is_ok(),
                Some(("seed", n)) => n.parse().map(|n| script.hash_seed = n).is_ok(),
                _ => note.strip_suffix('+').and_then(Version::from_name).map(|v| script.since = v).is_some(),
            };
            if !understood {
                return Err(format!("{title}: what is [{note}]?"));
            }
        }
        Ok(script)
    }

    fn all(file: &str) -> Result<Vec<Script>, String> {
        sections(&read(file)?).map(Script::parse).collect()
    }
}

/// Run here, as version `ours`, every script that version `theirs` ran, and compare; how many states were compared.
///
/// # Errors
/// The first difference, or what is wrong with the files.
pub fn check(theirs: Version, ours: Version) -> Result<usize, String> {
    let recorded = read(&format!("cpython-{}.txt", theirs.name()))?;
    let mut records = sections(&recorded).map(Record::parse);
    let mut states = 0;
    for script in Script::all("programs.txt")?.iter().filter(|script| script.since <= theirs) {
        let record = records.next().ok_or_else(|| format!("no record of {}", script.title))??;
        if record.title != script.title {
            return Err(format!("a record of {}, not of {}", record.title, script.title));
        }
        states += record.compare(script, theirs, ours)?;
    }
    match records.next() {
        None => Ok(states),
        Some(record) => Err(format!("a record of no script: {record:?}")),
    }
}

impl Record {
    fn parse((title, text): (&str, &str)) -> Result<Record, String> {
        let mut record = Record { title: title.to_owned(), none: 0, operations: 0, digests: Vec::new(), state: None };
        let bad = |what: &str| format!("{title}: {what}");
        for line in text.lines() {
            if let Some(none) = line.strip_prefix("hash(None) ") {
                record.none = none.parse().map_err(|_| bad(line))?;
            } else if let Some(operations) = line.strip_prefix("operations ") {
                record.operations = operations.parse().map_err(|_| bad(line))?;
            } else if line.starts_with('{') {
                record.state = Some(serde_json::from_str(line).map_err(|error| bad(&error.to_string()))?);
            } else {
                for digest in line.split_ascii_whitespace() {
                    record.digests.push(u32::from_str_radix(digest, 16).map_err(|_| bad(digest))?);
                }
            }
        }
        Ok(record)
    }

    fn format(&self) -> String {
        let mut text = format!("== {}\noperations {}\n", self.title, self.operations);
        if self.none != 0 {
            writeln!(text, "hash(None) {}", self.none).expect("a string takes all");
        }
        for row in self.digests.chunks(13) {
            let row: Vec<_> = row.iter().map(|digest| format!("{digest:08x}")).collect();
            text += &row.join(" ");
            text.push('\n');
        }
        if let Some(state) = &self.state {
            writeln!(text, "{state}").expect("a string takes all");
        }
        text
    }

    fn compare(&self, script: &Script, theirs: Version, ours: Version) -> Result<usize, String> {
        let settings = HashSettings { seed: script.hash_seed, none: self.none };
        let mut digests = self.digests.iter();
        let (mut compared, mut operations) = (0, 0);
        let mut wrong = None;
        Core::new(ours, settings).run(&script.text, |op, line, core| {
            operations += 1;
            let last = operations == self.operations;
            if wrong.is_some() || !((op + 1).is_multiple_of(script.every) || last) {
                return;
            }
            compared += 1;
            let text = script.text.lines().nth(line).unwrap_or_default();
            let shown = self.state.as_ref().filter(|_| last).map(|theirs| {
                let ours = core.state(op, theirs["text"].as_str().unwrap_or_default());
                differences(theirs, &ours)
            });
            let same = digests.next() == Some(&core.digest());
            match shown {
                Some(cells) if !cells.is_empty() => wrong = Some(format!("`{text}`: {}", cells.join("; "))),
                _ if !same => wrong = Some(format!("operation {op}, `{text}`: here {}", core.state(op, text))),
                _ => {}
            }
        })?;
        let title = &script.title;
        match wrong {
            Some(wrong) => Err(format!("CPython {}, {title}, {wrong}", theirs.name())),
            None if operations != self.operations => Err(format!("{title}: {operations} operations")),
            None => Ok(compared),
        }
    }
}

/// Ask all interpreters again and write the files; the number of bytes written.
///
/// # Errors
/// An interpreter that is missing, or refuses a program.
pub fn write() -> Result<usize, String> {
    let mut scripts = Script::all("by-hand.txt")?;
    // What 2.7 can run, every version can.
    for seed in 0..14 {
        let program = generate::small(Version::V2_7, seed, [4, 9, 20, 40][seed as usize % 4]);
        scripts.push(random(&program, seed, "")?);
    }
    for seed in 14..18 {
        let program = generate::small(Version::V3_9, seed, 12);
        scripts.push(random(&program, seed, " [3.9+]")?);
    }
    for seed in 20..24 {
        let program = generate::small(Version::V2_7, seed, 16);
        scripts.push(random(&program, seed, &format!(" [seed {}]", seed * 12345))?);
    }
    let texts: String = scripts.iter().map(|script| format!("\n== {}\n{}\n", script.title, script.text)).collect();
    let mut files = vec![("programs.txt".to_owned(), format!("Written by `./dev fixtures`.\n{texts}"))];
    for version in Version::ALL {
        let interpreter = Interpreter::find(version)?;
        let mut sessions = HashMap::new();
        let mut text = format!("What CPython {} did. Written by `./dev fixtures`.\n", interpreter.release());
        for script in scripts.iter().filter(|script| script.since <= version) {
            let refused = |error: String| format!("CPython {}, {}: {error}", version.name(), script.title);
            let lines = rendered(&script.text, version).map_err(refused)?;
            let session = match sessions.entry(script.hash_seed) {
                Entry::Occupied(running) => running.into_mut(),
                Entry::Vacant(none) => none.insert(interpreter.start(script.hash_seed)?),
            };
            let digests = session.digests(&lines, script.every).map_err(refused)?;
            let state = match script.state {
                true => Some(session.state(&lines, lines.len() - 1).map_err(refused)?),
                false => None,
            };
            text.push('\n');
            // An address changes from run to run: kept only where it matters.
            let none = if script.text.contains("None") { session.none() } else { 0 };
            text += &Record { title: script.title.clone(), none, operations: lines.len(), digests, state }.format();
        }
        files.push((format!("cpython-{}.txt", version.name()), text));
    }
    for (name, text) in &files {
        fs::write(directory().join(name), text).map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(files.iter().map(|(_, text)| text.len()).sum())
}

fn random(program: &generate::Program, seed: u64, notes: &str) -> Result<Script, String> {
    // A record for each operation: not too many of them.
    let lines = &program.lines[..program.lines.len().min(110)];
    Script::parse((&format!("random {seed}: {}{notes}", program.name), &lines.join("\n")))
}
