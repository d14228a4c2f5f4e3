//! What a run has come to, for people and for programs.

use std::fmt::Write as _;

use super::Strategy;
use crate::program::grouped;

/// One strategy's numbers. Latencies, the pause and the work are in cells touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which strategy.
    pub strategy: Strategy,
    /// The latency that half of the requests do not exceed.
    pub median: u32,
    /// The latency that 99 of 100 requests do not exceed.
    pub p99: u32,
    /// The longest latency.
    pub worst: u32,
    /// The longest latency of the requests after the fill, whose growth every table has to go through.
    pub worst_later: u32,
    /// The longest time for which the strategy kept requests waiting at a stretch (`locked`: writes).
    pub pause: u64,
    /// The most requests that waited at the end of a tick.
    pub longest_queue: u32,
    /// Copies that the strategy made or began.
    pub copies: u32,
    /// Resizes that the table made by itself.
    pub rebuilds: u32,
    /// The most bytes alive at once: during a copy or a resize the old and the new.
    pub peak_bytes: u64,
    /// Bytes alive at the end.
    pub end_bytes: u64,
    /// All cells touched, on both cores.
    pub work: u64,
    /// Ticks gone through.
    pub ticks: u32,
    /// Requests that came.
    pub made: u32,
    /// Requests that were answered.
    pub applied: u32,
    /// Answers, and keys in comparisons of everything, that were not those of a plain map.
    pub lost: u32,
}

/// The columns of the table, in order: a title and what is in it.
pub const COLUMNS: [(&str, &str); 15] = [
    ("strategy", "how memory is taken back"),
    ("median", "latency that half of the requests do not exceed, in cells touched"),
    ("p99", "latency that 99 of 100 requests do not exceed"),
    ("worst", "the longest latency"),
    ("after fill", "the longest latency after the fill"),
    ("pause", "the longest time the strategy kept requests waiting at a stretch, in cells touched"),
    ("queue", "the most requests that waited at the end of a tick"),
    ("copies", "copies that the strategy made"),
    ("rebuilds", "resizes that the table made by itself, in an insert or a deletion"),
    ("peak bytes", "the most bytes alive at once, old and new arrays together"),
    ("bytes at end", "bytes alive at the end"),
    ("total work", "all cells touched"),
    ("made", "requests that came"),
    ("applied", "requests that were answered"),
    ("lost", "answers and keys that were not those of a plain map"),
];

impl Row {
    pub(super) fn new(strategy: Strategy) -> Row {
        Row {
            strategy,
            median: 0,
            p99: 0,
            worst: 0,
            worst_later: 0,
            pause: 0,
            longest_queue: 0,
            copies: 0,
            rebuilds: 0,
            peak_bytes: 0,
            end_bytes: 0,
            work: 0,
            ticks: 0,
            made: 0,
            applied: 0,
            lost: 0,
        }
    }

    fn numbers(&self) -> [u64; 14] {
        let small = u64::from;
        [
            small(self.median),
            small(self.p99),
            small(self.worst),
            small(self.worst_later),
            self.pause,
            small(self.longest_queue),
            small(self.copies),
            small(self.rebuilds),
            self.peak_bytes,
            self.end_bytes,
            self.work,
            small(self.made),
            small(self.applied),
            small(self.lost),
        ]
    }

    /// The row under [`COLUMNS`].
    pub fn cells(&self) -> Vec<String> {
        let numbers = self.numbers().into_iter().map(grouped);
        [self.strategy.name().to_owned()].into_iter().chain(numbers).collect()
    }

    /// The row as a JSON object: the titles of [`COLUMNS`] with `_` for spaces, then `ticks`.
    pub fn to_json(&self) -> String {
        let mut json = format!("{{\"strategy\":\"{}\"", self.strategy.name());
        for ((title, _), number) in COLUMNS.iter().skip(1).zip(self.numbers()) {
            let _ = write!(json, ",\"{}\":{number}", title.replace(' ', "_"));
        }
        json + &format!(",\"ticks\":{}}}", self.ticks)
    }
}

/// The rows as a table of aligned columns, with the titles first.
pub fn to_text(rows: &[Row]) -> String {
    let titles = COLUMNS.iter().map(|(title, _)| (*title).to_owned()).collect();
    let lines: Vec<Vec<String>> = [titles].into_iter().chain(rows.iter().map(Row::cells)).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].len()).max().unwrap_or(0);
    let widths: Vec<_> = (0..COLUMNS.len()).map(width).collect();
    let mut text = String::new();
    for line in lines {
        for (column, (cell, &width)) in line.iter().zip(&widths).enumerate() {
            let _ = match column {
                0 => write!(text, "{cell:<width$}"),
                _ => write!(text, "  {cell:>width$}"),
            };
        }
        text.push('\n');
    }
    text
}
