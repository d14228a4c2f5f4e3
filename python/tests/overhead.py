"""What recording costs under every Python that is here, as a Markdown table: `python3 tests/overhead.py`, on a quiet machine."""
import os
import subprocess

from everywhere import VERSIONS, find

HERE = os.path.dirname(os.path.abspath(__file__))
COUNT = 100000

# Process time of a set, a look and a deletion of each of many ints: alone, recorded, and the bytes that were written.
MEASURE = """
import os, sys, tempfile, time
sys.path.insert(0, sys.argv[1])
from recorder import record, stop
COUNT = int(sys.argv[2])
now = getattr(time, 'process_time', time.time)
def work(d):
    start = now()
    for n in range(COUNT): d[n] = n
    for n in range(COUNT): d[n]
    for n in range(COUNT): del d[n]
    return (now() - start) / COUNT / 3 * 1e9
alone = min(work({}) for _ in range(3))
handle, path = tempfile.mkstemp()
os.close(handle)
d = record({}, path)
recorded = work(d)
stop(d)
print('%d | %d | %.1f' % (alone, recorded, os.path.getsize(path) / COUNT / 3.0))
os.remove(path)
"""


def main():
    print("| CPython | ns an operation | recorded | bytes an operation in the file |\n|---|---|---|---|")
    for version in VERSIONS:
        executable = find(version)
        if executable is None:
            print("SKIPPED: there is no Python %s here" % version)
            continue
        command = [executable, "-B", "-c", MEASURE, os.path.join(os.path.dirname(HERE), "dictoscope"), str(COUNT)]
        print("| %s | %s |" % (version, subprocess.check_output(command).decode().strip()), flush=True)


if __name__ == "__main__":
    main()
