//! Expressions: what stands for a key or a value in a program, with loop variables.
//!
//! Parsing makes an [`Expr`], which needs no heap and can be evaluated any number of times; evaluating makes objects.

use num_bigint::{BigInt, Sign};
use num_traits::{FromPrimitive, ToPrimitive};

use super::cursor::{Cursor, ParseError};
use super::number::{self, BinaryOp, UnaryOp};
use super::{HashSettings, Heap, Obj, Value, Version, limits, literal, repr};

/// How deep brackets may nest.
pub const MAX_DEPTH: usize = 50;
/// How many operators an expression may have.
pub const MAX_OPERATORS: usize = 200;
/// How many items a tuple or a frozenset may have.
pub const MAX_ITEMS: usize = 1_000;

/// A function that expressions may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `str(x)`
    Str,
    /// `int(x)`
    Int,
    /// `float(x)`
    Float,
    /// `chr(x)`
    Chr,
    /// `unichr(x)`, 2.7 only
    Unichr,
    /// `UUID(text)`
    UuidText,
    /// `UUID(int=x)`
    UuidInt,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A literal: CPython makes one object of it, however often the line is run.
    Const(Value),
    /// A literal after [`Expr::bind`].
    Held(Obj),
    /// A call with known result (`float('nan')`, `UUID('…')`): a new object each time.
    Fresh(Value),
    /// A loop variable, by its number in the list of names given to the parser.
    Name(usize),
    /// `-x`
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`
    Binary(BinaryOp, Box<(Expr, Expr)>),
    /// `(a, b)`
    Tuple(Box<[Expr]>),
    /// `frozenset([a, b])`
    FrozenSet(Box<[Expr]>),
    /// `str(x)`
    Call(Function, Box<Expr>),
}

impl Expr {
    /// Parse a value at `cursor`, which then stands after it. `names` are the loop variables in sight, outermost first.
    ///
    /// # Errors
    /// What is wrong, at its column. Lists, dicts and sets are refused: a table here holds no containers as values.
    pub fn parse(cursor: &mut Cursor<'_>, names: &[&str]) -> Result<Expr, ParseError> {
        Parser::new(cursor, names, Hashed::default()).expression()
    }

    /// Parse a key: as [`Expr::parse`], but lists, dicts and sets are refused as Python refuses them.
    ///
    /// # Errors
    /// What is wrong, at its column.
    pub fn parse_key(cursor: &mut Cursor<'_>, names: &[&str]) -> Result<Expr, ParseError> {
        Parser::new(cursor, names, Hashed::into("dict key", 0)).expression()
    }

    /// Parse a key in square brackets or elsewhere where a tuple needs no parentheses: `d[1, 2]`.
    ///
    /// # Errors
    /// What is wrong, at its column.
    pub fn parse_subscript(cursor: &mut Cursor<'_>, names: &[&str]) -> Result<Expr, ParseError> {
        let mut parser = Parser::new(cursor, names, Hashed::into("dict key", 1));
        let first = parser.expression()?;
        if !parser.cursor.sees(",") {
            return Ok(first);
        }
        parser.items(first, "]").map(|items| Expr::Tuple(items.into()))
    }

    /// Parse one call, `UUID('…')`, and nothing after it.
    ///
    /// # Errors
    /// What is wrong, at its column.
    pub(crate) fn parse_call(cursor: &mut Cursor<'_>, names: &[&str]) -> Result<Expr, ParseError> {
        Parser::new(cursor, names, Hashed::default()).atom()
    }

    /// The same expression with its literals allocated, once for all evaluations, as CPython does. Not needed, but
    /// without it every evaluation makes new objects of them.
    pub fn bind(self, heap: &mut Heap) -> Expr {
        let mut bind_all =
            |items: Box<[Expr]>| -> Box<[Expr]> { items.into_vec().into_iter().map(|item| item.bind(heap)).collect() };
        match self {
            Expr::Const(value) => Expr::Held(heap.alloc(value)),
            Expr::Tuple(items) => {
                let items = bind_all(items);
                let held: Option<Box<[Obj]>> = items.iter().map(Expr::held).collect();
                match held {
                    Some(held) => Expr::Held(heap.alloc(Value::Tuple(held))),
                    None => Expr::Tuple(items),
                }
            }
            Expr::FrozenSet(items) => Expr::FrozenSet(bind_all(items)),
            Expr::Unary(op, x) => Expr::Unary(op, Box::new(x.bind(heap))),
            Expr::Binary(op, pair) => {
                let (a, b) = *pair;
                Expr::Binary(op, Box::new((a.bind(heap), b.bind(heap))))
            }
            Expr::Call(function, x) => Expr::Call(function, Box::new(x.bind(heap))),
            Expr::Held(_) | Expr::Fresh(_) | Expr::Name(_) => self,
        }
    }

    /// Bytes of this process's memory that it takes outside itself. Walks the whole expression.
    pub fn memory(&self) -> usize {
        let all = |items: &[Expr]| size_of_val(items) + items.iter().map(Expr::memory).sum::<usize>();
        match self {
            Expr::Held(_) | Expr::Name(_) => 0,
            Expr::Const(value) | Expr::Fresh(value) => value.boxed(),
            Expr::Unary(_, x) | Expr::Call(_, x) => size_of::<Expr>() + x.memory(),
            Expr::Binary(_, pair) => size_of::<(Expr, Expr)>() + pair.0.memory() + pair.1.memory(),
            Expr::Tuple(items) | Expr::FrozenSet(items) => all(items),
        }
    }

    fn held(&self) -> Option<Obj> {
        match self {
            Expr::Held(obj) => Some(*obj),
            _ => None,
        }
    }

    /// The object that this expression gives where the loop variables have the values `env`, in the order of the names
    /// given to the parser.
    ///
    /// # Errors
    /// What Python raises, or the limit that the result passes.
    ///
    /// # Panics
    /// If `env` is shorter than the list of names given to the parser.
    #[inline]
    pub fn eval(&self, env: &[Obj], heap: &mut Heap) -> Result<Obj, String> {
        match self {
            Expr::Name(i) => Ok(env[*i]),
            Expr::Held(obj) => Ok(*obj),
            _ => {
                let value = match self.small(env) {
                    Some(n) => Value::Int(n),
                    None => self.value(env, heap)?,
                };
                limits::check(&value, heap)?;
                Ok(heap.alloc(value))
            }
        }
    }

    /// The fast way for loops over `i * 8 + 1`: small integers all through, or `None`.
    fn small(&self, env: &[Obj]) -> Option<i64> {
        match self {
            Expr::Held(obj) => obj.small_int(),
            Expr::Name(i) => env[*i].small_int(),
            Expr::Binary(op, pair) => number::small(*op, pair.0.small(env)?, pair.1.small(env)?),
            _ => None,
        }
    }

    fn value(&self, env: &[Obj], heap: &mut Heap) -> Result<Value, String> {
        match self {
            Expr::Const(value) | Expr::Fresh(value) => Ok(value.clone()),
            Expr::Held(obj) => Ok(heap.value(*obj).into_owned()),
            Expr::Name(i) => Ok(heap.value(env[*i]).into_owned()),
            Expr::Unary(op, x) => number::unary(*op, &x.value(env, heap)?, heap.version()),
            Expr::Binary(op, pair) => {
                let (a, b) = (pair.0.value(env, heap)?, pair.1.value(env, heap)?);
                number::binary(*op, &a, &b, heap.version())
            }
            Expr::Tuple(items) => Ok(Value::Tuple(eval_all(items, env, heap)?)),
            Expr::FrozenSet(items) => {
                let items = eval_all(items, env, heap)?;
                Ok(heap.frozen_set(&items))
            }
            Expr::Call(function, x) => {
                let x = x.value(env, heap)?;
                call(*function, x, heap)
            }
        }
    }
}

fn eval_all(items: &[Expr], env: &[Obj], heap: &mut Heap) -> Result<Box<[Obj]>, String> {
    items.iter().map(|item| item.eval(env, heap)).collect()
}

/// What a function gives.
///
/// # Errors
/// As Python words them.
pub(crate) fn call(function: Function, x: Value, heap: &Heap) -> Result<Value, String> {
    let version = heap.version();
    match function {
        Function::Str => repr::str(&x, heap),
        Function::Int => to_int(x, heap),
        Function::Float => to_float(x, heap),
        Function::Chr | Function::Unichr => to_chr(function, &x, version),
        Function::UuidText => match &x {
            Value::Str(text) => uuid_text(text),
            Value::Bytes(text) if version.is_py2() => {
                uuid_text(&text.iter().map(|&b| u32::from(b)).collect::<Vec<_>>())
            }
            Value::Bytes(_) => Err("TypeError: a bytes-like object is required, not 'str'".to_owned()),
            _ => Err(format!(
                "AttributeError: '{}' object has no attribute 'replace': write UUID(int=…) for the UUID of a number",
                number::type_name(&x, version)
            )),
        },
        Function::UuidInt => uuid_int(&x, version),
    }
}

/// The text of a string value in ASCII, for the number parsers; other characters become `'?'`, which no number has.
fn ascii(value: &Value) -> Option<String> {
    let narrow = |c: u32| char::from_u32(c).filter(char::is_ascii).unwrap_or('?');
    match value {
        Value::Str(text) => Some(text.iter().map(|&c| narrow(c)).collect()),
        Value::Bytes(bytes) => Some(bytes.iter().map(|&b| narrow(u32::from(b))).collect()),
        _ => None,
    }
}

/// `%.200R`, as CPython shows a value in a message.
fn shown(x: &Value, heap: &Heap) -> String {
    repr::repr_within(x, heap, 200).trim_end_matches('…').to_owned()
}

fn to_int(x: Value, heap: &Heap) -> Result<Value, String> {
    let version = heap.version();
    if let Value::Float(x) = x {
        if x.is_nan() {
            return Err("ValueError: cannot convert float NaN to integer".to_owned());
        }
        let n = BigInt::from_f64(x.trunc());
        let n = n.ok_or("OverflowError: cannot convert float infinity to integer")?;
        return number::integer(n, false, version);
    }
    if let Value::Uuid(bytes) = x {
        return number::integer(u128::from_be_bytes(bytes).into(), true, version);
    }
    if let Some(n) = number::big(&x) {
        return number::integer(n.into_owned(), false, version);
    }
    let Some(text) = ascii(&x) else {
        let python = match version {
            Version::V2_7 => "int() argument must be a string or a number",
            v if v < Version::V3_10 => "int() argument must be a string, a bytes-like object or a number",
            _ => "int() argument must be a string, a bytes-like object or a real number",
        };
        return Err(format!("TypeError: {python}, not '{}'", number::type_name(&x, version)));
    };
    let trimmed = text.trim();
    let digits = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
    let misplaced = digits.starts_with('_') || digits.ends_with('_') || digits.contains("__");
    let underscores = digits.contains('_') && (misplaced || version.is_py2());
    if digits.is_empty() || underscores || !digits.chars().all(|c| c == '_' || c.is_ascii_digit()) {
        return Err(format!("ValueError: invalid literal for int() with base 10: {}", shown(&x, heap)));
    }
    if digits.len() > number::MAX_INT_DIGITS {
        return Err(format!(
            "ValueError: Exceeds the limit ({} digits) for integer string conversion",
            number::MAX_INT_DIGITS
        ));
    }
    let n = trimmed.replace('_', "").parse::<BigInt>().map_err(|error| format!("ValueError: {error}"))?;
    number::integer(n, false, version)
}

fn to_float(x: Value, heap: &Heap) -> Result<Value, String> {
    let version = heap.version();
    if let Some(x) = number::double(&x, version) {
        return x.map(Value::Float);
    }
    let Some(text) = ascii(&x) else {
        let kind = number::type_name(&x, version);
        return Err(match version {
            Version::V2_7 => "TypeError: float() argument must be a string or a number".to_owned(),
            v if v < Version::V3_10 => {
                format!("TypeError: float() argument must be a string or a number, not '{kind}'")
            }
            _ => format!("TypeError: float() argument must be a string or a real number, not '{kind}'"),
        });
    };
    // Underscores only between digits, and only in 3.6+; what else Rust refuses, Python refuses.
    let bytes = text.trim().as_bytes();
    let misplaced = (0..bytes.len()).any(|i| {
        let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
        bytes[i] == b'_' && (version.is_py2() || i == 0 || !digit(i - 1) || !digit(i + 1))
    });
    let number = text.trim().replace('_', "").parse::<f64>().ok().filter(|_| !misplaced);
    number.map(Value::Float).ok_or_else(|| {
        if !version.is_py2() {
            return format!("ValueError: could not convert string to float: {}", shown(&x, heap));
        }
        // 2.7 words it otherwise where a number comes first (`PyFloat_FromString`).
        let body = text.trim().trim_start_matches(['+', '-']).to_ascii_lowercase();
        let digit = body.strip_prefix('.').unwrap_or(&body).starts_with(|c: char| c.is_ascii_digit());
        if digit || body.starts_with("inf") || body.starts_with("nan") {
            format!("ValueError: invalid literal for float(): {text}")
        } else {
            format!("ValueError: could not convert string to float: {text}")
        }
    })
}

fn to_chr(function: Function, x: &Value, version: Version) -> Result<Value, String> {
    let py2 = version.is_py2();
    let Some(n) = number::big(x) else {
        let kind = number::type_name(x, version);
        return Err(match x {
            Value::Uuid(_) => "chr() of a UUID is not supported".to_owned(),
            _ if version >= Version::V3_10 => format!("TypeError: '{kind}' object cannot be interpreted as an integer"),
            Value::Float(_) => "TypeError: integer argument expected, got float".to_owned(),
            _ if py2 => "TypeError: an integer is required".to_owned(),
            _ => format!("TypeError: an integer is required (got type {kind})"),
        });
    };
    let byte = py2 && function == Function::Chr;
    match n.to_u32() {
        Some(n @ 0..=0xFF) if byte => return Ok(Value::Bytes([n as u8].into())),
        Some(n @ 0..=0x10FFFF) if !byte => return Ok(Value::Str([n].into())),
        _ => {}
    }
    // What the version's argument parser makes of an integer that does not fit into C's (`getargs.c`, `PyLong_AsInt`).
    let overflow = match version {
        Version::V2_7 | Version::V3_6 | Version::V3_7 => match n.to_i64() {
            None => Some("Python int too large to convert to C long"),
            Some(n) if byte || i32::try_from(n).is_ok() => None,
            Some(0..) => Some("signed integer is greater than maximum"),
            Some(_) => Some("signed integer is less than minimum"),
        },
        Version::V3_8 | Version::V3_9 | Version::V3_10 | Version::V3_11 | Version::V3_12 => {
            n.to_i32().is_none().then_some("Python int too large to convert to C int")
        }
        Version::V3_13_0 | Version::V3_13 | Version::V3_14 | Version::V3_15 => None,
    };
    Err(match overflow {
        Some(message) => format!("OverflowError: {message}"),
        None if byte => "ValueError: chr() arg not in range(256)".to_owned(),
        None if py2 => "ValueError: unichr() arg not in range(0x110000) (wide Python build)".to_owned(),
        None => "ValueError: chr() arg not in range(0x110000)".to_owned(),
    })
}

/// `UUID(hex)` of `Lib/uuid.py`: `urn:`, `uuid:`, braces and hyphens are dropped, 32 hexadecimal digits must be left.
fn uuid_text(text: &[u32]) -> Result<Value, String> {
    let text: String = text.iter().map(|&c| char::from_u32(c).unwrap_or('?')).collect();
    let text = text.replace("urn:", "").replace("uuid:", "");
    let digits = text.trim_matches(['{', '}']).replace('-', "");
    let number = u128::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 32 && !digits.starts_with('+'));
    let number = number.ok_or("ValueError: badly formed hexadecimal UUID string: 32 hexadecimal digits are needed")?;
    Ok(Value::Uuid(number.to_be_bytes()))
}

fn uuid_int(x: &Value, version: Version) -> Result<Value, String> {
    let n = number::big(x).ok_or_else(|| match x {
        // `UUID.__init__` has made bytes of it since 3.14; before, a UUID of a float is made and is of no use.
        Value::Float(_) if version >= Version::V3_14 => {
            "AttributeError: 'float' object has no attribute 'to_bytes': UUID(int=…) needs an int".to_owned()
        }
        _ => "TypeError: UUID(int=…) needs an int".to_owned(),
    })?;
    let n = n.to_u128().filter(|_| n.sign() != Sign::Minus);
    let n = n.ok_or("ValueError: int is out of range (need a 128-bit value)")?;
    Ok(Value::Uuid(n.to_be_bytes()))
}

/// The message for a word that has no meaning here.
fn unknown(word: &str, called: bool) -> String {
    const KEYWORDS: [&str; 9] = ["and", "else", "for", "if", "in", "is", "lambda", "not", "or"];
    if KEYWORDS.contains(&word) {
        format!("'{word}' is not supported in an expression")
    } else if called {
        format!("the function {word}() is not supported: str, int, float, chr, UUID and frozenset are")
    } else {
        format!("NameError: name '{word}' is not defined: a string needs quotes, '{word}'")
    }
}

/// What the expression being parsed will be hashed for.
#[derive(Clone, Copy, Debug, Default)]
struct Hashed {
    /// `dict key`, `set element`; `None` for a value, which is not hashed.
    role: Option<&'static str>,
    /// Brackets open since it began, in which a comma makes a tuple.
    brackets: usize,
    /// How many of them are known to hold a tuple.
    tuples: usize,
}

impl Hashed {
    const fn into(role: &'static str, brackets: usize) -> Hashed {
        Hashed { role: Some(role), brackets, tuples: 0 }
    }

    /// Whether what stands before `rest` is part of a tuple.
    fn is_in_tuple(self, rest: &str) -> bool {
        if self.tuples > 0 {
            return true;
        }
        let (mut inner, mut outer) = (0, self.brackets);
        let mut chars = rest.chars();
        while outer > 0 {
            match chars.next() {
                None => return false,
                Some(quote @ ('\'' | '"')) => while chars.next().is_some_and(|c| c != quote) {},
                Some('(' | '[' | '{') => inner += 1,
                Some(')' | ']' | '}') if inner > 0 => inner -= 1,
                Some(')' | ']' | '}') => outer -= 1,
                Some(',') if inner == 0 => return true,
                Some(_) => {}
            }
        }
        false
    }
}

struct Parser<'c, 't> {
    cursor: &'c mut Cursor<'t>,
    names: &'c [&'c str],
    hashed: Hashed,
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

impl<'c, 't> Parser<'c, 't> {
    fn new(cursor: &'c mut Cursor<'t>, names: &'c [&'c str], hashed: Hashed) -> Self {
        Parser { cursor, names, hashed, depth: 0, operators: 0 }
    }

    fn expression(&mut self) -> Result<Expr, ParseError> {
        self.binary(0)
    }

    fn binary(&mut self, level: usize) -> Result<Expr, ParseError> {
        let Some(row) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        while let Some(op) = self.operator(row)? {
            let right = self.binary(level + 1)?;
            left = Expr::Binary(op, Box::new((left, right)));
        }
        Ok(left)
    }

    fn operator(&mut self, row: &[(&str, BinaryOp)]) -> Result<Option<BinaryOp>, ParseError> {
        self.cursor.skip_space();
        let found = row.iter().find(|(symbol, _)| self.cursor.rest().starts_with(symbol));
        let Some(&(symbol, op)) = found else { return Ok(None) };
        let after = &self.cursor.rest()[symbol.len()..];
        // `|=` belongs to the statement, `**` to a tighter level.
        if after.starts_with('=') || (symbol == "*" && after.starts_with('*')) {
            return Ok(None);
        }
        self.count_operator()?;
        self.cursor.eat(symbol);
        Ok(Some(op))
    }

    fn count_operator(&mut self) -> Result<(), ParseError> {
        self.operators += 1;
        if self.operators > MAX_OPERATORS {
            return Err(self.cursor.error(format!("too long: an expression may have {MAX_OPERATORS} operators")));
        }
        Ok(())
    }

    fn unary(&mut self) -> Result<Expr, ParseError> {
        self.cursor.skip_space();
        let start = *self.cursor;
        let op = match self.cursor.peek() {
            Some('-') => UnaryOp::Neg,
            Some('+') => UnaryOp::Pos,
            Some('~') => UnaryOp::Invert,
            _ => return self.power(),
        };
        self.count_operator()?;
        self.cursor.bump();
        self.cursor.skip_space();
        let bare = self.cursor.peek().is_some_and(|c| c.is_ascii_digit());
        let literal = *self.cursor;
        let operand = self.unary()?;
        let text = &literal.rest()[..self.cursor.pos() - literal.pos()];
        let bare = bare && !text.trim_end().ends_with(['l', 'L']);
        match operand {
            // 2.7 makes an int of -9223372036854775808, though 9223372036854775808 is a long (`ast_for_factor`); with an L
            // behind it stays one (`parsenumber`).
            Expr::Const(Value::Big(n)) if bare && op == UnaryOp::Neg && *n == BigInt::from(1u64 << 63) => {
                Ok(Expr::Const(Value::Int(i64::MIN)))
            }
            Expr::Const(value) => {
                let value = number::unary(op, &value, start.version());
                value.map(Expr::Const).map_err(|message| start.error(message))
            }
            operand => Ok(Expr::Unary(op, Box::new(operand))),
        }
    }

    fn power(&mut self) -> Result<Expr, ParseError> {
        let base = self.atom()?;
        self.cursor.skip_space();
        if !self.cursor.rest().starts_with("**") || self.cursor.rest().starts_with("**=") {
            return Ok(base);
        }
        self.count_operator()?;
        self.cursor.eat("**");
        let exponent = self.unary()?;
        Ok(Expr::Binary(BinaryOp::Pow, Box::new((base, exponent))))
    }

    fn atom(&mut self) -> Result<Expr, ParseError> {
        self.cursor.skip_space();
        let start = *self.cursor;
        if let Some(value) = literal::number(self.cursor).or_else(|| literal::string(self.cursor)) {
            return value.map(Expr::Const);
        }
        match self.cursor.peek() {
            Some('(') => self.nested(Self::parenthesised),
            Some('[') => Err(self.container(start, "list")),
            Some('{') => {
                let kind = self.nested(Self::brace_kind)?;
                Err(self.container(start, kind))
            }
            _ => match self.cursor.word() {
                Some(word) => self.named(word, start),
                None => Err(start.error(format!("SyntaxError: expected a value here, found {}", start.found()))),
            },
        }
    }

    fn nested<T>(&mut self, parse: impl Fn(&mut Self) -> Result<T, ParseError>) -> Result<T, ParseError> {
        if self.depth == MAX_DEPTH {
            return Err(self.cursor.error(format!("too deep: brackets may nest {MAX_DEPTH} deep")));
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    fn parenthesised(&mut self) -> Result<Expr, ParseError> {
        self.cursor.expect("(")?;
        if self.cursor.eat(")") {
            return Ok(Expr::Tuple(Box::default()));
        }
        self.hashed.brackets += 1;
        let first = self.expression()?;
        self.hashed.brackets -= 1;
        if self.cursor.eat(")") {
            return Ok(first);
        }
        let items = self.items(first, ")")?;
        self.cursor.expect(")")?;
        Ok(Expr::Tuple(items.into()))
    }

    /// `first` and what follows it, separated by commas, up to `close`, which is not taken.
    fn items(&mut self, first: Expr, close: &str) -> Result<Vec<Expr>, ParseError> {
        let mut items = vec![first];
        self.hashed.tuples += 1;
        while self.cursor.eat(",") {
            if self.cursor.sees(close) {
                break;
            }
            if items.len() == MAX_ITEMS {
                return Err(self.cursor.error(format!("too long: a tuple may have {MAX_ITEMS} items")));
            }
            items.push(self.expression()?);
        }
        self.hashed.tuples -= 1;
        Ok(items)
    }

    fn brace_kind(&mut self) -> Result<&'static str, ParseError> {
        self.cursor.expect("{")?;
        if self.cursor.sees("}") {
            return Ok("dict");
        }
        self.expression()?;
        Ok(if self.cursor.sees(":") { "dict" } else { "set" })
    }

    /// Why a list, dict or set cannot stand here.
    fn container(&self, at: Cursor<'_>, kind: &str) -> ParseError {
        let help = match kind {
            "list" => "a tuple (…)",
            "set" => "frozenset([…])",
            _ => "a tuple of its items",
        };
        let Some(role) = self.hashed.role else {
            return at.error(format!("a {kind} cannot be a value here: write {help}"));
        };
        // `d[(1, [])]`: since 3.14 (`set_add_unhashable_type`, `dict_unhashable_type`) the object that was to be hashed is
        // named, and then the item that could not be.
        let python = if at.version() < Version::V3_14 {
            format!("unhashable type: '{kind}'")
        } else {
            let whole = if self.hashed.is_in_tuple(at.rest()) { "tuple" } else { kind };
            format!("cannot use '{whole}' as a {role} (unhashable type: '{kind}')")
        };
        at.error(format!("TypeError: {python}: write {help}"))
    }

    fn named(&mut self, word: &str, start: Cursor<'_>) -> Result<Expr, ParseError> {
        if let Some(i) = self.names.iter().rposition(|name| *name == word) {
            return Ok(Expr::Name(i));
        }
        let py2 = start.version().is_py2();
        match word {
            "None" => return Ok(Expr::Const(Value::None)),
            "True" => return Ok(Expr::Const(Value::Bool(true))),
            "False" => return Ok(Expr::Const(Value::Bool(false))),
            _ => {}
        }
        if word == "uuid" && self.cursor.eat(".") && self.cursor.word() != Some("UUID") {
            return Err(start.error("only uuid.UUID(…) is known of the module uuid"));
        }
        let function = match word {
            "str" => Function::Str,
            "int" => Function::Int,
            "float" => Function::Float,
            "chr" => Function::Chr,
            "unichr" if py2 => Function::Unichr,
            "UUID" | "uuid" => return self.nested(Self::uuid),
            "frozenset" => return self.nested(Self::frozenset),
            "list" | "dict" | "set" | "bytearray" if self.cursor.sees("(") => return Err(self.container(start, word)),
            _ => return Err(start.error(unknown(word, self.cursor.sees("(")))),
        };
        self.nested(|parser| {
            parser.cursor.expect("(")?;
            let argument = parser.expression()?;
            parser.cursor.expect(")")?;
            parser.called(function, argument, start)
        })
    }

    /// A call; `float` and `UUID` of a literal are worked out here, so that what is wrong with them is known at once.
    fn called(&self, function: Function, argument: Expr, start: Cursor<'_>) -> Result<Expr, ParseError> {
        let known = match (function, &argument) {
            (Function::Float | Function::UuidText, Expr::Const(value)) => {
                matches!(value, Value::Str(_) | Value::Bytes(_))
            }
            (Function::UuidInt, Expr::Const(value)) => matches!(value, Value::Int(_) | Value::Big(_)),
            _ => false,
        };
        match argument {
            Expr::Const(value) if known => {
                let heap = Heap::new(start.version(), HashSettings::default());
                call(function, value, &heap).map(Expr::Fresh).map_err(|message| start.error(message))
            }
            argument => Ok(Expr::Call(function, Box::new(argument))),
        }
    }

    fn uuid(&mut self) -> Result<Expr, ParseError> {
        let start = *self.cursor;
        self.cursor.expect("(")?;
        let mut ahead = *self.cursor;
        let by_int = ahead.eat_word("int") && ahead.eat("=");
        if by_int {
            *self.cursor = ahead;
        }
        let argument = self.expression()?;
        self.cursor.expect(")")?;
        self.called(if by_int { Function::UuidInt } else { Function::UuidText }, argument, start)
    }

    fn frozenset(&mut self) -> Result<Expr, ParseError> {
        self.cursor.expect("(")?;
        if self.cursor.eat(")") {
            return Ok(Expr::FrozenSet(Box::default()));
        }
        let close = match self.cursor.peek() {
            Some('[') => "]",
            Some('{') => "}",
            Some('(') => ")",
            _ => return Err(self.cursor.error("frozenset(…) takes items in brackets here: frozenset([1, 2])")),
        };
        self.cursor.bump();
        // The items are hashed, so they are refused as keys are, whatever the set is used for.
        let around = std::mem::replace(&mut self.hashed, Hashed::into("set element", 0));
        let mut items = Vec::new();
        while !self.cursor.sees(close) {
            if items.len() == MAX_ITEMS {
                return Err(self.cursor.error(format!("too long: a frozenset may have {MAX_ITEMS} items")));
            }
            items.push(self.expression()?);
            if !self.cursor.eat(",") {
                break;
            }
        }
        self.hashed = around;
        self.cursor.expect(close)?;
        self.cursor.expect(")")?;
        Ok(Expr::FrozenSet(items.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, version: Version) -> Result<Expr, ParseError> {
        let mut cursor = Cursor::new(text, version);
        let expr = Expr::parse_subscript(&mut cursor, &["i"])?;
        assert!(cursor.at_end(), "{text:?}: {:?} is left over", cursor.rest());
        Ok(expr)
    }

    fn eval(text: &str, version: Version) -> Result<Value, String> {
        let mut heap = Heap::new(version, HashSettings::default());
        let seven = heap.alloc(Value::Int(7));
        let expr = parse(text, version).map_err(|error| error.to_string())?;
        let obj = expr.eval(&[seven], &mut heap)?;
        Ok(heap.value(obj).into_owned())
    }

    fn text(s: &str) -> Value {
        Value::Str(s.chars().map(u32::from).collect())
    }

    #[test]
    fn operators_bind_as_in_python() {
        for (source, n) in [
            ("i * 8 + 1", 57),
            ("1 + i * 8", 57),
            ("-2 ** 2", -4),
            ("2 ** 3 ** 2", 512),
            ("2 ** -(-3)", 8),
            ("-7 // 2", -4),
            ("-7 % 3", 2),
            ("7 % -3", -2),
            ("1 | 6 ^ 3 & 2 << 1", 7),
            ("~i", -8),
            ("10 - 3 - 2", 5),
            ("(1 << 70) >> 69", 2),
            ("9223372036854775807 + 1 - 1", i64::MAX),
            ("-9223372036854775808 // -1 - 9223372036854775807", 1),
        ] {
            assert_eq!(eval(source, Version::V3_12), Ok(Value::Int(n)), "{source}");
        }
        assert_eq!(eval("'k' + str(i)", Version::V3_12), Ok(text("k7")));
        assert_eq!(eval("7 / 2", Version::V3_12), Ok(Value::Float(3.5)));
        assert_eq!(eval("7 / 2", Version::V2_7), Ok(Value::Int(3)));
    }

    #[test]
    fn unhashable_keys_are_refused_as_python_words_it() {
        for version in Version::ALL {
            for (source, column, kind) in [
                ("[]", 1, "list"),
                ("(1, [2])", 5, "list"),
                ("{}", 1, "dict"),
                ("{1: 2}", 1, "dict"),
                ("{1}", 1, "set"),
                ("set()", 1, "set"),
                ("frozenset([[]])", 12, "list"),
            ] {
                let error = parse(source, version).expect_err(source);
                assert_eq!(error.column, column, "{source}");
                let python = format!("unhashable type: '{kind}'");
                let python = match source {
                    _ if version < Version::V3_14 => python,
                    "(1, [2])" => format!("cannot use 'tuple' as a dict key ({python})"),
                    "frozenset([[]])" => format!("cannot use 'list' as a set element ({python})"),
                    _ => format!("cannot use '{kind}' as a dict key ({python})"),
                };
                assert!(error.message.starts_with(&format!("TypeError: {python}: write ")), "{}", error.message);
            }
        }
        for (source, whole, role) in [
            ("([])", "list", "dict key"),
            ("([],)", "tuple", "dict key"),
            ("(([]), ')')", "tuple", "dict key"),
            ("([] + (1, 2))", "list", "dict key"),
            ("[], 1", "tuple", "dict key"),
            ("1, []", "tuple", "dict key"),
            ("(frozenset([[], 1]), 2)", "list", "set element"),
            ("frozenset([(1, []), 1])", "tuple", "set element"),
            ("frozenset([([])])", "list", "set element"),
            ("(frozenset([1]), [])", "tuple", "dict key"),
        ] {
            let error = parse(source, Version::LATEST).expect_err(source).message;
            let python = format!("TypeError: cannot use '{whole}' as a {role} (unhashable type: 'list')");
            assert!(error.starts_with(&python), "{source}: {error}");
        }
        let error = Expr::parse(&mut Cursor::new("[]", Version::V3_12), &[]).expect_err("a list as a value");
        assert!(error.message.starts_with("a list cannot be a value here"), "{}", error.message);
    }

    #[test]
    fn limits_are_told() {
        let deep = |n: usize| format!("{}1{}", "(".repeat(n), ",)".repeat(n));
        assert!(parse(&deep(MAX_DEPTH), Version::V3_12).is_ok());
        assert!(parse(&deep(MAX_DEPTH + 1), Version::V3_12).expect_err("too deep").message.starts_with("too deep"));
        assert!(parse(&deep(100_000), Version::V3_12).is_err());
        let chain = |n: usize| format!("1{}", "+1".repeat(n));
        assert_eq!(eval(&chain(MAX_OPERATORS), Version::V3_12), Ok(Value::Int(MAX_OPERATORS as i64 + 1)));
        assert!(
            parse(&chain(MAX_OPERATORS + 1), Version::V3_12).expect_err("too long").message.starts_with("too long")
        );
        assert!(parse(&"-".repeat(100_000), Version::V3_12).is_err());
        let tuple = |n: usize| format!("({})", "1,".repeat(n));
        assert!(parse(&tuple(MAX_ITEMS), Version::V3_12).is_ok());
        assert!(parse(&tuple(MAX_ITEMS + 1), Version::V3_12).expect_err("too long").message.starts_with("too long"));
        for source in ["2 ** 100000", "1 << 100000", "'ab' * 5001", "(1,) * 10001", "2 ** 10000 * 2 ** 10000"] {
            assert!(eval(source, Version::V3_12).expect_err(source).contains("too l"), "{source}");
        }
    }

    #[test]
    fn runtime_errors_are_worded_by_version() {
        for (source, version, message) in [
            ("1 // (i - 7)", Version::V2_7, "ZeroDivisionError: integer division or modulo by zero"),
            ("1 % (i - 7)", Version::V3_10, "ZeroDivisionError: integer division or modulo by zero"),
            ("1 % (i - 7)", Version::V3_11, "ZeroDivisionError: integer modulo by zero"),
            ("1 / (i - 7)", Version::V3_12, "ZeroDivisionError: division by zero"),
            ("1 << -i", Version::V3_12, "ValueError: negative shift count"),
            ("1.0 % 0", Version::V3_13, "ZeroDivisionError: float modulo by zero"),
            ("1 // (i - 7)", Version::V3_13, "ZeroDivisionError: integer division or modulo by zero"),
            ("1 // (i - 7)", Version::V3_14, "ZeroDivisionError: division by zero"),
            ("1 % (i - 7)", Version::V3_15, "ZeroDivisionError: division by zero"),
            ("1.0 / 0", Version::V3_13, "ZeroDivisionError: float division by zero"),
            ("1.0 / 0", Version::V3_14, "ZeroDivisionError: division by zero"),
            ("1 // 0.0", Version::V3_14, "ZeroDivisionError: division by zero"),
            ("1 % 0.0", Version::V3_14, "ZeroDivisionError: division by zero"),
            ("0 ** -i", Version::V3_13, "ZeroDivisionError: 0.0 cannot be raised to a negative power"),
            ("0 ** -i", Version::V3_14, "ZeroDivisionError: zero to a negative power"),
            ("-'a'", Version::V3_12, "column 1: TypeError: bad operand type for unary -: 'str'"),
            ("chr(-1)", Version::V3_12, "ValueError: chr() arg not in range(0x110000)"),
            ("chr(256)", Version::V2_7, "ValueError: chr() arg not in range(256)"),
            ("UUID(int=-1)", Version::V3_12, "ValueError: int is out of range (need a 128-bit value)"),
        ] {
            let error = eval(source, version).expect_err(source);
            assert!(error.ends_with(message), "{source} in {}: {error}", version.name());
        }
        for (source, message) in [
            ("'k' + i", "TypeError: can only concatenate str (not \"int\") to str"),
            ("UUID('12')", "column 5: ValueError: badly formed hexadecimal UUID string"),
            ("float('x')", "column 1: ValueError: could not convert string to float: 'x'"),
            ("key", "column 1: NameError: name 'key' is not defined"),
            ("1 + not 2", "column 5: 'not' is not supported"),
            ("hash(1)", "column 1: the function hash() is not supported"),
            ("(1, 2", "column 6: SyntaxError: expected ')' here, found the end of the line"),
            ("1 +", "column 4: SyntaxError: expected a value here, found the end of the line"),
        ] {
            let error = eval(source, Version::V3_12).expect_err(source);
            assert!(error.starts_with(message), "{source}: {error}");
        }
    }

    #[test]
    fn literals_are_one_object_after_binding_and_calls_are_not() {
        let mut heap = Heap::new(Version::V3_12, HashSettings::default());
        for (source, once) in [("'v'", true), ("(1, 'v')", true), ("float('nan')", false), ("'v' * 2", false)] {
            let expr = parse(source, Version::V3_12).expect(source).bind(&mut heap);
            let (a, b) = (expr.eval(&[], &mut heap), expr.eval(&[], &mut heap));
            assert_eq!(a == b, once, "{source}");
        }
    }

    #[test]
    fn a_loop_variable_keeps_its_identity() {
        let mut heap = Heap::new(Version::V3_12, HashSettings::default());
        let nan = heap.alloc(Value::Float(f64::NAN));
        let expr = parse("(i,)", Version::V3_12).expect("a tuple");
        let (a, b) = (expr.eval(&[nan], &mut heap), expr.eval(&[nan], &mut heap));
        assert!(heap.same_key(a.expect("a tuple"), b.expect("a tuple")));
    }
}
