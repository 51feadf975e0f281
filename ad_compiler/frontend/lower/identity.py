"""`a is b` of objects and functions, which exist while compiling: whether they are one may be known at run time only.

    for a in bodies:
        for b in bodies:
            if a is not b:      # the numbers of the two in the list are compared
                a.force += pull(a, b)
"""
from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir.types import BOOL
from ..lowering import Lowering
from ..values import FunctionV, HeapV, OptionalV, PickedV, RowsV, RowV, TupleV, Value, same, where_it_is
from .optional import compared_optional
from .pools import pool_instead

OBJECTS = (HeapV, RowV, FunctionV, PickedV)
_MADE = (*OBJECTS, TupleV)


def identical(lo: Lowering, left: Value, right: Value, node: ast.AST | None) -> ir.Operand:
    """Whether two values, of which one is an object or a function, are the same one."""
    left, right = where_it_is(left), where_it_is(right)
    if left is right:
        return ir.Const(True)
    if isinstance(left, OptionalV) or isinstance(right, OptionalV):
        return compared_optional(lo, left, right, lambda a, b: identical(lo, a, b, node))
    if _apart(left, right):
        return ir.Const(False)
    for value in (left, right):
        _by_number(lo, value)
    if isinstance(left, RowV) and isinstance(right, RowV) and same(left.rows, right.rows):
        if left.path != right.path:  # what is put into a list of objects held by their numbers is put there once
            return ir.Const(False)
        out: Any = lo.call(np.equal, (left.index, right.index), style="op", type_=BOOL)
        return out
    if isinstance(left, RowV) and isinstance(right, RowV) and _home(lo, left) and _home(lo, right):
        return ir.Const(False)
    pool_instead(lo, left, right)
    lo.fail("AD134", node, "whether these are one object, function or tuple is not known when compiling",
            "compare numbers that tell them apart")


def of_objects(container: Value, items: Sequence[Value]) -> bool:
    """Whether a list or tuple is one of objects, or is searched for one."""
    held = container.items if isinstance(container, TupleV) else ()
    if isinstance(container, HeapV) and container.cls is list:
        held = container.slots.values()
    return isinstance(container, RowsV) or any(isinstance(v, OBJECTS) for v in (*held, *items))


def _apart(left: Any, right: Any) -> bool:
    """Whether two values are surely not one: of other classes, or made apart and nowhere but in their names."""
    if any(not isinstance(v, _MADE) for v in (left, right)):
        return True
    if TupleV in (type(left), type(right)):
        return type(left) is not type(right) or len(left.items) != len(right.items)
    if PickedV in (type(left), type(right)):
        return False
    if isinstance(left, FunctionV) and isinstance(right, FunctionV):
        return left.node is not right.node
    if isinstance(left, FunctionV) or isinstance(right, FunctionV):
        return True
    one, other = _class(left), _class(right)
    if isinstance(one, type) and isinstance(other, type) and one is not other:
        return True
    return all(isinstance(v, HeapV) and not v.frozen and v.rows is None for v in (left, right))


def _class(value: Any) -> Any:
    return value.cls if isinstance(value, HeapV) else value.row.cls


def _by_number(lo: Lowering, value: Value) -> None:
    """An object that a run-time list holds is told by its number there."""
    from .rows import point

    site = value.rows.site if isinstance(value, RowV) else value.rows if isinstance(value, HeapV) else None
    if site is not None:
        point(lo, site)


def _home(lo: Lowering, value: RowV) -> bool:
    """Whether the list of an object is made once, so that its number says which one it is."""
    from .row_parts import listed_once

    return listed_once(lo, value)
