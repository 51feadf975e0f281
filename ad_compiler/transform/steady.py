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


def is_sum(var: ir.Var, block: ir.Block, active: set[ir.Var]) -> bool:
    """Whether a loop with this body only adds to a number, whatever its path.

    The sums so far are other variables (`s1 = s + t; s := s1`): all of them are followed, none may be used otherwise
    by what carries derivatives."""
    if not isinstance(var.type, Num) or var.type.kind != "f":
        return False
    stmts = list(visit.walk(block))
    sums = _sums_from(var, stmts)
    if var in sums and all(_only_adds(s, sums, active) for s in stmts):
        return any(var in visit.defines(s) for s in stmts)
    return False


def _sums_from(var: ir.Var, stmts: list[ir.Stmt]) -> set[ir.Var]:
    """What is computed from the number by adding to it."""
    sums, before = {var}, 0
    while len(sums) > before:
        before = len(sums)
        sums.update(target for s in stmts for target, source in _steps(s) if source in sums and isinstance(
            target.type, Num) and target.type.dtype == var.type.dtype)
    return sums


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


def _only_adds(stmt: ir.Stmt, sums: set[ir.Var], active: set[ir.Var]) -> bool:
    """Whether a statement leaves the cotangents of the sums what they are."""
    steps = list(_steps(stmt))
    for target in visit.defines(stmt):
        if target in sums and [source in sums for t, source in steps if t is target].count(True) != 1:
            return False
    if isinstance(stmt, ir.Copy):
        return all(target in sums for target, source in steps if source in sums and target in active)
    if any(target in sums for target in visit.defines(stmt)) or sums.isdisjoint(visit.reads(stmt)):
        return True
    if isinstance(stmt, (ir.If, ir.For, ir.While, ir.Effect, ir.Raise)):
        return True  # a condition, a bound, something printed: no derivative passes there
    return isinstance(stmt, ir.Assign) and stmt.target not in active
