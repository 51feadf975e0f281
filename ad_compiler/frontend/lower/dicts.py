"""Dicts with known keys: their methods."""
from __future__ import annotations

import ast
from typing import Any

from ...ir import nodes as ir
from ..lowering import Lowering
from ..values import ExternalV, HeapV, IterV, RowV, TupleV, Value


def dict_pop(lo: Lowering, receiver: HeapV, args: list[Value], node: ast.AST) -> Value:
    from ..frames import MISSING
    from .lists import on_whole

    key = args[0]
    if not isinstance(key, ir.Const) or receiver.frozen:
        lo.fail("AD128", node, "this dict key is not known when compiling")
    on_whole(lo, receiver, "pop", args)
    value = receiver.slots.get(key.value, args[1] if len(args) > 1 else MISSING)
    receiver.frame.set(key.value, MISSING)
    return value


def mapping_items(lo: Lowering, value: Value, node: ast.AST) -> dict[Any, Value]:
    from .names import external

    if isinstance(value, RowV) and value.row.cls is dict:
        from .row_objects import opened_row

        value = opened_row(lo, value)
    if isinstance(value, HeapV) and value.cls is dict:
        return dict(value.slots)
    if isinstance(value, ExternalV) and isinstance(value.value, dict):
        return {k: external(lo, v, f"{value.path}[{k!r}]", str(k)) for k, v in value.value.items()}
    lo.fail("AD125", node, "this value is not a dict with known keys")


def keys(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
          hint: str | None) -> Value:
    return TupleV([key_value(k) for k in mapping_items(lo, receiver, node)])


def key_value(k: Any) -> Value:
    """A key as a value."""
    return TupleV([ir.Const(x) for x in k]) if isinstance(k, tuple) else ir.Const(k)


def values(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    if isinstance(receiver, HeapV):
        return IterV("values", [receiver])
    return TupleV(list(mapping_items(lo, receiver, node).values()))


def items(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
           hint: str | None) -> Value:
    if isinstance(receiver, HeapV):
        return IterV("items", [receiver])
    return TupleV([TupleV([key_value(k), v]) for k, v in mapping_items(lo, receiver, node).items()])


def get(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
         hint: str | None) -> Value:
    items = mapping_items(lo, receiver, node)
    if not isinstance(args[0], ir.Const):
        lo.fail("AD128", node, "this dict key is not known when compiling")
    return items.get(args[0].value, args[1] if len(args) > 1 else ir.Const(None))


def setdefault(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                hint: str | None) -> Value:
    items = mapping_items(lo, receiver, node)
    if not isinstance(args[0], ir.Const):
        lo.fail("AD128", node, "this dict key is not known when compiling")
    if args[0].value not in items:
        from .items import store_item

        store_item(lo, receiver, args[0], args[1], node)
        return args[1]
    return items[args[0].value]


def update(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    from .items import store_item

    new = {**(mapping_items(lo, args[0], node) if args else {}), **kwargs}
    for k, v in new.items():
        store_item(lo, receiver, ir.Const(k), v, node)
    return ir.Const(None)
