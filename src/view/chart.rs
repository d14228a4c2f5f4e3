//! The numbers of a chart: where an axis ends, and how a value is written.

use super::text;

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

/// How values are laid out along an axis from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Twice the value is twice as far.
    Linear,
    /// Each power of ten is as far from the one before: `log(1 + value)`, so that 0 has a place.
    Log,
}

impl Scale {
    /// How far along an axis that ends at `high` a value is, 0 … 1.
    pub fn part(self, value: f64, high: f64) -> f64 {
        let (value, high) = match self {
            Scale::Linear => (value, high),
            Scale::Log => (value.ln_1p(), high.ln_1p()),
        };
        (value / high.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0)
    }

    /// The values at which to draw lines across: the powers of ten below `high`, on a logarithmic axis.
    pub fn lines(self, high: f64) -> impl Iterator<Item = f64> {
        let powers = if self == Scale::Log { 12 } else { 0 };
        (1..=powers).map(|power| 10f64.powi(power)).take_while(move |&value| value < high)
    }
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

    #[test]
    fn axes_end_at_round_values() {
        assert_eq!(nice_ceiling(6_291_736.0), 8e6);
        assert_eq!(nice_ceiling(100.0), 100.0);
        assert_eq!(nice_ceiling(0.0), 1.0);
    }

    #[test]
    fn a_logarithmic_axis_gives_each_power_of_ten_the_same_room() {
        let part = |value| Scale::Log.part(value, 999_999.0);
        assert_eq!((part(0.0), part(999_999.0)), (0.0, 1.0));
        assert!((part(999.0) - 0.5).abs() < 1e-9 && (part(99_999.0) - part(9_999.0) - 1.0 / 6.0).abs() < 1e-9);
        assert_eq!(Scale::Log.lines(999_999.0).collect::<Vec<_>>(), [10.0, 100.0, 1e3, 1e4, 1e5]);
        assert_eq!(Scale::Linear.part(5.0, 20.0), 0.25);
        assert_eq!(Scale::Linear.lines(100.0).count(), 0);
    }

    #[test]
    fn units() {
        assert_eq!(Unit::Bytes.short(6_291_736.0), "6.3 MB");
        assert_eq!(Unit::Bytes.exact(6_291_736.0), "6,291,736 bytes");
        assert_eq!(Unit::Count.short(200_000.0), "200,000");
        assert_eq!(Unit::Ratio.short(2.0 / 3.0), "0.67");
    }
}
