//! Random programs: a seed in, lines of Python out.

use dictoscope::python::Version;
use num_bigint::BigInt;
use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// One operation a line, on a `d` that is `{}` before the first.
#[derive(Clone, Debug)]
pub struct Program {
    /// What it is about, with its seed.
    pub name: String,
    /// The lines.
    pub lines: Vec<String>,
    /// The state is compared after every so many operations, and after the last.
    pub every: usize,
}

/// Program number `number` of the endless list that `seed` and `version` stand for.
pub fn program(version: Version, seed: u64, number: u64) -> Program {
    let mut writer = Writer::new(version, seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let (style, every) = match number % 50 {
        49 => (writer.long(200_000), 1999),
        n => match n % 5 {
            0 => (writer.walk(2, 40), 1),
            1 => (writer.walk(40, 500), 1),
            2 => (writer.edges(), 1),
            3 => (writer.bulk(), 1),
            _ if n % 20 == 14 => (writer.walk(1000, 3000), 1),
            _ => (writer.walk(5, 170), 1),
        },
    };
    Program { name: format!("{style}, seed {seed}, number {number}"), lines: writer.lines, every }
}

/// A walk of about `keys` live keys: what fixtures are made of.
pub fn small(version: Version, seed: u64, keys: u64) -> Program {
    // What is generated for one version runs in later ones.
    let mut writer = Writer { nan_keys: false, ..Writer::new(version, seed) };
    let style = writer.walk(keys / 2, keys);
    Program { name: style, lines: writer.lines, every: 1 }
}

/// Kinds of keys that belong together in one program.
#[derive(Clone, Copy, Debug)]
enum Family {
    Int,
    Negative,
    Huge,
    /// The same low bits of the hash, or the same hash.
    Colliding,
    Ascii,
    Text,
    Bytes,
    Float,
    Tuple,
    Uuid,
    /// `None`, `True`, `1`, `1.0`: equal keys that are not the same.
    Odd,
    Mixed,
}

const FAMILIES: [Family; 12] = [
    Family::Int,
    Family::Negative,
    Family::Huge,
    Family::Colliding,
    Family::Ascii,
    Family::Text,
    Family::Bytes,
    Family::Float,
    Family::Tuple,
    Family::Uuid,
    Family::Odd,
    Family::Mixed,
];

/// How often each kind of operation comes, in parts.
struct Weights {
    set: u64,
    delete: u64,
    popitem: u64,
    read: u64,
    copy: u64,
    bulk: u64,
    clear: u64,
}

const GROW: Weights = Weights { set: 30, delete: 4, popitem: 1, read: 4, copy: 0, bulk: 0, clear: 0 };
const CHURN: Weights = Weights { set: 20, delete: 20, popitem: 1, read: 3, copy: 0, bulk: 0, clear: 0 };
const DRAIN: Weights = Weights { set: 3, delete: 30, popitem: 8, read: 2, copy: 0, bulk: 0, clear: 0 };
const MIXED: Weights = Weights { set: 40, delete: 25, popitem: 4, read: 12, copy: 4, bulk: 4, clear: 1 };

struct Writer {
    version: Version,
    dice: Pcg64Mcg,
    family: Family,
    nan_keys: bool,
    /// Keys are drawn from about so many.
    range: u64,
    /// Literals of keys that are probably in the dict, and of some that were.
    live: Vec<String>,
    dead: Vec<String>,
    lines: Vec<String>,
}

impl Writer {
    fn new(version: Version, seed: u64) -> Writer {
        let mut writer = Writer {
            version,
            dice: Pcg64Mcg::seed_from_u64(seed),
            family: Family::Int,
            nan_keys: version < Version::V3_10,
            range: 0,
            live: Vec::new(),
            dead: Vec::new(),
            lines: Vec::new(),
        };
        writer.family = FAMILIES[writer.below(FAMILIES.len() as u64) as usize];
        writer
    }

    fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.dice.next_u64()) * u128::from(n)) >> 64) as u64
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len() as u64) as usize]
    }

    /// Phases of growing, churning, draining and everything, around a number of live keys between `low` and `high`.
    fn walk(&mut self, low: u64, high: u64) -> String {
        let target = low + self.below(high - low + 1);
        self.range = target.max(4) * (1 + self.below(6));
        for _ in 0..1 + self.below(5) {
            let (weights, steps) = match self.below(4) {
                0 => (&GROW, target * 4 / 3),
                1 => (&CHURN, target),
                2 => (&DRAIN, target),
                _ => (&MIXED, target),
            };
            for _ in 0..steps.clamp(8, 3_000) {
                self.step(weights, target);
            }
        }
        format!("{:?} keys, about {target} of {}", self.family, self.range)
    }

    /// Around the thresholds of every table size up to 4,096 slots.
    fn edges(&mut self) -> String {
        // Full tables of 3.6 and later hold size*2//3 entries; those of 2.7 are resized at one more than 2/3.
        const FULL: [u64; 11] = [5, 10, 21, 42, 85, 170, 341, 682, 1365, 2730, 3];
        let full = FULL[self.below(11) as usize];
        self.range = full * 8;
        let start = (full + self.below(4)).saturating_sub(3);
        if self.one_in(2) {
            let items: Vec<_> = (0..start).map(|_| self.item()).collect();
            self.lines.push(format!("d.update({{{}}})", items.join(", ")));
        } else {
            for _ in 0..start {
                self.set_new();
            }
        }
        for _ in 0..40 + full.min(300) {
            match self.below(12) {
                0..=3 => self.set_new(),
                4..=6 => self.delete(),
                7 => self.lines.push("d.popitem()".into()),
                8 => self.copy(),
                9 => {
                    for _ in 0..self.below(full.min(60)) {
                        self.delete();
                    }
                }
                _ => self.step(&MIXED, full),
            }
        }
        format!("{:?} keys around {full}", self.family)
    }

    /// Displays, updates, fromkeys and copies of 0 to 600 items, with a little between them.
    fn bulk(&mut self) -> String {
        self.range = [8, 40, 200, 1000][self.below(4) as usize];
        for _ in 0..12 {
            self.bulk_line();
            for _ in 0..self.below(12) {
                self.step(&MIXED, self.range);
            }
            if self.one_in(3) {
                self.copy();
            }
        }
        format!("{:?} keys, bulk of {}", self.family, self.range)
    }

    /// `ops` operations over up to a third as many keys.
    fn long(&mut self, ops: usize) -> String {
        self.range = 1 << 40;
        self.family = [Family::Int, Family::Ascii, Family::Uuid, Family::Colliding][self.below(4) as usize];
        let mut next = 0u64;
        while self.lines.len() < ops {
            let run = (ops / 30) as u64 + self.below(ops as u64 / 4);
            match self.below(4) {
                0 | 1 => (0..run).for_each(|_| self.set_new()),
                2 => (0..run * 2 / 3).for_each(|_| self.delete()),
                _ => {
                    // One after the other, each deleted before the next but a few.
                    for _ in 0..run / 2 {
                        self.lines.push(format!("d[{next}] = 0"));
                        if !next.is_multiple_of(64) {
                            self.lines.push(format!("del d[{next}]"));
                        }
                        next += 1;
                    }
                }
            }
            if self.one_in(3) {
                self.copy();
            }
        }
        self.lines.truncate(ops);
        format!("{:?} keys, long", self.family)
    }

    fn step(&mut self, w: &Weights, target: u64) {
        let mut at = self.below(w.set + w.delete + w.popitem + w.read + w.copy + w.bulk + w.clear);
        let mut is = |part: u64| {
            let here = at < part;
            at = at.wrapping_sub(part);
            here
        };
        if is(w.set) {
            if self.live.len() as u64 > target * 3 / 2 { self.delete() } else { self.set() }
        } else if is(w.delete) {
            self.delete();
        } else if is(w.popitem) {
            self.lines.push("d.popitem()".into());
        } else if is(w.read) {
            self.read();
        } else if is(w.copy) {
            self.copy();
        } else if is(w.bulk) {
            self.bulk_line();
        } else {
            self.forget();
            let line = self.pick(&["d.clear()", "d = {}"]);
            self.lines.push(line.into());
        }
    }

    fn forget(&mut self) {
        let mut gone = std::mem::take(&mut self.live);
        self.dead.append(&mut gone);
        if self.dead.len() > 4_000 {
            self.dead.clear();
        }
    }

    fn set_new(&mut self) {
        let key = self.key();
        let line = format!("d[{key}] = {}", self.value());
        self.live.push(key);
        self.lines.push(line);
    }

    fn set(&mut self) {
        if self.one_in(8) {
            let line = match self.known() {
                Some(key) => format!("d[{key}] = {}", self.value()),
                None => return self.set_new(),
            };
            self.lines.push(line);
        } else if self.one_in(12) {
            let key = self.key();
            let line = match self.below(3) {
                0 => format!("d.setdefault({key})"),
                _ => format!("d.setdefault({key}, {})", self.value()),
            };
            self.live.push(key);
            self.lines.push(line);
        } else if self.one_in(3) && !self.dead.is_empty() {
            let at = self.below(self.dead.len() as u64) as usize;
            let key = self.dead.swap_remove(at);
            let line = format!("d[{key}] = {}", self.value());
            self.live.push(key);
            self.lines.push(line);
        } else {
            self.set_new();
        }
    }

    fn delete(&mut self) {
        let key = if self.live.is_empty() || self.one_in(30) {
            self.key()
        } else {
            let last = self.live.len() - 1;
            let at = match self.below(6) {
                0 => last,
                1 => 0,
                _ => self.below(last as u64 + 1) as usize,
            };
            self.live.swap_remove(at)
        };
        let line = match self.below(8) {
            0 => format!("d.pop({key})"),
            1 => format!("d.pop({key}, {})", self.value()),
            _ => format!("del d[{key}]"),
        };
        self.dead.push(key);
        self.lines.push(line);
    }

    fn read(&mut self) {
        let key = if self.one_in(3) { self.key() } else { self.known().unwrap_or_else(|| "0".into()) };
        let line = match self.below(5) {
            0 | 1 => format!("d[{key}]"),
            2 => format!("{key} in d"),
            3 => format!("d.get({key})"),
            _ => format!("d.get({key}, {})", self.value()),
        };
        self.lines.push(line);
    }

    fn known(&mut self) -> Option<String> {
        let from = if self.one_in(5) { self.dead.len() } else { self.live.len() } as u64;
        let at = if from == 0 { return None } else { self.below(from) as usize };
        if from == self.live.len() as u64 { self.live.get(at).cloned() } else { self.dead.get(at).cloned() }
    }

    fn copy(&mut self) {
        let all = ["d = {k: v for k, v in d.items()}", "d = dict(d)", "d = d.copy()", "d = {**d}"];
        let valid = if self.version.is_py2() { &all[..3] } else { &all[..] };
        let line = self.pick(valid);
        self.lines.push(line.into());
    }

    fn bulk_line(&mut self) {
        // Up to 16 items and more are compiled differently; the largest have a table of their own size.
        let most = [3, 9, 18, 40, 140, 600][self.below(6) as usize].min(self.range);
        let count = self.below(most + 1);
        let in_place = self.version >= Version::V3_9;
        let line = match self.below(if in_place { 6 } else { 5 }) {
            0 if self.one_in(6) => {
                self.forget();
                "d = dict()".into()
            }
            0 => {
                let items = self.items(count);
                self.forget();
                format!("d = {{{items}}}")
            }
            1 => {
                let keys: Vec<_> = (0..count).map(|_| self.key()).collect();
                let line = match self.below(2) {
                    0 => format!("d = dict.fromkeys([{}])", keys.join(", ")),
                    _ => format!("d = dict.fromkeys([{}], {})", keys.join(", "), self.value()),
                };
                self.forget();
                self.live = keys;
                line
            }
            5 => format!("d |= {{{}}}", self.items(count)),
            _ => format!("d.update({{{}}})", self.items(count)),
        };
        self.lines.push(line);
    }

    fn items(&mut self, count: u64) -> String {
        let items: Vec<_> = (0..count).map(|_| self.item()).collect();
        items.join(", ")
    }

    fn item(&mut self) -> String {
        let key = self.key();
        let item = format!("{key}: {}", self.value());
        self.live.push(key);
        item
    }

    fn value(&mut self) -> String {
        match self.below(12) {
            0 => self.literal(Family::Mixed, 2),
            1 => self.pick(&["None", "float('nan')"]).into(),
            _ => self.below(1000).to_string(),
        }
    }

    fn key(&mut self) -> String {
        self.literal(self.family, 0)
    }

    fn literal(&mut self, family: Family, depth: u32) -> String {
        match family {
            Family::Int => self.below(self.range).to_string(),
            Family::Negative => format!("-{}", self.below(self.range)),
            Family::Huge => self.huge(),
            Family::Colliding => self.colliding(),
            Family::Ascii => self.ascii(),
            Family::Text => self.text(),
            Family::Bytes => self.bytes(),
            Family::Float => self.float(),
            Family::Tuple => self.tuple(depth),
            Family::Uuid => self.uuid(),
            Family::Odd => self.odd(),
            Family::Mixed => match self.below(10) {
                0..=2 => self.below(self.range).to_string(),
                3 => self.literal(Family::Negative, depth),
                4 => self.huge(),
                5 => self.text(),
                6 => self.ascii(),
                7 if depth < 3 => self.tuple(depth),
                8 => self.odd(),
                _ => match self.below(4) {
                    0 => self.bytes(),
                    1 => self.colliding(),
                    2 => self.uuid(),
                    _ => self.float(),
                },
            },
        }
    }

    fn huge(&mut self) -> String {
        // Where the hash of an int wraps: 2^61 - 1 in 3.x; 2^63 (long) and 2^64 - 1 in 2.7.
        let base: BigInt = match self.below(6) {
            0 => (BigInt::from(1) << 61) - 1,
            1 => BigInt::from(1) << 62,
            2 => BigInt::from(1) << 63,
            3 => (BigInt::from(1) << 64) - 1,
            4 => BigInt::from(10).pow(self.below(60) as u32),
            _ => BigInt::from(self.dice.next_u64()) << self.below(200) as u32,
        };
        let n: BigInt = base * self.below(4) + self.below(7) - 3;
        if self.one_in(3) { (-n).to_string() } else { n.to_string() }
    }

    fn colliding(&mut self) -> String {
        let n = self.below(self.range.min(1 << 20));
        let wrapped = |bits: u32, n: u64| -> String {
            let modulus: BigInt = (BigInt::from(1) << bits) - 1;
            let same: BigInt = modulus * n + 3;
            same.to_string()
        };
        match self.below(8) {
            // The same hash in 3.x, and in 2.7.
            0 => wrapped(61, n),
            1 if self.version.is_py2() => wrapped(64, n + 1),
            2 => self.pick(&["-1", "-2", "0", "2305843009213693951", "0.0", "18446744073709551614"]).into(),
            // The same low bits.
            3 | 4 => (n << 3).to_string(),
            5 => ((n << 12) + 5).to_string(),
            _ => (n << (3 + n % 17)).to_string(),
        }
    }

    fn odd(&mut self) -> String {
        let n = self.below(self.range.clamp(4, 60) / 4);
        match self.below(9) {
            0 => "None".into(),
            1 => "True".into(),
            2 => "False".into(),
            3 => format!("{n}.0"),
            4 => format!("({n}.0, True)"),
            5 => format!("({n}, 1)"),
            6 => format!("-{n}"),
            _ => n.to_string(),
        }
    }

    fn float(&mut self) -> String {
        let n = self.below(self.range);
        match self.below(9) {
            0 => format!("{n}.0"),
            1 => format!("{n}.5"),
            2 => format!("-{n}.25"),
            3 => format!("{:e}", n as f64 * 0.1),
            4 => {
                let any = f64::from_bits(self.dice.next_u64());
                if any.is_finite() { format!("{any:e}") } else { "float('inf')".into() }
            }
            5 => format!("{n}e{}", self.below(308)),
            6 => format!("{n}e-{}", self.below(323)),
            // Before 3.10 the hash of a NaN is 0, then the address of the object.
            7 if self.nan_keys && self.one_in(3) => "float('nan')".into(),
            7 => self.pick(&["-0.0", "float('inf')", "float('-inf')", "5e-324", "1.7976931348623157e308"]).into(),
            _ => format!("{}.{n}", self.below(10)),
        }
    }

    fn tuple(&mut self, depth: u32) -> String {
        if self.one_in(12) {
            // Of one item: those of more print in an order of their own.
            return format!("frozenset([{}])", self.literal(Family::Int, depth + 1));
        }
        let mut items = Vec::new();
        for _ in 0..self.below(5) {
            let family = if self.one_in(3) { Family::Mixed } else { Family::Int };
            items.push(self.literal(family, depth + 1));
        }
        if items.len() == 1 { format!("({},)", items[0]) } else { format!("({})", items.join(", ")) }
    }

    fn uuid(&mut self) -> String {
        // Few of them when few keys are wanted, so that they come again.
        let n = self.below(self.range);
        let mut dice = Pcg64Mcg::seed_from_u64(n);
        let (a, b) = (dice.next_u64(), dice.next_u64());
        let hex = format!("{a:016x}{b:016x}");
        format!("UUID('{}-{}-{}-{}-{}')", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }

    fn ascii(&mut self) -> String {
        let n = self.below(self.range);
        match self.below(4) {
            0 => format!("'{n}'"),
            1 => format!("\"key {n}\""),
            2 => format!("'{}'", "abcdefgh".repeat(1 + n as usize % 5).get(n as usize % 8..).unwrap_or_default()),
            _ => format!("'k{n:x}'"),
        }
    }

    fn text(&mut self) -> String {
        // Latin-1, Greek, Cyrillic, Devanagari, CJK, Hangul; then astral: mathematical letters, faces, CJK extension B.
        const BLOCKS: [(u32, u32); 10] = [
            (0x20, 0x7E),
            (0xA1, 0xFF),
            (0x391, 0x3A1),
            (0x410, 0x44F),
            (0x905, 0x939),
            (0x4E00, 0x9FA5),
            (0xAC00, 0xD7A3),
            (0x1D400, 0x1D454),
            (0x1F600, 0x1F640),
            (0x20000, 0x2A6D6),
        ];
        let block = self.below(BLOCKS.len() as u64) as usize;
        let mut inside = String::new();
        for _ in 0..self.below(10) {
            let from = if self.one_in(4) { 0 } else { block };
            let (low, high) = BLOCKS[from];
            let span = u64::from(high - low).min(self.range);
            let code = low + self.below(span + 1) as u32;
            let c = char::from_u32(code).expect("no block has surrogates");
            match self.below(9) {
                0 => inside.push_str(&format!("\\U{code:08x}")),
                1 if code < 0x1_0000 => inside.push_str(&format!("\\u{code:04x}")),
                2 => inside.push_str(self.pick(&["\\n", "\\t", "\\\\", "\\'", "\\\"", "\\x00", "\\x7f", "\\xad"])),
                _ if c == '\'' || c == '\\' => inside.extend(['\\', c]),
                _ => inside.push(c),
            }
        }
        let prefix = if self.version.is_py2() || self.one_in(9) { "u" } else { "" };
        format!("{prefix}'{inside}'")
    }

    fn bytes(&mut self) -> String {
        let mut inside = String::new();
        for _ in 0..self.below(8) {
            match self.below(3) {
                0 => inside.push_str(&format!("\\x{:02x}", self.below(256))),
                1 => inside.push_str(self.pick(&["\\n", "\\\\", "\\'", "\"", "\\0"])),
                _ => inside.push(char::from(b'a' + self.below(self.range.min(26)) as u8)),
            }
        }
        // 2.7: a plain literal is bytes.
        let prefix = if self.version.is_py2() && self.one_in(2) { "" } else { "b" };
        format!("{prefix}'{inside}'")
    }
}
