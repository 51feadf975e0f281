"""Leave out what adjoint code writes into a part of an array that nobody reads after it.

    for t in reversed(range(1, n)):               for t in reversed(range(1, n)):
        g = y_bar[t]                                  g = y_bar[t]
        y_bar[t] = 0.0                   ==>          y_bar[t - 1] += g * keep
        y_bar[t - 1] += g * keep

What a statement overwrites has no cotangent any more, so its adjoint clears it. Often the loop only goes down from
there. Parts are compared as intervals over the loop counters (`analysis/regions.py`).
"""
from __future__ import annotations

from bisect import bisect_right

from ..analysis.purity import is_fresh, is_pure
from ..analysis.regions import Region
from ..analysis.scopes import shared_loops
from ..ir import nodes as ir
from ..ir import visit
from .dead_code import eliminate_dead_code
from .fill import Parts, is_ours


def drop_dead_stores(fn: ir.Function) -> ir.Function:
    """The function without stores that make no difference."""
    if not any(_sets_part(stmt) for stmt in visit.walk(fn.body)):
        return fn
    known = Parts(fn)
    dead = {stmt for stmt in visit.walk(fn.body) if _sets_part(stmt) and isinstance(stmt, ir.Store)
            and _is_dead(known, stmt)}
    if not dead:
        return fn
    return eliminate_dead_code(fn.with_body(visit.replaced(fn.body, lambda s: () if s in dead else None)))


def _sets_part(stmt: ir.Stmt) -> bool:
    return isinstance(stmt, ir.Store) and stmt.op == "" and stmt.index is not None and is_ours(stmt)


def _is_dead(known: Parts, store: ir.Store) -> bool:
    """Whether no statement reads the part of an array of ours that is set, before it is gone."""
    rep = known.aliases.find(store.base)
    region = known.later.regions.of_index(store.base, store.index)
    if rep in known.foreign or region is None or store not in known.later.order:
        return False
    place = known.later.order[store]
    touching = known.touching[rep]
    first = bisect_right(touching, place, key=known.later.order.__getitem__)  # who comes next is who reads it, if any
    return all(_does_not_read(known, other, rep, region, store) for other in (*touching[first:], *touching[:first]))


def _does_not_read(known: Parts, other: ir.Stmt, rep: ir.Var, region: Region, store: ir.Store) -> bool:
    if visit.blocks(other):
        return False
    later = known.later
    if isinstance(other, ir.Copy):  # it gives the array another name: before, once
        return later.order[other] < later.order[store] and not shared_loops(later.loops[other], later.loops[store])
    if isinstance(other, ir.Assign):
        if not _keeps_nothing(known, other):
            return False
    elif isinstance(other, ir.Store):
        if other.op == "" and not other.scatter and all(
                known.aliases.find(v) is not rep for v in visit.reads(other)[1:]):
            return True
    elif not isinstance(other, ir.Return):
        return False
    return all(part is not None and not later.read_follows(other, part, region, store, rep)
               for part in known.parts(other, rep))


def _keeps_nothing(known: Parts, stmt: ir.Assign) -> bool:
    """Whether a statement only looks at an array now, or gives a view of it a name that is known."""
    call = stmt.value
    if isinstance(call, ir.Var):
        return True
    if not isinstance(call, ir.Call) or not is_pure(call):
        return False
    return is_fresh(call) or stmt.target in known.aliases.derivation or call.style in ("dim", "index")


__all__ = ["drop_dead_stores"]
