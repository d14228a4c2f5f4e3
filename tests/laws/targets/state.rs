//! Whole sessions: whatever is done in whatever order, the page is right.
//!
//! The laws: where the reader stands every table is that of a replay, also within an operation; tables stand at the same
//! place and tell the same operations where their Python is the same; a frame says what the table is; a link opens the
//! story it was made of; undo and redo take each other back and give back what was there before; a command that is
//! cancelled, or cannot be done, leaves everything as it was; a command that does not wait for the one before it comes to
//! the same as if it had waited; and nothing panics, whatever is looked at.

use dictoscope::engine::lab::LabCommand;
use dictoscope::engine::map::Which;
use dictoscope::engine::{Command, Lane, Trouble};
use dictoscope::history::{Pos, Tracer};
use dictoscope::program::Program;
use dictoscope::table::{AnyTable, Arrays, Event, Listener, Noop, Side, State, Table};
use dictoscope::view::camera::Point;
use dictoscope::view::palette::Palette;
use dictoscope::view::shade::Colouring;

use super::driver::{Driver, Snapshot, assert_same, operations, spec};
use super::session::{Act, Session};

/// Stories of more operations are replayed at the end of a session alone.
const SHORT: usize = 400;
/// Stories of more operations are not replayed: it takes too long.
const LONG: usize = 3_000;

/// A session, as bytes or as text.
pub fn state(data: &[u8]) {
    // Text is for people: what a fuzzer makes of it need not be any.
    if let Ok(session) = Session::read(data) {
        run(&session);
    }
}

/// Do it all, and check the laws on the way and at the end.
pub fn run(session: &Session) {
    let mut reader = Reader { page: Driver::new(session.still), trail: Vec::new() };
    for act in &session.acts {
        reader.act(act);
        reader.check_places(SHORT);
    }
    reader.page.settle();
    reader.page.handle(&Command::Lab(LabCommand::Close));
    reader.page.settle();
    reader.check_places(LONG);
    reader.there_and_back(1);
    reader.page.check_link();
}

struct Reader {
    page: Driver,
    /// What the next undos lead back to, the latest last, as far as that is known.
    trail: Vec<Snapshot>,
}

impl Reader {
    fn act(&mut self, act: &Act) {
        match act {
            Act::Do(command) => self.command(command),
            Act::Tick(times) => self.page.tick(*times),
            Act::Settle => _ = self.page.settle(),
            Act::Frame(width) => _ = self.page.engine.frame(*width as f64, self.page.now()),
            Act::Look(numbers) => self.look(*numbers),
            Act::Reopen => self.page.check_link(),
            Act::ThereAndBack(depth) => self.there_and_back(*depth),
            Act::Reverted(command) => self.reverted(command),
            Act::Cancelled(ticks, command) => self.cancelled(*ticks, command),
            Act::Hurried(ticks, first, then) => self.hurried(*ticks, first, then),
        }
    }

    /// A command at any moment. What of it is known beforehand is checked.
    fn command(&mut self, command: &Command) {
        let before = self.page.is_quiet().then(|| self.page.snapshot());
        match command {
            Command::Undo if before.is_some() && !self.trail.is_empty() => {
                self.page.handle(command);
                let expected = self.trail.pop().expect("there is one");
                if self.page.settle() {
                    assert_same(&self.page.snapshot(), &expected, "after undo");
                } else {
                    self.trail.clear();
                }
                return;
            }
            Command::Undo | Command::Redo | Command::Cancel => self.trail.clear(),
            Command::Seek(op) if self.page.engine.lab().is_none() => {
                self.page.handle(command);
                let reached = self.page.engine.lanes().iter().map(|lane| lane.timeline.first()).max();
                let timeline = &self.page.engine.lane().timeline;
                let expected = Pos { op: (*op).clamp(reached.unwrap_or(0), timeline.len()), step: 0 };
                assert_eq!(timeline.pos(), expected, "after {command:?}");
                return;
            }
            command if is_change(command) => self.trail.clear(),
            _ => {}
        }
        let was_told = self.page.engine.trouble().is_some();
        self.page.handle(command);
        if let Some(before) = before.filter(|_| !was_told) {
            self.check_refusal(command, &before);
        }
    }

    /// What is refused is told and changes nothing. (A program that can be parsed is not refused, but may fail when it is
    /// run.)
    fn check_refusal(&mut self, command: &Command, before: &Snapshot) {
        let is_refused = match (self.page.engine.trouble(), command) {
            (Some(Trouble::General(_)), _) => true,
            (Some(Trouble::Program(_)), Command::Run(text)) => {
                let parses = |lane: &Lane| Program::parse(text, lane.timeline.heap().version()).is_ok();
                !self.page.engine.lanes().iter().all(parses)
            }
            _ => false,
        };
        if is_refused && self.page.is_quiet() {
            assert_same(&self.page.snapshot(), before, &format!("after {command:?}, which was refused"));
        }
    }

    /// So many undos, and as many redos.
    fn there_and_back(&mut self, depth: usize) {
        for (there, back) in [(Command::Undo, Command::Redo), (Command::Redo, Command::Undo)] {
            let mut places = Vec::new();
            while places.len() < depth && self.page.is_quiet() && self.can(&there) {
                places.push(self.page.snapshot());
                self.page.handle(&there);
                if !self.page.settle() || !self.page.is_quiet() {
                    // A long story: what it would come to is not known.
                    self.trail.clear();
                    return;
                }
            }
            let depth = places.len();
            while let Some(place) = places.pop() {
                assert!(self.can(&back), "{back:?} after {there:?}");
                self.page.handle(&back);
                if !self.page.settle() {
                    self.trail.clear();
                    return;
                }
                assert_same(&self.page.snapshot(), &place, &format!("after {depth} times {there:?}, then {back:?}"));
            }
        }
    }

    fn can(&mut self, command: &Command) -> bool {
        let frame = self.page.engine.frame(900.0, self.page.now());
        if *command == Command::Undo { frame.can_undo } else { frame.can_redo }
    }

    /// A command that makes another story can be undone, back to the story before, and done again.
    fn reverted(&mut self, command: &Command) {
        if !self.page.is_quiet() {
            return self.command(command);
        }
        let before = self.page.snapshot();
        let known = self.trail.len() < 40;
        self.page.handle(command);
        self.check_refusal(command, &before);
        if !self.page.settle() || !self.page.is_quiet() {
            return self.trail.clear();
        }
        let after = self.page.snapshot();
        if after.story() == before.story() && after.lanes == before.lanes {
            // Nothing to undo, or a story that replaced an equal one.
            return self.trail.clear();
        }
        assert!(self.can(&Command::Undo), "{command:?} cannot be undone");
        self.page.handle(&Command::Undo);
        if !self.page.settle() {
            return self.trail.clear();
        }
        assert_same(&self.page.snapshot(), &before, &format!("after {command:?} was undone"));
        self.page.handle(&Command::Redo);
        if !self.page.settle() {
            return self.trail.clear();
        }
        assert_same(&self.page.snapshot(), &after, &format!("after {command:?} was undone and done again"));
        if known {
            self.trail.push(before);
        } else {
            self.trail.clear();
        }
    }

    /// A command that is cancelled before it is done was never given.
    fn cancelled(&mut self, ticks: usize, command: &Command) {
        if !self.page.is_quiet() {
            return self.command(command);
        }
        let before = self.page.snapshot();
        let could = [Command::Undo, Command::Redo].map(|command| self.can(&command));
        self.page.handle(command);
        self.page.tick(ticks);
        if !self.page.engine.is_building() || self.page.engine.lab().is_some() {
            return self.trail.clear();
        }
        self.page.handle(&Command::Cancel);
        assert!(!self.page.engine.is_building(), "still building after {command:?} was cancelled");
        assert_same(&self.page.snapshot(), &before, &format!("after {command:?} was cancelled"));
        let can = [Command::Undo, Command::Redo].map(|command| self.can(&command));
        assert_eq!(can, could, "undo and redo after {command:?} was cancelled");
    }

    /// A command that does not wait for the one before comes to what it would have come to.
    fn hurried(&mut self, ticks: usize, first: &Command, then: &Command) {
        if !self.page.is_quiet() || matches!(first, Command::OpenLink(link) if link.contains("lab")) {
            self.command(first);
            self.page.tick(ticks);
            return self.command(then);
        }
        let before = self.page.snapshot();
        let mut patient = Driver::new(true);
        patient.handle(&Command::OpenLink(before.link));
        patient.engine.finish_build();
        self.trail.clear();
        self.page.handle(first);
        self.page.tick(ticks);
        // A program that fails when it is run is cut there, and then it runs no further in any other table.
        let failed = self.page.engine.trouble().is_some();
        // Once a line is there it is played, and what is typed then begins where that has come to.
        let is_waiting = self.page.engine.is_building();
        self.page.handle(then);
        let told = self.page.engine.trouble().is_some();
        if !self.page.settle() || failed || told || !is_waiting {
            return;
        }
        patient.handle(first);
        if !patient.settle() || patient.engine.trouble().is_some() {
            return;
        }
        patient.handle(then);
        if !patient.settle() || !patient.is_quiet() || !self.page.is_quiet() {
            return;
        }
        let (found, expected) = (self.page.snapshot(), patient.snapshot());
        let when = format!("when {then:?} did not wait for {first:?}");
        assert_eq!(found.story(), expected.story(), "the story {when}");
        let operations = |snapshot: &Snapshot| -> Vec<_> { snapshot.lanes.iter().map(|lane| lane.1.clone()).collect() };
        assert_eq!(operations(&found), operations(&expected), "the operations {when}");
    }

    /// At the maps and charts of any table, also of one that is not there.
    fn look(&mut self, [a, b, c]: [usize; 3]) {
        let which = Which::ALL[a % 2];
        let nth = a / 2 % 4;
        let engine = &mut self.page.engine;
        let colouring = Colouring::ALL[a / 8 % Colouring::ALL.len()];
        if let Some(map) = engine.map(nth, which) {
            map.show((b as u32 % 16) * 40, (b as u32 / 16) * 30, const { &Palette::LIGHT }, colouring);
            let point = Point { x: b as f64, y: a as f64 };
            match c % 8 {
                0 => map.zoom(point, 1.5),
                1 => map.pan(Point { x: b as f64 * 3.0, y: -(a as f64) }),
                2 => map.fly_nearer(None, 4.0),
                3 => map.fly_out(),
                4 => map.fly_to(a as u32 * 7, 10.0),
                5 => map.reveal(b as u32),
                6 => map.fly_nearer(Some(point), 2.0),
                _ => {}
            }
        }
        engine.painted(nth, which);
        engine.ink(nth, which, a as u32);
        engine.touched(nth).count();
        match b % 6 {
            0 => engine.zoom_time(a as f64 / 255.0, 1.7),
            1 => engine.pan_time(a as f64 / 50.0 - 2.0),
            2 => engine.whole_time(),
            3 => engine.watch_lengths(a & 1 == 0),
            4 => engine.pinch_time([0.1, b as f64 / 255.0], [c as f64 / 255.0, 0.9]),
            _ => {}
        }
        let reach = engine.lane().timeline.len();
        let window = engine.window();
        assert!(window.start <= window.end && window.end <= reach, "{window:?} of {reach}");
        engine.lengths();
        self.page.engine.frame(900.0, self.page.now());
    }

    /// Where the reader stands every table is that of a replay, and a frame says so.
    fn check_places(&mut self, most: usize) {
        let engine = &self.page.engine;
        engine.lanes().iter().filter(|lane| lane.timeline.len() <= most).for_each(check_replay);
        if engine.is_building() {
            return;
        }
        let (focus, Pos { op, step }) = (engine.focus(), engine.lane().timeline.pos());
        for (nth, lane) in engine.lanes().iter().enumerate().filter(|&(nth, _)| nth != focus) {
            let length = lane.timeline.len();
            assert_eq!(lane.timeline.pos(), Pos { op, step: 0 }, "{}, table {nth}, of {length}", spec(lane));
        }
        check_same_program(engine.lanes());
        if engine.lab().is_some() {
            return;
        }
        let frame = self.page.engine.frame(900.0, self.page.now());
        let lane = self.page.engine.lane();
        let timeline = &lane.timeline;
        let said = (frame.op, frame.step, frame.len, frame.first, frame.focus);
        assert_eq!(said, (op, step, timeline.len(), timeline.first(), focus), "the frame's place");
        assert_eq!(frame.tables, self.page.engine.lanes().iter().map(spec).collect::<Vec<_>>(), "the frame's tables");
        assert_eq!(frame.progress, None, "nothing is being built");
        let is_told = |said: &dictoscope::engine::frame::Gauge, lane: &Lane| {
            let table = lane.timeline.table();
            let State { main, regs, .. } = table.state();
            assert_eq!((said.live, said.slots as usize), (regs.used, main.size()), "the gauge of {}", spec(lane));
            assert_eq!(said.bytes.total(), table.bytes().total(), "the bytes of {}", spec(lane));
        };
        is_told(&frame.gauge, lane);
        for (side, lane) in frame.sides.iter().zip(self.page.engine.lanes()) {
            assert_eq!(side.spec, spec(lane));
            is_told(&side.gauge, lane);
        }
    }
}

fn is_change(command: &Command) -> bool {
    matches!(
        command,
        Command::Open(_)
            | Command::OpenLink(_)
            | Command::Run(_)
            | Command::Tables(_)
            | Command::Hashes(_)
            | Command::Line(_)
            | Command::Compact(_)
    )
}

/// The table is that of a replay up to where the reader stands; within an operation, with so many of its events.
fn check_replay(lane: &Lane) {
    let timeline = &lane.timeline;
    let Pos { op, step } = timeline.pos();
    assert_eq!(timeline.ops().len(), timeline.len());
    let mut table = AnyTable::parse(&spec(lane)).unwrap_or_else(|error| panic!("{}: {error}", spec(lane)));
    for nth in 0..op {
        table.run(timeline.ops().get(nth), timeline.heap(), &mut Noop);
    }
    if step > 0 {
        let mut tracer = Tracer::new(step);
        let mut expected = table.state().clone();
        table.run(timeline.ops().get(op), timeline.heap(), &mut (&mut tracer as &mut dyn Listener));
        if apply(tracer.events(), &mut expected) {
            assert_eq!(timeline.table().state(), &expected, "{} at {op}, step {step}", spec(lane));
        }
        return;
    }
    assert_eq!(timeline.table().state(), table.state(), "{} at {op}", spec(lane));
    assert_eq!(timeline.table().bytes().total(), table.bytes().total(), "bytes of {} at {op}", spec(lane));
    table.check(timeline.heap()).unwrap_or_else(|error| panic!("{} at {op}: {error}", spec(lane)));
}

/// Do what the events tell; false if one of them is about new arrays, of which they do not tell enough.
fn apply(events: &[Event], state: &mut State) -> bool {
    fn side(state: &mut State, side: Side) -> Option<&mut Arrays> {
        match side {
            Side::Main => Some(&mut state.main),
            Side::Next => state.next.as_mut(),
        }
    }
    for event in events {
        match *event {
            Event::Resize(_) | Event::Swapped => return false,
            Event::PutSlot { side: which, pos, new, .. } => match side(state, which) {
                Some(arrays) => arrays.slots[pos as usize] = new,
                None => return false,
            },
            Event::PutIndex { side: which, pos, new, .. } => match side(state, which) {
                Some(arrays) => arrays.indices[pos as usize] = new,
                None => return false,
            },
            Event::Regs { new, .. } => state.regs = new,
            _ => {}
        }
    }
    true
}

/// Tables of the same Python were told the same operations.
fn check_same_program(lanes: &[Lane]) {
    for (nth, lane) in lanes.iter().enumerate().filter(|(_, lane)| lane.timeline.len() <= SHORT) {
        let python = lane.timeline.heap().version();
        let twin = lanes[..nth].iter().find(|other| other.timeline.heap().version() == python);
        if let Some(twin) = twin {
            assert_eq!(operations(lane), operations(twin), "{} beside {}", spec(lane), spec(twin));
        }
    }
}
