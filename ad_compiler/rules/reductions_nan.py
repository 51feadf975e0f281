"""Reductions that ignore NaN are those of `reductions` under a mask; weighted means."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules.reductions import MEAN, PROD, SIGNATURE, STD, VAR, VARIANCE, WITH_INITIAL, over, spread
from ad_compiler.rules.row import Partial, Row, rule
from ad_compiler.rules.samples import Samples, calls, reals
from ad_compiler.rules.samples import call as of

HOLES = np.array([[1.0, np.nan, 3.0], [-2.0, 0.5, np.nan]])
WITH_NAN: Samples = calls(
    lambda s: [of(HOLES, axis=axis, keepdims=keep)
               for axis in (None, 0, -1, (0, 1)) for keep in (False, True)],
    lambda s: of(HOLES, axis=1, where=np.array([[True, True, False], [True, True, True]])),
    lambda s: of(s.real(3)), lambda s: of(s.complex(2, 2), axis=0))


def present(a: Any, where: Any) -> Any:
    """Where an element counts: not NaN, and let in by `where=`."""
    there = np.logical_not(np.isnan(a))
    return there if where is True else np.logical_and(there, where)


NANSUM = Partial(vjp=lambda g, a, axis, keepdims, where: np.where(present(a, where),
                                                                  spread(g, axis, keepdims), 0),
                 jvp=lambda d, a, axis, keepdims, where: over(np.sum, d, axis, keepdims, present(a, where)))
NANPROD = Partial(
    vjp=lambda g, a, out_dtype, axis, keepdims, where, initial: PROD.vjp(
        g, a, out_dtype, axis, keepdims, present(a, where), initial),
    jvp=lambda d, a, out_dtype, axis, keepdims, where, initial: PROD.jvp(
        d, a, out_dtype, axis, keepdims, present(a, where), initial))
NANMEAN = Partial(
    vjp=lambda g, a, a_shape, a_size, a_dtype, axis, keepdims, where: MEAN.vjp(
        g, a_shape, a_size, a_dtype, axis, keepdims, present(a, where)),
    jvp=lambda d, a, axis, keepdims, where: MEAN.jvp(d, axis, keepdims, present(a, where)))
NANVAR = Partial(
    vjp=lambda g, a, a_shape, a_size, a_dtype, axis, dtype, ddof, keepdims, where, correction: VAR.vjp(
        g, a, a_shape, a_size, a_dtype, axis, dtype, ddof, keepdims, present(a, where), correction),
    jvp=lambda d, a, a_shape, a_size, a_dtype, axis, dtype, ddof, keepdims, where, correction: VAR.jvp(
        d, a, a_shape, a_size, a_dtype, axis, dtype, ddof, keepdims, present(a, where), correction))
NANSTD = Partial(
    vjp=lambda g, a, out, a_shape, a_size, a_dtype, axis, dtype, ddof, keepdims, where, correction: STD.vjp(
        g, a, out, a_shape, a_size, a_dtype, axis, dtype, ddof, keepdims, present(a, where), correction),
    jvp=lambda d, a, out, a_shape, a_size, a_dtype, axis, dtype, ddof, keepdims, where, correction: STD.jvp(
        d, a, out, a_shape, a_size, a_dtype, axis, dtype, ddof, keepdims, present(a, where), correction))


def aligned(weights: Any, weights_ndim: int, a_ndim: int, axis: Any) -> Any:
    """The weights of `np.average`, shaped to broadcast against the averaged array."""
    if weights_ndim == a_ndim:
        return weights
    along = axis if isinstance(axis, tuple) else (axis,)
    along = [one % a_ndim for one in along]
    order = sorted(range(len(along)), key=along.__getitem__)
    if order != list(range(len(along))):
        weights = np.transpose(weights, order)
    return np.expand_dims(weights, tuple(one for one in range(a_ndim) if one not in along))


def gathered(g: Any, weights_ndim: int, a_ndim: int, axis: Any) -> Any:
    """The transpose of `aligned`: sum the other axes, put those of the weights in their order."""
    if weights_ndim == a_ndim:
        return g
    along = axis if isinstance(axis, tuple) else (axis,)
    along = [one % a_ndim for one in along]
    summed = np.sum(g, axis=tuple(one for one in range(a_ndim) if one not in along))
    ranks = [sorted(along).index(one) for one in along]
    return summed if ranks == sorted(ranks) else np.transpose(summed, ranks)


def weighted(weights: Any, weights_ndim: int, a_ndim: int, axis: Any, shape: Any) -> Any:
    """Each element's part in the weighted mean."""
    full = np.broadcast_to(aligned(weights, weights_ndim, a_ndim, axis), shape)
    return full / np.sum(full, axis=axis, keepdims=True)


def total_weight(weights: Any, weights_ndim: int, a_ndim: int, axis: Any, shape: Any) -> Any:
    full = np.broadcast_to(aligned(weights, weights_ndim, a_ndim, axis), shape)
    return np.sum(full, axis=axis, keepdims=True)


def average_vjp(g: Any, a_shape: Any, a_ndim: Any, a_size: Any, a_dtype: Any, axis: Any, weights: Any,
                weights_ndim: Any, keepdims: Any) -> Any:
    if weights is None:
        return MEAN.vjp(g, a_shape, a_size, a_dtype, axis, keepdims, True)
    return spread(g, axis, keepdims) * weighted(weights, weights_ndim, a_ndim, axis, a_shape)


def average_jvp(d: Any, a_shape: Any, a_ndim: Any, axis: Any, weights: Any, weights_ndim: Any,
                keepdims: Any) -> Any:
    if weights is None:
        return over(np.mean, d, axis, keepdims)
    return over(np.sum, d * weighted(weights, weights_ndim, a_ndim, axis, a_shape), axis, keepdims)


def pull(a: Any, out: Any, weights: Any, weights_ndim: Any, a_ndim: Any, axis: Any, keepdims: Any,
         a_shape: Any) -> Any:
    """Derivative of the mean in the weight of each element: (a - mean) / (total weight)."""
    return (a - spread(out, axis, keepdims)) / total_weight(weights, weights_ndim, a_ndim, axis, a_shape)


RULES: tuple[Row, ...] = (
    rule(np.nansum, WITH_INITIAL, a=NANSUM, initial=Partial(vjp=lambda g: g, jvp=lambda d: d),
         samples=WITH_NAN + calls(lambda s: of(HOLES, axis=0, initial=1.5))),
    rule(np.nanprod, WITH_INITIAL, a=NANPROD,
         samples=WITH_NAN + calls(lambda s: of(HOLES, axis=0, initial=1.5)),
         initial=Partial(vjp=lambda g, out, initial: g * out / initial,
                         jvp=lambda d, out, initial: d * out / initial)),
    rule(np.nanmean, SIGNATURE, a=NANMEAN, samples=WITH_NAN),
    rule(np.nanvar, VARIANCE, a=NANVAR, holomorphic=False, samples=WITH_NAN),
    rule(np.nanstd, VARIANCE, a=NANSTD, holomorphic=False, note="0 where all elements are equal",
         samples=WITH_NAN),
    rule(np.average, "a, axis=None, weights=None, *, keepdims=False",
         a=Partial(vjp=average_vjp, jvp=average_jvp),
         weights=Partial(
             vjp=lambda g, a, a_shape, a_ndim, axis, weights, weights_ndim, out, keepdims: gathered(
                 spread(g, axis, keepdims) * pull(
                     a, out, weights, weights_ndim, a_ndim, axis, keepdims, a_shape),
                 weights_ndim, a_ndim, axis),
             jvp=lambda d, a, a_shape, a_ndim, axis, weights, weights_ndim, out, keepdims: over(
                 np.sum, aligned(d, weights_ndim, a_ndim, axis) * pull(
                     a, out, weights, weights_ndim, a_ndim, axis, keepdims, a_shape), axis, keepdims)),
         samples=reals((3,), (2, 3)) + calls(
             lambda s: [of(s.real(2, 3, 4), axis=axis, weights=s.real(*shape, low=0.2, high=1.0),
                           keepdims=keep)
                        for axis, shape in ((0, (2,)), (-2, (3,)), ((1, 2), (3, 4)), ((2, 0), (4, 2)),
                                            (None, (2, 3, 4)), (1, (2, 3, 4)))
                        for keep in (False, True)],
             lambda s: of(s.complex(3), weights=s.real(3, low=0.2, high=1.0)))),
)
