"""Types of calls: from the types of the arguments to the type of the result.

Elementwise calls ask `ufunc.resolve_dtypes` and broadcast symbolically. Functions that shape arrays have a shape
rule in `shapes.py`. Any other function of the table is run on stand-ins: `stand_ins.py`.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.assumed import meet
from ..ir.types import Array, Dim, ListOf, Num, Passive, Seq, Type, join, size, symbol, unknown_dim


class Untypable(Exception):
    """The type of a call's result cannot be known."""


def type_of(arg: ir.Arg | Any) -> Type:
    """The type of an operand or of a group of operands."""
    if isinstance(arg, ir.Var):
        return arg.type
    if isinstance(arg, ir.Const):
        return type_of_value(arg.value)
    if isinstance(arg, ir.Pack):
        if arg.kind == "tuple":
            return Seq(tuple(map(type_of, arg.items)))
        if arg.kind == "list":
            types = list(map(type_of, arg.items))
            item = joined(types) or joined(list(map(_item, types)))
            return ListOf(item) if item is not None or not types else Passive(list)
        return Passive(slice)
    raise TypeError(arg)


def joined(types: list[Type]) -> Type | None:
    """The type that holds all of these; None where there is none."""
    found = types[0] if types else None
    for t in types[1:]:
        found = None if found is None else join(found, t)
    return found


def type_of_value(value: Any) -> Type:
    """The type of a constant."""
    if isinstance(value, np.generic):
        return Num(value.dtype, weak=False) if value.dtype.kind in "biufc" else Passive(type(value))
    if isinstance(value, bool):
        return Num(np.dtype(np.bool_))
    if isinstance(value, int):
        return Num(np.dtype(np.int64), dim=size(value))
    if isinstance(value, float):
        return Num(np.dtype(np.float64))
    if isinstance(value, complex):
        return Num(np.dtype(np.complex128))
    if isinstance(value, np.ndarray):
        return Array(value.dtype, tuple(size(n) for n in value.shape))
    return Passive(type(value))


def dim_of(arg: ir.Arg) -> Dim:
    """The symbolic value of an integer operand."""
    if isinstance(arg, ir.Const) and isinstance(arg.value, (int, np.integer)):
        return size(int(arg.value))
    if isinstance(arg, ir.Var) and isinstance(arg.type, Num):
        return arg.type.dim or symbol(f"{arg.hint}%{arg.uid}")
    return unknown_dim()


def dims_of(arg: ir.Arg) -> tuple[Dim, ...] | None:
    """A shape argument (an int, or a tuple or list of ints) as dimensions; None if its length is not known."""
    if isinstance(arg, ir.Pack):
        return tuple(map(dim_of, arg.items))
    if isinstance(arg, ir.Const):
        value = arg.value
        if isinstance(value, (tuple, list)):
            return tuple(size(int(n)) for n in value)
        return (size(int(value)),)
    t = type_of(arg)
    if isinstance(t, Num):
        return (dim_of(arg),)
    if isinstance(t, Seq):
        return tuple((i.dim if isinstance(i, Num) else None) or unknown_dim() for i in t.items)
    return None


def shape_of(t: Type) -> tuple[Dim, ...]:
    return t.dims if isinstance(t, Array) else ()


def array_of(t: Type) -> Type:
    """The array type that `np.asarray` makes of a value: nested lists and tuples of numbers become arrays."""
    match t:
        case Seq(items) if items:
            return _stack(_one_item([array_of(i) for i in items]), size(len(items)))
        case Seq() | ListOf(None):  # (a list that turns out to get items is read again, with their type)
            return Array(np.dtype(np.float64), (size(0),))
        case ListOf(item):
            return _stack(array_of(item), unknown_dim())
        case Num() | Array():
            return t
        case _:
            raise Untypable


def array_of_items(arg: ir.Arg) -> Type:
    """The array type of an operand, or of a group of operands that is written out and so has a known length."""
    if not isinstance(arg, ir.Pack) or arg.kind not in ("tuple", "list") or not arg.items:
        return array_of(type_of(arg))
    return _stack(_one_item([array_of_items(i) for i in arg.items]), size(len(arg.items)))


def _item(t: Type) -> Type:
    """An item of a list that becomes an array: an array without axes is a number there."""
    return Num(t.dtype, weak=False) if isinstance(t, Array) and not t.dims else t


def _one_item(items: list[Type]) -> Type:
    """The type of each item of an array that is made of items of these types: rows of whole numbers beside rows of
    floating-point ones become such rows too, and nothing is weak there."""
    numbers = [t for t in items if isinstance(t, (Num, Array))]
    shapes = {shape_of(t) for t in numbers}
    if len(numbers) < len(items) or len({len(s) for s in shapes}) != 1:
        raise Untypable
    dtype = np.result_type(*(t.dtype for t in numbers))
    dims = tuple(same[0] if len(set(same)) == 1 else unknown_dim() for same in zip(*shapes, strict=True))
    return Array(dtype, dims) if dims else Num(dtype, weak=False)


def _stack(inner: Type, n: Dim) -> Array:
    if not isinstance(inner, (Num, Array)):
        raise Untypable
    return Array(inner.dtype, (n, *shape_of(inner)))


def broadcast(shapes: Sequence[tuple[Dim, ...]]) -> tuple[Dim, ...]:
    """The broadcast shape of symbolic shapes. A size that may be 1 meets another: the result may be either."""
    rank = max((len(s) for s in shapes), default=0)
    out: list[Dim] = []
    for axis in range(-rank, 0):
        dim = size(1)
        for s in shapes:
            if -axis <= len(s):
                dim = _meet(dim, s[axis])
        out.append(dim)
    return tuple(out)


def _meet(a: Dim, b: Dim) -> Dim:
    if a == b or (b.known and b.const == 1):
        return a
    if a.known and a.const == 1:
        return b
    if not a.may_be_one():
        if not b.may_be_one():
            meet(a, b)
        return a
    if not b.may_be_one():
        return b
    return unknown_dim()


def result_dtype(types: Sequence[Type]) -> np.dtype[Any]:
    """NumPy's promotion (NEP 50): Python scalars are weak."""
    operands: list[Any] = []
    for t in types:
        if isinstance(t, Num) and t.weak and t.kind in "ifc":
            operands.append({"i": 0, "f": 0.0, "c": 0j}[t.kind])
        elif isinstance(t, (Num, Array)):
            operands.append(t.dtype)
        else:
            raise Untypable
    out = np.result_type(*operands) if operands else np.dtype(np.float64)
    return out


def ufunc_type(fn: np.ufunc, types: Sequence[Type], python: bool) -> Type:
    """The result type of an elementwise ufunc; `python`: an operator between Python scalars stays Python's."""
    types = [array_of(t) for t in types]
    given = tuple({"b": bool, "i": int, "f": float, "c": complex}.get(t.kind, t.dtype) if isinstance(t, Num) and t.weak
                  and t.kind in "ifc" else t.dtype for t in types)
    try:
        dtypes = fn.resolve_dtypes((*given, *([None] * fn.nout)))[fn.nin:]
    except TypeError as error:
        raise Untypable(str(error)) from None
    dims = broadcast([shape_of(t) for t in types])
    arrays = any(isinstance(t, Array) for t in types)
    weak = python and not arrays and all(isinstance(t, Num) and t.weak for t in types)
    # NumPy turns a 0-d result into a scalar.
    out = [Array(d, dims) if dims else Num(d, weak) for d in dtypes]
    return out[0] if fn.nout == 1 else Seq(tuple(out))
