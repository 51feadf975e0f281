"""A rule for forward mode taken apart: what it computes from the arguments, and what it computes from tangents.

    for i in range(n):                for i in range(n):              for i in range(n):
        d = d * x + y * d_x    ==>        y = y * x            and        d = d * x + y2 * d_x
        y = y * x                                                         y2 = y2 * x

A branch that computes both becomes two branches. A loop becomes two loops; that of the tangents computes the values
once more, since it needs them as they were in each iteration. The statements of the tangents run after all of the
values; an array that they read, and that is written between the two, is copied where they stood.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NoReturn

import numpy as np

from ...analysis.alias import Aliases
from ...analysis.dependence import depending
from ...ir import nodes as ir
from ...ir import prims, visit
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
        self.writes = {id(s): base for s in visit.walk(block)  # of values that are still to come
                       if (base := _written_by(s)) is not None and base not in varied}

    def parts(self, block: ir.Block) -> tuple[ir.Block, ir.Block]:
        forward, linear = ir.Block(), ir.Block()
        for stmt in block:
            if not visit.blocks(stmt):
                self.writes.pop(id(stmt), None)
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
                self._passed(stmt)
                linear.stmts.append(self.as_it_was(self.loop(stmt, forward, linear), forward))
            case _:
                if visit.blocks(stmt) and (written := self._written(stmt)):
                    self.wrong(f"computes values and tangents in one statement, and the values go into "
                               f"`{written[0].hint}`", "compute the values before the tangents")
                self._passed(stmt)
                linear.stmts.append(self.as_it_was(stmt, forward))

    def _passed(self, stmt: ir.Stmt) -> None:
        for inner in visit.walk(ir.Block([stmt])):
            self.writes.pop(id(inner), None)

    def changes(self, var: ir.Var) -> bool:
        """Whether values still go into memory that a variable may share."""
        return any(self.aliases.same_class(var, base) for base in self.writes.values())

    def as_it_was(self, stmt: ir.Stmt, forward: ir.Block) -> ir.Stmt:
        """A statement of the tangents that reads copies of the memory which the values still go into."""
        own = {v for s in visit.walk(ir.Block([stmt])) for v in visit.defines(s)}
        saved: dict[ir.Var, ir.Var] = {}
        for v in sorted(_touched(stmt) - self.varied - own, key=lambda v: v.uid):
            if self.changes(v):
                if not (isinstance(v.type, Array) or _of_numbers(v.type)):
                    self.wrong(f"reads `{v.hint}` for tangents, and changes it later", "change a copy of it")
                saved[v] = ir.Var(v.hint, v.type)
                forward.stmts.append(_copy_of(saved[v], v, stmt))
        return _renamed(ir.Block([stmt]), saved).stmts[0]

    def loop(self, stmt: ir.For | ir.While, forward: ir.Block, linear: ir.Block) -> ir.Stmt:
        """Append the loop of the values, and return that of the tangents, whose values have names and memory of their
        own."""
        own = {v: ir.Var(v.hint, v.type) for v in self._values_of(stmt)}
        for base in self._written(stmt):
            if base not in own:
                self._refuse_shared(stmt, base)
                own[base] = ir.Var(base.hint, base.type)
        for v, new in own.items():
            if v not in self.known:
                continue
            before = ir.Var(v.hint, v.type)  # as it is where the loop begins
            if v in self._written(stmt) or (isinstance(v.type, Array) and self.changes(v)):
                forward.stmts.append(_copy_of(before, v, stmt))
                linear.stmts.append(_copy_of(new, before, stmt))  # (which may run more than once)
            else:
                forward.stmts.append(ir.Copy((before,), (v,), stmt.origin))
                linear.stmts.append(ir.Copy((new,), (before,), stmt.origin))
        kept = self._without_tangents(ir.Block([stmt]))
        forward.stmts.extend(kept.stmts)
        return _renamed(ir.Block([stmt]), own).stmts[0]

    def _values_of(self, stmt: ir.Stmt) -> list[ir.Var]:
        """Variables that a loop assigns, and that do not depend on tangents."""
        inner = list(visit.walk(ir.Block([stmt])))
        found = dict.fromkeys(v for s in inner for v in visit.defines(s) if v not in self.varied)
        return list(found)

    def _written(self, stmt: ir.Stmt) -> list[ir.Var]:
        """Memory from before a loop that it writes values into."""
        bases = map(_written_by, visit.walk(ir.Block([stmt])))
        return [b for b in dict.fromkeys(bases) if b is not None and b in self.known and b not in self.varied]

    def _refuse_shared(self, stmt: ir.Stmt, base: ir.Var) -> None:
        """Refuse memory that the loop knows by several names: it could not be copied alone."""
        others = [v for v in _touched(stmt) if v is not base and v in self.known and self.aliases.same_class(v, base)]
        if others or not (isinstance(base.type, Array) or _of_numbers(base.type)):
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


def _written_by(stmt: ir.Stmt) -> ir.Var | None:
    match stmt:
        case ir.Store(base) | ir.SetSlot(base):
            return base
        case ir.Push(stack) | ir.Pop(stack=stack):
            return stack
        case _:
            return None


def _of_numbers(t: object) -> bool:
    return isinstance(t, ListOf) and isinstance(t.item, Num)


def _copy_of(target: ir.Var, source: ir.Var, stmt: ir.Stmt) -> ir.Assign:
    if isinstance(source.type, ListOf):  # (`xs[:]`: of a slice the derivative is known, as of any the user takes)
        whole = ir.Pack("slice", (ir.Const(None),) * 3)
        return ir.Assign(target, ir.Call(prims.item, (source, whole), (), "index"), stmt.origin)
    return ir.Assign(target, ir.Call(np.copy, (source,), (), "method", "copy"), stmt.origin)


def _renamed(block: ir.Block, names: dict[ir.Var, ir.Var]) -> ir.Block:
    def new(operand: ir.Operand) -> ir.Operand:
        return names.get(operand, operand) if isinstance(operand, ir.Var) else operand

    return ir.Block([visit.map_stmt(stmt, new, lambda inner: _renamed(inner, names)) for stmt in block])


__all__ = ["parted"]
