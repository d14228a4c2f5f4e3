//! Commands in, frames out.
