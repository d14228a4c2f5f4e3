"""Copy every so often, needed or not. asyncio.

    asyncio.create_task(store.maintain())
"""
import asyncio

EVERY = 0.01  # seconds; far more than one copy takes


class Store:
    def __init__(self):
        self._d = {}
        self.copies = 0

    async def get(self, key, default=None):
        return self._d.get(key, default)

    async def set(self, key, value):
        self._d[key] = value

    async def delete(self, key):
        return self._d.pop(key, self) is not self

    async def maintain(self):
        while True:
            await asyncio.sleep(EVERY)
            # No await within: no other task runs, so nothing can be lost, and
            # nobody is served. A thread could not do this without a lock.
            self._d = dict(self._d)
            self.copies += 1

    def contents(self):
        return dict(self._d)
