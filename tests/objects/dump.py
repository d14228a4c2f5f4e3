"""Evaluates one expression a line; prints [hash, repr, whether it is the same key as the one before], or the error."""
import io
import json
import sys
from uuid import UUID  # noqa: F401 (the expressions use it)

print(json.dumps([list(sys.version_info[:2]), str(hash(None))]))
before = None
for line in io.open(sys.stdin.fileno(), encoding="utf-8", newline="\n"):
    try:
        now = eval(line)
        print(json.dumps([str(hash(now)), repr(now), now in {before: 0}]))
        before = now
    except Exception as error:
        message = error.msg if isinstance(error, SyntaxError) else str(error)
        if isinstance(message, bytes):
            message = message.decode("utf-8", "replace")
        print(json.dumps([type(error).__name__ + ": " + message]))
