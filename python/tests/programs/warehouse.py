# A program that is heavy on dicts, of every kind that a script can make. No imports but the standard library's.
import collections
import copy
import random
import uuid

rnd = random.Random(2024)


class Bin:
    """Where things lie: a key with its own hash, often the same."""

    def __init__(self, row, shelf):
        self.row, self.shelf = row, shelf

    def __hash__(self):
        return self.row % 7

    def __eq__(self, other):
        return isinstance(other, Bin) and (self.row, self.shelf) == (other.row, other.shelf)


class Cache(dict):
    """The oldest goes when it is full."""

    def __init__(self, limit):
        super().__init__()
        self.limit = limit

    def __setitem__(self, key, value):
        if key not in self and len(self) >= self.limit:
            del self[next(iter(self))]
        super().__setitem__(key, value)


stock = {}
names = {n: 'part-%d' % (n * 7919 % 1000) for n in range(300)}
by_name = {}
orders = collections.OrderedDict()
waiting = collections.defaultdict(list)
seen = collections.Counter()
cache = Cache(40)
bins = {}
tokens = {}
settings = dict(limit=10, verbose=False, **{'depth': 3})
memo = {}


def ways(n, k):
    if (n, k) not in memo:
        memo[n, k] = 1 if k == 0 or k == n else ways(n - 1, k - 1) + ways(n - 1, k)
    return memo[n, k]


def note(**fields):
    fields['n'] = len(fields)
    return fields


for n in range(4000):
    part = rnd.randrange(300)
    name = names[part]
    what = rnd.random()
    if what < 0.5:
        stock[part] = stock.get(part, 0) + 1
        by_name.setdefault(name, {})[part] = n
        seen[name] += 1
    elif what < 0.7 and stock:
        stock.pop(part, None)
        waiting[name].append(n)
    elif what < 0.8:
        orders[uuid.UUID(int=rnd.getrandbits(128))] = note(part=part, name=name)
        if len(orders) > 20:
            orders.popitem(last=False)
    elif what < 0.9:
        cache[name, part % 3] = n
    elif what < 0.95:
        bins[Bin(part, n % 5)] = n
        if len(bins) > 30:
            del bins[next(iter(bins))]
    else:
        token = rnd.choice([n, str(n), float(n) / 2, (n, 'x'), b'%d' % n, None, True])
        tokens[token] = n
        if rnd.random() < 0.5 and tokens:
            tokens.popitem()

ways(60, 20)
for key in list(stock)[::2]:
    del stock[key]
stock[True] = 1
halved = stock.copy()
halved['and a name'] = 0
rebuilt = {key: value for key, value in stock.items()}
again = dict(stock)
unpacked = {**again, 'more': 1, **settings}
fresh = dict.fromkeys(['a', 'b', 'c', 'd', 'e', 'f'], 0)
deep = copy.deepcopy(by_name)
emptied = dict(stock)
emptied.clear()
emptied['first'] = 1
if hasattr(dict, '__or__'):
    merged = settings | fresh
    merged |= {'z': 1}
print(len(stock), len(orders), len(cache), len(bins), len(memo), seen.most_common(1))
