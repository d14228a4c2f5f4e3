//! The rule behind a resize with its numbers put in, shown only if it gives what the table did.

use super::super::text::count;
use super::Story;
use super::step::Context;
use crate::table::{Op, Reason, Resize};

/// What the names in a rule stand for at one resize.
pub(super) struct Numbers {
    named: [(&'static str, Option<u64>); 8],
}

impl Numbers {
    pub(super) fn of(story: &Story<'_>, c: &Context, resize: Resize) -> Numbers {
        let items = match (resize.reason, story.op) {
            (Reason::Copy(_), _) => Some(u64::from(resize.live)),
            // A display makes room from six items on (`PyDict_MINSIZE` holds five).
            (Reason::Cleared, Op::Display(items)) if items.len() < 6 => None,
            (_, Op::Display(items) | Op::Update(items) | Op::UpdateOr(items) | Op::Merge(items, _)) => {
                Some(items.len() as u64)
            }
            _ => None,
        };
        let named = [
            ("used", Some(resize.live.into())),
            ("live", Some(resize.live.into())),
            ("fill", Some(c.regs.fill.into())),
            ("usable", Some(c.regs.usable.into())),
            ("size", Some(resize.from.into())),
            ("slots", Some(resize.from.into())),
            ("items", items),
            ("tombstones", Some(resize.dead.into())),
        ];
        Numbers { named }
    }

    /// `rule` with every name replaced by its number; `None` if it has words that are no names.
    pub(super) fn put_in(&self, rule: &str) -> Option<String> {
        let mut out = String::new();
        for token in tokens(rule) {
            match token.chars().next() {
                Some(c) if c.is_ascii_alphabetic() => {
                    let (_, number) = self.named.iter().find(|(name, _)| *name == token)?;
                    out.push_str(&(*number)?.to_string());
                }
                _ => out.push_str(token),
            }
        }
        Some(out)
    }

    /// `used * 4 = 3 * 4 = 12 → 16 slots (…)`, with the alternative of the rule that gives what was wanted. Where none
    /// does, the numbers are not claimed to come from it; and a table that is only replaced has no growth to explain.
    pub(super) fn size_formula(&self, rule: &str, size: &str, resize: Resize) -> String {
        let wanted = resize.wanted;
        let end = format!("{wanted} → {} ({size})", count(resize.to.into(), "slot", "slots"));
        for alternative in rule.split(", or ") {
            // `used * 2 above 50,000`: the expression ends where the words begin.
            let expression = [" above ", " for ", " if ", " when "]
                .iter()
                .filter_map(|word| alternative.find(word))
                .min()
                .map_or(alternative, |at| &alternative[..at]);
            let Some(with_numbers) = self.put_in(expression) else { continue };
            if with_numbers != expression && evaluate(&with_numbers) == Some(wanted) {
                return format!("{expression} = {with_numbers} = {end}");
            }
        }
        match resize.reason {
            Reason::Full | Reason::KindChange | Reason::Presize | Reason::Sparse | Reason::Asked => {
                format!("wanted = {end}")
            }
            _ => String::new(),
        }
    }
}

/// Words, numbers, and what lies between.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = rest.find(|c| word(c) != word(first)).unwrap_or(rest.len());
        let (token, after) = rest.split_at(end);
        rest = after;
        Some(token)
    })
}

/// The value of an expression of numbers, `+`, `*`, `//` and brackets, as Python has it.
fn evaluate(text: &str) -> Option<u64> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<_> = spaced.split_whitespace().collect();
    let mut at = 0;
    let value = sum(&words, &mut at)?;
    (at == words.len()).then_some(value)
}

fn sum(words: &[&str], at: &mut usize) -> Option<u64> {
    let mut value = product(words, at)?;
    while words.get(*at) == Some(&"+") {
        *at += 1;
        value = value.checked_add(product(words, at)?)?;
    }
    Some(value)
}

fn product(words: &[&str], at: &mut usize) -> Option<u64> {
    let mut value = atom(words, at)?;
    while let Some(&operator @ ("*" | "//")) = words.get(*at) {
        *at += 1;
        let right = atom(words, at)?;
        value = if operator == "*" { value.checked_mul(right)? } else { value.checked_div(right)? };
    }
    Some(value)
}

fn atom(words: &[&str], at: &mut usize) -> Option<u64> {
    let word = *words.get(*at)?;
    *at += 1;
    if word != "(" {
        return word.parse().ok();
    }
    let value = sum(words, at)?;
    let closed = words.get(*at) == Some(&")");
    *at += 1;
    closed.then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_pythons() {
        let got =
            ["3 * 4", "2 * 5 + 8 // 2", "((3 + 4) * 3 + 1) // 2", "7", "2 + 3 * 4", "1 // 0", "2 +", "(1", "x", "1 2"]
                .map(evaluate);
        assert_eq!(got, [Some(12), Some(14), Some(11), Some(7), Some(14), None, None, None, None, None]);
    }

    #[test]
    fn tokens_are_the_whole_text() {
        let text = "(used + items) * 2, above 50,000";
        assert_eq!(tokens(text).collect::<String>(), text);
        assert_eq!(tokens("a_1*b").collect::<Vec<_>>(), ["a_1", "*", "b"]);
    }
}
