//! Scripts: Python as people write it, where the plain lines of [`parse`](super::parse) do not do.
//!
//! A script is read to a tree ([`grammar`], [`expression`]), compiled to instructions ([`compile`]) and run one
//! instruction after the other ([`machine`]), so that a loop of millions of turns costs nothing until it is run. The
//! machine holds every dict as the table of CPython that it is, so that what a script asks (`len(d)`, `k in d`, the order of
//! its items, `sys.getsizeof(d)`) is what its version of Python answers: operations depend on text and version alone.
//! One dict is shown, the first that is put into a variable; its operations are those of the program.

mod calls;
mod code;
mod compile;
mod expression;
mod format;
mod grammar;
mod layout;
mod machine;
mod methods;
mod random;
mod syntax;
mod things;

use std::sync::Arc;

pub(super) use code::Code;
pub use machine::Printed;
pub(super) use machine::{Machine, Ran};

use super::lines::Fault;
use crate::python::Version;

/// What a script comes after.
#[derive(Clone, Copy)]
pub(super) enum Before<'c> {
    Nothing,
    /// Plain lines about `d`, which is then what is shown.
    Plain,
    /// A script, which it goes on with.
    Script(&'c Code),
}

/// Read and compile a script, or more of one, that begins at byte `base` of the whole text.
///
/// # Errors
/// All lines that are refused, in the order of the text, their places counted within `text`.
pub(super) fn read(text: &str, version: Version, before: Before<'_>, base: usize) -> Result<Arc<Code>, Vec<Fault>> {
    let script = grammar::read(text, version)?;
    compile::compile(&script, version, before, base).map(Arc::new)
}
