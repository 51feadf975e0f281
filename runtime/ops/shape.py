"""Shapes: views where torch has views, and joining."""
from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ad_compiler import rules
from ad_compiler.rules.row import Row
from runtime import own_rows
from runtime.core import Recorded
from runtime.dispatch import Op, record
from runtime.grad_mode import MODE
from runtime.ops.reduce import axis_of
from runtime.tensor import Tensor
from runtime.views import how_made, make_view

VIEW_STRIDES = ("view size is not compatible with input tensor's size and stride (at least one dimension spans across "
                "two "
                "contiguous subspaces). Use .reshape(...) instead.")


class _View:
    """A view operation: the array function that takes the view, and the row for its history."""

    __slots__ = ("function", "op")

    def __init__(self, node: str, numpy: Callable[..., Any] | Row, function: Callable[..., np.ndarray],
                 *order: str) -> None:
        row = numpy if isinstance(numpy, Row) else rules.find(numpy)
        assert row is not None
        self.function, self.op = function, Op(row, node, order)

    def __call__(self, x: Any, *args: Any) -> Any:
        data = self.function(x._data, *args)
        if data is x._data:
            data = data.view()
        if MODE.special:
            r = record(self.op, Tensor, (x, *args), data)
            return make_view(Tensor, x, data, r._node, self.function, args, how_made())
        node = record(self.op, Tensor, (x, *args), data)._node if x._req else None
        return make_view(Tensor, x, data, node, self.function, args)


def _viewed(a: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    view = a.reshape(shape)
    if a.size and not np.may_share_memory(view, a):
        raise RuntimeError(VIEW_STRIDES)
    return view


def _squeezed(a: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    return np.squeeze(a, axes)


def _without(a: Any, shape: tuple[int, ...], axis: Any) -> Any:
    """The array without the dimensions `axis` of length 1, which leaves `shape`."""
    return np.reshape(a, shape)


def _unsqueezed(a: np.ndarray, axis: int) -> np.ndarray:
    return _viewed(a, (*a.shape[:axis], 1, *a.shape[axis:]))


def _expanded(a: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    if math.prod(shape) == a.size:  # nothing is repeated: an ordinary view, which may be written
        return _viewed(a, shape)
    repeated = np.broadcast_to(a, shape)  # which NumPy does not let anyone write
    return as_strided(a, shape, repeated.strides) if a.flags.writeable else repeated


VIEW = _View("ViewBackward0", np.reshape, _viewed, "a", "shape")
TRANSPOSE = _View("TransposeBackward0", np.swapaxes, np.swapaxes, "a", "axis1", "axis2")
T = _View("TBackward0", np.transpose, np.transpose, "a")
PERMUTE = _View("PermuteBackward0", np.transpose, np.transpose, "a", "axes")
SQUEEZE0 = _View("SqueezeBackward0", np.reshape, _viewed, "a", "shape")
SQUEEZE1, SQUEEZE2 = (_View(f"SqueezeBackward{k}", own_rows.linear(
    _without, "a, shape, axis", a=lambda g, a_shape, axis: np.reshape(g, a_shape), samples=()),
    lambda a, shape, axis: _viewed(a, shape), "a", "shape", "axis") for k in (1, 2))
UNSQUEEZE = _View("UnsqueezeBackward0", np.expand_dims, _unsqueezed, "a", "axis")
EXPAND = _View("ExpandBackward0", np.broadcast_to, _expanded, "array", "shape")
MOVEDIM = _View("PermuteBackward0", np.transpose, np.transpose, "a", "axes")
RESHAPE = Op(rules.find(np.reshape), "UnsafeViewBackward0", ("a", "shape"))


def shape_of(size: Sequence[Any]) -> tuple[int, ...]:
    """A shape given as one sequence or as several ints."""
    if len(size) == 1 and not isinstance(size[0], int | np.integer | Recorded):
        size = tuple(size[0])
    return tuple(int(n) for n in size)


def inferred(size: tuple[int, ...], count: int) -> tuple[int, ...]:
    """A shape with -1 worked out; raises RuntimeError where it does not fit."""
    known = 1
    for n in size:
        known *= n if n != -1 else 1
    if size.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if any(n < -1 for n in size):
        raise RuntimeError(f"invalid shape dimension {min(size)}")
    if -1 in size:
        if known == 0:
            raise RuntimeError(f"cannot reshape tensor of 0 elements into shape {list(size)} because the unspecified "
                               "dimension size -1 can be any value and is ambiguous")
        if count % known == 0:
            return tuple(count // known if n == -1 else n for n in size)
    elif known == count:
        return size
    raise RuntimeError(f"shape '{list(size)}' is invalid for input of size {count}")


def view(self: Any, *size: Any, dtype: Any = None) -> Any:
    """The same memory with another shape; raises where that needs a copy."""
    return VIEW(self, inferred(shape_of(size), self._data.size))


def view_as(self: Any, other: Any) -> Any:
    """`view` with the shape of another tensor."""
    return view(self, other._data.shape)


def reshape(self: Any, *shape: Any) -> Any:
    """Another shape; a view where the strides allow, else a copy."""
    target = inferred(shape_of(shape), self._data.size)
    try:
        return VIEW(self, target)
    except RuntimeError:
        return record(RESHAPE, Tensor, (self, target), self._data.reshape(target))


def reshape_as(self: Any, other: Any) -> Any:
    """`reshape` to the shape of another tensor."""
    return reshape(self, other._data.shape)


def flatten(self: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The dimensions from `start_dim` to `end_dim` as one."""
    shape = self._data.shape
    if not shape:
        return reshape(self, (1,))
    first, last = axis_of(start_dim, len(shape)), axis_of(end_dim, len(shape))
    if first == last:
        return self
    if first > last:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    return reshape(self, (*shape[:first], -1 if self._data.size else 0, *shape[last + 1:]))


def unflatten(self: Any, dim: int, sizes: Sequence[int]) -> Any:
    """One dimension as several."""
    axis = axis_of(dim, self._data.ndim)
    shape = self._data.shape
    return view(self, (*shape[:axis], *inferred(tuple(sizes), shape[axis]), *shape[axis + 1:]))


def ravel(self: Any) -> Any:
    """One dimension."""
    return reshape(self, (-1,)) if self._data.size else reshape(self, (0,))


def transpose(self: Any, dim0: int, dim1: int) -> Any:
    """Two dimensions exchanged."""
    n = self._data.ndim
    return TRANSPOSE(self, axis_of(dim0, n), axis_of(dim1, n)) if n else VIEW(self, ())


def t(self: Any) -> Any:
    """The transpose of a matrix (vectors stay)."""
    if self._data.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {self._data.ndim}D")
    return T(self)


def permute(self: Any, *dims: Any) -> Any:
    """The dimensions in another order."""
    order = shape_of(dims)
    if len(order) != self._data.ndim:
        raise RuntimeError("permute(sparse_coo): number of dimensions in the tensor input does not match the length of "
                           "the "
                           f"desired ordering of dimensions i.e. input.dim() = {self._data.ndim} is not equal to "
                           f"len(dims) = "
                           f"{len(order)}")
    axes = tuple(axis_of(d, self._data.ndim) for d in order)
    if len(set(axes)) < len(axes):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return PERMUTE(self, axes)


def movedim(self: Any, source: Any, destination: Any) -> Any:
    """Dimensions moved to other places."""
    order = np.moveaxis(np.empty(range(1, self._data.ndim + 1)), source, destination).shape
    return MOVEDIM(self, tuple(n - 1 for n in order))


def squeeze(self: Any, dim: Any = None) -> Any:
    """Without dimensions of length 1 (all, or those named)."""
    shape = self._data.shape
    if dim is None:
        return SQUEEZE0(self, tuple(n for n in shape if n != 1))
    several = isinstance(dim, tuple | list)
    dims = tuple(axis_of(d, len(shape)) for d in (dim if several else (dim,)))
    rest = tuple(n for k, n in enumerate(shape) if k not in dims or n != 1)
    return SQUEEZE2(self, rest, dims) if several else SQUEEZE1(self, rest, dims[0])


def unsqueeze(self: Any, dim: int) -> Any:
    """With a dimension of length 1 inserted at `dim`."""
    return UNSQUEEZE(self, axis_of(dim, self._data.ndim + 1))


def expand(self: Any, *sizes: Any) -> Any:
    """Repeated without copying along dimensions of length 1; -1 keeps a length."""
    want, have = shape_of(sizes), self._data.shape
    if len(want) < len(have):
        raise RuntimeError(f"expand(torch.FloatTensor{{{list(have)}}}, size={list(want)}): the number of sizes "
                           f"provided "
                           f"({len(want)}) must be greater or equal to the number of dimensions in the tensor "
                           f"({len(have)})")
    padded = (1,) * (len(want) - len(have)) + have
    out = []
    for k, (n, m) in enumerate(zip(want, padded, strict=True)):
        if n == -1:
            n = m
        if m not in (1, n):
            raise RuntimeError(f"The expanded size of the tensor ({n}) must match the existing size ({m}) at "
                               f"non-singleton "
                               f"dimension {k}.  Target sizes: {list(want)}.  Tensor sizes: {list(have)}")
        out.append(n)
    return EXPAND(self, tuple(out))


def expand_as(self: Any, other: Any) -> Any:
    """`expand` to the shape of another tensor."""
    return expand(self, other._data.shape)


def broadcast_to(self: Any, size: Any) -> Any:
    """`expand` to a shape."""
    return expand(self, size)


def sum_to_size(self: Any, *size: Any) -> Any:
    """Summed over the dimensions along which a tensor of `size` would be broadcast to this one."""
    shape, have = shape_of(size), self._data.shape
    if shape == have:
        return self
    extra = len(have) - len(shape)
    dims = tuple(range(extra)) + tuple(k + extra for k, n in enumerate(shape) if n == 1 and have[k + extra] != 1)
    out = self.sum(dims, True) if dims else self
    return view(out, shape) if extra else out


COPYING = {name: (Op(rules.find(f), node, order), f) for name, f, node, order in (
    ("flip", np.flip, "FlipBackward0", ("m", "axis")), ("roll", np.roll, "RollBackward0", ("a", "shift", "axis")),
    ("tile", np.tile, "RepeatBackward0", ("A", "reps")), ("repeat_interleave", np.repeat, "IndexSelectBackward0",
                                                        ("a", "repeats", "axis")))}


def _copying(name: str, x: Any, *args: Any) -> Any:
    op, function = COPYING[name]
    data = function(x._data, *args)
    return record(op, Tensor, (x, *args), data if data.flags.c_contiguous else data.copy())


def flip(self: Any, *axes: Any, dims: Any = None) -> Any:
    """Reversed along dimensions, copied."""
    dims = axes if dims is None else (dims,)
    return _copying("flip", self, tuple(axis_of(d, self._data.ndim) for d in shape_of(dims)))


def roll(self: Any, shifts: Any, dims: Any = None) -> Any:
    """Shifted around along dimensions."""
    return _copying("roll", self, shifts, dims)


def repeat(self: Any, *sizes: Any) -> Any:
    """The whole tensor repeated (NumPy's `tile`)."""
    return _copying("tile", self, shape_of(sizes))


def repeat_interleave(self: Any, repeats: Any, dim: Any = None, *, output_size: Any = None) -> Any:
    """Each element repeated (NumPy's `repeat`)."""
    return _copying("repeat_interleave", self, repeats._data if isinstance(repeats, Recorded) else repeats, dim)


def narrow(self: Any, dim: int, start: int, length: int) -> Any:
    """`length` entries from `start` along `dim`, as a view."""
    if not self._data.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    axis = axis_of(dim, self._data.ndim)
    if isinstance(start, Recorded) and (start._data.ndim or start._data.dtype.kind not in "iu"):
        raise RuntimeError("start must be an 0-dim integral Tensor.")
    start, n = int(start), self._data.shape[axis]
    if not -n <= start <= n:
        raise IndexError(f"start out of range (expected to be in range of [-{n}, {n}], but got {start})")
    if start < 0:
        start += n
    if start + length > self._data.shape[axis]:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({self._data.shape[axis]}).")
    return self[(slice(None),) * axis + (slice(start, start + length),)]


def select(self: Any, dim: int, index: int) -> Any:
    """Entry `index` along `dim`, as a view."""
    axis = axis_of(dim, self._data.ndim)
    n = self._data.shape[axis]
    if not -n <= index < n:
        raise IndexError(f"select(): index {index} out of range for tensor of size {list(self._data.shape)} at "
                         f"dimension {axis}")
    return self[(slice(None),) * axis + (index,)]


FUNCTIONS: dict[str, Any] = {f.__name__: f for f in (
    view, view_as, reshape, reshape_as, flatten, unflatten, ravel, transpose, t, permute, movedim, squeeze, unsqueeze,
    expand, expand_as, broadcast_to, sum_to_size, flip, roll, repeat, repeat_interleave, narrow,
    select)} | {"swapaxes": transpose, "swapdims": transpose, "tile": repeat, "moveaxis": movedim}
