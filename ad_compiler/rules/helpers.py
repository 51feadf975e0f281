"""Rows of the support functions that rules call, so that derivatives of derivatives exist.

Only those that do not consist of `np.*` calls alone: the others need no row, their bodies are differentiated.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler import support
from ad_compiler.rules.cumulative import differences_back, part
from ad_compiler.rules.linalg_parts import given
from ad_compiler.rules.ordering import over_lines
from ad_compiler.rules.reductions_nan import HOLES
from ad_compiler.rules.row import Partial, Row, elementwise, linear, rule, zero
from ad_compiler.rules.samples import Samples, calls, positive
from ad_compiler.rules.samples import call as of

SOURCE = np.array([[1, -1], [3, 1]])
REPEATED = np.array([1, 0, 1, -1])
NODES = np.array([-1.5, -0.6, 0.1, 0.9, 1.7])
HALF = np.array([[1.0, 0.0, 0.0], [2.0, -1.0, 0.0], [0.5, 3.0, 2.0]])
TRIANGLES = calls(lambda s: [of(s.real(3, 3), HALF), of(s.real(3, 3), HALF + HALF.T), of(s.real(3, 3), HALF, "U"),
                             of(s.complex(3, 3), HALF), of(s.real(2, 3, 3), np.stack([HALF, HALF]))])
POINTS = np.array([-2.2, 0.3, 1.2, 2.9])


def shifted(y: Any, axis: int, reverse: bool) -> Any:
    """The state that each step of a scan starts from; 0 before the first."""
    nothing = np.zeros_like(part(y, axis, 0, 1))
    if reverse:
        return np.concatenate([part(y, axis, 1, None), nothing], axis=axis)
    return np.concatenate([nothing, part(y, axis, None, -1)], axis=axis)


def factor_vjp(g: Any, factors: Any, out: Any, axis: int, reverse: bool) -> Any:
    """Each factor multiplies a state on its way into the next one."""
    terms = support.scan(factors, g, axis, not reverse)
    return shifted(terms, axis, False) * out if reverse else terms * shifted(out, axis, False)


def factor_jvp(d: Any, factors: Any, out: Any, axis: int, reverse: bool) -> Any:
    fed = shifted(d * out, axis, True) if reverse else d * shifted(out, axis, False)
    return support.scan(factors, fed, axis, reverse)


def outside(given: bool) -> int | None:
    return 0 if given else None


def node_weights(x: Any, shape: Any, axis: int, g: Any) -> Any:
    """The cotangent of the nodes of `trapezoid_weights`, where the weights have the shape of the nodes."""
    along = 0 if x.ndim == 1 else axis
    flat = np.reshape(g, np.shape(x)) if x.ndim == 1 else g
    return differences_back(0.5 * (part(flat, along, None, -1) + part(flat, along, 1, None)), 1, along)


def others(a: Any, indices: Any, b: Any) -> Any:
    return support.multiplied_at(np.ones_like(a), indices, b)


def lifted(d: Any, ndim: int) -> Any:
    """A tangent of quantile levels, with axes for the lines behind its own."""
    return np.reshape(d, np.shape(d) + (1,) * (ndim - np.ndim(d)))


QUANTILE = "v, a, q, axis, keepdims, method, skip_nan=False"
SCANNED: Samples = calls(
    lambda s: [of(s.real(3, 4), s.real(3, 4), axis, reverse)
               for axis in (0, -1) for reverse in (False, True)],
    lambda s: of(s.real(1), s.real(1), 0))
QUANTILES: Samples = calls(
    lambda s: [of(s.real(2), s.distinct(3, 4), np.array([0.2, 0.7]), None, False, "linear"),
               of(s.real(4), s.distinct(3, 4), 0.3, 0, False, "hazen"),
               of(s.real(1, 3), HOLES, 0.4, 0, True, "linear", True)])
TANGENTS: Samples = calls(
    lambda s: [of(s.real(3, 4), s.distinct(3, 4), np.array([0.2, 0.7]), None, False, "linear"),
               of(s.real(3, 4), s.distinct(3, 4), 0.3, 0, False, "hazen"),
               of(s.real(2, 3), HOLES, 0.4, 0, True, "linear", True)])

RULES: tuple[Row, ...] = (
    *zero(support.stop_gradient, reason="asked for by the program", view="always"),
    linear(support.scatter, "v, source, shape", v=lambda g, source: support.gather(g, source),
           samples=calls(lambda s: of(s.real(2, 2), SOURCE, (2, 3)))),
    linear(support.gather, "x, source", x=lambda g, source, x_shape: support.scatter(g, source, x_shape),
           samples=calls(lambda s: of(s.real(2, 3), SOURCE))),
    linear(support.scatter_index, "v, index, shape", v=lambda g, index: g[index],
           samples=calls(lambda s: [of(s.real(4), REPEATED, (3,)), of(s.real(2), (slice(None), 1), (2, 3))])),
    linear(support.written_cotangent, "cotangent, index",
           cotangent=lambda g, index, cotangent_shape: support.gather(
               g, support.written_source(cotangent_shape, index, np.shape(g))),
           samples=calls(lambda s: [of(s.real(3), (REPEATED,)), of(s.real(2, 3), ([0, 0, 1],))])),
    linear(support.take_transposed, "v, indices, shape, axis, mode",
           v=lambda g, indices, axis, mode: np.take(g, indices, axis, mode=mode),
           samples=calls(lambda s: [of(s.real(2, 4), REPEATED, (2, 3), 1, "raise"),
                                    of(s.real(4), REPEATED, (2, 3), None, "wrap")])),
    linear(support.windows_transposed, "v, shape, window_shape, axis",
           v=lambda g, window_shape, axis: np.lib.stride_tricks.sliding_window_view(g, window_shape, axis),
           samples=calls(lambda s: of(s.real(3, 3), (5,), 3, None))),
    linear(support.described, "d, a, uplo='L'", constants=("a",), samples=TRIANGLES, holomorphic=False,
           d=lambda g, a, uplo: support.of_description(g, a, **given(uplo=(uplo, "L")))),
    linear(support.of_description, "g, a, uplo='L'", constants=("a",), samples=TRIANGLES, holomorphic=False,
           g=lambda g, a, uplo: support.described(g, a, **given(uplo=(uplo, "L")))),
    linear(support.shaped, "value, shape, what", value=lambda g: g, view="always",
           samples=calls(lambda s: of(s.real(2, 3), (2, 3), "it"))),
    rule(support.scan, "factors, terms, axis, reverse=False", samples=SCANNED,
         factors=Partial(vjp=factor_vjp, jvp=factor_jvp),
         terms=Partial(vjp=lambda g, factors, axis, reverse: support.scan(factors, g, axis, not reverse),
                       jvp=lambda d, factors, axis, reverse: support.scan(factors, d, axis, reverse))),
    rule(support.quantile_transposed, QUANTILE, constants=("a",), samples=QUANTILES,
         v=Partial(vjp=lambda g, a, q, axis, keepdims, method, skip_nan: support.quantile_tangent(
                       g, a, q, axis, keepdims, method, skip_nan),
                   jvp=lambda d, a, q, axis, keepdims, method, skip_nan: support.quantile_transposed(
                       d, a, q, axis, keepdims, method, skip_nan)),
         q=Partial(vjp=lambda g, v, a, q, q_ndim, axis, keepdims, method, skip_nan: over_lines(
                       v * support.quantile_slope(g, a, q, axis, keepdims, method, skip_nan), q_ndim),
                   jvp=lambda d, v, v_ndim, a, q, axis, keepdims, method, skip_nan:
                       support.quantile_slope_transposed(
                           v * lifted(d, v_ndim), a, q, axis, keepdims, method, skip_nan))),
    rule(support.quantile_tangent, QUANTILE, constants=("a",), samples=TANGENTS,
         v=Partial(vjp=lambda g, a, q, axis, keepdims, method, skip_nan: support.quantile_transposed(
                       g, a, q, axis, keepdims, method, skip_nan),
                   jvp=lambda d, a, q, axis, keepdims, method, skip_nan: support.quantile_tangent(
                       d, a, q, axis, keepdims, method, skip_nan)),
         q=Partial(vjp=lambda g, v, a, q, q_ndim, axis, keepdims, method, skip_nan: over_lines(
                       g * support.quantile_slope(v, a, q, axis, keepdims, method, skip_nan), q_ndim),
                   jvp=lambda d, v, a, q, out_ndim, axis, keepdims, method, skip_nan: lifted(
                       d, out_ndim) * support.quantile_slope(v, a, q, axis, keepdims, method, skip_nan))),
    linear(support.quantile_slope, QUANTILE, constants=("a", "q"), samples=TANGENTS,
           v=lambda g, a, q, axis, keepdims, method, skip_nan: support.quantile_slope_transposed(
               g, a, q, axis, keepdims, method, skip_nan)),
    linear(support.quantile_slope_transposed, QUANTILE, constants=("a", "q"), samples=QUANTILES,
           v=lambda g, a, q, axis, keepdims, method, skip_nan: support.quantile_slope(
               g, a, q, axis, keepdims, method, skip_nan)),
    rule(support.trapezoid_weights, "x, dx, extent, dtype, axis",
         x=Partial(vjp=lambda g, x, extent, axis: node_weights(x, extent, axis, g),
                   jvp=lambda d, extent, dtype, axis: support.trapezoid_weights(d, 1.0, extent, dtype, axis)),
         dx=Partial(vjp=lambda g, x, extent, dtype, axis: g * (support.trapezoid_weights(
                        None, 1.0, extent, dtype, axis) if x is None else 0),
                    jvp=lambda d, x, extent, dtype, axis: d * (support.trapezoid_weights(
                        None, 1.0, extent, dtype, axis) if x is None else 0)),
         samples=calls(lambda s: [of(None, 0.5, (3, 4), np.dtype(float), 0),
                                  of(s.real(4), 1, (3, 4), np.dtype(float), -1),
                                  of(s.real(3, 4), 1, (3, 4), np.dtype(float), 0)])),
    linear(support.gradient_transposed, "v, shape, spacing, axis, edge_order", sequences=("v",),
           v=lambda g, spacing, axis, edge_order: np.gradient(g, *spacing, axis=axis, edge_order=edge_order),
           samples=calls(lambda s: [of(s.real(5), (5,), (), None, 2), of(s.real(3, 4), (3, 4), (2,), 1, 1),
                                    of((s.real(3, 4), s.real(3, 4)), (3, 4), (), None, 1)])),
    rule(support.interp_slope, "x, xp, fp", constants=("x",),
         xp=Partial(vjp=lambda g, x, xp, out: -support.interp_slope_transposed(g * out, x, xp),
                    jvp=lambda d, x, xp, out: -out * support.interp_slope(x, xp, d)),
         fp=Partial(vjp=lambda g, x, xp: support.interp_slope_transposed(g, x, xp),
                    jvp=lambda d, x, xp: support.interp_slope(x, xp, d)),
         samples=calls(lambda s: of(POINTS, NODES, s.real(5)))),
    rule(support.interp_slope_transposed, "v, x, xp", constants=("x",),
         v=Partial(vjp=lambda g, x, xp: support.interp_slope(x, xp, g),
                   jvp=lambda d, x, xp: support.interp_slope_transposed(d, x, xp)),
         xp=Partial(vjp=lambda g, v, x, xp: -support.interp_slope_transposed(
                        v * support.interp_slope(x, xp, g), x, xp),
                    jvp=lambda d, v, x, xp: -support.interp_slope_transposed(
                        v * support.interp_slope(x, xp, d), x, xp)),
         samples=calls(lambda s: of(s.real(4), POINTS, NODES))),
    rule(support.product_of_others, "a, axis=None",
         a=Partial(vjp=lambda g, a, axis: support.product_of_others_tangent(g, a, axis),
                   jvp=lambda d, a, axis: support.product_of_others_tangent(d, a, axis)),
         samples=calls(lambda s: [of(s.real(2, 3), axis) for axis in (None, 0, (0, 1))],
                       lambda s: of(np.array([0.0, 2.0, 0.0, 3.0]), 0),
                       lambda s: of(np.array([0.0, 2.0, 3.0])))),
    rule(support.interp_transposed, "v, x, xp, with_left, with_right",
         v=Partial(vjp=lambda g, v_dtype, x, xp, with_left, with_right: support.cast(np.interp(
                       x, xp, g, outside(with_left), outside(with_right)), v_dtype),
                   jvp=lambda d, x, xp, with_left, with_right: support.interp_transposed(
                       d, x, xp, with_left, with_right)),
         x=Partial(vjp=lambda g, v, x, xp: v * support.interp_slope(x, xp, g),
                   jvp=lambda d, v, x, xp: support.interp_slope_transposed(v * d, x, xp)),
         xp=Partial(vjp=lambda g, v, x, xp: -support.interp_transposed(
                        v * support.interp_slope(x, xp, g), x, xp, True, True),
                    jvp=lambda d, v, x, xp: -support.interp_slope_transposed(v * np.interp(x, xp, d), x, xp)),
         samples=calls(lambda s: [of(s.real(4), POINTS, NODES, left, not left) for left in (False, True)])),
    linear(support.reduceat_transposed, "v, indices, shape, axis",
           v=lambda g, indices, axis: np.add.reduceat(g, indices, axis),
           samples=calls(lambda s: of(s.real(2, 3), np.array([0, 2, 1]), (2, 4), 1))),
    linear(support.reduceat_shares_transposed, "v, a, extreme, indices, axis", constants=("a", "extreme"),
           v=lambda g, a, extreme, indices, axis: support.reduceat_shares(g, a, extreme, indices, axis),
           samples=calls(lambda s: of(s.real(2), np.array([1.0, 4.0, 2.0]), np.array([4.0, 2.0]),
                                      np.array([0, 2]), 0))),
    linear(support.reduceat_shares, "v, a, extreme, indices, axis", constants=("a", "extreme"),
           v=lambda g, a, extreme, indices, axis: support.reduceat_shares_transposed(
               g, a, extreme, indices, axis),
           samples=calls(lambda s: of(s.real(3), np.array([1.0, 4.0, 2.0]), np.array([4.0, 2.0]),
                                      np.array([0, 2]), 0))),
    rule(support.multiplied_at, "a, indices, b",
         a=Partial(vjp=lambda g, a, indices, b: g * others(a, indices, b),
                   jvp=lambda d, a, indices, b: d * others(a, indices, b)),
         b=Partial(vjp=lambda g, indices, b, out: g[indices] * out[indices] / b,
                   jvp=lambda d, indices, b, out, a_shape: out * support.scatter_index(
                       d / b, indices, a_shape)),
         samples=calls(lambda s: of(s.real(4), np.array([0, 2, 0]), s.nonzero(3)))),
    elementwise(support.bessel_i1, "x", samples=positive((3,),
                                                         (2, 3)) + calls(lambda s: of(np.array([0.0, -1.0]))),
                x=lambda x, out: np.i0(x) - np.where(x == 0, 0.5, out / np.where(x == 0, 1, x))),
    elementwise(support.polygamma, "n, x", x=lambda n, x: support.polygamma(n + 1, x),
                samples=calls(lambda s: [of(n, s.real(3, low=0.3, high=4)) for n in (0, 1, 2)],
                              lambda s: of(0, np.array([-0.6, -2.3])))),
    # at full shape: where sizes are not known, nothing tells a smaller cotangent from one that has been summed
    linear(support.sum_to_shape, "cotangent, shape", view="maybe",
           cotangent=lambda g, cotangent_shape: np.broadcast_to(g, cotangent_shape),
           samples=calls(lambda s: of(s.real(2, 3), (3,)), lambda s: of(s.real(2, 3), (2, 1)))),
    linear(support.cast, "value, dtype", view="maybe", value=lambda g: g, samples=calls(
               lambda s: of(s.real(2, 3), np.dtype(float)))),
    *(linear(function, signature, view="maybe", cotangent=lambda g: g, samples=samples)
      for function, signature, samples in (
          (support.fit, "cotangent, shape", calls(lambda s: of(s.real(3), (2, 3)))),
          (support.project, "cotangent, shape, dtype", calls(lambda s: of(s.real(2, 3), (3,),
                                                                          np.dtype(float)))))),
    # (what is added to a part of a shadow is followed as memory is)
    *zero(support.shadow_of, reason="a part of memory that is written", view="maybe"),
    *zero(support.shadow_like, reason="new memory"),
    *zero(support.share, support.at_shares, reason="piecewise constant"),
    *zero(support.element_count, support.labels, support.along_axis_source, support.compress_source,
          support.delete_source, support.diagonal_source, support.extract_source, support.insert_source,
          support.pad_source, support.repeat_source, support.resize_source, support.trim_source,
          support.strided_source, support.match_source, support.list_ranks,
          support.histogram_source, support.put_source, support.put_along_axis_source, support.place_source,
          support.putmask_source, support.fill_diagonal_source, support.cells, support.unique_places,
          support.common_places, support.written_source, support.ramp,
          reason="indices or counts"),
)
