"""B-splines of `scipy.interpolate` where knots, coefficients or data carry derivatives (de Boor 1978, IX to XIII).

Interpolation solves for the coefficients of the basis; values come from de Boor's recurrence.
"""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy.interpolate as ip

from ad_compiler.rules.written import Written
from ad_compiler.rules.written.options import unsupported
from ad_compiler.rules.written.scipy_interpolate import by_slopes, placed, spline_slopes, widened


class BSpline:
    """`scipy.interpolate.BSpline`."""

    def __init__(self, t: Any, c: Any, k: int, extrapolate: Any = True, axis: int = 0) -> None:
        self.t, self.c, self.k = np.asarray(t), np.moveaxis(np.asarray(c), axis, 0), k
        self.extrapolate, self.axis = extrapolate, axis

    def __call__(self, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
        if nu > 0:
            return self.derivative(nu)(x, 0, extrapolate)
        mode = self.extrapolate if extrapolate is None else extrapolate
        t, c, k = self.t, self.c, self.k
        low, high = t[k], t[np.shape(t)[0] - k - 1]
        if mode == "periodic":
            x = low + (x - low) % (high - low)
        value = self.inside(x)
        if mode is False:
            value = np.where(widened((x < low) | (x > high), c), np.nan, value)
        return placed(value, np.ndim(x), self.axis)

    def inside(self, x: Any) -> Any:
        """The values, by the polynomials of the first and the last interval outside."""
        t, c, k = self.t, self.c, self.k
        place = np.clip(np.searchsorted(t, x, side="right") - 1, k, np.shape(t)[0] - k - 2)
        level = [c[place - k + j] for j in tuple(range(k + 1))]
        for r in tuple(range(1, k + 1)):
            finer = []
            for j in tuple(range(r, k + 1)):
                low, high = t[j + place - k], t[j + 1 + place - r]
                alpha = widened((x - low) / (high - low), c)
                finer.append((1 - alpha) * level[j - r] + alpha * level[j - r + 1])
            level = finer
        return level[0] + 0.0 * widened(x, c)

    def derivative(self, nu: int = 1) -> Any:
        """The derivative of order `nu`: a spline of lower degree."""
        t, c, k = self.t, self.c, self.k
        for _ in tuple(range(nu)):
            if k == 0:
                c = 0.0 * c
            else:
                rise = t[k + 1:np.shape(c)[0] + k] - t[1:np.shape(c)[0]]
                c = k * (c[1:] - c[:-1]) / widened(np.where(rise == 0, 1.0, rise), c)
                t = t[1:-1]
                k = k - 1
        return BSpline(t, np.moveaxis(c, 0, self.axis), k, self.extrapolate, self.axis)


def basis(t: Any, k: int, x: Any) -> Any:
    """The values of all B-splines of degree `k` at places inside, one row for each place."""
    at = np.expand_dims(x, 1)
    ends = np.shape(t)[0]
    place = np.clip(np.searchsorted(t, x, side="right") - 1, k, ends - k - 2)
    found = (np.arange(ends - 1) == np.expand_dims(place, 1)) * 1.0
    for r in tuple(range(1, k + 1)):
        left, right = t[r:-1] - t[:-r - 1], t[r + 1:] - t[1:-r]
        up = (at - t[:-r - 1]) / np.where(left == 0, 1.0, left)
        down = (t[r + 1:] - at) / np.where(right == 0, 1.0, right)
        found = up * found[:, :-1] + down * found[:, 1:]
    return found


def knots(x: Any, k: int) -> Any:
    """Knots at the data, but for those near the ends, where nothing is to jump."""
    count = np.shape(x)[0]
    if k % 2 == 1:
        inner = x[(k + 1) // 2:count - (k + 1) // 2]
    else:
        inner = (0.5 * (x[1:] + x[:-1]))[k // 2:count - 1 - k // 2]
    return np.concatenate([np.repeat(x[:1], k + 1), inner, np.repeat(x[-1:], k + 1)])


def interpolating(x: Any, y: Any, k: int, t: Any = None, axis: int = 0) -> Any:
    """The spline of degree `k` through the data, whose values lie along the first axis."""
    given = knots(x, k) if t is None else np.asarray(t)
    flat = np.linalg.solve(basis(given, k, x), np.reshape(y, (np.shape(y)[0], -1)))
    return BSpline(given, np.moveaxis(np.reshape(flat, np.shape(y)), 0, axis), k, True, axis)


def make_interp_spline(x: Any, y: Any, k: int = 3, t: Any = None, bc_type: Any = None, axis: int = 0,
                       check_finite: bool = True) -> Any:
    """`scipy.interpolate.make_interp_spline`."""
    axis = axis % np.ndim(y)
    x, y = np.asarray(x), np.moveaxis(np.asarray(y), axis, 0)
    if bc_type is None or (k == 3 and isinstance(bc_type, str) and bc_type == "not-a-knot"):
        return interpolating(x, y, k, t, axis)
    if t is not None or k != 3:
        unsupported("make_interp_spline: derivatives with conditions at the ends for k=3, without knots of one's own")
    return by_slopes(x, y, spline_slopes(x, y, bc_type), True, axis)


def splrep(x: Any, y: Any, w: Any = None, xb: Any = None, xe: Any = None, k: int = 3, task: int = 0, s: Any = None,
           t: Any = None, full_output: int = 0, per: int = 0, quiet: int = 1) -> Any:
    """`scipy.interpolate.splrep` without smoothing: knots, coefficients and degree."""
    if w is not None or (s is not None and s != 0) or t is not None or task != 0 or per != 0:
        unsupported("scipy.interpolate.splrep has a derivative without smoothing: with s=0, and without w=, t=, "
                    "task= and per=")
    found = interpolating(np.asarray(x), np.asarray(y), k)
    return found.t, np.concatenate([found.c, np.zeros(k + 1)]), k


def splev(x: Any, tck: Any, der: int = 0, ext: int = 0) -> Any:
    """`scipy.interpolate.splev` of a spline whose coefficients carry derivatives."""
    t, c, k = tck
    return bounded(BSpline(t, c[:np.shape(t)[0] - k - 1], k), np.asarray(x), der, ext)


def bounded(spline: Any, x: Any, nu: int, ext: int) -> Any:
    """The spline's values, outside its data as `ext` says: 0 its own, 1 zero, 3 those at the ends."""
    if ext == 2:
        unsupported("splines with ext=2 have no derivative here")
    low, high = spline.t[spline.k], spline.t[np.shape(spline.t)[0] - spline.k - 1]
    if ext == 3:
        return spline(np.clip(x, low, high), nu)
    value = spline(x, nu)
    return value if ext == 0 else np.where((x < low) | (x > high), 0.0, value)


class Univariate:
    """`scipy.interpolate.UnivariateSpline` through its data."""

    def __init__(self, spline: Any, ext: int) -> None:
        self.spline, self.ext = spline, ext

    def __call__(self, x: Any, nu: int = 0, ext: Any = None) -> Any:
        return bounded(self.spline, np.asarray(x), nu, self.ext if ext is None else ext)

    def derivative(self, n: int = 1) -> Any:
        """The derivative of order `n`."""
        return Univariate(self.spline.derivative(n), self.ext)


def through_data(x: Any, y: Any, w: Any = None, bbox: Any = None, k: int = 3, ext: Any = 0,
                 check_finite: bool = False) -> Any:
    """`scipy.interpolate.InterpolatedUnivariateSpline`."""
    if bbox is not None:
        unsupported("splines have a derivative without bbox=")
    behind = {"extrapolate": 0, "zeros": 1, "raise": 2, "const": 3}.get(ext, ext)
    return Univariate(interpolating(np.asarray(x), np.asarray(y), k), behind)


def univariate(x: Any, y: Any, w: Any = None, bbox: Any = None, k: int = 3, s: Any = None, ext: Any = 0,
               check_finite: bool = False) -> Any:
    """`scipy.interpolate.UnivariateSpline` with `s=0`."""
    return through_data(x, y, None, bbox, k, ext)


def smooths(s: Any) -> bool:
    """Whether a spline is not to go through its data."""
    return s != 0


DEFINITIONS: dict[Any, Written] = {
    ip.BSpline: Written(BSpline), ip.make_interp_spline: Written(make_interp_spline),
    ip.splrep: Written(splrep, unless={"s": lambda s: s is not None and s != 0}, harmless=("xb", "xe", "quiet")),
    ip.splev: Written(splev),
    ip.UnivariateSpline: Written(univariate, unless={"s": smooths}, harmless=("w",)),
    ip.InterpolatedUnivariateSpline: Written(through_data, harmless=("w",)),
}
