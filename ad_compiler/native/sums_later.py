"""What is computed from a sum over an array waits until it is read, so that the loop which computes the sum can go on.

    s = np.dot(a_bar, x)                          s = np.dot(a_bar, x)
    p_bar = p_bar - s                   ==>       b = a_bar * p
    b = a_bar * p                                 p_bar = p_bar - s
"""
from __future__ import annotations

import numpy as np

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, Num


def sums_later(fn: ir.Function) -> ir.Function:
    """The function in such an order."""
    return fn.with_body(_block(fn.body))


def _block(block: ir.Block) -> ir.Block:
    sums: set[ir.Var] = set()  # and what is computed from them
    waiting: list[ir.Stmt] = []
    out: list[ir.Stmt] = []
    for stmt in block:
        reads = set(visit.reads(stmt))
        if _number(stmt) and reads & sums:
            sums.update(visit.defines(stmt))
            waiting.append(stmt)
            continue
        plain = isinstance(stmt, ir.Store) or (isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call))
        if not plain or any(v in reads for s in waiting for v in visit.defines(s)):
            out += waiting
            waiting = []
        if isinstance(stmt, ir.Assign) and isinstance(stmt.target.type, Num) and isinstance(stmt.value, ir.Call) and (
                stmt.value.function is not prims.item and any(isinstance(v.type, Array) for v in reads)):
            sums.add(stmt.target)
        out.append(visit.with_blocks(stmt, _block))
    return ir.Block([*out, *waiting])


def _number(stmt: ir.Stmt) -> bool:
    """Whether a statement computes a number from numbers."""
    return isinstance(stmt, ir.Assign) and isinstance(stmt.target.type, Num) and isinstance(stmt.value, ir.Call) and (
        isinstance(stmt.value.function, np.ufunc)) and not any(isinstance(v.type, Array) for v in visit.reads(stmt))
