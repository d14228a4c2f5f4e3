//! What a running script holds that a table does not: lists, dicts, sets, ranges, iterators; what they contain, whether
//! they are equal, and how they are written.

use super::machine::Machine;

use crate::python::value::{Other, OtherKind};
use crate::python::{Heap, Obj, Value, number};
use crate::table::{AnyTable, OpList, Table, peek};

/// One of them.
#[derive(Clone, Debug)]
pub(super) enum Thing {
    /// Nothing refers to it any more.
    Free,
    List(Vec<Obj>),
    Dict(Box<Dict>),
    Set(Set),
    Range(Range),
    Iterator(Iterator),
    /// `d.keys()` and its like from 3.0 on.
    View(Obj, Part),
    Object,
    /// `sys.getsizeof(d)`: in CPython, and of the table on show.
    Size(i64, i64),
}

/// A dict: the table of CPython that it is, and what was done to it, if it may come to be shown.
#[derive(Clone, Debug)]
pub(super) struct Dict {
    pub(super) table: AnyTable,
    pub(super) record: Option<OpList>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Set {
    pub(super) items: Vec<Obj>,
    /// Items were removed: the order of what is left is not worked out here.
    pub(super) removed: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    pub(super) start: i64,
    pub(super) step: i64,
    pub(super) len: u64,
}

/// What of a dict's items is walked over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Keys,
    Values,
    Items,
}

#[derive(Clone, Debug)]
pub(super) enum Iterator {
    Range {
        next: i64,
        step: i64,
        left: u64,
    },
    /// A list, as it is when each item is taken.
    List {
        list: Obj,
        next: usize,
    },
    Items {
        items: Box<[Obj]>,
        next: usize,
    },
    /// A dict's cells from one on; `len` is what it held, `left` what is still to come.
    Dict {
        dict: Obj,
        cell: usize,
        len: u32,
        left: u32,
        part: Part,
    },
    Zip(Vec<Iterator>),
    Enumerate(Box<Iterator>, i64),
    /// An iterator that has a name.
    Shared(Obj),
}

/// The most things that a script may hold.
const MAX_THINGS: usize = 1_000_000;
/// How deep things are compared and written within each other.
const MAX_NESTING: usize = 50;

type Result<T> = std::result::Result<T, String>;

impl Machine {
    /// A new thing.
    pub(super) fn make(&mut self, thing: Thing, heap: &mut Heap) -> Result<Obj> {
        let kind = match &thing {
            Thing::List(_) => OtherKind::List,
            Thing::Dict(_) => OtherKind::Dict,
            Thing::Set(_) => OtherKind::Set,
            Thing::Range(_) => OtherKind::Range,
            Thing::Object => OtherKind::Object,
            Thing::Size(..) => OtherKind::Size,
            Thing::Free | Thing::Iterator(_) | Thing::View(..) => OtherKind::Iterator,
        };
        if self.free.is_empty() && self.things.len() >= self.collect_at {
            self.collect(heap);
            if self.things.len() - self.free.len() > MAX_THINGS {
                return Err("the lists and dicts of this program are too many: a million are held at most".to_owned());
            }
        }
        let id = match self.free.pop() {
            Some(id) => {
                self.things[id as usize] = thing;
                id
            }
            None => {
                self.things.push(thing);
                (self.things.len() - 1) as u32
            }
        };
        Ok(heap.alloc(Value::Other(Other { kind, id })))
    }

    pub(super) fn list(&mut self, items: Vec<Obj>, heap: &mut Heap) -> Result<Obj> {
        self.make(Thing::List(items), heap)
    }

    /// The thing that an object stands for.
    pub(super) fn id(&self, obj: Obj, heap: &Heap) -> Option<u32> {
        if obj.small_int().is_some() {
            return None;
        }
        match *heap.value(obj) {
            Value::Other(other) => Some(other.id),
            _ => None,
        }
    }

    pub(super) fn thing(&self, obj: Obj, heap: &Heap) -> Option<&Thing> {
        self.id(obj, heap).map(|id| &self.things[id as usize])
    }

    pub(super) fn thing_mut(&mut self, obj: Obj, heap: &Heap) -> Option<&mut Thing> {
        self.id(obj, heap).map(|id| &mut self.things[id as usize])
    }

    pub(super) fn dict(&self, obj: Obj, heap: &Heap) -> Option<&Dict> {
        match self.thing(obj, heap) {
            Some(Thing::Dict(dict)) => Some(dict),
            _ => None,
        }
    }

    /// The name of the type, as messages give it.
    pub(super) fn type_of(&self, obj: Obj, heap: &Heap) -> &'static str {
        match self.thing(obj, heap) {
            Some(Thing::View(_, Part::Keys)) => "dict_keys",
            Some(Thing::View(_, Part::Values)) => "dict_values",
            Some(Thing::View(_, Part::Items)) => "dict_items",
            _ => number::type_name(&heap.value(obj), heap.version()),
        }
    }

    /// Let go of everything that nothing refers to.
    fn collect(&mut self, heap: &Heap) {
        let mut seen = vec![false; self.things.len()];
        let mut open: Vec<Obj> = self.roots();
        while let Some(obj) = open.pop() {
            if obj.small_int().is_some() {
                continue;
            }
            match &*heap.value(obj) {
                Value::Tuple(items) | Value::FrozenSet(items) => open.extend(items.iter()),
                Value::Other(other) => {
                    let id = other.id as usize;
                    if std::mem::replace(&mut seen[id], true) {
                        continue;
                    }
                    match &self.things[id] {
                        Thing::List(items) => open.extend(items),
                        Thing::Set(set) => open.extend(&set.items),
                        Thing::Dict(dict) => {
                            let cells = dict.table.state().main.slots.iter().filter(|cell| cell.is_live());
                            open.extend(cells.flat_map(|cell| cell.key().into_iter().chain(cell.value())));
                        }
                        Thing::View(dict, _) => open.push(*dict),
                        Thing::Iterator(iterator) => iterator.refers(&mut open),
                        Thing::Free | Thing::Range(_) | Thing::Object | Thing::Size(..) => {}
                    }
                }
                _ => {}
            }
        }
        for (id, seen) in seen.into_iter().enumerate() {
            // A key may be an `object()`: it is held by the table that is shown, which is not seen from here.
            if !seen && self.shown != Some(id as u32) && !matches!(self.things[id], Thing::Free | Thing::Object) {
                self.things[id] = Thing::Free;
                self.free.push(id as u32);
            }
        }
        self.collect_at = 2 * (self.things.len() - self.free.len()).max(4_096);
    }

    /// The items of a dict from a cell on: its position, key and value.
    pub(super) fn next_cell(&self, dict: Obj, from: usize, heap: &Heap) -> Option<(usize, Obj, Obj)> {
        let slots = &self.dict(dict, heap)?.table.state().main.slots;
        let at = from + slots.get(from..)?.iter().position(|cell| cell.is_live())?;
        Some((at, slots[at].key()?, slots[at].value()?))
    }

    pub(super) fn pairs(&self, dict: Obj, heap: &Heap) -> Vec<(Obj, Obj)> {
        let Some(dict) = self.dict(dict, heap) else { return Vec::new() };
        let cells = dict.table.state().main.slots.iter().filter(|cell| cell.is_live());
        cells.filter_map(|cell| cell.key().zip(cell.value())).collect()
    }

    /// Walk over an object.
    pub(super) fn iterate(&mut self, obj: Obj, heap: &mut Heap) -> Result<Iterator> {
        let items = match self.thing(obj, heap) {
            Some(Thing::List(_)) => return Ok(Iterator::List { list: obj, next: 0 }),
            Some(Thing::Range(range)) => {
                return Ok(Iterator::Range { next: range.start, step: range.step, left: range.len });
            }
            Some(Thing::Dict(_)) => return Ok(self.walk(obj, Part::Keys, heap)),
            Some(&Thing::View(dict, part)) => return Ok(self.walk(dict, part, heap)),
            Some(Thing::Iterator(_)) => return Ok(Iterator::Shared(obj)),
            Some(Thing::Set(set)) => {
                if set.removed {
                    return Err(no_order());
                }
                let items = set.items.clone();
                heap.set_order(&items)
            }
            Some(Thing::Size(..) | Thing::Object | Thing::Free) => return Err(self.not_iterable(obj, heap)),
            None => match &*heap.value(obj) {
                Value::Tuple(items) => items.to_vec(),
                Value::FrozenSet(items) => {
                    let items = items.clone();
                    heap.set_order(&items)
                }
                Value::Str(text) => {
                    let text = text.clone();
                    text.iter().map(|&c| heap.alloc(Value::Str([c].into()))).collect()
                }
                Value::Bytes(bytes) => {
                    let bytes = bytes.clone();
                    let py2 = heap.version().is_py2();
                    let item = |b: u8| if py2 { Value::Bytes([b].into()) } else { Value::Int(i64::from(b)) };
                    bytes.iter().map(|&b| heap.alloc(item(b))).collect()
                }
                _ => return Err(self.not_iterable(obj, heap)),
            },
        };
        Ok(Iterator::Items { items: items.into(), next: 0 })
    }

    fn not_iterable(&self, obj: Obj, heap: &Heap) -> String {
        format!("TypeError: '{}' object is not iterable", self.type_of(obj, heap))
    }

    pub(super) fn walk(&self, dict: Obj, part: Part, heap: &Heap) -> Iterator {
        let len = self.dict(dict, heap).map_or(0, |dict| dict.table.state().regs.used);
        Iterator::Dict { dict, cell: 0, len, left: len, part }
    }

    /// The next item.
    pub(super) fn next_item(&mut self, iterator: &mut Iterator, heap: &mut Heap) -> Result<Option<Obj>> {
        Ok(match iterator {
            Iterator::Range { left: 0, .. } => None,
            Iterator::Range { next, step, left } => {
                let item = heap.alloc(Value::Int(*next));
                *left -= 1;
                // Past the last step this may leave the 64 bits; nobody looks at it then.
                *next = next.wrapping_add(*step);
                Some(item)
            }
            Iterator::List { list, next } => {
                let Some(Thing::List(items)) = self.thing(*list, heap) else { return Ok(None) };
                let item = items.get(*next).copied();
                *next += 1;
                item
            }
            Iterator::Items { items, next } => {
                let item = items.get(*next).copied();
                *next += 1;
                item
            }
            Iterator::Dict { dict, cell, len, left, part } => {
                let now = self.dict(*dict, heap).map_or(0, |dict| dict.table.state().regs.used);
                if now != *len {
                    // Said once; the walk is over then (`dictiter_iternextkey`).
                    *cell = usize::MAX;
                    return Err("RuntimeError: dictionary changed size during iteration".to_owned());
                }
                let Some((at, key, value)) = self.next_cell(*dict, *cell, heap) else { return Ok(None) };
                if *left == 0 && heap.version() >= crate::python::Version::V3_8 {
                    return Err("RuntimeError: dictionary keys changed during iteration".to_owned());
                }
                *left = left.saturating_sub(1);
                *cell = at + 1;
                Some(match part {
                    Part::Keys => key,
                    Part::Values => value,
                    Part::Items => heap.alloc(Value::Tuple([key, value].into())),
                })
            }
            Iterator::Zip(parts) => {
                let mut items = Vec::with_capacity(parts.len());
                for part in parts.iter_mut() {
                    match self.next_item(part, heap)? {
                        Some(item) => items.push(item),
                        None => return Ok(None),
                    }
                }
                if items.is_empty() { None } else { Some(heap.alloc(Value::Tuple(items.into()))) }
            }
            Iterator::Enumerate(inner, nth) => match self.next_item(inner, heap)? {
                Some(item) => {
                    let number = heap.alloc(Value::Int(*nth));
                    *nth += 1;
                    Some(heap.alloc(Value::Tuple([number, item].into())))
                }
                None => None,
            },
            Iterator::Shared(obj) => {
                let Some(Thing::Iterator(inner)) = self.thing(*obj, heap) else { return Ok(None) };
                let mut inner = inner.clone();
                let item = self.next_item(&mut inner, heap);
                if let Some(thing) = self.thing_mut(*obj, heap) {
                    *thing = Thing::Iterator(inner);
                }
                return item;
            }
        })
    }

    /// All items of an object.
    pub(super) fn items(&mut self, obj: Obj, heap: &mut Heap) -> Result<Vec<Obj>> {
        if let Some(Thing::List(items)) = self.thing(obj, heap) {
            return Ok(items.clone());
        }
        let mut iterator = self.iterate(obj, heap)?;
        let mut items = Vec::new();
        while let Some(item) = self.next_item(&mut iterator, heap)? {
            if items.len() == crate::program::MAX_OPS as usize {
                return Err("too long: a list may have 20,000,000 items".to_owned());
            }
            items.push(item);
        }
        Ok(items)
    }

    /// All items of an object, for those who do not ask for their order: that of a set need not be known.
    pub(super) fn items_in_any_order(&mut self, obj: Obj, heap: &mut Heap) -> Result<Vec<Obj>> {
        match self.thing(obj, heap) {
            Some(Thing::Set(set)) => Ok(set.items.clone()),
            _ => self.items(obj, heap),
        }
    }

    /// `bool(obj)`
    pub(super) fn truth(&self, obj: Obj, heap: &Heap) -> bool {
        if let Some(n) = obj.small_int() {
            return n != 0;
        }
        match self.thing(obj, heap) {
            Some(Thing::List(items)) => !items.is_empty(),
            Some(Thing::Dict(dict)) => dict.table.state().regs.used > 0,
            Some(Thing::Set(set)) => !set.items.is_empty(),
            Some(Thing::Range(range)) => range.len > 0,
            Some(&Thing::View(dict, _)) => self.truth(dict, heap),
            Some(Thing::Size(n, _)) => *n != 0,
            Some(Thing::Iterator(_) | Thing::Object | Thing::Free) => true,
            None => match &*heap.value(obj) {
                Value::None => false,
                Value::Bool(b) => *b,
                Value::Int(n) => *n != 0,
                Value::Float(x) => *x != 0.0,
                Value::Str(text) => !text.is_empty(),
                Value::Bytes(bytes) => !bytes.is_empty(),
                Value::Tuple(items) | Value::FrozenSet(items) => !items.is_empty(),
                _ => true,
            },
        }
    }

    /// `a == b`
    pub(super) fn equal(&self, a: Obj, b: Obj, heap: &Heap) -> bool {
        self.equal_within(a, b, heap, 0)
    }

    /// As in containers: the same object, or equal.
    fn same_within(&self, a: Obj, b: Obj, heap: &Heap, depth: usize) -> bool {
        a == b || self.equal_within(a, b, heap, depth)
    }

    fn equal_within(&self, a: Obj, b: Obj, heap: &Heap, depth: usize) -> bool {
        if depth > MAX_NESTING {
            return false;
        }
        let all = |a: &[Obj], b: &[Obj]| {
            a.len() == b.len() && a.iter().zip(b).all(|(&a, &b)| self.same_within(a, b, heap, depth + 1))
        };
        match (self.thing(a, heap), self.thing(b, heap)) {
            (None, None) => match (&*heap.value(a), &*heap.value(b)) {
                (Value::Tuple(a), Value::Tuple(b)) => all(a, b),
                (Value::Float(x), _) if x.is_nan() => false,
                _ => heap.same_key(a, b),
            },
            (Some(Thing::Size(n, _)), _) => self.equal_number(*n, b, heap),
            (_, Some(Thing::Size(n, _))) => self.equal_number(*n, a, heap),
            (Some(Thing::List(a)), Some(Thing::List(b))) => all(a, b),
            (Some(Thing::Dict(x)), Some(Thing::Dict(y))) => {
                x.table.state().regs.used == y.table.state().regs.used
                    && self.pairs(a, heap).into_iter().all(|(key, value)| {
                        self.get(b, key, heap).is_some_and(|other| self.same_within(value, other, heap, depth + 1))
                    })
            }
            (Some(Thing::Set(a)), Some(Thing::Set(b))) => {
                a.items.len() == b.items.len() && a.items.iter().all(|&item| position(&b.items, item, heap).is_some())
            }
            (Some(Thing::Range(a)), Some(Thing::Range(b))) => {
                a.len == b.len && (a.len == 0 || a.start == b.start) && (a.len < 2 || a.step == b.step)
            }
            (Some(&Thing::View(x, Part::Keys)), Some(&Thing::View(y, Part::Keys))) => {
                let (x, y) = (self.pairs(x, heap), self.pairs(y, heap));
                x.len() == y.len() && x.iter().all(|&(key, _)| y.iter().any(|&(other, _)| heap.same_key(key, other)))
            }
            _ => a == b,
        }
    }

    fn equal_number(&self, n: i64, other: Obj, heap: &Heap) -> bool {
        match self.thing(other, heap) {
            Some(Thing::Size(m, _)) => n == *m,
            Some(_) => false,
            None => number::equal(&Value::Int(n), &heap.value(other)),
        }
    }

    /// The value of a key of a dict, without an operation.
    pub(super) fn get(&self, dict: Obj, key: Obj, heap: &Heap) -> Option<Obj> {
        peek(&self.dict(dict, heap)?.table, key, heap)
    }

    /// `a < b`; `None` if the two have no order.
    pub(super) fn less(&self, a: Obj, b: Obj, heap: &Heap) -> Option<std::cmp::Ordering> {
        use std::cmp::Ordering;
        let sequence = |a: &[Obj], b: &[Obj]| -> Option<Ordering> {
            for (&a, &b) in a.iter().zip(b) {
                if !self.same_within(a, b, heap, 0) {
                    return self.less(a, b, heap);
                }
            }
            Some(a.len().cmp(&b.len()))
        };
        if let (Some(a), Some(b)) = (a.small_int(), b.small_int()) {
            return Some(a.cmp(&b));
        }
        match (self.thing(a, heap), self.thing(b, heap)) {
            (Some(Thing::List(a)), Some(Thing::List(b))) => return sequence(a, b),
            (Some(Thing::Size(n, _)), None) => return number::order(&Value::Int(*n), &heap.value(b)),
            (None, Some(Thing::Size(n, _))) => return number::order(&heap.value(a), &Value::Int(*n)),
            (Some(Thing::Size(a, _)), Some(Thing::Size(b, _))) => return Some(a.cmp(b)),
            (None, None) => {}
            _ => return None,
        }
        match (&*heap.value(a), &*heap.value(b)) {
            (Value::Str(a), Value::Str(b)) => Some(a.cmp(b)),
            (Value::Bytes(a), Value::Bytes(b)) => Some(a.cmp(b)),
            (Value::Tuple(a), Value::Tuple(b)) => sequence(a, b),
            (Value::Uuid(a), Value::Uuid(b)) => Some(a.cmp(b)),
            (Value::None, Value::None) if heap.version().is_py2() => Some(Ordering::Equal),
            (a, b) => number::order(a, b),
        }
    }

    /// `repr(obj)`
    pub(super) fn repr(&self, obj: Obj, heap: &Heap) -> Result<String> {
        let mut out = String::new();
        self.write(obj, heap, &mut out, 0)?;
        Ok(out)
    }

    fn write(&self, obj: Obj, heap: &Heap, out: &mut String, depth: usize) -> Result<()> {
        if depth > MAX_NESTING {
            return Err("this is nested too deep to be written".to_owned());
        }
        if out.len() > MAX_TEXT {
            return Err(format!("this is too long to be written: {MAX_TEXT} characters are held at most"));
        }
        let py2 = heap.version().is_py2();
        let list = |items: &[Obj], out: &mut String| -> Result<()> {
            for (nth, &item) in items.iter().enumerate() {
                if nth > 0 {
                    out.push_str(", ");
                }
                self.write(item, heap, out, depth + 1)?;
            }
            Ok(())
        };
        match self.thing(obj, heap) {
            None => match &*heap.value(obj) {
                Value::Tuple(items) => {
                    out.push('(');
                    list(items, out)?;
                    out.push_str(if items.len() == 1 { ",)" } else { ")" });
                }
                _ => out.push_str(&heap.repr(obj)),
            },
            Some(Thing::List(items)) => {
                out.push('[');
                list(items, out)?;
                out.push(']');
            }
            Some(Thing::Dict(_)) => {
                out.push('{');
                for (nth, (key, value)) in self.pairs(obj, heap).into_iter().enumerate() {
                    if nth > 0 {
                        out.push_str(", ");
                    }
                    self.write(key, heap, out, depth + 1)?;
                    out.push_str(": ");
                    self.write(value, heap, out, depth + 1)?;
                }
                out.push('}');
            }
            Some(Thing::Set(set)) => {
                if set.removed && set.items.len() > 1 {
                    return Err(no_order());
                }
                let (open, close) = if py2 { ("set([", "])") } else { ("{", "}") };
                if set.items.is_empty() && !py2 {
                    out.push_str("set()");
                } else {
                    out.push_str(open);
                    list(&heap.set_order(&set.items), out)?;
                    out.push_str(close);
                }
            }
            Some(Thing::Range(range)) => {
                let stop = range.start + range.step * range.len as i64;
                let name = if py2 { "xrange" } else { "range" };
                match range.step {
                    1 if py2 && range.start == 0 => out.push_str(&format!("{name}({stop})")),
                    1 => out.push_str(&format!("{name}({}, {stop})", range.start)),
                    step => out.push_str(&format!("{name}({}, {stop}, {step})", range.start)),
                }
            }
            Some(&Thing::View(dict, part)) => {
                out.push_str(match part {
                    Part::Keys => "dict_keys([",
                    Part::Values => "dict_values([",
                    Part::Items => "dict_items([",
                });
                for (nth, (key, value)) in self.pairs(dict, heap).into_iter().enumerate() {
                    if nth > 0 {
                        out.push_str(", ");
                    }
                    match part {
                        Part::Keys => self.write(key, heap, out, depth + 1)?,
                        Part::Values => self.write(value, heap, out, depth + 1)?,
                        Part::Items => {
                            out.push('(');
                            list(&[key, value], out)?;
                            out.push(')');
                        }
                    }
                }
                out.push_str("])");
            }
            Some(Thing::Size(_, shown)) => out.push_str(&shown.to_string()),
            Some(Thing::Object | Thing::Iterator(_) | Thing::Free) => {
                return Err(
                    "an object's repr is its address, which is another one each time: print something else".to_owned()
                );
            }
        }
        Ok(())
    }

    /// `str(obj)`, as `print` shows it.
    pub(super) fn text(&self, obj: Obj, heap: &Heap) -> Result<String> {
        if self.thing(obj, heap).is_some() || matches!(&*heap.value(obj), Value::Tuple(_)) {
            return self.repr(obj, heap);
        }
        heap.text(obj)
    }
}

impl Iterator {
    /// Walk over nothing.
    pub(super) fn none() -> Iterator {
        Iterator::Items { items: Box::default(), next: 0 }
    }

    pub(super) fn refers(&self, open: &mut Vec<Obj>) {
        match self {
            Iterator::Range { .. } => {}
            Iterator::List { list, .. } => open.push(*list),
            Iterator::Items { items, .. } => open.extend(items.iter()),
            Iterator::Dict { dict, .. } => open.push(*dict),
            Iterator::Zip(parts) => parts.iter().for_each(|part| part.refers(open)),
            Iterator::Enumerate(inner, _) => inner.refers(open),
            Iterator::Shared(obj) => open.push(*obj),
        }
    }
}

impl Range {
    pub(super) fn at(&self, nth: u64) -> i64 {
        self.start + self.step * nth as i64
    }
}

/// The longest text that a script may make by writing a thing.
const MAX_TEXT: usize = 10_000_000;

fn no_order() -> String {
    "the order of a set after removals is not worked out here: write sorted(…)".to_owned()
}

/// Where an item equal to `item` is.
pub(super) fn position(items: &[Obj], item: Obj, heap: &Heap) -> Option<usize> {
    items.iter().position(|&other| heap.hash(other) == heap.hash(item) && heap.same_key(other, item))
}
