"""Reverse mode: the adjoint of every statement, in the opposite order.

    t = x * y            t_bar is used up; x_bar += t_bar * y; y_bar += t_bar * x
    a[i] = t             t_bar += a_bar[i]; a_bar[i] = 0
    for k: body          for k backwards: adjoint of body

The adjoint code reads primal variables as they were when their statement ran; `saving.py` then decides which of those
must be recorded, and where. Memory that is written later is copied when it is read (`snapshot`).
"""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..analysis.activity import active_variables
from ..analysis.alias import READ_ONLY, Aliases, reshaped, view_kind
from ..analysis.indexing import index_type, only_new_axes
from ..analysis.infer import type_of
from ..analysis.invariance import without_derivative
from ..analysis.later_writes import LaterWrites
from ..analysis.scopes import Scopes
from ..analysis.undecided import maybe_scalar, unset
from ..errors import Diagnostic, Span, UnsupportedError
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, ListOf, Num, Seq, Type, can_carry, is_float_like, same_shape
from ..rules import find
from ..rules.row import Row
from . import reverse_carried
from .bars import ZERO, Bar, Bars, Slot, expand, full_array, project
from .emitter import Emitter
from .handles import Handle, to_arg, wrap
from .row_adjoint import row_contributions
from .sums import without_new_axes


@dataclass(eq=False)
class Adjoint:
    """The two sweeps of a function, before recording is decided. `inserted` holds what the forward sweep must do
    right before a statement; `bars` the cotangent of each input asked for."""

    forward: ir.Block
    reverse: ir.Block
    bars: list[ir.Operand]
    out_bars: dict[ir.Var, ir.Var]
    inserted: dict[ir.Stmt, list[ir.Stmt]] = field(default_factory=dict)
    mirror: dict[ir.Block, ir.Block] = field(default_factory=dict)
    active: set[ir.Var] = field(default_factory=set)


class Reverse:
    """Emits the reverse sweep of one function."""

    def __init__(self, fn: ir.Function, inputs: list[ir.Var], outputs: list[ir.Var],
                 contiguous: frozenset[ir.Var] = frozenset(), *, compare_parts: bool = True,
                 share: bool = True, factor: bool = True, checkpoints: bool = True) -> None:
        self.fn = fn
        self.checkpoints = checkpoints  # whether loops that ask for it keep snapshots
        self.inputs = set(inputs)
        self.aliases = Aliases(fn, contiguous)
        constant = without_derivative(fn, outputs) if factor else ()
        self.active = active_variables(fn, inputs, outputs, self.aliases, constant)
        self.carried = reverse_carried.classes(self)
        self.emitter = Emitter(share=share, factor=factor)
        self.bars = Bars(self.emitter)
        self.inserted: dict[ir.Stmt, list[ir.Stmt]] = {}
        self.mirror: dict[ir.Block, ir.Block] = {}
        self.snapshots: dict[tuple[ir.Stmt, ir.Var], ir.Var] = {}
        self.inserted_after: dict[ir.Stmt, list[ir.Stmt]] = {}
        self.handed_out: set[ir.Var] = set()
        self.shadows: dict[ir.Var, ir.Var] = {}
        self.replaced: dict[ir.Stmt, ir.Var] = {}  # cells of shadow lists before a store
        self.loose: set[ir.Operand] = set()  # cotangents of arrays that are numbers, zero, until something is added
        self.unset = unset(fn)
        self.maybe_scalar = self.bars.maybe_scalar = self.emitter.maybe_scalar = maybe_scalar(fn)
        self.bars.ordered = reshaped(self.aliases)
        self.later_writes = LaterWrites(fn, self.aliases, compare_parts=compare_parts)
        self.scopes = Scopes(fn)
        self.emitter.primal = _lasting_calls(fn)
        self.calls = {s.target: s.value for s in visit.walk(fn.body)
                      if isinstance(s, ir.Assign) and isinstance(s.value, ir.Call)}
        if self.carried:
            reverse_carried.build(self)
        if any(isinstance(v.type, ListOf) for v in self.active):
            from .reverse_lists import build_shadows

            build_shadows(self, fn.body)

    # --- cotangents of variables ----------------------------------------------------------------------------------
    def is_active(self, arg: Any) -> bool:
        return isinstance(arg, ir.Var) and arg in self.active

    def slot(self, var: ir.Var) -> Slot:
        return (var, None)

    def carries(self, var: ir.Var) -> bool:
        """Whether the variable's cotangent is an array that the forward sweep carries beside it."""
        return (bool(self.carried) and isinstance(var.type, Array) and var.type.kind in "fc"
                and self.aliases.find(var) in self.carried and var not in self.aliases.read_only)

    def in_memory(self, var: ir.Var) -> bool:
        """Whether the variable is a view of memory that is written: its cotangent is the same view of a buffer."""
        return isinstance(var.type, (Array, Seq)) and var in self.aliases.derivation and self.aliases.written(var)

    def buffer(self, var: ir.Var) -> ir.Var:
        """The cotangent of an array as memory that can be changed: its own buffer, or a view of its root's."""
        if self.carries(var):
            return reverse_carried.shadow(self, var)
        if self.in_memory(var):
            call = self.aliases.derivation[var]
            base = self.buffer(call.args[0])
            args = (base, *(self.residual_arg(a) for a in call.args[1:]))
            kwargs = {k: self.residual_arg(a) for k, a in call.kwargs}
            view = _with_dtype(var.type, base.type) if isinstance(base.type, Array) else var.type
            return self.emitter.call(call.function, args, kwargs, call.style, call.text, type_=view)
        return self.bars.own(self.slot(var), var, f"{var.hint}_bar")

    def residual_arg(self, arg: Any) -> Any:
        """An index as adjoint code reads it."""
        return arg

    def contribute(self, operand: ir.Arg, cotangent: Any) -> None:
        """Add a cotangent (a handle or a number) to an operand of the primal."""
        if not self.is_active(operand):
            return
        assert isinstance(operand, ir.Var)
        value = project(self.emitter, cotangent, operand, operand.type)
        arg = to_arg(value)
        if isinstance(arg, ir.Pack):
            raise TypeError("a formula returned a sequence for a single operand")
        if isinstance(arg, ir.Const) and isinstance(arg.value, (int, float)) and arg.value == 0:
            return
        if self.carries(operand):
            self.emitter.emit(ir.Store(self.buffer(operand), None, "+", arg, self.emitter.origin))
            return
        if self.in_memory(operand):
            self._add_to_view(operand, arg)
            return
        self._mark_fresh(arg)
        self.bars.add(self.slot(operand), arg, f"{operand.hint}_bar", operand.type)

    def _mark_fresh(self, arg: ir.Operand) -> None:
        """Memory allocated by the adjoint code itself, handed out for the first time, belongs to who gets it."""
        if isinstance(arg, ir.Var) and isinstance(arg.type, Array):
            root = self.emitter.root(arg)
            if root in self.emitter.definition and self._whole(arg, root) and not self.handed_out & {arg, root}:
                self.bars.fresh.add(arg)
            self.handed_out.update((arg, root))

    def _whole(self, var: ir.Var, root: ir.Var) -> bool:
        """Whether a variable is new memory itself, or all of it with other axes."""
        call = self.emitter.definition.get(var)
        if var is root:  # a number shown many times is read-only
            return not isinstance(call, ir.Call) or call.function not in READ_ONLY
        return isinstance(call, ir.Call) and call.function is prims.item and call.args[0] is root and only_new_axes(
            call.args[1], var.type) != ()

    def _add_to_view(self, var: ir.Var, value: ir.Operand) -> None:
        call = self.aliases.derivation[var]
        base = call.args[0]
        assert isinstance(base, ir.Var)
        if var in self.aliases.read_only:
            row_contributions(self, self.scopes.definition(var), call, value)
        elif call.function is prims.item and isinstance(base.type, Array):
            new = only_new_axes(call.args[1], var.type)
            if new and self.emitter.factor and same_shape(type_of(value), var.type):
                self.contribute(base, without_new_axes(wrap(self.emitter, value), new))
                return
            target = self.buffer(base)
            self.emitter.emit(ir.Store(target, self.residual_arg(call.args[1]), "+", value, self.emitter.origin))
        else:
            self.emitter.emit(ir.Store(self.buffer(var), ir.Const(Ellipsis), "+", value, self.emitter.origin))

    # --- residuals ------------------------------------------------------------------------------------------------
    def residual(self, var: ir.Var, stmt: ir.Stmt) -> ir.Var:
        """The variable's value at `stmt`: itself, or a copy where its memory is written later."""
        if not isinstance(var.type, Array) or not self.later_writes.after(var, stmt):
            return var
        key = (stmt, var)
        found = self.snapshots.get(key)
        if found is None:
            found = ir.Var(f"{var.hint}_saved" if var.hint != "t" else "saved", var.type)
            copy = ir.Assign(found, ir.Call(np.copy, (var,), (), "method", "copy"), None)
            where = self.inserted_after if var in visit.defines(stmt) else self.inserted
            where.setdefault(stmt, []).append(copy)
            self.snapshots[key] = found
        return found

    def residual_value(self, arg: ir.Arg, stmt: ir.Stmt) -> Any:
        """An argument as a formula reads it."""
        mapped = visit.map_arg(arg, lambda leaf: self.residual(leaf, stmt) if isinstance(leaf, ir.Var) else leaf)
        return wrap(self.emitter, mapped)

    # --- statements -----------------------------------------------------------------------------------------------
    def block(self, block: ir.Block) -> None:
        """Emit the adjoint of a block into the emitter's current block."""
        self.mirror[block] = self.emitter.block
        for stmt in reversed(block.stmts):
            self.statement(stmt)

    def statement(self, stmt: ir.Stmt) -> None:
        origin = getattr(stmt, "origin", None)
        if origin is not None:
            self.emitter.origin = adjoint_origin(origin)
        match stmt:
            case ir.Assign():
                self.assign(stmt)
            case ir.Copy():
                self.copy(stmt)
            case ir.Store():
                from .reverse_stores import store

                store(self, stmt)
            case ir.If():
                from .reverse_control import branch

                branch(self, stmt)
            case ir.For() | ir.While():
                from .reverse_control import loop

                loop(self, stmt)
            case ir.With():
                from .reverse_control import context

                context(self, stmt)
            case ir.Push() | ir.Pop():
                from .reverse_lists import push_or_pop

                push_or_pop(self, stmt)
            case ir.Given():
                from .apply_rule import adjoint

                adjoint(self, stmt)
            case ir.Return() | ir.Break() | ir.Effect() | ir.Raise() | ir.SetSlot():
                pass
            case _:
                self.refuse(stmt, f"the adjoint of `{type(stmt).__name__}` is not known")

    def refuse(self, stmt: ir.Stmt, message: str, help_: str = "") -> None:
        origin = getattr(stmt, "origin", None)
        span = None if origin is None else Span(origin.file, origin.line, origin.col, origin.end_col)
        help_ = help_ or "write it another way, or let the tape take the function (on_unsupported='tape')"
        raise UnsupportedError(Diagnostic("AD150", span, message, help_))

    def assign(self, stmt: ir.Assign) -> None:
        target, value = stmt.target, stmt.value
        if target not in self.active or target in self.inputs:
            return
        if isinstance(target.type, ListOf) or (isinstance(value, ir.Call) and value.args and isinstance(
                value.args[0], ir.Var) and isinstance(value.args[0].type, ListOf)):
            from .reverse_lists import assign_list

            assign_list(self, stmt)
            return
        if isinstance(target.type, Seq):
            if not self.in_memory(target):
                self._multiple(stmt)
            return
        if self.carries(target):
            self._assign_carried(stmt)
            return
        if isinstance(value, ir.Var):
            self._take_alias(stmt, value)
            return
        if not isinstance(value, ir.Call) or self.in_memory(target):
            return  # a view of written memory: its cotangent went to the memory's own
        if value.function is prims.item:
            self._item(stmt, value)
            return
        bar = self.bars.take(self.slot(target))
        if bar is not None:
            row_contributions(self, stmt, value, bar)

    def _assign_carried(self, stmt: ir.Assign) -> None:
        """Only what allocates has an adjoint: other names and views have their part of the same shadow."""
        value = stmt.value
        if not isinstance(value, ir.Call):
            return
        bar = self.buffer(stmt.target)
        if stmt.target in self.aliases.shared_with and view_kind(value) == "maybe":
            reverse_carried.adjoint_of_copy(self, stmt, value, bar)
            return
        if not reverse_carried.allocates(self, stmt.target, value):
            return
        if value.function is prims.item:
            self._item_of(stmt, value, bar)
        else:
            row_contributions(self, stmt, value, bar)

    def _take_alias(self, stmt: ir.Assign, value: ir.Var) -> None:
        bar = self.bars.take(self.slot(stmt.target))
        if bar is not None:
            self.contribute(value, wrap(self.emitter, bar))

    def _multiple(self, stmt: ir.Assign) -> None:
        """A call with several results; the cotangent of each result not used is None."""
        t = stmt.target.type
        assert isinstance(t, Seq) and isinstance(stmt.value, ir.Call)
        bars = [self._full_part(stmt.target, i, self.bars.take((stmt.target, i)), item) for i, item in
                enumerate(t.items)]
        if any(b is not None for b in bars):
            row_contributions(self, stmt, stmt.value, bars)

    def _full_part(self, whole: ir.Var, k: int, bar: ir.Operand | None, full: Type) -> ir.Operand | None:
        """The cotangent of one of several results, at its full shape."""
        if bar is None or not isinstance(full, Array) or same_shape(type_of(bar), full):
            return bar
        part = self.emitter.call(prims.item, (whole, ir.Const(k)), style="index", type_=full)
        return expand(self.emitter, bar, part, full)

    def _item(self, stmt: ir.Assign, call: ir.Call) -> None:
        bar = self.bars.take(self.slot(stmt.target))
        if bar is not None:
            self._item_of(stmt, call, bar)

    def _item_of(self, stmt: ir.Assign, call: ir.Call, bar: ir.Operand) -> None:
        base, index = call.args
        if isinstance(base, ir.Pack):
            self._choice(base, index, bar)
            return
        assert isinstance(base, ir.Var)
        if isinstance(base.type, Seq):
            k = index.value
            slot = (base, k)
            self._mark_fresh(bar)
            self.bars.add(slot, bar, f"{stmt.target.hint}_bar", stmt.target.type)
            return
        if not isinstance(base.type, Array):
            return
        from .reverse_stores import add_at

        new = only_new_axes(index, stmt.target.type)
        if new and self.emitter.factor and not self.aliases.written(base) and same_shape(
                type_of(bar), stmt.target.type):
            same = without_new_axes(wrap(self.emitter, bar), new)
            if bar in self.bars.fresh:
                self.bars.fresh.add(same._arg)
            self.contribute(base, same)
            return
        add_at(self, stmt, base, index, bar, stmt.target.type)

    def _choice(self, items: ir.Pack, index: ir.Arg, bar: ir.Operand) -> None:
        """An item of a group picked by a number: each item gets the cotangent if it was the one."""
        count = len(items.items)
        for k, item in enumerate(items.items):
            if self.is_active(item):
                here = wrap(self.emitter, self.emitter.call(np.remainder, (index, ir.Const(count)), style="op")) == k
                self.contribute(item, here * wrap(self.emitter, bar))

    def copy(self, stmt: ir.Copy) -> None:
        bars = [self.bars.take(self.slot(t)) if t in self.active else None for t in stmt.targets]
        for target, source, bar in zip(stmt.targets, stmt.sources, bars, strict=True):
            if bar is not None and self.is_active(source):
                if target in self.unset and bar in self.loose and source not in self.maybe_scalar:
                    bar = full_array(self.emitter, bar, source)
                self.contribute(source, wrap(self.emitter, bar))


def adjoint_origin(origin: ir.Origin) -> ir.Origin:
    """The origin, marked as that of an adjoint statement."""
    found = _ADJOINT.get(origin)
    if found is None:
        found = _ADJOINT[origin] = replace(origin, adjoint=True, comments=())
    return found


_ADJOINT: dict[ir.Origin, ir.Origin] = {}


def _lasting_calls(fn: ir.Function) -> dict[ir.Var, ir.Call]:
    """Transposes of arrays that are assigned once, and maxima of an array and a number."""
    assigned: dict[ir.Var, int] = dict.fromkeys((*fn.params, *fn.keywords), 1)
    for stmt in visit.walk(fn.body):
        for v in visit.defines(stmt):
            assigned[v] = assigned.get(v, 0) + 1
    return {s.target: s.value for s in visit.walk(fn.body)
            if isinstance(s, ir.Assign) and isinstance(s.value, ir.Call)
            and s.value.function in (np.transpose, np.maximum) and isinstance(s.value.args[0], ir.Var)
            and isinstance(s.value.args[0].type, Array)
            and (s.value.function is np.maximum or assigned.get(s.value.args[0], 1) == 1)}  # others are from outside


def _with_dtype(view: Type, base: Type) -> Type:
    assert isinstance(view, Array) and isinstance(base, Array)
    return Array(base.dtype, view.dims)


__all__ = ["ZERO", "Adjoint", "Bar", "Handle", "Iterable", "Num", "Reverse", "Row", "can_carry", "expand", "find",
           "index_type", "is_float_like", "same_shape", "type_of"]
