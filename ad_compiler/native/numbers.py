"""Numbers as expressions of a kernel: literals, and casts from one type to another."""
from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np

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


def must_fit(sink: Sink, x: Scalar, dtype: DType) -> None:
    """Leave the kernel where a number goes to an integer type that does not hold it: NumPy refuses NaN, infinity and
    Python's integers out of range, and warns of other floats. Its own integers wrap around."""
    if dtype.kind not in "iu" or not (x.kind == "f" or (x.kind == "i" and x.weak)):
        return
    bounds = np.iinfo(dtype)
    low, high = int(bounds.min), int(bounds.max)
    if x.const is not None and not isinstance(x.const, complex):
        if math.isfinite(x.const) and low <= int(x.const) <= high:
            return
        raise CannotLower(f"{x.const}, which is no {dtype}")
    if x.kind == "f":
        sink.fail_if(f"not ({_float(low - 1.0)} < {x.text} < {_float(high + 1.0)})" if dtype.itemsize < 8 else
                     f"not ({_float(float(low))} <= {x.text} < {_float(high + 1.0)})")
    elif dtype.itemsize < 8:
        sink.fail_if(f"{x.text} < {low} or {x.text} > {high}")
    elif dtype.kind == "u":
        sink.fail_if(f"{x.text} < 0")


_TYPES = {"float32", "complex64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"}
SUPPORTED = _TYPES | {"float64", "complex128", "bool"}


def simple(sink: Sink, expression: str) -> str:
    """The expression as a name or a literal, so that it may be written twice."""
    if expression.replace("_", "").replace(".", "").isalnum() or expression.startswith("-"):
        return expression
    name = sink.fresh("t")
    sink.line(f"{name} = {expression}")
    return name
