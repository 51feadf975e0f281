"""Set what is zero, instead of adding to it, in adjoint code; add twice to one place in one step.

    low_bar[j, j] = 0.0
    low_bar[j, :j] -= t * row             low_bar[j, :j] -= t * row
    low_bar[j, j] += t            ==>     low_bar[j, j] = t

    x_bar = np.zeros_like(x)              x_bar = np.zeros_like(x)
    for i in range(n):                    for i in range(n):
        x_bar[i] += y[i] * 2.0    ==>         x_bar[i] = y[i] * 2.0        no other iteration has to do with x_bar[i]

    a_bar[i] += t
    a_bar[i] += t_1               ==>     a_bar[i] += t + t_1

What lies between two statements may have to do with other parts of the array: parts are compared as intervals over
the loop counters (`analysis/regions.py`).
"""
from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..analysis.alias import Aliases
from ..analysis.indexing import index_type
from ..analysis.later_writes import LaterWrites
from ..analysis.purity import is_fresh
from ..analysis.regions import Region
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, Num
from .row_adjoint import same_index

_ZEROS = (np.zeros_like, np.zeros)
_SIGNED = {"+": np.add, "-": np.subtract}


def fill(fn: ir.Function) -> ir.Function:
    """The function with fewer statements that clear and add."""
    known: _Fill | None = None
    if _has_pairs(fn.body):
        known = _Fill(fn)
        body = known.joined(fn.body)
        if known.changed:
            fn, known = fn.with_body(body), None
    if not _adds_to_zeros(fn):
        return fn
    known = known or _Fill(fn)
    return fn.with_body(known.set(fn.body))


def _has_pairs(block: ir.Block) -> bool:
    """Whether two statements of one block write to the same part of one array, the second one adding."""
    seen: dict[ir.Var, list[ir.Arg]] = {}
    for stmt in block.stmts:
        if isinstance(stmt, ir.Store):
            if stmt.index is None or stmt.scatter or not is_ours(stmt):
                continue
            known = seen.setdefault(stmt.base, [])
            if stmt.op in _SIGNED and any(same_index(stmt.index, i) for i in known):
                return True
            known.append(stmt.index)
        elif any(map(_has_pairs, visit.blocks(stmt))):
            return True
    return False


def _adds_to_zeros(fn: ir.Function) -> bool:
    """Whether a statement adds to a part of what may be an array of zeros."""
    zeros: set[ir.Var] = set()
    for stmt in visit.walk(fn.body):
        if isinstance(stmt, ir.Assign):
            if isinstance(stmt.value, ir.Call) and stmt.value.style == "call" and stmt.value.function in _ZEROS:
                zeros.add(stmt.target)
        elif isinstance(stmt, ir.Copy):
            zeros.update(t for t, s in zip(stmt.targets, stmt.sources, strict=True) if s in zeros)
        elif isinstance(stmt, ir.Store) and stmt.op == "+" and stmt.index is not None and stmt.base in zeros and (
                is_ours(stmt)):
            return True
    return False


class Parts:
    """What is known of one function: its memory, and the statements that have to do with each class of it."""

    def __init__(self, fn: ir.Function) -> None:
        self.aliases = Aliases(fn)
        self.later = LaterWrites(fn, self.aliases)
        self.touching: dict[ir.Var, list[ir.Stmt]] = {}
        self._parts: dict[tuple[ir.Stmt, ir.Var], tuple[Region | None, ...]] = {}
        self.assigned: dict[ir.Var, list[ir.Stmt]] = {}
        for stmt in visit.walk(fn.body):
            for v in visit.defines(stmt):
                self.assigned.setdefault(v, []).append(stmt)
            for rep in {self.aliases.find(v) for v in _arrays(stmt)}:
                self.touching.setdefault(rep, []).append(stmt)
        self.params = {*fn.params, *fn.keywords}
        self.foreign = {self.aliases.find(v) for v in self.params}  # memory that may have names not known here
        for var, made in self.assigned.items():
            if not isinstance(var.type, Num) and not all(self._known(var, stmt) for stmt in made):
                self.foreign.add(self.aliases.find(var))

    def _known(self, var: ir.Var, stmt: ir.Stmt) -> bool:
        """Whether a statement makes new memory, or names some that is known."""
        if not isinstance(stmt, ir.Assign):
            return isinstance(stmt, (ir.Copy, ir.Pop, ir.For))
        known = isinstance(stmt.value, ir.Var) or var in self.aliases.derivation or var in self.aliases.shared_with
        return known or is_fresh(stmt.value) or (isinstance(stmt.value, ir.Call) and stmt.value.style == "display")

    def parts(self, stmt: ir.Stmt, rep: ir.Var) -> tuple[Region | None, ...]:
        """The parts of some memory that a statement reads or writes; None for one that is not known."""
        if (stmt, rep) not in self._parts:
            self._parts[stmt, rep] = tuple(self._parts_of(stmt, rep))
        return self._parts[stmt, rep]

    def _parts_of(self, stmt: ir.Stmt, rep: ir.Var) -> Iterable[Region | None]:
        if isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call) and stmt.value.function is prims.item and \
                isinstance(stmt.value.args[0], ir.Var) and self.aliases.find(stmt.value.args[0]) is rep:
            if stmt.target not in self.aliases.derivation:  # a view reads nothing
                yield self.later.regions.of_index(stmt.value.args[0], stmt.value.args[1])
            return
        if isinstance(stmt, ir.Store) and self.aliases.find(stmt.base) is rep:
            yield self.later.regions.of_index(stmt.base, stmt.index)
        for v in _arrays(stmt):
            if self.aliases.find(v) is rep and not (isinstance(stmt, ir.Store) and v is stmt.base):
                yield self.later.regions.of_view(v) if isinstance(v.type, Array) else None


class _Fill(Parts):
    """Joins statements that write to the same part, and lets the first one set it."""

    def __init__(self, fn: ir.Function) -> None:
        super().__init__(fn)
        self.changed = False

    def joined(self, block: ir.Block) -> ir.Block:
        """The block with statements that clear or add joined to those that add to the same part."""
        stmts = [visit.with_blocks(s, self.joined) for s in block.stmts]
        for i, stmt in enumerate(stmts):
            if isinstance(stmt, ir.Store) and is_ours(stmt) and stmt.index is not None and not stmt.scatter and \
                    self.aliases.find(stmt.base) not in self.foreign:
                self._store(stmts, i, stmt)
        return ir.Block([s for s in stmts if not isinstance(s, ir.Comment) or s.text])

    def set(self, block: ir.Block) -> ir.Block:
        """The block with statements that add to zero setting instead."""
        return visit.replaced(block, lambda stmt: [
            ir.Store(stmt.base, stmt.index, "", stmt.value, stmt.origin)] if isinstance(
            stmt, ir.Store) and self._is_first(stmt) else None)

    # --- two statements of one block --------------------------------------------------------------------------------
    def _store(self, stmts: list[ir.Stmt], i: int, first: ir.Store) -> None:
        """Join a statement that clears a part, or adds to it, with the next one that adds to the same part."""
        clears = first.op == "" and isinstance(first.value, ir.Const) and first.value.value == 0
        if not clears and (first.op not in _SIGNED or not self._joinable(first)):
            return
        region = self.later.regions.of_index(first.base, first.index)
        for j in range(i + 1, len(stmts)):
            stmt = stmts[j]
            if isinstance(stmt, ir.Store) and stmt.base is first.base and stmt.op in _SIGNED and is_ours(
                    stmt) and not stmt.scatter and stmt.index is not None and same_index(stmt.index, first.index):
                if self._reads_own(stmt) or self._reads_own(first):
                    return
                if clears:
                    self._set(stmts, i, j, stmt)
                elif self._joinable(stmt):
                    self._add_both(stmts, i, j, first, stmt)
                return
            if not self._passes(stmt, first, region):
                return

    def _reads_own(self, store: ir.Store) -> bool:
        """Whether what is stored may lie in the memory that it is stored to: `x[::-1] -= x`."""
        value = store.value
        return isinstance(value, ir.Var) and isinstance(value.type, Array) and (
            self.aliases.find(value) is self.aliases.find(store.base))

    def _passes(self, stmt: ir.Stmt, first: ir.Store, region: Region | None) -> bool:
        """Whether it makes no difference if a statement comes before a store or after it."""
        if isinstance(stmt, (ir.Break, ir.Return, ir.Raise, ir.Effect, ir.Ruled, ir.Given)):
            return False
        rep = self.aliases.find(first.base)
        index = set(visit.variable_list(first.index))
        for inner in visit.walk(ir.Block([stmt])):
            if isinstance(inner, (ir.Break, ir.Return)) or not index.isdisjoint(visit.defines(inner)):
                return False
            for part in self.parts(inner, rep):
                if inner is not stmt or region is None or part is None or part.root is not region.root or \
                        not region.disjoint(part, self.later.regions.bounds):
                    return False
        if isinstance(first.value, ir.Var) and first.op:  # what is added must still be the same
            return first.value not in visit.defines(stmt) and (isinstance(first.value.type, Num) or not any(
                self.aliases.find(s.base) is self.aliases.find(first.value)
                for s in visit.walk(ir.Block([stmt])) if isinstance(s, ir.Store)))
        return True

    def _set(self, stmts: list[ir.Stmt], i: int, j: int, stmt: ir.Store) -> None:
        self.changed = True
        stmts[i] = ir.Comment("")
        value = stmt.value
        if stmt.op == "+" and isinstance(value, ir.Var) and self._holds(stmts, i, value, stmt):
            stmts[j] = ir.Comment("")  # it is set to what it is
            return
        if stmt.op == "-":
            value = ir.Var("t", value.type) if isinstance(value, ir.Var) else ir.Const(-value.value)
            if isinstance(value, ir.Var):
                stmts[j] = ir.Assign(value, ir.Call(np.negative, (stmt.value,), (), "op"), stmt.origin)
                stmts.insert(j + 1, ir.Comment(""))
                j += 1
        stmts[j] = ir.Store(stmt.base, stmt.index, "", value, stmt.origin)

    def _holds(self, stmts: list[ir.Stmt], i: int, value: ir.Var, store: ir.Store) -> bool:
        """Whether a variable is a copy of the part, made right before the part was cleared."""
        region = self.later.regions.of_index(store.base, store.index)
        for k in range(i - 1, -1, -1):
            stmt = stmts[k]
            if isinstance(stmt, ir.Assign) and stmt.target is value:
                call = stmt.value
                if isinstance(call, ir.Call) and call.function is np.copy and isinstance(call.args[0], ir.Var):
                    call = self.aliases.derivation.get(call.args[0])
                return (isinstance(call, ir.Call) and call.function is prims.item and call.args[0] is store.base
                        and len(self.assigned[value]) == 1 and same_index(call.args[1], store.index))
            if not self._passes(stmt, ir.Store(store.base, store.index, "", ir.Const(0.0)), region):
                return False
        return False

    def _joinable(self, store: ir.Store) -> bool:
        """Whether what is added has the type of the part: it can be added to something else first."""
        t = index_type(store.base.type, store.index)[0]
        value = store.value
        if not isinstance(value, ir.Var) or not isinstance(t, (Array, Num)) or t.kind not in "fc":
            return False
        own = value.type
        if isinstance(t, Num):
            return isinstance(own, Num) and own.dtype == t.dtype
        return isinstance(own, Array) and own.dtype == t.dtype and own.dims == t.dims

    def _add_both(self, stmts: list[ir.Stmt], i: int, j: int, first: ir.Store, second: ir.Store) -> None:
        one, other = (first, second) if first.op == "+" or second.op == "-" else (second, first)
        both = ir.Var("t", second.value.type)
        function = np.add if first.op == second.op else np.subtract
        self.changed = True
        stmts[i] = ir.Comment("")
        stmts[j] = ir.Assign(both, ir.Call(function, (one.value, other.value), (), "op"), second.origin)
        stmts.insert(j + 1, ir.Store(second.base, second.index, one.op, both, second.origin))

    # --- an array of zeros ------------------------------------------------------------------------------------------
    def _is_first(self, stmt: ir.Store) -> bool:
        """Whether a statement adds to what is still zero, in every iteration of the loops around it."""
        if stmt.op != "+" or stmt.index is None or stmt.scatter or not is_ours(stmt) or stmt not in self.later.order:
            return False
        begin = self._zeros(stmt.base)
        later, rep = self.later, self.aliases.find(stmt.base)
        if begin is None or rep in self.foreign or not self._whole_part(stmt):
            return False
        loops = later.loops[stmt]
        outer = len(later.loops[begin])
        if loops[:outer] != later.loops[begin] or not all(
                isinstance(loop, ir.For) for loop in loops[outer:]):
            return False
        for other in self.touching[rep]:
            if isinstance(other, (ir.Assign, ir.Copy)) and self._makes(other, begin):
                continue
            if visit.blocks(other):
                return False
            for region in self.parts(other, rep):
                if region is None or later.write_follows(stmt, region, other, outer, stmt if other is stmt else None):
                    return False
        return True

    def _whole_part(self, stmt: ir.Store) -> bool:
        """Whether adding in place and setting give the same: numbers, or arrays of the part's own shape."""
        t = index_type(stmt.base.type, stmt.index)[0]
        value = stmt.value.type if isinstance(stmt.value, ir.Var) else None
        return isinstance(t, (Array, Num)) and t.kind == "f" and getattr(value, "kind", "f") == "f"

    def _zeros(self, base: ir.Var) -> ir.Stmt | None:
        """The statement that makes an array of zeros which goes by this name only."""
        made = self.assigned.get(base, [])
        if len(made) != 1 or base in self.params:
            return None
        stmt = made[0]
        if isinstance(stmt, ir.Copy):
            source = stmt.sources[stmt.targets.index(base)]
            return self._zeros(source) if isinstance(source, ir.Var) and stmt.targets else None
        if isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call) and stmt.value.function in _ZEROS:
            return stmt
        return None

    def _makes(self, stmt: ir.Assign | ir.Copy, begin: ir.Stmt) -> bool:
        """Whether a statement makes the array of zeros, or gives it its name, where it is made."""
        return stmt is begin or (isinstance(stmt, ir.Copy) and self.later.loops[stmt] == self.later.loops[begin])


def _arrays(stmt: ir.Stmt) -> list[ir.Var]:
    return [v for v in (*visit.reads(stmt), *visit.defines(stmt)) if not isinstance(v.type, Num)]


def is_ours(stmt: ir.Store) -> bool:
    """Whether a statement of adjoint code writes into an array."""
    return isinstance(stmt.base.type, Array) and (stmt.origin is None or stmt.origin.adjoint)
