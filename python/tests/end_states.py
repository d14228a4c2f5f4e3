"""Runs a script with its dicts recorded and prints what each of them is at its end, read from memory, as JSON.

    python end_states.py script.py trace.jsonl.gz
"""
import contextlib
import io
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from dictoscope.running import Script
from dictoscope.snapshots import snapshot


def main(path, trace):
    with open(path) as file:
        script = Script(file.read(), path, trace)
    states = {}
    close = script.trace.close

    def closing(why):
        for number, reference in sorted(script.trace._live.items()):
            recorded = reference()
            if recorded is not None and recorded._exact_:
                seen = snapshot(recorded)
                assert seen.source == "memory", seen.why
                states[number] = seen.state()
        close(why)

    script.trace.close = closing
    with contextlib.redirect_stdout(io.StringIO()):
        code = script.run()
    print(json.dumps(states))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
