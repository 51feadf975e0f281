"""Sets that are changed in place are seen under all their names; frozen ones are made anew."""
from __future__ import annotations

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([0.7, -1.3, 2.1, 0.4])


def by_values(x):
    s = set()
    for k in range(4):
        if x[k] > 0:
            s.add(k)
    s -= {2}
    s |= {1}
    s &= {0, 1, 2}
    return sum(x[k] for k in sorted(s)) + len(s) * x[0]


def by_values_under_two_names(x):
    s = set()
    for k in range(4):
        if x[k] > 0:
            s.add(k)
    t = s
    s ^= {1, 2}
    s -= {0}
    return sum(x[k] * (k + 1) for k in sorted(t)) + len(s) * x[0]


def two_names(x):
    s = {0, 1}
    t = s
    s -= {0}
    s |= {3}
    u = s - {3}
    s ^= {1, 2}
    return sum(x[k] * (k + 1) for k in sorted(t)) + x[0] * len(u)


def frozen(x):
    s = frozenset({0, 1})
    t = s
    s |= {2}
    return sum(x[k] for k in sorted(t)) * x[max(s)]


@pytest.mark.parametrize("f", [by_values, by_values_under_two_names, two_names, frozen], ids=lambda f: f.__name__)
def test_value_and_gradient(f):
    value, gradient = ad.value_and_grad(f, on_unsupported="error")(X.copy())
    assert value == pytest.approx(f(X.copy()), rel=1e-14)
    np.testing.assert_allclose(gradient, central_differences(f, X.copy()), atol=1e-7)
