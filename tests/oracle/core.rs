//! The same programs in this crate, and the same digests.

use std::collections::HashMap;

use crc32fast::Hasher;
use dictoscope::program::{MAX_TEXT, Program, render};
use dictoscope::python::{HashSettings, Heap, Obj, Version};
use dictoscope::table::{AnyTable, Noop, Op, OpList, Outcome, SlotState, Table};
use serde_json::{Value, json};

/// What stands for a cell without a key in a digest, as in `dump.py`.
const NULL: u32 = 0;
const DUMMY: u32 = 1;
/// Cells that are digested together, as in `dump.py`, which remembers those that did not change.
const BLOCK: usize = 64;

/// A table with a program running on it.
pub struct Core {
    heap: Heap,
    table: AnyTable,
    names: HashMap<Obj, u32>,
    results: u32,
    outcome: Outcome,
}

impl Core {
    /// `d = {}`
    pub fn new(version: Version, settings: HashSettings) -> Core {
        let policy = AnyTable::of_version(version);
        Core {
            heap: Heap::new(version, settings),
            table: (policy.new)(),
            names: HashMap::new(),
            results: 0,
            outcome: Outcome::Done,
        }
    }

    /// Run a program, calling `each` after every operation with its number and the line it came from, both from 0.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn run(&mut self, text: &str, mut each: impl FnMut(usize, usize, &mut Core)) -> Result<(), String> {
        let mut ops = OpList::default();
        let mut before = 0;
        for piece in pieces(text) {
            let mut expansion = Program::parse(piece, self.heap.version()).map_err(|error| error.to_string())?.expand();
            while let Some(line) = expansion.next(&mut self.heap, &mut ops).map_err(|error| error.to_string())? {
                let op = ops.len() - 1;
                self.step(ops.get(op));
                each(op, before + line - 1, self);
            }
            before += piece.matches('\n').count();
        }
        Ok(())
    }

    fn step(&mut self, op: Op<'_>) {
        self.outcome = self.table.run(op, &self.heap, &mut Noop);
        let mut told = match self.outcome {
            Outcome::Value(value) if value != Obj::NONE => self.heap.repr(value),
            Outcome::Item(key, value) => format!("({}, {})", self.heap.repr(key), self.heap.repr(value)),
            Outcome::Bool(true) => "True".to_owned(),
            Outcome::Bool(false) => "False".to_owned(),
            outcome => outcome.name().to_owned(),
        };
        told.push('\n');
        let mut hasher = Hasher::new_with_initial(self.results);
        hasher.update(told.as_bytes());
        self.results = hasher.finalize();
    }

    /// How many cells a digest now covers: slots, and entries where there are both.
    pub fn cells(&self) -> u64 {
        let state = self.table.state();
        let entries = if state.main.is_two() { state.regs.fill as usize } else { 0 };
        (state.main.size() + entries) as u64
    }

    /// CRC-32 over the whole state, as `dump.py` computes it.
    pub fn digest(&mut self) -> u32 {
        let state = self.table.state();
        let regs = state.regs;
        let two = state.main.is_two();
        let (a, b, kind) = if two {
            (i64::from(regs.usable), i64::from(regs.fill), i64::from(self.kind() == Some("unicode")))
        } else {
            (i64::from(regs.fill), regs.extra, 0)
        };
        let mut hasher = Hasher::new();
        hasher.update(&self.results.to_le_bytes());
        for number in [i64::from(regs.used), self.table.bytes().total() as i64, state.main.size() as i64, a, b, kind] {
            hasher.update(&number.to_le_bytes());
        }
        let width = match state.main.size() {
            0..=0xFF => 1,
            0x100..=0xFFFF => 2,
            _ => 4,
        };
        for index in &state.main.indices {
            hasher.update(&index.to_cpython().to_le_bytes()[..width]);
        }
        let cells = &state.main.slots[..if two { regs.fill as usize } else { state.main.slots.len() }];
        let mut name =
            |obj: Obj| *self.names.entry(obj).or_insert_with(|| crc32fast::hash(self.heap.repr(obj).as_bytes()));
        for block in cells.chunks(BLOCK) {
            let (mut hashes, mut keys, mut values) = (Vec::new(), Vec::new(), Vec::new());
            for cell in block {
                let key = match cell.state() {
                    SlotState::Live(key, value) => {
                        hashes.extend_from_slice(&cell.hash.to_le_bytes());
                        values.extend_from_slice(&name(value).to_le_bytes());
                        name(key)
                    }
                    SlotState::Tombstone(_) if !two => DUMMY,
                    SlotState::Tombstone(_) | SlotState::Empty => NULL,
                };
                keys.extend_from_slice(&key.to_le_bytes());
            }
            hasher.update(&crc32fast::hash(&[hashes, keys, values].concat()).to_le_bytes());
        }
        hasher.finalize()
    }

    /// `"unicode"` or `"general"` from 3.11 on.
    fn kind(&self) -> Option<&'static str> {
        let unicode = self.table.state().regs.extra == 1;
        (self.heap.version() >= Version::V3_11).then_some(if unicode { "unicode" } else { "general" })
    }

    /// The whole state, in the form that `dump.py` gives it after operation `op`.
    pub fn state(&mut self, op: usize, text: &str) -> Value {
        let state = self.table.state();
        let regs = state.regs;
        let two = state.main.is_two();
        let cells = &state.main.slots[..if two { regs.fill as usize } else { state.main.slots.len() }];
        let shown: Vec<Value> = cells
            .iter()
            .map(|cell| match cell.state() {
                SlotState::Live(key, _) => json!([cell.hash, self.heap.repr(key)]),
                SlotState::Tombstone(_) if !two => json!("dummy"),
                SlotState::Tombstone(_) | SlotState::Empty => Value::Null,
            })
            .collect();
        let values: Vec<String> = cells
            .iter()
            .filter(|cell| cell.is_live())
            .filter_map(|cell| cell.value())
            .map(|value| self.heap.repr(value))
            .collect();
        let mut told = json!({
            "op": op,
            "text": text,
            "result": self.outcome.name(),
            "len": regs.used,
            "sizeof": self.table.bytes().total(),
            "slots": state.main.size(),
            "results": self.results,
            "values": values,
        });
        if two {
            told["usable"] = json!(regs.usable);
            told["nentries"] = json!(regs.fill);
            told["indices"] = state.main.indices.iter().map(|index| index.to_cpython()).collect();
            told["entries"] = json!(shown);
        } else {
            told["fill"] = json!(regs.fill);
            told["finger"] = json!(regs.extra);
            told["table"] = json!(shown);
        }
        if let Some(kind) = self.kind() {
            told["kind"] = json!(kind);
        }
        told["digest"] = json!(format!("{:08x}", self.digest()));
        told
    }
}

/// `text` in as few pieces of whole lines as a program may have. Only long lists of plain lines are longer.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = match rest.get(..MAX_TEXT) {
            Some(part) => part.rfind('\n').map_or(rest.len(), |end| end + 1),
            None => rest.len(),
        };
        let (piece, others) = rest.split_at(end);
        rest = others;
        (!piece.is_empty()).then_some(piece)
    })
}

/// The operations of a program as lines, for an interpreter, which knows no generators.
///
/// # Errors
/// What is wrong with the text.
pub fn rendered(text: &str, version: Version) -> Result<Vec<String>, String> {
    let mut heap = Heap::new(version, HashSettings::default());
    let mut ops = OpList::default();
    let mut expansion = Program::parse(text, version).map_err(|error| error.to_string())?.expand();
    let mut lines = Vec::new();
    while expansion.next(&mut heap, &mut ops).map_err(|error| error.to_string())?.is_some() {
        lines.push(render(ops.get(lines.len()), &heap));
    }
    Ok(lines)
}
