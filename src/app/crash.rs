//! The page that stops says so: Rust's side of `static/crash.js`, which shows the panel and also knows of what no Rust can
//! tell (traps, exceptions of the browser's, files that did not come).

use std::panic::PanicHookInfo;

use js_sys::{Function, Reflect};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};

use super::dom;
use super::shell::Dispatch;

/// Catch panics from now on.
pub fn install() {
    // Yew would replace a hook that is set otherwise.
    yew::set_custom_panic_hook(Box::new(show));
}

fn show(info: &PanicHookInfo<'_>) {
    console_error_panic_hook::hook(info);
    report(&info.to_string());
}

/// Show the crash panel with `message`, and the program and the link of what was there.
///
/// Nothing in here may panic.
pub fn report(message: &str) {
    call("stop", &["bug", message]);
}

/// Keep the link to what is on the page where the panel finds it without Rust.
pub fn remember(link: &str) {
    if let Some(panel) = panel() {
        // It is a plain object: it takes any property.
        let _ = Reflect::set(&panel, &"link".into(), &link.into());
    }
}

/// The page is there: from now on it is asked whether it can still work when something was thrown.
pub fn started(dispatch: &Dispatch) {
    if let Some(panel) = panel() {
        let dispatch = dispatch.clone();
        let alive = Closure::<dyn Fn() -> bool>::new(move || dispatch.is_alive());
        // As in `remember`.
        let _ = Reflect::set(&panel, &"alive".into(), &alive.into_js_value());
    }
    call("started", &[]);
}

/// The panel is shown: the page's state may be broken.
pub fn has_stopped() -> bool {
    panel().and_then(|panel| Reflect::get(&panel, &"stopped".into()).ok()).is_some_and(|stopped| stopped.is_truthy())
}

/// What `static/crash.js` left in the window; it may not have come.
fn panel() -> Option<JsValue> {
    Reflect::get(&dom::window(), &"dictoscope".into()).ok().filter(JsValue::is_object)
}

fn call(name: &str, arguments: &[&str]) {
    let Some(panel) = panel() else { return };
    let Ok(Ok(function)) = Reflect::get(&panel, &name.into()).map(JsCast::dyn_into::<Function>) else { return };
    // It has nothing to throw, and if it does there is nobody left to tell.
    let _ = function.apply(&panel, &arguments.iter().map(|&text| JsValue::from(text)).collect());
}
