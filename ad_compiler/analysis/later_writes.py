"""Whether what a statement reads is still in memory when the reverse sweep begins.

    for j in range(n):
        low[j, j] = sqrt(low[j, j] - dot(low[j, :j], low[j, :j]))       the row is not written again: j' > j
        ...

Memory may be written after a statement by a statement that follows it, or by any in the next iteration of a loop
around both. Where both parts of the array are known as intervals over the loop counters, they are compared.
"""
from __future__ import annotations

from bisect import bisect_left

from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import symbol
from .alias import Aliases
from .bounds import Bounds, Counters, Range, replaced
from .regions import Region, Regions
from .scopes import shared_loops

Loops = tuple[ir.Stmt, ...]


class LaterWrites:
    """Writes that come after a statement. With `compare_parts` false, a write to an array is one to all of it."""

    def __init__(self, fn: ir.Function, aliases: Aliases, *, compare_parts: bool = True) -> None:
        self.aliases = aliases
        self.compare_parts = compare_parts
        self.order: dict[ir.Stmt, int] = {}
        self.loops: dict[ir.Stmt, Loops] = {}
        self._block: dict[ir.Stmt, ir.Block] = {}
        self.birth: dict[ir.Var, Loops] = {}
        self.counters = Counters(fn)
        self.regions = Regions(aliases, self.counters)
        self._writes: dict[ir.Var, list[ir.Stmt]] = {}
        self._number(fn.body, ())
        for var in [*fn.params, *fn.keywords]:
            self.birth[var] = ()
        for base, stmts in aliases.writes.items():
            self._writes.setdefault(aliases.find(base), []).extend(stmts)
        self._moves: dict[ir.Var, list[ir.Stmt]] = {}  # what makes lists longer or shorter
        for stmt in visit.walk(fn.body):
            if isinstance(stmt, (ir.Push, ir.Pop)):
                self._moves.setdefault(aliases.find(stmt.stack), []).append(stmt)
        for stmts in self._writes.values():
            stmts.sort(key=self.order.__getitem__)
        self._outer: dict[ir.Var, int] = {}
        for var, loops in self.birth.items():
            rep = aliases.find(var)
            self._outer[rep] = min(self._outer.get(rep, len(loops)), len(loops))

    def _number(self, block: ir.Block, loops: Loops) -> None:
        for stmt in block:
            self.order[stmt] = len(self.order)
            self.loops[stmt] = loops
            self._block[stmt] = block
            inside = (*loops, stmt) if isinstance(stmt, (ir.For, ir.While)) else loops
            for v in visit.defines(stmt):
                self.birth.setdefault(v, loops)
            for inner in visit.blocks(stmt):
                self._number(inner, inside)

    # --- questions --------------------------------------------------------------------------------------------------
    def after(self, var: ir.Var, stmt: ir.Stmt) -> bool:
        """Whether what an array holds may be written after `stmt` (or by it), before the reverse sweep begins."""
        return self._overwritten(var, self.regions.of_view(var), stmt, None)

    def list_after(self, var: ir.Var, stmt: ir.Stmt) -> bool:
        """Whether a list may have other items, more or fewer after `stmt`."""
        rep = self.aliases.find(var)
        outer = self._outer.get(rep, 0)
        changes = (*self._writes.get(rep, ()), *self._moves.get(rep, ()))
        return any(self._follows(change, None, None, stmt, outer, None) for change in changes)

    def lasts_between(self, var: ir.Var, one: ir.Stmt, other: ir.Stmt) -> bool:
        """Whether two statements of one block find the same in the memory of an array, each before it writes itself."""
        block = self._block.get(one)
        if block is None or self._block.get(other) is not block:
            return False
        first, last = sorted((self.order[one], self.order[other]))
        return not any(first <= self.order[write] < last for write in self._writes.get(self.aliases.find(var), ()))

    def part_after(self, base: ir.Var, index: ir.Arg | None, stmt: ir.Stmt, but: ir.Stmt | None = None) -> bool:
        """The same of `base[index]`; the write `but`, in the same iteration, is not counted."""
        if stmt not in self.order:
            return self.aliases.written(base)
        return self._overwritten(base, self.regions.of_index(base, index), stmt, but)

    def _overwritten(self, var: ir.Var, region: Region | None, stmt: ir.Stmt, but: ir.Stmt | None) -> bool:
        rep = self.aliases.find(var)
        outer = self._outer.get(rep, 0)
        writes = self._writes.get(rep)
        if not writes:
            return False
        first = bisect_left(writes, self.order[stmt], key=self.order.__getitem__)  # the next one is the likeliest
        earlier = writes[:first] if self.loops[stmt] else ()
        return any(self.write_follows(write, region, stmt, outer, but) for write in (*writes[first:], *earlier))

    def write_follows(self, write: ir.Stmt, region: Region | None, stmt: ir.Stmt, outer: int, but: ir.Stmt | None
                      ) -> bool:
        """Whether a write may come after `stmt` and change the region, in memory that lasts through all but the `outer`
        loops around both."""
        other = self.regions.of_index(write.base, write.index) if isinstance(write, ir.Store) else None
        return self._follows(write, other, region, stmt, outer, but)

    def read_follows(self, read: ir.Stmt, part: Region, region: Region, stmt: ir.Stmt, var: ir.Var) -> bool:
        """Whether a statement that reads a part of the memory of `var` may come after `stmt`, in the same memory, and
        read some of the region."""
        return self._follows(read, part, region, stmt, self._outer.get(self.aliases.find(var), 0), stmt)

    def _follows(self, write: ir.Stmt, other: Region | None, region: Region | None, stmt: ir.Stmt, outer: int,
                 but: ir.Stmt | None) -> bool:
        common = shared_loops(self.loops[write], self.loops[stmt])
        same = self.order[write] >= self.order[stmt] and write is not but
        again = range(outer, common)  # the loops whose next iteration may write memory that is still the same
        if not same and not again:
            return False
        if not self.compare_parts or region is None or other is None or region.root is not other.root:
            return True
        if same and not self._apart(region, other, self.loops[write], common, None):
            return True
        return any(not self._apart(region, other, self.loops[write], level, self.loops[write][level])
                   for level in again)

    def _apart(self, region: Region, other: Region, around: Loops, level: int, again: ir.Stmt | None) -> bool:
        """Whether a write has no element in common with the region, in the same iteration of the loops down to
        `level`; then, if `again` is given, in a later iteration of that loop; and in any iteration of the others."""
        counters = self.counters
        ranges = dict(counters.range)
        names = {counters.of[loop]: symbol(f"{counters.of[loop]}'") for loop in around[level:] if loop in counters.of}
        for name, new in names.items():
            known = counters.range[name]
            low = tuple(replaced(d, names) for d in known.lower)
            high = tuple(replaced(d, names) for d in known.upper)
            if again is not None and name == counters.of.get(again) and (step := counters.step[name]):
                if step > 0:
                    low = (symbol(name) + step, *low)
                else:
                    high = (symbol(name) + step, *high)
            ranges[new.terms[0][0]] = Range(low, high)
        return region.disjoint(other.replaced(names), Bounds(counters.sizes, ranges))
