//! What a heap, a list of operations, a table and a program say of their memory, against an allocator that counts.
//!
//! One test, alone in its process: others would be counted with it.

// The page has an allocator of its own, and there is only one.
#![cfg(not(target_arch = "wasm32"))]

use std::alloc::System;

use cap::Cap;
use dictoscope::program::Program;
use dictoscope::python::{HashSettings, Heap};
use dictoscope::table::{AnyTable, Noop, OpList, Table};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// What `make` gives, and the bytes that it holds.
fn held<T>(make: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATOR.allocated();
    let made = make();
    (made, ALLOCATOR.allocated() - before)
}

/// `said` is what is held, give or take three in a hundred and a page.
fn agree(what: &str, said: usize, held: usize) {
    let off = said.abs_diff(held);
    assert!(off <= held * 3 / 100 + 4096, "{what} says {said} bytes and holds {held}");
}

#[test]
fn memory_is_what_an_allocator_counts() {
    let big_text = (0..2_000).map(|i| format!("d[{i}] = (2**90 + {i}, 'x' * {}, b'ab')\n", i % 50)).collect::<String>();
    let programs = [
        "insert_uuids(d, 10000); delete_random(d, 5000); mixed(d, 10000); churn(d, 5000)",
        "for i in range(5000): d['key' + str(i)] = (i, 2**70 + i, 'x' * (i % 100))",
        "for i in range(2000): d.update({i: 1, i + 1: 2, i + 2: 3, (i, i): 4})",
        "d = dict.fromkeys(range(10000), 'v')\nfor i in range(10000): d[i * 7]",
        &big_text,
    ];
    for text in programs {
        let short: String = text.chars().take(40).collect();
        let (program, bytes) =
            held(|| Program::parse(text, AnyTable::policy_named("cpython-3.13").unwrap().python).unwrap());
        agree(&format!("the program {short}"), program.memory(), bytes);
        for spec in ["cpython-2.7", "cpython-3.13", "linear:load=0.3", "incremental", "swiss"] {
            let (mut table, table_bytes) = held(|| AnyTable::parse(spec).unwrap());
            let mut heap = Heap::new(program.version(), HashSettings::default());
            let mut ops = OpList::default();
            let mut expansion = program.expand();
            let before = [heap.memory(), ops.memory(), table.state().memory(), expansion.memory()];
            // Each grows alone, so that what is held can be told apart: first objects and operations, then the table.
            let ((), made) = held(|| while expansion.next(&mut heap, &mut ops).unwrap().is_some() {});
            let said = heap.memory() + ops.memory() + expansion.memory() - before[0] - before[1] - before[3];
            agree(&format!("{short}: objects and operations"), said, made);
            let ((), in_table) = held(|| {
                for i in 0..ops.len() {
                    table.run(ops.get(i), &heap, &mut Noop);
                }
            });
            agree(&format!("{short}: {spec}"), table.state().memory() - before[2], in_table);
            agree(&format!("{spec}, empty"), before[2], table_bytes);
            let freed = ops.memory();
            let (whole, bytes) = held(|| ops.clone());
            agree(&format!("{short}: a copy of its operations"), whole.memory(), bytes);
            ops.truncate(0);
            assert!(ops.memory() <= freed, "what is taken back is not counted any more");
        }
    }
}
