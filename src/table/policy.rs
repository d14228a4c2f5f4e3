//! The interface of a table, and the one list of all of them.

use super::observe::{Observer, Reason};
use super::op::{CopyHow, Op, Outcome};
use super::settings::Settings;
use super::state::State;
use super::{backward_shift, cpython3, cpython27, incremental, robin_hood, swiss, textbook};
use crate::python::{Heap, Version};

/// One table as people pick it from a menu.
#[derive(Debug)]
pub struct Policy {
    /// What `replay --table` and links call it: `cpython-2.7`, `linear`.
    pub name: &'static str,
    /// What a menu calls it: `CPython 2.7`.
    pub title: &'static str,
    /// One paragraph: how it probes, when it resizes, what a deletion does to its memory.
    pub doc: &'static str,
    /// The version whose objects and hashes it works with.
    pub python: Version,
    /// What it does when keys are deleted.
    pub deletion: Deletion,
    /// An empty table: what `d = {}` makes.
    pub new: fn() -> AnyTable,
}

/// When a table gives memory back after deletions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// The deletion itself may shrink it.
    AtOnce,
    /// Some later insert may shrink it.
    OnInsert,
    /// Only when asked.
    OnRequest,
    /// Never.
    Never,
}

impl Deletion {
    /// In a few words.
    pub const fn name(self) -> &'static str {
        match self {
            Deletion::AtOnce => "may shrink at once",
            Deletion::OnInsert => "may shrink on a later insert",
            Deletion::OnRequest => "shrinks on request",
            Deletion::Never => "never shrinks",
        }
    }
}

/// What the arrays of a table look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One array of slots.
    One,
    /// Sparse indices beside dense entries.
    Two,
}

/// The memory of a table in bytes, as the implementation it reproduces would take it. Their sum is `sys.getsizeof(d)`
/// for CPython.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bytes {
    /// The garbage collector's header before the object.
    pub gc: u64,
    /// The object itself (2.7: with its eight inline slots).
    pub object: u64,
    /// The header of the keys table, control bytes and other metadata.
    pub header: u64,
    /// The sparse indices.
    pub indices: u64,
    /// The entries or slots.
    pub entries: u64,
}

impl Bytes {
    /// All of it.
    pub const fn total(self) -> u64 {
        self.gc + self.object + self.header + self.indices + self.entries
    }
}

/// What the next inserts will lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// How many inserts of new keys fit until one resizes the table: that one not counted, no tombstone reused.
    /// `None` if the table never resizes.
    pub inserts_left: Option<u32>,
    /// The number of slots that the resize would choose if only inserts come until then. If it is more than
    /// [`MAX_SLOTS`](super::MAX_SLOTS), the insert is refused ([`Outcome::TooLarge`]).
    pub next_size: u32,
}

/// What a copy would cost and give, computed without making it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyPrice {
    /// Which expression.
    pub how: CopyHow,
    /// Entries copied (for a clone: the whole table as it is, holes included).
    pub moved: u32,
    /// The arrays are cloned, with their holes and dummies.
    pub clone: bool,
    /// Slots of the new table.
    pub slots: u32,
    /// Bytes before.
    pub before: u64,
    /// Bytes of the new dict; both are alive until the old one is dropped.
    pub after: u64,
}

/// A hash table that can be watched and put back.
///
/// Invariant for all of them: everything that an operation reads is in [`State`], so a state that is put back (by a
/// history) behaves as it did then.
pub trait Table {
    /// Which policy this is.
    fn policy(&self) -> &'static Policy;

    /// The arrays and counters.
    fn state(&self) -> &State;

    /// For a history, which puts back what it saw.
    fn state_mut(&mut self) -> &mut State;

    /// Run one operation. A failed one ([`Outcome::is_ok`] is false) changes nothing, except that a resize under way may go
    /// on, and that items of an `update` before one whose search never ends, or for which the table cannot grow, may stay.
    fn run<O: Observer>(&mut self, op: Op<'_>, heap: &Heap, obs: &mut O) -> Outcome;

    /// Start again as an empty table in which `keys` inserts of new keys fit without a resize: `_PyDict_NewPresized` in
    /// CPython, which C code may call and Python code may not; a constructor with a capacity elsewhere. For more keys than
    /// fit in [`MAX_SLOTS`](super::MAX_SLOTS) slots it has as many slots as it can have.
    fn presize(&mut self, keys: u32);

    /// The bytes it takes now.
    fn bytes(&self) -> Bytes;

    /// When the next resize comes.
    fn forecast(&self) -> Forecast;

    /// The copies this table offers, with their prices; an empty list if it can only be rebuilt by hand.
    fn copy_prices(&self, heap: &Heap) -> Vec<CopyPrice>;

    /// The rule behind a resize for this reason, in one line with names (`used * 3`, rounded up to …), and its numbers
    /// put in for the present state.
    fn resize_rule(&self, reason: Reason) -> ResizeRule;

    /// Check the policy's invariants; the message names the first one broken.
    fn check(&self, heap: &Heap) -> Result<(), String>;

    /// Whether the table has two arrays.
    fn layout(&self) -> Layout;

    /// What it does when keys are deleted, with its present settings.
    fn deletion(&self) -> Deletion {
        self.policy().deletion
    }

    /// The user's settings, if it takes any.
    fn settings(&self) -> Option<&Settings> {
        None
    }

    /// What must be known of its settings, if anything: that its steps cannot visit every slot.
    fn remark(&self) -> Option<String> {
        None
    }

    /// Control byte `i` of tables that have them (SwissTable), which follows from the slots.
    fn control(&self, i: usize) -> Option<u8> {
        let _ = i;
        None
    }

    /// Start again as an empty table with these settings changed, given as names and values.
    ///
    /// # Errors
    /// What is wrong with one of them; nothing changed.
    fn configure(&mut self, given: &[(&str, &str)]) -> Result<(), String> {
        if given.is_empty() { Ok(()) } else { Err(format!("{} takes no settings", self.policy().name)) }
    }
}

/// How a new size is chosen, in words and in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResizeRule {
    /// The trigger: `fill * 3 >= size * 2`, `usable == 0`.
    pub trigger: &'static str,
    /// The rule: `used * 4`.
    pub wanted: &'static str,
    /// How a size is found for it: `the smallest power of two above it, at least 8`.
    pub size: &'static str,
}

macro_rules! policies {
    ($($variant:ident => $table:ty),+ $(,)?) => {
        /// Any of the tables.
        #[derive(Clone, Debug)]
        pub enum AnyTable {
            $(#[doc = concat!("A [`", stringify!($table), "`].")] $variant($table)),+
        }

        $(impl From<$table> for AnyTable {
            fn from(table: $table) -> Self { AnyTable::$variant(table) }
        })+

        impl AnyTable {
            /// Every policy there is, in menu order.
            pub fn policies() -> impl Iterator<Item = &'static Policy> {
                [$(<$table>::POLICIES),+].into_iter().flatten()
            }
        }

        impl Table for AnyTable {
            fn policy(&self) -> &'static Policy { match self { $(Self::$variant(t) => t.policy()),+ } }
            fn state(&self) -> &State { match self { $(Self::$variant(t) => t.state()),+ } }
            fn state_mut(&mut self) -> &mut State { match self { $(Self::$variant(t) => t.state_mut()),+ } }
            fn run<O: Observer>(&mut self, op: Op<'_>, heap: &Heap, obs: &mut O) -> Outcome {
                match self { $(Self::$variant(t) => t.run(op, heap, obs)),+ }
            }
            fn presize(&mut self, keys: u32) { match self { $(Self::$variant(t) => t.presize(keys)),+ } }
            fn bytes(&self) -> Bytes { match self { $(Self::$variant(t) => t.bytes()),+ } }
            fn forecast(&self) -> Forecast { match self { $(Self::$variant(t) => t.forecast()),+ } }
            fn copy_prices(&self, heap: &Heap) -> Vec<CopyPrice> {
                match self { $(Self::$variant(t) => t.copy_prices(heap)),+ }
            }
            fn resize_rule(&self, reason: Reason) -> ResizeRule {
                match self { $(Self::$variant(t) => t.resize_rule(reason)),+ }
            }
            fn check(&self, heap: &Heap) -> Result<(), String> { match self { $(Self::$variant(t) => t.check(heap)),+ } }
            fn layout(&self) -> Layout { match self { $(Self::$variant(t) => t.layout()),+ } }
            fn deletion(&self) -> Deletion { match self { $(Self::$variant(t) => t.deletion()),+ } }
            fn settings(&self) -> Option<&Settings> { match self { $(Self::$variant(t) => t.settings()),+ } }
            fn remark(&self) -> Option<String> { match self { $(Self::$variant(t) => t.remark()),+ } }
            fn control(&self, i: usize) -> Option<u8> { match self { $(Self::$variant(t) => t.control(i)),+ } }
            fn configure(&mut self, given: &[(&str, &str)]) -> Result<(), String> {
                match self { $(Self::$variant(t) => t.configure(given)),+ }
            }
        }
    };
}

// One line a table; each has its `POLICIES` (one for each version or variant) in its own file.
policies! {
    Cpython27 => cpython27::Cpython27,
    Cpython3 => cpython3::Cpython3,
    Textbook => textbook::Textbook,
    BackwardShift => backward_shift::BackwardShift,
    RobinHood => robin_hood::RobinHood,
    Swiss => swiss::Swiss,
    Incremental => incremental::Incremental,
}
