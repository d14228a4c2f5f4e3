"""Copy in the background while every write goes to both dicts. asyncio.

    asyncio.create_task(store.copy())
"""
import asyncio

SLICE = 32


class Store:
    def __init__(self):
        self._d = {}
        self._new = None
        self.copies = 0

    @property
    def copying(self):
        return self._new is not None

    async def get(self, key, default=None):
        return self._d.get(key, default)  # the new dict is not complete

    async def set(self, key, value):
        self._d[key] = value
        if self._new is not None:
            self._new[key] = value

    async def delete(self, key):
        if self._new is not None:
            self._new.pop(key, None)
        return self._d.pop(key, self) is not self

    async def copy(self):
        self._new = {}
        # Not "for key in self._d": with writes at the await below it would end
        # with "RuntimeError: dictionary changed size during iteration".
        for n, key in enumerate(list(self._d)):
            # A key deleted since must not come back, and a value written since
            # must stay. No await between the two lines.
            if key in self._d:
                self._new.setdefault(key, self._d[key])
            if n % SLICE == 0:
                await asyncio.sleep(0)
        self._d, self._new = self._new, None
        self.copies += 1

    def contents(self):
        return dict(self._d)
