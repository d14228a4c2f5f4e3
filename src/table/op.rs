//! Operations on a dict, as data.

use crate::python::Obj;

/// The expressions people write to copy a dict. They do not all do the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CopyHow {
    /// `{k: v for k, v in d.items()}`
    Comprehension,
    /// `dict(d)`
    Dict,
    /// `d.copy()`
    Copy,
    /// `{**d}` (3.5+)
    Unpack,
}

/// What a merge of CPython (`dict_merge`) looks at of the dict that it merges, besides its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MergeFrom {
    /// How many slots it has, a power of two.
    pub slots: u32,
    /// It has no holes and no more room than its keys need: from 3.10 on an empty dict then takes its keys over.
    pub clean: bool,
    /// Its keys are all `str`, and its table is one for such keys (3.11 and later).
    pub unicode: bool,
}

impl MergeFrom {
    /// In 32 bits.
    const fn to_bits(self) -> u32 {
        self.slots.trailing_zeros() | (self.clean as u32) << 8 | (self.unicode as u32) << 9
    }

    const fn from_bits(bits: u32) -> MergeFrom {
        MergeFrom { slots: 1 << (bits & 31), clean: bits & 1 << 8 != 0, unicode: bits & 1 << 9 != 0 }
    }
}

impl CopyHow {
    /// All of them.
    pub const ALL: [CopyHow; 4] = [CopyHow::Comprehension, CopyHow::Dict, CopyHow::Copy, CopyHow::Unpack];

    /// The expression.
    pub const fn expression(self) -> &'static str {
        match self {
            CopyHow::Comprehension => "{k: v for k, v in d.items()}",
            CopyHow::Dict => "dict(d)",
            CopyHow::Copy => "d.copy()",
            CopyHow::Unpack => "{**d}",
        }
    }
}

/// One operation: one line of Python that reads or changes `d`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Op<'a> {
    /// `d[key] = value`
    Set(Obj, Obj),
    /// `d[key]`
    Get(Obj),
    /// `del d[key]`
    Del(Obj),
    /// `key in d`
    Contains(Obj),
    /// `d.get(key)`, `d.get(key, default)` (`None` when left out)
    GetOr(Obj, Obj),
    /// `d.pop(key)`, `d.pop(key, default)`
    Pop(Obj, Option<Obj>),
    /// `d.popitem()`
    PopItem,
    /// `d.setdefault(key, value)` (`None` when left out)
    SetDefault(Obj, Obj),
    /// `d.update({k: v, …})`, the dict built first, as a display
    Update(&'a [(Obj, Obj)]),
    /// `d |= {k: v, …}` (3.9+)
    UpdateOr(&'a [(Obj, Obj)]),
    /// `d.update(other)`, where the other dict was made before: its items, and what a merge looks at of its table
    Merge(&'a [(Obj, Obj)], MergeFrom),
    /// `d.clear()`
    Clear,
    /// `d = {k: v, …}`, `d = {}` when empty
    Display(&'a [(Obj, Obj)]),
    /// `d = dict.fromkeys([k, …], value)`: the keys with that one value
    FromKeys(&'a [(Obj, Obj)]),
    /// `d = ` one of the [`CopyHow`] expressions
    Copy(CopyHow),
    /// `d.shrink_to_fit()`: not Python; SwissTable and its like have it
    ShrinkToFit,
    /// `d.reserve(additional)`: not Python; SwissTable and its like have it
    Reserve(u32),
}

/// What an operation gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// Nothing: a statement that worked.
    Done,
    /// A value.
    Value(Obj),
    /// `popitem()`'s pair.
    Item(Obj, Obj),
    /// `True` or `False`.
    Bool(bool),
    /// `KeyError`: the key is not there; nothing changed.
    KeyError,
    /// The search would never end (no empty slot to stop it) and was stopped; nothing changed.
    Endless,
    /// This table has no such operation; nothing changed.
    Unsupported,
    /// The table would need an array of more than [`MAX_SLOTS`](super::MAX_SLOTS) slots, namely so many; nothing changed.
    TooLarge(u64),
    /// No slot is free for the key and the table may not grow; nothing changed.
    Full,
}

impl Op<'_> {
    /// Whether it searches one key, so that it hits or misses.
    pub fn is_about_one_key(self) -> bool {
        self.key().is_some()
    }

    /// The key that it searches, if it is about one.
    pub fn key(self) -> Option<Obj> {
        match self {
            Op::Set(key, _)
            | Op::Get(key)
            | Op::Del(key)
            | Op::Contains(key)
            | Op::GetOr(key, _)
            | Op::Pop(key, _)
            | Op::SetDefault(key, _) => Some(key),
            Op::PopItem
            | Op::Update(_)
            | Op::UpdateOr(_)
            | Op::Merge(..)
            | Op::Clear
            | Op::Display(_)
            | Op::FromKeys(_)
            | Op::Copy(_)
            | Op::ShrinkToFit
            | Op::Reserve(_) => None,
        }
    }
}

impl Outcome {
    /// Whether nothing went wrong.
    pub const fn is_ok(self) -> bool {
        !matches!(
            self,
            Outcome::KeyError | Outcome::Endless | Outcome::Unsupported | Outcome::TooLarge(_) | Outcome::Full
        )
    }

    /// As `replay` prints it.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::KeyError => "KeyError",
            Outcome::Endless => "endless",
            Outcome::Unsupported => "unsupported",
            Outcome::TooLarge(_) => "too large",
            Outcome::Full => "full",
            _ => "ok",
        }
    }
}

/// Many operations, nine bytes each (those over lists of items: more).
#[derive(Clone, Debug, Default)]
pub struct OpList {
    kind: Vec<u8>,
    a: Vec<u32>,
    b: Vec<u32>,
    items: Vec<Box<[(Obj, Obj)]>>,
    /// Bytes that the lists in `items` take.
    boxed: usize,
}

const NO_DEFAULT: u32 = u32::MAX;

impl OpList {
    /// The number of operations.
    pub fn len(&self) -> usize {
        self.kind.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.kind.is_empty()
    }

    /// Add one at the end.
    pub fn push(&mut self, op: Op<'_>) {
        let mut list = |items: &[(Obj, Obj)]| {
            self.items.push(items.into());
            self.boxed += size_of_val(items);
            (self.items.len() - 1) as u32
        };
        let (kind, a, b) = match op {
            Op::Set(k, v) => (0, k.to_bits(), v.to_bits()),
            Op::Get(k) => (1, k.to_bits(), 0),
            Op::Del(k) => (2, k.to_bits(), 0),
            Op::Contains(k) => (3, k.to_bits(), 0),
            Op::GetOr(k, v) => (4, k.to_bits(), v.to_bits()),
            Op::Pop(k, v) => (5, k.to_bits(), v.map_or(NO_DEFAULT, Obj::to_bits)),
            Op::PopItem => (6, 0, 0),
            Op::SetDefault(k, v) => (7, k.to_bits(), v.to_bits()),
            Op::Update(items) => (8, list(items), 0),
            Op::UpdateOr(items) => (9, list(items), 0),
            Op::Clear => (10, 0, 0),
            Op::Display(items) => (11, list(items), 0),
            Op::FromKeys(items) => (12, list(items), 0),
            Op::Copy(CopyHow::Comprehension) => (13, 0, 0),
            Op::Copy(CopyHow::Dict) => (14, 0, 0),
            Op::Copy(CopyHow::Copy) => (15, 0, 0),
            Op::Copy(CopyHow::Unpack) => (16, 0, 0),
            Op::ShrinkToFit => (17, 0, 0),
            Op::Reserve(n) => (18, n, 0),
            Op::Merge(items, from) => (19, list(items), from.to_bits()),
        };
        self.kind.push(kind);
        self.a.push(a);
        self.b.push(b);
    }

    /// Operation `i`.
    ///
    /// # Panics
    /// If there is no such operation.
    pub fn get(&self, i: usize) -> Op<'_> {
        let (a, b) = (self.a[i], self.b[i]);
        let (key, value) = (|| Obj::from_bits(a), || Obj::from_bits(b));
        match self.kind[i] {
            0 => Op::Set(key(), value()),
            1 => Op::Get(key()),
            2 => Op::Del(key()),
            3 => Op::Contains(key()),
            4 => Op::GetOr(key(), value()),
            5 => Op::Pop(key(), (b != NO_DEFAULT).then(value)),
            6 => Op::PopItem,
            7 => Op::SetDefault(key(), value()),
            8 => Op::Update(&self.items[a as usize]),
            9 => Op::UpdateOr(&self.items[a as usize]),
            10 => Op::Clear,
            11 => Op::Display(&self.items[a as usize]),
            12 => Op::FromKeys(&self.items[a as usize]),
            13 => Op::Copy(CopyHow::Comprehension),
            14 => Op::Copy(CopyHow::Dict),
            15 => Op::Copy(CopyHow::Copy),
            16 => Op::Copy(CopyHow::Unpack),
            17 => Op::ShrinkToFit,
            18 => Op::Reserve(a),
            19 => Op::Merge(&self.items[a as usize], MergeFrom::from_bits(b)),
            kind => unreachable!("no operation of kind {kind}"),
        }
    }

    /// Keep the first `len` operations.
    pub fn truncate(&mut self, len: usize) {
        let lists =
            (len..self.len()).find(|&i| matches!(self.kind[i], 8 | 9 | 11 | 12 | 19)).map(|i| self.a[i] as usize);
        if let Some(first) = lists {
            self.boxed -= self.items.drain(first..).map(|list| size_of_val(&*list)).sum::<usize>();
        }
        self.kind.truncate(len);
        self.a.truncate(len);
        self.b.truncate(len);
    }

    /// Bytes of this process's memory, counted as operations come and go: asking is O(1).
    pub fn memory(&self) -> usize {
        let lists = self.items.capacity() * size_of::<Box<[(Obj, Obj)]>>() + self.boxed;
        self.kind.capacity() + size_of::<u32>() * (self.a.capacity() + self.b.capacity()) + lists
    }
}
