"""Reports, the command, and what is shown: right numbers, and clear words for what is no trace."""
import gzip
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import unittest
from contextlib import redirect_stderr, redirect_stdout
from unittest import mock

import dictoscope
from dictoscope import __main__ as command
from dictoscope import showing
from dictoscope.reading import NotATrace, Reader
from dictoscope.reports import Report
from dictoscope.recorder import record, stop


def run(*arguments):
    out, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        code = command.main(list(arguments))
    return code, out.getvalue(), errors.getvalue()


class Reports(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.trace = os.path.join(folder.name, "trace.jsonl.gz")

    def write(self, work):
        d = record({}, self.trace)
        work(d)
        stop(d)
        return d

    def test_the_bytes_are_those_of_the_interpreter(self):
        rnd = random.Random(3)

        def work(d):
            for n in range(1200):
                d[rnd.randrange(900)] = n
                if rnd.random() < 0.4:
                    d.pop(rnd.randrange(900), None)
                if n % 300 == 0:
                    d.update({str(k): 0 for k in range(n % 50)})
                if n % 500 == 499:
                    d.popitem()

        d = self.write(work)
        report = Report(self.trace)
        self.assertIs(report.as_seen, True)
        parts = report.parts()
        self.assertEqual(sum(size for _, size, _ in parts), report.table.sizeof())
        self.assertEqual(report.table.sizeof(), sys.getsizeof(d))
        gains = dict(report.gains())
        self.assertEqual(gains["d = {k: v for k, v in d.items()}"], sys.getsizeof({k: v for k, v in d.items()}))
        # The next resize comes when the report says, and gives what it says.
        told = report.table.inserts_until_resize()
        for n in range(told):
            d["new", n] = 1
            self.assertEqual(sys.getsizeof(d), report.table.sizeof())
        d["one more"] = 1
        self.assertEqual(sys.getsizeof(d), report.table.next_size())

    def test_the_advice_follows_the_numbers(self):
        def drained(d):
            for n in range(1200):
                d[n] = n
            for n in range(1190):
                del d[n]

        self.write(drained)
        text = Report(self.trace).markdown()
        self.assertIn("`d = dict(d)` gives back", text)
        self.assertIn("would have paid", text)

        def full(d):
            for n in range(200):
                d[n] = n

        self.write(full)
        text = Report(self.trace).markdown()
        self.assertIn("Do nothing", text)
        self.assertIn("At no moment of this trace", text)

        def waves(d):
            for _ in range(4):
                for n in range(300):
                    d[n] = n
                for n in range(300):
                    del d[n]

        self.write(waves)
        self.assertIn("Do nothing if it fills again", Report(self.trace).markdown())

    def test_the_command(self):
        self.write(lambda d: [d.__setitem__(n, n) for n in range(100)])
        code, out, _ = run("report", self.trace)
        self.assertEqual(code, 0)
        self.assertIn("## Where the bytes are", out)
        page = os.path.join(self.folder, "report.html")
        self.assertEqual(run("report", self.trace, "-o", page)[0], 0)
        with open(page, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("<svg", text)
        self.assertNotIn("http", text, "it needs nothing from elsewhere")
        code, out, _ = run("report", self.trace, "--counters")
        self.assertEqual(json.loads(out)["traceEvents"][-1]["args"], {"len(d)": 100})
        code, out, _ = run("text", self.trace)
        self.assertIn("d0[99] = …", out)
        self.assertIn("the end (stop)", out)
        script = os.path.join(self.folder, "script.py")
        with open(script, "w") as file:
            file.write("table = {'a': 1}\nother = 5\n")
        self.assertIn("dict of 1", run("snapshot", script + ":table")[1])
        self.assertEqual(json.loads(run("snapshot", script + ":table", "--json")[1])["len"], 1)
        for arguments, says in [
            (("report", script), "is no trace"),
            (("report", os.path.join(self.folder, "none")), "none"),
            (("report", self.trace, "--dict", "7"), "dicts 0 to 0"),
            (("text", script), "is no trace"),
            (("snapshot", script), "FILE.py:NAME"),
            (("snapshot", script + ":other"), "is of type int"),
            (("snapshot", script + ":nope"), "is no name"),
            (("run", script + "x"), "No such file"),
        ]:
            code, _, errors = run(*arguments)
            self.assertEqual(code, 2, arguments)
            self.assertIn(says, errors)
            self.assertNotIn("Traceback", errors)

    def test_cut_and_damaged_files_are_read_up_to_the_cut(self):
        self.write(lambda d: [d.__setitem__(n, n) for n in range(9000)])
        with open(self.trace, "rb") as file:
            whole = file.read()
        plain = gzip.decompress(whole)
        counts = []
        for data in (whole, whole[:-1], whole[: len(whole) // 2], plain[: len(plain) // 2], plain[:200] + b"\xff{]\n" + plain[200:]):
            with open(self.trace, "wb") as file:
                file.write(data)
            reader = Reader(self.trace)
            counts.append((sum(1 for _ in reader), reader.complete))
        self.assertEqual(counts[0], (18002, True))
        self.assertGreater(counts[1][0], 17000)
        for count, complete in counts[2:]:
            self.assertFalse(complete)
            self.assertTrue(count < 12000, counts)
        with open(self.trace, "wb") as file:
            file.write(plain[:20000])
        self.assertIn("The trace was cut", Report(self.trace).markdown())
        for data in (b"", b"\x1f\x8b", b"{}\n", b"[]", b"\x00" * 99, plain.replace(b'"version": 1', b'"version": 9')):
            with open(self.trace, "wb") as file:
                file.write(data)
            self.assertRaises(NotATrace, Reader, self.trace)

    def test_show(self):
        d = {"<b>": "&", 1: 2}
        del d[1]
        path = os.path.join(self.folder, "d.html")
        out = io.StringIO()
        with redirect_stdout(out):
            self.assertIsNone(dictoscope.show(d, path))
        self.assertIn("picture: " + path, out.getvalue())
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("&lt;b&gt;", text)
        self.assertNotIn("<b>'", text)
        self.assertEqual(text.count("<rect"), dictoscope.snapshot(d).slots)
        with mock.patch.object(showing, "_in_notebook", lambda: True):
            bundle = dictoscope.show(d)._repr_mimebundle_()
        self.assertEqual(bundle["text/plain"], dictoscope.snapshot(d).text())
        self.assertIn("srcdoc=", bundle["text/html"])
        large = showing.picture(dictoscope.snapshot(dict.fromkeys(range(100000))))
        self.assertLess(len(large), 1000000)

    def test_the_module_runs(self):
        env = dict(os.environ, PYTHONPATH=os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        done = subprocess.run([sys.executable, "-m", "dictoscope"], env=env, stdout=subprocess.PIPE)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"snapshot", done.stdout)


if __name__ == "__main__":
    unittest.main()
