"""Move minus signs of arrays to where they cost nothing, or less, in adjoint code.

    t = -b_bar[k:, k:]                        t = b_bar[k:, k:]
    b_bar[k:, j] += t @ row       ==>         b_bar[k:, j] -= t @ row
    b_bar[j, k:] += column @ t                b_bar[j, k:] -= column @ t

A sign passes through products, quotients and what only moves elements about, and ends in a sum, which becomes a
difference. Where it does not, it is taken of the smaller result. The numbers stay the same to the last bit.
"""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..analysis.alias import Aliases
from ..analysis.later_writes import LaterWrites
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, Num

#: calls that give the negative result for the negative operand, and of which operands
_FIRST = frozenset((np.roll, np.transpose, np.sum, np.reshape, np.ravel, np.flip, np.swapaxes, np.moveaxis, np.divide,
                    prims.item))
_BOTH = frozenset((np.multiply, np.matmul, np.dot, np.vdot, np.outer))
_FLIPPED = {"+": "-", "-": "+"}
_SUMS = (np.add, np.subtract)


def sink_signs(fn: ir.Function) -> ir.Function:
    """The function with fewer passes over arrays that only change a sign."""
    found = [s for s in visit.walk(fn.body) if _negation(s)]
    for stmt in found:
        changes = _Sinking(fn).of(stmt)
        if changes is not None:
            fn = fn.with_body(visit.replaced(fn.body, changes.get))
    return fn


def _negation(stmt: ir.Stmt) -> bool:
    """Whether a statement of ours computes the negative of an array."""
    return (isinstance(stmt, ir.Assign) and _ours(stmt) and isinstance(stmt.value, ir.Call)
            and stmt.value.function is np.negative and isinstance(stmt.target.type, Array)
            and stmt.target.type.ndim > 0 and isinstance(stmt.value.args[0], ir.Var)
            and stmt.value.args[0].type == stmt.target.type and stmt.target.type.kind in "fc")


def _ours(stmt: ir.Assign | ir.Store) -> bool:
    return stmt.origin is None or stmt.origin.adjoint


class _Sinking:
    """The statements that change when one negation goes. `flipped`: variables that stand for their negatives."""

    def __init__(self, fn: ir.Function) -> None:
        self.uses: dict[ir.Var, list[ir.Stmt]] = {}
        self.assigned: dict[ir.Var, list[ir.Stmt]] = {}
        self.block_of: dict[ir.Stmt, ir.Block] = {}
        self.fn = fn
        for block in _blocks(fn.body):
            for stmt in block.stmts:
                self.block_of[stmt] = block
                for v in dict.fromkeys(visit.reads(stmt)):
                    self.uses.setdefault(v, []).append(stmt)
                for v in visit.defines(stmt):
                    self.assigned.setdefault(v, []).append(stmt)
        self.flipped: dict[ir.Var, ir.Var] = {}
        self.changes: dict[ir.Stmt, list[ir.Stmt]] = {}
        self.work: list[ir.Var] = []
        self.ends: list[ir.Var] = []

    def of(self, stmt: ir.Stmt) -> dict[ir.Stmt, list[ir.Stmt]] | None:
        """What becomes of each statement that has to do with a negation; None if it should stay."""
        assert isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call)
        source = stmt.value.args[0]
        assert isinstance(source, ir.Var)
        if stmt not in self.block_of or not self._flip(stmt.target, source):
            return None
        self.changes[stmt] = []
        while self.work:
            var = self.work.pop()
            for use in self.uses.get(var, ()):
                done = self.changes.get(use)
                if (any(var in visit.reads(s) for s in done) if done is not None else not self._use(use)):
                    return None
        large = stmt.target.type
        assert isinstance(large, Array)
        if any(isinstance(v.type, Array) and v.type.ndim >= large.ndim for v in self.ends):
            return None
        return self.changes if self._lasts(stmt, source) else None

    def _flip(self, var: ir.Var, new: ir.Var) -> bool:
        """Let `new` stand for the negative of a variable that is assigned once."""
        if len(self.assigned.get(var, ())) != 1 or var in self.flipped:
            return False
        self.flipped[var] = new
        self.work.append(var)
        return True

    # --- one use of a variable whose sign is gone -------------------------------------------------------------------
    def _use(self, stmt: ir.Stmt) -> bool:
        if isinstance(stmt, ir.Store):
            return self._store(stmt)
        if not isinstance(stmt, ir.Assign) or not _ours(stmt) or not isinstance(stmt.value, ir.Call):
            return False
        call = stmt.value
        places = [i for i, a in enumerate(call.args) if isinstance(a, ir.Var) and a in self.flipped]
        if len(places) != 1 or sum(v in self.flipped for v in visit.variable_list(call)) != 1:
            return False
        if call.function is np.negative:
            return self._double(stmt, call)
        if _is_sum(call.function):
            return self._sum(stmt, call, places[0])
        if not _passes(call, places[0]):
            return False
        args = tuple(self.flipped.get(a, a) if isinstance(a, ir.Var) else a for a in call.args)
        return self._result(stmt, ir.Call(call.function, args, call.kwargs, call.style, call.text))

    def _result(self, stmt: ir.Assign, call: ir.Call) -> bool:
        """The statement gives the negative of what it gave."""
        target = stmt.target
        if self._absorbed(target):
            new = ir.Var("t", target.type)  # the name of a cotangent would be wrong by a sign
            self.changes[stmt] = [ir.Assign(new, call, stmt.origin)]
            return self._flip(target, new)
        if len(self.assigned[target]) != 1:
            return False
        self.ends.append(target)
        positive = ir.Var("t", target.type)
        self.changes[stmt] = [ir.Assign(positive, call, stmt.origin),
                              ir.Assign(target, ir.Call(np.negative, (positive,), (), "op"), stmt.origin)]
        return True

    def _absorbed(self, var: ir.Var) -> bool:
        """Whether every use of a variable takes a sign."""
        if len(self.assigned.get(var, ())) != 1:
            return False
        for use in self.uses.get(var, ()):
            if isinstance(use, ir.Store):
                if use.value is not var or use.base is var or use.op not in _FLIPPED or var in visit.variable_list(
                        use.index):
                    return False
                continue
            call = use.value if isinstance(use, ir.Assign) and _ours(use) else None
            if not isinstance(call, ir.Call) or sum(v is var for v in visit.variable_list(call)) != 1:
                return False
            place = next((i for i, a in enumerate(call.args) if a is var), None)
            if place is None or not (call.function is np.negative or _is_sum(call.function) or _passes(call, place)):
                return False
        return bool(self.uses.get(var))

    def _store(self, stmt: ir.Store) -> bool:
        value = stmt.value
        index = visit.variable_list(stmt.index)
        if stmt.op not in _FLIPPED or not isinstance(value, ir.Var) or value not in self.flipped or any(
                v in self.flipped for v in (stmt.base, *index)):
            return False
        self.changes[stmt] = [ir.Store(stmt.base, stmt.index, _FLIPPED[stmt.op], self.flipped[value], stmt.origin,
                                       stmt.scatter)]
        return True

    def _double(self, stmt: ir.Assign, call: ir.Call) -> bool:
        """`-t` where t has lost its sign: another name of what stands for it, if that is only read."""
        inner = call.args[0]
        assert isinstance(inner, ir.Var)
        if any(isinstance(use, ir.Store) and use.base is stmt.target for use in self.uses.get(stmt.target, ())) or len(
                self.assigned[stmt.target]) != 1 or isinstance(stmt.target.type, Num):
            return False
        new = self.flipped[inner]
        for use in self.uses.get(stmt.target, ()):
            if use in self.changes or not isinstance(use, (ir.Store, ir.Assign)):
                return False
            self.changes[use] = [visit.map_stmt(use, lambda v: new if v is stmt.target else v, lambda b: b)]
        self.changes[stmt] = []
        return True

    def _sum(self, stmt: ir.Assign, call: ir.Call, place: int) -> bool:
        a, b = call.args
        if place == 1:
            assert isinstance(b, ir.Var)
            other = np.subtract if call.function is np.add else np.add
            self.changes[stmt] = [ir.Assign(stmt.target, ir.Call(other, (a, self.flipped[b]), (), "op"), stmt.origin)]
            return True
        assert isinstance(a, ir.Var)
        if call.function is np.add:
            self.changes[stmt] = [ir.Assign(stmt.target, ir.Call(np.subtract, (b, self.flipped[a]), (), "op"),
                                            stmt.origin)]
            return True
        return self._result(stmt, ir.Call(np.add, (self.flipped[a], b), (), "op"))  # -a - b is -(a + b)

    # --- memory -----------------------------------------------------------------------------------------------------
    def _lasts(self, stmt: ir.Assign, source: ir.Var) -> bool:
        """Whether the operand, in whose place the negative was read, is not written before the last of its readers."""
        block = self.block_of[stmt]
        views = {v for v, new in self.flipped.items() if new is source or self._is_view(v)}
        readers = [s for v in views for s in self.uses.get(v, ())] + [
            s for s, new in self.changes.items() for n in new if source in visit.reads(n)]
        if any(self.block_of.get(s) is not block for s in readers):
            return False
        begin = block.stmts.index(stmt)
        end = max((block.stmts.index(s) for s in readers), default=begin)
        aliases = Aliases(self.fn)
        later = LaterWrites(self.fn, aliases)
        rep, region = aliases.find(source), later.regions.of_view(source)
        for place in range(begin, end + 1):
            own = block.stmts[place]
            direct = place == end and isinstance(own, ir.Store) and (
                isinstance(own.value, ir.Var) and own.value not in views)
            for inner in visit.walk(ir.Block([own])):
                if isinstance(inner, (ir.Effect, ir.Ruled, ir.Given)) or source in visit.defines(inner):
                    return False
                if not isinstance(inner, ir.Store) or aliases.find(inner.base) is not rep or direct:
                    continue
                other = later.regions.of_index(inner.base, inner.index)
                if inner is not own or region is None or other is None or other.root is not region.root or not (
                        region.disjoint(other, later.regions.bounds)):
                    return False
        return True

    def _is_view(self, var: ir.Var) -> bool:
        """Whether a variable may share the memory of another that lost its sign."""
        made = self.assigned[var][0]
        call = made.value if isinstance(made, ir.Assign) else None
        return isinstance(call, ir.Call) and call.function in (
            np.transpose, np.reshape, np.ravel, np.flip, np.swapaxes, np.moveaxis, prims.item)


def _is_sum(function: Any) -> bool:
    return any(function is f for f in _SUMS)


def _passes(call: ir.Call, place: int) -> bool:
    """Whether a call gives the negative for the negative of one operand."""
    try:
        if call.function in _BOTH:
            return not call.kwargs
        if call.function is np.einsum:
            return place > 0
        return place == 0 and call.function in _FIRST and not any(
            k in ("out", "where", "initial") for k, _ in call.kwargs)
    except TypeError:
        return False


def _blocks(block: ir.Block) -> Iterator[ir.Block]:
    yield block
    for stmt in block.stmts:
        for inner in visit.blocks(stmt):
            yield from _blocks(inner)


__all__ = ["sink_signs"]
