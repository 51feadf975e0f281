"""Which value ends up where, for functions that write into an array.

Each function runs the writing function on labels: the result has -1 where the array keeps its old value,
else the flat position in the values written there. Where a place is written twice, the last write counts,
as in NumPy.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.support.dispatch import overridable
from ad_compiler.support.moving import labels


def untouched(shape: tuple[int, ...]) -> np.ndarray:
    return np.full(shape, -1)


@overridable
def put_source(shape: tuple[int, ...], ind: Any, v_shape: tuple[int, ...], mode: str) -> Any:
    """After `np.put(a, ind, v, mode)`."""
    room = untouched(shape)
    np.put(room, ind, labels(v_shape), mode)
    return room


@overridable
def put_along_axis_source(shape: tuple[int, ...], indices: Any, v_shape: tuple[int, ...], axis: Any) -> Any:
    """After `np.put_along_axis(arr, indices, values, axis)`."""
    room = untouched(shape)
    np.put_along_axis(room, indices, labels(v_shape), axis)
    return room


@overridable
def place_source(shape: tuple[int, ...], mask: Any, v_shape: tuple[int, ...]) -> Any:
    """After `np.place(arr, mask, vals)`."""
    room = untouched(shape)
    np.place(room, mask, labels(v_shape))
    return room


@overridable
def putmask_source(shape: tuple[int, ...], mask: Any, v_shape: tuple[int, ...]) -> Any:
    """After `np.putmask(a, mask, values)`."""
    room = untouched(shape)
    np.putmask(room, mask, labels(v_shape))
    return room


@overridable
def fill_diagonal_source(shape: tuple[int, ...], v_shape: tuple[int, ...], wrap: bool) -> Any:
    """After `np.fill_diagonal(a, val, wrap)`."""
    room = untouched(shape)
    np.fill_diagonal(room, labels(v_shape), wrap)
    return room


@overridable
def written_source(shape: tuple[int, ...], index: Any, v_shape: tuple[int, ...]) -> Any:
    """After `a[index] = v`."""
    room = untouched(shape)
    room[index] = labels(v_shape)
    return room
