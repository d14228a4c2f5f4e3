//! Seeded generators of operations: lines like `insert_uuids(d, 100000, seed=1)`, so that a whole program is text.
//!
//! The numbers come from PCG XSL 128/64 (LCG) as `rand_pcg` has it, whose values are stable: the same line makes the same
//! operations everywhere, and for every table. What is in `d` is read off an ordered dict of our own ([`Model`]) that has
//! run the operations so far, so that a program does not depend on the table that it is shown on.

use std::ops::RangeInclusive;

use rand_core::Rng;
use rand_pcg::Pcg64;
use uuid::Builder;

use super::MAX_OPS;
use super::parse::int;
use crate::python::expr::Expr;
use crate::python::{Heap, Obj, Value, Version};
use crate::table::cpython3::Cpython3;
use crate::table::{AnyTable, Noop, Op, Outcome, Table};

/// A function that makes operations.
#[derive(Debug)]
pub struct Generator {
    /// What it is called.
    pub name: &'static str,
    /// Its arguments after `d`.
    pub parameters: &'static [Parameter],
    /// What it does, one sentence.
    pub doc: &'static str,
    /// Python that does the same, but for the random numbers.
    pub python: &'static str,
    kind: Kind,
}

/// An argument of a generator.
#[derive(Debug)]
pub struct Parameter {
    /// What it is called.
    pub name: &'static str,
    /// What it is when left out.
    pub preset: Preset,
    /// What it may be.
    pub range: RangeInclusive<i64>,
}

/// What an argument is when it is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// It must be given.
    Required,
    /// This number.
    Number(i64),
    /// As many as there are.
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Ints,
    Colliding,
    Strings,
    Uuids,
    Random,
    Oldest,
    Newest,
    Any,
    Churn,
    Mixed,
}

const fn parameter(name: &'static str, preset: Preset, range: RangeInclusive<i64>) -> Parameter {
    Parameter { name, preset, range }
}

const N: Parameter = parameter("n", Preset::Required, 0..=MAX_OPS as i64);
const ALL: Parameter = parameter("n", Preset::All, 0..=MAX_OPS as i64);
const START: Parameter = parameter("start", Preset::Number(0), -(1 << 62)..=1 << 62);
const BELOW: Parameter = parameter("below", Preset::Number(500_000_000), 1..=1 << 62);

const fn seed(preset: i64) -> Parameter {
    parameter("seed", Preset::Number(preset), 0..=i64::MAX)
}

/// All generators, in the order in which a manual lists them.
pub const GENERATORS: &[Generator] = &[
    Generator {
        name: "insert_ints",
        parameters: &[N, START],
        doc: "n ints, one after the other.",
        python: "for i in range(start, start + n): d[i] = i",
        kind: Kind::Ints,
    },
    Generator {
        name: "insert_random",
        parameters: &[N, seed(1), BELOW],
        doc: "n random ints from 0 up to below, none of which is in d: the value is their number.",
        python: "for i in range(n): d[random_key_not_in(d, below)] = i",
        kind: Kind::Random,
    },
    Generator {
        name: "insert_colliding",
        parameters: &[N, parameter("bits", Preset::Number(6), 0..=32), START],
        doc: "n ints whose lowest bits are all 0, so that they all start at slot 0 of a table of up to 2**bits slots.",
        python: "for i in range(start, start + n): d[i << bits] = i",
        kind: Kind::Colliding,
    },
    Generator {
        name: "insert_strings",
        parameters: &[N, START],
        doc: "n strings, 'k0', 'k1' and so on.",
        python: "for i in range(start, start + n): d['k' + str(i)] = i",
        kind: Kind::Strings,
    },
    Generator {
        name: "insert_uuids",
        parameters: &[N, seed(1)],
        doc: "n random UUIDs (version 4), the values too.",
        python: "for i in range(n): d[uuid4()] = uuid4()",
        kind: Kind::Uuids,
    },
    Generator {
        name: "delete_oldest",
        parameters: &[ALL],
        doc: "Deletes the n keys that were inserted first, or all.",
        python: "for k in list(d)[:n]: del d[k]",
        kind: Kind::Oldest,
    },
    Generator {
        name: "delete_newest",
        parameters: &[ALL],
        doc: "Deletes the n keys that were inserted last, the last one first, or all.",
        python: "for k in list(d)[::-1][:n]: del d[k]",
        kind: Kind::Newest,
    },
    Generator {
        name: "delete_random",
        parameters: &[ALL, seed(2)],
        doc: "Deletes n keys in random order, or all.",
        python: "for k in random.sample(list(d), n): del d[k]",
        kind: Kind::Any,
    },
    Generator {
        name: "delete_all",
        parameters: &[],
        doc: "Deletes every key, in the order of insertion.",
        python: "for k in list(d): del d[k]",
        kind: Kind::Oldest,
    },
    Generator {
        name: "churn",
        parameters: &[N, seed(3), BELOW],
        doc: "n times: inserts an int that is not in d and deletes it again.",
        python: "for i in range(n): k = random_key_not_in(d, below); d[k] = i; del d[k]",
        kind: Kind::Churn,
    },
    Generator {
        name: "mixed",
        parameters: &[N, seed(4), BELOW],
        doc: "n operations at random: of eight, four look a key of d up, two update one, one inserts a new int and one \
              deletes a key.",
        python: "for i in range(n): random.choice([look_up] * 4 + [update] * 2 + [insert, delete])(d)",
        kind: Kind::Mixed,
    },
];

impl Parameter {
    /// `n` itself, or what the argument may be.
    pub(super) fn check(&self, n: i64) -> Result<i64, String> {
        if self.range.contains(&n) {
            return Ok(n);
        }
        let (low, high) = (self.range.start(), self.range.end());
        Err(format!("ValueError: {} is {n}, and may be {low} to {high}", self.name))
    }
}

impl Generator {
    /// The call with its arguments and what they are when left out: `insert_ints(d, n, start=0)`.
    pub fn form(&self) -> String {
        let mut form = format!("{}(d", self.name);
        for parameter in self.parameters {
            form += &match parameter.preset {
                Preset::Required => format!(", {}", parameter.name),
                Preset::Number(n) => format!(", {}={n}", parameter.name),
                Preset::All => format!(", {}=all", parameter.name),
            };
        }
        form + ")"
    }

    /// Whether it asks what is in `d`.
    pub(super) fn reads_dict(&self) -> bool {
        !matches!(self.kind, Kind::Ints | Kind::Colliding | Kind::Strings | Kind::Uuids)
    }

    /// The number of operations, and `len(d)` afterwards, as far as they follow from the argument `n` (`Some(None)`: all)
    /// and from `len(d)` before.
    pub(super) fn forecast(&self, n: Option<Option<u64>>, live: Option<u64>) -> (Option<u64>, Option<u64>) {
        match self.kind {
            Kind::Ints | Kind::Colliding | Kind::Strings => {
                let n = n.flatten();
                // Keys that are there already are updated.
                (n, n.filter(|_| live == Some(0)))
            }
            Kind::Uuids | Kind::Random => {
                let n = n.flatten();
                (n, n.zip(live).map(|(n, live)| n + live))
            }
            Kind::Oldest | Kind::Newest | Kind::Any => match (n, live) {
                (Some(n), Some(live)) => {
                    let deleted = n.map_or(live, |n| n.min(live));
                    (Some(deleted), Some(live - deleted))
                }
                (Some(None), None) => (None, Some(0)),
                _ => (None, None),
            },
            Kind::Churn => (n.flatten().map(|n| 2 * n), live),
            Kind::Mixed => (n.flatten(), None),
        }
    }
}

/// A call of a generator, its arguments in the order of the parameters.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) generator: &'static Generator,
    pub(super) args: Box<[Option<Expr>]>,
}

/// What is in `d`, in the order of insertion.
///
/// `popitem` takes the newest item here, as in Python 3.6 and later. Under 2.7 the table may take another; a key that a
/// generator then deletes twice is a `KeyError`.
#[derive(Clone, Debug)]
pub(super) struct Model {
    dict: Cpython3,
}

impl Model {
    pub(super) fn new() -> Model {
        match (AnyTable::of_version(Version::LATEST).new)() {
            AnyTable::Cpython3(dict) => Model { dict },
            _ => unreachable!("the newest CPython is a 3.x"),
        }
    }

    pub(super) fn run(&mut self, op: Op<'_>, heap: &Heap) {
        self.dict.run(op, heap, &mut Noop);
    }

    fn keys(&self) -> Vec<Obj> {
        self.dict.state().main.slots.iter().filter(|slot| slot.is_live()).map(|slot| slot.live_key()).collect()
    }

    /// Bytes of this process's memory.
    pub(super) fn memory(&self) -> usize {
        self.dict.state().memory()
    }

    fn len(&self) -> u64 {
        u64::from(self.dict.state().regs.used)
    }

    fn contains(&mut self, key: Obj, heap: &Heap) -> bool {
        self.dict.run(Op::Contains(key), heap, &mut Noop) == Outcome::Bool(true)
    }
}

/// A generator at work.
#[derive(Clone, Debug)]
pub(super) enum Running {
    Ints {
        next: i64,
        shift: u32,
        left: u64,
    },
    Strings {
        next: i64,
        left: u64,
    },
    Uuids {
        rng: Pcg64,
        left: u64,
    },
    Random {
        keys: NewKeys,
        done: i64,
        n: i64,
    },
    /// `keys` with the next to be deleted last, or any of them by `rng`.
    Delete {
        keys: Vec<Obj>,
        rng: Option<Pcg64>,
        left: u64,
    },
    Churn {
        keys: NewKeys,
        open: Option<Obj>,
        done: i64,
        n: i64,
    },
    Mixed {
        live: Vec<Obj>,
        keys: NewKeys,
        done: i64,
        n: i64,
    },
}

/// Random ints that are not in `d`.
#[derive(Clone, Debug)]
pub(super) struct NewKeys {
    rng: Pcg64,
    below: u64,
}

pub(crate) fn rng(seed: i64) -> Pcg64 {
    // The stream of the reference implementation of PCG64 (`0xda3e39cb94b95bdb`); the seed is the state.
    Pcg64::new(seed as u128, 0xda3e_39cb_94b9_5bdb)
}

/// A number from 0 up to `below`. Uneven by one part in 2^64 / below, and so without a loop.
pub(crate) fn draw(rng: &mut Pcg64, below: u64) -> u64 {
    ((u128::from(rng.next_u64()) * u128::from(below)) >> 64) as u64
}

fn uuid(rng: &mut Pcg64) -> Value {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    Value::Uuid(Builder::from_random_bytes(bytes).into_uuid().into_bytes())
}

impl NewKeys {
    /// A random int that is not in `d`: if it is, the next one up that is not.
    fn draw(&mut self, heap: &mut Heap, model: &mut Option<Model>) -> Result<Obj, String> {
        let model = model.as_mut().expect("a program whose generators read d keeps a model of it");
        if model.len() >= self.below {
            let (len, below) = (model.len(), self.below);
            return Err(format!("d holds {len} keys, so a new int below {below} may not exist: give a larger below"));
        }
        let mut n = draw(&mut self.rng, self.below);
        loop {
            let key = heap.alloc(Value::Int(n as i64));
            if !model.contains(key, heap) {
                return Ok(key);
            }
            n = (n + 1) % self.below;
        }
    }
}

impl Running {
    /// Start a generator: evaluate its arguments and look into `d`, which `model` must hold if the generator reads it.
    pub(super) fn start(call: &Call, env: &[Obj], heap: &mut Heap, model: Option<&Model>) -> Result<Running, String> {
        let arg = |name: &str, heap: &mut Heap| -> Result<Option<i64>, String> {
            let parameters = call.generator.parameters.iter().zip(&call.args);
            let found = parameters.into_iter().find(|(parameter, _)| parameter.name == name);
            match found {
                Some((parameter, Some(expr))) => int(expr, env, heap).and_then(|n| parameter.check(n)).map(Some),
                Some((Parameter { preset: Preset::Number(n), .. }, None)) => Ok(Some(*n)),
                _ => Ok(None),
            }
        };
        let n = arg("n", heap)?;
        let start = arg("start", heap)?.unwrap_or(0);
        let shift = arg("bits", heap)?.unwrap_or(0) as u32;
        let rng = rng(arg("seed", heap)?.unwrap_or(0));
        let below = arg("below", heap)?.unwrap_or(1) as u64;

        let all = n.map_or(u64::MAX, |n| n as u64);
        let n = n.unwrap_or(0);
        let keys = || NewKeys { rng: rng.clone(), below };
        let live = || model.map_or_else(Vec::new, Model::keys);
        Ok(match call.generator.kind {
            Kind::Ints | Kind::Colliding => Running::Ints { next: start, shift, left: all },
            Kind::Strings => Running::Strings { next: start, left: all },
            Kind::Uuids => Running::Uuids { rng, left: all },
            Kind::Random => Running::Random { keys: keys(), done: 0, n },
            Kind::Oldest => Running::Delete { keys: live().into_iter().rev().collect(), rng: None, left: all },
            Kind::Newest => Running::Delete { keys: live(), rng: None, left: all },
            Kind::Any => Running::Delete { keys: live(), rng: Some(rng), left: all },
            Kind::Churn => Running::Churn { keys: keys(), open: None, done: 0, n },
            Kind::Mixed => Running::Mixed { live: live(), keys: keys(), done: 0, n },
        })
    }

    /// Bytes of this process's memory outside itself.
    pub(super) fn memory(&self) -> usize {
        match self {
            Running::Delete { keys: list, .. } | Running::Mixed { live: list, .. } => {
                list.capacity() * size_of::<Obj>()
            }
            _ => 0,
        }
    }

    /// The next operation, `None` at the end.
    pub(super) fn next(&mut self, heap: &mut Heap, model: &mut Option<Model>) -> Result<Option<Op<'static>>, String> {
        match self {
            Running::Ints { left: 0, .. } | Running::Strings { left: 0, .. } | Running::Uuids { left: 0, .. } => {
                Ok(None)
            }
            Running::Ints { next, shift, left } => {
                let value = heap.alloc(Value::Int(*next));
                let key = if *shift == 0 { value } else { shifted(*next, *shift, heap) };
                (*next, *left) = (*next + 1, *left - 1);
                Ok(Some(Op::Set(key, value)))
            }
            Running::Strings { next, left } => {
                let value = heap.alloc(Value::Int(*next));
                let key = heap.alloc(text(&format!("k{next}"), heap.version()));
                (*next, *left) = (*next + 1, *left - 1);
                Ok(Some(Op::Set(key, value)))
            }
            Running::Uuids { rng, left } => {
                let (key, value) = (uuid(rng), uuid(rng));
                *left -= 1;
                Ok(Some(Op::Set(heap.alloc(key), heap.alloc(value))))
            }
            Running::Random { done, n, .. }
            | Running::Churn { open: None, done, n, .. }
            | Running::Mixed { done, n, .. }
                if done == n =>
            {
                Ok(None)
            }
            Running::Random { keys, done, .. } => {
                let key = keys.draw(heap, model)?;
                let value = heap.alloc(Value::Int(*done));
                *done += 1;
                Ok(Some(Op::Set(key, value)))
            }
            Running::Delete { left: 0, .. } => Ok(None),
            Running::Delete { keys, rng, left } => {
                *left -= 1;
                Ok(match rng {
                    Some(rng) if !keys.is_empty() => Some(keys.swap_remove(draw(rng, keys.len() as u64) as usize)),
                    _ => keys.pop(),
                }
                .map(Op::Del))
            }
            Running::Churn { keys, open, done, .. } => Ok(Some(match open.take() {
                Some(key) => Op::Del(key),
                None => {
                    let key = keys.draw(heap, model)?;
                    *open = Some(key);
                    let value = heap.alloc(Value::Int(*done));
                    *done += 1;
                    Op::Set(key, value)
                }
            })),
            Running::Mixed { live, keys, done, .. } => {
                let value = *done;
                *done += 1;
                let kind = draw(&mut keys.rng, 8);
                if kind == 6 || live.is_empty() {
                    let key = keys.draw(heap, model)?;
                    live.push(key);
                    return Ok(Some(Op::Set(key, heap.alloc(Value::Int(value)))));
                }
                let at = draw(&mut keys.rng, live.len() as u64) as usize;
                Ok(Some(match kind {
                    0..=3 => Op::Get(live[at]),
                    4..=5 => Op::Set(live[at], heap.alloc(Value::Int(value))),
                    _ => Op::Del(live.swap_remove(at)),
                }))
            }
        }
    }
}

fn shifted(n: i64, shift: u32, heap: &mut Heap) -> Obj {
    match n.checked_mul(1 << shift) {
        Some(n) => heap.alloc(Value::Int(n)),
        None => heap.alloc(Value::Big(Box::new(num_bigint::BigInt::from(n) << shift))),
    }
}

/// What `'…'` is in this version.
fn text(text: &str, version: Version) -> Value {
    match version.is_py2() {
        true => Value::Bytes(text.as_bytes().into()),
        false => Value::Str(text.chars().map(u32::from).collect()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::program::{Program, render};
    use crate::table::OpList;

    fn lines_for(text: &str, version: Version) -> Vec<String> {
        let mut heap = Heap::new(version, Default::default());
        let mut ops = OpList::default();
        let program = Program::parse(text, version).unwrap();
        let mut expansion = program.expand();
        while expansion.next(&mut heap, &mut ops).unwrap().is_some() {}
        if let Some(count) = program.size_hint() {
            assert_eq!(count, ops.len() as u64, "{text}");
        }
        (0..ops.len()).map(|i| render(ops.get(i), &heap)).collect()
    }

    fn lines(text: &str) -> Vec<String> {
        lines_for(text, Version::V3_12)
    }

    /// The operations of a line are part of every link to it, so they must never change.
    #[test]
    fn the_same_line_makes_the_same_operations_for_ever() {
        for (text, made) in [
            ("insert_ints(d, 2, start=7)", "d[7] = 7; d[8] = 8"),
            ("insert_colliding(d, 2, 4, start=1)", "d[16] = 1; d[32] = 2"),
            ("insert_strings(d, 2)", "d['k0'] = 0; d['k1'] = 1"),
            ("insert_random(d, 3)", "d[162739652] = 0; d[167319449] = 1; d[255221773] = 2"),
            ("insert_random(d, 3, seed=9, below=100)", "d[92] = 0; d[7] = 1; d[26] = 2"),
            (
                "insert_uuids(d, 1)",
                "d[UUID('82ba565c-999c-4253-a12e-caab15e5aa55')] = UUID('ecf03e5a-a26d-4c82-b323-68ed00c8dd40')",
            ),
            (
                "insert_ints(d, 4)\ndelete_random(d)",
                "d[0] = 0; d[1] = 1; d[2] = 2; d[3] = 3; del d[2]; del d[3]; del d[0]; del d[1]",
            ),
            ("churn(d, 2)", "d[479502068] = 0; del d[479502068]; d[458789326] = 1; del d[458789326]"),
            (
                "insert_ints(d, 3)\nmixed(d, 8)",
                "d[0] = 0; d[1] = 1; d[2] = 2; d[1]; d[1] = 1; d[89069077] = 2; d[2]; d[89069077]; d[0]; d[2] = 6; del d[2]",
            ),
        ] {
            assert_eq!(lines(text).join("; "), made, "{text}");
            assert_eq!(lines_for(text, Version::V2_7).join("; "), made, "{text}");
        }
    }

    #[test]
    fn deletions_take_the_keys_that_are_there() {
        let start = "insert_ints(d, 5)\ndel d[1]\nd[1] = 'again'\n";
        for (line, made) in [
            ("delete_oldest(d, 2)", "del d[0]; del d[2]"),
            ("delete_newest(d, 2)", "del d[1]; del d[4]"),
            ("delete_all(d)", "del d[0]; del d[2]; del d[3]; del d[4]; del d[1]"),
            ("delete_newest(d, 1)\nd = d.copy()\ndelete_newest(d, 1)", "del d[1]; d = d.copy(); del d[4]"),
            ("for i in range(2): delete_oldest(d, i + 1)", "del d[0]; del d[2]; del d[3]"),
            ("d.clear()\ndelete_all(d)", "d.clear()"),
        ] {
            assert_eq!(lines(&format!("{start}{line}"))[7..].join("; "), made, "{line}");
        }
        let random: HashSet<_> = lines(&format!("{start}delete_random(d, 10)"))[7..].iter().cloned().collect();
        assert_eq!(random, HashSet::from([0, 1, 2, 3, 4].map(|key| format!("del d[{key}]"))));
    }

    #[test]
    fn new_keys_are_new() {
        let made = lines("insert_random(d, 50, below=50)");
        let keys: HashSet<_> = made.iter().map(|line| line.split(" = ").next().unwrap()).collect();
        assert_eq!(keys.len(), 50);

        let mut heap = Heap::new(Version::V3_12, Default::default());
        let mut ops = OpList::default();
        let program = Program::parse("insert_ints(d, 9)\ninsert_random(d, 2, below=10)", Version::V3_12).unwrap();
        let mut expansion = program.expand();
        let error =
            std::iter::from_fn(|| expansion.next(&mut heap, &mut ops).transpose()).find_map(Result::err).unwrap();
        assert_eq!((error.line, ops.len()), (2, 10), "{error}");
        assert_eq!(render(ops.get(9), &heap), "d[9] = 0");
        assert!(error.message.contains("give a larger below"), "{error}");
    }

    #[test]
    fn mixed_operations_always_find_their_keys() {
        let mut heap = Heap::new(Version::V3_12, Default::default());
        let mut ops = OpList::default();
        let mut model = Model::new();
        let program = Program::parse("insert_ints(d, 20)\nmixed(d, 2000, below=100)", Version::V3_12).unwrap();
        let mut expansion = program.expand();
        while expansion.next(&mut heap, &mut ops).unwrap().is_some() {
            let op = ops.get(ops.len() - 1);
            if let Op::Get(key) | Op::Del(key) = op {
                assert!(model.contains(key, &heap), "{}", render(op, &heap));
            }
            model.run(op, &heap);
        }
        assert_eq!(ops.len(), 2020);
    }

    #[test]
    fn forms_parse_back_when_all_is_filled_in() {
        for generator in GENERATORS {
            let call =
                generator.form().replace(", n=all", "").replace(", n", ", 1").replace("below=500000000", "below=50");
            assert!(Program::parse(&call, Version::V3_12).is_ok(), "{call}");
            assert!(!generator.doc.is_empty() && !generator.python.is_empty());
        }
    }
}
