//! The laws of walking about in time, for every policy there is and for one that moves entries between operations.

use proptest::prelude::*;

use super::*;
use crate::python::{Obj, Value, Version};
use crate::table::{
    Arrays, Bytes, CopyHow, CopyPrice, Deletion, Event, Forecast, Layout, Noop, Observer, Probe, Reason, Regs, Resize,
    ResizeRule, Saw, Side, Slot, State,
};

/// Linear probing that grows by moving one entry an operation, so that a resize spans many operations.
#[derive(Clone, Debug)]
struct Drip(State);

impl Drip {
    const POLICY: Policy = Policy {
        name: "drip",
        title: "",
        doc: "",
        python: Version::LATEST,
        deletion: Deletion::Never,
        new: || unreachable!("a test makes it itself"),
    };

    fn find(&self, side: Side, key: Obj, heap: &Heap, obs: &mut impl Observer) -> Result<usize, usize> {
        let (slots, hash) = (&self.0.side(side).slots, heap.hash(key));
        let mut free = None;
        for nth in 0..slots.len() {
            let pos = (hash as usize).wrapping_add(nth) % slots.len();
            let saw = match slots[pos] {
                cell if cell.is_empty() => Saw::Empty,
                cell if cell.is_tombstone() => Saw::Tombstone { first: free.is_none() },
                cell if heap.same_key(cell.live_key(), key) => Saw::Found(cell.live_key()),
                cell => Saw::HashDiffers(cell.live_key()),
            };
            obs.event(Event::Probe(Probe { side, slot: pos as u32, nth: nth as u32, hash, perturb: 0, saw }));
            match saw {
                Saw::Empty => return Err(free.unwrap_or(pos)),
                Saw::Tombstone { .. } => free = free.or(Some(pos)),
                Saw::Found(_) => return Ok(pos),
                _ => {}
            }
        }
        Err(free.expect("the table is never full"))
    }

    fn put(&mut self, side: Side, pos: usize, new: Slot, obs: &mut impl Observer) {
        let old = std::mem::replace(&mut deltas::side_mut(&mut self.0, side).slots[pos], new);
        obs.event(Event::PutSlot { side, pos: pos as u32, old, new });
    }

    fn regs(&mut self, new: Regs, obs: &mut impl Observer) {
        let old = std::mem::replace(&mut self.0.regs, new);
        obs.event(Event::Regs { old, new });
    }

    fn move_one(&mut self, heap: &Heap, obs: &mut impl Observer) {
        if self.0.next.is_none() {
            return;
        }
        if let Some(from) = self.0.main.slots.iter().position(|cell| cell.is_live()) {
            let cell = self.0.main.slots[from];
            obs.event(Event::Move { from: from as u32, key: cell.live_key() });
            let to = self.find(Side::Next, cell.live_key(), heap, obs).expect_err("it is in one of the arrays");
            self.put(Side::Next, to, cell, obs);
            self.put(Side::Main, from, cell.tombstone(), obs);
        } else {
            let next = self.0.next.take().expect("a resize is under way");
            let old = std::mem::replace(&mut self.0.main, next);
            obs.event(Event::Swapped);
            obs.parked(old);
            self.regs(Regs { extra: self.0.regs.extra + 1, ..self.0.regs }, obs);
        }
    }
}

impl Table for Drip {
    fn policy(&self) -> &'static Policy {
        &Drip::POLICY
    }

    fn state(&self) -> &State {
        &self.0
    }

    fn state_mut(&mut self) -> &mut State {
        &mut self.0
    }

    fn run<O: Observer>(&mut self, op: Op<'_>, heap: &Heap, obs: &mut O) -> Outcome {
        self.move_one(heap, obs);
        let (Op::Set(key, _) | Op::Get(key) | Op::Del(key) | Op::Contains(key)) = op else {
            return Outcome::Unsupported;
        };
        obs.event(Event::Search { key, hash: heap.hash(key) });
        let side = if self.0.next.is_some() { Side::Next } else { Side::Main };
        let mut found = self.find(side, key, heap, obs).map(|pos| (side, pos));
        if side == Side::Next && found.is_err() {
            found = self.find(Side::Main, key, heap, obs).map(|pos| (Side::Main, pos)).or(found);
        }
        let regs = self.0.regs;
        match (op, found) {
            (Op::Set(_, value), Ok((side, pos))) => {
                let cell = self.0.side(side).slots[pos].with_value(value);
                self.put(side, pos, cell, obs);
                Outcome::Done
            }
            (Op::Set(key, value), Err(pos)) => {
                self.put(side, pos, Slot::live(heap.hash(key), key, value), obs);
                self.regs(Regs { used: regs.used + 1, ..regs }, obs);
                let (size, dead) = (self.0.main.size(), self.0.main.slots.iter().filter(|c| c.is_tombstone()).count());
                if self.0.next.is_none() && (regs.used as usize + 1 + dead) * 4 > size * 3 {
                    // Just enough: the operation that ends a move may begin the next one.
                    let to = (regs.used as usize + 1) * 2 + 4;
                    let (from, live, dead) = (size as u32, regs.used + 1, dead as u32);
                    let wanted = to as u64;
                    self.0.next = Some(Arrays::one(to));
                    let reason = Reason::Full;
                    obs.event(Event::Resize(Resize { reason, from, to: to as u32, wanted, live, dead, clone: false }));
                    self.move_one(heap, obs);
                }
                Outcome::Done
            }
            (Op::Del(_), Ok((side, pos))) => {
                let cell = self.0.side(side).slots[pos].tombstone();
                self.put(side, pos, cell, obs);
                self.regs(Regs { used: regs.used - 1, ..regs }, obs);
                Outcome::Done
            }
            (Op::Contains(_), found) => Outcome::Bool(found.is_ok()),
            (_, Ok((side, pos))) => Outcome::Value(self.0.side(side).slots[pos].value().expect("it is live")),
            (_, Err(_)) => Outcome::KeyError,
        }
    }

    fn presize(&mut self, keys: u32) {
        self.0 = State::new(Arrays::one(2 * keys as usize + 4), Regs::default());
    }

    fn bytes(&self) -> Bytes {
        let cells = self.0.main.size() + self.0.next.as_ref().map_or(0, Arrays::size);
        Bytes { entries: 24 * cells as u64, ..Bytes::default() }
    }

    fn forecast(&self) -> Forecast {
        Forecast { inserts_left: None, next_size: 0 }
    }

    fn copy_prices(&self, _: &Heap) -> Vec<CopyPrice> {
        Vec::new()
    }

    fn resize_rule(&self, _: Reason) -> ResizeRule {
        ResizeRule { trigger: "", wanted: "", size: "" }
    }

    fn check(&self, _: &Heap) -> Result<(), String> {
        Ok(())
    }

    fn layout(&self) -> Layout {
        Layout::One
    }
}

/// An operation before there is a heap.
#[derive(Clone, Debug)]
struct Line {
    kind: u8,
    key: u8,
    value: u8,
    items: Vec<u8>,
}

fn lines(len: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Line>> {
    // Mostly inserts and deletes; the kinds above 11 are rare and rebuild a lot.
    let kind = prop_oneof![6 => 0..1u8, 4 => 1..2u8, 3 => 2..12u8, 1 => 12..20u8];
    let line = (kind, any::<u8>(), any::<u8>(), prop::collection::vec(any::<u8>(), 0..12));
    prop::collection::vec(line.prop_map(|(kind, key, value, items)| Line { kind, key, value, items }), len)
}

/// Keys of every sort: small, colliding in their low bits, equal in their whole hash, text.
fn key(heap: &mut Heap, key: u8) -> Obj {
    let n = i64::from(key % 48);
    heap.alloc(match key / 48 {
        0 | 1 => Value::Int(n),
        2 => Value::Int(n << 20),
        3 => Value::Float(n as f64),
        _ => Value::Str([u32::from(key)].into()),
    })
}

fn push_op(heap: &mut Heap, ops: &mut OpList, line: &Line) {
    let k = key(heap, line.key);
    let v = key(heap, line.value);
    let items: Vec<_> = line.items.iter().map(|&item| (key(heap, item), v)).collect();
    ops.push(match line.kind {
        0 => Op::Set(k, v),
        1 => Op::Del(k),
        2 => Op::Get(k),
        3 => Op::Contains(k),
        4 => Op::GetOr(k, v),
        5 => Op::Pop(k, None),
        6 => Op::Pop(k, Some(v)),
        7 | 8 => Op::PopItem,
        9 => Op::SetDefault(k, v),
        10 => Op::Update(&items),
        11 => Op::UpdateOr(&items),
        12 => Op::Clear,
        13 => Op::Display(&items),
        14 => Op::FromKeys(&items),
        15 => Op::Reserve(u32::from(line.value)),
        16 => Op::ShrinkToFit,
        kind => Op::Copy(CopyHow::ALL[usize::from(kind - 16)]),
    });
}

/// A program, with every state it goes through.
struct Replay<T> {
    start: T,
    heap: Heap,
    ops: OpList,
    states: Vec<State>,
    outcomes: Vec<Outcome>,
    bytes: Vec<u64>,
}

fn replay<T: Table + Clone>(start: T, lines: &[Line]) -> Replay<T> {
    let mut heap = Heap::new(start.policy().python, HashSettings::default());
    let mut ops = OpList::default();
    lines.iter().for_each(|line| push_op(&mut heap, &mut ops, line));
    let mut table = start.clone();
    let (mut states, mut outcomes, mut bytes) = (vec![table.state().clone()], Vec::new(), Vec::new());
    for i in 0..ops.len() {
        outcomes.push(table.run(ops.get(i), &heap, &mut Noop));
        states.push(table.state().clone());
        bytes.push(table.bytes().total());
    }
    Replay { start, heap, ops, states, outcomes, bytes }
}

impl<T: Table + Clone> Replay<T> {
    /// The program on a timeline with a chunk for so many operations.
    fn timeline(&self, chunk: usize) -> Timeline<T> {
        let mut timeline = Timeline::with_table(self.start.clone(), self.heap.clone(), PLENTY);
        timeline.recording = Recording::new(&self.start, PLENTY, chunk);
        self.push_from(&mut timeline, 0);
        timeline
    }

    fn push_from(&self, timeline: &mut Timeline<T>, from: usize) {
        for i in from..self.ops.len() {
            assert_eq!(timeline.push(self.ops.get(i)), self.outcomes[i]);
        }
    }
}

fn tombstones(state: &State) -> usize {
    [Some(&state.main), state.next.as_ref()]
        .into_iter()
        .flatten()
        .map(|arrays| match arrays.is_two() {
            true => arrays.indices.iter().filter(|index| index.is_dummy()).count(),
            false => arrays.slots.iter().filter(|slot| slot.is_tombstone()).count(),
        })
        .sum()
}

/// Everything that differs between the two states is in `damage`.
fn assert_covers(damage: &Damage, before: &State, after: &State) {
    if damage.resized {
        return;
    }
    let listed = |cells: &Cells, pos: usize| match cells {
        Cells::All => true,
        Cells::Some(cells) => cells.contains(&(pos as u32)),
    };
    let sides = [
        (&damage.main, Some(&before.main), Some(&after.main)),
        (&damage.next, before.next.as_ref(), after.next.as_ref()),
    ];
    for (damage, before, after) in sides {
        let (Some(before), Some(after)) = (before, after) else {
            assert_eq!(before.is_some(), after.is_some());
            continue;
        };
        assert_eq!((before.slots.len(), before.indices.len()), (after.slots.len(), after.indices.len()));
        let mut slots = before.slots.iter().zip(&after.slots).enumerate();
        assert!(slots.all(|(pos, (old, new))| old == new || listed(&damage.slots, pos)));
        let mut indices = before.indices.iter().zip(&after.indices).enumerate();
        assert!(indices.all(|(pos, (old, new))| old == new || listed(&damage.indices, pos)));
    }
}

const PLENTY: usize = 1 << 30;

fn seeks_anywhere<T: Table + Clone>(start: T, lines: &[Line], jumps: &[prop::sample::Index], chunk: usize) {
    let replay = replay(start, lines);
    let mut timeline = replay.timeline(chunk);
    timeline.take_damage();
    for jump in jumps {
        let to = jump.index(replay.states.len());
        let before = timeline.table().state().clone();
        timeline.seek(to);
        assert_eq!(timeline.pos(), Pos { op: to, step: 0 });
        assert_eq!(timeline.table().state(), &replay.states[to]);
        assert_covers(&timeline.take_damage(), &before, &replay.states[to]);
        let state = &replay.states[to];
        assert_eq!(timeline.census().tombstones as usize, tombstones(state));
        assert_eq!(timeline.size_at(to).slots as usize, state.main.size());
    }
}

fn steps_within<T: Table + Clone>(start: T, lines: &[Line], jumps: &[prop::sample::Index], chunk: usize) {
    let replay = replay(start, lines);
    let mut timeline = replay.timeline(chunk);
    for jump in jumps {
        let op = jump.index(replay.ops.len());
        timeline.seek(op);
        timeline.take_damage();
        let trace = timeline.trace(op).expect("nothing was forgotten");
        assert_eq!(trace.outcome, replay.outcomes[op]);
        assert!(timeline.take_damage().is_empty(), "a trace changes nothing");
        let mut states = Vec::new();
        for step in 0..trace.events.len() {
            assert_eq!(timeline.pos(), Pos { op, step });
            let before = timeline.table().state().clone();
            assert!(timeline.step_forward());
            assert_covers(&timeline.take_damage(), &before, timeline.table().state());
            states.push(before);
        }
        assert_eq!(timeline.pos().op, op + usize::from(!trace.events.is_empty()));
        timeline.seek(op + 1);
        assert_eq!(timeline.table().state(), &replay.states[op + 1]);
        for step in (0..trace.events.len()).rev() {
            assert!(timeline.step_back());
            assert_eq!(timeline.pos(), Pos { op, step });
            assert_eq!(timeline.table().state(), &states[step]);
            assert_eq!(timeline.trace(op).expect("nothing was forgotten").events, trace.events);
        }
        let Some(last) = trace.events.len().checked_sub(1) else { continue };
        for jump in jumps {
            let step = jump.index(trace.events.len());
            timeline.seek_to(Pos { op, step });
            assert_eq!(timeline.table().state(), &states[step]);
        }
        // The events alone lead to the state that the recording leads to.
        if last > 0 {
            timeline.seek_to(Pos { op, step: last });
            let mut state = timeline.table().state().clone();
            let walk = timeline.walk.as_mut().expect("it stands inside the operation");
            walk.seek(last + 1, &mut state, &mut Damage::default());
            assert_eq!(&state, &replay.states[op + 1]);
            assert_eq!(walk.tombstones() as usize, tombstones(&state));
            walk.seek(last, &mut state, &mut Damage::default());
        }
        // And a trace from afar leaves the timeline where it stands.
        timeline.seek_to(Pos { op, step: last });
        let far = jumps[0].index(replay.ops.len());
        timeline.traces.clear();
        let trace = timeline.trace(far).expect("nothing was forgotten");
        assert_eq!(trace.outcome, replay.outcomes[far]);
        assert_eq!((timeline.pos(), timeline.table().state()), (Pos { op, step: last }, &states[last]));
    }
}

/// A trace that is cut short can be walked as far as it goes, and leaves nothing changed.
fn steps_within_what_was_kept<T: Table + Clone>(start: T, lines: &[Line], limit: usize) {
    let replay = replay(start, lines);
    let mut timeline = replay.timeline(CHUNK);
    timeline.limit = limit;
    for op in 0..replay.ops.len() {
        timeline.seek(op);
        let trace = timeline.trace(op).expect("nothing was forgotten");
        assert!(trace.events.len() == limit || trace.events.len() < limit && trace.skipped == 0);
        assert_eq!(timeline.table().state(), &replay.states[op]);
        while timeline.pos().op == op {
            timeline.step_forward();
        }
        assert_eq!((timeline.pos(), timeline.table().state()), (Pos { op: op + 1, step: 0 }, &replay.states[op + 1]));
        timeline.step_back();
        assert_eq!(timeline.pos(), Pos { op, step: trace.events.len().saturating_sub(1) });
    }
}

fn truncates<T: Table + Clone>(start: T, lines: &[Line], others: &[Line], cut: prop::sample::Index, chunk: usize) {
    let first = replay(start.clone(), lines);
    let cut = cut.index(lines.len() + 1);
    let mut joined = lines[..cut].to_vec();
    joined.extend_from_slice(others);
    let second = replay(start, &joined);
    let mut timeline = Timeline::with_table(second.start.clone(), second.heap.clone(), PLENTY);
    timeline.recording = Recording::new(&second.start, PLENTY, chunk);
    // The second program's heap allocates the same objects for the part that both have.
    for i in 0..cut {
        timeline.push(second.ops.get(i));
    }
    let before = timeline.sizes().to_vec();
    second.push_from(&mut timeline, cut);
    let gone = timeline.truncate(cut);
    assert_eq!((gone.len(), timeline.len()), (others.len(), cut));
    assert_eq!(timeline.table().state(), &first.states[cut]);
    assert_eq!(timeline.sizes(), before);
    second.push_from(&mut timeline, cut);
    for op in (0..=joined.len()).rev() {
        timeline.seek(op);
        assert_eq!(timeline.table().state(), &second.states[op]);
        assert_eq!(timeline.census().tombstones as usize, tombstones(&second.states[op]));
    }
}

fn forgets<T: Table + Clone>(start: T, lines: &[Line]) {
    let replay = replay(start, lines);
    let budget = 8 << 10;
    let mut timeline = Timeline::with_table(replay.start.clone(), replay.heap.clone(), budget);
    replay.push_from(&mut timeline, 0);
    let first = timeline.first();
    // One more operation makes room for itself; what remains is at most the chunk that was just closed.
    assert!(timeline.recording.memory() < 2 * budget + (64 << 10));
    assert_eq!(timeline.record(first.wrapping_sub(1)), None);
    assert!(timeline.trace(first.wrapping_sub(1)).is_none());
    assert!(timeline.sizes()[0].from <= first && timeline.sizes().get(1).is_none_or(|size| size.from > first));
    assert_eq!((0..first).flat_map(|op| timeline.born(op, 0)).count(), 0);
    let born = |op| timeline.born(op, 0).all(|key| keys_of(&replay.states[op + 1]).contains(&key));
    assert!((first..replay.ops.len()).all(born));
    timeline.seek(0);
    assert_eq!(timeline.pos().op, first);
    for op in first..=replay.ops.len() {
        timeline.seek(op);
        assert_eq!(timeline.table().state(), &replay.states[op]);
    }
}

/// The live keys, sorted.
fn keys_of(State { main, next, .. }: &State) -> Vec<Obj> {
    let slots = main.slots.iter().chain(next.iter().flat_map(|next| &next.slots));
    let mut keys: Vec<_> = slots.filter(|slot| slot.is_live()).map(|slot| slot.live_key()).collect();
    keys.sort();
    keys
}

fn tells_births<T: Table + Clone>(start: T, lines: &[Line], cut: prop::sample::Index, chunk: usize) {
    let replay = replay(start, lines);
    let mut timeline = replay.timeline(chunk);
    let check = |timeline: &Timeline<T>| {
        for (op, states) in replay.states.windows(2).enumerate() {
            let [before, after] = [&states[0], &states[1]].map(keys_of);
            let is_new_dict = matches!(replay.ops.get(op), Op::Display(_) | Op::FromKeys(_))
                && replay.outcomes[op] != Outcome::Unsupported;
            let expected: Vec<_> = after.into_iter().filter(|key| is_new_dict || !before.contains(key)).collect();
            let told: Vec<_> = timeline.born(op, 0).collect();
            let mut sorted = told.clone();
            sorted.sort();
            assert_eq!(sorted, expected, "operation {op}: {:?}", replay.ops.get(op));
            for skip in [1, 2, told.len()] {
                assert!(timeline.born(op, skip).eq(told.iter().copied().skip(skip)));
            }
        }
    };
    check(&timeline);
    let cut = cut.index(lines.len() + 1);
    timeline.truncate(cut);
    assert_eq!((cut..lines.len()).flat_map(|op| timeline.born(op, 0)).count(), 0);
    replay.push_from(&mut timeline, cut);
    check(&timeline);
}

fn columns_agree<T: Table + Clone>(
    start: T,
    lines: &[Line],
    range: (prop::sample::Index, prop::sample::Index),
    chunk: usize,
) {
    let replay = replay(start, lines);
    let timeline = replay.timeline(chunk);
    let records: Vec<_> = (0..lines.len()).map(|op| timeline.record(op).expect("nothing was forgotten")).collect();
    for (op, record) in records.iter().enumerate() {
        let State { regs, .. } = replay.states[op + 1];
        assert_eq!((record.used, record.fill, record.usable), (regs.used, regs.fill, regs.usable));
        assert_eq!(record.tombstones as usize, tombstones(&replay.states[op + 1]));
        assert_eq!(record.outcome, OutcomeKind::from(replay.outcomes[op]));
        assert_eq!(record.marks.contains(Marks::ERROR), !replay.outcomes[op].is_ok());
        assert_eq!(timeline.size_at(op + 1).bytes, replay.bytes[op]);
    }
    let (a, b) = (range.0.index(lines.len() + 1), range.1.index(lines.len() + 1));
    let (from, to) = (a.min(b), a.max(b));
    let naive = |value: &dyn Fn(usize) -> Option<u64>, range: Range<usize>| {
        let mut sum = Summary::NONE;
        range.filter_map(value).for_each(|value| sum.add(value, 1));
        sum
    };
    let probes_if = |mark| {
        let records = &records;
        move |op: usize| records[op].marks.contains(mark).then(|| u64::from(records[op].probes))
    };
    let slots = |State { main, next, .. }: &State| (main.size() + next.as_ref().map_or(0, Arrays::size)) as u64;
    type Naive<'a> = Box<dyn Fn(usize) -> Option<u64> + 'a>;
    let columns: [(Column, Naive<'_>); 8] = [
        (Column::Writes, Box::new(|op| Some(u64::from(records[op].writes)))),
        (Column::Moves, Box::new(|op| Some(u64::from(records[op].moves)))),
        (Column::Used, Box::new(|op| Some(u64::from(records[op].used)))),
        (Column::Tombstones, Box::new(|op| Some(u64::from(records[op].tombstones)))),
        (Column::HitProbes, Box::new(probes_if(Marks::HIT))),
        (Column::MissProbes, Box::new(probes_if(Marks::MISS))),
        (Column::Bytes, Box::new(|op| Some(replay.bytes[op]))),
        (Column::Slots, Box::new(|op| Some(slots(&replay.states[op + 1])))),
    ];
    for (column, value) in &columns {
        assert_eq!(timeline.summary(*column, from..to), naive(value, from..to), "{column:?}");
        let parts: Vec<_> = cut(from..to, 7).collect();
        let expected: Vec<_> = parts.iter().map(|part| naive(value, part.clone())).collect();
        assert_eq!(timeline.series(*column, from..to, 7), expected, "{column:?}");
        assert_eq!(parts.iter().map(ExactSizeIterator::len).sum::<usize>(), to - from);
    }
    for mark in [Marks::INSERT, Marks::RESIZE, Marks::REUSE, Marks::ERROR] {
        let has = |op: &usize| records[*op].marks.contains(mark);
        let counts = timeline.mark_counts(from..to, 1);
        assert_eq!(counts.first().map_or(0, |c| c.of(mark)) as usize, (from..to).filter(has).count());
        assert_eq!(timeline.find_forward(from, Wanted::Marks(mark)), (from..lines.len()).find(has));
        assert_eq!(timeline.find_back(to, Wanted::Marks(mark)), (0..to).rev().find(has));
    }
    let long = |op: &usize| records[*op].probes >= 3;
    assert_eq!(timeline.find_forward(from, Wanted::Probes(3)), (from..lines.len()).find(long));
    assert_eq!(timeline.find_back(to, Wanted::Probes(3)), (0..to).rev().find(long));
}

fn indices(count: usize) -> impl Strategy<Value = Vec<prop::sample::Index>> {
    prop::collection::vec(any::<prop::sample::Index>(), count)
}

fn drip() -> Drip {
    Drip(State::new(Arrays::one(8), Regs::default()))
}

/// Chunks that end within a program, also after some blocks of operations with a summary, and those in use.
fn chunks() -> impl Strategy<Value = usize> {
    prop_oneof![1..40usize, Just(600), Just(CHUNK)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_seek_leads_to_the_replay_of_its_prefix(lines in lines(1..300), jumps in indices(24), chunk in chunks()) {
        seeks_anywhere(drip(), &lines, &jumps, chunk);
        AnyTable::policies().for_each(|policy| seeks_anywhere((policy.new)(), &lines, &jumps, chunk));
    }

    #[test]
    fn steps_lead_through_the_same_states_forth_and_back(
        lines in lines(1..120), jumps in indices(6), chunk in chunks()
    ) {
        steps_within(drip(), &lines, &jumps, chunk);
        AnyTable::policies().for_each(|policy| steps_within((policy.new)(), &lines, &jumps, chunk));
    }

    #[test]
    fn a_trace_that_is_too_long_is_cut(lines in lines(1..60), limit in 1..12usize) {
        steps_within_what_was_kept(drip(), &lines, limit);
        AnyTable::policies().for_each(|policy| steps_within_what_was_kept((policy.new)(), &lines, limit));
    }

    #[test]
    fn another_future_leaves_no_trace_of_the_first(
        lines in lines(1..120), others in lines(0..60), at in any::<prop::sample::Index>(), chunk in chunks()
    ) {
        truncates(drip(), &lines, &others, at, chunk);
        AnyTable::policies().for_each(|policy| truncates((policy.new)(), &lines, &others, at, chunk));
    }

    #[test]
    fn what_the_budget_leaves_can_be_reached(lines in lines(200..700)) {
        forgets(drip(), &lines);
        AnyTable::policies().for_each(|policy| forgets((policy.new)(), &lines));
    }

    #[test]
    fn keys_are_born_where_they_appear(
        lines in lines(1..200), cut in any::<prop::sample::Index>(), chunk in chunks()
    ) {
        tells_births(drip(), &lines, cut, chunk);
        AnyTable::policies().for_each(|policy| tells_births((policy.new)(), &lines, cut, chunk));
    }

    #[test]
    fn summaries_equal_what_they_summarise(
        lines in lines(1..900), range in any::<(prop::sample::Index, prop::sample::Index)>(), chunk in chunks()
    ) {
        columns_agree(drip(), &lines, range, chunk);
        AnyTable::policies().for_each(|policy| columns_agree((policy.new)(), &lines, range, chunk));
    }
}

fn ints(count: i64) -> Timeline {
    let policy = AnyTable::policy_named("cpython-3.12").expect("it is there");
    let mut timeline = Timeline::new(policy, HashSettings::default(), PLENTY);
    for n in 0..count {
        let key = timeline.heap_mut().alloc(Value::Int(n));
        timeline.push(Op::Set(key, Obj::NONE));
    }
    timeline
}

#[test]
fn a_step_goes_on_into_the_next_operation() {
    let mut timeline = ints(7);
    assert!(timeline.is_at_end() && !timeline.step_forward());
    let (mut steps, mut last) = (0, timeline.pos());
    while timeline.step_back() {
        assert!(timeline.pos() < last);
        (steps, last) = (steps + 1, timeline.pos());
    }
    assert_eq!(last, Pos::default());
    let events: usize = (0..7).map(|op| timeline.trace(op).expect("nothing was forgotten").events.len()).sum();
    assert_eq!(steps, events);
}

#[test]
fn a_resize_may_begin_in_the_operation_that_ends_another() {
    let lines: Vec<_> = (0..48).chain(96..144).map(|key| Line { kind: 0, key, value: 0, items: Vec::new() }).collect();
    let replay = replay(drip(), &lines);
    let mut timeline = replay.timeline(CHUNK);
    let mut both = 0;
    for op in 0..lines.len() {
        let trace = timeline.trace(op).expect("nothing was forgotten");
        let resizes = trace.events.iter().filter(|event| matches!(event, Event::Resize(_) | Event::Swapped));
        let Some(step) = trace.events.len().checked_sub(1).filter(|_| resizes.count() == 2) else { continue };
        both += 1;
        timeline.seek_to(Pos { op, step });
        let size = |state: &State| state.next.as_ref().map(Arrays::size);
        assert_eq!(size(timeline.table().state()), size(&replay.states[op + 1]));
        timeline.seek_to(Pos { op, step: 0 });
        assert_eq!(timeline.table().state(), &replay.states[op]);
    }
    assert!(both > 1);
}

#[test]
fn many_changed_cells_are_not_listed() {
    let mut timeline = ints(40_000);
    timeline.take_damage();
    let resize = timeline.find_back(40_000, Wanted::Marks(Marks::RESIZE)).expect("it grew");
    timeline.seek(resize + 101);
    assert_eq!((timeline.take_damage().main.slots, timeline.len()), (Cells::All, 40_000));
    timeline.seek(resize + 1);
    let damage = timeline.take_damage();
    assert!(!damage.resized && matches!(damage.main.slots, Cells::Some(cells) if cells.len() == 100));
    timeline.seek(resize);
    assert!(timeline.take_damage().resized);
}

#[test]
fn a_resize_of_thousands_of_moves_can_be_stood_on() {
    let mut timeline = ints(5462);
    assert_eq!(timeline.record(5461).map(|record| record.marks), Some(Marks::INSERT | Marks::RESIZE | Marks::MISS));
    timeline.seek(5461);
    let trace = timeline.trace(5461).expect("nothing was forgotten");
    let moves = trace.events.iter().filter(|event| matches!(event, Event::Move { .. })).count();
    assert_eq!(moves, 5461);
    let nth_move = |n| trace.events.iter().enumerate().filter(|(_, e)| matches!(e, Event::Move { .. })).nth(n);
    let (step, _) = nth_move(3000).expect("there are more");
    timeline.seek_to(Pos { op: 5461, step });
    let next = timeline.table().state().next.as_ref().expect("it is being filled");
    assert_eq!(next.slots.iter().filter(|slot| slot.is_live()).count(), 3000);
    assert_eq!(timeline.census().size() as usize, timeline.table().state().main.size());
}

/// Not a test: `cargo test --profile native -- --ignored --nocapture what_it_costs` prints what the recording of the
/// experiment (100,000 inserts, then as many deletes in random order) takes, for every policy.
#[test]
#[ignore = "a measurement"]
fn what_it_costs() {
    use rand_core::Rng;
    use std::time::Instant;

    const KEYS: usize = 100_000;
    let mut random = rand_pcg::Pcg64Mcg::new(1);
    let mut below = |n: usize| (random.next_u64() % n as u64) as usize;
    let mut order: Vec<usize> = (0..KEYS).collect();
    (1..KEYS).rev().for_each(|i| order.swap(i, below(i + 1)));
    let jumps: Vec<usize> = (0..1000).map(|_| below(2 * KEYS + 1)).collect();
    for policy in AnyTable::policies() {
        let mut timeline = Timeline::new(policy, HashSettings::default(), PLENTY);
        let heap = timeline.heap_mut();
        let mut new_key = |n: usize| heap.alloc(Value::Int((n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) as i64));
        let keys: Vec<Obj> = (0..KEYS).map(&mut new_key).collect();
        let mut ops = OpList::default();
        keys.iter().for_each(|&key| ops.push(Op::Set(key, key)));
        order.iter().for_each(|&i| ops.push(Op::Del(keys[i])));
        let mut table = (policy.new)();
        let start = Instant::now();
        for i in 0..ops.len() {
            table.run(ops.get(i), timeline.heap(), &mut Noop);
        }
        let bare = start.elapsed();
        let start = Instant::now();
        for i in 0..ops.len() {
            timeline.push(ops.get(i));
        }
        let recorded = start.elapsed();
        let start = Instant::now();
        jumps.iter().for_each(|&to| timeline.seek(to));
        let jump = start.elapsed() / jumps.len() as u32;
        timeline.seek(KEYS * 2);
        let start = Instant::now();
        (0..KEYS).rev().for_each(|i| timeline.seek(KEYS + i));
        let back = start.elapsed() / KEYS as u32;
        let start = Instant::now();
        let series = timeline.series(Column::HitProbes, 0..ops.len(), 800);
        let chart = start.elapsed();
        let memory = timeline.memory();
        let resize = timeline.find_back(KEYS, Wanted::Marks(Marks::RESIZE));
        let start = Instant::now();
        let steps = resize.and_then(|op| timeline.trace(op)).map_or(0, |trace| trace.events.len());
        let trace = start.elapsed();
        println!(
            "{:<16} bare {bare:.1?}, recorded {recorded:.1?}; {:.2} MB; jump {jump:.1?}, step back {back:.1?}, \
             {} buckets {chart:.1?}; its last resize: {steps} events traced from afar in {trace:.1?}",
            policy.name,
            memory as f64 / 1e6,
            series.len(),
        );
    }
    println!("an event takes {} bytes", size_of::<Event>());
}
