"""Items that are computed before a loop, although Python computes each when its iteration begins.

That makes no difference unless the loop's body changes what the items are computed from:

    for v in (y[i] for i in range(4)):
        y[3] += v

What the items read is compared with what the loop writes: names and objects that exist while compiling at once, arrays
and lists when the function has been read and it is known which of them share memory.
"""
from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ...analysis.alias import Aliases, view_kind
from ...errors import UnsupportedError
from ...ir import nodes as ir
from ...ir import prims, visit
from ...ir.types import Num
from ..frames import MISSING, Frame, Region
from ..lowering import Lowering
from ..values import FunctionV, GeneratorV, HeapV, IterV, MethodV, PartialV, TupleV, Value
from .growing import Lengths

_OF_SHAPES = (len, np.shape, np.ndim, np.size, prims.shape, prims.dim)


class Early:
    """One loop whose items may be computed early. Made before they are, `taken` when they are, over after the loop."""

    def __init__(self, lo: Lowering, value: Value, node: ast.For) -> None:
        self.lo, self.value, self.node = lo, value, node
        self.block, self.first = lo.block, len(lo.block.stmts)

    def taken(self, rest: list[Any]) -> None:
        """The items are there; `rest` is what is read after the loop."""
        computed = [stmt for stmt in self.block.stmts[self.first:] if not _is_size(stmt)]
        self.read = _contents(computed)
        self.state = set(_state(self.value)) if computed or _runs_code(self.value) else set()
        self.first = len(self.block.stmts)
        self.lengths = Lengths(self.lo, self.value, self.node)
        self.region: Region | None = self.lo.journal.open()
        rest.insert(0, self._over)

    def _over(self) -> None:
        if self.region is None:  # read on another path before
            return
        region, self.region = self.region, None
        written = set(region)
        if any(r is region for r in self.lo.journal.regions):  # else a path that left the loop has closed it
            written = {(frame, name) for frame, name in region if frame.get(name) is not region[frame, name]}
            self.lo.journal.drop(region)
        self.lengths.compare(self.block.stmts[self.first:])
        if any(frame in self.state or (frame, name) in self.state for frame, name in written):
            raise self._error()
        changed = set(_written(self.block.stmts[self.first:]))
        if self.read and changed:
            self.lo.interleaved.append((self.read, changed, self._error()))

    def _error(self) -> UnsupportedError:
        try:
            self.lo.fail("AD136", self.node.iter, "the body of this loop may change what the items of the loop are "
                         "computed from, and they are computed before the loop",
                         "compute each item in the body, or make the list of them first: `list(...)`")
        except UnsupportedError as error:
            return error


def refuse_interleaved(lo: Lowering, fn: ir.Function) -> None:
    """Raise for a loop that writes to the memory that its items were computed from."""
    if lo.interleaved:
        aliases = Aliases(fn)
        for read, written, error in lo.interleaved:
            if {aliases.find(v) for v in read} & {aliases.find(v) for v in written}:
                raise error


def _is_size(stmt: ir.Stmt) -> bool:
    """Whether a statement that comes from counting the items computes only how many there are."""
    return isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call) and stmt.value.function in (*_OF_SHAPES, min)


def _contents(stmts: list[ir.Stmt]) -> set[ir.Var]:
    """Arrays and lists from before these statements whose items they read, themselves or through views of their own."""
    own: set[ir.Var] = set()
    base: dict[ir.Var, ir.Var] = {}
    read: set[ir.Var] = set()
    for stmt in visit.walk(ir.Block(stmts)):
        own.update(visit.defines(stmt))
        call = stmt.value if isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call) else None
        if call is not None and view_kind(call) in ("always", "read-only"):
            base[stmt.target] = call.args[0]
        else:
            read.update(v for v in visit.reads(stmt) if not isinstance(v.type, Num))
    found = set()
    for v in read:
        while v in base:
            v = base[v]
        if v not in own:
            found.add(v)
    return found


def _written(stmts: Iterable[ir.Stmt]) -> Iterator[ir.Var]:
    for stmt in visit.walk(ir.Block(list(stmts))):
        match stmt:
            case ir.Store(base) | ir.SetSlot(base):
                yield base
            case ir.Push(stack) | ir.Pop(_, stack):
                yield stack
            case ir.Effect(call):
                yield from (v for v in visit.variables(call) if not isinstance(v.type, Num))


def _runs_code(value: Value) -> bool:
    return isinstance(value, GeneratorV) or (isinstance(value, IterV) and (
        value.function is not None or any(map(_runs_code, value.parts))))


def _state(value: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """Objects (by their frames) and names (frame, name) that the items of a value may be computed from."""
    seen = set() if seen is None else seen
    if id(value) in seen:
        return
    seen.add(id(value))
    match value:
        case HeapV():
            yield value.frame
            inner: list[Any] = list(value.frame.env.values())
        case TupleV(items):
            inner = items
        case IterV():
            inner = [*value.parts, value.function]
        case PartialV():
            inner = [value.function, *value.args, *value.kwargs.values()]
        case MethodV():
            inner = [value.receiver]
        case FunctionV():
            inner = [*value.defaults.values(), _Names(value.node, value.frame)]
        case GeneratorV():
            inner = [value.source, _Names(value.function if value.node is None else value.node, value.frame)]
        case _Names():
            inner = list(value.values())
            yield from value.found
        case _:
            return
    for part in inner:
        yield from _state(part, seen)


class _Names:
    """The names in a piece of program, where they are found."""

    def __init__(self, node: ast.AST, frame: Frame) -> None:
        names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        self.found: list[tuple[Frame, str]] = []
        around: Frame | None = frame
        while around is not None:
            here = {name for name in names if around.get(name) is not MISSING}
            self.found += [(around, name) for name in sorted(here)]
            names -= here
            around = around.parent

    def values(self) -> list[Value]:
        return [frame.get(name) for frame, name in self.found]
