//! Everything that asks the browser for something: elements, casts, settings of the reader.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::EventListener;
use js_sys::futures::JsFuture;
use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, Event, EventTarget, HtmlElement, HtmlInputElement, HtmlSelectElement};
use web_sys::{HtmlTextAreaElement, MediaQueryList, MouseEvent, Window};
use yew::NodeRef;
use yew::platform::spawn_local;

use crate::view::palette::Palette;

pub fn window() -> Window {
    gloo::utils::window()
}

pub fn document() -> Document {
    gloo::utils::document()
}

pub fn by_id(id: &str) -> Option<Element> {
    document().get_element_by_id(id)
}

/// Milliseconds of a steady clock.
pub fn now() -> f64 {
    window().performance().map_or(0.0, |p| p.now())
}

thread_local! {
    static DARK: Option<MediaQueryList> = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
    static MEASURED: bool = window().location().search().is_ok_and(|search| search == "?measure");
}

/// Do `work`. With `?measure` in the address the browser's User Timing keeps how long it took; `./dev bench page` reads
/// that.
pub fn timed<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let clock = window().performance().filter(|_| MEASURED.with(|&measured| measured));
    // Marks and measures fail only for names that the browser keeps to itself.
    let _ = clock.as_ref().map(|clock| clock.mark("start"));
    let done = work();
    let _ = clock.as_ref().map(|clock| clock.measure_with_start_mark(name, "start"));
    done
}

/// The reader asked their system for less motion.
pub fn wants_stillness() -> bool {
    window().match_media("(prefers-reduced-motion: reduce)").ok().flatten().is_some_and(|m| m.matches())
}

/// The page is shown dark.
pub fn is_dark() -> bool {
    match document().document_element().and_then(|root| root.get_attribute("data-theme")).as_deref() {
        Some("dark") => true,
        Some("light") => false,
        _ => DARK.with(|dark| dark.as_ref().is_some_and(MediaQueryList::matches)),
    }
}

/// The colours that the page is shown in.
pub fn palette() -> &'static Palette {
    if is_dark() { &Palette::DARK } else { &Palette::LIGHT }
}

/// What the field that an event came from holds.
pub fn value_of(event: &Event) -> String {
    let Some(target) = event.target() else { return String::new() };
    let target: &JsValue = target.as_ref();
    if let Some(input) = target.dyn_ref::<HtmlInputElement>() {
        input.value()
    } else if let Some(select) = target.dyn_ref::<HtmlSelectElement>() {
        select.value()
    } else if let Some(area) = target.dyn_ref::<HtmlTextAreaElement>() {
        area.value()
    } else {
        String::new()
    }
}

/// Whether keys typed at `target` are text and not commands.
pub fn takes_text(target: Option<EventTarget>) -> bool {
    let Some(element) = target.and_then(|t| t.dyn_into::<Element>().ok()) else { return false };
    match element.tag_name().as_str() {
        "TEXTAREA" | "SELECT" => true,
        "INPUT" => !matches!(element.get_attribute("type").as_deref(), Some("range" | "checkbox" | "button")),
        _ => false,
    }
}

/// Set the text of a node that the virtual DOM leaves alone.
pub fn set_text(node: &NodeRef, text: &str) {
    if let Some(element) = node.cast::<HtmlElement>()
        && element.text_content().as_deref() != Some(text)
    {
        element.set_text_content(Some(text));
    }
}

/// The inner size of a node in CSS pixels. To be asked between frames: the browser may have to lay out the page for it.
pub fn inner_size(node: &NodeRef) -> (f64, f64) {
    node.cast::<Element>().map_or((0.0, 0.0), |e| (e.client_width().into(), e.client_height().into()))
}

/// The inner size of the window in CSS pixels.
pub fn window_size() -> (f64, f64) {
    let of = |size: Result<JsValue, JsValue>| size.ok().and_then(|size| size.as_f64()).unwrap_or(0.0);
    (of(window().inner_width()), of(window().inner_height()))
}

/// Put an element with this text before all others in a list that the virtual DOM leaves alone.
pub fn prepend(list: &NodeRef, tag: &str, text: &str) {
    if let (Some(list), Ok(item)) = (list.cast::<Element>(), document().create_element(tag)) {
        item.set_text_content(Some(text));
        // It is a new element: it can stand anywhere.
        let _ = list.insert_before(&item, list.first_child().as_ref());
    }
}

/// Set one CSS property of a node.
pub fn set_style(node: &NodeRef, name: &str, value: &str) {
    if let Some(element) = node.cast::<HtmlElement>() {
        // A property the browser does not know is no reason to stop drawing.
        let _ = element.style().set_property(name, value);
    }
}

/// Move the keyboard's focus.
pub fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        // Focus fails only for elements that are no longer there.
        let _ = element.focus();
    } else if let Some(element) = element.dyn_ref::<web_sys::SvgElement>() {
        let _ = element.focus();
    }
}

/// The `id` of the element that has the keyboard's focus.
pub fn focused_id() -> Option<String> {
    document().active_element().map(|element| element.id()).filter(|id| !id.is_empty())
}

/// Give the focus back to what had it, if its element went away and another one with the same `id` came.
pub fn focus_again(id: Option<&str>) {
    if let Some(element) = id.and_then(by_id)
        && document().active_element().is_none_or(|focused| focused.tag_name() == "BODY")
    {
        focus(&element);
    }
}

/// Keeps the keyboard's focus on the page when what had it goes away or is switched off.
pub struct FocusKeeper {
    last: Rc<RefCell<Option<Held>>>,
    _listeners: [EventListener; 2],
}

/// What had the focus, and what it stood in, from the inside out.
struct Held {
    element: Element,
    around: Vec<Element>,
}

/// What takes the focus in place of something that stood in the same part of the page.
const FOCUSABLE: &str =
    "#play, button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea, [tabindex='0']";

impl FocusKeeper {
    /// Keeps it until this is dropped.
    pub fn new() -> FocusKeeper {
        let last = Rc::new(RefCell::new(None));
        let focused = {
            let last = last.clone();
            EventListener::new(&window(), "focusin", move |event| {
                let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                *last.borrow_mut() = element.map(|element| {
                    let around =
                        std::iter::successors(element.parent_element(), |part: &Element| part.parent_element())
                            .collect();
                    Held { element, around }
                });
            })
        };
        // Who presses nothing wants the focus nowhere.
        let pressed = {
            let last = last.clone();
            EventListener::new(&window(), "pointerdown", move |_| *last.borrow_mut() = None)
        };
        FocusKeeper { last, _listeners: [focused, pressed] }
    }

    /// To be called when the page has changed.
    pub fn keep(&self) {
        let last = self.last.borrow();
        let Some(Held { element, around }) = &*last else { return };
        let off = element.matches(":disabled").unwrap_or(false);
        let elsewhere = document().active_element().is_some_and(|now| now.tag_name() != "BODY" && now != *element);
        if element.is_connected() && !off || elsewhere {
            return;
        }
        let same = Some(element.id()).filter(|id| !off && !id.is_empty()).and_then(|id| by_id(&id));
        let near = || {
            let parts = around.iter().filter(|part| part.is_connected());
            parts.filter_map(|part| part.query_selector(FOCUSABLE).ok().flatten()).next()
        };
        let next = same.or_else(near);
        drop(last);
        if let Some(next) = next {
            focus(&next);
        }
    }
}

/// The page's address without a fragment, as seen from its own machine.
pub fn here() -> String {
    let location = window().location();
    // Both are there for every page that came from a server.
    format!("{}{}", location.pathname().unwrap_or_default(), location.search().unwrap_or_default())
}

/// The address that opens what the link says.
pub fn address_of(link: &str) -> String {
    let location = window().location();
    let (origin, path) = (location.origin().unwrap_or_default(), location.pathname().unwrap_or_default());
    format!("{origin}{path}#{link}")
}

/// Put `text` on the clipboard, and tell `done` whether the browser took it.
pub fn copy(text: &str, done: impl FnOnce(bool) + 'static) {
    // There is none on pages that did not come over https, and it may throw or refuse.
    let promise = js_sys::Reflect::get(&window().navigator(), &"clipboard".into()).and_then(|clipboard| {
        let write: Function = js_sys::Reflect::get(&clipboard, &"writeText".into())?.dyn_into()?;
        write.call1(&clipboard, &text.into())
    });
    spawn_local(async move {
        done(match promise {
            Ok(promise) => JsFuture::from(Promise::resolve(&promise)).await.is_ok(),
            Err(_) => false,
        });
    });
}

/// Select all text of a field.
pub fn select_all(node: &NodeRef) {
    if let Some(field) = node.cast::<HtmlTextAreaElement>() {
        field.select();
    }
}

/// Set what an input field shows.
pub fn set_value(node: &NodeRef, value: &str) {
    if let Some(input) = node.cast::<HtmlInputElement>()
        && input.value() != value
    {
        input.set_value(value);
    }
}

/// Give a node a class or take it away.
pub fn set_class(node: &NodeRef, class: &str, on: bool) {
    if let Some(element) = node.cast::<Element>() {
        // Fails only for class names with spaces.
        let _ = element.class_list().toggle_with_force(class, on);
    }
}

/// Time runs, or is dragged, faster than anybody reads.
pub fn set_hurried(hurried: bool) {
    if let Some(root) = document().document_element() {
        let _ = root.class_list().toggle_with_force("hurried", hurried);
    }
}

/// How far across a node a pointer event is, 0 … 1.
pub fn part_across(node: &NodeRef, event: &MouseEvent) -> Option<f64> {
    let rect = node.cast::<Element>()?.get_bounding_client_rect();
    (rect.width() > 0.0).then(|| ((f64::from(event.client_x()) - rect.left()) / rect.width()).clamp(0.0, 1.0))
}

/// Show the first option of the list that an event came from again: it is a menu.
pub fn choose_first(event: &Event) {
    if let Some(select) = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok()) {
        select.set_selected_index(0);
    }
}

/// Have the browser save `text` as a file.
pub fn save(name: &str, text: &str) {
    let Some(link) = document().create_element("a").ok().and_then(|a| a.dyn_into::<HtmlElement>().ok()) else { return };
    let data: String = js_sys::encode_uri_component(text).into();
    for (attribute, value) in [("download", name), ("href", &format!("data:text/csv;charset=utf-8,{data}"))] {
        // Both are attributes that every link has.
        let _ = link.set_attribute(attribute, value);
    }
    link.click();
}
