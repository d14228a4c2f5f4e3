//! Operations as Python text again.

use crate::python::{Heap, Obj, Value};
use crate::table::Op;

/// The line of Python that does `op`; parsed again it is the same operation on equal objects.
pub fn render(op: Op<'_>, heap: &Heap) -> String {
    let text = |obj| expression(obj, heap);
    match op {
        Op::Set(key, value) => format!("d[{}] = {}", text(key), text(value)),
        Op::Get(key) => format!("d[{}]", text(key)),
        Op::Del(key) => format!("del d[{}]", text(key)),
        Op::Contains(key) => format!("{} in d", text(key)),
        Op::GetOr(key, Obj::NONE) => format!("d.get({})", text(key)),
        Op::GetOr(key, default) => format!("d.get({}, {})", text(key), text(default)),
        Op::Pop(key, None) => format!("d.pop({})", text(key)),
        Op::Pop(key, Some(default)) => format!("d.pop({}, {})", text(key), text(default)),
        Op::PopItem => "d.popitem()".to_owned(),
        Op::SetDefault(key, Obj::NONE) => format!("d.setdefault({})", text(key)),
        Op::SetDefault(key, value) => format!("d.setdefault({}, {})", text(key), text(value)),
        Op::Update(items) | Op::Merge(items, _) => format!("d.update({})", display(items, heap)),
        Op::UpdateOr(items) => format!("d |= {}", display(items, heap)),
        Op::Clear => "d.clear()".to_owned(),
        Op::Display(items) => format!("d = {}", display(items, heap)),
        Op::FromKeys(items) => {
            let keys = join(items.iter().map(|&(key, _)| text(key)));
            match items.first() {
                None => "d = dict()".to_owned(),
                Some((_, Obj::NONE)) => format!("d = dict.fromkeys([{keys}])"),
                Some(&(_, value)) => format!("d = dict.fromkeys([{keys}], {})", text(value)),
            }
        }
        Op::Copy(how) => format!("d = {}", how.expression()),
        Op::ShrinkToFit => "d.shrink_to_fit()".to_owned(),
        Op::Reserve(n) => format!("d.reserve({n})"),
    }
}

fn display(items: &[(Obj, Obj)], heap: &Heap) -> String {
    let pairs = items.iter().map(|&(key, value)| format!("{}: {}", expression(key, heap), expression(value, heap)));
    format!("{{{}}}", join(pairs))
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

/// An expression that gives `obj`: its `repr`, but for floats that have no literal.
fn expression(obj: Obj, heap: &Heap) -> String {
    match &*heap.value(obj) {
        Value::Float(x) if !x.is_finite() => format!("float('{}')", heap.repr(obj)),
        Value::Tuple(items) => match &**items {
            [item] => format!("({},)", expression(*item, heap)),
            items => format!("({})", join(items.iter().map(|&item| expression(item, heap)))),
        },
        Value::FrozenSet(items) if items.is_empty() => "frozenset()".to_owned(),
        Value::FrozenSet(items) => format!("frozenset([{}])", join(items.iter().map(|&item| expression(item, heap)))),
        _ => heap.repr(obj),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::program::Program;
    use crate::python::Version;
    use crate::table::{CopyHow, OpList};

    fn value() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            (-9i64..9).prop_map(|n| n.to_string()),
            any::<i64>().prop_map(|n| n.to_string()),
            any::<i128>().prop_map(|n| n.to_string()),
            any::<f64>().prop_filter("a literal", |x| x.is_finite()).prop_map(|x| format!("{x:e}")),
            "[a-z'\"\\\\é€\u{1f600}#]{0,6}".prop_map(|text| {
                let text: String = text.chars().map(|c| format!("\\U{:08x}", u32::from(c))).collect();
                format!("u'{text}'")
            }),
            any::<[u8; 3]>().prop_map(|b| format!("b'\\x{:02x}\\x{:02x}\\x{:02x}'", b[0], b[1], b[2])),
            any::<u128>().prop_map(|n| format!("UUID(int={n})")),
            prop::sample::select(vec![
                "None",
                "True",
                "False",
                "float('inf')",
                "-float('inf')",
                "-0.0",
                "()",
                "frozenset()"
            ])
            .prop_map(str::to_owned),
        ];
        leaf.prop_recursive(2, 8, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 1..3).prop_map(|items| format!("({},)", items.join(", "))),
                inner.prop_map(|item| format!("frozenset([{item}])")),
            ]
        })
    }

    fn display() -> impl Strategy<Value = String> {
        prop::collection::vec((value(), value()), 0..4).prop_map(|pairs| {
            let pairs: Vec<_> = pairs.iter().map(|(key, value)| format!("{key}: {value}")).collect();
            format!("{{{}}}", pairs.join(", "))
        })
    }

    fn statement() -> impl Strategy<Value = String> {
        prop_oneof![
            (value(), value()).prop_map(|(k, v)| format!("d[{k}] = {v}")),
            value().prop_map(|k| format!("d[{k}]")),
            value().prop_map(|k| format!("del d[{k}]")),
            value().prop_map(|k| format!("{k} in d")),
            value().prop_map(|k| format!("d.pop({k})")),
            (value(), value()).prop_map(|(k, v)| format!("d.pop({k}, {v})")),
            (value(), value()).prop_map(|(k, v)| format!("d.get({k}, {v})")),
            (value(), value()).prop_map(|(k, v)| format!("d.setdefault({k}, {v})")),
            (value(), value()).prop_map(|(k, v)| format!("d = dict.fromkeys([{k}, {k}, 0], {v})")),
            display().prop_map(|pairs| format!("d.update({pairs})")),
            display().prop_map(|pairs| format!("d = {pairs}")),
            (0u32..1000).prop_map(|n| format!("d.reserve({n})")),
            prop::sample::select(vec!["d.popitem()", "d.clear()", "d.shrink_to_fit()"]).prop_map(str::to_owned),
            prop::sample::select(CopyHow::ALL[..3].to_vec()).prop_map(|how| format!("d = {}", how.expression())),
        ]
    }

    fn lines(text: &str, version: Version) -> Vec<String> {
        let mut heap = Heap::new(version, Default::default());
        let mut ops = OpList::default();
        let mut expansion = Program::parse(text, version).unwrap_or_else(|error| panic!("{error}:\n{text}")).expand();
        while expansion.next(&mut heap, &mut ops).unwrap().is_some() {}
        (0..ops.len()).map(|i| render(ops.get(i), &heap)).collect()
    }

    proptest! {
        #[test]
        fn a_rendered_line_is_the_same_operation(
            program in prop::collection::vec(statement(), 1..12),
            version in prop::sample::select(Version::ALL.to_vec()),
        ) {
            let once = lines(&program.join("\n"), version);
            prop_assert_eq!(once.len(), program.len());
            let twice = lines(&once.join("\n"), version);
            prop_assert_eq!(once, twice);
        }
    }

    #[test]
    fn lines_read_as_a_person_would_write_them() {
        let text =
            "d[ 1 ]='a' ; d.get('k', None);d |= {1:2}; d[float('nan')] = -float('inf'); d = {**d}; d[1,]\nd = dict()";
        assert_eq!(
            lines(text, Version::V3_12),
            [
                "d[1] = 'a'",
                "d.get('k')",
                "d |= {1: 2}",
                "d[float('nan')] = float('-inf')",
                "d = {**d}",
                "d[(1,)]",
                "d = dict()"
            ]
        );
        let uuid = "d[UUID('00000000-0000-0000-0000-000000000001')]";
        assert_eq!(lines(uuid, Version::V2_7), [uuid]);
    }
}
