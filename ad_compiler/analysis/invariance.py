"""Maxima that only keep numbers small: what is subtracted before `exp` and added back after `log`.

    shifted = scores - np.max(scores, axis=1, keepdims=True)
    loss = np.log(np.sum(np.exp(shifted), axis=1)) - shifted[rows, labels]        does not depend on the maximum

Call the maximum c. A variable whose derivative by c is a constant k is *shifted* by c, one whose derivative is k times
itself is *scaled* by it: `exp` makes the first the second, `log` the second the first, sums over axes along which c
does not vary keep the second. If all results come out with k = 0, no derivative passes through c, and its adjoint,
which would add up to zero, need not be computed. (Blanchard, Higham, Higham, "Accurately computing the log-sum-exp and
softmax functions", 2021, for why programs do this.)
"""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array
from .activity import is_constant
from .indexing import index_items
from .infer import dim_of, type_of
from .shape_arguments import axes_of

EXTREMA = (np.max, np.min)
_BOTH = (np.sum, np.mean, np.max, np.min)


@dataclass(frozen=True, slots=True)
class Follows:
    """How a variable depends on the maximum c: shifted by `k * c` or scaled by `exp(k * c)`. `axes` says for each axis
    of the variable which axis of c it runs along (None: c does not vary along it)."""

    scaled: bool
    k: float
    axes: tuple[int | None, ...]


class _Fails(Exception):
    """A variable depends on the maximum in another way."""


def without_derivative(fn: ir.Function, outputs: Iterable[ir.Var]) -> set[ir.Var]:
    """The maxima and minima of a function on which its outputs do not depend, whatever their value."""
    found = set()
    outputs = set(outputs)
    candidates = [s for s in visit.walk(fn.body) if isinstance(s, ir.Assign) and isinstance(s.value, ir.Call)
                  and _in(s.value.function, EXTREMA) and s.target not in outputs]
    for stmt in candidates:
        try:
            _Walk(fn, outputs, stmt)
        except _Fails:
            continue
        found.add(stmt.target)
    return found


def _in(function: Any, functions: tuple[Any, ...]) -> bool:
    return any(function is f for f in functions)


class _Walk:
    """Follows one maximum through a function; raises `_Fails` where an output depends on it."""

    def __init__(self, fn: ir.Function, outputs: set[ir.Var], stmt: ir.Assign) -> None:
        self.known: dict[ir.Var, Follows] = {}
        self.definition: dict[ir.Var, ir.Expr] = {}
        assert isinstance(stmt.value, ir.Call)
        self.known[stmt.target] = Follows(False, 1.0, self._own_axes(stmt.target, stmt.value))
        for other in visit.walk(fn.body):
            if isinstance(other, ir.Assign):
                self.definition[other.target] = other.value
            if other is not stmt:
                self._statement(other)
        if any(v in self.known for v in outputs):
            raise _Fails

    def _own_axes(self, target: ir.Var, call: ir.Call) -> tuple[int | None, ...]:
        named = dict(call.kwargs)
        if len(call.args) not in (1, 2) or named.keys() - {"axis", "keepdims"} or not isinstance(target.type, Array):
            if isinstance(target.type, Array):
                raise _Fails
            return ()
        gone = self._reduced(call)
        kept = target.type.ndim == call.args[0].type.ndim
        return tuple(None if kept and k in gone else k for k in range(target.type.ndim))

    def _reduced(self, call: ir.Call) -> tuple[int, ...]:
        reduced, *rest = call.args
        axis = rest[0] if rest else dict(call.kwargs).get("axis", ir.Const(None))
        t = type_of(reduced)
        if not isinstance(t, Array):
            raise _Fails
        return axes_of(axis, t.ndim)

    def _statement(self, stmt: ir.Stmt) -> None:
        read = [v for v in visit.reads(stmt) if v in self.known]
        if not read:
            return
        if isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call):
            if is_constant(stmt.value):
                return
            follows = self._call(stmt.value)
            if follows is not None and follows.k:
                self.known[stmt.target] = follows
            return
        if isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Var):
            self.known[stmt.target] = self.known[stmt.value]
            return
        if not isinstance(stmt, (ir.If, ir.While, ir.Effect, ir.Raise, ir.Return)):
            raise _Fails

    def _of(self, arg: ir.Arg) -> Follows | None:
        if isinstance(arg, ir.Pack):
            if any(v in self.known for v in visit.variables(arg)):
                raise _Fails
            return None
        return self.known.get(arg) if isinstance(arg, ir.Var) else None

    # --- calls ----------------------------------------------------------------------------------------------------
    def _call(self, call: ir.Call) -> Follows | None:
        f = call.function
        if f is prims.item:
            return self._item(call)
        if len(call.args) == 2 and not call.kwargs and _in(f, (np.add, np.subtract, np.multiply, np.divide)):
            return self._binary(f, call.args[0], call.args[1])
        one = self._of(call.args[0]) if call.args else None
        if one is None or any(v in self.known for a in (*call.args[1:], *(a for _, a in call.kwargs))
                              for v in visit.variables(a)):
            raise _Fails
        if _in(f, _BOTH):
            return self._reduction(call, one)
        if len(call.args) == 1 and not call.kwargs:
            return self._unary(f, one)
        raise _Fails

    def _unary(self, f: Any, one: Follows) -> Follows:
        if f is np.negative:
            return one if one.scaled else Follows(False, -one.k, one.axes)
        if f is np.exp and not one.scaled:
            return Follows(True, one.k, one.axes)
        if f is np.log and one.scaled:
            return Follows(False, one.k, one.axes)
        if f is np.sqrt and one.scaled:
            return Follows(True, one.k / 2, one.axes)
        raise _Fails

    def _reduction(self, call: ir.Call, one: Follows) -> Follows:
        """A sum of scaled numbers is scaled; a mean or an extreme of shifted ones is shifted as they are."""
        named = dict(call.kwargs)
        if len(call.args) not in (1, 2) or named.keys() - {"axis", "keepdims"}:
            raise _Fails
        gone = self._reduced(call)
        counted = not one.scaled and call.function is np.sum  # shifted by as much as there are elements
        if counted or any(one.axes[k] is not None for k in gone):
            raise _Fails
        keep = named.get("keepdims", ir.Const(False))
        if not isinstance(keep, ir.Const):
            raise _Fails
        return Follows(one.scaled, one.k, tuple(a for k, a in enumerate(one.axes) if keep.value or k not in gone))

    def _binary(self, f: Any, a: ir.Arg, b: ir.Arg) -> Follows | None:
        one, two = self._of(a), self._of(b)
        rank = max(_ndim(a), _ndim(b))
        axes = {_aligned(x.axes, rank) for x in (one, two) if x is not None}
        if len(axes) > 1:
            raise _Fails
        (where,) = axes
        if _in(f, (np.add, np.subtract)):
            if one is not None and two is not None and one.scaled and two.scaled and one.k == two.k:
                return Follows(True, one.k, where)
            sign = 1.0 if f is np.add else -1.0
            if any(x is not None and x.scaled for x in (one, two)):
                raise _Fails
            return Follows(False, (one.k if one else 0.0) + sign * (two.k if two else 0.0), where)
        sign = 1.0 if f is np.multiply else -1.0
        if all(x is None or x.scaled for x in (one, two)):
            return Follows(True, (one.k if one else 0.0) + sign * (two.k if two else 0.0), where)
        number, shifted = (a, two) if two is not None and f is np.multiply else (b, one)
        if shifted is None or not isinstance(number, ir.Const) or not isinstance(number.value, (int, float)):
            raise _Fails
        return Follows(False, shifted.k * number.value ** sign, where)

    def _item(self, call: ir.Call) -> Follows | None:
        base, index = call.args
        one = self._of(base)
        if one is None or not isinstance(base, ir.Var) or not isinstance(base.type, Array):
            raise _Fails
        if any(v in self.known for v in visit.variables(index)):
            raise _Fails
        items = index_items(index)
        if items and all(isinstance(i, ir.Var) and isinstance(i.type, Array) and i.type.kind in "iu"
                         and i.type.ndim == 1 for i in items) and len(items) == base.type.ndim:
            return Follows(one.scaled, one.k, (self._picked(base.type, one.axes, items),))
        axes, left = [], list(one.axes)
        for item in items:
            if isinstance(item, ir.Const) and item.value is None:
                axes.append(None)
            elif _whole(item):
                axes.append(left.pop(0))
            elif left.pop(0) is not None or isinstance(getattr(item, "type", None), Array) or (
                    isinstance(item, ir.Const) and item.value is Ellipsis):
                raise _Fails
            elif isinstance(item, ir.Pack):
                axes.append(None)
        return Follows(one.scaled, one.k, (*axes, *left))

    def _picked(self, t: Array, axes: tuple[int | None, ...], items: list[Any]) -> int | None:
        """One element of each row: the row numbers must be 0, 1, 2, ..."""
        along = [(k, a) for k, a in enumerate(axes) if a is not None]
        for k, _ in along:
            call = self.definition.get(items[k])
            if not isinstance(call, ir.Call) or call.function is not np.arange or len(call.args) != 1:
                raise _Fails
            if call.kwargs or dim_of(call.args[0]) != t.dims[k]:
                raise _Fails
        if len(along) > 1:
            raise _Fails
        return along[0][1] if along else None


def _ndim(arg: ir.Arg) -> int:
    t = getattr(arg, "type", None)
    return t.ndim if isinstance(t, Array) else 0


def _aligned(axes: tuple[int | None, ...], rank: int) -> tuple[int | None, ...]:
    return (None,) * (rank - len(axes)) + axes


def _whole(item: ir.Arg) -> bool:
    return isinstance(item, ir.Pack) and item.kind == "slice" and all(
        isinstance(p, ir.Const) and p.value is None for p in item.items)
