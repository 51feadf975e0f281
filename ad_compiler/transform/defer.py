"""Sums of outer products over a loop as one product of matrices after it.

    for t in reversed(range(n)):                  left, right = [], []
        u = ...                                   for t in reversed(range(n)):
        v = ...                                       u = ...
        w_bar += np.outer(u, v)          ==>          v = ...
                                                      left.append(u)
                                                      right.append(v)
                                                  w_bar += np.array(left).T @ np.array(right)

Each outer product writes as many numbers as `w_bar` has, twice; the vectors are kept instead. That is done where one of
them was recorded for each iteration anyway, so that no more than twice as much is kept.
"""
from __future__ import annotations

import numpy as np

from ..analysis.alias import Aliases
from ..analysis.infer import type_of
from ..analysis.purity import is_fresh
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, Dim, ListOf, Num, unknown_dim


def defer_outer_products(fn: ir.Function) -> ir.Function:
    """The function with the outer products of its reversed loops summed after them."""
    if not any(is_outer(s) for s in visit.walk(fn.body)):
        return fn
    body = _Deferral(fn).block(fn.body)
    return fn.with_body(body)


class _Deferral:
    def __init__(self, fn: ir.Function) -> None:
        self.aliases = Aliases(fn)
        self.uses: dict[ir.Var, int] = {}
        self.assigned: dict[ir.Var, list[ir.Stmt]] = {}
        for stmt in visit.walk(fn.body):
            for v in visit.reads(stmt):
                self.uses[v] = self.uses.get(v, 0) + 1
            for v in visit.defines(stmt):
                self.assigned.setdefault(v, []).append(stmt)

    def block(self, block: ir.Block) -> ir.Block:
        out: list[ir.Stmt] = []
        for stmt in block.stmts:
            after: list[ir.Stmt] = []
            if isinstance(stmt, ir.For) and stmt.origin is not None and _ours(stmt):
                stmt = self._loop(stmt, out, after)
            else:
                stmt = visit.with_blocks(stmt, self.block)
            out += [stmt, *after]
        return ir.Block(out)

    def _loop(self, loop: ir.For, before: list[ir.Stmt], after: list[ir.Stmt]) -> ir.For:
        body: list[ir.Stmt] = []
        stacks: dict[ir.Var, ir.Var] = {}
        count = unknown_dim()
        for stmt in loop.body.stmts:
            pair = self._deferrable(stmt, loop)
            if pair is None:
                body.append(visit.with_blocks(stmt, self.block))
                continue
            assert isinstance(stmt, ir.Store)
            for vector in pair:
                if vector not in stacks:
                    kept = ir.Var(f"{vector.hint}_rows" if vector.hint != "t" else "rows", ListOf(vector.type))
                    before.append(ir.Assign(kept, ir.Call(list, (ir.Pack("list", ()),), (), "display")))
                    body.append(ir.Push(kept, vector))
                    stacks[vector] = ir.Var("t", _stack(vector, count))
                    after.append(ir.Assign(stacks[vector], ir.Call(np.array, (kept,), (), "call", "np.array"),
                                           stmt.origin))
            after += _summed(stmt, stacks[pair[0]], stacks[pair[1]])
        body = [s for s in body if not (isinstance(s, ir.Assign) and is_outer(s) and self.uses.get(s.target) == 0)]
        return ir.For(loop.target, loop.start, loop.stop, loop.step, ir.Block(self.block(ir.Block(body)).stmts),
                      loop.origin, loop.backward, loop.trips, loop.limit, loop.plan)

    def _deferrable(self, stmt: ir.Stmt, loop: ir.For) -> tuple[ir.Var, ir.Var] | None:
        """The two vectors of an outer product that is added to an array which the loop has nothing else to do with."""
        if not isinstance(stmt, ir.Store) or stmt.op not in ("+", "-") or stmt.index is not None or not isinstance(
                stmt.value, ir.Var) or stmt.scatter or not _ours(stmt):
            return None
        made = self.assigned.get(stmt.value, [])
        if len(made) != 1 or made[0] not in loop.body.stmts or not is_outer(made[0]) or self.uses[stmt.value] != 1:
            return None
        call = made[0].value if isinstance(made[0], ir.Assign) else None
        u, v = call.args if isinstance(call, ir.Call) else (None, None)
        if not isinstance(u, ir.Var) or not isinstance(v, ir.Var):
            return None
        inside = {d for s in visit.walk(loop.body) for d in visit.defines(s)}
        if stmt.base in inside or not {u, v} <= inside or not (self._recorded(u) or self._recorded(v)):
            return None
        if self._changes(u, stmt, loop) or self._changes(v, stmt, loop):
            return None
        rep = self.aliases.find(stmt.base)
        others = [s for s in visit.walk(loop.body) if s is not stmt and not self._also_deferred(s, stmt, loop)]
        if any(self.aliases.find(x) is rep for s in others for x in (*visit.reads(s), *visit.defines(s))
               if not isinstance(x.type, Num)):
            return None
        self.uses[stmt.value] = 0
        return u, v

    def _also_deferred(self, other: ir.Stmt, stmt: ir.Store, loop: ir.For) -> bool:
        """Whether another statement only adds to the array too, at the top of the loop: the order does not matter."""
        return (isinstance(other, ir.Store) and other in loop.body.stmts and other.base is stmt.base
                and other.index is None and other.op in ("+", "-") and other.value is not stmt.base
                and _ours(other) and isinstance(other.value, ir.Var))

    def _recorded(self, var: ir.Var) -> bool:
        """Whether a vector is one that the forward sweep kept for each iteration."""
        made = self.assigned.get(var, [])
        stmt = made[0] if len(made) == 1 else None
        if isinstance(stmt, ir.Pop):
            return True
        value = stmt.value if isinstance(stmt, ir.Assign) else None
        return isinstance(value, ir.Call) and value.function is prims.item and isinstance(
            value.args[0], ir.Var) and isinstance(value.args[0].type, ListOf)

    def _changes(self, vector: ir.Var, stmt: ir.Store, loop: ir.For) -> bool:
        """Whether a vector's memory may be written after an iteration has added its product."""
        if len(self.assigned.get(vector, [])) != 1:
            return True
        rep = self.aliases.find(vector)
        statements = list(visit.walk(loop.body))
        writing = [k for k, s in enumerate(statements) if isinstance(s, ir.Store) and self.aliases.find(s.base) is rep]
        if not writing:
            return False
        carried = any(self.aliases.find(t) is rep for s in statements if isinstance(s, ir.Copy) for t in s.targets)
        made = self.assigned[vector][0]
        return carried or writing[-1] > statements.index(stmt) or not (
            isinstance(made, ir.Assign) and is_fresh(made.value))


def _summed(store: ir.Store, left: ir.Var, right: ir.Var) -> list[ir.Stmt]:
    """`base += left.T @ right`"""
    assert isinstance(left.type, Array)
    turned = ir.Var("t", Array(left.type.dtype, left.type.dims[::-1]))
    product = ir.Var("t", type_of(store.value))
    return [ir.Assign(turned, ir.Call(np.transpose, (left,), (), "attribute", "T"), store.origin),
            ir.Assign(product, ir.Call(np.matmul, (turned, right), (), "op"), store.origin),
            ir.Store(store.base, None, store.op, product, store.origin)]


def _stack(vector: ir.Var, count: Dim) -> Array:
    assert isinstance(vector.type, Array)
    return Array(vector.type.dtype, (count, *vector.type.dims))


def is_outer(stmt: ir.Stmt) -> bool:
    """Whether a statement computes the outer product of two vectors."""
    if not isinstance(stmt, ir.Assign) or not isinstance(stmt.value, ir.Call) or stmt.value.function is not np.outer:
        return False
    args = stmt.value.args
    return len(args) == 2 and not stmt.value.kwargs and all(
        isinstance(a, ir.Var) and isinstance(a.type, Array) and a.type.ndim == 1 and a.type.kind in "fc" for a in args)


def _ours(stmt: ir.Store | ir.For) -> bool:
    return stmt.origin is None or stmt.origin.adjoint
