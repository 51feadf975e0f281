"""Adjoints of run-time lists: a shadow list, kept in step by the forward sweep, holds the items' cotangents.

    xs.append(v)     forward: xs_bar.append(0.0)      reverse: v_bar += xs_bar.pop()
    v = xs.pop()     forward: xs_bar.pop()            reverse: xs_bar.append(v_bar)
    v = xs[i]                                         reverse: xs_bar[i] += v_bar
    xs[i] = v                                         reverse: v_bar += xs_bar[i]; xs_bar[i] = 0.0

Items that are lists themselves have shadow lists as their cells, so aliases of lists stay aliases of shadows.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..analysis.infer import type_of
from ..ir import nodes as ir
from ..ir import prims
from ..ir.types import Array, ListOf, Num, Type, can_carry
from .bars import ZERO, expand
from .handles import wrap
from .list_joins import join, take_apart
from .list_sizes import of_many_sizes, own_size

if TYPE_CHECKING:
    from .reverse import Reverse

_INT = Num(np.dtype(np.int64))


def shadow_of(rev: Reverse, var: ir.Operand, stmt: ir.Stmt) -> ir.Var:
    """The shadow of a list variable."""
    if not isinstance(var, ir.Var) or not isinstance(var.type, ListOf):
        rev.refuse(stmt, "this value in a list cannot be followed", "put numbers, arrays or lists into the list")
    found = rev.shadows.get(var)
    if found is None:
        found = rev.shadows[var] = ir.Var(f"{var.hint}_bar", var.type)
    return found


def _check(rev: Reverse, var: ir.Var, stmt: ir.Stmt) -> None:
    item = var.type.item
    if item is not None and not isinstance(item, (Array, Num, ListOf)):
        rev.refuse(stmt, f"a list of {item} cannot be followed", "use one list for each part")


def build_shadows(rev: Reverse, block: ir.Block) -> None:
    """Add what keeps the shadows in step to the forward sweep (before any adjoint is emitted)."""
    from ..ir import visit

    for stmt in visit.walk(block):
        new = _forward(rev, stmt)
        if new:
            rev.inserted_after.setdefault(stmt, []).extend(new)


def _forward(rev: Reverse, stmt: ir.Stmt) -> list[ir.Stmt]:
    match stmt:
        case ir.Assign(target, value) if isinstance(target.type, ListOf) and target in rev.active:
            _check(rev, target, stmt)
            return _created(rev, stmt, target, value)
        case ir.Copy(targets, sources):
            pairs = [(t, s) for t, s in zip(targets, sources, strict=True)
                     if isinstance(t.type, ListOf) and t in rev.active]
            if pairs:
                # a path on which there is no list has none for its shadow either
                return [ir.Copy(tuple(shadow_of(rev, t, stmt) for t, _ in pairs),
                                tuple(shadow_of(rev, s, stmt) if isinstance(s, ir.Var) else s for _, s in pairs))]
        case ir.Push(stack, value) if stack in rev.active:
            cell, before = _cell(rev, value, stack.type.item, stmt)
            return [*before, ir.Push(shadow_of(rev, stack, stmt), cell)]
        case ir.Pop(target, stack) if stack in rev.active:
            cell = ir.Var("_", target.type)
            if isinstance(target.type, ListOf):
                cell = shadow_of(rev, target, stmt)
            elif rev.carries(target):
                cell = rev.buffer(target)
            return [ir.Pop(cell, shadow_of(rev, stack, stmt))]
        case ir.Store(base, index, _, value) if base in rev.active and _holds_references(rev, base):
            return _replaced(rev, stmt, shadow_of(rev, base, stmt), index, value)
        case ir.Store(base, index, _, value) if base in rev.active and of_many_sizes(base):
            old = rev.overwritten[stmt] = ir.Var("old", base.type.item)
            rev.inserted.setdefault(stmt, []).append(
                ir.Assign(old, ir.Call(prims.item, (base, index), (), "index"), stmt.origin))
            cell, before = _cell(rev, value, base.type.item, stmt)
            return [*before, ir.Store(shadow_of(rev, base, stmt), index, "", cell)]
    return []


def _holds_references(rev: Reverse, var: ir.Var) -> bool:
    """Whether the cells of a list's shadow are shadows themselves: of lists, or of arrays that are carried."""
    item = var.type.item if isinstance(var.type, ListOf) else None
    return isinstance(item, ListOf) or (
        isinstance(item, Array) and item.kind in "fc" and rev.aliases.find(var) in rev.carried)


def _replaced(rev: Reverse, stmt: ir.Store, shadow: ir.Var, index: ir.Arg | None, value: ir.Operand
              ) -> list[ir.Stmt]:
    """`xs[i] = ys`: the cell that was there before is kept for the reverse sweep, which puts it back."""
    item = shadow.type.item
    old = rev.replaced[stmt] = ir.Var("cell", item)
    read = ir.Assign(old, ir.Call(prims.item, (shadow, index), (), "index"))
    rev.inserted.setdefault(stmt, []).append(read)
    cell, before = _cell(rev, value, item, stmt)
    return [*before, ir.Store(shadow, index, "", cell)]


def _cell(rev: Reverse, value: ir.Arg, item: Type | None, stmt: ir.Stmt) -> tuple[ir.Operand, list[ir.Stmt]]:
    """A new cell for an item: zero for a number, zeros for an array, the shadow of a list."""
    if isinstance(item, ListOf) and can_carry(item):
        return shadow_of(rev, value, stmt), []
    if isinstance(value, ir.Var) and rev.carries(value):
        return rev.buffer(value), []
    if isinstance(item, Array) and isinstance(value, ir.Var):
        zeros = ir.Var("zeros", item)
        return zeros, [ir.Assign(zeros, ir.Call(np.zeros_like, (value,), (), "call", "np.zeros_like"))]
    return ZERO, []


def _created(rev: Reverse, stmt: ir.Assign, target: ir.Var, value: ir.Expr) -> list[ir.Stmt]:
    shadow = shadow_of(rev, target, stmt)
    if isinstance(value, ir.Var):
        return [ir.Assign(shadow, shadow_of(rev, value, stmt))]
    if not isinstance(value, ir.Call):
        rev.refuse(stmt, "this list cannot be followed")
        return []
    item = target.type.item
    if value.style == "display":
        items = value.args[0].items
        cells, before = [], []
        for i in items:
            cell, extra = _cell(rev, i, item, stmt)
            cells.append(cell)
            before += extra
        return [*before, ir.Assign(shadow, ir.Call(list, (ir.Pack("list", tuple(cells)),), (), "display"))]
    if value.function is np.multiply:
        base = shadow_of(rev, value.args[0], stmt)
        return [ir.Assign(shadow, ir.Call(np.multiply, (base, value.args[1]), (), "op"))]
    if value.function is prims.item:
        base = shadow_of(rev, value.args[0], stmt)
        return [ir.Assign(shadow, ir.Call(prims.item, (base, value.args[1]), (), "index"))]
    rev.refuse(stmt, "this list cannot be followed", "build it with append")
    return []


def push_or_pop(rev: Reverse, stmt: ir.Push | ir.Pop) -> None:
    if stmt.stack not in rev.active:
        return
    shadow = shadow_of(rev, stmt.stack, stmt)
    item = stmt.stack.type.item
    if item is not None and _holds_references(rev, stmt.stack):
        if isinstance(stmt, ir.Push):
            rev.emitter.emit(ir.Pop(ir.Var("_", item), shadow, rev.emitter.origin))
        else:
            cell = shadow_of(rev, stmt.target, stmt) if isinstance(item, ListOf) else rev.buffer(stmt.target)
            rev.emitter.emit(ir.Push(shadow, cell, rev.emitter.origin))
        return
    if isinstance(stmt, ir.Push):
        cell = ir.Var("t", own_size(stmt.value, item))
        rev.emitter.emit(ir.Pop(cell, shadow, rev.emitter.origin))
        rev.contribute(stmt.value, wrap(rev.emitter, cell))
        return
    bar = rev.bars.take((stmt.target, None))
    rev.emitter.emit(ir.Push(shadow, _or_zero(rev, bar, stmt.target), rev.emitter.origin))


def _or_zero(rev: Reverse, bar: ir.Operand | None, like: ir.Var) -> ir.Operand:
    """The cotangent of an item at its full shape."""
    if bar is not None:
        return expand(rev.emitter, bar, like, like.type)
    if isinstance(like.type, Array):
        return rev.emitter.call(np.zeros_like, (like,), text="np.zeros_like", type_=like.type)
    return ZERO


def store_item(rev: Reverse, stmt: ir.Store) -> None:
    """Adjoint of `xs[i] = v`."""
    base, value = stmt.base, stmt.value
    if base not in rev.active or not isinstance(base.type, ListOf):
        return
    shadow = shadow_of(rev, base, stmt)
    assert stmt.index is not None
    if stmt in rev.replaced:
        rev.emitter.emit(ir.Store(shadow, stmt.index, "", rev.replaced[stmt], rev.emitter.origin))
        return
    item = base.type.item
    assert item is not None
    cell = rev.emitter.call(prims.item, (shadow, stmt.index), style="index", type_=own_size(value, item))
    zero: ir.Operand = ZERO
    if isinstance(item, Array):
        like = rev.overwritten.get(stmt, cell)
        zero = rev.emitter.call(np.zeros_like, (like,), text="np.zeros_like", type_=item)
    rev.emitter.emit(ir.Store(shadow, stmt.index, "", zero, rev.emitter.origin))
    rev.contribute(value, wrap(rev.emitter, cell))


def assign_list(rev: Reverse, stmt: ir.Assign) -> None:
    """Adjoints of creating a list, of reading an item, and of functions applied to a whole list."""
    target, value = stmt.target, stmt.value
    if not isinstance(value, ir.Call):
        return
    if isinstance(target.type, ListOf):
        _adjoint_of_creation(rev, stmt, target, value)
        return
    base = value.args[0]
    assert isinstance(base, ir.Var)
    if rev.carries(target) and value.function is prims.item:
        return  # the shadow of an item is the cell itself
    bar = rev.buffer(target) if rev.carries(target) else rev.bars.take((target, None))
    if bar is None or base not in rev.active:
        return
    shadow = shadow_of(rev, base, stmt)
    if value.function is prims.item:
        _add_to_cell(rev, shadow, value.args[1], bar, target.type)
        return
    how = join(value)
    if how is not None:
        whole = how[0] == "concatenate" or isinstance(type_of(bar), Array)
        full = expand(rev.emitter, bar, target, target.type) if whole else bar
        take_apart(rev, shadow, how, full, base.type, _shares_cells(rev, base))
        return
    rev.refuse(stmt, f"`{value.text}` of a list of unknown length has no derivative rule", "use np.array(xs) first")


def _add_to_cell(rev: Reverse, shadow: ir.Var, index: ir.Arg, bar: ir.Operand, item: Type) -> None:
    old = rev.emitter.call(prims.item, (shadow, index), style="index", type_=item)
    new = rev.emitter.call(np.add, (old, bar), style="op")
    rev.emitter.emit(ir.Store(shadow, index, "", new, rev.emitter.origin))


def seed_list(rev: Reverse, var: ir.Var, bar: ir.Operand) -> None:
    """Add the cotangent of a list that is returned, a list of the same structure, to its shadow."""
    shadow = shadow_of(rev, var, rev.fn.body.stmts[-1])
    take_apart(rev, shadow, ("stack", 0), bar, var.type, _shares_cells(rev, var))


def _shares_cells(rev: Reverse, var: ir.Var) -> bool:
    """Whether the arrays in a list's shadow are the cotangents of arrays that have other names too."""
    return rev.aliases.find(var) in rev.carried


def _adjoint_of_creation(rev: Reverse, stmt: ir.Assign, target: ir.Var, value: ir.Call) -> None:
    item = target.type.item
    if _holds_references(rev, target):
        return
    shadow = shadow_of(rev, target, stmt)
    if value.style == "display":
        for k, operand in enumerate(value.args[0].items):
            if rev.is_active(operand):
                cell = rev.emitter.call(prims.item, (shadow, ir.Const(k)), style="index", type_=item)
                rev.contribute(operand, wrap(rev.emitter, cell))
    elif value.function is np.multiply and value.args[0] in rev.active:
        _sum_of_repeats(rev, shadow, shadow_of(rev, value.args[0], stmt), item)
    elif value.function is prims.item and value.args[0] in rev.active and not _nested(value.args[0]):
        # (an item that is a list itself is no new list: its shadow is the cell)
        _add_slice(rev, shadow, shadow_of(rev, value.args[0], stmt), value.args[1], item)


def _nested(var: ir.Arg) -> bool:
    return isinstance(t := type_of(var), ListOf) and isinstance(t.item, ListOf)


def _sum_of_repeats(rev: Reverse, shadow: ir.Var, base: ir.Var, item: Type) -> None:
    e = rev.emitter
    n, m = (e.call(len, (s,), text="len", type_=_INT) for s in (shadow, base))
    outer, e.block = e.block, ir.Block()
    k = ir.Var("k", _INT)
    cell = e.call(prims.item, (shadow, k), style="index", type_=item)
    at = e.call(np.remainder, (k, m), style="op", type_=_INT)
    _add_to_cell(rev, base, at, cell, item)
    body, e.block = e.block, outer
    e.emit(ir.For(k, ir.Const(0), n, ir.Const(1), body, e.origin))


def _add_slice(rev: Reverse, shadow: ir.Var, base: ir.Var, index: ir.Arg, item: Type) -> None:
    """The list sliced out is a new one: its cells add to those of the list it was sliced from."""
    e = rev.emitter
    whole = e.call(len, (base,), text="len", type_=_INT)
    numbers = e.call(range, (whole,), text="range", type_=ListOf(_INT))
    picked = e.call(prims.item, (numbers, index), style="index", type_=ListOf(_INT))
    n = e.call(len, (shadow,), text="len", type_=_INT)
    outer, e.block = e.block, ir.Block()
    k = ir.Var("k", _INT)
    at = e.call(prims.item, (picked, k), style="index", type_=_INT)
    cell = e.call(prims.item, (shadow, k), style="index", type_=item)
    _add_to_cell(rev, base, at, cell, item)
    body, e.block = e.block, outer
    e.emit(ir.For(k, ir.Const(0), n, ir.Const(1), body, e.origin))
