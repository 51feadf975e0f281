"""`any` and `all` over what is computed item by item stop at the item that decides."""
from __future__ import annotations

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([0.3, -0.7, 1.1, 0.5, -0.2])


def counted(x):
    n = 0

    def check(v):
        nonlocal n
        n += 1
        return v > 1

    return (x[0] if any(check(v) for v in x) else x[1]) * n


def kept(x):
    seen = []

    def check(v):
        seen.append(v * x[0])
        return v < 1

    ok = all(check(v) for v in x)
    return sum(seen) * (2 if ok else 3)


def mapped(x):
    n = 0

    def check(v):
        nonlocal n
        n += 1
        return v > 1

    return (x[0] if any(map(check, x)) else x[1]) * n


def of_a_tuple(x):
    n = 0

    def check(v):
        nonlocal n
        n += 1
        return v > 1

    return (x[0] if any(check(v) for v in (x[0], x[2], x[3])) else x[1]) * n


def generated(x):
    n = 0

    def checks():
        nonlocal n
        for v in x:
            n += 1
            yield v < 1

    return (x[0] if all(checks()) else x[1]) * n


def whole_list(x):
    n = 0

    def check(v):
        nonlocal n
        n += 1
        return v > 1

    found = [check(v) for v in x]
    return (x[0] if any(found) else x[1]) * n


@pytest.mark.parametrize("f", (counted, kept, mapped, of_a_tuple, generated, whole_list), ids=lambda f: f.__name__)
def test_value_and_gradient(f):
    value, gradient = ad.value_and_grad(f, on_unsupported="error")(X.copy())
    assert value == pytest.approx(f(X.copy()), rel=1e-14)
    np.testing.assert_allclose(gradient, central_differences(f, X.copy()), atol=1e-7)
