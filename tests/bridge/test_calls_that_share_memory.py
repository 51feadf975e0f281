"""A call on the tape inside compiled code whose result is memory of its argument: what is written to one is seen in
the other, which compiled code would not know. The whole function runs on the tape then."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import TapeFallback
from tests.differences import central_differences

X = np.array([0.5, 0.7, -0.3])


def itself(a):
    eval("1 + 1")
    return a


def twice(a):
    eval("1 + 1")
    b = a * 2.0
    return [b, b]


def written_by_items(x):
    y = x * 2.0
    z = itself(y)
    z[0] = x[1] * x[2]
    return np.sum(y ** 2)


def written_as_a_whole(x):
    y = x * 2.0
    z = itself({"a": y})
    z["a"] *= 3.0
    return np.sum(y ** 2) + np.sum(z["a"])


def one_array_twice(x):
    a, b = twice(x)
    a[0] *= 3.0
    return np.sum(a ** 2) + np.sum(b ** 3)


@pytest.mark.parametrize("program", [written_by_items, written_as_a_whole, one_array_twice], ids=lambda f: f.__name__)
def test_shared_memory_is_not_lost(program: Callable[[Any], Any]) -> None:
    with pytest.warns(TapeFallback):
        value, gradient = ad.value_and_grad(program)(X)
    assert value == pytest.approx(program(X))
    np.testing.assert_allclose(gradient, central_differences(program, X), atol=1e-7)
