//! `hash()`, version by version.
//!
//! Sources: 2.7 `Objects/{int,long,float,string,unicode,tuple,set}object.c` and `object.c` (`_Py_HashDouble`);
//! 3.x `Python/pyhash.c`, `Python/bootstrap_hash.c` (3.6: `random.c`), `Objects/{long,tuple,set}object.c`. 64-bit builds.

use num_bigint::{BigInt, Sign};
use num_traits::ToPrimitive;
use siphasher::sip::{SipHasher13, SipHasher24};

use super::version::{StringHash, TupleHash};
use super::{Heap, Obj, Value, Version};

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

/// 2^61 - 1: numbers of 3.x hash to their remainder by it (`_PyHASH_MODULUS`).
const MODULUS: u64 = (1 << 61) - 1;
/// `hash(float('inf'))` (`_PyHASH_INF`).
const INF: i64 = 314_159;
/// The multiplier of 2.7's string hash and of the tuple hash up to 3.7 (`_PyHASH_MULTIPLIER`).
const MULTIPLIER: u64 = 1_000_003;

/// `hash(value)` as `version` computes it, read as a signed 64-bit number.
///
/// Where 3.10+ hashes a NaN by its address, this gives 0, as earlier versions do.
pub(super) fn hash(value: &Value, heap: &Heap, version: Version, settings: HashSettings) -> i64 {
    let py2 = version.is_py2();
    match value {
        Value::None => no_error(version.none_hash().unwrap_or(settings.none)),
        Value::Bool(b) => i64::from(*b),
        Value::Int(n) if py2 => no_error(*n),
        Value::Int(n) => signed_remainder(n.unsigned_abs().into(), *n < 0),
        Value::Big(n) if py2 => long(n),
        Value::Big(n) => {
            let rest = (n.magnitude() % MODULUS).to_u64().unwrap_or_default();
            signed_remainder(rest.into(), n.sign() == Sign::Minus)
        }
        Value::Float(x) if py2 => float_py2(*x),
        Value::Float(x) => float(*x),
        Value::Str(text) => match version.string_hash() {
            StringHash::Multiplicative => multiplicative(text.iter().map(|&c| u64::from(c)), settings.seed),
            rounds => sip_hash(&narrowest(text), rounds, settings.seed),
        },
        Value::Bytes(bytes) => match version.string_hash() {
            StringHash::Multiplicative => multiplicative(bytes.iter().map(|&b| u64::from(b)), settings.seed),
            rounds => sip_hash(bytes, rounds, settings.seed),
        },
        Value::Tuple(items) => match version.tuple_hash() {
            TupleHash::Multiplicative => tuple_multiplicative(items, heap),
            TupleHash::XxHash => tuple_xxhash(items, heap),
        },
        Value::FrozenSet(items) => frozen_set(items, heap, py2),
        // What it was is told by who recorded it.
        Value::Foreign(_) => 0,
        // `_Py_HashPointer`: the address, its lowest bits last. The addresses are made up, one object after the other.
        Value::Other(other) => (0x7f5a_c0de_0000u64 + 16 * u64::from(other.id)).rotate_right(4) as i64,
        Value::Uuid(bytes) => {
            let n = u128::from_be_bytes(*bytes);
            match i64::try_from(n) {
                Ok(n) if py2 => n,
                _ if py2 => long(&BigInt::from(n)),
                _ => signed_remainder(n, false),
            }
        }
    }
}

/// -1 is CPython's error return, so no hash is -1.
const fn no_error(hash: i64) -> i64 {
    if hash == -1 { -2 } else { hash }
}

/// An int of 3.x (`long_hash`).
fn signed_remainder(magnitude: u128, negative: bool) -> i64 {
    // 2^61 is 1 more than the modulus, so the digits to that base may be added up: the division of 128 bits is slow.
    let digit = |nth: u32| (magnitude >> (61 * nth)) as u64 & MODULUS;
    let rest = ((digit(0) + digit(1) + digit(2)) % MODULUS) as i64;
    if negative { no_error(-rest) } else { rest }
}

/// A `long` of 2.7 (`long_hash`): the carry out of 64 bits is added back, so it is a remainder by 2^64 - 1 that is 0 only
/// for 0.
fn long(n: &BigInt) -> i64 {
    let x = match (n.magnitude() % u64::MAX).to_u64().unwrap_or_default() {
        0 if n.sign() != Sign::NoSign => u64::MAX,
        x => x,
    };
    no_error(if n.sign() == Sign::Minus { x.wrapping_neg() as i64 } else { x as i64 })
}

/// A finite double as integer mantissa and power of two: |x| = mantissa * 2^exponent.
fn decompose(x: f64) -> (u64, i64) {
    let bits = x.to_bits();
    let (exponent, fraction) = ((bits >> 52 & 0x7FF) as i64, bits & ((1 << 52) - 1));
    if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) }
}

/// A float of 3.x (`_Py_HashDouble`). Modulo 2^61 - 1, doubling is a rotation of 61 bits.
fn float(x: f64) -> i64 {
    if !x.is_finite() {
        return if x.is_nan() { 0 } else { INF * x.signum() as i64 };
    }
    let (mantissa, exponent) = decompose(x);
    let turn = exponent.rem_euclid(61);
    let rotated = (mantissa << turn & MODULUS) | mantissa >> (61 - turn);
    signed_remainder(rotated.into(), x < 0.0)
}

/// A float of 2.7 (`_Py_HashDouble`).
fn float_py2(x: f64) -> i64 {
    if x.is_nan() {
        return 0;
    }
    if x.is_infinite() {
        return if x > 0.0 { INF } else { -271_828 };
    }
    let (mantissa, exponent) = decompose(x);
    if x.fract() == 0.0 {
        return match x.to_i64() {
            Some(n) => no_error(n),
            // A whole number this large has an exponent above 0.
            None => {
                let magnitude = BigInt::from(mantissa) << exponent as u64;
                long(&if x < 0.0 { -magnitude } else { magnitude })
            }
        };
    }
    // frexp(): |x| = fraction * 2^power with 0.5 <= fraction < 1.
    let power = i64::from(mantissa.ilog2()) + 1 + exponent;
    let fraction = (mantissa << mantissa.leading_zeros()) as f64 / 2f64.powi(64);
    let scaled = fraction.copysign(x) * 2f64.powi(31);
    let high = scaled.trunc();
    let low = ((scaled - high) * 2f64.powi(31)).trunc();
    no_error((high as i64).wrapping_add(low as i64).wrapping_add(power << 15))
}

/// The characters as CPython stores them: one, two or four bytes each, by the widest.
fn narrowest(text: &[u32]) -> Vec<u8> {
    match text.iter().max() {
        None | Some(0..=0xFF) => text.iter().map(|&c| c as u8).collect(),
        Some(0x100..=0xFFFF) => text.iter().flat_map(|&c| (c as u16).to_le_bytes()).collect(),
        Some(_) => text.iter().flat_map(|c| c.to_le_bytes()).collect(),
    }
}

/// The two words that `PYTHONHASHSEED` gives (`lcg_urandom`): SipHash's key in 3.x, prefix and suffix in 2.7.
fn secret(seed: u32) -> [u64; 2] {
    if seed == 0 {
        return [0, 0];
    }
    let mut x = seed;
    [(); 2].map(|()| {
        u64::from_le_bytes([(); 8].map(|()| {
            x = x.wrapping_mul(214_013).wrapping_add(2_531_011);
            (x >> 16) as u8
        }))
    })
}

/// A string or unicode object of 2.7 (`string_hash`, `unicode_hash`).
fn multiplicative(units: impl ExactSizeIterator<Item = u64> + Clone, seed: u32) -> i64 {
    let len = units.len() as u64;
    let Some(first) = units.clone().next() else { return 0 };
    let [prefix, suffix] = secret(seed);
    let x = units.fold(prefix ^ first << 7, |x, unit| x.wrapping_mul(MULTIPLIER) ^ unit);
    no_error((x ^ len ^ suffix) as i64)
}

/// The bytes of a `str` or `bytes` of 3.x (`_Py_HashBytes`).
fn sip_hash(bytes: &[u8], rounds: StringHash, seed: u32) -> i64 {
    if bytes.is_empty() {
        return 0;
    }
    let [k0, k1] = secret(seed);
    no_error(match rounds {
        StringHash::SipHash13 => SipHasher13::new_with_keys(k0, k1).hash(bytes),
        _ => SipHasher24::new_with_keys(k0, k1).hash(bytes),
    } as i64)
}

/// A tuple up to 3.7 (`tuplehash`).
fn tuple_multiplicative(items: &[Obj], heap: &Heap) -> i64 {
    let mut x: u64 = 0x34_5678;
    let mut multiplier = MULTIPLIER;
    for (item, left) in items.iter().zip((0..items.len() as u64).rev()) {
        x = (x ^ heap.hash(*item) as u64).wrapping_mul(multiplier);
        multiplier = multiplier.wrapping_add(82_520 + 2 * left);
    }
    no_error(x.wrapping_add(97_531) as i64)
}

/// A tuple from 3.8 on (`tuplehash`): xxHash's 64-bit round for each item.
fn tuple_xxhash(items: &[Obj], heap: &Heap) -> i64 {
    const PRIME_1: u64 = 11_400_714_785_074_694_791;
    const PRIME_2: u64 = 14_029_467_366_897_019_727;
    const PRIME_5: u64 = 2_870_177_450_012_600_261;
    let x = items.iter().fold(PRIME_5, |x, item| {
        x.wrapping_add((heap.hash(*item) as u64).wrapping_mul(PRIME_2)).rotate_left(31).wrapping_mul(PRIME_1)
    });
    match x.wrapping_add(items.len() as u64 ^ PRIME_5 ^ 3_527_539) {
        u64::MAX => 1_546_275_796,
        x => x as i64,
    }
}

/// A frozenset (`frozenset_hash`): the order of its items does not matter.
fn frozen_set(items: &[Obj], heap: &Heap, py2: bool) -> i64 {
    let shuffled = items.iter().fold(0, |x, item| {
        let h = heap.hash(*item) as u64;
        x ^ (h ^ h << 16 ^ 89_869_747).wrapping_mul(3_644_798_167)
    });
    let mut x = shuffled ^ (items.len() as u64 + 1).wrapping_mul(1_927_868_237);
    if !py2 {
        x ^= x >> 11 ^ x >> 25;
    }
    match x.wrapping_mul(69_069).wrapping_add(907_133_923) {
        u64::MAX => 590_923_713,
        x => x as i64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::{Cursor, Expr};

    /// Of the literal `text`, or `None` if this version has no such literal.
    fn hash_of(text: &str, version: Version, seed: u32) -> i64 {
        let mut heap = Heap::new(version, HashSettings { seed, ..HashSettings::default() });
        let expr = Expr::parse(&mut Cursor::new(text, version), &[]).unwrap_or_else(|error| panic!("{text}: {error}"));
        let obj = expr.eval(&[], &mut heap).unwrap_or_else(|error| panic!("{text}: {error}"));
        heap.hash(obj)
    }

    fn check(versions: impl IntoIterator<Item = Version>, table: &[(&str, i64)]) {
        for version in versions {
            for &(text, expected) in table {
                assert_eq!(hash_of(text, version, 0), expected, "hash({text}) in {}", version.name());
            }
        }
    }

    fn from(first: Version, last: Version) -> impl Iterator<Item = Version> {
        Version::ALL.into_iter().filter(move |version| (first..=last).contains(version))
    }

    #[test]
    fn numbers_of_3_hash_modulo_2_61_minus_1() {
        check(
            from(Version::V3_6, Version::LATEST),
            &[
                ("-1", -2),
                ("-2", -2),
                ("2**61 - 1", 0),
                ("2**61", 1),
                ("-2**61", -2),
                ("2**63", 4),
                ("10**40", 1_388_497_483_929_617_590),
                ("0.5", 1_152_921_504_606_846_976),
                ("1.5", 1_152_921_504_606_846_977),
                ("1e300", 1_224_995_262_755_759_164),
                ("-0.0", 0),
                ("-1.0", -2),
                ("float('inf')", 314_159),
                ("float('-inf')", -314_159),
                ("float('nan')", 0),
                ("True", 1),
                ("UUID('00000000-0000-0000-2000-000000000000')", 1),
            ],
        );
    }

    #[test]
    fn numbers_of_2_7() {
        check(
            [Version::V2_7],
            &[
                ("-1", -2),
                ("0L", 0),
                ("1L", 1),
                ("9223372036854775807", i64::MAX),
                ("2**63", i64::MIN),
                ("2**64", 1),
                ("2**64 - 1", -2),
                ("-(2**64 - 1)", 1),
                ("-(2**64 - 2)", 2),
                ("10**40", 2_098_486_950_404_341_705),
                ("0.5", 1_073_741_824),
                ("1.5", 1_610_645_504),
                ("1e300", 8_474_648_701_417_850_880),
                ("-0.0", 0),
                ("float('inf')", 314_159),
                ("float('-inf')", -271_828),
                ("float('nan')", 0),
            ],
        );
    }

    #[test]
    fn strings() {
        check(
            [Version::V2_7],
            &[
                ("''", 0),
                ("'a'", 12_416_037_344),
                ("u'a'", 12_416_037_344),
                ("'abc'", 1_453_079_729_188_098_211),
                ("'abcdefgh'", 8_223_078_517_288_926_000),
                ("u'\u{e9}'", 29_824_089_448),
                ("u'\\u20ac'", 1_070_595_220_141),
                ("u'\\U0001f600'", 16_449_585_346_049),
            ],
        );
        check(
            from(Version::V3_6, Version::V3_10),
            &[
                ("''", 0),
                ("b''", 0),
                ("'a'", -7_583_489_610_679_606_711),
                ("b'a'", -7_583_489_610_679_606_711),
                ("'abc'", 4_596_069_200_710_135_518),
                ("'abcdefgh'", -1_847_705_707_669_741_165),
                ("'\u{e9}'", 4_954_367_630_624_915_103),
                ("'\u{20ac}'", -7_838_577_127_164_893_040),
                ("'\u{1f600}'", 2_694_534_307_785_527_896),
            ],
        );
        check(
            from(Version::V3_11, Version::LATEST),
            &[
                ("''", 0),
                ("'a'", 4_644_417_185_603_328_019),
                ("b'a'", 4_644_417_185_603_328_019),
                ("'abc'", -4_594_863_902_769_663_758),
                ("'abcdefgh'", 4_574_395_652_268_504_554),
                ("'\u{e9}'", 6_047_309_291_227_476_195),
                ("'\u{20ac}'", -5_529_981_157_763_016_009),
                ("'\u{1f600}'", -3_536_540_696_076_613_844),
            ],
        );
    }

    #[test]
    fn hash_seeds_as_observed() {
        for (version, seed, expected) in [
            (Version::V2_7, 1, -9_183_172_173_404_166_391),
            (Version::V2_7, 42, -5_486_454_195_961_207_828),
            (Version::V2_7, u32::MAX, -2_592_628_713_978_865_253),
            (Version::V3_6, 1, 8_432_517_439_229_126_278),
            (Version::V3_10, 42, 4_770_961_679_805_687_079),
            (Version::V3_11, 1, -3_012_895_188_637_184_397),
            (Version::V3_13, u32::MAX, -5_989_683_813_037_840_249),
        ] {
            assert_eq!(hash_of("'a'", version, seed), expected, "{} with seed {seed}", version.name());
            assert_eq!(hash_of("''", version, seed), 0);
        }
    }

    #[test]
    fn tuples_and_frozensets() {
        check(
            from(Version::V2_7, Version::V3_7),
            &[
                ("()", 3_527_539),
                ("(1,)", 3_430_019_387_558),
                ("(1, 2)", 3_713_081_631_934_410_656),
                ("((),)", 99_595_396_316),
            ],
        );
        check(
            from(Version::V3_8, Version::LATEST),
            &[
                ("()", 5_740_354_900_026_072_187),
                ("(1,)", -6_644_214_454_873_602_895),
                ("(1, 2)", -3_550_055_125_485_641_917),
            ],
        );
        check(
            [Version::V2_7],
            &[("frozenset([1, 2, 3])", -7_699_079_583_225_461_316), ("frozenset()", 133_156_838_395_276)],
        );
        check(
            from(Version::V3_6, Version::LATEST),
            &[("frozenset({3, 2, 1})", -272_375_401_224_217_160), ("frozenset()", 133_146_708_735_736)],
        );
    }

    #[test]
    fn none_is_a_setting_before_3_12() {
        for version in Version::ALL {
            let heap = Heap::new(version, HashSettings { none: 8_790_000_000_123, ..HashSettings::default() });
            let expected = if version < Version::V3_12 { 8_790_000_000_123 } else { 4_238_894_112 };
            assert_eq!(heap.hash(Obj::NONE), expected, "{}", version.name());
        }
    }
}
