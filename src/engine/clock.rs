//! The clock: how fast time passes, and how much of it is due.

/// What one tick of the clock moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// So many steps (probes, writes, moves) a second.
    Steps(f64),
    /// So many operations a second.
    Ops(f64),
}

/// The speeds of the page, slowest first.
pub const SPEEDS: [(&str, Pace); 12] = [
    ("1 step/s", Pace::Steps(1.0)),
    ("3 steps/s", Pace::Steps(3.0)),
    ("10 steps/s", Pace::Steps(10.0)),
    ("60 steps/s", Pace::Steps(60.0)),
    ("2 ops/s", Pace::Ops(2.0)),
    ("10 ops/s", Pace::Ops(10.0)),
    ("60 ops/s", Pace::Ops(60.0)),
    ("500 ops/s", Pace::Ops(500.0)),
    ("4,000 ops/s", Pace::Ops(4_000.0)),
    ("20,000 ops/s", Pace::Ops(20_000.0)),
    ("200,000 ops/s", Pace::Ops(200_000.0)),
    ("2,000,000 ops/s", Pace::Ops(2_000_000.0)),
];

/// Which way time runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards the end.
    Forward,
    /// Towards the beginning.
    Backward,
}

impl Direction {
    /// +1 or -1.
    pub fn sign(self) -> i64 {
        match self {
            Direction::Forward => 1,
            Direction::Backward => -1,
        }
    }
}

/// A list of speeds: their names and what they are.
pub type Speeds = &'static [(&'static str, Pace)];

/// Turns milliseconds into whole steps or operations; keeps the fraction for the next tick.
#[derive(Clone, Debug)]
pub struct Clock {
    speeds: Speeds,
    playing: Option<Direction>,
    speed: usize,
    last: Option<f64>,
    carry: f64,
}

/// A tab that slept, or a long frame, must not leap: at most this many milliseconds count.
const LONGEST_TICK: f64 = 100.0;

impl Default for Clock {
    fn default() -> Clock {
        Clock::new(&SPEEDS)
    }
}

impl Clock {
    /// A clock with the first of these speeds; it stands still.
    pub fn new(speeds: Speeds) -> Clock {
        Clock { speeds, playing: None, speed: 0, last: None, carry: 0.0 }
    }

    /// Whether, and which way, it runs.
    pub fn playing(&self) -> Option<Direction> {
        self.playing
    }

    /// Start or stop. Starting does not owe the time that it stood still.
    pub fn set_playing(&mut self, playing: Option<Direction>) {
        self.playing = playing;
        self.last = None;
        self.carry = 0.0;
    }

    /// The position in the list of its speeds.
    pub fn speed(&self) -> usize {
        self.speed
    }

    /// Choose a speed; out of range means the nearest one.
    pub fn set_speed(&mut self, speed: usize) {
        self.speed = speed.min(self.speeds.len() - 1);
        self.carry = 0.0;
    }

    /// The pace in force.
    pub fn pace(&self) -> Pace {
        self.speeds[self.speed].1
    }

    /// How many whole steps or operations are due at `now` (milliseconds of any steady clock).
    pub fn due(&mut self, now: f64) -> u64 {
        let elapsed = now - self.last.replace(now).unwrap_or(now);
        let rate = match self.pace() {
            Pace::Steps(rate) | Pace::Ops(rate) => rate,
        };
        self.carry += elapsed.clamp(0.0, LONGEST_TICK) * rate / 1000.0;
        let whole = self.carry.floor();
        self.carry -= whole;
        whole as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_experiment_takes_ten_seconds_at_its_speed() {
        let mut clock = Clock::default();
        clock.set_speed(SPEEDS.iter().position(|s| s.1 == Pace::Ops(20_000.0)).unwrap());
        let total: u64 = (0..=600).map(|frame| clock.due(f64::from(frame) * 1000.0 / 60.0)).sum();
        assert!((199_000..=200_001).contains(&total), "{total}");
    }

    #[test]
    fn slow_speeds_keep_the_fraction() {
        let mut clock = Clock::default();
        let steps: Vec<u64> = (0..=120).map(|frame| clock.due(f64::from(frame) * 1000.0 / 60.0)).collect();
        assert!(steps.iter().all(|&s| s <= 1));
        assert!((1..=2).contains(&steps.iter().sum::<u64>()));
    }

    #[test]
    fn a_sleeping_tab_does_not_leap() {
        let mut clock = Clock::default();
        clock.set_speed(5);
        clock.due(0.0);
        assert!(clock.due(60_000.0) <= 1);
    }
}
