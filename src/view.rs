//! Pure functions from a state or a trace to pixels, geometry and sentences. No browser, no clock, no table of its own.

pub mod camera;
pub mod chart;
pub mod describe;
pub mod labels;
pub mod lod;
pub mod overlay;
pub mod paint;
pub mod palette;
pub mod pseudo;
pub mod shade;
pub mod stage;
pub mod text;
