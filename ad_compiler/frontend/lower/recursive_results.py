"""What a function that calls itself returns, as far as it is known: a structure over variables."""
from __future__ import annotations

import ast
from typing import Any

from ...analysis.infer import type_of
from ...ir import nodes as ir
from ...ir.types import Array, Dim, Num, join
from ..callees import Callee
from ..lowering import Lowering
from ..values import HeapV, OptionalV, TupleV, Value, same
from .joining import new_heap_frame


def like(lo: Lowering, value: Value, node: ast.AST) -> Value:
    """The structure of a result over new variables; constants that are no numbers stay."""
    match value:
        case ir.Var(type=Num() | Array() as t):
            return ir.Var(value.hint, Num(t.dtype, t.weak) if isinstance(t, Num) else t)
        case ir.Const(value=inner) if isinstance(t := type_of(value), Num):
            return ir.Var("out", Num(t.dtype, t.weak))
        case ir.Const():
            return value
        case TupleV(items, cls):
            return TupleV([like(lo, v, node) for v in items], cls)
        case OptionalV(given, inner):
            flag: Any = like(lo, given, node)
            return OptionalV(flag, like(lo, inner, node))
        case HeapV(cls):
            new = HeapV(cls, new_heap_frame(lo, "out"))
            new.slots.update({k: like(lo, v, node) for k, v in value.slots.items()})
            return new
    lo.fail("AD142", node, "a function that calls itself as far as values decide returns something that is no number, "
            "array or structure of those", "return numbers or arrays")


def leaves(value: Value) -> list[Value]:
    """What a result holds, in order."""
    match value:
        case TupleV(items):
            return [x for v in items for x in leaves(v)]
        case HeapV():
            return [x for v in value.slots.values() for x in leaves(v)]
        case OptionalV(given, inner):
            return [given, *leaves(inner)]
        case _:
            return [value]


def joined(lo: Lowering, a: Value, b: Value, callee: Callee, node: ast.AST) -> Value:
    """The structure that holds both results."""
    match a, b:
        case ir.Var(), ir.Var():
            t = join(a.type, b.type)
            if t is not None:
                return ir.Var(b.hint, t)
        case TupleV(), TupleV() if a.cls is b.cls and len(a.items) == len(b.items):
            return TupleV([joined(lo, x, y, callee, node) for x, y in zip(a.items, b.items, strict=True)], a.cls)
        case OptionalV(), OptionalV():
            flag: Any = joined(lo, a.given, b.given, callee, node)
            return OptionalV(flag, joined(lo, a.value, b.value, callee, node))
        case HeapV(), HeapV() if a.cls is b.cls and list(a.slots) == list(b.slots):
            new = HeapV(a.cls, new_heap_frame(lo, "out"))
            new.slots.update({k: joined(lo, v, b.slots[k], callee, node) for k, v in a.slots.items()})
            return new
        case ir.Const(), ir.Const() if same(a, b):
            return a
    lo.fail("AD122", node, f"`{callee.name}` returns values of different kinds",
            "return the same kind of value on every path")


def alike(a: Value, b: Value) -> bool:
    """Whether two results are of one structure and one type, sizes that are not known being alike."""
    one, other = leaves(a), leaves(b)
    return len(one) == len(other) and all(
        _plain(x.type) == _plain(y.type) if isinstance(x, ir.Var) and isinstance(y, ir.Var) else type(x) is type(y)
        for x, y in zip(one, other, strict=True))


def _plain(t: Any) -> Any:
    return (t.dtype, tuple(map(_known, t.dims))) if isinstance(t, Array) else t


def _known(dim: Dim) -> Any:
    return None if any(name.startswith("?") for name, _ in dim.terms) else dim


__all__ = ["alike", "joined", "leaves", "like"]
