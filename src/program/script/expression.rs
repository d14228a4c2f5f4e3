//! Text to tree: expressions.

use super::syntax::{Arguments, Comparison, Comprehension, Ex, Kind, Loop, Made, Piece, Target, TargetKind};
use crate::program::lines::Fault;
use crate::program::{MAX_ITEMS, parse};
use crate::python::number::{BinaryOp, UnaryOp};
use crate::python::{Cursor, Expr, ParseError, Value, Version, literal};

/// How deep brackets may nest.
const MAX_DEPTH: usize = crate::python::expr::MAX_DEPTH;
/// How many operators, calls and comparisons an expression may have.
const MAX_OPERATORS: usize = crate::python::expr::MAX_OPERATORS;

/// A place in a line, and what is read from there on.
pub(super) struct Reader<'t> {
    pub(super) cursor: Cursor<'t>,
    line: &'t str,
    /// Where the line begins in the text.
    base: usize,
    version: Version,
    depth: usize,
    operators: usize,
}

/// Binary operators by how tightly they bind, loosest first; within a row longer symbols first. `**` is apart.
const LEVELS: [&[(&str, BinaryOp)]; 6] = [
    &[("|", BinaryOp::Or)],
    &[("^", BinaryOp::Xor)],
    &[("&", BinaryOp::And)],
    &[("<<", BinaryOp::Shl), (">>", BinaryOp::Shr)],
    &[("+", BinaryOp::Add), ("-", BinaryOp::Sub)],
    &[("//", BinaryOp::FloorDiv), ("/", BinaryOp::Div), ("%", BinaryOp::Mod), ("*", BinaryOp::Mul)],
];

/// Words that are no names.
const KEYWORDS: [&str; 31] = [
    "and", "as", "assert", "break", "class", "continue", "def", "del", "elif", "else", "except", "finally", "for",
    "from", "global", "if", "import", "in", "is", "lambda", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield", "await", "async",
];

/// Constructors that `python` reads by itself, with arguments made of literals and names.
const CONSTRUCTORS: [&str; 1] = ["UUID"];

impl<'t> Reader<'t> {
    /// The start of `line`, which begins at `base` of the text.
    pub(super) fn new(line: &'t str, base: usize, version: Version) -> Reader<'t> {
        Reader { cursor: Cursor::new(line, version), line, base, version, depth: 0, operators: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.base + self.cursor.pos()
    }

    pub(super) fn fault(&self, message: impl Into<String>) -> Fault {
        Fault::new(self.at(), message)
    }

    /// An error that `python` found, at its place in the text.
    fn of(&self, error: ParseError) -> Fault {
        let at = self.line.char_indices().nth(error.column - 1).map_or(self.line.len(), |(at, _)| at);
        Fault::new(self.base + at, error.message)
    }

    pub(super) fn expected(&mut self, what: &str) -> Fault {
        self.cursor.skip_space();
        self.fault(format!("SyntaxError: expected {what} here, found {}", self.cursor.found()))
    }

    pub(super) fn expect(&mut self, token: &str) -> Result<(), Fault> {
        if self.cursor.eat(token) { Ok(()) } else { Err(self.expected(&format!("'{token}'"))) }
    }

    /// Something follows a statement that was complete.
    pub(super) fn leftover(&mut self) -> Fault {
        self.cursor.skip_space();
        let found = self.cursor.found();
        self.fault(format!("SyntaxError: expected the end of the line here, found {found}"))
    }

    /// A name; `form` is what to write.
    pub(super) fn name(&mut self, form: &str) -> Result<String, Fault> {
        self.cursor.skip_space();
        let start = self.cursor;
        match self.cursor.word() {
            Some(word) if !KEYWORDS.contains(&word) => Ok(word.to_owned()),
            _ => {
                self.cursor = start;
                Err(self.fault(format!("SyntaxError: expected a name here: {form}")))
            }
        }
    }

    pub(super) fn dotted(&mut self) -> Result<String, Fault> {
        let mut name = self.name("import sys")?;
        while self.cursor.eat(".") {
            name = format!("{name}.{}", self.name("import sys")?);
        }
        Ok(name)
    }

    fn count(&mut self) -> Result<(), Fault> {
        self.operators += 1;
        if self.operators > MAX_OPERATORS {
            return Err(self.fault(format!("too long: an expression may have {MAX_OPERATORS} operators")));
        }
        Ok(())
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth == MAX_DEPTH {
            return Err(self.fault(format!("too deep: brackets may nest {MAX_DEPTH} deep")));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Expressions with commas between them are a tuple.
    pub(super) fn expressions(&mut self) -> Result<Ex, Fault> {
        self.cursor.skip_space();
        let at = self.at();
        let first = self.expression()?;
        if !self.cursor.sees(",") {
            return Ok(first);
        }
        let mut items = vec![first];
        while self.cursor.eat(",") {
            let ends = self.cursor.at_end() || [";", "=", ":", ")", "]"].iter().any(|end| self.cursor.sees(end));
            if ends {
                break;
            }
            items.push(self.expression()?);
        }
        Ok(Ex { at, kind: Kind::Tuple(items) })
    }

    pub(super) fn expression(&mut self) -> Result<Ex, Fault> {
        self.cursor.skip_space();
        let at = self.at();
        if self.cursor.eat_word("lambda") {
            return self.nested(|reader| reader.lambda(at));
        }
        let value = self.or()?;
        let mut ahead = self.cursor;
        if !ahead.eat_word("if") {
            return Ok(value);
        }
        // `… for x in y if z`: a comprehension's condition has no else, and is left to it.
        self.count()?;
        let before = std::mem::replace(&mut self.cursor, ahead);
        let condition = self.or()?;
        if !self.cursor.eat_word("else") {
            self.cursor = before;
            return Ok(value);
        }
        let otherwise = self.nested(Self::expression)?;
        Ok(Ex { at, kind: Kind::IfElse(Box::new((condition, value, otherwise))) })
    }

    fn lambda(&mut self, at: usize) -> Result<Ex, Fault> {
        let mut names = Vec::new();
        while !self.cursor.eat(":") {
            names.push(self.name("lambda x: x")?);
            if self.cursor.sees("=") {
                return Err(self.fault("a lambda's arguments have no defaults here"));
            }
            if !self.cursor.eat(",") {
                self.expect(":")?;
                break;
            }
        }
        let body = self.expression()?;
        Ok(Ex { at, kind: Kind::Lambda(names, Box::new(body)) })
    }

    fn or(&mut self) -> Result<Ex, Fault> {
        let mut left = self.and()?;
        while self.cursor.eat_word("or") {
            self.count()?;
            let right = self.and()?;
            left = Ex { at: left.at, kind: Kind::Or(Box::new((left, right))) };
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Ex, Fault> {
        let mut left = self.not()?;
        while self.cursor.eat_word("and") {
            self.count()?;
            let right = self.not()?;
            left = Ex { at: left.at, kind: Kind::And(Box::new((left, right))) };
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Ex, Fault> {
        self.cursor.skip_space();
        let at = self.at();
        if self.cursor.eat_word("not") {
            self.count()?;
            let inner = self.nested(Self::not)?;
            return Ok(Ex { at, kind: Kind::Not(Box::new(inner)) });
        }
        self.comparison()
    }

    fn comparison_operator(&mut self) -> Result<Option<Comparison>, Fault> {
        const SYMBOLS: [(&str, Comparison); 6] = [
            ("==", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessEqual),
            (">=", Comparison::GreaterEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        self.cursor.skip_space();
        if self.cursor.rest().starts_with("<>") && self.version.is_py2() {
            self.cursor.eat("<>");
            return Ok(Some(Comparison::NotEqual));
        }
        for (symbol, comparison) in SYMBOLS {
            let rest = self.cursor.rest();
            if rest.starts_with(symbol) && !rest.starts_with("<<") && !rest.starts_with(">>") {
                self.cursor.eat(symbol);
                return Ok(Some(comparison));
            }
        }
        let start = self.cursor;
        let found = match self.cursor.word() {
            Some("in") => Some(Comparison::In),
            Some("not") if self.cursor.eat_word("in") => Some(Comparison::NotIn),
            Some("is") => Some(if self.cursor.eat_word("not") { Comparison::IsNot } else { Comparison::Is }),
            _ => None,
        };
        if found.is_none() {
            self.cursor = start;
        }
        Ok(found)
    }

    fn comparison(&mut self) -> Result<Ex, Fault> {
        let first = self.binary(0)?;
        let mut rest = Vec::new();
        while let Some(comparison) = self.comparison_operator()? {
            self.count()?;
            rest.push((comparison, self.binary(0)?));
        }
        Ok(if rest.is_empty() { first } else { Ex { at: first.at, kind: Kind::Compare(Box::new(first), rest) } })
    }

    fn binary(&mut self, level: usize) -> Result<Ex, Fault> {
        let Some(row) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        loop {
            self.cursor.skip_space();
            let rest = self.cursor.rest();
            let found = row.iter().find(|(symbol, _)| {
                // Not the beginning of a longer one, nor of an assignment.
                rest.strip_prefix(symbol)
                    .is_some_and(|after| !after.starts_with('=') && (*symbol != "*" || !after.starts_with('*')))
            });
            let Some((symbol, op)) = found else { return Ok(left) };
            if rest.starts_with("**=") || rest.starts_with("//=") {
                return Ok(left);
            }
            self.count()?;
            self.cursor.eat(symbol);
            let right = self.binary(level + 1)?;
            left = Ex { at: left.at, kind: Kind::Binary(*op, Box::new((left, right))) };
        }
    }

    fn unary(&mut self) -> Result<Ex, Fault> {
        self.cursor.skip_space();
        let at = self.at();
        let op = match self.cursor.peek() {
            Some('-') => UnaryOp::Neg,
            Some('+') => UnaryOp::Pos,
            Some('~') => UnaryOp::Invert,
            _ => return self.power(),
        };
        self.count()?;
        self.cursor.bump();
        self.cursor.skip_space();
        let bare = self.cursor.peek().is_some_and(|c| c.is_ascii_digit());
        let operand = self.nested(Self::unary)?;
        if let Kind::Const(value) = &operand.kind {
            // 2.7 makes an int of -9223372036854775808, though 9223372036854775808 is a long (`ast_for_factor`).
            if let Value::Big(n) = value
                && bare
                && op == UnaryOp::Neg
                && **n == num_bigint::BigInt::from(1u64 << 63)
            {
                return Ok(Ex { at, kind: Kind::Const(Value::Int(i64::MIN)) });
            }
            if let Ok(value) = crate::python::number::unary(op, value, self.version) {
                return Ok(Ex { at, kind: Kind::Const(value) });
            }
        }
        Ok(Ex { at, kind: Kind::Unary(op, Box::new(operand)) })
    }

    fn power(&mut self) -> Result<Ex, Fault> {
        let base = self.postfix()?;
        self.cursor.skip_space();
        let rest = self.cursor.rest();
        if !rest.starts_with("**") || rest.starts_with("**=") {
            return Ok(base);
        }
        self.count()?;
        self.cursor.eat("**");
        let exponent = self.nested(Self::unary)?;
        Ok(Ex { at: base.at, kind: Kind::Binary(BinaryOp::Pow, Box::new((base, exponent))) })
    }

    /// An atom with its subscripts, attributes and calls.
    pub(super) fn postfix(&mut self) -> Result<Ex, Fault> {
        let mut ex = self.atom()?;
        loop {
            self.cursor.skip_space();
            let at = ex.at;
            let kind = match self.cursor.peek() {
                Some('[') => {
                    self.count()?;
                    self.nested(|reader| reader.subscript(ex))?
                }
                Some('.') => {
                    self.count()?;
                    self.cursor.bump();
                    self.cursor.skip_space();
                    // What is wrong with it is its name.
                    let at = self.at();
                    let name = self.name("d.get(k)")?;
                    ex = Ex { at, kind: Kind::Attribute(Box::new(ex), name) };
                    continue;
                }
                Some('(') => {
                    self.count()?;
                    let arguments = self.nested(Self::arguments)?;
                    Kind::Call(Box::new(ex), arguments)
                }
                _ => return Ok(ex),
            };
            ex = Ex { at, kind };
        }
    }

    fn subscript(&mut self, of: Ex) -> Result<Kind, Fault> {
        self.expect("[")?;
        if self.cursor.sees("]") {
            return Err(self.fault("SyntaxError: a key is missing here: d[1]"));
        }
        let mut parts: [Option<Ex>; 3] = [None, None, None];
        let mut nth = 0;
        loop {
            if !self.cursor.sees(":") && !self.cursor.sees("]") {
                parts[nth] = Some(self.expressions()?);
            }
            if !self.cursor.eat(":") {
                break;
            }
            nth += 1;
            if nth == 3 {
                return Err(self.expected("']'"));
            }
        }
        self.expect("]")?;
        if nth == 0 {
            let [Some(key), ..] = parts else { unreachable!("a subscript that is no slice has a key") };
            return Ok(Kind::Index(Box::new((of, key))));
        }
        Ok(Kind::Slice(Box::new(of), Box::new(parts)))
    }

    fn arguments(&mut self) -> Result<Arguments, Fault> {
        self.expect("(")?;
        let mut arguments = Arguments::default();
        while !self.cursor.eat(")") {
            if self.cursor.eat("**") {
                arguments.mapping = Some(Box::new(self.expression()?));
                self.cursor.eat(",");
                self.expect(")")?;
                break;
            }
            if self.cursor.sees("*") {
                return Err(self.fault("*arguments are not supported here: write them one by one"));
            }
            self.cursor.skip_space();
            let start = self.cursor;
            let named = self.cursor.word().filter(|word| !KEYWORDS.contains(word));
            match named {
                Some(name) if self.cursor.sees("=") && !self.cursor.sees("==") => {
                    if arguments.named.iter().any(|(other, _)| other == name) {
                        return Err(self.fault(format!("SyntaxError: keyword argument repeated: {name}")));
                    }
                    self.cursor.eat("=");
                    arguments.named.push((name.to_owned(), self.expression()?));
                }
                _ => {
                    self.cursor = start;
                    let item = self.expression()?;
                    let item = self.maybe_comprehension(Made::Items, item, None)?;
                    if !arguments.named.is_empty() {
                        return Err(Fault::new(item.at, "SyntaxError: positional argument follows keyword argument"));
                    }
                    arguments.plain.push(item);
                }
            }
            if !self.cursor.eat(",") {
                self.expect(")")?;
                break;
            }
        }
        Ok(arguments)
    }

    fn atom(&mut self) -> Result<Ex, Fault> {
        self.cursor.skip_space();
        let at = self.at();
        let start = self.cursor;
        if let Some(number) = literal::number(&mut self.cursor) {
            let value = number.map_err(|error| self.of(error))?;
            return Ok(Ex { at, kind: Kind::Const(value) });
        }
        if let Some(kind) = self.string()? {
            return Ok(Ex { at, kind });
        }
        let kind = match self.cursor.peek() {
            Some('(') => return self.nested(|reader| reader.parenthesised(at)),
            Some('[') => self.nested(Self::list)?,
            Some('{') => return self.nested(|reader| reader.braces(at)),
            Some('`') if self.version.is_py2() => {
                self.cursor.bump();
                let value = self.nested(Self::expressions)?;
                self.expect("`")?;
                let repr = Ex { at, kind: Kind::Name("repr".to_owned()) };
                Kind::Call(Box::new(repr), Arguments { plain: vec![value], ..Arguments::default() })
            }
            _ => match self.cursor.word() {
                Some("None") => Kind::Const(Value::None),
                Some("True") => Kind::Const(Value::Bool(true)),
                Some("False") => Kind::Const(Value::Bool(false)),
                Some(word) if KEYWORDS.contains(&word) => {
                    self.cursor = start;
                    return Err(self.fault(format!("SyntaxError: expected a value here, found '{word}'")));
                }
                Some(word) if CONSTRUCTORS.contains(&word) && self.cursor.sees("(") => {
                    self.cursor = start;
                    return self.constructor();
                }
                Some("uuid") if self.cursor.rest().starts_with(".UUID(") => {
                    self.cursor.eat(".");
                    return self.constructor();
                }
                Some(word) => Kind::Name(word.to_owned()),
                None => return Err(self.expected("a value")),
            },
        };
        Ok(Ex { at, kind })
    }

    /// A call that `python` reads and works out by itself.
    fn constructor(&mut self) -> Result<Ex, Fault> {
        let at = self.at();
        // Every word inside is taken for a name that has a value; the compiler looks it up.
        let line = self.line;
        let inside = &line[self.cursor.pos()..];
        let mut names: Vec<&str> = Vec::new();
        let mut quoted = None;
        let mut word_start = None;
        for (at, c) in inside.char_indices().chain([(inside.len(), ' ')]) {
            let is_word = c == '_' || c.is_ascii_alphanumeric();
            if quoted == Some(c) {
                quoted = None;
            } else if quoted.is_none() && matches!(c, '\'' | '"') {
                (quoted, word_start) = (Some(c), None);
            } else if quoted.is_none() && is_word {
                word_start = word_start.or(Some(at));
            } else if let Some(start) = word_start.take() {
                let word = &inside[start..at];
                let is_name = word.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic());
                let called = inside[at..].trim_start().starts_with(['(', '.', '=']);
                if is_name && !called && !matches!(word, "None" | "True" | "False") && !names.contains(&word) {
                    names.push(word);
                }
            }
        }
        let mut cursor = self.cursor;
        let expr = Expr::parse_call(&mut cursor, &names).map_err(|error| self.of(error))?;
        self.cursor = cursor;
        Ok(Ex { at, kind: Kind::Pure(expr, names.into_iter().map(str::to_owned).collect()) })
    }

    fn parenthesised(&mut self, at: usize) -> Result<Ex, Fault> {
        self.expect("(")?;
        if self.cursor.eat(")") {
            return Ok(Ex { at, kind: Kind::Tuple(Vec::new()) });
        }
        let first = self.expression()?;
        let first = self.maybe_comprehension(Made::Items, first, None)?;
        if self.cursor.eat(")") {
            return Ok(first);
        }
        let items = self.items(first, ")")?;
        Ok(Ex { at, kind: Kind::Tuple(items) })
    }

    /// `first` and what follows it, separated by commas, and the closing bracket.
    fn items(&mut self, first: Ex, close: &str) -> Result<Vec<Ex>, Fault> {
        let mut items = vec![first];
        while self.cursor.eat(",") {
            if self.cursor.sees(close) {
                break;
            }
            if items.len() == MAX_ITEMS {
                return Err(self.fault(parse::too_many_items()));
            }
            if self.cursor.sees("*") {
                return Err(self.fault("* in a list is not supported here: use + to join lists"));
            }
            items.push(self.expression()?);
        }
        self.expect(close)?;
        Ok(items)
    }

    fn list(&mut self) -> Result<Kind, Fault> {
        self.expect("[")?;
        if self.cursor.eat("]") {
            return Ok(Kind::List(Vec::new()));
        }
        let first = self.expression()?;
        let first_at = first.at;
        let item = self.maybe_comprehension(Made::List, first, None)?;
        if let Kind::Comprehension(made) = &item.kind
            && made.made == Made::List
            && made.item.at == first_at
        {
            self.expect("]")?;
            return Ok(item.kind);
        }
        self.items(item, "]").map(Kind::List)
    }

    fn braces(&mut self, at: usize) -> Result<Ex, Fault> {
        self.expect("{")?;
        if self.cursor.eat("}") {
            return Ok(Ex { at, kind: Kind::Dict(Vec::new()) });
        }
        if !self.cursor.sees("**") {
            let first = self.expression()?;
            if !self.cursor.sees(":") {
                let (first_at, item) = (first.at, self.maybe_comprehension(Made::Set, first, None)?);
                if let Kind::Comprehension(made) = &item.kind
                    && made.made == Made::Set
                    && made.item.at == first_at
                {
                    self.expect("}")?;
                    return Ok(Ex { at, kind: item.kind });
                }
                return Ok(Ex { at, kind: Kind::Set(self.items(item, "}")?) });
            }
            self.expect(":")?;
            let value = self.expression()?;
            if self.cursor.sees("for") && self.is_word("for") {
                let made = self.maybe_comprehension(Made::Dict, first, Some(value))?;
                self.expect("}")?;
                return Ok(Ex { at, kind: made.kind });
            }
            return self.pairs(at, vec![(Some(first), value)]);
        }
        self.pairs(at, Vec::new())
    }

    fn is_word(&self, word: &str) -> bool {
        let mut ahead = self.cursor;
        ahead.eat_word(word)
    }

    /// The pairs of a display, after the first ones.
    fn pairs(&mut self, at: usize, mut pairs: Vec<(Option<Ex>, Ex)>) -> Result<Ex, Fault> {
        let mut comma = pairs.is_empty() || self.cursor.eat(",");
        while !self.cursor.eat("}") {
            if !comma {
                return Err(self.expected("'}'"));
            }
            if pairs.len() == MAX_ITEMS {
                return Err(self.fault(parse::too_many_items()));
            }
            if self.cursor.sees("**") {
                if self.version.is_py2() {
                    return Err(self.fault("SyntaxError: {**d} came with Python 3.5; write dict(d)"));
                }
                self.cursor.eat("**");
                pairs.push((None, self.binary(0)?));
            } else {
                let key = self.expression()?;
                self.expect(":")?;
                pairs.push((Some(key), self.expression()?));
            }
            comma = self.cursor.eat(",");
        }
        Ok(Ex { at, kind: Kind::Dict(pairs) })
    }

    /// `item` itself, or the comprehension that it begins.
    fn maybe_comprehension(&mut self, made: Made, item: Ex, value: Option<Ex>) -> Result<Ex, Fault> {
        if !self.is_word("for") {
            return Ok(item);
        }
        let at = item.at;
        let mut loops = Vec::new();
        while self.cursor.eat_word("for") {
            self.count()?;
            let target = self.loop_target()?;
            if !self.cursor.eat_word("in") {
                return Err(self.expected("'in'"));
            }
            let source = self.or()?;
            let mut conditions = Vec::new();
            while self.cursor.eat_word("if") {
                self.count()?;
                conditions.push(self.or()?);
            }
            loops.push(Loop { target, source, conditions });
        }
        Ok(Ex { at, kind: Kind::Comprehension(Box::new(Comprehension { made, item, value, loops })) })
    }

    fn loop_target(&mut self) -> Result<Target, Fault> {
        self.cursor.skip_space();
        let at = self.at();
        let mut targets = Vec::new();
        let mut comma = false;
        while !self.is_word("in") {
            self.cursor.skip_space();
            let at = self.at();
            if self.cursor.eat("(") {
                let inner = self.nested(Self::loop_target)?;
                self.expect(")")?;
                targets.push(inner);
            } else {
                let kind = TargetKind::Name(self.name("for k, v in d.items()")?);
                targets.push(Target { at, kind });
            }
            comma = self.cursor.eat(",");
            if !comma {
                break;
            }
        }
        match (targets.len(), comma) {
            (1, false) => Ok(targets.remove(0)),
            (0, _) => Err(self.expected("a name")),
            _ => Ok(Target { at, kind: TargetKind::Tuple(targets) }),
        }
    }

    /// String literals, one after the other, with what is formatted in them.
    fn string(&mut self) -> Result<Option<Kind>, Fault> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut formatted = false;
        loop {
            self.cursor.skip_space();
            let mut ahead = self.cursor;
            let prefix = ahead.take_while(|c| c.is_ascii_alphabetic()).to_ascii_lowercase();
            let quote = ahead.peek().filter(|c| matches!(c, '\'' | '"'));
            let is_formatted = quote.is_some() && matches!(&*prefix, "f" | "fr" | "rf") && !self.version.is_py2();
            if is_formatted {
                formatted = true;
                self.formatted(prefix.contains('r'), ahead, &mut pieces)?;
                continue;
            }
            match literal::one_string(&mut self.cursor) {
                Some(value) => match value.map_err(|error| self.of(error))? {
                    Value::Str(text) if formatted || self.formatted_follows() => {
                        formatted = true;
                        pieces.push(Piece::Text(text.into_vec()));
                    }
                    value if formatted => {
                        let _ = value;
                        return Err(self.fault("SyntaxError: cannot mix bytes and nonbytes literals"));
                    }
                    value => {
                        // Others of its kind may follow.
                        let mut value = value;
                        loop {
                            self.cursor.skip_space();
                            if self.formatted_follows() {
                                break;
                            }
                            match literal::one_string(&mut self.cursor) {
                                None => return Ok(Some(Kind::Const(value))),
                                Some(next) => {
                                    let next = next.map_err(|error| self.of(error))?;
                                    value = literal::join(value, next, self.version)
                                        .map_err(|message| self.fault(message))?;
                                }
                            }
                        }
                        let Value::Str(text) = value else {
                            return Err(self.fault("SyntaxError: cannot mix bytes and nonbytes literals"));
                        };
                        formatted = true;
                        pieces.push(Piece::Text(text.into_vec()));
                    }
                },
                None => return Ok(formatted.then_some(Kind::Formatted(pieces))),
            }
        }
    }

    fn formatted_follows(&mut self) -> bool {
        self.cursor.skip_space();
        let mut ahead = self.cursor;
        let prefix = ahead.take_while(|c| c.is_ascii_alphabetic()).to_ascii_lowercase();
        matches!(ahead.peek(), Some('\'' | '"')) && matches!(&*prefix, "f" | "fr" | "rf") && !self.version.is_py2()
    }

    /// One formatted literal, whose quote is at `at_quote`.
    fn formatted(&mut self, raw: bool, at_quote: Cursor<'t>, pieces: &mut Vec<Piece>) -> Result<(), Fault> {
        let rest = at_quote.rest();
        let quote = &rest[..1];
        let triple = quote.repeat(3);
        let closing = if rest.starts_with(&triple) { triple } else { quote.to_owned() };
        let open = at_quote.pos() + closing.len();
        let body = &self.line[open..];
        let mut end = None;
        let mut skip = false;
        for (at, c) in body.char_indices() {
            if skip {
                skip = false;
            } else if body[at..].starts_with(&*closing) {
                end = Some(at);
                break;
            } else if c == '\\' {
                skip = true;
            }
        }
        let Some(end) = end else {
            return Err(self.fault("SyntaxError: unterminated f-string literal"));
        };
        self.nested(|reader| reader.pieces(open, open + end, raw, quote, false, pieces).map(|_| ()))?;
        let mut cursor = Cursor::new(self.line, self.version);
        cursor.take_bytes(open + end + closing.len());
        self.cursor = cursor;
        Ok(())
    }

    /// The pieces between two bytes of the line; a format ends at `}`. Gives where it ended.
    fn pieces(
        &mut self,
        from: usize,
        to: usize,
        raw: bool,
        quote: &str,
        is_format: bool,
        pieces: &mut Vec<Piece>,
    ) -> Result<usize, Fault> {
        let line = self.line;
        let mut at = from;
        let mut text_from = from;
        let here = |reader: &Self, at: usize, message: &str| Fault::new(reader.base + at, message);
        let push = |reader: &mut Self, from: usize, to: usize, pieces: &mut Vec<Piece>| -> Result<(), Fault> {
            if from == to {
                return Ok(());
            }
            let prefix = if raw { "r" } else { "" };
            // In triple quotes, since the piece may hold the other kind and line ends.
            let literal = format!("{prefix}{0}{0}{0}{1}{0}{0}{0}", quote, &line[from..to]);
            let mut cursor = Cursor::new(&literal, reader.version);
            match literal::one_string(&mut cursor) {
                Some(Ok(Value::Str(text))) => {
                    pieces.push(Piece::Text(text.into_vec()));
                    Ok(())
                }
                Some(Err(error)) => Err(Fault::new(reader.base + from, error.message)),
                _ => Err(Fault::new(reader.base + from, "SyntaxError: this part of an f-string is not understood")),
            }
        };
        while at < to {
            let rest = &line[at..to];
            if !is_format && (rest.starts_with("{{") || rest.starts_with("}}")) {
                push(self, text_from, at + 1, pieces)?;
                at += 2;
                text_from = at;
            } else if rest.starts_with('{') {
                push(self, text_from, at, pieces)?;
                at = self.field(at + 1, to, raw, quote, pieces)?;
                text_from = at;
            } else if rest.starts_with('}') {
                if is_format {
                    break;
                }
                return Err(here(self, at, "SyntaxError: f-string: single '}' is not allowed"));
            } else {
                at += rest.chars().next().map_or(1, char::len_utf8);
            }
        }
        push(self, text_from, at, pieces)?;
        Ok(at)
    }

    /// A value in braces, after the brace; gives where it ended.
    fn field(
        &mut self,
        from: usize,
        to: usize,
        raw: bool,
        quote: &str,
        pieces: &mut Vec<Piece>,
    ) -> Result<usize, Fault> {
        let line = self.line;
        let mut inner = Reader {
            cursor: Cursor::new(&line[..to], self.version),
            line: &line[..to],
            base: self.base,
            version: self.version,
            depth: self.depth,
            operators: self.operators,
        };
        inner.cursor.take_bytes(from);
        let value = self.nested_in(&mut inner, Reader::expressions)?;
        inner.cursor.skip_space();
        let shown = &line[from..inner.cursor.pos()];
        let mut conversion = None;
        if inner.cursor.sees("=") {
            if self.version < Version::V3_8 {
                return Err(inner.fault("SyntaxError: f'{x=}' came with Python 3.8"));
            }
            inner.cursor.eat("=");
            pieces.push(Piece::Text(format!("{shown}=").chars().map(u32::from).collect()));
            conversion = Some('r');
        }
        if inner.cursor.eat("!") {
            conversion = inner.cursor.bump();
            if !matches!(conversion, Some('r' | 's' | 'a')) {
                return Err(
                    inner.fault("SyntaxError: f-string: invalid conversion character: expected 's', 'r', or 'a'")
                );
            }
        }
        let mut format = Vec::new();
        if inner.cursor.sees(":") {
            inner.cursor.eat(":");
            if conversion == Some('r') && shown.len() < line.len() && !line[..inner.cursor.pos()].ends_with("!r:") {
                conversion = None;
            }
            let end = self.nested(|reader| reader.pieces(inner.cursor.pos(), to, raw, quote, true, &mut format))?;
            inner.cursor = Cursor::new(&line[..to], self.version);
            inner.cursor.take_bytes(end);
        }
        if !inner.cursor.eat("}") {
            return Err(inner.fault("SyntaxError: f-string: expecting '}'"));
        }
        pieces.push(Piece::Value(value, conversion, format));
        Ok(inner.cursor.pos())
    }

    fn nested_in<T>(
        &mut self,
        inner: &mut Reader<'t>,
        read: impl FnOnce(&mut Reader<'t>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        if self.depth == MAX_DEPTH {
            return Err(self.fault(format!("too deep: brackets may nest {MAX_DEPTH} deep")));
        }
        inner.depth = self.depth + 1;
        let result = read(inner);
        self.operators = inner.operators;
        result
    }
}
