//! What an operation did, in words: one sentence for all of it, one for each step with the arithmetic of that step.
//!
//! Every word comes from the trace and the counters before and after it; nothing is looked up again and no table is run.

mod step;
mod summary;

use super::pseudo::{Family, Procedure};
use super::text::{count, group, key};
use crate::python::{Heap, Obj};
use crate::table::{Event, Layout, Op, Outcome, Policy, Reason, Regs, Resize, ResizeRule, Table};

pub use step::{Step, step};
pub use summary::{progress, summary};

/// The size and the counters of a table at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The counters.
    pub regs: Regs,
    /// Slots that are probed.
    pub size: u32,
    /// Slots of the arrays that a resize is filling, if one is under way.
    pub next: Option<u32>,
    /// One array or two.
    pub layout: Layout,
    /// Bytes it takes.
    pub bytes: u64,
}

impl Standing {
    /// How `table` stands now.
    pub fn of(table: &impl Table) -> Standing {
        let state = table.state();
        Standing {
            regs: state.regs,
            size: state.main.size() as u32,
            next: state.next.as_ref().map(|next| next.size() as u32),
            layout: table.layout(),
            bytes: table.bytes().total(),
        }
    }
}

/// One operation, and everything that it did.
#[derive(Clone, Copy)]
pub struct Story<'a> {
    /// The table's policy.
    pub policy: &'static Policy,
    /// The objects.
    pub heap: &'a Heap,
    /// The operation.
    pub op: Op<'a>,
    /// What it gave.
    pub outcome: Outcome,
    /// The table before it.
    pub before: Standing,
    /// The table after it.
    pub after: Standing,
    /// Its trace.
    pub events: &'a [Event],
    /// The table's [`Table::resize_rule`].
    pub rule: &'a dyn Fn(Reason) -> ResizeRule,
}

impl Story<'_> {
    fn family(&self) -> Family {
        Family::of(self.policy.name, self.policy.python)
    }

    fn two(&self) -> bool {
        matches!(self.before.layout, Layout::Two)
    }

    fn key(&self, obj: Obj) -> String {
        key(self.heap, obj)
    }

    /// The procedure that the operation itself is, outside of searching and resizing.
    fn procedure(&self) -> Procedure {
        match self.op {
            Op::Set(..) | Op::SetDefault(..) | Op::Update(_) | Op::UpdateOr(_) | Op::Display(_) | Op::FromKeys(_) => {
                Procedure::Insert
            }
            Op::Get(_) | Op::Contains(_) | Op::GetOr(..) => Procedure::Lookup,
            Op::Del(_) | Op::Pop(..) => Procedure::Delete,
            Op::PopItem => Procedure::PopItem,
            Op::Clear => Procedure::Clear,
            Op::Copy(_) => Procedure::Copy,
            Op::ShrinkToFit | Op::Reserve(_) => Procedure::Resize,
        }
    }

    fn inserts(&self) -> bool {
        matches!(self.procedure(), Procedure::Insert)
    }
}

/// `5 live keys`, and if there are tombstones what becomes of them: `, 2 tombstones stay behind`.
fn with_dead(resize: Resize, one: &str, many: &str) -> String {
    let live = count(resize.live.into(), "live key", "live keys");
    match resize.dead {
        0 => live,
        1 => format!("{live}, 1 tombstone {one}"),
        dead => format!("{live}, {} tombstones {many}", group(dead.into())),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}
