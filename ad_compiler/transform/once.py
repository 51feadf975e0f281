"""Values computed in a loop that are the same in every iteration: the reverse sweep computes them once.

    for t in range(1, n):                                 leak = 1.0 - keep
        leak = 1.0 - keep                                 for t in reversed(range(1, n)):
        y[t] = keep * y[t - 1] + leak * x[t]      ==>         x_bar[t] += y_bar[t] * leak
"""
from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..analysis.alias import Aliases
from ..analysis.scopes import Scopes
from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array, Num

_NUMBERS = (np.add, np.subtract, np.multiply, np.negative)
_WRITTEN_OUT = (np.eye, np.identity, np.array, np.asarray, np.zeros, np.ones, np.full)
DEPTH = 6


class Once:
    """`stmts` are what the reverse sweep begins with; `of(var)` is the variable there that has the value of `var`."""

    def __init__(self, scopes: Scopes, aliases: Aliases, definition: Callable[[ir.Var], ir.Assign | None]) -> None:
        self.scopes, self.aliases, self.definition = scopes, aliases, definition
        self.stmts: list[ir.Stmt] = []
        self._made: dict[ir.Var, ir.Operand] = {}

    def of(self, var: ir.Var) -> ir.Operand | None:
        """The value, made available before the reversed loops; None if it may differ between iterations."""
        return self._make(var) if self.lasts(var) else None

    def lasts(self, var: ir.Var) -> bool:
        """Whether a value is the same in all iterations, and can be made available before the reversed loops."""
        return self._same(var, DEPTH)

    def _same(self, var: ir.Var, depth: int) -> bool:
        home = self.scopes.home(var)
        if isinstance(var.type, Array) and self.aliases.written(var):
            return False
        if home is None:
            return True
        if var in self.scopes.targets or depth == 0:
            return False
        stmt = self.definition(var)
        if stmt is None:
            return False
        if not self.scopes.in_loop(home):
            return len(self.scopes.path[home]) == 1
        value = stmt.value
        return isinstance(value, ir.Call) and _cannot_raise(value) and all(
            self._same(v, depth - 1) for v in visit.variables(value))

    def _make(self, var: ir.Var) -> ir.Operand:
        home = self.scopes.home(var)
        if home is None or not self.scopes.in_loop(home):
            return var
        found = self._made.get(var)
        if found is None:
            stmt = self.definition(var)
            assert stmt is not None and isinstance(stmt.value, ir.Call)
            value = visit.map_arg(stmt.value, lambda v: self._make(v) if isinstance(v, ir.Var) else v)
            found = self._made[var] = ir.Var(var.hint, var.type)
            self.stmts.append(ir.Assign(found, value))
        return found


def _cannot_raise(call: ir.Call) -> bool:
    """Whether a call may be evaluated also where the loop is not entered: arithmetic on numbers or equal shapes, and
    arrays that are written out (`np.eye(2)`, `np.array([1.0, 0.0])`)."""
    if call.function in _WRITTEN_OUT and all(isinstance(leaf, ir.Const) for leaf in visit.leaves(call)):
        return True
    operands = list(call.args)
    if call.kwargs or not isinstance(call.function, np.ufunc):
        return False
    types = [a.type if isinstance(a, ir.Var) else None for a in operands]
    shapes = {t.dims for t in types if isinstance(t, Array)}
    if any(not isinstance(a, (ir.Var, ir.Const)) or not (t is None or isinstance(t, (Array, Num)))
           for a, t in zip(operands, types, strict=True)):
        return False
    if shapes:
        return len(shapes) == 1
    by_constant = call.function is np.divide and isinstance(operands[1], ir.Const) and operands[1].value
    return call.function in _NUMBERS or bool(by_constant)
