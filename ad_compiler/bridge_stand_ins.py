"""Stand-ins for arguments of which only the types are known: numbers of their kinds, arrays of made-up sizes.

In the first run sizes are those of the call at hand; in the second each symbol has another one, so that the sizes of a
result tell which of them they are.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

import numpy as np

from .frontend.values import HeapV, TupleV, Value
from .ir import nodes as ir
from .ir.types import Array, Dim, Num

_OTHERS = (6, 10, 9, 14, 16, 21, 22, 25)
_known: ContextVar[Mapping[str, int]] = ContextVar("sizes of the call at hand", default=MappingProxyType({}))


@contextmanager
def sizes_at_hand(sizes: Mapping[str, int]) -> Iterator[None]:
    """While compiling for a call: the sizes of its arguments, by symbol."""
    token = _known.set(sizes)
    try:
        yield
    finally:
        _known.reset(token)


class Sizes:
    """The sizes that symbols have in one run: in the first those of the call at hand, where they are known."""

    def __init__(self, run: int) -> None:
        self.known = dict(_known.get()) if run == 0 else dict[str, int]()
        self.integer = 2 + run
        self.step = 2 * run + 3
        self.rng = np.random.default_rng(run)

    def of(self, dim: Dim) -> int:
        """A size. Raises ValueError if it would be negative."""
        total = dim.const
        for name, count in dim.terms:
            if name not in self.known:
                k = len(self.known)
                self.known[name] = _OTHERS[k % len(_OTHERS)] + self.step + 30 * (k // len(_OTHERS))
            total += count * self.known[name]
        if total < 0:
            raise ValueError("no stand-in has this size")
        return total


def stand_ins(values: list[Value], run: int) -> tuple[list[Any], Sizes]:
    """Arguments to try a function on in the first or second run, and the sizes that were chosen."""
    sizes = Sizes(run)
    return [_stand_in(v, sizes) for v in values], sizes


def _stand_in(value: Value, sizes: Sizes) -> Any:
    match value:
        case ir.Const():
            return value.value
        case TupleV(items, cls):
            parts = [_stand_in(v, sizes) for v in items]
            return cls(*parts) if hasattr(cls, "_fields") else cls(parts)
        case HeapV(cls) if cls is list:
            return [_stand_in(v, sizes) for v in value.slots.values()]
        case HeapV(cls) if cls is dict:
            return {k: _stand_in(v, sizes) for k, v in value.slots.items()}
        case ir.Var():
            return _of_type(value.type, sizes)
    raise TypeError("an argument that is no number")


def _of_type(t: Any, sizes: Sizes) -> Any:
    if isinstance(t, Array):
        return _numbers(t.dtype, tuple(map(sizes.of, t.dims)), sizes)
    if not isinstance(t, Num):
        raise TypeError("an argument that is no number")
    if t.kind in "iu":
        size = sizes.of(t.dim) if t.dim is not None else sizes.integer
        return size if t.weak else t.dtype.type(size)
    number = _numbers(t.dtype, (), sizes)[()]
    return number.item() if t.weak else number


def _numbers(dtype: np.dtype[Any], shape: tuple[int, ...], sizes: Sizes) -> np.ndarray:
    drawn = sizes.rng.uniform(0.2, 0.9, shape)
    if dtype.kind == "b":
        return np.asarray(drawn > 0.5)
    if dtype.kind in "iu":
        return np.asarray(drawn * 3).astype(dtype)
    return np.asarray(drawn + 0.1j if dtype.kind == "c" else drawn).astype(dtype)


__all__ = ["Sizes", "stand_ins"]
