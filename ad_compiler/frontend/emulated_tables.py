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
        if k >= 0:
            self.names.pop(k)
            self.held.pop(k)
        elif self.counting is None:
            raise KeyError(key)

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

    def popitem(self, last: bool = True) -> tuple[Any, Any]:
        if not self.names:
            raise KeyError("popitem(): dictionary is empty")
        at = len(self.names) - 1 if last else 0
        return self.names.pop(at), self.held.pop(at)

    def move_to_end(self, key: Any, last: bool = True) -> None:
        """`OrderedDict.move_to_end`"""
        value = self.pop(key)
        at = len(self.names) if last else 0
        self.names.insert(at, key)
        self.held.insert(at, value)

    def update(self, other: Any = (), **more: Any) -> None:
        """Take over the items of another table, or pairs; a counter adds what it is given."""
        if self.counting is not None:
            self.count(other, 1)
            if more:
                self.count(more, 1)
            return
        if hasattr(other, "items"):
            for key, value in other.items():
                self[key] = value
        else:
            for key, value in other:
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

    def count(self, other: Any, sign: int) -> None:
        """Add the counts of another counter or dict, or one for each of the items."""
        if hasattr(other, "items"):
            for key, value in other.items():
                self[key] = self[key] + sign * value
        else:
            for key in other:
                self[key] = self[key] + sign

    def subtract(self, other: Any = (), **more: Any) -> None:
        """`Counter.subtract`"""
        self.count(other, -1)
        if more:
            self.count(more, -1)

    def elements(self) -> list[Any]:
        """`Counter.elements`"""
        return [key for key, n in self.items() for _ in range(n)]

    def __add__(self, other: Any) -> Table:
        return self.combined(other, lambda n, m: n + m)

    def __sub__(self, other: Any) -> Table:
        return self.combined(other, lambda n, m: n - m)

    def __and__(self, other: Any) -> Table:
        return self.combined(other, min)

    def combined(self, other: Any, operation: Callable[[Any, Any], Any]) -> Table:
        """Counters key by key, of which only what is positive is kept."""
        if self.counting is None:
            raise TypeError("unsupported operand types for dicts")
        new = Table([], [], None, self.counting)
        for key, n in self.items():
            result = operation(n, other[key])
            if result > 0:
                new.put(key, result)
        for key, m in other.items():
            result = operation(0, m)
            if key not in self and result > 0:
                new.put(key, result)
        return new

    def __or__(self, other: Any) -> Table:
        if self.counting is not None:
            return self.combined(other, max)
        new = self.copy()
        new.update(other)
        return new

    def __ior__(self, other: Any) -> Table:
        if self.counting is not None:
            result = self.combined(other, max)
            self.names.clear()
            self.held.clear()
            for key, value in result.items():
                self.put(key, value)
            return self
        self.update(other)
        return self

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.names)


__all__ = ["Table"]
