"""Statistics of NumPy in the parameters that their rows leave out."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules.written import Written


def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """`np.average`, with the sum of the weights."""
    mean = np.average(a, axis, weights, keepdims=keepdims)
    if not returned:
        return mean
    if weights is None:
        total = np.size(a) / np.size(mean) * np.ones_like(mean)
    else:
        total = np.sum(spread_weights(a, axis, weights), axis=axis, keepdims=keepdims)
    return mean, total


def spread_weights(a: Any, axis: Any, weights: Any) -> Any:
    """Weights of the array's own shape: a vector of weights lies along the axis."""
    if np.ndim(weights) == np.ndim(a):
        return np.broadcast_to(weights, np.shape(a))
    after = np.ndim(a) - 1 - axis % np.ndim(a)
    return np.broadcast_to(np.reshape(weights, (-1,) + (1,) * after), np.shape(a))


def cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None, fweights: Any = None,
        aweights: Any = None, *, dtype: Any = None) -> Any:
    """`np.cov` of one or two sets of variables, with frequency and importance weights."""
    X = variables(m, rowvar)
    if y is not None:
        X = np.concatenate([X, variables(y, rowvar)], axis=0)
    if ddof is None:
        ddof = 0 if bias else 1
    if aweights is not None and np.iscomplexobj(aweights):
        aweights = np.real(aweights)  # NumPy makes real numbers of them, with a ComplexWarning
    weights = combined(fweights, aweights)
    if weights is None:
        deviation = X - np.mean(X, axis=1, keepdims=True)
        found = deviation @ np.conj(deviation.T) / (X.shape[1] - ddof)
    else:
        total = np.sum(weights)
        freedom = total - ddof * (1 if aweights is None else np.sum(weights * aweights) / total)
        deviation = X - np.sum(X * weights, axis=1, keepdims=True) / total
        found = (deviation * weights) @ np.conj(deviation.T) / freedom
    return found[0, 0] if np.ndim(m) < 2 and y is None else of_several(found, X)


def of_several(found: Any, X: Any) -> Any:
    """The covariances as NumPy gives them, where an array of variables may hold one only."""
    return np.squeeze(found)


def _several(lo: Any, function: Any, args: Any, kwargs: Any, node: Any, hint: Any) -> Any:
    """Compiled: as they are, since a size 1 is part of a type. A single variable is the tape's."""
    rows = lo.operand(args[1], node).type.dims[0]
    if not rows.terms and rows.const == 1:
        lo.fail("AD108", node, "np.cov of an array with one variable is a number",
                "give the variable as a vector, or use np.var")
    return args[0]


of_several.__ad_transform__ = _several


def variables(m: Any, rowvar: bool) -> Any:
    """One variable a row."""
    X = np.asarray(m) if np.ndim(m) == 2 else np.atleast_2d(m)  # the second forgets whether there is one only
    return X.T if not rowvar and np.ndim(m) > 1 else X


def combined(fweights: Any, aweights: Any) -> Any:
    """The product of the weights that are given; None without any."""
    if fweights is None:
        return aweights
    return np.asarray(fweights) * 1.0 if aweights is None else np.asarray(fweights) * aweights


def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """`np.corrcoef` of two sets of variables."""
    X = variables(x, rowvar)
    if y is not None:
        X = np.concatenate([X, variables(y, rowvar)], axis=0)
    return np.corrcoef(X)


def var(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, *,
        where: Any = True, mean: Any = None, correction: Any = None) -> Any:
    """`np.var` about a mean that is given."""
    if mean is None:
        mean = np.mean(a, axis, keepdims=True, where=where)
    if where is True:
        count = np.size(a) / np.size(np.sum(a, axis=axis))
    else:
        count = np.sum(np.broadcast_to(where, np.shape(a)), axis=axis, keepdims=keepdims)
    square = np.abs(a - mean) ** 2
    return np.sum(square, axis=axis, dtype=dtype, keepdims=keepdims, where=where) / (
        count - (ddof if correction is None else correction))


def std(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, *,
        where: Any = True, mean: Any = None, correction: Any = None) -> Any:
    """`np.std` about a mean that is given."""
    return np.sqrt(var(a, axis, dtype, None, ddof, keepdims, where=where, mean=mean, correction=correction))


def nanvar(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, *,
           where: Any = True, mean: Any = None, correction: Any = None) -> Any:
    """`np.nanvar` about a mean that is given."""
    there = np.logical_and(np.logical_not(np.isnan(a)), where)
    return var(a, axis, dtype, None, ddof, keepdims, where=there, mean=mean, correction=correction)


def nanstd(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, *,
           where: Any = True, mean: Any = None, correction: Any = None) -> Any:
    """`np.nanstd` about a mean that is given."""
    return np.sqrt(nanvar(a, axis, dtype, None, ddof, keepdims, where=where, mean=mean, correction=correction))


def median(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    """`np.median`; the input is not overwritten."""
    return np.median(a, axis, keepdims=keepdims)


def quantile(a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, method: str = "linear",
             keepdims: bool = False, *, weights: Any = None) -> Any:
    """`np.quantile` with weights: the value at which their running sum passes `q` times the whole."""
    if weights is None:
        return np.quantile(a, q, axis, method=method, keepdims=keepdims)
    if axis is None:
        found = weighted_quantile(np.ravel(a), np.ravel(weights), q)
        return np.reshape(found, np.shape(q) + (1,) * np.ndim(a)) if keepdims else found
    moved = np.moveaxis(a, axis, 0)
    heavy = np.moveaxis(spread_weights(a, axis, weights), axis, 0)
    found = weighted_quantile(moved, heavy, q)
    return np.expand_dims(found, np.ndim(q) + axis % np.ndim(a)) if keepdims else found


def weighted_quantile(a: Any, weights: Any, q: Any) -> Any:
    """Weighted quantiles along the first axis, by the inverse of the distribution function."""
    order = np.argsort(a, axis=0)
    running = np.cumsum(np.take_along_axis(weights, order, axis=0), axis=0)
    share = running / running[-1]
    level = np.reshape(np.asarray(q), np.shape(q) + (1,) * np.ndim(a))
    place = np.minimum(np.sum(share < level, axis=np.ndim(q)), np.shape(a)[0] - 1)
    values = np.take_along_axis(a, order, axis=0)
    if np.ndim(a) == 1:
        return values[place]
    return np.take_along_axis(values, place[None] if np.ndim(q) == 0 else place, axis=0)[0 if np.ndim(q) == 0 else ...]


def percentile(a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
               method: str = "linear", keepdims: bool = False, *, weights: Any = None) -> Any:
    """`np.percentile` with weights."""
    return quantile(a, np.asarray(q) / 100, axis, out, overwrite_input, method, keepdims, weights=weights)


DEFINITIONS: dict[Any, Written] = {
    np.average: Written(average), np.cov: Written(cov), np.corrcoef: Written(corrcoef), np.var: Written(var),
    np.std: Written(std), np.nanvar: Written(nanvar), np.nanstd: Written(nanstd), np.median: Written(median),
    np.quantile: Written(quantile), np.percentile: Written(percentile),
}
