//! The core without a page: a program in, one JSON object of exact state per operation out.
//!
//! `cargo run --release --example replay -- --help` tells the options and the keys of the objects.

#[path = "replay/lab.rs"]
mod lab;
#[path = "replay/link.rs"]
mod link;
#[path = "replay/trace.rs"]
mod trace;

use std::ffi::{OsStr, OsString};
use std::fmt::{Display, Write as _};
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::process::ExitCode;

use dictoscope::program::{
    Expansion, MAX_MEMORY, MAX_TEXT, Printed, Program, ProgramError, check_memory, grouped, render,
};
use dictoscope::python::{HashSettings, Heap, Version};
use dictoscope::table::{AnyTable, Layout, Noop, Op, OpList, Outcome, SlotState, Table};
use lexopt::Arg::{Long, Short, Value};

const HELP: &str = "\
usage: replay --table NAME [--every N | --final | --expand | --totals | --output] [--hash-seed N] [--none-hash N] FILE
       replay --list-tables
       replay --lab FILE [--json]
       replay --trace FILE [--dict N] [--table NAME] [--every N | --final | --expand]
       replay --link LINK
       replay --version

Run the program in FILE (`-`: standard input) on a table and print one JSON object per operation.

  --table NAME     the table: cpython-2.7 … cpython-3.15 (2.7 … 3.15 for short; a release, 3.12.4, is the table that stands
                   for it), or another of --list-tables; some take settings: linear:load=0.5,reuse=no
  --every N        only every Nth operation (the Nth, the 2Nth, …) and the last one
  --final          only the last operation
  --expand         no states: the operations as plain lines of Python, ready to run in an interpreter (what raises
                   KeyError in a try, what is not Python in a comment; every float('nan') is a new object there)
  --totals         no states: one object with what all operations cost together
  --output         no states: what the program prints, as Python would print it
  --hash-seed N    PYTHONHASHSEED, 0 to 4294967295 (0 when left out: hashes are not randomised)
  --none-hash N    hash(None), which is an address before 3.12 (4238894112 when left out)
  --list-tables    the names of all tables
  --lab            FILE holds settings of the lab, as strategy=sliced slice=32 table=cpython-3.15 entries=100000 rate=16
                   (what is left out has its usual value; an empty file is fine): a stream of requests runs against each
                   way of giving memory back, and a table of them is printed: latencies and work in cells touched
  --trace          FILE is a trace that the Python package recorded (docs/trace.md): without --dict its dicts are listed,
                   each with its operations, len and sizeof, and whether these are what the interpreter had
  --dict N         for --trace: replay dict N of the list, on the table of the version that recorded it or on another
  --json           for --lab: one JSON object per strategy instead
  --link LINK      no FILE: open a link of the page (all of it, or what follows its #) and print the state of each table
                   where the link stands

The keys of an object:
  op        the number of the operation, from 0
  text      the operation as a line of Python
  result    ok, KeyError, unsupported (this table has no such operation), endless (the search would never end), full
            (no slot is free for the key, and the table may not grow) or too large (the table would need more than
            33,554,432 slots)
  len       len(d)
  sizeof    bytes: sys.getsizeof(d) for CPython
  slots     the number of slots that are probed
and for CPython 3.6 and later
  usable, nentries   as the interpreter has them
  kind               general or unicode (3.11 and later)
  indices            -1 empty, -2 dummy, else the number of an entry
  entries            null for a hole, else [hash, repr of the key]
and for all others
  fill               slots that are not empty
  table              null for an empty slot, \"dummy\" for a tombstone, else [hash, repr of the key]
  next               the same for the array that a table is moving to, while it does
and, where the program printed something since the object before
  printed            the lines; also what an expression alone gives, which Python shows at its prompt
and of --link, before len
  table, done, ops   the table with its settings; the operations done where the link stands; the operations in all
and of --totals
  table, ops         the table with its settings; the number of operations
  len, sizeof, peak  len(d) and bytes at the end; the most bytes after any operation
  hits, misses       operations on one key that found it, and that did not
  hit_probes, miss_probes   slots (SwissTable: slots and groups) that their searches looked into, in all
  longest            the most of them in one operation
  written, moved     cells written; entries moved within the table or to a new one
  deletion           what the table does when keys are deleted

A program that does not parse is not run at all; a line that fails when it is run ends the run.

What each table of CPython stands for; all were read off 64-bit builds with the GIL:";

/// The releases that each table stands for, and who prints other sizes.
fn releases() -> String {
    let mut text = String::new();
    for version in Version::ALL {
        let policy = AnyTable::of_version(version);
        text += &format!("  {:<16}{}, read off {}\n", policy.name, version.releases(), version.read_off());
        for line in version.other_sizes().iter().flat_map(|note| note.split_inclusive(". ")) {
            text += &format!("{:18}{}\n", "", line.trim_end());
        }
    }
    text
}

enum Show {
    Every(u64),
    Final,
    Lines,
    Totals,
    Output,
}

struct Options {
    table: AnyTable,
    show: Show,
    hashes: HashSettings,
    file: OsString,
    /// What must be known of the sizes that will be printed.
    remark: Option<String>,
}

/// Why the run ended early.
enum Stop {
    Usage(String),
    Input(String),
    Program(ProgramError),
    Output(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Output(error)
    }
}

impl From<ProgramError> for Stop {
    fn from(error: ProgramError) -> Stop {
        Stop::Program(error)
    }
}

fn main() -> ExitCode {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let run = run(std::env::args_os().skip(1), &mut out);
    // States before the line that failed are printed before the message.
    let flushed = out.flush().map_err(Stop::Output);
    let run = run.and(flushed);
    let (message, code) = match run {
        Ok(()) => return ExitCode::SUCCESS,
        // Whoever read the output has seen enough.
        Err(Stop::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
        Err(Stop::Output(error)) => (error.to_string(), 1),
        Err(Stop::Program(error)) => (error.to_string(), 1),
        Err(Stop::Input(message)) => (message, 1),
        Err(Stop::Usage(message)) => (format!("{message}\ntry replay --help"), 2),
    };
    eprintln!("{message}");
    ExitCode::from(code)
}

fn run(args: impl Iterator<Item = OsString>, out: &mut impl Write) -> Result<(), Stop> {
    match options(args)? {
        Request::Help => write!(out, "{HELP}\n{}", releases())?,
        Request::Version => writeln!(out, "replay {}", env!("CARGO_PKG_VERSION"))?,
        Request::Tables => {
            for policy in AnyTable::policies() {
                writeln!(out, "{}", policy.name)?;
            }
        }
        Request::Lab { file, json } => lab::run(&read(&file)?, json, out)?,
        Request::Trace { file, table, dict, show } => trace::run(&file, table.map(|table| *table), dict, &show, out)?,
        Request::Link(link) => link::run(&link, out)?,
        Request::Run(options) => {
            if let Some(remark) = &options.remark {
                eprintln!("note: {remark}");
            }
            let text = read(&options.file)?;
            let program = Program::parse(&text, options.table.policy().python)?;
            match options.show {
                Show::Totals => write_totals(&program, *options, out)?,
                _ => replay(&program, *options, out)?,
            }
        }
    }
    Ok(())
}

enum Request {
    Help,
    Version,
    Tables,
    Run(Box<Options>),
    Lab { file: OsString, json: bool },
    Trace { file: OsString, table: Option<Box<AnyTable>>, dict: Option<usize>, show: Show },
    Link(String),
}

/// At most a line of what was typed.
fn shortened(text: &str) -> String {
    dictoscope::view::text::shorten(text, 80)
}

fn options(args: impl Iterator<Item = OsString>) -> Result<Request, Stop> {
    let (mut table, mut file, mut show) = (None, None, None);
    let mut hashes = HashSettings::default();
    let (mut lab, mut json, mut trace, mut dict, mut link) = (false, false, false, None, None);
    let mut args = lexopt::Parser::from_args(args);
    while let Some(arg) = args.next().map_err(|error| Stop::Usage(shortened(&error.to_string())))? {
        let name = match arg {
            Long(name) => shortened(&format!("--{name}")),
            Short(name) => format!("-{name}"),
            Value(_) if file.is_some() => return Err(Stop::Usage("one file at a time".to_owned())),
            Value(name) => {
                file = Some(name);
                continue;
            }
        };
        let (mut shown, mut given_twice) = (None, false);
        let mut text = |what: &str| {
            let value = args.value().map_err(|_| Stop::Usage(format!("{name} needs {what}")))?;
            value
                .into_string()
                .map_err(|value| Stop::Usage(format!("{name} needs {what}, not {}", shortened(&format!("{value:?}")))))
        };
        let mut number = |what: &str| {
            let value = text(what)?;
            let wrong = || Stop::Usage(format!("{name} needs {what}, not {}", shortened(&format!("{value:?}"))));
            value.parse::<i128>().map_err(|_| wrong())
        };
        match name.as_str() {
            "--help" | "-h" => return Ok(Request::Help),
            "--version" | "-V" => return Ok(Request::Version),
            "--list-tables" => return Ok(Request::Tables),
            "--lab" => lab = true,
            "--trace" => trace = true,
            "--json" => json = true,
            "--dict" => {
                let what = "the number of a dict in the trace";
                let number = usize::try_from(number(what)?).map_err(|_| Stop::Usage(format!("--dict needs {what}")))?;
                given_twice = dict.replace(number).is_some();
            }
            "--link" => given_twice = link.replace(text("a link of the page, in quotes")?).is_some(),
            "--table" => given_twice = table.replace(text("a name")?).is_some(),
            "--every" => {
                let n = number("a number from 1")?;
                let n = u64::try_from(n).ok().filter(|&n| n > 0);
                shown = Some(Show::Every(n.ok_or_else(|| Stop::Usage("--every needs a number from 1".to_owned()))?));
            }
            "--final" => shown = Some(Show::Final),
            "--expand" => shown = Some(Show::Lines),
            "--totals" => shown = Some(Show::Totals),
            "--output" => shown = Some(Show::Output),
            "--hash-seed" => {
                let what = "a number from 0 to 4294967295";
                hashes.seed =
                    u32::try_from(number(what)?).map_err(|_| Stop::Usage(format!("--hash-seed needs {what}")))?;
            }
            "--none-hash" => {
                let what = "a number of 64 bits";
                hashes.none =
                    i64::try_from(number(what)?).map_err(|_| Stop::Usage(format!("--none-hash needs {what}")))?;
            }
            _ => return Err(Stop::Usage(format!("there is no option {name}"))),
        }
        if given_twice {
            return Err(Stop::Usage(format!("{name} was given twice: once is enough")));
        }
        if shown.is_some() && show.is_some() {
            return Err(Stop::Usage("--every, --final, --expand, --totals and --output exclude each other".to_owned()));
        }
        show = show.or(shown);
    }
    if let Some(link) = link {
        if lab
            || json
            || trace
            || dict.is_some()
            || table.is_some()
            || file.is_some()
            || show.is_some()
            || hashes != HashSettings::default()
        {
            return Err(Stop::Usage("--link goes alone: the link says all the rest".to_owned()));
        }
        return Ok(Request::Link(link));
    }
    if lab {
        let file = file.ok_or_else(|| Stop::Usage("which settings? a file, or - for standard input".to_owned()))?;
        if table.is_some() || show.is_some() || hashes != HashSettings::default() {
            return Err(Stop::Usage("--lab goes with --json alone: its FILE says all the rest".to_owned()));
        }
        return Ok(Request::Lab { file, json });
    }
    if json {
        return Err(Stop::Usage("--json goes with --lab".to_owned()));
    }
    if trace {
        if matches!(show, Some(Show::Totals | Show::Output)) || hashes != HashSettings::default() {
            return Err(Stop::Usage("--trace goes with --dict, --table, --every, --final and --expand".to_owned()));
        }
        if dict.is_none() && show.is_some() {
            return Err(Stop::Usage("which dict? --dict N; without options --trace lists them".to_owned()));
        }
        let table = table.map(|name| AnyTable::parse(&name)).transpose().map_err(Stop::Usage)?;
        let file = file.ok_or_else(|| Stop::Usage("which trace? a file".to_owned()))?;
        let table = table.map(Box::new);
        return Ok(Request::Trace { file, table, dict, show: show.unwrap_or(Show::Every(1)) });
    }
    if dict.is_some() {
        return Err(Stop::Usage("--dict goes with --trace".to_owned()));
    }
    let name = table
        .ok_or_else(|| Stop::Usage(format!("which table? --table {}", AnyTable::of_version(Version::LATEST).name)))?;
    let table = AnyTable::parse(&name).map_err(Stop::Usage)?;
    let remarks: Vec<_> = AnyTable::remark_on(&name).into_iter().chain(table.remark()).collect();
    let remark = (!remarks.is_empty()).then(|| remarks.join("\nnote: "));
    let file = file.ok_or_else(|| Stop::Usage("which program? a file, or - for standard input".to_owned()))?;
    Ok(Request::Run(Box::new(Options { table, show: show.unwrap_or(Show::Every(1)), hashes, file, remark })))
}

/// The text in `file`. No more is read than a program may have, however long the file is.
fn read(file: &OsStr) -> Result<String, Stop> {
    let fault = |error: &dyn Display| Stop::Input(format!("{}: {error}", file.display()));
    let open: Box<dyn Read> = match file {
        dash if dash == "-" => Box::new(io::stdin()),
        file => Box::new(File::open(file).map_err(|error| fault(&error))?),
    };
    let mut bytes = Vec::new();
    let most = MAX_TEXT as u64;
    // One more than may be there, and the mark of the byte order.
    open.take(most + 4).read_to_end(&mut bytes).map_err(|error| fault(&error))?;
    if bytes.len() as u64 == most + 4 {
        let message = format!(
            "more than {} bytes of text: a program may have no more; write what repeats as a loop, or with a function \
             like insert_ints(d, 100000)",
            grouped(most)
        );
        return Err(fault(&message));
    }
    String::from_utf8(bytes).map_err(|_| fault(&"stream did not contain valid UTF-8"))
}

fn write_totals(program: &Program, options: Options, out: &mut impl Write) -> Result<(), Stop> {
    let mut table = options.table;
    let mut heap = Heap::new(table.policy().python, options.hashes);
    let (totals, ops) = program.cost(&mut table, &mut heap)?;
    let (hits, misses) = (totals.hits, totals.misses);
    write!(out, "{{\"table\":\"{}\",\"ops\":{ops},\"len\":{}", table.spec(), table.state().regs.used)?;
    write!(out, ",\"sizeof\":{},\"peak\":{}", table.bytes().total(), totals.peak)?;
    write!(out, ",\"hits\":{},\"hit_probes\":{}", hits.count, hits.sum)?;
    write!(out, ",\"misses\":{},\"miss_probes\":{}", misses.count, misses.sum)?;
    write!(out, ",\"longest\":{},\"written\":{},\"moved\":{}", totals.longest(), totals.writes, totals.moves)?;
    writeln!(out, ",\"deletion\":\"{}\"}}", table.deletion().name())?;
    Ok(())
}

fn replay(program: &Program, options: Options, out: &mut impl Write) -> Result<(), Stop> {
    let mut table = options.table;
    let mut heap = Heap::new(table.policy().python, options.hashes);
    let mut expansion = program.expand();
    if let Show::Lines = options.show {
        out.write_all(b"from uuid import UUID\nd = {}\n")?;
    }
    // The operation being made, and the last one run, which is printed when no other follows.
    let (mut next, mut ops) = (OpList::default(), OpList::default());
    let mut unseen = None;
    let mut line = String::new();
    // How many of the lines that the program prints were told.
    let mut told = 0;
    for number in 0.. {
        next.truncate(0);
        let made = expansion.next(&mut heap, &mut next).and_then(|line| {
            line.map(|line| check_memory(line, &expansion, &heap, &table, MAX_MEMORY).map(|()| line)).transpose()
        });
        if !matches!(made, Ok(Some(_))) {
            if let Show::Output = options.show {
                write_output(&expansion, &mut told, out)?;
            } else if let Some(done) = unseen {
                write_state(out, &mut line, done, ops.get(0), &table, &heap, expansion.printed().get(told..))?;
            }
            made?;
            return Ok(());
        }
        if let Some(done) = unseen.take_if(|_| due(&options.show, number)) {
            // What is printed after an operation comes before the next one is made.
            let printed = expansion.printed();
            write_state(out, &mut line, done, ops.get(0), &table, &heap, printed.get(told..))?;
            told = printed.len();
        }
        std::mem::swap(&mut next, &mut ops);
        let outcome = table.run(ops.get(0), &heap, &mut Noop);
        expansion.set_bytes(table.bytes().total());
        match options.show {
            Show::Output => write_output(&expansion, &mut told, out)?,
            Show::Lines => {
                write_line(out, ops.get(0), outcome, &heap)?;
            }
            Show::Every(_) | Show::Final | Show::Totals => unseen = Some((number, outcome)),
        }
    }
    Ok(())
}

/// The operation as a line of Python that runs to its end.
fn write_line(out: &mut impl Write, op: Op<'_>, outcome: Outcome, heap: &Heap) -> io::Result<()> {
    let text = render(op, heap);
    match outcome {
        Outcome::KeyError => writeln!(out, "try: {text}\nexcept KeyError: pass"),
        Outcome::Unsupported | Outcome::TooLarge(_) => writeln!(out, "# {text}"),
        _ => writeln!(out, "{text}"),
    }
}

/// Whether the state before operation `next` is printed.
fn due(show: &Show, next: u64) -> bool {
    matches!(*show, Show::Every(n) if next.is_multiple_of(n))
}

/// What a program has printed since the last time, without what Python prints at its prompt only.
fn write_output(expansion: &Expansion, told: &mut usize, out: &mut impl Write) -> io::Result<()> {
    let printed = &expansion.printed()[*told..];
    *told += printed.len();
    printed.iter().filter(|printed| !printed.echo).try_for_each(|printed| writeln!(out, "{}", printed.text))
}

/// One object on a line of its own; `line` is room to build it in.
fn write_state(
    out: &mut impl Write,
    line: &mut String,
    (number, outcome): (u64, Outcome),
    op: Op<'_>,
    table: &AnyTable,
    heap: &Heap,
    printed: Option<&[Printed]>,
) -> io::Result<()> {
    line.clear();
    put(line, format_args!("{{\"op\":{number},\"text\":"));
    put_string(line, &render(op, heap));
    put(line, format_args!(",\"result\":\"{}\"", outcome.name()));
    put_state(line, table, heap);
    if let Some(printed @ [_, ..]) = printed {
        line.push_str(",\"printed\":");
        put_list(line, printed.iter(), |line, printed| put_string(line, &printed.text));
    }
    line.push_str("}\n");
    out.write_all(line.as_bytes())
}

/// The keys that tell what the table is.
fn put_state(line: &mut String, table: &AnyTable, heap: &Heap) {
    let state = table.state();
    put(line, format_args!(",\"len\":{},\"sizeof\":{}", state.regs.used, table.bytes().total()));
    put(line, format_args!(",\"slots\":{}", state.main.size()));
    match table.layout() {
        Layout::Two => {
            let (usable, nentries) = (state.regs.usable, state.regs.fill);
            put(line, format_args!(",\"usable\":{usable},\"nentries\":{nentries}"));
            if heap.version() >= Version::V3_11 {
                put(line, format_args!(",\"kind\":\"{}\"", if state.regs.extra == 1 { "unicode" } else { "general" }));
            }
            line.push_str(",\"indices\":");
            let indices = state.main.indices.iter();
            put_list(line, indices, |line, index| put(line, format_args!("{}", index.to_cpython())));
            line.push_str(",\"entries\":");
            let entries = state.main.slots.iter().take(nentries as usize);
            put_list(line, entries, |line, slot| put_slot(line, slot.state(), "null", heap));
        }
        Layout::One => {
            put(line, format_args!(",\"fill\":{}", state.regs.fill));
            for (key, arrays) in [("table", Some(&state.main)), ("next", state.next.as_ref())] {
                if let Some(arrays) = arrays {
                    put(line, format_args!(",\"{key}\":"));
                    put_list(line, arrays.slots.iter(), |line, slot| put_slot(line, slot.state(), "\"dummy\"", heap));
                }
            }
        }
    }
}

fn put(line: &mut String, text: std::fmt::Arguments<'_>) {
    line.write_fmt(text).expect("a String takes everything");
}

fn put_string(line: &mut String, text: &str) {
    line.push_str(&serde_json::to_string(text).expect("a string is JSON"));
}

fn put_list<T>(line: &mut String, items: impl Iterator<Item = T>, put_item: impl Fn(&mut String, T)) {
    line.push('[');
    for (i, item) in items.enumerate() {
        if i > 0 {
            line.push(',');
        }
        put_item(line, item);
    }
    line.push(']');
}

fn put_slot(line: &mut String, slot: SlotState, tombstone: &str, heap: &Heap) {
    match slot {
        SlotState::Empty => line.push_str("null"),
        SlotState::Tombstone(_) => line.push_str(tombstone),
        SlotState::Live(key, _) => {
            put(line, format_args!("[{},", heap.hash(key)));
            put_string(line, &heap.repr(key));
            line.push(']');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = include_str!("../README.md");

    fn output(arguments: &str) -> Result<String, String> {
        let mut out = Vec::new();
        match run(arguments.split_whitespace().map(OsString::from), &mut out) {
            Ok(()) => Ok(String::from_utf8(out).expect("JSON is text")),
            Err(Stop::Usage(message) | Stop::Input(message)) => Err(message),
            Err(Stop::Program(error)) => Err(error.to_string()),
            Err(Stop::Output(error)) => Err(error.to_string()),
        }
    }

    #[test]
    fn it_prints_what_the_readme_says() {
        let commands = README.split("```console\n$ cargo run --release --example replay -- ").skip(1);
        let mut shown = 0;
        for (arguments, rest) in commands.filter_map(|block| block.split_once('\n')) {
            let printed = rest.split("```").next().expect("the block ends");
            assert_eq!(output(arguments).as_deref(), Ok(printed), "replay {arguments}");
            shown += 1;
        }
        assert!(shown >= 2, "README shows how to use it");
    }

    #[test]
    fn a_link_is_opened_where_it_stands() {
        let link = "https://example.org/#v=1&table=2.7&table=linear&program=d%5B1%5D+%3D+2%0Adel+d%5B1%5D&take=1&program=d%5B2%5D+%3D+3&at=1";
        let states = output(&format!("--link {link}")).expect("it opens");
        let mut states = states.lines();
        let first = states.next().expect("a state of each table");
        assert!(
            first.starts_with("{\"table\":\"cpython-2.7\",\"done\":1,\"ops\":2,\"len\":1,\"sizeof\":280"),
            "{first}"
        );
        assert!(first.contains("\"table\":[null,[1,\"1\"],null"), "{first}");
        assert!(states.next().is_some_and(|line| line.contains("\"table\":\"linear\"")));
        assert_eq!(states.next(), None);
    }

    #[test]
    fn it_tells_its_version() {
        assert_eq!(output("--version"), Ok(format!("replay {}\n", env!("CARGO_PKG_VERSION"))));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_may_have_any_name() {
        use std::os::unix::ffi::OsStringExt as _;
        let run = |args: [&[u8]; 3]| run(args.into_iter().map(|arg| OsString::from_vec(arg.to_vec())), &mut Vec::new());
        assert!(
            matches!(run([b"--table", b"3.13", b"\xff.txt"]), Err(Stop::Input(message)) if message.contains("No such file"))
        );
        assert!(
            matches!(run([b"--table", b"\xff", b"a"]), Err(Stop::Usage(message)) if message.contains("--table needs a name"))
        );
    }

    #[test]
    fn bad_arguments_are_explained() {
        for (arguments, says) in [
            ("examples/grave.txt", "which table?"),
            ("--table 3.13", "which program?"),
            ("--table 3.16 examples/grave.txt", "the nearest is cpython-3.15"),
            ("--table cpython-3.16 examples/grave.txt", "the nearest is cpython-3.15"),
            ("--table 3.5 examples/grave.txt", "the nearest is cpython-3.6"),
            ("--table 3.13 --every 0 examples/grave.txt", "--every needs a number from 1"),
            ("--table 3.13 --final --expand examples/grave.txt", "exclude each other"),
            ("--table 3.13 --hash-seed -1 examples/grave.txt", "a number from 0 to 4294967295"),
            ("--table 3.13 no-such-file", "no-such-file: "),
            ("--tables", "there is no option --tables"),
            ("-x examples/grave.txt", "there is no option -x"),
            ("--table 2.7 --table 3.13 examples/grave.txt", "--table was given twice"),
            ("--table 3.13 /dev/zero", "/dev/zero: more than 2,000,000 bytes of text"),
            ("--table 3.13 a b", "one file at a time"),
            ("--table 3.13 --final=1 a", "unexpected argument for option"),
            ("--trace", "which trace?"),
            ("--trace --final no-such-file", "which dict?"),
            ("--trace no-such-file", "no-such-file: "),
            ("--trace README.md", "this is no trace"),
            ("--table 3.13 --dict 0 examples/grave.txt", "--dict goes with --trace"),
            ("--link", "--link needs a link of the page"),
            ("--link v=1 --final", "--link goes alone"),
            ("--link v=1&table=nosuch&program=d", "there is no table called"),
            ("--link lab", "replay --lab"),
        ] {
            let error = output(arguments).expect_err(arguments);
            assert!(error.contains(says), "{arguments}: {error}");
        }
    }
}
