//! Python lines in, operations out.
//!
//! A [`Program`] is its text. It is parsed for one version of Python and expanded lazily into operations ([`Expansion`]):
//! loops and generators of millions of operations cost nothing until they are run. The operations depend on the text and
//! the version alone, never on the table that runs them.
//!
//! # What a program may say
//!
//! | line | makes |
//! |---|---|
//! | `d[k] = v`, `d[k]`, `del d[k]`, `k in d` | one operation each (`del d[a], d[b]`: two) |
//! | `d.get(k)`, `d.pop(k)`, `d.setdefault(k)`, each also with a second argument; `d.popitem()`, `d.clear()` | one |
//! | `d.update({k: v, …})`, from 3.9 on `d \|= {k: v, …}` | one |
//! | `d = {}`, `d = dict()`, `d = {k: v, …}`, `d = dict.fromkeys([k, …], v)`, also of a `range(…)` | one: a new dict |
//! | `d = dict(d)`, `d = d.copy()`, `d = {k: v for k, v in d.items()}`, from 3.5 on `d = {**d}` | one: a copy |
//! | `d.reserve(n)`, `d.shrink_to_fit()` | one; not Python, for the tables that have it |
//! | `for i in range(…):`, `for k in [a, b]:` | what the rest of the line or the indented block makes, each turn |
//! | `insert_uuids(d, 100000)` and the other [`GENERATORS`] | many |
//! | `import …`, `from … import …`, `pass`, comments | nothing |
//!
//! Keys and values are [`Expr`](crate::python::Expr)essions. Statements on one line are separated by `;`. All other lines
//! are refused with what to write instead.

mod cost;
mod expand;
mod lines;
mod parse;
mod recorded;
mod render;
mod scenario;
mod script;
mod workload;

pub use cost::{MAX_MEMORY, check_memory};
pub use expand::{Expansion, Made};
pub use recorded::{RecordedDict, RecordedTrace, TraceHeader};
pub use render::render;
pub use scenario::{SCENARIOS, Scenario};
pub use script::Printed;
pub use workload::{GENERATORS, Generator, Parameter, Preset};
pub(crate) use workload::{draw, rng};

use std::sync::Arc;

use crate::python::Version;
use parse::{Instruction, Step};

/// The most operations that a program may have.
pub const MAX_OPS: u64 = 20_000_000;
/// The most items that one operation may have (a display, `update`, `fromkeys`), and a loop's list.
pub const MAX_ITEMS: usize = 1_000_000;

/// The most bytes that the text of a program may have, all lines typed after it included.
pub const MAX_TEXT: usize = 2_000_000;

/// See that a program may have a text of `len` bytes.
///
/// # Errors
/// That it is too long, and what to write instead.
fn check_text(len: usize) -> Result<(), ProgramError> {
    if len <= MAX_TEXT {
        return Ok(());
    }
    let (len, most) = (grouped(len as u64), grouped(MAX_TEXT as u64));
    let message = format!(
        "the program would have {len} bytes of text; {most} are held at most: write what repeats as a loop, or with a \
         function like insert_ints(d, 100000)"
    );
    Err(ProgramError { line: 1, column: 1, message })
}

/// What is wrong with a program, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong and what to write instead, worded as Python words it where it has a word.
    pub message: String,
}

impl std::fmt::Display for ProgramError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ProgramError {}

/// A parsed program.
#[derive(Clone, Debug)]
pub struct Program {
    text: String,
    version: Version,
    steps: Vec<Instruction>,
    count: Option<u64>,
    /// `len(d)` after it, if the text alone tells.
    live: Option<u64>,
    /// Bytes that `steps` hold outside themselves.
    boxed: usize,
    /// What it is compiled to, if it is more than plain lines.
    script: Option<Arc<script::Code>>,
}

impl Program {
    /// Parse `text` as a program for `version`.
    ///
    /// # Errors
    /// The first thing that is wrong, with the other lines that are refused named at its end. Nothing is run of a program
    /// that does not parse.
    pub fn parse(text: &str, version: Version) -> Result<Program, ProgramError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        check_text(text.len())?;
        let plain = match parse::parse(text, version, 0, 0, Some(0)) {
            Ok(code) => {
                let (steps, count, live, boxed) = (code.steps, code.count, code.live, code.boxed);
                return Ok(Program { text: text.to_owned(), version, steps, count, live, boxed, script: None });
            }
            Err(fault) if fault.is_limit => return Err(fault.locate(text)),
            Err(fault) => fault.locate(text),
        };
        match script::read(text, version, script::Before::Nothing, 0) {
            Ok(code) => Ok(Program {
                text: text.to_owned(),
                version,
                steps: Vec::new(),
                count: None,
                live: None,
                boxed: 0,
                script: Some(code),
            }),
            Err(faults) => Err(refusal(Some(plain), faults.into_iter().map(|fault| fault.locate(text)).collect())),
        }
    }

    /// The text it was parsed from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The version of Python it was parsed for.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Its operations, one at a time.
    pub fn expand(&self) -> Expansion {
        Expansion::new(self.clone())
    }

    /// How many operations it will have, if that is known without expanding it: for a progress bar.
    pub fn size_hint(&self) -> Option<u64> {
        self.count
    }

    /// Bytes of this process's memory, counted when it is parsed: asking is O(1).
    pub fn memory(&self) -> usize {
        let script = self.script.as_ref().map_or(0, |code| code.memory());
        self.text.capacity() + self.steps.capacity() * size_of::<Instruction>() + self.boxed + script
    }

    /// Whether one of its generators asks what is in `d`.
    fn reads_dict(&self) -> bool {
        self.steps.iter().any(|at| matches!(&at.step, Step::Generate(call) if call.generator.reads_dict()))
    }
}

/// The one error that tells of all refused lines of a script: the first, then where the others are. What the plain lines'
/// own grammar says of that line is the better word where the script's has only the general one.
fn refusal(plain: Option<ProgramError>, script: Vec<ProgramError>) -> ProgramError {
    let mut lines: Vec<&ProgramError> = Vec::new();
    for error in &script {
        if lines.last().is_none_or(|last| last.line != error.line) {
            lines.push(error);
        }
    }
    let (Some(first), others) = (lines.first(), lines.get(1..).unwrap_or_default()) else {
        unreachable!("a script is refused for a reason")
    };
    let is_general = |error: &ProgramError| error.message.starts_with("SyntaxError");
    let plain = plain.filter(|plain| plain.line == first.line && is_general(plain) && is_general(first));
    let mut error = plain.unwrap_or_else(|| (*first).clone());
    for other in others.iter().take(MOST_OTHERS) {
        error.message.push_str(&format!("\n{other}"));
    }
    if others.len() > MOST_OTHERS {
        error.message.push_str(&format!("\nand {} more lines", others.len() - MOST_OTHERS));
    }
    error
}

/// How many refused lines are told besides the first.
const MOST_OTHERS: usize = 9;

/// `n` with its digits in groups of three: `20,000,000`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
