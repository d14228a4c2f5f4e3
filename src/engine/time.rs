//! Time as the page shows it: the window of operations that is looked at, the lines over it, and their numbers as text.

use std::fmt::Write;
use std::ops::Range;

use crate::history::{Column, MarkCounts, Timeline};
use crate::stats::Summary;
use crate::view::chart::{Scale, Unit, nice_ceiling};
use crate::view::palette::Meaning;

/// The fewest operations that are looked at.
pub const FEWEST: usize = 24;
/// Fingers nearer to each other, as parts of the window, count as so far apart.
const LEAST_APART: f64 = 0.02;
/// The most rows of [`csv`].
pub const MOST_ROWS: usize = 5_000;

/// Which operations are looked at.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// `None` for all of them.
    zoomed: Option<Range<usize>>,
    /// Where the reader stood when this was last asked.
    last: usize,
}

impl Window {
    /// The operations looked at, of all `ops`, for a reader who stands at `at`: when that leaves them, they follow.
    pub fn ops(&mut self, ops: Range<usize>, at: usize) -> Range<usize> {
        let moved = std::mem::replace(&mut self.last, at) != at;
        let Some(zoomed) = self.zoomed.clone().filter(|zoomed| zoomed.len() < ops.len()) else {
            self.zoomed = None;
            return ops;
        };
        let start = match moved && !(zoomed.start..=zoomed.end).contains(&at) {
            true => at.saturating_sub(zoomed.len() / 2),
            false => zoomed.start,
        };
        let start = start.clamp(ops.start, ops.end - zoomed.len());
        let zoomed = start..start + zoomed.len();
        self.zoomed = Some(zoomed.clone());
        zoomed
    }

    /// Whether less than all operations are looked at.
    pub fn is_zoomed(&self) -> bool {
        self.zoomed.is_some()
    }

    /// Look at `factor` times fewer of `ops`; the one at part `about` (0 … 1) of the window stays where it is.
    pub fn zoom(&mut self, ops: Range<usize>, about: f64, factor: f64) {
        let now = self.zoomed.clone().unwrap_or(ops.clone());
        let len = ((now.len() as f64 / factor).round() as usize).clamp(FEWEST.min(ops.len()), ops.len());
        let fixed = now.start as f64 + about * now.len() as f64;
        let start = (fixed - about * len as f64).round().max(0.0) as usize;
        let start = start.clamp(ops.start, ops.end - len);
        self.zoomed = (len < ops.len()).then_some(start..start + len);
    }

    /// Move by so many windows (0.1: a tenth of what is looked at).
    pub fn pan(&mut self, ops: Range<usize>, by: f64) {
        if let Some(now) = self.zoomed.clone() {
            let start = (now.start as f64 + by * now.len() as f64).round().max(0.0) as usize;
            let start = start.clamp(ops.start, ops.end - now.len().min(ops.len()));
            self.zoomed = Some(start..start + now.len());
        }
    }

    /// Two fingers that were at parts `from` of the window are at parts `to`: the operations stay under them as far as the
    /// ends allow.
    pub fn pinch(&mut self, ops: Range<usize>, from: [f64; 2], to: [f64; 2]) {
        let middle = |[a, b]: [f64; 2]| (a + b) / 2.0;
        let apart = |[a, b]: [f64; 2]| (a - b).abs().max(LEAST_APART);
        self.zoom(ops.clone(), middle(from), apart(to) / apart(from));
        self.pan(ops, middle(from) - middle(to));
    }

    /// Look at all of them.
    pub fn whole(&mut self) {
        self.zoomed = None;
    }
}

/// What a chart shows over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Graph {
    /// Bytes, and what they are spent on.
    Bytes,
    /// Keys, tombstones and slots.
    Keys,
    /// How long searches are.
    Probes,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A line.
    Line,
    /// A thin line: the worst of each part.
    Faint,
    /// The area under it.
    Area,
}

/// One quantity over the window.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What a legend calls it.
    pub name: &'static str,
    /// Its colour.
    pub colour: Meaning,
    /// How it is drawn.
    pub style: Style,
    /// A value for each part of the window; `None` where there is none.
    pub values: Vec<Option<f64>>,
}

/// The lines of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// The operations shown.
    pub ops: Range<usize>,
    /// The lines, those behind first.
    pub lines: Vec<Line>,
    /// The value at the upper edge.
    pub high: f64,
    /// What the values count.
    pub unit: Unit,
    /// How they are laid out.
    pub scale: Scale,
    /// What happened in each part.
    pub marks: Vec<MarkCounts>,
}

fn mean(summary: &Summary) -> Option<f64> {
    summary.mean()
}

fn worst(summary: &Summary) -> Option<f64> {
    (summary.count > 0).then_some(summary.max as f64)
}

impl Graph {
    /// The lines over `ops`, in at most `parts` parts. The cost is that of the parts and of at most 512 operations for each.
    pub fn plot(self, timeline: &Timeline, ops: Range<usize>, parts: usize) -> Plot {
        let series = |column| timeline.series(column, ops.clone(), parts);
        let line = |name, colour, style, values: Vec<Option<f64>>| Line { name, colour, style, values };
        let of = |column, value: fn(&Summary) -> Option<f64>| series(column).iter().map(value).collect::<Vec<_>>();
        let (lines, unit) = match self {
            Graph::Bytes => {
                let bytes = of(Column::Bytes, worst);
                let slots = of(Column::Slots, worst);
                // What the slots hold, as parts of the bytes.
                let share = |column: &[Option<f64>]| {
                    let parts = column.iter().zip(&slots).zip(&bytes);
                    parts.map(|((n, slots), bytes)| Some((*n)? / (*slots)?.max(1.0) * (*bytes)?)).collect::<Vec<_>>()
                };
                let (used, dead) = (of(Column::Used, mean), of(Column::Tombstones, mean));
                let taken: Vec<_> = used.iter().zip(&dead).map(|(a, b)| Some((*a)? + (*b)?)).collect();
                let lines = vec![
                    line("free", Meaning::Empty, Style::Area, bytes.clone()),
                    line("tombstones", Meaning::Tombstone, Style::Area, share(&taken)),
                    line("live", Meaning::Live, Style::Area, share(&used)),
                    line("bytes", Meaning::Text, Style::Line, bytes),
                ];
                (lines, Unit::Bytes)
            }
            Graph::Keys => {
                let lines = vec![
                    line("slots", Meaning::Text, Style::Line, of(Column::Slots, worst)),
                    line("tombstones", Meaning::Tombstone, Style::Line, of(Column::Tombstones, mean)),
                    line("keys", Meaning::Live, Style::Line, of(Column::Used, mean)),
                ];
                (lines, Unit::Count)
            }
            Graph::Probes => {
                let lines = vec![
                    line("worst miss", Meaning::Probing, Style::Faint, of(Column::MissProbes, worst)),
                    line("worst hit", Meaning::Found, Style::Faint, of(Column::HitProbes, worst)),
                    line("mean miss", Meaning::Probing, Style::Line, of(Column::MissProbes, mean)),
                    line("mean hit", Meaning::Found, Style::Line, of(Column::HitProbes, mean)),
                ];
                (lines, Unit::Ratio)
            }
        };
        let values = lines.iter().flat_map(|line| line.values.iter().flatten());
        let most = values.copied().fold(0.0, f64::max);
        // Sizes of a table come in steps: the largest is a good upper edge, and its number is what matters.
        let high = if unit == Unit::Bytes { most } else { nice_ceiling(most) };
        let marks = timeline.mark_counts(ops.clone(), parts);
        Plot { ops, lines, high, unit, scale: Scale::Linear, marks }
    }

    /// What it shows of one operation, exactly.
    pub fn values_at(self, timeline: &Timeline, op: usize) -> String {
        let Some(record) = timeline.record(op) else { return String::new() };
        let size = timeline.size_at(op + 1);
        let count = |n: u32| Unit::Count.exact(f64::from(n));
        match self {
            Graph::Bytes => Unit::Bytes.exact(size.bytes as f64),
            Graph::Keys => {
                let (keys, dead) = (count(record.used), count(record.tombstones));
                format!("{keys} keys, {dead} tombstones, {} slots", count(size.all_slots))
            }
            Graph::Probes => match record.probes {
                1 => "1 probe".to_owned(),
                probes => format!("{} probes", count(probes)),
            },
        }
    }
}

/// The numbers behind the charts over `ops`, a row for each operation, or for as many operations as give [`MOST_ROWS`]
/// rows: their means, and the largest of sizes and probes.
pub fn csv(timeline: &Timeline, ops: Range<usize>) -> String {
    const COLUMNS: [(Column, &str); 7] = [
        (Column::Used, "keys"),
        (Column::Fill, "fill"),
        (Column::Tombstones, "tombstones"),
        (Column::Slots, "slots"),
        (Column::Bytes, "bytes"),
        (Column::HitProbes, "hit_probes"),
        (Column::MissProbes, "miss_probes"),
    ];
    let rows = ops.len().min(MOST_ROWS);
    let mut out = "first_operation,operations".to_owned();
    for (_, name) in COLUMNS {
        let _ = write!(out, ",{name}_mean,{name}_max");
    }
    let series = COLUMNS.map(|(column, _)| timeline.series(column, ops.clone(), rows));
    let edge = |row: usize| ops.start + (row as u64 * ops.len() as u64 / rows.max(1) as u64) as usize;
    for row in 0..rows {
        let _ = write!(out, "\n{},{}", edge(row), edge(row + 1) - edge(row));
        for column in &series {
            match column[row].mean() {
                Some(mean) => _ = write!(out, ",{mean},{}", column[row].max),
                None => out.push_str(",,"),
            }
        }
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Command, Engine};
    use proptest::prelude::*;

    fn opened(text: &str) -> Engine {
        let mut engine = Engine::new();
        engine.handle(Command::Run(text.to_owned()));
        engine.finish_build();
        engine
    }

    proptest! {
        #[test]
        fn a_window_stays_within_the_operations_and_never_loses_the_reader(
            len in 0usize..300_000, moves in prop::collection::vec((0u8..4, 0.0f64..1.0, 0usize..300_000), 0..40),
        ) {
            let mut window = Window::default();
            let mut at = 0;
            for (kind, part, to) in moves {
                match kind {
                    0 => window.zoom(0..len, part, 4.0),
                    1 => window.zoom(0..len, part, 0.5),
                    2 => window.pan(0..len, part * 4.0 - 2.0),
                    _ => {
                        let jumped = at != to.min(len);
                        at = to.min(len);
                        let ops = window.ops(0..len, at);
                        prop_assert!(!jumped || (ops.start..=ops.end).contains(&at));
                    }
                }
                let ops = window.ops(0..len, at);
                prop_assert!(ops.end <= len && ops.len() >= FEWEST.min(len));
            }
        }
    }

    #[test]
    fn a_pinch_keeps_the_operations_under_the_fingers() {
        let ops = 0..200_000;
        let mut window = Window::default();
        window.zoom(ops.clone(), 0.5, 4.0);
        let at = |window: &mut Window, part: f64| {
            let ops = window.ops(0..200_000, 0);
            ops.start as f64 + part * ops.len() as f64
        };
        let (from, to) = ([0.3, 0.5], [0.2, 0.7]);
        let before = from.map(|part| at(&mut window, part));
        window.pinch(ops.clone(), from, to);
        let after = to.map(|part| at(&mut window, part));
        assert!(before.iter().zip(after).all(|(a, b)| (a - b).abs() < 3.0), "{before:?} {after:?}");
        // Fingers that meet or come from far apart leave the operations neither.
        window.pinch(ops.clone(), [0.0, 1.0], [0.5, 0.5]);
        assert_eq!(window.ops(ops.clone(), 0), ops);
    }

    #[test]
    fn any_one_of_two_hundred_thousand_operations_can_be_hit() {
        let mut window = Window::default();
        let ops = 0..200_000;
        // The pointer stays on operation 123,456 and the wheel turns.
        for _ in 0..60 {
            let now = window.ops(ops.clone(), 0);
            let about = (123_456.5 - now.start as f64) / now.len() as f64;
            window.zoom(ops.clone(), about, 1.3);
        }
        let now = window.ops(ops.clone(), 0);
        assert_eq!(now.len(), FEWEST);
        assert!(now.contains(&123_456));
    }

    #[test]
    fn lines_have_the_numbers_of_the_operations() {
        let engine = opened("for i in range(50): d[i] = i\nfor i in range(50): del d[i]\n7 in d");
        let timeline = &engine.lane().timeline;
        let plot = Graph::Keys.plot(timeline, 0..timeline.len(), 1000);
        let keys: Vec<_> = plot.lines[2].values.iter().map(|value| value.unwrap()).collect();
        assert_eq!((keys.len(), keys[0], keys[49], keys[99]), (101, 1.0, 50.0, 0.0));
        let probes = Graph::Probes.plot(timeline, 0..timeline.len(), 1000);
        assert_eq!(probes.lines[3].values[0], None, "an insert of a new key found none");
        assert!(probes.lines[2].values[100].is_some(), "the last search found nothing");
        let bytes = Graph::Bytes.plot(timeline, 10..20, 5);
        assert_eq!((bytes.ops.clone(), bytes.lines[0].values.len(), bytes.marks.len()), (10..20, 5, 5));
        assert!(bytes.high >= timeline.size_at(20).bytes as f64);
        assert!(Graph::Keys.values_at(timeline, 49).starts_with("50 keys, 0 tombstones"));
    }

    #[test]
    fn what_two_arrays_hold_is_shown_as_parts_of_both() {
        let mut engine = Engine::new();
        engine.handle(Command::Tables(vec!["incremental".to_owned()]));
        engine.finish_build();
        engine.handle(Command::Run("for i in range(3000): d[i] = i\nfor i in range(3000): del d[i]".to_owned()));
        engine.finish_build();
        let timeline = &engine.lane().timeline;
        let moving = |op: usize| timeline.size_at(op).all_slots > timeline.size_at(op).slots;
        assert!((0..6000).any(moving));
        let plot = Graph::Bytes.plot(timeline, 0..6000, 6000);
        let [bytes, dead, live] = [0, 1, 2].map(|line| plot.lines[line].values.iter().map(|value| value.unwrap()));
        for (op, ((bytes, dead), live)) in bytes.zip(dead).zip(live).enumerate() {
            assert!(live <= dead && dead <= bytes, "after operation {op}: {live}, {dead} of {bytes}");
        }
    }

    #[test]
    fn the_table_of_numbers_has_a_row_for_each_operation_or_for_several() {
        let engine = opened("for i in range(7000): d[i] = i");
        let timeline = &engine.lane().timeline;
        let few = csv(timeline, 0..3);
        let lines: Vec<_> = few.lines().collect();
        assert_eq!(lines.len(), 4);
        assert!(lines[1].starts_with("0,1,1,1,1,1,0,0,8,8,"), "{}", lines[1]);
        assert!(lines.iter().all(|line| line.split(',').count() == 16));
        let many = csv(timeline, 0..7000);
        assert_eq!(many.lines().count(), MOST_ROWS + 1);
        let told: usize = many.lines().skip(1).map(|l| l.split(',').nth(1).unwrap().parse::<usize>().unwrap()).sum();
        assert_eq!(told, 7000);
    }
}
