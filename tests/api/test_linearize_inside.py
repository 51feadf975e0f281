"""`linearize` within differentiated programs, of functions that capture what is differentiated."""
import numpy as np
import pytest

import ad_compiler as ad

X = np.array([0.4, 0.9, -0.6])
C = 1.3
WEIGHTS = np.array([1.0, 0.5, -2.0])


def captured(x, c):
    y, linear = ad.linearize(lambda z: np.sin(z) * c, x)
    return linear(y) + linear(x)


def two_captured(x, c):
    scale = x[0] * c
    y, linear = ad.linearize(lambda z, k: np.sin(z * k) * scale + x, x, c)
    return linear(y, 0.5) * linear(x, c)


def of_a_gradient(x, c):
    y, linear = ad.linearize(ad.grad(lambda z: np.sum(np.sin(z) * z) * c), x)
    return linear(y)


@pytest.mark.parametrize("f", [captured, two_captured, of_a_gradient])
def test_second_derivatives_of_programs_with_linearize(f):
    def gradient(x, c):
        return ad.grad(lambda x, c: np.sum(WEIGHTS * f(x, c)))(x, c)

    def value(x, c):
        return np.sum(WEIGHTS * f(x, c))
    step = 1e-6
    want = np.array([value(X + e, C) - value(X - e, C) for e in step * np.eye(3)]) / (2 * step)
    np.testing.assert_allclose(gradient(X, C), want, rtol=1e-7)
    along = np.array([0.3, -1.0, 0.6])
    want = (gradient(X + step * along, C + step) - gradient(X - step * along, C - step)) / (2 * step)
    forward = ad.jvp(gradient, (X, C), (along, 1.0), on_unsupported="error")[1]
    np.testing.assert_allclose(forward, want, rtol=1e-7)
    bars = ad.vjp(gradient, X, C, on_unsupported="error")[1](along)
    np.testing.assert_allclose(bars[0] @ along + bars[1], along @ want, rtol=1e-7)
