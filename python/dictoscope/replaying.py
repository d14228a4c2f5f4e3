"""The lines of a trace, done to tables again."""
import json

from .model import Table


class Decoder:
    """Lines into operations `(name, line, argument)`; it remembers the keys."""

    def __init__(self, values):
        self.keys = {}
        self._step = 2 if values else 1

    def _items(self, told):
        return [self.keys[number][:3] for number in told[:: self._step]]

    def decode(self, told):
        """The operation that a line tells of; None of a key, and of what is no operation."""
        name = told[0]
        if name == "k":
            literal = told[3]
            text = literal is not None and literal[:1] in "'\"" or literal is None and told[4] == "str"
            shown = literal if literal is not None else "<%s>" % " ".join(str(one) for one in told[4:])
            # Keys that were forgotten have new numbers: what is equal is told by the literal, or by type and hash.
            same = literal if literal is not None else tuple(told[4:]) + (told[2] if len(told) < 6 else None,)
            self.keys[told[1]] = (same, told[2] or 0, bool(text), shown)
            return None
        line = told[2] if len(told) > 2 else 0
        if name == "new":
            return name, line, (told[4], self._items(told[5] if len(told) > 5 else []))
        if name == "become":
            return name, line, (told[3], told[4])
        if name in ("update", "ior"):
            return name, line, self._items(told[3])
        if name in ("popitem", "clear"):
            return name, line, None
        if name in KEYED:
            return name, line, self.keys[told[3]][:3]
        return None


KEYED = {"set", "get", "getor", "in", "del", "pop", "popor", "setdefault"}


def apply(table, op):
    """Do one operation to a table; the table there is then."""
    name, _, argument = op
    if name in ("set", "setdefault"):
        table.set(*argument)
    elif name in ("del", "pop", "popor"):
        table.delete(argument[0])
    elif name == "popitem":
        table.popitem()
    elif name == "clear":
        table.clear()
    elif name in ("update", "ior"):
        table.update(argument)
    elif name == "new":
        how, items = argument
        table = Table(table.release, how in ("display", "comprehension"), table.placed)
        for item in items:
            table.set(*item)
    elif name == "become":
        table = table.copied(argument[0])
    return table


class Sizes:
    """What `sys.getsizeof` gives of each dict of a trace that is being written, by the rules of one release."""

    def __init__(self, release, values):
        self.release = release
        self._decoder = Decoder(values)
        self._tables = {}
        self._waiting = []
        # Lines are looked at when a size is asked for.
        self.saw = self._waiting.append

    def sizeof(self, number):
        """Bytes of dict `number` after the lines so far."""
        waiting = self._waiting[:]
        del self._waiting[:]
        for line in waiting:
            told = json.loads(line)
            op = self._decoder.decode(told) if isinstance(told, list) else None
            if op is not None:
                table = self._tables.get(op[2][1] if op[0] == "become" else told[1])
                self._tables[told[1]] = apply(Table(self.release, placed=False) if table is None else table, op)
        return self._tables[number].sizeof()
