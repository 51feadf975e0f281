"""The rows of `scipy.interpolate`: splines by their argument. Imported only where that is in use already.

A spline object is called as `type(spline).__call__(spline, x)`, which is what these rows belong to:
`PPoly.__call__` serves `CubicSpline`, `PchipInterpolator` and `Akima1DInterpolator`. The data a spline was
made from are constants.
"""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy.interpolate as ip

from ad_compiler.rules.row import Row, elementwise
from ad_compiler.rules.samples import Draw, Samples, call
from ad_compiler.rules.scipy_calls import through

splev = through(ip.splev)
piecewise = through(ip.PPoly.__call__)
univariate = through(ip.UnivariateSpline.__call__)
basis = through(ip.BSpline.__call__)


def _data(draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    return np.linspace(-3.0, 3.0, 7), draw.real(7)


def _points(draw: Draw, make: Any, **params: Any) -> Any:
    for shape in ((4,), (2, 3), ()):
        yield call(*make(draw, draw.real(*shape, low=-2.7, high=2.7)), **params)


def _objects(*kinds: Any) -> Samples:
    def build(draw: Draw) -> Any:
        for kind in kinds:
            yield from _points(draw, lambda draw, x, kind=kind: (kind(*_data(draw)), x))
            yield from _points(draw, lambda draw, x, kind=kind: (kind(*_data(draw)), x), nu=1)
    return Samples(build)


def _tuples() -> Samples:
    def build(draw: Draw) -> Any:
        yield from _points(draw, lambda draw, x: (x, ip.splrep(*_data(draw))))
        yield from _points(draw, lambda draw, x: (x, ip.splrep(*_data(draw))), der=1)
    return Samples(build)


RULES: tuple[Row, ...] = (
    elementwise(ip.splev, "x, tck, der=0, ext=0", like="x", samples=_tuples(), note="in `x`; up to the spline's degree",
                x=lambda x, tck, der, ext: splev(x, tck, der + 1, ext)),
    elementwise(ip.PPoly.__call__, "self, x, nu=0, extrapolate=None", like="x", note="in `x`; splines of numbers",
                samples=_objects(ip.CubicSpline, ip.PchipInterpolator, ip.Akima1DInterpolator),
                x=lambda self, x, nu, extrapolate: piecewise(self, x, nu + 1, extrapolate)),
    elementwise(ip.BSpline.__call__, "self, x, nu=0, extrapolate=None", like="x", note="in `x`; splines of numbers",
                samples=_objects(ip.make_interp_spline),
                x=lambda self, x, nu, extrapolate: basis(self, x, nu + 1, extrapolate)),
    elementwise(ip.UnivariateSpline.__call__, "self, x, nu=0, ext=None", like="x", note="in `x`; up to its degree",
                samples=_objects(lambda x, y: ip.UnivariateSpline(x, y, s=0)),
                x=lambda self, x, nu, ext: univariate(self, x, nu + 1, ext)),
)
