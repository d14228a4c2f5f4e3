"""Copy in the background while every write goes to both dicts.

Threads; Python 2.7 and 3.

    threading.Thread(target=store.copy).start()
"""
import threading

MISSING = object()


class Store(object):
    def __init__(self):
        self._lock = threading.Lock()
        self._d = {}
        self._new = None
        self.copies = 0

    @property
    def copying(self):
        return self._new is not None

    def get(self, key, default=None):
        # No lock, and never the new dict: it is not complete.
        return self._d.get(key, default)

    def set(self, key, value):
        with self._lock:
            self._d[key] = value
            if self._new is not None:
                self._new[key] = value

    def delete(self, key):
        with self._lock:
            if self._new is not None:
                self._new.pop(key, None)
            return self._d.pop(key, MISSING) is not MISSING

    def copy(self):
        with self._lock:
            self._new = {}
            # "for key in self._d" would end with "RuntimeError: dictionary
            # changed size during iteration" at the first insert or deletion.
            # list() is one call into C: the keys of one moment.
            keys = list(self._d)
        for key in keys:
            # One lock per key: writes come in between. A key deleted since
            # must not come back, and a value written since must stay.
            with self._lock:
                if key in self._d:
                    self._new.setdefault(key, self._d[key])
        with self._lock:
            self._d, self._new = self._new, None
            self.copies += 1

    def contents(self):
        with self._lock:
            return dict(self._d)
