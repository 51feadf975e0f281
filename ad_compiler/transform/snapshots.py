"""Copies of the arrays of a group (the results of `np.linalg.qr`), for adjoints that read them after a write.

    Q, R = qr(a)                      t = qr(a)
    R *= 2                            saved, saved_1 = t[0].copy(), t[1].copy()
                             ==>      Q, R = t
                                      R *= 2

What no adjoint reads of them is removed with the rest of the dead code.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, Seq

if TYPE_CHECKING:
    from .reverse import Reverse


def items_at(rev: Reverse, group: ir.Var, stmt: ir.Stmt) -> ir.Arg:
    """A group as it is at `stmt`: copies of its arrays, if the memory of one of them is written later."""
    assert isinstance(group.type, Seq), "a group of values"
    types = group.type.items
    if not any(isinstance(t, Array) for t in types) or not rev.later_writes.after(group, stmt):
        return group
    known = rev.copied_groups.setdefault(group, {})
    if stmt not in known:
        where = rev.inserted_after if group in visit.defines(stmt) else rev.inserted
        out = where.setdefault(stmt, [])
        known[stmt] = ir.Pack("tuple", tuple(_copied(group, place, out) for place in range(len(types))))
    return known[stmt]


def _copied(group: ir.Var, place: int, out: list[ir.Stmt]) -> ir.Var:
    assert isinstance(group.type, Seq), "a group of values"
    item = ir.Var("t", group.type.items[place])
    out.append(ir.Assign(item, ir.Call(prims.item, (group, ir.Const(place)), (), "index")))
    if not isinstance(item.type, Array):
        return item
    copy = ir.Var("saved", item.type)
    out.append(ir.Assign(copy, ir.Call(np.copy, (item,), (), "method", "copy")))
    return copy
