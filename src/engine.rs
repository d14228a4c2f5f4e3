//! Commands in, frames out.
//!
//! The [`Engine`] owns what the page shows: the story, a timeline for every table, the clock, the selection and the
//! errors. The page sends it a [`Command`] for whatever the reader does and draws the [`Frame`] it gives back; between
//! the two there is no other state. Time is an argument, so that all of it is tested without a browser.

mod births;
pub mod build;
pub mod clock;
mod edits;
pub mod frame;
pub mod lab;
mod lengths;
pub mod lines;
pub mod map;
pub mod show;
pub mod story;
pub mod time;

use std::ops::Range;
use std::rc::Rc;

use crate::history::{Marks, Pos, Timeline, Wanted};
use crate::program::{Expansion, ProgramError, SCENARIOS};
use crate::python::{HashSettings, Heap};
use crate::table::{AnyTable, CopyHow, CopyPrice, Event, OpList, Table};
use crate::view::palette::{Meaning, Pixel};
use crate::view::shade::Colouring;
use crate::view::stage::{Room, StageModel};
use births::Births;
use build::Build;
use clock::{Clock, Direction, Pace};
use edits::Past;
pub use frame::Frame;
use frame::{Track, Versus};
use lab::{Lab, LabCommand};
pub use lengths::Found;
use lengths::Lengths;
use lines::Lines;
use map::{Map, Sight, Which};
use story::Story;
use time::Window;

/// Bytes that the histories of all tables may take together.
pub const HISTORY_BUDGET: usize = 512 << 20;
/// Ticks of the lab in what is an operation elsewhere.
const LAB_STRIDE: i64 = 100;
/// Stories of more operations than this open at [`FAST`].
const LONG_STORY: usize = 1_000;
const SLOW: Pace = Pace::Steps(3.0);
const FAST: Pace = Pace::Ops(20_000.0);

/// What the reader can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Open a scenario of the menu.
    Open(String),
    /// Open what a link holds (the fragment, without `#`).
    OpenLink(String),
    /// Run a program from the start on the tables that are shown.
    Run(String),
    /// Show these tables instead, with the same program at the same place.
    Tables(Vec<String>),
    /// Run the same program with other hash settings.
    Hashes(HashSettings),
    /// Run one line of Python here and now; what came after is dropped, but can be had back.
    Line(String),
    /// Copy the dict, one of the ways Python offers.
    Compact(CopyHow),
    /// Stand before this operation.
    Seek(usize),
    /// Stand within an operation, after so many of its events.
    SeekStep(Pos),
    /// Go on or back by operations.
    StepOps(i64),
    /// Go one step on (1) or back (-1): a probe, a comparison, a write, one move of a resize.
    Step(i64),
    /// Go to the next or previous operation that is wanted.
    Jump(Wanted, Direction),
    /// Let time run.
    Play(Direction),
    /// Play or pause.
    Toggle,
    /// Choose one of [`SPEEDS`].
    Speed(usize),
    /// One speed up (1) or down (-1).
    Faster(i64),
    /// Tell about this one of several tables.
    Focus(usize),
    /// Look at a slot, or at none.
    Select(Option<u32>),
    /// Tell about the table that stands there, and look at a slot of it.
    SelectIn(usize, u32),
    /// Have back what the last change took away.
    Undo,
    /// Do again what was undone.
    Redo,
    /// Stop the build under way and keep what was there before.
    Cancel,
    /// Go on with a build that waits because it takes much memory.
    GoOn,
    /// The error was read.
    Dismiss,
    /// Something in the lab. While it is open, what goes through time goes through its time.
    Lab(LabCommand),
}

/// What went wrong, and the field it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The one-line field.
    Line(String),
    /// The program text: where and what.
    Program(ProgramError),
    /// A link or something else that is no field.
    General(String),
}

/// One table with its past.
#[derive(Debug)]
pub struct Lane {
    /// Its timeline.
    pub timeline: Timeline,
    /// The program, standing at the timeline's end; `None` where it is not known what it knew there.
    script: Option<Box<Expansion>>,
    /// So many operations were made again only for a script to know where it stands.
    told_again: usize,
    maps: [Map; 2],
    lengths: Lengths,
    /// Of no operation, but while a map is coloured by age.
    births: Births,
}

impl Lane {
    fn new(timeline: Timeline) -> Lane {
        let (lengths, births) = (Lengths::default(), Births::default());
        Lane { timeline, script: None, told_again: 0, maps: Which::ALL.map(Map::new), lengths, births }
    }

    /// The table, to look at its cells.
    fn sight(&self) -> Sight<'_> {
        Sight::of(&self.timeline, &self.births)
    }

    /// Whether a map is coloured by age.
    fn is_aged(&self) -> bool {
        self.maps.iter().any(|map| map.colouring() == Colouring::Age)
    }

    /// Whether a map shows something else in the next frame although no command came and no time runs.
    fn is_moving(&self) -> bool {
        self.is_aged() && self.births.is_due(&self.timeline)
            || self.maps.iter().any(|map| map.is_unsettled(self.sight()))
    }

    /// Let the maps see what changed.
    fn update_maps(&mut self) {
        let damage = self.timeline.take_damage();
        let sight = Sight::of(&self.timeline, &self.births);
        for map in &mut self.maps {
            map.update(sight.state, Some(&damage));
            map.look_up_ages(sight, 0);
        }
    }

    /// Let the maps go on by themselves; `parts` tables share a frame.
    fn move_maps(&mut self, now: f64, still: bool, parts: usize) {
        if !self.is_aged() {
            self.births = Births::default();
        }
        if !self.is_moving() {
            return;
        }
        if self.is_aged() {
            self.births.advance(&self.timeline, parts);
        }
        self.update_maps();
        for map in &mut self.maps {
            map.advance(now, still);
            let sight = Sight::of(&self.timeline, &self.births);
            map.look_up_ages(sight, parts);
            if sight.searchable {
                let (table, heap) = self.timeline.table_mut();
                map.search(table, heap, parts);
            }
        }
    }

    /// Forget operation `op` and all after it; gives what was forgotten.
    fn truncate(&mut self, op: usize) -> OpList {
        let gone = self.timeline.truncate(op);
        self.births.cut(self.timeline.len());
        gone
    }

    /// The `nth` table of `story`, nothing run yet.
    fn of(story: &Story, nth: usize) -> Result<Lane, String> {
        let table = AnyTable::parse(&story.tables[nth])?;
        let heap = Heap::new(table.policy().python, story.settings);
        Ok(Lane::new(Timeline::with_table(table, heap, HISTORY_BUDGET / story.tables.len())))
    }

    /// Bytes of this process's memory that the table, its past and its program take.
    fn memory(&self) -> usize {
        self.timeline.footprint() + self.script.as_ref().map_or(0, |script| script.memory())
    }
}

/// What was on screen when time last ran slowly, and stays there while it runs faster than anybody reads.
#[derive(Debug)]
struct StillLife {
    table: &'static str,
    room: Room,
    /// Of a large table.
    close_up: Option<Rc<StageModel>>,
    copies: Rc<[CopyPrice]>,
}

/// Everything the page shows.
#[derive(Debug)]
pub struct Engine {
    story: Story,
    lanes: Vec<Lane>,
    /// Which table is told about and stepped through; the others stand where it stands, between operations.
    focus: usize,
    /// The last chapter of the story ended in an error.
    failed: bool,
    build: Option<Build>,
    clock: Clock,
    /// Play only until this operation.
    until: Option<usize>,
    /// The reader wants nothing to move by itself.
    still: bool,
    selected: Option<u32>,
    trouble: Option<Trouble>,
    past: Past,
    /// Grows with every change that the page may have to show.
    epoch: u64,
    /// What the timeline and the chart show, until operations are added or dropped.
    track: Option<Rc<Track>>,
    /// The same for the charts of several tables.
    versus: Option<Rc<Versus>>,
    /// The program's text, until the story changes.
    text: Option<Rc<str>>,
    /// The lines of its operations, with the text and the number of operations that they are of.
    lines: Option<(Rc<str>, usize, Rc<Lines>)>,
    spoken: String,
    spoken_at: f64,
    window: Window,
    /// Grows whenever operations were added or dropped.
    revision: u64,
    /// The lengths of searches and clusters are on screen.
    watching: bool,
    /// Made when it is first opened.
    lab: Option<Box<Lab>>,
    in_lab: bool,
    /// What the page showed when the lab was opened.
    behind: Option<Frame>,
    still_life: Option<StillLife>,
}

impl Default for Engine {
    fn default() -> Self {
        Engine::new()
    }
}

impl Engine {
    /// An engine that stands in the scenario the page opens with.
    pub fn new() -> Engine {
        let opening = &SCENARIOS[0];
        let story = Story::new(opening.tables, "");
        let lanes = (0..story.tables.len()).filter_map(|nth| Lane::of(&story, nth).ok()).collect();
        let mut engine = Engine {
            lanes,
            story,
            focus: 0,
            failed: false,
            build: None,
            clock: Clock::default(),
            until: None,
            still: false,
            selected: None,
            trouble: None,
            past: Past::default(),
            epoch: 0,
            track: None,
            versus: None,
            text: None,
            lines: None,
            spoken: String::new(),
            spoken_at: f64::NEG_INFINITY,
            window: Window::default(),
            revision: 0,
            watching: false,
            lab: None,
            in_lab: false,
            behind: None,
            still_life: None,
        };
        engine.handle(Command::Open(opening.id.to_owned()));
        // The opening example is a few operations: no reader waits for it.
        engine.finish_build();
        engine.past = Past::default();
        engine.set_usual_speed();
        engine
    }

    /// Nothing is to move by itself: what is done is shown done.
    pub fn set_still(&mut self, still: bool) {
        self.still = still;
    }

    /// The table that is told about.
    pub fn lane(&self) -> &Lane {
        &self.lanes[self.focus]
    }

    /// Which of the tables that is.
    pub fn focus(&self) -> usize {
        self.focus
    }

    /// All tables.
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// The table that stands `nth` on the page, to look at its trace; `None` if there are fewer, or in the lab.
    pub fn lane_mut(&mut self, nth: usize) -> Option<&mut Lane> {
        self.lanes.get_mut(nth).filter(|_| !self.in_lab)
    }

    /// The slots of the table that stands `nth` on the page that requests have just come to, in the lab.
    pub fn touched(&self, nth: usize) -> impl Iterator<Item = (u32, Meaning)> {
        self.lab().into_iter().flat_map(move |lab| lab.touched(nth))
    }

    /// The table that stands `nth` on the page, to look at its cells.
    pub fn sight(&self, nth: usize) -> Option<Sight<'_>> {
        match self.lab() {
            Some(lab) => lab.sight(nth),
            None => Some(self.lanes.get(nth)?.sight()),
        }
    }

    /// The lab, while it is open.
    pub fn lab(&self) -> Option<&Lab> {
        self.lab.as_deref().filter(|_| self.in_lab)
    }

    /// The lab, while it is open, to look at another part of its time.
    pub fn lab_mut(&mut self) -> Option<&mut Lab> {
        self.lab.as_deref_mut().filter(|_| self.in_lab)
    }

    /// One of the maps of the `nth` table on the page, up to date; `None` if there are fewer tables.
    pub fn map(&mut self, nth: usize, which: Which) -> Option<&mut Map> {
        if self.in_lab {
            return self.lab.as_mut()?.map(nth, which);
        }
        let lane = self.lanes.get_mut(nth)?;
        lane.update_maps();
        Some(&mut lane.maps[which as usize])
    }

    /// The pixels of a map, if they changed since this was last asked.
    pub fn painted(&mut self, nth: usize, which: Which) -> Option<&[Pixel]> {
        if self.in_lab {
            return self.lab.as_mut()?.painted(nth, which);
        }
        let Lane { timeline, maps, .. } = self.lanes.get_mut(nth)?;
        maps[which as usize].paint(timeline.table().state())
    }

    /// The colour of text on a slot of a map, where that is not the one of the slot's state.
    pub fn ink(&self, nth: usize, which: Which, pos: u32) -> Option<Pixel> {
        // The lab's maps show states alone.
        let lane = self.lanes.get(nth).filter(|_| !self.in_lab)?;
        lane.maps[which as usize].ink(lane.timeline.table().state(), pos)
    }

    /// Whether a map shows something else in the next frame although no command came and no time runs.
    pub fn is_moving(&self) -> bool {
        match self.lab() {
            Some(lab) => lab.is_moving(),
            None => self.is_counting() || self.lanes.iter().any(Lane::is_moving),
        }
    }

    /// The operations that time's charts show.
    pub fn window(&mut self) -> Range<usize> {
        let (ops, at) = (self.reach(), self.lane().timeline.pos().op);
        self.window.ops(ops, at)
    }

    /// The operations that can be reached.
    fn reach(&self) -> Range<usize> {
        let first = self.lanes.iter().map(|lane| lane.timeline.first()).max().unwrap_or(0);
        first..self.lane().timeline.len()
    }

    /// Show `factor` times fewer operations; the one at part `about` (0 … 1) stays where it is.
    pub fn zoom_time(&mut self, about: f64, factor: f64) {
        self.window.zoom(self.reach(), about, factor);
    }

    /// Show what comes later (or, below 0, earlier) by so many windows.
    pub fn pan_time(&mut self, by: f64) {
        self.window.pan(self.reach(), by);
    }

    /// Two fingers went over the chart: see [`Window::pinch`].
    pub fn pinch_time(&mut self, from: [f64; 2], to: [f64; 2]) {
        self.window.pinch(self.reach(), from, to);
    }

    /// Show all operations.
    pub fn whole_time(&mut self) {
        self.window.whole();
    }

    /// Grows whenever operations were added or dropped.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Count how long searches and clusters are whenever time stands still.
    pub fn watch_lengths(&mut self, watching: bool) {
        self.watching = watching;
    }

    /// How long they are, as far as that is known.
    pub fn lengths(&self) -> Found {
        self.lane().lengths.found(&self.lane().timeline)
    }

    fn is_counting(&self) -> bool {
        let Lane { timeline, lengths, .. } = self.lane();
        self.watching && !self.is_busy() && lengths.is_due(timeline)
    }

    fn move_maps(&mut self, now: f64) {
        let still = self.still;
        if let Some(lab) = self.lab_mut() {
            if lab.is_moving() {
                lab.move_maps(now, still);
            }
            return;
        }
        let parts = self.lanes.len();
        self.lanes.iter_mut().for_each(|lane| lane.move_maps(now, still, parts));
    }

    /// Slots of all tables together.
    pub fn slots(&self) -> usize {
        self.lanes.iter().map(|lane| lane.timeline.table().state().main.size()).sum()
    }

    /// `sys.getsizeof(d)` where the reader stands.
    pub fn bytes_now(&self) -> u64 {
        self.lane().timeline.table().bytes().total()
    }

    /// Grows with every change that the page may have to show.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The slot that is selected in the table that stands `nth`: there is one only in the table told about.
    pub fn selected_in(&self, nth: usize) -> Option<u32> {
        match self.lab() {
            Some(lab) => lab.selected_in(nth),
            None => self.selected.filter(|_| nth == self.focus),
        }
    }

    /// What went wrong, until the next command.
    pub fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    /// The link to what is on screen.
    pub fn link(&self) -> String {
        match self.lab() {
            Some(lab) => lab.link(),
            None => self.story.to_link(self.place()),
        }
    }

    /// Whether there is work that need not wait for the next frame: a program or the lab is being run.
    pub fn is_building(&self) -> bool {
        self.is_at_work() || self.lab().is_some_and(|lab| lab.is_busy() && lab.playing().is_none())
    }

    /// Whether a program is being run, and does not wait for the reader.
    fn is_at_work(&self) -> bool {
        self.build.as_ref().is_some_and(|build| build.asks.is_none())
    }

    /// Whether the loop must go on: time runs or something is being built.
    pub fn is_busy(&self) -> bool {
        self.is_at_work() || self.lab().map_or(self.clock.playing().is_some(), Lab::is_busy)
    }

    /// Whether more happens in a frame than anybody can read.
    pub fn is_fast(&self) -> bool {
        self.build.is_some()
            || self.lab().is_some_and(Lab::is_busy)
            || self.clock.playing().is_some() && matches!(self.clock.pace(), Pace::Ops(rate) if rate > 60.0)
    }

    /// Do what the reader asked for. What cannot be done is told in the next frame; nothing on screen is lost.
    pub fn handle(&mut self, command: Command) {
        self.epoch += 1;
        let moves_on = !matches!(
            command,
            Command::Focus(_)
                | Command::Select(_)
                | Command::SelectIn(..)
                | Command::Speed(_)
                | Command::Faster(_)
                | Command::Play(_)
                | Command::Toggle
        );
        if moves_on {
            self.trouble = None;
            self.clock.set_playing(None);
            self.until = None;
        }
        let command = match self.lab_mut() {
            Some(_) => match self.in_lab(command) {
                Some(command) => command,
                None => return,
            },
            None => command,
        };
        match command {
            Command::Open(id) => self.open(&id),
            Command::Lab(command) => self.open_lab(command),
            Command::OpenLink(link) if Lab::is_link(&link) => {
                self.open_lab(LabCommand::Open);
                let opened = self.lab_mut().map(|lab| lab.open_link(&link));
                self.trouble = opened.and_then(Result::err).map(Trouble::General);
            }
            Command::OpenLink(link) => self.open_story(&link),
            Command::Run(text) => self.run_program(&text),
            Command::Tables(tables) => self.change_tables(tables),
            Command::Hashes(settings) => self.retell_as(|story| story.settings = settings),
            Command::Line(_) | Command::Compact(_) if self.build.is_some() => self.wait(command),
            Command::Line(text) => self.add_text(&text),
            Command::Compact(how) => self.add_text(&format!("d = {}", how.expression())),
            Command::Seek(op) => self.seek(op),
            Command::SeekStep(pos) => {
                self.lanes[self.focus].timeline.seek_to(pos);
                self.bring_the_others();
            }
            Command::StepOps(by) => self.step_ops(by),
            Command::Step(by) => self.step(by),
            Command::Jump(wanted, direction) => self.jump(wanted, direction),
            Command::Play(direction) => self.play(Some(direction)),
            Command::Toggle => {
                let playing = if self.clock.playing().is_some() { None } else { Some(Direction::Forward) };
                self.play(playing);
            }
            Command::Speed(speed) => self.clock.set_speed(speed),
            Command::Faster(by) => {
                let speed = self.clock.speed() as i64 + by;
                self.clock.set_speed(usize::try_from(speed).unwrap_or(0));
            }
            Command::Focus(lane) => self.focus_on(lane),
            Command::Select(slot) => self.select(slot),
            Command::SelectIn(lane, slot) => {
                self.focus_on(lane);
                self.select(Some(slot));
            }
            Command::Undo => self.take_back(),
            Command::Redo => self.do_again(),
            Command::Cancel => self.cancel(),
            Command::GoOn => self.go_on(),
            Command::Dismiss => {}
        }
    }

    fn open_lab(&mut self, command: LabCommand) {
        self.clock.set_playing(None);
        self.in_lab = command != LabCommand::Close;
        self.lab.get_or_insert_default().handle(command);
    }

    /// While the lab is open: do what concerns it, and give back what does not.
    fn in_lab(&mut self, command: Command) -> Option<Command> {
        let lab = self.lab_mut()?;
        match command {
            Command::Seek(tick) => lab.seek(u32::try_from(tick).unwrap_or(u32::MAX)),
            Command::Step(by) => lab.step(by),
            Command::StepOps(by) => lab.step(by * LAB_STRIDE),
            Command::Jump(Wanted::Marks(Marks::RESIZE), direction) => {
                if !lab.jump(direction) {
                    let way = if direction == Direction::Forward { "after" } else { "before" };
                    let message = format!("the memory does not change {way} this tick, as far as the run is known");
                    self.trouble = Some(Trouble::General(message));
                }
            }
            Command::Play(direction) => lab.play(Some(direction)),
            Command::Toggle => {
                let playing = if lab.playing().is_some() { None } else { Some(Direction::Forward) };
                lab.play(playing);
            }
            Command::Speed(speed) => lab.clock().set_speed(speed),
            Command::Faster(by) => {
                let speed = lab.clock().speed() as i64 + by;
                lab.clock().set_speed(usize::try_from(speed).unwrap_or(0));
            }
            Command::SelectIn(lane, slot) => lab.select(lane, Some(slot)),
            Command::Select(None) => lab.select(0, None),
            Command::Jump(..) | Command::Focus(_) | Command::Select(_) | Command::Undo | Command::Redo => {}
            Command::OpenLink(link) if !Lab::is_link(&link) => {
                self.in_lab = false;
                return Some(Command::OpenLink(link));
            }
            other => return Some(other),
        }
        None
    }

    /// Let time pass: build for `budget` milliseconds, or play. `now` reads a steady clock in milliseconds.
    pub fn tick(&mut self, now: &dyn Fn() -> f64, budget: f64) {
        self.move_maps(now());
        if self.is_counting() {
            let Lane { timeline, lengths, .. } = &mut self.lanes[self.focus];
            lengths.advance(timeline);
        }
        if self.is_at_work() {
            let deadline = now() + budget;
            self.build_slice(|long| long || now() >= deadline);
            self.epoch += 1;
            return;
        }
        if let Some(lab) = self.lab_mut() {
            self.epoch += u64::from(lab.tick(now, budget));
            return;
        }
        let Some(direction) = self.clock.playing() else { return };
        let due = self.clock.due(now());
        if due == 0 {
            return;
        }
        self.epoch += 1;
        let before = self.lane().timeline.pos();
        match self.clock.pace() {
            Pace::Steps(_) => (0..due).for_each(|_| self.step(direction.sign())),
            Pace::Ops(_) => self.step_ops(due as i64 * direction.sign()),
        }
        let pos = self.lane().timeline.pos();
        if let Some(until) = self.until.filter(|&until| pos.op >= until) {
            self.seek(until);
        } else if pos != before {
            return;
        }
        self.until = None;
        self.clock.set_playing(None);
    }

    fn play(&mut self, playing: Option<Direction>) {
        self.until = None;
        if playing == Some(Direction::Forward) && self.lane().timeline.is_at_end() {
            // At the end, Play means: once more.
            self.seek(0);
        }
        self.clock.set_playing(playing);
    }

    fn jump(&mut self, wanted: Wanted, direction: Direction) {
        let Pos { op, .. } = self.lane().timeline.pos();
        let timeline = &self.lane().timeline;
        // The reader stands after the operation last found, to see what it did: looking back skips that one.
        let found = match direction {
            Direction::Forward => timeline.find_forward(op, wanted),
            Direction::Backward => timeline.find_back(op.saturating_sub(1), wanted),
        };
        match found {
            Some(op) => self.seek(op + 1),
            None => {
                let way = if direction == Direction::Forward { "after" } else { "before" };
                self.trouble = Some(Trouble::General(format!("there is no such operation {way} this one")));
            }
        }
    }

    fn seek(&mut self, op: usize) {
        let reach = self.reach();
        let op = op.clamp(reach.start, reach.end);
        for lane in &mut self.lanes {
            lane.timeline.seek(op);
        }
    }

    fn step_ops(&mut self, by: i64) {
        let Pos { op, step } = self.lane().timeline.pos();
        // Backing out of an operation that has begun leads to its start.
        let by = if by < 0 && step > 0 { by + 1 } else { by };
        self.seek(usize::try_from(op as i64 + by).unwrap_or(0));
    }

    /// One step; counters that follow from a write are not a step of their own.
    fn step(&mut self, by: i64) {
        let timeline = &mut self.lanes[self.focus].timeline;
        loop {
            let moved = if by > 0 { timeline.step_forward() } else { timeline.step_back() };
            let Pos { op, step } = timeline.pos();
            let silent = step > 0
                && timeline
                    .trace(op)
                    .is_some_and(|trace| matches!(trace.events.get(step - 1), Some(Event::Regs { .. })));
            if !moved || !silent {
                break;
            }
        }
        self.bring_the_others();
    }

    /// The tables that are not told about stand before the operation that is under way or comes next.
    fn bring_the_others(&mut self) {
        let op = self.lane().timeline.pos().op;
        let focus = self.focus;
        let others = self.lanes.iter_mut().enumerate().filter(|&(nth, _)| nth != focus);
        others.for_each(|(_, lane)| lane.timeline.seek(op));
    }

    fn select(&mut self, slot: Option<u32>) {
        self.selected = slot.filter(|&slot| (slot as usize) < self.lane().timeline.table().state().main.size());
    }

    fn focus_on(&mut self, lane: usize) {
        if lane < self.lanes.len() && lane != self.focus {
            let op = self.lane().timeline.pos().op;
            (self.focus, self.selected, self.track) = (lane, None, None);
            self.seek(op);
        }
    }

    /// Operations were added or dropped: nothing that was made of them holds any longer.
    fn retell(&mut self) {
        (self.track, self.versus, self.text) = (None, None, None);
        self.revision += 1;
        self.lanes.iter_mut().for_each(|lane| lane.lengths.clear());
    }
}

impl Trouble {
    /// Something is wrong with what was typed, the last chapter of `story`: of one line only the column is news.
    fn line(error: ProgramError, story: &Story) -> Trouble {
        let last = story.chapters.len() - 1;
        Trouble::Line(if story.chapters[last].text.trim().contains('\n') {
            ProgramError { line: (error.line + 1).saturating_sub(story.first_line(last)), ..error }.to_string()
        } else {
            format!("column {}: {}", error.column, error.message)
        })
    }
}

#[cfg(test)]
mod tests;
