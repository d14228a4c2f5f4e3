"""A script run inside the page, by Pyodide: what `static/python-worker.js` calls."""
import io
import sys

from .running import Script

# Modules that ask for what a page does not have.
NO_NETWORK = ("socket", "ssl", "http", "urllib.request", "ftplib", "smtplib", "requests", "aiohttp", "httpx", "js", "pyodide", "pyodide_js")
NO_PROCESSES = ("subprocess", "multiprocessing", "concurrent.futures", "threading", "_thread")


class Sender(io.RawIOBase):
    """A file whose bytes go to the page as they are written."""

    def __init__(self, post):
        self._post = post

    def writable(self):
        return True

    def write(self, data):
        # What was printed until now comes before what was done until now.
        sys.stdout.flush()
        sys.stderr.flush()
        self._post(bytes(data))
        return len(data)


def refused(module):
    """Why a script in a page may not import this module; None if it may."""
    for names, why in ((NO_NETWORK, "has no network"), (NO_PROCESSES, "has no other processes and threads")):
        if any(module == name or module.startswith(name + ".") for name in names):
            return "a script in this page %s: `python -m dictoscope run` records it on your machine" % why
    return None


def no_files(file, *args, **kwargs):
    raise PermissionError("a script in this page has no files, so %r cannot be opened: write its contents into the script" % (file,))


class Asked:
    """`input()`, with the answers that were given beforehand."""

    def __init__(self, answers):
        self._answers = iter(answers)

    def __call__(self, prompt=""):
        try:
            answer = next(self._answers)
        except StopIteration:
            raise EOFError("input() has no more answers: give one for each time the script asks") from None
        print("%s%s" % (prompt, answer))
        return answer


def run(source, name, post, release=None, answers=(), operations=None):
    """Run a script; `post` gets the trace in pieces. Its exit code; 2 and a message if it is no Python."""
    try:
        names = {"open": no_files, "input": Asked(list(answers))}
        script = Script(source, name, Sender(post), operations=operations, release=release and tuple(release), names=names)
    except SyntaxError as error:
        return 2, "line %s: %s" % (error.lineno, error.msg)
    script.refused = refused
    code = script.run()
    sys.stdout.flush()
    sys.stderr.flush()
    return code, ""
