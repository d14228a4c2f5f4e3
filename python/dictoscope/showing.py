"""`show(d)`: a picture of the table of a dict, for a notebook or as a file."""
import html
import os
import sys
import tempfile

from .snapshots import _grouped, _short, snapshot

# Slots that are drawn one by one; of larger tables each square is several.
MOST_SQUARES = 4096
# Entries that are listed.
MOST_ENTRIES = 200
ACROSS = 64

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>%(title)s</title>
<style>
:root { color-scheme: light dark; --live: #2a78c8; --dummy: #b5533c; --empty: #8883 }
body { font: 14px/1.45 system-ui, sans-serif; margin: .6rem }
svg { width: 100%%; max-width: 48rem; display: block }
.l { fill: var(--live) } .d { fill: var(--dummy) } .e { fill: var(--empty) }
b.l { color: var(--live) } b.d { color: var(--dummy) }
table { border-collapse: collapse; font: 12px/1.5 ui-monospace, monospace } td, th { text-align: left; padding: 0 .9rem 0 0 }
tr.hole { opacity: .5 } p { margin: .3rem 0 }
</style>
<p><strong>%(title)s</strong>: %(read)s</p>
<p>%(sizeof)s bytes; %(slots)s slots: <b class="l">%(live)s live</b>, <b class="d">%(dummies)s dummies</b>, %(empty)s empty;
%(nentries)s entries appended, %(holes)s of them holes; room for %(usable)s more</p>
%(picture)s
<table><tr><th>entry</th><th>slot</th><th>hash</th><th>key</th><th>value</th></tr>
%(rows)s</table>%(more)s
</html>
"""


def picture(seen):
    """A Snapshot as one HTML page that needs nothing else."""
    squares, each = [], max(1, -(-seen.slots // MOST_SQUARES))
    for at in range(0, seen.slots, each):
        part = seen.indices[at : at + each]
        live, dummies = sum(index >= 0 for index in part), part.count(-2)
        name = "l" if live else "d" if dummies else "e"
        x, y = at // each % ACROSS, at // each // ACROSS
        if each == 1:
            index = part[0]
            say = "slot %d: %s" % (at, "empty" if index == -1 else "dummy" if index == -2 else _short(seen.entries[index][1], 60))
            faded = ""
        else:
            say = "slots %d to %d: %d live, %d dummies" % (at, at + len(part) - 1, live, dummies)
            faded = ' opacity="%.2f"' % max(0.15, (live or dummies) / len(part)) if name != "e" else ""
        squares.append('<rect class="%s" x="%d" y="%d" width="9" height="9"%s><title>%s</title></rect>' % (name, x * 10, y * 10, faded, html.escape(say)))
    rows_of = -(-(-(-seen.slots // each)) // ACROSS)
    drawn = '<svg viewBox="0 0 %d %d" role="img" aria-label="the slots">%s</svg>' % (ACROSS * 10, rows_of * 10, "".join(squares))
    slots = {index: slot for slot, index in enumerate(seen.indices) if index >= 0}
    rows = []
    for number, entry in enumerate(seen.entries[:MOST_ENTRIES]):
        if entry is None:
            rows.append('<tr class="hole"><td>%d</td><td></td><td></td><td>hole</td><td></td></tr>' % number)
        else:
            cells = (number, slots.get(number, ""), entry[0], _short(entry[1], 60), _short(entry[2], 60))
            rows.append("<tr>%s</tr>" % "".join("<td>%s</td>" % html.escape(str(cell)) for cell in cells))
    left = len(seen.entries) - MOST_ENTRIES
    return PAGE % {
        "title": html.escape("%s of %d" % (seen.type, seen.len)),
        "read": "read from memory" if seen.source == "memory" else html.escape("rebuilt in order of insertion, %s" % seen.why),
        "sizeof": _grouped(seen.sizeof),
        "slots": _grouped(seen.slots),
        "live": _grouped(seen.len),
        "dummies": _grouped(seen.indices.count(-2)),
        "empty": _grouped(seen.indices.count(-1)),
        "nentries": _grouped(seen.nentries),
        "holes": _grouped(seen.entries.count(None)),
        "usable": _grouped(seen.usable),
        "picture": drawn,
        "rows": "\n".join(rows),
        "more": "<p>and %s more entries</p>" % _grouped(left) if left > 0 else "",
    }


class Shown:
    """A picture of a dict as it was when `show` was called: what a notebook displays."""

    def __init__(self, seen):
        self.snapshot = seen

    def __repr__(self):
        return self.snapshot.text()

    def _repr_mimebundle_(self, include=None, exclude=None):
        page = picture(self.snapshot)
        height = 150 + 12 * min(64, -(-self.snapshot.slots // ACROSS)) + 18 * min(12, self.snapshot.nentries)
        frame = '<iframe srcdoc="%s" style="width:100%%;height:%dpx;border:0" sandbox title="the table of a dict"></iframe>'
        return {"text/plain": self.snapshot.text(), "text/html": frame % (html.escape(page, quote=True), height)}


def _in_notebook():
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None and getattr(shell, "kernel", None) is not None


def show(d, path=None):
    """Show the table of a dict as it is now.

    In a notebook the value of the cell is the picture, with the six lines of `snapshot(d).text()` beside it for whatever
    shows no HTML. Elsewhere the lines are printed, and the picture is written to `path`, or to a temporary file.
    """
    shown = Shown(snapshot(d))
    if path is None and _in_notebook():
        return shown
    if path is None:
        handle, path = tempfile.mkstemp(".html", "dict-")
        os.close(handle)
    with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(picture(shown.snapshot))
    print(shown.snapshot.text())
    print("picture: %s" % path)
    return None
