//! A place in one line of program text, shared by the parsers of literals, expressions and statements.

use super::Version;
use super::excerpt::{MAX_MESSAGE, shorten};

/// What is wrong in a line, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong and what to write instead; as Python words it (`SyntaxError: …`) where Python has a word for it.
    pub message: String,
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "column {}: {}", self.column, self.message)
    }
}

impl std::error::Error for ParseError {}

/// A place in a line of Python. Copying it and putting the copy back is how to look ahead.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'t> {
    line: &'t str,
    pos: usize,
    version: Version,
}

impl<'t> Cursor<'t> {
    /// The start of `line`, which is one line of a program for `version`.
    pub fn new(line: &'t str, version: Version) -> Cursor<'t> {
        Cursor { line, pos: 0, version }
    }

    /// The version of Python whose grammar holds.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Bytes of the line before this place.
    pub fn pos(&self) -> usize {
        self.pos
    }

    /// The text from here on.
    #[inline]
    pub fn rest(&self) -> &'t str {
        &self.line[self.pos..]
    }

    /// The next character.
    #[inline]
    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Take the next character.
    #[inline]
    pub fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.pos += c.len_utf8();
        Some(c)
    }

    /// Take the characters for which `wanted` holds.
    pub fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let len = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.pos += len;
        &rest[..len]
    }

    /// Go on by so many bytes, which must end at a character.
    pub(crate) fn take_bytes(&mut self, count: usize) {
        self.pos = (self.pos + count).min(self.line.len());
    }

    /// Go over spaces and tabs.
    #[inline]
    pub fn skip_space(&mut self) {
        self.take_while(|c| matches!(c, ' ' | '\t' | '\x0c'));
    }

    /// Whether, after spaces, only a comment or nothing follows.
    pub fn at_end(&mut self) -> bool {
        self.skip_space();
        matches!(self.peek(), None | Some('#' | '\r' | '\n'))
    }

    /// Take `token` if, after spaces, it is what comes next. For operators and brackets; words: [`Cursor::eat_word`].
    pub fn eat(&mut self, token: &str) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(token);
        if found {
            self.pos += token.len();
        }
        found
    }

    /// Whether, after spaces, `token` comes next; nothing is taken but the spaces.
    pub fn sees(&mut self, token: &str) -> bool {
        self.skip_space();
        self.rest().starts_with(token)
    }

    /// Take a name or keyword (ASCII), if one comes next.
    pub fn word(&mut self) -> Option<&'t str> {
        self.skip_space();
        let starts = self.peek().is_some_and(|c| c == '_' || c.is_ascii_alphabetic());
        starts.then(|| self.take_while(is_word))
    }

    /// Take the word `word` if it comes next, whole.
    pub fn eat_word(&mut self, word: &str) -> bool {
        let start = *self;
        let found = self.word() == Some(word);
        if !found {
            *self = start;
        }
        found
    }

    /// Take `token` or say what is expected and what stands there.
    ///
    /// # Errors
    /// If something else comes next.
    pub fn expect(&mut self, token: &str) -> Result<(), ParseError> {
        if self.eat(token) {
            return Ok(());
        }
        Err(self.error(format!("SyntaxError: expected '{token}' here, found {}", self.found())))
    }

    /// What comes next, for a message: `the end of the line`, `'x'`.
    pub fn found(&self) -> String {
        match self.peek() {
            None | Some('\r' | '\n') => "the end of the line".to_owned(),
            Some('#') => "a comment".to_owned(),
            Some(c) => format!("'{c}'"),
        }
    }

    /// The column of this place in characters, from 1.
    pub fn column(&self) -> usize {
        self.line[..self.pos].chars().count() + 1
    }

    /// `message`, about this place; whatever it repeats, it is not longer than [`MAX_MESSAGE`](super::excerpt::MAX_MESSAGE).
    pub fn error(&self, message: impl Into<String>) -> ParseError {
        ParseError { column: self.column(), message: shorten(&message.into(), MAX_MESSAGE) }
    }
}

/// Whether `c` may stand inside a name.
pub(super) fn is_word(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric()
}
