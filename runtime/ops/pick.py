"""Taking and storing by index tensors and masks."""
from __future__ import annotations

from typing import Any

import numpy as np

from runtime import own_rows
from runtime.composite import composite
from runtime.core import Recorded
from runtime.dispatch import Op, record
from runtime.dtypes import SCALAR_TYPES, of
from runtime.ops.flat import lifted, with_dimension
from runtime.ops.index import index_put
from runtime.ops.reduce import axis_of
from runtime.promotion import broadcast_error, without_derivative
from runtime.rare_modes import fresh
from runtime.tensor import Tensor

GATHER = Op(own_rows.TAKE_ALONG, "GatherBackward0")
SCATTER = Op(own_rows.PUT_ALONG, "ScatterBackward0")
SCATTER_VALUE = Op(own_rows.PUT_ALONG, "ScatterBackward1")
SCATTER_ADD = Op(own_rows.ADD_ALONG, "ScatterAddBackward0")
INDEX_FILL = Op(own_rows.INDEX_PUT, "IndexFillBackward0")
INDEX_COPY = Op(own_rows.INDEX_PUT, "IndexCopyBackward0")
INDEX_ADD = Op(own_rows.INDEX_PUT, "IndexAddBackward0")
INDEX_SELECT = Op(own_rows.INDEX_GET, "IndexSelectBackward0")
TAKE = Op(own_rows.INDEX_GET, "TakeBackward0")
MASKED_FILL = Op(own_rows.INDEX_PUT, "MaskedFillBackward0")
MASKED_SELECT = Op(own_rows.INDEX_GET, "MaskedSelectBackward0")
MASKED_FILL_TENSOR = Op(own_rows.INDEX_PUT, "MaskedFillBackward1")
C_TYPES = {"int64": "long int", "float32": "float", "float64": "double", "int32": "int", "uint8": "unsigned char"}


def _at(dim: int, index: Any) -> tuple[Any, ...]:
    return (slice(None),) * dim + (index,)


def _check_self(index: np.ndarray, n: int) -> None:
    if index.size and (index.max() >= n or index.min() < 0):
        raise IndexError("index out of range in self")


def _check_range(index: np.ndarray, n: int, axis: int) -> None:
    if index.size and (index.max() >= n or index.min() < 0):
        bad = int(index[(index >= n) | (index < 0)].flat[0])
        raise RuntimeError(f"index {bad} is out of bounds for dimension {axis} with size {n}")


def gather(self: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    """`out[i][j] = self[index[i][j]][j]` for dim 0, and so on."""
    axis = axis_of(dim, self._data.ndim)
    if not self._data.ndim and index._data.ndim < 2:
        return composite("GatherBackward0", lambda x: gather(
            x.reshape(1), 0, index.reshape(-1)).reshape(index._data.shape), self)
    if not index._data.ndim and self._data.ndim == 1:
        return composite("GatherBackward0", lambda x: gather(x, 0, index.reshape(1)).reshape(()), self)
    if index._data.ndim != self._data.ndim:
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    _check_range(index._data, self._data.shape[axis], axis)
    return record(GATHER, Tensor, (self, index._data, axis), own_rows.take_along(self._data, index._data, axis))


def _scattered(op: Op, function: Any, name: str) -> Any:
    def apply(self: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: Any = None) -> Any:
        axis = axis_of(dim, self._data.ndim)
        src = value if src is None else src
        if not self._data.ndim:
            node = f"{name.title().replace('_', '')}Backward{int(not isinstance(src, Recorded))}"
            return composite(node, lambda x, s: (apply(
                x.reshape(1), 0, index.reshape(-1), with_dimension(s), reduce=reduce).reshape(())), self, src)
        if index._data.ndim != self._data.ndim:
            raise RuntimeError("Index tensor must have the same number of dimensions as self tensor")
        _check_range(index._data, self._data.shape[axis], axis)
        if reduce is not None:
            return _combined(self, axis, index._data, src, reduce)
        if not isinstance(src, Recorded):
            filled = np.full(index._data.shape, src, self._data.dtype)
            return record(SCATTER_VALUE if op is SCATTER else op, Tensor, (self, index._data, axis, filled),
                          function(self._data, index._data, axis, filled))
        elif src._data.dtype != self._data.dtype:
            raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
        return record(op, Tensor, (self, index._data, axis, src), function(self._data, index._data, axis, src._data))
    apply.__name__ = apply.__qualname__ = name
    how = "added" if function is own_rows.add_along else "stored"
    apply.__doc__ = f"A copy with `src` {how} at `index` along `dim`."
    return apply


def _combined(x: Any, axis: int, index: np.ndarray, src: Any, how: str) -> Any:
    """`scatter` with `reduce`: like torch's, without a derivative (`scatter_reduce` has one)."""
    if how not in ("add", "multiply"):
        raise RuntimeError("reduce argument must be either add or multiply.")
    out = np.array(x._data)
    where = tuple(index if k == axis else np.arange(n).reshape([-1 if j == k else 1 for j in range(index.ndim)])
                  for k, n in enumerate(index.shape))
    part = src._data[tuple(slice(0, n) for n in index.shape)] if isinstance(src, Recorded) else src
    (np.add if how == "add" else np.multiply).at(out, where, part)
    return without_derivative("scatter", x, src, out)


scatter = _scattered(SCATTER, own_rows.put_along, "scatter")
scatter_add = _scattered(SCATTER_ADD, own_rows.add_along, "scatter_add")


@lifted("IndexSelectBackward0")
def index_select(self: Any, dim: int, index: Any) -> Any:
    """The entries at `index` along `dim`."""
    axis = axis_of(dim, self._data.ndim)
    if index._data.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    _check_self(index._data, self._data.shape[axis])
    where = _at(axis, index._data.reshape(-1))
    return record(INDEX_SELECT, Tensor, (self, where), own_rows.index_get(self._data, where))


@lifted("IndexAddBackward0")
def index_add(self: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """A copy with `alpha * source` added at `index` along `dim`."""
    axis = axis_of(dim, self._data.ndim)
    _check_self(index._data, self._data.shape[axis])
    where = _at(axis, index._data)
    others = [shape[:axis] + shape[axis + 1:] for shape in (self._data.shape, source._data.shape)]
    if others[0] != others[1]:
        raise RuntimeError("source tensor shape must match self tensor shape, excluding the specified dimension. Got "
                           f"self.shape = {list(self._data.shape)} source.shape = {list(source._data.shape)}")
    source = source if alpha == 1 else source * alpha
    if source._data.dtype != self._data.dtype:
        raise RuntimeError(f"index_add_(): self ({SCALAR_TYPES[of(self._data.dtype).name]}) and source "
                           f"({SCALAR_TYPES[of(source._data.dtype).name]}) must have the same scalar type")
    return record(INDEX_ADD, Tensor, (self, where, source, True),
                  own_rows.index_put(self._data, where, source._data, True))


@lifted("IndexCopyBackward0")
def index_copy(self: Any, dim: int, index: Any, source: Any) -> Any:
    """A copy with `source` stored at `index` along `dim`."""
    where = _at(axis_of(dim, self._data.ndim), index._data)
    return record(INDEX_COPY, Tensor, (self, where, source, False),
                  own_rows.index_put(self._data, where, source._data, False))


@lifted("IndexFillBackward0")
def index_fill(self: Any, dim: int, index: Any, value: Any) -> Any:
    """A copy with one value at `index` along `dim`."""
    where = _at(axis_of(dim, self._data.ndim), index._data)
    raw_value = value._data if isinstance(value, Recorded) else value
    return record(INDEX_FILL, Tensor, (self, where, value, False),
                  own_rows.index_put(self._data, where, raw_value, False))


def _masked(x: Any, mask: Any) -> tuple[Any, tuple[np.ndarray]]:
    """A tensor and a mask as index, both of their common shape."""
    try:
        shape = np.broadcast_shapes(x._data.shape, mask._data.shape)
    except ValueError:
        raise broadcast_error(mask._data, x._data) from None
    return x if shape == x._data.shape else x.expand(shape), (np.broadcast_to(mask._data, shape),)


def masked_fill(self: Any, mask: Any, value: Any) -> Any:
    """A copy with one value where `mask` holds."""
    if mask._data.dtype.kind != "b":
        raise RuntimeError("masked_fill_ only supports boolean masks, but got mask with dtype "
                           f"{C_TYPES.get(mask._data.dtype.name, mask._data.dtype.name)}")
    if isinstance(value, Recorded) and value._data.ndim:
        raise RuntimeError("masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                           f"{value._data.ndim} dimension(s).")
    self, where = _masked(self, mask)
    raw_value = value._data if isinstance(value, Recorded) else np.asarray(value, self._data.dtype)
    op = MASKED_FILL_TENSOR if isinstance(value, Recorded) else MASKED_FILL
    return record(op, Tensor, (self, where, value if isinstance(value, Recorded) else raw_value, False),
                  own_rows.index_put(self._data, where, raw_value, False))


def masked_select(self: Any, mask: Any) -> Any:
    """The elements where `mask` holds, in one dimension."""
    self, where = _masked(self, mask)
    return record(MASKED_SELECT, Tensor, (self, where), own_rows.index_get(self._data, where))


def take(self: Any, index: Any) -> Any:
    """Elements of the flat tensor."""
    n = self._data.size
    if index._data.size and not -n <= index._data.min() <= index._data.max() < n:
        raise IndexError("out of range: tried to access index "
                         f"{index._data[(index._data >= n) | (index._data < -n)].flat[0]} on a tensor of {n} elements.")
    if not self._data.ndim:
        self = self.reshape(1)
    where = np.unravel_index(index._data % max(n, 1), self._data.shape)
    return record(TAKE, Tensor, (self, where), own_rows.index_get(self._data, where))


def nonzero(self: Any, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not zero, one row each."""
    a = self._data
    found = np.nonzero(np.atleast_1d(a))
    if as_tuple:
        return tuple(fresh(Tensor, i) for i in found)
    return fresh(Tensor, np.stack(found, 1) if a.ndim else np.zeros((len(found[0]), 0), np.int64))


FUNCTIONS: dict[str, Any] = {f.__name__: f for f in (
    index_put, gather, scatter, scatter_add, index_select, index_add, index_copy, index_fill, masked_fill,
    masked_select,
    take, nonzero)} | {"argwhere": nonzero}
