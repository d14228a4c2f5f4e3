//! How a frame is made of what the engine holds.

use std::rc::Rc;

use super::frame::{
    CodeLine, Frame, Gauge, MOST_PRINTED, MarkKind, Printout, Progress, Second, Side, SlotFacts, Stage, Track, Versus,
    VersusLine, Words,
};
use super::lines::Lines;
use super::{Engine, Lane, StillLife};
use crate::history::{Column, Marks, Pos, Timeline, Trace};
use crate::table::{AnyTable, CopyPrice, Event, Layout, Listener, Op, Regs, SlotState, State, Table, swiss};
use crate::view::describe::{self, Standing};
use crate::view::stage::{MOST_CARDS, Room, StageInput, StageModel, stage};
use crate::view::text::{group, group_signed};

/// Characters of a key or a value in the details of a slot.
const MOST_SHOWN: usize = 2_000;
/// Points of the timeline's marks: about one a pixel.
const POINTS: usize = 600;
/// A screen reader is told something at most this often, in milliseconds.
const SPEAK_EVERY: f64 = 600.0;
/// Longer operations do not list their steps.
const MOST_LISTED: usize = 40;
/// Resizes of larger tables are told in one sentence while time runs: tracing all their moves takes longer than a frame.
const MOST_TRACED: u32 = 20_000;

/// The part of a stage's height that the close-up of a large table may take.
const CLOSE_UP: f64 = 0.34;

/// What the page has for the stages of its tables.
#[derive(Clone, Debug, PartialEq)]
pub struct Rooms(Vec<Room>);

impl Rooms {
    /// In the order of the tables; what was not measured yet is like the first.
    pub fn new(rooms: Vec<Room>) -> Rooms {
        Rooms(rooms)
    }

    fn of(&self, lane: usize) -> Room {
        let none = Room { width: 0.0, height: 0.0 };
        *self.0.get(lane).or(self.0.first()).unwrap_or(&none)
    }
}

/// All tables have this width, and may be as high as they like.
impl From<f64> for Rooms {
    fn from(width: f64) -> Rooms {
        Rooms(vec![Room { width, height: f64::INFINITY }])
    }
}

impl Timeline {
    /// The counters and sizes before operation `op`, as they were recorded.
    fn standing(&self, op: usize) -> Standing {
        let size = self.size_at(op);
        let regs = match op.checked_sub(1).and_then(|last| self.record(last)) {
            Some(r) => Regs { used: r.used, fill: r.fill, usable: r.usable, extra: 0 },
            None => Regs::default(),
        };
        Standing { regs, size: size.slots, next: None, layout: self.table().layout(), bytes: size.bytes }
    }
}

/// The operation on stage: the one under way, or else the last one that was done.
fn on_stage(Pos { op, step }: Pos) -> Option<(usize, Option<usize>)> {
    if step > 0 { Some((op, Some(step))) } else { op.checked_sub(1).map(|last| (last, None)) }
}

impl Engine {
    /// What the page shows now, with this room for the stages of its tables. `now` is the time in milliseconds.
    pub fn frame(&mut self, rooms: impl Into<Rooms>, now: f64) -> Frame {
        let rooms = rooms.into();
        if !self.in_lab {
            self.behind = None;
            return self.tables_frame(&rooms, now);
        }
        let behind = match self.behind.take() {
            Some(behind) => behind,
            None => self.tables_frame(&rooms, now),
        };
        self.behind = Some(behind.clone());
        let Some(lab) = self.lab.as_mut().map(|lab| lab.frame()) else { return behind };
        if now - self.spoken_at >= SPEAK_EVERY || !self.is_busy() {
            self.spoken_at = now;
            self.spoken.clone_from(&lab.spoken);
        }
        Frame { lab: Some(Rc::new(lab)), trouble: self.trouble.clone(), spoken: self.spoken.clone(), ..behind }
    }

    fn tables_frame(&mut self, rooms: &Rooms, now: f64) -> Frame {
        let fast = self.is_fast();
        let pos = self.lane().timeline.pos();
        let mut shown = on_stage(pos);
        let heavy = |(op, _): (usize, Option<usize>)| {
            let record = self.lane().timeline.record(op);
            record.is_some_and(|r| r.marks.intersects(Marks::RESIZE | Marks::COPY) && r.used > MOST_TRACED)
        };
        if fast && shown.is_some_and(heavy) {
            shown = None;
        }
        let focus = self.focus;
        let trace = shown.and_then(|(op, _)| self.lanes[focus].timeline.trace(op));
        let steps = if pos.step > 0 { trace.as_ref().map_or(0, |trace| trace.events.len()) } else { 0 };
        let words = words(&self.lane().timeline, shown, trace.as_deref(), fast);
        if now - self.spoken_at >= SPEAK_EVERY || !self.is_busy() {
            self.spoken_at = now;
            self.spoken.clone_from(&words.sentence);
        }
        let track = self.track.take().unwrap_or_else(|| Rc::new(track(self.lane())));
        self.track = Some(track.clone());
        let slot = self.selected.map(|slot| slot_facts(&mut self.lanes[focus], slot));
        let sides = self.sides(rooms, fast, &words.sentence);
        let (stage, copies) = match sides.get(focus) {
            Some(side) => {
                let (stage, copies, table) = (side.stage.clone(), self.copies(fast), self.lane().timeline.table());
                let table = table.policy().name;
                self.still_life =
                    Some(StillLife { table, room: rooms.of(focus), close_up: None, copies: copies.clone() });
                (stage, copies)
            }
            None => self.stage(rooms.of(focus), shown, trace.as_deref(), fast),
        };
        let versus = self.versus.take().unwrap_or_else(|| Rc::new(versus(&self.lanes)));
        self.versus = Some(versus.clone());
        let text = self.text.get_or_insert_with(|| Rc::from(self.story.text())).clone();
        let lines = self.lines(&text);
        let timeline = &self.lane().timeline;
        let (table, heap) = (timeline.table(), timeline.heap());
        let policy = table.policy();
        Frame {
            lab: None,
            tables: self.tables(),
            focus,
            sides,
            versus,
            title: policy.title,
            doc: policy.doc,
            python: policy.python,
            cpython: policy.cpython(),
            settings: heap.settings(),
            op: pos.op,
            step: pos.step,
            steps,
            len: timeline.len(),
            first: timeline.first(),
            playing: self.clock.playing(),
            speed: self.clock.speed(),
            stage,
            fast,
            gauge: gauge(timeline),
            spoken: self.spoken.clone(),
            words,
            copies,
            slot,
            trouble: self.trouble.clone(),
            progress: self.build.as_ref().map(|build| Progress {
                done: build.work.done,
                total: build.work.total,
                asks: build.asks,
            }),
            can_undo: self.past.can_undo(),
            can_redo: self.past.can_redo(),
            scenario: self.aim().scenario.map(|scenario| (scenario.id, scenario.title, scenario.story)),
            printout: self.printout(),
            text,
            lines,
            track,
        }
    }

    /// What the program has printed up to where the reader stands.
    fn printout(&self) -> Printout {
        let lane = self.lane();
        let printed = lane.script.as_ref().map_or(&[][..], |script| script.printed());
        let op = lane.timeline.pos().op as u64;
        let until = printed.partition_point(|printed| printed.op <= op);
        let before = until.saturating_sub(MOST_PRINTED);
        Printout { lines: printed[before..until].into(), before }
    }

    /// The lines of the operations of `text`; of none while it is being built.
    fn lines(&mut self, text: &Rc<str>) -> Rc<Lines> {
        if self.build.is_some() {
            return Rc::default();
        }
        let len = self.lane().timeline.len();
        match &self.lines {
            Some((known, ops, lines)) if Rc::ptr_eq(known, text) && *ops == len => lines.clone(),
            _ => {
                let lines = Rc::new(Lines::new(&self.story, self.lane()));
                self.lines = Some((text.clone(), len, lines.clone()));
                lines
            }
        }
    }

    /// The tables that were asked for last: a choice made while they are built must not undo the one before.
    pub fn tables(&self) -> Vec<String> {
        self.aim().tables.clone()
    }

    /// The table that is told about, and the prices of copying it. While time runs fast the close-up of a large table and
    /// the prices stand still.
    fn stage(
        &mut self,
        room: Room,
        shown: Option<(usize, Option<usize>)>,
        trace: Option<&Trace>,
        fast: bool,
    ) -> (Stage, Rc<[CopyPrice]>) {
        let copies = self.copies(fast);
        let timeline = &self.lane().timeline;
        let (table, heap) = (timeline.table(), timeline.heap());
        let (name, large) = (table.policy().name, table.state().main.size() > MOST_CARDS);
        let kept = self.still_life.as_ref().filter(|kept| fast && (kept.table, kept.room) == (name, room));
        let model = kept.and_then(|kept| kept.close_up.clone()).filter(|_| large).unwrap_or_else(|| {
            let events = done(trace, shown);
            let room = if large { room.part(CLOSE_UP) } else { room };
            Rc::new(stage(StageInput { state: table.state(), heap, events, selected: self.selected, room, fast }))
        });
        let stage = staged(table.state(), model.clone());
        let close_up = large.then_some(model);
        self.still_life = Some(StillLife { table: name, room, close_up, copies: copies.clone() });
        (stage, copies)
    }

    /// The prices of copying the table that is told about. While time runs fast they stand still.
    fn copies(&self, fast: bool) -> Rc<[CopyPrice]> {
        let timeline = &self.lane().timeline;
        let table = timeline.table();
        match self.still_life.as_ref().filter(|kept| fast && kept.table == table.policy().name) {
            Some(kept) => kept.copies.clone(),
            None if timeline.pos().step == 0 => table.copy_prices(timeline.heap()).into(),
            None => Rc::default(),
        }
    }

    /// Every table as it stands, if they are several; `told` is what is said of the one told about.
    fn sides(&mut self, rooms: &Rooms, fast: bool, told: &str) -> Vec<Side> {
        if self.lanes.len() == 1 {
            return Vec::new();
        }
        let (focus, selected) = (self.focus, self.selected);
        let side = |(nth, lane): (usize, &mut Lane)| {
            let timeline = &mut lane.timeline;
            let shown = on_stage(timeline.pos()).filter(|_| !fast);
            let trace = shown.and_then(|(op, _)| timeline.trace(op));
            let events = done(trace.as_deref(), shown);
            let sentence = match (fast, nth == focus) {
                (true, _) => String::new(),
                (false, true) => told.to_owned(),
                (false, false) => words(timeline, shown, trace.as_deref(), fast).sentence,
            };
            let (table, heap) = (timeline.table(), timeline.heap());
            let selected = selected.filter(|_| nth == focus);
            let model =
                Rc::new(stage(StageInput { state: table.state(), heap, events, selected, room: rooms.of(nth), fast }));
            Side {
                spec: table.spec(),
                title: table.policy().title,
                deletion: table.deletion(),
                stage: staged(table.state(), model),
                gauge: gauge(timeline),
                sentence,
                totals: timeline.totals(),
            }
        };
        self.lanes.iter_mut().enumerate().map(side).collect()
    }
}

/// A table as its size asks for.
fn staged(State { main, next, .. }: &State, close_up: Rc<StageModel>) -> Stage {
    if main.size() <= MOST_CARDS {
        return Stage::Cards(close_up);
    }
    let second = if main.is_two() { Some(Second::Entries) } else { next.as_ref().map(|_| Second::Next) };
    Stage::Map { close_up, second }
}

/// The events of the operation `shown` that are done.
fn done(trace: Option<&Trace>, shown: Option<(usize, Option<usize>)>) -> &[Event] {
    match (trace, shown) {
        (Some(trace), Some((_, step))) => &trace.events[..step.unwrap_or(trace.events.len())],
        _ => &[],
    }
}

/// What is told about the operation `shown`.
fn words(timeline: &Timeline, shown: Option<(usize, Option<usize>)>, trace: Option<&Trace>, fast: bool) -> Words {
    let heap = timeline.heap();
    let pos = timeline.pos();
    let following = if pos.step > 0 { pos.op + 1 } else { pos.op };
    let next = (following < timeline.len()).then(|| crate::view::text::op(timeline.ops().get(following), heap));
    let mut words = Words { next, ..Words::default() };
    let (Some((op, step)), Some(trace)) = (shown, trace) else {
        if let Some(last) = pos.op.checked_sub(1) {
            words.line = crate::view::text::op(timeline.ops().get(last), heap);
            words.sentence = format!("Operation {} of {}.", group(pos.op as u64), group(timeline.len() as u64));
        } else {
            words.line = "d = {}".to_owned();
            words.sentence = "An empty dict. Nothing has happened yet: press Play, or one step on.".to_owned();
        }
        return words;
    };
    let table = timeline.table();
    let rule = |reason| table.resize_rule(reason);
    let story = describe::Story {
        policy: table.policy(),
        heap,
        op: timeline.ops().get(op),
        outcome: trace.outcome,
        before: timeline.standing(op),
        after: timeline.standing(op + 1),
        events: &trace.events,
        settings: table.settings(),
        rule: &rule,
    };
    words.line = crate::view::text::op(story.op, heap);
    match step {
        None if fast => {
            let tombstones = u64::from(timeline.census().tombstones);
            words.sentence = describe::progress(&story, pos.op as u64, timeline.len() as u64, tombstones);
        }
        None => {
            words.sentence = describe::summary(&story);
            words.steps_of = op;
            if trace.events.len() <= MOST_LISTED {
                let told = |at: usize| !matches!(trace.events[at], Event::Regs { .. });
                let steps = (0..trace.events.len()).filter(|&at| told(at));
                words.steps = steps.filter_map(|at| Some((at + 1, describe::step(&story, at)?.sentence))).collect();
            }
        }
        Some(step) => {
            // Counters that followed from the write are told with it.
            let told = (0..step).rev().find(|&i| step == 1 || !matches!(trace.events[i], Event::Regs { .. }));
            if let Some(step) = told.and_then(|at| describe::step(&story, at)) {
                words.sentence = step.sentence;
                words.formula = step.formula;
                words.procedure = step.pseudo.procedure.title();
                words.values = step.pseudo.values;
                let current = step.pseudo.current;
                let lines = step.pseudo.lines.iter().enumerate();
                words.code = lines.map(|(i, line)| CodeLine { text: line.text, current: i == current }).collect();
            }
        }
    }
    words
}

fn gauge(timeline: &Timeline) -> Gauge {
    let table = timeline.table();
    let state = table.state();
    let census = timeline.census();
    let forecast = table.forecast();
    let entries = table.layout() == Layout::Two;
    let live = state.regs.used;
    // CPython 3.6+ runs out of entries, every other table of slots.
    let (dead, whole) = if entries {
        (state.regs.fill.saturating_sub(live), state.main.slots.len() as u32)
    } else {
        (census.tombstones, census.size())
    };
    Gauge {
        slots: state.main.size() as u32,
        live,
        dead,
        whole,
        places: if entries { "entries" } else { "slots" },
        inserts_left: forecast.inserts_left,
        next_size: forecast.next_size,
        may_reuse: !entries && dead > 0 && table.settings().is_none_or(|settings| settings.reuse && settings.count),
        bytes: table.bytes(),
        other_sizes: table.policy().cpython().and_then(crate::python::Version::other_sizes),
    }
}

fn track(lane: &Lane) -> Track {
    let timeline = &lane.timeline;
    let ops = timeline.first()..timeline.len();
    let buckets = POINTS.min(ops.len()).max(1);
    let start = |i: usize| ops.start + i * ops.len() / buckets;
    let mut marks = Vec::new();
    for (i, counts) in timeline.mark_counts(ops.clone(), buckets).iter().enumerate() {
        for (mark, kind) in
            [(Marks::RESIZE, MarkKind::Resize), (Marks::COPY, MarkKind::Compact), (Marks::ERROR, MarkKind::Error)]
        {
            if counts.of(mark) > 0 {
                // Within its part of the track, exactly.
                let at = timeline.find_forward(start(i), crate::history::Wanted::Marks(mark)).unwrap_or(start(i));
                marks.push((at, kind));
            }
        }
    }
    let peak = timeline.sizes().iter().map(|size| size.bytes).max().unwrap_or(0);
    Track { marks, peak }
}

/// The charts of several tables; empty for one.
fn versus(lanes: &[Lane]) -> Versus {
    if lanes.len() == 1 {
        return Versus::default();
    }
    let line = |lane: &Lane| {
        let timeline = &lane.timeline;
        let ops = timeline.first()..timeline.len();
        let parts = POINTS.min(ops.len()).max(1);
        let series = |column| timeline.series(column, ops.clone(), parts);
        let sums = [Column::HitProbes, Column::MissProbes, Column::Writes].map(series);
        let cost = |part: usize| {
            let operations = sums[2][part].count.max(1);
            let sum: u64 = sums.iter().map(|column| column[part].sum).sum();
            (ops.start + (part + 1) * ops.len() / parts, sum as f64 / operations as f64)
        };
        VersusLine {
            sizes: timeline.sizes().iter().map(|size| (size.from, size.bytes)).collect(),
            costs: (0..sums[2].len()).map(cost).collect(),
        }
    };
    let lines: Vec<_> = lanes.iter().map(line).collect();
    let peak = lines.iter().flat_map(|line| &line.sizes).map(|&(_, bytes)| bytes).max().unwrap_or(0);
    let dearest = lines.iter().flat_map(|line| &line.costs).map(|&(_, cost)| cost).fold(0.0, f64::max);
    Versus { lines, peak, dearest }
}

/// The looks of a search: into slots, and at groups of control bytes.
#[derive(Default)]
struct Looks {
    slots: Vec<String>,
    groups: Vec<String>,
}

impl Listener for Looks {
    fn event(&mut self, event: Event) {
        match event {
            Event::Probe(probe) => self.slots.push(probe.slot.to_string()),
            Event::Group(group) => self.groups.push(group.pos.to_string()),
            _ => {}
        }
    }
}

impl Looks {
    /// How many there were, and where.
    fn rows(&self) -> Vec<(&'static str, String)> {
        let path = |places: &[String]| places.join(" → ");
        if self.groups.is_empty() {
            return vec![("found at probe", format!("{} ({})", self.slots.len(), path(&self.slots)))];
        }
        vec![
            ("found in group", format!("{} (from slot {})", self.groups.len(), path(&self.groups))),
            ("slots read", format!("{} ({})", self.slots.len(), path(&self.slots))),
        ]
    }
}

fn slot_facts(lane: &mut Lane, slot: u32) -> SlotFacts {
    // A search in a table that moves entries between operations would move some that nobody recorded.
    let between = lane.timeline.pos().step == 0 && lane.timeline.table().state().next.is_none();
    let (table, heap) = lane.timeline.table_mut();
    let main = &table.state().main;
    let size = main.size();
    if slot as usize >= size {
        return SlotFacts { slot, rows: vec![("state", "not in this table".to_owned())] };
    }
    let mut rows = Vec::new();
    let entry = main.is_two().then(|| main.indices[slot as usize]);
    if let Some(index) = entry {
        rows.push(("index", index.to_cpython().to_string()));
    }
    let state = main.probed(slot as usize);
    match state {
        SlotState::Empty => rows.push(("state", "empty: a search that comes here ends".to_owned())),
        SlotState::Tombstone(key) => {
            rows.push(("state", "tombstone: a search steps over it".to_owned()));
            rows.push(("deleted key", heap.repr_within(key, MOST_SHOWN)));
        }
        SlotState::Live(key, value) => {
            rows.push(("state", "live".to_owned()));
            rows.push(("key", heap.repr_within(key, MOST_SHOWN)));
            rows.push(("value", heap.repr_within(value, MOST_SHOWN)));
            let hash = table.settings().map_or_else(|| heap.hash(key), |settings| settings.hash_of(key, heap, size));
            rows.push(("hash", group_signed(hash)));
            rows.push(("in hex", format!("{hash:#018x}")));
            let bits = size.trailing_zeros() as usize;
            if let AnyTable::Swiss(_) = table {
                let (home, tag) = (swiss::h1(hash, size), swiss::h2(hash));
                rows.push(("mixed hash", format!("{:#018x}", swiss::mix(hash))));
                rows.push(("its low bits", format!("{home:0bits$b} = the first group begins at slot {home}")));
                rows.push(("its high bits", format!("{tag:07b} = control byte {tag:#04x}")));
            } else if size.is_power_of_two() && size > 1 {
                let home = hash as u64 & (size as u64 - 1);
                rows.push(("low bits", format!("{home:0bits$b} = slot {home}")));
            }
            if between {
                let mut looks = Looks::default();
                table.run(Op::Contains(key), heap, &mut (&mut looks as &mut dyn Listener));
                rows.extend(looks.rows());
            }
        }
    }
    SlotFacts { slot, rows }
}
