"""Axes of a batch in structures of values: integers, None, and tuples and dicts of these."""
from __future__ import annotations

from typing import Any

#: Axes of a result: the batch in front of what differs between examples, and nothing in front of the rest.
AS_THEY_ARE = "as they are"


def hashable(axes: Any) -> Any:
    """Axes as a part of a signature."""
    if isinstance(axes, (tuple, list)):
        return tuple(map(hashable, axes))
    return axes if not isinstance(axes, dict) else Axes((k, hashable(v)) for k, v in axes.items())


class Axes(dict[Any, Any]):
    """Axes by key, hashable."""

    def __hash__(self) -> int:
        return hash(tuple(self.items()))
