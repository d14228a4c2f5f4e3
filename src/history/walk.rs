//! One operation, event by event.

use std::mem;
use std::rc::Rc;

use super::damage::Damage;
use super::deltas::side_mut;
use super::recording::Dead;
use crate::table::{Arrays, Event, Layout, Listener, Outcome, State};

/// Collects events, and the arrays that went out of use.
#[derive(Debug)]
pub struct Tracer {
    limit: usize,
    events: Vec<Event>,
    skipped: usize,
    parked: Vec<Arrays>,
}

impl Tracer {
    /// One that keeps the first `limit` events.
    pub fn new(limit: usize) -> Tracer {
        Tracer { limit, events: Vec::new(), skipped: 0, parked: Vec::new() }
    }

    /// The events so far.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// What was traced, of an operation that left `after`, and the arrays it replaced, in order. `moving` if entries
    /// were being moved when it began.
    pub(super) fn finish(mut self, outcome: Outcome, moving: bool, after: &State) -> (Trace, Vec<Arrays>) {
        self.events.shrink_to_fit();
        let lens = |arrays: &Arrays| (arrays.indices.len(), arrays.slots.len());
        let used = self.parked.iter().skip(1).chain((!self.parked.is_empty()).then_some(&after.main));
        let fresh = used.chain(&after.next).skip(usize::from(moving)).map(lens).collect();
        (Trace { events: self.events, outcome, skipped: self.skipped, fresh }, self.parked)
    }
}

impl Listener for Tracer {
    fn event(&mut self, event: Event) {
        if self.events.len() < self.limit {
            self.events.push(event);
        } else {
            self.skipped += 1;
        }
    }

    fn parked(&mut self, old: Arrays) {
        self.parked.push(old);
    }
}

/// Everything that happened during one operation.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The events, in order.
    pub events: Vec<Event>,
    /// What the operation gave.
    pub outcome: Outcome,
    /// Events at the end that were not kept, because there were more than [`Trace::LIMIT`].
    pub skipped: usize,
    /// Lengths of `indices` and `slots` of the arrays that each [`Event::Resize`] began.
    fresh: Vec<(usize, usize)>,
}

impl Trace {
    /// The most events kept of one operation (56 bytes each): enough for a resize that moves 250,000 entries.
    pub const LIMIT: usize = 1 << 20;

    /// Bytes of this process's memory.
    pub fn memory(&self) -> usize {
        self.events.capacity() * size_of::<Event>() + self.fresh.capacity() * size_of::<(usize, usize)>()
    }
}

/// A state that stands inside an operation.
#[derive(Debug)]
pub(super) struct Walk {
    pub trace: Rc<Trace>,
    /// So many events are applied to the state.
    pub step: usize,
    layout: Layout,
    dead: Dead,
    /// [`Event::Resize`]s applied.
    begun: usize,
    /// Whether `next` was made in this operation.
    fresh: bool,
    /// What was replaced so far: the arrays, their tombstones, and what `fresh` was.
    old: Vec<(Arrays, Dead, bool)>,
    /// Blank arrays put aside when their beginning was undone, so that a step to and fro costs no allocation.
    spare: Option<(usize, Arrays)>,
}

impl Walk {
    pub fn new(trace: Rc<Trace>, layout: Layout, dead: Dead) -> Walk {
        Walk { trace, step: 0, layout, dead, begun: 0, fresh: false, old: Vec::new(), spare: None }
    }

    /// Tombstones in what is probed: during a resize made in this operation, the arrays that are still in use; else both
    /// sides.
    pub fn tombstones(&self) -> u32 {
        if self.fresh { self.dead.main } else { self.dead.both() }
    }

    /// Whether `next` was made in this operation, so that everything in it is still in the arrays in use too.
    pub fn is_copying(&self) -> bool {
        self.fresh
    }

    /// Bring `state` to stand after `step` events.
    pub fn seek(&mut self, step: usize, state: &mut State, damage: &mut Damage) {
        while self.step < step {
            let event = self.trace.events[self.step];
            self.apply(event, state, damage);
            self.step += 1;
        }
        while self.step > step {
            self.step -= 1;
            let event = self.trace.events[self.step];
            self.revert(event, state, damage);
        }
    }

    fn apply(&mut self, event: Event, state: &mut State, damage: &mut Damage) {
        match event {
            Event::PutSlot { side, pos, new, .. } => {
                side_mut(state, side).slots[pos as usize] = new;
                damage.slot(side, pos);
            }
            Event::PutIndex { side, pos, new, .. } => {
                side_mut(state, side).indices[pos as usize] = new;
                damage.index(side, pos);
            }
            Event::Regs { new, .. } => state.regs = new,
            Event::Resize(resize) => {
                let spare = self.spare.take().filter(|&(begun, _)| begun == self.begun);
                state.next = Some(match spare {
                    Some((_, blank)) => blank,
                    None if resize.clone => state.main.clone(),
                    None => {
                        let (indices, slots) = self.trace.fresh[self.begun];
                        Arrays { indices: Arrays::two(indices, 0).indices, slots: Arrays::one(slots).slots }
                    }
                });
                self.begun += 1;
                self.fresh = true;
                damage.resized = true;
            }
            Event::Swapped => {
                let next = state.next.take().expect("a resize is under way");
                self.old.push((mem::replace(&mut state.main, next), self.dead, self.fresh));
                self.fresh = false;
                damage.resized = true;
            }
            Event::Search { .. }
            | Event::Probe(_)
            | Event::Group(_)
            | Event::Move { .. }
            | Event::Carry { .. }
            | Event::InPlace(_) => {}
        }
        self.dead.follow(&event, self.layout);
    }

    fn revert(&mut self, event: Event, state: &mut State, damage: &mut Damage) {
        match event {
            Event::PutSlot { side, pos, old, new } => {
                side_mut(state, side).slots[pos as usize] = old;
                damage.slot(side, pos);
                self.dead.follow(&Event::PutSlot { side, pos, old: new, new: old }, self.layout);
            }
            Event::PutIndex { side, pos, old, new } => {
                side_mut(state, side).indices[pos as usize] = old;
                damage.index(side, pos);
                self.dead.follow(&Event::PutIndex { side, pos, old: new, new: old }, self.layout);
            }
            Event::Regs { old, .. } => state.regs = old,
            Event::Resize(_) => {
                self.begun -= 1;
                self.fresh = false;
                self.dead.next = 0;
                self.spare = state.next.take().map(|blank| (self.begun, blank));
                damage.resized = true;
            }
            Event::Swapped => {
                let (arrays, dead, fresh) = self.old.pop().expect("the swap was applied");
                state.next = Some(mem::replace(&mut state.main, arrays));
                self.dead = dead;
                self.fresh = fresh;
                damage.resized = true;
            }
            Event::Search { .. }
            | Event::Probe(_)
            | Event::Group(_)
            | Event::Move { .. }
            | Event::Carry { .. }
            | Event::InPlace(_) => {}
        }
    }
}
