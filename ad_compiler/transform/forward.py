"""Forward mode: every active statement is preceded by the one that computes its tangent.

    t = x * y            t_dot = x_dot * y + x * y_dot; t = x * y
    a[i] = t             a_dot[i] = t_dot; a[i] = t

Memory has tangent memory of its own: a view of an array has the same view of its tangent, so writes through views and
aliases need nothing special.
"""
from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any, cast

import numpy as np

from ..analysis.activity import active_variables, is_constant
from ..analysis.alias import Aliases
from ..analysis.indexing import index_type
from ..analysis.infer import type_of
from ..analysis.invariance import without_derivative
from ..analysis.undecided import absent, maybe_number, maybe_scalar
from ..errors import Diagnostic, Span, UnsupportedError
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, ListOf, Num, Seq, Type
from ..support import shadow_like
from .apply_rule import tangent as tangent_of_given
from .bars import ZERO, expand, full_array
from .emitter import Emitter
from .forward_calls import tangent_of_call
from .forward_views import laid_out, makes_shadow, needs_layout, of_view, unsure_classes
from .handles import to_arg, wrap
from .reverse_stores import WRITES_MANY

Slot = tuple[ir.Var, int | None]


class Forward:
    """Emits a function and its tangent together. `tangents` are the tangents of the inputs."""

    def __init__(self, fn: ir.Function, tangents: dict[ir.Var, ir.Var], outputs: list[ir.Var],
                 contiguous: frozenset[ir.Var] = frozenset(), *, share: bool = True, factor: bool = True) -> None:
        self.fn = fn
        self.aliases = Aliases(fn, contiguous)
        constant = without_derivative(fn, outputs) if factor else ()
        self.active = active_variables(fn, tangents, outputs, self.aliases, constant)
        self.unsure = unsure_classes(fn, self.aliases, self.active)
        self.emitter = Emitter(share=share, factor=factor)
        self.emitter.maybe_scalar = maybe_scalar(fn)
        self.numbers = maybe_number(fn)
        self.dots: dict[Slot, ir.Operand] = {(v, None): d for v, d in tangents.items()}
        self.inputs = dict.fromkeys(tangents)

    def run(self) -> ir.Block:
        for var in self.inputs:
            if self.aliases.written(var) and isinstance(var.type, Array):
                # the program writes into this argument: its tangent is written as well, in a copy
                if not needs_layout(self, var):
                    self.dots[var, None] = self.copied(self.dots[var, None])
                elif var in self.fn.params or var in self.fn.keywords:
                    self.dots[var, None] = laid_out(self, var, self.dots[var, None])
        for var in (*self.fn.params, *self.fn.keywords):
            if var in self.active and var not in self.inputs:
                self._constant(var)
        self.block(self.fn.body)
        return self.emitter.block

    def residual(self, var: ir.Var, stmt: ir.Stmt) -> ir.Var:
        """Tangents are computed where the primal is: every value is at hand."""
        return var

    def residual_value(self, arg: ir.Arg, stmt: ir.Stmt) -> Any:
        return wrap(self.emitter, arg)

    # --- tangents of operands -------------------------------------------------------------------------------------
    def is_active(self, arg: Any) -> bool:
        return isinstance(arg, ir.Var) and arg in self.active

    def dot(self, var: ir.Var) -> ir.Operand:
        """The tangent of a variable; variables that several paths assign get theirs on first sight."""
        found = self.dots.get((var, None))
        if found is None:
            found = self.dots[var, None] = ir.Var(f"{var.hint}_dot", var.type)
        return found

    def dot_or_zero(self, arg: ir.Operand, like: Type | None = None) -> ir.Operand:
        if self.is_active(arg):
            return self.dot(arg)
        t = type_of(arg)
        if isinstance(t, Array):
            return self.emitter.call(np.zeros_like, (arg,), text="np.zeros_like", type_=t)
        return ZERO

    def copied(self, operand: ir.Operand) -> ir.Operand:
        if not isinstance(operand, ir.Var) or not isinstance(operand.type, Array):
            return operand
        return self.emitter.call(np.copy, (operand,), style="method", text="copy", type_=operand.type,
                                 hint=operand.hint)

    def _own(self, operand: ir.Operand, full: Type) -> ir.Operand:
        """A tangent in memory of its own that can hold what is written: complex numbers, if those of its array are."""
        if full.kind == "c" and type_of(operand).kind != "c":
            return cast(ir.Operand, to_arg(wrap(self.emitter, operand).astype(full.dtype)))
        return self.copied(operand)

    # --- statements -----------------------------------------------------------------------------------------------
    def block(self, block: ir.Block) -> None:
        for stmt in block:
            self.emitter.origin = tangent_origin(getattr(stmt, "origin", None))
            self.statement(stmt)

    def nested(self, block: ir.Block) -> ir.Block:
        outer, self.emitter.block = self.emitter.block, ir.Block()
        self.block(block)
        inner, self.emitter.block = self.emitter.block, outer
        return inner

    def statement(self, stmt: ir.Stmt) -> None:
        emit = self.emitter.emit
        match stmt:
            case ir.Assign():
                before = len(self.emitter.block.stmts)
                after = self.assign(stmt)
                block = self.emitter.block.stmts
                # A tangent may read the result of its statement: then it follows it.
                block.insert(before if after else len(block), stmt)
                if stmt.target in self.inputs and needs_layout(self, stmt.target):  # a part of an argument
                    self.dots[stmt.target, None] = laid_out(self, stmt.target, self.dots[stmt.target, None])
            case ir.Copy():
                self.copy(stmt)
            case ir.Store():
                self.store(stmt)
                emit(stmt)
            case ir.Push(stack, value):
                if stack in self.active:
                    cell = self.dot_or_zero(value)
                    emit(ir.Push(self.dot(stack), cell, self.emitter.origin))
                emit(stmt)
            case ir.Pop(target, stack):
                emit(stmt)
                if target in self.active:
                    emit(ir.Pop(self.dot(target), self.dot(stack), self.emitter.origin))
                elif stack in self.active:
                    emit(ir.Pop(ir.Var("_", target.type), self.dot(stack), self.emitter.origin))
            case ir.Given():
                tangent_of_given(self, stmt)
            case ir.If() | ir.For() | ir.While() | ir.With() | ir.Try():
                emit(visit.with_blocks(stmt, self.nested))
            case _:
                emit(stmt)

    def refuse(self, stmt: ir.Stmt, message: str, help_: str = "") -> None:
        origin = getattr(stmt, "origin", None)
        span = None if origin is None else Span(origin.file, origin.line, origin.col, origin.end_col)
        help_ = help_ or "write it another way, or use reverse mode (grad, vjp)"
        raise UnsupportedError(Diagnostic("AD151", span, message, help_))

    def copy(self, stmt: ir.Copy) -> None:
        pairs = [(t, s) for t, s in zip(stmt.targets, stmt.sources, strict=True) if t in self.active]
        sources = tuple(s if absent(t, s) else self.dot_or_zero(s) for t, s in pairs)
        targets = tuple(self.dot(t) for t, _ in pairs)
        self.emitter.emit(replace(stmt, targets=stmt.targets + targets, sources=stmt.sources + sources))

    def store(self, stmt: ir.Store) -> None:
        base, value = stmt.base, stmt.value
        if base not in self.active:
            return
        if base in self.aliases.read_only:
            self.refuse(stmt, WRITES_MANY, "write into the array itself, or into a copy")
        dot = self.dot(base)
        assert isinstance(dot, ir.Var)
        emit, origin = self.emitter.emit, self.emitter.origin
        active = self.is_active(value)
        if stmt.op in ("*", "/"):
            extra = self._product_part(stmt) if active else None
            emit(ir.Store(dot, stmt.index, stmt.op, value, origin))
            if extra is not None:
                emit(ir.Store(dot, stmt.index, "+" if stmt.op == "*" else "-", extra, origin))
        elif stmt.op == "":
            where = ir.Const(Ellipsis) if stmt.index is None else stmt.index
            cell = self.dot_or_zero(value) if isinstance(base.type, ListOf) else self.dot(value) if active else ZERO
            emit(ir.Store(dot, where, "", cell, origin))
        elif active:
            emit(ir.Store(dot, stmt.index, stmt.op, self.dot(value), origin, stmt.scatter))

    def _product_part(self, stmt: ir.Store) -> ir.Operand:
        """What a changing factor adds to the tangent of `base[index] *= value`."""
        e = self.emitter
        old: ir.Var = stmt.base
        if stmt.index is not None:
            old = e.call(prims.item, (stmt.base, stmt.index), style="index",
                         type_=index_type(stmt.base.type, stmt.index)[0])
        product = wrap(e, old) * wrap(e, self.dot(stmt.value))
        if stmt.op == "/":
            product = product / (wrap(e, stmt.value) * wrap(e, stmt.value))
        return cast(ir.Operand, to_arg(product))  # a number or an array

    # --- assignments ----------------------------------------------------------------------------------------------
    def assign(self, stmt: ir.Assign) -> bool:
        """Emit the tangent of an assignment; True if it has to follow the assignment."""
        target, value = stmt.target, stmt.value
        if target not in self.active or target in self.inputs:
            return False
        if isinstance(value, ir.Var):
            self.dots[target, None] = self.dot_or_zero(value)
            return False
        if not isinstance(value, ir.Call):
            self.refuse(stmt, "this value cannot be followed in forward mode")
            return False
        if isinstance(target.type, ListOf):
            self._list(stmt, value)
            return False
        if of_view(self, stmt, value):
            return True
        if is_constant(value) or not any(v in self.active for v in visit.variables(value)):
            self._constant(target, value)
            return True
        if value.function is prims.item:
            self._item(stmt, value)
            return False
        if isinstance(target.type, Seq) and value.function is target.type.cls:  # a named tuple is made of its parts
            self.dots.update({(target, i): self.dot_or_zero(part) for i, part in enumerate(value.args)})
            return False
        tangent = tangent_of_call(self, stmt, value)
        if isinstance(target.type, Seq):
            for i, (part, full) in enumerate(zip(tangent, target.type.items, strict=True)):
                self.dots[target, i] = ZERO if part is None else self._part(target, full, to_arg(part))
        else:
            self.dots[target, None] = self._settled(stmt, tangent)
        return True

    def _constant(self, target: ir.Var, value: ir.Expr | None = None) -> None:
        """New memory that is filled later: its tangent begins at zero."""
        if isinstance(target.type, Array):
            zeros, text = (shadow_like, "support.shadow_like") if makes_shadow(value) else (
                np.zeros_like, "np.zeros_like")
            self.dots[target, None] = self.emitter.call(
                zeros, (target,), text=text, type_=target.type,
                hint=f"{target.hint}_dot" if target.hint != "t" else "t")
        else:
            self.dots[target, None] = ZERO

    def _settled(self, stmt: ir.Assign, tangent: Any) -> ir.Operand:
        """The tangent at the shape of its variable, in memory of its own where that memory is written."""
        target = stmt.target
        operand = self._number(to_arg(tangent), target.type)
        if isinstance(target.type, Array):
            own = target not in self.aliases.derivation and target not in self.aliases.shared_with
            if own:  # (the tangent of a view is a view, of its shape)
                operand = full_array(self.emitter, operand, target) if self._of_a_number(stmt) else expand(
                    self.emitter, operand, target, target.type)
            if own and (self.aliases.written(target) or self._in_written_memory(operand)):
                operand = laid_out(self, target, operand) if needs_layout(self, target) else self._own(
                    operand, target.type)
        if isinstance(operand, ir.Var) and operand.hint == "t" and operand in self.emitter.definition:
            operand = self._named(operand, f"{target.hint}_dot" if target.hint != "t" else "t")
        return operand

    def _part(self, group: ir.Var, full: Type, tangent: ir.Arg) -> ir.Operand:
        """The tangent of one of several results, in memory of its own where that memory is written."""
        operand = self._number(tangent, full)
        own = group not in self.aliases.derivation and group not in self.aliases.shared_with
        if isinstance(full, Array) and own and (self.aliases.written(group) or self._in_written_memory(operand)):
            return self._own(operand, full)
        return operand

    def _of_a_number(self, stmt: ir.Assign) -> bool:
        """Whether the tangent of an array comes from what may be a number at run time (`y + x`, where y begins as one)
        and from nothing else of its shape."""
        if not self.numbers or stmt.target in self.numbers or not isinstance(stmt.target.type, Array):
            return False
        active = [v for v in visit.reads(stmt) if v in self.active and isinstance(v.type, Array)]
        return any(v in self.numbers for v in active) and not any(
            v not in self.numbers and isinstance(v.type, Array) and v.type.dims == stmt.target.type.dims
            for v in active)

    def _number(self, operand: ir.Arg, full: Type) -> ir.Operand:
        """The tangent of a number as a number: `np.where` gives an array, which `+=` would change for all its names."""
        if isinstance(full, Num) and isinstance(type_of(operand), Array):
            operand = to_arg(wrap(self.emitter, operand)[()])
        return cast(ir.Operand, operand)

    def _in_written_memory(self, operand: ir.Arg) -> bool:
        """Whether a tangent is (a view of) that of an array which the program writes."""
        if not isinstance(operand, ir.Var):
            return False
        root = self.emitter.root(operand)
        return any(root is dot for (var, part), dot in self.dots.items()
                   if part is None and isinstance(var.type, Array) and self.aliases.written(var))

    def _named(self, var: ir.Var, hint: str) -> ir.Var:
        """The variable, under a name of its own if it has none yet."""
        if hint != "t" and var.hint == "t":
            var.hint = hint
        return var

    def _item(self, stmt: ir.Assign, call: ir.Call) -> None:
        base, index = call.args
        if isinstance(base, ir.Pack):
            dots = ir.Pack("tuple", tuple(self.dot_or_zero(i) for i in base.items))
            self.dots[stmt.target, None] = self.emitter.call(prims.item, (dots, index), style="index",
                                                             type_=stmt.target.type)
            return
        assert isinstance(base, ir.Var)
        if isinstance(base.type, Seq):
            self.dots[stmt.target, None] = self.dots.get((base, index.value), ZERO)
            return
        dot = self.dot_or_zero(base)
        new = self.emitter.call(prims.item, (dot, index), style="index", type_=stmt.target.type)
        self.dots[stmt.target, None] = self._named(new, f"{stmt.target.hint}_dot" if stmt.target.hint != "t" else "t")

    def _list(self, stmt: ir.Assign, call: ir.Call) -> None:
        if call.style == "display":
            cells = tuple(self.dot_or_zero(i) for i in call.args[0].items)
            value = ir.Call(list, (ir.Pack("list", cells),), (), "display")
        elif call.function in (np.multiply, prims.item):
            value = ir.Call(call.function, (self.dot_or_zero(call.args[0]), call.args[1]), (), call.style)
        else:
            self.refuse(stmt, "this list cannot be followed in forward mode")
            return
        dot = self.dots[stmt.target, None] = ir.Var(f"{stmt.target.hint}_dot", stmt.target.type)
        self.emitter.emit(ir.Assign(dot, value, self.emitter.origin))


@functools.lru_cache(maxsize=4096)
def tangent_origin(origin: ir.Origin | None) -> ir.Origin | None:
    """The origin, marked as that of a statement that computes tangents."""
    return None if origin is None else replace(origin, tangent=True)
