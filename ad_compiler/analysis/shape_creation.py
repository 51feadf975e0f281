"""Result types of functions that make arrays."""
from __future__ import annotations

import numpy as np

from ..ir import nodes as ir
from ..ir.types import ONE, Array, Num, unknown_dim
from ..support import shadow_like, shadow_of, stop_gradient, written_cotangent
from .indexing import index_type
from .infer import Untypable, broadcast, dim_of, dims_of, result_dtype, shape_of, type_of
from .shape_arguments import FALSE, NONE, dtype_arg, made, numeric, omitted, static


def _creation(shape, dtype=NONE, order=NONE, **_):
    dims = dims_of(shape)
    if dims is None:
        raise Untypable
    return Array(dtype_arg(dtype, np.dtype(np.float64)), dims)


def _full(shape, fill_value, dtype=NONE, order=NONE, **_):
    return Array(dtype_arg(dtype, numeric(fill_value).dtype), _creation(shape).dims)


def _like(a, dtype=NONE, order=NONE, subok=NONE, shape=NONE, **_):
    t = numeric(a)
    dims = shape_of(t) if omitted(shape) else dims_of(shape)
    return Array(dtype_arg(dtype, t.dtype), dims or ())


def _full_like(a, fill_value, dtype=NONE, **rest):
    return _like(a, dtype, **rest)


def _eye(N, M=NONE, k=NONE, dtype=NONE, **_):
    return Array(dtype_arg(dtype, np.dtype(np.float64)), (dim_of(N), dim_of(N) if omitted(M) else dim_of(M)))


def _arange(start, stop=NONE, step=NONE, dtype=NONE, **_):
    types = [numeric(a) for a in (start, stop, step) if not omitted(a)]
    dtype_ = dtype_arg(dtype, result_dtype(types))
    if omitted(step) and all(t.kind == "i" for t in types):
        return Array(dtype_, (dim_of(start),) if omitted(stop) else (dim_of(stop) - dim_of(start),))
    return Array(dtype_, (unknown_dim(),))


def _linspace(start, stop, num=ir.Const(50), endpoint=NONE, retstep=FALSE, dtype=NONE, axis=NONE, **_):
    if static(retstep):
        raise Untypable
    rest = broadcast([shape_of(numeric(start)), shape_of(numeric(stop))])
    d = result_dtype([numeric(start), numeric(stop), Num(np.dtype(np.float64))])
    k = 0 if omitted(axis) else static(axis) % (len(rest) + 1)
    return Array(dtype_arg(dtype, d), (*rest[:k], dim_of(num), *rest[k:]))


def _copy(a, *_args, **_kwargs):
    t = numeric(a)
    return t if isinstance(t, Array) else Array(t.dtype, ())


def _array(object, dtype=NONE, copy=NONE, order=NONE, ndmin=ir.Const(0), **_):
    t = numeric(object)
    dims = shape_of(t)
    return Array(dtype_arg(dtype, t.dtype), (*[ONE] * (static(ndmin) - len(dims)), *dims))


def _ascontiguousarray(a, dtype=NONE, **_):
    return _array(a, dtype, ndmin=ir.Const(1))


def _astype(a, dtype, **_):
    t = numeric(a)
    to = dtype_arg(dtype, t.dtype)
    return made(to, shape_of(t)) if isinstance(t, Num) else Array(to, t.dims)


def _written_cotangent(cotangent, index):
    return index_type(numeric(cotangent), index)[0]


def _stop_gradient(x):
    return type_of(x)


def _shadow_of(x_bar, x, view):
    return numeric(view)


RULES = {
    np.zeros: _creation, np.ones: _creation, np.empty: _creation, np.full: _full, np.zeros_like: _like,
    np.ones_like: _like, np.empty_like: _like, np.full_like: _full_like, np.eye: _eye, np.arange: _arange,
    np.linspace: _linspace, np.copy: _copy, np.ndarray.copy: _copy, np.array: _array, np.asarray: _array,
    np.ascontiguousarray: _ascontiguousarray, np.asanyarray: _array, np.astype: _astype,
    shadow_like: _like, shadow_of: _shadow_of, stop_gradient: _stop_gradient, written_cotangent: _written_cotangent,
}
