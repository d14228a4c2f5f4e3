//! Open addressing with tombstones, as textbooks have it.
//!
//! Knuth, *The Art of Computer Programming* vol. 3, section 6.4: algorithm L (linear probing), algorithm D (double
//! hashing), and the "deleted" marks discussed after them. The triangular sequence is exercise 6.4-20.

use super::compose::{self, Fault, IfPresent, Primitives};
use super::formula::{Formula, Names};
use super::observe::{Event, Observer, Probe, Reason, Resize, Saw, Side};
use super::op::CopyHow;
use super::open;
use super::policy::{Bytes, CopyPrice, Deletion, Forecast, Policy, ResizeRule, Table};
use super::settings::{Accepts, Grow, Settings};
use super::state::{Arrays, Regs, Slot, State};
use crate::python::{Heap, Obj, Version};

/// Which slots a search visits, in which order. The first is always the hash modulo the size, as Python's is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probing {
    /// The next slot, and so on.
    Linear,
    /// One further, then two, then three: the triangular numbers, which visit every slot of a power of two.
    Quadratic,
    /// Always the same step, which the hash decides: its upper 32 bits after a multiplication by 2^64 / φ (Knuth's
    /// multiplicative hashing), because the upper bits of small integers' own hashes are all 0. It is made odd where the size
    /// is a power of two; elsewhere it is the next one from 1 + bits % (size - 1) on that has no divisor with the size in
    /// common: so it visits every slot.
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
pub(super) struct Step {
    pub nth: u32,
    pub pos: usize,
    /// What was added to get there; 0 for the first.
    pub step: usize,
}

impl Probing {
    /// The slots that a search for `hash` visits in an array of `size`: each once.
    pub(super) fn steps(self, hash: i64, size: usize) -> impl Iterator<Item = Step> {
        self.steps_from((hash as u64 % size as u64) as i64, hash, size)
    }

    /// The same, beginning at the slot `first`.
    #[inline]
    fn steps_from(self, first: i64, hash: i64, size: usize) -> impl Iterator<Item = Step> {
        let mut pos = first as usize;
        let mut step = match self {
            Probing::Linear => 1 % size,
            Probing::Quadratic => 0,
            Probing::Double => double_step((hash as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32, size),
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

#[inline]
fn double_step(bits: u64, size: usize) -> usize {
    let size = size as u64;
    if size.is_power_of_two() {
        return ((bits | 1) % size) as usize;
    }
    let first = 1 + bits % (size - 1);
    (first..size).chain(1..first).find(|&step| divisor(step, size) == 1).unwrap_or(1) as usize
}

/// The greatest that divides both (Euclid).
fn divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

/// The slots that a search visits by a step of the user's: `size` tries, or twice as many where the formula divides, as then
/// it repeats itself later.
fn steps_by(formula: &Formula, number: i64, hash: i64, size: usize) -> impl Iterator<Item = Step> + '_ {
    let m = size as i64;
    let names = Names { k: number, m, h: hash, i: 0 };
    let by_try = formula.has('i');
    let first = first_slot(hash, size);
    let each = if by_try { 0 } else { formula.value(names).rem_euclid(m) as usize };
    let tries = if formula.divides() && by_try { 2 * size } else { size };
    let mut last = first;
    (0..tries as u32).map(move |nth| {
        let pos = match nth {
            0 => first,
            _ if by_try => {
                let offset = formula.value(Names { i: nth.into(), ..names }).rem_euclid(m);
                (first + offset as usize) % size
            }
            _ => (last + each) % size,
        };
        let step = if nth == 0 { 0 } else { (pos + size - last) % size };
        last = pos;
        Step { nth, pos, step }
    })
}

/// The slot of a hash that a formula gave: Python's remainder.
fn first_slot(hash: i64, size: usize) -> usize {
    hash.rem_euclid(size as i64) as usize
}

/// How a search that ends, ends.
enum Search {
    Found(usize),
    /// `empty` is `None` where no slot was free, and the search gave up after its last try.
    Absent {
        tombstone: Option<usize>,
        empty: Option<usize>,
    },
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
            python: Version::LATEST,
            deletion: Deletion::Never,
            new: || Textbook::new(Probing::Linear).into(),
        },
        Policy {
            name: "quadratic",
            title: "Quadratic probing",
            doc: "As linear probing, but the steps grow: one slot, then two, then three. Keys that start side by side part \
                  quickly; keys of the same first slot still follow one another all the way.",
            python: Version::LATEST,
            deletion: Deletion::Never,
            new: || Textbook::new(Probing::Quadratic).into(),
        },
        Policy {
            name: "double",
            title: "Double hashing",
            doc: "As linear probing, but the step is odd and comes from other bits of the hash, so that even keys of the \
                  same first slot go different ways.",
            python: Version::LATEST,
            deletion: Deletion::Never,
            new: || Textbook::new(Probing::Double).into(),
        },
    ];

    fn new(probing: Probing) -> Textbook {
        let accepts = Accepts { tombstones: true, exercises: true, ..Accepts::SIZES };
        Textbook::with(probing, Settings::usual(0.75, 0.0, accepts))
    }

    fn with(probing: Probing, settings: Settings) -> Textbook {
        let state = State::new(Arrays::one(settings.size as usize), Regs::default());
        Textbook { probing, settings, state }
    }

    fn search<O: Observer>(&self, key: Obj, heap: &Heap, obs: &mut O) -> Result<Search, Fault> {
        let size = self.state.main.slots.len();
        let hash = self.settings.hash_of(key, heap, size);
        if O::ACTIVE {
            obs.event(Event::Search { key, hash });
        }
        match (&self.settings.step, &self.settings.hash) {
            (Some(step), _) => {
                let number = self.settings.number(key, heap);
                self.search_along(steps_by(step, number, hash, size), key, hash, heap, obs)
            }
            // Its first slot is Python's remainder, also of a negative hash.
            (None, Some(_)) => {
                let hash_in_size = first_slot(hash, size) as i64;
                self.search_along(self.probing.steps_from(hash_in_size, hash, size), key, hash, heap, obs)
            }
            (None, None) => self.search_along(self.probing.steps(hash, size), key, hash, heap, obs),
        }
    }

    #[inline(always)]
    fn search_along<O: Observer>(
        &self,
        steps: impl Iterator<Item = Step>,
        key: Obj,
        hash: i64,
        heap: &Heap,
        obs: &mut O,
    ) -> Result<Search, Fault> {
        let slots = &self.state.main.slots;
        let mut tombstone = None;
        for Step { nth, pos, step } in steps {
            let saw = compose::look(slots[pos], key, hash, tombstone.is_some(), heap);
            if O::ACTIVE {
                let perturb = step as u64;
                obs.event(Event::Probe(Probe { side: Side::Main, slot: pos as u32, nth, hash, perturb, saw }));
            }
            match saw {
                Saw::Found(_) => return Ok(Search::Found(pos)),
                Saw::Empty => return Ok(Search::Absent { tombstone, empty: Some(pos) }),
                Saw::Tombstone { first: true } => tombstone = Some(pos),
                _ => {}
            }
        }
        if self.gives_up() { Ok(Search::Absent { tombstone, empty: None }) } else { Err(Fault::Endless) }
    }

    /// Whether a search ends after its last try: where a table may be full, or a sequence may not visit every slot. Elsewhere
    /// it would go round for ever, as there is always an empty slot to stop it unless tombstones are not counted.
    fn gives_up(&self) -> bool {
        self.settings.load == 1.0 || self.settings.grow == Grow::No || self.may_miss()
    }

    /// Whether the sequence may leave slots out.
    fn may_miss(&self) -> bool {
        let triangular = self.probing == Probing::Quadratic && self.settings.step.is_none();
        let powers = self.settings.size.is_power_of_two() && matches!(self.settings.grow, Grow::Double | Grow::No);
        self.settings.step.is_some() || (triangular && !powers)
    }

    /// The slots that a search for a key visits in an array of `size`, and its hash there.
    fn way(&self, key: Obj, heap: &Heap, size: usize) -> (i64, Box<dyn Iterator<Item = Step> + '_>) {
        let hash = self.settings.hash_of(key, heap, size);
        let steps: Box<dyn Iterator<Item = Step>> = match (&self.settings.step, &self.settings.hash) {
            (Some(step), _) => Box::new(steps_by(step, self.settings.number(key, heap), hash, size)),
            (None, Some(_)) => Box::new(self.probing.steps_from(first_slot(hash, size) as i64, hash, size)),
            (None, None) => Box::new(self.probing.steps(hash, size)),
        };
        (hash, steps)
    }

    /// Whether the live keys, in order, and then `key` all find a slot in an empty array of `size`.
    fn fits(&self, size: usize, key: Obj, heap: &Heap) -> bool {
        let mut taken = vec![false; size];
        let live = self.state.main.slots.iter().filter(|slot| slot.is_live()).map(|slot| slot.live_key());
        live.chain([key]).all(|key| match self.way(key, heap, size).1.find(|step| !taken[step.pos]) {
            Some(step) => {
                taken[step.pos] = true;
                true
            }
            None => false,
        })
    }

    /// Move the live keys, in order, into an array of `size` slots in which they all find one.
    fn resize<O: Observer>(&mut self, size: usize, reason: Reason, heap: &Heap, obs: &mut O) {
        compose::begin(self, size, size as u64, reason, obs);
        for from in 0..self.state.main.slots.len() {
            let slot = self.state.main.slots[from];
            if let (true, Some(value)) = (slot.is_live(), slot.value()) {
                if O::ACTIVE {
                    obs.event(Event::Move { from: from as u32, key: slot.live_key() });
                }
                self.place_key(Side::Next, slot.live_key(), value, heap, obs);
            }
        }
        let used = self.state.regs.used;
        self.state.finish_next(obs);
        self.state.set_regs(Regs { used, fill: used, ..Regs::default() }, obs);
    }

    /// Put an absent key into the first free slot of its way, which has one.
    fn place_key<O: Observer>(&mut self, side: Side, key: Obj, value: Obj, heap: &Heap, obs: &mut O) {
        let size = self.state.side(side).slots.len();
        let (hash, steps) = self.way(key, heap, size);
        let mut found = None;
        for Step { nth, pos, step } in steps {
            let there = self.state.side(side).slots[pos];
            if O::ACTIVE {
                let saw = if there.is_empty() { Saw::Empty } else { Saw::Taken(there.live_key()) };
                let (slot, perturb) = (pos as u32, step as u64);
                obs.event(Event::Probe(Probe { side, slot, nth, hash, perturb, saw }));
            }
            if there.is_empty() {
                found = Some(pos);
                break;
            }
        }
        let pos = found.expect("it was seen that every key finds a slot");
        self.state.put(side, pos, Slot::live(hash, key, value), obs);
    }

    /// Whether a copy is a clone: a smaller array might have no slot for a key, or another hash.
    fn copies_cells(&self) -> bool {
        self.settings.hash.is_some() || self.may_miss() || self.settings.grow == Grow::No
    }

    /// A size from `size` on in which the live keys and `key` all find a slot.
    fn fitting_size(&self, mut size: u64, key: Obj, heap: &Heap) -> Result<usize, Fault> {
        loop {
            let fitting = compose::fit(size)?;
            if !self.may_miss() || self.fits(fitting, key, heap) {
                return Ok(fitting);
            }
            size = self.settings.next_size(size);
        }
    }

    /// The size that an insert of one more key asks for, if it may not just take an empty slot.
    fn growth(&self, used: u64, fill: u64) -> Option<u64> {
        let size = self.state.main.slots.len() as u64;
        let limit = self.settings.limit(size);
        let taken = if self.settings.count { fill } else { used };
        (taken + 1 > limit).then(|| {
            let size = if 2 * (used + 1) > limit { self.settings.next_size(size) } else { size };
            self.settings.size_from(size, used + 1)
        })
    }
}

impl Primitives for Textbook {
    #[inline(always)] // Five in a hundred instructions of an operation.
    fn find<O: Observer>(&self, key: Obj, heap: &Heap, obs: &mut O) -> Result<Option<usize>, Fault> {
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
    ) -> Result<Option<Obj>, Fault> {
        let (tombstone, empty) = match self.search(key, heap, obs)? {
            Search::Found(pos) => return Ok(compose::replace(&mut self.state, pos, value, present, obs)),
            Search::Absent { tombstone, empty } => (tombstone.filter(|_| self.settings.reuse), empty),
        };
        let from = self.state.main.slots.len();
        let new = Slot::live(self.settings.hash_of(key, heap, from), key, value);
        let Regs { used, fill, .. } = self.state.regs;
        // A tombstone that is reused was counted already.
        let mut growth = self.growth(used.into(), fill.into()).filter(|_| tombstone.is_none() || !self.settings.count);
        if growth.is_none() && tombstone.or(empty).is_none() {
            growth = Some(self.settings.next_size(from as u64));
        }
        let taken = match (growth, tombstone, empty) {
            (Some(_), ..) if self.settings.grow == Grow::No => return Err(Fault::Full),
            (Some(size), ..) => {
                let size = self.fitting_size(size, key, heap)?;
                let reason = if size == from { Reason::Rehash } else { Reason::Full };
                self.resize(size, reason, heap, obs);
                self.place_key(Side::Main, key, value, heap, obs);
                1
            }
            (None, Some(pos), _) => {
                self.state.put(Side::Main, pos, new, obs);
                0
            }
            (None, None, Some(pos)) => {
                self.state.put(Side::Main, pos, new, obs);
                1
            }
            (None, None, None) => unreachable!("without a slot the table grows"),
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
        open::shrink_if_sparse(self, obs);
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

    fn size_for(&self, keys: u64) -> u64 {
        self.settings.size_for(keys)
    }

    fn hash_of(&self, key: Obj, heap: &Heap) -> i64 {
        self.settings.hash_of(key, heap, self.state.main.slots.len())
    }

    /// Into a new table of the right size; where that might have no slot for a key, the same cells.
    fn copy<O: Observer>(&mut self, how: CopyHow, obs: &mut O) {
        if !self.copies_cells() {
            let size = self.size_now();
            compose::rebuild(self, size, size as u64, Reason::Copy(how), obs);
            return;
        }
        let (size, Regs { used, fill, .. }) = (self.state.main.slots.len() as u32, self.state.regs);
        let (from, to, wanted) = (size, size, u64::from(size));
        let resize = Resize { reason: Reason::Copy(how), from, to, wanted, live: used, dead: fill - used, clone: true };
        self.state.begin_next(self.state.main.clone(), resize, obs);
        self.state.finish_next(obs);
    }
}

impl Table for Textbook {
    compose::answers!();

    fn policy(&self) -> &'static Policy {
        &Textbook::POLICIES[self.probing as usize]
    }

    fn bytes(&self) -> Bytes {
        open::bytes(self.state.main.slots.len())
    }

    fn forecast(&self) -> Forecast {
        let regs = self.state.regs;
        let taken = if self.settings.count { regs.fill } else { regs.used };
        let size = self.state.main.slots.len() as u64;
        if self.settings.grow == Grow::No {
            return Forecast { inserts_left: None, next_size: size as u32 };
        }
        let left = (self.settings.limit(size) as u32).saturating_sub(taken);
        let next = self.growth((regs.used + left).into(), (regs.fill + left).into());
        Forecast { inserts_left: Some(left), next_size: next.unwrap_or_else(|| self.settings.next_size(size)) as u32 }
    }

    fn copy_prices(&self, _heap: &Heap) -> Vec<CopyPrice> {
        if !self.copies_cells() {
            return compose::copy_prices(self, |size| open::bytes(size).total());
        }
        let (slots, moved, bytes) = (self.state.main.slots.len() as u32, self.state.regs.fill, self.bytes().total());
        CopyHow::ALL.map(|how| CopyPrice { how, moved, clone: true, slots, before: bytes, after: bytes }).into()
    }

    fn resize_rule(&self, reason: Reason) -> ResizeRule {
        match reason {
            Reason::Full | Reason::Rehash if self.settings.count => {
                open::rule_with_tombstones("fill + 1 > size * load")
            }
            reason => open::resize_rule(reason),
        }
    }

    fn check(&self, heap: &Heap) -> Result<(), String> {
        compose::check(self, heap)?;
        let limit = self.settings.limit(self.state.main.slots.len() as u64) as u32;
        let Regs { used, fill, .. } = self.state.regs;
        let taken = if self.settings.count { fill } else { used };
        if taken > limit { Err(format!("{taken} slots are taken, the limit is {limit}")) } else { Ok(()) }
    }

    fn deletion(&self) -> Deletion {
        if self.settings.shrink > 0.0 { Deletion::AtOnce } else { Deletion::Never }
    }

    fn settings(&self) -> Option<&Settings> {
        Some(&self.settings)
    }

    fn configure(&mut self, given: &[(&str, &str)]) -> Result<(), String> {
        *self = Textbook::with(self.probing, self.settings.clone().with(given)?);
        Ok(())
    }

    /// Tried out, for as many keys as there are slots and a few more, but not for long.
    fn remark(&self) -> Option<String> {
        let size = self.state.main.slots.len();
        if !self.may_miss() {
            return None;
        }
        let mut cells = 1 << 21;
        let mut worst: Option<(i64, usize)> = None;
        for k in 0..(2 * size as i64).clamp(64, 4_096) {
            let mut seen = vec![false; size];
            let mut way: Box<dyn Iterator<Item = Step>> = match &self.settings.step {
                Some(step) => {
                    let names = Names { k, m: size as i64, ..Names::default() };
                    let hash = self.settings.hash.as_ref().map_or(k, |hash| hash.value(names));
                    Box::new(steps_by(step, k, hash, size))
                }
                None => Box::new(self.probing.steps(k, size)),
            };
            let visited = way.by_ref().filter(|step| !std::mem::replace(&mut seen[step.pos], true)).count();
            if visited < size && worst.is_none_or(|(_, fewest)| visited < fewest) {
                worst = Some((k, visited));
            }
            cells -= size as i64;
            if cells < 0 {
                break;
            }
        }
        worst.map(|(k, visited)| {
            format!(
                "the steps cannot visit every slot: a search for the key {k} visits {visited} of {size}. A key that \
                 finds none free makes the table grow, or is refused if it may not."
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::python::{HashSettings, Value};
    use crate::table::{AnyTable, Op, Outcome};

    /// A table, its heap, and what its last operation told.
    struct Watched {
        table: AnyTable,
        heap: Heap,
        told: Told,
    }

    #[derive(Default)]
    struct Told {
        looks: Vec<(u32, Saw)>,
        resizes: Vec<Resize>,
    }

    impl Observer for Told {
        const ACTIVE: bool = true;

        fn event(&mut self, event: Event) {
            match event {
                Event::Probe(probe) if probe.side == Side::Main => self.looks.push((probe.slot, probe.saw)),
                Event::Resize(resize) => self.resizes.push(resize),
                _ => {}
            }
        }
    }

    impl Watched {
        fn new(spec: &str) -> Watched {
            let heap = Heap::new(Version::LATEST, HashSettings::default());
            Watched { table: AnyTable::parse(spec).unwrap(), heap, told: Told::default() }
        }

        fn int(&mut self, n: i64) -> Obj {
            self.heap.alloc(Value::Int(n))
        }

        fn run(&mut self, op: Op<'_>) -> Outcome {
            self.told = Told::default();
            self.table.run(op, &self.heap, &mut self.told)
        }

        fn set(&mut self, key: i64) -> Outcome {
            let key = self.int(key);
            self.run(Op::Set(key, Obj::NONE))
        }

        fn del(&mut self, key: i64) -> Outcome {
            let key = self.int(key);
            self.run(Op::Del(key))
        }

        fn path(&self) -> Vec<u32> {
            self.told.looks.iter().map(|look| look.0).collect()
        }

        fn size(&self) -> usize {
            self.table.state().main.slots.len()
        }
    }

    #[test]
    fn searches_go_the_way_of_their_name() {
        for (spec, path) in
            [("linear:size=16", vec![0, 1, 2, 3, 4, 5]), ("quadratic:size=16", vec![0, 1, 3, 6, 10, 15])]
        {
            let mut watched = Watched::new(spec);
            for nth in 0..6 {
                watched.set(nth * 16);
                assert_eq!(watched.path(), path[..=nth as usize], "{spec}");
            }
        }
        // 16 * 0x9E3779B97F4A7C15 has the upper half 0xE3779B97, an odd step of 7 modulo 16.
        let mut watched = Watched::new("double:size=16");
        watched.set(0);
        watched.set(7);
        watched.set(16);
        assert_eq!(watched.path(), [0, 7, 14]);
    }

    #[test]
    fn an_insert_takes_the_first_tombstone_if_it_may() {
        for (spec, path, slot) in [("linear", vec![0, 1, 2, 3], 1), ("linear:reuse=no", vec![0, 1, 2, 3], 3)] {
            let mut watched = Watched::new(spec);
            for key in [0, 8, 16] {
                watched.set(key);
            }
            watched.del(8);
            watched.set(24);
            assert_eq!(watched.path(), path);
            let key = watched.int(24);
            assert_eq!(watched.table.state().main.slots[slot].key(), Some(key), "{spec}");
        }
    }

    #[test]
    fn tombstones_that_count_are_cleared_out_at_the_same_size() {
        let mut watched = Watched::new("linear:reuse=no");
        for key in 0..6 {
            watched.set(key);
            watched.del(key);
        }
        watched.set(6);
        assert_eq!(watched.told.resizes.len(), 1);
        let Resize { reason, from, to, live, dead, .. } = watched.told.resizes[0];
        assert_eq!((reason, from, to, live, dead), (Reason::Rehash, 8, 8, 0, 6));
        assert_eq!(watched.table.state().regs, Regs { used: 1, fill: 1, ..Regs::default() });
    }

    #[test]
    fn a_search_that_would_never_end_is_stopped_after_every_slot() {
        for name in ["linear", "quadratic", "double"] {
            let mut watched = Watched::new(&format!("{name}:count=no,reuse=no"));
            watched.set(100);
            let mut key = 0;
            while watched.table.state().main.slots.iter().any(|slot| slot.is_empty()) {
                watched.set(key);
                watched.del(key);
                key += 1;
            }
            let before = watched.table.state().clone();
            for (nth, outcome) in [watched.set(key), watched.del(key)].into_iter().enumerate() {
                assert_eq!(outcome, Outcome::Endless, "{name} {nth}");
                assert_eq!(watched.table.state(), &before);
                let mut path = watched.path();
                assert!(watched.told.looks.iter().all(|look| look.1 != Saw::Empty));
                path.sort_unstable();
                assert_eq!(path, Vec::from_iter(0..8));
            }
            // What is there is still found.
            assert_eq!(watched.set(100), Outcome::Done);
            watched.table.check(&watched.heap).unwrap();
        }
    }

    #[test]
    fn a_deletion_halves_a_sparse_table_only_if_it_is_set_to() {
        let mut watched = Watched::new("linear:shrink=0.125");
        let mut never = Watched::new("linear");
        for key in 0..100 {
            watched.set(key);
            never.set(key);
        }
        assert_eq!((watched.size(), never.size()), (256, 256));
        for key in 0..100 {
            watched.del(key);
            never.del(key);
        }
        assert_eq!((watched.size(), never.size()), (8, 256));
        assert_eq!((watched.table.deletion(), never.table.deletion()), (Deletion::AtOnce, Deletion::Never));
        // 31 live keys of 256 slots are fewer than an eighth.
        for key in 0..100 {
            watched.set(key);
        }
        for key in 0..68 {
            watched.del(key);
            assert!(watched.told.resizes.is_empty());
        }
        watched.del(68);
        let Resize { reason, from, to, live, dead, .. } = watched.told.resizes[0];
        assert_eq!((reason, from, to, live, dead), (Reason::Sparse, 256, 128, 31, 69));
    }

    #[test]
    fn settings_outlive_clear_copies_and_displays() {
        let mut watched = Watched::new("quadratic:size=4,load=0.3,reuse=no");
        for op in [Op::Clear, Op::Copy(CopyHow::Dict), Op::Display(&[])] {
            watched.set(1);
            watched.run(op);
            assert_eq!(watched.table.spec(), "quadratic:size=4,load=0.3,reuse=no");
        }
        assert_eq!(watched.size(), 4);
    }

    proptest! {
        #[test]
        fn a_probe_sequence_visits_every_slot_once(hash: i64, bits in 0..10u32) {
            for probing in [Probing::Linear, Probing::Quadratic, Probing::Double] {
                let mut path: Vec<_> = probing.steps(hash, 1 << bits).map(|step| step.pos).collect();
                path.sort_unstable();
                prop_assert_eq!(path, Vec::from_iter(0..1 << bits));
            }
        }
    }
}
