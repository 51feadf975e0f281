"""Taking tensors apart along a dimension, and joining them."""
from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from ad_compiler import rules
from runtime.core import Node, Output, edge, new, sequence
from runtime.dispatch import Op, record
from runtime.grad_mode import MODE, recording
from runtime.ops.reduce import axis_of
from runtime.ops.shape import expand, transpose, view
from runtime.promotion import raw_as, result_type
from runtime.rare_modes import fresh, watch_node
from runtime.tensor import Tensor
from runtime.views import how_made, make_view


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

class SplitBackward0(UnbindBackward0):
    """Backward of cutting a tensor into pieces along an axis."""

    __slots__ = ()


class SplitWithSizesBackward0(SplitBackward0):
    """Backward of a split into pieces of lengths that were given."""

    __slots__ = ()


for _kind in (UnbindBackward0, SplitBackward0, SplitWithSizesBackward0):
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
    creation = how_made()
    out = []
    for index, where in enumerate(bounds):
        e = None if node is None else Output(node, index) if len(bounds) > 1 else _single(node)
        out.append(make_view(Tensor, x, _part_of(x._data, axis, where), e, _part_of, (axis, where),
                             creation or "multi"))
    if MODE.special and node is not None and out:
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
            for kind in (UnbindBackward0, SplitBackward0, SplitWithSizesBackward0)}


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
            raise RuntimeError(f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at "
                               f"dimension "
                               f"{axis}), but got split_sizes={lengths}")
    starts = np.cumsum([0, *lengths]).tolist()
    return _apart(self, axis, [slice(a, b) for a, b in pairwise(starts)],
                  SplitBackward0 if isinstance(split_size, int) else SplitWithSizesBackward0)


def chunk(self: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most `chunks` pieces of equal length (the last may be shorter)."""
    n = self._data.shape[axis_of(dim, self._data.ndim)]
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    return split(self, max(-(-n // chunks), 1), dim)


def _join(tensors: Any) -> tuple[list[Any], Any]:
    items = list(tensors)
    return items, result_type(*items).np


STACK = Op(rules.find(np.stack), "StackBackward0", ("arrays", "axis"))
CAT = Op(rules.find(np.concatenate), "CatBackward0", ("arrays", "axis"))


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
                raise RuntimeError(f"Sizes of tensors must match except in dimension {axis}. Expected size {n} but got "
                                   f"size "
                                   f"{m} for tensor number {k} in the list.")
    return record(CAT, Tensor, (items, axis), np.concatenate([raw_as(i, d) for i in items], axis))


def _stacked(name: str, numpy: Any, node: str = "CatBackward0") -> Any:
    op = Op(rules.find(numpy), node)

    def apply(tensors: Any) -> Any:
        items, d = _join(tensors)
        values: list[Any] = [items] + [p.default for p in op.row.parameters[1:]]
        return record(op, Tensor, values, numpy([raw_as(i, d) for i in items]))
    apply.__name__ = name
    apply.__doc__ = f"Tensors joined as NumPy's `{name}` does."
    return apply


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    """Coordinates of a grid."""
    items = list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], list | tuple) else list(tensors)
    shape = [i._data.size for i in items]
    grids = [expand(view(i, [-1 if k == j else 1 for j in range(len(items))]), shape) for k, i in enumerate(items)]
    return tuple(transpose(g, 0, 1) for g in grids) if indexing == "xy" and len(items) > 1 else tuple(grids)


def split_with_sizes(self: Any, split_sizes: Any, dim: int = 0) -> tuple[Any, ...]:
    """Views of these lengths along `dim`."""
    return split(self, list(split_sizes), dim)


FUNCTIONS: dict[str, Any] = {f.__name__: f for f in (unbind, split, split_with_sizes, chunk)}
FREE: dict[str, Any] = {"stack": stack, "cat": cat, "concat": cat, "concatenate": cat, "meshgrid": meshgrid,
                        "vstack": _stacked("vstack", np.vstack), "hstack": _stacked("hstack", np.hstack),
                        "dstack": _stacked("dstack", np.dstack),
                        "column_stack": _stacked("column_stack", np.column_stack)}
