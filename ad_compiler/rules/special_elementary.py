"""Rows of `scipy.special`: logistic, entropy, loss and power functions, and reductions over exponentials."""
from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sc

from ad_compiler.rules.arithmetic import power_base
from ad_compiler.rules.linalg_parts import is_complex
from ad_compiler.rules.row import Partial, Row, elementwise, rule, zero
from ad_compiler.rules.samples import call, calls
from ad_compiler.rules.special_samples import between


def quotient(x: Any, y: Any) -> Any:
    """`x / y`, and zero where `x` is zero."""
    return x / np.where(x == 0, 1, y)


def where_defined(x: Any, y: Any, pole: float) -> Any:
    """`y`, but where `x` is zero and the logarithm that `pole` is the pole of is not a number: there its zero."""
    outside = y == pole if is_complex(x) or is_complex(y) else y <= pole
    return np.where(np.logical_and(x == 0, outside), pole + 1, y)


def pseudo_huber_slopes(delta: Any, r: Any) -> tuple[Any, Any]:
    """Derivatives of `pseudo_huber` by `delta` and by `r`; without a width zero, as the function is."""
    width = np.where(delta == 0, 1, delta)
    root = np.sqrt(1 + (r / width) ** 2)
    by_delta = 2 * width * (root - 1) - r * r / (width * root)
    return np.where(delta == 0, 0, by_delta), np.where(delta == 0, 0, r / root)


def exprel_slope(x: Any, out: Any) -> Any:
    """Derivative of `exprel(x) = (exp(x) - 1) / x`; by its series near zero, where the quotient cancels."""
    series = 1 / 2 + x * (1 / 3 + x * (1 / 8 + x * (1 / 30 + x * (1 / 144 + x * (1 / 840 + x * (1 / 5760))))))
    safe = np.where(np.abs(x) < 1e-2, 1, x)
    return np.where(np.abs(x) < 1e-2, series, (np.exp(safe) - out) / safe)


def boxcox_slope(log_x: Any, power: Any) -> Any:
    """Derivative by `power` of `(x**power - 1) / power`, which is `log_x * exprel(power * log_x)`."""
    exponent = power * log_x
    slope = log_x * log_x * exprel_slope(exponent, sc.exprel(exponent))
    empty = log_x == -np.inf  # of zero, to a positive power
    return np.where(empty, 1 / np.where(empty, power * power, 1), slope)


ELEMENTARY: tuple[Row, ...] = (
    elementwise(sc.expit, "x", x=lambda out: out * (1 - out), samples=between((-3, 3))),
    elementwise(sc.logit, "x", x=lambda x: 1 / (x * (1 - x)), samples=between((0.1, 0.9))),
    elementwise(sc.log_expit, "x", x=lambda x: sc.expit(-x), samples=between((-3, 3))),
    elementwise(sc.entr, "x", x=lambda x: -1 - np.log(x), samples=between((0.2, 2.0))),
    elementwise(sc.rel_entr, "x, y", samples=between((0.2, 2.0), (0.2, 2.0)),
                note="0 at the origin",
                x=lambda x, y: np.where(np.logical_and(x == 0, y == 0), 0, np.log(x / y) + 1),
                y=lambda x, y: -quotient(x, y)),
    elementwise(sc.kl_div, "x, y", samples=between((0.2, 2.0), (0.2, 2.0)),
                note="0 at the origin",
                x=lambda x, y: np.where(np.logical_and(x == 0, y == 0), 0, np.log(x / y)),
                y=lambda x, y: np.where(np.logical_and(x == 0, y == 0), 0, 1 - quotient(x, y))),
    elementwise(sc.xlogy, "x, y", samples=between((0.2, 2.0), (0.2, 2.0), complex_=True),
                note="0 in `x` where it is 0 and y <= 0, as in PyTorch",
                x=lambda x, y: np.log(where_defined(x, y, 0)), y=lambda x, y: quotient(x, y)),
    elementwise(sc.xlog1py, "x, y", samples=between((0.2, 2.0), (-0.5, 2.0), complex_=True),
                note="0 in `x` where it is 0 and y <= -1, as in PyTorch",
                x=lambda x, y: np.log1p(where_defined(x, y, -1)), y=lambda x, y: quotient(x, 1 + y)),
    elementwise(sc.huber, "delta, r",
                samples=between((0.9, 1.1), (-0.8, 0.8)) + between((0.5, 0.6), (0.8, 2.0)),
                delta=lambda delta, r: np.where(np.abs(r) > delta, np.abs(r) - delta, 0),
                r=lambda delta, r: np.clip(r, -delta, delta)),
    elementwise(sc.pseudo_huber, "delta, r", samples=between((0.5, 2), (-2, 2)),
                delta=lambda delta, r: pseudo_huber_slopes(delta, r)[0],
                r=lambda delta, r: pseudo_huber_slopes(delta, r)[1]),
    elementwise(sc.exprel, "x", x=lambda x, out: exprel_slope(x, out),
                samples=between((0.3, 2.0)) + calls(lambda s: call(np.array([0.0, -1.0, 1e-4])))),
    elementwise(sc.cosm1, "x", x=lambda x: -np.sin(x), samples=between((-2, 2))),
    elementwise(sc.expm1, "x", x=lambda x: np.exp(x), samples=between((-2, 2), complex_=True)),
    elementwise(sc.log1p, "x", x=lambda x: 1 / (1 + x), samples=between((-0.5, 2), complex_=True)),
    elementwise(sc.exp2, "x", x=lambda out: math.log(2) * out, samples=between((-2, 2))),
    elementwise(sc.exp10, "x", x=lambda out: math.log(10) * out, samples=between((-1, 1))),
    elementwise(sc.cbrt, "x", x=lambda out: 1 / (3 * out * out), samples=between((0.3, 2))),
    elementwise(sc.powm1, "x, y", samples=between((0.3, 2), (0.5, 2)),
                x=lambda x, y: power_base(x, y),
                y=lambda x, out: (out + 1) * np.log(np.where(x == 0, 1, x))),
    elementwise(sc.sindg, "x", x=lambda x: math.pi / 180 * sc.cosdg(x), samples=between((-70, 70))),
    elementwise(sc.cosdg, "x", x=lambda x: -math.pi / 180 * sc.sindg(x), samples=between((10, 170))),
    elementwise(sc.tandg, "x", x=lambda out: math.pi / 180 * (1 + out * out), samples=between((-70, 70))),
    elementwise(sc.cotdg, "x", x=lambda out: -math.pi / 180 * (1 + out * out), samples=between((20, 160))),
    elementwise(sc.boxcox, "x, lmbda", samples=between((0.3, 2), (0.5, 2)) + between((0.3, 2), (0.0, 0.0)),
                x=lambda x, lmbda: x ** (lmbda - 1),
                lmbda=lambda x, lmbda: boxcox_slope(np.log(x), lmbda)),
    elementwise(sc.boxcox1p, "x, lmbda", samples=between((0.3, 2), (0.5, 2)),
                x=lambda x, lmbda: (1 + x) ** (lmbda - 1),
                lmbda=lambda x, lmbda: boxcox_slope(np.log1p(x), lmbda)),
    elementwise(sc.inv_boxcox, "x, lmbda", samples=between((0.3, 2), (0.5, 2)),
                x=lambda lmbda, out: out ** (1 - lmbda),
                lmbda=lambda lmbda, out: -boxcox_slope(np.log(out), lmbda) * out ** (1 - lmbda)),
    elementwise(sc.inv_boxcox1p, "x, lmbda", samples=between((0.3, 2), (0.5, 2)),
                x=lambda lmbda, out: (1 + out) ** (1 - lmbda),
                lmbda=lambda lmbda, out: -boxcox_slope(np.log1p(out), lmbda) * (1 + out) ** (1 - lmbda)),
    *zero(sc.round, reason="piecewise constant"),
)


def along(g: Any, axis: Any, keepdims: bool) -> Any:
    """A reduced value with the axes it was reduced over, of length one."""
    return g if keepdims or axis is None else np.expand_dims(g, axis)


def logsumexp_weights(a: Any, b: Any, out: Any, axis: Any, keepdims: bool, return_sign: bool) -> Any:
    """`exp(a - out)`, the derivative of `logsumexp` by `b`; times `b` that by `a`."""
    if return_sign:
        raise NotImplementedError("logsumexp(return_sign=True) has no derivative: use complex arguments")
    shift = np.where(out == -np.inf, 0, out)  # nothing but -inf summed: no share is larger than another
    return np.exp(a - along(shift, axis, keepdims))


def weighted(b: Any, weights: Any) -> Any:
    return weights if b is None else b * weights


REDUCTIONS: tuple[Row, ...] = (
    rule(sc.logsumexp, "a, axis=None, b=None, keepdims=False, return_sign=False",
         samples=calls(lambda s: call(s.real(4)), lambda s: call(s.real(2, 3), axis=1),
                       lambda s: call(s.real(2, 3), axis=0, keepdims=True), lambda s: call(s.real()),
                       lambda s: call(s.real(2, 3), 1, s.real(2, 3, low=0.5, high=2.0)),
                       lambda s: call(s.real(2, 3), (0, 1), s.real(3, low=0.5, high=2.0))),
         a=Partial(vjp=lambda g, a, b, out, axis, keepdims, return_sign:
                       along(g, axis, keepdims)
                       * weighted(b, logsumexp_weights(a, b, out, axis, keepdims, return_sign)),
                   jvp=lambda d, a, b, out, axis, keepdims, return_sign:
                       np.sum(d * weighted(b, logsumexp_weights(a, b, out, axis, keepdims, return_sign)),
                              axis=axis, keepdims=keepdims)),
         b=Partial(vjp=lambda g, a, b, out, axis, keepdims, return_sign:
                       along(g, axis, keepdims) * logsumexp_weights(a, b, out, axis, keepdims, return_sign),
                   jvp=lambda d, a, b, out, axis, keepdims, return_sign:
                       np.sum(d * logsumexp_weights(a, b, out, axis, keepdims, return_sign),
                              axis=axis, keepdims=keepdims))),
    rule(sc.softmax, "x, axis=None",
         samples=calls(lambda s: call(s.real(4)), lambda s: call(s.real(2, 3), axis=1),
                       lambda s: call(s.real(2, 3)),
                       lambda s: call(s.real(2, 3, 2), axis=(0, 2))),
         x=Partial(vjp=lambda g, out, axis: out * (g - np.sum(g * out, axis=axis, keepdims=True)),
                   jvp=lambda d, out, axis: out * (d - np.sum(d * out, axis=axis, keepdims=True)))),
    rule(sc.log_softmax, "x, axis=None",
         samples=calls(lambda s: call(s.real(4)), lambda s: call(s.real(2, 3), axis=1),
                       lambda s: call(s.real(2, 3))),
         x=Partial(vjp=lambda g, out, axis: g - np.exp(out) * np.sum(g, axis=axis, keepdims=True),
                   jvp=lambda d, out, axis: d - np.sum(d * np.exp(out), axis=axis, keepdims=True))),
    *(elementwise(getattr(sc, name), "x", x=lambda x: sc.expit(x), samples=between((-3, 3)))
      for name in ("softplus",) if hasattr(sc, name)),  # from SciPy 1.17 on
)
