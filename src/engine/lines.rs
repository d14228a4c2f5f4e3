//! Which line of the program each operation came from.

use super::Lane;
use super::story::Story;
use crate::program::{Expansion, Made, Program};
use crate::table::{OpList, Table};

/// Longer programs are not told line by line: it would take a frame's time to look through them.
const MOST: usize = 10_000;

/// Instructions that may pass without an operation; who counts for longer is told no further lines.
const MOST_TURNS: usize = 100_000;

/// The lines of a program's operations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// The line of each operation, from 1, in the text that [`Story::text`] gives.
    of: Vec<u32>,
}

impl Lines {
    /// The lines of `story`, as `lane` runs it. None of a program that is too long.
    pub(super) fn new(story: &Story, lane: &Lane) -> Lines {
        let timeline = &lane.timeline;
        let len = timeline.len();
        let mut lines = Lines::default();
        if len > MOST {
            return lines;
        }
        let (version, settings) = (timeline.table().policy().python, timeline.heap().settings());
        let mut heap = crate::python::Heap::new(version, settings);
        let mut ops = OpList::default();
        let mut script = None::<Expansion>;
        for (nth, chapter) in story.chapters.iter().enumerate() {
            // Lines are counted on through all that the script was given.
            let mut above = 0;
            match &mut script {
                None => script = Program::parse(&chapter.text, version).ok().map(|program| program.expand()),
                Some(script) => {
                    script.skip_rest();
                    above = script.lines();
                    if script.append(&chapter.text).is_err() {
                        break;
                    }
                }
            }
            let Some(script) = &mut script else { break };
            let first = story.first_line(nth);
            script.learn(&heap, &ops, usize::MAX);
            let mut left = chapter.take.unwrap_or(usize::MAX);
            // To its end, also behind its last operation: what it names there the next chapter may know.
            while left > 0 {
                // A line that fails ends the program here as it did there.
                let line = match script.next_within(MOST_TURNS, &mut heap, &mut ops) {
                    Ok(Made::Op(line)) if lines.of.len() < len => line,
                    Ok(Made::End) | Err(_) => break,
                    Ok(Made::Op(_) | Made::Nothing) => return lines,
                };
                lines.of.push((first + line - above - 1) as u32);
                left -= 1;
            }
        }
        lines
    }

    /// The line that operation `op` came from, from 1.
    pub fn line(&self, op: usize) -> Option<u32> {
        self.of.get(op).copied()
    }

    /// The operations of `line`, in the order they are run: one a turn, if it stands in a loop.
    pub fn ops(&self, line: u32) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.of.iter().enumerate().filter(move |(_, of)| **of == line).map(|(op, _)| op)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Command, Engine};

    #[test]
    fn each_operation_knows_its_line_also_in_loops_and_after_a_cut() {
        let mut engine = Engine::new();
        engine
            .handle(Command::Run("# a remark\nfor i in range(3):\n    d[i] = i\n    del d[i]\nd[9] = 9\n".to_owned()));
        engine.finish_build();
        let lines = engine.frame(800.0, 0.0).lines;
        assert_eq!((0..8).map_while(|op| lines.line(op)).collect::<Vec<_>>(), [3, 4, 3, 4, 3, 4, 5]);
        assert_eq!(lines.ops(4).collect::<Vec<_>>(), [1, 3, 5]);
        engine.handle(Command::Seek(2));
        engine.handle(Command::Line("d['x'] = 1".to_owned()));
        engine.finish_build();
        let frame = engine.frame(800.0, 0.0);
        let last = frame.lines.line(2).expect("the typed line has an operation");
        assert_eq!(frame.text.lines().nth(last as usize - 1), Some("d['x'] = 1"));
    }
}
