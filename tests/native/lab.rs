//! The results of a small lab, which the page in a browser must come to as well.

use dictoscope::maintenance::{Run, Settings, Survey, to_text};

/// What `replay --lab` prints for the settings in its first line.
pub const EXPECTED: &str = include_str!("../fixtures/lab.txt");

/// The same, computed anew.
pub fn results() -> String {
    let settings =
        Settings::parse(EXPECTED.lines().next().unwrap_or_default()).unwrap_or_else(|error| panic!("{error}"));
    Survey::new(&settings).finish().unwrap_or_else(|error| panic!("{error}"));
    let row = |strategy| {
        let mut run = Run::new(&settings, strategy);
        run.finish();
        run.row()
    };
    let rows: Vec<_> = settings.strategies().map(row).collect();
    format!("{}\n\n{}", settings.to_text(), to_text(&rows))
}
