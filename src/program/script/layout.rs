//! Lines of a script before their grammar: comments and line ends inside brackets blanked, strings over several lines
//! kept whole, prompts of a session taken off and its output left out.

use crate::program::lines::{Fault, Line};

/// The lines of a text.
pub(super) struct Layout {
    /// The text with comments, prompts and line ends inside a statement turned into spaces: as many bytes as before.
    pub(super) masked: String,
    pub(super) lines: Vec<Line>,
    /// Whether it is a session with prompts: what an expression gives is then printed.
    pub(super) session: bool,
}

/// How many bytes of `line` are a prompt: `>>> `, `... `, IPython's `In [1]: ` and `   ...: `.
fn prompt(line: &str, continued: bool) -> Option<usize> {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let body = &line[indent..];
    let len = if body.starts_with(">>>") || (continued && body.starts_with("...")) {
        let dots = if body.starts_with("...:") { 4 } else { 3 };
        dots + usize::from(body[dots..].starts_with(' '))
    } else {
        let number = body.strip_prefix("In [")?;
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        let rest = number[digits..].strip_prefix("]:")?;
        4 + digits + 2 + usize::from(rest.starts_with(' '))
    };
    Some(indent + len)
}

impl Layout {
    pub(super) fn of(text: &str) -> Result<Layout, Fault> {
        let session = text.lines().any(|line| prompt(line, false).is_some());
        let text = if session { without_output(text) } else { text.to_owned() };
        let mut layout = Layout { masked: String::with_capacity(text.len()), lines: Vec::new(), session };
        layout.scan(&text, session)?;
        Ok(layout)
    }

    fn scan(&mut self, text: &str, session: bool) -> Result<(), Fault> {
        let bytes = text.as_bytes();
        let mut open: Vec<(u8, usize)> = Vec::new();
        let mut at = 0;
        // The start of the statement's first character, and the columns before it.
        let mut start: Option<(usize, usize)> = None;
        let mut column = 0;
        let mut line_start = true;
        let out = &mut self.masked;
        let blank = |out: &mut String, n: usize| out.extend(std::iter::repeat_n(' ', n));
        while at < bytes.len() {
            if line_start && session {
                line_start = false;
                let line = text[at..].split('\n').next().unwrap_or_default();
                if let Some(n) = prompt(line, true) {
                    blank(out, n);
                    at += n;
                    continue;
                }
            }
            let c = bytes[at];
            match c {
                b'\n' if !open.is_empty() => {
                    out.push(' ');
                    line_start = true;
                }
                b'\n' => {
                    if let Some((start, indent)) = start.take() {
                        let end = start + out[start..].trim_end().len();
                        self.lines.push(Line { start, end, indent });
                    }
                    column = 0;
                    line_start = true;
                    out.push('\n');
                }
                b'#' => {
                    let len = text[at..].find('\n').unwrap_or(text.len() - at);
                    blank(out, len);
                    at += len;
                    continue;
                }
                b'\\' if text[at + 1..].trim_start_matches('\r').starts_with('\n') => {
                    let len = text[at..].find('\n').unwrap_or(0) + 1;
                    blank(out, len);
                    at += len;
                    line_start = true;
                    continue;
                }
                b' ' | b'\t' | b'\r' | 0x0c => {
                    if start.is_none() {
                        column = match c {
                            b'\t' => (column / 8 + 1) * 8,
                            0x0c => 0,
                            b'\r' => column,
                            _ => column + 1,
                        };
                    }
                    out.push(' ');
                }
                _ => {
                    start = start.or(Some((at, column)));
                    match c {
                        b'\'' | b'"' => {
                            let len = string_len(&text[at..]);
                            out.push_str(&text[at..at + len]);
                            at += len;
                            continue;
                        }
                        b'(' | b'[' | b'{' => open.push((c, at)),
                        b')' | b']' | b'}' => match open.pop() {
                            None => return Err(Fault::new(at, format!("SyntaxError: unmatched '{}'", c as char))),
                            Some((opening, _))
                                if !matches!((opening, c), (b'(', b')') | (b'[', b']') | (b'{', b'}')) =>
                            {
                                return Err(Fault::new(
                                    at,
                                    format!(
                                        "SyntaxError: closing parenthesis '{}' does not match opening parenthesis '{}'",
                                        c as char, opening as char
                                    ),
                                ));
                            }
                            Some(_) => {}
                        },
                        _ => {}
                    }
                    let len = text[at..].chars().next().map_or(1, char::len_utf8);
                    out.push_str(&text[at..at + len]);
                    at += len;
                    continue;
                }
            }
            at += 1;
        }
        if let Some(&(c, at)) = open.first() {
            return Err(Fault::new(at, format!("SyntaxError: '{}' was never closed", c as char)));
        }
        if let Some((start, indent)) = start {
            let end = start + out[start..].trim_end().len();
            self.lines.push(Line { start, end, indent });
        }
        Ok(())
    }
}

/// A session without what the interpreter printed: those lines blank, the others as they are.
fn without_output(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut continued = false;
    for line in text.split_inclusive('\n') {
        let is_code = prompt(line, continued).is_some();
        continued = is_code;
        if is_code {
            out.push_str(line);
        } else {
            let body = line.trim_end_matches('\n');
            out.extend(std::iter::repeat_n(' ', body.len()));
            out.push_str(&line[body.len()..]);
        }
    }
    out
}

/// The bytes of the string literal that begins with a quote; to the end of its line if it is not closed.
fn string_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let quote = bytes[0];
    let triple = bytes.len() >= 3 && bytes[1] == quote && bytes[2] == quote;
    if !triple && bytes.len() >= 2 && bytes[1] == quote {
        return 2;
    }
    let mut at = if triple { 3 } else { 1 };
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'\n' if !triple => return at,
            c if c == quote && !triple => return at + 1,
            c if c == quote && bytes[at..].starts_with(&[quote; 3]) => return at + 3,
            _ => {}
        }
        at += 1;
    }
    // A backslash at the very end looks one byte too far, and may stand before a character of several.
    let mut end = at.min(bytes.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        let layout = Layout::of(text).unwrap();
        assert_eq!(layout.masked.len(), text.len());
        let line = |line: &Line| format!("{}|{}", line.indent, &layout.masked[line.start..line.end]);
        layout.lines.iter().map(line).collect()
    }

    #[test]
    fn strings_in_triple_quotes_stay_whole() {
        assert_eq!(lines("\"\"\"a\n# b\n\"\"\"\nd = {} # c"), ["0|\"\"\"a\n# b\n\"\"\"", "0|d = {}"]);
        assert_eq!(lines("d = {\n 1: 2}\n"), ["0|d = {  1: 2}"]);
        assert_eq!(lines("x = \\\n  1\n  y"), ["0|x =     1", "2|y"]);
    }

    #[test]
    fn a_session_is_its_input() {
        let text = ">>> for i in d:\n...     d[i]\n...\n7\n... no prompt\n>>> x\nIn [2]: y\n";
        assert_eq!(lines(text), ["0|for i in d:", "4|d[i]", "0|x", "0|y"]);
    }
}
