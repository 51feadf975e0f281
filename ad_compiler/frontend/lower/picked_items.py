"""An item of a structure, by a number that is known at run time only: rows of a table of coefficients."""
from __future__ import annotations

import ast
from collections.abc import Sequence

from ...analysis.infer import type_of
from ...ir import nodes as ir
from ...ir import prims
from ...ir.types import Array, ListOf, Num, Passive, Type, join
from ..lowering import Lowering
from ..values import ExternalV, TupleV, Value, same
from .runtime_lists import OUTSIDE


def picked_item(lo: Lowering, base: TupleV, index: ir.Var, node: ast.AST, hint: str | None) -> Value | None:
    """`base[index]`; None where the items are of too many kinds."""
    items = [opened(lo, v) for v in base.items]
    found = _picked(lo, items, index, hint)
    if found is None and items and all(isinstance(v, TupleV) for v in items):
        return _of_other_length(lo, items, index, node, hint)
    return found


def opened(lo: Lowering, value: Value) -> Value:
    """A tuple or list from outside as one of the values in it, at any depth; anything else as it is."""
    from .names import external
    from .operands import last_name

    if isinstance(value, TupleV):
        return TupleV([opened(lo, v) for v in value.items], value.cls)
    if not isinstance(value, ExternalV) or not isinstance(value.value, (tuple, list)):
        return value
    return TupleV([opened(lo, external(lo, v, f"{value.path}[{i}]", f"{last_name(value.path)}_{i}"))
                   for i, v in enumerate(value.value)], type(value.value))


def _picked(lo: Lowering, items: Sequence[Value], index: ir.Var, hint: str | None) -> Value | None:
    """One of several numbers or arrays of one kind, of texts, or of tuples and lists of them."""
    from .operands import type_or_object

    if items and all(isinstance(v, TupleV) for v in items):
        rows = [v for v in items if isinstance(v, TupleV)]
        if len({(len(v.items), v.cls) for v in rows}) > 1:
            return None
        columns = zip(*(v.items for v in rows), strict=True)
        found = [_picked(lo, list(c), index, hint) for c in columns]
        return None if any(f is None for f in found) else TupleV(found, rows[0].cls)
    if not items:
        return None
    if not all(map(lo.is_number, items)):
        return _picked_constant(lo, items, index, hint)
    t = _plain(type_or_object(lo, items[0]))
    for v in items[1:]:
        other = _plain(type_or_object(lo, v))
        t = join(t, other) if isinstance(t, (Num, Array)) else t if t == other else None
    if t is None or (isinstance(t, Num) and any(type_or_object(lo, v).kind != t.kind for v in items)):
        return None
    return _item(lo, items, index, t, hint)


def _picked_constant(lo: Lowering, items: Sequence[Value], index: ir.Var, hint: str | None) -> Value | None:
    if all(same(items[0], v) for v in items[1:]):
        return items[0]
    if all(isinstance(v, ir.Const) and isinstance(v.value, str) for v in items):
        return _item(lo, items, index, Passive(str), hint)
    return None


def _item(lo: Lowering, items: Sequence[Value], index: ir.Var, t: Type, hint: str | None) -> ir.Var:
    return lo.call(prims.item, (ir.Pack("tuple", tuple(lo.operand(v) for v in items)), index), style="index",
                   type_=t, hint=hint)


def _plain(t: Type) -> Type:
    return Num(t.dtype, t.weak) if isinstance(t, Num) else t


def _of_other_length(lo: Lowering, rows: Sequence[Value], index: ir.Var, node: ast.AST, hint: str | None
                     ) -> Value | None:
    """A row of a table whose rows have lengths of their own: a list that is only read."""
    from .items import load_item

    lists = read_lists(lo, rows)
    if lists is None:
        return None
    table = lo.call(list, (ir.Pack("list", tuple(lists)),), style="display", type_=ListOf(lists[0].type, (OUTSIDE,)))
    return load_item(lo, table, index, node, hint)


def read_lists(lo: Lowering, rows: Sequence[Value]) -> list[ir.Var] | None:
    """Tuples and lists of numbers of one kind as run-time lists that the program cannot write to; None for others."""
    item: Type | None = None
    for row in rows:
        if not isinstance(row, TupleV) or row.cls not in (tuple, list) or not row.items or not all(
                map(lo.is_number, row.items)):
            return None
        for v in row.items:
            t = _plain(type_of(lo.operand(v)))
            item = t if item is None else join(item, t)
            if not isinstance(item, Num):
                return None
    t = ListOf(item, (OUTSIDE,))
    return [lo.call(list, (ir.Pack("list", tuple(lo.operand(v) for v in row.items)),), style="display", type_=t)
            for row in rows if isinstance(row, TupleV)]


__all__ = ["opened", "picked_item", "read_lists"]
