//! `repr()` and `str()`, version by version.

use std::fmt::Write;

use super::literal::MAX_STRING;
use super::printable::is_printable;
use super::value::OtherKind;
use super::{Heap, Obj, Value, set};

/// `repr(value)`, for a value whose items are in `heap`.
pub(super) fn repr(value: &Value, heap: &Heap) -> String {
    start(value, heap, usize::MAX)
}

/// The first `most` characters of `repr(value)` and `…`, or all of it if it has no more. What is not shown is not made.
pub(super) fn repr_within(value: &Value, heap: &Heap, most: usize) -> String {
    let mut text = start(value, heap, most);
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// How `repr(value)` starts: all of it, or something longer than `most` characters.
fn start(value: &Value, heap: &Heap, most: usize) -> String {
    let py2 = heap.version().is_py2();
    match value {
        Value::None => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(n) => n.to_string(),
        Value::Big(n) if py2 => format!("{n}L"),
        Value::Big(n) => n.to_string(),
        Value::Float(x) => float(*x, &shortest(*x), 16),
        Value::Str(text) => {
            let printable = |c| if py2 { None } else { char::from_u32(c).filter(|&c| is_printable(c, heap.version())) };
            quoted(if py2 { "u'" } else { "'" }, text.iter().copied(), printable, most)
        }
        Value::Bytes(bytes) => {
            quoted(if py2 { "'" } else { "b'" }, bytes.iter().map(|&b| u32::from(b)), |_| None, most)
        }
        Value::Tuple(items) => match &**items {
            [only] => format!("({},)", start(&heap.value(*only), heap, most)),
            items => format!("({})", joined(items, heap, most)),
        },
        Value::FrozenSet(items) if items.is_empty() && !py2 => "frozenset()".to_owned(),
        Value::FrozenSet(items) => {
            let items = joined(&set::order(items, heap), heap, most);
            if py2 { format!("frozenset([{items}])") } else { format!("frozenset({{{items}}})") }
        }
        Value::Uuid(bytes) => format!("UUID('{}')", uuid::Uuid::from_bytes(*bytes)),
        Value::Foreign(one) => match one.serial {
            Some(serial) => format!("<{} {serial}>", one.kind),
            None => format!("<{}>", one.kind),
        },
        // What it holds changes with the program; Python writes three dots where it does not look into a container.
        Value::Other(other) => match other.kind {
            OtherKind::List => "[...]",
            OtherKind::Dict => "{...}",
            OtherKind::Set => "set(...)",
            OtherKind::Range => "range(...)",
            OtherKind::Object => "object()",
            OtherKind::Iterator => "iter(...)",
            OtherKind::Size => "sys.getsizeof(d)",
        }
        .to_owned(),
    }
}

/// `str(value)`.
///
/// # Errors
/// If it is longer than [`MAX_STRING`]. 2.7: text that is not ASCII.
pub(super) fn str(value: &Value, heap: &Heap) -> Result<Value, String> {
    let py2 = heap.version().is_py2();
    let text = match value {
        Value::Str(_) if !py2 => return Ok(value.clone()),
        Value::Bytes(_) if py2 => return Ok(value.clone()),
        Value::Str(text) => {
            let ascii = |&c: &u32| u8::try_from(c).ok().filter(u8::is_ascii);
            let Some(from) = text.iter().position(|c| ascii(c).is_none()) else {
                return Ok(Value::Bytes(text.iter().filter_map(ascii).collect()));
            };
            let to = text[from..].iter().position(|c| ascii(c).is_some()).map_or(text.len(), |len| from + len) - 1;
            let place = if from == to {
                format!("character u'{}' in position {from}", escape(text[from]))
            } else {
                format!("characters in position {from}-{to}")
            };
            return Err(format!("UnicodeEncodeError: 'ascii' codec can't encode {place}: ordinal not in range(128)"));
        }
        Value::Big(n) => n.to_string(),
        // `float_str` of 2.7 is '%.12g'.
        Value::Float(x) if py2 => float(*x, &format!("{x:.11e}"), 12),
        Value::Uuid(bytes) => uuid::Uuid::from_bytes(*bytes).to_string(),
        _ => {
            let text = start(value, heap, MAX_STRING);
            if text.chars().nth(MAX_STRING).is_some() {
                return Err(format!("str() of this is too long: {MAX_STRING} characters are held at most"));
            }
            text
        }
    };
    Ok(if py2 { Value::Bytes(text.into_bytes().into()) } else { Value::Str(text.chars().map(u32::from).collect()) })
}

fn joined(items: &[Obj], heap: &Heap, most: usize) -> String {
    let mut text = String::new();
    for (nth, &item) in items.iter().enumerate() {
        // A character takes up to four bytes.
        if text.len() / 4 > most {
            break;
        }
        if nth > 0 {
            text.push_str(", ");
        }
        text += &start(&heap.value(item), heap, most);
    }
    text
}

/// The fewest digits that read back as `x`; of two equally near to it the even one, as `dtoa.c` does and Rust does not.
fn shortest(x: f64) -> String {
    let short = format!("{x:e}");
    let decimals = short.bytes().take_while(|&c| c != b'e').filter(u8::is_ascii_digit).count().saturating_sub(1);
    let even = format!("{x:.decimals$e}");
    if even.parse() == Ok(x) { even } else { short }
}

/// A float with the digits of `scientific` (`d.ddde±x`), laid out as `PyOS_double_to_string` does: an exponent if it is
/// below -4 or at least `precision`.
fn float(x: f64, scientific: &str, precision: i32) -> String {
    if !x.is_finite() {
        return if x.is_nan() {
            "nan"
        } else if x > 0.0 {
            "inf"
        } else {
            "-inf"
        }
        .to_owned();
    }
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let sign = if mantissa.starts_with('-') { "-" } else { "" };
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = match digits.trim_end_matches('0') {
        "" => "0",
        digits => digits,
    };
    if !(-4..precision).contains(&exponent) {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        return format!("{sign}{first}{point}{rest}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs());
    }
    if exponent < 0 {
        return format!("{sign}0.{}{digits}", "0".repeat(-exponent as usize - 1));
    }
    let whole = exponent as usize + 1;
    let padded = format!("{digits:0<width$}", width = whole + 1);
    format!("{sign}{}.{}", &padded[..whole], &padded[whole..])
}

/// Characters or bytes in quotes; `opening` is the prefix with the quote preferred. Outside ASCII, `printable` says what
/// is shown as it is. Of more than `most` units the rest is left out.
fn quoted(
    opening: &str,
    units: impl Iterator<Item = u32> + Clone,
    printable: impl Fn(u32) -> Option<char>,
    most: usize,
) -> String {
    let has = |quote: char| units.clone().any(|c| c == u32::from(quote));
    let quote = if has('\'') && !has('"') { '"' } else { '\'' };
    let mut out = opening.replace('\'', if quote == '"' { "\"" } else { "'" });
    for unit in units.take(most.saturating_add(1)) {
        match char::from_u32(unit) {
            Some('\\') => out.push_str("\\\\"),
            Some(c) if c == quote => out.extend(['\\', c]),
            Some('\t') => out.push_str("\\t"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some(c @ ' '..='~') => out.push(c),
            _ => match printable(unit).filter(|c| !c.is_ascii()) {
                Some(c) => out.push(c),
                None => out.push_str(&escape(unit)),
            },
        }
    }
    out.push(quote);
    out
}

/// The shortest of `\xNN`, `\uNNNN` and `\UNNNNNNNN`.
fn escape(unit: u32) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = match unit {
        0..=0xFF => write!(out, "\\x{unit:02x}"),
        0x100..=0xFFFF => write!(out, "\\u{unit:04x}"),
        _ => write!(out, "\\U{unit:08x}"),
    };
    out
}

#[cfg(test)]
mod tests {
    use crate::python::{Cursor, Expr, HashSettings, Heap, Version};

    fn repr(text: &str, version: Version) -> String {
        let mut heap = Heap::new(version, HashSettings::default());
        let expr = Expr::parse(&mut Cursor::new(text, version), &[]).unwrap_or_else(|error| panic!("{text}: {error}"));
        let obj = expr.eval(&[], &mut heap).unwrap_or_else(|error| panic!("{text}: {error}"));
        heap.repr(obj)
    }

    #[test]
    fn repr_of_3() {
        for (text, expected) in [
            ("1e16", "1e+16"),
            ("1e15", "1000000000000000.0"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("123456789012345678.0", "1.2345678901234568e+17"),
            ("0.1 + 0.2", "0.30000000000000004"),
            ("-0.0", "-0.0"),
            ("5e-324", "5e-324"),
            ("2.98023223876953125e-8", "2.9802322387695312e-08"),
            ("1e400", "inf"),
            ("float('nan')", "nan"),
            ("2**64", "18446744073709551616"),
            ("'it\\'s'", "\"it's\""),
            ("'\\'\"'", "'\\'\"'"),
            ("'\\0\\t\\x7f\\u00e9\\u00ad\\u2028\\ud800'", "'\\x00\\t\\x7f\u{e9}\\xad\\u2028\\ud800'"),
            ("b'\\xe9\\n'", "b'\\xe9\\n'"),
            ("()", "()"),
            ("(1,)", "(1,)"),
            ("(1, ('a', None))", "(1, ('a', None))"),
            ("frozenset([2])", "frozenset({2})"),
            ("frozenset()", "frozenset()"),
            ("UUID(int=5)", "UUID('00000000-0000-0000-0000-000000000005')"),
        ] {
            assert_eq!(repr(text, Version::V3_12), expected, "{text}");
        }
        // U+1FAE0 is of Unicode 14, that of 3.11.
        assert_eq!(repr("'\u{1fae0}'", Version::V3_10), "'\\U0001fae0'");
        assert_eq!(repr("'\u{1fae0}'", Version::V3_11), "'\u{1fae0}'");
    }

    #[test]
    fn repr_and_str_of_2_7() {
        for (text, expected) in [
            ("9223372036854775807", "9223372036854775807"),
            ("9223372036854775808", "9223372036854775808L"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("-(2**63)", "-9223372036854775808L"),
            ("-9223372036854775808L", "-9223372036854775808L"),
            ("- 9223372036854775808l", "-9223372036854775808L"),
            ("-0x8000000000000000L", "-9223372036854775808L"),
            ("-0x8000000000000000", "-9223372036854775808"),
            ("-01000000000000000000000L", "-9223372036854775808L"),
            ("-9223372036854775807 - 1", "-9223372036854775808"),
            ("2**63 - 1", "9223372036854775807L"),
            ("-1 << 63", "-9223372036854775808"),
            ("(-1 << 63) % -1", "0L"),
            ("(-1 << 63) // -1", "9223372036854775808L"),
            ("1L", "1L"),
            ("str(1L)", "'1'"),
            ("str(0.1 + 0.2)", "'0.3'"),
            ("str(1e11)", "'100000000000.0'"),
            ("str(1e12)", "'1e+12'"),
            ("u'\\xe9\\u20ac\\U0001f600'", "u'\\xe9\\u20ac\\U0001f600'"),
            ("'\u{e9}'", "'\\xc3\\xa9'"),
            ("'\\u20ac'", "'\\\\u20ac'"),
            ("'a' u'b'", "u'ab'"),
            ("frozenset([2])", "frozenset([2])"),
            ("017", "15"),
        ] {
            assert_eq!(repr(text, Version::V2_7), expected, "{text}");
        }
    }
}
