//! Lines over time: from a series of values to paths, ticks and the value under the pointer.
//!
//! Values are piecewise constant: a sample holds until the next one.

use super::camera::Rect;
use super::text;

/// From this operation on, this value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The operation, from 0.
    pub op: u64,
    /// The value.
    pub value: f64,
}

/// The operations and the values that a chart shows, and where.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// In pixels.
    pub rect: Rect,
    /// The first operation shown.
    pub first: u64,
    /// One past the last one.
    pub end: u64,
    /// The value at the bottom edge.
    pub low: f64,
    /// The value at the top edge.
    pub high: f64,
}

impl Frame {
    /// The pixel at which an operation begins.
    pub fn x(&self, op: f64) -> f64 {
        let span = (self.end.saturating_sub(self.first)).max(1) as f64;
        self.rect.x + (op - self.first as f64) / span * self.rect.w
    }

    /// The pixel of a value.
    pub fn y(&self, value: f64) -> f64 {
        let span = self.high - self.low;
        let part = if span > 0.0 { (value - self.low) / span } else { 0.0 };
        self.rect.y + (1.0 - part) * self.rect.h
    }

    /// The operation under a pixel, within those shown.
    pub fn op_at(&self, x: f64) -> u64 {
        let span = self.end.saturating_sub(self.first);
        let part = if self.rect.w > 0.0 { ((x - self.rect.x) / self.rect.w).clamp(0.0, 1.0) } else { 0.0 };
        self.first + ((part * span as f64) as u64).min(span.saturating_sub(1))
    }
}

/// The value at an operation: that of the last sample up to it. `samples` are in order.
pub fn value_at(samples: &[Sample], op: u64) -> Option<f64> {
    let after = samples.partition_point(|sample| sample.op <= op);
    after.checked_sub(1).map(|at| samples[at].value)
}

/// What a run of operations had.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Its first operation.
    pub first: u64,
    /// One past its last.
    pub end: u64,
    /// The smallest value.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// The mean over its operations.
    pub mean: f64,
    /// The value at its end.
    pub last: f64,
}

/// The operations `first..end` in at most `n` buckets of nearly equal width; those before the first sample have none. The
/// cost is that of the samples in the range.
pub fn buckets(samples: &[Sample], first: u64, end: u64, n: usize) -> Vec<Bucket> {
    let span = end.saturating_sub(first);
    let n = (n as u64).min(span);
    let mut out = Vec::with_capacity(n as usize);
    let mut next = samples.partition_point(|sample| sample.op <= first);
    let mut held = next.checked_sub(1).map(|at| samples[at].value);
    // In 128 bits the products cannot overflow.
    let edge = |i: u64| first + (u128::from(span) * u128::from(i) / u128::from(n)) as u64;
    for i in 0..n {
        let (from, to) = (edge(i), edge(i + 1));
        let mut at = from;
        let (mut min, mut max, mut sum, mut seen) = (f64::INFINITY, f64::NEG_INFINITY, 0.0, 0u64);
        loop {
            let until = samples.get(next).map_or(to, |sample| sample.op.clamp(at, to));
            if let Some(value) = held.filter(|_| until > at) {
                (min, max) = (min.min(value), max.max(value));
                sum += value * (until - at) as f64;
                seen += until - at;
            }
            at = until;
            match samples.get(next).filter(|sample| sample.op < to) {
                Some(sample) => {
                    held = Some(sample.value);
                    next += 1;
                }
                None => break,
            }
        }
        if let Some(last) = held.filter(|_| seen > 0) {
            out.push(Bucket { first: from, end: to, min, max, mean: sum / seen as f64, last });
        }
    }
    out
}

/// The series as a line of steps, as SVG path data. With more samples than pixels each pixel column shows its whole range,
/// so that no peak is lost.
pub fn line(samples: &[Sample], frame: &Frame) -> String {
    steps(samples, frame).unwrap_or_else(|| {
        let mut path = String::new();
        for bucket in pixel_buckets(samples, frame) {
            let (x, low, high) = (frame.x(bucket.first as f64), frame.y(bucket.min), frame.y(bucket.max));
            // Go to its nearer end first: the line stays connected to the column before.
            let draw = if path.is_empty() { 'M' } else { 'L' };
            path.push_str(&format!("{draw}{x:.1} {high:.1}V{low:.1}V{:.1}", frame.y(bucket.last)));
        }
        path
    })
}

/// The area between the line and the bottom of the frame, as SVG path data. Where a pixel holds several samples it reaches
/// to the largest.
pub fn area(samples: &[Sample], frame: &Frame) -> String {
    let bottom = frame.rect.y + frame.rect.h;
    let right = frame.x(frame.end as f64);
    let outline = steps(samples, frame).unwrap_or_else(|| {
        let mut path = String::new();
        for bucket in pixel_buckets(samples, frame) {
            let draw = if path.is_empty() { 'M' } else { 'L' };
            path.push_str(&format!("{draw}{:.1} {:.1}", frame.x(bucket.first as f64), frame.y(bucket.max)));
            path.push_str(&format!("H{:.1}", frame.x(bucket.end as f64)));
        }
        path
    });
    let Some(start) = outline.strip_prefix('M').and_then(|rest| rest.split(' ').next()) else { return String::new() };
    format!("{outline}L{right:.1} {bottom:.1}H{start}Z")
}

fn pixel_buckets(samples: &[Sample], frame: &Frame) -> Vec<Bucket> {
    buckets(samples, frame.first, frame.end, frame.rect.w.max(1.0) as usize)
}

/// Each sample as a step, if they are not more than two a pixel.
fn steps(samples: &[Sample], frame: &Frame) -> Option<String> {
    let shown = samples.partition_point(|s| s.op <= frame.first).saturating_sub(1)
        ..samples.partition_point(|s| s.op < frame.end);
    let shown = &samples[shown.start.min(shown.end)..shown.end];
    if shown.len() as f64 > frame.rect.w.max(1.0) * 2.0 {
        return None;
    }
    let mut path = String::new();
    for sample in shown {
        let (x, y) = (frame.x(sample.op.max(frame.first) as f64), frame.y(sample.value));
        if path.is_empty() {
            path.push_str(&format!("M{x:.1} {y:.1}"));
        } else {
            path.push_str(&format!("H{x:.1}V{y:.1}"));
        }
    }
    if !path.is_empty() {
        path.push_str(&format!("H{:.1}", frame.x(frame.end as f64)));
    }
    Some(path)
}

/// Round values from `low` to `high`, about `count` of them, their distance 1, 2 or 5 times a power of ten; whole numbers if
/// `whole`.
pub fn ticks(low: f64, high: f64, count: usize, whole: bool) -> Vec<f64> {
    let span = high - low;
    if !span.is_finite() || span <= 0.0 || count == 0 {
        return if low.is_finite() { vec![low] } else { Vec::new() };
    }
    let rough = span / count as f64;
    let power = 10f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|&step| step >= rough * 0.999).unwrap_or(rough);
    let step = if whole { step.max(1.0) } else { step };
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    (first..=last).map(|i| i as f64 * step).collect()
}

/// The smallest round value that is not below `high`: where an axis from 0 may end.
pub fn nice_ceiling(high: f64) -> f64 {
    if !high.is_finite() || high <= 0.0 {
        return 1.0;
    }
    let power = 10f64.powf(high.log10().floor());
    [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0]
        .map(|m| m * power)
        .into_iter()
        .find(|&value| value >= high * (1.0 - 1e-12))
        .unwrap_or(high)
}

/// What the numbers of an axis count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Things.
    Count,
    /// A ratio of two counts.
    Ratio,
}

impl Unit {
    /// A value beside an axis: `6.3 MB`, `200,000`, `0.67`.
    pub fn short(self, value: f64) -> String {
        match self {
            Unit::Bytes => text::bytes_short(value.max(0.0) as u64),
            Unit::Count => text::group(value.max(0.0).round() as u64),
            Unit::Ratio => format!("{value:.2}"),
        }
    }

    /// A value under the pointer, to the last digit: `6,291,736 bytes`.
    pub fn exact(self, value: f64) -> String {
        match self {
            Unit::Bytes => text::bytes(value.max(0.0) as u64),
            Unit::Count | Unit::Ratio => self.short(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn samples(values: &[(u64, f64)]) -> Vec<Sample> {
        values.iter().map(|&(op, value)| Sample { op, value }).collect()
    }

    fn frame(first: u64, end: u64, high: f64) -> Frame {
        Frame { rect: Rect { x: 10.0, y: 0.0, w: 100.0, h: 50.0 }, first, end, low: 0.0, high }
    }

    #[test]
    fn a_few_samples_are_drawn_as_steps() {
        let samples = samples(&[(0, 0.0), (50, 100.0), (80, 40.0)]);
        let frame = frame(0, 100, 100.0);
        assert_eq!(line(&samples, &frame), "M10.0 50.0H60.0V0.0H90.0V30.0H110.0");
        assert_eq!(area(&samples, &frame), "M10.0 50.0H60.0V0.0H90.0V30.0H110.0L110.0 50.0H10.0Z");
    }

    #[test]
    fn a_zoomed_view_begins_with_the_value_held() {
        let samples = samples(&[(0, 20.0), (50, 100.0), (80, 40.0), (90, 1.0)]);
        assert_eq!(line(&samples, &frame(60, 85, 100.0)), "M10.0 0.0H90.0V30.0H110.0");
        assert_eq!(line(&samples, &frame(95, 100, 100.0)), "M10.0 49.5H110.0");
        assert_eq!(line(&[], &frame(0, 10, 1.0)), "");
        assert_eq!(area(&[], &frame(0, 10, 1.0)), "");
    }

    #[test]
    fn a_single_peak_among_many_samples_is_seen() {
        let mut samples: Vec<_> = (0..200_000).map(|op| Sample { op, value: 10.0 }).collect();
        samples[123_456].value = 100.0;
        let frame = frame(0, 200_000, 100.0);
        for path in [line(&samples, &frame), area(&samples, &frame)] {
            assert!(path.contains(" 0.0"), "the peak is at the top");
            assert!(path.len() < 5_000, "as long as the pixels, not as the samples");
        }
    }

    #[test]
    fn the_value_under_the_pointer() {
        let samples = samples(&[(10, 1.0), (20, 2.0)]);
        assert_eq!(
            [9, 10, 19, 20, 1000].map(|op| value_at(&samples, op)),
            [None, Some(1.0), Some(1.0), Some(2.0), Some(2.0)]
        );
        let frame = frame(100, 300, 1.0);
        assert_eq!([0.0, 10.0, 60.0, 110.0, 999.0].map(|x| frame.op_at(x)), [100, 100, 200, 299, 299]);
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(ticks(0.0, 100.0, 5, false), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(ticks(0.0, 6_291_736.0, 4, true), [0.0, 2e6, 4e6, 6e6]);
        assert_eq!(ticks(3.0, 5.0, 10, true), [3.0, 4.0, 5.0]);
        assert_eq!(ticks(5.0, 5.0, 4, true), [5.0]);
        assert_eq!(nice_ceiling(6_291_736.0), 8e6);
        assert_eq!(nice_ceiling(100.0), 100.0);
        assert_eq!(nice_ceiling(0.0), 1.0);
    }

    #[test]
    fn units() {
        assert_eq!(Unit::Bytes.short(6_291_736.0), "6.3 MB");
        assert_eq!(Unit::Bytes.exact(6_291_736.0), "6,291,736 bytes");
        assert_eq!(Unit::Count.short(200_000.0), "200,000");
        assert_eq!(Unit::Ratio.short(2.0 / 3.0), "0.67");
    }

    proptest! {
        #[test]
        fn buckets_equal_a_look_at_every_operation(
            steps in prop::collection::vec((0u64..5, 0u32..100), 0..80), first in 0u64..100, len in 0u64..300, n in 1usize..50,
        ) {
            let mut op = 0;
            let samples: Vec<_> = steps
                .into_iter()
                .map(|(by, value)| {
                    op += by;
                    Sample { op, value: value.into() }
                })
                .collect();
            let end = first + len;
            let got = buckets(&samples, first, end, n);
            prop_assert!(got.len() <= n);
            for bucket in &got {
                let values: Vec<f64> = (bucket.first..bucket.end).filter_map(|op| value_at(&samples, op)).collect();
                let mean = values.iter().sum::<f64>() / values.len() as f64;
                prop_assert_eq!(bucket.min, values.iter().copied().fold(f64::INFINITY, f64::min));
                prop_assert_eq!(bucket.max, values.iter().copied().fold(f64::NEG_INFINITY, f64::max));
                prop_assert!((bucket.mean - mean).abs() < 1e-9);
                prop_assert_eq!(Some(bucket.last), value_at(&samples, bucket.end - 1));
            }
            let seen: u64 = got.iter().map(|b| b.end - b.first).sum();
            let known = (first..end).filter(|&op| value_at(&samples, op).is_some()).count() as u64;
            prop_assert!(seen >= known);
        }
    }
}
