"""Making arrays: copies and casts, constants, and ranges whose ends carry derivatives."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ad_compiler import support
from ad_compiler.rules.joining import elements
from ad_compiler.rules.row import OMITTED, Partial, Row, existing, linear, rule, zero
from ad_compiler.rules.samples import Samples, calls, reals
from ad_compiler.rules.samples import call as of

ANY: Samples = reals(also_complex=True)
ENDS: Samples = calls(
    lambda s: [of(0.5, 2.5, 5, endpoint=end) for end in (True, False)],
    lambda s: [of(s.real(3, low=0.5, high=1), s.real(2, 1, low=2, high=3), 4, axis=axis)
               for axis in (0, -1, 1)],
    lambda s: of(0.5, 2.0, 1), lambda s: of(0.5, 2.0, 0))


def at_item(g: Any, shape: Any, size: Any, args: Any) -> Any:
    """Zeros of `shape` with `g` where `x.item(*args)` looks: at a flat index, or at one per axis."""
    if len(args) == 1 and not isinstance(args[0], tuple):
        return np.reshape(support.scatter_index(g, args[0], (size,)), shape)
    return support.scatter_index(g, args[0] if len(args) == 1 else args or (0,) * len(shape), shape)


def item_of(d: Any, ndim: int, args: Any) -> Any:
    if len(args) == 1 and not isinstance(args[0], tuple):
        return np.reshape(d, (-1,))[args[0]]
    return d[args[0] if len(args) == 1 else tuple(args) or (0,) * ndim]


def unnested(g: Any) -> Any:
    """Nested sequences of numbers as an array."""
    return np.stack([unnested(one) for one in g]) if isinstance(g, list | tuple) else g


def filled(g: Any, out: Any) -> Any:
    """Cotangents of nested numbers, 0 for those that nothing depends on."""
    if isinstance(out, list | tuple):
        return [filled(None if g is None else g[k], one) for k, one in enumerate(out)]
    return 0.0 * out if g is None else g


def nested(d: Any, ndim: int) -> Any:
    """The tangent of an array as nested lists."""
    return [nested(row, ndim - 1) for row in d] if ndim else d


def fractions(num: Any, endpoint: bool, dtype: Any, out_ndim: int, axis: int) -> Any:
    """Where between its ends each sample of a range lies, 0..1, shaped to broadcast against the result."""
    t = support.ramp(num, endpoint, dtype)
    return np.reshape(t, tuple(-1 if one == axis % out_ndim else 1 for one in range(out_ndim)))


def start_part(v: Any, num: Any, endpoint: bool, out_ndim: int, axis: int) -> Any:
    return v * (1 - fractions(num, endpoint, v.dtype, out_ndim, axis))


def stop_part(v: Any, num: Any, endpoint: bool, out_ndim: int, axis: int) -> Any:
    return v * fractions(num, endpoint, v.dtype, out_ndim, axis)


def raised(d: Any, out_ndim: int, axis: int) -> Any:
    """The tangent of an end, with the axis of the samples put in."""
    missing = out_ndim - 1 - np.ndim(d)
    return np.expand_dims(np.reshape(d, (1,) * missing + np.shape(d)) if missing else d, axis % out_ndim)


def log_of(base: Any) -> Any:
    """The logarithm of a number as a number, which leaves the precision of arrays alone."""
    return math.log(base) if isinstance(base, int | float) else np.log(base)


def steps_from(out: Any, start: Any, step: Any) -> Any:
    """How many steps each element of `np.arange` lies behind its start."""
    return (out - (0 if start is OMITTED else start)) / step


RULES: tuple[Row, ...] = (
    rule(np.full, "shape, fill_value, dtype=None, *, order='C'",
         fill_value=Partial(vjp=lambda g: g, jvp=lambda d: d),
         samples=calls(lambda s: of((2, 3), 0.5), lambda s: of((2, 3), s.real(3)), lambda s: of(4, 1 + 2j))),
    rule(np.full_like, "a, fill_value, dtype=None, *, order='K', subok=True, shape=None", constants=("a",),
         fill_value=Partial(vjp=lambda g: g, jvp=lambda d, out: np.full_like(out, d)),
         samples=calls(lambda s: of(np.zeros((2, 3)), 0.5), lambda s: of(np.zeros((2, 3)), s.real(3)))),
    linear(np.copy, "a, order='K', subok=False", a=lambda g: g, samples=ANY),
    linear(np.ndarray.copy, "a, order='C'", a=lambda g: g, samples=reals((3,), (2, 3))),
    linear(np.ndarray.astype, "a, dtype, order='K', casting='unsafe', subok=True, copy=True", view="maybe",
           a=lambda g: g, note="0 through a cast to integers",
           samples=calls(lambda s: of(s.real(2, 3), np.float64), lambda s: of(s.real(3), complex),
                         lambda s: of(s.real(3), float, copy=False))),
    *(linear(function, "x, dtype, /, *, copy=True", view="maybe", x=lambda g: g,
             samples=calls(lambda s: of(s.real(2, 3), np.float64), lambda s: of(s.real(3), complex)))
      for function in existing(np, "astype")),
    rule(np.ndarray.item, "a, *args", a=Partial(
             vjp=lambda g, a_shape, a_size, args: at_item(g, a_shape, a_size, tuple(args)),
             jvp=lambda d, a_ndim, args: item_of(d, a_ndim, args)),
         samples=calls(lambda s: [of(s.real(1, 1)), of(s.real(2, 3), 1, 2), of(s.real(2, 3), -2),
                                  of(s.real(2, 3), (0, 1))])),
    rule(np.ndarray.tolist, "a", results=-1,
         a=Partial(vjp=lambda g, out: unnested(filled(g, out)), jvp=lambda d: nested(d, d.ndim)),
         samples=reals((3,), (2, 3))),
    *(linear(function, "a, device, *, stream=None", view="always", a=lambda g: g,
             samples=calls(lambda s: of(s.real(3), "cpu")))
      for function in existing(np.ndarray, "to_device")),
    linear(np.ndarray.view, "a", view="always", a=lambda g: g, samples=reals((3,), (2, 3))),
    linear(np.asarray, "a, dtype=None, order=None", view="maybe", sequences=("a",),
           a=lambda g, a_shape: elements(g, a_shape),
           samples=ANY + calls(lambda s: of([0.5, 1.5]), lambda s: of([[0.5], [1.5]]))),
    *(linear(function, "a, dtype=None, order=None", view="maybe", a=lambda g: g, samples=ANY)
      for function in (np.asanyarray, np.asarray_chkfinite)),
    *(linear(function, "a, dtype=None", view="maybe", a=lambda g, a_shape: np.reshape(g, a_shape),
             samples=ANY)
      for function in (np.ascontiguousarray, np.asfortranarray)),
    linear(np.require, "a, dtype=None, requirements=None", view="maybe", a=lambda g: g, samples=ANY),
    rule(np.arange, "start_or_stop, stop=..., step=1, dtype=None", note="the number of elements is constant",
         start_or_stop=Partial(vjp=lambda g, stop: 0 * g if stop is OMITTED else g,
                               jvp=lambda d, stop: 0 * d if stop is OMITTED else d),
         step=Partial(vjp=lambda g, out, start_or_stop, stop, step: g * steps_from(
                          out, OMITTED if stop is OMITTED else start_or_stop, step),
                      jvp=lambda d, out, start_or_stop, stop, step: d * steps_from(
                          out, OMITTED if stop is OMITTED else start_or_stop, step)),
         constants=("stop",),
         samples=calls(lambda s: of(0.3, 2.05, 0.5), lambda s: of(3.3), lambda s: of(0.3, 2.4))),
    rule(np.linspace, "start, stop, num=50, endpoint=True, *, dtype=None, axis=0",
         start=Partial(vjp=lambda g, num, endpoint, out_ndim, axis: np.sum(
                           start_part(g, num, endpoint, out_ndim, axis), axis=axis),
                       jvp=lambda d, num, endpoint, out_ndim, axis: start_part(
                           raised(d, out_ndim, axis), num, endpoint, out_ndim, axis)),
         stop=Partial(vjp=lambda g, num, endpoint, out_ndim, axis: np.sum(
                          stop_part(g, num, endpoint, out_ndim, axis), axis=axis),
                      jvp=lambda d, num, endpoint, out_ndim, axis: stop_part(
                          raised(d, out_ndim, axis), num, endpoint, out_ndim, axis)),
         samples=ENDS),
    rule(np.geomspace, "start, stop, num=50, endpoint=True, dtype=None, axis=0",
         start=Partial(vjp=lambda g, start, out, num, endpoint, out_ndim, axis: np.sum(
                           start_part(g * out, num, endpoint, out_ndim, axis), axis=axis) / start,
                       jvp=lambda d, start, out, num, endpoint, out_ndim, axis: out * start_part(
                           raised(d / start, out_ndim, axis), num, endpoint, out_ndim, axis)),
         stop=Partial(vjp=lambda g, stop, out, num, endpoint, out_ndim, axis: np.sum(
                          stop_part(g * out, num, endpoint, out_ndim, axis), axis=axis) / stop,
                      jvp=lambda d, stop, out, num, endpoint, out_ndim, axis: out * stop_part(
                          raised(d / stop, out_ndim, axis), num, endpoint, out_ndim, axis)),
         samples=ENDS),
    rule(np.logspace, "start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0",
         note="the base is one number",
         start=Partial(vjp=lambda g, base, out, num, endpoint, out_ndim, axis: np.sum(
                           start_part(g * out, num, endpoint, out_ndim, axis), axis=axis) * log_of(base),
                       jvp=lambda d, base, out, num, endpoint, out_ndim,
                       axis: log_of(base) * out * start_part(
                           raised(d, out_ndim, axis), num, endpoint, out_ndim, axis)),
         stop=Partial(vjp=lambda g, base, out, num, endpoint, out_ndim, axis: np.sum(
                          stop_part(g * out, num, endpoint, out_ndim, axis), axis=axis) * log_of(base),
                      jvp=lambda d, base, out, num, endpoint, out_ndim, axis: log_of(base) * out * stop_part(
                          raised(d, out_ndim, axis), num, endpoint, out_ndim, axis)),
         base=Partial(vjp=lambda g, base, out: g * out * np.log(out) / (base * log_of(base)),
                      jvp=lambda d, base, out: d * out * np.log(out) / (base * log_of(base))),
         samples=ENDS + calls(lambda s: of(0.5, 1.5, 4, base=2.5))),
    *zero(np.zeros, np.ones, np.empty, np.zeros_like, np.ones_like, np.empty_like, np.eye, np.identity,
          np.tri,
          reason="a constant of a shape"),
)
