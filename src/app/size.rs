//! How large elements are, known without asking for layout in the middle of a frame.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, ResizeObserver};
use yew::prelude::*;

use super::dom;

/// The inner size of the element behind `node` in CSS pixels, without its border: 0 × 0 until it stands in the page.
/// `changed` is told of every new one.
#[hook]
pub fn use_size(node: &NodeRef, changed: impl Fn((f64, f64)) + 'static) -> Rc<Cell<(f64, f64)>> {
    let size = use_memo((), |_| Cell::new((0.0, 0.0)));
    {
        let (node, size) = (node.clone(), size.clone());
        use_effect_with((), move |_| {
            let element = node.cast::<Element>();
            let measure = move || {
                let now = dom::inner_size(&node);
                if size.replace(now) != now {
                    changed(now);
                }
            };
            measure();
            let closure = Closure::<dyn FnMut()>::new(measure);
            // Without an observer the first measure stands.
            let observer = ResizeObserver::new(closure.as_ref().unchecked_ref()).ok();
            if let (Some(observer), Some(element)) = (&observer, &element) {
                observer.observe(element);
            }
            move || {
                if let Some(observer) = observer {
                    observer.disconnect();
                }
                drop(closure);
            }
        });
    }
    size
}
