//! The timeline: drag it anywhere; marks show where things happened.

use std::rc::Rc;

use yew::prelude::*;

use super::shell::Dispatch;
use super::size::use_size;
use super::{dom, ink};
use crate::engine::Command;
use crate::engine::frame::{MarkKind, Track};
use crate::view::text::group;

#[derive(Properties, PartialEq)]
pub struct TimelineProps {
    pub dispatch: Dispatch,
    pub track: Rc<Track>,
    pub len: usize,
    pub first: usize,
    pub op: usize,
}

#[function_component]
pub fn TimelineView(props: &TimelineProps) -> Html {
    let (range, thumb, seen) = (use_node_ref(), use_node_ref(), use_node_ref());
    let size = {
        let dispatch = props.dispatch.clone();
        use_size(&thumb, move |_| dispatch.look(|_| ()))
    };
    {
        let range = range.clone();
        use_effect_with(props.op, move |op| dom::set_value(&range, &op.to_string()));
    }
    {
        // While time runs a thumb of our own moves: the range's would ask for layout in each frame.
        let (thumb, seen, dispatch) = (thumb.clone(), seen.clone(), props.dispatch.clone());
        use_effect_with((), move |_| {
            let mut shown = None;
            let mut drawn = None;
            let painter = dispatch.paint(move |engine| {
                let window = engine.window();
                let timeline = &engine.lane().timeline;
                let reach = timeline.first()..timeline.len();
                let part = (timeline.pos().op - reach.start) as f64 / reach.len().max(1) as f64;
                let (width, height) = size.get();
                let now = (part, (width, height), dom::is_dark());
                if drawn.replace(now) != Some(now) {
                    ink::thumb(&thumb, (width, height), part);
                }
                if shown.as_ref() != Some(&(window.clone(), reach.clone())) {
                    let percent = |op: usize| (op - reach.start) as f64 * 100.0 / reach.len().max(1) as f64;
                    dom::set_style(&seen, "left", &format!("{:.3}%", percent(window.start)));
                    dom::set_style(&seen, "right", &format!("{:.3}%", 100.0 - percent(window.end)));
                    // The charts of several tables show all of it.
                    dom::set_class(&seen, "shown", window != reach && engine.lanes().len() == 1);
                    shown = Some((window, reach));
                }
            });
            move || drop(painter)
        });
    }
    let (first, len) = (props.first, props.len);
    let seek = props.dispatch.callback(|e: InputEvent| Command::Seek(dom::value_of(&e).parse().unwrap_or(0)));
    html! {
        <div class="timeline">
            <Marks track={props.track.clone()} {first} {len} />
            <i ref={seen} class="seen" aria-hidden="true"></i>
            <input id="timeline" ref={range} type="range" min={first.to_string()} max={len.to_string()} step="1"
                aria-label="Timeline: operations done" aria-valuetext={format!("{} of {} operations", group(props.op as u64), group(len as u64))}
                oninput={seek} />
            <canvas ref={thumb} class="thumb" aria-hidden="true"></canvas>
            if first > 0 {
                <p class="muted">{ format!("The history keeps operations from {} on; what came before was dropped to stay within its budget.", group(first as u64)) }</p>
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct MarksProps {
    track: Rc<Track>,
    first: usize,
    len: usize,
}

#[function_component]
fn Marks(props: &MarksProps) -> Html {
    let span = (props.len - props.first).max(1) as f64;
    html! {
        <svg class="marks" viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true">
            { for props.track.marks.iter().map(|&(op, kind)| {
                let x = (op + 1).saturating_sub(props.first) as f64 * 1000.0 / span;
                let class = match kind {
                    MarkKind::Resize => "resize",
                    MarkKind::Compact => "compact",
                    MarkKind::Error => "error",
                };
                html! { <path class={class} d={format!("M{x:.2} 0V12")} /> }
            }) }
        </svg>
    }
}
