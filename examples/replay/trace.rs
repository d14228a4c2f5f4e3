//! `replay --trace`: what was recorded of real programs, `docs/trace.md`.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read, Write};

use dictoscope::program::{RecordedTrace, TraceHeader};
use dictoscope::python::{Heap, Version};
use dictoscope::table::{AnyTable, Noop, Outcome, Table as _};
use flate2::bufread::MultiGzDecoder;

use super::{Show, Stop, write_line, write_state};

/// The longest line that is read, in bytes.
const LONGEST_LINE: u64 = 1 << 24;

/// A trace read from a file: all of it, or what there is before a cut.
fn read(file: &OsStr, version: Option<Version>) -> Result<(RecordedTrace, Heap, Version), String> {
    let mut packed = BufReader::new(File::open(file).map_err(|error| error.to_string())?);
    let zipped = packed.fill_buf().map_err(|error| error.to_string())?.starts_with(&[0x1f, 0x8b]);
    let plain: Box<dyn Read> = if zipped { Box::new(MultiGzDecoder::new(packed)) } else { Box::new(packed) };
    let mut plain = BufReader::new(plain);
    let mut line = Vec::new();
    let mut next = || {
        line.clear();
        // An error of the decoder is where the file was cut or damaged.
        let whole = plain.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).is_ok() && line.ends_with(b"\n");
        whole.then(|| String::from_utf8_lossy(&line).trim_end().to_owned())
    };
    let header = TraceHeader::parse(&next().unwrap_or_default())?;
    let recorded = header.version;
    let mut trace = RecordedTrace::new(header);
    let mut heap = trace.heap(version.unwrap_or(recorded));
    let mut number = 1;
    while let Some(text) = next() {
        number += 1;
        trace.line(&text, &mut heap).map_err(|message| format!("line {number}: {message}"))?;
    }
    Ok((trace, heap, recorded))
}

/// Replay one dict of the trace in `file`, or list its dicts. The table is that of the version that recorded it unless
/// another is given.
pub fn run(
    file: &OsStr,
    table: Option<AnyTable>,
    dict: Option<usize>,
    show: &Show,
    out: &mut impl Write,
) -> Result<(), Stop> {
    let input = |message: String| Stop::Input(format!("{}: {message}", file.display()));
    let version = table.as_ref().map(|table| table.policy().python);
    let (trace, heap, recorded) = read(file, version).map_err(input)?;
    let fresh = || table.clone().unwrap_or_else(|| (AnyTable::of_version(recorded).new)());
    let Some(number) = dict else {
        for (number, dict) in trace.dicts().iter().enumerate() {
            let (ops, _) = trace.ops(number).map_err(input)?;
            let mut table = fresh();
            (0..ops.len()).for_each(|i| {
                table.run(ops.get(i), &heap, &mut Noop);
            });
            let ours = (u64::from(table.state().regs.used), table.bytes().total());
            write!(out, "{{\"dict\":{number},\"type\":{}", serde_json::Value::from(&*dict.kind))?;
            let line = dict.line.map_or("null".to_owned(), |line| line.to_string());
            write!(out, ",\"line\":{line},\"ops\":{},\"len\":{},\"sizeof\":{}", ops.len(), ours.0, ours.1)?;
            let same = dict.last_seen.map(|seen| seen == ours).filter(|_| version.is_none_or(|one| one == recorded));
            writeln!(out, ",\"as_recorded\":{}}}", same.map_or("null".to_owned(), |same| same.to_string()))?;
        }
        return Ok(());
    };
    let (ops, _) = trace.ops(number).map_err(input)?;
    let (mut table, mut line) = (fresh(), String::new());
    for i in 0..ops.len() {
        let op = ops.get(i);
        let outcome: Outcome = table.run(op, &heap, &mut Noop);
        let due = match *show {
            Show::Lines => {
                write_line(out, op, outcome, &heap)?;
                false
            }
            Show::Every(n) => (i as u64 + 1).is_multiple_of(n) || i + 1 == ops.len(),
            Show::Final | Show::Totals | Show::Output => i + 1 == ops.len(),
        };
        if due {
            write_state(out, &mut line, (i as u64, outcome), op, &table, &heap, None)?;
        }
    }
    Ok(())
}
