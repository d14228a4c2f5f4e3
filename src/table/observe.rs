//! What a table tells while it works: facts, not drawing instructions.

use super::op::CopyHow;
use super::state::{Arrays, Index, Regs, Slot};
use crate::python::Obj;

/// Which arrays an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The arrays in use.
    Main,
    /// The arrays a resize is filling.
    Next,
}

/// What a probe found in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saw {
    /// Nothing: the search ends, the key is absent.
    Empty,
    /// A key nearer to its home than the key searched for would be here, so that one is absent (Robin Hood only).
    Nearer(Obj),
    /// A key, whichever, and nothing was compared: a free slot is looked for, for an entry being moved or a key known to be
    /// absent (or, in CPython 3's `popitem`, the index that holds a known entry's number).
    Taken(Obj),
    /// A tombstone: step over it. `first` when an insert would remember this one.
    Tombstone {
        /// No tombstone was passed before on this search.
        first: bool,
    },
    /// Another key: the hashes differ, so the keys were not compared.
    HashDiffers(Obj),
    /// Another key with the same full hash: the keys were compared with `==`.
    KeyDiffers(Obj),
    /// The key.
    Found(Obj),
}

/// One look into one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// In which arrays.
    pub side: Side,
    /// The slot looked into.
    pub slot: u32,
    /// 0 for the first look of a search, then 1, 2, …
    pub nth: u32,
    /// The hash searched for.
    pub hash: i64,
    /// The perturbation that was added to reach this slot: for `nth` > 0, `slot` is `(5 * previous + perturb + 1) & mask`
    /// in every CPython, with this number. For `nth` 0 it is the whole hash, and `slot` is `perturb & mask`. (2.7 adds it
    /// and shifts it right by 5 afterwards, so at `nth` 1 it is still the whole hash; 3.6+ shifts it first.) The step or
    /// the displacement for tables that have no perturbation.
    pub perturb: u64,
    /// What was there.
    pub saw: Saw,
}

/// One look at the control bytes of a whole group (SwissTable): a probe that reads no slot. The slots whose byte matches
/// follow as ordinary [`Probe`]s, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// In which arrays.
    pub side: Side,
    /// The group's first slot; it goes on over the end of the array.
    pub pos: u32,
    /// 0 for the first group of a search, then 1, 2, …
    pub nth: u32,
    /// The control byte searched for; `None` when only a free slot is wanted.
    pub tag: Option<u8>,
    /// Bit `i`: control byte `pos + i` equals `tag`.
    pub matches: u32,
    /// Bit `i`: control byte `pos + i` is EMPTY; a search ends at a group that has one.
    pub empty: u32,
    /// Bit `i`: control byte `pos + i` is DELETED.
    pub deleted: u32,
}

/// Why a table gets new arrays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// An insert found or left the table full.
    Full,
    /// CPython 3.11+: the first key that is not a `str` came to a str-only table.
    KindChange,
    /// An empty dict got its first table.
    FirstTable,
    /// Room was made before many inserts at once.
    Presize,
    /// The dict was copied into a new one.
    Copy(CopyHow),
    /// The table was emptied with `clear()`, or replaced by a new one: `{}`, `{k: v, …}`, `dict.fromkeys(…)`.
    Cleared,
    /// CPython 3.10+: an empty dict takes over a clone of the clean dict that is merged into it. (It is told as inserts,
    /// which give the same cells.)
    TakeOver,
    /// A deletion left the table so empty that it shrank at once.
    Sparse,
    /// Tombstones were cleared out at the same size.
    Rehash,
    /// The user asked for it (`shrink_to_fit`, `reserve`).
    Asked,
}

/// The start of a resize or of a copy: what triggered it and the rule that chose the new size, with its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resize {
    /// What triggered it.
    pub reason: Reason,
    /// Slots before.
    pub from: u32,
    /// Slots after.
    pub to: u32,
    /// The size that the growth rule asked for, before it was rounded to a size a table can have; 0 if no rule asked (a new
    /// empty table, a clone).
    pub wanted: u64,
    /// Live keys at that moment (those that will be moved).
    pub live: u32,
    /// Tombstones (2.7: dummies; 3.6+: holes) that will be left behind.
    pub dead: u32,
    /// The arrays are cloned as they are, holes included, instead of being filled one entry at a time.
    pub clone: bool,
}

/// One fact of an operation, in the order in which it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A search for this key starts.
    Search {
        /// The key.
        key: Obj,
        /// Its hash.
        hash: i64,
    },
    /// A look into a slot.
    Probe(Probe),
    /// A look at a group of control bytes.
    Group(Group),
    /// A cell of `slots` changed.
    PutSlot {
        /// In which arrays.
        side: Side,
        /// Which cell.
        pos: u32,
        /// Before.
        old: Slot,
        /// After.
        new: Slot,
    },
    /// A cell of `indices` changed.
    PutIndex {
        /// In which arrays.
        side: Side,
        /// Which cell.
        pos: u32,
        /// Before.
        old: Index,
        /// After.
        new: Index,
    },
    /// The counters changed.
    Regs {
        /// Before.
        old: Regs,
        /// After.
        new: Regs,
    },
    /// New arrays were allocated and will be filled. With [`Resize::clone`] they are a copy already.
    Resize(Resize),
    /// A live cell of the old arrays is about to be placed in the new ones. In a comprehension, which fills a new dict that
    /// grows on the way, the old arrays are those that its [`Event::Swapped`] put out of use.
    Move {
        /// Its position in the old `slots`.
        from: u32,
        /// Its key.
        key: Obj,
    },
    /// A live cell is about to be carried to another place in the same arrays: shifted back after a deletion, displaced by
    /// Robin Hood, or put right by a rehash in place.
    Carry {
        /// In which arrays.
        side: Side,
        /// Its position now.
        from: u32,
        /// Its key.
        key: Obj,
    },
    /// The cells will be put right within the arrays in use (SwissTable's rehash in place): no [`Event::Swapped`] follows.
    InPlace(Resize),
    /// The new arrays took the place of the old ones.
    Swapped,
}

/// Somebody who watches a table work. `ACTIVE` is known at compile time, so an idle observer costs nothing.
pub trait Observer {
    /// Whether this observer wants events at all.
    const ACTIVE: bool;

    /// A fact.
    #[inline]
    fn event(&mut self, event: Event) {
        let _ = event;
    }

    /// Arrays that went out of use (after [`Event::Swapped`]); dropping them is what CPython does.
    #[inline]
    fn parked(&mut self, old: Arrays) {
        drop(old);
    }

    /// An insert put in a key that was not there: this object. Not told of keys that are moved, in a copy neither. It is no
    /// event, for nothing changes with it that an event does not tell.
    #[inline]
    fn born(&mut self, key: Obj) {
        let _ = key;
    }
}

/// An observer that is called through a pointer: for those who watch a single operation now and then. The tables are
/// compiled once for all of them (`&mut dyn Listener` is an [`Observer`]), which keeps the page small.
pub trait Listener {
    /// A fact.
    fn event(&mut self, event: Event);

    /// See [`Observer::parked`].
    fn parked(&mut self, old: Arrays) {
        drop(old);
    }
}

impl Observer for &mut dyn Listener {
    const ACTIVE: bool = true;

    fn event(&mut self, event: Event) {
        Listener::event(*self, event);
    }

    fn parked(&mut self, old: Arrays) {
        Listener::parked(*self, old);
    }
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Noop;

impl Observer for Noop {
    const ACTIVE: bool = false;
}
