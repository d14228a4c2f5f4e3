//! A table's past, to walk about in.
//!
//! A [`Timeline`] runs operations on a table and writes down how each changed it, so that the table can be put back to
//! any moment. It stands *between* two operations or *inside* one, after some of its events. Events are not stored: an
//! operation is run again, with a [`Tracer`], when somebody wants to know, so a trace cannot disagree with the table.
//!
//! Under a byte budget the oldest operations are forgotten, a part at a time; [`Timeline::first`] says from where on the
//! past can be reached.

mod columns;
mod damage;
mod deltas;
mod recording;
mod walk;

use std::ops::Range;
use std::rc::Rc;

use crate::python::{HashSettings, Heap, Obj};
use crate::stats::{Census, Summary, Totals};
use crate::table::{AnyTable, Listener, Op, OpList, Outcome, Policy, Table};

pub use columns::{Column, MarkCounts, Marks, OpRecord, OutcomeKind, Wanted};
pub use damage::{Cells, Damage, SideDamage};
use deltas::Target;
pub use recording::Size;
use recording::{CHUNK, Cursor, Dead, Recording};
use walk::Walk;
pub use walk::{Trace, Tracer};

/// A moment in a table's past.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pos {
    /// So many operations are applied.
    pub op: usize,
    /// 0, or so many events of operation `op` are applied too: fewer than it has.
    pub step: usize,
}

/// A table with its past.
#[derive(Debug)]
pub struct Timeline<T = AnyTable> {
    heap: Heap,
    ops: OpList,
    table: T,
    recording: Recording,
    at: Cursor,
    /// The way into operation `at.op`, when the state stands inside it.
    walk: Option<Walk>,
    damage: Damage,
    /// Traces of some operations, the latest used last.
    traces: Vec<(usize, Rc<Trace>)>,
    /// The most events of a trace.
    limit: usize,
}

impl Timeline {
    /// An empty table of `policy` with a heap of its own. `budget` is for the recording, in bytes of this process's memory.
    pub fn new(policy: &'static Policy, settings: HashSettings, budget: usize) -> Timeline {
        Timeline::with_table((policy.new)(), Heap::new(policy.python, settings), budget)
    }
}

impl<T: Table> Timeline<T> {
    /// The future of `table`, which has no past. Its keys are in `heap`. `budget` is for the recording, in bytes of this
    /// process's memory.
    pub fn with_table(table: T, heap: Heap, budget: usize) -> Timeline<T> {
        let recording = Recording::new(&table, budget, CHUNK);
        Timeline {
            heap,
            ops: OpList::default(),
            table,
            recording,
            at: Cursor::default(),
            walk: None,
            damage: Damage::default(),
            traces: Vec::new(),
            limit: Trace::LIMIT,
        }
    }

    /// The objects.
    pub fn heap(&self) -> &Heap {
        &self.heap
    }

    /// The objects, to make new ones.
    pub fn heap_mut(&mut self) -> &mut Heap {
        &mut self.heap
    }

    /// The objects, to make new ones, beside the operations.
    pub fn heap_and_ops(&mut self) -> (&mut Heap, &OpList) {
        (&mut self.heap, &self.ops)
    }

    /// Every operation since the beginning, those that can no longer be reached too.
    pub fn ops(&self) -> &OpList {
        &self.ops
    }

    /// The number of operations since the beginning.
    pub fn len(&self) -> usize {
        self.ops.len()
    }

    /// Whether there was none yet.
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// The earliest operation that can be stood before; above 0 once the budget made the recording forget some.
    pub fn first(&self) -> usize {
        self.recording.first()
    }

    /// Where it stands.
    pub fn pos(&self) -> Pos {
        Pos { op: self.at.op, step: self.walk.as_ref().map_or(0, |walk| walk.step) }
    }

    /// Whether it stands after the last operation.
    pub fn is_at_end(&self) -> bool {
        self.pos() == Pos { op: self.len(), step: 0 }
    }

    /// The table as it was at [`Timeline::pos`]. Only its state is to be read while inside an operation.
    pub fn table(&self) -> &T {
        &self.table
    }

    /// The table and the heap, for scans that search it ([`crate::stats::ProbeScan`]); they leave it as it is.
    pub fn table_mut(&mut self) -> (&mut T, &Heap) {
        (&mut self.table, &self.heap)
    }

    /// Run an operation at the end and stand after it. If it stood in the past it goes to the end first.
    pub fn push(&mut self, op: Op<'_>) -> Outcome {
        if !self.is_at_end() {
            self.seek(self.len());
        }
        self.ops.push(op);
        let (outcome, at) = self.recording.run(&mut self.table, op, &self.heap, &mut self.damage);
        self.at = at;
        outcome
    }

    /// Stand before operation `op`, or as near as [`Timeline::first`] and [`Timeline::len`] allow.
    pub fn seek(&mut self, op: usize) {
        self.leave();
        let op = op.clamp(self.first(), self.len());
        let mut target = Target { state: self.table.state_mut(), heap: &self.heap, damage: &mut self.damage };
        self.at = self.recording.seek(self.at, op, &mut target);
    }

    /// Stand at `pos`, or as near as possible: after the last event of an operation is before the next one.
    pub fn seek_to(&mut self, pos: Pos) {
        if self.walk.is_none() || pos.op != self.at.op {
            self.seek(pos.op);
        }
        if pos.step == 0 || pos.op != self.at.op {
            self.leave();
            return;
        }
        let Some(trace) = self.trace(pos.op) else { return };
        if pos.step >= trace.events.len() {
            self.seek(pos.op + 1);
            return;
        }
        let walk = self.walk.get_or_insert_with(|| {
            let dead = Dead::of(self.table.state(), self.recording.tombstones(pos.op));
            Walk::new(trace, self.table.layout(), dead)
        });
        walk.seek(pos.step, self.table.state_mut(), &mut self.damage);
    }

    /// Go one event ahead; past an operation's last event it stands before the next operation. False at the end.
    pub fn step_forward(&mut self) -> bool {
        let Pos { op, step } = self.pos();
        if op == self.len() {
            return false;
        }
        self.seek_to(Pos { op, step: step + 1 });
        true
    }

    /// Go one event back. False at the earliest place there is.
    pub fn step_back(&mut self) -> bool {
        let Pos { op, step } = self.pos();
        if step > 0 {
            self.seek_to(Pos { op, step: step - 1 });
        } else if op > self.first() {
            self.seek(op - 1);
            let steps = self.steps();
            self.seek_to(Pos { op: op - 1, step: steps.saturating_sub(1) });
        } else {
            return false;
        }
        true
    }

    /// The number of events of the operation it stands before or in; 0 at the end.
    pub fn steps(&mut self) -> usize {
        self.trace(self.at.op).map_or(0, |trace| trace.events.len())
    }

    /// What happened during operation `op`; `None` if it cannot be reached. It is run again for that, and the table is put
    /// back: cheap near where the timeline stands, as expensive as a seek there and back elsewhere. Some are kept.
    pub fn trace(&mut self, op: usize) -> Option<Rc<Trace>> {
        if !(self.first()..self.len()).contains(&op) {
            return None;
        }
        if let Some(walk) = self.walk.as_ref().filter(|_| op == self.at.op) {
            return Some(Rc::clone(&walk.trace));
        }
        if let Some(nth) = self.traces.iter().position(|&(of, _)| of == op) {
            self.traces[nth..].rotate_left(1);
            return self.traces.last().map(|(_, trace)| Rc::clone(trace));
        }
        let pos = self.pos();
        let damage = std::mem::take(&mut self.damage);
        self.seek(op);
        let trace = Rc::new(self.run_again());
        self.keep(op, Rc::clone(&trace));
        self.seek_to(pos);
        self.damage = damage;
        Some(trace)
    }

    /// Trace the operation it stands before.
    fn run_again(&mut self) -> Trace {
        let moving = self.table.state().next.is_some();
        let mut tracer = Tracer::new(self.limit);
        let outcome = self.table.run(self.ops.get(self.at.op), &self.heap, &mut (&mut tracer as &mut dyn Listener));
        let (trace, old) = tracer.finish(outcome, moving, self.table.state());
        self.recording.put_back(self.at, old, self.table.state_mut(), &self.heap);
        trace
    }

    /// Keep a trace, and as many of the others as there is room for.
    fn keep(&mut self, op: usize, trace: Rc<Trace>) {
        const TRACES: usize = 16;
        const EVENTS: usize = 1 << 16;
        self.traces.push((op, trace));
        let events = |(_, trace): &(usize, Rc<Trace>)| trace.events.len();
        while self.traces.len() > 1
            && (self.traces.len() > TRACES || self.traces.iter().map(events).sum::<usize>() > EVENTS)
        {
            self.traces.remove(0);
        }
    }

    /// Stand before the operation it stands in.
    fn leave(&mut self) {
        if let Some(mut walk) = self.walk.take() {
            walk.seek(0, self.table.state_mut(), &mut self.damage);
        }
    }

    /// Forget operation `to` and all after it, and stand there; gives what was forgotten. `to` is taken as near as
    /// [`Timeline::first`] and [`Timeline::len`] allow.
    pub fn truncate(&mut self, to: usize) -> OpList {
        self.seek(to);
        let to = self.at.op;
        let mut gone = OpList::default();
        (to..self.len()).for_each(|op| gone.push(self.ops.get(op)));
        self.ops.truncate(to);
        self.recording.truncate(self.at, self.table.state());
        self.traces.retain(|&(op, _)| op < to);
        gone
    }

    /// What changed in the table's arrays since this was last asked.
    pub fn take_damage(&mut self) -> Damage {
        std::mem::take(&mut self.damage)
    }

    /// What is kept of operation `op`; `None` if it was forgotten or not yet run.
    pub fn record(&self, op: usize) -> Option<OpRecord> {
        self.recording.get(op)
    }

    /// The keys that operation `op` put in: those that it inserted and that were not there before, in a new dict all. The
    /// objects are those that the table keeps. Not those that it moved. The first `skip` of them are left out; none if the
    /// operation was forgotten or not yet run.
    pub fn born(&self, op: usize, skip: usize) -> impl Iterator<Item = Obj> {
        self.recording.born(op, &self.ops, skip)
    }

    /// What all operations before [`Timeline::pos`] cost, those that were forgotten too. Cheap at any length.
    pub fn totals(&self) -> Totals {
        self.recording.totals(self.at.op)
    }

    /// Every size the table had, oldest first; the first one is that at [`Timeline::first`].
    pub fn sizes(&self) -> &[Size] {
        self.recording.sizes()
    }

    /// The size before operation `op`, which must be reachable.
    pub fn size_at(&self, op: usize) -> Size {
        let sizes = self.sizes();
        sizes[sizes.partition_point(|size| size.from <= op).saturating_sub(1)]
    }

    /// `column` over the operations `ops`, cut into `buckets` parts of equal length (fewer if there are fewer operations).
    /// A part without numbers (no lookups in it, or forgotten) has a summary of none. Cheap at any length.
    pub fn series(&self, column: Column, ops: Range<usize>, buckets: usize) -> Vec<Summary> {
        cut(ops, buckets).map(|part| self.summary(column, part)).collect()
    }

    /// `column` over the operations `ops` in one.
    pub fn summary(&self, column: Column, ops: Range<usize>) -> Summary {
        let value: fn(&Size) -> u64 = match column {
            Column::Slots => |size| u64::from(size.all_slots),
            Column::Bytes => |size| size.bytes,
            _ => return self.recording.sum(column, ops.start, ops.end),
        };
        // Operation `op` left the size that counts from `op + 1` operations on.
        let (start, end) = (ops.start.max(self.first()) + 1, ops.end.min(self.len()) + 1);
        let sizes = self.sizes();
        let mut sum = Summary::NONE;
        let nth = sizes.partition_point(|size| size.from <= start).saturating_sub(1);
        for (i, size) in sizes.iter().enumerate().skip(nth).take_while(|(_, size)| size.from < end) {
            let until = sizes.get(i + 1).map_or(end, |next| next.from.min(end));
            sum.add(value(size), until.saturating_sub(size.from.max(start)) as u64);
        }
        sum
    }

    /// How often each mark occurs among the operations `ops`, cut as for [`Timeline::series`].
    pub fn mark_counts(&self, ops: Range<usize>, buckets: usize) -> Vec<MarkCounts> {
        cut(ops, buckets).map(|part| self.recording.count_marks(part.start, part.end)).collect()
    }

    /// The first operation from `op` on that is `wanted`.
    pub fn find_forward(&self, op: usize, wanted: Wanted) -> Option<usize> {
        self.recording.find_forward(op, wanted)
    }

    /// The last operation before `op` that is `wanted`.
    pub fn find_back(&self, op: usize, wanted: Wanted) -> Option<usize> {
        self.recording.find_back(op, wanted)
    }

    /// What the slots that are probed hold now; those of both sides while entries are being moved between operations.
    pub fn census(&self) -> Census {
        let state = self.table.state();
        let copying = self.walk.as_ref().is_some_and(Walk::is_copying);
        let next = state.next.as_ref().filter(|_| !copying).map_or(0, |next| next.size());
        let (live, tombstones) = (state.regs.used, self.tombstones());
        let size = (state.main.size() + next) as u32;
        Census { live, tombstones, free: size.saturating_sub(live + tombstones) }
    }

    fn tombstones(&self) -> u32 {
        self.walk.as_ref().map_or_else(|| self.recording.tombstones(self.at.op), Walk::tombstones)
    }

    /// Bytes of this process's memory that the table, its past and all their objects take.
    pub fn footprint(&self) -> usize {
        self.memory() + self.table.state().memory() + self.heap.memory()
    }

    /// Bytes of this process's memory that the past takes: the recording, the operations and the traces kept; not the
    /// table, not the heap.
    pub fn memory(&self) -> usize {
        let traces: usize = self.traces.iter().map(|(_, trace)| trace.memory()).sum();
        self.recording.memory() + self.ops.memory() + traces
    }
}

/// Cut `ops` into `parts` ranges whose lengths differ by at most one, none of them empty.
fn cut(ops: Range<usize>, parts: usize) -> impl Iterator<Item = Range<usize>> {
    let (start, len) = (ops.start, ops.len());
    let parts = parts.min(len);
    // In 64 bits: the product does not fit 32 for long programs.
    let bound = move |part: usize| start + (part as u64 * len as u64 / parts as u64) as usize;
    (0..parts).map(move |part| bound(part)..bound(part + 1))
}

#[cfg(test)]
mod tests;
