"""Interpolation by `scipy.interpolate` where the data carry derivatives: piecewise polynomials and grids.

An object is made from the data by formulas that can be differentiated, and called like SciPy's. The values lie along
the first axis of `y`; a place outside the nodes belongs to the first or last piece.
"""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy.interpolate as ip

from ad_compiler.rules.written import Written
from ad_compiler.rules.written.polynomials import Poly1d


class Pieces:
    """A cubic on each interval, by the values and slopes at its ends (Hermite)."""

    def __init__(self, x: Any, y: Any, slopes: Any, nu: int = 0) -> None:
        self.x, self.y, self.slopes, self.nu = x, y, slopes, nu

    def __call__(self, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
        return hermite(self.x, self.y, self.slopes, x, nu + self.nu)

    def derivative(self, nu: int = 1) -> Any:
        """The derivative of order `nu`."""
        return Pieces(self.x, self.y, self.slopes, self.nu + nu)


def widened(value: Any, y: Any) -> Any:
    """One number per place, with axes for the values behind it."""
    return np.reshape(value, np.shape(value) + (1,) * (np.ndim(y) - 1))


def hermite(nodes: Any, y: Any, slopes: Any, x: Any, nu: int) -> Any:
    """The piecewise cubic, or its derivative of order `nu`, at `x`."""
    place = np.clip(np.searchsorted(nodes, x, side="right") - 1, 0, np.shape(nodes)[0] - 2)
    h = widened(nodes[place + 1] - nodes[place], y)
    t = widened(x - nodes[place], y)
    rise = (y[place + 1] - y[place]) / h
    a, b = slopes[place], slopes[place + 1]
    square, cube = (3 * rise - 2 * a - b) / h, (a + b - 2 * rise) / (h * h)
    if nu == 0:
        return y[place] + t * (a + t * (square + t * cube))
    if nu == 1:
        return a + t * (2 * square + 3 * t * cube)
    if nu == 2:
        return 2 * square + 6 * t * cube
    return 6 * cube + 0 * t if nu == 3 else 0 * t


def CubicSpline(x: Any, y: Any, axis: int = 0, bc_type: Any = "not-a-knot", extrapolate: Any = None) -> Any:
    """`scipy.interpolate.CubicSpline` with the ends "not-a-knot", "natural" or "clamped"."""
    x, y = np.asarray(x), np.moveaxis(np.asarray(y), axis, 0)
    return Pieces(x, y, spline_slopes(x, y, bc_type))


def spline_slopes(x: Any, y: Any, ends: Any) -> Any:
    """Slopes at the nodes for which the second derivative is continuous (de Boor 1978, chapter IV)."""
    n = np.shape(x)[0]
    h = x[1:] - x[:-1]
    rise = (y[1:] - y[:-1]) / widened(h, y)
    system = np.zeros((n, n))
    right = np.zeros((n, *np.shape(y)[1:]))
    k = np.arange(1, n - 1)
    system[k, k - 1], system[k, k], system[k, k + 1] = h[1:], 2 * (h[:-1] + h[1:]), h[:-1]
    right[1:-1] = 3 * (widened(h[1:], y) * rise[:-1] + widened(h[:-1], y) * rise[1:])
    if ends == "natural":
        system[0, 0], system[0, 1], system[-1, -1], system[-1, -2] = 2.0, 1.0, 2.0, 1.0
        right[0], right[-1] = 3 * rise[0], 3 * rise[-1]
    elif ends == "clamped":
        system[0, 0], system[-1, -1] = 1.0, 1.0
    elif ends == "not-a-knot":
        d, e = x[2] - x[0], x[-1] - x[-3]
        system[0, 0], system[0, 1], system[-1, -1], system[-1, -2] = h[1], d, h[-2], e
        right[0] = ((h[0] + 2 * d) * h[1] * rise[0] + h[0] ** 2 * rise[1]) / d
        right[-1] = (h[-1] ** 2 * rise[-2] + (2 * e + h[-1]) * h[-2] * rise[-1]) / e
    else:
        raise NotImplementedError("splines: derivatives for the ends 'not-a-knot', 'natural' and 'clamped'")
    flat = np.linalg.solve(system, np.reshape(right, (n, -1)))
    return np.reshape(flat, np.shape(right))


def PchipInterpolator(x: Any, y: Any, axis: int = 0, extrapolate: Any = None) -> Any:
    """`scipy.interpolate.PchipInterpolator`: slopes that keep monotone data monotone (Fritsch and Butland 1984)."""
    x, y = np.asarray(x), np.moveaxis(np.asarray(y), axis, 0)
    h = widened(x[1:] - x[:-1], y)
    rise = (y[1:] - y[:-1]) / h
    one, two = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    flat = rise[:-1] * rise[1:] <= 0
    before, after = np.where(flat, 1.0, rise[:-1]), np.where(flat, 1.0, rise[1:])
    inner = np.where(flat, 0.0, (one + two) / (one / before + two / after))
    first, last = end_slope(h[0], h[1], rise[0], rise[1]), end_slope(h[-1], h[-2], rise[-1], rise[-2])
    return Pieces(x, y, np.concatenate([first[None], inner, last[None]], axis=0))


def end_slope(h0: Any, h1: Any, rise0: Any, rise1: Any) -> Any:
    """The one-sided slope at an end, kept from overshooting."""
    slope = ((2 * h0 + h1) * rise0 - h0 * rise1) / (h0 + h1)
    steep = (np.sign(rise0) != np.sign(rise1)) & (np.abs(slope) > 3 * np.abs(rise0))
    return np.where(np.sign(slope) != np.sign(rise0), 0.0, np.where(steep, 3 * rise0, slope))


def Akima1DInterpolator(x: Any, y: Any, axis: int = 0, *, method: str = "akima", extrapolate: Any = None) -> Any:
    """`scipy.interpolate.Akima1DInterpolator`: slopes weighted by how much their neighbours differ (Akima 1970)."""
    if method != "akima":
        raise NotImplementedError("Akima1DInterpolator: derivatives for method 'akima'")
    x, y = np.asarray(x), np.moveaxis(np.asarray(y), axis, 0)
    rise = (y[1:] - y[:-1]) / widened(x[1:] - x[:-1], y)
    m0 = 2 * rise[:1] - rise[1:2]
    m1, m2 = 2 * rise[-1:] - rise[-2:-1], 3 * rise[-1:] - 2 * rise[-2:-1]
    m = np.concatenate([2 * m0 - rise[:1], m0, rise, m1, m2], axis=0)
    change = np.abs(m[1:] - m[:-1])
    after, before = change[2:], change[:-2]
    total = after + before
    plain = 0.5 * (m[3:] + m[:-3])
    steady = total > 1e-9 * np.max(total)
    weighted = (after * m[1:-2] + before * m[2:-1]) / np.where(steady, total, 1.0)
    return Pieces(x, y, np.where(steady, weighted, plain))


class Linear:
    """Straight lines between nodes, as `interp1d` and splines of degree 1 give them."""

    def __init__(self, x: Any, y: Any, kind: str, axis: int, fill: Any, check: bool) -> None:
        self.x, self.y, self.kind, self.axis, self.fill, self.check = x, y, kind, axis, fill, check

    def __call__(self, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
        if self.check and bool(np.any((x < self.x[0]) | (x > self.x[-1]))):
            raise ValueError("a value in x_new is outside the interpolation range")
        found = self.inside(np.asarray(x), nu)
        if self.fill is not None:
            low, high = self.fill if isinstance(self.fill, tuple) else (self.fill, self.fill)
            found = np.where(widened(x > self.x[-1], self.y), high, found)
            found = np.where(widened(x < self.x[0], self.y), low, found)
        places = np.ndim(x)
        if places == 1 and self.axis != 0:
            return np.moveaxis(found, 0, self.axis)
        return found

    def inside(self, x: Any, nu: int) -> Any:
        """The value, taking no notice of the bounds."""
        if self.kind == "cubic":
            return hermite(self.x, self.y, spline_slopes(self.x, self.y, "not-a-knot"), x, nu)
        place = np.clip(np.searchsorted(self.x, x, side="right") - 1, 0, np.shape(self.x)[0] - 2)
        if self.kind == "linear":
            rise = (self.y[place + 1] - self.y[place]) / widened(self.x[place + 1] - self.x[place], self.y)
            return rise if nu == 1 else self.y[place] + widened(x - self.x[place], self.y) * rise
        if self.kind == "nearest":
            middle = 0.5 * (self.x[1:] + self.x[:-1])
            return self.y[np.searchsorted(middle, x, side="left")]
        if self.kind == "next":
            return self.y[np.clip(np.searchsorted(self.x, x, side="left"), 0, np.shape(self.x)[0] - 1)]
        return self.y[np.clip(np.searchsorted(self.x, x, side="right") - 1, 0, np.shape(self.x)[0] - 1)]


def interp1d(x: Any, y: Any, kind: Any = "linear", axis: int = -1, copy: bool = True, bounds_error: Any = None,
             fill_value: Any = np.nan, assume_sorted: bool = False) -> Any:
    """`scipy.interpolate.interp1d` of the kinds linear, cubic, nearest, previous, next and zero."""
    if kind not in ("linear", "slinear", "cubic", "nearest", "previous", "next", "zero"):
        raise NotImplementedError("interp1d: derivatives for linear, cubic, nearest, previous, next and zero")
    x = np.asarray(x)
    y = np.moveaxis(np.asarray(y), axis, 0)
    if not assume_sorted:
        order = np.argsort(x)
        x, y = x[order], y[order]
    outward = isinstance(fill_value, str)
    free = not isinstance(fill_value, str) and not isinstance(fill_value, tuple) and bool(np.isnan(fill_value))
    check = (free if bounds_error is None else bounds_error) and not outward
    fill = None if outward else fill_value
    return Linear(x, y, "linear" if kind == "slinear" else kind, axis % np.ndim(y), fill, check)


def make_interp_spline(x: Any, y: Any, k: int = 3, t: Any = None, bc_type: Any = None, axis: int = 0,
                       check_finite: bool = True) -> Any:
    """`scipy.interpolate.make_interp_spline` of degree 1 or 3."""
    x, y = np.asarray(x), np.moveaxis(np.asarray(y), axis, 0)
    if t is None and k == 3:
        return Pieces(x, y, spline_slopes(x, y, "not-a-knot" if bc_type is None else bc_type))
    if t is None and k == 1:
        return Linear(x, y, "linear", 0, None, False)
    raise NotImplementedError("make_interp_spline: derivatives by the data for k=3 and k=1, without knots of one's own")


class BSpline:
    """`scipy.interpolate.BSpline`, by de Boor's recurrence."""

    def __init__(self, t: Any, c: Any, k: int, extrapolate: Any = True, axis: int = 0) -> None:
        self.t, self.c, self.k = np.asarray(t), np.asarray(c), k

    def __call__(self, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
        if nu != 0:
            raise NotImplementedError("BSpline: derivatives by the coefficients for nu=0")
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
        return level[0]


class RegularGridInterpolator:
    """`scipy.interpolate.RegularGridInterpolator`, linear or nearest."""

    def __init__(self, points: Any, values: Any, method: str = "linear", bounds_error: bool = True,
                 fill_value: Any = np.nan) -> None:
        if method not in ("linear", "nearest"):
            raise NotImplementedError("RegularGridInterpolator: derivatives for the methods linear and nearest")
        self.points, self.values, self.method = points, np.asarray(values), method
        self.bounds_error, self.fill_value = bounds_error, fill_value

    def __call__(self, xi: Any, method: Any = None) -> Any:
        if isinstance(xi, tuple):
            xi = np.stack(np.broadcast_arrays(*xi), axis=-1)
        xi = np.asarray(xi)
        corners: list[Any] = [(1.0, ())]
        outside = np.zeros(np.shape(xi)[:-1], dtype=bool)
        for axis, nodes in enumerate(self.points):
            x, nodes = xi[..., axis], np.asarray(nodes)
            outside = outside | (x < nodes[0]) | (x > nodes[-1])
            place = np.clip(np.searchsorted(nodes, x, side="right") - 1, 0, np.shape(nodes)[0] - 2)
            share = (x - nodes[place]) / (nodes[place + 1] - nodes[place])
            if self.method == "nearest":
                share = np.where(share <= 0.5, 0.0, 1.0)
            corners = [corner for weight, index in corners for corner in (
                (weight * (1 - share), (*index, place)), (weight * share, (*index, place + 1)))]
        if self.bounds_error and bool(np.any(outside)):
            raise ValueError("one of the requested xi is out of bounds")
        found = sum([weight * self.values[index] for weight, index in corners])
        if self.bounds_error or self.fill_value is None:
            return found
        return np.where(outside, self.fill_value, found)


def interpn(points: Any, values: Any, xi: Any, method: str = "linear", bounds_error: bool = True,
            fill_value: Any = np.nan) -> Any:
    """`scipy.interpolate.interpn`, linear or nearest."""
    return RegularGridInterpolator(points, values, method, bounds_error, fill_value)(xi)


def lagrange(x: Any, w: Any) -> Any:
    """`scipy.interpolate.lagrange`: the polynomial through points."""
    return Poly1d(np.linalg.solve(np.vander(x), w))


class BarycentricInterpolator:
    """`scipy.interpolate.BarycentricInterpolator` of a vector of values (Berrut and Trefethen 2004)."""

    def __init__(self, xi: Any, yi: Any = None, axis: int = 0) -> None:
        self.xi, self.yi = np.asarray(xi), np.asarray(yi)
        apart = self.xi[:, None] - self.xi + np.eye(np.shape(self.xi)[0])
        self.wi = 1.0 / np.prod(apart, axis=1)

    def __call__(self, x: Any) -> Any:
        apart = np.expand_dims(np.asarray(x), -1) - self.xi
        hit = apart == 0
        terms = self.wi / np.where(hit, 1.0, apart)
        smooth = np.sum(terms * self.yi, axis=-1) / np.sum(terms, axis=-1)
        return np.where(np.any(hit, axis=-1), np.sum(hit * self.yi, axis=-1), smooth)


def barycentric_interpolate(xi: Any, yi: Any, x: Any, axis: int = 0) -> Any:
    """`scipy.interpolate.barycentric_interpolate`."""
    return BarycentricInterpolator(xi, yi)(x)


DEFINITIONS: dict[Any, Written] = {
    ip.CubicSpline: Written(CubicSpline), ip.PchipInterpolator: Written(PchipInterpolator),
    ip.Akima1DInterpolator: Written(Akima1DInterpolator), ip.interp1d: Written(interp1d),
    ip.make_interp_spline: Written(make_interp_spline), ip.BSpline: Written(BSpline),
    ip.RegularGridInterpolator: Written(RegularGridInterpolator), ip.interpn: Written(interpn),
    ip.lagrange: Written(lagrange), ip.BarycentricInterpolator: Written(BarycentricInterpolator),
    ip.barycentric_interpolate: Written(barycentric_interpolate),
}
