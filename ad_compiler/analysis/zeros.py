"""Which variables of a block are zero whatever its inputs are: what nothing but zeros is computed from.

    y_bar = np.zeros_like(y)
    for i in range(n):
        t = y_bar[i] * c          zero, since nothing else is stored into y_bar
        x_bar[i] += t
"""
from __future__ import annotations

import numpy as np

from .. import support
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import ListOf, is_float_like
from .alias import Aliases

_MADE = {np.zeros, np.zeros_like}
#: Zero if the first argument is.
_OF_FIRST = {prims.item, np.copy, np.array, np.asarray, np.ascontiguousarray, np.negative, np.positive, np.reshape,
             np.ravel, np.transpose, np.sum, np.cumsum, np.broadcast_to, np.expand_dims, np.squeeze, np.moveaxis,
             np.swapaxes, np.real, np.imag, np.conj, np.divide, list, support.sum_to_shape}
_PRODUCTS = {np.multiply, np.matmul, np.dot, np.outer, np.vdot, np.inner}
_SUMS = {np.add, np.subtract}


def surely_zero(block: ir.Block) -> set[ir.Var]:
    """The variables that a block assigns and that are zero in every run, lists of zeros among them."""
    found = _Zeros(block)
    while found.changed:
        found.changed = False
        for stmt in visit.walk(block):
            found.statement(stmt)
    return found.zero


class _Zeros:
    """Begins with all that the block assigns, and drops what may be something else."""

    def __init__(self, block: ir.Block) -> None:
        self.aliases = Aliases(ir.Function("", (), (), block))
        outside = set(visit.free_variables([block]))
        self.zero = {v for s in visit.walk(block) for v in visit.defines(s)
                     if v not in outside and (is_float_like(v.type) or isinstance(v.type, ListOf))}
        self.changed = True

    def is_zero(self, arg: ir.Arg) -> bool:
        if isinstance(arg, ir.Pack):
            return all(map(self.is_zero, arg.items))
        if isinstance(arg, ir.Const):
            return isinstance(arg.value, (int, float, complex, np.generic, np.ndarray)) and not np.any(arg.value)
        return arg in self.zero

    def drop(self, var: ir.Var) -> None:
        """`var` may be given something else than zero."""
        if var in self.zero:
            self.zero.discard(var)
            self.changed = True

    def drop_memory(self, var: ir.Var) -> None:
        """What `var` holds may become something else than zero, and so may what every other name of its memory does."""
        names = {v for v in self.zero if v is var or self.aliases.same_class(v, var)}
        self.zero -= names
        self.changed |= bool(names)

    def statement(self, stmt: ir.Stmt) -> None:
        match stmt:
            case ir.Assign(target, value):
                if target in self.zero and not self.expression(value):
                    self.drop(target)
            case ir.Copy(targets, sources):
                for target, source in zip(targets, sources, strict=True):
                    if not self.is_zero(source):
                        self.drop(target)
            case ir.Store(base, _, op, value):
                if op not in ("", "+", "-", "*") or (op != "*" and not self.is_zero(value)):
                    self.drop_memory(base)
            case ir.Push(stack, value):
                if not self.is_zero(value):
                    self.drop_memory(stack)
            case ir.Pop(target, stack):
                if stack not in self.zero:
                    self.drop(target)
            case _:
                for var in visit.defines(stmt):
                    self.drop_memory(var)

    def expression(self, value: ir.Expr) -> bool:
        """Whether an expression is zero if the variables are that are thought to be."""
        if not isinstance(value, ir.Call):
            return self.is_zero(value)
        function, args = value.function, value.args
        if function in _MADE:
            return True
        if function in _PRODUCTS:
            return any(map(self.is_zero, args))
        if function in _SUMS:
            return all(map(self.is_zero, args))
        if function is np.where:
            return len(args) == 3 and all(map(self.is_zero, args[1:]))
        return function in _OF_FIRST and self.is_zero(args[0])


__all__ = ["surely_zero"]
