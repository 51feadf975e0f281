# ruff: noqa: B012, B905, SIM107 - spelled in every way that Python has

"""Iterators that give some of their items, `finally` that decides how its `try` ends, scopes of classes, causes of
errors: compiled as Python runs them, or on the tape."""
from __future__ import annotations

import itertools

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError, TapeFallback
from tests.differences import central_differences

X = np.array([0.3, 0.7, 1.3, 0.5])


def compiled_slices(x):
    it = iter([x[0], x[1], x[2], x[3]])
    return sum(itertools.islice(it, 2)) * sum(it)


def compiled_search(x):
    it = iter(x)
    return next(v for v in it if v > 0.6) * sum(it)


def compiled_pairs(x):
    it = iter(x)
    next(it)
    return sum(a * b for a, b in zip(x, it))


def compiled_nested_next(x):
    it, total = iter(x), 0.0
    for v in it:
        total += v * next(it)
    return total


def compiled_finally(x):
    total = 0.0
    for v in x:
        try:
            if v > 1:
                break
            total += v
        finally:
            total *= 2
    return total


@pytest.mark.parametrize("f", [compiled_slices, compiled_search, compiled_pairs, compiled_nested_next,
                               compiled_finally])
def test_compiled(f):
    value, gradient = ad.value_and_grad(f, on_unsupported="error")(X)
    assert value == pytest.approx(f(X), rel=1e-13)
    np.testing.assert_allclose(gradient, central_differences(f, X), atol=1e-8)


def zip_ended_by_another(x):
    it, total = iter([x[0], x[1], x[2]]), 0.0
    for weight, v in zip([1.0, 2.0], it):
        total += weight * v
    return total + next(it, 10.0)


def zip_that_takes_one_more(x):
    it, total = iter(x), 0.0
    for v, weight in zip(it, [1.0, 2.0]):
        total += weight * v
    return total + next(it, 10.0)


def any_of_an_iterator(x):
    it = iter(x)
    found = any(v > 0.6 for v in it)
    return found * sum(it)


def contained_in_an_iterator(x):
    it = iter([1, 2, 3])
    return x[0] * (2 in it) * sum(it)


def keys_for_an_iterator(x):
    it = iter([x[0], x[1], x[2], x[3]])
    table = dict(zip("ab", it))
    return table["a"] * table["b"] * sum(it)


def map_of_two(x):
    it = iter([x[0], x[1], x[2], x[3]])
    return sum(map(lambda a, b: a * b, [1.0, 2.0], it)) * sum(it)


def numbered_with_next(x):
    it, total = iter(x), 0.0
    for i, v in enumerate(it):
        total += v * next(it) * (i + 1)
    return total


def chained_and_taken(x):
    it = iter([x[0], x[1], x[2], x[3]])
    chained = itertools.chain([next(it)], it)
    next(it)
    return sum(v * (i + 1) for i, v in enumerate(chained))


def finally_that_returns(x):
    def f():
        try:
            return x[0]
        finally:
            return x[1]

    return f()


def finally_that_continues(x):
    for v in x:
        try:
            if v > 0.6:
                return v
        finally:
            if v > 0.6:
                continue
    return x[3]


def scope_of_a_class(x):
    k = 2.0

    class Inner:
        k = 3.0
        values = [k * 1 for _ in range(2)]  # noqa: RUF012

        def scaled(self):
            return k * self.k

    return Inner().scaled() * x[0] + sum(Inner.values) * x[1]


def cause_of_an_error(x):
    try:
        try:
            raise ValueError
        except ValueError as error:
            raise RuntimeError from error
    except RuntimeError as error:
        return x[0] * (2 if isinstance(error.__cause__, ValueError) else 3)


@pytest.mark.parametrize("f", [
    zip_ended_by_another, zip_that_takes_one_more, any_of_an_iterator, contained_in_an_iterator, keys_for_an_iterator,
    map_of_two, numbered_with_next, chained_and_taken, finally_that_returns,
    finally_that_continues, scope_of_a_class, cause_of_an_error])
def test_on_the_tape(f):
    with pytest.raises(CompileError):
        ad.grad(f, on_unsupported="error")(X)
    with pytest.warns(TapeFallback):
        value, gradient = ad.value_and_grad(f)(X)
    assert value == pytest.approx(f(X), rel=1e-13)
    np.testing.assert_allclose(gradient, central_differences(f, X), atol=1e-8)
