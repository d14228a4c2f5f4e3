//! The map of a large table: what was seen of its cells, how full each part is, and which part is looked at.

use crate::history::{self, Damage, Timeline};
use crate::table::Table;
use crate::view::camera::{Camera, Grid, Point};
use crate::view::lod::{Cells, Class, Entries, Probed, Pyramid};
use crate::view::paint::{Area, Scene, paint};
use crate::view::palette::{Palette, Pixel};

/// Which array a map shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The array that is probed.
    Slots,
    /// The dense entries (CPython 3.6+).
    Entries,
}

impl Which {
    /// Both, in the order in which they stand on the page.
    pub const ALL: [Which; 2] = [Which::Slots, Which::Entries];
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

/// One map.
#[derive(Debug)]
pub struct Map {
    which: Which,
    seen: Seen,
    pyramid: Option<Pyramid>,
    camera: Option<Camera>,
    pixels: Vec<Pixel>,
    /// Something changed since it was painted.
    stale: bool,
    palette: &'static Palette,
}

impl Map {
    pub(super) fn new(which: Which) -> Map {
        Map {
            which,
            seen: Seen::default(),
            pyramid: None,
            camera: None,
            pixels: Vec::new(),
            stale: true,
            palette: &Palette::LIGHT,
        }
    }

    /// Take in what changed.
    pub(super) fn update(&mut self, timeline: &Timeline, damage: &Damage) {
        let arrays = &timeline.table().state().main;
        let (size, cells) = match self.which {
            Which::Slots if arrays.is_two() => (arrays.size(), &damage.main.indices),
            Which::Slots => (arrays.size(), &damage.main.slots),
            Which::Entries if arrays.is_two() => (arrays.slots.len(), &damage.main.slots),
            Which::Entries => (0, &damage.main.slots),
        };
        let read = |first: usize, out: &mut [Class]| match self.which {
            Which::Slots => Probed(arrays).read(first as u32, out),
            Which::Entries => Entries(arrays).read(first as u32, out),
        };
        if size == 0 || size != self.seen.0.len() {
            self.seen.0 = vec![Class::Empty; size];
            read(0, &mut self.seen.0);
            (self.pyramid, self.camera, self.stale) = (None, None, true);
            return;
        }
        match cells {
            history::Cells::Some(cells) if !damage.resized => {
                for &pos in cells {
                    let mut new = [Class::Empty];
                    read(pos as usize, &mut new);
                    let old = std::mem::replace(&mut self.seen.0[pos as usize], new[0]);
                    if old != new[0] {
                        self.stale = true;
                        if let Some(pyramid) = &mut self.pyramid {
                            pyramid.change(pos, old, new[0]);
                        }
                    }
                }
            }
            _ => {
                read(0, &mut self.seen.0);
                (self.pyramid, self.stale) = (None, true);
            }
        }
    }

    /// Show it in this many device pixels and these colours.
    pub fn show(&mut self, width: u32, height: u32, palette: &'static Palette) {
        if self.seen.is_empty() || width == 0 || height == 0 {
            return;
        }
        let grid = self.grid(width, height);
        match self.camera {
            Some(camera) if (camera.width, camera.height) == (width, height) => {}
            Some(camera) => (self.camera, self.stale) = (Some(camera.resized(grid, width, height)), true),
            None => (self.camera, self.stale) = (Some(Camera::fit(grid, width, height)), true),
        }
        if self.palette != palette {
            (self.palette, self.stale) = (palette, true);
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

    /// Zoom by `factor` about a pixel.
    pub fn zoom(&mut self, about: Point, factor: f64) {
        if let Some((camera, grid)) = self.view() {
            (self.camera, self.stale) = (Some(camera.zoomed(grid, about, factor)), true);
        }
    }

    /// Move by so many pixels.
    pub fn pan(&mut self, by: Point) {
        if let Some((camera, grid)) = self.view() {
            (self.camera, self.stale) = (Some(camera.panned(grid, by)), true);
        }
    }

    /// Paint it, if anything changed since the last time.
    pub fn paint(&mut self) -> Option<&[Pixel]> {
        let (camera, grid) = self.view()?;
        if !std::mem::take(&mut self.stale) {
            return None;
        }
        if camera.scale < 1.0 && self.pyramid.is_none() {
            self.pyramid = Some(Pyramid::of(grid, &self.seen));
        }
        self.pixels.resize(camera.width as usize * camera.height as usize, 0);
        let scene =
            Scene { cells: &self.seen, grid, lod: self.pyramid.as_ref(), camera, palette: self.palette, shade: None };
        paint(&scene, Area::all(camera), &mut self.pixels);
        Some(&self.pixels)
    }

    /// Paint again whatever happened (a canvas was made anew).
    pub fn forget(&mut self) {
        self.stale = true;
    }
}
