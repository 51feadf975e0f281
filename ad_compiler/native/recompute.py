"""Records that cost more than what they record: a product, a sum or a difference of values at hand is computed again.

    for i in range(n):                            for i in range(n):
        t = x[i] - m                                  t = x[i] - m
        push t_saved, t                               ...
        ...                          ==>
    for i in reversed(range(n)):                  for i in reversed(range(n)):
        t = pop t_saved                               t = x[i] - m
        ...                                           ...

In NumPy an operation costs as much as keeping its result; in a loop of machine code it is cheaper than two memory
accesses. The numbers are the same to the last bit.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, ListOf, Num
from .layout import Memory

CHEAP = {np.add, np.subtract, np.multiply, np.negative}
MOST = 4  # operations that are done again for one record, besides reading arrays


class _NotAtHand(Exception):
    """The value cannot be computed where the record is read."""


@dataclass(eq=False, slots=True)
class Record:
    """A list with one place where it is written and one where it is read: the statements and the blocks around them,
    innermost last."""

    push: ir.Push
    written: tuple[ir.Block, ...]
    read: ir.Stmt
    target: ir.Var
    behind: tuple[ir.Block, ...]


class Recomputing:
    """`versions`: for a statement and an array that it reads, which is written, the variable, recorded itself, that
    holds what it reads."""

    def __init__(self, fn: ir.Function, contiguous: set[ir.Var] | frozenset[ir.Var],
                 versions: Mapping[tuple[int, ir.Var], ir.Var] = MappingProxyType({})) -> None:
        self.fn, self.aliases, self.versions = fn, Memory(fn, contiguous), versions
        self.definition: dict[ir.Var, ir.Assign] = {}
        self.around: dict[int, tuple[ir.Block, ...]] = {}
        self.loops: dict[int, ir.Stmt] = {}
        self.counts = Counter(v for s in visit.walk(fn.body) for v in visit.defines(s))
        self.gone: set[ir.Var] = set()  # lists that are not kept
        self.needed: set[ir.Var] = set()  # lists from which others are computed
        self.records: dict[ir.Var, Record] = {}
        self.order = {id(s): k for k, s in enumerate(visit.walk(fn.body))}
        self.look(fn.body, ())
        self.find_records()
        self.by_value = {r.push.value: r for r in self.records.values() if isinstance(r.push.value, ir.Var)}

    def look(self, block: ir.Block, outer: tuple[ir.Block, ...]) -> None:
        here = (*outer, block)
        for s in block:
            self.around[id(s)] = here
            if isinstance(s, ir.Assign):
                self.definition[s.target] = s
            for inner in visit.blocks(s):
                if isinstance(s, (ir.For, ir.While)):
                    self.loops[id(inner)] = s
                self.look(inner, here)

    def find_records(self) -> None:
        uses: dict[ir.Var, list[ir.Stmt]] = {}
        for s in visit.walk(self.fn.body):
            for v in visit.reads(s):
                if isinstance(v.type, ListOf):
                    uses.setdefault(v, []).append(s)
        for v, stmts in uses.items():
            made = self.definition.get(v)
            if len(stmts) != 2 or made is None or self.around[id(made)] != (self.fn.body,):
                continue
            push, read = stmts
            target = read.target if _reads(read, v) else None
            if not isinstance(push, ir.Push) or target is None or not isinstance(target.type, (Num, Array)):
                continue
            record = Record(push, self.around[id(push)], read, target, self.around[id(read)])
            counters = self.counters(record.written)
            paired = bool(counters) and counters == self.counters(record.behind)
            # in a loop that does not count, a record can be computed from others that are pushed and popped with it
            if isinstance(read, ir.Pop) and (paired or not counters):
                self.records[v] = record
            elif paired and isinstance(read, ir.Assign) and self.own_place(read.value.args[1], counters, record):
                self.records[v] = record

    def own_place(self, index: ir.Var, counters: list[ir.Var], record: Record) -> bool:
        """Whether the index is the number of the iteration: the counter, or its distance from where it starts."""
        made = self.definition.get(index)
        if index in counters or made is None or not isinstance(made.value, ir.Call):
            return index in counters
        loop = next(self.loops[id(b)] for b in reversed(record.written) if id(b) in self.loops)
        assert isinstance(loop, ir.For), "the loops count"
        step = loop.step.value if isinstance(loop.step, ir.Const) else None
        ends = {1: (loop.target, loop.start), -1: (loop.start, loop.target)}.get(step)
        return made.value.function is np.subtract and made.value.args == ends and self.counts[index] == 1

    def counters(self, blocks: tuple[ir.Block, ...]) -> list[ir.Var]:
        """The counters of the loops around, outermost first; none if there are loops that do not count."""
        found = [self.loops[id(b)] for b in blocks if id(b) in self.loops]
        return [s.target for s in found if isinstance(s, ir.For)] if all(isinstance(s, ir.For) for s in found) else []

    def with_versions(self, made: ir.Assign) -> ir.Call:
        """The call that a statement makes, of versions of the arrays where there are some."""
        call = made.value
        assert isinstance(call, ir.Call)
        if not any((id(made), v) in self.versions for v in visit.variables(call)):
            return call
        return visit.map_arg(call, lambda v: self.versions.get((id(made), v), v) if isinstance(v, ir.Var) else v)

    def run(self) -> ir.Function:
        again: dict[int, tuple[int, list[ir.Stmt]]] = {}  # of the reads that go: where the statements stand instead
        for v, record in self.records.items():
            if v in self.needed:
                continue
            try:
                made = _Again(self, record)
                made.named(made.value(record.push.value, record.target), record.target)
                if not made.paired and not made.used:
                    raise _NotAtHand
            except _NotAtHand:
                continue
            self.gone.add(v)
            self.needed |= made.used
            again[id(record.read)] = made.after, made.stmts
        if not self.gone:
            return self.fn
        behind: dict[int, list[ir.Stmt]] = {}
        for after, stmts in again.values():
            behind.setdefault(after, []).extend(stmts)

        def change(s: ir.Stmt) -> list[ir.Stmt] | None:
            gone = id(s) in again or (isinstance(s, ir.Push) and s.stack in self.gone) or (
                isinstance(s, ir.Assign) and s.target in self.gone)
            more = behind.get(id(s), [])
            return more if gone else [s, *more] if more else None  # what has more behind it has no blocks

        return self.fn.with_body(visit.replaced(self.fn.body, change))


class _Again:
    """The statements that compute a record's value once more. They stand behind the statement `after`."""

    def __init__(self, whole: Recomputing, record: Record) -> None:
        self.whole, self.record = whole, record
        self.stmts: list[ir.Assign] = []
        self.after = id(record.read)
        self.made: dict[ir.Var, ir.Operand] = {}
        self.used: set[ir.Var] = set()  # lists that are read on the way
        self.counters = whole.counters(record.written)
        self.paired = bool(self.counters)
        self.first_use = min((whole.order[id(s)] for b in (record.behind[-1],) for s in visit.walk(b)
                              if record.target in visit.reads(s)), default=1 << 60)

    def value(self, var: Any, target: ir.Var | None = None) -> ir.Operand:
        """The operand that has, where the record is read, the value that `var` had where it was written."""
        whole = self.whole
        if not isinstance(var, ir.Var):
            if isinstance(var, ir.Const):
                return var
            raise _NotAtHand
        if var in self.made:
            return self.made[var]
        if var in self.counters:
            return var
        made = whole.definition.get(var)
        if made is not None and whole.around[id(made)] == (whole.fn.body,) and self.everywhere(var, made):
            return var
        if var in (*whole.fn.params, *whole.fn.keywords) and not whole.counts[var] and self.unwritten(var):
            return var
        before = list(self.stmts), self.after, dict(self.made), set(self.used)
        try:
            if made is None or whole.counts[var] != 1 or not isinstance(made.value, ir.Call):
                raise _NotAtHand
            return self.operation(var, made.value, target, made.origin)
        except _NotAtHand:
            self.stmts, self.after, self.made, self.used = before
            other = whole.by_value.get(var)
            if other is None or other is self.record or not self.unwritten(var):  # what is kept may have been changed
                raise
            return self.kept(other)

    def everywhere(self, var: ir.Var, made: ir.Assign) -> bool:
        """Whether a variable of the function's own block is the same here and there."""
        order = self.whole.order
        return self.whole.counts[var] == 1 and self.unwritten(var) and isinstance(
            var.type, (Num, Array)) and order[id(made)] < order[id(self.record.push)]

    def unwritten(self, var: ir.Var) -> bool:
        return not isinstance(var.type, Array) or not self.whole.aliases.array_written(var)

    def kept(self, other: Record) -> ir.Operand:
        """What another record holds, which is written and read in the same blocks."""
        order, record, place = self.whole.order, self.record, self.whole.order[id(other.read)]
        together = other.written[-1] is record.written[-1] and other.behind[-1] is record.behind[-1]
        if other.push.value in self.whole.versions.values():  # of a loop that may be further out
            together = any(b is other.written[-1] for b in record.written) and any(
                b is other.behind[-1] for b in record.behind)
        if not together or other.push.stack in self.whole.gone or place > self.first_use:
            raise _NotAtHand
        if place > next(order[id(s)] for s in record.behind[-1] if id(s) == self.after):
            self.after = id(other.read)
        self.used.add(other.push.stack)
        return other.target

    def operation(self, var: ir.Var, call: ir.Call, target: ir.Var | None, origin: Any) -> ir.Operand:
        if call.function is np.copy and var is self.record.push.value and len(call.args) == 1 and not call.kwargs:
            return self.copied(call.args[0], target)
        read = call.function is prims.item and not call.kwargs
        if len(self.stmts) >= 2 * MOST or not (read or (is_cheap(call.function) and not call.kwargs)):
            raise _NotAtHand
        call, old = self.whole.with_versions(self.whole.definition[var]), call
        if not (read and call is not old) and not self.unwritten(var):  # it may have been changed since it was made
            raise _NotAtHand
        if isinstance(var.type, Array) and not read and not isinstance(self.record.target.type, Array):
            raise _NotAtHand  # a whole array for one element
        if sum(isinstance(s.value, ir.Call) and is_cheap(s.value.function) for s in self.stmts) >= MOST:
            raise _NotAtHand
        if read and not (isinstance(call.args[0], ir.Var) and isinstance(call.args[0].type, Array)
                         and self.unwritten(call.args[0])):
            raise _NotAtHand
        args = tuple(visit.map_arg(a, self.value) for a in call.args)
        again = target or ir.Var(var.hint, var.type)
        self.stmts.append(ir.Assign(again, ir.Call(call.function, args, (), call.style, call.text), origin))
        self.made[var] = again
        return again

    def named(self, found: ir.Operand, target: ir.Var) -> None:
        """Give the record's variable its value, where that has another name here."""
        if found is not target:
            if not isinstance(target.type, Array):
                raise _NotAtHand
            copy = ir.Call(np.copy, (found,), (), "method", "copy")
            self.stmts.append(ir.Assign(target, copy, self.record.read.origin))

    def copied(self, source: Any, target: ir.Var | None) -> ir.Operand:
        """What was copied, where nothing writes into the copy."""
        if target is None or not self.unwritten(self.record.push.value) or not self.unwritten(target):
            raise _NotAtHand
        return self.value(source, target)


def _reads(stmt: ir.Stmt, stack: ir.Var) -> bool:
    """Whether a statement takes one value off a list, or reads the one of an iteration."""
    if isinstance(stmt, ir.Pop):
        return stmt.stack is stack
    return (isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call) and stmt.value.function is prims.item
            and stmt.value.args[0] is stack and isinstance(stmt.value.args[1], ir.Var))


def is_cheap(function: Any) -> bool:
    try:
        return function in CHEAP
    except TypeError:
        return False
