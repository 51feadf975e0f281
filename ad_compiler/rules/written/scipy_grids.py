"""Interpolation by `scipy.interpolate` of several variables, on grids or between points, and by polynomials."""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy.interpolate as ip

from ad_compiler.rules.written import Written
from ad_compiler.rules.written.options import unsupported
from ad_compiler.rules.written.polynomials import Poly1d
from ad_compiler.rules.written.scipy_bsplines import interpolating
from ad_compiler.rules.written.scipy_interpolate import placed


class RegularGridInterpolator:
    """`scipy.interpolate.RegularGridInterpolator`, linear or nearest."""

    def __init__(self, points: Any, values: Any, method: str = "linear", bounds_error: bool = True,
                 fill_value: Any = np.nan) -> None:
        if method not in ("linear", "nearest"):
            unsupported("RegularGridInterpolator: derivatives for the methods linear and nearest")
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
    """`scipy.interpolate.BarycentricInterpolator`: the polynomial through points, by Lagrange's products.

    The quotients of the barycentric formula have no derivative at the nodes, where the products have one.
    """

    def __init__(self, xi: Any, yi: Any = None, axis: int = 0) -> None:
        self.xi, self.axis = np.asarray(xi), axis
        self.yi = np.moveaxis(np.asarray(yi), axis, 0)
        apart = self.xi[:, None] - self.xi + np.eye(np.shape(self.xi)[0])
        self.wi = 1.0 / np.prod(apart, axis=1)

    def __call__(self, x: Any) -> Any:
        own = np.eye(np.shape(self.xi)[0], dtype=bool)
        apart = np.reshape(np.asarray(x), (*np.shape(x), 1, 1)) - self.xi
        products = self.wi * np.prod(np.where(own, 1.0, apart), axis=-1)
        return placed(np.tensordot(products, self.yi, axes=1), np.ndim(x), self.axis)


def barycentric_interpolate(xi: Any, yi: Any, x: Any, axis: int = 0) -> Any:
    """`scipy.interpolate.barycentric_interpolate`."""
    return BarycentricInterpolator(xi, yi, axis)(x)


class RectBivariateSpline:
    """`scipy.interpolate.RectBivariateSpline` without smoothing: splines along both axes of a grid."""

    def __init__(self, x: Any, y: Any, z: Any, bbox: Any = None, kx: int = 3, ky: int = 3, s: float = 0.0) -> None:
        if bbox is not None or s != 0:
            unsupported("scipy.interpolate.RectBivariateSpline has a derivative without bbox= and with s=0")
        self.x, self.y, self.z, self.kx, self.ky = np.asarray(x), np.asarray(y), np.asarray(z), kx, ky

    def weights(self, x: Any, y: Any, dx: int, dy: int) -> Any:
        """What each row and each column of the grid counts at places, which are drawn to the grid."""
        x, y = np.clip(x, self.x[0], self.x[-1]), np.clip(y, self.y[0], self.y[-1])
        along = interpolating(self.x, np.eye(np.shape(self.x)[0]), self.kx)
        across = interpolating(self.y, np.eye(np.shape(self.y)[0]), self.ky)
        return along(x, dx), across(y, dy)

    def ev(self, xi: Any, yi: Any, dx: int = 0, dy: int = 0) -> Any:
        """The values at points."""
        one, two = self.weights(xi, yi, dx, dy)
        return np.sum((one @ self.z) * two, axis=-1)

    def __call__(self, x: Any, y: Any, dx: int = 0, dy: int = 0, grid: bool = True) -> Any:
        if not grid:
            return self.ev(x, y, dx, dy)
        one, two = self.weights(np.atleast_1d(x), np.atleast_1d(y), dx, dy)
        return one @ self.z @ two.T


class RBFInterpolator:
    """`scipy.interpolate.RBFInterpolator` with all neighbours: radial functions and a polynomial."""

    def __init__(self, y: Any, d: Any, neighbors: Any = None, smoothing: Any = 0.0,
                 kernel: str = "thin_plate_spline", epsilon: Any = None, degree: Any = None) -> None:
        if neighbors is not None:
            unsupported("scipy.interpolate.RBFInterpolator has a derivative without neighbors=")
        least = {"multiquadric": 0, "linear": 0, "thin_plate_spline": 1, "cubic": 1, "quintic": 2}.get(kernel, -1)
        self.degree = max(least, 0) if degree is None else degree
        self.y, self.kernel, self.epsilon = np.asarray(y), kernel, 1.0 if epsilon is None else epsilon
        d = np.asarray(d)
        count = np.shape(self.y)[0]
        tail = self.monomials(self.y)
        extra = np.shape(tail)[1]
        matrix = self.radial(self.y, self.y) + np.diag(smoothing * np.ones(count))
        system = np.block([[matrix, tail], [tail.T, np.zeros((extra, extra))]])
        right = np.concatenate([d * 1.0, np.zeros((extra, *np.shape(d)[1:]))], axis=0)
        self.weights = np.linalg.solve(system, np.reshape(right, (count + extra, -1)))
        self.behind = np.shape(d)[1:]

    def __call__(self, x: Any) -> Any:
        x = np.asarray(x)
        found = np.concatenate([self.radial(x, self.y), self.monomials(x)], axis=1) @ self.weights
        return np.reshape(found, (np.shape(x)[0], *self.behind))

    def radial(self, x: Any, y: Any) -> Any:
        """The kernel between all points of both sets."""
        q = self.epsilon**2 * np.sum((np.expand_dims(x, 1) - y) ** 2, axis=-1)
        apart = np.where(q > 0, q, 1.0)  # the root and the logarithm have no derivative at 0, these kernels have
        if self.kernel == "thin_plate_spline":
            return 0.5 * q * np.log(apart)
        if self.kernel == "gaussian":
            return np.exp(-q)
        if self.kernel == "linear":
            return np.where(q > 0, -np.sqrt(apart), 0.0)
        if self.kernel == "cubic":
            return np.where(q > 0, apart * np.sqrt(apart), 0.0)
        if self.kernel == "quintic":
            return np.where(q > 0, -apart * apart * np.sqrt(apart), 0.0)
        if self.kernel == "multiquadric":
            return -np.sqrt(q + 1)
        return 1 / np.sqrt(q + 1) if self.kernel == "inverse_multiquadric" else 1 / (q + 1)

    def monomials(self, x: Any) -> Any:
        """The polynomial's powers at points, up to its degree."""
        parts = [np.ones((np.shape(x)[0], 1)), x * 1.0][: self.degree + 1]
        if self.degree < 0:
            return np.zeros((np.shape(x)[0], 0))
        if self.degree > 1:
            one, two = np.triu_indices(np.shape(x)[1])
            parts = [*parts, x[:, one] * x[:, two]]
        if self.degree > 2:
            unsupported("scipy.interpolate.RBFInterpolator has a derivative for degrees up to 2")
        return np.concatenate(parts, axis=1)


DEFINITIONS: dict[Any, Written] = {
    ip.RegularGridInterpolator: Written(RegularGridInterpolator), ip.interpn: Written(interpn),
    ip.lagrange: Written(lagrange), ip.BarycentricInterpolator: Written(BarycentricInterpolator),
    ip.barycentric_interpolate: Written(barycentric_interpolate),
    ip.RectBivariateSpline: Written(RectBivariateSpline), ip.RBFInterpolator: Written(RBFInterpolator),
}
