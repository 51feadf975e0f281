# ruff: noqa: SIM109, SIM300, UP031 - spelled in every way that Python has

"""Operators of classes as Python asks for them, comparisons of containers, and texts that are known when compiling."""
from __future__ import annotations

from collections import Counter, deque

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import TapeFallback

X = np.array([1.5, 2.0, 3.0])


class Point:
    def __init__(self, v):
        self.v = v

    def __eq__(self, other):
        if not isinstance(other, Point):
            return NotImplemented
        return self.v == other.v

    __hash__ = None

    def __lt__(self, other):
        if not isinstance(other, Point):
            return NotImplemented
        return self.v < other.v

    def __add__(self, other):
        if not isinstance(other, Point):
            return NotImplemented
        return Point(self.v + other.v)


class Other:
    def __init__(self, v):
        self.v = v

    def __radd__(self, other):
        return other.v * 3 + self.v

    def __gt__(self, other):
        return True


class Far(Point):
    def __radd__(self, other):
        return Point(10 * self.v + other.v)


def declining(x):
    p, q, r, t = Point(x[0]), Point(x[1]), Other(x[2]), x[0]
    if p == 3:
        t *= 2
    if p != 3:
        t *= 3
    if p == q or p == r or 3 == p:
        t *= 5
    if p == Point(x[0]) and p < q and p < r:
        t *= 7
    return t + (p + q).v + (p + r)


def subclass_first(x):
    return (Point(x[0]) + Far(x[1])).v * (Far(x[2]) + Point(x[0])).v


class Weight:
    def __init__(self, v):
        self.v = v

    def __contains__(self, key):
        return self.v * key

    def __bool__(self):
        return bool(self.v)


def truths(x):
    w = Weight(x[2])
    return x[0] * (x[1] in w) + x[1] * (x[1] not in w) + x[2] * bool(w) + x[1] * any([x[0], x[2]]) * bool(x[2])


def texts(x, c):
    t = x[0]
    for k, seen in enumerate(("%.1f" % 2.5 == "2.5", "%.1f" % c == "2.5", "%s" % None == "None", f"{c:.2f}" == "2.50",
                              "%d %s" % (3, "a") == "3 a", str(c) == "2.5"), 2):
        t = t * k if seen else t + k
    return t


def sequences(x):
    t = x[0] if [1, 2] == [1, 2] and (1, 2) != [1, 2] and range(3) == range(0, 3) else x[1]
    return t * (2 if {1, 2} == {2, 1} and {1} < {1, 2} else 3) * (5 if (1,) < (1, 2) else 7)


@pytest.mark.parametrize(("f", "rest"), [(declining, ()), (subclass_first, ()), (truths, ()), (texts, (2.5,)),
                                         (sequences, ())], ids=lambda v: getattr(v, "__name__", ""))
def test_value_and_gradient(f, rest):
    value, gradient = ad.value_and_grad(f, on_unsupported="error")(X, *rest)
    assert value == pytest.approx(f(X, *rest), rel=1e-14)
    step = 1e-6 * np.eye(3)
    differences = [(f(X + h, *rest) - f(X - h, *rest)) / 2e-6 for h in step]
    np.testing.assert_allclose(gradient, differences, rtol=1e-6)


def counters(x):
    return x[0] * (2 if Counter("ab") == Counter("ba") else 3)


def deques(x):
    return x[0] * (2 if deque([1, 2]) == deque([1, 2]) else 3)


def tables(x):
    table = {}
    for v in x:
        table[int(v)] = v
    return x[0] * (2 if table == {int(v): v for v in x} else 3)


@pytest.mark.filterwarnings("ignore", category=TapeFallback)
@pytest.mark.parametrize("f", [counters, deques, tables], ids=lambda f: f.__name__)
def test_what_is_compared_by_its_items_is_left_to_the_tape(f):
    with pytest.raises(ad.errors.UnsupportedError, match="AD107: dicts, counters, deques and namespaces"):
        ad.grad(f, on_unsupported="error")(X)
    value, gradient = ad.value_and_grad(f)(X)
    assert value == f(X) == 3.0
    np.testing.assert_array_equal(gradient, [2.0, 0.0, 0.0])
