//! What the colour of a live slot may tell besides that it is live: a quantity from 0 to 255, shown by the palette's ramp.

use crate::table::{Arrays, Slot};

/// What the colour of a live slot tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colouring {
    /// Live, tombstone or empty.
    #[default]
    State,
    /// How many slots a search for this key looks into.
    ProbeLength,
    /// How long ago, in operations, it was put in.
    Age,
    /// The place of its entry in insertion order (only tables of two arrays have entries).
    EntryOrder,
    /// The bits of the hash just above those that choose the first slot.
    HashBits,
}

impl Colouring {
    /// All of them, in menu order.
    pub const ALL: [Colouring; 5] =
        [Colouring::State, Colouring::ProbeLength, Colouring::Age, Colouring::EntryOrder, Colouring::HashBits];

    /// What a menu calls it.
    pub const fn title(self) -> &'static str {
        match self {
            Colouring::State => "state",
            Colouring::ProbeLength => "probe length",
            Colouring::Age => "age",
            Colouring::EntryOrder => "entry order",
            Colouring::HashBits => "hash bits",
        }
    }
}

/// The shade for a key that a search finds with so many looks: 1 is the palest, and each doubling is as much darker, up to
/// 128 and more.
pub fn probe_length(looks: u32) -> u8 {
    let shade = (f64::from(looks.max(1)).log2() * 255.0 / 7.0).round();
    shade.min(255.0) as u8
}

/// The shade of the entry that slot `pos` of `indices` points at, of `entries` taken so far: the oldest is the palest. 0
/// where there is none, and in tables of one array.
pub fn entry_order(arrays: &Arrays, pos: u32, entries: u32) -> u8 {
    let entry = arrays.indices.get(pos as usize).and_then(|index| index.get());
    entry.map_or(0, |n| nth_of(n, entries))
}

/// The shade of the `n`th of so many, from 0.
pub fn nth_of(n: u32, all: u32) -> u8 {
    let last = u64::from(all.saturating_sub(1)).max(1);
    (u64::from(n) * 255 / last).min(255) as u8
}

/// The shade for the hash in slot `pos` of the array that is probed: its eight bits above those that the mask keeps. They
/// come into play one perturbation after another. 0 where there is no live key.
pub fn hash_bits(arrays: &Arrays, pos: u32) -> u8 {
    let at = pos as usize;
    let slot = match arrays.is_two() {
        true => arrays.indices[at].get().map(|n| arrays.slots[n as usize]),
        false => Some(arrays.slots[at]).filter(|slot: &Slot| slot.is_live()),
    };
    let kept = arrays.size().next_power_of_two().trailing_zeros();
    slot.map_or(0, |slot| (slot.hash as u64).checked_shr(kept).unwrap_or(0) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::Obj;
    use crate::table::Index;

    #[test]
    fn longer_searches_are_darker() {
        assert_eq!([0, 1, 2, 4, 128, 100_000].map(probe_length), [0, 0, 36, 73, 255, 255]);
        assert!((1..200).map(probe_length).is_sorted());
    }

    #[test]
    fn entries_are_shaded_in_order_of_insertion() {
        let mut arrays = Arrays::two(8, 5);
        for (pos, entry) in [(3, 0), (1, 1), (6, 2)] {
            arrays.indices[pos] = Index::entry(entry);
        }
        arrays.indices[7] = Index::dummy(Obj::TRUE);
        assert_eq!([3, 1, 6, 7, 0].map(|pos| entry_order(&arrays, pos, 3)), [0, 127, 255, 0, 0]);
        assert_eq!(entry_order(&Arrays::one(8), 0, 8), 0);
        assert_eq!(nth_of(0, 0), 0);
    }

    #[test]
    fn the_bits_above_the_mask_are_shown() {
        let mut one = Arrays::one(8);
        one.slots[5] = Slot::live(0b1010_1101, Obj::TRUE, Obj::NONE);
        one.slots[6] = one.slots[5].tombstone();
        assert_eq!([5, 6, 0].map(|pos| hash_bits(&one, pos)), [0b10101, 0, 0]);
        let mut two = Arrays::two(8, 5);
        two.slots[0] = Slot::live(-1, Obj::TRUE, Obj::NONE);
        two.indices[4] = Index::entry(0);
        assert_eq!([4, 0].map(|pos| hash_bits(&two, pos)), [255, 0]);
    }
}
