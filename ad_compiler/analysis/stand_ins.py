"""Types of results found by running the function on stand-ins for its arguments.

The arrays have the sizes that are known, and 12 for every other; they are filled in several ways, and the results must
agree in rank and dtype. Where all of that fails - a size that is known has to equal one that is not, an index is out of
range of a small axis - the other sizes are those that are known, then all are equal. Where nothing serves, or fills
disagree, the type is unknown and `Untypable` is raised.
"""
from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, ListOf, Num, Seq, Type, unknown_dim
from .infer import Untypable, type_of_value

USUAL = 12


@dataclass(frozen=True)
class _Sizes:
    """Which sizes stand-ins have: `other` where the size is not known, or everywhere if `equal`. The least of those
    that are known and of `other` is `least`."""

    other: int = USUAL
    equal: bool = False
    least: int = USUAL

    def of(self, dim: Any) -> int:
        return dim.const if dim is not None and dim.known and not self.equal else self.other


def stand_in_type(fn: Any, args: Sequence[ir.Arg], kwargs: dict[str, ir.Arg]) -> Type:
    """Run the function on stand-ins, and read the result's type off."""
    given = [*args, *kwargs.values()]
    known = sorted({n for a in given for n in _known_sizes(a)})
    least = min([USUAL, *known])
    for sizes in (_Sizes(least=least), *(_Sizes(n, least=least) for n in known), _Sizes(equal=True)):
        found = _tried(fn, args, kwargs, sizes)
        if found is not None:
            return found
    raise Untypable(f"the result type of {getattr(fn, '__name__', fn)} is not known")


def _tried(fn: Any, args: Sequence[ir.Arg], kwargs: dict[str, ir.Arg], sizes: _Sizes) -> Type | None:
    seen: Type | None = None
    for fill in (_random, _identity, _near_zero, _beyond_one):
        if fill in (_near_zero, _beyond_one) and seen is not None:
            break
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                values = [stand_in(a, fill, sizes) for a in args]
                named = {k: stand_in(a, fill, sizes) for k, a in kwargs.items()}
                found = _opaque_type(fn(*values, **named))
        except Untypable:
            raise
        except Exception:
            continue
        if seen is not None and not _agree(seen, found):
            raise Untypable(f"the result type of {getattr(fn, '__name__', fn)} depends on values")
        seen = found
    return seen


def _known_sizes(arg: Any) -> Iterator[int]:
    if isinstance(arg, ir.Pack):
        yield len(arg.items)
        for item in arg.items:
            yield from _known_sizes(item)
    t = getattr(arg, "type", None)
    if isinstance(t, Array):
        yield from (d.const for d in t.dims if d.known)


def _agree(a: Type, b: Type) -> bool:
    match a, b:
        case Array(), Array():
            return a.dtype == b.dtype and a.ndim == b.ndim
        case Seq(), Seq():
            return len(a.items) == len(b.items) and all(map(_agree, a.items, b.items))
        case _:
            return type(a) is type(b) and getattr(a, "dtype", None) == getattr(b, "dtype", None)


def _opaque_type(value: Any) -> Type:
    """The type of a stand-in result: ranks and dtypes are meant, sizes are not."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "biufc":
            raise Untypable
        return Array(value.dtype, tuple(unknown_dim() for _ in value.shape))
    if isinstance(value, tuple):
        return Seq(tuple(map(_opaque_type, value)), type(value) if hasattr(value, "_fields") else tuple)
    if isinstance(value, list) and value:
        items = [_opaque_type(v) for v in value]
        return ListOf(items[0])
    if isinstance(value, int) and not isinstance(value, bool):
        return Num(np.dtype(np.int64))
    return type_of_value(value)


_RNG_STATE = np.linspace(0.5, 1.5, USUAL**3)


_Fill = Callable[[tuple[int, ...]], np.ndarray]


def _random(shape: tuple[int, ...]) -> np.ndarray:
    n = math.prod(shape)
    k = (np.arange(n) * 7919 + 13) % len(_RNG_STATE)
    return _RNG_STATE[k].reshape(shape)


def _identity(shape: tuple[int, ...]) -> np.ndarray:
    out = _random(shape) * 0.01
    if len(shape) >= 2:
        out = out + out.swapaxes(-1, -2) + np.eye(shape[-1])
    return out


def _near_zero(shape: tuple[int, ...]) -> np.ndarray:
    """So that numbers are in range as indices, too."""
    return _random(shape) * 0.1


def _beyond_one(shape: tuple[int, ...]) -> np.ndarray:
    """For functions that are defined there only, such as `math.acosh`."""
    return _random(shape) + 1


def stand_in(arg: ir.Arg, fill: _Fill, sizes: _Sizes) -> Any:
    if isinstance(arg, ir.Const):
        return arg.value
    if isinstance(arg, ir.Pack):
        items = [stand_in(i, fill, sizes) for i in arg.items]
        if arg.kind == "slice":
            return slice(*items)
        if arg.kind in ("dict", "object"):
            return dict(zip(arg.keys, items, strict=True))
        return tuple(items) if arg.kind == "tuple" else items
    return _stand_in_of(arg.type, fill, sizes)


def _stand_in_of(t: Type, fill: _Fill, sizes: _Sizes) -> Any:
    match t:
        case Array():
            values = fill(tuple(map(sizes.of, t.dims)))
            if t.kind == "c" and fill is _random:  # (complex numbers that are real are the other ways to fill)
                values = values * (1 + 0.3j)
            return _cast(values, t.dtype, sizes.least)
        case Num():
            if t.kind == "i":
                value: Any = sizes.of(t.dim)
            else:
                inexact = 1.7 if fill is _beyond_one else 0.7
                value = {"b": True, "u": sizes.other, "f": inexact, "c": inexact + 0.2j}[t.kind]
            return value if t.weak else t.dtype.type(value)
        case Seq(items):
            return tuple(_stand_in_of(i, fill, sizes) for i in items)
        case ListOf(item) if item is not None:
            return [_stand_in_of(item, fill, sizes) for _ in range(sizes.other)]
        case _:
            raise Untypable


def _cast(values: np.ndarray, dtype: np.dtype[Any], least: int) -> np.ndarray:
    """Integers are places in the shortest axis: a library that gets pivots trusts them, and writes there."""
    if dtype.kind == "b":
        return values > 1
    if dtype.kind in "iu":
        return np.minimum(values * 4, max(least - 1, 0)).astype(dtype)
    return values.astype(dtype)
