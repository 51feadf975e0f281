"""Sums in adjoint code: of products without an array for the product, with what does not vary moved out.

    np.sum(g * x)                   np.dot(g, x), np.vdot(g, x)
    np.sum(g * x, axis=0)           np.einsum("ij,ij->j", g, x)
    np.sum(-g / n, axis=1)          -g.sum(axis=1) / n          where n is one number for each row
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..analysis.indexing import only_new_axes
from ..ir import nodes as ir
from ..ir import prims
from ..ir.types import ONE, Array, Num, size
from .algebra import is_number, recent, stretched
from .handles import Handle, wrap

LETTERS = "ijklmnop"


def simpler(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A formula's `np.sum` or `np.expand_dims` in a shorter form; None if there is none."""
    x = args[0]
    axis = args[1] if len(args) > 1 else kwargs.get("axis")
    if not isinstance(x, Handle) or not isinstance(x.type, Array) or len(args) > 2 or kwargs.keys() - {
            "axis", "keepdims"}:
        return None
    if function is np.expand_dims:
        return _expanded(x, axis)
    if axis is not None and not isinstance(axis, (int, tuple)):
        return None
    keep = kwargs.get("keepdims", False)
    if not isinstance(keep, bool):
        return None
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    if not axes:
        return None
    return total(x, tuple(sorted(k % x.ndim for k in axes)), keep)


def _expanded(x: Handle, axis: Any) -> Any:
    """New axes by indexing, which is quicker than the function."""
    axes = axis if isinstance(axis, tuple) else (axis,)
    if not all(isinstance(k, int) for k in axes):
        return None
    rank = x.ndim + len(axes)
    return with_new_axes(x, tuple(k % rank for k in axes))


def with_new_axes(x: Handle, new: tuple[int, ...]) -> Any:
    """The array with new axes of length 1, at these places of the result."""
    return x[tuple(None if k in new else slice(None) for k in range(x.ndim + len(new)))]


def without_new_axes(x: Handle, new: tuple[int, ...]) -> Any:
    """The array without these axes, which have length 1: what it was before it got them, if that is known."""
    array, got = _without_new_axes(x)
    if got == new:
        return array
    call = x._emitter.recent.get(x._arg)
    if call is not None:
        args, kwargs = [wrap(x._emitter, a) for a in call.args], {k: wrap(x._emitter, a) for k, a in call.kwargs}
        if call.function is np.sum and kwargs == {"axis": new if len(new) != 1 else new[0], "keepdims": True}:
            return plain(args[0], new, False)
        if call.function is np.negative:
            return -without_new_axes(args[0], new)
        if call.function in (np.multiply, np.divide) and is_number(args[1]):
            inner = without_new_axes(args[0], new)
            return inner * args[1] if call.function is np.multiply else inner / args[1]
    return x[tuple(0 if k in new else slice(None) for k in range(max(new) + 1))]


@dataclass(slots=True)
class _Product:
    """`sign * product(over) / product(under)`"""

    sign: int = 1
    over: list[Any] = field(default_factory=list)
    under: list[Any] = field(default_factory=list)

    def take(self, x: Any, depth: int = 6) -> None:
        """Multiply by an operand, taken apart as far as it is a product that was just computed."""
        found = recent(x) if depth else None
        if found is None:
            self.over.append(x)
        elif found[0] is np.negative:
            self.sign = -self.sign
            self.take(found[1][0], depth - 1)
        elif found[0] is np.multiply:
            for factor in found[1]:
                self.take(factor, depth - 1)
        elif found[0] is np.divide:
            self.take(found[1][0], depth - 1)
            self.under.append(found[1][1])
        else:
            self.over.append(x)


def total(x: Handle, axes: tuple[int, ...], keepdims: bool) -> Any:
    """The sum of an array over some axes."""
    if not x._emitter.factor or x.dtype.kind != "f":
        return plain(x, axes, keepdims)
    one = stretched(x)
    if one is not None:
        for k in axes:
            one = one * x.shape[k]
        return one
    product = _Product()
    product.take(x)
    factors = (*product.over, *product.under)
    if (len(factors) == 1 and product.sign > 0) or any(
            _dims(f) and f.dtype != x.dtype for f in factors):
        return plain(x, axes, keepdims)
    inside = [f for f in product.over if _varies(f, x, axes, keepdims)]
    outside = [f for f in product.over if not _varies(f, x, axes, keepdims)]
    below = [f for f in product.under if not _varies(f, x, axes, keepdims)]
    if len(below) < len(product.under) or not inside or not _spans(inside, x, axes):
        return plain(x, axes, keepdims)
    return _scaled(_sum_of(x, inside, axes, keepdims), product.sign, outside, below)


def _scaled(value: Any, sign: int, outside: list[Any], below: list[Any]) -> Any:
    for f in outside:
        value = value * f
    for f in below:
        value = value / f
    return -value if sign < 0 else value


def _dims(f: Any) -> tuple[Any, ...]:
    if isinstance(f, np.ndarray):
        return tuple(map(size, f.shape))
    return f.type.dims if isinstance(f, Handle) and isinstance(f.type, Array) else ()


def _varies(f: Any, x: Handle, axes: tuple[int, ...], keepdims: bool) -> bool:
    """Whether a factor must stay inside the sum: it varies along a summed axis, or has that axis where it goes."""
    dims = _dims(f)
    offset = x.ndim - len(dims)
    own = [dims[k - offset] for k in axes if k >= offset]
    return bool(own) if not keepdims else any(not (d.known and d.const == 1) for d in own)


def _spans(inside: list[Any], x: Handle, axes: tuple[int, ...]) -> bool:
    """Whether the factors inside have the full length along every summed axis."""
    whole = x.type.dims
    return all(any(k >= x.ndim - len(_dims(f)) and _dims(f)[k - x.ndim] == whole[k] for f in inside) for k in axes)


def _sum_of(x: Handle, inside: list[Any], axes: tuple[int, ...], keepdims: bool) -> Any:
    """The sum of a product, as one call where there is one for it."""
    if len(inside) > 1:
        *others, last = inside
        product = others[0]
        for f in others[1:]:
            product = product * f
        found = _contracted(x, product, last, axes, keepdims)
        if found is not None:
            return found
        return _over_axes_of(x, product * last, axes, keepdims)
    return _over_axes_of(x, inside[0], axes, keepdims)


def _over_axes_of(x: Handle, factor: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """The sum of a factor over axes that are counted in `x`, which may have more in front."""
    more = x.ndim - len(_dims(factor))
    return plain(factor, tuple(k - more for k in axes), keepdims)


def _contracted(x: Handle, a: Handle, b: Handle, axes: tuple[int, ...], keepdims: bool) -> Any:
    """`sum(a * b)` without the product."""
    if not all(isinstance(f, Handle) and isinstance(f.type, Array) for f in (a, b)) or x.ndim > len(LETTERS):
        return None
    if len(axes) == x.ndim and not keepdims and a.type.dims == b.type.dims:
        function = np.dot if x.ndim == 1 else np.vdot
        return a._call(function, a, b, _text=f"np.{function.__name__}")
    if x.ndim < 2:
        return None
    bare = _without_ones(a, x), _without_ones(b, x)
    letters = [_letters(f, x) for f in bare]
    if None in letters or "" in letters:
        return None
    out = "".join(c for k, c in enumerate(LETTERS[:x.ndim]) if k not in axes)
    if not set(out) <= set("".join(letters)) or (keepdims and not out):
        return None
    found = x._call(np.einsum, f"{letters[0]},{letters[1]}->{out}", *(f for f, _ in bare), _text="np.einsum")
    return with_new_axes(found, axes) if keepdims else found


def _without_new_axes(f: Handle) -> tuple[Handle, tuple[int, ...]]:
    """The array that `f` is with new axes, and which of the axes of `f` are new."""
    call = f._emitter.definition.get(f._arg) if isinstance(f._arg, ir.Var) else None
    if isinstance(call, ir.Call) and call.function is prims.item and isinstance(call.args[0], ir.Var):
        new = only_new_axes(call.args[1], f.type)
        if new:
            return Handle(f._emitter, call.args[0]), new
    return f, ()


def _without_ones(f: Handle, x: Handle) -> tuple[Handle, tuple[int, ...]]:
    """The same without all axes of length 1 that the product is longer along; those not new are indexed away."""
    array, new = _without_new_axes(f)
    rank = array.ndim + len(new)
    kept = [k for k in range(rank) if k not in new]
    whole = _dims(x)[x.ndim - rank:]
    ones = [n for n, (k, d) in enumerate(zip(kept, _dims(array), strict=True)) if d == ONE and whole[k] != ONE]
    if not ones or len(ones) == array.ndim:
        return array, new
    index = tuple(0 if n in ones else slice(None) for n in range(max(ones) + 1))
    return array[index], (*new, *(kept[n] for n in ones))


def _letters(f: tuple[Handle, tuple[int, ...]], x: Handle) -> str | None:
    """A factor's axes as letters of the product's; None if it is stretched along one."""
    array, new = f
    dims = _dims(array)
    rank = len(dims) + len(new)
    names = [c for k, c in enumerate(LETTERS[x.ndim - rank:x.ndim]) if k not in new]
    whole = x.type.dims
    places = [k for k in range(x.ndim - rank, x.ndim) if k - (x.ndim - rank) not in new]
    return "".join(names) if all(d == whole[k] for d, k in zip(dims, places, strict=True)) else None


def plain(x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """`x.sum(...)`"""
    if not isinstance(x, Handle) or isinstance(x.type, Num):
        return x
    kwargs: dict[str, Any] = {}
    if len(axes) < x.ndim or keepdims:
        kwargs["axis"] = axes if len(axes) != 1 else axes[0]
    if keepdims:
        kwargs["keepdims"] = True
    return x._call(np.sum, x, _style="method" if x._emitter.factor else "call",
                   _text="sum" if x._emitter.factor else "np.sum", **kwargs)
