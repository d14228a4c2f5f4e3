//! A run that can be walked through, back and forth.
//!
//! A [`Scene`] only goes forwards. Here some of them are kept on the way, so that any tick is reached by going on from the
//! last one kept before it. There are as many as a budget of bytes allows; near the reader they stand closer.

use super::Strategy;
use super::report::Row;
use super::run::{Log, Run, Sample, Scene};
use super::settings::Settings;

/// Ticks between two scenes kept of a run, and between two kept on the way to a place that the reader went back to.
const FAR: u32 = 512;
const NEAR: u32 = 48;
/// Going on by so many ticks costs less than taking a scene that was kept.
const CLONE: u32 = 32;

/// A run, as far as it has come, and the tick that the reader looks at.
#[derive(Debug)]
pub struct Film {
    run: Run,
    complete: bool,
    shown: Scene,
    /// The tick to be looked at.
    wanted: u32,
    /// The reader went back: they may go further back.
    back: bool,
    /// By their ticks; the first is that of tick 0.
    kept: Vec<Scene>,
    /// Bytes that the scenes kept may take.
    budget: usize,
    /// What was written down on the way to a scene: the run has it already.
    scratch: Log,
}

impl Film {
    /// A run of one strategy of which nothing was seen yet. Scenes of it may take `budget` bytes, but those of the start and
    /// of two more places are kept in any case.
    pub fn new(settings: &Settings, strategy: Strategy, budget: usize) -> Film {
        let start = Scene::new(settings, strategy);
        Film {
            run: Run::new(settings, strategy),
            complete: false,
            shown: start.clone(),
            wanted: 0,
            back: false,
            kept: vec![start],
            budget,
            scratch: Log::default(),
        }
    }

    /// What was seen in each tick of the run so far.
    pub fn samples(&self) -> &[Sample] {
        self.run.samples()
    }

    /// Ticks run so far: tick 0 is the start, and this is the last one that can be looked at.
    pub fn len(&self) -> u32 {
        self.run.scene().ticks()
    }

    /// Whether nothing was run yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it was run to its end.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// What the run has come to so far.
    pub fn row(&self) -> Row {
        self.run.row()
    }

    /// The tick that the reader wants to look at; if that is not run yet, the last one that is.
    pub fn at(&self) -> u32 {
        self.wanted.min(self.len())
    }

    /// The scene shown: that of [`Film::at`] once [`Film::is_there`].
    pub fn shown(&self) -> &Scene {
        &self.shown
    }

    /// The same, to search its tables.
    pub fn shown_mut(&mut self) -> &mut Scene {
        &mut self.shown
    }

    /// Whether the scene shown is the one that is wanted.
    pub fn is_there(&self) -> bool {
        self.shown.ticks() == if self.complete { self.at() } else { self.wanted }
    }

    /// Look at this tick as soon as it can be; after the end means at the end.
    pub fn seek(&mut self, tick: u32) {
        self.wanted = tick;
    }

    /// Bytes that scenes take.
    pub fn memory(&self) -> usize {
        self.kept.iter().map(Scene::memory).sum()
    }

    /// Work towards the scene that is wanted, then towards the end of the run, until `stop` says so (asked after each
    /// tick) or nothing is left to do.
    pub fn work(&mut self, stop: &mut dyn FnMut() -> bool) {
        while !self.complete && self.len() < self.wanted {
            self.run_on();
            if stop() {
                return;
            }
        }
        self.start_near();
        while !self.is_there() {
            self.shown.tick(&mut self.scratch);
            self.scratch.clear();
            if self.back && self.nearest(self.shown.ticks()).ticks() + NEAR <= self.shown.ticks() {
                self.keep(self.shown.clone());
            }
            if stop() {
                return;
            }
        }
        self.back = false;
        while !self.complete {
            self.run_on();
            if stop() {
                return;
            }
        }
    }

    fn run_on(&mut self) {
        self.complete = !self.run.tick();
        let last = self.kept.last().map_or(0, Scene::ticks);
        if self.complete || self.len() >= last + FAR {
            self.keep(self.run.scene().clone());
        }
    }

    /// The last scene kept that is not after `tick`.
    fn nearest(&self, tick: u32) -> &Scene {
        &self.kept[self.kept.partition_point(|scene| scene.ticks() <= tick) - 1]
    }

    /// Show the scene from which the one wanted is reached soonest.
    fn start_near(&mut self) {
        let (from, to) = (self.shown.ticks(), self.at());
        let near = self.nearest(to);
        if from > to || near.ticks() > from + CLONE {
            self.shown = near.clone();
            self.back |= from > to;
        }
    }

    /// Keep a scene, and let go of those that are missed least until the budget is kept.
    fn keep(&mut self, scene: Scene) {
        let place = self.kept.partition_point(|kept| kept.ticks() < scene.ticks());
        if self.kept.get(place).is_some_and(|kept| kept.ticks() == scene.ticks()) {
            return;
        }
        self.kept.insert(place, scene);
        while self.kept.len() > 3 && self.memory() > self.budget {
            let at = self.wanted.min(self.len());
            // Without it, all places up to the next one are so much further from a scene.
            let missed = |i: usize| {
                let tick = self.kept[i].ticks();
                let next = self.kept.get(i + 1).map_or(self.len() + FAR, Scene::ticks);
                let cost = f64::from(tick - self.kept[i - 1].ticks()) * f64::from(next - tick);
                cost / (f64::from(FAR) + f64::from(tick.abs_diff(at)))
            };
            let least = (1..self.kept.len()).min_by(|&a, &b| missed(a).total_cmp(&missed(b)));
            self.kept.remove(least.unwrap_or(1));
        }
    }
}
