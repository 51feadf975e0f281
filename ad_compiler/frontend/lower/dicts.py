"""Dicts with known keys: their methods."""
from __future__ import annotations

import ast
from typing import Any, cast

from ...ir import nodes as ir
from ..emulated_tables import Table
from ..lowering import Lowering
from ..values import ExternalV, HeapV, IterV, RowV, TupleV, Value
from .joining import new_heap_frame
from .keyed import empty_table, key_unknown
from .runtime_lists import site_of


def dict_pop(lo: Lowering, receiver: HeapV, args: list[Value], node: ast.AST) -> Value:
    from ..frames import MISSING
    from .lists import on_whole
    from .raising import impossible

    key = constant_key(args[0])
    if not isinstance(key, ir.Const) or receiver.frozen:
        key_unknown(lo, receiver, node, "this dict key is not known when compiling")
    if key.value not in receiver.slots:
        if len(args) < 2:
            impossible(lo, KeyError, node, key.value)
            key_unknown(lo, receiver, node, "this dict key is not in the dict")
        return args[1]
    on_whole(lo, receiver, "pop", args)
    value = receiver.slots[key.value]
    receiver.frame.set(key.value, MISSING)
    return value


def popitem(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    """`popitem` of dicts, and that of `collections.OrderedDict` with `last`."""
    key = ir.Const(_at_an_end(lo, receiver, args or list(kwargs.values()), node))
    assert isinstance(receiver, HeapV)
    return TupleV([key_value(key.value), dict_pop(lo, receiver, [key], node)])


def move_to_end(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                hint: str | None) -> Value:
    """`collections.OrderedDict.move_to_end`"""
    from .items import write_slot

    last = [*args[1:], *kwargs.values()]
    _at_an_end(lo, receiver, last, node)
    assert isinstance(receiver, HeapV)
    value, key = dict_pop(lo, receiver, args[:1], node), constant_key(args[0])
    assert isinstance(key, ir.Const)
    others = dict(receiver.in_order) if last and isinstance(last[0], ir.Const) and not last[0].value else {}
    for name in others:
        dict_pop(lo, receiver, [ir.Const(name)], node)
    for name, kept in {key.value: value, **others}.items():
        write_slot(lo, receiver, name, kept, node)
    return ir.Const(None)


def _at_an_end(lo: Lowering, receiver: Value, last: list[Value], node: ast.AST) -> Any:
    """The last key of a dict whose order is known when compiling, or the first one."""
    from .raising import impossible

    if not isinstance(receiver, HeapV) or receiver.cls is not dict or receiver.depth < lo.depth or (
            last and not isinstance(last[0], ir.Const)):
        key_unknown(lo, receiver, node, "the order of this dict is not known when compiling")
    if not receiver.slots:
        impossible(lo, KeyError, node, "popitem(): dictionary is empty")
        key_unknown(lo, receiver, node, "this dict is empty")
    return list(receiver.in_order)[-1 if not last or cast(ir.Const, last[0]).value else 0]


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
    if isinstance(receiver, HeapV):
        return IterV("keys", [receiver])
    return TupleV([key_value(k) for k in mapping_items(lo, receiver, node)])


def as_set(lo: Lowering, value: Value, node: ast.AST) -> Value:
    """The keys of a dict as operators see them; another value as it is."""
    from .sets import new_set

    if isinstance(value, IterV) and value.kind == "keys":
        return new_set(lo, [key_value(k) for k in value.parts[0].slots], node)
    return value


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
    args = [constant_key(args[0]), *args[1:]]
    if not isinstance(args[0], ir.Const):
        key_unknown(lo, receiver, node, "this dict key is not known when compiling")
    return items.get(args[0].value, args[1] if len(args) > 1 else ir.Const(None))


def setdefault(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                hint: str | None) -> Value:
    items = mapping_items(lo, receiver, node)
    args = [constant_key(args[0]), *args[1:]]
    if not isinstance(args[0], ir.Const):
        key_unknown(lo, receiver, node, "this dict key is not known when compiling")
    if args[0].value not in items:
        from .items import store_item

        store_item(lo, receiver, args[0], args[1], node)
        return args[1]
    return items[args[0].value]


def update(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    from .items import store_item

    if args:
        merge(lo, receiver, args[0], node)
    for k, v in kwargs.items():
        store_item(lo, receiver, ir.Const(k), v, node)
    return ir.Const(None)


def merge(lo: Lowering, receiver: Value, other: Value, node: ast.AST) -> None:
    """Put the items of another dict into this one."""
    from .calls import call_method
    from .items import store_item

    if isinstance(other, HeapV) and other.cls is Table:
        if isinstance(receiver, HeapV) and receiver.cls is dict:
            key_unknown(lo, receiver, node, "the keys of this dict are not known when compiling")
        call_method(lo, receiver, "update", [other], {}, node, None)
        return
    if isinstance(other, HeapV) and other.cls is dict:
        _ = other.in_order
    for k, v in mapping_items(lo, other, node).items():
        store_item(lo, receiver, ir.Const(k), v, node)


def united(lo: Lowering, left: Value, right: Value, node: ast.AST) -> Value:
    """`left | right` of two dicts."""
    new = HeapV(dict, new_heap_frame(lo, "dict"), site=site_of(lo, node))
    new = empty_table(lo, node, "dict") or new
    for part in (left, right):
        merge(lo, new, part, node)
    return new


def is_mapping(value: Value) -> bool:
    """Whether a value is a dict, of the program or from outside."""
    return (isinstance(value, HeapV) and value.cls in (dict, Table)) or (
        isinstance(value, RowV) and value.row.cls is dict) or (
        isinstance(value, ExternalV) and isinstance(value.value, dict))


def constant_key(key: Value) -> Value:
    """A key whose parts are constants as one constant."""
    if isinstance(key, TupleV) and key.cls is tuple and key.items and all(isinstance(k, ir.Const) for k in key.items):
        return ir.Const(tuple(k.value for k in key.items if isinstance(k, ir.Const)))
    return key
