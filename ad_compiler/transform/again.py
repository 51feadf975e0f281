"""Which value of the forward sweep is meant where the reverse sweep reads a variable, and what gives it a second time.

    for k in range(n):                 for k in reversed(range(n)):
        i = k + 1                          i = k + 1                   counters, sizes, items of what is not written
        low[i] = t             ==>         t = low[i]                  the memory that it was stored in
"""
from __future__ import annotations

import numpy as np

from ..analysis.alias import is_random, view_kind
from ..analysis.indexing import index_type
from ..analysis.later_writes import LaterWrites
from ..analysis.scopes import Scopes
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, ListOf, Num, same_shape
from .recompute import Key

_ARITHMETIC = {np.add, np.subtract, np.multiply, np.negative, np.floor_divide, np.remainder, min, max, len, range}
_COMPARISONS = {np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal, prims.not_, prims.and_,
                prims.or_}


class Again:
    """Facts about the values of one function. `replacement`: those that are available in the reverse sweep, `needed`:
    those that it reads, `chosen`: those that are computed again because that is cheaper on the whole."""

    def __init__(self, fn: ir.Function, later: LaterWrites, scopes: Scopes) -> None:
        self.later, self.scopes = later, scopes
        self.stored = _stored_values(fn)
        self.replacement: dict[Key, ir.Var] = {}
        self.needed: dict[Key, None] = {}
        self.chosen: set[ir.Var] = set()

    # --- which value is meant -------------------------------------------------------------------------------------
    def classify(self, var: ir.Var, block: ir.Block) -> Key | None:
        """How a primal variable is reached from the mirror of `block`; None if it is simply there."""
        home = self.scopes.home(var)
        if home is None or var in self.scopes.targets:
            return None
        path = self.scopes.path[block]
        below = path[path.index(home) + 1:] if home in path else ()
        for inner in reversed(below):
            if inner in self.scopes.loop_bodies and self._assigned_in(var, inner):
                return "iteration", inner, var
        if not self.scopes.in_loop(home):
            return None
        return "local", home, var

    def _assigned_in(self, var: ir.Var, block: ir.Block) -> bool:
        return any(block in self.scopes.path[b] for b, _ in self.scopes.assignments.get(var, ()))

    # --- what gives it again ---------------------------------------------------------------------------------------
    def definition_of(self, var: ir.Var) -> ir.Assign | None:
        found = self.scopes.assignments.get(var, ())
        if len(found) == 1 and isinstance(found[0][1], ir.Assign):
            return found[0][1]
        return None

    def recomputable(self, var: ir.Var, block: ir.Block, depth: int = 0) -> bool:
        return depth <= 8 and self.again(var, block, depth) is not None

    def again(self, var: ir.Var, block: ir.Block, depth: int = 0) -> ir.Call | None:
        """What gives a value a second time: the call that it came from, or the memory that it was stored in."""
        stmt = self.definition_of(var)
        if stmt is None:
            return None
        value = stmt.value
        if isinstance(value, ir.Call) and var in self.chosen:
            return value
        if isinstance(value, ir.Call) and self._cheap(var, value, stmt) and all(
                self._at_hand(v, block, depth) for v in visit.variables(value)):
            return value
        for store in self.stored.get(var, ()):
            if store in block.stmts and self._still_there(store, var) and all(
                    self._at_hand(v, block, depth) for v in [store.base, *visit.variables(store.index)]):
                return ir.Call(prims.item, (store.base, store.index), (), "index")
        return None

    def _still_there(self, store: ir.Store, var: ir.Var) -> bool:
        """Whether what a statement stored is read back by its index when the reverse sweep begins."""
        t = index_type(store.base.type, store.index)[0]
        same = (isinstance(t, Num) and isinstance(var.type, Num)) or same_shape(t, var.type)
        return same and t.dtype == var.type.dtype and not self.later.part_after(
            store.base, store.index, store, but=store)

    def is_free(self, var: ir.Var, block: ir.Block, depth: int = 0) -> bool:
        """Whether a value can be computed again from what is at hand even if nothing is recorded for it."""
        call = self.again(var, block) if depth <= 8 else None
        return call is not None and all(
            (key := self.classify(v, block)) is None or key in self.replacement or key in self.needed
            or (key[0] == "local" and self.is_free(v, key[1], depth + 1)) for v in visit.variables(call))

    def _at_hand(self, var: ir.Var, block: ir.Block, depth: int) -> bool:
        key = self.classify(var, block)
        if key is None or key in self.replacement:
            return True
        return key[0] == "local" and self.recomputable(var, key[1], depth + 1)

    def _cheap(self, var: ir.Var, call: ir.Call, stmt: ir.Stmt) -> bool:
        """Whether computing a value again costs no more than recording it, and gives the same value."""
        if call.function in (prims.dim, prims.shape):
            return True
        try:
            if is_random(call.function):
                return False
            base = call.args[0] if call.args else None
            if isinstance(base, ir.Var) and isinstance(base.type, ListOf):
                return False  # the list may have another length and other items by then
            if call.function is prims.item and isinstance(base, ir.Var) and isinstance(base.type, Array):
                view = view_kind(call) == "always"
                return view or (isinstance(var.type, Num) and not self.later.part_after(base, call.args[1], stmt))
            if view_kind(call) == "always":
                return True
            if isinstance(var.type, Num) and call.function in _ARITHMETIC:
                return True
            return isinstance(var.type, Num) and call.function in _COMPARISONS
        except TypeError:
            return False


def _stored_values(fn: ir.Function) -> dict[ir.Var, list[ir.Store]]:
    """The statements that store a variable in a part of an array which keeps it as it is."""
    found: dict[ir.Var, list[ir.Store]] = {}
    for stmt in visit.walk(fn.body):
        if isinstance(stmt, ir.Store) and stmt.op == "" and stmt.index is not None and isinstance(
                stmt.base.type, Array) and isinstance(stmt.value, ir.Var) and index_type(
                stmt.base.type, stmt.index)[1] != "copy":
            found.setdefault(stmt.value, []).append(stmt)
    return found


__all__ = ["Again"]
