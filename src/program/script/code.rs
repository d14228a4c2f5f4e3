//! What a script is compiled to: instructions for a stack machine, one after the other, so that it can stop after each.

use std::collections::HashMap;

use super::calls::Builtin;
use super::syntax::Comparison;
use crate::python::number::{BinaryOp, UnaryOp};
use crate::python::{Expr, Value};
use crate::table::CopyHow;

/// Where a variable is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Slot {
    Global(usize),
    Local(usize),
}

/// One instruction. `shown` says that the dict it makes is the one on show.
#[derive(Clone, Debug)]
pub(super) enum Ins {
    /// Push a literal.
    Const(usize),
    /// Push a string that is formed anew.
    Text(Box<[u32]>),
    /// Push what an expression of `python` gives for the values of these variables.
    Pure(Box<Expr>, Box<[Slot]>),
    Load(Slot),
    Store(Slot),
    /// Store where the dict on show is kept: a dict made elsewhere is shown from here on.
    StoreShown(Slot),
    Forget(Slot),
    Pop,
    Dup,
    DupTwo,
    Unary(UnaryOp),
    Not,
    Binary {
        op: BinaryOp,
        shown: bool,
    },
    /// `a op= b`
    InPlace(BinaryOp),
    Compare(Comparison),
    Tuple(usize),
    List(usize),
    Set(usize),
    /// A dict display of so many pairs.
    Display {
        pairs: usize,
        shown: bool,
    },
    /// `{}` of a comprehension.
    NewDict {
        shown: bool,
    },
    /// `**mapping` in a display: into the dict below.
    Unpacked,
    /// `dict(…)`: an argument, values for names, a mapping; leaves those and the dict, and [`Ins::Fill`] follows.
    DictOf {
        argument: bool,
        shown: bool,
    },
    /// `d.update(…)`: the dict, an argument, values for names; leaves the values and the dict, and [`Ins::Fill`] follows.
    UpdateOf {
        argument: bool,
        names: usize,
    },
    /// `d.update({k: v, …})` of a display with so many pairs; `|=` if `operator`.
    UpdateDisplay {
        pairs: usize,
        operator: bool,
    },
    /// Put pairs into the dict on the stack, one each time it is run, until there are no more.
    Fill,
    /// Values for these names, and a mapping, into the dict above them.
    Named {
        names: Box<[String]>,
        mapping: bool,
        constructor: bool,
    },
    /// A copy of the dict on the stack.
    Copy {
        how: CopyHow,
        shown: bool,
    },
    FromKeys {
        value: bool,
        shown: bool,
    },
    /// Put into the list, set or dict below.
    Append,
    Add,
    Insert,
    Index,
    SetIndex,
    /// The same with the value on top: for `d[k] += v`.
    SetIndexBelow,
    DelIndex,
    Slice,
    Jump(usize),
    /// A jump that closes a loop.
    Again(usize),
    JumpIfFalse(usize),
    JumpIfFalseOrPop(usize),
    JumpIfTrueOrPop(usize),
    /// The value as an iterator, on the stack of those.
    Iterate,
    /// Push the next item, or drop the iterator and jump.
    Next(usize),
    DropIterator,
    Unpack(usize),
    Builtin {
        function: Builtin,
        arguments: usize,
        names: Box<[String]>,
    },
    Method {
        name: Box<str>,
        arguments: usize,
        names: Box<[String]>,
    },
    /// Sort a list by the list of keys above it; `take` the first or last only.
    SortBy {
        reverse: bool,
        take: bool,
    },
    Call {
        routine: usize,
        arguments: usize,
    },
    Return,
    /// `print(…)`
    Print {
        arguments: usize,
        names: Box<[String]>,
    },
    /// 2.7's statement.
    PrintStatement {
        items: usize,
        comma: bool,
    },
    /// What a line alone gives.
    Echo,
    Format {
        conversion: Option<char>,
        format: bool,
    },
    Join(usize),
    /// An assertion failed; whether its message is on the stack.
    Failed(bool),
    Generate {
        generator: usize,
        given: Box<[bool]>,
    },
}

/// Instructions with their places.
#[derive(Clone, Debug, Default)]
pub(super) struct Routine {
    pub(super) locals: usize,
    /// Where each parameter's default is kept.
    pub(super) defaults: Vec<Option<usize>>,
    pub(super) code: Vec<Ins>,
    /// The byte of the text that each instruction is about.
    pub(super) places: Vec<usize>,
}

/// What names mean: what more of the script is compiled with.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// The variables of the script itself, by their slots.
    pub(super) globals: Vec<String>,
    /// What imports bound: a module, or one of its names.
    pub(super) imports: HashMap<String, (String, Option<String>)>,
    /// Functions by name: their number among the routines.
    pub(super) functions: HashMap<String, usize>,
    /// Their parameters: names, and whether there is a default.
    pub(super) parameters: Vec<Vec<(String, bool)>>,
    /// The variable whose dict is shown: of this function (`None`: of the script), this name.
    pub(super) shown: Option<(Option<String>, String)>,
    /// Another name for that variable.
    pub(super) alias: Option<String>,
}

/// A compiled script.
#[derive(Clone, Debug, Default)]
pub(in crate::program) struct Code {
    /// The script itself, then its functions.
    pub(super) routines: Vec<Routine>,
    pub(super) constants: Vec<Value>,
    pub(super) names: Names,
    /// Where each statement of the script itself begins.
    pub(super) statements: Vec<usize>,
    /// The variable that holds the dict that the table is before the first operation.
    pub(super) given: Option<usize>,
    /// A dict may come to be shown that was made before.
    pub(super) may_adopt: bool,
    /// `/` between ints gives a float.
    pub(super) true_division: bool,
    pub(super) session: bool,
    /// A generator asks what is in the dict on show.
    pub(super) reads_dict: bool,
}

impl Code {
    /// Bytes of this process's memory, about.
    pub(in crate::program) fn memory(&self) -> usize {
        let routine = |routine: &Routine| routine.code.capacity() * (size_of::<Ins>() + size_of::<usize>());
        self.routines.iter().map(routine).sum::<usize>() + self.constants.capacity() * size_of::<Value>()
    }
}
