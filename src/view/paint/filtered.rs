//! Slots smaller than a few pixels. Each pixel shows the mean of what it covers, so that a picture does not flicker as it
//! grows, and no slot is drawn wider than the next.

use super::{Area, Canvas, Scene, solid};
use crate::view::camera::{Camera, Grid};
use crate::view::lod::{BlockRow, Cells, Class, Pyramid};
use crate::view::palette::{Meaning, Palette, Pixel, mix};

/// The largest blocks (`2^k × 2^k` slots) that are at most a pixel large: what a pixel shows is averaged over those.
pub(super) fn block_level(scale: f64) -> u32 {
    if scale >= 1.0 { 0 } else { (1.0 / scale).log2().floor() as u32 }
}

/// What a pixel shows of one column or row of blocks: how much of the pixel that covers, in 256ths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tap {
    block: u32,
    weight: u32,
}

/// A column or row outside of the grid.
const OUTSIDE: u32 = u32::MAX;

/// The blocks that each pixel of a viewport covers, across or down.
#[derive(Clone, Debug, Default)]
struct Taps {
    taps: Vec<Tap>,
    /// Where the taps of each pixel begin; at the end, where the last one's end.
    starts: Vec<u32>,
}

impl Taps {
    /// Of so many pixels over a grid of `cells` in blocks of `2^k`; its coordinate at pixel 0 is `at`. `sample`: the block
    /// in a pixel's middle only.
    fn new(pixels: u32, at: f64, scale: f64, cells: u32, k: u32, sample: bool) -> Taps {
        let size = f64::from(1u32 << k);
        let blocks = i64::from(cells.div_ceil(1 << k));
        let named = |block: i64| if (0..blocks).contains(&block) { block as u32 } else { OUTSIDE };
        let mut all = Taps { taps: Vec::new(), starts: vec![0] };
        for pixel in 0..pixels {
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
            all.starts.push(all.taps.len() as u32);
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

    /// Those of one pixel.
    #[inline]
    fn of(&self, pixel: u32) -> &[Tap] {
        let at = pixel as usize;
        &self.taps[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// The blocks of the grid that these pixels cover, from the first to the last.
    fn blocks(&self, pixels: std::ops::Range<u32>) -> std::ops::Range<u32> {
        let taps = &self.taps[self.starts[pixels.start as usize] as usize..self.starts[pixels.end as usize] as usize];
        let inside = || taps.iter().map(|tap| tap.block).filter(|&block| block != OUTSIDE);
        match (inside().min(), inside().max()) {
            (Some(first), Some(last)) => first..last + 1,
            _ => 0..0,
        }
    }
}

/// A colour with room for a sum in each of its four parts.
type Wide = u64;

const PARTS: Wide = 0x00ff_00ff_00ff_00ff;

#[inline]
fn widen(colour: Pixel) -> Wide {
    let colour = Wide::from(colour);
    colour & 0x00ff_00ff | (colour & 0xff00_ff00) << 24
}

#[inline]
fn narrow(colour: Wide) -> Pixel {
    (colour & 0x00ff_00ff) as Pixel | (colour >> 24 & 0xff00_ff00) as Pixel
}

/// The mean of some colours; their weights add up to 256.
#[inline]
fn mean(parts: impl Iterator<Item = (Wide, u32)>) -> Wide {
    parts.fold(0, |sum, (colour, weight)| sum + colour * Wide::from(weight)) >> 8 & PARTS
}

/// What painting with one camera needs every time.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    made_for: Option<View>,
    columns: Taps,
    rows: Taps,
    /// The colours of full blocks by their counts, if they are of at most 64 cells.
    table: Vec<Wide>,
}

#[derive(Clone, Debug, PartialEq)]
struct View {
    camera: Camera,
    grid: Grid,
    k: u32,
    sample: bool,
    palette: Palette,
}

/// Areas of at most so many pixels are painted pixel by pixel.
const FEW: u32 = 64;

impl Kept {
    pub(super) fn paint<C: Cells>(&mut self, scene: &Scene<'_, C>, canvas: &mut Canvas<'_>) {
        let (camera, grid, area) = (scene.camera, scene.grid, canvas.area);
        let k = block_level(camera.scale);
        let lod = scene.lod.filter(|lod| lod.is_built() && k <= lod.levels());
        let (k, sample) = if k > 0 && lod.is_none() { (0, true) } else { (k, false) };
        let view = View { camera, grid, k, sample, palette: *scene.palette };
        if self.made_for.as_ref() != Some(&view) {
            self.columns = Taps::new(camera.width, camera.x, camera.scale, grid.columns(), k, sample);
            self.rows = Taps::new(camera.height, camera.y, camera.scale, grid.rows(), k, sample);
            self.table = count_colours(scene.palette, k);
            self.made_for = Some(view);
        }
        let blocks = Blocks { scene, lod: lod.filter(|_| k > 0), k, table: &self.table };
        if (area.x_end - area.x) * (area.y_end - area.y) <= FEW {
            self.paint_pixels(&blocks, canvas);
        } else {
            self.paint_lines(&blocks, canvas);
        }
    }

    fn paint_pixels<C: Cells>(&self, blocks: &Blocks<'_, '_, C>, canvas: &mut Canvas<'_>) {
        let Area { x, x_end, y, y_end } = canvas.area;
        for y in y..y_end {
            let down = self.rows.of(y);
            for (x, pixel) in (x..x_end).zip(canvas.line(y)) {
                let across = self.columns.of(x).iter().map(|column| {
                    let cells = down.iter().map(|row| (blocks.colour(column.block, row.block), row.weight));
                    (mean(cells), column.weight)
                });
                *pixel = narrow(mean(across));
            }
        }
    }

    fn paint_lines<C: Cells>(&self, blocks: &Blocks<'_, '_, C>, canvas: &mut Canvas<'_>) {
        let area = canvas.area;
        let seen = self.columns.blocks(area.x..area.x_end);
        // What lies outside of the grid stands at the end.
        let outside = seen.len();
        let ground = widen(blocks.scene.palette.of(Meaning::Ground));
        let mut lines = Lines { blocks, seen: seen.clone(), kept: Vec::new() };
        let mut line = vec![ground; outside + 1];
        let mut above: &[Tap] = &[];
        for y in area.y..area.y_end {
            let down = self.rows.of(y);
            if down == above {
                canvas.repeat(y);
                continue;
            }
            above = down;
            lines.blend(down, &mut line[..outside]);
            let colour = |tap: &Tap| match tap.block {
                OUTSIDE => line[outside],
                block => line[(block - seen.start) as usize],
            };
            for (x, pixel) in (area.x..).zip(canvas.line(y)) {
                *pixel = narrow(match self.columns.of(x) {
                    [one] => colour(one),
                    taps => mean(taps.iter().map(|tap| (colour(tap), tap.weight))),
                });
            }
        }
    }
}

fn count_colours(palette: &Palette, k: u32) -> Vec<Wide> {
    let full = 1u32 << (2 * k).min(31);
    if k == 0 || full > 64 {
        return Vec::new();
    }
    let side = full as usize + 1;
    let colours = (0..side * side).map(|i| {
        let (live, dead) = ((i / side) as u32, (i % side) as u32);
        // More than the block has never occurs.
        widen(density(palette, live.min(full), dead.min(full), full))
    });
    colours.collect()
}

/// The colours of blocks of `2^k × 2^k` cells.
struct Blocks<'a, 'b, C: Cells> {
    scene: &'a Scene<'b, C>,
    /// Where their cells are counted; `None` if each is one cell.
    lod: Option<&'b Pyramid>,
    k: u32,
    table: &'a [Wide],
}

impl<C: Cells> Blocks<'_, '_, C> {
    /// Of one block.
    fn colour(&self, bx: u32, by: u32) -> Wide {
        let ground = self.scene.palette.of(Meaning::Ground);
        if bx == OUTSIDE || by == OUTSIDE {
            return widen(ground);
        }
        widen(match self.lod {
            Some(lod) => {
                let counts = lod.block(self.k, bx, by);
                let cells = lod.cells_in(self.k, bx, by);
                let mut colour = [density(self.scene.palette, counts.live, counts.dead, cells)];
                self.shade(bx, by, &mut colour);
                colour[0]
            }
            None => self.scene.grid.slot(bx, by).map_or(ground, |pos| {
                let mut class = [Class::Empty];
                self.scene.cells.read(pos, &mut class);
                solid(self.scene, class[0], pos)
            }),
        })
    }

    /// Of the blocks `seen` in row `by`, as far as there are any.
    fn row(&self, by: u32, seen: std::ops::Range<u32>, line: &mut Vec<Wide>) {
        let Some(lod) = self.lod else { return self.cells(by, seen, line) };
        let (grid, k) = (self.scene.grid, self.k);
        // The last row and column of blocks may have fewer cells.
        let whole_rows = u64::from(by + 1) << k <= u64::from(grid.slots() / grid.columns());
        let whole = whole_rows && grid.columns().is_multiple_of(1 << k);
        let at = seen.start as usize..seen.end as usize;
        let side = (1usize << (2 * k).min(31)) + 1;
        if let (BlockRow::Small(counts), true, None) = (lod.row(k, by), whole, self.scene.shade) {
            let colour = |&[live, dead]: &[u8; 2]| self.table[usize::from(live) * side + usize::from(dead)];
            line.extend(counts[at].iter().map(colour));
            return;
        }
        let mixed = |bx: u32, live: u32, dead: u32| {
            let cells = if whole { 1 << (2 * k).min(31) } else { lod.cells_in(k, bx, by) };
            density(self.scene.palette, live, dead, cells)
        };
        let numbered = seen.clone();
        let mut colours: Vec<Pixel> = match lod.row(k, by) {
            BlockRow::Small(counts) => {
                numbered.zip(&counts[at]).map(|(bx, &[live, dead])| mixed(bx, live.into(), dead.into())).collect()
            }
            BlockRow::Large(counts) => {
                numbered.zip(&counts[at]).map(|(bx, &[live, dead])| mixed(bx, live, dead)).collect()
            }
        };
        self.shade(seen.start, by, &mut colours);
        line.extend(colours.into_iter().map(widen));
    }

    fn cells(&self, row: u32, seen: std::ops::Range<u32>, line: &mut Vec<Wide>) {
        let slots = self.scene.grid.row(row);
        let start = (slots.start + seen.start).min(slots.end);
        let end = (slots.start + seen.end).min(slots.end);
        let mut classes = vec![Class::Empty; (end - start) as usize];
        self.scene.cells.read(start, &mut classes);
        let of = |class| widen(solid(self.scene, class, 0));
        match self.scene.shade {
            Some(_) => line.extend((start..).zip(&classes).map(|(pos, &class)| widen(solid(self.scene, class, pos)))),
            None => {
                let [empty, live, tombstone] = [Class::Empty, Class::Live, Class::Tombstone].map(of);
                line.extend(classes.iter().map(|class| match class {
                    Class::Empty => empty,
                    Class::Live => live,
                    Class::Tombstone => tombstone,
                }));
            }
        }
    }

    /// Colour each block after the cell in its middle, if that is live: a ramp cannot be averaged without reading every cell.
    fn shade(&self, first: u32, by: u32, line: &mut [Pixel]) {
        let (Some(shade), grid) = (self.scene.shade, self.scene.grid) else { return };
        let half = 1 << (self.k - 1);
        let row = ((by << self.k) + half).min(grid.rows() - 1);
        let mut class = [Class::Empty];
        for (bx, colour) in (first..).zip(line) {
            let Some(pos) = grid.slot(((bx << self.k) + half).min(grid.columns() - 1), row) else { continue };
            self.scene.cells.read(pos, &mut class);
            if class[0] == Class::Live {
                *colour = mix(*colour, self.scene.palette.ramp(shade(pos)), 192);
            }
        }
    }
}

/// Rows of blocks from top to bottom; the last few are kept.
struct Lines<'a, 'b, 'c, C: Cells> {
    blocks: &'a Blocks<'b, 'c, C>,
    /// The columns of blocks that are wanted.
    seen: std::ops::Range<u32>,
    kept: Vec<(u32, Vec<Wide>)>,
}

impl<C: Cells> Lines<'_, '_, '_, C> {
    /// What a line of pixels that covers these rows shows of each column of blocks.
    fn blend(&mut self, taps: &[Tap], line: &mut [Wide]) {
        for tap in taps {
            self.keep(tap.block);
        }
        let row = |tap: &Tap| self.kept.iter().find(|(by, _)| *by == tap.block).map_or(&[][..], |(_, line)| line);
        match taps {
            [one] => line.copy_from_slice(row(one)),
            [first, others @ ..] => {
                let weight = Wide::from(first.weight);
                line.iter_mut().zip(row(first)).for_each(|(sum, &colour)| *sum = colour * weight);
                for tap in others {
                    let weight = Wide::from(tap.weight);
                    line.iter_mut().zip(row(tap)).for_each(|(sum, &colour)| *sum += colour * weight);
                }
                line.iter_mut().for_each(|sum| *sum = *sum >> 8 & PARTS);
            }
            [] => {}
        }
    }

    /// Have the colours of row `by` ready. A pixel covers at most three rows.
    fn keep(&mut self, by: u32) {
        if self.kept.iter().any(|(kept, _)| *kept == by) {
            return;
        }
        let mut line = if self.kept.len() < 4 { Vec::new() } else { self.kept.remove(0).1 };
        line.clear();
        if by != OUTSIDE {
            self.blocks.row(by, self.seen.clone(), &mut line);
        }
        // The last row may not be full.
        line.resize(self.seen.len(), widen(self.blocks.scene.palette.of(Meaning::Ground)));
        self.kept.push((by, line));
    }
}

/// The colour of a block: live and tombstones in the shares they have of it.
pub(super) fn density(palette: &Palette, live: u32, dead: u32, cells: u32) -> Pixel {
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
