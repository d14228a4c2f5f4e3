//! Open addressing with tombstones, as textbooks have it.
//!
//! Knuth, *The Art of Computer Programming* vol. 3, section 6.4: algorithm L (linear probing), algorithm D (double
//! hashing), and the "deleted" marks discussed after them. The triangular sequence is exercise 6.4-20.

use super::compose::{self, Endless, IfPresent, Primitives};
use super::observe::{Event, Observer, Probe, Reason, Saw, Side};
use super::op::{Op, Outcome};
use super::open;
use super::policy::{Bytes, CopyPrice, Deletion, Forecast, Layout, Policy, ResizeRule, Table};
use super::settings::{Accepts, Settings};
use super::state::{Arrays, Regs, Slot, State};
use crate::python::{Heap, Obj, Version};

/// Which slots a search visits, in which order. The first is always the hash modulo the size, as Python's is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probing {
    /// The next slot, and so on.
    Linear,
    /// One further, then two, then three: the triangular numbers, which visit every slot of a power of two.
    Quadratic,
    /// Always the same odd step, which the hash decides: its upper 32 bits after a multiplication by 2^64 / φ (Knuth's
    /// multiplicative hashing), because the upper bits of small integers' own hashes are all 0.
    Double,
}

/// Open addressing with tombstones.
#[derive(Clone, Debug)]
pub struct Textbook {
    probing: Probing,
    settings: Settings,
    state: State,
}

/// One slot of a probe sequence.
struct Step {
    nth: u32,
    pos: usize,
    /// What was added to get there; 0 for the first.
    step: usize,
}

impl Probing {
    /// The slots that a search for `hash` visits in an array of `size`: each once.
    fn steps(self, hash: i64, size: usize) -> impl Iterator<Item = Step> {
        let mut pos = (hash as u64 % size as u64) as usize;
        let mut step = match self {
            Probing::Linear => 1 % size,
            Probing::Quadratic => 0,
            Probing::Double => (((hash as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32 | 1) % size as u64) as usize,
        };
        (0..size as u32).map(move |nth| {
            if nth > 0 {
                step += usize::from(self == Probing::Quadratic);
                pos += step;
                pos -= if pos >= size { size } else { 0 };
            }
            Step { nth, pos, step: if nth == 0 { 0 } else { step } }
        })
    }
}

/// How a search that ends, ends.
enum Search {
    Found(usize),
    Absent { tombstone: Option<usize>, empty: usize },
}

impl Textbook {
    /// Linear probing, quadratic probing, double hashing.
    pub const POLICIES: &'static [Policy] = &[
        Policy {
            name: "linear",
            title: "Linear probing",
            doc: "Looks at the slot of the hash, then the next one, and so on to an empty slot. A deletion leaves a \
                  tombstone that searches must step over. The table doubles when an insert would exceed its load limit; if \
                  at most half of what is taken is live, it only clears the tombstones out. Deletions give no memory back \
                  unless the shrink setting says so.",
            python: Version::V3_13,
            deletion: Deletion::Never,
            new: || Textbook::new(Probing::Linear).into(),
        },
        Policy {
            name: "quadratic",
            title: "Quadratic probing",
            doc: "As linear probing, but the steps grow: one slot, then two, then three. Keys that start side by side part \
                  quickly; keys of the same first slot still follow one another all the way.",
            python: Version::V3_13,
            deletion: Deletion::Never,
            new: || Textbook::new(Probing::Quadratic).into(),
        },
        Policy {
            name: "double",
            title: "Double hashing",
            doc: "As linear probing, but the step is odd and comes from other bits of the hash, so that even keys of the \
                  same first slot go different ways.",
            python: Version::V3_13,
            deletion: Deletion::Never,
            new: || Textbook::new(Probing::Double).into(),
        },
    ];

    fn new(probing: Probing) -> Textbook {
        let accepts = Accepts { power_of_two: probing != Probing::Linear, tombstones: true };
        Textbook::with(probing, Settings { size: 8, load: 0.75, shrink: 0.0, reuse: true, count: true, accepts })
    }

    fn with(probing: Probing, settings: Settings) -> Textbook {
        let state = State::new(Arrays::one(settings.size as usize), Regs::default());
        Textbook { probing, settings, state }
    }

    fn search<O: Observer>(&self, key: Obj, heap: &Heap, obs: &mut O) -> Result<Search, Endless> {
        let hash = heap.hash(key);
        if O::ACTIVE {
            obs.event(Event::Search { key, hash });
        }
        let slots = &self.state.main.slots;
        let mut tombstone = None;
        for Step { nth, pos, step } in self.probing.steps(hash, slots.len()) {
            let saw = compose::look(slots[pos], key, hash, tombstone.is_some(), heap);
            if O::ACTIVE {
                let perturb = step as u64;
                obs.event(Event::Probe(Probe { side: Side::Main, slot: pos as u32, nth, hash, perturb, saw }));
            }
            match saw {
                Saw::Found(_) => return Ok(Search::Found(pos)),
                Saw::Empty => return Ok(Search::Absent { tombstone, empty: pos }),
                Saw::Tombstone { first: true } => tombstone = Some(pos),
                _ => {}
            }
        }
        Err(Endless)
    }

    /// The size that an insert of one more key asks for, if it may not just take an empty slot.
    fn growth(&self, used: usize, fill: usize) -> Option<usize> {
        let size = self.state.main.slots.len();
        let limit = self.settings.limit(size);
        let taken = if self.settings.count { fill } else { used };
        (taken + 1 > limit).then(|| {
            let size = if 2 * (used + 1) > limit { 2 * size } else { size };
            self.settings.size_from(size, used + 1)
        })
    }
}

impl Primitives for Textbook {
    fn find<O: Observer>(&self, key: Obj, heap: &Heap, obs: &mut O) -> Result<Option<usize>, Endless> {
        Ok(match self.search(key, heap, obs)? {
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
    ) -> Result<Option<Obj>, Endless> {
        let (tombstone, empty) = match self.search(key, heap, obs)? {
            Search::Found(pos) => return Ok(compose::replace(&mut self.state, pos, value, present, obs)),
            Search::Absent { tombstone, empty } => (tombstone.filter(|_| self.settings.reuse), empty),
        };
        let new = Slot::live(heap.hash(key), key, value);
        let Regs { used, fill, .. } = self.state.regs;
        // A tombstone that is reused was counted already.
        let growth = self.growth(used as usize, fill as usize).filter(|_| tombstone.is_none() || !self.settings.count);
        let taken = match (growth, tombstone) {
            (Some(size), _) => {
                let from = self.state.main.slots.len();
                let reason = if size == from { Reason::Rehash } else { Reason::Full };
                compose::rebuild(self, size, size as u64, reason, obs);
                self.place(Side::Main, new, obs);
                1
            }
            (None, Some(pos)) => {
                self.state.put(Side::Main, pos, new, obs);
                0
            }
            (None, None) => {
                self.state.put(Side::Main, empty, new, obs);
                1
            }
        };
        let regs = self.state.regs;
        self.state.set_regs(Regs { used: regs.used + 1, fill: regs.fill + taken, ..regs }, obs);
        Ok(None)
    }

    fn remove<O: Observer>(&mut self, pos: usize, obs: &mut O) {
        let slot = self.state.main.slots[pos];
        self.state.put(Side::Main, pos, slot.tombstone(), obs);
        let regs = self.state.regs;
        self.state.set_regs(Regs { used: regs.used - 1, ..regs }, obs);
        open::shrink_if_sparse(self, self.settings, obs);
    }

    fn place<O: Observer>(&mut self, side: Side, slot: Slot, obs: &mut O) {
        let size = self.state.side(side).slots.len();
        for Step { nth, pos, step } in self.probing.steps(slot.hash, size) {
            let there = self.state.side(side).slots[pos];
            if O::ACTIVE {
                let saw = if there.is_empty() { Saw::Empty } else { Saw::Taken(there.live_key()) };
                let (slot, hash, perturb) = (pos as u32, slot.hash, step as u64);
                obs.event(Event::Probe(Probe { side, slot, nth, hash, perturb, saw }));
            }
            if there.is_empty() {
                self.state.put(side, pos, slot, obs);
                return;
            }
        }
        unreachable!("arrays without tombstones have an empty slot");
    }

    fn size_for(&self, keys: usize) -> usize {
        self.settings.size_for(keys)
    }
}

impl Table for Textbook {
    fn policy(&self) -> &'static Policy {
        &Textbook::POLICIES[self.probing as usize]
    }

    fn state(&self) -> &State {
        &self.state
    }

    fn state_mut(&mut self) -> &mut State {
        &mut self.state
    }

    fn run<O: Observer>(&mut self, op: Op<'_>, heap: &Heap, obs: &mut O) -> Outcome {
        compose::run(self, op, heap, obs)
    }

    fn bytes(&self) -> Bytes {
        open::bytes(self.state.main.slots.len())
    }

    fn forecast(&self) -> Forecast {
        let regs = self.state.regs;
        let taken = if self.settings.count { regs.fill } else { regs.used };
        let left = (self.settings.limit(self.state.main.slots.len()) as u32).saturating_sub(taken);
        let next = self.growth((regs.used + left) as usize, (regs.fill + left) as usize);
        Forecast { inserts_left: Some(left), next_size: next.expect("the limit is reached") as u32 }
    }

    fn copy_prices(&self, _heap: &Heap) -> Vec<CopyPrice> {
        compose::copy_prices(self, |size| open::bytes(size).total())
    }

    fn resize_rule(&self, reason: Reason) -> ResizeRule {
        match reason {
            Reason::Full | Reason::Rehash => ResizeRule {
                trigger: if self.settings.count { "fill + 1 > size * load" } else { "used + 1 > size * load" },
                wanted: "size * 2 if (used + 1) * 2 > size * load, else size",
                size: "that, doubled until used + 1 <= size * load",
            },
            reason => open::resize_rule(reason),
        }
    }

    fn check(&self, heap: &Heap) -> Result<(), String> {
        compose::check(self, heap)?;
        let limit = self.settings.limit(self.state.main.slots.len()) as u32;
        let Regs { used, fill, .. } = self.state.regs;
        let taken = if self.settings.count { fill } else { used };
        if taken > limit { Err(format!("{taken} slots are taken, the limit is {limit}")) } else { Ok(()) }
    }

    fn layout(&self) -> Layout {
        Layout::One
    }

    fn deletion(&self) -> Deletion {
        if self.settings.shrink > 0.0 { Deletion::AtOnce } else { Deletion::Never }
    }

    fn settings(&self) -> Option<&Settings> {
        Some(&self.settings)
    }

    fn configure(&mut self, given: &[(&str, &str)]) -> Result<(), String> {
        *self = Textbook::with(self.probing, self.settings.with(given)?);
        Ok(())
    }
}
