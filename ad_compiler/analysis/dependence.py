"""Which variables depend on others, by any way: values, conditions, memory."""
from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Seq
from .alias import Aliases

#: What asks for the shape of an argument, not for its numbers.
_OF_SHAPES = {prims.shape, prims.dim, np.shape, np.size, np.ndim, len, np.zeros_like, np.ones_like, np.empty_like}
#: What asks for the shape of its first argument only.
_OF_FIRST_SHAPE = {np.full_like}


def depending(block: ir.Block, on: Iterable[ir.Var], by_shape: bool = True) -> set[ir.Var]:
    """Variables of a block whose values may depend on those of `on`; one whose memory does counts as a whole. Without
    `by_shape` a shape of something is no dependence."""
    found = _Depending(block, on, by_shape)
    while found.changed:
        found.changed = False
        found.block(block)
    return found.varied


class _Depending:
    def __init__(self, block: ir.Block, on: Iterable[ir.Var], by_shape: bool) -> None:
        self.varied, self.changed, self.by_shape = set(on), True, by_shape
        self.aliases = Aliases(ir.Function("", tuple(self.varied), (), block))
        self.known = {v for s in visit.walk(block) for v in (*visit.defines(s), *visit.reads(s))}

    def block(self, block: ir.Block) -> None:
        for stmt in block:
            self.statement(stmt)

    def statement(self, stmt: ir.Stmt) -> None:
        varied = self.varied
        match stmt:
            case ir.Assign(_, ir.Call(function)) if not self.by_shape and function in _OF_SHAPES:
                pass
            case ir.Assign(target, ir.Call(function, args, kwargs)) if (
                    not self.by_shape and function in _OF_FIRST_SHAPE):
                if self.any_varies(*args[1:], *(value for _, value in kwargs)):
                    self.mark([target])
            case ir.Copy(targets, sources):
                self.mark(t for t, s in zip(targets, sources, strict=True) if s in varied)
            case ir.Store(base, index, _, value) if self.any_varies(index, value):
                self.memory(base)
            case ir.SetSlot(base, _, value) if value in varied:
                self.memory(base)
            case ir.Push(stack, value) if self.any_varies(value):
                self.memory(stack)
            case ir.Store() | ir.SetSlot() | ir.Push():
                pass
            case ir.If() | ir.For() | ir.While() | ir.With() | ir.Try() | ir.Ruled():
                if not varied.isdisjoint(visit.reads(stmt)) or _left_early(stmt, varied):
                    self.everything(stmt)
                for inner in visit.blocks(stmt):
                    self.block(inner)
            case _:
                if not varied.isdisjoint(visit.reads(stmt)):
                    self.mark(visit.defines(stmt))

    def any_varies(self, *args: ir.Arg) -> bool:
        return any(v in self.varied for arg in args for v in visit.variables(arg))

    def everything(self, stmt: ir.Stmt) -> None:
        """Whether the statements inside are run, or how often, depends on the variables."""
        for inner in visit.walk(ir.Block([stmt])):
            self.mark(visit.defines(inner))
            match inner:
                case ir.Store(base) | ir.SetSlot(base) | ir.Push(base) | ir.Pop(_, base):
                    self.memory(base)
                case ir.Ruled(results):
                    self.mark(results)

    def mark(self, variables: Iterable[ir.Var]) -> None:
        before = len(self.varied)
        self.varied.update(variables)
        self.changed |= len(self.varied) > before

    def memory(self, base: ir.Var) -> None:
        self.mark([base, *(v for v in self.known if self.aliases.same_class(v, base) and not isinstance(v.type, Seq))])


def _left_early(stmt: ir.Stmt, varied: set[ir.Var]) -> bool:
    """Whether a loop has a `break` that depends on the variables."""
    if not isinstance(stmt, (ir.For, ir.While)):
        return False
    return any(isinstance(s, ir.If) and s.cond in varied and any(isinstance(i, ir.Break) for i in visit.walk(
        ir.Block([s]))) for s in visit.walk(ir.Block([stmt])))
