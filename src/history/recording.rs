//! The past of one table: changes and columns, in chunks, under a budget.

use std::collections::VecDeque;

use super::columns::{Column, Columns, MarkCounts, Marks, OpRecord, OutcomeKind, Wanted};
use super::damage::Damage;
use super::deltas::{Deltas, Target};
use crate::python::{Heap, Obj};
use crate::stats::{Summary, Tally, Totals};
use crate::table::{
    Arrays, Event, Index, Layout, Observer, Op, OpList, Outcome, Reason, Regs, Resize, Saw, Side, Slot, State, Table,
};

/// The size of a table from some operation on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// So many operations were applied when it got this size.
    pub from: usize,
    /// Slots of the array that is probed.
    pub slots: u32,
    /// Those of both arrays while entries are being moved between operations; else the same.
    pub all_slots: u32,
    /// Bytes: `sys.getsizeof(d)` for CPython.
    pub bytes: u64,
    /// The most bytes it had until then, since the beginning.
    pub peak: u64,
}

impl Size {
    fn of(table: &impl Table, from: usize, peak: u64) -> Size {
        let (bytes, State { main, next, .. }) = (table.bytes().total(), table.state());
        let (slots, others) = (main.size() as u32, next.as_ref().map_or(0, |next| next.size() as u32));
        Size { from, slots, all_slots: slots + others, bytes, peak: peak.max(bytes) }
    }
}

/// Operations in a full chunk. The oldest chunk is what the budget makes the recording forget at a time.
pub(super) const CHUNK: usize = 8192;

/// Consecutive operations.
#[derive(Clone, Debug)]
struct Chunk {
    /// The number of its first operation.
    first: usize,
    /// The counters before that operation.
    before: Regs,
    /// The tombstones before that operation, of both sides.
    tombstones: u32,
    /// What the operations before it cost.
    totals: Totals,
    columns: Columns,
    /// For each operation how many changes there are up to its end.
    ends: Vec<u32>,
    deltas: Deltas,
    births: Births,
}

/// The keys that operations on many keys put in. Those about one key need nothing: a mark says that they put theirs in.
#[derive(Clone, Debug, Default)]
struct Births {
    keys: Vec<Obj>,
    /// Which operation of the chunk, and where its keys end.
    ends: Vec<(u32, u32)>,
}

impl Births {
    /// The keys that are new were put in by operation `op` of the chunk.
    fn close(&mut self, op: usize) {
        let end = self.keys.len() as u32;
        if end > self.ends.last().map_or(0, |&(_, end)| end) {
            self.ends.push((op as u32, end));
        }
    }

    /// The keys that operation `op` put in.
    fn of(&self, op: usize) -> &[Obj] {
        let nth = self.ends.partition_point(|&(of, _)| (of as usize) < op);
        match self.ends.get(nth) {
            Some(&(of, end)) if of as usize == op => &self.keys[self.before(nth)..end as usize],
            _ => &[],
        }
    }

    fn before(&self, nth: usize) -> usize {
        nth.checked_sub(1).map_or(0, |last| self.ends[last].1 as usize)
    }

    fn truncate(&mut self, ops: usize) {
        let nth = self.ends.partition_point(|&(of, _)| (of as usize) < ops);
        self.keys.truncate(self.before(nth));
        self.ends.truncate(nth);
    }

    fn memory(&self) -> usize {
        self.keys.capacity() * size_of::<Obj>() + self.ends.capacity() * size_of::<(u32, u32)>()
    }
}

impl Chunk {
    fn new(first: usize, before: Regs, tombstones: u32, totals: Totals) -> Chunk {
        let (columns, deltas, births) = (Columns::default(), Deltas::default(), Births::default());
        Chunk { first, before, tombstones, totals, columns, ends: Vec::new(), deltas, births }
    }

    /// What the operations before `op` cost, but for the peak.
    fn totals_before(&self, op: usize) -> Totals {
        self.columns.totals(op - self.first, self.totals)
    }

    fn end(&self) -> usize {
        self.first + self.columns.len()
    }

    /// The number of changes of its operations before `op`.
    fn heads_before(&self, op: usize) -> usize {
        if op == self.first { 0 } else { self.ends[op - self.first - 1] as usize }
    }

    /// Put the counters that stood before `op` into `regs`.
    fn restore(&self, op: usize, regs: &mut Regs) {
        if op == self.first {
            *regs = Regs { extra: regs.extra, ..self.before };
        } else {
            self.columns.restore(op - self.first - 1, regs);
        }
    }

    fn memory(&self) -> usize {
        self.columns.memory() + 4 * self.ends.capacity() + self.deltas.memory() + self.births.memory()
    }
}

/// A place between two operations.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cursor {
    /// So many operations are applied.
    pub op: usize,
    /// Where the payload of operation `op` starts in its chunk. Meaningless at a chunk's end, where it is also the start
    /// of the next one.
    word: usize,
}

/// Tombstones in the array that is probed, on both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Dead {
    pub main: u32,
    pub next: u32,
}

impl Dead {
    /// Those in `state`, which has `both` of them. Counts them where that sum does not tell: O(size) while a resize is
    /// under way, else O(1).
    pub fn of(state: &State, both: u32) -> Dead {
        let next = state.next.as_ref().map_or(0, |next| match next.is_two() {
            true => next.indices.iter().filter(|index| index.is_dummy()).count(),
            false => next.slots.iter().filter(|slot| slot.is_tombstone()).count(),
        }) as u32;
        Dead { main: both - next, next }
    }

    pub fn both(self) -> u32 {
        self.main + self.next
    }

    fn side(&mut self, side: Side) -> &mut u32 {
        match side {
            Side::Main => &mut self.main,
            Side::Next => &mut self.next,
        }
    }

    /// Follow an event of a table with this layout.
    #[inline(always)]
    pub fn follow(&mut self, event: &Event, layout: Layout) {
        match *event {
            Event::PutSlot { side, old, new, .. } if layout == Layout::One => {
                let dead = self.side(side);
                *dead = *dead + u32::from(new.is_tombstone()) - u32::from(old.is_tombstone());
            }
            Event::PutIndex { side, old, new, .. } => {
                let dead = self.side(side);
                *dead = *dead + u32::from(new.is_dummy()) - u32::from(old.is_dummy());
            }
            Event::Resize(resize) => self.next = if resize.clone { self.main } else { 0 },
            Event::Swapped => *self = Dead { main: self.next, next: 0 },
            _ => {}
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Recording {
    /// Never empty; the last one grows.
    chunks: VecDeque<Chunk>,
    /// Bytes of all chunks but the last.
    sealed: usize,
    budget: usize,
    /// Operations in a full chunk.
    chunk: usize,
    sizes: Vec<Size>,
    /// At the end of the recording.
    dead: Dead,
}

impl Recording {
    /// The past of a table that has none yet.
    pub fn new(table: &impl Table, budget: usize, chunk: usize) -> Recording {
        let state = table.state();
        Recording {
            chunks: VecDeque::from([Chunk::new(0, state.regs, 0, Totals::new(0))]),
            sealed: 0,
            budget,
            chunk,
            sizes: vec![Size::of(table, 0, 0)],
            dead: Dead::default(),
        }
    }

    /// The earliest place that can be reached.
    pub fn first(&self) -> usize {
        self.chunks[0].first
    }

    /// The operations recorded, those that were dropped counted.
    pub fn len(&self) -> usize {
        self.last().end()
    }

    fn last(&self) -> &Chunk {
        self.chunks.back().expect("there is always a chunk")
    }

    /// Run `op` at the end of the recording.
    pub fn run<T: Table>(&mut self, table: &mut T, op: Op<'_>, heap: &Heap, damage: &mut Damage) -> (Outcome, Cursor) {
        self.make_room(table.state().regs);
        let layout = table.layout();
        let used = table.state().regs.used;
        let chunk = self.chunks.back_mut().expect("there is always a chunk");
        chunk.deltas.begin();
        let mut recorder = Recorder {
            deltas: &mut chunk.deltas,
            births: (!op.is_about_one_key()).then_some(&mut chunk.births.keys),
            dead: &mut self.dead,
            damage,
            layout,
            fresh: false,
            tally: Tally::default(),
            marks: Marks::empty(),
        };
        let outcome = table.run(op, heap, &mut recorder);
        let (Tally { looks: probes, writes, moves, .. }, mut marks) = recorder.finish(table.state());
        let regs = table.state().regs;
        marks.set(Marks::INSERT, regs.used > used);
        marks.set(Marks::DELETE, regs.used < used);
        marks.set(Marks::ERROR, !outcome.is_ok());
        if !op.is_about_one_key() {
            marks.remove(Marks::HIT);
        } else if !marks.contains(Marks::HIT) {
            marks.insert(Marks::MISS);
        }
        let Regs { used, fill, usable, .. } = regs;
        let tombstones = self.dead.both();
        let outcome_kind = OutcomeKind::from(outcome);
        chunk.births.close(chunk.columns.len());
        chunk.columns.push(OpRecord {
            outcome: outcome_kind,
            marks,
            probes,
            writes,
            moves,
            used,
            fill,
            usable,
            tombstones,
        });
        chunk.ends.push(u32::try_from(chunk.deltas.heads()).expect("a chunk has at most 2^32 changes"));
        let cursor = Cursor { op: chunk.end(), word: chunk.deltas.words() };
        let size = Size::of(table, cursor.op, self.sizes.last().map_or(0, |last| last.peak));
        if self.sizes.last().is_none_or(|last| (last.slots, last.bytes) != (size.slots, size.bytes)) {
            self.sizes.push(size);
        }
        (outcome, cursor)
    }

    /// Before an operation is recorded: close a chunk that is full, and drop the oldest ones while the recording takes
    /// more than the budget. A chunk is also full at a sixteenth of the budget, so that little is dropped at a time.
    fn make_room(&mut self, regs: Regs) {
        let last = self.chunks.back_mut().expect("there is always a chunk");
        if last.columns.len() >= self.chunk || last.memory() > self.budget / 16 && last.columns.len() > 0 {
            last.deltas.shrink_to_fit();
            last.births.keys.shrink_to_fit();
            self.sealed += last.memory();
            let first = last.end();
            let totals = last.totals_before(first);
            self.chunks.push_back(Chunk::new(first, regs, self.dead.both(), totals));
        }
        while self.chunks.len() > 1 && self.memory() > self.budget {
            self.sealed -= self.chunks.pop_front().map_or(0, |chunk| chunk.memory());
            let first = self.first();
            let past = self.sizes.iter().rposition(|size| size.from <= first).unwrap_or(0);
            self.sizes.drain(..past);
        }
    }

    /// The chunk that has operation `op`.
    fn chunk_of(&self, op: usize) -> usize {
        self.chunks.partition_point(|chunk| chunk.first <= op) - 1
    }

    /// Bring the state from `at` to the place before operation `to`, which must be reachable.
    pub fn seek(&mut self, at: Cursor, to: usize, target: &mut Target<'_>) -> Cursor {
        debug_assert!((self.first()..=self.len()).contains(&to));
        let mut at = at;
        while at.op < to {
            let nth = self.chunk_of(at.op);
            let chunk = &mut self.chunks[nth];
            let end = to.min(chunk.end());
            let word = if at.op == chunk.first { 0 } else { at.word };
            let heads = chunk.heads_before(at.op)..chunk.heads_before(end);
            at = Cursor { op: end, word: chunk.deltas.redo(heads, word, target) };
        }
        while at.op > to {
            let nth = self.chunk_of(at.op - 1);
            let chunk = &mut self.chunks[nth];
            let start = to.max(chunk.first);
            let word = if at.op == chunk.end() { chunk.deltas.words() } else { at.word };
            let heads = chunk.heads_before(start)..chunk.heads_before(at.op);
            at = Cursor { op: start, word: chunk.deltas.undo(heads, word, target) };
        }
        self.chunks[self.chunk_of(to)].restore(to, &mut target.state.regs);
        at
    }

    /// The operation at `at` was run again by somebody else, which replaced the arrays `old`: put the state back.
    pub fn put_back(&mut self, at: Cursor, old: Vec<Arrays>, state: &mut State, heap: &Heap) {
        let nth = self.chunk_of(at.op);
        let chunk = &mut self.chunks[nth];
        let heads = chunk.heads_before(at.op)..chunk.heads_before(at.op + 1);
        let word = if at.op == chunk.first { 0 } else { at.word };
        let end = chunk.deltas.ran_again(heads.clone(), word, old);
        chunk.deltas.undo(heads, end, &mut Target { state, heap, damage: &mut Damage::default() });
        chunk.restore(at.op, &mut state.regs);
    }

    /// Forget everything after `at`, where `state` stands.
    pub fn truncate(&mut self, at: Cursor, state: &State) {
        let nth = self.chunk_of(at.op);
        let keep = if self.chunks[nth].first == at.op { nth.max(1) } else { nth + 1 };
        self.chunks.truncate(keep);
        let last = self.chunks.back_mut().expect("there is always a chunk");
        if at.op < last.end() {
            let word = if at.op == last.first { 0 } else { at.word };
            last.deltas.truncate(last.heads_before(at.op), word);
            last.columns.truncate(at.op - last.first);
            last.ends.truncate(at.op - last.first);
            last.births.truncate(at.op - last.first);
        }
        self.sealed = self.chunks.iter().take(keep - 1).map(Chunk::memory).sum();
        self.sizes.truncate(self.sizes.partition_point(|size| size.from <= at.op));
        self.dead = Dead::of(state, self.tombstones(at.op));
    }

    /// What is kept of operation `op`; `None` if it was dropped or not yet run.
    pub fn get(&self, op: usize) -> Option<OpRecord> {
        (self.first()..self.len()).contains(&op).then(|| {
            let chunk = &self.chunks[self.chunk_of(op)];
            chunk.columns.get(op - chunk.first)
        })
    }

    /// The keys that operation `op` put in, one of `ops`, but for the first `skip` of them.
    pub fn born(&self, op: usize, ops: &OpList, skip: usize) -> impl Iterator<Item = Obj> {
        let chunk = (self.first()..self.len()).contains(&op).then(|| &self.chunks[self.chunk_of(op)]);
        let many = chunk.map_or(&[][..], |chunk| chunk.births.of(op - chunk.first));
        let new = |chunk: &Chunk| chunk.columns.marks(op - chunk.first).contains(Marks::INSERT);
        let one = chunk.filter(|chunk| skip == 0 && new(chunk)).and_then(|_| ops.get(op).key());
        one.into_iter().chain(many.iter().skip(skip).copied())
    }

    /// Tombstones before operation `op`, which must be reachable: of both sides while a resize is under way.
    pub fn tombstones(&self, op: usize) -> u32 {
        let chunk = &self.chunks[self.chunk_of(op)];
        if op == chunk.first { chunk.tombstones } else { chunk.columns.get(op - chunk.first - 1).tombstones }
    }

    /// What the operations before `op` cost, those that were dropped too. `op` must be reachable.
    pub fn totals(&self, op: usize) -> Totals {
        let size = self.sizes.partition_point(|size| size.from <= op).saturating_sub(1);
        Totals { peak: self.sizes[size].peak, ..self.chunks[self.chunk_of(op)].totals_before(op) }
    }

    /// Every change of the table's size, the first one at or before [`Recording::first`].
    pub fn sizes(&self) -> &[Size] {
        &self.sizes
    }

    /// Call `each` with the columns that have operations of `from..to`, oldest first, and which of theirs those are.
    fn columns(&self, from: usize, to: usize, mut each: impl FnMut(&Columns, usize, usize)) {
        let (from, to) = (from.max(self.first()), to.min(self.len()));
        let mut op = from;
        while op < to {
            let chunk = &self.chunks[self.chunk_of(op)];
            let end = to.min(chunk.end());
            each(&chunk.columns, op - chunk.first, end - chunk.first);
            op = end;
        }
    }

    pub fn sum(&self, column: Column, from: usize, to: usize) -> Summary {
        let mut sum = Summary::NONE;
        self.columns(from, to, |columns, from, to| sum.merge(columns.sum(column, from, to)));
        sum
    }

    pub fn count_marks(&self, from: usize, to: usize) -> MarkCounts {
        let mut counts = MarkCounts::default();
        self.columns(from, to, |columns, from, to| columns.count_marks(from, to, &mut counts));
        counts
    }

    /// The first operation at or after `op` that `wanted` matches.
    pub fn find_forward(&self, op: usize, wanted: Wanted) -> Option<usize> {
        let op = op.max(self.first());
        (self.chunk_of(op)..self.chunks.len()).find_map(|nth| {
            let chunk = &self.chunks[nth];
            let from = op.max(chunk.first) - chunk.first;
            chunk.columns.find(from, chunk.columns.len(), wanted, false).map(|i| chunk.first + i)
        })
    }

    /// The last operation before `op` that `wanted` matches.
    pub fn find_back(&self, op: usize, wanted: Wanted) -> Option<usize> {
        let op = op.max(self.first());
        (0..=self.chunk_of(op)).rev().find_map(|nth| {
            let chunk = &self.chunks[nth];
            let to = op.min(chunk.end()) - chunk.first;
            chunk.columns.find(0, to, wanted, true).map(|i| chunk.first + i)
        })
    }

    pub fn memory(&self) -> usize {
        self.sealed + self.last().memory() + self.sizes.capacity() * size_of::<Size>()
    }
}

/// Writes down one operation.
struct Recorder<'a> {
    deltas: &'a mut Deltas,
    /// Of an operation on many keys.
    births: Option<&'a mut Vec<Obj>>,
    dead: &'a mut Dead,
    damage: &'a mut Damage,
    layout: Layout,
    /// `next` was made in this operation.
    fresh: bool,
    tally: Tally,
    marks: Marks,
}

impl Recorder<'_> {
    /// The operation is over and left `state`.
    fn finish(self, state: &State) -> (Tally, Marks) {
        if self.fresh
            && let Some(next) = &state.next
        {
            self.deltas.begun(next);
        }
        (self.tally, self.marks)
    }

    /// Whether changes on this side are followed cell by cell.
    fn follows(&self, side: Side) -> bool {
        side == Side::Main || !self.fresh
    }

    fn rebuild(&mut self, resize: Resize) {
        self.marks |= match resize.reason {
            Reason::Copy(_) => Marks::COPY,
            Reason::Cleared => Marks::CLEAR,
            Reason::KindChange => Marks::RESIZE | Marks::KIND,
            _ => Marks::RESIZE,
        };
        if resize.to < resize.from {
            self.marks |= Marks::SHRINK;
        }
    }

    fn put_slot(&mut self, side: Side, pos: u32, old: Slot, new: Slot) {
        if old.is_tombstone() && new.is_live() && self.tally.searching() {
            self.marks |= Marks::REUSE;
        }
        if self.follows(side) {
            self.deltas.slot(side, pos, old, new);
            self.damage.slot(side, pos);
        }
    }

    fn put_index(&mut self, side: Side, pos: u32, old: Index, new: Index) {
        if old.is_dummy() && new.get().is_some() && self.tally.searching() {
            self.marks |= Marks::REUSE;
        }
        if self.follows(side) {
            self.deltas.index(side, pos, old, new);
            self.damage.index(side, pos);
        }
    }

    #[inline]
    fn look(&mut self, met: Marks) {
        if self.tally.searching() {
            self.marks |= met;
        }
    }
}

impl Observer for Recorder<'_> {
    const ACTIVE: bool = true;

    // Where an event is told its variant is known, so that inlined there is little of this left. `opt-level = "s"` would
    // build the event in memory and call.
    #[inline(always)]
    fn event(&mut self, event: Event) {
        self.dead.follow(&event, self.layout);
        match event {
            Event::PutSlot { side, pos, old, new } => self.put_slot(side, pos, old, new),
            Event::PutIndex { side, pos, old, new } => self.put_index(side, pos, old, new),
            Event::Regs { old, new } => {
                if old.extra != new.extra {
                    self.deltas.extra(old, new);
                }
            }
            Event::Probe(probe) => self.look(match probe.saw {
                Saw::Empty | Saw::Tombstone { .. } => Marks::empty(),
                Saw::HashDiffers(_) | Saw::Nearer(_) | Saw::Taken(_) => Marks::COLLISION,
                Saw::KeyDiffers(_) => Marks::COLLISION | Marks::SAME_HASH,
                Saw::Found(_) => Marks::HIT,
            }),
            Event::InPlace(resize) => self.rebuild(resize),
            Event::Resize(resize) => {
                self.fresh = true;
                self.damage.resized = true;
                self.rebuild(resize);
            }
            Event::Search { .. } | Event::Group(_) | Event::Move { .. } | Event::Carry { .. } | Event::Swapped => {}
        }
        self.tally.event(event);
    }

    fn parked(&mut self, old: Arrays) {
        self.deltas.swapped(old, self.fresh);
        self.fresh = false;
        self.damage.resized = true;
    }

    #[inline(always)]
    fn born(&mut self, key: Obj) {
        if let Some(births) = &mut self.births {
            births.push(key);
        }
    }
}
