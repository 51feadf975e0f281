"""Lists of tuples, dicts and objects whose length is known at run time only: a run-time list for each part of them.

An item is taken out as a structure of the parts at its place. As long as no object is changed while it is in the list,
that is all. Once the program changes one (`p.x += 1` in `for p in particles`), the function is read again with the
objects of that list held by their numbers (`RowV`), so that what is written through one name is seen through all.
"""
from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from ...analysis.infer import type_of
from ...errors import UnsupportedError
from ...ir import nodes as ir
from ...ir.types import BOOL, INT, Array, ListOf
from ..lowering import Lowering
from ..values import (
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
from .pools import pool_class, pool_instead
from .row_items import NOTHING, built, leaves, placeholder
from .row_parts import VALUE, Maybe, as_row, current, joined, leaf_paths, listed_once, opened, structure
from .runtime_lists import NeedList, NeedSplit, item_type, learn, runtime_list, splittable

POINTED = "<pointed>"  # with a site: the objects of that list are held by their numbers


def rows_list(lo: Lowering, items: Sequence[Value], site: Any, hint: str | None) -> RowsV:
    """A list of structures, as its columns. Raises NeedList where `site` is not known to hold these."""
    row: Row = current(lo, lo.list_sites[site])
    for item in items:
        fit(lo, row, item, site)
    held = [leaves(lo, row, item) for item in items]
    columns = {path: runtime_list(lo, [_there(lo, item[path], lo.list_sites.get((site, path))) for item in held],
                                  (site, path), name(hint, path)) for path in leaf_paths(row)}
    rows = RowsV(columns, row, site)
    if pointed(lo, rows):
        lo.row_lists[site] = rows if site not in lo.row_lists and lo.depth == 0 else None
    for k, item in enumerate(items):
        _hold(lo, rows, item, ir.Const(k))
    return rows


def _there(lo: Lowering, value: Value, t: Any) -> Value:
    """A part of an item, or what stands for one that the item does not have."""
    return placeholder(lo, t) if value is NOTHING else value


def name(hint: str | None, path: tuple[Any, ...]) -> str:
    """A name for a column."""
    parts = [str(k) for k in path if isinstance(k, int) or (isinstance(k, str) and k.isidentifier())]
    return "_".join([hint or "items", *parts])


def fit(lo: Lowering, row: Row, item: Value, site: Any) -> None:
    """Hold a new item to the structure of a list."""
    own = structure(lo, item)
    try:
        wanted = as_row(joined(lo, row, own))
    except UnsupportedError:
        if (place := splittable(lo, site)) is None:
            raise
        raise NeedSplit(place) from None
    if wanted != row:
        raise NeedList(site, wanted)


def pointed(lo: Lowering, rows: RowsV) -> bool:
    """Whether the objects of a list are held by their numbers."""
    return (rows.site, POINTED) in lo.list_sites


def point(lo: Lowering, site: Any) -> None:
    """An object of the list at `site` is changed: read again with its objects held by their numbers."""
    if (site, POINTED) not in lo.list_sites:
        raise NeedList((site, POINTED), None)


def _hold(lo: Lowering, rows: RowsV, item: Value, index: ir.Operand, path: tuple[Any, ...] = ()) -> None:
    """A list holds an item from now on: the objects in it, at any depth, are the list's."""
    match item:
        case HeapV(cls) if cls is not list:
            _hold_object(lo, rows, item, index, path)
        case RowV():
            if not listed_once(lo, item):
                pool_instead(lo, item)
                lo.fail("AD134", None, "an object of one list is put into another one, and changed",
                        "change it before, or put a new object into the list")
        case OptionalV(_, inner):
            _hold(lo, rows, inner, index, (*path, VALUE))
        case PickedV(_, items):
            for inner in items:
                _hold(lo, rows, inner, index, (*path, None))
        case TupleV() | FunctionV() | MethodV() | PartialV():
            for key, inner in (opened(lo, item) or (None, {}))[1].items():
                _hold(lo, rows, inner, index, (*path, key))


def _hold_object(lo: Lowering, rows: RowsV, item: HeapV, index: ir.Operand, path: tuple[Any, ...]) -> None:
    """An object is held as it is, or, where objects are held by their numbers, by the number of its item."""
    if item.moved is not None and pointed(lo, rows):
        pool_instead(lo, item)
        lo.fail("AD134", None, "an object is put into a list twice, and changed",
                "make an object for each place where it is put into the list")
    if pointed(lo, rows) and item.rows is not None and item.rows != rows.site:
        point(lo, item.rows)
    held, item.frozen, item.rows = item.frozen and item.rows is None, True, rows.site
    if pointed(lo, rows) and None not in path:
        regions = lo.journal.regions
        if held or (regions and not regions[-1].made(item.frame)):
            pool_instead(lo, item)
            lo.fail("AD134", None, "an object made before a branch or loop is put into a list inside it, and changed",
                    "make the object where it is put into the list")
        item.moved = RowV(rows, index, path)
    for key, inner in item.slots.items():
        _hold(lo, rows, inner, index, (*path, key))


def append_row(lo: Lowering, rows: RowsV, item: Value) -> None:
    fit(lo, rows.row, item, rows.site)
    place = lo.call(len, (rows.first,), type_=INT, text="len", hint="place") if pointed(lo, rows) else ir.Const(0)
    held = leaves(lo, rows.row, item)
    for path, column in rows.columns.items():
        push(lo, column, held[path])
    _hold(lo, rows, item, place)


def push(lo: Lowering, column: ir.Var, value: Value) -> None:
    """Append to a run-time list."""
    from .runtime_lists import as_one

    assert isinstance(column.type, ListOf)
    if value is NOTHING:
        nothing = placeholder(lo, column.type.item)
        if isinstance(column.type.item, Array):
            learn(lo, column, type_of(nothing))
        lo.emit(ir.Push(column, nothing, lo.origin))
        return
    operand = as_one(lo, value)
    learn(lo, column, type_of(operand))
    lo.emit(ir.Push(column, operand, lo.origin))


def pop_row(lo: Lowering, rows: RowsV, node: ast.AST) -> Value:
    """The last item, which leaves the list."""
    _must_stay(lo, rows, node)
    found: dict[tuple[Any, ...], Value] = {}
    for path, column in rows.columns.items():
        assert isinstance(column.type, ListOf)
        found[path] = target = ir.Var(column.hint, item_type(lo, column.type.item, node, column.type.site))
        lo.emit(ir.Pop(target, column, lo.origin))
    return built(lo, rows.row, found.__getitem__, None)


def _must_stay(lo: Lowering, rows: RowsV, node: ast.AST) -> None:
    if pointed(lo, rows):
        pool_class(lo, rows.row.cls)
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
    held = pointed(lo, rows)
    if held:
        place = _from_start(lo, rows, place, node)

    def link(path: tuple[Any, ...]) -> Value:
        return RowV(rows, place, path)

    def leaf(path: tuple[Any, ...]) -> Value:
        column = rows.columns[path]
        assert isinstance(column.type, ListOf)
        if column.type.item is None and VALUE in path:
            return NOTHING
        return load_item(lo, column, place, node, column.hint)

    return built(lo, rows.row, leaf, rows.site, link=link if held else None)


def _range(lo: Lowering, rows: RowsV, index: ir.Pack, node: ast.AST) -> Value:
    """The numbers that a slice of a list means."""
    from .items import load_item

    count = lo.call(len, (rows.first,), type_=INT, text="len")
    return load_item(lo, RangeV(ir.Const(0), count, ir.Const(1)), index, node, None)


def _from_start(lo: Lowering, rows: RowsV, place: ir.Operand, node: ast.AST) -> ir.Operand:
    """A number counted from the start, as the list may grow while the object is used."""
    from .comparisons import compare
    from .conditions import choose
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
    _must_stay(lo, rows, node)
    fit(lo, rows.row, value, rows.site)
    place = lo.operand(index, node)
    parts = leaves(lo, rows.row, value)
    for path, column in rows.columns.items():
        assert isinstance(column.type, ListOf)
        store(lo, column, place, _there(lo, parts[path], column.type.item), node)
    _hold(lo, rows, value, ir.Const(0))


def as_array(lo: Lowering, value: Value) -> Value:
    """A list of tuples of numbers where a function takes an array; a list of what may be None, where nothing is."""
    if isinstance(value, RowsV) and value.row.cls is Maybe and len(value.columns) == 2:
        given, values = value.columns.values()
        every = lo.call(all, (given,), text="all", type_=BOOL)
        lo.emit(ir.Raise(ir.Const("a value that is None here is used as a number"), every, lo.origin))
        return values
    if not isinstance(value, RowsV) or value.row.cls is not tuple or any(
            part is not None for _, part in value.row.parts):
        return value
    columns = ir.Pack("list", tuple(lo.call(np.array, (c,), text="np.array") for c in value.columns.values()))
    arrays = lo.call(np.array, (columns,), text="np.array", hint="columns")
    assert isinstance(arrays.type, Array)
    axes = ir.Const((1, 0, *range(2, arrays.type.ndim)))
    return lo.call(np.transpose, (arrays, axes), text="np.transpose")
