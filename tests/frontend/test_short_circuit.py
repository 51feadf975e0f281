"""`any`, `all` and chained comparisons stop at the item that decides; messages are made where an assertion fails."""
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


def chained(x):
    n = 0

    def seen(v):
        nonlocal n
        n += 1
        return v

    total = x[2] if x[0] < seen(x[2]) < seen(x[3]) < seen(1.0) else 0.0
    if x[1] < seen(x[0]) < seen(x[2]) < seen(3.0):
        total += x[3]
    return total + n * x[0]


def chained_names(x):
    z = x[0]
    first = x[1] < x[0] < (z := x[2] * x[3]) < 0.1
    second = x[0] < x[1] < (z := x[4])
    return z * (2.0 if first else 3.0) + second


def asserted(x):
    n = 0

    def seen(v):
        nonlocal n
        n += 1
        return v

    assert seen(x[0]) > 0, f"{seen(x[1])} was seen"
    return n * x[2]


def of_different_kinds(x):
    total = 0.0
    for k, v in enumerate(x):
        if "p" if v > 0 else "q" not in {"q": 1}:
            total += v ** 2 * x[1]
        if not ("p" if v > 0 else v):
            total += 1
        if x[0] if k % 2 else True:
            total += v ** 3
        while total < 3.0 if k else "text":
            total += x[0] ** 2
            if not k:
                break
    return total


PROGRAMS = (counted, kept, mapped, of_a_tuple, generated, whole_list, chained, chained_names, asserted,
            of_different_kinds)


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_value_and_gradient(f):
    value, gradient = ad.value_and_grad(f, on_unsupported="error")(X.copy())
    assert value == pytest.approx(f(X.copy()), rel=1e-14)
    np.testing.assert_allclose(gradient, central_differences(f, X.copy()), atol=1e-7)
