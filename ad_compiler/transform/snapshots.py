"""Copies of what adjoints read after a write, where it is more than one array.

A group of arrays (the results of `np.linalg.qr`):

    Q, R = qr(a)                      t = qr(a)
    R *= 2                            saved, saved_1 = t[0].copy(), t[1].copy()
                             ==>      Q, R = t
                                      R *= 2

A list (of the places that `x[chosen]` reads):

    y = x[chosen]                     saved = list(chosen)
    chosen.append(3)         ==>      y = x[chosen]
                                      chosen.append(3)

What no adjoint reads of them is removed with the rest of the dead code.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, ListOf, Num, Seq

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


def list_at(rev: Reverse, var: ir.Var, stmt: ir.Stmt) -> ir.Var:
    """A run-time list as it is at `stmt`: a copy, if it is changed later."""
    if not rev.later_writes.list_after(var, stmt):
        return var
    known = rev.snapshots.setdefault(var, {})
    if stmt not in known:
        copy = known[stmt] = ir.Var(f"{var.hint}_saved", var.type)
        where = rev.inserted_after if var in visit.defines(stmt) else rev.inserted
        where.setdefault(stmt, []).append(ir.Assign(copy, _copy_of_list(rev, var, stmt)))
    return known[stmt]


def _copy_of_list(rev: Reverse, var: ir.Var, stmt: ir.Stmt) -> ir.Call:
    assert isinstance(var.type, ListOf), "a list"
    if not isinstance(var.type.item, Num):  # the lists in it may change as well
        rev.refuse(stmt, f"`{var.hint}`, a list of lists or arrays, is read here and changed later",
                   "make an array of it where it is read: `np.array(...)`")
    return ir.Call(list, (var,), (), "call", "list")


def _copied(group: ir.Var, place: int, out: list[ir.Stmt]) -> ir.Var:
    assert isinstance(group.type, Seq), "a group of values"
    item = ir.Var("t", group.type.items[place])
    out.append(ir.Assign(item, ir.Call(prims.item, (group, ir.Const(place)), (), "index")))
    if not isinstance(item.type, Array):
        return item
    copy = ir.Var("saved", item.type)
    out.append(ir.Assign(copy, ir.Call(np.copy, (item,), (), "method", "copy")))
    return copy
