"""Which entries of a matrix count that is read as a Hermitian one.

`np.linalg.eigh` reads one triangle. Where the matrix is Hermitian, the derivatives of its functions are taken among
Hermitian matrices, as everywhere; where it is not (only one triangle was filled), it stands for the matrix that its
triangle describes, and nothing but that triangle has a derivative.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.support.dispatch import overridable


def _adjoint(x: Any) -> Any:
    return np.conj(np.swapaxes(x, -1, -2))


def _is_hermitian(a: Any) -> bool:
    """Whether each entry is the conjugate of its mirror image, up to rounding on the scale of the matrix."""
    scale = np.max(np.abs(a), initial=0.0)
    return bool(np.all(np.abs(a - _adjoint(a)) <= 1e3 * np.finfo(a.dtype).eps * scale)) or not np.isfinite(scale)


@overridable
def described(d: Any, a: Any, uplo: str = "L") -> Any:
    """The change of the Hermitian matrix that `a` stands for, where `a` changes by `d`.

    >>> described(np.array([[1.0, 5.0], [2.0, 3.0]]), np.array([[1.0, 0.0], [4.0, 1.0]]))
    array([[1., 2.],
           [2., 3.]])
    """
    a = np.asarray(a)
    if _is_hermitian(a):
        return 0.5 * (d + _adjoint(d))
    own, other = (np.tril(d), np.tril(d, -1)) if uplo.upper() == "L" else (np.triu(d), np.triu(d, 1))
    return own + _adjoint(other)


@overridable
def of_description(g: Any, a: Any, uplo: str = "L") -> Any:
    """The cotangent of `a` for that of the Hermitian matrix that it stands for: the transpose of `described`.

    >>> of_description(np.array([[1.0, 5.0], [5.0, 3.0]]), np.array([[1.0, 0.0], [4.0, 1.0]]))
    array([[ 1.,  0.],
           [10.,  3.]])
    """
    a = np.asarray(a)
    if _is_hermitian(a):
        return 0.5 * (g + _adjoint(g))
    own, other = (np.tril(g), np.triu(g, 1)) if uplo.upper() == "L" else (np.triu(g), np.tril(g, -1))
    return own + _adjoint(other)
