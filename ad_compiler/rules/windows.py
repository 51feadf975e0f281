"""The rows of NumPy's window functions: constants of a number of samples, but for Kaiser's parameter."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules.row import Row, elementwise, zero
from ad_compiler.rules.samples import call, calls
from ad_compiler.support import bessel_i1


def kaiser_slope(M: Any, beta: Any, out: Any) -> Any:
    """Derivative by `beta` of `np.kaiser`: of `i0(beta * root) / i0(beta)`, `root` a half circle."""
    if isinstance(M, int | np.integer) and M <= 1:
        return np.zeros_like(out)  # one sample is 1, whatever the parameter
    one = np.ones_like(beta)
    root = np.sqrt(np.maximum(1 - np.linspace(-one, one, M) ** 2, 0))
    return (root * bessel_i1(beta * root) - out * bessel_i1(beta)) / np.i0(beta)


RULES: tuple[Row, ...] = (
    *zero(np.bartlett, np.blackman, np.hamming, np.hanning, reason="a function of a whole number of samples"),
    elementwise(np.kaiser, "M, beta", beta=lambda M, beta, out: kaiser_slope(M, beta, out),
                samples=calls(lambda s: call(6, s.real(low=0.5, high=8.0)),
                              lambda s: call(5, s.real(low=0.5)),
                              lambda s: call(1, s.real(low=0.5)))),
)
