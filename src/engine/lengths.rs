//! How long searches and clusters are in the table as it stands: counted in slices while the reader looks.

use crate::history::{Pos, Timeline};
use crate::stats::{ClusterScan, Histogram, ProbeScan};
use crate::table::Table;

/// Cells that are looked at in one frame: about 3 ms.
const SLICE: usize = 12_000;

/// The two histograms, as far as they are counted.
#[derive(Debug, Default)]
pub struct Lengths {
    /// The place that they belong to.
    at: Option<(Pos, usize)>,
    probes: ProbeScan,
    clusters: ClusterScan,
    found: Found,
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// How many live keys are found at which probe; `None` while it is counted.
    pub probes: Option<Histogram>,
    /// How many clusters have which size; `None` while it is counted.
    pub clusters: Option<Histogram>,
}

impl Lengths {
    /// Whether the table can be searched where it stands: not within an operation, nor while entries are being moved.
    pub fn can_count(timeline: &Timeline) -> bool {
        timeline.pos().step == 0 && timeline.table().state().next.is_none()
    }

    /// Whether there is more to count.
    pub fn is_due(&self, timeline: &Timeline) -> bool {
        Self::can_count(timeline) && (self.at != Some(place(timeline)) || self.found.probes.is_none())
    }

    /// Count some more.
    pub fn advance(&mut self, timeline: &mut Timeline) {
        if !Self::can_count(timeline) {
            return;
        }
        let here = Some(place(timeline));
        if self.at != here {
            *self = Lengths { at: here, ..Lengths::default() };
        }
        if self.found.clusters.is_none() {
            self.found.clusters = self.clusters.advance(timeline.table().state(), SLICE * 8).cloned();
        }
        if self.found.probes.is_none() {
            let (table, heap) = timeline.table_mut();
            self.found.probes = self.probes.advance(table, heap, SLICE).cloned();
        }
    }

    /// What is known of the table as it stands.
    pub fn found(&self, timeline: &Timeline) -> Found {
        if self.at == Some(place(timeline)) { self.found.clone() } else { Found::default() }
    }

    /// Forget everything: the operations before this place are others now.
    pub fn clear(&mut self) {
        *self = Lengths::default();
    }
}

fn place(timeline: &Timeline) -> (Pos, usize) {
    (timeline.pos(), timeline.len())
}

#[cfg(test)]
mod tests {
    use crate::engine::{Command, Engine};
    use crate::history::Column;
    use crate::table::AnyTable;

    #[test]
    fn every_key_is_counted_once_wherever_the_reader_stands() {
        let mut engine = Engine::new();
        engine.handle(Command::Run("for i in range(40000): d[i * 3] = i".to_owned()));
        engine.finish_build();
        engine.watch_lengths(true);
        for (at, keys) in [(40_000, 40_000), (7, 7)] {
            engine.handle(Command::Seek(at));
            assert!(engine.is_moving());
            let mut frames = 0;
            while engine.is_moving() {
                engine.tick(&|| 0.0, 8.0);
                frames += 1;
            }
            let found = engine.lengths();
            assert_eq!(found.probes.unwrap().summary().count, keys);
            let clusters = found.clusters.unwrap();
            let in_them: u64 = (0u64..).zip(clusters.counts()).map(|(size, &n)| size * u64::from(n)).sum();
            assert_eq!(in_them, keys);
            assert_eq!(frames > 1, keys > 20_000, "long counts are cut into slices");
        }
        engine.handle(Command::StepOps(-1));
        assert_eq!(engine.lengths().probes, None, "of another place");
        engine.watch_lengths(false);
        assert!(!engine.is_moving());
    }

    #[test]
    fn lengths_are_those_that_the_chart_shows_of_searches() {
        for policy in AnyTable::policies() {
            let mut engine = Engine::new();
            engine.handle(Command::Tables(vec![policy.name.to_owned()]));
            engine.finish_build();
            engine.handle(Command::Run(
                "for i in range(3000): d[i * 7] = i\nfor i in range(6000): i % 3000 * 7 in d".to_owned(),
            ));
            engine.finish_build();
            engine.watch_lengths(true);
            engine.handle(Command::Seek(usize::MAX));
            while engine.is_moving() {
                engine.tick(&|| 0.0, 8.0);
            }
            let counted = engine.lengths().probes.expect("nothing is being moved").summary();
            // What was being moved has arrived by then.
            let recorded = engine.lane().timeline.summary(Column::HitProbes, 6000..9000);
            assert_eq!(counted, recorded, "{}", policy.name);
        }
    }
}
