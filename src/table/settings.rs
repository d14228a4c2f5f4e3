//! What the user may choose about a table: its first size, its load limit, what becomes of tombstones.

use super::policy::{AnyTable, Policy, Table};

/// One setting, described for a menu.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// As `replay --table` and links write it.
    pub name: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// The values it takes, in words.
    pub range: &'static str,
}

const SIZE_DOC: &str = "slots of an empty table; it never has fewer, and every later size is this one doubled";
static SIZE: Setting = Setting { name: "size", doc: SIZE_DOC, range: "1 to 16777216" };
static SIZE_POWER_OF_TWO: Setting = Setting { name: "size", doc: SIZE_DOC, range: "a power of two, 1 to 16777216" };
static LOAD: Setting = Setting {
    name: "load",
    doc: "the share of slots that may be taken: an insert that would exceed it resizes the table first",
    range: "0.05 or more, less than 1",
};
static SHRINK: Setting = Setting {
    name: "shrink",
    doc: "a deletion that leaves a smaller share of slots live halves the table at once; 0 for never",
    range: "0, or more than 0 and less than half of load",
};
static REUSE: Setting = Setting {
    name: "reuse",
    doc: "whether an insert takes the first tombstone it passed; otherwise only empty slots",
    range: "yes or no",
};
static COUNT: Setting = Setting {
    name: "count",
    doc: "whether tombstones count toward the load; if not, they can fill the table until a search never ends",
    range: "yes or no",
};
static MOVE: Setting =
    Setting { name: "move", doc: "entries moved per operation while a resize is under way", range: "1 to 16777216" };

const MAX_SIZE: u32 = 1 << 24;

/// The least load limit: with it the largest operation, an update of a million keys, makes no more than 32 million slots.
const LEAST_LOAD: f64 = 0.05;

/// What differs between tables in the settings they take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Accepts {
    /// Only sizes that are powers of two.
    pub power_of_two: bool,
    /// `reuse` and `count`.
    pub tombstones: bool,
    /// `move`.
    pub moves: bool,
}

/// The settings of one table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Slots of an empty table.
    pub size: u32,
    /// The share of slots that may be taken, 0.05 or more and less than 1.
    pub load: f64,
    /// The share of live slots below which a deletion halves the table; 0 for never.
    pub shrink: f64,
    /// Inserts take tombstones.
    pub reuse: bool,
    /// Tombstones count toward the load.
    pub count: bool,
    /// Entries moved per operation.
    pub moves: u32,
    pub(super) accepts: Accepts,
}

impl Accepts {
    /// Only sizes, of any number of slots.
    pub(super) const SIZES: Accepts = Accepts { power_of_two: false, tombstones: false, moves: false };
}

impl Settings {
    /// Usual settings with this load limit and this share for shrinking.
    pub(super) fn usual(load: f64, shrink: f64, accepts: Accepts) -> Settings {
        Settings { size: 8, load, shrink, reuse: true, count: true, moves: 1, accepts }
    }

    /// The settings there are, described.
    pub fn list(&self) -> Vec<&'static Setting> {
        let size = if self.accepts.power_of_two { &SIZE_POWER_OF_TWO } else { &SIZE };
        let mut list = vec![size, &LOAD, &SHRINK];
        if self.accepts.tombstones {
            list.extend([&REUSE, &COUNT]);
        }
        if self.accepts.moves {
            list.push(&MOVE);
        }
        list
    }

    /// A setting's value as text, as [`Settings::with`] reads it.
    ///
    /// # Panics
    /// If there is no setting of that name.
    pub fn get(&self, name: &str) -> String {
        let yes_no = |value| if value { "yes" } else { "no" }.to_string();
        match name {
            "size" => self.size.to_string(),
            "load" => plain(self.load),
            "shrink" => plain(self.shrink),
            "reuse" => yes_no(self.reuse),
            "count" => yes_no(self.count),
            "move" => self.moves.to_string(),
            _ => panic!("no setting is called {name}"),
        }
    }

    /// These settings with some given as text.
    ///
    /// # Errors
    /// What is wrong with the first bad one, and what it may be.
    pub fn with(mut self, given: &[(&str, &str)]) -> Result<Settings, String> {
        for &(name, value) in given {
            let Some(setting) = self.list().into_iter().find(|setting| setting.name == name) else {
                let names: Vec<_> = self.list().iter().map(|setting| setting.name).collect();
                return Err(format!("there is no setting {name:?}; there are {}", names.join(", ")));
            };
            let bad = || format!("{name}={value}: must be {}", setting.range);
            match name {
                "size" => self.size = value.parse().map_err(|_| bad())?,
                "load" => self.load = value.parse().map_err(|_| bad())?,
                "shrink" => self.shrink = value.parse().map_err(|_| bad())?,
                "reuse" => self.reuse = yes(value).ok_or_else(bad)?,
                "count" => self.count = yes(value).ok_or_else(bad)?,
                _ => self.moves = value.parse().map_err(|_| bad())?,
            }
        }
        self.check()?;
        Ok(self)
    }

    fn check(&self) -> Result<(), String> {
        let Settings { size, load, shrink, .. } = *self;
        if size == 0 {
            return Err("size=0: a table needs at least one slot".into());
        }
        if size > MAX_SIZE {
            return Err(format!("size={size}: at most {MAX_SIZE} slots"));
        }
        if !(1..=MAX_SIZE).contains(&self.moves) {
            return Err(format!("move={}: must be {}, or a resize would never end", self.moves, MOVE.range));
        }
        if self.accepts.power_of_two && !size.is_power_of_two() {
            return Err(format!(
                "size={size}: must be a power of two here, or the probe sequence would not visit every slot"
            ));
        }
        if !(LEAST_LOAD..1.0).contains(&load) {
            let why = if load >= 1.0 {
                "a full table has no empty slot to end a search"
            } else if load > 0.0 {
                "a table that empty would take more memory than there is"
            } else {
                "nothing would fit"
            };
            return Err(format!("load={}: must be {LEAST_LOAD} or more and less than 1: {why}", plain(load)));
        }
        if !(shrink >= 0.0 && shrink < load / 2.0) {
            return Err(format!(
                "shrink={}: must be 0 or more and less than half of load={load}: the halved table would be too full",
                plain(shrink)
            ));
        }
        Ok(())
    }

    /// How many of `size` slots may be taken: always leaves one empty.
    pub(super) fn limit(&self, size: u64) -> u64 {
        ((self.load * size as f64) as u64).min(size - 1)
    }

    /// The smallest size, from `size` on by doubling, whose limit is at least `live`.
    ///
    /// It may be more than a table can have, but is a number: the load limit is not below [`LEAST_LOAD`], so that even 2^34
    /// keys (more than `used` and a `reserve` can be together) ask for less than 2^40 slots.
    pub(super) fn size_from(&self, size: u64, live: u64) -> u64 {
        let mut size = size;
        while self.limit(size) < live {
            size *= 2;
        }
        size
    }

    /// The smallest size this table can have for `live` keys.
    pub(super) fn size_for(&self, live: u64) -> u64 {
        self.size_from(self.size.into(), live)
    }

    /// Whether a deletion that leaves `live` keys in `size` slots halves them.
    pub(super) fn too_sparse(&self, size: usize, live: usize) -> bool {
        size > self.size as usize && (live as f64) < self.shrink * size as f64
    }
}

/// A number in at most a line: `0.75`, `1e-300`.
fn plain(x: f64) -> String {
    if x == 0.0 || (1e-4..1e6).contains(&x.abs()) { x.to_string() } else { format!("{x:e}") }
}

fn yes(text: &str) -> Option<bool> {
    match text {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// A table's name and settings, read and checked: no table is made, however large it would be.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Which table.
    pub policy: &'static Policy,
    /// Its settings; `None` if it takes none.
    pub settings: Option<Settings>,
}

impl Spec {
    /// Read `linear`, or `linear:load=0.5,reuse=no`.
    ///
    /// # Errors
    /// What is wrong with the name or with a setting, and what there is instead.
    pub fn parse(spec: &str) -> Result<Spec, String> {
        let (policy, given) = read(spec)?;
        let mut usual = (policy.new)();
        let settings = match usual.settings() {
            Some(settings) => Some((*settings).with(&given)?),
            None => {
                usual.configure(&given)?;
                None
            }
        };
        Ok(Spec { policy, settings })
    }
}

/// The text that [`Spec::parse`] reads as this: the name, and the settings that are not the usual ones.
impl std::fmt::Display for Spec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.policy.name)?;
        let usual = (self.policy.new)();
        let (Some(settings), Some(usual)) = (&self.settings, usual.settings()) else { return Ok(()) };
        let changed = settings.list().into_iter().map(|setting| setting.name);
        let changed = changed.filter(|name| settings.get(name) != usual.get(name));
        for (i, name) in changed.enumerate() {
            write!(f, "{}{name}={}", if i == 0 { ':' } else { ',' }, settings.get(name))?;
        }
        Ok(())
    }
}

type Given<'a> = Vec<(&'a str, &'a str)>;

fn read(spec: &str) -> Result<(&'static Policy, Given<'_>), String> {
    let (name, settings) = spec.split_once(':').unwrap_or((spec, ""));
    let mut given = Vec::new();
    for setting in settings.split(',').filter(|setting| !setting.is_empty()) {
        given.push(setting.split_once('=').ok_or_else(|| format!("{setting:?}: write a setting as name=value"))?);
    }
    Ok((AnyTable::policy_named(name)?, given))
}

impl AnyTable {
    /// An empty table from its name and settings, as [`Spec::parse`] reads them.
    ///
    /// # Errors
    /// As there.
    pub fn parse(spec: &str) -> Result<AnyTable, String> {
        let (policy, given) = read(spec)?;
        let mut table = (policy.new)();
        table.configure(&given)?;
        Ok(table)
    }

    /// The text that [`AnyTable::parse`] makes this table of: its name, and the settings that are not the usual ones.
    pub fn spec(&self) -> String {
        Spec { policy: self.policy(), settings: self.settings().copied() }.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(spec: &str) -> String {
        AnyTable::parse(spec).expect_err(spec)
    }

    #[test]
    fn bad_settings_are_explained() {
        for (spec, says) in [
            ("linear:load=1", "less than 1: a full table has no empty slot to end a search"),
            ("linear:load=0", "0.05 or more and less than 1: nothing would fit"),
            ("linear:load=-0.5", "nothing would fit"),
            ("linear:load=nan", "0.05 or more"),
            ("linear:load=1e-300", "more memory than there is"),
            ("incremental:load=0.049", "more memory than there is"),
            ("linear:load=half", "load=half: must be 0.05 or more, less than 1"),
            ("linear:size=0", "at least one slot"),
            ("linear:size=-8", "size=-8: must be 1 to 16777216"),
            ("linear:size=99999999", "at most 16777216 slots"),
            ("quadratic:size=12", "size=12: must be a power of two here"),
            ("double:size=12", "must be a power of two here"),
            ("incremental:size=12", "must be a power of two here"),
            ("robin-hood:shrink=0.5", "less than half of load=0.9"),
            ("linear:shrink=-1", "0 or more"),
            ("linear:reuse=maybe", "reuse=maybe: must be yes or no"),
            ("robin-hood:reuse=yes", "there is no setting \"reuse\"; there are size, load, shrink"),
            ("linear:load", "\"load\": write a setting as name=value"),
            ("incremental:move=0", "move=0: must be 1 to 16777216, or a resize would never end"),
            ("swiss:size=8", "swiss takes no settings"),
            ("lineal", "there is no table called \"lineal\""),
        ] {
            assert!(error(spec).contains(says), "{spec}: {}", error(spec));
        }
    }

    #[test]
    fn a_spec_makes_the_same_table_again() {
        for spec in ["linear", "linear:size=12,load=0.5,reuse=no,count=no", "quadratic:shrink=0.125", "swiss"] {
            assert_eq!(AnyTable::parse(spec).unwrap().spec(), spec);
        }
        assert_eq!(AnyTable::parse("linear:load=0.5,size=8").unwrap().spec(), "linear:load=0.5");
    }
}
