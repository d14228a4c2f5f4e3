"""What snapshots tell: the table read from memory, and when it is not."""
import collections
import json
import random
import sys
import types
import unittest
from unittest import mock

import dictoscope
from dictoscope import memory
from dictoscope.model import Table
from dictoscope.recorder import record, stop
from dictoscope.snapshots import snapshot

RELEASE = tuple(sys.version_info[:3])
CELLS = 100000


class Snapshots(unittest.TestCase):
    def test_memory_and_rules_agree_on_random_dicts(self):
        rnd, cells = random.Random(RELEASE[1]), 0
        while cells < CELLS:
            d, table = {}, Table(RELEASE)
            n = rnd.choice((3, 8, 20, 200, 3000))
            kinds = rnd.choice(("s", "si", "sitf"))
            keys = [{"s": "s%d", "i": "%d", "t": "(%d,)", "f": "%d.5"}[rnd.choice(kinds)] % (i * rnd.choice((1, 8, 1024))) for i in range(n)]
            keys = [key if key.startswith("s") else eval(key) for key in keys]
            ids = {key: i for i, key in enumerate(keys)}
            for step in range(n * 3):
                key, what = rnd.choice(keys), rnd.random()
                if what < 0.55:
                    d[key] = 1
                    table.set(ids[key], hash(key), type(key) is str)
                elif what < 0.85:
                    d.pop(key, None)
                    table.delete(ids[key])
                elif what < 0.9:
                    if d:
                        d.popitem()
                        table.popitem()
                elif what < 0.905:
                    d.clear()
                    table.clear()
                elif what < 0.92:
                    d, table = d.copy(), table.copied("copy")
                elif what < 0.93:
                    d, table = dict(d), table.copied("dict")
                elif what < 0.94:
                    some = dict.fromkeys(rnd.sample(keys, rnd.randrange(min(n, 40))))
                    some = {key: 1 for key in some}
                    d.update(some)
                    table.update([(ids[one], hash(one), type(one) is str) for one in some])
                elif what < 0.945:
                    d, table = {**d}, table.copied("unpack")
                elif what < 0.95:
                    d, table = {k: v for k, v in d.items()}, table.copied("comprehension")
                if n <= 20 or step % 97 == 0:
                    seen = snapshot(d)
                    self.assertEqual((seen.source, seen.why), ("memory", None))
                    entries = [entry and (ids[entry[1]], entry[0]) for entry in seen.entries]
                    self.assertEqual(
                        (seen.len, seen.sizeof, seen.slots, seen.usable, seen.nentries, seen.indices, entries),
                        (
                            len(table), table.sizeof(), table.size, table.usable, len(table.entries), table.indices,
                            [entry and entry[:2] for entry in table.entries],
                        ),
                    )
                    cells += seen.slots
                if seen_kind_differs(d, table):
                    self.fail("the kind of the keys")

    def test_it_says_when_it_is_rebuilt(self):
        d = {n: n for n in range(10)}
        del d[0]

        def rebuilt(why):
            seen = snapshot(d)
            self.assertEqual(seen.source, "rebuilt")
            self.assertIn(why, seen.why)
            self.assertEqual([entry[1] for entry in seen.entries], list(d))
            self.assertEqual((seen.len, seen.nentries), (9, 9), "no holes")
            self.assertIn("rebuilt in order of insertion", seen.text())

        with mock.patch.object(memory, "VERSION", (3, 99)):
            rebuilt("3.99")
        with mock.patch.object(sys, "maxsize", 2 ** 31 - 1):
            rebuilt("64-bit")
        with mock.patch.object(sys, "implementation", types.SimpleNamespace(name="pypy")):
            rebuilt("pypy")
        with mock.patch.object(memory, "object", types.SimpleNamespace(__basicsize__=32), create=True):
            rebuilt("free-threaded")
        with mock.patch.object(memory, "KEYS_HEADER", 48):
            rebuilt("getsizeof")
        with mock.patch.object(memory, "index_width", lambda slots: 2):
            rebuilt("getsizeof")

    def test_split_tables_are_rebuilt_or_read_right(self):
        class Thing:
            def __init__(self):
                self.a = self.b = 1

        things = [Thing() for _ in range(3)]
        seen = snapshot(things[1].__dict__)
        self.assertEqual([entry[1] for entry in seen.entries], ["a", "b"])
        if seen.source == "rebuilt":
            self.assertIn("split", seen.why)

    def test_subclasses_and_recorded_dicts(self):
        for d in (collections.defaultdict(int, {1: 2}), collections.OrderedDict([(1, 2)]), collections.Counter("aab")):
            seen = snapshot(d)
            self.assertEqual((seen.source, seen.type, seen.sizeof), ("memory", type(d).__name__, sys.getsizeof(d)))
        import os
        import tempfile

        handle, path = tempfile.mkstemp()
        os.close(handle)
        d = record({"a": 1}, path)
        self.assertEqual(snapshot(d).state()["entries"], snapshot({"a": 1}).state()["entries"])
        stop(d)
        os.remove(path)

    def test_it_is_told_in_six_lines_and_as_json(self):
        d = {"timmy": 1, "barry": 2, "guido": 3}
        del d["barry"]
        lines = dictoscope.snapshot(d).text().split("\n")
        self.assertEqual(len(lines), 6)
        self.assertIn("dict of 2 in CPython %d.%d" % RELEASE[:2], lines[0])
        self.assertEqual(sorted(lines[1][8:]), sorted("·····██x"))
        self.assertEqual(lines[3], "entries 'timmy', —, 'guido'")
        self.assertIn("3 appended: 2 live, 1 holes; room for 2 more", lines[4])
        told = json.loads(dictoscope.snapshot(d).to_json())
        self.assertEqual((told["len"], told["slots"], told["entries"][1]), (2, 8, None))
        self.assertRaises(TypeError, dictoscope.snapshot, [1])

        class Bad:
            def __repr__(self):
                raise ValueError

        self.assertIn("repr fails", dictoscope.snapshot({Bad(): 1}).text())
        for n in (1000, 100000):
            self.assertLessEqual(max(map(len, dictoscope.snapshot(dict.fromkeys(range(n))).text().split("\n"))), 72)


def seen_kind_differs(d, table):
    if not table.has_kinds or len(d) > 20:
        return False
    return snapshot(d).kind != ("unicode" if table.unicode else "general")


if __name__ == "__main__":
    unittest.main()
