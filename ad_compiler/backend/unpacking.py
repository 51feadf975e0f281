"""Tuples that are taken apart where they are made.

    t = np.linalg.eigh(a)
    w = t[0]
    v = t[1]                ==>     w, v = np.linalg.eigh(a)
"""
from __future__ import annotations

from ..ir import nodes as ir
from ..ir import prims
from ..ir.types import Seq
from .nesting import Uses

LONGEST = 12


def taken_apart(stmts: list[ir.Stmt], i: int, uses: Uses) -> list[ir.Assign]:
    """The statements behind `stmts[i]` that take its tuple apart, if nothing else reads that; none if it is read
    elsewhere, or for one part only (unless it must stand alone)."""
    stmt = stmts[i]
    if not (type(stmt) is ir.Assign and type(stmt.value) is ir.Call and stmt.value.style == "call"):
        return []
    whole = stmt.target
    if not isinstance(whole.type, Seq) or len(whole.type.items) > LONGEST or uses.assignments.get(whole) != 1:
        return []
    found: list[ir.Assign] = []
    for after in stmts[i + 1:]:
        if not (type(after) is ir.Assign and type(after.value) is ir.Call and after.value.function is prims.item
                and after.value.args[0] is whole and isinstance(after.value.args[1], ir.Const)):
            break
        found.append(after)
    places = {_place(part) for part in found}
    fewest = 0 if getattr(stmt.value.function, "own_memory", False) else 1
    if not uses.reads.get(whole, 0) == len(found) == len(places) > fewest:
        return []
    return found if all(type(p) is int and p >= 0 for p in places) else []


def targets(whole: ir.Var, parts: list[ir.Assign]) -> list[ir.Var | None]:
    """What each item of the tuple is assigned to; None where nothing reads it."""
    assert isinstance(whole.type, Seq)
    by_place = {_place(part): part.target for part in parts}
    return [by_place.get(k) for k in range(len(whole.type.items))]


def _place(part: ir.Assign) -> object:
    assert isinstance(part.value, ir.Call)
    index = part.value.args[1]
    return index.value if isinstance(index, ir.Const) else None


__all__ = ["taken_apart", "targets"]
