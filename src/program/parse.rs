//! Program text: lines of Python, with errors that say where and what to write instead.
