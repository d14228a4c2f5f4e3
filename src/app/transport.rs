//! Play, pause, step, jump, speed.

use yew::prelude::*;

use super::dom;
use super::shell::Dispatch;
use crate::engine::Command;
use crate::engine::clock::{Direction, SPEEDS};
use crate::history::{Marks, Wanted};
use crate::view::text::group;

/// What can be jumped to.
const WANTED: [(&str, Wanted); 8] = [
    ("resize", Wanted::Marks(Marks::RESIZE)),
    ("copy", Wanted::Marks(Marks::COPY)),
    ("tombstone left", Wanted::Marks(Marks::DELETE)),
    ("tombstone reused", Wanted::Marks(Marks::REUSE)),
    ("collision", Wanted::Marks(Marks::COLLISION)),
    ("search of 5 or more probes", Wanted::Probes(5)),
    ("search of 20 or more probes", Wanted::Probes(20)),
    ("error", Wanted::Marks(Marks::ERROR)),
];

#[derive(Properties, PartialEq)]
pub struct ButtonsProps {
    pub dispatch: Dispatch,
    pub playing: Option<Direction>,
    pub op: usize,
    pub len: usize,
    pub first: usize,
    pub step: usize,
    pub steps: usize,
}

/// A round button with a picture.
pub(super) struct Button {
    pub id: &'static str,
    pub icon: &'static str,
    pub label: &'static str,
    pub command: Command,
    pub off: bool,
}

impl Button {
    pub fn show(self, dispatch: &Dispatch) -> Html {
        let Button { id, icon, label, command, off } = self;
        html! {
            <button {id} class={classes!("icon", (id == "play").then_some("main"))} title={label} aria-label={label} disabled={off}
                onclick={dispatch.callback(move |_: MouseEvent| command.clone())}>
                <svg viewBox="0 0 24 24" aria-hidden="true"><path d={icon} /></svg>
            </button>
        }
    }

    /// The one that starts and stops time.
    pub fn play(playing: Option<Direction>) -> Button {
        let (icon, label) = match playing {
            Some(_) => ("M7 5h4v14H7zM13 5h4v14h-4z", "Pause (Space)"),
            None => ("M7 4l13 8-13 8z", "Play (Space)"),
        };
        Button { id: "play", icon, label, command: Command::Toggle, off: false }
    }
}

/// The buttons of time, and where one is in it. What changes while time runs is one line; the buttons stay as they are.
#[function_component]
pub fn Buttons(props: &ButtonsProps) -> Html {
    let ButtonsProps { dispatch, playing, op, len, first, step, steps } = props;
    let (now, all) = (group(*op as u64), group(*len as u64));
    let place = if *steps > 0 {
        format!("operation {} of {all} · step {step} of {steps}", group(*op as u64 + 1))
    } else {
        format!("{now} of {all} operations done")
    };
    html! {
        <div class="transport" role="group" aria-label="Play and step">
            <Row dispatch={dispatch.clone()} playing={*playing} at_start={op <= first && *step == 0} at_end={op >= len} />
            <div class="place" id="place">{ place }</div>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct RowProps {
    dispatch: Dispatch,
    playing: Option<Direction>,
    at_start: bool,
    at_end: bool,
}

#[function_component]
fn Row(props: &RowProps) -> Html {
    let &RowProps { ref dispatch, playing, at_start, at_end } = props;
    let button = |button: Button| button.show(dispatch);
    html! {
        <div class="buttons">
            { button(Button { id: "to-start", icon: "M5 5h2v14H5zM20 5v14L9 12z", label: "To the beginning (Home)", command: Command::Seek(0), off: at_start }) }
            { button(Button { id: "op-back", icon: "M12 5v14L2 12zM22 5v14l-10-7z", label: "One operation back (Shift + ←)", command: Command::StepOps(-1), off: at_start }) }
            { button(Button { id: "step-back", icon: "M16 5v14L6 12z", label: "One step back (←)", command: Command::Step(-1), off: at_start }) }
            { button(Button { id: "play-back", icon: "M17 4L4 12l13 8z", label: "Play backwards (B)", command: Command::Play(Direction::Backward), off: at_start }) }
            { button(Button::play(playing)) }
            { button(Button { id: "step-on", icon: "M8 5l10 7-10 7z", label: "One step on (→)", command: Command::Step(1), off: at_end }) }
            { button(Button { id: "op-on", icon: "M2 5l10 7-10 7zM12 5l10 7-10 7z", label: "One operation on (Shift + →)", command: Command::StepOps(1), off: at_end }) }
            { button(Button { id: "to-end", icon: "M4 5l11 7-11 7zM17 5h2v14h-2z", label: "To the end (End)", command: Command::Seek(usize::MAX), off: at_end }) }
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub struct MenusProps {
    pub dispatch: Dispatch,
    pub speed: usize,
    /// The chart is folded away.
    pub folded: bool,
    pub fold: Callback<()>,
}

/// Where to jump, how fast time runs, and whether the chart is shown.
#[function_component]
pub fn Menus(props: &MenusProps) -> Html {
    let dispatch = &props.dispatch;
    let jump = {
        let dispatch = dispatch.clone();
        Callback::from(move |event: Event| {
            let chosen = dom::value_of(&event);
            let (way, what) = chosen.split_once(' ').unwrap_or_default();
            let way = if way == "next" { Direction::Forward } else { Direction::Backward };
            if let Some((_, wanted)) = WANTED.iter().find(|(name, _)| *name == what) {
                dispatch.send(Command::Jump(*wanted, way));
            }
            dom::choose_first(&event);
        })
    };
    let jumps = |way: &'static str| {
        WANTED.iter().map(
            move |(name, _)| html! { <option value={format!("{way} {name}")}>{ format!("{way} {name}") }</option> },
        )
    };
    html! {
        <div class="menus">
            <button id="fold" aria-expanded={(!props.folded).to_string()} onclick={props.fold.reform(|_: MouseEvent| ())}>{ "Chart" }</button>
            <label class="pick">
                <span class="hidden">{ "Jump to" }</span>
                <select id="jump" onchange={jump}>
                    <option selected=true disabled=true value="">{ "Jump to …" }</option>
                    { for jumps("next") }
                    { for jumps("previous") }
                </select>
            </label>
            <label class="pick">
                <span class="hidden">{ "Speed" }</span>
                <select id="speed" title="Speed (+ and −)" onchange={dispatch.callback(|e: Event| Command::Speed(dom::value_of(&e).parse().unwrap_or(0)))}>
                    { for SPEEDS.iter().enumerate().map(|(i, (name, _))| html! {
                        <option value={i.to_string()} selected={i == props.speed}>{ *name }</option>
                    }) }
                </select>
            </label>
        </div>
    }
}
