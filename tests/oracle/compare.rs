//! One program, here and there.

use dictoscope::python::{HashSettings, Version};
use serde_json::Value;

use super::core::{Core, rendered};
use super::generate::Program;
use super::interpreter::Session;

/// Where a program runs.
pub struct Place<'a> {
    /// The interpreter.
    pub session: &'a mut Session,
    /// Its version.
    pub version: Version,
    /// Its `PYTHONHASHSEED`.
    pub hash_seed: u32,
    /// It is given each operation as we print it, not the text that we parse: so both are right, or it shows.
    pub rendered: bool,
}

/// What was compared and found equal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Equal {
    /// States compared.
    pub states: u64,
    /// Cells in them.
    pub cells: u64,
}

/// The first operation after which the two differ.
#[derive(Clone, Debug)]
pub struct Difference {
    /// In words, cell by cell.
    pub message: String,
    /// A short program that still shows it.
    pub lines: Vec<String>,
}

impl Place<'_> {
    fn settings(&self) -> HashSettings {
        HashSettings { seed: self.hash_seed, none: self.session.none() }
    }

    fn text(&self, lines: &[String]) -> Result<Vec<String>, String> {
        if self.rendered { rendered(&lines.join("\n"), self.version) } else { Ok(lines.to_vec()) }
    }

    fn theirs(&mut self, lines: &[String], every: usize) -> Result<Vec<u32>, String> {
        self.session.digests(&self.text(lines)?, every)
    }

    fn their_state(&mut self, lines: &[String], at: usize) -> Result<Value, String> {
        let mut state = self.session.state(&self.text(lines)?, at)?;
        state["text"] = lines[at].clone().into();
        Ok(state)
    }

    fn ours(&self, lines: &[String], every: usize) -> Result<(Vec<u32>, u64), String> {
        digests(self.version, self.settings(), lines, every)
    }

    /// Run it in both and compare all digests.
    ///
    /// # Errors
    /// The first difference, explained.
    pub fn compare(&mut self, program: &Program) -> Result<Equal, Box<Difference>> {
        let theirs = self.theirs(&program.lines, program.every);
        let ours = self.ours(&program.lines, program.every);
        let (theirs, (ours, cells)) = match (theirs, ours) {
            (Ok(theirs), Ok(ours)) => (theirs, ours),
            (Err(error), _) => return Err(self.refused(program, "CPython", error)),
            (_, Err(error)) => return Err(self.refused(program, "Dictoscope", error)),
        };
        match (0..theirs.len().max(ours.len())).find(|&i| theirs.get(i) != ours.get(i)) {
            None => Ok(Equal { states: ours.len() as u64, cells }),
            Some(first) => {
                let bad = ((first + 1) * program.every).min(program.lines.len());
                Err(self.explain(program, first * program.every, bad))
            }
        }
    }

    fn refused(&self, program: &Program, who: &str, error: String) -> Box<Difference> {
        let message = format!("{}: {who} refuses the program: {error}", self.header(program));
        Box::new(Difference { message, lines: program.lines.clone() })
    }

    fn header(&self, program: &Program) -> String {
        format!("CPython {}, PYTHONHASHSEED={}, {}", self.session.release(), self.hash_seed, program.name)
    }

    /// Whether they differ after the last of `lines`, or anywhere if they are few.
    fn differ(&mut self, lines: &[String]) -> bool {
        let every = if lines.len() <= 2_000 { 1 } else { lines.len() };
        match (self.theirs(lines, every), self.ours(lines, every)) {
            (Ok(theirs), Ok((ours, _))) => theirs != ours,
            _ => false,
        }
    }

    /// They agree after `good` operations and differ after `bad`.
    fn explain(&mut self, program: &Program, mut good: usize, mut bad: usize) -> Box<Difference> {
        while bad - good > 1 {
            let middle = good + (bad - good) / 2;
            if self.differ(&program.lines[..middle]) { bad = middle } else { good = middle }
        }
        let mut lines = program.lines[..bad].to_vec();
        // Leave out what is not needed, in ever smaller pieces.
        let mut piece = lines.len() / 2;
        let mut tries = 400;
        while piece > 0 && tries > 0 {
            let mut at = 0;
            while at < lines.len() && tries > 0 {
                let mut without = lines.clone();
                without.drain(at..(at + piece).min(lines.len()));
                tries -= 1;
                if self.differ(&without) { lines = without } else { at += piece }
            }
            piece /= 2;
        }
        let mut message = format!("{}, shortened to {} operations:", self.header(program), lines.len());
        let mut found = None;
        for at in 0..lines.len() {
            let (theirs, ours) = (self.their_state(&lines, at), self.our_state(&lines, at));
            if theirs.as_ref().ok().map(|state| &state["digest"]) != ours.as_ref().ok().map(|state| &state["digest"]) {
                found = Some((at, theirs, ours));
                break;
            }
        }
        match found {
            Some((at, Ok(theirs), Ok(ours))) => {
                message += &format!("\n  after operation {at}, `{}`", lines[at]);
                for line in differences(&theirs, &ours) {
                    message += "\n    ";
                    message += &line;
                }
            }
            Some((at, theirs, ours)) => message += &format!("\n  operation {at}: CPython {theirs:?}, here {ours:?}"),
            None => message += "\n  not in the shortened program",
        }
        Box::new(Difference { message, lines })
    }

    fn our_state(&self, lines: &[String], at: usize) -> Result<Value, String> {
        let mut state = Value::Null;
        Core::new(self.version, self.settings()).run(&lines[..=at].join("\n"), |op, _, core| {
            if op == at {
                state = core.state(op, &lines[op]);
            }
        })?;
        Ok(state)
    }
}

/// The digests of a program in this crate, and how many cells they cover.
///
/// # Errors
/// What is wrong with the program.
pub fn digests(
    version: Version,
    settings: HashSettings,
    lines: &[String],
    every: usize,
) -> Result<(Vec<u32>, u64), String> {
    let mut digests = Vec::with_capacity(lines.len() / every + 1);
    let mut cells = 0;
    let mut made = 0;
    Core::new(version, settings).run(&lines.join("\n"), |op, line, core| {
        made += usize::from(line == op);
        if (op + 1).is_multiple_of(every) || op + 1 == lines.len() {
            digests.push(core.digest());
            cells += core.cells();
        }
    })?;
    if made == lines.len() { Ok((digests, cells)) } else { Err("not one operation a line".into()) }
}

/// What differs between two states, the first few cells of each array.
pub fn differences(theirs: &Value, ours: &Value) -> Vec<String> {
    let (Some(theirs), Some(ours)) = (theirs.as_object(), ours.as_object()) else {
        return vec![format!("CPython {theirs}, here {ours}")];
    };
    let mut lines = Vec::new();
    let names = theirs.keys().chain(ours.keys().filter(|name| !theirs.contains_key(*name)));
    for name in names {
        let (a, b) = (theirs.get(name).unwrap_or(&Value::Null), ours.get(name).unwrap_or(&Value::Null));
        match (a, b) {
            _ if a == b => {}
            (Value::Array(a), Value::Array(b)) => {
                let cells = (0..a.len().max(b.len())).filter(|&i| a.get(i) != b.get(i));
                lines.extend(cells.take(6).map(|i| {
                    let show = |cells: &[Value]| cells.get(i).map_or("missing".to_owned(), Value::to_string);
                    format!("{name}[{i}]: CPython {}, here {}", show(a), show(b))
                }));
            }
            _ => lines.push(format!("{name}: CPython {a}, here {b}")),
        }
    }
    lines
}
