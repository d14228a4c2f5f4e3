//! Expressions: the same value free and bound, and a `repr` that reads as the same value.

use dictoscope::python::{Cursor, Expr, HashSettings, Heap, Value, Version};

use super::{check_message, split};

/// The first byte chooses the version, what is parsed (an expression, a key, a subscript) and the hash seed.
pub fn expr(data: &[u8]) {
    let Some((which, text)) = split(data) else { return };
    let version = Version::ALL[which % Version::ALL.len()];
    let mut cursor = Cursor::new(&text, version);
    let names = &["i", "k"];
    let parsed = match which / 64 {
        0 => Expr::parse(&mut cursor, names),
        1 => Expr::parse_key(&mut cursor, names),
        _ => Expr::parse_subscript(&mut cursor, names),
    };
    let expr = match parsed {
        Ok(expr) => expr,
        Err(error) => {
            assert!((1..=text.chars().count() + 1).contains(&error.column), "{error} in {text:?}");
            return check_message(&error.message);
        }
    };
    assert!(text.is_char_boundary(cursor.pos()), "it ends within a character of {text:?}");
    let mut heap = Heap::new(version, HashSettings { seed: which as u32 % 3, ..HashSettings::default() });
    let env = [7, -3].map(|n| heap.alloc(Value::Int(n)));
    let free = expr.eval(&env, &mut heap);
    let bound = expr.bind(&mut heap).eval(&env, &mut heap);
    let (value, bound) = match (free, bound) {
        (Ok(free), Ok(bound)) => (free, bound),
        (Err(free), Err(bound)) => {
            assert_eq!(free, bound, "{text:?}");
            return check_message(&free);
        }
        (free, bound) => panic!("{text:?} is free {free:?}, bound {bound:?}"),
    };
    let repr = heap.repr(value);
    assert_eq!(repr, heap.repr(bound), "{text:?}");
    // A NaN equals nothing, and no literal makes one, nor an infinity; a frozenset is written as a call.
    if repr.contains("nan") {
        return;
    }
    assert_eq!(heap.hash(value), heap.hash(bound), "{repr}");
    assert!(heap.same_key(value, bound), "{repr}");
    if repr.contains("inf") || repr.contains("frozenset") {
        return;
    }
    let mut cursor = Cursor::new(&repr, version);
    let again = Expr::parse(&mut cursor, &[]).unwrap_or_else(|error| panic!("{repr}: {error}"));
    assert!(cursor.at_end(), "{repr}");
    let read = again.eval(&[], &mut heap).unwrap_or_else(|error| panic!("{repr}: {error}"));
    assert_eq!(heap.repr(read), repr);
    assert_eq!(heap.hash(read), heap.hash(value), "{repr}");
    assert!(heap.same_key(value, read), "{repr}");
}
