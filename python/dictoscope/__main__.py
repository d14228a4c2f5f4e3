"""The command: `python -m dictoscope`."""
import argparse
import sys
import tokenize

from .reading import NotATrace, as_text
from .running import Script


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
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return 2
    return options.do(options)


if __name__ == "__main__":
    sys.exit(main())
