"""Tangents of arrays of which only the run shows whether they share memory (`x.T.reshape(-1)`), where it is written.

The tangent of such an array must share memory with its base's tangent if and only if the array shares the base's.
Tangents in these alias classes are therefore laid out in memory as their arrays, and the result decides:

    flat = y.T.reshape(-1)          flat_dot = support.shadow_of(y_dot.T, y.T, flat)
                                    if not np.may_share_memory(flat_dot, y_dot.T):
                                        flat_dot[...] = y_dot.T.reshape(-1)
"""
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..analysis.alias import BY_LAYOUT, Aliases, view_kind
from ..analysis.hazards import Hazards
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, Num
from ..support import shadow_like, shadow_of
from .forward_calls import tangent_of_call
from .handles import to_arg

if TYPE_CHECKING:
    from .forward import Forward


def unsure_classes(fn: ir.Function, aliases: Aliases, active: set[ir.Var]) -> set[ir.Var]:
    """Representatives of the alias classes in which a write may be seen through an array that may be a copy."""
    shadows = {aliases.find(stmt.target) for stmt in visit.walk(fn.body)
               if isinstance(stmt, ir.Assign) and stmt.target in active and (
                   makes_shadow(stmt.value) or (by_strides(stmt.value) and aliases.written(stmt.target)))}
    return shadows | {aliases.find(stmt.base) for stmt, other in Hazards(fn, aliases).found
                      if {other, aliases.root(stmt.base)} & aliases.shared_with.keys() & active}


def makes_shadow(value: ir.Expr | None) -> bool:
    """Whether an expression of adjoint code, which is differentiated again, gives memory laid out as another array."""
    return isinstance(value, ir.Call) and value.function in (shadow_like, shadow_of)


def by_strides(value: ir.Expr | None) -> bool:
    """Whether an expression views memory by strides: its tangent is such a view of a tangent that is laid out alike."""
    return isinstance(value, ir.Call) and value.function in BY_LAYOUT


def laid_out(fwd: Forward, like: ir.Var, tangent: ir.Operand) -> ir.Var:
    """A copy of a tangent that has the strides of its array."""
    new = fwd.emitter.call(shadow_like, (like,), text="support.shadow_like", type_=like.type, hint=f"{like.hint}_dot")
    fwd.emitter.emit(ir.Store(new, ir.Const(Ellipsis), "", tangent, fwd.emitter.origin))
    return new


def of_view(fwd: Forward, stmt: ir.Assign, call: ir.Call) -> bool:
    """Emit the tangent of a call that may return a view, if its memory is of an unsure class; whether it was."""
    target, e = stmt.target, fwd.emitter
    unsure = needs_layout(fwd, target) and (
        by_strides(call) or (target in fwd.aliases.shared_with and view_kind(call) == "maybe"))
    if not unsure or not fwd.is_active(call.args[0]):
        return False
    base_dot = fwd.dot(call.args[0])
    dot = e.call(shadow_of, (base_dot, call.args[0], target), text="support.shadow_of", type_=target.type,
                 hint=f"{target.hint}_dot")
    fwd.dots[target, None] = dot
    if call.function is shadow_of or by_strides(call):
        return True  # if there is no memory to share, it is zeros
    bool_ = Num(np.dtype(np.bool_))
    shares = e.call(np.may_share_memory, (dot, base_dot), text="np.may_share_memory", type_=bool_)
    outer, e.block = e.block, ir.Block()
    value = to_arg(tangent_of_call(fwd, stmt, call))  # not the same call: `np.diff(x, prepend=1.0)` adds a constant
    assert isinstance(value, (ir.Var, ir.Const))
    e.emit(ir.Store(dot, ir.Const(Ellipsis), "", value, e.origin))
    body, e.block = e.block, outer
    e.emit(ir.If(e.call(prims.not_, (shares,), style="op", type_=bool_), body, ir.Block(), e.origin))
    return True


def needs_layout(fwd: Forward, var: ir.Var) -> bool:
    return isinstance(var.type, Array) and fwd.aliases.find(var) in fwd.unsure


__all__ = ["laid_out", "makes_shadow", "needs_layout", "of_view", "unsure_classes"]
