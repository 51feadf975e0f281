"""The ufuncs as expressions of a kernel: which text computes which function, by the kind of its operands."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .numbers import F8, SUPPORTED, Sink, literal, simple
from .values import DType, Scalar
from .writer import CannotLower

# --- expressions --------------------------------------------------------------------------------------------
Writes = Callable[[Sink, list[str], str, DType, Sequence[Scalar]], str]


def _infix(symbol: str, kinds: str = "iufc", boolean: str | None = None) -> Writes:
    def write(sink: Sink, t: list[str], kind: str, dtype: DType, args: Sequence[Scalar]) -> str:
        if kind == "b" and boolean:
            return f"({t[0]} {boolean} {t[1]})"
        if kind not in kinds:
            raise CannotLower(f"{symbol} on {dtype}")
        return f"{t[0]} {symbol} {t[1]}"
    return write


def _call(name: str, complex_name: str | None = None) -> Writes:
    """A function of the mathematics library, of real numbers, or of complex ones."""
    def write(sink: Sink, t: list[str], kind: str, dtype: DType, args: Sequence[Scalar]) -> str:
        if kind == "c":
            if complex_name is None:
                raise CannotLower(f"{name} of complex numbers")
            sink.uses("cmath")
            return f"{complex_name}({', '.join(t)})"
        if kind != "f":
            raise CannotLower(f"{name} of {dtype}")
        return f"math.{name}({', '.join(t)})"
    return write


def _elementary(name: str, complex_name: str | None = None) -> Writes:
    """A function that has a form without branches: that one where the loop may become vector code."""
    plain = _call(name, complex_name)

    def write(sink: Sink, t: list[str], kind: str, dtype: DType, args: Sequence[Scalar]) -> str:
        if kind != "f" or not sink.vectorises:
            return plain(sink, t, kind, dtype, args)
        near = name in ("sin", "cos")  # accurate to FAR only
        x = simple(sink, t[0] if dtype == F8 else f"float({t[0]})")
        if near:
            sink.once_all(f"abs({x}) > FAR")
            sink.uses("FAR")
        sink.uses(f"near_{name}" if near else name)
        return f"near_{name}({x})" if near else f"{name}({x})"
    return write


def _form(real: str, complex_form: str | None = None, kinds: str = "iuf", boolean: str | None = None) -> Writes:
    def write(sink: Sink, t: list[str], kind: str, dtype: DType, args: Sequence[Scalar]) -> str:
        form = boolean if kind == "b" else complex_form if kind == "c" else real if kind in kinds else None
        if form is None:
            raise CannotLower(f"`{form_name(real)}` of {dtype}")
        one = literal(1, dtype) if dtype.name in SUPPORTED else "1"
        return form.format(*t, one=one, zero=literal(0, dtype))
    return write


def form_name(form: str) -> str:
    """A form with letters for its operands."""
    return form.format("x", "y", one="1", zero="0")


def _logaddexp(name: str) -> Writes:
    """`log(exp(a) + exp(b))` without overflow, as NumPy computes it."""
    base = {"logaddexp": ("exp({})", "log1p({})", "0.6931471805599453"),
            "logaddexp2": ("2.0 ** ({})", "log1p({}) * 1.4426950408889634", "1.0")}[name]

    def write(sink: Sink, t: list[str], kind: str, dtype: DType, args: Sequence[Scalar]) -> str:
        if kind != "f":
            raise CannotLower(f"{name} of {dtype}")
        if sink.vectorises:
            sink.uses("log1p")
            if name == "logaddexp":
                sink.uses("exp")
        prefix = "" if sink.vectorises else "math."
        a, b = (simple(sink, x if dtype == F8 else f"float({x})") for x in t)
        far = simple(sink, f"-abs({a} - {b})")
        power = f"{prefix if name == 'logaddexp' else ''}{base[0].format(far)}"
        more = f"{prefix}{base[1].format(power)}"
        larger = simple(sink, f"({a} if {a} >= {b} else {b})")
        return f"({a} + {base[2]} if {a} == {b} else ({a} + {b} if {a} != {a} or {b} != {b} else {larger} + {more}))"
    return write


def _fmod(sink: Sink, t: list[str], kind: str, dtype: DType, args: Sequence[Scalar]) -> str:
    if kind != "f":
        raise CannotLower(f"fmod of {dtype}")
    sink.fail_if(f"{t[1]} == 0.0 or not math.isfinite({t[0]}) or {t[1]} != {t[1]}")
    return f"np.fmod({t[0]}, {t[1]})"


def _power(sink: Sink, t: list[str], kind: str, dtype: DType, args: Sequence[Scalar]) -> str:
    exponent = args[1].const
    if t[0].startswith("-"):  # -1 ** k is -(1 ** k)
        t = [f"({t[0]})", t[1]]
    if kind == "c":
        return f"{t[0]} * {t[0]}" if exponent == 2 else f"{t[0]} ** {t[1]}"
    if exponent is not None and exponent in (1, 2, 3, 4):
        half = f"({t[0]} * {t[0]})"
        return {1: t[0], 2: f"{t[0]} * {t[0]}", 3: f"{half} * {t[0]}", 4: f"{half} * {half}"}[int(exponent)]
    if kind == "f":
        if exponent is not None and 2 * exponent == int(2 * exponent) and -4 <= exponent <= 4:
            return _half_power(t[0], exponent, literal(1, dtype))
        if sink.vectorises and dtype == F8:
            sink.uses("pow")
            return f"pow({t[0]}, {t[1]})"
        return f"{t[0]} ** {t[1]}"
    if kind in "iu":
        if not (exponent is not None and exponent >= 0):
            sink.fail_if(f"{t[1]} < 0")
        return f"{t[0]} ** {t[1]}"
    raise CannotLower(f"a power of {dtype}")


def _half_power(x: str, exponent: float, one: str) -> str:
    """x**exponent by products and at most one square root; for exponents that are integers or halves."""
    factors = [x] * int(abs(exponent)) + [f"math.sqrt({x})"] * (exponent != int(exponent))
    product = " * ".join(factors) or one
    return product if exponent >= 0 else f"{one} / ({product})"


def _remainder(symbol: str) -> Writes:
    def write(sink: Sink, t: list[str], kind: str, dtype: DType, args: Sequence[Scalar]) -> str:
        if kind not in "iuf":
            raise CannotLower(f"{symbol} on {dtype}")
        if kind == "f":  # NumPy has inf and nan where the divisor is zero or the dividend infinite
            sink.fail_if(f"{t[1]} == 0.0 or not math.isfinite({t[0]}) or not math.isfinite({t[1]})")
        elif not (args[1].const is not None and args[1].const != 0):
            sink.fail_if(f"{t[1]} == 0")
        return f"{t[0]} {symbol} {t[1]}"
    return write


EXPRESSIONS: dict[Any, Writes] = {
    np.add: _infix("+", boolean="or"), np.subtract: _infix("-"), np.multiply: _infix("*", boolean="and"),
    np.divide: _infix("/", "fc"), np.power: _power, np.float_power: _power,
    np.floor_divide: _remainder("//"), np.remainder: _remainder("%"),
    np.negative: _form("-{0}", "-{0}"), np.positive: _form("{0}", "{0}"),
    np.absolute: _form("abs({0})", "abs({0})", boolean="{0}"), np.fabs: _form("abs({0})"),
    np.conjugate: _form("{0}", "{0}.conjugate()"), np.square: _form("{0} * {0}", "{0} * {0}"),
    np.reciprocal: _form("{one} / {0}", "{one} / {0}", "f"),
    np.sign: _form("({0} if {0} != {0} else ({one} if {0} > 0 else (-{one} if {0} < 0 else {zero})))",
                   "({0} if {0} == 0 or {0} != {0} else {0} / abs({0}))"),
    np.maximum: _form("({0} if {0} >= {1} or {0} != {0} else {1})", boolean="({0} or {1})"),
    np.minimum: _form("({0} if {0} <= {1} or {0} != {0} else {1})", boolean="({0} and {1})"),
    np.fmax: _form("({0} if {0} >= {1} or {1} != {1} else {1})"),
    np.fmin: _form("({0} if {0} <= {1} or {1} != {1} else {1})"),
    np.heaviside: _form("({0} if {0} != {0} else ({1} if {0} == 0 else ({one} if {0} > 0 else {zero})))", kinds="f"),
    **{f: _infix(s, "biufc") for f, s in ((np.equal, "=="), (np.not_equal, "!="))},
    **{f: _infix(s, "biuf") for f, s in ((np.less, "<"), (np.less_equal, "<="), (np.greater, ">"),
                                         (np.greater_equal, ">="))},
    np.logical_and: _form("({0} != 0 and {1} != 0)", boolean="({0} and {1})"),
    np.logical_or: _form("({0} != 0 or {1} != 0)", boolean="({0} or {1})"),
    np.logical_not: _form("({0} == 0)", boolean="(not {0})"),
    np.logical_xor: _form("(({0} != 0) != ({1} != 0))", boolean="({0} != {1})"),
    np.bitwise_and: _form("{0} & {1}", kinds="iu", boolean="({0} and {1})"),
    np.bitwise_or: _form("{0} | {1}", kinds="iu", boolean="({0} or {1})"),
    np.bitwise_xor: _form("{0} ^ {1}", kinds="iu", boolean="({0} != {1})"),
    np.invert: _form("~{0}", kinds="iu", boolean="(not {0})"),
    np.left_shift: _form("{0} << {1}", kinds="i"), np.right_shift: _form("{0} >> {1}", kinds="i"),
    np.isnan: _form("({0} != {0})", "({0} != {0})"), np.isfinite: _form("math.isfinite({0})", kinds="f"),
    np.isinf: _form("math.isinf({0})", kinds="f"), np.signbit: _form("(math.copysign(1.0, {0}) < 0)", kinds="f"),
    np.copysign: _call("copysign"), np.hypot: _call("hypot"), np.arctan2: _call("atan2"),
    np.sqrt: _call("sqrt", "cmath.sqrt"),
    np.exp: _elementary("exp", "cmath.exp"), np.log: _elementary("log", "cmath.log"),
    np.sin: _elementary("sin", "cmath.sin"), np.cos: _elementary("cos", "cmath.cos"),
    np.tan: _call("tan", "cmath.tan"),
    np.tanh: _elementary("tanh", "cmath.tanh"), np.sinh: _call("sinh", "cmath.sinh"),
    np.cosh: _call("cosh", "cmath.cosh"),
    np.expm1: _elementary("expm1"), np.log1p: _elementary("log1p"), np.log2: _call("log2"), np.log10: _call("log10"),
    np.exp2: _form("2.0 ** {0}", kinds="f"), np.cbrt: _form("np.cbrt({0})", kinds="f"),
    np.arcsin: _call("asin", "cmath.asin"), np.arccos: _call("acos", "cmath.acos"),
    np.arctan: _call("atan", "cmath.atan"), np.arcsinh: _call("asinh", "cmath.asinh"),
    np.arccosh: _call("acosh", "cmath.acosh"), np.arctanh: _call("atanh", "cmath.atanh"),
    np.logaddexp: _logaddexp("logaddexp"), np.logaddexp2: _logaddexp("logaddexp2"), np.fmod: _fmod,
    np.gcd: _form("math.gcd({0}, {1})", kinds="i"),
    np.floor: _form("np.floor({0})", kinds="f"), np.ceil: _form("np.ceil({0})", kinds="f"),
    np.trunc: _form("np.trunc({0})", kinds="f"), np.rint: _form("np.rint({0})", kinds="f"),
    np.deg2rad: _form("{0} * 0.017453292519943295", kinds="f"),
    np.rad2deg: _form("{0} * 57.29577951308232", kinds="f"),
}
EXPRESSIONS[np.radians], EXPRESSIONS[np.degrees] = EXPRESSIONS[np.deg2rad], EXPRESSIONS[np.rad2deg]
