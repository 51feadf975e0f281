"""Operations composed from others, or taken from NumPy with the table's row of the same function.

Their graphs consist of the nodes of what they are composed of; values and gradients are torch's.
"""
from __future__ import annotations

import functools
import pickle
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from runtime import own_rows
from runtime.composite import composite
from runtime.core import Recorded
from runtime.creation import full, zeros
from runtime.dispatch import Op, record
from runtime.numpy_calls import call
from runtime.ops import linalg, parts, pick, shape
from runtime.ops.order import sort
from runtime.ops.parts import stack
from runtime.ops.pointwise import FUNCTIONS as P
from runtime.ops.pointwise import where
from runtime.ops.reduce import axis_of
from runtime.promotion import plain
from runtime.tensor import Tensor

SLICE_SCATTER = Op(own_rows.INDEX_PUT, "SliceScatterBackward0")
SELECT_SCATTER = Op(own_rows.INDEX_PUT, "SelectScatterBackward0")


def _numpy(name: str, function: Callable[..., Any], **renames: str) -> Callable[..., Any]:
    """A torch function that is NumPy's of the same meaning; `dim` is `axis`, `keepdim` is `keepdims`."""
    names = {"dim": "axis", "keepdim": "keepdims", **renames}

    def apply(*args: Any, **kwargs: Any) -> Any:
        return call(function, args, {names.get(k, k): v for k, v in kwargs.items()}, Tensor)
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"`{name}`, by NumPy's function."
    return apply


def _one_node(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as one node of the graph."""
    @functools.wraps(function)
    def apply(*args: Any, **kwargs: Any) -> Any:
        return composite(name, function, *args, **kwargs)
    return apply


def detach(input: Any) -> Any:
    """`input.detach()`."""
    return input.detach()


def positive(input: Any) -> Any:
    """The tensor itself."""
    return input


def erfc(input: Any) -> Any:
    """1 - erf."""
    return 1 - P["erf"](input)


def logit(input: Any, eps: float | None = None) -> Any:
    """log(x / (1 - x)), with `x` limited to [eps, 1 - eps] if given."""
    x = input if eps is None else input.clamp(eps, 1 - eps)
    return (x / (1 - x)).log()


def xlogy(input: Any, other: Any) -> Any:
    """`input * log(other)`, 0 where `input` is 0."""
    zero = input == 0
    return where(zero, input * 0, input * where(zero, full((), 1.0), other).log())


def dist(input: Any, other: Any, p: Any = 2) -> Any:
    """The p-norm of the difference."""
    return (input - other).norm(p)


def nansum(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The sum, NaN counted as 0."""
    return where(input.isnan(), plain(np.zeros((), input._data.dtype)), input).sum(dim, keepdim)


def nanmean(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The mean of what is not NaN."""
    count = (~input.isnan()).sum(dim, keepdim)
    return nansum(input, dim, keepdim) / count


class Aminmax(NamedTuple):
    """The least and the greatest element."""

    min: Any
    max: Any

    def __repr__(self) -> str:
        return f"torch.return_types.aminmax(\nmin={self.min!r},\nmax={self.max!r})"


def aminmax(input: Any, *, dim: Any = None, keepdim: bool = False) -> Any:
    """The least and the greatest element."""
    def both(x: Any) -> Any:
        over = () if dim is None else dim
        return Aminmax(x.amin(over, keepdim), x.amax(over, keepdim))
    return composite("AminmaxBackward0", both, input)


def diff(input: Any, n: int = 1, dim: int = -1) -> Any:
    """Differences of neighbours along `dim`, `n` times."""
    for _ in range(n):
        axis = axis_of(dim, input._data.ndim)
        length = input._data.shape[axis]
        input = input.narrow(axis, 1, length - 1) - input.narrow(axis, 0, length - 1)
    return input


def cross(input: Any, other: Any, dim: int = -1) -> Any:
    """The cross product along a dimension of length 3."""
    a, b = parts.unbind(input, dim), parts.unbind(other, dim)
    return parts.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]], dim)


def fliplr(input: Any) -> Any:
    """Columns reversed."""
    return shape.flip(input, 1)


def flipud(input: Any) -> Any:
    """Rows reversed."""
    return shape.flip(input, 0)


def tensor_split(input: Any, indices_or_sections: Any, dim: int = 0) -> Any:
    """Pieces: a number of them, or cut at indices."""
    n = input._data.shape[axis_of(dim, input._data.ndim)]
    if isinstance(indices_or_sections, int):
        small, rest = divmod(n, indices_or_sections)
        return parts.split(input, [small + (k < rest) for k in range(indices_or_sections)], dim)
    cuts = [0, *(min(int(k), n) for k in indices_or_sections), n]
    return parts.split(input, [b - a for a, b in pairwise(cuts)], dim)


def take_along_dim(input: Any, indices: Any, dim: Any = None) -> Any:
    """`gather`, over the flat tensor without `dim`."""
    return input.reshape(-1).gather(0, indices.reshape(-1)) if dim is None else pick.gather(input, dim, indices)


def diagflat(input: Any, offset: int = 0) -> Any:
    """A matrix with the flattened tensor on a diagonal."""
    return linalg.diag(input.reshape(-1), offset)


def diag_embed(input: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """Matrices with the last dimension on a diagonal."""
    n = input._data.shape[-1] + abs(offset)
    ndim = input._data.ndim + 1
    full = zeros(*input._data.shape[:-1], n, n, dtype=input.dtype)
    rows = np.arange(input._data.shape[-1])
    at = (Ellipsis, plain(rows - min(offset, 0)), plain(rows + max(offset, 0)))

    def placed(x: Any) -> Any:
        return pick.index_put(full, at, x).movedim((-2, -1), (axis_of(dim1, ndim), axis_of(dim2, ndim)))
    return composite("DiagEmbedBackward0", placed, input)


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """The tensors, expanded to their common shape."""
    common = np.broadcast_shapes(*(t._data.shape for t in tensors))
    return tuple(shape.expand(t, common) for t in tensors)


def atleast_1d(input: Any) -> Any:
    """With at least one dimension."""
    return input if input._data.ndim else input.reshape(1)


def atleast_2d(input: Any) -> Any:
    """With at least two dimensions."""
    return input if input._data.ndim > 1 else input.reshape(1, -1)


def quantile(input: Any, q: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The value below which a fraction `q` of the elements lies, interpolated."""
    x = input.reshape(-1) if dim is None else input
    axis = 0 if dim is None else axis_of(dim, x._data.ndim)
    if isinstance(q, Recorded) and q._data.ndim:
        return stack([quantile(input, part, dim, keepdim) for part in q.unbind(0)])
    fraction = q.item() if isinstance(q, Recorded) else q
    ordered = sort(x, axis)[0]
    place = fraction * (x._data.shape[axis] - 1)
    low = int(np.floor(place))
    high = min(low + 1, x._data.shape[axis] - 1)
    below, above = ordered.narrow(axis, low, 1), ordered.narrow(axis, high, 1)
    out = below + (above - below) * (place - low)
    return out if keepdim else out.squeeze(axis)


def slice_scatter(input: Any, src: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Any:
    """A copy with `src` stored into a slice."""
    index = (slice(None),) * axis_of(dim, input._data.ndim) + (slice(start, end, step),)
    return record(SLICE_SCATTER, Tensor, (input, index, src, False),
                  own_rows.index_put(input._data, index, src._data, False))


def select_scatter(input: Any, src: Any, dim: int, index: int) -> Any:
    """A copy with `src` stored into one entry along `dim`."""
    at = (slice(None),) * axis_of(dim, input._data.ndim) + (index,)
    return record(SELECT_SCATTER, Tensor, (input, at, src, False),
                  own_rows.index_put(input._data, at, src._data, False))


def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """A copy with the first elements of `source` stored where `mask` holds."""
    where_ = np.broadcast_to(mask._data, input._data.shape)
    return pick.index_put(input, (plain(where_),), source.reshape(-1)[: int(where_.sum())])


def isin(elements: Any, test_elements: Any) -> Any:
    """Which elements occur among others."""
    return plain(np.isin(elements._data, test_elements._data))


def block_diag(*tensors: Any) -> Any:
    """A block-diagonal matrix."""
    rows, width, before = [], sum(atleast_2d(t)._data.shape[1] for t in tensors), 0
    for t in map(atleast_2d, tensors):
        n, m = t._data.shape
        left, right = zeros(n, before, dtype=t.dtype), zeros(n, width - before - m, dtype=t.dtype)
        rows.append(parts.cat([left, t, right], 1))
        before += m
    return parts.cat(rows)


def save(obj: Any, f: Any) -> None:
    """Write an object with tensors to a file (pickle)."""
    if hasattr(f, "write"):
        pickle.dump(obj, f)
        return
    with open(f, "wb") as file:
        pickle.dump(obj, file)


def load(f: Any, **options: Any) -> Any:
    """Read what `save` wrote. Only files that you trust: reading a pickle can run code."""
    if hasattr(f, "read"):
        return pickle.load(f)
    with open(f, "rb") as file:
        return pickle.load(file)


FUNCTIONS: dict[str, Any] = {f.__name__: f for f in (
    positive, nanmean, aminmax, diff, cross, fliplr, flipud, tensor_split, take_along_dim, diagflat, diag_embed,
    quantile, slice_scatter, select_scatter)} | {
        "erfc": _one_node("ErfcBackward0", erfc), "logit": _one_node("LogitBackward0", logit),
        "xlogy": _one_node("XlogyBackward0", xlogy), "dist": _one_node("DistBackward0", dist),
        "nansum": _one_node("NansumBackward0", nansum),
        "masked_scatter": _one_node("MaskedScatterBackward0", masked_scatter),
        "rot90": _numpy("rot90", np.rot90), "cov": _numpy("cov", np.cov), "corrcoef": _numpy("corrcoef", np.corrcoef),
        "arccosh": P["acosh"], "arcsinh": P["asinh"],
        "arctanh": P["atanh"], "float_power": lambda x, y: x.double() ** y}
FREE: dict[str, Any] = {f.__name__: f for f in (
    detach, broadcast_tensors, atleast_1d, atleast_2d, isin, block_diag, save, load)} | {
        "broadcast_shapes": lambda *shapes: shape_size(np.broadcast_shapes(*shapes))}


def shape_size(lengths: Any) -> Any:
    """A tuple as a Size."""
    from runtime.dtypes import Size
    return Size(lengths)
