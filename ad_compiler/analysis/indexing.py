"""Types of `base[index]`, and what an index may do: give a view, a copy, a number, or one element twice."""
from __future__ import annotations

import numpy as np

from ..ir import nodes as ir
from ..ir.assumed import nonnegative
from ..ir.types import Array, Dim, ListOf, Num, Seq, Type, size, symbol, unknown_dim
from .infer import Untypable, array_of, broadcast, dim_of, shape_of, type_of
from .shape_arguments import NONE, made, numeric, omitted


def index_type(base: Type, index: ir.Arg) -> tuple[Type, str]:
    """Type of `base[index]` and what it is: "scalar", "view" or "copy"."""
    if not isinstance(base, Array):
        raise Untypable("indexing something that is not an array")
    items, advanced = split_index(index_items(index), base.ndim)
    dims: list[Dim] = []
    rest = list(base.dims)
    shapes: list[tuple[Dim, ...]] = []
    where: int | None = None
    for item in items:
        kind = index_kind(item)
        if kind == "new":
            dims.append(size(1))
        elif kind == "slice":
            dims.append(slice_dim(rest.pop(0), item))
        elif kind == "int":
            rest.pop(0)
        elif kind == "bool":
            for _ in shape_of(type_of(item)):  # one truth value takes no axis
                rest.pop(0)
            shapes.append((unknown_dim(),))
            where = len(dims) if where is None else where
        else:
            rest.pop(0)
            shapes.append(shape_of(numeric(item)))
            where = len(dims) if where is None else where
    dims += rest
    if shapes:
        joint = broadcast(shapes)
        at = 0 if _apart(items) else where or 0
        dims[at:at] = joint
        return made(base.dtype, dims), "copy"
    if not dims and not any(index_kind(i) == "ellipsis" for i in index_items(index)):  # `x[..., 0]` is a view still
        return Num(base.dtype, weak=False), "scalar"
    return Array(base.dtype, tuple(dims)), "copy" if advanced else "view"


def index_items(index: ir.Arg) -> list[ir.Arg]:
    """The parts of an index, one for each axis or group of axes."""
    if isinstance(index, ir.Pack) and index.kind == "tuple":
        return list(index.items)
    if isinstance(index, ir.Const) and isinstance(index.value, tuple):
        return [ir.Const(v) for v in index.value]
    if isinstance(index, ir.Var) and isinstance(index.type, Seq):
        return [ir.Var(index.hint, t) for t in index.type.items]
    return [index]


def _apart(items: list[ir.Arg]) -> bool:
    """Whether advanced indices (integers count, where arrays are present) are separated by a slice or None."""
    marks = [index_kind(i) in ("int", "bool", "array") for i in items]
    first, last = marks.index(True), len(marks) - 1 - marks[::-1].index(True)
    return not all(marks[first:last + 1])


def split_index(items: list[ir.Arg], ndim: int) -> tuple[list[ir.Arg], bool]:
    """Expand an Ellipsis and append the missing full slices."""
    used = 0
    for i in items:
        kind = index_kind(i)
        if kind == "bool":
            used += len(shape_of(type_of(i)))
        elif kind not in ("new", "ellipsis"):
            used += 1
    full = ir.Pack("slice", (NONE, NONE, NONE))
    out: list[ir.Arg] = []
    for i in items:
        if index_kind(i) == "ellipsis":
            out += [full] * (ndim - used)
            used = ndim
        else:
            out.append(i)
    if used > ndim:
        raise Untypable(f"too many indices: the array has {ndim} dimensions, {used} were indexed")
    return out + [full] * (ndim - used), any(index_kind(i) in ("bool", "array") for i in items)


def index_kind(item: ir.Arg) -> str:
    if isinstance(item, ir.Pack):
        return "slice" if item.kind == "slice" else "array"
    if isinstance(item, ir.Const):
        value = item.value
        if value is None:
            return "new"
        if value is Ellipsis:
            return "ellipsis"
        if isinstance(value, slice):
            return "slice"
        if isinstance(value, (bool, np.bool_)):
            return "bool"
        if isinstance(value, (int, np.integer)):
            return "int"
        raise Untypable
    t = item.type
    if isinstance(t, Num) and t.kind in "iub":
        return "bool" if t.kind == "b" else "int"
    if isinstance(t, Array):
        return "bool" if t.kind == "b" else "array"
    if isinstance(t, ListOf):
        inner = array_of(t)
        return "bool" if isinstance(inner, Array) and inner.kind == "b" else "array"
    raise Untypable("an index that is not an integer, a slice or an array")


def slice_dim(dim: Dim, item: ir.Arg) -> Dim:
    """Size of `dim` after a slice. Offsets of constants or symbols subtract; other slices give an unknown size."""
    if isinstance(item, ir.Const):
        if not isinstance(item.value, slice):
            return unknown_dim()
        start, stop, step = (ir.Const(v) for v in (item.value.start, item.value.stop, item.value.step))
    else:
        start, stop, step = item.items
    if not (isinstance(step, ir.Const) and step.value in (None, 1)):
        full = omitted(start) and omitted(stop)
        reverse = full and isinstance(step, ir.Const) and step.value == -1
        if reverse:
            return dim
        if dim.known and all(isinstance(x, ir.Const) for x in (start, stop, step)):
            return size(len(range(*slice(start.value, stop.value, step.value).indices(dim.const))))
        return _named_slice(dim, start, stop, step)
    if dim.known and all(isinstance(x, ir.Const) for x in (start, stop)):
        return size(len(range(*slice(start.value, stop.value).indices(dim.const))))
    low = size(0) if omitted(start) else _bound(dim, start)
    high = dim if omitted(stop) else _bound(dim, stop)
    if low is None or high is None:
        return _named_slice(dim, start, stop, step)
    length = high - low
    within = (not high.known or dim.known or nonnegative(dim - high)) and (  # `x[:3]` of what may be fewer
        not length.known or dim.known or nonnegative(low))  # `x[-3:]`
    computed = any(isinstance(b, ir.Var) and not _cut(dim, d) for b, d in ((start, low), (stop, high)))
    if not within or (computed and not nonnegative(length)):
        return _named_slice(dim, start, stop, step)
    return size(0) if length.known and length.const < 0 else length


def _named_slice(dim: Dim, *bounds: ir.Arg) -> Dim:
    """A length of which only this is known: the same slice of the same size has the same length."""
    parts = [str(b.value) if isinstance(b, ir.Const) else str(dim_of(b)) for b in bounds]
    return symbol(f"?{dim}[{':'.join(parts)}]")


def _bound(dim: Dim, bound: ir.Arg) -> Dim | None:
    if isinstance(bound, ir.Const):
        if not isinstance(bound.value, (int, np.integer)):
            return None
        n = int(bound.value)
        return size(n) if n >= 0 else dim + n
    t = type_of(bound)
    if isinstance(t, Num) and t.kind == "i":
        n = dim_of(bound)
        if _cut(dim, n) or (nonnegative(n) and nonnegative(dim - n)):
            return n
    return None


def _cut(dim: Dim, bound: Dim) -> bool:
    """`x[1:n]` with n the array's own size, or an offset from it; any other bound may be cut off."""
    difference = bound - dim
    return not bound.known and difference.known and difference.const <= 0


def repeats(base: Type, index: ir.Arg | None) -> bool:
    """Whether an index may name one element twice (integer arrays; masks and slices cannot)."""
    if index is None or index_type(base, index)[1] != "copy":
        return False
    return any(_is_integers(i) for i in index_items(index))


def _is_integers(item: ir.Arg) -> bool:
    t = type_of(item)
    kind = getattr(t, "kind", None) or getattr(getattr(t, "item", None), "kind", "i")
    is_slice = isinstance(item, ir.Pack) and item.kind == "slice"
    return not is_slice and kind in "iu" and not isinstance(t, Num) and not isinstance(item, ir.Const)


def only_new_axes(index: ir.Arg, item: Type) -> tuple[int, ...]:
    """The axes of the item that an index adds, if that is all it does: `x[:, None]`, `x[..., None]`; else none."""
    if not isinstance(item, Array):
        return ()
    parts: list[str] = []
    for part in index_items(index):
        whole = isinstance(part, ir.Pack) and part.kind == "slice" and all(
            isinstance(p, ir.Const) and p.value is None for p in part.items)
        if whole:
            parts.append("old")
        elif isinstance(part, ir.Const) and (part.value is None or part.value is Ellipsis):
            parts.append("new" if part.value is None else "rest")
        else:
            return ()
    if "rest" in parts:
        at = parts.index("rest")
        parts[at:at + 1] = ["old"] * (item.ndim - len(parts) + 1)
    return tuple(k for k, part in enumerate(parts) if part == "new")
