//! Traces of real programs, into operations: `docs/trace.md` describes the format.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::MAX_OPS;
use crate::python::{Cursor, Expr, Foreign, HashSettings, Heap, Obj, Value, Version};
use crate::table::{CopyHow, Op, OpList};

const FORMAT: &str = "dictoscope-trace";
const FORMAT_VERSION: u64 = 1;

/// What a trace says of the interpreter that wrote it: its first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceHeader {
    /// The version whose rules it follows.
    pub version: Version,
    /// The settings of its hashes, as far as they are known.
    pub hashes: HashSettings,
    /// Whether its hashes are those of a 64-bit build.
    pub wide: bool,
    /// Whether it has the values.
    values: bool,
}

impl TraceHeader {
    /// Read the first line.
    ///
    /// # Errors
    /// It is no trace, of another format version, or of an interpreter that is not reproduced here.
    pub fn parse(line: &str) -> Result<TraceHeader, String> {
        let told: Json = serde_json::from_str(line).unwrap_or_default();
        if told["format"] != FORMAT {
            return Err("this is no trace: `python -m dictoscope run` and dictoscope.record write them".to_owned());
        }
        if told["version"] != FORMAT_VERSION {
            return Err(format!(
                "the trace has format version {}, and {FORMAT_VERSION} is what is read",
                told["version"]
            ));
        }
        let release = told["python"].as_str().unwrap_or_default();
        let mut numbers = release.split('.').map(|part| part.parse().ok());
        let mut number = || numbers.next().flatten();
        let version = match (number(), number(), number()) {
            (Some(major), Some(minor), Some(patch)) => Version::of_release(major, minor, patch),
            _ => None,
        };
        let version = version.filter(|_| told["implementation"] == "cpython");
        let version = version.ok_or_else(|| {
            let implementation = told["implementation"].as_str().unwrap_or_default();
            format!("the trace is of {implementation} {release}, whose dicts are not reproduced here")
        })?;
        let mut hashes = HashSettings::default();
        hashes.seed = told["hash_seed"].as_u64().and_then(|seed| seed.try_into().ok()).unwrap_or(hashes.seed);
        hashes.none = told["none_hash"].as_i64().unwrap_or(hashes.none);
        Ok(TraceHeader { version, hashes, wide: told["bits"] == 64, values: told["values"] == true })
    }
}

/// A dict of a trace: what was done to it.
#[derive(Clone, Debug)]
pub struct RecordedDict {
    /// The name of its type.
    pub kind: String,
    /// The line of the script that made it, if it is known.
    pub line: Option<u32>,
    /// The dict that it was copied from, and how many operations that had had.
    origin: Option<(usize, usize)>,
    ops: OpList,
    lines: Vec<u32>,
    /// `len(d)` and `sys.getsizeof(d)` in the interpreter, after the operations so far.
    pub last_seen: Option<(u64, u64)>,
}

/// A trace being read, line by line.
#[derive(Debug)]
pub struct RecordedTrace {
    header: TraceHeader,
    keys: HashMap<u64, Obj>,
    /// Values by their JSON: there are few different ones.
    values: HashMap<String, Obj>,
    dicts: Vec<RecordedDict>,
    made: u64,
    why_stopped: Option<String>,
}

impl RecordedTrace {
    /// A trace of which nothing but the header was read yet.
    pub fn new(header: TraceHeader) -> RecordedTrace {
        let (keys, values) = (HashMap::new(), HashMap::new());
        RecordedTrace { header, keys, values, dicts: Vec::new(), made: 0, why_stopped: None }
    }

    /// A heap for its objects, under the rules of `version`.
    pub fn heap(&self, version: Version) -> Heap {
        Heap::new(version, self.header.hashes)
    }

    /// The dicts so far.
    pub fn dicts(&self) -> &[RecordedDict] {
        &self.dicts
    }

    /// Why recording ended, if the trace was read up to there: `None` of a file that was cut.
    pub fn why_stopped(&self) -> Option<&str> {
        self.why_stopped.as_deref()
    }

    /// Read one line after the header. All calls must be given the same heap.
    ///
    /// # Errors
    /// What is wrong with the line. It was not read then, and all before it stays.
    pub fn line(&mut self, text: &str, heap: &mut Heap) -> Result<(), String> {
        let line: Json = serde_json::from_str(text).map_err(|_| "the line is not JSON".to_owned())?;
        let name = line[0].as_str().ok_or("a line is an array, its name first")?;
        match name {
            "k" => return self.key(&line, heap),
            "stop" => {
                self.why_stopped = Some(line[1].as_str().unwrap_or_default().to_owned());
                return Ok(());
            }
            _ => {}
        }
        let number = line[1].as_u64().and_then(|n| usize::try_from(n).ok()).ok_or("a line names its dict")?;
        let at = line[2].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
        if name == "new" {
            return self.new_dict(number, at, &line, heap);
        }
        if self.dicts.get(number).is_none() {
            return Err(format!("there is no dict {number} before this line"));
        }
        let op = match name {
            "is" => {
                self.dicts[number].last_seen = line[3].as_u64().zip(line[4].as_u64());
                return Ok(());
            }
            "become" => return self.become_copy(number, at, &line),
            "update" | "ior" => {
                let items = self.items(&line[3], heap)?;
                let op = if name == "ior" && heap.version() >= Version::V3_9 { Op::UpdateOr } else { Op::Update };
                return self.push(number, at, op(&items));
            }
            "set" => Op::Set(self.known_key(&line[3])?, self.value(&line[4], heap)),
            "setdefault" => Op::SetDefault(self.known_key(&line[3])?, self.value(&line[4], heap)),
            "get" => Op::Get(self.known_key(&line[3])?),
            "getor" => Op::GetOr(self.known_key(&line[3])?, Obj::NONE),
            "in" => Op::Contains(self.known_key(&line[3])?),
            "del" => Op::Del(self.known_key(&line[3])?),
            "pop" => Op::Pop(self.known_key(&line[3])?, None),
            "popor" => Op::Pop(self.known_key(&line[3])?, Some(Obj::NONE)),
            "popitem" => Op::PopItem,
            "clear" => Op::Clear,
            // Of a later writer.
            _ => return Ok(()),
        };
        self.push(number, at, op)
    }

    fn push(&mut self, number: usize, at: u32, op: Op<'_>) -> Result<(), String> {
        if self.made == MAX_OPS {
            return Err(format!("the trace has more than {} operations", super::grouped(MAX_OPS)));
        }
        self.made += 1;
        let dict = &mut self.dicts[number];
        dict.ops.push(op);
        dict.lines.push(at);
        dict.last_seen = None;
        Ok(())
    }

    fn key(&mut self, line: &Json, heap: &mut Heap) -> Result<(), String> {
        let number = line[1].as_u64().ok_or("a key has a number")?;
        let hash = line[2].as_i64();
        let value = match line[3].as_str() {
            Some(literal) => {
                match parsed(literal, heap) {
                    // Recorded hashes are right for the version that recorded them; another one has its own.
                    Some(obj) if !self.header.wide || heap.version() != self.header.version => {
                        self.keys.insert(number, obj);
                        return Ok(());
                    }
                    Some(obj) => heap.value(obj).into_owned(),
                    // What this version cannot say, as `1L`, or what is nested too deeply: its text stands for it.
                    None => Value::Foreign(Box::new(Foreign { kind: literal.into(), serial: None })),
                }
            }
            None => {
                let kind = line[4].as_str().ok_or("a key without a literal has a type")?.into();
                Value::Foreign(Box::new(Foreign { kind, serial: line[5].as_u64() }))
            }
        };
        let obj = heap.alloc_recorded(value, hash.unwrap_or(0));
        self.keys.insert(number, obj);
        Ok(())
    }

    fn known_key(&self, number: &Json) -> Result<Obj, String> {
        let known = number.as_u64().and_then(|number| self.keys.get(&number));
        known.copied().ok_or_else(|| format!("there is no key {number} before this line"))
    }

    /// A value; `None` where none is written.
    fn value(&mut self, told: &Json, heap: &mut Heap) -> Obj {
        match told {
            Json::Null => Obj::NONE,
            Json::Bool(false) => Obj::FALSE,
            Json::Bool(true) => Obj::TRUE,
            _ => {
                let text = told.as_str().map_or_else(|| told.to_string(), str::to_owned);
                *self.values.entry(text).or_insert_with_key(|text| {
                    parsed(text, heap).unwrap_or_else(|| {
                        let kind = text.trim_matches(['<', '>']).into();
                        heap.alloc(Value::Foreign(Box::new(Foreign { kind, serial: None })))
                    })
                })
            }
        }
    }

    fn items(&mut self, told: &Json, heap: &mut Heap) -> Result<Vec<(Obj, Obj)>, String> {
        let told = told.as_array().ok_or("items are an array")?;
        if !self.header.values {
            return told.iter().map(|key| Ok((self.known_key(key)?, Obj::NONE))).collect();
        }
        told.chunks(2)
            .map(|pair| Ok((self.known_key(&pair[0])?, self.value(pair.get(1).unwrap_or(&Json::Null), heap))))
            .collect()
    }

    fn new_dict(&mut self, number: usize, at: u32, line: &Json, heap: &mut Heap) -> Result<(), String> {
        if number != self.dicts.len() {
            return Err(format!("dict {number} comes where dict {} was expected", self.dicts.len()));
        }
        let items = if line[5].is_null() { Vec::new() } else { self.items(&line[5], heap)? };
        self.dicts.push(RecordedDict {
            kind: line[3].as_str().unwrap_or("dict").to_owned(),
            line: (at != 0).then_some(at),
            origin: None,
            ops: OpList::default(),
            lines: Vec::new(),
            last_seen: None,
        });
        match line[4].as_str() {
            Some("display") => self.push(number, at, Op::Display(&items)),
            Some("comprehension") => {
                self.push(number, at, Op::Display(&[]))?;
                items.iter().try_for_each(|&(key, value)| self.push(number, at, Op::Set(key, value)))
            }
            // `dict()` gives what a dict from no keys is.
            Some("dict" | "fromkeys") => self.push(number, at, Op::FromKeys(&items)),
            _ => Err(format!("a new dict is not made by {}", line[4])),
        }
    }

    fn become_copy(&mut self, number: usize, at: u32, line: &Json) -> Result<(), String> {
        let how = match line[3].as_str() {
            Some("dict") => CopyHow::Dict,
            Some("copy") => CopyHow::Copy,
            Some("unpack") => CopyHow::Unpack,
            _ => return Err(format!("a dict is not copied by {}", line[3])),
        };
        let source = line[4].as_u64().and_then(|n| usize::try_from(n).ok());
        // Only of an earlier one: so no dict is a copy of itself, and `ops` comes to an end.
        let source = source.filter(|&source| source < number).ok_or("a dict is copied from an earlier one")?;
        let before = self.dicts[source].ops.len();
        let dict = &mut self.dicts[number];
        self.made -= dict.ops.len() as u64;
        (dict.ops, dict.lines, dict.origin) = (OpList::default(), Vec::new(), Some((source, before)));
        self.push(number, at, Op::Copy(how))
    }

    /// All operations that make dict `number` what it is: those of the dict that it was copied from come first. With each
    /// the line of the script, 0 where it is not known.
    ///
    /// # Errors
    /// There is no such dict, or it would take more than [`MAX_OPS`] operations.
    pub fn ops(&self, number: usize) -> Result<(OpList, Vec<u32>), String> {
        let dict = self.dicts.get(number).ok_or_else(|| format!("there is no dict {number} in the trace"))?;
        let mut parts = vec![(dict, dict.ops.len())];
        while let Some((source, count)) = parts.last().and_then(|(dict, _)| dict.origin) {
            parts.push((&self.dicts[source], count));
        }
        let count: u64 = parts.iter().map(|&(_, count)| count as u64).sum();
        if count > MAX_OPS {
            return Err(format!("dict {number} took more than {} operations", super::grouped(MAX_OPS)));
        }
        let (mut ops, mut lines) = (OpList::default(), Vec::new());
        for (dict, count) in parts.into_iter().rev() {
            (0..count).for_each(|i| ops.push(dict.ops.get(i)));
            lines.extend_from_slice(&dict.lines[..count]);
        }
        Ok((ops, lines))
    }
}

/// The object that a literal makes.
fn parsed(text: &str, heap: &mut Heap) -> Option<Obj> {
    let mut cursor = Cursor::new(text, heap.version());
    let expr = Expr::parse(&mut cursor, &[]).ok()?;
    cursor.skip_space();
    cursor.rest().is_empty().then(|| expr.eval(&[], heap).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{AnyTable, Noop, Table};

    const HEADER: &str = r#"{"format":"dictoscope-trace","version":1,"python":"3.13.0","implementation":"cpython","bits":64,"keys":"value","values":true,"hash_seed":null,"none_hash":1}"#;

    fn read(lines: &str) -> Result<(RecordedTrace, Heap), String> {
        let mut trace = RecordedTrace::new(TraceHeader::parse(HEADER)?);
        let mut heap = trace.heap(Version::V3_13_0);
        lines.lines().try_for_each(|line| trace.line(line, &mut heap))?;
        Ok((trace, heap))
    }

    fn replayed(trace: &RecordedTrace, heap: &Heap, number: usize) -> AnyTable {
        let mut table = AnyTable::parse("cpython-3.13.0").unwrap();
        let (ops, lines) = trace.ops(number).unwrap();
        assert_eq!(ops.len(), lines.len());
        for i in 0..ops.len() {
            table.run(ops.get(i), heap, &mut Noop);
        }
        table
    }

    #[test]
    fn recorded_hashes_are_used_and_objects_told_apart() {
        let (trace, heap) = read(
            "[\"new\",0,3,\"dict\",\"display\",[]]\n[\"k\",0,77,\"'a'\"]\n[\"k\",1,42,null,\"Own\",0]\n[\"k\",2,42,null,\"Own\",1]\n\
             [\"set\",0,4,0,1]\n[\"set\",0,5,1,\"<list>\"]\n[\"set\",0,5,2,\"'x'\"]\n[\"get\",0,6,1]\n[\"later\",0,0]\n[\"stop\",\"end\"]",
        )
        .unwrap();
        let table = replayed(&trace, &heap, 0);
        let hashes: Vec<_> = table.state().main.slots.iter().take(3).map(|slot| slot.state()).collect();
        let hash = |i: usize| match hashes[i] {
            crate::table::SlotState::Live(key, value) => (heap.hash(key), heap.repr(key), heap.repr(value)),
            other => panic!("{other:?}"),
        };
        assert_eq!(hash(0), (77, "'a'".into(), "1".into()));
        assert_eq!(hash(1), (42, "<Own 0>".into(), "<list>".into()));
        assert_eq!(hash(2), (42, "<Own 1>".into(), "'x'".into()));
        assert_eq!((trace.dicts()[0].line, trace.why_stopped()), (Some(3), Some("end")));
    }

    #[test]
    fn a_copy_has_the_past_of_what_it_was_copied_from() {
        let (trace, heap) = read(
            "[\"k\",0,1,\"1\"]\n[\"k\",1,2,\"2\"]\n[\"new\",0,1,\"dict\",\"comprehension\",[0,0,1,0]]\n[\"del\",0,2,0]\n\
             [\"new\",1,3,\"dict\",\"dict\"]\n[\"become\",1,3,\"copy\",0]\n[\"set\",0,4,0,0]\n[\"set\",1,5,0,9]",
        )
        .unwrap();
        assert_eq!(trace.ops(0).unwrap().1, [1, 1, 1, 2, 4]);
        assert_eq!(trace.ops(1).unwrap().1, [1, 1, 1, 2, 3, 5]);
        assert_eq!(replayed(&trace, &heap, 1).state().regs.fill, 3, "copy() keeps the hole here");
    }

    #[test]
    fn a_literal_that_is_none_here_stands_for_itself() {
        let (trace, heap) =
            read("[\"k\",0,5,\"5L\"]\n[\"k\",1,5,\"5L\"]\n[\"new\",0,1,\"dict\",\"display\",[0,1]]\n[\"set\",0,1,1,2]")
                .unwrap();
        let table = replayed(&trace, &heap, 0);
        assert_eq!(table.state().regs.used, 1, "the same text and hash are the same key");
    }

    #[test]
    fn what_is_no_trace_is_refused_in_words() {
        for (line, message) in [
            ("", "no trace"),
            ("[]", "no trace"),
            (&HEADER.replace("\"version\":1", "\"version\":2"), "format version 2"),
            (&HEADER.replace("3.13.0", "3.99.0"), "3.99.0"),
            (&HEADER.replace("cpython", "pypy"), "pypy"),
        ] {
            assert!(TraceHeader::parse(line).unwrap_err().contains(message), "{line}");
        }
        for (lines, message) in [
            ("{", "not JSON"),
            ("7", "array"),
            ("[\"set\",0,0,0,0]", "no dict 0"),
            ("[\"new\",5,0,\"dict\",\"dict\"]", "dict 5"),
            ("[\"new\",0,0,\"dict\",\"dict\"]\n[\"set\",0,0,9,0]", "no key 9"),
            ("[\"new\",0,0,\"dict\",\"dict\"]\n[\"become\",0,0,\"copy\",0]", "earlier"),
            ("[\"new\",0,0,\"dict\",\"dict\"]\n[\"update\",0,0,7]", "array"),
            ("[\"new\",0,0,\"dict\",\"magic\"]", "magic"),
        ] {
            assert!(read(lines).unwrap_err().contains(message), "{lines}: {:?}", read(lines).unwrap_err());
        }
    }
}
