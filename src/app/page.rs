//! The page as a whole: where everything stands.

use std::rc::Rc;

use gloo::events::EventListener;
use yew::prelude::*;

use super::about::About;
use super::chart::Chart;
use super::compact::Compact;
use super::compare::Compare;
use super::console::Console;
use super::gauge::GaugeView;
use super::header::Header;
use super::help::Help;
use super::inspector::Inspector;
use super::lab::LabView;
use super::narration::Narration;
use super::printed::PrintedPanel;
use super::program::ProgramPanel;
use super::shell::Dispatch;
use super::sides::{SidesView, TotalsView, VersusView};
use super::spoken::Spoken;
use super::stage::StageView;
use super::timeline::TimelineView;
use super::transport::Transport;
use super::{crash, dom, keys};
use crate::engine::frame::Progress;
use crate::engine::{Command, Engine, Frame, Trouble};

#[function_component]
pub fn Page() -> Html {
    let dispatch = use_memo((), |_| {
        let mut engine = Engine::new();
        engine.set_still(dom::wants_stillness());
        let dispatch = Dispatch::new(engine);
        dispatch.open_address();
        dispatch
    });
    let dispatch = (*dispatch).clone();
    let frame = use_state(|| None::<Rc<Frame>>);
    let help = use_state(|| false);
    let comparing = use_state(|| false);
    {
        let (dispatch, frame, help) = (dispatch.clone(), frame.setter(), help.clone());
        use_effect_with((), move |_| {
            dispatch.connect(Callback::from(move |new| frame.set(Some(new))));
            let toggle_help = {
                let help = help.setter();
                let shown = std::cell::Cell::new(false);
                move || {
                    shown.set(!shown.get());
                    help.set(shown.get());
                }
            };
            let keyboard = keys::listen(dispatch.clone(), toggle_help);
            let links = {
                let dispatch = dispatch.clone();
                EventListener::new(&dom::window(), "hashchange", move |_| dispatch.arrive())
            };
            // A phone may never come back to a tab that it hides.
            let hides = ["pagehide", "visibilitychange"].map(|event| {
                let dispatch = dispatch.clone();
                EventListener::new(&dom::window(), event, move |_| dispatch.save(true))
            });
            crash::started(&dispatch);
            move || drop((keyboard, links, hides))
        });
    }
    // The same in every frame, so that the panels that get them are left alone.
    let close_help = use_callback(help.setter(), |(), help| help.set(false));
    let open_help = use_callback(help.setter(), |(), help| help.set(true));
    let toggle_compare = use_callback(comparing.clone(), |(), comparing| comparing.set(!**comparing));
    let Some(frame) = (*frame).clone() else { return Html::default() };
    let several = !frame.sides.is_empty();
    let general = match &frame.trouble {
        Some(Trouble::General(message)) => Some(message.clone()),
        _ => None,
    };
    html! {
        <div class="page">
            <a class="skip" href="#stage">{ "Skip to the table" }</a>
            <Header dispatch={dispatch.clone()} tables={frame.tables.clone()} focus={frame.focus} doc={frame.doc}
                scenario={frame.scenario} can_undo={frame.can_undo} can_redo={frame.can_redo} {open_help}
                comparing={*comparing} compare={toggle_compare.clone()} lab={frame.lab.is_some()} />
            if let Some(message) = general {
                <div class="trouble banner" role="alert">
                    { message }
                    <button class="quiet" onclick={dispatch.callback(|_| Command::Dismiss)}>{ "Dismiss" }</button>
                </div>
            }
            if let Some(progress) = frame.progress {
                <Building dispatch={dispatch.clone()} {progress} />
            }
            if let Some(lab) = &frame.lab {
                <LabView dispatch={dispatch.clone()} lab={lab.clone()} />
            } else {
            if *comparing {
                <Compare dispatch={dispatch.clone()} tables={frame.tables.clone()} close={toggle_compare} />
            }
            <div class={classes!("columns", several.then_some("several"))}>
                <section class="left" aria-label="Table and timeline">
                    if several {
                        <SidesView dispatch={dispatch.clone()} sides={frame.sides.clone()} focus={frame.focus} peak={frame.versus.peak} />
                    } else {
                        // Above the stage, whose height changes with the table's size.
                        <GaugeView gauge={frame.gauge.clone()} title={frame.title} />
                        <StageView dispatch={dispatch.clone()} stage={frame.stage.clone()} title={frame.title} fast={frame.fast} />
                    }
                    <div class="time">
                        if several {
                            <VersusView dispatch={dispatch.clone()} versus={frame.versus.clone()} len={frame.len} first={frame.first} />
                        } else {
                            <Chart dispatch={dispatch.clone()} peak={frame.track.peak} />
                        }
                        <TimelineView dispatch={dispatch.clone()} track={frame.track.clone()} len={frame.len}
                            first={frame.first} op={frame.op} />
                        <Transport dispatch={dispatch.clone()} playing={frame.playing} speed={frame.speed}
                            op={frame.op} len={frame.len} step={frame.step} steps={frame.steps} first={frame.first} />
                    </div>
                </section>
                <section class="right" aria-label="What happens and what to do">
                    if several {
                        <TotalsView sides={frame.sides.clone()} />
                    }
                    <Narration dispatch={dispatch.clone()} words={frame.words.clone()} />
                    <Console dispatch={dispatch.clone()} trouble={frame.trouble.clone()} />
                    <Compact dispatch={dispatch.clone()} copies={frame.copies.clone()} waiting={frame.fast} />
                    <Inspector dispatch={dispatch.clone()} slot={frame.slot.clone()} />
                    <ProgramPanel dispatch={dispatch.clone()} text={frame.text.clone()} trouble={frame.trouble.clone()} />
                    <PrintedPanel printout={frame.printout.clone()} />
                    <About dispatch={dispatch.clone()} title={frame.title} doc={frame.doc} python={frame.python} cpython={frame.cpython} settings={frame.settings} />
                </section>
            </div>
            }
            <Spoken text={frame.spoken.clone()} />
            if *help {
                <Help {close_help} />
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct BuildingProps {
    dispatch: Dispatch,
    progress: Progress,
}

#[function_component]
fn Building(props: &BuildingProps) -> Html {
    let Progress { done, total, asks } = props.progress;
    let group = crate::view::text::group;
    let text = match (asks, total) {
        (Some(bytes), _) => {
            format!("The tables would take {} MB of memory. Go on all the same?", group((bytes >> 20) as u64))
        }
        (None, Some(total)) => format!("Running the program: {} of {} operations", group(done), group(total)),
        (None, None) => format!("Running the program: {} operations so far", group(done)),
    };
    html! {
        <div class="building">
            <span id="building" role={asks.map(|_| "alert")}>{ text }</span>
            <progress aria-labelledby="building" max={total.map(|t| t.to_string())} value={total.map(|_| done.to_string())} />
            if asks.is_some() {
                <button id="go-on" onclick={props.dispatch.callback(|_| Command::GoOn)}>{ "Go on" }</button>
            }
            <button onclick={props.dispatch.callback(|_| Command::Cancel)}>{ "Cancel" }</button>
        </div>
    }
}
