"""Which array variables surely lie in memory in C order, without gaps, as far as kernels are concerned."""
from __future__ import annotations

from collections import Counter

import numpy as np

from .. import support
from ..analysis.alias import Aliases, view_kind
from ..analysis.liveness import Liveness, liveness
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, Passive, is_container
from ..rules import find
from ..support.records import fresh_lists

# Functions without a rule of their own that give new memory.
HANDLED = {np.zeros, np.ones, np.empty, np.full, np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.arange,
           np.eye, np.identity, np.linspace, np.array, np.copy, np.astype, support.sum_to_shape, support.scatter,
           support.gather, support.scatter_index, support.written_cotangent}


class Memory(Aliases):
    """Alias classes for generated code: whatever a function without a derivative rule returns may be a view of what
    it was given, as with `support.shadow_of`."""

    def __init__(self, fn: ir.Function, contiguous: set[ir.Var] | frozenset[ir.Var]) -> None:
        self.maybe: dict[ir.Var, ir.Stmt] = {}
        self.records: dict[ir.Var, set[int]] = {}
        self.shadow = ir.Var("shadow", Passive())
        super().__init__(fn, contiguous)

    def _containers(self, target: ir.Var, call: ir.Call) -> None:
        super()._containers(target, call)
        if isinstance(target.type, Array) and not isinstance(call.function, np.ufunc) and not _makes_new(call.function):
            for v in visit.variables(call):
                self._hold(target, v)

    def _read_record(self, target: ir.Var, call: ir.Call) -> None:
        """The arrays that a reverse sweep writes, and takes from its record, may be views of one another."""
        if call.function is fresh_lists:
            self.records[target] = {a.value for a in call.args[1].items}
        elif call.function is prims.item and isinstance(call.args[0], ir.Var) and isinstance(call.args[1], ir.Const):
            record, place = call.args[0], call.args[1].value
            if place in self.records.get(record, ()):
                self._union(target, self.shadow)

    def depends_on_order(self, fn: ir.Function) -> ir.Stmt | None:
        """A statement that shares memory or copies it as the order in memory happens to be, where that matters: the
        memory is written later, and is still known by its other name. Kernels put their results in C order, NumPy
        keeps the order of the operands."""
        live: Liveness | None = None
        for target, base in self.shared_with.items():
            call = self.maybe.get(target)
            if call is None or base in self._contiguous or not self.array_written(base):
                continue
            live = live or liveness(fn)
            own = self._views_of(target)
            if self._may_differ(fn, target, own, call, live):
                return call
        return None

    def _may_differ(self, fn: ir.Function, target: ir.Var, own: set[ir.Var], call: ir.Stmt, live: Liveness) -> bool:
        """Whether it can be seen if `own`, the target and its views, have memory of their own: one side is written
        while the other is still to be read."""
        given = {*fn.params, *fn.keywords}
        known = {v for s in visit.walk(fn.body) for v in (*visit.defines(s), *visit.reads(s))}
        related = {v for v in given | known if self.same_class(v, target)}
        if not self._followed(fn, own, related):
            return any(v not in own for v in {*given, *live.live_after(call)} & related)
        for base, stmts in self.writes.items():
            if base in related:
                others = related - own if base in own else own
                after = {v for s in stmts for v in live.live_after(s)} | (given if base in own else set())
                if others & after:
                    return True
        return False

    def _followed(self, fn: ir.Function, own: set[ir.Var], related: set[ir.Var]) -> bool:
        """Whether it is known of all these variables which are views of which: none is in a list, picked from a group,
        given by a function that is not known, or, among `own`, bound on paths."""
        if any(is_container(v.type) or v in self.picked for v in related):
            return False
        for s in visit.walk(fn.body):
            match s:
                case ir.Copy(targets) | ir.Given(targets) if own.intersection(targets):
                    return False
                case ir.Assign(target, ir.Call() as call) if target in related and view_kind(call) == "never" and not (
                        isinstance(call.function, np.ufunc) or _makes_new(call.function)):
                    return False
                case _:
                    pass
        return True

    def _views_of(self, var: ir.Var) -> set[ir.Var]:
        """The variable and what is made of it."""
        made = {v: call.args[0] for v, call in self.derivation.items()} | self.shared_with
        found, new = {var}, {var}
        while new:
            new = {v for v, base in made.items() if base in new} - found
            found |= new
        return found

    def _read(self, stmt: ir.Stmt) -> None:
        super()._read(stmt)
        if isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call):
            self._read_record(stmt.target, stmt.value)
        if isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call) and stmt.value.function in (
                np.reshape, np.ravel, np.ascontiguousarray) and view_kind(stmt.value) == "maybe":
            self.maybe[stmt.target] = stmt


def _makes_new(function: object) -> bool:
    try:
        return function in HANDLED or function in (prims.item, list) or find(function) is not None
    except TypeError:
        return False


def contiguous_variables(fn: ir.Function, known: set[ir.Var]) -> set[ir.Var]:
    """The contiguous ones, given the contiguous parameters. Found by assuming all and taking back what is not."""
    stmts = list(visit.walk(fn.body))
    found = known | {v for s in stmts for v in visit.defines(s) if isinstance(v.type, Array)} - set(fn.params)
    while True:
        bad = {v for s in stmts for v in _not_contiguous(s, found)}
        if not bad & found:
            return found
        found -= bad


def _not_contiguous(stmt: ir.Stmt, found: set[ir.Var]) -> list[ir.Var]:
    match stmt:
        case ir.Copy(targets, sources):
            return [t for t, s in zip(targets, sources, strict=True) if isinstance(s, ir.Var) and s not in found]
        case ir.Assign(target, ir.Var() as source):
            return [] if source in found else [target]
        case ir.Assign(target, ir.Call() as call) if view_kind(call) != "never":
            return [] if _keeps(call) and call.args[0] in found else [target]
    return []


def _keeps(call: ir.Call) -> bool:
    """Whether a view of contiguous memory is contiguous: whole rows, or the same elements in the same order."""
    if call.function is not prims.item:
        return call.function in (np.reshape, np.ravel, np.expand_dims, np.asarray, np.ascontiguousarray, np.squeeze)
    index = call.args[1]
    items = index.items if isinstance(index, ir.Pack) and index.kind == "tuple" else (index,)
    return all(_number(i) for i in items)


def _number(index: ir.Arg) -> bool:
    return (isinstance(index, ir.Const) and isinstance(index.value, (int, np.integer))) or (
        isinstance(index, ir.Var) and not isinstance(index.type, Array))


def changing_variables(fn: ir.Function, outs: tuple[ir.Var, ...]) -> set[ir.Var]:
    """The variables that need a name that changes: all that are copied to, but for those that are assigned once and
    read only below that, in the same block."""
    total = Counter(v for s in visit.walk(fn.body) for v in visit.reads(s))
    total.update(outs)
    counts = Counter(v for s in visit.walk(fn.body) for v in visit.defines(s))
    found = {v for s in visit.walk(fn.body) if isinstance(s, ir.Copy) for v in s.targets}
    for v in list(found):
        if counts[v] == 1 and v not in fn.params and _reads_below(fn.body, v) + outs.count(v) * (
                _defined_in(fn.body, v)) == total[v]:
            found.remove(v)
    return found


def _defined_in(block: ir.Block, var: ir.Var) -> bool:
    return any(isinstance(s, ir.Copy) and var in s.targets for s in block)


def _reads_below(block: ir.Block, var: ir.Var) -> int:
    """How often a variable is read below its definition, in that block."""
    stmts = list(block)
    for k, s in enumerate(stmts):
        if isinstance(s, ir.Copy) and var in s.targets:
            return sum(visit.reads(i).count(var) for i in visit.walk(ir.Block(stmts[k + 1:])))
        for inner in visit.blocks(s):
            found = _reads_below(inner, var)
            if found >= 0:
                return found
    return -1


def has_singles(fn: ir.Function) -> bool:
    """Whether there are numbers of single precision, so that it matters which numbers are Python's."""
    variables = [*fn.params, *fn.keywords, *(v for s in visit.walk(fn.body) for v in visit.defines(s))]
    return any(getattr(v.type, "dtype", None) in (np.float32, np.complex64) for v in variables)


def has_narrow(fn: ir.Function) -> bool:
    """Whether something is computed with integers of less than 64 bits or without a sign, so that it matters which
    integers are Python's: `0 + a[0]` is of the array's type, and `np.int64(0) + a[0]` is not. Arrays that are only
    indices do not count."""
    for s in visit.walk(fn.body):
        if isinstance(s, ir.Store) and s.op and _narrow(s.base):
            return True
        call = s.value if isinstance(s, ir.Assign) else None
        if isinstance(call, ir.Call) and isinstance(call.function, np.ufunc) and any(map(_narrow, call.args)):
            return True
    return False


def _narrow(arg: ir.Arg) -> bool:
    dtype = getattr(getattr(arg, "type", None), "dtype", None)
    return dtype is not None and dtype.kind in "iu" and dtype != np.int64
