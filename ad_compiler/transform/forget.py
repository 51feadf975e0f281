"""Let go, before the reverse sweep, of arrays that only the forward sweep needed.

    turned = p * c + crossed * s                  turned = p * c + crossed * s
    local = turned + place                        local = turned + place
    ...                                           ...
                                      ==>         del turned, shown
    # --- reverse ---                             # --- reverse ---

A variable keeps its array until the function returns, and the reverse sweep is where most memory is in use. Of a
single array nothing is said.
"""
from __future__ import annotations

from dataclasses import replace

from ..analysis.ownership import Ownership
from ..analysis.purity import is_fresh
from ..ir import nodes as ir
from ..ir.types import Array

LEAST = 2


def forget_values(fn: ir.Function) -> ir.Function:
    """The function with a note, where its reverse sweep begins, of what it can let go."""
    border = next((i for i, s in enumerate(fn.body.stmts) if isinstance(s, ir.Comment) and s.text), None)
    if border is None or border == 0:
        return fn
    mark = fn.body.stmts[border]
    assert isinstance(mark, ir.Comment)
    forward = fn.body.stmts[:border]
    if sum(_makes_array(s) for s in forward) < LEAST:
        return fn
    names = _no_longer_read(fn, forward, mark)
    if len(names) < LEAST:
        return fn
    body = ir.Block([*forward, replace(mark, forgotten=names), *fn.body.stmts[border + 1:]])
    return fn.with_body(body)


def _makes_array(stmt: ir.Stmt) -> bool:
    return (isinstance(stmt, ir.Assign) and isinstance(stmt.target.type, Array) and stmt.target.type.ndim > 0
            and is_fresh(stmt.value))


def _no_longer_read(fn: ir.Function, forward: list[ir.Stmt], mark: ir.Comment) -> tuple[ir.Var, ...]:
    """Variables that hold an array of their own, of which nothing is read any more under any name."""
    known = Ownership(fn)
    live = known.live.after[mark]
    params = {*fn.params, *fn.keywords}
    made = [s.target for s in forward if isinstance(s, ir.Assign) and _makes_array(s)]
    return tuple(v for v in dict.fromkeys(made) if v not in params and not live & known.live.mask(
        known.members[known.class_of(v)] | {v}))


__all__ = ["forget_values"]
