"""The rows of `scipy.sparse.linalg`: systems with a sparse matrix, by the right-hand side.

Imported only where `scipy.sparse.linalg` is in use already. The matrix is a constant: an active one is
refused.
"""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sparse
import scipy.sparse.linalg as ssl

from ad_compiler.rules.row import Partial, Row, rule
from ad_compiler.rules.samples import Draw, Samples, call
from ad_compiler.rules.scipy_calls import through

spsolve = through(ssl.spsolve)


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
        function, "A, b, x0=None, *, rtol=1e-05, atol=0.0, maxiter=None, M=None", results=2,
        note="by the right-hand side, as accurate as the solver's tolerance; a preconditioner is not transposed",
        samples=_systems(symmetric=symmetric).with_params(rtol=(1e-13,)),
        b=Partial(vjp=lambda g, A, rtol, atol, maxiter:
                      0.0 if g[0] is None else offered(A.T, g[0], rtol=rtol, atol=atol, maxiter=maxiter)[0],
                  jvp=lambda d, A, rtol, atol, maxiter:
                      (offered(A, d, rtol=rtol, atol=atol, maxiter=maxiter)[0], 0)))


RULES: tuple[Row, ...] = (
    rule(ssl.spsolve, "A, b, permc_spec=None, use_umfpack=True", samples=_systems(several=True),
         note="by the right-hand side; the matrix is a constant",
         b=Partial(vjp=lambda g, A, permc_spec, use_umfpack: spsolve(A.T, g, permc_spec, use_umfpack),
                   jvp=lambda d, A, permc_spec, use_umfpack: spsolve(A, d, permc_spec, use_umfpack))),
    iterative(ssl.bicgstab), iterative(ssl.gmres), iterative(ssl.cg, symmetric=True),
)
