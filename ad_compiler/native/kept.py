"""Lists that a kernel made, as other kernels read them: their numbers side by side, without an object for each.

A pullback's record holds them: the forward kernel gives one, the reverse kernel reads it in place. For Python it is a
list: it has items, a length, and may be appended to.
"""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..ir.types import Array, ListOf, Num


class Kept:
    """A list of numbers, or of arrays of one rank, in one array. `sizes` has a row for each array: where its elements
    begin, and its shape. Once it is changed it is a list of objects, `items`.

    >>> from ad_compiler.ir.types import FLOAT
    >>> list(Kept(ListOf(FLOAT), np.array([1.0, 2.0])))
    [1.0, 2.0]
    """

    __slots__ = ("items", "numbers", "sizes", "type")

    def __init__(self, kind: ListOf, numbers: np.ndarray, sizes: np.ndarray | None = None) -> None:
        self.type, self.numbers, self.sizes = kind, numbers, sizes
        self.items: list[Any] | None = None

    def listed(self) -> list[Any]:
        """The items as objects of their own, from now on those that count."""
        if self.items is None:
            self.items = list(self)
        return self.items

    def __len__(self) -> int:
        if self.items is not None:
            return len(self.items)
        return len(self.numbers) if self.sizes is None else len(self.sizes)

    def __iter__(self) -> Iterator[Any]:
        if self.items is not None:
            return iter(self.items)
        return (self[k] for k in range(len(self)))

    def __getitem__(self, k: Any) -> Any:
        if self.items is not None or not isinstance(k, (int, np.integer)):
            return self.listed()[k]
        t = self.type.item
        if self.sizes is not None:
            start, *shape = self.sizes[k].tolist()
            return self.numbers[start:start + int(np.prod(shape))].reshape(shape)
        found = self.numbers[k]
        if isinstance(t, Array):
            return found.reshape(())
        return found.item() if isinstance(t, Num) and t.weak else found

    def __setitem__(self, k: Any, value: Any) -> None:
        self.listed()[k] = value

    def append(self, value: Any) -> None:
        self.listed().append(value)

    def pop(self, k: int = -1) -> Any:
        return self.listed().pop(k)

    def fresh(self) -> list[Any]:
        """A list of the same items."""
        return list(self)


def flat_list(value: Any, kind: ListOf) -> tuple[np.ndarray, ...]:
    """The arrays in which a kernel reads a list: numbers, and for arrays their places and sizes. Raises TypeError for a
    list of anything else."""
    t = kind.item
    assert isinstance(t, (Num, Array))
    if isinstance(value, Kept) and value.items is None:
        return (value.numbers,) if value.sizes is None else (value.numbers, value.sizes)
    items = list(value)
    if isinstance(t, Num):
        found = np.array(items, t.dtype) if not items else np.array(items)
        if found.ndim != 1 or found.dtype.kind not in _KINDS[t.kind]:
            raise TypeError("a list of something else")
        return (found.astype(t.dtype),)
    if not all(isinstance(a, np.ndarray) and a.dtype == t.dtype and a.ndim == t.ndim for a in items):
        raise TypeError("a list of something else")
    numbers = np.concatenate([a.ravel() for a in items]) if items else np.zeros(0, t.dtype)
    if not t.ndim:
        return (numbers,)
    starts = np.cumsum([0, *(a.size for a in items)])
    return numbers, np.array([[start, *a.shape] for start, a in zip(starts, items, strict=False)],
                             np.int64).reshape(-1, t.ndim + 1)


_KINDS = {"b": "b", "i": "i", "u": "u", "f": "fi", "c": "cfi"}
