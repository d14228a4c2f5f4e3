"""Traces read from files: whole ones, cut ones, and what is no trace."""
import json
import zlib

from .recorder import FORMAT, FORMAT_VERSION

# Bytes that are unpacked at a time, and the longest line that is taken.
PIECE = 1 << 16
LONGEST_LINE = 1 << 24


class NotATrace(ValueError):
    """The file is something else. The text says what to do."""


def _unpacked(file):
    """The bytes of gzip members one after the other, up to the first that is damaged or cut."""
    head = file.read(2)
    file.seek(0)
    if head != b"\x1f\x8b":
        while True:
            piece = file.read(PIECE)
            if not piece:
                return
            yield piece
    unpacker, waiting = zlib.decompressobj(31), b""
    while True:
        if not waiting:
            waiting = file.read(PIECE)
            if not waiting:
                return
        try:
            piece = unpacker.decompress(waiting, PIECE)
        except zlib.error:
            return
        if piece:
            yield piece
        waiting = unpacker.unconsumed_tail
        if unpacker.eof:
            waiting = unpacker.unused_data
            unpacker = zlib.decompressobj(31)


def _lines(file):
    rest = b""
    for piece in _unpacked(file):
        pieces = (rest + piece).split(b"\n")
        rest = pieces.pop()
        if len(rest) > LONGEST_LINE:
            raise NotATrace("a line is longer than %d bytes" % LONGEST_LINE)
        for line in pieces:
            yield line
    # A last line without its end was cut.


class Reader:
    """A trace: `header`, and its lines one after the other. `complete` is told at the end: whether it was closed."""

    def __init__(self, path):
        self.path = path
        self.complete = False
        self.why = None
        self._file = open(path, "rb")
        self._lines = _lines(self._file)
        try:
            self.header = json.loads(next(self._lines, b"").decode("utf-8"))
        except ValueError:
            self.header = None
        if not isinstance(self.header, dict) or self.header.get("format") != FORMAT:
            self._file.close()
            raise NotATrace("%s is no trace: dictoscope.record and `python -m dictoscope run` write them" % path)
        if self.header.get("version") != FORMAT_VERSION:
            self._file.close()
            told = (path, self.header.get("version"), FORMAT_VERSION)
            raise NotATrace("%s is a trace of format %r; this package reads format %d: update it" % told)

    def __iter__(self):
        """Each line as a list, up to the end or to the cut."""
        with self._file:
            for line in self._lines:
                try:
                    told = json.loads(line.decode("utf-8"))
                except ValueError:
                    return
                if not isinstance(told, list) or not told:
                    return
                if told[0] == "stop":
                    self.complete, self.why = True, told[1]
                    return
                yield told


def as_text(path):
    """A trace as lines of Python with numbers of dicts and lines, one after the other."""
    reader = Reader(path)
    keys = {}

    def key(number):
        return keys.get(number, "?")

    def value(told, at):
        return (json.dumps(told[at]) if not isinstance(told[at], str) else told[at]) if len(told) > at else "…"

    shape = {
        "set": "{d}[{k}] = {v}",
        "get": "{d}[{k}]",
        "del": "del {d}[{k}]",
        "in": "{k} in {d}",
        "getor": "{d}.get({k})",
        "pop": "{d}.pop({k})",
        "popor": "{d}.pop({k}, …)",
        "setdefault": "{d}.setdefault({k}, {v})",
        "popitem": "{d}.popitem()",
        "clear": "{d}.clear()",
    }
    head = reader.header
    yield "CPython %s, keys as %s" % (head.get("python"), head.get("keys"))
    step = 2 if head.get("values") else 1
    for told in reader:
        name = told[0]
        if name == "k":
            keys[told[1]] = told[3] if told[3] is not None else "<%s %s>" % (told[4], "".join(map(str, told[5:])))
            continue
        d = "d%d" % told[1]
        if name in shape:
            text = shape[name].format(d=d, k=key(told[3]) if len(told) > 3 else "", v=value(told, 4))
        elif name in ("update", "ior"):
            text = "%s.update({%s})" % (d, ", ".join("%s: …" % key(n) for n in told[3][::step]))
        elif name == "new":
            items = ", ".join("%s: …" % key(n) for n in (told[5] if len(told) > 5 else [])[::step])
            text = "%s = {%s}    # %s, %s" % (d, items, told[3], told[4])
        elif name == "become":
            text = "%s = a copy of d%d (%s)" % (d, told[4], told[3])
        elif name == "is":
            text = "%s has %d items in %d bytes" % (d, told[3], told[4])
        else:
            text = json.dumps(told)
        yield "%s\t%s" % (told[2] or "", text)
    yield "the end (%s)" % reader.why if reader.complete else "cut here: what follows was not written"
