"""One operation on numbers as an expression of a kernel, with NumPy's or Python's meaning.

Operands are names or literals, cast to the types NumPy computes in. Where Python raises (a division by zero, the
square root of a negative number), the kernel is left and the statements run in NumPy.
"""
from __future__ import annotations

import builtins
import cmath
import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from ..ir import prims
from .values import DType, Scalar
from .writer import CannotLower

F8, I8, B1 = np.dtype(np.float64), np.dtype(np.int64), np.dtype(np.bool_)


class Sink(Protocol):
    """Where lines go: the kernel, or the body of a nest, which may become vector code."""

    vectorises: bool

    def line(self, text: str) -> None: ...

    def fresh(self, hint: str) -> str: ...

    def fail_if(self, condition: str) -> None: ...

    def once_all(self, condition: str) -> None: ...

    def uses(self, module: str) -> None: ...


def literal(value: Any, dtype: DType) -> str:
    """A constant as an expression of type `dtype`."""
    kind = dtype.kind
    if kind == "b":
        return "True" if value else "False"
    if kind in "iu":
        plain = repr(int(value))
        return plain if dtype == I8 else f"np.{dtype.name}({plain})"
    if kind == "c":
        z = complex(value)
        plain = f"complex({_float(z.real)}, {_float(z.imag)})"
        return plain if dtype.itemsize == 16 else f"np.complex64({plain})"
    plain = _float(float(value))
    return plain if dtype == F8 else f"np.{dtype.name}({plain})"


def _float(value: float) -> str:
    if value != value:
        return "math.nan"
    if math.isinf(value):
        return "math.inf" if value > 0 else "-math.inf"
    return repr(value)


def cast(x: Scalar, dtype: DType) -> str:
    """A number as an expression of type `dtype`; a complex number for which a real one is wanted gives its real
    part."""
    if x.const is not None and not isinstance(x.const, complex):
        if not (dtype.kind in "iu" and not math.isfinite(x.const)):
            return literal(x.const if dtype.kind != "b" else bool(x.const), dtype)
    if x.dtype == dtype:
        return x.text
    have, want = x.kind, dtype.kind
    if want == "b":
        return f"({x.text} != 0)"
    if have == "b":
        return f"({literal(1, dtype)} if {x.text} else {literal(0, dtype)})"
    if have == "c" and want != "c":
        return cast(Scalar(f"{x.text}.real", np.dtype(np.float64 if x.dtype.itemsize == 16 else np.float32)), dtype)
    if want == "f" and dtype == F8:
        return f"float({x.text})"
    if want == "c" and dtype.itemsize == 16:
        return f"complex({x.text})" if have == "c" else f"complex(float({x.text}), 0.0)"
    if want == "i" and dtype == I8:
        return f"int({x.text})"
    if want in "fciu" and dtype.name in _TYPES:
        return f"np.{dtype.name}({x.text})"
    raise CannotLower(f"numbers of type {dtype}")


_TYPES = {"float32", "complex64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"}
SUPPORTED = _TYPES | {"float64", "complex128", "bool"}


def loop_types(fn: np.ufunc, args: Sequence[Scalar]) -> tuple[tuple[DType, ...], DType]:
    """The types NumPy computes in: of the operands, and of the result."""
    weak = not all(a.weak for a in args)  # among Python's numbers only, their own types are meant
    plain: dict[str, Any] = {"b": B1, "i": int, "f": float, "c": complex}
    given = tuple(plain.get(a.kind, a.dtype) if weak and a.weak else a.dtype for a in args)
    try:
        found = fn.resolve_dtypes((*given, *([None] * fn.nout)))
    except TypeError as error:
        raise CannotLower(str(error)) from None
    return found[:fn.nin], found[fn.nin]


def apply(sink: Sink, fn: Any, args: Sequence[Scalar], out: DType, python: bool, hint: str = "t") -> Scalar:
    """`fn(*args)` as a named number of type `out`. `python`: an operation between Python's own numbers."""
    if fn is np.where or fn is prims.not_ or fn in _LOGIC or fn in PYTHON:
        return _special(sink, fn, args, out, hint)
    if not isinstance(fn, np.ufunc) or fn.nout != 1:
        fn = _SAME_AS.get(fn, fn)
    if not isinstance(fn, np.ufunc) or fn not in _EXPRESSIONS:
        raise CannotLower(f"{getattr(fn, '__name__', fn)} is not lowered")
    inputs, result = loop_types(fn, args)
    if any(t.name not in SUPPORTED for t in (*inputs, result)):
        raise CannotLower(f"{fn.__name__} on {inputs[0]}")
    texts = [simple(sink, cast(a, t)) for a, t in zip(args, inputs, strict=True)]
    if python:
        _python_checks_before(sink, fn, texts, args, inputs)
    expression = _EXPRESSIONS[fn](sink, texts, inputs[0].kind, inputs[0], args)
    made = Scalar(expression, result)
    if result.kind in "iuf" and result not in (F8, I8):
        made = Scalar(f"np.{result.name}({expression})", result)
    if result != out and not python:
        raise CannotLower(f"{fn.__name__}, which gives {result} where {out} is expected")
    if result != out:
        made = Scalar(cast(Scalar(simple(sink, made.text), result), out), out)
    name = sink.fresh(hint)
    sink.line(f"{name} = {made.text}")
    if python:
        _python_checks_after(sink, fn, name, args, inputs)
    return Scalar(name, out, weak=python)


def is_elementwise(fn: Any) -> bool:
    """Whether `apply` knows a function."""
    try:
        return fn is np.where or fn is prims.not_ or fn in _LOGIC or fn in PYTHON or _SAME_AS.get(fn, fn) in _EXPRESSIONS
    except TypeError:
        return False


def simple(sink: Sink, expression: str) -> str:
    """The expression as a name or a literal, so that it may be written twice."""
    if expression.replace("_", "").replace(".", "").isalnum() or expression.startswith("-"):
        return expression
    name = sink.fresh("t")
    sink.line(f"{name} = {expression}")
    return name


# --- what raises in Python ----------------------------------------------------------------------------------
def _python_checks_before(sink: Sink, fn: Any, texts: list[str], args: Sequence[Scalar], types: Sequence[DType]
                          ) -> None:
    kind = types[0].kind
    if fn in (np.divide, np.floor_divide, np.remainder) and not (args[1].const is not None and args[1].const != 0):
        sink.fail_if(f"{texts[1]} == 0")
    if kind == "i" and fn is np.multiply and not any(a.const is not None and abs(a.const) < 1 << 20 for a in args) \
            and any(a.changing or a.form is None for a in args):
        sink.fail_if(f"abs({texts[0]}) > 3037000499 or abs({texts[1]}) > 3037000499")
    if kind == "i" and fn is np.power:
        if not (args[1].const is not None and 0 <= args[1].const <= 3):
            sink.fail_if(f"{texts[1]} < 0 or abs(float({texts[0]})) ** float({texts[1]}) > 4.0e18")
        else:
            sink.fail_if(f"abs({texts[0]}) > 2000000")
    if kind == "i" and fn in (np.left_shift, np.right_shift):
        sink.fail_if(f"{texts[1]} < 0 or {texts[1]} > 31 or abs({texts[0]}) > 1073741824")


def _python_checks_after(sink: Sink, fn: Any, name: str, args: Sequence[Scalar], types: Sequence[DType]) -> None:
    kind = types[0].kind
    if fn is np.power and kind == "f" and not (args[1].const is not None and args[1].const in (1, 2)):
        sink.fail_if(f"not math.isfinite({name})")
    if fn is np.power and kind == "c":
        sink.fail_if(f"not math.isfinite({name}.real) or not math.isfinite({name}.imag)")
    if kind == "i" and fn in (np.add, np.subtract) and any(a.changing for a in args) and not any(
            a.const is not None for a in args):
        sink.fail_if(f"abs({name}) > 4611686018427387904")


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


def _power(sink: Sink, t: list[str], kind: str, dtype: DType, args: Sequence[Scalar]) -> str:
    exponent = args[1].const
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


_EXPRESSIONS: dict[Any, Writes] = {
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
    np.arcsin: _call("asin"), np.arccos: _call("acos"), np.arctan: _call("atan"),
    np.arcsinh: _call("asinh"), np.arccosh: _call("acosh"), np.arctanh: _call("atanh"),
    np.floor: _form("np.floor({0})", kinds="f"), np.ceil: _form("np.ceil({0})", kinds="f"),
    np.trunc: _form("np.trunc({0})", kinds="f"), np.rint: _form("np.rint({0})", kinds="f"),
    np.deg2rad: _form("{0} * 0.017453292519943295", kinds="f"),
    np.rad2deg: _form("{0} * 57.29577951308232", kinds="f"),
}
_EXPRESSIONS[np.radians], _EXPRESSIONS[np.degrees] = _EXPRESSIONS[np.deg2rad], _EXPRESSIONS[np.rad2deg]

# Python functions that mean the same as a ufunc, on numbers.
_SAME_AS: dict[Any, Any] = {builtins.abs: np.absolute, np.abs: np.absolute, builtins.pow: np.power}

_LOGIC = {prims.and_: "and", prims.or_: "or"}
_MATH_RAISES = {
    math.sqrt: "sqrt", math.exp: "exp", math.log: "log", math.log2: "log2", math.log10: "log10", math.log1p: "log1p",
    math.expm1: "expm1", math.sin: "sin", math.cos: "cos", math.tan: "tan", math.asin: "asin", math.acos: "acos",
    math.atan: "atan", math.sinh: "sinh", math.cosh: "cosh", math.tanh: "tanh", math.asinh: "asinh",
    math.acosh: "acosh", math.atanh: "atanh", math.erf: "erf", math.erfc: "erfc", math.gamma: "gamma",
    math.lgamma: "lgamma", math.atan2: "atan2", math.hypot: "hypot", math.pow: "pow", math.fabs: "fabs",
    math.copysign: "copysign",
}
_COMPLEX_MATH = {getattr(cmath, name): name for name in (
    "exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")}
CONVERSIONS = {builtins.float, builtins.bool, builtins.complex, np.float64, np.float32, np.int64, np.int32,
               np.complex128, np.complex64, np.bool_}
_TESTS = {math.isnan: "isnan", math.isinf: "isinf", math.isfinite: "isfinite"}
PYTHON = {*_MATH_RAISES, *_COMPLEX_MATH, *_TESTS, builtins.min, builtins.max, builtins.float, builtins.int,
          builtins.bool, math.floor, math.ceil, np.real, np.imag, *CONVERSIONS}


def _special(sink: Sink, fn: Any, args: Sequence[Scalar], out: DType, hint: str) -> Scalar:
    """What is no ufunc."""
    text = _special_text(sink, fn, args, out)
    name = sink.fresh(hint)
    sink.line(f"{name} = {text}")
    if fn in _MATH_RAISES:
        sink.fail_if(f"not math.isfinite({name})")
    if fn in _COMPLEX_MATH:
        sink.uses("cmath")
        sink.fail_if(f"not math.isfinite({name}.real) or not math.isfinite({name}.imag)")
    return Scalar(name, out, weak=fn is not np.where)


def _special_text(sink: Sink, fn: Any, args: Sequence[Scalar], out: DType) -> str:
    if fn is np.where:
        condition = cast(args[0], B1)
        return f"({cast(args[1], out)} if {condition} else {cast(args[2], out)})"
    if fn is prims.not_:
        return f"not {cast(args[0], B1)}"
    if fn in _LOGIC:
        if any(a.kind != "b" for a in args):
            raise CannotLower("`and` and `or` of numbers")
        return f"{args[0].text} {_LOGIC[fn]} {args[1].text}"
    if fn in _MATH_RAISES:
        return f"math.{_MATH_RAISES[fn]}({', '.join(cast(a, F8) for a in args)})"
    if fn in _COMPLEX_MATH:
        return f"cmath.{_COMPLEX_MATH[fn]}({cast(args[0], np.dtype(np.complex128))})"
    if fn in _TESTS:
        return f"math.{_TESTS[fn]}({cast(args[0], F8)})"
    if fn is builtins.min or fn is builtins.max:
        if len(args) < 2:
            raise CannotLower("min or max of one argument")
        sign, best = ("<" if fn is builtins.min else ">"), simple(sink, cast(args[0], out))
        for a in args[1:]:
            new = simple(sink, cast(a, out))
            best = simple(sink, f"({new} if {new} {sign} {best} else {best})")
        return best
    if fn in (np.real, np.imag):
        if out.kind == "c":
            raise CannotLower(f"{fn.__name__}, which gives a complex number")
        if args[0].kind != "c":
            return cast(args[0], out) if fn is np.real else literal(0, out)
        return f"{args[0].text}.{'real' if fn is np.real else 'imag'}"
    if fn in CONVERSIONS and (args[0].kind != "c" or out.kind == "c"):
        return cast(args[0], out)
    if fn in (builtins.int, math.floor, math.ceil) and args[0].kind in "biuf" and out == I8:
        if args[0].kind != "f":
            return cast(args[0], I8)
        sink.fail_if(f"not abs({args[0].text}) < 4.0e18")
        return {builtins.int: "int({})", math.floor: "int(np.floor({}))",
                math.ceil: "int(np.ceil({}))"}[fn].format(args[0].text)
    raise CannotLower(f"{getattr(fn, '__name__', fn)} is not lowered")
