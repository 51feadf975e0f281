"""Colours for the columns of a sparse matrix: columns of one colour have no row in common.

Greedy, in the order given: at most one more than the largest number of other columns that a column meets (Curtis,
Powell, Reid 1974; Coleman, Moré 1983).
"""
from __future__ import annotations

from typing import Any

import numpy as np


def colour_columns(pattern: Any) -> np.ndarray:
    """The colour of each column of a `scipy.sparse` matrix, from 0 on; columns without entries have colour 0.

    >>> from scipy import sparse
    >>> colour_columns(sparse.diags([1.0, 1.0, 1.0], [-1, 0, 1], shape=(5, 5)).tocsr()).tolist()
    [0, 1, 2, 0, 1]
    """
    by_row, by_column = pattern.tocsr(), pattern.tocsc()
    rows, starts = by_column.indices.tolist(), by_column.indptr.tolist()
    colours = [-1] * pattern.shape[1]
    #: of each row, the colours that its columns have so far
    taken: list[set[int]] = [set() for _ in range(by_row.shape[0])]
    for column in range(pattern.shape[1]):
        mine = rows[starts[column]:starts[column + 1]]
        used = set().union(*(taken[row] for row in mine)) if mine else set()
        colour = 0
        while colour in used:
            colour += 1
        colours[column] = colour
        for row in mine:
            taken[row].add(colour)
    return np.array(colours, np.int64)
