"""Reductions: over all elements, or over `dim`."""
from __future__ import annotations

from math import prod as prod_of
from typing import Any

import numpy as np

from ad_compiler import rules
from runtime import own_rows
from runtime.core import Node, Recorded, leaf_edge, new, sequence
from runtime.dispatch import Op, record
from runtime.dtypes import SCALAR_TYPES, as_numpy, of
from runtime.grad_mode import MODE
from runtime.hooks import warn_user
from runtime.promotion import plain
from runtime.quiet import ENTER, LEAVE, SILENT
from runtime.tensor import Tensor


def dim_error(dim: int, ndim: int) -> IndexError:
    """torch's error for a dimension that does not exist."""
    n = max(ndim, 1)
    return IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})")


def axis_of(dim: Any, ndim: int) -> int:
    """A dimension as a non-negative axis; raises IndexError."""
    if not -max(ndim, 1) <= dim < max(ndim, 1):
        raise dim_error(dim, ndim)
    return dim % ndim if ndim else 0


def axes_of(dim: Any, ndim: int) -> Any:
    """`dim` of a reduction as NumPy's `axis`: None, or a tuple."""
    if dim is None or (isinstance(dim, list | tuple) and not dim):
        return None
    dims = dim if isinstance(dim, list | tuple) else (dim,)
    axes = tuple(axis_of(int(d), ndim) for d in dims)
    if len(set(axes)) != len(axes):
        twice = next(a for a in axes if axes.count(a) > 1)
        raise RuntimeError(f"dim {twice} appears multiple times in the list of dims")
    return axes if ndim else None


def _op(function: Any, node: str, *order: str) -> Op:
    row = rules.find(function)
    assert row is not None
    return Op(row, node, order)


class SumBackward0(Node):
    """Backward of the sum of everything."""

    __slots__ = ("dtype", "shape")

    def run(self, g: Any, keep: bool) -> Any:
        return self.spread(float(g))

    def spread(self, value: float) -> Any:
        """`value` for every element."""
        out = np.empty(self.shape, self.dtype)
        if out.size > 4096:  # a large array costs more than a view of one element
            return np.broadcast_to(np.asarray(value, self.dtype), self.shape)
        out.fill(value)
        return out

    def trace(self, g: Any, keep: bool) -> Any:
        return (g.expand(self.shape),)


class MeanBackward0(SumBackward0):
    """Backward of the mean of everything."""

    __slots__ = ()

    def run(self, g: Any, keep: bool) -> Any:
        count = prod_of(self.shape)
        return self.spread(float(g) / count if count else np.nan)

    def trace(self, g: Any, keep: bool) -> Any:
        return (g.expand(self.shape) / prod_of(self.shape),)


for _kind in (SumBackward0, MeanBackward0):
    _kind.__module__ = "builtins"


def _of_all(kind: Any, op: Op, x: Any, z: Any) -> Any:
    """The result `z` of reducing everything, recorded by a `kind` in the plain case and by `op` in all others."""
    a = x._data
    if MODE.special or a.dtype is not z.dtype or a.dtype.kind != "f":
        return record(op, Tensor, (x, None, False), z)
    t = new(Tensor)
    t._data = z if type(z) is np.ndarray else np.array(z)
    t._ver = t._meta = t._node = None
    t._req = x._req
    if t._req:
        t._node = node = new(kind)
        node.edges = (x._node or leaf_edge(x),)
        node.shape, node.dtype = a.shape, a.dtype
        node.extra = node.place = None
        node.seq = sequence()
    return t


SUM1, MEAN1 = (_op(f, f"{n}Backward1", "a", "axis", "keepdims") for f, n in ((np.sum, "Sum"), (np.mean, "Mean")))
SUM0, MEAN0 = (Op(op.row, f"{n}Backward0", op.order) for op, n in ((SUM1, "Sum"), (MEAN1, "Mean")))
PROD0, PROD1 = (Op(own_rows.PROD, f"ProdBackward{k}", ("a", "axis", "keepdims")) for k in (0, 1))
VAR = _op(np.var, "VarBackward0", "a", "axis", "keepdims", "ddof")
STD = _op(np.std, "StdBackward0", "a", "axis", "keepdims", "ddof")
AMAX, AMIN = (_op(f, f"{n}Backward0", "a", "axis", "keepdims") for f, n in ((np.max, "Amax"), (np.min, "Amin")))
CUMSUM = _op(np.cumsum, "CumsumBackward0", "a", "axis")
CUMPROD = _op(np.cumprod, "CumprodBackward0", "a", "axis")
CUMSUM_0D, CUMPROD_0D = _op(np.copy, "CumsumBackward0", "a"), _op(np.copy, "CumprodBackward0", "a")
LOGSUMEXP = Op(own_rows.LOGSUMEXP, "LogsumexpBackward0")
SOFTMAX = Op(own_rows.SOFTMAX, "SoftmaxBackward0")
LOG_SOFTMAX = Op(own_rows.LOG_SOFTMAX, "LogSoftmaxBackward0")


def sum(self: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, axis: Any = None,
        keepdims: bool = False) -> Any:
    """The sum over `dim` (an int or several), or over everything."""
    dim, keepdim = axis if dim is None else dim, keepdim or keepdims
    a = self._data
    if dtype is not None and as_numpy(dtype) != a.dtype:
        return sum(self.to(dtype), dim, keepdim)
    axes = axes_of(dim, a.ndim)
    token = ENTER(SILENT)
    try:
        z = np.add.reduce(a, axes, np.int64 if a.dtype.kind in "biu" else None, keepdims=keepdim)
    finally:
        LEAVE(token)
    if dim is None and not keepdim:
        return _of_all(SumBackward0, SUM0, self, z)
    return record(SUM1, Tensor, (self, axes, keepdim), z)


def mean(self: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, axis: Any = None,
         keepdims: bool = False) -> Any:
    """The mean over `dim`, or over everything."""
    a = self._data
    if dim is axis is dtype is None and not keepdim and not keepdims and a.dtype.kind == "f" and a.size:
        token = ENTER(SILENT)  # the plain case of what follows
        try:
            z = np.add.reduce(a, None) / a.size
        finally:
            LEAVE(token)
        return _of_all(MeanBackward0, MEAN0, self, z)
    dim, keepdim = axis if dim is None else dim, keepdim or keepdims
    if dtype is not None:
        return mean(self.to(dtype), dim, keepdim)
    if a.dtype.kind not in "fc":
        raise RuntimeError("mean(): could not infer output dtype. Input dtype must be either a floating point or "
                           "complex "
                           f"dtype. Got: {SCALAR_TYPES[of(a.dtype).name]}")
    axes = axes_of(dim, a.ndim)
    count = a.size if axes is None else prod_of(a.shape[k] for k in axes)
    token = ENTER(SILENT)
    try:
        z = np.add.reduce(a, axes, keepdims=keepdim) / a.dtype.type(count)
    finally:
        LEAVE(token)
    if dim is None and not keepdim:
        return _of_all(MeanBackward0, MEAN0, self, z)
    return record(MEAN1, Tensor, (self, axes, keepdim), z)


def prod(self: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The product over `dim`, or over everything."""
    if dtype is not None:
        return prod(self.to(dtype), dim, keepdim)
    a = self._data
    axes = axes_of(dim, a.ndim)
    token = ENTER(SILENT)
    try:
        z = np.multiply.reduce(a, axes, np.int64 if a.dtype.kind in "biu" else None, keepdims=keepdim)
    finally:
        LEAVE(token)
    return record(PROD0 if dim is None else PROD1, Tensor, (self, axes, keepdim), z)


FEW = ("{}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor (input numel "
       "divided by output numel).")


def _spread(op: Op, function: Any) -> Any:
    def apply(self: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *,
              correction: Any = None) -> Any:
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        ddof = correction if correction is not None else (1 if unbiased is None else int(unbiased))
        a = self._data
        if a.dtype.kind not in "fc":
            raise RuntimeError("std and var only support floating point and complex dtypes")
        axes = axes_of(dim, a.ndim)
        token = ENTER(SILENT)
        centred = a - np.mean(a, axis=axes, keepdims=True)
        count = a.size if axes is None else prod_of(a.shape[k] for k in axes)
        z = np.sum(np.real(centred * np.conj(centred)), axis=axes,
                   keepdims=keepdim) / np.real(a).dtype.type(max(count - ddof, 0))
        z = np.sqrt(z) if op is STD else z
        LEAVE(token)
        if count <= ddof:
            warn_user(FEW.format("std" if op is STD else "var"))
        return record(op, Tensor, (self, axes, keepdim, ddof), z)
    apply.__name__ = apply.__qualname__ = function.__name__
    apply.__doc__ = f"`{function.__name__}` over `dim` or everything, with Bessel's correction unless told otherwise."
    return apply


var, std = _spread(VAR, np.var), _spread(STD, np.std)


def _extreme(op: Op, function: Any) -> Any:
    def apply(self: Any, dim: Any = (), keepdim: bool = False) -> Any:
        axes = axes_of(None if isinstance(dim, tuple | list) and not dim else dim, self._data.ndim)
        z = function(self._data, axis=axes, keepdims=keepdim)
        return record(op, Tensor, (self, axes, keepdim), z)
    apply.__name__ = apply.__qualname__ = "a" + function.__name__.lstrip("a")
    apply.__doc__ = "The extreme over `dim`; ties share the gradient evenly."
    return apply


amax, amin = _extreme(AMAX, np.max), _extreme(AMIN, np.min)


def cumsum(self: Any, dim: int, *, dtype: Any = None) -> Any:
    """Running sums along `dim`."""
    if dtype is not None:
        return cumsum(self.to(dtype), dim)
    axis = axis_of(dim, self._data.ndim)
    if not self._data.ndim:
        return record(CUMSUM_0D, Tensor, (self,), self._data.copy())
    z = np.cumsum(self._data, axis, np.int64 if self._data.dtype.kind in "biu" else None).reshape(self._data.shape)
    return record(CUMSUM, Tensor, (self, axis), z)


def cumprod(self: Any, dim: int, *, dtype: Any = None) -> Any:
    """Running products along `dim`."""
    if dtype is not None:
        return cumprod(self.to(dtype), dim)
    axis = axis_of(dim, self._data.ndim)
    if not self._data.ndim:
        return record(CUMPROD_0D, Tensor, (self,), self._data.copy())
    z = np.cumprod(self._data, axis, np.int64 if self._data.dtype.kind in "biu" else None).reshape(self._data.shape)
    return record(CUMPROD, Tensor, (self, axis), z)


def logsumexp(self: Any, dim: Any, keepdim: bool = False) -> Any:
    """log(sum(exp(x))) over `dim`."""
    axes = axes_of(dim, self._data.ndim)
    token = ENTER(SILENT)
    z = own_rows.logsumexp(self._data, axes, keepdim)
    LEAVE(token)
    return record(LOGSUMEXP, Tensor, (self, axes, keepdim), z)


def _normalised(op: Op, function: Any, name: str) -> Any:
    def apply(self: Any, dim: Any = None, *, dtype: Any = None, _stacklevel: int = 3) -> Any:
        if dtype is not None:
            return apply(self.to(dtype), dim)
        if dim is None:
            dim = 0 if self._data.ndim in (0, 1, 3) else 1
        if self._data.dtype.kind not in "fc":
            raise RuntimeError(f"\"{name}_lastdim_kernel_impl\" not implemented for "
                               f"'{SCALAR_TYPES[of(self._data.dtype).name]}'")
        axis = axis_of(dim, self._data.ndim)
        token = ENTER(SILENT)
        z = function(self._data, axis if self._data.ndim else None)
        LEAVE(token)
        return record(op, Tensor, (self, axis if self._data.ndim else None), z)
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"`{name}` along `dim`."
    return apply


softmax = _normalised(SOFTMAX, own_rows.softmax, "softmax")
log_softmax = _normalised(LOG_SOFTMAX, own_rows.log_softmax, "log_softmax")


def _arg(function: Any) -> Any:
    def apply(self: Any, dim: Any = None, keepdim: bool = False) -> Any:
        if not self._data.size and dim is None:
            raise IndexError(f"{function.__name__}(): Expected reduction dim to be specified for input.numel() == 0.")
        axis = None if dim is None else axis_of(dim, self._data.ndim)
        a = self._data
        return plain(np.asarray(function(a, axis=axis if a.ndim else None, keepdims=keepdim), np.int64))
    apply.__name__ = apply.__qualname__ = function.__name__
    apply.__doc__ = f"The index of the extreme ({function.__name__}); of the flat tensor without `dim`."
    return apply


argmax, argmin = _arg(np.argmax), _arg(np.argmin)


def _truth(function: Any) -> Any:
    def apply(self: Any, dim: Any = None, keepdim: bool = False) -> Any:
        return plain(np.asarray(function(self._data, axis=axes_of(dim, self._data.ndim), keepdims=keepdim)))
    apply.__name__ = apply.__qualname__ = function.__name__
    apply.__doc__ = f"Whether {function.__name__} element is nonzero, over `dim` or everything."
    return apply


all_, any_ = _truth(np.all), _truth(np.any)


def count_nonzero(self: Any, dim: Any = None) -> Any:
    """How many elements are not zero."""
    return plain(np.asarray(np.count_nonzero(self._data, axis=axes_of(dim, self._data.ndim)), np.int64))


def scalar(value: Any) -> Any:
    """A number out of a tensor of one element."""
    return value.item() if isinstance(value, Recorded) else value


FUNCTIONS: dict[str, Any] = {
    "sum": sum, "mean": mean, "prod": prod, "var": var, "std": std, "amax": amax, "amin": amin, "cumsum": cumsum,
    "cumprod": cumprod, "logsumexp": logsumexp, "softmax": softmax, "log_softmax": log_softmax, "argmax": argmax,
    "argmin": argmin, "all": all_, "any": any_, "count_nonzero": count_nonzero}
