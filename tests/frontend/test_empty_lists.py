"""Lists that begin empty and get their items under another name, or on another path."""
from __future__ import annotations

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([0.7, 1.3, 2.1, 0.4])


def second_empty_list(x):
    items = []
    groups = []
    if x[0] > 0:
        groups.append(items)
    groups[0].append(x[0])
    items = []
    if x[1] > 0:
        groups.append(items)
    groups[-1].append(x[1])
    total = 0.0
    for k in range(len(groups)):
        total += np.prod(np.array(groups[k])) * x[2]
    return total


def stored_in_a_list(x):
    groups = [[x[2]], [x[1]]]
    for k in range(2):
        items = []
        if x[k] > 1:
            groups[k] = items
        groups[k].append(x[k])
    return sum(np.prod(np.array(group)) for group in groups) * x[3]


def in_two_orders(x):
    low, high = [], []
    both = [low, high] if x[0] > 0 else [high, low]
    for v in x:
        both[int(v > 1)].append(v * v)
    return sum(low) * sum(high)


def by_length(x):
    groups = {}
    for word, v in zip("abca", x, strict=True):
        groups.setdefault(word, []).append(v)
    return sum(np.prod(groups[word]) for word in sorted(groups, key=lambda word: -len(groups[word])))


def counted_in_an_unrolled_loop(x):
    table = {}
    for v in x:
        table[int(v > 0.75)] = table.get(int(v > 0.75), 0.0) + v * (x[0] and x[-4])
    first = x @ np.array([0.5, -0.4, 0.3, 0.8])  # the number of items is known from here on
    return first * table[0] + table[1]


PROGRAMS = [second_empty_list, stored_in_a_list, in_two_orders, by_length, counted_in_an_unrolled_loop]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_derivatives_of_both_orders(f):
    value, gradient = ad.value_and_grad(f, on_unsupported="error")(X)
    np.testing.assert_allclose(value, f(X))
    np.testing.assert_allclose(gradient, central_differences(f, X), rtol=1e-6, atol=1e-6)
    direction = np.array([0.3, -0.5, 0.8, 0.2])
    np.testing.assert_allclose(ad.jvp(f, (X,), (direction,))[1], gradient @ direction)
    step = 1e-6 * direction
    change = (ad.grad(f)(X + step) - ad.grad(f)(X - step)) / 2e-6
    np.testing.assert_allclose(ad.hvp(f)(X, direction), change, rtol=1e-6, atol=1e-6)
