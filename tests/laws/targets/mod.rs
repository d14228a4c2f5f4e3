//! Everything that takes text or commands, given bytes that somebody made up: each target checks its laws and panics where
//! one does not hold.
//!
//! `cargo test --test laws` runs the targets on stored inputs and on random ones; the package `fuzz/` gives them to
//! libFuzzer, which looks for inputs that reach new code.

mod driver;
mod expr;
mod link;
mod program;
pub mod session;
mod settings;
pub mod state;

use dictoscope::program::ProgramError;

/// A target: its name and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 7] = [
    ("program", program::program),
    ("expr", expr::expr),
    ("line", link::line),
    ("link", link::link),
    ("lab", settings::lab),
    ("table", settings::table),
    ("state", state::state),
];

/// The longest message: a sentence and at most a line of what was typed.
const MOST_SAID: usize = 1_000;

/// The first byte chooses, the rest is text; what is no UTF-8 in it becomes a replacement character.
fn split(data: &[u8]) -> Option<(usize, String)> {
    let (&first, rest) = data.split_first()?;
    Some((usize::from(first), String::from_utf8_lossy(rest).into_owned()))
}

/// The place that an error names is in the text, or just behind a line of it.
fn check_place(text: &str, error: &ProgramError) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<&str> = text.split('\n').collect();
    assert!((1..=lines.len()).contains(&error.line), "of {} lines: {error} in {text:?}", lines.len());
    let width = lines[error.line - 1].chars().count();
    assert!((1..=width + 1).contains(&error.column), "of {width} columns: {error} in {text:?}");
    check_message(&error.message);
}

/// A message says something, and does not repeat all that was typed.
fn check_message(message: &str) {
    let start = || message.chars().take(300).collect::<String>();
    assert!((4..=MOST_SAID).contains(&message.chars().count()), "a message of {} bytes: {}", message.len(), start());
}

/// Whether a text asks, in so many words, for tables of so many slots that making them takes seconds here.
fn asks_for_huge_tables(text: &str) -> bool {
    let digits = |part: &str| {
        let number = part.trim_start_matches(|c: char| !c.is_ascii_digit());
        number.chars().take_while(char::is_ascii_digit).count()
    };
    ["size", "reserve"].iter().any(|name| text.split(name).skip(1).any(|part| digits(part) > 5))
}
