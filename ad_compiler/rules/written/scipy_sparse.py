"""Sparse matrices of `scipy.sparse` whose stored data carry derivatives: triples of rows, columns and values.

Every format becomes this one. Its products with arrays are sums over the stored values, its systems are solved by SciPy
(`solved`, with a rule), and derivatives arrive at the stored values only.
"""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sps
import scipy.sparse.linalg as ssl

from ad_compiler import support
from ad_compiler.rules.row import existing
from ad_compiler.rules.written import Written


def solved(data: Any, row: Any, col: Any, shape: Any, b: Any) -> Any:
    """The solution of a sparse system, by `scipy.sparse.linalg.spsolve`."""
    return ssl.spsolve(sps.csc_matrix((data, (row, col)), shape=tuple(shape)), b)


class Factored:
    """What `splu` gives: systems with a matrix, solved anew each time."""

    def __init__(self, A: Any) -> None:
        self.A = A

    def solve(self, rhs: Any, trans: str = "N") -> Any:
        """The solution of a system, of the transposed one for trans="T"."""
        return as_given(ssl.spsolve(self.A if trans == "N" else self.A.T, rhs), rhs)


def splu(A: Any, permc_spec: Any = None, diag_pivot_thresh: Any = None, relax: Any = None, panel_size: Any = None,
         options: Any = None) -> Any:
    """`scipy.sparse.linalg.splu`."""
    return Factored(A)


def factorized(A: Any) -> Any:
    """`scipy.sparse.linalg.factorized`: a function that solves."""
    return lambda b: as_given(ssl.spsolve(A, b), b)


class Stored:
    """A sparse matrix by its stored values."""

    def __init__(self, data: Any, row: Any, col: Any, shape: Any) -> None:
        self.data, self.row, self.col, self.shape = data, row, col, shape

    @property
    def T(self) -> Any:
        """The transpose."""
        return Stored(self.data, self.col, self.row, (self.shape[1], self.shape[0]))

    def transpose(self) -> Any:
        """The transpose."""
        return Stored(self.data, self.col, self.row, (self.shape[1], self.shape[0]))

    def dot(self, other: Any) -> Any:
        """The product with an array."""
        kind = np.result_type(self.data, other)
        if np.ndim(other) == 1:
            out = np.zeros(self.shape[0], kind)
            np.add.at(out, self.row, self.data * other[self.col])
            return out
        out = np.zeros((self.shape[0], np.shape(other)[1]), kind)
        np.add.at(out, self.row, np.reshape(self.data, (-1, 1)) * other[self.col])
        return out

    def __matmul__(self, other: Any) -> Any:
        return self.dot(other)

    def __rmatmul__(self, other: Any) -> Any:
        return self.transpose().dot(np.transpose(other)).T

    def __mul__(self, other: Any) -> Any:
        return self.dot(other) if np.ndim(other) > 0 else Stored(self.data * other, self.row, self.col, self.shape)

    def __rmul__(self, other: Any) -> Any:
        return Stored(self.data * other, self.row, self.col, self.shape)

    def __truediv__(self, other: Any) -> Any:
        return Stored(self.data / other, self.row, self.col, self.shape)

    def __neg__(self) -> Any:
        return Stored(-self.data, self.row, self.col, self.shape)

    def __add__(self, other: Any) -> Any:
        return Stored(np.concatenate([self.data, other.data]), np.concatenate([self.row, other.row]),
                      np.concatenate([self.col, other.col]), self.shape)

    def __sub__(self, other: Any) -> Any:
        return Stored(np.concatenate([self.data, -other.data]), np.concatenate([self.row, other.row]),
                      np.concatenate([self.col, other.col]), self.shape)

    def toarray(self) -> Any:
        """The dense matrix."""
        out = np.zeros((self.shape[0], self.shape[1]), self.data.dtype)
        np.add.at(out, (self.row, self.col), self.data)
        return out

    def multiply(self, other: Any) -> Any:
        """The elementwise product with a number or a dense matrix."""
        if np.ndim(other) == 0:
            return Stored(self.data * other, self.row, self.col, self.shape)
        full = np.broadcast_to(other, (self.shape[0], self.shape[1]))
        return Stored(self.data * full[self.row, self.col], self.row, self.col, self.shape)

    def sum(self, axis: Any = None) -> Any:
        """The sum of all entries, or of rows or columns."""
        return np.sum(self.data) if axis is None else np.sum(self.toarray(), axis=axis)

    def diagonal(self, k: int = 0) -> Any:
        """A diagonal."""
        return np.diagonal(self.toarray(), k)

    def tocsr(self) -> Any:
        """The matrix."""
        return self

    def tocsc(self) -> Any:
        """The matrix."""
        return self

    def tocoo(self) -> Any:
        """The matrix."""
        return self

    def copy(self) -> Any:
        """The matrix."""
        return self

    def asformat(self, format: Any) -> Any:
        """The matrix."""
        return self


def by_rows(arg1: Any, shape: Any = None, dtype: Any = None, copy: bool = False) -> Any:
    """`csr_matrix`, `csr_array`, `coo_matrix`, `coo_array`."""
    return of_kind(stored(arg1, shape, True), dtype)


def by_columns(arg1: Any, shape: Any = None, dtype: Any = None, copy: bool = False) -> Any:
    """`csc_matrix`, `csc_array`."""
    return of_kind(stored(arg1, shape, False), dtype)


def of_kind(matrix: Any, dtype: Any) -> Any:
    """The matrix with its values of a dtype, None for their own."""
    return matrix if dtype is None else Stored(np.astype(matrix.data, dtype), matrix.row, matrix.col, matrix.shape)


def stored(arg1: Any, shape: Any, rows_first: bool) -> Any:
    """The matrix of values with their places, of compressed values, or of a dense array."""
    if isinstance(arg1, Stored):
        return arg1
    if isinstance(arg1, sps.spmatrix | sps.sparray):
        data, row, col = support.sparse_parts(arg1)
        rows, columns = support.sparse_shape(arg1)
        return Stored(data * 1.0, row, col, (rows, columns))
    if isinstance(arg1, tuple) and len(arg1) == 2 and isinstance(arg1[1], tuple | list):
        row, col = np.asarray(arg1[1][0]), np.asarray(arg1[1][1])
        size = (int(np.max(row)) + 1, int(np.max(col)) + 1) if shape is None else shape
        return Stored(np.asarray(arg1[0]) * 1.0, row, col, size)
    if isinstance(arg1, tuple) and len(arg1) == 3:
        inner, starts = np.asarray(arg1[1]), np.asarray(arg1[2])
        outer = np.repeat(np.arange(np.size(starts) - 1), np.diff(starts))
        across = int(np.max(inner)) + 1
        if rows_first:
            size = (np.size(starts) - 1, across) if shape is None else shape
            return Stored(np.asarray(arg1[0]) * 1.0, outer, inner, size)
        size = (across, np.size(starts) - 1) if shape is None else shape
        return Stored(np.asarray(arg1[0]) * 1.0, inner, outer, size)
    dense = np.asarray(arg1)
    row, col = np.nonzero(dense)
    return Stored(dense[row, col] * 1.0, row, col, (np.shape(dense)[0], np.shape(dense)[1]))


def diags(diagonals: Any, offsets: Any = 0, shape: Any = None, format: Any = None, dtype: Any = None) -> Any:
    """`scipy.sparse.diags`: a matrix of diagonals."""
    if not isinstance(offsets, list | tuple):
        offsets = [offsets]
        diagonals = [diagonals[0]] if isinstance(diagonals, list | tuple) and np.ndim(diagonals[0]) > 0 else [diagonals]
    first = np.size(diagonals[0]) + abs(offsets[0])
    size = (first, first) if shape is None else shape
    data, row, col = [], [], []
    for values, offset in zip(diagonals, offsets, strict=True):
        count = min(size[0] + min(offset, 0), size[1] - max(offset, 0))
        place = np.arange(count)
        line = np.broadcast_to(np.asarray(values) * 1.0, (count,)) if np.size(values) == 1 else np.asarray(values) * 1.0
        data.append(line[:count])
        row.append(place + max(0, -offset))
        col.append(place + max(0, offset))
    return of_kind(Stored(np.concatenate(data), np.concatenate(row), np.concatenate(col), size), dtype)


def eye(m: Any, n: Any = None, k: int = 0, dtype: Any = None, format: Any = None) -> Any:
    """`scipy.sparse.eye`."""
    columns = m if n is None else n
    place = np.arange(min(m + min(k, 0), columns - max(k, 0)))
    return of_kind(Stored(np.ones(np.size(place)), place + max(0, -k), place + max(0, k), (m, columns)), dtype)


def identity(n: Any, dtype: Any = None, format: Any = None) -> Any:
    """`scipy.sparse.identity`."""
    return eye(n, n, 0, dtype)


def eye_array(m: Any, n: Any = None, *, k: int = 0, dtype: Any = None, format: Any = None) -> Any:
    """`scipy.sparse.eye_array`."""
    return eye(m, n, k, dtype)


def spsolve(A: Any, b: Any, permc_spec: Any = None, use_umfpack: bool = True) -> Any:
    """`scipy.sparse.linalg.spsolve` with a matrix whose values carry derivatives, or of a single column.

    SciPy solves for a single column as for a vector, and gives a vector.
    """
    b = as_solved(b)
    if not isinstance(A, Stored):
        return ssl.spsolve(A, b, permc_spec, use_umfpack)
    return solved(A.data, A.row, A.col, A.shape, b)


def is_many(b: Any) -> bool:
    """Whether a right-hand side is anything but a matrix of one column."""
    dims = getattr(getattr(b, "type", None), "dims", None)
    if dims is not None:
        return len(dims) != 2 or bool(dims[1].terms) or dims[1].const != 1
    shape = getattr(b, "shape", ())
    return len(shape) != 2 or shape[1] != 1


def as_solved(b: Any) -> Any:
    """A right-hand side as SciPy solves for it: a single column as a vector."""
    return b if is_many(b) else np.reshape(b, (-1,))


def as_given(x: Any, b: Any) -> Any:
    """A solution in the shape of its right-hand side, for solvers that keep it."""
    return x if is_many(b) else np.reshape(x, b.shape)


def _column(lo: Any, function: Any, args: Any, kwargs: Any, node: Any, hint: Any) -> Any:
    """Compiled: as it is. A single column, of which SciPy may make a vector, is the tape's."""
    if not is_many(lo.operand(args[-1], node)):
        lo.fail("AD108", node, "a sparse system with a matrix of one column is solved as one with a vector",
                "give the vector: `b[:, 0]`")
    return args[0]


as_solved.__ad_transform__ = as_given.__ad_transform__ = _column


def of_vector(solve: Any) -> Any:
    """An iterative solver of a single column, which is the vector for it."""
    def iterate(A: Any, b: Any, x0: Any = None, *, rtol: Any = 1e-5, atol: Any = 0.0, maxiter: Any = None,
                M: Any = None) -> Any:
        return solve(A, as_solved(b), x0, rtol=rtol, atol=atol, maxiter=maxiter, M=M)
    return iterate


def is_constant(A: Any) -> bool:
    """Whether a matrix is one of SciPy's own, which carries no derivatives, rather than one made in the program."""
    known = getattr(A, "cls", None) or getattr(getattr(A, "type", None), "cls", None) or type(getattr(A, "value", A))
    return not issubclass(known, Stored)


DEFINITIONS: dict[Any, Written] = {
    **{kind: Written(by_rows) for kind in (sps.csr_matrix, sps.csr_array, sps.coo_matrix, sps.coo_array)},
    **{kind: Written(by_columns) for kind in (sps.csc_matrix, sps.csc_array)},
    sps.diags: Written(diags), sps.diags_array: Written(diags), sps.eye: Written(eye),
    **{function: Written(eye_array) for function in existing(sps, "eye_array")},
    sps.identity: Written(identity),
    ssl.splu: Written(splu, harmless=("options",)), ssl.factorized: Written(factorized),
    ssl.spsolve: Written(spsolve, covered={"A": is_constant, "b": is_many}),
    **{solve: Written(of_vector(solve), covered={"A": lambda _: True, "b": is_many})
       for solve in (ssl.cg, ssl.gmres, ssl.bicgstab)},
}
