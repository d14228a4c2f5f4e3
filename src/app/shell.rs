//! The one loop: commands go to the engine, the engine's frames go to the page, and it stops when nothing is left to do.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use gloo::render::{AnimationFrame, request_animation_frame};
use yew::Callback;

use super::address::Address;
use super::between::Between;
use super::dom;
use crate::engine::map::{Map, Which};
use crate::engine::show::Rooms;
use crate::engine::{Command, Engine, Frame};
use crate::view::stage::Room;

/// Milliseconds that building may take at once. The largest operation, a resize, comes on top of it.
const BUILD_SLICE: f64 = 5.0;
/// Milliseconds between two frames of the words while time runs, or is dragged, faster than anybody reads.
pub const WORDS_EVERY: f64 = 90.0;
/// Tables of more slots than this do not follow a hand that drags with all their words: they take too long to lay out.
const LIGHT: usize = 32;

type Painter = Box<dyn FnMut(&mut Engine)>;

/// The engine and the loop around it.
struct Shell {
    engine: RefCell<Engine>,
    request: RefCell<Option<AnimationFrame>>,
    publish: RefCell<Option<Callback<Rc<Frame>>>>,
    painters: RefCell<Vec<(usize, Painter)>>,
    next_painter: Cell<usize>,
    between: OnceCell<Between>,
    address: Address,
    /// How long the program is whose frame the address does not know yet.
    shown: Cell<Option<usize>>,
    /// What there is for the stages of the tables, as far as it was measured.
    rooms: RefCell<Vec<Room>>,
    painted: Cell<u64>,
    published: Cell<(u64, f64)>,
    /// When time was last moved by hand, and whether that followed close upon another move.
    moved: Cell<(f64, bool)>,
    /// The page was told that time runs, or is dragged, faster than anybody reads.
    hurried: Cell<bool>,
}

/// How components reach the shell. Two of them are always equal, so that they never make a child draw again.
#[derive(Clone)]
pub struct Dispatch(Rc<Shell>);

impl PartialEq for Dispatch {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// A painter's place in the loop; it leaves when this is dropped.
pub struct PainterHandle(Dispatch, usize);

impl Drop for PainterHandle {
    fn drop(&mut self) {
        self.0.0.painters.borrow_mut().retain(|(id, _)| *id != self.1);
    }
}

/// An epoch that no engine has: draw whatever comes.
const NEVER: u64 = u64::MAX;

impl Dispatch {
    pub fn new(engine: Engine) -> Dispatch {
        Dispatch(Rc::new(Shell {
            address: Address::new(&engine),
            shown: Cell::new(None),
            engine: RefCell::new(engine),
            request: RefCell::default(),
            publish: RefCell::default(),
            painters: RefCell::default(),
            next_painter: Cell::new(0),
            between: OnceCell::new(),
            rooms: RefCell::default(),
            painted: Cell::new(NEVER),
            published: Cell::new((NEVER, f64::NEG_INFINITY)),
            moved: Cell::new((f64::NEG_INFINITY, false)),
            hurried: Cell::new(false),
        }))
    }

    /// Send every new frame to `publish`.
    pub fn connect(&self, publish: Callback<Rc<Frame>>) {
        *self.0.publish.borrow_mut() = Some(publish);
        // Whatever was published before had nobody to go to.
        self.refresh();
    }

    /// Do what the reader asked for; the next animation frame shows it.
    pub fn send(&self, command: Command) {
        let now = dom::now();
        // Whatever else is asked for must be seen at once: the next command may build on it.
        let in_time =
            matches!(command, Command::Seek(_) | Command::SeekStep(_) | Command::StepOps(_) | Command::Step(_));
        self.0.moved.set((now, in_time && now - self.0.moved.get().0 < WORDS_EVERY));
        if !in_time && self.0.address.is_due() {
            // If this goes wrong, what was there before is not lost.
            self.save(false);
        }
        dom::timed("command", || self.0.engine.borrow_mut().handle(command));
        self.wake();
    }

    /// A callback that sends what `make` makes of an event.
    pub fn callback<E: 'static>(&self, make: impl Fn(E) -> Command + 'static) -> Callback<E> {
        let dispatch = self.clone();
        Callback::from(move |event| dispatch.send(make(event)))
    }

    /// Open the link in the address bar, unless it leads to where one is.
    pub fn open_address(&self) {
        self.0.address.open(self);
    }

    /// The address bar has another link than the one that was put there.
    pub fn arrive(&self) {
        self.0.address.arrived();
        self.open_address();
    }

    /// Have the address say what is on the page; `now` even if it changed a moment ago.
    pub fn save(&self, now: bool) {
        // Borrowed only if the page came to its end in the middle of something.
        if let Ok(engine) = self.0.engine.try_borrow() {
            self.0.address.save(&engine, now);
        }
    }

    /// Whether nothing was broken off in the middle.
    pub fn is_alive(&self) -> bool {
        self.0.engine.try_borrow_mut().is_ok()
            && self.0.painters.try_borrow_mut().is_ok()
            && self.0.request.try_borrow_mut().is_ok()
    }

    /// Look at the engine.
    pub fn read<T>(&self, look: impl FnOnce(&Engine) -> T) -> T {
        look(&self.0.engine.borrow())
    }

    /// Look at another part of time, or at other numbers of it.
    pub fn look<T>(&self, look: impl FnOnce(&mut Engine) -> T) -> T {
        let result = look(&mut self.0.engine.borrow_mut());
        self.0.painted.set(NEVER);
        self.wake();
        result
    }

    /// Look elsewhere on a map of the table that stands `lane`th on the page; `None` if there are fewer.
    pub fn map<T>(&self, lane: usize, which: Which, look: impl FnOnce(&mut Map) -> T) -> Option<T> {
        self.look(|engine| engine.map(lane, which).map(look))
    }

    /// The stage of the table that stands `lane`th has this room now.
    pub fn set_room(&self, lane: usize, room: Room) {
        let mut rooms = self.0.rooms.borrow_mut();
        if rooms.len() <= lane {
            rooms.resize(lane + 1, Room { width: 0.0, height: 0.0 });
        }
        let before = std::mem::replace(&mut rooms[lane], room);
        if (before.width - room.width).abs() >= 1.0 || (before.height - room.height).abs() >= 1.0 {
            self.refresh();
        }
    }

    /// Time runs, or is dragged, faster than anybody reads.
    pub fn is_hurried(&self) -> bool {
        self.0.hurried.get()
    }

    /// Draw everything again although the engine did not change (a new size, another theme).
    pub fn refresh(&self) {
        self.0.painted.set(NEVER);
        self.0.published.set((NEVER, f64::NEG_INFINITY));
        self.wake();
    }

    /// Run `paint` in every animation frame in which something changed.
    pub fn paint(&self, paint: impl FnMut(&mut Engine) + 'static) -> PainterHandle {
        let id = self.0.next_painter.replace(self.0.next_painter.get() + 1);
        self.0.painters.borrow_mut().push((id, Box::new(paint)));
        self.0.painted.set(NEVER);
        self.wake();
        PainterHandle(self.clone(), id)
    }

    fn wake(&self) {
        let mut request = self.0.request.borrow_mut();
        if request.is_none() {
            let this = self.clone();
            *request = Some(request_animation_frame(move |_| this.run()));
        }
    }

    fn run(&self) {
        let shell = &self.0;
        shell.request.borrow_mut().take();
        // What was broken off in the middle is the end of the page, and told already.
        let Ok(mut engine) = shell.engine.try_borrow_mut() else { return };
        let moved = engine.is_moving();
        dom::timed("tick", || engine.tick(&dom::now, BUILD_SLICE));
        let epoch = engine.epoch();
        if moved {
            shell.painted.set(NEVER);
        }
        if shell.painted.replace(epoch) != epoch {
            dom::timed("paint", || {
                for (_, paint) in shell.painters.borrow_mut().iter_mut() {
                    paint(&mut engine);
                }
            });
        }
        let (told, when) = shell.published.get();
        let mut waiting = told != epoch;
        let mut frame = None;
        let (fast, dragged) = (engine.is_fast(), shell.moved.get().1);
        let hurried = fast || dragged;
        if shell.hurried.replace(hurried) != hurried {
            dom::set_hurried(hurried);
        }
        let seldom = fast || dragged && engine.slots() > LIGHT;
        if waiting && (!seldom || dom::now() - when >= WORDS_EVERY) {
            shell.published.set((epoch, dom::now()));
            frame = Some(dom::timed("frame", || {
                Rc::new(engine.frame(Rooms::new(shell.rooms.borrow().clone()), dom::now()))
            }));
            waiting = false;
        }
        let building = engine.is_building();
        let busy = engine.is_busy() || engine.is_moving() || waiting;
        // The place in time waits until time stands still, another story does not.
        let settled = !building && (!busy || shell.address.is_behind(&engine));
        // Components may send commands while they take the frame in.
        drop(engine);
        if let Some(frame) = frame {
            shell.shown.set(Some(frame.text.len()));
            let publish = shell.publish.borrow().clone();
            if let Some(publish) = publish {
                publish.emit(frame);
            }
        }
        if settled && let Some(bytes) = shell.shown.take() {
            shell.address.follow(self, bytes);
        }
        if busy {
            self.wake();
        }
        if building {
            self.build_on();
        }
    }

    /// Go on building until the next frame is due, in slices that let input through.
    fn build_on(&self) {
        if self.0.between.get().is_none() {
            let this = self.clone();
            let between = Between::new(move || {
                let Ok(mut engine) = this.0.engine.try_borrow_mut() else { return };
                if engine.is_building() {
                    dom::timed("tick", || engine.tick(&dom::now, BUILD_SLICE));
                    drop(engine);
                    this.build_on();
                }
            });
            // Where there are no channels building goes on in the next frame.
            let Some(between) = between else { return };
            _ = self.0.between.set(between);
        }
        if let Some(between) = self.0.between.get() {
            between.ask();
        }
    }
}
