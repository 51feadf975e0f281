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
Values = dict[ir.Var, list[ir.Arg | ir.Expr | None]]
_NEW = frozenset((np.zeros, np.ones, np.empty, np.full, np.arange, np.linspace, np.eye, np.identity))


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
    variable is assigned, or None; `values` all that it may be."""

    def __init__(self, params: Iterable[ir.Var], definition: Definition, values: Callable[[], Values]) -> None:
        self.definition = definition
        self._values = values
        self._all: Values | None = None
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
        """Whether a variable is an array of its type's sizes in every run: one that begins as a number is not, nor is
        what is computed from one."""
        if var not in self._sure:
            reached: dict[ir.Var, None] = {var: None}
            work, sure = [var], True
            while work and sure:
                for value in self._made_by(work.pop()):
                    arrays = _arrays_of(value)
                    sure = sure and arrays is not None and all(self._sure.get(v, True) for v in arrays)
                    work += [v for v in arrays or () if v not in reached and v not in self._sure]
                    reached.update(dict.fromkeys(arrays or ()))
            if sure:  # nothing that is no array gets into any of them
                self._sure.update(dict.fromkeys(reached, True))
            else:
                self._sure[var] = False
        return self._sure[var]

    def _made_by(self, var: ir.Var) -> list[ir.Arg | ir.Expr | None]:
        if self._all is None:
            self._all = self._values()
        return self._all.get(var) or [None]


def _arrays_of(value: ir.Arg | ir.Expr | None) -> list[ir.Var] | None:
    """The arrays that another one is computed from; None where it may be no array."""
    if isinstance(value, ir.Var):
        return [value] if isinstance(value.type, Array) else None
    if not isinstance(value, ir.Call):
        return None
    arrays = [v for v in visit.variable_list(value) if isinstance(v.type, Array)]
    return arrays if arrays or (value.style == "call" and value.function in _NEW) else None


def values_of(fn: ir.Function) -> Values:
    """All that each variable of a function may be: an expression, or an operand that it is a copy of; None for what is
    not known."""
    found: Values = {}
    for stmt in visit.walk(fn.body):
        if isinstance(stmt, ir.Copy):
            for target, source in zip(stmt.targets, stmt.sources, strict=True):
                found.setdefault(target, []).append(source)
            continue
        for v in visit.defines(stmt):
            found.setdefault(v, []).append(stmt.value if isinstance(stmt, ir.Assign) else None)
    return found


__all__ = ["ShapeSources", "measured", "values_of"]
