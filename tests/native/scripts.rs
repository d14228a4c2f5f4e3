//! Scripts as people write them print what the interpreters printed, or are refused with a sentence that names the line.
//!
//! `python/tests/scripts` has the scripts, which the Python package is tested with too, and, in `expected.json`, what each interpreter printed.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use dictoscope::program::{Program, ProgramError};
use dictoscope::python::{Heap, Version};
use dictoscope::table::OpList;
use serde_json::Value;

/// What a script prints, and how it ended.
fn run(text: &str, version: Version) -> (Vec<String>, Result<(), ProgramError>) {
    let program = match Program::parse(text, version) {
        Ok(program) => program,
        Err(error) => return (Vec::new(), Err(error)),
    };
    let (mut heap, mut ops) = (Heap::new(version, Default::default()), OpList::default());
    let mut expansion = program.expand();
    let end = loop {
        ops.truncate(0);
        match expansion.next(&mut heap, &mut ops) {
            Ok(Some(_)) => {}
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    let lines = expansion.printed().iter().filter(|printed| !printed.echo).map(|printed| printed.text.clone());
    (lines.collect(), end)
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("python/tests/scripts")
}

/// Those that need Python itself, with the word that their refusal has and the line that it names.
const REFUSED: [(&str, usize, &str); 4] = [
    ("05-words.py", 7, "write a plain dict"),
    ("06-lru.py", 5, "classes need Python itself"),
    ("08-bad-hash.py", 2, "classes need Python itself"),
    ("10-errors.py", 3, "exceptions need Python itself"),
];

#[test]
fn scripts_print_what_the_interpreters_printed() {
    let expected = fs::read_to_string(folder().join("expected.json")).unwrap();
    let expected: BTreeMap<String, BTreeMap<String, Value>> = serde_json::from_str(&expected).unwrap();
    let mut compared = 0;
    for (name, versions) in &expected {
        let text = fs::read_to_string(folder().join(name)).unwrap();
        for (version, told) in versions {
            let version = Version::from_name(version).unwrap_or_else(|| panic!("no version {version}"));
            let (lines, end) = run(&text, version);
            if let Some((_, line, word)) = REFUSED.iter().find(|(refused, ..)| refused == name) {
                let error = end.expect_err(name);
                assert!(error.line == *line && error.message.contains(word), "{name}: {error}");
                continue;
            }
            let wanted: Vec<&str> = told["out"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
            assert_eq!(lines, wanted, "{name} in {}", version.name());
            assert_eq!(end.is_err(), told.get("error").is_some(), "{name} in {}: {end:?}", version.name());
            compared += 1;
        }
    }
    assert!(compared >= 40, "only {compared} scripts were compared");
}

#[test]
fn a_session_is_answered_as_it_was() {
    let text = fs::read_to_string(folder().join("12-session.txt")).unwrap();
    let answers: Vec<&str> = text.lines().filter(|line| !line.starts_with(">>>") && !line.starts_with("...")).collect();
    let (lines, end) = run(&text, Version::V3_13);
    assert_eq!((lines, end), (answers.into_iter().map(str::to_owned).collect(), Ok(())));
}

/// Programs of the public cases, as their authors write them, and what the interpreters say.
#[test]
fn public_cases_print_their_numbers() {
    let growth = "import sys\nmydict = {}\nold = 0\nfor n in range(60):\n    new = sys.getsizeof(mydict)\n    if new != old:\n        print(n, new)\n    old = new\n    mydict[n] = n\n";
    for (text, version, lines) in [
        (
            "import sys\nprint sys.getsizeof({}), sys.getsizeof(dict(a=1, b=2, c=3, d=4, e=5, f=6, g=7, h=8))",
            Version::V2_7,
            "280 1048",
        ),
        (
            "import sys\na = {'a':1,'b':2,'c':3,'d':4,'e':5,'f':6,'g':7}\nprint sys.getsizeof(a)\na['h'] = 8\nb = {'a':1,'b':2,'c':3,'d':4,'e':5,'f':6,'g':7,'h':8}\nprint sys.getsizeof(b)",
            Version::V2_7,
            "1048\n664",
        ),
        (growth, Version::V3_11, "0 64\n1 224\n6 352\n11 632\n22 1168\n43 2264"),
        (
            "d1 = {}\nd1[0] = 'a'\nd1[8] = 'b'\nd2 = {}\nd2[8] = 'b'\nd2[0] = 'a'\nprint d1.keys(), d2.keys()",
            Version::V2_7,
            "[0, 8] [8, 0]",
        ),
        ("print hash('foo'), hash('foo') % 8, hash('bar') % 8", Version::V2_7, "-4177197833195190597 3 4"),
        ("print(hash((501, -1)), hash((501, -2)))", Version::V3_11, "2671086736621881696 2671086736621881696"),
        ("import sys\nd = {i: object() for i in range(128)}\nprint(sys.getsizeof(d))", Version::V3_7, "4712"),
        (
            "import sys, copy\nbig = {i: i for i in range(1020)}\nfor k in list(big)[:339]:\n    del big[k]\nprint(sys.getsizeof(copy.deepcopy(big)))",
            Version::V3_13,
            "18512",
        ),
        (
            "words = 'a b a c b a'.split()\ncounts = {}\nfor w in words:\n    counts[w] = counts.get(w, 0) + 1\nprint(counts)",
            Version::V3_8,
            "{'a': 3, 'b': 2, 'c': 1}",
        ),
        (
            "d = {'x': 1}\nd.update(a=1, b=2)\nd |= {'c': 3}\ne = d | {'x': 9}\nprint({**e, 4: 5}, f\"{len(d):>3}|{e['x']!r}\")",
            Version::V3_9,
            "{'x': 9, 'a': 1, 'b': 2, 'c': 3, 4: 5}   4|9",
        ),
        (
            "d = {}\ni = 0\nwhile True:\n    if i in d: break\n    d[i] = i\n    i = (i + 3) % 10\nelse:\n    print('no')\nprint(len(d), i)",
            Version::V3_6,
            "10 0",
        ),
        (
            "d = dict.fromkeys('abcab', 0)\nwhile d:\n    print(d.popitem()[0], end=' ')\nprint()",
            Version::V3_12,
            "c b a ",
        ),
        (
            "import random\nrandom.seed(42)\nx = list(range(10))\nrandom.shuffle(x)\nprint(x, random.choice('abc'))",
            Version::V3_12,
            "[7, 3, 2, 8, 5, 6, 9, 4, 0, 1] c",
        ),
    ] {
        let (printed, end) = run(text, version);
        assert_eq!(end, Ok(()), "{text}");
        assert_eq!(printed.join("\n"), lines, "{text}");
    }
}

#[test]
fn all_refused_lines_are_told_at_once() {
    let text = "d = {}\nclass A:\n    pass\nd[1] = 2\ntry:\n    del d[5]\nexcept KeyError:\n    pass\nwith x: pass\nnowhere(1)\n";
    let (_, end) = run(text, Version::V3_13);
    let error = end.expect_err("a class");
    assert_eq!(error.line, 2);
    for told in ["line 5, column 1: exceptions", "line 9, column 1: 'with'"] {
        assert!(error.message.contains(told), "{error}");
    }
}
