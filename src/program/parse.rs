//! Program text: lines of Python, with errors that say where and what to write instead.

use super::lines::{Fault, Line, lines, mask};
use super::workload::{Call, GENERATORS, Generator, Preset};
use super::{MAX_ITEMS, MAX_OPS, grouped};
use crate::python::excerpt::{MAX_QUOTED, excerpt};
use crate::python::expr::Expr;
use crate::python::{Cursor, Heap, Obj, ParseError, Value, Version};
use crate::table::CopyHow;

/// Pairs of a display or an `update`.
pub(super) type Pairs = Box<[(Expr, Expr)]>;

/// A statement that is one operation.
#[derive(Clone, Debug)]
pub(super) enum OpExpr {
    Set(Expr, Expr),
    Get(Expr),
    Del(Expr),
    Contains(Expr),
    GetOr(Expr, Option<Expr>),
    Pop(Expr, Option<Expr>),
    PopItem,
    SetDefault(Expr, Option<Expr>),
    Update(Pairs),
    UpdateOr(Pairs),
    Clear,
    Display(Pairs),
    FromKeys(Source, Option<Expr>),
    Copy(CopyHow),
    ShrinkToFit,
    Reserve(Expr),
}

/// What a loop or `fromkeys` walks over.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// `range(start, stop, step)`; the start and the step may be left out.
    Range { start: Option<Expr>, stop: Expr, step: Option<Expr> },
    /// `[a, b, …]`
    List(Box<[Expr]>),
}

/// An instruction of a parsed program. Loops are jumps, so that an expansion is a counter and a stack.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Op(OpExpr),
    /// The head of a loop, whose last step is [`Step::Next`] at `end`.
    For {
        source: Source,
        end: usize,
    },
    /// The end of a loop's body: on with the next turn, at `head + 1`, or out.
    Next {
        head: usize,
    },
    Generate(Call),
}

/// A step and where it stands in the text.
#[derive(Clone, Debug)]
pub(super) struct Instruction {
    pub(super) step: Step,
    /// From 1.
    pub(super) line: u32,
    /// From 1, in characters.
    pub(super) column: u32,
    /// Its literals have been allocated: one object each, however often it runs, as in CPython's code objects.
    pub(super) bound: bool,
}

/// The instructions of a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Code {
    pub(super) steps: Vec<Instruction>,
    /// The operations it makes, if the text alone tells.
    pub(super) count: Option<u64>,
    /// `len(d)` after it, if the text alone tells.
    pub(super) live: Option<u64>,
    /// Bytes that the steps hold outside themselves.
    pub(super) boxed: usize,
}

impl Step {
    /// Bytes held outside the enum itself.
    fn boxed(&self) -> usize {
        let optional = |expr: &Option<Expr>| expr.as_ref().map_or(0, Expr::memory);
        match self {
            Step::Op(op) => op.boxed(),
            Step::For { source, .. } => source.boxed(),
            Step::Next { .. } => 0,
            Step::Generate(call) => size_of_val(&*call.args) + call.args.iter().map(optional).sum::<usize>(),
        }
    }
}

impl OpExpr {
    fn boxed(&self) -> usize {
        let optional = |expr: &Option<Expr>| expr.as_ref().map_or(0, Expr::memory);
        match self {
            OpExpr::Set(key, value) => key.memory() + value.memory(),
            OpExpr::Get(x) | OpExpr::Del(x) | OpExpr::Contains(x) | OpExpr::Reserve(x) => x.memory(),
            OpExpr::GetOr(key, value) | OpExpr::Pop(key, value) | OpExpr::SetDefault(key, value) => {
                key.memory() + optional(value)
            }
            OpExpr::Update(pairs) | OpExpr::UpdateOr(pairs) | OpExpr::Display(pairs) => {
                size_of_val(&**pairs) + pairs.iter().map(|(key, value)| key.memory() + value.memory()).sum::<usize>()
            }
            OpExpr::FromKeys(source, value) => source.boxed() + optional(value),
            OpExpr::PopItem | OpExpr::Clear | OpExpr::Copy(_) | OpExpr::ShrinkToFit => 0,
        }
    }
}

impl Source {
    fn boxed(&self) -> usize {
        match self {
            Source::Range { start, stop, step } => {
                [start.as_ref(), Some(stop), step.as_ref()].into_iter().flatten().map(Expr::memory).sum()
            }
            Source::List(items) => size_of_val(&**items) + items.iter().map(Expr::memory).sum::<usize>(),
        }
    }
}

/// Parse `text`, which stands after `lines_before` lines and `steps_before` steps of a program, where `len(d)` is `live`.
pub(super) fn parse(
    text: &str,
    version: Version,
    lines_before: usize,
    steps_before: usize,
    live: Option<u64>,
) -> Result<Code, Fault> {
    let masked = mask(text)?;
    let mut parser = Parser {
        masked: &masked,
        lines: lines(&masked),
        next: 0,
        version,
        names: Vec::new(),
        steps: Vec::new(),
        steps_before,
        here: 0,
        live,
    };
    let count = parser.block(0)?;
    let (steps, live) = (parser.steps, parser.live);
    let boxed = steps.iter().map(|(step, _)| step.boxed()).sum();
    Ok(Code { steps: locate(text, steps, lines_before), count, live, boxed })
}

/// Give every step its line and column. Steps come in the order of the text but for the ends of loops, at which nothing
/// can go wrong; those get the place of the step before them.
fn locate(text: &str, steps: Vec<(Step, usize)>, lines_before: usize) -> Vec<Instruction> {
    let (mut at, mut line, mut column) = (0, lines_before + 1, 1);
    let place = |(step, offset): (Step, usize)| {
        if offset > at {
            let between = &text[at..offset];
            match between.rfind('\n') {
                Some(newline) => {
                    line += between.matches('\n').count();
                    column = between[newline..].chars().count();
                }
                None => column += between.chars().count(),
            }
            at = offset;
        }
        Instruction { step, line: line as u32, column: column as u32, bound: false }
    };
    steps.into_iter().map(place).collect()
}

/// What a line was.
enum Parsed {
    /// Statements, which make so many operations.
    Statements(Option<u64>),
    /// The head of a loop (this step, so many turns), whose body is the block that follows.
    Head(usize, Option<u64>),
}

struct Parser<'t> {
    masked: &'t str,
    lines: Vec<Line>,
    /// The next line to parse.
    next: usize,
    version: Version,
    /// The variables of the loops around this place, outermost first.
    names: Vec<&'t str>,
    steps: Vec<(Step, usize)>,
    steps_before: usize,
    /// The offset of the statement being parsed.
    here: usize,
    live: Option<u64>,
}

type Count = Result<Option<u64>, ParseError>;

/// The deepest nesting of loops, CPython's own limit for blocks.
const MAX_LOOPS: usize = 20;

const STATEMENTS: &str = "d[k] = v, d[k], del d[k], k in d, d.get(k), d.pop(k), d.popitem(), d.setdefault(k, v), \
                          d.update({k: v}), d.clear(), d = {…}, d = dict(d), d = d.copy()";

impl<'t> Parser<'t> {
    /// The lines from here on that are indented by `indent`.
    fn block(&mut self, indent: usize) -> Result<Option<u64>, Fault> {
        let mut total = Some(0);
        while let Some(&line) = self.lines.get(self.next) {
            if line.indent < indent {
                break;
            }
            if line.indent > indent {
                return Err(Fault::new(line.start, "IndentationError: unexpected indent"));
            }
            self.next += 1;
            let masked = self.masked;
            let in_line = |error| Fault::in_line(masked, line, error);
            let mut cursor = Cursor::new(&masked[line.start..line.end], self.version);
            let count = match self.line(&mut cursor, line).map_err(in_line)? {
                Parsed::Statements(count) => count,
                Parsed::Head(head, turns) => {
                    let body = self.lines.get(self.next).filter(|body| body.indent > indent).map(|body| body.indent);
                    let body = body.ok_or_else(|| {
                        Fault::new(line.end, "IndentationError: expected an indented block after 'for' statement")
                    })?;
                    let body = self.block(body)?;
                    if let Some(line) = self.lines.get(self.next).filter(|line| line.indent > indent) {
                        let message = "IndentationError: unindent does not match any outer indentation level";
                        return Err(Fault::new(line.start, message));
                    }
                    self.close(head, turns, body)
                }
            };
            total = add(total, count);
            if let Some(count) = total.filter(|&count| count > MAX_OPS) {
                return Err(Fault { is_limit: true, ..Fault::new(line.start, too_many(count)) });
            }
        }
        Ok(total)
    }

    fn line(&mut self, cursor: &mut Cursor<'t>, line: Line) -> Result<Parsed, ParseError> {
        self.here = line.start;
        if !cursor.eat_word("for") {
            return self.statements(cursor, line).map(Parsed::Statements);
        }
        let (head, turns) = self.head(cursor)?;
        if cursor.at_end() {
            return Ok(Parsed::Head(head, turns));
        }
        let body = self.statements(cursor, line)?;
        Ok(Parsed::Statements(self.close(head, turns, body)))
    }

    /// A loop up to its colon, after `for`: its step and the number of its turns.
    fn head(&mut self, cursor: &mut Cursor<'t>) -> Result<(usize, Option<u64>), ParseError> {
        cursor.skip_space();
        let start = *cursor;
        let name =
            cursor.word().ok_or_else(|| start.error("SyntaxError: expected a name here: for i in range(10):"))?;
        if cursor.sees(",") {
            return Err(cursor.error("a loop has one variable here: for i in range(10):"));
        }
        if name == "d" {
            return Err(start.error("d is the dictionary: call the loop's variable i"));
        }
        if self.names.contains(&name) {
            return Err(
                start.error(format!("'{}' is the variable of an outer loop: choose another name", excerpt(name)))
            );
        }
        if self.names.len() == MAX_LOOPS {
            return Err(start.error("SyntaxError: too many statically nested blocks"));
        }
        if !cursor.eat_word("in") {
            return Err(cursor.error(format!("SyntaxError: expected 'in' here, found {}", cursor.found())));
        }
        let (source, turns) = self.source(cursor)?;
        if !cursor.eat(":") {
            return Err(cursor.error(format!("SyntaxError: expected ':' here, found {}", cursor.found())));
        }
        self.names.push(name);
        // The body may run many times, and what it does to len(d) is not worked out.
        self.live = None;
        let head = self.push(Step::For { source, end: 0 });
        Ok((head, turns))
    }

    /// End the loop at `head`: so many turns of a body of so many operations.
    fn close(&mut self, head: usize, turns: Option<u64>, body: Option<u64>) -> Option<u64> {
        let end = self.push(Step::Next { head });
        let Step::For { end: open, .. } = &mut self.steps[head - self.steps_before].0 else {
            unreachable!("a loop is closed at its head")
        };
        *open = end;
        self.names.pop();
        self.live = None;
        match (turns, body) {
            (Some(turns), Some(body)) => Some(turns.saturating_mul(body)),
            _ => None,
        }
    }

    /// `range(…)` or `[…]`, and how many items that is.
    fn source(&mut self, cursor: &mut Cursor<'t>) -> Result<(Source, Option<u64>), ParseError> {
        cursor.skip_space();
        let start = *cursor;
        if cursor.eat("[") {
            let items = self.items(cursor, "]")?;
            let count = items.len() as u64;
            return Ok((Source::List(items), Some(count)));
        }
        let range = match cursor.word() {
            Some("xrange") if self.version.is_py2() => true,
            Some("xrange") => return Err(start.error("NameError: xrange is Python 2's: write range(…)")),
            word => word == Some("range"),
        };
        if !range || !cursor.eat("(") {
            let help = "write range(10), or a list like [1, 2, 3]; to delete every key write delete_all(d)";
            return Err(start.error(format!("only range(…) and lists are walked over here: {help}")));
        }
        let mut args = self.items(cursor, ")")?.into_vec();
        if args.is_empty() || args.len() > 3 {
            let (few, got) = if args.is_empty() { ("at least 1", 0) } else { ("at most 3", args.len()) };
            let plural = if got == 0 { "" } else { "s" };
            return Err(start.error(format!("TypeError: range expected {few} argument{plural}, got {got}")));
        }
        let step = (args.len() == 3).then(|| args.remove(2));
        let stop = args.pop();
        let first = args.pop();
        let Some((first, stop)) = stop.map(|stop| (first, stop)) else { unreachable!("range has an argument") };
        let source = Source::Range { start: first, stop, step };
        let turns = self.constant_range(&source).map_err(|message| start.error(message))?;
        Ok((source, turns))
    }

    /// The number of steps of a range without loop variables.
    fn constant_range(&self, source: &Source) -> Result<Option<u64>, String> {
        let Source::Range { start, stop, step } = source else { return Ok(None) };
        if [start.as_ref(), Some(stop), step.as_ref()].into_iter().flatten().any(has_name) {
            return Ok(None);
        }
        let mut heap = Heap::new(self.version, Default::default());
        let [start, stop, step] = range_of(start.as_ref(), stop, step.as_ref(), &[], &mut heap)?;
        range_len(start, stop, step).map(Some)
    }

    /// Expressions separated by commas, up to `close`.
    fn items(&mut self, cursor: &mut Cursor<'t>, close: &str) -> Result<Box<[Expr]>, ParseError> {
        let mut items = Vec::new();
        while !cursor.eat(close) {
            if items.len() == MAX_ITEMS {
                return Err(cursor.error(too_many_items()));
            }
            items.push(Expr::parse(cursor, &self.names)?);
            if !cursor.eat(",") {
                cursor.expect(close)?;
                break;
            }
        }
        Ok(items.into())
    }

    fn statements(&mut self, cursor: &mut Cursor<'t>, line: Line) -> Count {
        let mut total = Some(0);
        loop {
            cursor.skip_space();
            self.here = line.start + cursor.pos();
            total = add(total, self.statement(cursor)?);
            if cursor.at_end() {
                return Ok(total);
            }
            if !cursor.eat(";") {
                return Err(self.leftover(cursor));
            }
            if cursor.at_end() {
                return Ok(total);
            }
        }
    }

    /// Something follows a statement that was complete.
    fn leftover(&self, cursor: &mut Cursor<'t>) -> ParseError {
        let found = cursor.found();
        let message = match cursor.peek() {
            Some(',') => "SyntaxError: write one operation a line, and a tuple in parentheses: (1, 2)".to_owned(),
            _ if cursor.sees("==") => "== compares and changes nothing: write d[k] = v to store".to_owned(),
            Some('=') => "SyntaxError: only d[k] = v is assigned here, one value to one key".to_owned(),
            _ => format!("SyntaxError: expected the end of the line here, found {found}"),
        };
        cursor.error(message)
    }

    fn statement(&mut self, cursor: &mut Cursor<'t>) -> Count {
        let start = *cursor;
        match cursor.word() {
            Some("d") if !cursor.sees("\"") && !cursor.sees("'") => self.on_d(cursor, &start),
            Some("del") => self.del(cursor),
            Some("pass") => Ok(Some(0)),
            // What a pasted program imports is known here.
            Some("import" | "from") => {
                cursor.take_while(|c| c != ';');
                Ok(Some(0))
            }
            Some(word) => match GENERATORS.iter().find(|generator| generator.name == word) {
                Some(generator) => self.generate(cursor, &start, generator),
                None => {
                    self.refuse(word, cursor, &start)?;
                    self.membership(cursor, start)
                }
            },
            None => self.membership(cursor, start),
        }
    }

    /// Words that begin no statement here, with what to write instead.
    fn refuse(&self, word: &str, cursor: &mut Cursor<'t>, start: &Cursor<'t>) -> Result<(), ParseError> {
        let refused = |message: String| Err(start.error(message));
        match word {
            "print" | "len" | "sys" | "repr" | "list" | "sorted" if !self.names.contains(&word) => {
                return refused(format!("{word} is not needed here: every state is shown, leave it out"));
            }
            "for" => {
                return refused(
                    "SyntaxError: a loop starts a line of its own; its body may be indented below".to_owned(),
                );
            }
            "if" | "elif" | "else" | "while" | "def" | "class" | "try" | "except" | "finally" | "with" | "return"
            | "break" | "continue" | "lambda" | "global" | "nonlocal" | "assert" | "raise" | "async" | "await"
            | "yield" => {
                return refused(format!("'{word}' is not supported: write lines like {STATEMENTS}, and for loops"));
            }
            "not" => return refused("'not' is not supported: write k in d".to_owned()),
            _ => {}
        }
        if assigns(cursor) {
            cursor.eat("=");
            let mut right = *cursor;
            return refused(match right.word() {
                Some("d") if right.sees("[") || right.sees(".") => {
                    format!(
                        "what an operation gives is shown, and needs no name: write only {}",
                        excerpt(cursor.rest().trim())
                    )
                }
                Some("dict") => format!("the dictionary is called d: write d = {}", excerpt(cursor.rest().trim())),
                _ if cursor.sees("{") => {
                    format!("the dictionary is called d: write d = {}", excerpt(cursor.rest().trim()))
                }
                _ => format!(
                    "there are no variables but d and those of loops: put the value where {} is used",
                    excerpt(word)
                ),
            });
        }
        match cursor.peek() {
            Some('[') => {
                refused(format!("NameError: name '{}' is not defined: the dictionary is called d", excerpt(word)))
            }
            Some('.') if word != "uuid" => {
                refused(format!("NameError: name '{}' is not defined: the dictionary is called d", excerpt(word)))
            }
            Some('(') if !FUNCTIONS.contains(&word) => refused(unknown_function(word)),
            _ => Ok(()),
        }
    }

    /// `k in d`
    fn membership(&mut self, cursor: &mut Cursor<'t>, start: Cursor<'t>) -> Count {
        *cursor = start;
        let key = Expr::parse_key(cursor, &self.names)?;
        if cursor.eat_word("not") {
            return Err(cursor.error("'not in' is not supported: write k in d, which looks the key up alike"));
        }
        if !cursor.eat_word("in") {
            if cursor.at_end() || cursor.sees(";") {
                return Err(start.error(format!("this does nothing to d: write lines like {STATEMENTS}")));
            }
            return Err(self.leftover(cursor));
        }
        cursor.skip_space();
        if !cursor.eat_word("d") {
            return Err(cursor.error(format!("the dictionary is called d: write k in d, not {}", cursor.found())));
        }
        Ok(self.op(OpExpr::Contains(key)))
    }

    fn del(&mut self, cursor: &mut Cursor<'t>) -> Count {
        let mut count = Some(0);
        loop {
            cursor.skip_space();
            let start = *cursor;
            if !cursor.eat_word("d") || !cursor.eat("[") {
                return Err(start.error("only keys are deleted here: write del d[k]"));
            }
            let key = self.subscript(cursor)?;
            self.live = None;
            count = add(count, self.op(OpExpr::Del(key)));
            if !cursor.eat(",") {
                return Ok(count);
            }
        }
    }

    /// A key and its closing bracket.
    fn subscript(&mut self, cursor: &mut Cursor<'t>) -> Result<Expr, ParseError> {
        if cursor.sees("]") {
            return Err(cursor.error("SyntaxError: a key is missing here: d[1]"));
        }
        let key = Expr::parse_subscript(cursor, &self.names)?;
        if cursor.sees(":") {
            return Err(cursor.error("a dictionary has no slices: write one key, d[1]"));
        }
        cursor.expect("]")?;
        Ok(key)
    }

    /// A statement that begins with `d`, which was taken.
    fn on_d(&mut self, cursor: &mut Cursor<'t>, start: &Cursor<'t>) -> Count {
        if cursor.eat("[") {
            return self.item(cursor);
        }
        if cursor.eat(".") {
            return self.method(cursor);
        }
        if cursor.sees("|=") {
            if self.version < Version::V3_9 {
                return Err(cursor.error(format!(
                    "TypeError: unsupported operand type(s) for |=: 'dict' and 'dict': Python {} has no d |= {{…}}, \
                     which came with 3.9; write d.update({{…}})",
                    self.version.name()
                )));
            }
            cursor.eat("|=");
            let pairs = self.pairs(cursor, "d |= {k: v}")?;
            self.live = None;
            return Ok(self.op(OpExpr::UpdateOr(pairs)));
        }
        if assigns(cursor) {
            cursor.eat("=");
            return self.assign(cursor);
        }
        if cursor.at_end() || cursor.sees(";") {
            return Err(start.error(format!("d alone does nothing: write lines like {STATEMENTS}")));
        }
        Err(self.leftover(cursor))
    }

    /// `d[k]` or `d[k] = v`, after the bracket.
    fn item(&mut self, cursor: &mut Cursor<'t>) -> Count {
        let key = self.subscript(cursor)?;
        if assigns(cursor) {
            cursor.eat("=");
            let value = Expr::parse(cursor, &self.names)?;
            self.live = None;
            return Ok(self.op(OpExpr::Set(key, value)));
        }
        if cursor.at_end() || cursor.sees(";") {
            return Ok(self.op(OpExpr::Get(key)));
        }
        let augmented = ["+=", "-=", "*=", "/=", "//=", "%=", "**=", "&=", "|=", "^=", "<<=", ">>="];
        if let Some(operator) = augmented.into_iter().find(|operator| cursor.sees(operator)) {
            let message = format!("{operator} is not supported: write d[k] and then d[k] = its new value");
            return Err(cursor.error(message));
        }
        if cursor.sees(".") || cursor.sees("[") {
            return Err(cursor.error("a value has no parts here: write d[k] or d[k] = v"));
        }
        Err(self.leftover(cursor))
    }

    fn method(&mut self, cursor: &mut Cursor<'t>) -> Count {
        cursor.skip_space();
        let start = *cursor;
        let name = cursor.word().unwrap_or("");
        let refused = |message: &str| Err(start.error(message));
        match name {
            "get" | "pop" | "setdefault" => {
                let (key, value) = self.key_and_value(cursor, name)?;
                if name != "get" {
                    self.live = None;
                }
                Ok(self.op(match name {
                    "get" => OpExpr::GetOr(key, value),
                    "pop" => OpExpr::Pop(key, value),
                    _ => OpExpr::SetDefault(key, value),
                }))
            }
            "popitem" => {
                self.no_arguments(cursor)?;
                self.live = None;
                Ok(self.op(OpExpr::PopItem))
            }
            "update" => {
                cursor.expect("(")?;
                let pairs = self.pairs(cursor, "d.update({k: v})")?;
                cursor.expect(")")?;
                self.live = None;
                Ok(self.op(OpExpr::Update(pairs)))
            }
            "clear" => {
                self.no_arguments(cursor)?;
                self.live = Some(0);
                Ok(self.op(OpExpr::Clear))
            }
            "shrink_to_fit" => {
                self.no_arguments(cursor)?;
                Ok(self.op(OpExpr::ShrinkToFit))
            }
            "reserve" => {
                cursor.expect("(")?;
                let n = Expr::parse(cursor, &self.names)?;
                cursor.expect(")")?;
                Ok(self.op(OpExpr::Reserve(n)))
            }
            "copy" => refused("d.copy() alone makes a dict that nobody keeps: write d = d.copy()"),
            "fromkeys" => refused("fromkeys makes a new dict: write d = dict.fromkeys([k, …], v)"),
            "items" | "keys" | "values" | "iteritems" | "iterkeys" | "itervalues" => {
                refused("listing the items changes nothing and is not needed: every state is shown")
            }
            "has_key" | "__contains__" => refused("write k in d"),
            "__setitem__" | "__getitem__" | "__delitem__" => refused("write d[k] = v, d[k] or del d[k]"),
            _ => Err(start.error(format!(
                "AttributeError: 'dict' object has no attribute '{}'; there are get, pop, popitem, setdefault, \
                 update and clear (and, not in Python, reserve and shrink_to_fit)",
                excerpt(name)
            ))),
        }
    }

    fn no_arguments(&mut self, cursor: &mut Cursor<'t>) -> Result<(), ParseError> {
        cursor.expect("(")?;
        cursor.expect(")")
    }

    /// The arguments of `get`, `pop` and `setdefault`.
    fn key_and_value(&mut self, cursor: &mut Cursor<'t>, name: &str) -> Result<(Expr, Option<Expr>), ParseError> {
        cursor.expect("(")?;
        if cursor.sees(")") {
            let help = if name == "pop" { ", or d.popitem() for the last item" } else { "" };
            let message = format!("TypeError: {name} expected at least 1 argument, got 0: write d.{name}(k){help}");
            return Err(cursor.error(message));
        }
        let key = Expr::parse_key(cursor, &self.names)?;
        let mut value = None;
        if cursor.eat(",") && !cursor.sees(")") {
            value = Some(Expr::parse(cursor, &self.names)?);
            if cursor.eat(",") && !cursor.sees(")") {
                return Err(cursor.error(format!("TypeError: {name} expected at most 2 arguments, got more")));
            }
        }
        cursor.expect(")")?;
        Ok((key, value))
    }

    /// `{k: v, …}` with its braces; `form` is what to write.
    fn pairs(&mut self, cursor: &mut Cursor<'t>, form: &str) -> Result<Pairs, ParseError> {
        if !cursor.eat("{") {
            return Err(cursor.error(format!("the pairs stand in braces here: write {form}")));
        }
        self.pairs_after_brace(cursor)
    }

    fn pairs_after_brace(&mut self, cursor: &mut Cursor<'t>) -> Result<Pairs, ParseError> {
        let mut pairs = Vec::new();
        while !cursor.eat("}") {
            if cursor.sees("**") {
                return Err(cursor.error("** stands alone here: write d = {**d}, then d.update({k: v})"));
            }
            if pairs.len() == MAX_ITEMS {
                return Err(cursor.error(too_many_items()));
            }
            let key = Expr::parse_key(cursor, &self.names)?;
            if cursor.sees(",") || cursor.sees("}") {
                return Err(cursor.error("that is a set, and d is a dict: write {key: value, …}"));
            }
            cursor.expect(":")?;
            pairs.push((key, Expr::parse(cursor, &self.names)?));
            if cursor.eat_word("for") {
                return Err(cursor.error("the only comprehension here is {k: v for k, v in d.items()}, which copies d"));
            }
            if !cursor.eat(",") {
                cursor.expect("}")?;
                break;
            }
        }
        Ok(pairs.into())
    }

    /// What follows `d =`.
    fn assign(&mut self, cursor: &mut Cursor<'t>) -> Count {
        cursor.skip_space();
        let start = *cursor;
        if cursor.eat("{") {
            return self.braces(cursor);
        }
        match cursor.word() {
            Some("dict") => self.dict(cursor),
            Some("d") if cursor.eat(".") => {
                if !cursor.eat_word("copy") {
                    return Err(start.error("d must stay a dict: write d = d.copy()"));
                }
                self.no_arguments(cursor)?;
                Ok(self.op(OpExpr::Copy(CopyHow::Copy)))
            }
            Some("d") if cursor.sees("|") => Err(cursor.error("write d |= {k: v}, or d.update({k: v})")),
            Some("d") => Err(start.error("d = d does nothing: write d = dict(d) or d = d.copy() for a copy")),
            Some("copy") => Err(start.error("write d = d.copy()")),
            _ => Err(start.error(
                "d must stay a dict: write d = {}, d = {k: v}, d = dict(d), d = d.copy() or d = dict.fromkeys([k], v)",
            )),
        }
    }

    /// What follows `d = {`.
    fn braces(&mut self, cursor: &mut Cursor<'t>) -> Count {
        let start = *cursor;
        if cursor.eat("**") {
            if self.version.is_py2() {
                return Err(start.error("SyntaxError: {**d} came with Python 3.5; write d = dict(d)"));
            }
            if !cursor.eat_word("d") || !cursor.eat("}") {
                return Err(start.error("** stands alone here: write d = {**d}, then d.update({k: v})"));
            }
            return Ok(self.op(OpExpr::Copy(CopyHow::Unpack)));
        }
        if let Some(comprehension) = self.comprehension(cursor) {
            comprehension?;
            return Ok(self.op(OpExpr::Copy(CopyHow::Comprehension)));
        }
        let pairs = self.pairs_after_brace(cursor)?;
        self.live = pairs.is_empty().then_some(0);
        Ok(self.op(OpExpr::Display(pairs)))
    }

    /// `k: v for k, v in d.items()}`, if that is what follows the brace.
    fn comprehension(&mut self, cursor: &mut Cursor<'t>) -> Option<Result<(), ParseError>> {
        let mut ahead = *cursor;
        let start = ahead;
        let key = ahead.word()?;
        let value = if ahead.eat(":") { ahead.word()? } else { return None };
        if !ahead.eat_word("for") {
            return None;
        }
        let same = key != value && ahead.eat_word(key) && ahead.eat(",") && ahead.eat_word(value);
        let items = same && ahead.eat_word("in") && ahead.eat_word("d") && ahead.eat(".");
        let items = items && (ahead.eat_word("items") || (self.version.is_py2() && ahead.eat_word("iteritems")));
        if !(items && ahead.eat("(") && ahead.eat(")") && ahead.eat("}")) {
            let message = "the only comprehension here is {k: v for k, v in d.items()}, which copies d";
            return Some(Err(start.error(message)));
        }
        *cursor = ahead;
        Some(Ok(()))
    }

    /// What follows `d = dict`.
    fn dict(&mut self, cursor: &mut Cursor<'t>) -> Count {
        if cursor.eat(".") {
            let start = *cursor;
            if !cursor.eat_word("fromkeys") {
                return Err(start.error("d must stay a dict: write d = dict.fromkeys([k, …], v)"));
            }
            return self.fromkeys(cursor);
        }
        cursor.expect("(")?;
        let start = *cursor;
        if cursor.eat(")") {
            self.live = Some(0);
            // Not `{}`: 3.8 and 3.9 give dict() a table of its own at once, as they do for a dict from no keys.
            return Ok(self.op(OpExpr::FromKeys(Source::List(Box::default()), None)));
        }
        if cursor.eat_word("d") && cursor.eat(")") {
            return Ok(self.op(OpExpr::Copy(CopyHow::Dict)));
        }
        Err(start.error("only d is copied here: write d = dict(d), or d = {'key': value} for a new dict"))
    }

    fn fromkeys(&mut self, cursor: &mut Cursor<'t>) -> Count {
        cursor.expect("(")?;
        cursor.skip_space();
        let start = *cursor;
        let (source, count) = match self.source(cursor) {
            Err(_) if !start.rest().starts_with(['[', 'r', 'x']) => {
                return Err(start.error("the keys stand in a list here: write d = dict.fromkeys([1, 2], v)"));
            }
            other => other?,
        };
        if count.is_some_and(|count| count > MAX_ITEMS as u64) {
            return Err(start.error(too_many_items()));
        }
        let value = if cursor.eat(",") { Some(Expr::parse(cursor, &self.names)?) } else { None };
        cursor.expect(")")?;
        self.live = None;
        Ok(self.op(OpExpr::FromKeys(source, value)))
    }

    /// A generator's arguments, after its name.
    fn generate(&mut self, cursor: &mut Cursor<'t>, start: &Cursor<'t>, generator: &'static Generator) -> Count {
        let form = generator.form();
        cursor.expect("(")?;
        if !cursor.eat_word("d") {
            return Err(cursor.error(format!("the first argument is d: write {form}")));
        }
        let mut args: Box<[Option<Expr>]> = generator.parameters.iter().map(|_| None).collect();
        let mut positional = 0;
        while !cursor.eat(")") {
            cursor.expect(",")?;
            if cursor.eat(")") {
                break;
            }
            cursor.skip_space();
            let place = *cursor;
            let named = cursor.word().filter(|_| assigns(cursor));
            let slot = match named {
                Some(name) => {
                    cursor.eat("=");
                    let slot = generator.parameters.iter().position(|parameter| parameter.name == name);
                    slot.ok_or_else(|| {
                        place.error(format!("TypeError: there is no argument '{}': write {form}", excerpt(name)))
                    })?
                }
                None => {
                    *cursor = place;
                    positional += 1;
                    positional - 1
                }
            };
            let Some(arg) = args.get_mut(slot) else {
                return Err(place.error(format!("TypeError: too many arguments: write {form}")));
            };
            if arg.is_some() {
                let name = generator.parameters[slot].name;
                return Err(place.error(format!("TypeError: got multiple values for argument '{name}'")));
            }
            let expr = Expr::parse(cursor, &self.names)?;
            if !has_name(&expr) {
                let mut heap = Heap::new(self.version, Default::default());
                let n = int(&expr, &[], &mut heap).and_then(|n| generator.parameters[slot].check(n));
                n.map_err(|message| place.error(message))?;
            }
            *arg = Some(expr);
        }
        let missing = |(parameter, arg): (&super::workload::Parameter, &Option<Expr>)| {
            (arg.is_none() && matches!(parameter.preset, Preset::Required)).then_some(parameter.name)
        };
        if let Some(name) = generator.parameters.iter().zip(&args).find_map(missing) {
            return Err(start.error(format!("TypeError: missing argument '{name}': write {form}")));
        }
        let call = Call { generator, args };
        let n = self.constant_count(&call);
        let (count, live) = generator.forecast(n, self.live);
        self.live = live;
        self.push(Step::Generate(call));
        Ok(count)
    }

    /// The argument `n` of a generator: `None` if a loop variable decides it, `Some(None)` if it means all.
    fn constant_count(&self, call: &Call) -> Option<Option<u64>> {
        let Some(at) = call.generator.parameters.iter().position(|parameter| parameter.name == "n") else {
            return Some(None);
        };
        let Some(expr) = &call.args[at] else { return Some(None) };
        if has_name(expr) {
            return None;
        }
        let mut heap = Heap::new(self.version, Default::default());
        int(expr, &[], &mut heap).ok().map(|n| Some(n as u64))
    }

    /// One operation, made at the place of the present statement.
    fn op(&mut self, op: OpExpr) -> Option<u64> {
        self.push(Step::Op(op));
        Some(1)
    }

    fn push(&mut self, step: Step) -> usize {
        self.steps.push((step, self.here));
        self.steps_before + self.steps.len() - 1
    }
}

/// What expressions may call; every other call at a statement's start is taken for a generator.
const FUNCTIONS: [&str; 8] = ["UUID", "chr", "float", "frozenset", "int", "str", "unichr", "uuid"];

fn unknown_function(word: &str) -> String {
    let names: Vec<_> = GENERATORS.iter().map(|generator| generator.name).collect();
    format!(
        "NameError: name '{}' is not defined; the functions that make operations are {}",
        excerpt(word),
        names.join(", ")
    )
}

/// Whether `=` and not `==` comes next.
fn assigns(cursor: &mut Cursor<'_>) -> bool {
    cursor.sees("=") && !cursor.sees("==")
}

fn add(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    Some(a?.saturating_add(b?))
}

/// The message for a program of `count` operations.
pub(super) fn too_many(count: u64) -> String {
    format!("that would be {} operations; a program may have {}", grouped(count), grouped(MAX_OPS))
}

/// The message for a list, display or `fromkeys` of too many items.
pub(super) fn too_many_items() -> String {
    format!("too long: one operation may have {} items", grouped(MAX_ITEMS as u64))
}

/// Whether the expression has a loop variable in it.
fn has_name(expr: &Expr) -> bool {
    match expr {
        Expr::Const(_) | Expr::Held(_) | Expr::Fresh(_) => false,
        Expr::Name(_) => true,
        Expr::Unary(_, x) | Expr::Call(_, x) => has_name(x),
        Expr::Binary(_, pair) => has_name(&pair.0) || has_name(&pair.1),
        Expr::Tuple(items) | Expr::FrozenSet(items) => items.iter().any(has_name),
    }
}

/// The whole number that `expr` is, if it has 64 bits.
pub(super) fn int(expr: &Expr, env: &[Obj], heap: &mut Heap) -> Result<i64, String> {
    let obj = expr.eval(env, heap)?;
    match *heap.value(obj) {
        Value::Bool(b) => Ok(i64::from(b)),
        Value::Int(n) => Ok(n),
        Value::Big(_) => Err(format!("{} is too large here", heap.repr_within(obj, MAX_QUOTED))),
        _ => Err(format!("TypeError: a whole number is needed here, not {}", heap.repr_within(obj, MAX_QUOTED))),
    }
}

/// Start, stop and step of a range.
pub(super) fn range_of(
    start: Option<&Expr>,
    stop: &Expr,
    step: Option<&Expr>,
    env: &[Obj],
    heap: &mut Heap,
) -> Result<[i64; 3], String> {
    let start = start.map_or(Ok(0), |start| int(start, env, heap))?;
    let stop = int(stop, env, heap)?;
    let step = step.map_or(Ok(1), |step| int(step, env, heap))?;
    if step == 0 {
        return Err("ValueError: range() arg 3 must not be zero".to_owned());
    }
    Ok([start, stop, step])
}

/// The number of steps of a range.
pub(super) fn range_len(start: i64, stop: i64, step: i64) -> Result<u64, String> {
    let distance = if step > 0 { i128::from(stop) - i128::from(start) } else { i128::from(start) - i128::from(stop) };
    let step = u128::from(step.unsigned_abs());
    let len = u128::try_from(distance).map_or(0, |distance| distance.div_ceil(step));
    let len = u64::try_from(len).unwrap_or(u64::MAX);
    if len > MAX_OPS {
        return Err(format!("range has {} steps; at most {}", grouped(len), grouped(MAX_OPS)));
    }
    Ok(len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Program;
    use crate::table::OpList;

    const PY: Version = Version::V3_12;

    #[track_caller]
    fn refused(version: Version, text: &str, place: (usize, usize), message: &str) {
        // When it is read, or when the line is run.
        let error = Program::parse(text, version).and_then(|program| {
            let (mut heap, mut ops) = (Heap::new(version, Default::default()), OpList::default());
            let mut expansion = program.expand();
            while expansion.next(&mut heap, &mut ops)?.is_some() {}
            Ok(())
        });
        let error = error.expect_err(text);
        let right = (error.line, error.column) == place && error.message.contains(message);
        assert!(right, "{text:?}: {error}\n  not at {place:?} {message:?}");
    }

    #[test]
    fn errors_say_where_and_what_to_write() {
        for (text, column, message) in [
            ("d[1] = ", 7, "SyntaxError: expected a value"),
            ("d[1] = 2 3", 10, "SyntaxError: expected the end of the line here, found '3'"),
            ("d[[1]] = 2", 3, "TypeError: unhashable type: 'list'"),
            ("d[{}] = 2", 3, "TypeError: unhashable type: 'dict'"),
            ("d[] = 2", 3, "a key is missing"),
            ("d[1", 2, "SyntaxError: '[' was never closed"),
            ("d[1)", 4, "does not match opening parenthesis '['"),
            ("d['a] = 1", 3, "SyntaxError: unterminated string literal"),
            ("d[a] = 1", 3, "a string needs quotes, 'a'"),
            ("insert_uuid(d, 5)", 1, "insert_uuids, "),
            ("for i in range(3) d[i] = i", 19, "SyntaxError: expected ':' here, found 'd'"),
            ("for i of range(3): d[i] = i", 7, "SyntaxError: expected 'in'"),
            ("for i in range(): d[1]", 10, "TypeError: range expected at least 1 argument, got 0"),
            ("for i in range(1, 2, 0): d[1]", 10, "ValueError: range() arg 3 must not be zero"),
            ("for i in range(10**9): d[i] = i", 10, "range has 1,000,000,000 steps; at most 20,000,000"),
            ("for i in range(-2**63, 2**63 - 1): d[i]", 10, "18,446,744,073,709,551,615 steps"),
            ("for i in range(10**30): d[i]", 10, "is too large here"),
            ("for i in range(2): for j in range(2): d[i]", 20, "a loop starts a line of its own"),
            ("for i in range(2):", 19, "IndentationError: expected an indented block"),
            (" d[1]", 2, "IndentationError: unexpected indent"),
            ("insert_ints()", 13, "write insert_ints(d, n, start=0)"),
            ("insert_ints(d, 1, 2, 3)", 22, "too many arguments"),
            ("insert_ints(d, 1, m=3)", 19, "there is no argument 'm'"),
            ("insert_ints(d, 1, n=3)", 19, "multiple values for argument 'n'"),
        ] {
            refused(PY, text, (1, column), message);
        }
    }

    #[test]
    fn versions_have_their_own_grammar() {
        refused(Version::V2_7, "d = {**d}", (1, 6), "write d = dict(d)");
        refused(PY, "for i in xrange(3): d[i]", (1, 10), "write range(…)");
        for text in ["d |= {1: 2}", "d = {**d}", "d = {a: b for a, b in d.items()}"] {
            assert_eq!(Program::parse(text, PY).unwrap().size_hint(), Some(1), "{text}");
        }
        for text in ["for i in xrange(3): d[i]", "for i in range(3): d = {k: v for k, v in d.iteritems()}"] {
            assert_eq!(Program::parse(text, Version::V2_7).unwrap().size_hint(), Some(3), "{text}");
        }
    }

    #[test]
    fn errors_count_lines_and_characters() {
        refused(PY, "d['é'] = 1 # é\n\n\td[1]", (3, 2), "unexpected indent");
        refused(PY, "d = {\n  'é': 1, # é\n  'ü': x,\n}", (3, 8), "'x' is not defined");
        refused(PY, "for i in range(3):\n    d[i] = i\n  d[i]", (3, 3), "unindent does not match");
        refused(PY, "d[1] = 1; d['é']; d[x]", (1, 21), "'x' is not defined");
    }

    #[test]
    fn the_limit_holds_for_all_operations_together() {
        refused(
            PY,
            "for i in range(20000):\n  for j in range(1000):\n    d[i]\nd[1] = 2",
            (4, 1),
            "20,000,001 operations; a program may have 20,000,000",
        );
        refused(PY, "insert_ints(d, 20000000)\ninsert_ints(d, 1)", (2, 1), "20,000,001 operations");
    }

    #[test]
    fn the_number_of_operations_is_known_where_the_text_tells() {
        for (text, count) in [
            ("", Some(0)),
            ("import uuid\nfrom uuid import UUID  # not needed\npass", Some(0)),
            ("for i in range(10, 0, -3): d[i] = i; d[i]", Some(8)),
            ("for i in range(3):\n\n  for j in [1, 2]:\n    d[i, j] = 0\n  # done\n  del d[i, 1], d[i, 2]", Some(12)),
            ("for i in range(3):\n  for j in range(i):\n    d[i]", None),
            ("insert_uuids(d, 100000)\ndelete_random(d)", Some(200_000)),
            ("insert_ints(d, 10)\ndelete_oldest(d, 20)\nchurn(d, 5)", Some(30)),
            ("d[1] = 2\ndelete_all(d)", None),
            ("d[1] = 2\nd.clear()\ndelete_all(d)", Some(2)),
        ] {
            assert_eq!(Program::parse(text, PY).unwrap().size_hint(), count, "{text:?}");
        }
    }
}
