//! Reversible changes, packed into words.
//!
//! A change is a head (4 bits of kind, 28 bits of position) and 0 … 4 words of payload. Heads and payloads are kept in two
//! stacks, so that a run of changes can be crossed in either direction without an index. The common changes are short:
//! a cell that was empty costs three words, a deletion in place one. Where an operation changes an index and the entry
//! that it points to, the two are one change: a key that comes costs four words, one that goes two.
//!
//! Changes to `next`, the arrays that a resize is filling, are of two sorts. Arrays that begin and go into use within one
//! operation are not followed cell by cell: the operation parks the old arrays and is crossed by an exchange. Arrays that
//! stay under way between operations are exchanged as a whole by the operation that began them, and followed cell by cell
//! in the operations after it.

use std::mem;
use std::ops::Range;

use super::damage::Damage;
use crate::python::Heap;
use crate::table::{Arrays, Index, Regs, Side, Slot, State};

/// Kinds of change; the numbers are the upper four bits of a head.
mod kind {
    /// An empty slot was taken: key, value.
    pub const SLOT_TAKEN: u32 = 0;
    /// A live slot became its own tombstone.
    pub const SLOT_BURIED: u32 = 1;
    /// A live slot got another value: old, new.
    pub const SLOT_VALUE: u32 = 2;
    /// Any other change of a slot: old key, old value, new key, new value.
    pub const SLOT: u32 = 3;
    /// An empty index was taken: new.
    pub const INDEX_TAKEN: u32 = 4;
    /// Any other change of an index: old, new.
    pub const INDEX: u32 = 5;
    /// A change of a slot of `next`, as `SLOT`.
    pub const NEXT_SLOT: u32 = 6;
    /// A change of an index of `next`, as `INDEX`.
    pub const NEXT_INDEX: u32 = 7;
    /// `regs.extra` changed: old (low word first), new.
    pub const EXTRA: u32 = 8;
    /// Arrays made in this operation went into use: exchange the ones in use with the parked ones.
    pub const SWAPPED: u32 = 9;
    /// Arrays made in this operation are still being filled at its end: exchange `next` with the parked ones.
    pub const BEGUN: u32 = 10;
    /// Arrays made in an earlier operation went into use.
    pub const FINISHED: u32 = 11;
    /// `INDEX_TAKEN`, and `SLOT_TAKEN` of the entry it points to: entry, key, value.
    pub const ENTRY_TAKEN: u32 = 12;
    /// An index became the dummy of the live key in the entry it pointed to, and that entry was buried: entry.
    pub const ENTRY_BURIED: u32 = 13;
}

/// Words of payload of each kind.
const PAYLOAD: [u8; 16] = [2, 0, 2, 4, 1, 2, 4, 2, 4, 0, 0, 0, 3, 1, 0, 0];

const POS_BITS: u32 = 28;
const POS_MASK: u32 = (1 << POS_BITS) - 1;

fn payload_len(head: u32) -> usize {
    usize::from(PAYLOAD[(head >> POS_BITS) as usize])
}

/// What changes are applied to.
pub(super) struct Target<'a> {
    pub state: &'a mut State,
    pub heap: &'a Heap,
    pub damage: &'a mut Damage,
}

/// A stack of changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Deltas {
    heads: Vec<u32>,
    payload: Vec<u32>,
    /// The changes before this one are of earlier operations.
    open: usize,
    parked: Vec<Arrays>,
    parked_bytes: usize,
}

impl Deltas {
    /// The number of changes.
    pub fn heads(&self) -> usize {
        self.heads.len()
    }

    /// The number of words of payload of all changes.
    pub fn words(&self) -> usize {
        self.payload.len()
    }

    /// An operation begins.
    pub fn begin(&mut self) {
        self.open = self.heads.len();
    }

    fn head(&mut self, kind: u32, pos: usize) {
        assert!(pos >> POS_BITS == 0, "a recorded table has at most 2^28 slots");
        self.heads.push(kind << POS_BITS | pos as u32);
    }

    /// If the last change of this operation is of `kind` and its payload is `words`, it becomes one of `joint`.
    fn joins(&mut self, kind: u32, words: &[u32], joint: u32) -> bool {
        let is_open = self.open < self.heads.len();
        match self.heads.last_mut() {
            Some(last) if is_open && *last >> POS_BITS == kind && self.payload.ends_with(words) => {
                *last = joint << POS_BITS | *last & POS_MASK;
                true
            }
            _ => false,
        }
    }

    #[inline]
    pub fn slot(&mut self, side: Side, pos: u32, old: Slot, new: Slot) {
        let ([old_key, old_value], [key, value]) = (old.to_words(), new.to_words());
        let entry = pos;
        let pos = pos as usize;
        if side == Side::Next {
            self.head(kind::NEXT_SLOT, pos);
            self.payload.extend([old_key, old_value, key, value]);
        } else if old.is_empty() && new.is_live() {
            if !self.joins(kind::INDEX_TAKEN, &[entry], kind::ENTRY_TAKEN) {
                self.head(kind::SLOT_TAKEN, pos);
            }
            self.payload.extend([key, value]);
        } else if old.is_live() && new == old.tombstone() {
            let dummy = Index::dummy(old.live_key()).to_word();
            if self.joins(kind::INDEX, &[entry, dummy], kind::ENTRY_BURIED) {
                self.payload.pop();
            } else {
                self.head(kind::SLOT_BURIED, pos);
            }
        } else if old.is_live() && new.is_live() && old_key == key {
            self.head(kind::SLOT_VALUE, pos);
            self.payload.extend([old_value, value]);
        } else {
            self.head(kind::SLOT, pos);
            self.payload.extend([old_key, old_value, key, value]);
        }
    }

    #[inline]
    pub fn index(&mut self, side: Side, pos: u32, old: Index, new: Index) {
        let pos = pos as usize;
        if side == Side::Main && old.is_empty() {
            self.head(kind::INDEX_TAKEN, pos);
            self.payload.push(new.to_word());
        } else {
            self.head(if side == Side::Main { kind::INDEX } else { kind::NEXT_INDEX }, pos);
            self.payload.extend([old.to_word(), new.to_word()]);
        }
    }

    pub fn extra(&mut self, old: Regs, new: Regs) {
        self.head(kind::EXTRA, 0);
        for extra in [old.extra, new.extra] {
            self.payload.extend([extra as u32, (extra >> 32) as u32]);
        }
    }

    /// The arrays in use were replaced. `fresh` if their successor was made in the same operation.
    pub fn swapped(&mut self, old: Arrays, fresh: bool) {
        self.head(if fresh { kind::SWAPPED } else { kind::FINISHED }, self.parked.len());
        self.parked_bytes += old.memory();
        self.parked.push(old);
    }

    /// `next` was made in this operation, which is over.
    pub fn begun(&mut self, next: &Arrays) {
        self.head(kind::BEGUN, self.parked.len());
        self.parked_bytes += next.memory();
        self.parked.push(Arrays::default());
    }

    /// Do the changes `heads` (again), whose payload starts at `word`; gives where it ends.
    pub fn redo(&mut self, heads: Range<usize>, mut word: usize, target: &mut Target<'_>) -> usize {
        for heads in self.heads[heads].chunks(AHEAD) {
            touch::<false>(heads, Words { all: &self.payload, first: word }, target.state);
            for &head in heads {
                cross::<false>(head, Words { all: &self.payload, first: word }, &mut self.parked, target);
                word += payload_len(head);
            }
        }
        word
    }

    /// Undo the changes `heads`, whose payload ends at `word`; gives where it starts.
    pub fn undo(&mut self, heads: Range<usize>, mut word: usize, target: &mut Target<'_>) -> usize {
        for heads in self.heads[heads].rchunks(AHEAD) {
            touch::<true>(heads, Words { all: &self.payload, first: word }, target.state);
            for &head in heads.iter().rev() {
                word -= payload_len(head);
                cross::<true>(head, Words { all: &self.payload, first: word }, &mut self.parked, target);
            }
        }
        word
    }

    /// The changes `heads` were made by running their operation again instead of by [`Deltas::redo`]: park what that
    /// run replaced (`old`, in order), so that they can be undone. Gives where their payload, which starts at `word`,
    /// ends.
    pub fn ran_again(&mut self, heads: Range<usize>, word: usize, old: Vec<Arrays>) -> usize {
        let mut old = old.into_iter();
        let mut words = 0;
        for &head in &self.heads[heads] {
            words += payload_len(head);
            if matches!(head >> POS_BITS, kind::SWAPPED | kind::FINISHED) {
                let parked = (head & POS_MASK) as usize;
                self.parked[parked] = old.next().expect("an operation replaces the same arrays every time");
            }
        }
        debug_assert!(old.next().is_none(), "an operation replaces the same arrays every time");
        word + words
    }

    /// Forget the changes from `heads` on, whose payload starts at `word`. They must have been undone.
    pub fn truncate(&mut self, heads: usize, word: usize) {
        let is_exchange = |head: &&u32| matches!(*head >> POS_BITS, kind::SWAPPED | kind::BEGUN | kind::FINISHED);
        if let Some(head) = self.heads[heads..].iter().find(is_exchange) {
            self.parked.truncate((head & POS_MASK) as usize);
            self.parked_bytes = self.parked.iter().map(Arrays::memory).sum();
        }
        self.heads.truncate(heads);
        self.payload.truncate(word);
    }

    pub fn shrink_to_fit(&mut self) {
        self.heads.shrink_to_fit();
        self.payload.shrink_to_fit();
        self.parked.shrink_to_fit();
    }

    /// Bytes, the parked arrays counted as they were when they were parked.
    pub fn memory(&self) -> usize {
        let parked = self.parked.capacity() * size_of::<Arrays>() + self.parked_bytes;
        4 * (self.heads.capacity() + self.payload.capacity()) + parked
    }
}

/// So many changes are crossed at once.
const AHEAD: usize = 64;

/// Read the cells that these changes are about to write; their payload starts at `words`, or ends there if they are about
/// to be undone. The cells lie all over the table, and the processor waits for many of them at the same time as long as
/// nothing else stands between the reads.
fn touch<const BACK: bool>(heads: &[u32], mut words: Words<'_>, state: &State) {
    let Arrays { indices, slots } = &state.main;
    let slot = |pos: u32| slots.get(pos as usize).map_or(0, |slot| slot.to_words()[0]);
    let mut sum = 0;
    for nth in 0..heads.len() {
        let head = heads[if BACK { heads.len() - 1 - nth } else { nth }];
        if BACK {
            words.first -= payload_len(head);
        }
        let (kind, pos) = (head >> POS_BITS, head & POS_MASK);
        if kind <= kind::SLOT {
            sum ^= slot(pos);
        } else {
            sum ^= indices.get(pos as usize).map_or(0, |index| index.to_word());
            if kind == kind::ENTRY_BURIED {
                sum ^= slot(words.get(0));
            }
        }
        if !BACK {
            words.first += payload_len(head);
        }
    }
    std::hint::black_box(sum);
}

/// The payload of one change.
#[derive(Clone, Copy)]
struct Words<'a> {
    all: &'a [u32],
    first: usize,
}

impl Words<'_> {
    #[inline(always)]
    fn get(self, nth: usize) -> u32 {
        self.all[self.first + nth]
    }

    /// The slot whose words are number `nth` and the next.
    #[inline(always)]
    fn slot(self, nth: usize, heap: &Heap) -> Slot {
        Slot::from_words([self.get(nth), self.get(nth + 1)], heap)
    }

    /// The low and the high word.
    fn long(self, nth: usize) -> i64 {
        i64::from(self.get(nth)) | i64::from(self.get(nth + 1)) << 32
    }
}

/// Cross one change, forward or back. Builds with debug assertions check that the cell holds what was recorded.
#[inline(always)] // Measured for the page: as a call it takes half as long again, and so do calls from here for common changes.
fn cross<const BACK: bool>(head: u32, words: Words<'_>, parked: &mut [Arrays], target: &mut Target<'_>) {
    let pos = head & POS_MASK;
    let heap = target.heap;
    match head >> POS_BITS {
        kind::SLOT_TAKEN if BACK => put_slot(target, Side::Main, pos, Slot::EMPTY, || words.slot(0, heap)),
        kind::SLOT_TAKEN => put_slot(target, Side::Main, pos, words.slot(0, heap), || Slot::EMPTY),
        kind::SLOT_BURIED => {
            let cell = cell(&mut target.state.main.slots, pos);
            *cell = if BACK { cell.revived() } else { cell.tombstone() };
            target.damage.slot(Side::Main, pos);
        }
        kind::SLOT_VALUE => {
            let cell = cell(&mut target.state.main.slots, pos);
            debug_assert_eq!(cell.to_words()[1], words.get(usize::from(BACK)));
            *cell = Slot::from_words([cell.to_words()[0], words.get(usize::from(!BACK))], heap);
            target.damage.slot(Side::Main, pos);
        }
        kind @ (kind::SLOT | kind::NEXT_SLOT) => {
            let side = if kind == kind::SLOT { Side::Main } else { Side::Next };
            let (from, to) = if BACK { (2, 0) } else { (0, 2) };
            put_slot(target, side, pos, words.slot(to, heap), || words.slot(from, heap));
        }
        kind::INDEX_TAKEN => put_index::<BACK>(target, Side::Main, pos, Index::EMPTY, Index::from_word(words.get(0))),
        kind @ (kind::INDEX | kind::NEXT_INDEX) => {
            let side = if kind == kind::INDEX { Side::Main } else { Side::Next };
            let (old, new) = (Index::from_word(words.get(0)), Index::from_word(words.get(1)));
            put_index::<BACK>(target, side, pos, old, new);
        }
        kind::ENTRY_TAKEN => {
            let entry = words.get(0);
            put_index::<BACK>(target, Side::Main, pos, Index::EMPTY, Index::entry(entry));
            if BACK {
                put_slot(target, Side::Main, entry, Slot::EMPTY, || words.slot(1, heap));
            } else {
                put_slot(target, Side::Main, entry, words.slot(1, heap), || Slot::EMPTY);
            }
        }
        kind::ENTRY_BURIED => {
            let entry = words.get(0);
            let cell = cell(&mut target.state.main.slots, entry);
            *cell = if BACK { cell.revived() } else { cell.tombstone() };
            let dummy = Index::dummy(cell.key().expect("somebody died here"));
            target.damage.slot(Side::Main, entry);
            put_index::<BACK>(target, Side::Main, pos, Index::entry(entry), dummy);
        }
        kind::EXTRA => {
            let (old, new) = (words.long(0), words.long(2));
            let (from, to) = if BACK { (new, old) } else { (old, new) };
            debug_assert_eq!(target.state.regs.extra, from);
            target.state.regs.extra = to;
        }
        exchange => swap::<BACK>(exchange, &mut parked[pos as usize], target),
    }
}

/// Cross an exchange of whole arrays: rare, so out of line.
#[inline(never)]
fn swap<const BACK: bool>(exchange: u32, parked: &mut Arrays, target: &mut Target<'_>) {
    let State { main, next, .. } = &mut *target.state;
    match exchange {
        kind::SWAPPED => mem::swap(main, parked),
        kind::BEGUN if BACK => *parked = next.take().expect("it was being filled"),
        kind::BEGUN => *next = Some(mem::take(parked)),
        kind::FINISHED if BACK => *next = Some(mem::replace(main, mem::take(parked))),
        kind::FINISHED => *parked = mem::replace(main, next.take().expect("it was being filled")),
        kind => unreachable!("no change of kind {kind}"),
    }
    target.damage.resized = true;
}

/// The cell at `pos`. Indexing a slice, not a `Vec`, is compiled without a call.
#[inline(always)]
fn cell<T>(cells: &mut [T], pos: u32) -> &mut T {
    &mut cells[pos as usize]
}

#[inline(always)]
fn put_slot(target: &mut Target<'_>, side: Side, pos: u32, to: Slot, from: impl FnOnce() -> Slot) {
    let cell = cell(&mut side_mut(target.state, side).slots, pos);
    debug_assert_eq!(*cell, from());
    *cell = to;
    target.damage.slot(side, pos);
}

#[inline(always)]
fn put_index<const BACK: bool>(target: &mut Target<'_>, side: Side, pos: u32, old: Index, new: Index) {
    let (from, to) = if BACK { (new, old) } else { (old, new) };
    let cell = cell(&mut side_mut(target.state, side).indices, pos);
    debug_assert_eq!(*cell, from);
    *cell = to;
    target.damage.index(side, pos);
}

/// The arrays on one side, to put back what was there.
#[inline(always)]
pub(super) fn side_mut(state: &mut State, side: Side) -> &mut Arrays {
    match side {
        Side::Main => &mut state.main,
        Side::Next => state.next.as_mut().expect("a resize is under way"),
    }
}
