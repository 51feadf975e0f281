"""Interpolation by `scipy.interpolate` where the data carry derivatives: piecewise polynomials of one variable.

An object is made from the data by formulas that can be differentiated, and called like SciPy's. A place outside the
nodes belongs to the first or last piece, unless `extrapolate` says otherwise.
"""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy.interpolate as ip

from ad_compiler.rules.written import Written
from ad_compiler.rules.written.options import unsupported


def widened(value: Any, y: Any) -> Any:
    """One number per place, with axes for the values behind it."""
    return np.reshape(value, np.shape(value) + (1,) * (np.ndim(y) - 1))


class Pieces:
    """A polynomial on each interval: coefficients from the highest power, with a row for each interval."""

    def __init__(self, x: Any, coefficients: list[Any], extrapolate: Any = True, axis: int = 0) -> None:
        self.x, self.coefficients, self.extrapolate, self.axis = x, coefficients, extrapolate, axis

    def __call__(self, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
        mode = self.extrapolate if extrapolate is None else extrapolate
        nodes = self.x
        if mode == "periodic":
            x = nodes[0] + (x - nodes[0]) % (nodes[-1] - nodes[0])
        place = np.clip(np.searchsorted(nodes, x, side="right") - 1, 0, np.shape(nodes)[0] - 2)
        rows = differentiated(self.coefficients, nu)
        t = widened(x - nodes[place], rows[0])
        value = rows[0][place] + 0.0 * t
        for row in rows[1:]:
            value = value * t + row[place]
        if mode is False:
            value = np.where(widened((x < nodes[0]) | (x > nodes[-1]), rows[0]), np.nan, value)
        return placed(value, np.ndim(x), self.axis)

    def derivative(self, nu: int = 1) -> Any:
        """The derivative of order `nu`."""
        return Pieces(self.x, differentiated(self.coefficients, nu), self.extrapolate, self.axis)

    def antiderivative(self, nu: int = 1) -> Any:
        """The integral from the first node on, `nu` times."""
        found = self.coefficients
        for _ in tuple(range(nu)):  # known when compiling
            found = integrated(self.x, found)
        return Pieces(self.x, found, self.extrapolate, self.axis)

    def integrate(self, a: Any, b: Any, extrapolate: Any = None) -> Any:
        """The integral from `a` to `b`."""
        mode = self.extrapolate if extrapolate is None else extrapolate
        if mode == "periodic":
            unsupported("splines: integrals of periodic ones are not taken")
        whole = self.antiderivative()
        return whole(b, 0, mode) - whole(a, 0, mode)


def placed(value: Any, places: int, axis: int) -> Any:
    """The axes of the places, which come first, put where the interpolated axis was."""
    if axis == 0 or places == 0:
        return value
    return np.moveaxis(value, tuple(range(places)), tuple(range(axis, axis + places)))


def differentiated(rows: list[Any], nu: int) -> list[Any]:
    """Coefficients of the derivative of order `nu`."""
    for _ in tuple(range(nu)):  # known when compiling
        top = len(rows) - 1
        rows = [row * (top - i) for i, row in enumerate(rows[:-1])] if top > 0 else [0.0 * rows[0]]
    return rows


def integrated(x: Any, rows: list[Any]) -> list[Any]:
    """Coefficients of the integral, which is continuous and zero at the first node."""
    top = len(rows)
    raised = [row / (top - i) for i, row in enumerate(rows)]
    h = widened(x[1:] - x[:-1], rows[0])
    over = 0.0 * raised[0]
    for row in raised:
        over = (over + row) * h
    return [*raised, np.concatenate([0.0 * over[:1], np.cumsum(over, axis=0)[:-1]], axis=0)]


def by_slopes(x: Any, y: Any, slopes: Any, extrapolate: Any, axis: int) -> Any:
    """The cubic on each interval with these values and slopes at its ends (Hermite)."""
    h = widened(x[1:] - x[:-1], y)
    rise = (y[1:] - y[:-1]) / h
    a, b = slopes[:-1], slopes[1:]
    return Pieces(x, [(a + b - 2 * rise) / (h * h), (3 * rise - 2 * a - b) / h, a, y[:-1]], extrapolate, axis)


def CubicSpline(x: Any, y: Any, axis: int = 0, bc_type: Any = "not-a-knot", extrapolate: Any = None) -> Any:
    """`scipy.interpolate.CubicSpline`."""
    x, values = np.asarray(x), np.moveaxis(np.asarray(y), axis, 0)
    free = "periodic" if isinstance(bc_type, str) and bc_type == "periodic" else True
    return by_slopes(x, values, spline_slopes(x, values, bc_type), free if extrapolate is None else extrapolate,
                     axis % np.ndim(y))


def spline_slopes(x: Any, y: Any, ends: Any) -> Any:
    """Slopes at the nodes for which the second derivative is continuous (de Boor 1978, chapter IV)."""
    n = np.shape(x)[0]
    first, last = (ends, ends) if isinstance(ends, str) else ends
    whole = isinstance(first, str) and isinstance(last, str) and first == "not-a-knot" and last == "not-a-knot"
    h = x[1:] - x[:-1]
    rise = (y[1:] - y[:-1]) / widened(h, y)
    if whole and n == 2:
        return np.concatenate([rise, rise], axis=0) + np.zeros(np.shape(y))  # a line, in double precision
    system = np.zeros((n, n))
    right = np.zeros((n, *np.shape(y)[1:]))
    k = np.arange(1, n - 1)
    system[k, k - 1], system[k, k], system[k, k + 1] = h[1:], 2 * (h[:-1] + h[1:]), h[:-1]
    right[1:-1] = 3 * (widened(h[1:], y) * rise[:-1] + widened(h[:-1], y) * rise[1:])
    if isinstance(first, str) and first == "periodic":
        system[0, 0] += 2 * (h[-1] + h[0])
        system[0, 1] += h[-1]
        system[0, n - 2] += h[0]
        system[-1, 0], system[-1, -1] = 1.0, -1.0
        right[0] = 3 * (h[0] * rise[-1] + h[-1] * rise[0])
    else:
        system[0], right[0] = end_equation(np.zeros(n), x, h, rise, first)
        line, value = end_equation(np.zeros(n), -x[::-1], h[::-1], rise[::-1], mirrored(last))
        system[-1], right[-1] = line[::-1], value
        if whole and n == 3:
            system[1] = np.array([1.0, 0.0, -1.0])  # a parabola: both ends say the same
            right[1] = 2 * (rise[0] - rise[1])
    flat = np.linalg.solve(system, np.reshape(right, (n, -1)))
    return np.reshape(flat, np.shape(right))


def mirrored(end: Any) -> Any:
    """The condition at the last end, seen from there: slopes are not turned round, so second derivatives are."""
    return end if isinstance(end, str) or end[0] == 1 else (end[0], -end[1])


def end_equation(line: Any, x: Any, h: Any, rise: Any, end: Any) -> Any:
    """The equation of the slopes for one end of a spline: its row and its right-hand side, at the first node."""
    if isinstance(end, str) and end == "not-a-knot":
        d = x[2] - x[0]
        line[0], line[1] = h[1], d
        return line, ((h[0] + 2 * d) * h[1] * rise[0] + h[0] ** 2 * rise[1]) / d
    if isinstance(end, str) and end not in ("natural", "clamped"):
        unsupported("splines: derivatives for the ends 'not-a-knot', 'natural', 'clamped', 'periodic' and given "
                    "first or second derivatives")
    order, value = {"natural": (2, 0.0), "clamped": (1, 0.0)}[end] if isinstance(end, str) else end
    if order == 1:
        line[0] = 1.0
        return line, 0.0 * rise[0] + value
    line[0], line[1] = 2.0, 1.0
    return line, 3 * rise[0] - 0.5 * h[0] * value


def PchipInterpolator(x: Any, y: Any, axis: int = 0, extrapolate: Any = None) -> Any:
    """`scipy.interpolate.PchipInterpolator`: slopes that keep monotone data monotone (Fritsch and Butland 1984)."""
    axis = axis % np.ndim(y)
    x, y = np.asarray(x), np.moveaxis(np.asarray(y), axis, 0)
    h = widened(x[1:] - x[:-1], y)
    rise = (y[1:] - y[:-1]) / h
    one, two = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    flat = rise[:-1] * rise[1:] <= 0
    before, after = np.where(flat, 1.0, rise[:-1]), np.where(flat, 1.0, rise[1:])
    inner = np.where(flat, 0.0, (one + two) / (one / before + two / after))
    first, last = end_slope(h[0], h[1], rise[0], rise[1]), end_slope(h[-1], h[-2], rise[-1], rise[-2])
    slopes = np.concatenate([first[None], inner, last[None]], axis=0)
    return by_slopes(x, y, slopes, True if extrapolate is None else extrapolate, axis)


def end_slope(h0: Any, h1: Any, rise0: Any, rise1: Any) -> Any:
    """The one-sided slope at an end, kept from overshooting."""
    slope = ((2 * h0 + h1) * rise0 - h0 * rise1) / (h0 + h1)
    steep = (np.sign(rise0) != np.sign(rise1)) & (np.abs(slope) > 3 * np.abs(rise0))
    return np.where(np.sign(slope) != np.sign(rise0), 0.0, np.where(steep, 3 * rise0, slope))


def Akima1DInterpolator(x: Any, y: Any, axis: int = 0, *, method: str = "akima", extrapolate: Any = None) -> Any:
    """`scipy.interpolate.Akima1DInterpolator`: slopes weighted by how much their neighbours differ (Akima 1970)."""
    if method not in ("akima", "makima"):
        unsupported("Akima1DInterpolator: derivatives for the methods 'akima' and 'makima'")
    axis = axis % np.ndim(y)
    x, y = np.asarray(x), np.moveaxis(np.asarray(y), axis, 0)
    rise = (y[1:] - y[:-1]) / widened(x[1:] - x[:-1], y)
    m0 = 2 * rise[:1] - rise[1:2]
    m1, m2 = 2 * rise[-1:] - rise[-2:-1], 3 * rise[-1:] - 2 * rise[-2:-1]
    m = np.concatenate([2 * m0 - rise[:1], m0, rise, m1, m2], axis=0)
    change = np.abs(m[1:] - m[:-1])
    if method == "makima":
        change = change + 0.5 * np.abs(m[1:] + m[:-1])
    after, before = change[2:], change[:-2]
    total = after + before
    plain = 0.5 * (m[3:] + m[:-3])
    steady = total > 1e-9 * np.max(total)
    weighted = (after * m[1:-2] + before * m[2:-1]) / np.where(steady, total, 1.0)
    slopes = np.where(steady, weighted, plain)
    return by_slopes(x, y, slopes, False if extrapolate is None else extrapolate, axis)


class Interp1d:
    """What `interp1d` gives."""

    def __init__(self, x: Any, y: Any, kind: str, axis: int, fill: Any, check: bool) -> None:
        self.x, self.y, self.kind, self.axis, self.fill, self.check = x, y, kind, axis, fill, check

    def __call__(self, x: Any) -> Any:
        if self.check and bool(np.any((x < self.x[0]) | (x > self.x[-1]))):
            raise ValueError("a value in x_new is outside the interpolation range")
        found = self.inside(np.asarray(x))
        if self.fill is not None:
            low, high = self.fill if isinstance(self.fill, tuple) else (self.fill, self.fill)
            found = np.where(widened(x > self.x[-1], self.y), high, found)
            found = np.where(widened(x < self.x[0], self.y), low, found)
        return placed(found, np.ndim(x), self.axis)

    def inside(self, x: Any) -> Any:
        """The value, taking no notice of the bounds."""
        if self.kind == "cubic":
            return by_slopes(self.x, self.y, spline_slopes(self.x, self.y, "not-a-knot"), True, 0)(x)
        place = np.clip(np.searchsorted(self.x, x, side="right") - 1, 0, np.shape(self.x)[0] - 2)
        if self.kind == "linear":
            rise = (self.y[place + 1] - self.y[place]) / widened(self.x[place + 1] - self.x[place], self.y)
            return self.y[place] + widened(x - self.x[place], self.y) * rise
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
        unsupported("interp1d: derivatives for linear, cubic, nearest, previous, next and zero")
    x = np.asarray(x)
    y = np.moveaxis(np.asarray(y), axis, 0)
    if not assume_sorted:
        order = np.argsort(x)
        x, y = x[order], y[order]
    outward = isinstance(fill_value, str)
    free = not isinstance(fill_value, str) and not isinstance(fill_value, tuple) and bool(np.isnan(fill_value))
    check = (free if bounds_error is None else bounds_error) and not outward
    fill = None if outward else fill_value
    return Interp1d(x, y, "linear" if kind == "slinear" else kind, axis % np.ndim(y), fill, check)


class PPoly:
    """`scipy.interpolate.PPoly`: piecewise polynomials by their coefficients, as many as there are."""

    def __init__(self, c: Any, x: Any, extrapolate: Any = None, axis: int = 0) -> None:
        if axis != 0:
            unsupported("scipy.interpolate.PPoly has a derivative with axis=0")
        self.c, self.x, self.extrapolate = np.asarray(c), np.asarray(x), True if extrapolate is None else extrapolate

    def __call__(self, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
        mode = self.extrapolate if extrapolate is None else extrapolate
        c, nodes = self.derivative(nu).c, self.x
        if mode == "periodic":
            x = nodes[0] + (x - nodes[0]) % (nodes[-1] - nodes[0])
        place = np.clip(np.searchsorted(nodes, x, side="right") - 1, 0, np.shape(nodes)[0] - 2)
        t = widened(x - nodes[place], c[0])
        value = c[0][place] + 0.0 * t
        for i in range(1, np.shape(c)[0]):
            value = value * t + c[i][place]
        if mode is False:
            value = np.where(widened((x < nodes[0]) | (x > nodes[-1]), c[0]), np.nan, value)
        return value

    def derivative(self, nu: int = 1) -> Any:
        """The derivative of order `nu`."""
        c = self.c
        for _ in tuple(range(nu)):  # known when compiling
            top = np.shape(c)[0] - 1
            falling = np.arange(top, 0, -1) * 1.0
            c = c[:-1] * np.reshape(falling, (-1,) + (1,) * (np.ndim(c) - 1)) if top > 0 else c * np.zeros(1)
        return PPoly(c, self.x, self.extrapolate)


DEFINITIONS: dict[Any, Written] = {
    ip.CubicSpline: Written(CubicSpline), ip.PchipInterpolator: Written(PchipInterpolator),
    ip.Akima1DInterpolator: Written(Akima1DInterpolator), ip.interp1d: Written(interp1d), ip.PPoly: Written(PPoly),
}
