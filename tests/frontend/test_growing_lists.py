"""Loops over lists and dicts that the loop itself changes: Python looks at them anew before each item."""
from __future__ import annotations

import itertools

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([0.7, -1.2, 0.4, 2.0])


def worklist(x):
    queue, total = [x[0], x[3]], 0.0
    for v in queue:
        total += v * v
        if len(queue) < 7:
            queue.append(0.5 * v + x[1])
    return total * len(queue)


def numbered(x):
    queue, total = [x[0], x[1]], 0.0
    for i, v in enumerate(queue, 1):
        if v > 5:
            return total
        total += v * i
        if i < 4:
            queue += [total * v, x[2]]
    return total


def of_run_time(x):
    kept, total = [v for v in x if v > 0], 0.0
    for i, v in zip(range(20), kept, strict=False):
        total += v * i * kept[0]
        if len(kept) < 6:
            kept.append(total + v)
    return total + len(kept)


def shrinking(x):
    kept, total = [v for v in x if v > -9], 0.0
    for i, v in enumerate(kept):
        total += v * x[0] + i
        if i % 2 == 0:
            kept.pop()
    return total + len(kept)


def removed(x):
    kept, total = list(x * x), 0.0
    for v in kept:
        total += v * x[1]
        kept.remove(v)
    return total + sum(kept) * x[2]


def mapped(x):
    kept, total = [x[0], x[1]], 0.0
    for v in map(lambda a: a * x[0], kept):  # noqa: C417 - what is tested
        total += v
        if len(kept) < 5:
            kept.insert(len(kept), total * v)
    return total


def by_expression(x):
    kept, total = [v for v in x if v > 0], 0.0
    for v in (a * x[0] for a in kept):
        total += v
        if len(kept) < 6:
            kept.append(total * v)
    return total


def backwards(x):
    kept, total = [x[0], x[1], x[3]], 0.0
    for v in reversed(kept):
        total += v * len(kept)
        kept.append(total * v)
        kept[0] *= v
    return total + sum(kept)


def in_a_loop(x):
    total = 0.0
    for k in range(3):
        kept = [x[k]]
        for v in kept:
            total += v * kept[0]
            if len(kept) <= k:
                kept.append(v * x[3])
    return total


class Tree:
    def __init__(self, value, depth):
        self.value, self.depth = value, depth

    def children(self):
        return [Tree(0.5 * self.value, self.depth - 1), Tree(self.value ** 2, self.depth - 1)] if self.depth else []


def breadth_first(x):
    nodes, total = [Tree(x[0], 2)], 0.0
    for node in nodes:
        total += node.value * x[2]
        for child in node.children():
            nodes.append(child)
    return total * len(nodes)


class Solver:
    def __init__(self, x):
        self.open, self.total = [x[0]], 0.0

    def run(self, x):
        for v in self.open:
            self.total += v
            self.add(v * x[1])
        return self.total

    def add(self, v):
        if len(self.open) < 4:
            self.open.append(v)


def of_an_object(x):
    return Solver(x).run(x)


def values_of_a_dict(x):
    table, total = {"a": x[0], "b": x[1], "c": x[2]}, 0.0
    for k, v in table.items():
        if v > 5:
            return total
        total += v * x[3]
        table["c"] = table["a"] * v
        table["b"] += x[3]
    return total + table["c"]


def values_beside_rows(x):
    table, total = {"a": x[0], "b": x[1]}, 0.0
    for row, v in zip(x.reshape(2, 2), table.values(), strict=False):
        if row[0] > 5:
            break
        total += row[1] * v
        table["b"] = table["a"] * v
        table["a"] += x[3]
    return total + table["a"]


def rows_beside_numbers(x):
    total = 0.0
    for a, v in zip((1.0, 2.0, 0.5), x, strict=False):
        if a > 3:
            break
        x[2:] -= 0.1 * v
        total += a * v
    return total


def side_by_side(x):
    first, second, total = [x[0]], [x[1]], 0.0
    for a, b in zip(first, second, strict=False):
        total += a * b
        if total < 3:
            first.append(a + 1)
            second.append(b + x[2])
    return total


def beside_others(x):
    first, second, total = [v for v in x if v > 0], [2 * v for v in x if v > 0], 0.0
    for i, (a, b, c, k) in enumerate(zip(first, x, second, range(9), strict=False)):
        total += a * b * c + k * i
        if len(first) < 5:
            first.append(a + 1)
            second.append(b + 0.5)
    return total


PROGRAMS = [worklist, numbered, of_run_time, shrinking, removed, mapped, by_expression, backwards, in_a_loop,
            breadth_first, of_an_object, values_of_a_dict, values_beside_rows, rows_beside_numbers,
            side_by_side, beside_others]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_the_list_is_looked_at_before_each_item(f):
    value, gradient = ad.value_and_grad(f, on_unsupported="error")(X.copy())
    np.testing.assert_allclose(value, f(X.copy()))
    np.testing.assert_allclose(gradient, central_differences(lambda x: f(x.copy()), X), rtol=1e-6, atol=1e-6)
    tangent = np.array([0.3, -0.5, 0.8, 0.2])
    np.testing.assert_allclose(ad.jvp(f, (X.copy(),), (tangent,))[1], gradient @ tangent)


def test_lists_beside_what_has_no_length_are_refused():
    def f(x):
        first, second, total = [v for v in x if v > 0], [2 * v for v in x if v > 0], 0.0
        for a, b, k in zip(first, second, itertools.count(), strict=False):
            total += a * b + k
            if len(first) < 5:
                first.append(a + 1)
                second.append(b + 0.5)
        return total

    with pytest.raises(ad.errors.UnsupportedError, match="AD136: the body of this loop changes the length"):
        ad.grad(f, on_unsupported="error")(X)


def test_a_list_that_stays_as_long_is_a_counted_loop():
    def f(x):
        total = 0.0
        for v in [a * a for a in x if a > 0]:
            total += v
        return total

    assert "while" not in ad.source(ad.grad(f), X)
