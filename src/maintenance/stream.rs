//! Seeded streams of requests, in phases.

use rand_pcg::Pcg64;

use super::Settings;
use crate::program::{draw, rng};
use crate::python::{Heap, Obj, Value};

/// What a request wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `d[key] = value`, the key not being there.
    Insert,
    /// `d[key] = value`, the key being there.
    Update,
    /// `d[key]`
    Lookup,
    /// `del d[key]`
    Delete,
}

impl Kind {
    /// Whether it changes the table.
    pub const fn writes(self) -> bool {
        !matches!(self, Kind::Lookup)
    }
}

/// One request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// What it wants.
    pub kind: Kind,
    /// The number of the key, from 0 in the order of their first inserts.
    pub id: u32,
    /// The key: an int below 2^28 that follows from the number and is as good as random.
    pub key: Obj,
    /// The value of an insert or an update: the number of the request.
    pub value: Obj,
}

/// A part of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Mostly inserts, until there are as many entries as wanted.
    Fill,
    /// Mostly deletions, down to the floor.
    Drain,
    /// A steady mix: half lookups, and as many inserts as deletions.
    Churn,
    /// Many more requests a tick, half of them inserts, until half of the way up.
    Burst,
    /// The deletions again.
    DrainAgain,
}

impl Phase {
    /// In the order in which they come.
    pub const ALL: [Phase; 5] = [Phase::Fill, Phase::Drain, Phase::Churn, Phase::Burst, Phase::DrainAgain];

    /// What a chart calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Phase::Fill => "fill",
            Phase::Drain => "drain",
            Phase::Churn => "churn",
            Phase::Burst => "burst",
            Phase::DrainAgain => "drain again",
        }
    }

    /// Of 16 requests: inserts, updates, lookups; the others are deletions.
    const fn mix(self) -> [u64; 3] {
        match self {
            Phase::Fill => [12, 1, 3],
            Phase::Drain | Phase::DrainAgain => [0, 1, 3],
            Phase::Churn => [2, 4, 8],
            Phase::Burst => [9, 2, 4],
        }
    }
}

/// A stream of requests. The same settings give the same stream, whatever answers it.
#[derive(Clone, Debug)]
pub struct Stream {
    rng: Pcg64,
    entries: u32,
    floor: u32,
    rate: u32,
    burst: u32,
    rest: u32,
    /// Keys that are there, and keys that were, by number; in no order.
    live: Vec<u32>,
    dead: Vec<u32>,
    ids: u32,
    made: u32,
    /// Index into [`Phase::ALL`]; past its end when the stream has ended.
    phase: usize,
    /// Requests in this phase.
    within: u32,
    /// Ticks without requests that are still to come.
    pause: u32,
}

/// A bijection of the numbers below 2^28 that leaves no pattern (after `lowbias32`, Wellons, hash-prospector).
fn scramble(id: u32) -> i64 {
    const MASK: u32 = (1 << 28) - 1;
    let x = (id ^ id >> 15).wrapping_mul(0x2C1B_3C6D) & MASK;
    let x = (x ^ x >> 12).wrapping_mul(0x297A_2D39) & MASK;
    i64::from(x ^ x >> 15)
}

impl Stream {
    /// The stream of these settings, from its start.
    pub fn new(settings: &Settings) -> Stream {
        Stream {
            rng: rng(settings.seed as i64),
            entries: settings.entries,
            floor: settings.floor_entries(),
            rate: settings.rate,
            burst: settings.burst,
            rest: settings.rest,
            live: Vec::new(),
            dead: Vec::new(),
            ids: 0,
            made: 0,
            phase: 0,
            within: 0,
            pause: 0,
        }
    }

    /// The phase it is in, pauses after it included; `None` after the end.
    pub fn phase(&self) -> Option<Phase> {
        Phase::ALL.get(self.phase).copied()
    }

    /// Whether no requests come now, between two phases or after the last.
    pub fn is_pause(&self) -> bool {
        self.pause > 0
    }

    /// Bytes of this process's memory outside of itself.
    pub fn memory(&self) -> usize {
        (self.live.capacity() + self.dead.capacity()) * size_of::<u32>()
    }

    /// Whether no request will come any more, and the last pause is over.
    pub fn is_over(&self) -> bool {
        self.phase().is_none() && self.pause == 0
    }

    /// Requests a tick now.
    pub fn rate(&self) -> u32 {
        if self.phase() == Some(Phase::Burst) { self.rate * self.burst } else { self.rate }
    }

    /// Put the requests of the next tick into `out`, which is emptied first.
    pub fn tick(&mut self, heap: &mut Heap, out: &mut Vec<Request>) {
        out.clear();
        if self.pause > 0 {
            self.pause -= 1;
            return;
        }
        for _ in 0..self.rate() {
            let Some(phase) = self.phase() else { return };
            if self.has_reached(phase) {
                self.phase += 1;
                self.within = 0;
                self.pause = self.rest;
                return;
            }
            out.push(self.next(phase, heap));
        }
    }

    /// Whether the goal of this phase is reached.
    fn has_reached(&self, phase: Phase) -> bool {
        let live = self.live.len() as u32;
        match phase {
            Phase::Fill => live >= self.entries,
            Phase::Drain | Phase::DrainAgain => live <= self.floor,
            Phase::Churn => self.within >= self.entries / 2,
            Phase::Burst => live >= (self.entries + self.floor).div_ceil(2),
        }
    }

    fn draw(&mut self, below: usize) -> usize {
        draw(&mut self.rng, below as u64) as usize
    }

    fn next(&mut self, phase: Phase, heap: &mut Heap) -> Request {
        let [inserts, updates, lookups] = phase.mix();
        let dice = self.draw(16) as u64;
        let kind = match dice {
            _ if dice < inserts => Kind::Insert,
            _ if self.live.is_empty() => Kind::Lookup,
            _ if dice < inserts + updates => Kind::Update,
            _ if dice < inserts + updates + lookups => Kind::Lookup,
            _ => Kind::Delete,
        };
        let id = match kind {
            Kind::Insert => self.absent_for_insert(),
            // One in eight asks for a key that is not there; one deletion in sixteen.
            Kind::Lookup if self.live.is_empty() || self.draw(8) == 0 => self.absent(),
            Kind::Delete if self.draw(16) == 0 => self.absent(),
            _ => {
                let at = self.draw(self.live.len());
                if kind == Kind::Delete { self.kill(at) } else { self.live[at] }
            }
        };
        self.within += 1;
        self.made += 1;
        let mut int = |n| heap.alloc(Value::Int(n));
        Request { kind, id, key: int(scramble(id)), value: int(i64::from(self.made)) }
    }

    /// A new key, or one time in four one that was deleted.
    fn absent_for_insert(&mut self) -> u32 {
        let id = if !self.dead.is_empty() && self.draw(4) == 0 {
            let at = self.draw(self.dead.len());
            self.dead.swap_remove(at)
        } else {
            self.ids += 1;
            self.ids - 1
        };
        self.live.push(id);
        id
    }

    fn kill(&mut self, at: usize) -> u32 {
        let id = self.live.swap_remove(at);
        self.dead.push(id);
        id
    }

    /// A key that is not there: the one deleted last, or one that never was.
    fn absent(&mut self) -> u32 {
        self.dead.last().copied().unwrap_or(self.ids)
    }
}
