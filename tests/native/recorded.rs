//! A program that is recorded while an interpreter runs it ends here with the cells that it has there.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

use dictoscope::program::{RecordedTrace, TraceHeader};
use dictoscope::python::{Heap, Value, Version};
use dictoscope::table::{AnyTable, Noop, SlotState, Table};
use flate2::bufread::MultiGzDecoder;
use serde_json::{Value as Json, json};

use super::pythons::Python;

/// As the Python side tells it (`python/tests/end_states.py`), but for the `repr` of objects that no literal makes.
fn state(table: &AnyTable, heap: &Heap) -> Json {
    let state = table.state();
    let entries = state.main.slots.iter().take(state.regs.fill as usize).map(|slot| match slot.state() {
        SlotState::Live(key, _) if matches!(*heap.value(key), Value::Foreign(_)) => json!([heap.hash(key), null]),
        SlotState::Live(key, _) => json!([heap.hash(key), heap.repr(key)]),
        _ => Json::Null,
    });
    json!({
        "len": state.regs.used,
        "sizeof": table.bytes().total(),
        "slots": state.main.size(),
        "usable": state.regs.usable,
        "nentries": state.regs.fill,
        "indices": state.main.indices.iter().map(|index| index.to_cpython()).collect::<Vec<_>>(),
        "entries": entries.collect::<Vec<_>>(),
    })
}

/// The last states in the interpreter, by number; the trace goes to a file.
fn recorded(python: &Python, trace: &Path) -> Json {
    let root = env!("CARGO_MANIFEST_DIR");
    let ran = Command::new(&python.executable)
        .env_remove("PYTHONHASHSEED")
        .arg("-B")
        .arg(format!("{root}/python/tests/end_states.py"))
        .arg(format!("{root}/python/tests/programs/warehouse.py"))
        .arg(trace)
        .output()
        .expect("it ran before");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).expect("JSON")
}

#[test]
fn a_recorded_program_ends_with_the_cells_of_its_interpreter() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    for version in Version::ALL.into_iter().filter(|&version| version >= Version::V3_8) {
        let python = match Python::find(version) {
            Ok(python) => python,
            Err(message) => {
                println!("SKIPPED: {message}");
                continue;
            }
        };
        let release = python.release();
        let file = folder.join(format!("recorded-{release}.jsonl.gz"));
        let theirs = recorded(python, &file);
        let packed = BufReader::new(std::fs::File::open(&file).unwrap());
        let mut lines = BufReader::new(MultiGzDecoder::new(packed)).lines().map(Result::unwrap);
        let header = TraceHeader::parse(&lines.next().unwrap()).unwrap();
        assert_eq!(header.version, version);
        let mut trace = RecordedTrace::new(header);
        let mut heap = trace.heap(version);
        lines.try_for_each(|line| trace.line(&line, &mut heap)).unwrap();
        assert_eq!(trace.why_stopped(), Some("end"));
        let theirs = theirs.as_object().unwrap();
        assert!(theirs.len() > 25, "{release}: {} dicts were compared", theirs.len());
        for (number, theirs) in theirs {
            let number: usize = number.parse().unwrap();
            let (ops, _) = trace.ops(number).unwrap();
            let mut table = (AnyTable::of_version(version).new)();
            (0..ops.len()).for_each(|i| {
                table.run(ops.get(i), &heap, &mut Noop);
            });
            let (ours, mut theirs) = (state(&table, &heap), theirs.clone());
            theirs.as_object_mut().unwrap().remove("kind");
            for (entry, own) in
                theirs["entries"].as_array_mut().unwrap().iter_mut().zip(ours["entries"].as_array().unwrap())
            {
                if own[1].is_null() && !entry.is_null() {
                    entry[1] = Json::Null;
                }
            }
            let dict = &trace.dicts()[number];
            // Of a class that adds to the object only the table is the same.
            if dict.kind != "dict" {
                theirs["sizeof"] = ours["sizeof"].clone();
            }
            assert_eq!(theirs, ours, "{release}: dict {number}, a {} of line {:?}", dict.kind, dict.line);
        }
    }
}
