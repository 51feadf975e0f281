"""Leave out copies of arrays that nobody can tell from the original.

    t = u_bar[1:-1].copy()               t = u_bar[1:-1]
    k_bar += np.dot(t, lap)     ==>      k_bar += np.dot(t, lap)            u_bar is not written while t is read
    u_bar[1:-1] += t * 2.0               u_bar[1:-1] += t * 2.0

    t = a_bar[1:-1].copy()               t_1 = a_bar[1:-1] * 0.2
    a_bar[1:-1] = 0.0           ==>      a_bar[1:-1] = 0.0                  the write can wait
    t_1 = t * 0.2

    p = np.array(q)             ==>      p = q                              q is our own, and not read again
    p = np.array(q); p += r     ==>      p = q + r
    p = -q; p += r              ==>      p = r - q
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from ..analysis.alias import is_contiguous, view_kind
from ..analysis.ownership import Ownership
from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array, Num

_IN_PLACE = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}


def elide_copies(fn: ir.Function) -> ir.Function:
    """The function without copies that make no difference."""
    if not any(_copied(stmt) or _negated(stmt) for stmt in visit.walk(fn.body)):
        return fn
    body = _Elision(fn).block(fn.body)
    return fn.with_body(body)


class _Elision(Ownership):
    def __init__(self, fn: ir.Function) -> None:
        super().__init__(fn)
        self.in_c_order: set[ir.Var] = set()
        self.reshaped: set[ir.Var] = set()
        for stmt in visit.walk(fn.body):
            if isinstance(stmt, ir.Assign) and isinstance(call := stmt.value, ir.Call):
                if is_contiguous(call, stmt.target, self.in_c_order):
                    self.in_c_order.add(stmt.target)
                if view_kind(call) == "maybe":
                    self.reshaped.update(visit.variables(call))

    # --- one block ------------------------------------------------------------------------------------------------
    def block(self, block: ir.Block) -> ir.Block:
        stmts = [visit.with_blocks(s, self.block) for s in block.stmts]
        for old, new in zip(block.stmts, stmts, strict=True):
            if new is not old:
                self.live.after[new] = self.live.after[old]
        i = 0
        while i < len(stmts):
            source = _copied(stmts[i])
            if source is not None:
                self._copy(stmts, i, source)
            elif (source := _negated(stmts[i])) is not None:
                self._added_to(stmts, i, source, negative=True)
            i += 1
        return ir.Block([s for s in stmts if not isinstance(s, ir.Comment) or s.text])

    def _copy(self, stmts: list[ir.Stmt], i: int, source: ir.Var) -> None:
        stmt = stmts[i]
        assert isinstance(stmt, ir.Assign)
        target = stmt.target
        if self.assigned[target] != 1 or self.class_of(target) is self.class_of(source):
            return
        if self._in_order(target, source):
            return
        if self._is_last_reader(stmt, source):
            self._replace(stmts, i, source)
        elif self._added_to(stmts, i, source):
            return
        else:
            self._only_read(stmts, i, source)

    def _in_order(self, target: ir.Var, source: ir.Var) -> bool:
        """Whether a copy is in C order where the original may not be, and is written through what `reshape` gives."""
        cls = self.class_of(target)
        return cls in self.written and source not in self.in_c_order and bool(self.members[cls] & self.reshaped)

    def _replace(self, stmts: list[ir.Stmt], i: int, source: ir.Var) -> None:
        """The copy becomes another name."""
        old = stmts[i]
        assert isinstance(old, ir.Assign)
        new = stmts[i] = ir.Assign(old.target, source, old.origin)
        self.live.after[new] = self.live.after[old]
        self.join(old.target, source)
        if source not in self.in_c_order:
            self.in_c_order.discard(old.target)

    def _is_last_reader(self, stmt: ir.Assign, source: ir.Var) -> bool:
        """Whether the original is memory of ours that nobody reads after the copy."""
        cls = self.class_of(source)
        if cls in self.foreign or self.memory.outside(source):
            return False
        return not self.live.after[stmt] & self.live.mask(self.members[cls])

    def _added_to(self, stmts: list[ir.Stmt], i: int, source: ir.Var, *, negative: bool = False) -> bool:
        """`p = np.array(q); p += r` in one step, and `p = -q; p += r`."""
        stmt = stmts[i]
        assert isinstance(stmt, ir.Assign)
        if self.assigned[stmt.target] != 1 or self._in_order(stmt.target, source):
            return False
        mine = self.members[self.class_of(stmt.target)]
        for j in range(i + 1, len(stmts)):
            later = stmts[j]
            if isinstance(later, ir.Store) and later.base is stmt.target:
                function = _IN_PLACE.get(later.op)
                if (function is None or later.index is not None or later.value in mine
                        or not _same_kind(later.value, stmt.target) or (negative and later.op != "+")):
                    return False
                value = ir.Call(np.subtract, (later.value, source), (), "op") if negative else ir.Call(
                    function, (source, later.value), (), "op")
                new = stmts[j] = ir.Assign(stmt.target, value, later.origin)
                self.live.after[new] = self.live.after[later]
                for crossed in _all(ir.Block(stmts[i + 1:j])):  # the original is read after them now
                    self.live.after[crossed] = self.live.after.get(crossed, 0) | self.live.mask((source,))
                stmts[i] = ir.Comment("")
                return True
            if any(v in mine for v in _touched(later)) or self._writes(later, self.class_of(source)) or any(
                    source in visit.defines(inner) for inner in _all(later)):
                return False
        return False

    def _only_read(self, stmts: list[ir.Stmt], i: int, source: ir.Var) -> None:
        """A copy that is not written, of memory that is not written while the copy is read."""
        stmt = stmts[i]
        assert isinstance(stmt, ir.Assign)
        cls, mine = self.class_of(stmt.target), self.members[self.class_of(stmt.target)]
        if cls in self.written or cls in self.foreign or mine & self.returned or self.memory.outside(stmt.target):
            return
        last = max((j for j in range(i + 1, len(stmts)) if any(v in mine for v in _touched(stmts[j]))), default=None)
        if last is None or self.live.after[stmts[last]] & self.live.mask(mine):
            return
        between = range(i + 1, last + 1)
        writing = [j for j in between if self._writes(stmts[j], self.class_of(source)) and not (
            j == last and isinstance(stmts[j], ir.Store) and not stmts[j].scatter)]
        rest = [stmts[j] for j in between if j not in writing and j != last]
        if writing and (last in writing or not all(self._can_wait(stmts[j], stmts[j + 1:last + 1], source, mine)
                                                   for j in writing)
                        or any(self._touches(s, source, mine) for s in (*rest, stmts[last]))):
            return
        later = [stmts[j] for j in writing]
        if later:
            after = self.live.after[stmts[last]]
            stmts[i + 1:last + 1] = [*rest, stmts[last], *later]
            self.live.reorder(stmts[i + 1:last + 1], after)
        self._replace(stmts, i, source)

    def _can_wait(self, stmt: ir.Stmt, others: list[ir.Stmt], source: ir.Var, mine: set[ir.Var]) -> bool:
        """Whether a write may come after other statements that have nothing to do with the array it writes."""
        if not isinstance(stmt, ir.Store) or stmt.value in mine:
            return False
        read = [v for v in (*visit.variables(stmt.value), *visit.variables(stmt.index))
                if not isinstance(v.type, Num)]
        return not any(self.class_of(v) is self.class_of(source) or self._writes(s, self.class_of(v))
                       for v in read for s in (stmt, *others))

    def _writes(self, stmt: ir.Stmt, cls: ir.Var) -> bool:
        return any(self.class_of(s.base) is cls if isinstance(s, (ir.Store, ir.SetSlot))
                   else isinstance(s, (ir.Effect, ir.Ruled, ir.Given)) for s in _all(stmt))

    def _touches(self, stmt: ir.Stmt, source: ir.Var, mine: set[ir.Var]) -> bool:
        """Whether a statement has to do with the memory of the original other than through the copy."""
        cls = self.class_of(source)
        return any(v not in mine and not isinstance(v.type, Num) and self.class_of(v) is cls for v in _touched(stmt))


def _copied(stmt: ir.Stmt) -> ir.Var | None:
    """The array that a statement copies, if that is all it does."""
    if not isinstance(stmt, ir.Assign) or not isinstance(stmt.value, ir.Call) or stmt.value.kwargs:
        return None
    call = stmt.value
    source = call.args[0] if len(call.args) == 1 else None
    if call.function not in (np.copy, np.array) or not isinstance(source, ir.Var) or not _ours(stmt.origin):
        return None
    a, b = source.type, stmt.target.type
    same = isinstance(a, Array) and isinstance(b, Array) and a.dtype == b.dtype and a.ndim == b.ndim
    return source if same and b.ndim else None


def _negated(stmt: ir.Stmt) -> ir.Var | None:
    """The array of which a statement takes the negative, if that is all it does."""
    call = stmt.value if isinstance(stmt, ir.Assign) and _ours(stmt.origin) else None
    if not isinstance(call, ir.Call) or call.function is not np.negative or call.kwargs or len(call.args) != 1:
        return None
    source, t = call.args[0], stmt.target.type
    return source if isinstance(source, ir.Var) and source.type == t and isinstance(t, Array) and t.ndim else None


def _ours(origin: ir.Origin | None) -> bool:
    """Copies that the user wrote are left alone."""
    return origin is None or origin.ours


def _same_kind(value: ir.Operand, target: ir.Var) -> bool:
    t = value.type if isinstance(value, ir.Var) else None
    if t is None:
        return isinstance(value.value, (int, float)) and target.type.kind == "f"
    dtype = getattr(t, "dtype", None)
    return dtype == target.type.dtype or (isinstance(t, Num) and t.weak and t.kind in "if")


def _all(stmt: ir.Stmt | ir.Block) -> Iterator[ir.Stmt]:
    return visit.walk(stmt if isinstance(stmt, ir.Block) else ir.Block([stmt]))


def _touched(stmt: ir.Stmt) -> Iterable[ir.Var]:
    return (v for s in _all(stmt) for v in (*visit.reads(s), *visit.defines(s)))
