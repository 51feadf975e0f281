"""Reductions over axes: sums, products, means, variances, and their forms that ignore NaN."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler import support
from ad_compiler.rules.complex_numbers import along
from ad_compiler.rules.linalg_parts import whole
from ad_compiler.rules.row import Partial, Row, rule
from ad_compiler.rules.samples import Samples, calls, reals
from ad_compiler.rules.samples import call as of

CHOICES = {"axis": (None, 0, -1, (0, 1), (-2,)), "keepdims": (False, True)}
FILLED: Samples = reals((3, 4), also_complex=True).with_params(**CHOICES) + calls(
    lambda s: [of(s.real()), of(s.real(3)), of(s.real(2, 3, 4))],
    lambda s: of(s.real(2, 3, 4), axis=(0, 2)),
    lambda s: of(s.real(2, 3), axis=0, where=np.array([[True, False, True], [True, True, False]])),
    lambda s: of(s.real(3, 2, 4), 2, where=np.arange(4) < 3, keepdims=True))
EMPTY: Samples = reals((0,), (2, 0)) + calls(lambda s: of(s.real(0, 3), axis=0))
WITH_NAN: Samples = calls(
    lambda s: [of(np.array([[1.0, np.nan, 3.0], [-2.0, 0.5, np.nan]]), axis=axis) for axis in (None, 0, -1)])
INITIAL: Samples = calls(lambda s: of(s.real(2, 3), axis=0, initial=1.5),
                         lambda s: of(s.real(3), initial=-2.0))


def spread(g: Any, axis: Any, keepdims: Any) -> Any:
    """The cotangent of a reduction, with the reduced axes put back: it broadcasts against the operand."""
    return g if keepdims or axis is None else np.expand_dims(g, axis)


def masked(value: Any, where: Any) -> Any:
    """`value` where a reduction's `where=` lets the operand in, else 0."""
    return value if where is True else np.where(where, value, 0)


def count(where: Any, shape: Any, size: Any, axis: Any, dtype: Any) -> Any:
    """Number of elements that a reduction combines into one (with reduced axes kept where it is an array)."""
    if where is not True:
        return support.element_count(where, shape, axis, dtype)
    if axis is None:
        return size
    if not isinstance(axis, tuple):
        return shape[axis]
    total: Any = 1
    for one in axis:
        total = total * shape[one]
    return total


def over(function: Any, v: Any, axis: Any, keepdims: Any = False, where: Any = True) -> Any:
    """A reduction, called with those options only that are not its defaults: emitted code shows them."""
    options: dict[str, Any] = {}
    if axis is not None:
        options["axis"] = axis
    if keepdims:
        options["keepdims"] = keepdims
    if where is not True:
        options["where"] = where
    return function(v, **options)


def others(a: Any, axis: Any, where: Any, initial: Any) -> Any:
    """Derivative of a product: for each element the product of the others."""
    products = support.product_of_others(a if where is True else np.where(where, a, 1), axis)
    return products if initial is None else products * initial


def deviation(a: Any, axis: Any, where: Any) -> Any:
    return a - over(np.mean, a, axis, axis is not None, where)


def along_deviation(g: Any, a: Any, n: Any, axis: Any, keepdims: Any, where: Any) -> Any:
    """Cotangent of `a` from one of (a - mean)**2 / 2, over n; the mean's own part cancels.

    Both factors are masked: what is left out may be NaN, which zero times it would carry into a second derivative.
    """
    return masked(spread(g, axis, keepdims) / n, where) * masked(deviation(a, axis, where), where)


def mean_product(d: Any, a: Any, n: Any, dtype: Any, axis: Any, keepdims: Any, where: Any) -> Any:
    """Tangent of (a - mean)**2 / 2, over n."""
    products = along(deviation(a, axis, where), d, dtype)
    if where is True:
        return over(np.sum, products, axis, keepdims) / n
    return over(np.sum, products / n, axis, keepdims, where)


def freedom(n: Any, ddof: Any, correction: Any) -> Any:
    """The divisor of a variance."""
    less = ddof if correction is None else correction
    return n if isinstance(less, int) and less == 0 else n - less


def unit(out: Any) -> Any:
    """A divisor that is never zero: 1 in place of 0."""
    return np.where(out == 0, 1, out)


SIGNATURE = "a, axis=None, dtype=None, *, keepdims=False, where=True"
WITH_INITIAL = "a, axis=None, dtype=None, *, keepdims=False, initial=None, where=True"
VARIANCE = "a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, correction=None"

SUM = Partial(
    vjp=lambda g, axis, keepdims, where: masked(spread(g, axis, keepdims), where),
    jvp=lambda d, axis, keepdims, where: over(np.sum, d, axis, keepdims, where))
PROD = Partial(
    vjp=lambda g, a, out_dtype, axis, keepdims, where, initial: masked(
        spread(g, axis, keepdims) * others(whole(a, out_dtype), axis, where, initial), where),
    jvp=lambda d, a, out_dtype, axis, keepdims, where, initial: over(
        np.sum, d * others(whole(a, out_dtype), axis, where, initial), axis, keepdims, where))
MEAN = Partial(
    vjp=lambda g, a_shape, a_size, a_dtype, axis, keepdims, where: masked(
        spread(g, axis, keepdims) / count(where, a_shape, a_size, axis, a_dtype), where),
    jvp=lambda d, axis, keepdims, where: over(np.mean, d, axis, keepdims, where))
VAR = Partial(
    vjp=lambda g, a, a_shape, a_size, a_dtype, axis, dtype, ddof, keepdims, where, correction: along_deviation(
        2 * g, whole(a, dtype), freedom(count(where, a_shape, a_size, axis, a_dtype), ddof, correction), axis,
        keepdims, where),
    jvp=lambda d, a, a_shape, a_size, a_dtype, axis, dtype, ddof, keepdims, where, correction: 2 * mean_product(
        d, whole(a, dtype), freedom(count(where, a_shape, a_size, axis, a_dtype), ddof, correction), a_dtype,
        axis, keepdims, where))
STD = Partial(
    vjp=lambda g, a, out, a_shape, a_size, a_dtype, axis, dtype, ddof, keepdims, where, correction: along_deviation(
        g / unit(out), whole(a, dtype), freedom(count(where, a_shape, a_size, axis, a_dtype), ddof, correction), axis,
        keepdims, where),
    jvp=lambda d, a, out, a_shape, a_size, a_dtype, axis, dtype, ddof, keepdims, where, correction: mean_product(
        d, whole(a, dtype), freedom(count(where, a_shape, a_size, axis, a_dtype), ddof, correction), a_dtype,
        axis, keepdims, where) / unit(out))

RULES: tuple[Row, ...] = (
    rule(np.sum, WITH_INITIAL, a=SUM, initial=Partial(vjp=lambda g: g, jvp=lambda d: d),
         samples=FILLED + EMPTY + INITIAL),
    rule(np.prod, WITH_INITIAL, a=PROD,
         initial=Partial(vjp=lambda g, a, axis, keepdims, where: g * over(np.prod, a, axis, keepdims, where),
                         jvp=lambda d, a, axis, keepdims, where: d * over(np.prod, a, axis, keepdims, where)),
         samples=FILLED + EMPTY + INITIAL + calls(
             lambda s: of(np.array([[2.0, 0.0, 3.0], [0.0, 1.5, 0.0]]), axis=1))),
    rule(np.mean, SIGNATURE, a=MEAN, samples=FILLED, note="of no elements: NaN in forward mode, an error in reverse"),
    rule(np.var, VARIANCE, a=VAR, holomorphic=False,
         samples=FILLED + reals((3, 4)).with_params(axis=(0, None), ddof=(1,)) + calls(
             lambda s: of(s.real(4), correction=1))),
    rule(np.std, VARIANCE, a=STD, holomorphic=False, note="0 where all elements are equal",
         samples=FILLED + reals((3, 4)).with_params(axis=(0, None), ddof=(1,))),
)
