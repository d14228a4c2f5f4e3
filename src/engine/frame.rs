//! What the page shows at one moment, as plain values: the page draws them and computes nothing.

use std::rc::Rc;

use super::Trouble;
use super::clock::Direction;
use super::lab::LabFrame;
use super::lines::Lines;
use crate::program::Printed;
use crate::python::{HashSettings, Version};
use crate::stats::Totals;
use crate::table::{Bytes, CopyPrice, Deletion};
use crate::view::stage::StageModel;

/// The last lines that a program printed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Printout {
    /// At most [`MOST_PRINTED`] of them.
    pub lines: Rc<[Printed]>,
    /// How many came before them.
    pub before: usize,
}

/// The most lines of a program's output that are shown at once.
pub const MOST_PRINTED: usize = 50;

/// How full the table is and what comes next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gauge {
    /// Slots of the array that is probed.
    pub slots: u32,
    /// Live keys: `len(d)`.
    pub live: u32,
    /// Places that deletions left behind: tombstones, or holes in the entries (3.6+).
    pub dead: u32,
    /// All places: slots, or entries (3.6+).
    pub whole: u32,
    /// What the places are called: `slots` or `entries`.
    pub places: &'static str,
    /// Inserts of new keys that fit until one resizes the table; `None` if none ever does.
    pub inserts_left: Option<u32>,
    /// The size that it would choose, in slots.
    pub next_size: u32,
    /// A new key may take a tombstone, and then it uses up no room.
    pub may_reuse: bool,
    /// `sys.getsizeof(d)`, broken down.
    pub bytes: Bytes,
    /// Which releases or builds of this CPython print another number.
    pub other_sizes: Option<&'static str>,
}

impl Gauge {
    /// `n` places as a percentage of all.
    pub fn percent(&self, n: u32) -> f64 {
        if self.whole == 0 { 0.0 } else { f64::from(n) * 100.0 / f64::from(self.whole) }
    }

    /// Where the table counts as full, as a percentage of all places.
    pub fn limit(&self) -> Option<f64> {
        self.inserts_left.map(|left| self.percent((self.live + self.dead).saturating_add(left)).min(100.0))
    }
}

/// One line of pseudocode.
#[derive(Clone, Debug, PartialEq)]
pub struct CodeLine {
    /// Its text, indented.
    pub text: &'static str,
    /// It is the one under way.
    pub current: bool,
}

/// What happens, in words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Words {
    /// The operation on stage, as Python.
    pub line: String,
    /// One plain sentence.
    pub sentence: String,
    /// The arithmetic with its numbers put in; may be empty.
    pub formula: String,
    /// The heading of the pseudocode.
    pub procedure: &'static str,
    /// The pseudocode.
    pub code: Vec<CodeLine>,
    /// The values in it.
    pub values: Vec<(&'static str, String)>,
    /// All of the operation's steps, to stand on: how many events are done there, and the sentence. Only between
    /// operations, and not of long ones.
    pub steps: Vec<(usize, String)>,
    /// The number of the operation that the steps belong to.
    pub steps_of: usize,
    /// The next operation, as Python; `None` at the end.
    pub next: Option<String>,
}

/// A slot under the magnifying glass.
#[derive(Clone, Debug, PartialEq)]
pub struct SlotFacts {
    /// Its number.
    pub slot: u32,
    /// Rows of a name and a value.
    pub rows: Vec<(&'static str, String)>,
}

/// What the timeline's track shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Track {
    /// Marks: where (operation), what.
    pub marks: Vec<(usize, MarkKind)>,
    /// The largest `sys.getsizeof(d)`.
    pub peak: u64,
}

/// What a mark on the timeline means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// An insert resized the table.
    Resize,
    /// The dict was copied into a new one.
    Compact,
    /// An operation failed.
    Error,
}

/// Long work under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Operations done.
    pub done: u64,
    /// Of how many, if that is known.
    pub total: Option<u64>,
    /// It waits for the reader to agree: it takes so many bytes of memory.
    pub asks: Option<usize>,
}

/// The stage.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// Every slot a card.
    Cards(Rc<StageModel>),
    /// Maps on canvases, and the slots where things happen as cards beside them.
    Map {
        /// The cards.
        close_up: Rc<StageModel>,
        /// What stands beside the array that is probed, if anything.
        second: Option<Second>,
    },
}

/// What may stand beside the array that is probed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Second {
    /// The dense entries (CPython 3.6+).
    Entries,
    /// The array that the table is moving to.
    Next,
}

/// One of several tables.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// The table with its settings, as [`crate::table::AnyTable::parse`] reads it.
    pub spec: String,
    /// Its title.
    pub title: &'static str,
    /// What it does when keys are deleted.
    pub deletion: Deletion,
    /// Its stage.
    pub stage: Stage,
    /// Its gauge.
    pub gauge: Gauge,
    /// What happened to it; empty while time runs fast.
    pub sentence: String,
    /// What its operations cost until now.
    pub totals: Totals,
}

/// One table's lines in the charts of several.
#[derive(Clone, Debug, PartialEq)]
pub struct VersusLine {
    /// Its bytes from this operation on.
    pub sizes: Vec<(usize, u64)>,
    /// What an operation cost in the mean: slots looked into and cells written, until so many operations were done.
    pub costs: Vec<(usize, f64)>,
}

impl VersusLine {
    /// The bytes after operation `op`.
    pub fn bytes_after(&self, op: usize) -> Option<u64> {
        let nth = self.sizes.partition_point(|&(from, _)| from <= op + 1).checked_sub(1)?;
        Some(self.sizes[nth].1)
    }

    /// The mean cost of the operations that operation `op` is drawn together with.
    pub fn cost_of(&self, op: usize) -> Option<f64> {
        Some(self.costs.get(self.costs.partition_point(|&(until, _)| until <= op))?.1)
    }
}

/// Charts of several tables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Versus {
    /// In the order of the tables.
    pub lines: Vec<VersusLine>,
    /// The most bytes of all.
    pub peak: u64,
    /// The largest of all costs.
    pub dearest: f64,
}

/// Everything.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The lab, while it is open; the rest stands still then.
    pub lab: Option<Rc<LabFrame>>,
    /// The tables shown, with their settings; while others are built, those.
    pub tables: Vec<String>,
    /// Which of those shown is told about.
    pub focus: usize,
    /// All of them, if they are several.
    pub sides: Vec<Side>,
    /// Their charts; the same `Rc` as long as no operation was added or dropped. Empty for one table.
    pub versus: Rc<Versus>,
    /// The title of the one on stage.
    pub title: &'static str,
    /// Its paragraph.
    pub doc: &'static str,
    /// The version whose objects and hashes it works with.
    pub python: Version,
    /// The CPython whose dict it is, if it is one's.
    pub cpython: Option<Version>,
    /// What hashes depend on.
    pub settings: HashSettings,
    /// Operations done.
    pub op: usize,
    /// Steps done of the next one.
    pub step: usize,
    /// How many steps that one has; 0 between operations.
    pub steps: usize,
    /// Operations in all.
    pub len: usize,
    /// The earliest operation that the history still holds.
    pub first: usize,
    /// Whether time runs, and which way.
    pub playing: Option<Direction>,
    /// The position in [`super::clock::SPEEDS`].
    pub speed: usize,
    /// Time runs faster than anybody reads: the close-up of a large table and the prices of copies stand still.
    pub fast: bool,
    /// The stage.
    pub stage: Stage,
    /// The gauge.
    pub gauge: Gauge,
    /// What happens.
    pub words: Words,
    /// What a screen reader is told, at most twice a second.
    pub spoken: String,
    /// The ways to copy the dict, with their prices.
    pub copies: Rc<[CopyPrice]>,
    /// The selected slot.
    pub slot: Option<SlotFacts>,
    /// What went wrong.
    pub trouble: Option<Trouble>,
    /// Long work under way.
    pub progress: Option<Progress>,
    /// Something can be undone, redone.
    pub can_undo: bool,
    /// Something can be redone.
    pub can_redo: bool,
    /// The scenario that was opened: its id, its title and its story.
    pub scenario: Option<(&'static str, &'static str, &'static str)>,
    /// The program as text.
    pub text: Rc<str>,
    /// What it has printed up to where the reader stands.
    pub printout: Printout,
    /// Which line of it each operation came from; the same `Rc` as long as they stay.
    pub lines: Rc<Lines>,
    /// Timeline and chart; the same `Rc` as long as no operation was added or dropped.
    pub track: Rc<Track>,
}
