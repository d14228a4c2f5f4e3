//! Hash tables that can be watched.
//!
//! A table is a policy (the rules: where to probe, when to resize, what a deletion leaves behind) over a [`State`]
//! (the arrays and the counters). Everything outside this room sees the `State` and the [`Event`]s of an operation; only a
//! policy changes a `State`, and only through its methods, which report every change to an [`Observer`]: nothing changes
//! unseen.

pub mod backward_shift;
mod compose;
mod cpython;
pub mod cpython27;
pub mod cpython3;
pub mod formula;
pub mod incremental;
pub mod names;
pub mod observe;
pub mod op;
mod open;
pub mod policy;
pub mod robin_hood;
pub mod settings;
pub mod state;
pub mod swiss;
pub mod textbook;

pub(crate) use cpython::{merge_from, peek};
pub use names::named_in_v1;
pub use observe::{Event, Group, Listener, Noop, Observer, Probe, Reason, Resize, Saw, Side};
pub use op::{CopyHow, MergeFrom, Op, OpList, Outcome};
pub use policy::{AnyTable, Bytes, CopyPrice, Deletion, Forecast, Layout, Policy, ResizeRule, Table};
pub use settings::{Grow, Letters, Setting, Settings, Spec};
pub use state::{Arrays, Index, MAX_SLOTS, Regs, Slot, SlotState, State};
