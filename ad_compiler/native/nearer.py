"""What is computed element by element waits until it is read, where a product of matrices stands between.

    t = np.outer(g, x)                            v = a.T @ g
    v = a.T @ g                     ==>           t = g[:, None] * x
    a_bar += t                                    a_bar += t

A product has loops of its own. What is computed before it and read after it would need memory, as large as a matrix.
"""
from __future__ import annotations

from collections import Counter

import numpy as np

from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array
from .layout import Memory


def nearer(fn: ir.Function, contiguous: set[ir.Var] | frozenset[ir.Var]) -> ir.Function:
    """The function in such an order."""
    stmts = list(visit.walk(fn.body))
    if not any(map(_product, stmts)):
        return fn
    memory = Memory(fn, contiguous)
    read = Counter(v for s in stmts for v in visit.reads(s))
    assigned = Counter(v for s in stmts for v in visit.defines(s))

    def block(given: ir.Block) -> ir.Block:
        out: list[ir.Stmt] = []
        waiting: list[ir.Assign] = []
        for stmt in given:
            ready = [s for s in waiting if not _commutes(s, stmt, memory)]
            if ready and waiting:
                last = waiting.index(ready[-1])  # those before it may be what it reads
                out += waiting[:last + 1]
                waiting = waiting[last + 1:]
            if _waits(stmt) and read[stmt.target] == 1 == assigned[stmt.target]:
                waiting.append(stmt)
            else:
                out.append(visit.with_blocks(stmt, block))
        return ir.Block([*out, *waiting])

    return fn.with_body(block(fn.body))


def _product(stmt: ir.Stmt) -> bool:
    """Whether a statement multiplies a matrix."""
    return isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call) and stmt.value.function in (
        np.matmul, np.dot) and any(isinstance(v.type, Array) and v.type.ndim > 1 for v in visit.reads(stmt))


def _waits(stmt: ir.Stmt) -> bool:
    """Whether a statement computes a matrix element by element."""
    return isinstance(stmt, ir.Assign) and isinstance(stmt.target.type, Array) and stmt.target.type.ndim > 1 and (
        isinstance(stmt.value, ir.Call) and not stmt.value.kwargs and stmt.value.function is not np.matmul and (
            isinstance(stmt.value.function, np.ufunc) or stmt.value.function is np.outer))


def _commutes(waiting: ir.Assign, stmt: ir.Stmt, memory: Memory) -> bool:
    """Whether a statement may run before one that waits."""
    if isinstance(stmt, ir.Comment):
        return True
    if not isinstance(stmt, ir.Store) and not (isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call)):
        return False
    operands = visit.reads(waiting)
    if waiting.target in visit.reads(stmt) or any(v in operands for v in visit.defines(stmt)):
        return False
    return not isinstance(stmt, ir.Store) or not any(
        isinstance(v.type, Array) and memory.same_class(v, stmt.base) for v in (*operands, waiting.target))
