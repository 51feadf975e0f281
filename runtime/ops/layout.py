"""Tensors laid out otherwise: mirrored, split, put on diagonals, broadcast, written into a larger one."""
from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from runtime import own_rows
from runtime.composite import composite
from runtime.core import Recorded
from runtime.creation import zeros
from runtime.dispatch import Op, record
from runtime.ops import linalg, pick, shape
from runtime.ops.reduce import axis_of
from runtime.promotion import broadcast_error, plain
from runtime.tensor import Tensor

SLICE_SCATTER = Op(own_rows.INDEX_PUT, "SliceScatterBackward0")
SELECT_SCATTER = Op(own_rows.INDEX_PUT, "SelectScatterBackward0")


def fliplr(input: Any) -> Any:
    """Columns reversed."""
    if input._data.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return shape.flip(input, 1)


def flipud(input: Any) -> Any:
    """Rows reversed."""
    if not input._data.ndim:
        raise RuntimeError("Input must be >= 1-d.")
    return shape.flip(input, 0)


def tensor_split(input: Any, indices_or_sections: Any, dim: int = 0) -> Any:
    """Pieces: a number of them, or cut at indices."""
    axis = axis_of(dim, input._data.ndim)
    n = input._data.shape[axis]
    if isinstance(indices_or_sections, Recorded):
        indices_or_sections = indices_or_sections.tolist()
    if isinstance(indices_or_sections, int):
        small, rest = divmod(n, indices_or_sections)
        indices_or_sections = [k * small + min(k, rest) for k in range(1, indices_or_sections)]
    cuts = [0, *(slice(int(k)).indices(n)[1] for k in indices_or_sections), n]
    return tuple(input.narrow(axis, min(a, n), max(b - a, 0)) for a, b in pairwise(cuts))


def _split_along(name: str, axis: int, least: int) -> Callable[..., Any]:
    def apply(input: Any, indices_or_sections: Any, *rest: int) -> Any:
        if input._data.ndim < least:
            raise RuntimeError(f"torch.{name} requires a tensor with at least {least} dimension, but "
                               f"got a tensor with {input._data.ndim} dimensions!")
        along = axis if input._data.ndim > 1 else 0
        pieces = [indices_or_sections, *rest] if rest else indices_or_sections
        n = input._data.shape[along]
        if isinstance(pieces, int) and (not pieces or n % pieces):
            raise RuntimeError(f"torch.{name} attempted to split along dimension {along}, but the size of the "
                               f"dimension {n} is not divisible by the split_size {pieces}!")
        return tensor_split(input, pieces, along)
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"Pieces along dimension {axis}: a number of them, or cut at indices."
    return apply


hsplit, vsplit, dsplit = _split_along("hsplit", 1, 1), _split_along("vsplit", 0, 2), _split_along("dsplit", 2, 3)


def take_along_dim(input: Any, indices: Any, dim: Any = None) -> Any:
    """`gather`, over the flat tensor without `dim`; what differs in the other dimensions is broadcast."""
    if dim is None:
        return input.reshape(-1).gather(0, indices.reshape(-1))
    axis = axis_of(dim, input._data.ndim)
    if input._data.ndim != indices._data.ndim:
        raise RuntimeError("torch.take_along_dim(): input and indices should have the same number of dimensions, but "
                           f"got {input._data.ndim} dimensions for input, and {indices._data.ndim} dimensions for "
                           "indices")
    sides = [[1 if k == axis else n for k, n in enumerate(t._data.shape)] for t in (input, indices)]
    try:
        common = np.broadcast_shapes(*map(tuple, sides))
    except ValueError:
        raise broadcast_error(input._data, indices._data) from None
    input, indices = (shape.expand(t, [t._data.shape[axis] if k == axis else n for k, n in enumerate(common)])
                      for t in (input, indices))
    n = input._data.shape[axis]
    return pick.gather(input, axis, plain(np.where(indices._data < 0, indices._data + n, indices._data)))


def diagflat(input: Any, offset: int = 0) -> Any:
    """A matrix with the flattened tensor on a diagonal."""
    return linalg.diag(input.reshape(-1), offset)


def diag_embed(input: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """Matrices with the last dimension on a diagonal."""
    n = input._data.shape[-1] + abs(offset)
    ndim = input._data.ndim + 1
    if axis_of(dim1, ndim) == axis_of(dim2, ndim):
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    full = zeros(*input._data.shape[:-1], n, n, dtype=input.dtype)
    rows = np.arange(input._data.shape[-1])
    at = (Ellipsis, plain(rows - min(offset, 0)), plain(rows + max(offset, 0)))

    def placed(x: Any) -> Any:
        return pick.index_put(full, at, x).movedim((-2, -1), (axis_of(dim1, ndim), axis_of(dim2, ndim)))
    return composite("DiagEmbedBackward0", placed, input)


def broadcast_shapes(*shapes: Any) -> Any:
    """The shape that tensors of these shapes have together, as a `Size`. Raises RuntimeError where they do not fit."""
    from runtime.dtypes import Size
    try:
        return Size(np.broadcast_shapes(*shapes))
    except ValueError:
        raise RuntimeError("Shape mismatch: objects cannot be broadcast to a single shape") from None


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """The tensors, expanded to their common shape."""
    common = np.broadcast_shapes(*(t._data.shape for t in tensors))
    return tuple(shape.expand(t, common) for t in tensors)


def _at_least(ndim: int, lift: Callable[[Any], Any]) -> Callable[..., Any]:
    def apply(*tensors: Any) -> Any:
        if len(tensors) == 1 and isinstance(tensors[0], Recorded):
            return lift(tensors[0])
        items = tensors[0] if len(tensors) == 1 else tensors
        return tuple(map(lift, items))
    apply.__name__ = apply.__qualname__ = f"atleast_{ndim}d"
    apply.__doc__ = f"With at least {ndim} dimension{'s' if ndim > 1 else ''}; a tuple for several tensors."
    return apply


def _three_dimensional(x: Any) -> Any:
    return x if x._data.ndim > 2 else x.unsqueeze(-1) if x._data.ndim == 2 else x.reshape(1, -1, 1)


atleast_1d = _at_least(1, lambda x: x if x._data.ndim else x.reshape(1))
atleast_2d = _at_least(2, lambda x: x if x._data.ndim > 1 else x.reshape(1, 1) if not x._data.ndim else x.unsqueeze(0))
atleast_3d = _at_least(3, _three_dimensional)


def slice_scatter(input: Any, src: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Any:
    """A copy with `src` stored into a slice."""
    index = (slice(None),) * axis_of(dim, input._data.ndim) + (slice(start, end, step),)
    return record(SLICE_SCATTER, Tensor, (input, index, src, False),
                  own_rows.index_put(input._data, index, src._data, False))


def select_scatter(input: Any, src: Any, dim: int, index: int) -> Any:
    """A copy with `src` stored into one entry along `dim`."""
    at = (slice(None),) * axis_of(dim, input._data.ndim) + (index,)
    return record(SELECT_SCATTER, Tensor, (input, at, src, False),
                  own_rows.index_put(input._data, at, src._data, False))


FUNCTIONS: dict[str, Any] = {f.__name__: f for f in (
    fliplr, flipud, tensor_split, take_along_dim, diagflat, diag_embed, slice_scatter, select_scatter)} | {
        "hsplit": hsplit, "vsplit": vsplit, "dsplit": dsplit}
FREE: dict[str, Any] = {f.__name__: f for f in (
    broadcast_tensors, broadcast_shapes, atleast_1d, atleast_2d, atleast_3d)}
