"""Places: where values lie among others. Indices and counts, so no derivative flows through these functions."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.support.dispatch import overridable


@overridable
def cells(columns: list[Any], edges: list[Any]) -> tuple[np.ndarray, np.ndarray]:
    """The flat number of the cell of a grid in which each point lies, and whether it lies in one at all.

    `columns` are the points' coordinates, one array per axis, `edges` the sorted edges of the bins per axis. Each
    bin has its left edge, the last one both. A point outside counts as in cell 0.

    >>> cells([np.array([0.5, 2.0, 3.0])], [np.array([0.0, 1.0, 2.0])])
    (array([0, 1, 0]), array([ True,  True, False]))
    """
    place: Any = 0
    inside: Any = True
    for column, edge in zip(columns, edges, strict=True):
        bins = len(edge) - 1
        index = np.searchsorted(edge, column, side="right") - 1
        index = np.where(np.equal(column, edge[-1]), bins - 1, index)
        inside = inside & (index >= 0) & (index < bins)
        place = place * bins + index
    return np.where(inside, place, 0), inside


@overridable
def unique_places(ar: Any, axis: int | None, equal_nan: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Indices of the first of each of the unique values, the inverse, and the counts, as `np.unique` gives them.

    >>> unique_places(np.array([3.0, 1.0, 3.0]), None, True)
    (array([1, 0]), array([1, 0, 1]), array([1, 2]))
    """
    _, index, inverse, counts = np.unique(ar, True, True, True, axis, equal_nan=equal_nan)
    return index, inverse, counts


@overridable
def common_places(ar1: Any, ar2: Any) -> tuple[np.ndarray, np.ndarray]:
    """Flat indices, in either array, of the first of each of the values that both have, in order.

    >>> common_places(np.array([3.0, 1.0]), np.array([4.0, 3.0]))
    (array([0]), array([1]))
    """
    _, ours, theirs = np.intersect1d(ar1, ar2, return_indices=True)
    return ours, theirs
