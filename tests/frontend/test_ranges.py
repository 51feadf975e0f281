"""Ranges as sequences: items, parts with any step, lengths; and slices of lists in second derivatives."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([1.0, 2.0, 3.0, 4.0])


def item_of_a_part(x):
    r = range(len(x))[1:]
    s = 0.0
    for k in range(len(r)):
        s = s + x[r[k]] * (k + 1)
    return s + r[0] * x[0]


def loop_over_a_part(x):
    s = 0.0
    for k in range(len(x))[1:-1]:
        s = s + x[k] * (k + 1)
    return s


def begins_elsewhere(x):
    r = range(2, len(x) + 2)[:2]
    return r[0] * x[0] + r[-1] * x[1] + len(r) * x[2]


def every_other(x):
    r = range(0, len(x), 2)[1:]
    q = range(len(x))[::2]
    return r[0] * x[0] + len(r) * x[1] + q[1] * x[2] + q[-1] * x[3]


def from_the_end(x):
    r = range(len(x))[-2:]
    q = range(len(x))[::-1]
    p = range(len(x))[-2:0:-1]
    return r[0] * x[0] + len(r) * x[1] + q[0] * x[2] + len(p) * x[3] + p[0] * x[0]


def beyond_the_end(x):
    r = range(len(x))[2:50]
    q = range(len(x))[7:]
    return len(r) * x[0] + len(q) * x[1] + len(range(len(x) - 9)) * x[2] + x[3]


def computed_ends(x):
    n = int(np.count_nonzero(x > 1.5))
    r = range(10)[n:-n]
    return r[0] * x[0] + len(r) * x[1]


PROGRAMS = [item_of_a_part, loop_over_a_part, begins_elsewhere, every_other, from_the_end, beyond_the_end,
            computed_ends]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_ranges(program: Callable[[Any], Any]) -> None:
    value, gradient = ad.value_and_grad(program, on_unsupported="error")(X)
    assert value == pytest.approx(program(X), rel=1e-13)
    np.testing.assert_allclose(gradient, central_differences(program, X), atol=1e-7)


def products_of_neighbours(x):
    squares = []
    for i in range(len(x)):
        squares.append(x[i] * x[i])
    later = squares[1:]
    return sum(a * b for a, b in zip(squares, later, strict=False))


def every_other_item(x):
    cubes = []
    for i in range(len(x)):
        cubes.append(x[i] ** 3)
    return sum(q * x[0] for q in cubes[::2]) + sum(q * x[1] for q in cubes[::-1][:2])


@pytest.mark.parametrize("program", [products_of_neighbours, every_other_item], ids=lambda f: f.__name__)
def test_second_derivatives_of_parts_of_lists(program: Callable[[Any], Any]) -> None:
    v = np.array([1.0, 0.5, -0.3, 0.2])
    gradient = ad.grad(program, on_unsupported="error")
    step = 1e-5
    expected = (gradient(X + step * v) - gradient(X - step * v)) / (2 * step)
    np.testing.assert_allclose(ad.hvp(program, on_unsupported="error")(X, v), expected, rtol=1e-8, atol=1e-8)
