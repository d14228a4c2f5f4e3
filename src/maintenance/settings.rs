//! What the user chooses, as text, and what is wrong with it.

use super::Strategy;
use super::store::Store;
use super::stream::{Kind, Phase, Stream};
use crate::program::grouped;
use crate::python::{Version, excerpt};
use crate::table::{AnyTable, Policy, Table};

/// What is wrong with settings, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabError {
    /// The line, from 1; `None` if it is not about one.
    pub line: Option<usize>,
    /// The setting it belongs to, as [`Field::name`] has it; `None` if the text is not made of settings.
    pub field: Option<&'static str>,
    /// What is wrong, why it would not work, and what to write instead.
    pub message: String,
}

impl std::fmt::Display for LabError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for LabError {}

impl LabError {
    fn at(field: &'static str, message: String) -> LabError {
        LabError { line: None, field: Some(field), message }
    }
}

/// One setting, described for a menu.
#[derive(Debug)]
pub struct Field {
    /// As the text has it: `slice` in `slice=32`.
    pub name: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// The values it takes, in words.
    pub range: &'static str,
}

/// The settings of a lab.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The one strategy to run; `None` for all of them, one after the other.
    pub strategy: Option<Strategy>,
    /// The table to run it on.
    pub table: &'static Policy,
    /// The table's own settings, as names and values.
    pub given: Vec<(String, String)>,
    /// Entries when the table is filled.
    pub entries: u32,
    /// The share of them that is left after the drains.
    pub floor: f64,
    /// Requests a tick.
    pub rate: u32,
    /// How many times more come in the burst.
    pub burst: u32,
    /// Ticks without requests after each phase.
    pub rest: u32,
    /// Cells that one core touches in a tick.
    pub tick: u32,
    /// The share of slots that must be live, or a copy is due.
    pub threshold: f64,
    /// Ticks between the copies of the schedule.
    pub every: u32,
    /// Ticks without a request that make a quiet moment.
    pub quiet: u32,
    /// Entries that a slice moves.
    pub slice: u32,
    /// Whether a second table is made with room for all that will come to it.
    pub presize: bool,
    /// What the stream is drawn from.
    pub seed: u32,
}

impl Settings {
    /// All settings, in the order in which they are written; a table's own come as `table.size=8`.
    pub const FIELDS: [Field; 14] = [
        Field { name: "strategy", doc: "how memory is taken back", range: "all, or one of the strategies" },
        Field { name: "table", doc: "the table it runs on", range: "one of the tables" },
        Field { name: "entries", doc: "entries when the table is filled", range: "1 to 1000000" },
        Field { name: "floor", doc: "the share of them that the drains leave", range: "0 to 0.9" },
        Field { name: "rate", doc: "requests a tick", range: "1 to 10000" },
        Field { name: "burst", doc: "how many times more come in the burst", range: "1 to 100" },
        Field { name: "rest", doc: "ticks without requests after each phase", range: "0 to 100000" },
        Field { name: "tick", doc: "cells that one core touches in a tick", range: "1 to 1000000" },
        Field {
            name: "threshold",
            doc: "a copy is due when live/slots is under it (threshold, locked, sliced, background)",
            range: "more than 0, less than 1",
        },
        Field { name: "every", doc: "ticks between the copies of the schedule", range: "1 to 100000000" },
        Field { name: "quiet", doc: "ticks without a request that make a quiet moment", range: "1 to 100000" },
        Field { name: "slice", doc: "entries moved in a tick (sliced)", range: "1 to 1000000" },
        Field {
            name: "presize",
            doc: "whether a second table gets its room at once, as C code can do it and Python code cannot, or grows",
            range: "yes or no",
        },
        Field { name: "seed", doc: "what the stream is drawn from", range: "0 to 4294967295" },
    ];

    /// Read settings: `name=value`, separated by spaces or lines; what is left out has its usual value. `#` begins a
    /// comment.
    ///
    /// # Errors
    /// The first thing that is wrong with them, as far as that shows without running them: see [`Survey`].
    pub fn parse(text: &str) -> Result<Settings, LabError> {
        let mut settings = Settings::default();
        for (line, words) in text.lines().enumerate() {
            let words = words.split('#').next().unwrap_or_default().split_whitespace();
            for word in words {
                let complain = |message| LabError { line: Some(line + 1), field: Settings::field_of(word), message };
                let set =
                    word.split_once('=').ok_or_else(|| format!("{}: write name=value, as in rate=16", excerpt(word)));
                set.and_then(|(name, value)| settings.set(name, value)).map_err(complain)?;
            }
        }
        settings.check()?;
        Ok(settings)
    }

    /// The setting that `name=value` is about; a table's own belong to `table`.
    fn field_of(word: &str) -> Option<&'static str> {
        let name = word.split(['=', '.']).next()?;
        Settings::FIELDS.iter().map(|field| field.name).find(|&field| field == name)
    }

    /// Change one setting; see [`Settings::check`] for how they go together.
    ///
    /// # Errors
    /// What is wrong with the name or the value, and what to write instead.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        if let Some(own) = name.strip_prefix("table.") {
            self.given.retain(|(name, _)| name != own);
            self.given.push((own.to_owned(), value.to_owned()));
            return Ok(());
        }
        let Some(field) = Settings::FIELDS.iter().find(|field| field.name == name) else {
            let names: Vec<_> = Settings::FIELDS.iter().map(|field| field.name).collect();
            return Err(format!("there is no setting {}; there are {}", excerpt(name), names.join(", ")));
        };
        let number = |low: u32, high: u32| {
            let n = value.parse().ok().filter(|n| (low..=high).contains(n));
            n.ok_or_else(|| match (value.parse() == Ok(0_u32), name) {
                (true, "rate") => "rate=0: no request would ever come; write rate=1 or more".to_owned(),
                (true, "slice") => {
                    "slice=0: nothing would ever move, and both tables would stay alive for good; write \
                                    slice=1 or more"
                        .to_owned()
                }
                (true, "every") => "every=0: copies would follow each other without end; write the ticks from one to \
                                    the next"
                    .to_owned(),
                _ => format!("{name}={}: must be {}", excerpt(value), field.range),
            })
        };
        let share = |low: f64, high: f64| {
            let x = value.parse().ok().filter(|x| (low..=high).contains(x));
            x.ok_or_else(|| format!("{name}={}: must be {}", excerpt(value), field.range))
        };
        match name {
            "strategy" if value == "all" => self.strategy = None,
            "strategy" => {
                let names = || Strategy::ALL.map(Strategy::name).join(", ");
                let strategy = Strategy::from_name(value);
                self.strategy =
                    Some(strategy.ok_or_else(|| format!("strategy={}: there are all, {}", excerpt(value), names()))?);
            }
            "table" => {
                self.table = AnyTable::policy_named(value)?;
            }
            "entries" => self.entries = number(1, 1_000_000)?,
            "floor" => self.floor = share(0.0, 0.9)?,
            "rate" => self.rate = number(1, 10_000)?,
            "burst" => self.burst = number(1, 100)?,
            "rest" => self.rest = number(0, 100_000)?,
            "tick" => self.tick = number(1, 1_000_000)?,
            "threshold" => {
                self.threshold = share(0.0, 1.0).ok().filter(|&x| x < 1.0).ok_or_else(|| {
                    format!("threshold={}: live/slots is between 0 and 1; must be {}", excerpt(value), field.range)
                })?;
                if self.threshold == 0.0 {
                    return Err("threshold=0: live/slots never falls under 0, so no copy would ever be made; write \
                                threshold=0.25, or strategy=never"
                        .to_owned());
                }
            }
            "every" => self.every = number(1, 100_000_000)?,
            "quiet" => self.quiet = number(1, 100_000)?,
            "slice" => self.slice = number(1, 1_000_000)?,
            "presize" => {
                self.presize = match value {
                    "yes" => true,
                    "no" => false,
                    _ => return Err(format!("presize={}: must be {}", excerpt(value), field.range)),
                }
            }
            _ => self.seed = number(0, u32::MAX)?,
        }
        Ok(())
    }

    /// A setting's value as [`Settings::set`] reads it.
    ///
    /// # Panics
    /// If there is no setting of that name.
    pub fn get(&self, name: &str) -> String {
        match name {
            "strategy" => self.strategy.map_or("all", Strategy::name).to_owned(),
            "table" => self.table.name.to_owned(),
            "entries" => self.entries.to_string(),
            "floor" => self.floor.to_string(),
            "rate" => self.rate.to_string(),
            "burst" => self.burst.to_string(),
            "rest" => self.rest.to_string(),
            "tick" => self.tick.to_string(),
            "threshold" => self.threshold.to_string(),
            "every" => self.every.to_string(),
            "quiet" => self.quiet.to_string(),
            "slice" => self.slice.to_string(),
            "presize" => if self.presize { "yes" } else { "no" }.to_owned(),
            "seed" => self.seed.to_string(),
            _ => panic!("no setting is called {name}"),
        }
    }

    /// One line that [`Settings::parse`] reads back.
    pub fn to_text(&self) -> String {
        let fields = Settings::FIELDS.iter().map(|field| format!("{}={}", field.name, self.get(field.name)));
        let own = self.given.iter().map(|(name, value)| format!("table.{name}={value}"));
        fields.chain(own).collect::<Vec<_>>().join(" ")
    }

    /// Whether the settings go together, as far as that shows without running them.
    ///
    /// # Errors
    /// What does not, why, and what to write instead.
    pub fn check(&self) -> Result<(), LabError> {
        let own: Vec<_> = self.given.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        (self.table.new)().configure(&own).map_err(|message| LabError::at("table", message))?;
        // A request touches about four cells: a look or two, an index and an entry.
        let most = self.tick / 4;
        let Settings { rate, burst, tick, rest, quiet, .. } = *self;
        if rate * burst > most {
            let message = format!(
                "rate={rate} burst={burst}: {} requests would come in a tick of {tick} cells, and each touches about 4; \
                 the queue would only grow. Write a smaller rate or burst, or tick={}",
                rate * burst,
                4 * rate * burst
            );
            return Err(LabError::at("rate", message));
        }
        if self.runs(Strategy::Quiet) && quiet >= rest {
            let message = format!(
                "quiet={quiet}: no pause is that long; requests stop for rest={rest} ticks after each phase. Write a \
                 smaller quiet, or rest={}",
                quiet + 1
            );
            return Err(LabError::at("quiet", message));
        }
        Ok(())
    }

    /// The strategies to run.
    pub fn strategies(&self) -> impl Iterator<Item = Strategy> {
        Strategy::ALL.into_iter().filter(|&strategy| self.runs(strategy))
    }

    fn runs(&self, strategy: Strategy) -> bool {
        self.strategy.is_none_or(|only| only == strategy)
    }

    /// Entries that the drains leave.
    pub fn floor_entries(&self) -> u32 {
        (f64::from(self.entries) * self.floor) as u32
    }
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            strategy: None,
            table: AnyTable::of_version(Version::LATEST),
            given: Vec::new(),
            entries: 100_000,
            floor: 0.1,
            rate: 16,
            burst: 8,
            rest: 400,
            tick: 1000,
            threshold: 0.25,
            every: 2000,
            quiet: 16,
            slice: 32,
            presize: true,
            seed: 1,
        }
    }
}

/// A look ahead at what the stream does to the table when nobody copies, to find settings that cannot work.
#[derive(Debug)]
pub struct Survey {
    settings: Settings,
    stream: Stream,
    store: Store,
    /// Cells that a copy of the full table touches.
    copy: u64,
    /// The highest and the lowest live/slots, the latter with live and slots.
    highest: f64,
    lowest: (f64, u32, u32),
}

impl Survey {
    /// The start of the look.
    pub fn new(settings: &Settings) -> Survey {
        Survey {
            settings: settings.clone(),
            stream: Stream::new(settings),
            store: Store::new(settings.table, settings),
            copy: 0,
            highest: 0.0,
            lowest: (1.0, 0, 0),
        }
    }

    /// The part of the look that is done, 0 … 1.
    pub fn progress(&self) -> f64 {
        // It sees the fill and the drain: so many keys up, and most of them down again.
        let (live, entries) = (f64::from(self.store.live()), f64::from(self.settings.entries));
        let part = live / entries / 2.0;
        if self.stream.phase() == Some(Phase::Fill) { part } else { 1.0 - part }
    }

    /// Go on for one tick; false when the first drain is over.
    pub fn tick(&mut self) -> bool {
        let mut fresh = Vec::new();
        let phase = self.stream.phase();
        self.stream.tick(&mut self.store.heap, &mut fresh);
        for request in fresh.into_iter().filter(|request| request.kind != Kind::Lookup) {
            self.store.answer(request);
        }
        let (live, slots) = (self.store.live(), self.store.slots());
        let load = f64::from(live) / f64::from(slots);
        self.highest = self.highest.max(load);
        if phase == Some(Phase::Drain) && load < self.lowest.0 {
            self.lowest = (load, live, slots);
        }
        if phase == Some(Phase::Fill) && self.stream.phase() != phase {
            self.copy = self.store.price().0;
        }
        !matches!(self.stream.phase(), Some(Phase::Churn) | None)
    }

    /// Go on to the end, and say whether the settings can work.
    ///
    /// # Errors
    /// What cannot, why, and what to write instead.
    pub fn finish(mut self) -> Result<(), LabError> {
        while self.tick() {}
        self.verdict()
    }

    /// After the end: whether the settings can work.
    ///
    /// # Errors
    /// What cannot, why, and what to write instead.
    pub fn verdict(&self) -> Result<(), LabError> {
        let Settings { threshold, every, tick, entries, .. } = self.settings;
        let by_threshold = [Strategy::Threshold, Strategy::Locked, Strategy::Sliced, Strategy::Background];
        let (lowest, live, slots) = self.lowest;
        if self.settings.strategies().any(|strategy| by_threshold.contains(&strategy)) {
            if lowest >= threshold {
                let message = format!(
                    "threshold={threshold}: it can't be reached. The drain leaves {} of {} slots live, {lowest:.3}; write \
                     more than that, or a smaller floor",
                    grouped(live.into()),
                    grouped(slots.into())
                );
                return Err(LabError::at("threshold", message));
            }
            if threshold >= self.highest {
                let message = format!(
                    "threshold={threshold}: this table is always under it, since live/slots is at most {:.3} even when \
                     it is full; write less than that",
                    self.highest
                );
                return Err(LabError::at("threshold", message));
            }
        }
        let ticks = self.copy.div_ceil(tick.into());
        if self.settings.runs(Strategy::Schedule) && u64::from(every) < ticks {
            let message = format!(
                "every={every}: one copy of {} entries touches {} cells, {} ticks; the next would be due before it is \
                 done. Write every={ticks} or more",
                grouped(entries.into()),
                grouped(self.copy),
                grouped(ticks)
            );
            return Err(LabError::at("every", message));
        }
        Ok(())
    }
}
