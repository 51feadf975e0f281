"""Running sums and products, differences, and integrals of samples."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler import support
from ad_compiler.rules.linalg_parts import whole
from ad_compiler.rules.reductions_nan import HOLES
from ad_compiler.rules.row import OMITTED, Partial, Row, existing, linear, rule
from ad_compiler.rules.samples import Samples, calls, reals
from ad_compiler.rules.samples import call as of

ALONG: Samples = reals((3, 4)).with_params(axis=(None, 0, -1)) + reals((3,), (0,)) + calls(
    lambda s: of(s.complex(2, 3), axis=1))
ZEROS: Samples = calls(lambda s: of(np.array([[2.0, 0.0, 3.0], [0.0, 1.5, 0.0]]), axis=1))
INITIAL: Samples = reals((3, 4)).with_params(axis=(0, -1), include_initial=(False, True)) + reals((3,))
WITH_NAN: Samples = calls(lambda s: [of(HOLES, axis=axis) for axis in (None, 0, 1)])


def backwards(g: Any, a_shape: Any, axis: Any) -> Any:
    """The transpose of a running sum: the running sum from the end."""
    if axis is None:
        return np.reshape(np.flip(np.cumsum(np.flip(g))), a_shape)
    return np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis)


def flat(value: Any, axis: Any) -> tuple[Any, int]:
    """`value` and axis as a running product sees them: without an axis it runs over the flat array."""
    return (np.reshape(value, (-1,)), 0) if axis is None or np.ndim(value) == 0 else (value, axis)


def part(g: Any, axis: int, start: Any, stop: Any) -> Any:
    """`g[start:stop]` along an axis."""
    piece = slice(start, stop)
    ahead = axis % g.ndim
    return g[(slice(None),) * ahead + (piece,)] if ahead else g[piece]


def before(out: Any, axis: int) -> Any:
    """The running product up to, but without, each element."""
    return np.concatenate([np.ones_like(part(out, axis, 0, 1)), part(out, axis, None, -1)], axis=axis)


def product_vjp(g: Any, a: Any, a_shape: Any, out: Any, out_dtype: Any, axis: Any) -> Any:
    lines, along = flat(whole(a, out_dtype), axis)
    return np.reshape(support.scan(lines, g, along, reverse=True) * before(out, along), a_shape)


def product_jvp(d: Any, a: Any, out: Any, out_dtype: Any, axis: Any) -> Any:
    lines, along = flat(whole(a, out_dtype), axis)
    return support.scan(lines, before(out, along) * flat(d, axis)[0], along)


def ones_for_nan(a: Any) -> Any:
    return np.where(np.isnan(a), 1, a)


def differences_back(g: Any, n: int, axis: int) -> Any:
    """The transpose of n-th differences: differences of the cotangent with zeros around it."""
    zero = 0.0 if g.dtype in (np.float64, np.complex128) else g.dtype.type(0)
    for _ in range(n):
        g = -np.diff(g, axis=axis, prepend=zero, append=zero)
    return g


def width(edge: Any, shape: Any, axis: int) -> Any:
    """How many entries `prepend=` or `append=` adds along `axis`."""
    if edge is OMITTED or edge is None:
        return 0
    return shape[axis] if len(shape) else 1


def zeros(edge: Any) -> Any:
    """No tangent of what `prepend=` or `append=` adds: for a number the number 0."""
    return OMITTED if edge is OMITTED else 0.0 if isinstance(edge, (int, float)) else np.zeros_like(edge)


def inner(g: Any, a_shape: Any, n: int, axis: int, prepend: Any, prepend_shape: Any, append: Any) -> Any:
    """The part of a cotangent that belongs to the array itself, between what was added to its ends.

    Differences of nothing are nothing, but their transpose gives more: `n` zeros.
    """
    if prepend is OMITTED and append is OMITTED:
        return g if n == 0 else part(g, axis, None, a_shape[axis])
    start = width(prepend, prepend_shape, axis)
    return part(g, axis, start, start + a_shape[axis])


def diff_of(a: Any, n: int, axis: int, prepend: Any, append: Any) -> Any:
    edges = {name: edge for name, edge in (("prepend", prepend), ("append", append)) if edge is not OMITTED}
    return np.diff(a, n=n, axis=axis, **edges)


def interval_sums(g: Any, y: Any, axis: int) -> Any:
    """Half the cotangent times the sum of each interval's two ends."""
    return 0.5 * (part(y, axis, 1, None) + part(y, axis, None, -1)) * g


def middle(g: Any, start: Any, length: Any) -> Any:
    return g[start:start + length]


def begun(to_begin: Any, size: Any) -> Any:
    return 0 if to_begin is None else size


def along_x(g: Any, x_ndim: int, y_ndim: int, axis: int) -> Any:
    """The cotangent of the sample points, summed over the axes that a 1-D `x` does not have."""
    if x_ndim == 1:
        return np.sum(g, axis=tuple(one for one in range(y_ndim) if one != axis % y_ndim))
    return g


def after_initial(v: Any, axis: Any, include_initial: bool) -> Any:
    """A running result without its initial value."""
    return part(v, 0 if axis is None else axis, 1, None) if include_initial else v


def from_initial(v: Any, out: Any, axis: Any, include_initial: bool) -> Any:
    """The tangent of a running result, with that of its initial value, which is constant."""
    if not include_initial:
        return v
    along = 0 if axis is None else axis
    return np.concatenate([np.zeros_like(part(out, along, 0, 1)), v], axis=along)


CUMSUM = linear(np.cumsum, "a, axis=None, dtype=None", samples=ALONG,
                a=lambda g, a_shape, axis: backwards(g, a_shape, axis))
CUMPROD = rule(np.cumprod, "a, axis=None, dtype=None", samples=ALONG + ZEROS,
               a=Partial(vjp=product_vjp, jvp=product_jvp))

RULES: tuple[Row, ...] = (
    CUMSUM,
    CUMPROD,
    *(linear(function, "x, /, *, axis=None, dtype=None, include_initial=False",
             x=lambda g, x_shape, axis, include_initial: backwards(
                 after_initial(g, axis, include_initial), x_shape, axis),
             samples=INITIAL) for function in existing(np, "cumulative_sum")),
    *(rule(function, "x, /, *, axis=None, dtype=None, include_initial=False", samples=INITIAL,
           x=Partial(vjp=lambda g, x, x_shape, out, out_dtype, axis, include_initial: product_vjp(
                         after_initial(g, axis, include_initial), x, x_shape,
                         after_initial(out, axis, include_initial), out_dtype, axis),
                     jvp=lambda d, x, out, out_dtype, axis, include_initial: from_initial(
                         product_jvp(d, x, after_initial(out, axis, include_initial), out_dtype, axis),
                         out, axis, include_initial)))
      for function in existing(np, "cumulative_prod")),
    rule(np.nancumsum, "a, axis=None, dtype=None", samples=WITH_NAN,
         a=Partial(vjp=lambda g, a, a_shape, axis: np.where(np.isnan(a), 0, backwards(g, a_shape, axis)),
                   jvp=lambda d, a, axis: np.cumsum(np.where(np.isnan(a), 0, d), axis=axis))),
    rule(np.nancumprod, "a, axis=None, dtype=None", samples=WITH_NAN,
         a=Partial(vjp=lambda g, a, a_shape, out, out_dtype, axis: np.where(
                       np.isnan(a), 0, product_vjp(g, ones_for_nan(a), a_shape, out, out_dtype, axis)),
                   jvp=lambda d, a, out, out_dtype, axis: product_jvp(
                       np.where(np.isnan(a), 0, d), ones_for_nan(a), out, out_dtype, axis))),
    rule(np.diff, "a, n=1, axis=-1, prepend=..., append=...", view="maybe",
         a=Partial(
             vjp=lambda g, a_shape, n, axis, prepend, prepend_shape, append: inner(
                 differences_back(g, n, axis), a_shape, n, axis, prepend, prepend_shape, append),
             jvp=lambda d, n, axis, prepend, append: diff_of(d, n, axis, zeros(prepend), zeros(append))),
         prepend=Partial(
             vjp=lambda g, n, axis, prepend, prepend_shape: part(
                 differences_back(g, n, axis), axis, 0, width(prepend, prepend_shape, axis)),
             jvp=lambda d, a, n, axis, append: diff_of(np.zeros_like(a), n, axis, d, zeros(append))),
         append=Partial(
             vjp=lambda g, a_shape, n, axis, prepend, prepend_shape: part(
                 differences_back(g, n, axis), axis, width(prepend, prepend_shape, axis) + a_shape[axis],
                 None),
             jvp=lambda d, a, n, axis, prepend: diff_of(np.zeros_like(a), n, axis, zeros(prepend), d)),
         samples=reals((3, 4)).with_params(axis=(0, -1), n=(0, 1, 2)) + calls(
             lambda s: of(s.real(3, 4), axis=1, prepend=0.5, append=s.real(3, 2)),
             lambda s: of(s.real(3, 4), n=2, axis=0, prepend=s.real(1, 4), append=-0.5))),
    rule(np.ediff1d, "ary, to_end=None, to_begin=None",
         ary=Partial(
             vjp=lambda g, ary_shape, ary_size, to_begin, to_begin_size: np.reshape(differences_back(
                 middle(g, begun(to_begin, to_begin_size), ary_size - 1), 1, 0)[:ary_size], ary_shape),
             jvp=lambda d, to_end, to_begin: np.ediff1d(d, *(None if e is None else np.zeros_like(e)
                                                            for e in (to_end, to_begin)))),
         to_end=Partial(
             vjp=lambda g, to_end_shape, to_end_size, out_size: np.reshape(g[out_size - to_end_size:],
                                                                           to_end_shape),
             jvp=lambda d, ary, to_begin: np.ediff1d(
                 np.zeros_like(ary), d, None if to_begin is None else np.zeros_like(to_begin))),
         to_begin=Partial(
             vjp=lambda g, to_begin_shape, to_begin_size: np.reshape(g[:to_begin_size], to_begin_shape),
             jvp=lambda d, ary, to_end: np.ediff1d(
                 np.zeros_like(ary), None if to_end is None else np.zeros_like(to_end), d)),
         samples=calls(lambda s: of(s.real(2, 3)), lambda s: of(s.real(4), s.real(2), s.real(1)),
                       lambda s: of(s.real(3), to_begin=0.5))),
    rule(np.gradient, "f, *varargs, axis=None, edge_order=1", results=-1,
         note="an active spacing is refused",
         f=Partial(vjp=lambda g, f_shape, varargs, axis, edge_order: support.gradient_transposed(
                       g, f_shape, varargs, axis, edge_order),
                   jvp=lambda d, varargs, axis, edge_order: np.gradient(
                       d, *varargs, axis=axis, edge_order=edge_order)),
         samples=calls(
             lambda s: [of(s.real(5), *spacing, edge_order=edge) for edge in (1, 2)
                        for spacing in ((), (2,), (np.array([0, 1, 3, 4, 9]),))],
             lambda s: [of(s.real(3, 4), axis=axis) for axis in (None, 0, -1, (1, 0))],
             lambda s: of(s.real(3, 4), 2, np.array([0, 1, 3, 4])), lambda s: of(s.real(2)))),
    rule(np.trapezoid, "y, x=None, dx=1.0, axis=-1",
         y=Partial(vjp=lambda g, x, dx, y_shape, y_dtype, axis: np.expand_dims(
                       g, axis) * support.trapezoid_weights(x, dx, y_shape, y_dtype, axis),
                   jvp=lambda d, x, dx, axis: np.trapezoid(d, x=x, dx=dx, axis=axis)),
         x=Partial(vjp=lambda g, y, x_ndim, y_ndim, axis: along_x(
                       differences_back(interval_sums(np.expand_dims(g, axis), y, axis), 1, axis),
                       x_ndim, y_ndim, axis),
                   jvp=lambda d, y, axis: np.trapezoid(y, x=d, axis=axis)),
         dx=Partial(vjp=lambda g, y, x, axis: g * (np.trapezoid(y, axis=axis) if x is None else 0),
                    jvp=lambda d, y, x, axis: d * (np.trapezoid(y, axis=axis) if x is None else 0)),
         samples=calls(lambda s: [of(s.real(3, 4), axis=axis, dx=0.5) for axis in (0, -1)],
                       lambda s: [of(s.real(3, 4), s.real(n), axis=axis) for axis, n in ((0, 3), (-1, 4))],
                       lambda s: of(s.real(3, 4), s.real(3, 4), axis=0), lambda s: of(s.complex(3)))),
)
