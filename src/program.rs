//! Python lines in, operations out.
//!
//! A [`Program`] is its text. It is parsed for one version of Python ([`parse`]) and expanded lazily into operations
//! ([`Expansion`]): loops and generators of millions of operations cost nothing until they are run.

pub mod parse;
pub mod workload;

use crate::python::{Heap, Version};
use crate::table::{Op, OpList};

/// What is wrong with a program, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong and what to write instead, worded as Python words it where it has a word.
    pub message: String,
}

impl std::fmt::Display for ProgramError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ProgramError {}

/// A parsed program.
#[derive(Clone, Debug, Default)]
pub struct Program {}

impl Program {
    /// Parse `text` as a program for `version`.
    ///
    /// # Errors
    /// The first thing that is wrong. Nothing is run of a program that does not parse.
    pub fn parse(text: &str, version: Version) -> Result<Program, ProgramError> {
        let _ = (text, version);
        todo!()
    }

    /// Its operations, one at a time.
    pub fn expand(&self) -> Expansion<'_> {
        todo!()
    }

    /// How many operations it will have, if that is known without expanding it: for a progress bar.
    pub fn size_hint(&self) -> Option<u64> {
        todo!()
    }
}

/// The operations of a program as they are made.
#[derive(Debug)]
pub struct Expansion<'a> {
    _program: &'a Program,
}

impl Expansion<'_> {
    /// Make the next operation and push it on `ops`; its objects go to `heap`. `Ok(None)` at the end, else the line
    /// (from 1) that it came from.
    ///
    /// # Errors
    /// What can only be known when the line is run (a division by zero in a key).
    pub fn next(&mut self, heap: &mut Heap, ops: &mut OpList) -> Result<Option<usize>, ProgramError> {
        let _ = (heap, ops);
        todo!()
    }
}

/// The line of Python that does `op`.
pub fn render(op: Op<'_>, heap: &Heap) -> String {
    let _ = (op, heap);
    todo!()
}
