"""Write the seeds of fuzz/corpus and the words of fuzz/dictionary.txt anew: from fixtures, README and sources, a few of each.

Usage: python3 fuzz/seeds.py, in any directory. Files with other names in fuzz/corpus are left alone.
"""

import hashlib
import pathlib
import random
import re

FUZZ = pathlib.Path(__file__).resolve().parent
REPO = FUZZ.parent
MOST_BYTES = 700
chosen = random.Random(7)


def put(target, first, text):
    data = bytes([first % 256]) + text.encode("utf8", "replace")[:MOST_BYTES]
    folder = FUZZ / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ("seed-" + hashlib.sha1(data).hexdigest()[:12])).write_bytes(data)


def some(items, most):
    items = sorted(set(items))
    return items if len(items) <= most else chosen.sample(items, most)


def strings(*files):
    found = []
    for file in files:
        text = (REPO / "src" / file).read_text()
        found += re.findall(r'"((?:[^"\\\n]|\\.){1,100})"', text)
    return [text.encode().decode("unicode_escape", "replace") for text in found]


def percent(text):
    return re.sub(r"[^\w]", lambda m: "".join("%%%02X" % byte for byte in m[0].encode()), text, flags=re.ASCII)


for old in FUZZ.glob("corpus/*/seed-*"):
    old.unlink()

readme = (REPO / "README.md").read_text()
programs = re.split(r"^== .*$", (REPO / "tests/fixtures/programs.txt").read_text(), flags=re.M)[1:]
programs += re.findall(r"```python\n(.*?)```", readme, re.S)
programs = [program.strip() for program in programs]
lines = {line.strip() for program in programs for line in program.splitlines() if line.strip()}
for form in re.findall(r"^\| `(\w+\(d.*?\))` \|", readme, re.M):
    lines.add(re.sub(r"n=all", "3", re.sub(r"\bn\b(?!=)", "7", form)))
lines = sorted(lines)
expressions = [part for line in lines for part in re.findall(r"\[(.*)\]\s*=", line)[:1] + re.findall(r"=\s*(.*)$", line)[:1]]

for nth, program in enumerate(some(programs, 25)):
    put("program", nth * 37, program)
for nth, text in enumerate(some(lines, 15) + some(strings("program/parse.rs"), 15)):
    put("program", nth * 11, text)
for nth, text in enumerate(some(expressions, 30) + some(strings("python/expr.rs", "python/literal.rs", "python/number.rs"), 30)):
    put("expr", nth * 37, text)
for nth in range(35):
    put("line", nth * 7, "\x0c".join(chosen.sample(lines, 1 + nth % 5)))
tables = sorted(set(re.findall(r'"([a-z][\w.-]+:[\w=.,-]+)"', (REPO / "src/table/settings.rs").read_text())))
tables += ["linear:size=12,load=0.5,shrink=0.1,reuse=no,count=no", "incremental:size=8,load=0.9,shrink=0.2,move=3"]
tables += re.findall(r"^\| `([a-z][\w.-]+)` \|", readme, re.M)
for nth in range(20):
    two = [percent(table) for table in chosen.sample(tables, 2)]
    first, last = [percent(line) for line in chosen.sample(lines, 2)]
    cut = f"&take={nth}&program={last}" if nth % 3 else "&seed=5&none=-7"
    put("link", nth, f"v=1&table={two[0]}&table={two[1]}&program={first}{cut}&at={nth * 2}")
for table in some(tables, 22):
    put("table", 0, table)
labs = [
    "entries=200 rate=16 tick=1000 slice=32",
    "strategy=sliced table=linear table.load=0.5 entries=100",
    "entries=50 rest=3 burst=2 # said\nrate=9 floor=0.5 threshold=0.3 every=20 quiet=2 presize=no seed=3",
    "table=robin-hood table.shrink=0.2 entries=99 strategy=locked",
    "table=incremental table.move=3 entries=20 tick=1",
]
for nth, text in enumerate(labs):
    put("link", nth, f"v=1&lab={percent(text)}&play=sliced&tick=30")
    for first in range(4):
        put("lab", first, text)
for nth in range(40):
    length = 1 + 6 * chosen.choice([2, 6, 20, 40])
    data = bytes(chosen.randrange(256) for _ in range(length))
    folder = FUZZ / "corpus" / "state"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"seed-{hashlib.sha1(data).hexdigest()[:12]}").write_bytes(data)

words = set(re.findall(r"[A-Za-z_]{2,}", readme + "\n".join(lines))) & set(
    """d in for range del dict update get pop popitem setdefault clear copy fromkeys items reserve shrink_to_fit import from pass
    True False None UUID uuid frozenset float int str chr unichr nan inf insert_ints insert_random insert_colliding insert_strings
    insert_uuids delete_oldest delete_newest delete_random delete_all churn mixed start seed below bits table program take at none
    lab play tick strategy entries floor rate burst rest threshold every quiet slice presize size load shrink reuse count move yes
    no all""".split()
)
words |= {word.replace("_", " ") for word in r"""d[ ]= del_d[ for_i_in_range( ):_ ** // % << >> |= {**d} ''' u' b' r' \u20ac \U0001f600 \x00 \N{ \ud800 0x 1e308 1_000
    10**40 -1 (1,) int= v=1& table= &program= &take= &at= &seed= %0A linear: swiss cpython-2.7 cpython-3.13 table.load= sliced
    locked 9223372036854775807 18446744073709551616 20000000 1000000 not lambda {1:2} 1j ~ ^ & é 😀 0o7 0b1 017 5L
    float('nan') {k:_v_for_k,_v_in_d.items()} ('a'*3,)*2""".split()}
words |= {"\x0c", "; ", "# ", "\\\n", "\t", "  ", '"""', "d = ", "\n  "}


def escaped(text):
    plain = lambda c: 32 <= ord(c) < 127 and c not in '"\\'
    return "".join(c if plain(c) else "".join("\\x%02x" % byte for byte in c.encode("utf8", "replace")) for c in text)


(FUZZ / "dictionary.txt").write_text("".join(f'"{escaped(word)}"\n' for word in sorted(words)))
