//! What the user may choose about a table: its first size, its load limit, what becomes of tombstones.

use std::sync::Arc;

use super::formula::{Formula, Names};
use super::policy::{AnyTable, Policy, Table};
use crate::python::{Heap, Obj, Value, excerpt, quote};

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

const SIZE_DOC: &str =
    "slots of an empty table; it never has fewer, and every later size is this one doubled, or as grow says";
static SIZE: Setting = Setting { name: "size", doc: SIZE_DOC, range: "1 to 16777216" };
static SIZE_POWER_OF_TWO: Setting = Setting { name: "size", doc: SIZE_DOC, range: "a power of two, 1 to 16777216" };
const LOAD_DOC: &str = "the share of slots that may be taken: an insert that would exceed it resizes the table first";
static LOAD: Setting = Setting { name: "load", doc: LOAD_DOC, range: "0.05 or more, less than 1" };
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

static LOAD_FULL: Setting = Setting { name: "load", doc: LOAD_DOC, range: "0.05 to 1" };
static GROW: Setting = Setting {
    name: "grow",
    doc: "the size that follows: the double, the double and one, the next prime after the double; or no: a full table says so",
    range: "double, odd, prime or no",
};
static HASH: Setting = Setting {
    name: "hash",
    doc: "the hash of a key, of which the first slot is the remainder by m: Python's, or an expression of k, the key as a \
          number, and m, the number of slots; {A: 3, 17: 4} lists hashes",
    range: "python, or an expression: 2*k+5, digits(k), k//10%m",
};
static STEP: Setting = Setting {
    name: "step",
    doc: "how a search goes on: an expression of k, m and h, the hash, is what is added each time; one with i, the number of \
          slots looked at, is what is added to the first slot then",
    range: "usual, or an expression: 1, 7-k%7, 1+k%(m-1), i*i, i+3*i*i",
};
static LETTERS: Setting = Setting {
    name: "letters",
    doc: "the number k of a str: the sum of its letters' places in the alphabet, from A=1 or from A=0; the sum of its \
          characters' codes; the code of the first; its length",
    range: "alphabet, alphabet0, codes, first or length",
};

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
    /// What exercise sheets ask for: `grow`, `hash`, `step`, `letters`, and a table that may be full.
    pub exercises: bool,
}

/// How a size follows another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grow {
    /// 2m
    Double,
    /// 2m + 1
    Odd,
    /// The smallest prime from 2m on.
    Prime,
    /// It does not.
    No,
}

/// The number that formulas see of a `str` or `bytes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letters {
    /// The sum of its letters' places in the alphabet; A is 1.
    Alphabet,
    /// The same; A is 0.
    Alphabet0,
    /// The sum of its characters' codes.
    Codes,
    /// The code of its first character.
    First,
    /// How many characters it has.
    Length,
}

/// The settings of one table.
#[derive(Clone, Debug, PartialEq)]
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
    /// How a size follows another.
    pub grow: Grow,
    /// The hash of a key; `None` for Python's.
    pub hash: Option<Arc<Formula>>,
    /// How a search goes on; `None` for the table's usual way.
    pub step: Option<Arc<Formula>>,
    /// The number of a `str`.
    pub letters: Letters,
    pub(super) accepts: Accepts,
}

impl Accepts {
    /// Only sizes, of any number of slots.
    pub(super) const SIZES: Accepts =
        Accepts { power_of_two: false, tombstones: false, moves: false, exercises: false };
}

impl Settings {
    /// Usual settings with this load limit and this share for shrinking.
    pub(super) fn usual(load: f64, shrink: f64, accepts: Accepts) -> Settings {
        let (grow, letters) = (Grow::Double, Letters::Alphabet);
        let (hash, step) = (None, None);
        Settings { size: 8, load, shrink, reuse: true, count: true, moves: 1, grow, hash, step, letters, accepts }
    }

    /// The settings there are, described.
    pub fn list(&self) -> Vec<&'static Setting> {
        let size = if self.accepts.power_of_two { &SIZE_POWER_OF_TWO } else { &SIZE };
        let load = if self.accepts.exercises { &LOAD_FULL } else { &LOAD };
        let mut list = vec![size, load, &SHRINK];
        if self.accepts.tombstones {
            list.extend([&REUSE, &COUNT]);
        }
        if self.accepts.moves {
            list.push(&MOVE);
        }
        if self.accepts.exercises {
            list.extend([&GROW, &HASH, &STEP, &LETTERS]);
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
            "grow" => self.grow.name().to_owned(),
            "hash" => self.hash.as_ref().map_or_else(|| "python".to_owned(), |formula| formula.to_string()),
            "step" => self.step.as_ref().map_or_else(|| "usual".to_owned(), |formula| formula.to_string()),
            "letters" => self.letters.name().to_owned(),
            _ => panic!("no setting is called {name}"),
        }
    }

    /// These settings with some given as text.
    ///
    /// # Errors
    /// What is wrong with the first bad one, and what it may be.
    pub fn with(mut self, given: &[(&str, &str)]) -> Result<Settings, String> {
        let is_given = |name| given.iter().any(|(other, _)| *other == name);
        if given.contains(&("grow", "no")) && !is_given("load") && self.grow != Grow::No {
            self.load = 1.0;
        }
        for &(name, value) in given {
            let Some(setting) = self.list().into_iter().find(|setting| setting.name == name) else {
                let names: Vec<_> = self.list().iter().map(|setting| setting.name).collect();
                return Err(format!("there is no setting {}; there are {}", quote(name), names.join(", ")));
            };
            let bad = || format!("{name}={}: must be {}", excerpt(value), setting.range);
            match name {
                "size" => self.size = value.parse().map_err(|_| bad())?,
                "load" => self.load = value.parse().map_err(|_| bad())?,
                "shrink" => self.shrink = value.parse().map_err(|_| bad())?,
                "reuse" => self.reuse = yes(value).ok_or_else(bad)?,
                "count" => self.count = yes(value).ok_or_else(bad)?,
                "grow" => self.grow = Grow::from_name(value).ok_or_else(bad)?,
                "letters" => self.letters = Letters::from_name(value).ok_or_else(bad)?,
                "hash" | "step" => {}
                _ => self.moves = value.parse().map_err(|_| bad())?,
            }
        }
        // After `letters`, by which the keys of a list are read.
        let letters = self.letters;
        for &(name, value) in given {
            let formula = |usual: &str, names: &str| match value.trim() {
                known if known == usual => Ok(None),
                text => Formula::parse(text, names, |word| letters.number(word.chars().map(u32::from)))
                    .map(|formula| Some(Arc::new(formula)))
                    .map_err(|why| format!("{name}={value}: {why}")),
            };
            match name {
                "hash" => self.hash = formula("python", "km")?,
                "step" => self.step = formula("usual", "kmhi")?,
                _ => {}
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
        if self.accepts.exercises && load == 1.0 {
            // A search then ends after as many tries as there are slots.
        } else if !(LEAST_LOAD..1.0).contains(&load) {
            let most = if self.accepts.exercises { "at most 1" } else { "less than 1" };
            let why = if load > 1.0 && self.accepts.exercises {
                "a slot holds one key"
            } else if load >= 1.0 {
                "a full table has no empty slot to end a search"
            } else if load > 0.0 {
                "a table that empty would take more memory than there is"
            } else {
                "nothing would fit"
            };
            return Err(format!("load={}: must be {LEAST_LOAD} or more and {most}: {why}", plain(load)));
        }
        if !(shrink >= 0.0 && shrink < load / 2.0) {
            return Err(format!(
                "shrink={}: must be 0 or more and less than half of load={load}: the halved table would be too full",
                plain(shrink)
            ));
        }
        if shrink > 0.0 && (self.grow != Grow::Double || self.hash.is_some() || self.step.is_some()) {
            return Err(format!(
                "shrink={shrink}: a table with a hash or a step of its own, or that does not double, never shrinks"
            ));
        }
        Ok(())
    }

    /// How many of `size` slots may be taken: leaves one empty, but for a load of 1.
    pub(super) fn limit(&self, size: u64) -> u64 {
        if self.load == 1.0 { size } else { ((self.load * size as f64) as u64).min(size - 1) }
    }

    /// The size that follows `size`.
    pub(super) fn next_size(&self, size: u64) -> u64 {
        match self.grow {
            Grow::Double | Grow::No => 2 * size,
            Grow::Odd => 2 * size + 1,
            Grow::Prime => (2 * size..).find(|&n| is_prime(n)).expect("there is always another prime"),
        }
    }

    /// The smallest size, from `size` on by growing, whose limit is at least `live`; `size` if it may not grow.
    ///
    /// It may be more than a table can have, but is a number: the load limit is not below [`LEAST_LOAD`], so that even 2^34
    /// keys (more than `used` and a `reserve` can be together) ask for less than 2^40 slots.
    pub(super) fn size_from(&self, size: u64, live: u64) -> u64 {
        let mut size = size;
        while self.grow != Grow::No && self.limit(size) < live {
            size = self.next_size(size);
        }
        size
    }

    /// The number that formulas see of a key: an int's or a whole float's own, that of a `str` by the setting, else its hash.
    pub fn number(&self, key: Obj, heap: &Heap) -> i64 {
        match &*heap.value(key) {
            Value::Int(n) => *n,
            Value::Bool(b) => i64::from(*b),
            Value::Float(x) if x.fract() == 0.0 && x.abs() < 9e15 => *x as i64,
            Value::Str(text) => self.letters.number(text.iter().copied()),
            Value::Bytes(text) => self.letters.number(text.iter().map(|&b| u32::from(b))),
            _ => heap.hash(key),
        }
    }

    /// The hash of a key in this table.
    #[inline]
    pub fn hash_of(&self, key: Obj, heap: &Heap, size: usize) -> i64 {
        match &self.hash {
            None => heap.hash(key),
            Some(formula) => formula.value(Names { k: self.number(key, heap), m: size as i64, ..Names::default() }),
        }
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

impl Grow {
    const ALL: [Grow; 4] = [Grow::Double, Grow::Odd, Grow::Prime, Grow::No];

    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Grow::Double => "double",
            Grow::Odd => "odd",
            Grow::Prime => "prime",
            Grow::No => "no",
        }
    }

    fn from_name(name: &str) -> Option<Grow> {
        Grow::ALL.into_iter().find(|grow| grow.name() == name)
    }
}

impl Letters {
    const ALL: [Letters; 5] = [Letters::Alphabet, Letters::Alphabet0, Letters::Codes, Letters::First, Letters::Length];

    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Letters::Alphabet => "alphabet",
            Letters::Alphabet0 => "alphabet0",
            Letters::Codes => "codes",
            Letters::First => "first",
            Letters::Length => "length",
        }
    }

    fn from_name(name: &str) -> Option<Letters> {
        Letters::ALL.into_iter().find(|letters| letters.name() == name)
    }

    fn number(self, text: impl Iterator<Item = u32>) -> i64 {
        let place =
            |c: u32| char::from_u32(c).filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase() as i64 - 97);
        match self {
            Letters::Alphabet => text.filter_map(place).map(|place| place + 1).sum(),
            Letters::Alphabet0 => text.filter_map(place).sum(),
            Letters::Codes => text.map(i64::from).sum(),
            Letters::First => text.map(i64::from).next().unwrap_or(0),
            Letters::Length => text.count() as i64,
        }
    }
}

fn is_prime(n: u64) -> bool {
    n >= 2 && (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d))
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
            Some(settings) => Some(settings.clone().with(&given)?),
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
    let mut depth = 0i32;
    // Commas within brackets belong to an expression.
    let outside = |c: char| {
        depth += i32::from(matches!(c, '(' | '{')) - i32::from(matches!(c, ')' | '}'));
        c == ',' && depth <= 0
    };
    for setting in settings.split(outside).filter(|setting| !setting.is_empty()) {
        given
            .push(setting.split_once('=').ok_or_else(|| format!("{}: write a setting as name=value", quote(setting)))?);
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
        Spec { policy: self.policy(), settings: self.settings().cloned() }.to_string()
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
            ("robin-hood:load=1", "less than 1: a full table has no empty slot to end a search"),
            ("linear:load=1.5", "at most 1: a slot holds one key"),
            ("linear:load=0", "0.05 or more and at most 1: nothing would fit"),
            ("linear:load=-0.5", "nothing would fit"),
            ("linear:load=nan", "0.05 or more"),
            ("linear:load=1e-300", "more memory than there is"),
            ("incremental:load=0.049", "more memory than there is"),
            ("linear:load=half", "load=half: must be 0.05 to 1"),
            ("linear:size=0", "at least one slot"),
            ("linear:size=-8", "size=-8: must be 1 to 16777216"),
            ("linear:size=99999999", "at most 16777216 slots"),
            ("linear:grow=triple", "grow=triple: must be double, odd, prime or no"),
            ("linear:hash=2k", "hash=2k: write * before \"k\""),
            ("linear:hash=k+i", "\"i\" means nothing here; there are k, m"),
            ("double:step=7-k^2", "step=7-k^2: ^ is not a power here"),
            ("linear:step=i*i,shrink=0.1", "never shrinks"),
            ("robin-hood:hash=k", "there is no setting \"hash\""),
            ("linear:letters=greek", "letters=greek: must be alphabet, alphabet0, codes"),
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
        for spec in [
            "linear",
            "linear:size=12,load=0.5,reuse=no,count=no",
            "quadratic:shrink=0.125",
            "swiss",
            "double:size=13,load=1,hash=2*k+5,step=7-k%7",
            "linear:load=1,grow=no,hash={A:3,17:4},letters=codes",
        ] {
            assert_eq!(AnyTable::parse(spec).unwrap().spec(), spec);
        }
        assert_eq!(AnyTable::parse("linear:load=0.5,size=8").unwrap().spec(), "linear:load=0.5");
    }
}
