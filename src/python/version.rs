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

/// How strings and bytes are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StringHash {
    /// Multiply by 1000003 and xor, unit by unit.
    Multiplicative,
    /// SipHash-2-4.
    SipHash24,
    /// SipHash-1-3.
    SipHash13,
}

/// How the hashes of a tuple's items are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TupleHash {
    /// Xor and multiply, item by item.
    Multiplicative,
    /// xxHash's 64-bit round for each item.
    XxHash,
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

    /// How `str`, `bytes` and `unicode` are hashed.
    pub const fn string_hash(self) -> StringHash {
        match self {
            Version::V2_7 => StringHash::Multiplicative,
            Version::V3_6 | Version::V3_7 | Version::V3_8 | Version::V3_9 | Version::V3_10 => StringHash::SipHash24,
            Version::V3_11 | Version::V3_12 | Version::V3_13 => StringHash::SipHash13,
        }
    }

    /// How tuples are hashed.
    pub const fn tuple_hash(self) -> TupleHash {
        match self {
            Version::V2_7 | Version::V3_6 | Version::V3_7 => TupleHash::Multiplicative,
            _ => TupleHash::XxHash,
        }
    }

    /// `hash(None)` where it is a constant; before 3.12 it is an address, see [`super::HashSettings::none`].
    pub const fn none_hash(self) -> Option<i64> {
        match self {
            Version::V3_12 | Version::V3_13 => Some(0xFCA8_6420),
            _ => None,
        }
    }

    /// Whether `hash(float('nan'))` is the address of the object (from 3.10 on). The page uses 0, as earlier versions do:
    /// an address changes from process to process.
    pub fn nan_hash_is_address(self) -> bool {
        self >= Version::V3_10
    }

    /// What this version changed in dicts and hashes, against the one before it in [`Version::ALL`]; empty if nothing
    /// that shows in a table.
    pub const fn changes(self) -> &'static [&'static str] {
        match self {
            Version::V2_7 => &[
                "One array of slots, each with hash, key and value. Eight slots live inside the dict object.",
                "Full when fill*3 >= size*2, checked after an insert; it then asks for used*4 slots (used*2 above 50,000).",
                "The perturbation is added first and shifted afterwards.",
                "Strings hash by multiplication; only with -R or PYTHONHASHSEED do they depend on a seed.",
                "An int outside 64 bits is a long and has a hash rule of its own.",
            ],
            Version::V3_6 => &[
                "Sparse indices beside dense entries: a dict keeps insertion order.",
                "The perturbation is shifted first and then added.",
                "Full when no entry is left (usable == 0), checked before an insert; it then asks for used*2 + size/2 slots.",
                "An insert uses up an entry even where it reuses a dummy slot.",
                "clear() leaves a shared table of one slot.",
                "str and bytes hash with SipHash-2-4, ints and floats modulo 2**61 - 1.",
            ],
            Version::V3_7 => &[
                "A full table asks for used*3 slots, whatever its size was: after many deletions the next resize may shrink it far.",
                "copy() clones the table, holes included, if at least two thirds of its entries are live.",
            ],
            Version::V3_8 => &[
                "{} starts on the shared table of one slot and takes memory with its first key.",
                "Tuples hash in the style of xxHash.",
                "The garbage collector's header shrank from 32 to 16 bytes.",
            ],
            Version::V3_9 => &["d |= other is new."],
            Version::V3_10 => &[
                "The size is found by bit counting: a wanted size of 1 to 7, or a power of two from 16 on, gives twice as many slots.",
                "dict(d) clones a dict that has no holes and is not too sparse.",
                "hash(float('nan')) is the address of the object; the page uses 0.",
            ],
            Version::V3_11 => &[
                "A table whose keys are all str stores no hashes: 16 bytes an entry instead of 24.",
                "The first other key turns it into a general table, by a resize.",
                "str and bytes hash with SipHash-1-3.",
            ],
            Version::V3_12 => &["hash(None) is a constant instead of an address."],
            Version::V3_13 => &["Nothing that shows in a dict: slot by slot and byte by byte as 3.12."],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_versions() {
        for version in Version::ALL {
            assert_eq!(Version::from_name(version.name()), Some(version));
        }
        assert_eq!(Version::from_name("3.5"), None);
    }
}
