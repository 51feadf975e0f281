"""What kernels record of arrays that are changed later, and compute again: the NumPy backend says what is right."""
from __future__ import annotations

import numpy as np

import ad_compiler as ad


def kept_and_changed(u, p, steps):
    total = 0.0
    for k in range(steps):
        v = np.sin(u * (k + 1.0))
        t = v * p
        v[0] += 1.0
        v *= v
        total += np.sum(t * t * np.sin(v) * v)
    return total


def test_a_record_of_an_array_that_is_changed_later_is_not_what_it_was() -> None:
    u = np.linspace(0.1, 0.9, 7)
    expected = ad.grad(kept_and_changed, argnums=(0, 1))(u, 0.3, 3)
    native = ad.grad(kept_and_changed, argnums=(0, 1), backend="native")
    for _ in range(2):
        for a, b in zip(native(u, 0.3, 3), expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12)
    h = 1e-6
    rise = (kept_and_changed(u, 0.3 + h, 3) - kept_and_changed(u, 0.3 - h, 3)) / (2 * h)
    np.testing.assert_allclose(expected[1], rise, rtol=1e-7)
