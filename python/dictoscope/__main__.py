"""The command: `python -m dictoscope`."""
import argparse
import runpy
import sys
import tokenize

from .reading import NotATrace, as_text
from .reports import NoReport, Report, counters
from .running import Script
from .snapshots import snapshot


def run(options):
    try:
        with tokenize.open(options.script) as file:
            source = file.read()
        script = Script(source, options.script, options.output, options.limit, options.operations)
    except (OSError, UnicodeDecodeError, SyntaxError) as error:
        print("dictoscope: %s: %s" % (options.script, error), file=sys.stderr)
        return 2
    return script.run(options.arguments)


def text(options):
    try:
        for line in as_text(options.trace):
            print(line)
    except BrokenPipeError:
        # Whoever read it has seen enough.
        sys.stdout = None
    except (OSError, NotATrace) as error:
        print("dictoscope: %s" % error, file=sys.stderr)
        return 2
    return 0


def report(options):
    try:
        if options.counters:
            told = counters(options.trace, options.dict)
        else:
            made = Report(options.trace, options.dict)
            told = made.html() if (options.output or "").endswith((".html", ".htm")) else made.markdown()
        if options.output is None:
            print(told)
        else:
            with open(options.output, "w", encoding="utf-8") as file:
                file.write(told)
            print("the report is in %s" % options.output)
    except (OSError, NotATrace, NoReport, LookupError) as error:
        print("dictoscope: %s" % error, file=sys.stderr)
        return 2
    return 0


def take_snapshot(options):
    path, colon, name = options.place.rpartition(":")
    if not colon:
        print("dictoscope: which dict? FILE.py:NAME", file=sys.stderr)
        return 2
    try:
        names = runpy.run_path(path)
    except OSError as error:
        print("dictoscope: %s" % error, file=sys.stderr)
        return 2
    if not isinstance(names.get(name), dict):
        what = "is of type %s" % type(names[name]).__name__ if name in names else "is no name"
        print("dictoscope: %s %s in %s, and a dict is wanted" % (name, what, path), file=sys.stderr)
        return 2
    seen = snapshot(names[name])
    print(seen.to_json() if options.json else seen.text())
    return 0


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m dictoscope", description="See the dicts of your own Python.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    command = commands.add_parser("run", help="run a script and record every dict that it makes")
    command.add_argument("-o", "--output", default="trace.jsonl.gz", help="the trace (%(default)s)")
    command.add_argument("--limit", type=int, default=50000000, help="the most bytes of the trace (%(default)s)")
    command.add_argument("--operations", type=int, help="stop the script after so many lines of the trace")
    command.add_argument("script")
    command.add_argument("arguments", nargs=argparse.REMAINDER)
    command.set_defaults(do=run)
    command = commands.add_parser("text", help="print a trace, an operation a line")
    command.add_argument("trace")
    command.set_defaults(do=text)
    command = commands.add_parser("report", help="where the bytes of a recorded dict are, and what to do about them")
    command.add_argument("trace")
    command.add_argument("-o", "--output", help="a file, .html or .md (else Markdown is printed)")
    command.add_argument("--dict", type=int, help="which dict of the trace (the one with the most operations)")
    command.add_argument("--counters", action="store_true", help="counters for Perfetto or chrome://tracing instead, as JSON")
    command.set_defaults(do=report)
    command = commands.add_parser("snapshot", help="the table of a dict that a script makes, as it lies in memory")
    command.add_argument("place", metavar="FILE.py:NAME")
    command.add_argument("--json", action="store_true", help="all of it, as JSON")
    command.set_defaults(do=take_snapshot)
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return 2
    return options.do(options)


if __name__ == "__main__":
    sys.exit(main())
