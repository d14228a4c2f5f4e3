//! Native integration tests: one binary, a file for each subject.
#![cfg(not(target_arch = "wasm32"))]

mod digest;
mod digests;
mod exercises;
mod lab;
mod layers;
mod objects;
#[path = "../pythons/mod.rs"]
mod pythons;
mod readme;
mod recipes;
mod recorded;
mod scripts;
mod style;
