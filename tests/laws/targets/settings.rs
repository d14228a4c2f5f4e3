//! Settings as text: of a table, and of the lab.

use dictoscope::engine::Command;
use dictoscope::engine::lab::LabCommand;
use dictoscope::maintenance;
use dictoscope::program::Program;
use dictoscope::python::{HashSettings, Heap};
use dictoscope::table::{AnyTable, Noop, OpList, Table};

use super::driver::Driver;
use super::{asks_for_huge_tables, check_message, split};

/// Fills, empties, copies and fills again.
const EXERCISE: &str = "\
insert_ints(d, 60)
churn(d, 30)
delete_random(d, 50)
mixed(d, 60)
d = dict(d)
delete_all(d)
insert_strings(d, 20)";

/// A table with its settings: written and read again it is the same, and it works. The first byte is spare.
pub fn table(data: &[u8]) {
    let Some((_, text)) = split(data) else { return };
    if asks_for_huge_tables(&text) {
        return;
    }
    let mut table = match AnyTable::parse(&text) {
        Ok(table) => table,
        Err(message) => return check_message(&message),
    };
    let spec = table.spec();
    let again = AnyTable::parse(&spec).unwrap_or_else(|error| panic!("{text:?} is {spec:?}: {error}"));
    assert_eq!(again.spec(), spec);
    assert_eq!(again.state(), table.state(), "{text:?} is {spec:?}");
    let version = table.policy().python;
    let program = Program::parse(EXERCISE, version).unwrap_or_else(|error| panic!("{error}"));
    let (mut heap, mut ops) = (Heap::new(version, HashSettings::default()), OpList::default());
    let mut expansion = program.expand();
    while expansion.next(&mut heap, &mut ops).unwrap_or_else(|error| panic!("{error}")).is_some() {
        table.run(ops.get(ops.len() - 1), &heap, &mut Noop);
        table.check(&heap).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    }
}

/// The lab's settings: as text (bit 0 of the first byte is 0) or put into its fields one by one; then (bit 1) all
/// strategies are run and its time is walked.
pub fn lab(data: &[u8]) {
    let Some((which, text)) = split(data) else { return };
    match maintenance::Settings::parse(&text) {
        Err(error) => {
            check_message(&error.message);
            let lines = text.lines().count();
            assert!(error.line.is_none_or(|line| (1..=lines).contains(&line)), "{error:?} of {lines} lines");
        }
        Ok(settings) => {
            let written = settings.to_text();
            let again =
                maintenance::Settings::parse(&written).unwrap_or_else(|e| panic!("{text:?} is {written:?}: {e:?}"));
            assert_eq!(again.to_text(), written);
        }
    }
    if asks_for_huge_tables(&text) {
        return;
    }
    let mut page = Driver::new(true);
    page.handle(&Command::Lab(LabCommand::Open));
    page.handle(&Command::Lab(LabCommand::Set("entries".to_owned(), "200".to_owned())));
    page.tick(20);
    if which & 1 == 0 {
        page.handle(&Command::Lab(LabCommand::Read(text)));
    } else {
        for word in text.split_whitespace() {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            page.handle(&Command::Lab(LabCommand::Set(name.to_owned(), value.to_owned())));
        }
    }
    page.tick(15);
    page.engine.frame(800.0, page.now());
    if which & 2 != 0 {
        page.handle(&Command::Lab(LabCommand::Survey));
        page.tick(10);
        page.handle(&Command::Step(1));
        page.handle(&Command::Seek(which * 8));
        page.tick(10);
        page.engine.frame(800.0, page.now());
    }
    let link = page.engine.link();
    page.handle(&Command::OpenLink(link.clone()));
    assert_eq!(page.engine.trouble(), None, "{link}");
    assert_eq!(page.engine.link(), link, "its own link leads nowhere else");
}
