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
from runtime.ops import reduce
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


SORT, TOPK, MAX, MIN, MEDIAN, MODE, KTH = (_along(f"{n}Backward0") for n in (
    "Sort", "Topk", "Max", "Min", "Median", "Mode", "Kthvalue"))
MEDIAN_DIM = _along("MedianBackward1")
CUMMAX, CUMMIN = _along("CummaxBackward0"), _along("CumminBackward0")
SortResult, TopkResult, MaxResult, MinResult, MedianResult, KthResult, CummaxResult, CumminResult = map(_pair, (
    "sort", "topk", "max", "min", "median", "kthvalue", "cummax", "cummin"))


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


def kthvalue(self: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The `k`-th smallest along `dim` (counting from 1)."""
    axis = axis_of(dim, self._data.ndim)
    order = _argsort(self._data, axis, False)
    return KthResult(*_picked(KTH, self, order[(slice(None),) * axis + (slice(k - 1, k),)], axis, keepdim))


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


max = _extreme("max", MAX, MaxResult, np.argmax, lambda x: reduce.amax(x, node="MaxBackward1"), "maximum")
min = _extreme("min", MIN, MinResult, np.argmin, lambda x: reduce.amin(x, node="MinBackward1"), "minimum")


def median(self: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The lower median; with `dim`, values and indices."""
    if dim is None:
        flat = self.reshape(-1)
        order = _argsort(flat._data, 0, False)
        k = (flat._data.size - 1) // 2
        return _picked(MEDIAN, flat, order[k:k + 1], 0, False)[0]
    axis = axis_of(dim, self._data.ndim)
    k = (self._data.shape[axis] - 1) // 2
    order = _argsort(self._data, axis, False)
    return MedianResult(*_picked(MEDIAN_DIM, self, order[(slice(None),) * axis + (slice(k, k + 1),)], axis, keepdim))


def _running(op: Op, kind: Any, better: Any) -> Any:
    def apply(self: Any, dim: int) -> Any:
        axis = axis_of(dim, self._data.ndim)
        moved = np.moveaxis(self._data, axis, 0)
        index = np.zeros(moved.shape, np.int64)
        best = moved[:1].copy() if len(moved) else moved
        for k in range(1, len(moved)):
            wins = better(moved[k:k + 1], best)
            index[k:k + 1] = np.where(wins, k, index[k - 1:k])
            best = np.where(wins, moved[k:k + 1], best)
        return kind(*_picked(op, self, np.moveaxis(index, 0, axis), axis))
    return apply


cummax, cummin = _running(CUMMAX, CummaxResult, np.greater_equal), _running(CUMMIN, CumminResult, np.less_equal)


def unique(self: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False) -> Any:
    """The different values, in order."""
    found = np.unique(self._data, return_inverse=return_inverse, return_counts=return_counts)
    return tuple(map(plain, found)) if isinstance(found, tuple) else plain(found)


def bincount(self: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each integer occurs."""
    return plain(np.bincount(self._data, None if weights is None else weights._data, minlength))


def searchsorted(sorted_sequence: Any, values: Any, *, right: bool = False) -> Any:
    """Where values would be inserted to keep the order."""
    raw = values._data if isinstance(values, Recorded) else values
    return plain(np.asarray(np.searchsorted(sorted_sequence._data, raw, "right" if right else "left")))


FUNCTIONS: dict[str, Any] = {f.__name__: f for f in (
    sort, argsort, topk, kthvalue, max, min, median, unique, bincount)} | {"cummax": cummax, "cummin": cummin}
FREE: dict[str, Any] = {"searchsorted": searchsorted}
