"""What torch refuses about indices, masks and sources, in its words: NumPy would broadcast, wrap around or go on.

A check takes what its function takes, and raises or does nothing (`runtime.refusals.refusing`).
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from runtime.core import Recorded
from runtime.dtypes import SCALAR_TYPES, of

Check = Callable[..., None]


def _kind(t: Any) -> str:
    return SCALAR_TYPES[of(t._data.dtype).name]


def _axis(dim: Any, ndim: int) -> int | None:
    """The dimension meant; None where it is out of range, which the function itself says."""
    n = max(ndim, 1)
    return dim % n if isinstance(dim, int) and -n <= dim < n else None


def _within(index: np.ndarray, size: int, axis: int, prefix: str = "", wraps: bool = False) -> None:
    low = -size if wraps else 0
    if index.size and (index.min() < low or index.max() >= size):
        bad = int(index[(index < low) | (index >= size)].flat[0])
        raise IndexError(f"{prefix}index {bad} is out of bounds for dimension {axis} with size {size}")


def _index_copy(self: Any, dim: int, index: Any, source: Any) -> None:
    a, b, i = self._data, source._data, index._data
    axis = _axis(dim, a.ndim)
    if i.ndim > 1:
        raise IndexError(f"index_copy_(): Index should have dimension 1 or 0 (got {i.ndim})")
    if not b.ndim and i.size != 1:
        raise IndexError(f"index_copy_(): When source is scalar, index should have one element (got {i.size})")
    if a.ndim != b.ndim and a.ndim and b.ndim:
        raise IndexError("index_copy_(): When source and destination are not scalars, their dimensionality must match. "
                         f"Source dimensionality ({b.ndim}), destination dimensionality ({a.ndim})")
    if i.dtype != np.int64:
        raise RuntimeError(f"index_copy_(): Expected a long tensor for index, but got {_kind(index)}")
    if a.dtype != b.dtype:
        raise RuntimeError("index_copy_(): self and source expected to have the same dtype, but got (self) "
                           f"{_kind(self)} and (source) {_kind(source)}")
    if axis is None:
        return
    if b.ndim and a.ndim:
        slices = [s[:axis] + s[axis + 1:] for s in (a.shape, b.shape)]
        if slices[0] != slices[1]:
            shown = [" ".join(map(str, s)) for s in slices]
            raise RuntimeError("index_copy_(): Source/destination tensor must have same slice shapes. Destination "
                               f"slice shape: {shown[0]} at dimension {axis} and source slice shape: {shown[1]} at "
                               "dimension 0.")
        if i.size != b.shape[axis]:
            raise IndexError(f"index_copy_(): Number of indices ({i.size}) should be equal to source.size(dim) "
                             f"({b.shape[axis]})")
    _within(i, a.shape[axis] if a.ndim else 1, axis, "index_copy_(): ")


def _index_fill(self: Any, dim: int, index: Any, value: Any) -> None:
    a, i = self._data, index._data
    if i.dtype != np.int64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    if isinstance(value, Recorded) and value._data.ndim:
        raise RuntimeError("index_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                           f"{value._data.ndim} dimension(s).")
    if a.dtype.kind != "c" and (isinstance(value, complex) or (
            isinstance(value, Recorded) and value._data.dtype.kind == "c")):
        raise RuntimeError("index_fill_(): Converting complex Scalar to non-complex type is not supported")
    if i.ndim > 1:
        raise RuntimeError("Index has to be a vector/scalar")
    axis = _axis(dim, a.ndim)
    if axis is not None:
        _within(i, a.shape[axis] if a.ndim else 1, axis, wraps=True)


def _index_add(self: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> None:
    _is_index("index_add_", index, "Expected dtype int32/int64 for index but got: {}")
    a, b, i = self._data, source._data, index._data
    axis = _axis(dim, a.ndim)
    if axis is not None and a.ndim and b.ndim == a.ndim and i.size != b.shape[axis]:
        raise RuntimeError(f"index_add_(): Number of indices ({i.size}) should be equal to source.size(dim): "
                           f"({b.shape[axis]}), for dim: {axis}")
    if axis is not None and a.ndim > 1:
        try:
            _within(i, a.shape[axis], axis)
        except IndexError as error:  # an IndexError for vectors only
            raise RuntimeError(str(error)) from None


def _is_index(name: str, index: Any, message: str = "Expected dtype int32/int64 for index") -> None:
    if index._data.dtype not in (np.int32, np.int64):
        raise RuntimeError(f"{name}(): " + message.format(_kind(index)))


def _named(name: str, message: str = "Expected dtype int32/int64 for index") -> Check:
    """The index has to be one of integers."""
    def check(input: Any, dim: Any, index: Any, *args: Any, **kwargs: Any) -> None:
        _is_index(name, index, message)
    return check


def _take(self: Any, index: Any) -> None:
    if index._data.dtype != np.int64:
        raise RuntimeError(f"take(): Expected a long tensor for index, but got {_kind(index)}")


def _scatter(name: str) -> Check:
    """An index that is larger than what is written, or than what is read."""
    def check(self: Any, dim: int, index: Any, src: Any = None, **options: Any) -> None:
        a, i = self._data, index._data
        if not i.size:
            return
        _is_index(name, index)
        axis = _axis(dim, a.ndim)
        b = src._data if isinstance(src, Recorded) else None
        if axis is None or i.ndim != a.ndim or not a.ndim or (b is not None and b.ndim != a.ndim):
            return
        over = any(k != axis and n > m for k, (n, m) in enumerate(zip(i.shape, a.shape, strict=True)))
        if over or (b is not None and any(n > m for n, m in zip(i.shape, b.shape, strict=True))):
            raise RuntimeError(f"Expected index {list(i.shape)} to be no larger than self {list(a.shape)} apart from "
                               f"dimension {axis}" + ("" if b is None else
                                                      f" and to be no larger size than src {list(b.shape)}"))
    return check


def _masked_select(self: Any, mask: Any) -> None:
    if mask._data.dtype.kind != "b":
        raise RuntimeError("masked_select: expected BoolTensor for mask")


def _masked_scatter(self: Any, mask: Any, source: Any) -> None:
    if mask._data.dtype.kind != "b":
        raise RuntimeError(f"masked_scatter_ only supports boolean masks, but got mask with dtype {_kind(mask)}")
    if self._data.dtype != source._data.dtype:
        raise RuntimeError(f"masked_scatter: expected self and source to have same dtypes but got{_kind(self)} and "
                           f"{_kind(source)}")
    try:
        wanted = int(np.broadcast_to(mask._data, np.broadcast_shapes(mask._data.shape, self._data.shape)).sum())
    except ValueError:
        return
    if source._data.size < wanted:
        raise RuntimeError("Number of elements of source < number of ones in mask")


def _masked_fill(self: Any, mask: Any, value: Any) -> None:
    if isinstance(value, complex) and self._data.dtype.kind != "c":
        raise RuntimeError(f"value cannot be converted to type {of(self._data.dtype).name.replace('32', '')} without "
                           "overflow")


CHECKS: dict[str, Check] = {
    "index_copy": _index_copy, "index_fill": _index_fill, "index_add": _index_add, "take": _take,
    "index_select": _named("index_select", "Expected dtype int32 or int64 for index"), "gather": _named("gather"),
    "scatter": _scatter("scatter"), "scatter_add": _scatter("scatter_add"), "masked_select": _masked_select,
    "masked_scatter": _masked_scatter, "masked_fill": _masked_fill}
