"""What a batched program gives back, and what it asks of the shape of one example."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..analysis.infer import Untypable, type_of
from ..analysis.shapes import call_type
from ..ir import nodes as ir
from ..ir import prims
from ..ir.axes import AS_THEY_ARE
from ..ir.types import Array, Dim, ListOf, Num, Seq, Type
from .handles import Handle, to_arg

if TYPE_CHECKING:
    from .batching import Batching


def batched_type(t: Type, size: Dim) -> Type:
    """The type of as many values as there are examples."""
    match t:
        case Num():
            return Array(t.dtype, (size,))
        case Array():
            return Array(t.dtype, (size, *t.dims))
        case Seq(items, cls):
            return Seq(tuple(batched_type(i, size) for i in items), cls)
        case ListOf(item, site):
            return ListOf(None if item is None else batched_type(item, size), site)
    return t


def same_rank(call: ir.Call, wanted: Type) -> bool:
    """Whether a call gives an array of as many dimensions as `wanted`, as far as can be known."""
    if not isinstance(wanted, Array):
        return True
    try:
        found = call_type(call.function, call.args, dict(call.kwargs), call.style)
    except Untypable:
        return True
    return not isinstance(found, (Num, Array)) or getattr(found, "ndim", 0) == wanted.ndim


def batched_query(b: Batching, call: ir.Call) -> ir.Call:
    """What asks for the shape of one example."""
    (array, *rest) = call.args
    if call.function is prims.dim:
        axis = rest[0].value
        return ir.Call(prims.dim, (b.operand(array), ir.Const(axis + 1 if axis >= 0 else axis)), (), "dim")
    if isinstance(type_of(array), ListOf):
        return ir.Call(call.function, (b.operand(array),), (), call.style, call.text)
    if call.function is len:
        return ir.Call(prims.dim, (b.operand(array), ir.Const(1)), (), "dim")
    shape = Handle(b.emitter, b.operand(array)).shape[1:]
    if call.function is prims.shape:
        return ir.Call(tuple, (to_arg(shape),), (), "display")
    if call.args[1:] and getattr(call.args[1], "value", "") == "size":
        product: Any = 1
        for n in shape:
            product = n * product
        return ir.Call(int, (to_arg(product),), (), "call", "int")
    return ir.Call(call.function, tuple(map(b.operand, call.args)), call.kwargs, call.style, call.text)


def batched_result(b: Batching, value: ir.Arg, axes: Any) -> ir.Arg:
    """The result, its batch where `axes` says; with None what is the same for all examples."""
    if isinstance(value, ir.Pack):
        several = isinstance(axes, (tuple, list))
        if several and len(axes) != len(value.items):
            raise ValueError(f"out_axes={axes!r} has {len(axes)} items, the result has {len(value.items)}")
        keys = range(len(value.items)) if several else value.keys
        each = [axes[k] for k in keys] if isinstance(axes, (tuple, list, dict)) else [axes] * len(value.items)
        return value.of(tuple(batched_result(b, v, a) for v, a in zip(value.items, each, strict=True)))
    if not isinstance(type_of(value), (Num, Array)):
        return b.operand(value)
    if axes is None or axes == AS_THEY_ARE:
        if axes is None and b.is_batched(value):
            raise ValueError("out_axes is None for a result that differs between examples")
        return b.operand(value)
    found = b.value(value) if b.is_batched(value) else b.lifted(value)
    if axes:
        count = type_of(to_arg(found)).ndim
        if not -count <= axes < count:
            raise ValueError(f"out_axes is {axes} for a result that has {count} dimensions, examples included")
        found = np.moveaxis(found, 0, axes)
    return to_arg(found if b.is_batched(value) else np.copy(found))


__all__ = ["batched_query", "batched_result", "batched_type"]
