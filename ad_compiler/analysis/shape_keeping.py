"""Result types of functions that keep the shape of their argument, and are no ufuncs: `np.nan_to_num(x)`,
`np.gradient(x)`; and of those that keep all of it but one axis: `np.trapezoid(y)`.

Their dtypes are those of results on stand-ins."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, Dim, Seq, Type
from .infer import Untypable, type_of
from .shape_arguments import axes_of
from .stand_ins import stand_in_type

_KEEPING = (np.angle, np.around, np.round, np.fix, np.nan_to_num, np.sinc, np.i0, np.real_if_close, np.unwrap,
            np.isposinf, np.isneginf, np.asarray_chkfinite, np.asfortranarray, np.sort_complex)


def _array_type(arg: ir.Arg) -> Array | None:
    try:
        t = type_of(arg)
    except Untypable:
        return None
    return t if isinstance(t, Array) else None


def _with_dims(found: Type, dims: tuple[Dim, ...]) -> Type:
    return Array(found.dtype, dims) if isinstance(found, Array) and found.ndim == len(dims) else found


def _keeping(fn: Any) -> Callable[..., Type]:
    def rule(*args: ir.Arg, **kwargs: ir.Arg) -> Type:
        found = stand_in_type(fn, args, kwargs)
        t = _array_type(args[0]) if args else None
        others = (*args[1:], *kwargs.values())  # `out`, and what may stretch the argument
        return found if t is None or any(map(_array_type, others)) else _with_dims(found, t.dims)

    return rule


def _gradient(*args: ir.Arg, **kwargs: ir.Arg) -> Type:
    found = stand_in_type(np.gradient, args, kwargs)
    t = _array_type(args[0]) if args else None
    if t is None:
        return found
    if isinstance(found, Seq):
        return Seq(tuple(_with_dims(item, t.dims) for item in found.items), found.cls)
    return _with_dims(found, t.dims)


def _trapezoid(*args: ir.Arg, **kwargs: ir.Arg) -> Type:
    found = stand_in_type(np.trapezoid, args, kwargs)
    t = _array_type(args[0]) if args else None
    axis = args[3] if len(args) > 3 else kwargs.get("axis", ir.Const(-1))
    others = [_array_type(a) for a in (*args[1:], *kwargs.values())]  # places along the axis, or for each element
    if t is None or any(o is not None and o.ndim > 1 for o in others):
        return found
    gone = axes_of(axis, t.ndim)[0]
    return _with_dims(found, t.dims[:gone] + t.dims[gone + 1:])


RULES: dict[Any, Callable[..., Type]] = {
    **{fn: _keeping(fn) for fn in _KEEPING}, np.gradient: _gradient, np.trapezoid: _trapezoid,
}
