//! The slots around the selected one as a grid for screen readers: always the same few, however large the table is.

use web_sys::Element;
use yew::prelude::*;

use super::super::shell::Dispatch;
use crate::engine::map::{Around, Which, around};

#[derive(Properties, PartialEq)]
pub struct AroundProps {
    pub dispatch: Dispatch,
    pub lane: usize,
    /// The map's node: it has the keyboard's focus, and is told which cell that is about.
    pub map: NodeRef,
    /// The map's id, which the cells' ids begin with.
    pub id: String,
}

#[function_component]
pub fn AroundView(props: &AroundProps) -> Html {
    let shown = use_state(|| None::<Around>);
    {
        let (dispatch, lane, set) = (props.dispatch.clone(), props.lane, shown.setter());
        use_effect_with((), move |_| {
            let mut last = None;
            let painter = dispatch.paint(move |engine| {
                // While time runs fast the page tells a summary instead.
                let now = if engine.is_fast() { None } else { look(engine, lane) };
                if now != last {
                    last.clone_from(&now);
                    set.set(now);
                }
            });
            move || drop(painter)
        });
    }
    let cell = |pos: u32| format!("{}-{pos}", props.id);
    {
        let (map, focus) = (props.map.clone(), shown.as_ref().map(|around| cell(around.focus)));
        use_effect_with(focus, move |focus| {
            let Some(map) = map.cast::<Element>() else { return };
            // Both fail only for names that no attribute has.
            let _ = match focus {
                Some(focus) => map.set_attribute("aria-activedescendant", focus),
                None => map.remove_attribute("aria-activedescendant"),
            };
        });
    }
    let Some(around) = &*shown else { return Html::default() };
    html! {
        <div class="hidden" role="grid" aria-label="The slots around" aria-rowcount={around.rows.to_string()} aria-colcount={around.columns.to_string()}>
            { for around.cells.iter().map(|row| html! {
                <div role="row" aria-rowindex={row.first().map(|cell| (cell.row + 1).to_string())}>
                    { for row.iter().map(|near| html! {
                        <span id={cell(near.pos)} role="gridcell" aria-colindex={(near.column + 1).to_string()}
                            aria-selected={near.selected.to_string()}>{ &near.text }</span>
                    }) }
                </div>
            }) }
        </div>
    }
}

fn look(engine: &mut crate::engine::Engine, lane: usize) -> Option<Around> {
    let selected = engine.selected_in(lane);
    let (camera, grid) = engine.map(lane, Which::Slots)?.view()?;
    Some(around(engine.sight(lane)?, camera, grid, selected))
}
