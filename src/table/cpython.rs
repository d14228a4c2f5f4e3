//! What the dicts of all versions of CPython share: the probe sequence, the search, and the operations made of a few
//! steps that each layout takes its own way.

use super::observe::{Event, Noop, Observer, Probe, Saw, Side};
use super::op::{CopyHow, MergeFrom, Op, Outcome};
use super::policy::{AnyTable, Table};
use super::state::{MAX_SLOTS, Slot};
use crate::python::{Heap, Obj};

/// The smallest table with room for a key (`PyDict_MINSIZE`).
pub(super) const MIN_SIZE: usize = 8;

/// The most keys that a table is presized for: with more it would have more than [`MAX_SLOTS`] slots.
pub(super) const MAX_PRESIZED: u32 = (MAX_SLOTS * 2 / 3 - 1) as u32;

/// `PERTURB_SHIFT`
const PERTURB_SHIFT: u32 = 5;

/// A walk over the slots where a hash may be: `hash & mask` first, then `(5 * slot + perturb + 1) & mask`.
#[derive(Clone, Copy)]
pub(super) struct Walk {
    /// The slot to look into.
    pub slot: usize,
    mask: usize,
    nth: u32,
    added: u64,
    perturb: u64,
}

impl Walk {
    /// The walk of 2.7, where perturb is used first and shifted then (`lookdict` in 2.7).
    #[inline]
    pub fn used_then_shifted(hash: i64, mask: usize) -> Walk {
        let perturb = hash as u64;
        Walk { slot: perturb as usize & mask, mask, nth: 0, added: perturb, perturb }
    }

    /// The walk of 3.6+, where perturb is shifted first and used then (`lookdict` in 3.6+).
    #[inline]
    pub fn shifted_then_used(hash: i64, mask: usize) -> Walk {
        let walk = Walk::used_then_shifted(hash, mask);
        Walk { perturb: walk.perturb >> PERTURB_SHIFT, ..walk }
    }

    /// Go on to the next slot.
    #[inline]
    pub fn step(&mut self) {
        self.nth += 1;
        self.added = self.perturb;
        let next = (self.slot as u64).wrapping_mul(5).wrapping_add(self.perturb).wrapping_add(1);
        self.slot = next as usize & self.mask;
        self.perturb >>= PERTURB_SHIFT;
    }

    #[inline]
    fn tell<O: Observer>(&self, side: Side, hash: i64, saw: Saw, obs: &mut O) {
        if O::ACTIVE {
            let (slot, nth, perturb) = (self.slot as u32, self.nth, self.added);
            obs.event(Event::Probe(Probe { side, slot, nth, hash, perturb, saw }));
        }
    }
}

/// What is in a slot that is probed.
pub(super) enum Seen {
    Empty,
    Dummy,
    /// A live cell, and its position in `slots`.
    Live(usize, Slot),
}

/// How a search ended.
pub(super) enum Lookup {
    /// At this probed slot, whose cell is at this position of `slots`.
    Found { slot: usize, cell: usize },
    /// Nowhere; an insert takes this slot: the first dummy passed, or else the empty slot that ended the search.
    Absent { slot: usize },
}

/// Search for a key (`lookdict`): the same object, or an equal hash and then `==`.
///
/// From 3.7 on CPython walks a second time to find the slot for an insert or to unlink a deleted key; it meets the same
/// slots, so that walk is not told again.
#[inline]
pub(super) fn search<O: Observer>(
    key: Obj,
    hash: i64,
    mut walk: Walk,
    at: impl Fn(usize) -> Seen,
    heap: &Heap,
    obs: &mut O,
) -> Lookup {
    if O::ACTIVE {
        obs.event(Event::Search { key, hash });
    }
    let mut free = None;
    loop {
        let saw = match at(walk.slot) {
            Seen::Live(cell, there) => {
                let same = there.live_key() == key || (there.hash == hash && heap.same_key(there.live_key(), key));
                if same {
                    walk.tell(Side::Main, hash, Saw::Found(there.live_key()), obs);
                    return Lookup::Found { slot: walk.slot, cell };
                }
                if there.hash == hash { Saw::KeyDiffers(there.live_key()) } else { Saw::HashDiffers(there.live_key()) }
            }
            Seen::Empty => {
                walk.tell(Side::Main, hash, Saw::Empty, obs);
                return Lookup::Absent { slot: free.unwrap_or(walk.slot) };
            }
            Seen::Dummy => {
                let first = free.is_none();
                free = free.or(Some(walk.slot));
                Saw::Tombstone { first }
            }
        };
        walk.tell(Side::Main, hash, saw, obs);
        walk.step();
    }
}

/// The first slot on the walk that is empty or holds what is looked for, known to be there: no key is compared (2.7:
/// `insertdict_clean`; 3.6+: `build_indices`, `find_empty_slot`, `lookdict_index`).
#[inline]
pub(super) fn seek<O: Observer>(
    side: Side,
    hash: i64,
    mut walk: Walk,
    at: impl Fn(usize) -> Saw,
    obs: &mut O,
) -> usize {
    loop {
        let saw = at(walk.slot);
        walk.tell(side, hash, saw, obs);
        if matches!(saw, Saw::Empty | Saw::Found(_)) {
            return walk.slot;
        }
        walk.step();
    }
}

/// What an insert does to a key that is already there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Present {
    /// `d[k] = v`: the value is replaced, the key object stays.
    Replace,
    /// `setdefault`: nothing.
    Keep,
}

/// The steps of the operations.
pub(super) trait Dict: Table + Sized {
    /// Whether `{**d}` (3.5+) may be written.
    fn has_unpack(&self) -> bool;

    /// Whether `d |= {…}` (3.9+) may be written.
    fn has_update_or(&self) -> bool;

    /// Search for a key.
    fn lookup<O: Observer>(&self, key: Obj, hash: i64, heap: &Heap, obs: &mut O) -> Lookup;

    /// The cell of `key`.
    #[inline]
    fn find<O: Observer>(&self, key: Obj, heap: &Heap, obs: &mut O) -> Option<Slot> {
        match self.lookup(key, heap.hash(key), heap, obs) {
            Lookup::Found { cell, .. } => Some(self.state().main.slots[cell]),
            Lookup::Absent { .. } => None,
        }
    }

    /// Insert; the cell that was there before, if any.
    fn insert<O: Observer>(&mut self, item: (Obj, Obj), present: Present, heap: &Heap, obs: &mut O) -> Option<Slot>;

    /// [`Dict::insert`] on somebody's behalf: a key that was not there is announced.
    #[inline]
    fn add<O: Observer>(&mut self, item: (Obj, Obj), present: Present, heap: &Heap, obs: &mut O) -> Option<Slot> {
        let old = self.insert(item, present, heap, obs);
        if O::ACTIVE && old.is_none() {
            obs.born(item.0);
        }
        old
    }

    /// Delete; the cell that was there, if any.
    fn remove<O: Observer>(&mut self, key: Obj, heap: &Heap, obs: &mut O) -> Option<Slot>;

    /// `popitem()` of a dict that is not empty; the cell that was there.
    fn pop_item<O: Observer>(&mut self, obs: &mut O) -> Slot;

    /// `clear()`
    fn clear<O: Observer>(&mut self, obs: &mut O);

    /// `d = {k: v, …}`
    fn display<O: Observer>(&mut self, items: &[(Obj, Obj)], heap: &Heap, obs: &mut O);

    /// `d = dict()`, the start of `dict.fromkeys`.
    fn construct<O: Observer>(&mut self, obs: &mut O);

    /// The display that `update` is given, as a dict of its own.
    fn temporary(&self, items: &[(Obj, Obj)], heap: &Heap) -> Self;

    /// Insert all that `other` holds.
    fn merge<O: Observer>(&mut self, other: &Self, heap: &Heap, obs: &mut O) {
        let cells = other.state().main.slots.iter().filter(|cell| cell.is_live());
        let items: Vec<_> = cells.filter_map(|cell| cell.key().zip(cell.value())).collect();
        self.merge_items(&items, other.merge_from(), heap, obs);
    }

    /// What a merge looks at of this dict.
    fn merge_from(&self) -> MergeFrom;

    /// Insert all items of another dict, in its order (`dict_merge` with override).
    fn merge_items<O: Observer>(&mut self, items: &[(Obj, Obj)], from: MergeFrom, heap: &Heap, obs: &mut O);

    /// The slots of the table after these were put in, if no key of them is there yet.
    fn slots_after(&self, items: &[(Obj, Obj)], heap: &Heap) -> u64;

    /// `d = ` a copy of itself.
    fn copy<O: Observer>(&mut self, how: CopyHow, heap: &Heap, obs: &mut O);
}

/// One operation of any CPython dict.
#[inline]
pub(super) fn run<D: Dict, O: Observer>(dict: &mut D, op: Op<'_>, heap: &Heap, obs: &mut O) -> Outcome {
    if dict.state().main.size() > FAR_FROM_MAX
        && let Some(slots) = too_large(dict, op, heap)
    {
        return Outcome::TooLarge(slots);
    }
    let value = |cell: Option<Slot>| cell.and_then(Slot::value);
    let or_key_error = |cell: Option<Slot>| value(cell).map_or(Outcome::KeyError, Outcome::Value);
    match op {
        Op::Set(key, new) => {
            dict.add((key, new), Present::Replace, heap, obs);
            Outcome::Done
        }
        Op::Get(key) => or_key_error(dict.find(key, heap, obs)),
        Op::Contains(key) => Outcome::Bool(dict.find(key, heap, obs).is_some()),
        Op::GetOr(key, default) => Outcome::Value(value(dict.find(key, heap, obs)).unwrap_or(default)),
        Op::Del(key) => dict.remove(key, heap, obs).map_or(Outcome::KeyError, |_| Outcome::Done),
        Op::Pop(key, default) => {
            // `pop` looks at the length first: an empty dict is not searched.
            let cell = if dict.state().regs.used == 0 { None } else { dict.remove(key, heap, obs) };
            value(cell).or(default).map_or(Outcome::KeyError, Outcome::Value)
        }
        Op::PopItem if dict.state().regs.used == 0 => Outcome::KeyError,
        Op::PopItem => {
            let cell = dict.pop_item(obs);
            match (cell.key(), cell.value()) {
                (Some(key), Some(value)) => Outcome::Item(key, value),
                _ => unreachable!("popitem took an empty cell"),
            }
        }
        Op::SetDefault(key, default) => {
            let cell = dict.add((key, default), Present::Keep, heap, obs);
            Outcome::Value(value(cell).unwrap_or(default))
        }
        Op::UpdateOr(_) if !dict.has_update_or() => Outcome::Unsupported,
        Op::Update(items) | Op::UpdateOr(items) => {
            let other = dict.temporary(items, heap);
            dict.merge(&other, heap, obs);
            Outcome::Done
        }
        Op::Merge(items, from) => {
            dict.merge_items(items, from, heap, obs);
            Outcome::Done
        }
        Op::Clear => {
            dict.clear(obs);
            Outcome::Done
        }
        Op::Display(items) => {
            dict.display(items, heap, obs);
            Outcome::Done
        }
        Op::FromKeys(items) => {
            dict.construct(obs);
            for &item in items {
                dict.add(item, Present::Replace, heap, obs);
            }
            Outcome::Done
        }
        Op::Copy(CopyHow::Unpack) if !dict.has_unpack() => Outcome::Unsupported,
        Op::Copy(how) => {
            dict.copy(how, heap, obs);
            Outcome::Done
        }
        Op::ShrinkToFit | Op::Reserve(_) => Outcome::Unsupported,
    }
}

/// No operation makes a table of so many slots pass [`MAX_SLOTS`]: a million keys more lead to four times as many at most.
const FAR_FROM_MAX: usize = MAX_SLOTS / 8;

/// The slots that `op` would lead to, if they are more than [`MAX_SLOTS`].
#[cold]
fn too_large<D: Dict>(dict: &D, op: Op<'_>, heap: &Heap) -> Option<u64> {
    let slots = match op {
        Op::Set(key, value) | Op::SetDefault(key, value) => {
            let slots = dict.slots_after(&[(key, value)], heap);
            let is_new = slots > MAX_SLOTS as u64 && dict.find(key, heap, &mut Noop).is_none();
            if is_new { slots } else { 0 }
        }
        Op::Update(items) | Op::UpdateOr(items) | Op::Merge(items, _) => dict.slots_after(items, heap),
        Op::Copy(how) => {
            let prices = dict.copy_prices(heap);
            prices.iter().find(|price| price.how == how).map_or(0, |price| price.slots.into())
        }
        _ => 0,
    };
    (slots > MAX_SLOTS as u64).then_some(slots)
}

/// The value of `key` in a dict of CPython, which stays as it is; `None` for other tables.
pub(crate) fn peek(table: &AnyTable, key: Obj, heap: &Heap) -> Option<Obj> {
    let cell = match table {
        AnyTable::Cpython27(dict) => dict.find(key, heap, &mut Noop),
        AnyTable::Cpython3(dict) => dict.find(key, heap, &mut Noop),
        _ => None,
    };
    cell.and_then(Slot::value)
}

/// What a merge looks at of a dict of CPython; of other tables it looks at nothing but the items.
pub(crate) fn merge_from(table: &AnyTable) -> MergeFrom {
    match table {
        AnyTable::Cpython27(dict) => dict.merge_from(),
        AnyTable::Cpython3(dict) => dict.merge_from(),
        _ => MergeFrom { slots: 1, clean: false, unicode: false },
    }
}

/// An invariant, and what to say when it is broken.
pub(super) fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

/// Every cell has the hash of its key, and every live one is what a search for its key finds.
pub(super) fn check_cells<D: Dict>(dict: &D, slots: &[Slot], heap: &Heap) -> Result<(), String> {
    for (pos, cell) in slots.iter().enumerate() {
        let Some(key) = cell.key() else { continue };
        ensure(cell.hash == heap.hash(key), || format!("cell {pos} has the hash {}", cell.hash))?;
        if cell.is_live() {
            let found = match dict.lookup(key, cell.hash, heap, &mut Noop) {
                Lookup::Found { cell, .. } => Some(cell),
                Lookup::Absent { .. } => None,
            };
            ensure(found == Some(pos), || format!("a search for the key of cell {pos} ends at {found:?}"))?;
        }
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::python::{HashSettings, Value, Version};
    use crate::table::{AnyTable, Policy, Regs, State};

    /// A dict and its heap, checked after every operation on a small one.
    #[derive(Clone)]
    pub struct Bench<D> {
        pub dict: D,
        pub heap: Heap,
    }

    /// An operation on an int key; the value is `None`.
    pub enum IntOp {
        Set(i64),
        Del(i64),
    }

    pub fn sets(keys: impl IntoIterator<Item = i64>) -> impl Iterator<Item = IntOp> {
        keys.into_iter().map(IntOp::Set)
    }

    pub fn dels(keys: impl IntoIterator<Item = i64>) -> impl Iterator<Item = IntOp> {
        keys.into_iter().map(IntOp::Del)
    }

    impl<D: Table> Bench<D> {
        pub fn new(dict: D, version: Version) -> Bench<D> {
            Bench { dict, heap: Heap::new(version, HashSettings::default()) }
        }

        pub fn regs(&self) -> Regs {
            self.dict.state().regs
        }

        pub fn slots(&self) -> usize {
            self.dict.state().main.size()
        }

        pub fn run(&mut self, op: Op<'_>) -> Outcome {
            let outcome = self.dict.run(op, &self.heap, &mut Noop);
            if self.slots() < 1000 {
                self.dict.check(&self.heap).unwrap();
            }
            outcome
        }

        pub fn run_all(&mut self, ops: impl Iterator<Item = IntOp>) {
            for op in ops {
                let outcome = match op {
                    IntOp::Set(key) => {
                        let key = self.heap.alloc(Value::Int(key));
                        self.run(Op::Set(key, Obj::NONE))
                    }
                    IntOp::Del(key) => {
                        let key = self.heap.alloc(Value::Int(key));
                        self.run(Op::Del(key))
                    }
                };
                assert_eq!(outcome, Outcome::Done);
            }
        }

        pub fn pop_item(&mut self) -> Option<i64> {
            match self.run(Op::PopItem) {
                Outcome::Item(key, _) => key.small_int(),
                _ => None,
            }
        }

        pub fn copy(&mut self, how: CopyHow) {
            assert_eq!(self.run(Op::Copy(how)), Outcome::Done);
        }

        fn items(&mut self, keys: impl Iterator<Item = i64>) -> Vec<(Obj, Obj)> {
            keys.map(|key| (self.heap.alloc(Value::Int(key)), Obj::NONE)).collect()
        }

        pub fn display(&mut self, keys: impl Iterator<Item = i64>) {
            let items = self.items(keys);
            assert_eq!(self.run(Op::Display(&items)), Outcome::Done);
        }

        pub fn update(&mut self, keys: impl Iterator<Item = i64>) {
            let items = self.items(keys);
            assert_eq!(self.run(Op::Update(&items)), Outcome::Done);
        }

        /// Insert 0 … 99,999: `len:sizeof` wherever sizeof changes.
        pub fn growth(&mut self) -> String {
            let mut sizes = vec![(0, self.dict.bytes().total())];
            for key in 0..100_000 {
                self.run_all(sets([key]));
                let size = self.dict.bytes().total();
                if sizes.last().is_some_and(|&(_, last)| last != size) {
                    sizes.push((key + 1, size));
                }
            }
            sizes.iter().map(|(len, size)| format!("{len}:{size}")).collect::<Vec<_>>().join(" ")
        }

        /// Insert keys, each deleted again before the next if `churn`: which insert makes new arrays first, and how many
        /// slots they have.
        pub fn first_resize(&mut self, keys: impl Iterator<Item = i64>, churn: bool) -> Option<(usize, usize)> {
            struct Swaps(usize);
            impl Observer for Swaps {
                const ACTIVE: bool = true;
                fn event(&mut self, event: Event) {
                    self.0 += usize::from(event == Event::Swapped);
                }
            }
            for (nth, key) in keys.enumerate() {
                let key = self.heap.alloc(Value::Int(key));
                let mut swaps = Swaps(0);
                self.dict.run(Op::Set(key, Obj::NONE), &self.heap, &mut swaps);
                if swaps.0 > 0 {
                    return Some((nth + 1, self.slots()));
                }
                if churn {
                    self.dict.run(Op::Del(key), &self.heap, &mut Noop);
                }
            }
            None
        }
    }

    #[test]
    fn a_dict_that_cannot_grow_refuses_and_stays() {
        for policy in policies()
            .filter(|policy| ["cpython-2.7", "cpython-3.6", "cpython-3.13", "cpython-3.15"].contains(&policy.name))
        {
            let mut bench = Bench::new((policy.new)(), policy.python);
            bench.dict.presize(u32::MAX);
            assert_eq!(bench.slots(), MAX_SLOTS, "{}", policy.name);
            // As if it were full: nothing is written before the refusal.
            let two_thirds = (MAX_SLOTS * 2 / 3) as u32;
            let full = Regs { used: two_thirds, fill: two_thirds, ..Regs::default() };
            bench.dict.state_mut().regs = full;
            let key = bench.heap.alloc(Value::Int(1));
            for op in [Op::Set(key, key), Op::SetDefault(key, key), Op::Update(&[(key, key)])] {
                let outcome = bench.dict.run(op, &bench.heap, &mut Noop);
                assert!(
                    matches!(outcome, Outcome::TooLarge(slots) if slots > MAX_SLOTS as u64),
                    "{} {outcome:?}",
                    policy.name
                );
                assert_eq!(bench.regs(), full);
            }
        }
    }

    /// `sys.getsizeof(d)` with 100,000 UUIDs, every 1,000 of them a sample; then without them.
    #[test]
    fn the_experiment() {
        for policy in policies() {
            let expected = match policy.python {
                Version::V2_7 => {
                    vec![(1000, 49_432), (2000, 196_888), (6000, 786_712), (22_000, 3_146_008), (88_000, 6_291_736)]
                }
                version => {
                    let less = match version {
                        Version::V3_6 | Version::V3_7 => 0,
                        Version::V3_8 | Version::V3_9 | Version::V3_10 => 16,
                        since_3_11 if since_3_11 >= Version::V3_11 => 24,
                        other => unreachable!("{other:?} is no 3.x"),
                    };
                    let at = [1000, 2000, 3000, 6000, 11_000, 22_000, 44_000, 88_000];
                    let sizes = [36_976, 73_832, 147_568, 295_016, 589_936, 1_310_824, 2_621_552, 5_242_984];
                    at.into_iter().zip(sizes.map(|size| size - less)).collect()
                }
            };
            let mut dice = rand_pcg::Pcg64Mcg::new(2013);
            let mut heap = Heap::new(policy.python, HashSettings::default());
            let mut dict = (policy.new)();
            let mut keys = Vec::new();
            let mut samples: Vec<(u32, u64)> = Vec::new();
            for len in 1..=100_000 {
                let mut bytes = [0; 16];
                dice.fill_bytes(&mut bytes);
                let key = heap.alloc(Value::Uuid(bytes));
                keys.push(key);
                dict.run(Op::Set(key, key), &heap, &mut Noop);
                let size = dict.bytes().total();
                if len % 1000 == 0 && samples.last().is_none_or(|&(_, last)| last != size) {
                    samples.push((len, size));
                }
            }
            assert_eq!(samples, expected, "{}", policy.name);
            while !keys.is_empty() {
                let key = keys.swap_remove(dice.next_u32() as usize % keys.len());
                assert_eq!(dict.run(Op::Del(key), &heap, &mut Noop), Outcome::Done);
            }
            let last = expected.last().map(|&(_, size)| size);
            assert_eq!((dict.state().regs.used, Some(dict.bytes().total())), (0, last), "{}", policy.name);
        }
    }

    fn policies() -> impl Iterator<Item = &'static Policy> {
        AnyTable::policies().filter(|policy| policy.name.starts_with("cpython-"))
    }

    /// An operation on keys and values by number.
    #[derive(Clone, Debug)]
    enum Step {
        Set(usize, i64),
        Get(usize),
        Del(usize),
        Pop(usize),
        PopItem,
        SetDefault(usize, i64),
        Update(Vec<(usize, i64)>),
        Display(Vec<(usize, i64)>),
        FromKeys(Vec<usize>, i64),
        Clear,
        Copy(usize),
    }

    const KEYS: usize = 48;

    /// Keys that collide in small tables and in hash, among them `True` (equal to 1) and, for the kinds, strings.
    fn keys(heap: &mut Heap) -> Vec<Obj> {
        let mut keys: Vec<_> =
            (0..KEYS as i64 - 13).map(|n| heap.alloc(Value::Int(if n < 20 { n } else { n << 9 }))).collect();
        keys.extend([-1, -2, 1 << 61, (1 << 61) - 1].map(|n| heap.alloc(Value::Int(n))));
        keys.extend((0..8).map(|n| heap.alloc(Value::Str([97 + n].into()))));
        keys.push(Obj::TRUE);
        keys
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let key = || 0..KEYS;
        let value = || 0..5_i64;
        // Few kinds of keys at a time, so that str-only tables live for a while.
        let few = || prop_oneof![0..4_usize, KEYS - 9..KEYS - 1];
        let items = || {
            let some = || (prop_oneof![key(), few()], value());
            prop_oneof![proptest::collection::vec(some(), 0..8), proptest::collection::vec(some(), 0..40)]
        };
        let step = prop_oneof![
            12 => (key(), value()).prop_map(|(k, v)| Step::Set(k, v)),
            6 => (few(), value()).prop_map(|(k, v)| Step::Set(k, v)),
            2 => key().prop_map(Step::Get),
            8 => key().prop_map(Step::Del),
            2 => key().prop_map(Step::Pop),
            3 => Just(Step::PopItem),
            2 => (key(), value()).prop_map(|(k, v)| Step::SetDefault(k, v)),
            1 => items().prop_map(Step::Update),
            1 => items().prop_map(Step::Display),
            1 => (proptest::collection::vec(few(), 0..12), value()).prop_map(|(ks, v)| Step::FromKeys(ks, v)),
            1 => Just(Step::Clear),
            2 => (0..4_usize).prop_map(Step::Copy),
        ];
        proptest::collection::vec(step, 0..120)
    }

    /// What a dict is to its user: keys with values, oldest first. Keys are told apart as Python does.
    #[derive(Default)]
    struct Model(Vec<(Obj, Obj)>);

    impl Model {
        fn find(&self, key: Obj, heap: &Heap) -> Option<usize> {
            self.0.iter().position(|&(k, _)| heap.hash(k) == heap.hash(key) && heap.same_key(k, key))
        }

        fn set(&mut self, (key, value): (Obj, Obj), heap: &Heap) {
            match self.find(key, heap) {
                Some(i) => self.0[i].1 = value,
                None => self.0.push((key, value)),
            }
        }

        fn take(&mut self, key: Obj, heap: &Heap) -> Option<Obj> {
            self.find(key, heap).map(|i| self.0.remove(i).1)
        }
    }

    fn live(state: &State) -> Vec<(Obj, Obj)> {
        let cells = state.main.slots.iter().filter(|cell| cell.is_live());
        cells.filter_map(|cell| cell.key().zip(cell.value())).collect()
    }

    /// Counts moves.
    struct Moves(u32);

    impl Observer for Moves {
        const ACTIVE: bool = true;

        fn event(&mut self, event: Event) {
            self.0 += u32::from(matches!(event, Event::Move { .. }));
        }
    }

    /// Run one step on both; the outcome, and what the model says it should be (`popitem` of 2.7 takes any).
    fn step(dict: &mut AnyTable, model: &mut Model, step: &Step, keys: &[Obj], heap: &mut Heap) {
        let before = dict.state().clone();
        let mut value = |n: i64| heap.alloc(Value::Int(n));
        let mut pairs = |items: &[(usize, i64)]| items.iter().map(|&(k, v)| (keys[k], value(v))).collect::<Vec<_>>();
        let (run, expected);
        match step {
            Step::Set(k, v) => {
                let item = pairs(&[(*k, *v)])[0];
                run = dict.run(Op::Set(item.0, item.1), heap, &mut Noop);
                model.set(item, heap);
                expected = Outcome::Done;
            }
            Step::Get(k) => {
                run = dict.run(Op::Get(keys[*k]), heap, &mut Noop);
                let found = model.find(keys[*k], heap);
                let contains = dict.run(Op::Contains(keys[*k]), heap, &mut Noop);
                assert_eq!(contains, Outcome::Bool(found.is_some()));
                let or_true = dict.run(Op::GetOr(keys[*k], Obj::TRUE), heap, &mut Noop);
                assert_eq!(or_true, Outcome::Value(found.map_or(Obj::TRUE, |i| model.0[i].1)));
                assert_eq!(*dict.state(), before);
                expected = found.map_or(Outcome::KeyError, |i| Outcome::Value(model.0[i].1));
            }
            Step::Del(k) => {
                run = dict.run(Op::Del(keys[*k]), heap, &mut Noop);
                expected = model.take(keys[*k], heap).map_or(Outcome::KeyError, |_| Outcome::Done);
            }
            Step::Pop(k) => {
                run = dict.run(Op::Pop(keys[*k], None), heap, &mut Noop);
                expected = model.take(keys[*k], heap).map_or(Outcome::KeyError, Outcome::Value);
            }
            Step::PopItem => {
                run = dict.run(Op::PopItem, heap, &mut Noop);
                let last = match (heap.version().is_py2(), run) {
                    (true, Outcome::Item(key, _)) => model.find(key, heap),
                    _ => model.0.len().checked_sub(1),
                };
                let item = last.map(|i| model.0.remove(i));
                expected = item.map_or(Outcome::KeyError, |(key, value)| Outcome::Item(key, value));
            }
            Step::SetDefault(k, v) => {
                let item = pairs(&[(*k, *v)])[0];
                run = dict.run(Op::SetDefault(item.0, item.1), heap, &mut Noop);
                let there = model.find(item.0, heap).map(|i| model.0[i].1);
                if there.is_none() {
                    model.set(item, heap);
                }
                expected = Outcome::Value(there.unwrap_or(item.1));
            }
            Step::Update(items) | Step::Display(items) => {
                let items = pairs(items);
                let display = matches!(step, Step::Display(_));
                run = dict.run(if display { Op::Display(&items) } else { Op::Update(&items) }, heap, &mut Noop);
                if display {
                    *model = Model::default();
                }
                for item in items {
                    model.set(item, heap);
                }
                expected = Outcome::Done;
            }
            Step::FromKeys(ks, v) => {
                let items = pairs(&ks.iter().map(|&k| (k, *v)).collect::<Vec<_>>());
                run = dict.run(Op::FromKeys(&items), heap, &mut Noop);
                *model = Model::default();
                for item in items {
                    model.set(item, heap);
                }
                expected = Outcome::Done;
            }
            Step::Clear => {
                run = dict.run(Op::Clear, heap, &mut Noop);
                *model = Model::default();
                expected = Outcome::Done;
            }
            Step::Copy(n) => {
                let how = CopyHow::ALL[*n];
                let price = dict.copy_prices(heap).into_iter().find(|price| price.how == how);
                let mut moves = Moves(0);
                run = dict.run(Op::Copy(how), heap, &mut moves);
                expected = if price.is_some() { Outcome::Done } else { Outcome::Unsupported };
                if let Some(price) = price {
                    let slots = dict.state().main.size() as u32;
                    assert_eq!((price.slots, price.after), (slots, dict.bytes().total()), "{how:?}");
                    assert!(!price.clone || *dict.state() == before, "{how:?} is a clone");
                    // A comprehension also moves entries when the new dict grows.
                    let moves = if how == CopyHow::Comprehension { before.regs.used } else { moves.0 };
                    assert_eq!(price.moved, if price.clone { before.regs.fill } else { moves }, "{how:?}");
                }
            }
        }
        assert_eq!(run, expected, "{step:?}");
        if !run.is_ok() {
            assert_eq!(*dict.state(), before, "{step:?} failed and changed something");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

        /// Every version holds what a plain list of pairs holds, its invariants hold after every operation, a copy is what
        /// its price said, and a failed operation changes nothing.
        #[test]
        fn all_versions_are_dicts(steps in steps()) {
            for policy in policies() {
                let mut heap = Heap::new(policy.python, HashSettings::default());
                let keys = keys(&mut heap);
                let (mut dict, mut model) = ((policy.new)(), Model::default());
                for one in &steps {
                    step(&mut dict, &mut model, one, &keys, &mut heap);
                    let checked = dict.check(&heap);
                    prop_assert!(checked.is_ok(), "{}, {one:?}: {checked:?}", policy.name);
                    let mut cells = live(dict.state());
                    if heap.version().is_py2() {
                        cells.sort();
                        model.0.sort();
                    }
                    prop_assert_eq!(&cells, &model.0, "{}, {:?}", policy.name, one);
                }
            }
        }

        /// The forecast comes true, to the insert and to the slot, whatever was done before.
        #[test]
        fn forecasts_come_true(steps in steps()) {
            for policy in policies() {
                let mut heap = Heap::new(policy.python, HashSettings::default());
                let keys = keys(&mut heap);
                let (mut dict, mut model) = ((policy.new)(), Model::default());
                for one in &steps {
                    step(&mut dict, &mut model, one, &keys, &mut heap);
                }
                let mut bench = Bench { dict, heap };
                let (size, forecast) = (bench.slots(), bench.dict.forecast());
                let mut fill = bench.regs().fill;
                for n in 0..=forecast.inserts_left.unwrap_or(0) {
                    prop_assert_eq!(bench.slots(), size, "{}: insert {}", policy.name, n);
                    // A string fits every kind of table.
                    let text: Vec<_> = format!("new {n}").chars().map(u32::from).collect();
                    let key = bench.heap.alloc(Value::Str(text.into()));
                    bench.run(Op::Set(key, Obj::NONE));
                    fill += 1;
                    if policy.python.is_py2() && bench.slots() == size && bench.regs().fill < fill {
                        // A tombstone was reused, which the forecast leaves out of account.
                        return Ok(());
                    }
                }
                prop_assert_eq!(bench.slots(), forecast.next_size as usize, "{}", policy.name);
            }
        }
    }
}
