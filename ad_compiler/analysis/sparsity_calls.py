"""The nodes of calls (see `sparsity`): what moves numbers moves nodes, what computes joins them."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .sparsity import Tracing

#: Functions that move numbers, or repeat them, and do the same to nodes.
_MOVING = {np.reshape, np.ravel, np.ndarray.flatten, np.transpose, np.swapaxes, np.moveaxis, np.expand_dims, np.squeeze,
           np.broadcast_to, np.flip, np.flipud, np.fliplr, np.roll, np.rot90, np.concatenate, np.stack, np.vstack,
           np.hstack, np.column_stack, np.dstack, np.repeat, np.tile, np.take, np.diagonal, np.diag, np.tril, np.triu,
           np.copy, np.ndarray.copy, np.array, np.asarray, np.ascontiguousarray, np.asanyarray, np.atleast_1d,
           np.atleast_2d, np.atleast_3d, np.take_along_axis, np.matrix_transpose, np.append, np.delete, np.insert,
           np.split, np.array_split, list, tuple, np.rollaxis, np.block, np.lib.stride_tricks.sliding_window_view}
_REDUCING = {np.sum, np.mean, np.prod, np.max, np.min, np.std, np.var, np.nansum, np.nanmean, np.nanmax, np.nanmin,
             np.median, np.ptp, np.add.reduce, np.trapezoid}
_SAME_SHAPE = {np.where, np.clip, np.real, np.imag, np.angle, np.nan_to_num, np.sinc, np.i0, np.conj, abs, float,
               complex, np.float64, np.float32, np.complex128, np.astype, np.interp}


def nodes_of_call(tracing: Tracing, function: Any, args: list[Any], kwargs: dict[str, Any], nodes: list[Any],
                  named: dict[str, Any], value: Any) -> Any:
    """The nodes of `value = function(*args, **kwargs)`, given those of the arguments."""
    if function in _MOVING:
        return _moved(function, args, kwargs, nodes)
    if function is np.interp and any(np.any(n) for n in nodes[1:]):
        return _everything(tracing, nodes, value)
    if (isinstance(function, np.ufunc) and function.signature is None) or function in _SAME_SHAPE or (
            getattr(function, "__module__", "") == "math"):
        flat = [_as_nodes(n) for n in (*nodes, *named.values())]
        if isinstance(value, tuple):
            return tuple(tracing.join(flat, np.shape(v)) for v in value)
        joined = tracing.join(flat, np.shape(value))
        return joined if isinstance(value, np.ndarray) else joined[()]
    if function in _REDUCING:
        return _reduced(tracing, args, kwargs, nodes, value)
    special = _SPECIAL.get(function)
    if special is not None:
        return special(tracing, args, kwargs, nodes, value)
    return _everything(tracing, [*nodes, *named.values()], value)


def _as_nodes(nodes: Any) -> Any:
    return np.asarray(nodes) if not isinstance(nodes, np.ndarray) else nodes


def _moved(function: Any, args: list[Any], kwargs: dict[str, Any], nodes: list[Any]) -> Any:
    """The same call on the nodes of the array; its parameters are what they are."""
    named = {k: v for k, v in kwargs.items() if k not in ("dtype", "order", "copy")}
    if function in (np.array, np.asarray, np.asanyarray, np.ascontiguousarray):
        found = np.asarray(nodes[0])
        return found.copy() if function is np.array else found
    if function in (np.copy, np.ndarray.copy):
        return np.array(nodes[0])
    if function in (np.append, np.insert):
        rest = [nodes[-1] if k == len(args) - 1 else a for k, a in enumerate(args[1:], start=1)]
        return function(nodes[0], *rest, **named)
    return function(nodes[0], *args[1:], **named)


def _everything(tracing: Tracing, nodes: list[Any], value: Any) -> Any:
    """Every number of the result depends on every number of the arguments."""
    flat = np.concatenate([np.zeros(0, np.int64), *map(_flat, nodes)])
    (hub,) = tracing.hubs(flat, np.zeros(len(flat), np.int64), 1)
    return _filled(value, hub)


def _flat(nodes: Any) -> np.ndarray:
    if isinstance(nodes, dict):
        nodes = list(nodes.values())
    if isinstance(nodes, (list, tuple)):
        return np.concatenate([np.zeros(0, np.int64), *map(_flat, nodes)])
    return np.ravel(nodes).astype(np.int64)


def _filled(value: Any, hub: Any) -> Any:
    if isinstance(value, np.ndarray):
        return np.full(value.shape, hub if value.dtype.kind in "fc" else 0, np.int64)
    if isinstance(value, (list, tuple)):
        return tuple(_filled(v, hub) for v in value)
    return hub


def _reduced(tracing: Tracing, args: list[Any], kwargs: dict[str, Any], nodes: list[Any], value: Any) -> Any:
    """Each number of the result depends on the numbers that were put together in it."""
    array = _as_nodes(nodes[0])
    axis = kwargs.get("axis", args[1] if len(args) > 1 else None)
    if any(np.any(n) for n in nodes[1:]):
        return _everything(tracing, nodes, value)
    axes = tuple(range(array.ndim)) if axis is None else tuple(
        a % array.ndim for a in (axis if isinstance(axis, (tuple, list)) else (axis,)))
    kept = [1 if k in axes else n for k, n in enumerate(array.shape)]
    groups = np.broadcast_to(np.arange(int(np.prod(kept, dtype=int))).reshape(kept), array.shape)
    made = tracing.hubs(array, groups, int(np.prod(kept, dtype=int)))
    return made.reshape(np.shape(value)) if isinstance(value, np.ndarray) else made[0]


def _product(tracing: Tracing, args: list[Any], kwargs: dict[str, Any], nodes: list[Any], value: Any) -> Any:
    """A product of matrices: the row of one and the column of the other."""
    left, right = nodes[:2]
    if hasattr(args[0], "tocoo"):
        return _sparse_product(tracing, args[0].tocoo(), _as_nodes(right), value)
    left, right = _as_nodes(left), _as_nodes(right)
    if left.ndim > 2 or right.ndim > 2 or left.ndim == 0 or right.ndim == 0:
        return _everything(tracing, [left, right], value)
    rows = left if left.ndim == 2 else left[None, :]
    columns = right if right.ndim == 2 else right[:, None]
    of_rows = tracing.hubs(rows, np.broadcast_to(np.arange(rows.shape[0])[:, None], rows.shape), rows.shape[0])
    of_columns = tracing.hubs(columns, np.broadcast_to(np.arange(columns.shape[1]), columns.shape), columns.shape[1])
    whole = tracing.join([of_rows[:, None], of_columns[None, :]], (rows.shape[0], columns.shape[1]))
    return whole.reshape(np.shape(value)) if isinstance(value, np.ndarray) else whole[0, 0]


def _sparse_product(tracing: Tracing, matrix: Any, right: np.ndarray, value: Any) -> Any:
    """A sparse matrix from outside times a vector or matrix: its own pattern counts."""
    columns = right if right.ndim == 2 else right[:, None]
    parts = [tracing.hubs(column[matrix.col], matrix.row, matrix.shape[0]) for column in columns.T]
    return np.stack(parts, axis=1).reshape(np.shape(value))


def _outer(tracing: Tracing, args: list[Any], kwargs: dict[str, Any], nodes: list[Any], value: Any) -> Any:
    left, right = (np.ravel(_as_nodes(n)) for n in nodes[:2])
    return tracing.join([left[:, None], right[None, :]], np.shape(value))


def _differences(tracing: Tracing, args: list[Any], kwargs: dict[str, Any], nodes: list[Any], value: Any) -> Any:
    found = _as_nodes(nodes[0])
    n = kwargs.get("n", args[1] if len(args) > 1 else 1)
    axis = kwargs.get("axis", args[2] if len(args) > 2 else -1)
    if set(kwargs) - {"n", "axis"}:
        return _everything(tracing, nodes, value)
    for _ in range(n):
        turned = np.moveaxis(found, axis, 0)
        found = np.moveaxis(tracing.join([turned[1:], turned[:-1]], turned[1:].shape), 0, axis)
    return found


def _running(tracing: Tracing, args: list[Any], kwargs: dict[str, Any], nodes: list[Any], value: Any) -> Any:
    """`np.cumsum`: each number depends on the one before and on its own."""
    array = _as_nodes(nodes[0])
    axis = kwargs.get("axis", args[1] if len(args) > 1 else None)
    if axis is None:
        array, axis = np.ravel(array), 0
    lines = np.moveaxis(array, axis, 0)
    out = np.zeros(lines.shape, np.int64)
    before = np.zeros(lines.shape[1:], np.int64)
    for k in range(len(lines)):
        before = out[k] = tracing.join([before, lines[k]], lines.shape[1:])
    return np.moveaxis(out, 0, axis)


def _lines(tracing: Tracing, args: list[Any], kwargs: dict[str, Any], nodes: list[Any], value: Any) -> Any:
    """`np.sort`: each number depends on its whole line."""
    array = _as_nodes(nodes[0])
    axis = kwargs.get("axis", args[1] if len(args) > 1 else -1)
    if axis is None:
        return _everything(tracing, nodes, value)
    kept = [1 if k == axis % array.ndim else n for k, n in enumerate(array.shape)]
    numbers = np.arange(int(np.prod(kept, dtype=int)))
    groups = np.broadcast_to(numbers.reshape(kept), array.shape)
    return np.broadcast_to(tracing.hubs(array, groups, len(numbers)).reshape(kept), array.shape).copy()


def _padded(tracing: Tracing, args: list[Any], kwargs: dict[str, Any], nodes: list[Any], value: Any) -> Any:
    mode = kwargs.get("mode", args[2] if len(args) > 2 else "constant")
    width = kwargs.get("pad_width", args[1] if len(args) > 1 else 0)
    if mode in ("constant", "edge", "reflect", "symmetric", "wrap"):
        return np.pad(_as_nodes(nodes[0]), width, mode=mode)
    return _everything(tracing, nodes, value)


def _no_nodes(tracing: Tracing, args: list[Any], kwargs: dict[str, Any], nodes: list[Any], value: Any) -> Any:
    return np.zeros(np.shape(value), np.int64) if isinstance(value, np.ndarray) else 0


def _full(tracing: Tracing, args: list[Any], kwargs: dict[str, Any], nodes: list[Any], value: Any) -> Any:
    """`np.full_like(a, fill)` and `np.full(shape, fill)`."""
    fill = _as_nodes(nodes[1]) if len(nodes) > 1 else np.int64(0)
    return np.array(np.broadcast_to(fill, np.shape(value)))


_SPECIAL: dict[Any, Any] = {
    np.matmul: _product, np.dot: _product, np.outer: _outer, np.diff: _differences, np.cumsum: _running,
    np.cumprod: _running, np.sort: _lines, np.pad: _padded, np.zeros_like: _no_nodes, np.ones_like: _no_nodes,
    np.empty_like: _no_nodes, np.full_like: _full, np.full: _full, len: _no_nodes, np.shape: _no_nodes,
}
