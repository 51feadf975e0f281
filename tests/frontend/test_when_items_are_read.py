"""When Python reads the items of iterators and the keys of items: once each, and not before they are wanted."""
from __future__ import annotations

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([0.7, -1.3, 2.1, 0.4, 1.7, -0.6])


def reversed_begins_where_it_was_made(x):
    items = [x[0], x[1]]
    backwards = reversed(items)
    items.append(x[2])
    items[1] *= 3
    return sum(v * k for k, v in enumerate(backwards, 1))


def rows_in_turn(x):
    y, total = x * 1.0, 0.0
    for weight, v in zip((0.9, 1.0, 2.0), y, strict=False):
        y[1:3] *= weight
        total += v * v
    return total + y.sum()


def numbered_rows_in_turn(x):
    y, table, total = x * x, np.zeros((3, 3)), 0.0
    for i, (weight, v) in enumerate(zip([1.0, 2.0, 3.0], y, strict=False)):
        y[i + 1] += v * weight
        total += v
    for row, v in zip(table, x, strict=False):
        table[2, 2] += np.exp(v)
        total += row.sum() * v
    return total


def pairs_in_turn(x):
    y, total = np.array([x[0], x[1] * 2, x[2]]), 0.0
    for (i, a), b in zip(enumerate(y), (1.0, 2.0, 3.0), strict=False):
        y[2] += a * a
        total += a * b * (i + 1)
    return total * y[2]


def reversed_at_run_time(x):
    items = [v for v in x if v > 0]
    backwards = reversed(items)
    items.append(x[1])
    total = 0.0
    for v in backwards:
        total = 0.5 * total + v
    return total * len(items)


def reversed_of_what_is_gone(x):
    items = [x[0], x[1]]
    backwards = reversed(items)
    items.pop()
    return sum(backwards) + items[0] * x[2]


def views_of_a_dict(x):
    table = {"a": x[0]}
    keys, values, items = table.keys(), table.values(), table.items()
    table["b"] = x[1]
    table["a"] *= x[2]
    return sum(values) * len(keys) + sum(v * (k == "b") for k, v in items) + ("b" in keys) * x[3]


def sets_of_keys(x):
    first, second = {"a": x[0], "b": x[1]}, {"b": x[2], "c": x[3]}
    total = sum(first[k] * second[k] for k in first.keys() & second.keys())
    names = list(second.keys())
    if first.keys() == {"a", "b"} and names[0] == "b" and {"a"} < first.keys() != second.keys():
        total += x[4]
    for k in sorted(first.keys() | second.keys()):
        total += first.get(k, 2.0) * second.get(k, 3.0)
    return total + sum(second[k] for k in second.keys() - first.keys())


def key_of_each_once(x):
    seen = [0.0]

    def key(v):
        seen[0] += v * v
        return -v

    ordered = sorted(x, key=key)
    largest = max(x, key=key)
    least = min([v for v in x if key(v) < 1], key=key)
    first = max((x[0], x[1], x[2]), key=key)
    alone = min([x[5]], key=key)
    fallback = max([v for v in x if v > 9], key=key, default=x[4])
    return seen[0] * ordered[0] + largest * least + first * alone * fallback


def keys_in_order(x):
    order = []

    def key(v):
        order.append(v)
        return v * v

    top = sorted([x[0], x[1], x[2]], key=key, reverse=True)
    return sum(k * v for k, v in enumerate(order)) * top[0]


def truth_of_what_may_be_empty(x):
    table, total = {}, x[0] * (2 if range(len(x) - 6) else 3)
    for k, seen in enumerate((table.keys(), table.values(), table.items()), 2):
        total *= 1 if seen else k
    table["a"] = x[1]
    if table.values() and table.items() and range(int(x[2])):
        total += x[3]
    return total


PROGRAMS = [reversed_begins_where_it_was_made, reversed_at_run_time, reversed_of_what_is_gone, rows_in_turn,
            numbered_rows_in_turn, pairs_in_turn, views_of_a_dict, sets_of_keys, key_of_each_once, keys_in_order,
            truth_of_what_may_be_empty]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_value_and_gradient(f):
    value, gradient = ad.value_and_grad(f, on_unsupported="error")(X)
    np.testing.assert_allclose(value, f(X))
    np.testing.assert_allclose(gradient, central_differences(f, X), rtol=1e-6, atol=1e-6)
