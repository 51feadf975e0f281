"""Iterators: generators taken one item at a time, `iter` and `next`, `itertools`, classes with `__next__`."""

import itertools

import numpy as np

from tests.programs.corpus import program


def square_roots(a):
    """Newton's iterates, without end."""
    x = a
    while True:
        yield x
        x = 0.5 * (x + a / x)


def until_they_settle(a, tolerance):
    before = 2.0 * a
    for k, x in enumerate(square_roots(a)):
        if abs(x - before) < tolerance:
            return x * (k + 1)
        before = x


program(until_they_settle, lambda r: (2.5, 1e-2), tags="generator endless return enumerate scalar")


def zipped_with_an_endless_one(a, x):
    total = 0.0
    for v, w in zip(square_roots(a), x):
        total += v * w
    for i, w, v in zip(range(3), x, square_roots(a)):
        if w > 0.4:
            continue
        total += v * w * i
    return total


program(zipped_with_an_endless_one, lambda r: (2.5, r.normal(size=4)), argnums=(0, 1),
        tags="generator endless zip continue")


def slices_of_iterators(x, a, n):
    total = sum(v ** 2 for v in itertools.islice(x, 1, n, 2))
    total += sum(itertools.islice(square_roots(a), n))
    for v in itertools.takewhile(lambda t: t > 1.8, square_roots(a)):
        total += v * x[0]
    return total


program(slices_of_iterators, lambda r: (r.normal(size=6), 2.5, 5), argnums=(0, 1), tags="islice takewhile endless")


def reads_what_the_loop_writes(x):
    y = x.copy()

    def cells():
        for i in range(len(y)):
            yield i, y[i]

    for i, v in cells():
        if i + 1 < len(y):
            y[i + 1] += v * v
    total = 0.0
    for i, v in cells():
        if v > 1e6:
            break
        total += v * (i + 1)
    else:
        total *= 2.0
    return total


program(reads_what_the_loop_writes, lambda r: (r.normal(size=4),), analytic=False,
        tags="generator lazy in-place for-else")


def taken_by_next(x):
    it = iter(x)
    first, second = next(it), next(it)
    rest = 0.0
    for v in it:
        rest += v ** 2
    numbers = itertools.count(1)
    total = next(numbers) * first + next(numbers) * second
    positive = next(v for v in x if v > 0)
    none = next((v for v in x if v > 100), first)
    pairs = [p * q for p, q in zip(*[iter(x)] * 2)]
    few = iter([first, total])
    return rest + positive * 2 + none * 3 + sum(pairs) + next(few) * next(few) + next(few, 5.0)


program(taken_by_next, lambda r: (np.array([-0.5, 0.3, 0.7, 1.1, -0.2, 0.4]),), tags="iter next count zip")


class Decay:
    def __init__(self, x, n):
        self.x, self.n = x, n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n <= 0:
            raise StopIteration
        self.n -= 1
        self.x = np.sin(self.x) * 1.1
        return self.x


def class_of_iterators(x, n):
    total = 0.0
    for v in Decay(x, n):
        total += v ** 2
    for k, v in enumerate(Decay(x, 3)):
        total += k * v
    return total


program(class_of_iterators, lambda r: (0.8, 4), analytic=True, tags="__next__ StopIteration class scalar")


def leaves(tree):
    if isinstance(tree, list):
        for branch in tree:
            yield from leaves(branch)
    else:
        yield tree


def parts_of(x):
    yield x[2:4]
    return 3.0


def delegated(x):
    def all_parts():
        yield x[:2]
        scale = yield from parts_of(x)
        yield x[1:3] * scale

    tree = [x[0], [x[1], [x[2], x[0] * x[1]]]]
    return sum(np.prod(c) for c in all_parts()) + sum(v ** 2 for v in leaves(tree))


program(delegated, lambda r: (r.normal(size=4),), analytic=True, tags="generator yield-from recursion")


def counted_without_end(x):
    total = 0.0
    for i in itertools.count(1, 2):
        total = total + x / i
        if i > 6:
            break
    for i in itertools.count():
        x = 0.5 * x
        if x < 0.1:
            break
    return x * i * total


program(counted_without_end, lambda r: (2.0,), tags="count break scalar")


def cycles_groups_and_runs(labels, x):
    total = 0.0
    for v, weight in zip(x, itertools.cycle([1.0, 2.0, -1.0])):
        total += v * weight
    for key, group in itertools.groupby(zip(labels, x), key=lambda pair: pair[0]):
        total += (key + 1) * np.prod([v for _, v in group])
    for a, b in itertools.zip_longest(x, x[:2], fillvalue=1.5):
        total += a * b
    runs = list(itertools.accumulate(x, lambda s, v: 0.9 * s + np.sin(v), initial=1.0))
    return total + sum(runs) * runs[-1]


program(cycles_groups_and_runs, lambda r: ([0, 0, 1, 1, 1, 2], r.normal(size=6)), argnums=1, analytic=True,
        tags="cycle groupby zip_longest accumulate")


def items_of_ranges(x, n):
    places = range(2, 2 + 2 * n, 2)
    total = 0.0
    for k in range(n):
        total += x[places[k]] * (k + 1)
    return total + x[places[-1]] ** 2 + x[range(3, 9)[n - 1]] ** 3


program(items_of_ranges, lambda r: (r.normal(size=9), 3), analytic=True, tags="range index")


def rows_without_a_column(x):
    rows = [[x[0], x[1], 2.0], [x[2], 1.0, x[3]]]
    total = 0.0
    for c in range(3):
        total += rows[0][c] ** 2 * sum(v for row in [row[:c] + row[c + 1:] for row in rows] for v in row)
    return total


program(rows_without_a_column, lambda r: (r.normal(size=4),), analytic=True, tags="list-slices nested-lists")


def assigned_in_a_comprehension(x):
    total = 0.0
    running = [total := total + v for v in x]
    kept = [y for v in x if (y := np.sin(v)) > -2.0]
    return sum(running) * total + sum(kept) * y


program(assigned_in_a_comprehension, lambda r: (r.normal(size=4),), tags="walrus comprehension")
