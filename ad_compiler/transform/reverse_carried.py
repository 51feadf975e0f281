"""Cotangents of memory that has several names at run time: shadow arrays, carried beside the references.

Where it depends on the path which array a name stands for (`A, B = B, A` in a loop that ends anywhere, an array picked
from several, arrays in a list that are written later), no name can own a cotangent. The forward sweep then keeps an
array for the cotangent of each such array, and does with it what the function does with the array:

    a = np.sin(x)            a_bar = np.zeros_like(a)
    b = a[1:]                b_bar = a_bar[1:]
    a, c = c, a              a_bar, c_bar = c_bar, a_bar
    xs.append(a)             xs_bar.append(a_bar)

The reverse sweep adds into these arrays; it reads the references as it reads any value of the forward sweep.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..analysis.alias import view_kind
from ..analysis.hazards import Hazards
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, ListOf, Num, Seq
from ..support import shadow_like, shadow_of
from .forward_views import makes_shadow
from .row_adjoint import row_contributions

if TYPE_CHECKING:
    from .reverse import Reverse

_LINE = "copy the array before it is written: `x.copy()`"


def classes(rev: Reverse) -> set[ir.Var]:
    """The alias classes (by representative) whose cotangents are carried."""
    found = set()
    for stmt, other in Hazards(rev.fn, rev.aliases).found:
        if stmt.base in rev.active or other in rev.active:
            found.add(rev.aliases.find(stmt.base))
    for stmt in visit.walk(rev.fn.body):  # an adjoint that is differentiated again
        if isinstance(stmt, ir.Assign) and makes_shadow(stmt.value) and stmt.target in rev.active:
            found.add(rev.aliases.find(stmt.target))
    for var in rev.active:
        item = var.type
        while isinstance(item, ListOf):
            item = item.item
        listed = item is not var.type and isinstance(item, Array)
        if (listed or var in rev.aliases.picked) and rev.aliases.array_written(var):
            found.add(rev.aliases.find(var))
    return found


def shadow(rev: Reverse, var: ir.Var) -> ir.Var:
    """The variable that holds the cotangent of a carried array."""
    found = rev.shadows.get(var)
    if found is None:
        found = rev.shadows[var] = ir.Var(f"{var.hint}_bar", var.type)
    return found


def allocates(rev: Reverse, target: ir.Var, call: ir.Call) -> bool:
    """Whether a call makes the array that `target` names: not a view, not one picked from several."""
    base = call.args[0] if call.args else None
    if target in rev.aliases.derivation or view_kind(call) in ("always", "maybe"):
        return False
    return not (call.function is prims.item and (isinstance(base, ir.Pack) or isinstance(
        getattr(base, "type", None), ListOf)))


def adjoint_of_copy(rev: Reverse, stmt: ir.Assign, call: ir.Call, bar: ir.Var) -> None:
    """The adjoint of a call that may return a view: if it copied, the copy has a shadow of its own."""
    if call.function is shadow_of:
        return  # if there is no memory to share, it is zeros
    base = call.args[0]
    assert isinstance(base, ir.Var), "a view is of memory"
    e = rev.emitter
    bool_ = Num(np.dtype(np.bool_))
    shares = e.call(np.may_share_memory, (bar, rev.buffer(base)), text="np.may_share_memory", type_=bool_)
    copied = e.call(prims.not_, (shares,), style="op", type_=bool_)
    outer, e.block = e.block, ir.Block()
    row_contributions(rev, stmt, call, bar)
    body, e.block = e.block, outer
    e.emit(ir.If(copied, body, ir.Block(), e.origin))


def build(rev: Reverse) -> None:
    """Add what keeps the shadow arrays in step to the forward sweep (before any adjoint is emitted)."""
    body = rev.fn.body.stmts
    for param in (*rev.fn.params, *rev.fn.keywords):
        if rev.carries(param):
            rev.inserted.setdefault(body[0], []).append(_new(rev, param))
    for stmt in visit.walk(rev.fn.body):
        new = _follow(rev, stmt)
        if new:
            rev.inserted_after.setdefault(stmt, []).extend(new)


def _new(rev: Reverse, var: ir.Var) -> ir.Stmt:
    if var in rev.fn.params or var in rev.fn.keywords or var in rev.inputs:
        call = ir.Call(shadow_like, (var,), (), "call", "support.shadow_like")
    else:
        call = ir.Call(np.zeros_like, (var,), (), "call", "np.zeros_like")
    return ir.Assign(shadow(rev, var), call)


def _follow(rev: Reverse, stmt: ir.Stmt) -> list[ir.Stmt]:
    match stmt:
        case ir.Assign(target, value) if rev.carries(target) or _splits(rev, target):
            return [_created(rev, stmt, target, value)]
        case ir.Copy(targets, sources):
            pairs = [(t, s) for t, s in zip(targets, sources, strict=True) if rev.carries(t)]
            if pairs:
                shadows = tuple(_source(rev, stmt, s) for _, s in pairs)
                return [ir.Copy(tuple(shadow(rev, t) for t, _ in pairs), shadows)]
        case ir.Given(results):  # memory of its own, see `rules.py`
            return [_new(rev, r) for r in results if rev.carries(r)]
    return []


def _splits(rev: Reverse, var: ir.Var) -> bool:
    return isinstance(var.type, Seq) and var in rev.aliases.derivation and rev.aliases.find(var) in rev.carried


def _source(rev: Reverse, stmt: ir.Stmt, source: ir.Operand) -> ir.Operand:
    if isinstance(source, ir.Const) and source.value is None:
        return source  # not assigned on this path
    if not isinstance(source, ir.Var) or not rev.carries(source):
        rev.refuse(stmt, "this name stands for an array or for a number, and the array is written", _LINE)
    return shadow(rev, source)


def _created(rev: Reverse, stmt: ir.Assign, target: ir.Var, value: ir.Expr) -> ir.Stmt:
    new = shadow(rev, target)
    if isinstance(value, ir.Var):
        return ir.Assign(new, shadow(rev, value))
    if not isinstance(value, ir.Call):
        return _new(rev, target)
    if value.function is shadow_like:
        return ir.Assign(new, value)
    kind = view_kind(value)
    base = value.args[0] if value.args else None
    if kind == "maybe" and base in rev.aliases.read_only:
        rev.refuse(stmt, "this may share the memory of a read-only view, and of an array that has several names", _LINE)
    if kind == "always" or target in rev.aliases.derivation:
        args = (shadow(rev, base), *value.args[1:])
        return ir.Assign(new, ir.Call(value.function, args, value.kwargs, value.style, value.text))
    if kind == "maybe":
        args = (shadow(rev, base), base, target)
        return ir.Assign(new, ir.Call(shadow_of, args, (), "call", "support.shadow_of"))
    if value.function is prims.item and isinstance(base, ir.Pack):
        items = tuple(_shadow_of_item(rev, stmt, item) for item in base.items)
        return ir.Assign(new, ir.Call(prims.item, (base.of(items), *value.args[1:]), (), value.style))
    if value.function is prims.item and isinstance(base, ir.Var) and isinstance(base.type, ListOf):
        from .reverse_lists import shadow_of as list_shadow

        return ir.Assign(new, ir.Call(prims.item, (list_shadow(rev, base, stmt), *value.args[1:]), (), value.style))
    if isinstance(base, ir.Var) and isinstance(base.type, Seq) and base in rev.aliases.shared_with:
        rev.refuse(stmt, "an array and the pieces it was split into are both written", _LINE)
    return _new(rev, target)


def _shadow_of_item(rev: Reverse, stmt: ir.Stmt, item: ir.Arg) -> ir.Var:
    if not isinstance(item, ir.Var) or not rev.carries(item):
        rev.refuse(stmt, "one of the values picked from here is no array that can be written", _LINE)
    return shadow(rev, item)


__all__ = ["build", "classes", "shadow"]
