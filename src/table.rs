//! Hash tables that can be watched.
//!
//! A table is a policy (the rules: where to probe, when to resize, what a deletion leaves behind) over a [`State`]
//! (the arrays and the counters). Everything outside this room sees the `State` and the [`Event`]s of an operation; only a
//! policy changes a `State`, and only through its methods, which report every change to an [`Observer`]: nothing changes
//! unseen.

mod cpython;
pub mod cpython27;
pub mod cpython3;
pub mod observe;
pub mod op;
pub mod policy;
pub mod state;

pub use observe::{Event, Group, Noop, Observer, Probe, Reason, Resize, Saw, Side};
pub use op::{CopyHow, Op, OpList, Outcome};
pub use policy::{AnyTable, Bytes, CopyPrice, Deletion, Forecast, Layout, Policy, ResizeRule, Table};
pub use state::{Arrays, Index, Regs, Slot, SlotState, State};
