//! Text on slots that are large enough for it: what to write where. The page draws it on a canvas over the map.

use super::camera::{Camera, Grid, Rect};
use super::lod::Class;
use super::text;
use crate::python::{Heap, Obj};
use crate::table::{Arrays, Slot, SlotState};

/// How much is written on a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// The key, as short as it must be.
    Key,
    /// Its index and the key.
    Index,
    /// Index, key, value, hash, and the number of its entry.
    Card,
}

impl Detail {
    /// What fits on slots of `scale` pixels; `None` below 26 pixels.
    pub fn at(scale: f64) -> Option<Detail> {
        match scale {
            s if s >= 96.0 => Some(Detail::Card),
            s if s >= 44.0 => Some(Detail::Index),
            s if s >= 26.0 => Some(Detail::Key),
            _ => None,
        }
    }
}

/// What is written on one slot.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// The slot.
    pub pos: u32,
    /// Its square in the viewport.
    pub rect: Rect,
    /// What it holds: the text's colour goes with it.
    pub class: Class,
    /// The slot's index; empty if there is no room.
    pub index: String,
    /// The key, also a dead one; empty in an empty slot.
    pub key: String,
    /// Further lines of a card: value, hash, entry.
    pub lines: Vec<String>,
}

/// An array of cells to be labelled.
#[derive(Clone, Copy, Debug)]
pub enum Labelled<'a> {
    /// The array that is probed.
    Probed(&'a Arrays),
    /// The dense entries of a table of two arrays.
    Entries(&'a Arrays),
}

impl Labelled<'_> {
    /// The cell at a position, who is dead or alive there, and the entry that it points at.
    fn cell(self, pos: u32) -> (SlotState, Option<Slot>, Option<u32>) {
        let at = pos as usize;
        match self {
            Labelled::Probed(arrays) if arrays.is_two() => {
                let entry = arrays.indices[at].get();
                (arrays.probed(at), entry.map(|n| arrays.slots[n as usize]), entry)
            }
            Labelled::Probed(arrays) | Labelled::Entries(arrays) => {
                let slot = arrays.slots[at];
                (slot.state(), Some(slot).filter(|slot| slot.is_live()), None)
            }
        }
    }
}

/// The labels of the cells in view, row by row; none if they are too small. `grid` lays out as many slots as there are
/// cells; `char_width` is the width of a character in pixels.
pub fn labels(camera: Camera, grid: Grid, cells: Labelled<'_>, heap: &Heap, char_width: f64) -> Vec<Label> {
    let Some(detail) = Detail::at(camera.scale) else { return Vec::new() };
    let room = ((camera.scale - 6.0) / char_width.max(1.0)).max(1.0) as usize;
    let visible = camera.visible(grid);
    let slots = visible.rows.flat_map(|row| visible.columns.clone().filter_map(move |column| grid.slot(column, row)));
    slots.map(|pos| label(pos, camera.rect_of(grid, pos), cells, heap, detail, room)).collect()
}

fn label(pos: u32, rect: Rect, cells: Labelled<'_>, heap: &Heap, detail: Detail, room: usize) -> Label {
    let (state, slot, entry) = cells.cell(pos);
    let key = |obj: Obj| text::key_in(heap, obj, room);
    let (class, key) = match state {
        SlotState::Empty => (Class::Empty, String::new()),
        SlotState::Tombstone(dead) => (Class::Tombstone, key(dead)),
        SlotState::Live(live, _) => (Class::Live, key(live)),
    };
    // A tombstone's cross stands beside it.
    let beside = if class == Class::Tombstone { room.div_ceil(3) + 1 } else { 0 };
    let mut index = if detail >= Detail::Index { text::group(pos.into()) } else { String::new() };
    if index.len() + beside > room {
        index.clear();
    }
    let mut lines = Vec::new();
    if let (Detail::Card, Some(slot)) = (detail, slot) {
        lines.extend(
            slot.value().map(|value| format!("= {}", text::key_in(heap, value, room.saturating_sub(2).max(1)))),
        );
        lines.push(text::shorten(&format!("hash {}", slot.hash), room));
        lines.extend(entry.map(|n| text::shorten(&format!("entry {}", text::group(n.into())), room)));
    }
    Label { pos, rect, class, index, key, lines }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::{HashSettings, Value, Version};
    use crate::table::Index;

    fn example() -> (Heap, Arrays) {
        let mut heap = Heap::new(Version::V3_12, HashSettings::default());
        let [a, b] =
            ["alpha", "a very long key indeed"].map(|t| heap.alloc(Value::Str(t.chars().map(u32::from).collect())));
        let mut arrays = Arrays::two(8, 5);
        arrays.slots[0] = Slot::live(42, a, Obj::TRUE);
        arrays.slots[1] = Slot::live(7, b, Obj::NONE).tombstone();
        arrays.indices[3] = Index::entry(0);
        arrays.indices[5] = Index::dummy(b);
        (heap, arrays)
    }

    fn at(scale: f64, probed: bool) -> Vec<Label> {
        let (heap, arrays) = example();
        let cells = if probed { Labelled::Probed(&arrays) } else { Labelled::Entries(&arrays) };
        let len = if probed { arrays.size() } else { arrays.slots.len() };
        let grid = Grid::new(len as u32, 8.0);
        let camera = Camera { x: 0.0, y: 0.0, scale, width: (8.0 * scale) as u32, height: scale as u32 };
        labels(camera, grid, cells, &heap, 7.0)
    }

    #[test]
    fn small_slots_have_no_text_and_large_ones_a_card() {
        assert!(at(20.0, true).is_empty());
        let short = at(40.0, true);
        assert_eq!((short[3].index.as_str(), short[3].key.as_str()), ("", "'a…'"));
        let middle = at(60.0, true);
        assert_eq!((middle[3].index.as_str(), middle[3].key.as_str()), ("3", "'alpha'"));
        assert!(middle[3].lines.is_empty());
        let card = at(120.0, true);
        assert_eq!(card[3].lines, ["= True", "hash 42", "entry 0"]);
        assert_eq!(card[3].rect, Rect { x: 360.0, y: 0.0, w: 120.0, h: 120.0 });
        assert_eq!((card[4].class, card[4].key.as_str()), (Class::Empty, ""));
    }

    #[test]
    fn a_tombstone_says_who_died_there() {
        for probed in [true, false] {
            let labels = at(120.0, probed);
            let dead: Vec<_> = labels.iter().filter(|label| label.class == Class::Tombstone).collect();
            assert_eq!(dead.len(), 1);
            assert_eq!(dead[0].key, "'a very lo…deed'");
            assert!(dead[0].lines.is_empty());
        }
    }

    #[test]
    fn text_keeps_within_its_slot() {
        for scale in [26.0, 44.0, 96.0, 160.0] {
            for label in at(scale, true) {
                for text in label.lines.iter().chain([&label.key, &label.index]) {
                    assert!(text.chars().count() as f64 * 7.0 <= scale - 6.0 + 1e-9, "{text} on {scale}");
                }
            }
        }
    }
}
