//! Bytes over time, on the timeline's own axis.

use std::rc::Rc;

use yew::prelude::*;

use super::dom;
use super::shell::Dispatch;
use crate::engine::Command;
use crate::engine::frame::Track;
use crate::view::text::bytes;

const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 120.0;

#[derive(Properties, PartialEq)]
pub struct ChartProps {
    pub dispatch: Dispatch,
    pub track: Rc<Track>,
    pub len: usize,
    pub first: usize,
}

#[function_component]
pub fn Chart(props: &ChartProps) -> Html {
    let (cursor, past, now) = (use_node_ref(), use_node_ref(), use_node_ref());
    {
        let (cursor, past, now, dispatch) = (cursor.clone(), past.clone(), now.clone(), props.dispatch.clone());
        use_effect_with((), move |_| {
            let painter = dispatch.paint(move |engine| {
                let timeline = &engine.lane().timeline;
                let span = (timeline.len() - timeline.first()).max(1) as f64;
                let part = (timeline.pos().op - timeline.first()) as f64 / span;
                dom::set_style(&cursor, "left", &format!("{:.3}%", part * 100.0));
                dom::set_style(&past, "clip-path", &format!("inset(0 {:.3}% 0 0)", (1.0 - part) * 100.0));
                dom::set_text(&now, &bytes(engine.bytes_now()));
                dom::set_class(&now, "left", part > 0.5);
            });
            move || drop(painter)
        });
    }
    let seek = {
        let (dispatch, first, len) = (props.dispatch.clone(), props.first, props.len);
        Callback::from(move |event: MouseEvent| {
            if let Some(part) = dom::part_across(&event) {
                dispatch.send(Command::Seek(first + (part * (len - first) as f64).round() as usize));
            }
        })
    };
    html! {
        <div class="chart" onclick={seek} role="img" aria-label={format!("sys.getsizeof(d) over time; peak {}", bytes(props.track.peak))}>
            <div class="future"><Plot track={props.track.clone()} first={props.first} len={props.len} /></div>
            <div class="past" ref={past}><Plot track={props.track.clone()} first={props.first} len={props.len} /></div>
            <div class="cursor" ref={cursor}><output ref={now}></output></div>
            <span class="peak">{ format!("peak {}", bytes(props.track.peak)) }</span>
            <span class="axis">{ "sys.getsizeof(d), and what its slots hold" }</span>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct PlotProps {
    track: Rc<Track>,
    first: usize,
    len: usize,
}

/// The step line of the bytes; under it, which shares of the slots are live and dead.
#[function_component]
fn Plot(props: &PlotProps) -> Html {
    let track = &props.track;
    let span = (props.len - props.first).max(1) as f64;
    let x = |op: usize| op.saturating_sub(props.first) as f64 * WIDTH / span;
    let top = |bytes: f64| HEIGHT - 1.0 - bytes / track.peak.max(1) as f64 * (HEIGHT - 16.0);
    let mut line = String::new();
    for (i, &(op, bytes)) in track.sizes.iter().enumerate() {
        let y = top(bytes as f64);
        line += &if i == 0 { format!("M{:.2} {y:.2}", x(op)) } else { format!("H{:.2}V{y:.2}", x(op)) };
    }
    line += &format!("H{WIDTH}");
    let size_at = |op: usize| {
        let next = track.sizes.partition_point(|&(from, _)| from <= op);
        track.sizes[next.saturating_sub(1)].1 as f64
    };
    let area = |share: fn(&crate::engine::frame::SharePoint) -> f64| {
        let mut path = format!("M0 {HEIGHT}");
        for point in &track.shares {
            path += &format!("L{:.2} {:.2}", x(point.op), top(size_at(point.op) * share(point)));
        }
        path + &format!("L{WIDTH} {HEIGHT}Z")
    };
    if track.sizes.is_empty() {
        return Html::default();
    }
    html! {
        <svg viewBox={format!("0 0 {WIDTH} {HEIGHT}")} preserveAspectRatio="none" aria-hidden="true">
            <path class="free" d={format!("{line}V{HEIGHT}H0Z")} />
            <path class="dead" d={area(|p| p.live + p.dead)} />
            <path class="live" d={area(|p| p.live)} />
            <path class="bytes" d={line} />
        </svg>
    }
}
