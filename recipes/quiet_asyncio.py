"""Copy when no request came for a while. asyncio.

    asyncio.create_task(store.maintain())
"""
import asyncio

QUIET = 0.02  # seconds


class Store:
    def __init__(self):
        self._d = {}
        self._deleted = 0
        self._busy = False
        self.copies = 0

    async def get(self, key, default=None):
        self._busy = True
        return self._d.get(key, default)

    async def set(self, key, value):
        self._busy = True
        self._d[key] = value

    async def delete(self, key):
        self._busy = True
        found = self._d.pop(key, self) is not self
        self._deleted += found
        return found

    async def maintain(self):
        while True:
            await asyncio.sleep(QUIET)
            if not self._busy and self._deleted:
                # Who comes now waits for the whole of it.
                self._d = dict(self._d)
                self._deleted = 0
                self.copies += 1
            self._busy = False

    def contents(self):
        return dict(self._d)
