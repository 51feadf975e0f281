"""Sorting, and quantiles of every kind."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler import support
from ad_compiler.rules.reductions import CHOICES
from ad_compiler.rules.reductions_nan import HOLES
from ad_compiler.rules.row import Partial, Row, rule
from ad_compiler.rules.samples import Samples, calls, distinct
from ad_compiler.rules.samples import call as of

METHODS = ("linear", "lower", "higher", "midpoint", "nearest", "hazen", "weibull", "median_unbiased",
           "normal_unbiased", "inverted_cdf", "averaged_inverted_cdf", "closest_observation",
           "interpolated_inverted_cdf")
JUMPS = "in q: the slope between neighbours, 0 for methods that jump"


def reordered(d: Any, a: Any, axis: Any) -> Any:
    """The tangent, in the order in which sorting puts the elements."""
    if axis is None:
        return np.take_along_axis(np.reshape(d, (-1,)), np.argsort(a, axis=None), 0)
    return np.take_along_axis(d, np.argsort(a, axis=axis), axis)


def put_back(g: Any, a: Any, a_shape: Any, axis: Any) -> Any:
    """The cotangent, back in the order before sorting."""
    if axis is None:
        return np.reshape(np.take_along_axis(g, np.argsort(np.argsort(a, axis=None)), 0), a_shape)
    return np.take_along_axis(g, np.argsort(np.argsort(a, axis=axis), axis=axis), axis)


def match(d: Any, a: Any, out: Any, axis: Any) -> Any:
    """The tangent, in the order of `out`, which holds the elements of `a`: equal rank, equal place."""
    ranks = np.argsort(np.argsort(out, axis=-1 if axis is None else axis), axis=-1 if axis is None else axis)
    return np.take_along_axis(reordered(d, a, axis), ranks, -1 if axis is None else axis)


def unmatch(g: Any, a: Any, a_shape: Any, out: Any, axis: Any) -> Any:
    """The transpose of `match`."""
    along = -1 if axis is None else axis
    return put_back(np.take_along_axis(g, np.argsort(out, axis=along), along), a, a_shape, axis)


def quantile_row(function: Any, signature: str, samples: Samples, *, percent: bool = False,
                 skip_nan: bool = False) -> Row:
    """`np.quantile` and its relatives; `percent`: q counts to 100."""
    def level(q: Any) -> Any:
        return q / 100 if percent else q

    return rule(
        function, signature, samples=samples, note=JUMPS,
        a=Partial(vjp=lambda g, a, q, axis, keepdims, method: support.quantile_transposed(
                      g, a, level(q), axis, keepdims, method, skip_nan),
                  jvp=lambda d, a, q, axis, keepdims, method: support.quantile_tangent(
                      d, a, level(q), axis, keepdims, method, skip_nan)),
        q=Partial(vjp=lambda g, a, q, q_ndim, axis, keepdims,
                  method: over_lines(level(g) * support.quantile_slope(
                      a, a, level(q), axis, keepdims, method, skip_nan), q_ndim),
                  jvp=lambda d, a, q, q_ndim, out_ndim, axis, keepdims, method: level(
                      np.reshape(d, np.shape(d) + (1,) * (out_ndim - q_ndim))) * support.quantile_slope(
                          a, a, level(q), axis, keepdims, method, skip_nan)))


def over_lines(g: Any, q_ndim: int) -> Any:
    """Sum over all but the axes of q, which come first."""
    return np.sum(g, axis=tuple(range(q_ndim, np.ndim(g))))


def median_row(function: Any, samples: Samples, skip_nan: bool) -> Row:
    return rule(
        function, "a, axis=None, *, keepdims=False", samples=samples,
        a=Partial(vjp=lambda g, a, axis, keepdims: support.quantile_transposed(
                      g, a, 0.5, axis, keepdims, "linear", skip_nan),
                  jvp=lambda d, a, axis, keepdims: support.quantile_tangent(
                      d, a, 0.5, axis, keepdims, "linear", skip_nan)))


def levels(scale: float) -> Samples:
    return calls(
        lambda s: [of(s.distinct(7), 0.37 * scale, method=method) for method in METHODS],
        lambda s: [of(s.distinct(3, 4), scale * np.array([0.21, 0.83]), axis=axis, keepdims=keep)
                   for axis in (None, 0, (-1, 0)) for keep in (False, True)],
        lambda s: of(s.distinct(2, 3, 2), scale * np.array([[0.3], [0.6]]), axis=1))


def levels_nan(scale: float) -> Samples:
    return calls(lambda s: [of(HOLES, 0.4 * scale, axis=axis) for axis in (None, 0, 1)],
                 lambda s: of(HOLES, scale * np.array([0.2, 0.6]), axis=1, keepdims=True))


SORTED: Samples = distinct((4,), (3, 4)).with_params(axis=(0, -1, None))
QUANTILE = "a, q, axis=None, *, method='linear', keepdims=False"

RULES: tuple[Row, ...] = (
    rule(np.sort, "a, axis=-1, kind=None, order=None, *, stable=None", samples=SORTED,
         a=Partial(vjp=lambda g, a, a_shape, axis: put_back(g, a, a_shape, axis),
                   jvp=lambda d, a, axis: reordered(d, a, axis))),
    rule(np.sort_complex, "a", samples=distinct((4,)) + calls(lambda s: of(s.complex(2, 3))),
         a=Partial(vjp=lambda g, a, a_shape: put_back(g, a, a_shape, -1),
                   jvp=lambda d, a: reordered(d, a, -1))),
    rule(np.partition, "a, kth, axis=-1, kind='introselect', order=None",
         samples=calls(lambda s: [of(s.distinct(3, 5), 2, axis=axis) for axis in (0, -1, None)]),
         a=Partial(vjp=lambda g, a, a_shape, out, axis: unmatch(g, a, a_shape, out, axis),
                   jvp=lambda d, a, out, axis: match(d, a, out, axis))),
    rule(np.ndarray.sort, "a, axis=-1, kind=None, order=None", writes="a",
         samples=distinct((4,), (3, 4)).with_params(axis=(0, -1)),
         a=Partial(vjp=lambda g, a, a_shape, axis: put_back(g, a, a_shape, axis),
                   jvp=lambda d, a, axis: reordered(d, a, axis))),
    rule(np.ndarray.partition, "a, kth, axis=-1, kind='introselect', order=None", writes="a",
         samples=calls(lambda s: of(s.distinct(3, 5), 2, axis=0)),
         a=Partial(vjp=lambda g, a, a_shape, out, axis: unmatch(g, a, a_shape, out, axis),
                   jvp=lambda d, a, out, axis: match(d, a, out, axis))),
    quantile_row(np.quantile, QUANTILE, levels(1.0)),
    quantile_row(np.percentile, QUANTILE, levels(100.0), percent=True),
    quantile_row(np.nanquantile, QUANTILE, levels_nan(1.0), skip_nan=True),
    quantile_row(np.nanpercentile, QUANTILE, levels_nan(100.0), percent=True, skip_nan=True),
    median_row(np.median, distinct((5,), (4,)) + distinct((3, 4)).with_params(**CHOICES), skip_nan=False),
    median_row(np.nanmedian, calls(lambda s: [of(HOLES, axis=axis) for axis in (None, 0, 1)],
                                   lambda s: of(HOLES, axis=0, keepdims=True)), skip_nan=True),
)
