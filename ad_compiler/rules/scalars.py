"""Python's own numeric functions: `math`, and builtins such as abs, pow, min, max, sum.

Formulas are written with NumPy, which takes Python numbers too.
"""
from __future__ import annotations

import builtins
import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from ad_compiler import support
from ad_compiler.rules import arithmetic, complex_numbers, exponential, rounding, trigonometric
from ad_compiler.rules.extrema import TIES
from ad_compiler.rules.reductions import unit
from ad_compiler.rules.row import Partial, Row, elementwise, rule, zero
from ad_compiler.rules.samples import Samples, calls, reals
from ad_compiler.rules.samples import call as of

NUMPY_ROWS: dict[Any, Row] = {
    row.function: row for family in (arithmetic, complex_numbers, exponential, rounding, trigonometric)
    for row in family.RULES}

# Functions of `math` that are a function of NumPy on Python numbers.
TWINS: tuple[tuple[str, Any], ...] = (
    ("acos", np.arccos), ("acosh", np.arccosh), ("asin", np.arcsin), ("asinh", np.arcsinh),
    ("atan", np.arctan),
    ("atan2", np.arctan2), ("atanh", np.arctanh), ("cbrt", np.cbrt), ("copysign", np.copysign),
    ("cos", np.cos),
    ("cosh", np.cosh), ("degrees", np.degrees), ("exp", np.exp), ("exp2", np.exp2), ("expm1", np.expm1),
    ("fabs", np.fabs), ("fmod", np.fmod), ("frexp", np.frexp), ("log10", np.log10), ("log1p", np.log1p),
    ("log2", np.log2), ("modf", np.modf), ("nextafter", np.nextafter), ("pow", np.power),
    ("radians", np.radians),
    ("sin", np.sin), ("sinh", np.sinh), ("sqrt", np.sqrt), ("tan", np.tan), ("tanh", np.tanh))


def twins(module: Any, pairs: Iterable[tuple[str, Any]]) -> tuple[Row, ...]:
    """Rows of NumPy's functions under a module's names, with Python numbers as samples."""
    return tuple(
        replace(NUMPY_ROWS[function], function=getattr(module, name),
                samples=NUMPY_ROWS[function].samples.scalars())
        for name, function in pairs if hasattr(module, name))


def winners(v: Any, args: Any, out: Any) -> list[Any]:
    """`v` for the arguments that are the extreme `out`, divided among ties."""
    if len(args) == 1 and isinstance(args[0], list | tuple):
        return [winners(v, args[0], out)]
    count = sum(np.where(one == out, 1.0, 0.0) for one in args)
    return [np.where(one == out, v / count, 0) for one in args]


def won(d: Any, args: Any, out: Any) -> Any:
    """Tangent of the extreme: the mean tangent of the arguments that are it."""
    if len(args) == 1 and isinstance(args[0], list | tuple):
        return won(d[0], args[0], out)
    count = sum(np.where(one == out, 1.0, 0.0) for one in args)
    return sum(np.where(one == out, tangent, 0) for one, tangent in zip(args, d, strict=True)) / count


def extreme(function: Any) -> Row:
    return rule(function, "*args, key=None", sequences=("args",), note=TIES,
                args=Partial(vjp=lambda g, args, out: winners(g, args, out),
                             jvp=lambda d, args, out: won(d, args, out)),
                samples=calls(lambda s: of(0.5, -1.5), lambda s: of([0.5, 2.5, 1.0]),
                              lambda s: of(0.5, -3.5, 1.0, key=abs)))


def products_of_others(values: Any, start: Any) -> list[Any]:
    """For each value the product of the others and of `start`, without a division."""
    before = [start]
    for one in values[:-1]:
        before.append(before[-1] * one)
    after: Any = 1
    out = []
    for one, left in zip(reversed(values), reversed(before), strict=True):
        out.append(left * after)
        after = after * one
    return out[::-1]


def product(values: Any) -> Any:
    total: Any = 1
    for one in values:
        total = total * one
    return total


def weighted(d: Any, weights: Any) -> Any:
    return sum(tangent * weight for tangent, weight in zip(d, weights, strict=True))


def digamma(x: Any) -> Any:
    return support.polygamma(0, x)


def newer() -> tuple[Row, ...]:
    """Rows of what Python has from 3.12 (`sumprod`) and 3.13 (`fma`) on."""
    rows: list[Row] = []
    if hasattr(math, "sumprod"):
        rows.append(rule(
            math.sumprod, "p, q", sequences=("p", "q"),
            p=Partial(vjp=lambda g, q: [g * b for b in q], jvp=lambda d, q: weighted(d, q)),
            q=Partial(vjp=lambda g, p: [g * a for a in p], jvp=lambda d, p: weighted(d, p)),
            samples=calls(lambda s: of([0.5, 1.5], [2.0, -1.0]))))
    if hasattr(math, "fma"):
        rows.append(elementwise(math.fma, "x, y, z", x=lambda y: y, y=lambda x: x, z=lambda: 1,
                                samples=calls(lambda s: of(0.7, -1.5, 2.0))))
    return tuple(rows)


LIST: Samples = calls(lambda s: of([0.5, -1.5, 2.0]), lambda s: of([0.7]))
ROOT_PI = 1.7724538509055159

RULES: tuple[Row, ...] = (
    *twins(math, TWINS),
    rule(math.ldexp, "x, i", x=Partial(vjp=lambda g, i: np.ldexp(g, i), jvp=lambda d, i: np.ldexp(d, i)),
         samples=calls(lambda s: of(0.7, 3), lambda s: of(-0.7, -2))),
    elementwise(math.log, "x, base=None",
                x=lambda x, base: 1 / x if base is None else 1 / (x * np.log(base)),
                base=lambda base, out: -out / (base * np.log(base)),
                samples=calls(lambda s: of(0.7), lambda s: of(0.7, 2.5))),
    elementwise(math.remainder, "x, y", x=lambda: 1, y=lambda x, y, out: (out - x) / y,
                note="the jumps half way between multiples are not seen",
                samples=calls(lambda s: of(2.7, 0.8), lambda s: of(-2.7, 1.1))),
    elementwise(math.erf, "x", x=lambda x: 2 / ROOT_PI * np.exp(-x * x), samples=reals(()).scalars()),
    elementwise(math.erfc, "x", x=lambda x: -2 / ROOT_PI * np.exp(-x * x), samples=reals(()).scalars()),
    elementwise(math.gamma, "x", x=lambda x, out: out * digamma(x),
                samples=calls(lambda s: [of(2.3), of(0.4), of(-0.6)])),
    elementwise(math.lgamma, "x", x=lambda x: digamma(x),
                samples=calls(lambda s: [of(2.3), of(0.4), of(-0.6)])),
    rule(math.hypot, "*coordinates", sequences=("coordinates",), note="0 at the origin",
         coordinates=Partial(vjp=lambda g, coordinates, out: [g * one / unit(out) for one in coordinates],
                             jvp=lambda d, coordinates, out: weighted(d, coordinates) / unit(out)),
         samples=calls(lambda s: of(0.5, -1.5), lambda s: of(0.5, -1.5, 2.0))),
    rule(math.dist, "p, q", sequences=("p", "q"), note="0 where both points are one",
         p=Partial(vjp=lambda g, p, q, out: [g * (a - b) / unit(out) for a, b in zip(p, q, strict=True)],
                   jvp=lambda d, p, q,
                   out: weighted(d, [a - b for a, b in zip(p, q, strict=True)]) / unit(out)),
         q=Partial(vjp=lambda g, p, q, out: [g * (b - a) / unit(out) for a, b in zip(p, q, strict=True)],
                   jvp=lambda d, p, q,
                   out: weighted(d, [b - a for a, b in zip(p, q, strict=True)]) / unit(out)),
         samples=calls(lambda s: of([0.5, 1.5], [2.0, -1.0]))),
    rule(math.prod, "iterable, *, start=1", sequences=("iterable",),
         iterable=Partial(
             vjp=lambda g, iterable, start: [g * other for other in products_of_others(iterable, start)],
             jvp=lambda d, iterable, start: weighted(d, products_of_others(iterable, start))),
         start=Partial(vjp=lambda g, iterable: g * product(iterable), jvp=lambda d,
                       iterable: d * product(iterable)),
         samples=LIST + calls(lambda s: of([0.5, 0.0, 2.0], start=1.5), lambda s: of([0.5, 2.0], start=1.5))),
    rule(math.fsum, "seq", sequences=("seq",),
         seq=Partial(vjp=lambda g, seq_ndim: [g for _ in seq_ndim] if isinstance(seq_ndim, list) else g,
                     jvp=lambda d: sum(d) if isinstance(d, (list, tuple)) else np.sum(d)),
         samples=LIST + calls(lambda s: of(s.real(3)))),
    rule(builtins.sum, "iterable, start=0", sequences=("iterable",),
         iterable=Partial(vjp=lambda g, iterable_ndim: [g for _ in iterable_ndim] if isinstance(
                              iterable_ndim, list) else g,
                          jvp=lambda d: sum(d)),
         start=Partial(vjp=lambda g: g, jvp=lambda d: d),
         samples=LIST + calls(lambda s: of([0.5, 1.0], 2.5), lambda s: of([s.real(3), s.real(3)]),
                              lambda s: of(s.real(2, 3)))),
    *newer(),
    extreme(builtins.max),
    extreme(builtins.min),
    replace(complex_numbers.ABS, function=builtins.abs),
    elementwise(builtins.pow, "base, exp", base=lambda base, exp: arithmetic.power_base(base, exp),
                exp=lambda base, out: arithmetic.power_exponent(base, out), samples=arithmetic.POWER.samples),
    replace(NUMPY_ROWS[np.divmod], function=builtins.divmod),
    rule(builtins.float, "x=0.0", x=Partial(vjp=lambda g: g, jvp=lambda d: d), samples=reals(())),
    elementwise(builtins.complex, "real=0.0, imag=0.0", real=lambda: 1, imag=lambda: 1j,
                samples=calls(lambda s: of(0.5, -1.5), lambda s: of(s.real(), s.real()),
                              lambda s: of(1 + 2j))),
    *zero(builtins.round, builtins.int, builtins.hash, math.ceil, math.floor, math.trunc, math.ulp,
          reason="piecewise constant"),
    *zero(builtins.bool, builtins.isinstance, builtins.issubclass, builtins.callable, builtins.all,
          builtins.any,
          math.isclose, math.isfinite, math.isinf, math.isnan, reason="a truth value"),
    *zero(builtins.len, builtins.range, builtins.id, builtins.type, builtins.hasattr,
          reason="a fact about shape or type"),
    *zero(builtins.print, builtins.repr, builtins.str, builtins.format, builtins.ascii, reason="text"),
    *zero(math.gcd, math.lcm, math.isqrt, math.comb, math.perm, math.factorial, builtins.bin, builtins.hex,
          builtins.oct, builtins.chr, builtins.ord, reason="defined on integers only"),
)
