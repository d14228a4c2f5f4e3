//! The text before its grammar: comments and bracketed line ends blanked, lines with their indentation, positions.

use std::iter::Peekable;
use std::str::CharIndices;

use super::ProgramError;
use crate::python::ParseError;

/// What is wrong at a byte offset of the text; [`Fault::locate`] makes line and column of it.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) message: String,
    /// It asks for more than a program may have: no other grammar will help.
    pub(super) is_limit: bool,
}

impl Fault {
    pub(super) fn new(at: usize, message: impl Into<String>) -> Fault {
        Fault { at, message: message.into(), is_limit: false }
    }

    /// An error in `line` of the masked text.
    pub(super) fn in_line(masked: &str, line: Line, error: ParseError) -> Fault {
        let text = &masked[line.start..line.end];
        let at = text.char_indices().nth(error.column - 1).map_or(text.len(), |(at, _)| at);
        Fault::new(line.start + at, error.message)
    }

    pub(super) fn locate(self, text: &str) -> ProgramError {
        let (line, column) = position(text, self.at);
        ProgramError { line, column, message: self.message }
    }
}

/// Line and column, both from 1, the column in characters.
pub(super) fn position(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

/// The text with every comment, every line end inside brackets and every `\` at a line's end turned into spaces: as many
/// bytes as before, so that offsets stay what they are, and one statement line is one line.
pub(super) fn mask(text: &str) -> Result<String, Fault> {
    let mut out = String::with_capacity(text.len());
    let mut open: Vec<(char, usize)> = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '#' => {
                out.push(' ');
                while let Some((_, c)) = chars.next_if(|&(_, c)| c != '\n') {
                    blank(&mut out, c);
                }
            }
            '\'' | '"' => {
                out.push(c);
                if string(c, &mut chars, &mut out).is_none() {
                    // The literal's own parser will find the quote missing at the end of this line.
                    open.clear();
                }
            }
            '(' | '[' | '{' => {
                open.push((c, at));
                out.push(c);
            }
            ')' | ']' | '}' => {
                match open.pop() {
                    None => return Err(Fault::new(at, format!("SyntaxError: unmatched '{c}'"))),
                    Some((opening, _)) if !matches!((opening, c), ('(', ')') | ('[', ']') | ('{', '}')) => {
                        let message = format!(
                            "SyntaxError: closing parenthesis '{c}' does not match opening parenthesis '{opening}'"
                        );
                        return Err(Fault::new(at, message));
                    }
                    Some(_) => {}
                }
                out.push(c);
            }
            '\n' if !open.is_empty() => out.push(' '),
            '\\' if chars.peek().is_some_and(|&(_, c)| c == '\n') => {
                chars.next();
                out.push_str("  ");
            }
            '\r' => blank(&mut out, c),
            _ => out.push(c),
        }
    }
    match open.first() {
        None => Ok(out),
        Some(&(c, at)) => Err(Fault::new(at, format!("SyntaxError: '{c}' was never closed"))),
    }
}

/// Copy a string literal whose first quote was taken, `None` if its line or the text ends before it does.
fn string(quote: char, chars: &mut Peekable<CharIndices<'_>>, out: &mut String) -> Option<()> {
    let mut take = |wanted: &dyn Fn(char) -> bool| {
        let (_, c) = chars.next_if(|&(_, c)| c != '\n' && wanted(c))?;
        out.push(c);
        Some(c)
    };
    let is_quote = |c: char| c == quote;
    let triple = match (take(&is_quote), take(&is_quote)) {
        (Some(_), None) => return Some(()),
        (second, _) => second.is_some(),
    };
    let mut quotes = 0;
    while quotes < if triple { 3 } else { 1 } {
        match take(&|_| true)? {
            '\\' => {
                take(&|_| true)?;
                quotes = 0;
            }
            c if c == quote => quotes += 1,
            _ => quotes = 0,
        }
    }
    Some(())
}

fn blank(out: &mut String, c: char) {
    out.extend(std::iter::repeat_n(' ', c.len_utf8()));
}

/// One line with something on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// Offset of its first character that is not a space.
    pub(super) start: usize,
    /// Offset of its end.
    pub(super) end: usize,
    /// Columns before `start`; a tab goes to the next multiple of eight, as in Python.
    pub(super) indent: usize,
}

/// The lines of a masked text that are not blank.
pub(super) fn lines(masked: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut offset = 0;
    for line in masked.split_inclusive('\n') {
        let body = line.trim_start();
        if !body.is_empty() {
            let start = offset + (line.len() - body.len());
            let indent = masked[offset..start].chars().fold(0, |column, c| match c {
                '\t' => (column / 8 + 1) * 8,
                '\u{c}' => 0,
                _ => column + 1,
            });
            lines.push(Line { start, end: start + body.trim_end().len(), indent });
        }
        offset += line.len();
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masking_keeps_every_offset() {
        let text = "d[1] = 'é#' # é\r\nd = {\n1: 2}\nx = \\\n1";
        let masked = mask(text).unwrap();
        assert_eq!(masked, "d[1] = 'é#'      \nd = { 1: 2}\nx =   1");
        assert_eq!(masked.len(), text.len());
    }

    #[test]
    fn brackets_must_match() {
        let fault = |text| mask(text).map_err(|fault| (fault.at, fault.message));
        assert_eq!(
            fault("d[(1]").unwrap_err(),
            (4, "SyntaxError: closing parenthesis ']' does not match opening parenthesis '('".into())
        );
        assert_eq!(fault("d[1\nd[2]").unwrap_err(), (1, "SyntaxError: '[' was never closed".into()));
        assert_eq!(fault("d[1])").unwrap_err(), (4, "SyntaxError: unmatched ')'".into()));
        assert!(fault("d['(']; d[\"\\\"(\"]; d[\'\'\']\'(\'\'\']").is_ok());
        assert_eq!(fault("d['(]\nd[1]").unwrap(), "d['(]\nd[1]", "the literal's own parser reports it");
    }

    #[test]
    fn positions_count_characters() {
        assert_eq!(position("é\nüx", 5), (2, 2));
        assert_eq!(position("", 0), (1, 1));
    }

    #[test]
    fn indentation_counts_tabs_as_python_does() {
        let indents: Vec<_> = lines("a\n  b\n\tc\n  \td\n\n   \n").iter().map(|line| line.indent).collect();
        assert_eq!(indents, [0, 2, 8, 8]);
    }
}
