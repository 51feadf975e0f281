"""`torch.linalg`: linear algebra by NumPy's functions of the same names, recorded by their rows of the table."""
from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ad_compiler.extras import scipy_module
from runtime.composite import composite
from runtime.dtypes import SCALAR_TYPES, of
from runtime.numpy_calls import call
from runtime.ops import linalg as _products
from runtime.ops.more import cross
from runtime.ops.norms import norm as _norm
from runtime.ops.reduce import axis_of
from runtime.promotion import plain
from runtime.refusals import LINALG_CHECKS, refusing
from runtime.row_node import as_front
from runtime.tensor import Tensor


class _LinAlgError(np.linalg.LinAlgError, RuntimeError):
    """A matrix that cannot be inverted or factorised: a RuntimeError as torch's is, and NumPy's error too."""


LinAlgError = _LinAlgError
matmul = _products.matmul


def _named(name: str, fields: str) -> Any:
    """A named tuple that prints as torch's `torch.return_types`."""
    made = namedtuple(name, fields.split())

    def text(self: Any) -> str:
        return f"torch.return_types.{name}(\n" + ",\n".join(
            f"{field}={value!r}" for field, value in zip(self._fields, self, strict=True)) + ")"
    return type(name, (made,), {"__slots__": (), "__repr__": text, "__module__": "torch.return_types"})


_Eigh, _Qr, _Slogdet = (_named(f"linalg_{n}", f) for n, f in (
    ("eigh", "eigenvalues eigenvectors"), ("qr", "Q R"), ("slogdet", "sign logabsdet")))
_Svd, _Lstsq = _named("linalg_svd", "U S Vh"), _named("linalg_lstsq", "solution residuals rank singular_values")


def _square(x: Any, name: str) -> None:
    a = x._data
    if a.ndim < 2:
        raise RuntimeError(f"linalg.{name}: The input tensor A must have at least 2 dimensions.")
    if a.shape[-1] != a.shape[-2]:
        raise RuntimeError(f"linalg.{name}: A must be batches of square matrices, but they are {a.shape[-2]} by "
                           f"{a.shape[-1]} matrices")


def _called(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    found = call(function, args, options, Tensor)
    return found if isinstance(found, tuple) else as_front(found, Tensor)


def inv(A: Any) -> Any:
    """The inverse of square matrices (..., n, n). Raises LinAlgError for a singular one."""
    _square(A, "inv")
    try:
        return _called(np.linalg.inv, A)
    except np.linalg.LinAlgError:
        raise LinAlgError("linalg.inv: The diagonal element "
                          f"{_singular(A)} is zero, the inversion could not be completed because the input matrix is "
                          "singular.") from None


def _singular(x: Any) -> int:
    """The number of the first pivot that is zero, counted from 1."""
    a = np.array(x._data, np.float64).reshape(-1, *x._data.shape[-2:])[0]
    for k in range(len(a)):
        p = k + int(np.argmax(np.abs(a[k:, k])))
        if a[p, k] == 0:
            return k + 1
        a[[k, p]] = a[[p, k]]
        a[k + 1:] -= np.outer(a[k + 1:, k] / a[k, k], a[k])
    return len(a)


def solve(A: Any, B: Any, *, left: bool = True) -> Any:
    """`X` with `A @ X = B` (or `X @ A = B` if not `left`). Raises LinAlgError for a singular `A`."""
    if A._data.dtype != B._data.dtype:
        a, b = (SCALAR_TYPES[of(t._data.dtype).name] for t in (A, B))
        raise RuntimeError(f"linalg.solve: Expected A and B to have the same dtype, but found A of type {a} and B of "
                           f"type {b} instead")
    _square(A, "solve")
    if not left:
        return solve(A.mT, B.mT).mT
    vector = B._data.ndim == 1 or (B._data.ndim == A._data.ndim - 1 and B._data.shape == A._data.shape[:-1])
    try:
        found = _called(np.linalg.solve, A, B.unsqueeze(-1) if vector and B._data.ndim > 1 else B)
    except np.linalg.LinAlgError:
        raise LinAlgError("torch.linalg.solve: The solver failed because the input matrix is singular.") from None
    return found.squeeze(-1) if vector and B._data.ndim > 1 else found


def solve_triangular(A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Any:
    """`X` with `A @ X = B` for a triangular `A`, of which the other triangle is not read."""
    used = A.triu(1 if unitriangular else 0) if upper else A.tril(-1 if unitriangular else 0)
    if unitriangular:
        used = used + plain(np.eye(A._data.shape[-1], dtype=A._data.dtype))
    return solve(used, B, left=left)


def det(A: Any) -> Any:
    """The determinant."""
    _square(A, "det")
    return _called(np.linalg.det, A)


def slogdet(A: Any) -> Any:
    """The sign of the determinant and the logarithm of its magnitude."""
    _square(A, "slogdet")
    return _Slogdet(*_called(np.linalg.slogdet, A))


def cholesky(A: Any, *, upper: bool = False) -> Any:
    """The triangular `L` with `L @ L.mH = A`. Raises LinAlgError unless `A` is positive definite."""
    _square(A, "cholesky")
    try:
        found = _called(np.linalg.cholesky, A)
    except np.linalg.LinAlgError:
        a = A._data.reshape(-1, *A._data.shape[-2:])[0]
        order = next(k for k in range(1, len(a) + 1) if np.linalg.eigvalsh(a[:k, :k])[0] <= 0)
        raise LinAlgError("linalg.cholesky: The factorization could not be completed because the input is not "
                          f"positive-definite (the leading minor of order {order} is not positive-definite).") from None
    return found.mH if upper else found


def eigh(A: Any, UPLO: str = "L") -> Any:
    """Eigenvalues, in order, and eigenvectors of symmetric matrices."""
    _square(A, "eigh")
    return _Eigh(*_called(np.linalg.eigh, A, UPLO))


def eigvalsh(A: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of symmetric matrices, in order."""
    return eigh(A, UPLO)[0]


def svd(A: Any, full_matrices: bool = True) -> Any:
    """`U, S, Vh` with `A = U @ diag(S) @ Vh`."""
    return _Svd(*_called(np.linalg.svd, A, full_matrices))


def svdvals(A: Any) -> Any:
    """The singular values, the largest first."""
    return svd(A, False)[1]


def qr(A: Any, mode: str = "reduced") -> Any:
    """`Q, R` with `A = Q @ R`."""
    return _Qr(*_called(np.linalg.qr, A, mode))


def pinv(A: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """The pseudo-inverse; singular values below `rtol` times the largest count as zero."""
    limit = rcond if rtol is None else rtol
    limit = limit._data if isinstance(limit, Tensor) else limit
    return _called(np.linalg.pinv, A) if limit is None else _called(np.linalg.pinv, A, rcond=limit, hermitian=hermitian)


def lstsq(A: Any, B: Any, rcond: Any = None, *, driver: str | None = None) -> Any:
    """The `X` that minimises `|A @ X - B|`, for `A` of full rank."""
    solution = composite("LinalgLstsqBackward0", lambda a, b: pinv(a) @ b, A, B)
    rank = plain(np.asarray(np.linalg.matrix_rank(A._data), np.int64))
    tall = A._data.shape[-2] > A._data.shape[-1]
    residuals = ((A @ solution - B) ** 2).sum(-2) if tall else plain(np.zeros(0, A._data.dtype))
    return _Lstsq(solution, residuals, rank, plain(np.zeros(0, A._data.dtype)))


def matrix_power(A: Any, n: int) -> Any:
    """`A` multiplied by itself, or by its inverse for a negative `n`."""
    _square(A, "matrix_power")
    if n < 0:
        return matrix_power(inv(A), -n)
    out = None
    while n:
        if n & 1:
            out = A if out is None else out @ A
        A, n = A @ A if n > 1 else A, n >> 1
    return plain(np.broadcast_to(np.eye(A._data.shape[-1], dtype=A._data.dtype), A._data.shape).copy()) if out is None \
        else out


def multi_dot(tensors: Sequence[Any]) -> Any:
    """The product of several matrices; the first and the last may be vectors."""
    if len(tensors) < 2:
        raise RuntimeError("multi_dot(): expected at least 2 tensors but got " + str(len(tensors)))
    items = list(tensors)
    while len(items) > 1:  # from the end that is thinner
        if items[0]._data.size < items[-1]._data.size:
            items[:2] = [items[0] @ items[1]]
        else:
            items[-2:] = [items[-2] @ items[-1]]
    return items[0]


def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False) -> Any:
    """How many singular values are not negligible."""
    return plain(np.asarray(np.linalg.matrix_rank(A._data, tol, hermitian), np.int64))


def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """The inner products along a dimension."""
    return (x.conj() * y if x._data.dtype.kind == "c" else x * y).sum(dim)


def vector_norm(x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False) -> Any:
    """The norm of a vector, over `dim` or everything.

    >>> import runtime as torch
    >>> torch.linalg.vector_norm(torch.tensor([3.0, 4.0]))
    tensor(5.)
    """
    return _norm(x, ord, dim, keepdim)


def matrix_norm(A: Any, ord: Any = "fro", dim: tuple[int, int] = (-2, -1), keepdim: bool = False) -> Any:
    """A norm of matrices: "fro", "nuc", 2, -2 by singular values, 1, -1, inf, -inf by sums of rows or columns."""
    if ord == "fro":
        return _norm(A, 2, tuple(dim), keepdim)
    if ord in ("nuc", 2, -2):
        values = svdvals(A if tuple(dim) == (-2, -1) else A.movedim(tuple(dim), (-2, -1)))
        out = values.sum(-1) if ord == "nuc" else values.amax(-1) if ord == 2 else values.amin(-1)
    else:
        n = A._data.ndim
        row, column = axis_of(dim[0], n), axis_of(dim[1], n)
        over, then = (row, column) if abs(ord) == 1 else (column, row)
        sums = A.abs().sum(over, keepdim=keepdim)
        then = then if keepdim or then < over else then - 1
        return sums.amax(then, keepdim) if ord > 0 else sums.amin(then, keepdim)
    if keepdim:
        for k in sorted(axis_of(d, A._data.ndim) for d in dim):
            out = out.unsqueeze(k)
    return out


def norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False) -> Any:
    """The norm of a vector; of a matrix where `dim` names two dimensions, or `ord` is given for two."""
    matrix = (len(dim) == 2 if isinstance(dim, tuple | list) else dim is None and A._data.ndim == 2)
    if matrix and ord is not None:
        return matrix_norm(A, ord, (-2, -1) if dim is None else tuple(dim), keepdim)
    return _norm(A, 2 if ord is None else ord, dim, keepdim)


def cond(A: Any, p: Any = None) -> Any:
    """The condition number: the largest singular value over the smallest, or by another norm."""
    if p is None or p == 2:
        values = svdvals(A)
        return values.amax(-1) / values.amin(-1)
    return matrix_norm(A, p) * matrix_norm(inv(A), p)


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The diagonals of matrices, as a view."""
    return _products.diagonal(A, offset, dim1, dim2)


def cholesky_solve(B: Any, L: Any, upper: bool = False) -> Any:
    """`X` with `A @ X = B`, from the Cholesky factor `L` of `A`."""
    def solved(b: Any, factor: Any) -> Any:
        low = factor.mT.conj() if upper else factor
        return solve_triangular(low.mT.conj(), solve_triangular(low, b, upper=False), upper=True)
    return composite("CholeskySolveBackward0", solved, B, L)


def matrix_exp(A: Any) -> Any:
    """The exponential of square matrices, by SciPy's `expm`."""
    _square(A, "matrix_exp")
    expm = scipy_module("linalg", "torch.linalg.matrix_exp").expm
    return composite("LinalgMatrixExpBackward0", lambda a: _called(expm, a), A)


def adjoint(A: Any) -> Any:
    """The matrices transposed and conjugated."""
    return A.transpose(-2, -1).conj() if A._data.dtype.kind == "c" else A.transpose(-2, -1)


def logdet(A: Any) -> Any:
    """The logarithm of the determinant; NaN where that is negative."""
    def found(a: Any) -> Any:
        sign, size = slogdet(a)
        return size + plain(np.where(sign._data < 0, np.nan, 0).astype(size._data.dtype))
    return composite("WhereBackward0", found, A)


__all__ = [
    "LinAlgError",
    "adjoint",
    "cholesky",
    "cholesky_solve",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eigh",
    "eigvalsh",
    "inv",
    "lstsq",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "svdvals",
    "vecdot",
    "vector_norm",
]
globals().update({_name: refusing(globals()[_name], _check) for _name, _check in LINALG_CHECKS.items()})
