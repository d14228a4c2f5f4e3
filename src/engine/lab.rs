//! The lab: requests against a strategy that gives memory back, played like everything else.
//!
//! Nothing is made or run before it is opened. Then, in slices: settings that look right are tried out, the strategy on
//! stage is run to its end, and on demand all the others, for the table of what each way costs.

mod charts;
mod form;

use std::ops::Range;

pub use charts::Curve;
pub use form::FieldView;
use form::Form;

use super::clock::{Clock, Direction, Pace, Speeds};
use super::frame::Gauge;
use super::map::{Map, Sight, Which};
use super::time::Window;
use crate::maintenance::{Film, Kind, Phase, Row, Run, Sample, Scene, Settings, Strategy, Survey};
use crate::python::quote;
use crate::table::{AnyTable, Arrays, Regs, State, Table};
use crate::view::palette::Meaning;
use crate::view::text::group;

/// Bytes of memory that the scenes kept of a run may take.
const BUDGET: usize = 128 << 20;
/// The speeds of the lab, slowest first.
pub const LAB_SPEEDS: Speeds = &[
    ("1 tick/s", Pace::Ops(1.0)),
    ("5 ticks/s", Pace::Ops(5.0)),
    ("20 ticks/s", Pace::Ops(20.0)),
    ("60 ticks/s", Pace::Ops(60.0)),
    ("250 ticks/s", Pace::Ops(250.0)),
    ("1,000 ticks/s", Pace::Ops(1_000.0)),
    ("2,000 ticks/s", Pace::Ops(2_000.0)),
];
const USUAL_SPEED: usize = 5;
/// The fastest speed at which the eye can follow single requests.
const FOLLOWED: usize = 2;
/// What is on stage when the lab opens.
const OPENING: Strategy = Strategy::Sliced;
/// Keys for which the table has room that shows what freeing memory does.
const BALLAST: u32 = 1_000_000;

/// What the reader can do in the lab, besides going through time.
#[derive(Clone, Debug, PartialEq)]
pub enum LabCommand {
    /// Go there.
    Open,
    /// Go back to the tables.
    Close,
    /// Put a value into a field.
    Set(String, String),
    /// Take all settings from a text.
    Read(String),
    /// Put this strategy on stage.
    Play(Strategy),
    /// Run all strategies, for the table.
    Survey,
    /// Stop that, or the look at new settings.
    Stop,
}

/// New settings that are tried out before they are taken.
#[derive(Debug)]
struct Check {
    survey: Survey,
    settings: Settings,
    play: Strategy,
    tick: u32,
}

/// The lab.
#[derive(Debug)]
pub struct Lab {
    settings: Settings,
    form: Form,
    check: Option<Check>,
    play: Strategy,
    film: Film,
    rows: Vec<(Strategy, Option<Row>)>,
    /// The run of the first strategy without a row.
    surveying: Option<Run>,
    clock: Clock,
    window: Window,
    /// A map for each array of each table.
    maps: [[Map; 2]; 2],
    /// The tick that the maps show.
    mapped: Option<u32>,
    selected: Option<(usize, u32)>,
    ballast: Option<AnyTable>,
    /// The tables as they were last shown.
    views: [Option<TableView>; 2],
    /// Grows with every new film.
    revision: u64,
}

/// One of the tables alive.
#[derive(Clone, Debug, PartialEq)]
pub struct TableView {
    /// What it is.
    pub title: &'static str,
    /// What it is for just now.
    pub role: &'static str,
    /// It has entries beside the slots.
    pub two: bool,
    /// How full it is.
    pub gauge: Gauge,
}

/// What the page shows of the lab, as plain values.
#[derive(Clone, Debug, PartialEq)]
pub struct LabFrame {
    /// The fields.
    pub fields: Vec<FieldView>,
    /// The same as text.
    pub text: String,
    /// What is wrong with the text.
    pub text_error: Option<String>,
    /// New settings are tried out: the part that is done.
    pub checking: Option<f64>,
    /// The strategy on stage.
    pub play: Strategy,
    /// The only one that the settings run, if they do not run all.
    pub only: Option<Strategy>,
    /// The tick looked at, and the last one that can be.
    pub at: u32,
    /// See `at`.
    pub len: u32,
    /// The run is known to its end.
    pub complete: bool,
    /// Whether time runs, and which way.
    pub playing: Option<Direction>,
    /// The position in [`LAB_SPEEDS`].
    pub speed: usize,
    /// Where each phase begins and ends, in ticks, as far as the run has come.
    pub phases: Vec<(Phase, u32, u32)>,
    /// The first table and the second.
    pub tables: [Option<TableView>; 2],
    /// Every strategy that the settings run, and the cells of its row if it was run to its end.
    pub rows: Vec<(Strategy, Option<Vec<String>>)>,
    /// All are being run: the part that is done.
    pub surveying: Option<f64>,
    /// What a screen reader is told.
    pub spoken: String,
}

impl Default for Lab {
    fn default() -> Lab {
        Lab::new(Settings::default(), OPENING)
    }
}

impl Lab {
    fn new(settings: Settings, play: Strategy) -> Lab {
        let play = settings.strategy.unwrap_or(play);
        let mut clock = Clock::new(LAB_SPEEDS);
        clock.set_speed(USUAL_SPEED);
        Lab {
            form: Form::new(&settings),
            check: None,
            film: Film::new(&settings, play, BUDGET),
            rows: settings.strategies().map(|strategy| (strategy, None)).collect(),
            surveying: None,
            settings,
            play,
            clock,
            window: Window::default(),
            maps: [0, 1].map(|_| Which::ALL.map(Map::new)),
            mapped: None,
            selected: None,
            ballast: None,
            views: [None, None],
            revision: 0,
        }
    }

    /// Open what a link holds (the fragment, without `#`). Its settings are tried out before they are taken, and what is
    /// wrong with them is told at its field.
    ///
    /// # Errors
    /// What is wrong with the link.
    pub(super) fn open_link(&mut self, link: &str) -> Result<(), String> {
        let (mut text, mut play, mut tick) = (String::new(), OPENING, 0);
        for (name, value) in form_urlencoded::parse(link.as_bytes()) {
            match &*name {
                "v" if value == "1" => {}
                "v" => return Err(format!("this link is of version {}; this page reads version 1", quote(&value))),
                "lab" => text = value.into_owned(),
                "play" => {
                    let known = Strategy::from_name(&value);
                    play = known.ok_or_else(|| format!("this link plays {}, which is no strategy", quote(&value)))?;
                }
                "tick" => {
                    let number = value.parse();
                    tick = number
                        .map_err(|_| format!("this link's tick is {}; it should be a whole number", quote(&value)))?;
                }
                other => return Err(format!("this link has a part {} that the lab does not know", quote(other))),
            }
        }
        if let Some(settings) = self.form.read(&text) {
            self.try_out(settings, play, Some(tick));
        }
        Ok(())
    }

    /// Whether a link leads to the lab: `lab` alone does too.
    pub(super) fn is_link(link: &str) -> bool {
        form_urlencoded::parse(link.as_bytes()).any(|(name, _)| name == "lab")
    }

    /// The link to what is on screen.
    pub(super) fn link(&self) -> String {
        let mut link = form_urlencoded::Serializer::new(String::new());
        link.append_pair("v", "1").append_pair("lab", &self.settings.to_text());
        link.append_pair("play", self.play.name()).append_pair("tick", &self.film.at().to_string());
        link.finish()
    }

    /// Take these settings if they can work, which is found out in slices, and stand at `tick`: if none is named, at the
    /// start of new ones, and where the reader is in those that were there.
    fn try_out(&mut self, settings: Settings, play: Strategy, tick: Option<u32>) {
        self.check = None;
        if settings.to_text() == self.settings.to_text() {
            self.show(play);
            self.seek(tick.unwrap_or(self.film.at()));
        } else {
            self.check = Some(Check { survey: Survey::new(&settings), settings, play, tick: tick.unwrap_or(0) });
        }
    }

    fn take(&mut self, settings: Settings, play: Strategy, tick: u32) {
        self.play = settings.strategy.unwrap_or(play);
        self.rows = settings.strategies().map(|strategy| (strategy, None)).collect();
        (self.settings, self.surveying) = (settings, None);
        self.restart(tick);
    }

    fn restart(&mut self, tick: u32) {
        self.film = Film::new(&self.settings, self.play, BUDGET);
        self.window = Window::default();
        self.selected = None;
        // What is on stage stays there until the new run has come to the tick.
        self.mapped = self.mapped.and(Some(u32::MAX));
        self.clock.set_playing(None);
        self.revision += 1;
        self.seek(tick);
    }

    /// Put a strategy on stage, at the same tick.
    fn show(&mut self, play: Strategy) {
        if play == self.play {
            return;
        }
        if self.settings.strategy.is_some() {
            self.settings.strategy = Some(play);
            self.form = Form::new(&self.settings);
            self.rows = vec![(play, None)];
            self.surveying = None;
        }
        self.play = play;
        self.restart(self.film.at());
    }

    /// Do what the reader asked for.
    pub(super) fn handle(&mut self, command: LabCommand) {
        match command {
            LabCommand::Open => {}
            LabCommand::Close => self.clock.set_playing(None),
            LabCommand::Set(name, value) => {
                self.check = None;
                if let Some(settings) = self.form.set(&name, &value) {
                    self.try_out(settings, self.play, None);
                }
            }
            LabCommand::Read(text) => {
                self.check = None;
                if let Some(settings) = self.form.read(&text) {
                    self.try_out(settings, self.play, None);
                }
            }
            LabCommand::Play(strategy) => self.show(strategy),
            LabCommand::Survey => self.survey(),
            LabCommand::Stop => {
                if self.check.take().is_some() {
                    self.form = Form::new(&self.settings);
                }
                self.surveying = None;
            }
        }
    }

    /// Stand at this tick.
    pub(super) fn seek(&mut self, tick: u32) {
        self.film.seek(tick);
    }

    /// Go on or back by so many ticks.
    pub(super) fn step(&mut self, by: i64) {
        self.clock.set_playing(None);
        self.go(by);
    }

    fn go(&mut self, by: i64) {
        let to = i64::from(self.film.at()) + by;
        self.seek(u32::try_from(to.max(0)).unwrap_or(u32::MAX));
    }

    /// Stand at the next or previous tick at which the memory changed; false if there is none.
    pub(super) fn jump(&mut self, direction: Direction) -> bool {
        let samples = self.film.samples();
        let changed = |&tick: &u32| {
            let [before, after] = [tick - 1, tick].map(|i| samples[i as usize]);
            before.bytes != after.bytes || before.copying != after.copying
        };
        // Sample `i` is what tick `i + 1` ended with.
        let (at, len) = (self.film.at(), samples.len() as u32);
        let found = match direction {
            Direction::Forward => (at.max(1)..len).find(changed),
            Direction::Backward => (1..at.saturating_sub(1).max(1)).rev().find(changed),
        };
        self.clock.set_playing(None);
        if let Some(tick) = found {
            self.seek(tick + 1);
        }
        found.is_some()
    }

    /// Let time run, or stop it.
    pub(super) fn play(&mut self, playing: Option<Direction>) {
        if playing == Some(Direction::Forward) && self.film.is_complete() && self.film.at() == self.film.len() {
            // At the end, Play means: once more.
            self.seek(0);
        }
        self.clock.set_playing(playing);
    }

    /// The clock.
    pub(super) fn clock(&mut self) -> &mut Clock {
        &mut self.clock
    }

    /// Whether time runs, and which way.
    pub fn playing(&self) -> Option<Direction> {
        self.clock.playing()
    }

    /// Whether there is something to do in the next frame.
    pub(super) fn is_busy(&self) -> bool {
        self.clock.playing().is_some()
            || self.check.is_some()
            || self.surveying.is_some()
            || !self.film.is_complete()
            || !self.film.is_there()
    }

    /// Let time pass, and work for `budget` milliseconds. Gives whether anything changed.
    pub(super) fn tick(&mut self, now: &dyn Fn() -> f64, budget: f64) -> bool {
        if !self.is_busy() {
            return false;
        }
        let deadline = now() + budget;
        let mut stop = || now() >= deadline;
        if let Some(direction) = self.clock.playing() {
            let due = self.clock.due(now()) as i64;
            // Whoever goes back waits for the picture.
            if self.film.is_there() {
                let before = self.film.at();
                self.go(due * direction.sign());
                let ended = match direction {
                    Direction::Forward => self.film.is_complete() && before == self.film.len(),
                    Direction::Backward => before == 0,
                };
                if ended {
                    self.clock.set_playing(None);
                }
            }
        }
        while let Some(check) = &mut self.check {
            if !check.survey.tick() {
                let verdict = check.survey.verdict();
                if let Some(Check { settings, play, tick, .. }) = self.check.take() {
                    match verdict {
                        Ok(()) => self.take(settings, play, tick),
                        Err(error) => self.form.refuse(error),
                    }
                }
            }
            if stop() {
                return true;
            }
        }
        self.film.work(&mut stop);
        while self.surveying.is_some() && !stop() {
            self.survey_on();
        }
        true
    }

    /// Begin to run the first strategy that has no row.
    fn survey(&mut self) {
        if self.film.is_complete() {
            let (play, row) = (self.play, self.film.row());
            self.rows.iter_mut().filter(|(strategy, _)| *strategy == play).for_each(|(_, known)| *known = Some(row));
        }
        let next = self.rows.iter().find(|(_, row)| row.is_none());
        self.surveying = next.map(|&(strategy, _)| Run::new(&self.settings, strategy));
    }

    fn survey_on(&mut self) {
        let Some(run) = &mut self.surveying else { return };
        if run.tick() {
            return;
        }
        let row = run.row();
        self.rows
            .iter_mut()
            .filter(|(strategy, _)| *strategy == row.strategy)
            .for_each(|(_, known)| *known = Some(row));
        self.survey();
    }

    /// Grows with every new run on stage.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether the run on stage is known to its end.
    pub fn is_complete(&self) -> bool {
        self.film.is_complete()
    }

    /// What was seen in each tick, as far as it was run.
    pub fn samples(&self) -> &[Sample] {
        self.film.samples()
    }

    /// The tick looked at.
    pub fn at(&self) -> u32 {
        self.film.at()
    }

    /// Whether what is on stage is the tick looked at, not one on the way there.
    pub fn is_there(&self) -> bool {
        self.film.is_there()
    }

    /// What is on stage: the scene of [`Lab::at`], or the last one that was reached on the way there.
    pub fn scene(&self) -> &Scene {
        self.film.shown()
    }

    /// The ticks that the charts show.
    pub fn window(&mut self) -> Range<usize> {
        self.window.ops(0..self.film.len() as usize, self.film.at() as usize)
    }

    /// Show `factor` times fewer ticks; the one at part `about` (0 … 1) stays where it is.
    pub fn zoom_time(&mut self, about: f64, factor: f64) {
        self.window.zoom(0..self.film.len() as usize, about, factor);
    }

    /// Show what comes later (or, below 0, earlier) by so many windows.
    pub fn pan_time(&mut self, by: f64) {
        self.window.pan(0..self.film.len() as usize, by);
    }

    /// Show all ticks.
    pub fn whole_time(&mut self) {
        self.window.whole();
    }

    /// One of the maps of a table, up to date; `None` if that table is not alive.
    pub(super) fn map(&mut self, nth: usize, which: Which) -> Option<&mut Map> {
        self.take_in();
        self.film.shown().tables().get(nth)?.as_ref()?;
        Some(&mut self.maps[nth][which as usize])
    }

    /// The pixels of a map, if they changed since this was last asked.
    pub(super) fn painted(&mut self, nth: usize, which: Which) -> Option<&[u32]> {
        let state = self.film.shown().tables().into_iter().nth(nth)??.state();
        self.maps.get_mut(nth)?[which as usize].paint(state)
    }

    /// Let the maps see the scene, once it is the one that is wanted.
    fn take_in(&mut self) {
        let scene = self.film.shown();
        if self.mapped == Some(scene.ticks()) || self.mapped.is_some() && !self.film.is_there() {
            return;
        }
        self.mapped = Some(scene.ticks());
        let nothing = State::new(Arrays::default(), Regs::default());
        for (table, maps) in scene.tables().into_iter().zip(&mut self.maps) {
            let state = table.map_or(&nothing, |table| table.state());
            maps.iter_mut().for_each(|map| map.update(state, None));
        }
    }

    /// A table, to look at what is in its cells.
    pub(super) fn sight(&self, nth: usize) -> Option<Sight<'_>> {
        let scene = self.film.shown();
        let state = scene.tables().get(nth)?.as_ref()?.state();
        Some(Sight { state, heap: scene.heap(), searchable: state.next.is_none(), ages: None })
    }

    /// Whether a map shows something else in the next frame although time stands still.
    pub(super) fn is_moving(&self) -> bool {
        let of = |nth: usize| self.sight(nth).zip(self.maps.get(nth));
        (0..2).filter_map(of).any(|(sight, maps)| maps.iter().any(|map| map.is_unsettled(sight)))
    }

    /// Let the maps go on by themselves.
    pub(super) fn move_maps(&mut self, now: f64, still: bool) {
        self.take_in();
        let mapped = self.mapped == Some(self.film.shown().ticks());
        let (tables, heap) = self.film.shown_mut().tables_mut();
        for (table, maps) in tables.into_iter().zip(&mut self.maps) {
            if let Some(table) = table.as_ref().filter(|_| mapped) {
                maps.iter_mut().for_each(|map| map.catch_up(table.state()));
            }
            let mut table = table.filter(|table| table.state().next.is_none());
            for map in maps {
                map.advance(now, still);
                if let Some(table) = &mut table {
                    map.search(table, heap, 2);
                }
            }
        }
    }

    /// The slot that is selected in one of the tables.
    pub(super) fn selected_in(&self, nth: usize) -> Option<u32> {
        self.selected.filter(|&(table, _)| table == nth).map(|(_, slot)| slot)
    }

    /// Look at a slot of one of the tables, or at none.
    pub(super) fn select(&mut self, nth: usize, slot: Option<u32>) {
        let there = |slot: &u32| self.sight(nth).is_some_and(|sight| (*slot as usize) < sight.state.main.size());
        self.selected = slot.filter(there).map(|slot| (nth, slot));
    }

    /// The slots of one of the tables that the last tick had to do with, while that can be followed by eye.
    pub(super) fn touched(&self, nth: usize) -> impl Iterator<Item = (u32, Meaning)> {
        let fast = self.clock.playing().is_some() && self.clock.speed() > FOLLOWED;
        let of_it = self.scene().touched().iter().filter(move |touched| usize::from(touched.second) == nth && !fast);
        of_it.map(|touched| (touched.slot, touched.kind.map_or(Meaning::Moved, colour)))
    }

    /// Requests that came, that were answered, that wait, and that were lost.
    pub fn counts(&self) -> [u32; 4] {
        let [made, applied, lost] = self.scene().counts();
        [made, applied, self.scene().queue() as u32, lost]
    }

    /// The phase, in words.
    pub fn phase(&self) -> String {
        match self.scene().phase() {
            Some((phase, false)) => phase.name().to_owned(),
            Some((phase, true)) => format!("a pause before {}", phase.name()),
            None => "no more requests".to_owned(),
        }
    }

    /// Bytes of memory that tables take: those on stage, those kept to go back to, and the one made to show what freeing
    /// does.
    pub fn memory(&self) -> [usize; 3] {
        [
            self.film.shown().memory(),
            self.film.memory(),
            self.ballast.as_ref().map_or(0, |table| table.state().memory()),
        ]
    }

    /// Allocate a table with room for a million keys, or free it; gives whether there is one now.
    pub fn toggle_ballast(&mut self) -> bool {
        self.ballast = match self.ballast.take() {
            Some(_) => None,
            None => {
                let mut table = (self.settings.table.new)();
                table.presize(BALLAST);
                Some(table)
            }
        };
        self.ballast.is_some()
    }

    /// What the page shows.
    pub(super) fn frame(&mut self) -> LabFrame {
        let film = &self.film;
        if film.is_complete() {
            let row = self.rows.iter_mut().find(|(strategy, row)| *strategy == self.play && row.is_none());
            if let Some((_, row)) = row {
                *row = Some(film.row());
            }
        }
        let at = film.at();
        if film.is_there() || self.views[0].is_none() {
            self.views = views(film.shown());
        }
        let spoken = match self.clock.playing() {
            Some(_) => self.phase(),
            None => format!("Tick {}, {}: {}", group(at.into()), self.phase(), film.shown().doing()),
        };
        LabFrame {
            fields: self.form.fields(),
            text: self.form.text(),
            text_error: self.form.text_error(),
            checking: self.check.as_ref().map(|check| check.survey.progress()),
            play: self.play,
            only: self.settings.strategy,
            at,
            len: film.len(),
            complete: film.is_complete(),
            playing: self.clock.playing(),
            speed: self.clock.speed(),
            phases: phases(film.samples()),
            tables: self.views.clone(),
            rows: self.rows.iter().map(|(strategy, row)| (*strategy, row.as_ref().map(Row::cells))).collect(),
            surveying: self.surveying.as_ref().map(|run| self.part_surveyed(run)),
            spoken,
        }
    }

    /// The part of all runs that is done. All of them take about as many ticks.
    fn part_surveyed(&self, run: &Run) -> f64 {
        let done = self.rows.iter().filter(|(_, row)| row.is_some()).count() as f64;
        let longest = self.rows.iter().flat_map(|(_, row)| row).map(|row| row.ticks).max();
        let longest = longest.unwrap_or(self.film.len()).max(1);
        let part = f64::from(run.scene().ticks()) / f64::from(longest);
        (done + part.min(1.0)) / self.rows.len() as f64
    }
}

/// The colour of such a request.
pub const fn colour(kind: Kind) -> Meaning {
    match kind {
        Kind::Insert => Meaning::Live,
        Kind::Update => Meaning::Found,
        Kind::Lookup => Meaning::Probing,
        Kind::Delete => Meaning::Tombstone,
    }
}

/// Where each phase begins and ends.
fn phases(samples: &[Sample]) -> Vec<(Phase, u32, u32)> {
    let mut phases: Vec<(Phase, u32, u32)> = Vec::new();
    for (tick, sample) in (0..).zip(samples) {
        let Some(phase) = sample.phase else { continue };
        match phases.last_mut() {
            Some((last, _, end)) if *last == phase => *end = tick + 1,
            _ => phases.push((phase, tick, tick + 1)),
        }
    }
    phases
}

fn views(scene: &Scene) -> [Option<TableView>; 2] {
    let tables = scene.tables();
    let roles = scene.roles();
    [0, 1].map(|nth| {
        let table = tables[nth]?;
        let State { main, regs, .. } = table.state();
        let two = main.is_two();
        let gauge = Gauge {
            slots: main.size() as u32,
            live: regs.used,
            dead: regs.fill.saturating_sub(regs.used),
            whole: if two { main.slots.len() } else { main.size() } as u32,
            places: if two { "entries" } else { "slots" },
            bytes: table.bytes(),
            ..Gauge::default()
        };
        Some(TableView { title: table.policy().title, role: roles[nth], two, gauge })
    })
}

#[cfg(test)]
mod tests;
