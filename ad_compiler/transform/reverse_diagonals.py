"""Adjoints of the diagonal of a matrix, and of its sum: an addition to the diagonal of the matrix's cotangent.

    d = np.diag(a)          i = np.arange(a.shape[0])
                            a_bar[i, i] += d_bar
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..ir import nodes as ir
from ..ir import prims
from ..ir.types import Array
from ..rules import find
from .handles import to_arg, wrap
from .reverse_stores import add_at

if TYPE_CHECKING:
    from .reverse import Reverse

_DIAGONALS = (np.diag, np.diagonal, np.trace)


def add_on_diagonal(rev: Reverse, stmt: ir.Assign, call: ir.Call, bar: ir.Operand) -> bool:
    """Add the cotangent of a diagonal of a square matrix, or of its sum, in place. True if done."""
    found = _square_and_offset(call) if rev.emitter.factor else None
    if found is None or found[0] not in rev.active:
        return False
    base, offset = found
    length: Any = wrap(rev.emitter, rev.emitter.call(prims.dim, (base, ir.Const(0)), style="dim"))
    count: Any = wrap(rev.emitter, rev.emitter.call(np.arange, (to_arg(length - abs(offset)),), text="np.arange"))
    shifted = to_arg(count + abs(offset)) if offset else to_arg(count)
    rows, columns = (to_arg(count), shifted) if offset >= 0 else (shifted, to_arg(count))
    add_at(rev, stmt, base, ir.Pack("tuple", (rows, columns)), bar, stmt.target.type, once=True)
    return True


def _square_and_offset(call: ir.Call) -> tuple[ir.Var, int] | None:
    """The matrix whose diagonal a call reads, and which of its diagonals, where that is known."""
    if not any(call.function is f for f in _DIAGONALS):
        return None
    row = find(call.function)
    assert row is not None
    try:
        matrix, *rest = row.bind(call.args, dict(call.kwargs)).values()
    except TypeError:
        return None
    offset, *others = (r.value if isinstance(r, ir.Const) else r for r in rest)
    square = isinstance(matrix, ir.Var) and isinstance(matrix.type, Array) and matrix.type.ndim == 2 and (
        matrix.type.dims[0] == matrix.type.dims[1])
    plain = type(offset) is int and others in ([], [0, 1], [0, 1, None])
    return (matrix, offset) if square and plain else None


__all__ = ["add_on_diagonal"]
