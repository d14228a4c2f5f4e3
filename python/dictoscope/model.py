"""CPython's dict by its rules, in Python: for tables that cannot be read, and to tell what would happen.

The rules are those of Objects/dictobject.c of 3.6 to 3.15; the tests compare them with real tables.
"""


class Table:
    """The table of a dict of one version, operation by operation. Keys are told apart by numbers.

    `release` is `(major, minor, patch)`. Values are not kept: no rule asks for them. `literal`: begin as `{}` does, not as
    `dict()`. Without `placed` no slots are kept, only what sizes follow from, which is all but the indices.
    """

    def __init__(self, release, literal=True, placed=True):
        self.placed = placed
        self.release = release
        self.version = release[:2]
        # The bit trick of 3.10 to 3.13.3 (CPython issue 133703) doubles what is a power of two.
        self.tricked = (3, 10, 0) <= release < (3, 13, 4)
        self.has_kinds = self.version >= (3, 11)
        self.where = {}
        if literal and self.version >= (3, 8):
            self._empty()
        else:
            self._fresh(8)
            if not literal and self.version >= (3, 10):
                self._empty()

    def _new(self, literal=True):
        return Table(self.release, literal, self.placed)

    def _empty(self):
        """The table that all empty dicts share."""
        self.size, self.usable, self.unicode = 1, 0, self.has_kinds
        self.entries, self.indices = [], [-1]
        self.where = {}

    def _fresh(self, size):
        self.size, self.usable = size, size * 2 // 3
        self.unicode = False
        self.entries, self.indices = [], [-1] * size if self.placed else []

    def __len__(self):
        return len(self.where)

    def probes(self, hash_):
        """The slots that a search looks into, one after the other."""
        mask = self.size - 1
        perturb = hash_ & 0xFFFFFFFFFFFFFFFF
        slot = perturb & mask
        while True:
            yield slot
            perturb >>= 5
            slot = (slot * 5 + perturb + 1) & mask

    def _size_for(self, wanted):
        if self.tricked:
            return 1 << ((((wanted | 8) - 1) | 7).bit_length())
        size = 8
        while size < wanted:
            size *= 2
        return size

    def _resize(self, size, unicode):
        live = [entry for entry in self.entries if entry is not None]
        self._fresh(size)
        self.unicode = unicode and self.has_kinds
        for entry in live:
            self._append(entry)

    def _append(self, entry):
        slot = 0
        if self.placed:
            for slot in self.probes(entry[1]):
                if self.indices[slot] < 0:
                    break
            self.indices[slot] = len(self.entries)
        self.where[entry[0]] = len(self.entries), slot
        self.entries.append(entry)
        self.usable -= 1

    def _grown(self):
        used = len(self)
        return self._size_for(used * 2 + self.size // 2 if self.version == (3, 6) else used * 3)

    def set(self, key, hash_, text):
        """`d[key] = …`; `text`: whether the key is a str. Whether it resized."""
        before = self.size, len(self.entries)
        resized = False
        if self.size == 1:
            self._resize(8, text)
            resized = True
        elif self.unicode and not text:
            self._resize(self._grown(), False)
            resized = True
        if key not in self.where:
            if self.usable <= 0:
                self._resize(self._grown(), self.unicode)
                resized = True
            self._append((key, hash_, text))
        return resized and before

    def delete(self, key):
        """`del d[key]`, `pop`: whether it was there."""
        if key not in self.where:
            return False
        entry, slot = self.where.pop(key)
        self.entries[entry] = None
        if self.placed:
            self.indices[slot] = -2
        return True

    def popitem(self):
        while self.entries and self.entries[-1] is None:
            self.entries.pop()
        if self.entries:
            _, slot = self.where.pop(self.entries.pop()[0])
            if self.placed:
                self.indices[slot] = -2

    def clear(self):
        self._empty()

    def update(self, items):
        """`d.update(e)` with a dict that was just made of these `(key, hash, text)`; whether it resized."""
        other = self._new()
        for item in items:
            other.set(*item)
        before = self.size, len(self.entries)
        if not len(self) and len(other) and other._clean():
            clone = other._clone()
            for name in ("size", "usable", "unicode", "entries", "indices", "where"):
                setattr(self, name, getattr(clone, name))
            return before
        if self.size * 2 // 3 < len(other):
            alike = self.unicode if self.size > 1 or self.has_kinds else True
            self._resize(self._size_for(((len(self) + len(other)) * 3 + 1) // 2), alike and other.unicode)
        for item in items:
            self.set(*item)
        return before if self.size != before[0] else False

    def _clean(self):
        """Whether a merge into an empty dict copies this table as it is (3.10 and later)."""
        if self.version < (3, 10) or len(self) != len(self.entries):
            return False
        return self.size == 8 or (self.size // 2) * 2 // 3 < len(self)

    def _clone(self):
        made = self._new()
        for name in ("size", "usable", "unicode"):
            setattr(made, name, getattr(self, name))
        made.entries, made.indices, made.where = list(self.entries), list(self.indices), dict(self.where)
        return made

    def _merged(self, literal):
        made = self._new(literal)
        if self._clean() and len(self):
            return self._clone()
        if made.size == 8 and not literal:
            made.unicode = self.unicode
        live = [entry for entry in self.entries if entry is not None]
        if made.size * 2 // 3 < len(live):
            made._resize(made._size_for((len(live) * 3 + 1) // 2), self.unicode)
        made.unicode = self.unicode
        for entry in live:
            made._append(entry)
        return made

    def copied(self, how):
        """The table that a copy has: `copy` for d.copy(), `dict` for dict(d), `unpack` for {**d}, `comprehension`."""
        if how == "comprehension":
            made = self._new()
            for entry in self.entries:
                if entry is not None:
                    made.set(*entry)
            return made
        if how == "unpack":
            return self._merged(True) if len(self) else self._new()
        if how == "copy":
            if not len(self):
                made = self._new()
                if self.version == (3, 6) and self.size == 1:
                    made._empty()
                return made
            if self.version >= (3, 7) and len(self) >= len(self.entries) * 2 // 3:
                return self._clone()
            return self._merged(True)
        if not len(self):
            return self._new(False)
        return self._merged(False)

    def sizeof(self):
        """`sys.getsizeof(d)` of a 64-bit build."""
        head = 48 + (32 if self.version < (3, 8) else 16)
        if self.size == 1:
            return head
        return head + (32 if self.version >= (3, 11) else 40) + self.index_bytes() + self.size * 2 // 3 * self.entry_bytes()

    def entry_bytes(self):
        return 16 if self.unicode else 24

    def index_bytes(self):
        return self.size * (1 if self.size <= 0xFF else 2 if self.size <= 0xFFFF else 4)

    def inserts_until_resize(self):
        """New keys that still fit before the table is made anew."""
        return self.usable

    def next_size(self):
        """`sizeof` after the next resize, if only new keys of the same kind are put in until then."""
        made = self._new()
        made._fresh(self.size)
        used = len(self) + self.usable
        if self.size == 1:
            size = 8
        else:
            size = self._size_for(used * 2 + self.size // 2 if self.version == (3, 6) else used * 3)
        made._fresh(size)
        made.unicode = self.unicode
        return made.sizeof()
