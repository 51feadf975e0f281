"""Log-densities and distribution functions of `scipy.stats`, of one variable, that have no row."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sc
import scipy.stats as st


def within(inside: Any, log_density: Any) -> Any:
    """A log-density where the variable lies in the support; elsewhere the density is zero."""
    return np.where(inside, log_density, -np.inf)


def truncnorm(x: Any, a: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """Log-density of the truncated normal distribution."""
    y = (x - loc) / scale
    mass = np.where(a > 0, sc.ndtr(-a) - sc.ndtr(-b), sc.ndtr(b) - sc.ndtr(a))
    return within((y >= a) & (y <= b), -0.5 * y * y - 0.9189385332046727 - np.log(mass) - np.log(scale))


def skewnorm(x: Any, a: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """Log-density of the skew-normal distribution."""
    y = (x - loc) / scale
    return 0.6931471805599453 - 0.5 * y * y - 0.9189385332046727 + sc.log_ndtr(a * y) - np.log(scale)


def fisher(x: Any, dfn: Any, dfd: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """Log-density of the F distribution."""
    y = (x - loc) / scale
    inside = y > 0
    y = np.where(inside, y, 1.0)
    return within(inside, 0.5 * dfd * np.log(dfd) + 0.5 * dfn * np.log(dfn) + sc.xlogy(0.5 * dfn - 1, y)
                  - 0.5 * (dfn + dfd) * np.log(dfd + dfn * y) - sc.betaln(0.5 * dfn, 0.5 * dfd) - np.log(scale))


def vonmises(x: Any, kappa: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """Log-density of the von Mises distribution."""
    y = (x - loc) / scale
    return kappa * (np.cos(y) - 1) - 1.8378770664093453 - np.log(sc.i0e(kappa)) - np.log(scale)


def genextreme(x: Any, c: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """Log-density of the generalised extreme value distribution, for a shape that is not 0."""
    y = (x - loc) / scale
    inside = c * y < 1
    y = np.where(inside, y, 0.0)
    inner = np.log1p(-c * y) / c
    return within(inside, inner - inner * c - np.exp(inner) - np.log(scale))


def genpareto(x: Any, c: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """Log-density of the generalised Pareto distribution, for a shape that is not 0."""
    y = (x - loc) / scale
    inside = (y >= 0) & (c * y > -1)
    y = np.where(inside, y, 0.0)
    return within(inside, -(1 + 1 / c) * np.log1p(c * y) - np.log(scale))


def chi(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """Log-density of the chi distribution."""
    y = (x - loc) / scale
    inside = y > 0
    y = np.where(inside, y, 1.0)
    return within(inside, 0.6931471805599453 * (1 - 0.5 * df) - sc.gammaln(0.5 * df) + sc.xlogy(df - 1, y)
                  - 0.5 * y * y - np.log(scale))


def lomax(x: Any, c: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """Log-density of the Lomax distribution."""
    y = (x - loc) / scale
    inside = y >= 0
    y = np.where(inside, y, 1.0)
    return within(inside, np.log(c) - (c + 1) * np.log1p(y) - np.log(scale))


def invweibull(x: Any, c: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """Log-density of the inverted Weibull distribution."""
    y = (x - loc) / scale
    inside = y > 0
    y = np.where(inside, y, 1.0)
    return within(inside, np.log(c) - (c + 1) * np.log(y) - y**-c - np.log(scale))


def powerlaw(x: Any, a: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """Log-density of the power-function distribution."""
    y = (x - loc) / scale
    inside = (y > 0) & (y <= 1)
    y = np.where(inside, y, 1.0)
    return within(inside, np.log(a) + sc.xlogy(a - 1, y) - np.log(scale))


def nakagami(x: Any, nu: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """Log-density of the Nakagami distribution."""
    y = (x - loc) / scale
    inside = y > 0
    y = np.where(inside, y, 1.0)
    return within(inside, (0.6931471805599453 + sc.xlogy(nu, nu) - sc.gammaln(nu) + sc.xlogy(2 * nu - 1, y) - nu * y * y
            - np.log(scale)))


def exponweib(x: Any, a: Any, c: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """Log-density of the exponentiated Weibull distribution."""
    y = (x - loc) / scale
    inside = y > 0
    y = np.where(inside, y, 1.0)
    power = -y**c
    return within(inside, (np.log(a) + np.log(c) + sc.xlogy(a - 1, -np.expm1(power)) + power + sc.xlogy(c - 1, y)
            - np.log(scale)))


LOG_DENSITIES: dict[Any, Callable[..., Any]] = {
    st.truncnorm: truncnorm, st.skewnorm: skewnorm, st.f: fisher, st.vonmises: vonmises, st.genextreme: genextreme,
    st.genpareto: genpareto, st.chi: chi, st.lomax: lomax, st.invweibull: invweibull, st.powerlaw: powerlaw,
    st.nakagami: nakagami, st.exponweib: exponweib,
}


def density(log_density: Callable[..., Any]) -> Callable[..., Any]:
    """The density, from its logarithm."""
    def pdf(x: Any, *args: Any, **kwds: Any) -> Any:
        return np.exp(log_density(x, *args, **kwds))
    return pdf


def standardised(function: Callable[..., Any]) -> Callable[..., Any]:
    """A distribution function from that of the standardised variable: `function(y, *shapes)`."""
    def cdf0(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
        return function((x - loc) / scale)
    return cdf0


def with_shape(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The same for a family with one shape parameter."""
    def cdf1(x: Any, shape: Any = None, loc: Any = 0, scale: Any = 1, **kwds: Any) -> Any:
        return function((x - loc) / scale, kwds[name] if shape is None else shape)
    return cdf1


def beta_cdf(x: Any, a: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The distribution function of the beta distribution."""
    return sc.betainc(a, b, np.clip((x - loc) / scale, 0, 1))


def poisson_cdf(k: Any, mu: Any, loc: Any = 0) -> Any:
    """The distribution function of the Poisson distribution."""
    count = np.floor(np.asarray(k) - loc)
    return np.where(count < 0, 0.0, sc.gammaincc(np.maximum(count, 0.0) + 1, mu))


def of_positive(y: Any) -> Any:
    """The part of a variable that lies in the support of a family of positive numbers."""
    return np.maximum(y, 0)


CDFS: dict[Any, Callable[..., Any]] = {
    st.expon: standardised(lambda y: -np.expm1(-of_positive(y))),
    st.uniform: standardised(lambda y: np.clip(y, 0, 1)),
    st.logistic: standardised(lambda y: sc.expit(y)),
    st.cauchy: standardised(lambda y: 0.5 + np.arctan(y) / np.pi),
    st.laplace: standardised(lambda y: np.where(y > 0, 1 - 0.5 * np.exp(-np.abs(y)), 0.5 * np.exp(-np.abs(y)))),
    st.gumbel_r: standardised(lambda y: np.exp(-np.exp(-y))),
    st.gumbel_l: standardised(lambda y: -np.expm1(-np.exp(y))),
    st.rayleigh: standardised(lambda y: -np.expm1(-0.5 * of_positive(y) ** 2)),
    st.halfnorm: standardised(lambda y: sc.erf(of_positive(y) / np.sqrt(2.0))),
    st.gamma: with_shape(lambda y, a: sc.gammainc(a, of_positive(y)), "a"),
    st.invgamma: with_shape(lambda y, a: np.where(y > 0, sc.gammaincc(a, 1 / np.where(y > 0, y, 1.0)), 0.0), "a"),
    st.chi2: with_shape(lambda y, df: sc.gammainc(df / 2, of_positive(y) / 2), "df"),
    st.t: with_shape(lambda y, df: sc.stdtr(df, y), "df"),
    st.lognorm: with_shape(lambda y, s: np.where(y > 0, sc.ndtr(np.log(np.where(y > 0, y, 1.0)) / s), 0.0), "s"),
    st.weibull_min: with_shape(lambda y, c: -np.expm1(-of_positive(y) ** c), "c"),
    st.pareto: with_shape(lambda y, b: 1 - np.maximum(y, 1) ** -b, "b"),
    st.beta: beta_cdf, st.poisson: poisson_cdf,
}
