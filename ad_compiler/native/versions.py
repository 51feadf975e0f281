"""Arrays that a loop writes, recorded once in each iteration, so that what is computed from them need not be.

    for t in range(n):                            for t in range(n):
        a = 0.1 * u[1:-1]                             push kept, u.copy()
        push a_saved, a                               a = 0.1 * u[1:-1]
        d = u[1:-1] - u[:-2]                          d = u[1:-1] - u[:-2]
        push d_saved, d                               u[1:-1] = u[1:-1] - a * d
        u[1:-1] = u[1:-1] - a * d        ==>      ...
    ...                                           for t in reversed(range(n)):
    for t in reversed(range(n)):                      u_kept = pop kept
        d = pop d_saved                               d = u_kept[1:-1] - u_kept[:-2]
        a = pop a_saved                               a = 0.1 * u_kept[1:-1]

It is done where fewer values are kept then: several records of about the array's size go for one of it, or some that an
inner loop makes.
"""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, ListOf, Num
from .recompute import MOST, Recomputing, Record, is_cheap

Contiguous = set[ir.Var] | frozenset[ir.Var]


@dataclass(eq=False, slots=True)
class _Version:
    """An array as it is while the statements `first` to `last` of a loop's body run, of which the last may write it;
    `mirror` is the body of the reversed loop."""

    array: ir.Var
    body: ir.Block
    mirror: ir.Block
    first: int
    last: int

    @property
    def key(self) -> tuple[int, int, int]:
        return id(self.array), id(self.body), self.first


def recompute(fn: ir.Function, contiguous: Contiguous) -> ir.Function:
    """The function with values computed again that cost more to record, from versions of arrays where that pays."""
    found = Recomputing(fn, contiguous)
    if not found.records:
        return fn
    best = found.run()
    groups: dict[tuple[Any, ...], list[_Version]] = {}
    for record in found.records.values():
        needed = _Needed(found, record)
        if needed.versions:
            groups[tuple(sorted(needed.versions))] = list(needed.versions.values())
    chosen: dict[Any, _Version] = {}
    for group in groups.values():
        more = {**chosen, **{v.key: v for v in group}}
        tried, reads = _recorded(found, list(more.values()))
        after = Recomputing(tried, contiguous, reads).run()
        if _kept(after) < _kept(best):
            best, chosen = after, more
    return best


class _Needed:
    """The versions of arrays from which the value of a record could be computed; none if it cannot."""

    def __init__(self, found: Recomputing, record: Record) -> None:
        self.found, self.record = found, record
        self.versions: dict[Any, _Version] = {}
        self.left = 2 * MOST
        if found.counters(record.written) and not self.reached(record.push.value):
            self.versions = {}

    def reached(self, var: Any) -> bool:
        """Whether versions of arrays suffice for this value, as far as is seen without trying."""
        made = self.found.definition.get(var) if isinstance(var, ir.Var) else None
        if made is None or not isinstance(made.value, ir.Call) or self.found.around[id(made)] == (self.found.fn.body,):
            return True
        call = made.value
        self.left -= 1
        if self.left < 0 or call.kwargs:
            return False
        if call.function is prims.item and isinstance(call.args[0], ir.Var) and isinstance(call.args[0].type, Array):
            return not self.found.aliases.array_written(call.args[0]) or self.version(call.args[0], made)
        if is_cheap(call.function) or (call.function is np.copy and var is self.record.push.value):
            return all(self.version(v, made) if self.changes(v) else self.reached(v) for v in visit.variables(call))
        return var in self.found.by_value

    def changes(self, array: ir.Var) -> bool:
        """Whether this is an array of the function's own block, or a parameter, that is written."""
        found, made = self.found, self.found.definition.get(array)
        own = found.around[id(made)] == (found.fn.body,) if made is not None else array in found.fn.params
        return own and isinstance(array.type, Array) and found.aliases.array_written(array)

    def version(self, array: ir.Var, read: ir.Assign) -> bool:
        found = self.found
        if not self.changes(array) or found.counts[array] > 1 or not _whole(found, array, read.value):
            return False
        around = [b for b in found.around[id(read)] if id(b) in found.loops]
        for body in around:
            mirror = _mirror(found, self.record, body)
            if mirror is None:
                return False
            span = _span(found, array, body, read)
            if span is not None:
                version = _Version(array, body, mirror, *span)
                self.versions[version.key] = version
                return True
        return False


def _mirror(found: Recomputing, record: Record, body: ir.Block) -> ir.Block | None:
    """The body of the reversed loop that goes with a loop, where each iteration of one has one of the other."""
    forward, backward = ([b for b in blocks if id(b) in found.loops] for blocks in (record.written, record.behind))
    for one, other in zip(forward, backward, strict=True):
        a, b = found.loops[id(one)], found.loops[id(other)]
        if not (isinstance(a, ir.For) and isinstance(b, ir.For) and b.backward and not a.backward and a.trips is None
                and b.limit is None and a.target is b.target and all(
                    _same(x, y) for x, y in ((a.start, b.start), (a.stop, b.stop), (a.step, b.step)))):
            return None
        # the loop itself, not a branch, holds the next one: it runs as often in both directions
        if one is body:
            inner = not any(isinstance(s, (ir.Break, ir.Return)) for s in visit.walk(one))
            return other if inner and _nested(record.written, one) and _nested(record.behind, other) else None
    return None


def _nested(blocks: tuple[ir.Block, ...], body: ir.Block) -> bool:
    """Whether only loops and the function stand around a body."""
    return all(any(isinstance(s, ir.For) and s.body is inner for s in outer)
               for outer, inner in pairwise(blocks) if _before(blocks, inner, body))


def _before(blocks: tuple[ir.Block, ...], block: ir.Block, body: ir.Block) -> bool:
    numbers = {id(b): k for k, b in enumerate(blocks)}
    return numbers[id(block)] <= numbers[id(body)]


def _same(a: ir.Operand, b: ir.Operand) -> bool:
    return a is b or (isinstance(a, ir.Const) and isinstance(b, ir.Const) and a.value == b.value)


def _span(found: Recomputing, array: ir.Var, body: ir.Block, read: ir.Assign) -> tuple[int, int] | None:
    """The statements of a loop's body around a read between which nothing writes the array; None if the read's own
    statement does, or nothing in the body."""
    aliases = found.aliases
    writes = {id(s) for base, stmts in aliases.writes.items() if aliases.same_class(base, array) for s in stmts}
    within = [{id(s) for s in visit.walk(ir.Block([stmt]))} for stmt in body]
    writing = [k for k, ids in enumerate(within) if ids & writes]
    here = next(k for k, ids in enumerate(within) if id(read) in ids)
    if not writing or here in writing:
        return None
    first = max((k + 1 for k in writing if k < here), default=0)
    last = min((k for k in writing if k > here), default=len(body) - 1)
    if last in writing and id(body.stmts[last]) not in writes:
        last -= 1  # a loop or a branch, in which it is written
    return first, last


def _whole(found: Recomputing, array: ir.Var, call: ir.Expr) -> bool:
    """Whether reads like this one meet about all of an array in the course of its loops: slices that leave out a few
    elements, and indices that count along an axis."""
    assert isinstance(call, ir.Call) and isinstance(array.type, Array)
    if call.function is not prims.item:
        return True
    index = call.args[1]
    items = index.items if isinstance(index, ir.Pack) and index.kind == "tuple" else (index,)
    if len(items) > array.type.ndim:
        return False
    return all(_along(found, item, size) for item, size in zip(items, array.type.dims, strict=False))


def _along(found: Recomputing, item: ir.Arg, size: Any) -> bool:
    if isinstance(item, ir.Pack) and item.kind == "slice":
        start, stop, step = (*item.items, *(ir.Const(None),) * 3)[:3]
        few = isinstance(start, ir.Const) and (start.value is None or 0 <= start.value <= 4)
        wide = isinstance(stop, ir.Const) and (stop.value is None or -4 <= stop.value < 0)
        plain = isinstance(step, ir.Const) and step.value in (None, 1)
        return plain and (few or _counts(found, start, None)) and (wide or _counts(found, stop, None))
    return _counts(found, item, size)


def _counts(found: Recomputing, index: ir.Arg, size: Any) -> bool:
    """Whether an index is the counter of a loop, up to a constant; over an axis of this size, if one is given."""
    if not isinstance(index, ir.Var):
        return False
    made = found.definition.get(index)
    if made is not None and isinstance(made.value, ir.Call) and made.value.function in (np.add, np.subtract):
        one, other = made.value.args
        return isinstance(other, ir.Const) and _counts(found, one, size)
    loops = [s for s in found.loops.values() if isinstance(s, ir.For) and s.target is index]
    return bool(loops) and (size is None or _length(found, loops[0].stop) == size)


def _length(found: Recomputing, stop: ir.Operand) -> Any:
    """The size that a loop's end is, up to a constant."""
    made = found.definition.get(stop) if isinstance(stop, ir.Var) else None
    if made is None or not isinstance(made.value, ir.Call):
        return None
    call = made.value
    if call.function is np.subtract and isinstance(call.args[1], ir.Const):
        return _length(found, call.args[0])
    if call.function is len and isinstance(call.args[0], ir.Var) and isinstance(call.args[0].type, Array):
        return call.args[0].type.dims[0]
    return None


def _recorded(found: Recomputing, versions: list[_Version]) -> tuple[ir.Function, dict[tuple[int, ir.Var], ir.Var]]:
    """The function with these versions recorded, and which reads each of them serves."""
    reads: dict[tuple[int, ir.Var], ir.Var] = {}
    more: dict[int, list[ir.Stmt]] = {}  # what stands before a statement
    for version in versions:
        array, before = version.array, version.body.stmts[version.first]
        kept, back = ir.Var(f"{array.hint}_kept", array.type), ir.Var(f"{array.hint}_kept", array.type)
        stack = ir.Var(f"{array.hint}_kept_list", ListOf(array.type))
        outermost = next(s for s in found.fn.body if any(t is before for t in visit.walk(ir.Block([s]))))
        more.setdefault(id(outermost), []).append(
            ir.Assign(stack, ir.Call(list, (ir.Pack("list", ()),), (), "display")))
        more.setdefault(id(before), []).extend([
            ir.Assign(kept, ir.Call(np.copy, (array,), (), "method", "copy")), ir.Push(stack, kept)])
        more.setdefault(id(version.mirror.stmts[0]), []).append(ir.Pop(back, stack))
        reads.update(dict.fromkeys(_served(version), kept))
    return found.fn.with_body(_inserted(found.fn.body, more)), reads


def _inserted(block: ir.Block, more: dict[int, list[ir.Stmt]]) -> ir.Block:
    out: list[ir.Stmt] = []
    for stmt in block:
        out += more.get(id(stmt), ())
        out.append(visit.with_blocks(stmt, lambda b: _inserted(b, more)))
    return ir.Block(out)


def _served(version: _Version) -> list[tuple[int, ir.Var]]:
    """The reads of a version: of elements, of the whole, and of parts that nobody reads later, when the array may be
    another."""
    span = version.body.stmts[version.first: version.last + 1]
    within = list(visit.walk(ir.Block(span)))
    inside = Counter(v for s in within for v in visit.reads(s))
    everywhere = Counter(v for s in visit.walk(version.body) for v in visit.reads(s))
    written = {s.base for s in within if isinstance(s, ir.Store)}
    found = []
    for s in within:
        if isinstance(s, ir.Assign) and isinstance(s.value, ir.Call) and s.value.function is prims.item and (
                s.value.args[0] is version.array):
            target = s.target
            whole = inside[target] == everywhere[target] and target not in written and _only_computed(target, within)
            if isinstance(target.type, Num) or whole:
                found.append((id(s), version.array))
        elif isinstance(s, ir.Assign) and isinstance(s.value, ir.Call) and is_cheap(s.value.function) and (
                version.array in visit.reads(s)):
            found.append((id(s), version.array))
    return found


def _only_computed(view: ir.Var, stmts: list[ir.Stmt]) -> bool:
    """Whether what is done with a part of an array has no part of it as its result."""
    for s in stmts:
        if view in visit.reads(s) and not (isinstance(s, ir.Store) or (isinstance(s, ir.Assign) and isinstance(
                s.value, ir.Call) and (is_cheap(s.value.function) or s.value.function is np.copy
                                       or isinstance(s.value.function, np.ufunc)))):
            return False
    return True


def _kept(fn: ir.Function) -> list[tuple[int, int]]:
    """How much is recorded: for each order, loops around and axes together, the number of records; highest first."""
    found: Counter[int] = Counter()

    def look(block: ir.Block, depth: int) -> None:
        for s in block:
            if isinstance(s, ir.Push) and isinstance(s.value, ir.Var):
                found[depth + (s.value.type.ndim if isinstance(s.value.type, Array) else 0)] += 1
            for inner in visit.blocks(s):
                look(inner, depth + isinstance(s, (ir.For, ir.While)))

    look(fn.body, 0)
    return sorted(found.items(), reverse=True)
