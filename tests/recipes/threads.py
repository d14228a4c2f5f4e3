"""Threads that write to a recipe's Store while it copies, and see that nothing is lost. Python 2.7 and 3.

usage: threads.py DIRECTORY RECIPE; prints [version, copies, requests that were under way during one]
"""
import importlib
import json
import random
import sys
import threading
import time

sys.path.insert(0, sys.argv[1])
store = importlib.import_module(sys.argv[2]).Store()
if hasattr(sys, "setswitchinterval"):
    sys.setswitchinterval(1e-5)
else:
    sys.setcheckinterval(1)

WRITERS, KEYS, ROUNDS = 4, 400, 3
during = [0] * WRITERS
draws = [random.Random(writer) for writer in range(WRITERS)]
plains = [{} for _ in range(WRITERS)]
errors = []


def write(writer, deletions):
    """Fill or drain; the keys of a writer are its own, so it knows all answers."""
    draw, plain = draws[writer], plains[writer]
    for value in range(4 * KEYS):
        key = (writer, draw.randrange(KEYS))
        copies, copying = store.copies, getattr(store, "copying", False)
        if draw.random() < 0.3:
            assert store.get(key) == plain.get(key), ("get", key)
        elif draw.random() < deletions:
            assert store.delete(key) == (plain.pop(key, None) is not None), ("delete", key)
        else:
            store.set(key, value)
            plain[key] = value
        during[writer] += copying or store.copies != copies


def guarded(work, *args):
    try:
        work(*args)
    except BaseException as error:
        errors.append(repr(error))


def copy_again(stop):
    while not stop.is_set():
        store.copy()
        time.sleep(0.001)


stop = threading.Event()
work = getattr(store, "maintain", copy_again if hasattr(store, "copy") else None)
keepers = [threading.Thread(target=guarded, args=(work, stop))] if work else []
for thread in keepers:
    thread.start()
for deletions in [0.05, 0.95] * ROUNDS:
    writers = [threading.Thread(target=guarded, args=(write, writer, deletions)) for writer in range(WRITERS)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    time.sleep(0.05)
stop.set()
for thread in keepers:
    thread.join()
assert not errors, errors
expected = {}
for plain in plains:
    expected.update(plain)
assert store.contents() == expected
print(json.dumps([list(sys.version_info[:2]), store.copies, sum(during)]))
