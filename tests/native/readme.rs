//! README's tables say what the code says. Whoever changes the code finds the new rows in the message of the failed test.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use dictoscope::engine::HISTORY_BUDGET;
use dictoscope::engine::story::MOST_TABLES;
use dictoscope::history::Trace;
use dictoscope::program::{self, GENERATORS, Program};
use dictoscope::python::{Heap, Version, expr, literal, number};
use dictoscope::table::{AnyTable, MAX_SLOTS, Noop, OpList, Policy, Table};
use dictoscope::view::stage::MOST_CARDS;
use dictoscope::view::text::group;

const README: &str = include_str!("../../README.md");

/// The rows under `header` are these.
fn assert_table(header: &str, rows: &[String]) {
    let (_, after) = README.split_once(header).unwrap_or_else(|| panic!("README has no table {header}"));
    let found: Vec<_> = after.lines().skip(2).take_while(|line| line.starts_with('|')).collect();
    assert!(found == rows, "README's table {header} should be:\n{}", rows.join("\n"));
}

#[test]
fn keys() {
    let help = include_str!("../../src/app/keys.rs").split_once("pub const HELP").expect("the list of keys").1;
    let help = help.split_once("= [").and_then(|(_, list)| list.split_once("\n];")).expect("an array").0;
    let row = |line: &str| {
        let (key, does) = line.trim().strip_prefix("(\"")?.strip_suffix("\"),")?.split_once("\", \"")?;
        Some(format!("| {key} | {does} |"))
    };
    let rows: Option<Vec<_>> = help.lines().filter(|line| !line.is_empty()).map(row).collect();
    assert_table("| key | does |", &rows.expect("a pair a line"));
}

#[test]
fn generators() {
    let rows: Vec<_> = GENERATORS.iter().map(|one| format!("| `{}` | {} |", one.form(), one.doc)).collect();
    assert_table("| generator | does |", &rows);
}

/// Bytes when 100,000 UUIDs are in, when all are out again, and after a copy of what is left.
fn experiment(policy: &Policy) -> [u64; 3] {
    let program = Program::parse(include_str!("../../examples/experiment.txt"), policy.python).expect("it parses");
    let (mut expansion, mut heap) = (program.expand(), Heap::new(policy.python, Default::default()));
    let (mut table, mut ops) = ((policy.new)(), OpList::default());
    let (mut done, mut bytes) = (0, Vec::new());
    while expansion.next(&mut heap, &mut ops).expect("it runs").is_some() {
        assert!(table.run(ops.get(0), &heap, &mut Noop).is_ok());
        ops.truncate(0);
        done += 1;
        if [100_000, 200_000, 200_001].contains(&done) {
            bytes.push(table.bytes().total());
        }
    }
    bytes.try_into().expect("three moments")
}

#[test]
fn tables_and_their_bytes() {
    let row = |policy: &'static Policy| {
        let [full, empty, copied] = experiment(policy).map(group);
        format!("| `{}` | {} | {} | {full} | {empty} | {copied} |", policy.name, policy.title, policy.deletion.name())
    };
    let rows: Vec<_> = AnyTable::policies().map(row).collect();
    assert_table("| table | what it is | when keys are deleted | full | emptied | copied |", &rows);
}

#[test]
fn releases() {
    let row = |version: Version| {
        let (name, others) = (AnyTable::of_version(version).name, version.other_sizes().unwrap_or("–"));
        format!("| `{name}` | {} | {} | {others} |", version.releases(), version.read_off())
    };
    assert_table("| table | stands for | read off | who prints other sizes |", &Version::ALL.map(row));
}

#[test]
fn settings() {
    let mut seen = BTreeSet::new();
    let mut rows = Vec::new();
    for policy in AnyTable::policies() {
        for setting in (policy.new)().settings().iter().flat_map(|settings| settings.list()) {
            if seen.insert(setting.name) {
                rows.push(format!("| `{}` | {} | {} |", setting.name, setting.doc, setting.range));
            }
        }
    }
    assert_table("| setting | is | may be |", &rows);
}

#[test]
fn limits() {
    let number = |n: usize| group(n as u64);
    let rows = [
        ("operations of a program", group(program::MAX_OPS)),
        ("bytes of a program's text, typed lines included", number(program::MAX_TEXT)),
        ("items of one operation, or of a loop's list", number(program::MAX_ITEMS)),
        ("items of a tuple or frozenset", number(expr::MAX_ITEMS)),
        ("brackets within brackets", number(expr::MAX_DEPTH)),
        ("operators in an expression", number(expr::MAX_OPERATORS)),
        ("characters of a string", number(literal::MAX_STRING)),
        ("digits of an int", number(number::MAX_INT_DIGITS)),
        ("slots of a table; an operation that would need more is refused and says so", number(MAX_SLOTS)),
        ("tables side by side", number(MOST_TABLES)),
        ("memory for the past; beyond it the oldest operations can no longer be reached", {
            format!("{} MiB", HISTORY_BUDGET >> 20)
        }),
        ("steps of one operation; what comes after them is crossed at once", number(Trace::LIMIT)),
        ("slots drawn one by one; larger tables are a map with a close-up", number(MOST_CARDS)),
    ];
    assert_table("| limit | is |", &rows.map(|(what, limit)| format!("| {what} | {limit} |")));
}

/// ARCHITECTURE.md has a line for every file of a room; the page's panels it leaves to `src/app/page.rs`.
#[test]
fn the_map_of_the_code_is_complete() {
    const MAP: &str = include_str!("../../ARCHITECTURE.md");
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for room in fs::read_dir(src).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        let name = room.file_name().unwrap().to_str().unwrap();
        assert!(MAP.contains(&format!("**`{name}`**")), "ARCHITECTURE.md has no room `{name}`");
        for file in fs::read_dir(&room).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
            let told = file == "tests.rs" || MAP.contains(&format!("`{}", file.trim_end_matches(".rs")));
            assert!(told || name == "app", "ARCHITECTURE.md does not say what src/{name}/{file} is for");
        }
    }
}
