//! Tables of exercise sheets: what the settings give, against a few lines that do what the sheet says.

use dictoscope::program::Program;
use dictoscope::python::{HashSettings, Heap};
use dictoscope::table::{AnyTable, Noop, OpList, Outcome, SlotState, Table};

/// The array as sheets print it: the key of each slot, `-` for an empty one, `del` for a tombstone.
fn sheet(table: &AnyTable, heap: &Heap) -> Vec<String> {
    let show = |state| match state {
        SlotState::Live(key, _) => heap.repr(key).trim_matches('\'').to_owned(),
        SlotState::Tombstone(_) => "del".to_owned(),
        SlotState::Empty => "-".to_owned(),
    };
    table.state().main.slots.iter().map(|slot| show(slot.state())).collect()
}

/// Run a program; the table and what each operation gave.
fn run(spec: &str, text: &str) -> (Vec<String>, Vec<Outcome>) {
    let mut table = AnyTable::parse(spec).unwrap_or_else(|error| panic!("{error}"));
    let version = table.policy().python;
    let mut heap = Heap::new(version, HashSettings::default());
    let mut ops = OpList::default();
    let mut outcomes = Vec::new();
    let mut expansion = Program::parse(text, version).unwrap_or_else(|error| panic!("{error}")).expand();
    while expansion.next(&mut heap, &mut ops).unwrap().is_some() {
        outcomes.push(table.run(ops.get(ops.len() - 1), &heap, &mut Noop));
        table.check(&heap).unwrap_or_else(|error| panic!("{spec}: {error}"));
    }
    (sheet(&table, &heap), outcomes)
}

/// What the sheet asks for: the keys in order, and the slot of each key at its `i`th try.
fn by_hand(m: usize, keys: &[(&str, i64)], slot: impl Fn(i64, i64) -> i64) -> Vec<String> {
    let mut cells = vec!["-".to_owned(); m];
    for &(label, k) in keys {
        let free = (0..m as i64).map(|i| slot(k, i).rem_euclid(m as i64) as usize).find(|&at| cells[at] == "-");
        cells[free.expect("the sheet's keys fit")] = label.to_owned();
    }
    cells
}

fn ints(text: &str) -> Vec<(&str, i64)> {
    text.split_whitespace().map(|word| (word, word.parse().unwrap())).collect()
}

/// Letters by their places in the alphabet, A = 1.
fn letters(text: &str) -> Vec<(&str, i64)> {
    text.split_whitespace().map(|word| (word, i64::from(word.as_bytes()[0]) - 64)).collect()
}

type Rule = fn(i64, i64) -> i64;

/// Settings, size, keys, and the rule in Rust; then the first cells as the sheet prints them, where it does.
const SHEETS: &[(&str, usize, &str, Rule, &str)] = &[
    // Cormen, Leiserson, Rivest, Stein, 11.4-1.
    ("linear:size=11,load=1", 11, "10 22 31 4 15 28 17 88 59", |k, i| k + i, "22 88 - - 4 15 28 17 59 31 10"),
    ("quadratic:size=11,load=1,step=i+3*i*i", 11, "10 22 31 4 15 28 17 88 59", |k, i| k + i + 3 * i * i, ""),
    ("double:size=11,load=1,step=1+k%(m-1)", 11, "10 22 31 4 15 28 17 88 59", |k, i| k + i * (1 + k % 10), ""),
    // The second hash R - k mod R.
    (
        "double:size=13,load=1,step=7-k%7",
        13,
        "18 41 22 44 59 32 31 73",
        |k, i| k + i * (7 - k % 7),
        "31 - 41 - - 18 32 59 73 22 44 - -",
    ),
    ("linear:size=11,load=1", 11, "13 22 3 43 11 14 12 16 33 10", |k, i| k + i, ""),
    ("double:size=11,load=1,step=5-k%5", 11, "13 22 3 43 11 14 12 16 33 10", |k, i| k + i * (5 - k % 5), ""),
    // Letters, with a hash of their own.
    (
        "linear:size=16,load=1,hash=11*k",
        16,
        "E A S Y Q U T I O N",
        |k, i| 11 * k + i,
        "- S - Y I O - E U - N A Q T - -",
    ),
    ("double:size=16,load=1,hash=11*k,step=k%3+1", 16, "E A S Y Q U T I O N", |k, i| 11 * k + i * (k % 3 + 1), ""),
    ("linear:size=10,load=1,hash=3*k", 10, "10 4 3 12 9", |k, i| 3 * k + i, ""),
    // Constant steps and squares.
    ("linear:size=11,load=1", 11, "23 45 55 75 8 86 32", |k, i| k + i, ""),
    ("quadratic:size=11,load=1,step=i*i", 11, "23 45 55 75 8 86 32", |k, i| k + i * i, ""),
    ("linear:size=11,load=1,step=3", 11, "23 45 55 75 8 86 32", |k, i| k + 3 * i, ""),
    ("linear:size=11,load=1", 11, "31 9 26 21 50 15 36 22 2", |k, i| k + i, ""),
    ("quadratic:size=16,load=1,step=(i+i*i)//2", 16, "5 21 37 53 69", |k, i| k + (i + i * i) / 2, ""),
    // Sums of digits, parts of a number, a full table.
    ("linear:size=10,load=1,hash=digits(k)", 10, "47 83 29 56 92 11", |k, i| k / 10 + k % 10 + i, ""),
    ("linear:size=7,load=1,hash=k//10", 7, "76 93 40 47 10 55 12", |k, i| k / 10 + i, ""),
    (
        "linear:size=11,load=1,hash=(2*k+5)%11",
        11,
        "12 44 13 88 23 94 11 39 20 16 5",
        |k, i| (2 * k + 5) % 11 + i,
        "11 39 20 5 16 44 88 12 23 13 94",
    ),
    (
        "linear:size=7,grow=no,hash={50:1,700:0,76:6,85:1,92:1,73:3,101:3}",
        7,
        "50 700 76 85 92 73 101",
        |k, i| k % 7 + i,
        "700 50 85 92 73 101 76",
    ),
];

#[test]
fn tables_of_exercise_sheets() {
    for (spec, size, keys, rule, printed) in SHEETS {
        let is_text = keys.starts_with(char::is_alphabetic);
        let pairs = if is_text { letters(keys) } else { ints(keys) };
        let quote = if is_text { "'" } else { "" };
        let text: String = pairs.iter().map(|(label, _)| format!("d[{quote}{label}{quote}] = 0\n")).collect();
        let text = if text.is_empty() { "d.clear()\n".to_owned() } else { text };
        let (cells, outcomes) = run(spec, &text);
        assert!(outcomes.iter().all(|outcome| outcome.is_ok()), "{spec}: {outcomes:?}");
        assert_eq!(cells, by_hand(*size, &pairs, rule), "{spec}");
        assert!(printed.is_empty() || cells.join(" ") == *printed, "{spec}: {cells:?}");
    }
}

#[test]
fn sheets_with_deletions() {
    let text = "d[20] = 0\nd[8] = 0\nd[3] = 0\nd[12] = 0\nd[10] = 0\nd[2] = 0\ndel d[8]\n2 in d";
    let (cells, outcomes) = run("linear:size=10,load=1,hash=3*k", text);
    let mut expected = by_hand(10, &ints("20 8 3 12 10 2"), |k, i| 3 * k + i);
    expected[4] = "del".to_owned();
    assert_eq!(cells, expected);
    assert!(outcomes.iter().all(|outcome| outcome.is_ok()));
    // The first tombstone on the way is taken, or not.
    let text = "d[0] = 0\nd[10] = 0\nd[20] = 0\ndel d[10]\nd[30] = 0";
    assert_eq!(run("linear:size=10,grow=no", text).0[..4], ["0", "30", "20", "-"]);
    assert_eq!(run("linear:size=10,grow=no,reuse=no", text).0[..4], ["0", "del", "20", "30"]);
}

#[test]
fn a_full_table_says_so_and_still_answers() {
    for step in ["", ",step=3", ",step=1+k%6"] {
        let spec = format!("double:size=7,grow=no{step}");
        let text =
            "for i in range(7): d[i * 5] = i\nd[99] = 1\n99 in d\nd[5] = 7\nd.get(77)\ndel d[5]\nd[99] = 2\n99 in d";
        let (cells, outcomes) = run(&spec, text);
        assert!(cells.iter().all(|cell| cell != "-" && cell != "del"), "{spec}: {cells:?}");
        assert_eq!(outcomes[7..9], [Outcome::Full, Outcome::Bool(false)], "{spec}");
        assert!(outcomes[9].is_ok() && outcomes[12].is_ok(), "{spec}");
        assert_eq!(outcomes[13], Outcome::Bool(true), "{spec}");
    }
}

#[test]
fn steps_that_miss_slots_are_told_and_only_those() {
    for spec in [
        "double:size=13",
        "double:size=12",
        "double:size=13,step=7-k%7",
        "double:size=11,step=1+k%(m-1)",
        "linear:size=10,step=3",
        "linear:size=10",
        "quadratic:size=16",
        "quadratic:size=16,step=(i+i*i)//2",
        "linear:size=11,hash=2*k+5",
        "cpython-3.15",
        "swiss",
    ] {
        assert_eq!(AnyTable::parse(spec).unwrap().remark(), None, "{spec}");
    }
    for (spec, visits) in [
        ("quadratic:size=11", "6 of 11"),
        ("quadratic:size=11,step=i*i", "6 of 11"),
        ("quadratic:size=10,step=i*i", "6 of 10"),
        ("linear:size=10,step=5", "2 of 10"),
        ("double:size=12,step=1+k%5", "3 of 12"),
        ("double:size=13,step=k%7", "1 of 13"),
    ] {
        let remark = AnyTable::parse(spec).unwrap().remark().expect(spec);
        assert!(remark.contains(visits), "{spec}: {remark}");
    }
}

#[test]
fn a_key_that_finds_no_slot_makes_the_table_grow_as_it_is_told_to() {
    // Squares modulo 11 leave five slots out: the seventh key of one first slot finds none.
    let text = "for i in range(7): d[i * 11] = i\nfor i in range(7): d[i * 11]";
    let grown = |spec: &str| {
        let (cells, outcomes) = run(spec, text);
        assert!(outcomes.iter().all(|outcome| outcome.is_ok()), "{spec}: {outcomes:?}");
        cells.len()
    };
    assert_eq!(grown("quadratic:size=11,load=1,step=i*i"), 22);
    assert_eq!(grown("quadratic:size=11,load=1,step=i*i,grow=odd"), 23);
    assert_eq!(grown("quadratic:size=11,load=1,step=i*i,grow=prime"), 23);
    let (cells, outcomes) = run("quadratic:size=11,step=i*i,grow=no", text);
    assert_eq!((cells.len(), outcomes[6]), (11, Outcome::Full));
    // Half full, then the next prime.
    let text = "for i in range(4): d[i] = i";
    assert_eq!(run("linear:size=5,load=0.5,grow=prime", text).0.len(), 11);
    assert_eq!(run("linear:size=5,load=0.5,grow=odd", text).0.len(), 11);
}
