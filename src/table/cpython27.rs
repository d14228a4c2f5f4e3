//! CPython 2.7: one array of hash, key and value, with dummies.
//!
//! Source: `Objects/dictobject.c` of 2.7.18, read off the running interpreter on 64-bit builds.

use super::cpython::{
    Dict, Lookup, MAX_PRESIZED, MIN_SIZE, Present, Seen, Walk, check_cells, ensure, run, search, seek,
};
use super::observe::{Event, Observer, Reason, Resize, Saw, Side};
use super::op::{CopyHow, MergeFrom, Op, Outcome};
use super::policy::{Bytes, CopyPrice, Deletion, Forecast, Layout, Policy, ResizeRule, Table};
use super::state::{Arrays, Regs, Slot, State};
use crate::python::{Heap, Obj, Version};

/// The dict of CPython 2.7.
///
/// Registers: `used` is `ma_used`, `fill` is `ma_fill`, `extra` the hash field of slot 0, which `popitem` uses as its
/// finger; they are set once at the end of a change of the arrays, and once after a swap.
#[derive(Clone, Debug)]
pub struct Cpython27 {
    state: State,
}

/// Above this many live keys a full table asks for twice their number instead of four times (`insertdict`'s callers).
const FEW: u64 = 50_000;

/// What `BUILD_MAP` presizes to at most: its argument has 16 bits.
const MAX_PRESIZE: u64 = 0xFFFF;

/// The smallest size above `wanted` (`dictresize`); that of `{}` for 0, when nothing was asked for.
const fn size_above(wanted: u64) -> usize {
    let size = (wanted + 1).next_power_of_two();
    if size < MIN_SIZE as u64 { MIN_SIZE } else { size as usize }
}

/// What a full table with this many live keys asks for.
const fn wanted_when_full(used: u64) -> u64 {
    if used > FEW { used * 2 } else { used * 4 }
}

/// The `fill` at which a table of this size is full.
const fn full_at(size: usize) -> u64 {
    (size as u64 * 2).div_ceil(3)
}

/// What a merge of this many items into a table with these counts asks for, if it has to make room (`PyDict_Merge`).
const fn merge_wants(size: usize, fill: u64, used: u64, items: u64) -> Option<u64> {
    if (fill + items) * 3 >= size as u64 * 2 { Some((used + items) * 2) } else { None }
}

/// The size that inserting this many distinct keys one by one into `{}` leads to.
fn rebuilt_size(used: u64) -> usize {
    let mut size = MIN_SIZE;
    while used >= full_at(size) {
        size = size_above(wanted_when_full(full_at(size)));
    }
    size
}

impl Cpython27 {
    /// The one policy of this file.
    pub const POLICIES: &'static [Policy] = &[Policy {
        name: "cpython-2.7",
        title: "CPython 2.7",
        doc: "One array of slots. The probe starts at hash & mask and goes on at (5*i + perturb + 1) & mask. A deletion \
              leaves a dummy, which an insert may take again; the array never shrinks on deletion. After an insert that \
              leaves two thirds of the slots taken (dummies count) the live keys move to a new array, sized by their \
              number: it may be smaller.",
        python: Version::V2_7,
        deletion: Deletion::OnInsert,
        new: || Cpython27::new().into(),
    }];

    /// `{}`: eight empty slots.
    pub fn new() -> Cpython27 {
        Cpython27 { state: State::new(Arrays::one(MIN_SIZE), Regs::default()) }
    }

    #[inline]
    fn mask(&self) -> usize {
        self.state.main.slots.len() - 1
    }

    /// Place a cell whose key is known to be absent in the next arrays, which hold no dummy (`insertdict_clean`).
    fn place<O: Observer>(&mut self, from: usize, cell: Slot, obs: &mut O) {
        if O::ACTIVE {
            obs.event(Event::Move { from: from as u32, key: cell.live_key() });
        }
        let slots = &self.state.side(Side::Next).slots;
        let walk = Walk::used_then_shifted(cell.hash, slots.len() - 1);
        let at = |i: usize| slots[i & (slots.len() - 1)].key().map_or(Saw::Empty, Saw::Taken);
        let pos = seek(Side::Next, cell.hash, walk, at, obs);
        self.state.put(Side::Next, pos, cell, obs);
    }

    /// Start on a blank array of the size for `wanted`.
    fn begin<O: Observer>(&mut self, reason: Reason, wanted: u64, obs: &mut O) {
        let Regs { used, fill, .. } = self.state.regs;
        let (from, to) = (self.state.main.size() as u32, size_above(wanted));
        let resize = Resize { reason, from, to: to as u32, wanted, live: used, dead: fill - used, clone: false };
        self.state.begin_next(Arrays::one(to), resize, obs);
    }

    /// Move the live cells, in slot order, to a new array (`dictresize`).
    fn resize<O: Observer>(&mut self, reason: Reason, wanted: u64, obs: &mut O) {
        self.begin(reason, wanted, obs);
        for from in 0..self.state.main.slots.len() {
            let cell = self.state.main.slots[from];
            if cell.is_live() {
                self.place(from, cell, obs);
            }
        }
        self.state.finish_next(obs);
        let first = self.state.main.slots[0];
        let used = self.state.regs.used;
        self.state.set_regs(Regs { used, fill: used, usable: 0, extra: first.hash }, obs);
    }

    /// Put a new, empty array in place of the old one.
    fn replace<O: Observer>(&mut self, reason: Reason, wanted: u64, obs: &mut O) {
        self.begin(reason, wanted, obs);
        self.state.finish_next(obs);
        self.state.set_regs(Regs::default(), obs);
    }

    /// Insert without the check for a full table (`insertdict`).
    #[inline]
    fn insert_unchecked<O: Observer>(
        &mut self,
        (key, value): (Obj, Obj),
        present: Present,
        heap: &Heap,
        obs: &mut O,
    ) -> Option<Slot> {
        let hash = heap.hash(key);
        match self.lookup(key, hash, heap, obs) {
            Lookup::Found { cell, .. } => {
                let old = self.state.main.slots[cell];
                if present == Present::Replace {
                    self.state.put(Side::Main, cell, old.with_value(value), obs);
                }
                Some(old)
            }
            Lookup::Absent { slot } => {
                let mut regs = self.state.regs;
                regs.used += 1;
                regs.fill += u32::from(self.state.main.slots[slot].is_empty());
                if slot == 0 {
                    regs.extra = hash;
                }
                self.state.put(Side::Main, slot, Slot::live(hash, key, value), obs);
                self.state.set_regs(regs, obs);
                None
            }
        }
    }

    /// What `dict(d)` and `d.copy()` ask for, or 0: a merge into `{}`.
    fn copy_wants(&self) -> u64 {
        merge_wants(MIN_SIZE, 0, 0, u64::from(self.state.regs.used)).unwrap_or(0)
    }

    /// `sys.getsizeof` in parts: 32 bytes of GC header, 248 of object with the eight inline slots, 24 a slot that is not.
    fn bytes_of(size: usize) -> Bytes {
        let entries = if size == MIN_SIZE { 0 } else { 24 * size as u64 };
        Bytes { gc: 32, object: 248, header: 0, indices: 0, entries }
    }
}

impl Default for Cpython27 {
    fn default() -> Self {
        Cpython27::new()
    }
}

impl Dict for Cpython27 {
    fn has_unpack(&self) -> bool {
        false
    }

    fn has_update_or(&self) -> bool {
        false
    }

    #[inline]
    fn lookup<O: Observer>(&self, key: Obj, hash: i64, heap: &Heap, obs: &mut O) -> Lookup {
        let slots = &self.state.main.slots[..];
        let at = |i: usize| {
            let cell = slots[i & (slots.len() - 1)];
            if cell.is_live() {
                Seen::Live(i, cell)
            } else if cell.is_empty() {
                Seen::Empty
            } else {
                Seen::Dummy
            }
        };
        search(key, hash, Walk::used_then_shifted(hash, self.mask()), at, heap, obs)
    }

    #[inline]
    fn insert<O: Observer>(&mut self, item: (Obj, Obj), present: Present, heap: &Heap, obs: &mut O) -> Option<Slot> {
        let old = self.insert_unchecked(item, present, heap, obs);
        let Regs { used, fill, .. } = self.state.regs;
        if old.is_none() && u64::from(fill) * 3 >= self.state.main.slots.len() as u64 * 2 {
            self.resize(Reason::Full, wanted_when_full(u64::from(used)), obs);
        }
        old
    }

    #[inline]
    fn remove<O: Observer>(&mut self, key: Obj, heap: &Heap, obs: &mut O) -> Option<Slot> {
        match self.lookup(key, heap.hash(key), heap, obs) {
            Lookup::Found { cell, .. } => {
                let old = self.state.main.slots[cell];
                self.state.put(Side::Main, cell, old.tombstone(), obs);
                let regs = self.state.regs;
                self.state.set_regs(Regs { used: regs.used - 1, ..regs }, obs);
                Some(old)
            }
            Lookup::Absent { .. } => None,
        }
    }

    /// Slot 0 if it is live, else the first live slot from the finger on, wrapping to 1.
    fn pop_item<O: Observer>(&mut self, obs: &mut O) -> Slot {
        let slots = &self.state.main.slots;
        let regs = self.state.regs;
        let mut i = 0;
        if !slots[0].is_live() {
            let last = self.mask();
            i = usize::try_from(regs.extra).ok().filter(|finger| (1..=last).contains(finger)).unwrap_or(1);
            while !slots[i].is_live() {
                i = if i == last { 1 } else { i + 1 };
            }
        }
        let old = slots[i];
        self.state.put(Side::Main, i, old.tombstone(), obs);
        self.state.set_regs(Regs { used: regs.used - 1, extra: i as i64 + 1, ..regs }, obs);
        old
    }

    fn clear<O: Observer>(&mut self, obs: &mut O) {
        if self.state.main.size() != MIN_SIZE || self.state.regs.fill > 0 {
            self.replace(Reason::Cleared, 0, obs);
        }
    }

    /// `BUILD_MAP` with room for the items (`_PyDict_NewPresized`), then ordinary inserts.
    fn display<O: Observer>(&mut self, items: &[(Obj, Obj)], heap: &Heap, obs: &mut O) {
        let room = if items.len() > 5 { MAX_PRESIZE.min(items.len() as u64) } else { 0 };
        self.replace(Reason::Cleared, room, obs);
        for &item in items {
            self.add(item, Present::Replace, heap, obs);
        }
    }

    fn construct<O: Observer>(&mut self, obs: &mut O) {
        self.replace(Reason::Cleared, 0, obs);
    }

    fn temporary(&self, items: &[(Obj, Obj)], heap: &Heap) -> Self {
        let mut dict = Cpython27::new();
        dict.display(items, heap, &mut super::Noop);
        dict
    }

    fn merge_from(&self) -> MergeFrom {
        MergeFrom { slots: self.state.main.size() as u32, clean: false, unicode: false }
    }

    /// `PyDict_Merge`: room for all at once, then inserts in slot order without checks.
    fn merge_items<O: Observer>(&mut self, items: &[(Obj, Obj)], _from: MergeFrom, heap: &Heap, obs: &mut O) {
        let Regs { used, fill, .. } = self.state.regs;
        if items.is_empty() {
            return;
        }
        let count = items.len() as u64;
        if let Some(wanted) = merge_wants(self.state.main.size(), u64::from(fill), u64::from(used), count) {
            self.resize(Reason::Presize, wanted, obs);
        }
        for &(key, value) in items {
            let old = self.insert_unchecked((key, value), Present::Replace, heap, obs);
            if O::ACTIVE && old.is_none() {
                obs.born(key);
            }
        }
    }

    fn slots_after(&self, items: &[(Obj, Obj)], _heap: &Heap) -> u64 {
        let Regs { used, fill, .. } = self.state.regs;
        let (size, used, fill, items) = (self.state.main.size(), used.into(), fill.into(), items.len() as u64);
        if items > 1 {
            // Room for all at once, after which nothing resizes.
            return merge_wants(size, fill, used, items).map_or(size, size_above) as u64;
        }
        // It may take a dummy, and then fills nothing; that is not looked up.
        if fill + items < full_at(size) { size as u64 } else { size_above(wanted_when_full(used + items)) as u64 }
    }

    fn copy<O: Observer>(&mut self, how: CopyHow, heap: &Heap, obs: &mut O) {
        if how == CopyHow::Comprehension {
            let old = self.state.main.slots.clone();
            self.replace(Reason::Copy(how), 0, obs);
            for (from, cell) in old.into_iter().enumerate() {
                if let (true, Some(key), Some(value)) = (cell.is_live(), cell.key(), cell.value()) {
                    if O::ACTIVE {
                        obs.event(Event::Move { from: from as u32, key });
                    }
                    self.insert((key, value), Present::Replace, heap, obs);
                }
            }
        } else {
            self.resize(Reason::Copy(how), self.copy_wants(), obs);
        }
    }
}

impl Table for Cpython27 {
    fn policy(&self) -> &'static Policy {
        &Cpython27::POLICIES[0]
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

    /// `_PyDict_NewPresized` takes a number of slots, of which two thirds may be taken.
    fn presize(&mut self, keys: u32) {
        let keys = u64::from(keys.min(MAX_PRESIZED));
        self.replace(Reason::Presize, keys * 3 / 2 + 1, &mut super::Noop);
    }

    fn bytes(&self) -> Bytes {
        Cpython27::bytes_of(self.state.main.size())
    }

    fn forecast(&self) -> Forecast {
        let Regs { used, fill, .. } = self.state.regs;
        // In the middle of an insert, before the resize it leads to, the table is fuller than it ever stays.
        let until_full = full_at(self.state.main.size()).saturating_sub(u64::from(fill));
        let next_size = size_above(wanted_when_full(u64::from(used) + until_full)) as u32;
        Forecast { inserts_left: Some((until_full as u32).saturating_sub(1)), next_size }
    }

    fn copy_prices(&self, _heap: &Heap) -> Vec<CopyPrice> {
        let before = self.bytes().total();
        let price = |how| {
            let used = u64::from(self.state.regs.used);
            let size = if how == CopyHow::Comprehension { rebuilt_size(used) } else { size_above(self.copy_wants()) };
            let after = Cpython27::bytes_of(size).total();
            CopyPrice { how, moved: used as u32, clone: false, slots: size as u32, before, after }
        };
        [CopyHow::Comprehension, CopyHow::Dict, CopyHow::Copy].into_iter().map(price).collect()
    }

    fn resize_rule(&self, reason: Reason) -> ResizeRule {
        let (trigger, wanted) = match reason {
            Reason::Presize => ("(fill + items) * 3 >= size * 2", "(used + items) * 2"),
            Reason::Copy(CopyHow::Dict | CopyHow::Copy) => ("items * 3 >= 8 * 2", "items * 2"),
            Reason::Copy(_) | Reason::Cleared => ("a new dict", "room for the items of the display"),
            _ => ("fill * 3 >= size * 2", "used * 4, or used * 2 above 50,000"),
        };
        ResizeRule { trigger, wanted, size: "the smallest power of two above it, at least 8" }
    }

    fn check(&self, heap: &Heap) -> Result<(), String> {
        let (slots, regs) = (&self.state.main.slots, self.state.regs);
        let size = slots.len();
        let count = |is: fn(Slot) -> bool| slots.iter().filter(|&&cell| is(cell)).count();
        ensure(self.state.next.is_none(), || "a resize is under way".into())?;
        ensure(size.is_power_of_two() && size >= MIN_SIZE, || format!("{size} slots"))?;
        let (live, dead) = (count(Slot::is_live), count(Slot::is_tombstone));
        ensure(live == regs.used as usize, || format!("used is {}, live are {live}", regs.used))?;
        ensure(live + dead == regs.fill as usize, || format!("fill is {}, taken are {}", regs.fill, live + dead))?;
        ensure(u64::from(regs.fill) < full_at(size), || format!("fill is {} of {size}: full", regs.fill))?;
        ensure(!slots[0].is_live() || slots[0].hash == regs.extra, || "slot 0 and its hash field disagree".into())?;
        check_cells(self, slots, heap)
    }

    fn layout(&self) -> Layout {
        Layout::One
    }
}

#[cfg(test)]
mod tests {
    use super::super::cpython::tests::{Bench, dels, sets};
    use super::*;

    fn bench() -> Bench<Cpython27> {
        Bench::new(Cpython27::new(), Version::V2_7)
    }

    /// The keys by slot; a dummy as `x`, an empty slot as `.`.
    fn picture(bench: &Bench<Cpython27>) -> String {
        let cells = bench.dict.state.main.slots.iter().map(|cell| match cell.key().and_then(Obj::small_int) {
            Some(key) if cell.is_live() => key.to_string(),
            Some(_) => "x".into(),
            None => ".".into(),
        });
        cells.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_dummy_is_reused_and_fill_does_not_move() {
        let mut bench = bench();
        bench.run_all(sets([0, 8, 16, 32]));
        assert_eq!(picture(&bench), "0 8 . . . . 16 32");
        bench.run_all(dels([8]));
        assert_eq!(picture(&bench), "0 x . . . . 16 32");
        assert_eq!(bench.regs().fill, 4);
        bench.run_all(sets([24]));
        assert_eq!(picture(&bench), "0 24 . . . . 16 32");
        assert_eq!(bench.regs().fill, 4);
        bench.run_all(sets([8]));
        assert_eq!(picture(&bench), "0 24 . . 8 . 16 32");
        assert_eq!(bench.regs().fill, 5);
    }

    #[test]
    fn perturb_is_used_before_it_is_shifted() {
        let mut bench = bench();
        bench.run_all(sets([0, 32, -1, -2]));
        assert_eq!(picture(&bench), "0 32 . . . -2 -1 .");
    }

    #[test]
    fn a_resize_is_sized_by_the_live_keys() {
        let mut bench = bench();
        bench.run_all(sets(1..=5));
        bench.run_all(dels([1, 2, 3]));
        bench.run_all(sets([7]));
        assert_eq!((bench.slots(), bench.regs().used, bench.regs().fill), (16, 3, 3));
    }

    #[test]
    fn popitem_starts_at_the_finger_in_slot_0() {
        let mut bench = bench();
        bench.run_all(sets([0, 1, 2, 5]));
        for (key, finger) in [(0, 1), (1, 2), (2, 3), (5, 6)] {
            assert_eq!(bench.pop_item(), Some(key));
            assert_eq!(bench.regs().extra, finger);
        }
        assert_eq!(bench.pop_item(), None);
    }

    #[test]
    fn popitem_takes_the_hash_of_a_dead_key_for_its_finger() {
        let mut bench = bench();
        bench.run_all(sets([3, 8, 5]));
        bench.run_all(dels([8]));
        assert_eq!(bench.regs().extra, 8);
        assert_eq!(bench.pop_item(), Some(3));
        assert_eq!(bench.regs().extra, 4);
    }

    #[test]
    fn sizes_while_growing() {
        let expected = "0:280 6:1048 22:3352 86:12568 342:49432 1366:196888 5462:786712 21846:3146008 87382:6291736";
        assert_eq!(bench().growth(), expected);
    }

    #[test]
    fn displays_make_room_and_may_have_to_grow_all_the_same() {
        let sizes = [
            (5, 8),
            (6, 32),
            (7, 32),
            (8, 16),
            (10, 16),
            (11, 64),
            (15, 64),
            (16, 32),
            (21, 32),
            (22, 128),
            (131_071, 262_144),
        ];
        for (items, slots) in sizes {
            let mut bench = bench();
            bench.display(0..items);
            assert_eq!(bench.slots(), slots, "{items} items");
        }
    }

    #[test]
    fn update_makes_room_for_all_items_at_once() {
        for (items, slots) in [(0, 8), (1, 16), (2, 16), (3, 32), (10, 32), (11, 64), (26, 64), (27, 128)] {
            let mut bench = bench();
            bench.run_all(sets(0..5));
            bench.update(10..10 + items);
            assert_eq!(bench.slots(), slots, "{items} items");
        }
    }

    #[test]
    fn an_emptied_table_keeps_its_size_until_it_is_copied() {
        let mut bench = bench();
        bench.run_all(sets(0..100_000));
        bench.run_all(dels(0..100_000));
        assert_eq!((bench.dict.bytes().total(), bench.regs().used, bench.regs().fill), (6_291_736, 0, 100_000));
        for price in bench.dict.copy_prices(&bench.heap) {
            assert_eq!((price.slots, price.before, price.after), (8, 6_291_736, 280));
        }
    }

    #[test]
    fn churn_on_an_emptied_table() {
        let emptied = || {
            let mut bench = bench();
            bench.run_all(sets(0..100_000));
            bench.run_all(dels(0..100_000));
            bench
        };
        let mut same_keys = emptied();
        assert_eq!(same_keys.first_resize(0..100_000, false), None);
        assert_eq!(same_keys.regs().fill, 100_000);
        let mut new_keys = emptied();
        assert_eq!(new_keys.first_resize(100_000..200_000, false), Some((74_763, 262_144)));
        assert_eq!(new_keys.regs().fill, 74_763);
        assert_eq!(emptied().first_resize(0..200_000, true), Some((174_763, 8)));
    }
}
