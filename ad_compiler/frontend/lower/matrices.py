"""Sparse matrices and linear operators from outside: constants, in products with arrays of the program."""
from __future__ import annotations

from typing import Any

import numpy as np

from ... import support
from ...analysis.infer import type_of
from ...ir import nodes as ir
from ...ir.types import Array, Passive
from ..lowering import Lowering
from ..values import ExternalV, Value


def is_matrix(value: Value) -> bool:
    """Whether a value is a sparse matrix of SciPy's, or what was made from one."""
    if isinstance(value, (ExternalV, ir.Const)):
        return is_sparse(value.value)
    return isinstance(value, ir.Var) and isinstance(value.type, Passive) and value.hint == "matrix"


def is_sparse(value: Any) -> bool:
    """Whether an object is one of `scipy.sparse`."""
    return type(value).__module__.startswith("scipy.sparse") and hasattr(value, "T")


def sparse_product(lo: Lowering, left: Value, right: Value, by_matmul: bool, hint: str | None) -> Value | None:
    """`A @ x` and `x @ A` for a constant sparse matrix and an array; `A * x` where that means the same."""
    if is_matrix(left) and isinstance(lo.type_of(right), Array) and (by_matmul or _multiplies(left)):
        return lo.call(support.sparse_product, (lo.operand(left), lo.operand(right)), hint=hint)
    if is_matrix(right) and isinstance(lo.type_of(left), Array) and by_matmul:
        turned = lo.operand(left)
        many = type_of(turned).ndim > 1
        if many:
            turned = lo.call(np.transpose, (turned,), style="attribute", text="T")
        found = lo.call(support.sparse_product, (lo.operand(transposed(lo, right)), turned), hint=hint)
        return lo.call(np.transpose, (found,), style="attribute", text="T", hint=hint) if many else found
    return None


def taken_apart(lo: Lowering, matrix: Value, node: Any) -> Value:
    """A constant matrix by its stored values, for operators that make another matrix of it."""
    from ...rules.written.scipy_sparse import by_rows
    from .calls import call_value

    return call_value(lo, ir.Const(by_rows), [matrix], {}, node, None)


def _multiplies(matrix: Value) -> bool:
    """Whether `*` is the matrix product: of SciPy's matrices, not of its sparse arrays."""
    return isinstance(matrix, (ExternalV, ir.Const)) and hasattr(matrix.value, "getH")


def transposed(lo: Lowering, matrix: Value) -> Value:
    """The transpose of a constant matrix."""
    return lo.call(support.sparse_transposed, (lo.operand(matrix),), hint="matrix", type_=Passive(None))
