"""Lists of tuples, dicts and objects whose length is known at run time only: a run-time list for each part of them.

An item is taken out as a structure of the parts at its place. As long as no object is changed while it is in the list,
that is all. Once the program changes one (`p.x += 1` in `for p in particles`), the function is read again with the
objects of that list held by their numbers (`RowV`), so that what is written through one name is seen through all.
"""
from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import numpy as np

from ...analysis.infer import type_of
from ...ir import nodes as ir
from ...ir.types import INT, Array, ListOf, Num, Type
from ..lowering import Lowering
from ..values import (
    ExternalV,
    Fixed,
    FunctionV,
    HeapV,
    IterV,
    MethodV,
    OptionalV,
    PartialV,
    PickedV,
    RangeV,
    Row,
    RowsV,
    RowV,
    TupleV,
    Value,
)
from .runtime_lists import NeedList, learn, runtime_list

POINTED = "<pointed>"  # with a site: the objects of that list are held by their numbers


# --- structures ---------------------------------------------------------------------------------------------------
def is_structured(value: Value) -> bool:
    """Whether a value in a run-time list is taken apart there."""
    return (isinstance(value, (TupleV, RowV)) or (isinstance(value, HeapV) and value.cls is not list)) and not (
        isinstance(value, TupleV) and value.cls is list)


def structure(lo: Lowering, value: Value) -> Row | Fixed | None:
    """The structure of an item; None for what is one run-time value."""
    match value:
        case RowV():
            return value.row
        case TupleV(items, cls) if cls is not list:
            return Row(cls, tuple((k, structure(lo, v)) for k, v in enumerate(items)))
        case HeapV(cls) if cls is not list:
            return Row(cls, tuple((k, structure(lo, v)) for k, v in value.slots.items()))
        case FunctionV() | MethodV() | PartialV() | ExternalV() | PickedV():
            return Fixed(value)
        case ir.Const(c) if not isinstance(c, (bool, int, float, complex, np.generic)):
            return Fixed(value)
        case OptionalV():
            lo.fail("AD128", None, "an item of this list has a part that is None on some paths only",
                    "give it a number that says it is not there")
        case _:
            return None


def joined(lo: Lowering, a: Row | Fixed | None, b: Row | Fixed | None) -> Row | Fixed | None:
    """The structure that covers both."""
    if isinstance(a, Row) and isinstance(b, Row) and a.cls is b.cls and [k for k, _ in a.parts] == [
            k for k, _ in b.parts]:
        return Row(a.cls, tuple((k, joined(lo, x, y)) for (k, x), (_, y) in zip(a.parts, b.parts, strict=True)))
    if isinstance(a, Fixed) and isinstance(b, Fixed) and a == b:
        return a
    if a is None and b is None:
        return None
    lo.fail("AD128", None, "the items of a list differ in structure: tuples of other lengths, other keys, or a part "
            "that is a number in one and none in another", "give all items of a list one structure")


def kind_of(lo: Lowering, values: Sequence[Value]) -> Row | Type | None:
    """What a run-time list of these values must know: their structure, or their type."""
    if any(map(is_structured, values)):
        found = structure(lo, values[0])
        for v in values[1:]:
            found = joined(lo, found, structure(lo, v))
        return cast(Row, found)  # what is structured has a row
    item = lo.type_of(values[0]) if values else None
    return Num(item.dtype, item.weak) if isinstance(item, Num) else item


def leaf_paths(row: Row) -> Iterator[tuple[Any, ...]]:
    """The ways to the parts that have a run-time list."""
    for key, part in row.parts:
        if isinstance(part, Row):
            yield from ((key, *rest) for rest in leaf_paths(part))
        elif part is None:
            yield (key,)


def built(lo: Lowering, row: Row, leaf: Callable[[tuple[Any, ...]], Value], rows: Any,
          path: tuple[Any, ...] = ()) -> Value:
    """An item made of its parts. An object is `rows`'s: to change it is to change what the list holds."""
    from .joining import new_heap_frame

    parts = {key: built(lo, part, leaf, rows, (*path, key)) if isinstance(part, Row)
             else part.value if isinstance(part, Fixed) else leaf((*path, key)) for key, part in row.parts}
    if issubclass(row.cls, tuple):
        return TupleV(list(parts.values()), row.cls)
    heap = HeapV(row.cls, new_heap_frame(lo, row.cls.__name__.lower()), frozen=rows is not None, rows=rows)
    heap.slots.update(parts)
    return heap


def part_of(lo: Lowering, value: Value, path: tuple[Any, ...]) -> Value:
    """A part of an item."""
    for depth, key in enumerate(path):
        if isinstance(value, RowV):
            from .row_objects import load

            return load(lo, value, path[depth:])
        value = value.items[key] if isinstance(value, TupleV) else value.slots[key]
    return value


# --- lists --------------------------------------------------------------------------------------------------------
def rows_list(lo: Lowering, items: Sequence[Value], site: Any, hint: str | None) -> RowsV:
    """A list of structures, as its columns. Raises NeedList where `site` is not known to hold these."""
    row: Row = lo.list_sites[site]
    for item in items:
        fit(lo, row, item, site)
    columns = {path: runtime_list(lo, [part_of(lo, item, path) for item in items], (site, path), name(hint, path))
               for path in leaf_paths(row)}
    if not columns:
        lo.fail("AD128", None, "a list of structures without a number in them grows at run time")
    rows = RowsV(columns, row, site)
    for k, item in enumerate(items):
        _hold(lo, rows, item, ir.Const(k))
    return rows


def name(hint: str | None, path: tuple[Any, ...]) -> str:
    """A name for a column."""
    parts = [str(k) for k in path if str(k).isidentifier() or isinstance(k, int)]
    return "_".join([hint or "items", *parts])


def fit(lo: Lowering, row: Row, item: Value, site: Any) -> None:
    """Hold a new item to the structure of a list."""
    wanted = joined(lo, row, structure(lo, item))
    if wanted != row:
        raise NeedList(site, wanted)


def pointed(lo: Lowering, rows: RowsV) -> bool:
    """Whether the objects of a list are held by their numbers."""
    return (rows.site, POINTED) in lo.list_sites


def point(lo: Lowering, site: Any) -> None:
    """An object of the list at `site` is changed: read again with its objects held by their numbers."""
    if (site, POINTED) not in lo.list_sites:
        raise NeedList((site, POINTED), None)


def _hold(lo: Lowering, rows: RowsV, item: Value, index: ir.Operand) -> None:
    """A list holds an object from now on."""
    if not isinstance(item, HeapV):
        if isinstance(item, RowV) and pointed(lo, rows):
            lo.fail("AD134", None, "an object of one list is put into another one, and changed there",
                    "change it before, or put a new object into the list")
        return
    if not pointed(lo, rows):
        item.frozen, item.rows = True, rows.site
        return
    regions = lo.journal.regions
    if regions and not regions[-1].made(item.frame):
        lo.fail("AD134", None, "an object made before a branch or loop is put into a list inside it, and changed",
                "make the object where it is put into the list")
    item.moved = RowV(rows, index)


def append_row(lo: Lowering, rows: RowsV, item: Value) -> None:
    fit(lo, rows.row, item, rows.site)
    place = lo.call(len, (rows.first,), type_=INT, text="len", hint="place") if pointed(lo, rows) else ir.Const(0)
    for path, column in rows.columns.items():
        push(lo, column, part_of(lo, item, path))
    _hold(lo, rows, item, place)


def push(lo: Lowering, column: ir.Var, value: Value) -> None:
    """Append to a run-time list."""
    from .runtime_lists import as_one

    operand = as_one(lo, value)
    learn(lo, column, type_of(operand))
    lo.emit(ir.Push(column, operand, lo.origin))


def pop_row(lo: Lowering, rows: RowsV, node: ast.AST) -> Value:
    """The last item, which leaves the list."""
    _must_stay(lo, rows, node)
    found: dict[tuple[Any, ...], Value] = {}
    for path, column in rows.columns.items():
        assert isinstance(column.type, ListOf)
        if column.type.item is None:
            raise NeedList(column.type.site, None)
        found[path] = target = ir.Var(column.hint, column.type.item)
        lo.emit(ir.Pop(target, column, lo.origin))
    return built(lo, rows.row, found.__getitem__, None)


def _must_stay(lo: Lowering, rows: RowsV, node: ast.AST) -> None:
    if pointed(lo, rows):
        lo.fail("AD134", node, "a list of objects which are changed while they are in it loses or moves items",
                "put new objects into the list instead of changing those in it")


def load_row(lo: Lowering, rows: RowsV, index: Value, node: ast.AST) -> Value:
    """`rows[index]`"""
    from .items import load_item

    if isinstance(index, ir.Pack):
        if pointed(lo, rows):
            return IterV("part", [rows, _range(lo, rows, index, node)])
        return RowsV({path: load_item(lo, c, index, node, c.hint) for path, c in rows.columns.items()},
                     rows.row, rows.site)
    place = lo.operand(index, node)
    if isinstance(place, ir.Pack) or isinstance(lo.type_of(place), Array):
        lo.fail("AD128", node, "a list is indexed with something that is no number")
    if pointed(lo, rows) and not issubclass(rows.row.cls, tuple):
        return RowV(rows, _from_start(lo, rows, place, node))
    if not rows.columns:
        lo.fail("AD128", node, "the list is empty here")
    return built(lo, rows.row, lambda path: load_item(lo, rows.columns[path], place, node, rows.columns[path].hint),
                 rows.site)


def _range(lo: Lowering, rows: RowsV, index: ir.Pack, node: ast.AST) -> Value:
    """The numbers that a slice of a list means."""
    from .items import load_item

    count = lo.call(len, (rows.first,), type_=INT, text="len")
    return load_item(lo, RangeV(ir.Const(0), count, ir.Const(1)), index, node, None)


def _from_start(lo: Lowering, rows: RowsV, place: ir.Operand, node: ast.AST) -> ir.Operand:
    """A number counted from the start, as the list may grow while the object is used."""
    from .conditions import choose, compare
    from .expressions import binary

    def counted() -> ir.Operand:
        length = lo.call(len, (rows.first,), type_=INT, text="len")
        return cast(ir.Operand, binary(lo, ast.Add(), length, place, node, None))  # numbers make a number

    if isinstance(place, ir.Const):
        return counted() if place.value < 0 else place
    if lo.counts(place):
        return place
    negative = compare(lo, ast.Lt(), place, ir.Const(0), node, None)
    return cast(ir.Operand, choose(lo, negative, counted, lambda: place, "place", node))


def store_row(lo: Lowering, rows: RowsV, index: Value, value: Value, node: ast.AST) -> None:
    """`rows[index] = value`"""
    from .lists import store

    if isinstance(index, ir.Pack):
        lo.fail("AD128", node, "a slice of a list of structures is assigned", "assign its items one by one")
    if not issubclass(rows.row.cls, tuple):
        _must_stay(lo, rows, node)
    fit(lo, rows.row, value, rows.site)
    place = lo.operand(index, node)
    parts = {path: part_of(lo, value, path) for path in rows.columns}
    for path, column in rows.columns.items():
        store(lo, column, place, parts[path], node)
    _hold(lo, rows, value, ir.Const(0))


def as_array(lo: Lowering, value: Value) -> Value:
    """A list of tuples of numbers where a function takes an array."""
    if not isinstance(value, RowsV) or value.row.cls is not tuple or any(
            isinstance(p, (Row, Fixed)) for _, p in value.row.parts):
        return value
    columns = ir.Pack("list", tuple(lo.call(np.array, (c,), text="np.array") for c in value.columns.values()))
    arrays = lo.call(np.array, (columns,), text="np.array", hint="columns")
    assert isinstance(arrays.type, Array)
    axes = ir.Const((1, 0, *range(2, arrays.type.ndim)))
    return lo.call(np.transpose, (arrays, axes), text="np.transpose")
