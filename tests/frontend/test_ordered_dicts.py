"""Dicts in the order of their keys: `popitem`, `move_to_end`, `pop` with a default; arrays that begin empty."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([0.3, 0.7, 1.2, 0.5])


class Recent:
    """The results of the last calls."""

    def __init__(self, size):
        self.size, self.known = size, OrderedDict()

    def get(self, key, make):
        if key in self.known:
            self.known.move_to_end(key)
            return self.known[key]
        value = self.known[key] = make(key)
        if len(self.known) > self.size:
            self.known.popitem(last=False)
        return value


def kept_recently(x):
    recent, made = Recent(2), []

    def make(i):
        made.append(i)
        return x[i] ** 2 * len(made)

    total = 0.0
    for key in (0, 1, 0, 2, 1, 0):
        total += recent.get(key, make) * (key + 1)
    return total * len(recent.known)


def moved(x):
    d = OrderedDict(a=x[0], b=x[1], c=x[2])
    d.move_to_end("a")
    d.move_to_end("c", last=False)
    _, v = d.popitem(last=False)
    return sum(w * (i + 1) for i, w in enumerate(d.values())) * v


def emptied(x):
    d, s = dict(enumerate(x)), 0.0
    while d:
        k, v = d.popitem()
        s = s * x[0] + v * k
    return s


def popped(x):
    d = {(0, 1): x[0], (1, 2): x[1]}
    a = d.pop((0, 1))
    try:
        return d.pop("none")
    except KeyError:
        return a * d.pop((5, 5), x[2]) + len(d) * x[3]


def appended(x):
    a, b, rows = np.array([]), np.array(()), np.empty((0, 4))
    for v in x:
        a = np.append(a, v * a.sum() + 1.0)
        b = np.concatenate([b, [v], x[:1]])
        rows = np.vstack([rows, x * v])
    return a @ np.arange(4.0) + np.sum(b) * len(b) + np.sum(rows @ x) + np.array([[]]).size


@pytest.mark.parametrize("program", [kept_recently, moved, emptied, popped, appended], ids=lambda f: f.__name__)
def test_derivatives(program: Callable[[Any], Any]) -> None:
    value, gradient = ad.value_and_grad(program, on_unsupported="error")(X)
    np.testing.assert_allclose(value, program(X), rtol=1e-15)
    np.testing.assert_allclose(gradient, central_differences(program, X), rtol=1e-6, atol=1e-8)
