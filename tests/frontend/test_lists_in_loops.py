"""Lists that a loop replaces by longer ones."""
from __future__ import annotations

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError, TapeFallback
from tests.differences import central_differences
from tests.programs.expression_graphs import Tracked


def test_a_list_of_arrays_is_replaced_by_a_longer_one() -> None:
    def program(x, n):
        parts = [x]
        for _ in range(n):
            parts = [*parts, parts[-1] * x]
        return sum(p.sum() for p in parts)

    x = np.array([0.3, 0.8, -0.5])
    gradient = ad.grad(program, on_unsupported="error")(x, 3)
    np.testing.assert_allclose(gradient, central_differences(lambda v: program(v, 3), x), atol=1e-7)


def test_items_that_hold_one_another_without_end_run_on_the_tape() -> None:
    def program(x):
        a, b = map(Tracked, x)
        c = a * b + a
        d = c * c + b
        d.sweep()
        return a.cotangent * 2 + b.cotangent ** 2

    x = np.array([1.3, 0.7])
    with pytest.raises(CompileError, match="AD128"):
        ad.grad(program, on_unsupported="error")(x)
    with pytest.warns(TapeFallback):
        gradient = ad.grad(program)(x)
    np.testing.assert_allclose(gradient, central_differences(program, x), rtol=1e-6)


def test_a_while_that_is_decided_when_compiling_ends_with_else() -> None:
    def program(x):
        waiting, seen = [(x, "length"), (x * x, {"area": x})], []
        while waiting:
            value, about = waiting.pop()
            seen.append(value if about == "length" else value * about["area"])
        else:
            seen.append(1.0)
        return seen[0] * seen[1] + seen[2]

    assert ad.grad(program, on_unsupported="error")(1.3) == pytest.approx(4 * 1.3 ** 3)
