"""See the dicts of your own Python: their tables, slot by slot.

    recorded = dictoscope.record(d, "trace.jsonl.gz")    each operation goes to a file for the page
    dictoscope.stop(recorded)                            and the file is complete
"""
from .recorder import record, stop

__all__ = ["record", "stop"]
__version__ = "0.1.0"
