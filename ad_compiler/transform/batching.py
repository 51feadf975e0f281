"""Batching: a program for one example becomes a program for many, the batch being the first axis of its arrays.

    t = np.sum(x * w)            t = np.sum(x * w, axis=1)            # x is batched, w is not
    y[i] = t                     y[:, i] = t

Only what depends on a batched input changes. How a call is batched is said in `batching_rules`; a call without a rule
is made for one example after the other and stacked. Branches and loops whose condition differs between examples are in
`batching_control`.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from ..analysis.alias import Aliases
from ..analysis.infer import type_of
from ..errors import Diagnostic, Span, UnsupportedError
from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array, Dim, ListOf, Num, Seq, Type
from .batching_axes import no_rule
from .batching_marks import batched_variables, is_query
from .batching_results import batched_query, batched_result, batched_type, same_rank
from .handles import Emitter, Handle, to_arg, wrap

FULL = slice(None)


class Batching:
    """Writes the batched form of a function. `axes` gives the batched inputs and which of their axes is the batch's.

    `loops` names, after `run`, what is computed one example after the other.
    """

    def __init__(self, fn: ir.Function, axes: dict[ir.Var, int], size: Dim, out_axes: Any = 0) -> None:
        self.fn, self.axes, self.size, self.out_axes = fn, axes, size, out_axes
        self.aliases = Aliases(fn)
        self.batched = batched_variables(fn, axes, self.aliases, self.refuse)
        self.emitter = Emitter()
        self.new: dict[ir.Var, ir.Var] = {}
        self.count: Any = size.const if size.known else None  # how many examples: a number, or a handle
        self.loops: list[str] = []
        self.taken_over: set[ir.Var] = set()  # memory that was there before, of which the batch has one copy
        self.unset: set[ir.Var] = set()  # what is None until an example takes a branch that gives it a value
        self.definitions = {s.target: s.value for s in visit.walk(fn.body)
                            if isinstance(s, ir.Assign) and isinstance(s.value, ir.Call)}
        self.out_differs: Any = None  # after `run`: which parts of the result differ between examples (0, else None)
        self.stmt: ir.Stmt | None = None
        self.rest: list[ir.Stmt] = []  # the statements behind it in its block

    def run(self, name: str) -> ir.Function:
        """The batched function."""
        params = tuple(self.parameter(p) for p in self.fn.params)
        self.block(self.fn.body)
        return ir.Function(name, params, self.fn.keywords, self.emitter.block, self.fn.doc, self.fn.origin)

    def parameter(self, var: ir.Var) -> ir.Var:
        """The parameter of the batched function; its batch is brought to the front."""
        if var not in self.axes:
            return var
        given = ir.Var(var.hint, self.stored_type(var))
        self.enter(var, given)
        return given

    def stored_type(self, var: ir.Var) -> Array:
        """The type of a batched input as the caller gives it."""
        axis, whole = self.axes[var], batched_type(var.type, self.size)
        assert isinstance(whole, Array)
        dims = list(whole.dims[1:])
        dims.insert(axis, whole.dims[0])
        return Array(whole.dtype, tuple(dims))

    def enter(self, var: ir.Var, given: ir.Var) -> None:
        """Make a batched input known."""
        axis = self.axes[var]
        if self.count is None:
            self.count = Handle(self.emitter, given).shape[axis]
            if isinstance(self.count, Handle):
                self.count._arg.hint = "batch"
        self.new[var] = given
        if axis:
            moved = np.moveaxis(Handle(self.emitter, given), axis, 0)
            if self.aliases.written(var):
                self.refuse(None, f"`{var.hint}` is written, and its batch is axis {axis}",
                            "put the batch first (in_axes=0)")
            self.new[var] = moved._arg
            moved._arg.hint = var.hint

    # --- operands -----------------------------------------------------------------------------------------------------
    def is_batched(self, arg: Any) -> bool:
        """Whether an argument, or an item of a group of them, differs between examples."""
        if isinstance(arg, (list, tuple)):
            return any(map(self.is_batched, arg))
        return isinstance(arg, (ir.Var, ir.Pack, ir.Call)) and any(v in self.batched for v in visit.variables(arg))

    def operand(self, arg: Any) -> Any:
        """An argument with the batched variables in it."""
        return visit.map_arg(arg, lambda o: self.new.get(o, o) if isinstance(o, ir.Var) else o)

    def value(self, arg: Any) -> Any:
        """An argument as rules see it: a handle, or a plain value; items of a group are lifted if one is batched."""
        if isinstance(arg, ir.Pack) and arg.kind in ("list", "tuple") and self.is_batched(arg):
            rank = max(map(self.rank, arg.items))
            return np.stack([self.lifted(i, rank) for i in arg.items], axis=1)
        if isinstance(arg, (ir.Var, ir.Const, ir.Pack)):
            return wrap(self.emitter, self.operand(arg))
        return arg

    def axes_of(self, arg: Any) -> Any:
        """Which parts of a value differ between examples, as axes of a batch: 0, None, or a structure of these."""
        if not isinstance(arg, ir.Pack) or arg.kind == "slice":
            return 0 if self.is_batched(arg) else None
        parts = map(self.axes_of, arg.items)
        return dict(zip(arg.keys, parts, strict=True)) if arg.keys and not arg.is_tuple else tuple(parts)

    def rank(self, arg: Any) -> int:
        """The number of dimensions of an argument in one example."""
        if isinstance(arg, ir.Pack):
            return 1 + max(map(self.rank, arg.items), default=0)
        if isinstance(arg, ir.Var):
            return arg.type.ndim if isinstance(arg.type, Array) else 0
        return np.ndim(arg.value if isinstance(arg, ir.Const) else arg)

    def align(self, arg: Any, rank: int) -> Any:
        """An argument whose examples broadcast as arrays of `rank` dimensions do."""
        value, own = self.value(arg), self.rank(arg)
        return self.spread(value, own, rank) if self.is_batched(arg) else value

    def spread(self, value: Any, own: int, rank: int) -> Any:
        """A batched array of examples of rank `own` with new axes behind the batch."""
        return value if own >= rank else value[(FULL, *[None] * (rank - own), *([Ellipsis] if own else []))]

    def lifted(self, arg: Any, rank: int | None = None) -> Any:
        """An argument as a batched array, repeated for every example if it is not one, of rank `rank` each."""
        own = self.rank(arg)
        rank = own if rank is None else rank
        if self.is_batched(arg):
            return self.align(arg, rank)
        return self.repeated(self.value(arg), _dtype(type_of(arg)), rank)

    def repeated(self, value: Any, dtype: Any, rank: int = 0) -> Handle:
        """A value that is the same for all examples, as a batched array; that of an array cannot be written."""
        if isinstance(value, Handle) and value.ndim:
            return np.broadcast_to(value, self.shape(value.shape))
        own = () if isinstance(value, Handle) else np.shape(value)
        return self.emitted(np.full, self.shape((*(1,) * (rank - len(own)), *own)), value, dtype=dtype, text="np.full")

    def result_of(self, target: ir.Var, call: ir.Call) -> Handle:
        """The batched result of a call, whose type is known: that of `target`, for every example. Raises NoRule where
        the call gives an array of another number of dimensions."""
        wanted = batched_type(target.type, self.size)
        if not same_rank(call, wanted):
            raise no_rule()
        return Handle(self.emitter, self.emitter.assign(call, wanted, target.hint))

    def shape(self, rest: Sequence[Any]) -> tuple[Any, ...]:
        """The shape of a batched array whose examples have the shape `rest`."""
        return (self.count, *rest)

    def emitted(self, function: Any, *args: Any, text: str | None = None, **kwargs: Any) -> Handle:
        """A call that handles do not reach by themselves (of a function that makes an array)."""
        named = {k: to_arg(v) for k, v in kwargs.items() if v is not None}
        return Handle(self.emitter, self.emitter.call(function, tuple(map(to_arg, args)), named, text=text))

    # --- statements ---------------------------------------------------------------------------------------------------
    def block(self, block: ir.Block) -> None:
        outer = self.rest
        for k, stmt in enumerate(block.stmts):
            self.emitter.origin, self.stmt, self.rest = getattr(stmt, "origin", None), stmt, block.stmts[k + 1:]
            self.statement(stmt)
        self.rest = outer

    def nested(self, block: ir.Block) -> ir.Block:
        outer, self.emitter.block = self.emitter.block, ir.Block()
        self.block(block)
        inner, self.emitter.block = self.emitter.block, outer
        return inner

    def statement(self, stmt: ir.Stmt) -> None:
        from .batching_control import batched_choice, batched_while

        emit = self.emitter.emit
        match stmt:
            case ir.Assign():
                self.assign(stmt)
            case ir.Copy():
                targets = tuple(map(self.target, stmt.targets))
                emit(ir.Copy(targets, tuple(map(self.copied, stmt.targets, stmt.sources)), stmt.origin))
            case ir.Store():
                self.store(stmt)
            case ir.Push(stack, value):
                cell = to_arg(self.lifted(value)) if stack in self.batched else self.operand(value)
                emit(ir.Push(self.new.get(stack, stack), cell, stmt.origin))
            case ir.Pop(target, stack):
                emit(ir.Pop(self.target(target), self.new.get(stack, stack), stmt.origin))
            case ir.If(cond) if self.is_batched(cond):
                batched_choice(self, stmt)
            case ir.While() if self.is_batched(stmt.cond):
                batched_while(self, stmt)
            case ir.Raise(value, cond) if self.is_batched(cond):
                emit(ir.Raise(self.operand(value), to_arg(np.all(self.value(cond))), stmt.origin))
            case ir.For() if self.is_batched((stmt.start, stmt.stop, stmt.step, stmt.limit)):
                self.refuse(stmt, "how often this loop runs differs between examples", "write it as a `while`")
            case ir.Effect() if self.is_batched(stmt.value):
                self.refuse(stmt, "a call that is made for its effect is given what differs between examples",
                            "leave it out of the function that is batched")
            case ir.Return(value):
                self.out_differs = self.axes_of(value)
                emit(ir.Return(batched_result(self, value, self.out_axes), stmt.origin))
            case ir.SetSlot() if any(v in self.batched for v in visit.reads(stmt)):
                self.refuse(stmt, "an object is given what differs between examples", "return it instead")
            case ir.If() | ir.For() | ir.While() | ir.With() | ir.Try() | ir.Raise() | ir.Effect() | ir.Break() \
                    | ir.Comment():
                emit(visit.map_stmt(stmt, self.operand, self.nested, self.target))
            case ir.Ruled():
                self.block(stmt.primal)
            case _:
                self.refuse(stmt, f"a {type(stmt).__name__}")

    def target(self, var: ir.Var) -> ir.Var:
        """The variable that takes the place of one that is assigned."""
        if var in self.batched and var not in self.new:
            self.new[var] = ir.Var(var.hint, batched_type(var.type, self.size))
        return self.new.get(var, var)

    def copied(self, target: ir.Var, source: ir.Operand) -> Any:
        """What `target := source` copies; a number that stands for an array has the axes of one."""
        if target not in self.batched or not isinstance(target.type, (Num, Array)) or (
                isinstance(source, ir.Const) and source.value is None):
            return self.operand(source)
        value = self.lifted(source, max(self.rank(source), self.rank(target)))
        return to_arg(value if self.rank(source) == 0 or self.is_batched(source) else np.copy(value))

    def assign(self, stmt: ir.Assign) -> None:
        target, value = stmt.target, stmt.value
        if isinstance(value, ir.Call) and getattr(value.function, "own_memory", False) and self.is_batched(value):
            self.refuse(stmt, f"`{value.text}` calls itself, and how often differs between examples",
                        "call it for one example after the other")
        if target in self.axes:  # a part of a structure of arguments
            given = ir.Var(target.hint, self.stored_type(target))
            self.emitter.emit(ir.Assign(given, value, stmt.origin))
            self.enter(target, given)
            return
        if target not in self.batched:
            if isinstance(value, ir.Call) and is_query(value) and self.is_batched(value):
                value = batched_query(self, value)
            self.emitter.emit(ir.Assign(target, value, stmt.origin))
            return
        if isinstance(value, (ir.Var, ir.Const)):
            self.named(target, self.lifted(value))
        elif isinstance(value, ir.Call) and value.style == "display":
            self.display(stmt, value)
        else:
            from .batching_rules import batched_call

            assert isinstance(value, ir.Call)
            self.named(target, batched_call(self, target, value))

    def named(self, target: ir.Var, found: Any) -> None:
        """Let `target` be what has been computed for it."""
        if isinstance(found, tuple):  # several results
            whole = ir.Pack("tuple", tuple(to_arg(v) for v in found))
            t = Seq(tuple(type_of(i) for i in whole.items))
            found = Handle(self.emitter, self.emitter.assign(ir.Call(tuple, (whole,), (), "display"), t, target.hint))
        operand = to_arg(found)
        wanted = batched_type(target.type, self.size)
        if not isinstance(operand, ir.Var) or operand in self.new.values():
            operand = self.emitter.assign(operand, wanted, target.hint)
        if isinstance(wanted, Array) and isinstance(operand.type, Array) and operand.type.ndim == wanted.ndim:
            operand.type = wanted
        operand.hint = target.hint if operand.hint in ("t", "batch") else operand.hint
        self.new[target] = operand

    def display(self, stmt: ir.Assign, call: ir.Call) -> None:
        """A tuple or list of values at run time."""
        (group,) = call.args
        items = tuple(to_arg(self.lifted(i)) for i in group.items) if isinstance(group, ir.Pack) else None
        args = (self.operand(group),) if items is None else (group.of(items),)
        self.emitter.emit(ir.Assign(self.target(stmt.target), ir.Call(call.function, args, (), "display", call.text),
                                    stmt.origin))

    def store(self, stmt: ir.Store) -> None:
        from .batching_index import batched_store

        if stmt.base not in self.batched:
            self.emitter.emit(stmt)
        elif isinstance(stmt.base.type, ListOf):
            if self.is_batched(stmt.index):
                self.refuse(stmt, "the index into a list differs between examples", "use an array")
            cell = to_arg(self.lifted(stmt.value))
            self.emitter.emit(ir.Store(self.new[stmt.base], stmt.index, stmt.op, cell, stmt.origin))
        else:
            batched_store(self, stmt)

    def refuse(self, stmt: ir.Stmt | None, message: str, help_: str = "") -> NoReturn:
        """Raise the diagnostic that names what cannot be batched."""
        origin = getattr(stmt or self.stmt, "origin", None)
        span = None if origin is None else Span(origin.file, origin.line, origin.col, origin.end_col)
        raise UnsupportedError(Diagnostic("AD152", span, f"cannot be batched: {message}",
                                          help_ or "call the function for one example after the other"))


def _dtype(t: Type) -> Any:
    return t.dtype if isinstance(t, (Num, Array)) else None


__all__ = ["FULL", "Batching"]
