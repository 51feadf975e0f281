"""Products of vectors, matrices and tensors."""
from __future__ import annotations

from dataclasses import replace

import numpy as np

from ad_compiler.rules.linalg_parts import column, conj, transpose
from ad_compiler.rules.product_einsum import einsum_jvp, einsum_vjp
from ad_compiler.rules.product_forms import (
    convolve_cotangent,
    correlate_left,
    correlate_right,
    cross_axes,
    cross_left,
    cross_right,
    dot_left,
    dot_right,
    inner_left,
    inner_right,
    kron_left,
    kron_right,
    matmul_left,
    matmul_right,
    outer_left,
    outer_of,
    outer_right,
    tensordot_left,
    tensordot_right,
    vdot_partner,
    vecdot_partner,
)
from ad_compiler.rules.product_samples import (
    CONVOLVED,
    DOT,
    EINSUM,
    INNER,
    MATMUL,
    OUTER,
    VECDOT,
    VECTORS,
    shapes,
)
from ad_compiler.rules.row import Partial, Row, alias, bilinear, linear, rule
from ad_compiler.rules.samples import call, calls

_OUTER_ROW = bilinear(
    np.outer, "a, b", samples=OUTER,
    a=lambda g, a_shape, a_ndim, b: outer_left(g, a_shape, a_ndim, b),
    b=lambda g, a, b_shape, b_ndim: outer_right(g, a, b_shape, b_ndim))
_MATMUL_ROW = bilinear(
    np.matmul, "x1, x2", samples=MATMUL,
    x1=lambda g, x1_ndim, x2: matmul_left(g, x1_ndim, x2),
    x2=lambda g, x1, x2_ndim: matmul_right(g, x1, x2_ndim))
_TENSORDOT_ROW = bilinear(
    np.tensordot, "a, b, axes=2",
    samples=calls(
        lambda s: call(s.real(2, 3, 4), s.real(3, 4, 5)),
        lambda s: call(s.real(2, 3), s.real(3, 4), axes=1),
        lambda s: call(s.real(2), s.real(3), axes=0),
        lambda s: call(s.complex(4, 2, 3), s.real(3, 5, 4), axes=([0, 2], [2, 0])),
        lambda s: call(s.real(4, 3, 2), s.complex(3, 4), axes=((1, 0), (0, 1))),
        lambda s: call(s.real(3, 2), s.real(2, 3), axes=(-1, 0))),
    a=lambda g, a_ndim, b, axes: tensordot_left(g, a_ndim, b, axes),
    b=lambda g, a, b_ndim, axes: tensordot_right(g, a, b_ndim, axes))
_CROSS_ROW = bilinear(
    np.cross, "a, b, axisa=-1, axisb=-1, axisc=-1, axis=None", note="vectors of three components only",
    samples=shapes(((3,), (3,)), ((4, 3), (3,)), ((2, 1, 3), (4, 3)))
    + shapes(((3, 2), (3, 2)), ((3, 2), (3, 2)), axis=0) + shapes(((3, 2), (4, 2, 3)), axisa=0, axisc=1),
    a=lambda g, a_ndim, b, axisa, axisb, axisc, axis:
        cross_left(g, a_ndim, b, cross_axes(axisa, axisb, axisc, axis)),
    b=lambda g, a, b_ndim, axisa, axisb, axisc, axis:
        cross_right(g, a, b_ndim, cross_axes(axisa, axisb, axisc, axis)))
_VECDOT_ROW = linear(
    np.vecdot, "x1, x2, *, axis=-1", holomorphic=False, samples=VECDOT,
    x1=lambda g, x1_ndim, x2, axis: vecdot_partner(conj(g), x2, x1_ndim, axis),
    x2=lambda g, x1, x2_ndim, axis: vecdot_partner(g, x1, x2_ndim, axis))


def _optional() -> list[Row]:
    """Rows of the products that came with NumPy 2.2."""
    rows = []
    if hasattr(np, "matvec"):
        rows.append(bilinear(
            np.matvec, "x1, x2", samples=shapes(((2, 3), (3,)), ((5, 2, 3), (3,)), ((2, 3), (5, 3))),
            x1=lambda g, x2: outer_of(g, x2),
            x2=lambda g, x1: (transpose(x1) @ column(g))[..., 0]))
    if hasattr(np, "vecmat"):
        rows.append(linear(
            np.vecmat, "x1, x2", holomorphic=False,
            samples=shapes(((3,), (3, 2)), ((3,), (5, 3, 2)), ((5, 3), (3, 2))),
            x1=lambda g, x2: (x2 @ column(conj(g)))[..., 0],
            x2=lambda g, x1: outer_of(x1, g)))
    return rows


RULES: tuple[Row, ...] = (
    _MATMUL_ROW, _OUTER_ROW, _TENSORDOT_ROW, _CROSS_ROW, _VECDOT_ROW, *_optional(),
    bilinear(np.dot, "a, b", samples=DOT,
             a=lambda g, a_ndim, b: dot_left(g, a_ndim, b),
             b=lambda g, a, b_ndim: dot_right(g, a, b_ndim)),
    bilinear(np.inner, "a, b", samples=INNER,
             a=lambda g, a_ndim, b: inner_left(g, a_ndim, b),
             b=lambda g, a, b_ndim: inner_right(g, a, b_ndim)),
    # conjugates its first factor: not holomorphic in it
    linear(np.vdot, "a, b", holomorphic=False,
           samples=shapes(((3,), (3,)), ((2, 3), (2, 3)), ((2, 3), (6,)), ((), ()), ((0,), (0,))),
           a=lambda g, a_shape, a_ndim, b: vdot_partner(conj(g), b, a_shape, a_ndim),
           b=lambda g, a, b_shape, b_ndim: vdot_partner(g, a, b_shape, b_ndim)),
    bilinear(np.kron, "a, b",
             samples=shapes(((2, 3), (3, 2)), ((2,), (3,)), ((2, 3), (2,)), ((2,), (2, 3)), ((), (3,)),
                            ((3,), ()),
                            ((2, 1, 2), (2, 3))),
             a=lambda g, a_shape, a_ndim, b: kron_left(g, a_shape, a_ndim, b),
             b=lambda g, a, b_shape, b_ndim: kron_right(g, a, b_shape, b_ndim)),
    bilinear(np.convolve, "a, v, mode='full'", samples=CONVOLVED,
             a=lambda g, a_shape, v, mode: convolve_cotangent(g, a_shape, v, mode),
             v=lambda g, a, v_shape, mode: convolve_cotangent(g, v_shape, a, mode)),
    # conjugates its second factor
    linear(np.correlate, "a, v, mode='valid'", samples=CONVOLVED, holomorphic=False,
           a=lambda g, a_shape, v, mode: correlate_left(g, a_shape, v, mode),
           v=lambda g, a, v_shape, mode: correlate_right(g, a, v_shape, mode)),
    rule(np.einsum, "subscripts, *operands, optimize=False, dtype=None, order='K', casting='safe'",
         samples=EINSUM, view="maybe", sequences=("operands",),
         operands=Partial(
             vjp=lambda g, subscripts, operands, operands_shape, optimize:
                 einsum_vjp(g, subscripts, operands, operands_shape, optimize),
             jvp=lambda d, subscripts, operands, optimize: einsum_jvp(d, subscripts, operands, optimize))),
    *alias(_MATMUL_ROW, np.linalg.matmul),
    replace(_OUTER_ROW, function=np.linalg.outer, samples=VECTORS),
    replace(_TENSORDOT_ROW, function=np.linalg.tensordot, signature="a, b, *, axes=2", _parameters=[]),
    *alias(_VECDOT_ROW, np.linalg.vecdot),
    bilinear(np.linalg.cross, "x1, x2, *, axis=-1",
             samples=shapes(((3,), (3,)), ((4, 3), (3,))) + shapes(((3, 2), (3, 2)), axis=0),
             x1=lambda g, x1_ndim, x2, axis: cross_left(g, x1_ndim, x2, (axis, axis, axis)),
             x2=lambda g, x1, x2_ndim, axis: cross_right(g, x1, x2_ndim, (axis, axis, axis))),
)
