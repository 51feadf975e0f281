"""Rows of `scipy.linalg`: systems, factorizations made for solving, inverses, least squares."""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy
import scipy.linalg as sl

from ad_compiler.rules import linalg_structured as forms
from ad_compiler.rules.linalg_parts import as_matrix, trace_of, transpose
from ad_compiler.rules.linalg_samples import definite, invertible, rectangular, square, stacks, truncated
from ad_compiler.rules.linalg_solve import (
    lstsq_left,
    lstsq_right,
    lstsq_tangent_left,
    lstsq_tangent_right,
    pinv_cotangent,
    pinv_tangent,
)
from ad_compiler.rules.row import Partial, Row, rule
from ad_compiler.rules.samples import Draw, Samples, call, calls

SYMMETRIC = "the argument is taken to be Hermitian: so are cotangents, and tangents count by that part"
#: Before version 1.18 `cho_factor` left the other triangle of its operand as it was; since then it is zero.
KEPT = tuple(map(int, scipy.__version__.split(".")[:2])) < (1, 18)


def _systems() -> Samples:
    def build(draw: Draw) -> Any:
        for assume in (None, "gen", "lower triangular", "upper triangular"):
            matrix = square(draw)
            matrix = np.tril(matrix) if assume == "lower triangular" else matrix
            yield call(matrix, draw.real(3, 2), assume_a=assume)
        yield call(square(draw), draw.real(3))
        yield call(square(draw, 3, True), draw.complex(3))
        yield call(square(draw), draw.real(3, 2), transposed=True)
        yield call(np.tril(square(draw)), draw.real(3), assume_a="lower triangular", transposed=True)
        band = np.triu(np.tril(square(draw, 4), 1), -1)
        yield call(band, draw.real(4), assume_a="tridiagonal")
        yield call(np.diag(np.diag(band)), draw.real(4), assume_a="diagonal")
    return Samples(build)


def _triangular() -> Samples:
    def build(draw: Draw) -> Any:
        for trans in (0, 1, "T", 2):
            for lower in (False, True):
                yield call(square(draw), draw.real(3, 2), trans, lower)
        yield call(square(draw), draw.real(3), lower=True, unit_diagonal=True)
        yield call(square(draw, 3, True), draw.complex(3), 1)
    return Samples(build)


SOLVING: tuple[Row, ...] = (
    rule(sl.solve, "a, b, lower=False, *, check_finite=True, assume_a=None, transposed=False",
         samples=_systems(),
         note="only the part that `assume_a` reads counts; of symmetric and Hermitian matrices that part",
         a=Partial(vjp=lambda g, a, out, b_ndim, lower, assume_a, transposed:
                       forms.solve_left(g, a, out, b_ndim, lower, assume_a, transposed),
                   jvp=lambda d, a, out, lower, assume_a, transposed:
                       forms.solve_tangent(d, a, out, lower, assume_a, transposed)),
         b=Partial(vjp=lambda g, a, lower, assume_a, transposed:
                       forms.solve_right(g, a, lower, assume_a, transposed),
                   jvp=lambda d, a, lower, assume_a, transposed:
                       forms.solve(a, d, lower, assume_a=assume_a, transposed=transposed))),
    rule(sl.solve_triangular, "a, b, trans=0, lower=False, unit_diagonal=False, *, check_finite=True",
         samples=_triangular(),
         a=Partial(vjp=lambda g, a, out, b_ndim, trans, lower, unit_diagonal:
                       forms.triangular_left(g, a, out, b_ndim, trans, lower, unit_diagonal),
                   jvp=lambda d, a, out, trans, lower, unit_diagonal:
                       forms.triangular_tangent(d, a, out, trans, lower, unit_diagonal)),
         b=Partial(vjp=lambda g, a, trans, lower, unit_diagonal:
                       forms.triangular_right(g, a, trans, lower, unit_diagonal),
                   jvp=lambda d, a, trans, lower, unit_diagonal:
                       forms.solve_triangular(a, d, trans=trans, lower=lower, unit_diagonal=unit_diagonal))),
    rule(sl.cho_factor, "a, lower=False, *, check_finite=True", holomorphic=False, results=2, note=SYMMETRIC,
         samples=stacks(definite, stacked=False, lower=True) + calls(lambda s: call(definite(s))),
         a=Partial(vjp=lambda g, out, lower: forms.cho_factor_cotangent(g, out, lower, KEPT),
                   jvp=lambda d, out, lower: forms.cho_factor_tangent(d, out, lower, KEPT))),
    rule(sl.cho_solve, "c_and_lower, b, *, check_finite=True", holomorphic=False, sequences=("c_and_lower",),
         samples=calls(lambda s: call((square(s), True), s.real(3)),
                       lambda s: call((square(s), False), s.real(3, 2)),
                       lambda s: call((definite(s, 3, True), True), s.complex(3, 2))),
         c_and_lower=Partial(vjp=lambda g, c_and_lower, out: forms.cho_solve_left(g, c_and_lower, out),
                             jvp=lambda d, c_and_lower, out: forms.cho_solve_tangent(d, c_and_lower, out)),
         b=Partial(vjp=lambda g, c_and_lower: forms.cho_solve(c_and_lower, g),
                   jvp=lambda d, c_and_lower: forms.cho_solve(c_and_lower, d))),
    rule(sl.lu_factor, "a, *, check_finite=True", results=2, note="of square matrices",
         samples=calls(lambda s: call(s.real(3, 3)), lambda s: call(s.complex(3, 3))),
         a=Partial(vjp=lambda g, out: forms.lu_factor_cotangent(g, out),
                   jvp=lambda d, out: forms.lu_factor_tangent(d, out))),
    rule(sl.lu_solve, "lu_and_piv, b, trans=0, *, check_finite=True", sequences=("lu_and_piv",),
         samples=calls(*(lambda s, t=t: call(sl.lu_factor(s.real(3, 3)), s.real(3, 2), t) for t in (0, 1)),
                       lambda s: call(sl.lu_factor(s.real(3, 3)), s.real(3)),
                       lambda s: call(sl.lu_factor(s.complex(3, 3)), s.complex(3))),
         lu_and_piv=Partial(vjp=lambda g, lu_and_piv, out, trans:
                                forms.lu_solve_left(g, lu_and_piv, out, trans),
                            jvp=lambda d, lu_and_piv, out, trans:
                                forms.lu_solve_tangent(d, lu_and_piv, out, trans)),
         b=Partial(vjp=lambda g, lu_and_piv, trans: forms.lu_solve_right(g, lu_and_piv, trans),
                   jvp=lambda d, lu_and_piv, trans: forms.lu_solve(lu_and_piv, d, trans=trans))),
    rule(sl.inv, "a, *, check_finite=True", samples=invertible(),
         a=Partial(vjp=lambda g, out: -(transpose(out) @ g @ transpose(out)),
                   jvp=lambda d, out: -(out @ d @ out))),
    rule(sl.det, "a, *, check_finite=True", samples=invertible(),
         a=Partial(vjp=lambda g, a, out: as_matrix(g * out) * transpose(np.linalg.inv(a)),
                   jvp=lambda d, a, out: out * trace_of(np.linalg.solve(a, d)))),
    rule(sl.pinv, "a, *, atol=None, rtol=None, check_finite=True", holomorphic=False,
         samples=rectangular() + truncated("rtol", stacked=False) + truncated("atol", stacked=False),
         note="the rank is taken to be constant around the operand",
         a=Partial(vjp=lambda g, a, out, rtol, atol: pinv_cotangent(g, a, out, rtol, atol),
                   jvp=lambda d, a, out, rtol, atol: pinv_tangent(d, a, out, rtol, atol))),
    rule(sl.lstsq, "a, b, cond=None, *, check_finite=True, lapack_driver=None", holomorphic=False, results=4,
         note="the rank is taken to be constant around the operands",
         samples=calls(lambda s: call(s.real(5, 3), s.real(5)), lambda s: call(s.real(5, 3), s.real(5, 2)),
                       lambda s: call(s.real(3, 5), s.real(3, 2)),
                       lambda s: call(s.complex(5, 3), s.complex(5, 2))),
         a=Partial(vjp=lambda g, a, b, out: lstsq_left(g, a, b, out),
                   jvp=lambda d, a, b, out: lstsq_tangent_left(d, a, b, out)),
         b=Partial(vjp=lambda g, a, b, out: lstsq_right(g, a, b, out),
                   jvp=lambda d, a, b, out: lstsq_tangent_right(d, a, b, out))),
)
