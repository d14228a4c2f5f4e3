//! Values as text: `%`, `str.format` and f-strings (`Python/formatter_unicode.c`, `Objects/unicodeobject.c`).

use super::machine::{Machine, check_length, integer, string};
use super::things::Thing;
use crate::python::{Heap, Obj, Value, number};

type Result<T> = std::result::Result<T, String>;

/// A format: `[[fill]align][sign][#][0][width][,][.precision][type]`.
#[derive(Debug, Default)]
struct Spec {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    alternate: bool,
    zero: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

impl Spec {
    fn parse(text: &str) -> Result<Spec> {
        let mut spec = Spec::default();
        let mut chars: Vec<char> = text.chars().collect();
        let is_align = |c: &char| matches!(c, '<' | '>' | '=' | '^');
        if chars.get(1).is_some_and(is_align) {
            (spec.fill, spec.align) = (Some(chars[0]), Some(chars[1]));
            chars.drain(..2);
        } else if chars.first().is_some_and(is_align) {
            spec.align = Some(chars.remove(0));
        }
        let mut rest = chars.into_iter().peekable();
        spec.sign = rest.next_if(|c| matches!(c, '+' | '-' | ' '));
        spec.alternate = rest.next_if_eq(&'#').is_some();
        spec.zero = rest.next_if_eq(&'0').is_some();
        let mut digits = String::new();
        while let Some(c) = rest.next_if(char::is_ascii_digit) {
            digits.push(c);
        }
        let number = |digits: &str| {
            digits.parse::<usize>().map_err(|_| "ValueError: Too many decimal digits in format string".to_owned())
        };
        if !digits.is_empty() {
            spec.width = number(&digits)?;
        }
        spec.grouping = rest.next_if(|c| matches!(c, ',' | '_'));
        if rest.next_if_eq(&'.').is_some() {
            let mut digits = String::new();
            while let Some(c) = rest.next_if(char::is_ascii_digit) {
                digits.push(c);
            }
            if digits.is_empty() {
                return Err("ValueError: Format specifier missing precision".to_owned());
            }
            spec.precision = Some(number(&digits)?);
        }
        spec.kind = rest.next();
        if rest.next().is_some() {
            return Err("ValueError: Invalid format specifier".to_owned());
        }
        check_length(spec.width.max(spec.precision.unwrap_or(0)))?;
        Ok(spec)
    }

    /// `text` with its sign apart, to the width.
    fn pad(&self, sign: &str, text: &str, is_number: bool) -> String {
        let len = sign.chars().count() + text.chars().count();
        let missing = self.width.saturating_sub(len);
        let zero = self.zero && self.align.is_none();
        let fill = self.fill.unwrap_or(if self.zero { '0' } else { ' ' });
        let align = self.align.unwrap_or(if zero && is_number {
            '='
        } else if is_number {
            '>'
        } else {
            '<'
        });
        let pad = |n: usize| fill.to_string().repeat(n);
        match align {
            '<' => format!("{sign}{text}{}", pad(missing)),
            '^' => format!("{}{sign}{text}{}", pad(missing / 2), pad(missing - missing / 2)),
            '=' => format!("{sign}{}{text}", pad(missing)),
            _ => format!("{}{sign}{text}", pad(missing)),
        }
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.sign) {
            (true, _) => "-",
            (false, Some('+')) => "+",
            (false, Some(' ')) => " ",
            _ => "",
        }
    }
}

/// Digits before the point in groups.
fn grouped(text: &str, by: char, size: usize) -> String {
    let end = text.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(text.len());
    let (whole, rest) = text.split_at(end);
    let mut out = String::new();
    for (nth, c) in whole.chars().enumerate() {
        if nth > 0 && (whole.len() - nth).is_multiple_of(size) {
            out.push(by);
        }
        out.push(c);
    }
    out + rest
}

/// `x` without its sign, as `%e`, `%f` and `%g` print it.
fn float_digits(x: f64, kind: char, precision: usize, alternate: bool) -> String {
    let x = x.abs();
    let upper = kind.is_ascii_uppercase();
    let text = if x.is_nan() {
        "nan".to_owned()
    } else if x.is_infinite() {
        "inf".to_owned()
    } else {
        match kind.to_ascii_lowercase() {
            'e' => exponent(&format!("{x:.precision$e}")),
            'g' => {
                let precision = precision.max(1);
                let scientific = format!("{x:.*e}", precision - 1);
                let power: i32 = scientific.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
                let cut = |text: &str| {
                    if alternate || !text.contains('.') {
                        text.to_owned()
                    } else {
                        text.trim_end_matches('0').trim_end_matches('.').to_owned()
                    }
                };
                if power < -4 || power >= precision as i32 {
                    let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
                    exponent(&format!("{}e{power}", cut(mantissa)))
                } else {
                    cut(&format!("{x:.*}", (precision as i32 - 1 - power).max(0) as usize))
                }
            }
            _ => format!("{x:.precision$}"),
        }
    };
    if upper { text.to_uppercase() } else { text }
}

/// Rust's `1.5e7` as C's `1.5e+07`.
fn exponent(text: &str) -> String {
    let (mantissa, power) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, digits) = power.strip_prefix('-').map_or(('+', power), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>2}")
}

impl Machine {
    /// A value in an f-string or for `str.format`.
    pub(super) fn format_value(
        &self,
        value: Obj,
        conversion: Option<char>,
        format: &str,
        heap: &Heap,
    ) -> Result<String> {
        match conversion {
            Some('r') => {
                let text = self.repr(value, heap)?;
                return self.format_text(&text, format);
            }
            Some('a') => return Err("!a is not known here: write !r".to_owned()),
            Some(_) => {
                let text = self.text(value, heap)?;
                return self.format_text(&text, format);
            }
            None => {}
        }
        if format.is_empty() {
            return self.text(value, heap);
        }
        let value_of = match self.thing(value, heap) {
            Some(&Thing::Size(_, shown)) => Value::Int(shown),
            Some(_) => {
                let kind = self.type_of(value, heap);
                return Err(format!("TypeError: unsupported format string passed to {kind}.__format__"));
            }
            None => heap.value(value).into_owned(),
        };
        match &value_of {
            Value::Str(_) | Value::Bytes(_) => {
                let text = self.text(value, heap)?;
                self.format_text(&text, format)
            }
            Value::Int(_) | Value::Big(_) | Value::Bool(_) | Value::Float(_) => {
                self.format_number(&value_of, format, heap)
            }
            _ => {
                let kind = self.type_of(value, heap);
                Err(format!("TypeError: unsupported format string passed to {kind}.__format__"))
            }
        }
    }

    fn format_text(&self, text: &str, format: &str) -> Result<String> {
        if format.is_empty() {
            return Ok(text.to_owned());
        }
        let spec = Spec::parse(format)?;
        if let Some(kind) = spec.kind.filter(|kind| *kind != 's') {
            return Err(format!("ValueError: Unknown format code '{kind}' for object of type 'str'"));
        }
        if spec.sign.is_some() {
            return Err("ValueError: Sign not allowed in string format specifier".to_owned());
        }
        let cut: String = text.chars().take(spec.precision.unwrap_or(usize::MAX)).collect();
        Ok(spec.pad("", &cut, false))
    }

    fn format_number(&self, value: &Value, format: &str, heap: &Heap) -> Result<String> {
        let spec = Spec::parse(format)?;
        let is_float = matches!(value, Value::Float(_));
        let kind = spec.kind.unwrap_or(if is_float { 'r' } else { 'd' });
        if let 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%' | 'r' = kind {
            let x = number::double(value, heap.version()).unwrap_or(Ok(0.0))?;
            let negative = x.is_sign_negative() && !x.is_nan();
            let text = match kind {
                '%' => format!("{}%", float_digits(x * 100.0, 'f', spec.precision.unwrap_or(6), spec.alternate)),
                'r' => match spec.precision {
                    Some(precision) => {
                        let text = float_digits(x, 'g', precision, false);
                        if text.contains(['.', 'e', 'n']) { text } else { format!("{text}.0") }
                    }
                    None => heap.repr_of(&Value::Float(x.abs())),
                },
                _ => float_digits(x, kind, spec.precision.unwrap_or(6), spec.alternate),
            };
            let text = spec.grouping.map_or(text.clone(), |by| grouped(&text, by, 3));
            return Ok(spec.pad(spec.sign(negative), &text, true));
        }
        if is_float || !matches!(kind, 'd' | 'n' | 'x' | 'X' | 'o' | 'b' | 'c') {
            let name = number::type_name(value, heap.version());
            return Err(format!("ValueError: Unknown format code '{kind}' for object of type '{name}'"));
        }
        let n = number::big(value).ok_or("TypeError: an int is needed here")?;
        let negative = n.sign() == num_bigint::Sign::Minus;
        let digits = |radix| n.magnitude().to_str_radix(radix);
        let (prefix, text) = match kind {
            'x' => ("0x", digits(16)),
            'X' => ("0X", digits(16).to_uppercase()),
            'o' => ("0o", digits(8)),
            'b' => ("0b", digits(2)),
            'c' => {
                let code = u32::try_from(n.magnitude()).ok().and_then(char::from_u32);
                return Ok(spec.pad(
                    "",
                    &code.ok_or("OverflowError: %c arg not in range(0x110000)")?.to_string(),
                    false,
                ));
            }
            _ => ("", digits(10)),
        };
        let text = spec.grouping.map_or(text.clone(), |by| grouped(&text, by, if kind == 'd' { 3 } else { 4 }));
        let prefix = if spec.alternate { prefix } else { "" };
        Ok(spec.pad(&format!("{}{prefix}", spec.sign(negative)), &text, true))
    }

    /// `'…' % values`
    pub(super) fn percent(&mut self, format: Obj, values: Obj, heap: &mut Heap) -> Result<Obj> {
        let is_bytes = matches!(&*heap.value(format), Value::Bytes(_));
        if is_bytes && !heap.version().is_py2() {
            return Err("% of bytes is not known here: format a string".to_owned());
        }
        let format = self.text(format, heap)?;
        let mut values_left: Vec<Obj> = match (self.thing(values, heap), &*heap.value(values)) {
            (None, Value::Tuple(items)) => items.to_vec(),
            _ => vec![values],
        };
        values_left.reverse();
        let mapping = self.dict(values, heap).is_some();
        let single = !matches!(&*heap.value(values), Value::Tuple(_));
        let few = || "TypeError: not enough arguments for format string".to_owned();
        let mut out = String::new();
        let mut chars = format.chars().peekable();
        let mut named = false;
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            if chars.next_if_eq(&'%').is_some() {
                out.push('%');
                continue;
            }
            let mut given = None;
            if chars.next_if_eq(&'(').is_some() {
                let mut name = String::new();
                while let Some(c) = chars.next_if(|&c| c != ')') {
                    name.push(c);
                }
                chars.next();
                if !mapping {
                    return Err("TypeError: format requires a mapping".to_owned());
                }
                named = true;
                let key = heap.alloc(string(&name, is_bytes));
                given = Some(self.get(values, key, heap).ok_or_else(|| format!("KeyError: '{name}'"))?);
            }
            let mut spec = Spec::default();
            let mut left = false;
            while let Some(flag) = chars.next_if(|c| matches!(c, '-' | '+' | ' ' | '0' | '#')) {
                match flag {
                    '-' => left = true,
                    '0' => spec.zero = true,
                    '#' => spec.alternate = true,
                    '+' => spec.sign = Some('+'),
                    _ => spec.sign = spec.sign.or(Some(' ')),
                }
            }
            let number = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
                          values_left: &mut Vec<Obj>|
             -> Result<Option<usize>> {
                if chars.next_if_eq(&'*').is_some() {
                    let n = integer(values_left.pop().ok_or_else(few)?, heap)?;
                    return Ok(Some(n.unsigned_abs() as usize));
                }
                let mut digits = String::new();
                while let Some(c) = chars.next_if(char::is_ascii_digit) {
                    digits.push(c);
                }
                Ok(digits.parse().ok())
            };
            spec.width = number(&mut chars, &mut values_left)?.unwrap_or(0);
            if chars.next_if_eq(&'.').is_some() {
                spec.precision = Some(number(&mut chars, &mut values_left)?.unwrap_or(0));
            }
            check_length(spec.width.max(spec.precision.unwrap_or(0)))?;
            while chars.next_if(|c| matches!(c, 'l' | 'h' | 'L')).is_some() {}
            let Some(kind) = chars.next() else {
                return Err("ValueError: incomplete format".to_owned());
            };
            let value = match given {
                Some(value) => value,
                None => values_left.pop().ok_or_else(few)?,
            };
            spec.align = left.then_some('<');
            out.push_str(&self.percent_value(value, kind, spec, heap)?);
            check_length(out.len() / 100)?;
        }
        if !(values_left.is_empty() || named || (mapping && single)) {
            return Err("TypeError: not all arguments converted during string formatting".to_owned());
        }
        Ok(heap.alloc(string(&out, is_bytes)))
    }

    fn percent_value(&self, value: Obj, kind: char, mut spec: Spec, heap: &Heap) -> Result<String> {
        let plain = match self.thing(value, heap) {
            Some(&Thing::Size(_, shown)) => Value::Int(shown),
            _ => heap.value(value).into_owned(),
        };
        match kind {
            's' | 'r' => {
                let text = if kind == 's' { self.text(value, heap)? } else { self.repr(value, heap)? };
                let cut: String = text.chars().take(spec.precision.unwrap_or(usize::MAX)).collect();
                (spec.zero, spec.align) = (false, Some(spec.align.unwrap_or('>')));
                Ok(spec.pad("", &cut, false))
            }
            'c' => {
                let text = match &plain {
                    Value::Int(n) => u32::try_from(*n).ok().and_then(char::from_u32).map(String::from),
                    _ => Some(self.text(value, heap)?).filter(|text| text.chars().count() == 1),
                };
                let text = text.ok_or("TypeError: %c requires int or char")?;
                (spec.zero, spec.align) = (false, Some(spec.align.unwrap_or('>')));
                Ok(spec.pad("", &text, false))
            }
            'd' | 'i' | 'u' | 'x' | 'X' | 'o' => {
                let n = match &plain {
                    Value::Float(x) if matches!(kind, 'd' | 'i' | 'u') && x.is_finite() => {
                        num_traits::FromPrimitive::from_f64(x.trunc()).unwrap_or_default()
                    }
                    other => match number::big(other) {
                        Some(n) => n.into_owned(),
                        None => {
                            let name = self.type_of(value, heap);
                            return Err(format!("TypeError: %{kind} format: a number is required, not {name}"));
                        }
                    },
                };
                let negative = n.sign() == num_bigint::Sign::Minus;
                let radix = if matches!(kind, 'x' | 'X') {
                    16
                } else if kind == 'o' {
                    8
                } else {
                    10
                };
                let mut text = n.magnitude().to_str_radix(radix);
                if kind == 'X' {
                    text = text.to_uppercase();
                }
                if let Some(precision) = spec.precision {
                    text = format!("{text:0>precision$}");
                }
                let prefix = match (spec.alternate, kind) {
                    (true, 'x') => "0x",
                    (true, 'X') => "0X",
                    (true, 'o') => {
                        if heap.version().is_py2() {
                            "0"
                        } else {
                            "0o"
                        }
                    }
                    _ => "",
                };
                Ok(spec.pad(&format!("{}{prefix}", spec.sign(negative)), &text, true))
            }
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
                let Some(x) = number::double(&plain, heap.version()) else {
                    let name = self.type_of(value, heap);
                    return Err(format!("TypeError: must be real number, not {name}"));
                };
                let x = x?;
                let text = float_digits(x, kind, spec.precision.unwrap_or(6), spec.alternate);
                Ok(spec.pad(spec.sign(x.is_sign_negative() && !x.is_nan()), &text, true))
            }
            _ => Err(format!("ValueError: unsupported format character '{kind}' (0x{:x})", kind as u32)),
        }
    }

    /// `'…'.format(…)`
    pub(super) fn format_method(
        &mut self,
        of: Obj,
        arguments: &[Obj],
        named: &[(&str, Obj)],
        heap: &mut Heap,
    ) -> Result<Obj> {
        let is_bytes = matches!(&*heap.value(of), Value::Bytes(_));
        if is_bytes && !heap.version().is_py2() {
            return Err(self.no_method(of, "format", heap));
        }
        let text = self.text(of, heap)?;
        let mut nth = 0;
        let out = self.fill_in(&text, arguments, named, &mut nth, heap, 0)?;
        Ok(heap.alloc(string(&out, is_bytes)))
    }

    fn fill_in(
        &mut self,
        text: &str,
        arguments: &[Obj],
        named: &[(&str, Obj)],
        nth: &mut usize,
        heap: &mut Heap,
        depth: usize,
    ) -> Result<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            if rest.starts_with("{{") || rest.starts_with("}}") {
                out.push_str(&rest[..1]);
                rest = &rest[2..];
                continue;
            }
            if rest.starts_with('}') {
                return Err("ValueError: Single '}' encountered in format string".to_owned());
            }
            let mut level = 0;
            let end = rest.char_indices().find_map(|(at, c)| {
                level += i32::from(c == '{') - i32::from(c == '}');
                (level == 0).then_some(at)
            });
            let end = end.ok_or("ValueError: expected '}' before end of string")?;
            let field = &rest[1..end];
            rest = &rest[end + 1..];
            let (head, format) = field.split_once(':').unwrap_or((field, ""));
            let (name, conversion) = head.split_once('!').unwrap_or((head, ""));
            let (name, path) = name.split_at(name.find(['.', '[']).unwrap_or(name.len()));
            let mut value = if name.is_empty() || name.bytes().all(|c| c.is_ascii_digit()) {
                let place = if name.is_empty() {
                    *nth += 1;
                    *nth - 1
                } else {
                    name.parse().unwrap_or(usize::MAX)
                };
                let value = arguments.get(place).copied();
                value.ok_or_else(|| {
                    format!("IndexError: Replacement index {place} out of range for positional args tuple")
                })?
            } else {
                let value = named.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
                value.ok_or_else(|| format!("KeyError: '{name}'"))?
            };
            let mut path = path;
            while let Some(inner) = path.strip_prefix('[') {
                let (key, after) = inner.split_once(']').ok_or("ValueError: Missing ']' in format string")?;
                let key = match key.parse::<i64>() {
                    Ok(n) => heap.alloc(Value::Int(n)),
                    Err(_) => heap.alloc(string(key, is_bytes_of(heap))),
                };
                value = self.index(value, key, heap)?;
                path = after;
            }
            if !path.is_empty() {
                return Err("attributes need Python itself: use a variable".to_owned());
            }
            let format = if format.contains('{') && depth == 0 {
                self.fill_in(format, arguments, named, nth, heap, 1)?
            } else {
                format.to_owned()
            };
            out.push_str(&self.format_value(value, conversion.chars().next(), &format, heap)?);
        }
        out.push_str(rest);
        Ok(out)
    }
}

fn is_bytes_of(heap: &Heap) -> bool {
    heap.version().is_py2()
}
