"""Storing by index with a reduction, and copies with a part replaced."""
from __future__ import annotations

from typing import Any

import numpy as np

from runtime import own_rows
from runtime.composite import composite
from runtime.creation import ones_like, zeros_like
from runtime.dispatch import Op, record
from runtime.ops import pick
from runtime.ops.flat import lifted
from runtime.ops.pointwise import where
from runtime.ops.reduce import axis_of
from runtime.promotion import plain
from runtime.tensor import Tensor

REDUCTIONS = ("sum", "prod", "mean", "amax", "amin")
DIAGONAL_SCATTER = Op(own_rows.INDEX_PUT, "DiagonalScatterBackward0")


def scatter_reduce(self: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True) -> Any:
    """The elements of `src` reduced into `self` at `index` along `dim`; `include_self` counts the old element.

    `reduce` is "sum", "prod", "mean", "amax" or "amin"; elements that are equal share the gradient of an extremum.
    """
    axis = axis_of(dim, self._data.ndim)
    if reduce not in REDUCTIONS:
        raise RuntimeError("reduce argument must be either sum, prod, mean, amax or amin, got " + reduce)
    if src._data.dtype != self._data.dtype:
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    pick.gather(self.detach(), axis, index)  # raises for an index that does not fit
    return composite("ScatterReduceBackward0", _reduced, self, src, axis=axis, index=index, reduce=reduce,
                     include_self=include_self)


@lifted("IndexReduceBackward0")
def index_reduce(self: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True) -> Any:
    """Slices of `source` reduced into `self` at `index` along `dim`; `reduce` as in `scatter_reduce`."""
    axis = axis_of(dim, self._data.ndim)
    shape = [1] * self._data.ndim
    shape[axis] = -1
    full = plain(np.broadcast_to(index._data.reshape(shape), source._data.shape).copy())
    return composite("IndexReduceBackward0", _reduced, self, source, axis=axis, index=full, reduce=reduce,
                     include_self=include_self)


def _reduced(x: Any, src: Any, axis: int, index: Any, reduce: str, include_self: bool) -> Any:
    """The reduction, composed of operations that have derivatives."""
    part = src[tuple(slice(0, n) for n in index._data.shape)]
    touched = pick.scatter(zeros_like(x), axis, index, 1.0) != 0
    if reduce == "sum":
        return pick.scatter_add(x if include_self else where(touched, x * 0, x), axis, index, part)
    if reduce == "mean":
        own = ones_like(x) if include_self else where(touched, zeros_like(x), ones_like(x))
        count = pick.scatter_add(own, axis, index, ones_like(part))
        total = _reduced(x, src, axis, index, "sum", include_self)
        return total.div(count, rounding_mode="floor" if x._data.dtype.kind in "iu" else None)
    if reduce == "prod":
        return _product(x, part, axis, index, touched, include_self)
    return _extremum(x, part, axis, index, reduce, touched, include_self)


def _extremum(x: Any, part: Any, axis: int, index: Any, reduce: str, touched: Any, include_self: bool) -> Any:
    worst = -np.inf if reduce == "amax" else np.inf
    a = np.where(touched._data, worst, x._data) if not include_self else x._data
    flat = _flat_places(index._data, axis, a.shape)
    best = np.array(a).reshape(-1)
    (np.maximum if reduce == "amax" else np.minimum).at(best, flat, part._data.reshape(-1))
    out = plain(best.reshape(a.shape).astype(x._data.dtype))
    if x._data.dtype.kind not in "fc":
        return out  # no gradient is to be shared
    own = (x == out) if include_self else (~touched)
    theirs = part == pick.gather(out, axis, index)
    kept = pick.scatter_add(where(own, x, zeros_like(x)), axis, index, where(theirs, part, zeros_like(part)))
    count = pick.scatter_add(own.to(x.dtype), axis, index, theirs.to(x.dtype))
    return kept / count


def _flat_places(index: np.ndarray, axis: int, shape: tuple[int, ...]) -> np.ndarray:
    """For each element of `index`, the flat position in an array of `shape` that it names."""
    grid = list(np.indices(index.shape))
    grid[axis] = index
    return np.ravel_multi_index(grid, shape).reshape(-1)


def _product(x: Any, part: Any, axis: int, index: Any, touched: Any, include_self: bool) -> Any:
    """Factors that meet are put side by side, so that the product's own derivative deals with zeros."""
    flat = _flat_places(index._data, axis, x._data.shape)
    order = np.argsort(flat, kind="stable")
    ordered = flat[order]
    rank = np.empty_like(flat)
    starts = np.searchsorted(ordered, ordered)
    rank[order] = np.arange(flat.size) - starts
    width = int(rank.max(initial=-1)) + 2
    table = ones_like(x).reshape(-1, 1).repeat(1, width)
    first = x if include_self else where(touched, ones_like(x), x)
    table = pick.index_put(table, (plain(np.arange(x._data.size)), plain(np.zeros(x._data.size, int))),
                           first.reshape(-1))
    table = pick.index_put(table, (plain(flat), plain(rank + 1)), part.reshape(-1))
    return table.prod(1).reshape(x.shape)


def diagonal_scatter(input: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A copy with `src` stored on a diagonal."""
    shape = input._data.shape
    places = np.diagonal(np.arange(input._data.size).reshape(shape), offset, dim1, dim2)
    if places.shape != src._data.shape:
        raise RuntimeError("expected src to have a size equal to the slice of self. src size = "
                           f"{list(src._data.shape)}, slice size = {list(places.shape)}")
    at = tuple(np.unravel_index(places, shape))
    return record(DIAGONAL_SCATTER, Tensor, (input, at, src, False),
                  own_rows.index_put(input._data, at, src._data, False))


FUNCTIONS: dict[str, Any] = {f.__name__: f for f in (scatter_reduce, index_reduce, diagonal_scatter)}
