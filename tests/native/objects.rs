//! `hash()`, `==`, `repr()` and error messages of random expressions, against the real interpreters.
//!
//! Where there is no interpreter for a version, its part is skipped and the test says so. `DICTOSCOPE_OBJECTS=N` runs N expressions a hash seed instead of 1,000.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use dictoscope::python::{Cursor, Expr, HashSettings, Heap, Obj, Version};
use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::Value as Json;

use crate::pythons::Python;

/// What the interpreter says to `lines`.
fn ask(python: &Python, seed: u32, lines: &str) -> Vec<Json> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/objects/dump.py");
    let mut child = Command::new(&python.executable)
        .args(["-W", "ignore", script])
        .env("PYTHONHASHSEED", seed.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it ran before");
    let mut stdin = child.stdin.take().expect("piped");
    let lines = lines.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("its answers");
    writer.join().expect("no panic").expect("it reads all lines");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

struct Source {
    rng: Pcg64Mcg,
    version: Version,
}

impl Source {
    fn below(&mut self, n: usize) -> usize {
        (self.rng.next_u64() % n as u64) as usize
    }

    fn pick<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.below(items.len())]
    }

    fn expression(&mut self, depth: usize) -> String {
        match self.below(if depth == 0 { 14 } else { 20 }) {
            0 => self.pick(&["None", "True", "False", "0", "1", "1.0", "-1", "-2", "''", "()"]).to_owned(),
            1..=4 => self.integer(),
            5..=7 => self.float(),
            8..=11 => self.string(),
            12 => format!("UUID(int={})", self.rng.next_u64() as u128 * self.rng.next_u64() as u128),
            13 => {
                let n = (u128::from(self.rng.next_u64()) << 64) + u128::from(self.rng.next_u64());
                let digits = format!("{n:032x}");
                format!("UUID('{}-{}-{}')", &digits[..8], &digits[8..12], &digits[12..])
            }
            14 | 15 => {
                let items: Vec<_> = (0..self.below(5)).map(|_| self.expression(depth - 1)).collect();
                format!("({}{})", items.join(", "), if items.len() == 1 { "," } else { "" })
            }
            16 => {
                // Now and then more than fit without a resize.
                let (most, depth) = if self.below(3) == 0 { (60, 0) } else { (5, depth - 1) };
                let items: Vec<_> = (0..self.below(most)).map(|_| self.expression(depth)).collect();
                format!("frozenset([{}])", items.join(", "))
            }
            17 => {
                let argument = self.expression(depth - 1);
                format!("{}({argument})", self.pick(&["str", "int", "float", "chr", "str"]))
            }
            18 => {
                let (a, b) = (self.expression(depth - 1), self.expression(depth - 1));
                let op = self.pick(&["+", "-", "*", "/", "//", "%", "<<", ">>", "&", "|", "^", "**"]);
                // A large shift or power makes Python busy for long.
                if matches!(op, "<<" | "**" | "*") && (a.len() > 40 || b.len() > 2) {
                    return format!("{a} - {b}");
                }
                format!("({a}) {op} ({b})")
            }
            _ => format!("{}{}", self.pick(&["-", "+", "~"]), self.integer()),
        }
    }

    fn integer(&mut self) -> String {
        let word = self.rng.next_u64();
        let text = match self.below(8) {
            0 => format!("{}", word % 20),
            1 => format!("{}", word % 100_000),
            2 => format!("{word}"),
            3 => format!("{}", (1u128 << self.below(127)) + 1 - u128::from(word % 3)),
            4 => format!("0x{word:x}"),
            5 => format!("0b{:b}", word % 1000),
            6 if self.version.is_py2() => self.long(),
            6 => format!("{}_{:03}", word % 999 + 1, word % 1000),
            _ => format!("{word}{}{}", self.rng.next_u64(), "7".repeat(self.below(30))),
        };
        let sign = self.pick(&["", "", "-"]);
        format!("{sign}{text}")
    }

    /// A `long` of 2.7 that an int could hold, or one more or less than an int can.
    fn long(&mut self) -> String {
        let word = self.rng.next_u64();
        let near = (1u128 << 63) + 1 - u128::from(word % 3);
        let suffix = self.pick(&["L", "l", "L", ""]);
        match self.below(8) {
            0 => format!("{}L", word % 1000),
            1 => format!("{near}{suffix}"),
            2 => format!("0x{near:X}{suffix}"),
            3 => format!("0{near:o}{suffix}"),
            4 => format!("({near}{suffix})"),
            5 => format!("int('-{near}')"),
            6 => format!("(2**63 - {})", word % 3),
            _ => format!("(-9223372036854775807 - {})", word % 3),
        }
    }

    fn float(&mut self) -> String {
        let word = self.rng.next_u64();
        match self.below(7) {
            0 => format!("{:?}", (word % 4000) as f64 / 8.0 - 100.0),
            1 => format!("{:?}", (word % 100_000) as f64 / 1000.0),
            2 => format!("{:?}", word as f64),
            3 => format!("-{:?}", 2f64.powi((word % 2000) as i32 - 1000)),
            4 => {
                self.pick(&["float('inf')", "float('-inf')", "float('nan')", "-0.0", "0.5", "1e16", "1e-5"]).to_owned()
            }
            5 => format!("{}.{:02}e{}", word % 10, word % 100, (word % 40) as i64 - 20),
            _ => match f64::from_bits(word) {
                x if x.is_finite() => format!("{x:e}"),
                _ => "1e999".to_owned(),
            },
        }
    }

    fn string(&mut self) -> String {
        let bytes = self.below(4) == 0;
        let raw = self.below(8) == 0;
        let prefix = match (bytes, raw) {
            (true, true) => "br",
            (true, false) => "b",
            (false, true) => "r",
            (false, false) => self.pick(&["", "", "u"]),
        };
        let quote = self.pick(&["'", "\"", "'''"]);
        let mut out = format!("{prefix}{quote}");
        for _ in 0..[0, 1, 1, 2, 3, 5, 8, 20][self.below(8)] {
            let word = self.rng.next_u64() as u32;
            match self.below(11) {
                0..=4 => out.push((b'a' + (word % 3) as u8) as char),
                5 => out
                    .push_str(self.pick(&["\\n", "\\t", "\\\\", "\\'", "\\\"", "\\q", "\\x00", "\\7", "\\177", "\\0"])),
                6 if !raw => drop(write!(out, "\\x{:02x}", word % 256)),
                7 if !raw && !bytes => drop(write!(out, "\\u{:04x}", word % 0x10000)),
                8 if !raw && !bytes => drop(write!(out, "\\U{:08x}", word % 0x110000)),
                9 if !bytes || word.is_multiple_of(8) => out.push(char::from_u32(word % 0x3000 + 0xA0).unwrap_or('x')),
                10 if !bytes => out.push(char::from_u32(word % 0x2_0000 + 0x1_0000).unwrap_or('x')),
                _ => out.push(if quote == "'" { '"' } else { '\'' }),
            }
        }
        // A quote before the closing ones would close too early.
        out.push('z');
        out + quote
    }
}

/// What the crate says to `line`; the flag tells a refusal by the parser.
fn evaluate(line: &str, heap: &mut Heap) -> Result<Obj, (String, bool)> {
    let mut cursor = Cursor::new(line, heap.version());
    let expr = Expr::parse(&mut cursor, &[]).map_err(|error| (error.message, true))?;
    if !cursor.at_end() {
        return Err((format!("{:?} is left over", cursor.rest()), true));
    }
    expr.eval(&[], heap).map_err(|message| (message, false))
}

/// Whether our message is the interpreter's, perhaps with help after it.
fn is_worded(ours: &str, python: &str, parser: bool) -> bool {
    // The parser refuses float('x') before anything else in the line is evaluated, and where in a line Python finds a
    // syntax error is its own affair.
    if python.starts_with("SyntaxError") {
        return parser;
    }
    // 2.7 quotes the text in its encoding, cuts it at NUL, or fails to encode it.
    let number = ["ValueError: could not convert string to float", "ValueError: invalid literal for int()"];
    number.iter().any(|text| ours.starts_with(text)) && (parser || python.contains("'decimal' codec"))
        || number.iter().any(|text| ours.starts_with(text) && python.starts_with(text) && python.len() > text.len())
        || ours.starts_with(python)
}

fn letters(text: &str) -> Vec<char> {
    let mut letters: Vec<char> = text.chars().collect();
    letters.sort_unstable();
    letters
}

#[test]
fn random_expressions_are_what_the_interpreters_make_of_them() {
    let count = std::env::var("DICTOSCOPE_OBJECTS").map_or(1000, |n| n.parse().expect("a number"));
    let mut differences = Vec::new();
    for version in Version::ALL {
        let python = match Python::find(version) {
            Ok(python) => python,
            Err(reason) => {
                eprintln!("SKIPPED: {reason}");
                continue;
            }
        };
        let (mut objects, mut errors, mut unsupported) = (0, 0, 0);
        for seed in [0, 1, 42, u32::MAX] {
            let mut source = Source { rng: Pcg64Mcg::seed_from_u64(u64::from(seed) << 8 | version as u64), version };
            let lines: Vec<String> = (0..count).map(|_| source.expression(3)).collect();
            let answers = ask(python, seed, &(lines.join("\n") + "\n"));
            assert_eq!(answers.len(), lines.len() + 1, "{}: the interpreter stopped early", version.name());
            let none = answers[0][1].as_str().expect("hash(None)").parse().expect("a number");
            let mut heap = Heap::new(version, HashSettings { seed, none });
            let mut before = Some(Obj::NONE);
            for (line, answer) in lines.iter().zip(&answers[1..]) {
                let ours = evaluate(line, &mut heap);
                let difference = match (&ours, &answer[1]) {
                    (Err((ours, parser)), Json::Null) => {
                        errors += 1;
                        let python = answer[0].as_str().expect("a message");
                        (!is_worded(ours, python, *parser) && !ours.contains("supported"))
                            .then(|| format!("{ours} instead of {python}"))
                    }
                    (Err((ours, _)), _) => {
                        unsupported += 1;
                        before = None;
                        let known = ["supported", "are held", "deep"].iter().any(|word| ours.contains(word));
                        (!known).then(|| ours.clone())
                    }
                    (Ok(obj), Json::Null) => Some(format!("{} instead of {}", heap.repr(*obj), answer[0])),
                    (Ok(obj), repr) => {
                        objects += 1;
                        let theirs = repr.as_str().expect("a repr");
                        let repr = heap.repr(*obj);
                        let hash = heap.hash(*obj).to_string();
                        // A NaN's address is another one here, and with it its place in a set.
                        let nan = line.contains("nan") || repr.contains("nan");
                        let address = nan && version.nan_hash_is_address();
                        let same = before.is_none_or(|before| {
                            let same = heap.hash(before) == heap.hash(*obj) && heap.same_key(before, *obj);
                            answer[2] == same
                        });
                        let equal = (repr == theirs
                            || (address && line.contains("frozenset") && letters(&repr) == letters(theirs)))
                            && (address || answer[0] == *hash)
                            && same;
                        before = Some(*obj);
                        (!equal).then(|| format!("{hash} {repr} (same key as before: {same}) instead of {answer}"))
                    }
                };
                differences
                    .extend(difference.map(|text| format!("{} seed {seed}: {line}\n    {text}", version.name())));
            }
        }
        eprintln!("{}: {objects} objects, {errors} errors, {unsupported} not supported here", python.release());
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences[..].join("\n"));
}
