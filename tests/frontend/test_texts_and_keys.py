"""Texts indexed at run time, tuples as keys and members."""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([0.3, 0.7, 1.2, 0.5])


def aligned(x):
    a, b = "GATTACA", "GCATGCU"
    n, m = len(a), len(b)
    score = np.zeros((n + 1, m + 1))
    score[:, 0] = -x[0] * np.arange(n + 1)
    score[0, :] = -x[0] * np.arange(m + 1)
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            same = x[1] if a[i - 1] == b[j - 1] else -x[2]
            score[i, j] = max(score[i - 1, j - 1] + same, score[i - 1, j] - x[0], score[i, j - 1] - x[0])
    return score[n, m]


def counted(x):
    counts = Counter()
    for i, v in enumerate(x):
        counts["ab"[i % 2]] += v * (i + 1)
    return counts["a"] * counts["b"]


def read_as_numbers(x):
    digits, s, seen = "1203", 0.0, ""
    for i in range(len(x)):
        s += int(digits[i]) * x[i] + ord(digits[i])
        if digits[i].isdigit() and digits[i] in "12" and digits[i:] > "2":
            s += x[i] ** 2
        seen += digits[i]
    return s * len(seen)


def remembered(x):
    known = {}

    def best(i, j):
        if (i, j) in known:
            return known[i, j]
        if i == 0 or j == 0:
            r = x[(i + j) % 4]
        else:
            r = min(best(i - 1, j), best(i, j - 1)) + x[(i * j) % 4] ** 2
        known[i, j] = r
        return r

    return best(3, 3)


def among_tuples(x):
    s = x[0]
    for i in range(2):
        for j in range(2):
            if (i, j) in [(0, 1), (1, 1)]:
                s = s * x[i + j]
            if (i, j) not in ((1, 0), (0, 0)):
                s = s + x[i]
    return s


PROGRAMS: list[Callable[[Any], Any]] = [aligned, counted, read_as_numbers, remembered, among_tuples]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_derivatives(program: Callable[[Any], Any]) -> None:
    value, gradient = ad.value_and_grad(program, on_unsupported="error")(X)
    np.testing.assert_allclose(value, program(X), rtol=1e-15)
    np.testing.assert_allclose(gradient, central_differences(program, X), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(ad.grad(program, backend="native")(X), gradient, rtol=1e-12)


def test_an_index_outside_a_text_raises() -> None:
    def f(x):
        s = 0.0
        for i in range(len(x)):
            if "abc"[i] == "a":
                s += x[i]
        return s

    with pytest.raises(IndexError, match="string index out of range"):
        ad.grad(f, on_unsupported="error")(X)
