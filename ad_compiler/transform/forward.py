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
from ..errors import Diagnostic, Span, UnsupportedError
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, ListOf, Num, Seq, Type, is_float_like, same_shape
from ..rules import find
from ..rules.row import Partial, formula_reads
from ..support import shadow_like
from .bars import ZERO, expand
from .emitter import Emitter
from .forward_views import laid_out, makes_shadow, needs_layout, of_view, unsure_classes
from .handles import Handle, to_arg, wrap
from .list_joins import join
from .row_adjoint import IDENTITIES, read

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
        self.dots: dict[Slot, ir.Operand] = {(v, None): d for v, d in tangents.items()}
        self.inputs = set(tangents)

    def run(self) -> ir.Block:
        for var in self.inputs:
            if self.aliases.written(var) and isinstance(var.type, Array):
                # the program writes into this argument: its tangent is written as well, in a copy
                if not needs_layout(self, var):
                    self.dots[var, None] = self._copied(self.dots[var, None])
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

    def _copied(self, operand: ir.Operand) -> ir.Operand:
        if not isinstance(operand, ir.Var) or not isinstance(operand.type, Array):
            return operand
        return self.emitter.call(np.copy, (operand,), style="method", text="copy", type_=operand.type,
                                 hint=operand.hint)

    def _own(self, operand: ir.Operand, target: ir.Var) -> ir.Operand:
        """A tangent in memory of its own that can hold what is written: complex numbers, if those of its array are."""
        if target.type.kind == "c" and type_of(operand).kind != "c":
            return cast(ir.Operand, to_arg(wrap(self.emitter, operand).astype(target.type.dtype)))
        return self._copied(operand)

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
                from .apply_rule import tangent

                tangent(self, stmt)
            case ir.If() | ir.For() | ir.While() | ir.With() | ir.Try():
                emit(visit.map_stmt(stmt, lambda v: v, self.nested))
            case _:
                emit(stmt)

    def refuse(self, stmt: ir.Stmt, message: str, help_: str = "") -> None:
        origin = getattr(stmt, "origin", None)
        span = None if origin is None else Span(origin.file, origin.line, origin.col, origin.end_col)
        help_ = help_ or "write it another way, or use reverse mode (grad, vjp)"
        raise UnsupportedError(Diagnostic("AD151", span, message, help_))

    def copy(self, stmt: ir.Copy) -> None:
        pairs = [(t, s) for t, s in zip(stmt.targets, stmt.sources, strict=True) if t in self.active]
        sources = tuple(self.dot_or_zero(s) for _, s in pairs)
        targets = tuple(self.dot(t) for t, _ in pairs)
        self.emitter.emit(replace(stmt, targets=stmt.targets + targets, sources=stmt.sources + sources))

    def store(self, stmt: ir.Store) -> None:
        base, value = stmt.base, stmt.value
        if base not in self.active:
            return
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
        tangent = self.tangent_of_call(stmt, value)
        if isinstance(target.type, Seq):
            for i, part in enumerate(tangent):
                self.dots[target, i] = ZERO if part is None else self._number(to_arg(part), target.type.items[i])
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
                operand = expand(self.emitter, operand, target, target.type)
            if own and (self.aliases.written(target) or self._in_written_memory(operand)):
                operand = laid_out(self, target, operand) if needs_layout(self, target) else self._own(operand, target)
        if isinstance(operand, ir.Var) and operand.hint == "t" and operand in self.emitter.definition:
            operand = self._named(operand, f"{target.hint}_dot" if target.hint != "t" else "t")
        return operand

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

    # --- rows -----------------------------------------------------------------------------------------------------
    def tangent_of_call(self, stmt: ir.Assign, call: ir.Call) -> Any:
        if call.function in IDENTITIES:
            return wrap(self.emitter, self.dot_or_zero(call.args[0]))
        if call.args and isinstance(call.args[0], ir.Var) and isinstance(call.args[0].type, ListOf):
            return self._of_list(stmt, call)
        row = find(call.function)
        if row is None or row.kind == "zero":
            self.refuse(stmt, f"`{call.text or call.function}` has no derivative rule",
                        "use a function that has one (docs/coverage.md)")
        assert row is not None
        try:
            bound = row.bind(call.args, dict(call.kwargs))
        except TypeError as error:
            self.refuse(stmt, str(error))
            return 0.0
        total: Any = None
        for name, arg in bound.items():
            if not self._carries(arg):
                continue
            if name not in row.partials:
                if name not in row.constants:
                    self.refuse(stmt, f"`{row.name}` has no derivative with respect to its argument `{name}`")
                continue
            total = _plus(total, self._partial(stmt, row, name, bound))
        return 0.0 if total is None else total

    def _of_list(self, stmt: ir.Assign, call: ir.Call) -> Any:
        if join(call) is None:
            self.refuse(stmt, f"`{call.text}` of a list of unknown length has no derivative rule",
                        "use np.array(xs) first")
        dot = self.dot(call.args[0])
        return wrap(self.emitter, self.emitter.call(call.function, (dot, *call.args[1:]), dict(call.kwargs),
                                                    text=call.text, type_=stmt.target.type))

    def _carries(self, arg: Any) -> bool:
        if isinstance(arg, (list, tuple)):
            return any(map(self._carries, arg))
        return isinstance(arg, (ir.Var, ir.Pack)) and any(v in self.active for v in visit.variables(arg))

    def _partial(self, stmt: ir.Assign, row: Any, name: str, bound: dict[str, Any]) -> Any:
        partial = row.partials[name]
        d = self._tangent_argument(bound[name])
        if row.kind == "elementwise":
            values = [read(self, stmt, row, bound, r) for r in formula_reads(partial)]
            return d * partial(*values)
        if row.kind == "linear":
            substituted = {k: (d if k == name else self._argument(v)) for k, v in bound.items()}
            args, kwargs = row.arguments(substituted)
            return self._same_call(stmt, row.function, args, kwargs)
        assert isinstance(partial, Partial)
        values = [read(self, stmt, row, bound, r) for r in partial.jvp_reads]
        return partial.jvp(d, *values)

    def _same_call(self, stmt: ir.Assign, function: Any, args: Any, kwargs: Any) -> Any:
        call = stmt.value
        assert isinstance(call, ir.Call)
        named = {k: to_arg(v) for k, v in kwargs.items()}
        t = stmt.target.type
        style = "call" if function is np.reshape and len(args) > 2 else call.style  # the method takes `order` by name
        text = "np.reshape" if style != call.style else call.text
        dtype_of = args[0].dtype if args and isinstance(args[0], Handle) else None
        if isinstance(t, (Array, Num)) and dtype_of is not None and not is_float_like(t):
            t = replace(t, dtype=dtype_of)
        return wrap(self.emitter, self.emitter.call(function, tuple(to_arg(a) for a in args), named, style,
                                                    text, type_=t))

    def _argument(self, arg: Any) -> Any:
        if isinstance(arg, (ir.Var, ir.Const, ir.Pack)):
            return wrap(self.emitter, arg)
        return [self._argument(a) for a in arg] if isinstance(arg, list) else arg

    def _tangent_argument(self, arg: Any) -> Any:
        """The tangent of an argument: of each item, where it is a sequence."""
        if isinstance(arg, ir.Pack):
            items = [self._tangent_argument(i) for i in arg.items]
            return items if arg.kind == "list" else tuple(items)
        if isinstance(arg, list):
            return [self._tangent_argument(a) for a in arg]
        t = type_of(arg)
        if isinstance(arg, ir.Var) and isinstance(t, Seq):  # several results of a call, given to another
            return [wrap(self.emitter, self.dots.get((arg, k), ZERO)) for k in range(len(t.items))]
        operand = self.dot_or_zero(arg)
        if isinstance(t, Array) and not same_shape(type_of(operand), t):
            operand = expand(self.emitter, operand, arg, t)
        return wrap(self.emitter, operand)


@functools.lru_cache(maxsize=4096)
def tangent_origin(origin: ir.Origin | None) -> ir.Origin | None:
    """The origin, marked as that of a statement that computes tangents."""
    return None if origin is None else replace(origin, tangent=True)


def _plus(total: Any, more: Any) -> Any:
    if total is None:
        return more
    if isinstance(total, tuple):
        return tuple(b if a is None else a if b is None else a + b for a, b in zip(total, more, strict=True))
    return total + more
