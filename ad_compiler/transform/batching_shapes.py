"""Reductions and rearrangements of batched arrays: axes count from the second axis on."""
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..analysis.infer import type_of
from ..ir import nodes as ir
from ..ir.types import Array
from .batching_axes import Bound, moved, no_rule, sizes_of, static
from .batching_joins import joined, pad, repeat, take, take_along_axis, tile
from .handles import to_arg

if TYPE_CHECKING:
    from .batching import Batching


# --- reductions -------------------------------------------------------------------------------------------------------
def reduction(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.sum(a, axis)` and the like."""
    a, *more = call.args
    kwargs = dict(call.kwargs)
    if not isinstance(a, ir.Var) or any(map(b.is_batched, (*more, *kwargs.values()))):
        raise no_rule()
    axis, ndim = static(kwargs.pop("axis", more[0] if more else None)), b.rank(a)
    if ndim == 0:
        raise no_rule()
    value = b.value(a)
    if axis is None:
        axis = 1 if ndim == 1 else tuple(range(1, ndim + 1))
        if isinstance(axis, tuple) and call.function in _ONE_AXIS:
            if static(kwargs.get("keepdims", False)):
                raise no_rule()
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
    others = [*more, *kwargs.values()]
    least = 2 if call.function is np.trapezoid else 1  # arrays beside it of which the axis would be another one
    if not isinstance(a, ir.Var) or any(b.is_batched(o) or b.rank(o) >= least for o in others) or static(axis) is None:
        raise no_rule()
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
            raise no_rule()
        named = {"keepdims": True} if static(bound.get("keepdims", False)) else {}
        return np.linalg.norm(b.value(x), static(order), moved(static(axis), rank), **named)
    if rank == 0:
        return np.abs(b.value(x))
    if static(order) is None and rank > 2:
        return np.linalg.norm(np.reshape(b.value(x), b.shape((-1,))), axis=1)
    return np.linalg.norm(b.value(x), static(order), 1 if rank == 1 else (1, 2))


# --- shapes -----------------------------------------------------------------------------------------------------------
def reshape(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.reshape(a, shape)`."""
    order = static(bound.get("order", "C"))
    if order not in ("C", None) or len(call.args) < 2:
        raise no_rule()
    return np.reshape(b.lifted(call.args[0]), b.shape(sizes_of(b, call.args[1])))


def ravel(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.ravel(a)`, `a.flatten()`."""
    if call.kwargs or len(call.args) != 1:
        raise no_rule()
    found = np.reshape(b.value(call.args[0]), b.shape((-1,)))
    return np.copy(found) if call.function is np.ndarray.flatten else found


def transpose(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.transpose(a, axes)`, `a.T`."""
    ndim, array = b.rank(call.args[0]), b.value(call.args[0])
    axes = static(bound.get("axes"))
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
        if not isinstance(t, Array):
            return b.value(a)
        axis = tuple(k for k, d in enumerate(t.dims) if d.known and d.const == 1)
        if b.rank(target) != t.ndim - len(axis):
            raise no_rule()
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
        raise no_rule()
    if axis is None:
        if b.rank(a) > 1:
            raise no_rule()
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
        raise no_rule()
    return value[:, :, None] * b.emitted(np.eye, value.shape[1], dtype=value.dtype, text="np.eye")


_SPECTRA = (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft)
_ONE_AXIS = {np.argmax, np.argmin, np.cumsum, np.cumprod, np.nanargmax, np.nanargmin}
_AXIS_AT = {np.diff: 2, np.sort: 1, np.argsort: 1, np.trapezoid: 3, **dict.fromkeys(_SPECTRA, 2)}
_REDUCTIONS = (np.sum, np.prod, np.mean, np.std, np.var, np.max, np.min, np.any, np.all, np.argmax, np.argmin,
               np.nansum, np.nanmean, np.nanmax, np.nanmin, np.count_nonzero, np.median, np.ptp, np.cumsum, np.cumprod)
SHAPES: dict[Any, Callable[..., Any]] = {
    **dict.fromkeys(_REDUCTIONS, reduction), np.sort: along, np.argsort: along, np.diff: along, np.trapezoid: along,
    **dict.fromkeys(_SPECTRA, along),
    np.linalg.norm: norm, np.reshape: reshape, np.ravel: ravel, np.ndarray.flatten: ravel, np.transpose: transpose,
    np.swapaxes: swapaxes, np.moveaxis: swapaxes, np.expand_dims: expand_dims, np.squeeze: squeeze,
    np.broadcast_to: broadcast_to, np.flip: flip, np.roll: roll, np.trace: diagonal, np.diagonal: diagonal,
    np.diag: diag, np.concatenate: joined, np.stack: joined, np.vstack: joined, np.hstack: joined,
    np.column_stack: joined, np.take: take, np.repeat: repeat, np.tile: tile, np.pad: pad,
    np.take_along_axis: take_along_axis,
}
