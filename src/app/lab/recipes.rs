//! The strategy on stage as Python.

use yew::prelude::*;

use crate::app::dom;
use crate::maintenance::{Recipe, Strategy};

#[derive(Properties, PartialEq)]
pub struct RecipesProps {
    pub strategy: Strategy,
}

#[function_component]
pub fn RecipesView(props: &RecipesProps) -> Html {
    let chosen = use_state_eq(|| 0);
    let copied = use_state_eq(|| None::<&'static str>);
    let recipes = props.strategy.recipes();
    let Some(recipe) = recipes.get(*chosen).or(recipes.first()) else {
        return html! {
            <section class="panel recipe" aria-label="Recipe">
                <h2>{ "In Python" }</h2>
                <p class="muted">{ "Nothing to write: this strategy is to leave the dict alone." }</p>
            </section>
        };
    };
    let copy = {
        let copied = copied.setter();
        let Recipe { file, text } = *recipe;
        Callback::from(move |_: MouseEvent| copied.set(dom::copy(text).then_some(file)))
    };
    let tab = |(nth, one): (usize, &'static Recipe)| {
        let (chosen, name) = (chosen.setter(), if one.file.contains("asyncio") { "asyncio" } else { "threads" });
        let onclick = Callback::from(move |_: MouseEvent| chosen.set(nth));
        html! { <button aria-pressed={(one == recipe).to_string()} {onclick}>{ name }</button> }
    };
    html! {
        <section class="panel recipe" aria-label="Recipe">
            <h2>{ "In Python" }<code class="muted">{ format!("recipes/{}", recipe.file) }</code></h2>
            <div class="tabs" role="group" aria-label="Recipe for">
                { for recipes.iter().enumerate().map(tab) }
                <span class="grow" />
                <button id="copy-recipe" onclick={copy}>{ if *copied == Some(recipe.file) { "Copied" } else { "Copy" } }</button>
            </div>
            <pre id="recipe" tabindex="0" data-keys="text" aria-label={format!("recipes/{}", recipe.file)}>{ recipe.text }</pre>
        </section>
    }
}
