//! What a program costs on a table.

use super::{Program, ProgramError};
use crate::python::Heap;
use crate::stats::{Tally, Totals};
use crate::table::{AnyTable, OpList, Table};

impl Program {
    /// Run it on `table`, whose keys are in `heap`, and add up what its operations cost; gives also how many there were.
    ///
    /// # Errors
    /// The line that fails when it is run. The operations before it were done.
    pub fn cost(&self, table: &mut AnyTable, heap: &mut Heap) -> Result<(Totals, u64), ProgramError> {
        let mut totals = Totals::new(table.bytes().total());
        let (mut expansion, mut ops, mut count) = (self.clone().expand(), OpList::default(), 0);
        while expansion.next(heap, &mut ops)?.is_some() {
            let mut tally = Tally::default();
            table.run(ops.get(0), heap, &mut tally);
            totals.add(ops.get(0), &tally, table.bytes().total());
            ops.truncate(0);
            count += 1;
        }
        Ok((totals, count))
    }
}
