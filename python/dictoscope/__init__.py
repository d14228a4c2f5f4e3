"""See the dicts of your own Python: their tables, slot by slot.

    recorded = dictoscope.record(d, "trace.jsonl.gz")    each operation goes to a file for the page
    dictoscope.stop(recorded)                            and the file is complete
    print(dictoscope.snapshot(d).text())                 the table of a dict as it lies in memory
"""
from .recorder import record, stop
from .snapshots import Snapshot, snapshot

__all__ = ["Snapshot", "record", "snapshot", "stop"]
__version__ = "0.1.0"
