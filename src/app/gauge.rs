//! How full the table is, how many inserts are left, and what follows; the bytes broken down on demand.

use std::rc::Rc;

use yew::prelude::*;

use super::compact::Compact;
use super::shell::Dispatch;

use crate::engine::frame::Gauge;
use crate::table::{Bytes, CopyPrice};
use crate::view::text::{bytes, group};

#[derive(Properties, PartialEq)]
pub struct GaugeProps {
    pub dispatch: Dispatch,
    pub copies: Rc<[CopyPrice]>,
    pub fast: bool,
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
    html! {
        <div class="gauge" aria-label="Gauge" role="group">
            { bar(g) }
            <dl class="numbers">
                <div><dt>{ "len(d)" }</dt><dd id="len">{ group(g.live.into()) }</dd></div>
                <div><dt>{ if g.places == "entries" { "holes" } else { "tombstones" } }</dt><dd id="tombstones">{ group(g.dead.into()) }</dd></div>
                <div><dt>{ "slots" }</dt><dd id="slots">{ group(g.slots.into()) }</dd></div>
                <div class="wide"><dt>{ "sys.getsizeof(d)" }</dt><dd id="sizeof">{ bytes(b.total()) }</dd></div>
            </dl>
            <Compact dispatch={props.dispatch.clone()} copies={props.copies.clone()} waiting={props.fast} />
            <p class="left-over" id="inserts-left">{ left }</p>
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub struct BreakdownProps {
    pub bytes: Bytes,
    /// What the places are called: `slots` or `entries`.
    pub places: &'static str,
    /// Releases of the same table that say other sizes.
    pub other_sizes: Option<&'static str>,
}

/// Where the bytes are.
#[function_component]
pub fn Breakdown(props: &BreakdownProps) -> Html {
    let b = &props.bytes;
    let parts = [
        ("object", b.object),
        ("GC header", b.gc),
        ("keys header", b.header),
        ("indices", b.indices),
        (if props.places == "entries" { "entries" } else { "slots" }, b.entries),
    ];
    html! {
        <section class="panel breakdown" aria-label="Where the bytes are">
            <h2>{ "Where the bytes are" }</h2>
            <table>
                { for parts.iter().filter(|(_, n)| *n > 0).map(|(name, n)| html! {
                    <tr><th scope="row">{ *name }</th><td>{ group(*n) }</td></tr>
                }) }
                <tr class="sum"><th scope="row">{ "sys.getsizeof(d)" }</th><td>{ group(b.total()) }</td></tr>
            </table>
            if let Some(note) = props.other_sizes { <p class="muted" id="other-sizes">{ note }</p> }
        </section>
    }
}
