"""Forward mode of calls: the tangent of a result from the row of its function."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..analysis.infer import type_of
from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array, ListOf, Num, Seq, is_float_like, same_shape
from ..rules import find
from ..rules.layout import require_fixed
from ..rules.row import Partial, formula_reads
from .bars import ZERO, expand
from .handles import BranchesOnValue, Handle, to_arg, wrap
from .list_joins import join
from .row_adjoint import IDENTITIES, read

if TYPE_CHECKING:
    from .forward import Forward


def tangent_of_call(fwd: Forward, stmt: ir.Assign, call: ir.Call) -> Any:
    """The tangent of a call: a handle, a number, or one of these for each of several results."""
    if call.function in IDENTITIES:
        return wrap(fwd.emitter, fwd.dot_or_zero(call.args[0]))
    if call.args and isinstance(call.args[0], ir.Var) and isinstance(call.args[0].type, ListOf):
        return _of_list(fwd, stmt, call)
    row = find(call.function)
    if row is None or row.kind == "zero":
        fwd.refuse(stmt, f"`{call.text or call.function}` has no derivative rule",
                   "use a function that has one (docs/coverage.md)")
    assert row is not None
    try:
        bound = row.bind(call.args, dict(call.kwargs))
    except TypeError as error:
        fwd.refuse(stmt, str(error))
        return 0.0
    total: Any = None
    for name, arg in bound.items():
        if not _carries(fwd, arg):
            continue
        if name not in row.partials:
            if name not in row.constants:
                fwd.refuse(stmt, f"`{row.name}` has no derivative with respect to its argument `{name}`")
            continue
        try:
            total = _plus(total, _partial(fwd, stmt, row, name, bound))
        except (BranchesOnValue, NotImplementedError) as error:  # a formula says what it does not hold for
            fwd.refuse(stmt, f"`{row.name}`: {error}")
    return 0.0 if total is None else total


def _of_list(fwd: Forward, stmt: ir.Assign, call: ir.Call) -> Any:
    if join(call) is None:
        fwd.refuse(stmt, f"`{call.text}` of a list of unknown length has no derivative rule",
                   "use np.array(xs) first")
    dot = fwd.dot(call.args[0])
    return wrap(fwd.emitter, fwd.emitter.call(call.function, (dot, *call.args[1:]), dict(call.kwargs),
                                              text=call.text, type_=stmt.target.type))


def _carries(fwd: Forward, arg: Any) -> bool:
    if isinstance(arg, (list, tuple)):
        return any(_carries(fwd, a) for a in arg)
    return isinstance(arg, (ir.Var, ir.Pack)) and any(v in fwd.active for v in visit.variables(arg))


def _partial(fwd: Forward, stmt: ir.Assign, row: Any, name: str, bound: dict[str, Any]) -> Any:
    partial = row.partials[name]
    d = _tangent_argument(fwd, bound[name])
    if row.kind == "elementwise":
        values = [read(fwd, stmt, row, bound, r) for r in formula_reads(partial)]
        if isinstance(d, (list, tuple)):  # which Python would repeat
            d = wrap(fwd.emitter, fwd.emitter.call(np.asarray, (to_arg(d),), text="np.asarray"))
        return d * partial(*values)
    if row.kind == "linear":
        require_fixed(row, name, bound)
        substituted = {k: (d if k == name else _argument(fwd, v)) for k, v in bound.items()}
        args, kwargs = row.arguments(substituted)
        return _same_call(fwd, stmt, row.function, args, kwargs)
    assert isinstance(partial, Partial)
    values = [read(fwd, stmt, row, bound, r) for r in partial.jvp_reads]
    return partial.jvp(d, *values)


def _same_call(fwd: Forward, stmt: ir.Assign, function: Any, args: Any, kwargs: Any) -> Any:
    call = stmt.value
    assert isinstance(call, ir.Call)
    named = {k: to_arg(v) for k, v in kwargs.items()}
    t = stmt.target.type
    style = "call" if function is np.reshape and len(args) > 2 else call.style  # the method takes `order` by name
    text = "np.reshape" if style != call.style else call.text
    dtype_of = args[0].dtype if args and isinstance(args[0], Handle) else None
    if isinstance(t, (Array, Num)) and dtype_of is not None and not is_float_like(t):
        t = replace(t, dtype=dtype_of)
    return wrap(fwd.emitter, fwd.emitter.call(function, tuple(to_arg(a) for a in args), named, style, text,
                                              type_=t))


def _argument(fwd: Forward, arg: Any) -> Any:
    if isinstance(arg, (ir.Var, ir.Const, ir.Pack)):
        return wrap(fwd.emitter, arg)
    return [_argument(fwd, a) for a in arg] if isinstance(arg, list) else arg


def _tangent_argument(fwd: Forward, arg: Any) -> Any:
    """The tangent of an argument: of each item, where it is a sequence."""
    if isinstance(arg, ir.Pack):
        items = [_tangent_argument(fwd, i) for i in arg.items]
        return items if arg.kind == "list" else tuple(items)
    if isinstance(arg, list):
        return [_tangent_argument(fwd, a) for a in arg]
    t = type_of(arg)
    if isinstance(arg, ir.Var) and isinstance(t, Seq):  # several results of a call, given to another
        return [wrap(fwd.emitter, fwd.dots.get((arg, k), ZERO)) for k in range(len(t.items))]
    operand = fwd.dot_or_zero(arg)
    if isinstance(t, Array) and not same_shape(type_of(operand), t):
        operand = expand(fwd.emitter, operand, arg, t)
    return wrap(fwd.emitter, operand)


def _plus(total: Any, more: Any) -> Any:
    if total is None:
        return more
    if isinstance(total, tuple):
        return tuple(b if a is None else a if b is None else a + b for a, b in zip(total, more, strict=True))
    return total + more
