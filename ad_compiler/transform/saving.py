"""Recording: what the reverse sweep reads of the forward sweep, and how it gets it.

A variable of the function's own block is still there. One that lives inside a loop has one value per iteration: it is
recorded in a list when it is computed and read back at the top of the reversed body, unless it is cheap to compute
again from what is at hand (loop counters, sizes, items of arrays that are not written later).

    for k in range(n):                 for k in range(n):
        t = sin(x[k])                      t = sin(x[k])
        ...                    ==>         t_saved.append(t)
                                       for k in reversed(range(n)):
                                           t = t_saved[k]

Where the number of the iteration cannot be told from the loops' counters (in nested loops, in `while`), the list is
emptied from its end: `t_saved.pop()`.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from ..analysis.later_writes import LaterWrites
from ..analysis.scopes import Scopes
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, ListOf, Type, is_float_like
from .again import Again
from .emitter import call_key
from .measuring import Measures
from .once import Once
from .recompute import Key, Known, computed_again
from .rules import without_rules


@dataclass(eq=False)
class Recorded:
    """One recorded value: for the report."""

    var: ir.Var
    origin: ir.Origin | None
    in_loop: bool
    stack: ir.Var


@dataclass(eq=False)
class Sweeps:
    """The two sweeps with recording in place; `stacks` are the lists that the reverse sweep empties."""

    forward: list[ir.Stmt]
    reverse: list[ir.Stmt]
    stacks: list[ir.Var] = field(default_factory=list)
    recorded: list[Recorded] = field(default_factory=list)


class _Saver(Again):
    def __init__(self, fn: ir.Function, mirror: dict[ir.Block, ir.Block], later: LaterWrites, scopes: Scopes,
                 record_everything: bool) -> None:
        super().__init__(fn, later, scopes)
        self.fn, self.mirror = fn, mirror
        self.computed: dict[Any, ir.Var] = {}
        self.forward_of = {r: f for f, r in mirror.items()}
        self.shapes: dict[tuple[Key, str], ir.Var] = {}
        self.at_top: dict[ir.Block, list[ir.Stmt]] = {}
        self.at_mirror_top: dict[ir.Block, list[ir.Stmt]] = {}
        self.recomputed: dict[ir.Block, list[ir.Stmt]] = {}
        self.after: dict[ir.Stmt, list[ir.Stmt]] = {}
        self.stacks: list[ir.Var] = []
        self.lists: list[ir.Var] = []
        self.loop_of = {s.body: s for s in visit.walk(fn.body) if isinstance(s, ir.For)}
        self.once = Once(scopes, later.aliases, self.definition_of)
        self.recorded: list[Recorded] = []
        self.record_everything = record_everything
        self.measures: Measures | None = None

    # --- making it available --------------------------------------------------------------------------------------
    def need(self, key: Key) -> ir.Var:
        found = self.replacement.get(key)
        if found is not None:
            return found
        kind, block, var = key
        if kind == "local" and not self.record_everything:
            arrays = is_float_like(var.type) or isinstance(var.type, Array)
            same = self.once.of(var) if arrays else None
            if same is not None:
                self.replacement[key] = same
                return cast(ir.Var, same)  # constants are not recorded
            if self.recomputable(var, block):
                return self._recompute(key)
        new = self.replacement[key] = ir.Var(var.hint, var.type)
        self._record(key, var, new, [])
        return new

    def need_shape(self, key: Key, part: str, value: ir.Call, t: Type) -> ir.Var:
        """What `value` says of the shape of an array that is reached by `key`, recorded in the array's place."""
        array = key[2]
        known = self.shapes.get((key, part))
        if known is None:
            hint = f"{array.hint}_{part}" if array.hint != "t" else part
            kept, known = ir.Var(hint, t), ir.Var(hint, t)
            self.shapes[key, part] = known
            self._record(key, kept, known, [ir.Assign(kept, value)])
        return known

    def _record(self, key: Key, var: ir.Var, new: ir.Var, made: list[ir.Stmt]) -> None:
        """Push a variable in each iteration, after the statements that make it, and read it back as `new`."""
        kind, block, source = key
        stack = ir.Var(_list_name(var.hint), ListOf(var.type))
        number = None if self.record_everything else self._number(block)
        (self.stacks if number is None else self.lists).append(stack)
        push = ir.Push(stack, var)
        origin = None
        if kind == "iteration":
            self.at_top.setdefault(block, []).extend((*made, push))
        else:
            last = self.scopes.last_assignment(source, block)
            origin = getattr(last, "origin", None)
            self.after.setdefault(last, []).extend((*made, push))
        self.recorded.append(Recorded(var, origin, True, stack))
        read = ir.Pop(new, stack) if number is None else ir.Assign(
            new, ir.Call(prims.item, (stack, number), (), "index"))
        self.at_mirror_top.setdefault(block, []).append(read)

    def _number(self, block: ir.Block) -> ir.Operand | None:
        """The number of the iteration, from 0 on, at the top of a reversed loop body; None if it is not known."""
        loop = self.loop_of.get(block)
        if loop is None or len([b for b in self.scopes.path[block] if b in self.scopes.loop_bodies]) != 1:
            return None
        step = loop.step.value if isinstance(loop.step, ir.Const) else None
        first = loop.start
        if isinstance(first, ir.Var) and self.classify(first, self.fn.body) is not None:
            return None
        if loop.backward or step not in (1, -1):
            return None
        if isinstance(first, ir.Const) and first.value == 0 and step == 1:
            return loop.target
        pair = (loop.target, first) if step == 1 else (first, loop.target)
        place = (block, call_key(np.subtract, pair, None))
        known = self.computed.get(place)
        if known is None:
            known = self.computed[place] = ir.Var("t", loop.target.type)
            self.at_mirror_top.setdefault(block, []).insert(0, ir.Assign(known, ir.Call(np.subtract, pair, (), "op")))
            return known
        again = self.recomputed.get(block, [])
        for stmt in again:  # it is needed before what is read back
            if isinstance(stmt, ir.Assign) and stmt.target is known:
                again.remove(stmt)
                self.at_mirror_top.setdefault(block, []).insert(0, stmt)
                break
        return known

    # --- computing again ------------------------------------------------------------------------------------------
    def _recompute(self, key: Key) -> ir.Var:
        _, block, var = key
        found = self.again(var, block)
        assert found is not None
        call = found
        value = visit.map_arg(call, lambda leaf: self.resolve(leaf, block))
        known = (block, call_key(value.function, value.args, dict(value.kwargs)))
        if known in self.computed:
            new = self.replacement[key] = self.computed[known]
            return new
        new = self.replacement[key] = self.computed[known] = ir.Var(var.hint, var.type)
        self.recomputed.setdefault(block, []).append(ir.Assign(new, value))
        return new

    def resolve(self, operand: ir.Operand, block: ir.Block) -> ir.Operand:
        """A primal operand as the mirror of `block` reads it."""
        if not isinstance(operand, ir.Var):
            return operand
        key = self.classify(operand, block)
        return operand if key is None else self.need(key)

    def look_at(self, block: ir.Block, forward: ir.Block) -> None:
        """Note of which values a reversed block reads something, and of which it reads more than the shape."""
        forward = self.forward_of.get(block, forward)
        for stmt in block:
            array = None if self.measures is None else self.measures.read(stmt)
            for v in visit.reads(stmt):
                key = None if v is array else self.classify(v, forward)
                if key is not None:
                    self.needed[key] = None
            for inner in visit.blocks(stmt):
                self.look_at(inner, forward)

    def choose(self) -> None:
        """Weigh recording against computing again, in each loop body."""
        needed = [key for key in self.needed if not self.once.lasts(key[2])]
        self.chosen = computed_again(Known(self.scopes, self.later, self.classify, self.definition_of, self.once.lasts),
                                     needed)

    # --- rewriting ------------------------------------------------------------------------------------------------
    def reverse_block(self, block: ir.Block, forward: ir.Block) -> None:
        """Replace primal variables in a reversed block by what is at hand there."""
        forward = self.forward_of.get(block, forward)

        def inner(b: ir.Block) -> ir.Block:
            self.reverse_block(b, forward)
            return b

        def read(operand: Any) -> Any:
            return self.resolve(operand, forward)

        out: list[ir.Stmt] = []
        for stmt in block.stmts:
            measured = self._measured(stmt, forward) if self.measures is not None else None
            out += measured or [visit.map_stmt(stmt, read, inner, lambda v: v)]
        block.stmts[:] = out

    def _measured(self, stmt: ir.Stmt, forward: ir.Block) -> list[ir.Stmt] | None:
        """A statement that reads only the shape of an array which would be recorded for it: with the shape instead."""
        assert self.measures is not None
        array = self.measures.read(stmt)
        key = None if array is None else self.classify(array, forward)
        if key is None or key in self.needed or key in self.replacement or (key[0] == "local" and (
                self.once.of(array) is not None or self.is_free(array, key[1]))):
            return None
        assert isinstance(stmt, ir.Assign)
        return self.measures.instead(stmt, lambda v: self.classify(v, forward) is None,
                                     lambda part, value, t: self.need_shape(key, part, value, t))

    def add_tops(self) -> None:
        """Put what each reversed body starts with in place: popped values, then recomputed ones, each after what it
        reads."""
        for forward, reverse in self.mirror.items():
            pops = self.at_mirror_top.get(forward, [])
            reverse.stmts[:0] = [*pops, *self.recomputed.get(forward, [])]


def _list_name(hint: str) -> str:
    """What a list of one value per iteration is called; `_saved` by itself is a copy of the value."""
    return "saved" if hint == "t" else f"{hint}_list" if hint.endswith("_saved") else f"{hint}_saved"


def place_saves(fn: ir.Function, reverse: ir.Block, mirror: dict[ir.Block, ir.Block],
                inserted: dict[ir.Stmt, list[ir.Stmt]], inserted_after: dict[ir.Stmt, list[ir.Stmt]],
                later: LaterWrites, *, record_everything: bool = False, measure: bool = True, recompute: bool = True
                ) -> Sweeps:
    """Decide what is recorded, and return both sweeps. `measure`: shapes are recorded where nothing else is read;
    `recompute`: values are computed again where that costs less than recording them."""
    body = _with_insertions(fn.body, inserted, inserted_after, mirror)
    whole = ir.Function(fn.name, fn.params, fn.keywords, body)
    saver = _Saver(whole, mirror, later, Scopes(whole), record_everything)
    if not record_everything and (measure or recompute) and saver.scopes.loop_bodies:
        if measure:
            saver.measures = Measures(whole, saver.definition_of)
        saver.look_at(reverse, body)
        if recompute:
            saver.choose()
    saver.reverse_block(reverse, body)
    saver.add_tops()
    forward = _with_pushes(body, saver)
    stacks = [ir.Assign(s, ir.Call(list, (ir.Pack("list", ()),), (), "display")) for s in (
        *saver.lists, *saver.stacks)]
    return Sweeps([*stacks, *without_rules(forward).stmts], [*saver.once.stmts, *reverse.stmts], saver.stacks,
                  saver.recorded)


def _with_insertions(block: ir.Block, before: dict[ir.Stmt, list[ir.Stmt]], after: dict[ir.Stmt, list[ir.Stmt]],
                     mirror: dict[ir.Block, ir.Block]) -> ir.Block:
    """The block with the snapshots that the reverse sweep asked for; `mirror` follows the new blocks."""
    new = ir.Block()
    for stmt in block:
        inner = visit.with_blocks(stmt, lambda b: _with_insertions(b, before, after, mirror))
        new.stmts += [*before.get(stmt, ()), inner, *after.get(stmt, ())]
    if block in mirror:
        mirror[new] = mirror.pop(block)
    return new


def _with_pushes(block: ir.Block, saver: _Saver) -> ir.Block:
    new = ir.Block(list(saver.at_top.get(block, ())))
    for stmt in block:
        new.stmts += [visit.with_blocks(stmt, lambda b: _with_pushes(b, saver)), *saver.after.get(stmt, ())]
    return new
