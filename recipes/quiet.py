"""Copy when no request came for a while. Threads; Python 2.7 and 3.

    stop = threading.Event()
    threading.Thread(target=store.maintain, args=(stop,)).start()
"""
import threading

QUIET = 0.02  # seconds
MISSING = object()


class Store(object):
    def __init__(self):
        self._lock = threading.Lock()
        self._d = {}
        self._deleted = 0
        self._busy = threading.Event()
        self.copies = 0

    def get(self, key, default=None):
        self._busy.set()
        return self._d.get(key, default)

    def set(self, key, value):
        self._busy.set()
        with self._lock:
            self._d[key] = value

    def delete(self, key):
        self._busy.set()
        with self._lock:
            found = self._d.pop(key, MISSING) is not MISSING
            self._deleted += found
            return found

    def maintain(self, stop):
        while not stop.wait(QUIET):
            if self._busy.is_set():
                self._busy.clear()
            elif self._deleted:
                # It was quiet, but it need not stay so: writes still need the
                # lock, or one that comes now would be lost.
                with self._lock:
                    self._d = dict(self._d)
                    self._deleted = 0
                    self.copies += 1

    def contents(self):
        with self._lock:
            return dict(self._d)
