"""Views by strides: `as_strided` and `unfold`, whose elements may share memory."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from runtime.grad_mode import MODE, recording
from runtime.ops.reduce import axis_of
from runtime.rare_modes import watch_node
from runtime.tensor import Tensor
from runtime.views import AsStridedBackward0, TakeNode, how_made, make_view, node_class, take_node

UnfoldBackward0 = node_class("UnfoldBackward0", TakeNode)


def _root(a: np.ndarray) -> np.ndarray:
    """The array that owns the memory of `a`."""
    while isinstance(a.base, np.ndarray):
        a = a.base
    return a


def storage_offset(self: Any) -> int:
    """Where in its memory the tensor begins, counted in elements."""
    a = self._data
    return (a.ctypes.data - _root(a).ctypes.data) // a.itemsize


def _strided(a: np.ndarray, size: tuple[int, ...], stride: tuple[int, ...], offset: int | None) -> np.ndarray:
    """The view of the memory of `a`; `offset` counts from where the memory begins, by default `a` does."""
    start = a
    if offset is not None:
        root = _root(a)
        start = root.reshape(-1).view(a.dtype)[offset:]
    out = np.lib.stride_tricks.as_strided(start, size, [s * a.itemsize for s in stride])
    if not a.flags.writeable:
        out.flags.writeable = False
    return out


def as_strided(self: Any, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Any:
    """A view of the tensor's memory with this shape and these strides (in elements). Elements may share memory.

    Raises RuntimeError where the view would leave the memory.
    """
    lengths, steps = tuple(map(int, size)), tuple(map(int, stride))
    if len(lengths) != len(steps):
        raise RuntimeError("mismatch in length of strides and shape")
    a = self._data
    root = _root(a)
    begin = (a.ctypes.data - root.ctypes.data) // a.itemsize if storage_offset is None else storage_offset
    last = begin + sum((n - 1) * s for n, s in zip(lengths, steps, strict=True))
    have = root.nbytes // a.itemsize
    if 0 not in lengths and last >= have:
        raise RuntimeError(f"setStorage: sizes {list(lengths)}, strides {list(steps)}, storage offset {begin}, and "
                           f"itemsize {a.itemsize} requiring a storage size of {(last + 1) * a.itemsize} are out of "
                           f"bounds for storage of size {root.nbytes}")
    own = np.full(have, -1)  # which element of the tensor each element of the memory is
    mine = np.arange(a.size).reshape(a.shape)
    at = (a.ctypes.data - root.ctypes.data) // a.itemsize
    np.lib.stride_tricks.as_strided(own[at:], a.shape, [s // a.itemsize * own.itemsize for s in a.strides])[...] = mine
    places = np.lib.stride_tricks.as_strided(own[begin:], lengths, [s * own.itemsize for s in steps])
    if self._req and (places < 0).any():
        raise NotImplementedError("as_strided beyond the elements of a tensor that requires grad: take it of the base")
    return _by_places(self, _strided(a, lengths, steps, begin), places, AsStridedBackward0, _strided,
                      (lengths, steps, begin))


def _unfolded(a: np.ndarray, axis: int, size: int, step: int) -> np.ndarray:
    out = np.lib.stride_tricks.sliding_window_view(a, size, axis, writeable=a.flags.writeable)
    return out[(slice(None),) * axis + (slice(None, None, step),)]


def unfold(self: Any, dimension: int, size: int, step: int) -> Any:
    """Windows of `size` entries along a dimension, `step` apart, in a new last dimension; a view."""
    axis = axis_of(dimension, self._data.ndim)
    if size > self._data.shape[axis]:
        raise RuntimeError(f"maximum size for tensor at dimension {axis} is {self._data.shape[axis]} but size is "
                           f"{size}")
    places = _unfolded(np.arange(self._data.size).reshape(self._data.shape), axis, size, step)
    return _by_places(self, _unfolded(self._data, axis, size, step), places, UnfoldBackward0, _unfolded,
                      (axis, size, step))


def _by_places(x: Any, data: np.ndarray, places: np.ndarray, kind: Any, function: Callable[..., np.ndarray],
               args: tuple[Any, ...]) -> Any:
    """The view `data` of `x`, whose elements are the elements of `x` at flat `places`."""
    node = None
    if x._req and recording():
        where = tuple(np.unravel_index(places, x._data.shape)) if x._data.ndim else (np.zeros(places.shape, int),)
        node = take_node(kind, x, where, data.shape, unique=np.unique(places).size == places.size)
    t = make_view(Tensor, x, data, node, function, args, how_made())
    if MODE.special and node is not None:
        watch_node(t)
    return t


FUNCTIONS: dict[str, Any] = {"as_strided": as_strided}
METHODS: dict[str, Any] = {"unfold": unfold, "storage_offset": storage_offset}
