"""Sums into one element are kept in a register while a loop runs.

    for j in range(n):                            s = a[i]
        a[i] += x[j]                              for j in range(n):
                               ==>                    s = s + x[j]
                                                  a[i] = s

The additions are the same, in the same order. Where memory is written in each iteration, the next one has to wait for
it, and no loop becomes vector instructions. Where other statements of the loop add to the same array, perhaps to the
same element, the sum begins at zero and is added behind the loop; what is read of the array must be other elements.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, Num
from .layout import Memory

_SIGNS = {"+": np.add, "-": np.subtract}


def accumulate(fn: ir.Function, contiguous: set[ir.Var] | frozenset[ir.Var]) -> ir.Function:
    """The function with such sums outside of memory."""
    found = _Sums(Memory(fn, contiguous), fn)
    return fn.with_body(found.block(fn.body))


class _Sums:
    def __init__(self, aliases: Memory, fn: ir.Function) -> None:
        self.aliases = aliases
        self.loops: dict[ir.Var, list[ir.For]] = {}
        self.sums: dict[ir.Var, tuple[ir.Var, int]] = {}  # variables that are another one and a number
        self.changing = {v for s in visit.walk(fn.body) if isinstance(s, ir.Copy) for v in s.targets}
        for s in visit.walk(fn.body):
            if isinstance(s, ir.For):
                self.loops.setdefault(s.target, []).append(s)
            if isinstance(s, ir.Assign) and isinstance(s.value, ir.Call) and s.value.function is np.add:
                a, b = s.value.args
                if isinstance(a, ir.Var) and isinstance(b, ir.Const) and isinstance(b.value, int):
                    self.sums[s.target] = a, b.value

    def block(self, block: ir.Block) -> ir.Block:
        out: list[ir.Stmt] = []
        for stmt in block:
            stmt = visit.with_blocks(stmt, self.block)
            out += self.loop(stmt) if isinstance(stmt, ir.For) else [stmt]
        return ir.Block(out)

    def loop(self, loop: ir.For) -> list[ir.Stmt]:
        """The loop, and what stands before and behind it."""
        before: list[ir.Stmt] = []
        after: list[ir.Stmt] = []
        runs = _runs(loop)
        if runs is None:
            return [loop]
        body = list(loop.body)
        inside = list(visit.walk(loop.body))
        defined = {v for s in (loop, *inside) for v in visit.defines(s)}
        for k, s in enumerate(body):
            if isinstance(s, ir.Store) and self.is_sum(s, inside, defined):
                assert isinstance(s.base.type, Array) and s.index is not None
                t = Num(s.base.type.dtype, weak=False)
                start, total, new = (ir.Var("total", t) for _ in range(3))
                alone = not any(i is not s and self.adds_to(s, i) for i in inside)
                first: ir.Expr = ir.Call(prims.item, (s.base, s.index), (), "index") if alone else ir.Const(
                    t.dtype.type(0))
                before += [ir.Assign(start, first, s.origin), ir.Copy((total,), (start,), s.origin)]
                body[k] = ir.Assign(new, ir.Call(_SIGNS[s.op], (total, s.value), (), "op"), s.origin)
                body.append(ir.Copy((total,), (new,), s.origin))
                after.append(ir.Store(s.base, s.index, "" if alone else "+", total, s.origin))
        if not before:
            return [loop]
        made = visit.with_blocks(loop, lambda _: ir.Block(body))
        return [*before, made, *after] if runs is True else [*_if_it_runs(runs, before, after, made)]

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
        return sum(s is store for s in inside) == 1 and all(
            s is store or self.harmless(store, s) for s in inside)

    def harmless(self, store: ir.Store, stmt: ir.Stmt) -> bool:
        """Whether a statement neither sees nor replaces the element that a store adds to."""
        touched = [v for v in (*visit.reads(stmt), *visit.defines(stmt)) if self.aliases.same_class(v, store.base)]
        if not touched or (self.adds_to(store, stmt) and len(touched) == 1):
            return True
        if not (isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call) and stmt.value.function is prims.item):
            return False
        base, index = stmt.value.args
        return base is store.base and touched == [base] and self.apart(index, store.index)

    def adds_to(self, store: ir.Store, stmt: ir.Stmt) -> bool:
        """Whether a statement adds to elements of the array that a store adds to."""
        return isinstance(stmt, ir.Store) and stmt.op in _SIGNS and self.aliases.same_class(stmt.base, store.base)

    def apart(self, a: ir.Arg | None, b: ir.Arg | None) -> bool:
        """Whether two indices never are of the same element."""
        if not (isinstance(a, ir.Pack) and isinstance(b, ir.Pack) and len(a.items) == len(b.items)):
            return False
        return any(isinstance(i, ir.Var) and isinstance(k, ir.Var) and (self.less(i, k) or self.less(k, i))
                   for i, k in zip(a.items, b.items, strict=True))

    def less(self, a: ir.Var, b: ir.Var) -> bool:
        """Whether one variable is less than another: a counter than its limit, or what a counter is more than."""
        def counts(s: ir.For) -> bool:
            return isinstance(s.step, ir.Const) and s.step.value == 1

        if a in self.changing or b in self.changing:
            return False
        below = self.loops.get(a, [])
        if below and all(s.stop is b and counts(s) for s in below):
            return True
        above = self.loops.get(b, [])
        return bool(above) and all(isinstance(s.start, ir.Var) and counts(s) and self.sums.get(
            s.start, (None, 0))[0] is a and self.sums[s.start][1] >= 1 for s in above)


def _runs(loop: ir.For) -> bool | ir.Call | None:
    """Whether a loop has a first iteration: True, a test, or None where that is not known."""
    start, stop, step = loop.start, loop.stop, loop.step
    if loop.limit is not None:
        return ir.Call(np.greater, (loop.limit, ir.Const(0)), (), "op")
    if not isinstance(step, ir.Const):
        return None
    up = step.value > 0
    if isinstance(start, ir.Const) and isinstance(stop, ir.Const) and (
            start.value < stop.value if up else start.value > stop.value):
        return True
    return ir.Call(np.less if up else np.greater, (start, stop), (), "op")


def _if_it_runs(test: ir.Call, before: list[ir.Stmt], after: list[ir.Stmt], loop: ir.Stmt) -> Iterator[ir.Stmt]:
    """A loop that may have no iteration at all reads and writes no element then: there may be none."""
    runs = ir.Var("runs", Num(np.dtype(np.bool_)))
    yield ir.Assign(runs, test, loop.origin)
    totals = [s for s in before if isinstance(s, ir.Copy)]
    nothing = [ir.Copy(s.targets, (ir.Const(s.targets[0].type.dtype.type(0)),), s.origin) for s in totals]
    yield ir.If(runs, ir.Block(before), ir.Block(nothing), loop.origin)
    yield loop
    yield ir.If(runs, ir.Block(after), ir.Block([]), loop.origin)


def sums_of(loop: ir.For) -> dict[ir.Var, tuple[ir.Var, ir.Operand, bool]]:
    """The variables `new = total + value` of a loop that goes on with `total := new` and has no other use of either:
    the total, the value, and whether it is subtracted. Such sums may be added in any order."""
    inside = list(visit.walk(loop.body))
    reads = Counter(v for s in inside for v in visit.reads(s))
    goes_on = {(t, v) for s in loop.body if isinstance(s, ir.Copy) for t, v in zip(s.targets, s.sources, strict=True)}
    found: dict[ir.Var, tuple[ir.Var, ir.Operand, bool]] = {}
    for s in loop.body:
        if not isinstance(s, ir.Assign) or not isinstance(s.value, ir.Call):
            continue
        if s.value.function not in (np.add, np.subtract):
            continue
        t = s.target.type
        if not isinstance(t, Num) or t.dtype.kind != "f" or s.value.kwargs:
            continue
        a, b = s.value.args
        pairs = [(a, b)] if s.value.function is np.subtract else [(a, b), (b, a)]
        for total, value in pairs:
            if (total, s.target) in goes_on and isinstance(total, ir.Var) and total.type == t and (
                    reads[total] == reads[s.target] == 1) and isinstance(value, (ir.Var, ir.Const)):
                found[s.target] = total, value, s.value.function is np.subtract
    return found
