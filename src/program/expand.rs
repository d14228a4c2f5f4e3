//! A program at work: one operation at a time.

use std::sync::Arc;

use super::lines::position;
use super::parse::{
    Code, Instruction, OpExpr, Pairs, Source, Step, int, parse, range_len, range_of, too_many, too_many_items,
};
use super::script::{self, Before, Machine, Printed, Ran};
use super::workload::{Model, Running};
use super::{MAX_ITEMS, MAX_OPS, Program, ProgramError, check_text, grouped, refusal};
use crate::python::{Expr, Heap, Obj, Value};
use crate::table::{Op, OpList};

/// The operations of a program as they are made. It owns its program, and can be given more text when it has come to the
/// end: what a person types line by line.
///
/// All calls must be given the same heap.
#[derive(Clone, Debug)]
pub struct Expansion {
    program: Program,
    /// The step to run next.
    next: usize,
    loops: Vec<Walk>,
    /// The variables of the loops, outermost first.
    env: Vec<Obj>,
    running: Option<Running>,
    /// What is in `d`, if a generator of the program asks.
    model: Option<Model>,
    /// How many operations the model has run.
    known: usize,
    /// The items of the operation being made.
    pairs: Vec<(Obj, Obj)>,
    /// Operations so far.
    made: u64,
    /// Turns of loops so far.
    turns: u64,
    /// The last operation came from a plain line.
    by_plain_lines: bool,
    /// The part that is a script, which comes after the plain lines.
    script: Option<Box<Machine>>,
}

/// Text to be added.
enum Parsed {
    Plain(Code),
    Script(Arc<script::Code>),
}

/// What a call has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// An operation, of this line (from 1).
    Op(usize),
    /// Nothing yet: there is more to run.
    Nothing,
    /// Nothing: the program is at its end.
    End,
}

/// Where a loop is.
#[derive(Clone, Debug)]
enum Walk {
    Range { next: i64, step: i64, left: u64 },
    List { next: usize },
}

impl Expansion {
    pub(super) fn new(program: Program) -> Expansion {
        let model = program.reads_dict().then(Model::new);
        let script = program.script.as_ref().map(|code| Box::new(Machine::new(code.clone(), &program.text)));
        Expansion {
            script,
            by_plain_lines: false,
            program,
            next: 0,
            loops: Vec::new(),
            env: Vec::new(),
            running: None,
            model,
            known: 0,
            pairs: Vec::new(),
            made: 0,
            turns: 0,
        }
    }

    /// The text of the program, with all that was appended.
    pub fn text(&self) -> &str {
        &self.program.text
    }

    /// How many operations there will be in all, if that is known without making them.
    pub fn size_hint(&self) -> Option<u64> {
        self.program.count
    }

    /// How many operations were made.
    pub fn made(&self) -> u64 {
        self.made
    }

    /// Add lines at the end of the program. Call [`Expansion::learn`] before the next operation is asked for. Gives how
    /// many operations they will make, if their text alone tells.
    ///
    /// # Errors
    /// The first thing that is wrong with `more`, its line counted within `more`. Then nothing was added.
    pub fn append(&mut self, more: &str) -> Result<Option<u64>, ProgramError> {
        let code = match self.parse(more)? {
            Parsed::Plain(code) => code,
            Parsed::Script(code) => {
                self.append_script(code, more);
                return Ok(None);
            }
        };
        let program = &mut self.program;
        if !program.text.is_empty() {
            program.text.push('\n');
        }
        program.text.push_str(more);
        program.steps.extend(code.steps);
        program.count = program.count.zip(code.count).map(|(before, more)| before + more);
        program.live = code.live;
        program.boxed += code.boxed;
        if self.model.is_none() && self.program.reads_dict() {
            self.model = Some(Model::new());
        }
        Ok(code.count)
    }

    /// How many operations `more` would add, if its text alone tells.
    ///
    /// # Errors
    /// As for [`Expansion::append`].
    pub fn forecast(&self, more: &str) -> Result<Option<u64>, ProgramError> {
        Ok(match self.parse(more)? {
            Parsed::Plain(code) => code.count,
            Parsed::Script(_) => None,
        })
    }

    /// What it has printed so far.
    pub fn printed(&self) -> &[Printed] {
        self.script.as_ref().map_or(&[], |machine| machine.printed())
    }

    /// Tell how many bytes the table on show has after the last operation that was made: what a script prints of
    /// `sys.getsizeof(d)`. Untold it is what its version of CPython has.
    pub fn set_bytes(&mut self, bytes: u64) {
        if let Some(machine) = &mut self.script {
            machine.set_bytes(bytes);
        }
    }

    /// The lines of its text.
    pub fn lines(&self) -> usize {
        if self.program.text.is_empty() { 0 } else { self.program.text.matches('\n').count() + 1 }
    }

    /// Plain lines after plain lines are such; after a script everything is one.
    fn parse(&self, more: &str) -> Result<Parsed, ProgramError> {
        let program = &self.program;
        check_text(program.text.len().saturating_add(1 + more.len()))?;
        let plain = parse(more, program.version, self.lines(), program.steps.len(), program.live);
        let plain = match plain {
            Ok(code) if program.script.is_none() => return Ok(Parsed::Plain(code)),
            Err(fault) if fault.is_limit => return Err(fault.locate(more)),
            other => other.err().map(|fault| fault.locate(more)),
        };
        let before = match &program.script {
            Some(code) => Before::Script(code),
            None if program.text.trim().is_empty() && self.made == 0 => Before::Nothing,
            None => Before::Plain,
        };
        let base = if program.text.is_empty() { 0 } else { program.text.len() + 1 };
        match script::read(more, program.version, before, base) {
            Ok(code) => Ok(Parsed::Script(code)),
            Err(faults) => Err(refusal(plain, faults.into_iter().map(|fault| fault.locate(more)).collect())),
        }
    }

    fn append_script(&mut self, code: Arc<script::Code>, more: &str) {
        let program = &mut self.program;
        if !program.text.is_empty() {
            program.text.push('\n');
        }
        program.text.push_str(more);
        program.script = Some(code.clone());
        (program.count, program.live) = (None, None);
        match &mut self.script {
            Some(machine) => machine.go_on(code, &program.text),
            None => {
                let mut machine = Machine::new(code, &program.text);
                machine.come_after(self.made);
                self.script = Some(Box::new(machine));
            }
        }
    }

    /// Leave out what is left of the text so far: lines that were cut short, or failed. What is appended goes on after the
    /// operations that were made.
    pub fn skip_rest(&mut self) {
        self.next = self.program.steps.len();
        self.loops.clear();
        self.env.clear();
        self.running = None;
        if let Some(machine) = &mut self.script {
            machine.skip_rest();
        }
        (self.program.count, self.program.live) = (None, None);
    }

    /// Bytes of this process's memory: the program, the loops, and what is in `d` if a generator asks. O(1).
    pub fn memory(&self) -> usize {
        self.program.memory()
            + self.loops.capacity() * size_of::<Walk>()
            + self.env.capacity() * size_of::<Obj>()
            + self.pairs.capacity() * size_of::<(Obj, Obj)>()
            + self.running.as_ref().map_or(0, Running::memory)
            + self.model.as_ref().map_or(0, Model::memory)
            + self.script.as_ref().map_or(0, |machine| machine.memory())
    }

    /// If a generator asks what is in `d`, run through the operations `done` that were made before it was appended, at
    /// most `most` of them. Gives whether all are known; call it again until they are.
    pub fn learn(&mut self, heap: &Heap, done: &OpList, most: usize) -> bool {
        if let Some(machine) = &mut self.script
            && self.next == self.program.steps.len()
            && !machine.learn(heap, done, self.made, most)
        {
            return false;
        }
        let Some(model) = &mut self.model else { return true };
        let made = self.made as usize;
        let until = made.min(self.known.saturating_add(most));
        (self.known..until).for_each(|op| model.run(done.get(op), heap));
        self.known = until;
        until == made
    }

    /// Make the next operation and push it on `ops`; its objects go to `heap`. `Ok(None)` at the end, else the line
    /// (from 1) that it came from.
    ///
    /// # Errors
    /// What can only be known when the line is run: a division by zero in a key, too many operations. A second call says
    /// the same again.
    pub fn next(&mut self, heap: &mut Heap, ops: &mut OpList) -> Result<Option<usize>, ProgramError> {
        loop {
            match self.next_within(usize::MAX, heap, ops)? {
                Made::Op(line) => return Ok(Some(line)),
                Made::End => return Ok(None),
                Made::Nothing => {}
            }
        }
    }

    /// As [`Expansion::next`], but a script that makes no operation within `most` instructions is left there, to go on with
    /// the next call: nobody knows how long a loop is that only counts.
    ///
    /// # Errors
    /// As for [`Expansion::next`].
    pub fn next_within(&mut self, most: usize, heap: &mut Heap, ops: &mut OpList) -> Result<Made, ProgramError> {
        let made = self.make(most, heap, ops)?;
        if let Made::Op(_) = made {
            self.take_note(ops.get(ops.len() - 1), heap);
        }
        Ok(made)
    }

    /// As [`Expansion::next_within`] for an operation that a table has run already: `done` are the operations of that table. What
    /// is made is dropped, so that the objects of `done` remain the ones that are in the dict.
    ///
    /// # Errors
    /// As for [`Expansion::next`].
    pub fn pass(&mut self, most: usize, heap: &mut Heap, done: &OpList) -> Result<Made, ProgramError> {
        let made = self.make(most, heap, &mut OpList::default())?;
        if let Made::Op(_) = made {
            self.take_note(done.get(self.made as usize - 1), heap);
        }
        Ok(made)
    }

    fn take_note(&mut self, op: Op<'_>, heap: &Heap) {
        if let Some(model) = &mut self.model {
            model.run(op, heap);
            self.known += 1;
        }
        if let Some(machine) = &mut self.script
            && self.by_plain_lines
        {
            machine.note(op, heap);
        }
    }

    fn make(&mut self, most: usize, heap: &mut Heap, ops: &mut OpList) -> Result<Made, ProgramError> {
        self.by_plain_lines = self.next < self.program.steps.len();
        if let Some(machine) = &mut self.script
            && !self.by_plain_lines
        {
            return Expansion::run_script(machine, &self.program.text, &mut self.made, most, heap, ops);
        }
        let line = self.advance(heap, ops).map_err(|message| {
            let at = &self.program.steps[self.next];
            ProgramError { line: at.line as usize, column: at.column as usize, message }
        })?;
        self.made += u64::from(line.is_some());
        if line.is_none() && self.script.is_some() {
            // The plain lines have come to their end without another operation.
            return self.make(most, heap, ops);
        }
        Ok(line.map_or(Made::End, Made::Op))
    }

    fn run_script(
        machine: &mut Machine,
        text: &str,
        made: &mut u64,
        most: usize,
        heap: &mut Heap,
        ops: &mut OpList,
    ) -> Result<Made, ProgramError> {
        match machine.advance(most, heap, ops) {
            Ok(Ran::Working) => Ok(Made::Nothing),
            Ok(Ran::Op) => {
                *made += 1;
                Ok(Made::Op(machine.line()))
            }
            Ok(Ran::End) => Ok(Made::End),
            Err(message) => {
                let (line, column) = position(text, machine.place());
                Err(ProgramError { line, column, message })
            }
        }
    }

    fn advance(&mut self, heap: &mut Heap, ops: &mut OpList) -> Result<Option<usize>, String> {
        loop {
            let Some(instruction) = self.program.steps.get_mut(self.next) else { return Ok(None) };
            if self.made == MAX_OPS {
                return Err(too_many(MAX_OPS + 1));
            }
            if !instruction.bound {
                bind(instruction, heap);
            }
            let line = Ok(Some(instruction.line as usize));
            match &instruction.step {
                Step::Op(op) => {
                    ops.push(make(op, &self.env, heap, &mut self.pairs)?);
                    self.next += 1;
                    return line;
                }
                Step::For { source, end } => {
                    self.loops.push(walk(source, &self.env, heap)?);
                    self.env.push(Obj::NONE);
                    self.next = *end;
                }
                &Step::Next { head } => {
                    let turn = self.turn(head, heap)?;
                    if turn {
                        self.next = head + 1;
                    } else {
                        self.loops.pop();
                        self.env.pop();
                        self.next += 1;
                    }
                }
                Step::Generate(call) => {
                    if self.running.is_none() {
                        self.running = Some(Running::start(call, &self.env, heap, self.model.as_ref())?);
                    }
                    let running = self.running.as_mut().expect("it was just started");
                    match running.next(heap, &mut self.model)? {
                        Some(op) => {
                            ops.push(op);
                            return line;
                        }
                        None => {
                            self.running = None;
                            self.next += 1;
                        }
                    }
                }
            }
        }
    }

    /// Give the innermost loop's variable its next value; `false` if there is none.
    fn turn(&mut self, head: usize, heap: &mut Heap) -> Result<bool, String> {
        let depth = self.loops.len() - 1;
        let value = match &mut self.loops[depth] {
            Walk::Range { left: 0, .. } => return Ok(false),
            Walk::Range { next, step, left } => {
                let value = heap.alloc(Value::Int(*next));
                *left -= 1;
                // Past the last step this may leave the 64 bits; nobody looks at it then.
                *next = next.wrapping_add(*step);
                value
            }
            Walk::List { next } => {
                let Step::For { source: Source::List(items), .. } = &self.program.steps[head].step else {
                    unreachable!("the head of this loop has a list")
                };
                let Some(item) = items.get(*next) else { return Ok(false) };
                *next += 1;
                item.eval(&self.env[..depth], heap)?
            }
        };
        if self.turns == MAX_OPS {
            return Err(format!("the loops have made {} turns; a program may have no more", grouped(MAX_OPS)));
        }
        self.turns += 1;
        self.env[depth] = value;
        Ok(true)
    }
}

fn walk(source: &Source, env: &[Obj], heap: &mut Heap) -> Result<Walk, String> {
    match source {
        Source::Range { start, stop, step } => {
            let [start, stop, step] = range_of(start.as_ref(), stop, step.as_ref(), env, heap)?;
            Ok(Walk::Range { next: start, step, left: range_len(start, stop, step)? })
        }
        Source::List(_) => Ok(Walk::List { next: 0 }),
    }
}

/// The operation that `op` is now; `pairs` is room for its items.
fn make<'a>(op: &OpExpr, env: &[Obj], heap: &mut Heap, pairs: &'a mut Vec<(Obj, Obj)>) -> Result<Op<'a>, String> {
    let mut of = |expr: &Expr| expr.eval(env, heap);
    let or_none = |value: &Option<Expr>, heap: &mut Heap| value.as_ref().map_or(Ok(Obj::NONE), |v| v.eval(env, heap));
    Ok(match op {
        OpExpr::Set(key, value) => {
            // Python evaluates the value first.
            let value = of(value)?;
            Op::Set(of(key)?, value)
        }
        OpExpr::Get(key) => Op::Get(of(key)?),
        OpExpr::Del(key) => Op::Del(of(key)?),
        OpExpr::Contains(key) => Op::Contains(of(key)?),
        OpExpr::GetOr(key, value) => Op::GetOr(of(key)?, or_none(value, heap)?),
        OpExpr::Pop(key, value) => Op::Pop(of(key)?, value.as_ref().map(of).transpose()?),
        OpExpr::PopItem => Op::PopItem,
        OpExpr::SetDefault(key, value) => Op::SetDefault(of(key)?, or_none(value, heap)?),
        OpExpr::Update(items) => Op::Update(fill(items, env, heap, pairs)?),
        OpExpr::UpdateOr(items) => Op::UpdateOr(fill(items, env, heap, pairs)?),
        OpExpr::Clear => Op::Clear,
        OpExpr::Display(items) => Op::Display(fill(items, env, heap, pairs)?),
        OpExpr::FromKeys(source, value) => {
            pairs.clear();
            let mut keys = Vec::new();
            match source {
                Source::Range { start, stop, step } => {
                    let [start, stop, step] = range_of(start.as_ref(), stop, step.as_ref(), env, heap)?;
                    let len = range_len(start, stop, step)?;
                    if len > MAX_ITEMS as u64 {
                        return Err(too_many_items());
                    }
                    keys.extend((0..len as i64).map(|i| heap.alloc(Value::Int(start + i * step))));
                }
                Source::List(items) => {
                    for item in items {
                        keys.push(item.eval(env, heap)?);
                    }
                }
            }
            let value = or_none(value, heap)?;
            pairs.extend(keys.into_iter().map(|key| (key, value)));
            Op::FromKeys(pairs)
        }
        OpExpr::Copy(how) => Op::Copy(*how),
        OpExpr::ShrinkToFit => Op::ShrinkToFit,
        OpExpr::Reserve(n) => {
            let n = int(n, env, heap)?;
            match u32::try_from(n).ok().filter(|&n| u64::from(n) <= MAX_OPS) {
                Some(n) => Op::Reserve(n),
                None => return Err(format!("reserve takes 0 to {}, not {n}", grouped(MAX_OPS))),
            }
        }
    })
}

fn fill<'a>(
    items: &Pairs,
    env: &[Obj],
    heap: &mut Heap,
    pairs: &'a mut Vec<(Obj, Obj)>,
) -> Result<&'a [(Obj, Obj)], String> {
    pairs.clear();
    for (key, value) in items {
        let key = key.eval(env, heap)?;
        pairs.push((key, value.eval(env, heap)?));
    }
    Ok(pairs)
}

/// Allocate the literals of a step.
fn bind(instruction: &mut Instruction, heap: &mut Heap) {
    let mut bind = |expr: &mut Expr| *expr = std::mem::replace(expr, Expr::Held(Obj::NONE)).bind(heap);
    match &mut instruction.step {
        Step::Op(op) => match op {
            OpExpr::Get(key) | OpExpr::Del(key) | OpExpr::Contains(key) => bind(key),
            OpExpr::Set(key, value) => [key, value].into_iter().for_each(bind),
            OpExpr::GetOr(key, value) | OpExpr::Pop(key, value) | OpExpr::SetDefault(key, value) => {
                std::iter::once(key).chain(value).for_each(bind);
            }
            OpExpr::Update(items) | OpExpr::UpdateOr(items) | OpExpr::Display(items) => {
                items.iter_mut().flat_map(|(key, value)| [key, value]).for_each(bind);
            }
            OpExpr::FromKeys(source, value) => {
                bind_source(source, &mut bind);
                value.iter_mut().for_each(bind);
            }
            OpExpr::Reserve(n) => bind(n),
            OpExpr::PopItem | OpExpr::Clear | OpExpr::Copy(_) | OpExpr::ShrinkToFit => {}
        },
        Step::For { source, .. } => bind_source(source, &mut bind),
        Step::Next { .. } => {}
        Step::Generate(call) => call.args.iter_mut().flatten().for_each(bind),
    }
    instruction.bound = true;
}

fn bind_source(source: &mut Source, bind: &mut impl FnMut(&mut Expr)) {
    match source {
        Source::Range { start, stop, step } => start.iter_mut().chain([stop]).chain(step).for_each(bind),
        Source::List(items) => items.iter_mut().for_each(bind),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::program::render;
    use crate::python::Version;

    /// The lines a program expands to, and how it ended.
    fn run(expansion: &mut Expansion, heap: &mut Heap, ops: &mut OpList) -> Result<Vec<String>, ProgramError> {
        let first = ops.len();
        while expansion.next(heap, ops)?.is_some() {}
        Ok((first..ops.len()).map(|i| render(ops.get(i), heap)).collect())
    }

    fn expand(text: &str) -> Result<String, ProgramError> {
        let mut heap = Heap::new(Version::V3_12, Default::default());
        let mut ops = OpList::default();
        let program = Program::parse(text, Version::V3_12)?;
        let lines = run(&mut program.expand(), &mut heap, &mut ops)?;
        if let Some(count) = program.size_hint() {
            assert_eq!(count, lines.len() as u64, "{text}");
        }
        Ok(lines.join("; "))
    }

    #[test]
    fn loops_unroll() {
        for (text, lines) in [
            ("for i in range(5, 0, -2): d[i] = i * i", "d[5] = 25; d[3] = 9; d[1] = 1"),
            ("for i in range(0): d[i]", ""),
            (
                "for i in range(3):\n  for j in range(i):\n    d[i, j] = 'x'",
                "d[(1, 0)] = 'x'; d[(2, 0)] = 'x'; d[(2, 1)] = 'x'",
            ),
            ("for k in ['a', 1.5, None]: d.pop(k, 0)", "d.pop('a', 0); d.pop(1.5, 0); d.pop(None, 0)"),
            ("for i in range(2):\n  d[i]\n  i in d\nd.popitem()", "d[0]; 0 in d; d[1]; 1 in d; d.popitem()"),
            ("d = dict.fromkeys(range(1, 6, 2), 'x')", "d = dict.fromkeys([1, 3, 5], 'x')"),
            (
                "for i in range(2): d.update({i: 0, 'k' + str(i): -i})",
                "d.update({0: 0, 'k0': 0}); d.update({1: 0, 'k1': -1})",
            ),
            ("for i in range(2**63 - 2, 2**63 - 1): i in d", "9223372036854775806 in d"),
        ] {
            assert_eq!(expand(text).as_deref(), Ok(lines), "{text}");
        }
    }

    #[test]
    fn a_literal_is_one_object_and_a_call_makes_a_new_one() {
        let mut heap = Heap::new(Version::V3_12, Default::default());
        let mut ops = OpList::default();
        let program = Program::parse("for i in range(2): d['abc'] = float('nan')", Version::V3_12).unwrap();
        run(&mut program.expand(), &mut heap, &mut ops).unwrap();
        let (Op::Set(a, x), Op::Set(b, y)) = (ops.get(0), ops.get(1)) else { panic!("two insertions") };
        assert_eq!(a, b);
        assert_ne!(x, y);
    }

    #[test]
    fn what_fails_when_run_fails_at_its_line() {
        let error = expand("d[1] = 1\nfor i in range(3):\n  d[1 // (1 - i)] = 0").unwrap_err();
        assert_eq!((error.line, error.column), (3, 3));
        assert!(error.message.contains("ZeroDivisionError"), "{error}");
        let error = expand("for i in range(20):\n  for j in range(2**i * 1000): pass").unwrap_err();
        assert_eq!(error.line, 2);
        assert!(error.message.contains("20,000,000 turns"), "{error}");
        let error = expand("d.reserve(-1)").unwrap_err();
        assert!(error.message.contains("reserve takes 0 to 20,000,000, not -1"), "{error}");
    }

    #[test]
    fn lines_can_be_added_and_what_failed_is_left_out() {
        let mut heap = Heap::new(Version::V3_12, Default::default());
        let mut ops = OpList::default();
        let mut expansion = Program::parse("d[1] = 2", Version::V3_12).unwrap().expand();
        run(&mut expansion, &mut heap, &mut ops).unwrap();

        let error = expansion.append("d[2] = 3\nd[").unwrap_err();
        assert_eq!((error.line, error.column), (2, 2));
        assert_eq!(expansion.text(), "d[1] = 2");

        expansion.append("for i in range(2): d[2 // (1 - i)] = 7\nd[9] = 9").unwrap();
        let error = run(&mut expansion, &mut heap, &mut ops).unwrap_err();
        assert_eq!((error.line, ops.len()), (2, 2));
        expansion.skip_rest();
        assert_eq!((expansion.made(), expansion.next(&mut heap, &mut ops)), (2, Ok(None)));

        expansion.append("delete_newest(d, 1)\nd[2] = 3").unwrap();
        assert!(!expansion.learn(&heap, &ops, 1));
        assert!(expansion.learn(&heap, &ops, 1));
        assert_eq!(run(&mut expansion, &mut heap, &mut ops).unwrap(), ["del d[2]", "d[2] = 3"]);
    }

    fn scraps() -> impl Strategy<Value = String> {
        let words = [
            "d",
            "d",
            "[",
            "]",
            "(",
            ")",
            "{",
            "}",
            ":",
            ",",
            "=",
            "==",
            "|=",
            "+=",
            ".",
            "**",
            "*",
            "-",
            "//",
            "<<",
            ";",
            "#",
            "\n",
            "\n",
            "\n  ",
            "\n\t",
            "\\\n",
            " ",
            " ",
            " in ",
            " for ",
            "for i in range(3): ",
            "for j in [1, 'é']:\n ",
            "i",
            "j",
            "k",
            "v",
            "0",
            "1",
            "70",
            "1e309",
            "'a'",
            "'é",
            "\"",
            "'''",
            "u'x'",
            "b'é'",
            "None",
            "del ",
            "dict",
            "fromkeys",
            "copy()",
            "items()",
            "pop(",
            "get(1)",
            "update({",
            "popitem()",
            "setdefault",
            "clear()",
            "reserve(",
            "shrink_to_fit()",
            "range(",
            "insert_ints(d, 9)",
            "insert_random(d, 3, below=9)",
            "delete_random(d)",
            "delete_newest(d, i)",
            "churn(d, 2)",
            "mixed(d, 5)",
            "insert_uuids(",
            "seed=",
            "d[i] = i",
            "d[1] = 2\n",
            "float('nan')",
            "frozenset([",
            "\u{feff}",
            "é",
            "\r\n",
        ];
        prop::collection::vec(prop::sample::select(words.to_vec()), 0..24).prop_map(|words| words.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        /// Whatever is typed gives operations or an error with a place in the text.
        #[test]
        fn no_text_makes_it_panic(
            text in scraps(),
            more in scraps(),
            version in prop::sample::select(Version::ALL.to_vec()),
        ) {
            let inside = |text: &str, error: &ProgramError| {
                let line = text.split('\n').nth(error.line - 1);
                line.is_some_and(|line| (1..=line.chars().count() + 1).contains(&error.column)) && !error.message.is_empty()
            };
            let mut heap = Heap::new(version, Default::default());
            let mut ops = OpList::default();
            match Program::parse(&text, version) {
                Err(error) => prop_assert!(inside(&text, &error), "{error}"),
                Ok(program) => {
                    let mut expansion = program.expand();
                    let ended = run(&mut expansion, &mut heap, &mut ops);
                    if let (Ok(lines), Some(count)) = (&ended, program.size_hint()) {
                        prop_assert_eq!(lines.len() as u64, count);
                    }
                    if let Err(error) = ended {
                        prop_assert!(inside(&text, &error), "{error}");
                    } else if let Err(error) = expansion.append(&more) {
                        prop_assert!(inside(&more, &error), "{error}");
                    } else if !expansion.learn(&heap, &ops, usize::MAX) {
                        prop_assert!(false, "everything is known");
                    } else if let Err(error) = run(&mut expansion, &mut heap, &mut ops) {
                        prop_assert!(inside(expansion.text(), &error), "{error}");
                    }
                }
            }
        }
    }
}
