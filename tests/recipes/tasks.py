"""Tasks that write to a recipe's Store while it copies, and see that nothing is lost. asyncio.

usage: tasks.py DIRECTORY RECIPE; prints [version, copies, requests that came during one]
"""
import asyncio
import importlib
import json
import random
import sys

sys.path.insert(0, sys.argv[1])
recipe = importlib.import_module(sys.argv[2])
WRITERS, KEYS, ROUNDS = 4, 400, 3


async def write(store, writer, plain):
    """Fill and drain, over and over; this writer's keys are its own, so it knows all answers."""
    draw, value, during = random.Random(writer), 0, 0
    for drains in range(2 * ROUNDS):
        for _ in range(4 * KEYS):
            key, value = (writer, draw.randrange(KEYS)), value + 1
            during += getattr(store, "copying", False)
            if draw.random() < 0.3:
                assert await store.get(key) == plain.get(key), ("get", key)
            elif draw.random() < (0.95 if drains % 2 else 0.05):
                assert await store.delete(key) == (plain.pop(key, None) is not None), ("delete", key)
            else:
                await store.set(key, value)
                plain[key] = value
            if draw.random() < 0.2:
                await asyncio.sleep(0)
        await asyncio.sleep(0.05)
    return during


async def copy_again(store):
    while True:
        await store.copy()
        await asyncio.sleep(0)


async def main():
    store, plains = recipe.Store(), [{} for _ in range(WRITERS)]
    keeper = asyncio.create_task(store.maintain() if hasattr(store, "maintain") else copy_again(store))
    during = await asyncio.gather(*(write(store, writer, plain) for writer, plain in enumerate(plains)))
    if keeper.done():
        keeper.result()
    keeper.cancel()
    expected = {}
    for plain in plains:
        expected.update(plain)
    assert store.contents() == expected
    print(json.dumps([list(sys.version_info[:2]), store.copies, sum(during)]))


asyncio.run(main())
