"""Records of a pullback: what it changes while it runs is copied first, so that it can run again."""
from __future__ import annotations

from typing import Any


def fresh_lists(record: Any, copies: dict[int, Any] | None = None) -> Any:
    """`record` with every list in it copied; a list that appears twice is copied once. Arrays are not copied.

    >>> cells = [0.0]
    >>> a, b = fresh_lists((cells, cells))
    >>> a is b, a is cells
    (True, False)
    """
    copies = {} if copies is None else copies
    if isinstance(record, tuple):
        return tuple([fresh_lists(item, copies) for item in record])
    if not isinstance(record, list):
        return record
    if id(record) not in copies:
        new: list[Any] = []
        copies[id(record)] = new
        new.extend([fresh_lists(item, copies) for item in record])
    return copies[id(record)]
