"""Rows of norms and condition numbers.

At a kink a finite subgradient: the norm of a zero vector has derivative zero, entries that tie for the
largest or smallest share evenly, and the counting "norm" `ord=0` has derivative zero.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules.linalg_parts import adjoint, as_matrix, conj, row
from ad_compiler.rules.linalg_samples import invertible
from ad_compiler.rules.row import Partial, Row, rule
from ad_compiler.rules.samples import Draw, Samples, call, calls

MATRIX_AXES = (-2, -1)


def nonzero(x: Any) -> Any:
    """`x`, with 1 in place of 0: a safe denominator."""
    return np.where(x == 0, 1, x)


def expanded(g: Any, axis: Any, keepdims: bool) -> Any:
    """A reduced value with the axes it was reduced over, of length one; all axes if `axis` is None."""
    return g if keepdims or axis is None else np.expand_dims(g, axis)


def shared_hits(hit: Any, axis: Any, dtype: Any) -> Any:
    """A mask as weights that add up to one along `axis`."""
    return hit / np.sum(hit, axis=axis, keepdims=True, dtype=dtype)


def vector_cotangent(g: Any, x: Any, out: Any, order: Any, axis: Any) -> Any:
    """Cotangent of `x` in a vector norm over `axis` (one, several, None for all); `g`, `out` are expanded."""
    if order is None or order == 2:
        return x * (g / nonzero(out))
    if order == 0:
        return 0 * x
    if order == 1:
        return g * np.sign(x)
    size = np.abs(x)
    if order in (np.inf, -np.inf):
        return g * np.sign(x) * shared_hits(size == out, axis, size.dtype)
    if order > 1:
        return g * np.sign(x) * (size / nonzero(out)) ** (order - 1)
    ratio = np.where(size == 0, 1, size) / nonzero(out)
    return g * np.sign(x) * (out != 0) * ratio ** (order - 1)


def extreme(sizes: Any, order: Any, axis: int) -> Any:
    """The largest of what is not negative, zero of nothing; for a negative order the smallest."""
    if order > 0:
        return np.max(sizes, axis=axis, keepdims=True, initial=0)
    return np.min(sizes, axis=axis, keepdims=True)


def matrix_cotangent(g: Any, x: Any, out: Any, order: Any, axes: tuple[int, int]) -> Any:
    """Cotangent of `x` in a matrix norm over two axes; `g` and `out` are expanded."""
    if order is None or order == "fro":
        return vector_cotangent(g, x, out, None, axes)
    if order in (1, -1, np.inf, -np.inf):
        summed, picked = axes if order in (1, -1) else axes[::-1]
        sums = np.sum(np.abs(x), axis=summed, keepdims=True)
        best = extreme(sums, order, picked)
        return g * np.sign(x) * shared_hits(sums == best, picked, sums.dtype)
    in_place = tuple(axes) == (x.ndim - 2, x.ndim - 1) or tuple(axes) == MATRIX_AXES
    factors = np.linalg.svd(x if in_place else np.moveaxis(x, axes, MATRIX_AXES), full_matrices=False)
    u, s, vh = factors[0], factors[1], factors[2]
    if order != "nuc":
        best = extreme(s, order, -1)
        u = u * row(shared_hits(s == best, -1, s.dtype))
    unit = u @ vh
    return g * (unit if in_place else np.moveaxis(unit, MATRIX_AXES, axes))


def norm_kind(x_ndim: int, order: Any, axis: Any) -> tuple[str, Any]:
    """Whether `np.linalg.norm` takes a vector or a matrix norm, and over which axes."""
    if axis is None:
        if order is None:
            return "vector", None
        axis = tuple(range(x_ndim))
    if isinstance(axis, int | np.integer):
        return "vector", int(axis)
    axes = tuple(int(one) for one in axis)
    return ("vector", axes[0]) if len(axes) == 1 else ("matrix", axes)


def norm_cotangent(g: Any, x: Any, out: Any, order: Any, axis: Any, keepdims: bool) -> Any:
    """Cotangent of `x` in `np.linalg.norm`."""
    kind, axes = norm_kind(x.ndim, order, axis)
    formula = vector_cotangent if kind == "vector" else matrix_cotangent
    if np.ndim(g) == 0 and x.ndim == (1 if kind == "vector" else 2):
        return formula(g, x, out, order, axes)
    return formula(expanded(g, axes, keepdims), x, expanded(out, axes, keepdims), order, axes)


def rate(gradient: Any, d: Any, axes: Any, keepdims: bool) -> Any:
    """Tangent of a real value from its gradient: `Re sum(conj(gradient) * d)` over the reduced axes."""
    product = conj(gradient) * d
    return np.sum(np.real(product) if product.dtype.kind == "c" else product, axis=axes, keepdims=keepdims)


def norm_tangent(d: Any, x: Any, out: Any, order: Any, axis: Any, keepdims: bool) -> Any:
    gradient = norm_cotangent(np.ones_like(out), x, out, order, axis, keepdims)
    return rate(gradient, d, norm_kind(x.ndim, order, axis)[1], keepdims)


def vector_norm_cotangent(g: Any, x: Any, out: Any, order: Any, axis: Any, keepdims: bool) -> Any:
    """Cotangent of `x` in `np.linalg.vector_norm`, which flattens several axes."""
    return vector_cotangent(expanded(g, axis, keepdims), x, expanded(out, axis, keepdims), order, axis)


def cond_cotangent(g: Any, x: Any, out: Any, order: Any) -> Any:
    """Cotangent of `x` in `np.linalg.cond`."""
    if order in (None, 2, -2):
        factors = np.linalg.svd(x, full_matrices=False)
        u, s, vh = factors[0], factors[1], factors[2]
        largest, smallest = u[..., :, :1] @ vh[..., :1, :], u[..., :, -1:] @ vh[..., -1:, :]
        if order == -2:
            return as_matrix(g / s[..., 0]) * (smallest - as_matrix(out) * largest)
        return as_matrix(g / s[..., -1]) * (largest - as_matrix(out) * smallest)
    inverse = np.linalg.inv(x)
    of_x, of_inverse = (np.linalg.norm(m, ord=order, axis=MATRIX_AXES) for m in (x, inverse))
    direct = matrix_cotangent(as_matrix(g * of_inverse), x, as_matrix(of_x), order, MATRIX_AXES)
    through = matrix_cotangent(as_matrix(g * of_x), inverse, as_matrix(of_inverse), order, MATRIX_AXES)
    return direct - adjoint(inverse) @ through @ adjoint(inverse)


def _norm_samples() -> Samples:
    def build(draw: Draw) -> Any:
        for x in (draw.real(4), draw.real(2, 3), draw.real(2, 2, 3), draw.complex(2, 3), draw.real(),
                  draw.real(3, 1)):
            yield call(x)
        for order in (None, 1, 2, 3, 0.5, -1, -2, 0, np.inf, -np.inf, 1.5):
            yield call(draw.nonzero(4), order)
            yield call(draw.nonzero(2, 3), order, axis=1)
            yield call(draw.complex(3, 2), order, axis=(0,), keepdims=True)
        for order in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
            yield call(draw.nonzero(3, 3), order)
            yield call(draw.complex(2, 3), order)
            yield call(draw.nonzero(2, 3, 4), order, axis=(2, 0))
            yield call(draw.nonzero(2, 3, 4), order, axis=(-2, -1), keepdims=True)
    return Samples(build)


ROWS: tuple[Row, ...] = (
    rule(np.linalg.norm, "x, ord=None, axis=None, keepdims=False", holomorphic=False, samples=_norm_samples(),
         note="zero vectors: derivative zero; ties share evenly; ord=0: zero",
         x=Partial(vjp=lambda g, x, out, ord, axis, keepdims: norm_cotangent(g, x, out, ord, axis, keepdims),
                   jvp=lambda d, x, out, ord, axis, keepdims: norm_tangent(d, x, out, ord, axis, keepdims))),
    rule(np.linalg.vector_norm, "x, /, *, axis=None, keepdims=False, ord=2", holomorphic=False,
         note="zero vectors: derivative zero; ties share evenly; ord=0: zero",
         samples=calls(lambda s: call(s.real(4)), lambda s: call(s.nonzero(2, 3), ord=3),
                       lambda s: call(s.nonzero(2, 3, 2), axis=(0, 2), ord=np.inf),
                       lambda s: call(s.complex(2, 3)),
                       lambda s: call(s.nonzero(2, 3), axis=1, keepdims=True, ord=-1)),
         x=Partial(vjp=lambda g, x, out, ord, axis, keepdims:
                       vector_norm_cotangent(g, x, out, ord, axis, keepdims),
                   jvp=lambda d, x, out, ord, axis, keepdims:
                       rate(vector_norm_cotangent(np.ones_like(out), x, out, ord, axis, keepdims), d, axis,
                            keepdims))),
    rule(np.linalg.matrix_norm, "x, /, *, keepdims=False, ord='fro'", holomorphic=False,
         note="zero matrices: derivative zero; ties share evenly",
         samples=calls(*(lambda s, o=o:
                            call(s.nonzero(2, 2, 3), ord=o) for o in ("fro", "nuc", 1, -1, 2, -np.inf)),
                       lambda s: call(s.complex(3, 2), keepdims=True),
                       lambda s: call(s.real(3, 2), ord="nuc")),
         x=Partial(vjp=lambda g, x, out, ord, keepdims: norm_cotangent(g, x, out, ord, MATRIX_AXES, keepdims),
                   jvp=lambda d, x, out, ord, keepdims: norm_tangent(d, x, out, ord, MATRIX_AXES, keepdims))),
    rule(np.linalg.cond, "x, p=None", holomorphic=False,
         note="singular matrices: LinAlgError or infinite, as the value; ties are not shared",
         samples=invertible() + calls(*(lambda s, p=p: call(s.real(3, 3) + 4 * np.eye(3), p)
                                        for p in (2, -2, "fro", "nuc", 1, -1, np.inf, -np.inf)),
                                      lambda s: call(s.real(4, 2)),
                                      lambda s: call(s.complex(2, 3, 3), "fro")),
         x=Partial(vjp=lambda g, x, out, p: cond_cotangent(g, x, out, p),
                   jvp=lambda d, x, out, p:
                       rate(cond_cotangent(np.ones_like(out), x, out, p), d, MATRIX_AXES, False))),
)
