//! One event in words, with its arithmetic and the line of pseudocode it comes from.

use super::super::pseudo::{Family, Mark, Procedure, Pseudo};
use super::super::text::{count, group};
use super::rule::Numbers;
use super::{Story, capital, with_dead};
use crate::python::Obj;
use crate::table::{Event, Group, Index, Op, Probe, Reason, Regs, Resize, Saw, Side, Slot};

/// One event in words.
#[derive(Clone, Debug)]
pub struct Step {
    /// What happens, in one or two sentences.
    pub sentence: String,
    /// The arithmetic behind it with its numbers put in, as Python writes it; empty if there is none.
    pub formula: String,
    /// The pseudocode it comes from.
    pub pseudo: Pseudo,
}

/// What the events before a step have led to.
pub(super) struct Context {
    pub(super) regs: Regs,
    main: u32,
    next: u32,
    resize: Option<Resize>,
    swapped: bool,
    search: Option<(Obj, i64)>,
    /// The table walks again after a resize that an insert needed, to find the place in the new arrays (CPython 3).
    walks_again: bool,
    /// The search under way is such a walk.
    placing: bool,
    /// The search under way has found its key: what is looked at after that closes the gap that it leaves.
    found: bool,
    /// A search is under way in both arrays of a table that moves entries while it is used: its new ones are in use too.
    searching: bool,
    /// New arrays took over since the search began.
    swapped_since: bool,
    /// The cells are being put right within the arrays in use.
    in_place: bool,
    /// The event just before was [`Event::Swapped`].
    just_swapped: bool,
    probe: Option<Probe>,
    /// The key that a resize or a copy is placing.
    moving: Option<Obj>,
    /// The key that is carried to another place in the same arrays.
    carried: Option<Obj>,
}

impl Context {
    fn at(story: &Story<'_>, at: usize) -> Context {
        let before = story.before;
        let mut c = Context {
            regs: before.regs,
            main: before.size,
            next: before.next.unwrap_or(0),
            resize: None,
            swapped: false,
            search: None,
            walks_again: matches!(story.family(), Family::Cpython36 | Family::Cpython311),
            placing: false,
            found: false,
            in_place: false,
            searching: false,
            swapped_since: false,
            just_swapped: false,
            probe: None,
            moving: None,
            carried: None,
        };
        for &event in &story.events[..at] {
            c.take(event);
            c.searching = match event {
                Event::Search { .. } => !story.family().is_cpython(),
                Event::Resize(_) | Event::Move { .. } | Event::Swapped => false,
                _ => c.searching,
            };
        }
        c
    }

    fn take(&mut self, event: Event) {
        self.just_swapped = event == Event::Swapped;
        match event {
            Event::Search { key, hash } => {
                self.placing = self.is_again(key);
                self.swapped_since = false;
                self.found = false;
                self.search = Some((key, hash));
                self.probe = None;
                self.moving = None;
            }
            Event::Probe(probe) => {
                self.found |= matches!(probe.saw, Saw::Found(_));
                self.probe = Some(probe);
            }
            Event::Regs { new, .. } => {
                self.regs = new;
                (self.moving, self.carried) = (None, None);
                self.in_place = false;
            }
            Event::Resize(resize) => {
                self.resize = Some(resize);
                self.next = resize.to;
                self.swapped = false;
                self.moving = None;
            }
            Event::InPlace(resize) => {
                self.resize = Some(resize);
                self.swapped = true;
                self.moving = None;
                self.in_place = true;
            }
            Event::Move { key, .. } => {
                (self.moving, self.carried) = (Some(key), None);
                self.probe = None;
            }
            Event::Carry { key, .. } => self.carried = Some(key),
            Event::Swapped => {
                self.main = self.next;
                self.swapped = true;
                self.swapped_since = true;
                self.moving = None;
                self.probe = None;
            }
            Event::Group(_) | Event::PutSlot { .. } | Event::PutIndex { .. } => {}
        }
    }

    /// Whether a search for `key` that begins now looks only for its place.
    fn is_again(&self, key: Obj) -> bool {
        self.walks_again && self.swapped_since && self.search.is_some_and(|(last, _)| last == key)
    }

    fn size(&self, side: Side) -> u32 {
        match side {
            Side::Main => self.main,
            Side::Next => self.next,
        }
    }

    /// A resize has begun and its arrays are not in use yet.
    fn resizing(&self) -> bool {
        self.resize.is_some() && !self.swapped
    }
}

/// The event number `at` in words, or `None` if the trace is shorter.
pub fn step(story: &Story<'_>, at: usize) -> Option<Step> {
    let event = *story.events.get(at)?;
    let c = Context::at(story, at);
    let (sentence, formula, procedure, mark, values) = match event {
        Event::Search { key, hash } => tell_search(story, &c, key, hash),
        Event::Probe(probe) => tell_probe(story, &c, probe),
        Event::PutSlot { side, pos, old, new } => tell_slot(story, &c, side, pos, old, new),
        Event::PutIndex { side, pos, old, new } => tell_index(story, &c, side, pos, old, new),
        Event::Regs { old, new } => tell_regs(story, &c, old, new),
        Event::Group(group) => tell_group(story, &c, group),
        Event::Resize(resize) | Event::InPlace(resize) => tell_resize(story, &c, resize),
        Event::Carry { side, from, key } => tell_carry(story, &c, side, from, key),
        Event::Move { from, key } => tell_move(story, &c, from, key),
        Event::Swapped => tell_swap(story, &c),
    };
    Some(Step { sentence, formula, pseudo: Pseudo::new(story.family(), procedure, mark, values) })
}

type Values = Vec<(&'static str, String)>;
type Told = (String, String, Procedure, Mark, Values);

/// Copies and resizes move keys alike; only the heading differs.
fn moving_procedure(story: &Story<'_>, c: &Context, resize: Option<Resize>) -> Procedure {
    match (resize.map(|r| r.reason), story.op) {
        (Some(Reason::Copy(_)), _) => Procedure::Copy,
        // A comprehension's own moves go on after a resize of the new dict.
        (_, Op::Copy(_)) if !c.resizing() => Procedure::Copy,
        (Some(Reason::Cleared), Op::Clear) => Procedure::Clear,
        _ => Procedure::Resize,
    }
}

fn tell_search(story: &Story<'_>, c: &Context, key: Obj, hash: i64) -> Told {
    let name = story.key(key);
    let again = c.is_again(key);
    let values = vec![("key", name.clone()), ("hash", hash.to_string())];
    let (sentence, procedure, mark) = match story.procedure() {
        _ if again => (format!("Look for a free slot for {name} in the new table."), Procedure::Insert, Mark::Place),
        Procedure::PopItem => {
            (format!("Look for the slot of {name}, the last entry."), Procedure::PopItem, Mark::Start)
        }
        Procedure::Copy => (format!("Look where {name} goes in the new dict."), Procedure::Copy, Mark::Start),
        Procedure::Insert => (format!("Look whether {name} is there."), Procedure::Lookup, Mark::Start),
        _ => (format!("Look for {name}."), Procedure::Lookup, Mark::Start),
    };
    (sentence, story.hash_formula(key, hash), procedure, mark, values)
}

/// How a probe got to its slot, with the numbers put in.
fn probe_formula(story: &Story<'_>, c: &Context, probe: Probe) -> String {
    let (slot, perturb) = (probe.slot, probe.perturb);
    let size = c.size(probe.side);
    if size == 0 {
        return String::new();
    }
    if !story.family().is_cpython() {
        return step_formula(story, c, probe, size);
    }
    let mask = size - 1;
    let Some(last) = c.probe.filter(|_| probe.nth > 0) else {
        return format!("i = hash & mask = {} & {mask} = {slot}", probe.hash);
    };
    let i = format!("i = (5*i + perturb + 1) & mask = (5*{} + {perturb} + 1) & {mask} = {slot}", last.slot);
    match story.family() {
        // 2.7 adds the perturbation it has and shifts it afterwards; 3.x shifts first.
        Family::Cpython27 if probe.nth == 1 => i,
        _ => format!("perturb = {} >> 5 = {perturb}; {i}", last.perturb),
    }
}

/// The same for tables that go on by a number of slots.
fn step_formula(story: &Story<'_>, c: &Context, probe: Probe, size: u32) -> String {
    let step = match story.policy.name {
        "linear" | "quadratic" | "double" => probe.perturb,
        "backward-shift" | "robin-hood" => 1,
        _ => return String::new(),
    };
    let slot = u64::from(probe.slot);
    let last = c.probe.filter(|_| probe.nth > 0).map(|last| u64::from(last.slot));
    match last {
        None if probe.nth == 0 && probe.hash < 0 && story.settings.is_none_or(|settings| settings.hash.is_none()) => {
            format!("i = hash % 2**64 % size = {} % 2**64 % {size} = {slot}", probe.hash)
        }
        None if probe.nth == 0 => format!("i = hash % size = {} % {size} = {slot}", probe.hash),
        // A look that did not come from the one before has no arithmetic to show.
        Some(last) if (last + step) % u64::from(size) == slot => {
            format!("i = (i + {step}) % size = ({last} + {step}) % {size} = {slot}")
        }
        _ => String::new(),
    }
}

/// A look at what lies behind a gap, which may have to move into it.
fn tell_gap(story: &Story<'_>, slot: &str, probe: Probe) -> String {
    match probe.saw {
        Saw::Empty => format!("{slot} is empty: nothing behind it has to move."),
        Saw::Taken(other) => {
            let other = story.key(other);
            match probe.perturb {
                0 => format!("{slot} holds {other}, which is where its own search begins: it stays."),
                away => format!("{slot} holds {other}, {} from where its search begins.", count(away, "slot", "slots")),
            }
        }
        _ => format!("{slot} is looked at."),
    }
}

fn tell_probe(story: &Story<'_>, c: &Context, probe: Probe) -> Told {
    let compared = matches!(probe.saw, Saw::HashDiffers(_) | Saw::KeyDiffers(_) | Saw::Found(_));
    let filling = probe.side == Side::Next && !c.searching || c.moving.is_some() || c.in_place;
    // Where a deletion leaves no tombstone, what follows the key is looked at after it was found.
    let gap = !compared && !filling && !c.swapped_since && (c.found || c.search.is_none());
    let placing = !compared && !gap && (filling || c.carried.is_some() || c.placing || c.swapped_since);
    let popping = story.procedure() == Procedure::PopItem;
    let array = if probe.side == Side::Next { " of the new array" } else { "" };
    let slot = format!("Slot {}{array}", group(probe.slot.into()));
    let wanted = c.carried.or(c.moving).or(c.search.map(|(key, _)| key));
    let name = wanted.map_or("the key".to_owned(), |key| story.key(key));
    let (sentence, mark) = match probe.saw {
        _ if gap => (tell_gap(story, &slot, probe), Mark::Bury),
        Saw::Empty if placing => (format!("{slot} is empty: {name} goes there."), Mark::Place),
        Saw::Empty => {
            (format!("{slot} is empty, so the search ends: {name} is not in {}.", absence(story)), Mark::Empty)
        }
        Saw::Tombstone { .. } if placing => (format!("{slot} holds a tombstone: {name} goes there."), Mark::Place),
        Saw::Tombstone { first } => {
            let reuse = match first && story.inserts() && story.family().is_cpython() {
                true => format!(" It is the first on the way: if {name} is new, it goes there."),
                false => String::new(),
            };
            (format!("{slot} holds a tombstone: the search goes on past it.{reuse}"), Mark::Tombstone)
        }
        Saw::Taken(other) => (format!("{slot} is taken by {}: try the next one.", story.key(other)), Mark::Place),
        Saw::Nearer(other) if placing => {
            let other = story.key(other);
            (format!("{slot} holds {other}, which is nearer to its home: {name} takes its place."), Mark::Place)
        }
        Saw::Nearer(other) => {
            let why = "which is nearer to its home than";
            let absent = format!("{name} is not in {}", absence(story));
            (format!("{slot} holds {}, {why} {name} would be: {absent}.", story.key(other)), Mark::Empty)
        }
        Saw::HashDiffers(other) => {
            let theirs = story.hash(other, c.size(probe.side));
            let why = format!("its hash {theirs} is not {}", probe.hash);
            (format!("{slot} holds {}, another key: {why}.", story.key(other)), Mark::Differs)
        }
        Saw::KeyDiffers(other) => {
            let why = match story.settings.is_some_and(|settings| settings.hash.is_some()) {
                true => format!("h gives both {}, but {} == {name} is False", probe.hash, story.key(other)),
                false => format!("the hashes are equal, but {} == {name} is False", story.key(other)),
            };
            (format!("{slot} holds {}: {why}.", story.key(other)), Mark::Differs)
        }
        Saw::Found(_) if popping => (format!("{slot} points at the entry of {name}."), Mark::Place),
        Saw::Found(other) => {
            let as_written = match wanted {
                Some(key) if key != other && story.key(other) != name => format!(" (as {})", story.key(other)),
                _ => String::new(),
            };
            (format!("{slot} holds {name}{as_written}: found."), Mark::Found)
        }
    };
    let (procedure, mark) = match placing {
        _ if popping => (Procedure::PopItem, Mark::Place),
        true if filling || c.resizing() => (moving_procedure(story, c, c.resize), mark),
        true => (own_procedure(story), mark),
        false if gap => (own_procedure(story), mark),
        // A free slot is looked for, and no key compared: the last line of an insert's search.
        false if mark == Mark::Place => (Procedure::Lookup, Mark::Differs),
        false => (Procedure::Lookup, mark),
    };
    let mut values = vec![("i", probe.slot.to_string())];
    if story.family().is_cpython() {
        values.push(("perturb", probe.perturb.to_string()));
        values.push(("mask", c.size(probe.side).saturating_sub(1).to_string()));
    }
    (sentence, probe_formula(story, c, probe), procedure, mark, values)
}

/// Where the key is not, and what that means for the operation.
fn absence(story: &Story<'_>) -> &'static str {
    match story.op {
        Op::Get(_) | Op::Del(_) | Op::Pop(_, None) => "d, a KeyError",
        Op::Contains(_) => "d, the answer is False",
        Op::GetOr(..) | Op::Pop(_, Some(_)) => "d, the default is given",
        Op::Copy(_) | Op::Display(_) | Op::FromKeys(_) => "the new dict",
        _ => "d",
    }
}

fn tell_slot(story: &Story<'_>, c: &Context, side: Side, pos: u32, old: Slot, new: Slot) -> Told {
    let array = if side == Side::Next { "new " } else { "" };
    let place = if story.two() { "entry" } else { "slot" };
    let cell = capital(&format!("{array}{place} {}", group(pos.into())));
    let name = |slot: Slot| slot.key().map_or(String::new(), |key| story.key(key));
    let value = |slot: Slot| slot.value().map_or(String::new(), |value| story.key(value));
    let (sentence, mark) = if c.in_place && new.is_live() {
        (format!("{cell} holds {} again.", name(new)), Mark::Cell)
    } else if c.in_place && new.is_tombstone() {
        (format!("{cell} is marked DELETED: {} waits to be put in again.", name(new)), Mark::Bury)
    } else if new.is_live() {
        if old.is_live() && old.key() == new.key() {
            (
                format!("{cell}: the value of {} becomes {}. The key stays as it was.", name(new), value(new)),
                Mark::Replace,
            )
        } else {
            let instead = match (old.is_live(), old.is_tombstone()) {
                (true, _) => format!(", instead of {}", name(old)),
                (_, true) => format!(", over the tombstone of {}", name(old)),
                _ => String::new(),
            };
            (format!("{cell} now holds {}: {}{instead}.", name(new), value(new)), Mark::Cell)
        }
    } else if new.is_tombstone() {
        let left = if story.two() { "a hole" } else { "a tombstone: a search has to go past it" };
        (format!("{cell} loses {} and becomes {left}.", name(new)), Mark::Bury)
    } else {
        let left = if story.two() { "given back" } else { "empty again" };
        match old.is_tombstone() {
            true if story.two() => (format!("{cell}, the hole of {}, is {left}.", name(old)), Mark::Bury),
            true => (format!("{cell}, the tombstone of {}, is {left}.", name(old)), Mark::Bury),
            false => (format!("{cell} loses {} and is {left}.", name(old)), Mark::Bury),
        }
    };
    let procedure = writing_procedure(story, c, side);
    (sentence, String::new(), procedure, mark, vec![(place, pos.to_string())])
}

fn tell_group(story: &Story<'_>, c: &Context, look: Group) -> Told {
    let ones = |bits: u32, what: &str| format!("{} {what}", bits.count_ones());
    let matching = look.tag.map(|tag| format!("{} {tag:#04x}", ones(look.matches, "equal to")));
    let seen: Vec<_> = matching.into_iter().chain([ones(look.empty, "EMPTY"), ones(look.deleted, "DELETED")]).collect();
    let sentence = format!("The control bytes from slot {} on: {}.", group(look.pos.into()), seen.join(", "));
    let values = vec![("group", look.pos.to_string())];
    let (procedure, mark) = match look.tag {
        Some(_) => (Procedure::Lookup, Mark::Start),
        None if c.resizing() || c.in_place => (Procedure::Resize, Mark::Place),
        None => (own_procedure(story), Mark::Place),
    };
    (sentence, String::new(), procedure, mark, values)
}

fn tell_carry(story: &Story<'_>, c: &Context, side: Side, from: u32, key: Obj) -> Told {
    let array = if side == Side::Next { "new slot" } else { "slot" };
    let name = story.key(key);
    let sentence = format!("{name} is taken up from {array} {} to be put elsewhere.", group(from.into()));
    let procedure = writing_procedure(story, c, side);
    let mark = if procedure == Procedure::Resize { Mark::Move } else { Mark::Cell };
    (sentence, String::new(), procedure, mark, vec![("key", name)])
}

/// The operation's own procedure for a write. A lookup writes only where a table moves a few keys with every operation.
fn own_procedure(story: &Story<'_>) -> Procedure {
    match story.procedure() {
        Procedure::Lookup => Procedure::Resize,
        own => own,
    }
}

/// Writes belong to the resize while it fills its arrays, else to the operation.
fn writing_procedure(story: &Story<'_>, c: &Context, side: Side) -> Procedure {
    if c.in_place || c.moving.is_some() || (side == Side::Next && c.resizing() && !c.searching) {
        moving_procedure(story, c, c.resize)
    } else {
        own_procedure(story)
    }
}

fn tell_index(story: &Story<'_>, c: &Context, side: Side, pos: u32, old: Index, new: Index) -> Told {
    let array = if side == Side::Next { "new slot" } else { "slot" };
    let slot = capital(&format!("{array} {}", group(pos.into())));
    let sentence = match (new.get(), new.dead_key()) {
        (Some(entry), _) => match old.dead_key() {
            Some(dead) => {
                format!(
                    "{slot}, the tombstone of {}, is reused: it points at entry {}.",
                    story.key(dead),
                    group(entry.into())
                )
            }
            None => format!("{slot} points at entry {}.", group(entry.into())),
        },
        (None, Some(dead)) => {
            format!("{slot} becomes a tombstone (DUMMY, -2): {} is gone, a search has to go past it.", story.key(dead))
        }
        (None, None) => format!("{slot} is empty again."),
    };
    let formula = format!("indices[{pos}] = {}", new.to_cpython());
    let values = vec![("i", pos.to_string()), ("indices[i]", new.to_cpython().to_string())];
    (sentence, formula, writing_procedure(story, c, side), Mark::Index, values)
}

/// The counters that changed, by the names the table's source gives them.
fn changes(story: &Story<'_>, old: Regs, new: Regs) -> Vec<(&'static str, String, String)> {
    let (fill, usable) = match story.family() {
        Family::Cpython27 => ("fill", ""),
        Family::Cpython36 | Family::Cpython311 => ("nentries", "usable"),
        Family::Other => ("fill", "inserts left"),
    };
    [("used", old.used, new.used), (fill, old.fill, new.fill), (usable, old.usable, new.usable)]
        .into_iter()
        .filter(|(name, old, new)| !name.is_empty() && old != new)
        .map(|(name, old, new)| (name, group(old.into()), group(new.into())))
        .collect()
}

fn tell_regs(story: &Story<'_>, c: &Context, old: Regs, new: Regs) -> Told {
    let changes = changes(story, old, new);
    let mut parts: Vec<_> = changes.iter().map(|(name, old, new)| format!("{name} {old} → {new}")).collect();
    let finger = match story.family() {
        Family::Cpython27 => Some("the hash field of slot 0 (popitem's finger)"),
        Family::Other => Some("popitem's finger"),
        Family::Cpython36 | Family::Cpython311 => None,
    };
    if let Some(finger) = finger.filter(|_| old.extra != new.extra) {
        parts.push(format!("{finger} {} → {}", old.extra, new.extra));
    }
    if story.family() == Family::Cpython311 && old.extra != new.extra {
        let kind = |extra| if extra == 0 { "general" } else { "str-only" };
        parts.push(format!("the kind {} → {}", kind(old.extra), kind(new.extra)));
    }
    let sentence = format!("The counters change: {}.", parts.join(", "));
    let values = changes.into_iter().map(|(name, _, new)| (name, new)).collect();
    let procedure = match c.resizing() || c.just_swapped {
        true => moving_procedure(story, c, c.resize),
        false => writing_procedure(story, c, Side::Main),
    };
    (sentence, String::new(), procedure, Mark::Count, values)
}

fn tell_resize(story: &Story<'_>, c: &Context, resize: Resize) -> Told {
    let rule = (story.rule)(resize.reason);
    let numbers = Numbers::of(story, c, resize);
    let trigger = || match numbers.put_in(rule.trigger) {
        Some(with_numbers) if !rule.trigger.contains("==") => format!("{}, that is {with_numbers}", rule.trigger),
        _ => rule.trigger.to_owned(),
    };
    let why = match resize.reason {
        Reason::Full => format!("The table is full: {}.", trigger()),
        Reason::KindChange => "The key is not a str: the str-only table becomes a general one.".to_owned(),
        Reason::FirstTable => "The first key needs a table.".to_owned(),
        Reason::Presize => "Room is made for the keys to come.".to_owned(),
        Reason::Copy(how) if resize.clone => format!("{} clones the arrays as they are.", how.expression()),
        Reason::Copy(how) => format!("{} makes a new dict.", how.expression()),
        Reason::Cleared => "A new table takes the place of the old one.".to_owned(),
        Reason::TakeOver => "d is empty and takes over a clone of the other dict's table; its keys follow.".to_owned(),
        Reason::Sparse => format!("The table is nearly empty: {}.", trigger()),
        Reason::Rehash => "Tombstones fill the table: the live keys are put in again at the same size.".to_owned(),
        Reason::Asked => "The table makes itself fit, as asked.".to_owned(),
    };
    let slots = count(resize.to.into(), "slot", "slots");
    let size = match resize.from == resize.to {
        true => format!("{slots} again"),
        false => format!("{} → {slots}", group(resize.from.into())),
    };
    let what = match (resize.reason, resize.clone) {
        (_, true) => format!("{slots}; {}", with_dead(story, resize, "comes along", "come along")),
        (Reason::Cleared | Reason::TakeOver | Reason::FirstTable, _) => size,
        _ => format!("{size}; {}", with_dead(story, resize, "stays behind", "stay behind")),
    };
    let formula = match resize.clone {
        true => String::new(),
        false => numbers.size_formula(rule.wanted, rule.size, resize),
    };
    let procedure = match resize.reason {
        Reason::Full | Reason::FirstTable | Reason::KindChange | Reason::Rehash => Procedure::Resize,
        _ => moving_procedure(story, c, Some(resize)),
    };
    let values = vec![("wanted", group(resize.wanted)), ("size", group(resize.to.into()))];
    (format!("{why} {}.", capital(&what)), formula, procedure, Mark::Size, values)
}

fn tell_move(story: &Story<'_>, c: &Context, from: u32, key: Obj) -> Told {
    let place = if story.two() { "entry" } else { "slot" };
    let verb = match moving_procedure(story, c, c.resize) {
        Procedure::Copy => "is copied",
        _ => "moves",
    };
    let hash = story.hash(key, c.next);
    let name = story.key(key);
    let sentence = format!("{name} {verb} from {place} {}.", group(from.into()));
    let values = vec![("key", name.clone()), ("hash", hash.to_string())];
    (sentence, story.hash_formula(key, hash), moving_procedure(story, c, c.resize), Mark::Move, values)
}

fn tell_swap(story: &Story<'_>, c: &Context) -> Told {
    let slots = count(c.next.into(), "slot", "slots");
    let sentence = match c.resize.map(|r| r.reason) {
        Some(Reason::Copy(_)) | Some(Reason::Cleared) if !matches!(story.op, Op::Clear) => {
            format!("The new dict takes the place of d: {slots}. The old one is freed.")
        }
        _ => format!("The new array takes over: {slots}. The old one is freed."),
    };
    (sentence, String::new(), moving_procedure(story, c, c.resize), Mark::Swap, vec![("size", slots)])
}
