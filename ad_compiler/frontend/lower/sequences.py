"""Sequences as structures: a list of known length, and the items of what is unpacked."""
from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from ...ir import nodes as ir
from ...ir import prims
from ...ir.types import Array, ListOf, Seq
from ..lowering import Lowering
from ..values import ExternalV, GeneratorV, HeapV, IterV, RangeV, RowsV, RowV, ShapeV, TupleV, Value
from .optional import present
from .sets import items_of_set
from .snippets import gathered, gives_items


def is_shape(value: Value) -> bool:
    return isinstance(value, ShapeV)


def new_list(lo: Lowering, items: Sequence[Value]) -> HeapV:
    from .joining import new_heap_frame

    heap = HeapV(list, new_heap_frame(lo, ""))
    heap.slots.update(enumerate(items))
    return heap


def items_of(lo: Lowering, value: Value, node: ast.AST, count: int | None = None,
             hints: Sequence[str | None] = ()) -> list[Value]:
    """The items of a value that is unpacked; `count` says how many are wanted where the value does not know."""
    from .items import dimension, load_item
    from .operands import last_name
    from .row_objects import opened_row
    from .unrolling import iterator_of

    def hint(i: int) -> str | None:
        return hints[i] if i < len(hints) else None

    value = present(lo, value, node)
    match value:
        case TupleV(items):
            return list(items)
        case HeapV(cls) if cls is set:
            return items_of_set(value)
        case HeapV(cls) if cls is list or cls is dict:
            return list(value.slots.values()) if cls is list else [ir.Const(k) for k in value.in_order]
        case ShapeV(array):
            t = lo.type_of(array)
            assert isinstance(t, Array)
            return [dimension(lo, array, k, hint(k)) for k in range(t.ndim)]
        case ir.Var(type=Seq(items)):
            return [lo.call(prims.item, (value, ir.Const(i)), style="index", type_=t, hint=hint(i))
                    for i, t in enumerate(items)]
        case ir.Var(type=Array(dims=(first, *_))):
            n = first.const if first.known else count
            if n is None:
                lo.fail("AD125", node, "how many values are unpacked here is not known")
            return [load_item(lo, value, ir.Const(i), node, hint(i)) for i in range(n)]
        case ir.Var(type=ListOf()) | RowsV() if count is not None:
            return [load_item(lo, value, ir.Const(i), node, hint(i)) for i in range(count)]
        case ir.Const() if isinstance(value.value, (tuple, list, str)):
            return [ir.Const(v) for v in value.value]
        case ExternalV(external, path) if isinstance(external, (list, tuple)):
            from .names import external as outside

            return [outside(lo, v, f"{path}[{i}]", hint(i) or f"{last_name(path)}_{i}") for i, v in enumerate(external)]
        case ExternalV(external, path) if isinstance(external, Mapping):
            return [ir.Const(k) for k in external]
        case RangeV(start, stop, step) if all(isinstance(x, ir.Const) for x in (start, stop, step)):
            return [ir.Const(k) for k in range(start.value, stop.value, step.value)]
        case IterV() | GeneratorV():
            from .collecting import collect

            return items_of(lo, collect(lo, value, node), node, count, hints)
        case RowV() if value.row.cls is dict:
            return items_of(lo, opened_row(lo, value), node)
        case RowV() if gives_items(value.row.cls):
            return items_of(lo, iterator_of(lo, value), node, count, hints)
        case HeapV(cls) if gives_items(cls):
            return items_of(lo, gathered(lo, value, node), node, count, hints)
        case _:
            lo.fail("AD125", node, "this value cannot be unpacked")
