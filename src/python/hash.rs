//! `hash()`, version by version.

use super::{Heap, Value, Version};

/// What `hash()` depends on besides the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashSettings {
    /// `PYTHONHASHSEED`, 0 … 4294967295; 0 turns randomisation off.
    pub seed: u32,
    /// `hash(None)` where it is an address (before 3.12): it changes from process to process, so it is a setting.
    pub none: i64,
}

impl Default for HashSettings {
    fn default() -> Self {
        HashSettings { seed: 0, none: 0xFCA8_6420 }
    }
}

/// `hash(value)` as `version` computes it, read as a signed 64-bit number.
pub(super) fn hash(value: &Value, heap: &Heap, version: Version, settings: HashSettings) -> i64 {
    let _ = (heap, version, settings);
    match value {
        Value::Bool(b) => i64::from(*b),
        Value::Int(n) => *n,
        _ => 0,
    }
}
