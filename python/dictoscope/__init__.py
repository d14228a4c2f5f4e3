"""See the dicts of your own Python: their tables, slot by slot.

    recorded = dictoscope.record(d, "trace.jsonl.gz")    each operation goes to a file for the page
    dictoscope.stop(recorded)                            and the file is complete
    dictoscope.show(d)                                   its table as it lies in memory, as a picture
    dictoscope.snapshot(d)                               the same as data
"""
from .recorder import record, stop
from .showing import show
from .snapshots import Snapshot, snapshot

__all__ = ["Snapshot", "record", "show", "snapshot", "stop"]
__version__ = "0.1.0"
