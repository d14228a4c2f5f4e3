//! CPython 3.6 to 3.15: sparse indices beside dense entries in insertion order.
//!
//! Source: `Objects/dictobject.c` and `Python/compile.c` of each version, read off the running interpreters on 64-bit
//! builds. What differs per version is in `RULES`; the algorithm is here once.

use super::cpython::{
    Dict, Lookup, MAX_PRESIZED, MIN_SIZE, Present, Seen, Walk, check_cells, ensure, run, search, seek,
};
use super::observe::{Event, Noop, Observer, Reason, Resize, Saw, Side};
use super::op::{CopyHow, MergeFrom, Op, Outcome};
use super::policy::{Bytes, CopyPrice, Deletion, Forecast, Layout, Policy, ResizeRule, Table};
use super::state::{Arrays, Index, MAX_SLOTS, Regs, Slot, State};
use crate::python::{Heap, Obj, Version};

/// What differs between the versions.
#[derive(Clone, Copy, Debug)]
struct Rules {
    /// Its place in [`RULES`] and in [`Cpython3::POLICIES`].
    nth: usize,
    /// Bytes of the garbage collector's header (`sizeof(PyGC_Head)`).
    gc: u64,
    /// Bytes of the header of the keys table (`sizeof(PyDictKeysObject)`).
    header: u64,
    /// What a full table asks for (`GROWTH_RATE`).
    growth: Growth,
    /// The size of a resize is computed with bits, one of them too many (`calculate_log2_keysize` of 3.10 to 3.13.3), not
    /// rounded up (`calculate_keysize` before; `calculate_log2_keysize` since CPython issue 133703).
    bit_trick: bool,
    /// `{}` is the one shared table of one slot (`Py_EMPTY_KEYS`) until its first insert; before, only `clear()` gave it.
    new_is_shared: bool,
    /// `dict()` is it too.
    constructed_is_shared: bool,
    /// `d.copy()` clones a table with few holes (`clone_combined_dict_keys`), and gives `{}` for an empty dict.
    copy_clones: bool,
    /// A merge of a clean dict into an empty one is a clone (`dict_merge`).
    merge_clones: bool,
    /// Tables whose keys are all `str` have entries of 16 bytes, without the hash (`DICT_KEYS_UNICODE`).
    str_tables: bool,
    /// `d |= {…}`
    update_or: bool,
    /// How displays are built.
    display: Display,
}

/// What a full table asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Growth {
    /// `used * 2 + size / 2`
    Used2HalfSize,
    /// `used * 3`
    Used3,
}

/// How the compiler builds `{k: v, …}` (`compiler_dict`).
#[derive(Clone, Copy, Debug)]
struct Display {
    /// The most items built at once; a longer display is several dicts, merged.
    chunk: usize,
    /// The first of several is merged into a new dict like the others (`BUILD_MAP_UNPACK`), not updated with them
    /// (`DICT_UPDATE`).
    merge_first: bool,
    /// No room is made for so many items or more at once: `MAP_ADD` for each, not one `BUILD_MAP`.
    one_by_one_from: usize,
}

const RULES_3_6: Rules = Rules {
    nth: 0,
    gc: 32,
    header: 40,
    growth: Growth::Used2HalfSize,
    bit_trick: false,
    new_is_shared: false,
    constructed_is_shared: false,
    copy_clones: false,
    merge_clones: false,
    str_tables: false,
    update_or: false,
    display: Display { chunk: 65_535, merge_first: true, one_by_one_from: usize::MAX },
};
const RULES_3_7: Rules = Rules { nth: 1, growth: Growth::Used3, copy_clones: true, ..RULES_3_6 };
const RULES_3_8: Rules = Rules { nth: 2, gc: 16, new_is_shared: true, ..RULES_3_7 };
const RULES_3_9: Rules = Rules {
    nth: 3,
    update_or: true,
    display: Display { chunk: 65_536, merge_first: false, one_by_one_from: usize::MAX },
    ..RULES_3_8
};
const RULES_3_10: Rules = Rules {
    nth: 4,
    bit_trick: true,
    constructed_is_shared: true,
    merge_clones: true,
    display: Display { chunk: 17, merge_first: false, one_by_one_from: 16 },
    ..RULES_3_9
};
const RULES_3_11: Rules = Rules { nth: 5, header: 32, str_tables: true, ..RULES_3_10 };
const RULES_3_12: Rules = Rules { nth: 6, ..RULES_3_11 };
const RULES_3_13_0: Rules = Rules { nth: 7, ..RULES_3_12 };
const RULES_3_13: Rules = Rules { nth: 8, bit_trick: false, ..RULES_3_13_0 };
const RULES_3_14: Rules = Rules { nth: 9, ..RULES_3_13 };
const RULES_3_15: Rules = Rules { nth: 10, ..RULES_3_14 };

static RULES: [Rules; 11] = [
    RULES_3_6,
    RULES_3_7,
    RULES_3_8,
    RULES_3_9,
    RULES_3_10,
    RULES_3_11,
    RULES_3_12,
    RULES_3_13_0,
    RULES_3_13,
    RULES_3_14,
    RULES_3_15,
];

macro_rules! doc {
    ($changed:literal) => {
        concat!(
            "A sparse array of indices beside dense entries in insertion order. The probe starts at hash & mask and goes ",
            "on at (5*i + perturb + 1) & mask. A deletion leaves a dummy index and a hole among the entries; the index may ",
            "be taken again, the hole may not. When no entry is left to append, the live ones are packed into a new table, ",
            "sized by their number: it may be smaller. ",
            $changed
        )
    };
}

const fn policy<const NTH: usize>(
    name: &'static str,
    title: &'static str,
    python: Version,
    doc: &'static str,
) -> Policy {
    Policy { name, title, doc, python, deletion: Deletion::OnInsert, new: || Cpython3::new(&RULES[NTH]).into() }
}

/// Inserts that fit in a table of `size` slots (`USABLE_FRACTION`).
const fn usable_fraction(size: usize) -> usize {
    size * 2 / 3
}

/// What room for `items` asks for (`ESTIMATE_SIZE`).
const fn estimate(items: u64) -> u64 {
    (items * 3).div_ceil(2)
}

/// The [`Regs::extra`] of a str-only table (`DICT_KEYS_UNICODE`); of all others it is 0.
const UNICODE: i64 = 1;

impl Rules {
    /// The number of slots that a resize to `wanted` gives.
    fn size_for(&self, wanted: u64) -> usize {
        if self.bit_trick {
            1 << (u64::BITS - (((wanted | 8) - 1) | 7).leading_zeros())
        } else {
            MIN_SIZE.max(wanted.next_power_of_two() as usize)
        }
    }

    /// What a full table of `size` slots with `used` live keys asks for.
    fn wanted_when_full(&self, size: usize, used: u64) -> u64 {
        match self.growth {
            Growth::Used2HalfSize => used * 2 + size as u64 / 2,
            Growth::Used3 => used * 3,
        }
    }

    /// The number of slots of `{}`.
    fn new_size(&self) -> usize {
        if self.new_is_shared { 1 } else { MIN_SIZE }
    }

    /// [`Regs::extra`]
    fn kind(&self, all_str: bool) -> i64 {
        if self.str_tables && all_str { UNICODE } else { 0 }
    }

    /// `sys.getsizeof` in parts, of a table with this many slots.
    fn bytes(&self, size: usize, kind: i64) -> Bytes {
        let mut bytes = Bytes { gc: self.gc, object: 48, ..Bytes::default() };
        if size > 1 {
            let index: u64 = match size {
                0..=0xFF => 1,
                0x100..=0xFFFF => 2,
                _ => 4,
            };
            let entry = if kind == UNICODE { 16 } else { 24 };
            bytes.header = self.header;
            bytes.indices = index * size as u64;
            bytes.entries = entry * usable_fraction(size) as u64;
        }
        bytes
    }
}

/// What a copy will be.
#[derive(Clone, Copy, Debug)]
struct CopyPlan {
    /// The table as it is.
    clone: bool,
    wanted: u64,
    size: usize,
    kind: i64,
}

/// The dict of CPython 3.6 … 3.15.
///
/// Registers: `used` is `ma_used`, `fill` is `dk_nentries`, `usable` is `dk_usable`, `extra` is 1 for a str-only table
/// (3.11+) and else 0; they are set once at the end of a change of the arrays, and once after a swap.
/// The empty table that dicts share has one index and no entry.
#[derive(Clone, Debug)]
pub struct Cpython3 {
    state: State,
    rules: &'static Rules,
}

impl Cpython3 {
    /// The policies of this file.
    pub const POLICIES: &'static [Policy] = &[
        policy::<0>("cpython-3.6", "CPython 3.6", Version::V3_6, doc!("3.6 brought this layout.")),
        policy::<1>(
            "cpython-3.7",
            "CPython 3.7",
            Version::V3_7,
            doc!("New in 3.7: a full table asks for used * 3, and copy() clones a table with few holes."),
        ),
        policy::<2>(
            "cpython-3.8",
            "CPython 3.8",
            Version::V3_8,
            doc!("New in 3.8: {} takes no table of its own until the first insert."),
        ),
        policy::<3>("cpython-3.9", "CPython 3.9", Version::V3_9, doc!("New in 3.9: d |= {…}.")),
        policy::<4>(
            "cpython-3.10",
            "CPython 3.10",
            Version::V3_10,
            doc!("New in 3.10: sizes are computed with bits, so a few round up further; dict(d) clones a clean table."),
        ),
        policy::<5>(
            "cpython-3.11",
            "CPython 3.11",
            Version::V3_11,
            doc!("New in 3.11: a table whose keys are all str has smaller entries, until the first other key."),
        ),
        policy::<6>("cpython-3.12", "CPython 3.12", Version::V3_12, doc!("3.12 changed nothing but hash(None).")),
        policy::<7>(
            "cpython-3.13.0",
            "CPython 3.13.0 to 3.13.3",
            Version::V3_13_0,
            doc!("3.13 changed nothing at first: its sizes are computed with bits until 3.13.3."),
        ),
        policy::<8>(
            "cpython-3.13",
            "CPython 3.13",
            Version::V3_13,
            doc!("New in 3.13.4: sizes are rounded up to the next power of two again, and never further."),
        ),
        policy::<9>("cpython-3.14", "CPython 3.14", Version::V3_14, doc!("3.14 changed nothing in the table.")),
        policy::<10>(
            "cpython-3.15",
            "CPython 3.15",
            Version::V3_15,
            doc!("3.15 changed nothing in the table; a frozendict has the same one, and never changes it."),
        ),
    ];

    /// `{}`
    fn new(rules: &'static Rules) -> Cpython3 {
        let size = rules.new_size();
        let mut dict = Cpython3 { state: State::default(), rules };
        dict.state = State::new(dict.blank(size), dict.blank_regs(size, rules.kind(size == 1)));
        dict
    }

    fn blank(&self, size: usize) -> Arrays {
        Arrays::two(size, usable_fraction(size))
    }

    fn blank_regs(&self, size: usize, kind: i64) -> Regs {
        Regs { used: 0, fill: 0, usable: usable_fraction(size) as u32, extra: kind }
    }

    /// Whether this is the empty table that dicts share.
    #[inline]
    fn is_shared(&self) -> bool {
        self.state.main.indices.len() == 1
    }

    fn live(&self) -> impl Iterator<Item = (usize, Obj, Obj)> {
        let entries = &self.state.main.slots[..self.state.regs.fill as usize];
        entries.iter().enumerate().filter_map(|(from, cell)| match (cell.is_live(), cell.key(), cell.value()) {
            (true, Some(key), Some(value)) => Some((from, key, value)),
            _ => None,
        })
    }

    /// The first slot for an absent key on its walk (`find_empty_slot`), for indices without dummies.
    #[inline]
    fn free_slot<O: Observer>(&self, side: Side, hash: i64, obs: &mut O) -> usize {
        let Arrays { indices, slots } = self.state.side(side);
        let at = |i: usize| match indices[i & (indices.len() - 1)].get() {
            Some(n) if O::ACTIVE => Saw::Taken(slots[n as usize].live_key()),
            Some(_) => Saw::Taken(Obj::NONE),
            None => Saw::Empty,
        };
        seek(side, hash, Walk::shifted_then_used(hash, indices.len() - 1), at, obs)
    }

    /// The slot that holds the number of this entry (`lookdict_index`).
    fn index_slot<O: Observer>(&self, entry: usize, obs: &mut O) -> usize {
        let Arrays { indices, slots } = &self.state.main;
        let (key, hash) = (slots[entry].live_key(), slots[entry].hash);
        if O::ACTIVE {
            obs.event(Event::Search { key, hash });
        }
        let at = |i: usize| match indices[i].get() {
            Some(n) if n as usize == entry => Saw::Found(key),
            Some(n) => Saw::Taken(slots[n as usize].live_key()),
            None => Saw::Tombstone { first: false },
        };
        seek(Side::Main, hash, Walk::shifted_then_used(hash, indices.len() - 1), at, obs)
    }

    fn resize_event(&self, reason: Reason, wanted: u64, to: usize, clone: bool) -> Resize {
        let Regs { used, fill, .. } = self.state.regs;
        let from = self.state.main.size() as u32;
        Resize { reason, from, to: to as u32, wanted, live: used, dead: fill - used, clone }
    }

    /// Pack the live entries into a new table (`dictresize`; a merge into a new dict does the same).
    fn resize<O: Observer>(&mut self, reason: Reason, wanted: u64, to: usize, kind: i64, obs: &mut O) {
        let resize = self.resize_event(reason, wanted, to, false);
        self.state.begin_next(self.blank(to), resize, obs);
        let mut taken = 0;
        for from in 0..self.state.regs.fill as usize {
            let cell = self.state.main.slots[from];
            if !cell.is_live() {
                continue;
            }
            if O::ACTIVE {
                obs.event(Event::Move { from: from as u32, key: cell.live_key() });
            }
            let slot = self.free_slot(Side::Next, cell.hash, obs);
            self.state.put_index(Side::Next, slot, Index::entry(taken), obs);
            self.state.put(Side::Next, taken as usize, cell, obs);
            taken += 1;
        }
        self.state.finish_next(obs);
        let usable = usable_fraction(to) as u32 - taken;
        self.state.set_regs(Regs { used: taken, fill: taken, usable, extra: kind }, obs);
    }

    /// `insertion_resize`
    fn grow<O: Observer>(&mut self, reason: Reason, kind: i64, obs: &mut O) {
        let wanted = self.rules.wanted_when_full(self.state.main.size(), u64::from(self.state.regs.used));
        self.resize(reason, wanted, self.rules.size_for(wanted), kind, obs);
    }

    /// Put a new, empty table in place of the old one.
    fn replace<O: Observer>(&mut self, reason: Reason, wanted: u64, to: usize, kind: i64, obs: &mut O) {
        let resize = self.resize_event(reason, wanted, to, false);
        self.state.begin_next(self.blank(to), resize, obs);
        self.state.finish_next(obs);
        self.state.set_regs(self.blank_regs(to, kind), obs);
    }

    /// `d = {}`
    fn replace_with_new<O: Observer>(&mut self, reason: Reason, obs: &mut O) {
        let size = self.rules.new_size();
        self.replace(reason, 0, size, self.rules.kind(size == 1), obs);
    }

    fn insert_all<O: Observer>(&mut self, items: &[(Obj, Obj)], heap: &Heap, obs: &mut O) {
        for &item in items {
            self.add(item, Present::Replace, heap, obs);
        }
    }

    /// One chunk of a display, as a new dict: with room for the items (`_PyDict_NewPresized`; 3.11+:
    /// `_PyDict_FromItems`, which looks at all keys first) or without.
    fn build<O: Observer>(&mut self, items: &[(Obj, Obj)], heap: &Heap, obs: &mut O) {
        if items.len() <= usable_fraction(MIN_SIZE) || items.len() >= self.rules.display.one_by_one_from {
            self.replace_with_new(Reason::Cleared, obs);
        } else {
            let wanted = estimate(items.len() as u64);
            let kind = self.rules.kind(items.iter().all(|&(key, _)| heap.is_str(key)));
            self.replace(Reason::Cleared, wanted, self.rules.size_for(wanted), kind, obs);
        }
        self.insert_all(items, heap, obs);
    }

    /// The table that inserting the live keys one by one into `{}` leads to.
    fn rebuilt(&self, heap: &Heap) -> CopyPlan {
        let used = u64::from(self.state.regs.used);
        let mut size = self.rules.new_size();
        let mut kind = self.rules.kind(size == 1);
        if used > 0 {
            let mut general_at = None;
            if self.rules.str_tables {
                general_at = self.live().position(|(_, key, _)| !heap.is_str(key)).map(|n| n as u64);
                kind = self.rules.kind(general_at != Some(0));
                general_at = general_at.filter(|&n| n > 0);
            }
            size = MIN_SIZE;
            loop {
                let full = usable_fraction(size) as u64;
                let stop = match general_at {
                    Some(n) if n <= full => {
                        (general_at, kind) = (None, 0);
                        n
                    }
                    _ if used > full => full,
                    _ => break,
                };
                size = self.rules.size_for(self.rules.wanted_when_full(size, stop));
            }
        }
        CopyPlan { clone: false, wanted: 0, size, kind }
    }

    /// What `d = ` this copy will do.
    fn plan(&self, how: CopyHow, heap: &Heap) -> CopyPlan {
        let Regs { used, fill, extra, .. } = self.state.regs;
        let (used, fill, size) = (used as usize, fill as usize, self.state.main.size());
        if how == CopyHow::Comprehension {
            return self.rebuilt(heap);
        }
        if used == 0 {
            let size = match how {
                CopyHow::Dict if self.rules.constructed_is_shared => 1,
                CopyHow::Dict => MIN_SIZE,
                CopyHow::Copy if !self.rules.copy_clones && self.is_shared() => 1,
                _ => self.rules.new_size(),
            };
            return CopyPlan { clone: false, wanted: 0, size, kind: self.rules.kind(size == 1) };
        }
        let few_holes = self.rules.copy_clones && used >= usable_fraction(fill);
        let clone = (how == CopyHow::Copy && few_holes) || (self.rules.merge_clones && self.is_clean());
        if clone {
            return CopyPlan { clone, wanted: 0, size, kind: extra };
        }
        let wanted = estimate(used as u64);
        CopyPlan { clone, wanted, size: self.rules.size_for(wanted), kind: extra }
    }

    /// No holes, and no more room than its keys need: what 3.10+ clones in a merge (`dict_merge`).
    fn is_clean(&self) -> bool {
        let Regs { used, fill, .. } = self.state.regs;
        let size = self.state.main.size();
        used == fill && (size == MIN_SIZE || usable_fraction(size / 2) < used as usize)
    }
}

impl Dict for Cpython3 {
    fn has_unpack(&self) -> bool {
        true
    }

    fn has_update_or(&self) -> bool {
        self.rules.update_or
    }

    #[inline]
    fn lookup<O: Observer>(&self, key: Obj, hash: i64, heap: &Heap, obs: &mut O) -> Lookup {
        let Arrays { indices, slots } = &self.state.main;
        let mask = indices.len() - 1;
        let at = |i: usize| {
            let index = indices[i & (indices.len() - 1)];
            match index.get() {
                Some(n) => Seen::Live(n as usize, slots[n as usize]),
                None if index.is_empty() => Seen::Empty,
                None => Seen::Dummy,
            }
        };
        search(key, hash, Walk::shifted_then_used(hash, mask), at, heap, obs)
    }

    #[inline]
    fn insert<O: Observer>(
        &mut self,
        (key, value): (Obj, Obj),
        present: Present,
        heap: &Heap,
        obs: &mut O,
    ) -> Option<Slot> {
        let hash = heap.hash(key);
        if self.is_shared() && self.rules.new_is_shared {
            // `insert_to_emptydict`
            self.replace(Reason::FirstTable, 0, MIN_SIZE, self.rules.kind(heap.is_str(key)), obs);
        } else if self.state.regs.extra == UNICODE && !heap.is_str(key) {
            self.grow(Reason::KindChange, 0, obs);
        }
        let mut slot = match self.lookup(key, hash, heap, obs) {
            Lookup::Found { cell, .. } => {
                let old = self.state.main.slots[cell];
                if present == Present::Replace {
                    self.state.put(Side::Main, cell, old.with_value(value), obs);
                }
                return Some(old);
            }
            Lookup::Absent { slot } => slot,
        };
        if self.state.regs.usable == 0 {
            self.grow(Reason::Full, self.state.regs.extra, obs);
            if O::ACTIVE {
                obs.event(Event::Search { key, hash });
            }
            slot = self.free_slot(Side::Main, hash, obs);
        }
        let Regs { used, fill, usable, extra } = self.state.regs;
        self.state.put_index(Side::Main, slot, Index::entry(fill), obs);
        self.state.put(Side::Main, fill as usize, Slot::live(hash, key, value), obs);
        self.state.set_regs(Regs { used: used + 1, fill: fill + 1, usable: usable - 1, extra }, obs);
        None
    }

    #[inline]
    fn remove<O: Observer>(&mut self, key: Obj, heap: &Heap, obs: &mut O) -> Option<Slot> {
        match self.lookup(key, heap.hash(key), heap, obs) {
            Lookup::Found { slot, cell } => {
                let old = self.state.main.slots[cell];
                self.state.put_index(Side::Main, slot, Index::dummy(old.live_key()), obs);
                self.state.put(Side::Main, cell, old.tombstone(), obs);
                let regs = self.state.regs;
                self.state.set_regs(Regs { used: regs.used - 1, ..regs }, obs);
                Some(old)
            }
            Lookup::Absent { .. } => None,
        }
    }

    /// The last live entry; it and the holes after it are given back, but no insert is.
    fn pop_item<O: Observer>(&mut self, obs: &mut O) -> Slot {
        let mut last = self.state.regs.fill as usize - 1;
        while !self.state.main.slots[last].is_live() {
            self.state.put(Side::Main, last, Slot::EMPTY, obs);
            last -= 1;
        }
        let old = self.state.main.slots[last];
        let slot = self.index_slot(last, obs);
        self.state.put_index(Side::Main, slot, Index::dummy(old.live_key()), obs);
        self.state.put(Side::Main, last, Slot::EMPTY, obs);
        let regs = self.state.regs;
        self.state.set_regs(Regs { used: regs.used - 1, fill: last as u32, ..regs }, obs);
        old
    }

    fn clear<O: Observer>(&mut self, obs: &mut O) {
        if !self.is_shared() {
            self.replace(Reason::Cleared, 0, 1, self.rules.kind(true), obs);
        }
    }

    fn display<O: Observer>(&mut self, items: &[(Obj, Obj)], heap: &Heap, obs: &mut O) {
        let Display { chunk, merge_first, .. } = self.rules.display;
        let mut chunks = items.chunks(chunk);
        if merge_first && items.len() > chunk {
            self.replace_with_new(Reason::Cleared, obs);
        } else {
            self.build(chunks.next().unwrap_or_default(), heap, obs);
        }
        for chunk in chunks {
            let mut other = Cpython3::new(self.rules);
            other.build(chunk, heap, &mut Noop);
            self.merge(&other, heap, obs);
        }
    }

    fn construct<O: Observer>(&mut self, obs: &mut O) {
        let size = if self.rules.constructed_is_shared { 1 } else { MIN_SIZE };
        self.replace(Reason::Cleared, 0, size, self.rules.kind(size == 1), obs);
    }

    fn temporary(&self, items: &[(Obj, Obj)], heap: &Heap) -> Self {
        let mut dict = Cpython3::new(self.rules);
        dict.display(items, heap, &mut Noop);
        dict
    }

    fn merge_from(&self) -> MergeFrom {
        let State { main, regs, .. } = &self.state;
        MergeFrom { slots: main.size() as u32, clean: self.is_clean(), unicode: regs.extra == 1 }
    }

    fn merge_items<O: Observer>(&mut self, items: &[(Obj, Obj)], from: MergeFrom, heap: &Heap, obs: &mut O) {
        let used = self.state.regs.used;
        if items.is_empty() {
            return;
        }
        let extra = i64::from(from.unicode);
        if used == 0 && self.rules.merge_clones && from.clean {
            self.replace(Reason::TakeOver, 0, from.slots as usize, extra, obs);
        } else if usable_fraction(self.state.main.size()) < items.len() {
            let wanted = estimate(u64::from(used) + items.len() as u64);
            let kind = self.state.regs.extra & extra;
            self.resize(Reason::Presize, wanted, self.rules.size_for(wanted), kind, obs);
        }
        for &item in items {
            self.add(item, Present::Replace, heap, obs);
        }
    }

    fn slots_after(&self, items: &[(Obj, Obj)], heap: &Heap) -> u64 {
        let Regs { used, usable, extra, .. } = self.state.regs;
        let (used, size) = (u64::from(used), self.state.main.size());
        let (mut now, mut slots, mut room, mut left) = (used, size, u64::from(usable), items.len() as u64);
        let grown = |now: u64, slots: usize| self.rules.size_for(self.rules.wanted_when_full(slots, now));
        if extra == UNICODE && !items.iter().all(|&(key, _)| heap.is_str(key)) {
            slots = grown(now, slots);
            room = (usable_fraction(slots) as u64).saturating_sub(now);
        }
        while left > room && slots <= MAX_SLOTS {
            (now, left) = (now + room, left - room);
            slots = grown(now, slots);
            room = (usable_fraction(slots) as u64).saturating_sub(now);
        }
        // A merge makes room for all at once.
        let merged = usable_fraction(size) < items.len();
        if merged { slots.max(self.rules.size_for(estimate(used + items.len() as u64))) as u64 } else { slots as u64 }
    }

    fn copy<O: Observer>(&mut self, how: CopyHow, heap: &Heap, obs: &mut O) {
        if how == CopyHow::Comprehension {
            let old: Vec<_> = self.live().collect();
            self.replace_with_new(Reason::Copy(how), obs);
            for (from, key, value) in old {
                if O::ACTIVE {
                    obs.event(Event::Move { from: from as u32, key });
                }
                self.insert((key, value), Present::Replace, heap, obs);
            }
            return;
        }
        let CopyPlan { clone, wanted, size, kind } = self.plan(how, heap);
        if clone {
            let resize = self.resize_event(Reason::Copy(how), wanted, size, true);
            self.state.begin_next(self.state.main.clone(), resize, obs);
            self.state.finish_next(obs);
        } else {
            self.resize(Reason::Copy(how), wanted, size, kind, obs);
        }
    }
}

impl Table for Cpython3 {
    fn policy(&self) -> &'static Policy {
        &Cpython3::POLICIES[self.rules.nth]
    }

    fn state(&self) -> &State {
        &self.state
    }

    fn state_mut(&mut self) -> &mut State {
        &mut self.state
    }

    #[inline]
    fn run<O: Observer>(&mut self, op: Op<'_>, heap: &Heap, obs: &mut O) -> Outcome {
        run(self, op, heap, obs)
    }

    fn presize(&mut self, keys: u32) {
        let wanted = estimate(u64::from(keys.min(MAX_PRESIZED)));
        self.replace(Reason::Presize, wanted, self.rules.size_for(wanted), 0, &mut Noop);
    }

    fn bytes(&self) -> Bytes {
        self.rules.bytes(self.state.main.size(), self.state.regs.extra)
    }

    /// The keys to come are taken to be of the kind that the table has.
    fn forecast(&self) -> Forecast {
        let Regs { used, usable, .. } = self.state.regs;
        let next_size = if self.is_shared() {
            MIN_SIZE
        } else {
            let wanted = self.rules.wanted_when_full(self.state.main.size(), u64::from(used) + u64::from(usable));
            self.rules.size_for(wanted)
        };
        Forecast { inserts_left: Some(usable), next_size: next_size as u32 }
    }

    fn copy_prices(&self, heap: &Heap) -> Vec<CopyPrice> {
        let before = self.bytes().total();
        let price = |how| {
            let CopyPlan { clone, size, kind, .. } = self.plan(how, heap);
            let Regs { used, fill, .. } = self.state.regs;
            let after = self.rules.bytes(size, kind).total();
            CopyPrice { how, moved: if clone { fill } else { used }, clone, slots: size as u32, before, after }
        };
        CopyHow::ALL.into_iter().map(price).collect()
    }

    fn resize_rule(&self, reason: Reason) -> ResizeRule {
        let (trigger, wanted) = match (reason, self.rules.growth) {
            (Reason::FirstTable, _) => ("the first key", "8"),
            (Reason::Presize, _) => ("items > size * 2 // 3", "((used + items) * 3 + 1) // 2"),
            (Reason::TakeOver, _) => ("used == 0, and the other dict is clean", "the size of the other dict"),
            (Reason::Copy(CopyHow::Comprehension), _) => ("a new dict", "{}, which grows by ordinary inserts"),
            (Reason::Copy(_), _) => ("a new dict", "(used * 3 + 1) // 2, or the size of the clone"),
            (Reason::Cleared, _) => ("a new dict", "(items * 3 + 1) // 2 for a display of more than 5 items"),
            (Reason::KindChange, _) => ("a key that is no str", "used * 3"),
            (_, Growth::Used2HalfSize) => ("usable == 0", "used * 2 + size // 2"),
            (_, Growth::Used3) => ("usable == 0", "used * 3"),
        };
        let size = if self.rules.bit_trick {
            "2 ** (((wanted | 8) - 1) | 7).bit_length()"
        } else {
            "the smallest power of two that is not below it, at least 8"
        };
        ResizeRule { trigger, wanted, size }
    }

    fn check(&self, heap: &Heap) -> Result<(), String> {
        let Arrays { indices, slots } = &self.state.main;
        let Regs { used, fill, usable, extra } = self.state.regs;
        let size = indices.len();
        ensure(self.state.next.is_none(), || "a resize is under way".into())?;
        ensure(size == 1 || (size.is_power_of_two() && size >= MIN_SIZE), || format!("{size} slots"))?;
        ensure(slots.len() == usable_fraction(size), || format!("{} entries for {size} slots", slots.len()))?;
        ensure(fill as usize + usable as usize <= slots.len(), || format!("nentries {fill}, usable {usable}"))?;
        let (taken, rest) = slots.split_at(fill as usize);
        ensure(taken.iter().all(|cell| !cell.is_empty()), || "an empty entry below nentries".into())?;
        ensure(rest.iter().all(|cell| cell.is_empty()), || "an entry beyond nentries".into())?;
        let live = taken.iter().filter(|cell| cell.is_live()).count();
        ensure(live == used as usize, || format!("used is {used}, live are {live}"))?;
        let numbers = indices.iter().filter(|index| index.get().is_some()).count();
        ensure(numbers == live, || format!("{live} live entries, {numbers} indices of entries"))?;
        let free = indices.iter().filter(|index| index.is_empty()).count();
        ensure(free >= size - usable_fraction(size), || format!("only {free} of {size} indices are empty"))?;
        let all_str = || self.live().all(|(_, key, _)| heap.is_str(key));
        ensure(extra == 0 || (extra == UNICODE && self.rules.str_tables && all_str()), || format!("kind {extra}"))?;
        check_cells(self, slots, heap)
    }

    fn layout(&self) -> Layout {
        Layout::Two
    }
}

#[cfg(test)]
mod tests {
    use super::super::cpython::tests::{Bench, dels, sets};
    use super::*;
    use crate::python::Value;

    fn bench(version: Version) -> Bench<Cpython3> {
        let nth = Cpython3::POLICIES.iter().position(|policy| policy.python == version).unwrap();
        Bench::new(Cpython3::new(&RULES[nth]), version)
    }

    /// All that have this layout.
    fn all() -> impl Iterator<Item = Version> {
        Version::ALL.into_iter().filter(|version| !version.is_py2())
    }

    /// Bytes that a table of this version takes less than one of 3.6 or 3.7.
    fn less_than_3_7(version: Version) -> u64 {
        let since = |first| version >= first;
        if since(Version::V3_11) {
            24
        } else if since(Version::V3_8) {
            16
        } else {
            0
        }
    }

    /// Those whose sizes are computed with bits.
    fn tricked(version: Version) -> bool {
        (Version::V3_10..=Version::V3_13_0).contains(&version)
    }

    #[test]
    fn rules_and_policies_stand_in_the_order_of_versions() {
        let versions: Vec<_> = all().collect();
        let policies: Vec<_> = Cpython3::POLICIES.iter().map(|policy| policy.python).collect();
        assert_eq!(policies, versions);
        for (nth, rules) in RULES.iter().enumerate() {
            assert_eq!(rules.nth, nth);
            assert_eq!(Cpython3::POLICIES[nth].name, format!("cpython-{}", versions[nth].name()));
        }
    }

    #[test]
    fn sizes_that_3_13_4_chooses_otherwise() {
        for version in all() {
            let size = |wanted| RULES[bench(version).dict.rules.nth].size_for(wanted);
            for (wanted, rounded_up, by_bits) in [
                (0, 8, 8),
                (1, 8, 16),
                (7, 8, 16),
                (8, 8, 8),
                (9, 16, 16),
                (15, 16, 16),
                (16, 16, 32),
                (17, 32, 32),
                (1 << 17, 1 << 17, 1 << 18),
            ] {
                let expected = if tricked(version) { by_bits } else { rounded_up };
                assert_eq!(size(wanted), expected, "{}: {wanted}", version.name());
            }
        }
    }

    /// Indices and entries; a dummy or a hole as `x`, an empty index as `.`.
    fn picture(bench: &Bench<Cpython3>) -> String {
        let Arrays { indices, slots } = &bench.dict.state.main;
        let indices = indices.iter().map(|index| match index.to_cpython() {
            -1 => ".".into(),
            -2 => "x".into(),
            n => n.to_string(),
        });
        let entries =
            slots[..bench.regs().fill as usize].iter().map(|cell| match cell.key().and_then(Obj::small_int) {
                Some(key) if cell.is_live() => key.to_string(),
                _ => "x".into(),
            });
        let join = |cells: Vec<String>| cells.join(" ");
        format!("[{}] {}", join(indices.collect()), join(entries.collect()))
    }

    fn str_key(bench: &mut Bench<Cpython3>, text: &str) -> Obj {
        bench.heap.alloc(Value::Str(text.chars().map(u32::from).collect()))
    }

    #[test]
    fn a_dummy_is_reused_but_its_entry_is_not() {
        for version in all() {
            let mut bench = bench(version);
            bench.run_all(sets([0, 8, 16, 32]));
            assert_eq!(picture(&bench), "[0 1 3 . . . 2 .] 0 8 16 32");
            bench.run_all(dels([8]));
            assert_eq!(picture(&bench), "[0 x 3 . . . 2 .] 0 x 16 32");
            assert_eq!(bench.regs().usable, 1);
            bench.run_all(sets([24]));
            assert_eq!(picture(&bench), "[0 4 3 . . . 2 .] 0 x 16 32 24");
            assert_eq!(bench.regs().usable, 0);
            bench.run_all(sets([8]));
            assert_eq!((bench.slots(), bench.regs().usable), (16, 5));
            assert!(picture(&bench).ends_with("] 0 16 32 24 8"));
        }
    }

    #[test]
    fn perturb_is_shifted_before_it_is_used() {
        for version in all() {
            let mut bench = bench(version);
            bench.run_all(sets([0, 32, -1, -2]));
            assert_eq!(picture(&bench), "[0 . 1 . . . 2 3] 0 32 -1 -2");
        }
    }

    #[test]
    fn popitem_gives_back_entries_but_no_inserts() {
        for version in all() {
            let mut bench = bench(version);
            bench.run_all(sets(1..=5));
            assert_eq!([bench.pop_item(), bench.pop_item(), bench.pop_item()], [Some(5), Some(4), Some(3)]);
            assert_eq!(picture(&bench), "[. 0 1 x x x . .] 1 2");
            assert_eq!((bench.regs().fill, bench.regs().usable), (2, 0));
            bench.run_all(sets([9]));
            let expected = if tricked(version) { (16, 7) } else { (8, 2) };
            assert_eq!((bench.slots(), bench.regs().usable), expected);
        }
    }

    #[test]
    fn a_copy_of_a_table_with_many_holes_is_a_merge() {
        for version in all() {
            let mut bench = bench(version);
            bench.run_all(sets(1..=5));
            bench.run_all(dels(1..=3));
            bench.copy(CopyHow::Copy);
            assert_eq!(bench.slots(), if tricked(version) { 16 } else { 8 });
        }
    }

    #[test]
    fn the_first_other_key_makes_a_str_only_table_general() {
        for version in all().filter(|version| *version >= Version::V3_11) {
            let mut bench = bench(version);
            let state = |bench: &Bench<Cpython3>| (bench.slots(), bench.regs().extra, bench.dict.bytes().total());
            let a = str_key(&mut bench, "a");
            bench.run(Op::Set(a, Obj::NONE));
            assert_eq!(state(&bench), (8, UNICODE, 184));
            let general = if tricked(version) { (16, 0, 352) } else { (8, 0, 224) };
            bench.run_all(sets([1]));
            assert_eq!(state(&bench), general);
            bench.run_all(dels([1]));
            assert_eq!(state(&bench), general);
            let dummies =
                |bench: &Bench<Cpython3>| bench.dict.state.main.indices.iter().filter(|i| i.is_dummy()).count();
            let copied = |how| {
                let mut copy = bench.clone();
                copy.copy(how);
                (state(&copy), dummies(&copy))
            };
            assert_eq!(copied(CopyHow::Copy), (general, 1));
            assert_eq!(copied(CopyHow::Dict), (general, 0));
            assert_eq!(copied(CopyHow::Comprehension), ((8, UNICODE, 184), 0));
        }
    }

    #[test]
    fn the_change_to_general_may_grow_an_emptied_table() {
        for version in all() {
            let mut bench = bench(version);
            let keys = ["a", "b", "c", "d", "e"].map(|text| str_key(&mut bench, text));
            for key in keys {
                bench.run(Op::Set(key, Obj::NONE));
            }
            for key in &keys[1..] {
                bench.run(Op::Del(*key));
            }
            bench.run_all(sets([1]));
            assert_eq!(bench.slots(), if tricked(version) { 16 } else { 8 });
        }
    }

    #[test]
    fn sizes_while_growing() {
        let at = [1, 6, 11, 22, 43, 86, 171, 342, 683, 1366, 2731, 5462, 10923, 21846, 43691, 87382];
        let sizes_3_8: [u64; 16] = [
            232, 360, 640, 1176, 2272, 4696, 9312, 18520, 36960, 73816, 147_552, 295_000, 589_920, 1_310_808,
            2_621_536, 5_242_968,
        ];
        for version in all() {
            let less = less_than_3_7(version);
            let (skipped, first) = if version < Version::V3_8 { (1, 248) } else { (0, 64) };
            let mut expected = vec![format!("0:{first}")];
            expected
                .extend(at.iter().zip(sizes_3_8).skip(skipped).map(|(at, size)| format!("{at}:{}", size + 16 - less)));
            assert_eq!(bench(version).growth(), expected.join(" "), "{}", version.name());
        }
    }

    #[test]
    fn churn_on_an_emptied_table() {
        for version in all() {
            let emptied = || {
                let mut bench = bench(version);
                bench.run_all(sets(0..100_000));
                bench.run_all(dels(0..100_000));
                assert_eq!((bench.slots(), bench.regs().fill, bench.regs().usable), (262_144, 100_000, 74_762));
                bench
            };
            let old = version == Version::V3_6;
            let refilled = if old { 524_288 } else { 262_144 };
            assert_eq!(emptied().first_resize(0..100_000, false), Some((74_763, refilled)));
            let one_at_a_time = if old { 131_072 } else { 8 };
            assert_eq!(emptied().first_resize(100_000..200_000, true), Some((74_763, one_at_a_time)));
        }
    }

    #[test]
    fn copies_of_an_emptied_table() {
        for version in all() {
            let mut bench = bench(version);
            bench.run_all(sets(0..100_000));
            bench.run_all(dels(0..100_000));
            let sizes = |bench: &Bench<Cpython3>| {
                let prices = bench.dict.copy_prices(&bench.heap);
                let size = |how| prices.iter().find(|price| price.how == how).map(|price| price.after);
                (size(CopyHow::Copy), size(CopyHow::Dict))
            };
            let empty = match version {
                _ if version < Version::V3_8 => (248, 248),
                _ if version < Version::V3_10 => (64, 232),
                _ => (64, 64),
            };
            assert_eq!(sizes(&bench), (Some(empty.0), Some(empty.1)), "{}", version.name());
            bench.run_all(sets([1]));
            let one = if tricked(version) { 376 } else { 248 } - less_than_3_7(version);
            assert_eq!(sizes(&bench), (Some(one), Some(one)), "{}", version.name());
        }
    }

    #[test]
    fn merged_copies() {
        let sizes = [
            (1, 8, 16),
            (4, 8, 16),
            (5, 8, 8),
            (6, 16, 16),
            (10, 16, 16),
            (11, 32, 32),
            (21, 32, 64),
            (22, 64, 64),
            (42, 64, 64),
            (43, 128, 128),
            (85, 128, 256),
            (86, 256, 256),
            (171, 512, 512),
            (341, 512, 1024),
            (342, 1024, 1024),
        ];
        for version in all() {
            for (live, rounded_up, by_bits) in sizes {
                let mut bench = bench(version);
                bench.run_all(sets(0..live * 4));
                bench.run_all(dels(live..live * 4));
                bench.copy(CopyHow::Dict);
                assert_eq!(
                    bench.slots(),
                    if tricked(version) { by_bits } else { rounded_up },
                    "{}, {live} keys",
                    version.name()
                );
            }
        }
    }

    #[test]
    fn copy_keeps_the_holes_and_doubles_on_the_next_insert() {
        for how in CopyHow::ALL {
            let mut bench = bench(Version::V3_11);
            bench.run_all(sets(0..1365));
            bench.run_all(dels(0..400));
            bench.copy(how);
            assert_eq!(bench.dict.bytes().total(), 36_952);
            bench.run_all(sets([2000]));
            assert_eq!(bench.dict.bytes().total(), if how == CopyHow::Copy { 73_808 } else { 36_952 }, "{how:?}");
        }
    }

    #[test]
    fn displays() {
        for version in all() {
            for (items, slots) in
                [(1, 8), (5, 8), (6, 16), (10, 16), (11, 32), (17, 32), (22, 64), (43, 128), (86, 256)]
            {
                let mut bench = bench(version);
                bench.display(0..items);
                assert_eq!(bench.slots(), slots, "{}, {items} items", version.name());
            }
        }
    }

    #[test]
    fn displays_too_long_for_the_compiler_are_built_in_parts() {
        for version in all() {
            for (items, slots) in [(65_534, 131_072), (65_537, 131_072), (131_071, 262_144)] {
                let mut bench = bench(version);
                bench.display(0..items);
                assert_eq!(
                    (bench.slots(), i64::from(bench.regs().used)),
                    (slots, items),
                    "{}, {items} items",
                    version.name()
                );
                bench.dict.check(&bench.heap).unwrap();
            }
        }
    }

    #[test]
    fn a_display_looks_at_all_its_keys_only_when_it_makes_room() {
        for version in all().filter(|version| *version >= Version::V3_11) {
            for (items, rounded_up, by_bits) in [
                (1, 8, 8),
                (2, 8, 16),
                (3, 8, 16),
                (4, 16, 16),
                (5, 16, 16),
                (10, 16, 16),
                (11, 32, 32),
                (15, 32, 32),
                (16, 64, 64),
                (22, 64, 64),
                (23, 128, 128),
            ] {
                let slots = if tricked(version) { by_bits } else { rounded_up };
                let mut bench = bench(version);
                let mut keys: Vec<_> = (1..items).map(|n| str_key(&mut bench, &n.to_string())).collect();
                keys.push(bench.heap.alloc(Value::Int(1)));
                let pairs: Vec<_> = keys.into_iter().map(|key| (key, Obj::NONE)).collect();
                bench.run(Op::Display(&pairs));
                assert_eq!((bench.slots(), bench.regs().extra), (slots, 0), "{}, {items} items", version.name());
            }
        }
    }

    #[test]
    fn update_makes_room_when_the_table_could_not_hold_the_items_alone() {
        for version in all() {
            for (items, slots, by_bits) in
                [(0, 8, 8), (1, 16, 16), (6, 32, 32), (15, 32, 32), (16, 32, 64), (17, 64, 64)]
            {
                let mut bench = bench(version);
                bench.run_all(sets(0..5));
                bench.update(10..10 + items);
                assert_eq!(
                    bench.slots(),
                    if tricked(version) { by_bits } else { slots },
                    "{}, {items} items",
                    version.name()
                );
            }
        }
    }

    #[test]
    fn an_empty_dict_takes_over_a_clone_of_what_it_is_updated_with() {
        for version in all() {
            let mut bench = bench(version);
            bench.run_all(sets(0..60));
            bench.run_all(dels(0..60));
            bench.update(0..3);
            assert_eq!(bench.slots(), if version < Version::V3_10 { 128 } else { 8 }, "{}", version.name());
        }
    }

    #[test]
    fn the_empty_table_is_shared() {
        for version in all() {
            let mut bench = bench(version);
            let new = if version < Version::V3_8 { 8 } else { 1 };
            assert_eq!(bench.slots(), new);
            bench.run_all(sets([1]));
            bench.run(Op::Clear);
            assert_eq!((bench.slots(), bench.regs().usable), (1, 0));
            assert_eq!(bench.dict.bytes().total(), if version < Version::V3_8 { 80 } else { 64 });
            bench.run(Op::Display(&[]));
            assert_eq!(bench.slots(), new);
            bench.run(Op::FromKeys(&[]));
            assert_eq!(bench.slots(), if version < Version::V3_10 { 8 } else { 1 });
        }
    }
}
