# coding: utf-8
"""Dicts that write down what is done to them.

    recorded = record(d, "trace.jsonl.gz")     behaves as d did; each operation goes to the file
    stop(recorded)                             the file is complete; recorded goes on as an ordinary dict

The file is described in docs/trace.md. A file of its own, which imports nothing of this package: under 2.7 and 3.6, for
which there is no package, copy it and `from recorder import record, stop`.
"""
from __future__ import print_function

import atexit
import collections
import json
import os
import sys
import threading
import time
import uuid
import warnings
import weakref
import zlib

FORMAT = "dictoscope-trace"
FORMAT_VERSION = 1
VERSION = sys.version_info[:2]
PY2 = VERSION == (2, 7)
BITS = 64 if sys.maxsize > 2 ** 32 else 32

# Lines that wait for the next gzip member, and how long they may: a crash loses them, and no more.
BUFFER_LINES = 4096
BUFFER_SECONDS = 1.0
# Keys whose numbers are remembered; then all are forgotten, and get new numbers.
MOST_KEYS = 1 << 16
# Objects that are keys without being literals are held, so that no two share a number. More are not recorded.
MOST_OBJECTS = 1 << 20
# Characters of a key that are written. Of longer ones there is the hash.
LONGEST_KEY = 500
LONGEST_VALUE = 60
# Bytes of a file when nothing else is said.
LIMIT = 50000000

TEXT = type(u"")
WHOLE = (int, type(2 ** 100))
PLAIN_TYPES = {int, type(2 ** 100), float, bool, type(None), str, bytes, TEXT, uuid.UUID}


def literal(key, inside=False):
    """The Python literal that makes an equal key; None if there is none, or it is too long."""
    kind = type(key)
    if kind is float and (key != key or key in (float("inf"), float("-inf"))):
        return None if inside else "float(%r)" % repr(key)
    if kind in PLAIN_TYPES:
        if kind in (str, bytes, TEXT) and len(key) > LONGEST_KEY:
            return None
        text = repr(key)
    elif kind is tuple or kind is frozenset:
        if len(key) > LONGEST_KEY // 3:
            return None
        items = [literal(item, True) for item in key]
        if None in items:
            return None
        text = ", ".join(items)
        if kind is tuple:
            text = "(%s,)" % text if len(items) == 1 else "(%s)" % text
        else:
            text = "frozenset([%s])" % text if items else "frozenset()"
    else:
        return None
    return text if len(text) <= LONGEST_KEY else None


def value_text(value):
    """A value as JSON: numbers and constants themselves, other literals in a string, of all else the type."""
    kind = type(value)
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    if kind in WHOLE and -(2 ** 53) < value < 2 ** 53:
        return "%d" % value
    if kind in (str, bytes, TEXT) and len(value) > LONGEST_VALUE:
        return json.dumps("<%s of %d>" % (kind.__name__, len(value)))
    text = literal(value) if kind in PLAIN_TYPES else None
    return json.dumps("<%s>" % kind.__name__ if text is None else text)


def wide_hash(key):
    """`hash(key)` as a 64-bit build has it; None where only that build could say."""
    if BITS == 64:
        return hash(key)
    method = type(key).__hash__
    if not hasattr(method, "__code__"):
        return None
    told = int(method(key))
    if not -(2 ** 63) <= told < 2 ** 63:
        told = (abs(told) % (2 ** 61 - 1)) * (1 if told >= 0 else -1)
    return -2 if told == -1 else told


class Trace(object):
    """A file of operations being written."""

    def __init__(self, path, keys="value", values=False, limit=LIMIT, header=None):
        if keys not in ("value", "hash"):
            raise ValueError("keys is 'value' or 'hash', not %r" % (keys,))
        self.path = path
        self.private = keys == "hash"
        self.values = values and not self.private
        self.limit = limit
        self.lock = threading.RLock()
        self.where = None
        # What tells sizes by the rules of another release than this interpreter's.
        self.sizes = None
        self.ended = None
        self._pid = os.getpid()
        self._file = path if hasattr(path, "write") else open(path, "wb")
        self._buffer = []
        self._written = 0
        self._flushed = time.time()
        self._numbers = {}
        self._next_key = 0
        self._keys = self._objects = 0
        self._serials = {}
        self._alive = {}
        self._dicts = 0
        self._live = {}
        told = {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "python": "%d.%d.%d" % sys.version_info[:3],
            "implementation": getattr(getattr(sys, "implementation", None), "name", "cpython"),
            "bits": BITS,
            "keys": keys,
            "values": bool(self.values),
            "hash_seed": self._seed(),
            "none_hash": hash(None),
        }
        told.update(header or {})
        self._buffer.append(json.dumps(told, sort_keys=True))
        self.flush()
        _traces.add(self)

    @staticmethod
    def _seed():
        """PYTHONHASHSEED, if it is known: a number."""
        seed = os.environ.get("PYTHONHASHSEED", "random")
        if PY2 and not sys.flags.hash_randomization:
            return 0
        return int(seed) if seed.isdigit() and not sys.flags.ignore_environment else None

    def write(self, line):
        """Add a line. Never raises because of the file: recording ends then, with a warning."""
        if self.ended is not None:
            return
        buffer = self._buffer
        buffer.append(line)
        if self.sizes is not None:
            self.sizes.saw(line)
        if len(buffer) >= BUFFER_LINES or (len(buffer) & 63 == 0 and time.time() - self._flushed > BUFFER_SECONDS):
            self.flush()

    def flush(self):
        """Put what waits into the file, as one gzip member."""
        with self.lock:
            if self.ended is not None or not self._buffer:
                return
            if os.getpid() != self._pid:
                # A forked child has a copy of all this; the file is its parent's.
                self._end("fork")
                return
            lines, self._buffer = self._buffer, []
            packer = zlib.compressobj(6, zlib.DEFLATED, 31)
            data = packer.compress(("\n".join(lines) + "\n").encode("ascii")) + packer.flush()
            try:
                self._file.write(data)
                self._file.flush()
            except (IOError, OSError, ValueError) as error:
                self._end("error")
                warnings.warn("dictoscope: recording ends, %s cannot be written: %s" % (self.path, error))
                return
            self._written += len(data)
            self._flushed = time.time()
            if self._written > self.limit:
                self.close("limit")
                warnings.warn("dictoscope: recording ends, %s has reached %d bytes" % (self.path, self.limit))

    def close(self, why="stop"):
        """Write what waits and how each dict is, and close the file. A second call does nothing."""
        with self.lock:
            if self.ended is not None:
                return
            if os.getpid() == self._pid:
                for number, reference in sorted(self._live.items()):
                    recorded = reference()
                    if recorded is not None and recorded._exact_:
                        self._buffer.append(self._state(number, recorded))
                self._buffer.append('["stop","%s"]' % why)
                self._written = -(2 ** 60)
                self.flush()
            self._end(why)

    def _state(self, number, recorded):
        """How a dict is: `["is",dict,line,len,sizeof]`, in the bytes of a plain dict with its table."""
        real = recorded if recorded._twin_ is None else recorded._twin_
        size = dict.__sizeof__(real) - type(real).__basicsize__ + sys.getsizeof({}) - {}.__sizeof__() + dict.__basicsize__
        return '["is",%d,0,%d,%d]' % (number, dict.__len__(recorded), size)

    def _end(self, why):
        if self.ended is None:
            self.ended = why
            self._buffer = []
            self._numbers = {}
            self._alive = {}
            self._file.close()
            _traces.discard(self)

    def line(self):
        return self.where() if self.where is not None else 0

    def new(self, recorded, kind, how, more=""):
        """Write that there is a dict from now on; its number."""
        with self.lock:
            number = self._dicts
            self._dicts += 1
            self._live[number] = weakref.ref(recorded, lambda _, live=self._live: live.pop(number, None))
            self.write('["new",%d,%d,%s,"%s"%s]' % (number, self.line(), json.dumps(kind), how, more))
            return number

    def key(self, key):
        """The number of a key, written at its first use; raises what `hash(key)` raises."""
        if self.private:
            key = Private(hash(key), "str" if type(key) in (str, TEXT) else type(key).__name__)
        kind = type(key)
        if kind not in PLAIN_TYPES and has_own_identity(kind):
            return self._object(key, kind)
        numbers = self._numbers.get(kind)
        if numbers is None:
            numbers = self._numbers[kind] = {}
        number = numbers.get(key)
        return self._new_key(key, kind, numbers) if number is None else number

    def _new_key(self, key, kind, numbers):
        number = self._next_key
        self._next_key += 1
        if kind is Private:
            text, told = None, "null,%s" % json.dumps(key.kind)
            number_hash = key.hash
        else:
            number_hash = wide_hash(key)
            text = literal(key)
            if text is not None:
                told = json.dumps(text)
            elif kind in PLAIN_TYPES:
                told = 'null,%s' % json.dumps(kind.__name__)
            else:
                told = self._serial(kind)
                self._objects += 1
                if self._objects > MOST_OBJECTS:
                    self.close("objects")
                    warnings.warn("dictoscope: recording ends, there are more than %d objects as keys" % MOST_OBJECTS)
        self.write('["k",%d,%s,%s]' % (number, "null" if number_hash is None else number_hash, told))
        if kind in PLAIN_TYPES or kind is Private:
            self._keys += 1
            if self._keys > MOST_KEYS:
                self._keys = 0
                for known in list(self._numbers):
                    if known in PLAIN_TYPES or known is Private:
                        del self._numbers[known]
                numbers = self._numbers.setdefault(kind, {})
        numbers[key] = number
        return number

    def _serial(self, kind):
        """Objects are told apart by a number of their own: what makes two of them equal is their class's business."""
        serial = self._serials[kind.__name__] = self._serials.get(kind.__name__, -1) + 1
        return "null,%s,%d" % (json.dumps(kind.__name__), serial)

    def _object(self, key, kind):
        """The number of an object that is equal to itself alone, while it lives."""
        known = self._numbers.setdefault(Recording, {})
        number = known.get(id(key))
        if number is None:
            number = self._next_key
            self._next_key += 1
            told = self._serial(kind)
            # A 32-bit address is none of a 64-bit build: those are made up, one after the other.
            address = (0x7F0000000000 + 64 * number) >> 4
            self.write('["k",%d,%d,%s]' % (number, address if BITS == 32 else hash(key), told))
            known[id(key)] = number
            at = id(key)
            try:
                self._alive[at] = weakref.ref(key, lambda _, known=known, alive=self._alive, at=at: gone(known, alive, at))
            except TypeError:
                # It cannot be watched, so it is kept.
                self._alive[at] = key
        return number

    def value(self, value):
        """`,value` if values are written."""
        return "," + value_text(value) if self.values else ""

    def items(self, pairs):
        """`,[key,value,…]`, the values left out if they are not written."""
        told = []
        for key, value in pairs:
            told.append("%d" % self.key(key))
            if self.values:
                told.append(value_text(value))
        return ",[%s]" % ",".join(told)


def gone(known, alive, at):
    """An object that had a number is no more: another may get its address."""
    known.pop(at, None)
    alive.pop(at, None)


_identities = {}


def has_own_identity(kind):
    """Whether objects of this class are equal to themselves alone, and hashed by their address."""
    known = _identities.get(kind)
    if known is None:
        names = ("__eq__", "__hash__", "__cmp__")
        known = not any(name in vars(one) for one in kind.__mro__[:-1] for name in names)
        if len(_identities) < 10000:
            _identities[kind] = known
    return known


class Private(object):
    """A key of which only the hash and whether it is a str may be told. The same hash counts as the same key."""

    __slots__ = ("hash", "kind")

    def __init__(self, hash_, kind):
        self.hash = hash_
        self.kind = kind

    def __hash__(self):
        return self.hash

    def __eq__(self, other):
        return self.hash == other.hash and self.kind == other.kind


_traces = weakref.WeakSet() if hasattr(weakref, "WeakSet") else set()


@atexit.register
def _close_all():
    for trace in list(_traces):
        trace.close("exit")


MISSING = object()


class Recording(object):
    """What a recorded dict does beside what its other base does. To be put before that base."""

    # The trace that is written, the number of this dict in it, and a real dict to which everything is done too, whose
    # table is therefore the one that a plain dict would have here (only scripts that are run have it).
    _trace_ = None
    _number_ = None
    _twin_ = None
    # Whether its table is the one that a plain dict would have here. It is not of a copy without a real dict beside it.
    _exact_ = True

    def _note_(self, name, key, more=""):
        trace = self._trace_
        trace.write('["%s",%d,%d,%d%s]' % (name, self._number_, trace.line(), trace.key(key), more))

    def _both_(self, key, method, *rest):
        """Do it to the real dict too."""
        twin = self._twin_
        if twin is not None:
            if not is_quiet(key):
                self._twin_ = None
                return
            try:
                method(twin, key, *rest)
            except KeyError:
                pass

    def __setitem__(self, key, value):
        trace = self._trace_
        if trace is None:
            return super(Recording, self).__setitem__(key, value)
        with trace.lock:
            super(Recording, self).__setitem__(key, value)
            self._note_("set", key, trace.value(value))
            self._both_(key, dict.__setitem__, value)

    def __getitem__(self, key):
        trace = self._trace_
        if trace is None:
            return super(Recording, self).__getitem__(key)
        with trace.lock:
            # First, because what is missing may be put in while it is asked for.
            if is_hashable(key):
                self._note_("get", key)
            return super(Recording, self).__getitem__(key)

    def __delitem__(self, key):
        trace = self._trace_
        if trace is None:
            return super(Recording, self).__delitem__(key)
        with trace.lock:
            try:
                super(Recording, self).__delitem__(key)
            except KeyError:
                self._note_("del", key)
                raise
            self._note_("del", key)
            self._both_(key, dict.__delitem__)

    def __contains__(self, key):
        trace = self._trace_
        if trace is None:
            return super(Recording, self).__contains__(key)
        with trace.lock:
            found = super(Recording, self).__contains__(key)
            self._note_("in", key)
            return found

    def get(self, key, default=None):
        trace = self._trace_
        if trace is None:
            return super(Recording, self).get(key, default)
        with trace.lock:
            found = super(Recording, self).get(key, default)
            self._note_("getor", key)
            return found

    def popitem(self, *args, **kwargs):
        trace = self._trace_
        if trace is None:
            return super(Recording, self).popitem(*args, **kwargs)
        with trace.lock:
            told = '["popitem",%d,%d]' % (self._number_, trace.line())
            try:
                item = super(Recording, self).popitem(*args, **kwargs)
            except KeyError:
                trace.write(told)
                raise
            trace.write(told)
            if self._twin_ is not None:
                self._twin_.popitem()
            return item

    def clear(self):
        trace = self._trace_
        if trace is None:
            return super(Recording, self).clear()
        with trace.lock:
            super(Recording, self).clear()
            trace.write('["clear",%d,%d]' % (self._number_, trace.line()))
            if self._twin_ is not None:
                self._twin_.clear()

    def __reduce_ex__(self, protocol):
        told = super(Recording, self).__reduce_ex__(protocol)
        if len(told) > 2 and isinstance(told[2], dict):
            ours = ("_trace_", "_number_", "_twin_", "_exact_")
            state = dict((name, value) for name, value in told[2].items() if name not in ours)
            told = told[:2] + (state or None,) + told[3:]
        return told

    def __sizeof__(self):
        twin, trace = self._twin_, self._trace_
        if trace is not None and trace.sizes is not None and self._like_ is dict:
            return trace.sizes.sizeof(self._number_) - before_object(type(self))
        if twin is not None:
            return sys.getsizeof(twin) - before_object(type(self))
        # What a subclass adds to the object is not the dict's.
        return super(Recording, self).__sizeof__() - extra_bytes(type(self), self._like_)

    _like_ = dict


class RecordingBulk(Recording):
    """The operations of a dict that C does in one piece. (OrderedDict makes them of single ones, which are recorded.)"""

    def pop(self, key, *default):
        trace = self._trace_
        if trace is None:
            return super(RecordingBulk, self).pop(key, *default)
        with trace.lock:
            name = "popor" if default else "pop"
            try:
                value = super(RecordingBulk, self).pop(key, *default)
            except KeyError:
                self._note_(name, key)
                raise
            # pop of an empty dict does not look at the key, which may be a list then.
            if is_hashable(key):
                self._note_(name, key)
                self._both_(key, dict.pop)
            return value

    def setdefault(self, key, default=None):
        trace = self._trace_
        if trace is None:
            return super(RecordingBulk, self).setdefault(key, default)
        with trace.lock:
            value = super(RecordingBulk, self).setdefault(key, default)
            self._note_("setdefault", key, trace.value(default))
            self._both_(key, dict.setdefault, default)
            return value

    def update(self, *args, **kwargs):
        trace = self._trace_
        if trace is None:
            return super(RecordingBulk, self).update(*args, **kwargs)
        with trace.lock:
            self._merge_("update", super(RecordingBulk, self).update, args, kwargs)

    def __ior__(self, other):
        trace = self._trace_
        if trace is None:
            return super(RecordingBulk, self).__ior__(other)
        with trace.lock:
            self._merge_("ior", super(RecordingBulk, self).update, (other,), {})
        return self

    def _merge_(self, name, update, args, kwargs):
        """`update(*args, **kwargs)`, and write down what it did."""
        trace = self._trace_
        one = args[0] if len(args) == 1 else None
        whole = isinstance(one, dict) and type(one).__iter__ is dict.__iter__
        if len(args) == 1 and not whole:
            one = read_once(one)
            args = (one,)
        update(*args, **kwargs)
        if whole:
            # Of a dict that is merged into itself nothing happens.
            if one is not self:
                self._told_items_(name, one.items())
                self._twin_update_(one, whole)
        elif args:
            for key, value in one:
                self._note_("set", key, trace.value(value))
            self._twin_update_(one, whole)
        if kwargs:
            self._told_items_(name, kwargs.items())
            self._twin_update_(kwargs, True)

    def _told_items_(self, name, pairs):
        trace = self._trace_
        trace.write('["%s",%d,%d%s]' % (name, self._number_, trace.line(), trace.items(pairs)))

    def _twin_update_(self, other, whole):
        twin = self._twin_
        if twin is None:
            return
        if not all(map(is_quiet, dict.keys(other) if whole else [key for key, _ in other])):
            self._twin_ = None
            return
        real = getattr(other, "_twin_", None)
        twin.update(other if real is None else real)


class Recorded(RecordingBulk, dict):
    """A dict that is recorded."""

    def __reduce__(self):
        return dict, (), None, None, iter(dict.items(self))

    def __reduce_ex__(self, protocol):
        if type(self) is Recorded:
            return self.__reduce__()
        return super(Recorded, self).__reduce_ex__(protocol)


class RecordedDefaultDict(RecordingBulk, collections.defaultdict):
    """A defaultdict that is recorded."""

    _like_ = collections.defaultdict

    def __missing__(self, key):
        # As documented; C's own goes past __setitem__ since 3.15.
        if self.default_factory is None:
            raise KeyError(key)
        self[key] = value = self.default_factory()
        return value

    def __reduce_ex__(self, protocol):
        args = () if self.default_factory is None else (self.default_factory,)
        return collections.defaultdict, args, None, None, iter(dict.items(self))


class RecordedCounter(collections.Counter, Recorded):
    """A Counter that is recorded: its methods end in those of Recorded."""

    _like_ = collections.Counter

    def __reduce_ex__(self, protocol):
        return collections.Counter, (dict(self),)


class RecordedOrderedDict(Recording, collections.OrderedDict):
    """An OrderedDict that is recorded, by the dict inside it."""

    _like_ = collections.OrderedDict

    def __reduce_ex__(self, protocol):
        return collections.OrderedDict, (), None, None, iter(self.items())

    def popitem(self, *args, **kwargs):
        # Of single operations, too: the key is looked for and taken out.
        trace = self._trace_
        if trace is None or PY2:
            return collections.OrderedDict.popitem(self, *args, **kwargs)
        with trace.lock:
            last = kwargs.get("last", args[0] if args else True)
            if not self:
                return collections.OrderedDict.popitem(self, *args, **kwargs)
            key = next(reversed(self)) if last else next(iter(self))
            before = trace._buffer and trace._buffer[-1]
            item = collections.OrderedDict.popitem(self, *args, **kwargs)
            # In some versions it deletes by the method that is recorded, in others by itself.
            told = '["del",%d,' % self._number_
            if not (trace._buffer and trace._buffer[-1] is not before and trace._buffer[-1].startswith(told)):
                self._note_("del", key)
                self._both_(key, dict.__delitem__)
            return item


RECORDED = {
    dict: Recorded,
    collections.defaultdict: RecordedDefaultDict,
    collections.Counter: RecordedCounter,
    collections.OrderedDict: RecordedOrderedDict,
}

# They say of themselves what they stand for.
for _plain, _recorded in RECORDED.items():
    _recorded.__name__ = _plain.__name__
    _recorded.__module__ = _plain.__module__
    if not PY2:
        _recorded.__qualname__ = _plain.__qualname__

_before = {}


def before_object(kind):
    """Bytes that sys.getsizeof adds to what `__sizeof__` says, for what lies before an object of this class."""
    if kind not in _before:
        probe = type(kind)("probe", (kind,), {"__sizeof__": lambda self: 4096})
        _before[kind] = sys.getsizeof(kind._like_.__new__(probe)) - 4096
    return _before[kind]


def extra_bytes(kind, like):
    """Bytes that an object of this class has more than one of the class it stands for."""
    plain = sys.getsizeof(like.__new__(like)) - like.__sizeof__(like.__new__(like))
    return kind.__basicsize__ - like.__basicsize__ + before_object(kind) - plain


_quiet = dict.fromkeys(PLAIN_TYPES, True)


def is_quiet(key):
    """Whether a key's `__hash__` and `__eq__` may be called once more than a dict would: nothing can tell."""
    kind = type(key)
    if kind is tuple or kind is frozenset:
        return all(map(is_quiet, key))
    known = _quiet.get(kind)
    if known is None:
        methods = (kind.__hash__, getattr(kind, "__eq__", None))
        ours = [getattr(method, "__globals__", {}).get("__name__", "") for method in methods if method is not None]
        known = not issubclass(kind, (tuple, frozenset)) and all(name in ("", "enum", "uuid") for name in ours)
        if len(_quiet) < 10000:
            _quiet[kind] = known
    return known


def read_once(source):
    """What a dict is updated with, when it is no dict, as a list of pairs that can be read again and no longer change."""
    if hasattr(source, "keys"):
        return [(key, source[key]) for key in source.keys()]
    pairs = []
    for pair in source:
        # What is no pair is left as it is: dict.update says what is wrong with it.
        pairs.append(tuple(pair) if hasattr(pair, "__iter__") and not isinstance(pair, tuple) else pair)
    return pairs


def is_hashable(key):
    try:
        hash(key)
    except TypeError:
        return False
    return True


def attach(recorded, trace, how, more=""):
    """Record it from now on."""
    kind = type(recorded)
    name = kind._like_.__name__ if kind in RECORDED.values() else kind.__name__
    # Past a __setattr__ that a class may have.
    attributes = recorded.__dict__
    attributes["_number_"] = trace.new(recorded, name, how, more)
    attributes["_trace_"] = trace


def record(d, path, keys="value", values=False, limit=LIMIT):
    """A dict that behaves as `d` and holds what it holds, and writes each operation to a file.

    `keys="hash"` writes hashes in place of keys. `values=True` writes short values too. The file ends at about `limit`
    bytes, with a warning. A dict, a defaultdict, a Counter or an OrderedDict; `d` itself is not touched.
    """
    kind = type(d)
    if kind not in RECORDED:
        names = ", ".join(sorted(known.__name__ for known in RECORDED))
        raise TypeError("only these are recorded: %s; not %s" % (names, kind.__name__))
    trace = Trace(path, keys, values, limit)
    recorded = RECORDED[kind]()
    if kind is collections.defaultdict:
        recorded.default_factory = d.default_factory
    attach(recorded, trace, "dict")
    for key, value in list(d.items()):
        recorded[key] = value
    trace.flush()
    return recorded


def stop(recorded):
    """Close the file of a recorded dict, and give its path. The dict goes on, unrecorded."""
    trace = getattr(recorded, "_trace_", None)
    if trace is None:
        raise TypeError("not a recorded dict: %s" % type(recorded).__name__)
    trace.close("stop")
    recorded.__dict__["_trace_"] = None
    return trace.path
