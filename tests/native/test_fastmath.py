"""`fastmath=True`: off unless asked for; machine code of its own; the same numbers up to rounding."""
from __future__ import annotations

import importlib.util

import numpy as np
import pytest

import ad_compiler as ad

pytestmark = pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="numba is not installed")


def total(x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] * x[i] / (1.0 + x[i])
    return s


def test_fastmath_is_a_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    x = np.linspace(0.1, 2.0, 37)
    fast = ad.value_and_grad(total, backend="native", fastmath=True)
    plain = ad.value_and_grad(total, backend="native")
    for found, wanted in zip(fast(x), plain(x), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12)
    (special,) = fast.used
    assert [kernel.fastmath for kernel in special.main.native.kernels] == [True]
    made = [found for kernel in special.main.native.kernels for found in kernel.kernels.values()]
    assert made
    assert all(found is not None for found in made)  # numba took the option
