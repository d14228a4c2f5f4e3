//! The stage of a small table: where each slot stands, what its card says, which way the search went.
//!
//! Pure geometry in CSS pixels for a given width; the page draws it as real elements.

use std::collections::HashMap;

use super::text::{self, count, group, repr_in};
use crate::python::{Heap, Obj, Value};
use crate::table::{Arrays, Event, Saw, Side, SlotState, State};

/// The largest table that is drawn as real elements; above it the page draws a map.
pub const MOST_CARDS: usize = 256;
/// Larger tables show only the lines that the operation touches: all of them hide each other.
const MOST_TIED: usize = 16;
/// The probes of a search that a close-up shows, the latest ones.
const CLOSE_UPS: usize = 5;
/// At most so many cards has a close-up.
const CLOSE_UP_CARDS: u32 = 16;

/// Which array a card belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shelf {
    /// The array that is probed.
    Slots,
    /// The dense entries (CPython 3.6+).
    Entries,
    /// The array that a resize is filling.
    NextSlots,
    /// Its entries.
    NextEntries,
}

/// What a card shows: by shape and pattern as much as by colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Never taken.
    Empty,
    /// A deleted key was here.
    Tombstone,
    /// A live key.
    Live,
}

/// What the operation on stage did to a card so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Touch {
    /// The last probe that looked here, from 1.
    pub probe: Option<u32>,
    /// This is where the search is right now.
    pub here: bool,
    /// The search found its key here.
    pub found: bool,
    /// The card was written.
    pub written: bool,
}

/// One card.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Its array.
    pub shelf: Shelf,
    /// Its position there.
    pub pos: u32,
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// State.
    pub look: Look,
    /// The key (a tombstone's: whose it was), cut to fit; for an index: the entry's number.
    pub key: String,
    /// The value, cut to fit; empty where there is no room.
    pub value: String,
    /// For a screen reader and a tooltip: everything, in words; without the value while time runs fast.
    pub label: String,
    /// What the operation did.
    pub touch: Touch,
    /// The reader selected it.
    pub selected: bool,
}

/// A hop of a search, drawn as an arc with a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Hop {
    /// The array of the slot.
    pub shelf: Shelf,
    /// The slot.
    pub slot: u32,
    /// From the middle of the top edge …
    pub from: Option<(f64, f64)>,
    /// … to the middle of the top edge.
    pub to: (f64, f64),
    /// The probe's number, from 1.
    pub nth: u32,
    /// What it saw.
    pub saw: Saw,
    /// It is the latest one.
    pub latest: bool,
}

/// A line from an index to its entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Tie {
    /// The index card's bottom.
    pub from: (f64, f64),
    /// The entry card's top.
    pub to: (f64, f64),
    /// It belongs to what the operation touches or to the selected slot.
    pub strong: bool,
}

/// An entry on its way from the old array to the new one.
#[derive(Clone, Debug, PartialEq)]
pub struct Flight {
    /// The old card's corner.
    pub from: (f64, f64),
    /// The new card's corner.
    pub to: (f64, f64),
    /// The key that moves.
    pub key: String,
    /// Changes with every move, so that the page starts the animation anew.
    pub serial: usize,
}

/// One array with its heading.
#[derive(Clone, Debug, PartialEq)]
pub struct ShelfBox {
    /// Which.
    pub shelf: Shelf,
    /// What it is called, with its size.
    pub title: String,
    /// Where the heading's baseline is.
    pub y: f64,
    /// Card width.
    pub w: f64,
    /// Card height.
    pub h: f64,
    /// The size of the letters of its keys, in CSS pixels …
    pub font: f64,
    /// … and of everything else on its cards.
    pub small: f64,
}

/// Everything on the stage.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct StageModel {
    /// Width in CSS pixels, as asked for.
    pub width: f64,
    /// Height it needs.
    pub height: f64,
    /// The arrays, top to bottom.
    pub shelves: Vec<ShelfBox>,
    /// All cards.
    pub cards: Vec<Card>,
    /// The search path.
    pub hops: Vec<Hop>,
    /// Index to entry.
    pub ties: Vec<Tie>,
    /// The entry being moved.
    pub flight: Option<Flight>,
}

impl StageModel {
    /// One of its arrays, if it is there.
    pub fn shelf(&self, shelf: Shelf) -> Option<&ShelfBox> {
        self.shelves.iter().find(|other| other.shelf == shelf)
    }
}

const GAP: f64 = 6.0;
/// The radius of the round badge with a probe's number, in CSS pixels.
pub const BADGE: f64 = 9.0;
const LEAST_WIDTH: f64 = 240.0;
const HEADING: f64 = 26.0;
/// What a letter of a heading takes at most on average, in CSS pixels.
const HEADING_LETTER: f64 = 7.6;

/// The heights that cards may have, in CSS pixels, the largest that fit first.
const HEIGHTS: [f64; 15] =
    [170.0, 150.0, 134.0, 120.0, 108.0, 98.0, 88.0, 80.0, 72.0, 66.0, 60.0, 52.0, 46.0, 40.0, 34.0];
/// Up to so many slots cards are never smaller than [`READABLE`]: the stage scrolls instead.
const FEW: usize = 16;
const READABLE: f64 = 52.0;
/// No card is narrower, none where there are few, and none that is high enough to be read at once.
const NARROWEST: f64 = 28.0;
const NARROW_FEW: f64 = 36.0;
const NARROW: f64 = 64.0;
/// The characters of a key that must fit, where keys are short, and where they are not.
const SHORT_KEY: usize = 5;
const LONG_KEY: usize = 9;
/// Sizes of the letters of keys, in CSS pixels.
const LETTERS: (f64, f64) = (10.0, 34.0);
/// A letter of a monospaced font is so many times its size wide.
const LETTER: f64 = 0.61;

/// How the cards of one array stand.
#[derive(Clone, Copy)]
struct Grid {
    columns: usize,
    w: f64,
    h: f64,
    /// The space above a row, for arcs.
    lane: f64,
}

impl Grid {
    /// For `n` cards that may be `h` high. Entries (not `probed`) stand in a grid of the width that their slots have, so
    /// that both read alike.
    fn new(width: f64, n: usize, probed: bool, h: f64) -> Grid {
        let slots = if probed { n } else { (n * 3).div_ceil(2) };
        let least = (h * 0.75).clamp(if n > FEW { NARROWEST } else { NARROW_FEW }, NARROW);
        let mut columns = 1;
        while columns * 2 <= slots.max(1).next_power_of_two().min(32)
            && (width + GAP) / (columns as f64 * 2.0) - GAP >= least
        {
            columns *= 2;
        }
        let w = ((width + GAP) / columns as f64 - GAP).min(h * 1.9);
        let lane = match (probed, n, h) {
            (false, ..) => 8.0,
            (_, 0..=32, 60.0..) => 30.0,
            (_, 0..=64, 44.0..) => 22.0,
            (_, 0..=64, _) => 14.0,
            _ => 10.0,
        };
        Grid { columns, w, h: h.min((w * 1.25).max(NARROWEST)), lane }
    }

    /// What `n` cards take, with their heading.
    fn height(self, n: usize) -> f64 {
        HEADING + self.lane + n.div_ceil(self.columns) as f64 * (self.h + self.lane.max(GAP))
    }
}

/// What the page has for a stage, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    /// From left to right.
    pub width: f64,
    /// From top to bottom; a stage that needs more is scrolled.
    pub height: f64,
}

impl Room {
    /// As much of its height.
    pub fn part(self, part: f64) -> Room {
        Room { height: self.height * part, ..self }
    }
}

/// What is to be drawn.
#[derive(Clone, Copy)]
pub struct StageInput<'a> {
    /// The table's memory now.
    pub state: &'a State,
    /// The objects.
    pub heap: &'a Heap,
    /// What the operation on stage did so far.
    pub events: &'a [Event],
    /// The slot the reader selected.
    pub selected: Option<u32>,
    /// What the page has for it.
    pub room: Room,
    /// Time runs faster than anybody reads: labels leave out the values, which change most.
    pub fast: bool,
}

/// Lay out the stage: its cards are as large as lets all arrays be seen at once.
pub fn stage(input: StageInput<'_>) -> StageModel {
    let StageInput { state, heap, events, selected, room, .. } = input;
    // A stage that was not measured yet has no width.
    let width = room.width.max(LEAST_WIDTH);
    let mut model = StageModel { width, ..StageModel::default() };
    // Events before a swap were about arrays that are gone: their positions mean nothing any more.
    let now = events.iter().rposition(|e| matches!(e, Event::Swapped)).map_or(0, |i| i + 1);
    let main = Group::new(&state.main, false, input, &events[now..], now > 0);
    let next = state.next.as_ref().map(|next| Group::new(next, true, input, events, false));
    let groups: Vec<Group<'_>> = std::iter::once(main).chain(next).collect();
    let least = if groups.iter().all(|group| group.arrays.size() <= FEW) { READABLE } else { 0.0 };
    let fits = |h: &f64| groups.iter().map(|group| group.height(width, *h)).sum::<f64>() <= room.height;
    let mut heights = HEIGHTS.into_iter().filter(|h| *h >= least);
    let smallest = HEIGHTS.into_iter().rfind(|h| *h >= least).unwrap_or(READABLE);
    let h = heights.find(fits).unwrap_or(smallest);
    let mut y = 0.0;
    for group in &groups {
        y = group.lay(&mut model, y, h, input);
    }
    model.flight = state.next.as_ref().and_then(|_| flight(&model, events, heap));
    ties(&mut model, &state.main, false, selected);
    if let Some(next) = &state.next {
        ties(&mut model, next, true, selected);
    }
    model.height = y;
    model
}

/// One table's arrays, and which of their places get a card.
struct Group<'a> {
    arrays: &'a Arrays,
    next: bool,
    slots: Vec<u32>,
    /// Of a table of two arrays.
    entries: Option<Vec<u32>>,
    touches: Touches,
    events: &'a [Event],
}

/// The space between a table's arrays, and between two tables.
const BETWEEN: f64 = 10.0;

impl<'a> Group<'a> {
    fn new(arrays: &'a Arrays, next: bool, input: StageInput<'_>, events: &'a [Event], swapped: bool) -> Group<'a> {
        let side = if next { Side::Next } else { Side::Main };
        let touches = touches(events, side, swapped, arrays.is_two());
        let slots = shown_slots(arrays.size(), events, side, input.selected);
        let two = arrays.is_two() && !arrays.slots.is_empty();
        let entries = two.then(|| shown_entries(arrays, &slots, &touches.entries));
        Group { arrays, next, slots, entries, touches, events }
    }

    fn height(&self, width: f64, h: f64) -> f64 {
        let of = |n: usize, probed| Grid::new(width, n, probed, h).height(n);
        let entries = self.entries.as_ref().map_or(0.0, |entries| BETWEEN + of(entries.len(), false));
        let above = if self.next { BETWEEN } else { 0.0 };
        above + of(self.slots.len(), true) + entries
    }

    /// Lay them out from `y` down, with cards `h` high; gives the lower edge.
    fn lay(&self, model: &mut StageModel, y: f64, h: f64, input: StageInput<'_>) -> f64 {
        let Group { arrays, next, .. } = *self;
        let (slots, entries) =
            if next { (Shelf::NextSlots, Shelf::NextEntries) } else { (Shelf::Slots, Shelf::Entries) };
        let new = if next { "new " } else { "" };
        let name = if arrays.is_two() { "indices" } else { "slots" };
        let title = match arrays.size() {
            1 if arrays.is_two() => {
                vec![
                    format!("{new}{name} · the 1-slot table that all empty dicts share"),
                    format!("{new}{name} · 1, shared"),
                ]
            }
            size => vec![format!("{new}{name} · {}", group(size as u64))],
        };
        let title = heading(title, model.width);
        let plan = Plan { shelf: slots, title, shown: &self.slots, touches: &self.touches.slots, h };
        let above = if next { BETWEEN } else { 0.0 };
        let mut y = shelf(model, plan, y + above, input, |pos| probed_card(arrays, pos, input));
        hops(model, slots, self.events, if next { Side::Next } else { Side::Main });
        if let Some(shown) = &self.entries {
            let holes = arrays.slots.iter().filter(|slot| slot.is_tombstone()).count();
            let room = group(arrays.slots.len() as u64);
            let holes = if holes > 0 { format!(", {}", count(holes as u64, "hole", "holes")) } else { String::new() };
            let title = vec![
                format!("{new}entries · room for {room}, in insertion order{holes}"),
                format!("{new}entries · room for {room}{holes}"),
                format!("{new}entries · {room}{holes}"),
            ];
            let title = heading(title, model.width);
            let plan = Plan { shelf: entries, title, shown, touches: &self.touches.entries, h };
            y = shelf(model, plan, y + BETWEEN, input, |pos| entry_card(arrays, pos, input));
        }
        y
    }
}

/// The first of these texts, longest first, that a heading has room for; else the last one.
fn heading(mut texts: Vec<String>, width: f64) -> String {
    let fits = texts.iter().position(|text| text.chars().count() as f64 * HEADING_LETTER <= width);
    texts.swap_remove(fits.unwrap_or(texts.len() - 1))
}

/// What a card says: its look, its key and value, and everything in words.
struct Face {
    look: Look,
    key: Said,
    value: Said,
    label: String,
}

/// What stands on a card.
enum Said {
    Nothing,
    Object(Obj),
    Entry(u32),
}

impl Said {
    /// In at most `room` characters. A UUID shows its first digits, which tell random ones apart.
    fn fit(&self, heap: &Heap, room: usize) -> String {
        match *self {
            Said::Nothing => String::new(),
            Said::Entry(n) => n.to_string(),
            Said::Object(obj) => match &*heap.value(obj) {
                Value::Uuid(bytes) => {
                    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                    digits.chars().take(room.saturating_sub(1).min(8)).chain(['…']).collect()
                }
                _ => repr_in(heap, obj, room),
            },
        }
    }
}

fn probed_card(arrays: &Arrays, pos: usize, input: StageInput<'_>) -> Face {
    if !arrays.is_two() {
        return entry_card(arrays, pos, input);
    }
    let heap = input.heap;
    let index = arrays.indices[pos];
    let (look, key, value, label) = match (index.get(), arrays.probed(pos)) {
        (Some(entry), SlotState::Live(key, _)) => {
            let label = format!("index {pos} points to entry {entry}, key {}", text::key(heap, key));
            (Look::Live, Said::Entry(entry), Said::Object(key), label)
        }
        (_, SlotState::Tombstone(key)) => {
            let label = format!("index {pos} is a dummy: {} was deleted here", text::key(heap, key));
            (Look::Tombstone, Said::Object(key), Said::Nothing, label)
        }
        _ => (Look::Empty, Said::Nothing, Said::Nothing, format!("index {pos} is empty")),
    };
    Face { look, key, value, label }
}

fn entry_card(arrays: &Arrays, pos: usize, StageInput { heap, fast, .. }: StageInput<'_>) -> Face {
    let (kind, dead) = if arrays.is_two() { ("entry", "a hole") } else { ("slot", "a tombstone") };
    let (look, key, value, label) = match arrays.slots[pos].state() {
        SlotState::Live(key, value) => {
            let mut label = format!("{kind} {pos}: key {}", text::key(heap, key));
            if !fast {
                label.push_str(&format!(", value {}", text::key(heap, value)));
            }
            (Look::Live, Said::Object(key), Said::Object(value), label)
        }
        SlotState::Tombstone(key) => {
            let label = format!("{kind} {pos} is {dead}: {} was deleted here", text::key(heap, key));
            (Look::Tombstone, Said::Object(key), Said::Nothing, label)
        }
        SlotState::Empty => (Look::Empty, Said::Nothing, Said::Nothing, format!("{kind} {pos} is empty")),
    };
    Face { look, key, value, label }
}

/// The slots that get a card: all of a small array; of a large one those that the search looked into, and the selected
/// one, with their neighbours.
fn shown_slots(size: usize, events: &[Event], side: Side, selected: Option<u32>) -> Vec<u32> {
    if size <= MOST_CARDS {
        return (0..size as u32).collect();
    }
    let mut centres: Vec<u32> = Vec::new();
    for event in relevant(events, side) {
        if let Event::Probe(probe) = event
            && probe.side == side
            && !centres.contains(&probe.slot)
        {
            centres.push(probe.slot);
        }
    }
    let latest = centres.len().saturating_sub(CLOSE_UPS);
    centres.drain(..latest);
    if side == Side::Main {
        centres.extend(selected.filter(|slot| !centres.contains(slot)));
    }
    if centres.is_empty() {
        centres.push(0);
    }
    let around = (CLOSE_UP_CARDS / centres.len() as u32).saturating_sub(1) / 2;
    let around = centres.iter().flat_map(|&slot| slot.saturating_sub(around)..=(slot + around).min(size as u32 - 1));
    let mut shown: Vec<u32> = around.collect();
    shown.sort_unstable();
    shown.dedup();
    shown
}

/// The entries that get a card: all of a small array; of a large one those of the slots that are shown and those that the
/// operation wrote.
fn shown_entries(arrays: &Arrays, slots: &[u32], touched: &[(u32, Touch)]) -> Vec<u32> {
    let all = arrays.slots.len();
    if all <= MOST_CARDS {
        return (0..all as u32).collect();
    }
    let pointed = slots.iter().filter_map(|&slot| arrays.indices[slot as usize].get());
    let mut shown: Vec<u32> = pointed.chain(touched.iter().map(|(pos, _)| *pos)).collect();
    shown.sort_unstable();
    shown.dedup();
    shown
}

/// One array's cards: which positions, and what the operation did to some of them.
struct Plan<'a> {
    shelf: Shelf,
    title: String,
    shown: &'a [u32],
    touches: &'a [(u32, Touch)],
    /// How high its cards may be.
    h: f64,
}

/// Place the cards of a plan under its heading; gives the lower edge.
fn shelf(model: &mut StageModel, plan: Plan<'_>, y: f64, input: StageInput<'_>, face: impl Fn(usize) -> Face) -> f64 {
    let Plan { shelf, title, shown, touches, h } = plan;
    let probed = matches!(shelf, Shelf::Slots | Shelf::NextSlots);
    let count = shown.len();
    let Grid { columns, w, h, lane } = Grid::new(model.width, count, probed, h);
    let faces: Vec<Face> = shown.iter().map(|&pos| face(pos as usize)).collect();
    let longest = faces.iter().map(|face| face.key.fit(input.heap, LONG_KEY).chars().count()).max().unwrap_or(0);
    let letters = if longest > SHORT_KEY { LONG_KEY } else { SHORT_KEY };
    let font = (h * 0.28).min((w - 8.0) / (LETTER * letters as f64)).clamp(LETTERS.0, LETTERS.1);
    let small = (font * 0.75).min((w - 8.0) / (LETTER * 7.0)).clamp(LETTERS.0, 18.0);
    model.shelves.push(ShelfBox { shelf, title, y: y + 16.0, w, h, font, small });
    let top = y + HEADING;
    let room = |size: f64| ((w - 8.0) / (size * LETTER)).max(2.0) as usize;
    for (nth, (&pos, face)) in shown.iter().zip(faces).enumerate() {
        let (row, column) = (nth / columns, nth % columns);
        let touch = touches.iter().find(|(p, _)| *p == pos).map_or(Touch::default(), |(_, touch)| *touch);
        model.cards.push(Card {
            shelf,
            pos,
            x: column as f64 * (w + GAP),
            y: top + lane + row as f64 * (h + lane.max(GAP)),
            look: face.look,
            key: face.key.fit(input.heap, room(font)),
            value: if h >= 60.0 { face.value.fit(input.heap, room(small)) } else { String::new() },
            label: face.label,
            touch,
            selected: shelf == Shelf::Slots && input.selected == Some(pos),
        });
    }
    top + lane + count.div_ceil(columns) as f64 * (h + lane.max(GAP))
}

#[derive(Default)]
struct Touches {
    slots: Vec<(u32, Touch)>,
    entries: Vec<(u32, Touch)>,
}

impl Touches {
    /// The cells with keys: the entries, or the slots of a table that has one array.
    fn cells(&mut self, two: bool) -> &mut Vec<(u32, Touch)> {
        if two { &mut self.entries } else { &mut self.slots }
    }
}

fn touch_of(list: &mut Vec<(u32, Touch)>, pos: u32) -> &mut Touch {
    let at = list.iter().position(|(p, _)| *p == pos).unwrap_or_else(|| {
        list.push((pos, Touch::default()));
        list.len() - 1
    });
    &mut list[at].1
}

/// The part of `events` that the picture of one side is about: on the new side only the move under way.
fn relevant(events: &[Event], side: Side) -> &[Event] {
    let start = match side {
        Side::Main => events.iter().rposition(|e| matches!(e, Event::Search { .. })).unwrap_or(0),
        Side::Next => events.iter().rposition(|e| matches!(e, Event::Move { .. })).unwrap_or(0),
    };
    &events[start..]
}

fn touches(events: &[Event], side: Side, swapped: bool, two: bool) -> Touches {
    let mut touches = Touches::default();
    let events = relevant(events, side);
    let last_probe = events.iter().rposition(|e| matches!(e, Event::Probe(p) if p.side == side));
    for (i, event) in events.iter().enumerate() {
        match *event {
            Event::Probe(probe) if probe.side == side => {
                let touch = touch_of(&mut touches.slots, probe.slot);
                touch.probe = Some(probe.nth + 1);
                touch.here = Some(i) == last_probe && i + 1 == events.len();
                touch.found |= matches!(probe.saw, Saw::Found(_));
            }
            Event::PutIndex { side: s, pos, .. } if s == side => touch_of(&mut touches.slots, pos).written = true,
            Event::PutSlot { side: s, pos, .. } if s == side => {
                touch_of(touches.cells(two), pos).written = true;
            }
            Event::Move { from, .. } if side == Side::Main && !swapped => {
                touch_of(touches.cells(two), from).here = i + 1 == events.len();
            }
            _ => {}
        }
    }
    touches
}

fn hops(model: &mut StageModel, shelf: Shelf, events: &[Event], side: Side) {
    let probes: Vec<_> = relevant(events, side)
        .iter()
        .filter_map(|e| match e {
            Event::Probe(p) if p.side == side => Some(*p),
            _ => None,
        })
        .collect();
    let Some(size) = model.shelf(shelf).map(|s| s.w) else { return };
    let mut from = None;
    for (i, probe) in probes.iter().enumerate() {
        let Some(card) = model.cards.iter().find(|c| c.shelf == shelf && c.pos == probe.slot) else { continue };
        // A slot that is looked into again bears its numbers beside each other, over its own card however many they are.
        let before = probes[..i].iter().filter(|other| other.slot == probe.slot).count() as f64;
        let others = probes.iter().filter(|other| other.slot == probe.slot).count() as f64 - 1.0;
        let apart = if others > 0.0 { ((size - 2.0 * BADGE) / others).clamp(0.0, 2.0 * BADGE) } else { 0.0 };
        let to = (card.x + size / 2.0 + (before - others / 2.0) * apart, card.y);
        model.hops.push(Hop {
            shelf,
            slot: probe.slot,
            from,
            to,
            nth: probe.nth + 1,
            saw: probe.saw,
            latest: i + 1 == probes.len(),
        });
        from = Some(to);
    }
}

fn ties(model: &mut StageModel, arrays: &Arrays, next: bool, selected: Option<u32>) {
    if !arrays.is_two() {
        return;
    }
    let (slots, entries) = if next { (Shelf::NextSlots, Shelf::NextEntries) } else { (Shelf::Slots, Shelf::Entries) };
    let find = |model: &StageModel, shelf| model.shelf(shelf).map(|s| (s.w, s.h));
    let (Some((sw, sh)), Some((ew, _))) = (find(model, slots), find(model, entries)) else { return };
    let entry_cards: HashMap<_, _> =
        model.cards.iter().filter(|c| c.shelf == entries).map(|c| (c.pos, (c.x, c.y, c.touch))).collect();
    let few = arrays.size() <= MOST_TIED;
    let mut lines = Vec::new();
    for card in model.cards.iter().filter(|c| c.shelf == slots) {
        let Some(entry) = arrays.indices[card.pos as usize].get() else { continue };
        let Some(&(x, y, touch)) = entry_cards.get(&entry) else { continue };
        let strong =
            card.touch != Touch::default() || touch != Touch::default() || (!next && selected == Some(card.pos));
        if few || strong {
            lines.push(Tie { from: (card.x + sw / 2.0, card.y + sh), to: (x + ew / 2.0, y), strong });
        }
    }
    model.ties.extend(lines);
}

/// The entry that the move under way carries, if it has been placed.
fn flight(model: &StageModel, events: &[Event], heap: &Heap) -> Option<Flight> {
    let start = events.iter().rposition(|e| matches!(e, Event::Move { .. }))?;
    let Event::Move { from, key } = events[start] else { return None };
    let two = model.shelves.iter().any(|s| s.shelf == Shelf::Entries);
    let placed = events[start..].iter().find_map(|e| match *e {
        Event::PutSlot { side: Side::Next, pos, .. } => Some(pos),
        _ => None,
    })?;
    let (old, new) = if two { (Shelf::Entries, Shelf::NextEntries) } else { (Shelf::Slots, Shelf::NextSlots) };
    let corner = |shelf, pos| model.cards.iter().find(|c| c.shelf == shelf && c.pos == pos).map(|c| (c.x, c.y));
    Some(Flight { from: corner(old, from)?, to: corner(new, placed)?, key: key_text(heap, key), serial: start })
}

fn key_text(heap: &Heap, key: Obj) -> String {
    repr_in(heap, key, 12)
}
