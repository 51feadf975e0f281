"""Outer products of vectors by broadcasting, in adjoint code: `np.outer` is a Python function of four calls.

    np.outer(u, v)          ==>         u[:, None] * v
"""
from __future__ import annotations

import numpy as np

from ..analysis.indexing import index_type
from ..ir import nodes as ir
from ..ir import prims, visit
from .defer import is_outer

_FULL = ir.Pack("slice", (ir.Const(None), ir.Const(None), ir.Const(None)))
_COLUMN = ir.Pack("tuple", (_FULL, ir.Const(None)))


def spread_outer_products(fn: ir.Function) -> ir.Function:
    """The function without `np.outer` in the statements that are not the user's."""
    if not any(_ours(s) for s in visit.walk(fn.body)):
        return fn
    return ir.Function(fn.name, fn.params, fn.keywords, _block(fn.body), fn.doc, fn.origin)


def _block(block: ir.Block) -> ir.Block:
    out: list[ir.Stmt] = []
    for stmt in block.stmts:
        if isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call) and _ours(stmt):
            u, v = stmt.value.args
            assert isinstance(u, ir.Var)
            column = ir.Var("t", index_type(u.type, _COLUMN)[0])
            out.append(ir.Assign(column, ir.Call(prims.item, (u, _COLUMN), (), "index"), stmt.origin))
            stmt = ir.Assign(stmt.target, ir.Call(np.multiply, (column, v), (), "op"), stmt.origin)
        elif visit.blocks(stmt):
            stmt = visit.map_stmt(stmt, lambda v: v, _block)
        out.append(stmt)
    return ir.Block(out)


def _ours(stmt: ir.Stmt) -> bool:
    return is_outer(stmt) and (stmt.origin is None or stmt.origin.adjoint)
