//! A compiled script at work: instructions one after the other, until one is an operation of the dict on show.

use std::sync::Arc;

use super::code::{Code, Ins, Routine, Slot};
use super::random::Random;
use super::syntax::Comparison;
use super::things::{self, Dict, Iterator, Part, Range, Set, Thing};
use crate::program::lines::position;
use crate::program::workload::{Call, GENERATORS, Model, Running};
use crate::program::{MAX_ITEMS, MAX_OPS, grouped};
use crate::python::number::{self, BinaryOp};
use crate::python::{Expr, Heap, Obj, Value, Version};
use crate::table::{AnyTable, CopyHow, Noop, Op, OpList, Outcome, Table, merge_from};

type Result<T> = std::result::Result<T, String>;

/// A line that a script printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// The line, without its end.
    pub text: String,
    /// The line of the program that printed it, from 1.
    pub line: usize,
    /// How many operations had been made before.
    pub op: u64,
    /// It is what an expression alone gives: Python shows that at its prompt only.
    pub echo: bool,
}

/// A call under way.
#[derive(Clone, Debug)]
struct Frame {
    routine: usize,
    next: usize,
    /// Where its locals, its part of the stack and its iterators begin.
    locals: usize,
    stack: usize,
    iterators: usize,
}

/// The machine.
#[derive(Clone, Debug)]
pub(in crate::program) struct Machine {
    code: Arc<Code>,
    constants: Vec<Obj>,
    globals: Vec<Option<Obj>>,
    locals: Vec<Option<Obj>>,
    calls: Vec<Frame>,
    /// What ended the program.
    failed: Option<String>,
    started: bool,
    /// What it knows of the dict on show is not what was kept of it.
    stale: bool,
    /// How many operations of the dict on show its table has run.
    known: u64,
    pub(super) stack: Vec<Obj>,
    pub(super) iterators: Vec<Iterator>,
    pub(super) things: Vec<Thing>,
    pub(super) free: Vec<u32>,
    pub(super) collect_at: usize,
    /// The dict on show.
    pub(super) shown: Option<u32>,
    /// What the table is before the first instruction, if it is not empty.
    begun: Option<Box<AnyTable>>,
    /// What an instruction did to it, and how much of that was told.
    pending: OpList,
    told: usize,
    running: Option<Running>,
    /// What is in the dict on show, for generators.
    model: Option<Model>,
    pub(super) random: Random,
    printed: Vec<Printed>,
    /// What was printed of a line that is not at its end.
    open_line: String,
    /// 2.7: the next item printed stands after a space.
    soft_space: bool,
    turns: u64,
    made: u64,
    /// The bytes of the table on show, as far as somebody told them.
    bytes: Option<u64>,
    /// The place of the present instruction in the text.
    place: usize,
    line: usize,
    text: Arc<str>,
}

/// The deepest nesting of calls: CPython's own.
const MAX_CALLS: usize = 1_000;
/// The most lines that are kept of what a script prints.
const MAX_PRINTED: usize = 100_000;

/// What a step of the machine came to.
pub(in crate::program) enum Ran {
    /// An operation was made.
    Op,
    /// So many instructions were run without one.
    Working,
    End,
}

impl Machine {
    pub(in crate::program) fn new(code: Arc<Code>, text: &str) -> Machine {
        let globals = vec![None; code.names.globals.len()];
        let model = code.reads_dict.then(Model::new);
        Machine {
            constants: Vec::new(),
            globals,
            locals: Vec::new(),
            calls: vec![Frame { routine: 0, next: 0, locals: 0, stack: 0, iterators: 0 }],
            failed: None,
            started: false,
            stale: false,
            known: 0,
            stack: Vec::new(),
            iterators: Vec::new(),
            things: Vec::new(),
            free: Vec::new(),
            collect_at: 4_096,
            shown: None,
            begun: None,
            pending: OpList::default(),
            told: 0,
            running: None,
            model,
            random: Random::new(),
            printed: Vec::new(),
            open_line: String::new(),
            soft_space: false,
            turns: 0,
            made: 0,
            bytes: None,
            place: 0,
            line: 0,
            text: text.into(),
            code,
        }
    }

    /// So many operations were made before, which it is to [`learn`](Machine::learn).
    pub(in crate::program) fn come_after(&mut self, made: u64) {
        self.made = made;
    }

    /// An operation of a plain line before.
    pub(in crate::program) fn note(&mut self, op: Op<'_>, heap: &Heap) {
        self.made += 1;
        self.learn_one(op, heap);
    }

    fn learn_one(&mut self, op: Op<'_>, heap: &Heap) {
        let empty = self.empty(heap);
        let table = match self.shown.map(|shown| &mut self.things[shown as usize]) {
            Some(Thing::Dict(dict)) => &mut dict.table,
            _ => self.begun.get_or_insert_with(|| Box::new(empty)),
        };
        table.run(op, heap, &mut Noop);
        if let Some(model) = &mut self.model {
            model.run(op, heap);
        }
        self.known += 1;
    }

    /// Run through operations `done` that it does not know, at most `most` of them: those of plain lines before, or all
    /// again if it had gone further than what was kept. Gives whether all that were made are known.
    pub(in crate::program) fn learn(&mut self, heap: &Heap, done: &OpList, made: u64, most: usize) -> bool {
        if std::mem::take(&mut self.stale) {
            self.forget(heap);
        }
        self.made = made;
        let until = made.min(self.known.saturating_add(most as u64));
        while self.known < until {
            self.learn_one(done.get(self.known as usize), heap);
        }
        self.known == made
    }

    /// Know nothing of the dict on show, so that all is learnt again.
    fn forget(&mut self, heap: &Heap) {
        self.known = 0;
        self.model = self.code.reads_dict.then(Model::new);
        self.begun = None;
        if let Some(shown) = self.shown {
            let empty = self.empty(heap);
            if let Thing::Dict(dict) = &mut self.things[shown as usize] {
                dict.table = empty;
            }
        }
    }

    /// More text was compiled.
    pub(in crate::program) fn go_on(&mut self, code: Arc<Code>, text: &str) {
        if self.calls.is_empty() {
            let next = self.code.routines[0].code.len();
            self.calls.push(Frame { routine: 0, next, locals: 0, stack: 0, iterators: 0 });
        }
        self.text = text.into();
        self.globals.resize(code.names.globals.len(), None);
        let asks = code.reads_dict && self.model.is_none();
        self.started = false;
        self.code = code;
        self.stale |= asks;
    }

    /// Leave out what is left of the text: what is appended goes on after the operations that were made.
    pub(in crate::program) fn skip_rest(&mut self) {
        // What an instruction did beyond the last operation that was taken did not happen.
        self.stale |= self.told < self.pending.len();
        self.pending.truncate(0);
        self.told = 0;
        self.calls.clear();
        self.stack.clear();
        self.iterators.clear();
        self.locals.clear();
        self.running = None;
        self.failed = None;
        self.end_line();
    }

    /// Bytes of this process's memory, about: the things are counted by their number, but for the table on show.
    pub(in crate::program) fn memory(&self) -> usize {
        let table = match self.shown.map(|shown| &self.things[shown as usize]) {
            Some(Thing::Dict(dict)) => dict.table.state().memory(),
            _ => 0,
        };
        self.things.capacity() * size_of::<Thing>()
            + self.printed.capacity() * size_of::<Printed>()
            + self.stack.capacity() * size_of::<Obj>()
            + self.pending.memory()
            + table
    }

    /// Make the literals, and the dict that there is to begin with.
    fn start(&mut self, heap: &mut Heap) -> Result<()> {
        if std::mem::replace(&mut self.started, true) {
            return Ok(());
        }
        let constants = self.code.constants[self.constants.len()..].to_vec();
        self.constants.extend(constants.into_iter().map(|value| heap.alloc(value)));
        if let Some(given) = self.code.given.filter(|_| self.shown.is_none()) {
            let table = self.begun.take().map_or_else(|| self.empty(heap), |table| *table);
            let dict = self.new_dict(table, None, heap)?;
            self.shown = self.id(dict, heap);
            self.globals[given] = Some(dict);
        }
        Ok(())
    }

    pub(in crate::program) fn printed(&self) -> &[Printed] {
        &self.printed
    }

    /// Tell how many bytes the table on show has after the last operation.
    pub(in crate::program) fn set_bytes(&mut self, bytes: u64) {
        self.bytes = Some(bytes);
    }

    /// Where the last instruction stands in the text.
    pub(in crate::program) fn place(&self) -> usize {
        self.place
    }

    pub(in crate::program) fn line(&self) -> usize {
        self.line
    }

    pub(super) fn roots(&self) -> Vec<Obj> {
        let mut roots = self.stack.clone();
        roots.extend(self.globals.iter().chain(&self.locals).flatten());
        self.iterators.iter().for_each(|iterator| iterator.refers(&mut roots));
        // The dict on show may have no name any more.
        if let Some(shown) = self.shown
            && let Thing::Dict(dict) = &self.things[shown as usize]
        {
            let cells = dict.table.state().main.slots.iter().filter(|cell| cell.is_live());
            roots.extend(cells.flat_map(|cell| cell.key().into_iter().chain(cell.value())));
        }
        roots
    }

    /// Run at most `budget` instructions, up to the next operation, which is pushed on `ops`.
    pub(in crate::program) fn advance(&mut self, budget: usize, heap: &mut Heap, ops: &mut OpList) -> Result<Ran> {
        self.start(heap)?;
        for _ in 0..budget {
            if self.told < self.pending.len() {
                if self.made == MAX_OPS {
                    return Err(crate::program::parse::too_many(MAX_OPS + 1));
                }
                ops.push(self.pending.get(self.told));
                self.told += 1;
                self.made += 1;
                self.known += 1;
                return Ok(Ran::Op);
            }
            if self.told > 0 {
                self.pending.truncate(0);
                self.told = 0;
            }
            if let Some(message) = &self.failed {
                return Err(message.clone());
            }
            let Some(call) = self.calls.last_mut() else {
                self.end_line();
                return Ok(Ran::End);
            };
            let routine = &self.code.routines[call.routine];
            if call.next == routine.code.len() {
                self.calls.pop();
                continue;
            }
            let at = call.next;
            call.next += 1;
            if routine.places[at] != self.place || self.line == 0 {
                self.place = routine.places[at];
                self.line = position(&self.text, self.place).0;
            }
            if let Err(message) = self.run(at, heap) {
                if self.code.session {
                    self.recover(&message);
                } else {
                    // What it did to the dict before is told first.
                    self.failed = Some(message);
                }
            }
        }
        Ok(Ran::Working)
    }

    /// At a prompt an error ends its statement only.
    fn recover(&mut self, message: &str) {
        self.end_line();
        self.print_line("Traceback (most recent call last):".to_owned(), false);
        self.print_line(message.to_owned(), false);
        self.stack.clear();
        self.iterators.clear();
        self.locals.clear();
        self.running = None;
        let at = self.calls.first().map_or(0, |call| call.next);
        let next = self.code.statements.iter().find(|&&start| start >= at).copied();
        let next = next.unwrap_or(self.code.routines[0].code.len());
        self.calls.truncate(1);
        if let Some(call) = self.calls.first_mut() {
            call.next = next;
        }
    }

    fn pop(&mut self) -> Obj {
        self.stack.pop().expect("the compiler pushes what an instruction pops")
    }

    fn pop_many(&mut self, n: usize) -> Vec<Obj> {
        self.stack.split_off(self.stack.len() - n)
    }

    fn top(&self) -> Obj {
        *self.stack.last().expect("the compiler pushes what an instruction looks at")
    }

    fn cell(&mut self, slot: Slot) -> &mut Option<Obj> {
        match slot {
            Slot::Global(slot) => &mut self.globals[slot],
            Slot::Local(slot) => {
                let base = self.calls.last().map_or(0, |call| call.locals);
                &mut self.locals[base + slot]
            }
        }
    }

    fn load(&mut self, slot: Slot) -> Result<Obj> {
        if let Some(value) = *self.cell(slot) {
            return Ok(value);
        }
        Err(match slot {
            Slot::Global(slot) => {
                format!(
                    "NameError: name '{}' is not defined: the line that gives it a value was not run",
                    self.code.names.globals[slot]
                )
            }
            Slot::Local(_) => "UnboundLocalError: this variable has no value yet".to_owned(),
        })
    }

    fn jump(&mut self, to: usize) {
        if let Some(call) = self.calls.last_mut() {
            call.next = to;
        }
    }

    /// A loop goes round once more.
    fn turn(&mut self) -> Result<()> {
        if self.turns == MAX_OPS {
            let most = grouped(MAX_OPS);
            return Err(format!("the loops have made {most} turns; a program may have no more"));
        }
        self.turns += 1;
        Ok(())
    }

    /// The instruction is run once more.
    fn stay(&mut self, at: usize) {
        self.jump(at);
    }

    fn run(&mut self, at: usize, heap: &mut Heap) -> Result<()> {
        let code = Arc::clone(&self.code);
        let routine: &Routine = &code.routines[self.calls.last().map_or(0, |call| call.routine)];
        match &routine.code[at] {
            Ins::Const(constant) => self.stack.push(self.constants[*constant]),
            Ins::Text(text) => self.stack.push(heap.alloc(Value::Str(text.clone()))),
            Ins::Pure(expr, slots) => {
                let values: Result<Vec<Obj>> = slots.iter().map(|&slot| self.load(slot)).collect();
                let value = expr.eval(&values?, heap)?;
                self.stack.push(value);
            }
            Ins::Load(slot) => {
                let value = self.load(*slot)?;
                self.stack.push(value);
            }
            Ins::Store(slot) => {
                let value = self.pop();
                *self.cell(*slot) = Some(value);
            }
            Ins::StoreShown(slot) => {
                let value = self.pop();
                *self.cell(*slot) = Some(value);
                self.adopt(value, heap)?;
            }
            Ins::Forget(slot) => {
                self.load(*slot)?;
                *self.cell(*slot) = None;
            }
            Ins::Pop => {
                self.pop();
            }
            Ins::Dup => self.stack.push(self.top()),
            Ins::DupTwo => {
                let len = self.stack.len();
                self.stack.extend_from_within(len - 2..);
            }
            Ins::Unary(op) => {
                let x = self.pop();
                let value = match self.thing(x, heap) {
                    Some(Thing::Size(n, shown)) => {
                        let of = |n: i64| number::unary(*op, &Value::Int(n), heap.version());
                        let (n, shown) = (of(*n)?, of(*shown)?);
                        return self.push_size(n, shown, heap);
                    }
                    Some(_) => {
                        return Err(format!(
                            "TypeError: bad operand type for unary operator: '{}'",
                            self.type_of(x, heap)
                        ));
                    }
                    None => number::unary(*op, &heap.value(x), heap.version())?,
                };
                self.stack.push(heap.alloc(value));
            }
            Ins::Not => {
                let x = self.pop();
                let value = if self.truth(x, heap) { Obj::FALSE } else { Obj::TRUE };
                self.stack.push(value);
            }
            Ins::Binary { op, shown } => {
                let (b, a) = (self.pop(), self.pop());
                let value = self.binary(*op, a, b, *shown, heap)?;
                self.stack.push(value);
            }
            Ins::InPlace(op) => {
                let (b, a) = (self.pop(), self.pop());
                let value = self.in_place(*op, a, b, heap)?;
                self.stack.push(value);
            }
            Ins::Compare(comparison) => {
                let (b, a) = (self.pop(), self.pop());
                let value = self.compare(*comparison, a, b, heap)?;
                self.stack.push(if value { Obj::TRUE } else { Obj::FALSE });
            }
            Ins::Tuple(n) => {
                let items = self.pop_many(*n);
                self.stack.push(heap.alloc(Value::Tuple(items.into())));
            }
            Ins::List(n) => {
                let items = self.pop_many(*n);
                let list = self.list(items, heap)?;
                self.stack.push(list);
            }
            Ins::Set(n) => {
                let items = self.pop_many(*n);
                let set = self.set_of(items, heap)?;
                self.stack.push(set);
            }
            Ins::Display { pairs, shown } => {
                let pairs = self.pop_pairs(*pairs, heap)?;
                let dict = self.make_dict(Op::Display(&pairs), *shown, heap)?;
                self.stack.push(dict);
            }
            Ins::NewDict { shown } => {
                let dict = self.make_dict(Op::Display(&[]), *shown, heap)?;
                self.stack.push(dict);
            }
            Ins::Unpacked => {
                let (mapping, dict) = (self.pop(), self.top());
                if self.dict(mapping, heap).is_none() {
                    return Err(format!("TypeError: '{}' object is not a mapping", self.type_of(mapping, heap)));
                }
                self.merge(dict, mapping, heap);
            }
            Ins::DictOf { argument, shown } => {
                let argument = argument.then(|| self.pop());
                let dict = match argument {
                    Some(other) if self.dict(other, heap).is_some() => {
                        self.iterators.push(Iterator::none());
                        self.copy_dict(other, CopyHow::Dict, *shown, heap)?
                    }
                    other => {
                        let pairs = other.map_or(Ok(Iterator::none()), |other| self.iterate(other, heap))?;
                        self.iterators.push(pairs);
                        // `dict()` is not `{}`: 3.8 and 3.9 give it a table of its own at once.
                        self.make_dict(Op::FromKeys(&[]), *shown, heap)?
                    }
                };
                self.stack.push(dict);
            }
            Ins::UpdateOf { argument, names } => {
                let values = self.pop_many(*names);
                let argument = argument.then(|| self.pop());
                let of = self.pop();
                let mut pairs = Iterator::none();
                if self.dict(of, heap).is_some() {
                    match argument {
                        Some(other) if other == of => {}
                        Some(other) if self.dict(other, heap).is_some() => self.merge(of, other, heap),
                        Some(other) => pairs = self.iterate(other, heap)?,
                        None => {}
                    }
                } else if matches!(self.thing(of, heap), Some(Thing::Set(_))) {
                    for item in argument.map_or(Ok(Vec::new()), |other| self.items(other, heap))? {
                        self.add_to_set(of, item, heap)?;
                    }
                } else {
                    return Err(self.no_method(of, "update", heap));
                }
                self.iterators.push(pairs);
                self.stack.extend(values);
                self.stack.push(of);
            }
            Ins::UpdateDisplay { pairs, operator } => {
                let pairs = self.pop_pairs(*pairs, heap)?;
                let of = self.top();
                if self.dict(of, heap).is_none() {
                    return Err(if *operator {
                        let kind = self.type_of(of, heap);
                        format!("TypeError: unsupported operand type(s) for |=: '{kind}' and 'dict'")
                    } else {
                        self.no_method(of, "update", heap)
                    });
                }
                if *operator {
                    self.has_operator("|=", "d.update({…})", heap)?;
                    self.emit(of, Op::UpdateOr(&pairs), heap);
                } else {
                    self.emit(of, Op::Update(&pairs), heap);
                }
            }
            Ins::Fill => {
                let dict = self.top();
                let mut pairs = self.iterators.pop().unwrap_or_else(Iterator::none);
                let Some(pair) = self.next_item(&mut pairs, heap)? else { return Ok(()) };
                self.iterators.push(pairs);
                self.turn()?;
                let items = self.items(pair, heap)?;
                let [key, value] = items[..] else {
                    let len = items.len();
                    return Err(format!(
                        "ValueError: dictionary update sequence element has length {len}; 2 is required: write pairs, (key, value)"
                    ));
                };
                let key = self.key(key, heap)?;
                let value = self.plain(value, heap);
                self.emit(dict, Op::Set(key, value), heap);
                self.stay(at);
            }
            Ins::Named { names, mapping, constructor } => self.named(names, *mapping, *constructor, heap)?,
            Ins::Copy { how, shown } => {
                let of = self.pop();
                let copy = match self.thing(of, heap) {
                    Some(Thing::Dict(_)) => self.copy_dict(of, *how, *shown, heap)?,
                    Some(Thing::List(items)) if *how == CopyHow::Copy => {
                        let items = items.clone();
                        self.list(items, heap)?
                    }
                    Some(Thing::Set(set)) if *how == CopyHow::Copy => {
                        let set = set.clone();
                        self.make(Thing::Set(set), heap)?
                    }
                    _ if *how == CopyHow::Unpack => {
                        return Err(format!("TypeError: '{}' object is not a mapping", self.type_of(of, heap)));
                    }
                    _ => return Err(self.no_method(of, "copy", heap)),
                };
                self.stack.push(copy);
            }
            Ins::FromKeys { value, shown } => {
                let value = if *value { self.pop() } else { Obj::NONE };
                let keys = self.pop();
                if matches!(self.thing(keys, heap), Some(Thing::Dict(_) | Thing::Set(_))) {
                    return Err(
                        "dict.fromkeys of a dict or a set makes room beforehand, which is not known here: write \
                                dict.fromkeys(list(…))"
                            .to_owned(),
                    );
                }
                let value = self.plain(value, heap);
                let keys = self.items(keys, heap)?;
                if keys.len() > MAX_ITEMS {
                    return Err(crate::program::parse::too_many_items());
                }
                let pairs: Result<Vec<_>> = keys.into_iter().map(|key| Ok((self.key(key, heap)?, value))).collect();
                let dict = self.make_dict(Op::FromKeys(&pairs?), *shown, heap)?;
                self.stack.push(dict);
            }
            Ins::Append => {
                let (item, list) = (self.pop(), self.top());
                if let Some(Thing::List(items)) = self.thing_mut(list, heap) {
                    items.push(item);
                }
            }
            Ins::Add => {
                let (item, set) = (self.pop(), self.top());
                self.add_to_set(set, item, heap)?;
            }
            Ins::Insert => {
                let (b, a) = (self.pop(), self.pop());
                let (key, value) = if heap.version() >= Version::V3_8 { (a, b) } else { (b, a) };
                let dict = self.top();
                self.set_item(dict, key, value, heap)?;
            }
            Ins::Index => {
                let (key, of) = (self.pop(), self.pop());
                let value = self.index(of, key, heap)?;
                self.stack.push(value);
            }
            Ins::SetIndex => {
                let (key, of, value) = (self.pop(), self.pop(), self.pop());
                self.set_item(of, key, value, heap)?;
            }
            Ins::SetIndexBelow => {
                let (value, key, of) = (self.pop(), self.pop(), self.pop());
                self.set_item(of, key, value, heap)?;
            }
            Ins::DelIndex => {
                let (key, of) = (self.pop(), self.pop());
                self.del_item(of, key, heap)?;
            }
            Ins::Slice => {
                let parts = self.pop_many(3);
                let of = self.pop();
                let value = self.slice(of, [parts[0], parts[1], parts[2]], heap)?;
                self.stack.push(value);
            }
            Ins::Jump(to) => self.jump(*to),
            Ins::Again(to) => {
                self.turn()?;
                self.jump(*to);
            }
            Ins::JumpIfFalse(to) => {
                let x = self.pop();
                if !self.truth(x, heap) {
                    self.jump(*to);
                }
            }
            Ins::JumpIfFalseOrPop(to) | Ins::JumpIfTrueOrPop(to) => {
                let is_and = matches!(routine.code[at], Ins::JumpIfFalseOrPop(_));
                if self.truth(self.top(), heap) != is_and {
                    self.jump(*to);
                } else {
                    self.pop();
                }
            }
            Ins::Iterate => {
                let of = self.pop();
                let iterator = self.iterate(of, heap)?;
                self.iterators.push(iterator);
            }
            Ins::Next(to) => {
                let mut iterator = self.iterators.pop().unwrap_or_else(Iterator::none);
                match self.next_item(&mut iterator, heap)? {
                    Some(item) => {
                        self.iterators.push(iterator);
                        self.stack.push(item);
                    }
                    None => self.jump(*to),
                }
            }
            Ins::DropIterator => {
                self.iterators.pop();
            }
            Ins::Unpack(n) => {
                let of = self.pop();
                let items = self.items(of, heap)?;
                let py2 = heap.version().is_py2();
                let got = items.len();
                if got != *n {
                    return Err(match (py2, got < *n) {
                        (true, true) => {
                            format!(
                                "ValueError: need more than {got} value{} to unpack",
                                if got == 1 { "" } else { "s" }
                            )
                        }
                        (false, true) => format!("ValueError: not enough values to unpack (expected {n}, got {got})"),
                        (true, false) => "ValueError: too many values to unpack".to_owned(),
                        (false, false) => format!("ValueError: too many values to unpack (expected {n})"),
                    });
                }
                self.stack.extend(items.into_iter().rev());
            }
            Ins::Builtin { function, arguments, names } => {
                let named = self.pop_many(names.len());
                let named: Vec<(&str, Obj)> = names.iter().map(String::as_str).zip(named).collect();
                let arguments = self.pop_many(*arguments);
                if let Some(value) = self.builtin(*function, &arguments, &named, heap)? {
                    self.stack.push(value);
                }
            }
            Ins::Method { name, arguments, names } => {
                let named = self.pop_many(names.len());
                let named: Vec<(&str, Obj)> = names.iter().map(String::as_str).zip(named).collect();
                let arguments = self.pop_many(*arguments);
                let of = self.pop();
                let value = self.method(of, name, &arguments, &named, heap)?;
                self.stack.push(value);
            }
            Ins::SortBy { reverse, take } => {
                let (keys, items) = (self.pop(), self.pop());
                let (keys, items) = (self.items(keys, heap)?, self.items(items, heap)?);
                let pairs: Vec<(Obj, Obj)> = keys.into_iter().zip(items).collect();
                if *take {
                    let value = self.extreme(&pairs, *reverse, heap)?;
                    self.stack.push(value);
                } else {
                    let sorted = self.sort(pairs, *reverse, heap)?;
                    let list = self.list(sorted, heap)?;
                    self.stack.push(list);
                }
            }
            Ins::Call { routine, arguments } => {
                if self.calls.len() == MAX_CALLS {
                    return Err("RecursionError: maximum recursion depth exceeded".to_owned());
                }
                self.turn()?;
                let arguments = self.pop_many(*arguments);
                let locals = self.locals.len();
                self.locals.extend(arguments.into_iter().map(Some));
                self.locals.resize(locals + code.routines[*routine].locals, None);
                let (stack, iterators) = (self.stack.len(), self.iterators.len());
                self.calls.push(Frame { routine: *routine, next: 0, locals, stack, iterators });
            }
            Ins::Return => {
                let value = self.pop();
                if let Some(call) = self.calls.pop() {
                    self.locals.truncate(call.locals);
                    self.stack.truncate(call.stack);
                    self.iterators.truncate(call.iterators);
                }
                self.stack.push(value);
            }
            Ins::Print { arguments, names } => {
                let named = self.pop_many(names.len());
                let arguments = self.pop_many(*arguments);
                let (mut separator, mut end) = (" ".to_owned(), "\n".to_owned());
                for (name, value) in names.iter().zip(named) {
                    match (name.as_str(), value) {
                        ("sep" | "end", Obj::NONE) => {}
                        ("sep", value) => separator = self.text(value, heap)?,
                        ("end", value) => end = self.text(value, heap)?,
                        ("flush", _) => {}
                        ("file", _) => return Err("print(…, file=…): there are no files here, leave it out".to_owned()),
                        (other, _) => {
                            return Err(format!("TypeError: '{other}' is an invalid keyword argument for print()"));
                        }
                    }
                }
                let mut text = String::new();
                for (nth, value) in arguments.into_iter().enumerate() {
                    if nth > 0 {
                        text.push_str(&separator);
                    }
                    text.push_str(&self.text(value, heap)?);
                }
                text.push_str(&end);
                self.print(&text)?;
                self.stack.push(Obj::NONE);
            }
            Ins::PrintStatement { items, comma } => {
                let items = self.pop_many(*items);
                for item in items {
                    let text = self.text(item, heap)?;
                    if self.soft_space {
                        self.open_line.push(' ');
                    }
                    self.print(&text)?;
                    // No space after a text that ends a line (`PyFile_WriteObject`).
                    self.soft_space = !text.ends_with(['\n', '\t', '\r']);
                }
                if !comma {
                    self.soft_space = false;
                    self.print("\n")?;
                }
            }
            Ins::Echo => {
                let value = self.pop();
                if value != Obj::NONE {
                    let echo = !code.session;
                    match self.repr(value, heap) {
                        Ok(text) => {
                            self.end_line();
                            let long = echo && text.len() > MAX_ECHO;
                            let text = if long { text.chars().take(MAX_ECHO).chain(['…']).collect() } else { text };
                            self.print_line(text, echo);
                        }
                        Err(_) if echo => {}
                        Err(message) => return Err(message),
                    }
                }
            }
            Ins::Format { conversion, format } => {
                let format = if *format { Some(self.pop()) } else { None };
                let value = self.pop();
                let format = format.map_or(Ok(String::new()), |format| self.text(format, heap))?;
                let text = self.format_value(value, *conversion, &format, heap)?;
                self.stack.push(heap.alloc(string(&text, false)));
            }
            Ins::Join(n) => {
                let pieces = self.pop_many(*n);
                let mut text: Vec<u32> = Vec::new();
                for piece in pieces {
                    if let Value::Str(piece) = &*heap.value(piece) {
                        text.extend(piece.iter());
                    }
                }
                check_length(text.len())?;
                self.stack.push(heap.alloc(Value::Str(text.into())));
            }
            Ins::Failed(message) => {
                let message = if *message { Some(self.pop()) } else { None };
                let message =
                    message.map_or(Ok(String::new()), |message| Ok(format!(": {}", self.text(message, heap)?)));
                return Err(format!("AssertionError{}", message.unwrap_or_else(|error: String| error)));
            }
            Ins::Generate { generator, given } => {
                if self.running.is_none() {
                    self.generate(*generator, given, heap)?;
                }
                let mut running = self.running.take();
                let op = match &mut running {
                    Some(running) => running.next(heap, &mut self.model)?,
                    None => None,
                };
                if let (Some(op), Some(shown)) = (op, self.shown) {
                    self.running = running;
                    self.emit_to(shown, op, heap);
                    self.turn()?;
                    self.stay(at);
                }
            }
        }
        Ok(())
    }

    fn generate(&mut self, generator: usize, given: &[bool], heap: &mut Heap) -> Result<()> {
        let count = given.iter().filter(|given| **given).count();
        let mut values = self.pop_many(count).into_iter();
        let dict = self.pop();
        let generator = &GENERATORS[generator];
        if self.id(dict, heap) != self.shown || self.shown.is_none() {
            let form = generator.form();
            return Err(format!("{form} works on the dict that is shown: give it that one, or write a loop"));
        }
        let args = given.iter().map(|given| if *given { values.next().map(Expr::Held) } else { None }).collect();
        let call = Call { generator, args };
        self.running = Some(Running::start(&call, &[], heap, self.model.as_ref())?);
        Ok(())
    }

    /// `{}` of the version.
    fn empty(&self, heap: &Heap) -> AnyTable {
        let name = format!("cpython-{}", heap.version().name());
        AnyTable::policy_named(&name).map(|policy| (policy.new)()).expect("every version has its table")
    }

    fn new_dict(&mut self, table: AnyTable, record: Option<OpList>, heap: &mut Heap) -> Result<Obj> {
        self.make(Thing::Dict(Box::new(Dict { table, record })), heap)
    }

    /// A dict that `op` makes.
    pub(super) fn make_dict(&mut self, op: Op<'_>, shown: bool, heap: &mut Heap) -> Result<Obj> {
        let mut table = self.empty(heap);
        table.run(op, heap, &mut Noop);
        let record = self.code.may_adopt.then(|| {
            let mut record = OpList::default();
            record.push(op);
            record
        });
        let dict = self.new_dict(table, record, heap)?;
        if shown {
            self.shown = self.id(dict, heap);
            self.tell(op, heap);
        }
        Ok(dict)
    }

    /// A copy of a dict.
    pub(super) fn copy_dict(&mut self, of: Obj, how: CopyHow, shown: bool, heap: &mut Heap) -> Result<Obj> {
        let is_shown = self.id(of, heap) == self.shown;
        let Some(Dict { table, record }) = self.dict(of, heap) else { return Err(self.no_method(of, "copy", heap)) };
        let (mut table, mut record) = (table.clone(), record.clone());
        table.run(Op::Copy(how), heap, &mut Noop);
        if shown {
            if !is_shown {
                let record = record.as_ref().ok_or_else(shown_before)?;
                for i in 0..record.len() {
                    self.tell(record.get(i), heap);
                }
            }
            if let Some(record) = &mut record {
                record.push(Op::Copy(how));
            }
            let dict = self.new_dict(table, record, heap)?;
            self.shown = self.id(dict, heap);
            self.tell(Op::Copy(how), heap);
            return Ok(dict);
        }
        if let Some(record) = &mut record {
            record.push(Op::Copy(how));
        }
        let record = record.filter(|record| record.len() <= MAX_RECORD);
        self.new_dict(table, record, heap)
    }

    /// Show a dict that was made before.
    fn adopt(&mut self, dict: Obj, heap: &Heap) -> Result<()> {
        let id = self.id(dict, heap);
        if id == self.shown || self.dict(dict, heap).is_none() {
            return Ok(());
        }
        let Some(Thing::Dict(dict)) = self.thing_mut(dict, heap) else { return Ok(()) };
        let record = dict.record.clone().ok_or_else(shown_before)?;
        for i in 0..record.len() {
            self.tell(record.get(i), heap);
        }
        self.shown = id;
        Ok(())
    }

    /// An operation of the dict on show.
    fn tell(&mut self, op: Op<'_>, heap: &Heap) {
        self.pending.push(op);
        if let Some(model) = &mut self.model {
            model.run(op, heap);
        }
    }

    /// Do an operation on a dict.
    pub(super) fn emit(&mut self, dict: Obj, op: Op<'_>, heap: &Heap) -> Outcome {
        match self.id(dict, heap) {
            Some(id) => self.emit_to(id, op, heap),
            None => Outcome::Unsupported,
        }
    }

    fn emit_to(&mut self, id: u32, op: Op<'_>, heap: &Heap) -> Outcome {
        let is_shown = self.shown == Some(id);
        if is_shown {
            self.tell(op, heap);
        }
        match &mut self.things[id as usize] {
            Thing::Dict(dict) => {
                if let Some(record) = &mut dict.record {
                    record.push(op);
                }
                dict.table.run(op, heap, &mut Noop)
            }
            _ => Outcome::Unsupported,
        }
    }

    /// Put all that `other` holds into `dict`.
    pub(super) fn merge(&mut self, dict: Obj, other: Obj, heap: &Heap) {
        let pairs = self.pairs(other, heap);
        let Some(from) = self.dict(other, heap).map(|other| merge_from(&other.table)) else { return };
        self.emit(dict, Op::Merge(&pairs, from), heap);
    }

    /// `dict(a=1)`, `d.update(a=1)`: values for names and a mapping, below the dict.
    fn named(&mut self, names: &[String], mapping: bool, constructor: bool, heap: &mut Heap) -> Result<()> {
        let dict = self.pop();
        let mapping = mapping.then(|| self.pop());
        let values = self.pop_many(names.len());
        let py2 = heap.version().is_py2();
        let mut pairs: Vec<(Obj, Obj)> = Vec::new();
        for (name, value) in names.iter().zip(values) {
            let value = self.plain(value, heap);
            pairs.push((heap.alloc(string(name, py2)), value));
        }
        if py2 {
            // They are taken off the stack, the last first (`update_keyword_args`).
            pairs.reverse();
        }
        if let Some(mapping) = mapping {
            if self.dict(mapping, heap).is_none() {
                let kind = self.type_of(mapping, heap);
                return Err(format!("TypeError: dict() argument after ** must be a mapping, not {kind}"));
            }
            pairs = self.pairs(mapping, heap);
            if pairs.iter().any(|&(key, _)| !matches!(&*heap.value(key), Value::Str(_) | Value::Bytes(_))) {
                return Err("TypeError: keywords must be strings".to_owned());
            }
        }
        // From 3.9 on `dict` is called without a dict of its arguments (`dict_vectorcall`); before, and by `update`,
        // that dict is made and merged.
        if constructor && heap.version() >= Version::V3_9 {
            for (key, value) in pairs {
                self.emit(dict, Op::Set(key, value), heap);
            }
        } else {
            let other = match mapping {
                Some(mapping) => mapping,
                None => {
                    let other = self.make_dict(Op::Display(&[]), false, heap)?;
                    for (key, value) in pairs {
                        self.emit(other, Op::Set(key, value), heap);
                    }
                    other
                }
            };
            self.merge(dict, other, heap);
        }
        self.stack.push(dict);
        Ok(())
    }

    fn pop_pairs(&mut self, n: usize, heap: &mut Heap) -> Result<Vec<(Obj, Obj)>> {
        let items = self.pop_many(2 * n);
        let py2 = heap.version().is_py2();
        let mut pairs = Vec::with_capacity(n);
        for pair in items.chunks(2) {
            let (key, value) = if py2 { (pair[1], pair[0]) } else { (pair[0], pair[1]) };
            let key = self.key(key, heap)?;
            pairs.push((key, self.plain(value, heap)));
        }
        Ok(pairs)
    }

    /// An object that a table may hold: a size is the number that it is in CPython.
    pub(super) fn plain(&self, obj: Obj, heap: &mut Heap) -> Obj {
        match self.thing(obj, heap) {
            Some(&Thing::Size(n, _)) => heap.alloc(Value::Int(n)),
            _ => obj,
        }
    }

    /// A key, or why it is none.
    pub(super) fn key(&self, obj: Obj, heap: &mut Heap) -> Result<Obj> {
        if obj.small_int().is_some() {
            return Ok(obj);
        }
        self.hashable(obj, heap).map_err(|error| match error.strip_prefix("TypeError: unhashable type: ") {
            // From 3.14 on the message says what it was to be.
            Some(inner) if heap.version() >= Version::V3_14 => {
                let (inner, help) =
                    inner.split_once(": ").map_or((inner, String::new()), |(a, b)| (a, format!(": {b}")));
                let outer = self.type_of(obj, heap);
                format!("TypeError: cannot use '{outer}' as a dict key (unhashable type: {inner}){help}")
            }
            _ => error,
        })?;
        Ok(self.plain(obj, heap))
    }

    pub(super) fn hashable(&self, obj: Obj, heap: &Heap) -> Result<()> {
        match self.thing(obj, heap) {
            Some(Thing::Object | Thing::Size(..)) => Ok(()),
            Some(_) => {
                let kind = self.type_of(obj, heap);
                let help = match kind {
                    "list" => ": write a tuple (…)",
                    "set" => ": write frozenset([…])",
                    "dict" => ": write a tuple of its items",
                    _ => "",
                };
                Err(format!("TypeError: unhashable type: '{kind}'{help}"))
            }
            None => match &*heap.value(obj) {
                Value::Tuple(items) => items.iter().try_for_each(|&item| self.hashable(item, heap)),
                _ => Ok(()),
            },
        }
    }

    pub(super) fn no_method(&self, of: Obj, name: &str, heap: &Heap) -> String {
        format!("AttributeError: '{}' object has no attribute '{name}'", self.type_of(of, heap))
    }

    fn has_operator(&self, operator: &str, instead: &str, heap: &Heap) -> Result<()> {
        if heap.version() >= Version::V3_9 {
            return Ok(());
        }
        Err(format!(
            "TypeError: unsupported operand type(s) for {operator}: 'dict' and 'dict': Python {} has no {operator} of \
             dicts, which came with 3.9; write {instead}",
            heap.version().name()
        ))
    }

    fn push_size(&mut self, n: Value, shown: Value, heap: &mut Heap) -> Result<()> {
        let value = self.size(n, shown, heap)?;
        self.stack.push(value);
        Ok(())
    }

    /// A number that is another one for the table on show.
    fn size(&mut self, n: Value, shown: Value, heap: &mut Heap) -> Result<Obj> {
        match (n, shown) {
            (Value::Int(n), Value::Int(shown)) if n != shown => self.make(Thing::Size(n, shown), heap),
            (n, _) => Ok(heap.alloc(n)),
        }
    }

    /// `sys.getsizeof(dict)`
    pub(super) fn size_of(&mut self, dict: Obj, heap: &mut Heap) -> Result<Obj> {
        let is_shown = self.id(dict, heap) == self.shown;
        let Some(of) = self.dict(dict, heap) else {
            let kind = self.type_of(dict, heap);
            return Err(format!("sys.getsizeof is only known of dicts here, not of a {kind}"));
        };
        let n = of.table.bytes().total() as i64;
        let shown = self.bytes.filter(|_| is_shown).map_or(n, |bytes| bytes as i64);
        self.size(Value::Int(n), Value::Int(shown), heap)
    }

    fn binary(&mut self, op: BinaryOp, a: Obj, b: Obj, shown: bool, heap: &mut Heap) -> Result<Obj> {
        if let (Some(x), Some(y)) = (a.small_int(), b.small_int())
            && let Some(n) = number::small(op, x, y)
        {
            return Ok(heap.alloc(Value::Int(n)));
        }
        let unsupported = |machine: &Self, heap: &Heap| {
            let (a, b) = (machine.type_of(a, heap), machine.type_of(b, heap));
            Err(format!("TypeError: unsupported operand type(s) for {}: '{a}' and '{b}'", op.symbol()))
        };
        if op == BinaryOp::Mod
            && let Value::Str(_) | Value::Bytes(_) = &*heap.value(a)
        {
            return self.percent(a, b, heap);
        }
        match (self.thing(a, heap), self.thing(b, heap)) {
            (None, None) => {
                let version = heap.version();
                let (x, y) = (heap.value(a).into_owned(), heap.value(b).into_owned());
                let whole = |x: &Value| matches!(x, Value::Int(_) | Value::Big(_) | Value::Bool(_));
                let value =
                    if op == BinaryOp::Div && version.is_py2() && self.code.true_division && whole(&x) && whole(&y) {
                        let double = |x: &Value| number::double(x, version).unwrap_or(Ok(0.0)).map(Value::Float);
                        number::binary(op, &double(&x)?, &double(&y)?, version)?
                    } else {
                        number::binary(op, &x, &y, version)?
                    };
                Ok(heap.alloc(value))
            }
            (Some(Thing::Dict(_)), Some(Thing::Dict(_))) if op == BinaryOp::Or => {
                self.has_operator("|", "a copy and d.update(…)", heap)?;
                let dict = self.copy_dict(a, CopyHow::Copy, shown, heap)?;
                self.merge(dict, b, heap);
                Ok(dict)
            }
            (Some(Thing::List(x)), Some(Thing::List(y))) if op == BinaryOp::Add => {
                let items = [x.as_slice(), y.as_slice()].concat();
                check_length(items.len() / 1_000)?;
                self.list(items, heap)
            }
            (Some(Thing::List(items)), None) | (None, Some(Thing::List(items))) if op == BinaryOp::Mul => {
                let items = items.clone();
                let times = if self.thing(a, heap).is_some() { b } else { a };
                let times = integer(times, heap)?.max(0) as usize;
                if items.len().saturating_mul(times) > MAX_OPS as usize {
                    return Err("too long: a list may have 20,000,000 items".to_owned());
                }
                self.list(items.repeat(times), heap)
            }
            (Some(Thing::Size(..)), _) | (_, Some(Thing::Size(..))) => {
                let both = |machine: &Self, x: Obj| match machine.thing(x, heap) {
                    Some(Thing::Size(n, shown)) => Some((Value::Int(*n), Value::Int(*shown))),
                    Some(_) => None,
                    None => Some((heap.value(x).into_owned(), heap.value(x).into_owned())),
                };
                let (Some((x, x_shown)), Some((y, y_shown))) = (both(self, a), both(self, b)) else {
                    return unsupported(self, heap);
                };
                let n = number::binary(op, &x, &y, heap.version())?;
                let shown = number::binary(op, &x_shown, &y_shown, heap.version())?;
                if let (Value::Float(_), shown) = (&n, shown.clone()) {
                    // A quotient is only shown.
                    return Ok(heap.alloc(shown));
                }
                self.size(n, shown, heap)
            }
            (Some(Thing::Set(_) | Thing::View(..)), Some(Thing::Set(_) | Thing::View(..) | Thing::List(_))) => {
                let (x, y) = (self.items_in_any_order(a, heap)?, self.items_in_any_order(b, heap)?);
                let kept: Vec<Obj> = match op {
                    BinaryOp::And => x.into_iter().filter(|&item| things::position(&y, item, heap).is_some()).collect(),
                    BinaryOp::Sub => x.into_iter().filter(|&item| things::position(&y, item, heap).is_none()).collect(),
                    BinaryOp::Or => [x, y].concat(),
                    BinaryOp::Xor => {
                        let only = |x: &[Obj], y: &[Obj]| {
                            x.iter()
                                .copied()
                                .filter(|&item| things::position(y, item, heap).is_none())
                                .collect::<Vec<_>>()
                        };
                        [only(&x, &y), only(&y, &x)].concat()
                    }
                    _ => return unsupported(self, heap),
                };
                let set = self.set_of(kept, heap)?;
                // Another order than that of a set that is built from these items.
                if let Some(Thing::Set(set)) = self.thing_mut(set, heap) {
                    set.removed = true;
                }
                Ok(set)
            }
            _ => unsupported(self, heap),
        }
    }

    fn in_place(&mut self, op: BinaryOp, a: Obj, b: Obj, heap: &mut Heap) -> Result<Obj> {
        let is_or = op == BinaryOp::Or;
        let mut pairs = Iterator::none();
        let value = match (op, self.thing(a, heap)) {
            (BinaryOp::Or, Some(Thing::Dict(_))) => {
                self.has_operator("|=", "d.update(…)", heap)?;
                if self.dict(b, heap).is_some() {
                    if a != b {
                        self.merge(a, b, heap);
                    }
                } else {
                    pairs = self.iterate(b, heap)?;
                }
                a
            }
            (BinaryOp::Add, Some(Thing::List(_))) => {
                let more = self.items(b, heap)?;
                if let Some(Thing::List(items)) = self.thing_mut(a, heap) {
                    items.extend(more);
                }
                a
            }
            (BinaryOp::Or, Some(Thing::Set(_))) => {
                for item in self.items(b, heap)? {
                    self.add_to_set(a, item, heap)?;
                }
                a
            }
            (BinaryOp::And | BinaryOp::Sub, Some(Thing::Set(_))) => {
                let value = self.binary(op, a, b, false, heap)?;
                let set = match self.thing(value, heap) {
                    Some(Thing::Set(set)) => set.clone(),
                    _ => Set::default(),
                };
                if let Some(thing) = self.thing_mut(a, heap) {
                    *thing = Thing::Set(set);
                }
                a
            }
            _ => self.binary(op, a, b, false, heap)?,
        };
        if is_or {
            self.iterators.push(pairs);
        }
        Ok(value)
    }

    fn compare(&mut self, comparison: Comparison, a: Obj, b: Obj, heap: &mut Heap) -> Result<bool> {
        use std::cmp::Ordering;
        let symbol = match comparison {
            Comparison::Equal => return Ok(self.equal(a, b, heap)),
            Comparison::NotEqual => return Ok(!self.equal(a, b, heap)),
            Comparison::Is => return Ok(a == b),
            Comparison::IsNot => return Ok(a != b),
            Comparison::In => return self.contains(b, a, heap),
            Comparison::NotIn => return self.contains(b, a, heap).map(|found| !found),
            Comparison::Less => "<",
            Comparison::LessEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterEqual => ">=",
        };
        let Some(order) = self.less(a, b, heap) else {
            let not_a_number = |x: Obj| matches!(&*heap.value(x), Value::Float(x) if x.is_nan());
            if not_a_number(a) || not_a_number(b) {
                return Ok(false);
            }
            let (a, b) = (self.type_of(a, heap), self.type_of(b, heap));
            return Err(match heap.version().is_py2() {
                true => format!("the order of a {a} and a {b} is Python 2's own, and not known here"),
                false => format!("TypeError: '{symbol}' not supported between instances of '{a}' and '{b}'"),
            });
        };
        Ok(match comparison {
            Comparison::Less => order == Ordering::Less,
            Comparison::LessEqual => order != Ordering::Greater,
            Comparison::Greater => order == Ordering::Greater,
            _ => order != Ordering::Less,
        })
    }

    /// `item in of`
    fn contains(&mut self, of: Obj, item: Obj, heap: &mut Heap) -> Result<bool> {
        let dict = match self.thing(of, heap) {
            Some(Thing::Dict(_)) => Some(of),
            Some(&Thing::View(dict, Part::Keys)) => Some(dict),
            _ => None,
        };
        if let Some(dict) = dict {
            let key = self.key(item, heap)?;
            return Ok(self.emit(dict, Op::Contains(key), heap) == Outcome::Bool(true));
        }
        match self.thing(of, heap) {
            Some(Thing::Set(set)) => {
                self.hashable(item, heap)?;
                return Ok(things::position(&set.items, item, heap).is_some());
            }
            Some(Thing::Range(range)) => {
                let n = match &*heap.value(item) {
                    Value::Int(n) => *n,
                    Value::Bool(b) => i64::from(*b),
                    _ => {
                        let range = *range;
                        return Ok(
                            (0..range.len).any(|nth| number::equal(&Value::Int(range.at(nth)), &heap.value(item)))
                        );
                    }
                };
                let steps = (i128::from(n) - i128::from(range.start)) / i128::from(range.step);
                let inside = (0..i128::from(range.len)).contains(&steps);
                return Ok(inside && range.at(steps as u64) == n);
            }
            _ => {}
        }
        let text = |obj: Obj| match &*heap.value(obj) {
            Value::Str(text) => Some(text.to_vec()),
            Value::Bytes(bytes) => Some(bytes.iter().map(|&b| u32::from(b)).collect()),
            _ => None,
        };
        if let Some(whole) = text(of) {
            let Some(part) = text(item) else {
                let kind = self.type_of(item, heap);
                return Err(format!("TypeError: 'in <string>' requires string as left operand, not {kind}"));
            };
            return Ok(part.is_empty() || whole.windows(part.len()).any(|window| window == part));
        }
        let items = self
            .items(of, heap)
            .map_err(|_| format!("TypeError: argument of type '{}' is not iterable", self.type_of(of, heap)))?;
        Ok(items.into_iter().any(|other| other == item || self.equal(other, item, heap)))
    }

    pub(super) fn set_of(&mut self, items: Vec<Obj>, heap: &mut Heap) -> Result<Obj> {
        let set = self.make(Thing::Set(Set::default()), heap)?;
        for item in items {
            self.add_to_set(set, item, heap)?;
        }
        Ok(set)
    }

    pub(super) fn add_to_set(&mut self, set: Obj, item: Obj, heap: &mut Heap) -> Result<()> {
        let item = self.key(item, heap)?;
        if let Some(Thing::Set(set)) = self.thing_mut(set, heap)
            && things::position(&set.items, item, heap).is_none()
        {
            set.items.push(item);
        }
        Ok(())
    }

    pub(super) fn index(&mut self, of: Obj, key: Obj, heap: &mut Heap) -> Result<Obj> {
        if self.dict(of, heap).is_some() {
            let key = self.key(key, heap)?;
            return match self.emit(of, Op::Get(key), heap) {
                Outcome::Value(value) => Ok(value),
                _ => Err(format!("KeyError: {}", self.repr(key, heap)?)),
            };
        }
        let kind = self.type_of(of, heap);
        let place = |len: usize, heap: &Heap| -> Result<usize> {
            let n = match &*heap.value(key) {
                Value::Int(n) => *n,
                Value::Bool(b) => i64::from(*b),
                other => {
                    let other = number::type_name(other, heap.version());
                    return Err(format!("TypeError: {kind} indices must be integers or slices, not {other}"));
                }
            };
            let at = if n < 0 { n + len as i64 } else { n };
            let at = usize::try_from(at).ok().filter(|&at| at < len);
            at.ok_or_else(|| format!("IndexError: {} index out of range", if kind == "str" { "string" } else { kind }))
        };
        match self.thing(of, heap) {
            Some(Thing::List(items)) => return Ok(items[place(items.len(), heap)?]),
            Some(Thing::Range(range)) => {
                let n = range.at(place(range.len as usize, heap)? as u64);
                return Ok(heap.alloc(Value::Int(n)));
            }
            Some(_) => return Err(format!("TypeError: '{kind}' object is not subscriptable")),
            None => {}
        }
        let value = match &*heap.value(of) {
            Value::Tuple(items) => return Ok(items[place(items.len(), heap)?]),
            Value::Str(text) => Value::Str([text[place(text.len(), heap)?]].into()),
            Value::Bytes(bytes) => {
                let byte = bytes[place(bytes.len(), heap)?];
                if heap.version().is_py2() { Value::Bytes([byte].into()) } else { Value::Int(i64::from(byte)) }
            }
            _ => return Err(format!("TypeError: '{kind}' object is not subscriptable")),
        };
        Ok(heap.alloc(value))
    }

    pub(super) fn set_item(&mut self, of: Obj, key: Obj, value: Obj, heap: &mut Heap) -> Result<()> {
        if self.dict(of, heap).is_some() {
            let key = self.key(key, heap)?;
            let value = self.plain(value, heap);
            self.emit(of, Op::Set(key, value), heap);
            return Ok(());
        }
        let kind = self.type_of(of, heap);
        let Some(Thing::List(items)) = self.thing(of, heap) else {
            return Err(format!("TypeError: '{kind}' object does not support item assignment"));
        };
        let len = items.len() as i64;
        let n = integer(key, heap)?;
        let at = if n < 0 { n + len } else { n };
        if !(0..len).contains(&at) {
            return Err("IndexError: list assignment index out of range".to_owned());
        }
        if let Some(Thing::List(items)) = self.thing_mut(of, heap) {
            items[at as usize] = value;
        }
        Ok(())
    }

    fn del_item(&mut self, of: Obj, key: Obj, heap: &mut Heap) -> Result<()> {
        if self.dict(of, heap).is_some() {
            let key = self.key(key, heap)?;
            return match self.emit(of, Op::Del(key), heap) {
                Outcome::KeyError => Err(format!("KeyError: {}", self.repr(key, heap)?)),
                _ => Ok(()),
            };
        }
        let kind = self.type_of(of, heap);
        let Some(Thing::List(items)) = self.thing(of, heap) else {
            return Err(format!("TypeError: '{kind}' object doesn't support item deletion"));
        };
        let len = items.len() as i64;
        let n = integer(key, heap)?;
        let at = if n < 0 { n + len } else { n };
        if !(0..len).contains(&at) {
            return Err("IndexError: list assignment index out of range".to_owned());
        }
        if let Some(Thing::List(items)) = self.thing_mut(of, heap) {
            items.remove(at as usize);
        }
        Ok(())
    }

    fn slice(&mut self, of: Obj, parts: [Obj; 3], heap: &mut Heap) -> Result<Obj> {
        let kind = self.type_of(of, heap);
        let len = match self.thing(of, heap) {
            Some(Thing::List(items)) => items.len(),
            Some(Thing::Dict(_)) => return Err("TypeError: unhashable type: 'slice': a dict has no slices".to_owned()),
            Some(_) => return Err(format!("a {kind} has no slices here: write list(…)[a:b]")),
            None => match &*heap.value(of) {
                Value::Tuple(items) => items.len(),
                Value::Str(text) => text.len(),
                Value::Bytes(bytes) => bytes.len(),
                _ => return Err(format!("TypeError: '{kind}' object is not subscriptable")),
            },
        };
        let places = places(parts, len, heap)?;
        if let Some(Thing::List(items)) = self.thing(of, heap) {
            let items = places.iter().map(|&at| items[at]).collect();
            return self.list(items, heap);
        }
        let value = match &*heap.value(of) {
            Value::Tuple(items) => Value::Tuple(places.iter().map(|&at| items[at]).collect()),
            Value::Str(text) => Value::Str(places.iter().map(|&at| text[at]).collect()),
            Value::Bytes(bytes) => Value::Bytes(places.iter().map(|&at| bytes[at]).collect()),
            _ => Value::None,
        };
        Ok(heap.alloc(value))
    }

    /// Print text, line ends and all.
    fn print(&mut self, text: &str) -> Result<()> {
        let mut parts = text.split('\n').peekable();
        while let Some(part) = parts.next() {
            if self.open_line.len() + part.len() > 1 << 20 {
                return Err("this line is too long to be printed: a million characters are held at most".to_owned());
            }
            self.open_line.push_str(part);
            if parts.peek().is_some() {
                let line = std::mem::take(&mut self.open_line);
                self.print_line(line, false);
            }
        }
        Ok(())
    }

    /// End a line that was begun.
    fn end_line(&mut self) {
        if !self.open_line.is_empty() {
            let line = std::mem::take(&mut self.open_line);
            self.print_line(line, false);
        }
    }

    fn print_line(&mut self, text: String, echo: bool) {
        if self.printed.len() < MAX_PRINTED {
            let op = self.made + (self.pending.len() - self.told) as u64;
            self.printed.push(Printed { text, line: self.line, op, echo });
        }
    }
}

/// The longest text of what a line alone gives, in characters.
const MAX_ECHO: usize = 2_000;
/// The most operations that are remembered of a dict that is not shown, for a copy of it.
const MAX_RECORD: usize = 200_000;

fn shown_before() -> String {
    "the dict that is put here was shown before, and cannot be shown again: copy it, as in d = dict(e)".to_owned()
}

/// What `'…'` is, of bytes in 2.7.
pub(super) fn string(text: &str, bytes: bool) -> Value {
    match bytes {
        true => Value::Bytes(text.as_bytes().into()),
        false => Value::Str(text.chars().map(u32::from).collect()),
    }
}

pub(super) fn check_length(len: usize) -> Result<()> {
    match len > crate::python::literal::MAX_STRING {
        true => Err(crate::python::literal::too_long(len)),
        false => Ok(()),
    }
}

/// The whole number that an object is.
pub(super) fn integer(obj: Obj, heap: &Heap) -> Result<i64> {
    match &*heap.value(obj) {
        Value::Int(n) => Ok(*n),
        Value::Bool(b) => Ok(i64::from(*b)),
        Value::Big(_) => Err(format!("{} is too large here", heap.repr(obj))),
        other => {
            let kind = number::type_name(other, heap.version());
            Err(format!("TypeError: '{kind}' object cannot be interpreted as an integer"))
        }
    }
}

/// The places that a slice of `len` items takes, in order (`PySlice_AdjustIndices`).
fn places(parts: [Obj; 3], len: usize, heap: &Heap) -> Result<Vec<usize>> {
    let part = |obj: Obj| if obj == Obj::NONE { Ok(None) } else { integer(obj, heap).map(Some) };
    let (start, stop, step) = (part(parts[0])?, part(parts[1])?, part(parts[2])?.unwrap_or(1));
    if step == 0 {
        return Err("ValueError: slice step cannot be zero".to_owned());
    }
    let len = len as i64;
    let (low, high) = if step < 0 { (-1, len - 1) } else { (0, len) };
    let clamp = |n: i64| if n < 0 { n.saturating_add(len).max(low) } else { n.min(high) };
    let start = start.map_or(if step < 0 { high } else { low }, clamp);
    let stop = stop.map_or(if step < 0 { low } else { high }, clamp);
    let mut places = Vec::new();
    let mut at = start;
    while if step < 0 { at > stop } else { at < stop } {
        places.push(at as usize);
        at = at.saturating_add(step);
    }
    Ok(places)
}

/// A range, whose steps are counted.
pub(super) fn range(start: i64, stop: i64, step: i64) -> Result<Range> {
    let len = crate::program::parse::range_len(start, stop, step)?;
    Ok(Range { start, step, len })
}
