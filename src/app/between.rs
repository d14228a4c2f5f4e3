//! A task that comes between two frames.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::MessageChannel;

/// Calls back as soon as the browser has done what waits, which is sooner than the next frame.
pub struct Between {
    channel: MessageChannel,
    asked: Rc<Cell<bool>>,
    _call: Closure<dyn FnMut()>,
}

impl Between {
    /// `None` where there are no message channels.
    pub fn new(mut call: impl FnMut() + 'static) -> Option<Between> {
        let channel = MessageChannel::new().ok()?;
        let asked = Rc::new(Cell::new(false));
        let call = {
            let asked = asked.clone();
            Closure::<dyn FnMut()>::new(move || {
                asked.set(false);
                call();
            })
        };
        channel.port1().set_onmessage(Some(call.as_ref().unchecked_ref()));
        Some(Between { channel, asked, _call: call })
    }

    /// Have it call once; it may be on its way already.
    pub fn ask(&self) {
        if !self.asked.replace(true) {
            // Fails only for what cannot be copied.
            let _ = self.channel.port2().post_message(&JsValue::NULL);
        }
    }
}
