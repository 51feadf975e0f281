"""Reads of an array's shape alone, and where else that shape is known: a value needs not be computed for its size.

    u = np.sin(x)                               shape of u: that of x
    v = np.zeros_like(u_bar)                    u_bar = np.zeros_like(u): v = np.zeros_like(u)

The contents of the array are not read, and often nothing else reads them: dead code elimination asks here.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, Dim

_LIKE = frozenset((np.zeros_like, np.ones_like, np.empty_like, np.full_like))
Definition = Callable[[ir.Var], ir.Expr | None]


def measured(stmt: ir.Stmt) -> ir.Var | None:
    """The array of which a statement reads nothing but the shape (and dtype and layout), if it does."""
    call = stmt.value if type(stmt) is ir.Assign else None
    if type(call) is not ir.Call or not call.args or type(call.args[0]) is not ir.Var:
        return None
    array = call.args[0]
    if not isinstance(array.type, Array) or sum(v is array for v in visit.variable_list(call)) > 1:
        return None
    return array if _is_like(call) or call.function in (prims.dim, prims.shape) or _is_size(call) else None


def _is_like(call: ir.Call) -> bool:
    try:
        return call.function in _LIKE
    except TypeError:
        return False


def _is_size(call: ir.Call) -> bool:
    return call.function is prims.attribute and type(call.args[1]) is ir.Const and call.args[1].value == "size"


class ShapeSources:
    """The arrays of one function whose sizes are the arguments'. `definition` gives the one expression that a
    variable is assigned, or None."""

    def __init__(self, params: Iterable[ir.Var], definition: Definition) -> None:
        self.definition = definition
        self.sized: dict[Dim, tuple[ir.Var, int]] = {}
        self.shaped: dict[tuple[Dim, ...], ir.Var] = {}
        self._sure: dict[ir.Var, bool] = {}
        for p in params:
            if isinstance(p.type, Array):
                self._sure[p] = True
                self.shaped.setdefault(p.type.dims, p)
                for axis, d in enumerate(p.type.dims):
                    if not d.known:
                        self.sized.setdefault(d, (p, axis))

    def other(self, call: ir.Call) -> ir.Call | None:
        """The same read of another array, which is at hand wherever this one is; None if there is none."""
        array = call.args[0]
        assert isinstance(array, ir.Var) and isinstance(array.type, Array)
        if _is_like(call):
            made = self.definition(array)
            if isinstance(made, ir.Call) and _is_like(made) and not made.kwargs and measured(
                    ir.Assign(array, made)) is not None and made.args[0].type == array.type:
                return replace(call, args=(made.args[0], *call.args[1:]))
            return None
        if not self.is_sure(array):
            return None
        dims = array.type.dims
        source = self.shaped.get(dims)
        if source is not None:
            return replace(call, args=(source, *call.args[1:]))
        axis = call.args[1].value if call.function is prims.dim else 0
        if call.function is not prims.dim and not (_is_size(call) and len(dims) == 1):
            return None
        found = self.sized.get(dims[axis])
        return None if found is None else ir.Call(prims.dim, (found[0], ir.Const(found[1])), (), "dim")

    def is_sure(self, var: ir.Var) -> bool:
        """Whether a variable is an array of its type's sizes in every run: one that begins as a number is not."""
        known = self._sure.get(var)
        if known is None:
            self._sure[var] = False  # while it is looked into
            made = self.definition(var)
            operands = visit.variable_list(made) if isinstance(made, ir.Call) else []
            arrays = [v for v in operands if isinstance(v.type, Array)]
            known = self._sure[var] = bool(arrays) and all(map(self.is_sure, arrays))
        return known


__all__ = ["ShapeSources", "measured"]
