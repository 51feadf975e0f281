"""Densities of several variables in `scipy.stats`."""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sc
import scipy.stats as st

from ad_compiler.rules.written import Written


def normal_pdf(x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
    """The density of the multivariate normal distribution."""
    return np.exp(st.multivariate_normal.logpdf(x, mean, cov, allow_singular))


def normal_entropy(mean: Any = None, cov: Any = 1) -> Any:
    """The entropy of the multivariate normal distribution."""
    n = np.shape(cov)[0]
    return 0.5 * (n * 2.8378770664093453 + np.linalg.slogdet(cov)[1])


def student_logpdf(x: Any, loc: Any = None, shape: Any = 1, df: Any = 1, allow_singular: bool = False) -> Any:
    """Log-density of the multivariate t distribution."""
    n = np.shape(x)[-1]
    centred = x if loc is None else x - loc
    factor = np.linalg.cholesky(shape)
    white = np.linalg.solve(factor, centred.T)
    square = np.sum(white * white, axis=0)
    half = 0.5 * (df + n)
    return (sc.gammaln(half) - sc.gammaln(0.5 * df) - 0.5 * n * np.log(df * np.pi)
            - np.sum(np.log(np.diagonal(factor))) - half * np.log1p(square / df))


def dirichlet_logpdf(x: Any, alpha: Any) -> Any:
    """Log-density of the Dirichlet distribution; the variables are the first axis of `x`."""
    weights = np.reshape(alpha - 1, (-1,) + (1,) * (np.ndim(x) - 1))
    return sc.gammaln(np.sum(alpha)) - np.sum(sc.gammaln(alpha)) + np.sum(sc.xlogy(weights, x), axis=0)


def dirichlet_pdf(x: Any, alpha: Any) -> Any:
    """Density of the Dirichlet distribution."""
    return np.exp(dirichlet_logpdf(x, alpha))


def multinomial_logpmf(x: Any, n: Any, p: Any) -> Any:
    """Logarithm of the probability of counts."""
    counts = np.asarray(x)
    return sc.gammaln(n + 1.0) + np.sum(sc.xlogy(counts, p) - sc.gammaln(counts + 1.0), axis=-1)


def wishart_logpdf(x: Any, df: Any, scale: Any) -> Any:
    """Log-density of the Wishart distribution at one matrix."""
    n = np.shape(x)[0]
    halves = 0.5 * (df - np.arange(n))
    many = 0.25 * n * (n - 1) * 1.1447298858494002 + np.sum(sc.gammaln(halves))
    return (0.5 * (df - n - 1) * np.linalg.slogdet(x)[1] - 0.5 * np.trace(np.linalg.solve(scale, x))
            - 0.5 * df * n * 0.6931471805599453 - 0.5 * df * np.linalg.slogdet(scale)[1] - many)


DEFINITIONS: dict[Any, Written] = {
    st.multivariate_normal.pdf: Written(normal_pdf),
    st.multivariate_normal.entropy: Written(normal_entropy, harmless=("mean",)),
    st.multivariate_t.logpdf: Written(student_logpdf), st.dirichlet.logpdf: Written(dirichlet_logpdf),
    st.dirichlet.pdf: Written(dirichlet_pdf),
    st.multinomial.logpmf: Written(multinomial_logpmf), st.wishart.logpdf: Written(wishart_logpdf),
}
