//! Dictoscope: a dictionary's insides, exact and in motion.
//!
//! # The tour
//!
//! Dependencies point one way, each room knowing only those before it:
//!
//! | room | what it owns |
//! |---|---|
//! | [`python`] | Python objects as keys and values: literals, `==`, `repr`, `hash()` per version |
//! | [`table`] | the tables themselves, one file a policy, over one shared [`table::State`] |
//! | [`program`] | Python lines in, [`table::Op`]s out; seeded generators; scenarios |
//! | [`stats`] | summaries that can be merged; scans of the table as it stands |
//! | [`maintenance`] | when and how memory is taken back while requests keep coming |
//! | [`history`] | reversible deltas: seek to any operation, stand on any step within one |
//! | [`view`] | pure functions: state in, pixels or sentences out |
//! | [`engine`] | commands in, frames out: tables, recordings, cursor and clock |
//! | `app` | the Yew page (wasm32 only); the only room that names a browser |
//!
//! `ARCHITECTURE.md` tells how data flows through them and which invariants must hold.

#[cfg(target_arch = "wasm32")]
pub mod app;
pub mod engine;
pub mod history;
pub mod maintenance;
pub mod program;
pub mod python;
pub mod stats;
pub mod table;
pub mod view;
