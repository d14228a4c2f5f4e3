//! SwissTable as Rust's hashbrown 0.17.1 builds it, on a 64-bit target with groups of 16 (x86-64 with SSE2).
//!
//! The rules are those of the crate's `src/raw.rs`; the function a rule comes from is named beside it. The tests run the
//! crate itself next to this table. What it reproduces is a `HashTable<(u64, u64)>`, a 16-byte pair a bucket, used as
//! `HashMap` uses it: inserts through `entry`, which makes room before it looks whether the key is there.
//!
//! Control bytes are not stored: bucket and hash decide them ([`control_byte`]).

use super::compose::{self, Fault, IfPresent, Primitives};
use super::observe::{Event, Group, Observer, Probe, Reason, Resize, Saw, Side};
use super::op::CopyHow;
use super::policy::{Bytes, CopyPrice, Deletion, Forecast, Policy, ResizeRule, Table};
use super::state::{Arrays, Regs, Slot, State};
use crate::python::{Heap, Obj, Version};

/// How many control bytes are looked at at once. The crate's own width depends on its target: 16 with SSE2, else 8.
pub const GROUP_WIDTH: usize = 16;

/// The control byte of a bucket that is empty (`Tag::EMPTY`).
pub const EMPTY: u8 = 0xFF;

/// The control byte that a deletion leaves where an EMPTY could cut a search short (`Tag::DELETED`).
pub const DELETED: u8 = 0x80;

/// Rust's SwissTable. `regs.usable` is `growth_left`.
#[derive(Clone, Debug)]
pub struct Swiss {
    state: State,
}

/// The hash that the table works with: Python's `hash()` as rustc-hash 2 (`FxHasher`) hashes one `i64`. Python's own hash
/// will not do, for the upper seven bits of small integers are all the same.
#[inline]
pub fn mix(hash: i64) -> u64 {
    (hash as u64).wrapping_mul(0xf135_7aea_2e62_a9c5).rotate_left(26)
}

/// The control byte of a live key (`Tag::full`, "h2"): the upper seven bits of its [`mix`]ed hash.
#[inline]
pub fn h2(hash: i64) -> u8 {
    (mix(hash) >> 57) as u8
}

/// The bucket where the first group of a search starts (`h1`, masked): the low bits of the [`mix`]ed hash.
#[inline]
pub fn h1(hash: i64, buckets: usize) -> usize {
    (mix(hash) % buckets as u64) as usize
}

/// Control byte `i` of the `buckets + 16` there are: the first `buckets` are the buckets' own, the last repeat the first
/// so that a group may start at any bucket. With fewer than 16 buckets the bytes between are always EMPTY (`set_ctrl`).
///
/// # Panics
/// If there is no such byte.
#[inline]
pub fn control_byte(slots: &[Slot], i: usize) -> u8 {
    let slot = match slots.len() {
        buckets if i < buckets => slots[i],
        buckets if buckets >= GROUP_WIDTH => slots[i - buckets],
        _ if i < GROUP_WIDTH => Slot::EMPTY,
        _ => slots[i - GROUP_WIDTH],
    };
    if slot.is_live() {
        h2(slot.hash)
    } else if slot.is_empty() {
        EMPTY
    } else {
        DELETED
    }
}

/// The group of control bytes that starts at bucket `pos`.
fn group(slots: &[Slot], side: Side, pos: usize, nth: u32, tag: Option<u8>) -> Group {
    let mut group = Group { side, pos: pos as u32, nth, tag, matches: 0, empty: 0, deleted: 0 };
    for i in 0..GROUP_WIDTH {
        let byte = control_byte(slots, pos + i);
        group.matches |= u32::from(tag == Some(byte)) << i;
        group.empty |= u32::from(byte == EMPTY) << i;
        group.deleted |= u32::from(byte == DELETED) << i;
    }
    group
}

/// The groups that a search visits (`ProbeSeq`): one group further, then two, then three.
fn starts(hash: i64, buckets: usize) -> impl Iterator<Item = (u32, usize)> {
    let mut pos = h1(hash, buckets);
    let mut stride = 0;
    (0..).map(move |nth| {
        if nth > 0 {
            stride += GROUP_WIDTH;
            pos = (pos + stride) % buckets;
        }
        (nth, pos)
    })
}

/// The first bucket a key may be put into, if a group has one (`find_insert_index_in_group`, `fix_insert_index`).
fn free_in(slots: &[Slot], group: &Group) -> Option<usize> {
    let free = group.empty | group.deleted;
    if free == 0 {
        return None;
    }
    let pos = (group.pos + free.trailing_zeros()) as usize % slots.len();
    // In a table smaller than a group this may have been one of the EMPTY bytes that belong to no bucket.
    if slots[pos].is_live() { slots.iter().position(|slot| !slot.is_live()) } else { Some(pos) }
}

/// The bucket where a key that is not there is put (`find_insert_index`).
fn insert_index<O: Observer>(slots: &[Slot], side: Side, hash: i64, obs: &mut O) -> usize {
    for (nth, pos) in starts(hash, slots.len()) {
        let group = group(slots, side, pos, nth, None);
        if O::ACTIVE {
            obs.event(Event::Group(group));
        }
        if let Some(free) = free_in(slots, &group) {
            return free;
        }
    }
    unreachable!("growth_left keeps a bucket free");
}

/// How many buckets may be taken of `buckets` (`bucket_mask_to_capacity`): all but one of up to 8, else 7 of 8.
fn capacity(buckets: usize) -> usize {
    if buckets <= 8 { buckets - 1 } else { buckets / 8 * 7 }
}

/// The buckets of a table that is made to hold `keys` (`capacity_to_buckets`); 1 stands for the table without memory.
fn buckets_for(keys: u64) -> u64 {
    match keys {
        0 => 1,
        1..=3 => 4,
        4..=7 => 8,
        8..=14 => 16,
        _ => (keys * 8 / 7).next_power_of_two(),
    }
}

fn bytes(buckets: usize) -> Bytes {
    // Pointer, bucket mask, growth_left and items; the table without memory points to a constant group.
    let object = 32;
    match buckets {
        1 => Bytes { object, ..Bytes::default() },
        _ => Bytes { object, header: (buckets + GROUP_WIDTH) as u64, entries: 16 * buckets as u64, ..Bytes::default() },
    }
}

impl Swiss {
    /// The one there is.
    pub const POLICIES: &'static [Policy] = &[Policy {
        name: "swiss",
        title: "SwissTable (Rust hashbrown 0.17)",
        doc: "Beside the buckets lies one control byte for each: EMPTY, DELETED or seven bits of the hash. A search looks at \
              sixteen of them at once and reads only buckets whose byte matches; a group with an EMPTY ends it. A deletion \
              leaves EMPTY if no search can have passed, else DELETED. When no growth is left, an insert clears the DELETED out \
              in place if at most half of the capacity is live, else it moves to a table of twice the size. Memory comes back \
              only with shrink_to_fit().",
        python: Version::LATEST,
        deletion: Deletion::OnRequest,
        new: || Swiss { state: State::new(Arrays::one(1), Regs::default()) }.into(),
    }];

    /// `RawTable::reserve`: make room for `additional` more keys than there are.
    fn make_room<O: Observer>(&mut self, additional: u32, reason: Reason, obs: &mut O) -> Result<(), Fault> {
        let Regs { used, usable, .. } = self.state.regs;
        if additional <= usable {
            return Ok(());
        }
        // reserve_rehash_inner
        let buckets = self.state.main.slots.len();
        let (items, full) = (u64::from(used) + u64::from(additional), capacity(buckets) as u64);
        if items <= full / 2 {
            self.rehash_in_place(obs);
        } else {
            let wanted = items.max(full + 1);
            let size = compose::fit(buckets_for(wanted))?;
            compose::rebuild(self, size, wanted, reason, obs);
        }
        Ok(())
    }

    /// `rehash_in_place`: every key becomes DELETED, every DELETED becomes EMPTY, then each key is put where an insert would
    /// put it, trading places with a key that still waits there.
    fn rehash_in_place<O: Observer>(&mut self, obs: &mut O) {
        let buckets = self.state.main.slots.len();
        let Regs { used, fill, .. } = self.state.regs;
        if O::ACTIVE {
            obs.event(Event::InPlace(Resize {
                reason: Reason::Rehash,
                from: buckets as u32,
                to: buckets as u32,
                wanted: capacity(buckets) as u64,
                live: used,
                dead: fill - used,
                clone: false,
            }));
        }
        for pos in 0..buckets {
            let slot = self.state.main.slots[pos];
            if slot.is_live() {
                self.state.put(Side::Main, pos, slot.tombstone(), obs);
            } else if slot.is_tombstone() {
                self.state.put(Side::Main, pos, Slot::EMPTY, obs);
            }
        }
        for pos in 0..buckets {
            while let Some(slot) = revived(self.state.main.slots[pos]) {
                let to = insert_index(&self.state.main.slots, Side::Main, slot.hash, obs);
                // is_in_same_group: as good a place as any in the group where a search would find it first.
                let nth = |at: usize| (at + buckets - h1(slot.hash, buckets)) % buckets / GROUP_WIDTH;
                if nth(pos) == nth(to) {
                    self.state.put(Side::Main, pos, slot, obs);
                    break;
                }
                if O::ACTIVE {
                    obs.event(Event::Carry { side: Side::Main, from: pos as u32, key: slot.live_key() });
                }
                let there = self.state.main.slots[to];
                self.state.put(Side::Main, to, slot, obs);
                self.state.put(Side::Main, pos, there, obs);
            }
        }
        let regs = self.fresh(used as usize, buckets);
        self.state.set_regs(regs, obs);
    }

    /// Look into the buckets of a group whose control byte matches.
    fn candidate<O: Observer>(&self, group: &Group, key: Obj, heap: &Heap, obs: &mut O) -> Option<usize> {
        let (slots, hash) = (&self.state.main.slots, heap.hash(key));
        let bits = (0..GROUP_WIDTH).filter(|bit| group.matches >> bit & 1 == 1);
        bits.map(|bit| (group.pos as usize + bit) % slots.len()).find(|&pos| {
            let saw = compose::look(slots[pos], key, hash, false, heap);
            if O::ACTIVE {
                let (slot, nth, perturb) = (pos as u32, group.nth, u64::from(group.nth) * GROUP_WIDTH as u64);
                obs.event(Event::Probe(Probe { side: Side::Main, slot, nth, hash, perturb, saw }));
            }
            matches!(saw, Saw::Found(_))
        })
    }
}

/// The live slot that a tombstone was.
fn revived(slot: Slot) -> Option<Slot> {
    match (slot.key(), slot.value()) {
        (Some(key), Some(value)) if slot.is_tombstone() => Some(Slot::live(slot.hash, key, value)),
        _ => None,
    }
}

impl Primitives for Swiss {
    /// `find_inner`
    fn find<O: Observer>(&self, key: Obj, heap: &Heap, obs: &mut O) -> Result<Option<usize>, Fault> {
        let (slots, hash) = (&self.state.main.slots, heap.hash(key));
        if O::ACTIVE {
            obs.event(Event::Search { key, hash });
        }
        for (nth, pos) in starts(hash, slots.len()) {
            let group = group(slots, Side::Main, pos, nth, Some(h2(hash)));
            if O::ACTIVE {
                obs.event(Event::Group(group));
            }
            let found = self.candidate(&group, key, heap, obs);
            if found.is_some() || group.empty != 0 {
                return Ok(found);
            }
        }
        unreachable!("growth_left keeps a bucket EMPTY");
    }

    /// `find_or_find_insert_index`, then `insert_tagged_at_index`
    fn insert<O: Observer>(
        &mut self,
        key: Obj,
        value: Obj,
        present: IfPresent,
        heap: &Heap,
        obs: &mut O,
    ) -> Result<Option<Obj>, Fault> {
        let hash = heap.hash(key);
        if O::ACTIVE {
            obs.event(Event::Search { key, hash });
        }
        self.make_room(1, Reason::Full, obs)?;
        let mut free = None;
        for (nth, pos) in starts(hash, self.state.main.slots.len()) {
            let group = group(&self.state.main.slots, Side::Main, pos, nth, Some(h2(hash)));
            if O::ACTIVE {
                obs.event(Event::Group(group));
            }
            if let Some(pos) = self.candidate(&group, key, heap, obs) {
                return Ok(compose::replace(&mut self.state, pos, value, present, obs));
            }
            free = free.or_else(|| free_in(&self.state.main.slots, &group));
            if group.empty != 0 {
                break;
            }
        }
        let pos = free.expect("a group with an EMPTY has a free bucket");
        let was_empty = u32::from(self.state.main.slots[pos].is_empty());
        self.state.put(Side::Main, pos, Slot::live(hash, key, value), obs);
        let Regs { used, fill, usable, extra } = self.state.regs;
        let regs = Regs { used: used + 1, fill: fill + was_empty, usable: usable - was_empty, extra };
        self.state.set_regs(regs, obs);
        Ok(None)
    }

    /// `erase`: EMPTY if the run of taken buckets around this one is shorter than a group, for then every group that
    /// covers it has an EMPTY and no search went past it.
    fn remove<O: Observer>(&mut self, pos: usize, obs: &mut O) {
        let slots = &self.state.main.slots;
        let before = group(slots, Side::Main, (pos + slots.len() * GROUP_WIDTH - GROUP_WIDTH) % slots.len(), 0, None);
        let after = group(slots, Side::Main, pos, 0, None);
        let taken_before = (before.empty as u16).leading_zeros() as usize;
        let taken_after = (after.empty as u16).trailing_zeros() as usize;
        let empty = taken_before + taken_after < GROUP_WIDTH;
        let new = if empty { Slot::EMPTY } else { slots[pos].tombstone() };
        self.state.put(Side::Main, pos, new, obs);
        let Regs { used, fill, usable, extra } = self.state.regs;
        let given_back = u32::from(empty);
        self.state.set_regs(Regs { used: used - 1, fill: fill - given_back, usable: usable + given_back, extra }, obs);
    }

    fn place<O: Observer>(&mut self, side: Side, slot: Slot, obs: &mut O) {
        let pos = insert_index(&self.state.side(side).slots, side, slot.hash, obs);
        self.state.put(side, pos, slot, obs);
    }

    fn size_for(&self, keys: u64) -> u64 {
        buckets_for(keys)
    }

    fn fresh(&self, used: usize, size: usize) -> Regs {
        Regs { used: used as u32, fill: used as u32, usable: (capacity(size) - used) as u32, extra: 0 }
    }

    /// `RawTable::clear`: the buckets stay, all EMPTY; but a table without keys is left as it is, with its DELETED bytes.
    fn clear<O: Observer>(&mut self, obs: &mut O) {
        if self.state.regs.used == 0 {
            return;
        }
        for pos in 0..self.state.main.slots.len() {
            if !self.state.main.slots[pos].is_empty() {
                self.state.put(Side::Main, pos, Slot::EMPTY, obs);
            }
        }
        let regs = self.fresh(0, self.state.main.slots.len());
        self.state.set_regs(regs, obs);
    }

    /// `d.copy()` is `clone()`, which copies buckets and control bytes as they are; the other expressions are
    /// `d.into_iter().collect()`, which makes room for all keys and inserts them in bucket order.
    fn copy<O: Observer>(&mut self, how: CopyHow, obs: &mut O) {
        let Regs { used, fill, .. } = self.state.regs;
        let buckets = self.state.main.slots.len();
        if how != CopyHow::Copy {
            let size = self.size_now();
            return compose::rebuild(self, size, u64::from(used), Reason::Copy(how), obs);
        }
        let resize = Resize {
            reason: Reason::Copy(how),
            from: buckets as u32,
            to: buckets as u32,
            wanted: buckets as u64,
            live: used,
            dead: fill - used,
            clone: true,
        };
        self.state.begin_next(self.state.main.clone(), resize, obs);
        self.state.finish_next(obs);
    }

    /// `shrink_to(len)`
    fn shrink_to_fit<O: Observer>(&mut self, obs: &mut O) -> bool {
        let (used, buckets) = (self.state.regs.used, self.size_now());
        if buckets < self.state.main.slots.len() {
            compose::rebuild(self, buckets, used.into(), Reason::Asked, obs);
        }
        true
    }

    fn reserve<O: Observer>(&mut self, additional: u32, obs: &mut O) -> Result<bool, Fault> {
        self.make_room(additional, Reason::Asked, obs)?;
        Ok(true)
    }
}

impl Table for Swiss {
    compose::answers!();

    fn policy(&self) -> &'static Policy {
        &Swiss::POLICIES[0]
    }

    /// `allocation_size` of a `HashTable<(u64, u64)>` (control bytes and buckets), and the struct.
    fn bytes(&self) -> Bytes {
        bytes(self.state.main.slots.len())
    }

    fn forecast(&self) -> Forecast {
        let Regs { used, usable, .. } = self.state.regs;
        let buckets = self.state.main.slots.len();
        let (items, full) = (u64::from(used + usable + 1), capacity(buckets) as u64);
        let next_size = if items <= full / 2 { buckets as u64 } else { buckets_for(items.max(full + 1)) };
        Forecast { inserts_left: Some(usable), next_size: next_size as u32 }
    }

    fn copy_prices(&self, _heap: &Heap) -> Vec<CopyPrice> {
        let mut prices = compose::copy_prices(self, |buckets| bytes(buckets).total());
        let buckets = self.state.main.slots.len();
        for price in prices.iter_mut().filter(|price| price.how == CopyHow::Copy) {
            (price.clone, price.slots, price.after) = (true, buckets as u32, price.before);
        }
        prices
    }

    fn resize_rule(&self, reason: Reason) -> ResizeRule {
        let (trigger, wanted) = match reason {
            Reason::Full => ("growth_left == 0", "the larger of items + 1 and capacity + 1"),
            Reason::Rehash => ("growth_left == 0 and items + 1 <= capacity / 2", "the capacity there is"),
            Reason::Asked => ("asked for", "items + additional (at least capacity + 1); to fit: items"),
            Reason::Copy(_) => ("copied", "items; clone() keeps the buckets"),
            _ => ("emptied", "the keys that are put in at once"),
        };
        let size = "4 buckets up to 3, 8 up to 7, 16 up to 14, else the smallest power of two >= wanted * 8 / 7";
        ResizeRule { trigger, wanted, size }
    }

    /// Beside what every table keeps: what may be taken is either taken or left, and some bucket is EMPTY.
    fn check(&self, heap: &Heap) -> Result<(), String> {
        compose::check(self, heap)?;
        let (buckets, regs) = (self.state.main.slots.len(), self.state.regs);
        if !buckets.is_power_of_two() {
            return Err(format!("{buckets} buckets are no power of two"));
        }
        if (regs.fill + regs.usable) as usize != capacity(buckets) {
            return Err(format!("{regs:?} do not add up to the capacity of {buckets} buckets, {}", capacity(buckets)));
        }
        Ok(())
    }

    fn control(&self, i: usize) -> Option<u8> {
        (i < self.state.main.slots.len() + GROUP_WIDTH).then(|| control_byte(&self.state.main.slots, i))
    }
}

// The crate's groups are 16 wide only where there is SSE2: the proof runs there.
#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use std::cmp::Ordering;

    use hashbrown::HashTable;
    use hashbrown::hash_table::Entry;
    use rand_core::{Rng, SeedableRng};
    use rand_pcg::Pcg64;

    use super::*;
    use crate::python::{HashSettings, Value};
    use crate::table::{Op, Outcome};

    /// The crate's table and this one, run side by side.
    struct Pair {
        real: HashTable<(u64, u64)>,
        model: Swiss,
        heap: Heap,
        seen: Seen,
    }

    /// What a test run has met, so that it cannot pass by never coming to it.
    #[derive(Debug, Default)]
    struct Seen {
        operations: usize,
        hits: usize,
        misses: usize,
        deleted: usize,
        emptied: usize,
        in_place: usize,
        grown: usize,
        shrunk: usize,
        second_group: usize,
        most_buckets: usize,
    }

    impl Observer for Seen {
        const ACTIVE: bool = true;

        fn event(&mut self, event: Event) {
            match event {
                Event::InPlace(_) => self.in_place += 1,
                Event::Resize(resize) if resize.to > resize.from => self.grown += 1,
                Event::Resize(resize) if resize.to < resize.from => self.shrunk += 1,
                Event::Group(group) if group.nth > 0 && group.tag.is_some() => self.second_group += 1,
                Event::PutSlot { new, old, .. } if old.is_live() && new.is_tombstone() => self.deleted += 1,
                Event::PutSlot { new, old, .. } if old.is_live() && new.is_empty() => self.emptied += 1,
                _ => {}
            }
        }
    }

    fn hash(key: u64) -> u64 {
        // Python's hash of the integers used here is the integer itself.
        mix(key as i64)
    }

    fn hash_of(pair: &(u64, u64)) -> u64 {
        hash(pair.0)
    }

    fn set(real: &mut HashTable<(u64, u64)>, key: u64, value: u64) {
        match real.entry(hash(key), |pair| pair.0 == key, hash_of) {
            Entry::Occupied(mut entry) => entry.get_mut().1 = value,
            Entry::Vacant(entry) => {
                entry.insert((key, value));
            }
        }
    }

    fn collect(pairs: &[(u64, u64)]) -> HashTable<(u64, u64)> {
        let mut real = HashTable::with_capacity(pairs.len());
        pairs.iter().for_each(|&(key, value)| set(&mut real, key, value));
        real
    }

    /// A key whose search starts at bucket `h1`, with other hash bits at random.
    fn key_in_bucket(h1: u64, below: &mut impl FnMut(u64) -> u64) -> u64 {
        const INVERSE: u64 = inverse(0xf135_7aea_2e62_a9c5);
        loop {
            let mixed = below(1 << 32) << 32 | h1;
            let key = mixed.rotate_right(26).wrapping_mul(INVERSE);
            if key < (1 << 61) - 1 {
                return key;
            }
        }
    }

    /// The inverse of an odd number modulo 2^64, by Newton's method.
    const fn inverse(n: u64) -> u64 {
        let mut x = n;
        let mut i = 0;
        while i < 6 {
            x = x.wrapping_mul(2u64.wrapping_sub(n.wrapping_mul(x)));
            i += 1;
        }
        x
    }

    impl Pair {
        fn new() -> Pair {
            let heap = Heap::new(Version::LATEST, HashSettings::default());
            let model = Swiss { state: State::new(Arrays::one(1), Regs::default()) };
            Pair { real: HashTable::new(), model, heap, seen: Seen::default() }
        }

        fn obj(&mut self, n: u64) -> Obj {
            self.heap.alloc(Value::Int(n as i64))
        }

        fn run(&mut self, op: Op<'_>) -> Outcome {
            self.model.run(op, &self.heap, &mut self.seen)
        }

        fn step(&mut self, kind: u64, key: u64, value: u64) {
            let (k, v) = (self.obj(key), self.obj(value));
            let found = self.real.find(hash(key), |pair| pair.0 == key).map(|pair| pair.1);
            let as_outcome = |pair: &Pair, found: Option<u64>| {
                found.map_or(Outcome::KeyError, |n| Outcome::Value(pair.heap.clone().alloc(Value::Int(n as i64))))
            };
            match kind {
                0..40 => {
                    set(&mut self.real, key, value);
                    self.run(Op::Set(k, v));
                }
                40..60 => {
                    let expected = as_outcome(self, found);
                    assert_eq!(self.run(Op::Get(k)), expected);
                    if found.is_some() { self.seen.hits += 1 } else { self.seen.misses += 1 }
                }
                60..98 => {
                    if let Ok(entry) = self.real.find_entry(hash(key), |pair| pair.0 == key) {
                        entry.remove();
                    }
                    let expected = as_outcome(self, found);
                    assert_eq!(self.run(Op::Pop(k, None)), expected);
                }
                _ => {
                    self.real.entry(hash(key), |pair| pair.0 == key, hash_of).or_insert((key, value));
                    self.run(Op::SetDefault(k, v));
                }
            }
        }

        fn rare(&mut self, kind: u64, n: u64) {
            match kind {
                0 => {
                    self.real.clear();
                    self.run(Op::Clear);
                }
                1 | 2 => {
                    self.real.shrink_to_fit(hash_of);
                    self.run(Op::ShrinkToFit);
                }
                3 | 4 => {
                    self.real.reserve(n as usize, hash_of);
                    self.run(Op::Reserve(n as u32));
                }
                5 => {
                    self.real = self.real.clone();
                    self.run(Op::Copy(CopyHow::Copy));
                }
                6 => {
                    let pairs: Vec<_> = self.real.iter().copied().collect();
                    self.real = collect(&pairs);
                    self.run(Op::Copy(CopyHow::Comprehension));
                }
                _ => {
                    let pairs: Vec<_> = (0..n).map(|i| (i * 5 % 64, i)).collect();
                    self.real = collect(&pairs);
                    let items: Vec<_> = pairs.iter().map(|&(key, value)| (self.obj(key), self.obj(value))).collect();
                    self.run(Op::Display(&items));
                }
            }
        }

        /// The live key at or after bucket `pos`.
        fn some_key(&self, pos: usize) -> Option<u64> {
            let buckets = self.real.num_buckets();
            (0..buckets).find_map(|i| self.real.get_bucket((pos + i) % buckets)).map(|pair| pair.0)
        }

        fn agree_on(&mut self, key: u64) {
            let real = self.real.find_bucket_index(hash(key), |pair| pair.0 == key);
            let obj = self.obj(key);
            assert_eq!(self.model.find(obj, &self.heap, &mut self.seen), Ok(real));
        }

        fn agree_on_sizes(&mut self) {
            let State { main, regs, .. } = &self.model.state;
            assert_eq!(self.real.len(), regs.used as usize);
            assert_eq!(self.real.num_buckets(), main.slots.len());
            assert_eq!(self.real.capacity(), (regs.used + regs.usable) as usize);
            let bytes = self.model.bytes();
            assert_eq!(self.real.allocation_size() as u64, bytes.header + bytes.entries);
            assert_eq!(size_of::<HashTable<(u64, u64)>>() as u64, bytes.object);
            self.seen.most_buckets = self.seen.most_buckets.max(main.slots.len());
        }

        fn agree(&mut self, nth: u64, keys: [u64; 2]) {
            keys.into_iter().for_each(|key| self.agree_on(key));
            self.agree_on_sizes();
            self.seen.operations += 1;
            if nth % 50 == 49 {
                self.agree_on_all();
            }
        }

        fn agree_on_all(&self) {
            for (pos, slot) in self.model.state.main.slots.iter().enumerate() {
                let Some((key, value)) = self.real.get_bucket(pos) else {
                    assert!(!slot.is_live());
                    continue;
                };
                assert!(slot.is_live());
                assert_eq!(self.heap.value(slot.live_key()).as_ref(), &Value::Int(*key as i64));
                assert_eq!(self.heap.value(slot.value().unwrap()).as_ref(), &Value::Int(*value as i64));
            }
            self.model.check(&self.heap).unwrap();
        }
    }

    const OPERATIONS: u64 = 2_500;

    /// Fill the table up, delete most of it, go on with what is left, and again, with keys that are there, were there or
    /// are new.
    fn up_and_down(pair: &mut Pair, below: &mut impl FnMut(u64) -> u64) {
        let (range, stride) = (8 << below(9), 1 << (below(3) * 8));
        let rare = [60, 500, 100_000][below(3) as usize];
        let mut goal = u32::MAX;
        for nth in 0..OPERATIONS {
            let Regs { used, usable, .. } = pair.model.state.regs;
            if usable == 0 {
                goal = used * 2 / 5;
            } else if below(600) == 0 {
                goal = u32::MAX;
            }
            let fresh = (below(range) + nth / 2) * stride;
            let live = pair.some_key(below(1 << 32) as usize).filter(|_| below(2) == 0).unwrap_or(fresh);
            match (used.cmp(&goal), below(2)) {
                _ if below(rare) == 0 => pair.rare(below(8), below(200)),
                (Ordering::Less, 0) => pair.step(0, fresh, nth),
                (Ordering::Greater, 0) => pair.step(70, live, nth),
                _ => pair.step(below(100), live, nth),
            }
            pair.agree(nth, [fresh, live]);
        }
    }

    /// Insert keys in bucket order and delete the oldest, so that nearly every deletion leaves a DELETED: that leads to a
    /// rehash in place, which keys in random buckets seldom do.
    fn sliding_window(pair: &mut Pair, below: &mut impl FnMut(u64) -> u64) {
        let window = 10 + below(200) as usize;
        let rare = [300, 100_000][below(2) as usize];
        let mut keys = std::collections::VecDeque::new();
        for nth in 0..OPERATIONS {
            let fresh = key_in_bucket(nth / 2, below);
            let oldest = *keys.front().unwrap_or(&fresh);
            match below(rare) {
                0 => pair.rare(below(8), below(200)),
                _ if below(10) == 0 => pair.step(below(60), oldest, nth),
                _ if keys.len() < window || nth % 2 == 0 => {
                    pair.step(0, fresh, nth);
                    keys.push_back(fresh);
                }
                _ => {
                    pair.step(70, oldest, nth);
                    keys.pop_front();
                }
            }
            pair.agree(nth, [fresh, oldest]);
        }
    }

    /// The crate's group has 16 bytes only with SSE2.
    #[test]
    fn it_is_the_crate_bucket_by_bucket() {
        let mut seen = Seen::default();
        for seed in 0..240 {
            let mut random = Pcg64::seed_from_u64(seed);
            let mut below = |n: u64| random.next_u64() % n;
            let mut pair = Pair { seen, ..Pair::new() };
            if seed % 3 == 0 {
                sliding_window(&mut pair, &mut below);
            } else {
                up_and_down(&mut pair, &mut below);
            }
            seen = pair.seen;
        }
        println!("{seen:?}");
        let Seen { operations, hits, misses, deleted, emptied, in_place, grown, shrunk, second_group, most_buckets } =
            seen;
        assert!([hits, misses, emptied, grown].into_iter().all(|n| n > 1000), "{hits} {misses} {emptied} {grown}");
        assert!(
            [deleted, in_place, shrunk, second_group].into_iter().all(|n| n > 100),
            "{deleted} {in_place} {shrunk}"
        );
        assert_eq!(operations as u64, 240 * OPERATIONS);
        assert!(most_buckets >= 1024, "{most_buckets}");
    }
}
