//! Python objects as dictionary keys and values.
//!
//! Tables handle objects as [`Obj`], four bytes each; what an object is, its `hash()`, `==` and `repr()` are asked of the
//! [`Heap`], which is made for one [`Version`] of Python: the same literal is a different object in 2.7 and in 3.x.
//! Program text becomes objects in two steps: [`Expr::parse`], once, and [`Expr::eval`], as often as the line is run.

pub mod cursor;
pub mod excerpt;
pub mod expr;
pub mod hash;
pub mod limits;
pub mod literal;
pub mod number;
mod printable;
mod repr;
mod set;
mod spread;
pub mod value;
pub mod version;

pub use cursor::{Cursor, ParseError};
pub use excerpt::{excerpt, quote};
pub use expr::Expr;
pub use hash::HashSettings;
pub use spread::ObjMap;
pub use value::{Foreign, Heap, Obj, Value};
pub use version::Version;
