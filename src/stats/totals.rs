//! What operations cost, counted and added up.

use super::Summary;
use crate::table::{Event, Listener, Observer, Op, Saw};

/// Counts what one operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    searching: bool,
    found: bool,
    /// Looks of its searches, into a slot or at a group of control bytes; not those of the moves of a resize.
    pub looks: u32,
    /// Cells of `slots` and `indices` written, in old arrays and in new ones. The cells of a clone are not: they are
    /// copied as a block.
    pub writes: u32,
    /// Entries moved: into new arrays (those that a clone takes along too), or to another place in the same ones.
    pub moves: u32,
}

impl Default for Tally {
    fn default() -> Tally {
        Tally { searching: true, found: false, looks: 0, writes: 0, moves: 0 }
    }
}

impl Tally {
    /// What happens is part of a search and of what follows from it, not of a resize.
    #[inline(always)]
    pub fn searching(&self) -> bool {
        self.searching
    }

    /// A search found its key.
    pub fn found(&self) -> bool {
        self.found
    }
}

impl Observer for Tally {
    const ACTIVE: bool = true;

    // Inlined where the variant is known, as the recorder's.
    #[inline(always)]
    fn event(&mut self, event: Event) {
        match event {
            Event::PutSlot { .. } | Event::PutIndex { .. } => self.writes += 1,
            Event::Search { .. } => self.searching = true,
            Event::Probe(probe) if self.searching => {
                self.looks += 1;
                self.found |= matches!(probe.saw, Saw::Found(_));
                // What a deletion looks at to close its gap, or a displaced key on its way, is no search any more.
                self.searching = !matches!(probe.saw, Saw::Found(_) | Saw::Nearer(_));
            }
            Event::Group(_) if self.searching => self.looks += 1,
            Event::Move { .. } => {
                self.searching = false;
                self.moves += 1;
            }
            Event::Carry { .. } => self.moves += 1,
            Event::Resize(resize) => {
                self.searching = false;
                self.moves += if resize.clone { resize.live } else { 0 };
            }
            Event::InPlace(_) => self.searching = false,
            Event::Probe(_) | Event::Group(_) | Event::Regs { .. } | Event::Swapped => {}
        }
    }
}

impl Listener for Tally {
    fn event(&mut self, event: Event) {
        Observer::event(self, event);
    }
}

/// What many operations cost together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// [`Tally::looks`] of operations on one key that found it.
    pub hits: Summary,
    /// The same of those that did not find it.
    pub misses: Summary,
    /// Cells written.
    pub writes: u64,
    /// Entries moved.
    pub moves: u64,
    /// The most bytes that the table had after an operation, or before the first one.
    pub peak: u64,
}

impl Totals {
    /// Of no operations, on a table of so many bytes.
    pub fn new(bytes: u64) -> Totals {
        Totals { hits: Summary::NONE, misses: Summary::NONE, writes: 0, moves: 0, peak: bytes }
    }

    /// Count an operation, after which the table has so many bytes.
    pub fn add(&mut self, op: Op<'_>, tally: &Tally, bytes: u64) {
        if op.is_about_one_key() {
            let sum = if tally.found() { &mut self.hits } else { &mut self.misses };
            sum.add(tally.looks.into(), 1);
        }
        self.writes += u64::from(tally.writes);
        self.moves += u64::from(tally.moves);
        self.peak = self.peak.max(bytes);
    }

    /// The longest search of an operation on one key.
    pub fn longest(&self) -> u64 {
        self.hits.max.max(self.misses.max)
    }
}
