//! Objects, the heap they live in, `==` and `repr()`.

use std::borrow::Cow;

use num_bigint::BigInt;

use super::hash::{self, HashSettings};
use super::version::Version;

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
        if self.0 & SMALL_TAG != 0 { Some((self.0 & (SMALL_TAG - 1)) as i64 - SMALL_BIAS) } else { None }
    }

    const fn from_small(n: i64) -> Obj {
        Obj(SMALL_TAG | (n + SMALL_BIAS) as u32)
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
    /// An `int` outside 64 bits (2.7: a `long`).
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
}

/// The objects of one program under one version of Python, with their hashes.
#[derive(Clone, Debug)]
pub struct Heap {
    version: Version,
    settings: HashSettings,
    values: Vec<Value>,
    hashes: Vec<i64>,
}

impl Heap {
    /// A heap that holds only `None`, `False` and `True`.
    pub fn new(version: Version, settings: HashSettings) -> Heap {
        let mut heap = Heap { version, settings, values: Vec::new(), hashes: Vec::new() };
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

    fn push(&mut self, value: Value) -> Obj {
        let index = self.values.len();
        assert!(index < SMALL_TAG as usize, "a heap holds at most 2^30 objects");
        self.hashes.push(hash::hash(&value, self, self.version, self.settings));
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
        a == b || self.equal(a, b)
    }

    /// Whether the object is text that CPython's str-only tables may hold as a key (3.x: exact `str`).
    #[inline]
    pub fn is_str(&self, obj: Obj) -> bool {
        obj.small_int().is_none() && matches!(self.values[obj.index()], Value::Str(_))
    }

    /// `a == b` for objects that are not the same one.
    fn equal(&self, a: Obj, b: Obj) -> bool {
        self.value(a) == self.value(b)
    }

    /// A frozenset of `items`: of equal ones only the first.
    pub(super) fn frozen_set(&self, items: &[Obj]) -> Value {
        let mut distinct: Vec<Obj> = Vec::with_capacity(items.len());
        for &item in items {
            if !distinct.iter().any(|&other| self.hash(other) == self.hash(item) && self.same_key(other, item)) {
                distinct.push(item);
            }
        }
        Value::FrozenSet(distinct.into())
    }

    /// `str(value)`.
    ///
    /// # Errors
    /// 2.7: text that is not ASCII.
    pub(super) fn str(&self, value: &Value) -> Result<Value, String> {
        let text = match value {
            Value::Int(n) => n.to_string(),
            other => format!("{other:?}"),
        };
        Ok(Value::Str(text.chars().map(u32::from).collect()))
    }

    /// `repr(obj)`.
    pub fn repr(&self, obj: Obj) -> String {
        format!("{:?}", self.value(obj))
    }

    /// Bytes of this process's memory that the heap takes, for the page's own budget.
    pub fn memory(&self) -> usize {
        self.values.capacity() * size_of::<Value>() + self.hashes.capacity() * size_of::<i64>()
    }
}
