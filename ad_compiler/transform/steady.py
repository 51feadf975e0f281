"""Cotangents that a loop hands on unchanged: those of sums.

    for i in range(n):               the cotangent of `total` before an iteration is that after it: the loop's adjoint
        total += x[i] * x[i]         reads it where it is, and carries nothing
"""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Num


class Unsteady(Exception):
    """A cotangent was changed after all, for instance rounded to a narrower type: the sweep is emitted without this."""


def same(a: ir.Operand | None, b: ir.Operand | None) -> bool:
    """Whether two operands are one value."""
    if isinstance(a, ir.Const) and isinstance(b, ir.Const):
        return type(a.value) is type(b.value) and a.value == b.value
    return a is b


class LoopSums:
    """Tells which numbers the loop with a body only adds to, whatever its path; `active` carries derivatives.

    The sums so far are other variables (`s1 = s + t; s := s1`): all of them are followed, none may be used otherwise
    by what carries derivatives."""

    def __init__(self, block: ir.Block, active: set[ir.Var]) -> None:
        self.active = active
        self.around: dict[ir.Var, list[ir.Stmt]] = {}  # the statements that read or assign a variable
        self.steps: dict[ir.Stmt, list[tuple[ir.Var, Any]]] = {}
        self.after: dict[ir.Var, list[ir.Var]] = {}  # what a variable's cotangent may come from unchanged
        self.assigned: set[ir.Var] = set()
        for stmt in visit.walk(block):
            defined = visit.defines(stmt)
            self.assigned.update(defined)
            for v in dict.fromkeys((*visit.reads(stmt), *defined)):
                self.around.setdefault(v, []).append(stmt)
            steps = self.steps[stmt] = list(_steps(stmt))
            for target, source in steps:
                if isinstance(source, ir.Var) and isinstance(target.type, Num):
                    self.after.setdefault(source, []).append(target)

    def has(self, var: ir.Var) -> bool:
        """Whether the loop only adds to a number."""
        if not isinstance(var.type, Num) or var.type.kind != "f" or var not in self.assigned:
            return False
        sums = self._sums_from(var)
        touching = dict.fromkeys(s for v in sums for s in self.around.get(v, ()))
        return all(self._only_adds(stmt, sums) for stmt in touching)

    def _sums_from(self, var: ir.Var) -> set[ir.Var]:
        """What is computed from the number by adding to it."""
        sums, left = {var}, [var]
        while left:
            new = [v for v in self.after.get(left.pop(), ()) if v not in sums and v.type.dtype == var.type.dtype]
            sums.update(new)
            left += new
        return sums

    def _only_adds(self, stmt: ir.Stmt, sums: set[ir.Var]) -> bool:
        """Whether a statement leaves the cotangents of the sums what they are."""
        steps, defined = self.steps[stmt], visit.defines(stmt)
        for target in defined:
            if target in sums and [source in sums for t, source in steps if t is target].count(True) != 1:
                return False
        if isinstance(stmt, ir.Copy):
            return all(target in sums for target, source in steps if source in sums and target in self.active)
        if any(target in sums for target in defined) or sums.isdisjoint(visit.reads(stmt)):
            return True
        if isinstance(stmt, (ir.If, ir.For, ir.While, ir.Effect, ir.Raise)):
            return True  # a condition, a bound, something printed: no derivative passes there
        return isinstance(stmt, ir.Assign) and stmt.target not in self.active


def _steps(stmt: ir.Stmt) -> Iterator[tuple[ir.Var, Any]]:
    """Variables whose cotangent goes on, unchanged, to another: the pairs of both."""
    match stmt:
        case ir.Assign(target, ir.Var() as value):
            yield target, value
        case ir.Assign(target, ir.Call(function, (a, b))) if function in (np.add, np.subtract):
            yield target, a
            if function is np.add and a is not b:
                yield target, b
        case ir.Copy():
            yield from zip(stmt.targets, stmt.sources, strict=True)
