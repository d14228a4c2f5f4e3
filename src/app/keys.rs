//! The keyboard: one list, used by the listener and by the help.

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;

use super::dom;
use super::shell::Dispatch;
use crate::engine::Command;
use crate::engine::clock::Direction;
use crate::engine::lab::LabCommand;
use crate::history::{Marks, Wanted};

/// What the help says: keys and what they do.
pub const HELP: [(&str, &str); 16] = [
    ("Space", "play or pause"),
    ("→  ←", "one step on or back: a probe, a comparison, a write, one move of a resize"),
    ("Shift + →  ←", "one whole operation on or back"),
    ("Home  End", "to the beginning, to the end"),
    ("R  Shift + R", "to the next or previous resize"),
    ("T  Shift + T", "to the next or previous operation that leaves a tombstone"),
    ("U  Shift + U", "to the next or previous insert that reuses a tombstone"),
    ("C  Shift + C", "to the next or previous collision"),
    ("E  Shift + E", "to the next or previous error"),
    ("+  −", "faster, slower"),
    ("B", "play backwards"),
    ("L", "to the lab and back; there → is a tick, Shift + → a hundred, R where memory changes"),
    ("/", "type a line of Python"),
    ("Ctrl + Z", "undo, Ctrl + Shift + Z redo"),
    ("Esc", "let go of the selected slot; close this list"),
    ("?", "show or hide this list"),
];

/// Listen until the result is dropped.
pub fn listen(dispatch: Dispatch, toggle_help: impl Fn() + 'static) -> EventListener {
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&dom::window(), "keydown", options, move |event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        if event.default_prevented() || event.alt_key() || event.meta_key() || dom::takes_text(event.target()) {
            return;
        }
        let key = event.key();
        if key == "?" {
            toggle_help();
        } else if key == "/" {
            if let Some(line) = dom::by_id("line").and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
                // Focus can only fail for elements that are not there.
                let _ = line.focus();
            }
        } else if matches!(&*key, "l" | "L") && !event.ctrl_key() {
            let open = dispatch.read(|engine| engine.lab().is_some());
            dispatch.send(Command::Lab(if open { LabCommand::Close } else { LabCommand::Open }));
        } else if let Some(command) = command(&key, event.shift_key(), event.ctrl_key(), aimed_at(event)) {
            dispatch.send(command);
        } else {
            return;
        }
        event.prevent_default();
    })
}

/// What a key is aimed at.
#[derive(Clone, Copy, PartialEq)]
enum Aim {
    Page,
    /// It has its own use for Space and the arrows.
    Button,
    /// It has its own use for Home and End as well.
    Other,
}

fn aimed_at(event: &KeyboardEvent) -> Aim {
    let element = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    element.map_or(Aim::Page, |element| match element.tag_name().as_str() {
        _ if element.has_attribute("data-keys") => Aim::Other,
        "INPUT" => Aim::Other,
        "BUTTON" | "A" | "SUMMARY" => Aim::Button,
        _ => Aim::Page,
    })
}

fn command(key: &str, shift: bool, ctrl: bool, aim: Aim) -> Option<Command> {
    let (on_control, on_text) = (aim != Aim::Page, aim == Aim::Other);
    let way = if shift { Direction::Backward } else { Direction::Forward };
    let jump = |mark| Some(Command::Jump(Wanted::Marks(mark), way));
    if ctrl {
        return match (key, shift) {
            ("z", false) => Some(Command::Undo),
            ("Z" | "z", true) | ("y", false) => Some(Command::Redo),
            _ => None,
        };
    }
    match key {
        " " if !on_control => Some(Command::Toggle),
        "ArrowRight" if !on_control => Some(if shift { Command::StepOps(1) } else { Command::Step(1) }),
        "ArrowLeft" if !on_control => Some(if shift { Command::StepOps(-1) } else { Command::Step(-1) }),
        "Home" if !on_text => Some(Command::Seek(0)),
        "End" if !on_text => Some(Command::Seek(usize::MAX)),
        "+" | "=" => Some(Command::Faster(1)),
        "-" | "−" => Some(Command::Faster(-1)),
        "b" | "B" => Some(Command::Play(Direction::Backward)),
        "r" | "R" => jump(Marks::RESIZE),
        "t" | "T" => jump(Marks::DELETE),
        "u" | "U" => jump(Marks::REUSE),
        "c" | "C" => jump(Marks::COLLISION),
        "e" | "E" => jump(Marks::ERROR),
        "Escape" => Some(Command::Select(None)),
        _ => None,
    }
}
