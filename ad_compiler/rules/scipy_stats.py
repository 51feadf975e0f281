"""The rows of `scipy.stats`: continuous families, the normal distribution's functions, counts, several variables.

Imported only where `scipy.stats` is in use already. Outside the support, where the density is zero, the derivative
counts as zero.
"""
from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.stats as st

from ad_compiler.rules.linalg_parts import column
from ad_compiler.rules.row import Partial, Row, elementwise, rule
from ad_compiler.rules.samples import Draw, Samples, call, calls
from ad_compiler.rules.scipy_stats_counts import DISCRETE
from ad_compiler.rules.scipy_stats_families import FAMILIES
from ad_compiler.rules.scipy_stats_family import Family, Score
from ad_compiler.rules.special_gamma import normal_hazard

ROOT_2PI = math.sqrt(2 * math.pi)


def bell(y: Any) -> Any:
    """The standard normal density."""
    return np.exp(-0.5 * y * y) / ROOT_2PI


def of_normal(function: Any, by_y: Score) -> Row:
    """The row of a function of the standardised normal variable; `by_y(y, out)` is its derivative."""
    return elementwise(
        function, "x, loc=0, scale=1", samples=Family(st.norm, lambda y: -y, (-2, 2)).samples(),
        x=lambda x, loc, scale, out: by_y((x - loc) / scale, out) / scale,
        loc=lambda x, loc, scale, out: -by_y((x - loc) / scale, out) / scale,
        scale=lambda x, loc, scale, out: -(x - loc) / scale * by_y((x - loc) / scale, out) / scale)


def quantile(function: Any, sign: int) -> Row:
    """The row of `norm.ppf` (1) and `norm.isf` (-1), which falls."""
    return elementwise(
        function, "q, loc=0, scale=1",
        samples=calls(lambda s: call(s.real(3, low=0.1, high=0.9), s.real(3), s.real(low=0.5))),
        q=lambda loc, scale, out: sign * scale / bell((out - loc) / scale),
        loc=lambda: 1.0, scale=lambda loc, scale, out: (out - loc) / scale)


NORMAL: tuple[Row, ...] = (
    of_normal(st.norm.cdf, lambda y, out: bell(y)), of_normal(st.norm.sf, lambda y, out: -bell(y)),
    of_normal(st.norm.logcdf, lambda y, out: normal_hazard(y)),
    of_normal(st.norm.logsf, lambda y, out: -normal_hazard(-y)),
    quantile(st.norm.ppf, 1), quantile(st.norm.isf, -1),
)


def whitened(x: Any, mean: Any, cov: Any) -> Any:
    """`cov^-1 (x - mean)` for one or more points."""
    if cov is None or np.ndim(cov) != 2:
        raise NotImplementedError("multivariate_normal.logpdf has derivatives for a covariance matrix")
    return np.linalg.solve(cov, (x if mean is None else x - mean).T).T


def covariance_cotangent(g: Any, x: Any, mean: Any, cov: Any) -> Any:
    pull = whitened(x, mean, cov)
    if x.ndim == 1:
        return 0.5 * g * (np.outer(pull, pull) - np.linalg.inv(cov))
    return 0.5 * ((column(g) * pull).T @ pull - np.sum(g) * np.linalg.inv(cov))


def covariance_tangent(d: Any, x: Any, mean: Any, cov: Any) -> Any:
    pull = whitened(x, mean, cov)
    return 0.5 * (np.sum(pull * (pull @ d), axis=-1) - np.trace(np.linalg.solve(cov, d)))


def _normal_points() -> Samples:
    def build(draw: Draw) -> Any:
        for shape in ((3,), (4, 3)):
            noise = draw.real(3, 3)
            yield call(draw.real(*shape), draw.real(3), noise @ noise.T + 2 * np.eye(3))
    return Samples(build)


MULTIVARIATE: tuple[Row, ...] = (
    rule(st.multivariate_normal.logpdf, "x, mean=None, cov=1, allow_singular=False", samples=_normal_points(),
         like="x[:-1]",
         note="of a point or a list of points, with a covariance matrix, which is taken to be symmetric",
         x=Partial(vjp=lambda g, x, mean, cov: -(column(g) if x.ndim > 1 else g) * whitened(x, mean, cov),
                   jvp=lambda d, x, mean, cov: -np.sum(d * whitened(x, mean, cov), axis=-1)),
         mean=Partial(vjp=lambda g, x, mean, cov: (column(g) if x.ndim > 1 else g) * whitened(x, mean, cov),
                      jvp=lambda d, x, mean, cov: np.sum(d * whitened(x, mean, cov), axis=-1)),
         cov=Partial(vjp=lambda g, x, mean, cov: covariance_cotangent(g, x, mean, cov),
                     jvp=lambda d, x, mean, cov: covariance_tangent(d, x, mean, cov))),
)

RULES: tuple[Row, ...] = (
    *(made for family in FAMILIES for made in family.densities()),
    *(made for family in FAMILIES if family.distribution is not st.norm for made in family.integrals()),
    *NORMAL, *DISCRETE, *MULTIVARIATE)
