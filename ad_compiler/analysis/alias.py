"""Which variables may share memory, and which memory is written.

Arrays that may share memory form a class (union-find over views, copies of references and containers). A variable that
is a view of another *by construction* (a slice, a transpose) is derived: its root is the variable at the end of that
chain. Roots of one class are related more finely by `pairs` where it matters.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, is_container
from .shapes import index_type

ALWAYS = {np.transpose, np.swapaxes, np.moveaxis, np.expand_dims, np.matrix_transpose, np.real, np.imag, np.flip,
          np.flipud, np.fliplr, np.rollaxis, np.diagonal, np.rot90, np.broadcast_to, np.squeeze}
MAYBE = {np.reshape, np.ravel, np.asarray, np.ascontiguousarray, np.asanyarray, np.atleast_1d, np.atleast_2d,
         np.atleast_3d}


def view_kind(call: ir.Expr) -> str:
    """Whether a call's result shares its first operand's memory: "always", "maybe" or "never"."""
    if not isinstance(call, ir.Call) or not call.args or not isinstance(call.args[0], ir.Var):
        return "never"
    base = call.args[0]
    if not isinstance(base.type, Array):
        return "never"
    if call.function is prims.item:
        return "always" if index_type(base.type, call.args[1])[1] == "view" else "never"
    try:
        if call.function in ALWAYS:
            return "always"
        return "maybe" if call.function in MAYBE else "never"
    except TypeError:
        return "never"


class Aliases:
    """Alias classes of one function."""

    def __init__(self, fn: ir.Function) -> None:
        self._parent: dict[ir.Var, ir.Var] = {}
        self.derivation: dict[ir.Var, ir.Call] = {}
        self._written: set[ir.Var] = set()
        self.writes: dict[ir.Var, list[ir.Stmt]] = {}
        self.maybe: set[ir.Var] = set()
        for stmt in visit.walk(fn.body):
            self._read(stmt)
        for var in list(self._written):
            self._written.add(self.find(var))
        self.definitions: dict[ir.Var, int] = {}

    def find(self, var: ir.Var) -> ir.Var:
        parent = self._parent
        root = var
        while root in parent:
            root = parent[root]
        while var is not root:
            parent[var], var = root, parent[var]
        return root

    def _union(self, a: ir.Var, b: ir.Var) -> None:
        x, y = self.find(a), self.find(b)
        if x is not y:
            self._parent[x] = y

    def _read(self, stmt: ir.Stmt) -> None:
        match stmt:
            case ir.Assign(target, ir.Call() as call):
                kind = view_kind(call)
                if kind != "never":
                    self._union(target, call.args[0])  # type: ignore[arg-type]
                    self.derivation[target] = call
                    if kind == "maybe":
                        self.maybe.add(target)
                else:
                    self._containers(target, call)
            case ir.Assign(target, ir.Var() as source):
                self._union(target, source)
            case ir.Copy(targets, sources):
                for t, s in zip(targets, sources, strict=True):
                    if isinstance(s, ir.Var) and (isinstance(t.type, Array) or is_container(t.type)):
                        self._union(t, s)
            case ir.Store(base):
                self._written.add(base)
                self.writes.setdefault(base, []).append(stmt)
                if not isinstance(base.type, Array) and isinstance(stmt.value, ir.Var):
                    self._hold(base, stmt.value)
            case ir.SetSlot(base, _, value):
                if isinstance(value, ir.Var):
                    self._hold(base, value)
            case ir.Push(stack, value):
                for v in visit.variables(value):
                    self._hold(stack, v)
            case ir.Pop(target, stack):
                self._hold(stack, target)
            case _:
                pass

    def _hold(self, container: ir.Var, item: ir.Var) -> None:
        if isinstance(item.type, Array) or is_container(item.type):
            self._union(container, item)

    def _containers(self, target: ir.Var, call: ir.Call) -> None:
        if is_container(target.type):
            for v in visit.variables(call):
                self._hold(target, v)
        elif isinstance(target.type, Array) and call.args and isinstance(call.args[0], ir.Var) and is_container(
                call.args[0].type) and call.function is prims.item:
            self._hold(call.args[0], target)

    def written(self, var: ir.Var) -> bool:
        """Whether memory that `var` may share is written anywhere in the function."""
        return self.find(var) in self._written

    def array_written(self, var: ir.Var) -> bool:
        """Whether an array (not a list) that `var` may share or hold is written."""
        rep = self.find(var)
        return any(isinstance(base.type, Array) and self.find(base) is rep for base in self.writes)

    def same_class(self, a: ir.Var, b: ir.Var) -> bool:
        return self.find(a) is self.find(b)

    def root(self, var: ir.Var) -> ir.Var:
        """The variable that `var` is a view of, by construction."""
        while var in self.derivation:
            var = self.derivation[var].args[0]  # type: ignore[assignment]
        return var


def is_random(function: Any) -> bool:
    """Whether a function draws random numbers: never to be computed again."""
    owner = getattr(function, "__self__", None)
    return isinstance(owner, np.random.RandomState) or (getattr(function, "__module__", "") or "").startswith(
        "numpy.random")
