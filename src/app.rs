//! The page: Yew components over one [`Engine`](crate::engine::Engine).
//!
//! Nothing here owns table data or a rule. What changes slowly comes down as a [`Frame`](crate::engine::Frame) in
//! properties; what changes with every frame while time runs (the map, the cursors, the counters) is written straight
//! into the document by the [`shell`]'s painters, past the virtual DOM.

mod about;
mod address;
mod between;
mod chart;
mod compact;
mod compare;
mod console;
pub mod crash;
mod dom;
mod fingers;
mod gauge;
mod header;
mod help;
mod ink;
mod inspector;
mod keys;
mod lab;
mod map;
mod narration;
mod page;
mod printed;
mod program;
mod shell;
mod sides;
mod size;
mod spoken;
mod stage;
mod timeline;
mod transport;

/// Put the page into the document.
pub fn mount() {
    crash::install();
    let root = dom::by_id("app").expect("index.html has an element with the id app");
    yew::Renderer::<page::Page>::with_root(root).render();
}
