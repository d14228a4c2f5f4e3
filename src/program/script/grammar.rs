//! Text to tree: the statements of a script.

use super::expression::Reader;
use super::layout::Layout;
use super::syntax::{Block, Ex, Function, Kind, Statement, StatementKind, Target, TargetKind};
use crate::program::lines::{Fault, Line};
use crate::program::workload::GENERATORS;
use crate::python::Version;
use crate::python::number::BinaryOp;

/// The deepest nesting of blocks, CPython's own limit.
const MAX_BLOCKS: usize = 20;

/// What a text says.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) body: Block,
    pub(super) session: bool,
    /// `from __future__ import division`
    pub(super) true_division: bool,
}

/// Read a text.
///
/// # Errors
/// All lines that are refused, in the order of the text.
pub(super) fn read(text: &str, version: Version) -> Result<Script, Vec<Fault>> {
    let layout = Layout::of(text).map_err(|fault| vec![fault])?;
    let future = |what: &str| {
        layout.lines.iter().any(|line| {
            let line = &layout.masked[line.start..line.end];
            line.starts_with("from __future__") && line.contains(what)
        })
    };
    let mut parser = Parser {
        layout: &layout,
        next: 0,
        version,
        print_statement: version.is_py2() && !future("print_function"),
        faults: Vec::new(),
        in_function: false,
        loops: 0,
    };
    let body = parser.block(0, 0);
    let Parser { faults, .. } = parser;
    if faults.is_empty() {
        Ok(Script { body, session: layout.session, true_division: !version.is_py2() || future("division") })
    } else {
        Err(faults)
    }
}

struct Parser<'t> {
    layout: &'t Layout,
    next: usize,
    version: Version,
    print_statement: bool,
    faults: Vec<Fault>,
    in_function: bool,
    /// Loops around this place, within the function.
    loops: usize,
}

/// What begins a block.
enum Head {
    If(Ex),
    Elif(Ex),
    Else,
    While(Ex),
    For(Target, Ex),
    Define(String, Vec<(String, Option<Ex>)>),
}

/// What one line is.
enum Parsed {
    Statements(Block),
    /// A head, with what follows its colon on the line.
    Head(Box<Head>, Option<Block>),
}

const ASSIGNING: [(&str, BinaryOp); 12] = [
    ("**=", BinaryOp::Pow),
    ("//=", BinaryOp::FloorDiv),
    ("<<=", BinaryOp::Shl),
    (">>=", BinaryOp::Shr),
    ("+=", BinaryOp::Add),
    ("-=", BinaryOp::Sub),
    ("*=", BinaryOp::Mul),
    ("/=", BinaryOp::Div),
    ("%=", BinaryOp::Mod),
    ("&=", BinaryOp::And),
    ("|=", BinaryOp::Or),
    ("^=", BinaryOp::Xor),
];

impl<'t> Parser<'t> {
    fn line(&self) -> Option<Line> {
        self.layout.lines.get(self.next).copied()
    }

    fn reader(&self, line: Line) -> Reader<'t> {
        Reader::new(&self.layout.masked[line.start..line.end], line.start, self.version)
    }

    /// The lines from here on that are indented by `indent`; those that are refused are remembered and passed over.
    fn block(&mut self, indent: usize, depth: usize) -> Block {
        let mut block = Block::new();
        while let Some(line) = self.line() {
            if line.indent < indent {
                break;
            }
            if line.indent > indent {
                self.faults.push(Fault::new(line.start, "IndentationError: unexpected indent"));
                self.skip_deeper(indent);
                continue;
            }
            self.next += 1;
            let parsed = self.parse_line(line);
            match parsed {
                Ok(Parsed::Statements(statements)) => block.extend(statements),
                Ok(Parsed::Head(head, body)) => self.compound(line, *head, body, indent, depth, &mut block),
                Err(fault) => {
                    let is_try = fault.message == needs_python("try");
                    self.faults.push(fault);
                    self.skip_deeper(indent);
                    // One word for the whole of it.
                    while is_try && self.continues_try(indent) {
                        self.next += 1;
                        self.skip_deeper(indent);
                    }
                }
            }
        }
        block
    }

    /// Whether a clause of a `try` comes next.
    fn continues_try(&self, indent: usize) -> bool {
        let line = self.line().filter(|line| line.indent == indent);
        line.is_some_and(|line| matches!(self.reader(line).cursor.word(), Some("except" | "finally" | "else")))
    }

    /// Pass over the lines that are indented more.
    fn skip_deeper(&mut self, indent: usize) {
        while self.line().is_some_and(|line| line.indent > indent) {
            self.next += 1;
        }
    }

    /// The block of a head: what stood on its line, or the lines that follow.
    fn body(&mut self, line: Line, word: &str, inline: Option<Block>, indent: usize, depth: usize) -> Block {
        if let Some(body) = inline {
            return body;
        }
        if depth == MAX_BLOCKS {
            self.faults.push(Fault::new(line.start, "SyntaxError: too many statically nested blocks"));
            self.skip_deeper(indent);
            return Block::new();
        }
        let Some(inner) = self.line().filter(|body| body.indent > indent) else {
            let message = format!("IndentationError: expected an indented block after '{word}' statement");
            self.faults.push(Fault::new(line.end, message));
            return Block::new();
        };
        let body = self.block(inner.indent, depth + 1);
        if let Some(line) = self.line().filter(|line| line.indent > indent) {
            let message = "IndentationError: unindent does not match any outer indentation level";
            self.faults.push(Fault::new(line.start, message));
            self.skip_deeper(indent);
        }
        body
    }

    fn compound(
        &mut self,
        line: Line,
        head: Head,
        inline: Option<Block>,
        indent: usize,
        depth: usize,
        out: &mut Block,
    ) {
        let at = line.start;
        let kind = match head {
            Head::If(condition) => {
                let mut arms = vec![(condition, self.body(line, "if", inline, indent, depth))];
                let mut otherwise = Block::new();
                while let Some((line, head, inline)) = self.clause(indent) {
                    match head {
                        Head::Elif(condition) => {
                            arms.push((condition, self.body(line, "elif", inline, indent, depth)));
                        }
                        _ => {
                            otherwise = self.body(line, "else", inline, indent, depth);
                            break;
                        }
                    }
                }
                StatementKind::If(arms, otherwise)
            }
            Head::While(condition) => {
                let (body, otherwise) = self.loop_body(line, "while", inline, indent, depth);
                StatementKind::While(condition, body, otherwise)
            }
            Head::For(target, source) => {
                let (body, otherwise) = self.loop_body(line, "for", inline, indent, depth);
                StatementKind::For(target, source, body, otherwise)
            }
            Head::Define(name, parameters) => {
                if self.in_function {
                    self.faults.push(Fault::new(
                        at,
                        "a function inside a function is not supported here: define it beside the other one",
                    ));
                }
                let (outer, loops) = (std::mem::replace(&mut self.in_function, true), std::mem::take(&mut self.loops));
                let body = self.body(line, "def", inline, indent, depth);
                (self.in_function, self.loops) = (outer, loops);
                StatementKind::Define(Function { name, parameters, body })
            }
            Head::Elif(_) | Head::Else => {
                let word = if matches!(head, Head::Else) { "else" } else { "elif" };
                self.faults.push(Fault::new(at, format!("SyntaxError: '{word}' without its 'if' or loop")));
                self.body(line, word, inline, indent, depth);
                return;
            }
        };
        out.push(Statement { at, kind });
    }

    fn loop_body(
        &mut self,
        line: Line,
        word: &str,
        inline: Option<Block>,
        indent: usize,
        depth: usize,
    ) -> (Block, Block) {
        self.loops += 1;
        let body = self.body(line, word, inline, indent, depth);
        self.loops -= 1;
        let otherwise = match self.clause(indent) {
            Some((line, Head::Else, inline)) => self.body(line, "else", inline, indent, depth),
            Some((line, ..)) => {
                self.faults.push(Fault::new(line.start, "SyntaxError: 'elif' without its 'if'"));
                Block::new()
            }
            None => Block::new(),
        };
        (body, otherwise)
    }

    /// `elif …:` or `else:`, if that is what comes next at this indentation.
    fn clause(&mut self, indent: usize) -> Option<(Line, Head, Option<Block>)> {
        let line = self.line().filter(|line| line.indent == indent)?;
        let word = self.reader(line).cursor.word();
        if !matches!(word, Some("elif" | "else")) {
            return None;
        }
        self.next += 1;
        match self.parse_line(line) {
            Ok(Parsed::Head(head, body)) => Some((line, *head, body)),
            Ok(Parsed::Statements(_)) => None,
            Err(fault) => {
                self.faults.push(fault);
                self.skip_deeper(indent);
                None
            }
        }
    }

    fn parse_line(&mut self, line: Line) -> Result<Parsed, Fault> {
        let mut reader = self.reader(line);
        let start = reader.cursor;
        let head = match reader.cursor.word() {
            Some("if") => Head::If(reader.expression()?),
            Some("elif") => Head::Elif(reader.expression()?),
            Some("else") => Head::Else,
            Some("while") => Head::While(reader.expression()?),
            Some("for") => {
                let target = self.target_list(&mut reader)?;
                if !reader.cursor.eat_word("in") {
                    return Err(reader.expected("'in'"));
                }
                Head::For(target, reader.expressions()?)
            }
            Some("def") => self.head_of_function(&mut reader)?,
            Some(word @ ("class" | "try" | "with" | "async" | "match"))
                if word != "match" || self.is_match(reader.cursor) =>
            {
                return Err(Fault::new(line.start, needs_python(word)));
            }
            Some("except" | "finally") => {
                return Err(Fault::new(line.start, needs_python("try")));
            }
            _ => {
                reader.cursor = start;
                return self.simple_statements(&mut reader).map(Parsed::Statements);
            }
        };
        if !reader.cursor.eat(":") {
            return Err(reader.expected("':'"));
        }
        if reader.cursor.at_end() {
            return Ok(Parsed::Head(Box::new(head), None));
        }
        let is_loop = matches!(head, Head::For(..) | Head::While(_));
        self.loops += usize::from(is_loop);
        let outer = self.in_function;
        self.in_function |= matches!(head, Head::Define(..));
        let body = self.simple_statements(&mut reader);
        self.in_function = outer;
        self.loops -= usize::from(is_loop);
        Ok(Parsed::Head(Box::new(head), Some(body?)))
    }

    /// Whether `match` begins a statement and is not a name.
    fn is_match(&self, mut cursor: crate::python::Cursor<'_>) -> bool {
        cursor.skip_space();
        cursor.rest().trim_end().ends_with(':') && !cursor.rest().starts_with(['=', '.', '(', '[', ':'])
    }

    fn head_of_function(&mut self, reader: &mut Reader<'t>) -> Result<Head, Fault> {
        let name = reader.name("def f(x):")?;
        reader.expect("(")?;
        let mut parameters: Vec<(String, Option<Ex>)> = Vec::new();
        while !reader.cursor.eat(")") {
            if reader.cursor.sees("*") {
                return Err(reader.fault("*args and **kwargs are not supported here: name the arguments"));
            }
            let name = reader.name("def f(x):")?;
            if parameters.iter().any(|(other, _)| *other == name) {
                let message = format!("SyntaxError: duplicate argument '{name}' in function definition");
                return Err(reader.fault(message));
            }
            if reader.cursor.eat(":") {
                reader.expression()?;
            }
            let default = if reader.cursor.eat("=") { Some(reader.expression()?) } else { None };
            parameters.push((name, default));
            if !reader.cursor.eat(",") {
                reader.expect(")")?;
                break;
            }
        }
        if reader.cursor.eat("->") {
            reader.expression()?;
        }
        Ok(Head::Define(name, parameters))
    }

    fn target_list(&mut self, reader: &mut Reader<'t>) -> Result<Target, Fault> {
        reader.cursor.skip_space();
        let at = reader.at();
        let first = self.target(reader)?;
        if !reader.cursor.sees(",") {
            return Ok(first);
        }
        let mut targets = vec![first];
        while reader.cursor.eat(",") {
            if reader.cursor.at_end() || reader.cursor.sees("=") || reader.cursor.rest().starts_with("in ") {
                break;
            }
            targets.push(self.target(reader)?);
        }
        Ok(Target { at, kind: TargetKind::Tuple(targets) })
    }

    fn target(&mut self, reader: &mut Reader<'t>) -> Result<Target, Fault> {
        let ex = reader.postfix()?;
        target_of(ex)
    }

    fn simple_statements(&mut self, reader: &mut Reader<'t>) -> Result<Block, Fault> {
        let mut block = Block::new();
        loop {
            reader.cursor.skip_space();
            let at = reader.at();
            if let Some(kind) = self.simple(reader)? {
                block.push(Statement { at, kind });
            }
            if reader.cursor.at_end() {
                return Ok(block);
            }
            if !reader.cursor.eat(";") {
                return Err(reader.leftover());
            }
            if reader.cursor.at_end() {
                return Ok(block);
            }
        }
    }

    fn simple(&mut self, reader: &mut Reader<'t>) -> Result<Option<StatementKind>, Fault> {
        let start = reader.cursor;
        let at = reader.at();
        let word = reader.cursor.word();
        let is_name = reader.cursor.sees("=") || reader.cursor.sees(".") || reader.cursor.sees("[");
        Ok(Some(match word {
            Some("pass") => StatementKind::Pass,
            Some(word @ ("break" | "continue")) => {
                if self.loops == 0 {
                    let place =
                        if word == "break" { "'break' outside loop" } else { "'continue' not properly in loop" };
                    return Err(Fault::new(at, format!("SyntaxError: {place}")));
                }
                if word == "break" { StatementKind::Break } else { StatementKind::Continue }
            }
            Some("return") => {
                if !self.in_function {
                    return Err(Fault::new(at, "SyntaxError: 'return' outside function"));
                }
                let nothing = reader.cursor.at_end() || reader.cursor.sees(";");
                StatementKind::Return(if nothing { None } else { Some(reader.expressions()?) })
            }
            Some("del") => {
                let target = self.target_list(reader)?;
                StatementKind::Delete(match target.kind {
                    TargetKind::Tuple(targets) => targets,
                    _ => vec![target],
                })
            }
            Some("assert") => {
                let condition = reader.expression()?;
                let message = if reader.cursor.eat(",") { Some(reader.expression()?) } else { None };
                StatementKind::Assert(condition, message)
            }
            Some("global" | "nonlocal") => {
                let mut names = vec![reader.name("global n")?];
                while reader.cursor.eat(",") {
                    names.push(reader.name("global n")?);
                }
                StatementKind::Global(names)
            }
            Some("import") => StatementKind::Import(self.import(reader)?),
            Some("from") => StatementKind::Import(self.import_from(reader)?),
            Some("print") if self.print_statement && !is_name => return self.print(reader).map(Some),
            Some(word @ ("raise" | "yield" | "await" | "exec")) if !is_name && !reader.cursor.sees("(") => {
                return Err(Fault::new(at, needs_python(word)));
            }
            Some(word @ ("if" | "for" | "while" | "def" | "class" | "try" | "with")) => {
                let message = format!("SyntaxError: '{word}' starts a line of its own; its body may be indented below");
                return Err(Fault::new(at, message));
            }
            Some(word) if reader.cursor.sees("(") && GENERATORS.iter().any(|one| one.name == word) => {
                let number = GENERATORS.iter().position(|one| one.name == word).unwrap_or_default();
                self.generate(reader, number)?
            }
            _ => {
                reader.cursor = start;
                return self.assignment(reader).map(Some);
            }
        }))
    }

    fn assignment(&mut self, reader: &mut Reader<'t>) -> Result<StatementKind, Fault> {
        let first = reader.expressions()?;
        for (symbol, op) in ASSIGNING {
            if reader.cursor.eat(symbol) {
                let target = target_of(first)?;
                if let TargetKind::Tuple(_) = target.kind {
                    let message = "SyntaxError: 'tuple' is an illegal expression for augmented assignment";
                    return Err(Fault::new(target.at, message));
                }
                return Ok(StatementKind::Augmented(target, op, reader.expressions()?));
            }
        }
        // An annotation says nothing to the program.
        if let Kind::Name(_) = first.kind
            && reader.cursor.eat(":")
        {
            reader.expression()?;
            if !reader.cursor.sees("=") {
                return Ok(StatementKind::Pass);
            }
        }
        let mut targets = Vec::new();
        let mut value = first;
        while reader.cursor.sees("=") && !reader.cursor.sees("==") {
            reader.cursor.eat("=");
            targets.push(target_of(value)?);
            if reader.cursor.at_end() {
                return Err(reader.expected("a value"));
            }
            value = reader.expressions()?;
        }
        Ok(if targets.is_empty() { StatementKind::Expression(value) } else { StatementKind::Assign(targets, value) })
    }

    /// 2.7's `print a, b,`, after the word.
    fn print(&mut self, reader: &mut Reader<'t>) -> Result<StatementKind, Fault> {
        if reader.cursor.sees(">>") {
            return Err(reader.fault("print >>file is not supported here: there are no files; write print x"));
        }
        let (mut items, mut comma) = (Vec::new(), false);
        while !reader.cursor.at_end() && !reader.cursor.sees(";") {
            items.push(reader.expression()?);
            comma = reader.cursor.eat(",");
            if !comma {
                break;
            }
        }
        Ok(StatementKind::Print(items, comma))
    }

    fn import(&mut self, reader: &mut Reader<'t>) -> Result<Vec<(String, String, Option<String>)>, Fault> {
        let mut names = Vec::new();
        loop {
            let module = reader.dotted()?;
            let bound = if reader.cursor.eat_word("as") {
                reader.name("import a as b")?
            } else {
                module.split('.').next().unwrap_or_default().to_owned()
            };
            names.push((bound, module, None));
            if !reader.cursor.eat(",") {
                return Ok(names);
            }
        }
    }

    fn import_from(&mut self, reader: &mut Reader<'t>) -> Result<Vec<(String, String, Option<String>)>, Fault> {
        let module = reader.dotted()?;
        if !reader.cursor.eat_word("import") {
            return Err(reader.expected("'import'"));
        }
        if reader.cursor.eat("*") {
            return Err(reader.fault(format!("import * hides what is used: write from {module} import the names")));
        }
        let bracket = reader.cursor.eat("(");
        let mut names = Vec::new();
        loop {
            let name = reader.name("from a import b")?;
            let bound = if reader.cursor.eat_word("as") { reader.name("import a as b")? } else { name.clone() };
            names.push((bound, module.clone(), Some(name)));
            if !reader.cursor.eat(",") || reader.cursor.sees(")") {
                break;
            }
        }
        if bracket {
            reader.expect(")")?;
        }
        Ok(names)
    }

    /// A generator of operations, after its name.
    fn generate(&mut self, reader: &mut Reader<'t>, number: usize) -> Result<StatementKind, Fault> {
        let generator = &GENERATORS[number];
        let form = generator.form();
        reader.expect("(")?;
        if reader.cursor.sees(")") {
            return Err(reader.fault(format!("the first argument is the dict: write {form}")));
        }
        let dict = reader.expression()?;
        let mut args: Vec<Option<Ex>> = generator.parameters.iter().map(|_| None).collect();
        let mut positional = 0;
        while !reader.cursor.eat(")") {
            reader.expect(",")?;
            if reader.cursor.eat(")") {
                break;
            }
            reader.cursor.skip_space();
            let (start, at) = (reader.cursor, reader.at());
            let named = reader.cursor.word().filter(|_| reader.cursor.sees("=") && !reader.cursor.sees("=="));
            let slot = match named {
                Some(name) => {
                    reader.cursor.eat("=");
                    let slot = generator.parameters.iter().position(|parameter| parameter.name == name);
                    slot.ok_or_else(|| {
                        Fault::new(at, format!("TypeError: there is no argument '{name}': write {form}"))
                    })?
                }
                None => {
                    reader.cursor = start;
                    positional += 1;
                    positional - 1
                }
            };
            let Some(arg) = args.get_mut(slot) else {
                return Err(Fault::new(at, format!("TypeError: too many arguments: write {form}")));
            };
            if arg.is_some() {
                let name = generator.parameters[slot].name;
                return Err(Fault::new(at, format!("TypeError: got multiple values for argument '{name}'")));
            }
            *arg = Some(reader.expression()?);
        }
        let required = |preset| matches!(preset, crate::program::workload::Preset::Required);
        let missing = generator.parameters.iter().zip(&args).find(|(one, arg)| arg.is_none() && required(one.preset));
        if let Some((parameter, _)) = missing {
            return Err(reader.fault(format!("TypeError: missing argument '{}': write {form}", parameter.name)));
        }
        Ok(StatementKind::Generate(number, dict, args))
    }
}

fn needs_python(word: &str) -> String {
    match word {
        "class" => "classes need Python itself: write the dict and its operations as plain lines or in functions",
        "try" => "exceptions need Python itself: ask before, as in if k in d:, or use d.get(k) and d.pop(k, None)",
        "with" => "'with' needs Python itself: there are no files and locks here, leave it out",
        "async" | "await" => "coroutines need Python itself: write plain loops",
        "match" => "'match' needs Python itself: write if and elif",
        "raise" => "'raise' needs Python itself: leave it out, or print what is wrong",
        "yield" => "generators need Python itself: append to a list and return it",
        _ => "'exec' needs Python itself: write the lines as they are",
    }
    .to_owned()
}

/// The expression as something that is assigned to.
fn target_of(ex: Ex) -> Result<Target, Fault> {
    let at = ex.at;
    let kind = match ex.kind {
        Kind::Name(name) => TargetKind::Name(name),
        Kind::Tuple(items) | Kind::List(items) => {
            TargetKind::Tuple(items.into_iter().map(target_of).collect::<Result<_, _>>()?)
        }
        Kind::Index(pair) => TargetKind::Index(pair.0, pair.1),
        Kind::Attribute(_, name) => {
            return Err(Fault::new(at, format!("attributes need Python itself: use a variable for {name}")));
        }
        Kind::Slice(..) => return Err(Fault::new(at, "slices are not assigned here: assign item by item")),
        Kind::Call(..) => return Err(Fault::new(at, "SyntaxError: cannot assign to function call")),
        _ => return Err(Fault::new(at, "SyntaxError: cannot assign to this: write a name, or d[k]")),
    };
    Ok(Target { at, kind })
}
