# coding: utf-8
"""What a recorded dict is and what it writes. Runs under 2.7 and 3.6 too, with recorder.py alone."""
from __future__ import print_function

import collections
import copy
import gzip
import json
import os
import pickle
import sys
import tempfile
import threading
import unittest
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "dictoscope"))
import recorder
from recorder import record, stop

sys.path.pop(0)


def lines(path):
    with gzip.open(path) as file:
        return [json.loads(line.decode("ascii")) for line in file.read().splitlines()]


class Recorder(unittest.TestCase):
    def setUp(self):
        handle, self.path = tempfile.mkstemp(".gz")
        os.close(handle)
        self.addCleanup(os.remove, self.path)

    def test_operations_are_written(self):
        d = record({"a": 1}, self.path, values=True)
        d["b"] = [1]
        self.assertEqual(d["a"], 1)
        self.assertRaises(KeyError, lambda: d["nope"])
        self.assertTrue("b" in d)
        d.get(7)
        del d["a"]
        d.pop("b")
        d.pop("b", None)
        d.setdefault((1, 2), None)
        d.update({3: "x"})
        d.popitem()
        d.clear()
        self.assertRaises(KeyError, d.popitem)
        with self.assertRaises(TypeError):
            d[[]] = 1
        self.assertEqual(stop(d), self.path)
        told = lines(self.path)
        self.assertEqual(told[0]["format"], "dictoscope-trace")
        keys = {line[1]: line[3] for line in told[1:] if line[0] == "k"}
        ops = [line for line in told[1:] if line[0] != "k"]
        self.assertEqual(
            [op[0] for op in ops],
            "new set set get get in getor del pop popor setdefault update popitem clear popitem is stop".split(),
        )
        self.assertEqual(ops[0][1:], [0, 0, "dict", "dict"])
        self.assertEqual(keys[ops[1][3]], "'a'")
        self.assertEqual(ops[2][4], "<list>")
        self.assertEqual(keys[ops[10][3]], "(1, 2)")
        self.assertEqual(ops[-2][3], 0)
        for line in told[1:]:
            if line[0] == "k" and line[3] is not None:
                self.assertEqual(line[2], hash(eval(line[3])))

    def test_it_stands_for_the_original(self):
        for made in ({1: 2}, collections.defaultdict(list, {1: [2]}), collections.Counter("aab"), collections.OrderedDict([(1, 2)])):
            kept = copy.deepcopy(made)
            d = record(made, self.path)
            self.assertEqual(d, kept)
            self.assertIsInstance(d, type(made))
            self.assertEqual(repr(d), repr(kept))
            self.assertEqual(pickle.loads(pickle.dumps(d)), kept)
            self.assertIs(type(pickle.loads(pickle.dumps(d))), type(kept))
            self.assertEqual(json.dumps(d), json.dumps(kept))
            d["new"] = 5
            self.assertEqual(made, kept, "the original is not touched")
            stop(d)
            d["after"] = 1
            self.assertEqual(lines(self.path)[-1], ["stop", "stop"])
        self.assertRaises(TypeError, record, type("Sub", (dict,), {})(), self.path)
        self.assertRaises(ValueError, record, {}, self.path, keys="secret")

    def test_private_keys(self):
        d = record({"secret": 1, 17: 2, (u"tuple", 3): 4}, self.path, keys="hash", values=True)
        d["another secret"] = u"hidden"
        stop(d)
        with gzip.open(self.path) as file:
            text = file.read().decode("ascii")
        for word in ("secret", "hidden", "tuple',"):
            self.assertNotIn(word, text)
        keys = [line for line in lines(self.path)[1:] if line[0] == "k"]
        self.assertIn([hash("secret"), None, "str"], [line[2:] for line in keys])
        self.assertEqual(len(keys), 4)

    def test_objects_are_told_apart_and_not_kept(self):
        class Thing(object):
            pass

        class Own(object):
            def __init__(self, n):
                self.n = n

            def __hash__(self):
                return 42

            def __eq__(self, other):
                return isinstance(other, Own) and self.n == other.n

        import gc
        import weakref

        d = record({}, self.path)
        one = Thing()
        d[one] = d[Own(1)] = d[Own(2)] = d[Own(1)] = 1
        watched = weakref.ref(one)
        del d[one], one
        gc.collect()
        self.assertIsNone(watched())
        self.assertEqual(len(d), 2)
        stop(d)
        told = lines(self.path)
        keys = [line for line in told[1:] if line[0] == "k"]
        self.assertEqual([line[4:] for line in keys], [["Thing", 0], ["Own", 0], ["Own", 1]])
        self.assertEqual([line[2] for line in keys[1:]], [42, 42])
        self.assertEqual([line[3] for line in told[1:] if line[0] == "set"], [0, 1, 2, 1])

    def test_threads(self):
        d = record({}, self.path)

        def work(base):
            for n in range(2000):
                d[base + n] = n
                if n % 3 == 0:
                    del d[base + n]

        threads = [threading.Thread(target=work, args=(base,)) for base in (0, 10000, 20000, 30000)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        stop(d)
        keys, replayed = {}, {}
        for told in lines(self.path)[1:]:
            if told[0] == "k":
                keys[told[1]] = int(told[3])
            elif told[0] == "set":
                replayed[keys[told[3]]] = 1
            elif told[0] == "del":
                del replayed[keys[told[3]]]
        self.assertEqual(set(replayed), set(d))
        if sys.version_info >= (3, 6):
            self.assertEqual(list(replayed), list(d), "in the order in which it happened")

    def test_a_cut_file_has_what_was_flushed(self):
        d = record({}, self.path)
        for n in range(recorder.BUFFER_LINES * 3):
            d[n] = n
        trace = d._trace_
        with open(self.path, "rb") as file:
            cut = file.read()
        trace.close()
        import zlib

        got = b""
        while cut:
            unpacker = zlib.decompressobj(31)
            got += unpacker.decompress(cut)
            self.assertEqual(got[-1:], b"\n", "whole members only")
            cut = unpacker.unused_data
        self.assertGreater(got.count(b"\n"), recorder.BUFFER_LINES * 5)

    def test_the_limit_ends_it_and_says_so(self):
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            d = record({}, self.path, limit=20000)
            for n in range(60000):
                d[n * 7919 % 100003] = n
        self.assertEqual(len(said), 1)
        self.assertIn("20000 bytes", str(said[0].message))
        self.assertLess(os.path.getsize(self.path), 60000)
        self.assertEqual(lines(self.path)[-1], ["stop", "limit"])
        self.assertGreater(len(d), 50000, "the program goes on")

    def test_many_keys_are_forgotten_not_kept(self):
        recorder.MOST_KEYS, kept = 100, recorder.MOST_KEYS
        try:
            d = record({}, self.path)
            for n in range(1000):
                d["key%d" % n] = n
                del d["key%d" % n]
            d["key3"] = 1
            self.assertLessEqual(sum(map(len, d._trace_._numbers.values())), 101)
            stop(d)
        finally:
            recorder.MOST_KEYS = kept
        told = [line for line in lines(self.path)[1:] if line[0] == "k"]
        self.assertEqual(len([line for line in told if line[3] == "'key3'"]), 2)
        self.assertEqual([line[1] for line in told], list(range(1001)))

    @unittest.skipUnless(hasattr(os, "fork"), "SKIPPED: no fork here")
    def test_a_child_process_does_not_write(self):
        d = record({}, self.path)
        d[1] = 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            child = os.fork()
        if child == 0:
            for n in range(recorder.BUFFER_LINES * 2):
                d[n] = n
            os._exit(0)
        os.waitpid(child, 0)
        stop(d)
        self.assertEqual([line[0] for line in lines(self.path)[1:]], ["new", "k", "set", "is", "stop"])

    def test_sizes_are_those_of_the_table(self):
        d = record({}, self.path)
        plain = dict()
        for n in range(300):
            d[n] = plain[n] = n
            self.assertEqual(sys.getsizeof(d), sys.getsizeof(plain))
        stop(d)


if __name__ == "__main__":
    unittest.main()
