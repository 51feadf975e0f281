"""Axes and parameters of batched operations: those of one example, one further."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ir import nodes as ir
from ..rules import find
from .handles import Handle, wrap

if TYPE_CHECKING:
    from .batching import Batching

Bound = dict[str, Any]


def no_rule() -> Exception:
    from .batching_rules import NoRule

    return NoRule()


def static(value: Any) -> Any:
    """A parameter as a plain value."""
    if isinstance(value, ir.Const):
        return value.value
    if isinstance(value, ir.Pack):
        items = [static(i) for i in value.items]
        return items if value.kind == "list" else tuple(items)
    if isinstance(value, ir.Var):
        raise no_rule()
    return value


def moved(axis: Any, ndim: int) -> Any:
    """An axis of one example as an axis of the batch; several likewise."""
    if isinstance(axis, (tuple, list)):
        return tuple(moved(a, ndim) for a in axis)
    return axis + 1 if axis >= 0 else axis


def sizes_of(b: Batching, shape: Any) -> tuple[Any, ...]:
    """A shape argument as a tuple of numbers and handles."""
    if isinstance(shape, (ir.Var, ir.Const, ir.Pack)):
        if b.is_batched(shape):
            b.refuse(b.stmt, "a shape differs between examples")
        found = wrap(b.emitter, shape)
        if isinstance(found, Handle) and found.ndim == 0 and not hasattr(found.type, "items"):
            return (found,)
        shape = found
    if isinstance(shape, Handle):
        return tuple(shape[i] for i in range(len(shape)))
    return tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)


def by_place(function: Any, call: ir.Call) -> ir.Call:
    """The call with the arguments that must be given at their places, whether it names them or not."""
    row, args, kwargs = find(function), list(call.args), dict(call.kwargs)
    for parameter in row.parameters[len(args):] if row is not None and call.style == "call" else ():
        if parameter.kind != "positional" or not parameter.required or parameter.name not in kwargs:
            break
        args.append(kwargs.pop(parameter.name))
    return replace(call, args=tuple(args), kwargs=tuple(kwargs.items()))


def bound_arguments(function: Any, call: ir.Call) -> dict[str, Any]:
    """The arguments of a call by name; defaults are plain values."""
    row = find(function)
    if row is None or row.signature == "*args, **kwargs":
        names = _NAMES.get(function, ())
        return {**dict(zip(names, call.args, strict=False)), **dict(call.kwargs)}
    return row.bind(call.args, dict(call.kwargs))


_NAMES = {np.zeros_like: ("a", "dtype"), np.ones_like: ("a", "dtype"), np.empty_like: ("a", "dtype"),
          np.argmax: ("a", "axis"), np.argmin: ("a", "axis"), np.argsort: ("a", "axis"), np.any: ("a", "axis"),
          np.all: ("a", "axis"), np.count_nonzero: ("a", "axis")}
