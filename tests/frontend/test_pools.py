"""Objects that are told by their numbers behave as they do under their own names: operators, dicts, copies."""
from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([0.31, 0.7234, 1.23, 0.5471])


class Pair:
    def __init__(self, a, b):
        self.a, self.b = a, b

    def __iter__(self):
        yield self.a
        yield self.b

    def __len__(self):
        return 2

    def __getitem__(self, k):
        return self.a if k == 0 else self.b

    def __add__(self, other):
        return Pair(self.a + other.a, self.b + other.b)

    def __iadd__(self, other):
        self.a += other.a
        return self

    def __lt__(self, other):
        return self.a < other.a

    def __bool__(self):
        return bool(self.a > 0)

    def __call__(self, z):
        return self.a * z

    @property
    def both(self):
        return self.a * self.b


def one_of_two(x):
    a, b = Pair(x[0], x[1]), Pair(x[2], 1.0)
    c = a if x[3] > 0.5 else b
    c.a *= 2
    return a, b, c


def updated_in_place(x):
    a, b, c = one_of_two(x)
    c = c + b
    d = c
    c += a
    return c.a * a.a * d.b * d.a


def updated_in_a_list(x):
    pairs = [Pair(v, 1.0) for v in x]
    first = pairs[0]
    for pair in pairs:
        pair += pairs[1]
    return sum(pair.a for pair in pairs) * first.a


def taken_apart(x):
    _, _, c = one_of_two(x)
    total = sum([*c]) * len(c) * c[1]
    for v in c:
        total += v * v
    p, q = c
    return total + p * q


def compared_and_called(x):
    a, b, c = one_of_two(x)
    total = 1.0
    if a < b or c < a:
        total += c(x[1])
    if c:
        total *= c.both
    return total * max(a, b, c, key=lambda pair: pair.b).a


def dicts(x):
    a, b = {"w": x[0], "b": x[1]}, dict(w=x[2], b=1.0)  # noqa: C408
    best = a if x[3] > 0.5 else b
    best["w"] *= 2
    best["b"] = best["w"] * x[3]
    total = 0.0
    for key in best:
        total += best[key] * len(key)
    for _, value in best.items():
        total += value
    return total + a["w"] * b["w"] + sum(a.values()) + len(best) + ("w" in best) - ("z" in best)


def dicts_begun_anew(x):
    now, done = {"n": 0, "s": 0.0}, []
    for v in x:
        if v > 0.6:
            done.append(now)
            now = {"n": 0, "s": 0.0}
        now["n"] += 1
        now["s"] += v * v
    done.append(now)
    return sum(d["s"] * d["n"] for d in done)


def copied_dicts(x):
    now, seen = {"a": x[0], "b": x[1]}, []
    for v in x:
        new = dict(now)
        new["a"] -= v * new["b"]
        if new["a"] > 0:
            now = new
        now["b"] += v
        seen.append(now)
    return sum(d["b"] * d["a"] for d in seen)


def copied_and_kept(x):
    now, kept = Pair(x[0], x[1]), []
    for v in x:
        new = copy.deepcopy(now)
        new.a += v
        if new.a > 1.5:
            now = new
        kept.append(now)
        now.b *= 1.1
        setattr(now, "a", getattr(now, "a") * 1.01)  # noqa: B009, B010
    return sum(pair.both for pair in kept) + sum(pair is now for pair in kept) * now.b


def lists_of_numbers(x):
    rows = [[x[0], x[1]], [x[2], x[3]]]
    row = rows[0]
    for v in x:
        if v > 0.6:
            row = rows[1]
        row[0] += v
    return rows[0][0] * rows[1][0] * row[1]


def never_filled(x):
    log, run = [], Pair(x[0], x[1])
    for v in x:
        if v > 100.0:
            log = []
        if v > 0.6:
            run = Pair(v, run.a)
        run.a += v + sum(log)
    return run.both * (1 + len(log))


class Logged:
    def __init__(self, v):
        self.v, self.log = v, []

    def note(self, v):
        self.log.append(v)
        return sum(self.log)


def copies_with_lists(x):
    one, total = Logged(x[0]), 0.0
    for v in x:
        other = copy.deepcopy(one)
        if v > 0.6:
            one = other
        total += one.note(v) * other.note(one.v)
        one.v += v
    return total + len(one.log)


PROGRAMS = [updated_in_place, updated_in_a_list, taken_apart, compared_and_called, dicts, dicts_begun_anew,
            copied_dicts, copied_and_kept, lists_of_numbers, never_filled, copies_with_lists]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_value_and_derivatives(program: Callable[[Any], Any]) -> None:
    value, gradient = ad.value_and_grad(program, on_unsupported="error")(X)
    expected = central_differences(program, X)
    np.testing.assert_allclose(value, program(X), rtol=1e-14)
    np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-8)
    along = np.array([1.0, -2.0, 0.5, 0.7])
    np.testing.assert_allclose(ad.jvp(program, (X,), (along,))[1], expected @ along, rtol=1e-6)


@functools.lru_cache(maxsize=None)  # noqa: UP033
def area(pair: Pair) -> Any:
    return pair.a * pair.b


def remembered_in_a_list(x):
    pairs, total = [Pair(v, v) for v in x], 0.0
    for pair in pairs:
        total += area(pair)
        pair.a += 1.0
    return total + sum(area(pair) for pair in pairs)


def remembered(x):
    pair = Pair(x[0], x[1])
    total = area(pair)
    pair.a = x[2]
    return total * area(pair)


@pytest.mark.parametrize("program", [remembered, remembered_in_a_list], ids=lambda f: f.__name__)
def test_objects_that_change_after_a_function_has_remembered_them(program: Callable[[Any], Any]) -> None:
    """Python gives what the function gave before."""
    with pytest.raises(ad.errors.UnsupportedError, match="remembers its results"):
        ad.grad(program, on_unsupported="error")(X)
