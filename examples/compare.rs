//! One program on every table, and what it cost each: the comparison in README.md, as Markdown.
//!
//! `cargo run --profile native --example compare [TABLE…]`, where a table may have settings: `linear:load=0.5`.

use std::process::ExitCode;

use dictoscope::program::{Program, Scenario};
use dictoscope::python::{HashSettings, Heap};
use dictoscope::stats::Summary;
use dictoscope::table::{AnyTable, Table};
use dictoscope::view::text::group;

/// The tables of README.md when none are named: every kind once, the CPythons whose tables differ.
const TABLES: [&str; 11] = [
    "cpython-2.7",
    "cpython-3.6",
    "cpython-3.15",
    "linear",
    "quadratic",
    "double",
    "backward-shift",
    "robin-hood",
    "robin-hood:shrink=0.2",
    "swiss",
    "incremental",
];

fn main() -> ExitCode {
    let mut tables: Vec<String> = std::env::args().skip(1).collect();
    if tables.is_empty() {
        tables = TABLES.map(str::to_owned).to_vec();
    }
    println!(
        "| table | bytes after | bytes, most | probes per hit | probes per miss | longest | cells written | entries moved | when keys are deleted |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|---|");
    for spec in &tables {
        match row(spec) {
            Ok(row) => println!("{row}"),
            Err(message) => {
                eprintln!("{message}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn row(spec: &str) -> Result<String, String> {
    let mut table = AnyTable::parse(spec)?;
    let python = table.policy().python;
    let experiment = Scenario::named("experiment").ok_or("there is no scenario called experiment")?;
    let program = Program::parse(experiment.text, python).map_err(|error| error.to_string())?;
    let mut heap = Heap::new(python, HashSettings::default());
    let (totals, _) = program.cost(&mut table, &mut heap).map_err(|error| error.to_string())?;
    let mean = |sum: Summary| sum.mean().map_or_else(|| "–".to_owned(), |mean| format!("{mean:.3}"));
    let numbers = [
        group(table.bytes().total()),
        group(totals.peak),
        mean(totals.hits),
        mean(totals.misses),
        group(totals.longest()),
        group(totals.writes),
        group(totals.moves),
    ];
    Ok(format!("| {spec} | {} | {} |", numbers.join(" | "), table.deletion().name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_has_these_rows() {
        let rows: Vec<_> = TABLES.iter().map(|spec| row(spec).expect(spec) + "\n").collect();
        assert!(include_str!("../README.md").contains(&rows.concat()), "put the output of ./dev compare into README");
    }

    #[test]
    fn bad_tables_are_explained() {
        assert!(row("cuckoo").unwrap_err().contains("there is no table called"));
        assert!(row("robin-hood:load=1").unwrap_err().contains("less than 1"));
    }
}
