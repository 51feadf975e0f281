"""A loop over single elements with loops inside becomes loops over whole rows.

    for j in range(m):                            s = np.zeros(m)
        s = 0.0                                   for a in range(h):
        for a in range(h):                            for b in range(w):
            for b in range(w):           ==>              s += x[a, b:b + m] * k[a, b]
                s += x[a, j + b] * k[a, b]        y[0:m] = s
        y[j] = s

The innermost loop then is over neighbours in memory, and does not wait for its own result, in the derivative too. The
numbers are added in the same order. What each iteration computes must not depend on the others (`spread.py`), sums
such as `s` become arrays.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir.assumed import nonnegative
from ...ir.types import Array, Num
from .facts import Facts, is_run, plain, trips
from .indices import CannotSpread, Wide
from .spread import Spread


@dataclass(eq=False, slots=True)
class _Total:
    """A sum within an iteration: the array of those of all iterations, the variable that has its value at present, and
    whether it has been read."""

    array: ir.Var
    current: ir.Var
    read: bool = False


class Exchange(Spread):
    """One loop with loops inside."""

    def __init__(self, loop: ir.For, facts: Facts) -> None:
        super().__init__(loop, facts)
        self.totals: dict[ir.Var, _Total] = {}
        self.sums: dict[ir.Var, ir.Assign] = {}
        self.added: dict[ir.Var, ir.Assign] = {}
        self.depth = 0

    def run(self) -> list[ir.Stmt]:
        """Raises CannotSpread where nothing is gained."""
        inner = [s for s in self.inside if isinstance(s, ir.For)]
        kinds = (ir.Assign, ir.Copy, ir.Store, ir.For, ir.Comment)
        if not inner or not all(isinstance(s, kinds) for s in self.inside) or not all(map(plain, inner)):
            raise CannotSpread
        self.statements(self.loop.body)
        longest = all(nonnegative(self.trips - trips(s)) for s in inner)
        moves = any(w.axis for w in self.known.values())
        if self.sums or self.added or not longest or not moves or not is_run(self.loop):
            raise CannotSpread
        return self.emitter.block.stmts

    def statements(self, block: ir.Block) -> None:
        for s in block:
            self.emitter.origin = s.origin
            if isinstance(s, ir.Assign):
                self.assign(s)
            elif isinstance(s, ir.Copy):
                self.copy(s)
            elif isinstance(s, ir.Store):
                self.store(s)
            elif isinstance(s, ir.For):
                self.inner_loop(s)

    def assign(self, s: ir.Assign) -> None:
        total = self.total_of(s)
        if total is not None:
            self.added[s.target] = s
        elif not self.spread(s) and not self.counts(s.target):
            if self.depth:
                raise CannotSpread
            self.sums[s.target] = s

    def total_of(self, s: ir.Assign) -> _Total | None:
        """The total to which a statement adds."""
        call = s.value
        if not isinstance(call, ir.Call) or call.function not in (np.add, np.subtract) or call.kwargs:
            return None
        sides = call.args if call.function is np.add else call.args[:1]
        found = [self.totals[a] for a in sides if isinstance(a, ir.Var) and a in self.totals]
        changes = any(isinstance(c, ir.Copy) and s.target in c.sources for c in self.inside)
        return found[0] if len(found) == 1 and changes and found[0].current in call.args else None

    def copy(self, s: ir.Copy) -> None:
        if len(s.targets) != 1:
            raise CannotSpread
        (target,), (source,) = s.targets, s.sources
        if source in self.added:
            self.add(target, self.added.pop(source))
        elif isinstance(source, ir.Var) and source in self.totals:
            total = self.totals[source]
            if total.current is not source or self.totals.get(target, total) is not total:
                raise CannotSpread
            self.totals[target], total.current = total, target
        elif source in self.sums and not self.depth:
            self.add_up(s, self.sums)
        elif not self.depth and target not in self.totals:
            self.begin(target, source)
        else:
            raise CannotSpread

    def begin(self, target: ir.Var, source: ir.Operand) -> None:
        """The array of the totals, at the beginning of an iteration."""
        value = self.wide(source)
        if not isinstance(target.type, Num) or target.type.dtype != np.dtype(np.float64) or value.rank:
            raise CannotSpread
        t = Array(target.type.dtype, (self.trips,))
        array = self.emitter.call(np.zeros, (self.length(),), text="np.zeros", hint=target.hint, type_=t)
        if not (isinstance(value.operand, ir.Const) and value.operand.value == 0):
            self.emitter.emit(ir.Store(array, None, "+", value.operand, self.emitter.origin))
        self.totals[target] = _Total(array, target)

    def length(self) -> ir.Operand:
        if isinstance(self.loop.start, ir.Const) and self.loop.start.value == 0:
            return self.loop.stop
        return self.emitter.call(np.subtract, (self.loop.stop, self.loop.start), style="op", hint="n",
                                 type_=Num(np.dtype(np.int64), dim=self.trips))

    def add(self, target: ir.Var, s: ir.Assign) -> None:
        """`new = total + v; total := new`, for all iterations."""
        call: Any = s.value
        first = call.args[0] in self.totals
        total, value = self.totals[call.args[0 if first else 1]], self.wide(call.args[1 if first else 0])
        if total.read or total.current is not target or value.rank or self.facts.read[s.target] != 1 or (
                getattr(getattr(value.operand, "type", None), "kind", "f") != "f"):
            raise CannotSpread
        sign = "+" if call.function is np.add else "-"
        self.emitter.emit(ir.Store(total.array, None, sign, value.operand, s.origin))

    def inner_loop(self, loop: ir.For) -> None:
        """A loop that does the same in each iteration."""
        bounds = self.invariant(loop.start), self.invariant(loop.stop)
        before = {id(t): t.current for t in self.totals.values()}
        self.known[loop.target] = Wide(loop.target, False, 0)
        block, self.emitter.block = self.emitter.block, ir.Block()
        self.depth += 1
        self.statements(loop.body)
        self.depth -= 1
        body, self.emitter.block = self.emitter.block, block
        if any(t.current is not before.get(id(t), t.current) for t in self.totals.values()):
            raise CannotSpread
        self.emitter.emit(ir.For(loop.target, *bounds, loop.step, body, loop.origin))

    def wide(self, arg: ir.Arg) -> Wide:
        if isinstance(arg, ir.Var) and arg in self.totals:
            total = self.totals[arg]
            if self.depth or total.current is not arg:
                raise CannotSpread
            total.read = True
            return Wide(total.array, True, 0)
        return super().wide(arg)

    def index(self, base: ir.Var, index: ir.Arg) -> tuple[ir.Pack, int, bool]:
        """As in `Spread`; the loop's axis must be the one of neighbours in memory."""
        found, rank, moves = super().index(base, index)
        if moves and (rank or not isinstance(found.items[-1], ir.Pack)):
            raise CannotSpread
        return found, rank, moves
