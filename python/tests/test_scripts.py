"""Scripts as people write them, recorded while they run: what they print is what they always print."""
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest

from dictoscope.reading import Reader
from dictoscope.running import Script

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPTS = os.path.join(HERE, "scripts")
VERSION = "%d.%d" % sys.version_info[:2]


def run(script, trace, *options):
    command = [sys.executable, "-m", "dictoscope", "run", "-o", trace] + list(options) + [script]
    env = dict(os.environ, PYTHONHASHSEED="0", PYTHONPATH=os.path.dirname(HERE), PYTHONIOENCODING="utf-8")
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=50)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def alone(script):
    """What it prints without a recorder, in the form of expected.json."""
    env = dict(os.environ, PYTHONHASHSEED="0", PYTHONIOENCODING="utf-8")
    done = subprocess.run([sys.executable, script], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=50)
    told = {"out": done.stdout.decode().splitlines()}
    if done.returncode:
        told["error"] = done.stderr.decode().splitlines()[-1]
    return told


class Scripts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.trace = os.path.join(folder.name, "trace.jsonl.gz")

    def test_they_print_what_they_print(self):
        with open(os.path.join(SCRIPTS, "expected.json"), encoding="utf-8") as file:
            expected = json.load(file)
        for name in sorted(expected):
            if "py2" in name:
                continue
            with self.subTest(name):
                told = expected[name].get(VERSION) or alone(os.path.join(SCRIPTS, name))
                code, out, errors = run(os.path.join(SCRIPTS, name), self.trace)
                self.assertEqual(out.splitlines(), told["out"], errors)
                self.assertEqual(code, 1 if "error" in told else 0)
                self.assertEqual(errors.splitlines()[-1:], [told["error"]] if "error" in told else [])
                self.assertNotIn("dictoscope", errors, "the traceback is the script's alone")

    def test_sizes_can_be_those_of_another_release(self):
        with open(os.path.join(SCRIPTS, "expected.json"), encoding="utf-8") as file:
            expected = json.load(file)
        for version, release in (("3.6", (3, 6, 15)), ("3.9", (3, 9, 18)), ("3.13", (3, 13, 0)), ("3.15", (3, 15, 2))):
            for name in ("03-growth-table.py", "04-literals.py", "06-lru.py", "09-copies.py"):
                with open(os.path.join(SCRIPTS, name)) as file:
                    script = Script(file.read(), name, io.BytesIO(), release=release)
                with contextlib.redirect_stdout(io.StringIO()) as out:
                    self.assertEqual(script.run(), 0)
                self.assertEqual(out.getvalue().splitlines(), expected[name][version]["out"], (name, version))

    def test_the_question_is_recorded_to_its_end(self):
        path = self.trace + ".py"
        with open(os.path.join(SCRIPTS, "02-uuids.py")) as file, open(path, "w") as smaller:
            smaller.write(file.read().replace("100_000", "10_000"))
        code, out, errors = run(path, self.trace)
        self.assertEqual((code, out.split()[:2]), (0, ["full", "10000"]), errors)
        reader = Reader(self.trace)
        counts, lines = {}, set()
        for told in reader:
            counts[told[0]] = counts.get(told[0], 0) + 1
            if told[0] in ("new", "set", "del", "become"):
                lines.add((told[0], told[2]))
        self.assertTrue(reader.complete)
        self.assertEqual((counts["set"], counts["del"], counts["new"], counts["become"]), (10000, 10000, 2, 1))
        self.assertEqual(lines, {("new", 20), ("set", 9), ("del", 16), ("new", 25), ("become", 25)})

    def test_an_endless_one_is_stopped(self):
        code, _, errors = run(os.path.join(SCRIPTS, "13-endless.py"), self.trace, "--operations", "5000")
        self.assertEqual(code, 3, errors)
        self.assertIn("stopped after 5000 lines", errors)
        sets = [told for told in Reader(self.trace) if told[0] == "set"]
        self.assertGreater(len(sets), 3000)

    def test_every_way_to_make_a_dict_is_seen(self):
        source = '''import collections, copy
from collections import Counter, defaultdict, OrderedDict
def f(**kw): return kw
class Sub(dict):
    pass
a = {1: 2}
b = {k: k for k in 'ab'}
c = dict(); c = dict(x=1); c = dict([(1, 2)]); c = dict(a)
c = dict.fromkeys([1, 2]); c = a.copy(); c = copy.copy(a); c = copy.deepcopy({1: {2: 3}})
c = {**a}; c = {'k': 1, **a, 'z': 2}
c = f(z=1)
c = Sub(a); c['q'] = 1
c = defaultdict(int); c['w'] += 1
c = collections.Counter('aab')
c = OrderedDict([(1, 2)]); c.move_to_end(1)
c = [{'in': {'side': 1}}]
assert isinstance(c[0], dict) and type(a) is dict and type(a) == type({}) and issubclass(Sub, dict)
assert isinstance(Counter(), dict) and repr(OrderedDict) == "<class 'collections.OrderedDict'>"
'''
        path = self.trace + ".py"
        with open(path, "w") as file:
            file.write(source)
        code, _, errors = run(path, self.trace)
        self.assertEqual((code, errors), (0, ""))
        made = [tuple(told[2:5]) for told in Reader(self.trace) if told[0] == "new"]
        for one in [
            (6, "dict", "display"), (7, "dict", "comprehension"), (8, "dict", "dict"), (9, "dict", "fromkeys"),
            (10, "dict", "display"), (3, "dict", "display"), (12, "Sub", "dict"), (13, "defaultdict", "dict"),
            (14, "Counter", "dict"), (15, "OrderedDict", "dict"), (16, "dict", "display"),
        ]:
            self.assertIn(one, made)
        become = [told[3] for told in Reader(self.trace) if told[0] == "become"]
        self.assertEqual(become, ["dict", "copy", "copy", "unpack"])


if __name__ == "__main__":
    unittest.main()
