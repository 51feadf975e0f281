"""Reverse mode of assignments: calls, other names, items of arrays and of several results, copies.

A call hands the cotangent of its result to its row; other names and views of written memory have theirs in
that of the memory.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..analysis.alias import view_kind
from ..analysis.indexing import only_new_axes
from ..analysis.infer import type_of
from ..ir import nodes as ir
from ..ir import prims
from ..ir.types import Array, ListOf, Seq, Type, same_shape
from . import reverse_carried
from .bars import expand, full_array
from .handles import wrap
from .reverse_diagonals import add_on_diagonal
from .reverse_lists import assign_list
from .reverse_stores import add_at
from .row_adjoint import row_contributions
from .sums import without_new_axes

if TYPE_CHECKING:
    from .reverse import Reverse


def assign(rev: Reverse, stmt: ir.Assign) -> None:
    """Adjoint of `target = value`."""
    target, value = stmt.target, stmt.value
    if target not in rev.active or target in rev.inputs:
        return
    if isinstance(target.type, ListOf) or (isinstance(value, ir.Call) and value.args and isinstance(
            value.args[0], ir.Var) and isinstance(value.args[0].type, ListOf)):
        assign_list(rev, stmt)
        return
    if isinstance(target.type, Seq):
        if not rev.in_memory(target):
            _multiple(rev, stmt)
        return
    if rev.carries(target):
        _assign_carried(rev, stmt)
        return
    if isinstance(value, ir.Var):
        _take_alias(rev, stmt, value)
        return
    if not isinstance(value, ir.Call) or rev.in_memory(target):
        return  # a view of written memory: its cotangent went to the memory's own
    if value.function is prims.item:
        _item(rev, stmt, value)
        return
    bar = rev.bars.take(rev.slot(target))
    if bar is not None and not add_on_diagonal(rev, stmt, value, bar):
        row_contributions(rev, stmt, value, bar)


def _assign_carried(rev: Reverse, stmt: ir.Assign) -> None:
    """Only what allocates has an adjoint: other names and views have their part of the same shadow."""
    value = stmt.value
    if not isinstance(value, ir.Call):
        return
    bar = rev.buffer(stmt.target)
    if stmt.target in rev.aliases.shared_with and view_kind(value) == "maybe":
        reverse_carried.adjoint_of_copy(rev, stmt, value, bar)
        return
    if not reverse_carried.allocates(rev, stmt.target, value):
        return
    if value.function is prims.item:
        _item_of(rev, stmt, value, bar)
    else:
        row_contributions(rev, stmt, value, bar)


def _take_alias(rev: Reverse, stmt: ir.Assign, value: ir.Var) -> None:
    bar = rev.bars.take(rev.slot(stmt.target))
    if bar is not None:
        rev.contribute(value, wrap(rev.emitter, bar))


def _multiple(rev: Reverse, stmt: ir.Assign) -> None:
    """A call with several results; the cotangent of each result not used is None."""
    t = stmt.target.type
    assert isinstance(t, Seq) and isinstance(stmt.value, ir.Call)
    bars = [_full_part(rev, stmt.target, i, rev.bars.take((stmt.target, i)), item) for i, item in enumerate(t.items)]
    if stmt.value.function is t.cls:  # a named tuple is made of its parts
        for part, bar in zip(stmt.value.args, bars, strict=True):
            if bar is not None:
                rev.contribute(part, wrap(rev.emitter, bar))
    elif any(b is not None for b in bars):
        row_contributions(rev, stmt, stmt.value, bars)


def _full_part(rev: Reverse, whole: ir.Var, k: int, bar: ir.Operand | None, full: Type) -> ir.Operand | None:
    """The cotangent of one of several results, at its full shape."""
    if bar is None or not isinstance(full, Array) or same_shape(type_of(bar), full):
        return bar
    part = rev.emitter.call(prims.item, (whole, ir.Const(k)), style="index", type_=full)
    return expand(rev.emitter, bar, part, full)


def _item(rev: Reverse, stmt: ir.Assign, call: ir.Call) -> None:
    bar = rev.bars.take(rev.slot(stmt.target))
    if bar is not None:
        _item_of(rev, stmt, call, bar)


def _item_of(rev: Reverse, stmt: ir.Assign, call: ir.Call, bar: ir.Operand) -> None:
    base, index = call.args
    if isinstance(base, ir.Pack):
        _choice(rev, base, index, bar)
        return
    assert isinstance(base, ir.Var)
    if isinstance(base.type, Seq):
        rev.mark_fresh(bar)
        rev.bars.add((base, index.value), bar, f"{stmt.target.hint}_bar", stmt.target.type)
        return
    if not isinstance(base.type, Array):
        return
    new = only_new_axes(index, stmt.target.type)
    unwritten = rev.emitter.factor and not rev.aliases.written(base)
    if new and unwritten and same_shape(type_of(bar), stmt.target.type):
        same = without_new_axes(wrap(rev.emitter, bar), new)
        if bar in rev.bars.fresh:
            rev.bars.fresh.add(same._arg)
        rev.contribute(base, same)
        return
    add_at(rev, stmt, base, index, bar, stmt.target.type)


def _choice(rev: Reverse, items: ir.Pack, index: ir.Arg, bar: ir.Operand) -> None:
    """An item of a group picked by a number: each item gets the cotangent if it was the one."""
    count = len(items.items)
    for k, item in enumerate(items.items):
        if rev.is_active(item):
            here = wrap(rev.emitter, rev.emitter.call(np.remainder, (index, ir.Const(count)), style="op")) == k
            rev.contribute(item, here * wrap(rev.emitter, bar))


def copy(rev: Reverse, stmt: ir.Copy) -> None:
    """Adjoint of `a, b = c, d`: the cotangents go where the values came from, all at once."""
    bars = [rev.bars.take(rev.slot(t)) if t in rev.active else None for t in stmt.targets]
    for target, source, bar in zip(stmt.targets, stmt.sources, bars, strict=True):
        if bar is not None and rev.is_active(source):
            if target in rev.unset and bar in rev.loose and source not in rev.maybe_scalar:
                bar = full_array(rev.emitter, bar, source)
            rev.contribute(source, wrap(rev.emitter, bar))
