"""Arrays that a loop replaces by new ones: they get a place before the loop, and what replaces them is put there.

    d = d0.copy()                                 place = d0
    for k in range(n):                            for k in range(n):
        d = np.minimum(d, d[k] + c)     ==>           t = d[k] + c                (in memory that is free again after)
                                                      place[...] = min(place, t)

A variable that is a pointer would keep all arrays of all iterations alive. Elements may be copied in place of pointers
where nothing that still shows the array of before, or that it was made of, is read or written after the copy.
"""
from __future__ import annotations

from ..analysis.alias import Aliases
from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array


def replaced_in_loops(fn: ir.Function, outs: tuple[ir.Var, ...], aliases: Aliases, changing: set[ir.Var],
                      references: set[ir.Var]) -> set[ir.Var]:
    """The variables of arrays that may be kept at a place of their own; `references` are the lists that hold arrays
    and not their elements."""
    order = list(visit.walk(fn.body))
    wanted = {v for v in _carried(fn.body) if isinstance(v.type, Array) and v in changing and v not in fn.params}
    return {v for v in wanted if _is_its_own(v, fn, outs, aliases) and not _escapes(order, v)
            and _seen_in_time(order, v, aliases, changing | references, outs)}


def _is_its_own(var: ir.Var, fn: ir.Function, outs: tuple[ir.Var, ...], aliases: Aliases) -> bool:
    """Whether it matters to nobody outside that the array is another one than it would be."""
    if var in outs and any(v is not var and aliases.same_class(v, var) for v in outs):
        return False
    return not (var in outs or aliases.array_written(var)) or not any(aliases.same_class(var, p) for p in fn.params)


def _carried(block: ir.Block) -> set[ir.Var]:
    """The variables that a loop inside the block copies to and that are known outside of it."""
    found: set[ir.Var] = set()
    every = [s for s in visit.walk(block) if isinstance(s, (ir.For, ir.While))]
    total = _touches(list(visit.walk(block)))
    for loop in every:
        inside = [s for b in visit.blocks(loop) for s in visit.walk(b)]
        own = _touches(inside)
        found.update(v for s in inside if isinstance(s, ir.Copy) for v in s.targets if own[v] < total[v])
    return found


def _touches(stmts: list[ir.Stmt]) -> dict[ir.Var, int]:
    found: dict[ir.Var, int] = {}
    for s in stmts:
        for v in (*visit.reads(s), *visit.defines(s)):
            found[v] = found.get(v, 0) + 1
    return found


def _escapes(order: list[ir.Stmt], var: ir.Var) -> bool:
    """Whether the array gets another name that is not a view made by an operation, or lies in a list."""
    for s in order:
        match s:
            case ir.Copy(targets, sources):
                if any(b is var and a is not var for a, b in zip(targets, sources, strict=True)):
                    return True
                if var in targets and not isinstance(sources[targets.index(var)], ir.Var):
                    return True
            case ir.Assign(_, ir.Call() as call) if any(
                    isinstance(a, ir.Pack) and var in visit.variable_list(a) for a in call.args):
                return True
            case ir.Assign(_, ir.Var() | ir.Pack() as value) if var in visit.variable_list(value):
                return True
            case ir.Store(base, _, _, value) if value is var and not isinstance(base.type, Array):
                return True
            case _:
                pass
    return False


def _seen_in_time(order: list[ir.Stmt], var: ir.Var, aliases: Aliases, barred: set[ir.Var],
                  outs: tuple[ir.Var, ...]) -> bool:
    """Whether whatever may share the array's memory is read for the last time before another array takes its place."""
    copies = [k for k, s in enumerate(order) if isinstance(s, ir.Copy) and var in s.targets]
    made: dict[ir.Var, int] = {}
    last: dict[ir.Var, int] = {}
    for k, s in enumerate(order):
        for v in visit.defines(s):
            made[v] = k
        if k not in copies:
            last.update((v, k) for v in visit.reads(s))
    last.update((v, len(order)) for v in outs)
    for v in {*made, *last}:
        if v is var or not aliases.same_class(v, var):
            continue
        if v not in made:  # a parameter: nobody writes into it, and it is not this memory
            continue
        if v in barred:
            return False
        if any(made[v] < c < last.get(v, -1) for c in copies):
            return False
    return True
