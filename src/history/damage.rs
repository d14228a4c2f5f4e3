//! Which cells changed since somebody last looked.

use crate::table::Side;

/// Which cells of one array changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cells {
    /// These, in no order; one that changed more than once may be there more than once.
    Some(Vec<u32>),
    /// More than [`Cells::LIMIT`]: look at all of them.
    All,
}

impl Default for Cells {
    fn default() -> Self {
        Cells::Some(Vec::new())
    }
}

impl Cells {
    /// The most positions that are listed. Playing 200,000 operations in a second at 60 frames a second stays below.
    pub const LIMIT: usize = 8192;

    /// Whether no cell changed.
    pub fn is_empty(&self) -> bool {
        matches!(self, Cells::Some(cells) if cells.is_empty())
    }

    #[inline(always)] // A jump notes a hundred thousand, nearly all of them when it is already `All`.
    fn note(&mut self, pos: u32) {
        match self {
            Cells::All => {}
            Cells::Some(cells) if cells.len() < Cells::LIMIT => cells.push(pos),
            Cells::Some(_) => *self = Cells::All,
        }
    }
}

/// The changed cells of both arrays of one side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SideDamage {
    /// Of `indices`.
    pub indices: Cells,
    /// Of `slots`.
    pub slots: Cells,
}

/// What changed between two looks at a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Damage {
    /// In the arrays in use.
    pub main: SideDamage,
    /// In the arrays being filled.
    pub next: SideDamage,
    /// Arrays came, went or changed places: sizes may differ and the lists of cells mean nothing.
    pub resized: bool,
}

impl Damage {
    /// Whether every cell is as it was.
    pub fn is_empty(&self) -> bool {
        let cells = [&self.main.indices, &self.main.slots, &self.next.indices, &self.next.slots];
        !self.resized && cells.into_iter().all(Cells::is_empty)
    }

    #[inline(always)]
    pub(super) fn slot(&mut self, side: Side, pos: u32) {
        self.side(side).slots.note(pos);
    }

    #[inline(always)]
    pub(super) fn index(&mut self, side: Side, pos: u32) {
        self.side(side).indices.note(pos);
    }

    #[inline(always)]
    fn side(&mut self, side: Side) -> &mut SideDamage {
        match side {
            Side::Main => &mut self.main,
            Side::Next => &mut self.next,
        }
    }
}
