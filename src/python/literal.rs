//! Python literals: text in, objects or errors out.
