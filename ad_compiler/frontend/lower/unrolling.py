"""The items of structures and of iterators over them, known when compiling."""
from __future__ import annotations

import enum
from collections.abc import Callable
from contextlib import nullcontext

from ...ir import nodes as ir
from ...ir.types import Array
from ..emulated_iterators import by_number
from ..lowering import Lowering
from ..source import read_source
from ..values import ExternalV, HeapV, IterV, RangeV, RowV, ShapeV, TupleV, Value
from .dicts import key_value
from .row_objects import opened_row
from .sets import items_of_set

SMALL = 12


def constant_range(*parts: ir.Operand) -> range | None:
    """A range of constants."""
    numbers = [p.value for p in parts if isinstance(p, ir.Const)]
    return range(*numbers) if len(numbers) == 3 else None


def iterator_of(lo: Lowering, value: HeapV | RowV) -> Value:
    """What an object of a class of the program's gives to a loop."""
    from .calls import call_method
    from .inlining import call_python
    from .iterators import is_iterator, taken

    if is_iterator(value):
        return taken(lo, value) or value
    cls = value.row.cls if isinstance(value, RowV) else value.cls
    if not hasattr(cls, "__iter__"):
        if not hasattr(cls, "__getitem__"):
            lo.fail("AD103", None, f"an object of class `{cls.__name__}` cannot be iterated over",
                    "give the class an `__iter__`")
        tree = read_source(by_number).node
        return call_python(lo, by_number, [value], {}, tree, None)
    out = call_method(lo, value, "__iter__", [], {}, None, None)
    return out if out is value or not isinstance(out, HeapV) else taken(lo, out) or out


def unroll_items(lo: Lowering, value: Value) -> list[Value] | None:
    """The items of a structure whose length is known when compiling; None for what must be a loop."""
    from .iterators import is_iterator, left_in
    from .names import external as outside
    from .sequences import items_of

    match value:
        case TupleV(items):
            return list(items)
        case ShapeV():
            return items_of(lo, value, None)
        case HeapV(cls) if cls in (list, dict):
            return items_of(lo, value, None)
        case RowV() if value.row.cls is dict:
            return items_of(lo, opened_row(lo, value), None)
        case RowV() if not is_iterator(value):
            return unroll_items(lo, iterator_of(lo, value))
        case HeapV(cls) if cls is not set and is_iterator(value):
            return left_in(lo, value)
        case HeapV(cls) if cls is not set:
            source = iterator_of(lo, value)
            return None if isinstance(source, HeapV) and source.cls not in (list, dict) else unroll_items(lo, source)
        case ExternalV(external) if isinstance(external, (list, tuple, dict)):
            return items_of(lo, value, None)
        case ir.Var(type=Array(dims=(first, *_))) if lo.prefer_unrolled and first.known and first.const <= SMALL:
            return items_of(lo, value, None)
        case RangeV(start, stop, step) if lo.prefer_unrolled:
            numbers = constant_range(start, stop, step)
            return None if numbers is None or len(numbers) > SMALL else [ir.Const(k) for k in numbers]
        case HeapV(cls) if cls is set:
            return items_of_set(value)
        case ir.Const(cls) if isinstance(cls, type) and issubclass(cls, enum.Enum):
            return [outside(lo, member, f"{cls.__module__}.{cls.__qualname__}.{member.name}", member.name)
                    for member in cls]
        case ir.Const() if isinstance(value.value, (str, tuple, list)):
            return [ir.Const(v) for v in value.value]
        case IterV(kind) if kind in _ITERATORS:
            return _ITERATORS[kind](lo, value)
        case _:
            return None


def _lists(lo: Lowering, value: IterV) -> list[list[Value] | None]:
    """The items of each part; where there are several, the shortest ends the others."""
    from .iterators import partly

    with partly(lo) if len(value.parts) > 1 else nullcontext():
        return [unroll_items(lo, p) for p in value.parts]


def _zipped(lo: Lowering, value: IterV) -> list[Value] | None:
    """Rows of columns of which one has a known length; the others are read by number."""
    lists = _lists(lo, value)
    known = [len(x) for x in lists if x is not None]
    if not known:
        return None
    columns = [_column(lo, part, items, min(known)) for part, items in zip(value.parts, lists, strict=True)]
    if any(c is None for c in columns):
        return None
    return [TupleV(list(row)) for row in zip(*columns, strict=True)]


def _column(lo: Lowering, part: Value, items: list[Value] | None, n: int) -> list[Value] | None:
    from .items import load_item

    if items is not None:
        return items[:n]
    if isinstance(part, ir.Var) and isinstance(part.type, Array):
        return [load_item(lo, part, ir.Const(i), None, None) for i in range(n)]
    return column_by_number(lo, part, n)


def column_by_number(lo: Lowering, part: Value, n: int) -> list[Value] | None:
    """The first items of what only counts."""
    from .iteration import indexable

    if isinstance(part, RangeV) or (isinstance(part, IterV) and part.kind == "count"):
        source = indexable(lo, part, None)
        return [source.item(ir.Const(i)) for i in range(n)]
    return None


def _enumerated(lo: Lowering, value: IterV) -> list[Value] | None:
    items = unroll_items(lo, value.parts[0])
    start = value.parts[1] if len(value.parts) > 1 else ir.Const(0)
    if items is None or not isinstance(start, ir.Const):
        return None
    return [TupleV([ir.Const(i + start.value), v]) for i, v in enumerate(items)]


def _reversed(lo: Lowering, value: IterV) -> list[Value] | None:
    items = unroll_items(lo, value.parts[0])
    if items is not None and len(value.parts) > 1 and isinstance(length := value.parts[1], ir.Const):
        items = items[:length.value] if len(items) >= length.value else []
    return None if items is None else items[::-1]


def _mapped(lo: Lowering, value: IterV) -> list[Value] | None:
    from .calls import call_value

    lists = _lists(lo, value)
    if any(x is None for x in lists):
        return None
    assert value.function is not None
    return [call_value(lo, value.function, list(row), {}, None, None)
            for row in zip(*lists, strict=False)]


def _filtered(lo: Lowering, value: IterV) -> list[Value] | None:
    from .calls import call_value
    from .conditions import truth

    items = unroll_items(lo, value.parts[0])
    if items is None:
        return None
    kept = []
    for v in items:
        test = truth(lo, call_value(lo, value.function, [v], {}, None, None), None)
        if not isinstance(test, ir.Const):
            return None
        if test.value:
            kept.append(v)
    return kept


_ITERATORS: dict[str, Callable[[Lowering, IterV], list[Value] | None]] = {
    "keys": lambda lo, value: [key_value(k) for k in value.parts[0].in_order],
    "values": lambda lo, value: list(value.parts[0].in_order.values()),
    "items": lambda lo, value: [TupleV([key_value(k), v])
                                for k, v in value.parts[0].in_order.items()],
    "iter": lambda lo, value: unroll_items(lo, value.parts[0]),
    "zip": _zipped, "enumerate": _enumerated, "reversed": _reversed, "map": _mapped, "filter": _filtered,
}
