//! What an observer that is off costs, in instructions: `./dev bench core` counts them with callgrind.
//!
//! Built twice from one source (`bare.py`): as it is, run with `Noop`, and with every trace of the observer cut out.
//! `instructions TABLE` runs inserts, searches and deletions; `instructions TABLE setup` only what comes before them.

use std::env;
use std::hint::black_box;

use dictoscope::python::{HashSettings, Heap, Obj, Value};
use dictoscope::table::{AnyTable, Op};

const KEYS: u64 = 20_000;

fn run(table: &mut AnyTable, op: Op<'_>, heap: &Heap) {
    black_box(dictoscope::run(table, op, heap));
}

fn main() {
    let args: Vec<String> = env::args().collect();
    let policy = AnyTable::policy_named(&args[1]).expect("the name of a table");
    let mut table = (policy.new)();
    let mut heap = Heap::new(policy.python, HashSettings::default());
    // Scattered over 60 bits, always the same.
    let mut key = |i: u64| heap.alloc(Value::Int((i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 4) as i64));
    let here: Vec<Obj> = (1..=KEYS).map(&mut key).collect();
    let absent: Vec<Obj> = (KEYS + 1..=2 * KEYS).map(&mut key).collect();
    if args.len() > 2 {
        return;
    }
    here.iter().for_each(|&key| run(&mut table, Op::Set(key, Obj::NONE), &heap));
    here.iter().for_each(|&key| run(&mut table, Op::Get(key), &heap));
    absent.iter().for_each(|&key| run(&mut table, Op::Contains(key), &heap));
    here.iter().for_each(|&key| run(&mut table, Op::Del(key), &heap));
}
