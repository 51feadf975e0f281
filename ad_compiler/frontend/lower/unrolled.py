"""Loops over structures, an iteration after the other."""
from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from ...ir import nodes as ir
from ...ir.types import Array
from ..lowering import Lowering
from ..values import HeapV, IterV, TupleV, Value
from .dicts import key_value
from .iterators import partly
from .unrolling import SMALL, column_by_number, unroll_items


@dataclass(frozen=True)
class _Current:
    """An item of a list or dict as it is when its iteration begins: the body may have changed it."""

    heap: HeapV
    key: Any


@dataclass(frozen=True)
class _Element:
    """An item of an array as it is when its iteration begins."""

    array: ir.Var
    number: int


def items_in_turn(lo: Lowering, value: Value) -> list[Any] | None:
    """The items of a structure of known length; those of lists, dicts and arrays are read when their iteration begins.
    None for what must be a loop."""
    if isinstance(value, IterV) and value.kind == "zip":
        return _rows_in_turn(lo, value.parts)
    if isinstance(value, IterV) and value.kind == "enumerate":
        return _numbered_in_turn(lo, *value.parts)
    if isinstance(value, IterV) and value.kind == "reversed" and len(value.parts) == 1:
        items = items_in_turn(lo, value.parts[0])
        return None if items is None else items[::-1]
    if (count := _count(lo, value)) is not None:
        return _elements(value, count)
    items = unroll_items(lo, value)
    return None if items is None else _changing(value) or items


def has_structures(value: Value) -> bool:
    """Whether the items of a loop are taken from structures, side by side with others."""
    return isinstance(value, IterV) and any(
        isinstance(p, TupleV) or (isinstance(p, HeapV) and p.cls in (list, dict)) or has_structures(p)
        for p in value.parts)


def _count(lo: Lowering, value: Value) -> int | None:
    """How many items an array has that is read one by one."""
    if isinstance(value, ir.Var) and isinstance(value.type, Array) and lo.prefer_unrolled and value.type.dims:
        first = value.type.dims[0]
        return first.const if first.known and first.const <= SMALL else None
    return None


def _is_array(value: Value) -> bool:
    return isinstance(value, ir.Var) and isinstance(value.type, Array)


def _elements(value: Value, count: int) -> list[Any]:
    return [_Element(value, k) for k in range(count)]


def _rows_in_turn(lo: Lowering, parts: Sequence[Value]) -> list[Any] | None:
    with partly(lo) if len(parts) > 1 else nullcontext():
        lists = [items_in_turn(lo, p) for p in parts]
    known = [len(x) for x in lists if x is not None]
    if not known:
        return None
    columns = [items[:min(known)] if items is not None else _elements(part, min(known)) if _is_array(part)
               else column_by_number(lo, part, min(known)) for part, items in zip(parts, lists, strict=True)]
    if any(c is None for c in columns):
        return None
    return [TupleV(list(row)) for row in zip(*columns, strict=True)]


def _numbered_in_turn(lo: Lowering, part: Value, start: Value = ir.Const(0)) -> list[Any] | None:
    items = items_in_turn(lo, part)
    if items is None or not isinstance(start, ir.Const):
        return None
    return [TupleV([ir.Const(i + start.value), v]) for i, v in enumerate(items)]


def _changing(value: Value) -> list[Any] | None:
    """The items of what the body may change, each to be read later."""
    if isinstance(value, IterV) and value.kind == "iter":
        value = value.parts[0]
    if isinstance(value, HeapV) and value.cls is list:
        return [_Current(value, k) for k in value.slots]
    heap = value.parts[0] if isinstance(value, IterV) and value.kind in ("values", "items") else None
    if not isinstance(heap, HeapV):
        return None
    if value.kind == "values":
        return [_Current(heap, k) for k in heap.slots]
    return [TupleV([key_value(k), _Current(heap, k)]) for k in heap.slots]


def _now(lo: Lowering, item: Any) -> Value:
    from .items import load_item

    if isinstance(item, _Current):
        return item.heap.slots[item.key]
    if isinstance(item, _Element):
        return load_item(lo, item.array, ir.Const(item.number), None, None)
    if isinstance(item, TupleV) and any(isinstance(v, (_Current, _Element, TupleV)) for v in item.items):
        return TupleV([_now(lo, v) for v in item.items], item.cls)
    return item


def binder(lo: Lowering, node: ast.For, item: Value) -> Callable[[], None]:
    from .assignment import bind

    def run() -> None:
        lo.origin = lo.at(node)
        bind(lo, node.target, _now(lo, item))

    return run
