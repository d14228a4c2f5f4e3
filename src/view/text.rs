//! Numbers, keys and operations as short text.

use crate::python::{Heap, Obj, Value};
use crate::table::Op;

pub use crate::program::grouped as group;

/// The longest text of a key or value in a sentence, in characters.
pub const KEY_MAX: usize = 24;

/// A signed number, grouped.
pub fn group_signed(n: i64) -> String {
    let sign = if n < 0 { "-" } else { "" };
    format!("{sign}{}", group(n.unsigned_abs()))
}

/// A size in bytes to the byte: `6,291,736 bytes`.
pub fn bytes(n: u64) -> String {
    count(n, "byte", "bytes")
}

/// A size in bytes in at most four characters and a unit, decimal units as disks and networks have: `6.3 MB`.
pub fn bytes_short(n: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = n as f64;
    let mut unit = 0;
    // 999.5 would be shown as 1000: it belongs to the next unit.
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && value < 9.95);
    format!("{value:.digits$} {}", UNITS[unit])
}

/// A count with its noun: `1 probe`, `3 probes`.
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", group(n), if n == 1 { one } else { many })
}

/// `text` in at most `max` characters: the middle of a longer one is replaced with `…`.
pub fn shorten(text: &str, max: usize) -> String {
    let length = text.chars().count();
    if length <= max {
        return text.to_owned();
    }
    let kept = max.saturating_sub(1);
    let tail = kept / 3;
    let head = kept - tail;
    text.chars().take(head).chain(['…']).chain(text.chars().skip(length - tail)).collect()
}

/// `repr(obj)` in at most `max` characters. A UUID shows its first eight digits, which tell random ones apart, or as many
/// of them as there is room for.
pub fn key_in(heap: &Heap, obj: Obj, max: usize) -> String {
    if let Value::Uuid([a, b, c, d, ..]) = &*heap.value(obj) {
        let digits = format!("{a:02x}{b:02x}{c:02x}{d:02x}");
        let whole = format!("UUID('{digits}…')");
        let few = || digits.chars().take(max.saturating_sub(1)).chain(['…']).collect();
        return if whole.chars().count() <= max { whole } else { few() };
    }
    repr_in(heap, obj, max)
}

/// `repr(obj)` in at most `max` characters. Of a very long one only the start is made.
pub fn repr_in(heap: &Heap, obj: Obj, max: usize) -> String {
    const LONG: usize = 500;
    shorten(&heap.repr_within(obj, LONG.max(max)), max)
}

/// `repr(obj)` in at most [`KEY_MAX`] characters.
pub fn key(heap: &Heap, obj: Obj) -> String {
    key_in(heap, obj, KEY_MAX)
}

/// The line of Python that does `op`, its objects shortened.
pub fn op(op: Op<'_>, heap: &Heap) -> String {
    let key = |obj| key(heap, obj);
    let items = |n: usize| count(n as u64, "item", "items");
    match op {
        Op::Set(k, v) => format!("d[{}] = {}", key(k), key(v)),
        Op::Get(k) => format!("d[{}]", key(k)),
        Op::Del(k) => format!("del d[{}]", key(k)),
        Op::Contains(k) => format!("{} in d", key(k)),
        Op::GetOr(k, Obj::NONE) => format!("d.get({})", key(k)),
        Op::GetOr(k, v) => format!("d.get({}, {})", key(k), key(v)),
        Op::Pop(k, None) => format!("d.pop({})", key(k)),
        Op::Pop(k, Some(v)) => format!("d.pop({}, {})", key(k), key(v)),
        Op::PopItem => "d.popitem()".to_owned(),
        Op::SetDefault(k, Obj::NONE) => format!("d.setdefault({})", key(k)),
        Op::SetDefault(k, v) => format!("d.setdefault({}, {})", key(k), key(v)),
        Op::Update(list) | Op::Merge(list, _) => format!("d.update({{… {}}})", items(list.len())),
        Op::UpdateOr(list) => format!("d |= {{… {}}}", items(list.len())),
        Op::Clear => "d.clear()".to_owned(),
        Op::Display([]) => "d = {}".to_owned(),
        Op::Display(list) => format!("d = {{… {}}}", items(list.len())),
        Op::FromKeys(list) => format!("d = dict.fromkeys([… {}])", count(list.len() as u64, "key", "keys")),
        Op::Copy(how) => format!("d = {}", how.expression()),
        Op::ShrinkToFit => "d.shrink_to_fit()".to_owned(),
        Op::Reserve(n) => format!("d.reserve({})", group(n.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::{HashSettings, Version};

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let got: Vec<_> = [0, 999, 1000, 262_144, 6_291_736].map(group).into();
        assert_eq!(got, ["0", "999", "1,000", "262,144", "6,291,736"]);
        assert_eq!(group_signed(-100_000), "-100,000");
        assert_eq!(group_signed(i64::MIN), "-9,223,372,036,854,775,808");
        assert_eq!(bytes(6_291_736), "6,291,736 bytes");
        assert_eq!(bytes(1), "1 byte");
    }

    #[test]
    fn short_sizes_change_unit_before_four_digits() {
        let got: Vec<_> =
            [0, 280, 999, 1000, 9949, 9950, 999_499, 999_500, 6_291_736, 12_000_000].map(bytes_short).into();
        assert_eq!(got, ["0 B", "280 B", "999 B", "1.0 kB", "9.9 kB", "10 kB", "999 kB", "1.0 MB", "6.3 MB", "12 MB"]);
    }

    #[test]
    fn long_text_keeps_both_ends_within_the_limit() {
        assert_eq!(shorten("'abc'", 8), "'abc'");
        let cut = shorten("'abcdefghijklmnopqrstuvwxyz'", 10);
        assert_eq!(cut, "'abcde…yz'");
        assert_eq!(cut.chars().count(), 10);
        assert_eq!(shorten("ééééééé", 4).chars().count(), 4);
    }

    #[test]
    fn a_uuid_is_told_by_its_first_eight_digits() {
        let mut heap = Heap::new(Version::V3_12, HashSettings::default());
        let uuid = heap.alloc(Value::Uuid([0x3f, 0x2a, 0, 0x99, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]));
        assert_eq!(key(&heap, uuid), "UUID('3f2a0099…')");
        assert_eq!(key_in(&heap, uuid, 6), "3f2a0…");
    }
}
