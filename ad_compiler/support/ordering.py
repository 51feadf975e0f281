"""Derivatives of order statistics: quantiles in the data and in their level."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.support.dispatch import overridable


def as_lines(a: Any, axis: Any) -> tuple[Any, tuple[int, ...]]:
    """`a` with the reduced axes as one last axis, and the shape of the other axes."""
    a = np.asarray(a)
    if axis is None:
        return a.reshape(-1), ()
    reduced = tuple(one % a.ndim for one in (axis if isinstance(axis, tuple) else (axis,)))
    others = tuple(one for one in range(a.ndim) if one not in reduced)
    lines = np.transpose(a, (*others, *reduced))
    shape = lines.shape[: len(others)]
    return lines.reshape(*shape, -1), shape


def from_lines(lines: Any, shape: tuple[int, ...], axis: Any) -> Any:
    """The inverse of `as_lines`, for an array of `shape`."""
    if axis is None:
        return lines.reshape(shape)
    ndim = len(shape)
    reduced = tuple(one % ndim for one in (axis if isinstance(axis, tuple) else (axis,)))
    others = tuple(one for one in range(ndim) if one not in reduced)
    order = (*others, *reduced)
    return np.transpose(lines.reshape([shape[one] for one in order]), np.argsort(order))


def positions(lines: Any, q: Any, method: str, skip_nan: bool) -> tuple[Any, Any, Any]:
    """Rank below, rank above and weight of the one above, of each quantile of each line: shape q.shape +
    lines.

    Every method of NumPy lies between two neighbours in rank. Where, the quantile of 0, 1, 2, ... tells.
    """
    q = np.asarray(q, float)
    counts = np.sum(~np.isnan(lines), axis=-1) if skip_nan else np.full(lines.shape[:-1], lines.shape[-1])
    place = np.zeros((*q.shape, *counts.shape))
    for count in np.unique(counts):
        if count:
            ranks = np.quantile(np.arange(float(count)), q, method=method)  # type: ignore[call-overload]
            place[..., counts == count] = np.reshape(ranks, (*q.shape, 1))
    low = np.floor(place).astype(int)
    return low, np.minimum(low + 1, np.maximum(counts - 1, 0)), (place - low).astype(np.real(lines).dtype)


@overridable
def quantile_transposed(v: Any, a: Any, q: Any, axis: Any, keepdims: bool, method: str,
                        skip_nan: bool = False) -> Any:
    """Cotangent of `a` under `np.quantile(a, q, axis, method=method, keepdims=keepdims)`."""
    lines, outer = as_lines(a, axis)
    order = np.argsort(lines, axis=-1)
    low, high, weight = positions(lines, q, method, skip_nan)
    v = np.reshape(v, weight.shape) if keepdims else v
    by_rank = np.zeros(lines.shape, v.dtype)
    for one in np.ndindex(np.shape(q)):
        line = np.ix_(*(np.arange(n) for n in outer)) if outer else ()
        np.add.at(by_rank, (*line, low[one]), v[one] * (1 - weight[one]))
        np.add.at(by_rank, (*line, high[one]), v[one] * weight[one])
    bar = np.zeros_like(by_rank)
    np.put_along_axis(bar, order, by_rank, -1)
    return from_lines(bar, np.shape(a), axis)


@overridable
def quantile_tangent(v: Any, a: Any, q: Any, axis: Any, keepdims: bool, method: str,
                     skip_nan: bool = False) -> Any:
    """Tangent of `np.quantile(a, q, axis, method=method, keepdims=keepdims)` along `d` in `a`."""
    lines, outer = as_lines(a, axis)
    by_rank = np.take_along_axis(as_lines(v, axis)[0], np.argsort(lines, axis=-1), -1)
    low, high, weight = positions(lines, q, method, skip_nan)
    line = np.ix_(*(np.arange(n) for n in outer)) if outer else ()
    tangent = by_rank[(*line, low)] * (1 - weight) + by_rank[(*line, high)] * weight
    return np.reshape(tangent, reduced_shape(np.shape(a), np.shape(q), axis)) if keepdims else tangent


@overridable
def quantile_slope(a: Any, q: Any, axis: Any, keepdims: bool, method: str, skip_nan: bool = False) -> Any:
    """Derivative of a quantile in `q`: the gap between its neighbours times the speed of its rank.

    0 for methods that jump, and at the ends, where the rank stands still.
    """
    lines, outer = as_lines(a, axis)
    ordered = np.sort(lines, axis=-1)
    low, high, weight = positions(lines, q, method, skip_nan)
    counts = np.sum(~np.isnan(lines), axis=-1) if skip_nan else lines.shape[-1]
    extra = {"linear": -1.0, "hazen": 0.0, "weibull": 1.0, "median_unbiased": 1 / 3, "normal_unbiased": 0.25,
             "interpolated_inverted_cdf": 0.0}.get(method)
    inside = (weight > 0) & (weight < 1)
    speed = np.where(inside, counts + extra, 0.0) if extra is not None else np.zeros_like(weight)
    line = np.ix_(*(np.arange(n) for n in outer)) if outer else ()
    gap = ordered[(*line, high)] - ordered[(*line, low)]
    slope = gap * speed.astype(gap.dtype)
    return np.reshape(slope, reduced_shape(np.shape(a), np.shape(q), axis)) if keepdims else slope


def reduced_shape(shape: tuple[int, ...], q_shape: tuple[int, ...], axis: Any) -> tuple[int, ...]:
    """Shape of the quantiles with the reduced axes kept."""
    if axis is None:
        return (*q_shape, *(1 for _ in shape))
    reduced = {one % len(shape) for one in (axis if isinstance(axis, tuple) else (axis,))}
    return (*q_shape, *(1 if one in reduced else length for one, length in enumerate(shape)))
