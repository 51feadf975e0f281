"""Containers of the caller's taken apart before the first kernel: what is read of them goes to the front.

    saved = []                                    w = params["w"]
    w = params["w"]                               saved = []
    for i in range(n):               ==>          for i in range(n):
        ...                                           ...

A kernel takes numbers and arrays. Parameters that are dicts, lists, tuples or objects are read leaf by leaf by the
statements that begin the function, so that all behind them can be one kernel.
"""
from __future__ import annotations

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, Num
from ..support.records import fresh_lists

READS = (prims.item, prims.attribute)
COPIES = (list, fresh_lists)


def hoist_reads(fn: ir.Function) -> ir.Function:
    """The function with the reads of its containers first, as far as nothing before them may change what is read."""
    containers = {p for p in (*fn.params, *fn.keywords) if not isinstance(p.type, (Num, Array))}
    if not containers:
        return fn
    first: list[ir.Stmt] = []
    rest: list[ir.Stmt] = []
    changed = False
    for stmt in fn.body:
        if not changed and _reads_leaf(stmt, containers):
            first.append(stmt)
            assert isinstance(stmt, ir.Assign)
            if not isinstance(stmt.target.type, (Num, Array)):
                containers.add(stmt.target)
            continue
        rest.append(stmt)
        changed = changed or any(_may_change(s, containers) for s in (stmt, *_inside(stmt)))
    return fn.with_body(ir.Block([*first, *rest]))


def _reads_leaf(stmt: ir.Stmt, containers: set[ir.Var]) -> bool:
    """Whether a statement reads a container at a constant place, or copies a record."""
    if isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call) and stmt.value.function is fresh_lists:
        return stmt.value.args[0] in containers
    return (isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call) and stmt.value.function in READS
            and stmt.value.args[0] in containers and isinstance(stmt.value.args[1], ir.Const))


def _inside(stmt: ir.Stmt) -> list[ir.Stmt]:
    return [s for block in visit.blocks(stmt) for s in visit.walk(block)]


def _may_change(stmt: ir.Stmt, containers: set[ir.Var]) -> bool:
    """Whether a statement may write into a container, or leave the function."""
    if isinstance(stmt, (ir.Effect, ir.With, ir.Try, ir.Return, ir.Raise)):
        return True
    if isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call):
        return stmt.value.function not in (*READS, *COPIES, len) and not containers.isdisjoint(visit.reads(stmt))
    return isinstance(stmt, (ir.Store, ir.SetSlot, ir.Push, ir.Pop, ir.Copy)) and not containers.isdisjoint(
        visit.reads(stmt))
