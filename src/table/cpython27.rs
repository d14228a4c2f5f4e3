//! CPython 27.

use super::observe::{Observer, Reason};
use super::op::{Op, Outcome};
use super::policy::{Bytes, CopyPrice, Forecast, Layout, Policy, ResizeRule, Table};
use super::state::State;
use crate::python::Heap;

/// The dict of CPython.
#[derive(Clone, Debug)]
pub struct Cpython27 {
    state: State,
}

impl Cpython27 {
    /// The policies of this file.
    pub const POLICIES: &'static [Policy] = &[];
}

impl Table for Cpython27 {
    fn policy(&self) -> &'static Policy {
        todo!()
    }

    fn state(&self) -> &State {
        &self.state
    }

    fn state_mut(&mut self) -> &mut State {
        &mut self.state
    }

    fn run<O: Observer>(&mut self, _op: Op<'_>, _heap: &Heap, _obs: &mut O) -> Outcome {
        todo!()
    }

    fn bytes(&self) -> Bytes {
        todo!()
    }

    fn forecast(&self) -> Forecast {
        todo!()
    }

    fn copy_prices(&self, _heap: &Heap) -> Vec<CopyPrice> {
        todo!()
    }

    fn resize_rule(&self, _reason: Reason) -> ResizeRule {
        todo!()
    }

    fn check(&self, _heap: &Heap) -> Result<(), String> {
        todo!()
    }

    fn layout(&self) -> Layout {
        todo!()
    }
}
