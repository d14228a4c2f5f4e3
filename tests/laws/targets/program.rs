//! Programs: places in text, forecasts, the same outcome on all tables, and operations rendered as Python again.

use dictoscope::program::{Program, render};
use dictoscope::python::{HashSettings, Heap};
use dictoscope::table::{AnyTable, Noop, Op, OpList, Outcome, Policy, Table};

use super::{check_place, split};

/// Operations run of a program.
const MOST_OPS: usize = 3_000;
/// Items of all these operations together.
const MOST_ITEMS: usize = 200_000;
/// Operations rendered and parsed again, of a program; and items of the largest of them.
const MOST_RENDERED: usize = 60;
const MOST_RENDERED_ITEMS: usize = 300;

/// The first byte chooses the table (bits 0 … 4), whether all tables of its Python run beside it (5), and the hash seed.
pub fn program(data: &[u8]) {
    let Some((which, text)) = split(data) else { return };
    let policies: Vec<&Policy> = AnyTable::policies().collect();
    let policy = policies[which % 32 % policies.len()];
    let settings = HashSettings { seed: which as u32 / 64, ..HashSettings::default() };
    let program = match Program::parse(&text, policy.python) {
        Ok(program) => program,
        Err(error) => return check_place(&text, &error),
    };
    let mut heap = Heap::new(policy.python, settings);
    let mut ops = OpList::default();
    let mut table = (policy.new)();
    let mut others: Vec<AnyTable> = Vec::new();
    if which & 32 != 0 {
        let same = policies.iter().filter(|other| other.python == policy.python);
        others.extend(same.map(|policy| (policy.new)()));
    }
    let lines = text.split('\n').count();
    let mut expansion = program.expand();
    let (mut items, mut is_whole) = (0, false);
    while ops.len() < MOST_OPS && items < MOST_ITEMS {
        match expansion.next(&mut heap, &mut ops) {
            Ok(Some(line)) => assert!((1..=lines).contains(&line), "an operation of line {line} of {lines}"),
            Ok(None) => {
                is_whole = true;
                break;
            }
            Err(error) => {
                check_place(&text, &error);
                assert_eq!(expansion.next(&mut heap, &mut ops), Err(error), "asked again it says the same");
                break;
            }
        }
        let op = ops.get(ops.len() - 1);
        items += items_of(op);
        let outcome = table.run(op, &heap, &mut Noop);
        if matches!(op, Op::PopItem) {
            // Which item goes is the table's own affair: from here on they hold different keys.
            others.clear();
        }
        for other in &mut others {
            let theirs = other.run(op, &heap, &mut Noop);
            let told = [outcome, theirs].iter().all(|one| !matches!(one, Outcome::Unsupported | Outcome::Endless));
            // After an operation that one of them does not have they may differ.
            if told && table.state().regs.used == other.state().regs.used {
                let (ours, theirs) = (say(outcome, &heap), say(theirs, &heap));
                assert_eq!(theirs, ours, "{} beside {}: {}", other.spec(), policy.name, render(op, &heap));
            }
        }
    }
    if let Some(forecast) = program.size_hint().filter(|_| is_whole) {
        assert_eq!(forecast, ops.len() as u64, "forecast of {text:?}");
    }
    table.check(&heap).unwrap_or_else(|error| panic!("{}: {error} after {text:?}", policy.name));
    for nth in 0..ops.len().min(MOST_RENDERED) {
        let op = ops.get(nth);
        if items_of(op) <= MOST_RENDERED_ITEMS {
            check_rendering(op, &heap);
        }
    }
}

/// An operation as Python is a program of one operation: the same one.
fn check_rendering(op: Op<'_>, heap: &Heap) {
    let line = render(op, heap);
    let program = Program::parse(&line, heap.version()).unwrap_or_else(|error| panic!("{line}: {error}"));
    let mut again = Heap::new(heap.version(), heap.settings());
    let mut ops = OpList::default();
    let mut expansion = program.expand();
    while expansion.next(&mut again, &mut ops).unwrap_or_else(|error| panic!("{line}: {error}")).is_some() {}
    assert_eq!(ops.len(), 1, "{line}");
    assert_eq!(render(ops.get(0), &again), line);
    if let (Some(key), Some(same)) = (op.key(), ops.get(0).key()) {
        assert_eq!(heap.hash(key), again.hash(same), "{line}");
    }
}

fn items_of(op: Op<'_>) -> usize {
    match op {
        Op::Update(items) | Op::UpdateOr(items) | Op::Display(items) | Op::FromKeys(items) => items.len(),
        _ => 1,
    }
}

fn say(outcome: Outcome, heap: &Heap) -> String {
    match outcome {
        Outcome::Value(value) => format!("value {}", heap.repr(value)),
        Outcome::Item(key, value) => format!("item {}: {}", heap.repr(key), heap.repr(value)),
        other => format!("{other:?}"),
    }
}
