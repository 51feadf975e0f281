"""Sets of what is known at run time only, as Python that is read in their place: the items in a list."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


class Members:
    """`set`, from a list that is its own. Once an item was removed its order is not that of Python's set any more.

    >>> seen = Members([])
    >>> seen.add(3)
    >>> seen.update([1, 3])
    >>> 3 in seen, 2 in seen, len(seen), sorted(seen)
    (True, False, 2, [1, 3])
    """

    def __init__(self, held: list[Any]) -> None:
        self.held = held
        self.thinned: str | None = None

    def place(self, item: Any) -> int:
        """Where an item is; -1 where it is not."""
        if isinstance(item, tuple):
            for k in range(len(self.held)):
                if self.held[k] == item:
                    return k
            return -1
        return self.held.index(item) if item in self.held else -1

    def __contains__(self, item: Any) -> bool:
        return self.place(item) >= 0

    def add(self, item: Any) -> None:
        if self.place(item) < 0:
            self.held.append(item)

    def discard(self, item: Any) -> None:
        k = self.place(item)
        if k >= 0:
            self.held.pop(k)
        self.thinned = "thinned"

    def remove(self, item: Any) -> None:
        k = self.place(item)
        if k < 0:
            raise KeyError(item)
        self.held.pop(k)
        self.thinned = "thinned"

    def clear(self) -> None:
        self.held.clear()

    def update(self, *others: Any) -> None:
        for other in others:
            for item in other:
                self.add(item)

    def copy(self) -> Members:
        return Members(list(self.held))

    def union(self, *others: Any) -> Members:
        out = self.copy()
        out.update(*others)
        return out

    def intersection(self, other: Any) -> Members:
        return Members([item for item in self.held if item in other])

    def difference(self, other: Any) -> Members:
        return Members([item for item in self.held if item not in other])

    def symmetric_difference(self, other: Any) -> Members:
        out = self.difference(other)
        out.update([item for item in other if item not in self])
        return out

    def issubset(self, other: Any) -> bool:
        return all(item in other for item in self.held)

    def issuperset(self, other: Any) -> bool:
        return all(item in self for item in other)

    def isdisjoint(self, other: Any) -> bool:
        return not any(item in other for item in self.held)

    def __or__(self, other: Any) -> Members:
        return self.union(other)

    def __and__(self, other: Any) -> Members:
        return self.intersection(other)

    def __sub__(self, other: Any) -> Members:
        return self.difference(other)

    def __xor__(self, other: Any) -> Members:
        return self.symmetric_difference(other)

    def __ior__(self, other: Any) -> Members:
        self.update(other)
        return self

    def __iand__(self, other: Any) -> Members:
        self.held[:] = [item for item in self.held if item in other]
        return self

    def __isub__(self, other: Any) -> Members:
        self.held[:] = [item for item in self.held if item not in other]
        return self

    def __ixor__(self, other: Any) -> Members:
        new = [item for item in other if item not in self]
        self -= other
        self.update(new)
        return self

    def __le__(self, other: Any) -> bool:
        return self.issubset(other)

    def __ge__(self, other: Any) -> bool:
        return self.issuperset(other)

    def __eq__(self, other: object) -> bool:
        return len(self) == len(other) and self.issubset(other)

    __hash__: Any = None

    def __len__(self) -> int:
        return len(self.held)

    def __iter__(self) -> Iterator[Any]:
        return iter(in_order(self.held, self.thinned))


def in_order(items: Iterable[Any], thinned: str | None) -> list[Any]:
    """The items as a set of them is run through."""
    return list(set(items))


__all__ = ["Members", "in_order"]
