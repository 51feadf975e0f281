"""Read-only views of memory that has several names: what may share their memory is left to the tape."""
from __future__ import annotations

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import TapeFallback


def test_ravel_of_a_broadcast_view() -> None:
    def f(x):
        for row in list(x):
            row[...] = row * 2.0
        return np.sum(x) + np.sum(np.vectorize(lambda e: e * e)(x))

    x = np.array([[1.016, -0.31, 0.499], [-0.732, 0.784, -0.555]])
    with pytest.warns(TapeFallback, match="read-only view"):
        gradient = ad.grad(f)(x.copy())
    np.testing.assert_allclose(gradient, 2.0 + 8.0 * x, rtol=1e-14)
