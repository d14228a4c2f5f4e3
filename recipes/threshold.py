"""Copy at once when few of the keys are left. Threads; Python 2.7 and 3.

Python does not tell how many slots a dict has, so the most keys it ever held
stand for them.
"""
import threading

SHARE = 0.25
MISSING = object()


class Store(object):
    def __init__(self):
        self._lock = threading.Lock()
        self._d = {}
        self._most = 0
        self.copies = 0

    def get(self, key, default=None):
        with self._lock:
            return self._d.get(key, default)

    def set(self, key, value):
        with self._lock:
            self._d[key] = value
            self._most = max(self._most, len(self._d))

    def delete(self, key):
        with self._lock:
            found = self._d.pop(key, MISSING) is not MISSING
            if len(self._d) < self._most * SHARE:
                # Inside the lock: a write between dict() and the assignment
                # would go to the old dict and be lost. The caller pays for it
                # all, and every other thread waits.
                self._d = dict(self._d)
                self._most = len(self._d)
                self.copies += 1
            return found

    def contents(self):
        with self._lock:
            return dict(self._d)
