"""Classes of the standard library that are not written in Python, as Python that is read in their place."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


class Deque:
    """`collections.deque`

    >>> window = Deque([1.0, 2.0], maxlen=2)
    >>> window.append(3.0)
    >>> list(window), len(window), window[-1]
    ([2.0, 3.0], 2, 3.0)
    """

    def __init__(self, items: Iterable[Any] = (), maxlen: int | None = None) -> None:
        self.items: list[Any] = []
        self.maxlen = maxlen
        for item in items:
            self.append(item)

    def append(self, item: Any) -> None:
        self.items.append(item)
        if self.maxlen is not None and len(self.items) > self.maxlen:
            self.items.pop(0)

    def appendleft(self, item: Any) -> None:
        self.items.insert(0, item)
        if self.maxlen is not None and len(self.items) > self.maxlen:
            self.items.pop()

    def extend(self, items: Iterable[Any]) -> None:
        for item in items:
            self.append(item)

    def pop(self) -> Any:
        return self.items.pop()

    def popleft(self) -> Any:
        return self.items.pop(0)

    def extendleft(self, items: Iterable[Any]) -> None:
        for item in items:
            self.appendleft(item)

    def rotate(self, n: int = 1) -> None:
        if self.items:
            at = -n % len(self.items)
            self.items = self.items[at:] + self.items[:at]

    def clear(self) -> None:
        self.items = []

    def copy(self) -> Deque:
        return Deque(self.items, self.maxlen)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, k: int) -> Any:
        return self.items[k]

    def __setitem__(self, k: int, item: Any) -> None:
        self.items[k] = item

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)


class Namespace:
    """`types.SimpleNamespace`

    >>> point = Namespace(x=1.0, y=2.0)
    >>> point.x + point.y
    3.0
    """

    def __init__(self, **fields: Any) -> None:
        for name, value in fields.items():
            setattr(self, name, value)
