"""Records of a pullback: what it changes while it runs is copied first, so that it can run again."""
from __future__ import annotations

from typing import Any

import numpy as np

from .shadows import moved, owner


def fresh_lists(record: tuple[Any, ...], changed: tuple[int, ...]) -> tuple[Any, ...]:
    """`record` with every list in it copied, and in the items at the places `changed` the arrays too.

    What appears twice is copied once, and views of one array stay views of one array.

    >>> cells = [0.0]
    >>> a, b = fresh_lists((cells, cells), ())
    >>> a is b, a is cells
    (True, False)
    """
    copies: dict[int, Any] = {}
    return tuple([_fresh(item, copies, i in changed) for i, item in enumerate(record)])


def _fresh(item: Any, copies: dict[int, Any], arrays: bool) -> Any:
    if arrays and isinstance(item, np.ndarray):
        memory = owner(item)
        if id(memory) not in copies:
            copies[id(memory)] = memory.copy(order="K")
        return moved(item, memory, copies[id(memory)])
    if not isinstance(item, list):
        return item.fresh() if hasattr(item, "fresh") else item  # a list that a kernel made
    if id(item) not in copies:
        new: list[Any] = []
        copies[id(item)] = new
        new.extend([_fresh(i, copies, arrays) for i in item])
    return copies[id(item)]


fresh_lists.shared_memory = True  # what was copied: some of it may be views of other parts of it
