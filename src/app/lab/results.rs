//! What each strategy costs: the table that `replay --lab` prints.

use yew::prelude::*;

use crate::app::shell::Dispatch;
use crate::engine::Command;
use crate::engine::lab::{LabCommand, LabFrame};
use crate::maintenance::{COLUMNS, Strategy};

/// The strategies, to put one on stage.
pub fn strategies(dispatch: &Dispatch, lab: &LabFrame) -> Html {
    let choose = |strategy: Strategy| {
        let id = format!("play-{}", strategy.name());
        let pressed = if strategy == lab.play { "true" } else { "false" };
        let onclick = send(dispatch, LabCommand::Play(strategy));
        html! { <button {id} aria-pressed={pressed} title={strategy.doc()} {onclick}>{ strategy.name() }</button> }
    };
    html! { <div class="tabs" role="group" aria-label="Strategy">{ for Strategy::ALL.map(choose) }</div> }
}

fn send(dispatch: &Dispatch, command: LabCommand) -> Callback<MouseEvent> {
    dispatch.callback(move |_: MouseEvent| Command::Lab(command.clone()))
}

/// The table.
pub fn view(dispatch: &Dispatch, lab: &LabFrame) -> Html {
    let left = lab.rows.iter().filter(|(_, cells)| cells.is_none()).count();
    html! {
        <section class="panel totals results" aria-label="What each strategy costs">
            <h2>{ "What each way costs" }
                <span class="run-all" role="status">
                    if let Some(part) = lab.surveying {
                        <progress max="1" value={part.to_string()} />
                        <button id="stop-survey" onclick={send(dispatch, LabCommand::Stop)}>{ "Cancel" }</button>
                    } else {
                        <button id="survey" disabled={left == 0} onclick={send(dispatch, LabCommand::Survey)}>
                            { match left { 0 => "All run".to_owned(), 1 => "Run it".to_owned(), n => format!("Run all, {n} to go") } }
                        </button>
                    }
                </span>
            </h2>
            <p class="muted">{ "Latencies, the pause and the work are in cells touched, and the same on every machine. It is what " }
                <code>{ "replay --lab FILE" }</code>{ " prints." }</p>
            <div class="scroll" tabindex="0" role="region" aria-label="Table of results" data-keys="text">
                <table id="results">
                    <thead><tr>{ for COLUMNS.iter().map(|(title, doc)| html! { <th scope="col" title={*doc}>{ *title }</th> }) }</tr></thead>
                    <tbody>{ for lab.rows.iter().map(|(strategy, cells)| html! {
                        <tr key={strategy.name()} class={(*strategy == lab.play).then_some("on-stage")}>
                            <th scope="row">
                                <button class="quiet" title="Put it on stage" onclick={send(dispatch, LabCommand::Play(*strategy))}>{ strategy.name() }</button>
                            </th>
                            { match cells {
                                Some(cells) => cells[1..].iter().map(|cell| html! { <td>{ cell }</td> }).collect::<Html>(),
                                None => html! { <td class="muted" colspan={(COLUMNS.len() - 1).to_string()}>{ "not run to its end yet" }</td> },
                            } }
                        </tr>
                    }) }</tbody>
                </table>
            </div>
        </section>
    }
}
