"""Order: sorting, extremes with their indices, medians."""
from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from ad_compiler import rules
from runtime import own_rows
from runtime.autograd.forward_ad import tangent_of
from runtime.core import Recorded
from runtime.dispatch import Op, record
from runtime.ops.reduce import axis_of
from runtime.promotion import binary, plain
from runtime.tensor import Tensor


def _along(name: str) -> Op:
    return Op(own_rows.TAKE_ALONG, name)


def _pair(kind: str) -> Any:
    """A named pair that prints as torch's `torch.return_types`."""
    fields = ("values", "indices")
    made = namedtuple(kind, fields)

    def text(self: Any) -> str:
        return f"torch.return_types.{kind}(\nvalues={self.values!r},\nindices={self.indices!r})"
    return type(kind, (made,), {"__slots__": (), "__repr__": text, "__module__": "torch.return_types"})


SORT, TOPK, MAX, MIN, MODE, KTH = (_along(f"{n}Backward0") for n in (
    "Sort", "Topk", "Max", "Min", "Mode", "Kthvalue"))
MEDIAN_DIM = _along("MedianBackward1")
NANMEDIAN_DIM = _along("NanmedianBackward1")
MEDIAN_ALL, NANMEDIAN, MAX_ALL, MIN_ALL = (Op(own_rows.ONE_OF_ALL, f"{n}", ("a",)) for n in (
    "MedianBackward0", "NanmedianBackward0", "MaxBackward1", "MinBackward1"))
CUMMAX, CUMMIN = _along("CummaxBackward0"), _along("CumminBackward0")
(SortResult, TopkResult, MaxResult, MinResult, MedianResult, KthResult, CummaxResult, CumminResult, ModeResult,
 NanmedianResult) = map(_pair, ("sort", "topk", "max", "min", "median", "kthvalue", "cummax", "cummin", "mode",
                                "nanmedian"))


_SCALARS: dict[str, Op] = {}  # the operations on 0-d tensors: copies


def _picked(op: Op, self: Any, index: np.ndarray, axis: int, keepdim: bool = True) -> tuple[Any, Any]:
    """Elements at an index of the same number of dimensions, recorded; and the index."""
    if not self._data.ndim:
        name = op.node.__name__
        found = _SCALARS.get(name)
        if found is None:
            found = _SCALARS[name] = Op(rules.find(np.copy), name, ("a",))
        return record(found, Tensor, (self,), self._data.copy()), plain(np.asarray(0))
    values = record(op, Tensor, (self, index, axis), own_rows.take_along(self._data, index, axis))
    indices = plain(index if keepdim else np.squeeze(index, axis))
    return (values if keepdim else _squeezed(values, axis)), indices


def _squeezed(values: Any, axis: int) -> Any:
    """The result without the reduced dimension, as the same node's result."""
    values._data = np.asarray(np.squeeze(values._data, axis))
    d = tangent_of(values)
    if d is not None:
        values._meta.dual = d.squeeze(axis)
    node = values._node
    if node is not None:
        node.__class__ = _SQUEEZED.setdefault(type(node), _squeezing(type(node)))
    return values


_SQUEEZED: dict[Any, Any] = {}


def _squeezing(kind: Any) -> Any:
    """The node class whose incoming gradient lacks the reduced dimension."""
    def formulas(self: Any, g: Any, values: Any) -> Any:
        order = [i for _, i, _ in self.recipe.sources]
        return kind.formulas(self, np.expand_dims(g, values[order.index(2)]), values)
    return type(kind.__name__, (kind,), {"__slots__": (), "formulas": formulas, "__module__": "builtins"})


def sort(self: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """Values in order along `dim`, and where they came from. Equal values keep their order."""
    axis = axis_of(dim, self._data.ndim)
    return SortResult(*_picked(SORT, self, _argsort(self._data, axis, descending), axis))


def _argsort(a: np.ndarray, axis: int, descending: bool) -> np.ndarray:
    if not a.ndim:
        return np.zeros((), np.int64)
    if not descending:
        return np.argsort(a, axis=axis, kind="stable")
    flipped = np.argsort(np.flip(a, axis), axis=axis, kind="stable")
    return a.shape[axis] - 1 - np.flip(flipped, axis)


def argsort(self: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """The indices that sort along `dim`."""
    return plain(_argsort(self._data, axis_of(dim, self._data.ndim), descending))


def topk(self: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The `k` largest (or smallest) along `dim`, in order."""
    axis = axis_of(dim, self._data.ndim)
    if self._data.ndim and k > self._data.shape[axis]:
        raise RuntimeError("selected index k out of range")
    order = _argsort(self._data, axis, largest)
    return TopkResult(*_picked(TOPK, self, order[(slice(None),) * axis + (slice(0, k),)] if order.ndim else order,
                               axis))


def max_length(a: np.ndarray, axis: int) -> int:
    """The length along `axis`; 1 for an array of no dimensions."""
    return a.shape[axis] if a.ndim else 1


def kthvalue(self: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The `k`-th smallest along `dim` (counting from 1)."""
    axis = axis_of(dim, self._data.ndim)
    if not 0 < k <= max_length(self._data, axis):
        raise RuntimeError("kthvalue(): selected number k out of range for dimension " + str(axis))
    order = _argsort(self._data, axis, False)
    if not order.ndim:
        return KthResult(*_picked(KTH, self, order, 0))
    return KthResult(*_picked(KTH, self, order[(slice(None),) * axis + (slice(k - 1, k),)], axis, keepdim))


def _all_of(function: Any, op: Op) -> Any:
    """An extreme of all elements; equal ones share its gradient."""
    return lambda x: record(op, Tensor, (x,), function(x._data))


def _extreme(name: str, op: Op, kind: Any, arg: Any, full: Any, two: str) -> Any:
    def apply(self: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None, axis: Any = None) -> Any:
        dim = axis if dim is None else dim
        if isinstance(dim, Recorded) or other is not None:
            return binary(two, self, other if other is not None else dim)
        if dim is None:
            if not self._data.size:
                raise RuntimeError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify "
                                   f"the "
                                   "reduction dim with the 'dim' argument.")
            return full(self)
        k = axis_of(dim, self._data.ndim)
        if self._data.ndim and not self._data.shape[k]:
            raise IndexError(f"{name}(): Expected reduction dim {k} to have non-zero size.")
        index = np.expand_dims(arg(self._data, axis=k), k) if self._data.ndim else np.zeros((), np.int64)
        return kind(*_picked(op, self, index, k, keepdim))
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = (f"The {name} of everything; with `dim`, values and indices; with a tensor, elementwise.")
    return apply


max = _extreme("max", MAX, MaxResult, np.argmax, _all_of(np.max, MAX_ALL), "maximum")
min = _extreme("min", MIN, MinResult, np.argmin, _all_of(np.min, MIN_ALL), "minimum")


def _median(name: str, whole: Op, along: Op, kind: Any, skip: bool) -> Any:
    def apply(self: Any, dim: Any = None, keepdim: bool = False) -> Any:
        if dim is None:
            flat = self._data.reshape(-1)
            return record(whole, Tensor, (self,), flat[_middle(flat, 0, skip)].reshape(()))
        axis = axis_of(dim, self._data.ndim)
        return kind(*_picked(along, self, _middle(self._data, axis, skip), axis, keepdim))
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"The lower median{', NaN left out' if skip else ''}; with `dim`, values and indices."
    return apply


def _middle(a: np.ndarray, axis: int, skip: bool) -> np.ndarray:
    """Where the lower median lies: NaN, if there is one, unless `skip`."""
    if not a.ndim:
        return np.zeros((), np.int64)
    order = _argsort(a, axis, False)
    missing = np.isnan(a) if a.dtype.kind == "f" else np.zeros(a.shape, bool)
    count = np.sum(~missing, axis, keepdims=True)
    if not skip:  # NaN comes last in the order
        count = np.where(count < a.shape[axis], 2 * count + 1, count)
    return np.take_along_axis(order, np.maximum((count - 1) // 2, 0), axis)


median = _median("median", MEDIAN_ALL, MEDIAN_DIM, MedianResult, False)
nanmedian = _median("nanmedian", NANMEDIAN, NANMEDIAN_DIM, NanmedianResult, True)


def mode(self: Any, dim: int = -1, keepdim: bool = False) -> Any:
    """The most frequent value along `dim` (the least of several), and where it occurs last."""
    axis = axis_of(dim, self._data.ndim)
    if not self._data.ndim:
        return ModeResult(*_picked(MODE, self, np.zeros((), np.int64), 0))

    def last(row: np.ndarray) -> int:
        values, counts = np.unique(row, return_counts=True, equal_nan=False)
        value = values[counts.argmax()]
        return int(np.flatnonzero(row == value)[-1]) if value == value else 0
    index = np.expand_dims(np.apply_along_axis(last, axis, self._data).astype(np.int64), axis)
    return ModeResult(*_picked(MODE, self, index, axis, keepdim))


def _running(op: Op, kind: Any, better: Any) -> Any:
    def apply(self: Any, dim: int) -> Any:
        """`(values, indices)` of the best element so far along `dim`; where it is NaN, NaN from there on."""
        axis = axis_of(dim, self._data.ndim)
        if not self._data.ndim:
            return kind(*_picked(op, self, np.zeros((), np.int64), 0))
        moved = np.moveaxis(self._data, axis, 0)
        index = np.zeros(moved.shape, np.int64)
        best = moved[:1].copy() if len(moved) else moved
        for k in range(1, len(moved)):
            now = moved[k:k + 1]
            wins = better(now, best) & (best == best) | (now != now)  # NaN beats everything, and stays
            index[k:k + 1] = np.where(wins, k, index[k - 1:k])
            best = np.where(wins, moved[k:k + 1], best)
        return kind(*_picked(op, self, np.moveaxis(index, 0, axis), axis))
    return apply


cummax, cummin = _running(CUMMAX, CummaxResult, np.greater_equal), _running(CUMMIN, CumminResult, np.less_equal)


def unique(self: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False,
           dim: int | None = None) -> Any:
    """The different values, in order; with `dim`, the different slices along it."""
    found = np.unique(self._data, return_inverse=return_inverse, return_counts=return_counts, axis=dim,
                      equal_nan=False)
    return tuple(map(plain, found)) if isinstance(found, tuple) else plain(found)


def bincount(self: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each integer occurs."""
    return plain(np.bincount(self._data, None if weights is None else weights._data, minlength))


def searchsorted(sorted_sequence: Any, values: Any, *, out_int32: bool = False, right: bool = False,
                 side: str | None = None, sorter: Any = None) -> Any:
    """Where values would be inserted to keep the order, along the last dimension."""
    if side is not None and side not in ("left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError("torch.searchsorted(): side and right can't be set to opposites, got side of left while "
                           "right was True")
    a, v = sorted_sequence._data, np.asarray(values._data if isinstance(values, Recorded) else values)
    if sorter is not None:
        a = np.take_along_axis(a, sorter._data, -1)
    if a.ndim > 1 and a.shape[:-1] != v.shape[:-1]:
        raise RuntimeError("torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions "
                           f"of boundaries tensor and input value tensor must match, but we got boundaries tensor "
                           f"{list(a.shape)} and input value tensor {list(v.shape)}")
    how: Any = "right" if right or side == "right" else "left"
    kind = np.int32 if out_int32 else np.int64
    if a.ndim == 1:
        return plain(np.asarray(np.searchsorted(a, v, how), kind))
    rows = [np.searchsorted(b, w, how) for b, w in zip(a.reshape(-1, a.shape[-1]), v.reshape(-1, v.shape[-1]),
                                                      strict=True)]
    return plain(np.array(rows, kind).reshape(v.shape))


def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False) -> Any:
    """Between which boundaries each value lies."""
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


def msort(input: Any) -> Any:
    """The values in order along the first dimension."""
    return sort(input, 0)[0]


FUNCTIONS: dict[str, Any] = {f.__name__: f for f in (
    sort, argsort, topk, kthvalue, max, min, median, nanmedian, mode, unique, bincount)} | {
        "cummax": cummax, "cummin": cummin, "msort": msort}
FREE: dict[str, Any] = {"searchsorted": searchsorted, "bucketize": bucketize}
