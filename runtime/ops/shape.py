"""Shapes: views where torch has views, and joining."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ad_compiler import rules
from runtime.core import Node, Output, Recorded, edge, new, sequence
from runtime.dispatch import Op, record
from runtime.autograd.forward_ad import push_linear
from runtime.grad_mode import MODE, recording
from runtime.ops.reduce import axis_of
from runtime.promotion import raw_as, result_type
from runtime.special import fresh, watch_node
from runtime.tensor import Tensor
from runtime.views import make_view

VIEW_STRIDES = ("view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
                "contiguous subspaces). Use .reshape(...) instead.")


class _View:
    """A view operation: the array function that takes the view, and the row for its history."""

    __slots__ = ("function", "op")

    def __init__(self, node: str, numpy: Callable[..., Any], function: Callable[..., np.ndarray], *order: str) -> None:
        row = rules.find(numpy)
        assert row is not None
        self.function, self.op = function, Op(row, node, order)

    def __call__(self, x: Any, *args: Any) -> Any:
        data = self.function(x._data, *args)
        if data is x._data:
            data = data.view()
        if MODE.special:
            r = record(self.op, Tensor, (x, *args), data)
            t = make_view(Tensor, x, data, r._node, self.function, args, "" if recording() else "no_grad")
            push_linear(x, t, lambda _: r._meta.dual)
            return t
        node = record(self.op, Tensor, (x, *args), data)._node if x._req else None
        return make_view(Tensor, x, data, node, self.function, args)


def _viewed(a: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    view = a.view()
    try:
        view.shape = shape
    except AttributeError:
        raise RuntimeError(VIEW_STRIDES) from None
    return view


def _squeezed(a: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    return np.squeeze(a, axes)


def _expanded(a: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return np.broadcast_to(a, shape)


VIEW = _View("ViewBackward0", np.reshape, _viewed, "a", "shape")
TRANSPOSE = _View("TransposeBackward0", np.swapaxes, np.swapaxes, "a", "axis1", "axis2")
T = _View("TBackward0", np.transpose, np.transpose, "a")
PERMUTE = _View("PermuteBackward0", np.transpose, np.transpose, "a", "axes")
SQUEEZE0 = _View("SqueezeBackward0", np.reshape, _viewed, "a", "shape")
SQUEEZE1 = _View("SqueezeBackward1", np.reshape, _viewed, "a", "shape")
UNSQUEEZE = _View("UnsqueezeBackward0", np.reshape, _viewed, "a", "shape")
EXPAND = _View("ExpandBackward0", np.broadcast_to, _expanded, "array", "shape")
MOVEDIM = _View("PermuteBackward0", np.transpose, np.transpose, "a", "axes")
RESHAPE = Op(rules.find(np.reshape), "UnsafeViewBackward0", ("a", "shape"))  # type: ignore[arg-type]


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
        raise RuntimeError("permute(sparse_coo): number of dimensions in the tensor input does not match the length of the "
                           f"desired ordering of dimensions i.e. input.dim() = {self._data.ndim} is not equal to len(dims) = "
                           f"{len(order)}")
    return PERMUTE(self, tuple(axis_of(d, self._data.ndim) for d in order))


def movedim(self: Any, source: Any, destination: Any) -> Any:
    """Dimensions moved to other places."""
    order = np.moveaxis(np.empty(range(1, self._data.ndim + 1)), source, destination).shape
    return MOVEDIM(self, tuple(n - 1 for n in order))


def squeeze(self: Any, dim: Any = None) -> Any:
    """Without dimensions of length 1 (all, or those named)."""
    shape = self._data.shape
    if dim is None:
        return SQUEEZE0(self, tuple(n for n in shape if n != 1))
    dims = {axis_of(d, len(shape)) for d in (dim if isinstance(dim, tuple | list) else (dim,))}
    return SQUEEZE1(self, tuple(n for k, n in enumerate(shape) if k not in dims or n != 1))


def unsqueeze(self: Any, dim: int) -> Any:
    """With a dimension of length 1 inserted at `dim`."""
    shape = self._data.shape
    axis = axis_of(dim, len(shape) + 1)
    return UNSQUEEZE(self, (*shape[:axis], 1, *shape[axis:]))


def expand(self: Any, *sizes: Any) -> Any:
    """Repeated without copying along dimensions of length 1; -1 keeps a length."""
    want, have = shape_of(sizes), self._data.shape
    if len(want) < len(have):
        raise RuntimeError(f"expand(torch.FloatTensor{{{list(have)}}}, size={list(want)}): the number of sizes provided "
                           f"({len(want)}) must be greater or equal to the number of dimensions in the tensor ({len(have)})")
    padded = (1,) * (len(want) - len(have)) + have
    out = []
    for k, (n, m) in enumerate(zip(want, padded, strict=True)):
        if n == -1:
            n = m
        if m not in (1, n):
            raise RuntimeError(f"The expanded size of the tensor ({n}) must match the existing size ({m}) at non-singleton "
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


class UnbindBackward0(Node):
    """Backward of taking a tensor apart along an axis."""

    __slots__ = ("axis", "bounds", "dtype", "outputs", "shape")

    def run(self, g: Any, keep: bool) -> Any:
        out = np.zeros(self.shape, self.dtype)
        moved = np.moveaxis(out, self.axis, 0)
        for item, where in zip(g, self.bounds, strict=True):
            if item is not None:
                moved[where] = np.moveaxis(item, self.axis, 0) if type(where) is slice else item
        return out

    def trace(self, g: Any, keep: bool) -> Any:
        parts = [fresh(Tensor, np.zeros(self._part(where), self.dtype)) if item is None else item
                 for item, where in zip(g, self.bounds, strict=True)]
        return stack(parts, self.axis) if type(self.bounds[0]) is int else cat(parts, self.axis)

    def _part(self, where: Any) -> tuple[int, ...]:
        before, after = self.shape[: self.axis], self.shape[self.axis + 1:]
        return (*before, *after) if type(where) is int else (*before, where.stop - where.start, *after)

    def result_meta(self, index: int) -> Any:
        return self._part(self.bounds[index]), self.dtype


class SplitBackward0(UnbindBackward0):
    """Backward of cutting a tensor into pieces along an axis."""

    __slots__ = ()


for _kind in (UnbindBackward0, SplitBackward0):
    _kind.__module__ = "builtins"


def _part_of(a: np.ndarray, axis: int, where: Any) -> np.ndarray:
    part = a[(slice(None),) * axis + (where,)]
    return part if type(part) is np.ndarray else a[(slice(None),) * axis + (where, ...)]


def _apart(x: Any, axis: int, bounds: list[Any], kind: Any) -> tuple[Any, ...]:
    node = None
    if x._req and recording():
        node = new(kind)
        node.edges = (edge(x),)
        node.seq, node.extra, node.place, node.lasti = sequence(), None, None, 0
        node.axis, node.bounds, node.shape, node.dtype = axis, bounds, x._data.shape, x._data.dtype
        node.outputs = len(bounds)
    creation = "" if recording() else "no_grad"
    out = []
    for index, where in enumerate(bounds):
        e = None if node is None else Output(node, index) if len(bounds) > 1 else _single(node)
        out.append(make_view(Tensor, x, _part_of(x._data, axis, where), e, _part_of, (axis, where),
                             creation or f"multi {kind.__name__.removesuffix('Backward0')} {index}"))
    if node is not None and out:
        watch_node(out[0])
    return tuple(out)


class _Single(UnbindBackward0):
    """An unbinding or split with one part: the gradient is not a list."""

    __slots__ = ()

    def run(self, g: Any, keep: bool) -> Any:
        return UnbindBackward0.run(self, [g], keep)

    def trace(self, g: Any, keep: bool) -> Any:
        return UnbindBackward0.trace(self, [g], keep)


_SINGLES = {kind: type(kind.__name__, (_Single,), {"__slots__": (), "__module__": "builtins"})
            for kind in (UnbindBackward0, SplitBackward0)}


def _single(node: Any) -> Any:
    node.__class__ = _SINGLES[type(node)]
    return node


def unbind(self: Any, dim: int = 0) -> tuple[Any, ...]:
    """The slices along `dim`, as views."""
    if not self._data.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    axis = axis_of(dim, self._data.ndim)
    return _apart(self, axis, list(range(self._data.shape[axis])), UnbindBackward0)


def split(self: Any, split_size: Any, dim: int = 0) -> tuple[Any, ...]:
    """Pieces of a length, or of the lengths in a list, as views."""
    axis = axis_of(dim, self._data.ndim)
    n = self._data.shape[axis]
    if isinstance(split_size, int):
        if split_size <= 0 and n:
            raise RuntimeError(f"split expects split_size be non-negative, but got split_size={split_size}")
        lengths = [min(split_size, n - k) for k in range(0, n, split_size)] or [0]
    else:
        lengths = list(split_size)
        if sum(lengths) != n:
            raise RuntimeError(f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension "
                               f"{axis}), but got split_sizes={lengths}")
    starts = np.cumsum([0, *lengths]).tolist()
    return _apart(self, axis, [slice(a, b) for a, b in zip(starts, starts[1:], strict=False)], SplitBackward0)


def chunk(self: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most `chunks` pieces of equal length (the last may be shorter)."""
    n = self._data.shape[axis_of(dim, self._data.ndim)]
    return split(self, max(-(-n // chunks), 1), dim)


def _join(tensors: Any) -> tuple[list[Any], Any]:
    items = list(tensors)
    return items, result_type(*items).np


STACK = Op(rules.find(np.stack), "StackBackward0", ("arrays", "axis"))  # type: ignore[arg-type]
CAT = Op(rules.find(np.concatenate), "CatBackward0", ("arrays", "axis"))  # type: ignore[arg-type]


def stack(tensors: Any, dim: int = 0) -> Any:
    """Tensors of one shape along a new dimension."""
    if not len(tensors):
        raise RuntimeError("stack expects a non-empty TensorList")
    items, d = _join(tensors)
    first = items[0]._data.shape
    for k, item in enumerate(items):
        if item._data.shape != first:
            raise RuntimeError(f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and "
                               f"{list(item._data.shape)} at entry {k}")
    axis = axis_of(dim, len(first) + 1)
    return record(STACK, Tensor, (items, axis), np.stack([raw_as(i, d) for i in items], axis))


def cat(tensors: Any, dim: int = 0) -> Any:
    """Tensors joined along a dimension."""
    if not len(tensors):
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    items, d = _join(tensors)
    items = [i for i in items if i._data.shape != (0,)] or items[:1]
    ndim = items[0]._data.ndim
    if not ndim:
        raise RuntimeError("zero-dimensional tensor (at position 0) cannot be concatenated")
    axis = axis_of(dim, ndim)
    for k, item in enumerate(items):
        if item._data.ndim != ndim:
            raise RuntimeError(f"Tensors must have same number of dimensions: got {ndim} and {item._data.ndim}")
        for j, (n, m) in enumerate(zip(items[0]._data.shape, item._data.shape, strict=True)):
            if j != axis and n != m:
                raise RuntimeError(f"Sizes of tensors must match except in dimension {axis}. Expected size {n} but got size "
                                   f"{m} for tensor number {k} in the list.")
    return record(CAT, Tensor, (items, axis), np.concatenate([raw_as(i, d) for i in items], axis))


def _stacked(name: str, numpy: Any, node: str = "CatBackward0") -> Any:
    op = Op(rules.find(numpy), node)  # type: ignore[arg-type]

    def apply(tensors: Any) -> Any:
        items, d = _join(tensors)
        values: list[Any] = [items] + [p.default for p in op.row.parameters[1:]]
        return record(op, Tensor, values, numpy([raw_as(i, d) for i in items]))
    apply.__name__ = name
    apply.__doc__ = f"Tensors joined as NumPy's `{name}` does."
    return apply


COPYING = {name: (Op(rules.find(f), node, order), f) for name, f, node, order in (  # type: ignore[arg-type]
    ("flip", np.flip, "FlipBackward0", ("m", "axis")), ("roll", np.roll, "RollBackward0", ("a", "shift", "axis")),
    ("tile", np.tile, "RepeatBackward0", ("A", "reps")), ("repeat_interleave", np.repeat, "IndexSelectBackward0",
                                                        ("a", "repeats", "axis")))}


def _copying(name: str, x: Any, *args: Any) -> Any:
    op, function = COPYING[name]
    data = function(x._data, *args)
    return record(op, Tensor, (x, *args), data if data.flags.c_contiguous else data.copy())


def flip(self: Any, *dims: Any) -> Any:
    """Reversed along dimensions, copied."""
    return _copying("flip", self, tuple(axis_of(d, self._data.ndim) for d in shape_of(dims)))


def roll(self: Any, shifts: Any, dims: Any = None) -> Any:
    """Shifted around along dimensions."""
    return _copying("roll", self, shifts, dims)


def repeat(self: Any, *sizes: Any) -> Any:
    """The whole tensor repeated (NumPy's `tile`)."""
    return _copying("tile", self, shape_of(sizes))


def repeat_interleave(self: Any, repeats: Any, dim: Any = None) -> Any:
    """Each element repeated (NumPy's `repeat`)."""
    return _copying("repeat_interleave", self, repeats._data if isinstance(repeats, Recorded) else repeats, dim)


def narrow(self: Any, dim: int, start: int, length: int) -> Any:
    """`length` entries from `start` along `dim`, as a view."""
    axis = axis_of(dim, self._data.ndim)
    start = int(start)
    if start < 0:
        start += self._data.shape[axis]
    if start + length > self._data.shape[axis]:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({self._data.shape[axis]}).")
    return self[(slice(None),) * axis + (slice(start, start + length),)]


def select(self: Any, dim: int, index: int) -> Any:
    """Entry `index` along `dim`, as a view."""
    axis = axis_of(dim, self._data.ndim)
    n = self._data.shape[axis]
    if not -n <= index < n:
        raise IndexError(f"select(): index {index} out of range for tensor of size {list(self._data.shape)} at dimension {axis}")
    return self[(slice(None),) * axis + (index,)]


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    """Coordinates of a grid."""
    items = list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], list | tuple) else list(tensors)
    shape = [i._data.size for i in items]
    grids = [expand(view(i, [-1 if k == j else 1 for j in range(len(items))]), shape) for k, i in enumerate(items)]
    return tuple(transpose(g, 0, 1) for g in grids) if indexing == "xy" and len(items) > 1 else tuple(grids)


FUNCTIONS: dict[str, Any] = {f.__name__: f for f in (
    view, view_as, reshape, reshape_as, flatten, unflatten, ravel, transpose, t, permute, movedim, squeeze, unsqueeze,
    expand, expand_as, broadcast_to, sum_to_size, unbind, split, chunk, flip, roll, repeat, repeat_interleave, narrow,
    select)} | {"swapaxes": transpose, "swapdims": transpose, "tile": repeat, "moveaxis": movedim}
FREE: dict[str, Any] = {"stack": stack, "cat": cat, "concat": cat, "concatenate": cat, "meshgrid": meshgrid,
                        "vstack": _stacked("vstack", np.vstack), "hstack": _stacked("hstack", np.hstack),
                        "dstack": _stacked("dstack", np.dstack), "column_stack": _stacked("column_stack", np.column_stack)}
