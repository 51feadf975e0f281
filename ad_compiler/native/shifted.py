"""Cotangents of a stencil: what goes to neighbours is gathered.

    a_bar[1:-1] = 0.0                             left, right = t * p, t * q
    a_bar[:-2] += t * p                           a_bar[2:-2] = left[2:] + right[:-2]
    a_bar[2:] += t * q                  ==>       ... the ends, element by element

Each sum over a part of an array is a loop of its own, because it meets what its neighbours added. Where nobody reads
the array in between, the summands are computed in one loop, and each element is written once.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, Num
from . import indices
from .layout import Memory

_SIGNS = {"+": np.add, "-": np.subtract}
_INT, _BOOL = Num(np.dtype(np.int64), True), Num(np.dtype(bool), True)
_MOST = 8  # elements by which the parts are apart


@dataclass(frozen=True, slots=True)
class _Part:
    """`[start:stop]`, where `stop` is `end` and `beyond` more: a variable, or the end of the array (None)."""

    start: int
    stop: Any
    end: ir.Var | None
    beyond: int


@dataclass(eq=False, slots=True)
class _Sum:
    """Stores into parts of one array that follow one another. `cleared`: where the first one, if so, puts zeros."""

    base: ir.Var
    first: _Part
    size: Any
    cleared: int | None = None
    summands: list[tuple[_Part, str, ir.Var]] = field(default_factory=list)
    stores: list[ir.Store] = field(default_factory=list)

    @property
    def shifts(self) -> list[int]:
        return sorted({part.start for part, _, _ in self.summands})


def gather_shifted(fn: ir.Function, contiguous: set[ir.Var] | frozenset[ir.Var]) -> ir.Function:
    """The function with such sums gathered."""
    stores = [s for s in visit.walk(fn.body) if isinstance(s, ir.Store) and _part_of(s) is not None]
    if len({id(s) for s in stores}) < 2:
        return fn
    return fn.with_body(_Gathering(fn, Memory(fn, contiguous)).block(fn.body))


def _part_of(store: ir.Store) -> tuple[Any, Any] | None:
    """The bounds of the part of a vector that a statement of the reverse sweep adds to, or clears."""
    known = isinstance(store.base.type, Array) and store.base.type.ndim == 1 and store.base.type.dtype.kind in "fc"
    if not known or store.scatter or store.origin is None or not store.origin.adjoint or store.index is None:
        return None
    bounds = _bounds(store.index)
    if bounds is None or store.op not in ("", *_SIGNS):
        return None
    start, stop, step = (b.value if isinstance(b, ir.Const) else b for b in bounds)
    plain = step in (None, 1) and (start is None or (isinstance(start, int) and start >= 0))
    return (start or 0, stop) if plain else None


def _bounds(index: ir.Arg) -> tuple[Any, Any, Any] | None:
    slices = (isinstance(index, ir.Pack) and index.kind == "slice") or (
        isinstance(index, ir.Const) and isinstance(index.value, slice))
    return indices.slice_parts(index) if slices else None


class _Gathering:
    def __init__(self, fn: ir.Function, aliases: Memory) -> None:
        self.aliases = aliases
        self.definition = {s.target: s for s in visit.walk(fn.body) if isinstance(s, ir.Assign)}
        self.lengths = [(s.value.args[0], part, s.target.type.dims[0]) for s in visit.walk(fn.body)
                        if isinstance(s, ir.Assign) and isinstance(s.value, ir.Call) and isinstance(
                            s.target.type, Array) for part in self.read_parts(s)]

    def read_parts(self, stmt: ir.Stmt) -> Iterator[_Part]:
        """The part of a vector that a statement reads, whose length is then known."""
        if isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call) and stmt.value.function is prims.item and (
                isinstance(stmt.target.type, Array) and stmt.target.type.ndim == 1):
            bounds = _bounds(stmt.value.args[1])
            if bounds is not None and isinstance(bounds[0], ir.Const):
                part = self.part(bounds[0].value or 0, bounds[1])
                if part is not None:
                    yield part

    def part(self, start: int, stop: Any) -> _Part | None:
        stop = stop.value if isinstance(stop, ir.Const) else stop
        if stop is None or isinstance(stop, int):
            return None if stop is not None and stop >= 0 else _Part(start, stop, None, stop or 0)
        made = self.definition.get(stop)
        call = made.value if made is not None else None
        if isinstance(call, ir.Call) and call.function is np.add and isinstance(call.args[1], ir.Const):
            return _Part(start, stop, call.args[0], call.args[1].value)
        return _Part(start, stop, stop, 0) if isinstance(stop, ir.Var) else None

    def block(self, block: ir.Block) -> ir.Block:
        groups: list[_Sum] = []
        open_: dict[ir.Var, _Sum] = {}
        for stmt in block:
            joined = isinstance(stmt, ir.Store) and self.joins(stmt, open_)
            for base, group in list(open_.items()):
                if not (joined and stmt in group.stores) and self.disturbs(stmt, group):
                    del open_[base]
            if isinstance(stmt, ir.Store) and not joined and (group := self.begun(stmt)) is not None:
                open_[stmt.base] = group
                groups.append(group)
        ends = {id(g.stores[-1]): g for g in groups if len(g.shifts) > 1 and g.shifts[-1] - g.shifts[0] <= _MOST}
        gone = {id(s) for g in ends.values() for s in g.stores}
        out: list[ir.Stmt] = []
        for stmt in block:
            if id(stmt) in ends:
                out += _gathered(ends[id(stmt)])
            elif id(stmt) not in gone:
                out.append(visit.with_blocks(stmt, self.block))
        return ir.Block(out)

    def begun(self, store: ir.Store) -> _Sum | None:
        bounds = _part_of(store)
        part = None if bounds is None else self.part(*bounds)
        if part is None:
            return None
        size = self.length(store.base, part)
        group = _Sum(store.base, part, size)
        if size is None:
            return None
        if store.op == "":
            if not (isinstance(store.value, ir.Const) and store.value.value == 0):
                return None
            group.cleared = part.start
            group.stores.append(store)
            return group
        return group if self.added(store, part, group) else None

    def length(self, base: ir.Var, part: _Part) -> Any:
        """How long a part is, where that is known as a form."""
        assert isinstance(base.type, Array)
        if part.end is None:
            return base.type.dims[0] + (part.beyond - part.start)
        return next((size for array, other, size in self.lengths if array is base and other.end is part.end
                     and other.beyond - other.start == part.beyond - part.start), None)

    def joins(self, store: ir.Store, open_: dict[ir.Var, _Sum]) -> bool:
        """Whether a store is one more of a group, which it then is."""
        group = open_.get(store.base)
        bounds = None if group is None or store.op == "" else _part_of(store)
        part = None if bounds is None else self.part(*bounds)
        if group is None or part is None or part.end is not group.first.end:
            return False
        return part.beyond - part.start == group.first.beyond - group.first.start and self.added(store, part, group)

    def added(self, store: ir.Store, part: _Part, group: _Sum) -> bool:
        value = store.value
        if not (isinstance(value, ir.Var) and isinstance(value.type, Array) and value.type.dims == (group.size,)
                and value.type.dtype == store.base.type.dtype) or self.aliases.same_class(value, store.base):
            return False
        group.summands.append((part, store.op, value))
        group.stores.append(store)
        return True

    def disturbs(self, stmt: ir.Stmt, group: _Sum) -> bool:
        """Whether a statement may read the array, or write what is to be added to it."""
        if isinstance(stmt, ir.Comment):
            return False
        if isinstance(stmt, ir.Pop) or (isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call)):
            return any(self.aliases.same_class(v, group.base) for v in (*visit.reads(stmt), stmt.target))
        if isinstance(stmt, ir.Store):
            return any(self.aliases.same_class(stmt.base, v) for v in (group.base, *(v for _, _, v in group.summands))
                       ) or any(self.aliases.same_class(v, group.base) for v in visit.reads(stmt))
        return True


def _gathered(group: _Sum) -> list[ir.Stmt]:
    """The statements instead of the stores of a group."""
    make = _Maker(group.stores[-1].origin)
    terms = {shift: make.total([(op, v) for part, op, v in group.summands if part.start == shift])
             for shift in group.shifts}
    low, high = group.shifts[0], group.shifts[-1]
    if group.cleared is not None:
        low, high = min(low, group.cleared), max(high, group.cleared)
    lowest = next((p for p, _, _ in group.summands if p.start == low), group.first)
    inner = []
    for shift, term in terms.items():
        assert isinstance(term.type, Array)
        index = _slice(high - shift, (low - shift) or None)
        of = Array(term.type.dtype, (term.type.dims[0] + (low - high),))
        inner.append(("+", make.call(prims.item, term, index, type_=of, style="index")))
    make.store(group.base, _slice(high, lowest.stop), "+" if group.cleared is None else "", make.total(inner))
    count = make.call(len, next(iter(terms.values())), type_=_INT, style="call")
    make.end(group, terms, ir.Const(low), ir.Const(high), count, None)
    first, last = make.plus(count, low), make.plus(count, high)
    make.end(group, terms, first, last, count, high)
    return make.stmts


def _slice(start: int, stop: Any) -> ir.Pack:
    return ir.Pack("slice", (ir.Const(start or None), stop if isinstance(stop, ir.Var) else ir.Const(stop),
                             ir.Const(None)))


class _Maker:
    """Statements, and shorthands that write them."""

    def __init__(self, origin: Any) -> None:
        self.stmts: list[ir.Stmt] = []
        self.origin = origin

    def call(self, function: Any, *args: ir.Arg, type_: Any, style: str = "op") -> ir.Var:
        target = ir.Var("t", type_)
        self.stmts.append(ir.Assign(target, ir.Call(function, args, (), style), self.origin))
        return target

    def store(self, base: ir.Var, index: ir.Arg, op: str, value: ir.Operand) -> None:
        self.stmts.append(ir.Store(base, index, op, value, self.origin))

    def total(self, summands: list[tuple[str, ir.Var]]) -> ir.Var:
        (op, total), *rest = summands
        if op == "-":
            total = self.call(np.negative, total, type_=total.type)
        for op, v in rest:
            total = self.call(_SIGNS[op], total, v, type_=total.type)
        return total

    def plus(self, count: ir.Var, n: int) -> ir.Var:
        return self.call(np.add, count, ir.Const(n), type_=_INT) if n else count

    def end(self, group: _Sum, terms: dict[int, ir.Var], start: ir.Operand, stop: ir.Operand, count: ir.Var,
            above: int | None) -> None:
        """One end of the array, each element by itself: those of the parts that reach it."""
        assert isinstance(group.base.type, Array)
        number = Num(group.base.type.dtype, False)
        j, inside = ir.Var("j", _INT), _Maker(self.origin)

        def where(shift: int, body: _Maker) -> None:
            i = inside.call(np.subtract, j, ir.Const(shift), type_=_INT) if shift else j
            inner = _Maker(self.origin)
            below = inner.call(np.less, i, count, type_=_BOOL)
            inner.stmts.append(ir.If(below, ir.Block(body.stmts), ir.Block([]), self.origin))
            reached = inside.call(np.greater_equal, i, ir.Const(0), type_=_BOOL)
            inside.stmts.append(ir.If(reached, ir.Block(inner.stmts), ir.Block([]), self.origin))

        if group.cleared is not None:
            body = _Maker(self.origin)
            body.store(group.base, j, "", ir.Const(0.0))
            where(group.cleared, body)
        for shift, term in terms.items():
            body = _Maker(self.origin)
            own = body.call(np.subtract, j, ir.Const(shift), type_=_INT) if shift else j
            body.store(group.base, j, "+", body.call(prims.item, term, own, type_=number, style="index"))
            where(shift, body)
        if above is not None:
            whole = _Maker(self.origin)
            beyond = whole.call(np.greater_equal, j, ir.Const(above), type_=_BOOL)
            whole.stmts.append(ir.If(beyond, ir.Block(inside.stmts), ir.Block([]), self.origin))
            inside = whole
        self.stmts.append(ir.For(j, start, stop, ir.Const(1), ir.Block(inside.stmts), self.origin))
