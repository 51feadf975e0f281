"""What `sorted` gives is a list, of an array too: `s + s`, `s * 2`, slices and list methods mean what lists mean."""
from __future__ import annotations

import bisect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([1.2, 0.7, 2.1, -0.3])


def weighted(items):
    return sum(v * v * (i + 1) for i, v in enumerate(items))


def joined(x):
    s = sorted(x)
    return weighted(s + s)


def halves_joined(x):
    s = sorted(x)
    return weighted(s[:2] + s[2:])


def repeated(x):
    return weighted(sorted(x, reverse=True) * 2)


def extended(x):
    s = sorted(x)
    s += [x[0] ** 2]
    return weighted(s)


def slices_are_copies(x):
    s = sorted(x)
    t = s[:]
    t[0] = x[1] ** 2
    return weighted(s) + weighted(t)


def asked_for_items(x):
    s = sorted(x)
    return s[0] ** 2 if s else 0.0


def nested(x):
    rows = [sorted(x), sorted(x * 2)]
    return weighted(rows[0] + rows[1])


def inserted(x):
    s = sorted(x)
    bisect.insort(s, x[0] * 1.01)
    s.insert(0, x[1] ** 2)
    s.append(x[2])
    return weighted(s) + s.pop(1)


def repeated_at_run_time(x):
    return weighted([v for v in x if v > 0] * 2) + weighted(2 * sorted(v * v for v in x))


def texts_in_order(x):
    table = {}
    for v in x:
        k = "p" if v > 1.0 else "q"
        table[k] = table.get(k, 0.0) + v ** 3
    return sum(v * 0.5 ** r for r, (_, v) in enumerate(sorted(table.items())))


def by_text_and_number(x):
    rows = [("p" if v > 1.0 else "q", v ** 3) for v in x]
    return sum(v * 0.5 ** r for r, (_, v) in enumerate(sorted(rows)))


def by_text(x):
    rows = [("p" if v > 1.0 else "q", v ** 3) for v in x]
    return sum(v * 0.5 ** r for r, (_, v) in enumerate(sorted(rows, key=lambda row: row[0])))


LISTS = [joined, halves_joined, repeated, extended, slices_are_copies, asked_for_items, nested, inserted,
         repeated_at_run_time, texts_in_order, by_text_and_number, by_text]


@pytest.mark.parametrize("f", LISTS, ids=lambda f: f.__name__)
def test_value_and_gradient(f: Callable[..., Any]) -> None:
    value, gradient = ad.value_and_grad(f, on_unsupported="error")(X.copy())
    assert value == pytest.approx(f(X.copy()), rel=1e-14)
    np.testing.assert_allclose(gradient, central_differences(f, X.copy()), atol=1e-6)
    _, tangent = ad.jvp(f, (X.copy(),), (np.ones(4),), on_unsupported="error")
    assert tangent == pytest.approx(np.sum(gradient), rel=1e-12)


@pytest.mark.parametrize("f", LISTS, ids=lambda f: f.__name__)
def test_second_derivative(f: Callable[..., Any]) -> None:
    direction = np.array([0.3, -0.7, 0.2, 0.9])
    gradient = ad.grad(f, on_unsupported="error")
    step = 1e-5 * direction
    expected = (gradient(X + step) - gradient(X - step)) / 2e-5
    np.testing.assert_allclose(ad.hvp(f, on_unsupported="error")(X.copy(), direction), expected, atol=1e-6)
