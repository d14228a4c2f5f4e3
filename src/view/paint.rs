//! The map: a grid of slots as pixels. The cost is that of the pixels, not of the slots.

use super::camera::{Camera, Grid};
use super::lod::{BlockRow, Cells, Class, Pyramid};
use super::palette::{Meaning, Palette, Pixel, mix};

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

    /// The pixels of one slot that are in the viewport; `None` if there are none.
    pub fn of_slot(camera: Camera, grid: Grid, pos: u32) -> Option<Area> {
        let (column, row) = grid.place(pos);
        let clip = |edge: i64, end: u32| edge.clamp(0, i64::from(end)) as u32;
        let area = Area {
            x: clip(edge(column, camera.x, camera.scale), camera.width),
            x_end: clip(edge(column + 1, camera.x, camera.scale), camera.width),
            y: clip(edge(row, camera.y, camera.scale), camera.height),
            y_end: clip(edge(row + 1, camera.y, camera.scale), camera.height),
        };
        (area.x < area.x_end && area.y < area.y_end).then_some(area)
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
    /// shows the one in its middle.
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

/// Paint `area` of the viewport into `out`, which holds the whole viewport row by row.
///
/// # Panics
/// If `out` does not hold `camera.width * camera.height` pixels.
pub fn paint<C: Cells>(scene: &Scene<'_, C>, area: Area, out: &mut [Pixel]) {
    let camera = scene.camera;
    assert_eq!(out.len(), camera.width as usize * camera.height as usize, "the viewport's pixels");
    let area = Area { x_end: area.x_end.min(camera.width), y_end: area.y_end.min(camera.height), ..area };
    if area.x >= area.x_end || area.y >= area.y_end {
        return;
    }
    let mut canvas = Canvas { out, width: camera.width as usize, area };
    let level = block_level(camera.scale);
    match scene.lod.filter(|lod| level > 0 && lod.is_built() && lod.levels() > 0) {
        Some(lod) => paint_density(scene, lod, level.min(lod.levels()), &mut canvas),
        None if camera.scale < PATTERN_SCALE => paint_plain(scene, &mut canvas),
        None => paint_squares(scene, &mut canvas),
    }
}

/// The smallest blocks (`2^k × 2^k` slots) that are at least a pixel large: smaller ones would let slots go unseen.
fn block_level(scale: f64) -> u32 {
    let slots_a_pixel = 1.0 / scale;
    if slots_a_pixel <= 1.0 { 0 } else { slots_a_pixel.log2().ceil() as u32 }
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

/// Which column (or row) each pixel of the area is in, in blocks of `2^k`; `u32::MAX` outside of the grid.
fn blocks_of(first: u32, end: u32, at: f64, scale: f64, cells: u32, k: u32) -> Vec<u32> {
    (first..end)
        .map(|pixel| {
            let cell = (at + (f64::from(pixel) + 0.5) / scale).floor();
            if cell < 0.0 || cell >= f64::from(cells) { OUTSIDE } else { (cell as u32) >> k }
        })
        .collect()
}

const OUTSIDE: u32 = u32::MAX;

fn axes<C: Cells>(scene: &Scene<'_, C>, area: Area, k: u32) -> (Vec<u32>, Vec<u32>) {
    let (camera, grid) = (scene.camera, scene.grid);
    let columns = blocks_of(area.x, area.x_end, camera.x, camera.scale, grid.columns(), k);
    let rows = blocks_of(area.y, area.y_end, camera.y, camera.scale, grid.rows(), k);
    (columns, rows)
}

/// The colour of a block: live and tombstones in the shares they have of it.
fn density(palette: &Palette, live: u32, dead: u32, cells: u32) -> Pixel {
    let cells = cells.max(1);
    let part = |n: u32| (u64::from(n) * 255 / u64::from(cells)).min(255) as u8;
    let taken = live + dead;
    if taken == 0 {
        return palette.of(Meaning::Empty);
    }
    let dead_of_taken = (u64::from(dead) * 255 / u64::from(taken)) as u8;
    let colour = mix(palette.of(Meaning::Live), palette.of(Meaning::Tombstone), dead_of_taken);
    mix(palette.of(Meaning::Empty), colour, part(taken))
}

fn paint_density<C: Cells>(scene: &Scene<'_, C>, lod: &Pyramid, k: u32, canvas: &mut Canvas<'_>) {
    let (grid, palette, area) = (scene.grid, scene.palette, canvas.area);
    let (columns, rows) = axes(scene, area, k);
    let ground = palette.of(Meaning::Ground);
    let full = 1u32 << (2 * k).min(31);
    // Blocks of up to 64 cells can only have so many colours.
    let side = full as usize + 1;
    let table: Vec<Pixel> = match full <= 64 {
        true => (0..side * side)
            .map(|i| {
                let (live, dead) = ((i / side) as u32, (i % side) as u32);
                if live + dead > full { ground } else { density(palette, live, dead, full) }
            })
            .collect(),
        false => Vec::new(),
    };
    let mut line = Vec::new();
    let mut above = None;
    for (y, &by) in (area.y..).zip(&rows) {
        if above == Some(by) {
            canvas.repeat(y);
            continue;
        }
        above = Some(by);
        if by == OUTSIDE {
            canvas.line(y).fill(ground);
            continue;
        }
        let blocks = lod.row(k, by);
        line.clear();
        // The last row and column of blocks may have fewer cells.
        let whole_rows = u64::from(by + 1) << k <= u64::from(grid.slots() / grid.columns());
        match blocks {
            BlockRow::Small(counts) if whole_rows && grid.columns().is_multiple_of(1 << k) => {
                line.extend(counts.iter().map(|&[live, dead]| table[usize::from(live) * side + usize::from(dead)]));
            }
            BlockRow::Small(counts) => line.extend(
                (0..)
                    .zip(counts)
                    .map(|(bx, &[live, dead])| density(palette, live.into(), dead.into(), lod.cells_in(k, bx, by))),
            ),
            BlockRow::Large(counts) => line.extend(
                (0..).zip(counts).map(|(bx, &[live, dead])| density(palette, live, dead, lod.cells_in(k, bx, by))),
            ),
        }
        if let Some(shade) = scene.shade {
            shade_line(scene, shade, k, by, &mut line);
        }
        for (pixel, &bx) in canvas.line(y).iter_mut().zip(&columns) {
            *pixel = line.get(bx as usize).copied().unwrap_or(ground);
        }
    }
}

/// Colour each block after the cell in its middle, if that is live: a ramp cannot be averaged without reading every cell.
fn shade_line<C: Cells>(scene: &Scene<'_, C>, shade: &dyn Fn(u32) -> u8, k: u32, by: u32, line: &mut [Pixel]) {
    let half = 1 << (k - 1);
    let row = ((by << k) + half).min(scene.grid.rows() - 1);
    let mut class = [Class::Empty];
    for (bx, colour) in (0u32..).zip(line) {
        let Some(pos) = scene.grid.slot(((bx << k) + half).min(scene.grid.columns() - 1), row) else { continue };
        scene.cells.read(pos, &mut class);
        if class[0] == Class::Live {
            *colour = mix(*colour, scene.palette.ramp(shade(pos)), 192);
        }
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

/// Squares without anything on them.
fn paint_plain<C: Cells>(scene: &Scene<'_, C>, canvas: &mut Canvas<'_>) {
    let area = canvas.area;
    let (columns, rows) = axes(scene, area, 0);
    let ground = scene.palette.of(Meaning::Ground);
    let seen = columns.iter().filter(|&&c| c != OUTSIDE);
    let (first, last) = (seen.clone().min().copied(), seen.max().copied());
    let mut classes = Vec::new();
    let mut colours = Vec::new();
    let mut above = None;
    for (y, &row) in (area.y..).zip(&rows) {
        if above == Some(row) {
            canvas.repeat(y);
            continue;
        }
        above = Some(row);
        let (Some(first), Some(last), false) = (first, last, row == OUTSIDE) else {
            canvas.line(y).fill(ground);
            continue;
        };
        let slots = scene.grid.row(row);
        let (start, end) = ((slots.start + first).min(slots.end), (slots.start + last + 1).min(slots.end));
        classes.clear();
        classes.resize((end - start) as usize, Class::Empty);
        scene.cells.read(start, &mut classes);
        colours.clear();
        colours.extend((start..).zip(&classes).map(|(pos, &class)| solid(scene, class, pos)));
        for (pixel, &column) in canvas.line(y).iter_mut().zip(&columns) {
            *pixel = colours.get(column.wrapping_sub(first) as usize).copied().unwrap_or(ground);
        }
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
    use proptest::prelude::*;

    const MARK: Pixel = 0x0102_0304;

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
            prop_assume!(camera.scale >= 1.0);
            let pos = at.index(cells.0.len());
            let pixels = (camera.width * camera.height) as usize;
            let mut before = vec![MARK; pixels];
            paint(&scene(&cells, grid, camera, None), Area::all(camera), &mut before);
            cells.0[pos] = new;
            let mut after = vec![MARK; pixels];
            paint(&scene(&cells, grid, camera, None), Area::all(camera), &mut after);
            if let Some(area) = Area::of_slot(camera, grid, pos as u32) {
                paint(&scene(&cells, grid, camera, None), area, &mut before);
            }
            prop_assert_eq!(before, after);
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
    fn density_mixes_by_shares() {
        let p = &Palette::LIGHT;
        assert_eq!(density(p, 0, 0, 64), p.of(Meaning::Empty));
        assert_eq!(density(p, 64, 0, 64), p.of(Meaning::Live));
        assert_eq!(density(p, 0, 64, 64), p.of(Meaning::Tombstone));
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
                        paint(&scene, Area::all(camera), &mut out);
                        start.elapsed()
                    })
                    .collect();
                times.sort();
                println!("  zoom {zoom}: median {:?}, worst {:?}", times[15], times[30]);
            }
        }
    }
}
