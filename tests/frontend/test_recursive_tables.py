"""Tables filled with what a function gives that calls itself as far as values decide."""
from __future__ import annotations

import contextlib

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([-0.917, -0.416, 1.07, -0.84])


def halves(z):
    if len(z) < 3:
        return z[0] * z[0]
    return halves(z[:len(z) // 2]) * 0.73


def largest_of_a_table(x):
    table = {}
    for k, v in enumerate(x):
        table[k % 2] = table.get(k % 2, 0.0) + v * halves(x)
    return max(table.values()) * x[0]


@pytest.mark.filterwarnings("ignore:.*runs on the tape")
def test_value_and_gradient() -> None:
    value, gradient = ad.value_and_grad(largest_of_a_table)(X.copy())
    assert value == pytest.approx(largest_of_a_table(X), rel=1e-14)
    np.testing.assert_allclose(gradient, central_differences(largest_of_a_table, X.copy()), atol=1e-7)


def test_it_is_compiled_or_refused() -> None:
    """Never a fault of the compiler (InternalError is no UnsupportedError)."""
    with contextlib.suppress(ad.errors.UnsupportedError):
        ad.grad(largest_of_a_table, on_unsupported="error")(X.copy())
