"""A rule for forward mode taken apart: what it computes from the arguments, and what it computes from tangents.

    for i in range(n):                for i in range(n):              for i in range(n):
        d = d * x + y * d_x    ==>        y = y * x            and        d = d * x + y2 * d_x
        y = y * x                                                         y2 = y2 * x

A branch that computes both becomes two branches. A loop becomes two loops; that of the tangents computes the values
once more, since it needs them as they were in each iteration.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NoReturn

import numpy as np

from ...analysis.alias import Aliases
from ...analysis.dependence import depending
from ...ir import nodes as ir
from ...ir import visit
from ...ir.types import Array, ListOf, Num


def parted(block: ir.Block, dots: Iterable[ir.Var], wrong: Callable[[str, str], NoReturn]) -> tuple[ir.Block, ir.Block]:
    """The statements that do not depend on `dots`, and those that do, each in their order. `wrong(message, help)`
    refuses the rule."""
    parting = _Parting(block, depending(block, dots), wrong)
    return parting.parts(block)


class _Parting:
    def __init__(self, block: ir.Block, varied: set[ir.Var], wrong: Callable[[str, str], NoReturn]) -> None:
        self.varied, self.wrong = varied, wrong
        self.aliases = Aliases(ir.Function("", (), (), block))
        self.known = set(visit.free_variables([block]))  # what has a value where the walk is

    def parts(self, block: ir.Block) -> tuple[ir.Block, ir.Block]:
        forward, linear = ir.Block(), ir.Block()
        for stmt in block:
            self.statement(stmt, forward, linear)
            self.known.update(v for s in visit.walk(ir.Block([stmt])) for v in visit.defines(s))
        return forward, linear

    def statement(self, stmt: ir.Stmt, forward: ir.Block, linear: ir.Block) -> None:
        """Put a statement where it belongs, or its parts where each belongs."""
        if self.varied.isdisjoint(_touched(stmt)):
            forward.stmts.append(stmt)
            return
        match stmt:
            case ir.Copy(targets, sources):
                for block, mine in ((forward, False), (linear, True)):
                    pairs = [(t, s) for t, s in zip(targets, sources, strict=True) if (t in self.varied) is mine]
                    if pairs:
                        block.stmts.append(ir.Copy(*map(tuple, zip(*pairs, strict=True)), stmt.origin))
            case ir.If(cond, then, orelse) if cond not in self.varied:
                (then, its_linear), (orelse, other_linear) = self.parts(then), self.parts(orelse)
                if then.stmts or orelse.stmts:
                    forward.stmts.append(ir.If(cond, then, orelse, stmt.origin))
                linear.stmts.append(ir.If(cond, its_linear, other_linear, stmt.origin))
            case ir.With(context, body, target):
                body, its_linear = self.parts(body)
                if body.stmts:
                    forward.stmts.append(ir.With(context, body, target, stmt.origin))
                linear.stmts.append(ir.With(context, its_linear, target, stmt.origin))
            case ir.For() | ir.While() if self._values_of(stmt):
                self.loop(stmt, forward, linear)
            case _:
                linear.stmts.append(stmt)

    def loop(self, stmt: ir.For | ir.While, forward: ir.Block, linear: ir.Block) -> None:
        """The loop of the values, and that of the tangents, whose values have names and memory of their own."""
        own = {v: ir.Var(v.hint, v.type) for v in self._values_of(stmt)}
        for base in self._written(stmt):
            if base not in own:
                self._refuse_shared(stmt, base)
                own[base] = ir.Var(base.hint, base.type)
        for v, new in own.items():
            if v not in self.known:
                continue
            before = ir.Var(v.hint, v.type)  # as it is where the loop begins
            if v in self._written(stmt):
                forward.stmts.append(_copy_of(before, v, stmt))
                linear.stmts.append(_copy_of(new, before, stmt))  # (which may run more than once)
            else:
                forward.stmts.append(ir.Copy((before,), (v,), stmt.origin))
                linear.stmts.append(ir.Copy((new,), (before,), stmt.origin))
        kept = self._without_tangents(ir.Block([stmt]))
        forward.stmts.extend(kept.stmts)
        linear.stmts.extend(_renamed(ir.Block([stmt]), own).stmts)

    def _values_of(self, stmt: ir.Stmt) -> list[ir.Var]:
        """Variables that a loop assigns, and that do not depend on tangents."""
        inner = list(visit.walk(ir.Block([stmt])))
        found = dict.fromkeys(v for s in inner for v in visit.defines(s) if v not in self.varied)
        return list(found)

    def _written(self, stmt: ir.Stmt) -> list[ir.Var]:
        """Memory from before a loop that it writes values into."""
        bases = (s.base if isinstance(s, ir.Store) else s.stack for s in visit.walk(ir.Block([stmt]))
                 if isinstance(s, (ir.Store, ir.Push, ir.Pop)))
        return [b for b in dict.fromkeys(bases) if b in self.known and b not in self.varied]

    def _refuse_shared(self, stmt: ir.Stmt, base: ir.Var) -> None:
        """Refuse memory that the loop knows by several names: it could not be copied alone."""
        others = [v for v in _touched(stmt) if v is not base and v in self.known and self.aliases.same_class(v, base)]
        numbers = isinstance(base.type, ListOf) and isinstance(base.type.item, Num)
        if others or not (isinstance(base.type, Array) or numbers):
            self.wrong(f"computes values and tangents in one loop, and the values go into `{base.hint}`",
                       "compute the values in a loop of their own, before the tangents")

    def _without_tangents(self, block: ir.Block) -> ir.Block:
        kept = ir.Block()
        for stmt in block:
            if self.varied.isdisjoint(_touched(stmt)):
                kept.stmts.append(stmt)
            elif isinstance(stmt, ir.Copy):
                pairs = [(t, s) for t, s in zip(stmt.targets, stmt.sources, strict=True) if t not in self.varied]
                if pairs:
                    kept.stmts.append(ir.Copy(*map(tuple, zip(*pairs, strict=True)), stmt.origin))
            elif visit.blocks(stmt) and self.varied.isdisjoint(visit.reads(stmt)):
                kept.stmts.append(visit.with_blocks(stmt, self._without_tangents))
        return kept


def _touched(stmt: ir.Stmt) -> set[ir.Var]:
    return {v for s in visit.walk(ir.Block([stmt])) for v in (*visit.reads(s), *visit.defines(s))}


def _copy_of(target: ir.Var, source: ir.Var, stmt: ir.For | ir.While) -> ir.Assign:
    if isinstance(source.type, ListOf):
        return ir.Assign(target, ir.Call(list, (source,), (), "call", "list"), stmt.origin)
    return ir.Assign(target, ir.Call(np.copy, (source,), (), "method", "copy"), stmt.origin)


def _renamed(block: ir.Block, names: dict[ir.Var, ir.Var]) -> ir.Block:
    def new(operand: ir.Operand) -> ir.Operand:
        return names.get(operand, operand) if isinstance(operand, ir.Var) else operand

    return ir.Block([visit.map_stmt(stmt, new, lambda inner: _renamed(inner, names)) for stmt in block])


__all__ = ["parted"]
