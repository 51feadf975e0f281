"""Rows of `scipy.linalg`: decompositions and norms. The formulas are those of `np.linalg`."""
from __future__ import annotations

from dataclasses import replace
from typing import Any

import scipy.linalg as sl

from ad_compiler.rules.linalg_decompose import (
    cholesky_cotangent,
    cholesky_tangent,
    eig_cotangent,
    eig_tangent,
    eigh_cotangent,
    eigh_tangent,
    eigvals_cotangent,
    eigvals_tangent,
    eigvalsh_cotangent,
    eigvalsh_tangent,
)
from ad_compiler.rules.linalg_factors import (
    qr_cotangent,
    qr_tangent,
    singular_values_cotangent,
    singular_values_tangent,
    svd_cotangent,
    svd_tangent,
)
from ad_compiler.rules.linalg_norms import norm_cotangent, norm_tangent
from ad_compiler.rules.linalg_samples import definite, hermitian, rectangular, spread_out, stacks
from ad_compiler.rules.linalg_scipy_complex import complex_eigenpairs
from ad_compiler.rules.linalg_scipy_solving import SYMMETRIC
from ad_compiler.rules.row import Partial, Row, rule
from ad_compiler.rules.samples import call, calls


def plain(options: tuple[Any, ...]) -> None:
    """Refuse what changes the meaning of the results: a second matrix, a subset, left vectors."""
    if any(option is not None and option is not False for option in options):
        raise NotImplementedError("eigenvalue problems: derivatives for one matrix, all right eigenvectors")


def eigh_results(g: Any, a: Any, out: Any, lower: bool, eigvals_only: bool, options: tuple[Any, ...]) -> Any:
    plain(options)
    return eigvalsh_cotangent(g, a, "L" if lower else "U") if eigvals_only else eigh_cotangent(
        g, a, out, "L" if lower else "U")


def eigh_rates(d: Any, a: Any, out: Any, lower: bool, eigvals_only: bool, options: tuple[Any, ...]) -> Any:
    plain(options)
    return eigvalsh_tangent(d, a, "L" if lower else "U") if eigvals_only else eigh_tangent(
        d, a, out, "L" if lower else "U")


def eig_results(g: Any, out: Any, options: tuple[Any, ...]) -> Any:
    plain(options)
    return eig_cotangent(g, out)


def eig_rates(d: Any, out: Any, options: tuple[Any, ...]) -> Any:
    plain(options)
    return eig_tangent(d, out)


def eigvals_results(g: Any, a: Any, b: Any) -> Any:
    plain((b,))
    return eigvals_cotangent(g, a)


def eigvals_rates(d: Any, a: Any, b: Any) -> Any:
    plain((b,))
    return eigvals_tangent(d, a)


_QR_MODES = {"full": "complete", "economic": "reduced"}


def qr_mode(mode: str, pivoting: bool) -> str:
    """NumPy's name of a mode of `scipy.linalg.qr`."""
    if pivoting or mode not in _QR_MODES:
        raise NotImplementedError("scipy.linalg.qr: derivatives for mode='full', 'economic' without pivoting")
    return _QR_MODES[mode]


EIG = rule(sl.eig, "a, b=None, left=False, right=True, *, check_finite=True", holomorphic=False, results=-1,
           note="vectors are defined up to a phase; pairs of equal eigenvalues are not coupled",
           samples=calls(lambda s: call(spread_out(s, 2))),
           a=Partial(vjp=lambda g, out, b, left, right: eig_results(g, out, (b, left, not right)),
                     jvp=lambda d, out, b, left, right: eig_rates(d, out, (b, left, not right))))

FACTORS: tuple[Row, ...] = (
    rule(sl.cholesky, "a, lower=False, *, check_finite=True", holomorphic=False, note=SYMMETRIC,
         samples=stacks(definite, lower=True) + calls(lambda s: call(definite(s))),
         a=Partial(vjp=lambda g, out, lower: cholesky_cotangent(g, out, not lower),
                   jvp=lambda d, out, lower: cholesky_tangent(d, out, not lower))),
    rule(sl.eigh,
         "a, b=None, *, lower=True, eigvals_only=False, type=1, check_finite=True, subset_by_index=None,"
                  " subset_by_value=None, driver=None", holomorphic=False, results=-1, note=SYMMETRIC,
         samples=calls(lambda s: call(hermitian(s)), lambda s: call(hermitian(s), lower=False),
                       lambda s: call(hermitian(s, 3, True), eigvals_only=True)),
         a=Partial(vjp=lambda g, a, out, b, lower, eigvals_only, subset_by_index, subset_by_value:
                       eigh_results(g, a, out, lower, eigvals_only, (b, subset_by_index, subset_by_value)),
                   jvp=lambda d, a, out, b, lower, eigvals_only, subset_by_index, subset_by_value:
                       eigh_rates(d, a, out, lower, eigvals_only, (b, subset_by_index, subset_by_value)))),
    rule(sl.eigvalsh, "a, b=None, *, lower=True, type=1, check_finite=True, subset_by_index=None,"
                      " subset_by_value=None, driver=None", holomorphic=False, note=SYMMETRIC,
         samples=calls(lambda s: call(hermitian(s)), lambda s: call(hermitian(s, 3, True), lower=False)),
         a=Partial(vjp=lambda g, a, b, lower, subset_by_index, subset_by_value:
                       eigh_results(g, a, None, lower, True, (b, subset_by_index, subset_by_value)),
                   jvp=lambda d, a, b, lower, subset_by_index, subset_by_value:
                       eigh_rates(d, a, None, lower, True, (b, subset_by_index, subset_by_value)))),
    EIG, replace(EIG, function=complex_eigenpairs, signature="a, b=None, left=False, right=True", _parameters=[]),
    rule(sl.eigvals, "a, b=None, *, check_finite=True", samples=stacks(spread_out),
         a=Partial(vjp=lambda g, a, b: eigvals_results(g, a, b), jvp=lambda d, a, b: eigvals_rates(d, a, b))),
    rule(sl.svd, "a, full_matrices=True, compute_uv=True, *, check_finite=True, lapack_driver='gesdd'",
         holomorphic=False, results=-1,
         samples=calls(*(lambda s, n=n, m=m: call(s.real(n, m), full_matrices=False)
                         for n, m in ((3, 3), (4, 2), (2, 4))), lambda s: call(s.real(3, 2)))
         + rectangular(compute_uv=False),
         a=Partial(vjp=lambda g, a, out, full_matrices, compute_uv:
                       svd_cotangent(g, a, out, full_matrices, compute_uv, False),
                   jvp=lambda d, a, out, full_matrices, compute_uv:
                       svd_tangent(d, a, out, full_matrices, compute_uv, False))),
    rule(sl.svdvals, "a, *, check_finite=True", holomorphic=False, samples=rectangular(),
         a=Partial(vjp=lambda g, a: singular_values_cotangent(g, a),
                   jvp=lambda d, a: singular_values_tangent(d, a))),
    rule(sl.qr, "a, *, lwork=None, mode='full', pivoting=False, check_finite=True", holomorphic=False,
         results=-1,
         note="mode='full' and 'economic', without pivoting",
         samples=rectangular(stacked=False, mode="economic")
         + calls(*(lambda s, n=n, m=m: call(s.real(n, m)) for n, m in ((3, 3), (3, 2), (2, 4)))),
         a=Partial(vjp=lambda g, a, out, mode, pivoting: qr_cotangent(g, a, out, qr_mode(mode, pivoting)),
                   jvp=lambda d, a, out, mode, pivoting: qr_tangent(d, a, out, qr_mode(mode, pivoting)))),
    rule(sl.norm, "a, ord=None, axis=None, keepdims=False, *, check_finite=True", holomorphic=False,
         note="zero vectors: derivative zero; ties share evenly; ord=0: zero",
         samples=calls(lambda s: call(s.real(4)), lambda s: call(s.nonzero(2, 3), 1),
                       lambda s: call(s.complex(2, 3)),
                       lambda s: call(s.nonzero(2, 3), 3, axis=1, keepdims=True),
                       lambda s: call(s.real(2, 3), "nuc"),
                       lambda s: call(s.nonzero(2, 2, 3), 2, axis=(1, 2))),
         a=Partial(vjp=lambda g, a, out, ord, axis, keepdims: norm_cotangent(g, a, out, ord, axis, keepdims),
                   jvp=lambda d, a, out, ord, axis, keepdims: norm_tangent(d, a, out, ord, axis, keepdims))),
)
