"""Writes src/python/printable.rs from the interpreters: which characters repr() shows as they are, since which version.

    printable.py PYTHON...     executables of all of Version::ALL but 2.7, which escapes everything outside ASCII, in its order
"""
import ast
import subprocess
import sys

ASK = "import sys, unicodedata; print([sys.version_info[:3], unicodedata.unidata_version])"
PROGRAM = "print([c for c in range(0x110000) if chr(c).isprintable()])"


def ask(python, program):
    return ast.literal_eval(subprocess.check_output([python, "-c", program]).decode())


pythons = sys.argv[1:]
asked = [ask(python, ASK) for python in pythons]
versions = [version for version, _ in asked]
if not versions or versions != sorted(versions):
    sys.exit(__doc__.strip())
NEVER = len(versions)
(first, oldest), (last, newest) = [("%d.%d" % version[:2], unicode) for version, unicode in (asked[0], asked[-1])]

since = [NEVER] * 0x110000
for number, python in enumerate(pythons):
    printable = set(ask(python, PROGRAM))
    for c in range(0x110000):
        if c in printable:
            since[c] = min(since[c], number)
        elif since[c] < number:
            raise SystemExit("U+%04X became unprintable in a later version" % c)

runs = [(c, s) for c, s in enumerate(since) if c == 0 or s != since[c - 1]]
words = ["0x%x%x" % run for run in runs]
lines = [""]
for word in words:
    if len(lines[-1]) + len(word) + 2 > 112:
        lines.append("")
    lines[-1] += (" " if lines[-1] else "") + word + ","

print("""//! Which characters `repr()` shows as they are: `str.isprintable` of each version, by its Unicode database.
//!
//! Written by `tests/objects/printable.py` from the interpreters (Unicode %s in %s … %s in %s); do not edit.

use super::Version;

/// Whether `version` (3.x) shows `c` in a `repr()` as it is.
pub(super) fn is_printable(c: char, version: Version) -> bool {
    let run = RUNS.partition_point(|run| run >> 4 <= u32::from(c)) - 1;
    // 3.6, the first version of the table, is number 1 of `Version::ALL`.
    RUNS[run] & 15 < version as u32
}

/// Runs of characters: the first one, and in the last hexadecimal digit the number of versions, of %s … %s, that
/// escape them.
#[rustfmt::skip]
const RUNS: [u32; %d] = [
%s
];""" % (oldest, first, newest, last, first, last, len(runs), "\n".join("    " + line for line in lines)))
