"""Which memory a variable may be: itself, or that of variables it was made from, in this direction only.

    c = np.array(p)              c is new memory
    c[0] = 1.0                   ... which is written; p is not
    j := c on one path, p on the other

`Aliases` says which variables may share memory anywhere; here `c` and `p` do not, though `j` may be either.
"""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, is_container
from .alias import view_kind


class Origins:
    """The memory that variables of a block may be."""

    def __init__(self, block: ir.Block) -> None:
        self._from: defaultdict[ir.Var, set[ir.Var]] = defaultdict(set)
        self._written: list[ir.Var] = []
        for stmt in visit.walk(block):
            self._read(stmt)

    def of(self, var: ir.Var) -> set[ir.Var]:
        """The variables whose memory `var` may be, with itself."""
        found: set[ir.Var] = set()
        rest = [var]
        while rest:
            v = rest.pop()
            if v not in found:
                found.add(v)
                rest += self._from.get(v, ())
        return found

    def written(self) -> set[ir.Var]:
        """The variables whose memory may be written."""
        return {v for base in self._written for v in self.of(base)}

    def _read(self, stmt: ir.Stmt) -> None:
        match stmt:
            case ir.Assign(target, ir.Var() as source):
                self._add(target, [source])
            case ir.Assign(target, ir.Call() as call):
                if getattr(call.function, "own_memory", False):
                    return
                if view_kind(call) != "never" or _takes(call) or is_container(target.type):
                    self._add(target, visit.variables(call))
            case ir.Copy(targets, sources):
                for target, source in zip(targets, sources, strict=True):
                    self._add(target, [source])
            case ir.Given(results, rule):
                for target, source in zip(results, rule.sources, strict=True):
                    self._add(target, [source])
            case ir.Store(base, _, _, value):
                self._written.append(base)
                if not isinstance(base.type, Array):
                    self._add(base, [value])
            case ir.SetSlot(base, _, value):
                self._written.append(base)
                self._add(base, [value])
            case ir.Push(stack, value):
                self._add(stack, visit.variables(value))
            case ir.Pop(target, stack):
                self._add(target, [stack])
            case _:
                pass

    def _add(self, target: ir.Var, sources: Iterable[ir.Arg]) -> None:
        self._from[target].update(v for v in sources if isinstance(v, ir.Var) and (
            isinstance(v.type, Array) or is_container(v.type)))


def _takes(call: ir.Call) -> bool:
    """Whether a call takes an item of a container."""
    base = call.args[0] if call.args else None
    return call.function is prims.item and (isinstance(base, ir.Pack) or (
        isinstance(base, ir.Var) and is_container(base.type)))


__all__ = ["Origins"]
