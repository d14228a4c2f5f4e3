//! A stream of requests against one strategy, tick by tick.

use std::collections::VecDeque;

use super::Strategy;
use super::report::Row;
use super::settings::Settings;
use super::store::{Answer, How, Plain, Quota, Store};
use super::stream::{Kind, Phase, Request, Stream};
use crate::program::grouped;
use crate::python::{Heap, Version};
use crate::table::{AnyTable, Side};

/// A request that has come, and when: in cells, from the start of the run.
#[derive(Clone, Copy, Debug)]
struct Arrived {
    request: Request,
    at: u64,
}

/// What was seen at the end of one tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The phase of the stream; `None` when it has ended and what is left is being worked off.
    pub phase: Option<Phase>,
    /// Requests answered in this tick.
    pub answered: u32,
    /// Their median latency in cells; 0 if there was none.
    pub median: u32,
    /// Their worst latency in cells.
    pub worst: u32,
    /// Requests that wait.
    pub queue: u32,
    /// Live keys, as the plain map has them.
    pub live: u32,
    /// Bytes alive at the end of the tick.
    pub bytes: u64,
    /// The most bytes that were alive at once until then.
    pub peak: u64,
    /// Slots of all tables alive.
    pub slots: u32,
    /// Whether two tables are alive.
    pub copying: bool,
}

/// One strategy under the stream, at one moment: everything that the ticks to come depend on, and nothing else.
#[derive(Clone, Debug)]
pub struct Scene {
    settings: Settings,
    strategy: Strategy,
    stream: Stream,
    store: Store,
    plain: Plain,
    /// Waiting, in the order of arrival.
    queue: VecDeque<Arrived>,
    /// Writes that came to the front while the lock was held.
    held: VecDeque<Arrived>,
    /// The cell at which the lock is released.
    locked_until: Option<u64>,
    /// The cell from which the worker has time, and the one at which its last copy at once is done.
    free_at: u64,
    copied_at: u64,
    ticks: u32,
    /// Ticks since the last copy, and since the last request.
    since_copy: u32,
    idle: u32,
    /// With how many live keys and slots a copy was last made, or found to be no gain.
    futile: Option<(u32, u32)>,
    /// How many of the first latencies are from the fill.
    filling: usize,
    row: Row,
    /// Requests of the tick.
    fresh: Vec<Request>,
    /// Where they ended, and where entries were moved to.
    touched: Vec<Touched>,
}

/// A slot that the tick had to do with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touched {
    /// In the table that is being made, not in the one that was there first.
    pub second: bool,
    /// Which slot.
    pub slot: u32,
    /// What the request wanted; `None`: an entry was moved there.
    pub kind: Option<Kind>,
}

/// What a run writes down. It only grows.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// Latency of every request answered, in cells.
    latencies: Vec<u32>,
    samples: Vec<Sample>,
}

impl Log {
    /// Forget all of it.
    pub(super) fn clear(&mut self) {
        self.latencies.clear();
        self.samples.clear();
    }
}

/// One strategy under the stream, with what was seen so far.
#[derive(Debug)]
pub struct Run {
    scene: Scene,
    log: Log,
}

/// Entries a tick may look at for each that it may move: holes and free slots are passed, but not without end.
const LOOKS: u32 = 4;

impl Run {
    /// The start of a run of one strategy. The settings' own strategy is not looked at.
    pub fn new(settings: &Settings, strategy: Strategy) -> Run {
        Run { scene: Scene::new(settings, strategy), log: Log::default() }
    }

    /// Where it is.
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// What was seen in each tick so far.
    pub fn samples(&self) -> &[Sample] {
        &self.log.samples
    }

    /// Go on to the end of the next tick; false if the stream has ended and everything is answered.
    pub fn tick(&mut self) -> bool {
        self.scene.tick(&mut self.log)
    }

    /// Go on to the end.
    pub fn finish(&mut self) {
        while self.tick() {}
    }

    /// What it has come to: at the end, or so far.
    pub fn row(&self) -> Row {
        let (Scene { filling, store, ticks, row, .. }, latencies) = (&self.scene, &self.log.latencies);
        let mut sorted = latencies.clone();
        // The smallest latency that the given share of all requests does not exceed.
        let mut quantile = |percent: usize| match sorted.len() {
            0 => 0,
            n => *sorted.select_nth_unstable((n * percent).div_ceil(100) - 1).1,
        };
        Row {
            median: quantile(50),
            p99: quantile(99),
            worst: quantile(100),
            worst_later: latencies.iter().skip(*filling).copied().max().unwrap_or(0),
            rebuilds: store.rebuilds,
            peak_bytes: store.peak,
            end_bytes: store.bytes(),
            ticks: *ticks,
            ..*row
        }
    }

    /// Compare everything with the plain map, and check the tables' own invariants.
    #[cfg(test)]
    pub(super) fn verify(&self) -> Result<(), String> {
        self.scene.verify()
    }
}

impl Scene {
    /// Before the first tick of a strategy. The settings' own strategy is not looked at.
    pub fn new(settings: &Settings, strategy: Strategy) -> Scene {
        let policy = match strategy {
            Strategy::Itself if !settings.table.name.starts_with("cpython") => AnyTable::of_version(Version::LATEST),
            _ => settings.table,
        };
        Scene {
            settings: settings.clone(),
            strategy,
            stream: Stream::new(settings),
            store: Store::new(policy, settings),
            plain: Plain::default(),
            queue: VecDeque::new(),
            held: VecDeque::new(),
            locked_until: None,
            free_at: 0,
            copied_at: 0,
            ticks: 0,
            since_copy: 0,
            idle: 0,
            futile: None,
            filling: 0,
            row: Row::new(strategy),
            fresh: Vec::new(),
            touched: Vec::new(),
        }
    }

    /// Which strategy this is.
    pub fn strategy(&self) -> Strategy {
        self.strategy
    }

    /// Ticks gone through.
    pub fn ticks(&self) -> u32 {
        self.ticks
    }

    /// The phase of the stream and whether it is in the pause before it; `None` after the end.
    pub fn phase(&self) -> Option<(Phase, bool)> {
        self.stream.phase().map(|phase| (phase, self.stream.is_pause()))
    }

    /// Requests that came, that were answered, and answers and keys that were not those of a plain map.
    pub fn counts(&self) -> [u32; 3] {
        [self.row.made, self.row.applied, self.row.lost]
    }

    /// The table that was there first, and the one that is being made.
    pub fn tables(&self) -> [Option<&AnyTable>; 2] {
        self.store.tables()
    }

    /// What each of the two tables is for just now.
    pub fn roles(&self) -> [&'static str; 2] {
        match self.store.how() {
            None => ["answers everything", "is alive while a copy is made"],
            Some(How::Sliced) => ["answers for what is not in the new one", "gets the writes, is asked first"],
            Some(How::Background) => ["answers lookups, gets the writes", "gets the writes and the copies"],
            Some(How::Locked) => ["answers lookups", "is made on the second core"],
        }
    }

    /// The tables, to search them, and their objects.
    pub fn tables_mut(&mut self) -> ([Option<&mut AnyTable>; 2], &Heap) {
        self.store.tables_mut()
    }

    /// The objects of both tables.
    pub fn heap(&self) -> &Heap {
        &self.store.heap
    }

    /// Bytes alive now, and the most that ever were.
    pub fn bytes(&self) -> [u64; 2] {
        [self.store.bytes(), self.store.peak]
    }

    /// What waits, in the order in which it will be answered; writes that wait for a lock are marked.
    pub fn waiting(&self) -> impl Iterator<Item = (Kind, bool)> {
        let of = |waiting: &Arrived| waiting.request.kind;
        let locked = self.locked_until.is_some();
        let held = self.held.iter().map(move |waiting| (of(waiting), locked));
        held.chain(self.queue.iter().map(move |waiting| (of(waiting), locked && of(waiting).writes())))
    }

    /// How many requests wait.
    pub fn queue(&self) -> usize {
        self.held.len() + self.queue.len()
    }

    /// The slots that the last tick had to do with, in the order in which it came to them.
    pub fn touched(&self) -> &[Touched] {
        &self.touched
    }

    /// The requests that came in the last tick.
    pub fn arrivals(&self) -> impl Iterator<Item = Kind> {
        self.fresh.iter().map(|request| request.kind)
    }

    /// Bytes of this process's memory.
    pub fn memory(&self) -> usize {
        let plain = self.plain.capacity() * 9;
        let waiting = (self.held.capacity() + self.queue.capacity()) * size_of::<Arrived>();
        size_of::<Scene>() + plain + waiting + self.store.memory() + self.stream.memory()
    }

    /// What the strategy is doing, in a sentence.
    pub fn doing(&self) -> String {
        let now = u64::from(self.ticks) * u64::from(self.settings.tick);
        let cells = |until: u64| grouped(until.saturating_sub(now));
        let Settings { slice, threshold, every, quiet, .. } = self.settings;
        if let Some(until) = self.locked_until {
            return format!(
                "A second core copies under a lock, {} cells to go. Lookups are answered; {} writes wait.",
                cells(until),
                grouped(self.waiting().filter(|&(_, held)| held).count() as u64)
            );
        }
        if let (Some(how), (done, of)) = (self.store.how(), self.store.progress()) {
            let looked = format!("{} of {} cells of the old table looked at", grouped(done), grouped(of));
            return match how {
                How::Sliced => format!("Two tables alive, at most {slice} entries moved a tick: {looked}."),
                _ => format!("A second core copies, and every write goes to both tables: {looked}."),
            };
        }
        if self.copied_at > now {
            return format!("The worker copies, {} cells to go, and everybody waits.", cells(self.copied_at));
        }
        if self.free_at > now {
            return format!(
                "The worker is busy with one request for {} cells more; the others wait.",
                cells(self.free_at)
            );
        }
        if self.stream.is_over() {
            return "The stream has ended and everything is answered.".to_owned();
        }
        let live = f64::from(self.store.live()) / f64::from(self.store.slots().max(1));
        match self.strategy {
            Strategy::Never => "Nothing: nobody copies.".to_owned(),
            Strategy::Itself => match self.store.inserts_left() {
                u32::MAX => "Nothing: this table never resizes by itself.".to_owned(),
                left => format!("Nothing until the dict itself resizes, {} new keys from now.", grouped(left.into())),
            },
            Strategy::Schedule => {
                format!(
                    "Waits: the next copy is due in {} ticks.",
                    grouped(every.saturating_sub(self.since_copy).into())
                )
            }
            Strategy::Quiet => format!("Waits for {quiet} ticks without a request; it has been {}.", self.idle),
            _ => format!("Waits: live/slots is {live:.3}, a copy is due under {threshold}, if it is smaller."),
        }
    }

    /// Go on to the end of the next tick; false if the stream has ended and everything is answered.
    pub fn tick(&mut self, log: &mut Log) -> bool {
        let phase = self.stream.phase();
        if self.stream.is_over() && self.queue.is_empty() && self.held.is_empty() && !self.store.is_copying() {
            return false;
        }
        let length = u64::from(self.settings.tick);
        let start = u64::from(self.ticks) * length;
        self.ticks += 1;
        self.arrive(start, length);
        if self.stream.phase() != phase {
            self.compare();
        }
        if self.stream.phase() == Some(Phase::Fill) {
            self.filling = self.row.applied as usize + self.queue();
        }
        self.touched.clear();
        self.maintain(start);
        self.note(None);
        let answered = log.latencies.len();
        self.serve(start + length, &mut log.latencies);
        let sample = self.sample(&log.latencies[answered..], phase);
        log.samples.push(sample);
        true
    }

    /// Note where the store has just been.
    fn note(&mut self, kind: Option<Kind>) {
        let touched = self.store.touched.drain(..);
        self.touched.extend(touched.map(|(side, slot)| Touched { second: side == Side::Next, slot, kind }));
    }

    fn arrive(&mut self, start: u64, length: u64) {
        self.stream.tick(&mut self.store.heap, &mut self.fresh);
        let n = self.fresh.len() as u64;
        let arrived = (0..).zip(&self.fresh).map(|(i, &request)| Arrived { request, at: start + i * length / n });
        self.queue.extend(arrived);
        self.row.made += self.fresh.len() as u32;
        self.idle = if n == 0 { self.idle + 1 } else { 0 };
        self.since_copy += 1;
    }

    /// The worker copies, and everybody waits.
    fn hold(&mut self, start: u64, cells: u64) {
        self.free_at = self.free_at.max(start) + cells;
        self.copied_at = self.free_at;
        self.row.work += cells;
        self.row.pause = self.row.pause.max(cells);
    }

    /// What the strategy does at the start of a tick.
    fn maintain(&mut self, start: u64) {
        match self.store.how() {
            None if self.stream.is_over() => {}
            None => self.begin(start),
            Some(How::Locked) => {}
            Some(How::Sliced) => {
                let entries = self.settings.slice;
                let (cells, all) =
                    self.store.copy_some(Quota { entries, looks: entries.saturating_mul(LOOKS), cells: u64::MAX });
                self.hold(start, cells);
                if all {
                    self.swap();
                }
            }
            Some(How::Background) => {
                let cells = u64::from(self.settings.tick);
                let (cells, all) = self.store.copy_some(Quota { entries: u32::MAX, looks: u32::MAX, cells });
                self.row.work += cells;
                if all {
                    self.swap();
                }
            }
        }
    }

    fn begin(&mut self, start: u64) {
        let due = match self.strategy {
            Strategy::Never | Strategy::Itself => false,
            Strategy::Schedule => self.since_copy >= self.settings.every && self.store.live() > 0,
            Strategy::Quiet => self.idle >= self.settings.quiet && self.queue.is_empty() && self.is_gain(),
            Strategy::Threshold | Strategy::Locked => self.is_sparse() && self.is_gain(),
            Strategy::Sliced => return self.begin_slices(),
            Strategy::Background => {
                if self.is_sparse() && !self.is_futile() {
                    let live = self.store.live();
                    self.begin_second(How::Background, live + live / 8, false);
                }
                false
            }
        };
        if !due {
            return;
        }
        self.since_copy = 0;
        self.row.copies += 1;
        if self.strategy == Strategy::Locked {
            let cells = self.store.begin_locked();
            self.row.work += cells;
            self.row.pause = self.row.pause.max(cells);
            self.locked_until = Some(self.free_at.max(start) + cells);
        } else {
            let cells = self.store.copy_at_once();
            self.hold(start, cells);
            self.compare();
        }
    }

    /// Inserts that must always fit, or the table would grow by itself before the next look: those of two busy ticks.
    fn margin(&self) -> u32 {
        2 * self.settings.rate * self.settings.burst
    }

    fn begin_slices(&mut self) {
        let live = self.store.live();
        // As many inserts as may come while so many entries are moved; not without limit, when slices are too small.
        let meanwhile = live.div_ceil(self.settings.slice).saturating_mul(self.stream.rate());
        let meanwhile = meanwhile.min(2 * self.settings.entries);
        // A table that has to grow by itself is better grown where it is.
        if self.settings.presize && self.store.inserts_left() < self.margin() {
            self.begin_second(How::Sliced, live + meanwhile.max(live / 2), true);
        } else if self.is_sparse() && !self.is_futile() {
            self.begin_second(How::Sliced, live + meanwhile, false);
        }
    }

    fn begin_second(&mut self, how: How, room: u32, anyway: bool) {
        let room = self.settings.presize.then(|| room + 2 * self.margin());
        if self.store.begin(how, room, anyway) {
            self.row.copies += 1;
            self.since_copy = 0;
        } else {
            self.futile = Some((self.store.live(), self.store.slots()));
        }
    }

    /// Whether a copy was made or found to be no gain, and not many keys were deleted since.
    fn is_futile(&self) -> bool {
        let (now, slots) = (self.store.live(), self.store.slots());
        self.futile.is_some_and(|(live, of)| of == slots && u64::from(now) * 8 > u64::from(live) * 7)
    }

    fn is_sparse(&self) -> bool {
        f64::from(self.store.live()) < self.settings.threshold * f64::from(self.store.slots())
    }

    fn is_gain(&self) -> bool {
        self.store.slots_of_a_copy() < self.store.slots()
    }

    fn swap(&mut self) {
        self.compare();
        self.store.swap();
        self.touched.clear();
        self.compare();
        // A second table that grew by itself may be larger than a copy need be; another one would be no better.
        self.futile = Some((self.store.live(), self.store.slots()));
    }

    /// Answer what can be answered before `end`.
    fn serve(&mut self, end: u64, latencies: &mut Vec<u32>) {
        loop {
            let next = self.held.front().filter(|_| self.locked_until.is_none()).or_else(|| self.queue.front());
            let start = next.map_or(end, |next| next.at.max(self.free_at));
            if let Some(until) = self.locked_until.filter(|&until| until <= start) {
                self.locked_until = None;
                self.free_at = self.free_at.max(until);
                self.swap();
                continue;
            }
            if start >= end {
                return;
            }
            let arrived = if self.locked_until.is_some() {
                let arrived = self.queue.pop_front();
                if let Some(write) = arrived.filter(|arrived| arrived.request.kind.writes()) {
                    self.held.push_back(write);
                    continue;
                }
                arrived
            } else {
                self.held.pop_front().or_else(|| self.queue.pop_front())
            };
            let Some(Arrived { request, at }) = arrived else { return };
            let cells = self.answer(request);
            self.free_at = start + cells;
            latencies.push(u32::try_from(self.free_at - at).unwrap_or(u32::MAX));
        }
    }

    /// Answer one request, and see that the plain map answers the same.
    fn answer(&mut self, request: Request) -> u64 {
        let rebuilds = self.store.rebuilds;
        let (answer, cells) = self.store.answer(request);
        if self.store.rebuilds != rebuilds {
            self.touched.clear();
        }
        self.note(Some(request.kind));
        let expected = match request.kind {
            Kind::Lookup => Answer::Value(self.plain.get(&request.key).copied()),
            Kind::Insert | Kind::Update => {
                self.plain.insert(request.key, request.value);
                Answer::Stored
            }
            Kind::Delete => Answer::Deleted(self.plain.remove(&request.key).is_some()),
        };
        self.row.work += cells;
        self.row.applied += 1;
        self.row.lost += u32::from(answer != expected);
        cells
    }

    /// Count every key whose value is not that of the plain map.
    fn compare(&mut self) {
        let contents = self.store.contents();
        let missing = self.plain.iter().filter(|&(key, value)| contents.get(key) != Some(value)).count();
        let extra = contents.keys().filter(|key| !self.plain.contains_key(key)).count();
        self.row.lost += (missing + extra) as u32;
    }

    /// Compare everything with the plain map, and check the tables' own invariants.
    #[cfg(test)]
    pub(super) fn verify(&self) -> Result<(), String> {
        if self.store.contents() != self.plain {
            return Err(format!("tick {}: the contents differ", self.ticks));
        }
        self.store.check()
    }

    fn sample(&mut self, answered: &[u32], phase: Option<Phase>) -> Sample {
        let mut latencies = answered.to_vec();
        latencies.sort_unstable();
        let queue = self.queue() as u32;
        self.row.longest_queue = self.row.longest_queue.max(queue);
        Sample {
            phase,
            answered: latencies.len() as u32,
            median: latencies.get(latencies.len().saturating_sub(1) / 2).copied().unwrap_or(0),
            worst: latencies.last().copied().unwrap_or(0),
            queue,
            live: self.plain.len() as u32,
            bytes: self.store.bytes(),
            peak: self.store.peak,
            slots: self.store.all_slots(),
            copying: self.store.is_copying(),
        }
    }
}
