//! Objects, the heap they live in, `==` and `repr()`.

use std::borrow::Cow;

use num_bigint::BigInt;

use super::hash::{self, HashSettings};
use super::version::Version;
use super::{number, repr};

/// A reference to a Python object: what a table stores for a key or a value.
///
/// Integers of 30 bits (-2^29 … 2^29-2) are held in the reference itself, all other objects in a [`Heap`]. The top bit is
/// never set and never are all the others at once: tables mark a tombstone with it, and an empty cell with all 32.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Obj(u32);

impl std::fmt::Debug for Obj {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.small_int() {
            Some(n) => write!(f, "Obj({n})"),
            None => write!(f, "Obj(@{})", self.0),
        }
    }
}

const SMALL_TAG: u32 = 1 << 30;
const SMALL_BIAS: i64 = 1 << 29;
const SMALL_RANGE: std::ops::Range<i64> = -SMALL_BIAS..SMALL_BIAS - 1;

impl Obj {
    /// `None`, the same in every heap.
    pub const NONE: Obj = Obj(0);
    /// `False`, the same in every heap.
    pub const FALSE: Obj = Obj(1);
    /// `True`, the same in every heap.
    pub const TRUE: Obj = Obj(2);

    /// The 31 bits of this reference.
    #[inline]
    pub const fn to_bits(self) -> u32 {
        self.0
    }

    /// The reference that [`Obj::to_bits`] gave.
    #[inline]
    pub const fn from_bits(bits: u32) -> Obj {
        debug_assert!(bits < 1 << 31);
        Obj(bits)
    }

    /// The integer held in the reference itself.
    #[inline]
    pub const fn small_int(self) -> Option<i64> {
        if self.is_small() { Some((self.0 & (SMALL_TAG - 1)) as i64 - SMALL_BIAS) } else { None }
    }

    #[inline]
    const fn is_small(self) -> bool {
        self.0 & SMALL_TAG != 0
    }

    #[inline]
    const fn from_small(n: i64) -> Obj {
        Obj(SMALL_TAG | (n + SMALL_BIAS) as u32)
    }

    /// The integer `n`, if the reference itself can hold it.
    pub(crate) fn from_int(n: i64) -> Option<Obj> {
        SMALL_RANGE.contains(&n).then(|| Obj::from_small(n))
    }

    /// Where it is in the heap, if it is not a small integer.
    #[inline]
    const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a Python object is.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// An `int` of 64 bits.
    Int(i64),
    /// An `int` outside 64 bits. In 2.7 every `long`, also a small one: `1L`.
    Big(Box<BigInt>),
    /// A `float`; every NaN literal is a new object, equal to nothing, found by identity.
    Float(f64),
    /// Text as code points (3.x: `str`; 2.7: `unicode`). Lone surrogates are ordinary code points.
    Str(Box<[u32]>),
    /// Bytes (3.x: `bytes`; 2.7: `str`).
    Bytes(Box<[u8]>),
    /// A `tuple`.
    Tuple(Box<[Obj]>),
    /// A `frozenset`, its items distinct, in the order given.
    FrozenSet(Box<[Obj]>),
    /// A `uuid.UUID`.
    Uuid([u8; 16]),
    /// An object that no literal makes, of which a recording tells type and hash ([`Heap::alloc_recorded`]).
    Foreign(Box<Foreign>),
    /// An object that only the program that made it knows: a table sees that it is the same one, and no more.
    Other(Other),
}

/// What is known of an object that was recorded: nothing that it could be made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The name of its type.
    pub kind: Box<str>,
    /// Which of that type it is. Without it two of the same type and hash are the same key.
    pub serial: Option<u64>,
}

/// An object whose contents are kept by the program that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Other {
    /// What it is.
    pub kind: OtherKind,
    /// Its number there.
    pub id: u32,
}

/// The kinds of [`Other`] objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherKind {
    /// A `list`
    List,
    /// A `dict` beside the one on show.
    Dict,
    /// A `set`
    Set,
    /// A `range`
    Range,
    /// An `object()`; the only one of these that may be a key, with a made-up address for its hash.
    Object,
    /// An iterator, or a view of a dict's keys, values or items.
    Iterator,
    /// What `sys.getsizeof` gave, which is another number for a table that is not CPython's.
    Size,
}

impl Value {
    /// Bytes held outside the enum itself.
    pub(super) fn boxed(&self) -> usize {
        match self {
            Value::Big(n) => size_of::<BigInt>() + n.bits().div_ceil(64) as usize * 8,
            Value::Str(text) => size_of_val(&**text),
            Value::Bytes(bytes) => bytes.len(),
            Value::Tuple(items) | Value::FrozenSet(items) => size_of_val(&**items),
            Value::Foreign(one) => size_of::<Foreign>() + one.kind.len(),
            Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Uuid(_) | Value::Other(_) => 0,
        }
    }
}

/// The objects of one program under one version of Python, with their hashes.
#[derive(Clone, Debug)]
pub struct Heap {
    version: Version,
    settings: HashSettings,
    values: Vec<Value>,
    hashes: Vec<i64>,
    /// Bytes that the values hold outside `values`.
    boxed: usize,
}

impl Heap {
    /// A heap that holds only `None`, `False` and `True`.
    pub fn new(version: Version, settings: HashSettings) -> Heap {
        let mut heap = Heap { version, settings, values: Vec::new(), hashes: Vec::new(), boxed: 0 };
        for constant in [Value::None, Value::Bool(false), Value::Bool(true)] {
            heap.push(constant);
        }
        heap
    }

    /// The version of Python whose rules these objects follow.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The settings their hashes were computed with.
    pub fn settings(&self) -> HashSettings {
        self.settings
    }

    /// A new object. Constants and small integers are shared, as in CPython; everything else is a new object each time.
    ///
    /// # Panics
    /// If the heap already holds 2^30 objects.
    #[inline]
    pub fn alloc(&mut self, value: Value) -> Obj {
        match value {
            Value::None => Obj::NONE,
            Value::Bool(b) => {
                if b {
                    Obj::TRUE
                } else {
                    Obj::FALSE
                }
            }
            Value::Int(n) if SMALL_RANGE.contains(&n) => Obj::from_small(n),
            value => self.push(value),
        }
    }

    /// A new object with the hash that it had where it was recorded, whatever it would have here. Small integers and
    /// constants have the one that they always have.
    ///
    /// # Panics
    /// As [`Heap::alloc`].
    pub fn alloc_recorded(&mut self, value: Value, hash: i64) -> Obj {
        let obj = self.alloc(value);
        if obj.index() > Obj::TRUE.index() && !obj.is_small() {
            self.hashes[obj.index()] = hash;
        }
        obj
    }

    fn push(&mut self, value: Value) -> Obj {
        let index = self.values.len();
        assert!(index < SMALL_TAG as usize, "a heap holds at most 2^30 objects");
        self.hashes.push(hash::hash(&value, self, self.version, self.settings));
        self.boxed += value.boxed();
        self.values.push(value);
        Obj(index as u32)
    }

    /// What `obj` is.
    pub fn value(&self, obj: Obj) -> Cow<'_, Value> {
        match obj.small_int() {
            Some(n) => Cow::Owned(Value::Int(n)),
            None => Cow::Borrowed(&self.values[obj.index()]),
        }
    }

    /// `hash(obj)`.
    #[inline]
    pub fn hash(&self, obj: Obj) -> i64 {
        match obj.small_int() {
            // hash(-1) is -2: -1 is CPython's error return.
            Some(-1) => -2,
            Some(n) => n,
            None => self.hashes[obj.index()],
        }
    }

    /// Whether a dict takes `a` and `b`, whose hashes are equal, for the same key: the same object, or `a == b`.
    #[inline]
    pub fn same_key(&self, a: Obj, b: Obj) -> bool {
        a == b || (!(a.is_small() && b.is_small()) && self.equal(&self.value(a), &self.value(b)))
    }

    /// Whether the object is text that CPython's str-only tables may hold as a key (3.x: exact `str`).
    #[inline]
    pub fn is_str(&self, obj: Obj) -> bool {
        !obj.is_small()
            && match &self.values[obj.index()] {
                Value::Str(_) => true,
                // A str of which only the hash was recorded.
                Value::Foreign(one) => one.serial.is_none() && &*one.kind == "str" && !self.version.is_py2(),
                _ => false,
            }
    }

    /// `a == b` for objects that are not the same one.
    fn equal(&self, a: &Value, b: &Value) -> bool {
        match (a, b) {
            (Value::Str(a), Value::Str(b)) => a == b,
            (Value::Bytes(a), Value::Bytes(b)) => a == b,
            // 2.7 decodes the byte string as ASCII; if that fails it warns, and they differ.
            (Value::Str(text), Value::Bytes(bytes)) | (Value::Bytes(bytes), Value::Str(text)) => {
                self.version.is_py2()
                    && text.len() == bytes.len()
                    && text.iter().zip(bytes).all(|(&c, &b)| b.is_ascii() && c == u32::from(b))
            }
            (Value::Tuple(a), Value::Tuple(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(&a, &b)| self.same_key(a, b))
            }
            (Value::FrozenSet(a), Value::FrozenSet(b)) => {
                a.len() == b.len() && a.iter().all(|&item| self.contains(b, item))
            }
            (Value::Uuid(a), Value::Uuid(b)) => a == b,
            (Value::Foreign(a), Value::Foreign(b)) => a == b,
            (Value::None, Value::None) => true,
            _ => number::equal(a, b),
        }
    }

    fn contains(&self, items: &[Obj], item: Obj) -> bool {
        items.iter().any(|&other| self.hash(other) == self.hash(item) && self.same_key(other, item))
    }

    /// A frozenset of `items`: of equal ones only the first.
    pub(crate) fn frozen_set(&self, items: &[Obj]) -> Value {
        let mut distinct: Vec<Obj> = Vec::with_capacity(items.len());
        for &item in items {
            if !self.contains(&distinct, item) {
                distinct.push(item);
            }
        }
        Value::FrozenSet(distinct.into())
    }

    /// `repr(obj)`
    pub fn repr(&self, obj: Obj) -> String {
        repr::repr(&self.value(obj), self)
    }

    /// Bytes that must be found beside [`Heap::memory`] to make `more` objects: what is full is copied to a place twice as
    /// large, and both are there until that is done. 0 while there is room. O(1).
    pub fn growth(&self, more: usize) -> usize {
        let full = self.values.len() + more > self.values.capacity();
        if full {
            2 * (self.values.capacity() * size_of::<Value>() + self.hashes.capacity() * size_of::<i64>())
        } else {
            0
        }
    }

    /// The first `most` characters of `repr(obj)` and `…`, or all of it if it has no more. Costs what is shown.
    pub fn repr_within(&self, obj: Obj, most: usize) -> String {
        repr::repr_within(&self.value(obj), self, most)
    }

    /// `repr` of a value that is no object yet.
    pub(crate) fn repr_of(&self, value: &Value) -> String {
        repr::repr(value, self)
    }

    /// `str(obj)`, as `print` shows it; bytes that are no UTF-8 are replaced.
    ///
    /// # Errors
    /// 2.7: text that is not ASCII, where a terminal is not asked for its encoding.
    pub(crate) fn text(&self, obj: Obj) -> Result<String, String> {
        let value = match &*self.value(obj) {
            Value::Str(text) => Value::Str(text.clone()),
            value => repr::str(value, self)?,
        };
        Ok(match value {
            Value::Str(text) => text.iter().map(|&c| char::from_u32(c).unwrap_or('\u{fffd}')).collect(),
            Value::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            other => repr::repr(&other, self),
        })
    }

    /// Distinct items in the order of a set to which they were added one after the other.
    pub(crate) fn set_order(&self, items: &[Obj]) -> Vec<Obj> {
        super::set::order(items, self)
    }

    /// Bytes of this process's memory that the heap takes, counted as objects are made: asking is O(1).
    pub fn memory(&self) -> usize {
        self.values.capacity() * size_of::<Value>() + self.hashes.capacity() * size_of::<i64>() + self.boxed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::{Cursor, Expr};

    fn heap(version: Version) -> Heap {
        Heap::new(version, HashSettings::default())
    }

    fn make(text: &str, heap: &mut Heap) -> Obj {
        let expr = Expr::parse(&mut Cursor::new(text, heap.version()), &[]);
        expr.unwrap_or_else(|error| panic!("{text}: {error}")).eval(&[], heap).expect(text)
    }

    fn same(a: &str, b: &str, version: Version) -> bool {
        let mut heap = heap(version);
        let (a, b) = (make(a, &mut heap), make(b, &mut heap));
        let same = heap.same_key(a, b);
        assert_eq!(same, heap.same_key(b, a), "equality is symmetric");
        assert!(!same || heap.hash(a) == heap.hash(b), "equal objects have equal hashes");
        same
    }

    #[test]
    fn small_integers_live_in_the_reference() {
        let mut heap = heap(Version::V3_12);
        for n in [0, 1, -1, -2, (1 << 29) - 2, -(1 << 29)] {
            let obj = heap.alloc(Value::Int(n));
            assert_eq!(obj.small_int(), Some(n));
            assert!(obj.to_bits() < (1 << 31) - 1, "the patterns of tombstones and empty cells stay free");
            assert_eq!(Obj::from_bits(obj.to_bits()), obj);
            assert_eq!(heap.hash(obj), if n == -1 { -2 } else { n });
        }
        for n in [(1 << 29) - 1, -(1 << 29) - 1, i64::MIN, i64::MAX] {
            let obj = heap.alloc(Value::Int(n));
            assert_eq!(obj.small_int(), None);
            assert_eq!(*heap.value(obj), Value::Int(n));
        }
        assert_eq!(heap.alloc(Value::Bool(true)), Obj::TRUE);
        assert_eq!(heap.alloc(Value::None), Obj::NONE);
    }

    #[test]
    fn numbers_are_equal_across_types() {
        for version in Version::ALL {
            for (a, b) in [
                ("1", "1.0"),
                ("1", "True"),
                ("0.0", "False"),
                ("0.0", "-0.0"),
                ("2**53", "9007199254740992.0"),
                ("2**100", "1267650600228229401496703205376.0"),
                ("(1, 2.0)", "(True, 2)"),
                ("frozenset([1, 2])", "frozenset([2.0, True])"),
            ] {
                assert!(same(a, b, version), "{a} == {b} in {}", version.name());
            }
            for (a, b) in [
                ("2**53 + 1", "9007199254740992.0"),
                ("2**100 + 1", "1267650600228229401496703205376.0"),
                ("9223372036854775807", "9223372036854775808.0"),
                ("float('nan')", "float('nan')"),
                ("(float('nan'),)", "(float('nan'),)"),
                ("1", "'1'"),
                ("0", "None"),
                ("()", "frozenset()"),
                ("(1,)", "(1, 1)"),
                ("UUID(int=5)", "5"),
                ("'a'", "('a',)"),
            ] {
                assert!(!same(a, b, version), "{a} != {b} in {}", version.name());
            }
        }
    }

    #[test]
    fn a_shared_nan_is_the_same_key() {
        let mut heap = heap(Version::V3_12);
        let nan = make("float('nan')", &mut heap);
        let (a, b) = (heap.alloc(Value::Tuple([nan].into())), heap.alloc(Value::Tuple([nan].into())));
        assert!(heap.same_key(nan, nan));
        assert!(heap.same_key(a, b), "the items are the same object");
    }

    #[test]
    fn text_and_bytes_are_equal_only_in_2_7_and_only_as_ascii() {
        assert!(same("'a'", "u'a'", Version::V2_7));
        assert!(!same("'\\xe9'", "u'\\xe9'", Version::V2_7));
        assert!(!same("b'a'", "'a'", Version::V3_12));
        assert!(same("1L", "1", Version::V2_7));
    }
}
