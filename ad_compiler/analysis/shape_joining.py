"""Result types of functions that join arrays or pick elements of them."""
from __future__ import annotations

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, ListOf, Num, Passive, Seq, size, unknown_dim
from .infer import Untypable, broadcast, dims_of, result_dtype, shape_of
from .shape_arguments import AXIS_LAST, NONE, dtype_arg, items_of, made, numeric, omitted, static


def _concatenate(arrays, axis=ir.Const(0), out=NONE, dtype=NONE, **_):
    types, counted = items_of(arrays)
    d = dtype_arg(dtype, result_dtype(types))
    if static(axis) is None:
        return Array(d, (unknown_dim(),))
    dims = list(shape_of(types[0]))
    k = static(axis) % len(dims)
    total = size(0)
    for t in types:
        total = total + shape_of(t)[k]
    dims[k] = total if counted else unknown_dim()
    return Array(d, tuple(dims))


def _stack_type(arrays, axis=ir.Const(0), out=NONE, dtype=NONE, **_):
    types, counted = items_of(arrays)
    dims = list(shape_of(types[0]))
    k = static(axis)
    dims.insert(k if k >= 0 else len(dims) + 1 + k, size(len(types)) if counted else unknown_dim())
    return Array(dtype_arg(dtype, result_dtype(types)), tuple(dims))


def _vstack(tup, **_):
    types, counted = items_of(tup)
    dims = [d if (d := shape_of(t))[1:] else (size(1), *(d or (size(1),))) for t in types]
    total = size(0)
    for d in dims:
        total = total + d[0]
    return Array(result_dtype(types), (total if counted else unknown_dim(), *dims[0][1:]))


def _hstack(tup, **_):
    types, counted = items_of(tup)
    dims = [shape_of(t) or (size(1),) for t in types]
    k = 0 if len(dims[0]) == 1 else 1
    total = size(0)
    for d in dims:
        total = total + d[k]
    out = list(dims[0])
    out[k] = total if counted else unknown_dim()
    return Array(result_dtype(types), tuple(out))


def _where(condition, x=None, y=None):
    if x is None:
        n = len(shape_of(numeric(condition)))
        return Seq(tuple(Array(np.dtype(np.intp), (unknown_dim(),)) for _ in range(n)))
    types = [numeric(x), numeric(y)]
    dims = broadcast([shape_of(numeric(condition)), *map(shape_of, types)])
    return Array(result_dtype(types), dims)


def _nonzero(a):
    return _where(a)


def _argwhere(a):
    return Array(np.dtype(np.intp), (unknown_dim(), size(len(shape_of(numeric(a))))))


def _select(condlist, choicelist, default=NONE):
    conditions, _ = items_of(condlist)
    choices, _ = items_of(choicelist)
    types = [*choices] if omitted(default) else [*choices, numeric(default)]
    return made(result_dtype(types), broadcast([shape_of(t) for t in (*conditions, *types)]))


def _clip(a, a_min=NONE, a_max=NONE, out=NONE, min=NONE, max=NONE, **_):
    bounds = [x for x in (a_min, a_max, min, max) if not omitted(x)]
    types = [numeric(a), *map(numeric, bounds)]
    return made(result_dtype(types), broadcast([shape_of(t) for t in types]))


def _take(a, indices, axis=NONE, **_):
    t, i = numeric(a), numeric(indices)
    k = static(axis)
    dims = shape_of(t)
    if k is None:
        return made(t.dtype, shape_of(i))
    k %= len(dims)
    return made(t.dtype, dims[:k] + shape_of(i) + dims[k + 1:])


def _sort(a, axis=AXIS_LAST, **_):
    t = numeric(a)
    return Array(t.dtype, (unknown_dim(),)) if omitted(axis) else Array(t.dtype, shape_of(t))


def _broadcast_shapes(*shapes):
    dims = [dims_of(s) for s in shapes]
    if any(d is None for d in dims):
        raise Untypable
    return Seq(tuple(Num(np.dtype(np.int64), dim=d) for d in broadcast(dims)))


def _argsort(a, axis=AXIS_LAST, **_):
    if _texts(a):
        return Array(np.dtype(np.intp), (unknown_dim(),))
    t = numeric(a)
    return Array(np.dtype(np.intp), (unknown_dim(),) if omitted(axis) else shape_of(t))


def _lexsort(keys, axis=AXIS_LAST):
    """By several keys at once. A list of texts has one axis: only programs that are read again hold one here."""
    if isinstance(keys, ir.Pack) and any(map(_texts, keys.items)):
        return Array(np.dtype(np.intp), (unknown_dim(),))
    return made(np.dtype(np.intp), shape_of(items_of(keys)[0][0]))


def _texts(a):
    return isinstance(a, ir.Var) and isinstance(a.type, ListOf) and isinstance(a.type.item, Passive)


def _take_along_axis(arr, indices, axis=AXIS_LAST):
    if omitted(axis):
        return Array(numeric(arr).dtype, shape_of(numeric(indices)))
    return Array(numeric(arr).dtype, tuple(unknown_dim() if a != b else a for a, b in zip(
        shape_of(numeric(indices)), shape_of(numeric(arr)), strict=True)))


def _interp(x, xp, fp, left=NONE, right=NONE, period=NONE):
    t = numeric(fp)
    return made(np.dtype(np.complex128 if t.kind == "c" else np.float64), shape_of(numeric(x)))


RULES = {
    np.concatenate: _concatenate, np.stack: _stack_type, np.vstack: _vstack, np.hstack: _hstack,
    np.where: _where, np.nonzero: _nonzero, np.argwhere: _argwhere, np.select: _select, np.clip: _clip, np.take: _take,
    np.argsort: _argsort, np.lexsort: _lexsort, np.sort: _sort, np.broadcast_shapes: _broadcast_shapes,
    np.take_along_axis: _take_along_axis, np.interp: _interp,
}
