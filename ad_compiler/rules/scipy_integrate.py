"""The rows of `scipy.integrate` for samples of a function. Imported only where that is in use already.

Integrals and equations that are given by a Python function (`quad`, `solve_ivp`) are no rows: their
derivative needs that function's.
"""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy.integrate as si

from ad_compiler.rules.cumulative import RULES as CUMULATIVE
from ad_compiler.rules.row import Partial, Row, alias, rule
from ad_compiler.rules.samples import call, calls
from ad_compiler.rules.scipy_calls import through

cumulative_trapezoid = through(si.cumulative_trapezoid)


def _cut(x: Any, axis: int, start: Any, stop: Any) -> Any:
    return x[(slice(None),) * (axis % x.ndim) + (slice(start, stop),)]


def _padded(x: Any, axis: int, before: int, after: int) -> Any:
    width = [(0, 0)] * x.ndim
    width[axis % x.ndim] = (before, after)
    return np.pad(x, width)


def remaining(g: Any, axis: int, initial: Any) -> Any:
    """Cotangents of the intervals' contributions: sums over everything after them."""
    g = g if initial is None else _cut(g, axis, 1, None)
    return np.flip(np.cumsum(np.flip(g, axis), axis), axis)


def lengths(x: Any, dx: Any, ndim: int, axis: int) -> Any:
    """The intervals' lengths, shaped to broadcast against samples with `ndim` axes."""
    if x is None:
        return dx
    steps = np.diff(x, axis=axis if x.ndim > 1 else -1)
    after = ndim - 1 - axis % ndim
    return steps if x.ndim > 1 or after == 0 else steps[(slice(None), *(None,) * after)]


def samples_cotangent(g: Any, x: Any, dx: Any, axis: int, initial: Any) -> Any:
    """Cotangent of `y` in `cumulative_trapezoid`."""
    weighted = 0.5 * remaining(g, axis, initial) * lengths(x, dx, g.ndim, axis)
    return _padded(weighted, axis, 1, 0) + _padded(weighted, axis, 0, 1)


def nodes_cotangent(g: Any, y: Any, x_ndim: int, axis: int, initial: Any) -> Any:
    """Cotangent of `x` in `cumulative_trapezoid`."""
    heights = 0.5 * (_cut(y, axis, 1, None) + _cut(y, axis, None, -1))
    each = remaining(g, axis, initial) * heights
    if x_ndim == 1 and y.ndim > 1:
        each = np.sum(each, axis=tuple(other for other in range(y.ndim) if other != axis % y.ndim))
        axis = 0
    return _padded(each, axis, 1, 0) - _padded(each, axis, 0, 1)


RULES: tuple[Row, ...] = (
    *alias(next(row for row in CUMULATIVE if row.function is np.trapezoid), si.trapezoid),
    rule(si.cumulative_trapezoid, "y, x=None, dx=1.0, axis=-1, initial=None", note="in `y` and `x`",
         samples=calls(lambda s: call(s.real(4)), lambda s: call(s.real(2, 4), s.real(4), initial=0),
                       lambda s: call(s.real(4, 2), s.real(4), axis=0),
                       lambda s: call(s.real(3, 4), dx=0.5, axis=0),
                       lambda s: call(s.real(2, 4), s.real(2, 4)), lambda s: call(s.complex(4))),
         y=Partial(vjp=lambda g, x, dx, axis, initial: samples_cotangent(g, x, dx, axis, initial),
                   jvp=lambda d, x, dx, axis, initial: cumulative_trapezoid(d, x, dx, axis, initial)),
         x=Partial(vjp=lambda g, y, x_ndim, axis, initial: nodes_cotangent(g, y, x_ndim, axis, initial),
                   jvp=lambda d, y, axis, initial: cumulative_trapezoid(y, d, 1.0, axis, initial))),
)
