"""`torch.linalg`: linear algebra by NumPy's functions of the same names, recorded by their rows of the table."""
from __future__ import annotations

from typing import Any

from runtime.ops.linalg import LINALG, matmul
from runtime.ops.reduce import norm as _norm

globals().update(LINALG)


def vector_norm(x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False) -> Any:
    """The norm of a vector, over `dim` or everything.

    >>> import runtime as torch
    >>> torch.linalg.vector_norm(torch.tensor([3.0, 4.0]))
    tensor(5.)
    """
    return _norm(x, ord, dim, keepdim)


def norm(x: Any, ord: Any = None, dim: Any = None, keepdim: bool = False) -> Any:
    """The norm of a vector, or the Frobenius norm of a matrix."""
    return _norm(x, 2 if ord is None else ord, dim, keepdim)


__all__ = ["matmul", "norm", "vector_norm", *LINALG]
