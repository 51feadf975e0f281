"""Joins, copies and picked elements of batched arrays."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..analysis.infer import type_of
from ..ir import nodes as ir
from ..ir.types import ListOf
from .batching_axes import Bound, moved, no_rule, sizes_of, static
from .handles import Handle, to_arg

if TYPE_CHECKING:
    from .batching import Batching


def joined(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.concatenate`, `np.stack` and their relatives."""
    arrays = call.args[0]
    axis = static(dict(call.kwargs).get("axis", call.args[1] if len(call.args) > 1 else 0))
    if set(dict(call.kwargs)) - {"axis"}:
        raise no_rule()
    if not isinstance(arrays, ir.Pack):
        if call.function is np.stack and isinstance(type_of(arrays), ListOf) and axis >= 0:
            found = b.emitter.call(np.stack, (b.operand(arrays), ir.Const(axis + 1)), text="np.stack",
                                   type_=_batched_type(b, target))
            return Handle(b.emitter, found)
        raise no_rule()
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
        raise no_rule()
    return np.take(b.value(a), b.value(indices), axis=moved(axis or 0, b.rank(a)))


def repeat(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.repeat(a, repeats, axis)`."""
    a, repeats, axis = call.args[0], bound["repeats"], static(bound.get("axis"))
    if b.is_batched(repeats) or b.rank(a) == 0:
        raise no_rule()
    if axis is None:
        return np.repeat(np.reshape(b.value(a), b.shape((-1,))), b.value(repeats), axis=1)
    return np.repeat(b.value(a), b.value(repeats), axis=moved(axis, b.rank(a)))


def tile(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.tile(A, reps)`."""
    a = call.args[0]
    if b.is_batched(call.args[1]):
        raise no_rule()
    reps = sizes_of(b, call.args[1])
    rank = max(len(reps), b.rank(a))
    return np.tile(b.align(a, rank), (1, *[1] * (rank - len(reps)), *reps))


def pad(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.pad` with widths that are constants."""
    a, *rest = call.args
    if any(map(b.is_batched, (*rest, *dict(call.kwargs).values()))):
        raise no_rule()
    width = np.broadcast_to(np.asarray(static(bound["pad_width"])), (b.rank(a), 2))
    widths = ((0, 0), *(tuple(map(int, w)) for w in width))
    args = (to_arg(b.value(a)), ir.Const(widths), *map(b.operand, rest[1:]))
    named = tuple((k, v) for k, v in call.kwargs if k != "pad_width")
    return b.result_of(target, ir.Call(np.pad, args, named, call.style, call.text))


def take_along_axis(b: Batching, target: ir.Var, call: ir.Call, bound: Bound) -> Any:
    """`np.take_along_axis(arr, indices, axis)`."""
    axis = static(bound.get("axis", -1))
    if axis is None:
        raise no_rule()
    return np.take_along_axis(b.lifted(call.args[0]), b.lifted(call.args[1]), moved(axis, 0))
