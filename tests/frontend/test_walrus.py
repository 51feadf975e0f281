"""Names that comprehensions bind (`:=`) belong to the function around them, and hold what was last bound."""
from __future__ import annotations

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([0.5, 1.2, 0.3, 2.1, 0.9])


def of_the_item_that_decides(x):
    if any((y := v) > 1.0 for v in x):
        return y**2
    return 0.0


def in_a_loop(x):
    total = 0.0
    for i in range(5):
        if any((w := x[j]) > x[i] for j in range(i)):
            total += w * x[i]
        else:
            total -= x[i]
    return total


def in_a_helper(x):
    def helper(a, limit):
        if not all((last := v) < limit for v in a):
            return last * limit
        return last
    return helper(x, 2.0) + helper(x, 3.0)


def in_the_same_line(x):
    return sum((q := v * v) + q * q for v in x) + q


def of_two_loops(x):
    if any((d := abs(a - b)) < 0.35 for a in x for b in x if a != b):
        return d * d
    return 0.0


def in_a_condition(x):
    rounds = 0
    while any((r := v) > 0.5 for v in x):
        x = x * 0.7
        rounds += 1
    return r + np.sum(x) * rounds


def running(x):
    total = 0.0
    run = [total := total + v * v for v in x]
    return total * run[2]


@pytest.mark.parametrize("f", [of_the_item_that_decides, in_a_loop, in_a_helper, in_the_same_line, of_two_loops,
                               in_a_condition, running])
def test_names_bound_in_comprehensions(f):
    want = central_differences(f, X)
    for mode in ("fast", "slow"):
        value, found = ad.value_and_grad(f, mode=mode, on_unsupported="error")(X)
        assert np.isclose(value, f(X))
        np.testing.assert_allclose(found, want, rtol=1e-6, atol=1e-8)
    direction = np.array([0.3, -0.2, 0.5, 0.1, -0.7])
    tangent = ad.jvp(f, (X,), (direction,), on_unsupported="error")[1]
    assert np.isclose(tangent, want @ direction)
