//! Python's number, string and bytes literals: text in, a [`Value`] or an error with its column out.

use num_bigint::BigInt;
use num_traits::Num;

use super::cursor::{Cursor, ParseError, is_word};
use super::number::{self, MAX_INT_DIGITS};
use super::{Value, Version};

/// The longest string or bytes object that the page holds, in characters or bytes.
pub const MAX_STRING: usize = 10_000;

/// A number, if one starts here.
pub(super) fn number(cursor: &mut Cursor<'_>) -> Option<Result<Value, ParseError>> {
    let mut ahead = cursor.rest().chars();
    match (ahead.next(), ahead.next()) {
        (Some('0'..='9'), _) | (Some('.'), Some('0'..='9')) => Some(scan_number(cursor)),
        _ => None,
    }
}

fn scan_number(cursor: &mut Cursor<'_>) -> Result<Value, ParseError> {
    let start = *cursor;
    let py2 = cursor.version().is_py2();
    let (radix, kind) = match cursor.rest().as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, "hexadecimal"),
        [b'0', b'o' | b'O', ..] => (8, "octal"),
        [b'0', b'b' | b'B', ..] => (2, "binary"),
        _ => (10, "decimal"),
    };
    if radix != 10 {
        cursor.bump();
        cursor.bump();
        let body = cursor.take_while(is_word);
        let body = if py2 { body.strip_suffix(['l', 'L']).unwrap_or(body) } else { body };
        let digits = digits(body.strip_prefix('_').filter(|_| !py2).unwrap_or(body), py2);
        let value = digits.filter(|digits| digits.chars().all(|c| c.is_digit(radix)));
        let long = py2 && start.rest()[..cursor.pos() - start.pos()].ends_with(['l', 'L']);
        return match value {
            Some(digits) => integer(&start, &digits, radix, long),
            None => {
                let odd = body.chars().find(|c| c.is_ascii_digit() && !c.is_digit(radix));
                let message = match odd {
                    Some(c) => format!("invalid digit '{c}' in {kind} literal"),
                    None => format!("invalid {kind} literal"),
                };
                Err(start.error(format!("SyntaxError: {message}")))
            }
        };
    }

    let decimal = |c: char| c == '_' || c.is_ascii_digit();
    let whole = cursor.take_while(decimal);
    let mut parts = vec![whole];
    let mut float = false;
    if cursor.peek() == Some('.') {
        cursor.bump();
        float = true;
        parts.push(cursor.take_while(decimal));
    }
    if matches!(cursor.peek(), Some('e' | 'E')) {
        let mut ahead = *cursor;
        ahead.bump();
        ahead.take_while(|c| matches!(c, '+' | '-'));
        let exponent = ahead.take_while(decimal);
        if !exponent.is_empty() {
            *cursor = ahead;
            float = true;
            parts.push(exponent);
        }
    }
    let long = py2 && !float && matches!(cursor.peek(), Some('l' | 'L'));
    if long {
        cursor.bump();
    }
    if let Some(c) = cursor.peek().filter(|&c| is_word(c)) {
        let help = match c {
            'l' | 'L' => ": the suffix L is Python 2's, leave it out",
            'j' | 'J' => ": complex numbers are not held here",
            _ => "",
        };
        return Err(start.error(format!("SyntaxError: invalid decimal literal{help}")));
    }
    let text = &start.rest()[..cursor.pos() - start.pos()];
    if parts.iter().any(|part| !part.is_empty() && digits(part, py2).is_none()) {
        let help = if py2 { ": Python 2.7 has no underscores in numbers" } else { "" };
        return Err(start.error(format!("SyntaxError: invalid decimal literal{help}")));
    }
    let plain = text.replace('_', "");
    if float {
        // Rust rounds correctly, as CPython's `PyOS_string_to_double` does.
        let value = plain.parse::<f64>().map_err(|_| start.error("SyntaxError: invalid decimal literal"))?;
        return Ok(Value::Float(value));
    }
    let plain = if long { &plain[..plain.len() - 1] } else { &plain };
    let octal = plain.starts_with('0') && plain.bytes().any(|c| c != b'0');
    match octal {
        true if py2 && plain.bytes().all(|c| c < b'8') => integer(&start, plain, 8, long),
        true => Err(start.error(leading_zeros(start.version(), plain))),
        false => integer(&start, plain, 10, long),
    }
}

/// How CPython refuses `017` (2.7: `08`).
fn leading_zeros(version: Version, digits: &str) -> String {
    let python = if version < Version::V3_8 {
        "invalid token"
    } else {
        "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers"
    };
    format!("SyntaxError: {python} (write {})", digits.trim_start_matches('0'))
}

/// The digits without their underscores, if these stand where 3.6+ allows them.
fn digits(text: &str, py2: bool) -> Option<String> {
    let misplaced = text.is_empty() || text.starts_with('_') || text.ends_with('_') || text.contains("__");
    (!misplaced && !(py2 && text.contains('_'))).then(|| text.replace('_', ""))
}

fn integer(start: &Cursor<'_>, digits: &str, radix: u32, long: bool) -> Result<Value, ParseError> {
    if let (false, Ok(n)) = (long, i64::from_str_radix(digits, radix)) {
        return Ok(Value::Int(n));
    }
    if digits.trim_start_matches('0').len() > MAX_INT_DIGITS * 4 || (radix == 10 && digits.len() > MAX_INT_DIGITS) {
        return Err(start.error(format!(
            "an int of {} digits is too long: {MAX_INT_DIGITS} decimal digits are held at most",
            digits.len()
        )));
    }
    let n = BigInt::from_str_radix(digits, radix).map_err(|e| start.error(format!("SyntaxError: {e}")))?;
    number::integer(n, long, start.version()).map_err(|message| start.error(message))
}

/// A string or bytes literal, if one starts here; adjacent ones are joined.
pub(super) fn string(cursor: &mut Cursor<'_>) -> Option<Result<Value, ParseError>> {
    let start = *cursor;
    let first = scan_string(cursor)?;
    let mut value = match first {
        Ok(value) => value,
        Err(error) => return Some(Err(error)),
    };
    loop {
        let mut ahead = *cursor;
        ahead.skip_space();
        let next = match scan_string(&mut ahead) {
            None => break,
            Some(Err(error)) => return Some(Err(error)),
            Some(Ok(next)) => next,
        };
        *cursor = ahead;
        value = match join(value, next, start.version()) {
            Ok(value) => value,
            Err(message) => return Some(Err(start.error(message))),
        };
    }
    let len = match &value {
        Value::Str(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        _ => unreachable!("a string literal is text or bytes"),
    };
    if len > MAX_STRING {
        return Some(Err(start.error(too_long(len))));
    }
    Some(Ok(value))
}

/// The message for a string of `len` characters or bytes.
pub(super) fn too_long(len: usize) -> String {
    format!("a string of {len} characters is too long: {MAX_STRING} are held at most")
}

fn join(a: Value, b: Value, version: Version) -> Result<Value, String> {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => Ok(Value::Str([a, b].concat().into())),
        (Value::Bytes(a), Value::Bytes(b)) => Ok(Value::Bytes([a, b].concat().into())),
        (a, b) if version.is_py2() => join(number::decode_ascii(a)?, number::decode_ascii(b)?, version),
        _ => Err("SyntaxError: cannot mix bytes and nonbytes literals".to_owned()),
    }
}

fn scan_string(cursor: &mut Cursor<'_>) -> Option<Result<Value, ParseError>> {
    let start = *cursor;
    let py2 = cursor.version().is_py2();
    let mut ahead = start;
    let prefix = ahead.take_while(|c| c.is_ascii_alphabetic());
    let quote = ahead.peek().filter(|c| matches!(c, '\'' | '"'))?;
    let (bytes, raw) = match prefix.to_ascii_lowercase().as_str() {
        "" => (py2, false),
        "u" => (false, false),
        "b" => (true, false),
        "r" => (py2, true),
        "br" => (true, true),
        "rb" if !py2 => (true, true),
        "ur" if py2 => {
            return Some(Err(start.error("the prefix ur is not supported: write u'…' and double the backslashes")));
        }
        "f" if !py2 => return Some(Err(start.error("f-strings are not supported: write 'k' + str(i)"))),
        _ => {
            let help = if py2 { "u, b, r or br" } else { "u, b, r, br or rb" };
            let message = format!("SyntaxError: invalid syntax: '{prefix}' is no string prefix, use {help}");
            return Some(Err(start.error(message)));
        }
    };
    *cursor = ahead;
    Some(if bytes { scan_bytes(cursor, &start, quote, raw) } else { scan_text(cursor, &start, quote, raw) })
}

/// The end of a literal that was not closed, as the version words it.
fn unterminated(start: &Cursor<'_>, triple: bool) -> ParseError {
    if triple {
        return start.error("SyntaxError: a string in triple quotes must end on its line here");
    }
    start.error(if start.version() < Version::V3_10 {
        "SyntaxError: EOL while scanning string literal"
    } else {
        "SyntaxError: unterminated string literal (detected at line 1)"
    })
}

/// The characters between the quotes, one at a time; `None` at the closing quote.
struct Body {
    quote: char,
    triple: bool,
}

impl Body {
    fn open(cursor: &mut Cursor<'_>, quote: char) -> Body {
        let triple = String::from(quote).repeat(3);
        let triple = cursor.eat(&triple);
        if !triple {
            cursor.bump();
        }
        Body { quote, triple }
    }

    fn next(&self, cursor: &mut Cursor<'_>, start: &Cursor<'_>) -> Result<Option<char>, ParseError> {
        let c = cursor.peek().filter(|c| !matches!(c, '\n' | '\r')).ok_or_else(|| unterminated(start, self.triple))?;
        if c == self.quote && (!self.triple || cursor.rest().starts_with(&String::from(c).repeat(3))) {
            for _ in 0..if self.triple { 3 } else { 1 } {
                cursor.bump();
            }
            return Ok(None);
        }
        cursor.bump();
        Ok(Some(c))
    }
}

fn scan_text(cursor: &mut Cursor<'_>, start: &Cursor<'_>, quote: char, raw: bool) -> Result<Value, ParseError> {
    let body = Body::open(cursor, quote);
    let mut text = Vec::new();
    let mut at = *cursor;
    while let Some(c) = body.next(cursor, start)? {
        if c != '\\' {
            text.push(u32::from(c));
        } else if raw {
            text.push(u32::from('\\'));
            let next = cursor.bump().ok_or_else(|| unterminated(start, body.triple))?;
            text.push(u32::from(next));
        } else {
            match simple_escape(cursor) {
                Some(code) => text.push(code),
                None => match cursor.bump() {
                    None => return Err(unterminated(start, body.triple)),
                    Some('x') => text.push(code_point(cursor, &at, 2, 'x')?),
                    Some('u') => text.push(code_point(cursor, &at, 4, 'u')?),
                    Some('U') => text.push(code_point(cursor, &at, 8, 'U')?),
                    Some('N') => {
                        return Err(
                            at.error("\\N{…} is not supported: write the code point, \\xNN, \\uNNNN or \\UNNNNNNNN")
                        );
                    }
                    Some(other) => text.extend([u32::from('\\'), u32::from(other)]),
                },
            }
        }
        at = *cursor;
    }
    Ok(Value::Str(text.into()))
}

fn scan_bytes(cursor: &mut Cursor<'_>, start: &Cursor<'_>, quote: char, raw: bool) -> Result<Value, ParseError> {
    let py2 = cursor.version().is_py2();
    let body = Body::open(cursor, quote);
    let mut bytes = Vec::new();
    let mut at = *cursor;
    while let Some(c) = body.next(cursor, start)? {
        // 2.7 takes the bytes of the source file, which is UTF-8 here.
        let push = |c: char, bytes: &mut Vec<u8>| {
            if !c.is_ascii() && !py2 {
                return Err(start.error("SyntaxError: bytes can only contain ASCII literal characters"));
            }
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            Ok(())
        };
        if c != '\\' {
            push(c, &mut bytes)?;
        } else if raw {
            let next = cursor.bump().ok_or_else(|| unterminated(start, body.triple))?;
            bytes.push(b'\\');
            push(next, &mut bytes)?;
        } else if let Some(code) = simple_escape(cursor) {
            bytes.push(code as u8);
        } else {
            match cursor.bump() {
                None => return Err(unterminated(start, body.triple)),
                Some('x') => {
                    let digits = hex(cursor, 2);
                    let byte = digits.ok_or_else(|| {
                        at.error(if py2 {
                            "ValueError: invalid \\x escape".to_owned()
                        } else {
                            format!("SyntaxError: (value error) invalid \\x escape at position {}", bytes.len())
                        })
                    })?;
                    bytes.push(byte as u8);
                }
                Some(other) => {
                    bytes.push(b'\\');
                    push(other, &mut bytes)?;
                }
            }
        }
        at = *cursor;
    }
    Ok(Value::Bytes(bytes.into()))
}

/// An escape that is the same in text and bytes, after its backslash: `\n`, `\'`, octal.
fn simple_escape(cursor: &mut Cursor<'_>) -> Option<u32> {
    let c = cursor.peek()?;
    let code = match c {
        '\\' | '\'' | '"' => u32::from(c),
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => 10,
        'r' => 13,
        't' => 9,
        'v' => 11,
        '0'..='7' => {
            let octal = cursor.rest().bytes().take(3).take_while(|c| matches!(c, b'0'..=b'7'));
            let (code, len) = octal.fold((0, 0), |(code, len), c| (code * 8 + u32::from(c - b'0'), len + 1));
            for _ in 0..len {
                cursor.bump();
            }
            return Some(code);
        }
        _ => return None,
    };
    cursor.bump();
    Some(code)
}

/// Exactly `count` hexadecimal digits.
fn hex(cursor: &mut Cursor<'_>, count: usize) -> Option<u32> {
    let digits = cursor.rest().get(..count).filter(|digits| digits.bytes().all(|c| c.is_ascii_hexdigit()))?;
    let code = u32::from_str_radix(digits, 16).ok()?;
    for _ in 0..count {
        cursor.bump();
    }
    Some(code)
}

fn code_point(cursor: &mut Cursor<'_>, at: &Cursor<'_>, count: usize, letter: char) -> Result<u32, ParseError> {
    let code = hex(cursor, count).ok_or_else(|| {
        let shape = format!("\\{letter}{}", if count == 2 { "XX" } else { "XXXX" }.repeat(count.div_ceil(4)));
        at.error(format!(
            "SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes: truncated {shape} escape"
        ))
    })?;
    if code > 0x10FFFF {
        return Err(at.error(
            "SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes: illegal Unicode character (the last is \\U0010ffff)",
        ));
    }
    Ok(code)
}
