"""Result types of decompositions: their sizes are those of the matrix."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, Dim, Seq, unknown_dim
from ..support import complex_eig, complex_eigvals, described, of_description
from .infer import Untypable, shape_of
from .shape_arguments import mean_dtype, numeric, static

TRUE = ir.Const(True)
FALSE = ir.Const(False)
#: The named tuples that NumPy returns; it has no public names for them.
EIGH, EIG, SVD, QR = (type(f(np.eye(1))) for f in (np.linalg.eigh, complex_eig, np.linalg.svd, np.linalg.qr))


def _matrix(a: ir.Arg) -> tuple[np.dtype[Any], tuple[Dim, ...]]:
    t = numeric(a)
    if not isinstance(t, Array) or t.ndim < 2:
        raise Untypable(f"a matrix is needed, not an array of {len(shape_of(t))} dimensions")
    return mean_dtype(t), t.dims


def _real(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype(dtype.type(0).real.dtype)


def _eigh(a, *_args, **_kwargs):
    dtype, dims = _matrix(a)
    return Seq((Array(_real(dtype), dims[:-1]), Array(dtype, dims)), EIGH)


def _eigvalsh(a, *_args, **_kwargs):
    dtype, dims = _matrix(a)
    return Array(_real(dtype), dims[:-1])


def _complex_eig(a):
    dtype, dims = _matrix(a)
    dtype = np.result_type(dtype, np.complex64)
    return Seq((Array(dtype, dims[:-1]), Array(dtype, dims)), EIG)


def _complex_eigvals(a):
    return _complex_eig(a).items[0]


def _svd(a, full_matrices=TRUE, compute_uv=TRUE, hermitian=FALSE):
    dtype, (*stack, m, n) = _matrix(a)
    k = m if m == n else unknown_dim()
    values = Array(_real(dtype), (*stack, k))
    if not static(compute_uv):
        return values
    left, right = (m, n) if static(full_matrices) else (k, k)
    return Seq((Array(dtype, (*stack, m, left)), values, Array(dtype, (*stack, right, n))), SVD)


def _svdvals(x):
    return _svd(x, compute_uv=FALSE)


def _qr(a, mode=ir.Const("reduced")):
    dtype, (*stack, m, n) = _matrix(a)
    k = m if m == n else unknown_dim()
    left = m if static(mode) == "complete" else k
    if static(mode) not in ("reduced", "complete"):
        if static(mode) != "r":
            raise Untypable
        return Array(dtype, (*stack, k, n))
    return Seq((Array(dtype, (*stack, m, left)), Array(dtype, (*stack, left, n))), QR)


def _pinv(a, *_args, **_kwargs):
    dtype, (*stack, m, n) = _matrix(a)
    return Array(dtype, (*stack, n, m))


def _same(x, *_args, **_kwargs):
    return Array(*_matrix(x))


RULES = {
    described: _same, of_description: _same,
    np.linalg.eigh: _eigh, np.linalg.eigvalsh: _eigvalsh, complex_eig: _complex_eig, complex_eigvals: _complex_eigvals,
    np.linalg.svd: _svd, np.linalg.svdvals: _svdvals, np.linalg.qr: _qr, np.linalg.pinv: _pinv,
}
