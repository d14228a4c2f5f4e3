"""Move a few entries at a time, with requests in between. asyncio.

    asyncio.create_task(store.copy())

Two dicts are alive during a move. popitem() needs no iterator, so there is
nothing that a write could disturb. (It takes the newest entry first: the order
of insertion is not kept.) The new dict still grows by its own resizes: Python
code cannot ask for a dict with room for n keys.
"""
import asyncio

SLICE = 32
MISSING = object()


class Store:
    def __init__(self):
        self._old = {}  # empty when nothing is being moved
        self._new = {}
        self.copies = 0

    @property
    def copying(self):
        return bool(self._old)

    async def get(self, key, default=None):
        value = self._new.get(key, MISSING)
        return self._old.get(key, default) if value is MISSING else value

    async def set(self, key, value):
        self._new[key] = value

    async def delete(self, key):
        # From both, or the old value would come back.
        new = self._new.pop(key, MISSING)
        old = self._old.pop(key, MISSING)
        return not (new is MISSING and old is MISSING)

    async def copy(self):
        self._old, self._new = self._new, {}
        while self._old:
            for _ in range(min(SLICE, len(self._old))):
                key, value = self._old.popitem()
                # What was written since is in the new dict, and is newer.
                self._new.setdefault(key, value)
            await asyncio.sleep(0)
        self._old = {}  # an emptied dict keeps its table
        self.copies += 1

    def contents(self):
        return {**self._old, **self._new}
