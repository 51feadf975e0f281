"""Methods of ufuncs: reduce, accumulate, outer, reduceat, at."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ad_compiler import support
from ad_compiler.rules import arithmetic, exponential, extrema, rounding, trigonometric
from ad_compiler.rules.apply import plan
from ad_compiler.rules.cumulative import CUMPROD, CUMSUM, part
from ad_compiler.rules.reductions import CHOICES, INITIAL, PROD, SUM, masked, over, spread, unit
from ad_compiler.rules.row import Formula, Partial, Row, bilinear, linear, rule, zero
from ad_compiler.rules.samples import Samples, calls, distinct, pairs, positive, reals
from ad_compiler.rules.samples import call as of

REDUCE = "a, axis=0, dtype=None, *, keepdims=False, initial=None, where=True"
REDUCE_PLAIN = "a, axis=0, dtype=None, *, keepdims=False"
OVER_AXES: Samples = distinct((3, 4)).with_params(**CHOICES) + distinct((3,))
ALONG: Samples = positive((3, 4)).with_params(axis=(0, -1)) + positive((3,), (1,))

# Reduced from the first element to the last. (`np.power.reduce` and `np.arctan2.reduce` are not: what they give along a
# contiguous axis of three elements or more depends on the layout of the array, and is not the last of `accumulate`.)
ORDERED: tuple[np.ufunc, ...] = (np.subtract, np.divide, np.float_power, np.remainder, np.fmod)

ELEMENTWISE: dict[Any, Row] = {
    row.function: row for family in (arithmetic, exponential, extrema, rounding, trigonometric)
    for row in family.RULES if isinstance(row.function, np.ufunc)}


def derivative(ufunc: np.ufunc, operand: str) -> Callable[[Any, Any, Any], Any]:
    """`(x1, x2, out) -> d out / d operand`, as an array like `out`."""
    slot = plan(ELEMENTWISE[ufunc]).slots[operand]

    def at(x1: Any, x2: Any, out: Any) -> Any:
        values = {"x1": x1, "x2": x2, "out": out}
        return slot.vjp(np.ones_like(out), *(values[name] for name in slot.vjp_reads))
    return at


def chained(ufunc: np.ufunc) -> Partial:
    """`out[k] = f(out[k-1], a[k])`: a linear recurrence in the tangents, with the derivatives of f."""
    by_last, by_next = derivative(ufunc, "x1"), derivative(ufunc, "x2")

    def steps(slope: Any, a: Any, out: Any, axis: int) -> Any:
        slopes = slope(part(out, axis, None, -1), part(a, axis, 1, None), part(out, axis, 1, None))
        return np.concatenate([np.ones_like(part(out, axis, 0, 1)), slopes], axis=axis)

    return Partial(
        vjp=lambda g, a, out, axis: steps(by_next, a, out, axis) * support.scan(
            steps(by_last, a, out, axis), g, axis, True),
        jvp=lambda d, a, out, axis: support.scan(
            steps(by_last, a, out, axis), steps(by_next, a, out, axis) * d, axis))


def chained_reduce(ufunc: np.ufunc) -> Partial:
    """A reduction as the last entry of the running one."""
    running = chained(ufunc)

    def vjp(g: Any, a: Any, axis: int, keepdims: bool) -> Any:
        if a.ndim == 0:  # NumPy takes `axis=0` of a single number, which it gives back
            return g
        states = ufunc.accumulate(a, axis)
        last = spread(g, axis, keepdims)
        all_g = np.concatenate([np.zeros_like(part(states, axis, 1, None)), last], axis=axis)
        return running.vjp(all_g, a, states, axis)

    def jvp(d: Any, a: Any, axis: int, keepdims: bool) -> Any:
        if a.ndim == 0:
            return d
        tangents = part(running.jvp(d, a, ufunc.accumulate(a, axis), axis), axis, -1, None)
        return tangents if keepdims else np.squeeze(tangents, axis)

    return Partial(vjp=vjp, jvp=jvp)


def weighted(weight: Formula) -> Partial:
    """A reduction whose derivative in each element is `weight(a, out)`, the result's axes put back."""
    return Partial(
        vjp=lambda g, a, out, axis, keepdims, where: masked(
            spread(g, axis, keepdims) * weight(a, spread(out, axis, keepdims)), where),
        jvp=lambda d, a, out, axis, keepdims, where: over(
            np.sum, d * weight(a, spread(out, axis, keepdims)), axis, keepdims, where))


def outer_row(ufunc: np.ufunc, samples: Samples) -> Row:
    """`ufunc.outer(A, B)`: the ufunc with B's axes added to A."""
    row = ELEMENTWISE[ufunc]
    slots = plan(row).slots
    reads = {"x1": "A", "x2": "B", "out": "out"}

    def partial(operand: str) -> Partial:
        slot = slots[operand]
        names = tuple(reads[name] for name in slot.vjp_reads)

        def along(v: Any, A_ndim: int, B_ndim: int, *values: Any) -> Any:
            lifted = (lift(value, A_ndim, B_ndim) if name == "A" else value
                      for name, value in zip(names, values, strict=True))
            return slot.vjp(v, *lifted)

        def vjp(g: Any, A_ndim: int, B_ndim: int, *values: Any) -> Any:
            bar = along(g, A_ndim, B_ndim, *values)
            return over_last(bar, A_ndim, A_ndim + B_ndim) if operand == "x1" else over_first(bar, A_ndim)

        def jvp(d: Any, A_ndim: int, B_ndim: int, *values: Any) -> Any:
            return along(lift(d, A_ndim, B_ndim) if operand == "x1" else d, A_ndim, B_ndim, *values)

        return Partial(vjp=Built(vjp, names), jvp=Built(jvp, names))

    return rule(ufunc.outer, "A, B", samples=samples, constants=tuple(reads[name] for name in row.constants),
                **{reads[operand]: partial(operand) for operand in slots})


class Built:
    """A formula over the operands of `outer`: `(v, A_ndim, B_ndim, *names)`."""

    def __init__(self, body: Any, names: tuple[str, ...]) -> None:
        self.body = body
        self.reads = ("v", "A_ndim", "B_ndim", *names)

    def __call__(self, *values: Any) -> Any:
        return self.body(*values)


def lift(value: Any, A_ndim: int, B_ndim: int) -> Any:
    return np.expand_dims(value, tuple(range(A_ndim, A_ndim + B_ndim))) if B_ndim else value


def over_last(g: Any, A_ndim: int, out_ndim: int) -> Any:
    return np.sum(g, axis=tuple(range(A_ndim, out_ndim))) if out_ndim > A_ndim else g


def over_first(g: Any, A_ndim: int) -> Any:
    return np.sum(g, axis=tuple(range(A_ndim))) if A_ndim else g


def factors(a: Any, indices: Any, b: Any) -> Any:
    """What `np.multiply.at` multiplies each element by."""
    return support.multiplied_at(np.ones_like(a), indices, b)


def reduce_rows() -> tuple[Row, ...]:
    extreme = {"a": extrema.EXTREME, "initial": extrema.INITIAL}
    plain = {"note": extrema.TIES, "samples": OVER_AXES + extrema.WITH_INITIAL}
    return (
        rule(np.add.reduce, REDUCE, a=SUM, initial=Partial(vjp=lambda g: g, jvp=lambda d: d),
             samples=OVER_AXES + INITIAL),
        rule(np.multiply.reduce, REDUCE, a=PROD, samples=OVER_AXES + INITIAL, initial=Partial(
            vjp=lambda g, a, axis, keepdims, where: g * over(np.prod, a, axis, keepdims, where),
            jvp=lambda d, a, axis, keepdims, where: d * over(np.prod, a, axis, keepdims, where))),
        *(rule(ufunc.reduce, REDUCE, **extreme, **plain)
          for ufunc in (np.maximum, np.minimum, np.fmax, np.fmin)),
        rule(np.logaddexp.reduce, REDUCE_PLAIN + ", where=True",
             a=weighted(lambda a, out: np.exp(a - out)), samples=reals((3, 4)).with_params(axis=(0, -1))),
        rule(np.logaddexp2.reduce, REDUCE_PLAIN + ", where=True",
             a=weighted(lambda a, out: np.exp2(a - out)), samples=reals((3, 4)).with_params(axis=(0, -1))),
        rule(np.hypot.reduce, REDUCE_PLAIN + ", where=True", note="0 where all are 0",
             a=weighted(lambda a, out: a / unit(out)), samples=OVER_AXES),
        *(rule(ufunc.reduce, REDUCE_PLAIN, a=chained_reduce(ufunc),
               samples=ALONG + positive((3, 4)).with_params(keepdims=(True,)))
          for ufunc in ORDERED),
    )


def accumulate_rows() -> tuple[Row, ...]:
    signature = "a, axis=0, dtype=None"
    return (
        linear(np.add.accumulate, signature, a=CUMSUM.partials["a"], samples=ALONG),
        rule(np.multiply.accumulate, signature, a=CUMPROD.partials["a"], samples=ALONG),
        *(rule(ufunc.accumulate, signature, a=chained(ufunc), samples=ALONG + distinct((4, 3)))
          for ufunc in (np.maximum, np.minimum, np.fmax, np.fmin)),
        *(rule(ufunc.accumulate, signature, a=chained(ufunc), samples=ALONG)
          for ufunc in (*ORDERED, np.hypot, np.logaddexp, np.logaddexp2, np.power, np.arctan2)),
    )


REDUCEAT: Samples = calls(
    lambda s: [of(s.distinct(5), np.array([0, 2, 2, 4]), 0), of(s.distinct(3, 4), [0, 2], axis=1),
               of(s.distinct(5), [3, 1, 2], axis=-1)])
AT: Samples = calls(lambda s: [of(s.real(4), np.array([0, 2, 0]), np.array([-3.0, 0.6, 3.0])),
                               of(s.real(2, 3), (1, 0), 0.7),
                               of(s.real(3, 2), np.array([0, 2]), s.nonzero(2))])
EXTREME_AT = {
    "a": Partial(vjp=lambda g, a, indices, b, out: g * support.at_shares(a, indices, b, out)[0],
                 jvp=lambda d, a, indices, b, out: d * support.at_shares(a, indices, b, out)[0]),
    "b": Partial(vjp=lambda g, a, indices, b, out: g[indices] * support.at_shares(a, indices, b, out)[1],
                 jvp=lambda d, a, a_shape, indices, b, out: support.scatter_index(
                     d * support.at_shares(a, indices, b, out)[1], indices, a_shape))}


RULES: tuple[Row, ...] = (
    *reduce_rows(),
    *accumulate_rows(),
    bilinear(np.multiply.outer, "A, B", samples=pairs(),
             A=lambda g, B, A_ndim, out_ndim: over_last(g * B, A_ndim, out_ndim),
             B=lambda g, A, A_ndim, B_ndim: over_first(g * lift(A, A_ndim, B_ndim), A_ndim)),
    *(outer_row(ufunc, pairs()) for ufunc in (np.add, np.subtract, np.maximum, np.minimum, np.fmax, np.fmin,
                                              np.logaddexp, np.logaddexp2)),
    *(outer_row(ufunc, pairs(0.4, 2.0)) for ufunc in (np.divide, np.power, np.float_power, np.hypot,
                                                      np.arctan2)),
    *(outer_row(ufunc, pairs(nonzero=["x1", "x2"])) for ufunc in (np.remainder, np.fmod, np.copysign)),
    linear(np.add.reduceat, "a, indices, axis=0, dtype=None", samples=REDUCEAT,
           a=lambda g, a_shape, indices, axis: support.reduceat_transposed(g, indices, a_shape, axis)),
    *(rule(ufunc.reduceat, "a, indices, axis=0, dtype=None", samples=REDUCEAT, note=extrema.TIES,
           a=Partial(vjp=lambda g, a, out, indices, axis: support.reduceat_shares_transposed(
                         g, extrema.of_kind(a, out), out, indices, axis),
                     jvp=lambda d, a, out, indices, axis: support.reduceat_shares(
                         d, extrema.of_kind(a, out), out, indices, axis)))
      for ufunc in (np.maximum, np.minimum)),
    rule(np.add.at, "a, indices, b", writes="a", samples=AT, a=Partial(vjp=lambda g: g, jvp=lambda d: d),
         b=Partial(vjp=lambda g, indices: g[indices],
                   jvp=lambda d, indices, a_shape: support.scatter_index(d, indices, a_shape))),
    rule(np.subtract.at, "a, indices, b", writes="a", samples=AT, a=Partial(vjp=lambda g: g, jvp=lambda d: d),
         b=Partial(vjp=lambda g, indices: -g[indices],
                   jvp=lambda d, indices, a_shape: -support.scatter_index(d, indices, a_shape))),
    rule(np.multiply.at, "a, indices, b", writes="a", samples=AT, note="not a number in a factor that is 0",
         a=Partial(vjp=lambda g, a, indices, b: g * factors(a, indices, b),
                   jvp=lambda d, a, indices, b: d * factors(a, indices, b)),
         b=Partial(vjp=lambda g, indices, b, out: g[indices] * out[indices] / b,
                   jvp=lambda d, indices, b, out, a_shape: out * support.scatter_index(
                       d / b, indices, a_shape))),
    *(rule(ufunc.at, "a, indices, b", writes="a", samples=AT, note=extrema.TIES, **EXTREME_AT)
      for ufunc in (np.maximum, np.minimum)),
    *zero(*(method for ufunc in (np.logical_and, np.logical_or, np.logical_xor, np.bitwise_and, np.bitwise_or,
                                 np.bitwise_xor)
            for method in (ufunc.reduce, ufunc.accumulate, ufunc.outer)), reason="truth values or integers"),
    *zero(*(ufunc.outer for ufunc in (np.equal, np.not_equal, np.less, np.less_equal, np.greater,
                                      np.greater_equal)), reason="a truth value"),
    *zero(np.floor_divide.outer, reason="piecewise constant"),
)
