//! What differs between the versions of CPython, in one place.
//!
//! Every field is a fact read off the real interpreter (64-bit, little endian, GIL builds); the algorithms that use them
//! live once each, in [`crate::python::hash`] and [`crate::table`].

/// A CPython version whose `dict` this crate reproduces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// 2.7.18, UCS-4 build
    V2_7,
    /// 3.6.15
    V3_6,
    /// 3.7.16
    V3_7,
    /// 3.8.18
    V3_8,
    /// 3.9.18
    V3_9,
    /// 3.10.13
    V3_10,
    /// 3.11.7
    V3_11,
    /// 3.12.1
    V3_12,
    /// 3.13.0
    V3_13,
}

impl Version {
    /// All of them, oldest first.
    pub const ALL: [Version; 9] = [
        Version::V2_7,
        Version::V3_6,
        Version::V3_7,
        Version::V3_8,
        Version::V3_9,
        Version::V3_10,
        Version::V3_11,
        Version::V3_12,
        Version::V3_13,
    ];

    /// As people write it: `"2.7"`, `"3.12"`.
    pub const fn name(self) -> &'static str {
        match self {
            Version::V2_7 => "2.7",
            Version::V3_6 => "3.6",
            Version::V3_7 => "3.7",
            Version::V3_8 => "3.8",
            Version::V3_9 => "3.9",
            Version::V3_10 => "3.10",
            Version::V3_11 => "3.11",
            Version::V3_12 => "3.12",
            Version::V3_13 => "3.13",
        }
    }

    /// The version called `name`, if it is one of [`Version::ALL`].
    pub fn from_name(name: &str) -> Option<Version> {
        Version::ALL.into_iter().find(|v| v.name() == name)
    }

    /// Python 2, where `'…'` is a byte string and `u'…'` is text.
    pub const fn is_py2(self) -> bool {
        matches!(self, Version::V2_7)
    }
}
