//! The programs of the page's menu. Each stands on the operation it is about when it is opened.

/// A program worth watching.
#[derive(Debug)]
pub struct Scenario {
    /// What links call it.
    pub id: &'static str,
    /// What the menu calls it.
    pub title: &'static str,
    /// What to look for, one or two sentences.
    pub story: &'static str,
    /// The tables it is meant for, with their settings, one to four; the first is told about.
    pub tables: &'static [&'static str],
    /// The program.
    pub text: &'static str,
    /// The operation (from 0) to stand before when it is opened.
    pub start_at: usize,
}

/// All of them; the first is the one the page opens on.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "living",
        title: "A grave in the way",
        story: "Two keys were deleted and left tombstones. The next insert starts at one of them, must search on in case \
                its key lies further along, and then comes back to take the grave.",
        tables: &["cpython-3.15"],
        text: "\
d['ape'] = 1
d['eel'] = 2
d['hen'] = 3
d['emu'] = 4
del d['eel']
del d['emu']
d['pig'] = 5    # starts at the grave of 'eel'
d['hen']        # found behind it
'eel' in d      # gone
d['jay'] = 6    # no entry is left: the table grows, and the last grave is left behind",
        start_at: 6,
    },
    Scenario {
        id: "experiment",
        title: "100,000 UUIDs in, all out",
        story: "Fill a dict with random UUIDs, then delete every one in random order. Watch the bytes: deleting gives \
                nothing back, whatever the version.",
        tables: &["cpython-2.7"],
        text: "\
insert_uuids(d, 100000, seed=1)
delete_random(d, seed=2)",
        start_at: 0,
    },
    Scenario {
        id: "experiment-churn",
        title: "100,000 out, then one insert too many",
        story: "The emptied dict keeps its whole table while keys come and go. Each one uses up room until an insert finds \
                the table full of tombstones, counts the live keys and rebuilds it small.",
        tables: &["cpython-2.7"],
        text: "\
insert_uuids(d, 100000, seed=1)
delete_random(d, seed=2)
churn(d, 170000, seed=3)",
        start_at: 523_852,
    },
    Scenario {
        id: "experiment-compact",
        title: "100,000 out, then compact",
        story: "To get the memory back on purpose, copy what is left into a new dict: here nothing is left to copy.",
        tables: &["cpython-2.7"],
        text: "\
insert_uuids(d, 100000, seed=1)
delete_random(d, seed=2)
d = {k: v for k, v in d.items()}",
        start_at: 200_000,
    },
    Scenario {
        id: "shrink",
        title: "The insert that shrinks",
        story: "Every key was deleted, and the table kept its size. Then keys come and go, each leaving a tombstone, \
                until an insert makes the table too full: it is rebuilt by the number of live keys, and smaller.",
        tables: &["cpython-2.7"],
        text: "\
for i in range(6): d[i] = i
delete_all(d)
for i in range(6, 30):
    d[i] = i
    del d[i]",
        start_at: 42,
    },
    Scenario {
        id: "reuse",
        title: "Tombstones are reused",
        story: "All these keys start at slot 0. A new key takes the grave of an old one, so the table fills no further. \
                Python 3.6 and later reuse the slot too, but not the entry behind it: switch the version and watch usable \
                run out.",
        tables: &["cpython-2.7"],
        text: "\
d[0] = 'a'
d[8] = 'b'
d[16] = 'c'
d[32] = 'd'
del d[8]
d[24] = 'e'     # takes the grave of 8
for i in range(20):
    del d[24]
    d[24] = i",
        start_at: 5,
    },
    Scenario {
        id: "collide",
        title: "Colliding keys",
        story: "Keys whose low bits are all zero start at the same slot. Only as the perturbation brings their higher bits \
                down do their ways part.",
        tables: &["cpython-3.15"],
        text: "\
insert_colliding(d, 20, bits=10)
for i in range(20): d[i << 10]",
        start_at: 19,
    },
    Scenario {
        id: "copy-holes",
        title: "copy() keeps the holes",
        story: "After many deletions d.copy() clones the table, holes and all, so the copy is full at once and its next \
                insert grows it. The other ways to copy leave the holes behind: go back and try one.",
        tables: &["cpython-3.11"],
        text: "\
insert_ints(d, 1365)
delete_oldest(d, 400)
d = d.copy()
d[1365] = 1365",
        start_at: 1765,
    },
    Scenario {
        id: "popitem",
        title: "popitem() gives no room back",
        story: "popitem() takes the last entry away and the next entry will take its number, but usable does not rise. \
                So a table with two keys is full, and the next insert must make a new one: of 8 slots again, and of 16 in \
                3.10 to 3.13.3.",
        tables: &["cpython-3.15"],
        text: "\
insert_ints(d, 5)
for i in range(3): d.popitem()
d[9] = 9",
        start_at: 8,
    },
    Scenario {
        id: "str-only",
        title: "One int among the strings",
        story: "Since 3.11 a table whose keys are all str stores no hashes and is smaller. The first other key turns it \
                general, even with room left; taking that key out again does not turn it back, a rebuild does.",
        tables: &["cpython-3.15"],
        text: "\
d['a'] = 1
d['b'] = 2
d[3] = 3
del d[3]
d = dict(d)
d = {k: v for k, v in d.items()}",
        start_at: 2,
    },
    Scenario {
        id: "same-deletes",
        title: "Four tables, the same deletes",
        story: "The same keys go in and out of four tables. CPython keeps its size, SwissTable leaves EMPTY where a search \
                may stop and DELETED where not, backward shift closes every gap, and the last one halves itself on the way.",
        tables: &["cpython-3.15", "swiss", "backward-shift", "robin-hood:shrink=0.25"],
        text: "\
insert_ints(d, 24)
delete_random(d, 20, seed=5)
for i in range(24): i in d
d[99] = 99",
        start_at: 24,
    },
    Scenario {
        id: "endless",
        title: "The search that never ends",
        story: "This textbook table does not count tombstones toward its load, so it never grows while keys come and go. \
                When no empty slot is left, a search for a missing key would go round for ever. Step through it; the table \
                beside it counts them and is rebuilt in time.",
        tables: &["linear:reuse=no,count=no", "linear:reuse=no"],
        text: "\
for i in range(8):
    d[i] = i
    del d[i]
5 in d          # eight graves and no way out
d[1] = 1",
        start_at: 16,
    },
];

impl Scenario {
    /// The scenario that links call `id`.
    pub fn named(id: &str) -> Option<&'static Scenario> {
        SCENARIOS.iter().find(|scenario| scenario.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::{Program, render};
    use crate::python::Heap;
    use crate::table::{AnyTable, Noop, Op, OpList, Outcome, Table};

    /// What an operation did: its line, and slots, live keys, filled slots and bytes before and after it.
    #[derive(Clone, Debug, Default)]
    struct Change {
        line: String,
        before: [u64; 4],
        after: [u64; 4],
    }

    /// Run a scenario's text on its table, `look` at every operation, and give the one it opens on.
    fn run(scenario: &Scenario, mut look: impl FnMut(usize, Op<'_>, &Change)) -> (usize, Change) {
        let mut table = AnyTable::parse(scenario.tables[0]).unwrap();
        let python = table.policy().python;
        let mut heap = Heap::new(python, Default::default());
        let mut ops = OpList::default();
        let numbers = |table: &AnyTable| {
            let state = table.state();
            let filled = match state.main.is_two() {
                true => state.main.indices.iter().filter(|index| !index.is_empty()).count() as u64,
                false => state.regs.fill.into(),
            };
            [state.main.size() as u64, state.regs.used.into(), filled, table.bytes().total()]
        };
        let mut expansion = Program::parse(scenario.text, python).unwrap().expand();
        let (mut made, mut opened) = (0, None);
        while expansion.next(&mut heap, &mut ops).unwrap().is_some() {
            let op = ops.get(0);
            let before = numbers(&table);
            let outcome = table.run(op, &heap, &mut Noop);
            let expected = scenario.id == "endless" && made >= scenario.start_at;
            assert_eq!(outcome == Outcome::Endless, expected, "{}: {}", scenario.id, render(op, &heap));
            assert_eq!(outcome.is_ok(), !expected, "{}: {}", scenario.id, render(op, &heap));
            let mut change = Change { line: String::new(), before, after: numbers(&table) };
            if made == scenario.start_at {
                change.line = render(op, &heap);
                opened = Some(change.clone());
            }
            look(made, op, &change);
            ops.truncate(0);
            made += 1;
        }
        (made, opened.expect("a scenario opens before one of its operations"))
    }

    fn opening(id: &str) -> Change {
        run(Scenario::named(id).unwrap(), |_, _, _| ()).1
    }

    #[test]
    fn ids_are_distinct() {
        for (i, scenario) in SCENARIOS.iter().enumerate() {
            assert_eq!(SCENARIOS.iter().position(|other| other.id == scenario.id), Some(i));
        }
    }

    #[test]
    fn every_scenario_runs_without_a_failure_but_the_endless_search() {
        for scenario in SCENARIOS {
            run(scenario, |_, _, _| ());
        }
    }

    #[test]
    fn the_experiment_is_a_hundred_thousand_in_and_out_again() {
        let mut sizes = Vec::new();
        let (made, _) = run(Scenario::named("experiment").unwrap(), |i, op, change| {
            assert_eq!(i < 100_000, matches!(op, Op::Set(..)));
            assert_eq!(i >= 100_000, matches!(op, Op::Del(_)));
            if i % 100_000 == 99_999 {
                sizes.push(change.after);
            }
        });
        assert_eq!(made, 200_000);
        assert_eq!(sizes, [[262_144, 100_000, 100_000, 6_291_736], [262_144, 0, 100_000, 6_291_736]]);
    }

    #[test]
    fn graves_are_taken_where_the_stories_say_so() {
        for (id, line) in [("living", "d['pig'] = 5"), ("reuse", "d[24] = 'e'")] {
            let Change { line: opened, before, after } = opening(id);
            assert_eq!(opened, line);
            assert_eq!((after[1], after[2]), (before[1] + 1, before[2]), "{id}: one more key, no more filled slots");
        }
    }

    #[test]
    fn tables_change_size_where_the_stories_say_so() {
        for (id, slots) in
            [("experiment-churn", [262_144, 8]), ("shrink", [32, 8]), ("popitem", [8, 8]), ("str-only", [8, 8])]
        {
            let Change { before, after, line } = opening(id);
            assert_eq!([before[0], after[0]], slots, "{id}: {line}");
        }
        let Change { before, after, .. } = opening("experiment-compact");
        assert_eq!([before[3], after[3]], [6_291_736, 280]);
    }

    #[test]
    fn a_copy_with_holes_is_full_at_once() {
        let mut bytes = Vec::new();
        run(Scenario::named("copy-holes").unwrap(), |i, _, change| {
            if i >= 1764 {
                bytes.push(change.after[3]);
            }
        });
        assert_eq!(bytes, [36_952, 36_952, 73_808]);
    }

    #[test]
    fn the_opening_scenario_ends_in_a_resize() {
        let mut last = Change::default();
        run(&SCENARIOS[0], |_, _, change| last = change.clone());
        assert!(last.before[0] < last.after[0]);
    }

    #[test]
    fn colliding_keys_all_start_at_slot_0() {
        let heap = Heap::new(crate::python::Version::LATEST, Default::default());
        run(Scenario::named("collide").unwrap(), |_, op, change| {
            let (Op::Set(key, _) | Op::Get(key)) = op else { panic!("{op:?}") };
            assert_eq!(heap.hash(key) as u64 % change.after[0], 0);
        });
    }
}
