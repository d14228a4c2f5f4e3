//! If the page ever panics, it says so and offers the last state back.

use std::cell::RefCell;
use std::panic::PanicHookInfo;
use std::rc::Rc;

use super::dom;
use crate::engine::Frame;

thread_local! {
    static LAST: RefCell<Option<Rc<Frame>>> = const { RefCell::new(None) };
}

/// Keep what a crash panel would offer: the program and the link to it.
pub fn remember(frame: &Rc<Frame>) {
    LAST.with(|last| last.replace(Some(frame.clone())));
}

/// Catch panics from now on.
pub fn install() {
    std::panic::set_hook(Box::new(show));
}

fn show(info: &PanicHookInfo<'_>) {
    console_error_panic_hook::hook(info);
    report(&info.to_string());
}

/// Show the crash panel with `message`, the last program and the link to where it was.
///
/// Nothing in here may panic: what is missing is left out, and a page that can be reloaded remains.
pub fn report(message: &str) {
    let Some(panel) = dom::by_id("crash") else { return };
    let part = |name: &str| panel.query_selector(&format!("[data-crash={name}]")).ok().flatten();
    let last = LAST.with(|last| last.try_borrow().ok().and_then(|last| last.clone()));
    if let Some(place) = part("message") {
        place.set_text_content(Some(message));
    }
    if let (Some(program), Some(last)) = (part("program"), &last) {
        program.set_text_content(Some(&last.text));
    }
    if let (Some(again), Some(last)) = (part("again"), &last) {
        let _ = again.set_attribute("href", &format!("?again#{}", last.link));
    }
    let _ = panel.remove_attribute("hidden");
}
