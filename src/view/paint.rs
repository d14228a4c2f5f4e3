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
    if camera.scale >= PATTERN_SCALE { paint_squares(scene, &mut canvas) } else { paint_filtered(scene, &mut canvas) }
}

/// The largest blocks (`2^k × 2^k` slots) that are at most a pixel large: what a pixel shows is averaged over those.
fn block_level(scale: f64) -> u32 {
    if scale >= 1.0 { 0 } else { (1.0 / scale).log2().floor() as u32 }
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

/// What a pixel shows of one column or row of blocks: how much of the pixel that covers, in 256ths.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Tap {
    block: u32,
    weight: u32,
}

/// A column or row outside of the grid.
const OUTSIDE: u32 = u32::MAX;

/// The blocks that each pixel of a range covers, across or down.
struct Taps {
    taps: Vec<Tap>,
    /// Where the taps of each pixel end.
    ends: Vec<u32>,
}

impl Taps {
    /// Of pixels `first..end` over a grid of `cells` in blocks of `2^k`; its coordinate at pixel 0 is `at`. `sample`: the
    /// block in a pixel's middle only.
    fn new(first: u32, end: u32, at: f64, scale: f64, cells: u32, k: u32, sample: bool) -> Taps {
        let size = f64::from(1u32 << k);
        let blocks = i64::from(cells.div_ceil(1 << k));
        let named = |block: i64| if (0..blocks).contains(&block) { block as u32 } else { OUTSIDE };
        let mut all = Taps { taps: Vec::new(), ends: Vec::new() };
        for pixel in first..end {
            let edge = |of: f64| (at + of / scale) / size;
            let (from, to) = (edge(f64::from(pixel)), edge(f64::from(pixel) + 1.0));
            let start = all.taps.len();
            let mut done = 0;
            let mut block = from.floor() as i64;
            while done < 256 && !sample {
                // Rounding the sums and not the parts makes the parts add up.
                let upto = (((block + 1) as f64 - from) / (to - from) * 256.0).round().clamp(0.0, 256.0) as u32;
                if upto > done {
                    all.add(start, Tap { block: named(block), weight: upto - done });
                    done = upto;
                }
                block += 1;
            }
            if sample {
                all.taps.push(Tap { block: named(edge(f64::from(pixel) + 0.5).floor() as i64), weight: 256 });
            }
            all.ends.push(all.taps.len() as u32);
        }
        all
    }

    /// One more for the pixel whose taps begin at `start`.
    fn add(&mut self, start: usize, tap: Tap) {
        match self.taps[start..].last_mut() {
            Some(last) if last.block == tap.block => last.weight += tap.weight,
            _ => self.taps.push(tap),
        }
    }

    /// Those of each pixel.
    fn pixels(&self) -> impl Iterator<Item = &[Tap]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let taps = &self.taps[start as usize..end as usize];
            start = end;
            taps
        })
    }

    /// The blocks of the grid that are covered, from the first to the last.
    fn blocks(&self) -> std::ops::Range<u32> {
        let inside = || self.taps.iter().map(|tap| tap.block).filter(|&block| block != OUTSIDE);
        match (inside().min(), inside().max()) {
            (Some(first), Some(last)) => first..last + 1,
            _ => 0..0,
        }
    }
}

/// A sum of colours with weights that add up to 256.
#[derive(Clone, Copy, Default)]
struct Blend {
    even: u32,
    odd: u32,
}

impl Blend {
    #[inline]
    fn add(&mut self, colour: Pixel, weight: u32) {
        self.even += (colour & 0x00ff_00ff) * weight;
        self.odd += (colour >> 8 & 0x00ff_00ff) * weight;
    }

    #[inline]
    fn colour(self) -> Pixel {
        self.even >> 8 & 0x00ff_00ff | self.odd & 0xff00_ff00
    }
}

/// Squares or blocks smaller than a few pixels. Each pixel shows the mean of what it covers, so that a picture does not
/// flicker as it grows, and no slot is drawn wider than the next.
fn paint_filtered<C: Cells>(scene: &Scene<'_, C>, canvas: &mut Canvas<'_>) {
    let (camera, grid, area) = (scene.camera, scene.grid, canvas.area);
    let k = block_level(camera.scale);
    let lod = scene.lod.filter(|lod| lod.is_built() && k <= lod.levels());
    let (k, sample) = if k > 0 && lod.is_none() { (0, true) } else { (k, false) };
    let columns = Taps::new(area.x, area.x_end, camera.x, camera.scale, grid.columns(), k, sample);
    let rows = Taps::new(area.y, area.y_end, camera.y, camera.scale, grid.rows(), k, sample);
    let seen = columns.blocks();
    let ground = scene.palette.of(Meaning::Ground);
    let mut painter = Rows { scene, lod, k, seen: seen.clone(), table: Vec::new(), kept: Vec::new() };
    painter.count_colours();
    let mut line = vec![ground; seen.len()];
    let mut above: &[Tap] = &[];
    for (y, taps) in (area.y..).zip(rows.pixels()) {
        if taps == above {
            canvas.repeat(y);
            continue;
        }
        above = taps;
        painter.blend(taps, &mut line);
        let colour = |tap: &Tap| match tap.block {
            OUTSIDE => ground,
            block => line[(block - seen.start) as usize],
        };
        for (pixel, taps) in canvas.line(y).iter_mut().zip(columns.pixels()) {
            *pixel = match taps {
                [tap] => colour(tap),
                taps => {
                    let mut blend = Blend::default();
                    taps.iter().for_each(|tap| blend.add(colour(tap), tap.weight));
                    blend.colour()
                }
            };
        }
    }
}

/// The colours of rows of blocks; the last few rows are kept.
struct Rows<'a, 'b, C: Cells> {
    scene: &'a Scene<'b, C>,
    lod: Option<&'b Pyramid>,
    k: u32,
    /// The columns of blocks that are wanted.
    seen: std::ops::Range<u32>,
    /// The colours of full blocks by their counts, if they are of at most 64 cells.
    table: Vec<Pixel>,
    kept: Vec<(u32, Vec<Pixel>)>,
}

impl<C: Cells> Rows<'_, '_, C> {
    fn count_colours(&mut self) {
        let full = 1u32 << (2 * self.k).min(31);
        if self.k == 0 || full > 64 {
            return;
        }
        let (side, palette) = (full as usize + 1, self.scene.palette);
        let colours = (0..side * side).map(|i| {
            let (live, dead) = ((i / side) as u32, (i % side) as u32);
            // More than the block has never occurs.
            density(palette, live.min(full), dead.min(full), full)
        });
        self.table = colours.collect();
    }

    /// What a line of pixels that covers these rows shows of each column of blocks.
    fn blend(&mut self, taps: &[Tap], line: &mut [Pixel]) {
        for tap in taps {
            self.keep(tap.block);
        }
        let row = |tap: &Tap| self.kept.iter().find(|(by, _)| *by == tap.block).map_or(&[][..], |(_, line)| line);
        match taps {
            [tap] => line.copy_from_slice(row(tap)),
            taps => {
                let mut blends = vec![Blend::default(); line.len()];
                for tap in taps {
                    blends.iter_mut().zip(row(tap)).for_each(|(blend, &colour)| blend.add(colour, tap.weight));
                }
                line.iter_mut().zip(blends).for_each(|(pixel, blend)| *pixel = blend.colour());
            }
        }
    }

    /// Have the colours of row `by` ready. A pixel covers at most three rows.
    fn keep(&mut self, by: u32) {
        if self.kept.iter().any(|(kept, _)| *kept == by) {
            return;
        }
        let mut line = if self.kept.len() < 4 { Vec::new() } else { self.kept.remove(0).1 };
        line.clear();
        let ground = self.scene.palette.of(Meaning::Ground);
        if by != OUTSIDE {
            match self.lod.filter(|_| self.k > 0) {
                Some(lod) => self.blocks(lod, by, &mut line),
                None => self.cells(by, &mut line),
            }
        }
        // The last row may not be full.
        line.resize(self.seen.len(), ground);
        self.kept.push((by, line));
    }

    fn cells(&self, row: u32, line: &mut Vec<Pixel>) {
        let slots = self.scene.grid.row(row);
        let start = (slots.start + self.seen.start).min(slots.end);
        let end = (slots.start + self.seen.end).min(slots.end);
        let mut classes = vec![Class::Empty; (end - start) as usize];
        self.scene.cells.read(start, &mut classes);
        line.extend((start..).zip(&classes).map(|(pos, &class)| solid(self.scene, class, pos)));
    }

    fn blocks(&self, lod: &Pyramid, by: u32, line: &mut Vec<Pixel>) {
        let (grid, palette, k) = (self.scene.grid, self.scene.palette, self.k);
        let seen = self.seen.start as usize..self.seen.end as usize;
        let side = (1usize << (2 * k).min(31)) + 1;
        // The last row and column of blocks may have fewer cells.
        let whole_rows = u64::from(by + 1) << k <= u64::from(grid.slots() / grid.columns());
        let whole = whole_rows && grid.columns().is_multiple_of(1 << k);
        let mixed = |bx: u32, live: u32, dead: u32| {
            let cells = if whole { 1 << (2 * k).min(31) } else { lod.cells_in(k, bx, by) };
            density(palette, live, dead, cells)
        };
        let numbered = self.seen.start..;
        match lod.row(k, by) {
            BlockRow::Small(counts) if whole => {
                let colour = |&[live, dead]: &[u8; 2]| self.table[usize::from(live) * side + usize::from(dead)];
                line.extend(counts[seen].iter().map(colour));
            }
            BlockRow::Small(counts) => {
                line.extend(numbered.zip(&counts[seen]).map(|(bx, &[live, dead])| mixed(bx, live.into(), dead.into())));
            }
            BlockRow::Large(counts) => {
                line.extend(numbered.zip(&counts[seen]).map(|(bx, &[live, dead])| mixed(bx, live, dead)));
            }
        }
        if let Some(shade) = self.scene.shade {
            shade_line(self.scene, shade, k, self.seen.start, by, line);
        }
    }
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

/// Colour each block after the cell in its middle, if that is live: a ramp cannot be averaged without reading every cell.
fn shade_line<C: Cells>(
    scene: &Scene<'_, C>,
    shade: &dyn Fn(u32) -> u8,
    k: u32,
    first: u32,
    by: u32,
    line: &mut [Pixel],
) {
    let half = 1 << (k - 1);
    let row = ((by << k) + half).min(scene.grid.rows() - 1);
    let mut class = [Class::Empty];
    for (bx, colour) in (first..).zip(line) {
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
            let pos = at.index(cells.0.len());
            let pixels = (camera.width * camera.height) as usize;
            let mut before = vec![MARK; pixels];
            let lod = Pyramid::of(grid, &cells);
            paint(&scene(&cells, grid, camera, Some(&lod)), Area::all(camera), &mut before);
            cells.0[pos] = new;
            let lod = Pyramid::of(grid, &cells);
            let mut after = vec![MARK; pixels];
            paint(&scene(&cells, grid, camera, Some(&lod)), Area::all(camera), &mut after);
            if let Some(area) = Area::of_slot(camera, grid, pos as u32) {
                paint(&scene(&cells, grid, camera, Some(&lod)), area, &mut before);
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
