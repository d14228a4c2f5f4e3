//! The methods of dicts, lists, sets and strings.

use super::machine::{Machine, integer};
use super::things::{Iterator, Part, Thing, position};
use crate::program::MAX_OPS;
use crate::python::{Heap, Obj, Value};
use crate::table::{Op, Outcome};

type Result<T> = std::result::Result<T, String>;

/// How many arguments a method takes.
fn takes(name: &str, arguments: &[Obj], least: usize, most: usize) -> Result<()> {
    let given = arguments.len();
    if (least..=most).contains(&given) {
        return Ok(());
    }
    let (bound, wanted) = if given < least { ("at least", least) } else { ("at most", most) };
    let plural = if wanted == 1 { "" } else { "s" };
    let help = if name == "pop" && given == 0 { ": write d.pop(k), or d.popitem() for the last item" } else { "" };
    Err(format!("TypeError: {name} expected {bound} {wanted} argument{plural}, got {given}{help}"))
}

impl Machine {
    pub(super) fn empty_dict(&mut self, heap: &mut Heap) -> Result<Obj> {
        self.make_dict(Op::Display(&[]), false, heap)
    }

    pub(super) fn method(
        &mut self,
        of: Obj,
        name: &str,
        arguments: &[Obj],
        named: &[(&str, Obj)],
        heap: &mut Heap,
    ) -> Result<Obj> {
        enum Of {
            Dict,
            List,
            Set,
            Text,
            Other,
        }
        let kind = match self.thing(of, heap) {
            Some(Thing::Dict(_)) => Of::Dict,
            Some(Thing::List(_)) => Of::List,
            Some(Thing::Set(_)) => Of::Set,
            Some(_) => Of::Other,
            None => match &*heap.value(of) {
                Value::Str(_) | Value::Bytes(_) => Of::Text,
                _ => Of::Other,
            },
        };
        if let (Of::Text, "format") = (&kind, name) {
            return self.format_method(of, arguments, named, heap);
        }
        if let (Of::List, "sort", [("reverse", reverse)]) = (&kind, name, named) {
            return self.sort_list(of, self.truth(*reverse, heap), heap);
        }
        if let Some((other, _)) = named.first() {
            return Err(format!("TypeError: {name}() takes no keyword arguments here, and got '{other}'"));
        }
        match kind {
            Of::Dict => self.dict_method(of, name, arguments, heap),
            Of::List => self.list_method(of, name, arguments, heap),
            Of::Set => self.set_method(of, name, arguments, heap),
            Of::Text => self.text_method(of, name, arguments, heap),
            Of::Other => self.other_method(of, name, arguments, heap),
        }
    }

    fn dict_method(&mut self, of: Obj, name: &str, arguments: &[Obj], heap: &mut Heap) -> Result<Obj> {
        let py2 = heap.version().is_py2();
        let given = |outcome: Outcome, machine: &Self, key: Obj, heap: &Heap| match outcome {
            Outcome::Value(value) => Ok(value),
            Outcome::Item(..) | Outcome::Done | Outcome::Bool(_) => Ok(Obj::NONE),
            _ => Err(format!("KeyError: {}", machine.repr(key, heap)?)),
        };
        match name {
            "get" | "setdefault" | "pop" => {
                takes(name, arguments, 1, 2)?;
                let key = self.key(arguments[0], heap)?;
                let second = arguments.get(1).map(|&value| self.plain(value, heap));
                let op = match name {
                    "get" => Op::GetOr(key, second.unwrap_or(Obj::NONE)),
                    "pop" => Op::Pop(key, second),
                    _ => Op::SetDefault(key, second.unwrap_or(Obj::NONE)),
                };
                let outcome = self.emit(of, op, heap);
                given(outcome, self, key, heap)
            }
            "popitem" => {
                takes(name, arguments, 0, 0)?;
                match self.emit(of, Op::PopItem, heap) {
                    Outcome::Item(key, value) => Ok(heap.alloc(Value::Tuple([key, value].into()))),
                    _ => Err("KeyError: 'popitem(): dictionary is empty'".to_owned()),
                }
            }
            "clear" => {
                takes(name, arguments, 0, 0)?;
                self.emit(of, Op::Clear, heap);
                Ok(Obj::NONE)
            }
            "keys" => self.part_of(of, Part::Keys, heap),
            "values" => self.part_of(of, Part::Values, heap),
            "items" => self.part_of(of, Part::Items, heap),
            "iterkeys" | "itervalues" | "iteritems" if py2 => {
                let part = match name {
                    "iterkeys" => Part::Keys,
                    "itervalues" => Part::Values,
                    _ => Part::Items,
                };
                let walk = self.walk(of, part, heap);
                self.make(Thing::Iterator(walk), heap)
            }
            "iterkeys" | "itervalues" | "iteritems" => {
                Err(format!("AttributeError: {name} is Python 2's: write d.{}()", &name[4..]))
            }
            "has_key" if py2 => {
                takes(name, arguments, 1, 1)?;
                let key = self.key(arguments[0], heap)?;
                let found = self.emit(of, Op::Contains(key), heap) == Outcome::Bool(true);
                Ok(if found { Obj::TRUE } else { Obj::FALSE })
            }
            "has_key" => Err("AttributeError: has_key is Python 2's: write k in d".to_owned()),
            "__contains__" | "__getitem__" | "__setitem__" | "__delitem__" | "__len__" | "__sizeof__" => Err(format!(
                "{name} is not known here: write k in d, d[k], d[k] = v, del d[k], len(d) or sys.getsizeof(d)"
            )),
            "shrink_to_fit" => {
                takes(name, arguments, 0, 0)?;
                self.emit(of, Op::ShrinkToFit, heap);
                Ok(Obj::NONE)
            }
            "reserve" => {
                takes(name, arguments, 1, 1)?;
                let n = integer(arguments[0], heap)?;
                match u32::try_from(n).ok().filter(|&n| u64::from(n) <= MAX_OPS) {
                    Some(n) => self.emit(of, Op::Reserve(n), heap),
                    None => return Err(format!("reserve takes 0 to {}, not {n}", crate::program::grouped(MAX_OPS))),
                };
                Ok(Obj::NONE)
            }
            _ => Err(format!(
                "{}; there are get, pop, popitem, setdefault, update, clear, copy, keys, values and items (and, not in \
                 Python, reserve and shrink_to_fit)",
                self.no_method(of, name, heap)
            )),
        }
    }

    fn sort_list(&mut self, of: Obj, reverse: bool, heap: &Heap) -> Result<Obj> {
        let Some(Thing::List(items)) = self.thing(of, heap) else { return Ok(Obj::NONE) };
        let pairs = items.iter().map(|&item| (item, item)).collect();
        let sorted = self.sort(pairs, reverse, heap)?;
        if let Some(thing) = self.thing_mut(of, heap) {
            *thing = Thing::List(sorted);
        }
        Ok(Obj::NONE)
    }

    fn list_method(&mut self, of: Obj, name: &str, arguments: &[Obj], heap: &mut Heap) -> Result<Obj> {
        let Some(Thing::List(items)) = self.thing(of, heap) else { return Ok(Obj::NONE) };
        let len = items.len();
        let place = |n: i64| {
            let at = if n < 0 { n + len as i64 } else { n };
            usize::try_from(at).ok().filter(|&at| at < len)
        };
        let find = |machine: &Self, item: Obj, heap: &Heap| {
            let Some(Thing::List(items)) = machine.thing(of, heap) else { return None };
            items.iter().position(|&other| other == item || machine.equal(other, item, heap))
        };
        match name {
            "append" => {
                takes(name, arguments, 1, 1)?;
                if len >= MAX_OPS as usize {
                    return Err("too long: a list may have 20,000,000 items".to_owned());
                }
                self.with_list(of, heap, |items| items.push(arguments[0]));
                Ok(Obj::NONE)
            }
            "extend" => {
                takes(name, arguments, 1, 1)?;
                let more = self.items(arguments[0], heap)?;
                self.with_list(of, heap, |items| items.extend(more));
                Ok(Obj::NONE)
            }
            "insert" => {
                takes(name, arguments, 2, 2)?;
                let n = integer(arguments[0], heap)?;
                let at = if n < 0 { (n + len as i64).max(0) } else { n.min(len as i64) };
                self.with_list(of, heap, |items| items.insert(at as usize, arguments[1]));
                Ok(Obj::NONE)
            }
            "pop" => {
                takes(name, arguments, 0, 1)?;
                if len == 0 {
                    return Err("IndexError: pop from empty list".to_owned());
                }
                let n = arguments.first().map_or(Ok(-1), |&n| integer(n, heap))?;
                let at = place(n).ok_or("IndexError: pop index out of range")?;
                let mut item = Obj::NONE;
                self.with_list(of, heap, |items| item = items.remove(at));
                Ok(item)
            }
            "remove" => {
                takes(name, arguments, 1, 1)?;
                let at = find(self, arguments[0], heap).ok_or("ValueError: list.remove(x): x not in list")?;
                self.with_list(of, heap, |items| {
                    items.remove(at);
                });
                Ok(Obj::NONE)
            }
            "index" => {
                takes(name, arguments, 1, 1)?;
                let at = find(self, arguments[0], heap);
                let Some(at) = at else {
                    return Err(format!("ValueError: {} is not in list", self.repr(arguments[0], heap)?));
                };
                Ok(heap.alloc(Value::Int(at as i64)))
            }
            "count" => {
                takes(name, arguments, 1, 1)?;
                let items = self.items(of, heap)?;
                let equal = |&&item: &&Obj| item == arguments[0] || self.equal(item, arguments[0], heap);
                let count = items.iter().filter(equal).count();
                Ok(heap.alloc(Value::Int(count as i64)))
            }
            "reverse" => {
                self.with_list(of, heap, |items| items.reverse());
                Ok(Obj::NONE)
            }
            "clear" => {
                self.with_list(of, heap, Vec::clear);
                Ok(Obj::NONE)
            }
            "sort" => {
                takes(name, arguments, 0, 0)?;
                self.sort_list(of, false, heap)
            }
            _ => Err(self.no_method(of, name, heap)),
        }
    }

    fn with_list(&mut self, of: Obj, heap: &Heap, with: impl FnOnce(&mut Vec<Obj>)) {
        if let Some(Thing::List(items)) = self.thing_mut(of, heap) {
            with(items);
        }
    }

    fn set_method(&mut self, of: Obj, name: &str, arguments: &[Obj], heap: &mut Heap) -> Result<Obj> {
        match name {
            "add" => {
                takes(name, arguments, 1, 1)?;
                self.add_to_set(of, arguments[0], heap)?;
                Ok(Obj::NONE)
            }
            "discard" | "remove" => {
                takes(name, arguments, 1, 1)?;
                let item = self.key(arguments[0], heap)?;
                let Some(Thing::Set(set)) = self.thing(of, heap) else { return Ok(Obj::NONE) };
                match position(&set.items, item, heap) {
                    Some(at) => {
                        if let Some(Thing::Set(set)) = self.thing_mut(of, heap) {
                            set.items.remove(at);
                            set.removed = true;
                        }
                    }
                    None if name == "remove" => return Err(format!("KeyError: {}", self.repr(item, heap)?)),
                    None => {}
                }
                Ok(Obj::NONE)
            }
            "clear" => {
                if let Some(thing) = self.thing_mut(of, heap) {
                    *thing = Thing::Set(Default::default());
                }
                Ok(Obj::NONE)
            }
            "issubset" | "issuperset" => {
                takes(name, arguments, 1, 1)?;
                let (mine, other) = (self.items(of, heap)?, self.items(arguments[0], heap)?);
                let (small, large) = if name == "issubset" { (mine, other) } else { (other, mine) };
                let inside = small.iter().all(|&item| position(&large, item, heap).is_some());
                Ok(if inside { Obj::TRUE } else { Obj::FALSE })
            }
            _ => Err(format!(
                "{}: of a set there are add, discard, remove and clear here, and | & - ^",
                self.no_method(of, name, heap)
            )),
        }
    }

    fn other_method(&mut self, of: Obj, name: &str, arguments: &[Obj], heap: &mut Heap) -> Result<Obj> {
        match (self.thing(of, heap), name) {
            (Some(Thing::Iterator(_)), "next") if heap.version().is_py2() => {
                let mut iterator = Iterator::Shared(of);
                self.next_item(&mut iterator, heap)?.ok_or_else(|| "StopIteration".to_owned())
            }
            (None, "index" | "count") => {
                takes(name, arguments, 1, 1)?;
                let items = self.items(of, heap)?;
                let list = self.list(items, heap)?;
                self.list_method(list, name, arguments, heap)
            }
            (None, "bit_length") => match &*heap.value(of) {
                Value::Int(n) => {
                    let bits = 64 - n.unsigned_abs().leading_zeros();
                    Ok(Obj::from_int(i64::from(bits)).unwrap_or(Obj::NONE))
                }
                Value::Big(n) => Ok(Obj::from_int(n.bits() as i64).unwrap_or(Obj::NONE)),
                _ => Err(self.no_method(of, name, heap)),
            },
            _ => Err(self.no_method(of, name, heap)),
        }
    }

    fn text_method(&mut self, of: Obj, name: &str, arguments: &[Obj], heap: &mut Heap) -> Result<Obj> {
        let is_text = matches!(&*heap.value(of), Value::Str(_));
        let units = |obj: Obj, heap: &Heap| -> Option<Vec<u32>> {
            match &*heap.value(obj) {
                Value::Str(text) if is_text || heap.version().is_py2() => Some(text.to_vec()),
                Value::Bytes(bytes) if !is_text || heap.version().is_py2() => {
                    Some(bytes.iter().map(|&b| u32::from(b)).collect())
                }
                _ => None,
            }
        };
        let needed = |obj: Obj, machine: &Self, heap: &Heap| {
            units(obj, heap)
                .ok_or_else(|| format!("TypeError: a string is needed here, not {}", machine.type_of(obj, heap)))
        };
        let made = |text: Vec<u32>, heap: &mut Heap| {
            let value = match is_text {
                true => Value::Str(text.into()),
                false => Value::Bytes(text.into_iter().map(|c| c as u8).collect()),
            };
            heap.alloc(value)
        };
        let text = units(of, heap).unwrap_or_default();
        let space = |c: &u32| {
            char::from_u32(*c).is_some_and(|c| if is_text { c.is_whitespace() } else { c.is_ascii_whitespace() })
        };
        let flag = |b: bool| if b { Obj::TRUE } else { Obj::FALSE };
        let cased = |upper: bool, text: &[u32]| -> Result<Vec<u32>> {
            if text.iter().any(|&c| c > 127) {
                return Err("only ASCII letters change their case here".to_owned());
            }
            let change = |&c: &u32| {
                let byte = c as u8;
                u32::from(if upper { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() })
            };
            Ok(text.iter().map(change).collect())
        };
        let find = |part: &[u32], from: usize| -> Option<usize> {
            (from..=text.len().checked_sub(part.len())?).find(|&at| text[at..].starts_with(part))
        };
        match name {
            "upper" | "lower" => {
                takes(name, arguments, 0, 0)?;
                Ok(made(cased(name == "upper", &text)?, heap))
            }
            "capitalize" | "title" => {
                let mut out = cased(false, &text)?;
                let mut start = true;
                for c in &mut out {
                    let letter = (*c as u8).is_ascii_alphabetic();
                    if start && letter {
                        *c = u32::from((*c as u8).to_ascii_uppercase());
                    }
                    start = name == "title" && !letter;
                }
                Ok(made(out, heap))
            }
            "strip" | "lstrip" | "rstrip" => {
                takes(name, arguments, 0, 1)?;
                let set = arguments.first().map(|&set| needed(set, self, heap)).transpose()?;
                let gone = |c: &u32| set.as_ref().map_or_else(|| space(c), |set| set.contains(c));
                let start = if name == "rstrip" { 0 } else { text.iter().position(|c| !gone(c)).unwrap_or(text.len()) };
                let end = if name == "lstrip" {
                    text.len()
                } else {
                    text.iter().rposition(|c| !gone(c)).map_or(0, |at| at + 1)
                };
                Ok(made(text[start.min(end)..end].to_vec(), heap))
            }
            "split" => {
                takes(name, arguments, 0, 2)?;
                let most = arguments.get(1).map_or(Ok(-1), |&n| integer(n, heap))?;
                let most = usize::try_from(most).unwrap_or(usize::MAX);
                let mut parts: Vec<Vec<u32>> = Vec::new();
                match arguments.first().filter(|&&by| by != Obj::NONE) {
                    None => {
                        let mut at = 0;
                        while let Some(start) = text[at..].iter().position(|c| !space(c)).map(|len| at + len) {
                            if parts.len() == most {
                                let end = text.iter().rposition(|c| !space(c)).map_or(start, |at| at + 1);
                                parts.push(text[start..end].to_vec());
                                break;
                            }
                            let end = text[start..].iter().position(space).map_or(text.len(), |len| start + len);
                            parts.push(text[start..end].to_vec());
                            at = end;
                        }
                    }
                    Some(&by) => {
                        let by = needed(by, self, heap)?;
                        if by.is_empty() {
                            return Err("ValueError: empty separator".to_owned());
                        }
                        let mut at = 0;
                        while let Some(end) = find(&by, at).filter(|_| parts.len() < most) {
                            parts.push(text[at..end].to_vec());
                            at = end + by.len();
                        }
                        parts.push(text[at..].to_vec());
                    }
                }
                let parts = parts.into_iter().map(|part| made(part, heap)).collect();
                self.list(parts, heap)
            }
            "splitlines" => {
                takes(name, arguments, 0, 0)?;
                let mut lines: Vec<Vec<u32>> = text.split(|&c| c == 10).map(<[u32]>::to_vec).collect();
                if lines.last().is_some_and(Vec::is_empty) {
                    lines.pop();
                }
                let lines = lines.into_iter().map(|line| made(line, heap)).collect();
                self.list(lines, heap)
            }
            "join" => {
                takes(name, arguments, 1, 1)?;
                let mut parts = Vec::new();
                for (nth, item) in self.items(arguments[0], heap)?.into_iter().enumerate() {
                    match units(item, heap) {
                        Some(part) => parts.push(part),
                        None => {
                            let kind = self.type_of(item, heap);
                            return Err(format!("TypeError: sequence item {nth}: expected str instance, {kind} found"));
                        }
                    }
                }
                let joined = self.joined(&text, parts)?;
                Ok(made(joined, heap))
            }
            "replace" => {
                takes(name, arguments, 2, 3)?;
                let (old, new) = (needed(arguments[0], self, heap)?, needed(arguments[1], self, heap)?);
                let most = arguments.get(2).map_or(Ok(-1), |&n| integer(n, heap))?;
                let most = usize::try_from(most).unwrap_or(usize::MAX);
                if old.is_empty() {
                    return Err("an empty text is not replaced here".to_owned());
                }
                let (mut parts, mut at) = (Vec::new(), 0);
                while let Some(end) = find(&old, at).filter(|_| parts.len() < most) {
                    parts.push(text[at..end].to_vec());
                    at = end + old.len();
                }
                parts.push(text[at..].to_vec());
                let replaced = self.joined(&new, parts)?;
                Ok(made(replaced, heap))
            }
            "startswith" | "endswith" => {
                takes(name, arguments, 1, 1)?;
                let part = needed(arguments[0], self, heap)?;
                Ok(flag(if name == "startswith" { text.starts_with(&part) } else { text.ends_with(&part) }))
            }
            "find" | "index" | "rfind" => {
                takes(name, arguments, 1, 1)?;
                let part = needed(arguments[0], self, heap)?;
                let at = if name == "rfind" {
                    text.len()
                        .checked_sub(part.len())
                        .and_then(|last| (0..=last).rev().find(|&at| text[at..].starts_with(&part)))
                } else {
                    find(&part, 0)
                };
                match at {
                    None if name == "index" => Err("ValueError: substring not found".to_owned()),
                    at => Ok(heap.alloc(Value::Int(at.map_or(-1, |at| at as i64)))),
                }
            }
            "count" => {
                takes(name, arguments, 1, 1)?;
                let part = needed(arguments[0], self, heap)?;
                let (mut count, mut at) = (0, 0);
                while let Some(found) = find(&part, at) {
                    count += 1;
                    at = found + part.len().max(1);
                }
                Ok(heap.alloc(Value::Int(count)))
            }
            "isdigit" | "isalpha" | "isalnum" | "isupper" | "islower" | "isspace" => {
                if text.iter().any(|&c| c > 127) {
                    return Err(format!("{name}() is only known of ASCII here"));
                }
                let holds = |c: u8| match name {
                    "isdigit" => c.is_ascii_digit(),
                    "isalpha" => c.is_ascii_alphabetic(),
                    "isalnum" => c.is_ascii_alphanumeric(),
                    "isupper" => !c.is_ascii_lowercase(),
                    "islower" => !c.is_ascii_uppercase(),
                    _ => c.is_ascii_whitespace() || c == 0x0b,
                };
                let cased =
                    !matches!(name, "isupper" | "islower") || text.iter().any(|&c| (c as u8).is_ascii_alphabetic());
                Ok(flag(!text.is_empty() && cased && text.iter().all(|&c| holds(c as u8))))
            }
            "zfill" | "ljust" | "rjust" | "center" => {
                takes(name, arguments, 1, 2)?;
                let width = usize::try_from(integer(arguments[0], heap)?).unwrap_or(0);
                super::machine::check_length(width)?;
                let fill = match arguments.get(1) {
                    Some(&fill) => needed(fill, self, heap)?.first().copied().unwrap_or(32),
                    None => 32,
                };
                let missing = width.saturating_sub(text.len());
                let pad = |n: usize, c: u32| std::iter::repeat_n(c, n);
                let padded: Vec<u32> = match name {
                    "ljust" => text.iter().copied().chain(pad(missing, fill)).collect(),
                    "rjust" => pad(missing, fill).chain(text.iter().copied()).collect(),
                    "zfill" => {
                        let sign = usize::from(text.first().is_some_and(|&c| c == 43 || c == 45));
                        text[..sign]
                            .iter()
                            .copied()
                            .chain(pad(missing, 48))
                            .chain(text[sign..].iter().copied())
                            .collect()
                    }
                    _ => {
                        let left = missing / 2 + (missing & width & 1);
                        pad(left, fill).chain(text.iter().copied()).chain(pad(missing - left, fill)).collect()
                    }
                };
                Ok(made(padded, heap))
            }
            "encode" | "decode" => {
                takes(name, arguments, 0, 2)?;
                if text.iter().any(|&c| c > 127) {
                    return Err(format!("{name}() is only known of ASCII here: write the literal, b'…' or u'…'"));
                }
                let value = match name {
                    "encode" if is_text => Value::Bytes(text.iter().map(|&c| c as u8).collect()),
                    "decode" if !is_text => Value::Str(text.into()),
                    _ => return Err(self.no_method(of, name, heap)),
                };
                Ok(heap.alloc(value))
            }
            _ => Err(format!("{}: this method is not known here", self.no_method(of, name, heap))),
        }
    }
}
