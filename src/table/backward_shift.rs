//! Linear probing that leaves no tombstones: a deletion shifts later entries back.
//!
//! Knuth, *The Art of Computer Programming* vol. 3, section 6.4, algorithm R (deletion with linear probing).

use super::compose::{self, Fault, IfPresent, Primitives};
use super::observe::{Event, Observer, Probe, Reason, Saw, Side};
use super::open;
use super::policy::{Deletion, Policy, Table};
use super::settings::{Accepts, Settings};
use super::state::{Arrays, Regs, Slot, State};
use crate::python::{Heap, Obj, Version};

/// Linear probing with backward-shift deletion.
#[derive(Clone, Debug)]
pub struct BackwardShift {
    settings: Settings,
    state: State,
}

/// How a search ends: at the key, or at the empty slot where it would be put.
type Search = Result<usize, usize>;

impl BackwardShift {
    /// The one there is.
    pub const POLICIES: &'static [Policy] = &[Policy {
        name: "backward-shift",
        title: "Linear probing, backward shift",
        doc: "Looks at the slot of the hash, then the next one, and so on to an empty slot. A deletion leaves no tombstone: \
              the entries behind it that would lose their way are shifted back into the gap. The table doubles when an insert \
              would exceed its load limit, and a deletion that leaves less than the shrink setting live halves it at once.",
        python: Version::LATEST,
        deletion: Deletion::AtOnce,
        new: || BackwardShift::with(Settings::usual(0.75, 0.125, Accepts::SIZES)).into(),
    }];

    fn with(settings: Settings) -> BackwardShift {
        BackwardShift { state: State::new(Arrays::one(settings.size as usize), Regs::default()), settings }
    }

    fn search<O: Observer>(&self, key: Obj, heap: &Heap, obs: &mut O) -> Search {
        let hash = heap.hash(key);
        if O::ACTIVE {
            obs.event(Event::Search { key, hash });
        }
        let slots = &self.state.main.slots;
        let mut pos = home(hash, slots.len());
        for nth in 0.. {
            let saw = compose::look(slots[pos], key, hash, false, heap);
            if O::ACTIVE {
                let perturb = u64::from(nth > 0);
                obs.event(Event::Probe(Probe { side: Side::Main, slot: pos as u32, nth, hash, perturb, saw }));
            }
            match saw {
                Saw::Found(_) => return Ok(pos),
                Saw::Empty => return Err(pos),
                _ => pos = next(pos, slots.len()),
            }
        }
        unreachable!("the load limit leaves an empty slot");
    }
}

/// The slot where a key's search starts.
#[inline]
pub(super) fn home(hash: i64, size: usize) -> usize {
    (hash as u64 % size as u64) as usize
}

#[inline]
pub(super) fn next(pos: usize, size: usize) -> usize {
    if pos + 1 == size { 0 } else { pos + 1 }
}

/// How many steps forward it is from `from` to `to`.
#[inline]
pub(super) fn distance(from: usize, to: usize, size: usize) -> usize {
    if to >= from { to - from } else { to + size - from }
}

/// Close the gap at `pos`: each entry up to the next empty slot that the gap would cut off from its home moves into it,
/// and leaves the next gap. With `stop_at_home`, the first entry at its home ends it (true for Robin Hood's order).
///
/// The slots looked at on the way are reported as probes: `nth` is the distance from the deletion, `perturb` the
/// displacement of what is there.
pub(super) fn close_gap<O: Observer>(state: &mut State, pos: usize, stop_at_home: bool, obs: &mut O) {
    let size = state.main.slots.len();
    let hash = state.main.slots[pos].hash;
    let (mut gap, mut at) = (pos, pos);
    for nth in 1.. {
        at = next(at, size);
        let slot = state.main.slots[at];
        let displacement = if slot.is_empty() { 0 } else { distance(home(slot.hash, size), at, size) };
        if O::ACTIVE {
            let saw = if slot.is_empty() { Saw::Empty } else { Saw::Taken(slot.live_key()) };
            let perturb = displacement as u64;
            obs.event(Event::Probe(Probe { side: Side::Main, slot: at as u32, nth, hash, perturb, saw }));
        }
        if slot.is_empty() || stop_at_home && displacement == 0 {
            break;
        }
        if displacement >= distance(gap, at, size) {
            if O::ACTIVE {
                obs.event(Event::Carry { side: Side::Main, from: at as u32, key: slot.live_key() });
            }
            state.put(Side::Main, gap, slot, obs);
            gap = at;
        }
    }
    state.put(Side::Main, gap, Slot::EMPTY, obs);
    let Regs { used, fill, .. } = state.regs;
    state.set_regs(Regs { used: used - 1, fill: fill - 1, ..state.regs }, obs);
}

impl Primitives for BackwardShift {
    fn find<O: Observer>(&self, key: Obj, heap: &Heap, obs: &mut O) -> Result<Option<usize>, Fault> {
        Ok(self.search(key, heap, obs).ok())
    }

    fn insert<O: Observer>(
        &mut self,
        key: Obj,
        value: Obj,
        present: IfPresent,
        heap: &Heap,
        obs: &mut O,
    ) -> Result<Option<Obj>, Fault> {
        let empty = match self.search(key, heap, obs) {
            Ok(pos) => return Ok(compose::replace(&mut self.state, pos, value, present, obs)),
            Err(empty) => empty,
        };
        let new = Slot::live(heap.hash(key), key, value);
        match open::growth(&self.settings, &self.state) {
            Some(size) => {
                let size = compose::fit(size)?;
                let wanted = 2 * self.state.main.slots.len() as u64;
                compose::rebuild(self, size, wanted, Reason::Full, obs);
                self.place(Side::Main, new, obs);
            }
            None => self.state.put(Side::Main, empty, new, obs),
        }
        compose::count_new(&mut self.state, obs);
        Ok(None)
    }

    fn remove<O: Observer>(&mut self, pos: usize, obs: &mut O) {
        close_gap(&mut self.state, pos, false, obs);
        open::shrink_if_sparse(self, obs);
    }

    fn place<O: Observer>(&mut self, side: Side, slot: Slot, obs: &mut O) {
        let size = self.state.side(side).slots.len();
        let mut pos = home(slot.hash, size);
        for nth in 0.. {
            let there = self.state.side(side).slots[pos];
            if O::ACTIVE {
                let saw = if there.is_empty() { Saw::Empty } else { Saw::Taken(there.live_key()) };
                let (slot, hash, perturb) = (pos as u32, slot.hash, u64::from(nth > 0));
                obs.event(Event::Probe(Probe { side, slot, nth, hash, perturb, saw }));
            }
            if there.is_empty() {
                break;
            }
            pos = next(pos, size);
        }
        self.state.put(side, pos, slot, obs);
    }

    fn size_for(&self, keys: u64) -> u64 {
        self.settings.size_for(keys)
    }

    fn shrink_to_fit<O: Observer>(&mut self, obs: &mut O) -> bool {
        open::shrink_to_fit(self, obs);
        true
    }

    fn reserve<O: Observer>(&mut self, additional: u32, obs: &mut O) -> Result<bool, Fault> {
        open::reserve(self, additional, obs)
    }
}

impl Table for BackwardShift {
    compose::answers!();
    open::answers!();

    fn policy(&self) -> &'static Policy {
        &BackwardShift::POLICIES[0]
    }

    fn check(&self, heap: &Heap) -> Result<(), String> {
        compose::check(self, heap)?;
        open::check(&self.settings, &self.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::{HashSettings, Value};
    use crate::table::{AnyTable, Noop, Op};

    fn keys(table: &AnyTable) -> Vec<Option<i64>> {
        table.state().main.slots.iter().map(|slot| slot.key().and_then(Obj::small_int)).collect()
    }

    #[test]
    fn a_deletion_shifts_back_what_it_would_cut_off() {
        let mut heap = Heap::new(Version::LATEST, HashSettings::default());
        let mut table = AnyTable::parse("backward-shift").unwrap();
        for key in [6, 14, 22, 7, 2] {
            let key = heap.alloc(Value::Int(key));
            table.run(Op::Set(key, Obj::NONE), &heap, &mut Noop);
        }
        assert_eq!(keys(&table), [Some(22), Some(7), Some(2), None, None, None, Some(6), Some(14)]);
        // 14, 22 and 7 follow over the end of the array; 2 is at home.
        table.run(Op::Del(heap.alloc(Value::Int(6))), &heap, &mut Noop);
        assert_eq!(keys(&table), [Some(7), None, Some(2), None, None, None, Some(14), Some(22)]);
        table.check(&heap).unwrap();
    }

    #[test]
    fn it_shrinks_at_once_and_never_below_its_first_size() {
        let mut heap = Heap::new(Version::LATEST, HashSettings::default());
        let mut table = AnyTable::parse("backward-shift").unwrap();
        let keys: Vec<_> = (0..100).map(|key| heap.alloc(Value::Int(key))).collect();
        keys.iter().for_each(|&key| {
            table.run(Op::Set(key, Obj::NONE), &heap, &mut Noop);
        });
        let mut sizes = vec![table.state().main.slots.len()];
        for key in keys {
            table.run(Op::Del(key), &heap, &mut Noop);
            sizes.push(table.state().main.slots.len());
        }
        sizes.dedup();
        assert_eq!(sizes, [256, 128, 64, 32, 16, 8]);
        assert_eq!(table.bytes().total(), 32 + 8 * 24);
    }
}
