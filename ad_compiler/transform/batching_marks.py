"""Which variables differ between examples, once some inputs do."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from ..analysis.alias import Aliases
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, ListOf

_QUERIES = {prims.dim, prims.shape, len}
_FACTS = ("size", "ndim", "dtype", "itemsize")


def is_query(call: ir.Call) -> bool:
    """Whether a call asks for what all examples have in common: a shape, a dtype."""
    if call.function is bool:  # whether a list has items
        return isinstance(call.args[0], ir.Var) and isinstance(call.args[0].type, ListOf)
    if call.function in _QUERIES:
        return bool(call.args) and isinstance(call.args[0], ir.Var) and isinstance(call.args[0].type, (Array, ListOf))
    return call.function is prims.attribute and call.args[1].value in _FACTS


def batched_variables(fn: ir.Function, inputs: Iterable[ir.Var], aliases: Aliases, refuse: Callable[..., None]
                      ) -> set[ir.Var]:
    """The variables that depend on the batched inputs, by value or by the path that gives them their value.

    Memory that is written is one thing: if one of its names is batched, all are.
    """
    marks = _Marks(fn, set(inputs), aliases)
    while marks.changed:
        marks.changed = False
        marks.block(fn.body, False)
    for p in (*fn.params, *fn.keywords):
        if p in marks.batched and p not in marks.inputs:
            refuse(marks.stores.get(aliases.find(p)), f"`{p.hint}` is not batched, and values that differ between "
                   f"examples are written into it", "batch it as well (in_axes), or write into a copy")
    return marks.batched


class _Marks:
    def __init__(self, fn: ir.Function, inputs: set[ir.Var], aliases: Aliases) -> None:
        self.inputs, self.aliases = inputs, aliases
        self.batched = set(inputs)
        self.changed = True
        self.stores: dict[ir.Var, ir.Stmt] = {}
        self.members: dict[ir.Var, list[ir.Var]] = defaultdict(list)
        seen = {*fn.params, *fn.keywords, *(v for s in visit.walk(fn.body) for v in visit.defines(s))}
        for v in seen:
            self.members[aliases.find(v)].append(v)

    def mark(self, var: ir.Var, if_: bool = True) -> None:
        if if_ and var not in self.batched:
            self.batched.add(var)
            self.changed = True

    def block(self, block: ir.Block, differs: bool) -> None:
        """`differs`: whether which examples come here is known only at run time."""
        for stmt in block:
            self.statement(stmt, differs)

    def statement(self, stmt: ir.Stmt, differs: bool) -> None:
        on = self.batched.__contains__
        match stmt:
            case ir.Assign(target, value):
                asked = isinstance(value, ir.Call) and is_query(value)
                self.mark(target, not asked and any(map(on, visit.variables(value))))
            case ir.Copy(targets, sources):
                for t, s in zip(targets, sources, strict=True):
                    self.mark(t, differs or s in self.batched)
            case ir.Store(base, index, _, value):
                if differs or any(map(on, (base, *visit.variables(index), *visit.variables(value)))):
                    self.written(stmt, base)
            case ir.Push(stack, value):
                if differs or any(map(on, visit.variables(value))):
                    self.written(stmt, stack)
            case ir.Pop(target, stack):
                self.mark(target, stack in self.batched)
            case ir.If(cond, then, orelse):
                self.block(then, differs or cond in self.batched)
                self.block(orelse, differs or cond in self.batched)
            case ir.While():
                differs = differs or stmt.cond in self.batched
                self.block(stmt.header, differs)
                self.block(stmt.body, differs or stmt.cond in self.batched)
            case _:
                for inner in visit.blocks(stmt):
                    self.block(inner, differs)

    def written(self, stmt: ir.Stmt, base: ir.Var) -> None:
        root = self.aliases.find(base)
        self.stores.setdefault(root, stmt)
        for v in self.members[root]:
            if v is base or isinstance(v.type, (Array, ListOf)):
                self.mark(v)


__all__ = ["batched_variables", "is_query"]
