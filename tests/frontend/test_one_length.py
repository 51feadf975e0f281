"""`zip` with `strict=True` raises as Python does, and is caught as Python does."""
from __future__ import annotations

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError
from tests.differences import central_differences

X = np.array([0.5, 1.2, 0.3, 2.1, 0.9])


def paired(x, y):
    total = 0.0
    for a, b in zip(x, y, strict=True):
        total += a * b
    return total


def of_lists(x, y):
    kept = []
    for v in x:
        if v > 0.4:
            kept.append(v)
    return sum(a * b * c for a, b, c in zip(kept, y, (2.0 * v for v in y), strict=True))


def caught(x, y):
    try:
        total = of_lists(x, y)
    except ValueError:
        total = 2.0 * np.sum(x * x)
    return total


def caught_by_size(x, y):
    try:
        total = paired(x[:2], y[:3])
    except ValueError:
        total = np.sum(x * y[0])
    return total


@pytest.mark.parametrize(("f", "size"), [(paired, 5), (of_lists, 4), (caught, 4), (caught, 3), (caught_by_size, 5)])
def test_equal_lengths_and_errors_that_are_caught(f, size):
    y = np.linspace(1.0, 2.0, size)
    want = central_differences(lambda x: f(x, y), X), central_differences(lambda z: f(X, z), y)
    for mode in ("fast", "slow"):
        value, found = ad.value_and_grad(f, argnums=(0, 1), mode=mode, on_unsupported="error")(X, y)
        assert np.isclose(value, f(X, y))
        for a, b in zip(found, want, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("f", [paired, of_lists])
@pytest.mark.parametrize("size", [2, 7])
def test_unequal_lengths(f, size):
    y = np.ones(size)
    with pytest.raises(ValueError) as wanted:
        f(X, y)
    with pytest.raises(ValueError) as found:
        ad.grad(f, on_unsupported="error")(X, y)
    assert str(found.value) == str(wanted.value)


def by_the_iterator(x):
    it = np.nditer(x, flags=["multi_index"])
    total = 0.0
    while not it.finished:
        total += it[0] * it.multi_index[0]
        it.iternext()
    return total


def test_what_an_object_of_a_library_says_is_no_constant():
    with pytest.raises(CompileError, match="AD129"):
        ad.grad(by_the_iterator, on_unsupported="error")(X)
