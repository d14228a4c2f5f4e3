//! Long work in slices: programs become operations and operations become history, a block at a time.

use std::collections::VecDeque;

use crate::program::{Expansion, Program, ProgramError, Scenario};
use crate::table::{OpList, Table};

use super::Lane;
use super::story::Story;

/// Operations run between two looks at the clock: well under a millisecond's worth.
const BLOCK: usize = 256;
/// A resize of so many entries takes long enough, some milliseconds, to be done in a slice of its own.
const MANY: u32 = 1 << 14;

/// A piece of work for one lane.
#[derive(Debug)]
enum Job {
    /// A chapter: its operations as they are made, at most `take` of them.
    Program { expansion: Box<Expansion>, take: usize, chapter: usize },
    /// Operations that were there before.
    Ops { ops: OpList, next: usize },
}

/// The jobs of all lanes, done one lane after the other.
#[derive(Debug)]
pub struct Work {
    lane: usize,
    jobs: Vec<VecDeque<Job>>,
    scratch: OpList,
    counts: Vec<usize>,
    /// A resize of many entries may come in the next block, and that was told.
    told: bool,
    /// Operations done so far, over all lanes.
    pub done: u64,
    /// Operations to do in all, if that is known beforehand.
    pub total: Option<u64>,
}

impl Work {
    fn new(jobs: Vec<VecDeque<Job>>, chapters: usize, total: Option<u64>) -> Work {
        Work { lane: 0, jobs, scratch: OpList::default(), counts: vec![0; chapters], told: false, done: 0, total }
    }

    /// Operations of each chapter, as built on the first lane.
    pub fn counts(&self) -> &[usize] {
        &self.counts
    }

    /// Work until `stop` says so or nothing is left. It is asked after every block, and told whether a resize of many
    /// entries may come in the next one. Gives whether nothing is left, and the error that ended a program early, as
    /// Python would have ended it: what came before stays.
    pub fn slice(&mut self, lanes: &mut [Lane], mut stop: impl FnMut(bool) -> bool) -> (bool, Option<ProgramError>) {
        let mut error = None;
        while self.lane < lanes.len() {
            let lane = &mut lanes[self.lane];
            let Some(job) = self.jobs[self.lane].front_mut() else {
                self.lane += 1;
                continue;
            };
            let mut finished = false;
            for _ in 0..BLOCK {
                let timeline = &mut lane.timeline;
                match job {
                    Job::Program { expansion, take, chapter } => {
                        self.scratch.truncate(0);
                        let made =
                            if *take == 0 { Ok(None) } else { expansion.next(timeline.heap_mut(), &mut self.scratch) };
                        match made {
                            Ok(Some(_)) => {
                                timeline.push(self.scratch.get(0));
                                *take -= 1;
                                if self.lane == 0 {
                                    self.counts[*chapter] += 1;
                                }
                            }
                            Ok(None) => finished = true,
                            Err(e) => {
                                error = Some(e);
                                finished = true;
                            }
                        }
                    }
                    Job::Ops { ops, next } => {
                        if *next == ops.len() {
                            finished = true;
                        } else {
                            timeline.push(ops.get(*next));
                            *next += 1;
                        }
                    }
                }
                if finished {
                    break;
                }
                self.done += 1;
            }
            if error.is_some() {
                // The lines after the one that failed are not run.
                self.jobs[self.lane].clear();
            } else if finished {
                self.jobs[self.lane].pop_front();
            }
            if stop(self.tells(&lanes[self.lane])) {
                let left = self.lane < lanes.len() && self.jobs[self.lane..].iter().any(|jobs| !jobs.is_empty());
                return (!left, error);
            }
        }
        (true, error)
    }

    /// Whether it is time to tell that a resize of many entries may come in the next block of this lane: once before each.
    fn tells(&mut self, lane: &Lane) -> bool {
        let table = lane.timeline.table();
        let left = table.forecast().inserts_left;
        let is_near = table.state().regs.used >= MANY && left.is_some_and(|left| left < BLOCK as u32);
        let told = std::mem::replace(&mut self.told, is_near);
        is_near && !told
    }
}

/// What the work is for.
#[derive(Debug)]
pub enum Target {
    /// Tell this story and stand before operation `at`.
    Story {
        /// The story.
        story: Story,
        /// Where to stand.
        at: usize,
    },
    /// Lines were added where the reader stands, before operation `at`.
    Here {
        /// Where the first of them is.
        at: usize,
    },
    /// Something was undone; stand before operation `pos` again.
    Back {
        /// Where to stand.
        pos: usize,
    },
}

/// Work under way.
#[derive(Debug)]
pub struct Build {
    /// What for.
    pub target: Target,
    /// New lanes for a new story; `None`: the lanes on screen grow.
    pub lanes: Option<Vec<Lane>>,
    /// What is left to do.
    pub work: Work,
    /// The reader's own doing, which can be undone, and not an undoing itself.
    pub fresh: bool,
    /// The scenario whose story it is.
    pub scenario: Option<&'static Scenario>,
    /// The table to tell about.
    pub focus: usize,
    /// What ended the program early.
    pub error: Option<ProgramError>,
}

fn total(programs: &[Vec<Program>]) -> Option<u64> {
    programs.iter().flatten().map(Program::size_hint).sum()
}

impl Build {
    /// Everything that `story` needs. `programs` has a list for each table, with a program for each chapter.
    pub fn story(story: Story, at: usize, programs: Vec<Vec<Program>>, lanes: Vec<Lane>, fresh: bool) -> Build {
        let total = total(&programs);
        let jobs = programs
            .into_iter()
            .map(|chapters| {
                let chapters = chapters.into_iter().zip(&story.chapters).enumerate();
                chapters
                    .map(|(chapter, (program, text))| Job::Program {
                        expansion: Box::new(program.expand()),
                        take: text.take.unwrap_or(usize::MAX),
                        chapter,
                    })
                    .collect()
            })
            .collect();
        let work = Work::new(jobs, story.chapters.len(), total);
        Build {
            target: Target::Story { story, at },
            lanes: Some(lanes),
            work,
            fresh,
            scenario: None,
            focus: 0,
            error: None,
        }
    }

    /// The operations of `expansions`, one for each lane, at the end of the lanes on screen.
    pub fn append(expansions: Vec<Expansion>, total: Option<u64>, at: usize) -> Build {
        let jobs = expansions
            .into_iter()
            .map(|expansion| {
                VecDeque::from([Job::Program { expansion: Box::new(expansion), take: usize::MAX, chapter: 0 }])
            })
            .collect();
        Build::here(Target::Here { at }, Work::new(jobs, 1, total))
    }

    /// Operations that were there before, one list for each lane, at the end of the lanes on screen.
    pub fn back(lists: Vec<OpList>, pos: usize) -> Build {
        let total = lists.iter().map(|ops| ops.len() as u64).sum();
        let jobs = lists.into_iter().map(|ops| VecDeque::from([Job::Ops { ops, next: 0 }])).collect();
        Build::here(Target::Back { pos }, Work::new(jobs, 0, Some(total)))
    }

    fn here(target: Target, work: Work) -> Build {
        Build { target, lanes: None, work, fresh: false, scenario: None, focus: 0, error: None }
    }
}
