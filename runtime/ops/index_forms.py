"""What an index means: its parts, in torch's order, and the error of one that does not fit."""
from __future__ import annotations

from typing import Any

import numpy as np

from runtime.core import Recorded
from runtime.hooks import warn_user

BASIC = (int, slice, type(None), type(Ellipsis), np.integer)
AS_TUPLE = (
    "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in pytorch 2.9; use "
    "x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be interpreted as tensor index, x[torch.tensor(seq)], "
    "which will result either in an error or a different result")
BYTES = "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead."


def is_basic(index: Any) -> bool:
    """Whether an index gives a view: ints, slices, None and `...` only."""
    if type(index) is tuple:
        return all(isinstance(i, BASIC) and not isinstance(i, bool) for i in index)
    return isinstance(index, BASIC) and not isinstance(index, bool)


def plain_index(index: Any, numpy: bool, inside: bool = False) -> Any:
    """An index as NumPy wants it: tensors as arrays, 0-d integer tensors as ints, lists as arrays. `inside` a tuple a
    nested list is an array too."""
    if isinstance(index, tuple):
        return tuple(plain_index(i, numpy, True) for i in index)
    if isinstance(index, Recorded):
        a = index._data
        if a.dtype == np.uint8 and not numpy:
            warn_user(BYTES)
            return a.astype(bool)
        return int(a) if a.ndim == 0 and a.dtype.kind in "iu" else a
    if isinstance(index, list):
        if not (numpy or inside) and any(not isinstance(i, int | float | np.number) for i in index) and _nested(index):
            warn_user(AS_TUPLE)
            return tuple(plain_index(i, numpy, True) for i in index)
        return np.asarray(_listed(index), dtype=None if index else np.intp)
    if isinstance(index, range):
        return np.arange(index.start, index.stop, index.step)
    if isinstance(index, slice) and not numpy:
        return slice(*(int(v) if isinstance(v, Recorded) else v for v in (index.start, index.stop, index.step)))
    return index


def _nested(index: list[Any]) -> bool:
    """Whether torch reads a list as a tuple of indices."""
    return len(index) < 32 and any(isinstance(i, Recorded | list | tuple | slice | np.ndarray) or i is None
                                   or i is Ellipsis for i in index)


def _listed(index: list[Any]) -> list[Any]:
    return [_listed(i) if isinstance(i, list) else i._data.item() if isinstance(i, Recorded) else i for i in index]


def refusal(a: np.ndarray, index: tuple[Any, ...], error: Exception | None = None) -> Exception:
    """torch's error for an index that does not fit."""
    used = 0
    grids = [i for i in index if isinstance(i, np.ndarray) and i.dtype.kind in "iu"]
    try:
        np.broadcast_shapes(*(i.shape for i in grids))
    except ValueError:
        return IndexError("shape mismatch: indexing tensors could not be broadcast together with shapes "
                          + ", ".join(str(list(i.shape)) for i in grids))
    for i in index:
        if i is None or i is Ellipsis:
            continue
        if isinstance(i, str):
            return TypeError("new(): invalid data type 'str'")
        if isinstance(i, float) or (isinstance(i, np.ndarray) and i.dtype.kind not in "iub"):
            if isinstance(i, float):
                return IndexError("only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are "
                                  "valid "
                                 "indices (got float)")
            return IndexError("tensors used as indices must be long, int, byte or bool tensors")
        if used >= a.ndim:
            if not a.ndim:
                return IndexError("invalid index of a 0-dim tensor. Use `tensor.item()` in Python or "
                                  "`tensor.item<T>()` in "
                                  "C++ to convert a 0-dim tensor to a number")
            return IndexError(f"too many indices for tensor of dimension {a.ndim}")
        n = a.shape[used]
        if isinstance(i, int | np.integer) and not -n <= i < n:
            return IndexError(f"index {i} is out of bounds for dimension {used} with size {n}")
        if isinstance(i, np.ndarray) and i.dtype.kind == "b":
            if used + i.ndim > a.ndim:
                return IndexError(f"too many indices for tensor of dimension {a.ndim}")
            if i.shape != a.shape[used:used + i.ndim]:
                bad = next((k for k, m in enumerate(i.shape) if a.shape[used:][k:k + 1] != (m,)), 0)
                return IndexError(f"The shape of the mask {list(i.shape)} at index {bad} does not match the shape of "
                                  f"the indexed "
                                  f"tensor {list(a.shape)} at index {used + bad}")
            used += i.ndim
            continue
        if isinstance(i, np.ndarray) and i.size and (i.max() >= n or i.min() < -n):
            bad = int(i[(i >= n) | (i < -n)].flat[0])
            return IndexError(f"index {bad} is out of bounds for dimension {used} with size {n}")
        used += 1
    return error or IndexError("the index does not fit the tensor")


def apart(index: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """An index as torch takes it: first its ints, slices and None, as a view; then its tensors in what that gives.

    The first is empty where it would change nothing.
    """
    basic: list[Any] = []
    rest: list[Any] = []
    for i in index:
        if isinstance(i, np.ndarray):
            basic += [slice(None)] * (i.ndim if i.dtype.kind == "b" else 1)
            rest.append(i)
        elif i is True or i is False or not isinstance(i, BASIC):
            return (), index
        else:
            basic.append(i)
            if not isinstance(i, int | np.integer):
                rest.append(i if i is Ellipsis else slice(None))
    plain = all(i is Ellipsis or (isinstance(i, slice) and i == slice(None)) for i in basic)
    return () if plain else tuple(basic), tuple(rest)


def steps_of(where: tuple[Any, ...], ndim: int) -> list[tuple[Any, ...]]:
    """The parts of a basic index, one after the other, each as an index of its own."""
    used = sum(1 for i in where if i is not None and i is not Ellipsis)
    axis, steps = 0, []
    for i in where:
        if i is Ellipsis:
            axis += ndim - used
            continue
        if not (isinstance(i, slice) and i == slice(None)):
            steps.append((slice(None),) * axis + (i,))
        axis += not isinstance(i, int | np.integer)
    return steps
