//! The table that answers, and the one that is being made beside it.

use super::meter::{Meter, walk_len};
use super::settings::Settings;
use super::stream::{Kind, Request};
use crate::python::{HashSettings, Heap, Obj, ObjMap};
use crate::table::{AnyTable, CopyHow, Listener, Op, Outcome, Policy, Side, SlotState, State, Table};

/// The map that every answer is compared with.
pub(super) type Plain = ObjMap<Obj>;

/// How the second table is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Writes go to it alone, deletions to both; what it has it has newer than the old one.
    Sliced,
    /// Writes and deletions go to both; lookups do not see it yet.
    Background,
    /// It is complete, but may not be used until the lock is released; nothing is written meanwhile.
    Locked,
}

/// A second table, into which the entries of the first go.
///
/// The one rule that keeps both right: an entry is only copied if its key is not there. So what was written during the copy
/// is never replaced by what is older, and a key deleted from the old table before the copy came to it is not copied at
/// all; a key deleted after that is deleted from both.
#[derive(Clone, Debug)]
struct Second {
    table: AnyTable,
    how: How,
    /// The next cell of the old table to look at, as [`walk_len`] counts them.
    cursor: usize,
    /// Keys that changed their place in the old table, maybe from after the cursor to before it.
    pending: Vec<Obj>,
}

/// How much of a copy may be made at once; it stops at the first of these.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quota {
    /// Entries moved.
    pub entries: u32,
    /// Cells of the old table looked at.
    pub looks: u32,
    /// Cells touched.
    pub cells: u64,
}

/// What a request was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// To a lookup: the value, if the key is there.
    Value(Option<Obj>),
    /// To an insert or an update.
    Stored,
    /// To a deletion: whether the key was there.
    Deleted(bool),
    /// The table could not do it.
    Failed,
}

/// The memory of a service: one table, or two.
#[derive(Clone, Debug)]
pub(super) struct Store {
    policy: &'static Policy,
    given: Vec<(String, String)>,
    pub heap: Heap,
    main: AnyTable,
    second: Option<Second>,
    /// The most bytes that were alive at once.
    pub peak: u64,
    /// Arrays that the tables exchanged by themselves.
    pub rebuilds: u32,
    /// Where operations ended since this was last emptied: in which table, and in which of its slots.
    pub touched: Vec<(Side, u32)>,
}

fn table_of(policy: &'static Policy, given: &[(String, String)]) -> AnyTable {
    let mut table = (policy.new)();
    let given: Vec<_> = given.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    table.configure(&given).expect("settings were checked");
    table
}

impl Store {
    /// An empty one, for tables of this policy.
    pub fn new(policy: &'static Policy, settings: &Settings) -> Store {
        let given = if policy.name == settings.table.name { settings.given.clone() } else { Vec::new() };
        let main = table_of(policy, &given);
        let (heap, peak) = (Heap::new(policy.python, HashSettings::default()), main.bytes().total());
        Store { policy, given, heap, main, second: None, peak, rebuilds: 0, touched: Vec::new() }
    }

    /// Bytes alive now.
    pub fn bytes(&self) -> u64 {
        self.main.bytes().total() + self.second.as_ref().map_or(0, |second| second.table.bytes().total())
    }

    /// The first table, and the second if it is alive.
    pub fn tables(&self) -> [Option<&AnyTable>; 2] {
        [Some(&self.main), self.second.as_ref().map(|second| &second.table)]
    }

    /// The same, to search them, and their objects.
    pub fn tables_mut(&mut self) -> ([Option<&mut AnyTable>; 2], &Heap) {
        ([Some(&mut self.main), self.second.as_mut().map(|second| &mut second.table)], &self.heap)
    }

    /// Bytes of this process's memory.
    pub fn memory(&self) -> usize {
        self.tables().into_iter().flatten().map(|table| table.state().memory()).sum()
    }

    /// Cells of the old table that were looked at to copy it, and how many there are.
    pub fn progress(&self) -> (u64, u64) {
        let done = self.second.as_ref().map_or(0, |second| second.cursor);
        (done as u64, walk_len(self.main.state()) as u64)
    }

    /// Whether a second table is alive.
    pub fn is_copying(&self) -> bool {
        self.second.is_some()
    }

    /// How the second table is being made.
    pub fn how(&self) -> Option<How> {
        self.second.as_ref().map(|second| second.how)
    }

    /// Live keys of the table in use. (During a sliced copy: of the old one.)
    pub fn live(&self) -> u32 {
        self.main.state().regs.used
    }

    /// Slots of the table in use.
    pub fn slots(&self) -> u32 {
        self.main.state().main.size() as u32
    }

    /// Slots of both tables.
    pub fn all_slots(&self) -> u32 {
        self.tables().into_iter().flatten().map(|table| table.state().main.size() as u32).sum()
    }

    /// Slots that a copy of the table in use would have.
    pub fn slots_of_a_copy(&self) -> u32 {
        let prices = self.main.copy_prices(&self.heap);
        prices.iter().find(|price| price.how == CopyHow::Dict).map_or(u32::MAX, |price| price.slots)
    }

    /// Inserts until the table in use would resize.
    pub fn inserts_left(&self) -> u32 {
        self.main.forecast().inserts_left.unwrap_or(u32::MAX)
    }

    /// Run an operation on one of the tables (`Next` is the second one) and count what it touches.
    fn run(&mut self, side: Side, op: Op<'_>, cells: &mut u64) -> Outcome {
        let (table, other) = match (side, &mut self.second) {
            (Side::Next, Some(second)) => (&mut second.table, self.main.bytes().total()),
            (_, second) => (&mut self.main, second.as_ref().map_or(0, |second| second.table.bytes().total())),
        };
        let (before, mut meter) = (table.bytes().total(), Meter::on(table));
        let outcome = table.run(op, &self.heap, &mut (&mut meter as &mut dyn Listener));
        let after = table.bytes();
        // A dict copied into a new one: two objects. A resize: two arrays of one object.
        let copied = matches!(op, Op::Copy(_));
        let both = if copied { after.total() } else { after.header + after.indices + after.entries };
        let alive = if meter.rebuilds > 0 { before + both } else { after.total() };
        self.peak = self.peak.max(other + alive);
        if !copied {
            self.rebuilds += meter.rebuilds;
        }
        if let (Side::Main, Some(second)) = (side, &mut self.second) {
            if meter.disturbed {
                second.cursor = 0;
            }
            second.pending.append(&mut meter.carried);
        }
        *cells += meter.cells;
        if meter.rebuilds > 0 {
            // The slots are other ones now.
            self.touched.retain(|&(touched, _)| touched != side);
        } else if let Some(pos) = meter.at {
            self.touched.push((side, pos));
        }
        outcome
    }

    /// Answer a request; and the cells it touched.
    pub fn answer(&mut self, request: Request) -> (Answer, u64) {
        let Request { kind, key, value, .. } = request;
        let mut cells = 0;
        let how = self.how();
        debug_assert!(!(kind.writes() && how == Some(How::Locked)), "writes wait for the lock");
        let answer = match kind {
            Kind::Lookup => {
                let mut outcome = Outcome::KeyError;
                if how == Some(How::Sliced) {
                    outcome = self.run(Side::Next, Op::Get(key), &mut cells);
                }
                if outcome == Outcome::KeyError {
                    outcome = self.run(Side::Main, Op::Get(key), &mut cells);
                }
                match outcome {
                    Outcome::Value(value) => Answer::Value(Some(value)),
                    Outcome::KeyError => Answer::Value(None),
                    _ => Answer::Failed,
                }
            }
            Kind::Insert | Kind::Update => {
                let mut done = true;
                if how != Some(How::Sliced) {
                    done &= self.run(Side::Main, Op::Set(key, value), &mut cells).is_ok();
                }
                if matches!(how, Some(How::Sliced | How::Background)) {
                    done &= self.run(Side::Next, Op::Set(key, value), &mut cells).is_ok();
                }
                if done { Answer::Stored } else { Answer::Failed }
            }
            Kind::Delete => {
                let mut was = self.run(Side::Main, Op::Del(key), &mut cells);
                if how.is_some() {
                    let there = self.run(Side::Next, Op::Del(key), &mut cells);
                    was = if was == Outcome::KeyError { there } else { was };
                }
                match was {
                    Outcome::Done => Answer::Deleted(true),
                    Outcome::KeyError => Answer::Deleted(false),
                    _ => Answer::Failed,
                }
            }
        };
        (answer, cells)
    }

    /// `d = dict(d)` at once; the cells it touched.
    pub fn copy_at_once(&mut self) -> u64 {
        let mut cells = 0;
        self.run(Side::Main, Op::Copy(CopyHow::Dict), &mut cells);
        cells
    }

    /// What [`Store::copy_at_once`] would cost, and the slots it would leave.
    pub fn price(&self) -> (u64, u32) {
        let mut copy = self.main.clone();
        let mut meter = Meter::on(&copy);
        copy.run(Op::Copy(CopyHow::Dict), &self.heap, &mut (&mut meter as &mut dyn Listener));
        (meter.cells, copy.state().main.size() as u32)
    }

    /// Begin to make a second table with room for so many keys (or none, to grow by itself), if it has fewer slots than the
    /// first or `anyway`. Whether it began.
    pub fn begin(&mut self, how: How, room: Option<u32>, anyway: bool) -> bool {
        let mut table = table_of(self.policy, &self.given);
        if let Some(room) = room {
            table.presize(room);
        }
        let smaller = match room {
            Some(_) => table.state().main.size() < self.main.state().main.size(),
            None => self.slots_of_a_copy() < self.slots(),
        };
        if smaller || anyway {
            self.second = Some(Second { table, how, cursor: 0, pending: Vec::new() });
            self.peak = self.peak.max(self.bytes());
        }
        smaller || anyway
    }

    /// Make the whole second table, to be used from [`Store::swap`] on; the cells it touched.
    pub fn begin_locked(&mut self) -> u64 {
        let mut table = self.main.clone();
        let mut meter = Meter::on(&table);
        table.run(Op::Copy(CopyHow::Dict), &self.heap, &mut (&mut meter as &mut dyn Listener));
        self.second = Some(Second { table, how: How::Locked, cursor: 0, pending: Vec::new() });
        self.peak = self.peak.max(self.bytes());
        meter.cells
    }

    /// Copy on within a quota; the cells touched, and whether all is copied.
    pub fn copy_some(&mut self, quota: Quota) -> (u64, bool) {
        let (mut entries, mut looks, mut cells) = (0, 0, 0);
        while entries < quota.entries && looks < quota.looks && cells < quota.cells {
            let Some(second) = &mut self.second else { return (cells, true) };
            let item = if let Some(key) = second.pending.pop() {
                match self.run(Side::Main, Op::Get(key), &mut cells) {
                    Outcome::Value(value) => Some((key, value)),
                    _ => None,
                }
            } else {
                let state = self.main.state();
                if second.cursor >= walk_len(state) {
                    return (cells, true);
                }
                let (pos, first) = (second.cursor, state.main.slots.len());
                let cell = match &state.next {
                    Some(next) if pos >= first => next.slots[pos - first],
                    _ => state.main.slots[pos],
                };
                second.cursor += 1;
                looks += 1;
                cells += 1;
                cell.is_live().then(|| (cell.live_key(), cell.value().expect("a live cell has a value")))
            };
            if let Some((key, value)) = item {
                self.run(Side::Next, Op::SetDefault(key, value), &mut cells);
                entries += 1;
            }
        }
        (cells, false)
    }

    /// The second table takes the place of the first, which is dropped.
    pub fn swap(&mut self) {
        if let Some(second) = self.second.take() {
            self.main = second.table;
            self.touched.clear();
        }
    }

    /// All that is there, read off the cells: what lookups would find.
    pub fn contents(&self) -> Plain {
        let newer = self.second.as_ref().filter(|second| second.how == How::Sliced).map(|second| &second.table);
        let mut contents = Plain::default();
        contents.reserve(self.live() as usize);
        for table in newer.into_iter().chain([&self.main]) {
            let State { main, next, .. } = table.state();
            for cell in main.slots.iter().chain(next.iter().flat_map(|next| &next.slots)) {
                if let SlotState::Live(key, value) = cell.state() {
                    contents.entry(key).or_insert(value);
                }
            }
        }
        contents
    }

    /// Check the tables' own invariants.
    #[cfg(test)]
    pub fn check(&self) -> Result<(), String> {
        self.main.check(&self.heap)?;
        self.second.as_ref().map_or(Ok(()), |second| second.table.check(&self.heap))
    }
}
