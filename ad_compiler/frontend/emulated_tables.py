"""Dicts whose keys are known at run time only, as Python that is read in their place: keys and values in two lists."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any


class Table:
    """`dict`, `collections.defaultdict` (with a `factory`) and `collections.Counter` (with `counting`), from lists of
    keys and of values that are its own.

    >>> table = Table([], [])
    >>> table["a"] = table.get("a", 0.0) + 1.5
    >>> table.setdefault("b", []).append(2.0)
    >>> list(table.items()), "b" in table, len(table)
    ([('a', 1.5), ('b', [2.0])], True, 2)
    """

    def __init__(self, names: list[Any], held: list[Any], factory: Callable[[], Any] | None = None,
                 counting: str | None = None) -> None:
        self.names = names
        self.held = held
        self.factory = factory
        self.counting = counting

    def place(self, key: Any) -> int:
        """Where a key is; -1 where it is not."""
        if isinstance(key, tuple):
            for k in range(len(self.names)):
                if self.names[k] == key:
                    return k
            return -1
        return self.names.index(key) if key in self.names else -1

    def put(self, key: Any, value: Any) -> None:
        """Add a key that is not there."""
        self.names.append(key)
        self.held.append(value)

    def __contains__(self, key: Any) -> bool:
        return self.place(key) >= 0

    def __getitem__(self, key: Any) -> Any:
        k = self.place(key)
        if self.counting is not None:
            return self.held[k] if k >= 0 else 0
        if k < 0:
            if self.factory is None:
                raise KeyError(key)
            self.put(key, self.factory())
        return self.held[k]

    def __setitem__(self, key: Any, value: Any) -> None:
        k = self.place(key)
        if k < 0:
            self.put(key, value)
        else:
            self.held[k] = value

    def __delitem__(self, key: Any) -> None:
        k = self.place(key)
        if k < 0:
            raise KeyError(key)
        self.names.pop(k)
        self.held.pop(k)

    def get(self, key: Any, default: Any = None) -> Any:
        k = self.place(key)
        return self.held[k] if k >= 0 else default

    def setdefault(self, key: Any, default: Any = None) -> Any:
        k = self.place(key)
        if k < 0:
            self.put(key, default)
        return self.held[k]

    def pop(self, key: Any, *default: Any) -> Any:
        k = self.place(key)
        if k < 0:
            if not default:
                raise KeyError(key)
            return default[0]
        self.names.pop(k)
        return self.held.pop(k)

    def update(self, other: Any = (), **more: Any) -> None:
        """Take over the items of another table, or pairs."""
        for key, value in pairs(other):
            self[key] = value
        for key, value in more.items():
            self[key] = value

    def copy(self) -> Table:
        return Table(list(self.names), list(self.held), self.factory, self.counting)

    def keys(self) -> list[Any]:
        return self.names

    def values(self) -> list[Any]:
        return self.held

    def items(self) -> Iterable[tuple[Any, Any]]:
        return zip(self.names, self.held, strict=True)

    def most_common(self, n: int | None = None) -> list[tuple[Any, Any]]:
        """`Counter.most_common`"""
        ranked = sorted(self.items(), key=lambda item: item[1], reverse=True)
        return ranked if n is None else ranked[:n]

    def total(self) -> Any:
        """`Counter.total`"""
        return sum(self.held)

    def __or__(self, other: Any) -> Table:
        new = self.copy()
        new.update(other)
        return new

    def __ior__(self, other: Any) -> Table:
        self.update(other)
        return self

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.names)


def pairs(other: Any) -> Any:
    """The items of a dict, or the pairs that are given instead."""
    return other.items() if hasattr(other, "items") else other


__all__ = ["Table"]
