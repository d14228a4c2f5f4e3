//! What differs between the versions of CPython, in one place.
//!
//! Every field is a fact read off the real interpreter (64-bit, little endian, GIL builds); the algorithms that use them
//! live once each, in [`crate::python::hash`] and [`crate::table`].

/// A CPython version whose `dict` this crate reproduces. Releases of one minor version are alike in all that is here, but for
/// those of 3.13: see [`Version::of_release`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// 2.7, read off 2.7.18 with four bytes a character (UCS-4)
    V2_7,
    /// 3.6, read off 3.6.15
    V3_6,
    /// 3.7, read off 3.7.16
    V3_7,
    /// 3.8, read off 3.8.18
    V3_8,
    /// 3.9, read off 3.9.18
    V3_9,
    /// 3.10, read off 3.10.13
    V3_10,
    /// 3.11, read off 3.11.7
    V3_11,
    /// 3.12, read off 3.12.1
    V3_12,
    /// 3.13.0 to 3.13.3, read off 3.13.0
    V3_13_0,
    /// 3.13.4 and later releases of 3.13, read off 3.13.18
    V3_13,
    /// 3.14, read off 3.14.10
    V3_14,
    /// 3.15, read off 3.15.2
    V3_15,
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
    pub const ALL: [Version; 12] = [
        Version::V2_7,
        Version::V3_6,
        Version::V3_7,
        Version::V3_8,
        Version::V3_9,
        Version::V3_10,
        Version::V3_11,
        Version::V3_12,
        Version::V3_13_0,
        Version::V3_13,
        Version::V3_14,
        Version::V3_15,
    ];

    /// The newest: what the page opens on, and what tables that are no CPython's take their objects and hashes from.
    pub const LATEST: Version = Version::V3_15;

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
            Version::V3_13_0 => "3.13.0",
            Version::V3_13 => "3.13",
            Version::V3_14 => "3.14",
            Version::V3_15 => "3.15",
        }
    }

    /// The version called `name`, if it is one of [`Version::ALL`].
    pub fn from_name(name: &str) -> Option<Version> {
        Version::ALL.into_iter().find(|v| v.name() == name)
    }

    /// Major and minor number: `(3, 13)` for both rows of 3.13.
    pub const fn number(self) -> (u32, u32) {
        match self {
            Version::V2_7 => (2, 7),
            Version::V3_6 => (3, 6),
            Version::V3_7 => (3, 7),
            Version::V3_8 => (3, 8),
            Version::V3_9 => (3, 9),
            Version::V3_10 => (3, 10),
            Version::V3_11 => (3, 11),
            Version::V3_12 => (3, 12),
            Version::V3_13_0 | Version::V3_13 => (3, 13),
            Version::V3_14 => (3, 14),
            Version::V3_15 => (3, 15),
        }
    }

    /// The version that a release belongs to: `(3, 12, 4)` to 3.12, `(3, 13, 2)` to 3.13.0.
    ///
    /// The sizes of tables are chosen otherwise since 3.13.4 (CPython issue 133703).
    pub fn of_release(major: u32, minor: u32, patch: u32) -> Option<Version> {
        let mut rows = Version::ALL.into_iter().filter(|version| version.number() == (major, minor));
        match rows.next()? {
            Version::V3_13_0 if patch >= 4 => rows.next(),
            version => Some(version),
        }
    }

    /// The release that all facts here were read off: 64-bit, with the GIL.
    pub const fn read_off(self) -> &'static str {
        match self {
            Version::V2_7 => "2.7.18",
            Version::V3_6 => "3.6.15",
            Version::V3_7 => "3.7.16",
            Version::V3_8 => "3.8.18",
            Version::V3_9 => "3.9.18",
            Version::V3_10 => "3.10.13",
            Version::V3_11 => "3.11.7",
            Version::V3_12 => "3.12.1",
            Version::V3_13_0 => "3.13.0",
            Version::V3_13 => "3.13.18",
            Version::V3_14 => "3.14.10",
            Version::V3_15 => "3.15.2",
        }
    }

    /// The releases it stands for.
    pub const fn releases(self) -> &'static str {
        match self {
            Version::V2_7 => "2.7.x",
            Version::V3_6 => "3.6.x",
            Version::V3_7 => "3.7.x",
            Version::V3_8 => "3.8.x",
            Version::V3_9 => "3.9.x",
            Version::V3_10 => "3.10.x",
            Version::V3_11 => "3.11.x",
            Version::V3_12 => "3.12.x",
            Version::V3_13_0 => "3.13.0 to 3.13.3",
            Version::V3_13 => "3.13.4 and later 3.13.x",
            Version::V3_14 => "3.14.x",
            Version::V3_15 => "3.15.x",
        }
    }

    /// Which releases or builds of it print another `sys.getsizeof(d)` than the one shown, and why; `None` if no such ones
    /// are known among 64-bit builds with the GIL.
    ///
    /// The header that the garbage collector puts before each object (`PyGC_Head`, `Include/objimpl.h`) is three words,
    /// rounded up to what C's `long double` wants: to 32 bytes on Linux and macOS, not at all on Windows. 3.0 to 3.7.3
    /// had `double` there (bpo-27987).
    pub const fn other_sizes(self) -> Option<&'static str> {
        match self {
            Version::V2_7 => Some(
                "Builds whose C has no long double of 16 bytes, as on Windows, print 8 bytes less (272 for {}): the \
                 garbage collector's header has 24 bytes there, not 32.",
            ),
            Version::V3_6 => Some(
                "3.6 as it was released prints 8 bytes less (240 for {}): the garbage collector's header has 24 bytes \
                 there. It has 32, as here, in builds with the patch of 3.7.4 for bpo-27987, such as pyenv's 3.6.15.",
            ),
            Version::V3_7 => Some(
                "3.7.0 to 3.7.3, and later ones on Windows, print 8 bytes less (240 for {}): the garbage collector's \
                 header has 24 bytes there, not 32 (bpo-27987).",
            ),
            Version::V3_8
            | Version::V3_9
            | Version::V3_10
            | Version::V3_11
            | Version::V3_12
            | Version::V3_13_0
            | Version::V3_13
            | Version::V3_14
            | Version::V3_15 => None,
        }
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
            Version::V3_11 | Version::V3_12 | Version::V3_13_0 | Version::V3_13 | Version::V3_14 | Version::V3_15 => {
                StringHash::SipHash13
            }
        }
    }

    /// How tuples are hashed.
    pub const fn tuple_hash(self) -> TupleHash {
        match self {
            Version::V2_7 | Version::V3_6 | Version::V3_7 => TupleHash::Multiplicative,
            Version::V3_8
            | Version::V3_9
            | Version::V3_10
            | Version::V3_11
            | Version::V3_12
            | Version::V3_13_0
            | Version::V3_13
            | Version::V3_14
            | Version::V3_15 => TupleHash::XxHash,
        }
    }

    /// `hash(None)` where it is a constant; before 3.12 it is an address, see [`super::HashSettings::none`].
    pub const fn none_hash(self) -> Option<i64> {
        match self {
            Version::V2_7
            | Version::V3_6
            | Version::V3_7
            | Version::V3_8
            | Version::V3_9
            | Version::V3_10
            | Version::V3_11 => None,
            Version::V3_12 | Version::V3_13_0 | Version::V3_13 | Version::V3_14 | Version::V3_15 => Some(0xFCA8_6420),
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
            Version::V3_13_0 => &["Nothing that shows in a dict: slot by slot and byte by byte as 3.12."],
            Version::V3_13 => &[
                "3.13.4 finds sizes as 3.6 to 3.9 did, the smallest power of two that is not below what is wanted: a wanted \
                 size of 1 to 7, or a power of two from 16 on, no longer gives twice as many slots.",
            ],
            Version::V3_14 => &[
                "Nothing that shows in a dict's table: as 3.13.4 and later.",
                "An unhashable key is refused with \"cannot use 'list' as a dict key (unhashable type: 'list')\".",
            ],
            Version::V3_15 => &[
                "Nothing that shows in a dict's table: as 3.14.",
                "frozendict is new: a table that never changes, and a hash of its own.",
            ],
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

    #[test]
    fn the_latest_is_the_last() {
        assert_eq!(Version::ALL.last(), Some(&Version::LATEST));
        assert!(Version::ALL.is_sorted());
    }

    #[test]
    fn releases_belong_to_versions() {
        for version in Version::ALL {
            let numbers: Vec<u32> = version.read_off().split('.').map(|n| n.parse().unwrap()).collect();
            assert_eq!(Version::of_release(numbers[0], numbers[1], numbers[2]), Some(version));
        }
        for (patch, version) in
            [(0, Version::V3_13_0), (3, Version::V3_13_0), (4, Version::V3_13), (99, Version::V3_13)]
        {
            assert_eq!(Version::of_release(3, 13, patch), Some(version));
        }
        for (major, minor) in [(3, 5), (3, 16), (2, 6), (4, 0)] {
            assert_eq!(Version::of_release(major, minor, 0), None);
        }
    }
}
