"""Objects in a list of structures, held by their numbers: what is written to one is seen under all its names."""
from __future__ import annotations

import ast
from typing import Any

from ...ir.types import ListOf
from ..lowering import Lowering
from ..values import Fixed, HeapV, Row, RowV, Value
from .first_attributes import changed_after_reading
from .pools import is_pool, pool_instead
from .row_items import NOTHING, built, leaves, placeholder
from .row_parts import as_row, holds_objects, is_object, joined, structure
from .runtime_lists import NeedList


def load(lo: Lowering, obj: RowV, path: tuple[Any, ...], hint: str | None = None) -> Value:
    """A part of an object, as it is now."""
    full = (*obj.path, *path)
    part: Any = obj.rows.row
    for key in full:
        part = dict(part.parts)[key]
    if isinstance(part, Fixed):
        return part.value
    if is_object(part):
        return RowV(obj.rows, obj.index, full)

    def leaf(own: tuple[Any, ...]) -> Value:
        from .items import load_item

        return load_item(lo, obj.rows.columns[(*full, *own)], obj.index, None, hint)

    return built(lo, part, leaf, obj.rows.site, link=lambda own: RowV(obj.rows, obj.index, (*full, *own)))


def save(lo: Lowering, obj: RowV, key: Any, value: Value, node: ast.AST) -> None:
    """`obj.key = value`"""
    from .lists import store

    row = obj.row
    wanted = Row(row.cls, tuple((k, joined(lo, p, structure(lo, value)) if k == key else p) for k, p in row.parts))
    if key in dict(row.parts) and wanted != row and is_pool(obj.rows.site):
        raise NeedList(obj.rows.site, as_row(_with(obj.rows.row, obj.path, wanted)))
    if key not in dict(row.parts) or wanted != row:
        lo.fail("AD134", node, f"an object in a list gets the new attribute or key `{key}`, or another kind of value",
                "set it before the object is put into the list")
    if holds_objects(dict(row.parts)[key]):
        pool_instead(lo, value)
        lo.fail("AD134", node, f"an object in a list gets another object as its `{key}`, and is changed",
                "change the attributes of the object that it has")
    lo.written_rows.add(obj.rows.site)
    changed_after_reading(lo, obj, node)
    full = (*obj.path, key)
    for path, part in leaves(lo, dict(row.parts)[key], value).items():
        column = obj.rows.columns[(*full, *path)]
        assert isinstance(column.type, ListOf)
        store(lo, column, obj.index, placeholder(lo, column.type.item) if part is NOTHING else part, node)


def _with(row: Row, path: tuple[Any, ...], part: Row) -> Row:
    """A structure with another one at the end of a way."""
    if not path:
        return part
    return Row(row.cls, tuple((k, _with(p, path[1:], part) if k == path[0] and isinstance(p, Row) else p)
                              for k, p in row.parts))


def opened_row(lo: Lowering, obj: RowV) -> HeapV:
    """The object as it is now, as a structure that is only read."""
    heap = built(lo, obj.row, lambda path: load(lo, obj, path), obj.rows.site)
    assert isinstance(heap, HeapV)
    return heap
