//! What is on the two canvases of a map.

use js_sys::{Uint8ClampedArray, Uint32Array};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use super::dom;
use crate::engine::Engine;
use crate::engine::map::{Map, Which};
use crate::history::Pos;
use crate::table::{Event as Fact, Saw, Side};
use crate::view::camera::{Camera, Grid, Point, Rect};
use crate::view::labels::{Detail, Label, Labelled, labels};
use crate::view::lod::Class;
use crate::view::overlay::probe_path;
use crate::view::palette::{Meaning, Palette, Pixel, css};
use crate::view::shade::Colouring;

/// The most stops of a search that are drawn.
const MOST_STOPS: usize = 200;
/// The small picture of everything, in CSS pixels.
const OVERVIEW: (f64, f64) = (150.0, 80.0);
/// How far it stands from the corner, in CSS pixels.
const MARGIN: f64 = 6.0;

/// The pixels of a canvas, in memory that the browser owns: a view into the module's own memory would go bad when that
/// grows.
struct Screen {
    words: Uint32Array,
    image: ImageData,
    size: (u32, u32),
}

impl Screen {
    fn new(width: u32, height: u32) -> Option<Screen> {
        let bytes = Uint8ClampedArray::new_with_length(width * height * 4);
        let words = Uint32Array::new(&bytes.buffer());
        let image = ImageData::new_with_js_u8_clamped_array_and_sh(&bytes, width, height).ok()?;
        Some(Screen { words, image, size: (width, height) })
    }

    /// Show these pixels on a canvas, its corner at `(x, y)`.
    fn put(&self, pixels: &[Pixel], context: &CanvasRenderingContext2d, x: f64, y: f64) {
        self.words.copy_from(pixels);
        // It fails only for images that were taken away from this page, and this one never leaves it.
        let _ = context.put_image_data(&self.image, x, y);
    }
}

fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

/// What is kept from one frame to the next.
#[derive(Default)]
pub struct Canvases {
    screen: Option<Screen>,
    small: Option<Screen>,
    /// Nothing is on the upper canvas.
    bare: bool,
}

impl Canvases {
    /// Bring both canvases up to date; they are so many device pixels large.
    pub fn draw(
        &mut self,
        engine: &mut Engine,
        lane: usize,
        which: Which,
        [map, over]: [&HtmlCanvasElement; 2],
        (width, height): (u32, u32),
        colouring: Colouring,
    ) {
        let ratio = dom::window().device_pixel_ratio();
        if width == 0 || height == 0 {
            return;
        }
        let Some(view) = engine.map(lane, which) else { return };
        if self.screen.as_ref().is_none_or(|screen| screen.size != (width, height)) {
            for canvas in [map, over] {
                canvas.set_width(width);
                canvas.set_height(height);
            }
            self.screen = Screen::new(width, height);
            view.forget();
        }
        let palette = dom::palette();
        view.show(width, height, palette, colouring);
        if let (Some(pixels), Some(screen), Some(context)) = (engine.painted(lane, which), &self.screen, context(map)) {
            screen.put(pixels, &context, 0.0, 0.0);
        }
        let Some(view) = engine.map(lane, which) else { return };
        let (Some((camera, grid)), zoomed) = (view.view(), view.is_zoomed()) else { return };
        // Clearing what is clear costs as much as drawing.
        let written = zoomed || Detail::at(camera.scale).is_some() || engine.selected_in(lane).is_some();
        let bare = engine.is_fast() && !written;
        if std::mem::replace(&mut self.bare, bare) && bare {
            return;
        }
        let Some(context) = context(over) else { return };
        context.clear_rect(0.0, 0.0, f64::from(width), f64::from(height));
        let pen = Pen { context: &context, palette, ratio, camera, grid };
        pen.labels(engine, lane, which);
        if which == Which::Slots {
            pen.path(engine, lane);
            pen.touched(engine, lane);
        }
        self.overview(engine, lane, which, &pen);
    }

    /// The small picture of everything in the upper left corner, with a frame around what is in view.
    fn overview(&mut self, engine: &mut Engine, lane: usize, which: Which, pen: &Pen<'_>) {
        let Some(map) = engine.map(lane, which) else { return };
        let Some((width, height)) = room(pen.camera, pen.ratio) else { return };
        let Some((all, seen)) = map.overview(width, height) else { return };
        let size = (all.width, all.height);
        if self.small.as_ref().is_none_or(|small| small.size != size) {
            self.small = Screen::new(size.0, size.1);
        }
        let margin = MARGIN * pen.ratio;
        if let Some(small) = &self.small {
            small.put(all.pixels, pen.context, margin, margin);
        }
        pen.stroke(Meaning::Muted, 1.0);
        pen.context.stroke_rect(margin, margin, f64::from(size.0), f64::from(size.1));
        pen.stroke(Meaning::Error, 1.5);
        let (x, y) = (seen.x.max(0.0), seen.y.max(0.0));
        let w = (seen.x + seen.w).min(size.0.into()) - x;
        let h = (seen.y + seen.h).min(size.1.into()) - y;
        // A point must be seen too.
        let least = 3.0 * pen.ratio;
        pen.context.stroke_rect(margin + x, margin + y, w.max(least), h.max(least));
    }
}

/// The most device pixels that the small picture may have; `None` where there is no room for one.
fn room(camera: Camera, ratio: f64) -> Option<(u32, u32)> {
    let (width, height) = (OVERVIEW.0 * ratio, OVERVIEW.1 * ratio);
    let roomy = f64::from(camera.width) >= width * 2.0 && f64::from(camera.height) >= height * 1.5;
    roomy.then_some((width as u32, height as u32))
}

/// The part of everything that the small picture shows at this pixel of the map, 0 … 1 each way, or outside of it;
/// `None` if there is no small picture.
pub fn part_of_overview(map: &Map, at: Point) -> Option<Point> {
    let ratio = dom::window().device_pixel_ratio();
    let (width, height) = room(map.view()?.0, ratio)?;
    let (width, height) = map.overview_size(width, height)?;
    let margin = MARGIN * ratio;
    Some(Point { x: (at.x - margin) / f64::from(width), y: (at.y - margin) / f64::from(height) })
}

/// Draws on the upper canvas.
struct Pen<'a> {
    context: &'a CanvasRenderingContext2d,
    palette: &'static Palette,
    ratio: f64,
    camera: Camera,
    grid: Grid,
}

impl Pen<'_> {
    fn stroke(&self, meaning: Meaning, width: f64) {
        self.context.set_stroke_style_str(&css(self.palette.of(meaning)));
        self.context.set_line_width(width * self.ratio);
    }

    fn fill(&self, meaning: Meaning) {
        self.context.set_fill_style_str(&css(self.palette.of(meaning)));
    }

    fn font(&self, weight: u32, pixels: f64) {
        self.context
            .set_font(&format!("{weight} {:.1}px ui-monospace, \"DejaVu Sans Mono\", monospace", pixels * self.ratio));
    }

    /// A line of text; where the browser cannot draw it the picture is still right without.
    fn text(&self, text: &str, x: f64, y: f64) {
        let _ = self.context.fill_text(text, x, y);
    }

    fn labels(&self, engine: &Engine, lane: usize, which: Which) {
        let Some(sight) = engine.sight(lane) else { return };
        let arrays = sight.arrays(which);
        let (cells, there) = match which {
            Which::Slots => (Labelled::Probed(arrays), arrays.size()),
            Which::Second => (Labelled::Entries(arrays), arrays.slots.len()),
        };
        if there != self.grid.slots() as usize {
            return;
        }
        let size = 11.0;
        self.context.set_text_align("left");
        self.context.set_text_baseline("alphabetic");
        self.font(500, size);
        for label in labels(self.camera, self.grid, cells, sight.heap, 0.61 * size * self.ratio) {
            self.label(&label, size * self.ratio, engine.ink(lane, which, label.pos));
        }
    }

    fn label(&self, label: &Label, size: f64, ink: Option<Pixel>) {
        let Rect { x, y, w, h } = label.rect;
        let usual = self.palette.of(match label.class {
            Class::Empty => Meaning::Muted,
            Class::Live => Meaning::OnLive,
            Class::Tombstone => Meaning::OnTombstone,
        });
        self.context.set_fill_style_str(&css(ink.unwrap_or(usual)));
        let left = x + 3.0 * self.ratio;
        if !label.index.is_empty() {
            let right = x + w - 4.0 * self.ratio;
            self.context.set_text_align("right");
            self.text(&label.index, right, y + size + self.ratio);
            self.context.set_text_align("left");
        }
        let lines = label.lines.len() as f64;
        let middle = y + h / 2.0 + size * if label.index.is_empty() { 0.35 } else { 0.6 } - lines * size * 0.4;
        self.text(&label.key, left, middle);
        for (nth, line) in (1u32..).zip(&label.lines) {
            self.text(line, left, middle + f64::from(nth) * size * 1.3);
        }
    }

    /// The search of the operation on stage, and the selected slot.
    fn path(&self, engine: &mut Engine, lane: usize) {
        if let Some(slot) = engine.selected_in(lane).filter(|&slot| slot < self.grid.slots()) {
            let centre = self.camera.rect_of(self.grid, slot).centre();
            self.stroke(Meaning::Focus, 2.5);
            if self.camera.scale > 20.0 * self.ratio {
                let Rect { x, y, w, h } = self.camera.rect_of(self.grid, slot);
                self.context.stroke_rect(x, y, w - 1.0, h - 1.0);
            } else {
                self.circle(centre.x, centre.y, 10.0 * self.ratio);
                self.context.stroke();
            }
        }
        if engine.is_fast() {
            return;
        }
        let Some(timeline) = engine.lane_mut(lane).map(|lane| &mut lane.timeline) else { return };
        let Pos { op, step } = timeline.pos();
        let Some(shown) = (if step > 0 { Some(op) } else { op.checked_sub(1) }) else { return };
        let Some(trace) = timeline.trace(shown) else { return };
        let events = &trace.events[..if step > 0 { step } else { trace.events.len() }];
        let from = events.iter().rposition(|e| matches!(e, Fact::Swapped)).map_or(0, |i| i + 1);
        let probes = events[from..].iter().filter_map(|event| match event {
            Fact::Probe(probe) if probe.side == Side::Main && probe.slot < self.grid.slots() => Some(probe),
            _ => None,
        });
        let probes: Vec<_> = probes.collect();
        let slots: Vec<u32> = probes.iter().map(|probe| probe.slot).collect();
        let path = probe_path(self.camera, self.grid, &slots, MOST_STOPS);
        self.stroke(Meaning::Probing, 2.0);
        for arc in &path.arcs {
            self.context.begin_path();
            self.context.move_to(arc.from.x, arc.from.y);
            self.context.quadratic_curve_to(arc.bend.x, arc.bend.y, arc.to.x, arc.to.y);
            self.context.stroke();
        }
        let found = probes.last().is_some_and(|probe| matches!(probe.saw, Saw::Found(_)));
        self.font(700, 10.0);
        self.context.set_text_align("center");
        self.context.set_text_baseline("middle");
        // The text on large slots stays readable: the number goes to the upper edge.
        let lift = if self.camera.scale > 40.0 * self.ratio { self.camera.scale / 2.0 - 9.0 * self.ratio } else { 0.0 };
        for (nth, stop) in path.stops.iter().enumerate().filter(|(_, stop)| stop.visible) {
            let last = nth + 1 == path.stops.len();
            let label = stop.label();
            let radius = (5.0 + 3.0 * label.chars().count() as f64) * self.ratio;
            self.fill(if last && found { Meaning::Found } else { Meaning::Probing });
            self.circle(stop.at.x, stop.at.y - lift, radius.min(20.0 * self.ratio));
            self.context.fill();
            self.stroke(Meaning::Surface, 1.5);
            self.context.stroke();
            self.fill(Meaning::Surface);
            self.text(&label, stop.at.x, stop.at.y - lift + 0.5);
        }
    }

    /// Where requests have just been, in the lab.
    fn touched(&self, engine: &Engine, lane: usize) {
        let least = 5.0 * self.ratio;
        for (slot, meaning) in engine.touched(lane).filter(|&(slot, _)| slot < self.grid.slots()) {
            let rect = self.camera.rect_of(self.grid, slot);
            let centre = rect.centre();
            self.stroke(Meaning::Surface, 4.0);
            self.circle(centre.x, centre.y, (rect.w / 2.0).max(least));
            self.context.stroke();
            self.stroke(meaning, 2.0);
            self.context.stroke();
        }
    }

    fn circle(&self, x: f64, y: f64, radius: f64) {
        self.context.begin_path();
        // Radii are positive, so the arc is always drawn.
        let _ = self.context.arc(x, y, radius, 0.0, std::f64::consts::TAU);
    }
}
