//! Long work in slices: the chapters of a story become operations and operations become history, a block at a time.
//!
//! All tables run a chapter before any begins the next. Where the versions of Python disagree on when a chapter fails,
//! the tables stop together where the first of them stopped: a chapter has as many operations in every table.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::program::{Made, Program, ProgramError};
use crate::table::{OpList, Table};

use super::edits::Past;
use super::story::{Place, Story};
use super::{Command, Lane};

/// Operations run between two looks at the clock: well under a millisecond's worth.
const BLOCK: usize = 256;
/// Instructions that a script may run without an operation between two looks at the clock: about a millisecond's worth.
const TURNS: usize = 10_000;
/// A resize of so many entries takes long enough, some milliseconds, to be done in a slice of its own.
const MANY: u32 = 1 << 14;

/// A chapter to be run.
#[derive(Debug)]
struct Part {
    text: Rc<str>,
    take: Option<usize>,
    /// So many of its operations the tables have run already.
    held: usize,
    /// How many operations it has, once every table has run it.
    ops: Option<usize>,
}

/// How far one table has come.
#[derive(Debug, Default)]
struct Job {
    /// The program of the first chapter, if it is still to be run.
    program: Option<Program>,
    /// The chapter that is being run.
    chapter: usize,
    /// Operations made of it.
    made: usize,
    /// Its text was given to the table's script, which had so many lines before.
    begun: Option<usize>,
    /// Its end was reached, or it failed.
    ended: bool,
}

impl Job {
    /// Go on with the next chapter.
    fn turn_over(&mut self) {
        *self = Job { chapter: self.chapter + 1, ..Job::default() };
    }
}

/// What ended a chapter early.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Which table said so.
    pub lane: usize,
    /// How many tables said something.
    pub lanes: usize,
    /// Which chapter.
    pub chapter: usize,
    /// What, its line counted within the chapter.
    pub error: ProgramError,
}

/// Tables on screen that are changed where they are.
#[derive(Debug)]
struct Cut {
    /// Operations that stay.
    keep: usize,
    /// What was cut off behind them, of each table, once it was.
    tail: Option<Vec<OpList>>,
    /// When it is cut off, all is done in one go: there is more to put back than to do.
    at_once: bool,
}

/// How far a slice came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slice {
    /// There is more to do.
    More,
    /// Nothing is left.
    Done,
    /// The tables take, or would take with the next resize, so many bytes: more than they may.
    Full(usize),
}

/// The chapters that all tables run.
#[derive(Debug)]
pub struct Work {
    parts: Vec<Part>,
    jobs: Vec<Job>,
    /// The chapter that the tables run now.
    now: usize,
    /// `None`: the tables are new.
    cut: Option<Cut>,
    failure: Option<Failure>,
    scratch: OpList,
    /// A resize of many entries may come in the next block, and that was told.
    told: bool,
    /// Bytes that the tables may take.
    pub budget: usize,
    /// Operations done so far, over all tables.
    pub done: u64,
    /// Operations to do in all, if that is known beforehand.
    pub total: Option<u64>,
}

impl Work {
    /// Run all of `story` on new tables. `programs` are those of its first chapter, one for each table.
    pub fn all(story: &Story, programs: Vec<Program>, total: Option<u64>) -> Work {
        Work {
            parts: story
                .chapters
                .iter()
                .map(|chapter| Part { text: chapter.text.clone(), take: chapter.take, held: 0, ops: None })
                .collect(),
            jobs: programs.into_iter().map(|program| Job { program: Some(program), ..Job::default() }).collect(),
            now: 0,
            cut: None,
            failure: None,
            scratch: OpList::default(),
            told: false,
            budget: usize::MAX,
            done: 0,
            total,
        }
    }

    /// Run what `story` has beyond `told`, on the tables that have run that. With `at_once` that is not interrupted.
    ///
    /// A table whose script stands at the end of `told` goes on with it, if nothing is cut off.
    pub fn rest(told: &Story, story: &Story, lanes: &mut [Lane], total: Option<u64>, at_once: bool) -> Work {
        let (whole, more) = told.shared(story);
        let mut work = Work::all(story, Vec::new(), total);
        for lane in lanes {
            if whole < told.chapters.len() {
                lane.script = None;
            }
            // Where nothing is run, nothing need be known either.
            let knows = lane.script.is_some() || whole == story.chapters.len();
            work.jobs.push(Job { chapter: if knows { whole } else { 0 }, ..Job::default() });
        }
        for (part, chapter) in work.parts.iter_mut().zip(&told.chapters[..whole]) {
            (part.held, part.ops) = (chapter.ops, Some(chapter.ops));
        }
        if let Some(part) = work.parts.get_mut(whole) {
            part.held = more;
        }
        work.now = whole;
        let keep = work.parts.iter().map(|part| part.held).sum();
        work.cut = Some(Cut { keep, tail: None, at_once });
        work
    }

    /// What ended a chapter early; of several the last one.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Operations of each chapter, the same in every table.
    pub fn counts(&self) -> impl Iterator<Item = usize> {
        self.parts.iter().map(|part| part.ops.unwrap_or(0))
    }

    /// Work until `stop` says so or nothing is left. It is asked after every block, and told whether a resize of many
    /// entries may come in the next one.
    pub fn slice(&mut self, lanes: &mut [Lane], mut stop: impl FnMut(bool) -> bool) -> Slice {
        loop {
            let at = match self.next_lane() {
                Some(nth) if self.is_ready(nth) && self.cut.as_ref().is_some_and(|cut| cut.tail.is_none()) => {
                    match (0..self.jobs.len()).find(|&nth| !self.is_ready(nth)) {
                        Some(other) => other,
                        None => {
                            self.cut_off(lanes);
                            nth
                        }
                    }
                }
                Some(nth) => nth,
                None if self.now == self.parts.len() => {
                    self.cut_off(lanes);
                    return Slice::Done;
                }
                None => {
                    self.close_chapter(lanes);
                    continue;
                }
            };
            self.block(at, &mut lanes[at]);
            let bytes = lanes.iter().map(Lane::memory).sum::<usize>() + due(&lanes[at]);
            if bytes > self.budget {
                return Slice::Full(bytes);
            }
            let long = self.tells(&lanes[at]);
            let at_once = self.cut.as_ref().is_some_and(|cut| cut.at_once && cut.tail.is_some());
            if stop(long) && !at_once {
                return Slice::More;
            }
        }
    }

    /// Put tables that were on screen back as they were.
    pub fn take_back(self, lanes: &mut [Lane]) {
        let Some(cut) = self.cut else { return };
        for lane in lanes.iter_mut() {
            lane.script = None;
        }
        let Some(tails) = cut.tail else { return };
        for (lane, tail) in lanes.iter_mut().zip(tails) {
            lane.truncate(cut.keep);
            (0..tail.len()).for_each(|op| _ = lane.timeline.push(tail.get(op)));
        }
    }

    /// A table that has not run the chapter that is to be run now.
    fn next_lane(&self) -> Option<usize> {
        let all = self.now == self.parts.len();
        self.jobs.iter().position(|job| !all && (job.chapter < self.now || job.chapter == self.now && !job.ended))
    }

    /// Whether the next operation of this table is not one that it has run already.
    fn is_ready(&self, nth: usize) -> bool {
        let job = &self.jobs[nth];
        job.chapter == self.now && job.begun.is_some() && (job.ended || job.made >= self.parts[self.now].held)
    }

    /// Forget what the story has no longer, in all tables.
    fn cut_off(&mut self, lanes: &mut [Lane]) {
        if let Some(cut) = self.cut.as_mut().filter(|cut| cut.tail.is_none()) {
            cut.tail = Some(lanes.iter_mut().map(|lane| lane.truncate(cut.keep)).collect());
        }
    }

    /// All tables have run the chapter: they stop where the first of them stopped.
    fn close_chapter(&mut self, lanes: &mut [Lane]) {
        let ops = self.jobs.iter().map(|job| job.made).min().unwrap_or(0);
        let before: usize = self.parts[..self.now].iter().map(|part| part.held).sum();
        let part = &mut self.parts[self.now];
        (part.held, part.ops) = (ops, Some(ops));
        self.now += 1;
        for (job, lane) in self.jobs.iter_mut().zip(lanes) {
            if job.made > ops {
                lane.truncate(before + ops);
                // What it knew of variables and of `d` is of a later moment.
                lane.script = None;
                *job = Job::default();
            } else {
                job.turn_over();
            }
        }
    }

    /// Run a block of one table's chapter.
    fn block(&mut self, nth: usize, lane: &mut Lane) {
        let job = &mut self.jobs[nth];
        let part = &self.parts[job.chapter];
        let begun = match job.begun {
            Some(lines) => Ok(lines),
            None => begin(job.program.take(), &part.text, lane),
        };
        let lines = match begun {
            Ok(lines) => *job.begun.insert(lines),
            Err(error) => {
                (job.begun, job.ended) = (Some(0), true);
                let chapter = job.chapter;
                self.fail(nth, chapter, error);
                return;
            }
        };
        let Some(script) = &mut lane.script else { return };
        let timeline = &mut lane.timeline;
        if !script.learn(timeline.heap(), timeline.ops(), BLOCK) {
            return;
        }
        let limit = part.ops.or(part.take).unwrap_or(usize::MAX);
        let until = limit.min(job.made + BLOCK);
        let mut failed = None;
        while job.made < until && !job.ended {
            let held = job.made < part.held;
            let made = if held {
                let (heap, ops) = timeline.heap_and_ops();
                script.pass(TURNS, heap, ops)
            } else if self.cut.as_ref().is_some_and(|cut| cut.tail.is_none()) {
                return;
            } else {
                self.scratch.truncate(0);
                script.next_within(TURNS, timeline.heap_mut(), &mut self.scratch)
            };
            match made {
                Ok(Made::Op(_)) => {
                    if !held {
                        timeline.push(self.scratch.get(0));
                        // What the program prints of sys.getsizeof(d) is of this table.
                        script.set_bytes(timeline.table().bytes().total());
                        self.done += 1;
                    }
                    job.made += 1;
                }
                Ok(Made::End) => job.ended = true,
                // A loop that makes no operation: whoever waits is asked.
                Ok(Made::Nothing) => break,
                Err(error) => {
                    job.ended = true;
                    failed = Some(ProgramError { line: error.line - lines, ..error });
                }
            }
        }
        if job.made == limit && !job.ended {
            job.ended = true;
            if part.take.is_none() {
                // Told again to where it ended, but for what it does behind its last operation: a name, a print. (Where
                // another table stopped first there is an operation more, which this one has not run either.)
                let mut ahead = script.clone();
                self.scratch.truncate(0);
                if !matches!(ahead.next(timeline.heap_mut(), &mut self.scratch), Ok(Some(_))) {
                    *script = ahead;
                }
            }
        }
        let chapter = job.chapter;
        if job.ended {
            script.skip_rest();
            if chapter < self.now {
                job.turn_over();
            }
        }
        if let Some(error) = failed {
            self.fail(nth, chapter, error);
        }
    }

    fn fail(&mut self, lane: usize, chapter: usize, error: ProgramError) {
        match &mut self.failure {
            Some(known) if known.chapter == chapter => known.lanes += 1,
            _ => self.failure = Some(Failure { lane, lanes: 1, chapter, error }),
        }
    }

    /// Whether it is time to tell that a resize of many entries may come in the next block of this table: once before each.
    fn tells(&mut self, lane: &Lane) -> bool {
        let table = lane.timeline.table();
        let left = table.forecast().inserts_left;
        let is_near = table.state().regs.used >= MANY && left.is_some_and(|left| left < BLOCK as u32);
        let told = std::mem::replace(&mut self.told, is_near);
        is_near && !told
    }
}

/// Bytes that the next block may take beside what there is: for a resize, and for objects that no longer fit where they are.
fn due(lane: &Lane) -> usize {
    let growth = lane.timeline.heap().growth(4 * BLOCK);
    let table = lane.timeline.table();
    let (forecast, state) = (table.forecast(), table.state());
    let near = forecast.inserts_left.is_some_and(|left| left < BLOCK as u32);
    let slots = state.main.size().max(1);
    growth + if near { (state.memory() as u64 * u64::from(forecast.next_size) / slots as u64) as usize } else { 0 }
}

/// Give `text` to the table's script; gives how many lines that had before.
fn begin(program: Option<Program>, text: &str, lane: &mut Lane) -> Result<usize, ProgramError> {
    if let Some(script) = &mut lane.script {
        let lines = script.lines();
        script.append(text)?;
        return Ok(lines);
    }
    let program = match program {
        Some(program) => program,
        None => Program::parse(text, lane.timeline.heap().version())?,
    };
    lane.script = Some(Box::new(program.expand()));
    Ok(0)
}

/// Work under way.
#[derive(Debug)]
pub struct Build {
    /// The story that is to be on screen.
    pub story: Story,
    /// Where to stand in it.
    pub place: Place,
    /// Its last chapter was typed where the reader stood: it is played, or shown done.
    pub typed: bool,
    /// New tables, as many as were made yet; `None`: those on screen are changed.
    pub lanes: Option<Vec<Lane>>,
    /// What is left to do.
    pub work: Work,
    /// What could be undone and done again before it began, and where the reader stood.
    pub before: (Past, Place),
    /// What was typed meanwhile.
    pub then: VecDeque<Command>,
    /// It waits for the reader's word: it takes so many bytes, or would with the next resize.
    pub asks: Option<usize>,
    /// The reader wants it all the same.
    pub agreed: bool,
}
