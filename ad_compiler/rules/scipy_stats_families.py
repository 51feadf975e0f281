"""The continuous families of `scipy.stats`: derivatives of their log-densities and flows of their quantiles.

What the symbols mean is said in `scipy_stats_family`. The densities themselves are in SciPy's documentation; each entry
is what differentiating their logarithm by `y` and by a shape parameter gives, and, where the quantile of a given
probability can be solved for, what differentiating that gives.
"""
from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sc
import scipy.stats as st

from ad_compiler.rules.scipy_calls import through
from ad_compiler.rules.scipy_stats_family import Family
from ad_compiler.rules.special_elementary import quotient
from ad_compiler.rules.special_gamma import normal_hazard


def student_df(y: Any, df: Any) -> Any:
    """Derivative of Student's log-density by the degrees of freedom."""
    square = y * y
    tails = (df + 1) * square / (df * (df + square)) - np.log1p(square / df)
    return 0.5 * (sc.psi(0.5 * (df + 1)) - sc.psi(0.5 * df) - 1 / df + tails)


def power_flow(y: Any, c: Any) -> Any:
    """Where `y**c` belongs to a probability: the derivative of `y` by `c`."""
    return -y * np.log(y) / c


def bent(w: Any) -> Any:
    """`((1 + w) log(1 + w) - w) / w**2`; by its series near zero, where it cancels."""
    near = np.abs(w) < 1e-3
    safe = np.where(near, 1, w)
    series = 1 / 2 - w * (1 / 6 - w * (1 / 12 - w * (1 / 20 - w / 30)))
    return np.where(near, series, ((1 + safe) * np.log1p(safe) - safe) / (safe * safe))


def bessel_ratio(z: Any) -> Any:
    return sc.i1e(z) / sc.i0e(z)


def inverse_gauss_flow(y: Any, mu: Any) -> Any:
    """The flow of `invgauss`: `2 exp(2 / mu) Phi(b) / mu**2` by the density."""
    reach = sc.log_ndtr(-(y / mu + 1) / np.sqrt(y))
    log_density = -0.5 * math.log(2 * math.pi) - 1.5 * np.log(y) - (y / mu - 1) ** 2 / (2 * y)
    return 2 / mu**2 * np.exp(2 / mu + reach - log_density)


def skew_flow(y: Any, a: Any) -> Any:
    """The flow of `skewnorm`; the derivative of its distribution function by `a` is that of Owen's function."""
    return np.exp(-0.5 * (a * y) ** 2 - sc.log_ndtr(a * y)) / (math.sqrt(2 * math.pi) * (1 + a * a))


def weibull_base_flow(y: Any, a: Any, c: Any) -> Any:
    """The flow of `exponweib` by `a`, the exponent of a Weibull distribution function."""
    below = -np.expm1(-y**c)
    return -below * np.log(below) / (a * c * y ** (c - 1) * np.exp(-y**c))


def relative_log(w: Any) -> Any:
    """`log(1 + w) / w`; by its series near zero."""
    near = np.abs(w) < 1e-3
    safe = np.where(near, 1, w)
    series = 1 - w * (1 / 2 - w * (1 / 3 - w * (1 / 4 - w * (1 / 5 - w / 6))))
    return np.where(near, series, np.log1p(safe) / safe)


def extreme_shape(y: Any, c: Any) -> Any:
    """Derivative of the log-density of `genextreme` by its shape."""
    falls = np.exp(-y * relative_log(-c * y))
    return (y + y * y * bent(-c * y) * (falls - 1)) / (1 - c * y)


def fisher_numerator(y: Any, m: Any, n: Any) -> Any:
    """Derivative of the log-density of `f` by the numerator's degrees of freedom."""
    whole = n + m * y
    return 0.5 * (np.log(m * y / whole) + 1 - (m + n) * y / whole - sc.psi(0.5 * m) + sc.psi(0.5 * (m + n)))


def fisher_denominator(y: Any, m: Any, n: Any) -> Any:
    """The same by the denominator's."""
    whole = n + m * y
    return 0.5 * (np.log(n / whole) + 1 - (m + n) / whole - sc.psi(0.5 * n) + sc.psi(0.5 * (m + n)))


truncated_pdf, truncated_cdf, truncated_sf = (
    through(function) for function in (st.truncnorm.pdf, st.truncnorm.cdf, st.truncnorm.sf))


def asymmetric_flow(y: Any, k: Any) -> Any:
    """The flow of `laplace_asymmetric`."""
    return np.where(y < 0, y / k - 2 / (1 + k * k), -(y + 2 * k / (1 + k * k)) / k)


def signed(slope: Callable[..., Any]) -> Callable[..., Any]:
    """The derivative by `y` of a function of `abs(y)`."""
    return lambda y, shape: np.sign(y) * slope(np.abs(y), shape)


def loggish(y: Any, c: Any) -> Any:
    """`y**c / (1 + y**c)`."""
    return sc.expit(c * np.log(y))


# Families that are used most.
COMMON: tuple[Family, ...] = (
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
           {"s": lambda y, s: np.log(y) ** 2 / s**3 - 1 / s}, {"s": lambda y, s: y * np.log(y) / s}),
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
    Family(st.pareto, lambda y, b: -(b + 1) / y, (1.2, 3), {"b": 1.6}, {"b": lambda y, b: 1 / b - np.log(y)},
           {"b": power_flow}),
    Family(st.weibull_min, lambda y, c: quotient(c - 1, y) - c * y ** (c - 1), (0.3, 2), {"c": 1.6},
           {"c": lambda y, c: 1 / c + np.log(y) * (1 - y**c)}, {"c": power_flow}),
    Family(st.invgauss, lambda y, mu: -1.5 / y - (1 / (mu * mu) - 1 / (y * y)) / 2, (0.3, 2), {"mu": 1.3},
           {"mu": lambda y, mu: (y - mu) / mu**3}, {"mu": inverse_gauss_flow}),
)


SHAPED: tuple[Family, ...] = (
    Family(st.f, lambda y, m, n: quotient(0.5 * m - 1, y) - 0.5 * (m + n) * m / (n + m * y), (0.3, 3),
           {"dfn": 3.2, "dfd": 4.1}, {"dfn": fisher_numerator, "dfd": fisher_denominator}),
    Family(st.vonmises, lambda y, kappa: -kappa * np.sin(y), (-2, 2), {"kappa": 1.3},
           {"kappa": lambda y, kappa: np.cos(y) - bessel_ratio(kappa)}),
    Family(st.chi, lambda y, df: quotient(df - 1, y) - y, (0.3, 2), {"df": 2.4},
           {"df": lambda y, df: np.log(y) - 0.5 * sc.psi(0.5 * df) - 0.5 * math.log(2)}),
    Family(st.nakagami, lambda y, nu: quotient(2 * nu - 1, y) - 2 * nu * y, (0.3, 2), {"nu": 1.8},
           {"nu": lambda y, nu: np.log(nu) + 1 - sc.psi(nu) + 2 * np.log(y) - y * y}),
    Family(st.truncnorm, lambda y, a, b: -y, (-0.8, 1.8), {"a": -1.2, "b": 2.3},
           {"a": lambda y, a, b: truncated_pdf(a, a, b), "b": lambda y, a, b: -truncated_pdf(b, a, b)},
           {"a": lambda y, a, b: np.exp(0.5 * (y * y - a * a)) * truncated_sf(y, a, b),
            "b": lambda y, a, b: np.exp(0.5 * (y * y - b * b)) * truncated_cdf(y, a, b)}),
    Family(st.skewnorm, lambda y, a: a * normal_hazard(a * y) - y, (-1, 2), {"a": 1.4},
           {"a": lambda y, a: y * normal_hazard(a * y)}, {"a": skew_flow}),
    Family(st.genextreme, lambda y, c: (np.exp(-y * relative_log(-c * y)) + c - 1) / (1 - c * y), (-1, 2), {"c": 0.2},
           {"c": extreme_shape}, {"c": lambda y, c: -y * y * bent(-c * y)}),
    Family(st.genpareto, lambda y, c: -(c + 1) / (1 + c * y), (0.2, 2), {"c": 0.3},
           {"c": lambda y, c: (1 + c) * y * y * bent(c * y) / (1 + c * y) - y * relative_log(c * y)},
           {"c": lambda y, c: y * y * bent(c * y)}),
    Family(st.lomax, lambda y, c: -(c + 1) / (1 + y), (0.2, 2), {"c": 2.2}, {"c": lambda y, c: 1 / c - np.log1p(y)},
           {"c": lambda y, c: -(1 + y) * np.log1p(y) / c}),
    Family(st.invweibull, lambda y, c: (c * y**-c - c - 1) / y, (0.5, 2), {"c": 2.4},
           {"c": lambda y, c: 1 / c + np.log(y) * (y**-c - 1)}, {"c": power_flow}),
    Family(st.powerlaw, lambda y, a: quotient(a - 1, y), (0.2, 0.8), {"a": 1.6}, {"a": lambda y, a: 1 / a + np.log(y)},
           {"a": power_flow}),
    Family(st.exponweib, lambda y, a, c: (c - 1 + c * y**c * ((a - 1) / np.expm1(y**c) - 1)) / y, (0.3, 1.6),
           {"a": 1.4, "c": 2.2},
           {"a": lambda y, a, c: 1 / a + np.log(-np.expm1(-y**c)),
            "c": lambda y, a, c: 1 / c + np.log(y) * (1 + y**c * ((a - 1) / np.expm1(y**c) - 1))},
           {"a": weibull_base_flow, "c": lambda y, a, c: power_flow(y, c)}),
)

FURTHER: tuple[Family, ...] = (
    Family(st.moyal, lambda y: 0.5 * (np.exp(-y) - 1), (-1, 3)),
    Family(st.levy, lambda y: (0.5 / y - 1.5) / y, (0.3, 3)),
    Family(st.wald, lambda y: -1.5 / y - 0.5 + 0.5 / (y * y), (0.3, 2)),
    Family(st.hypsecant, lambda y: -np.tanh(y), (-2, 2)),
    Family(st.halflogistic, lambda y: -np.tanh(0.5 * y), (0.2, 3)),
    Family(st.arcsine, lambda y: (y - 0.5) / (y * (1 - y)), (0.2, 0.8)),
    Family(st.semicircular, lambda y: -y / (1 - y * y), (-0.8, 0.8)),
    Family(st.anglit, lambda y: -2 * np.tan(2 * y), (-0.6, 0.6)),
    Family(st.cosine, lambda y: -np.tan(0.5 * y), (-2, 2)),
    Family(st.fisk, lambda y, c: (c - 1 - 2 * c * loggish(y, c)) / y, (0.3, 3), {"c": 2.3},
           {"c": lambda y, c: 1 / c + np.log(y) * (1 - 2 * loggish(y, c))}, {"c": power_flow}),
    Family(st.loglaplace, lambda y, c: (np.where(y < 1, c, -c) - 1) / y, (1.2, 3), {"c": 2.1},
           {"c": lambda y, c: 1 / c - np.abs(np.log(y))}, {"c": power_flow}),
    Family(st.loggamma, lambda y, c: c - np.exp(y), (-1, 1), {"c": 1.5}, {"c": lambda y, c: y - sc.psi(c)}),
    Family(st.loguniform, lambda y, a, b: -1 / y, (0.4, 2.5), {"a": 0.2, "b": 3.0},
           {"a": lambda y, a, b: 1 / (a * np.log(b / a)), "b": lambda y, a, b: -1 / (b * np.log(b / a))},
           {"a": lambda y, a, b: y / a * np.log(b / y) / np.log(b / a),
            "b": lambda y, a, b: y / b * np.log(y / a) / np.log(b / a)}),
    Family(st.gompertz, lambda y, c: 1 - c * np.exp(y), (0.2, 1.2), {"c": 1.1},
           {"c": lambda y, c: 1 / c - np.expm1(y)}, {"c": lambda y, c: np.expm1(-y) / c}),
    Family(st.genlogistic, lambda y, c: (c + 1) * sc.expit(-y) - 1, (-1, 2), {"c": 1.4},
           {"c": lambda y, c: 1 / c - np.log1p(np.exp(-y))},
           {"c": lambda y, c: np.log1p(np.exp(-y)) * (1 + np.exp(y)) / c}),
    Family(st.johnsonsu, lambda y, a, b: -y / (1 + y * y) - (a + b * np.arcsinh(y)) * b / np.sqrt(1 + y * y), (-1, 1),
           {"a": 0.4, "b": 1.5},
           {"a": lambda y, a, b: -a - b * np.arcsinh(y),
            "b": lambda y, a, b: 1 / b - (a + b * np.arcsinh(y)) * np.arcsinh(y)},
           {"a": lambda y, a, b: -np.sqrt(1 + y * y) / b,
            "b": lambda y, a, b: -np.arcsinh(y) * np.sqrt(1 + y * y) / b}),
    Family(st.johnsonsb, lambda y, a, b: (2 * y - 1 - b * (a + b * sc.logit(y))) / (y * (1 - y)), (0.2, 0.8),
           {"a": 0.4, "b": 1.5},
           {"a": lambda y, a, b: -a - b * sc.logit(y),
            "b": lambda y, a, b: 1 / b - (a + b * sc.logit(y)) * sc.logit(y)},
           {"a": lambda y, a, b: -y * (1 - y) / b, "b": lambda y, a, b: -sc.logit(y) * y * (1 - y) / b}),
    Family(st.foldnorm, lambda y, c: c * np.tanh(c * y) - y, (0.2, 2), {"c": 1.2},
           {"c": lambda y, c: y * np.tanh(c * y) - c}, {"c": lambda y, c: np.tanh(c * y)}),
    Family(st.rice, lambda y, b: 1 / y - y + b * bessel_ratio(b * y), (0.3, 2), {"b": 0.7},
           {"b": lambda y, b: y * bessel_ratio(b * y) - b}, {"b": lambda y, b: bessel_ratio(b * y)}),
    Family(st.triang, lambda y, c: np.where(y < c, 1 / y, -1 / (1 - y)), (0.5, 0.9), {"c": 0.4},
           {"c": lambda y, c: np.where(y < c, -1 / c, 1 / (1 - c))},
           {"c": lambda y, c: np.where(y < c, 0.5 * y / c, 0.5 * (1 - y) / (1 - c))}),
    Family(st.burr12, lambda y, c, d: (c - 1 - (d + 1) * c * loggish(y, c)) / y, (0.3, 2), {"c": 2.2, "d": 1.5},
           {"c": lambda y, c, d: 1 / c + np.log(y) * (1 - (d + 1) * loggish(y, c)),
            "d": lambda y, c, d: 1 / d - np.log1p(y**c)},
           {"c": lambda y, c, d: power_flow(y, c),
            "d": lambda y, c, d: -np.log1p(y**c) * y / (loggish(y, c) * c * d)}),
    Family(st.burr, lambda y, c, d: ((d + 1) * c * loggish(y, -c) - c - 1) / y, (0.3, 2), {"c": 2.2, "d": 1.5},
           {"c": lambda y, c, d: 1 / c + np.log(y) * ((d + 1) * loggish(y, -c) - 1),
            "d": lambda y, c, d: 1 / d - np.log1p(y**-c)},
           {"c": lambda y, c, d: power_flow(y, c),
            "d": lambda y, c, d: np.log1p(y**-c) * y / (loggish(y, -c) * c * d)}),
    Family(st.truncexpon, lambda y, b: -np.ones_like(y), (0.2, 1.3), {"b": 1.5},
           {"b": lambda y, b: -1 / np.expm1(b)}, {"b": lambda y, b: np.expm1(y) / np.expm1(b)}),
    Family(st.bradford, lambda y, c: -c / (1 + c * y), (0.2, 0.8), {"c": 1.2},
           {"c": lambda y, c: 1 / c - 1 / ((1 + c) * np.log1p(c)) - y / (1 + c * y)},
           {"c": lambda y, c: (np.log1p(c * y) / np.log1p(c) * (1 + c * y) / (1 + c) - y) / c}),
    Family(st.gennorm, signed(lambda r, beta: -beta * r ** (beta - 1)), (0.3, 2), {"beta": 1.6},
           {"beta": lambda y, beta: 1 / beta + sc.psi(1 / beta) / beta**2 - np.abs(y) ** beta * np.log(np.abs(y))}),
    Family(st.betaprime, lambda y, a, b: quotient(a - 1, y) - (a + b) / (1 + y), (0.3, 2), {"a": 2.2, "b": 3.1},
           {"a": lambda y, a, b: -np.log1p(1 / y) - sc.psi(a) + sc.psi(a + b),
            "b": lambda y, a, b: -np.log1p(y) - sc.psi(b) + sc.psi(a + b)}),
    Family(st.gengamma, lambda y, a, c: (c * a - 1 - c * y**c) / y, (0.3, 2), {"a": 1.4, "c": 2.1},
           {"a": lambda y, a, c: c * np.log(y) - sc.psi(a), "c": lambda y, a, c: 1 / c + np.log(y) * (a - y**c)},
           {"c": lambda y, a, c: power_flow(y, c)}),
    Family(st.exponnorm, lambda y, K: normal_hazard(y - 1 / K) - 1 / K, (-1, 2), {"K": 1.3},
           {"K": lambda y, K: (y + normal_hazard(y - 1 / K) - 1 / K) / K**2 - 1 / K},
           {"K": lambda y, K: (y + normal_hazard(y - 1 / K) - 1 / K) / K}),
    Family(st.dweibull, signed(lambda r, c: (c - 1) / r - c * r ** (c - 1)), (0.3, 2), {"c": 1.4},
           {"c": lambda y, c: 1 / c + np.log(np.abs(y)) * (1 - np.abs(y) ** c)},
           {"c": lambda y, c: -y * np.log(np.abs(y)) / c}),
    Family(st.dgamma, signed(lambda r, a: (a - 1) / r - 1), (0.3, 2), {"a": 1.6},
           {"a": lambda y, a: np.log(np.abs(y)) - sc.psi(a)}),
    Family(st.weibull_max, lambda y, c: (c - 1) / y + c * (-y) ** (c - 1), (-2, -0.3), {"c": 1.6},
           {"c": lambda y, c: 1 / c + np.log(-y) * (1 - (-y) ** c)}, {"c": lambda y, c: -y * np.log(-y) / c}),
    Family(st.laplace_asymmetric, lambda y, kappa: np.where(y >= 0, -kappa, 1 / kappa), (0.2, 2), {"kappa": 1.4},
           {"kappa": lambda y, kappa: np.where(y >= 0, -y, -y / kappa**2) - (1 - kappa**-2) / (kappa + 1 / kappa)},
           {"kappa": asymmetric_flow}),
    Family(st.fatiguelife, lambda y, c: 1 / (y + 1) - 1.5 / y - (y * y - 1) / (2 * y * y * c * c), (0.4, 2), {"c": 0.6},
           {"c": lambda y, c: (y - 1) ** 2 / (y * c**3) - 1 / c}, {"c": lambda y, c: 2 * y * (y - 1) / (c * (y + 1))}),
)

# `reciprocal` is another name of `loguniform`, with an object of its own.
ALIASES = tuple(Family(st.reciprocal, f.by_y, f.bounds, f.shapes, f.by_shape, f.flow) for f in FURTHER
                if f.distribution is st.loguniform and st.reciprocal is not st.loguniform)

FAMILIES: tuple[Family, ...] = (*COMMON, *SHAPED, *FURTHER, *ALIASES)
