"""How much memory one call of an emitted function has in use at its peak, found by going through its statements.

Names hold arrays until they get others, lists hold what is appended to them. A loop is gone through twice: what the
second iteration adds to the first, every later one adds again; its counter stands in the middle. Numbers of elements
are those of the call that was compiled; what a function of NumPy needs for itself while it runs is not counted.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .analysis.alias import view_kind
from .analysis.infer import Untypable
from .analysis.purity import is_fresh
from .analysis.shapes import call_type
from .backend.nesting import Uses
from .ir import nodes as ir
from .ir import visit
from .ir.types import Array, Num, Passive, Seq, Type

if TYPE_CHECKING:
    from .report import Sizes

NUMBER = 40  # bytes of a number in a list: the object, and the list's reference to it


@dataclass(slots=True)
class Peak:
    """`bytes` at the peak, as far as sizes are known; `complete` is False where some are not."""

    bytes: int = 0
    complete: bool = True


def peak_of(fn: ir.Function, sizes: Sizes) -> Peak:
    """The peak of a call of a function as it is printed, without its arguments."""
    run = _Run(Uses(fn), sizes, _counters(fn))
    run.block(fn.body)
    return run.peak


def _type(call: ir.Call) -> Type | None:
    """The type of a call's result."""
    try:
        return call_type(call.function, call.args, dict(call.kwargs), call.style)
    except (Untypable, TypeError):
        return None


def _counters(fn: ir.Function) -> dict[str, list[str]]:
    """The symbols in sizes that are counters of loops, by the name of the counter: variables may have been merged."""
    found: dict[str, list[str]] = {}
    for stmt in visit.walk(fn.body):
        for v in visit.defines(stmt):
            for dim in v.type.dims if isinstance(v.type, Array) else ():
                for symbol, _ in dim.terms:
                    name, percent, _ = symbol.partition("%")
                    if percent and symbol not in found.setdefault(name, []):
                        found[name].append(symbol)
    return found


@dataclass(slots=True)
class _Run:
    """A call that is gone through: the memory that each name, and each list, holds."""

    uses: Uses
    sizes: Sizes
    counters: dict[str, list[str]]
    peak: Peak = field(default_factory=Peak)
    used: int = 0
    size_of: dict[int, int] = field(default_factory=dict)
    holders: dict[int, int] = field(default_factory=dict)
    held: dict[ir.Var, list[int]] = field(default_factory=dict)
    count: int = 0

    def block(self, block: ir.Block) -> None:
        for stmt in block.stmts:
            self.statement(stmt, block)

    def statement(self, stmt: ir.Stmt, block: ir.Block) -> None:
        match stmt:
            case ir.Assign():
                self.bind(stmt.target, self.made(stmt.target, stmt.value))
            case ir.Copy():
                found = [list(self.held.get(s, ())) if isinstance(s, ir.Var) else [] for s in stmt.sources]
                self.hold([m for memory in found for m in memory])  # all at once: none is gone in between
                for target, memory in zip(stmt.targets, found, strict=True):
                    self.bind(target, memory)
                self.let_go([m for memory in found for m in memory])
            case ir.Push():
                self.push(stmt)
            case ir.Pop():
                memory = self.held.get(stmt.stack, [])
                last = [memory.pop()] if memory else []
                self.bind(stmt.target, last)
                self.let_go(last)
            case ir.For():
                self.loop(stmt, self.sizes.trips(stmt))
            case ir.While():
                self.loop(stmt, None)
            case ir.Comment():
                for v in stmt.forgotten:
                    self.bind(v, [])
            case _:
                for inner in visit.blocks(stmt):
                    self.block(inner)
        for v in visit.reads(stmt):  # what is written in place of its name is gone when it has been read
            if isinstance(v.type, Array) and self.uses.nestable(v, block):
                self.bind(v, [])

    def loop(self, stmt: ir.For | ir.While, trips: int | None) -> None:
        if trips == 0:
            return
        if isinstance(stmt, ir.For) and trips is not None:
            self.count_to_the_middle(stmt, trips)
        for _ in range(1 if trips == 1 else 2):
            before = self.used
            for inner in visit.blocks(stmt):
                self.block(inner)
        growth = self.used - before
        if growth > 0 and trips is None:
            self.peak.complete = False
        if growth > 0 and trips is not None and trips > 2:
            self.add((trips - 2) * growth, stmt)

    def count_to_the_middle(self, stmt: ir.For, trips: int) -> None:
        """Let sizes that depend on the counter be those of the iteration in the middle: what they are on average."""
        start, step = self.sizes.number(stmt.start), self.sizes.number(stmt.step)
        if start is not None and step is not None:
            for symbol in self.counters.get(stmt.target.hint, ()):
                self.sizes.symbols[symbol] = start + trips // 2 * step

    def add(self, more: int, stmt: ir.For | ir.While) -> None:
        """What later iterations leave behind, in one of the lists that the loop fills."""
        lists = [s.stack for s in visit.walk(ir.Block([stmt])) if isinstance(s, ir.Push)]
        if lists:
            self.held.setdefault(lists[0], []).insert(0, self.new(more))
            self.holders[self.count] += 1

    # --- memory -----------------------------------------------------------------------------------------------------
    def new(self, size: int) -> int:
        self.count += 1
        self.size_of[self.count] = size
        self.holders[self.count] = 0
        self.used += size
        self.peak.bytes = max(self.peak.bytes, self.used)
        return self.count

    def made(self, target: ir.Var, value: ir.Expr) -> list[int]:
        """The memory that an expression gives: new, or that of its operands."""
        if isinstance(value, ir.Var):
            return list(self.held.get(value, []))
        if isinstance(target.type, Num) or not isinstance(value, ir.Call) or value.style == "display":
            return []
        if not is_fresh(value) and view_kind(value) != "never":
            lender = next((a for a in value.args if isinstance(a, ir.Var) and a in self.held), None)
            return self.held[lender][-1:] if lender is not None else []
        whole = _type(value) if isinstance(target.type, Passive) else target.type  # merged variables have none
        types = whole.items if isinstance(whole, Seq) else (whole,)
        memory = []
        for t in types:
            size = self.sizes.bytes(t) if isinstance(t, Array) else 0
            self.peak.complete &= size is not None
            if size:
                memory.append(self.new(size))
        return memory

    def hold(self, memory: list[int]) -> None:
        for m in memory:
            self.holders[m] += 1

    def bind(self, var: ir.Var, memory: list[int]) -> None:
        self.hold(memory)
        old = self.held.get(var, [])
        self.held[var] = memory
        self.let_go(old)

    def let_go(self, memory: list[int]) -> None:
        for m in memory:
            self.holders[m] -= 1
            if not self.holders[m]:
                self.used -= self.size_of[m]

    def push(self, stmt: ir.Push) -> None:
        kept = self.held.setdefault(stmt.stack, [])
        for v in visit.variables(stmt.value):
            memory = self.held.get(v, []) if not isinstance(v.type, Num) else [self.new(NUMBER)]
            self.hold(memory[-1:])
            kept += memory[-1:]


__all__ = ["Peak", "peak_of"]
