"""Copy under a lock that only writes wait for. asyncio.

    asyncio.create_task(store.copy())
"""
import asyncio

SLICE = 32


class Store:
    def __init__(self):
        self._lock = asyncio.Lock()
        self._d = {}
        self.copying = False
        self.copies = 0

    async def get(self, key, default=None):
        return self._d.get(key, default)

    async def set(self, key, value):
        async with self._lock:
            self._d[key] = value

    async def delete(self, key):
        async with self._lock:
            return self._d.pop(key, self) is not self

    async def copy(self):
        async with self._lock:
            self.copying = True
            new = {}
            # Lookups run at each await. Writes wait for the lock: without it
            # the loop would end with "RuntimeError: dictionary changed size
            # during iteration".
            for n, (key, value) in enumerate(self._d.items()):
                new[key] = value
                if n % SLICE == 0:
                    await asyncio.sleep(0)
            self._d = new
            self.copies += 1
            self.copying = False

    def contents(self):
        return dict(self._d)
