//! One number for everything that a table's cells went through, to be compared between machines.
//!
//! Shared with `tests/web.rs`: the browser must come to the numbers that are in `tests/fixtures/digests.json`.

use std::collections::BTreeMap;

use dictoscope::program::Program;
use dictoscope::python::{HashSettings, Heap, Obj};
use dictoscope::table::{AnyTable, Arrays, Noop, OpList, Policy, SlotState, State, Table};

/// What was computed natively: table name to digest.
pub const EXPECTED: &str = include_str!("../fixtures/digests.json");

/// Every kind of key, collisions, deletions until it may shrink, and inserts on top of the tombstones.
const PROGRAM: &str = "\
insert_ints(d, 40, -20)
insert_random(d, 300, 11)
insert_colliding(d, 20)
insert_strings(d, 60)
insert_uuids(d, 100)
d[1.5] = 0.1
d[2**70] = -2**63
d[(1, 'a', None, (True, 2.5))] = ()
d['\\u00e9'] = 'x'
d[None] = False
mixed(d, 2000)
delete_oldest(d, 100)
churn(d, 400)
delete_random(d, 250)
insert_random(d, 30)
delete_newest(d)
insert_uuids(d, 20)
d = {}
insert_ints(d, 5)
for i in range(3): d.popitem()
d[9] = 9
";

/// States are added to the digest every so many operations, and the last one.
const EVERY: usize = 61;

/// FNV-1a, 64 bits (Fowler, Noll, Vo).
struct Digest(u64);

impl Digest {
    fn add(&mut self, word: u64) {
        for byte in word.to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn arrays(&mut self, arrays: &Arrays) {
        self.add(arrays.indices.len() as u64);
        arrays.indices.iter().for_each(|index| self.add(index.to_cpython() as u64));
        self.add(arrays.slots.len() as u64);
        for slot in &arrays.slots {
            let obj = |obj: Obj| u64::from(obj.to_bits());
            let (kind, key, value) = match slot.state() {
                SlotState::Empty => (0, 0, 0),
                SlotState::Tombstone(key) => (1, obj(key), 0),
                SlotState::Live(key, value) => (2, obj(key), obj(value)),
            };
            [kind, key, value, slot.hash as u64].into_iter().for_each(|word| self.add(word));
        }
    }

    fn state(&mut self, state: &State) {
        self.arrays(&state.main);
        state.next.iter().for_each(|next| self.arrays(next));
        let regs = state.regs;
        [regs.used, regs.fill, regs.usable].into_iter().for_each(|word| self.add(word.into()));
        self.add(regs.extra as u64);
    }
}

fn digest(policy: &Policy) -> String {
    let mut heap = Heap::new(policy.python, HashSettings::default());
    let mut table = (policy.new)();
    let mut ops = OpList::default();
    let mut digest = Digest(0xcbf2_9ce4_8422_2325);
    let program = Program::parse(PROGRAM, policy.python).unwrap_or_else(|error| panic!("{error}"));
    let mut expansion = program.expand();
    while expansion.next(&mut heap, &mut ops).unwrap_or_else(|error| panic!("{error}")).is_some() {
        let outcome = table.run(ops.get(ops.len() - 1), &heap, &mut Noop);
        digest.add(u64::from(outcome.is_ok()));
        digest.add(table.bytes().total());
        if ops.len() % EVERY == 0 {
            digest.state(table.state());
        }
    }
    digest.state(table.state());
    format!("{:016x}", digest.0)
}

/// The digest of every table there is, by name.
pub fn digests() -> BTreeMap<String, String> {
    AnyTable::policies().map(|policy| (policy.name.to_owned(), digest(policy))).collect()
}
