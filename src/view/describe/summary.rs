//! A whole operation in one or two sentences.

use super::super::text::{self, count, group};
use super::{Story, with_dead};
use crate::python::Obj;
use crate::table::{Event, MAX_SLOTS, Op, Outcome, Reason, Resize, Saw, Table};

/// What a trace amounts to.
#[derive(Default)]
struct Digest {
    /// Looks into slots while searching, not while moving keys.
    probes: u64,
    /// Looks at groups of control bytes (SwissTable), likewise.
    groups: u64,
    /// Where the last search found its key.
    found: Option<u32>,
    /// Where the operation's key was put: slot, and whose tombstone was there.
    placed: Option<(u32, Option<Obj>)>,
    /// Its entry, in tables of two arrays.
    entry: Option<u32>,
    /// The slot that lost a live key, and whether a tombstone was left in it.
    lost: Option<(u32, bool)>,
    /// Live keys that changed their slot without a resize.
    shifted: u64,
    /// Resizes, and whether the key had been put before each.
    resizes: Vec<(Resize, bool)>,
}

impl Digest {
    /// `3 probes`, or where whole groups are looked at: `1 group`.
    fn looks(&self) -> String {
        match self.groups {
            0 => count(self.probes, "probe", "probes"),
            groups => count(groups, "group of control bytes", "groups of control bytes"),
        }
    }
}

fn digest(story: &Story<'_>) -> Digest {
    let mut d = Digest::default();
    let (mut resizing, mut moving) = (false, false);
    let wanted = match story.op {
        Op::Set(key, _) | Op::SetDefault(key, _) => Some(key),
        _ => None,
    };
    for &event in story.events {
        match event {
            Event::Search { .. } => moving = false,
            Event::Probe(probe) if !moving && !resizing => {
                d.probes += 1;
                if let Saw::Found(_) = probe.saw {
                    d.found = Some(probe.slot);
                }
            }
            Event::Group(_) if !moving && !resizing => d.groups += 1,
            Event::PutIndex { pos, old, new, .. } if !moving && !resizing => {
                if new.get().is_some() {
                    d.placed.get_or_insert((pos, old.dead_key()));
                } else if old.get().is_some() {
                    d.lost.get_or_insert((pos, new.is_dummy()));
                }
            }
            Event::PutSlot { pos, old, new, .. } if !moving && !resizing => {
                let other = new.is_live() && !(old.is_live() && old.key() == new.key());
                if story.two() {
                    if other {
                        d.entry.get_or_insert(pos);
                    }
                } else if other && (wanted.is_none() || new.key() == wanted) && story.inserts() {
                    d.placed.get_or_insert((pos, if old.is_tombstone() { old.key() } else { None }));
                } else if other {
                    d.lost.get_or_insert((pos, false));
                } else if old.is_live() && !new.is_live() {
                    d.lost.get_or_insert((pos, new.is_tombstone()));
                }
            }
            Event::Resize(resize) => {
                resizing = true;
                d.resizes.push((resize, d.placed.is_some()));
            }
            Event::InPlace(resize) => d.resizes.push((resize, d.placed.is_some())),
            Event::Move { .. } => moving = true,
            Event::Carry { .. } => d.shifted += 1,
            Event::Swapped => (resizing, moving) = (false, false),
            _ => {}
        }
    }
    d
}

/// What an operation left behind that could not be done: of one over many items, those before the one that failed.
fn unchanged(story: &Story<'_>) -> &'static str {
    if story.after.regs == story.before.regs { "Nothing changed" } else { "The items before it stay" }
}

/// The whole operation in one or two plain sentences.
pub fn summary(story: &Story<'_>) -> String {
    let d = digest(story);
    let probes = || d.looks();
    match (story.outcome, story.op) {
        (Outcome::KeyError, Op::PopItem) => return "KeyError: d is empty. Nothing changed.".to_owned(),
        (Outcome::KeyError, op) => {
            let name = op.key().map_or("the key".to_owned(), |key| story.key(key));
            if d.probes + d.groups == 0 {
                return format!("KeyError: {name} is not in d, which is empty. Nothing changed.");
            }
            return format!("KeyError: {name} is not in d ({}). Nothing changed.", probes());
        }
        (Outcome::Endless, _) => {
            return format!(
                "No empty slot is left to end the search: it was stopped after {}. {}.",
                probes(),
                unchanged(story)
            );
        }
        (Outcome::TooLarge(slots), op) => {
            let fewer = if let Op::Reserve(_) = op { "reserve room for fewer keys" } else { "store fewer keys" };
            let has_load = (story.policy.new)().settings().is_some();
            let or_load = if has_load { ", or give the table a higher load" } else { "" };
            return format!(
                "The table would need {} slots, and may have {} at most. {}: {fewer}{or_load}.",
                group(slots),
                group(MAX_SLOTS as u64),
                unchanged(story)
            );
        }
        (Outcome::Full, _) => {
            return format!(
                "No free slot was found ({}), and this table does not grow: full. Nothing changed.",
                probes()
            );
        }
        (Outcome::Unsupported, op) => {
            return format!("{} has no {}. Nothing changed.", story.policy.title, text::op(op, story.heap));
        }
        _ => {}
    }
    let inserted = story.after.regs.used > story.before.regs.used;
    let removed = story.after.regs.used < story.before.regs.used;
    match story.op {
        Op::Set(key, value) if !inserted => {
            let name = story.key(key);
            let place = d.found.map_or(String::new(), |slot| format!(", in slot {}", group(slot.into())));
            let sentence = format!("{name} was already there{place}: its value is now {}.", story.key(value));
            after_resize(story, &d, sentence)
        }
        Op::SetDefault(key, _) if !inserted => {
            let value = match story.outcome {
                Outcome::Value(value) => format!(": its value {} is given", story.key(value)),
                _ => String::new(),
            };
            after_resize(story, &d, format!("{} was already there{value}. It stays as it was.", story.key(key)))
        }
        Op::Set(key, _) | Op::SetDefault(key, _) => tell_insert(story, &d, key),
        Op::Get(key) => found_in(story, &d, key, probes()),
        Op::GetOr(key, _) | Op::Contains(key) if d.found.is_some() => found_in(story, &d, key, probes()),
        Op::GetOr(key, default) => {
            format!("{} is not in d ({}): the default {} is given.", story.key(key), probes(), story.key(default))
        }
        Op::Contains(key) => format!("{} is not in d ({}): False.", story.key(key), probes()),
        Op::Del(key) => tell_removal(story, &d, &format!("Deleting {}", story.key(key))),
        Op::Pop(key, _) if removed => {
            let value = outcome_value(story);
            tell_removal(story, &d, &format!("Popping {}{value}", story.key(key)))
        }
        Op::Pop(key, _) => {
            let value = outcome_value(story);
            format!("{} is not in d ({}): the default is given{value}. Nothing changed.", story.key(key), probes())
        }
        Op::PopItem => {
            let item = match story.outcome {
                Outcome::Item(key, value) => format!(" took out {}: {}, which", story.key(key), story.key(value)),
                _ => String::new(),
            };
            tell_removal(story, &d, &format!("popitem(){item}"))
        }
        Op::Update(items) | Op::UpdateOr(items) | Op::Merge(items, _) => {
            let new = story.after.regs.used.saturating_sub(story.before.regs.used);
            let given = count(items.len() as u64, "item", "items");
            let sentence = format!("{given} given, {}.", count(new.into(), "new key", "new keys"));
            after_resize(story, &d, sentence)
        }
        Op::Display(_) | Op::FromKeys(_) => {
            let what = count(story.after.regs.used.into(), "key", "keys");
            format!("d is a new dict of {what} in {}.", standing(story))
        }
        Op::Clear if story.events.is_empty() => {
            format!("d.clear() found d empty: it keeps its {}.", slots(story.after.size))
        }
        Op::Clear => {
            let gone = count(story.before.regs.used.into(), "key", "keys");
            format!("d.clear() dropped {gone}: {}.", change(story))
        }
        Op::Copy(how) => tell_copy(story, &d, how.expression()),
        Op::ShrinkToFit | Op::Reserve(_) => {
            let op = text::op(story.op, story.heap);
            match d.resizes.is_empty() {
                true => format!("{op} changed nothing: {} as before.", slots(story.after.size)),
                false => after_resize(story, &d, format!("{op}:")),
            }
        }
    }
}

fn size(n: u32) -> String {
    group(n.into())
}

fn slots(n: u32) -> String {
    count(n.into(), "slot", "slots")
}

/// `8 → 16 slots, 280 → 664 bytes`, or what stays.
fn change(story: &Story<'_>) -> String {
    let (before, after) = (story.before.size, story.after.size);
    let slots = match before == after {
        true => format!("{} as before", slots(after)),
        false => format!("{} → {}", size(before), slots(after)),
    };
    format!("{slots}{}", bytes(story))
}

/// `, 280 → 12,568 bytes`, empty if the bytes did not change.
fn bytes(story: &Story<'_>) -> String {
    let (before, after) = (story.before.bytes, story.after.bytes);
    if before == after { String::new() } else { format!(", {} → {}", group(before), text::bytes(after)) }
}

fn standing(story: &Story<'_>) -> String {
    format!("{}, {}", slots(story.after.size), text::bytes(story.after.bytes))
}

fn outcome_value(story: &Story<'_>) -> String {
    match story.outcome {
        Outcome::Value(value) => format!(" ({})", story.key(value)),
        _ => String::new(),
    }
}

fn found_in(story: &Story<'_>, d: &Digest, key: Obj, probes: String) -> String {
    let place = d.found.map_or("d".to_owned(), |slot| format!("slot {}", group(slot.into())));
    let value = match story.outcome {
        Outcome::Value(value) => format!(": {}", story.key(value)),
        Outcome::Bool(_) => ": True".to_owned(),
        _ => String::new(),
    };
    format!("{} is in {place} ({probes}){value}.", story.key(key))
}

/// What a resize did, without its subject: `grew from 8 to 16 slots (5 live keys)`.
fn resized(story: &Story<'_>, resize: Resize) -> String {
    let change = match resize.from.cmp(&resize.to) {
        std::cmp::Ordering::Less => format!("grew from {} to {}", size(resize.from), slots(resize.to)),
        std::cmp::Ordering::Greater => format!("shrank from {} to {}", size(resize.from), slots(resize.to)),
        std::cmp::Ordering::Equal => format!("was rebuilt with the same {}", slots(resize.to)),
    };
    match (resize.live, resize.dead) {
        (0, 0) => change,
        _ => format!("{change} ({})", with_dead(story, resize, "left behind", "left behind")),
    }
}

fn tell_insert(story: &Story<'_>, d: &Digest, key: Obj) -> String {
    let name = story.key(key);
    let Some((slot, dead)) = d.placed else {
        return after_resize(story, d, format!("{name} is new in d."));
    };
    let entry = d.entry.map_or(String::new(), |entry| format!(" as entry {}", group(entry.into())));
    let reuse = dead.map_or(String::new(), |dead| format!(", reusing the tombstone of {}", story.key(dead)));
    let placed = format!("{name} went to slot {}{entry}{reuse} ({})", group(slot.into()), d.looks());
    let earlier: Vec<_> = d.resizes.iter().filter(|(_, after)| !after).map(|&(resize, _)| resize).collect();
    let mut sentence = match earlier[..] {
        [] => format!("{placed}."),
        [resize] if resize.reason == Reason::FirstTable => {
            format!("d got its first table, {}; {placed}.", slots(resize.to))
        }
        [resize, ..] if resize.reason == Reason::KindChange => {
            let done = format!("{}{}", resized(story, resize), bytes(story));
            format!("{name} is not a str, so the str-only table became a general one: it {done}. Then {placed}.")
        }
        [resize, ..] => {
            let why = match resize.reason {
                Reason::Full => "The table was full, so it",
                Reason::Rehash => "Tombstones filled the table, so it",
                _ => "The table",
            };
            format!("{why} first {}{}; then {placed}.", resized(story, resize), bytes(story))
        }
    };
    for (resize, _) in d.resizes.iter().filter(|(_, after)| *after) {
        let full = if resize.reason == Reason::Full { "That made the table full, so it" } else { "The table" };
        sentence.push_str(&format!(" {full} {}{}.", resized(story, *resize), bytes(story)));
    }
    sentence
}

fn tell_removal(story: &Story<'_>, d: &Digest, who: &str) -> String {
    let sentence = match d.lost {
        Some((slot, true)) => format!("{who} left a tombstone in slot {}", group(slot.into())),
        Some((slot, false)) if d.shifted > 0 => {
            let moved = count(d.shifted, "key", "keys");
            format!("{who} freed slot {} and moved {moved} back, so no tombstone is left", group(slot.into()))
        }
        Some((slot, false)) => format!("{who} made slot {} empty again, with no tombstone", group(slot.into())),
        None => format!("{who} left nothing behind"),
    };
    if d.resizes.is_empty() {
        format!("{sentence}; the table keeps its {}.", slots(story.after.size))
    } else {
        after_resize(story, d, format!("{sentence}."))
    }
}

/// `sentence`, and then what each resize did.
fn after_resize(story: &Story<'_>, d: &Digest, mut sentence: String) -> String {
    let last = d.resizes.len().saturating_sub(1);
    for (i, &(resize, _)) in d.resizes.iter().enumerate() {
        let bytes = if i == last { bytes(story) } else { String::new() };
        sentence.push_str(&format!(" The table {}{bytes}.", resized(story, resize)));
    }
    sentence
}

fn tell_copy(story: &Story<'_>, d: &Digest, expression: &str) -> String {
    let change = change(story);
    match d.resizes.iter().find(|(resize, _)| resize.clone) {
        Some((resize, _)) => {
            format!(
                "{expression} cloned the table as it is ({}): {change}.",
                with_dead(story, *resize, "included", "included")
            )
        }
        None => {
            let live = count(story.after.regs.used.into(), "key", "keys");
            format!("{expression} put {live} into a new dict: {change}.")
        }
    }
}

/// Where playing stands, for when it is too fast for sentences. `done` operations of `total`; `tombstones` in the table.
pub fn progress(story: &Story<'_>, done: u64, total: u64, tombstones: u64) -> String {
    format!(
        "Operation {} of {}: {}. {} live, {} in {}.",
        group(done),
        group(total),
        text::op(story.op, story.heap),
        group(story.after.regs.used.into()),
        count(tombstones, "tombstone", "tombstones"),
        slots(story.after.size),
    )
}
