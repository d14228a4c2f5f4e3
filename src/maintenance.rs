//! When and how memory is taken back while requests keep coming.
//!
//! A seeded stream of requests ([`Stream`]) runs against a table under a [`Strategy`], and everything is counted in *cells
//! touched*, so that the result is the same on every machine:
//!
//! - a look at a slot, at an entry or at a group of control bytes is one cell, and so is the write of one;
//! - a resize or a copy also reads the old array from end to end: each slot (entry) of it is one cell, a group of 16 where
//!   there are control bytes; a clone reads and writes every cell it has;
//! - new arrays come zeroed from the allocator and old ones are given back whole: neither touches a cell.
//!
//! Time is counted in the same unit. A [`Run`] goes through ticks of [`Settings::tick`] cells; the requests of a tick come
//! evenly spread over it, one worker answers them in order, and a request's latency is what was touched from its arrival to
//! its answer: its own cells, and those it waited for. What a strategy does on a second core touches cells at the same
//! speed without making the worker wait.
//!
//! Every answer is compared with that of a plain map fed with the same requests, and so are the whole contents at every
//! change of phase and whenever a table takes the place of another.

mod film;
mod meter;
mod recipes;
mod report;
mod run;
mod settings;
mod store;
mod stream;
#[cfg(test)]
mod tests;

pub use film::Film;
pub use recipes::Recipe;
pub use report::{COLUMNS, Row, to_text};
pub use run::{Log, Run, Sample, Scene, Touched};
pub use settings::{Field, LabError, Settings, Survey};
pub use stream::{Kind, Phase, Request, Stream};

/// When and how a table is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Nothing is done but what the table does.
    Never,
    /// CPython's dict and nobody's help.
    Itself,
    /// A copy at once when `live/slots` falls under the threshold.
    Threshold,
    /// A copy at once on a schedule.
    Schedule,
    /// A copy at once when no request came for a while.
    Quiet,
    /// A copy on a second core, under a lock that writes wait for.
    Locked,
    /// A few entries a tick, between requests, with two tables alive.
    Sliced,
    /// A copy on a second core, with writes going to both tables meanwhile.
    Background,
}

impl Strategy {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Strategy; 8] = [
        Strategy::Never,
        Strategy::Itself,
        Strategy::Threshold,
        Strategy::Schedule,
        Strategy::Quiet,
        Strategy::Locked,
        Strategy::Sliced,
        Strategy::Background,
    ];

    /// As settings write it: `sliced`.
    pub const fn name(self) -> &'static str {
        match self {
            Strategy::Never => "never",
            Strategy::Itself => "itself",
            Strategy::Threshold => "threshold",
            Strategy::Schedule => "schedule",
            Strategy::Quiet => "quiet",
            Strategy::Locked => "locked",
            Strategy::Sliced => "sliced",
            Strategy::Background => "background",
        }
    }

    /// Whether requests ever see two tables.
    pub const fn has_two_tables(self) -> bool {
        matches!(self, Strategy::Locked | Strategy::Sliced | Strategy::Background)
    }

    /// The strategy called `name`.
    pub fn from_name(name: &str) -> Option<Strategy> {
        Strategy::ALL.into_iter().find(|strategy| strategy.name() == name)
    }

    /// What it does, one or two sentences.
    pub const fn doc(self) -> &'static str {
        match self {
            Strategy::Never => "Nobody copies. What the table does by itself it does.",
            Strategy::Itself => {
                "CPython's dict, whatever table was chosen: the insert that finds it full rebuilds it, and may \
                 find that a smaller one will do. With a CPython dict this is the same as never: nobody can stop it."
            }
            Strategy::Threshold => {
                "Once a tick: if live/slots is under the threshold and a copy would be smaller, d = dict(d), at once, \
                 by the one worker. All requests wait."
            }
            Strategy::Schedule => "d = dict(d) every so many ticks, needed or not. All requests wait.",
            Strategy::Quiet => {
                "d = dict(d) after so many ticks without a request, if it would be smaller. Whoever comes in the \
                 middle of it waits."
            }
            Strategy::Locked => {
                "Under the threshold, a second core copies everything under a lock. Lookups go on in the old table; \
                 writes wait for the lock, then go to the new one."
            }
            Strategy::Sliced => {
                "Two tables alive. Each tick moves a few entries; lookups try the new table, then the old one; writes \
                 go to the new one, deletions to both. Growing is done the same way, before the table is full."
            }
            Strategy::Background => {
                "Under the threshold, a second core copies entry by entry without a lock. Meanwhile every write goes to \
                 both tables, and what was written there already is not copied over. Then the new one takes the old \
                 one's place."
            }
        }
    }
}
