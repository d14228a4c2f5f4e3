//! The page.

/// Put the page into the document.
pub fn mount() {}
