"""Statistics of samples in `scipy.stats`."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.special as sc
import scipy.stats as st

from ad_compiler.rules.written import Written
from ad_compiler.rules.written.options import unsupported


def zscore(a: Any, axis: Any = 0, ddof: int = 0, nan_policy: str = "propagate") -> Any:
    """Deviations from the mean in units of the standard deviation."""
    return (a - np.mean(a, axis, keepdims=True)) / np.std(a, axis, ddof=ddof, keepdims=True)


def moment(a: Any, order: Any = 1, axis: Any = 0, nan_policy: str = "propagate", *, center: Any = None) -> Any:
    """A central moment."""
    middle = np.mean(a, axis, keepdims=True) if center is None else center
    return np.mean((a - middle) ** order, axis)


def skew(a: Any, axis: Any = 0, bias: bool = True, nan_policy: str = "propagate") -> Any:
    """Sample skewness."""
    deviation = a - np.mean(a, axis, keepdims=True)
    found = np.mean(deviation**3, axis) / np.mean(deviation**2, axis) ** 1.5
    if bias:
        return found
    n = np.size(a) if axis is None else np.shape(a)[axis]
    return found * np.sqrt((n - 1.0) * n) / (n - 2.0)


def kurtosis(a: Any, axis: Any = 0, fisher: bool = True, bias: bool = True, nan_policy: str = "propagate") -> Any:
    """Sample kurtosis; of the normal distribution 0 with `fisher`, else 3."""
    deviation = a - np.mean(a, axis, keepdims=True)
    found = np.mean(deviation**4, axis) / np.mean(deviation**2, axis) ** 2
    if not bias:
        n = np.size(a) if axis is None else np.shape(a)[axis]
        found = 1.0 / ((n - 2) * (n - 3)) * ((n**2 - 1.0) * found - 3 * (n - 1) ** 2.0) + 3.0
    return found - 3 if fisher else found


def gmean(a: Any, axis: Any = 0, dtype: Any = None, weights: Any = None) -> Any:
    """Geometric mean."""
    return np.exp(np.average(np.log(a), axis, weights))


def hmean(a: Any, axis: Any = 0, dtype: Any = None, *, weights: Any = None) -> Any:
    """Harmonic mean."""
    return 1 / np.average(1 / np.asarray(a), axis, weights)


def pmean(a: Any, p: Any, *, axis: Any = 0, dtype: Any = None, weights: Any = None) -> Any:
    """Power mean, of a power that is not 0."""
    return np.average(a**p, axis, weights) ** (1 / p)


def sem(a: Any, axis: Any = 0, ddof: int = 1, nan_policy: str = "propagate") -> Any:
    """Standard error of the mean."""
    n = np.size(a) if axis is None else np.shape(a)[axis]
    return np.std(a, axis, ddof=ddof) / np.sqrt(n)


def variation(a: Any, axis: Any = 0, nan_policy: str = "propagate", ddof: int = 0, *, keepdims: bool = False) -> Any:
    """Coefficient of variation."""
    return np.std(a, axis, ddof=ddof, keepdims=keepdims) / np.mean(a, axis, keepdims=keepdims)


def relative_entropy(pk: Any, qk: Any = None, base: Any = None, axis: int = 0) -> Any:
    """Entropy of probabilities, or their relative entropy to others; both are scaled to sum to 1."""
    p = pk / np.sum(pk, axis=axis, keepdims=True)
    if qk is None:
        found = np.sum(sc.entr(p), axis=axis)
    else:
        found = np.sum(sc.rel_entr(p, qk / np.sum(qk, axis=axis, keepdims=True)), axis=axis)
    return found if base is None else found / np.log(base)


class PearsonRResult(NamedTuple):
    """Correlation and its probability by chance."""

    statistic: Any
    pvalue: Any


def pearsonr(x: Any, y: Any) -> Any:
    """Pearson's correlation of two samples, two-sided."""
    a, b = x - np.mean(x), y - np.mean(y)
    r = np.sum(a * b) / np.sqrt(np.sum(a * a) * np.sum(b * b))
    half = np.shape(x)[0] / 2 - 1
    return PearsonRResult(r, 2 * sc.betainc(half, half, 0.5 * (1 - np.abs(r))))


class LinregressResult(NamedTuple):
    """A line through points."""

    slope: Any
    intercept: Any
    rvalue: Any
    pvalue: Any
    stderr: Any
    intercept_stderr: Any


def linregress(x: Any, y: Any) -> Any:
    """The line through points with the least squares, and how sure it is."""
    n = np.shape(x)[0]
    a, b = x - np.mean(x), y - np.mean(y)
    xx, yy, xy = np.mean(a * a), np.mean(b * b), np.mean(a * b)
    slope, r = xy / xx, xy / np.sqrt(xx * yy)
    error = np.sqrt((1 - r * r) * yy / xx / (n - 2))
    t = r * np.sqrt((n - 2) / ((1 - r) * (1 + r)))
    return LinregressResult(slope, np.mean(y) - slope * np.mean(x), r, 2 * sc.stdtr(n - 2, -np.abs(t)), error,
                            error * np.sqrt(xx + np.mean(x) ** 2))


def iqr(x: Any, axis: Any = None, rng: Any = (25, 75), scale: Any = 1.0, nan_policy: str = "propagate",
        interpolation: str = "linear", keepdims: bool = False) -> Any:
    """The range between two percentiles."""
    return (np.percentile(x, rng[1], axis, method=interpolation, keepdims=keepdims)
            - np.percentile(x, rng[0], axis, method=interpolation, keepdims=keepdims)) / scale


def tmean(a: Any, limits: Any = None, inclusive: Any = (True, True), axis: Any = None) -> Any:
    """The mean, without limits."""
    if limits is not None:
        unsupported("scipy.stats.tmean with limits has no derivative here: use np.mean(a, where=...)")
    return np.mean(a, axis)


def boxcox_llf(lmb: Any, data: Any, *, axis: int = 0, keepdims: bool = False, nan_policy: str = "propagate") -> Any:
    """The log-likelihood of a Box-Cox transform."""
    logs = np.log(data)
    spread = np.log(np.var(sc.boxcox(data, lmb), axis=axis, keepdims=keepdims))
    return (lmb - 1) * np.sum(logs, axis=axis, keepdims=keepdims) - 0.5 * np.shape(data)[axis] * spread


DEFINITIONS: dict[Any, Written] = {
    st.zscore: Written(zscore), st.moment: Written(moment), st.skew: Written(skew), st.kurtosis: Written(kurtosis),
    st.gmean: Written(gmean), st.hmean: Written(hmean), st.pmean: Written(pmean), st.sem: Written(sem),
    st.variation: Written(variation), st.entropy: Written(relative_entropy), st.pearsonr: Written(pearsonr),
    st.linregress: Written(linregress), st.iqr: Written(iqr), st.tmean: Written(tmean, harmless=("inclusive",)),
    st.boxcox_llf: Written(boxcox_llf),
}
