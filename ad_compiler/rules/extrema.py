"""Maxima and minima: of two, and over axes. Ties share the cotangent evenly."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler import support
from ad_compiler.rules.reductions import CHOICES, over, spread
from ad_compiler.rules.reductions_nan import HOLES
from ad_compiler.rules.row import Partial, Row, alias, rule, zero
from ad_compiler.rules.samples import Samples, calls, distinct, pairs
from ad_compiler.rules.samples import call as of

PAIRS: Samples = pairs() + calls(lambda s: of(s.real(3), 0.0), lambda s: of(1.0, s.real(3)))
OVER_AXES: Samples = distinct((3, 4)).with_params(**CHOICES) + distinct((3,), (), (2, 3, 4)) + calls(
    lambda s: of(s.distinct(2, 3, 4), axis=(0, -1)),
    lambda s: of(s.distinct(0, 3), axis=1),
    lambda s: of(s.complex(2, 3), axis=1))
WITH_INITIAL: Samples = calls(
    lambda s: of(np.array([[1.0, -2.0, 3.0], [-1.0, -4.0, 2.0]]), axis=0, initial=0.1),
    lambda s: of(s.distinct(3, 4), initial=-0.4, where=np.arange(4) < 3, keepdims=True))
NAN: Samples = calls(lambda s: [of(HOLES, axis=axis, keepdims=keep)
                                for axis in (None, 0, -1) for keep in (False, True)])
SIGNATURE = "a, axis=None, *, keepdims=False, initial=None, where=True"
TIES = "ties share evenly; of a variable and a plain number that tie, the variable gets 0 (relu'(0) = 0)"


def greater(v: Any, one: Any, two: Any) -> Any:
    """`v` where `one` is the greater, half of it where both are equal, 0 elsewhere (`where`: no 0 * inf)."""
    if isinstance(two, int | float):
        return np.where(one > two, v, 0)
    return np.where(one == two, 0.5 * v, np.where(one > two, v, 0))


def lesser(v: Any, one: Any, two: Any) -> Any:
    """`v` where `one` is the lesser, half of it where both are equal, 0 elsewhere."""
    if isinstance(two, int | float):
        return np.where(one < two, v, 0)
    return np.where(one == two, 0.5 * v, np.where(one < two, v, 0))


def of_two(choose: Any) -> dict[str, Partial]:
    """Both operands' partials; NumPy's maximum and minimum give NaN where either operand is NaN."""
    return {"x1": Partial(vjp=lambda g, x1, x2: choose(g, x1, x2), jvp=lambda d, x1, x2: choose(d, x1, x2)),
            "x2": Partial(vjp=lambda g, x1, x2: choose(g, x2, x1), jvp=lambda d, x1, x2: choose(d, x2, x1))}


def of_present(choose: Any) -> dict[str, Partial]:
    """Both operands' partials where a number wins against NaN."""
    def chosen(v: Any, one: Any, two: Any) -> Any:
        return np.where(np.isnan(two), v, choose(v, one, two))
    return of_two(chosen)


def of_kind(a: Any, out: Any) -> Any:
    """The elements as `dtype=` rounds them, so that they can be compared with the extreme."""
    dtype = getattr(out, "dtype", None)
    return a if dtype is None or dtype == a.dtype else np.astype(a, dtype)


def shares(a: Any, out: Any, dtype: Any, axis: Any, keepdims: Any, where: Any = True,
           initial: Any = None) -> Any:
    """Each element's share in the extreme `out`: 1 / (number of ties), and 0 for those that are not it."""
    a, extreme = of_kind(a, out), spread(out, axis, keepdims)
    if where is not True or initial is not None or dtype.kind == "c":
        return support.share(a, extreme, axis, where, initial)
    ties = a == extreme
    # bool / int is float64, which is right for float64 and would raise float32
    options = {} if dtype == np.float64 else {"dtype": dtype}
    return ties / np.sum(ties, axis=axis, keepdims=True, **options)


def rest(a: Any, out: Any, dtype: Any, axis: Any, keepdims: Any, where: Any, initial: Any) -> Any:
    """What the elements do not share is the share of `initial`, which competes as one more element."""
    return 1 - over(np.sum, shares(a, out, dtype, axis, keepdims, where, initial), axis, keepdims)


EXTREME = Partial(
    vjp=lambda g, a, out, a_dtype, axis, keepdims, where, initial: spread(g, axis, keepdims) * shares(
        a, out, a_dtype, axis, keepdims, where, initial),
    jvp=lambda d, a, out, a_dtype, axis, keepdims, where, initial: over(np.sum, d * shares(
        a, out, a_dtype, axis, keepdims, where, initial), axis, keepdims))
INITIAL = Partial(
    vjp=lambda g, a, out, a_dtype, axis, keepdims, where, initial: g * rest(
        a, out, a_dtype, axis, keepdims, where, initial),
    jvp=lambda d, a, out, a_dtype, axis, keepdims, where, initial: d * rest(
        a, out, a_dtype, axis, keepdims, where, initial))


MAX = rule(np.max, SIGNATURE, a=EXTREME, initial=INITIAL, note=TIES, samples=OVER_AXES + WITH_INITIAL)
MIN = rule(np.min, SIGNATURE, a=EXTREME, initial=INITIAL, note=TIES, samples=OVER_AXES + WITH_INITIAL)


def spans(a: Any, dtype: Any, axis: Any) -> Any:
    """Derivative of max - min in each element."""
    return (shares(a, np.max(a, axis=axis, keepdims=True), dtype, axis, True)
            - shares(a, np.min(a, axis=axis, keepdims=True), dtype, axis, True))


RULES: tuple[Row, ...] = (
    rule(np.maximum, "x1, x2", **of_two(greater), note=TIES, samples=PAIRS),
    rule(np.minimum, "x1, x2", **of_two(lesser), note=TIES, samples=PAIRS),
    rule(np.fmax, "x1, x2", **of_present(greater), note=TIES, samples=PAIRS),
    rule(np.fmin, "x1, x2", **of_present(lesser), note=TIES, samples=PAIRS),
    MAX, *alias(MAX, np.amax),
    MIN, *alias(MIN, np.amin),
    rule(np.nanmax, SIGNATURE, a=EXTREME, initial=INITIAL, note=TIES, samples=NAN + WITH_INITIAL),
    rule(np.nanmin, SIGNATURE, a=EXTREME, initial=INITIAL, note=TIES, samples=NAN + WITH_INITIAL),
    rule(np.ptp, "a, axis=None, *, keepdims=False", note=TIES,
         a=Partial(vjp=lambda g, a, a_dtype, axis, keepdims: spread(g, axis, keepdims) * spans(
                       a, a_dtype, axis),
                   jvp=lambda d, a, a_dtype, axis, keepdims: over(
                       np.sum, d * spans(a, a_dtype, axis), axis, keepdims)),
         samples=distinct((3, 4)).with_params(**CHOICES)),
    *zero(np.argmax, np.argmin, np.nanargmax, np.nanargmin, reason="an index"),
)
