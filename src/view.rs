//! Pure functions from a state or a trace to pixels, geometry and sentences. No browser, no clock, no table of its own.

pub mod describe;
pub mod palette;
pub mod pseudo;
pub mod text;
