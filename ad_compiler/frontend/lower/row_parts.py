"""The structure of the items of a run-time list: which parts they have, and what is the same in all of them.

A part that is a number, an array or a list has a run-time list of its own. What has no run-time form is made anew of
its parts where an item is taken out: a tuple, an object, a function of what it captured, a bound method, a list of
structures. An item that may be None has a flag, and one that may be of several kinds a number that says of which.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir.types import Num, Type
from ..frames import Seen
from ..lowering import Lowering
from ..values import (
    ExternalV,
    Fixed,
    FunctionV,
    HeapV,
    MethodV,
    OptionalV,
    PartialV,
    PickedV,
    Row,
    RowsV,
    RowV,
    TupleV,
    Value,
    same,
)
from .closed_over import captured_by
from .optional import is_none
from .picked import can_be_picked
from .runtime_lists import NeedList, joined_lists

GIVEN, VALUE, WHICH = "given", "value", "which"
_NONE = Fixed(ir.Const(None))
MOST_PARTS = 200  # of an item: each takes a run-time list


class Maybe:
    """The class of items that may be None: whether there is a value, and the value."""


class OneOf:
    """The class of items of several kinds: of which one is, and its parts as each of them."""


@dataclass(frozen=True, slots=True)
class Kind:
    """The class of items that are made anew of their parts: functions, bound methods, lists of structures. `key` is
    what all of them have in common, and `example` is one of them."""

    name: str
    key: tuple[Any, ...]
    example: Any = field(compare=False)


Part = Row | Fixed | None


def is_structured(value: Value) -> bool:
    """Whether a value in a run-time list is taken apart there."""
    if isinstance(value, (TupleV, HeapV)):
        return value.cls is not list
    return isinstance(value, (RowV, RowsV, OptionalV, FunctionV, MethodV, PartialV, PickedV)) or is_none(value)


def is_object(row: Any) -> bool:
    """Whether items are objects or dicts, which the program may change."""
    return isinstance(row, Row) and isinstance(row.cls, type) and not issubclass(row.cls, (tuple, Maybe, OneOf))


def holds_objects(part: Any) -> bool:
    """Whether there are objects in an item, at any depth."""
    return is_object(part) or (isinstance(part, Row) and any(holds_objects(p) for _, p in part.parts))


def structure(lo: Lowering, value: Value) -> Part:
    """The structure of an item; None for what is one run-time value."""
    return _structure(lo, value, (), iter(range(MOST_PARTS)))


def _structure(lo: Lowering, value: Value, around: tuple[Any, ...], places: Iterator[int]) -> Part:
    """`around` are functions that capture it; there is a place for each part that an item may have."""
    if next(places, None) is None:
        lo.fail("AD128", None, f"an item of a list has more than {MOST_PARTS} parts, or holds itself",
                "let the list hold numbers or small structures, or make its length known when compiling")
    if isinstance(value, RowV) and not listed_once(lo, value):
        return value.row
    if isinstance(value, OptionalV):
        return Row(Maybe, ((GIVEN, None), (VALUE, _structure(lo, value.value, around, places))))
    if isinstance(value, PickedV):
        found = [_structure(lo, v, around, places) for v in value.items]
        return _one_of(lo, found)
    apart = opened(lo, value, around)
    if apart is not None:
        cls, parts_ = apart
        own = (*around, value.node) if isinstance(value, FunctionV) else around
        return Row(cls, tuple((k, None if isinstance(value, RowsV) else _structure(lo, v, own, places))
                              for k, v in parts_.items()))
    if isinstance(value, (FunctionV, MethodV, PartialV, ExternalV)) or (isinstance(value, ir.Const) and not isinstance(
            value.value, (bool, int, float, complex, np.generic))):
        return Fixed(value)
    return None


def listed_once(lo: Lowering, value: RowV) -> bool:
    """Whether an object is one of a list that is made once: its number says which one it is."""
    live = lo.row_lists.get(value.rows.site)
    return live is not None and same(live, value.rows)


def opened(lo: Lowering, value: Value, around: tuple[Any, ...] = ()) -> tuple[Any, dict[Any, Value]] | None:
    """The class and the parts of what is taken apart."""
    match value:
        case RowV(rows, index, path) if listed_once(lo, value):
            return Kind("object", (rows.site, path), value), {"index": index}
        case TupleV(items, cls) if cls is not list:
            return cls, dict(enumerate(items))
        case HeapV(cls) if cls is not list:
            return cls, value.slots
        case RowsV(columns, row, site):
            return Kind("list", (row,), site), dict(columns)
        case FunctionV(node) if node not in around:
            captured = captured_by(lo, value)
            if captured is None:
                return None
            names, place = captured
            held = {**names, **{("=", k): v for k, v in value.defaults.items()}}
            return Kind("function", (node, place, tuple(names)), value), held
        case MethodV(receiver, name, function):
            return Kind("method", (name, function), value), {"receiver": receiver}
        case PartialV(function, args, kwargs):
            return Kind("partial", (len(args), tuple(kwargs)), value), {"function": function, **dict(enumerate(args)),
                                                                         **kwargs}
        case _:
            return None


# --- what holds several -------------------------------------------------------------------------------------------
def joined(lo: Lowering, a: Part, b: Part) -> Part:
    """The structure that covers both."""
    if a == b:
        return a
    a, b = _unwrapped(a), _unwrapped(b)
    if _is_maybe(a) or _is_maybe(b) or _NONE in (a, b):
        inner = [_value_part(p) for p in (a, b)]
        some = [p for p in inner if p != _NONE]
        return Row(Maybe, ((GIVEN, None), (VALUE, joined(lo, *some) if len(some) == 2 else (some or [_NONE])[0])))
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Row) and isinstance(one.cls, Kind) and one.cls.name == "object" and (
                one.cls.example.row == other):
            return one  # an object of a list that was held as it is, before it turned out to be changed
    if isinstance(a, Row) and isinstance(b, Row) and alike(a, b):
        return Row(a.cls, tuple((k, joined(lo, x, y)) for (k, x), (_, y) in zip(a.parts, b.parts, strict=True)))
    if (_text(a) and _text(b)) or (_text(a) and b is None) or (_text(b) and a is None):
        return None
    if isinstance(a, Row) and isinstance(b, Row) and _is_list(a) and _is_list(b):
        return _joined_lists(lo, a, b)
    if _may_be_picked(a) and _may_be_picked(b):
        return _one_of(lo, [*alternatives(a), *alternatives(b)])
    lo.fail("AD128", None, "the items of a list differ in structure: tuples of other lengths, other keys, or a part "
            "that is a number in one and none in another", "give all items of a list one structure")


def _is_list(part: Row) -> bool:
    return isinstance(part.cls, Kind) and part.cls.name == "list"


def _joined_lists(lo: Lowering, a: Row, b: Row) -> Row:
    """Lists in a list hold structures of one kind: ask for that where they do not yet."""
    row = as_row(joined(lo, a.cls.key[0], b.cls.key[0]))
    for part in (a, b):
        if lo.list_sites.get(part.cls.example) != row:
            raise NeedList(part.cls.example, row)
    return Row(Kind("list", (row,), b.cls.example), tuple((path, None) for path in leaf_paths(row)))


def _unwrapped(part: Part) -> Part:
    """A structure that has only been given a run-time list as `as_row` does."""
    if isinstance(part, Row) and part.cls is OneOf and len(part.parts) == 2:
        return part.parts[1][1]
    return part


def _is_maybe(part: Part) -> bool:
    return isinstance(part, Row) and part.cls is Maybe


def _value_part(part: Part) -> Part:
    return dict(part.parts)[VALUE] if isinstance(part, Row) and part.cls is Maybe else part


def _text(part: Part) -> bool:
    return isinstance(part, Fixed) and isinstance(part.value, ir.Const) and isinstance(part.value.value, str)


def alike(a: Part, b: Part) -> bool:
    """Whether two structures are of one class, with the same parts."""
    if isinstance(a, Row) and isinstance(b, Row):
        return a.cls == b.cls and a.cls is not OneOf and [k for k, _ in a.parts] == [k for k, _ in b.parts]
    return isinstance(a, Fixed) and a == b


def _may_be_picked(part: Part) -> bool:
    if isinstance(part, Fixed):
        return can_be_picked([part.value])
    return is_object(part) or (isinstance(part, Row) and (part.cls is OneOf or (
        isinstance(part.cls, Kind) and part.cls.name != "list")))


def alternatives(part: Part) -> list[Part]:
    return [p for _, p in part.parts[1:]] if isinstance(part, Row) and part.cls is OneOf else [part]


def _one_of(lo: Lowering, found: Sequence[Part]) -> Row:
    """Items of several kinds, each kind once."""
    kinds: list[Part] = []
    for part in found:
        for k, other in enumerate(kinds):
            if part == other or alike(part, other):
                kinds[k] = joined(lo, other, part)
                break
        else:
            kinds.append(part)
    return Row(OneOf, ((WHICH, None), *enumerate(kinds)))


def as_row(part: Part) -> Row:
    """A structure that has a run-time list, which tells how many items there are."""
    part = _unwrapped(part)
    if isinstance(part, Row) and any(True for _ in leaf_paths(part)):
        return part
    return Row(Maybe, ((GIVEN, None), (VALUE, part))) if part == _NONE else Row(OneOf, ((WHICH, None), (0, part)))


def current(lo: Lowering, part: Any) -> Any:
    """A structure that an earlier reading has found, with the classes of this one: those defined in the program."""
    if not lo.local_classes or not isinstance(part, Row):
        return part
    cls = part.cls
    if isinstance(cls, Kind):
        cls = Kind(cls.name, tuple(current(lo, k) for k in cls.key), cls.example)
    else:
        cls = lo.local_classes.get(cls.__dict__.get("__ad_place__"), cls)
    return Row(cls, tuple((k, current(lo, p)) for k, p in part.parts))


def kind_of(lo: Lowering, values: Sequence[Value]) -> Row | Type | None:
    """What a run-time list of these values must know: their structure, or their type."""
    if any(map(is_structured, values)):
        if any(isinstance(v, RowsV) for v in values):
            joined_lists(lo, [Seen(None, v) for v in values])
        found = structure(lo, values[0])
        for v in values[1:]:
            found = joined(lo, found, structure(lo, v))
        return as_row(found)
    item = lo.type_of(values[0]) if values else None
    return Num(item.dtype, item.weak) if isinstance(item, Num) else item


def leaf_paths(row: Row) -> Iterator[tuple[Any, ...]]:
    """The ways to the parts that have a run-time list."""
    for key, part in row.parts:
        if isinstance(part, Row):
            yield from ((key, *rest) for rest in leaf_paths(part))
        elif part is None:
            yield (key,)


__all__ = ["GIVEN", "VALUE", "WHICH", "Kind", "Maybe", "OneOf", "Part", "alike", "alternatives", "as_row", "current",
           "holds_objects", "is_object", "is_structured", "joined", "kind_of", "leaf_paths", "listed_once", "opened",
           "structure"]
