//! The functions that a script may call, and what it may use of modules.

use std::cmp::Ordering;

use super::machine::{Machine, check_length, integer, range, string};
use super::things::{Iterator, Part, Set, Thing};
use crate::python::expr::{self, Function};
use crate::python::number::{self, BinaryOp, UnaryOp};
use crate::python::{Heap, Obj, Value, Version};
use crate::table::Op;

type Result<T> = std::result::Result<T, String>;

/// A function of Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Builtin {
    Abs,
    All,
    Any,
    Bool,
    Ceil,
    Choice,
    /// `random.choice(list(d))`, without the list.
    ChoiceOfKeys,
    Chr,
    Collect,
    Copy,
    DeepCopy,
    Dict,
    Divmod,
    Enumerate,
    Filter,
    Float,
    Floor,
    FrozenSet,
    GetRandBits,
    GetSizeOf,
    Hash,
    Hex,
    Id,
    Int,
    Intern,
    Iter,
    Len,
    List,
    Log,
    Log2,
    Map,
    Max,
    Min,
    Next,
    Object,
    Oct,
    Bin,
    Ord,
    Pow,
    Print,
    RandInt,
    RandRange,
    Random,
    Range,
    Repr,
    Reversed,
    Round,
    Sample,
    Seed,
    SetOf,
    Shuffle,
    Sorted,
    Sqrt,
    Str,
    Sum,
    Tuple,
    Unichr,
    Uuid4,
    XRange,
    Zip,
}

const BUILTINS: [(&str, Builtin); 42] = [
    ("abs", Builtin::Abs),
    ("all", Builtin::All),
    ("any", Builtin::Any),
    ("bin", Builtin::Bin),
    ("bool", Builtin::Bool),
    ("chr", Builtin::Chr),
    ("dict", Builtin::Dict),
    ("divmod", Builtin::Divmod),
    ("enumerate", Builtin::Enumerate),
    ("filter", Builtin::Filter),
    ("float", Builtin::Float),
    ("frozenset", Builtin::FrozenSet),
    ("hash", Builtin::Hash),
    ("hex", Builtin::Hex),
    ("id", Builtin::Id),
    ("int", Builtin::Int),
    ("iter", Builtin::Iter),
    ("len", Builtin::Len),
    ("list", Builtin::List),
    ("map", Builtin::Map),
    ("max", Builtin::Max),
    ("min", Builtin::Min),
    ("next", Builtin::Next),
    ("object", Builtin::Object),
    ("oct", Builtin::Oct),
    ("ord", Builtin::Ord),
    ("pow", Builtin::Pow),
    ("print", Builtin::Print),
    ("range", Builtin::Range),
    ("repr", Builtin::Repr),
    ("reversed", Builtin::Reversed),
    ("round", Builtin::Round),
    ("set", Builtin::SetOf),
    ("sorted", Builtin::Sorted),
    ("str", Builtin::Str),
    ("sum", Builtin::Sum),
    ("tuple", Builtin::Tuple),
    ("zip", Builtin::Zip),
    // 2.7's
    ("xrange", Builtin::XRange),
    ("unichr", Builtin::Unichr),
    ("intern", Builtin::Intern),
    ("long", Builtin::Int),
];

/// What a name of a module is.
#[derive(Clone, Debug)]
pub(super) enum Known {
    Value(Value),
    Function(Builtin),
}

/// Modules that a script may use something of.
pub(super) const MODULES: [&str; 8] = ["sys", "random", "uuid", "copy", "gc", "math", "string", "os"];

impl Builtin {
    /// The function that a name is in a version.
    pub(super) fn named(name: &str, version: Version) -> Option<Builtin> {
        let only_py2 = matches!(name, "xrange" | "unichr" | "intern" | "long");
        let found = BUILTINS.iter().find(|(other, _)| *other == name).map(|(_, builtin)| *builtin);
        found.filter(|_| version.is_py2() || !only_py2)
    }
}

/// What `module.name` is.
pub(super) fn member(module: &str, name: &str, version: Version) -> Option<Known> {
    let text = |text: &str| Some(Known::Value(string(text, version.is_py2())));
    let function = match (module, name) {
        ("sys", "getsizeof") => Builtin::GetSizeOf,
        ("sys", "intern") => Builtin::Intern,
        ("sys", "maxsize") => return Some(Known::Value(Value::Int(i64::MAX))),
        ("sys", "maxint") if version.is_py2() => return Some(Known::Value(Value::Int(i64::MAX))),
        ("gc", "collect") => Builtin::Collect,
        ("copy", "copy") => Builtin::Copy,
        ("copy", "deepcopy") => Builtin::DeepCopy,
        ("uuid", "uuid4") => Builtin::Uuid4,
        ("random", "random") => Builtin::Random,
        ("random", "randint") => Builtin::RandInt,
        ("random", "randrange") => Builtin::RandRange,
        ("random", "getrandbits") => Builtin::GetRandBits,
        ("random", "choice") => Builtin::Choice,
        ("random", "sample") => Builtin::Sample,
        ("random", "shuffle") => Builtin::Shuffle,
        ("random", "seed") => Builtin::Seed,
        ("math", "sqrt") => Builtin::Sqrt,
        ("math", "log") => Builtin::Log,
        ("math", "log2") if !version.is_py2() => Builtin::Log2,
        ("math", "floor") => Builtin::Floor,
        ("math", "ceil") => Builtin::Ceil,
        ("math", "pi") => return Some(Known::Value(Value::Float(std::f64::consts::PI))),
        ("string", "ascii_lowercase") => return text("abcdefghijklmnopqrstuvwxyz"),
        ("string", "ascii_uppercase") => return text("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        ("string", "ascii_letters") => return text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        ("string", "digits") => return text("0123456789"),
        ("builtins" | "__builtin__", name) => return Builtin::named(name, version).map(Known::Function),
        _ => return None,
    };
    Some(Known::Function(function))
}

/// Why a name of a module cannot be used.
pub(super) fn not_known(module: &str, name: &str) -> String {
    let help = match (module, name) {
        ("collections", "OrderedDict" | "defaultdict" | "Counter") => {
            ": it is another dict than the one that is shown; write a plain dict, and d[k] = d.get(k, 0) + 1 to count"
        }
        ("time" | "timeit" | "datetime" | "tracemalloc" | "resource" | "psutil", _) => {
            ": nothing is timed here, every operation is counted; leave it out"
        }
        ("sys", "argv" | "stdin" | "stdout" | "stderr" | "exit") | ("os", _) => {
            ": there are no files and arguments here; leave it out"
        }
        ("json" | "pickle" | "csv", _) => ": there are no files here; write the dict itself",
        ("itertools" | "functools" | "operator", _) => ": write a loop",
        ("random", _) => {
            ": of random there are random, randint, randrange, getrandbits, choice, sample, shuffle and seed"
        }
        ("uuid", _) => ": of uuid there are uuid4 and UUID",
        ("sys", _) => ": of sys there are getsizeof, maxsize and intern",
        _ => ": it needs Python itself; leave it out",
    };
    format!("{module}.{name} is not known here{help}")
}

/// Why a name that Python has is not to be had here.
pub(super) fn refused(name: &str, version: Version) -> Option<String> {
    Some(match name {
        "xrange" | "unichr" | "long" | "unicode" | "raw_input" | "basestring" | "reduce" | "cmp"
            if !version.is_py2() =>
        {
            let instead = match name {
                "xrange" => "range(…)",
                "unichr" => "chr(…)",
                "long" => "int(…)",
                "reduce" => "a loop",
                _ => "str(…)",
            };
            format!("NameError: {name} is Python 2's: write {instead}")
        }
        "input" | "raw_input" | "open" => {
            format!("{name}() needs somebody to answer, and files: write the value itself")
        }
        "exec" | "eval" | "compile" => format!("{name}() needs Python itself: write the lines as they are"),
        "isinstance" | "type" | "vars" | "dir" | "locals" | "globals" | "getattr" | "setattr" | "hasattr"
        | "callable" => {
            format!("{name}() needs Python itself: leave it out")
        }
        "bytes" | "bytearray" | "memoryview" | "complex" | "slice" | "property" | "super" | "classmethod"
        | "staticmethod" | "unicode" | "format" | "reduce" | "cmp" | "ascii" => {
            format!("{name}() is not known here: write the value itself")
        }
        "defaultdict" | "Counter" | "OrderedDict" => {
            format!(
                "NameError: {name} is not imported, and another dict than the one that is shown: write a plain dict"
            )
        }
        _ => return None,
    })
}

impl Machine {
    /// Call a function; `None` if it has put nothing on the stack.
    pub(super) fn builtin(
        &mut self,
        function: Builtin,
        arguments: &[Obj],
        named: &[(&str, Obj)],
        heap: &mut Heap,
    ) -> Result<Option<Obj>> {
        let (name, least, most, names): (&str, usize, usize, &[&str]) = match function {
            Builtin::Abs => ("abs", 1, 1, &[]),
            Builtin::All => ("all", 1, 1, &[]),
            Builtin::Any => ("any", 1, 1, &[]),
            Builtin::Bool => ("bool", 0, 1, &[]),
            Builtin::Ceil => ("ceil", 1, 1, &[]),
            Builtin::Choice | Builtin::ChoiceOfKeys => ("choice", 1, 1, &[]),
            Builtin::Chr => ("chr", 1, 1, &[]),
            Builtin::Collect => ("collect", 0, 1, &[]),
            Builtin::Copy => ("copy", 1, 1, &[]),
            Builtin::DeepCopy => ("deepcopy", 1, 1, &[]),
            Builtin::Dict => ("dict", 0, 1, &[]),
            Builtin::Divmod => ("divmod", 2, 2, &[]),
            Builtin::Enumerate => ("enumerate", 1, 2, &["start"]),
            Builtin::Filter => ("filter", 2, 2, &[]),
            Builtin::Float => ("float", 0, 1, &[]),
            Builtin::Floor => ("floor", 1, 1, &[]),
            Builtin::FrozenSet => ("frozenset", 0, 1, &[]),
            Builtin::GetRandBits => ("getrandbits", 1, 1, &[]),
            Builtin::GetSizeOf => ("getsizeof", 1, 1, &[]),
            Builtin::Hash => ("hash", 1, 1, &[]),
            Builtin::Hex => ("hex", 1, 1, &[]),
            Builtin::Oct => ("oct", 1, 1, &[]),
            Builtin::Bin => ("bin", 1, 1, &[]),
            Builtin::Id => ("id", 1, 1, &[]),
            Builtin::Int => ("int", 0, 2, &["base"]),
            Builtin::Intern => ("intern", 1, 1, &[]),
            Builtin::Iter => ("iter", 1, 1, &[]),
            Builtin::Len => ("len", 1, 1, &[]),
            Builtin::List => ("list", 0, 1, &[]),
            Builtin::Log => ("log", 1, 2, &[]),
            Builtin::Log2 => ("log2", 1, 1, &[]),
            Builtin::Map => ("map", 2, 9, &[]),
            Builtin::Max => ("max", 1, usize::MAX, &["default"]),
            Builtin::Min => ("min", 1, usize::MAX, &["default"]),
            Builtin::Next => ("next", 1, 2, &[]),
            Builtin::Object => ("object", 0, 0, &[]),
            Builtin::Ord => ("ord", 1, 1, &[]),
            Builtin::Pow => ("pow", 2, 3, &[]),
            Builtin::Print => ("print", 0, usize::MAX, &[]),
            Builtin::RandInt => ("randint", 2, 2, &[]),
            Builtin::RandRange => ("randrange", 1, 3, &[]),
            Builtin::Random => ("random", 0, 0, &[]),
            Builtin::Range => ("range", 1, 3, &[]),
            Builtin::Repr => ("repr", 1, 1, &[]),
            Builtin::Reversed => ("reversed", 1, 1, &[]),
            Builtin::Round => ("round", 1, 2, &["ndigits"]),
            Builtin::Sample => ("sample", 2, 2, &["k"]),
            Builtin::Seed => ("seed", 0, 1, &[]),
            Builtin::SetOf => ("set", 0, 1, &[]),
            Builtin::Shuffle => ("shuffle", 1, 1, &[]),
            Builtin::Sorted => ("sorted", 1, 1, &["reverse"]),
            Builtin::Sqrt => ("sqrt", 1, 1, &[]),
            Builtin::Str => ("str", 0, 1, &[]),
            Builtin::Sum => ("sum", 1, 2, &["start"]),
            Builtin::Tuple => ("tuple", 0, 1, &[]),
            Builtin::Unichr => ("unichr", 1, 1, &[]),
            Builtin::Uuid4 => ("uuid4", 0, 0, &[]),
            Builtin::XRange => ("xrange", 1, 3, &[]),
            Builtin::Zip => ("zip", 0, usize::MAX, &["strict"]),
        };
        if let Some((other, _)) = named.iter().find(|(other, _)| !names.contains(other)) {
            return Err(format!("TypeError: '{other}' is an invalid keyword argument for {name}()"));
        }
        let given = arguments.len() + named.iter().filter(|(name, _)| *name == "k").count();
        if given < least || given > most {
            let (bound, wanted) = if given < least { ("at least", least) } else { ("at most", most) };
            let exactly = if least == most { "exactly" } else { bound };
            let plural = if wanted == 1 { "" } else { "s" };
            let what = if function == Builtin::Range || function == Builtin::XRange {
                format!("{name} expected {bound} {wanted} argument{plural}, got {given}")
            } else {
                format!("{name}() takes {exactly} {wanted} argument{plural} ({given} given)")
            };
            return Err(format!("TypeError: {what}"));
        }
        let option = |name: &str| named.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
        let version = heap.version();
        let py2 = version.is_py2();
        let first = arguments.first().copied();
        let x = first.unwrap_or(Obj::NONE);
        let value = match function {
            Builtin::Len => Value::Int(self.len(x, heap)?),
            Builtin::GetSizeOf => return self.size_of(x, heap).map(Some),
            Builtin::Range | Builtin::XRange => {
                let part = |obj: Obj| match &*heap.value(obj) {
                    Value::Int(n) => Ok(*n),
                    Value::Bool(b) => Ok(i64::from(*b)),
                    Value::Big(_) => Err(format!("{} is too large here", heap.repr(obj))),
                    _ if self.thing(obj, heap).is_some() => integer(self.number(obj, heap), heap),
                    other => Err(format!(
                        "TypeError: '{}' object cannot be interpreted as an integer",
                        number::type_name(other, version)
                    )),
                };
                let parts: Result<Vec<i64>> = arguments.iter().map(|&obj| part(obj)).collect();
                let (start, stop, step) = match parts?[..] {
                    [stop] => (0, stop, 1),
                    [start, stop] => (start, stop, 1),
                    [start, stop, step, ..] => (start, stop, step),
                    [] => (0, 0, 1),
                };
                if step == 0 {
                    let what = if function == Builtin::XRange { "xrange" } else { "range" };
                    return Err(format!("ValueError: {what}() arg 3 must not be zero"));
                }
                let range = range(start, stop, step)?;
                if py2 && function == Builtin::Range {
                    let items = (0..range.len).map(|nth| heap.alloc(Value::Int(range.at(nth)))).collect();
                    return self.list(items, heap).map(Some);
                }
                return self.make(Thing::Range(range), heap).map(Some);
            }
            Builtin::List | Builtin::Tuple | Builtin::SetOf | Builtin::FrozenSet => {
                let items = match first {
                    Some(x) => self.items(x, heap)?,
                    None => Vec::new(),
                };
                match function {
                    Builtin::List => return self.list(items, heap).map(Some),
                    Builtin::Tuple => Value::Tuple(items.into()),
                    Builtin::SetOf => {
                        if items.is_empty() {
                            return self.make(Thing::Set(Set::default()), heap).map(Some);
                        }
                        return self.set_of(items, heap).map(Some);
                    }
                    _ => {
                        items.iter().try_for_each(|&item| self.hashable(item, heap))?;
                        heap.frozen_set(&items)
                    }
                }
            }
            Builtin::Str if first.is_none() => string("", py2),
            Builtin::Str => match self.thing(x, heap) {
                None if !matches!(&*heap.value(x), Value::Tuple(_)) => {
                    let value = heap.value(x).into_owned();
                    expr::call(Function::Str, value, heap)?
                }
                _ => string(&self.text(x, heap)?, py2),
            },
            Builtin::Repr => string(&self.repr(x, heap)?, py2),
            Builtin::Int if first.is_none() => Value::Int(0),
            Builtin::Int => match arguments.get(1).copied().or_else(|| option("base")) {
                Some(base) => self.int_of_base(x, integer(base, heap)?, heap)?,
                None => {
                    let value = self.value_of(x, heap)?;
                    expr::call(Function::Int, value, heap)?
                }
            },
            Builtin::Float if first.is_none() => Value::Float(0.0),
            Builtin::Float => {
                let value = self.value_of(x, heap)?;
                expr::call(Function::Float, value, heap)?
            }
            Builtin::Chr | Builtin::Unichr => {
                let function = if function == Builtin::Chr { Function::Chr } else { Function::Unichr };
                let value = self.value_of(x, heap)?;
                expr::call(function, value, heap)?
            }
            Builtin::Ord => match &*heap.value(x) {
                Value::Str(text) if text.len() == 1 => Value::Int(i64::from(text[0])),
                Value::Bytes(bytes) if bytes.len() == 1 => Value::Int(i64::from(bytes[0])),
                Value::Str(text) => {
                    return Err(format!(
                        "TypeError: ord() expected a character, but string of length {} found",
                        text.len()
                    ));
                }
                _ => {
                    let kind = self.type_of(x, heap);
                    return Err(format!("TypeError: ord() expected string of length 1, but {kind} found"));
                }
            },
            Builtin::Bool => Value::Bool(first.is_some_and(|x| self.truth(x, heap))),
            Builtin::Hash => {
                let key = self.key(x, heap)?;
                Value::Int(heap.hash(key))
            }
            Builtin::Id => {
                return Err("an address is another one each time: id(…) is not known here, leave it out".to_owned());
            }
            Builtin::Object => return self.make(Thing::Object, heap).map(Some),
            Builtin::Collect => Value::Int(0),
            Builtin::Intern => return Ok(Some(x)),
            Builtin::Abs => {
                let value = self.value_of(x, heap)?;
                match value {
                    Value::Float(x) => Value::Float(x.abs()),
                    Value::Bool(b) => Value::Int(i64::from(b)),
                    value => {
                        let negative = number::order(&value, &Value::Int(0)) == Some(Ordering::Less);
                        let op = if negative { UnaryOp::Neg } else { UnaryOp::Pos };
                        number::unary(op, &value, version)?
                    }
                }
            }
            Builtin::Divmod => {
                let (a, b) = (self.value_of(x, heap)?, self.value_of(arguments[1], heap)?);
                let quotient = number::binary(BinaryOp::FloorDiv, &a, &b, version)?;
                let rest = number::binary(BinaryOp::Mod, &a, &b, version)?;
                Value::Tuple([heap.alloc(quotient), heap.alloc(rest)].into())
            }
            Builtin::Pow => {
                let (a, b) = (self.value_of(x, heap)?, self.value_of(arguments[1], heap)?);
                match arguments.get(2) {
                    None => number::binary(BinaryOp::Pow, &a, &b, version)?,
                    Some(&modulus) => {
                        let modulus = self.value_of(modulus, heap)?;
                        number::pow_mod(&a, &b, &modulus, version)?
                    }
                }
            }
            Builtin::Round => {
                let digits = arguments.get(1).copied().or_else(|| option("ndigits")).filter(|&n| n != Obj::NONE);
                let value = self.value_of(x, heap)?;
                let digits = digits.map(|digits| integer(digits, heap)).transpose()?;
                number::round(&value, digits, version)?
            }
            Builtin::Hex | Builtin::Oct | Builtin::Bin => {
                let value = self.value_of(x, heap)?;
                let Some(n) = number::big(&value) else {
                    let kind = self.type_of(x, heap);
                    return Err(format!("TypeError: '{kind}' object cannot be interpreted as an integer"));
                };
                let sign = if n.sign() == num_bigint::Sign::Minus { "-" } else { "" };
                let digits = |radix| n.magnitude().to_str_radix(radix);
                let long = if py2 && matches!(value, Value::Big(_)) { "L" } else { "" };
                let text = match function {
                    Builtin::Hex => format!("{sign}0x{}{long}", digits(16)),
                    Builtin::Oct if py2 && n.magnitude() == &num_bigint::BigUint::ZERO => "0".to_owned(),
                    Builtin::Oct if py2 => format!("{sign}0{}{long}", digits(8)),
                    Builtin::Oct => format!("{sign}0o{}", digits(8)),
                    _ => format!("{sign}0b{}", digits(2)),
                };
                string(&text, py2)
            }
            Builtin::Sqrt | Builtin::Log | Builtin::Log2 | Builtin::Floor | Builtin::Ceil => {
                let value = self.value_of(x, heap)?;
                let double = |value: &Value| {
                    number::double(value, version).ok_or_else(|| "TypeError: must be real number".to_owned())?
                };
                let n = double(&value)?;
                let domain = || "ValueError: math domain error".to_owned();
                match function {
                    Builtin::Sqrt if n < 0.0 => return Err(domain()),
                    Builtin::Sqrt => Value::Float(n.sqrt()),
                    Builtin::Log | Builtin::Log2 if n <= 0.0 => return Err(domain()),
                    Builtin::Log2 => Value::Float(n.log2()),
                    Builtin::Log => match arguments.get(1) {
                        None => Value::Float(n.ln()),
                        Some(&base) => Value::Float(n.ln() / double(&self.value_of(base, heap)?)?.ln()),
                    },
                    _ => {
                        let whole = if function == Builtin::Floor { n.floor() } else { n.ceil() };
                        if py2 { Value::Float(whole) } else { expr::call(Function::Int, Value::Float(whole), heap)? }
                    }
                }
            }
            Builtin::Sum => {
                let start = arguments.get(1).copied().or_else(|| option("start"));
                let mut total = match start {
                    Some(start) => self.value_of(start, heap)?,
                    None => Value::Int(0),
                };
                for item in self.items_in_any_order(x, heap)? {
                    let item = self.value_of(item, heap)?;
                    total = number::sum(total, &item, version)?;
                }
                total
            }
            Builtin::Any | Builtin::All => {
                let mut iterator = self.iterate(x, heap)?;
                let is_any = function == Builtin::Any;
                loop {
                    match self.next_item(&mut iterator, heap)? {
                        None => break Value::Bool(!is_any),
                        Some(item) if self.truth(item, heap) == is_any => break Value::Bool(is_any),
                        Some(_) => {}
                    }
                }
            }
            Builtin::Min | Builtin::Max => {
                let items = if arguments.len() == 1 { self.items_in_any_order(x, heap)? } else { arguments.to_vec() };
                if items.is_empty()
                    && let Some(default) = option("default")
                {
                    return Ok(Some(default));
                }
                let pairs: Vec<(Obj, Obj)> = items.into_iter().map(|item| (item, item)).collect();
                return self.extreme(&pairs, function == Builtin::Max, heap).map(Some);
            }
            Builtin::Sorted => {
                let items = self.items_in_any_order(x, heap)?;
                let reverse = option("reverse").is_some_and(|reverse| self.truth(reverse, heap));
                let sorted = self.sort(items.into_iter().map(|item| (item, item)).collect(), reverse, heap)?;
                return self.list(sorted, heap).map(Some);
            }
            Builtin::Reversed => {
                let mut items = self.items(x, heap)?;
                if self.dict(x, heap).is_some() && version < Version::V3_8 {
                    return Err("TypeError: 'dict' object is not reversible".to_owned());
                }
                items.reverse();
                return self.iterator(Iterator::Items { items: items.into(), next: 0 }, heap).map(Some);
            }
            Builtin::Enumerate => {
                let start = arguments.get(1).copied().or_else(|| option("start"));
                let start = start.map_or(Ok(0), |start| integer(start, heap))?;
                let inner = self.iterate(x, heap)?;
                return self.iterator(Iterator::Enumerate(Box::new(inner), start), heap).map(Some);
            }
            Builtin::Zip => {
                let mut parts = Vec::new();
                for &argument in arguments {
                    parts.push(self.iterate(argument, heap)?);
                }
                let zip = self.iterator(Iterator::Zip(parts), heap)?;
                if py2 {
                    let items = self.items(zip, heap)?;
                    return self.list(items, heap).map(Some);
                }
                return Ok(Some(zip));
            }
            Builtin::Iter => {
                let inner = self.iterate(x, heap)?;
                if let Iterator::Shared(obj) = inner {
                    return Ok(Some(obj));
                }
                return self.iterator(inner, heap).map(Some);
            }
            Builtin::Next => {
                if !matches!(self.thing(x, heap), Some(Thing::Iterator(_))) {
                    let kind = self.type_of(x, heap);
                    return Err(format!("TypeError: '{kind}' object is not an iterator: write next(iter(…))"));
                }
                let mut iterator = Iterator::Shared(x);
                return match (self.next_item(&mut iterator, heap)?, arguments.get(1)) {
                    (Some(item), _) => Ok(Some(item)),
                    (None, Some(&default)) => Ok(Some(default)),
                    (None, None) => Err("StopIteration".to_owned()),
                };
            }
            Builtin::Map | Builtin::Filter => {
                return Err("map and filter are not known here: write [f(x) for x in …]".to_owned());
            }
            Builtin::DeepCopy => {
                if self.dict(x, heap).is_none() {
                    let kind = self.type_of(x, heap);
                    return Err(format!("copy.deepcopy is only known of dicts here, not of a {kind}: write list(…)"));
                }
                let mut items = Vec::new();
                for (key, value) in self.pairs(x, heap) {
                    let value = self.deep_copy(value, heap, 0)?;
                    items.push(heap.alloc(Value::Tuple([key, value].into())));
                }
                self.iterators.push(Iterator::Items { items: items.into(), next: 0 });
                return Ok(None);
            }
            Builtin::Dict | Builtin::Copy | Builtin::Print => unreachable!("they have instructions of their own"),
            Builtin::Uuid4 => self.random.uuid4(),
            Builtin::Random => Value::Float(self.random.random()),
            Builtin::GetRandBits => {
                let bits = integer(x, heap)?;
                let bits = u32::try_from(bits).ok().filter(|bits| (1..=4_096).contains(bits));
                let bits = bits.ok_or("getrandbits takes 1 to 4096 bits here")?;
                number::integer(self.random.bits(bits), py2, version)?
            }
            Builtin::Seed => {
                match first.map(|x| heap.value(x).into_owned()) {
                    None | Some(Value::None) => self.random.reseed(),
                    Some(Value::Int(n)) => self.random.seed(n),
                    Some(Value::Bool(b)) => self.random.seed(i64::from(b)),
                    Some(_) => return Err("random.seed takes an int of 64 bits here".to_owned()),
                }
                Value::None
            }
            Builtin::RandInt | Builtin::RandRange => {
                let parts: Result<Vec<i64>> = arguments.iter().map(|&part| integer(part, heap)).collect();
                let (start, stop, step) = match (function, &parts?[..]) {
                    (Builtin::RandInt, &[a, b]) => (a, b.saturating_add(1), 1),
                    (_, &[stop]) => (0, stop, 1),
                    (_, &[start, stop]) => (start, stop, 1),
                    (_, &[start, stop, step, ..]) => (start, stop, step),
                    _ => (0, 0, 1),
                };
                let len = if step == 0 {
                    0
                } else {
                    let distance = (i128::from(stop) - i128::from(start)) * i128::from(step.signum());
                    u64::try_from(
                        (distance + i128::from(step.unsigned_abs()) - 1) / i128::from(step.unsigned_abs()).max(1),
                    )
                    .unwrap_or(0)
                };
                if len == 0 {
                    return Err(format!("ValueError: empty range for {name}()"));
                }
                let n = self.random.below(len, version) as i64;
                Value::Int(start.wrapping_add(n.wrapping_mul(step)))
            }
            Builtin::ChoiceOfKeys => return self.choice_of_keys(x, heap).map(Some),
            Builtin::Choice => {
                if self.dict(x, heap).is_some() {
                    return Err("TypeError: random.choice takes a sequence: write random.choice(list(d))".to_owned());
                }
                // A list that was made for this alone is not needed, but it is Python's way and costs Python the same.
                let items = match self.thing(x, heap) {
                    Some(Thing::List(items)) => items.len(),
                    Some(Thing::Range(range)) => range.len as usize,
                    Some(Thing::View(..) | Thing::Set(_) | Thing::Iterator(_)) => {
                        let kind = self.type_of(x, heap);
                        return Err(format!(
                            "TypeError: '{kind}' object is not subscriptable: write random.choice(list(…))"
                        ));
                    }
                    _ => self.items(x, heap)?.len(),
                };
                if items == 0 {
                    return Err("IndexError: Cannot choose from an empty sequence".to_owned());
                }
                let at = self.random.choice(items as u64, version) as usize;
                return Ok(Some(match self.thing(x, heap) {
                    Some(Thing::List(items)) => items[at],
                    _ => self.items(x, heap)?[at],
                }));
            }
            Builtin::Shuffle => {
                let Some(Thing::List(items)) = self.thing(x, heap) else {
                    let kind = self.type_of(x, heap);
                    return Err(format!("TypeError: '{kind}' object does not support item assignment: shuffle a list"));
                };
                let mut items = items.clone();
                for i in (1..items.len()).rev() {
                    let j = self.random.choice(i as u64 + 1, version) as usize;
                    items.swap(i, j);
                }
                if let Some(thing) = self.thing_mut(x, heap) {
                    *thing = Thing::List(items);
                }
                Value::None
            }
            Builtin::Sample => {
                let count = arguments.get(1).copied().or_else(|| option("k")).unwrap_or(Obj::NONE);
                let count = integer(count, heap)?;
                if self.dict(x, heap).is_some() || matches!(self.thing(x, heap), Some(Thing::View(..))) {
                    return Err("TypeError: Population must be a sequence: write random.sample(list(d), n)".to_owned());
                }
                let items = self.items(x, heap)?;
                let Some(count) = usize::try_from(count).ok().filter(|&count| count <= items.len()) else {
                    return Err("ValueError: Sample larger than population or is negative".to_owned());
                };
                let sampled = self.random.sample(items, count, version);
                return self.list(sampled, heap).map(Some);
            }
        };
        Ok(Some(heap.alloc(value)))
    }

    /// `random.choice(list(d))`. With a seed it is the key that Python takes; without one any key will do, and trying cells
    /// until one is live is quicker than counting to it.
    fn choice_of_keys(&mut self, of: Obj, heap: &mut Heap) -> Result<Obj> {
        let Some(dict) = self.dict(of, heap) else {
            let items = self.items(of, heap)?;
            let list = self.list(items, heap)?;
            return Ok(self.builtin(Builtin::Choice, &[list], &[], heap)?.unwrap_or(Obj::NONE));
        };
        let state = crate::table::Table::state(&dict.table);
        let (used, cells) = (state.regs.used, state.main.slots.len() as u64);
        if used == 0 {
            return Err("IndexError: Cannot choose from an empty sequence".to_owned());
        }
        let version = heap.version();
        if self.random.seeded {
            let nth = self.random.below(u64::from(used), version);
            let key = self.pairs(of, heap).get(nth as usize).map(|&(key, _)| key);
            return Ok(key.unwrap_or(Obj::NONE));
        }
        loop {
            let at = self.random.below(cells, version) as usize;
            let key = self.dict(of, heap).and_then(|dict| {
                let cell = crate::table::Table::state(&dict.table).main.slots[at];
                cell.is_live().then(|| cell.key()).flatten()
            });
            if let Some(key) = key {
                return Ok(key);
            }
        }
    }

    /// An iterator that has a name.
    fn iterator(&mut self, iterator: Iterator, heap: &mut Heap) -> Result<Obj> {
        self.make(Thing::Iterator(iterator), heap)
    }

    /// The number that a size is, of the table on show.
    fn number(&self, obj: Obj, heap: &Heap) -> Obj {
        match self.thing(obj, heap) {
            Some(&Thing::Size(n, _)) if Obj::from_int(n).is_some() => Obj::from_int(n).unwrap_or(obj),
            _ => obj,
        }
    }

    /// An object that is a plain value.
    fn value_of(&self, obj: Obj, heap: &Heap) -> Result<Value> {
        match self.thing(obj, heap) {
            Some(&Thing::Size(_, shown)) => Ok(Value::Int(shown)),
            Some(_) => {
                Err(format!("TypeError: a number or a string is needed here, not '{}'", self.type_of(obj, heap)))
            }
            None => Ok(heap.value(obj).into_owned()),
        }
    }

    /// `len(obj)`
    pub(super) fn len(&self, obj: Obj, heap: &Heap) -> Result<i64> {
        let used =
            |dict: Obj| self.dict(dict, heap).map_or(0, |dict| crate::table::Table::state(&dict.table).regs.used);
        Ok(match self.thing(obj, heap) {
            Some(Thing::List(items)) => items.len() as i64,
            Some(Thing::Dict(_)) => i64::from(used(obj)),
            Some(Thing::Set(set)) => set.items.len() as i64,
            Some(Thing::Range(range)) => range.len as i64,
            Some(&Thing::View(dict, _)) => i64::from(used(dict)),
            Some(_) => return Err(self.no_len(obj, heap)),
            None => match &*heap.value(obj) {
                Value::Str(text) => text.len() as i64,
                Value::Bytes(bytes) => bytes.len() as i64,
                Value::Tuple(items) | Value::FrozenSet(items) => items.len() as i64,
                _ => return Err(self.no_len(obj, heap)),
            },
        })
    }

    fn no_len(&self, obj: Obj, heap: &Heap) -> String {
        format!("TypeError: object of type '{}' has no len()", self.type_of(obj, heap))
    }

    fn int_of_base(&self, x: Obj, base: i64, heap: &Heap) -> Result<Value> {
        let text = self.text(x, heap)?;
        let radix = u32::try_from(base).ok().filter(|base| (2..=36).contains(base));
        let radix = radix.ok_or("ValueError: int() base must be >= 2 and <= 36, or 0: 0 is not known here")?;
        let lower = text.trim().to_ascii_lowercase();
        let digits = match radix {
            16 => lower.strip_prefix("0x").unwrap_or(&lower),
            8 => lower.strip_prefix("0o").unwrap_or(&lower),
            2 => lower.strip_prefix("0b").unwrap_or(&lower),
            _ => &lower,
        };
        match <num_bigint::BigInt as num_traits::Num>::from_str_radix(digits, radix) {
            Ok(n) => number::integer(n, false, heap.version()),
            Err(_) => Err(format!("ValueError: invalid literal for int() with base {base}: {}", self.repr(x, heap)?)),
        }
    }

    /// Copies of lists and dicts within each other.
    fn deep_copy(&mut self, obj: Obj, heap: &mut Heap, depth: usize) -> Result<Obj> {
        if depth > 50 {
            return Err("this is nested too deep to be copied".to_owned());
        }
        if let Some(Thing::List(items)) = self.thing(obj, heap) {
            let mut copies = Vec::new();
            for item in items.clone() {
                copies.push(self.deep_copy(item, heap, depth + 1)?);
            }
            return self.list(copies, heap);
        }
        if self.dict(obj, heap).is_some() {
            let copy = self.empty_dict(heap)?;
            for (key, value) in self.pairs(obj, heap) {
                let value = self.deep_copy(value, heap, depth + 1)?;
                self.emit(copy, Op::Set(key, value), heap);
            }
            return Ok(copy);
        }
        Ok(obj)
    }

    /// The least or greatest of values by their keys, the first of equals.
    pub(super) fn extreme(&self, pairs: &[(Obj, Obj)], greatest: bool, heap: &Heap) -> Result<Obj> {
        let Some((mut best, mut value)) = pairs.first().copied() else {
            let name = if greatest { "max" } else { "min" };
            return Err(format!("ValueError: {name}() arg is an empty sequence"));
        };
        for &(key, other) in &pairs[1..] {
            let order = self.less(key, best, heap).ok_or_else(|| self.no_order(key, best, heap))?;
            if order == if greatest { Ordering::Greater } else { Ordering::Less } {
                (best, value) = (key, other);
            }
        }
        Ok(value)
    }

    fn no_order(&self, a: Obj, b: Obj, heap: &Heap) -> String {
        let (a, b) = (self.type_of(a, heap), self.type_of(b, heap));
        match heap.version().is_py2() {
            true => format!("the order of a {a} and a {b} is Python 2's own, and not known here"),
            false => format!("TypeError: '<' not supported between instances of '{a}' and '{b}'"),
        }
    }

    /// Values in the order of their keys; equal ones stay as they were.
    pub(super) fn sort(&self, mut pairs: Vec<(Obj, Obj)>, reverse: bool, heap: &Heap) -> Result<Vec<Obj>> {
        let mut wrong = None;
        let mut order = |a: Obj, b: Obj| {
            self.less(a, b, heap).unwrap_or_else(|| {
                wrong = wrong.or(Some((a, b)));
                Ordering::Equal
            })
        };
        // Reversed and still stable, as `list.sort` does it.
        if reverse {
            pairs.sort_by(|a, b| order(b.0, a.0));
        } else {
            pairs.sort_by(|a, b| order(a.0, b.0));
        }
        match wrong {
            Some((a, b)) => Err(self.no_order(b, a, heap)),
            None => Ok(pairs.into_iter().map(|(_, value)| value).collect()),
        }
    }

    /// What of a dict `keys()` and its like give: a list in 2.7, then a view.
    pub(super) fn part_of(&mut self, dict: Obj, part: Part, heap: &mut Heap) -> Result<Obj> {
        if !heap.version().is_py2() {
            return self.make(Thing::View(dict, part), heap);
        }
        let mut walk = self.walk(dict, part, heap);
        let mut items = Vec::new();
        while let Some(item) = self.next_item(&mut walk, heap)? {
            items.push(item);
        }
        self.list(items, heap)
    }

    pub(super) fn joined(&self, separator: &[u32], items: Vec<Vec<u32>>) -> Result<Vec<u32>> {
        let text = items.join(separator);
        check_length(text.len())?;
        Ok(text)
    }
}
