"""Norms of vectors, over some dimensions or everything."""
from __future__ import annotations

from typing import Any

import numpy as np

from runtime import own_rows
from runtime.composite import composite
from runtime.core import Node, edge, sequence
from runtime.dispatch import Op, record
from runtime.grad_mode import recording
from runtime.ops.reduce import amax, amin, axes_of, sum
from runtime.quiet import ENTER, LEAVE, SILENT
from runtime.tensor import Tensor


def norm(self: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The p-norm over `dim` or everything (default: Euclidean); 0 has gradient 0."""
    order = 2.0 if p in ("fro", None) else float(p)
    if abs(order) == float("inf"):
        extreme = amax if order > 0 else amin
        return composite("LinalgVectorNormBackward0", lambda x: extreme(x.abs(), () if dim is None else dim, keepdim),
                         self)
    if order == 0.0:
        return _count_of(self, sum((self != 0).to(self.dtype), dim, keepdim))
    axes = axes_of(dim, self._data.ndim)
    token = ENTER(SILENT)
    try:
        if order == 2.0:
            return record(NORM, Tensor, (self, axes, keepdim), _two_norm(self._data, axes, keepdim))
        z = _p_norm(self._data, axes, keepdim, order)
    finally:
        LEAVE(token)
    return record(P_NORM, Tensor, (self, axes, keepdim, order), z)


class LinalgVectorNormBackward0(Node):
    """Backward of the number of elements that are not zero: there is no gradient."""

    __slots__ = ()

    def run(self, g: Any, keep: bool) -> Any:
        return (None,)

    trace = run


LinalgVectorNormBackward0.__module__ = "builtins"


def _count_of(x: Any, count: Any) -> Any:
    if x._req and recording():
        node: Any = LinalgVectorNormBackward0()
        node.edges, node.seq, node.extra, node.place, node.lasti = (edge(x),), sequence(), None, None, 0
        count._node, count._req = node, True
    return count


def _p_norm(x: Any, axis: Any, keepdims: Any, p: float) -> Any:
    return np.sum(np.abs(x) ** p, axis=axis, keepdims=keepdims) ** (1 / p)


def _p_direction(x: Any, out: Any, axis: Any, keepdims: Any, p: float) -> Any:
    """The norm's derivative; 0 where the norm is 0."""
    n = out if keepdims or axis is None else np.expand_dims(out, axis)
    if p == 1:
        return np.sign(x)
    ratio = np.abs(x) / np.where(n == 0, 1, n)
    return np.sign(x) * np.where(ratio == 0, 1 if p < 1 else 0, ratio) ** (p - 1)


P_NORM = Op(own_rows.rule(_p_norm, "x, axis, keepdims, p", samples=(), x=own_rows.Partial(
    vjp=lambda g, x, out, axis, keepdims, p: (g if keepdims or axis is None else np.expand_dims(g, axis))
    * _p_direction(
        x, out, axis, keepdims, p),
    jvp=lambda d, x, out, axis, keepdims, p: np.sum(_p_direction(x, out, axis, keepdims, p) * d, axis=axis,
                                                    keepdims=keepdims))), "LinalgVectorNormBackward0")


def _two_norm(x: Any, axis: Any, keepdims: Any) -> Any:
    return np.sqrt(np.sum(np.real(x * np.conj(x)), axis=axis, keepdims=keepdims))


def _direction(x: Any, out: Any, axis: Any, keepdims: Any) -> Any:
    """The unit vector; 0 where the norm is 0."""
    n = out if keepdims or axis is None else np.expand_dims(out, axis)
    return x / np.where(n == 0, 1, n)


NORM = Op(own_rows.rule(_two_norm, "x, axis, keepdims", samples=(), holomorphic=False, x=own_rows.Partial(
    vjp=lambda g, x, out, axis, keepdims: (g if keepdims or axis is None else np.expand_dims(g, axis)) * _direction(
        x, out, axis, keepdims),
    jvp=lambda d, x, out, axis, keepdims: np.sum(np.real(np.conj(_direction(x, out, axis, keepdims)) * d), axis=axis,
                                                 keepdims=keepdims))), "LinalgVectorNormBackward0")


FUNCTIONS: dict[str, Any] = {"norm": norm}
