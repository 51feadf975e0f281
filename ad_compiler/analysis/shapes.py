"""Shape rules: result types of the functions that build, shape, reduce and multiply arrays.

`call_type(function, args, kwargs)` is the entry. A rule takes the call's arguments as IR operands, under the names
NumPy gives them, and returns a type; parameters that decide a rank (`axis`, `keepdims`) must be constants.
"""
from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, Dim, ListOf, Num, Seq, Type, size, symbol, unknown_dim
from .infer import (
    Untypable,
    array_of,
    broadcast,
    dim_of,
    dims_of,
    result_dtype,
    shape_of,
    stand_in_type,
    type_of,
    ufunc_type,
)

NONE = ir.Const(None)
FALSE = ir.Const(False)
AXIS_LAST = ir.Const(-1)


def static(arg: ir.Arg) -> Any:
    """The value of a parameter that must be known: a constant, or a group of constants."""
    if isinstance(arg, ir.Const):
        return arg.value
    if isinstance(arg, ir.Pack):
        items = [static(i) for i in arg.items]
        return tuple(items) if arg.kind == "tuple" else slice(*items) if arg.kind == "slice" else items
    raise Untypable("a parameter that decides the rank of the result is not a constant")


def made(dtype: np.dtype[Any], dims: Sequence[Dim]) -> Type:
    """An array, or the NumPy scalar that a 0-d result becomes."""
    return Array(dtype, tuple(dims)) if dims else Num(dtype, weak=False)


def numeric(arg: ir.Arg) -> Num | Array:
    t = array_of(type_of(arg))
    if not isinstance(t, (Num, Array)):
        raise Untypable
    return t


def axes_of(axis: ir.Arg, ndim: int) -> tuple[int, ...]:
    value = static(axis)
    if value is None:
        return tuple(range(ndim))
    axes = (value,) if isinstance(value, (int, np.integer)) else tuple(value)
    if any(not -ndim <= a < ndim for a in axes):
        raise Untypable(f"axis {value} is out of bounds for an array of dimension {ndim}")
    return tuple(int(a) % ndim for a in axes)


def dtype_arg(dtype: ir.Arg, default: np.dtype[Any]) -> np.dtype[Any]:
    value = static(dtype)
    return default if value is None else np.dtype(value)


def reduced(a: ir.Arg, axis: ir.Arg, keepdims: ir.Arg, dtype: np.dtype[Any]) -> Type:
    dims = shape_of(numeric(a))
    axes = axes_of(axis, len(dims))
    keep = bool(static(keepdims)) if not _omitted(keepdims) else False
    out = [size(1) if i in axes else d for i, d in enumerate(dims) if keep or i not in axes]
    return made(dtype, out)


def _omitted(arg: ir.Arg) -> bool:
    return isinstance(arg, ir.Const) and (arg.value is np._NoValue or arg.value is None)  # type: ignore[attr-defined]


def _sum_dtype(t: Num | Array) -> np.dtype[Any]:
    if t.kind == "b" or (t.kind == "i" and t.dtype.itemsize < 8):
        return np.dtype(np.int64)
    return np.dtype(np.uint64) if t.kind == "u" else t.dtype


def _sum(a, axis=NONE, dtype=NONE, out=NONE, keepdims=FALSE, initial=NONE, where=NONE):
    return reduced(a, axis, keepdims, dtype_arg(dtype, _sum_dtype(numeric(a))))


def _mean_dtype(t: Num | Array) -> np.dtype[Any]:
    return np.dtype(np.float64) if t.kind in "biu" else t.dtype


def _mean(a, axis=NONE, dtype=NONE, out=NONE, keepdims=FALSE, where=NONE):
    return reduced(a, axis, keepdims, dtype_arg(dtype, _mean_dtype(numeric(a))))


def _var(a, axis=NONE, dtype=NONE, out=NONE, ddof=NONE, keepdims=FALSE, where=NONE, mean=NONE, correction=NONE):
    d = dtype_arg(dtype, _mean_dtype(numeric(a)))
    return reduced(a, axis, keepdims, np.empty(0, d).real.dtype)


def _max(a, axis=NONE, out=NONE, keepdims=FALSE, initial=NONE, where=NONE):
    return reduced(a, axis, keepdims, numeric(a).dtype)


def _any(a, axis=NONE, out=NONE, keepdims=FALSE, where=NONE):
    return reduced(a, axis, keepdims, np.dtype(np.bool_))


def _argmax(a, axis=NONE, out=NONE, keepdims=FALSE):
    return reduced(a, axis, keepdims, np.dtype(np.intp))


def _scan(a, axis=NONE, dtype=NONE, out=NONE):
    t = numeric(a)
    dims = shape_of(t) if static(axis) is not None or len(shape_of(t)) == 1 else (unknown_dim(),)
    return Array(dtype_arg(dtype, _sum_dtype(t)), dims)


def _norm(x, ord=NONE, axis=NONE, keepdims=FALSE):
    t = numeric(x)
    return reduced(x, axis, keepdims, np.empty(0, _mean_dtype(t)).real.dtype)


def _creation(shape, dtype=NONE, order=NONE, **_):
    dims = dims_of(shape)
    if dims is None:
        raise Untypable
    return Array(dtype_arg(dtype, np.dtype(np.float64)), dims)


def _full(shape, fill_value, dtype=NONE, order=NONE, **_):
    return Array(dtype_arg(dtype, numeric(fill_value).dtype), _creation(shape).dims)


def _like(a, dtype=NONE, order=NONE, subok=NONE, shape=NONE, **_):
    t = numeric(a)
    dims = shape_of(t) if _omitted(shape) else dims_of(shape)
    return Array(dtype_arg(dtype, t.dtype), dims or ())


def _full_like(a, fill_value, dtype=NONE, **rest):
    return _like(a, dtype, **rest)


def _eye(N, M=NONE, k=NONE, dtype=NONE, **_):
    return Array(dtype_arg(dtype, np.dtype(np.float64)), (dim_of(N), dim_of(N) if _omitted(M) else dim_of(M)))


def _arange(start, stop=NONE, step=NONE, dtype=NONE, **_):
    types = [numeric(a) for a in (start, stop, step) if not _omitted(a)]
    dtype_ = dtype_arg(dtype, result_dtype(types))
    if _omitted(step) and all(t.kind == "i" for t in types):
        return Array(dtype_, (dim_of(start),) if _omitted(stop) else (dim_of(stop) - dim_of(start),))
    return Array(dtype_, (unknown_dim(),))


def _linspace(start, stop, num=ir.Const(50), endpoint=NONE, retstep=FALSE, dtype=NONE, axis=NONE, **_):
    if static(retstep):
        raise Untypable
    rest = broadcast([shape_of(numeric(start)), shape_of(numeric(stop))])
    d = result_dtype([numeric(start), numeric(stop), Num(np.dtype(np.float64))])
    return Array(dtype_arg(dtype, d), (dim_of(num), *rest))


def _copy(a, *_args, **_kwargs):
    t = numeric(a)
    return t if isinstance(t, Array) else Array(t.dtype, ())


def _array(object, dtype=NONE, copy=NONE, order=NONE, **_):
    t = numeric(object)
    return Array(dtype_arg(dtype, t.dtype), shape_of(t))


def _astype(a, dtype, **_):
    t = numeric(a)
    return made(np.dtype(static(dtype)), shape_of(t)) if isinstance(t, Num) else Array(np.dtype(static(dtype)), t.dims)


def _reshape(a, shape=NONE, order=NONE, newshape=NONE, copy=NONE, **_):
    t = numeric(a)
    target = newshape if _omitted(shape) else shape
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


def _ravel(a, order=NONE):
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


def _items(arrays: ir.Arg) -> tuple[list[Type], bool]:
    """Types of the arrays of a sequence argument, and whether their number is known."""
    if isinstance(arrays, ir.Pack):
        return [numeric(i) for i in arrays.items], True
    t = type_of(arrays)
    if isinstance(t, Seq):
        return [array_of(i) for i in t.items], True
    if isinstance(t, ListOf) and t.item is not None:
        return [array_of(t.item)], False
    if isinstance(t, Array) and t.ndim:
        return [made(t.dtype, t.dims[1:])], t.dims[0].known
    raise Untypable


def _concatenate(arrays, axis=ir.Const(0), out=NONE, dtype=NONE, **_):
    types, counted = _items(arrays)
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
    types, counted = _items(arrays)
    dims = list(shape_of(types[0]))
    k = static(axis)
    dims.insert(k if k >= 0 else len(dims) + 1 + k, size(len(types)) if counted else unknown_dim())
    return Array(dtype_arg(dtype, result_dtype(types)), tuple(dims))


def _vstack(tup, **_):
    types, counted = _items(tup)
    dims = [d if (d := shape_of(t))[1:] else (size(1), *(d or (size(1),))) for t in types]
    total = size(0)
    for d in dims:
        total = total + d[0]
    return Array(result_dtype(types), (total if counted else unknown_dim(), *dims[0][1:]))


def _hstack(tup, **_):
    types, counted = _items(tup)
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


def matmul_dims(a: tuple[Dim, ...], b: tuple[Dim, ...]) -> tuple[Dim, ...]:
    if not a or not b:
        raise Untypable("matmul: a scalar operand")
    batch = broadcast([a[:-2], b[:-2]])
    return (*batch, *(a[-2:-1] if len(a) > 1 else ()), *(b[-1:] if len(b) > 1 else ()))


def _matmul(a, b, out=NONE, **_):
    ta, tb = numeric(a), numeric(b)
    return made(result_dtype([ta, tb]), matmul_dims(shape_of(ta), shape_of(tb)))


def _dot(a, b, out=NONE):
    ta, tb = numeric(a), numeric(b)
    da, db = shape_of(ta), shape_of(tb)
    dims = da + db if not da or not db else da[:-1] + (db[:-2] + db[-1:] if len(db) > 1 else ())
    return made(result_dtype([ta, tb]), dims)


def _outer(a, b, out=NONE):
    ta, tb = numeric(a), numeric(b)
    return Array(result_dtype([ta, tb]), (*_ravel(a).dims, *_ravel(b).dims))


def _inner(a, b):
    ta, tb = numeric(a), numeric(b)
    da, db = shape_of(ta), shape_of(tb)
    return made(result_dtype([ta, tb]), da + db if not da or not db else da[:-1] + db[:-1])


def _vdot(a, b):
    return made(result_dtype([numeric(a), numeric(b)]), ())


def _einsum(subscripts, *operands, out=NONE, optimize=NONE, **_):
    text = static(subscripts).replace(" ", "")
    types = [numeric(o) for o in operands]
    inputs, _, output = text.partition("->")
    terms = inputs.split(",")
    if "->" not in text:
        letters = "".join(terms).replace(".", "")
        output = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
        output = "..." * ("..." in inputs) + output
    sizes: dict[str, Dim] = {}
    batches: list[tuple[Dim, ...]] = []
    for term, t in zip(terms, types, strict=True):
        head, dots, tail = term.partition("...")
        dims = shape_of(t)
        last = len(dims) - len(tail)
        if len(dims) < len(head) + len(tail) or (not dots and len(dims) != len(term)):
            raise Untypable(f"einsum: `{term}` does not fit an array of dimension {len(dims)}")
        batches.append(dims[len(head):last])
        for c, d in zip(head + tail, dims[:len(head)] + dims[last:], strict=True):
            sizes[c] = d if c not in sizes or sizes[c] == size(1) else sizes[c]
    head, dots, tail = output.partition("...")
    batch = broadcast(batches) if dots else ()
    return made(result_dtype(types), [*(sizes[c] for c in head), *batch, *(sizes[c] for c in tail)])


def _diff(a, n=ir.Const(1), axis=ir.Const(-1), **_):
    t = numeric(a)
    dims = list(shape_of(t))
    dims[static(axis)] = dims[static(axis)] - static(n)
    return Array(t.dtype, tuple(dims))


def _diag(v, k=ir.Const(0)):
    t = numeric(v)
    dims = shape_of(t)
    if len(dims) == 2:
        return Array(t.dtype, (dims[0] if dims[0] == dims[1] and static(k) == 0 else unknown_dim(),))
    n = dims[0] + abs(static(k))
    return Array(t.dtype, (n, n))


def _clip(a, a_min=NONE, a_max=NONE, out=NONE, min=NONE, max=NONE, **_):
    bounds = [x for x in (a_min, a_max, min, max) if not _omitted(x)]
    types = [numeric(a), *map(numeric, bounds)]
    return made(result_dtype(types), broadcast([shape_of(t) for t in types]))


def _linalg_same(a, *_args, **_kwargs):
    t = numeric(a)
    return Array(_mean_dtype(t), shape_of(t))


def _solve(a, b):
    return Array(result_dtype([numeric(a), numeric(b), Num(np.dtype(np.float64))]), shape_of(numeric(b)))


def _det(a):
    t = numeric(a)
    return made(_mean_dtype(t), shape_of(t)[:-2])


def _take(a, indices, axis=NONE, **_):
    t, i = numeric(a), numeric(indices)
    k = static(axis)
    dims = shape_of(t)
    if k is None:
        return made(t.dtype, shape_of(i))
    k %= len(dims)
    return made(t.dtype, dims[:k] + shape_of(i) + dims[k + 1:])


def _shape(a):
    return Seq(tuple(Num(np.dtype(np.int64), dim=d) for d in shape_of(numeric(a))))


def _real(val):
    t = numeric(val)
    return made(np.empty(0, t.dtype).real.dtype, shape_of(t))


def _nonzero(a):
    return _where(a)


def _flip(m, axis=NONE):
    return _same(m)


def _pad(array, pad_width, mode=NONE, **_):
    t = numeric(array)
    try:
        pairs = np.broadcast_to(np.asarray(static(pad_width)), (len(shape_of(t)), 2))
    except Untypable:
        return Array(t.dtype, tuple(unknown_dim() for _ in shape_of(t)))
    return Array(t.dtype, tuple(d + int(a + b) for d, (a, b) in zip(shape_of(t), pairs, strict=True)))


def _tile(A, reps):
    t = numeric(A)
    dims, n = shape_of(t), static(reps)
    n = (n,) if isinstance(n, int) else tuple(n)
    rank = max(len(dims), len(n))
    dims = (size(1),) * (rank - len(dims)) + dims
    n = (1,) * (rank - len(n)) + n
    return Array(t.dtype, tuple(d.scaled(k) for d, k in zip(dims, n, strict=True)))


def _argsort(a, axis=AXIS_LAST, **_):
    t = numeric(a)
    return Array(np.dtype(np.intp), (unknown_dim(),) if _omitted(axis) else shape_of(t))


def _take_along_axis(arr, indices, axis=NONE):
    return Array(numeric(arr).dtype, tuple(unknown_dim() if a != b else a for a, b in zip(
        shape_of(numeric(indices)), shape_of(numeric(arr)), strict=True)))


def _select(condlist, choicelist, default=NONE):
    conditions, _ = _items(condlist)
    choices, _ = _items(choicelist)
    types = [*choices] if _omitted(default) else [*choices, numeric(default)]
    return made(result_dtype(types), broadcast([shape_of(t) for t in (*conditions, *types)]))


def _cross(a, b, axisa=AXIS_LAST, axisb=AXIS_LAST, axisc=AXIS_LAST, axis=NONE):
    ta, tb = numeric(a), numeric(b)
    if not all(_omitted(x) or static(x) == -1 for x in (axisa, axisb, axisc, axis)):
        raise Untypable("np.cross along another axis than the last")
    last = [shape_of(t)[-1] for t in (ta, tb)]
    if any(d.known and d.const == 2 for d in last):
        raise Untypable("np.cross of vectors of length 2")
    return Array(result_dtype([ta, tb]), (*broadcast([shape_of(ta)[:-1], shape_of(tb)[:-1]]), size(3)))


def _interp(x, xp, fp, left=NONE, right=NONE, period=NONE):
    t = numeric(fp)
    return made(np.dtype(np.complex128 if t.kind == "c" else np.float64), shape_of(numeric(x)))


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


def _kron(a, b):
    ta, tb = numeric(a), numeric(b)
    dims = tuple(unknown_dim() for _ in range(max(len(shape_of(ta)), len(shape_of(tb)))))
    return made(result_dtype([ta, tb]), dims)


def _tensordot(a, b, axes=ir.Const(2)):
    ta, tb = numeric(a), numeric(b)
    da, db = list(shape_of(ta)), list(shape_of(tb))
    n = static(axes)
    if isinstance(n, int):
        return made(result_dtype([ta, tb]), da[:len(da) - n] + db[n:])
    out = []
    for dims, gone in zip((da, db), n, strict=True):
        gone = {int(g) % len(dims) for g in ((gone,) if isinstance(gone, int) else gone)}
        out += [d for i, d in enumerate(dims) if i not in gone]
    return made(result_dtype([ta, tb]), out)


Rule = Callable[..., Type]
RULES: dict[Any, Rule] = {
    np.sum: _sum, np.prod: _sum, np.mean: _mean, np.var: _var, np.std: _var, np.nansum: _sum, np.nanmean: _mean,
    np.max: _max, np.min: _max, np.any: _any, np.all: _any, np.argmax: _argmax, np.argmin: _argmax,
    np.cumsum: _scan, np.cumprod: _scan, np.linalg.norm: _norm, np.count_nonzero: _argmax,
    np.zeros: _creation, np.ones: _creation, np.empty: _creation, np.full: _full,
    np.zeros_like: _like, np.ones_like: _like, np.empty_like: _like, np.full_like: _full_like,
    np.eye: _eye, np.arange: _arange, np.linspace: _linspace, np.copy: _copy, np.ndarray.copy: _copy,
    np.array: _array, np.asarray: _array, np.ascontiguousarray: _array, np.asanyarray: _array, np.astype: _astype,
    np.reshape: _reshape, np.ravel: _ravel, np.ndarray.flatten: _ravel, np.transpose: _transpose,
    np.swapaxes: _swapaxes, np.moveaxis: _moveaxis, np.expand_dims: _expand_dims, np.squeeze: _squeeze,
    np.broadcast_to: _broadcast_to, np.roll: _same, np.flip: _flip, np.flipud: _same, np.fliplr: _same,
    np.sort: _same, np.tril: _same, np.triu: _same, np.concatenate: _concatenate, np.stack: _stack_type,
    np.vstack: _vstack, np.hstack: _hstack, np.where: _where, np.matmul: _matmul, np.dot: _dot, np.outer: _outer,
    np.inner: _inner, np.vdot: _vdot, np.einsum: _einsum, np.diff: _diff, np.diag: _diag, np.clip: _clip,
    np.linalg.inv: _linalg_same, np.linalg.cholesky: _linalg_same, np.linalg.solve: _solve, np.linalg.det: _det,
    np.take: _take, np.shape: _shape, np.real: _real, np.imag: _real, np.nonzero: _nonzero, np.pad: _pad,
    np.tile: _tile, np.argsort: _argsort, np.take_along_axis: _take_along_axis, np.select: _select,
    np.cross: _cross, np.interp: _interp, np.repeat: _repeat, np.insert: _resized, np.append: _append,
    np.delete: _delete, np.kron: _kron, np.tensordot: _tensordot,
}


def call_type(fn: Any, args: Sequence[ir.Arg], kwargs: dict[str, ir.Arg], style: str = "call") -> Type:
    """The type of a call's result. Raises `Untypable` where it cannot be known."""
    rule = RULES.get(fn)
    if rule is not None:
        try:
            return rule(*args, **kwargs)
        except (TypeError, IndexError, AttributeError, ValueError) as error:
            raise Untypable(str(error)) from error
    if isinstance(fn, np.ufunc) and fn.signature is None and not kwargs.keys() - {"out", "where", "dtype"}:
        t = ufunc_type(fn, [type_of(a) for a in args[: fn.nin]], style == "op")
        dtype = kwargs.get("dtype")
        if dtype is not None and isinstance(t, (Num, Array)):
            t = made(np.dtype(static(dtype)), shape_of(t))
        return t
    if (getattr(fn, "__module__", "") or "").startswith("ad_compiler.support"):
        shaped = _shaped_by_argument(fn, args, kwargs)
        if shaped is not None:
            return shaped
    return stand_in_type(fn, args, kwargs)


def _shaped_by_argument(fn: Any, args: Sequence[ir.Arg], kwargs: dict[str, ir.Arg]) -> Type | None:
    """Support functions that take the `shape` of their result say so by that parameter's name."""
    plain = inspect.unwrap(fn)
    names = plain.__code__.co_varnames[: plain.__code__.co_argcount]
    given = dict(zip(names, args, strict=False)) | kwargs
    dims = dims_of(given["shape"]) if "shape" in given and names[0] != "shape" else None
    first = type_of(args[0]) if args else None
    return Array(first.dtype, dims) if dims is not None and isinstance(first, (Array, Num)) else None


def index_type(base: Type, index: ir.Arg) -> tuple[Type, str]:
    """Type of `base[index]` and what it is: "scalar", "view" or "copy"."""
    if not isinstance(base, Array):
        raise Untypable("indexing something that is not an array")
    items, advanced = _split_index(index_items(index), base.ndim)
    dims: list[Dim] = []
    rest = list(base.dims)
    shapes: list[tuple[Dim, ...]] = []
    where: int | None = None
    for item in items:
        kind = _index_kind(item)
        if kind == "new":
            dims.append(size(1))
        elif kind == "slice":
            dims.append(slice_dim(rest.pop(0), item))
        elif kind == "int":
            rest.pop(0)
        elif kind == "bool":
            for _ in range(type_of(item).ndim):  # type: ignore[union-attr]
                rest.pop(0)
            shapes.append((unknown_dim(),))
            where = len(dims) if where is None else where
        else:
            rest.pop(0)
            shapes.append(shape_of(numeric(item)))
            where = len(dims) if where is None else where
    dims += rest
    if shapes:
        joint = broadcast(shapes)
        at = 0 if _apart(items) else where or 0
        dims[at:at] = joint
        return made(base.dtype, dims), "copy"
    basic_scalar = not dims and not any(_index_kind(i) == "ellipsis" for i in items)
    if basic_scalar:
        return Num(base.dtype, weak=False), "scalar"
    return Array(base.dtype, tuple(dims)), "copy" if advanced else "view"


def index_items(index: ir.Arg) -> list[ir.Arg]:
    """The parts of an index, one for each axis or group of axes."""
    if isinstance(index, ir.Pack) and index.kind == "tuple":
        return list(index.items)
    if isinstance(index, ir.Const) and isinstance(index.value, tuple):
        return [ir.Const(v) for v in index.value]
    if isinstance(index, ir.Var) and isinstance(index.type, Seq):
        return [ir.Var(index.hint, t) for t in index.type.items]
    return [index]


def _apart(items: list[ir.Arg]) -> bool:
    """Whether advanced indices (integers count, where arrays are present) are separated by a slice or None."""
    marks = [_index_kind(i) in ("int", "bool", "array") for i in items]
    first, last = marks.index(True), len(marks) - 1 - marks[::-1].index(True)
    return not all(marks[first:last + 1])


def _split_index(items: list[ir.Arg], ndim: int) -> tuple[list[ir.Arg], bool]:
    """Expand an Ellipsis and append the missing full slices."""
    used = 0
    for i in items:
        kind = _index_kind(i)
        if kind == "bool":
            used += max(1, type_of(i).ndim) if isinstance(type_of(i), Array) else 0  # type: ignore[union-attr]
        elif kind not in ("new", "ellipsis"):
            used += 1
    full = ir.Pack("slice", (NONE, NONE, NONE))
    out: list[ir.Arg] = []
    for i in items:
        if _index_kind(i) == "ellipsis":
            out += [full] * (ndim - used)
            used = ndim
        else:
            out.append(i)
    if used > ndim:
        raise Untypable(f"too many indices: the array has {ndim} dimensions, {used} were indexed")
    return out + [full] * (ndim - used), any(_index_kind(i) in ("bool", "array") for i in items)


def _index_kind(item: ir.Arg) -> str:
    if isinstance(item, ir.Pack):
        return "slice" if item.kind == "slice" else "array"
    if isinstance(item, ir.Const):
        value = item.value
        if value is None:
            return "new"
        if value is Ellipsis:
            return "ellipsis"
        if isinstance(value, slice):
            return "slice"
        if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
            return "int"
        raise Untypable
    t = item.type
    if isinstance(t, Num) and t.kind in "iu":
        return "int"
    if isinstance(t, Array):
        return "bool" if t.kind == "b" else "array"
    if isinstance(t, ListOf):
        inner = array_of(t)
        return "bool" if isinstance(inner, Array) and inner.kind == "b" else "array"
    raise Untypable("an index that is not an integer, a slice or an array")


def slice_dim(dim: Dim, item: ir.Arg) -> Dim:
    """Size of `dim` after a slice. Offsets of constants or symbols subtract; other slices give an unknown size."""
    if isinstance(item, ir.Const):
        if not isinstance(item.value, slice):
            return unknown_dim()
        start, stop, step = (ir.Const(v) for v in (item.value.start, item.value.stop, item.value.step))
    else:
        start, stop, step = item.items  # type: ignore[union-attr, assignment]
    if not (isinstance(step, ir.Const) and step.value in (None, 1)):
        full = _omitted(start) and _omitted(stop)
        reverse = full and isinstance(step, ir.Const) and step.value == -1
        if reverse:
            return dim
        if dim.known and all(isinstance(x, ir.Const) for x in (start, stop, step)):
            return size(len(range(*slice(start.value, stop.value, step.value).indices(dim.const))))  # type: ignore
        return _named_slice(dim, start, stop, step)
    if dim.known and all(isinstance(x, ir.Const) for x in (start, stop)):
        return size(len(range(*slice(start.value, stop.value).indices(dim.const))))  # type: ignore[union-attr]
    low = size(0) if _omitted(start) else _bound(dim, start)
    high = dim if _omitted(stop) else _bound(dim, stop)
    if low is None or high is None or (not _omitted(stop) and high.known and not dim.known):
        return _named_slice(dim, start, stop, step)
    return high - low


def _named_slice(dim: Dim, *bounds: ir.Arg) -> Dim:
    """A length of which only this is known: the same slice of the same size has the same length."""
    parts = [str(b.value) if isinstance(b, ir.Const) else str(dim_of(b)) for b in bounds]
    return symbol(f"?{dim}[{':'.join(parts)}]")


def _bound(dim: Dim, bound: ir.Arg) -> Dim | None:
    if isinstance(bound, ir.Const):
        if not isinstance(bound.value, (int, np.integer)):
            return None
        n = int(bound.value)
        return size(n) if n >= 0 else dim + n
    t = type_of(bound)
    if isinstance(t, Num) and t.kind == "i":
        if t.dim is not None and not t.dim.known:
            # `x[1:n]` with n the array's own size, or an offset from it; any other bound may be cut off.
            difference = t.dim - dim
            if difference.known and difference.const <= 0:
                return t.dim
        return None
    return None


def repeats(base: Type, index: ir.Arg | None) -> bool:
    """Whether an index may name one element twice (integer arrays; masks and slices cannot)."""
    if index is None or index_type(base, index)[1] != "copy":
        return False
    return any(_is_integers(i) for i in index_items(index))


def _is_integers(item: ir.Arg) -> bool:
    t = type_of(item)
    kind = getattr(t, "kind", None) or getattr(getattr(t, "item", None), "kind", "i")
    is_slice = isinstance(item, ir.Pack) and item.kind == "slice"
    return not is_slice and kind in "iu" and not isinstance(t, Num) and not isinstance(item, ir.Const)
