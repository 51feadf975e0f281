"""Rows of `scipy.linalg`: functions of matrices, matrix equations, special matrices."""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg as sl

from ad_compiler import support
from ad_compiler.rules import linalg_structured as forms
from ad_compiler.rules.linalg_parts import adjoint, column, conj, row, transpose
from ad_compiler.rules.linalg_samples import definite, square
from ad_compiler.rules.linalg_scipy_complex import complex_logm, complex_matrix_power, complex_sqrtm
from ad_compiler.rules.row import Partial, Row, alias, rule
from ad_compiler.rules.samples import Samples, call, calls
from ad_compiler.rules.scipy_calls import linear_through, through


def matrix_function(function: Any, samples: Samples, note: str = "") -> Row:
    """The row of an analytic function of a square matrix."""
    offered = through(function)
    return rule(function, "A", samples=samples, note=note,
                A=Partial(vjp=lambda g, A: forms.corner(offered, transpose(A), g),
                          jvp=lambda d, A: forms.corner(offered, A, d)))


def logm_rate(d: Any, a: Any) -> Any:
    """Derivative of `scipy.linalg.logm` along `d`: difference quotients of the logarithm of eigenvalues."""
    factors = support.complex_eig(a)
    w, v = factors[0], factors[1]
    left, right = column(w), row(w)
    ratio = left / right - 1
    near = np.abs(ratio) < 0.5  # there differences cancel, elsewhere ratios may leave the branch
    small = np.where(near, ratio, 0.5)
    quotient = np.where(small == 0, 1, np.log1p(small) / np.where(small == 0, 1, small)) / right
    quotient = np.where(near, quotient, (np.log(left) - np.log(right)) / np.where(near, 1, left - right))
    return v @ (np.linalg.solve(v, d @ v) * quotient) @ np.linalg.inv(v)


_SQUARES = calls(lambda s: call(0.5 * s.real(3, 3)), lambda s: call(0.5 * s.complex(2, 2)))
_POSITIVE = calls(lambda s: call(definite(s)), lambda s: call(square(s) + np.eye(3)),
                  lambda s: call(square(s, 2, True) + 2 * np.eye(2)))

LOGM = rule(sl.logm, "A", samples=_POSITIVE, note="of matrices with independent eigenvectors",
            A=Partial(vjp=lambda g, A: logm_rate(g.T, A).T, jvp=lambda d, A: logm_rate(d, A)))
# x @ x = a   =>   x_dot @ x + x @ x_dot = a_dot
SQRTM = rule(sl.sqrtm, "A", samples=_POSITIVE, note="of matrices without eigenvalues on the negative axis",
             A=Partial(vjp=lambda g, out: forms.solve_sylvester(out.T, out.T, g),
                       jvp=lambda d, out: forms.solve_sylvester(out, out, d)))


def matrix_power(function: Any, offered: Any) -> Row:
    """The row of a fractional power of a matrix."""
    return rule(function, "A, t", note="by the matrix",
                samples=calls(lambda s: call(definite(s, 2), 0.5), lambda s: call(definite(s, 2), -1.5)),
                A=Partial(vjp=lambda g, A, t: forms.corner(offered, transpose(A), g, t),
                          jvp=lambda d, A, t: forms.corner(offered, A, d, t)))


FUNCTIONS: tuple[Row, ...] = (
    matrix_function(sl.expm, _SQUARES + calls(lambda s: call(s.real(2, 3, 3)))),
    matrix_function(sl.cosm, _SQUARES),
    matrix_function(sl.sinm, _SQUARES),
    matrix_function(sl.tanm, _SQUARES), matrix_function(sl.coshm, _SQUARES),
    matrix_function(sl.sinhm, _SQUARES),
    matrix_function(sl.tanhm, _SQUARES),
    LOGM, *alias(LOGM, complex_logm), SQRTM, *alias(SQRTM, complex_sqrtm),
    matrix_power(sl.fractional_matrix_power, through(sl.fractional_matrix_power)),
    matrix_power(complex_matrix_power, complex_matrix_power),
)


def discrete_lyapunov_cotangent(g: Any, a: Any) -> Any:
    return forms.solve_discrete_lyapunov(adjoint(a), g)


def discrete_lyapunov_left(g: Any, a: Any, out: Any) -> Any:
    y = discrete_lyapunov_cotangent(g, a)
    return y @ a @ adjoint(out) + adjoint(y) @ a @ out


def lyapunov_pull(y: Any, x: Any) -> Any:
    """Cotangent that both places of `a` in a Lyapunov equation give."""
    return y @ adjoint(x) + adjoint(y) @ x


EQUATIONS: tuple[Row, ...] = (
    rule(sl.solve_sylvester, "a, b, q",
         samples=calls(lambda s: call(square(s), square(s, 2), s.real(3, 2)),
                       lambda s: call(square(s, 2, True), square(s, 3, True), s.complex(2, 3))),
         a=Partial(vjp=lambda g, a, b, out: -forms.solve_sylvester(a.T, b.T, g) @ out.T,
                   jvp=lambda d, a, b, out: -forms.solve_sylvester(a, b, d @ out)),
         b=Partial(vjp=lambda g, a, b, out: -out.T @ forms.solve_sylvester(a.T, b.T, g),
                   jvp=lambda d, a, b, out: -forms.solve_sylvester(a, b, out @ d)),
         q=Partial(vjp=lambda g, a, b: forms.solve_sylvester(a.T, b.T, g),
                   jvp=lambda d, a, b: forms.solve_sylvester(a, b, d))),
    rule(sl.solve_continuous_lyapunov, "a, q", holomorphic=False,
         samples=calls(lambda s: call(square(s), s.real(3, 3)),
                       lambda s: call(square(s, 2, True), s.complex(2, 2))),
         a=Partial(vjp=lambda g, a, out: -lyapunov_pull(forms.solve_continuous_lyapunov(adjoint(a), g), out),
                   jvp=lambda d, a, out: -forms.solve_continuous_lyapunov(a, d @ out + out @ adjoint(d))),
         q=Partial(vjp=lambda g, a: forms.solve_continuous_lyapunov(adjoint(a), g),
                   jvp=lambda d, a: forms.solve_continuous_lyapunov(a, d))),
    rule(sl.solve_discrete_lyapunov, "a, q, method=None", holomorphic=False,
         samples=calls(lambda s: call(0.3 * s.real(3, 3), s.real(3, 3)),
                       lambda s: call(0.3 * s.complex(2, 2), s.complex(2, 2))),
         a=Partial(vjp=lambda g, a, out: discrete_lyapunov_left(g, a, out),
                   jvp=lambda d, a, out:
                       forms.solve_discrete_lyapunov(a, d @ out @ adjoint(a) + a @ out @ adjoint(d))),
         q=Partial(vjp=lambda g, a: discrete_lyapunov_cotangent(g, a),
                   jvp=lambda d, a: forms.solve_discrete_lyapunov(a, d))),
)


def toeplitz_column(g: Any, r: Any, rows: Any, columns: Any) -> Any:
    """Cotangent of the first column of `scipy.linalg.toeplitz`; its conjugate stands for a missing row."""
    sums = forms.diagonal_sums(g, rows, columns)
    below = sums[columns - 1:]
    if r is not None:
        return below
    return below + np.pad(conj(sums[: columns - 1][::-1]), (1, 0))


def toeplitz_row(g: Any, rows: Any, columns: Any) -> Any:
    """Cotangent of the first row of `scipy.linalg.toeplitz`, whose first entry is not read."""
    return np.pad(forms.diagonal_sums(g, rows, columns)[: columns - 1][::-1], (1, 0))


def circulant_cotangent(g: Any, size: Any) -> Any:
    sums = forms.diagonal_sums(g, size, size)
    return sums[size - 1:] + np.pad(sums[: size - 1], (1, 0))


def hankel_column(g: Any, rows: Any, columns: Any) -> Any:
    return forms.diagonal_sums(g[:, ::-1], rows, columns)[:rows]


def hankel_row(g: Any, rows: Any, columns: Any) -> Any:
    """Cotangent of the last row of `scipy.linalg.hankel`, whose first entry is not read."""
    return np.pad(forms.diagonal_sums(g[:, ::-1], rows, columns)[rows:], (1, 0))


_BORDERS = calls(lambda s: call(s.real(3)), lambda s: call(s.real(3), s.real(4)),
                 lambda s: call(s.real(4), s.real(2)),
                 lambda s: call(s.complex(3), s.real(2)))
block_diag = through(sl.block_diag)

MATRICES: tuple[Row, ...] = (
    rule(sl.toeplitz, "c, r=None", holomorphic=False, samples=_BORDERS + calls(lambda s: call(s.complex(3))),
         c=Partial(vjp=lambda g, r, out_shape: toeplitz_column(g, r, out_shape[0], out_shape[1]),
                   jvp=lambda d, r: forms.toeplitz(d) if r is None else forms.toeplitz(d, np.zeros_like(r))),
         r=Partial(vjp=lambda g, out_shape: toeplitz_row(g, out_shape[0], out_shape[1]),
                   jvp=lambda d, c: forms.toeplitz(np.zeros_like(c), d))),
    rule(sl.hankel, "c, r=None", samples=_BORDERS,
         c=Partial(vjp=lambda g, out_shape: hankel_column(g, out_shape[0], out_shape[1]),
                   jvp=lambda d, r: forms.hankel(d) if r is None else forms.hankel(d, np.zeros_like(r))),
         r=Partial(vjp=lambda g, out_shape: hankel_row(g, out_shape[0], out_shape[1]),
                   jvp=lambda d, c: forms.hankel(np.zeros_like(c), np.pad(d[1:], (1, 0))))),
    linear_through(sl.circulant, "c", samples=calls(lambda s: call(s.real(4)), lambda s: call(s.complex(3))),
           c=lambda g, c_shape: circulant_cotangent(g, c_shape[0])),
    rule(sl.block_diag, "*arrs", sequences=("arrs",),
         samples=calls(lambda s: call(s.real(2, 3), s.real(1, 2), s.real(2)),
                       lambda s: call(s.real(2, 2), s.real()),
                       lambda s: call(s.complex(2, 2), s.real(2, 1))),
         arrs=Partial(vjp=lambda g, arrs_shape, arrs_ndim:
                          forms.block_diag_cotangents(g, arrs_shape, arrs_ndim),
                      jvp=lambda d: block_diag(*d))),
    linear_through(sl.khatri_rao, "a, b",
             samples=calls(lambda s: call(s.real(2, 3), s.real(4, 3)),
                           lambda s: call(s.complex(2, 2), s.real(1, 2))),
             a=lambda g, a_shape, b: np.einsum("ipk,pk->ik", np.reshape(g, (a_shape[0], *b.shape)), b),
             b=lambda g, a, b_shape: np.einsum("ipk,ik->pk", np.reshape(g, (a.shape[0], *b_shape)), a)),
)
