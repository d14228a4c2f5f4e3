"""Writes src/python/printable.rs from the interpreters: which characters repr() shows as they are, since which version."""
import ast
import os
import subprocess

# The order of Version::ALL without 2.7, which escapes everything outside ASCII.
VERSIONS = "3.6.15 3.7.16 3.8.18 3.9.18 3.10.13 3.11.7 3.12.1 3.13.0".split()
PROGRAM = "print([c for c in range(0x110000) if chr(c).isprintable()])"
NEVER = len(VERSIONS)

since = [NEVER] * 0x110000
for number, version in enumerate(VERSIONS):
    environment = dict(os.environ, PYENV_VERSION=version)
    printable = set(ast.literal_eval(subprocess.check_output(["pyenv", "exec", "python", "-c", PROGRAM], env=environment).decode()))
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
//! Written by `tests/objects/printable.py` from the interpreters (Unicode 9 in 3.6 … 15.1 in 3.13); do not edit.

use super::Version;

/// Whether `version` (3.x) shows `c` in a `repr()` as it is.
pub(super) fn is_printable(c: char, version: Version) -> bool {
    let run = RUNS.partition_point(|run| run >> 4 <= u32::from(c)) - 1;
    // 3.6, the first version of the table, is number 1 of `Version::ALL`.
    RUNS[run] & 15 < version as u32
}

/// Runs of characters: the first one, and in the last hexadecimal digit the number of versions, of 3.6 … 3.13, that
/// escape them.
#[rustfmt::skip]
const RUNS: [u32; %d] = [
%s
];""" % (len(runs), "\n".join("    " + line for line in lines)))
