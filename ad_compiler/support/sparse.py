"""Sparse matrices that carry no derivatives, in products with arrays that do."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.support.dispatch import overridable


@overridable
def sparse_product(A: Any, x: Any) -> Any:
    """`A @ x` for a constant sparse matrix A of SciPy's and an array x."""
    return A @ x


@overridable
def sparse_transposed(A: Any) -> Any:
    """The transpose of a constant sparse matrix of SciPy's."""
    return A.T


@overridable
def sparse_parts(A: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The stored values of a constant sparse matrix of SciPy's, their rows and their columns."""
    triples = A.tocoo()
    return triples.data, triples.row, triples.col


@overridable
def sparse_shape(A: Any) -> tuple[int, int]:
    """How many rows and columns a constant sparse matrix of SciPy's has."""
    return A.shape
