"""Linear forms over loop counters and sizes, and proofs that one is never negative.

A form is a `Dim`: a sum of `coefficient * symbol` and a constant. A symbol is the counter of a `for` loop, which has
bounds, or a number that stays the same during a call: a size, or an integer computed outside of all loops.

    for j in range(n):
        for i in range(j + 1, n):       i - j - 1 >= 0, because i >= j + 1
"""
from __future__ import annotations

from dataclasses import dataclass, field

from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array, Dim, Num
from .infer import dim_of

DEPTH = 12


@dataclass(frozen=True, slots=True)
class Range:
    """What is known of a counter: forms that it is never below, and forms that it is never above."""

    lower: tuple[Dim, ...]
    upper: tuple[Dim, ...]


@dataclass(slots=True)
class Bounds:
    """Ranges of counters, from outer to inner loops (the bounds of each are forms over the ones before it), and the
    symbols that are sizes."""

    sizes: frozenset[str] | set[str]
    ranges: dict[str, Range] = field(default_factory=dict)

    def nonnegative(self, form: Dim, depth: int = DEPTH) -> bool:
        """Whether a form is surely at least zero: counters are replaced by their bounds, the innermost first."""
        factors = dict(form.terms)
        name = next((s for s in reversed(self.ranges) if s in factors), None)
        if name is None:
            return form.const >= 0 and all(c > 0 and s in self.sizes for s, c in form.terms)
        if depth == 0:
            return False
        factor = factors.pop(name)
        rest = Dim(tuple(sorted(factors.items())), form.const)
        known = self.ranges[name]
        return any(self.nonnegative(rest + bound.scaled(factor), depth - 1)
                   for bound in (known.lower if factor > 0 else known.upper))


def replaced(form: Dim, names: dict[str, Dim]) -> Dim:
    """The form with symbols replaced by forms."""
    out = Dim((), form.const)
    for s, c in form.terms:
        out = out + (names[s].scaled(c) if s in names else Dim(((s, c),)))
    return out


class Counters:
    """The counters of a function's loops, and the symbols that stay the same during a call."""

    def __init__(self, fn: ir.Function) -> None:
        self.of: dict[ir.Stmt, str] = {}
        self.range: dict[str, Range] = {}
        self.step: dict[str, int] = {}
        self.stable: set[str] = set()
        self.sizes: set[str] = set()
        assigned: dict[ir.Var, int] = {}
        for stmt in visit.walk(fn.body):
            for v in visit.defines(stmt):
                assigned[v] = assigned.get(v, 0) + 1
        for p in (*fn.params, *fn.keywords):
            if p not in assigned:
                self._lasting(p)
        self._scan(fn.body, assigned)
        self._loops(fn.body)

    def _lasting(self, var: ir.Var) -> None:
        if isinstance(var.type, Array):
            for d in var.type.dims:
                self.sizes.update(s for s, c in d.terms if len(d.terms) == 1 and c == 1 and d.const == 0)
        elif isinstance(var.type, Num) and var.type.kind in "iu":
            self.stable.update(s for s, _ in dim_of(var).terms)

    def _scan(self, block: ir.Block, assigned: dict[ir.Var, int]) -> None:
        """What is assigned once, outside of loops and branches."""
        for stmt in block:
            for v in visit.defines(stmt):
                if assigned[v] == 1 and not visit.blocks(stmt):
                    self._lasting(v)

    def _loops(self, block: ir.Block) -> None:
        for stmt in visit.walk(block):
            if isinstance(stmt, ir.For):
                name = dim_of(stmt.target).terms[0][0]
                self.of[stmt] = name
                self.stable.discard(name)
                self.step[name], self.range[name] = self._course(stmt)

    def _course(self, stmt: ir.For) -> tuple[int, Range]:
        """By how much the counter changes from one iteration to the next (0: not known), and its bounds."""
        step = stmt.step.value if isinstance(stmt.step, ir.Const) else 0
        first, end = self.form(stmt.start), self.form(stmt.stop)
        if not isinstance(step, int) or step == 0:
            return 0, Range((), ())
        low, high = (first, end and end + -1) if step > 0 else (end and end + 1, first)
        return -step if stmt.backward else step, Range(
            () if low is None else (low,), () if high is None else (high,))

    def form(self, arg: ir.Arg) -> Dim | None:
        """An integer operand as a form; None if it may change in a way that is not known."""
        if isinstance(arg, ir.Const) and not (isinstance(arg.value, int) and not isinstance(arg.value, bool)):
            return None
        if isinstance(arg, ir.Pack) or (isinstance(arg, ir.Var) and not (
                isinstance(arg.type, Num) and arg.type.kind in "iu")):
            return None
        form = dim_of(arg)
        return form if self.known(form) else None

    def known(self, form: Dim) -> bool:
        return all(s in self.range or s in self.stable or s in self.sizes for s, _ in form.terms)
