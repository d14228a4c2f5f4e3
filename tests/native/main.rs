//! Native integration tests: one binary, a file for each subject.
#![cfg(not(target_arch = "wasm32"))]

mod layers;
