//! The address bar says what is on the page, so that a reload, Back or a tab that the browser threw away and opens again
//! give the same page.
//!
//! It follows while time stands still, and not in every frame: making a link costs as much as the program is long, and
//! browsers refuse more than some hundred changes in half a minute. What is too long for an address is kept for the tab,
//! in its session storage, under a token that stands in the address (`#tab=…&at=…`).

use std::cell::{Cell, RefCell};

use gloo::timers::callback::Timeout;
use wasm_bindgen::JsValue;
use web_sys::Storage;

use super::shell::Dispatch;
use super::{crash, dom};
use crate::engine::{Command, Engine};

/// Characters of a link that stand in the address themselves.
pub const MOST_IN_ADDRESS: usize = 8_000;
/// Characters of a link that every browser opens.
pub const MOST_IN_LINK: usize = 1_000_000;
/// Milliseconds between two changes of the address: Safari refuses more than 100 in 30 seconds.
const EVERY: u32 = 350;
/// What every name in the tab's storage begins with; `static/crash.js` knows it too.
const KEPT: &str = "dictoscope tab ";

/// The name in it of what the address said when the page went away, and what it should have said.
const LEFT: &str = "dictoscope left";

/// What stands in the address bar.
pub struct Address {
    /// The link to the page as it opens, which needs none.
    opening: String,
    /// The page was opened without a link.
    plain: bool,
    /// Anything but the opening page was shown since.
    left: Cell<bool>,
    /// A save that waits.
    timer: RefCell<Option<Timeout>>,
    changed_at: Cell<f64>,
    /// The engine's revision when a link was last made that is kept for the tab.
    kept: Cell<Option<u64>>,
    /// The engine's revision when the address last followed.
    revision: Cell<u64>,
}

impl Address {
    /// For `engine` as it opens.
    pub fn new(engine: &Engine) -> Address {
        let opening = engine.link();
        crash::remember(&opening);
        Address {
            opening,
            plain: !is_link(&fragment()),
            left: Cell::new(false),
            timer: RefCell::default(),
            changed_at: Cell::new(f64::NEG_INFINITY),
            kept: Cell::new(None),
            revision: Cell::new(engine.revision()),
        }
    }

    /// Something else is on the page, in a program of so many bytes: the address follows, at once unless that takes long
    /// or it changed a moment ago.
    pub fn follow(&self, dispatch: &Dispatch, bytes: usize) {
        let revision = dispatch.read(Engine::revision);
        self.revision.set(revision);
        let is_cheap = bytes <= MOST_IN_ADDRESS || self.kept.get() == Some(revision);
        if is_cheap && dom::now() - self.changed_at.get() >= f64::from(EVERY) {
            dispatch.save(false);
            return;
        }
        let mut timer = self.timer.borrow_mut();
        if timer.is_none() {
            let dispatch = dispatch.clone();
            *timer = Some(Timeout::new(EVERY, move || dispatch.save(false)));
        }
    }

    /// Whether the story is another one than when the address last followed.
    pub fn is_behind(&self, engine: &Engine) -> bool {
        self.revision.get() != engine.revision()
    }

    /// Whether [`Self::save`] has something to do.
    pub fn is_due(&self) -> bool {
        self.timer.borrow().is_some()
    }

    /// Have the address say what `engine` shows; `now` even if it changed a moment ago (the page goes away).
    pub fn save(&self, engine: &Engine, now: bool) {
        self.timer.take();
        if engine.is_building() || crash::has_stopped() {
            return;
        }
        let token = self.token();
        let place = engine.place().to_link();
        let revision = engine.revision();
        let wanted = if engine.lab().is_none() && self.kept.get() == Some(revision) && token.is_some() {
            // Only the place changed.
            token.map(|token| format!("tab={token}&{place}"))
        } else {
            let link = engine.link();
            crash::remember(&link);
            self.kept.set(None);
            if link == self.opening && !self.left.get() {
                return;
            }
            if link == self.opening && self.plain {
                None
            } else if link.len() <= MOST_IN_ADDRESS {
                Some(link)
            } else {
                let token = token.unwrap_or_else(new_token);
                if engine.lab().is_none() && keep(&token, head_of(&link)) {
                    self.kept.set(Some(revision));
                    Some(format!("tab={token}&{place}"))
                } else if link.len() <= MOST_IN_LINK {
                    Some(link)
                } else {
                    // Nowhere to put it.
                    return;
                }
            }
        };
        self.left.set(true);
        if let (true, Some(wanted), Some(storage)) = (now, &wanted, storage())
            && fragment() != *wanted
        {
            // A browser that loads the page again may have read the address already. Without room it is that one.
            let _ = storage.set_item(LEFT, &format!("{} {wanted}", fragment()));
        }
        if now || dom::now() - self.changed_at.get() >= f64::from(EVERY) * 0.9 {
            self.write(wanted.as_deref());
        }
    }

    fn write(&self, wanted: Option<&str>) {
        if fragment() == wanted.unwrap_or_default() {
            return;
        }
        self.changed_at.set(dom::now());
        let token = wanted.and_then(token_of);
        let state = token.map_or(JsValue::NULL, |token| JsValue::from_str(&token));
        let url = match wanted {
            Some(wanted) => format!("#{wanted}"),
            None => dom::here(),
        };
        if let Ok(history) = dom::window().history() {
            // Refused where there were too many changes: the next one says it all.
            let _ = history.replace_state_with_url(&state, "", Some(&url));
        }
    }

    /// The token of this entry of the tab's history.
    fn token(&self) -> Option<String> {
        dom::window().history().ok()?.state().ok()?.as_string().filter(|token| is_token(token))
    }

    /// Open the link in the address bar, unless it leads to where one is.
    pub fn open(&self, dispatch: &Dispatch) {
        let mut address = fragment();
        let left = storage().and_then(|storage| {
            let left = storage.get_item(LEFT).ok().flatten();
            // It is of use once; a storage that gives and does not take does no harm.
            let _ = storage.remove_item(LEFT);
            left
        });
        if let Some((before, after)) = left.as_deref().and_then(|left| left.split_once(' '))
            && before == address
        {
            address = after.to_owned();
        }
        if !is_link(&address) {
            return;
        }
        let kept = token_of(&address).and_then(|token| storage()?.get_item(&format!("{KEPT}{token}")).ok().flatten());
        let link = match (kept, address.split_once('&')) {
            (Some(kept), Some((_, place))) => format!("{kept}&{place}"),
            (Some(kept), None) => kept,
            (None, _) => address,
        };
        if dispatch.read(|engine| engine.link() != link) {
            crash::remember(&link);
            dispatch.send(Command::OpenLink(link));
        }
    }

    /// Another address was opened: from now on the bar always says what is there.
    pub fn arrived(&self) {
        self.left.set(true);
        self.kept.set(None);
    }
}

/// What stands behind `#`.
fn fragment() -> String {
    dom::window().location().hash().unwrap_or_default().trim_start_matches('#').to_owned()
}

fn is_link(fragment: &str) -> bool {
    fragment.contains('=') || fragment == "lab"
}

fn token_of(fragment: &str) -> Option<String> {
    let token = fragment.strip_prefix("tab=")?;
    let token = token.split('&').next().unwrap_or_default();
    is_token(token).then(|| token.to_owned())
}

/// A link without the place, which is its end.
fn head_of(link: &str) -> &str {
    link.rsplit_once("&at=").map_or(link, |(head, _)| head)
}

fn is_token(token: &str) -> bool {
    (1..=16).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// One that this tab has not used.
fn new_token() -> String {
    format!("{:x}", js_sys::Date::now() as u64)
}

fn storage() -> Option<Storage> {
    dom::window().session_storage().ok().flatten()
}

/// Keep `link` for the tab; gives whether the browser took it. What was kept for earlier places goes if there is no room.
fn keep(token: &str, link: &str) -> bool {
    let Some(storage) = storage() else { return false };
    let name = format!("{KEPT}{token}");
    if storage.set_item(&name, link).is_ok() {
        return true;
    }
    let names = (0..storage.length().unwrap_or(0)).filter_map(|nth| storage.key(nth).ok().flatten());
    let others: Vec<String> = names.filter(|other| other.starts_with(KEPT) && *other != name).collect();
    for other in others {
        // If it does not go there is no room, which is what is asked next.
        let _ = storage.remove_item(&other);
    }
    storage.set_item(&name, link).is_ok()
}
