"""Names that are None on some paths: a flag beside the value (`best = None; for ...: if best is None or ...`)."""
from __future__ import annotations

import ast
import enum
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...analysis.infer import Untypable, type_of
from ...analysis.shapes import call_type
from ...ir import nodes as ir
from ...ir import prims
from ...ir.types import BOOL, Array, Num, Passive, Type
from ..lowering import Lowering
from ..values import HeapV, OptionalV, RowV, TupleV, Value


def is_none(value: Value) -> bool:
    return isinstance(value, ir.Const) and value.value is None


def parts(value: Value) -> tuple[ir.Operand, Value | None]:
    """The flag of a value that may be None, and the value where there is one."""
    if isinstance(value, OptionalV):
        return value.given, value.value
    return (ir.Const(False), None) if is_none(value) else (ir.Const(True), value)


def joins(values: Sequence[Value]) -> bool:
    """Whether values of several paths are numbers (or groups of them) on some and None on others."""
    some = [v for v in values if not is_none(v)]
    if len(some) == len(values) and not any(isinstance(v, OptionalV) for v in values):
        return False
    return bool(some) and all(_followed(parts(v)[1]) for v in some)


def _followed(value: Value | None) -> bool:
    if isinstance(value, TupleV):
        return all(map(_followed, value.items))
    if isinstance(value, (ir.Var, ir.Const)):
        return isinstance(type_of(value), (Num, Array)) or is_word(value)
    if isinstance(value, HeapV) and value.cls is not list:
        return all(_followed(v) or not isinstance(v, (ir.Var, ir.Const, HeapV)) for v in value.slots.values())
    return isinstance(value, RowV)


def is_word(value: Value) -> bool:
    """Whether a value is a text or a member of an enumeration, which may differ from path to path."""
    t = type_of(value) if isinstance(value, (ir.Var, ir.Const)) else None
    return isinstance(t, Passive) and isinstance(t.cls, type) and issubclass(t.cls, (str, enum.Enum))


def compared_optional(lo: Lowering, left: Value, right: Value, same: Callable[[Value, Value], Value]) -> ir.Operand:
    """`left == right` where one of them may be None, which equals None only."""
    (has_left, one), (has_right, other) = parts(left), parts(right)

    def both(a: ir.Operand, b: ir.Operand, function: Any) -> ir.Operand:
        stop = function is prims.or_
        for first, second in ((a, b), (b, a)):
            if isinstance(first, ir.Const):
                return first if bool(first.value) is stop else second
        return lo.call(function, (a, b), style="op", type_=BOOL)

    def neither() -> ir.Operand:
        return both(negated(has_left), negated(has_right), prims.and_)

    def negated(flag: ir.Operand) -> ir.Operand:
        return ir.Const(not flag.value) if isinstance(flag, ir.Const) else lo.call(
            prims.not_, (flag,), style="op", type_=BOOL)

    if one is None or other is None:
        return neither()
    equal = same(one, other)
    assert isinstance(equal, (ir.Var, ir.Const))
    return both(both(both(has_left, has_right, prims.and_), equal, prims.and_), neither(), prims.or_)


def present(lo: Lowering, value: Value, node: ast.AST | None) -> Value:
    """The value where it is used as one. The program raises there if it is None, and so does what is emitted."""
    if not isinstance(value, OptionalV):
        return value
    message = ir.Const("a value that is None here is used as a number")
    lo.emit(ir.Raise(message, value.given, lo.origin))
    return value.value


def beside_none(lo: Lowering, function: Any, args: Sequence[ir.Arg], kwargs: dict[str, ir.Arg], style: str
                ) -> Type | None:
    """The type of what a function gives where an operand is None, which Python refuses: in a loop, an earlier iteration
    may have given the name a number by then (`last = None`), so the body is read on as if it were one."""
    if not lo.loops or not any(is_none(a) for a in args if isinstance(a, ir.Const)):
        return None
    numbers = [ir.Const(1.0) if isinstance(a, ir.Const) and is_none(a) else a for a in args]
    try:
        return call_type(function, numbers, kwargs, style)
    except Untypable:
        return None


def shape_of_optional(lo: Lowering, function: Value, args: Sequence[Value]) -> Value | None:
    """`np.shape(x)` of an array or None, which has the shape `()`: gradients ask for it. None for anything else."""
    if not isinstance(function, ir.Const) or function.value is not np.shape or len(args) != 1:
        return None
    array = args[0].value if isinstance(args[0], OptionalV) else None
    if not isinstance(array, ir.Var) or not isinstance(array.type, Array):
        return None
    return lo.call(np.shape, (array,), text="np.shape")


def tested(lo: Lowering, value: OptionalV, negate: bool) -> Value:
    """`value is None`, or `value is not None` with `negate`."""
    if negate or isinstance(value.given, ir.Const):
        return value.given if negate else ir.Const(not value.given.value)
    return lo.call(prims.not_, (value.given,), style="op", type_=BOOL)


__all__ = ["beside_none", "compared_optional", "is_none", "is_word", "joins", "parts", "present", "shape_of_optional",
           "tested"]
