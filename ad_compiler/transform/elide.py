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

from collections.abc import Iterator
from typing import NamedTuple

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


class _Facts(NamedTuple):
    """What a statement, and what is in it, has to do with memory: `bases` are written, `effect`: anything may be."""

    bases: tuple[ir.Var, ...]
    effect: bool
    touched: tuple[ir.Var, ...]


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
        self._known: dict[ir.Stmt, _Facts] = {}

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
            if any(v in mine for v in self._facts(later).touched) or self._writes(later, self.class_of(source)) or any(
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
        span = self._span(stmts, i, source, mine)
        if span is None or (span[1] and not self._can_wait(stmts, span[1], span[0], source, mine)):
            return
        last, writing = span
        later = [stmts[j] for j in writing]
        if later:
            after = self.live.after[stmts[last]]
            moved = set(writing)
            stmts[i + 1:last + 1] = [*(stmts[j] for j in range(i + 1, last + 1) if j not in moved), *later]
            self.live.reorder(stmts[i + 1:last + 1], after)
        self._replace(stmts, i, source)

    def _span(self, stmts: list[ir.Stmt], i: int, source: ir.Var, mine: set[ir.Var]) -> tuple[int, list[int]] | None:
        """The last statement that reads a copy, and those before it that write the original; None if between them are
        others that have to do with it, which may not come before the writes."""
        cls, mask = self.class_of(source), self.live.mask(mine)
        writing: list[int] = []
        touched = False
        for j in range(i + 1, len(stmts)):
            stmt = stmts[j]
            ends = not self.live.after[stmt] & mask if stmt in self.live.after else False
            if self._writes(stmt, cls) and not (ends and isinstance(stmt, ir.Store) and not stmt.scatter):
                if ends:
                    return None
                writing.append(j)
            else:
                touched = touched or self._touches(stmt, source, mine)
            if touched and writing:
                return None
            if ends:
                return j, writing
        return None

    def _can_wait(self, stmts: list[ir.Stmt], writing: list[int], last: int, source: ir.Var, mine: set[ir.Var]) -> bool:
        """Whether these writes may come after the last reader: what they read is not written by what follows them, and
        they write nothing else."""
        written: dict[ir.Var | None, int] = {}  # by class the last statement that writes it; None: any of them
        for j in range(writing[0], last + 1):
            written.update(dict.fromkeys(map(self.class_of, self._facts(stmts[j]).bases), j))
            if self._facts(stmts[j]).effect:
                written[None] = j
        for j in writing:
            stmt = stmts[j]
            if not isinstance(stmt, ir.Store) or stmt.value in mine or written.get(None, -1) >= j:
                return False
            read = [v for v in (*visit.variables(stmt.value), *visit.variables(stmt.index))
                    if not isinstance(v.type, Num)]
            if any(self.class_of(v) is self.class_of(source) or written.get(self.class_of(v), -1) >= j for v in read):
                return False
        return True

    def _writes(self, stmt: ir.Stmt, cls: ir.Var) -> bool:
        return self._facts(stmt).effect or any(self.class_of(base) is cls for base in self._facts(stmt).bases)

    def _facts(self, stmt: ir.Stmt) -> _Facts:
        if stmt not in self._known:
            inner = list(_all(stmt))
            self._known[stmt] = _Facts(
                tuple(s.base for s in inner if isinstance(s, (ir.Store, ir.SetSlot))),
                any(isinstance(s, (ir.Effect, ir.Ruled, ir.Given)) for s in inner),
                tuple(v for s in inner for v in (*visit.reads(s), *visit.defines(s))))
        return self._known[stmt]

    def _touches(self, stmt: ir.Stmt, source: ir.Var, mine: set[ir.Var]) -> bool:
        """Whether a statement has to do with the memory of the original other than through the copy."""
        cls = self.class_of(source)
        return any(v not in mine and not isinstance(v.type, Num) and self.class_of(v) is cls
                   for v in self._facts(stmt).touched)


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
    if not isinstance(stmt, ir.Assign) or not _ours(stmt.origin):
        return None
    call = stmt.value
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
