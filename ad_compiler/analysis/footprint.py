"""How much memory the arrays of a function hold at each statement of its own block, roughly.

A text holds for all sizes, so every size that is not known counts as `SIZE`: arrays of as many axes weigh the same. A
name holds its array until it gets another, or the function returns.
"""
from __future__ import annotations

import math
from dataclasses import dataclass

from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array, Dim, Num, Type
from .ownership import Ownership
from .purity import is_fresh

SIZE = 60


@dataclass(frozen=True, slots=True, eq=False)
class Holding:
    """An array made by the statement at `made` and read last by the one at `read`: `names` hold it."""

    names: tuple[ir.Var, ...]
    weight: int
    made: int
    read: int


class Footprint:
    """`used[i]` while the i-th statement of the function's block runs; `holdings`: arrays that could be let go before
    the function returns, as far as it is known who holds them."""

    def __init__(self, fn: ir.Function, known: Ownership) -> None:
        self.stmts = fn.body.stmts
        self.known = known
        self.uses: dict[ir.Var, int] = {}
        for stmt in visit.walk(fn.body):
            for v in visit.reads(stmt):
                self.uses[v] = self.uses.get(v, 0) + 1
        self.used = self._used()
        self._last_read = self._last_reads()
        self.holdings = [h for cls, names in self._by_class(fn).items() if (h := self._holding(cls, names)) is not None]

    def _used(self) -> list[int]:
        total, found = 0, []
        held: dict[ir.Var, int] = {}
        for stmt in self.stmts:
            if isinstance(stmt, ir.Assign) and makes_array(stmt):
                before = held.get(stmt.target, 0)
                held[stmt.target] = weight(stmt.target.type)
                total += held[stmt.target]
                found.append(total)
                total -= before  # what the name held is there until it gets the new one
            else:
                total += _inside(stmt)
                found.append(total)
            for v in visit.reads(stmt):
                if self.nests(v):
                    total -= held.pop(v, 0)
            for v in stmt.forgotten if isinstance(stmt, ir.Comment) else ():
                total -= held.pop(v, 0)
        return found

    def _last_reads(self) -> dict[ir.Var, int]:
        """The last statement of the function's block that reads each variable."""
        found: dict[ir.Var, int] = {}
        live, seen = self.known.live, 0
        for i in range(len(self.stmts) - 1, 0, -1):
            before = live.after[self.stmts[i - 1]]
            found.update(dict.fromkeys(live.set_of(before & ~seen), i))
            seen |= before
        return found

    def nests(self, var: ir.Var) -> bool:
        """Whether a variable will be written in place of its name."""
        return var.hint == "t" and self.uses.get(var) == 1 and self.known.assigned.get(var) == 1

    def _by_class(self, fn: ir.Function) -> dict[ir.Var, dict[ir.Var, list[int]]]:
        """Where the function's own block assigns the variables of each class of memory, if it assigns all of them."""
        found: dict[ir.Var, dict[ir.Var, list[int]]] = {}
        own = set(self.stmts)
        mixed = {self.known.class_of(v) for s in visit.walk(fn.body) if s not in own or not isinstance(s, ir.Assign)
                 for v in visit.defines(s) if not isinstance(v.type, Num)}
        for i, stmt in enumerate(self.stmts):
            if isinstance(stmt, ir.Assign) and isinstance(stmt.target.type, Array):
                cls = self.known.class_of(stmt.target)
                if cls not in mixed:
                    found.setdefault(cls, {}).setdefault(stmt.target, []).append(i)
        return found

    def _holding(self, cls: ir.Var, names: dict[ir.Var, list[int]]) -> Holding | None:
        """The array of a class, if it is one that we own and that is assigned once."""
        made = [i for places in names.values() for i in places if makes_array(self.stmts[i])]
        if len(made) != 1 or any(len(places) > 1 for places in names.values()) or cls in self.known.foreign or (
                self.known.memory.outside(cls)) or not self.known.members[cls] <= names.keys():
            return None
        read = max([made[0], *(self._last_read[v] for v in self.known.members[cls] if v in self._last_read)])
        maker = self.stmts[made[0]]
        assert isinstance(maker, ir.Assign)
        kept = tuple(v for v in names if not self.nests(v))
        return Holding(kept, weight(maker.target.type), made[0], read) if kept else None


def makes_array(stmt: ir.Stmt) -> bool:
    """Whether a statement makes an array that shares no memory with another."""
    return (isinstance(stmt, ir.Assign) and isinstance(stmt.target.type, Array) and stmt.target.type.ndim > 0
            and is_fresh(stmt.value))


def weight(t: Type) -> int:
    """The bytes of an array, roughly."""
    return t.dtype.itemsize * math.prod(map(_size, t.dims)) if isinstance(t, Array) else 0


def _size(dim: Dim) -> int:
    return max(dim.const + SIZE * sum(c for _, c in dim.terms), 1)


def _inside(stmt: ir.Stmt) -> int:
    """What a statement with blocks leaves behind: an array for each name, and records for each iteration."""
    inside = visit.walk(ir.Block([stmt]))
    arrays = dict.fromkeys(s.target for s in inside if isinstance(s, ir.Assign) and makes_array(s))
    return sum(weight(v.type) for v in arrays) + _recorded(stmt)


def _recorded(stmt: ir.Stmt) -> int:
    if isinstance(stmt, ir.Push):
        return sum(weight(v.type) for v in visit.variables(stmt.value))
    inner = sum(_recorded(s) for b in visit.blocks(stmt) for s in b)
    return inner * SIZE if isinstance(stmt, (ir.For, ir.While)) else inner


__all__ = ["Footprint", "Holding", "makes_array", "weight"]
