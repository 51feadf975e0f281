"""Temporaries written back into expressions, so that the output reads like what a person writes.

    t = 2.0 * v
    lap = u - t             ==>     lap = u - 2.0 * v

Only a compiler's temporary that is read once, in the block that assigns it, is written in place of its name, and only
where nothing changes: what can raise stays in its order, a read of memory never moves across a write, an expression
never moves across an assignment to a variable in it, and none moves into a loop or a branch.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..analysis.choices import choice
from ..analysis.purity import conduct, is_pure
from ..ir import nodes as ir
from ..ir.visit import blocks, defines, reads
from ..ir.visit import variable_list as operands
from ..naming import sanitise

TEMPORARY = "t"


@dataclass(slots=True, eq=False)
class Pending:
    """An expression that waits for the statement that reads it. `ordered`: it may raise; `reads`: it reads memory;
    `mentions`: the variables in its text."""

    target: ir.Var
    text: str
    level: int
    ordered: bool
    reads: bool
    mentions: frozenset[ir.Var]
    origin: ir.Origin | None


class Uses:
    """How often and where each variable is read and assigned: what nesting needs to know of a function."""

    def __init__(self, fn: ir.Function) -> None:
        self.reads: dict[ir.Var, int] = {}
        self.place: dict[ir.Var, ir.Block] = {}
        self.assignments: dict[ir.Var, int] = {}
        self.wishes: set[str] = {sanitise(v.hint) for v in (*fn.params, *fn.keywords)}
        self.chosen: dict[ir.If, str] = {}
        for p in (*fn.params, *fn.keywords):
            self.assignments[p] = 1
        self._scan(fn.body)

    def _scan(self, block: ir.Block) -> None:
        count, place, assignments = self.reads, self.place, self.assignments
        for stmt in block.stmts:
            kind = type(stmt)
            where = stmt.header if kind is ir.While else block
            for v in reads(stmt):
                count[v] = count.get(v, 0) + 1
                place[v] = where
            for v in defines(stmt):
                assignments[v] = assignments.get(v, 0) + 1
                if v.hint != TEMPORARY:
                    self.wishes.add(sanitise(v.hint))
            if kind is not ir.Assign:
                for inner in blocks(stmt):
                    self._scan(inner)
                if kind is ir.If:
                    self._choice(stmt, block)

    def _choice(self, stmt: ir.If, block: ir.Block) -> None:
        """Note an `if` that can be written as an expression. `and` and `or` write their condition once."""
        kind = choice(stmt)
        if kind:
            self.chosen[stmt] = kind
        if kind in ("and", "or") and isinstance(stmt.cond, ir.Var):
            self.reads[stmt.cond] -= 1
            self.place[stmt.cond] = block

    def nestable(self, var: ir.Var, block: ir.Block, assignments: int = 1) -> bool:
        """Whether a temporary assigned in `block` may stand where it is read."""
        return (self.reads.get(var) == 1 and self.place[var] is block and var.hint == TEMPORARY
                and self.assignments[var] == assignments)


class Nesting:
    """The expressions that wait at the current point of the text, in the order they are evaluated.

    `write` writes one as a statement of its own, `room` is how many characters a line can take in."""

    def __init__(self, write: Callable[[Pending], None], room: Callable[[], int]) -> None:
        self.pending: dict[ir.Var, Pending] = {}
        self._write = write
        self._room = room

    def settle(self, used: Iterable[ir.Var], *, ordered: bool = True, writes: bool = False,
               defines: tuple[ir.Var, ...] = (), named: ir.Var | None = None, alone: bool = False) -> None:
        """Write out, as statements, what must come before a statement that reads `used` in that order.

        `ordered`: the statement may raise or do something; `writes`: it writes memory; `defines`: variables that it
        assigns; `named`: an operand that must be written as a name; `alone`: nothing may wait past the statement."""
        pending = self.pending
        if not pending:
            return
        taken = [v for v in used if v in pending]
        entries = list(pending.values())
        last = self._last_out_of_order(entries, taken, ordered)
        wide = self._too_wide(entries, taken, last)
        for i, p in enumerate(entries):
            if p.ordered and i <= max(last, wide):
                must = True
            elif p.target in taken:
                must = p.target is named or i <= wide
            else:
                must = p.target is named or alone or (writes and p.reads) or not p.mentions.isdisjoint(defines)
            if must:
                self.flush(p)

    @staticmethod
    def _last_out_of_order(entries: list[Pending], taken: list[ir.Var], ordered: bool) -> int:
        """The last entry that cannot wait because evaluation would happen in another order."""
        position = {v: i for i, v in enumerate(taken)}
        later = len(taken)  # where the next entry that can raise is evaluated
        for i in range(len(entries) - 1, -1, -1):
            p = entries[i]
            if not p.ordered:
                continue
            at = position.get(p.target)
            if at is None:
                if ordered:
                    return i
                later = -1  # it stays, so nothing before it may move past it
            elif at >= later:
                return i
            else:
                later = at
        return -1

    def _too_wide(self, entries: list[Pending], taken: list[ir.Var], last: int) -> int:
        """The last entry to write out so that the statement's line does not become too long."""
        widths = [len(p.text) if p.target in taken and (i > last or not p.ordered) else 0
                  for i, p in enumerate(entries)]
        total, room, wide = sum(widths), self._room(), -1
        for i, width in enumerate(widths):
            if total <= room:
                break
            if width:
                total -= width
                wide = i
        return wide

    def flush(self, p: Pending) -> None:
        del self.pending[p.target]
        self._write(p)

    def flush_all(self) -> None:
        for p in list(self.pending.values()):
            self.flush(p)

    def wait(self, stmt: ir.Assign, render: Callable[[ir.Expr], tuple[str, int]]) -> None:
        """Let the assignment wait; `render` gives the text of its value, taking in what it reads."""
        value = stmt.value
        found = operands(value)
        raises, reads = conduct(value, stmt.target) if isinstance(value, ir.Call) else (False, False)
        self.settle(found, ordered=False)
        taken = [self.pending[v] for v in found if v in self.pending]
        mentions = frozenset(found).union(*(p.mentions for p in taken))
        ordered = raises or any(p.ordered for p in taken)
        reads = reads or any(p.reads for p in taken)
        text, level = render(value)
        self.pending[stmt.target] = Pending(stmt.target, text, level, ordered, reads, mentions, stmt.origin)


def movable(value: Any) -> bool:
    """Whether an expression may be evaluated later than where it stands."""
    return not isinstance(value, ir.Call) or is_pure(value)
