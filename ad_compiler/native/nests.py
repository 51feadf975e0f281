"""One nest of loops, to which array statements of the same sizes are added as long as the order of reads and writes
stays NumPy's.

    t = np.sin(x)                      for k in range(n):
    y += 2 * t             ==>             t = math.sin(x[k])
    total = np.sum(t)                      y[k] = y[k] + 2.0 * t
                                           total += t

NumPy finishes a statement before it begins the next. In one loop that makes no difference as long as what a statement
writes is met by the others at the same index only. Where it is met at another, `Conflict` closes the nest.
"""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ..ir import nodes as ir
from .values import Arr, Inner, Scalar
from .writer import Int, Writer, text


class Conflict(Exception):
    """The statement cannot join the open nest."""


@dataclass(slots=True)
class Total:
    """Something that is added up over the axes from `depth` on: lines before these loops, and after them."""

    depth: int
    before: list[str]
    after: list[str]


@dataclass(eq=False, slots=True)
class Nest:
    """The loops over `sizes`, not yet written. `index` are their counters; `same(a, b)` says whether two variables
    may share memory."""

    writer: Writer
    sizes: tuple[Int, ...]
    index: tuple[str, ...]
    same: Any
    body: list[str] = field(default_factory=list)
    loaded: dict[Any, Scalar] = field(default_factory=dict)
    values: dict[ir.Var, Inner] = field(default_factory=dict)
    reads: list[tuple[ir.Var, Any]] = field(default_factory=list)
    writes: list[tuple[ir.Var, Any]] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    modules: set[str] = field(default_factory=set)
    vectorises: bool = True
    asked: Counter[Any] = field(default_factory=Counter)  # how often elements were asked for, by place
    added: Counter[Any] = field(default_factory=Counter)  # how often this was for adding to them
    apart: bool = True  # each step of the outermost loop writes memory of its own, as far as places move with it

    # --- a sink for lines -----------------------------------------------------------------------------------
    def line(self, line: str) -> None:
        self.body.append(line)

    def fresh(self, hint: str) -> str:
        return self.writer.fresh(hint)

    def fail_if(self, condition: str) -> None:
        self.body += [f"if {condition}:", "    return 1"]

    def once_all(self, condition: str) -> None:
        """Give up after the loops if the condition held anywhere: no branch inside."""
        name = self.fresh("far")
        self.totals.append(Total(0, [f"{name} = 0"], [f"if {name} != 0:", "    return 1"]))
        self.line(f"{name} = {name} | (1 if {condition} else 0)")

    def uses(self, module: str) -> None:
        self.modules.add(module)

    # --- memory ---------------------------------------------------------------------------------------------
    def load(self, array: Arr) -> Scalar:
        """The element of an array of the nest's sizes at the present index."""
        key = array.key
        if any(key != other and self.same(array.owner, owner) for owner, other in self.writes):
            raise Conflict
        self.asked[key] += 1
        if key not in self.loaded:
            self.reads.append((array.owner, key))
            name = self.fresh(array.owner.hint)
            self.line(f"{name} = {loaded_text(array, array.element(self.index))}")
            self.loaded[key] = Scalar(name, array.dtype, weak=False)
        return self.loaded[key]

    def may_store(self, array: Arr) -> None:
        """Raise Conflict unless the array may be written here at the present index."""
        for owner, key in (*self.reads, *self.writes):
            if key != array.key and self.same(array.owner, owner):
                raise Conflict

    def store(self, array: Arr, value: str) -> None:
        """Write an element at the present index; `value` is of the array's type."""
        self.writes.append((array.owner, array.key))
        self.line(stored_line(array, array.element(self.index), value))
        for key in [k for k, _ in self.loaded.items() if k[0] == array.base.pointer]:
            del self.loaded[key]

    def writes_to(self, owner: ir.Var) -> bool:
        return any(self.same(owner, other) for other, _ in self.writes)

    # --- the loops ------------------------------------------------------------------------------------------
    def write_out(self) -> None:
        """Write the loops into the kernel."""
        w = self.writer
        if not self.writes and not self.totals:  # what was computed is read by nobody
            return
        for depth in range(len(self.sizes) + 1):
            for total in self.totals:
                if total.depth == depth:
                    for line in total.before:
                        w.line(line)
            if depth < len(self.sizes):
                w.open(f"for {self.index[depth]} in range({text(self.sizes[depth])}):")
        for line in self.body:
            w.line(line)
        for depth in range(len(self.sizes), -1, -1):
            for total in self.totals:
                if total.depth == depth:
                    for line in total.after:
                        w.line(line)
            if depth:
                w.close()


def loaded_text(array: Arr, element: str) -> str:
    """How an element is read: truth values are kept as bytes."""
    return f"{element} != 0" if array.dtype.kind == "b" else element


def stored_line(array: Arr, element: str, value: str) -> str:
    return f"{element} = 1 if {value} else 0" if array.dtype.kind == "b" else f"{element} = {value}"
