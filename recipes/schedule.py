"""Copy every so often, needed or not. Threads; Python 2.7 and 3.

    stop = threading.Event()
    threading.Thread(target=store.maintain, args=(stop,)).start()
"""
import threading

EVERY = 0.01  # seconds; far more than one copy takes
MISSING = object()


class Store(object):
    def __init__(self):
        self._lock = threading.Lock()
        self._d = {}
        self.copies = 0

    def get(self, key, default=None):
        # No lock: this is one look at self._d and one call into C. It sees
        # the old dict or the new one, and each is complete.
        return self._d.get(key, default)

    def set(self, key, value):
        with self._lock:
            self._d[key] = value

    def delete(self, key):
        with self._lock:
            return self._d.pop(key, MISSING) is not MISSING

    def maintain(self, stop):
        while not stop.wait(EVERY):
            with self._lock:
                # dict() of a dict is one call into C and keeps the GIL while
                # no __eq__ or __hash__ written in Python is called (uuid.UUID
                # has both): lookups in other threads stop as well.
                self._d = dict(self._d)
                self.copies += 1

    def contents(self):
        with self._lock:
            return dict(self._d)
