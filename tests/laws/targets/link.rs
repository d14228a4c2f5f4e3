//! What is pasted or typed: the fragment of a link, and lines in the one-line field.

use dictoscope::engine::story::Story;
use dictoscope::engine::{Command, Trouble};
use dictoscope::table::AnyTable;

use super::driver::{Driver, operations};
use super::{asks_for_huge_tables, check_message, split};

/// Lines of one input.
const MOST_LINES: usize = 12;

/// The fragment of a link. Whatever is in it, either it opens, and its link opens on the same, or it is told what is
/// wrong, and what was on screen is still there.
pub fn link(data: &[u8]) {
    let Some((which, text)) = split(data) else { return };
    if asks_for_huge_tables(&text) {
        return;
    }
    let mut page = Driver::new(which & 1 != 0);
    let before = page.snapshot();
    page.handle(&Command::OpenLink(text.clone()));
    check_trouble(page.engine.trouble());
    if page.engine.trouble().is_some() && page.engine.lab().is_none() {
        assert!(page.snapshot() == before, "what was on screen is lost by {text:?}");
    }
    let is_built = page.settle();
    page.engine.frame(800.0, page.now());
    if !is_built || page.engine.lab().is_some() {
        return;
    }
    let link = page.engine.link();
    let (story, at) = Story::from_link(&link).unwrap_or_else(|error| panic!("{link}: {error}"));
    assert_eq!(story.to_link(at), link);
    page.check_link();
}

/// Lines typed one after the other, with a form feed between them.
pub fn line(data: &[u8]) {
    let Some((which, text)) = split(data) else { return };
    if asks_for_huge_tables(&text) {
        return;
    }
    let mut page = Driver::new(which & 1 != 0);
    let policies: Vec<_> = AnyTable::policies().collect();
    let policy = policies[(which >> 1) % policies.len()];
    page.handle(&Command::Tables(vec![policy.name.to_owned()]));
    page.settle();
    for line in text.split('\u{c}').take(MOST_LINES) {
        let kept = page.engine.lane().timeline.pos().op;
        let before = page.is_quiet().then(|| operations(page.engine.lane()));
        page.handle(&Command::Line(line.to_owned()));
        if let Some(trouble) = page.engine.trouble() {
            let Trouble::Line(message) = trouble else { panic!("told elsewhere: {trouble:?}") };
            check_message(message);
            if let Some(column) = message.strip_prefix("column ").and_then(|rest| rest.split(':').next()) {
                let column: usize = column.parse().expect("a number");
                assert!((1..=line.chars().count() + 1).contains(&column), "{message} in {line:?}");
            }
        }
        page.settle();
        if let Some(before) = before.filter(|_| page.is_quiet()) {
            let after = operations(page.engine.lane());
            assert_eq!(after[..kept], before[..kept], "what came before {line:?}");
        }
        page.tick(3);
        page.engine.frame(800.0, page.now());
    }
    page.check_link();
}

fn check_trouble(trouble: Option<&Trouble>) {
    match trouble {
        Some(Trouble::Program(error)) => {
            check_message(&error.message);
            assert!(error.line >= 1 && error.column >= 1, "{error}");
        }
        Some(Trouble::General(message) | Trouble::Line(message)) => check_message(message),
        None => {}
    }
}
