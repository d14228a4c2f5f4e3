//! How large one object may be, so that its hash, `==` and `repr` never take long: none of them walks more than this.

use super::expr::{MAX_DEPTH, MAX_ITEMS};
use super::{Heap, Obj, Value};

/// The most that one object may hold, all that is inside of it counted as often as it is there: items, characters, and
/// the digits of ints outside 64 bits.
pub const MAX_HELD: usize = 100_000;

/// See that a tuple or a frozenset that was made is not larger than one that is written may be.
///
/// # Errors
/// Which limit it passes.
pub(super) fn check(value: &Value, heap: &Heap) -> Result<(), String> {
    match value {
        Value::Tuple(items) => {
            made("tuple", items.len() as u128).and_then(|()| weigh(items, heap, 1, &mut { MAX_HELD }))
        }
        Value::FrozenSet(items) => {
            made("frozenset", items.len() as u128).and_then(|()| weigh(items, heap, 1, &mut { MAX_HELD }))
        }
        _ => Ok(()),
    }
}

/// See that a tuple or a frozenset of `len` items may be made.
///
/// # Errors
/// That it has too many.
pub(super) fn made(kind: &str, len: u128) -> Result<(), String> {
    if len > MAX_ITEMS as u128 {
        return Err(format!("a {kind} of {len} items is too long: {MAX_ITEMS} are held at most"));
    }
    Ok(())
}

fn weigh(items: &[Obj], heap: &Heap, depth: usize, left: &mut usize) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!("too deep: tuples may nest {MAX_DEPTH} deep"));
    }
    for &item in items {
        let mut weight = 1;
        if item.small_int().is_none() {
            match &*heap.value(item) {
                Value::Str(text) => weight += text.len(),
                Value::Bytes(bytes) => weight += bytes.len(),
                // Three bits and a third make a digit.
                Value::Big(n) => weight += n.bits() as usize * 3 / 10,
                Value::Tuple(items) | Value::FrozenSet(items) => weigh(items, heap, depth + 1, left)?,
                _ => {}
            }
        }
        *left = left.checked_sub(weight).ok_or_else(|| {
            format!("an object that holds more than {MAX_HELD} items and characters, with all that is inside of it, is too large")
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use proptest::prelude::*;

    use crate::python::{Cursor, Expr, HashSettings, Heap, Version};

    fn eval(text: &str) -> Result<String, String> {
        let mut heap = Heap::new(Version::V3_12, HashSettings::default());
        let expr = Expr::parse(&mut Cursor::new(text, Version::V3_12), &[]).map_err(|error| error.message)?;
        let obj = expr.eval(&[], &mut heap)?;
        let _ = heap.hash(obj);
        Ok(heap.repr(obj))
    }

    #[test]
    fn made_objects_are_no_larger_than_written_ones() {
        for (text, says) in [
            ("((0,)*9999,)*9999", "a tuple of 9999 items is too long: 1000 are held at most"),
            ("(((0,)*1000,)*1000,)*1000", "more than 100000 items"),
            ("(('x'*9999,)*999,)", "more than 100000 items"),
            ("((2**9999,)*999,)", "more than 100000 items"),
            ("(0,)*600 + (1,)*600", "a tuple of 1200 items"),
            ("(1, 2, 3) * 10**9", "a tuple of 3000000000 items is too long"),
            ("'ab' * 2**62", "a string of 9223372036854775808 characters is too long"),
            ("str(('a' * 1000,) * 90)", "str() of this is too long: 10000 characters are held at most"),
        ] {
            let error = eval(text).map(|text| text.len()).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
        assert_eq!(eval("() * 2**62 + ('' * 10**18,)").as_deref(), Ok("('',)"));
        assert_eq!(eval("(0,)*1000").map(|text| text.len()), Ok(3_000));
        assert!(eval("((0,)*99,)*999").is_ok());
    }

    #[test]
    fn a_repr_that_is_cut_costs_what_is_shown() {
        let mut heap = Heap::new(Version::V3_12, HashSettings::default());
        for text in ["((0,)*99,)*999", "'x'*10000", "('\u{e9}'*9000,)*9", "(((1,),)*300,)*100", "frozenset(['a'*999])"]
        {
            let expr = Expr::parse(&mut Cursor::new(text, Version::V3_12), &[]).unwrap();
            let obj = expr.eval(&[], &mut heap).unwrap();
            let (whole, cut) = (heap.repr(obj), heap.repr_within(obj, 100));
            assert!(cut.chars().count() <= 101 && cut.ends_with('…'), "{text}: {cut}");
            assert!(whole.starts_with(cut.trim_end_matches('…')), "{text}: {cut}");
            assert_eq!(heap.repr_within(obj, 2_000_000), whole);
        }
    }

    proptest! {
        /// However expressions are nested and repeated, what they make stays small.
        #[test]
        fn nothing_grows_without_bound(factors in prop::collection::vec(1_usize..2_000, 1..7), leaf in "[a-z]{0,9}|[0-9]{1,4}") {
            let mut text = if leaf.parse::<u32>().is_ok() { leaf } else { format!("'{leaf}'") };
            for factor in factors {
                text = format!("({text},)");
                write!(text, " * {factor}").unwrap();
            }
            if let Ok(shown) = eval(&text) {
                prop_assert!(shown.len() < 20 * super::MAX_HELD);
            }
        }
    }
}
