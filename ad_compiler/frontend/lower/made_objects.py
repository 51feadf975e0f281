"""Objects that a program returns: taken apart while compiling, and put together again by the emitted code."""
from __future__ import annotations

import ast
import types
from typing import Any

from ...ir import nodes as ir
from ..lowering import Lowering
from ..values import HeapV, TupleV, Value
from .joining import new_heap_frame
from .operands import to_operand


def returned(lo: Lowering, value: Value) -> Value:
    """A result in which no object has attributes that are only its class's: `vars` of it has none of these."""
    return _returned(lo, value, ())


def _returned(lo: Lowering, value: Value, around: tuple[Any, ...]) -> Value:
    if any(value is v for v in around):
        return value  # (something holds itself: `result_operand` refuses it)
    if isinstance(value, TupleV) and value.whole is None:
        items = [_returned(lo, v, (*around, value)) for v in value.items]
        return value if all(map(_same, items, value.items)) else TupleV(items, value.cls)
    if not isinstance(value, HeapV) or value.whole is not None:
        return value
    hidden = [var for var, _ in lo.hidden.values()]
    slots = {k: _returned(lo, v, (*around, value)) for k, v in value.slots.items()
             if not (_is_made(value) and isinstance(vars_of_class(value.cls).get(k), (int, float, complex))
                     and any(v is var for var in hidden))}
    if len(slots) == len(value.slots) and all(map(_same, slots.values(), value.slots.values())):
        return value
    new = HeapV(value.cls, new_heap_frame(lo, value.frame.name), factory=value.factory)
    new.slots.update(slots)
    return new


def _same(one: Value, other: Value) -> bool:
    return one is other


def vars_of_class(cls: type) -> dict[str, Any]:
    """What a class and its bases define."""
    return {name: found for k in reversed(cls.__mro__) for name, found in vars(k).items()}


def result_operand(lo: Lowering, value: Value, around: tuple[Any, ...] = ()) -> ir.Arg:
    """What a function returns, as an operand; objects are made by the emitted code from their attributes."""
    inner = (*around, value)
    if isinstance(value, TupleV) and value.whole is None:
        items = tuple(result_operand(lo, v, inner) for v in value.items)
        if value.cls not in (tuple, list):
            return ir.Pack("object", items, value.cls._fields, value.cls)
        return ir.Pack("list" if value.cls is list else "tuple", items)
    if not isinstance(value, HeapV) or value.whole is not None or any(value is v for v in around):
        return to_operand(lo, value)
    if value.cls in (list, dict):
        items = tuple(result_operand(lo, v, inner) for v in value.slots.values())
        return ir.Pack("list", items) if value.cls is list else ir.Pack("dict", items, tuple(value.slots))
    if not _is_made(value):
        return to_operand(lo, value)
    if value.frame.partial:
        lo.fail("AD127", None, f"an object of class `{value.cls.__name__}` is returned, and whether it has "
                f"`{next(iter(value.frame.partial))}` depends on the path taken", "give it on every path")
    items = tuple(result_operand(lo, v, inner) for v in value.slots.values())
    return ir.Pack("object", items, tuple(value.slots), value.cls)


def _is_made(value: HeapV) -> bool:
    """Whether an object can be made from its attributes alone: one of a class in Python, which exists outside."""
    cls = value.cls
    return (cls.__module__ != "builtins" and not cls.__module__.startswith("ad_compiler.frontend")
            and "__ad_place__" not in vars_of_class(cls) and not issubclass(cls, (BaseException, dict, list, set))
            and bool(getattr(cls, "__dictoffset__", 0)) and all(map(str.isidentifier, map(str, value.slots)))
            and (cls.__new__ is object.__new__ or isinstance(cls.__new__, types.FunctionType)))


def instance_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
              hint: str | None) -> Value:
    """`instance(cls, x=...)`, which emitted code calls: the object taken apart again."""
    (kind,) = args
    assert isinstance(kind, ir.Const) and isinstance(kind.value, type)
    made = HeapV(kind.value, new_heap_frame(lo, hint or kind.value.__name__.lower()))
    made.slots.update(kwargs)
    return made


__all__ = ["instance_", "result_operand", "returned"]
