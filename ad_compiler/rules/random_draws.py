"""Random draws. A draw is a constant, but for what shifts and scales it: there it is differentiated by the
draw.

`normal(loc, scale)` is `loc + scale * z` with a constant z, and so on ("reparametrised"). Parameters of
shape (of `gamma`) have no rule: an active one is refused. The same rows serve methods of generators
(`rules.find`).
"""
from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator, RandomState

from ad_compiler.rules.row import Row, elementwise, zero
from ad_compiler.rules.samples import Samples, calls
from ad_compiler.rules.samples import call as of

LOCATED: Samples = calls(lambda s: of(0.5, 1.5, 4), lambda s: of(s.real(3), s.real(2, 3, low=0.5)),
                         lambda s: of(s.real(2, 1), 0.7, size=(2, 3)))
SCALED: Samples = calls(lambda s: of(1.5, 4), lambda s: of(s.real(2, 3, low=0.5)))
SHIFTED = "loc=0.0, scale=1.0, size=None"


def located(function: Any) -> Row:
    """A draw `loc + scale * z`."""
    return elementwise(function, SHIFTED, random=True, samples=LOCATED, loc=lambda: 1,
                       scale=lambda loc, scale, out: (out - loc) / scale)


def scaled(function: Any) -> Row:
    """A draw `scale * z`."""
    return elementwise(function, "scale=1.0, size=None", random=True, samples=SCALED,
                       scale=lambda scale, out: out / scale)


DRAWS = ("beta", "binomial", "bytes", "chisquare", "dirichlet", "f", "geometric", "hypergeometric",
         "integers",
         "logseries", "multinomial", "multivariate_hypergeometric", "negative_binomial",
         "noncentral_chisquare",
         "noncentral_f", "pareto", "poisson", "power", "rand", "randint", "randn", "random",
         "random_integers",
         "random_raw", "random_sample", "ranf", "sample", "standard_cauchy", "standard_exponential",
         "standard_normal", "standard_t", "tomaxint", "weibull", "zipf")


def of_every_kind(names: tuple[str, ...]) -> list[Any]:
    """The functions of these names: of the module, and the methods of both kinds of generator."""
    found = [getattr(owner, name) for name in names for owner in (np.random, Generator, RandomState)
             if hasattr(owner, name)]
    return list(dict.fromkeys(found))


RULES: tuple[Row, ...] = (
    *(located(function) for function in (np.random.normal, np.random.laplace, np.random.logistic,
                                         np.random.gumbel)),
    *(scaled(function) for function in (np.random.exponential, np.random.rayleigh)),
    elementwise(np.random.uniform, "low=0.0, high=1.0, size=None", random=True,
                low=lambda low, high, out: (high - out) / (high - low),
                high=lambda low, high, out: (out - low) / (high - low),
                samples=calls(lambda s: of(0.5, 1.5, 4), lambda s: of(s.real(3, high=0.5),
                                                                      s.real(2, 3, low=1)))),
    elementwise(np.random.lognormal, "mean=0.0, sigma=1.0, size=None", random=True, mean=lambda out: out,
                sigma=lambda mean, sigma, out: out * (np.log(out) - mean) / sigma, samples=LOCATED),
    elementwise(np.random.gamma, "shape, scale=1.0, size=None", random=True, scale=lambda scale,
                out: out / scale,
                note="`shape` has no rule", samples=calls(lambda s: of(2, 1.5, 4), lambda s: of(
                    3, s.real(2, 3, low=0.5)))),
    *zero(*of_every_kind(DRAWS), random=True, reason="a draw is a constant"),
    *zero(np.random.seed, np.random.get_state, np.random.set_state, np.random.default_rng, Generator,
          RandomState,
          np.random.SeedSequence, np.random.PCG64, np.random.PCG64DXSM, np.random.MT19937, np.random.Philox,
          np.random.SFC64, np.random.BitGenerator, random=True, reason="about the generator itself"),
)
