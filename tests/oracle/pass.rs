//! Many programs on many interpreters, on all cores.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

use dictoscope::python::Version;

use super::compare::{Difference, Place};
use super::generate::{self, Program};
use super::interpreter::Interpreter;

/// What to run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The versions whose interpreters are looked for.
    pub versions: Vec<Version>,
    /// Random programs for each.
    pub programs: u64,
    /// Which ones.
    pub seed: u64,
    /// The experiment, too.
    pub experiment: Experiment,
    /// Whether to say how far it is.
    pub progress: bool,
}

/// The experiment the project exists for: 100,000 UUIDs in, all out in random order.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// In these versions.
    pub versions: Vec<Version>,
    /// The whole state is compared after every so many operations.
    pub every: usize,
}

const EXPERIMENT: &str = "insert_uuids(d, 100000, seed=1)\ndelete_random(d, seed=2)";

/// What became of one version.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Which.
    pub version: Version,
    /// The release whose interpreter was found, or why it was skipped.
    pub release: Result<String, String>,
    /// Programs run.
    pub programs: u64,
    /// Operations in them.
    pub operations: u64,
    /// States compared.
    pub states: u64,
    /// Cells in those states.
    pub cells: u64,
    /// What differs.
    pub differences: Vec<Difference>,
}

/// Programs run in one process, that is with one `PYTHONHASHSEED`.
const BATCH: u64 = 5;

enum Job {
    Random { interpreter: Interpreter, batch: u64 },
    Experiment { interpreter: Interpreter },
}

/// Run it all; a tally for each version asked for, in that order.
///
/// # Errors
/// An interpreter that was found but does not run.
pub fn run(settings: &Settings) -> Result<Vec<Tally>, String> {
    let mut tallies = Vec::new();
    let mut jobs = Vec::new();
    for &version in &settings.versions {
        let mut tally = Tally::new(version);
        match Interpreter::find(version) {
            Ok(interpreter) => {
                tally.release = Ok(interpreter.release());
                if settings.experiment.versions.contains(&version) {
                    jobs.push(Job::Experiment { interpreter: interpreter.clone() });
                }
                for batch in 0..settings.programs.div_ceil(BATCH) {
                    jobs.push(Job::Random { interpreter: interpreter.clone(), batch });
                }
            }
            Err(reason) => tally.release = Err(reason),
        }
        tallies.push(tally);
    }
    let tallies = Mutex::new(tallies);
    let progress = Progress::new(settings.progress, jobs.len());
    let next = AtomicUsize::new(0);
    let work = || -> Result<(), String> {
        while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            job.run(settings, &tallies)?;
            progress.done(&tallies);
        }
        Ok(())
    };
    let workers = thread::available_parallelism().map_or(2, usize::from).min(jobs.len().max(1));
    thread::scope(|scope| {
        let handles: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        handles.into_iter().try_for_each(|handle| handle.join().expect("a worker panicked"))
    })?;
    progress.end();
    Ok(tallies.into_inner().expect("no worker panicked"))
}

impl Job {
    fn run(&self, settings: &Settings, tallies: &Mutex<Vec<Tally>>) -> Result<(), String> {
        let (Job::Random { interpreter, .. } | Job::Experiment { interpreter }) = self;
        let version = interpreter.version();
        // Every third process hashes strings with a seed of its own.
        let hash_seed = match self {
            Job::Random { batch, .. } if batch % 3 == 2 => {
                (settings.seed as u32).wrapping_mul(31).wrapping_add(*batch as u32)
            }
            _ => 0,
        };
        let mut session = interpreter.start(hash_seed)?;
        let mut place = Place { session: &mut session, version, hash_seed, rendered: false };
        let programs = match self {
            Job::Experiment { .. } => vec![experiment(version, settings.experiment.every)?],
            Job::Random { batch, .. } => (batch * BATCH..((batch + 1) * BATCH).min(settings.programs))
                .map(|number| generate::program(version, settings.seed, number))
                .collect(),
        };
        for program in programs {
            let result = place.compare(&program);
            place.rendered = !place.rendered;
            let mut tallies = tallies.lock().expect("no worker panicked");
            let tally = tallies.iter_mut().find(|tally| tally.version == version).expect("one for each version");
            tally.programs += 1;
            tally.operations += program.lines.len() as u64;
            match result {
                Ok(equal) => {
                    tally.states += equal.states;
                    tally.cells += equal.cells;
                }
                Err(difference) => tally.differences.push(*difference),
            }
        }
        Ok(())
    }
}

fn experiment(version: Version, every: usize) -> Result<Program, String> {
    let lines = super::core::rendered(EXPERIMENT, version)?;
    Ok(Program { name: "100,000 UUIDs in and out".to_owned(), lines, every })
}

impl Tally {
    fn new(version: Version) -> Tally {
        let release = Err(String::new());
        Tally { version, release, programs: 0, operations: 0, states: 0, cells: 0, differences: Vec::new() }
    }
}

/// The figures of all versions; those that were skipped say why.
pub fn table(tallies: &[Tally]) -> String {
    let mut text = format!(
        "{:<9}{:>10}{:>13}{:>13}{:>16}{:>13}\n",
        "version", "programs", "operations", "states", "cells compared", "differences"
    );
    for tally in tallies {
        text += &match &tally.release {
            Err(reason) => format!("{:<9}SKIPPED: {reason}\n", tally.version.name()),
            Ok(release) => format!(
                "{release:<9}{:>10}{:>13}{:>13}{:>16}{:>13}\n",
                tally.programs,
                tally.operations,
                tally.states,
                tally.cells,
                tally.differences.len()
            ),
        };
    }
    text
}

/// Write each differing program to a file; their names.
///
/// # Errors
/// What the file system says.
pub fn write_differences(tallies: &[Tally], directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for tally in tallies {
        for (number, difference) in tally.differences.iter().enumerate() {
            fs::create_dir_all(directory)?;
            let file = directory.join(format!("{}-{}.py", tally.version.name(), number + 1));
            let comment: String = difference.message.lines().map(|line| format!("# {line}\n")).collect();
            fs::write(&file, comment + &difference.lines.join("\n") + "\n")?;
            files.push(file);
        }
    }
    Ok(files)
}

struct Progress {
    shown: bool,
    jobs: usize,
    start: Instant,
    state: Mutex<(usize, Instant)>,
}

impl Progress {
    fn new(shown: bool, jobs: usize) -> Progress {
        Progress { shown, jobs, start: Instant::now(), state: Mutex::new((0, Instant::now())) }
    }

    fn done(&self, tallies: &Mutex<Vec<Tally>>) {
        let mut state = self.state.lock().expect("no worker panicked");
        state.0 += 1;
        // A terminal's line is written over; a log gets a line now and then.
        let terminal = std::io::stderr().is_terminal();
        if !self.shown || (!terminal && state.1.elapsed() < Duration::from_secs(20)) {
            return;
        }
        state.1 = Instant::now();
        let tallies = tallies.lock().expect("no worker panicked");
        let sum = |of: fn(&Tally) -> u64| tallies.iter().map(of).sum::<u64>();
        let (start, end) = if terminal { ("\r", "") } else { ("", "\n") };
        eprint!(
            "{start}{} of {} runs, {} s: {} programs, {} operations, {} cells, {} differences{end}",
            state.0,
            self.jobs,
            self.start.elapsed().as_secs(),
            sum(|tally| tally.programs),
            sum(|tally| tally.operations),
            sum(|tally| tally.cells),
            sum(|tally| tally.differences.len() as u64),
        );
        // A progress line that cannot be shown is no reason to stop.
        let _ = std::io::stderr().flush();
    }

    fn end(&self) {
        if self.shown && std::io::stderr().is_terminal() {
            eprintln!();
        }
    }
}
