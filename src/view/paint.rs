//! The map: a grid of slots as pixels. The cost is that of the pixels, not of the slots.

mod filtered;

pub use filtered::Kept;
use filtered::block_level;

use super::camera::{Camera, Grid};
use super::lod::{Cells, Class, Pyramid};
use super::palette::{Meaning, Palette, Pixel};

/// Part of the viewport, in whole pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// One past the right edge.
    pub x_end: u32,
    /// One past the bottom edge.
    pub y_end: u32,
}

impl Area {
    /// The whole viewport of `camera`.
    pub fn all(camera: Camera) -> Area {
        Area { x: 0, y: 0, x_end: camera.width, y_end: camera.height }
    }

    /// The pixels that a slot has a part in; `None` if none is in the viewport. Where slots are smaller than pixels that is
    /// all of the block it is counted in.
    pub fn of_slot(camera: Camera, grid: Grid, pos: u32) -> Option<Area> {
        let (column, row) = grid.place(pos);
        let clip = |edge: i64, end: u32| edge.clamp(0, i64::from(end)) as u32;
        let axis = |cell: u32, at: f64, pixels: u32| {
            let (first, end) = if camera.scale < PATTERN_SCALE {
                let k = block_level(camera.scale);
                let (first, end) = (u64::from(cell >> k) << k, (u64::from(cell >> k) + 1) << k);
                let pixel = |cell: u64| (cell as f64 - at) * camera.scale;
                ((pixel(first) - 0.01).floor() as i64, (pixel(end) + 0.01).ceil() as i64)
            } else {
                (edge(cell, at, camera.scale), edge(cell + 1, at, camera.scale))
            };
            (clip(first, pixels), clip(end, pixels))
        };
        let ((x, x_end), (y, y_end)) = (axis(column, camera.x, camera.width), axis(row, camera.y, camera.height));
        (x < x_end && y < y_end).then_some(Area { x, y, x_end, y_end })
    }
}

/// The first pixel whose middle is beyond the near edge of a column or row.
fn edge(cell: u32, at: f64, scale: f64) -> i64 {
    ((f64::from(cell) - at) * scale - 0.5).ceil() as i64
}

/// What is drawn.
#[derive(Clone, Copy)]
pub struct Scene<'a, C: Cells> {
    /// The cells.
    pub cells: &'a C,
    /// How they are laid out.
    pub grid: Grid,
    /// Their pyramid, over the same grid. Without one (or while it is being built), a pixel that holds several slots
    /// shows one of them.
    pub lod: Option<&'a Pyramid>,
    /// What is seen.
    pub camera: Camera,
    /// In which colours.
    pub palette: &'a Palette,
    /// The quantity (0 … 255) of a live cell, shown by the palette's ramp; `None` colours by state only.
    pub shade: Option<&'a dyn Fn(u32) -> u8>,
}

/// Slots at least this large have a gap between them and a tombstone's hatching, in pixels.
pub const PATTERN_SCALE: f64 = 4.0;

/// Paint `area` of the viewport into `out`, which holds the whole viewport row by row. `kept` saves work when the next
/// scene has the same camera; it may be a new one every time.
///
/// # Panics
/// If `out` does not hold `camera.width * camera.height` pixels.
pub fn paint<C: Cells>(scene: &Scene<'_, C>, area: Area, out: &mut [Pixel], kept: &mut Kept) {
    let camera = scene.camera;
    assert_eq!(out.len(), camera.width as usize * camera.height as usize, "the viewport's pixels");
    let area = Area { x_end: area.x_end.min(camera.width), y_end: area.y_end.min(camera.height), ..area };
    if area.x >= area.x_end || area.y >= area.y_end {
        return;
    }
    let mut canvas = Canvas { out, width: camera.width as usize, area };
    if camera.scale >= PATTERN_SCALE { paint_squares(scene, &mut canvas) } else { kept.paint(scene, &mut canvas) }
}

struct Canvas<'a> {
    out: &'a mut [Pixel],
    width: usize,
    area: Area,
}

impl Canvas<'_> {
    fn line(&mut self, y: u32) -> &mut [Pixel] {
        let first = y as usize * self.width;
        &mut self.out[first + self.area.x as usize..first + self.area.x_end as usize]
    }

    /// Make line `y` the same as the one above it.
    fn repeat(&mut self, y: u32) {
        let first = (y as usize - 1) * self.width;
        let (from, to) = (first + self.area.x as usize, first + self.area.x_end as usize);
        self.out.copy_within(from..to, from + self.width);
    }
}

fn solid<C: Cells>(scene: &Scene<'_, C>, class: Class, pos: u32) -> Pixel {
    match (class, scene.shade) {
        (Class::Empty, _) => scene.palette.of(Meaning::Empty),
        (Class::Tombstone, _) => scene.palette.of(Meaning::Tombstone),
        (Class::Live, None) => scene.palette.of(Meaning::Live),
        (Class::Live, Some(shade)) => scene.palette.ramp(shade(pos)),
    }
}

/// Squares with a gap and a pattern: live is solid, empty is hollow, a tombstone is hatched and, when large, crossed.
fn paint_squares<C: Cells>(scene: &Scene<'_, C>, canvas: &mut Canvas<'_>) {
    let (area, camera, grid) = (canvas.area, scene.camera, scene.grid);
    let ground = scene.palette.of(Meaning::Ground);
    let visible = camera.visible(grid);
    for y in area.y..area.y_end {
        canvas.line(y).fill(ground);
    }
    let mut classes = Vec::new();
    for row in visible.rows {
        let (top, bottom) = (edge(row, camera.y, camera.scale), edge(row + 1, camera.y, camera.scale));
        let slots = grid.row(row);
        let start = (slots.start + visible.columns.start).min(slots.end);
        let end = (slots.start + visible.columns.end).min(slots.end);
        classes.clear();
        classes.resize((end - start) as usize, Class::Empty);
        scene.cells.read(start, &mut classes);
        let lines = top.max(area.y.into())..bottom.min(area.y_end.into());
        for (pos, &class) in (start..).zip(&classes) {
            let column = pos - slots.start;
            let (left, right) = (edge(column, camera.x, camera.scale), edge(column + 1, camera.x, camera.scale));
            let square = Square::new(scene, class, pos, right - left, bottom - top);
            let pixels = left.max(area.x.into())..right.min(area.x_end.into());
            if pixels.is_empty() {
                continue;
            }
            for y in lines.clone() {
                let span = (pixels.start - i64::from(area.x)) as usize..(pixels.end - i64::from(area.x)) as usize;
                square.line(pixels.start - left, y - top, &mut canvas.line(y as u32)[span]);
            }
        }
    }
}

/// One slot as a square of so many pixels, the gap to the next ones at its right and bottom included.
struct Square {
    class: Class,
    fill: Pixel,
    ink: Pixel,
    gap: Pixel,
    width: i64,
    height: i64,
}

impl Square {
    fn new<C: Cells>(scene: &Scene<'_, C>, class: Class, pos: u32, width: i64, height: i64) -> Square {
        let palette = scene.palette;
        let ink = match class {
            Class::Empty => palette.of(Meaning::Grid),
            Class::Live | Class::Tombstone => palette.of(Meaning::OnTombstone),
        };
        Square { class, fill: solid(scene, class, pos), ink, gap: palette.of(Meaning::Ground), width, height }
    }

    /// Its pixels from `x` on in its line `y`.
    fn line(&self, x: i64, y: i64, out: &mut [Pixel]) {
        let (w, h) = (self.width - 1, self.height - 1);
        if y >= h {
            out.fill(self.gap);
            return;
        }
        match self.class {
            Class::Live => out.fill(self.fill),
            Class::Empty => {
                let flat = y == 0 || y == h - 1;
                out.fill(if flat { self.ink } else { self.fill });
                for (x, pixel) in (x..).zip(out.iter_mut()) {
                    if x == 0 || x == w - 1 {
                        *pixel = self.ink;
                    }
                }
            }
            Class::Tombstone => {
                for (x, pixel) in (x..).zip(out.iter_mut()) {
                    *pixel = if self.inked(x, y, w, h) { self.ink } else { self.fill };
                }
            }
        }
        // The gap is the last column.
        if let Some(pixel) = usize::try_from(w - x).ok().and_then(|at| out.get_mut(at)) {
            *pixel = self.gap;
        }
    }

    fn inked(&self, x: i64, y: i64, w: i64, h: i64) -> bool {
        if w.min(h) < CROSS {
            return (x + y) % 4 == 3;
        }
        // A cross in the upper left corner, like one on a gravestone, leaves the middle for text.
        let arm = (w.min(h) / 4).max(5);
        let (cx, top) = (arm / 2 + 2, 2);
        let stroke = (arm / 8).max(1);
        let upright = (cx..cx + stroke).contains(&x) && (top..=top + arm).contains(&y);
        let bar = (top + arm / 3..top + arm / 3 + stroke).contains(&y) && (cx - arm / 3..=cx + arm / 3).contains(&x);
        upright || bar || ((x + y) % 8 == 7 && y > h - 1 - arm)
    }
}

/// Tombstones at least this many pixels large show a cross instead of being hatched all over.
const CROSS: i64 = 20;

#[cfg(test)]
mod tests {
    use super::super::lod::tests::{Plain, class};
    use super::*;
    use crate::view::palette::mix;
    use proptest::prelude::*;

    const MARK: Pixel = 0x0102_0304;

    fn paint<C: Cells>(scene: &Scene<'_, C>, area: Area, out: &mut [Pixel]) {
        super::paint(scene, area, out, &mut Kept::default());
    }

    fn scene<'a>(cells: &'a Plain, grid: Grid, camera: Camera, lod: Option<&'a Pyramid>) -> Scene<'a, Plain> {
        Scene { cells, grid, lod, camera, palette: &Palette::LIGHT, shade: None }
    }

    fn any_view() -> impl Strategy<Value = (Plain, Grid, Camera)> {
        let cells = prop::collection::vec(class(), 1..3000).prop_map(Plain);
        (cells, 1u32..120, 1u32..120, 0.0f64..1.0, 0.0f64..1.0, 0.0f64..1.0).prop_map(|(cells, w, h, x, y, zoom)| {
            let grid = Grid::new(cells.len(), 1.0);
            let fit = Camera::fit(grid, w, h);
            let scale = fit.scale * (60.0 / fit.scale).powf(zoom);
            let (x, y) = (x * f64::from(grid.columns()), y * f64::from(grid.rows()));
            (cells, grid, Camera { x, y, scale, ..fit }.clamped(grid))
        })
    }

    impl std::fmt::Debug for Plain {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.fmt(f)
        }
    }

    proptest! {
        #[test]
        fn an_area_is_painted_as_in_the_whole_and_nothing_else(
            (cells, grid, camera) in any_view(), xs in (0u32..130, 0u32..130), ys in (0u32..130, 0u32..130), lod in any::<bool>(),
        ) {
            let pyramid = Pyramid::of(grid, &cells);
            let scene = scene(&cells, grid, camera, lod.then_some(&pyramid));
            let pixels = (camera.width * camera.height) as usize;
            let mut whole = vec![MARK; pixels];
            paint(&scene, Area::all(camera), &mut whole);
            prop_assert!(!whole.contains(&MARK));
            let area = Area { x: xs.0, x_end: xs.1, y: ys.0, y_end: ys.1 };
            let mut part = vec![MARK; pixels];
            paint(&scene, area, &mut part);
            for (i, &pixel) in part.iter().enumerate() {
                let (x, y) = (i as u32 % camera.width, i as u32 / camera.width);
                let inside = (area.x..area.x_end).contains(&x) && (area.y..area.y_end).contains(&y);
                prop_assert_eq!(pixel, if inside { whole[i] } else { MARK });
            }
        }

        #[test]
        fn a_changed_slot_changes_only_its_area(
            (mut cells, grid, camera) in any_view(), at in any::<prop::sample::Index>(), new in class(),
        ) {
            let pos = at.index(cells.0.len());
            let pixels = (camera.width * camera.height) as usize;
            let mut before = vec![MARK; pixels];
            let mut kept = Kept::default();
            let lod = Pyramid::of(grid, &cells);
            super::paint(&scene(&cells, grid, camera, Some(&lod)), Area::all(camera), &mut before, &mut kept);
            cells.0[pos] = new;
            let lod = Pyramid::of(grid, &cells);
            let mut after = vec![MARK; pixels];
            paint(&scene(&cells, grid, camera, Some(&lod)), Area::all(camera), &mut after);
            if let Some(area) = Area::of_slot(camera, grid, pos as u32) {
                super::paint(&scene(&cells, grid, camera, Some(&lod)), area, &mut before, &mut kept);
            }
            prop_assert_eq!(before, after);
        }

        #[test]
        fn full_cells_have_their_colour_at_any_scale((_, _, camera) in any_view()) {
            let cells = Plain(vec![Class::Live; 1024]);
            let grid = Grid::new(1024, 1.0);
            let camera = camera.clamped(grid);
            prop_assume!(camera.scale < PATTERN_SCALE && camera.width > 2 && camera.height > 2);
            let lod = Pyramid::of(grid, &cells);
            let mut out = vec![MARK; (camera.width * camera.height) as usize];
            paint(&scene(&cells, grid, camera, Some(&lod)), Area::all(camera), &mut out);
            let middle = (camera.height / 2 * camera.width + camera.width / 2) as usize;
            prop_assert_eq!(out[middle], Palette::LIGHT.of(Meaning::Live));
        }
    }

    /// The colours of one slot of `size` pixels.
    fn drawn(class: Class, size: u32) -> Vec<Pixel> {
        let cells = Plain(vec![class]);
        let grid = Grid::new(1, 1.0);
        let camera = Camera { x: 0.0, y: 0.0, scale: size.into(), width: size, height: size };
        let mut out = vec![MARK; (size * size) as usize];
        paint(&scene(&cells, grid, camera, None), Area::all(camera), &mut out);
        out
    }

    #[test]
    fn states_differ_by_pattern_as_well_as_by_colour() {
        let palette = Palette::LIGHT;
        for size in [5, 8, 16, 40, 120] {
            let inner = |class| {
                let size = size as usize;
                let mut colours: Vec<_> = drawn(class, size as u32)
                    .chunks(size)
                    .take(size - 1)
                    .flat_map(|l| l[..size - 1].to_vec())
                    .collect();
                colours.sort();
                colours.dedup();
                colours
            };
            assert_eq!(inner(Class::Live), [palette.of(Meaning::Live)], "live is solid at {size}");
            assert_eq!(inner(Class::Tombstone).len(), 2, "a tombstone has a pattern at {size}");
            assert_eq!(inner(Class::Empty).len(), 2, "an empty slot is an outline at {size}");
        }
    }

    #[test]
    fn no_slot_goes_unseen_when_pixels_hold_several() {
        for slots in [1u32 << 14, 1 << 16] {
            let grid = Grid::new(slots, 1.0);
            let camera = Camera::fit(grid, 100, 100);
            let blank = Plain(vec![Class::Empty; slots as usize]);
            let lod = Pyramid::of(grid, &blank);
            let mut before = vec![MARK; 10_000];
            paint(&scene(&blank, grid, camera, Some(&lod)), Area::all(camera), &mut before);
            for pos in [0, 77, slots / 3, slots - 1] {
                let mut one = Plain(vec![Class::Empty; slots as usize]);
                one.0[pos as usize] = Class::Live;
                let lod = Pyramid::of(grid, &one);
                let mut after = vec![MARK; 10_000];
                paint(&scene(&one, grid, camera, Some(&lod)), Area::all(camera), &mut after);
                assert_ne!(before, after, "slot {pos} of {slots}");
            }
        }
    }

    #[test]
    fn a_pixel_shows_the_mean_of_what_it_covers() {
        let cells = Plain(vec![Class::Live, Class::Empty]);
        let grid = Grid::new(2, 2.0);
        let camera = Camera { x: 0.0, y: 0.0, scale: 1.5, width: 3, height: 1 };
        let mut out = vec![MARK; 3];
        paint(&scene(&cells, grid, camera, None), Area::all(camera), &mut out);
        let p = Palette::LIGHT;
        let (live, empty) = (p.of(Meaning::Live), p.of(Meaning::Empty));
        assert_eq!((out[0], out[2]), (live, empty));
        let half = mix(live, empty, 127).to_le_bytes();
        assert!(out[1].to_le_bytes().iter().zip(half).all(|(&a, b)| a.abs_diff(b) <= 1), "{:x}", out[1]);
    }

    #[test]
    fn density_mixes_by_shares() {
        let p = &Palette::LIGHT;
        assert_eq!(filtered::density(p, 0, 0, 64), p.of(Meaning::Empty));
        assert_eq!(filtered::density(p, 64, 0, 64), p.of(Meaning::Live));
        assert_eq!(filtered::density(p, 0, 64, 64), p.of(Meaning::Tombstone));
    }

    #[test]
    fn a_shade_colours_live_slots_only() {
        let cells = Plain(vec![Class::Live, Class::Tombstone, Class::Empty, Class::Live]);
        let grid = Grid::new(4, 4.0);
        let camera = Camera { x: 0.0, y: 0.0, scale: 1.0, width: 4, height: 1 };
        let shade = |pos: u32| if pos == 0 { 0 } else { 255 };
        let mut out = vec![MARK; 4];
        let p = Palette::DARK;
        let scene = Scene { palette: &p, shade: Some(&shade), ..scene(&cells, grid, camera, None) };
        paint(&scene, Area::all(camera), &mut out);
        assert_eq!(out, [p.ramp(0), p.of(Meaning::Tombstone), p.of(Meaning::Empty), p.ramp(255)]);
    }

    /// `cargo test --profile native --lib view::paint -- --ignored --nocapture`
    #[test]
    #[ignore = "prints times"]
    fn times_of_a_whole_view() {
        let mut kept = Kept::default();
        for slots in [262_144u32, 1 << 20, 1 << 24] {
            let grid = Grid::new(slots, 1.0);
            let mut arrays = crate::table::Arrays::two(slots as usize, 0);
            for i in (0..slots).filter(|i| i % 3 != 0) {
                let index = crate::table::Index::entry(i);
                arrays.indices[(i.wrapping_mul(2_654_435_761) % slots) as usize] = index;
            }
            let cells = super::super::lod::Probed(&arrays);
            let start = std::time::Instant::now();
            let lod = Pyramid::of(grid, &cells);
            println!("{slots} slots: pyramid {:?}", start.elapsed());
            let fit = Camera::fit(grid, 800, 800);
            for zoom in [1.0, 2.0, 4.0, 8.0, 16.0] {
                let camera = Camera { scale: fit.scale * zoom, ..fit }.clamped(grid);
                let scene =
                    Scene { cells: &cells, grid, lod: Some(&lod), camera, palette: &Palette::LIGHT, shade: None };
                let mut out = vec![0; 640_000];
                let mut times: Vec<_> = (0..31)
                    .map(|_| {
                        let start = std::time::Instant::now();
                        super::paint(&scene, Area::all(camera), &mut out, &mut kept);
                        start.elapsed()
                    })
                    .collect();
                times.sort();
                println!("  zoom {zoom}: median {:?}, worst {:?}", times[15], times[30]);
            }
        }
    }
}
