//! Arithmetic on values, for the expressions of a program: `i * 8 + 1`, `'k' + str(i)`.
//!
//! Sources: `Objects/longobject.c`, `floatobject.c` and, for 2.7, `intobject.c`; messages as each version words them.

use std::borrow::Cow;
use std::cmp::Ordering;

use num_bigint::BigInt;
use num_traits::{FromPrimitive, Signed, ToPrimitive, Zero};

use super::limits::made;
use super::literal::{MAX_STRING, too_long};
use super::value::OtherKind;
use super::{Value, Version};

/// The longest decimal literal: CPython's own default limit since 3.11.
pub const MAX_INT_DIGITS: usize = 4_300;

/// The largest result, in bits: always less than 10^4300.
pub const MAX_INT_BITS: u64 = 14_284;

/// A unary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `+`
    Pos,
    /// `~`
    Invert,
}

/// A binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `//`
    FloorDiv,
    /// `%`
    Mod,
    /// `**`
    Pow,
    /// `<<`
    Shl,
    /// `>>`
    Shr,
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
}

impl BinaryOp {
    /// As it is written.
    pub const fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::FloorDiv => "//",
            BinaryOp::Mod => "%",
            BinaryOp::Pow => "**",
            BinaryOp::Shl => "<<",
            BinaryOp::Shr => ">>",
            BinaryOp::And => "&",
            BinaryOp::Or => "|",
            BinaryOp::Xor => "^",
        }
    }
}

/// `n` as an `int`; in 2.7 a `long` if it is outside 64 bits, or if `long` says so.
///
/// # Errors
/// If it is longer than [`MAX_INT_BITS`].
pub(crate) fn integer(n: BigInt, long: bool, version: Version) -> Result<Value, String> {
    if n.bits() > MAX_INT_BITS {
        return Err(too_big());
    }
    Ok(match n.to_i64() {
        Some(n) if !(long && version.is_py2()) => Value::Int(n),
        _ => Value::Big(Box::new(n)),
    })
}

fn too_big() -> String {
    format!("the result is too large: ints of up to {MAX_INT_BITS} bits ({MAX_INT_DIGITS} digits) are held")
}

/// The name of the type, as messages give it.
pub(crate) fn type_name(value: &Value, version: Version) -> &'static str {
    let py2 = version.is_py2();
    match value {
        Value::None => "NoneType",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Big(_) => {
            if py2 {
                "long"
            } else {
                "int"
            }
        }
        Value::Float(_) => "float",
        Value::Str(_) => {
            if py2 {
                "unicode"
            } else {
                "str"
            }
        }
        Value::Bytes(_) => {
            if py2 {
                "str"
            } else {
                "bytes"
            }
        }
        Value::Tuple(_) => "tuple",
        Value::FrozenSet(_) => "frozenset",
        Value::Uuid(_) => "UUID",
        Value::Foreign(_) => "object",
        Value::Other(other) => match other.kind {
            OtherKind::List => "list",
            OtherKind::Dict => "dict",
            OtherKind::Set => "set",
            OtherKind::Range if py2 => "xrange",
            OtherKind::Range => "range",
            OtherKind::Object => "object",
            OtherKind::Iterator => "iterator",
            OtherKind::Size => "int",
        },
    }
}

/// The value as a big integer, if it is an integer or a bool.
pub(crate) fn big(value: &Value) -> Option<Cow<'_, BigInt>> {
    match value {
        Value::Bool(b) => Some(Cow::Owned(BigInt::from(u8::from(*b)))),
        Value::Int(n) => Some(Cow::Owned(BigInt::from(*n))),
        Value::Big(n) => Some(Cow::Borrowed(n)),
        _ => None,
    }
}

/// The value as a double, if it is a number.
pub(crate) fn double(value: &Value, version: Version) -> Option<Result<f64, String>> {
    match value {
        Value::Float(x) => Some(Ok(*x)),
        Value::Int(n) => Some(Ok(*n as f64)),
        _ => big(value).map(|n| {
            n.to_f64().filter(|x| x.is_finite()).ok_or_else(|| {
                let kind = if version.is_py2() { "long int" } else { "int" };
                format!("OverflowError: {kind} too large to convert to float")
            })
        }),
    }
}

/// `a == b` as numbers, exactly (`float_richcompare`); false if one is not a number.
pub(crate) fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Float(x), n) | (n, Value::Float(x)) => {
            big(n).is_some_and(|n| x.fract() == 0.0 && BigInt::from_f64(*x).is_some_and(|x| x == *n))
        }
        _ => match (big(a), big(b)) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        },
    }
}

/// The order of two numbers, exactly; `None` if one is not a number or NaN.
pub(crate) fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Float(x), n) => order_with_float(big(n)?.as_ref(), *x).map(Ordering::reverse),
        (n, Value::Float(x)) => order_with_float(big(n)?.as_ref(), *x),
        _ => Some(big(a)?.as_ref().cmp(big(b)?.as_ref())),
    }
}

fn order_with_float(n: &BigInt, x: f64) -> Option<Ordering> {
    if x.is_infinite() {
        return Some(if x > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let whole = BigInt::from_f64(x.trunc())?;
    let rest = x.fract().partial_cmp(&0.0)?;
    Some(n.cmp(&whole).then(rest.reverse()))
}

/// `total + item`, as `sum()` adds; text is not added.
///
/// # Errors
/// As Python's; sums of floats with others from 3.12 on, where `sum` compensates for rounding.
pub(crate) fn sum(total: Value, item: &Value, version: Version) -> Result<Value, String> {
    if let Value::Str(_) | Value::Bytes(_) = item {
        return Err("TypeError: sum() can't sum strings [use ''.join(seq) instead]".to_owned());
    }
    if version >= Version::V3_12 && matches!(item, Value::Float(x) if x.fract() != 0.0) {
        return Err("sum() of floats compensates for rounding from 3.12 on and is not known here: add them in a loop"
            .to_owned());
    }
    binary(BinaryOp::Add, &total, item, version)
}

/// `pow(a, b, modulus)`
///
/// # Errors
/// Anything but whole numbers, a negative exponent, a modulus that is 0.
pub(crate) fn pow_mod(a: &Value, b: &Value, modulus: &Value, version: Version) -> Result<Value, String> {
    let whole = |value| big(value).ok_or("TypeError: pow() 3rd argument not allowed unless all arguments are integers");
    let (a, b, modulus) = (whole(a)?, whole(b)?, whole(modulus)?);
    if modulus.is_zero() {
        return Err("ValueError: pow() 3rd argument cannot be 0".to_owned());
    }
    if b.is_negative() {
        return Err("pow() with a negative exponent and a modulus is not known here".to_owned());
    }
    integer(a.modpow(&b, &modulus), false, version)
}

/// `round(x)`, `round(x, digits)`: 2.7 gives a float and rounds halves away from 0, 3.x to the even neighbour.
///
/// # Errors
/// What is no number.
pub(crate) fn round(x: &Value, digits: Option<i64>, version: Version) -> Result<Value, String> {
    let py2 = version.is_py2();
    if let (Some(n), false) = (big(x), py2) {
        return match digits {
            None | Some(0..) => integer(n.into_owned(), false, version),
            Some(_) => Err("round() of an int to tens is not known here: use // and *".to_owned()),
        };
    }
    let Some(x) = double(x, version) else {
        return Err(format!("TypeError: type {} doesn't define __round__ method", type_name(x, version)));
    };
    let x = x?;
    let whole = if py2 { x.round() } else { x.round_ties_even() };
    match digits {
        None if py2 => Ok(Value::Float(whole)),
        None => {
            let n = BigInt::from_f64(whole).ok_or("ValueError: cannot convert float NaN to integer")?;
            integer(n, false, version)
        }
        // `double_round` goes by the decimal digits, correctly rounded, as Rust's formatting does; 2.7 rounds an exact half
        // away from 0.
        Some(digits @ 0..=17) => {
            let text = format!("{x:.*}", digits as usize);
            Ok(Value::Float(text.parse().unwrap_or(x)))
        }
        Some(_) => Err("round() takes 0 to 17 digits here".to_owned()),
    }
}

/// 2.7: a byte string as text; text as it is.
pub(super) fn decode_ascii(value: Value) -> Result<Value, String> {
    match value {
        Value::Bytes(bytes) => match bytes.iter().position(|b| !b.is_ascii()) {
            None => Ok(Value::Str(bytes.iter().map(|&b| u32::from(b)).collect())),
            Some(at) => Err(format!(
                "UnicodeDecodeError: 'ascii' codec can't decode byte 0x{:02x} in position {at}: ordinal not in range(128)",
                bytes[at]
            )),
        },
        other => Ok(other),
    }
}

/// `op value`
pub(crate) fn unary(op: UnaryOp, value: &Value, version: Version) -> Result<Value, String> {
    let long = matches!(value, Value::Big(_));
    match (op, value) {
        (UnaryOp::Neg, Value::Float(x)) => Ok(Value::Float(-x)),
        (UnaryOp::Pos, Value::Float(x)) => Ok(Value::Float(*x)),
        _ => match big(value) {
            Some(n) => match op {
                UnaryOp::Neg => integer(-n.into_owned(), long, version),
                UnaryOp::Pos => integer(n.into_owned(), long, version),
                UnaryOp::Invert => integer(-(n.into_owned() + 1u8), long, version),
            },
            None => {
                let symbol = match op {
                    UnaryOp::Neg => '-',
                    UnaryOp::Pos => '+',
                    UnaryOp::Invert => '~',
                };
                Err(format!("TypeError: bad operand type for unary {symbol}: '{}'", type_name(value, version)))
            }
        },
    }
}

/// `a op b`
#[inline]
pub(crate) fn binary(op: BinaryOp, a: &Value, b: &Value, version: Version) -> Result<Value, String> {
    if let (&Value::Int(a), &Value::Int(b)) = (a, b)
        && let Some(n) = small(op, a, b)
    {
        return Ok(Value::Int(n));
    }
    general(op, a, b, version)
}

/// The operators whose result on 64-bit integers is most often one, without allocating.
#[inline]
pub(crate) fn small(op: BinaryOp, a: i64, b: i64) -> Option<i64> {
    match op {
        BinaryOp::Add => a.checked_add(b),
        BinaryOp::Sub => a.checked_sub(b),
        BinaryOp::Mul => a.checked_mul(b),
        BinaryOp::FloorDiv if b != 0 => {
            let quotient = a.checked_div(b)?;
            Some(if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient })
        }
        BinaryOp::Mod if b != 0 => {
            let rest = a.checked_rem(b)?;
            Some(if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest })
        }
        BinaryOp::Shl if (0..64).contains(&b) => a.checked_mul(1i64.checked_shl(b as u32).filter(|&n| n > 0)?),
        BinaryOp::Shr if (0..64).contains(&b) => Some(a >> b),
        BinaryOp::And => Some(a & b),
        BinaryOp::Or => Some(a | b),
        BinaryOp::Xor => Some(a ^ b),
        BinaryOp::Pow if b >= 0 => a.checked_pow(u32::try_from(b).ok()?),
        _ => None,
    }
}

fn general(op: BinaryOp, a: &Value, b: &Value, version: Version) -> Result<Value, String> {
    use BinaryOp as Op;
    if let (Op::And | Op::Or | Op::Xor, &Value::Bool(a), &Value::Bool(b)) = (op, a, b) {
        return Ok(Value::Bool(match op {
            Op::And => a & b,
            Op::Or => a | b,
            _ => a ^ b,
        }));
    }
    if let (Some(x), Some(y)) = (big(a), big(b)) {
        // The one remainder that 2.7 leaves to long, as the quotient overflows (`i_divmod`); it is 0L.
        let overflows = (op, a, b) == (Op::Mod, &Value::Int(i64::MIN), &Value::Int(-1));
        let long = overflows || matches!(a, Value::Big(_)) || matches!(b, Value::Big(_));
        return integers(op, &x, &y, long, version);
    }
    let bitwise = matches!(op, Op::Shl | Op::Shr | Op::And | Op::Or | Op::Xor);
    match (op, a, b) {
        (Op::Add | Op::Mul, _, _) if is_sequence(a) || is_sequence(b) => sequences(op, a, b, version),
        (Op::Mod, Value::Str(_) | Value::Bytes(_), _) => {
            Err("formatting with % is not supported: write 'k' + str(i)".to_owned())
        }
        _ if !bitwise => match (double(a, version), double(b, version)) {
            (Some(x), Some(y)) => floats(op, x?, y?, version),
            _ => Err(unsupported(op, a, b, version)),
        },
        _ => Err(unsupported(op, a, b, version)),
    }
}

fn unsupported(op: BinaryOp, a: &Value, b: &Value, version: Version) -> String {
    let symbol = if op == BinaryOp::Pow { "** or pow()" } else { op.symbol() };
    let (a, b) = (type_name(a, version), type_name(b, version));
    format!("TypeError: unsupported operand type(s) for {symbol}: '{a}' and '{b}'")
}

fn is_sequence(value: &Value) -> bool {
    matches!(value, Value::Str(_) | Value::Bytes(_) | Value::Tuple(_))
}

fn sequences(op: BinaryOp, a: &Value, b: &Value, version: Version) -> Result<Value, String> {
    if op == BinaryOp::Mul {
        let (sequence, count) = if is_sequence(a) { (a, b) } else { (b, a) };
        let count = big(count).ok_or_else(|| {
            let kind = type_name(count, version);
            format!("TypeError: can't multiply sequence by non-int of type '{kind}'")
        })?;
        let count = count.to_i64().ok_or_else(|| {
            let kind = if version.is_py2() { "long" } else { "int" };
            format!("OverflowError: cannot fit '{kind}' into an index-sized integer")
        })?;
        let len = match sequence {
            Value::Str(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::Tuple(items) => items.len(),
            _ => return Err(unsupported(op, a, b, version)),
        };
        let all = len as u128 * count.max(0) as u128;
        if let Value::Tuple(_) = sequence { made("tuple", all) } else { limited(all) }?;
        // An empty one is that, however often it is repeated.
        let count = if all == 0 { 0 } else { count as usize };
        return Ok(match sequence {
            Value::Str(text) => Value::Str(text.repeat(count).into()),
            Value::Bytes(bytes) => Value::Bytes(bytes.repeat(count).into()),
            Value::Tuple(items) => Value::Tuple(items.repeat(count).into()),
            other => other.clone(),
        });
    }
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => {
            limited((a.len() + b.len()) as u128).map(|()| Value::Str([&**a, &**b].concat().into()))
        }
        (Value::Bytes(a), Value::Bytes(b)) => {
            limited((a.len() + b.len()) as u128).map(|()| Value::Bytes([&**a, &**b].concat().into()))
        }
        (Value::Tuple(a), Value::Tuple(b)) => {
            made("tuple", (a.len() + b.len()) as u128).map(|()| Value::Tuple([&**a, &**b].concat().into()))
        }
        (Value::Str(_) | Value::Bytes(_), Value::Str(_) | Value::Bytes(_)) if version.is_py2() => {
            sequences(op, &decode_ascii(a.clone())?, &decode_ascii(b.clone())?, version)
        }
        _ => Err(concatenation(a, b, version)),
    }
}

fn limited(len: u128) -> Result<(), String> {
    if len > MAX_STRING as u128 { Err(too_long(len)) } else { Ok(()) }
}

/// How `a + b` is refused when one of them is a string or a tuple (`unicode_concatenate`, `bytes_concat`, `tupleconcat`).
fn concatenation(a: &Value, b: &Value, version: Version) -> String {
    let (kind, other) = (type_name(a, version), type_name(b, version));
    let python = match a {
        Value::Bytes(_) if version.is_py2() => format!("cannot concatenate 'str' and '{other}' objects"),
        Value::Str(_) if version.is_py2() => {
            format!("coercing to Unicode: need string or buffer, {other} found")
        }
        Value::Str(_) if version < Version::V3_7 => format!("must be str, not {other}"),
        Value::Str(_) => format!("can only concatenate str (not \"{other}\") to str"),
        Value::Bytes(_) => format!("can't concat {other} to bytes"),
        Value::Tuple(_) => format!("can only concatenate tuple (not \"{other}\") to tuple"),
        _ => format!("unsupported operand type(s) for +: '{kind}' and '{other}'"),
    };
    let help = match (a, b) {
        (Value::Str(_) | Value::Bytes(_), Value::Int(_) | Value::Big(_)) => ": write str(…) around the number",
        _ => "",
    };
    format!("TypeError: {python}{help}")
}

fn integers(op: BinaryOp, a: &BigInt, b: &BigInt, long: bool, version: Version) -> Result<Value, String> {
    use BinaryOp as Op;
    let py2 = version.is_py2();
    if b.is_zero() && matches!(op, Op::Div | Op::FloorDiv | Op::Mod) {
        return Err(format!(
            "ZeroDivisionError: {}",
            match op {
                _ if version >= Version::V3_14 => "division by zero",
                _ if py2 && long => "long division or modulo by zero",
                Op::Div if !py2 => "division by zero",
                Op::Mod if version >= Version::V3_11 => "integer modulo by zero",
                _ => "integer division or modulo by zero",
            }
        ));
    }
    let (quotient, rest) =
        if matches!(op, Op::Div | Op::FloorDiv | Op::Mod) { div_mod(a, b) } else { Default::default() };
    let result = match op {
        Op::Add => a + b,
        Op::Sub => a - b,
        Op::Mul => a * b,
        Op::FloorDiv => quotient,
        Op::Div if py2 => quotient,
        Op::Div => return true_division(a, b),
        Op::Mod => rest,
        Op::And => a & b,
        Op::Or => a | b,
        Op::Xor => a ^ b,
        // These make a C integer of the count before anything else (`long_lshift`).
        Op::Shl | Op::Shr if version < Version::V3_7 && b.to_i64().is_none() => {
            return Err(if py2 {
                "OverflowError: long int too large to convert to int".to_owned()
            } else {
                "OverflowError: Python int too large to convert to C ssize_t".to_owned()
            });
        }
        Op::Shl | Op::Shr if b.is_negative() => return Err("ValueError: negative shift count".to_owned()),
        Op::Shl if a.is_zero() => BigInt::zero(),
        Op::Shl => a << b.to_u64().filter(|n| *n <= MAX_INT_BITS).ok_or_else(too_big)?,
        Op::Shr => match b.to_u64() {
            Some(count) => a >> count,
            None => BigInt::from(if a.is_negative() { -1 } else { 0 }),
        },
        Op::Pow if b.is_negative() && a.is_zero() => {
            return Err(format!(
                "ZeroDivisionError: {}",
                match version < Version::V3_14 {
                    true => "0.0 cannot be raised to a negative power",
                    false => "zero to a negative power",
                }
            ));
        }
        Op::Pow if b.is_negative() => {
            return Err("** with a negative exponent gives a float and is not supported".to_owned());
        }
        Op::Pow if a.magnitude().bits() <= 1 => {
            // 0, 1 and -1 stay small whatever the exponent.
            let odd = b.bit(0);
            if b.is_zero() || (a.is_negative() && !odd) { BigInt::from(1) } else { a.clone() }
        }
        Op::Pow => {
            let exponent = b.to_u32().filter(|&n| u64::from(n) <= MAX_INT_BITS).ok_or_else(too_big)?;
            if (a.bits() - 1) * u64::from(exponent) > MAX_INT_BITS {
                return Err(too_big());
            }
            a.pow(exponent)
        }
    };
    integer(result, long, version)
}

/// Quotient rounded down, and the rest, which has the sign of `b`.
fn div_mod(a: &BigInt, b: &BigInt) -> (BigInt, BigInt) {
    let (quotient, rest) = (a / b, a % b);
    if !rest.is_zero() && rest.is_negative() != b.is_negative() { (quotient - 1, rest + b) } else { (quotient, rest) }
}

/// `a / b` in 3.x, for integers that a double holds exactly: then one division rounds once, as `long_true_divide` does.
fn true_division(a: &BigInt, b: &BigInt) -> Result<Value, String> {
    let exact = |n: &BigInt| n.to_i64().filter(|n| n.unsigned_abs() <= 1 << 53).map(|n| n as f64);
    match (exact(a), exact(b)) {
        (Some(a), Some(b)) => Ok(Value::Float(a / b)),
        _ => Err("/ is supported for ints up to 2**53: write // to divide larger ones".to_owned()),
    }
}

fn floats(op: BinaryOp, a: f64, b: f64, version: Version) -> Result<Value, String> {
    use BinaryOp as Op;
    if b == 0.0 && matches!(op, Op::Div | Op::FloorDiv | Op::Mod) {
        return Err(format!(
            "ZeroDivisionError: {}",
            match op {
                _ if version >= Version::V3_14 => "division by zero",
                Op::Div => "float division by zero",
                Op::FloorDiv if version < Version::V3_9 => "float divmod()",
                Op::FloorDiv => "float floor division by zero",
                _ if version < Version::V3_13_0 => "float modulo",
                _ => "float modulo by zero",
            }
        ));
    }
    Ok(Value::Float(match op {
        Op::Add => a + b,
        Op::Sub => a - b,
        Op::Mul => a * b,
        Op::Div => a / b,
        Op::FloorDiv => float_div_mod(a, b).0,
        Op::Mod => float_div_mod(a, b).1,
        // The last bit of pow() depends on the platform's C library.
        _ => return Err("** on floats is not supported".to_owned()),
    }))
}

/// `float_divmod` of `floatobject.c`. Rust's `%` is C's `fmod`.
fn float_div_mod(a: f64, b: f64) -> (f64, f64) {
    let mut rest = a % b;
    let mut quotient = (a - rest) / b;
    if rest == 0.0 {
        rest = 0.0f64.copysign(b);
    } else if (b < 0.0) != (rest < 0.0) {
        rest += b;
        quotient -= 1.0;
    }
    let floor = if quotient == 0.0 {
        0.0f64.copysign(a / b)
    } else {
        let floor = quotient.floor();
        if quotient - floor > 0.5 { floor + 1.0 } else { floor }
    };
    (floor, rest)
}
