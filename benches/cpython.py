"""CPython's own dict, timed through loops that are written in C.

`cpython.py KEYS ABSENT` prints nanoseconds per key to insert, to find and to miss: medians. The files hold 64-bit
integers. It runs under 2.7 and every 3.x.
"""

import array
import collections
import gc
import sys
import time

try:
    from itertools import imap as lazily
except ImportError:
    lazily = map

clock = getattr(time, "perf_counter", time.time)


def read(path):
    numbers = array.array("l")
    with open(path, "rb") as file:
        data = file.read()
    getattr(numbers, "frombytes", getattr(numbers, "fromstring", None))(data)
    return numbers.tolist()


def median(once, count):
    # So often that a look at the clock does not count. What `once` gives is dropped after the second look.
    repeat = range(max(1, 20000 // count))
    times = []
    for _ in range(11):
        start = clock()
        made = [once() for _ in repeat]
        times.append((clock() - start) / len(made))
        del made
    return sorted(times)[5] / count * 1e9


keys, absent = map(read, sys.argv[1:3])
gc.disable()
d = dict.fromkeys(keys)
insert = median(lambda: dict.fromkeys(keys), len(keys))
hit = median(lambda: collections.deque(lazily(d.__getitem__, keys), maxlen=0), len(keys))
miss = median(lambda: collections.deque(lazily(d.get, absent), maxlen=0), len(absent))
print("%.3f %.3f %.3f" % (insert, hit, miss))
