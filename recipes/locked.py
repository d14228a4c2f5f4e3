"""Copy under a lock that only writes wait for. Threads; Python 2.7 and 3.

    threading.Thread(target=store.copy).start()
"""
import threading

MISSING = object()


class Store(object):
    def __init__(self):
        self._lock = threading.Lock()
        self._d = {}
        self.copying = False
        self.copies = 0

    def get(self, key, default=None):
        # No lock: lookups go on in the old dict while the new one is made.
        return self._d.get(key, default)

    def set(self, key, value):
        with self._lock:
            self._d[key] = value

    def delete(self, key):
        with self._lock:
            return self._d.pop(key, MISSING) is not MISSING

    def copy(self):
        with self._lock:
            self.copying = True
            new = {}
            # A loop, so that other threads get the GIL in between; dict(d)
            # would keep it. Without the lock the first insert or deletion
            # would end it with "RuntimeError: dictionary changed size during
            # iteration".
            for key in self._d:
                new[key] = self._d[key]
            self._d = new
            self.copies += 1
            self.copying = False

    def contents(self):
        with self._lock:
            return dict(self._d)
