//! What a person does, one act after the other: made from bytes, and written as text, a line an act, so that what was
//! found can be read, shortened by hand and kept.

use std::fmt::{self, Display};

use dictoscope::engine::Command;
use dictoscope::engine::clock::Direction;
use dictoscope::engine::lab::LabCommand;
use dictoscope::history::{Marks, Pos, Wanted};
use dictoscope::maintenance::Strategy;
use dictoscope::program::SCENARIOS;
use dictoscope::python::HashSettings;
use dictoscope::table::CopyHow;

/// Bytes of an act.
pub const RECORD: usize = 6;
/// The first line of a session that is written as text.
const TITLE: &str = "# a session";
/// Acts of a session.
const MOST_ACTS: usize = 60;

/// Lines and programs: every operation, every generator, lines that fail before and while they run, and one so long that
/// something else is done before it is built.
const TEXTS: &[&str] = &[
    "d[1] = 1",
    "d['x'] = 1",
    "del d[1]",
    "d[2]",
    "3 in d",
    "d.pop(1, None)",
    "d.popitem()",
    "d.clear()",
    "d = dict(d)",
    "d = d.copy()",
    "d.update({1: 2, 3: 4, 'x': None})",
    "d = {k: v for k, v in d.items()}",
    "d.setdefault((1, 2), 3.5)",
    "for i in range(40): d[i * 8] = i",
    "for i in range(30): del d[i * 8]",
    "insert_ints(d, 60)",
    "insert_random(d, 60)",
    "insert_colliding(d, 20)",
    "insert_strings(d, 50)",
    "insert_uuids(d, 70)",
    "delete_oldest(d, 10)",
    "delete_newest(d)",
    "delete_random(d, 7)",
    "delete_all(d)",
    "churn(d, 30)",
    "mixed(d, 40)",
    "d = dict.fromkeys(range(70))",
    "d.reserve(500)",
    "d.shrink_to_fit()",
    "d[1 // 0] = 1",
    "for i in range(3): d[6 // (2 - i)] = i",
    "d['p'] = 'p'; d['q'] = 1 // 0; d['r'] = 'r'",
    "d[",
    "x = 3",
    "",
    "d |= {9: 9}",
    "d[float('nan')] = 1",
    "d[None] = 1; d[True] = 2",
    "d = {}",
    "d[2 ** 70] = -1.5; d[b'x'] = 'x' * 40",
    "insert_ints(d, 2500)",
    "insert_ints(d, 200)\ndelete_random(d, 150)\nchurn(d, 50)",
    "d[frozenset([1, 2])] = b'x'",
    "d = {**d}",
    "for i in range(9):\n  for j in range(9): d[i, j] = i * j",
    "insert_uuids(d, 20000000)",
    "d.get('no'); d['no']",
    "insert_strings(d, 30); d[1] = 1",
    "pass",
    "# nothing",
    "d[1] = 1  # said\n\n",
    "d[2] = 2\\\n",
    "d[print] = 1",
    "  d[1] = 2",
];

const TABLES: &[&str] = &[
    "cpython-2.7",
    "cpython-3.6",
    "cpython-3.7",
    "cpython-3.9",
    "cpython-3.10",
    "cpython-3.11",
    "cpython-3.12",
    "cpython-3.13",
    "linear",
    "quadratic",
    "double",
    "backward-shift",
    "robin-hood",
    "swiss",
    "incremental",
    "linear:load=0.5,reuse=no",
    "linear:size=1,load=0.99,count=no",
    "robin-hood:shrink=0.2",
    "incremental:move=1",
    "quadratic:count=no,load=0.9",
    "linear:load=2",
    "nosuch",
    "backward-shift:size=12,load=0.9",
    "double:reuse=no,count=no",
    "linear:shrink=0.3",
    "incremental:size=1,load=0.9,move=3",
];

const SETTINGS: &[(&str, &str)] = &[
    ("entries", "300"),
    ("entries", "x"),
    ("strategy", "sliced"),
    ("strategy", "all"),
    ("table", "linear"),
    ("table", "swiss"),
    ("table", "nosuch"),
    ("floor", "0"),
    ("rate", "100"),
    ("burst", "3"),
    ("rest", "5"),
    ("tick", "7"),
    ("tick", "10000"),
    ("threshold", "0.5"),
    ("every", "10"),
    ("quiet", "1"),
    ("slice", "1"),
    ("presize", "no"),
    ("seed", "9"),
    ("table.load", "0.9"),
    ("entries", "1"),
    ("table", "cpython-2.7"),
    ("", ""),
    ("slice", "0"),
];

const LINKS: &[&str] = &[
    "v=1&table=cpython-2.7&program=insert_ints(d%2C50)&at=20",
    "v=1&table=swiss&table=linear&program=mixed(d%2C30)&take=5&program=d[1]=1&at=99",
    "lab",
    "v=1&lab=entries%3D200&tick=100",
    "v=1&lab=entries%3D100+strategy%3Dlocked&play=never&tick=9999999",
    "x=1",
    "",
    "v=2",
    "v=1&table=cpython-3.13&seed=5&none=7&program=insert_strings(d%2C40)%0Adelete_all(d)&at=50",
    "v=1&table=cpython-3.12&program=insert_uuids(d%2C20000000)&at=5",
];

/// What is done.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// A command.
    Do(Command),
    /// Time goes on by so many frames.
    Tick(usize),
    /// Until all is built.
    Settle,
    /// A frame of this width.
    Frame(usize),
    /// At the maps and charts: numbers for whatever that needs.
    Look([usize; 3]),
    /// The link opens the same.
    Reopen,
    /// So many undos and as many redos are nothing.
    ThereAndBack(usize),
    /// A command, undone and done again.
    Reverted(Command),
    /// A command, and Cancel so many frames later, are nothing.
    Cancelled(usize, Command),
    /// One command so many frames after another, which it does not wait for.
    Hurried(usize, Command, Command),
}

/// Acts in a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// The reader wants nothing to move by itself.
    pub still: bool,
    /// What is done.
    pub acts: Vec<Act>,
}

impl Session {
    /// The session that `bytes` stand for: one for what goes for all of it, then [`RECORD`] for each act. Missing bytes
    /// are 0.
    fn from_bytes(bytes: &[u8]) -> Session {
        let (&first, rest) = bytes.split_first().unwrap_or((&0, &[]));
        let mut records = rest.chunks(RECORD);
        let mut acts = Vec::new();
        while acts.len() < MOST_ACTS
            && let Some(record) = records.next()
        {
            acts.push(act(record, &mut records));
        }
        Session { still: first & 1 == 0, acts }
    }

    /// The session in an input: text if it begins with [`TITLE`], else bytes.
    ///
    /// # Errors
    /// The first line that is no act.
    pub fn read(input: &[u8]) -> Result<Session, String> {
        match input.strip_prefix(TITLE.as_bytes()) {
            Some(text) => Session::from_text(&String::from_utf8_lossy(text)),
            None => Ok(Session::from_bytes(input)),
        }
    }

    /// Read what [`Session`]'s `Display` writes; lines that begin with `#` are for whoever reads it.
    ///
    /// # Errors
    /// The first line that is no act.
    fn from_text(text: &str) -> Result<Session, String> {
        let mut session = Session { still: false, acts: Vec::new() };
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            if line == "still" {
                session.still = true;
            } else {
                session.acts.push(read_act(line).ok_or_else(|| format!("no act: {line}"))?);
            }
        }
        Ok(session)
    }
}

impl Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{TITLE}")?;
        if self.still {
            writeln!(f, "still")?;
        }
        self.acts.iter().try_for_each(|act| writeln!(f, "{act}"))
    }
}

// --- from bytes ---------------------------------------------------------------------------------------------------

fn byte(record: &[u8], nth: usize) -> usize {
    record.get(nth).copied().unwrap_or(0).into()
}

/// Small numbers, large ones, and those at the edge of what fits.
fn number(byte: usize) -> i64 {
    match byte {
        250 => i64::MAX,
        251 => i64::MIN,
        252 => i64::from(u32::MAX),
        253 => -1,
        254 => 1 << 40,
        255 => 100_000,
        0..128 => byte as i64,
        _ => (byte as i64 - 128) * 17,
    }
}

/// What the page's keys and buttons can send, and far more.
fn distance(byte: usize) -> i64 {
    number(byte).clamp(-1 << 40, 1 << 40)
}

fn direction(byte: usize) -> Direction {
    if byte & 1 == 0 { Direction::Forward } else { Direction::Backward }
}

fn pick<T: Copy>(list: &[T], byte: usize) -> T {
    list[byte % list.len()]
}

/// `record` is an act; those about commands take these from the records that follow.
fn act<'a>(record: &[u8], rest: &mut impl Iterator<Item = &'a [u8]>) -> Act {
    let [kind, a, b, c] = [0, 1, 2, 3].map(|nth| byte(record, nth));
    let mut change = || change(rest.next().unwrap_or(&[]));
    match kind {
        0..150 => Act::Do(command(record)),
        150..166 => Act::Tick(1 + a % 6),
        166..190 => Act::Settle,
        190..200 => Act::Frame(pick(&[0, 1, 320, 900, 4000], a)),
        200..208 => Act::Look([a, b, c]),
        208..218 => Act::Reopen,
        218..226 => Act::ThereAndBack(1 + a % 4),
        226..238 => Act::Reverted(change()),
        238..246 => Act::Cancelled(a % 4, change()),
        _ => Act::Hurried(a % 4, change(), change()),
    }
}

/// A command that makes another story.
fn change(record: &[u8]) -> Command {
    let [kind, a, b, c, e, g] = [0, 1, 2, 3, 4, 5].map(|nth| byte(record, nth));
    match kind % 16 {
        0 => Command::Open(SCENARIOS[a % SCENARIOS.len()].id.to_owned()),
        1 => Command::OpenLink(pick(LINKS, a).to_owned()),
        2 | 3 => Command::Run([b, c, e, g][..1 + a % 4].iter().map(|&n| pick(TEXTS, n)).collect::<Vec<_>>().join("\n")),
        4..=6 => Command::Tables([b, c, e, g][..1 + a % 4].iter().map(|&n| pick(TABLES, n).to_owned()).collect()),
        7 => Command::Hashes(HashSettings { seed: a as u32 % 3, none: number(b) }),
        8 => Command::Compact(pick(&CopyHow::ALL, a)),
        _ => Command::Line(pick(TEXTS, a).to_owned()),
    }
}

fn command(record: &[u8]) -> Command {
    let [kind, a, b, c] = [0, 1, 2, 3].map(|nth| byte(record, nth));
    let (name, value) = pick(SETTINGS, a);
    match kind % 50 {
        0 => Command::Seek(number(a) as usize),
        1 => Command::Seek(b),
        2 => Command::SeekStep(Pos { op: number(a) as usize, step: b % 40 }),
        3 => Command::StepOps(distance(a)),
        4 | 5 => Command::Step(if a & 1 == 0 { 1 } else { -1 }),
        6 => Command::Jump(Wanted::Probes(a as u32 & 7), direction(b)),
        7 => Command::Jump(Wanted::Marks(Marks::from_bits_truncate(1 << (a % 13))), direction(b)),
        8 => Command::Play(direction(a)),
        9 => Command::Toggle,
        10 => Command::Speed(a),
        11 => Command::Faster(distance(a)),
        12 => Command::Focus(a % 6),
        13 => Command::Select((a < 200).then_some(a as u32)),
        14 => Command::SelectIn(a % 5, number(b) as u32),
        15..=20 => Command::Undo,
        21..=23 => Command::Redo,
        24 | 25 => Command::Cancel,
        26 => Command::GoOn,
        27 => Command::Dismiss,
        28 => Command::Lab(LabCommand::Open),
        29 => Command::Lab(LabCommand::Close),
        30 => Command::Lab(LabCommand::Set(name.to_owned(), value.to_owned())),
        31 => Command::Lab(LabCommand::Play(pick(&Strategy::ALL, a))),
        32 => Command::Lab(if a & 1 == 0 { LabCommand::Survey } else { LabCommand::Stop }),
        33 => Command::Lab(LabCommand::Read(format!("entries=200 {name}={value}"))),
        34 => Command::Tables(Vec::new()),
        35 => Command::Open("nosuch".to_owned()),
        _ => change(&[a as u8, b as u8, c as u8, byte(record, 4) as u8, byte(record, 5) as u8]),
    }
}

// --- as text ------------------------------------------------------------------------------------------------------

/// Between two commands of one act.
const THEN: &str = " THEN ";

impl Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Act::Do(command) => f.write_str(&write_command(command)),
            Act::Tick(times) => write!(f, "tick {times}"),
            Act::Settle => f.write_str("settle"),
            Act::Frame(width) => write!(f, "frame {width}"),
            Act::Look([a, b, c]) => write!(f, "look {a} {b} {c}"),
            Act::Reopen => f.write_str("reopen"),
            Act::ThereAndBack(depth) => write!(f, "there-and-back {depth}"),
            Act::Reverted(command) => write!(f, "reverted {}", write_command(command)),
            Act::Cancelled(ticks, command) => write!(f, "cancelled {ticks} {}", write_command(command)),
            Act::Hurried(ticks, first, then) => {
                write!(f, "hurried {ticks} {}{THEN}{}", write_command(first), write_command(then))
            }
        }
    }
}

fn read_act(line: &str) -> Option<Act> {
    let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
    Some(match name {
        "tick" => Act::Tick(rest.parse().ok()?),
        "settle" => Act::Settle,
        "frame" => Act::Frame(rest.parse().ok()?),
        "look" => Act::Look(numbers(rest)?),
        "reopen" => Act::Reopen,
        "there-and-back" => Act::ThereAndBack(rest.parse().ok()?),
        "reverted" => Act::Reverted(read_command(rest)?),
        "cancelled" => {
            let (ticks, command) = rest.split_once(' ')?;
            Act::Cancelled(ticks.parse().ok()?, read_command(command)?)
        }
        "hurried" => {
            let (ticks, both) = rest.split_once(' ')?;
            let (first, then) = both.split_once(THEN)?;
            Act::Hurried(ticks.parse().ok()?, read_command(first)?, read_command(then)?)
        }
        _ => Act::Do(read_command(line)?),
    })
}

fn numbers<T: std::str::FromStr, const N: usize>(text: &str) -> Option<[T; N]> {
    let all: Option<Vec<T>> = text.split(' ').map(|word| word.parse().ok()).collect();
    all?.try_into().ok()
}

/// On one line.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n")
}

fn unescape(text: &str) -> String {
    let mut chars = text.chars();
    let mut out = String::new();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.next() == Some('n') => out.push('\n'),
            other => out.push(other),
        }
    }
    out
}

fn write_command(command: &Command) -> String {
    let way = |direction: &Direction| if *direction == Direction::Forward { "forward" } else { "backward" };
    match command {
        Command::Open(id) => format!("open {id}"),
        Command::OpenLink(link) => format!("open-link {}", escape(link)),
        Command::Run(text) => format!("run {}", escape(text)),
        Command::Tables(tables) => format!("tables {}", tables.join(" ")),
        Command::Hashes(HashSettings { seed, none }) => format!("hashes {seed} {none}"),
        Command::Line(text) => format!("line {}", escape(text)),
        Command::Compact(how) => format!("compact {}", how.expression()),
        Command::Seek(op) => format!("seek {op}"),
        Command::SeekStep(Pos { op, step }) => format!("seek-step {op} {step}"),
        Command::StepOps(by) => format!("step-ops {by}"),
        Command::Step(by) => format!("step {by}"),
        Command::Jump(Wanted::Probes(least), to) => format!("jump-probes {least} {}", way(to)),
        Command::Jump(Wanted::Marks(marks), to) => format!("jump-marks {} {}", marks.bits(), way(to)),
        Command::Play(to) => format!("play {}", way(to)),
        Command::Toggle => "toggle".to_owned(),
        Command::Speed(speed) => format!("speed {speed}"),
        Command::Faster(by) => format!("faster {by}"),
        Command::Focus(lane) => format!("focus {lane}"),
        Command::Select(None) => "select-none".to_owned(),
        Command::Select(Some(slot)) => format!("select {slot}"),
        Command::SelectIn(lane, slot) => format!("select-in {lane} {slot}"),
        Command::Undo => "undo".to_owned(),
        Command::Redo => "redo".to_owned(),
        Command::Cancel => "cancel".to_owned(),
        Command::GoOn => "go-on".to_owned(),
        Command::Dismiss => "dismiss".to_owned(),
        Command::Lab(LabCommand::Open) => "lab-open".to_owned(),
        Command::Lab(LabCommand::Close) => "lab-close".to_owned(),
        Command::Lab(LabCommand::Set(name, value)) => format!("lab-set {name}={}", escape(value)),
        Command::Lab(LabCommand::Read(text)) => format!("lab-read {}", escape(text)),
        Command::Lab(LabCommand::Play(strategy)) => format!("lab-play {}", strategy.name()),
        Command::Lab(LabCommand::Survey) => "lab-survey".to_owned(),
        Command::Lab(LabCommand::Stop) => "lab-stop".to_owned(),
    }
}

fn read_command(line: &str) -> Option<Command> {
    let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
    let way = |word: &str| match word {
        "forward" => Some(Direction::Forward),
        "backward" => Some(Direction::Backward),
        _ => None,
    };
    let jump = |wanted: fn(u32) -> Wanted| {
        let (number, to) = rest.split_once(' ')?;
        Some(Command::Jump(wanted(number.parse().ok()?), way(to)?))
    };
    Some(match name {
        "open" => Command::Open(rest.to_owned()),
        "open-link" => Command::OpenLink(unescape(rest)),
        "run" => Command::Run(unescape(rest)),
        "tables" => Command::Tables(rest.split_whitespace().map(str::to_owned).collect()),
        "hashes" => {
            let (seed, none) = rest.split_once(' ')?;
            Command::Hashes(HashSettings { seed: seed.parse().ok()?, none: none.parse().ok()? })
        }
        "line" => Command::Line(unescape(rest)),
        "compact" => Command::Compact(CopyHow::ALL.into_iter().find(|how| how.expression() == rest)?),
        "seek" => Command::Seek(rest.parse().ok()?),
        "seek-step" => {
            let [op, step] = numbers(rest)?;
            Command::SeekStep(Pos { op, step })
        }
        "step-ops" => Command::StepOps(rest.parse().ok()?),
        "step" => Command::Step(rest.parse().ok()?),
        "jump-probes" => jump(Wanted::Probes)?,
        "jump-marks" => jump(|bits| Wanted::Marks(Marks::from_bits_truncate(bits as u16)))?,
        "play" => Command::Play(way(rest)?),
        "toggle" => Command::Toggle,
        "speed" => Command::Speed(rest.parse().ok()?),
        "faster" => Command::Faster(rest.parse().ok()?),
        "focus" => Command::Focus(rest.parse().ok()?),
        "select-none" => Command::Select(None),
        "select" => Command::Select(Some(rest.parse().ok()?)),
        "select-in" => {
            let (lane, slot) = rest.split_once(' ')?;
            Command::SelectIn(lane.parse().ok()?, slot.parse().ok()?)
        }
        "undo" => Command::Undo,
        "redo" => Command::Redo,
        "cancel" => Command::Cancel,
        "go-on" => Command::GoOn,
        "dismiss" => Command::Dismiss,
        "lab-open" => Command::Lab(LabCommand::Open),
        "lab-close" => Command::Lab(LabCommand::Close),
        "lab-set" => {
            let (name, value) = rest.split_once('=')?;
            Command::Lab(LabCommand::Set(name.to_owned(), unescape(value)))
        }
        "lab-read" => Command::Lab(LabCommand::Read(unescape(rest))),
        "lab-play" => Command::Lab(LabCommand::Play(Strategy::from_name(rest)?)),
        "lab-survey" => Command::Lab(LabCommand::Survey),
        "lab-stop" => Command::Lab(LabCommand::Stop),
        _ => return None,
    })
}
