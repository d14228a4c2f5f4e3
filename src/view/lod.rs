//! How full each block of slots is, so that a table of millions can be drawn when a slot is smaller than a pixel.

use super::camera::Grid;
use crate::table::{Arrays, Index, Slot};

/// What a painter needs to know of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Class {
    /// Never taken.
    Empty = 0,
    /// A live key.
    Live = 1,
    /// A tombstone or a hole.
    Tombstone = 2,
}

impl From<Slot> for Class {
    #[inline]
    fn from(slot: Slot) -> Class {
        match (slot.is_live(), slot.is_empty()) {
            (true, _) => Class::Live,
            (_, true) => Class::Empty,
            _ => Class::Tombstone,
        }
    }
}

impl From<Index> for Class {
    #[inline]
    fn from(index: Index) -> Class {
        match (index.get(), index.is_empty()) {
            (Some(_), _) => Class::Live,
            (_, true) => Class::Empty,
            _ => Class::Tombstone,
        }
    }
}

/// An array of cells, read in runs.
pub trait Cells {
    /// The number of cells, below 2^32.
    fn len(&self) -> u32;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The classes of the cells from `first` on, as many as `out` holds.
    ///
    /// # Panics
    /// If they go beyond the end.
    fn read(&self, first: u32, out: &mut [Class]);
}

/// The array that is probed: `indices` if there are two arrays, else `slots`.
#[derive(Clone, Copy, Debug)]
pub struct Probed<'a>(pub &'a Arrays);

/// The dense entries of a table of two arrays.
#[derive(Clone, Copy, Debug)]
pub struct Entries<'a>(pub &'a Arrays);

fn classes<T: Copy + Into<Class>>(cells: &[T], first: u32, out: &mut [Class]) {
    let cells = &cells[first as usize..][..out.len()];
    for (class, &cell) in out.iter_mut().zip(cells) {
        *class = cell.into();
    }
}

impl Cells for Probed<'_> {
    fn len(&self) -> u32 {
        self.0.size() as u32
    }

    fn read(&self, first: u32, out: &mut [Class]) {
        if self.0.is_two() { classes(&self.0.indices, first, out) } else { classes(&self.0.slots, first, out) }
    }
}

impl Cells for Entries<'_> {
    fn len(&self) -> u32 {
        self.0.slots.len() as u32
    }

    fn read(&self, first: u32, out: &mut [Class]) {
        classes(&self.0.slots, first, out);
    }
}

/// The live cells and the tombstones of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Live cells.
    pub live: u32,
    /// Tombstones.
    pub dead: u32,
}

/// Blocks of `2^k × 2^k` cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Level {
    columns: usize,
    rows: usize,
    /// Rows that are counted; the others are 0 yet.
    built: usize,
    cells: Counters,
}

/// Live and dead counts, alternating. Up to 8 × 8 cells a byte holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Counters {
    Small(Vec<[u8; 2]>),
    Large(Vec<[u32; 2]>),
}

impl Default for Counters {
    fn default() -> Self {
        Counters::Small(Vec::new())
    }
}

/// One row of blocks.
#[derive(Clone, Copy, Debug)]
pub enum BlockRow<'a> {
    /// Live and dead counts of up to 64 cells.
    Small(&'a [[u8; 2]]),
    /// The same of more.
    Large(&'a [[u32; 2]]),
}

impl Level {
    fn get(&self, at: usize) -> Counts {
        let [live, dead] = match &self.cells {
            Counters::Small(cells) => cells[at].map(u32::from),
            Counters::Large(cells) => cells[at],
        };
        Counts { live, dead }
    }

    fn set(&mut self, at: usize, counts: Counts) {
        match &mut self.cells {
            // A block of at most 64 cells.
            Counters::Small(cells) => cells[at] = [counts.live as u8, counts.dead as u8],
            Counters::Large(cells) => cells[at] = [counts.live, counts.dead],
        }
    }

    /// So many live and dead cells more, or less.
    fn add(&mut self, at: usize, [live, dead]: [i32; 2]) {
        let Counts { live: l, dead: d } = self.get(at);
        self.set(at, Counts { live: l.wrapping_add_signed(live), dead: d.wrapping_add_signed(dead) });
    }
}

/// The most cells whose changes are summed up at once.
const RUN: usize = 256;

/// Counts of blocks of 2 × 2, 4 × 4, … cells of a grid. It takes about 0.7 bytes a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pyramid {
    grid: Grid,
    levels: Vec<Level>,
}

/// Blocks of at most `2^3 × 2^3` = 64 cells are counted in bytes.
const SMALL_LEVELS: u32 = 3;

impl Pyramid {
    /// The pyramid over `grid`, with nothing counted yet.
    pub fn new(grid: Grid) -> Pyramid {
        let longest = grid.columns().max(grid.rows());
        let levels = (1..=longest.next_power_of_two().trailing_zeros()).map(|k| {
            let (columns, rows) = (blocks(grid.columns(), k), blocks(grid.rows(), k));
            let cells = match k <= SMALL_LEVELS {
                true => Counters::Small(vec![[0; 2]; columns * rows]),
                false => Counters::Large(vec![[0; 2]; columns * rows]),
            };
            Level { columns, rows, built: 0, cells }
        });
        Pyramid { grid, levels: levels.collect() }
    }

    /// The pyramid over all of `cells`.
    pub fn of(grid: Grid, cells: &impl Cells) -> Pyramid {
        let mut pyramid = Pyramid::new(grid);
        while !pyramid.build(cells, u32::MAX) {}
        pyramid
    }

    /// The grid it counts.
    pub fn grid(&self) -> Grid {
        self.grid
    }

    /// Whether everything is counted.
    pub fn is_built(&self) -> bool {
        self.levels.iter().all(|level| level.built == level.rows)
    }

    /// The part that is counted, 0 … 1.
    pub fn progress(&self) -> f64 {
        self.levels.first().map_or(1.0, |base| base.built as f64 / base.rows as f64)
    }

    /// The number of levels; level `k` has blocks of `2^k × 2^k` cells and the first one is 1.
    pub fn levels(&self) -> u32 {
        self.levels.len() as u32
    }

    /// Count about `budget` more cells; true when all are counted. Cells may change between the slices if each change is
    /// told with [`Pyramid::change`].
    pub fn build(&mut self, cells: &impl Cells, budget: u32) -> bool {
        debug_assert_eq!(cells.len(), self.grid.slots());
        let columns = self.grid.columns() as usize;
        let mut line = vec![Class::Empty; columns];
        let mut counted = 0u64;
        while counted < u64::from(budget) {
            let Some(base) = self.levels.first_mut() else { return true };
            if base.built == base.rows {
                return true;
            }
            let by = base.built;
            for row in [2 * by as u32, 2 * by as u32 + 1] {
                let slots = self.grid.row(row);
                let line = &mut line[..slots.len()];
                cells.read(slots.start, line);
                let Counters::Small(blocks) = &mut base.cells else { unreachable!("the base level counts 4 cells") };
                let blocks = &mut blocks[by * base.columns..(by + 1) * base.columns];
                for (block, pair) in blocks.iter_mut().zip(line.chunks(2)) {
                    for &class in pair {
                        block[0] += u8::from(class == Class::Live);
                        block[1] += u8::from(class == Class::Tombstone);
                    }
                }
            }
            base.built += 1;
            counted += 2 * columns as u64;
            self.fold();
        }
        self.is_built()
    }

    /// Sum up the rows of the upper levels whose lower rows are all counted.
    fn fold(&mut self) {
        for k in 1..self.levels.len() {
            let (lower, upper) = self.levels.split_at_mut(k);
            let (lower, upper) = (&lower[k - 1], &mut upper[0]);
            let ready = if lower.built == lower.rows { upper.rows } else { lower.built / 2 };
            if upper.built == ready {
                return;
            }
            for by in upper.built..ready {
                for bx in 0..upper.columns {
                    let mut sum = Counts::default();
                    for y in (2 * by)..(2 * by + 2).min(lower.rows) {
                        for x in (2 * bx)..(2 * bx + 2).min(lower.columns) {
                            let part = lower.get(y * lower.columns + x);
                            sum.live += part.live;
                            sum.dead += part.dead;
                        }
                    }
                    upper.set(by * upper.columns + bx, sum);
                }
            }
            upper.built = ready;
        }
    }

    /// The cells from `first` on were `old` and are `new` now.
    ///
    /// # Panics
    /// If they go beyond the end of the grid.
    pub fn change(&mut self, mut first: u32, mut old: &[Class], mut new: &[Class]) {
        while !old.is_empty() {
            let (column, row) = self.grid.place(first);
            let run = old.len().min((self.grid.columns() - column) as usize).min(RUN);
            match run {
                1 => self.change_run::<1>(column, row, &old[..1], &new[..1]),
                _ => self.change_run::<RUN>(column, row, &old[..run], &new[..run]),
            }
            (first, old, new) = (first + run as u32, &old[run..], &new[run..]);
        }
    }

    /// The same of at most `N` cells of one row: they are summed up once for all levels.
    fn change_run<const N: usize>(&mut self, column: u32, row: u32, old: &[Class], new: &[Class]) {
        let is = |class, wanted| i32::from(class == wanted);
        let mut more = [[0i32; 2]; N];
        for (more, (&old, &new)) in more.iter_mut().zip(old.iter().zip(new)) {
            *more = [Class::Live, Class::Tombstone].map(|class| is(new, class) - is(old, class));
        }
        let (mut first, mut end) = (column as usize, column as usize + old.len());
        for (k, level) in (1u32..).zip(&mut self.levels) {
            let blocks = first / 2..end.div_ceil(2);
            for bx in blocks.clone() {
                let parts = (2 * bx).max(first)..(2 * bx + 2).min(end);
                let sum = parts.fold([0; 2], |[live, dead], part| {
                    let [l, d] = more[part - first];
                    [live + l, dead + d]
                });
                more[bx - blocks.start] = sum;
            }
            (first, end) = (blocks.start, blocks.end);
            let by = (row >> k) as usize;
            // What is not counted yet will be counted as it is then.
            if by < level.built {
                for (bx, &more) in blocks.zip(&more).filter(|(_, more)| **more != [0; 2]) {
                    level.add(by * level.columns + bx, more);
                }
            }
        }
    }

    /// The counts of the blocks in row `by` of level `k`.
    ///
    /// # Panics
    /// If there is no such level or row.
    pub fn row(&self, k: u32, by: u32) -> BlockRow<'_> {
        let level = &self.levels[k as usize - 1];
        let cells = by as usize * level.columns..(by as usize + 1) * level.columns;
        match &level.cells {
            Counters::Small(all) => BlockRow::Small(&all[cells]),
            Counters::Large(all) => BlockRow::Large(&all[cells]),
        }
    }

    /// The counts of one block.
    ///
    /// # Panics
    /// If there is no such block.
    pub fn block(&self, k: u32, bx: u32, by: u32) -> Counts {
        let level = &self.levels[k as usize - 1];
        level.get(by as usize * level.columns + bx as usize)
    }

    /// How many cells of the grid a block really has; fewer than `4^k` at its edges.
    pub fn cells_in(&self, k: u32, bx: u32, by: u32) -> u32 {
        let rows = (by << k)..self.grid.rows().min((by + 1) << k);
        rows.map(|row| {
            let slots = self.grid.row(row);
            let (first, end) = (slots.start + (bx << k), slots.start + ((bx + 1) << k));
            end.min(slots.end).saturating_sub(first)
        })
        .sum()
    }

    /// Bytes of this process's memory.
    pub fn memory(&self) -> usize {
        let level = |level: &Level| match &level.cells {
            Counters::Small(cells) => cells.capacity() * size_of::<[u8; 2]>(),
            Counters::Large(cells) => cells.capacity() * size_of::<[u32; 2]>(),
        };
        self.levels.iter().map(level).sum()
    }
}

fn blocks(cells: u32, k: u32) -> usize {
    cells.div_ceil(1 << k) as usize
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Cells of a test.
    pub struct Plain(pub Vec<Class>);

    impl Cells for Plain {
        fn len(&self) -> u32 {
            self.0.len() as u32
        }

        fn read(&self, first: u32, out: &mut [Class]) {
            out.copy_from_slice(&self.0[first as usize..first as usize + out.len()]);
        }
    }

    pub fn class() -> impl Strategy<Value = Class> {
        prop_oneof![Just(Class::Empty), Just(Class::Live), Just(Class::Tombstone)]
    }

    fn scan(grid: Grid, cells: &Plain, k: u32, bx: u32, by: u32) -> (Counts, u32) {
        let mut counts = Counts::default();
        let mut all = 0;
        for (pos, class) in (0..).zip(&cells.0) {
            let (column, row) = grid.place(pos);
            if (column >> k, row >> k) == (bx, by) {
                all += 1;
                counts.live += u32::from(*class == Class::Live);
                counts.dead += u32::from(*class == Class::Tombstone);
            }
        }
        (counts, all)
    }

    proptest! {
        #[test]
        fn counts_equal_a_scan(cells in prop::collection::vec(class(), 1..700), aspect in 0.2f64..5.0) {
            let cells = Plain(cells);
            let grid = Grid::new(cells.len(), aspect);
            let pyramid = Pyramid::of(grid, &cells);
            prop_assert!(pyramid.is_built());
            for k in 1..=pyramid.levels() {
                for by in 0..grid.rows().div_ceil(1 << k) {
                    for bx in 0..grid.columns().div_ceil(1 << k) {
                        let (counts, all) = scan(grid, &cells, k, bx, by);
                        prop_assert_eq!(pyramid.block(k, bx, by), counts);
                        prop_assert_eq!(pyramid.cells_in(k, bx, by), all);
                    }
                }
            }
        }

        #[test]
        fn changes_during_and_after_the_build_equal_a_rebuild(
            cells in prop::collection::vec(class(), 1..3000),
            changes in prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(class(), 1..600)), 0..50),
            budget in 1u32..500,
        ) {
            let mut cells = Plain(cells);
            let grid = Grid::new(cells.len(), 1.0);
            let mut pyramid = Pyramid::new(grid);
            for (at, new) in changes {
                pyramid.build(&cells, budget);
                let pos = at.index(cells.0.len());
                let end = cells.0.len().min(pos + new.len());
                pyramid.change(pos as u32, &cells.0[pos..end], &new[..end - pos]);
                cells.0[pos..end].copy_from_slice(&new[..end - pos]);
            }
            while !pyramid.build(&cells, budget) {}
            prop_assert_eq!(pyramid, Pyramid::of(grid, &cells));
        }
    }

    #[test]
    fn sixteen_million_cells_take_twelve_megabytes() {
        let pyramid = Pyramid::new(Grid::new(1 << 24, 1.0));
        assert!(pyramid.memory() < 12_000_000, "{}", pyramid.memory());
    }

    #[test]
    fn both_arrays_are_read() {
        let mut arrays = Arrays::two(8, 5);
        assert_eq!((Probed(&arrays).len(), Entries(&arrays).len()), (8, 5));
        let key = crate::python::Obj::TRUE;
        arrays.indices[3] = Index::entry(1);
        arrays.indices[4] = Index::dummy(key);
        arrays.slots[1] = Slot::live(1, key, key);
        arrays.slots[2] = Slot::live(1, key, key).tombstone();
        let mut out = [Class::Empty; 3];
        Probed(&arrays).read(2, &mut out);
        assert_eq!(out, [Class::Empty, Class::Live, Class::Tombstone]);
        Entries(&arrays).read(0, &mut out);
        assert_eq!(out, [Class::Empty, Class::Live, Class::Tombstone]);
        Probed(&Arrays::one(4)).read(1, &mut out);
        assert_eq!(out, [Class::Empty; 3]);
    }
}
