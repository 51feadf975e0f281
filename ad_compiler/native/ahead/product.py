"""Three loops that multiply two matrices become a product of matrices, which BLAS computes.

    for i in range(n):                            for i in range(n):
        for j in range(m):                            for j in range(m):
            c[i, j] *= beta             ==>               c[i, j] *= beta
            for k in range(p):                        c += alpha * (a @ b)
                c[i, j] += alpha * a[i, k] * b[k, j]

The loops may stand in any order, the matrices be transposed, and the sum be taken in a number first. A loop that does
something else as well is split if its parts can run one after the other (`nest.py`).
"""
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ...analysis.infer import dim_of, type_of
from ...ir import nodes as ir
from ...ir import prims, visit
from ...ir.assumed import nonnegative
from ...ir.types import Array, Dim, Num, size
from ...transform.emitter import Emitter
from .facts import Facts, is_run, plain, trips
from .indices import ALL
from .nest import alone, apart, parts_of

F8 = np.dtype(np.float64)


class CannotMultiply(Exception):
    """There is no product of matrices in the loops."""


def product(loop: ir.For, facts: Facts) -> list[ir.Stmt]:
    """What takes the place of a loop. Raises CannotMultiply if there is no product in it."""
    if not plain(loop) or not any(isinstance(s, ir.For) for s in loop.body):
        raise CannotMultiply
    loop = with_inner_loops_split(loop, facts)
    parts = parts_of(loop)
    if len(parts) == 1:
        return _Product(loop, facts).run()
    if not apart(loop, parts, facts):
        raise CannotMultiply
    out: list[ir.Stmt] = []
    found = False
    for k, part in enumerate(parts):
        one = alone(loop, part, fresh=k < len(parts) - 1)
        try:
            out += product(one, facts)
            found = True
        except CannotMultiply:
            out.append(one)
    if not found:
        raise CannotMultiply
    return out


def with_inner_loops_split(loop: ir.For, facts: Facts) -> ir.For:
    """The loop with the loops in it taken apart as far as that can be done."""
    body: list[ir.Stmt] = []
    for s in loop.body:
        if isinstance(s, ir.For) and plain(s):
            s = with_inner_loops_split(s, facts)
            parts = parts_of(s)
            if len(parts) > 1 and apart(s, parts, facts):
                body += [alone(s, part, fresh=k < len(parts) - 1) for k, part in enumerate(parts)]
                continue
        body.append(s)
    return ir.For(loop.target, loop.start, loop.stop, loop.step, ir.Block(body), loop.origin)


@dataclass(slots=True)
class _Factors:
    """A product taken apart: numbers that do not change, elements of matrices, and its sign."""

    negative: bool = False
    numbers: list[ir.Operand] = field(default_factory=list)
    elements: list[tuple[ir.Var, ir.Var, ir.Var]] = field(default_factory=list)


class _Product:
    """Three loops, one in the other, around one update of an element."""

    def __init__(self, loop: ir.For, facts: Facts) -> None:
        self.facts = facts
        self.inside = list(visit.walk(ir.Block([loop])))
        self.loops = {s.target: s for s in self.inside if isinstance(s, ir.For)}
        self.defined = {v for s in self.inside for v in visit.defines(s)}
        self.local = {s.target: s.value for s in self.inside if isinstance(s, ir.Assign)}
        if len(self.loops) != 3 or not all(map(plain, self.loops.values())) or not all(
                isinstance(s, (ir.Assign, ir.Copy, ir.Store, ir.For, ir.Comment)) for s in self.inside):
            raise CannotMultiply
        counters = {name for c in self.loops for name, _ in dim_of(c).terms}
        for s in self.loops.values():
            if any(name in counters for b in (s.start, s.stop) for name, _ in dim_of(b).terms) or not is_run(s, 0):
                raise CannotMultiply
        self.total, self.term = self.sum_in_a_number(loop)
        self.emitter = Emitter()

    def sum_in_a_number(self, loop: ir.For) -> tuple[ir.Var | None, ir.Operand | None]:
        """`s := 0.0; for k in ...: s := s + term`, in the second loop: `s` and the term."""
        copies = [s for s in self.inside if isinstance(s, ir.Copy)]
        if not copies:
            return None, None
        second = next((s for s in loop.body if isinstance(s, ir.For)), loop)
        inner = next((s for s in second.body if isinstance(s, ir.For)), second)
        if len(copies) != 2 or copies[0] not in list(second.body) or copies[1] not in list(inner.body):
            raise CannotMultiply
        (total,), (start,) = copies[0].targets, copies[0].sources
        (again,), (new,) = copies[1].targets, copies[1].sources
        call = self.local.get(new) if isinstance(new, ir.Var) else None
        if again is not total or not isinstance(call, ir.Call) or call.function is not np.add or not (
                isinstance(start, ir.Const) and start.value == 0) or self.facts.read[new] != 1:
            raise CannotMultiply
        terms = [a for a in call.args if a is not total]
        if len(terms) != 1 or not isinstance(terms[0], (ir.Var, ir.Const)) or sum(
                visit.reads(s).count(total) for s in self.inside) != 2:
            raise CannotMultiply
        return total, terms[0]

    def run(self) -> list[ir.Stmt]:
        stores = [s for s in self.inside if isinstance(s, ir.Store)]
        if len(stores) != 1 or stores[0].scatter or stores[0].op not in (("", "+", "-") if self.total else ("+", "-")):
            raise CannotMultiply
        (store,) = stores
        base, row, column = self.element(store.base, store.index)
        self.only_here(store)
        found = _Factors()
        self.take_apart(store.value, found)
        if len(found.elements) != 2:
            raise CannotMultiply
        first, second = found.elements
        if row not in first[1:]:
            first, second = second, first
        summed = [c for c in self.loops if c not in (row, column)]
        if row is column or len(summed) != 1 or set(first[1:]) != {row, *summed} or set(second[1:]) != {
                column, *summed}:
            raise CannotMultiply
        self.emitter.origin = store.origin
        out = self.emitter.call(np.matmul, (self.matrix(first, row), self.matrix(second, *summed)), style="op",
                                type_=Array(F8, (trips(self.loops[row]), trips(self.loops[column]))))
        for number in found.numbers:
            out = self.emitter.call(np.multiply, (number, out), style="op", type_=out.type)
        op = {"+": "-", "-": "+"}.get(store.op, "") if found.negative else store.op
        if found.negative and not store.op:
            out = self.emitter.call(np.negative, (out,), style="op", type_=out.type)
        sections = self.sections(base, row, column)
        index = ir.Pack("tuple", sections)
        whole = store.op and all(i is ALL for i in sections)
        self.emitter.emit(ir.Store(base, None if whole else index, op, out, store.origin))
        return self.emitter.block.stmts

    def only_here(self, store: ir.Store) -> None:
        """Nothing but the update touches the memory that it writes."""
        for s in self.inside:
            for v in (*visit.reads(s), *visit.defines(s)):
                if isinstance(v.type, Array) and (s is not store or v is not store.base) and (
                        self.facts.memory.same_class(v, store.base)):
                    raise CannotMultiply

    def take_apart(self, value: ir.Arg, into: _Factors) -> None:
        if value is self.total and self.total is not None:
            assert self.term is not None
            return self.take_apart(self.term, into)
        call = self.local.get(value) if isinstance(value, ir.Var) else None
        if isinstance(value, ir.Const) or (isinstance(value, ir.Var) and value not in self.defined):
            t = type_of(value)
            if not isinstance(t, Num) or not (t.dtype == F8 or (t.weak and t.kind in "if")):
                raise CannotMultiply
            into.numbers.append(value)
        elif not isinstance(call, ir.Call) or call.kwargs or self.facts.assigned[value] > 1:
            raise CannotMultiply
        elif call.function is np.multiply:
            for a in call.args:
                self.take_apart(a, into)
        elif call.function is np.negative:
            into.negative = not into.negative
            self.take_apart(call.args[0], into)
        elif call.function is prims.item:
            into.elements.append(self.element(*call.args))
        else:
            raise CannotMultiply
        return None

    def element(self, base: ir.Arg, index: ir.Arg | None) -> tuple[ir.Var, ir.Var, ir.Var]:
        """A matrix and the two counters at which an element of it is met."""
        if not isinstance(base, ir.Var) or base in self.defined or not isinstance(base.type, Array) or (
                base.type.dtype != F8 or base.type.ndim != 2) or not isinstance(index, ir.Pack):
            raise CannotMultiply
        if len(index.items) != 2 or not all(isinstance(i, ir.Var) and i in self.loops for i in index.items):
            raise CannotMultiply
        return base, *index.items  # pyright: ignore[reportReturnType]

    def matrix(self, element: tuple[ir.Var, ir.Var, ir.Var], first: ir.Var) -> ir.Var:
        """The part of a matrix that the loops run over, transposed unless its first axis is that of a counter."""
        base, row, column = element
        sections = self.sections(base, row, column)
        found = base
        if not all(s is ALL for s in sections):
            t = Array(F8, (trips(self.loops[row]), trips(self.loops[column])))
            found = self.emitter.call(prims.item, (base, ir.Pack("tuple", sections)), style="index", type_=t)
        return found if row is first else self.emitter.call(
            np.transpose, (found,), style="attribute", text="T", type_=Array(F8, found.type.dims[::-1]))

    def sections(self, base: ir.Var, row: ir.Var, column: ir.Var) -> tuple[ir.Pack, ir.Pack]:
        a, b = (self.section(self.loops[c], n) for c, n in zip((row, column), base.type.dims, strict=True))
        return a, b

    def section(self, loop: ir.For, n: Dim) -> ir.Pack:
        """The part of an axis that a counter runs over, which must be in range."""
        start, stop = dim_of(loop.start), dim_of(loop.stop)
        if not nonnegative(start) or not nonnegative(n - stop):
            raise CannotMultiply
        if start == size(0) and stop == n:
            return ALL
        if any(v in self.defined for b in (loop.start, loop.stop) for v in visit.variables(b)):
            raise CannotMultiply
        return ir.Pack("slice", (loop.start, loop.stop, ir.Const(None)))
