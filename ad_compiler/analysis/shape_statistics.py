"""Shape rules of statistics and of functions whose result no stand-in shows: sizes are left open, ranks are not."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ad_compiler import support

from ..ir import nodes as ir
from ..ir.types import Array, Num, Passive, Seq, unknown_dim
from .infer import Untypable, broadcast, dims_of, result_dtype, shape_of, type_of
from .shape_arguments import NONE, made, numeric, omitted, static

_FLOAT, _INT = np.dtype(np.float64), np.dtype(np.int64)


def _line(dtype: np.dtype[Any]) -> Array:
    return Array(dtype, (unknown_dim(),))


def _histogram(a, bins=NONE, range=NONE, density=NONE, weights=NONE):
    dtype = _INT if omitted(weights) else numeric(weights).dtype
    edges = _FLOAT if isinstance(type_of(bins), Num) or omitted(bins) else numeric(bins).dtype
    return Seq((_line(dtype), _line(edges)))


def _histogram_source(a, bins=NONE, range=NONE):
    return Array(_INT, tuple(unknown_dim() for _ in shape_of(numeric(a))))


def _cells(columns, edges):
    items = columns.items if isinstance(columns, ir.Pack) else ()
    if not items:
        raise Untypable
    dims = broadcast([shape_of(numeric(c)) for c in items])
    return Seq((made(_INT, dims), made(np.dtype(np.bool_), dims)))


def _unique_places(ar, axis=NONE, equal_nan=NONE):
    whole = omitted(axis) and len(shape_of(numeric(ar))) != 1
    inverse = shape_of(numeric(ar)) if whole else (unknown_dim(),)
    return Seq((_line(_INT), Array(_INT, inverse), _line(_INT)))


def _common_places(ar1, ar2):
    return Seq((_line(_INT), _line(_INT)))


def _digitize(x, bins, right=NONE):
    return made(_INT, shape_of(numeric(x)))


def _searchsorted(a, v, side=NONE, sorter=NONE):
    return made(_INT, shape_of(numeric(v)))


def _compress(condition, a, axis=NONE, out=NONE):
    t = numeric(a)
    if omitted(axis):
        return _line(t.dtype)
    dims = list(shape_of(t))
    dims[static(axis)] = unknown_dim()
    return Array(t.dtype, tuple(dims))


def _choose(a, choices, out=NONE, mode=NONE):
    items = choices.items if isinstance(choices, ir.Pack) else None
    types = [numeric(i) for i in items] if items is not None else [made(numeric(choices).dtype,
                                                                         shape_of(numeric(choices))[1:])]
    return made(result_dtype(types), broadcast([shape_of(t) for t in [numeric(a), *types]]))


def _tensorsolve(a, b, axes=NONE):
    ta, tb = numeric(a), numeric(b)
    rest = len(shape_of(ta)) - len(shape_of(tb))
    return made(result_dtype([ta, tb, Num(_FLOAT)]), tuple(unknown_dim() for _ in range(rest)))


def _tensorinv(a, ind=NONE):
    t = numeric(a)
    return Array(result_dtype([t, Num(_FLOAT)]), tuple(unknown_dim() for _ in shape_of(t)))


def _gather(x, source):
    return made(numeric(x).dtype, shape_of(numeric(source)))


def _pad_source(shape, pad_width, mode):
    dims = dims_of(shape)
    if dims is None:
        raise Untypable
    return Array(_INT, tuple(unknown_dim() for _ in dims))


def _insert_source(shape, obj, values_shape, axis):
    dims = dims_of(shape)
    if dims is None:
        raise Untypable
    return Array(_INT, tuple(unknown_dim() for _ in range(1 if omitted(axis) else len(dims))))


def _delete_source(shape, obj, axis):
    dims = dims_of(shape)
    if dims is None:
        raise Untypable
    if omitted(axis):
        return _line(_INT)
    sizes = list(dims)
    sizes[static(axis)] = unknown_dim()
    return Array(_INT, tuple(sizes))


def _sparse_product(A, x):
    t = numeric(x)
    return Array(result_dtype([t, Num(_FLOAT)]), (unknown_dim(), *shape_of(t)[1:]))


def _sparse_transposed(A):
    return Passive(None)


def _sparse_parts(A):
    return Seq((_line(_FLOAT), _line(np.dtype(np.int32)), _line(np.dtype(np.int32))))


def _sparse_shape(A):
    return Seq((Num(_INT), Num(_INT)))


RULES: dict[Any, Callable[..., Any]] = {
    np.histogram: _histogram, support.histogram_source: _histogram_source, support.cells: _cells,
    support.gather: _gather, support.pad_source: _pad_source, support.insert_source: _insert_source,
    support.delete_source: _delete_source,
    support.unique_places: _unique_places, support.common_places: _common_places,
    np.digitize: _digitize,
    np.searchsorted: _searchsorted, np.compress: _compress, np.choose: _choose,
    support.sparse_product: _sparse_product, support.sparse_transposed: _sparse_transposed,
    support.sparse_parts: _sparse_parts, support.sparse_shape: _sparse_shape,
    np.linalg.tensorsolve: _tensorsolve, np.linalg.tensorinv: _tensorinv,
}
