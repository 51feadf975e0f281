"""Special functions that NumPy does not have, in NumPy."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ad_compiler.support.dispatch import overridable


@overridable
def bessel_i1(x: Any) -> Any:
    """The modified Bessel function I1, derivative of `np.i0`, elementwise, as far as `np.i0` is finite.

    I1(x) is the mean of sinh(x cos t) cos t over a quarter of a turn; equidistant angles converge faster than any
    power. (The hyperbolic sine is relatively exact near zero, where exponentials would cancel.)
    """
    angles = (np.arange(128) + 0.5) * (np.pi / 256)
    x = np.asarray(x)
    cosines = np.cos(angles).astype(x.dtype)
    return np.mean(np.sinh(np.expand_dims(x, -1) * cosines) * cosines, axis=-1)


@overridable
def polygamma(n: int, x: Any) -> Any:
    """The n-th derivative of the digamma function (n = 0: digamma itself), elementwise, for real `x`.

    Steps up by psi(x) = psi(x + 1) - 1/x to where the asymptotic series holds; poles at 0, -1, ...
    """
    x = np.array(x, float)
    sign = -1.0 if n % 2 == 0 else 1.0
    total = np.zeros_like(x)
    while np.any(x < 15):
        low = x < 15
        total = total + np.where(low, sign * math.factorial(n) / x ** (n + 1), 0.0)
        x = x + low
    bernoulli = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
    series = np.log(x) if n == 0 else sign * math.factorial(n - 1) / x**n
    series = series + sign * math.factorial(n) / (2 * x ** (n + 1))
    for k, number in enumerate(bernoulli, 1):
        factor = math.factorial(2 * k + n - 1) / math.factorial(2 * k)
        series = series + sign * number * factor / x ** (2 * k + n)
    return total + series
