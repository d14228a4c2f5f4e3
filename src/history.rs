//! A table's past, to walk about in.
