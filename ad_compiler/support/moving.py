"""Values that move: gather and its transpose, scatter.

A function that only moves elements is described by *labels*: run it once on `labels(shape)`, and the result
says where each element came from (-1: from nowhere). Forward mode gathers by these labels, reverse mode
scatters.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.support.dispatch import overridable


@overridable
def labels(shape: tuple[int, ...], start: int = 0) -> np.ndarray:
    """Consecutive numbers in an array of `shape`."""
    size = int(np.prod(shape))
    return np.arange(start, start + size).reshape(shape)


@overridable
def scatter(v: Any, source: Any, shape: tuple[int, ...]) -> Any:
    """Add `v[i]` at flat position `source[i]` of zeros of `shape`; negative positions are dropped.

    >>> scatter(np.array([1.0, 2.0, 4.0]), np.array([1, -1, 1]), (3,))
    array([0., 5., 0.])
    """
    v = np.asarray(v)
    room = np.zeros(int(np.prod(shape)) + 1, v.dtype)
    index = np.where(source < 0, len(room) - 1, source)
    np.add.at(room, index, np.broadcast_to(v, index.shape))
    return np.reshape(room[:-1], shape)


@overridable
def gather(x: Any, source: Any) -> Any:
    """The elements of `x` at flat positions `source`; 0 at negative positions. The transpose of `scatter`.

    >>> gather(np.array([5.0, 6.0]), np.array([[1, -1]]))
    array([[6., 0.]])
    """
    flat = np.concatenate([np.reshape(x, (-1,)), np.zeros(1, np.asarray(x).dtype)])
    return flat[np.where(source < 0, len(flat) - 1, source)]


@overridable
def scatter_index(v: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """The transpose of `x[index]`: add `g` at `index` of zeros of `shape`; repeated places add up."""
    v = np.asarray(v)
    room = np.zeros(shape, v.dtype)
    parts = index if isinstance(index, tuple) else (index,)
    if all(isinstance(part, slice | int) or part is None or part is Ellipsis for part in parts):
        room[index] = v
    else:
        np.add.at(room, index, v)
    return room


@overridable
def take_transposed(v: Any, indices: Any, shape: tuple[int, ...], axis: Any, mode: str) -> Any:
    """The transpose of `np.take(x, indices, axis, mode=mode)` for an `x` of `shape`."""
    length = int(np.prod(shape)) if axis is None else shape[axis]
    v, indices = np.asarray(v), np.asarray(indices)
    if mode == "clip":
        indices = np.clip(indices, 0, length - 1)
    elif mode == "wrap":
        indices = indices % length
    if axis is None:
        room = np.zeros(length, v.dtype)
        np.add.at(room, indices, v)
        return np.reshape(room, shape)
    room = np.zeros((length, *shape[: axis % len(shape)], *shape[axis % len(shape) + 1:]), v.dtype)
    ahead = np.moveaxis(v, tuple(range(axis % len(shape), axis % len(shape) + indices.ndim)),
                        tuple(range(indices.ndim)))
    np.add.at(room, indices, ahead)
    return np.moveaxis(room, 0, axis)


@overridable
def along_axis_source(indices: Any, extent: tuple[int, ...], axis: Any) -> Any:
    """Labels of `np.take_along_axis(x, indices, axis)` for an `x` of `extent`."""
    if axis is None:
        return np.take_along_axis(labels((int(np.prod(extent)),)), np.asarray(indices), 0)
    return np.take_along_axis(labels(extent), np.asarray(indices), axis)


@overridable
def diagonal_source(shape: tuple[int, ...], offset: int, axis1: int, axis2: int) -> Any:
    """Labels of `np.diagonal(x, offset, axis1, axis2)`."""
    return np.diagonal(labels(shape), offset, axis1, axis2)


@overridable
def repeat_source(shape: tuple[int, ...], repeats: Any, axis: Any) -> Any:
    """Labels of `np.repeat(x, repeats, axis)`."""
    return np.repeat(labels(shape), repeats, axis)


@overridable
def compress_source(condition: Any, extent: tuple[int, ...], axis: Any) -> Any:
    """Labels of `np.compress(condition, x, axis)`."""
    return np.compress(condition, labels(extent), axis)


@overridable
def extract_source(condition: Any, extent: tuple[int, ...]) -> Any:
    """Labels of `np.extract(condition, x)`."""
    return np.extract(condition, labels(extent))


@overridable
def resize_source(shape: tuple[int, ...], new_shape: Any) -> Any:
    """Labels of `np.resize(x, new_shape)`."""
    return np.resize(labels(shape), new_shape)


@overridable
def delete_source(shape: tuple[int, ...], obj: Any, axis: Any) -> Any:
    """Labels of `np.delete(x, obj, axis)`."""
    return np.delete(labels(shape), obj, axis)


@overridable
def insert_source(shape: tuple[int, ...], obj: Any, values_shape: tuple[int, ...], axis: Any) -> Any:
    """Labels of `np.insert(x, obj, values, axis)`; those of the values follow those of x."""
    mine = labels(shape)
    return np.insert(mine, obj, labels(values_shape, mine.size), axis)


@overridable
def pad_source(shape: tuple[int, ...], pad_width: Any, mode: str) -> Any:
    """Labels of `np.pad(x, pad_width, mode)` for the modes that only move elements."""
    if mode == "constant":
        return np.pad(labels(shape), pad_width, mode, constant_values=-1)
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise TypeError(f"np.pad(mode={mode!r}) has no derivative rule; constant, edge, reflect, symmetric "
                        "and wrap have")
    return np.pad(labels(shape), pad_width, mode)


@overridable
def trim_source(filt: Any, trim: str) -> Any:
    """Labels of `np.trim_zeros(filt, trim)`, which keeps a box that covers what is not zero."""
    filled = np.argwhere(filt)
    shape = np.shape(filt)
    if not len(filled):
        return labels(shape)[(slice(0, 0),) * len(shape)]
    low, high = filled.min(axis=0), filled.max(axis=0) + 1
    box = tuple(slice(a if "f" in trim.lower() else None, b if "b" in trim.lower() else None)
                for a, b in zip(low, high, strict=True))
    return labels(shape)[box]


@overridable
def windows_transposed(v: Any, shape: tuple[int, ...], window_shape: Any, axis: Any) -> Any:
    """The transpose of `sliding_window_view(x, window_shape, axis)`: overlapping windows add up."""
    windows = np.lib.stride_tricks.sliding_window_view(labels(shape), window_shape, axis)
    return scatter(v, windows, shape)


@overridable
def strided_source(x: Any, shape: Any, strides: Any) -> Any:
    """Labels of `as_strided(x, shape, strides)`. ValueError where that is not memory of `x`."""
    shape = x.shape if shape is None else tuple(shape) if np.ndim(shape) else (shape,)
    strides = x.strides if strides is None else tuple(strides) if np.ndim(strides) else (strides,)
    places = byte_offsets(shape, strides)
    own = byte_offsets(x.shape, x.strides).reshape(-1)
    order = np.argsort(own)
    found = order[np.minimum(np.searchsorted(own[order], places), len(own) - 1)]
    if not np.array_equal(own[found], places):
        raise ValueError("as_strided looks at memory outside the array: its derivative is not known")
    return found


def byte_offsets(shape: Any, strides: Any) -> Any:
    """Offset in bytes of each element of an array."""
    total = np.zeros(tuple(shape), int)
    for index, stride in zip(np.indices(tuple(shape), sparse=True), strides, strict=True):
        total = total + index * stride
    return total


@overridable
def match_source(values: Any, out: Any) -> Any:
    """For each element of `out` the flat position of its first equal in `values`, -1 where there is none."""
    flat = np.reshape(values, (-1,))
    if not len(flat):
        return np.full(np.shape(out), -1)
    order = np.argsort(flat, kind="stable")
    found = order[np.minimum(np.searchsorted(flat[order], out), len(flat) - 1)]
    return np.where(flat[found] == out, found, -1)
