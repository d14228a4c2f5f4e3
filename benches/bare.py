"""Write two packages that differ in one thing: `bare.py OUT` makes OUT/watched and OUT/bare.

Both are the rooms `python` and `table` with `instructions.rs`. In OUT/bare every trace of the observer is cut out of the
source: the parameter, the arguments, and what is done only for it. So the comparator is no second implementation.
"""

import os
import re
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
CRATES = "bitflags num-bigint num-traits siphasher uuid".split()

MANIFEST = """[package]
name = "dictoscope"
version = "0.1.0"
edition = "2024"

[workspace]

[[bin]]
name = "instructions"
path = "src/instructions.rs"

[dependencies]
%s
[profile.release]
opt-level = 3
lto = true
codegen-units = 1
panic = "abort"
"""

# The tables are compiled in the library in both, not where they are called.
LIBRARY = """pub mod python;
pub mod table;

use table::Table;

pub fn run(table: &mut table::AnyTable, op: table::Op<'_>, heap: &python::Heap) -> table::Outcome {
    table.run(op, heap, &mut table::Noop)
}
"""


def without_blocks(text):
    """Cut out `if O::ACTIVE … { … }`."""
    while True:
        start = re.search(r"\bif O::ACTIVE\b[^{\n]*\{", text)
        if start is None:
            return text
        depth, end = 1, start.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        text = text[: start.start()] + text[end:]


def bare(text):
    text = without_blocks(text)
    text = re.sub(r"\n *Some\(n\) if O::ACTIVE => .*", "", text)
    text = text.replace("obs.parked(old)", "drop(old)")
    text = re.sub(r"let _ = \((\w+), obs\);", r"let _ = \1;", text)
    text = text.replace("let _ = obs;", "")
    # Parameters and arguments, alone, last or on a line of their own.
    text = re.sub(r",?\s*\bobs: &mut O\b", "", text)
    text = re.sub(r",?\s*\bobs(?=\s*,?\s*\))", "", text)
    text = re.sub(r",?\s*&mut (\$crate::)?(super::|table::)?Noop\b", "", text)
    text = re.sub(r"<O: (\$crate::table::)?Observer>", "", text)
    return text.replace(", O: Observer>", ">")


def main(out):
    with open(os.path.join(ROOT, "Cargo.toml")) as file:
        lines = [line for line in file if line.split(" = ")[0] in CRATES]
    for kind in ["watched", "bare"]:
        package = os.path.join(out, kind)
        source = os.path.join(package, "src")
        shutil.rmtree(source, ignore_errors=True)
        for room in ["python", "table"]:
            shutil.copytree(os.path.join(ROOT, "src", room), os.path.join(source, room))
            shutil.copy(os.path.join(ROOT, "src", room + ".rs"), source)
        shutil.copy(os.path.join(HERE, "instructions.rs"), source)
        shutil.copy(os.path.join(ROOT, "Cargo.lock"), package)
        with open(os.path.join(source, "lib.rs"), "w") as file:
            file.write(bare(LIBRARY) if kind == "bare" else LIBRARY)
        with open(os.path.join(package, "Cargo.toml"), "w") as file:
            file.write(MANIFEST % "".join(lines))
    tables = os.path.join(out, "bare", "src", "table")
    for name in os.listdir(tables):
        if name != "observe.rs":
            path = os.path.join(tables, name)
            with open(path) as file:
                text = file.read()
            with open(path, "w") as file:
                file.write(bare(text))


main(sys.argv[1])
