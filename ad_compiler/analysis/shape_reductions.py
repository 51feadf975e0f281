"""Result types of reductions and scans."""
from __future__ import annotations

import numpy as np

from ..ir.types import Array, unknown_dim
from .infer import shape_of
from .shape_arguments import FALSE, NONE, dtype_arg, mean_dtype, numeric, reduced, static, sum_dtype


def _sum(a, axis=NONE, dtype=NONE, out=NONE, keepdims=FALSE, initial=NONE, where=NONE):
    return reduced(a, axis, keepdims, dtype_arg(dtype, sum_dtype(numeric(a))))


def _mean(a, axis=NONE, dtype=NONE, out=NONE, keepdims=FALSE, where=NONE):
    return reduced(a, axis, keepdims, dtype_arg(dtype, mean_dtype(numeric(a))))


def _var(a, axis=NONE, dtype=NONE, out=NONE, ddof=NONE, keepdims=FALSE, where=NONE, mean=NONE, correction=NONE):
    d = dtype_arg(dtype, mean_dtype(numeric(a)))
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
    return Array(dtype_arg(dtype, sum_dtype(t)), dims)


def _norm(x, ord=NONE, axis=NONE, keepdims=FALSE):
    t = numeric(x)
    return reduced(x, axis, keepdims, np.empty(0, mean_dtype(t)).real.dtype)


RULES = {
    np.sum: _sum, np.prod: _sum, np.nansum: _sum, np.mean: _mean, np.nanmean: _mean, np.var: _var,
    np.std: _var, np.max: _max, np.min: _max, np.any: _any, np.all: _any, np.argmax: _argmax,
    np.argmin: _argmax, np.count_nonzero: _argmax, np.cumsum: _scan, np.cumprod: _scan, np.linalg.norm: _norm,
}
