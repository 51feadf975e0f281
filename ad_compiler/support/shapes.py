"""Fitting a cotangent or a tangent to the shape and dtype it must have."""
from __future__ import annotations

from typing import Any

import numpy as np


def sum_to_shape(cotangent: Any, shape: tuple[int, ...]) -> Any:
    """Undo broadcasting: sum `cotangent` over the axes along which an operand of `shape` was repeated.

    An axis along which the cotangent is the smaller one (length 1, or missing in front) is left as it is.

    >>> sum_to_shape(np.ones((2, 3)), (3,))
    array([2., 2., 2.])
    """
    if isinstance(cotangent, np.ndarray) and cotangent.shape == shape:
        return cotangent
    extra = np.ndim(cotangent) - len(shape)
    if extra > 0:
        cotangent = np.sum(cotangent, axis=tuple(range(extra)))
        extra = 0
    lengths = np.shape(cotangent)
    axes = tuple(axis for axis, length in enumerate(lengths) if length != 1 and shape[axis - extra] == 1)
    return np.sum(cotangent, axis=axes, keepdims=True) if axes else cotangent


def fit(cotangent: Any, shape: tuple[int, ...]) -> Any:
    """`cotangent` summed or expanded to exactly `shape`; the result may be a read-only broadcast view."""
    if np.shape(cotangent) == shape:
        return cotangent
    cotangent = sum_to_shape(cotangent, shape)
    return cotangent if np.shape(cotangent) == shape else np.broadcast_to(cotangent, shape)


def shaped(value: Any, shape: tuple[int, ...], what: str) -> Any:
    """`value`, which must have this shape: what a derivative rule of the user's returned.

    Raises ValueError if it has another one; `what` says what it is.
    """
    if np.shape(value) != shape:
        raise ValueError(f"{what} must have the shape {shape}, not {np.shape(value)}")
    return value


def cast(value: Any, dtype: np.dtype) -> Any:
    """`value` with `dtype`; the real part where a complex value meets a real dtype. No copy without need."""
    have = value.dtype
    if have == dtype:
        return value
    if have.kind == "c" and dtype.kind != "c":
        value = np.real(value)
    return value.astype(dtype)


def project(cotangent: Any, shape: tuple[int, ...], dtype: np.dtype) -> Any:
    """The cotangent of an operand with this shape and dtype, from anything that broadcasts against it.

    Sums what broadcasting repeated, expands what is smaller, takes the real part for a real operand, casts.

    >>> project(np.array([1.0, 2.0]) + 1j, (1,), np.dtype("f4"))
    array([3.], dtype=float32)
    """
    if not hasattr(cotangent, "dtype"):
        cotangent = np.asarray(cotangent)
    if cotangent.shape != shape:
        cotangent = fit(cotangent, shape)
    return cotangent if cotangent.dtype == dtype else cast(cotangent, dtype)
