"""`snapshot(d)`: the table of a dict, read from memory, or made anew by the rules where it cannot be read."""
import gc
import json
import sys

from . import memory, recorder
from .model import Table

# The newest release whose rules are known, for interpreters that are not.
NEWEST = (3, 15, 2)


class Snapshot:
    """The table of a dict at one moment.

    source    "memory": read as it lay there; "rebuilt": made anew by the rules, in order of insertion, as a copy by a
              comprehension would be
    why       why it could not be read, if it was rebuilt
    type, len, sizeof   of the dict, in bytes
    slots     the number of slots that are probed
    kind      "unicode" or "general" (3.11 and later, else None)
    usable, nentries    entries that may still be appended, and those that were (None in 2.7's layout)
    indices   -1 empty, -2 dummy, else the number of an entry
    entries   None for a hole, else (hash, key, value)
    """

    def __init__(self, **told):
        self.__dict__.update(told)

    def state(self):
        """As `replay` prints it, without the operation."""
        shown = {"len": self.len, "sizeof": self.sizeof, "slots": self.slots, "usable": self.usable, "nentries": self.nentries}
        if self.kind is not None:
            shown["kind"] = self.kind
        shown["indices"] = self.indices
        shown["entries"] = [entry and [entry[0], repr(entry[1])] for entry in self.entries]
        return shown

    def to_json(self):
        told = dict(self.state(), source=self.source, why=self.why, type=self.type, python="%d.%d.%d" % sys.version_info[:3])
        return json.dumps(told)

    def __repr__(self):
        return "<dictoscope.Snapshot of a %s: %d of %d slots, %s>" % (self.type, self.len, self.slots, self.source)

    def text(self, width=72):
        """Six lines: what it is, its slots, its entries, its bytes."""
        live = dummies = 0
        for index in self.indices:
            live += index >= 0
            dummies += index == -2
        holes = self.entries.count(None)
        read = "read from memory" if self.source == "memory" else "rebuilt in order of insertion, %s" % self.why
        kind = ", str keys only" if self.kind == "unicode" else ""
        return "\n".join(
            [
                "%s of %d in CPython %d.%d.%d, %s" % ((self.type, self.len) + tuple(sys.version_info[:3]) + (read,)),
                "slots   %s" % self._slots(width - 8),
                "        %d slots: %d live, %d dummies, %d empty%s" % (self.slots, live, dummies, self.slots - live - dummies, kind),
                "entries %s" % self._entries(width - 8),
                "        %d appended: %d live, %d holes; room for %d more" % (self.nentries, self.len, holes, self.usable),
                "bytes   %s" % _grouped(self.sizeof),
            ]
        )

    def _slots(self, width):
        """A character a slot, or for as many slots as there are for a character how full they are."""
        if self.slots <= width:
            return "".join("·" if index == -1 else "x" if index == -2 else "█" for index in self.indices)
        each = -(-self.slots // width)
        parts = [self.indices[at : at + each] for at in range(0, self.slots, each)]
        return "".join(" ░▒▓█"[-(-4 * sum(index >= 0 for index in part) // len(part))] for part in parts)

    def _entries(self, width):
        said, left = [], width
        for entry in self.entries:
            text = "—" if entry is None else _short(entry[1])
            if left - len(text) < 6:
                said.append("…")
                break
            said.append(text)
            left -= len(text) + 2
        return ", ".join(said) or "none"


def _grouped(n):
    return "{:,}".format(n)


def _short(key, most=24):
    try:
        text = repr(key)
    except Exception as error:
        text = "<%s whose repr fails: %s>" % (type(key).__name__, type(error).__name__)
    return text if len(text) <= most else text[: most - 1] + "…"


def snapshot(d):
    """The table of `d` now: a Snapshot. `d` is a dict; nothing of it is changed.

    It is read from memory where this interpreter's dicts are known and everything agrees, else rebuilt, and says which.
    No other thread may change it meanwhile.
    """
    if not isinstance(d, dict):
        raise TypeError("snapshot() takes a dict, not %s" % type(d).__name__)
    name = type(d).__name__
    twin = d._twin_ if isinstance(d, recorder.Recording) else None
    if twin is not None:
        # The real dict beside a recorded one has the table that a plain dict would have.
        d = twin
    why = memory.unknown_build()
    if why is None:
        try:
            return _read(d, name)
        except memory.Unreadable as error:
            why = str(error)
    return _rebuilt(d, name, why)


def _read(d, name):
    collecting = gc.isenabled()
    gc.disable()
    try:
        # Objects are found by their addresses among those that the dict holds; no address is followed.
        items = list(dict.items(d))
        keys = {id(key): key for key, _ in items}
        values = {id(value): value for _, value in items}
        cells = memory.Cells(d, lambda address: hash(keys[address]) if address in keys else 0)
        hashes, at_keys, at_values = cells.columns(cells.raw)
    finally:
        if collecting:
            gc.enable()
    entries = []
    for hash_, key, value in zip(hashes, at_keys, at_values):
        if not value:
            entries.append(None)
        elif key in keys and value in values:
            entries.append((hash_, keys[key], values[value]))
        else:
            raise memory.Unreadable("its entries do not agree with its items")
    if [id(entry[1]) for entry in entries if entry is not None] != [id(key) for key, _ in items]:
        raise memory.Unreadable("the order of its entries does not agree with its items")
    usable, nentries = cells.registers
    return Snapshot(
        source="memory", why=None, type=name, len=cells.used, sizeof=cells.sizeof, slots=cells.slots,
        kind=memory.KINDS[cells.kind] if memory.VERSION >= (3, 11) else None,
        usable=usable, nentries=nentries, indices=cells.index_list(), entries=entries,
    )


def _rebuilt(d, name, why):
    release = tuple(sys.version_info[:3])
    if getattr(sys, "implementation", None) is None or sys.implementation.name != "cpython" or release > NEWEST:
        release = NEWEST if release > NEWEST or sys.implementation.name != "cpython" else release
    table = Table(release)
    items = list(dict.items(d))
    for number, (key, _) in enumerate(items):
        table.set(number, recorder.wide_hash(key) or 0, type(key) is str)
    return Snapshot(
        source="rebuilt", why=why, type=name, len=len(items), sizeof=table.sizeof(), slots=table.size,
        kind=("unicode" if table.unicode else "general") if table.has_kinds else None,
        usable=table.usable, nentries=len(table.entries), indices=table.indices,
        entries=[(entry[1],) + items[entry[0]] for entry in table.entries],
    )
