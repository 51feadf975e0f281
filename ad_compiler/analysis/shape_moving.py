"""Result types of functions that move, repeat and resize what is in an array."""
from __future__ import annotations

import numpy as np

from ..ir import nodes as ir
from ..ir.assumed import nonnegative
from ..ir.types import Array, Dim, Num, Seq, size, unknown_dim
from .infer import Untypable, dims_of, result_dtype, shape_of
from .shape_arguments import NONE, axes_of, made, numeric, omitted, static


def _reshape(a, shape=NONE, order=NONE, newshape=NONE, copy=NONE, **_):
    t = numeric(a)
    target = newshape if omitted(shape) else shape
    dims = dims_of(target)
    if dims is None:
        raise Untypable
    values = [d.const if d.known else None for d in dims]
    if -1 in values:
        k = values.index(-1)
        rest = [d for i, d in enumerate(dims) if i != k]
        dims = tuple(_missing(t, rest) if i == k else d for i, d in enumerate(dims))
    return Array(t.dtype, dims)


def _missing(t: Num | Array, rest: list[Dim]) -> Dim:
    """The size that `-1` stands for, where the other sizes cancel exactly."""
    own = list(shape_of(t))
    for d in rest:
        if d in own:
            own.remove(d)
        elif not (d.known and d.const == 1):
            return unknown_dim()
    own = [d for d in own if not (d.known and d.const == 1)]
    if len(own) == 1:
        return own[0]
    return size(1) if not own else unknown_dim()


def ravel(a, order=NONE):
    t = numeric(a)
    own = [d for d in shape_of(t) if not (d.known and d.const == 1)]
    return Array(t.dtype, (own[0] if len(own) == 1 else size(1) if not own else unknown_dim(),))


def _transpose(a, axes=NONE):
    t = numeric(a)
    dims = shape_of(t)
    order = static(axes)
    if order is None:
        return Array(t.dtype, dims[::-1])
    return Array(t.dtype, tuple(dims[int(k)] for k in order))


def _swapaxes(a, axis1, axis2):
    t = numeric(a)
    dims = list(shape_of(t))
    i, j = static(axis1), static(axis2)
    dims[i], dims[j] = dims[j], dims[i]
    return Array(t.dtype, tuple(dims))


def _moveaxis(a, source, destination):
    t = numeric(a)
    probe = np.empty([k + 2 for k in range(len(shape_of(t)))])
    moved = np.moveaxis(probe, static(source), static(destination)).shape
    return Array(t.dtype, tuple(shape_of(t)[n - 2] for n in moved))


def _expand_dims(a, axis):
    t = numeric(a)
    probe = np.expand_dims(np.empty([2] * len(shape_of(t))), static(axis)).shape
    rest = iter(shape_of(t))
    return Array(t.dtype, tuple(size(1) if n == 1 else next(rest) for n in probe))


def _squeeze(a, axis=NONE):
    t = numeric(a)
    dims = shape_of(t)
    if static(axis) is None:
        if any(d.may_be_one() and not d.known for d in dims):
            raise Untypable("np.squeeze without an axis: which axes have size 1 is not known")
        return Array(t.dtype, tuple(d for d in dims if not (d.known and d.const == 1)))
    axes = axes_of(axis, len(dims))
    return Array(t.dtype, tuple(d for i, d in enumerate(dims) if i not in axes))


def _broadcast_to(array, shape, subok=NONE):
    dims = dims_of(shape)
    if dims is None:
        raise Untypable
    return Array(numeric(array).dtype, dims)


def _same(a, *_args, **_kwargs):
    t = numeric(a)
    return t if isinstance(t, Array) else Array(t.dtype, ())


def _triangle(m, k=ir.Const(0)):
    t = _same(m)
    return Array(t.dtype, t.dims * 2) if t.ndim == 1 else t  # the rows of a vector's triangle are the vector


def _flip(m, axis=NONE):
    return _same(m)


def _shape(a):
    return Seq(tuple(Num(np.dtype(np.int64), dim=d) for d in shape_of(numeric(a))))


def _real(val):
    t = numeric(val)
    return made(np.empty(0, t.dtype).real.dtype, shape_of(t))


def _diff(a, n=ir.Const(1), axis=ir.Const(-1), prepend=None, append=None):
    t = numeric(a)
    dims, along = list(shape_of(t)), static(axis)
    added = [size(1) if not shape_of(numeric(edge)) else shape_of(numeric(edge))[along]
             for edge in (prepend, append) if edge is not None]
    dims[along] = sum(added, dims[along]) - static(n)
    return Array(t.dtype, tuple(dims))


def _diag(v, k=ir.Const(0)):
    t = numeric(v)
    dims = shape_of(t)
    if len(dims) == 2:
        return Array(t.dtype, (_length(*dims, k),))
    n = dims[0] + abs(static(k))
    return Array(t.dtype, (n, n))


def _diagonal(a, offset=ir.Const(0), axis1=ir.Const(0), axis2=ir.Const(1)):
    t = numeric(a)
    dims = shape_of(t)
    first, second = static(axis1) % len(dims), static(axis2) % len(dims)
    rest = tuple(d for k, d in enumerate(dims) if k not in (first, second))
    return Array(t.dtype, (*rest, _length(dims[first], dims[second], offset)))


def _length(rows: Dim, columns: Dim, offset: ir.Arg) -> Dim:
    """How many elements a diagonal has."""
    if not isinstance(offset, ir.Const):
        return unknown_dim()
    k = int(offset.value)
    low, high = rows + min(k, 0), columns + -max(k, 0)
    length = low if nonnegative(high - low) else high if nonnegative(low - high) else None
    if length is None:
        return unknown_dim()
    if length.known:
        return size(max(length.const, 0))
    return length if nonnegative(length) else unknown_dim()


def _pad(array, pad_width, mode=NONE, **_):
    t = numeric(array)
    try:
        pairs = np.broadcast_to(np.asarray(static(pad_width)), (len(shape_of(t)), 2))
    except Untypable:
        return Array(t.dtype, tuple(unknown_dim() for _ in shape_of(t)))
    return Array(t.dtype, tuple(d + int(a + b) for d, (a, b) in zip(shape_of(t), pairs, strict=True)))


def _tile(A, reps):
    t = numeric(A)
    dims, n = shape_of(t), dims_of(reps)
    if n is None:
        raise Untypable("how many repetitions there are is not known")
    rank = max(len(dims), len(n))
    dims = (size(1),) * (rank - len(dims)) + dims
    n = (size(1),) * (rank - len(n)) + n
    return Array(t.dtype, tuple(map(_times, dims, n)))


def _times(a: Dim, b: Dim) -> Dim:
    """The product of two sizes; not known unless one of them is a number."""
    return b.scaled(a.const) if a.known else a.scaled(b.const) if b.known else unknown_dim()


def _repeat(a, repeats, axis=NONE):
    t = numeric(a)
    dims = list(shape_of(t))
    k = static(axis)
    if k is None or not dims:
        return Array(t.dtype, (unknown_dim(),))
    n = static(repeats) if isinstance(repeats, ir.Const) else None
    dims[k] = dims[k].scaled(n) if isinstance(n, int) else unknown_dim()
    return Array(t.dtype, tuple(dims))


def _resized(arr, obj=NONE, values=NONE, axis=NONE):
    """`np.insert`, `np.append`, `np.delete`: one axis of another size, or flat."""
    t = numeric(arr)
    dims = list(shape_of(t))
    k = static(axis)
    if k is None:
        return Array(t.dtype, (unknown_dim(),))
    dims[k] = unknown_dim()
    return Array(t.dtype, tuple(dims))


def _append(arr, values, axis=NONE):
    return Array(result_dtype([numeric(arr), numeric(values)]), _resized(arr, axis=axis).dims)


def _delete(arr, obj, axis=NONE):
    return _resized(arr, axis=axis)


RULES = {
    np.reshape: _reshape, np.ravel: ravel, np.ndarray.flatten: ravel, np.transpose: _transpose,
    np.swapaxes: _swapaxes, np.moveaxis: _moveaxis, np.expand_dims: _expand_dims, np.squeeze: _squeeze,
    np.broadcast_to: _broadcast_to, np.roll: _same, np.flipud: _same, np.fliplr: _same,
    np.tril: _triangle, np.triu: _triangle, np.flip: _flip, np.shape: _shape, np.real: _real, np.imag: _real,
    np.diff: _diff, np.diag: _diag, np.diagonal: _diagonal, np.pad: _pad, np.tile: _tile, np.repeat: _repeat,
    np.insert: _resized, np.append: _append, np.delete: _delete,
}
