//! What a program costs on a table.

use super::{Expansion, Program, ProgramError, grouped};
use crate::python::Heap;
use crate::stats::{Tally, Totals};
use crate::table::{AnyTable, OpList, Slot, Table};

/// The most bytes that a run without a page takes: objects, table and program together.
pub const MAX_MEMORY: usize = 1 << 30;

/// See that the operation of `line` can be run within `most` bytes ([`MAX_MEMORY`]): with what is there already, what the
/// heap needs while it grows, and the next arrays of the table if this insert may ask for them. O(1).
///
/// # Errors
/// That it cannot, and what to do.
pub fn check_memory(
    line: usize,
    expansion: &Expansion,
    heap: &Heap,
    table: &AnyTable,
    most: usize,
) -> Result<(), ProgramError> {
    let forecast = table.forecast();
    // An index beside an entry takes no more than a slot.
    let arrays = if forecast.inserts_left == Some(0) { forecast.next_size as usize * size_of::<Slot>() } else { 0 };
    let held = heap.memory() + table.state().memory() + expansion.memory();
    if held.saturating_add(heap.growth(2)).saturating_add(arrays) <= most {
        return Ok(());
    }
    let message = format!(
        "{} bytes of memory are taken and more than {} would be: the run ends before this operation, what was printed \
         holds; make fewer or smaller objects",
        grouped(held as u64),
        grouped(most as u64)
    );
    Err(ProgramError { line, column: 1, message })
}

impl Program {
    /// Run it on `table`, whose keys are in `heap`, and add up what its operations cost; gives also how many there were.
    ///
    /// # Errors
    /// The line that fails when it is run, or at which [`MAX_MEMORY`] would be passed. The operations before it were done.
    pub fn cost(&self, table: &mut AnyTable, heap: &mut Heap) -> Result<(Totals, u64), ProgramError> {
        let mut totals = Totals::new(table.bytes().total());
        let (mut expansion, mut ops, mut count) = (self.clone().expand(), OpList::default(), 0);
        while let Some(line) = expansion.next(heap, &mut ops)? {
            check_memory(line, &expansion, heap, table, MAX_MEMORY)?;
            let mut tally = Tally::default();
            table.run(ops.get(0), heap, &mut tally);
            totals.add(ops.get(0), &tally, table.bytes().total());
            ops.truncate(0);
            count += 1;
        }
        Ok((totals, count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::{HashSettings, Version};

    #[test]
    fn a_program_has_at_most_so_much_text() {
        let line = "d[1]\n";
        let fits = line.repeat(super::super::MAX_TEXT / line.len());
        let mut expansion = Program::parse(&fits, Version::V3_13).unwrap().expand();
        for error in
            [Program::parse(&format!("{fits}d"), Version::V3_13).unwrap_err(), expansion.append("d[2]").unwrap_err()]
        {
            assert!(
                error.message.contains("bytes of text; 2,000,000 are held at most: write what repeats as a loop"),
                "{error}"
            );
        }
        assert_eq!(expansion.text(), fits, "what was there stays");
    }

    #[test]
    fn a_run_ends_before_it_takes_more_than_it_may() {
        for (text, spec) in [
            ("for i in range(10**6): d[i] = ('x' * 9000, i)", "cpython-3.13"),
            ("for i in range(10**6): d['k' + str(i)] = 'x'", "linear:load=0.05"),
            ("insert_ints(d, 10**6)", "incremental:load=0.05,shrink=0"),
        ] {
            let most = 4_000_000;
            let mut table = AnyTable::parse(spec).unwrap();
            let mut heap = Heap::new(Version::V3_13, HashSettings::default());
            let mut expansion = Program::parse(text, Version::V3_13).unwrap().expand();
            let mut ops = OpList::default();
            let error = loop {
                let line = expansion.next(&mut heap, &mut ops).unwrap().expect("it is stopped before its end");
                if let Err(error) = check_memory(line, &expansion, &heap, &table, most) {
                    break error;
                }
                table.run(ops.get(0), &heap, &mut crate::table::Noop);
                ops.truncate(0);
                let held = heap.memory() + table.state().memory();
                assert!(held <= most + 100_000, "{text}: {held}");
            };
            assert_eq!(error.line, 1);
            assert!(error.message.contains("more than 4,000,000 would be: the run ends"), "{error}");
            assert!(table.state().regs.used > 10, "{text}");
            table.check(&heap).unwrap();
        }
    }
}
