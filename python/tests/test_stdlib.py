"""CPython's own tests of dict, with every dict in them a recorded one."""
import importlib.util
import os
import sys
import tempfile
import unittest

from dictoscope.running import Script

# A recorder must know which key it is, so a key's own `__hash__` and `__eq__` are called more often than by a dict alone.
ASKED_MORE = "counts or answers calls of a key's own methods, and the recorder calls them too"
TRACKED = "says that dict subclasses are always tracked by the garbage collector, and these dicts are of a subclass"
EXCEPTIONS = {
    "test_setdefault_atomic": ASKED_MORE,
    "test_setitem_atomic_at_resize": ASKED_MORE,
    "test_equal_operator_modifying_operand": ASKED_MORE,
    "test_merge_and_mutate": ASKED_MORE,
    "test_track_literals": TRACKED,
    "test_track_dynamic": TRACKED,
}


class StandardLibrary(unittest.TestCase):
    def test_dict(self):
        spec = importlib.util.find_spec("test.test_dict") if importlib.util.find_spec("test") else None
        if spec is None:
            self.skipTest("SKIPPED: this Python has no test.test_dict")
        with open(spec.origin, encoding="utf-8") as file:
            source = file.read()
        with tempfile.TemporaryDirectory() as folder:
            script = Script(source, spec.origin, os.path.join(folder, "trace.gz"), limit=1 << 40)
            module = script.names()
            module.__dict__["__name__"] = "recorded_test_dict"
            sys.modules["recorded_test_dict"] = module
            exec(script.code, module.__dict__)
            suite = unittest.TestSuite()
            found = set()
            for group in unittest.defaultTestLoader.loadTestsFromModule(module):
                for test in group:
                    name = test.id().rpartition(".")[2]
                    found.add(name)
                    if name not in EXCEPTIONS:
                        suite.addTest(test)
            result = unittest.TestResult()
            suite.run(result)
            script.trace.close()
        wrong = ["%s\n%s" % (test.id(), text) for test, text in result.errors + result.failures]
        self.assertFalse(wrong, "\n".join(wrong))
        self.assertGreater(result.testsRun, 90)
        # An exception that is no longer there would hide something one day.
        self.assertFalse(set(EXCEPTIONS) - found - {"test_setitem_atomic_at_resize"})


if __name__ == "__main__":
    unittest.main()
