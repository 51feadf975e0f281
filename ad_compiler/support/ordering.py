"""The order of lists; derivatives of order statistics: quantiles in the data and in their level."""
from __future__ import annotations

import itertools
import math
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
    return lines.reshape(*shape, math.prod(a.shape[one] for one in reduced)), shape


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
            ranks = np.quantile(np.arange(float(count)), q, method=method)
            place[..., counts == count] = np.reshape(ranks, (*q.shape, 1))
    low = np.floor(place).astype(int)
    real = np.real(lines).dtype
    weight = (place - low).astype(real if real.kind == "f" else float)  # whole numbers have quantiles between them
    return low, np.minimum(low + 1, np.maximum(counts - 1, 0)), weight


def speeds(counts: Any, weight: Any, method: str) -> Any:
    """How fast each rank moves with q; 0 for methods that jump, and at both ends, where it stands still."""
    extra = {"linear": -1.0, "hazen": 0.0, "weibull": 1.0, "median_unbiased": 1 / 3, "normal_unbiased": 0.25,
             "interpolated_inverted_cdf": 0.0}.get(method)
    if extra is None:
        return np.zeros_like(weight)
    return np.where((weight > 0) & (weight < 1), counts + extra, 0.0).astype(weight.dtype)


def neighbours(a: Any, q: Any, axis: Any, method: str, skip_nan: bool) -> tuple[Any, ...]:
    """Lines of `a`, their order, both neighbours of each quantile, its weight and its speed."""
    lines, _ = as_lines(a, axis)
    low, high, weight = positions(lines, q, method, skip_nan)
    counts = np.sum(~np.isnan(lines), axis=-1) if skip_nan else lines.shape[-1]
    return lines, np.argsort(lines, axis=-1), low, high, weight, speeds(counts, weight, method)


def line_index(lines: Any) -> tuple[Any, ...]:
    """An index that names every line of `lines`."""
    return np.ix_(*(np.arange(n) for n in lines.shape[:-1])) if lines.ndim > 1 else ()


def spread_back(at_low: Any, at_high: Any, a: Any, known: tuple[Any, ...], q: Any, axis: Any) -> Any:
    """Zeros like `a` with a value added at each quantile's lower and upper neighbour."""
    lines, order, low, high, _, _ = known
    by_rank = np.zeros(lines.shape, at_low.dtype)
    if not lines.size:
        return from_lines(by_rank, np.shape(a), axis)
    line = line_index(lines)
    for one in np.ndindex(np.shape(q)):
        np.add.at(by_rank, (*line, low[one]), at_low[one])
        np.add.at(by_rank, (*line, high[one]), at_high[one])
    bar = np.zeros_like(by_rank)
    np.put_along_axis(bar, order, by_rank, -1)
    return from_lines(bar, np.shape(a), axis)


def picked(v: Any, known: tuple[Any, ...], axis: Any) -> tuple[Any, Any]:
    """The values of `v` at each quantile's lower and upper neighbour."""
    lines, order, low, high, _, _ = known
    if not lines.size:
        nothing = np.full(low.shape, np.nan, np.asarray(v).dtype)  # as the quantiles themselves
        return nothing, nothing
    by_rank = np.take_along_axis(as_lines(v, axis)[0], order, -1)
    line = line_index(lines)
    return by_rank[(*line, low)], by_rank[(*line, high)]


@overridable
def quantile_transposed(v: Any, a: Any, q: Any, axis: Any, keepdims: bool, method: str,
                        skip_nan: bool = False) -> Any:
    """Cotangent of `a` under `np.quantile(a, q, axis, method=method, keepdims=keepdims)`."""
    known = neighbours(a, q, axis, method, skip_nan)
    weight = known[4]
    v = without_kept(v, np.ndim(q), np.ndim(a), axis) if keepdims else v
    return spread_back(v * (1 - weight), v * weight, a, known, q, axis)


@overridable
def quantile_tangent(v: Any, a: Any, q: Any, axis: Any, keepdims: bool, method: str,
                     skip_nan: bool = False) -> Any:
    """Tangent of `np.quantile(a, q, axis, method=method, keepdims=keepdims)` along `v` in `a`."""
    known = neighbours(a, q, axis, method, skip_nan)
    below, above = picked(v, known, axis)
    tangent = below * (1 - known[4]) + above * known[4]
    return np.reshape(tangent, reduced_shape(np.shape(a), np.shape(q), axis)) if keepdims else tangent


@overridable
def quantile_slope(v: Any, a: Any, q: Any, axis: Any, keepdims: bool, method: str,
                   skip_nan: bool = False) -> Any:
    """Derivative in `q` of `quantile_tangent(v, a, q, ...)`; with `v` = `a`, of the quantile itself."""
    known = neighbours(a, q, axis, method, skip_nan)
    below, above = picked(v, known, axis)
    slope = (above - below) * known[5]
    return np.reshape(slope, reduced_shape(np.shape(a), np.shape(q), axis)) if keepdims else slope


@overridable
def quantile_slope_transposed(v: Any, a: Any, q: Any, axis: Any, keepdims: bool, method: str,
                              skip_nan: bool = False) -> Any:
    """The transpose of `quantile_slope` in its first argument."""
    known = neighbours(a, q, axis, method, skip_nan)
    speed = known[5]
    v = without_kept(v, np.ndim(q), np.ndim(a), axis) if keepdims else v
    return spread_back(-v * speed, v * speed, a, known, q, axis)


def without_kept(v: Any, q_ndim: int, ndim: int, axis: Any) -> Any:
    """`v` without the axes that keepdims= kept."""
    axes = range(ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    reduced = [one % ndim for one in axes]
    return v[(slice(None),) * q_ndim + tuple(0 if one in reduced else slice(None) for one in range(ndim))]


def reduced_shape(shape: tuple[int, ...], q_shape: tuple[int, ...], axis: Any) -> tuple[int, ...]:
    """Shape of the quantiles with the reduced axes kept."""
    if axis is None:
        return (*q_shape, *(1 for _ in shape))
    reduced = {one % len(shape) for one in (axis if isinstance(axis, tuple) else (axis,))}
    return (*q_shape, *(1 if one in reduced else length for one, length in enumerate(shape)))


@overridable
def list_ranks(keys: Any) -> Any:
    """The rank of each of some lists, which are compared element by element; equal ones have the same."""
    ranks = np.zeros(len(keys), int)
    order = sorted(range(len(keys)), key=lambda place: keys[place])
    for before, place in itertools.pairwise(order):
        ranks[place] = ranks[before] + (keys[before] < keys[place])
    return ranks
