//! What a script says, as a tree.

use crate::python::number::{BinaryOp, UnaryOp};
use crate::python::{Expr, Value};

/// An expression and where it begins: a byte of the text.
#[derive(Clone, Debug)]
pub(super) struct Ex {
    pub(super) at: usize,
    pub(super) kind: Kind,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A literal.
    Const(Value),
    /// A call that `python` knows (`UUID('…')`), with the names it uses.
    Pure(Expr, Vec<String>),
    Name(String),
    Tuple(Vec<Ex>),
    List(Vec<Ex>),
    Set(Vec<Ex>),
    /// Pairs; without a key it is `**mapping`.
    Dict(Vec<(Option<Ex>, Ex)>),
    Comprehension(Box<Comprehension>),
    Unary(UnaryOp, Box<Ex>),
    Not(Box<Ex>),
    Binary(BinaryOp, Box<(Ex, Ex)>),
    Compare(Box<Ex>, Vec<(Comparison, Ex)>),
    And(Box<(Ex, Ex)>),
    Or(Box<(Ex, Ex)>),
    /// Condition, then, else.
    IfElse(Box<(Ex, Ex, Ex)>),
    Attribute(Box<Ex>, String),
    Index(Box<(Ex, Ex)>),
    Slice(Box<Ex>, Box<[Option<Ex>; 3]>),
    Call(Box<Ex>, Arguments),
    /// A string with values in it.
    Formatted(Vec<Piece>),
    /// `lambda x: …` of so many names.
    Lambda(Vec<String>, Box<Ex>),
}

/// The arguments of a call.
#[derive(Clone, Debug, Default)]
pub(super) struct Arguments {
    pub(super) plain: Vec<Ex>,
    pub(super) named: Vec<(String, Ex)>,
    /// `**mapping`, after all others.
    pub(super) mapping: Option<Box<Ex>>,
}

/// A part of a formatted string.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Text(Vec<u32>),
    /// A value, `!r` or `!s`, and its format.
    Value(Ex, Option<char>, Vec<Piece>),
}

/// What a comprehension makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Made {
    List,
    Set,
    Dict,
    /// A generator expression, which is worked out at once here.
    Items,
}

#[derive(Clone, Debug)]
pub(super) struct Comprehension {
    pub(super) made: Made,
    /// The item, or the key of a dict.
    pub(super) item: Ex,
    pub(super) value: Option<Ex>,
    pub(super) loops: Vec<Loop>,
}

/// `for target in source if condition …`
#[derive(Clone, Debug)]
pub(super) struct Loop {
    pub(super) target: Target,
    pub(super) source: Ex,
    pub(super) conditions: Vec<Ex>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    In,
    NotIn,
    Is,
    IsNot,
}

/// What is assigned to.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) at: usize,
    pub(super) kind: TargetKind,
}

#[derive(Clone, Debug)]
pub(super) enum TargetKind {
    Name(String),
    Tuple(Vec<Target>),
    Index(Ex, Ex),
}

#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) at: usize,
    pub(super) kind: StatementKind,
}

pub(super) type Block = Vec<Statement>;

#[derive(Clone, Debug)]
pub(super) enum StatementKind {
    Pass,
    Expression(Ex),
    Assign(Vec<Target>, Ex),
    Augmented(Target, BinaryOp, Ex),
    Delete(Vec<Target>),
    /// 2.7's `print a, b`; whether a comma ends it.
    Print(Vec<Ex>, bool),
    /// Conditions with their blocks, and `else`.
    If(Vec<(Ex, Block)>, Block),
    While(Ex, Block, Block),
    For(Target, Ex, Block, Block),
    Break,
    Continue,
    Return(Option<Ex>),
    Define(Function),
    Assert(Ex, Option<Ex>),
    /// Names bound: `import a as b` is `(b, a, None)`, `from a import c as b` is `(b, a, Some(c))`.
    Import(Vec<(String, String, Option<String>)>),
    Global(Vec<String>),
    /// A call of a generator of operations: its number in the list, the dict, its arguments by position.
    Generate(usize, Ex, Vec<Option<Ex>>),
}

#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) parameters: Vec<(String, Option<Ex>)>,
    pub(super) body: Block,
}
