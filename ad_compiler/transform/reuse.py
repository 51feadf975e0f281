"""Arithmetic of adjoint code in memory that is not needed any more.

    s_bar = w_bar / total                         t = np.vdot(w_bar, w)
    t = np.vdot(w_bar, w)             ==>         w_bar /= total
    u_bar = s_bar - t                             w_bar -= t

An array that is made here, and read no more after an operation that gives an array of its shape and dtype, takes the
result. An operation waits for later readers of the same line. Operands that are written within a larger expression are
left to NumPy, which reuses their memory itself where they are large.
"""
from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..analysis.ownership import Ownership
from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import ONE, Array, Num
from .coalesce import COMPILER_NAMES

_SIGNS = {np.add: "+", np.subtract: "-", np.multiply: "*", np.divide: "/"}
_PLAIN = (ir.Assign, ir.Store, ir.Push, ir.Comment)


def reuse_memory(fn: ir.Function) -> ir.Function:
    """The function with fewer new arrays in the statements that are not the user's."""
    if not any(_is_arithmetic(stmt) for stmt in visit.walk(fn.body)):
        return fn
    body = _Reuse(fn).block(fn.body)
    return fn.with_body(body)


class _Reuse(Ownership):
    def __init__(self, fn: ir.Function) -> None:
        super().__init__(fn)
        self.uses: dict[ir.Var, int] = {}
        self.primal: set[ir.Var] = set()  # unnamed values of the user's statements: they take no cotangent's name
        for stmt in visit.walk(fn.body):
            for v in visit.reads(stmt):
                self.uses[v] = self.uses.get(v, 0) + 1
            if isinstance(stmt, ir.Assign) and stmt.target.hint in COMPILER_NAMES and stmt.origin is not None and not (
                    stmt.origin.adjoint):
                self.primal.add(stmt.target)

    def block(self, block: ir.Block) -> ir.Block:
        stmts = list(block.stmts)
        i = 0
        for stmt in block.stmts:
            i = stmts.index(stmt, i)  # a statement that waits stands later, none earlier
            if visit.blocks(stmt):
                stmts[i] = new = visit.with_blocks(stmt, self.block)
                self.live.after[new] = self.live.after[stmt]
            elif isinstance(stmt, ir.Assign):
                self._reuse(stmts, i, stmt)
        return ir.Block(stmts)

    def _reuse(self, stmts: list[ir.Stmt], i: int, stmt: ir.Assign) -> None:
        """Let an operation write into one of its operands, here or a few statements later."""
        for a, other in self._candidates(stmt):
            place = i if not self.alive_after(stmt, a, stmt.target) else self._later(stmts, i, stmt, a, other)
            if place is None:
                continue
            after = self.live.after[stmts[place]]
            waiting = self.live.mask(v for v in (a, other) if isinstance(v, ir.Var))
            for crossed in stmts[i + 1:place + 1]:  # both operands are read after it now
                self.live.after[crossed] |= waiting
            sign = _SIGNS[stmt.value.function]
            written: list[ir.Stmt] = [ir.Store(a, None, sign, other, stmt.origin),
                                      ir.Assign(stmt.target, a, stmt.origin)]
            self.live.after.update(dict.fromkeys(written, after))
            stmts[i:place + 1] = [*stmts[i + 1:place + 1], *written]
            self.join(stmt.target, a)
            return

    def _candidates(self, stmt: ir.Assign) -> Iterator[tuple[ir.Var, ir.Operand]]:
        """Operands that have the shape and dtype of the result, in memory of ours, each with the other operand."""
        call, target = stmt.value, stmt.target
        if not _is_arithmetic(stmt) or self.assigned[target] != 1 or self._nests(target):
            return
        assert isinstance(call, ir.Call)
        pairs = [call.args]
        if call.function in (np.add, np.multiply):
            pairs.append(call.args[::-1])
        for a, other in pairs:
            if isinstance(a, ir.Var) and a.type == target.type and a.type.kind == "f" and not isinstance(
                    other, ir.Pack) and self._fits(other, a) and self._may_change(a) and not (
                    a in self.primal and target.hint != "t"):
                yield a, other

    def _may_change(self, a: ir.Var) -> bool:
        return not self._nests(a) and self.class_of(a) not in self.foreign and not self.memory.outside(a)

    def _nests(self, var: ir.Var) -> bool:
        """Whether a variable will be written in place of its name."""
        return var.hint == "t" and self.uses.get(var) == 1 and self.assigned.get(var) == 1

    def _fits(self, other: ir.Operand, a: ir.Var) -> bool:
        """Whether an operand has no larger shape or kind, and memory of its own."""
        if isinstance(other, ir.Const):
            return isinstance(other.value, (int, float))
        t = other.type
        if isinstance(t, Num):
            return t.kind in "if" and (t.weak or t.kind == "i" or t.dtype.itemsize <= a.type.dtype.itemsize)
        if not isinstance(t, Array) or t.dtype != a.type.dtype or t.ndim > a.type.ndim:
            return False
        whole = a.type.dims[a.type.ndim - t.ndim:]
        return all(d in (ONE, w) for d, w in zip(t.dims, whole, strict=True)) and (
            other is a or self.class_of(other) is not self.class_of(a))

    def _later(self, stmts: list[ir.Stmt], i: int, stmt: ir.Assign, a: ir.Var, other: ir.Operand) -> int | None:
        """The place of the last statement that an operation can wait for, if nobody reads the operand after it."""
        operands = [v for v in (a, other) if isinstance(v, ir.Var)]
        written = {self.class_of(v) for v in operands if isinstance(v.type, Array)}
        last = i
        for k in range(i + 1, len(stmts)):
            later = stmts[k]
            touched = {*visit.reads(later), *visit.defines(later)}
            if not isinstance(later, _PLAIN) or later.origin is not stmt.origin or stmt.target in touched:
                break
            if not set(visit.defines(later)).isdisjoint(operands) or (
                    isinstance(later, ir.Store) and self.class_of(later.base) in written):
                break
            last = k
        return last if last > i and not self.alive_after(stmts[last], a, stmt.target) else None


def _is_arithmetic(stmt: ir.Stmt) -> bool:
    """Whether a statement of adjoint code computes an array with an operator that can write into its operand."""
    return (isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call) and stmt.value.style == "op"
            and stmt.value.function in _SIGNS and isinstance(stmt.target.type, Array) and stmt.target.type.ndim > 0
            and (stmt.origin is None or stmt.origin.adjoint))
