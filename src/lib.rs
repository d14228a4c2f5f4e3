//! Dictoscope: a dictionary's insides, exact and in motion.
//!
//! # The tour
//!
//! Dependencies point one way, each room knowing only those before it:
//!
//! | room | what it owns |
//! |---|---|
//! | [`python`] | Python objects as keys and values: literals, `==`, `repr`, `hash()` per version |
//! | [`table`] | the tables, each a set of rules over one shared [`table::State`], and the [`table::Event`]s they tell |
//! | [`stats`] | summaries that can be merged; totals in O(1); scans of the whole table in slices |
//! | [`program`] | Python lines in, [`table::Op`]s out; seeded generators; scenarios |
//! | [`maintenance`] | when and how memory is taken back while requests keep coming |
//! | [`history`] | reversible changes: seek to any operation, stand on any step within one |
//! | [`view`] | pure functions: a state or a trace in, pixels, geometry and sentences out |
//! | [`engine`] | [`engine::Command`]s in, [`engine::Frame`]s out: tables, histories, clock, maps |
//! | `app` | the Yew page (wasm32 only); the only room that names a browser |
//!
//! Begin with [`table::Table`] and [`table::State`], then [`history::Timeline`], then [`engine::Engine`]. `examples/replay.rs`
//! is the shortest program that uses the core.
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
