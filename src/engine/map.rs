//! The map of a large table: what was seen of its cells, how full each part is, and which part is looked at.

mod shades;

use std::ops::Range;

use super::births::{Ages, Births};
use crate::history::{self, Damage, Timeline};
use crate::python::Heap;
use crate::stats::Tally;
use crate::table::{AnyTable, Arrays, Listener, Op, SlotState, State, Table};
use crate::view::camera::{Camera, Grid, Point, Rect, Visible, ease};
use crate::view::lod::{Cells, Class, Entries, Probed, Pyramid};
use crate::view::paint::{Area, Kept, Scene, paint};
use crate::view::palette::{Palette, Pixel, ink_on, mix};
use crate::view::shade::{self, Colouring};
use crate::view::text;
use shades::{BUDGET, Shades};

/// Which array a map shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The array that is probed.
    Slots,
    /// What stands beside it: the dense entries (CPython 3.6+), or the array that a table of one array is moving to.
    Second,
}

static NOTHING: Arrays = Arrays { indices: Vec::new(), slots: Vec::new() };

impl Which {
    /// Both, in the order in which they stand on the page.
    pub const ALL: [Which; 2] = [Which::Slots, Which::Second];

    /// The arrays whose cells it shows: without any if there is nothing beside those in use.
    fn arrays(self, State { main, next, .. }: &State) -> &Arrays {
        match self {
            Which::Second if !main.is_two() => next.as_ref().unwrap_or(&NOTHING),
            _ => main,
        }
    }

    /// How many cells of these arrays it shows.
    fn size(self, arrays: &Arrays) -> usize {
        match self {
            Which::Slots => arrays.size(),
            Which::Second => arrays.slots.len(),
        }
    }

    /// The classes of its cells from `first` on.
    fn read(self, arrays: &Arrays, first: usize, out: &mut [Class]) {
        match self {
            Which::Slots => Probed(arrays).read(first as u32, out),
            Which::Second => Entries(arrays).read(first as u32, out),
        }
    }
}

/// The classes of all cells as they were when last looked at. Painting reads these: a byte a cell.
#[derive(Clone, Debug, Default)]
struct Seen(Vec<Class>);

impl Cells for Seen {
    fn len(&self) -> u32 {
        self.0.len() as u32
    }

    fn read(&self, first: u32, out: &mut [Class]) {
        out.copy_from_slice(&self.0[first as usize..][..out.len()]);
    }
}

/// The cells that may have changed since they were seen: so many from `at` on, over the end of the array.
#[derive(Clone, Copy, Debug, Default)]
struct Behind {
    at: usize,
    left: usize,
}

/// A motion of the camera under way.
#[derive(Clone, Copy, Debug)]
struct Flight {
    from: Camera,
    to: Camera,
    /// When it began; `None` until the next frame.
    since: Option<f64>,
}

/// What was seen before the table was resized, fading out.
#[derive(Clone, Debug)]
struct Ghost {
    pixels: Vec<Pixel>,
    since: Option<f64>,
    /// How much of it is gone, 0 … 1.
    gone: f64,
}

/// What has to be painted again.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stale {
    /// These cells; none if the list is empty.
    Cells(Vec<u32>),
    /// Everything.
    All,
}

impl Stale {
    const NOTHING: Stale = Stale::Cells(Vec::new());

    fn cell(&mut self, pos: u32) {
        match self {
            Stale::Cells(cells) if cells.len() < MOST_CELLS => cells.push(pos),
            _ => *self = Stale::All,
        }
    }
}

/// More changed cells than this are painted together with all others: that is cheaper then.
const MOST_CELLS: usize = 600;
/// How long the camera flies, in milliseconds.
const FLIGHT: f64 = 260.0;
/// How long the picture before a resize fades, in milliseconds.
const FADE: f64 = 300.0;
/// Cells that are counted in one frame for the picture from afar: about 3 ms.
const COUNTED: u32 = 1 << 20;
/// Cells that are compared in one frame when it is not known which changed: about 3 ms.
const AT_ONCE: usize = 1 << 20;
/// So many are compared before the time is looked at.
const COMPARED: usize = 256;
/// A cell that did change, or lies between two that did, takes as long as so many others.
const CHANGED: usize = 8;
/// What it costs to search a key, and to look up its age ([`Shades::look`]).
const SEARCH: usize = 8;
const AGE: usize = 12;

/// A table that maps show.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    /// Its arrays and counters.
    pub state: &'a State,
    /// Its objects.
    pub heap: &'a Heap,
    /// It may be searched: one in the middle of something cannot be without changing it.
    pub searchable: bool,
    /// How old its keys are, while a map shows that and as far as it is known.
    pub ages: Option<Ages<'a>>,
}

impl<'a> Sight<'a> {
    /// The table of a timeline.
    pub(super) fn of(timeline: &'a Timeline, births: &'a Births) -> Sight<'a> {
        let state = timeline.table().state();
        let searchable = timeline.pos().step == 0 && state.next.is_none();
        Sight { state, heap: timeline.heap(), searchable, ages: births.ages(timeline) }
    }

    /// The arrays whose cells a map shows.
    pub fn arrays(self, which: Which) -> &'a Arrays {
        which.arrays(self.state)
    }
}

/// One map.
#[derive(Debug)]
pub struct Map {
    which: Which,
    seen: Seen,
    pyramid: Option<Pyramid>,
    camera: Option<Camera>,
    flight: Option<Flight>,
    pixels: Vec<Pixel>,
    kept: Kept,
    behind: Behind,
    /// The cells that may still be compared in this frame.
    allowance: usize,
    ghost: Option<Ghost>,
    faded: Vec<Pixel>,
    stale: Stale,
    palette: &'static Palette,
    colouring: Colouring,
    shades: Shades,
    /// The operations that ages are shades of.
    span: Range<usize>,
    mini: Vec<Pixel>,
}

impl Map {
    pub(super) fn new(which: Which) -> Map {
        Map {
            which,
            seen: Seen::default(),
            pyramid: None,
            camera: None,
            flight: None,
            pixels: Vec::new(),
            kept: Kept::default(),
            behind: Behind::default(),
            allowance: AT_ONCE,
            ghost: None,
            faded: Vec::new(),
            stale: Stale::All,
            palette: &Palette::LIGHT,
            colouring: Colouring::State,
            shades: Shades::default(),
            span: 0..0,
            mini: Vec::new(),
        }
    }

    /// Take in what changed; without `damage`, whatever differs.
    pub(super) fn update(&mut self, state: &State, damage: Option<&Damage>) {
        let which = self.which;
        let arrays = which.arrays(state);
        let size = which.size(arrays);
        if size != self.seen.0.len() {
            if !self.pixels.is_empty() && size > 0 {
                self.ghost = Some(Ghost { pixels: self.pixels.clone(), since: None, gone: 0.0 });
            }
            self.seen.0 = vec![Class::Empty; size];
            (self.pyramid, self.camera, self.flight, self.stale) = (None, None, None, Stale::All);
            self.shades = Shades::default();
            self.behind = Behind { at: 0, left: size };
            if size == 0 {
                self.pixels.clear();
            }
        } else if size > 0 {
            let known = damage.map(|damage| match which {
                Which::Slots if arrays.is_two() => (&damage.main.indices, damage.resized),
                Which::Second if !state.main.is_two() => (&damage.next.slots, damage.resized),
                _ => (&damage.main.slots, damage.resized),
            });
            if let Some((history::Cells::Some(cells), false)) = known {
                for &pos in cells {
                    let mut new = [Class::Empty];
                    which.read(arrays, pos as usize, &mut new);
                    self.take_in(pos as usize, &new);
                }
                if !self.shades.is_empty() {
                    self.shades.changed(cells);
                }
            } else {
                self.behind.left = size;
                // Shades follow keys, which may change where the classes stay the same.
                if self.colouring != Colouring::State {
                    self.stale = Stale::All;
                }
                self.shades.all_changed();
                self.look_at_view(arrays);
            }
        }
        self.catch_up(state);
    }

    /// Compare cells of which it is not known whether they changed, as many as one frame has time for.
    pub(super) fn catch_up(&mut self, state: &State) {
        let arrays = self.which.arrays(state);
        let size = self.seen.0.len();
        // What stands for other arrays than were last taken in waits for those.
        if self.which.size(arrays) != size {
            return;
        }
        while self.behind.left > 0 && self.allowance > 0 {
            let Behind { at, left } = self.behind;
            let cells = at..size.min(at + COMPARED.min(left));
            self.behind = Behind { at: cells.end % size, left: left - cells.len() };
            self.compare(arrays, cells);
        }
        if self.behind.left == 0 {
            self.allowance = AT_ONCE;
        }
    }

    /// Compare the cells in view before all others, where that is not all of them.
    fn look_at_view(&mut self, arrays: &Arrays) {
        let Some((camera, grid)) = self.view().filter(|_| self.is_zoomed()) else { return };
        let Visible { columns, rows } = camera.visible(grid);
        for row in rows {
            if self.allowance == 0 {
                return;
            }
            let slots = grid.row(row);
            let end = slots.end.min(slots.start + columns.end) as usize;
            self.compare(arrays, end.min((slots.start + columns.start) as usize)..end);
        }
    }

    /// Take in what changed of some cells.
    fn compare(&mut self, arrays: &Arrays, cells: Range<usize>) {
        let mut line = [Class::Empty; COMPARED];
        let mut first = cells.start;
        while first < cells.end {
            let line = &mut line[..COMPARED.min(cells.end - first)];
            self.which.read(arrays, first, line);
            let mut work = line.len();
            if self.seen.0[first..first + line.len()] != *line {
                work += CHANGED * self.take_in(first, line);
            }
            self.allowance = self.allowance.saturating_sub(work);
            first += line.len();
        }
    }

    /// The cells from `first` on are `new` now; gives how many lie from the first that was another to the last.
    fn take_in(&mut self, first: usize, new: &[Class]) -> usize {
        let seen = &mut self.seen.0[first..first + new.len()];
        let mut changed = 0..0;
        for (at, (old, new)) in seen.iter().zip(new).enumerate() {
            if old != new {
                changed = if changed.is_empty() { at } else { changed.start }..at + 1;
            }
            if old != new || self.colouring != Colouring::State {
                self.stale.cell((first + at) as u32);
            }
        }
        if let Some(pyramid) = &mut self.pyramid {
            pyramid.change((first + changed.start) as u32, &seen[changed.clone()], &new[changed.clone()]);
        }
        seen[changed.clone()].copy_from_slice(&new[changed.clone()]);
        changed.len()
    }

    /// Whether it shows something else in the next frame although the table stays as it is.
    pub(super) fn is_unsettled(&self, sight: Sight<'_>) -> bool {
        let may_look = match self.colouring {
            Colouring::ProbeLength => sight.searchable,
            Colouring::Age => sight.ages.is_some(),
            Colouring::State | Colouring::EntryOrder | Colouring::HashBits => false,
        };
        self.flight.is_some()
            || self.ghost.is_some()
            || self.behind.left > 0
            || self.pyramid.as_ref().is_some_and(|pyramid| !pyramid.is_built())
            || may_look && !self.shades.is_done()
    }

    /// What the colour of its slots tells.
    pub(super) fn colouring(&self) -> Colouring {
        self.colouring
    }

    /// Let time pass. `still`: nothing moves by itself.
    pub(super) fn advance(&mut self, now: f64, still: bool) {
        self.allowance = AT_ONCE;
        if let Some(Flight { from, to, since }) = &mut self.flight {
            let part = if still { 1.0 } else { (now - *since.get_or_insert(now)) / FLIGHT };
            self.camera = Some(if part < 1.0 { from.towards(*to, ease(part)) } else { *to });
            self.flight = self.flight.filter(|_| part < 1.0);
            self.stale = Stale::All;
        }
        if let Some(ghost) = &mut self.ghost {
            ghost.gone = if still { 1.0 } else { (now - *ghost.since.get_or_insert(now)) / FADE };
            if ghost.gone >= 1.0 {
                self.ghost = None;
                // What is on screen is still mixed with it.
                self.stale = Stale::All;
            }
        }
        if let Some(pyramid) = self.pyramid.as_mut().filter(|pyramid| !pyramid.is_built()) {
            pyramid.build(&self.seen, COUNTED);
            self.stale = Stale::All;
        }
    }

    /// If it shows probe lengths: search for some more keys of the table last taken in, which must be searchable. `parts`
    /// maps share a frame.
    ///
    /// A key's search is as long as it was until its own slot changes: what it passes on its way stays taken.
    pub(super) fn search(&mut self, table: &mut AnyTable, heap: &Heap, parts: usize) {
        if self.colouring != Colouring::ProbeLength || self.shades.is_done() {
            return;
        }
        let mut look = |pos: u32| {
            let main = &table.state().main;
            // The map of the other array may have more cells than are searched.
            let SlotState::Live(key, _) = (pos < main.size() as u32).then(|| main.probed(pos as usize))? else {
                return None;
            };
            let mut tally = Tally::default();
            table.run(Op::Contains(key), heap, &mut (&mut tally as &mut dyn Listener));
            Some(shade::probe_length(tally.looks))
        };
        self.shades.look(BUDGET / parts, SEARCH, &mut look, &mut |pos| self.stale.cell(pos));
    }

    /// If it shows ages, and they are known: look up those of the slots that changed and, `parts` maps sharing a frame, of
    /// some others; none for 0 parts. `sight` is of the table last taken in.
    ///
    /// A key keeps its age until its slot changes, on the scale of all operations that are remembered.
    pub(super) fn look_up_ages(&mut self, sight: Sight<'_>, parts: usize) {
        let Some(ages) = sight.ages.filter(|_| self.colouring == Colouring::Age && !self.shades.is_empty()) else {
            return;
        };
        if self.span != ages.span() {
            self.span = ages.span();
            self.shades.all_changed();
        }
        let main = &sight.state.main;
        let mut look = |pos: u32| match (pos < main.size() as u32).then(|| main.probed(pos as usize))? {
            SlotState::Live(key, _) => Some(ages.shade(key)),
            _ => None,
        };
        let budget = BUDGET.checked_div(parts).unwrap_or(0);
        self.shades.look(budget, AGE, &mut look, &mut |pos| self.stale.cell(pos));
    }

    /// Show it in this many device pixels and these colours.
    pub fn show(&mut self, width: u32, height: u32, palette: &'static Palette, colouring: Colouring) {
        if self.seen.is_empty() || width == 0 || height == 0 {
            return;
        }
        let grid = self.grid(width, height);
        match self.camera {
            Some(camera) if (camera.width, camera.height) == (width, height) => {}
            Some(camera) => {
                (self.camera, self.flight, self.stale) = (Some(camera.resized(grid, width, height)), None, Stale::All);
            }
            None => (self.camera, self.stale) = (Some(Camera::fit(grid, width, height)), Stale::All),
        }
        if self.palette != palette {
            (self.palette, self.stale) = (palette, Stale::All);
        }
        if self.colouring != colouring {
            (self.colouring, self.stale) = (colouring, Stale::All);
            self.shades = Shades::default();
        }
        if matches!(colouring, Colouring::ProbeLength | Colouring::Age) && self.shades.is_empty() {
            self.shades = Shades::new(self.seen.0.len());
        }
    }

    fn grid(&self, width: u32, height: u32) -> Grid {
        match &self.pyramid {
            Some(pyramid) => pyramid.grid(),
            None => Grid::new(self.seen.len(), f64::from(width) / f64::from(height)),
        }
    }

    /// The part that is looked at, and how the slots are laid out; `None` before it was shown.
    pub fn view(&self) -> Option<(Camera, Grid)> {
        let camera = self.camera?;
        Some((camera, self.grid(camera.width, camera.height)))
    }

    /// Whether less than all of it is looked at.
    pub fn is_zoomed(&self) -> bool {
        self.view().is_some_and(|(camera, grid)| camera.scale > whole(camera, grid).scale * 1.01)
    }

    /// Zoom by `factor` about a pixel.
    pub fn zoom(&mut self, about: Point, factor: f64) {
        if let Some((camera, grid)) = self.view() {
            self.look(camera.zoomed(grid, about, factor));
        }
    }

    /// Move by so many pixels.
    pub fn pan(&mut self, by: Point) {
        if let Some((camera, grid)) = self.view() {
            self.look(camera.panned(grid, by));
        }
    }

    /// Two fingers that were at `from` are at `to`: the slots stay under them as far as the edges allow.
    pub fn pinch(&mut self, from: [Point; 2], to: [Point; 2]) {
        let middle = |[a, b]: [Point; 2]| Point { x: (a.x + b.x) / 2.0, y: (a.y + b.y) / 2.0 };
        let apart = |[a, b]: [Point; 2]| (a.x - b.x).hypot(a.y - b.y).max(1.0);
        let (was, is) = (middle(from), middle(to));
        self.zoom(was, apart(to) / apart(from));
        self.pan(Point { x: is.x - was.x, y: is.y - was.y });
    }

    fn look(&mut self, camera: Camera) {
        (self.camera, self.flight, self.stale) = (Some(camera), None, Stale::All);
    }

    fn fly(&mut self, to: impl FnOnce(Camera, Grid) -> Camera) {
        if let Some((from, grid)) = self.view() {
            // Where a flight is going to counts, so that pressing a key twice goes twice as far.
            let ahead = self.flight.map_or(from, |flight| flight.to);
            self.flight = Some(Flight { from, to: to(ahead, grid), since: None });
        }
    }

    /// Fly `factor` times nearer; to the middle if no pixel is named.
    pub fn fly_nearer(&mut self, about: Option<Point>, factor: f64) {
        self.fly(|camera, grid| {
            let middle = Point { x: f64::from(camera.width) / 2.0, y: f64::from(camera.height) / 2.0 };
            camera.zoomed(grid, about.unwrap_or(middle), factor)
        });
    }

    /// Fly back to where everything is seen.
    pub fn fly_out(&mut self) {
        self.fly(whole);
    }

    /// Fly to a slot, drawn at least `scale` pixels large.
    pub fn fly_to(&mut self, pos: u32, scale: f64) {
        self.fly(|camera, grid| camera.on_slot(grid, pos, scale.max(camera.scale)));
    }

    /// Fly so that the slot is in the viewport, if it is not.
    pub fn reveal(&mut self, pos: u32) {
        let Some((camera, grid)) = self.view().filter(|(_, grid)| pos < grid.slots()) else { return };
        let Point { x, y } = self.flight.map_or(camera, |flight| flight.to).rect_of(grid, pos).centre();
        let inside = (0.0..f64::from(camera.width)).contains(&x) && (0.0..f64::from(camera.height)).contains(&y);
        if !inside {
            self.fly_to(pos, 0.0);
        }
    }

    /// The slot `columns` to the right of `from` and `rows` below it, as near as the grid allows.
    pub fn beside(&self, from: u32, columns: i64, rows: i64) -> Option<u32> {
        let (_, grid) = self.view()?;
        let to = i64::from(from) + columns + rows * i64::from(grid.columns());
        if (0..i64::from(grid.slots())).contains(&to) { u32::try_from(to).ok() } else { Some(from) }
    }

    /// Paint it, if anything changed since the last time. `state` is what was last taken in.
    pub(super) fn paint(&mut self, state: &State) -> Option<&[Pixel]> {
        let (camera, grid) = self.view()?;
        let arrays = self.which.arrays(state);
        let stale = std::mem::replace(&mut self.stale, Stale::NOTHING);
        if stale == Stale::NOTHING && self.ghost.is_none() {
            return None;
        }
        if self.pyramid.is_none() && (camera.scale <= 0.5 || self.is_zoomed()) {
            let mut pyramid = Pyramid::new(grid);
            pyramid.build(&self.seen, COUNTED);
            self.pyramid = Some(pyramid);
        }
        let pixels = camera.width as usize * camera.height as usize;
        let all = stale == Stale::All || self.pixels.len() != pixels;
        self.pixels.resize(pixels, 0);
        let (colouring, shades) = (self.colouring, &self.shades);
        let shade: Option<&dyn Fn(u32) -> u8> = match (colouring, self.which) {
            (Colouring::State, _) | (_, Which::Second) => None,
            _ => Some(&|pos| shade_of(colouring, shades, arrays, pos)),
        };
        let scene = Scene { cells: &self.seen, grid, lod: self.pyramid.as_ref(), camera, palette: self.palette, shade };
        match stale {
            Stale::Cells(cells) if !all => {
                for area in cells.into_iter().filter_map(|pos| Area::of_slot(camera, grid, pos)) {
                    paint(&scene, area, &mut self.pixels, &mut self.kept);
                }
            }
            _ => paint(&scene, Area::all(camera), &mut self.pixels, &mut self.kept),
        }
        match &self.ghost {
            Some(ghost) if ghost.pixels.len() == pixels => {
                let part = (ease(ghost.gone) * 255.0) as u8;
                let mixed = ghost.pixels.iter().zip(&self.pixels).map(|(&old, &new)| mix(old, new, part));
                self.faded.clear();
                self.faded.extend(mixed);
                Some(&self.faded)
            }
            _ => Some(&self.pixels),
        }
    }

    /// The colour of text on slot `pos` if that is live and shaded; else its state tells. `state` is what was last taken in.
    pub(super) fn ink(&self, state: &State, pos: u32) -> Option<Pixel> {
        let is_live = self.seen.0.get(pos as usize) == Some(&Class::Live);
        (is_live && self.which == Which::Slots && self.colouring != Colouring::State).then(|| {
            let shade = shade_of(self.colouring, &self.shades, &state.main, pos);
            ink_on(self.palette.ramp(shade))
        })
    }

    /// The size in pixels of the picture that [`Map::overview`] gives.
    pub fn overview_size(&self, width: u32, height: u32) -> Option<(u32, u32)> {
        let (_, grid) = self.view().filter(|_| self.is_zoomed())?;
        self.pyramid.as_ref().filter(|lod| lod.is_built())?;
        let aspect = f64::from(grid.columns()) / f64::from(grid.rows());
        let width = width.min((f64::from(height) * aspect) as u32).max(1);
        Some((width, ((f64::from(width) / aspect) as u32).max(1)))
    }

    /// Look at what is at this part (0 … 1, 0 … 1) of everything, as near as now; `fly` there or be there.
    pub fn look_at(&mut self, part: Point, fly: bool) {
        let Some((_, grid)) = self.view() else { return };
        let on = Point { x: part.x * f64::from(grid.columns()), y: part.y * f64::from(grid.rows()) };
        self.fly(|camera, grid| camera.on_point(grid, on));
        if !fly && let Some(flight) = self.flight {
            self.look(flight.to);
        }
    }

    /// All of it in at most so many pixels, and the part that is looked at; `None` where everything is looked at.
    pub fn overview(&mut self, width: u32, height: u32) -> Option<(Overview<'_>, Rect)> {
        let (camera, grid) = self.view()?;
        let (width, height) = self.overview_size(width, height)?;
        let lod = self.pyramid.as_ref()?;
        let small = Camera::fit(grid, width, height);
        self.mini.clear();
        self.mini.resize(width as usize * height as usize, 0);
        let scene =
            Scene { cells: &self.seen, grid, lod: Some(lod), camera: small, palette: self.palette, shade: None };
        paint(&scene, Area::all(small), &mut self.mini, &mut Kept::default());
        let (corner, size) = (camera.to_grid(Point::default()), 1.0 / camera.scale);
        let seen = Rect {
            x: (corner.x - small.x) * small.scale,
            y: (corner.y - small.y) * small.scale,
            w: f64::from(camera.width) * size * small.scale,
            h: f64::from(camera.height) * size * small.scale,
        };
        Some((Overview { pixels: &self.mini, width, height }, seen))
    }

    /// Paint again whatever happened (a canvas was made anew).
    pub fn forget(&mut self) {
        self.stale = Stale::All;
    }
}

/// A small picture of everything.
#[derive(Clone, Copy, Debug)]
pub struct Overview<'a> {
    /// Row by row.
    pub pixels: &'a [Pixel],
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// The shade of a slot. Those that only the slot's own cells tell are not kept.
fn shade_of(colouring: Colouring, shades: &Shades, arrays: &Arrays, pos: u32) -> u8 {
    match colouring {
        Colouring::State => 0,
        Colouring::ProbeLength | Colouring::Age => shades.of(pos),
        Colouring::EntryOrder => shade::entry_order(arrays, pos, arrays.slots.len() as u32),
        Colouring::HashBits => shade::hash_bits(arrays, pos),
    }
}

fn whole(camera: Camera, grid: Grid) -> Camera {
    Camera::fit(grid, camera.width, camera.height)
}

/// One line about a cell: where it is, and who is there.
pub fn line_about(sight: Sight<'_>, which: Which, pos: u32) -> String {
    let (arrays, heap) = (sight.arrays(which), sight.heap);
    let key = |obj| text::key_in(heap, obj, text::KEY_MAX);
    let (name, state) = match which {
        Which::Slots => ("slot", ((pos as usize) < arrays.size()).then(|| arrays.probed(pos as usize))),
        Which::Second => {
            let name = if arrays.is_two() { "entry" } else { "slot" };
            (name, arrays.slots.get(pos as usize).map(|slot| slot.state()))
        }
    };
    let place = format!("{name} {}", text::group(pos.into()));
    match state {
        None => format!("{place}: not in this table"),
        Some(SlotState::Empty) => format!("{place}: empty"),
        Some(SlotState::Tombstone(dead)) => format!("{place}: {} was deleted here", key(dead)),
        Some(SlotState::Live(live, value)) => {
            let line = format!("{place}: {} = {}", key(live), key(value));
            match sight.ages.map(|ages| ages.birth(live)) {
                None => line,
                Some(Some(op)) => format!("{line}, put in by operation {}", text::group(op as u64 + 1)),
                Some(None) => format!("{line}, put in by an operation that was forgotten"),
            }
        }
    }
}

/// Rows and columns of slots that [`around`] gives: a screen reader's view of a table of any size.
const NEAR: (u32, u32) = (3, 5);

/// A slot beside the one that is selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// Its number.
    pub pos: u32,
    /// Its row on the map, from 0.
    pub row: u32,
    /// Its column.
    pub column: u32,
    /// [`line_about`] it.
    pub text: String,
    /// It is the selected one.
    pub selected: bool,
}

/// Some slots as they stand on the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Around {
    /// Rows of the whole map.
    pub rows: u32,
    /// Columns of the whole map.
    pub columns: u32,
    /// The one they are around: the selected one, else the one in the middle of the view.
    pub focus: u32,
    /// Row by row.
    pub cells: Vec<Vec<Near>>,
}

/// The slots around the selected one.
pub fn around(sight: Sight<'_>, camera: Camera, grid: Grid, selected: Option<u32>) -> Around {
    let middle = Point { x: f64::from(camera.width) / 2.0, y: f64::from(camera.height) / 2.0 };
    let selected = selected.filter(|&pos| pos < grid.slots());
    let focus = selected.or_else(|| camera.slot_at(grid, middle)).unwrap_or(0);
    let (column, row) = grid.place(focus);
    let stretch = |at: u32, wanted: u32, all: u32| {
        let first = at.saturating_sub(wanted / 2).min(all.saturating_sub(wanted));
        first..all.min(first + wanted)
    };
    let near = |row: u32, column: u32| {
        let pos = grid.slot(column, row)?;
        let text = line_about(sight, Which::Slots, pos);
        Some(Near { pos, row, column, text, selected: selected == Some(pos) })
    };
    let (rows, columns) = (stretch(row, NEAR.0, grid.rows()), stretch(column, NEAR.1, grid.columns()));
    let cells = rows.map(|row| columns.clone().filter_map(|column| near(row, column)).collect()).collect();
    Around { rows: grid.rows(), columns: grid.columns(), focus, cells }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::engine::births::tests::brute_force;
    use crate::engine::{Command, Engine, Lane};
    use crate::history::Pos;
    use crate::python::Obj;
    use crate::view::palette::contrast;

    const SIZE: (u32, u32) = (300, 100);

    fn opened(text: &str, table: &str) -> Engine {
        let mut engine = Engine::new();
        engine.handle(Command::Tables(vec![table.to_owned()]));
        engine.finish_build();
        engine.handle(Command::Run(text.to_owned()));
        engine.finish_build();
        engine.handle(Command::Seek(usize::MAX));
        engine
    }

    fn show(engine: &mut Engine, colouring: Colouring) -> Vec<Pixel> {
        let map = engine.map(0, Which::Slots).unwrap();
        map.show(SIZE.0, SIZE.1, &Palette::LIGHT, colouring);
        engine.painted(0, Which::Slots);
        engine.lanes[0].maps[0].pixels.clone()
    }

    /// Let frames pass until nothing moves.
    fn settle(engine: &mut Engine, colouring: Colouring) -> Vec<Pixel> {
        show(engine, colouring);
        let mut now = 0.0;
        while engine.is_moving() {
            now += 16.0;
            engine.tick(&|| now, 8.0);
            show(engine, colouring);
            assert!(now < 60_000.0, "it settles");
        }
        show(engine, colouring)
    }

    #[test]
    fn what_is_painted_bit_by_bit_equals_a_picture_made_anew() {
        for (colouring, zoom) in [(Colouring::State, 1.0), (Colouring::State, 30.0), (Colouring::ProbeLength, 3.0)] {
            let mut engine =
                opened("for i in range(9000): d[i * 7] = i\nfor i in range(600): del d[i * 14]", "cpython-3.13");
            settle(&mut engine, colouring);
            engine.map(0, Which::Slots).unwrap().zoom(Point { x: 40.0, y: 30.0 }, zoom);
            for _ in 0..30 {
                engine.handle(Command::StepOps(-7));
                show(&mut engine, colouring);
            }
            let by_bits = settle(&mut engine, colouring);
            engine.map(0, Which::Slots).unwrap().forget();
            assert!(by_bits == show(&mut engine, colouring), "{colouring:?} at {zoom}");
        }
    }

    #[test]
    fn a_large_table_is_taken_in_over_some_frames_and_what_is_in_view_at_once() {
        let mut engine = opened("insert_random(d, 30000, seed=1)", "linear:size=4194304");
        show(&mut engine, Colouring::State);
        settle(&mut engine, Colouring::State);
        let is_exact = |engine: &Engine| {
            let map = &engine.lanes[0].maps[0];
            let arrays = &engine.lane().timeline.table().state().main;
            let mut all = vec![Class::Empty; arrays.size()];
            Probed(arrays).read(0, &mut all);
            let counts = map.pyramid.as_ref().expect("slots are smaller than pixels");
            all == map.seen.0 && *counts == Pyramid::of(counts.grid(), &map.seen)
        };
        assert!(is_exact(&engine));
        for zoom in [20.0, 1.0] {
            engine.handle(Command::Seek(20_000));
            show(&mut engine, Colouring::State);
            assert!(engine.is_moving() && !is_exact(&engine), "it is too large for one frame");
            // In the middle of it more is taken in, and what is known to have changed.
            engine.handle(Command::StepOps(-10));
            engine.tick(&|| 0.0, 8.0);
            engine.handle(Command::Seek(9_000));
            settle(&mut engine, Colouring::State);
            assert!(is_exact(&engine));
            let map = engine.map(0, Which::Slots).unwrap();
            map.zoom(Point { x: 290.0, y: 90.0 }, zoom);
            let before = settle(&mut engine, Colouring::State);
            engine.handle(Command::Seek(30_000));
            let at_once = show(&mut engine, Colouring::State);
            assert!(engine.is_moving() && before != at_once);
            assert!(at_once == settle(&mut engine, Colouring::State), "what is in view does not wait");
            assert!(is_exact(&engine));
        }
    }

    #[test]
    fn shades_of_probe_lengths_follow_the_operations() {
        let mut engine =
            opened("for i in range(2000): d[i * 2] = i\nfor i in range(0, 2000, 3): del d[i * 2]", "linear");
        settle(&mut engine, Colouring::ProbeLength);
        for _ in 0..20 {
            engine.handle(Command::StepOps(-13));
            settle(&mut engine, Colouring::ProbeLength);
        }
        let arrays = &engine.lane().timeline.table().state().main;
        let followed = engine.lanes[0].maps[0].shades.clone();
        engine.lanes[0].maps[0].shades = Shades::new(arrays.size());
        settle(&mut engine, Colouring::ProbeLength);
        let Lane { timeline, maps, .. } = engine.lane();
        for (pos, slot) in (0..).zip(&timeline.table().state().main.slots) {
            let (old, new) = (followed.of(pos), maps[0].shades.of(pos));
            assert!(!slot.is_live() || old == new, "slot {pos}: {old} {new}");
        }
    }

    /// The shades of live keys are those of their births, found by brute force.
    fn assert_aged(lane: &Lane, born: &BTreeMap<Obj, Option<usize>>) {
        let Lane { timeline, maps, .. } = lane;
        let (main, len) = (&timeline.table().state().main, timeline.len() as u32);
        for pos in 0..main.size() as u32 {
            let SlotState::Live(key, _) = main.probed(pos as usize) else { continue };
            let birth = born[&key].expect("nothing was forgotten");
            let (shade, line) = (maps[0].shades.of(pos), line_about(lane.sight(), Which::Slots, pos));
            assert_eq!(shade, shade::nth_of(birth as u32, len), "{:?}: {line}", timeline.pos());
            assert!(line.ends_with(&format!(", put in by operation {}", text::group(birth as u64 + 1))), "{line}");
        }
    }

    #[test]
    fn shades_of_ages_are_those_of_the_births_wherever_the_reader_goes() {
        let text = "for i in range(300): d[i * 5] = i\nd.update({1: 1, 2: 2, 10: 0})\nfor i in range(200): del d[i * 5]\n\
                    for i in range(100): d[i * 10] = i\nd.popitem()\nd = {k: v for k, v in d.items()}\n\
                    for i in range(60): d.popitem()\nd = dict.fromkeys([5, 6, 7])\nfor i in range(400): d[i] = 0";
        for policy in AnyTable::policies() {
            let mut engine = opened(text, policy.name);
            engine.set_still(true);
            settle(&mut engine, Colouring::Age);
            let mut at_once = 0;
            for splice in [false, true] {
                if splice {
                    engine.handle(Command::Seek(450));
                    engine.handle(Command::Line("for i in range(300): d[i * 3] = i".to_owned()));
                    engine.finish_build();
                }
                let born = brute_force(&mut engine.lanes[0].timeline);
                for nth in 0..40 {
                    match nth % 4 {
                        0 => engine.handle(Command::Seek(nth * 7919 % engine.lane().timeline.len())),
                        1 => engine.handle(Command::StepOps(-3)),
                        2 => engine.handle(Command::StepOps(9)),
                        _ => engine.handle(Command::Step(1)),
                    }
                    show(&mut engine, Colouring::Age);
                    match engine.is_moving() {
                        true => _ = settle(&mut engine, Colouring::Age),
                        // What changed was shaded before it was painted.
                        false => at_once += 1,
                    }
                    let Pos { op, step } = engine.lane().timeline.pos();
                    if step == 0 {
                        assert_aged(engine.lane(), &born[&op]);
                    }
                }
            }
            assert!(at_once > 20, "{}: {at_once}", policy.name);
            let by_bits = settle(&mut engine, Colouring::Age);
            assert_ne!(by_bits, settle(&mut engine, Colouring::State), "{}", policy.name);
            engine.tick(&|| 0.0, 8.0);
            assert!(engine.lane().sight().ages.is_none(), "nobody looks at ages any longer");
            assert!(by_bits == settle(&mut engine, Colouring::Age), "{}", policy.name);
        }
    }

    #[test]
    fn text_can_be_read_on_every_shade() {
        for colouring in Colouring::ALL {
            let mut engine =
                opened("for i in range(2000): d[i * 7919] = i\nfor i in range(900): del d[i * 7919]", "cpython-3.13");
            settle(&mut engine, colouring);
            engine.map(0, Which::Slots).unwrap().zoom(Point { x: 40.0, y: 30.0 }, 1000.0);
            engine.map(0, Which::Slots).unwrap().zoom(Point { x: 150.0, y: 50.0 }, 0.2);
            let pixels = settle(&mut engine, colouring);
            let (camera, grid) = engine.map(0, Which::Slots).unwrap().view().unwrap();
            let mut inked = 0;
            for y in (0..SIZE.1).step_by(5) {
                for x in (0..SIZE.0).step_by(5) {
                    let at = Point { x: f64::from(x) + 0.5, y: f64::from(y) + 0.5 };
                    let Some(pos) = camera.slot_at(grid, at) else { continue };
                    let (Rect { w, .. }, middle) = (camera.rect_of(grid, pos), camera.rect_of(grid, pos).centre());
                    // Lines between slots are no ground for text.
                    let is_inside = (at.x - middle.x).abs().max((at.y - middle.y).abs()) < w / 3.0;
                    if let Some(ink) = engine.ink(0, Which::Slots, pos).filter(|_| is_inside) {
                        let ground = pixels[(y * SIZE.0 + x) as usize];
                        assert!(contrast(ink, ground) >= 4.5, "{colouring:?} at {x}, {y}");
                        inked += 1;
                    }
                }
            }
            assert_eq!(inked > 20, colouring != Colouring::State, "{colouring:?}: {inked}");
        }
    }

    #[test]
    fn a_pinch_keeps_the_slots_under_the_fingers() {
        let mut engine = opened("for i in range(9000): d[i] = i", "cpython-2.7");
        settle(&mut engine, Colouring::State);
        let map = engine.map(0, Which::Slots).unwrap();
        map.zoom(Point { x: 150.0, y: 50.0 }, 8.0);
        let point = |x, y| Point { x, y };
        let (from, to) = ([point(100.0, 40.0), point(160.0, 60.0)], [point(90.0, 36.0), point(180.0, 66.0)]);
        let before = from.map(|finger| map.view().unwrap().0.to_grid(finger));
        map.pinch(from, to);
        let after = to.map(|finger| map.view().unwrap().0.to_grid(finger));
        for (a, b) in before.iter().zip(after) {
            assert!((a.x - b.x).hypot(a.y - b.y) < 0.2, "{a:?} {b:?}");
        }
    }

    #[test]
    fn a_flight_ends_where_it_was_sent_and_stillness_does_not_fly() {
        for still in [false, true] {
            let mut engine = opened("for i in range(9000): d[i] = i", "cpython-2.7");
            engine.set_still(still);
            settle(&mut engine, Colouring::State);
            assert!(!engine.is_moving());
            let map = engine.map(0, Which::Slots).unwrap();
            map.fly_to(8000, 40.0);
            assert!(engine.is_moving());
            engine.tick(&|| 0.0, 8.0);
            assert_eq!(engine.is_moving(), !still);
            settle(&mut engine, Colouring::State);
            let (camera, grid) = engine.map(0, Which::Slots).unwrap().view().unwrap();
            let Point { x, y } = camera.rect_of(grid, 8000).centre();
            assert!((0.0..300.0).contains(&x) && (0.0..100.0).contains(&y));
            assert_eq!(camera.scale, 40.0);
            let (all, seen) = engine.map(0, Which::Slots).unwrap().overview(64, 32).expect("it is zoomed");
            assert!(seen.w < f64::from(all.width) && seen.x >= 0.0);
        }
    }

    #[test]
    fn a_resize_fades_from_the_old_picture_to_the_new_one() {
        let mut engine = opened("for i in range(6000): d[i] = i", "cpython-2.7");
        settle(&mut engine, Colouring::State);
        let old = engine.lanes[0].maps[0].pixels.clone();
        engine.handle(Command::Seek(20));
        show(&mut engine, Colouring::State);
        engine.tick(&|| 0.0, 8.0);
        assert_eq!(engine.painted(0, Which::Slots), Some(&old[..]));
        let new = settle(&mut engine, Colouring::State);
        assert_ne!(old, new);
    }

    #[test]
    fn the_array_that_a_table_moves_to_is_shown_beside_it() {
        let mut engine = opened("for i in range(5000): d[i] = i\nfor i in range(5000): del d[i]", "incremental");
        let moving = |engine: &Engine| engine.sight(0).unwrap().state.next.is_some();
        let picture = |engine: &mut Engine| {
            engine.map(0, Which::Second).unwrap().show(SIZE.0, SIZE.1, &Palette::LIGHT, Colouring::State);
            engine.painted(0, Which::Second);
            engine.lanes[0].maps[1].pixels.clone()
        };
        let (mut seen, mut with) = (0, 0);
        for at in (0..10_000).step_by(37) {
            engine.handle(Command::Seek(at));
            picture(&mut engine);
            for _ in 0..3 {
                engine.handle(Command::StepOps(5));
                picture(&mut engine);
            }
            let sight = engine.sight(0).unwrap();
            let next = sight.arrays(Which::Second);
            assert_eq!(next.slots.len(), sight.state.next.as_ref().map_or(0, |next| next.slots.len()));
            let live = next.slots.iter().filter(|slot| slot.is_live()).count();
            let there = engine.lanes[0].maps[1].seen.0.iter().filter(|&&class| class == Class::Live).count();
            assert_eq!(live, there);
            let by_bits = picture(&mut engine);
            engine.map(0, Which::Second).unwrap().forget();
            assert!(by_bits == picture(&mut engine), "at {at}");
            let frame = engine.frame(800.0, 0.0);
            if let crate::engine::frame::Stage::Map { second, .. } = frame.stage {
                assert_eq!(second.is_some(), moving(&engine));
                seen += 1;
                with += usize::from(second.is_some());
            }
        }
        assert!(0 < with && with < seen, "{with} of {seen}");
    }

    #[test]
    fn the_small_picture_leads_to_every_part() {
        let mut engine = opened("for i in range(9000): d[i] = i", "cpython-2.7");
        settle(&mut engine, Colouring::State);
        let map = engine.map(0, Which::Slots).unwrap();
        assert_eq!(map.overview_size(64, 32), None, "everything is seen");
        map.fly_to(8000, 40.0);
        settle(&mut engine, Colouring::State);
        for fly in [true, false] {
            for part in [Point { x: 0.25, y: 0.75 }, Point { x: -1.0, y: 0.5 }] {
                let map = engine.map(0, Which::Slots).unwrap();
                map.look_at(part, fly);
                assert_eq!(engine.is_moving(), fly);
                settle(&mut engine, Colouring::State);
                let (camera, grid) = engine.map(0, Which::Slots).unwrap().view().unwrap();
                let middle = camera.to_grid(Point { x: f64::from(SIZE.0) / 2.0, y: f64::from(SIZE.1) / 2.0 });
                let least = f64::from(SIZE.0) / 2.0 / camera.scale;
                let wanted = (part.x * f64::from(grid.columns())).max(least);
                assert!((middle.x - wanted).abs() < 1e-6 && camera.scale == 40.0, "{middle:?} {wanted}");
            }
        }
    }

    #[test]
    fn as_many_slots_are_around_in_a_table_of_any_size() {
        for (keys, focus) in [(3, 0), (3, 7), (9_000, 0), (9_000, 16_383), (9_000, 8_200)] {
            let mut engine = opened(&format!("for i in range({keys}): d[i] = i"), "cpython-2.7");
            settle(&mut engine, Colouring::State);
            let (camera, grid) = engine.map(0, Which::Slots).unwrap().view().unwrap();
            let sight = engine.sight(0).unwrap();
            let found = around(sight, camera, grid, Some(focus));
            let cells: Vec<_> = found.cells.iter().flatten().collect();
            assert_eq!((found.rows * found.columns, found.focus), (sight.state.main.size() as u32, focus));
            assert_eq!(cells.len() as u32, NEAR.0.min(found.rows) * NEAR.1.min(found.columns));
            assert_eq!(cells.iter().filter(|cell| cell.selected).map(|cell| cell.pos).collect::<Vec<_>>(), [focus]);
            assert!(cells.iter().all(|cell| cell.text == line_about(sight, Which::Slots, cell.pos)));
            let nobody = around(sight, camera, grid, None);
            assert!(nobody.cells.iter().flatten().all(|cell| !cell.selected));
        }
    }

    #[test]
    fn a_line_about_a_cell_says_who_is_there() {
        let engine = opened("for i in range(30): d[i] = -i\ndel d[3]", "cpython-3.13");
        let sight = engine.sight(0).unwrap();
        assert_eq!(line_about(sight, Which::Slots, 5), "slot 5: 5 = -5");
        assert_eq!(line_about(sight, Which::Slots, 3), "slot 3: 3 was deleted here");
        assert_eq!(line_about(sight, Which::Second, 7), "entry 7: 7 = -7");
        assert_eq!(line_about(sight, Which::Slots, 63), "slot 63: empty");
        assert_eq!(line_about(sight, Which::Slots, 64), "slot 64: not in this table");
    }
}
