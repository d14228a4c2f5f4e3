//! The page as a whole: where everything stands.

use std::rc::Rc;

use gloo::events::EventListener;
use yew::prelude::*;

use super::about::About;
use super::chart::Chart;
use super::compare::Compare;
use super::console::Console;
use super::gauge::{Breakdown, GaugeView};
use super::header::Header;
use super::help::Help;
use super::lab::LabView;
use super::narration::Narration;
use super::printed::PrintedPanel;
use super::program::ProgramPanel;
use super::shell::Dispatch;
use super::sides::{SidesView, TotalsView, VersusView};
use super::spoken::Spoken;
use super::stage::StageView;
use super::timeline::TimelineView;
use super::transport::{Buttons, Menus};
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
                move || help.set(dom::by_id("help").is_none())
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
    let keeper = use_memo((), |_| dom::FocusKeeper::new());
    use_effect(move || keeper.keep());
    let narrow = use_state_eq(|| dom::window_size().0 < NARROW);
    {
        let narrow = narrow.setter();
        use_effect_with((), move |_| {
            let listener =
                EventListener::new(&dom::window(), "resize", move |_| narrow.set(dom::window_size().0 < NARROW));
            move || drop(listener)
        });
    }
    let tab = use_state_eq(|| 1_usize);
    let folded = use_state_eq(|| {
        let (width, height) = dom::window_size();
        width < CHART_FROM.0 || height < CHART_FROM.1
    });
    let fold = use_callback(folded.clone(), |(), folded| folded.set(!**folded));
    let Some(frame) = (*frame).clone() else { return Html::default() };
    let several = !frame.sides.is_empty();
    let general = match &frame.trouble {
        Some(Trouble::General(message)) => Some(message.clone()),
        _ => None,
    };
    let shown = if frame.step > 0 { Some(frame.op) } else { frame.op.checked_sub(1) };
    let program = html! {
        <>
            <ProgramPanel dispatch={dispatch.clone()} text={frame.text.clone()} trouble={frame.trouble.clone()}
                scenario={frame.scenario} lines={frame.lines.clone()} track={frame.track.clone()} shown={shown} />
            if !frame.printout.lines.is_empty() {
                <PrintedPanel printout={frame.printout.clone()} />
            }
            <Console dispatch={dispatch.clone()} trouble={frame.trouble.clone()} python={frame.python} />
        </>
    };
    let stage = if several {
        html! { <SidesView dispatch={dispatch.clone()} sides={frame.sides.clone()} focus={frame.focus} peak={frame.versus.peak}
        copies={frame.copies.clone()} fast={frame.fast} /> }
    } else {
        html! {
            <>
                <GaugeView dispatch={dispatch.clone()} gauge={frame.gauge.clone()} title={frame.title} copies={frame.copies.clone()} fast={frame.fast} />
                <StageView dispatch={dispatch.clone()} stage={frame.stage.clone()} title={frame.title} fast={frame.fast} />
            </>
        }
    };
    let words = html! {
        <Narration dispatch={dispatch.clone()} words={frame.words.clone()} slot={frame.slot.clone()} />
    };
    let numbers = html! {
        <>
            if several {
                <TotalsView sides={frame.sides.clone()} />
            }
            <Breakdown bytes={frame.gauge.bytes} places={frame.gauge.places} other_sizes={frame.gauge.other_sizes} />
            <About dispatch={dispatch.clone()} title={frame.title} doc={frame.doc} python={frame.python} cpython={frame.cpython} settings={frame.settings} />
        </>
    };
    html! {
        <div class="page">
            <a class="skip" href="#stage">{ "Skip to the table" }</a>
            <Header dispatch={dispatch.clone()} tables={frame.tables.clone()} focus={frame.focus} doc={frame.doc}
                scenario={frame.scenario} can_undo={frame.can_undo} can_redo={frame.can_redo} {open_help} help={*help}
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
            { work(narrow.then_some(&tab), stage, [program, words, numbers]) }
            <section class="time" aria-label="Time">
                <Buttons dispatch={dispatch.clone()} playing={frame.playing}
                    op={frame.op} len={frame.len} step={frame.step} steps={frame.steps} first={frame.first} />
                <div class="track">
                    if !*folded {
                        if several {
                            <VersusView dispatch={dispatch.clone()} versus={frame.versus.clone()} len={frame.len} first={frame.first} />
                        } else {
                            <Chart dispatch={dispatch.clone()} peak={frame.track.peak} />
                        }
                    }
                    <TimelineView dispatch={dispatch.clone()} track={frame.track.clone()} len={frame.len}
                        first={frame.first} op={frame.op} />
                </div>
                <Menus dispatch={dispatch.clone()} speed={frame.speed} folded={*folded} {fold} />
            </section>
            }
            <Spoken text={frame.spoken.clone()} />
            if *help {
                <Help {close_help} />
            }
        </div>
    }
}

/// A window narrower than this, in CSS pixels, has tabs under the stage instead of columns beside it.
const NARROW: f64 = 1000.0;
/// In a smaller window the chart is folded away at first, in CSS pixels.
const CHART_FROM: (f64, f64) = (700.0, 640.0);

/// The stage with the columns beside it, or with one of them under it where the window is narrow. In the document they
/// come as they are read.
fn work(tab: Option<&UseStateHandle<usize>>, stage: Html, columns: [Html; 3]) -> Html {
    let column = |(nth, inner): (usize, Html)| {
        let off = tab.is_some_and(|tab| **tab != nth);
        let (id, name) = COLUMNS[nth];
        html! { <section key={id} {id} class={classes!("column", off.then_some("off"))} aria-label={name}>{ inner }</section> }
    };
    let mut columns = columns.into_iter().enumerate().map(column);
    let stage = html! { <section key="stage" class="stage-column" aria-label="Table">{ stage }</section> };
    let Some(tab) = tab else {
        let program = columns.next();
        return html! { <div key="wide" class="work">{ program }{ stage }<div key="right" class="right">{ for columns }</div></div> };
    };
    let choose = |nth: usize| {
        let tab = tab.setter();
        move |_: MouseEvent| tab.set(nth)
    };
    html! {
        <div key="narrow" class="work narrow">
            { stage }
            <div key="tabs" class="tabs under" role="group" aria-label="Under the stage">
                { for COLUMNS.iter().enumerate().map(|(nth, (_, name))| html! {
                    <button aria-pressed={(nth == **tab).to_string()} onclick={choose(nth)}>{ *name }</button>
                }) }
            </div>
            { for columns }
        </div>
    }
}

/// What stands beside the stage, or under it: what links call it, and its name.
const COLUMNS: [(&str, &str); 3] =
    [("program-column", "Program"), ("words-column", "What happens"), ("numbers-column", "Numbers")];

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
