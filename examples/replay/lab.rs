//! `replay --lab`: requests against each strategy that gives memory back.

use std::io::Write;

use dictoscope::maintenance::{Run, Settings, Survey, to_text};

use super::Stop;

/// Run the settings in `text`; print a table at the end, or with `json` one object for each strategy as it ends.
pub fn run(text: &str, json: bool, out: &mut impl Write) -> Result<(), Stop> {
    let settings = Settings::parse(text).map_err(|error| Stop::Input(error.to_string()))?;
    Survey::new(&settings).finish().map_err(|error| Stop::Input(error.to_string()))?;
    let mut rows = Vec::new();
    for strategy in settings.strategies() {
        let mut run = Run::new(&settings, strategy);
        run.finish();
        if json {
            writeln!(out, "{}", run.row().to_json())?;
        }
        rows.push(run.row());
    }
    if !json {
        writeln!(out, "{}\n", settings.to_text())?;
        out.write_all(to_text(&rows).as_bytes())?;
    }
    Ok(())
}
