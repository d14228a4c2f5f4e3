//! What an operation costs, in cells touched.

use crate::python::Obj;
use crate::table::{AnyTable, Arrays, Event, Listener, Probe, Side, State, Table};

/// Counts the cells that operations touch, and notes what disturbs somebody who walks through the arrays meanwhile.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// Cells touched so far.
    pub cells: u64,
    /// Arrays that took the place of others after being filled within one operation: both were alive.
    pub rebuilds: u32,
    /// The cells were exchanged or put right: positions mean nothing any more.
    pub disturbed: bool,
    /// The slot looked at or written last, of the array that is probed.
    pub at: Option<u32>,
    /// Keys that changed their place.
    pub carried: Vec<Obj>,
    /// Slots in one look: 16 with control bytes, else 1.
    width: usize,
    /// `slots` is not the array that is probed.
    two: bool,
    /// The table is in the middle of a move of its own, which its counters tell.
    moving: bool,
    /// A resize began in this operation; entries it moved.
    resized: Option<u64>,
}

impl Meter {
    /// A meter for operations on this table.
    pub fn on(table: &AnyTable) -> Meter {
        let width = if table.control(0).is_some() { 16 } else { 1 };
        let State { main, next, .. } = table.state();
        Meter { width, two: main.is_two(), moving: next.is_some(), ..Meter::default() }
    }
}

impl Listener for Meter {
    fn event(&mut self, event: Event) {
        match event {
            Event::Probe(Probe { slot: pos, side: Side::Main, .. }) | Event::PutIndex { pos, side: Side::Main, .. } => {
                self.cells += 1;
                self.at = Some(pos);
            }
            Event::PutSlot { pos, side: Side::Main, .. } if !self.two => {
                self.cells += 1;
                self.at = Some(pos);
            }
            Event::Probe(_) | Event::Group(_) | Event::PutSlot { .. } | Event::PutIndex { .. } => self.cells += 1,
            Event::Search { .. } => {}
            // What moves a few entries at a time (`Incremental`) walks with `extra` through the old array.
            Event::Regs { old, new } if self.moving => self.cells += (new.extra - old.extra).max(0) as u64,
            Event::Regs { .. } => {}
            Event::Resize(resize) if resize.clone => {
                self.cells += 2 * u64::from(resize.from + resize.live + resize.dead)
            }
            Event::Resize(_) => self.resized = Some(0),
            Event::Move { .. } if self.moving => {}
            Event::Move { .. } => {
                self.cells += 1;
                self.resized = self.resized.map(|moved| moved + 1);
            }
            Event::Carry { key, .. } => {
                self.cells += 1;
                self.carried.push(key);
            }
            Event::InPlace(_) | Event::Swapped => self.disturbed = true,
        }
    }

    /// The rest of the old arrays that a resize has read: all but the entries moved.
    fn parked(&mut self, old: Arrays) {
        if let Some(moved) = self.resized.take() {
            let read = if old.is_two() { old.slots.partition_point(|slot| !slot.is_empty()) } else { old.slots.len() };
            self.cells += (read.div_ceil(self.width) as u64).saturating_sub(moved);
            self.rebuilds += 1;
        }
    }
}

/// The number of cells that somebody who copies a table entry by entry has to look at.
pub(super) fn walk_len(State { main, next, regs }: &State) -> usize {
    if main.is_two() { regs.fill as usize } else { main.slots.len() + next.as_ref().map_or(0, |next| next.slots.len()) }
}
