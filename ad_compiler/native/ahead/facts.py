"""What the passes before differentiation know of a function, and which functions they move."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from ...analysis.infer import dim_of
from ...ir import nodes as ir
from ...ir import visit
from ...ir.assumed import nonnegative
from ...ir.types import Array, Dim, is_container
from ..layout import Memory

# A call of the C library for each element in a loop of numbers; a few vector instructions in a loop over arrays.
COSTLY = {np.exp, np.log, np.sin, np.cos, np.tan, np.tanh, np.sinh, np.cosh, np.log1p, np.expm1, np.log2, np.log10,
          np.exp2, np.arctan, np.arcsin, np.arccos, np.arctan2, np.logaddexp, np.cbrt}
CHEAP = {np.add, np.subtract, np.multiply, np.divide, np.negative, np.positive, np.abs, np.square, np.sqrt,
         np.maximum, np.minimum, np.power}


class Facts:
    """The memory of a function, and how often its variables are assigned and read."""

    def __init__(self, fn: ir.Function, contiguous: set[ir.Var] | frozenset[ir.Var]) -> None:
        self.memory = Memory(fn, contiguous)
        stmts = list(visit.walk(fn.body))
        self.assigned = Counter(v for s in stmts for v in visit.defines(s))
        self.read = Counter(v for s in stmts for v in visit.reads(s))
        self.definition = {s.target: s.value for s in stmts if isinstance(s, ir.Assign)}

    def classes(self, variables: Iterable[ir.Var]) -> set[ir.Var]:
        """The memory that variables may share, by its representatives."""
        return {self.memory.find(v) for v in variables}


def elementwise(function: object) -> bool:
    """Whether a function works element by element, gives the same at any time, and raises nothing."""
    return isinstance(function, np.ufunc) and (function in COSTLY or function in CHEAP)


def plain(loop: ir.Stmt) -> bool:
    """Whether a statement is a loop that counts upwards by one, and is not left early."""
    return (isinstance(loop, ir.For) and isinstance(loop.step, ir.Const) and loop.step.value == 1 and not loop.backward
            and loop.trips is None and loop.limit is None and loop.plan is None)


def trips(loop: ir.For) -> Dim:
    """How many iterations a plain loop has, if that is not negative."""
    return dim_of(loop.stop) - dim_of(loop.start)


def is_run(loop: ir.For, least: int = 1) -> bool:
    """Whether a plain loop has at least so many iterations, in every call that the code is for."""
    return nonnegative(trips(loop) + -least)


def written(stmts: Iterable[ir.Stmt]) -> list[ir.Var]:
    """The variables whose memory statements write: arrays, and lists that they make longer or shorter."""
    found = [s.base if isinstance(s, ir.Store) else s.stack if isinstance(s, (ir.Push, ir.Pop)) else None
             for s in stmts]
    return [v for v in found if v is not None]


def in_memory(var: ir.Operand | None) -> bool:
    """Whether what an operand holds can be changed under its name."""
    return isinstance(var, ir.Var) and (isinstance(var.type, Array) or is_container(var.type))
