//! The tables side by side, natively: `./dev bench core [options of criterion]`.
//!
//! Every contender gets the same int keys in the same order: each table with nobody watching and with the recorder
//! of a timeline, hashbrown's map, the standard library's, indexmap's, and CPython's own dict in its interpreter
//! (`cpython.py`). Inserts start from an empty table that grows by its own rules; searches that succeed go through the
//! keys in the order of insertion; searches that fail look for keys that were never there.

use std::cell::RefCell;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, fs, io};

use criterion::{BatchSize, Bencher, Criterion};
use dictoscope::history::Timeline;
use dictoscope::python::{HashSettings, Heap, Obj, Value};
use dictoscope::table::{AnyTable, Noop, Op, Table};
use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64;

/// The tables compared, one of each kind.
const TABLES: [&str; 9] = [
    "cpython-3.15",
    "cpython-2.7",
    "linear",
    "quadratic",
    "double",
    "backward-shift",
    "robin-hood",
    "swiss",
    "incremental",
];
/// The interpreters: pyenv's name and the executable's.
const INTERPRETERS: [(&str, &str); 2] = [("3.13.0", "python3.13"), ("2.7.18", "python2.7")];
const STEPS: [&str; 3] = ["insert", "hit", "miss"];
/// Bytes that a recording may take; past it the oldest history goes, as on the page.
const BUDGET: usize = 256 << 20;

/// Keys that are there, and as many that are not.
struct Keys {
    name: String,
    here: Vec<i64>,
    absent: Vec<i64>,
}

impl Keys {
    /// 0, 1, 2, …
    fn sequential(n: usize) -> Keys {
        let n = n as i64;
        Keys { name: format!("{n} keys in sequence"), here: (0..n).collect(), absent: (n..2 * n).collect() }
    }

    /// Distinct numbers of 60 bits, so many that a table of `slots` slots is `load` percent full if its rules allow that.
    fn random(slots: usize, load: usize) -> Keys {
        let mut rng = Pcg64::seed_from_u64(1);
        let mut all: Vec<i64> = (0..slots * load / 100 * 2).map(|_| (rng.next_u64() >> 4) as i64).collect();
        all.sort_unstable();
        all.dedup();
        // By their low bits first: an order that says nothing of their size.
        all.sort_unstable_by_key(|key| key.reverse_bits().rotate_left(20));
        let absent = all.split_off(all.len() / 2);
        Keys { name: format!("{load} % of {slots}"), here: all, absent }
    }
}

/// Somebody who can hold keys.
struct Contender<'a> {
    name: String,
    /// Insert all keys into an empty table and search for all, in a group for each step. Gives the load at the end.
    run: Box<dyn Fn(&mut Steps<'_>, &Keys) -> Option<f64> + 'a>,
}

/// The three steps of one contender.
struct Steps<'a> {
    criterion: &'a mut Criterion,
    keys: &'a Keys,
    name: &'a str,
}

impl Steps<'_> {
    fn time(&mut self, step: usize, body: impl FnMut(&mut Bencher<'_>)) {
        self.criterion.benchmark_group(group(self.keys, STEPS[step])).bench_function(self.name, body);
    }

    /// Time `insert` on what `new` makes, over and over; the table is dropped outside of the time.
    fn insert<T>(&mut self, new: impl Fn() -> T, insert: impl Fn(&mut T)) {
        self.time(0, |b| b.iter_batched_ref(&new, &insert, BatchSize::PerIteration));
    }

    fn search(&mut self, step: usize, mut search: impl FnMut()) {
        self.time(step, |b| b.iter(&mut search));
    }
}

fn objects(heap: &mut Heap, keys: &[i64]) -> Vec<Obj> {
    keys.iter().map(|&key| heap.alloc(Value::Int(key))).collect()
}

/// A table by name, with room for loads of 95 % where that can be set.
fn empty(name: &str) -> AnyTable {
    let mut table = (AnyTable::policy_named(name).expect("a name of the list").new)();
    if table.settings().is_some() {
        table.configure(&[("load", "0.95")]).expect("a load that every table takes");
    }
    table
}

/// Run `$body` with `$table` the table itself, not the choice among all of them.
macro_rules! with_table {
    ($any:expr, $table:ident => $body:expr) => {
        match $any {
            AnyTable::Cpython27($table) => $body,
            AnyTable::Cpython3($table) => $body,
            AnyTable::Textbook($table) => $body,
            AnyTable::BackwardShift($table) => $body,
            AnyTable::RobinHood($table) => $body,
            AnyTable::Swiss($table) => $body,
            AnyTable::Incremental($table) => $body,
        }
    };
}

fn heap_for(table: &impl Table) -> Heap {
    Heap::new(table.policy().python, HashSettings::default())
}

fn load(table: &impl Table) -> Option<f64> {
    let state = table.state();
    Some(f64::from(state.regs.used) / state.main.size() as f64)
}

/// Nobody watches.
fn alone<T: Table + Clone>(empty: &T, steps: &mut Steps<'_>, keys: &Keys) -> Option<f64> {
    let mut heap = heap_for(empty);
    let (here, absent) = (objects(&mut heap, &keys.here), objects(&mut heap, &keys.absent));
    let fill = |table: &mut T| {
        for &key in &here {
            black_box(table.run(Op::Set(key, Obj::NONE), &heap, &mut Noop));
        }
    };
    steps.insert(|| empty.clone(), fill);
    let mut table = empty.clone();
    fill(&mut table);
    for (step, keys) in [(1, &here), (2, &absent)] {
        steps.search(step, || {
            for &key in keys {
                black_box(table.run(Op::Get(key), &heap, &mut Noop));
            }
        });
    }
    load(&table)
}

/// A timeline records.
fn recorded<T: Table + Clone>(empty: &T, steps: &mut Steps<'_>, keys: &Keys) -> Option<f64> {
    let mut heap = heap_for(empty);
    let (here, absent) = (objects(&mut heap, &keys.here), objects(&mut heap, &keys.absent));
    let push = |timeline: &mut Timeline<T>, ops: &[Obj], op: fn(Obj) -> Op<'static>| {
        for &key in ops {
            black_box(timeline.push(op(key)));
        }
    };
    let set: fn(Obj) -> Op<'static> = |key| Op::Set(key, Obj::NONE);
    let new = || Timeline::with_table(empty.clone(), heap.clone(), BUDGET);
    steps.insert(new, |timeline| push(timeline, &here, set));
    let timeline = RefCell::new(new());
    push(&mut timeline.borrow_mut(), &here, set);
    for (step, keys) in [(1, &here), (2, &absent)] {
        steps.search(step, || {
            push(&mut timeline.borrow_mut(), keys, Op::Get);
        });
    }
    load(timeline.borrow().table())
}

macro_rules! rival {
    ($map:ty) => {
        |steps, keys| {
            let fill = |map: &mut $map| keys.here.iter().for_each(|&key| _ = black_box(map.insert(key, 0)));
            steps.insert(<$map>::default, fill);
            let mut map = <$map>::default();
            fill(&mut map);
            for (step, keys) in [(1, &keys.here), (2, &keys.absent)] {
                steps.search(step, || keys.iter().for_each(|key| _ = black_box(map.get(key))));
            }
            None
        }
    };
}

fn contenders() -> Vec<Contender<'static>> {
    let mut all = vec![
        Contender { name: "hashbrown".into(), run: Box::new(rival!(hashbrown::HashMap<i64, u32>)) },
        Contender { name: "std".into(), run: Box::new(rival!(std::collections::HashMap<i64, u32>)) },
        Contender { name: "indexmap".into(), run: Box::new(rival!(indexmap::IndexMap<i64, u32>)) },
    ];
    for name in TABLES {
        all.push(Contender {
            name: name.into(),
            run: Box::new(move |steps, keys| with_table!(empty(name), table => alone(&table, steps, keys))),
        });
        all.push(Contender {
            name: format!("{name}, recorded"),
            run: Box::new(move |steps, keys| with_table!(empty(name), table => recorded(&table, steps, keys))),
        });
    }
    all
}

/// Where criterion keeps its results, and this its files of keys.
fn results() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/criterion")
}

fn group(keys: &Keys, step: &str) -> String {
    format!("{}, {step}", keys.name)
}

/// Nanoseconds per key, as criterion wrote them down; `None` for what was not run.
fn median(keys: &Keys, step: &str, name: &str) -> Option<f64> {
    let file = results().join(group(keys, step)).join(name).join("new/estimates.json");
    let estimates: serde_json::Value = serde_json::from_str(&fs::read_to_string(file).ok()?).ok()?;
    Some(estimates["median"]["point_estimate"].as_f64()? / keys.here.len() as f64)
}

/// CPython's own dict: nanoseconds per key for each step.
fn interpreter((version, name): (&str, &str), keys: &Keys) -> io::Result<[f64; 3]> {
    let files = ["here", "absent"].map(|file| results().join(file));
    for (file, keys) in files.iter().zip([&keys.here, &keys.absent]) {
        fs::write(file, keys.iter().flat_map(|key| key.to_ne_bytes()).collect::<Vec<_>>())?;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("cpython.py");
    let output = Command::new(name).arg(script).args(files).env("PYENV_VERSION", version).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    numbers.try_into().map_err(|_| io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
}

fn main() -> io::Result<()> {
    let mut sizes = vec![Keys::sequential(1_000_000), Keys::random(1_000_000, 100)];
    for slots in [1 << 10, 1 << 16, 1 << 20] {
        sizes.extend([50, 75, 90].map(|load| Keys::random(slots, load)));
    }
    let _ = fs::remove_dir_all(results());
    fs::create_dir_all(results())?;
    let mut criterion = Criterion::default()
        .output_directory(&results())
        .without_plots()
        .sample_size(10)
        .nresamples(1000)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(300))
        .configure_from_args();
    let contenders = contenders();
    let mut tables = String::new();
    for keys in &sizes {
        let mut loads = Vec::new();
        for contender in &contenders {
            let load = (contender.run)(&mut Steps { criterion: &mut criterion, keys, name: &contender.name }, keys);
            loads.push(load);
        }
        tables += &report(keys, &contenders, &loads);
    }
    criterion.final_summary();
    println!("{tables}");
    Ok(())
}

/// One size as a table of Markdown: medians in nanoseconds per key, and how often hashbrown's fits in them.
fn report(keys: &Keys, contenders: &[Contender<'_>], loads: &[Option<f64>]) -> String {
    let own = STEPS.map(|step| median(keys, step, "hashbrown"));
    let mut text = format!("\n### {}: {} int keys\n\n", keys.name, keys.here.len());
    text += "| | load | insert | hit | miss |\n|---|---|---|---|---|\n";
    for (contender, &load) in contenders.iter().zip(loads) {
        text += &row(&contender.name, load, STEPS.map(|step| median(keys, step, &contender.name)), own);
    }
    for interpreter in INTERPRETERS {
        text += &match self::interpreter(interpreter, keys) {
            Ok(times) => row(&format!("CPython {} itself", interpreter.0), None, times.map(Some), own),
            Err(error) => format!("| CPython {}: {} | | | | |\n", interpreter.0, error.to_string().trim()),
        };
    }
    text
}

/// One line; empty if nothing was run. `own` are hashbrown's times.
fn row(name: &str, load: Option<f64>, times: [Option<f64>; 3], own: [Option<f64>; 3]) -> String {
    if times.iter().all(Option::is_none) {
        return String::new();
    }
    let load = load.map_or(String::new(), |load| format!("{:.0} %", load * 100.0));
    let cells = times.into_iter().zip(own).map(|times| match times {
        (Some(time), Some(own)) => format!(" {time:.1} ns = {:.2} × |", time / own),
        (Some(time), None) => format!(" {time:.1} ns |"),
        (None, _) => " |".to_owned(),
    });
    format!("| {name} | {load} |{}\n", cells.collect::<String>())
}
