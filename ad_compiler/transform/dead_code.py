"""Drop statements whose results nobody reads.

    t = a * b
    c = a + 1       ==>     c = a + 1
    return c                return c

What is needed is found from the ends: what the function returns, raises, prints, or writes into memory that someone
reads; then what that reads; and so on. So loop-carried values that only feed themselves go, records that are never
taken go, and writes into an array that is only ever written go. Whoever reads only an array's shape needs nothing of
what it holds, and nothing of it at all where another array has that shape (`shape_sources.py`).
"""
from __future__ import annotations

from collections.abc import Iterator

from ..analysis.liveness import TRANSPARENT
from ..analysis.memory import Memory
from ..analysis.purity import can_drop
from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Passive
from .shape_sources import ShapeSources, measured, values_of

_NEEDED = (ir.Effect, ir.Raise, ir.Return)
_COMPOUND = (ir.If, ir.For, ir.While, ir.With, ir.Try)


def eliminate_dead_code(fn: ir.Function) -> ir.Function:
    """The function without statements that have no effect on what it returns, raises, writes or prints."""
    return fn.with_body(_Sweep(fn).kept(fn.body))


class _Sweep:
    """Marks what is needed, then copies it."""

    def __init__(self, fn: ir.Function) -> None:
        self.memory = Memory(fn)
        self.needed: set[ir.Stmt] = set()
        self.read: set[ir.Var] = set()  # variables that are needed, and those of them whose contents are
        self.contents: set[ir.Var] = set()
        self.instead: dict[ir.Stmt, ir.Call] = {}  # other reads of a shape
        self._assigned: dict[ir.Var, list[ir.Stmt]] = {}
        self._writes: list[tuple[ir.Stmt, ir.Var]] = []
        self._written: dict[tuple[bool, ir.Var], list[ir.Stmt]] = {}
        self._around: dict[ir.Stmt, ir.Stmt | None] = {}
        self._breaks: dict[ir.Stmt, list[ir.Stmt]] = {}
        self._work: list[ir.Stmt] = []
        self._roots: list[ir.Stmt] = []
        self._measures: list[tuple[ir.Stmt, ir.Var]] = []
        self._scan(fn.body, None, None)
        self._index_writes()
        for stmt in self._roots:
            self._need(stmt)
        self._sources = ShapeSources((p for p in (*fn.params, *fn.keywords) if p not in self._assigned), self._defined,
                                     lambda: values_of(fn))
        while self._work or self._measures:
            while self._work:
                self._follow(self._work.pop())
            if self._measures:
                self._measure(*self._measures.pop())

    def _scan(self, block: ir.Block, around: ir.Stmt | None, loop: ir.Stmt | None) -> None:
        for stmt in block.stmts:
            kind = type(stmt)
            self._around[stmt] = around
            self.memory.note(stmt)
            for v in visit.defines(stmt):
                self._assigned.setdefault(v, []).append(stmt)
            if kind in _NEEDED or (kind is ir.Assign and not can_drop(stmt.value)):
                self._roots.append(stmt)
            elif kind is ir.Break:
                if loop is not None:
                    self._breaks.setdefault(loop, []).append(stmt)
            elif kind in _COMPOUND:
                inner = stmt if kind is ir.For or kind is ir.While else loop
                for b in visit.blocks(stmt):
                    self._scan(b, stmt, inner)
            self._stores(stmt)

    def _stores(self, stmt: ir.Stmt) -> None:
        if isinstance(stmt, (ir.Store, ir.SetSlot)):
            self._writes.append((stmt, stmt.base))
        elif isinstance(stmt, (ir.Push, ir.Pop)):
            self._writes.append((stmt, stmt.stack))

    def _index_writes(self) -> None:
        """Writes by class of memory; those that are seen from outside are needed."""
        for stmt, base in self._writes:
            if isinstance(base.type, Passive) or self.memory.seen_outside(stmt, base):
                self._roots.append(stmt)
            else:
                self._written.setdefault(self.memory.written(stmt, base), []).append(stmt)

    # --- marking ----------------------------------------------------------------------------------------------------
    def _need(self, stmt: ir.Stmt) -> None:
        if stmt not in self.needed:
            self.needed.add(stmt)
            self._work.append(stmt)

    def _follow(self, stmt: ir.Stmt) -> None:
        around = self._around[stmt]
        if around is not None:
            self._need(around)
        kind = type(stmt)
        if kind is ir.Copy:
            return  # its sources are needed one by one
        for b in self._breaks.get(stmt, ()):
            self._need(b)
        if kind is ir.Try or (kind is ir.With and stmt.context.function not in TRANSPARENT):
            for inner in visit.blocks(stmt):  # where an exception is caught, what raises it matters
                for s in visit.walk(inner):
                    self._need(s)
        array = measured(stmt)
        for v in visit.reads(stmt):
            if v is array:
                self._measures.append((stmt, v))
            elif not self._counts_here(stmt, v):
                self._read(v)

    def _counts_here(self, stmt: ir.Stmt, var: ir.Var) -> bool:
        """Whether a statement reads the counter of a loop around it: other loops that count with it do not matter."""
        loops = self._assigned.get(var, ())
        if len(loops) < 2 or any(type(loop) is not ir.For for loop in loops):
            return False
        own = next((s for s in self._surrounding(stmt) if s in loops), None)
        return own is not None and not any(own in self._surrounding(loop) for loop in loops)

    def _surrounding(self, stmt: ir.Stmt) -> Iterator[ir.Stmt]:
        """The compound statements around a statement, the nearest first."""
        around = self._around[stmt]
        while around is not None:
            yield around
            around = self._around[around]

    def _measure(self, stmt: ir.Stmt, array: ir.Var) -> None:
        """A statement needs an array's shape: from the array itself if that is needed anyway."""
        if array in self.read or array not in self._assigned:  # (arguments are there)
            return
        assert isinstance(stmt, ir.Assign)
        call = self.instead.get(stmt, stmt.value)
        other = self._sources.other(call)
        if other is None:
            self._read_variable(array)
            return
        self.instead[stmt] = other
        source = other.args[0]
        assert isinstance(source, ir.Var)
        self._measures.append((stmt, source))

    def _defined(self, var: ir.Var) -> ir.Expr | None:
        """The one expression that a variable is assigned."""
        found = self._assigned.get(var, ())
        return found[0].value if len(found) == 1 and type(found[0]) is ir.Assign else None

    def _read(self, var: ir.Var) -> None:
        if var in self.contents:
            return
        self.contents.add(var)
        self._read_variable(var)
        for written in self.memory.read(var):
            for stmt in self._written.pop(written, ()):
                self._need(stmt)

    def _read_variable(self, var: ir.Var) -> None:
        if var in self.read:
            return
        self.read.add(var)
        for stmt in self._assigned.get(var, ()):
            self._need(stmt)
            if type(stmt) is ir.Copy:
                source = stmt.sources[stmt.targets.index(var)]
                if type(source) is ir.Var:
                    self._read(source)

    # --- copying ----------------------------------------------------------------------------------------------------
    def kept(self, block: ir.Block) -> ir.Block:
        out: list[ir.Stmt] = []
        for stmt in block.stmts:
            if type(stmt) is ir.Comment:
                out.append(stmt)
            elif stmt in self.needed:
                new = self._keep(stmt)
                if new is not None:
                    out.append(new)
        return ir.Block(out)

    def _keep(self, stmt: ir.Stmt) -> ir.Stmt | None:
        read = self.read
        match stmt:
            case ir.Copy():
                pairs = [(t, s) for t, s in zip(stmt.targets, stmt.sources, strict=True) if t in read]
                if len(pairs) == len(stmt.targets):
                    return stmt
                return ir.Copy(tuple(t for t, _ in pairs), tuple(s for _, s in pairs), stmt.origin) if pairs else None
            case ir.If():
                return ir.If(stmt.cond, self.kept(stmt.then), self.kept(stmt.orelse), stmt.origin)
            case ir.For():
                trips = stmt.trips if stmt.trips in read else None
                return ir.For(stmt.target, stmt.start, stmt.stop, stmt.step, self.kept(stmt.body), stmt.origin,
                              stmt.backward, trips, stmt.limit)
            case ir.While():
                trips = stmt.trips if stmt.trips in read else None
                return ir.While(self.kept(stmt.header), stmt.cond, self.kept(stmt.body), stmt.origin, trips)
            case ir.With():
                return ir.With(stmt.context, self.kept(stmt.body), stmt.target, stmt.origin)
            case ir.Try():
                handlers = tuple((k, v, self.kept(b)) for k, v, b in stmt.handlers)
                return ir.Try(self.kept(stmt.body), handlers, self.kept(stmt.final), stmt.origin)
            case _:
                other = self.instead.get(stmt)
                return stmt if other is None else ir.Assign(stmt.target, other, stmt.origin)
