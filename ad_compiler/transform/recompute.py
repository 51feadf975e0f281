"""Store against recompute: which of the values that a reversed loop reads are computed again from others.

    for t in range(n):                                 for t in range(n):
        e = np.exp(-z)                                     e = np.exp(-z)
        e_saved.append(e)                                  e_saved.append(e)
        d = 1.0 + e                         ==>            s = 1.0 / (1.0 + e)
        d_saved.append(d)                                  ...
        s = 1.0 / d                                    for t in reversed(range(n)):
        s_saved.append(s)                                  e = e_saved[t]
        ...                                                d = 1.0 + e
                                                           s = 1.0 / d

A value costs its bytes to record, or its operations to compute again from values that are at hand then; the cheapest
choice for a whole loop body is a cut of least cost (`analysis/cut.py`) in the graph of its statements. A value `v` is
two nodes: `v` on the sink's side of its first node is computed again, on that of its second node it is at hand.

    source -- operations -> v,again     v,again -- bytes -> v,at_hand     operand,at_hand -- inf -> v,again

Only arithmetic of a pass or two is done again, on memory that is not written in between, so the numbers are the same to
the last bit.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from ..analysis.alias import view_kind
from ..analysis.cut import Cut
from ..analysis.later_writes import LaterWrites
from ..analysis.scopes import Scopes
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, Num

Key = tuple[str, ir.Block, ir.Var]
#: what an operation costs for an element, where recording one costs 1
_COSTS: dict[Any, float] = {
    **dict.fromkeys((np.add, np.subtract, np.multiply, np.negative, np.square, np.abs, np.maximum, np.minimum, np.less,
                     np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal), 0.35),
    **dict.fromkeys((np.divide, np.sqrt, np.reciprocal, np.where), 0.5)}
_CALL = 20.0
_EXTENT = 100


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the function whose values are recorded."""

    scopes: Scopes
    later: LaterWrites
    classify: Callable[[ir.Var, ir.Block], Key | None]
    definition: Callable[[ir.Var], ir.Assign | None]
    lasts: Callable[[ir.Var], bool]  # whether a value is the same in every iteration, and at hand before them


def computed_again(known: Known, needed: Iterable[Key]) -> set[ir.Var]:
    """The variables of loop bodies that are computed again, where `needed` are the values that reversed bodies read."""
    by_block: dict[ir.Block, list[Key]] = {}
    for key in needed:
        if key[1] in known.scopes.loop_bodies:
            by_block.setdefault(key[1], []).append(key)
    chosen: set[ir.Var] = set()
    for block, keys in by_block.items():
        if any(key[0] == "local" for key in keys):
            chosen |= _Body(known, block).choose(keys)
    return chosen


class _Body:
    """The graph of one loop body."""

    def __init__(self, known: Known, block: ir.Block) -> None:
        self.known, self.block = known, block
        self.own = {s.target: s for s in block.stmts if isinstance(s, ir.Assign)}
        self.cut = Cut("source", "sink")
        self.done: set[Key] = set()
        self.repeated: dict[Key, ir.Var] = {}

    def choose(self, needed: list[Key]) -> set[ir.Var]:
        for key in needed:
            self._add(key)
            self.cut.edge((key, "at hand"), "sink", inf)
        if not self.repeated:
            return set()
        side = self.cut.sink_side()
        return {var for key, var in self.repeated.items() if (key, "again") in side}

    def _add(self, key: Key) -> None:
        work = [key]
        while work:
            key = work.pop()
            if key in self.done:
                continue
            self.done.add(key)
            var = key[2]
            self.cut.edge((key, "again"), (key, "at hand"), _extent(var))
            stmt = self.own.get(var) if key[0] == "local" and key[1] is self.block else None
            cost = self._cost(stmt)
            self.cut.edge("source", (key, "again"), cost)
            if stmt is None or cost == inf:
                continue
            self.repeated[key] = var
            for operand in visit.variable_list(stmt.value):
                other = self.known.classify(operand, self.block)
                if other is not None and not self.known.lasts(operand):
                    self.cut.edge((other, "at hand"), (key, "again"), inf)
                    work.append(other)

    def _cost(self, stmt: ir.Assign | None) -> float:
        """What computing a value again costs; infinite where that is not possible, or gives another value."""
        if stmt is None or not isinstance(stmt.value, ir.Call) or self.known.definition(stmt.target) is not stmt:
            return inf
        call, t = stmt.value, stmt.target.type
        try:
            if call.style == "dim" or call.function is prims.shape:
                return 0.0
            if isinstance(t, Array) and view_kind(call) == "always":
                return 0.0 if self._reads_what_it_read(stmt) else inf
            cost = _COSTS.get(call.function)
        except TypeError:
            return inf
        if cost is None or call.kwargs or not isinstance(t, Array) or call.style not in ("op", "call"):
            return inf
        if not self._reads_what_it_read(stmt):
            return inf
        return cost * _extent(stmt.target) + _CALL

    def _reads_what_it_read(self, stmt: ir.Assign) -> bool:
        """Whether the operands are in the reverse sweep what they were at a statement."""
        later, scopes = self.known.later, self.known.scopes
        at = later.order.get(stmt)
        if at is None:
            return False
        for v in visit.variable_list(stmt.value):
            if isinstance(v.type, Array):
                if later.after(v, stmt):
                    return False
            elif not isinstance(v.type, Num):
                return False
            key = self.known.classify(v, self.block)
            if key is None:
                continue
            for place, made in scopes.assignments.get(v, ()):
                order = later.order.get(made)
                inside = key[0] == "local" or key[1] in scopes.path[place]
                if inside and (order is None or (order > at) != (key[0] == "iteration")):
                    return False
        return True


def _extent(var: ir.Var) -> float:
    """How many elements a value has, where nothing is known of the sizes."""
    if not isinstance(var.type, Array):
        return 1.0
    total = 1.0
    for dim in var.type.dims:
        total *= max(dim.const, 1) if dim.known else _EXTENT
    return total


__all__ = ["Key", "Known", "computed_again"]
