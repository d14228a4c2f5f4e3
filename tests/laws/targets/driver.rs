//! An engine and a clock, driven as the page drives them.

use std::cell::Cell;

use dictoscope::engine::{Command, Engine, Lane, Trouble};
use dictoscope::program::render;
use dictoscope::table::{Arrays, SlotState, Table};

/// Ticks in which a story that is worth checking is built; what takes longer is cancelled.
const PATIENCE: usize = 24;
/// Stories of more operations are not compared operation by operation: it takes too long.
const LONG: usize = 2_000;

/// An engine, and a clock that goes on by a millisecond whenever it is read: the same session is the same everywhere.
pub struct Driver {
    pub engine: Engine,
    clock: Cell<f64>,
}

/// All that a story comes to, where the reader stands: told in text, so that stories built on different heaps compare.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The link to it, which says where the reader stands.
    pub link: String,
    /// The program's text.
    pub text: String,
    /// Each table: its settings, its operations, its cells.
    pub lanes: Vec<(String, Vec<String>, Vec<String>)>,
}

impl Snapshot {
    /// The link but for the place in time.
    pub fn story(&self) -> &str {
        self.link.rsplit_once("&at=").map_or(&self.link, |(story, _)| story)
    }
}

impl Driver {
    pub fn new(still: bool) -> Driver {
        let mut engine = Engine::new();
        engine.set_still(still);
        Driver { engine, clock: Cell::new(0.0) }
    }

    pub fn now(&self) -> f64 {
        self.clock.get()
    }

    pub fn handle(&mut self, command: &Command) {
        self.engine.handle(command.clone());
    }

    pub fn tick(&mut self, times: usize) {
        let Driver { engine, clock } = self;
        let now = || {
            clock.set(clock.get() + 1.0);
            clock.get()
        };
        for _ in 0..times {
            engine.tick(&now, 3.0);
        }
    }

    /// Build to the end; false if that took too long and was cancelled, or goes on in the lab.
    pub fn settle(&mut self) -> bool {
        for _ in 0..PATIENCE {
            if !self.engine.is_building() {
                return true;
            }
            self.tick(1);
        }
        if self.engine.lab().is_none() && self.engine.is_building() {
            self.engine.handle(Command::Cancel);
        }
        false
    }

    /// Whether the tables are on stage, all is built, and short enough to be compared.
    pub fn is_quiet(&self) -> bool {
        let is_short = |lane: &Lane| lane.timeline.len() <= LONG;
        self.engine.lab().is_none() && !self.engine.is_building() && self.engine.lanes().iter().all(is_short)
    }

    pub fn snapshot(&mut self) -> Snapshot {
        let now = self.now();
        let text = self.engine.frame(900.0, now).text.to_string();
        let lanes = self.engine.lanes().iter().map(|lane| (spec(lane), operations(lane), cells(lane))).collect();
        Snapshot { link: self.engine.link(), text, lanes }
    }

    /// The story's link opens on the same story: the same operations, the same cells, the same link.
    pub fn check_link(&mut self) {
        if !self.is_quiet() {
            return;
        }
        let here = self.snapshot();
        let mut other = Driver::new(true);
        other.handle(&Command::OpenLink(here.link.clone()));
        other.engine.finish_build();
        // A program that failed fails again, at the same place.
        let told = other.engine.trouble();
        assert!(matches!(told, None | Some(Trouble::Program(_))), "{}: {told:?}", here.link);
        assert_same(&other.snapshot(), &here, "opened from its link");
    }
}

/// Told part by part, so that the message shows what differs.
pub fn assert_same(found: &Snapshot, expected: &Snapshot, when: &str) {
    for ((spec, ops, cells), (_, ops_before, cells_before)) in found.lanes.iter().zip(&expected.lanes) {
        assert_eq!(ops, ops_before, "operations of {spec} {when}");
        assert_eq!(cells, cells_before, "cells of {spec} {when}");
    }
    assert_eq!(found.link, expected.link, "the link {when}");
    assert_eq!(found.text, expected.text, "the text {when}");
    let specs = |snapshot: &Snapshot| snapshot.lanes.iter().map(|(spec, ..)| spec.clone()).collect::<Vec<_>>();
    assert_eq!(specs(found), specs(expected), "the tables {when}");
}

/// The table with its settings.
pub fn spec(lane: &Lane) -> String {
    lane.timeline.table().spec()
}

/// Every operation as Python.
pub fn operations(lane: &Lane) -> Vec<String> {
    let (ops, heap) = (lane.timeline.ops(), lane.timeline.heap());
    (0..ops.len()).map(|nth| render(ops.get(nth), heap)).collect()
}

/// The counters and every cell, objects by `repr` and hash.
fn cells(lane: &Lane) -> Vec<String> {
    let (state, heap) = (lane.timeline.table().state(), lane.timeline.heap());
    let mut told = vec![format!("{:?}", state.regs)];
    let mut tell = |name: &str, arrays: &Arrays| {
        for (nth, index) in arrays.indices.iter().enumerate() {
            let dead = index.dead_key().map(|key| heap.repr(key));
            told.push(format!("{name} index {nth}: {} {dead:?}", index.to_cpython()));
        }
        for (nth, slot) in arrays.slots.iter().enumerate() {
            let cell = match slot.state() {
                SlotState::Empty => String::new(),
                SlotState::Tombstone(key) => format!("dead {}", heap.repr(key)),
                SlotState::Live(key, value) => format!("{} = {}", heap.repr(key), heap.repr(value)),
            };
            told.push(format!("{name} slot {nth}: {} {cell}", slot.hash));
        }
    };
    tell("main", &state.main);
    state.next.iter().for_each(|next| tell("next", next));
    told
}
