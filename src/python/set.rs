//! The order of a set's items, which its `repr` shows: that of the table it is, whose rules are not a dict's.
//!
//! `Objects/setobject.c`: `set_add_entry` (2.7: `set_add_key`), `set_table_resize`, `set_insert_clean`. Verified against
//! the interpreters by `tests/native/objects.rs`.

use super::{Heap, Obj, Version};

/// `PySet_MINSIZE`
const FIRST_SIZE: usize = 8;
/// Slots after a slot that are looked at before the search leaps (`LINEAR_PROBES`; 2.7 has none).
const LINEAR_PROBES: usize = 9;

/// The distinct `items` in the order of a set to which they were added one after the other, as `frozenset([…])` does.
///
/// A display, `frozenset({…})`, makes two sets, and since 3.9 its constants are a set that the compiler may have built
/// again; what that does depends on the strings that the interpreter happens to have interned. It is taken for a list.
pub(super) fn order(items: &[Obj], heap: &Heap) -> Vec<Obj> {
    let version = heap.version();
    let mut table = vec![None; FIRST_SIZE];
    for (used, &item) in (1..).zip(items) {
        insert(&mut table, item, heap);
        let mask = table.len() - 1;
        let full = match version {
            Version::V2_7 => used * 3 >= (mask + 1) * 2,
            Version::V3_6 => used * 3 >= mask * 2,
            Version::V3_7
            | Version::V3_8
            | Version::V3_9
            | Version::V3_10
            | Version::V3_11
            | Version::V3_12
            | Version::V3_13_0
            | Version::V3_13
            | Version::V3_14
            | Version::V3_15 => used * 5 >= mask * 3,
        };
        if full {
            let wanted = if used > 50_000 { used * 2 } else { used * 4 };
            let old = std::mem::replace(&mut table, vec![None; (wanted + 1).next_power_of_two().max(FIRST_SIZE)]);
            old.into_iter().flatten().for_each(|item| insert(&mut table, item, heap));
        }
    }
    table.into_iter().flatten().collect()
}

/// Put an item that is not there yet into the first empty slot of its search.
fn insert(table: &mut [Option<Obj>], item: Obj, heap: &Heap) {
    let mask = table.len() - 1;
    let linear = if heap.version().is_py2() { 0 } else { LINEAR_PROBES };
    let hash = heap.hash(item) as u64;
    let (mut at, mut perturb) = (hash as usize & mask, hash);
    loop {
        // A run that would leave the table is not begun.
        let run = if at + linear <= mask { linear } else { 0 };
        if let Some(empty) = (at..=at + run).find(|&slot| table[slot].is_none()) {
            table[empty] = Some(item);
            return;
        }
        // 2.7 takes the first leap with the hash as it is.
        if !heap.version().is_py2() {
            perturb >>= 5;
        }
        at = at.wrapping_mul(5).wrapping_add(perturb as usize).wrapping_add(1) & mask;
        if heap.version().is_py2() {
            perturb >>= 5;
        }
    }
}
