"""Distributions of `scipy.stats`: frozen ones, and the functions of a distribution that have no row.

A frozen distribution `norm(loc, scale)` becomes an object that hands its parameters over at each call, so that all
rows of `norm.logpdf(x, loc, scale)` and its like serve it.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.stats as st

from ad_compiler.rules.scipy_stats_families import FAMILIES
from ad_compiler.rules.written import Written


class Frozen:
    """A distribution with its parameters."""

    def __init__(self, dist: Any, *args: Any, **kwds: Any) -> None:
        self.dist, self.args, self.kwds = dist, args, kwds

    def logpdf(self, x: Any) -> Any:
        """The logarithm of the density."""
        return self.dist.logpdf(x, *self.args, **self.kwds)

    def pdf(self, x: Any) -> Any:
        """The density."""
        return self.dist.pdf(x, *self.args, **self.kwds)

    def logpmf(self, k: Any) -> Any:
        """The logarithm of the probability of a count."""
        return self.dist.logpmf(k, *self.args, **self.kwds)

    def pmf(self, k: Any) -> Any:
        """The probability of a count."""
        return self.dist.pmf(k, *self.args, **self.kwds)

    def cdf(self, x: Any) -> Any:
        """The distribution function."""
        return self.dist.cdf(x, *self.args, **self.kwds)

    def logcdf(self, x: Any) -> Any:
        """The logarithm of the distribution function."""
        return self.dist.logcdf(x, *self.args, **self.kwds)

    def sf(self, x: Any) -> Any:
        """One minus the distribution function."""
        return self.dist.sf(x, *self.args, **self.kwds)

    def logsf(self, x: Any) -> Any:
        """The logarithm of the survival function."""
        return self.dist.logsf(x, *self.args, **self.kwds)

    def ppf(self, q: Any) -> Any:
        """The quantile function."""
        return self.dist.ppf(q, *self.args, **self.kwds)

    def isf(self, q: Any) -> Any:
        """The inverse of the survival function."""
        return self.dist.isf(q, *self.args, **self.kwds)

    def mean(self) -> Any:
        """The mean."""
        return self.dist.mean(*self.args, **self.kwds)

    def std(self) -> Any:
        """The standard deviation."""
        return self.dist.std(*self.args, **self.kwds)

    def var(self) -> Any:
        """The variance."""
        return self.dist.var(*self.args, **self.kwds)

    def median(self) -> Any:
        """The median."""
        return self.dist.median(*self.args, **self.kwds)

    def entropy(self) -> Any:
        """The differential entropy."""
        return self.dist.entropy(*self.args, **self.kwds)


def frozen(dist: Any) -> Callable[..., Any]:
    """`dist(...)` as a function."""
    def freeze(*args: Any, **kwds: Any) -> Any:
        return Frozen(dist, *args, **kwds)
    return freeze


def moments(dist: Any) -> dict[Any, Callable[..., Any]]:
    """Mean, deviation, variance, median and entropy of a family without shape parameters."""
    centre, width, middle, disorder = (float(dist.mean()), float(dist.std()), float(dist.median()),
                                       float(dist.entropy()))

    def mean(loc: Any = 0, scale: Any = 1) -> Any:
        return loc + scale * centre

    def std(loc: Any = 0, scale: Any = 1) -> Any:
        return width * scale + 0 * loc

    def var(loc: Any = 0, scale: Any = 1) -> Any:
        return width**2 * scale**2 + 0 * loc

    def median(loc: Any = 0, scale: Any = 1) -> Any:
        return loc + scale * middle

    def entropy(loc: Any = 0, scale: Any = 1) -> Any:
        return disorder + np.log(scale) + 0 * loc

    return {dist.mean: mean, dist.std: std, dist.var: var, dist.median: median, dist.entropy: entropy}


SHAPELESS = (st.norm, st.laplace, st.logistic, st.expon, st.uniform, st.gumbel_r, st.gumbel_l, st.rayleigh,
             st.halfnorm, st.maxwell, st.moyal, st.wald, st.hypsecant, st.halflogistic, st.arcsine, st.semicircular,
             st.anglit, st.cosine)
FREEZING = (*(family.distribution for family in FAMILIES), st.poisson, st.bernoulli, st.geom, st.binom, st.nbinom,
            st.multivariate_normal)


DEFINITIONS: dict[Any, Written] = {
    **{dist: Written(frozen(dist)) for dist in FREEZING},
    **{method: Written(body) for dist in SHAPELESS for method, body in moments(dist).items()},
}
