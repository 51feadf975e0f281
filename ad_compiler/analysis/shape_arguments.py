"""What shape rules read of a call: its arguments as constants, types, axes and dtypes."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, Dim, ListOf, Num, Seq, Type, size
from .infer import Untypable, array_of, array_of_items, shape_of, type_of

NONE = ir.Const(None)
FALSE = ir.Const(False)
AXIS_LAST = ir.Const(-1)


def static(arg: ir.Arg) -> Any:
    """The value of a parameter that must be known: a constant, or a group of constants."""
    if isinstance(arg, ir.Const):
        return arg.value
    if isinstance(arg, ir.Pack):
        items = [static(i) for i in arg.items]
        return tuple(items) if arg.kind == "tuple" else slice(*items) if arg.kind == "slice" else items
    raise Untypable("a parameter that decides the rank of the result is not a constant")


def made(dtype: np.dtype[Any], dims: Sequence[Dim]) -> Type:
    """An array, or the NumPy scalar that a 0-d result becomes."""
    return Array(dtype, tuple(dims)) if dims else Num(dtype, weak=False)


def numeric(arg: ir.Arg) -> Num | Array:
    t = array_of_items(arg)
    if not isinstance(t, (Num, Array)):
        raise Untypable
    return t


def axes_of(axis: ir.Arg, ndim: int) -> tuple[int, ...]:
    value = static(axis)
    if value is None:
        return tuple(range(ndim))
    axes = (value,) if isinstance(value, (int, np.integer)) else tuple(value)
    if any(not -ndim <= a < ndim for a in axes):
        raise Untypable(f"axis {value} is out of bounds for an array of dimension {ndim}")
    return tuple(int(a) % ndim for a in axes)


def dtype_arg(dtype: ir.Arg, default: np.dtype[Any]) -> np.dtype[Any]:
    value = static(dtype)
    found = default if value is None else np.dtype(value)
    if found.kind == "O":
        raise Untypable("arrays of objects are not followed")
    return found


def reduced(a: ir.Arg, axis: ir.Arg, keepdims: ir.Arg, dtype: np.dtype[Any]) -> Type:
    dims = shape_of(numeric(a))
    axes = axes_of(axis, len(dims))
    keep = bool(static(keepdims)) if not omitted(keepdims) else False
    out = [size(1) if i in axes else d for i, d in enumerate(dims) if keep or i not in axes]
    return made(dtype, out)


def omitted(arg: ir.Arg) -> bool:
    return isinstance(arg, ir.Const) and (arg.value is np._NoValue or arg.value is None)


def sum_dtype(t: Num | Array) -> np.dtype[Any]:
    if t.kind == "b" or (t.kind == "i" and t.dtype.itemsize < 8):
        return np.dtype(np.int64)
    return np.dtype(np.uint64) if t.kind == "u" else t.dtype


def mean_dtype(t: Num | Array) -> np.dtype[Any]:
    return np.dtype(np.float64) if t.kind in "biu" else t.dtype


def items_of(arrays: ir.Arg) -> tuple[list[Type], bool]:
    """Types of the arrays of a sequence argument, and whether their number is known."""
    if isinstance(arrays, ir.Pack):
        return [numeric(i) for i in arrays.items], True
    t = type_of(arrays)
    if isinstance(t, Seq):
        return [array_of(i) for i in t.items], True
    if isinstance(t, ListOf) and t.item is not None:
        return [array_of(t.item)], False
    if isinstance(t, Array) and t.ndim:
        return [made(t.dtype, t.dims[1:])], t.dims[0].known
    raise Untypable
