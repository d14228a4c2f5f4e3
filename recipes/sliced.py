"""Move a few entries with every request. Threads; Python 2.7 and 3.

Two dicts are alive during a move. popitem() needs no iterator, so there is
nothing that a write could disturb. (It takes the newest entry first: the order
of insertion is not kept.)

The new dict still grows by its own resizes, and the old one is freed at once:
Python code cannot ask for a dict with room for n keys. Many small dicts, with
hash(key) % n choosing one, keep these pauses short too.
"""
import threading

SHARE = 0.25
SLICE = 32
MISSING = object()


class Store(object):
    def __init__(self):
        self._lock = threading.Lock()
        self._old = {}  # empty when nothing is being moved
        self._new = {}
        self._most = 0
        self.copies = 0

    @property
    def copying(self):
        return bool(self._old)

    def _step(self):
        for _ in range(min(SLICE, len(self._old))):
            key, value = self._old.popitem()
            # What was written since is in the new dict, and is newer.
            self._new.setdefault(key, value)
        if not self._old:
            self._old = {}  # an emptied dict keeps its table
            if len(self._new) < self._most * SHARE:
                self._old, self._new = self._new, {}
                self._most = len(self._old)
                self.copies += 1

    def get(self, key, default=None):
        with self._lock:
            self._step()
            value = self._new.get(key, MISSING)
            return self._old.get(key, default) if value is MISSING else value

    def set(self, key, value):
        with self._lock:
            self._step()
            self._new[key] = value
            self._most = max(self._most, len(self._new))

    def delete(self, key):
        with self._lock:
            self._step()
            # From both, or the old value would come back.
            new = self._new.pop(key, MISSING)
            old = self._old.pop(key, MISSING)
            return not (new is MISSING and old is MISSING)

    def contents(self):
        with self._lock:
            both = dict(self._old)
            both.update(self._new)
            return both
