//! What moves in every frame is drawn on canvases that lie over the page: a moved element costs the browser a look at
//! the whole page, a canvas only its own pixels.

use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};
use yew::NodeRef;

use super::dom;
use crate::view::palette::{Meaning, css};

/// The drawing context of a canvas, cleared, its unit a CSS pixel. `None` if it is not there or has no size.
pub fn fresh(node: &NodeRef, (width, height): (f64, f64)) -> Option<CanvasRenderingContext2d> {
    let canvas = node.cast::<HtmlCanvasElement>()?;
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    let ratio = dom::window().device_pixel_ratio();
    let size = ((width * ratio) as u32, (height * ratio) as u32);
    if (canvas.width(), canvas.height()) != size {
        canvas.set_width(size.0);
        canvas.set_height(size.1);
    }
    // Fails for no finite numbers.
    let _ = context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
    context.clear_rect(0.0, 0.0, width, height);
    (size.0 > 0 && size.1 > 0).then_some(context)
}

/// The place in time that is on screen: a line from top to bottom.
pub fn cursor(context: &CanvasRenderingContext2d, x: f64, height: f64) {
    context.set_fill_style_str(&css(dom::palette().of(Meaning::Probing)));
    context.fill_rect(x, 0.0, 2.0, height);
}

/// The radius of a timeline's thumb in CSS pixels: half of what the style sheet gives the range's own, which is not seen.
/// So far it reaches beyond the timeline at both ends.
pub const RADIUS: f64 = 8.0;

/// The thumb of a timeline at `part` of it, 0 … 1.
pub fn thumb(node: &NodeRef, (width, height): (f64, f64), part: f64) {
    if let Some(context) = fresh(node, (width, height)) {
        context.begin_path();
        // The radius is positive, so the arc is always drawn.
        let _ = context.arc(RADIUS + part * (width - 2.0 * RADIUS), height / 2.0, RADIUS, 0.0, std::f64::consts::TAU);
        context.set_fill_style_str(&css(dom::palette().of(Meaning::Probing)));
        context.fill();
    }
}
