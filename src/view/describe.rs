//! What an operation did, in words: one sentence for all of it, one for each step with the arithmetic of that step.
//!
//! Every word comes from the trace and the counters before and after it; nothing is looked up again and no table is run.

mod rule;
mod step;
mod summary;

use super::pseudo::{Family, Procedure};
use super::text::{count, group, key};
use crate::python::{Heap, Obj};
use crate::table::{Event, Layout, Op, Outcome, Policy, Reason, Regs, Resize, ResizeRule, Settings, Table};

pub use step::{Step, step};
pub use summary::{progress, summary};

/// The size and the counters of a table at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The counters.
    pub regs: Regs,
    /// Slots that are probed.
    pub size: u32,
    /// Slots of the arrays that a resize is filling, if one is under way.
    pub next: Option<u32>,
    /// One array or two.
    pub layout: Layout,
    /// Bytes it takes.
    pub bytes: u64,
}

impl Standing {
    /// How `table` stands now.
    pub fn of(table: &impl Table) -> Standing {
        let state = table.state();
        Standing {
            regs: state.regs,
            size: state.main.size() as u32,
            next: state.next.as_ref().map(|next| next.size() as u32),
            layout: table.layout(),
            bytes: table.bytes().total(),
        }
    }
}

/// One operation, and everything that it did.
#[derive(Clone, Copy)]
pub struct Story<'a> {
    /// The table's policy.
    pub policy: &'static Policy,
    /// The objects.
    pub heap: &'a Heap,
    /// The operation.
    pub op: Op<'a>,
    /// What it gave.
    pub outcome: Outcome,
    /// The table before it.
    pub before: Standing,
    /// The table after it.
    pub after: Standing,
    /// Its trace.
    pub events: &'a [Event],
    /// The table's settings, if it takes any.
    pub settings: Option<&'a Settings>,
    /// The table's [`Table::resize_rule`].
    pub rule: &'a dyn Fn(Reason) -> ResizeRule,
}

impl Story<'_> {
    fn family(&self) -> Family {
        Family::of(self.policy.name, self.policy.python)
    }

    fn two(&self) -> bool {
        matches!(self.before.layout, Layout::Two)
    }

    fn key(&self, obj: Obj) -> String {
        key(self.heap, obj)
    }

    /// The hash of a key in a table of `size` slots.
    fn hash(&self, obj: Obj, size: u32) -> i64 {
        self.settings.map_or_else(|| self.heap.hash(obj), |settings| settings.hash_of(obj, self.heap, size as usize))
    }

    /// How that hash comes about.
    fn hash_formula(&self, obj: Obj, hash: i64) -> String {
        let name = self.key(obj);
        match self.settings.and_then(|settings| Some((settings, settings.hash.as_ref()?))) {
            Some((settings, formula)) => {
                format!("h({name}) = {formula} = {hash}, where k = {}", settings.number(obj, self.heap))
            }
            None => format!("hash({name}) = {hash}"),
        }
    }

    /// The procedure that the operation itself is, outside of searching and resizing.
    fn procedure(&self) -> Procedure {
        match self.op {
            Op::Set(..)
            | Op::SetDefault(..)
            | Op::Update(_)
            | Op::UpdateOr(_)
            | Op::Merge(..)
            | Op::Display(_)
            | Op::FromKeys(_) => Procedure::Insert,
            Op::Get(_) | Op::Contains(_) | Op::GetOr(..) => Procedure::Lookup,
            Op::Del(_) | Op::Pop(..) => Procedure::Delete,
            Op::PopItem => Procedure::PopItem,
            Op::Clear => Procedure::Clear,
            Op::Copy(_) => Procedure::Copy,
            Op::ShrinkToFit | Op::Reserve(_) => Procedure::Resize,
        }
    }

    fn inserts(&self) -> bool {
        matches!(self.procedure(), Procedure::Insert)
    }
}

/// `5 live keys`, and if there are tombstones (holes among entries) what becomes of them: `, 2 tombstones stay behind`.
fn with_dead(story: &Story<'_>, resize: Resize, one: &str, many: &str) -> String {
    let live = count(resize.live.into(), "live key", "live keys");
    let (hole, holes) = if story.two() { ("hole", "holes") } else { ("tombstone", "tombstones") };
    match resize.dead {
        0 => live,
        1 => format!("{live}, 1 {hole} {one}"),
        dead => format!("{live}, {} {holes} {many}", group(dead.into())),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| [first.to_ascii_uppercase()].into_iter().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::{HashSettings, Value, Version};
    use crate::table::{AnyTable, CopyHow, Observer};
    use crate::view::pseudo::Line;
    use proptest::prelude::*;

    #[derive(Default)]
    struct Collect(Vec<Event>);

    impl Observer for Collect {
        const ACTIVE: bool = true;

        fn event(&mut self, event: Event) {
            self.0.push(event);
        }
    }

    struct Desk {
        table: AnyTable,
        heap: Heap,
    }

    struct Told {
        summary: String,
        steps: Vec<Step>,
    }

    impl Told {
        fn sentences(&self) -> Vec<&str> {
            self.steps.iter().map(|step| step.sentence.as_str()).collect()
        }

        fn formulas(&self) -> Vec<&str> {
            self.steps.iter().map(|step| step.formula.as_str()).filter(|formula| !formula.is_empty()).collect()
        }
    }

    impl Desk {
        fn new(policy: &str) -> Desk {
            let policy = AnyTable::policy_named(policy).unwrap();
            Desk { table: (policy.new)(), heap: Heap::new(policy.python, HashSettings::default()) }
        }

        fn int(&mut self, n: i64) -> Obj {
            self.heap.alloc(Value::Int(n))
        }

        fn text(&mut self, text: &str) -> Obj {
            let value = match self.heap.version() {
                Version::V2_7 => Value::Bytes(text.as_bytes().into()),
                _ => Value::Str(text.chars().map(u32::from).collect()),
            };
            self.heap.alloc(value)
        }

        fn set(&mut self, keys: impl IntoIterator<Item = i64>) {
            for key in keys {
                let key = self.int(key);
                self.run(Op::Set(key, Obj::TRUE));
            }
        }

        fn del(&mut self, keys: impl IntoIterator<Item = i64>) {
            for key in keys {
                let key = self.int(key);
                self.run(Op::Del(key));
            }
        }

        fn run(&mut self, op: Op<'_>) -> Told {
            let before = Standing::of(&self.table);
            let mut seen = Collect::default();
            let outcome = self.table.run(op, &self.heap, &mut seen);
            let table = &self.table;
            let rule = |reason| table.resize_rule(reason);
            let story = Story {
                policy: table.policy(),
                heap: &self.heap,
                op,
                outcome,
                before,
                after: Standing::of(table),
                events: &seen.0,
                settings: table.settings(),
                rule: &rule,
            };
            let steps: Vec<_> = (0..seen.0.len()).map(|at| step(&story, at).unwrap()).collect();
            assert!(step(&story, steps.len()).is_none());
            Told { summary: summary(&story), steps }
        }
    }

    #[test]
    fn a_deletion_in_2_7() {
        let mut desk = Desk::new("cpython-2.7");
        desk.set([0, 8, 16]);
        let key = desk.int(8);
        let told = desk.run(Op::Del(key));
        assert_eq!(told.summary, "Deleting 8 left a tombstone in slot 1; the table keeps its 8 slots.");
        assert_eq!(
            told.sentences(),
            [
                "Look for 8.",
                "Slot 0 holds 0, another key: its hash 0 is not 8.",
                "Slot 1 holds 8: found.",
                "Slot 1 loses 8 and becomes a tombstone: a search has to go past it.",
                "The counters change: used 3 → 2.",
            ]
        );
        assert_eq!(
            told.formulas(),
            ["hash(8) = 8", "i = hash & mask = 8 & 7 = 0", "i = (5*i + perturb + 1) & mask = (5*0 + 8 + 1) & 7 = 1",]
        );
        let lines: Vec<&Line> = told.steps.iter().map(|step| &step.pseudo.lines[step.pseudo.current]).collect();
        let lines: Vec<_> = lines.iter().map(|line| line.text.trim()).collect();
        assert_eq!(lines[0], "i = hash & mask; perturb = hash; free = none");
        assert_eq!(lines[1], "else if its hash and key are equal: found");
        assert_eq!(lines[3], "slot = dummy");
        assert_eq!(lines[4], "used -= 1   (fill and size stay)");
    }

    #[test]
    fn perturb_in_3_12_is_shifted_first() {
        let mut desk = Desk::new("cpython-3.12");
        desk.set([0, 8]);
        let key = desk.int(16);
        let told = desk.run(Op::Set(key, Obj::NONE));
        assert_eq!(
            told.formulas()[..4],
            [
                "hash(16) = 16",
                "i = hash & mask = 16 & 7 = 0",
                "perturb = 16 >> 5 = 0; i = (5*i + perturb + 1) & mask = (5*0 + 0 + 1) & 7 = 1",
                "perturb = 0 >> 5 = 0; i = (5*i + perturb + 1) & mask = (5*1 + 0 + 1) & 7 = 6",
            ]
        );
        assert_eq!(told.summary, "16 went to slot 6 as entry 2 (3 probes).");
    }

    #[test]
    fn the_insert_that_resizes() {
        let mut desk = Desk::new("cpython-2.7");
        desk.set(1..=5);
        desk.del(1..=3);
        let key = desk.int(7);
        let told = desk.run(Op::Set(key, Obj::NONE));
        assert_eq!(
            told.summary,
            "7 went to slot 7 (1 probe). That made the table full, so it grew from 8 to 16 slots \
             (3 live keys, 3 tombstones left behind), 280 → 664 bytes."
        );
        assert!(told.sentences().contains(
            &"The table is full: fill * 3 >= size * 2, that is 6 * 3 >= 8 * 2. 8 → 16 slots; 3 live keys, 3 tombstones \
              stay behind."
        ));
        assert!(
            told.formulas()
                .contains(&"used * 4 = 3 * 4 = 12 → 16 slots (the smallest power of two above it, at least 8)")
        );

        let mut desk = Desk::new("cpython-3.6");
        desk.set(1..=5);
        let key = desk.int(9);
        let told = desk.run(Op::Set(key, Obj::NONE));
        assert_eq!(
            told.summary,
            "The table was full, so it first grew from 8 to 16 slots (5 live keys), 248 → 376 bytes; then 9 went to \
             slot 9 as entry 5 (3 probes)."
        );
        assert!(told.sentences().contains(&"The table is full: usable == 0. 8 → 16 slots; 5 live keys."));
        assert!(told.sentences().contains(&"Slot 9 is empty: 9 goes there."));
        assert!(
            told.formulas().iter().any(|f| f.starts_with("used * 2 + size // 2 = 5 * 2 + 8 // 2 = 14 → 16 slots ("))
        );
    }

    #[test]
    fn a_tombstone_is_reused() {
        let mut desk = Desk::new("cpython-2.7");
        desk.set([0, 8, 16]);
        desk.del([8]);
        let key = desk.int(24);
        let told = desk.run(Op::Set(key, Obj::NONE));
        assert_eq!(told.summary, "24 went to slot 1, reusing the tombstone of 8 (4 probes).");
        assert!(told.sentences().contains(
            &"Slot 1 holds a tombstone: the search goes on past it. It is the first on the way: if 24 is new, it goes there."
        ));
        assert!(told.sentences().contains(&"Slot 1 now holds 24: None, over the tombstone of 8."));
    }

    #[test]
    fn failures_and_answers() {
        let mut desk = Desk::new("cpython-3.13.0");
        let (key, other) = (desk.text("a"), desk.text("z"));
        assert_eq!(desk.run(Op::PopItem).summary, "KeyError: d is empty. Nothing changed.");
        let first = desk.run(Op::Set(key, Obj::TRUE));
        assert!(first.summary.starts_with("d got its first table, 8 slots; 'a' went to slot "), "{}", first.summary);
        assert_eq!(desk.run(Op::Del(other)).summary, "KeyError: 'z' is not in d (1 probe). Nothing changed.");
        assert_eq!(desk.run(Op::Contains(other)).summary, "'z' is not in d (1 probe): False.");
        assert!(desk.run(Op::Get(key)).summary.ends_with("(1 probe): True."));
        assert!(desk.run(Op::Set(key, Obj::FALSE)).summary.ends_with("its value is now False."));
        assert_eq!(
            desk.run(Op::ShrinkToFit).summary,
            "CPython 3.13.0 to 3.13.3 has no d.shrink_to_fit(). Nothing changed."
        );
        let one = desk.int(1);
        let told = desk.run(Op::Set(one, Obj::TRUE));
        assert_eq!(
            told.summary,
            "1 is not a str, so the str-only table became a general one: it grew from 8 to 16 slots (1 live key)\
             , 184 → 352 bytes. Then 1 went to slot 1 as entry 1 (1 probe)."
        );
    }

    #[test]
    fn copies_and_clear() {
        let mut desk = Desk::new("cpython-3.12");
        desk.set(0..100);
        desk.del(3..100);
        assert_eq!(
            desk.run(Op::Copy(CopyHow::Comprehension)).summary,
            "{k: v for k, v in d.items()} put 3 keys into a new dict: 256 → 8 slots, 4,688 → 224 bytes."
        );
        assert_eq!(
            desk.run(Op::Copy(CopyHow::Copy)).summary,
            "d.copy() cloned the table as it is (3 live keys): 8 slots as before."
        );
        assert_eq!(desk.run(Op::Clear).summary, "d.clear() dropped 3 keys: 8 → 1 slot, 224 → 64 bytes.");
        assert_eq!(desk.run(Op::Clear).summary, "d.clear() found d empty: it keeps its 1 slot.");
    }

    #[test]
    fn fast_play_says_where_it_is() {
        let mut desk = Desk::new("cpython-2.7");
        desk.set(0..4);
        let key = desk.int(3);
        let standing = Standing::of(&desk.table);
        let story = Story {
            policy: desk.table.policy(),
            heap: &desk.heap,
            op: Op::Del(key),
            outcome: Outcome::Done,
            before: standing,
            after: standing,
            events: &[],
            settings: None,
            rule: &|reason| desk.table.resize_rule(reason),
        };
        assert_eq!(
            progress(&story, 12_345, 200_000, 25_238),
            "Operation 12,345 of 200,000: del d[3]. 4 live, 25,238 tombstones in 8 slots."
        );
    }

    /// `… = (5*a + b + 1) & m = n`, wherever it stands, has the value it says.
    fn check_probe_formula(formula: &str) {
        let Some((_, numbers)) = formula.split_once("& mask = ") else { return };
        let numbers: Vec<i128> = numbers
            .split(|c: char| !c.is_ascii_digit() && c != '-')
            .filter(|word| !word.is_empty())
            .map(|word| word.parse().unwrap())
            .collect();
        match numbers[..] {
            [5, last, perturb, 1, mask, slot] => assert_eq!((5 * last + perturb + 1) & mask, slot, "{formula}"),
            [hash, mask, slot] => assert_eq!(hash & mask, slot, "{formula}"),
            _ => panic!("{formula}"),
        }
    }

    fn any_op() -> impl Strategy<Value = (u8, i64, Vec<i64>)> {
        let key = prop_oneof![-4i64..60, (0i64..4).prop_map(|n| n << 40), (0i64..6).prop_map(|n| n * 64)];
        (0u8..40, key.clone(), prop::collection::vec(key, 0..12))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn every_event_of_every_table_is_told(
            which in any::<prop::sample::Index>(), ops in prop::collection::vec(any_op(), 1..120),
        ) {
            let policies: Vec<_> = AnyTable::policies().collect();
            let mut desk = Desk::new(policies[which.index(policies.len())].name);
            for (kind, n, list) in ops {
                let key = if n % 7 == 3 { desk.text(&format!("k{n}")) } else { desk.int(n) };
                let items: Vec<_> = list.into_iter().map(|n| (desk.int(n), Obj::NONE)).collect();
                let op = match kind {
                    0..=17 => Op::Set(key, Obj::TRUE),
                    18..=25 => Op::Del(key),
                    26 => Op::Get(key),
                    27 => Op::Contains(key),
                    28 => Op::GetOr(key, Obj::NONE),
                    29 => Op::Pop(key, Some(Obj::FALSE)),
                    30 => Op::PopItem,
                    31 => Op::SetDefault(key, Obj::NONE),
                    32 => Op::Update(&items),
                    33 => Op::Clear,
                    34 => Op::Display(&items),
                    35 => Op::FromKeys(&items),
                    36 => Op::Copy(CopyHow::ALL[n.rem_euclid(4) as usize]),
                    37 => Op::ShrinkToFit,
                    38 => Op::Reserve(n.unsigned_abs() as u32 % 100),
                    _ => Op::Pop(key, None),
                };
                let told = desk.run(op);
                for text in told.sentences().into_iter().chain([told.summary.as_str()]) {
                    prop_assert!(text.ends_with('.') && !text.contains("  ") && !text.contains(".."), "{}", text);
                    prop_assert!(text.chars().count() < 320 && !text.contains("dd."), "{}", text);
                }
                if desk.table.policy().name.starts_with("cpython") {
                    told.formulas().into_iter().for_each(check_probe_formula);
                }
            }
        }
    }
}
