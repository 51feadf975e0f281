"""A loop that adds up columns of a matrix, each times a number, becomes a matrix times a vector.

    for k in range(m):
        y += alpha * x[k] * a[:, k]        ==>        y += a @ (alpha * x)

A column's elements lie far apart in memory; the product goes along the rows, in the derivative too. Columns may be
parts of columns, and the numbers elements of any array, the matrix itself included.
"""
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ...analysis.infer import dim_of, type_of
from ...ir import nodes as ir
from ...ir import prims, visit
from ...ir.assumed import nonnegative
from ...ir.types import Array, Num
from ...transform.emitter import Emitter
from .facts import Facts, is_run, trips
from .indices import CannotSpread, Indices, Wide

F8 = np.dtype(np.float64)


@dataclass(slots=True)
class _Factors:
    """A product taken apart: its sign, numbers that do not change, one element of each vector, and columns."""

    negative: bool = False
    numbers: list[ir.Operand] = field(default_factory=list)
    elements: list[ir.Call] = field(default_factory=list)
    columns: list[ir.Call] = field(default_factory=list)


class Columns(Indices):
    """One plain loop with no loops inside."""

    def __init__(self, loop: ir.For, facts: Facts) -> None:
        self.loop, self.facts, self.emitter = loop, facts, Emitter()
        self.trips, self.known = trips(loop), {}
        self.defined = {loop.target, *(v for s in loop.body for v in visit.defines(s))}

    def wide(self, arg: ir.Arg) -> Wide:
        """What is the same in each iteration stands for itself."""
        if not isinstance(arg, (ir.Var, ir.Const)) or arg in self.defined:
            raise CannotSpread
        return Wide(arg, False, 0)

    def run(self) -> list[ir.Stmt]:
        """Raises CannotSpread where the loop is another one."""
        store, found = self.only_store(), _Factors()
        self.take_apart(store.value, found)
        if len(found.columns) != 1 or not found.elements or not is_run(self.loop):
            raise CannotSpread
        self.emitter.origin = store.origin
        vector, *others = [self.section_of(call, Array(F8, (self.trips,))) for call in found.elements]
        for other in others:
            vector = self.emitter.call(np.multiply, (vector, other), style="op", type_=vector.type)
        for number in found.numbers:
            vector = self.emitter.call(np.multiply, (number, vector), style="op", type_=vector.type)
        assert isinstance(store.value, ir.Var)
        rows = Array(F8, (*store.value.type.dims, self.trips))
        out = self.emitter.call(np.matmul, (self.section_of(found.columns[0], rows), vector), style="op",
                                type_=store.value.type)
        op = {"+": "-", "-": "+"}[store.op] if found.negative else store.op
        self.emitter.emit(ir.Store(store.base, store.index, op, out, store.origin))
        return self.emitter.block.stmts

    def only_store(self) -> ir.Store:
        """The one statement of the loop that does something: it adds to the same memory in each iteration, which
        nothing else in the loop touches."""
        store, *others = [s for s in self.loop.body if not isinstance(s, (ir.Assign, ir.Comment))] or [None]
        if others or not isinstance(store, ir.Store):
            raise CannotSpread
        fits = not store.scatter and store.op in ("+", "-") and isinstance(store.base.type, Array) and (
            store.base.type.dtype == F8 and isinstance(store.value, ir.Var))
        where = [store.base, *(visit.variables(store.index) if store.index is not None else ())]
        if not fits or any(v in self.defined for v in where):
            raise CannotSpread
        local = [v for s in self.loop.body for v in visit.defines(s)]
        reads = [v for s in self.loop.body for v in visit.reads(s)]
        if any(self.facts.assigned[v] != 1 or self.facts.read[v] != reads.count(v) for v in local):
            raise CannotSpread
        if any(isinstance(v.type, Array) and self.facts.memory.same_class(v, store.base) for s in self.loop.body
               for v in (*visit.reads(s), *visit.defines(s)) if s is not store or v is not store.base):
            raise CannotSpread
        return store

    def take_apart(self, value: ir.Arg, into: _Factors) -> None:
        call = self.facts.definition.get(value) if isinstance(value, ir.Var) and value in self.defined else None
        if call is None:
            t = type_of(self.wide(value).operand)
            if not isinstance(t, Num) or not (t.dtype == F8 or (t.weak and t.kind in "if")):
                raise CannotSpread
            into.numbers.append(value)
        elif not isinstance(call, ir.Call) or call.kwargs:
            raise CannotSpread
        elif call.function is np.multiply:
            for a in call.args:
                self.take_apart(a, into)
        elif call.function is np.negative:
            into.negative = not into.negative
            self.take_apart(call.args[0], into)
        elif call.function is prims.item and isinstance(call.args[0], ir.Var) and call.args[0] not in self.defined and (
                isinstance(t := call.args[0].type, Array) and t.dtype == F8):
            rank = getattr(value.type, "ndim", 0)
            if rank > 1:
                raise CannotSpread
            (into.columns if rank else into.elements).append(call)
        else:
            raise CannotSpread

    def section_of(self, call: ir.Call, t: Array) -> ir.Var:
        """The elements or columns of all iterations; the loop's axis is the last one of what is taken."""
        base, index = call.args
        assert isinstance(base, ir.Var)
        items = list(index.items) if isinstance(index, ir.Pack) and index.kind == "tuple" else [index]
        out: list[ir.Arg] = []
        moves = 0
        for item, n in zip(items, base.type.dims, strict=False):
            if isinstance(item, ir.Pack) and item.kind == "slice" and not moves:
                parts = tuple(p if isinstance(p, ir.Const) else self.invariant(p) for p in item.items)
                out.append(ir.Pack("slice", parts))
            elif isinstance(item, ir.Var) and self.counts(item):
                moves += 1
                out.append(self.section(item, n))
            else:
                at = dim_of(self.invariant(item))
                if not nonnegative(at) or not nonnegative(n - at + -1):
                    raise CannotSpread
                out.append(self.invariant(item))
        if moves != 1 or len(items) != base.type.ndim:
            raise CannotSpread
        return self.emitter.call(prims.item, (base, ir.Pack("tuple", tuple(out))), style="index", type_=t)
