//! Python's number, string and bytes literals: text in, a [`Value`] or an error with its column out.

use num_bigint::BigInt;
use num_traits::Num;

use super::cursor::{Cursor, ParseError, is_word};
use super::number::{self, MAX_INT_DIGITS};
use super::{Value, Version};

/// The longest string or bytes object that the page holds, in characters or bytes.
pub const MAX_STRING: usize = 10_000;

/// A number, if one starts here.
pub(crate) fn number(cursor: &mut Cursor<'_>) -> Option<Result<Value, ParseError>> {
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
    (!(misplaced || py2 && text.contains('_'))).then(|| text.replace('_', ""))
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
pub(crate) fn too_long(len: impl std::fmt::Display) -> String {
    format!("a string of {len} characters is too long: {MAX_STRING} are held at most")
}

pub(crate) fn join(a: Value, b: Value, version: Version) -> Result<Value, String> {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => Ok(Value::Str([a, b].concat().into())),
        (Value::Bytes(a), Value::Bytes(b)) => Ok(Value::Bytes([a, b].concat().into())),
        (a, b) if version.is_py2() => join(number::decode_ascii(a)?, number::decode_ascii(b)?, version),
        _ => Err("SyntaxError: cannot mix bytes and nonbytes literals".to_owned()),
    }
}

/// One string literal, whatever follows it.
pub(crate) fn one_string(cursor: &mut Cursor<'_>) -> Option<Result<Value, ParseError>> {
    let start = *cursor;
    Some(scan_string(cursor)?.and_then(|value| match &value {
        Value::Str(text) if text.len() > MAX_STRING => Err(start.error(too_long(text.len()))),
        Value::Bytes(bytes) if bytes.len() > MAX_STRING => Err(start.error(too_long(bytes.len()))),
        _ => Ok(value),
    }))
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

/// The characters between the quotes, one at a time; `None` at the closing quote.
struct Body {
    closing: &'static str,
}

impl Body {
    fn open(cursor: &mut Cursor<'_>, quote: char) -> Body {
        let [single, triple] = if quote == '\'' { ["'", "'''"] } else { ["\"", "\"\"\""] };
        let closing = if cursor.rest().starts_with(triple) { triple } else { single };
        cursor.eat(closing);
        Body { closing }
    }

    fn next(&self, cursor: &mut Cursor<'_>, start: &Cursor<'_>) -> Result<Option<char>, ParseError> {
        if cursor.rest().starts_with(self.closing) {
            cursor.eat(self.closing);
            return Ok(None);
        }
        let triple = self.closing.len() == 3;
        let c = cursor.bump().filter(|&c| triple || !matches!(c, '\n' | '\r'));
        c.map(Some).ok_or_else(|| self.unterminated(start))
    }

    /// The message for a literal that was not closed, as the version words it.
    fn unterminated(&self, start: &Cursor<'_>) -> ParseError {
        start.error(if self.closing.len() == 3 {
            "SyntaxError: a string in triple quotes must end on its line here"
        } else if start.version() < Version::V3_10 {
            "SyntaxError: EOL while scanning string literal"
        } else {
            "SyntaxError: unterminated string literal"
        })
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
            let next = cursor.bump().ok_or_else(|| body.unterminated(start))?;
            text.push(u32::from(next));
        } else {
            match simple_escape(cursor) {
                Some(code) => text.push(code),
                None => match cursor.bump() {
                    None => return Err(body.unterminated(start)),
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
            let next = cursor.bump().ok_or_else(|| body.unterminated(start))?;
            bytes.push(b'\\');
            push(next, &mut bytes)?;
        } else if let Some(code) = simple_escape(cursor) {
            bytes.push(code as u8);
        } else {
            match cursor.bump() {
                None => return Err(body.unterminated(start)),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, version: Version) -> Result<Value, ParseError> {
        let mut cursor = Cursor::new(text, version);
        let value = number(&mut cursor).or_else(|| string(&mut cursor)).expect("a literal")?;
        assert!(cursor.at_end(), "{text}: {:?} is left over", cursor.rest());
        Ok(value)
    }

    fn refused(text: &str, version: Version) -> String {
        parse(text, version).expect_err(text).message
    }

    fn text(s: &str) -> Value {
        Value::Str(s.chars().map(u32::from).collect())
    }

    fn bytes(s: &[u8]) -> Value {
        Value::Bytes(s.into())
    }

    #[test]
    fn numbers() {
        for (source, value) in [
            ("0", Value::Int(0)),
            ("00", Value::Int(0)),
            ("1_000", Value::Int(1000)),
            ("0xFF", Value::Int(255)),
            ("0x_ff", Value::Int(255)),
            ("0o17", Value::Int(15)),
            ("0b11", Value::Int(3)),
            ("9223372036854775808", Value::Big(Box::new(BigInt::from(1u64 << 63)))),
            ("1.", Value::Float(1.0)),
            (".5", Value::Float(0.5)),
            ("01.5", Value::Float(1.5)),
            ("1e3", Value::Float(1000.0)),
            ("1_0.2_5e-1_0", Value::Float(10.25e-10)),
        ] {
            assert_eq!(parse(source, Version::V3_12), Ok(value), "{source}");
        }
        for (source, value) in [
            ("017", Value::Int(15)),
            ("5L", Value::Big(Box::new(BigInt::from(5)))),
            ("0xfL", Value::Big(Box::new(BigInt::from(15)))),
            ("017L", Value::Big(Box::new(BigInt::from(15)))),
        ] {
            assert_eq!(parse(source, Version::V2_7), Ok(value), "{source}");
        }
    }

    #[test]
    fn numbers_refused() {
        for version in Version::ALL {
            for source in ["08", "0b2", "0o8", "0xg", "1__0", "1_", "0x", "1if", "1j", "0x1__2"] {
                assert!(refused(source, version).starts_with("SyntaxError: "), "{source} in {}", version.name());
            }
        }
        for source in ["1_0", "0x_f"] {
            assert!(refused(source, Version::V2_7).starts_with("SyntaxError: invalid "), "{source}");
        }
        assert!(refused("017", Version::V3_12).starts_with(
            "SyntaxError: leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers"
        ));
        assert!(refused("017", Version::V3_7).starts_with("SyntaxError: invalid token"));
        assert!(refused("1L", Version::V3_12).starts_with("SyntaxError: invalid decimal literal"));
        assert_eq!(refused("0b12", Version::V3_12), "SyntaxError: invalid digit '2' in binary literal");
    }

    #[test]
    fn integers_have_a_longest() {
        let longest = "9".repeat(MAX_INT_DIGITS);
        assert!(parse(&longest[1..], Version::V3_12).is_ok());
        assert!(refused(&format!("{longest}9"), Version::V3_12).contains("4300 decimal digits"));
        assert!(refused(&format!("0x{}", "f".repeat(20_000)), Version::V3_12).contains("too long"));
        assert!(refused(&format!("0x{}", "f".repeat(4_000)), Version::V3_12).contains("too large"));
    }

    #[test]
    fn strings_by_version() {
        for (source, three, two) in [
            ("'a'", text("a"), bytes(b"a")),
            ("u'a'", text("a"), text("a")),
            ("b'a'", bytes(b"a"), bytes(b"a")),
            ("'\u{e9}'", text("\u{e9}"), bytes(b"\xc3\xa9")),
            ("'\\xe9'", text("\u{e9}"), bytes(b"\xe9")),
            ("'\\u20ac'", text("\u{20ac}"), bytes(b"\\u20ac")),
            ("u'\\u20ac\\U0001f600'", text("\u{20ac}\u{1f600}"), text("\u{20ac}\u{1f600}")),
            ("r'\\n'", text("\\n"), bytes(b"\\n")),
            ("r'\\''", text("\\'"), bytes(b"\\'")),
            ("br'\\n'", bytes(b"\\n"), bytes(b"\\n")),
            ("'\\7\\101\\q'", text("\u{7}A\\q"), bytes(b"\x07A\\q")),
            ("'a' \"b\"", text("ab"), bytes(b"ab")),
            ("'''it's'''", text("it's"), bytes(b"it's")),
            ("''", text(""), bytes(b"")),
        ] {
            assert_eq!(parse(source, Version::V3_12), Ok(three), "{source} in 3.12");
            assert_eq!(parse(source, Version::V2_7), Ok(two), "{source} in 2.7");
        }
        assert_eq!(parse("'\\ud800'", Version::V3_12), Ok(Value::Str([0xD800].into())));
        assert_eq!(parse("b'\\400'", Version::V3_12), Ok(bytes(b"\0")));
        assert_eq!(parse("rb'a'", Version::V3_12), Ok(bytes(b"a")));
        assert_eq!(parse("u'a' 'b'", Version::V2_7), Ok(text("ab")));
    }

    #[test]
    fn strings_refused() {
        for (source, version, message) in [
            ("b'\u{e9}'", Version::V3_12, "SyntaxError: bytes can only contain ASCII literal characters"),
            ("'abc", Version::V3_12, "SyntaxError: unterminated string literal"),
            ("'abc", Version::V3_9, "SyntaxError: EOL while scanning string literal"),
            ("'abc\\", Version::V2_7, "SyntaxError: EOL while scanning string literal"),
            ("'''abc", Version::V3_12, "SyntaxError: a string in triple quotes must end on its line here"),
            ("'\\x4'", Version::V2_7, "ValueError: invalid \\x escape"),
            ("b'ab\\x4'", Version::V3_12, "SyntaxError: (value error) invalid \\x escape at position 2"),
            ("'a' b'b'", Version::V3_12, "SyntaxError: cannot mix bytes and nonbytes literals"),
        ] {
            assert_eq!(refused(source, version), message, "{source} in {}", version.name());
        }
        assert!(refused("'\\u12'", Version::V3_12).ends_with("truncated \\uXXXX escape"));
        assert!(refused("'\\x1'", Version::V3_12).ends_with("truncated \\xXX escape"));
        assert!(refused("'\\U00110000'", Version::V3_12).contains("illegal Unicode character"));
        assert!(refused("'\\N{BULLET}'", Version::V3_12).contains("not supported"));
        assert!(refused("ur'a'", Version::V2_7).contains("not supported"));
        assert!(refused("rb'a'", Version::V2_7).starts_with("SyntaxError: invalid syntax"));
        assert!(refused("f'a'", Version::V3_12).contains("not supported"));
        assert!(refused(&format!("'{}'", "a".repeat(MAX_STRING + 1)), Version::V3_12).contains("too long"));
        assert!(parse(&format!("'{}'", "a".repeat(MAX_STRING)), Version::V3_12).is_ok());
    }

    #[test]
    fn errors_point_at_the_character() {
        assert_eq!(parse("'\u{e9}\u{20ac}\\xq'", Version::V3_12).expect_err("an error").column, 4);
    }
}
