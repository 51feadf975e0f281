"""Iterators are used up, and their items are computed when their iteration begins."""
# ruff: noqa: B905 - programs as people write them
from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError, TapeFallback
from tests.differences import central_differences

X = np.array([0.3, 0.8, -0.5, 1.1, 0.6])
W = np.arange(1.0, 6.0)


# --- begun before: where it is refused by the compiler, right on the tape ---------------------------------------------
def zipped_twice(x):
    it = zip(x, W)
    a = sum(p * q for p, q in it)
    return a * x[0] + sum(p * q for p, q in it)


def mapped_twice(x):
    it = map(np.sin, x)
    a = sum(it)
    b = sum(it)
    return a + 2 * b


def generator_in_a_loop(x):
    it = (v * v for v in x)
    a = 0.0
    for _k in range(3):
        a += sum(it)
    return a


def rest_after_a_break(x):
    it = enumerate(x)
    a = 0.0
    for i, v in it:
        a += v * i
        if i == 2:
            break
    for _i, v in it:
        a += 10 * v
    return a


def rest_of_an_iterator(x):
    it = iter(x)
    a = 0.0
    for v in it:
        a += v
        if v < 100:
            break
    return a + 3 * sum(it)


def rest_of_a_generator(x):
    def squares():
        for v in x:
            yield v * v
    g = squares()
    a = 0.0
    for v in g:
        a += v
        break
    return a + 2 * sum(g)


def filtered_twice(x):
    it = filter(lambda v: v > 0, x)
    return sum(it) + 5 * sum(it)


def taking_turns(x):
    it = iter(x)
    return sum(a * b for a, b in zip(it, it))


def chained_twice(x):
    c = itertools.chain([x[0], x[1]], [x[2]])
    return sum(c) + 2 * sum(c)


def begun_on_one_path(x):
    it = iter([x[0], x[1]])
    a = 0.0
    if x[2] < 0:
        a = sum(it)
    return a * x[3] + sum(it)


# --- computed early, while the loop writes to what they are computed from ---------------------------------------------
def generator_reads_what_is_written(x):
    y = x.copy()

    def items():
        for i in range(4):
            yield y[i]
    a = 0.0
    for v in items():
        a += v * v
        y[3] += v
    return a


def expression_reads_what_is_written(x):
    y = x.copy()
    a, k = 0.0, 0
    for v in (y[i] * 2 for i in range(4)):
        y[k + 1] += v
        k = k + 1
        a += v
    return a + y.sum()


def filter_reads_what_is_written(x):
    y = x.copy()
    a, k = 0.0, 0
    for v in filter(lambda v: v > -9.0, y):
        a += v * v
        if k < 4:
            y[k + 1] += v
        k = k + 1
    return a


def view_of_what_is_written(x):
    y = x.copy()
    z = y[1:]
    a = 0.0
    for v in (w * 2 for w in z):
        a += v * v
        y[4] += v
    return a


def column_is_written(x):
    y = x.copy()
    a = 0.0
    for k, (p, v) in enumerate(zip([x[0], x[1], x[2]], y)):
        a += p * v
        y[k + 1] += p
    return a


def object_is_written(x):
    s, k = 0.0, [1.0]

    def scaled(v):
        return v * k[0]
    for v in map(scaled, [x[0], x[1], x[2]]):
        s += v
        k[0] = k[0] + 1
    return s


def name_is_written(x):
    t, s = 1.0, 0.0

    def items():
        for i in range(3):
            yield x[i] * t
    for v in items():
        s += v
        t = t + 1.0
    return s


# --- followed ---------------------------------------------------------------------------------------------------------
def source_of_an_expression_is_evaluated_at_once(x):
    it = (v * 2 for v in x)
    x = x * 3
    return sum(it) + x[0]


def names_of_an_expression_are_read_late(x):
    k = 2.0
    it = (v * k for v in x)
    k = 5.0
    return sum(it)


def source_is_evaluated_once(x):
    items = []

    def effect():
        items.append(x[0])
        return x
    return sum([v * 2 for v in effect()]) + len(items) * x[1]


def passed_on(x):
    def total(values):
        s = 0.0
        for v in values:
            s += v
        return s
    g = (v * v for v in x)
    h = g
    return total(h) + total(v for v in x)


def on_either_path(x):
    z = zip(x, W)
    if x[0] > 0:
        s = sum(a * b for a, b in z)
    else:
        s = 2 * sum(a * b for a, b in z)
    return s


def made_in_each_iteration(x):
    s = 0.0
    for k in range(3):
        g = (v * k for v in x)
        s += sum(g)
    return s


def generator_of_its_own(x):
    def fibonacci():
        a, b = x[0], x[1]
        while True:
            yield a
            a, b = b, a + b
            if abs(b) > 5:
                return
    out = []
    for v in fibonacci():
        out.append(v * v)
    return sum(out)


def writes_beside_what_is_read(x):
    out = np.zeros(5)
    for i, v in enumerate(v * 2 for v in x):
        out[i] = v * x[0]
    return (out * W).sum()


def rows_are_views(x):
    y = x.copy()
    for row in y.reshape(5, 1):
        row *= 2
        y[0] += 1
    return (y * W).sum()


def iterator_of_an_iterator(x):
    it = iter(iter(x))
    return sum(it)


def sorted_backwards_keeps_ties_in_order(x):
    s = sorted([x[0], x[1], x[2], x[3]], key=lambda v: 0.0, reverse=True)
    return s[0] + 2 * s[1] + 3 * s[2]


def sorted_in_place(x):
    r = [0.0] * 3
    for j in range(3):
        r[j] = x[j] * x[0]
    r.sort()
    q = [x[3], x[1], x[0]]
    q.sort(key=abs, reverse=True)
    return r[0] + 2 * r[1] + 3 * r[2] + q[0] * 2 + q[1]


def removed_and_cleared(x):
    r = []
    for v in x:
        r.append(v)
    r.remove(r[2])
    s = r[1] + 2 * r[2]
    r.clear()
    r.append(x[1])
    q = [x[0], x[1]]
    q.clear()
    q.append(x[2])
    return s * r[0] * q[0]


BEGUN = [zipped_twice, mapped_twice, generator_in_a_loop, rest_after_a_break, rest_of_a_generator, filtered_twice,
         chained_twice]
EARLY = [filter_reads_what_is_written, object_is_written]
FOLLOWED = [rest_of_an_iterator, column_is_written, taking_turns, begun_on_one_path, generator_reads_what_is_written,
            expression_reads_what_is_written, view_of_what_is_written, name_is_written,
            source_of_an_expression_is_evaluated_at_once, names_of_an_expression_are_read_late,
            source_is_evaluated_once, passed_on, on_either_path, made_in_each_iteration, generator_of_its_own,
            writes_beside_what_is_read, rows_are_views, iterator_of_an_iterator,
            sorted_backwards_keeps_ties_in_order, sorted_in_place, removed_and_cleared]


@pytest.mark.parametrize("program", FOLLOWED, ids=lambda f: f.__name__)
def test_followed(program: Callable[[Any], Any]) -> None:
    value, gradient = ad.value_and_grad(program, on_unsupported="error")(X)
    assert value == pytest.approx(program(X))
    np.testing.assert_allclose(gradient, central_differences(program, X), atol=1e-7)


@pytest.mark.parametrize(("program", "code"), [(f, "AD135") for f in BEGUN] + [(f, "AD136") for f in EARLY],
                         ids=lambda v: getattr(v, "__name__", v))
def test_what_cannot_be_followed_is_refused(program: Callable[[Any], Any], code: str) -> None:
    with pytest.raises(CompileError, match=code):
        ad.grad(program, on_unsupported="error")(X)
    with pytest.warns(TapeFallback, match=code):
        value, gradient = ad.value_and_grad(program)(X)
    assert value == pytest.approx(program(X))
    np.testing.assert_allclose(gradient, central_differences(program, X), atol=1e-7)


def test_methods_of_lists_that_are_not_known_are_refused() -> None:
    def program(x):
        r = []
        for v in x:
            r.append(v)
        r.__sizeof__()
        return sum(r)

    with pytest.raises(CompileError, match="`__sizeof__` of a list"):
        ad.grad(program, on_unsupported="error")(X)


def taken_until_one_is_met(x):
    left = [2.0 * v for v in x]
    total = 0.0
    for v in iter(left.pop, left[0]):
        if v > 3.0:
            continue
        total += v * v
    return total


def called_until_a_count(x):
    k = 0

    def step():
        nonlocal k
        k += 1
        return min(k, 4)

    return sum(n * x[n] for n in iter(step, 4))


@pytest.mark.parametrize("f", [taken_until_one_is_met, called_until_a_count])
def test_iter_of_a_function_and_a_sentinel(f):
    x = np.array([0.5, 1.2, 0.3, 2.1, 0.9])
    want = central_differences(f, x)
    for mode in ("fast", "slow"):
        value, found = ad.value_and_grad(f, mode=mode, on_unsupported="error")(x)
        assert np.isclose(value, f(x))
        np.testing.assert_allclose(found, want, rtol=1e-6, atol=1e-8)
