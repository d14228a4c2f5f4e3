//! Seeded generators of operations, and the scenarios of the menu.
