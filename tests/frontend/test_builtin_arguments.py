"""Arguments of Python's own functions: by name as by position, and none is passed over."""
from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError
from tests.differences import central_differences

X = np.array([0.3, 0.8, -0.5, 1.1, 0.6])


def counted(x):
    s = sum(a * b for a, b in zip(x, itertools.count(start=2, step=3), strict=False))
    s += sum(a * b for a, b in zip(x, itertools.count(step=2), strict=False))
    return s + sum(a * b for a, b in zip(x, itertools.count(1), strict=False))


def rounded(x):
    return round(x[0] * 3, ndigits=2) + x[1] + round(number=x[0]) + round(x[0], None)


def chosen(x):
    pairs = itertools.permutations([x[0], x[1], x[2]], r=2)
    return sum(a * b for a, b in pairs) + sum(2 * a * b for a, b in itertools.combinations([x[0], x[1], x[2]], r=2))


def key_of_none(x):
    return max(x, key=None) * min([x[0], x[1]], key=None) + sorted(x, key=None)[1]


def defaults_of_nothing(x):
    r = []
    for v in x:
        if v > 5:
            r.append(v)
    found = max(r, default=x[0]) + min(r, default=2.0) * x[1]
    return found + max((v * v for v in x), default=0.0)


def powers_and_digits(x):
    return pow(base=x[0], exp=2) + int("11", 2) * x[1] + int("11", base=3) * x[2]


def reduced(x):
    return functools.reduce(lambda a, b: a * b, x) + functools.reduce(lambda a, b: a + b * b, x, x[0])


PROGRAMS = [counted, rounded, chosen, key_of_none, defaults_of_nothing, powers_and_digits, reduced]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_arguments_by_name(program: Callable[[Any], Any]) -> None:
    value, gradient = ad.value_and_grad(program, on_unsupported="error")(X)
    assert value == pytest.approx(program(X), rel=1e-13)
    np.testing.assert_allclose(gradient, central_differences(program, X), atol=1e-7)


def vectorized_by_name(x):
    f = np.vectorize(lambda a, k=2.0: a * k, otypes=[float])
    return f(x, k=3.0).sum()


def modulus(x):
    return x[0] * pow(len(x), 3, 7)


@pytest.mark.parametrize("program", [vectorized_by_name, modulus], ids=lambda f: f.__name__)
def test_what_would_be_passed_over_is_refused(program: Callable[[Any], Any]) -> None:
    with pytest.raises(CompileError, match="is not compiled"):
        ad.grad(program, on_unsupported="error")(X)
