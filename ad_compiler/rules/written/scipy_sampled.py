"""Integrals of samples by `scipy.integrate`: Simpson's rule."""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy.integrate as si

from ad_compiler.rules.written import Written


def parabolas(y: Any, h: Any) -> Any:
    """Simpson's rule over an even number of intervals `h`, along the first axis (Kylander's form for uneven ones)."""
    h0, h1 = h[::2], h[1::2]
    total, ratio = h0 + h1, h0 / h1
    return np.sum(total / 6 * (y[:-2:2] * (2 - 1 / ratio) + y[1:-1:2] * (total * (total / (h0 * h1)))
                               + y[2::2] * (2 - ratio)), axis=0)


def simpson(y: Any, x: Any = None, *, dx: Any = 1.0, axis: int = -1) -> Any:
    """`scipy.integrate.simpson`; of an even number of samples the last interval is Cartwright's (2017)."""
    samples = np.moveaxis(np.asarray(y) * 1.0, axis, 0)
    count = np.shape(samples)[0]
    one = (1,) * (np.ndim(samples) - 1)
    if x is None:
        h = dx + np.zeros((count - 1, *one))
    elif np.ndim(x) == 1:
        h = np.reshape(np.diff(x), (-1, *one))
    else:
        h = np.moveaxis(np.diff(x, axis=axis), axis, 0)
    if count == 2:
        return 0.5 * h[0] * (samples[0] + samples[1])
    if count % 2 == 1:
        return parabolas(samples, h)
    before, last = h[-2], h[-1]
    alpha = (2 * last**2 + 3 * before * last) / (6 * (before + last))
    beta = (last**2 + 3 * before * last) / (6 * before)
    eta = last**3 / (6 * before * (before + last))
    return parabolas(samples[:-1], h[:-1]) + alpha * samples[-1] + beta * samples[-2] - eta * samples[-3]


DEFINITIONS: dict[Any, Written] = {si.simpson: Written(simpson)}
