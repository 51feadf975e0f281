"""One operation on numbers as an expression of a kernel, with NumPy's or Python's meaning.

Operands are names or literals, cast to the types NumPy computes in. Where Python raises (a division by zero, the
square root of a negative number), the kernel is left and the statements run in NumPy.
"""
from __future__ import annotations

import builtins
import cmath
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..ir import prims
from .expressions import EXPRESSIONS
from .numbers import B1, F8, I8, SUPPORTED, Sink, cast, literal, must_fit, simple
from .values import DType, Scalar
from .writer import CannotLower, Int

__all__ = ["B1", "F8", "I8", "SUPPORTED", "apply", "cast", "literal", "loop_types", "must_fit", "simple"]


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
    if not isinstance(fn, np.ufunc) or fn not in EXPRESSIONS:
        raise CannotLower(f"{getattr(fn, '__name__', fn)} is not lowered")
    inputs, result = loop_types(fn, args)
    if any(t.name not in SUPPORTED for t in (*inputs, result)):
        raise CannotLower(f"{fn.__name__} on {inputs[0]}")
    for a, t in zip(args, inputs, strict=True):
        must_fit(sink, a, t)
    texts = [simple(sink, cast(a, t)) for a, t in zip(args, inputs, strict=True)]
    if python:
        _python_checks_before(sink, fn, texts, args, inputs)
    expression = EXPRESSIONS[fn](sink, texts, inputs[0].kind, inputs[0], args)
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
        return fn is np.where or fn is prims.not_ or fn in _LOGIC or fn in PYTHON or _SAME_AS.get(fn, fn) in EXPRESSIONS
    except TypeError:
        return False


# --- what raises in Python ----------------------------------------------------------------------------------
def _python_checks_before(sink: Sink, fn: Any, texts: list[str], args: Sequence[Scalar], types: Sequence[DType]
                          ) -> None:
    kind = types[0].kind
    if fn in (np.divide, np.floor_divide, np.remainder) and not (args[1].const is not None and args[1].const != 0):
        sink.fail_if(f"{texts[1]} == 0")
    if kind == "i" and fn is np.multiply and not _small_product(*args):
        sink.fail_if(f"abs({texts[0]}) > 3037000499 or abs({texts[1]}) > 3037000499")
    if kind == "i" and fn in (np.add, np.subtract) and any(a.changing or a.form is None for a in args) and not any(
            a.const is not None for a in args):
        sink.fail_if(f"abs({texts[0]}) > 2305843009213693952 or abs({texts[1]}) > 2305843009213693952")
    if kind == "i" and fn is np.power:
        if not (args[1].const is not None and 0 <= args[1].const <= 3):
            sink.fail_if(f"{texts[1]} < 0 or abs(float({texts[0]})) ** float({texts[1]}) > 4.0e18")
        else:
            sink.fail_if(f"abs({texts[0]}) > 2000000")
    if kind == "i" and fn in (np.left_shift, np.right_shift):
        sink.fail_if(f"{texts[1]} < 0 or {texts[1]} > 31 or abs({texts[0]}) > 1073741824")


def stays_small(factor: int, form: Int) -> bool:
    """Whether a constant times a linear form of integers below 2**31 stays within 64 bits, with room to be added."""
    return abs(factor) < 1 << 20 and all(abs(factor * c) < 1 << 20 for _, c in form.terms) and abs(
        factor * form.const) < 1 << 40


def _small_product(a: Scalar, b: Scalar) -> bool:
    """Whether a product of Python's integers is taken not to pass 64 bits."""
    for factor, other in ((a.const, b), (b.const, a)):
        if factor is not None and other.form is not None:
            return stays_small(factor, other.form)
        if factor is not None and abs(factor) < 1 << 20:
            return other.changing  # a counter
    return False


def _python_checks_after(sink: Sink, fn: Any, name: str, args: Sequence[Scalar], types: Sequence[DType]) -> None:
    kind = types[0].kind
    if fn is np.power and kind == "f" and not (args[1].const is not None and args[1].const in (1, 2)):
        sink.fail_if(f"not math.isfinite({name})")
    if fn is np.power and kind == "c":
        sink.fail_if(f"not math.isfinite({name}.real) or not math.isfinite({name}.imag)")


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
    if fn in (math.log, cmath.log) and len(args) == 2:
        kind = F8 if fn is math.log else np.dtype(np.complex128)
        module = "math" if fn is math.log else "cmath"
        base = simple(sink, f"{module}.log({cast(args[1], kind)})")
        sink.fail_if(f"{base} == 0")
        return f"{module}.log({cast(args[0], kind)}) / {base}"
    if fn in _MATH_RAISES:
        return f"math.{_MATH_RAISES[fn]}({', '.join(cast(a, F8) for a in args)})"
    if fn in _COMPLEX_MATH and len(args) == 1:
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
        must_fit(sink, args[0], out)
        return cast(args[0], out)
    if fn in (builtins.int, math.floor, math.ceil) and args[0].kind in "biuf" and out == I8:
        if args[0].kind != "f":
            return cast(args[0], I8)
        sink.fail_if(f"not abs({args[0].text}) < 4.0e18")
        return {builtins.int: "int({})", math.floor: "int(np.floor({}))",
                math.ceil: "int(np.ceil({}))"}[fn].format(args[0].text)
    raise CannotLower(f"{getattr(fn, '__name__', fn)} is not lowered")
