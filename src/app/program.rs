//! The whole program as text, to be read, changed and run; beside it which line is at work, and where things happened.

use std::rc::Rc;

use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use super::dom;
use super::shell::Dispatch;
use super::size::use_size;
use crate::engine::frame::{MarkKind, Track};
use crate::engine::lines::Lines;
use crate::engine::{Command, Trouble};
use crate::program::GENERATORS;
use crate::view::text::group;

/// The height of a line of the program and the space above the first one, in CSS pixels; the style sheet has them too.
const LINE: f64 = 21.0;
const ABOVE: f64 = 6.0;
/// The width of the line numbers.
const GUTTER: f64 = 38.0;

#[derive(Properties, PartialEq)]
pub struct ProgramProps {
    pub dispatch: Dispatch,
    pub text: Rc<str>,
    pub trouble: Option<Trouble>,
    /// The scenario that was opened: its id, its title and its story.
    pub scenario: Option<(&'static str, &'static str, &'static str)>,
    pub lines: Rc<Lines>,
    pub track: Rc<Track>,
    /// The operation on stage: the one under way, or else the last one that was done.
    pub shown: Option<usize>,
}

#[function_component]
pub fn ProgramPanel(props: &ProgramProps) -> Html {
    let draft = use_state(|| props.text.to_string());
    {
        let draft = draft.setter();
        use_effect_with(props.text.clone(), move |text| draft.set(text.to_string()));
    }
    let area = use_node_ref();
    let edit = {
        let draft = draft.setter();
        Callback::from(move |event: InputEvent| draft.set(dom::value_of(&event)))
    };
    let run = {
        let (dispatch, draft) = (props.dispatch.clone(), draft.clone());
        Callback::from(move |_: MouseEvent| dispatch.send(Command::Run((*draft).clone())))
    };
    let add = {
        let draft = draft.clone();
        Callback::from(move |event: Event| {
            let line = dom::value_of(&event);
            if !line.is_empty() {
                draft.set(format!("{}\n{line}\n", draft.trim_end()));
            }
        })
    };
    let error = match &props.trouble {
        Some(Trouble::Program(error)) => Some(error.clone()),
        _ => None,
    };
    {
        // Where it is wrong is where one goes on typing.
        let area = area.clone();
        use_effect_with(error.clone(), move |error| {
            let Some((error, area)) = error.as_ref().zip(area.cast::<HtmlTextAreaElement>()) else { return };
            let text = area.value();
            let before: usize =
                text.split_inclusive('\n').take(error.line - 1).map(|line| line.encode_utf16().count()).sum();
            let at = (before + error.column - 1) as u32;
            // It can only fail in fields that have no text.
            let _ = area.set_selection_range(at, at);
            dom::focus(&area);
        });
    }
    let edited = *draft != *props.text;
    html! {
        <section class="panel program" aria-label="Program">
            <h2>{ props.scenario.map_or("Your program", |(_, title, _)| title) }</h2>
            if let Some((_, _, story)) = props.scenario {
                <p class="story">{ story }</p>
            }
            <div class="editor">
                <Gutter dispatch={props.dispatch.clone()} area={area.clone()} count={draft.split('\n').count()} {edited}
                    lines={props.lines.clone()} track={props.track.clone()} shown={props.shown} />
                <textarea id="program" ref={area} class="code" rows="9" spellcheck="false" wrap="off" aria-label="Program text" aria-describedby="program-trouble"
                    aria-invalid={error.is_some().then_some("true")} value={(*draft).clone()} oninput={edit} />
            </div>
            if !edited {
                <Rounds dispatch={props.dispatch.clone()} lines={props.lines.clone()} shown={props.shown} />
            }
            <p class="trouble" id="program-trouble" role="alert">{ error.map(|error| error.to_string()).unwrap_or_default() }</p>
            <div class="row">
                <button id="run-program" onclick={run}>{ "Run from the start" }</button>
                <label class="pick"><span class="hidden">{ "Add a generator" }</span>
                    <select id="generator" onchange={add}>
                        <option selected=true value="">{ "Add a generator …" }</option>
                        { for GENERATORS.iter().map(|g| html! { <option value={g.form()} title={g.doc}>{ g.form() }</option> }) }
                    </select>
                </label>
            </div>
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct RoundsProps {
    dispatch: Dispatch,
    lines: Rc<Lines>,
    shown: Option<usize>,
}

/// Which round of its loop the current line is in, and the rounds beside it.
#[function_component]
fn Rounds(props: &RoundsProps) -> Html {
    let line = props.shown.and_then(|op| Some((op, props.lines.line(op)?)));
    let Some((op, line)) = line else { return html! { <p class="rounds muted"></p> } };
    let (all, round) = (props.lines.ops(line).count(), props.lines.ops(line).filter(|at| *at <= op).count());
    if all < 2 {
        return html! { <p class="rounds muted">{ format!("line {line}") }</p> };
    }
    let go = |to: Option<usize>, id: &'static str, name: &'static str, sign: &'static str| {
        let onclick = props.dispatch.callback(move |_: MouseEvent| Command::Seek(to.map_or(0, |op| op + 1)));
        html! { <button {id} class="tool" aria-label={name} title={name} disabled={to.is_none()} {onclick}>{ sign }</button> }
    };
    let before = props.lines.ops(line).rfind(|at| *at < op);
    let after = props.lines.ops(line).find(|at| *at > op);
    html! {
        <p class="rounds muted">
            { go(before, "round-back", "The round before", "‹") }
            { format!("line {line}, round {} of {}", group(round as u64), group(all as u64)) }
            { go(after, "round-on", "The next round", "›") }
        </p>
    }
}

#[derive(Properties, PartialEq)]
struct GutterProps {
    dispatch: Dispatch,
    area: NodeRef,
    /// Lines in the text.
    count: usize,
    /// The text is not the one that was run: its lines mean nothing in time.
    edited: bool,
    lines: Rc<Lines>,
    track: Rc<Track>,
    shown: Option<usize>,
}

/// Line numbers, of those lines that are in view; a press goes to the line's next operation.
#[function_component]
fn Gutter(props: &GutterProps) -> Html {
    let scroll = use_state_eq(|| 0.0);
    let height = use_state_eq(|| 0.0);
    {
        let height = height.setter();
        use_size(&props.area, move |(_, now)| height.set(now));
    }
    {
        let (area, scroll) = (props.area.clone(), scroll.setter());
        use_effect_with((), move |_| {
            let listener = area.cast::<HtmlTextAreaElement>().map(|area| {
                let of = area.clone();
                gloo::events::EventListener::new(&area, "scroll", move |_| scroll.set(f64::from(of.scroll_top())))
            });
            move || drop(listener)
        });
    }
    let known = (!props.edited).then_some(&props.lines);
    let here = known.and_then(|lines| lines.line(props.shown?));
    {
        // The line at work stays in view, but not against the hand that scrolls or types.
        let area = props.area.clone();
        use_effect_with(here, move |here| {
            let Some((line, area)) = here.zip(area.cast::<HtmlTextAreaElement>()) else { return };
            let (top, view) = (f64::from(line - 1) * LINE, f64::from(area.client_height()));
            let at = f64::from(area.scroll_top());
            if dom::focused_id().as_deref() != Some("program") && (top < at || top + LINE > at + view - ABOVE) {
                area.set_scroll_top((top - view / 2.0).max(0.0) as i32);
            }
        });
    }
    let first = (*scroll / LINE) as usize;
    let last = (first + (*height / LINE) as usize + 2).min(props.count);
    let y = |line: usize| (line - 1) as f64 * LINE + ABOVE - *scroll;
    let row = |line: usize| {
        let number = line as u32;
        let mark = known.and_then(|lines| {
            let kinds =
                props.track.marks.iter().filter(|(op, _)| lines.line(*op) == Some(number)).map(|(_, kind)| *kind);
            kinds.min_by_key(|kind| match kind {
                MarkKind::Error => 0,
                MarkKind::Compact => 1,
                MarkKind::Resize => 2,
            })
        });
        let (class, what) = match mark {
            Some(MarkKind::Error) => ("error", ", fails"),
            Some(MarkKind::Compact) => ("compact", ", copies the dict"),
            Some(MarkKind::Resize) => ("resize", ", resizes"),
            None => ("", ""),
        };
        let next = known.and_then(|lines| {
            let after = lines.ops(number).find(|op| props.shown.is_none_or(|shown| *op > shown));
            after.or_else(|| lines.ops(number).next())
        });
        let go = next.map(|op| props.dispatch.callback(move |_: MouseEvent| Command::Seek(op + 1)));
        let current = here == Some(number);
        let middle = (y(line) + 15.0).to_string();
        html! {
            <g key={line} class={classes!("line-number", next.is_some().then_some("known"), current.then_some("current"))} onclick={go}>
                <title>{ format!("line {line}{what}{}", if next.is_some() { ": go there" } else { "" }) }</title>
                <rect x="0" y={y(line).to_string()} width={GUTTER.to_string()} height={LINE.to_string()} />
                if mark.is_some() {
                    <path class={class} d={format!("M3 {:.1}v{}", y(line) + 3.0, LINE - 6.0)} />
                }
                <text x={(GUTTER - 14.0).to_string()} y={middle.clone()}>{ line }</text>
                if current {
                    <text class="arrow" x={(GUTTER - 2.0).to_string()} y={middle}>{ "▶" }</text>
                }
            </g>
        }
    };
    html! {
        <>
            <svg class="strip" aria-hidden="true">
                if let Some(line) = here {
                    <rect x="0" y={y(line as usize).to_string()} width="100%" height={LINE.to_string()} />
                }
            </svg>
            <svg class="gutter" width={GUTTER.to_string()} aria-hidden="true">{ for (first + 1..=last).map(row) }</svg>
        </>
    }
}
