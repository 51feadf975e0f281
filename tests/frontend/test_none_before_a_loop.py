"""Names that are None until an iteration of a loop gives them a number, which later ones compute with."""
from __future__ import annotations

import math

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([0.5, 1.2, 0.3, 2.1, 0.9])


def brent(x):
    def f(t):
        return t**3 - x[0] * t - x[1]

    a, b = 0.0, 3.0
    fa, fb = f(a), f(b)
    c, fc, d, halved = a, fa, None, True
    for _ in range(60):
        if abs(fb) < 1e-13 or abs(b - a) < 1e-14:
            break
        if fa != fc and fb != fc:
            s = (a * fb * fc / ((fa - fb) * (fa - fc)) + b * fa * fc / ((fb - fa) * (fb - fc))
                 + c * fa * fb / ((fc - fa) * (fc - fb)))
        else:
            s = b - fb * (b - a) / (fb - fa)
        if (not ((3 * a + b) / 4 < s < b or b < s < (3 * a + b) / 4) or (halved and abs(s - b) >= abs(b - c) / 2)
                or (not halved and abs(s - b) >= abs(c - d) / 2)):
            s, halved = (a + b) / 2, True
        else:
            halved = False
        fs = f(s)
        d, c, fc = c, b, fb
        if fa * fs < 0:
            b, fb = s, fs
        else:
            a, fa = s, fs
        if abs(fa) < abs(fb):
            a, b, fa, fb = b, a, fb, fa
    return b - f(b) / (3 * b * b - x[0])


def functions_of_the_last(x):
    last = None
    total = 0.0
    for i, v in enumerate(x):
        if i:
            total += math.exp(-last) * float(last * v) + max(last * 2, v) + abs(last / v)
        last = v
    return total


def conjugate_directions(x):
    before = direction = None
    y = x.copy()
    for k in range(6):
        g = 2 * (y - 1) * np.arange(1, 6)
        if k == 0:
            direction = -g
        else:
            direction = -g + max(0.0, np.dot(g, g - before) / np.dot(before, before)) * direction
        y = y + 0.1 * direction
        before = g
    return np.sum(y * x)


def never_used(x):
    last = None
    total = 0.0
    for v in x:
        if v > 100:
            total += abs(v - last)
        total += v * v
    return total


@pytest.mark.parametrize("f", [brent, functions_of_the_last, conjugate_directions, never_used])
def test_none_until_an_iteration_gives_a_number(f):
    want = central_differences(f, X)
    for mode in ("fast", "slow"):
        value, found = ad.value_and_grad(f, mode=mode, on_unsupported="error")(X)
        assert np.isclose(value, f(X))
        np.testing.assert_allclose(found, want, rtol=1e-6, atol=1e-8)
    direction = np.array([0.3, -0.2, 0.5, 0.1, -0.7])
    assert np.isclose(ad.jvp(f, (X,), (direction,), on_unsupported="error")[1], want @ direction)


def always_none(x):
    last = None
    total = 0.0
    for v in x:
        total += abs(v - last)
    return total


def test_none_that_is_used_as_a_number():
    with pytest.raises(TypeError):
        ad.value_and_grad(always_none, on_unsupported="error")(X)
