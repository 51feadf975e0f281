"""Joining the parts of one array: `np.vstack(x)` of an array where a list of arrays is usual.

The results are new memory, as NumPy's.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules.written import Written, rank


def merged(x: Any, axis: int) -> Any:
    """The parts `x[0], x[1], ...` one after the other along their axis `axis`."""
    moved = np.moveaxis(x, 0, axis)
    shape = np.shape(moved)
    return np.copy(np.reshape(moved, (*shape[:axis], shape[axis] * shape[axis + 1], *shape[axis + 2:])))


def concatenate(arrays: Any, axis: Any = 0, dtype: Any = None, casting: str = "same_kind") -> Any:
    """`np.concatenate` of the parts of an array."""
    found = np.copy(np.ravel(arrays)) if axis is None else merged(arrays, axis % (np.ndim(arrays) - 1))
    return found if dtype is None else found.astype(dtype)


def stack(arrays: Any, axis: int = 0, dtype: Any = None, casting: str = "same_kind") -> Any:
    """`np.stack` of the parts of an array: its first axis moves."""
    found = np.copy(np.moveaxis(arrays, 0, axis))
    return found if dtype is None else found.astype(dtype)


def vstack(tup: Any, dtype: Any = None, casting: str = "same_kind") -> Any:
    """`np.vstack` of the parts of an array."""
    if np.ndim(tup) > 2:
        return concatenate(tup, 0, dtype)
    return stack(tup[:, None] if np.ndim(tup) == 1 else tup, 0, dtype)


def hstack(tup: Any, dtype: Any = None, casting: str = "same_kind") -> Any:
    """`np.hstack` of the parts of an array."""
    if np.ndim(tup) > 2:
        return concatenate(tup, 1, dtype)
    return stack(np.ravel(tup), 0, dtype)


def dstack(tup: Any) -> Any:
    """`np.dstack` of the parts of an array."""
    if np.ndim(tup) > 3:
        return merged(tup, 2)
    if np.ndim(tup) == 3:
        return stack(tup, 2)
    return np.copy(tup[None, None, :] if np.ndim(tup) == 1 else np.transpose(tup)[None])


def column_stack(tup: Any) -> Any:
    """`np.column_stack` of the parts of an array."""
    if np.ndim(tup) > 2:
        return merged(tup, 1)
    return np.copy(tup[None, :] if np.ndim(tup) == 1 else np.transpose(tup))


def of_one_array(body: Any, parameter: str) -> Written:
    """The definition serves where the argument is an array, the row where it is a sequence."""
    return Written(body, covered={parameter: lambda value: rank(value) is None})


DEFINITIONS: dict[Any, Written] = {
    np.concatenate: of_one_array(concatenate, "arrays"), np.stack: of_one_array(stack, "arrays"),
    np.vstack: of_one_array(vstack, "tup"), np.hstack: of_one_array(hstack, "tup"),
    np.dstack: of_one_array(dstack, "tup"), np.column_stack: of_one_array(column_stack, "tup"),
}
