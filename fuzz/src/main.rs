//! All targets as one libFuzzer binary: `FUZZ_TARGET` chooses one of those in `tests/laws/targets`.
//!
//! With `FUZZ_EXPLAIN` set, an input of `state` is written as text before it is run: the form of a regression.
#![no_main]

#[path = "../../tests/laws/targets/mod.rs"]
mod targets;

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use targets::session::{RECORD, Session};
use targets::{TARGETS, Target};

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let found = TARGETS.into_iter().find(|&(target, _)| target == name);
    found.unwrap_or_else(|| {
        eprintln!("FUZZ_TARGET is {name:?}; it can be {}", TARGETS.map(|(target, _)| target).join(", "));
        std::process::exit(2)
    })
});

static EXPLAINS: LazyLock<bool> = LazyLock::new(|| std::env::var_os("FUZZ_EXPLAIN").is_some());

fuzz_target!(|data: &[u8]| {
    let (name, target) = *TARGET;
    if *EXPLAINS && name == "state" {
        match Session::read(data) {
            Ok(session) => eprintln!("{session}"),
            Err(error) => eprintln!("{error}"),
        }
    }
    target(data);
});

// A session is changed act by act in half of all cases: bytes that come or go in the middle make another session of all
// that follows.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if TARGET.0 != "state" || seed & 1 == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    change_acts(data, size, max_size, seed >> 1)
});

/// Drop, double, move or rewrite one act; gives the new size.
fn change_acts(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let acts = size.saturating_sub(1) / RECORD;
    if acts == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let mut seed = seed as usize;
    let mut choose = |most: usize| {
        let chosen = seed % most;
        // Knuth's multiplier (MMIX), for the next choice.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407) >> 7;
        chosen
    };
    let (kind, from, to) = (choose(4), choose(acts), choose(acts + 1));
    let mut records: Vec<[u8; RECORD]> = data[1..=acts * RECORD]
        .chunks_exact(RECORD)
        .map(|record| record.try_into().expect("a whole record"))
        .collect();
    match kind {
        0 => _ = records.remove(from),
        1 => records.insert(to, records[from]),
        2 => {
            let moved = records.remove(from);
            records.insert(to.min(records.len()), moved);
        }
        _ => records[from][choose(RECORD)] = choose(256) as u8,
    }
    let bytes = records.concat();
    let len = bytes.len().min(max_size.saturating_sub(1));
    data[1..=len].copy_from_slice(&bytes[..len]);
    1 + len
}
