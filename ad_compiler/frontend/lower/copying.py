"""`copy.copy` and `copy.deepcopy` of structures and arrays."""
from __future__ import annotations

import ast
from types import NoneType
from typing import Any, NoReturn

from ...ir import nodes as ir
from ...ir.types import Array, ListOf, Num
from ..lowering import Lowering
from ..values import ExternalV, FunctionV, HeapV, PartialV, RowsV, RowV, ShapeV, TupleV, Value
from .picked_items import opened
from .pools import in_pool, pool_instead
from .protocols import method_of
from .row_objects import opened_row
from .runtime_lists import created_list


def copy_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    """`copy.copy(x)`: a new container of the same items, a new object with the same attributes, a new array."""
    from .calls import call_method

    value = _of_a_list(lo, opened(lo, args[0]))
    if method_of(value, "__copy__") is not None:
        return call_method(lo, value, "__copy__", [], {}, node, hint)
    if isinstance(value, (HeapV, TupleV)) and value.cls is list:
        items = value.items if isinstance(value, TupleV) else list(value.slots.values())
        return created_list(lo, items, node, hint)
    if isinstance(value, HeapV):
        return in_pool(lo, _new(lo, value, dict(value.slots)))
    if isinstance(value, RowsV) or (isinstance(value, ir.Var) and isinstance(value.type, (Array, ListOf))):
        return call_method(lo, value, "copy", [], {}, node, hint)
    if _immutable(value) or isinstance(value, TupleV):
        return value
    _refuse(lo, node)


def deepcopy_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
              ) -> Value:
    """`copy.deepcopy(x)`: everything in it is new, and what was one thing under two names still is."""
    return _deep(lo, _of_a_list(lo, args[0]), {}, node)


def _of_a_list(lo: Lowering, value: Value) -> Value:
    """An object that a list holds by its number, as it is now."""
    return opened_row(lo, value) if isinstance(value, RowV) and isinstance(value.row.cls, type) else value


def _deep(lo: Lowering, value: Value, memo: dict[Any, Value], node: ast.AST) -> Value:
    from .calls import call_method

    if value in memo:
        return memo[value]
    if method_of(value, "__deepcopy__") is not None:
        _refuse(lo, node)
    if isinstance(value, TupleV):
        return TupleV([_deep(lo, v, memo, node) for v in value.items], value.cls)
    if isinstance(value, HeapV) and value.cls is list:
        place: Any = ast.copy_location(ast.List([], ast.Load()), node)
        place.place = (getattr(node, "place", None), "copy", value.site, len(memo))
        items = [_deep(lo, v, memo, node) for v in value.slots.values()]
        memo[value] = created_list(lo, items, place, value.frame.name)
        return memo[value]
    if isinstance(value, HeapV):
        memo[value] = out = _new(lo, value, {})
        out.slots.update({k: _deep(lo, v, memo, node) for k, v in value.slots.items()})
        memo[value] = in_pool(lo, out)
        return memo[value]
    if isinstance(value, ir.Var) and isinstance(value.type, Array):
        memo[value] = call_method(lo, value, "copy", [], {}, node, value.hint)
        return memo[value]
    if isinstance(value, ir.Var) and isinstance(value.type, ListOf) and isinstance(value.type.item, (Num, NoneType)):
        memo[value] = call_method(lo, value, "copy", [], {}, node, value.hint)
        return memo[value]
    if _immutable(value):
        return value
    pool_instead(lo, value)
    _refuse(lo, node)


def _new(lo: Lowering, like: HeapV, slots: dict[Any, Value]) -> HeapV:
    from .joining import new_heap_frame

    out = HeapV(like.cls, new_heap_frame(lo, like.frame.name), site=None, depth=lo.depth, factory=like.factory)
    out.slots.update(slots)
    return out


def _immutable(value: Value) -> bool:
    return isinstance(value, (ir.Const, FunctionV, PartialV, ShapeV)) or (
        isinstance(value, ir.Var) and isinstance(value.type, Num)) or (
        isinstance(value, ExternalV) and callable(value.value))


def _refuse(lo: Lowering, node: ast.AST) -> NoReturn:
    lo.fail("AD107", node, "this value cannot be copied here", "copy its arrays: `x.copy()`")
