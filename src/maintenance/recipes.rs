//! The strategies as short Python.

use super::Strategy;

/// A strategy in Python: a class `Store` with `get`, `set` and `delete`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// Its file in `recipes/`. Those for asyncio have it in their name; the others are for threads.
    pub file: &'static str,
    /// The Python.
    pub text: &'static str,
}

macro_rules! recipes {
    ($($file:literal),*) => {
        &[$(Recipe { file: $file, text: include_str!(concat!("../../recipes/", $file)) }),*]
    };
}

impl Strategy {
    /// Recipes for it; none for what nobody has to do.
    pub const fn recipes(self) -> &'static [Recipe] {
        match self {
            Strategy::Never | Strategy::Itself => &[],
            Strategy::Threshold => recipes!["threshold.py"],
            Strategy::Schedule => recipes!["schedule.py", "schedule_asyncio.py"],
            Strategy::Quiet => recipes!["quiet.py", "quiet_asyncio.py"],
            Strategy::Locked => recipes!["locked.py", "locked_asyncio.py"],
            Strategy::Sliced => recipes!["sliced.py", "sliced_asyncio.py"],
            Strategy::Background => recipes!["background.py", "background_asyncio.py"],
        }
    }
}
