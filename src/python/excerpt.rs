//! Text cut to a number of characters: what messages repeat of what was typed, and what is shown of long objects.

/// The most of a typed text that a message repeats, in characters.
pub const MAX_QUOTED: usize = 60;

/// The longest message about a line, in characters.
pub const MAX_MESSAGE: usize = 400;

/// `text` in at most `max` characters: the middle of a longer one is replaced with `…`.
pub fn shorten(text: &str, max: usize) -> String {
    // Looked for no further than needed: the text may be megabytes long.
    if text.char_indices().nth(max).is_none() {
        return text.to_owned();
    }
    let kept = max.saturating_sub(1);
    let (head, tail) = (kept - kept / 3, kept / 3);
    let back: Vec<char> = text.chars().rev().take(tail).collect();
    text.chars().take(head).chain(['…']).chain(back.into_iter().rev()).collect()
}

/// `text` as a message repeats it, without quotes: at most [`MAX_QUOTED`] characters.
pub fn excerpt(text: &str) -> String {
    shorten(text, MAX_QUOTED)
}

/// `text` as a message quotes it: in double quotes, what cannot be seen escaped, at most [`MAX_QUOTED`] characters between
/// them.
pub fn quote(text: &str) -> String {
    let quoted = format!("{:?}", excerpt(text));
    format!("\"{}\"", excerpt(&quoted[1..quoted.len() - 1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_repeats_no_more_than_a_part_of_a_line() {
        assert_eq!(quote("a \"b\"\n"), r#""a \"b\"\n""#);
        let long = excerpt(&"é".repeat(1_000_000));
        assert_eq!(long.chars().count(), MAX_QUOTED);
        assert_eq!(quote(&"\u{7f}".repeat(1_000_000)).chars().count(), MAX_QUOTED + 2);
        assert_eq!(shorten("abc", 3), "abc");
        assert_eq!(shorten("abcd", 3), "ab…");
        assert_eq!(shorten("abcd", 0), "…");
    }
}
