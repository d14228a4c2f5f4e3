# coding: utf-8
"""What a real dict looks like in memory: runs a program on `d` and tells the state after each operation.

Runs unchanged under CPython 2.7 and 3.6 to 3.15 (64-bit, little endian, with the GIL); the memory is read by the package's
`python/dictoscope/memory.py`, which says where the structs are described.

    python dump.py [--every N] [--final] FILE     one JSON object an operation, as examples/replay.rs prints
    python dump.py --serve                        the oracle's protocol on standard input and output, see serve()

A program is one operation a line. Of what `replay --expand` prints, the two lines before the first operation and what
catches KeyError are skipped: there is a `d`, and KeyError is always caught.
"""
from __future__ import print_function

import ctypes
import io
import itertools
import json
import os
import platform
import struct
import sys
import uuid
import zlib

# At the end of the path, and by itself: nothing in that folder takes the place of a module of Python's own.
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "python", "dictoscope"))
from memory import KINDS, PY2, VERSION, WORD, Cells, dummy_address

# What stands for a cell without a key in a digest; a live one has the CRC-32 of its repr.
NULL, DUMMY = 0, 1
# Cells that are digested together: an operation changes few blocks, and the digest of the others is remembered.
BLOCK = 64
MOST_BLOCKS = 20000


def blocks(cells):
    """The cells as runs of bytes, BLOCK cells each."""
    size = BLOCK * cells.stride
    return [cells.raw[at : at + size] for at in range(0, len(cells.raw), size)]


def peek(address):
    return ctypes.cast(address, ctypes.py_object).value


def utf8(text):
    return text if isinstance(text, bytes) else text.encode("utf-8")


class Memo(dict):
    """Address -> something about the object there. Holds every object it saw, so that no address is used twice."""

    def __init__(self, about, known):
        dict.__init__(self, known)
        self.about = about
        self.held = []

    def __missing__(self, address):
        thing = peek(address)
        self.held.append(thing)
        self[address] = told = self.about(thing)
        return told


def name(thing):
    return zlib.crc32(utf8(repr(thing))) & 0xFFFFFFFF


class Run(object):
    """A program being run, one line after the other."""

    def __init__(self):
        self.ns = {"d": {}, "UUID": uuid.UUID}
        self.names = Memo(name, {0: NULL, dummy_address(): DUMMY} if PY2 else {0: NULL})
        self.hashes = Memo(hash, {0: 0})
        self.blocks = {}
        self.results = 0
        self.returned = None

    def step(self, line):
        """Run a line as Python source; "ok" or "KeyError"."""
        self.returned = None
        sys.displayhook = self.show
        try:
            exec(compile(line, "<program>", "single"), self.ns)
            result = "ok"
        except KeyError:
            result = "KeyError"
        finally:
            sys.displayhook = sys.__displayhook__
        # What an expression returned is told in every digest from then on.
        told = result if self.returned is None else repr(self.returned)
        self.results = zlib.crc32(utf8(told) + b"\n", self.results) & 0xFFFFFFFF
        return result

    def show(self, value):
        self.returned = value

    def cells(self):
        return Cells(self.ns["d"], self.hashes.__getitem__)

    def digest(self):
        """CRC-32 over the whole state; tests/oracle/core.rs computes the same."""
        cells = self.cells()
        a, b = cells.registers
        head = struct.pack("<I6q", self.results, cells.used, cells.sizeof, cells.slots, a, b, cells.kind)
        crc = zlib.crc32(cells.indices, zlib.crc32(head))
        if len(self.blocks) > MOST_BLOCKS:
            self.blocks.clear()
        crcs = [self.block(cells, raw) for raw in blocks(cells)]
        return zlib.crc32(struct.pack("<%dI" % len(crcs), *crcs), crc) & 0xFFFFFFFF

    def block(self, cells, raw):
        """CRC-32 over some cells. The same bytes are the same objects: every object that was ever seen is held."""
        known = self.blocks.get((cells.stride, raw))
        if known is None:
            hashes, addresses, live = cells.columns(raw)
            hashes = list(itertools.compress(hashes, live))
            values = list(itertools.compress(map(self.names.__getitem__, live), live))
            keys = list(map(self.names.__getitem__, addresses))
            known = 0
            for code, column in (("q", hashes), ("I", keys), ("I", values)):
                known = zlib.crc32(struct.pack("<%d%s" % (len(column), code), *column), known)
            known &= 0xFFFFFFFF
            self.blocks[cells.stride, raw] = known
        return known

    def state(self, op, text, result):
        """The state as examples/replay.rs prints it."""
        cells = self.cells()
        shown = [
            ("op", op),
            ("text", text),
            ("result", result),
            ("len", cells.used),
            ("sizeof", cells.sizeof),
            ("slots", cells.slots),
        ]
        table = []
        for code, key, value in zip(*cells.columns(cells.raw)):
            if value:
                table.append([code, repr(peek(key))])
            else:
                table.append("dummy" if key else None)
        if PY2:
            shown += [("fill", cells.registers[0]), ("table", table)]
        else:
            if VERSION >= (3, 11):
                shown.append(("kind", KINDS[cells.kind]))
            usable, nentries = cells.registers
            shown += [("usable", usable), ("nentries", nentries)]
            shown += [("indices", cells.index_list()), ("entries", table)]
        return shown


def as_json(pairs):
    return "{" + ", ".join("%s: %s" % (json.dumps(key), json.dumps(value)) for key, value in pairs) + "}"


def hello():
    """What the other side must know of this process; a hash of None that is an address becomes a setting there."""
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    ordinary = ctypes.sizeof(WORD) == 8 and sys.byteorder == "little" and sys.maxunicode == 0x10FFFF and gil
    return [
        ("version", "%d.%d.%d" % sys.version_info[:3]),
        ("implementation", platform.python_implementation()),
        ("ordinary", ordinary),
        ("none", hash(None)),
    ]


def serve():
    """Programs in, digests out.

    First the hello, as JSON. Then, again and again, a request line `LINES EVERY AT` followed by so many lines of program;
    the answer is a line of eight hex digits for every EVERYth operation and the last, and, if AT is not -1, after
    operation AT instead the whole state as JSON. A line that raises anything but KeyError is told as `error ...` and ends
    the answer, which always ends with an empty line.
    """
    source = io.open(sys.stdin.fileno(), "r", encoding="utf-8", newline="\n")
    sink = io.open(sys.stdout.fileno(), "w", encoding="utf-8", newline="\n")
    tell = lambda text: sink.write(text if isinstance(text, type(u"")) else text.decode("ascii"))
    tell(as_json(hello()) + "\n")
    sink.flush()
    for request in iter(source.readline, u""):
        lines, every, at = map(int, request.split())
        program = [source.readline().rstrip(u"\n") for _ in range(lines)]
        run = Run()
        for op, line in enumerate(program):
            try:
                result = run.step(line)
            except Exception as error:
                tell("error in operation %d: %r\n" % (op, error))
                break
            if op == at:
                cells = run.cells()
                extra = [("results", run.results), ("digest", "%08x" % run.digest())]
                extra += [("values", [repr(peek(value)) for value in cells.columns(cells.raw)[2] if value])]
                extra += [("finger", cells.registers[1])] if PY2 else []
                tell(as_json(run.state(op, line, result) + extra) + "\n")
                break
            if at < 0 and ((op + 1) % every == 0 or op + 1 == lines):
                tell("%08x\n" % run.digest())
        tell("\n")
        sink.flush()


def main(arguments):
    if arguments == ["--serve"]:
        return serve()
    every, final = 1, False
    while arguments[:1] in (["--every"], ["--final"]):
        if arguments.pop(0) == "--final":
            final = True
        else:
            every = int(arguments.pop(0))
    if len(arguments) != 1:
        sys.exit(__doc__.strip())
    with io.open(arguments[0], encoding="utf-8") as file:
        lines = [line.rstrip(u"\n") for line in file if line.strip() and not line.startswith((u"#", u"except "))]
    if lines[:2] == [u"from uuid import UUID", u"d = {}"]:
        del lines[:2]
    run = Run()
    for op, line in enumerate(lines):
        line = line[5:] if line.startswith(u"try: ") else line
        result = run.step(line)
        if op + 1 == len(lines) or (not final and (op + 1) % every == 0):
            print(as_json(run.state(op, line, result)))


if __name__ == "__main__":
    main(sys.argv[1:])
