"""Rows of counts in `scipy.stats`: probabilities and distribution functions, by the parameters."""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sc
import scipy.stats as st

from ad_compiler.rules.row import Formula, Row, elementwise
from ad_compiler.rules.samples import Samples, call, calls
from ad_compiler.rules.scipy_calls import through
from ad_compiler.rules.special_elementary import quotient


def counts(distribution: Any, signature: str, samples: Samples, **slopes: tuple[Formula, Formula]) -> tuple[Row, Row]:
    """Rows of `logpmf` and `pmf`; `slopes` are the derivatives of both by a parameter.

    Those of `pmf` divide by no probability, which may be zero: at the ends of the range they are one-sided.
    """
    by_log, by_mass = ({name: pair[k] for name, pair in slopes.items()} for k in (0, 1))
    return (elementwise(distribution.logpmf, signature, samples=samples, **by_log),
            elementwise(distribution.pmf, signature, samples=samples, **by_mass))


poisson, binom, nbinom = through(st.poisson.pmf), through(st.binom.pmf), through(st.nbinom.pmf)
beta = through(st.beta.pdf)


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


PROBABILITIES: tuple[Row, ...] = (
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


def below(distribution: Any, signature: str, samples: Samples, name: str, fall: Formula) -> tuple[Row, ...]:
    """Rows of `cdf`, `sf` and their logarithms by the parameter `name`.

    `fall(k, ...)` is minus the derivative of the distribution function at the whole number `k`, by the arguments of the
    signature; it is zero below the range.
    """
    def by(sign: int, logarithm: bool) -> Formula:
        def formula(*values: Any) -> Any:
            k, *parameters, loc, out = values
            slope = sign * fall(np.floor(k - loc), *parameters)
            return slope / np.exp(np.where(slope == 0, 0, out)) if logarithm else slope
        formula.reads = (*(part.split("=")[0] for part in signature.split(", ")), "out")
        return formula
    return tuple(elementwise(function, signature, samples=samples, **{name: by(sign, logarithm)})
                 for function, sign, logarithm in (
                     (distribution.cdf, -1, False), (distribution.sf, 1, False),
                     (distribution.logcdf, -1, True), (distribution.logsf, 1, True)))


def beta_weight(k: Any, n: Any, p: Any) -> Any:
    """Minus the derivative of the distribution function of `nbinom`, which is an incomplete beta function of `p`."""
    return np.where(k < 0, 0, -beta(p, n, np.maximum(k, 0) + 1))


BELOW: tuple[Row, ...] = (
    *below(st.poisson, "k, mu, loc=0", _counted(0, 5, (0.5, 3)), "mu", lambda k, mu: poisson(k, mu)),
    *below(st.binom, "k, n, p, loc=0", calls(lambda s: call(s.integers(0, 4, 3), 5, s.real(3, low=0.2, high=0.8))),
           "p", lambda k, n, p: n * binom(k, n - 1, p)),
    *below(st.bernoulli, "k, p, loc=0", calls(lambda s: call(np.array([0, 0]), s.real(2, low=0.2, high=0.8))),
           "p", lambda k, p: 1.0 * np.equal(k, 0) + 0 * p),
    *below(st.geom, "k, p, loc=0", _counted(1, 5, (0.2, 0.8)),
           "p", lambda k, p: np.where(k < 1, 0, -k * (1 - p) ** np.maximum(k - 1, 0))),
    *below(st.nbinom, "k, n, p, loc=0", _counted(0, 5, (2, 5), (0.2, 0.8)), "p", beta_weight),
)

DISCRETE: tuple[Row, ...] = (*PROBABILITIES, *BELOW)
