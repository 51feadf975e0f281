"""Loops over structures, an iteration after the other."""
from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..lowering import Lowering
from ..values import HeapV, IterV, TupleV, Value


@dataclass(frozen=True)
class _Current:
    """An item of a list as it is when its iteration begins: the body may have changed the list."""

    heap: HeapV
    index: int


def as_they_come(value: Value, items: list[Value]) -> list[Any]:
    """The items of a list are read when their iteration begins."""
    if isinstance(value, HeapV) and value.cls is list:
        return [_Current(value, k) for k in range(len(items))]
    if isinstance(value, IterV) and value.kind in ("enumerate", "zip"):
        columns = [p if isinstance(p, HeapV) and p.cls is list else None for p in value.parts]
        shift = 1 if value.kind == "enumerate" else 0
        return [TupleV([_Current(columns[j - shift], k) if j >= shift and columns[j - shift] is not None  # type: ignore
                        else v for j, v in enumerate(row.items)]) for k, row in enumerate(items)]  # type: ignore
    return items


def _now(item: Any) -> Value:
    if isinstance(item, _Current):
        return item.heap.slots[item.index]
    if isinstance(item, TupleV) and any(isinstance(v, _Current) for v in item.items):
        return TupleV([_now(v) for v in item.items])
    return item


def binder(lo: Lowering, node: ast.For, item: Value) -> Callable[[], None]:
    from .assignment import bind

    def run() -> None:
        lo.origin = lo.at(node)
        bind(lo, node.target, _now(item))

    return run
