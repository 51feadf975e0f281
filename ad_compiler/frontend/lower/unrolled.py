"""Loops over structures, an iteration after the other."""
from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..lowering import Lowering
from ..values import HeapV, IterV, TupleV, Value
from .dicts import key_value


@dataclass(frozen=True)
class _Current:
    """An item of a list or dict as it is when its iteration begins: the body may have changed it."""

    heap: HeapV
    key: Any


def as_they_come(value: Value, items: list[Value]) -> list[Any]:
    """The items of a list, or the values of a dict, are read when their iteration begins."""
    if isinstance(value, IterV) and value.kind in ("enumerate", "zip"):
        numbered = value.kind == "enumerate"
        columns = [None, _changing(value.parts[0])] if numbered else [_changing(p) for p in value.parts]
        return [TupleV([v if column is None else column[k] for column, v in zip(columns, row.items, strict=True)])
                for k, row in enumerate(items)]
    return _changing(value) or items


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


def _now(item: Any) -> Value:
    if isinstance(item, _Current):
        return item.heap.slots[item.key]
    if isinstance(item, TupleV) and any(isinstance(v, (_Current, TupleV)) for v in item.items):
        return TupleV([_now(v) for v in item.items], item.cls)
    return item


def binder(lo: Lowering, node: ast.For, item: Value) -> Callable[[], None]:
    from .assignment import bind

    def run() -> None:
        lo.origin = lo.at(node)
        bind(lo, node.target, _now(item))

    return run
