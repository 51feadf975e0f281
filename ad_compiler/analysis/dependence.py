"""Which variables depend on others, by any way: values, conditions, memory."""
from __future__ import annotations

from collections.abc import Iterable

from ..ir import nodes as ir
from ..ir import visit
from .alias import Aliases


def depending(block: ir.Block, on: Iterable[ir.Var]) -> set[ir.Var]:
    """Variables of a block whose values may depend on those of `on`; one whose memory does counts as a whole."""
    found = set(on)
    aliases = Aliases(ir.Function("", tuple(found), (), block))
    defined = {v for s in visit.walk(block) for v in visit.defines(s)}
    while True:
        before = len(found)
        for stmt in visit.walk(block):
            if found.isdisjoint(_reads(stmt)):
                continue
            found.update(visit.defines(stmt))
            found.update(v for b in visit.blocks(stmt) for s in visit.walk(b) for v in visit.defines(s))
            for base in _written(stmt):
                found.add(base)
                found.update(v for v in defined if aliases.same_class(v, base))
        if len(found) == before:
            return found


def _reads(stmt: ir.Stmt) -> list[ir.Var]:
    return [*visit.reads(stmt), *(v for b in visit.blocks(stmt) for s in visit.walk(b) for v in visit.reads(s))]


def _written(stmt: ir.Stmt) -> list[ir.Var]:
    """What a statement, and those inside it, write to."""
    inner = [stmt, *(s for b in visit.blocks(stmt) for s in visit.walk(b))]
    return [*(s.base for s in inner if isinstance(s, (ir.Store, ir.SetSlot))),
            *(s.stack for s in inner if isinstance(s, (ir.Push, ir.Pop)))]
