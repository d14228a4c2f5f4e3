//! The lab's lines over its ticks.

use std::ops::Range;

use crate::engine::time::{Line, Plot, Style};
use crate::maintenance::Sample;
use crate::view::chart::{Scale, Unit, nice_ceiling};
use crate::view::palette::Meaning;
use crate::view::text::{bytes, group};

/// Where the axis of latencies ends at least, in cells.
const LATENCY: f64 = 1e6;

/// What a chart of the lab shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// How long requests took, in cells touched.
    Latency,
    /// Bytes alive.
    Memory,
    /// Requests that wait.
    Queue,
}

impl Curve {
    /// In the order in which they stand on the page.
    pub const ALL: [Curve; 3] = [Curve::Latency, Curve::Memory, Curve::Queue];

    /// What it is about.
    pub const fn title(self) -> &'static str {
        match self {
            Curve::Latency => "latency of a request, in cells touched",
            Curve::Memory => "bytes alive",
            Curve::Queue => "requests waiting",
        }
    }

    /// What its colours mean.
    pub const fn key(self) -> &'static [(&'static str, Meaning)] {
        match self {
            Curve::Latency => &[("worst of a tick", Meaning::Error), ("median", Meaning::Found)],
            Curve::Memory => &[("tables", Meaning::Text), ("their live part", Meaning::Live), ("peak", Meaning::Moved)],
            Curve::Queue => &[("at the end of a tick", Meaning::Probing)],
        }
    }

    /// The lines over `ticks` of `samples`, in at most `parts` parts.
    pub fn plot(self, samples: &[Sample], ticks: Range<usize>, parts: usize) -> Plot {
        let parts = parts.min(ticks.len()).max(1);
        let part = |i: usize| {
            let at = |i: usize| (ticks.start + i * ticks.len() / parts).min(samples.len());
            &samples[at(i)..at(i + 1)]
        };
        let line = |name, colour, style, of: &dyn Fn(&[Sample]) -> Option<f64>| Line {
            name,
            colour,
            style,
            values: (0..parts).map(|i| of(part(i))).collect(),
        };
        let most =
            |of: fn(&Sample) -> u64| move |samples: &[Sample]| samples.iter().map(of).max().map(|most| most as f64);
        let (lines, unit, scale) = match self {
            Curve::Latency => {
                let worst = |samples: &[Sample]| {
                    let answered = samples.iter().filter(|sample| sample.answered > 0);
                    answered.map(|sample| sample.worst).max().map(f64::from)
                };
                let lines = vec![
                    line("worst", Meaning::Error, Style::Line, &worst),
                    line("median", Meaning::Found, Style::Line, &median),
                ];
                (lines, Unit::Count, Scale::Log)
            }
            Curve::Memory => {
                let live = |samples: &[Sample]| {
                    let of = |s: &Sample| s.bytes as f64 * f64::from(s.live) / f64::from(s.slots.max(1));
                    samples.iter().map(of).reduce(f64::max)
                };
                let lines = vec![
                    line("free", Meaning::Empty, Style::Area, &most(|sample| sample.bytes)),
                    line("live", Meaning::Live, Style::Area, &live),
                    line("peak", Meaning::Moved, Style::Line, &most(|sample| sample.peak)),
                    line("bytes", Meaning::Text, Style::Line, &most(|sample| sample.bytes)),
                ];
                (lines, Unit::Bytes, Scale::Linear)
            }
            Curve::Queue => {
                let lines = vec![line("queue", Meaning::Probing, Style::Area, &most(|sample| sample.queue.into()))];
                (lines, Unit::Count, Scale::Linear)
            }
        };
        // The same axis wherever the window is, or two places could not be compared.
        let high = samples.iter().map(|sample| match self {
            Curve::Latency => sample.worst.into(),
            Curve::Memory => sample.peak,
            Curve::Queue => sample.queue.into(),
        });
        let high = high.max().unwrap_or(0) as f64;
        let high = match self {
            // Nor could two strategies.
            Curve::Latency => high.max(LATENCY),
            Curve::Memory => high,
            Curve::Queue => nice_ceiling(high),
        };
        Plot { ops: ticks, lines, high, unit, scale, marks: Vec::new() }
    }

    /// What it shows of one tick.
    pub fn value(self, sample: &Sample) -> String {
        match self {
            Curve::Latency if sample.answered == 0 => "no request answered".to_owned(),
            Curve::Latency => {
                format!("median {}, worst {}", group(sample.median.into()), group(sample.worst.into()))
            }
            Curve::Memory => format!("{}, peak {}", bytes(sample.bytes), group(sample.peak)),
            Curve::Queue => group(sample.queue.into()),
        }
    }
}

/// The middle one of the ticks' medians.
fn median(samples: &[Sample]) -> Option<f64> {
    let answered = samples.iter().filter(|sample| sample.answered > 0);
    let mut medians: Vec<u32> = answered.map(|sample| sample.median).collect();
    let middle = medians.len().checked_sub(1)? / 2;
    Some(f64::from(*medians.select_nth_unstable(middle).1))
}
