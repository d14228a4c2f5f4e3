//! The probe path over the map: numbered points and arcs from slot to slot, at any zoom.

use super::camera::{Camera, Grid, Point};
use super::text::group;

/// Points closer than this many pixels are shown as one.
const MERGE: f64 = 9.0;

/// Looks that are shown as one point.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// Where, in pixels of the viewport.
    pub at: Point,
    /// The first look, from 1.
    pub first: u32,
    /// The last look; `first` if it is only one.
    pub last: u32,
    /// The slot of the last look.
    pub slot: u32,
    /// Whether the point is in the viewport.
    pub visible: bool,
}

impl Stop {
    /// Its number: `3`, or `3–17`.
    pub fn label(&self) -> String {
        let first = group(self.first.into());
        if self.first == self.last { first } else { format!("{first}–{}", group(self.last.into())) }
    }
}

/// A step from one stop to the next, as a quadratic curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arc {
    /// Start.
    pub from: Point,
    /// Control point.
    pub bend: Point,
    /// End.
    pub to: Point,
}

impl Arc {
    /// From `from` to `to`, bent to the left of the way (upwards when it goes right), by a quarter of its length.
    fn new(from: Point, to: Point) -> Arc {
        let (dx, dy) = (to.x - from.x, to.y - from.y);
        let middle = Point { x: (from.x + to.x) / 2.0, y: (from.y + to.y) / 2.0 };
        // A curve reaches half way to its control point.
        Arc { from, bend: Point { x: middle.x + dy * 0.5, y: middle.y - dx * 0.5 }, to }
    }

    /// As SVG path data.
    pub fn path(self) -> String {
        let Arc { from, bend, to } = self;
        format!("M{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}", from.x, from.y, bend.x, bend.y, to.x, to.y)
    }
}

/// The stops of a probe sequence and the arcs between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    /// In order. Consecutive looks at one place on the screen are one stop.
    pub stops: Vec<Stop>,
    /// One between each two stops, less those of which nothing can be seen.
    pub arcs: Vec<Arc>,
}

/// The path over the slots that were looked into, in that order. `limit` is the most stops given; the looks after them
/// are left out, all but the last.
pub fn probe_path(camera: Camera, grid: Grid, slots: &[u32], limit: usize) -> Path {
    let mut stops: Vec<Stop> = Vec::new();
    for (nth, &slot) in (1u32..).zip(slots) {
        let at = camera.rect_of(grid, slot).centre();
        if let Some(stop) = stops.last_mut()
            && (at.x - stop.at.x).hypot(at.y - stop.at.y) < MERGE.min(camera.scale.max(MERGE / 2.0))
        {
            (stop.last, stop.slot) = (nth, slot);
            continue;
        }
        let visible = (0.0..f64::from(camera.width)).contains(&at.x) && (0.0..f64::from(camera.height)).contains(&at.y);
        let stop = Stop { at, first: nth, last: nth, slot, visible };
        if stops.len() < limit.max(1) {
            stops.push(stop);
        } else if let Some(last) = stops.last_mut() {
            *last = stop;
        }
    }
    let arcs = stops.windows(2).filter(|pair| may_be_seen(camera, pair[0].at, pair[1].at));
    let arcs = arcs.map(|pair| Arc::new(pair[0].at, pair[1].at)).collect();
    Path { stops, arcs }
}

/// Whether a curve between these points may cross the viewport: it stays within half its length of the line.
fn may_be_seen(camera: Camera, a: Point, b: Point) -> bool {
    let reach = (a.x - b.x).hypot(a.y - b.y) / 2.0;
    let (w, h) = (f64::from(camera.width), f64::from(camera.height));
    a.x.max(b.x) + reach >= 0.0 && a.x.min(b.x) - reach <= w && a.y.max(b.y) + reach >= 0.0 && a.y.min(b.y) - reach <= h
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row_of_eight() -> (Grid, Camera) {
        let grid = Grid::new(8, 8.0);
        (grid, Camera::fit(grid, 400, 50))
    }

    #[test]
    fn each_look_is_a_numbered_stop() {
        let (grid, camera) = row_of_eight();
        let path = probe_path(camera, grid, &[0, 1, 6], 100);
        let labels: Vec<_> = path.stops.iter().map(Stop::label).collect();
        assert_eq!(labels, ["1", "2", "3"]);
        assert_eq!(path.stops[2].at, Point { x: 325.0, y: 25.0 });
        assert_eq!(path.arcs.len(), 2);
        assert_eq!(path.arcs[0].path(), "M25.0 25.0Q50.0 0.0 75.0 25.0");
    }

    #[test]
    fn looks_at_one_place_on_the_screen_are_one_stop() {
        let grid = Grid::new(1 << 20, 1.0);
        let camera = Camera::fit(grid, 512, 512);
        let path = probe_path(camera, grid, &[0, 1, 2, 3, 1 << 19, (1 << 19) + 1], 100);
        let labels: Vec<_> = path.stops.iter().map(Stop::label).collect();
        assert_eq!(labels, ["1–4", "5–6"]);
        assert_eq!(path.arcs.len(), 1);
    }

    #[test]
    fn a_long_path_keeps_its_end() {
        let (grid, camera) = row_of_eight();
        let looks: Vec<u32> = (0..1000).map(|n| n % 8).collect();
        let path = probe_path(camera, grid, &looks, 10);
        assert_eq!(path.stops.len(), 10);
        assert_eq!(path.stops[9].label(), "1,000");
    }

    #[test]
    fn arcs_outside_of_the_view_are_left_out() {
        let grid = Grid::new(1 << 16, 1.0);
        let camera = Camera::fit(grid, 256, 256).on_slot(grid, 0, 100.0);
        let path = probe_path(camera, grid, &[0, 60_000, 60_003], 100);
        assert_eq!(path.stops.iter().map(|stop| stop.visible).collect::<Vec<_>>(), [true, false, false]);
        assert_eq!(path.arcs.len(), 1);
        assert!(probe_path(camera, grid, &[], 100).stops.is_empty());
    }
}
