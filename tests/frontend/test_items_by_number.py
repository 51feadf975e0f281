"""Objects that have items by number and no `__iter__`."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([0.3, 0.7, 1.2, 0.5])


class Scaled:
    def __init__(self, x, n):
        self.x, self.n = x, n

    def __getitem__(self, i):
        if i >= self.n:
            raise IndexError(i)
        return self.x[i] * (i + 1)


class Pairs:
    def __init__(self, x):
        self.x = x

    def __getitem__(self, i):
        return self.x[i], self.x[i] ** 2


def summed(x):
    return sum(Scaled(x, 4)) * max(Scaled(x, 3)) + sum(map(np.sin, Scaled(x, 4)))


def left_early(x):
    s = 0.0
    for v in Scaled(x, 4):
        if v > 2.0:
            break
        s = s * x[0] + v
    return s


def up_to_the_end_of_an_array(x):
    s = 0.0
    for a, b in Pairs(x):
        s += a * b
    return s


def unpacked(x):
    a, b, c = Scaled(x, 3)
    d, *e = Scaled(x, 4)
    return a * b + c * d + sum(e)


@pytest.mark.parametrize("program", [summed, left_early, up_to_the_end_of_an_array, unpacked],
                         ids=lambda f: f.__name__)
def test_derivatives(program: Callable[[Any], Any]) -> None:
    value, gradient = ad.value_and_grad(program, on_unsupported="error")(X)
    np.testing.assert_allclose(value, program(X), rtol=1e-15)
    np.testing.assert_allclose(gradient, central_differences(program, X), rtol=1e-6)
