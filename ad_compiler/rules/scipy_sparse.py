"""The rows of `scipy.sparse.linalg`: systems with a sparse matrix, by the right-hand side.

Imported only where `scipy.sparse.linalg` is in use already. The matrix is a constant: an active one is
refused.
"""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sparse
import scipy.sparse.linalg as ssl

from ad_compiler import support
from ad_compiler.rules.row import Partial, Row, rule, zero
from ad_compiler.rules.samples import Draw, Samples, call
from ad_compiler.rules.scipy_calls import through
from ad_compiler.rules.written.scipy_sparse import solved

spsolve = through(ssl.spsolve)
solve_stored = through(solved)
transposed = support.sparse_transposed


def _systems(*, several: bool = False, symmetric: bool = False) -> Samples:
    def build(draw: Draw) -> Any:
        above, below = draw.real(3, low=-1, high=1), draw.real(3, low=-1, high=1)
        dense = np.diag(draw.real(4, low=3.0, high=5.0)) + np.diag(above, 1)
        matrix = sparse.csc_matrix(dense + np.diag(above if symmetric else below, -1))
        yield call(matrix, draw.real(4))
        if several:
            yield call(matrix, draw.real(4, 2))
            yield call(matrix.astype(complex) * (1 + 0.5j), draw.complex(4))
    return Samples(build)


def iterative(function: Any, symmetric: bool = False) -> Row:
    """The row of an iterative solver: its cotangent is another run, with the transposed matrix."""
    offered = through(function)
    return rule(
        function, "A, b, x0=None, *, rtol=1e-05, atol=0.0, maxiter=None, M=None", results=2, like="b",
        note="by the right-hand side, as accurate as the solver's tolerance; a preconditioner is not transposed",
        samples=_systems(symmetric=symmetric).with_params(rtol=(1e-13,)),
        b=Partial(vjp=lambda g, A, rtol, atol, maxiter:
                      0.0 if g[0] is None else offered(transposed(A), g[0], rtol=rtol, atol=atol, maxiter=maxiter)[0],
                  jvp=lambda d, A, rtol, atol, maxiter:
                      (offered(A, d, rtol=rtol, atol=atol, maxiter=maxiter)[0], 0)))


def shaped(b_bar: Any, b_shape: Any, b_ndim: int) -> Any:
    """A cotangent in the shape of the right-hand side, which SciPy's solution lacks where that is a single column."""
    return b_bar if b_ndim == 1 else np.reshape(b_bar, b_shape)


def _products() -> Samples:
    def build(draw: Draw) -> Any:
        matrix = sparse.csr_matrix(np.array([[1.0, 0.0, 2.0], [0.0, -0.5, 0.0]]))
        yield call(matrix, draw.real(3))
        yield call(matrix, draw.real(3, 2))
    return Samples(build)


def stored_cotangent(g: Any, data: Any, row: Any, col: Any, shape: Any, b_ndim: int, out: Any) -> Any:
    """Cotangent of the stored values: `-lambda x^T` at their places, with the solution of the transposed system."""
    other = solve_stored(data, col, row, (shape[1], shape[0]), g)
    return -other[row] * out[col] if b_ndim == 1 else -np.sum(other[row] * out[col], axis=1)


def stored_tangent(d: Any, data: Any, row: Any, col: Any, shape: Any, b_ndim: int, out: Any) -> Any:
    moved = out[col] * (d if b_ndim == 1 else np.expand_dims(d, 1))
    return solve_stored(data, row, col, shape, -support.scatter_index(moved, row, np.shape(out)))


def _stored_systems() -> Samples:
    def build(draw: Draw) -> Any:
        row, col = np.array([0, 1, 2, 0]), np.array([0, 1, 2, 1])
        yield call(draw.real(4, low=2.0, high=3.0), row, col, (3, 3), draw.real(3))
        yield call(draw.real(4, low=2.0, high=3.0), row, col, (3, 3), draw.real(3, 2))
    return Samples(build)


RULES: tuple[Row, ...] = (
    rule(support.sparse_product, "A, x", samples=_products(), note="of a constant matrix",
         x=Partial(vjp=lambda g, A: support.sparse_product(support.sparse_transposed(A), g),
                   jvp=lambda d, A: support.sparse_product(A, d))),
    *zero(support.sparse_transposed, support.sparse_parts, support.sparse_shape, reason="a constant matrix"),
    rule(solved, "data, row, col, shape, b", samples=_stored_systems(), like="b",
         data=Partial(vjp=lambda g, data, row, col, shape, b_ndim, out:
                          stored_cotangent(g, data, row, col, shape, b_ndim, out),
                      jvp=lambda d, data, row, col, shape, b_ndim, out:
                          stored_tangent(d, data, row, col, shape, b_ndim, out)),
         b=Partial(vjp=lambda g, data, row, col, shape: solve_stored(data, col, row, (shape[1], shape[0]), g),
                   jvp=lambda d, data, row, col, shape: solve_stored(data, row, col, shape, d))),
    rule(ssl.spsolve, "A, b, permc_spec=None, use_umfpack=True", samples=_systems(several=True), like="b",
         note="by the right-hand side; a matrix made in the program also by its stored values",
         b=Partial(vjp=lambda g, A, permc_spec, use_umfpack, b_shape, b_ndim:
                       shaped(spsolve(transposed(A), g, permc_spec, use_umfpack), b_shape, b_ndim),
                   jvp=lambda d, A, permc_spec, use_umfpack: spsolve(A, d, permc_spec, use_umfpack))),
    iterative(ssl.bicgstab), iterative(ssl.gmres), iterative(ssl.cg, symmetric=True),
)
