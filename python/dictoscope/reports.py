"""What a trace says about a dict: where its bytes are, what would give some back, and whether that would have paid.

Numbers first, then advice that follows from them. The trace is replayed by the rules (`model.py`); what the interpreter said
of the dict at its end is compared with that.
"""
import html
import json

from .model import Table
from .reading import Reader
from .replaying import Decoder, apply

# Operations that are replayed; a report of a longer trace says so.
MOST_OPERATIONS = 3000000
# Moments at which compacting is tried out.
CANDIDATES = 8
# Points of the chart.
POINTS = 600
# The rules there are, each with a release that has them.
RULES = [
    ("3.6", (3, 6, 15)), ("3.7", (3, 7, 16)), ("3.8, 3.9", (3, 9, 18)), ("3.10", (3, 10, 13)),
    ("3.11 to 3.13.3", (3, 11, 7)), ("3.13.4 to 3.15", (3, 15, 2)),
]
# Less than this share of its bytes, or fewer than so many, is no reason to do anything.
WORTH_SHARE, WORTH_BYTES = 0.1, 1024


class NoReport(ValueError):
    """There is nothing to report. The text says why."""


def number(n):
    return "{:,}".format(n)


def load(path):
    """The header of a trace, its keys, and what was done to each dict: lists of `(name, line, argument)`."""
    reader = Reader(path)
    decoder, dicts, seen, cut = Decoder(reader.header.get("values")), {}, {}, False
    total = 0
    for told in reader:
        if told[0] == "is":
            seen[told[1]] = told[3:5]
        op = decoder.decode(told)
        if op is None:
            continue
        total += 1
        if total > MOST_OPERATIONS:
            cut = True
            break
        d = told[1]
        if op[0] == "new":
            dicts[d] = {"type": told[3], "line": told[2], "ops": [op]}
        elif op[0] == "become":
            how, source = op[2]
            dicts[d]["ops"] = [("become", told[2], (how, source, len(dicts[source]["ops"])))]
        else:
            dicts[d]["ops"].append(op)
    keys = decoder.keys
    shown = {entry[0]: entry[3] for entry in keys.values()}
    return reader, dicts, seen, shown, cut


def history(dicts, number):
    """All operations that made a dict what it is, those of the dict that it was copied from first."""
    parts, count = [], None
    while True:
        ops = dicts[number]["ops"][:count]
        parts.append(ops)
        if not ops or ops[0][0] != "become":
            break
        _, number, count = ops[0][2]
    return [op for ops in reversed(parts) for op in ops]


class Report:
    """The facts of one dict of a trace."""

    def __init__(self, path, wanted=None):
        reader, dicts, seen, shown, cut = load(path)
        if not dicts:
            raise NoReport("%s has no dict in it" % path)
        self.header = reader.header
        release = tuple(int(part) for part in self.header["python"].split("."))
        if release < (3, 6):
            raise NoReport("reports are of 3.6 and later: replay this trace of %s with `replay --trace`" % self.header["python"])
        self.release = release
        if wanted is None:
            wanted = max(dicts, key=lambda d: len(dicts[d]["ops"]))
        if wanted not in dicts:
            raise NoReport("%s has dicts 0 to %d, not %s" % (path, max(dicts), wanted))
        self.number, self.dict, self.others = wanted, dicts[wanted], len(dicts) - 1
        self.ops = history(dicts, wanted)
        self.complete, self.why, self.cut = reader.complete, reader.why, cut
        self.shown = shown
        self._replay()
        told = seen.get(wanted)
        self.as_seen = None if told is None or cut else told == [len(self.table), self.table.sizeof()]
        self._compactions()
        self.versions = []
        for name, other in RULES:
            table, peak = Table(other, placed=False), 0
            for op in self.ops:
                table = apply(table, op)
                peak = max(peak, table.sizeof()) if op[0] not in ("get", "getor", "in") else peak
            self.versions.append((name, table.sizeof(), peak))

    def _replay(self):
        table = Table(self.release)
        self.course, self.resizes, self.peak, self.peak_len = [], [], 0, 0
        every = max(1, len(self.ops) // POINTS)
        size = table.sizeof()
        dead = []
        for at, op in enumerate(self.ops):
            table = apply(table, op)
            now = table.sizeof()
            if now != size:
                self.resizes.append((at, op[1], size, now, len(table)))
                size = now
            self.peak, self.peak_len = max(self.peak, now), max(self.peak_len, len(table))
            if at % every == 0 or at + 1 == len(self.ops):
                self.course.append((at, now, len(table)))
                dead.append((now - len(table) * table.entry_bytes(), at))
        self.table = table
        # Moments worth trying: where most bytes hold no live entry, well apart.
        chosen = []
        for _, at in sorted(dead, reverse=True):
            if all(abs(at - other) > len(self.ops) // (2 * CANDIDATES) for other in chosen):
                chosen.append(at)
            if len(chosen) == CANDIDATES:
                break
        self.moments = sorted(chosen)

    def _compactions(self):
        """What a copy at each of the moments would have saved until the end, in byte-operations."""
        table, running, waiting = Table(self.release, placed=False), [], list(self.moments)
        for at, op in enumerate(self.ops):
            table = apply(table, op)
            now = table.sizeof()
            for one in running:
                one["table"] = apply(one["table"], op)
                one["saved"] += now - one["table"].sizeof()
            if waiting and at == waiting[0]:
                waiting.pop(0)
                copied = table.copied("comprehension")
                running.append({"at": at, "line": op[1], "moved": len(table), "table": copied, "saved": 0, "at once": now - copied.sizeof()})
        self.compactions = running

    def worst(self):
        """The key that is found last: `(looks, live, dummies, key)`."""
        worst = (0, 0, 0, None)
        for entry in self.table.entries:
            if entry is None:
                continue
            goal = self.table.where[entry[0]][1]
            live = dummies = 0
            for slot in self.table.probes(entry[1]):
                if slot == goal:
                    break
                live += self.table.indices[slot] >= 0
                dummies += self.table.indices[slot] == -2
            looks = live + dummies + 1
            if looks > worst[0]:
                worst = (looks, live, dummies, self.shown.get(entry[0], str(entry[0])))
        return worst

    def parts(self):
        """`(name, bytes, what it is)` of live, dead and free, which add up to sizeof."""
        table = self.table
        if table.size == 1:
            return [("live", table.sizeof(), "the dict object itself; its table is the one that all empty dicts share"), ("dead", 0, "nothing"), ("free", 0, "nothing")]
        width, entry = table.index_bytes() // table.size, table.entry_bytes()
        used, holes = len(table), len(table.entries) - len(table)
        dummies = table.indices.count(-2)
        live = used * (width + entry)
        dead = holes * entry + dummies * width
        fixed = table.sizeof() - table.index_bytes() - table.size * 2 // 3 * entry
        free = table.sizeof() - live - dead - fixed
        # popitem gives the room of entries to nobody: neither appended nor usable.
        return [
            ("live", live + fixed, "%s entries with their indices, and %d bytes of the dict and the table's head" % (number(used), fixed)),
            ("dead", dead, "%s holes where entries were deleted, and %s dummies among the indices; only a resize clears them" % (number(holes), number(dummies))),
            ("free", free, "room for %s more entries before the next resize, and the empty indices" % number(table.usable)),
        ]

    def gains(self):
        """`(what to write, bytes afterwards)`."""
        table = self.table
        cleared = table._clone()
        cleared.clear()
        return [
            ("nothing", table.sizeof()),
            ("d = {k: v for k, v in d.items()}", table.copied("comprehension").sizeof()),
            ("d = dict(d)", table.copied("dict").sizeof()),
            ("d = d.copy()", table.copied("copy").sizeof()),
            ("d.clear()", cleared.sizeof()),
        ]

    def advice(self):
        """What follows from the numbers."""
        table = self.table
        now = table.sizeof()
        # dict(d) and a comprehension keep all items; of equals the shorter one.
        ways = [gain for gain in self.gains() if gain[0].startswith("d = ")]
        way, best = min(ways, key=lambda gain: (gain[1], gain[0] != "d = dict(d)"))
        said = []
        if now - best < max(WORTH_BYTES, now * WORTH_SHARE):
            said.append("Do nothing: no copy would be smaller by more than %s bytes." % number(max(0, now - best)))
        elif now <= self.peak and self.peak_len and table.usable and self.peak_len * 2 > table.size * 2 // 3 and len(table) * 2 < self.peak_len and self._refilled():
            said.append("Do nothing if it fills again as it did before: it had %s items, and this table has room for them." % number(self.peak_len))
        else:
            said.append("`%s` gives back %s of %s bytes (%d %%), and moves %s entries once." % (way, number(now - best), number(now), 100 * (now - best) // now, number(len(table))))
        if table.size > 8 and table._size_for(max(1, len(table) * 3)) < table.size:
            said.append("By itself it shrinks only when a new key finds no room: after %s more new keys, if as many are deleted as come." % number(table.usable + 1))
        paid = max(self.compactions, key=lambda one: one["saved"], default=None)
        if paid and paid["saved"] > 0 and paid["at once"] >= max(WORTH_BYTES, self.peak * WORTH_SHARE):
            where = " (line %d)" % paid["line"] if paid["line"] else ""
            each = paid["saved"] // max(1, len(self.ops) - paid["at"])
            said.append("A copy after operation %s%s would have paid: %s entries moved, %s bytes less on average from then on (%s byte-operations)." % (number(paid["at"]), where, number(paid["moved"]), number(each), number(paid["saved"])))
        else:
            said.append("At no moment of this trace would a copy have paid.")
        return said

    def _refilled(self):
        """Whether it had been less than half full before and filled again."""
        low = False
        high = False
        for _, _, length in self.course:
            if length > 0.9 * self.peak_len:
                if low and high:
                    return True
                high, low = True, False
            elif high and length < 0.5 * self.peak_len:
                low = True
        return False

    def sections(self):
        """`(title, paragraphs, table)`, a table being rows of text, its head first."""
        table, head = self.table, self.header
        said = ["%s %d of %s" % (self.dict["type"], self.number, head.get("program", "a recorded program")) + (", made at line %d" % self.dict["line"] if self.dict["line"] else "") + "; %s operations under CPython %s." % (number(len(self.ops)), head["python"])]
        if self.others:
            said.append("Dicts in the trace: %s (`--dict N` takes another)." % number(self.others + 1))
        if self.as_seen:
            said.append("Replayed by the rules it ends with the %s items and %s bytes that the interpreter had." % (number(len(table)), number(table.sizeof())))
        elif self.as_seen is False:
            said.append("The replay does not end with what the interpreter had: take the numbers as estimates.")
        if self.cut:
            said.append("Of a longer trace: only its first %s operations are in this report." % number(MOST_OPERATIONS))
        elif not self.complete:
            said.append("The trace was cut: this is how the dict was at the cut.")
        elif self.why in ("limit", "objects"):
            said.append("Recording had stopped at its %s: this is how the dict was then." % ("limit of bytes" if self.why == "limit" else "limit of objects"))
        yield "A dict and its bytes", said, None
        rows = [("", "bytes", "")] + [(name, number(size), what) for name, size, what in self.parts()]
        rows.append(("in all", number(table.sizeof()), "%s slots, len %s; at most %s bytes and %s items" % (number(table.size), number(len(table)), number(self.peak), number(self.peak_len))))
        yield "Where the bytes are", [], rows
        yield "The next resize", ["%s new keys still fit. The one after that makes the table anew: %s bytes, if none is deleted until then." % (number(table.usable), number(table.next_size()))], None
        yield "What each way would give now", [], [("to write", "bytes", "less")] + [(way, number(size), number(table.sizeof() - size)) for way, size in self.gains()]
        looks, live, dummies, key = self.worst()
        if key is not None:
            yield "The longest search", ["%s is found with look %s: %s other keys and %s dummies lie on its way." % (key, number(looks), number(live), number(dummies))], None
        yield "When it was made anew", [], [("operation", "line", "items", "bytes before", "after")] + [(number(at), str(line or ""), number(length), number(before), number(after)) for at, line, before, after, length in self.resizes[-20:]]
        yield "The same trace under other versions", ["By the rules of each; 2.7 and tables that are no CPython's: `replay --trace`."], [("CPython", "bytes at the end", "at most")] + [(name, number(size), number(peak)) for name, size, peak in self.versions]
        yield "What to do", self.advice(), None

    def markdown(self):
        out = []
        for title, paragraphs, rows in self.sections():
            out.append("## %s\n" % title)
            out += ["%s\n" % paragraph for paragraph in paragraphs]
            if rows:
                cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
                out.append("| %s |" % " | ".join(cells[0]))
                out.append("|%s|" % "|".join("---" for _ in cells[0]))
                out += ["| %s |" % " | ".join(row) for row in cells[1:]]
                out.append("")
        return "\n".join(out)

    def html(self):
        """One page that needs nothing else, to be looked at or printed."""
        body = []
        for title, paragraphs, rows in self.sections():
            body.append("<h2>%s</h2>" % html.escape(title))
            body += ["<p>%s</p>" % html.escape(paragraph) for paragraph in paragraphs]
            if title == "Where the bytes are":
                body.append(self._chart())
            if rows:
                body.append("<table><tr>%s</tr>" % "".join("<th>%s</th>" % html.escape(cell) for cell in rows[0]))
                body += ["<tr>%s</tr>" % "".join("<td>%s</td>" % html.escape(cell) for cell in row) for row in rows[1:]]
                body.append("</table>")
        return PAGE % "\n".join(body)

    def _chart(self):
        """Bytes over the operations, and the bytes of the entries that were alive."""
        end, top = max(1, len(self.ops) - 1), max(1, self.peak)
        entry = self.table.entry_bytes()

        def line(values):
            return " ".join("%.1f,%.1f" % (at * 640.0 / end, 160 - value * 150.0 / top) for at, value in values)

        return CHART % (
            line([(at, size) for at, size, _ in self.course]),
            line([(at, length * entry) for at, _, length in self.course]),
            html.escape("%s bytes at most; below, the bytes of live entries; %s operations" % (number(self.peak), number(len(self.ops)))),
        )


CHART = """<figure><svg viewBox="0 0 640 162" role="img"><polyline class="all" points="%s"/><polyline class="live" points="%s"/></svg>
<figcaption>%s</figcaption></figure>"""

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A dict and its bytes</title>
<style>
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem }
h2 { font-size: 1.1rem; margin: 1.6rem 0 .4rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .15rem 1rem .15rem 0; vertical-align: top; border-bottom: 1px solid #8884 }
figure { margin: .5rem 0 } figcaption { font-size: .85rem; opacity: .8 }
polyline { fill: none; stroke-width: 1.5 } .all { stroke: #2266cc } .live { stroke: #22884a }
@media print { body { margin: 0 } h2 { break-after: avoid } tr { break-inside: avoid } }
</style>
%s
</html>
"""


def counters(path, wanted=None):
    """Bytes and items of a dict as counters for Perfetto and Chrome's tracing, an operation a microsecond."""
    report = Report(path, wanted)
    events = []
    for at, size, length in report.course:
        for name, value in (("sys.getsizeof(d)", size), ("len(d)", length)):
            events.append({"name": name, "ph": "C", "ts": at, "pid": 1, "args": {name: value}})
    return json.dumps({"traceEvents": events})
