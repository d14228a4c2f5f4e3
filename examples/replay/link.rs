//! `replay --link`: what a link of the page opens.

use std::io::Write;

use dictoscope::engine::{Command, Engine, Trouble};

use super::{Stop, put, put_state, put_string};

/// Open `link` (an address, or what follows its `#`) and print the state of each table where it stands.
pub fn run(link: &str, out: &mut impl Write) -> Result<(), Stop> {
    let fragment = link.split_once('#').map_or(link, |(_, fragment)| fragment);
    let mut engine = Engine::new();
    engine.handle(Command::OpenLink(fragment.to_owned()));
    if engine.lab().is_some() {
        return Err(Stop::Input("this link leads to the lab: replay --lab runs its settings".to_owned()));
    }
    engine.finish_build();
    if let Some(Trouble::General(message) | Trouble::Line(message)) = engine.trouble() {
        return Err(Stop::Input(message.clone()));
    }
    let mut line = String::new();
    for lane in engine.lanes() {
        let timeline = &lane.timeline;
        line.clear();
        line.push_str("{\"table\":");
        put_string(&mut line, &timeline.table().spec());
        put(&mut line, format_args!(",\"done\":{},\"ops\":{}", timeline.pos().op, timeline.len()));
        put_state(&mut line, timeline.table(), timeline.heap());
        line.push_str("}\n");
        out.write_all(line.as_bytes())?;
    }
    match engine.trouble() {
        // What ran before the line that failed is printed.
        Some(Trouble::Program(error)) => Err(Stop::Program(error.clone())),
        _ => Ok(()),
    }
}
