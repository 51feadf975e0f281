"""Ask an array for its size that is at hand anyway, so that another can go.

    t = mixed ** 2                                out = 0.5 * np.mean(mixed ** 2)
    out = 0.5 * np.mean(t)          ==>
    mixed_bar = mixed / t.size                    mixed_bar = mixed / mixed.size

An operation on elements gives an array of the shape of its operands. Where nothing but that shape is read of its result
later, but more of an operand, the operand is asked: the result is then a temporary, whose memory the next one takes,
or nobody reads it and it goes.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ..analysis.liveness import Liveness
from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array
from .dead_code import eliminate_dead_code
from .shape_sources import ShapeSources, measured, values_of

DEPTH = 8


def ask_elsewhere(fn: ir.Function) -> ir.Function:
    """The function with sizes asked of arrays that are read later, where they are asked of others."""
    asking = [s for s in visit.walk(fn.body) if _asks(s)]
    if not asking:
        return fn
    silent = {s: ir.Assign(s.target, ir.Const(0), s.origin) for s in asking if isinstance(s, ir.Assign)}
    live = Liveness(fn.with_body(visit.replaced(fn.body, lambda s: [silent[s]] if s in silent else None)))
    defined = _definitions(fn)
    sources = ShapeSources((p for p in (*fn.params, *fn.keywords) if p not in defined), defined.get,
                           lambda: values_of(fn))
    changes: dict[ir.Stmt, list[ir.Stmt]] = {}
    for stmt, stand_in in silent.items():
        call = stmt.value
        assert isinstance(call, ir.Call)
        other = _elsewhere(call, live.after[stand_in], live, sources, defined.get)
        if other is not None:
            changes[stmt] = [ir.Assign(stmt.target, other, stmt.origin)]
    return eliminate_dead_code(fn.with_body(visit.replaced(fn.body, changes.get))) if changes else fn


def _asks(stmt: ir.Stmt) -> bool:
    """Whether a statement of ours reads only the shape of an array."""
    return measured(stmt) is not None and isinstance(stmt, ir.Assign) and (stmt.origin is None or stmt.origin.adjoint)


def _definitions(fn: ir.Function) -> dict[ir.Var, ir.Expr | None]:
    """The expression of each variable that is assigned once; None for the others."""
    found: dict[ir.Var, ir.Expr | None] = {}
    for stmt in visit.walk(fn.body):
        for v in visit.defines(stmt):
            found[v] = stmt.value if isinstance(stmt, ir.Assign) and v not in found else None
    return found


def _elsewhere(call: ir.Call, after: int, live: Liveness, sources: ShapeSources,
               defined: Callable[[ir.Var], ir.Expr | None]) -> ir.Call | None:
    """The same question to an array that is read later, or to an argument; None if it is as it should be."""
    array = call.args[0]
    assert isinstance(array, ir.Var)
    if after & live.bit_of(array) or defined(array) is None:
        return None
    for same in _same_shape(array, sources, defined, DEPTH):
        if after & live.bit_of(same):
            return ir.Call(call.function, (same, *call.args[1:]), call.kwargs, call.style, call.text)
    other = sources.other(call)
    return other if other is not None and after & live.mask(visit.variable_list(other)) else None


def _same_shape(array: ir.Var, sources: ShapeSources, defined: Callable[[ir.Var], ir.Expr | None], depth: int
                ) -> Iterator[ir.Var]:
    """Arrays of the type of this one, in every run, that it was computed from; the nearest first."""
    made = defined(array)
    if depth == 0 or not isinstance(made, ir.Call) or made.kwargs or not (
            isinstance(made.function, np.ufunc) or made.function is np.where) or made.style not in ("op", "call"):
        return
    operands = dict.fromkeys(v for v in visit.variable_list(made) if isinstance(v.type, Array))
    if len(operands) > 1 and not all(map(sources.is_sure, operands)):
        return
    same = [v for v in operands if v.type == array.type]
    yield from same
    for v in same:
        yield from _same_shape(v, sources, defined, depth - 1)


__all__ = ["ask_elsewhere"]
