//! Pure functions of a state: pixels or sentences out.
