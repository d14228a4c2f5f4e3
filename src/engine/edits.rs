//! From one story to the next: what the reader does is a new story, which is built, shown, undone and done again.

use std::collections::VecDeque;

use crate::history::Pos;
use crate::program::{Program, ProgramError, SCENARIOS};
use crate::python::quote;
use crate::table::{Spec, Table};
use crate::view::text::group;

use super::build::{Build, Slice, Work};
use super::clock::{Direction, SPEEDS};
use super::story::{self, Place, Story};
use super::{Command, Engine, FAST, LONG_STORY, Lane, SLOW, Trouble};

/// Bytes that all tables may take before the reader is asked: with objects, programs and histories, and with the tables
/// on screen while others are built.
const ASK_AT: usize = 1 << 30;
/// Bytes that they may take at all. A browser gives a page 4 GB, of which the places that growing arrays have left are of
/// little use.
const MOST: usize = 3 << 29;
/// How many changes can be undone.
const UNDO_DEPTH: usize = 50;
/// The most lines that wait for a build.
const MOST_WAITING: usize = 100;
/// So many operations are put back, or done, in a few milliseconds.
const FEW: usize = 8_192;

/// A story, and where the reader stands in it.
#[derive(Clone, Debug)]
pub struct Moment {
    story: Story,
    place: Place,
}

/// What can be undone, and done again. Each is a whole story, so nothing in here can outlive what it speaks of.
#[derive(Clone, Debug, Default)]
pub struct Past {
    undo: Vec<Moment>,
    redo: Vec<Moment>,
}

impl Past {
    /// Whether there is something to undo.
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Whether there is something to do again.
    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    fn remember(&mut self, moment: Moment) {
        self.undo.push(moment);
        if self.undo.len() > UNDO_DEPTH {
            self.undo.remove(0);
        }
    }
}

/// Which way in the past a change goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    New,
    Undo,
    Redo,
}

impl Engine {
    /// The story that is asked for: the one being built, or else the one on screen.
    pub(super) fn aim(&self) -> &Story {
        self.build.as_ref().map_or(&self.story, |build| &build.story)
    }

    /// Where the reader stands in it.
    fn aim_place(&self) -> Place {
        self.build.as_ref().map_or_else(|| self.place(), |build| build.place)
    }

    /// Where the reader stands on screen.
    pub fn place(&self) -> Place {
        let timeline = &self.lane().timeline;
        // Where the table is smaller than where the slot was selected, it is not there.
        let there = |slot: &u32| (*slot as usize) < timeline.table().state().main.size();
        Place { pos: timeline.pos(), focus: self.focus, slot: self.selected.filter(there) }
    }

    /// Open a scenario of the menu.
    pub(super) fn open(&mut self, id: &str) {
        let Some(scenario) = SCENARIOS.iter().find(|scenario| scenario.id == id) else {
            self.trouble = Some(Trouble::General(format!("there is no scenario called {}", quote(id))));
            return;
        };
        let story = Story { settings: self.aim().settings, ..Story::of(scenario) };
        let pos = Pos { op: scenario.start_at, step: 0 };
        self.tell(story, Place { pos, ..Place::default() }, Way::New);
    }

    /// Open what a link holds.
    pub(super) fn open_story(&mut self, link: &str) {
        match Story::from_link(link) {
            Ok((story, place)) => self.tell(story, place, Way::New),
            Err(message) => self.trouble = Some(Trouble::General(message)),
        }
    }

    /// Run `text` from the start.
    pub(super) fn run_program(&mut self, text: &str) {
        let chapters = vec![story::Chapter::new(text)];
        let story = Story { chapters, scenario: None, ..self.aim().clone() };
        let place = Place { focus: self.aim_place().focus, ..Place::default() };
        self.tell(story, place, Way::New);
    }

    /// The same program at the same place on other tables.
    pub(super) fn change_tables(&mut self, tables: Vec<String>) {
        let specs: Result<Vec<_>, _> = tables.iter().map(|spec| Ok(Spec::parse(spec)?.to_string())).collect();
        match specs {
            Err(message) => self.trouble = Some(Trouble::General(message)),
            Ok(specs) if (1..=story::MOST_TABLES).contains(&specs.len()) => {
                self.retell_as(|story| story.tables = specs)
            }
            Ok(_) => {
                let message = format!("one to {} tables fit on the page", story::MOST_TABLES);
                self.trouble = Some(Trouble::General(message));
            }
        }
    }

    /// The same program at the same place, told otherwise. Another table has other steps within an operation.
    pub(super) fn retell_as(&mut self, change: impl FnOnce(&mut Story)) {
        let mut story = self.aim().clone();
        change(&mut story);
        let Place { pos, focus, .. } = self.aim_place();
        let place = Place { pos: Pos { step: 0, ..pos }, focus, slot: None };
        self.tell(story, place, Way::New);
    }

    /// Add `text` where the reader stands.
    pub(super) fn add_text(&mut self, text: &str) {
        if text.trim().is_empty() {
            self.trouble = Some(Trouble::Line("type a line of Python, for example d['spam'] = 1".to_owned()));
            return;
        }
        // A line typed in the middle of an operation comes after it.
        let pos = self.lane().timeline.pos();
        let at = if pos.step > 0 { pos.op + 1 } else { pos.op };
        let mut story = self.story.clone();
        story.cut_and_add(at, text, self.failed);
        let place = Place { pos: Pos { op: at, step: 0 }, focus: self.focus, slot: self.selected };
        self.begin(story, place, Way::New, true);
    }

    fn tell(&mut self, story: Story, place: Place, way: Way) {
        self.begin(story, place, way, false);
    }

    /// Start to build `story`. What is on screen stays until the build is done, or is changed where it is if that is
    /// little, and can be taken back. A story that cannot be parsed is refused, and nothing else happens.
    fn begin(&mut self, story: Story, place: Place, way: Way, typed: bool) {
        let lines_added = typed && self.build.is_none() && self.goes_on(&story);
        let (programs, hint) = match if lines_added { self.forecast(&story) } else { story.parse() } {
            Ok(parsed) => parsed,
            Err(error) => {
                self.trouble = Some(if typed { Trouble::line(error, &story) } else { Trouble::Program(error) });
                return;
            }
        };
        let now = Moment { story: self.aim().clone(), place: self.aim_place() };
        let before = match &self.build {
            Some(build) => build.before.clone(),
            None => (self.past.clone(), self.place()),
        };
        self.drop_build();
        match way {
            Way::New => {
                self.past.remember(now);
                self.past.redo.clear();
            }
            Way::Undo => {
                self.past.undo.pop();
                self.past.redo.push(now);
            }
            Way::Redo => {
                self.past.redo.pop();
                self.past.remember(now);
            }
        }
        let (work, lanes) = self.plan(&story, programs, hint);
        let (then, asks, agreed) = (VecDeque::new(), None, false);
        self.build = Some(Build { story, place, typed, lanes, work, before, then, asks, agreed });
        self.build_briefly();
    }

    /// Whether `story` is the one on screen with a chapter more, and all tables know where their scripts stand.
    fn goes_on(&self, story: &Story) -> bool {
        let (whole, _) = self.story.shared(story);
        whole == self.story.chapters.len()
            && story.chapters.len() == whole + 1
            && self.lanes.iter().all(|lane| lane.script.is_some())
    }

    fn forecast(&self, story: &Story) -> Result<(Vec<Program>, Option<u64>), ProgramError> {
        let last = story.chapters.len() - 1;
        let mut hint = None;
        for script in self.lanes.iter().filter_map(|lane| lane.script.as_ref()) {
            hint = script
                .forecast(&story.chapters[last].text)
                .map_err(|error| ProgramError { line: error.line + story.first_line(last) - 1, ..error })?;
        }
        Ok((Vec::new(), hint))
    }

    /// How `story` is built: on the tables on screen, or on new ones.
    fn plan(&mut self, story: &Story, programs: Vec<Program>, hint: Option<u64>) -> (Work, Option<Vec<Lane>>) {
        let (whole, more) = self.story.shared(story);
        let keep = self.story.chapters[..whole].iter().map(|chapter| chapter.ops).sum::<usize>() + more;
        let tail = self.story.len() - keep;
        // Chapters that were built before say how long they are, the last one may be new.
        let known = |chapter: &story::Chapter| Some(chapter.ops as u64).filter(|&ops| ops > 0);
        let left: Option<u64> = match story.chapters.get(whole..) {
            Some([others @ .., last]) => others
                .iter()
                .map(known)
                .sum::<Option<u64>>()
                .zip(known(last).or(hint))
                .map(|(others, last)| (others + last).saturating_sub(more as u64)),
            _ => Some(0),
        };
        let at_once = left.is_some_and(|left| left <= FEW as u64);
        // What a script must be told again leaves objects behind that nobody needs.
        let told_again = if whole < self.story.chapters.len() && whole < story.chapters.len() { keep } else { 0 };
        let wasted = self.lanes.iter().map(|lane| lane.told_again).max().unwrap_or(0) + told_again;
        let here = (whole > 0 || more > 0)
            && keep >= self.reach().start
            && (tail <= FEW || at_once)
            && wasted <= self.story.len().max(FEW);
        let total = |tables: usize| left.map(|left| left * tables as u64);
        if here {
            self.lanes.iter_mut().for_each(|lane| lane.told_again += told_again);
            let tables = self.lanes.len();
            (Work::rest(&self.story, story, &mut self.lanes, total(tables), tail > FEW), None)
        } else {
            let all = match story.chapters.as_slice() {
                [_] => hint.map(|hint| hint * story.tables.len() as u64),
                _ => None,
            };
            (Work::all(story, programs, all), Some(Vec::new()))
        }
    }

    /// Stop the build under way; the tables on screen are as they were before it.
    fn drop_build(&mut self) {
        let Some(build) = self.build.take() else { return };
        let (_, place) = build.before;
        if build.lanes.is_none() {
            build.work.take_back(&mut self.lanes);
            self.retell();
            self.stand(place);
        }
    }

    /// Stop the build under way, and what was to be undone by it.
    pub(super) fn cancel(&mut self) {
        if let Some(build) = &self.build {
            self.past = build.before.0.clone();
            self.drop_build();
        }
    }

    pub(super) fn take_back(&mut self) {
        if let Some(Moment { story, place }) = self.past.undo.last().cloned() {
            self.tell(story, place, Way::Undo);
        }
    }

    pub(super) fn do_again(&mut self) {
        if let Some(Moment { story, place }) = self.past.redo.last().cloned() {
            self.tell(story, place, Way::Redo);
        }
    }

    /// Keep a line for when the build under way is done.
    pub(super) fn wait(&mut self, command: Command) {
        let Some(build) = &mut self.build else { return };
        if build.then.len() == MOST_WAITING {
            let message = format!("{MOST_WAITING} lines wait already: wait until the program has run, or cancel it");
            self.trouble = Some(Trouble::Line(message));
        } else {
            build.then.push_back(command);
        }
    }

    /// The reader knows how much memory it takes, and wants it.
    pub(super) fn go_on(&mut self) {
        if let Some(build) = &mut self.build {
            build.agreed |= build.asks.take().is_some();
        }
    }

    /// What is short is done before anybody sees that it was begun.
    fn build_briefly(&mut self) {
        let mut blocks = 8;
        self.build_slice(|_| {
            blocks -= 1;
            blocks == 0
        });
    }

    /// Build everything, however long it takes.
    pub fn finish_build(&mut self) {
        while self.build.as_ref().is_some_and(|build| build.asks.is_none()) {
            self.build_slice(|_| false);
        }
    }

    /// Build until `stop` says so (asked as [`Work::slice`] does) or all is built.
    pub(super) fn build_slice(&mut self, mut stop: impl FnMut(bool) -> bool) {
        let on_screen: usize = self.lanes.iter().map(Lane::memory).sum();
        let Some(build) = self.build.as_mut().filter(|build| build.asks.is_none()) else { return };
        let others = if build.lanes.is_some() { on_screen } else { 0 };
        let most = if build.agreed { MOST } else { ASK_AT };
        build.work.budget = most.saturating_sub(others);
        let lanes = match &mut build.lanes {
            None => &mut self.lanes,
            Some(lanes) => {
                // One after the other: a large table takes its time.
                while lanes.len() < build.story.tables.len() {
                    match Lane::of(&build.story, lanes.len()) {
                        Ok(lane) => lanes.push(lane),
                        Err(message) => {
                            self.cancel();
                            self.trouble = Some(Trouble::General(message));
                            return;
                        }
                    }
                    let bytes: usize = lanes.iter().map(Lane::memory).sum();
                    if bytes > build.work.budget {
                        break;
                    }
                    if stop(false) {
                        return;
                    }
                }
                lanes
            }
        };
        let bytes: usize = lanes.iter().map(Lane::memory).sum();
        let slice = if bytes > build.work.budget { Slice::Full(bytes) } else { build.work.slice(lanes, stop) };
        match slice {
            Slice::More => {}
            Slice::Done => {
                if let Some(build) = self.build.take() {
                    self.show(build);
                }
            }
            Slice::Full(bytes) if !build.agreed => build.asks = Some(bytes + others),
            Slice::Full(bytes) => {
                let bytes = bytes + others;
                self.cancel();
                let message = format!(
                    "this would take {} MB of memory, more than the {} MB that a page can have. It was stopped, and what \
                     was here before is back: run fewer operations, or on fewer tables",
                    group((bytes >> 20) as u64),
                    group((MOST >> 20) as u64)
                );
                self.trouble = Some(Trouble::General(message));
            }
        }
    }

    /// `build` is done: its story is on screen from now on.
    fn show(&mut self, build: Build) {
        let Build { mut story, place, typed, lanes, work, before, then, .. } = build;
        for (chapter, ops) in story.chapters.iter_mut().zip(work.counts()) {
            chapter.ops = ops;
        }
        let last = story.chapters.len() - 1;
        let failure = work.failure().filter(|failure| !typed || failure.chapter == last);
        let tables = story.tables.len();
        let trouble = failure.map(|failure| {
            let line = failure.error.line + story.first_line(failure.chapter) - 1;
            let error = ProgramError { line, ..failure.error.clone() };
            let error = if failure.lanes < tables { of_one_table(error, &story.tables[failure.lane]) } else { error };
            if typed { Trouble::line(error, &story) } else { Trouble::Program(error) }
        });
        self.failed = failure.is_some_and(|failure| failure.chapter == last);
        if typed && self.failed {
            if story.chapters[last].ops == 0 {
                // Nothing of it ran: it never was.
                self.past = before.0;
                match lanes {
                    Some(_) => {}
                    None => work.take_back(&mut self.lanes),
                }
                self.failed = false;
                self.retell();
                self.stand(before.1);
                self.trouble = trouble;
                return;
            }
            story.chapters[last].take = Some(story.chapters[last].ops);
            self.failed = false;
        }
        let was_long = self.story.len() > LONG_STORY;
        self.story = story;
        if let Some(lanes) = lanes {
            self.lanes = lanes;
        }
        self.retell();
        if was_long != (self.story.len() > LONG_STORY) {
            self.set_usual_speed();
        }
        self.trouble = trouble;
        self.stand(place);
        let end = self.lane().timeline.len();
        if typed && self.still {
            self.seek(end);
        } else if typed {
            self.until = Some(end);
            self.clock.set_playing(Some(Direction::Forward));
        }
        for command in then {
            // Where the line before it ended.
            if let Some(end) = self.until.take() {
                self.clock.set_playing(None);
                self.seek(end);
            }
            self.handle(command);
        }
    }

    /// A short story is stepped through, a long one runs.
    pub(super) fn set_usual_speed(&mut self) {
        let pace = if self.story.len() > LONG_STORY { FAST } else { SLOW };
        self.clock.set_speed(SPEEDS.iter().position(|(_, usual)| *usual == pace).unwrap_or(0));
    }

    /// Stand at `place`, or as near as there is.
    fn stand(&mut self, place: Place) {
        self.focus = place.focus.min(self.lanes.len() - 1);
        self.seek(place.pos.op);
        if place.pos.step > 0 && self.lane().timeline.pos().op == place.pos.op {
            self.lanes[self.focus].timeline.seek_to(place.pos);
            self.bring_the_others();
        }
        self.select(place.slot);
    }
}

/// An error that only one of several tables has told.
fn of_one_table(error: ProgramError, spec: &str) -> ProgramError {
    ProgramError { message: format!("{} ({spec}; all tables stop there)", error.message), ..error }
}
