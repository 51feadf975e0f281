"""Indices that follow the counter of a loop, for all iterations at once.

    for j in range(1, n):
        ... x[i, j + 2] ...          ==>         x[i, 3:n + 2]
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...analysis.infer import dim_of, type_of
from ...ir import nodes as ir
from ...ir.assumed import nonnegative
from ...ir.types import Dim, Num, size
from ...transform.emitter import Emitter
from .facts import Facts

ALL = ir.Pack("slice", (ir.Const(None), ir.Const(None), ir.Const(None)))


class CannotSpread(Exception):
    """The statement stays in its loop."""


@dataclass(frozen=True, slots=True)
class Wide:
    """What stands for a variable outside of the loop: with the loop's axis in front (`axis`), or the same in each
    iteration. `rank`: its own axes. `costly`: there are functions in it that are worth an array."""

    operand: ir.Operand
    axis: bool
    rank: int
    costly: bool = False


class Indices:
    """What `Spread` knows of one loop, and its indices."""

    loop: ir.For
    facts: Facts
    emitter: Emitter
    trips: Dim
    defined: set[ir.Var]
    known: dict[ir.Var, Wide]

    def wide(self, arg: ir.Arg) -> Wide:
        """What stands for an operand; `Spread` defines it."""
        raise NotImplementedError

    def index(self, base: ir.Var, index: ir.Arg) -> tuple[ir.Pack, int, bool]:
        """An index for all iterations at once: the own axes of what it selects, and whether the loop's axis is in it.
        The loop's axis must come first, and is proven to be in range."""
        items = list(index.items) if isinstance(index, ir.Pack) and index.kind == "tuple" else [index]
        if len(items) > base.type.ndim:
            raise CannotSpread
        items += [ALL] * (base.type.ndim - len(items))
        out: list[ir.Arg] = []
        rank, moves = 0, False
        for item, dim in zip(items, base.type.dims, strict=True):
            if isinstance(item, ir.Pack):
                if item.kind != "slice":
                    raise CannotSpread
                parts = tuple(p if isinstance(p, ir.Const) else self.invariant(p) for p in item.items)
                rank += 1
                out.append(item if item is ALL else ir.Pack("slice", parts))
            elif isinstance(item, ir.Var) and self.counts(item):
                if moves or rank:
                    raise CannotSpread
                moves = True
                out.append(self.section(item, dim))
            else:
                out.append(self.invariant(item))
        return ir.Pack("tuple", tuple(out)), rank, moves

    def invariant(self, arg: ir.Arg) -> ir.Operand:
        """An integer that is the same in each iteration."""
        w = self.wide(arg)
        t = type_of(w.operand)
        if w.axis or not isinstance(t, Num) or t.kind not in "iu":
            raise CannotSpread
        return w.operand

    def counts(self, var: ir.Var) -> bool:
        """Whether an integer follows the loop's counter."""
        if var is self.loop.target:
            return True
        call = self.facts.definition.get(var)
        return (var in self.defined and var not in self.known and isinstance(call, ir.Call)
                and call.function in (np.add, np.subtract)
                and any(isinstance(a, ir.Var) and self.counts(a) for a in call.args))

    def section(self, item: ir.Var, dim: Dim) -> ir.Pack:
        """The slice that an index runs through, if it is in range and goes on by one."""
        name = dim_of(self.loop.target).terms[0][0]
        form, counter = dim_of(item), dict(dim_of(item).terms).get(name, 0)
        if counter != 1:
            raise CannotSpread
        first = form.without(name) + dim_of(self.loop.start)
        end = first + self.trips
        if not nonnegative(first) or not nonnegative(dim - end):
            raise CannotSpread
        if first == size(0) and end == dim:
            return ALL
        parts = (self.shifted(item, self.loop.start), self.shifted(item, self.loop.stop))
        return ir.Pack("slice", (*parts, ir.Const(None)))

    def shifted(self, item: ir.Var, counter: ir.Operand) -> ir.Operand:
        """The value of an index where the counter has a given value."""
        if item is self.loop.target:
            return counter
        call = self.facts.definition[item]
        assert isinstance(call, ir.Call)
        follows = [isinstance(a, ir.Var) and self.counts(a) for a in call.args]
        if all(follows) or (follows[1] and call.function is np.subtract):
            raise CannotSpread
        args = tuple(self.shifted(a, counter) if f else self.invariant(a)
                     for a, f in zip(call.args, follows, strict=True))
        if all(isinstance(a, ir.Const) for a in args):
            return ir.Const(call.function(*(a.value for a in args)).item())
        if isinstance(args[0], ir.Const) and args[0].value == 0 and call.function is np.add:
            return args[1]
        if isinstance(args[1], ir.Const) and args[1].value == 0:
            return args[0]
        dims = [dim_of(a) for a in args]
        form = dims[0] + dims[1] if call.function is np.add else dims[0] - dims[1]
        return self.emitter.call(call.function, args, style="op", hint="at", type_=Num(np.dtype(np.int64), dim=form))
