"""The rows of `scipy.stats`: log-densities, densities, and the normal distribution's functions.

Imported only where `scipy.stats` is in use already. Every continuous family is standardised, `y = (x - loc)
/ scale`, so that one derivative by `y` and one by each shape parameter give the rest. Outside the support,
where the density is zero, the derivative counts as zero.
"""
from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.special as sc
import scipy.stats as st

from ad_compiler.rules.linalg_parts import column
from ad_compiler.rules.row import Formula, Partial, Row, elementwise, rule
from ad_compiler.rules.samples import Draw, Samples, call, calls
from ad_compiler.rules.scipy_calls import through
from ad_compiler.rules.special_elementary import quotient
from ad_compiler.rules.special_gamma import normal_hazard

Score = Callable[..., Any]


@dataclass(frozen=True)
class Family:
    """A continuous family: derivatives of its standard log-density by `y` and by its shape parameters.

    `bounds` are where samples of `y` lie, `shapes` name the shape parameters, with a value each.
    """

    distribution: Any
    by_y: Score
    bounds: tuple[float, float]
    shapes: dict[str, float] = field(default_factory=dict)
    by_shape: dict[str, Score] = field(default_factory=dict)

    @property
    def signature(self) -> str:
        return ", ".join(["x", *self.shapes, "loc=0", "scale=1"])

    def partials(self, density: bool) -> dict[str, Any]:
        """Partial derivatives of `logpdf`, or of `pdf`, by all arguments."""
        names = tuple(self.shapes)

        def standard(values: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...], Any, Any]:
            x, *shapes, loc, scale, out = values
            return (x - loc) / scale, tuple(shapes), scale, out

        def finished(slope: Any, out: Any) -> Any:
            inside = np.logical_and(out > 0, np.isfinite(slope)) if density else np.isfinite(out)
            slope = np.where(inside, slope, 0)
            return out * slope if density else slope

        def by_x(*values: Any) -> Any:
            y, shapes, scale, out = standard(values)
            return finished(self.by_y(y, *shapes) / scale, out)

        def by_loc(*values: Any) -> Any:
            return -by_x(*values)

        def by_scale(*values: Any) -> Any:
            y, shapes, scale, out = standard(values)
            return finished(-(1 + y * self.by_y(y, *shapes)) / scale, out)

        def by(name: str) -> Formula:
            def formula(*values: Any) -> Any:
                y, shapes, _, out = standard(values)
                return finished(self.by_shape[name](y, *shapes), out)
            return formula
        made: dict[str, Any] = {"x": by_x, "loc": by_loc, "scale": by_scale}
        made |= {name: by(name) for name in names}
        for formula in made.values():
            formula.reads = ("x", *names, "loc", "scale", "out")
        return made

    def samples(self) -> Samples:
        def build(draw: Draw) -> Any:
            for shape in ((3,), (2, 3), ()):
                scale = draw.real(*shape, low=0.5, high=2.0)
                loc = draw.real(*shape[-1:], low=-0.5, high=0.5)
                y = draw.real(*shape, low=self.bounds[0], high=self.bounds[1])
                shapes = [np.full(shape[-1:], value) for value in self.shapes.values()]
                yield call(y * scale + loc, *shapes, loc, scale)
        return Samples(build)

    def rows(self) -> tuple[Row, ...]:
        return tuple(
            elementwise(function, self.signature, samples=self.samples(), **self.partials(density),
                        note="derivative zero outside the support")
            for function, density in ((self.distribution.logpdf, False), (self.distribution.pdf, True)))


def student_df(y: Any, df: Any) -> Any:
    """Derivative of Student's log-density by the degrees of freedom."""
    square = y * y
    tails = (df + 1) * square / (df * (df + square)) - np.log1p(square / df)
    return 0.5 * (sc.psi(0.5 * (df + 1)) - sc.psi(0.5 * df) - 1 / df + tails)


FAMILIES: tuple[Family, ...] = (
    Family(st.norm, lambda y: -y, (-2, 2)),
    Family(st.expon, lambda y: -np.ones_like(y), (0.2, 3)),
    Family(st.laplace, lambda y: -np.sign(y), (0.2, 2)),
    Family(st.logistic, lambda y: -np.tanh(0.5 * y), (-3, 3)),
    Family(st.cauchy, lambda y: -2 * y / (1 + y * y), (-3, 3)),
    Family(st.uniform, lambda y: np.zeros_like(y), (0.2, 0.8)),
    Family(st.halfnorm, lambda y: -y, (0.2, 2)),
    Family(st.halfcauchy, lambda y: -2 * y / (1 + y * y), (0.2, 2)),
    Family(st.rayleigh, lambda y: 1 / y - y, (0.3, 2)),
    Family(st.maxwell, lambda y: 2 / y - y, (0.3, 2)),
    Family(st.gumbel_r, lambda y: np.exp(-y) - 1, (-1, 2)),
    Family(st.gumbel_l, lambda y: 1 - np.exp(y), (-2, 1)),
    Family(st.lognorm, lambda y, s: -(1 + np.log(y) / (s * s)) / y, (0.3, 2), {"s": 0.7},
           {"s": lambda y, s: np.log(y) ** 2 / s**3 - 1 / s}),
    Family(st.gamma, lambda y, a: quotient(a - 1, y) - 1, (0.3, 3), {"a": 2.3},
           {"a": lambda y, a: np.log(y) - sc.psi(a)}),
    Family(st.invgamma, lambda y, a: (1 / y - a - 1) / y, (0.3, 3), {"a": 2.3},
           {"a": lambda y, a: -np.log(y) - sc.psi(a)}),
    Family(st.beta, lambda y, a, b: quotient(a - 1, y) - quotient(b - 1, 1 - y), (0.2, 0.8), {"a": 2.3, "b": 1.7},
           {"a": lambda y, a, b: np.log(y) - sc.psi(a) + sc.psi(a + b),
            "b": lambda y, a, b: np.log1p(-y) - sc.psi(b) + sc.psi(a + b)}),
    Family(st.t, lambda y, df: -(df + 1) * y / (df + y * y), (-3, 3), {"df": 4.5}, {"df": student_df}),
    Family(st.chi2, lambda y, df: quotient(0.5 * df - 1, y) - 0.5, (0.3, 3), {"df": 3.5},
           {"df": lambda y, df: 0.5 * (np.log(0.5 * y) - sc.psi(0.5 * df))}),
    Family(st.pareto, lambda y, b: -(b + 1) / y, (1.2, 3), {"b": 1.6}, {"b": lambda y, b: 1 / b - np.log(y)}),
    Family(st.weibull_min, lambda y, c: quotient(c - 1, y) - c * y ** (c - 1), (0.3, 2), {"c": 1.6},
           {"c": lambda y, c: 1 / c + np.log(y) * (1 - y**c)}),
    Family(st.invgauss, lambda y, mu: -1.5 / y - (1 / (mu * mu) - 1 / (y * y)) / 2, (0.3, 2), {"mu": 1.3},
           {"mu": lambda y, mu: (y - mu) / mu**3}),
)

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


def counts(distribution: Any, signature: str, samples: Samples, **slopes: tuple[Formula, Formula]) -> tuple[Row, Row]:
    """Rows of `logpmf` and `pmf`; `slopes` are the derivatives of both by a parameter.

    Those of `pmf` divide by no probability, which may be zero: at the ends of the range they are one-sided.
    """
    by_log, by_mass = ({name: pair[k] for name, pair in slopes.items()} for k in (0, 1))
    return (elementwise(distribution.logpmf, signature, samples=samples, **by_log),
            elementwise(distribution.pmf, signature, samples=samples, **by_mass))


poisson, binom, nbinom = through(st.poisson.pmf), through(st.binom.pmf), through(st.nbinom.pmf)


def geometric_slope(k: Any, p: Any) -> Any:
    """Derivative of `p (1 - p)**(k - 1)`, which is zero for `k < 1`."""
    fails = np.maximum(k - 1, 0)
    slope = (1 - p) ** fails - fails * p * (1 - p) ** np.maximum(fails - 1, 0)
    return np.where(k < 1, 0, slope)


def negative_binomial_score(k: Any, n: Any, p: Any) -> Any:
    """Derivative of the logarithm of the probability by `n`."""
    return sc.psi(k + n) - sc.psi(n) + np.log(p)


def _counted(low: int, high: int, *parameters: tuple[float, float]) -> Samples:
    return Samples(lambda s: [call(s.integers(low, high, *shape),
                                   *(s.real(*shape, low=a, high=b) for a, b in parameters))
                              for shape in ((3,), ())])


DISCRETE: tuple[Row, ...] = (
    *counts(st.poisson, "k, mu, loc=0", _counted(0, 5, (0.5, 3)), mu=(
        lambda k, mu, loc: quotient(k - loc, mu) - 1,
        lambda k, mu, loc, out: poisson(k - loc - 1, mu) - out)),
    *counts(st.bernoulli, "k, p, loc=0", _counted(0, 2, (0.2, 0.8)),
            p=(lambda k, p, loc: quotient(k - loc, p) - quotient(1 - k + loc, 1 - p),
               lambda k, loc: 1.0 * np.equal(k - loc, 1) - 1.0 * np.equal(k - loc, 0))),
    *counts(st.geom, "k, p, loc=0", _counted(1, 5, (0.2, 0.8)),
            p=(lambda k, p, loc: 1 / p - quotient(k - loc - 1, 1 - p),
               lambda k, p, loc: geometric_slope(k - loc, p))),
    *counts(st.binom, "k, n, p, loc=0",
            calls(lambda s: call(s.integers(0, 5, 3), 5, s.real(3, low=0.2, high=0.8))),
            p=(lambda k, n, p, loc: quotient(k - loc, p) - quotient(n - k + loc, 1 - p),
               lambda k, n, p, loc: n * (binom(k - loc - 1, n - 1, p) - binom(k - loc, n - 1, p)))),
    *counts(st.nbinom, "k, n, p, loc=0", _counted(0, 5, (2, 5), (0.2, 0.8)),
            n=(lambda k, n, p, loc: negative_binomial_score(k - loc, n, p),
               lambda k, n, p, loc, out: np.where(out > 0, out * negative_binomial_score(k - loc, n, p), 0)),
            p=(lambda k, n, p, loc: n / p - quotient(k - loc, 1 - p),
               lambda k, n, p, loc, out: n / p * (out - nbinom(k - loc - 1, n + 1, p)))),
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

RULES: tuple[Row, ...] = (*(made for family in FAMILIES for made in family.rows()), *NORMAL, *DISCRETE,
                          *MULTIVARIATE)
