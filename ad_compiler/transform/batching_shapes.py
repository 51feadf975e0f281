"""Reductions and rearrangements of batched arrays: axes count from the second axis on."""
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..analysis.infer import type_of
from ..ir import nodes as ir
from ..ir.types import Array, ListOf
from .handles import Handle, to_arg, wrap

if TYPE_CHECKING:
    from .batching import Batching

Bound = dict[str, Any]


def _no_rule() -> Exception:
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
        raise _no_rule()
    return value


def moved(axis: Any, ndim: int) -> Any:
    """An axis of one example as an axis of the batch; several likewise."""
    if isinstance(axis, (tuple, list)):
        return tuple(moved(a, ndim) for a in axis)
    return axis + 1 if axis >= 0 else axis


# --- reductions -------------------------------------------------------------------------------------------------------
def reduction(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.sum(a, axis)` and the like."""
    a, *more = call.args
    kwargs = dict(call.kwargs)
    if not isinstance(a, ir.Var) or any(map(b.is_batched, (*more, *kwargs.values()))):
        raise _no_rule()
    axis, ndim = static(kwargs.pop("axis", more[0] if more else None)), b.rank(a)
    if ndim == 0:
        raise _no_rule()
    value = b.value(a)
    if axis is None:
        axis = 1 if ndim == 1 else tuple(range(1, ndim + 1))
        if isinstance(axis, tuple) and call.function in _ONE_AXIS:
            if static(kwargs.get("keepdims", False)):
                raise _no_rule()
            value, axis = np.reshape(value, b.shape((-1,))), 1
    else:
        axis = moved(axis, ndim)
    named = (("axis", ir.Const(axis)), *((k, b.operand(v)) for k, v in kwargs.items()))
    rest = tuple(map(b.operand, more[1:]))
    if rest:  # positional parameters behind the axis
        args, named = (to_arg(value), ir.Const(axis), *rest), named[1:]
    else:
        args = (to_arg(value),)
    return b.result_of(target, ir.Call(call.function, args, named, call.style, call.text))


def along(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """A function along one axis, the last one unless it is given (`np.sort`, `np.diff`)."""
    return _along(b, target, call, -1)


def _along(b: Batching, target: ir.Var, call: ir.Call, default: int) -> Any:
    a, *more = call.args
    kwargs = dict(call.kwargs)
    position = _AXIS_AT.get(call.function, 1) - 1
    axis = kwargs.get("axis", more[position] if len(more) > position else ir.Const(default))
    if not isinstance(a, ir.Var) or any(map(b.is_batched, (*more, *kwargs.values()))) or static(axis) is None:
        raise _no_rule()
    axis = ir.Const(moved(static(axis), b.rank(a)))
    if "axis" in kwargs or len(more) <= position:
        kwargs["axis"] = axis
    else:
        more[position] = axis
    args = (to_arg(b.value(a)), *map(b.operand, more))
    return b.result_of(target, ir.Call(call.function, args, tuple(kwargs.items()), call.style, call.text))


def norm(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.linalg.norm`; without an axis of the whole example."""
    x, order, axis = (bound.get(k) for k in ("x", "ord", "axis"))
    rank = b.rank(x)
    if static(axis) is not None or static(bound.get("keepdims", False)):
        if static(axis) is None:
            raise _no_rule()
        named = {"keepdims": True} if static(bound.get("keepdims", False)) else {}
        return np.linalg.norm(b.value(x), static(order), moved(static(axis), rank), **named)
    if rank == 0:
        return np.abs(b.value(x))
    if static(order) is None and rank > 2:
        return np.linalg.norm(np.reshape(b.value(x), b.shape((-1,))), axis=1)
    return np.linalg.norm(b.value(x), static(order), 1 if rank == 1 else (1, 2))


# --- shapes -----------------------------------------------------------------------------------------------------------
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


def reshape(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.reshape(a, shape)`."""
    order = static(dict(call.kwargs).get("order", "C"))
    if order not in ("C", None) or len(call.args) < 2:
        raise _no_rule()
    return np.reshape(b.lifted(call.args[0]), b.shape(sizes_of(b, call.args[1])))


def ravel(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.ravel(a)`, `a.flatten()`."""
    if call.kwargs or len(call.args) != 1:
        raise _no_rule()
    found = np.reshape(b.value(call.args[0]), b.shape((-1,)))
    return np.copy(found) if call.function is np.ndarray.flatten else found


def transpose(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.transpose(a, axes)`, `a.T`."""
    ndim, array = b.rank(call.args[0]), b.value(call.args[0])
    axes = static(dict(call.kwargs).get("axes", call.args[1] if len(call.args) > 1 else None))
    axes = tuple(reversed(range(ndim))) if axes is None else tuple(a % ndim for a in axes)
    if ndim < 2:
        return array
    if axes == (1, 0):
        return np.swapaxes(array, 1, 2)
    return np.transpose(array, (0, *(a + 1 for a in axes)))


def swapaxes(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.swapaxes` and `np.moveaxis`: two axes, or two groups of them."""
    a, one, other = call.args
    ndim = b.rank(a)
    return call.function(b.value(a), moved(static(one), ndim), moved(static(other), ndim))


def expand_dims(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.expand_dims(a, axis)`."""
    return np.expand_dims(b.value(call.args[0]), moved(static(bound["axis"]), 0))


def squeeze(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.squeeze(a, axis)`; without an axis those that are known to have size 1."""
    a = call.args[0]
    t = type_of(a)
    axis = static(bound.get("axis"))
    if axis is None:
        assert isinstance(t, Array)
        axis = tuple(k for k, d in enumerate(t.dims) if d.known and d.const == 1)
        if b.rank(target) != t.ndim - len(axis):
            raise _no_rule()
        if not axis:
            return b.value(a)
    return np.squeeze(b.value(a), moved(axis, b.rank(a)))


def broadcast_to(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.broadcast_to(array, shape)`."""
    sizes = sizes_of(b, call.args[1])
    return np.broadcast_to(b.align(call.args[0], len(sizes)), b.shape(sizes))


def flip(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.flip(m, axis)`."""
    m, axis = call.args[0], static(bound.get("axis"))
    ndim = b.rank(m)
    return np.flip(b.value(m), tuple(range(1, ndim + 1)) if axis is None else moved(axis, ndim))


def roll(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.roll(a, shift, axis)`."""
    a, shift, axis = call.args[0], bound["shift"], static(bound.get("axis"))
    if b.is_batched(shift):
        raise _no_rule()
    if axis is None:
        if b.rank(a) > 1:
            raise _no_rule()
        axis = 0
    return np.roll(b.value(a), b.value(shift), moved(axis, b.rank(a)))


def diagonal(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.trace` and `np.diagonal`."""
    one, other = (moved(static(bound.get(k, d)), 2) for k, d in (("axis1", 0), ("axis2", 1)))
    return call.function(b.value(call.args[0]), static(bound.get("offset", 0)), one, other)


def diag(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.diag(v, k)`: of a matrix its diagonal, of a vector the matrix."""
    v, k = call.args[0], static(bound.get("k", 0))
    value = b.value(v)
    if b.rank(v) == 2:
        return np.copy(np.diagonal(value, k, 1, 2))
    if k != 0:
        raise _no_rule()
    return value[:, :, None] * b.emitted(np.eye, value.shape[1], dtype=value.dtype, text="np.eye")


# --- joining ----------------------------------------------------------------------------------------------------------
def joined(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.concatenate`, `np.stack` and their relatives."""
    arrays = call.args[0]
    axis = static(dict(call.kwargs).get("axis", call.args[1] if len(call.args) > 1 else 0))
    if set(dict(call.kwargs)) - {"axis"}:
        raise _no_rule()
    if not isinstance(arrays, ir.Pack):
        if call.function is np.stack and isinstance(type_of(arrays), ListOf) and axis >= 0:
            found = b.emitter.call(np.stack, (b.operand(arrays), ir.Const(axis + 1)), text="np.stack",
                                   type_=_batched_type(b, target))
            return Handle(b.emitter, found)
        raise _no_rule()
    ranks = [b.rank(i) for i in arrays.items]
    items = [b.lifted(i) for i in arrays.items]
    if call.function is np.stack:
        return np.stack(items, axis=moved(axis, ranks[0]))
    least = {np.vstack: 2, np.hstack: 1, np.column_stack: 2}.get(call.function, 0)
    items = [_at_least(b, item, rank, least, call.function) for item, rank in zip(items, ranks, strict=True)]
    if call.function is np.hstack:
        axis = 0 if max(ranks) <= 1 else 1
    elif call.function is np.column_stack:
        axis = 1
    elif axis is None:
        items, axis = [np.reshape(i, b.shape((-1,))) for i in items], 0
    return np.concatenate(items, axis=moved(axis, max(ranks)))


def _at_least(b: Batching, item: Any, rank: int, least: int, function: Any) -> Any:
    """An item with the dimensions that the joining function gives it."""
    if function is np.column_stack and rank == 1:
        return item[:, :, None]
    for _ in range(least - rank):
        item = item[:, None]
    return item


def _batched_type(b: Batching, target: ir.Var) -> Any:
    from .batching_results import batched_type

    return batched_type(target.type, b.size)


def take(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.take(a, indices, axis)` with indices that are the same for all examples."""
    a, indices, axis = call.args[0], bound["indices"], static(bound.get("axis"))
    if b.is_batched(indices) or set(dict(call.kwargs)) - {"axis", "indices"} or (axis is None and b.rank(a) > 1):
        raise _no_rule()
    return np.take(b.value(a), b.value(indices), axis=moved(axis or 0, b.rank(a)))


def repeat(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.repeat(a, repeats, axis)`."""
    a, repeats, axis = call.args[0], bound["repeats"], static(bound.get("axis"))
    if b.is_batched(repeats) or b.rank(a) == 0:
        raise _no_rule()
    if axis is None:
        return np.repeat(np.reshape(b.value(a), b.shape((-1,))), b.value(repeats), axis=1)
    return np.repeat(b.value(a), b.value(repeats), axis=moved(axis, b.rank(a)))


def tile(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.tile(A, reps)`."""
    a = call.args[0]
    if b.is_batched(call.args[1]):
        raise _no_rule()
    reps = sizes_of(b, call.args[1])
    rank = max(len(reps), b.rank(a))
    return np.tile(b.align(a, rank), (1, *[1] * (rank - len(reps)), *reps))


def pad(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.pad` with widths that are constants."""
    a, *rest = call.args
    if any(map(b.is_batched, (*rest, *dict(call.kwargs).values()))):
        raise _no_rule()
    width = np.broadcast_to(np.asarray(static(bound["pad_width"])), (b.rank(a), 2))
    widths = ((0, 0), *(tuple(map(int, w)) for w in width))
    args = (to_arg(b.value(a)), ir.Const(widths), *map(b.operand, rest[1:]))
    named = tuple((k, v) for k, v in call.kwargs if k != "pad_width")
    return b.result_of(target, ir.Call(np.pad, args, named, call.style, call.text))


def take_along_axis(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.take_along_axis(arr, indices, axis)`."""
    axis = static(bound.get("axis", -1))
    if axis is None:
        raise _no_rule()
    return np.take_along_axis(b.lifted(call.args[0]), b.lifted(call.args[1]), moved(axis, 0))


_ONE_AXIS = {np.argmax, np.argmin, np.cumsum, np.cumprod, np.nanargmax, np.nanargmin}
_AXIS_AT = {np.diff: 2, np.sort: 1, np.argsort: 1, np.trapezoid: 3}
_REDUCTIONS = (np.sum, np.prod, np.mean, np.std, np.var, np.max, np.min, np.any, np.all, np.argmax, np.argmin,
               np.nansum, np.nanmean, np.nanmax, np.nanmin, np.count_nonzero, np.median, np.ptp, np.cumsum, np.cumprod)
SHAPES: dict[Any, Callable[..., Any]] = {
    **dict.fromkeys(_REDUCTIONS, reduction), np.sort: along, np.argsort: along, np.diff: along, np.trapezoid: along,
    np.linalg.norm: norm, np.reshape: reshape, np.ravel: ravel, np.ndarray.flatten: ravel, np.transpose: transpose,
    np.swapaxes: swapaxes, np.moveaxis: swapaxes, np.expand_dims: expand_dims, np.squeeze: squeeze,
    np.broadcast_to: broadcast_to, np.flip: flip, np.roll: roll, np.trace: diagonal, np.diagonal: diagonal,
    np.diag: diag, np.concatenate: joined, np.stack: joined, np.vstack: joined, np.hstack: joined,
    np.column_stack: joined, np.take: take, np.repeat: repeat, np.tile: tile, np.pad: pad,
    np.take_along_axis: take_along_axis,
}
