# coding: utf-8
"""The table of a real dict, read from memory.

Runs unchanged under CPython 2.7 and 3.6 to 3.15 (64-bit, little endian, with the GIL); reads, never writes, through
ctypes. The structs: Include/dictobject.h and Objects/dictobject.c (2.7), Objects/dict-common.h (3.6 to 3.10),
Include/internal/pycore_dict.h (3.11 and later). A file of its own: it imports nothing of this package.
"""
from __future__ import print_function

import ctypes
import sys

VERSION = sys.version_info[:2]
PY2 = VERSION == (2, 7)
WORD = ctypes.c_uint64
HASH = ctypes.c_int64
# dk_indices starts here: after dk_refcnt, dk_size, dk_lookup, dk_usable, dk_nentries; or, since 3.11, after dk_refcnt,
# four bytes and dk_version, dk_usable, dk_nentries.
KEYS_HEADER = 32 if VERSION >= (3, 11) else 40
KINDS = ("general", "unicode", "split")
INDEX_TYPES = {1: ctypes.c_int8, 2: ctypes.c_int16, 4: ctypes.c_int32, 8: ctypes.c_int64}
# The versions whose structs were compared with what the interpreters do.
OLDEST, NEWEST = (3, 6), (3, 15)


class Unreadable(Exception):
    """This dict, or this interpreter, is not laid out as this file knows it. The text says why."""


class Dict2(ctypes.Structure):
    _fields_ = [
        ("ob_refcnt", HASH),
        ("ob_type", WORD),
        ("ma_fill", HASH),
        ("ma_used", HASH),
        ("ma_mask", HASH),
        ("ma_table", WORD),
    ]


class Dict3(ctypes.Structure):
    _fields_ = [
        ("ob_refcnt", HASH),
        ("ob_type", WORD),
        ("ma_used", HASH),
        ("ma_version_tag", WORD),
        ("ma_keys", WORD),
        ("ma_values", WORD),
    ]


def unknown_build():
    """Why dicts of this interpreter cannot be read; None if they can."""
    implementation = getattr(getattr(sys, "implementation", None), "name", "cpython")
    if implementation != "cpython" or hasattr(sys, "pypy_version_info"):
        return "only CPython's dicts can be read, and this is %s" % implementation
    if sys.maxsize != 2 ** 63 - 1 or ctypes.sizeof(ctypes.c_void_p) != 8 or sys.byteorder != "little":
        return "only 64-bit, little-endian builds of CPython can be read"
    if not PY2 and not OLDEST <= VERSION <= NEWEST:
        return "CPython %d.%d is not one of the versions whose memory is known (2.7, %d.%d to %d.%d)" % (
            VERSION + OLDEST + NEWEST
        )
    # A free-threaded build has more in every object's head, and so has one that traces references.
    if object.__basicsize__ != 16:
        return "this build of CPython has another object header: free-threaded, or made for debugging"
    if dict.__basicsize__ != (248 if PY2 else 48):
        return "this build of CPython has another dict object than the ordinary one"
    return None


def words(kind, address, count):
    return (kind * count).from_address(address)


def dummy_address():
    """The address of 2.7's dummy key: what a deletion leaves behind."""
    probe = {1: None}
    del probe[1]
    table = Dict2.from_address(id(probe)).ma_table
    return words(WORD, table, 6)[4]


def index_width(slots):
    """Bytes of one index. dk_log2_index_bytes is not asked: of the one index of the shared empty table it says 8 bytes
    in some releases, 3.13.5 for one."""
    return 1 if slots <= 0xFF else 2 if slots <= 0xFFFF else 4 if slots <= 0xFFFFFFFF else 8


class Cells(object):
    """One look into a dict: its counters, and its cells as bytes.

    Raises Unreadable before any cell is looked at if the counters, `len` and `getsizeof` do not agree.
    """

    def __init__(self, d, hash_of):
        """`hash_of` gives the hash of the str at an address: str-only tables do not hold it."""
        self.hash_of = hash_of
        self.used = dict.__len__(d)
        self.sizeof = sys.getsizeof(d)
        if PY2:
            self.look2(d, Dict2.from_address(id(d)))
        else:
            self.look3(d, Dict3.from_address(id(d)))

    def agree(self, known, what):
        if not known:
            raise Unreadable("%s does not agree with what was read" % what)

    def look2(self, d, raw):
        self.slots = raw.ma_mask + 1
        self.kind = 0
        self.indices = b""
        self.stride = 24
        self.agree(raw.ma_used == self.used, "len(d)")
        self.agree(self.slots >= 8 and not self.slots & raw.ma_mask and raw.ma_fill >= raw.ma_used, "the mask")
        # Eight slots lie within the object; more are counted.
        room = self.slots * self.stride if self.slots > 8 else 0
        self.agree(dict.__sizeof__(d) - type(d).__basicsize__ == room, "sys.getsizeof(d)")
        self.raw = ctypes.string_at(raw.ma_table, self.slots * self.stride)
        # popitem's finger is kept in the hash field of slot 0.
        self.registers = (raw.ma_fill, HASH.from_buffer_copy(self.raw).value)

    def look3(self, d, raw):
        at = raw.ma_keys
        self.agree(raw.ma_used == self.used and at and at % 8 == 0, "len(d)")
        if VERSION >= (3, 11):
            log2_size, _, self.kind = words(ctypes.c_uint8, at + 8, 3)
            self.agree(log2_size < 48, "the size of the table")
            self.slots = 1 << log2_size
            usable, nentries = words(HASH, at + 16, 2)
        else:
            self.slots = words(HASH, at + 8, 1)[0]
            self.kind = 0
            usable, nentries = words(HASH, at + 24, 2)
        # The shared empty table has a values array up to 3.10.
        if self.kind == 2 or (raw.ma_values and self.slots > 1):
            raise Unreadable("it shares its keys with other dicts, as the attributes of objects do (a split table)")
        self.index_width = index_width(self.slots)
        index_bytes = self.slots * self.index_width
        self.stride = 16 if self.kind == 1 else 24
        room = self.slots * 2 // 3
        self.agree(self.slots > 0 and not self.slots & (self.slots - 1) and self.kind < 2, "the size of the table")
        self.agree(usable >= 0 and self.used <= nentries and nentries + usable <= room, "the room for entries")
        # The shared empty table is nobody's: nothing is counted for it.
        counted = 0 if self.slots == 1 else KEYS_HEADER + index_bytes + room * self.stride
        self.agree(dict.__sizeof__(d) - type(d).__basicsize__ == counted, "sys.getsizeof(d)")
        self.registers = (usable, nentries)
        self.indices = ctypes.string_at(at + KEYS_HEADER, index_bytes)
        self.raw = ctypes.string_at(at + KEYS_HEADER + index_bytes, nentries * self.stride)

    def columns(self, raw):
        """Hashes, keys and values of some cells; keys and values are addresses."""
        count = len(raw) // 8
        cells = (WORD * count).from_buffer_copy(raw)
        if self.stride == 16:
            keys, values = cells[0::2], cells[1::2]
            return list(map(self.hash_of, keys)), keys, values
        return (HASH * count).from_buffer_copy(raw)[0::3], cells[1::3], cells[2::3]

    def index_list(self):
        """The indices as numbers: -1 empty, -2 dummy, else the number of an entry."""
        return list((INDEX_TYPES[self.index_width] * self.slots).from_buffer_copy(self.indices))
