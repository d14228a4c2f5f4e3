//! The memory of a table: its arrays and its counters, and the only functions that change them.

use super::observe::{Event, Observer, Resize, Side};
use crate::python::{Heap, Obj};

/// A cell of [`Arrays::indices`]: empty (CPython: `DKIX_EMPTY`, -1), a dummy (`DKIX_DUMMY`, -2) or an entry's number.
///
/// A dummy keeps the key that was deleted there. CPython does not; the page says who died, the rules never ask.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Index(u32);

impl Index {
    /// Never taken since this array was made.
    pub const EMPTY: Index = Index(u32::MAX);

    /// The index of entry number `n`, below 2^31.
    #[inline]
    pub const fn entry(n: u32) -> Index {
        debug_assert!(n & TOMBSTONE_BIT == 0);
        Index(n)
    }

    /// The dummy that deleting `key` leaves.
    #[inline]
    pub const fn dummy(key: Obj) -> Index {
        Index(key.to_bits() | TOMBSTONE_BIT)
    }

    /// Whether it was never taken.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.0 == u32::MAX
    }

    /// Whether it is a dummy.
    #[inline]
    pub const fn is_dummy(self) -> bool {
        self.0 & TOMBSTONE_BIT != 0 && !self.is_empty()
    }

    /// The entry's number.
    #[inline]
    pub const fn get(self) -> Option<u32> {
        if self.0 & TOMBSTONE_BIT == 0 { Some(self.0) } else { None }
    }

    /// Whose dummy this is.
    #[inline]
    pub const fn dead_key(self) -> Option<Obj> {
        if self.is_dummy() { Some(Obj::from_bits(self.0 & !TOMBSTONE_BIT)) } else { None }
    }

    /// As CPython stores it: -1, -2 or the entry's number.
    pub const fn to_cpython(self) -> i64 {
        match self.get() {
            Some(n) => n as i64,
            None if self.is_empty() => -1,
            None => -2,
        }
    }

    pub(crate) const fn to_word(self) -> u32 {
        self.0
    }

    pub(crate) const fn from_word(word: u32) -> Index {
        Index(word)
    }
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.to_cpython().fmt(f)
    }
}

/// What a cell of [`Arrays::slots`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotState {
    /// Never taken since this array was made (or given back by `popitem`).
    Empty,
    /// A deleted key was here; the field says which.
    Tombstone(Obj),
    /// A live key and its value.
    Live(Obj, Obj),
}

/// A cell: hash, key and value. A tombstone keeps all three, so that the page can say who died there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// `hash(key)`; 0 in an empty cell.
    pub hash: i64,
    key: u32,
    value: u32,
}

const TOMBSTONE_BIT: u32 = 1 << 31;
const NOBODY: u32 = u32::MAX;

impl Slot {
    /// The empty cell.
    pub const EMPTY: Slot = Slot { hash: 0, key: NOBODY, value: NOBODY };

    /// A live cell.
    #[inline]
    pub const fn live(hash: i64, key: Obj, value: Obj) -> Slot {
        Slot { hash, key: key.to_bits(), value: value.to_bits() }
    }

    /// The tombstone that deleting this cell's key leaves.
    #[inline]
    pub const fn tombstone(self) -> Slot {
        debug_assert!(self.is_live());
        Slot { key: self.key | TOMBSTONE_BIT, ..self }
    }

    /// The live cell whose tombstone this is, for a history.
    #[inline]
    pub(crate) const fn revived(self) -> Slot {
        debug_assert!(self.is_tombstone());
        Slot { key: self.key & !TOMBSTONE_BIT, ..self }
    }

    /// This live cell with another value.
    #[inline]
    pub const fn with_value(self, value: Obj) -> Slot {
        debug_assert!(self.is_live());
        Slot { value: value.to_bits(), ..self }
    }

    /// Whether the cell was never taken.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.key == NOBODY
    }

    /// Whether the cell holds a live key.
    #[inline]
    pub const fn is_live(self) -> bool {
        self.key & TOMBSTONE_BIT == 0
    }

    /// Whether the cell holds a tombstone.
    #[inline]
    pub const fn is_tombstone(self) -> bool {
        !self.is_live() && !self.is_empty()
    }

    /// The key, dead or alive.
    #[inline]
    pub const fn key(self) -> Option<Obj> {
        if self.is_empty() { None } else { Some(Obj::from_bits(self.key & !TOMBSTONE_BIT)) }
    }

    /// The live key; in debug builds a panic if there is none.
    #[inline]
    pub const fn live_key(self) -> Obj {
        debug_assert!(self.is_live());
        Obj::from_bits(self.key)
    }

    /// The value (a tombstone's: the last one), `None` in an empty cell.
    #[inline]
    pub const fn value(self) -> Option<Obj> {
        if self.is_empty() { None } else { Some(Obj::from_bits(self.value)) }
    }

    /// The cell as a reader sees it.
    pub const fn state(self) -> SlotState {
        match (self.key(), self.value()) {
            (Some(key), Some(value)) if self.is_live() => SlotState::Live(key, value),
            (Some(key), _) => SlotState::Tombstone(key),
            _ => SlotState::Empty,
        }
    }

    /// Key and value words for a history, eight bytes; the hash follows from the key.
    pub(crate) const fn to_words(self) -> [u32; 2] {
        [self.key, self.value]
    }

    /// The cell that [`Slot::to_words`] gave.
    #[inline(always)] // A history crosses hundreds of thousands.
    pub(crate) fn from_words([key, value]: [u32; 2], heap: &Heap) -> Slot {
        let mut slot = Slot { hash: 0, key, value };
        if let Some(key) = slot.key() {
            slot.hash = heap.hash(key);
        }
        slot
    }
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.state().fmt(f)
    }
}

/// The arrays of one table.
///
/// Tables of one array keep it in `slots` and leave `indices` empty. CPython 3.6+ probes `indices`, whose numbers point
/// into `slots`, the entries in insertion order (its holes are tombstones, what lies beyond `nentries` is empty).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrays {
    /// The sparse array of entry numbers; empty for tables of one array.
    pub indices: Vec<Index>,
    /// The cells.
    pub slots: Vec<Slot>,
}

/// The most slots that an array of a table may have; what would need more is refused. Each table has room for as many
/// keys as a program has operations, as long as its load limit is 0.6 or more.
pub const MAX_SLOTS: usize = 1 << 25;

/// `size` times `value`, copied in ever larger pieces: a browser fills memory one cell at a time, but copies it at once.
fn filled<T: Copy>(value: T, size: usize) -> Vec<T> {
    let mut cells = Vec::with_capacity(size);
    cells.resize(size.min(64), value);
    while cells.len() < size {
        cells.extend_from_within(..cells.len().min(size - cells.len()));
    }
    cells
}

impl Arrays {
    /// One array of `size` empty slots.
    pub fn one(size: usize) -> Arrays {
        Arrays { indices: Vec::new(), slots: filled(Slot::EMPTY, size) }
    }

    /// `size` empty indices beside room for `entries` entries.
    pub fn two(size: usize, entries: usize) -> Arrays {
        Arrays { indices: filled(Index::EMPTY, size), slots: filled(Slot::EMPTY, entries) }
    }

    /// The number of slots that are probed.
    #[inline]
    pub fn size(&self) -> usize {
        if self.indices.is_empty() { self.slots.len() } else { self.indices.len() }
    }

    /// Whether this is a sparse array of indices beside dense entries.
    #[inline]
    pub fn is_two(&self) -> bool {
        !self.indices.is_empty()
    }

    /// What a reader finds at slot `pos` of the array that is probed.
    pub fn probed(&self, pos: usize) -> SlotState {
        if !self.is_two() {
            return self.slots[pos].state();
        }
        let index = self.indices[pos];
        match (index.get(), index.dead_key()) {
            (Some(entry), _) => self.slots[entry as usize].state(),
            (None, Some(key)) => SlotState::Tombstone(key),
            (None, None) => SlotState::Empty,
        }
    }

    /// Bytes of this process's memory. O(1).
    pub fn memory(&self) -> usize {
        self.indices.capacity() * size_of::<Index>() + self.slots.capacity() * size_of::<Slot>()
    }
}

/// The counters of one table. What each means depends on the policy; all are 0 where a policy has no use for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Regs {
    /// Live keys: `len(d)`.
    pub used: u32,
    /// Slots that are not empty (CPython 2.7: `ma_fill`; 3.6+: `dk_nentries`, entries taken so far incl. holes).
    pub fill: u32,
    /// Inserts that may still be made before a resize (CPython 3.6+: `dk_usable`; SwissTable: `growth_left`).
    pub usable: u32,
    /// One more word for the policy (CPython 2.7: the hash field of slot 0, where `popitem` keeps its finger; 3.11+: the
    /// kind of the keys table).
    pub extra: i64,
}

/// A table's whole memory.
///
/// `next` is the array that a resize is filling; it is `None` between operations except for policies that move entries
/// a few at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The arrays in use.
    pub main: Arrays,
    /// The arrays being filled.
    pub next: Option<Arrays>,
    /// The counters.
    pub regs: Regs,
}

impl State {
    /// A state between operations: these arrays, these counters, nothing being moved.
    pub fn new(main: Arrays, regs: Regs) -> State {
        State { main, next: None, regs }
    }

    /// Bytes of this process's memory that the arrays take. O(1).
    pub fn memory(&self) -> usize {
        self.main.memory() + self.next.as_ref().map_or(0, Arrays::memory)
    }

    /// The arrays on one side.
    ///
    /// # Panics
    /// If `side` is [`Side::Next`] and nothing is being filled.
    #[inline]
    pub fn side(&self, side: Side) -> &Arrays {
        match side {
            Side::Main => &self.main,
            Side::Next => self.next.as_ref().expect("a resize is under way"),
        }
    }

    #[inline]
    fn side_mut(&mut self, side: Side) -> &mut Arrays {
        match side {
            Side::Main => &mut self.main,
            Side::Next => self.next.as_mut().expect("a resize is under way"),
        }
    }

    /// Write one cell of `slots`.
    #[inline]
    pub(super) fn put<O: Observer>(&mut self, side: Side, pos: usize, new: Slot, obs: &mut O) {
        let cell = &mut self.side_mut(side).slots[pos];
        let old = std::mem::replace(cell, new);
        if O::ACTIVE {
            obs.event(Event::PutSlot { side, pos: pos as u32, old, new });
        }
    }

    /// Write one cell of `indices`.
    #[inline]
    pub(super) fn put_index<O: Observer>(&mut self, side: Side, pos: usize, new: Index, obs: &mut O) {
        let cell = &mut self.side_mut(side).indices[pos];
        let old = std::mem::replace(cell, new);
        if O::ACTIVE {
            obs.event(Event::PutIndex { side, pos: pos as u32, old, new });
        }
    }

    /// Change the counters.
    #[inline]
    pub(super) fn set_regs<O: Observer>(&mut self, new: Regs, obs: &mut O) {
        let old = std::mem::replace(&mut self.regs, new);
        if O::ACTIVE && old != new {
            obs.event(Event::Regs { old, new });
        }
    }

    /// Start to fill `blank` beside the arrays in use.
    pub(super) fn begin_next<O: Observer>(&mut self, blank: Arrays, resize: Resize, obs: &mut O) {
        debug_assert!(self.next.is_none());
        self.next = Some(blank);
        if O::ACTIVE {
            obs.event(Event::Resize(resize));
        }
    }

    /// Make the arrays that were filled the ones in use. The old ones go to the observer, which may keep them.
    pub(super) fn finish_next<O: Observer>(&mut self, obs: &mut O) {
        let next = self.next.take().expect("a resize is under way");
        let old = std::mem::replace(&mut self.main, next);
        if O::ACTIVE {
            obs.event(Event::Swapped);
        }
        obs.parked(old);
    }
}
