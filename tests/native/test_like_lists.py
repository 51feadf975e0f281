"""`np.zeros_like` and its kin of lists and tuples: arrays that are as long, not numbers."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ad_compiler as ad


@pytest.fixture(autouse=True)
def _as_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")


def like_lists(x: Any, given: Any) -> Any:
    z = np.zeros_like(given)
    z[0] = x[0]
    total = np.sum(z * x) + np.sum(np.full_like(given, x[1]))
    for i in range(3):
        total += x[i] * np.sum(np.ones_like(given)) + x[i] * np.sum(np.ones_like((1.0, x[i])))
    return total


def test_arrays_like_lists_are_as_long_as_these() -> None:
    x, given = np.array([0.5, 1.5, -0.7]), [1.0, 2.0, 3.0]
    want = like_lists(x, given)
    bars = np.array([6.0, 8.0, 5.0])
    for backend in ("numpy", "native"):
        value, bar = ad.value_and_grad(like_lists, backend=backend)(x, given)
        np.testing.assert_allclose(value, want)
        np.testing.assert_allclose(bar, bars)
    np.testing.assert_allclose(ad.jit(like_lists)(x, given), want)
