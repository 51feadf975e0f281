"""The record of a pullback is its own: what the caller may change later is copied out of the caller's memory."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ..support.shadows import copy_like
from .structure import leaves, map_leaves


def owned(record: Any, caller: Iterable[Any], theirs: Iterable[Any] = ()) -> Any:
    """`record` with a copy of every array that shares memory with the caller's arguments or result. The lists `theirs`
    stay themselves: lists from outside that the reverse sweep appends to.

    Records are tuples and lists of arrays and numbers; a list that appears twice in one appears twice in the other.
    """
    arrays = [leaf for value in caller for _, leaf in leaves(value) if isinstance(leaf, np.ndarray)]
    return _owned(record, arrays, {id(other): other for other in theirs}) if arrays else record


def _owned(record: Any, arrays: list[np.ndarray], made: dict[int, Any]) -> Any:
    if isinstance(record, np.ndarray):
        if id(record) not in made:
            shared = any(np.may_share_memory(record, array) for array in arrays)
            made[id(record)] = record.copy(order="K") if shared else record
        return made[id(record)]
    if isinstance(record, tuple):
        return tuple([_owned(item, arrays, made) for item in record])
    if isinstance(record, list):
        if id(record) not in made:
            new: list[Any] = []
            made[id(record)] = new
            new.extend([_owned(item, arrays, made) for item in record])
        return made[id(record)]
    return record


def copied(values: Any) -> Any:
    """A result, or arguments, with copies of the arrays, laid out in memory as these are."""
    return map_leaves(_copied, values)


def _copied(leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray):
        return copy_like(leaf)
    if not hasattr(type(leaf), "__ad_stop__"):
        return leaf
    from ..bridge_again import within_run

    return np.copy(leaf) if within_run(leaf) and leaf.ndim else leaf


def for_each_run(values: Any, count: int) -> Iterator[Any]:
    """Arguments for `count` runs of a function that may write into them: the caller's own, then copies of these as
    they were."""
    kept = copied(values) if count > 1 else None
    yield values
    for _ in range(1, count):
        yield copied(kept)
