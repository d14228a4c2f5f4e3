"""A script run with every dict that it makes recorded."""
import abc
import builtins
import collections
import os
import sys
import traceback
import types

from . import recorder
from .recorder import VERSION, Trace
from .replaying import Sizes
from .rewrite import HELPER, rewritten


class Stop(BaseException):
    """The script was stopped: a limit."""


class Standing(abc.ABCMeta):
    """The class of classes that a script knows as `dict` and so on: a dict made elsewhere is an instance too."""

    def __instancecheck__(cls, thing):
        stands = cls.__dict__.get("_stands_for_")
        return isinstance(thing, stands) if stands else abc.ABCMeta.__instancecheck__(cls, thing)

    def __subclasscheck__(cls, kind):
        stands = cls.__dict__.get("_stands_for_")
        return issubclass(kind, stands) if stands else abc.ABCMeta.__subclasscheck__(cls, kind)


class InScript:
    """What a recorded class has in a script: its instances are recorded from the start, and so are their copies."""

    def __new__(cls, *args, **kwargs):
        made = super().__new__(cls, *args, **kwargs)
        recorder.attach(made, cls._home_, "dict")
        made.__dict__["_twin_"] = dict() if cls.__dict__.get("_twins_") else None
        return made


def classes(trace):
    """A script's `dict`, `defaultdict`, `Counter` and `OrderedDict`, recording to `trace`."""

    class Bulk:
        """Of those with the operations of a dict in one piece."""

        __slots__ = ()

        def _become_(self, how, source, make):
            """This dict was made from a recorded one, all at once."""
            told = '["become",%d,%d,"%s",%d]' % (self._number_, trace.line(), how, source._number_)
            trace.write(told)
            twin = source._twin_
            self.__dict__["_twin_"] = None if twin is None else make(twin)
            self.__dict__["_exact_"] = twin is not None

    class Dict(InScript, Bulk, recorder.Recorded, metaclass=Standing):
        __doc__ = dict.__doc__
        _home_, _stands_for_, _twins_ = trace, dict, True

        def __init__(self, *args, **kwargs):
            if not args and not kwargs:
                return
            with trace.lock:
                source = args[0] if len(args) == 1 else None
                recorded = is_recorded(source)
                if recorded and not kwargs and not self and type(self) is Dict:
                    dict.__init__(self, source)
                    self._become_("dict", source, dict)
                elif type(self) is Dict and not self:
                    self._made_(args, kwargs)
                else:
                    self.update(*args, **kwargs)

        def _made_(self, args, kwargs):
            """`dict(*args, **kwargs)` of other things."""
            if len(args) == 1 and not isinstance(args[0], dict):
                # Read once, as dict() does.
                args = (recorder.read_once(args[0]),)
            dict.__init__(self, *args, **kwargs)
            if args and isinstance(args[0], dict):
                self._told_items_("update", args[0].items())
            elif args:
                for key, value in args[0]:
                    self._note_("set", key, trace.value(value))
            # Since 3.9 the arguments are put in one by one.
            if VERSION >= (3, 9):
                for key, value in kwargs.items():
                    self._note_("set", key, trace.value(value))
            elif kwargs:
                self._told_items_("update", kwargs.items())
            quiet = all(map(recorder.is_quiet, dict.keys(self)))
            self.__dict__["_twin_"] = dict(*args, **kwargs) if quiet else None

        def copy(self):
            if type(self) is not Dict:
                # A subclass's copy() is a plain dict of its items.
                return adopt(dict.copy(self), "copy", self)
            return adopt(dict.copy(self if self._twin_ is None else self._twin_), "copy", self)

        __copy__ = copy

        def __deepcopy__(self, memo):
            import copy

            if type(self) is not Dict:
                return copy._reconstruct(self, memo, *self.__reduce_ex__(4))
            made = helper.display({})
            memo[id(self)] = made
            for key, value in dict.items(self):
                made[copy.deepcopy(key, memo)] = copy.deepcopy(value, memo)
            return made

        def __reduce_ex__(self, protocol):
            if type(self) is Dict:
                return dict, (), None, None, iter(dict.items(self))
            return super().__reduce_ex__(protocol)

        if VERSION >= (3, 9):

            def __or__(self, other):
                if not isinstance(other, dict):
                    return NotImplemented
                made = self.copy()
                made.update(other)
                return made

            def __ror__(self, other):
                if not isinstance(other, dict):
                    return NotImplemented
                made = helper.display(dict(other))
                made.update(self)
                return made

        @classmethod
        def fromkeys(cls, keys, value=None):
            if cls is not Dict:
                return super().fromkeys(keys, value)
            return adopt(dict.fromkeys(keys, value), "fromkeys")

    class DefaultDict(InScript, Bulk, recorder.RecordedDefaultDict, metaclass=Standing):
        __doc__ = collections.defaultdict.__doc__
        _home_, _stands_for_ = trace, collections.defaultdict

        def __init__(self, *args, **kwargs):
            collections.defaultdict.__init__(self, *args[:1])
            if len(args) > 1 or kwargs:
                self.update(*args[1:], **kwargs)

        def copy(self):
            return type(self)(self.default_factory, self)

        __copy__ = copy

    class Counter(InScript, recorder.RecordedCounter, metaclass=Standing):
        __doc__ = collections.Counter.__doc__
        _home_, _stands_for_ = trace, collections.Counter

        def __init__(self, *args, **kwargs):
            collections.Counter.__init__(self, *args, **kwargs)

    class OrderedDict(InScript, recorder.RecordedOrderedDict, metaclass=Standing):
        __doc__ = collections.OrderedDict.__doc__
        _home_, _stands_for_ = trace, collections.OrderedDict

        def __init__(self, *args, **kwargs):
            collections.OrderedDict.__init__(self, *args, **kwargs)

    made = {dict: Dict, collections.defaultdict: DefaultDict, collections.Counter: Counter}
    made[collections.OrderedDict] = OrderedDict
    for plain, recorded in made.items():
        recorded.__name__, recorded.__qualname__ = plain.__name__, plain.__qualname__
        recorded.__module__ = plain.__module__

    def adopt(plain, how, source=None):
        """The recorded dict that a plain one becomes, which stays beside it."""
        with trace.lock:
            recorded = dict.__new__(Dict)
            dict.update(recorded, plain)
            if is_recorded(source):
                recorder.attach(recorded, trace, "display", ",[]")
                told = '["become",%d,%d,"%s",%d]' % (recorded._number_, trace.line(), how, source._number_)
                trace.write(told)
            else:
                recorder.attach(recorded, trace, how, trace.items(plain.items()))
            quiet = all(map(recorder.is_quiet, plain))
            recorded.__dict__["_twin_"] = plain if quiet else None
            recorded.__dict__["_exact_"] = quiet
            return recorded

    class Helper:
        """What a script that was rewritten calls."""

        @staticmethod
        def display(plain):
            return adopt(plain, "display")

        @staticmethod
        def comprehension(plain):
            return adopt(plain, "comprehension")

        @staticmethod
        def keywords(plain):
            return adopt(plain, "display")

        @staticmethod
        def merged(first, *parts):
            for part in parts:
                if not hasattr(part, "keys"):
                    raise TypeError("'%s' object is not a mapping" % type(part).__name__)
            if not first and is_recorded(parts[0]):
                source, parts = parts[0], parts[1:]
                plain = source if source._twin_ is None else source._twin_
                made = adopt({**plain}, "unpack", source)
            elif VERSION < (3, 9) and first:
                # There a new dict is updated with each part, the first one too.
                made = adopt({}, "display")
                parts = (first,) + parts
            else:
                made = adopt(first, "display")
            for part in parts:
                made.update(part)
            return made

    helper = Helper()
    return made, helper


def is_recorded(thing):
    """Whether it is a recorded dict that is copied as a dict is."""
    return isinstance(thing, recorder.RecordingBulk) and thing._trace_ is not None and type(thing).__iter__ is dict.__iter__


class Script:
    """A script and its trace.

    `release` is whose sizes `sys.getsizeof` gives of its dicts, if not this interpreter's; `names` are builtins that it
    has in place of Python's. `path` may be a file that is open for writing.
    """

    def __init__(self, source, filename, path, limit=recorder.LIMIT, operations=None, release=None, names=()):
        self.filename = filename
        self.code = rewritten(source, filename)
        header = {"program": os.path.basename(filename), "source": source}
        self.trace = Trace(path, values=True, limit=limit, header=header)
        self.trace.where = self.line
        self.trace.sizes = release and Sizes(release, values=True)
        self.builtins = dict(names)
        # Says why a module may not be imported, of a script that is run in a page.
        self.refused = None
        self.operations = operations
        self.classes, self.helper = classes(self.trace)
        if operations is not None:
            self._limit()

    def _limit(self):
        left = [self.operations]
        write = self.trace.write

        def counted(line):
            left[0] -= 1
            if left[0] < 0:
                raise Stop("the script was stopped after %d lines of its trace" % self.operations)
            write(line)

        self.trace.write = counted

    def line(self):
        """The line of the script that is at work."""
        frame = sys._getframe(2)
        while frame is not None:
            if frame.f_code.co_filename == self.filename:
                return frame.f_lineno
            frame = frame.f_back
        return 0

    def names(self):
        """The builtins of the script: Python's, but for the classes of dicts."""
        mine = types.ModuleType("builtins", builtins.__doc__)
        mine.__dict__.update(builtins.__dict__)
        mine.__dict__["dict"] = self.classes[dict]
        mine.__dict__[HELPER] = self.helper
        mine.__dict__.update(self.builtins)
        gathered = types.ModuleType("collections", collections.__doc__)
        gathered.__dict__.update(collections.__dict__)
        for plain, recorded in self.classes.items():
            if plain is not dict:
                gathered.__dict__[plain.__name__] = recorded

        def imported(name, globals=None, locals=None, fromlist=(), level=0):
            why = globals is space and self.refused is not None and self.refused(name)
            if why:
                raise ImportError("%s: %s" % (name, why))
            module = builtins.__import__(name, globals, locals, fromlist, level)
            return gathered if module is collections and globals is space else module

        mine.__dict__["__import__"] = imported
        main = types.ModuleType("__main__")
        space = main.__dict__
        space["__file__"] = self.filename
        space["__builtins__"] = mine
        return main

    def run(self, arguments=()):
        """Run it as `__main__`; its exit code. A traceback goes to standard error, without the frames of this package."""
        main = self.names()
        kept = sys.modules.get("__main__"), sys.argv, list(sys.path)
        sys.modules["__main__"] = main
        sys.argv = [self.filename] + list(arguments)
        sys.path[:1] = [os.path.dirname(os.path.abspath(self.filename))]
        try:
            exec(self.code, main.__dict__)
            return 0
        except SystemExit as leaving:
            if leaving.code is None or isinstance(leaving.code, int):
                return leaving.code or 0
            print(leaving.code, file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("interrupted: what ran until then is recorded", file=sys.stderr)
            return 130
        except Stop as stop:
            print(stop, file=sys.stderr)
            return 3
        except BaseException as error:
            clean(error)
            traceback.print_exception(type(error), error, error.__traceback__)
            return 1
        finally:
            sys.modules["__main__"], sys.argv, sys.path[:] = kept
            self.trace.close("end")


def clean(error):
    """Take the frames of this package out of a traceback, and of those that led to it."""
    here = os.path.dirname(os.path.abspath(__file__))
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames, at = [], error.__traceback__
        while at is not None:
            if os.path.dirname(os.path.abspath(at.tb_frame.f_code.co_filename)) != here:
                frames.append(at)
            at = at.tb_next
        for one, following in zip(frames, frames[1:] + [None]):
            one.tb_next = following
        error.__traceback__ = frames[0] if frames else None
        error = error.__cause__ or error.__context__
