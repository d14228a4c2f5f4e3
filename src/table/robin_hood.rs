//! Robin Hood hashing: linear probing in which a key far from home takes the slot of one nearer to its own.
//!
//! Pedro Celis, *Robin Hood Hashing* (thesis, University of Waterloo, 1986), with linear probing, the early end of a search
//! and backward-shift deletion, as Rust's `HashMap` had it before 1.36.

use super::backward_shift::{close_gap, distance, home, next};
use super::compose::{self, Fault, IfPresent, Primitives};
use super::observe::{Event, Observer, Probe, Reason, Saw, Side};
use super::open;
use super::policy::{Deletion, Policy, Table};
use super::settings::{Accepts, Settings};
use super::state::{Arrays, Regs, Slot, State};
use crate::python::{Heap, Obj, Version};

/// Robin Hood hashing with backward-shift deletion. Its probes carry the displacement of what is in the slot.
#[derive(Clone, Debug)]
pub struct RobinHood {
    settings: Settings,
    state: State,
}

/// How a search ends: at the key, or at the slot where it would be put and its distance from home there.
enum Search {
    Found(usize),
    Absent { pos: usize, distance: usize },
}

impl RobinHood {
    /// The one there is.
    pub const POLICIES: &'static [Policy] = &[Policy {
        name: "robin-hood",
        title: "Robin Hood hashing",
        doc: "Linear probing in which displacement, the distance from a key's own first slot, is evened out: an insert that is \
              further from home than the key it meets takes that slot, and the other key moves on. So a search may stop at a \
              key nearer to its home than itself. Deletions shift the following keys back and leave no tombstone. The table \
              doubles when an insert would exceed its load limit and gives memory back only on request.",
        python: Version::LATEST,
        deletion: Deletion::OnRequest,
        new: || RobinHood::with(Settings::usual(0.9, 0.0, Accepts::SIZES)).into(),
    }];

    fn with(settings: Settings) -> RobinHood {
        RobinHood { state: State::new(Arrays::one(settings.size as usize), Regs::default()), settings }
    }

    fn search<O: Observer>(&self, key: Obj, heap: &Heap, obs: &mut O) -> Search {
        let hash = heap.hash(key);
        if O::ACTIVE {
            obs.event(Event::Search { key, hash });
        }
        let slots = &self.state.main.slots;
        let mut pos = home(hash, slots.len());
        for nth in 0.. {
            let slot = slots[pos];
            let displacement = displacement(slot, pos, slots.len());
            let saw = match displacement {
                Some(displacement) if displacement < nth => Saw::Nearer(slot.live_key()),
                _ => compose::look(slot, key, hash, false, heap),
            };
            if O::ACTIVE {
                obs.event(probe(Side::Main, pos, nth, hash, displacement, saw));
            }
            match saw {
                Saw::Found(_) => return Search::Found(pos),
                Saw::Empty | Saw::Nearer(_) => return Search::Absent { pos, distance: nth },
                _ => pos = next(pos, slots.len()),
            }
        }
        unreachable!("the load limit leaves an empty slot");
    }

    /// Put `slot`, `away` steps from its home at `pos`, and carry on with whom it displaces. The first look was reported by
    /// a search if `seen`.
    fn settle<O: Observer>(
        &mut self,
        side: Side,
        mut slot: Slot,
        mut pos: usize,
        mut away: usize,
        mut seen: bool,
        obs: &mut O,
    ) {
        let size = self.state.side(side).slots.len();
        loop {
            let there = self.state.side(side).slots[pos];
            let displacement = displacement(there, pos, size);
            if O::ACTIVE && !seen {
                let saw = if there.is_empty() { Saw::Empty } else { Saw::Taken(there.live_key()) };
                obs.event(probe(side, pos, away, slot.hash, displacement, saw));
            }
            seen = false;
            match displacement {
                None => return self.state.put(side, pos, slot, obs),
                Some(displacement) if displacement < away => {
                    if O::ACTIVE {
                        obs.event(Event::Carry { side, from: pos as u32, key: there.live_key() });
                    }
                    self.state.put(side, pos, slot, obs);
                    (slot, away) = (there, displacement);
                }
                Some(_) => {}
            }
            pos = next(pos, size);
            away += 1;
        }
    }
}

/// How far from its home the key at `pos` is; `None` for an empty slot.
fn displacement(slot: Slot, pos: usize, size: usize) -> Option<usize> {
    (!slot.is_empty()).then(|| distance(home(slot.hash, size), pos, size))
}

fn probe(side: Side, pos: usize, nth: usize, hash: i64, displacement: Option<usize>, saw: Saw) -> Event {
    let perturb = displacement.unwrap_or(0) as u64;
    Event::Probe(Probe { side, slot: pos as u32, nth: nth as u32, hash, perturb, saw })
}

impl Primitives for RobinHood {
    fn find<O: Observer>(&self, key: Obj, heap: &Heap, obs: &mut O) -> Result<Option<usize>, Fault> {
        Ok(match self.search(key, heap, obs) {
            Search::Found(pos) => Some(pos),
            Search::Absent { .. } => None,
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
        let (pos, distance) = match self.search(key, heap, obs) {
            Search::Found(pos) => return Ok(compose::replace(&mut self.state, pos, value, present, obs)),
            Search::Absent { pos, distance } => (pos, distance),
        };
        let new = Slot::live(heap.hash(key), key, value);
        match open::growth(&self.settings, &self.state) {
            Some(size) => {
                let size = compose::fit(size)?;
                let wanted = 2 * self.state.main.slots.len() as u64;
                compose::rebuild(self, size, wanted, Reason::Full, obs);
                self.place(Side::Main, new, obs);
            }
            None => self.settle(Side::Main, new, pos, distance, true, obs),
        }
        compose::count_new(&mut self.state, obs);
        Ok(None)
    }

    fn remove<O: Observer>(&mut self, pos: usize, obs: &mut O) {
        close_gap(&mut self.state, pos, true, obs);
        open::shrink_if_sparse(self, obs);
    }

    fn place<O: Observer>(&mut self, side: Side, slot: Slot, obs: &mut O) {
        let pos = home(slot.hash, self.state.side(side).slots.len());
        self.settle(side, slot, pos, 0, false, obs);
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

impl Table for RobinHood {
    compose::answers!();
    open::answers!();

    fn policy(&self) -> &'static Policy {
        &RobinHood::POLICIES[0]
    }

    /// Beside what every table keeps: nobody is more than one step further from home than the key before it.
    fn check(&self, heap: &Heap) -> Result<(), String> {
        compose::check(self, heap)?;
        open::check(&self.settings, &self.state)?;
        let slots = &self.state.main.slots;
        for pos in 0..slots.len() {
            let after = next(pos, slots.len());
            let before = displacement(slots[pos], pos, slots.len());
            let behind = displacement(slots[after], after, slots.len());
            if behind.unwrap_or(0) > before.map_or(0, |before| before + 1) {
                return Err(format!("slot {after} holds a key {behind:?} from home, slot {pos} one {before:?}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::{HashSettings, Value};
    use crate::table::{AnyTable, Noop, Op, Outcome};

    struct Looks(Vec<(u64, Saw)>);

    impl Observer for Looks {
        const ACTIVE: bool = true;

        fn event(&mut self, event: Event) {
            if let Event::Probe(probe) = event {
                self.0.push((probe.perturb, probe.saw));
            }
        }
    }

    fn keys(table: &AnyTable) -> Vec<i64> {
        table.state().main.slots.iter().filter_map(|slot| slot.key().and_then(Obj::small_int)).collect()
    }

    #[test]
    fn it_takes_from_the_rich_and_gives_back_on_deletion() {
        let mut heap = Heap::new(Version::LATEST, HashSettings::default());
        let mut table = AnyTable::parse("robin-hood").unwrap();
        let mut int = |n| heap.alloc(Value::Int(n));
        let [zero, one, eight, sixteen, absent] = [0, 1, 8, 16, 24].map(&mut int);
        for key in [zero, eight, one, sixteen] {
            table.run(Op::Set(key, Obj::NONE), &heap, &mut Noop);
        }
        // 16 came to slot 2 from two slots away and displaced 1, which was one away.
        assert_eq!(keys(&table), [0, 8, 16, 1]);
        let mut looks = Looks(Vec::new());
        assert_eq!(table.run(Op::Get(absent), &heap, &mut looks), Outcome::KeyError);
        let differs = Saw::HashDiffers;
        let expected = [(0, differs(zero)), (1, differs(eight)), (2, differs(sixteen)), (2, Saw::Nearer(one))];
        assert_eq!(looks.0, expected);
        table.run(Op::Del(zero), &heap, &mut Noop);
        assert_eq!(keys(&table), [8, 16, 1]);
        assert!(table.state().main.slots[..3].iter().all(|slot| slot.is_live()));
    }

    #[test]
    fn it_gives_memory_back_on_request() {
        let mut heap = Heap::new(Version::LATEST, HashSettings::default());
        let mut table = AnyTable::parse("robin-hood").unwrap();
        let size = |table: &AnyTable| table.state().main.slots.len();
        table.run(Op::Reserve(100), &heap, &mut Noop);
        assert_eq!(size(&table), 128);
        for n in 0..100 {
            let key = heap.alloc(Value::Int(n));
            table.run(Op::Set(key, Obj::NONE), &heap, &mut Noop);
        }
        assert_eq!(size(&table), 128);
        for _ in 0..90 {
            table.run(Op::PopItem, &heap, &mut Noop);
        }
        assert_eq!(size(&table), 128);
        table.run(Op::ShrinkToFit, &heap, &mut Noop);
        assert_eq!((size(&table), table.state().regs.used), (16, 10));
    }
}
