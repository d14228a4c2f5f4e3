//! Numbers about a table: summaries that can be merged, and scans of the table as it stands.
//!
//! The totals that a page shows in every frame ([`Census`]) are computed from counters in O(1). What has to
//! look at every slot ([`ClusterScan`], [`ProbeScan`]) is O(size) and works in slices, so that a page can spread it over
//! frames.

mod totals;

use std::ops::Range;

use crate::python::Heap;
use crate::table::{Listener, Op, State, Table};
pub use totals::{Tally, Totals};

/// Smallest, largest and sum of some numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How many numbers.
    pub count: u64,
    /// The smallest one.
    pub min: u64,
    /// The largest one.
    pub max: u64,
    /// Their sum.
    pub sum: u64,
}

impl Summary {
    /// Of no numbers; `min` and `max` mean nothing then.
    pub const NONE: Summary = Summary { count: 0, min: u64::MAX, max: 0, sum: 0 };

    /// Count `times` occurrences of `value`.
    #[inline]
    pub fn add(&mut self, value: u64, times: u64) {
        if times > 0 {
            self.merge(Summary { count: times, min: value, max: value, sum: value * times });
        }
    }

    /// Count what `other` counted.
    #[inline]
    pub fn merge(&mut self, other: Summary) {
        self.count += other.count;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.sum += other.sum;
    }

    /// Their mean; `None` of no numbers.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }
}

/// What the slots of the array that is probed hold; the three add up to its size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Live keys in it.
    pub live: u32,
    /// Tombstones in it (3.6+: the dummies among the indices, not the holes among the entries).
    pub tombstones: u32,
    /// Neither: a search ends here.
    pub free: u32,
}

impl Census {
    /// The number of slots.
    pub const fn size(self) -> u32 {
        self.live + self.tombstones + self.free
    }
}

/// How often each length occurred.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<u32>,
}

impl Histogram {
    /// Count one occurrence of `length`.
    pub fn add(&mut self, length: usize) {
        if self.counts.len() <= length {
            self.counts.resize(length + 1, 0);
        }
        self.counts[length] += 1;
    }

    /// How often each length 0, 1, 2, … occurred; the last one is not 0.
    pub fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// The lengths, summarised.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::NONE;
        for (length, &count) in self.counts.iter().enumerate() {
            summary.add(length as u64, u64::from(count));
        }
        summary
    }
}

/// Counts clusters: runs of slots that are not empty, so that a search that enters one has to walk to its end (linear
/// probing). A run that leaves the table at its end goes on at its beginning.
#[derive(Clone, Debug, Default)]
pub struct ClusterScan {
    done: usize,
    first_run: Option<usize>,
    run: usize,
    sizes: Histogram,
}

impl ClusterScan {
    /// Look at the next `slots` slots. Gives the histogram of cluster sizes when the last slot was seen; O(`slots`).
    ///
    /// The state must not change between the calls: start again when it does.
    pub fn advance(&mut self, state: &State, slots: usize) -> Option<&Histogram> {
        let (arrays, size) = (&state.main, state.main.size());
        let end = size.min(self.done.saturating_add(slots));
        for pos in self.done..end {
            let empty = if arrays.is_two() { arrays.indices[pos].is_empty() } else { arrays.slots[pos].is_empty() };
            if !empty {
                self.run += 1;
                continue;
            }
            match self.first_run {
                None => self.first_run = Some(self.run),
                Some(_) => self.end_run(self.run),
            }
            self.run = 0;
        }
        if self.done < size && end == size {
            let wrapped = self.run + self.first_run.unwrap_or(0);
            self.end_run(wrapped);
        }
        self.done = end;
        (end == size).then_some(&self.sizes)
    }

    fn end_run(&mut self, run: usize) {
        if run > 0 {
            self.sizes.add(run);
        }
    }
}

/// Counts how many looks ([`Tally::looks`]) a successful search for each live key takes, by searching.
#[derive(Clone, Debug, Default)]
pub struct ProbeScan {
    done: usize,
    lengths: Histogram,
}

impl ProbeScan {
    /// Search the keys of the next `cells` cells of `slots`. Gives the histogram of probe lengths when the last one was
    /// seen; O(`cells` × their probe lengths).
    ///
    /// The state must not change between the calls: start again when it does. While entries are being moved between two
    /// arrays a search may move some, so nothing is counted then and the result is always `None`.
    pub fn advance<T: Table>(&mut self, table: &mut T, heap: &Heap, cells: usize) -> Option<&Histogram> {
        if table.state().next.is_some() {
            return None;
        }
        let all = table.state().main.slots.len();
        let range: Range<usize> = self.done..all.min(self.done.saturating_add(cells));
        self.done = range.end;
        for pos in range {
            let slot = table.state().main.slots[pos];
            if slot.is_live() {
                let mut tally = Tally::default();
                table.run(Op::Contains(slot.live_key()), heap, &mut (&mut tally as &mut dyn Listener));
                self.lengths.add(tally.looks as usize);
            }
        }
        (self.done == all).then_some(&self.lengths)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::python::{HashSettings, Obj, Value};
    use crate::table::{AnyTable, Arrays, Noop, Regs, Slot};

    fn int(heap: &mut Heap, n: i64) -> Obj {
        heap.alloc(Value::Int(n))
    }

    #[test]
    fn a_summary_of_parts_is_the_summary_of_the_whole() {
        let (mut left, mut right, mut whole) = (Summary::NONE, Summary::NONE, Summary::NONE);
        left.add(7, 2);
        right.add(1, 1);
        right.add(100, 0);
        [7, 7, 1].into_iter().for_each(|value| whole.add(value, 1));
        left.merge(right);
        assert_eq!(left, whole);
        assert_eq!((whole.mean(), Summary::NONE.mean()), (Some(5.0), None));
    }

    /// The clusters of a table whose slots are taken where `taken` says.
    fn clusters(taken: &[bool], slice: usize) -> Vec<u32> {
        let cell = Slot::live(1, Obj::TRUE, Obj::NONE);
        let slots = taken.iter().map(|&taken| if taken { cell } else { Slot::EMPTY }).collect();
        let state = State::new(Arrays { indices: Vec::new(), slots }, Regs::default());
        let mut scan = ClusterScan::default();
        loop {
            if let Some(sizes) = scan.advance(&state, slice) {
                return sizes.counts().to_vec();
            }
        }
    }

    #[test]
    fn a_cluster_goes_on_over_the_end_of_the_table() {
        let [o, x] = [false, true];
        assert_eq!(clusters(&[x, o, x, x, o, x], 2), [0, 0, 2]);
        assert_eq!(clusters(&[o, o, o], 2), [0; 0]);
        assert_eq!(clusters(&[x, x, x], 1), [0, 0, 0, 1]);
    }

    proptest! {
        #[test]
        fn slices_do_not_change_the_clusters(taken in prop::collection::vec(any::<bool>(), 1..60), slice in 1..20usize) {
            let sizes = clusters(&taken, taken.len());
            prop_assert_eq!(&sizes, &clusters(&taken, slice));
            let in_clusters: usize = sizes.iter().enumerate().map(|(size, &count)| size * count as usize).sum();
            prop_assert_eq!(in_clusters, taken.iter().filter(|&&taken| taken).count());
        }

        #[test]
        fn every_live_key_is_searched_once(keys in prop::collection::vec(0..400i64, 0..120), slice in 1..40usize) {
            for policy in AnyTable::policies() {
                let mut heap = Heap::new(policy.python, HashSettings::default());
                let mut table = (policy.new)();
                for &n in &keys {
                    let key = int(&mut heap, n % 100 + (n << 16));
                    table.run(Op::Set(key, Obj::NONE), &heap, &mut Noop);
                }
                let before = table.state().clone();
                let mut scan = ProbeScan::default();
                // The empty table that CPython's dicts share has no entry to look at.
                let lengths = (0..before.main.slots.len().div_ceil(slice).max(1))
                    .find_map(|_| scan.advance(&mut table, &heap, slice).cloned());
                prop_assert_eq!(table.state(), &before);
                if before.next.is_none() {
                    let summary = lengths.expect("all cells were looked at").summary();
                    prop_assert_eq!(summary.count, u64::from(before.regs.used));
                    prop_assert!(summary.count == 0 || summary.min >= 1);
                } else {
                    prop_assert_eq!(lengths, None);
                }
            }
        }
    }
}
