"""Rows of eigenvalue, singular value, Cholesky and QR decompositions; matrices may come in stacks.

    w, v = np.linalg.eigh(a)    a_bar = v @ (diag(w_bar) + (v^H @ v_bar) / gap) @ v^H
                                with gap[i, j] = w[j] - w[i]

Conventions, stated in each row's note as well:

*   Symmetric and positive definite arguments (`cholesky`, `eigh`, `eigvalsh`) are differentiated as such, as
    PyTorch and JAX do: tangents and cotangents count by their Hermitian part, although NumPy reads one
    triangle only. A matrix given to `eigh` that is not Hermitian stands for the one that its triangle
    describes (`support.triangles`).
*   Eigenvectors and singular vectors are defined up to a phase (a sign if real), and the columns that
    complete an orthonormal basis up to a rotation. Derivatives are those of the choice that turns least;
    functions that do not depend on the choice have exact derivatives.
*   Where eigenvalues coincide the vectors have no derivative, and that of a function of them depends on more
    than its cotangent. The coupling of such a pair counts as zero: everything stays finite, and is exact for
    functions that use the eigenvalues, and the vectors of single eigenvalues only. A matrix function built as
    `v @ diag(f(w)) @ v.T` is not among them: its derivative between equal eigenvalues is lost.
*   The cotangent of a result that nobody uses may be None.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler import support
from ad_compiler.rules.linalg_factors import (
    gaps,
    qr_cotangent,
    qr_tangent,
    singular_values_cotangent,
    singular_values_tangent,
    svd_cotangent,
    svd_tangent,
)
from ad_compiler.rules.linalg_parts import (
    adjoint,
    column,
    conj,
    diagonal_of,
    given,
    reciprocal,
    row,
    symmetric,
    total,
    transpose,
)
from ad_compiler.rules.linalg_samples import definite, hermitian, rectangular, spread_out, stacks
from ad_compiler.rules.row import Partial, Row, alias, rule
from ad_compiler.rules.samples import call, calls


def eigh_cotangent(g: Any, a: Any, out: Any, uplo: Any) -> Any:
    w, v = out[0], out[1]
    vh = adjoint(v)
    terms = [None, None]
    if g[0] is not None:
        terms[0] = (v * row(g[0])) @ vh
    if g[1] is not None:
        terms[1] = symmetric(v @ (vh @ g[1] * reciprocal(gaps(w))) @ vh)
    return support.of_description(total(terms), a, **given(uplo=(uplo, "L")))


def eigh_tangent(d: Any, a: Any, out: Any, uplo: Any) -> Any:
    w, v = out[0], out[1]
    turned = adjoint(v) @ support.described(d, a, **given(uplo=(uplo, "L"))) @ v
    return np.real(diagonal_of(turned)), v @ (turned * reciprocal(gaps(w)))


def eigvalsh_cotangent(g: Any, a: Any, uplo: Any) -> Any:
    v = np.linalg.eigh(a, **given(UPLO=(uplo, "L")))[1]
    return support.of_description((v * row(g)) @ adjoint(v), a, **given(uplo=(uplo, "L")))


def eigvalsh_tangent(d: Any, a: Any, uplo: Any) -> Any:
    v = np.linalg.eigh(a, **given(UPLO=(uplo, "L")))[1]
    return np.real(diagonal_of(adjoint(v) @ support.described(d, a, **given(uplo=(uplo, "L"))) @ v))


def eig_cotangent(g: Any, out: Any) -> Any:
    w, v = out[0], out[1]
    vh = adjoint(v)
    inner = []
    if g[0] is not None:
        inner.append(column(g[0]) * vh)
    if g[1] is not None:
        turned = vh @ g[1]  # less what would change the length of a vector
        turned = turned - (vh @ v) * row(np.real(diagonal_of(turned)))
        inner.append((turned * reciprocal(conj(gaps(w)))) @ vh)
    return np.linalg.solve(vh, total(inner)) if inner else 0.0


def eig_tangent(d: Any, out: Any) -> Any:
    w, v = out[0], out[1]
    turned = np.linalg.solve(v, d @ v)
    v_dot = v @ (turned * reciprocal(gaps(w)))
    stretch = np.real(np.sum(conj(v) * v_dot, axis=-2))
    return diagonal_of(turned), v_dot - v * row(stretch)


def eigvals_cotangent(g: Any, a: Any) -> Any:
    v = support.complex_eig(a)[1]
    return np.linalg.solve(transpose(v), column(g) * transpose(v))


def eigvals_tangent(d: Any, a: Any) -> Any:
    v = support.complex_eig(a)[1]
    return diagonal_of(np.linalg.solve(v, d @ v))


def cholesky_cotangent(g: Any, out: Any, upper: bool) -> Any:
    lower = adjoint(out) if upper else out
    g = adjoint(g) if upper else g
    lh = adjoint(lower)
    inner = lh @ g
    inner = 0.5 * (np.tril(inner) + np.tril(inner, -1))
    return symmetric(adjoint(np.linalg.solve(lh, adjoint(np.linalg.solve(lh, inner)))))


def cholesky_tangent(d: Any, out: Any, upper: bool) -> Any:
    lower = adjoint(out) if upper else out
    inner = np.linalg.solve(lower, adjoint(np.linalg.solve(lower, symmetric(d))))
    lower_dot = lower @ (0.5 * (np.tril(inner) + np.tril(inner, -1)))
    return adjoint(lower_dot) if upper else lower_dot


_SYMMETRIC = "the argument is taken to be Hermitian: so are cotangents, and tangents count by that part"
_PHASE = ("vectors are defined up to a phase; the coupling of vectors that share their value counts as zero,"
          " which is finite, and exact for functions that do not use vectors of repeated values; second derivatives of"
          " vectors beside repeated values lack what that coupling would add")

EIG = rule(np.linalg.eig, "a", holomorphic=False, results=2, note=_PHASE, samples=stacks(spread_out, complex_=False),
           a=Partial(vjp=lambda g, out: eig_cotangent(g, out),
                     jvp=lambda d, out: eig_tangent(d, out)))
EIGVALS = rule(np.linalg.eigvals, "a", samples=stacks(spread_out),
               note="where eigenvalues coincide, NumPy's LinAlgError or values that rounding decides",
               a=Partial(vjp=lambda g, a: eigvals_cotangent(g, a),
                         jvp=lambda d, a: eigvals_tangent(d, a)))

ROWS: tuple[Row, ...] = (
    rule(np.linalg.cholesky, "a, /, *, upper=False", holomorphic=False, note=_SYMMETRIC,
         samples=stacks(definite) + stacks(definite, upper=True),
         a=Partial(vjp=lambda g, out, upper: cholesky_cotangent(g, out, upper),
                   jvp=lambda d, out, upper: cholesky_tangent(d, out, upper))),
    rule(np.linalg.eigh, "a, UPLO='L'", holomorphic=False, results=2, note=f"{_SYMMETRIC}; {_PHASE}",
         samples=stacks(hermitian, complex_=False) + calls(lambda s: call(hermitian(s), UPLO="U")),
         a=Partial(vjp=lambda g, a, out, UPLO: eigh_cotangent(g, a, out, UPLO),
                   jvp=lambda d, a, out, UPLO: eigh_tangent(d, a, out, UPLO))),
    rule(np.linalg.eigvalsh, "a, UPLO='L'", holomorphic=False, note=_SYMMETRIC,
         samples=stacks(hermitian) + calls(lambda s: call(hermitian(s), UPLO="U")),
         a=Partial(vjp=lambda g, a, UPLO: eigvalsh_cotangent(g, a, UPLO),
                   jvp=lambda d, a, UPLO: eigvalsh_tangent(d, a, UPLO))),
    EIG, *alias(EIG, support.complex_eig), EIGVALS, *alias(EIGVALS, support.complex_eigvals),
    rule(np.linalg.svd, "a, full_matrices=True, compute_uv=True, hermitian=False", holomorphic=False,
         results=-1,
         note=f"{_PHASE}; singular values of zero count as if their vectors could not turn",
         samples=calls(*(lambda s, n=n, m=m: call(s.real(n, m), full_matrices=False)
                         for n, m in ((3, 3), (4, 2), (2, 4))),
                       lambda s: call(s.real(2, 3, 2), full_matrices=False),
                       lambda s: call(s.real(3, 3)), lambda s: call(s.real(3, 2)),
                       lambda s: call(s.real(2, 3)))
         + rectangular(compute_uv=False),
         a=Partial(vjp=lambda g, a, out, full_matrices, compute_uv, hermitian:
                       svd_cotangent(g, a, out, full_matrices, compute_uv, hermitian),
                   jvp=lambda d, a, out, full_matrices, compute_uv, hermitian:
                       svd_tangent(d, a, out, full_matrices, compute_uv, hermitian))),
    rule(np.linalg.svdvals, "x", holomorphic=False, samples=rectangular(),
         x=Partial(vjp=lambda g, x: singular_values_cotangent(g, x),
                   jvp=lambda d, x: singular_values_tangent(d, x))),
    rule(np.linalg.qr, "a, mode='reduced'", holomorphic=False, results=-1,
         note="mode='raw' has no derivative; dependent leading columns raise LinAlgError",
         samples=rectangular() + rectangular(mode="r")
         + calls(*(lambda s, n=n, m=m: call(s.real(n, m), "complete") for n, m in ((3, 3), (3, 2), (2, 4)))),
         a=Partial(vjp=lambda g, a, out, mode: qr_cotangent(g, a, out, mode),
                   jvp=lambda d, a, out, mode: qr_tangent(d, a, out, mode))),
)
