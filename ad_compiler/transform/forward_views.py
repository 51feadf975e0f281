"""Tangents of arrays of which only the run shows whether they share memory (`x.T.reshape(-1)`), where it is written.

The tangent of such an array must share memory with its base's tangent if and only if the array shares the base's.
Tangents in these alias classes are therefore laid out in memory as their arrays, and the result decides:

    flat = y.T.reshape(-1)          flat_dot = support.shadow_of(flat, y.T, y_dot.T)
                                    if not np.may_share_memory(flat_dot, y_dot.T):
                                        flat_dot[...] = y_dot.T.reshape(-1)
"""
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..analysis.alias import Aliases, view_kind
from ..analysis.hazards import Hazards
from ..ir import nodes as ir
from ..ir import prims
from ..ir.types import Array, Num
from ..support import shadow_like, shadow_of

if TYPE_CHECKING:
    from .forward import Forward


def unsure_classes(fn: ir.Function, aliases: Aliases, active: set[ir.Var]) -> set[ir.Var]:
    """Representatives of the alias classes in which a write may be seen through an array that may be a copy."""
    return {aliases.find(stmt.base) for stmt, other in Hazards(fn, aliases).found
            if {other, aliases.root(stmt.base)} & aliases.shared_with.keys() & active}


def laid_out(fwd: Forward, like: ir.Var, tangent: ir.Operand) -> ir.Var:
    """A copy of a tangent that has the strides of its array."""
    new = fwd.emitter.call(shadow_like, (like,), text="support.shadow_like", type_=like.type, hint=f"{like.hint}_dot")
    fwd.emitter.emit(ir.Store(new, ir.Const(Ellipsis), "", tangent, fwd.emitter.origin))
    return new


def of_view(fwd: Forward, stmt: ir.Assign, call: ir.Call) -> bool:
    """Emit the tangent of a call that may return a view, if its memory is of an unsure class; whether it was."""
    target, e = stmt.target, fwd.emitter
    if not needs_layout(fwd, target) or target not in fwd.aliases.shared_with or view_kind(call) != "maybe":
        return False
    base_dot = fwd.dot(call.args[0])
    dot = e.call(shadow_of, (target, call.args[0], base_dot), text="support.shadow_of", type_=target.type,
                 hint=f"{target.hint}_dot")
    bool_ = Num(np.dtype(np.bool_))
    shares = e.call(np.may_share_memory, (dot, base_dot), text="np.may_share_memory", type_=bool_)
    outer, e.block = e.block, ir.Block()
    value = e.call(call.function, (base_dot, *call.args[1:]), dict(call.kwargs), call.style, call.text,
                   type_=target.type)
    e.emit(ir.Store(dot, ir.Const(Ellipsis), "", value, e.origin))
    body, e.block = e.block, outer
    e.emit(ir.If(e.call(prims.not_, (shares,), style="op", type_=bool_), body, ir.Block(), e.origin))
    fwd.dots[target, None] = dot
    return True


def needs_layout(fwd: Forward, var: ir.Var) -> bool:
    return isinstance(var.type, Array) and fwd.aliases.find(var) in fwd.unsure


__all__ = ["laid_out", "needs_layout", "of_view", "unsure_classes"]
