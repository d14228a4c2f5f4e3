//! How full the table is, how many inserts are left, and what follows; the bytes broken down on demand.

use yew::prelude::*;

use crate::engine::frame::Gauge;
use crate::view::text::{bytes, group};

#[derive(Properties, PartialEq)]
pub struct GaugeProps {
    pub gauge: Gauge,
    pub title: &'static str,
}

/// What the places hold, and where the table counts as full.
pub fn bar(g: &Gauge) -> Html {
    let share = |n: u32| format!("width:{:.3}%", g.percent(n));
    html! {
        <div class="bar" aria-hidden="true">
            <span class="live" ~style={share(g.live)}></span><span class="tombstone" ~style={share(g.dead)}></span>
            { for g.limit().map(|limit| html! { <i ~style={format!("left:{limit:.3}%")}></i> }) }
        </div>
    }
}

#[function_component]
pub fn GaugeView(props: &GaugeProps) -> Html {
    let g = &props.gauge;
    let mut left = match g.inserts_left {
        None => "never resizes".to_owned(),
        Some(0) => format!("the next new key resizes it to {} slots", group(g.next_size.into())),
        Some(1) => format!("1 new key fits, the one after it resizes to {} slots", group(g.next_size.into())),
        Some(n) => format!("{} new keys fit, then it resizes to {} slots", group(n.into()), group(g.next_size.into())),
    };
    if g.may_reuse && g.inserts_left.is_some() {
        left += "; one that takes a tombstone does not count";
    }
    let b = &g.bytes;
    let parts = [
        ("object", b.object),
        ("GC header", b.gc),
        ("keys header", b.header),
        ("indices", b.indices),
        (if g.places == "entries" { "entries" } else { "slots" }, b.entries),
    ];
    html! {
        <div class="gauge" aria-label="Gauge" role="group">
            { bar(g) }
            <dl class="numbers">
                <div><dt>{ "len(d)" }</dt><dd id="len">{ group(g.live.into()) }</dd></div>
                <div><dt>{ if g.places == "entries" { "holes" } else { "tombstones" } }</dt><dd id="tombstones">{ group(g.dead.into()) }</dd></div>
                <div><dt>{ "slots" }</dt><dd id="slots">{ group(g.slots.into()) }</dd></div>
                <div class="wide"><dt>{ "sys.getsizeof(d)" }</dt><dd id="sizeof">{ bytes(b.total()) }</dd></div>
            </dl>
            <p class="left-over" id="inserts-left">{ left }</p>
            <details class="breakdown">
                <summary>{ "where the bytes are" }</summary>
                <table>
                    { for parts.iter().filter(|(_, n)| *n > 0).map(|(name, n)| html! {
                        <tr><th scope="row">{ *name }</th><td>{ group(*n) }</td></tr>
                    }) }
                    <tr class="sum"><th scope="row">{ "sys.getsizeof(d)" }</th><td>{ group(b.total()) }</td></tr>
                </table>
                if let Some(note) = g.other_sizes { <p class="muted" id="other-sizes">{ note }</p> }
            </details>
        </div>
    }
}
