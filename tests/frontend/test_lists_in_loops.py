"""Lists that a loop replaces by longer ones."""
from __future__ import annotations

import numpy as np

import ad_compiler as ad
from tests.differences import central_differences


def test_a_list_of_arrays_is_replaced_by_a_longer_one() -> None:
    def program(x, n):
        parts = [x]
        for _ in range(n):
            parts = [*parts, parts[-1] * x]
        return sum(p.sum() for p in parts)

    x = np.array([0.3, 0.8, -0.5])
    gradient = ad.grad(program, on_unsupported="error")(x, 3)
    np.testing.assert_allclose(gradient, central_differences(lambda v: program(v, 3), x), atol=1e-7)
