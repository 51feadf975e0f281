"""Loops taken apart: which statements of a loop can run in a loop of their own, before the others."""
from __future__ import annotations

from collections.abc import Iterable

from ...analysis.infer import dim_of
from ...ir import nodes as ir
from ...ir import prims, visit
from ...ir.types import Num
from .facts import Facts, in_memory, written


def parts_of(loop: ir.For) -> list[list[ir.Stmt]]:
    """The statements of a loop in groups that share no numbers: loops and stores, each with what it reads."""
    body = list(loop.body)
    if not all(isinstance(s, (ir.Assign, ir.Store, ir.For, ir.Comment)) for s in body):
        return [body]
    heads = [s for s in body if isinstance(s, (ir.Store, ir.For))]
    group = {id(s): {k} for k, s in enumerate(heads)}
    readers: dict[ir.Var, set[int]] = {}
    for s in reversed(body):
        if isinstance(s, ir.Comment):
            continue
        own = group.get(id(s)) or readers.get(s.target, set()) if isinstance(s, ir.Assign) else group[id(s)]
        if len(own) > 1:
            return [body]
        group[id(s)] = own
        for v in _read(s):
            readers.setdefault(v, set()).update(own)
    return [[s for s in body if group.get(id(s)) == {k}] for k in range(len(heads))] or [body]


def _read(stmt: ir.Stmt) -> list[ir.Var]:
    return [v for s in visit.walk(ir.Block([stmt])) for v in visit.reads(s)]


def alone(loop: ir.For, part: list[ir.Stmt], fresh: bool) -> ir.For:
    """A loop that runs one part only, with a counter of its own."""
    if not fresh:
        return ir.For(loop.target, loop.start, loop.stop, loop.step, ir.Block(part), loop.origin)
    old = loop.target
    new = ir.Var(old.hint, Num(old.type.dtype, dim=dim_of(old)))

    def renamed(o: ir.Operand) -> ir.Operand:
        return new if o is old else o

    def block(b: Iterable[ir.Stmt]) -> ir.Block:
        return ir.Block([visit.map_stmt(s, renamed, block, lambda v: v) for s in b])

    return ir.For(new, loop.start, loop.stop, loop.step, block(part), loop.origin)


def apart(loop: ir.For, parts: list[list[ir.Stmt]], facts: Facts) -> bool:
    """Whether the parts can run one after the other: memory that one writes and another one touches is met at the
    loop's own counter only, always on the same axis, so by one iteration each."""
    inside = [list(visit.walk(ir.Block(part))) for part in parts]
    for one in {facts.memory.find(v) for stmts in inside for v in written(stmts)}:
        met = [k for k, stmts in enumerate(inside) if any(_touches(s, one, facts) for s in stmts)]
        if len(met) < 2:
            continue
        axes: set[int] | None = None
        for s in (s for stmts in inside for s in stmts if _touches(s, one, facts)):
            found = _axes(s, loop.target, one, facts)
            axes = found if axes is None else axes & found
        if not axes:
            return False
    return True


def _touches(stmt: ir.Stmt, one: ir.Var, facts: Facts) -> bool:
    return any(in_memory(v) and facts.memory.find(v) is one for v in (
        *visit.reads(stmt), *visit.defines(stmt)))


def _axes(stmt: ir.Stmt, counter: ir.Var, one: ir.Var, facts: Facts) -> set[int]:
    """The axes on which a statement indexes memory with the counter; none if it touches it in another way."""
    if isinstance(stmt, ir.Store):
        index, rest = stmt.index, [stmt.value]
    elif isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call) and stmt.value.function is prims.item:
        index, rest = stmt.value.args[1], [stmt.target]
    else:
        return set()
    if any(isinstance(v, ir.Var) and in_memory(v) and facts.memory.find(v) is one for v in rest):
        return set()
    items = index.items if isinstance(index, ir.Pack) and index.kind == "tuple" else (index,)
    return {k for k, i in enumerate(items) if i is counter}
