"""What is known where a kernel may begin: which variables are assigned, what it takes, what is left to libraries."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array, ListOf, Num
from .blas import address
from .solving import SOLVERS
from .texts import Input
from .writer import CannotLower


@dataclass(slots=True)
class Known:
    """The variables that have been assigned so far: on some path, and on every path."""

    some: set[ir.Var]
    sure: set[ir.Var]

    def copy(self) -> Known:
        return Known(set(self.some), set(self.sure))

    def after(self, stmt: ir.Stmt) -> None:
        """Note what a statement assigns."""
        own = set(visit.defines(stmt))
        inner = [{v for s in visit.walk(b) for v in visit.defines(s)} for b in visit.blocks(stmt)]
        self.some |= own.union(*inner)
        self.sure |= own
        if isinstance(stmt, ir.If):
            direct = [{v for s in b for v in visit.defines(s)} for b in visit.blocks(stmt)]
            self.sure |= set.intersection(*direct)
        elif isinstance(stmt, ir.While):
            self.sure |= {v for s in stmt.header for v in visit.defines(s)}


def left_to_blas(value: ir.Expr) -> bool:
    """Whether an expression is a product of matrices that may be large, or a system of equations."""
    if not isinstance(value, ir.Call) or value.function not in (np.matmul, np.dot):
        return isinstance(value, ir.Call) and _is_solver(value.function)
    types = [a.type for a in value.args if isinstance(a, ir.Var)]
    if len(types) != 2 or not all(isinstance(t, Array) and t.ndim >= 2 for t in types):
        return False
    if address() and all(t.ndim == 2 and t.dtype == np.dtype(np.float64) for t in types):
        return False  # kernels call it themselves
    return not all(d.known and d.const <= 16 for t in types for d in t.dims)


def _is_solver(function: Any) -> bool:
    try:
        return function in SOLVERS
    except TypeError:
        return False


def has_arrays(stmt: ir.Stmt) -> bool:
    """Whether a statement is a loop, or computes or writes an array."""
    return isinstance(stmt, (ir.For, ir.While, ir.Store)) or any(
        isinstance(v.type, Array) for v in visit.defines(stmt))


def taken_apart(ins: tuple[ir.Var, ...], groups: list[ir.Var]) -> tuple[tuple[ir.Var, ...], list[ir.Stmt]]:
    """The inputs with the numbers of groups in place of the groups, and the statements that put these together."""
    leaves = {v: tuple(ir.Var(f"{v.hint}_{k}", t) for k, t in enumerate(v.type.items))
              for v in groups}
    flat = tuple(leaf for v in ins for leaf in leaves.get(v, (v,)))
    return flat, [ir.Assign(v, ir.Pack("tuple", parts)) for v, parts in leaves.items()]


def input_of(var: ir.Var, singles: bool) -> Input:
    """What the caller of a kernel must know of an input."""
    t = var.type
    if isinstance(t, Num):
        return Input(var.hint, "number", t.dtype, 0, t.weak, singles)
    if isinstance(t, Array):
        return Input(var.hint, "array", t.dtype, t.ndim)
    return Input(var.hint, "list" if isinstance(t, ListOf) else "other", np.dtype(np.float64), listed=t)


class NotWorth(CannotLower):
    """A region so small that it stays as it is."""


def names(block: ir.Block, var: ir.Var) -> bool:
    """Whether statements read or assign a variable."""
    return any(var in visit.reads(s) or var in visit.defines(s) for s in visit.walk(block))


def stopped(why: str, stmts: list[ir.Stmt], stops: Callable[[ir.Block], bool],
            kind: type[CannotLower] = CannotLower) -> CannotLower:
    """The reason why a region cannot be: no shorter one can either that has the first statement which `stops` it."""
    reason = kind(why)
    reason.reached = next((k for k, s in enumerate(stmts) if stops(ir.Block([s]))), None)
    return reason
