"""Sums into one element are kept in a register while a loop runs.

    for j in range(n):                            s = a[i]
        a[i] += x[j]                              for j in range(n):
                               ==>                    s = s + x[j]
                                                  a[i] = s

The additions are the same, in the same order. Where memory is written in each iteration, the next one has to wait for
it, and no loop becomes vector instructions.
"""
from __future__ import annotations

import numpy as np

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, Num
from .layout import Memory

_SIGNS = {"+": np.add, "-": np.subtract}


def accumulate(fn: ir.Function, contiguous: set[ir.Var] | frozenset[ir.Var]) -> ir.Function:
    """The function with such sums outside of memory."""
    found = _Sums(Memory(fn, contiguous))
    return ir.Function(fn.name, fn.params, fn.keywords, found.block(fn.body), fn.doc, fn.origin)


class _Sums:
    def __init__(self, aliases: Memory) -> None:
        self.aliases = aliases

    def block(self, block: ir.Block) -> ir.Block:
        out: list[ir.Stmt] = []
        for stmt in block:
            if visit.blocks(stmt):
                stmt = visit.map_stmt(stmt, lambda o: o, self.block)
            out += self.loop(stmt) if isinstance(stmt, ir.For) else [stmt]
        return ir.Block(out)

    def loop(self, loop: ir.For) -> list[ir.Stmt]:
        """The loop, and what stands before and behind it."""
        before: list[ir.Stmt] = []
        after: list[ir.Stmt] = []
        body = list(loop.body)
        inside = list(visit.walk(loop.body))
        defined = {v for s in (loop, *inside) for v in visit.defines(s)}
        for k, s in enumerate(body):
            if isinstance(s, ir.Store) and self.is_sum(s, inside, defined):
                assert isinstance(s.base.type, Array) and s.index is not None
                t = Num(s.base.type.dtype, weak=False)
                start, total, new = (ir.Var("total", t) for _ in range(3))
                before += [ir.Assign(start, ir.Call(prims.item, (s.base, s.index), (), "index"), s.origin),
                           ir.Copy((total,), (start,), s.origin)]
                body[k] = ir.Assign(new, ir.Call(_SIGNS[s.op], (total, s.value), (), "op"), s.origin)
                body.append(ir.Copy((total,), (new,), s.origin))
                after.append(ir.Store(s.base, s.index, "", total, s.origin))
        if not before:
            return [loop]
        made = visit.map_stmt(loop, lambda o: o, lambda _: ir.Block(body))
        return [*before, made, *after]

    def is_sum(self, store: ir.Store, inside: list[ir.Stmt], defined: set[ir.Var]) -> bool:
        """Whether a store adds to one element, always the same, of memory that nothing else in the loop touches."""
        t, value = store.base.type, store.value
        if store.op not in _SIGNS or store.index is None or not isinstance(t, Array) or not isinstance(value, ir.Var):
            return False
        if not isinstance(value.type, Num) or value.type.dtype != t.dtype or t.kind not in "fc" or any(
                isinstance(s, (ir.Break, ir.Try, ir.With, ir.Effect)) for s in inside):
            return False
        index = store.index
        parts = index.items if isinstance(index, ir.Pack) and index.kind == "tuple" else (index,)
        whole = len(parts) == t.ndim and all(
            isinstance(getattr(p, "type", None), Num) or (isinstance(p, ir.Const) and isinstance(p.value, int))
            for p in parts)
        if not whole or not defined.isdisjoint((store.base, *visit.variables(store.index))):
            return False
        others = {v for s in inside if s is not store for v in (*visit.reads(s), *visit.defines(s))}
        return not any(self.aliases.same_class(v, store.base) for v in others) and sum(
            s is store for s in inside) == 1
