//! What is kept of every operation: a few numbers, in columns, with summaries of [`BLOCK`] operations each.

use bitflags::bitflags;

use crate::stats::{Summary, Totals};
use crate::table::{Outcome, Regs};

bitflags! {
    /// What happened during an operation, for timelines and for jumping about.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Marks: u16 {
        /// A live key more than before.
        const INSERT = 1 << 0;
        /// A live key less than before.
        const DELETE = 1 << 1;
        /// New arrays for whatever reason other than a copy or `clear()`, or the old ones put right in place.
        const RESIZE = 1 << 2;
        /// New arrays smaller than the old ones.
        const SHRINK = 1 << 3;
        /// The dict was replaced by a copy of itself.
        const COPY = 1 << 4;
        /// The table was emptied with `clear()` or replaced with `{}`.
        const CLEAR = 1 << 5;
        /// CPython 3.11+: a str-only table became a general one.
        const KIND = 1 << 6;
        /// A tombstone was taken by a new key.
        const REUSE = 1 << 7;
        /// A search met another key on its way.
        const COLLISION = 1 << 8;
        /// A search met another key with the same full hash: the keys were compared.
        const SAME_HASH = 1 << 9;
        /// An operation on one key found it.
        const HIT = 1 << 10;
        /// An operation on one key did not find it.
        const MISS = 1 << 11;
        /// It failed and changed nothing ([`Outcome::is_ok`] is false).
        const ERROR = 1 << 12;
    }
}

/// An [`Outcome`] without its objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum OutcomeKind {
    /// [`Outcome::Done`]
    Done,
    /// [`Outcome::Value`]
    Value,
    /// [`Outcome::Item`]
    Item,
    /// [`Outcome::Bool`]
    Bool,
    /// [`Outcome::KeyError`]
    KeyError,
    /// [`Outcome::Endless`]
    Endless,
    /// [`Outcome::Unsupported`]
    Unsupported,
    /// [`Outcome::TooLarge`]
    TooLarge,
    /// [`Outcome::Full`]
    Full,
}

impl From<Outcome> for OutcomeKind {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => OutcomeKind::Done,
            Outcome::Value(_) => OutcomeKind::Value,
            Outcome::Item(..) => OutcomeKind::Item,
            Outcome::Bool(_) => OutcomeKind::Bool,
            Outcome::KeyError => OutcomeKind::KeyError,
            Outcome::Endless => OutcomeKind::Endless,
            Outcome::Unsupported => OutcomeKind::Unsupported,
            Outcome::TooLarge(_) => OutcomeKind::TooLarge,
            Outcome::Full => OutcomeKind::Full,
        }
    }
}

/// What is kept of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpRecord {
    /// What it gave; the objects are in its trace.
    pub outcome: OutcomeKind,
    /// What happened.
    pub marks: Marks,
    /// [`crate::stats::Tally::looks`]
    pub probes: u32,
    /// [`crate::stats::Tally::writes`]
    pub writes: u32,
    /// [`crate::stats::Tally::moves`]
    pub moves: u32,
    /// [`Regs::used`] after it.
    pub used: u32,
    /// [`Regs::fill`] after it.
    pub fill: u32,
    /// [`Regs::usable`] after it.
    pub usable: u32,
    /// Tombstones in the array that is probed, after it; while a resize is under way those of both.
    pub tombstones: u32,
}

/// A number of every operation that can be charted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// `len(d)` after the operation.
    Used,
    /// [`Regs::fill`] after it.
    Fill,
    /// [`Regs::usable`] after it.
    Usable,
    /// [`OpRecord::tombstones`]
    Tombstones,
    /// [`OpRecord::probes`] of operations that found their key.
    HitProbes,
    /// [`OpRecord::probes`] of operations that did not find their key.
    MissProbes,
    /// [`OpRecord::writes`]
    Writes,
    /// [`OpRecord::moves`]
    Moves,
    /// Slots of the table after the operation; of both arrays while entries are being moved.
    Slots,
    /// Bytes of the table after it: `sys.getsizeof(d)` for CPython.
    Bytes,
}

/// Operations with each mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarkCounts([u32; MARKS]);

const MARKS: usize = Marks::all().bits().count_ones() as usize;

impl MarkCounts {
    /// How many operations had `mark`, one of the flags.
    pub fn of(&self, mark: Marks) -> u32 {
        self.0[mark.bits().trailing_zeros() as usize]
    }

    fn add(&mut self, marks: Marks) {
        let mut bits = marks.bits();
        while bits != 0 {
            self.0[bits.trailing_zeros() as usize] += 1;
            bits &= bits - 1;
        }
    }

    fn merge(&mut self, other: &MarkCounts) {
        for (sum, more) in self.0.iter_mut().zip(other.0) {
            *sum += more;
        }
    }
}

/// The columns of a block that are summarised.
const SUMMED: [Column; 8] = [
    Column::Used,
    Column::Fill,
    Column::Usable,
    Column::Tombstones,
    Column::HitProbes,
    Column::MissProbes,
    Column::Writes,
    Column::Moves,
];

/// The summary of [`BLOCK`] operations.
#[derive(Clone, Debug)]
struct Block {
    any: Marks,
    longest: u32,
    marks: MarkCounts,
    sums: [Summary; SUMMED.len()],
}

/// Operations that share a summary. A chart of 800 buckets over 5,000,000 operations reads 20,000 summaries and at most
/// 400,000 single operations at the buckets' edges.
const BLOCK: usize = 256;

/// The columns of consecutive operations.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    outcome: Vec<u8>,
    marks: Vec<u16>,
    probes: Vec<u32>,
    writes: Vec<u32>,
    moves: Vec<u32>,
    used: Vec<u32>,
    fill: Vec<u32>,
    usable: Vec<u32>,
    tombstones: Vec<u32>,
    blocks: Vec<Block>,
}

impl Columns {
    pub(super) fn len(&self) -> usize {
        self.used.len()
    }

    pub(super) fn push(&mut self, record: OpRecord) {
        self.outcome.push(record.outcome as u8);
        self.marks.push(record.marks.bits());
        self.probes.push(record.probes);
        self.writes.push(record.writes);
        self.moves.push(record.moves);
        self.used.push(record.used);
        self.fill.push(record.fill);
        self.usable.push(record.usable);
        self.tombstones.push(record.tombstones);
        if self.len().is_multiple_of(BLOCK) {
            self.blocks.push(self.summarise(self.len() - BLOCK));
        }
    }

    fn summarise(&self, start: usize) -> Block {
        let range = start..start + BLOCK;
        let mut block = Block {
            any: Marks::empty(),
            longest: 0,
            marks: MarkCounts::default(),
            sums: [Summary::NONE; SUMMED.len()],
        };
        for i in range.clone() {
            block.any |= self.marks(i);
            block.longest = block.longest.max(self.probes[i]);
            block.marks.add(self.marks(i));
        }
        for (sum, column) in block.sums.iter_mut().zip(SUMMED) {
            range.clone().filter_map(|i| self.value(column, i)).for_each(|value| sum.add(value, 1));
        }
        block
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.outcome.truncate(len);
        self.marks.truncate(len);
        self.probes.truncate(len);
        self.writes.truncate(len);
        self.moves.truncate(len);
        self.used.truncate(len);
        self.fill.truncate(len);
        self.usable.truncate(len);
        self.tombstones.truncate(len);
        self.blocks.truncate(len / BLOCK);
    }

    pub(super) fn get(&self, i: usize) -> OpRecord {
        const KINDS: [OutcomeKind; 9] = [
            OutcomeKind::Done,
            OutcomeKind::Value,
            OutcomeKind::Item,
            OutcomeKind::Bool,
            OutcomeKind::KeyError,
            OutcomeKind::Endless,
            OutcomeKind::Unsupported,
            OutcomeKind::TooLarge,
            OutcomeKind::Full,
        ];
        OpRecord {
            outcome: KINDS[usize::from(self.outcome[i])],
            marks: self.marks(i),
            probes: self.probes[i],
            writes: self.writes[i],
            moves: self.moves[i],
            used: self.used[i],
            fill: self.fill[i],
            usable: self.usable[i],
            tombstones: self.tombstones[i],
        }
    }

    /// Put the counters that stood after operation `i` into `regs`.
    pub(super) fn restore(&self, i: usize, regs: &mut Regs) {
        *regs = Regs { used: self.used[i], fill: self.fill[i], usable: self.usable[i], extra: regs.extra };
    }

    pub(super) fn marks(&self, i: usize) -> Marks {
        Marks::from_bits_retain(self.marks[i])
    }

    /// What operation `i` has in `column`. Sizes are not kept operation by operation.
    fn value(&self, column: Column, i: usize) -> Option<u64> {
        let probes_if = |mark| self.marks(i).contains(mark).then(|| u64::from(self.probes[i]));
        match column {
            Column::Used => Some(u64::from(self.used[i])),
            Column::Fill => Some(u64::from(self.fill[i])),
            Column::Usable => Some(u64::from(self.usable[i])),
            Column::Tombstones => Some(u64::from(self.tombstones[i])),
            Column::HitProbes => probes_if(Marks::HIT),
            Column::MissProbes => probes_if(Marks::MISS),
            Column::Writes => Some(u64::from(self.writes[i])),
            Column::Moves => Some(u64::from(self.moves[i])),
            Column::Slots | Column::Bytes => None,
        }
    }

    /// Operations `from..to`: whole blocks go to `block`, the others to `single`.
    fn cover(&self, from: usize, to: usize, mut block: impl FnMut(&Block), mut single: impl FnMut(usize)) {
        let mut i = from;
        while i < to {
            match self.blocks.get(i / BLOCK).filter(|_| i.is_multiple_of(BLOCK) && i + BLOCK <= to) {
                Some(whole) => {
                    block(whole);
                    i += BLOCK;
                }
                None => {
                    single(i);
                    i += 1;
                }
            }
        }
    }

    pub(super) fn sum(&self, column: Column, from: usize, to: usize) -> Summary {
        let mut sum = Summary::NONE;
        let Some(nth) = SUMMED.iter().position(|&c| c == column) else { return sum };
        let mut singles = Summary::NONE;
        self.cover(
            from,
            to,
            |block| sum.merge(block.sums[nth]),
            |i| {
                if let Some(value) = self.value(column, i) {
                    singles.add(value, 1);
                }
            },
        );
        sum.merge(singles);
        sum
    }

    /// `before`, and what the first `to` operations cost.
    pub(super) fn totals(&self, to: usize, before: Totals) -> Totals {
        let sum = |column, mut with: Summary| {
            with.merge(self.sum(column, 0, to));
            with
        };
        Totals {
            hits: sum(Column::HitProbes, before.hits),
            misses: sum(Column::MissProbes, before.misses),
            writes: before.writes + self.sum(Column::Writes, 0, to).sum,
            moves: before.moves + self.sum(Column::Moves, 0, to).sum,
            peak: before.peak,
        }
    }

    pub(super) fn count_marks(&self, from: usize, to: usize, into: &mut MarkCounts) {
        let mut singles = MarkCounts::default();
        self.cover(from, to, |block| into.merge(&block.marks), |i| singles.add(self.marks(i)));
        into.merge(&singles);
    }

    /// The first operation of `from..to` that `wanted` matches, or the last one when looking `back`.
    pub(super) fn find(&self, from: usize, to: usize, wanted: Wanted, back: bool) -> Option<usize> {
        let block_may = |i: usize| self.blocks.get(i / BLOCK).is_none_or(|b| wanted.matches(b.any, b.longest));
        let matches = |i: &usize| wanted.matches(self.marks(*i), self.probes[*i]);
        if back {
            let mut end = to;
            while end > from {
                let start = from.max((end - 1) / BLOCK * BLOCK);
                if block_may(start)
                    && let Some(i) = (start..end).rev().find(matches)
                {
                    return Some(i);
                }
                end = start;
            }
        } else {
            let mut start = from;
            while start < to {
                let end = to.min((start / BLOCK + 1) * BLOCK);
                if block_may(start)
                    && let Some(i) = (start..end).find(matches)
                {
                    return Some(i);
                }
                start = end;
            }
        }
        None
    }

    pub(super) fn memory(&self) -> usize {
        let words = [&self.probes, &self.writes, &self.moves, &self.used, &self.fill, &self.usable, &self.tombstones];
        self.outcome.capacity()
            + 2 * self.marks.capacity()
            + words.map(|column| 4 * column.capacity()).iter().sum::<usize>()
            + self.blocks.capacity() * size_of::<Block>()
    }
}

/// What to jump to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// An operation with one of these marks.
    Marks(Marks),
    /// An operation whose searches looked into at least so many slots.
    Probes(u32),
}

impl Wanted {
    fn matches(self, marks: Marks, probes: u32) -> bool {
        match self {
            Wanted::Marks(mask) => marks.intersects(mask),
            Wanted::Probes(least) => probes >= least,
        }
    }
}
