"""Loops over numbers become operations on arrays, where functions such as `exp` then run as vector instructions.

    for i in range(len(x)):                           t = np.exp(-x)
        sums[place[i]] += np.exp(-x[i]) * w      ==>  for i in range(len(x)):
                                                          sums[place[i]] += t[i] * w

A statement is *spread* over a loop if it is run in each iteration, reads nothing that the loop writes, and is made of
elementwise operations and sums. Each variable then is an array with the loop's axis in front. If all that is left are
sums and stores into elements of their own, the loop is gone; otherwise the arrays that are costly to compute stand
before it, and are read in it. This is loop distribution (Allen, Kennedy, Optimizing Compilers for Modern Architectures,
2001, chapter 2), done before differentiating: the derivative is that of array operations, and records nothing for them.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ...analysis.infer import Untypable, dim_of, type_of, ufunc_type
from ...ir import nodes as ir
from ...ir import prims, visit
from ...ir.types import Array, Num, size
from ...transform.emitter import Emitter
from .facts import COSTLY, Facts, elementwise, is_run, trips, written
from .indices import ALL, CannotSpread, Indices, Wide

SUMS = {np.sum, np.max, np.min, np.mean}


class Spread(Indices):
    """One loop. `run` gives the statements that take its place."""

    def __init__(self, loop: ir.For, facts: Facts) -> None:
        self.loop, self.facts = loop, facts
        self.inside = list(visit.walk(loop.body))
        self.defined = {loop.target, *(v for s in self.inside for v in visit.defines(s))}
        self.touched = facts.classes(written(self.inside))
        self.known: dict[ir.Var, Wide] = {}
        self.emitter = Emitter()
        self.trips = trips(loop)
        self.count: ir.Operand | None = None

    def run(self) -> list[ir.Stmt]:
        """Raises CannotSpread where nothing is gained."""
        if not all(isinstance(s, (ir.Assign, ir.Copy, ir.Store, ir.If, ir.For, ir.While, ir.Break, ir.Comment))
                   for s in self.inside):
            raise CannotSpread
        rest = [s for s in self.loop.body if not (isinstance(s, ir.Assign) and self.spread(s))]
        if not any(w.costly and w.axis for w in self.known.values()) or not is_run(self.loop, 0):
            raise CannotSpread
        before = len(self.emitter.block)
        try:
            self.finish(rest)
        except CannotSpread:
            del self.emitter.block.stmts[before:]
            self.emitter.emit(self.remainder(rest))
        return self.emitter.block.stmts

    # --- what is left -------------------------------------------------------------------------------------------
    def finish(self, rest: list[ir.Stmt]) -> None:
        """Sums and stores in place of the whole loop. Raises CannotSpread if there is more."""
        sums: dict[ir.Var, ir.Assign] = {}
        for s in rest:
            self.emitter.origin = s.origin
            if isinstance(s, ir.Assign):
                if not self.counts(s.target):  # an index that follows the counter is part of what is indexed
                    sums[s.target] = s
            elif isinstance(s, ir.Copy):
                self.add_up(s, sums)
            elif isinstance(s, ir.Store):
                self.store(s)
            elif not isinstance(s, ir.Comment):
                raise CannotSpread
        if sums:
            raise CannotSpread

    def add_up(self, copy: ir.Copy, sums: dict[ir.Var, ir.Assign]) -> None:
        """`new = total + v; total := new` in each iteration is the sum of all `v` at once."""
        new = copy.sources[0] if len(copy.sources) == 1 else None
        made = sums.pop(new, None) if isinstance(new, ir.Var) else None
        (total,) = copy.targets if made is not None else (None,)
        if made is None or total is None or not isinstance(made.value, ir.Call) or made.value.kwargs:
            raise CannotSpread
        call, reads = made.value, [v for s in self.inside for v in visit.reads(s)]
        t = made.target.type
        if call.function not in (np.add, np.subtract) or not isinstance(t, Num) or t.kind != "f" or (
                total not in call.args or call.args[0] is call.args[1]) or reads.count(total) != 1 or (
                self.facts.read[made.target] != 1) or sum(total in visit.defines(s) for s in self.inside) != 1:
            raise CannotSpread
        if call.function is np.subtract and call.args[0] is not total:
            raise CannotSpread
        value = self.wide(call.args[1] if call.args[0] is total else call.args[0])
        if not value.axis or value.rank or type_of(value.operand).dtype != t.dtype:
            raise CannotSpread
        e = self.emitter
        part = e.call(np.sum, (value.operand,), text="np.sum", type_=Num(t.dtype, weak=False))
        args = tuple(total if a is total else part for a in call.args)
        e.emit(ir.Copy((total,), (e.call(call.function, args, style="op", hint=total.hint, type_=t),), copy.origin))

    def store(self, s: ir.Store) -> None:
        """A store into elements that no other statement of the loop touches."""
        if s.scatter or s.index is None or s.base in self.defined or not isinstance(s.base.type, Array):
            raise CannotSpread
        uses = sum(self.facts.memory.same_class(v, s.base) for i in self.inside
                   for v in (*visit.reads(i), *visit.defines(i)) if isinstance(v.type, Array))
        if uses != 1:
            raise CannotSpread
        value, (index, rank, moves) = self.wide(s.value), self.index(s.base, s.index)
        if not moves or (value.axis and value.rank > rank):
            raise CannotSpread
        self.emitter.emit(ir.Store(s.base, index, s.op, self.lifted(value, rank), s.origin))

    def remainder(self, rest: list[ir.Stmt]) -> ir.For:
        """The loop, which reads what is costly from arrays that were computed before it."""
        wanted = {v for s in visit.walk(ir.Block(rest)) for v in visit.reads(s)}
        cut = {v: w for v, w in self.known.items() if v in wanted and w.axis and w.costly}
        if not cut:
            raise CannotSpread
        inner, loop = Emitter(), self.loop
        place: ir.Operand = loop.target
        if not (isinstance(loop.start, ir.Const) and loop.start.value == 0):
            place = inner.call(np.subtract, (loop.target, loop.start), style="op", hint="at",
                               type_=Num(np.dtype(np.int64), dim=dim_of(loop.target) - dim_of(loop.start)))
        for s in loop.body:
            if isinstance(s, ir.Assign) and s.target in cut:
                s = ir.Assign(s.target, ir.Call(prims.item, (cut[s.target].operand, place), (), "index"), s.origin)
            inner.emit(s)
        return ir.For(loop.target, loop.start, loop.stop, loop.step, inner.block, loop.origin)

    # --- statements of all iterations at once -------------------------------------------------------------------
    def spread(self, s: ir.Assign) -> bool:
        """Write a statement for all iterations, if that can be done."""
        before, self.emitter.origin = len(self.emitter.block), s.origin
        try:
            if self.facts.assigned[s.target] != 1 or not isinstance(s.value, ir.Call):
                raise CannotSpread
            self.known[s.target] = self.value(s.target, s.value)
        except CannotSpread:
            del self.emitter.block.stmts[before:]
            return False
        return True

    def value(self, target: ir.Var, call: ir.Call) -> Wide:
        if not isinstance(target.type, (Num, Array)):
            raise CannotSpread
        if call.function is prims.item and len(call.args) == 2 and not call.kwargs:
            return self.item(target, *call.args)
        if call.function in (len, prims.dim) and isinstance(call.args[0], ir.Var):
            self.wide(call.args[0])
            return Wide(self.emitter.call(call.function, call.args, style=call.style, text=call.text,
                                          hint=target.hint, type_=target.type), False, 0)
        if call.style not in ("call", "op") or call.kwargs:
            raise CannotSpread
        if elementwise(call.function):
            return self.elementwise(target, call)
        if call.function in SUMS and len(call.args) == 1:
            return self.summed(target, call)
        raise CannotSpread

    def wide(self, arg: ir.Arg) -> Wide:
        """What stands for an operand."""
        if isinstance(arg, ir.Const) and isinstance(arg.value, (int, float, np.number)):
            return Wide(arg, False, 0)
        if not isinstance(arg, ir.Var):
            raise CannotSpread
        if arg in self.known:
            return self.known[arg]
        if arg in self.defined or not isinstance(arg.type, (Num, Array)) or (
                isinstance(arg.type, Array) and self.facts.memory.find(arg) in self.touched):
            raise CannotSpread
        return Wide(arg, False, arg.type.ndim if isinstance(arg.type, Array) else 0)

    def elementwise(self, target: ir.Var, call: ir.Call) -> Wide:
        given = [self.wide(a) for a in call.args]
        rank, costly = _rank(target), any(w.costly for w in given) or call.function in COSTLY
        if any(w.rank > rank for w in given):
            raise CannotSpread
        axis = any(w.axis for w in given)
        operands = tuple(self.lifted(w, rank) for w in given) if axis else tuple(w.operand for w in given)
        try:
            found = ufunc_type(call.function, [type_of(o) for o in operands], call.style == "op")
        except Untypable:
            raise CannotSpread from None
        if getattr(found, "dtype", None) != target.type.dtype:
            raise CannotSpread
        made = self.emitter.call(call.function, operands, style=call.style, text=call.text, hint=target.hint,
                                 type_=self.type_of(target, axis))
        return Wide(made, axis, rank, costly)

    def summed(self, target: ir.Var, call: ir.Call) -> Wide:
        """A sum of all elements, which is one over the own axes."""
        w = self.wide(call.args[0])
        if not w.rank or not isinstance(target.type, Num):
            raise CannotSpread
        own = tuple(range(1, 1 + w.rank))
        made = self.emitter.call(
            call.function, (w.operand,), {"axis": ir.Const(own[0] if w.rank == 1 else own)} if w.axis else {},
            text=call.text, hint=target.hint, type_=self.type_of(target, w.axis))
        return Wide(made, w.axis, 0, w.costly)

    def item(self, target: ir.Var, base: ir.Arg, index: ir.Arg) -> Wide:
        if not isinstance(base, ir.Var) or not isinstance(base.type, Array):
            raise CannotSpread
        whole = self.wide(base)
        if whole.axis:
            raise CannotSpread
        found, rank, moves = self.index(base, index)
        if rank != _rank(target):
            raise CannotSpread
        t = self.type_of(target, moves)
        if moves and all(i is ALL for i in found.items):
            return Wide(whole.operand, True, rank)
        plain = found.items[0] if len(found.items) == 1 else found
        return Wide(self.emitter.call(prims.item, (whole.operand, plain), style="index", hint=target.hint, type_=t),
                    moves, rank)

    def type_of(self, target: ir.Var, axis: bool) -> Any:
        own = target.type.dims if isinstance(target.type, Array) else ()
        return Array(target.type.dtype, (self.trips, *own)) if axis else target.type

    def lifted(self, w: Wide, rank: int) -> ir.Operand:
        """An operand whose own axes stand last, among those of a result with more of them."""
        if not w.axis or w.rank == rank:
            return w.operand
        t = type_of(w.operand)
        ones = (size(1),) * (rank - w.rank)
        index = ir.Pack("tuple", (ALL, *(ir.Const(None) for _ in ones)))
        return self.emitter.call(prims.item, (w.operand, index), style="index",
                                 type_=Array(t.dtype, (t.dims[0], *ones, *t.dims[1:])))


def _rank(var: ir.Var) -> int:
    return var.type.ndim if isinstance(var.type, Array) else 0
