"""Words that the linear algebra rows share: transposes, conjugates and spreading, chosen by rank and dtype.

Everything here follows the contract of a formula (`rules.row`): it branches on static facts only, so that on
compiler handles `transpose(a)` emits `a.T` for a matrix and `np.swapaxes(a, -1, -2)` for a stack.
"""
from __future__ import annotations

from typing import Any

import numpy as np


def is_complex(x: Any) -> bool:
    """Whether `x` is complex, by its dtype or, for a plain number, its type."""
    dtype = getattr(x, "dtype", None)
    return isinstance(x, complex) if dtype is None else dtype.kind == "c"


def whole(x: Any, dtype: Any) -> Any:
    """`x`, of which a function with `dtype=` does not drop the imaginary part before it computes. Raises
    NotImplementedError."""
    if dtype is not None and is_complex(x) and np.dtype(dtype).kind != "c":
        raise NotImplementedError("complex numbers with a real dtype= have no derivative rule: give their real part")
    return x


def conj(x: Any) -> Any:
    """Conjugate of a complex `x`; a real one is returned as it is."""
    return np.conj(x) if is_complex(x) else x


def transpose(x: Any) -> Any:
    """The last two axes swapped."""
    return x.T if x.ndim == 2 else np.swapaxes(x, -1, -2)


def adjoint(x: Any) -> Any:
    """Conjugate transpose of the last two axes."""
    return conj(transpose(x))


def symmetric(x: Any) -> Any:
    """Hermitian part of `x`."""
    return 0.5 * (x + adjoint(x))


def column(g: Any) -> Any:
    """`g` with a last axis of length one."""
    return g[:, None] if np.ndim(g) == 1 else g[..., None]


def row(g: Any) -> Any:
    """`g` with an axis of length one before its last."""
    return g[None, :] if np.ndim(g) == 1 else g[..., None, :]


def as_matrix(g: Any) -> Any:
    """One number per matrix as a stack of 1 by 1 matrices; a single number stays a number."""
    return g if np.ndim(g) == 0 else g[..., None, None]


def diagonal_of(x: Any) -> Any:
    """Main diagonals of the matrices `x`."""
    return np.diag(x) if x.ndim == 2 else np.diagonal(x, axis1=-2, axis2=-1)


def trace_of(x: Any) -> Any:
    """Traces of the matrices `x`."""
    return np.trace(x) if x.ndim == 2 else np.trace(x, axis1=-2, axis2=-1)


def reciprocal(x: Any) -> Any:
    """`1 / x`, and zero where `x` is zero."""
    return (x != 0) / np.where(x == 0, 1, x)


def total(terms: list[Any]) -> Any:
    """Sum of the terms that are not None (cotangents of results that nobody uses); zero if there are none."""
    found = [term for term in terms if term is not None]
    if not found:
        return 0.0
    out = found[0]
    for term in found[1:]:
        out = out + term
    return out


def negative_axis(axis: int, ndim: int) -> int:
    """`axis` counted from the end, where broadcasting does not move it."""
    return axis if axis < 0 else axis - ndim


def given(**options: tuple[Any, Any]) -> dict[str, Any]:
    """Keyword arguments as `name=(value, default)`, without those that are defaults: emitted code shows the
    rest.

    >>> given(axis=(0, -1), norm=(None, None))
    {'axis': 0}
    """
    return {name: value for name,
            (value, default) in options.items() if value is not default and value != default}
