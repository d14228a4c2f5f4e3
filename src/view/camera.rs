//! Where a slot is on the screen: a grid of slots, and a camera over it.

/// A point or a vector, in pixels (right, down) unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl Rect {
    /// Its middle.
    pub fn centre(self) -> Point {
        Point { x: self.x + self.w / 2.0, y: self.y + self.h / 2.0 }
    }
}

/// Slots laid out row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    slots: u32,
    columns: u32,
}

impl Grid {
    /// The grid of `slots` cells whose shape comes closest to `aspect` (width / height), its width a power of two, so that
    /// slots whose hashes share low bits stand in one column.
    pub fn new(slots: u32, aspect: f64) -> Grid {
        let aspect = if aspect.is_finite() && aspect > 0.0 { aspect } else { 1.0 };
        let wanted = (f64::from(slots.max(1)) * aspect).sqrt().log2().round().clamp(0.0, 30.0);
        let columns = (1u32 << wanted as u32).min(slots.max(1).next_power_of_two());
        Grid { slots, columns }
    }

    /// The number of slots.
    pub const fn slots(self) -> u32 {
        self.slots
    }

    /// Slots in a full row.
    pub const fn columns(self) -> u32 {
        self.columns
    }

    /// Rows; the last may not be full. At least 1.
    pub const fn rows(self) -> u32 {
        let rows = self.slots.div_ceil(self.columns);
        if rows == 0 { 1 } else { rows }
    }

    /// Column and row of a slot.
    pub const fn place(self, pos: u32) -> (u32, u32) {
        (pos % self.columns, pos / self.columns)
    }

    /// The slot in a column and row, if there is one.
    pub fn slot(self, column: u32, row: u32) -> Option<u32> {
        if column >= self.columns {
            return None;
        }
        let pos = u64::from(row) * u64::from(self.columns) + u64::from(column);
        (pos < u64::from(self.slots)).then_some(pos as u32)
    }

    /// The slots of a row, `first..end`.
    pub fn row(self, row: u32) -> std::ops::Range<u32> {
        let first = (u64::from(row) * u64::from(self.columns)).min(u64::from(self.slots));
        let end = (first + u64::from(self.columns)).min(u64::from(self.slots));
        first as u32..end as u32
    }
}

/// The largest a slot is drawn, in pixels.
pub const MAX_SCALE: f64 = 160.0;

/// What part of a grid is seen in a viewport, and how large.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// The grid's coordinate (in slots) at the viewport's left edge.
    pub x: f64,
    /// The same at its top edge.
    pub y: f64,
    /// Pixels a slot.
    pub scale: f64,
    /// The viewport's width in pixels.
    pub width: u32,
    /// Its height.
    pub height: u32,
}

/// Columns and rows, each `first..end`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visible {
    /// Columns of the grid.
    pub columns: std::ops::Range<u32>,
    /// Rows of the grid.
    pub rows: std::ops::Range<u32>,
}

impl Camera {
    /// The whole grid in the middle of a viewport.
    pub fn fit(grid: Grid, width: u32, height: u32) -> Camera {
        let scale = fitting_scale(grid, width, height);
        Camera { x: 0.0, y: 0.0, scale, width, height }.clamped(grid)
    }

    /// This view in a viewport of another size, the same slot in the middle.
    pub fn resized(self, grid: Grid, width: u32, height: u32) -> Camera {
        let middle = self.to_grid(self.middle());
        let resized = Camera { width, height, ..self };
        let whole = (self.scale - fitting_scale(grid, self.width, self.height)).abs() < 1e-9;
        if whole { Camera::fit(grid, width, height) } else { resized.centred(middle).clamped(grid) }
    }

    /// Larger by `factor`, the grid's point under `about` staying where it is, unless the edge of the grid would come in.
    pub fn zoomed(self, grid: Grid, about: Point, factor: f64) -> Camera {
        self.zoomed_freely(about, self.allowed(grid, self.scale * factor) / self.scale).clamped(grid)
    }

    fn zoomed_freely(self, about: Point, factor: f64) -> Camera {
        let fixed = self.to_grid(about);
        let scale = self.scale * factor;
        Camera { x: fixed.x - about.x / scale, y: fixed.y - about.y / scale, scale, ..self }
    }

    /// Moved so that the grid follows a drag of so many pixels.
    pub fn panned(self, grid: Grid, by: Point) -> Camera {
        Camera { x: self.x - by.x / self.scale, y: self.y - by.y / self.scale, ..self }.clamped(grid)
    }

    /// This view with a slot in the middle, `scale` pixels large.
    pub fn on_slot(self, grid: Grid, pos: u32, scale: f64) -> Camera {
        let (column, row) = grid.place(pos);
        let middle = Point { x: f64::from(column) + 0.5, y: f64::from(row) + 0.5 };
        Camera { scale: self.allowed(grid, scale), ..self }.centred(middle).clamped(grid)
    }

    /// This view with a point of the grid in the middle, as near as now.
    pub fn on_point(self, grid: Grid, on: Point) -> Camera {
        self.centred(on).clamped(grid)
    }

    fn allowed(self, grid: Grid, scale: f64) -> f64 {
        let least = fitting_scale(grid, self.width, self.height);
        if scale.is_finite() { scale.clamp(least, MAX_SCALE.max(least)) } else { least }
    }

    fn middle(self) -> Point {
        Point { x: f64::from(self.width) / 2.0, y: f64::from(self.height) / 2.0 }
    }

    fn centred(self, on: Point) -> Camera {
        let middle = self.middle();
        Camera { x: on.x - middle.x / self.scale, y: on.y - middle.y / self.scale, ..self }
    }

    /// This view with a grid that fits standing in the middle, and no empty margin beside one that does not.
    pub fn clamped(self, grid: Grid) -> Camera {
        let scale = self.allowed(grid, self.scale);
        let axis = |at: f64, cells: u32, pixels: u32| {
            let (cells, seen) = (f64::from(cells), f64::from(pixels) / scale);
            if cells <= seen { (cells - seen) / 2.0 } else { at.clamp(0.0, cells - seen) }
        };
        let (x, y) = (axis(self.x, grid.columns(), self.width), axis(self.y, grid.rows(), self.height));
        Camera { x, y, scale, ..self }
    }

    /// The grid's coordinates (in slots) under a pixel.
    pub fn to_grid(self, pixel: Point) -> Point {
        Point { x: self.x + pixel.x / self.scale, y: self.y + pixel.y / self.scale }
    }

    /// The slot under a pixel.
    pub fn slot_at(self, grid: Grid, pixel: Point) -> Option<u32> {
        let at = self.to_grid(pixel);
        if at.x < 0.0 || at.y < 0.0 { None } else { grid.slot(at.x as u32, at.y as u32) }
    }

    /// Where a slot is on the screen; it may lie outside of the viewport.
    pub fn rect_of(self, grid: Grid, pos: u32) -> Rect {
        let (column, row) = grid.place(pos);
        Rect {
            x: (f64::from(column) - self.x) * self.scale,
            y: (f64::from(row) - self.y) * self.scale,
            w: self.scale,
            h: self.scale,
        }
    }

    /// The columns and rows of which something is seen.
    pub fn visible(self, grid: Grid) -> Visible {
        let axis = |at: f64, pixels: u32, cells: u32| {
            let first = at.floor().max(0.0) as u32;
            let end = (at + f64::from(pixels) / self.scale).ceil().max(0.0) as u32;
            first.min(cells)..end.min(cells)
        };
        Visible { columns: axis(self.x, self.width, grid.columns()), rows: axis(self.y, self.height, grid.rows()) }
    }

    /// Part `t` (0 … 1) of the way from this view to `to`. Zooming and moving are done together, so that a flight towards a
    /// point keeps that point in a straight line; `t` is best taken from [`ease`].
    pub fn towards(self, to: Camera, t: f64) -> Camera {
        let t = t.clamp(0.0, 1.0);
        let scale = self.scale * (to.scale / self.scale).powf(t);
        // The corner moves with 1/scale: then the path is one zoom about one fixed point.
        let (from_size, to_size) = (1.0 / self.scale, 1.0 / to.scale);
        let part = match (to_size - from_size).abs() < 1e-12 {
            true => t,
            false => (1.0 / scale - from_size) / (to_size - from_size),
        };
        Camera { x: self.x + (to.x - self.x) * part, y: self.y + (to.y - self.y) * part, scale, ..to }
    }
}

fn fitting_scale(grid: Grid, width: u32, height: u32) -> f64 {
    let across = f64::from(width.max(1)) / f64::from(grid.columns());
    let down = f64::from(height.max(1)) / f64::from(grid.rows());
    across.min(down).min(MAX_SCALE)
}

/// How far a motion is at part `t` (0 … 1) of its time: slow at both ends (smoothstep).
pub fn ease(t: f64) -> f64 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_grid_is_near_the_wanted_shape() {
        let shape = |slots, aspect| {
            let grid = Grid::new(slots, aspect);
            (grid.columns(), grid.rows())
        };
        assert_eq!(shape(262_144, 1.0), (512, 512));
        assert_eq!(shape(16_777_216, 1.0), (4096, 4096));
        assert_eq!(shape(131_072, 2.0), (512, 256));
        assert_eq!(shape(8, 8.0), (8, 1));
        assert_eq!(shape(8, 100.0), (8, 1));
        assert_eq!(shape(1, 1.0), (1, 1));
        assert_eq!(shape(0, 1.0), (1, 1));
        assert_eq!(shape(174_762, 1.0), (512, 342));
    }

    #[test]
    fn a_fitting_grid_stands_in_the_middle() {
        let grid = Grid::new(8, 8.0);
        let camera = Camera::fit(grid, 400, 300);
        assert_eq!(camera.scale, 50.0);
        assert_eq!(camera.rect_of(grid, 0), Rect { x: 0.0, y: 125.0, w: 50.0, h: 50.0 });
        assert_eq!(camera.slot_at(grid, Point { x: 399.0, y: 150.0 }), Some(7));
        assert_eq!(camera.slot_at(grid, Point { x: 399.0, y: 20.0 }), None);
        assert_eq!(camera.slot_at(grid, Point { x: 399.0, y: 180.0 }), None);
    }

    fn views() -> impl Strategy<Value = (Grid, Camera)> {
        (1u32..5_000_000, 0.2f64..5.0, 50u32..1500, 50u32..1500, 0.0f64..1.0, 0.0f64..1.0, 0.0f64..1.0).prop_map(
            |(slots, aspect, w, h, x, y, zoom)| {
                let grid = Grid::new(slots, aspect);
                let fit = Camera::fit(grid, w, h);
                let scale = fit.scale * (MAX_SCALE / fit.scale).powf(zoom);
                let (x, y) = (x * f64::from(grid.columns()), y * f64::from(grid.rows()));
                (grid, Camera { x, y, scale, ..fit }.clamped(grid))
            },
        )
    }

    proptest! {
        #[test]
        fn the_middle_of_a_slot_is_that_slot((grid, camera) in views(), part in 0.0f64..1.0) {
            let pos = ((f64::from(grid.slots()) * part) as u32).min(grid.slots() - 1);
            prop_assert_eq!(camera.slot_at(grid, camera.rect_of(grid, pos).centre()), Some(pos));
        }

        #[test]
        fn free_zoom_keeps_the_point((_, camera) in views(), px in 0.0f64..1.0, py in 0.0f64..1.0, factor in 0.1f64..10.0) {
            let about = Point { x: px * f64::from(camera.width), y: py * f64::from(camera.height) };
            let (was, is) = (camera.to_grid(about), camera.zoomed_freely(about, factor).to_grid(about));
            let near = 1e-9 * (1.0 + was.x.abs().max(was.y.abs()));
            prop_assert!((was.x - is.x).abs() < near && (was.y - is.y).abs() < near);
        }

        #[test]
        fn zooming_in_keeps_the_point_when_the_grid_fills_the_view(
            (grid, camera) in views(), px in 0.0f64..1.0, py in 0.0f64..1.0, factor in 1.0f64..4.0,
        ) {
            let fills = f64::from(grid.columns()) * camera.scale >= f64::from(camera.width)
                && f64::from(grid.rows()) * camera.scale >= f64::from(camera.height);
            prop_assume!(fills);
            let about = Point { x: px * f64::from(camera.width), y: py * f64::from(camera.height) };
            let (was, is) = (camera.to_grid(about), camera.zoomed(grid, about, factor).to_grid(about));
            prop_assert!((was.x - is.x).abs() < 1e-6 && (was.y - is.y).abs() < 1e-6);
        }

        #[test]
        fn pan_and_zoom_never_show_a_margin_beside_a_large_grid(
            (grid, camera) in views(), dx in -1e4f64..1e4, dy in -1e4f64..1e4, factor in 0.01f64..100.0,
        ) {
            let moved = camera.panned(grid, Point { x: dx, y: dy }).zoomed(grid, Point { x: 3.0, y: 4.0 }, factor);
            if f64::from(grid.columns()) * moved.scale >= f64::from(moved.width) {
                prop_assert!(moved.x >= 0.0);
                prop_assert!(moved.x + f64::from(moved.width) / moved.scale <= f64::from(grid.columns()) + 1e-6);
            }
            prop_assert!(moved.scale <= MAX_SCALE + 1e-9);
        }

        #[test]
        fn what_is_hit_is_visible((grid, camera) in views(), px in 0.0f64..1.0, py in 0.0f64..1.0) {
            let pixel = Point { x: px * f64::from(camera.width), y: py * f64::from(camera.height) };
            if let Some(pos) = camera.slot_at(grid, pixel) {
                let (column, row) = grid.place(pos);
                let visible = camera.visible(grid);
                prop_assert!(visible.columns.contains(&column) && visible.rows.contains(&row));
            }
        }

        #[test]
        fn a_flight_begins_and_ends_where_it_should((grid, a) in views(), zoom in 0.0f64..1.0, part in 0.0f64..1.0) {
            let pos = ((f64::from(grid.slots()) * part) as u32).min(grid.slots() - 1);
            let b = a.on_slot(grid, pos, 1.0 + 100.0 * zoom);
            for (view, at) in [(a, 0.0), (b, 1.0)] {
                let got = a.towards(b, at);
                prop_assert!((got.x - view.x).abs() < 1e-6 && (got.y - view.y).abs() < 1e-6);
                prop_assert!((got.scale / view.scale - 1.0).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn easing_rises_from_0_to_1() {
        assert_eq!((ease(-1.0), ease(0.0), ease(0.5), ease(1.0), ease(2.0)), (0.0, 0.0, 0.5, 1.0, 1.0));
    }
}
