//! The few lines of pseudocode that a step comes from.
//!
//! The lines follow the C source (2.7: `dictobject.c` `lookdict`, `insertdict`, `dictresize`, `dict_popitem`; 3.x: `lookdict`,
//! `insertdict`, `find_empty_slot`, `dictresize`, `delitem_common`, `PyDict_Clear`, `dict_merge`), shortened to what decides.

use crate::python::Version;

/// What a line of pseudocode does; an event looks its line up by this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The search begins at its first slot.
    Start,
    /// The slot is empty.
    Empty,
    /// The slot is a tombstone.
    Tombstone,
    /// The key there is compared and is another one.
    Differs,
    /// The key is found.
    Found,
    /// The place for a key is looked for.
    Place,
    /// A cell of `indices` is written.
    Index,
    /// A cell of `slots` gets a key that is placed.
    Cell,
    /// The value of a key that was there is replaced.
    Replace,
    /// A key is taken out of its cell.
    Bury,
    /// Counters change.
    Count,
    /// New arrays of a chosen size are made.
    Size,
    /// A key of the old arrays is taken up.
    Move,
    /// The new arrays replace the old.
    Swap,
}

/// One line, and what it does.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// What it does.
    pub marks: &'static [Mark],
    /// Its text, indented with spaces.
    pub text: &'static str,
}

/// One procedure of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Procedure {
    /// Find a key.
    Lookup,
    /// Add a key or replace its value.
    Insert,
    /// Take a key out.
    Delete,
    /// Take out the pair that `popitem` chooses.
    PopItem,
    /// Put the live keys into new arrays.
    Resize,
    /// Make a new dict from `d`.
    Copy,
    /// Empty the table.
    Clear,
}

impl Procedure {
    /// Its name as a heading.
    pub const fn title(self) -> &'static str {
        match self {
            Procedure::Lookup => "lookup",
            Procedure::Insert => "insert",
            Procedure::Delete => "delete",
            Procedure::PopItem => "popitem",
            Procedure::Resize => "resize",
            Procedure::Copy => "copy",
            Procedure::Clear => "clear",
        }
    }

    /// All of them.
    pub const ALL: [Procedure; 7] = [
        Procedure::Lookup,
        Procedure::Insert,
        Procedure::Delete,
        Procedure::PopItem,
        Procedure::Resize,
        Procedure::Copy,
        Procedure::Clear,
    ];
}

/// Which tables share their procedures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// CPython 2.7: one array, dummies.
    Cpython27,
    /// CPython 3.6 … 3.10: sparse indices beside dense entries.
    Cpython36,
    /// CPython 3.11+: the same, with tables for `str` keys only.
    Cpython311,
    /// Any other table; nothing is said about how it finds its next slot.
    Other,
}

impl Family {
    /// The family of the policy called `name`, which works with objects of `version`.
    pub fn of(name: &str, version: Version) -> Family {
        if !name.starts_with("cpython-") {
            Family::Other
        } else if version.is_py2() {
            Family::Cpython27
        } else if version < Version::V3_11 {
            Family::Cpython36
        } else {
            Family::Cpython311
        }
    }

    /// Whether this is one of CPython's own.
    pub const fn is_cpython(self) -> bool {
        !matches!(self, Family::Other)
    }
}

/// A procedure with the line that is being done and the values in it.
#[derive(Clone, Debug)]
pub struct Pseudo {
    /// Which procedure.
    pub procedure: Procedure,
    /// All its lines.
    pub lines: &'static [Line],
    /// Which of them is being done.
    pub current: usize,
    /// Names in that line and their values now.
    pub values: Vec<(&'static str, String)>,
}

impl Pseudo {
    /// `procedure` of `family`, at the line that does `mark`.
    pub fn new(family: Family, procedure: Procedure, mark: Mark, values: Vec<(&'static str, String)>) -> Pseudo {
        let lines = lines(family, procedure);
        let current = lines.iter().position(|line| line.marks.contains(&mark));
        debug_assert!(current.is_some(), "{family:?} {procedure:?} has no line for {mark:?}");
        Pseudo { procedure, lines, current: current.unwrap_or(0), values }
    }
}

const fn line(marks: &'static [Mark], text: &'static str) -> Line {
    Line { marks, text }
}

/// The lines of a procedure.
pub fn lines(family: Family, procedure: Procedure) -> &'static [Line] {
    use Family::{Cpython27, Cpython36, Cpython311, Other};
    match (procedure, family) {
        (Procedure::Lookup, Cpython27) => LOOKUP_27,
        (Procedure::Lookup, Cpython36 | Cpython311) => LOOKUP_3,
        (Procedure::Lookup, Other) => LOOKUP_ANY,
        (Procedure::Insert, Cpython27) => INSERT_27,
        (Procedure::Insert, Cpython36) => INSERT_36,
        (Procedure::Insert, Cpython311) => INSERT_311,
        (Procedure::Insert, Other) => INSERT_ANY,
        (Procedure::Delete, Cpython27) => DELETE_27,
        (Procedure::Delete, Cpython36 | Cpython311) => DELETE_3,
        (Procedure::Delete, Other) => DELETE_ANY,
        (Procedure::PopItem, Cpython27) => POPITEM_27,
        (Procedure::PopItem, Cpython36 | Cpython311) => POPITEM_3,
        (Procedure::PopItem, Other) => POPITEM_ANY,
        (Procedure::Resize, Cpython27) => RESIZE_27,
        (Procedure::Resize, Cpython36 | Cpython311) => RESIZE_3,
        (Procedure::Resize, Other) => RESIZE_ANY,
        (Procedure::Copy, Cpython27) => COPY_27,
        (Procedure::Copy, Cpython36 | Cpython311) => COPY_3,
        (Procedure::Copy, Other) => COPY_ANY,
        (Procedure::Clear, Cpython27) => CLEAR_27,
        (Procedure::Clear, Cpython36 | Cpython311) => CLEAR_3,
        (Procedure::Clear, Other) => CLEAR_ANY,
    }
}

const LOOKUP_27: &[Line] = &[
    line(&[Mark::Start], "i = hash & mask; perturb = hash; free = none"),
    line(&[], "repeat:"),
    line(&[Mark::Empty], "    if slot i is empty: absent, an insert takes free or i"),
    line(&[Mark::Tombstone], "    if slot i is a dummy: remember the first as free"),
    line(&[Mark::Differs, Mark::Found], "    else if its hash and key are equal: found"),
    line(&[], "    i = (5*i + perturb + 1) & mask"),
    line(&[], "    perturb >>= 5"),
];

const LOOKUP_3: &[Line] = &[
    line(&[Mark::Start], "i = hash & mask; perturb = hash"),
    line(&[], "repeat:"),
    line(&[Mark::Empty], "    if indices[i] is EMPTY: absent"),
    line(&[Mark::Tombstone], "    if indices[i] is DUMMY: go on"),
    line(&[Mark::Differs, Mark::Found], "    else if hash and key of that entry are equal: found"),
    line(&[], "    perturb >>= 5"),
    line(&[], "    i = (5*i + perturb + 1) & mask"),
];

const LOOKUP_ANY: &[Line] = &[
    line(&[Mark::Start], "i = first slot for hash"),
    line(&[], "repeat:"),
    line(&[Mark::Empty], "    if the search can end at slot i: absent"),
    line(&[Mark::Tombstone], "    if slot i is a tombstone: go on"),
    line(&[Mark::Differs, Mark::Found], "    if the key in slot i is equal: found"),
    line(&[], "    i = next slot on the way"),
];

const INSERT_27: &[Line] = &[
    line(&[Mark::Start, Mark::Place], "slot = lookup(key)"),
    line(&[Mark::Replace], "if found: slot.value = value; done"),
    line(&[Mark::Index, Mark::Cell], "slot = (hash, key, value)"),
    line(&[Mark::Count], "used += 1; fill += 1 if the slot was empty"),
    line(&[], "if fill*3 >= size*2:"),
    line(&[Mark::Size], "    resize(used*2 if used > 50000 else used*4)"),
];

const INSERT_36: &[Line] = &[
    line(&[Mark::Start], "ix = lookup(key)"),
    line(&[Mark::Replace], "if found: entries[ix].value = value; done"),
    line(&[Mark::Size], "if usable == 0: resize"),
    line(&[Mark::Place], "i = first DUMMY or EMPTY slot on its way"),
    line(&[Mark::Index], "indices[i] = nentries"),
    line(&[Mark::Cell], "entries[nentries] = (hash, key, value)"),
    line(&[Mark::Count], "used += 1; nentries += 1; usable -= 1"),
];

const INSERT_311: &[Line] = &[
    line(&[], "if the table is str-only and key is no str: resize"),
    line(&[Mark::Start], "ix = lookup(key)"),
    line(&[Mark::Replace], "if found: entries[ix].value = value; done"),
    line(&[Mark::Size], "if usable == 0: resize"),
    line(&[Mark::Place], "i = first DUMMY or EMPTY slot on its way"),
    line(&[Mark::Index], "indices[i] = nentries"),
    line(&[Mark::Cell], "entries[nentries] = (hash, key, value)"),
    line(&[Mark::Count], "used += 1; nentries += 1; usable -= 1"),
];

const INSERT_ANY: &[Line] = &[
    line(&[Mark::Start, Mark::Place], "i = lookup(key)"),
    line(&[Mark::Replace], "if found: slot i's value = value; done"),
    line(&[Mark::Size], "if there is no room: resize"),
    line(&[Mark::Index, Mark::Cell, Mark::Bury], "write the key into its slot"),
    line(&[Mark::Count], "update the counters"),
];

const DELETE_27: &[Line] = &[
    line(&[Mark::Start, Mark::Place], "slot = lookup(key)"),
    line(&[], "if absent: raise KeyError"),
    line(&[Mark::Bury, Mark::Index, Mark::Cell], "slot = dummy"),
    line(&[Mark::Count], "used -= 1   (fill and size stay)"),
];

const DELETE_3: &[Line] = &[
    line(&[Mark::Start, Mark::Place], "i, ix = lookup(key)"),
    line(&[], "if absent: raise KeyError"),
    line(&[Mark::Index], "indices[i] = DUMMY"),
    line(&[Mark::Bury, Mark::Cell], "entries[ix] = hole"),
    line(&[Mark::Count], "used -= 1   (nentries, usable and size stay)"),
];

const DELETE_ANY: &[Line] = &[
    line(&[Mark::Start, Mark::Place], "i = lookup(key)"),
    line(&[], "if absent: raise KeyError"),
    line(&[Mark::Bury, Mark::Index, Mark::Cell], "take the key out of slot i"),
    line(&[Mark::Count], "update the counters"),
];

const POPITEM_27: &[Line] = &[
    line(&[Mark::Start], "i = 0 if slot 0 is live, else the finger in its hash field"),
    line(&[Mark::Place], "go on from i to the first live slot"),
    line(&[Mark::Bury, Mark::Index, Mark::Cell], "slot i = dummy"),
    line(&[Mark::Count], "used -= 1; finger = i + 1"),
];

const POPITEM_3: &[Line] = &[
    line(&[Mark::Start, Mark::Place], "ix = the last live entry; i = its slot"),
    line(&[Mark::Index], "indices[i] = DUMMY"),
    line(&[Mark::Bury, Mark::Cell], "take entries[ix] out"),
    line(&[Mark::Count], "used -= 1; nentries = ix   (usable stays)"),
];

const POPITEM_ANY: &[Line] = &[
    line(&[Mark::Start, Mark::Place], "i = slot of the pair to take"),
    line(&[Mark::Bury, Mark::Index, Mark::Cell], "take the key out of slot i"),
    line(&[Mark::Count], "update the counters"),
];

const RESIZE_27: &[Line] = &[
    line(&[Mark::Size], "size = first power of two > wanted, at least 8"),
    line(&[Mark::Move], "for each live slot of the old array, in order:"),
    line(&[Mark::Place], "    i = first empty slot on its way"),
    line(&[Mark::Cell, Mark::Index], "    slot i = (hash, key, value)"),
    line(&[Mark::Swap], "the new array takes over; dummies are gone"),
    line(&[Mark::Count], "fill = used"),
];

const RESIZE_3: &[Line] = &[
    line(&[Mark::Size], "size = table size for wanted, at least 8"),
    line(&[Mark::Move], "for each live entry, in order:"),
    line(&[Mark::Place], "    i = first EMPTY slot on its way"),
    line(&[Mark::Index], "    indices[i] = its new number"),
    line(&[Mark::Cell], "    append it to the new entries"),
    line(&[Mark::Swap], "the new table takes over; holes and dummies are gone"),
    line(&[Mark::Count], "nentries = used; usable = size*2//3 - used"),
];

const RESIZE_ANY: &[Line] = &[
    line(&[Mark::Size], "size = by the growth rule"),
    line(&[Mark::Move], "for each live key:"),
    line(&[Mark::Place], "    i = its place in the new array"),
    line(&[Mark::Cell, Mark::Index, Mark::Bury], "    write it there"),
    line(&[Mark::Swap], "the new array takes over"),
    line(&[Mark::Count], "update the counters"),
];

const COPY_27: &[Line] = &[
    line(&[Mark::Size], "new = a dict with room for the live keys"),
    line(&[Mark::Move], "for each live slot of d, in order:"),
    line(&[Mark::Start, Mark::Place], "    i = first empty slot on its way"),
    line(&[Mark::Cell, Mark::Index], "    slot i of new = (hash, key, value)"),
    line(&[Mark::Swap], "d = new"),
    line(&[Mark::Count], "count them: used, fill"),
];

const COPY_3: &[Line] = &[
    line(&[Mark::Size], "new = a dict with room, or a clone of the table"),
    line(&[Mark::Move], "for each live entry of d, in order:"),
    line(&[Mark::Start, Mark::Place], "    i = first EMPTY slot on its way"),
    line(&[Mark::Index], "    indices[i] = its number"),
    line(&[Mark::Cell], "    append it to the new entries"),
    line(&[Mark::Swap], "d = new"),
    line(&[Mark::Count], "count them: used, nentries, usable"),
];

const COPY_ANY: &[Line] = &[
    line(&[Mark::Size], "new = a table with room for the live keys"),
    line(&[Mark::Move], "for each live key:"),
    line(&[Mark::Start, Mark::Place], "    i = its place in new"),
    line(&[Mark::Cell, Mark::Index, Mark::Bury], "    write it there"),
    line(&[Mark::Swap], "d = new"),
    line(&[Mark::Count], "update the counters"),
];

const CLEAR_27: &[Line] = &[
    line(&[Mark::Size], "d gets 8 blank slots"),
    line(&[Mark::Swap, Mark::Cell, Mark::Index, Mark::Bury, Mark::Place, Mark::Move], "the old slots are freed"),
    line(&[Mark::Count], "used = fill = 0"),
];

const CLEAR_3: &[Line] = &[
    line(&[Mark::Size], "d gets an empty table"),
    line(&[Mark::Swap, Mark::Cell, Mark::Index, Mark::Bury, Mark::Place, Mark::Move], "the old table is freed"),
    line(&[Mark::Count], "used = nentries = 0"),
];

const CLEAR_ANY: &[Line] = &[
    line(&[Mark::Size, Mark::Cell, Mark::Index, Mark::Bury, Mark::Place, Mark::Move], "every slot becomes empty"),
    line(&[Mark::Swap], "the old array is freed"),
    line(&[Mark::Count], "the counters go to 0"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_procedure_is_short_and_each_mark_has_one_line() {
        for family in [Family::Cpython27, Family::Cpython36, Family::Cpython311, Family::Other] {
            for procedure in Procedure::ALL {
                let lines = lines(family, procedure);
                assert!((3..=8).contains(&lines.len()), "{family:?} {procedure:?}");
                let mut marks: Vec<_> = lines.iter().flat_map(|l| l.marks).map(|m| format!("{m:?}")).collect();
                let all = marks.len();
                marks.sort();
                marks.dedup();
                assert_eq!(marks.len(), all, "{family:?} {procedure:?} has two lines for one mark");
                assert!(lines.iter().all(|l| l.text.chars().count() <= 64), "{family:?} {procedure:?} is too wide");
            }
        }
    }
}
