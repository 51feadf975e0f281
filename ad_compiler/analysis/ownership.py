"""Who owns the arrays of a function: which memory is made here, and nobody outside has a name for.

Variables that may share memory form a class (`memory.py`). A class is *foreign* if an array in it may come from
elsewhere: an argument, an item of a record, the result of a function that is not known to make new memory.
"""
from __future__ import annotations

import numpy as np

from .. import support
from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array, Num
from .alias import READ_ONLY
from .liveness import Liveness
from .memory import Memory
from .purity import is_fresh


class Ownership:
    """What is known of the memory of one function: `members` of each class, and classes that are not ours to write."""

    def __init__(self, fn: ir.Function) -> None:
        self.memory = Memory(fn)
        self.live = Liveness(fn)
        self.returned: set[ir.Var] = set()
        self.assigned: dict[ir.Var, int] = {}
        found: set[ir.Var] = set()
        stores: list[ir.Store] = []
        assigns: list[ir.Assign] = []
        for stmt in visit.walk(fn.body):
            kind, read, defined = type(stmt), visit.reads(stmt), visit.defines(stmt)
            found.update(read, defined)
            for v in defined:
                self.assigned[v] = self.assigned.get(v, 0) + 1
            if kind is ir.Return:
                self.returned.update(read)
                continue
            self.memory.note(stmt)
            if kind is ir.Assign:
                assigns.append(stmt)
            elif kind is ir.Store:
                stores.append(stmt)
        arrays = {*fn.params, *fn.keywords, *(v for v in found if not isinstance(v.type, Num))}
        self.members: dict[ir.Var, set[ir.Var]] = {}
        for v in arrays:
            self.members.setdefault(self.class_of(v), set()).add(v)
        self.foreign = {self.class_of(v) for v in arrays if not isinstance(v.type, Array)}
        self.written = {self.class_of(s.base) for s in stores}
        for stmt in assigns:
            if isinstance(stmt.target.type, Array) and not self._ours(stmt.value):
                self.foreign.add(self.class_of(stmt.target))

    def class_of(self, var: ir.Var) -> ir.Var:
        """The variable that stands for all that may share memory with this one."""
        return self.memory.elements.find(var)

    def _ours(self, value: ir.Expr) -> bool:
        """Whether an array comes from a call that makes one, or from another variable."""
        if isinstance(value, ir.Call):
            function = value.function
            view = any(isinstance(v.type, Array) for v in visit.variables(value))
            return is_fresh(value) or (view and getattr(function, "__hash__", None) is not None
                                       and function not in READ_ONLY and function is not support.fit
                                       and not _is_diagonal(value))
        return isinstance(value, ir.Var)

    def alive_after(self, stmt: ir.Stmt, var: ir.Var, but: ir.Var) -> bool:
        """Whether memory that `var` may share is read after a statement under another name than `but`."""
        return bool(self.live.after[stmt] & self.live.mask(self.members[self.class_of(var)] - {but}))

    def join(self, a: ir.Var, b: ir.Var) -> None:
        """Note that two variables share memory from now on."""
        one, other = self.class_of(a), self.class_of(b)
        if one is other:
            return
        self.memory.elements.share([one, other])
        joined = self.members.pop(one) | self.members.pop(other)
        self.members[self.class_of(a)] = joined
        for marks in (self.foreign, self.written):
            if one in marks or other in marks:
                marks.add(self.class_of(a))


def _is_diagonal(call: ir.Call) -> bool:
    """Whether `np.diag` gives the diagonal of a matrix, a view that cannot be written."""
    return call.function is np.diag and isinstance(call.args[0].type, Array) and call.args[0].type.ndim > 1
