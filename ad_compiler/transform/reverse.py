"""Reverse mode: the adjoint of every statement, in the opposite order.

    t = x * y            t_bar is used up; x_bar += t_bar * y; y_bar += t_bar * x
    a[i] = t             t_bar += a_bar[i]; a_bar[i] = 0
    for k: body          for k backwards: adjoint of body

The adjoint code reads primal variables as they were when their statement ran; `saving.py` then decides which of those
must be recorded, and where. Memory that is written later is copied when it is read (`snapshot`).
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ..analysis.activity import active_variables
from ..analysis.alias import READ_ONLY, Aliases, reshaped
from ..analysis.indexing import only_new_axes
from ..analysis.infer import type_of
from ..analysis.invariance import without_derivative
from ..analysis.later_writes import LaterWrites
from ..analysis.scopes import Scopes
from ..analysis.undecided import maybe_number, maybe_scalar, unset
from ..errors import Diagnostic, Span, UnsupportedError
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, ListOf, Seq, Type, same_shape
from . import reverse_carried
from .apply_rule import adjoint as adjoint_of_given
from .bars import Bars, Slot, project
from .emitter import Emitter, call_key
from .handles import to_arg, wrap
from .reverse_assign import assign, copy
from .reverse_control import branch, context, loop
from .reverse_lists import build_shadows, push_or_pop
from .reverse_stores import add_at, store
from .row_adjoint import row_contributions
from .snapshots import items_at, list_at
from .sums import without_new_axes


class Reverse:
    """Emits the reverse sweep of one function."""

    def __init__(self, fn: ir.Function, inputs: list[ir.Var], outputs: list[ir.Var],
                 contiguous: frozenset[ir.Var] = frozenset(), *, compare_parts: bool = True,
                 share: bool = True, factor: bool = True, checkpoints: bool = True, steady: bool = False) -> None:
        self.fn = fn
        self.steady = steady  # whether loops may leave cotangents of sums where they are
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
        self.copied_groups: dict[ir.Var, dict[ir.Stmt, ir.Pack]] = {}
        self.snapshots: dict[Any, dict[ir.Stmt, ir.Var]] = {}
        self.inserted_after: dict[ir.Stmt, list[ir.Stmt]] = {}
        self.handed_out: set[ir.Var] = set()
        self.shadows: dict[ir.Var, ir.Var] = {}
        self.replaced: dict[ir.Stmt, ir.Var] = {}  # cells of shadow lists before a store
        self.overwritten: dict[ir.Stmt, ir.Var] = {}  # items of lists before a store, where sizes may differ
        self.loose: set[ir.Operand] = set()  # cotangents of arrays that are numbers, zero, until something is added
        self.unset = unset(fn)
        self.numbers = maybe_number(fn)
        self.maybe_scalar = self.bars.maybe_scalar = self.emitter.maybe_scalar = maybe_scalar(fn) | self.numbers
        self.emitter.summed = maybe_number(fn, self.active) if self.numbers else set()
        self.bars.ordered = reshaped(self.aliases)
        self.later_writes = LaterWrites(fn, self.aliases, compare_parts=compare_parts)
        self.scopes = Scopes(fn)
        self.emitter.primal = _lasting_calls(fn)
        self.calls = {s.target: s.value for s in visit.walk(fn.body)
                      if isinstance(s, ir.Assign) and isinstance(s.value, ir.Call)}
        if self.carried:
            reverse_carried.build(self)
        if any(isinstance(v.type, ListOf) for v in self.active):
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
            args, kwargs = (base, *call.args[1:]), dict(call.kwargs)
            view = _with_dtype(var.type, base.type) if isinstance(base.type, Array) else var.type
            return self.emitter.call(call.function, args, kwargs, call.style, call.text, type_=view)
        return self.bars.own(self.slot(var), var, f"{var.hint}_bar")

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
        self.mark_fresh(arg)
        self.bars.add(self.slot(operand), arg, f"{operand.hint}_bar", operand.type)

    def mark_fresh(self, arg: ir.Operand) -> None:
        """Memory allocated by the adjoint code itself, handed out for the first time, belongs to who gets it."""
        if isinstance(arg, ir.Var) and isinstance(arg.type, Array):
            root = self.emitter.root(arg)
            if root in self.emitter.definition and self._whole(arg, root) and not self.handed_out & {arg, root}:
                self.bars.fresh.add(arg)
            self.handed_out.update((arg, root))

    def _whole(self, var: ir.Var, root: ir.Var) -> bool:
        """Whether a variable is new memory itself, or all of it with other axes."""
        call, made = self.emitter.definition.get(var), self.emitter.definition.get(root)
        if isinstance(made, ir.Call) and made.function in READ_ONLY:  # a number shown many times
            return False
        if var is root:
            return True
        return isinstance(call, ir.Call) and call.function is prims.item and call.args[0] is root and (
            only_new_axes(call.args[1], var.type) != ())

    def _add_to_view(self, var: ir.Var, value: ir.Operand) -> None:
        call = self.aliases.derivation[var]
        base = call.args[0]
        assert isinstance(base, ir.Var)
        if var in self.aliases.read_only:
            stmt = self.scopes.definition(var)
            if call.function is prims.item:
                add_at(self, stmt, base, call.args[1], value, var.type)
            else:
                row_contributions(self, stmt, call, value)
        elif call.function is prims.item and isinstance(base.type, Array):
            new = only_new_axes(call.args[1], var.type)
            if new and self.emitter.factor and same_shape(type_of(value), var.type):
                self.contribute(base, without_new_axes(wrap(self.emitter, value), new))
                return
            target = self.buffer(base)
            self.emitter.emit(ir.Store(target, call.args[1], "+", value, self.emitter.origin))
        else:
            self.emitter.emit(ir.Store(self.buffer(var), ir.Const(Ellipsis), "+", value, self.emitter.origin))

    # --- residuals ------------------------------------------------------------------------------------------------
    def residual(self, var: ir.Var, stmt: ir.Stmt) -> ir.Var:
        """The variable's value at `stmt`: itself, or a copy where its memory is written later."""
        if isinstance(var.type, ListOf):
            return list_at(self, var, stmt)
        if not isinstance(var.type, Array) or not self.later_writes.after(var, stmt):
            return var
        turned = self._turned(var, stmt)
        if turned is not None:
            return turned
        known = self.snapshots.setdefault(self._part(var), {})
        found = known.get(stmt) or self._copy_of_same(var, stmt)
        if found is None:
            name = var.hint if var.hint != "t" else self.aliases.root(var).hint
            found = ir.Var(f"{name}_saved" if name != "t" else "saved", var.type)
            # (a number, which a name may be that is an array later, has no method)
            style = ("call", "np.copy") if var in self.maybe_scalar else ("method", "copy")
            copy = ir.Assign(found, ir.Call(np.copy, (var,), (), *style), None)
            where = self.inserted_after if var in visit.defines(stmt) else self.inserted
            where.setdefault(stmt, []).append(copy)
        known[stmt] = found
        return found

    def _copy_of_same(self, var: ir.Var, stmt: ir.Stmt) -> ir.Var | None:
        """A copy that another statement of the block asked for, of the value that the variable has at `stmt`."""
        if not self.emitter.share or len(self.scopes.assignments.get(var, ())) > 1:
            return None
        return next((found for other, found in self.snapshots[self._part(var)].items()
                     if found.type == var.type and self.later_writes.lasts_between(var, stmt, other)), None)

    def _part(self, var: ir.Var) -> Any:
        """What snapshots of a variable are known by: two names of one part of an array need one copy."""
        call = self.aliases.derivation.get(var) if self.emitter.share else None
        if call is None or call.function is not prims.item or not all(
                len(self.scopes.assignments.get(v, ())) <= 1 for v in (var, *visit.variables(call))):
            return var
        return call_key(prims.item, call.args, None) or var

    def _turned(self, var: ir.Var, stmt: ir.Stmt) -> ir.Var | None:
        """All elements of another view in another order, of its snapshot: `y[:k][::-1]` of that of `y[:k]`."""
        call = self.aliases.derivation.get(var) if self.emitter.share else None
        base = call.args[0] if call is not None else None
        if call is None or not isinstance(base, ir.Var) or not _is_reversal(call) or self._part(base) is base or (
                len(self.scopes.assignments.get(var, ())) > 1):
            return None
        copy = self.residual(base, stmt)
        return self.emitter.call(call.function, (copy, *call.args[1:]), dict(call.kwargs), call.style, call.text,
                                 type_=var.type)

    def residual_value(self, arg: ir.Arg, stmt: ir.Stmt) -> Any:
        """An argument as a formula reads it."""
        def at(leaf: Any) -> Any:
            if not isinstance(leaf, ir.Var):
                return leaf
            return items_at(self, leaf, stmt) if isinstance(leaf.type, Seq) else self.residual(leaf, stmt)

        mapped = visit.map_arg(arg, at)
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
        adjoint = ADJOINTS.get(type(stmt))
        if adjoint is not None:
            adjoint(self, stmt)
        elif not isinstance(stmt, _WITHOUT):
            self.refuse(stmt, f"the adjoint of `{type(stmt).__name__}` is not known")

    def refuse(self, stmt: ir.Stmt, message: str, help_: str = "") -> None:
        origin = getattr(stmt, "origin", None)
        span = None if origin is None else Span(origin.file, origin.line, origin.col, origin.end_col)
        help_ = help_ or "write it another way, or let the tape take the function (on_unsupported='tape')"
        raise UnsupportedError(Diagnostic("AD150", span, message, help_))


def _is_reversal(call: ir.Call) -> bool:
    """Whether a view is `base[::-1]`."""
    index = call.args[1] if call.function is prims.item else None
    if isinstance(index, ir.Const):
        return index.value == slice(None, None, -1)
    return isinstance(index, ir.Pack) and index.kind == "slice" and all(
        isinstance(part, ir.Const) and part.value == value for part, value in zip(index.items, (None, None, -1),
                                                                                 strict=True))


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


ADJOINTS: dict[type[ir.Stmt], Callable[[Reverse, Any], None]] = {
    ir.Assign: assign, ir.Copy: copy, ir.Store: store, ir.If: branch, ir.For: loop, ir.While: loop, ir.With: context,
    ir.Push: push_or_pop, ir.Pop: push_or_pop, ir.Given: adjoint_of_given,
}
_WITHOUT = (ir.Return, ir.Break, ir.Effect, ir.Raise, ir.SetSlot)
"""Statements that no cotangent passes through."""
