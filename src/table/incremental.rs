//! Open addressing that resizes while it is used: two arrays alive, a few entries moved per operation.
//!
//! Redis's way (`dict.c`: `dictRehash`, `_dictRehashStep`), there with chains, here with open addressing: look in both
//! arrays, write new keys to the new one, move some entries with every operation, and visit at most ten free slots for each
//! entry to be moved, so that no operation takes long. Searches must go past the tombstones that moved entries leave in the
//! old array, so these must not lie in any pattern, as they would with the hashes of small integers or with linear probing:
//! the hash is scattered first (Redis has SipHash), and probing is double hashing ([`Probing::Double`]).

use super::compose::{self, Fault, IfPresent, Primitives};
use super::observe::{Event, Observer, Probe, Reason, Saw, Side};
use super::op::CopyHow;
use super::open;
use super::policy::{Bytes, CopyPrice, Deletion, Forecast, Policy, ResizeRule, Table};
use super::settings::{Accepts, Settings};
use super::state::{Arrays, Regs, Slot, State};
use super::textbook::{Probing, Step};
use crate::python::{Heap, Obj, Version};

/// Double hashing with tombstones and resizes spread over operations.
///
/// While `state.next` is there, `regs.fill` counts its slots that are not empty, `regs.usable` the live keys still in
/// `state.main`, and `regs.extra` is the slot of `state.main` where moving goes on: before it all are moved or dead. A moved
/// key leaves a tombstone, for searches in the old array must go past it.
#[derive(Clone, Debug)]
pub struct Incremental {
    settings: Settings,
    state: State,
}

/// Free slots visited per entry to be moved (`empty_visits` in `dictRehash`).
const VISITS: usize = 10;

/// The slots that a search for `hash` visits in an array of `size`.
fn steps(hash: i64, size: usize) -> impl Iterator<Item = Step> {
    Probing::Double.steps(scatter(hash as u64) as i64, size)
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood, *Fast Splittable Pseudorandom Number Generators*, 2014).
fn scatter(mut z: u64) -> u64 {
    z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ z >> 31
}

/// How a search in one array ends.
enum Search {
    Found(usize),
    /// An insert goes here: the first tombstone passed, else the empty slot.
    Absent(usize),
}

impl Incremental {
    /// The one there is.
    pub const POLICIES: &'static [Policy] = &[Policy {
        name: "incremental",
        title: "Incremental resize (as Redis)",
        doc: "Double hashing of a scattered hash, with tombstones, that never stops for a resize. The new array is allocated and stays beside the old \
              one; every operation first moves a few entries over, searches look in both, new keys go to the new one. A \
              deletion that leaves less than the shrink setting live begins a move to half the size, so memory comes back \
              after it, once the last entry has moved.",
        python: Version::LATEST,
        deletion: Deletion::AtOnce,
        new: || {
            let accepts = Accepts { power_of_two: true, moves: true, ..Accepts::SIZES };
            Incremental::with(Settings::usual(0.75, 0.125, accepts)).into()
        },
    }];

    fn with(settings: Settings) -> Incremental {
        Incremental { state: State::new(Arrays::one(settings.size as usize), Regs::default()), settings }
    }

    /// Where new keys go.
    fn newest(&self) -> Side {
        if self.state.next.is_some() { Side::Next } else { Side::Main }
    }

    /// A position of both arrays in a row, as [`Primitives::find`] gives it.
    fn at(&self, pos: usize) -> (Side, usize) {
        match self.state.main.slots.len() {
            size if pos >= size => (Side::Next, pos - size),
            _ => (Side::Main, pos),
        }
    }

    fn search<O: Observer>(&self, side: Side, key: Obj, heap: &Heap, obs: &mut O) -> Search {
        let (slots, hash) = (&self.state.side(side).slots, heap.hash(key));
        let mut tombstone = None;
        for Step { nth, pos, step } in steps(hash, slots.len()) {
            let saw = compose::look(slots[pos], key, hash, tombstone.is_some(), heap);
            if O::ACTIVE {
                let perturb = step as u64;
                obs.event(Event::Probe(Probe { side, slot: pos as u32, nth, hash, perturb, saw }));
            }
            match saw {
                Saw::Found(_) => return Search::Found(pos),
                Saw::Empty => return Search::Absent(tombstone.unwrap_or(pos)),
                Saw::Tombstone { first: true } => tombstone = Some(pos),
                _ => {}
            }
        }
        unreachable!("the load limit leaves an empty slot");
    }

    /// The key's position, or where the newest array takes it.
    fn look_in_both<O: Observer>(&self, key: Obj, heap: &Heap, obs: &mut O) -> Search {
        if O::ACTIVE {
            obs.event(Event::Search { key, hash: heap.hash(key) });
        }
        match self.search(Side::Main, key, heap, obs) {
            Search::Absent(_) if self.state.next.is_some() => match self.search(Side::Next, key, heap, obs) {
                Search::Found(pos) => Search::Found(self.state.main.slots.len() + pos),
                absent => absent,
            },
            ended => ended,
        }
    }

    /// Move up to `entries` live keys, visiting up to `visits` other slots; at the end the old array is dropped.
    fn advance<O: Observer>(&mut self, entries: usize, mut visits: usize, obs: &mut O) {
        let mut moved = 0;
        while self.state.regs.usable > 0 && moved < entries && visits > 0 {
            let from = self.state.regs.extra as usize;
            let slot = self.state.main.slots[from];
            if slot.is_live() {
                if O::ACTIVE {
                    obs.event(Event::Move { from: from as u32, key: slot.live_key() });
                }
                self.place(Side::Next, slot, obs);
                self.state.put(Side::Main, from, slot.tombstone(), obs);
                moved += 1;
            } else {
                visits -= 1;
            }
            let Regs { used, fill, usable, extra } = self.state.regs;
            let usable = usable - u32::from(slot.is_live());
            self.state.set_regs(Regs { used, fill, usable, extra: extra + 1 }, obs);
        }
        if self.state.regs.usable == 0 {
            self.state.finish_next(obs);
            self.state.set_regs(Regs { extra: 0, ..self.state.regs }, obs);
        }
    }

    /// Move everything that is still to be moved.
    fn finish<O: Observer>(&mut self, obs: &mut O) {
        if self.state.next.is_some() {
            self.advance(usize::MAX, usize::MAX, obs);
        }
    }

    /// Begin to move to an array of `size` slots.
    fn begin<O: Observer>(&mut self, size: usize, reason: Reason, obs: &mut O) {
        compose::begin(self, size, size as u64, reason, obs);
        let used = self.state.regs.used;
        self.state.set_regs(Regs { used, fill: 0, usable: used, extra: 0 }, obs);
    }

    /// Slots that are taken in the newest array once everything is moved.
    fn taken(&self) -> u64 {
        (self.state.regs.fill + self.state.regs.usable).into()
    }

    fn newest_size(&self) -> usize {
        self.state.side(self.newest()).slots.len()
    }

    /// The size that an insert of one more key asks for when `used` keys are live and the limit of `size` slots is reached.
    fn growth(&self, size: u64, used: u64) -> u64 {
        let size = if 2 * (used + 1) > self.settings.limit(size) { 2 * size } else { size };
        self.settings.size_from(size, used + 1)
    }
}

impl Primitives for Incremental {
    fn prepare<O: Observer>(&mut self, obs: &mut O) {
        if self.state.next.is_some() {
            let entries = self.settings.moves as usize;
            self.advance(entries, entries * VISITS, obs);
        }
    }

    fn slot(&self, pos: usize) -> Slot {
        let (side, pos) = self.at(pos);
        self.state.side(side).slots[pos]
    }

    fn find<O: Observer>(&self, key: Obj, heap: &Heap, obs: &mut O) -> Result<Option<usize>, Fault> {
        Ok(match self.look_in_both(key, heap, obs) {
            Search::Found(pos) => Some(pos),
            Search::Absent(_) => None,
        })
    }

    fn insert<O: Observer>(
        &mut self,
        key: Obj,
        value: Obj,
        present: IfPresent,
        heap: &Heap,
        obs: &mut O,
    ) -> Result<Option<Obj>, Fault> {
        let pos = match self.look_in_both(key, heap, obs) {
            Search::Found(pos) => {
                let slot = self.slot(pos);
                if present == IfPresent::Replace {
                    let (side, pos) = self.at(pos);
                    self.state.put(side, pos, slot.with_value(value), obs);
                }
                return Ok(slot.value());
            }
            Search::Absent(pos) => pos,
        };
        let new = Slot::live(heap.hash(key), key, value);
        let side = self.newest();
        let is_empty = self.state.side(side).slots[pos].is_empty();
        if is_empty && self.taken() + 1 > self.settings.limit(self.newest_size() as u64) {
            let size = compose::fit(self.growth(self.newest_size() as u64, self.state.regs.used.into()))?;
            // Ordinary settings move faster than inserts come; if not, the rest has to be moved now.
            self.finish(obs);
            let reason = if size > self.state.main.slots.len() { Reason::Full } else { Reason::Rehash };
            self.begin(size, reason, obs);
            self.place(Side::Next, new, obs);
        } else {
            self.state.put(side, pos, new, obs);
            self.state.set_regs(Regs { fill: self.state.regs.fill + u32::from(is_empty), ..self.state.regs }, obs);
        }
        self.state.set_regs(Regs { used: self.state.regs.used + 1, ..self.state.regs }, obs);
        Ok(None)
    }

    fn remove<O: Observer>(&mut self, pos: usize, obs: &mut O) {
        let (side, at) = self.at(pos);
        let tombstone = self.slot(pos).tombstone();
        self.state.put(side, at, tombstone, obs);
        let Regs { used, usable, .. } = self.state.regs;
        let waiting = u32::from(side != self.newest());
        self.state.set_regs(Regs { used: used - 1, usable: usable - waiting, ..self.state.regs }, obs);
        let size = self.state.main.slots.len();
        if self.state.next.is_none() && self.settings.too_sparse(size, used as usize - 1) {
            self.begin(size / 2, Reason::Sparse, obs);
        }
    }

    /// While entries move, the one that would be moved next.
    fn last<O: Observer>(&mut self, obs: &mut O) -> Option<usize> {
        let State { main, next, regs } = &self.state;
        if next.is_none() {
            return compose::take_last(&mut self.state, obs);
        }
        let pos = (regs.extra as usize..main.slots.len()).find(|&pos| main.slots[pos].is_live())?;
        self.state.set_regs(Regs { extra: pos as i64, ..self.state.regs }, obs);
        Some(pos)
    }

    /// A tombstone is taken as well as an empty slot: the key is known to be absent.
    fn place<O: Observer>(&mut self, side: Side, slot: Slot, obs: &mut O) {
        let size = self.state.side(side).slots.len();
        for Step { nth, pos, step } in steps(slot.hash, size) {
            let there = self.state.side(side).slots[pos];
            if O::ACTIVE {
                let saw = match () {
                    () if there.is_empty() => Saw::Empty,
                    () if there.is_live() => Saw::Taken(there.live_key()),
                    () => Saw::Tombstone { first: true },
                };
                let (slot, hash, perturb) = (pos as u32, slot.hash, step as u64);
                obs.event(Event::Probe(Probe { side, slot, nth, hash, perturb, saw }));
            }
            if !there.is_live() {
                self.state.put(side, pos, slot, obs);
                let taken = u32::from(there.is_empty());
                return self.state.set_regs(Regs { fill: self.state.regs.fill + taken, ..self.state.regs }, obs);
            }
        }
        unreachable!("the load limit leaves an empty slot");
    }

    fn size_for(&self, keys: u64) -> u64 {
        self.settings.size_for(keys)
    }

    /// A copy is made at once, after what was being moved.
    fn copy<O: Observer>(&mut self, how: CopyHow, obs: &mut O) {
        self.finish(obs);
        let size = self.size_now();
        compose::rebuild(self, size, size as u64, Reason::Copy(how), obs);
    }

    fn shrink_to_fit<O: Observer>(&mut self, obs: &mut O) -> bool {
        let size = self.size_now();
        if size < self.newest_size() {
            self.finish(obs);
            self.begin(size, Reason::Asked, obs);
        }
        true
    }

    fn reserve<O: Observer>(&mut self, additional: u32, obs: &mut O) -> Result<bool, Fault> {
        let size = open::size_to_reserve(self, additional)?;
        if size > self.newest_size() {
            self.finish(obs);
            self.begin(size, Reason::Asked, obs);
        }
        Ok(true)
    }
}

impl Table for Incremental {
    compose::answers!();

    fn policy(&self) -> &'static Policy {
        &Incremental::POLICIES[0]
    }

    /// Both arrays; two words for the second array and its size, one for the place where moving goes on.
    fn bytes(&self) -> Bytes {
        let slots = self.state.main.slots.len() + self.state.next.as_ref().map_or(0, |next| next.slots.len());
        let bytes = open::bytes(slots);
        Bytes { object: bytes.object + 24, ..bytes }
    }

    fn forecast(&self) -> Forecast {
        let size = self.newest_size() as u64;
        let left = self.settings.limit(size).saturating_sub(self.taken());
        let next_size = self.growth(size, u64::from(self.state.regs.used) + left) as u32;
        Forecast { inserts_left: Some(left as u32), next_size }
    }

    fn copy_prices(&self, _heap: &Heap) -> Vec<CopyPrice> {
        compose::copy_prices(self, |size| open::bytes(size).total() + 24)
    }

    fn resize_rule(&self, reason: Reason) -> ResizeRule {
        match reason {
            Reason::Full | Reason::Rehash => open::rule_with_tombstones("fill + 1 > size * load"),
            reason => open::resize_rule(reason),
        }
    }

    fn check(&self, heap: &Heap) -> Result<(), String> {
        let State { main, next, regs } = &self.state;
        let live = |arrays: &Arrays| arrays.slots.iter().filter(|slot| slot.is_live()).count();
        let newest = self.state.side(self.newest());
        let fill = newest.slots.iter().filter(|slot| !slot.is_empty()).count();
        let waiting = if next.is_some() { live(main) } else { 0 };
        let used = live(newest) + waiting;
        if (used, fill, waiting) != (regs.used as usize, regs.fill as usize, regs.usable as usize) {
            return Err(format!("{used} live, {fill} taken, {waiting} to be moved, but the counters say {regs:?}"));
        }
        let limit = self.settings.limit(self.newest_size() as u64);
        if self.taken() > limit {
            return Err(format!("{} slots will be taken, the limit is {limit}", self.taken()));
        }
        let moved = next.as_ref().map_or(0, |_| regs.extra as usize);
        if let Some(pos) = main.slots[..moved].iter().position(|slot| slot.is_live()) {
            return Err(format!("slot {pos} was passed over, moving is at {moved}"));
        }
        compose::check_found(self, main.slots.len() + next.as_ref().map_or(0, |next| next.slots.len()), heap)
    }

    fn deletion(&self) -> Deletion {
        open::deletion(&self.settings)
    }

    fn settings(&self) -> Option<&Settings> {
        Some(&self.settings)
    }

    fn configure(&mut self, given: &[(&str, &str)]) -> Result<(), String> {
        *self = Incremental::with(self.settings.clone().with(given)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::{HashSettings, Value};
    use crate::table::{AnyTable, Noop, Op, Outcome};

    /// Cells looked at or written by one operation.
    #[derive(Default)]
    struct Cells(u64);

    impl Observer for Cells {
        const ACTIVE: bool = true;

        fn event(&mut self, event: Event) {
            self.0 += u64::from(matches!(event, Event::Probe(_) | Event::PutSlot { .. }));
        }
    }

    /// The most cells that one operation touches while `n` keys are put in and taken out again.
    fn worst(spec: &str, n: i64) -> u64 {
        let mut heap = Heap::new(Version::LATEST, HashSettings::default());
        let mut table = AnyTable::parse(spec).unwrap();
        let keys: Vec<_> = (0..n).map(|key| heap.alloc(Value::Int(key))).collect();
        let sets = keys.iter().map(|&key| Op::Set(key, Obj::NONE));
        let cost = sets.chain(keys.iter().map(|&key| Op::Del(key))).map(|op| {
            let mut cells = Cells::default();
            table.run(op, &heap, &mut cells);
            cells.0
        });
        cost.max().unwrap()
    }

    #[test]
    fn no_operation_pays_for_a_whole_resize() {
        let (at_once, spread) = (worst("linear", 50_000), worst("incremental", 50_000));
        assert!(at_once > 1_000 * spread, "{at_once} {spread}");
    }

    #[test]
    fn entries_move_one_an_operation_and_none_is_lost() {
        let mut heap = Heap::new(Version::LATEST, HashSettings::default());
        let mut table = AnyTable::parse("incremental").unwrap();
        let keys: Vec<_> = (0..7).map(|key| heap.alloc(Value::Int(key))).collect();
        let run = |table: &mut AnyTable, op| table.run(op, &heap, &mut Noop);
        for &key in &keys {
            run(&mut table, Op::Set(key, key));
        }
        // The seventh found 6 of 8 slots taken; it went to the new array, and the others are still in the old.
        let sizes = |table: &AnyTable| (table.state().main.size(), table.state().next.as_ref().map(Arrays::size));
        assert_eq!(sizes(&table), (8, Some(16)));
        assert_eq!(table.bytes().total(), 56 + 24 * 24);
        assert_eq!(table.state().regs, Regs { used: 7, fill: 1, usable: 6, extra: 0 });
        let order: Vec<_> =
            table.state().main.slots.iter().filter(|slot| slot.is_live()).map(|slot| slot.live_key()).collect();
        let [first, .., fifth, last] = order[..] else { panic!("{order:?}") };
        // A key that has moved, one that has not, one that dies where it is and one that dies where it went.
        assert_eq!(run(&mut table, Op::Get(first)), Outcome::Value(first));
        assert_eq!(run(&mut table, Op::Set(last, first)), Outcome::Done);
        assert_eq!(run(&mut table, Op::Del(fifth)), Outcome::Done);
        assert_eq!(run(&mut table, Op::Del(first)), Outcome::Done);
        assert_eq!(sizes(&table), (8, Some(16)));
        let Regs { used, fill, usable, .. } = table.state().regs;
        assert_eq!((used, fill, usable), (5, 5, 1));
        table.check(&heap).unwrap();
        assert_eq!(run(&mut table, Op::Get(last)), Outcome::Value(first));
        assert_eq!(sizes(&table), (16, None));
        assert_eq!(run(&mut table, Op::Get(fifth)), Outcome::KeyError);
        table.check(&heap).unwrap();
    }
}
