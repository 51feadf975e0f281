"""Names that hold a number on one path and an array on another, and are used as one or the other.

    if c > 0:                           if c > 0:
        b = x * c                           b = x * c
    else:                                   return np.sum(b)
        b = c ** 2              ==>     else:
    return np.sum(b)                        b = c ** 2
                                            return np.sum(b)

What follows such a branch is read twice, each time with the kind that is known there. Where the paths meet at the end
of a loop's body that cannot be done: the function is refused.
"""
from __future__ import annotations

import numpy as np

from ...analysis.undecided import Undecided
from ...errors import Diagnostic, Span, UnsupportedError
from ...ir import nodes as ir
from ...ir import visit
from ...ir.types import BOOL, INT, Array
from ..lowering import Lowering
from ..values import Value
from .apart import NeedExits
from .rebinding import ask_for_rebound


def settle_kinds(lo: Lowering, fn: ir.Function) -> None:
    """Ask for a reading in which every use of an array or a number is of one of them. Raises UnsupportedError."""
    wrong = Undecided(fn).wrong
    for place in wrong:
        site = lo.branched.get(place)
        if site is not None and site not in lo.exiting:
            raise NeedExits(site)
    for block in _blocks(fn) if lo.asked else ():
        block.stmts[:] = [s for s in block.stmts if s not in lo.asked]
    if not wrong:
        _test_that_they_run(fn)
    for _, stmt in wrong.values():
        ask_for_rebound(lo, fn, stmt)
    for var, stmt in wrong.values():
        origin = getattr(stmt, "origin", None)
        span = None if origin is None else Span(origin.file, origin.line, origin.col, origin.end_col)
        raise UnsupportedError(Diagnostic(
            "AD119", span, f"`{var.hint}` may be a number or an array here, depending on the path taken, and this "
            "would mean another thing for each", "give it one kind on every path: `np.zeros(...)` for an array that "
            "begins as a number", (f"while compiling `{fn.name}`",)))


def ask_kind(lo: Lowering, value: Value) -> None:
    """The program asks whether something is an array or a number, or of which shape, and is told when compiling."""
    if lo.mixed and isinstance(value, ir.Var) and isinstance(value.type, Array):
        asked = ir.Assign(ir.Var("axes", INT), ir.Call(np.ndim, (value,), (), "call", "np.ndim"), lo.origin)
        lo.emit(asked)
        lo.asked.add(asked)


def _test_that_they_run(fn: ir.Function) -> None:
    """Loops that are taken to run, and of which nothing is known: after them it is tested that they did."""
    found = Undecided(fn, cautious=True)
    loops = {loop: found.left[loop] for loop in found.wrong if loop in found.left}
    if not loops:
        return
    for block in _blocks(fn):
        for loop in [s for s in block if s in loops]:
            place = block.stmts.index(loop) + 1
            block.stmts[place:place] = [s for v in loops[loop] for s in _test(v, loop)]


def _blocks(fn: ir.Function) -> list[ir.Block]:
    return [fn.body, *(b for s in visit.walk(fn.body) for b in visit.blocks(s))]


def _test(var: ir.Var, loop: ir.Stmt) -> list[ir.Stmt]:
    """`assert np.ndim(var) > 0`"""
    origin = getattr(loop, "origin", None)
    axes, some = ir.Var("axes", INT), ir.Var("some", BOOL)
    message = ir.Const(f"the loop above did not run, and `{var.hint}` is a number: the derivative takes it for an "
                       "array")
    return [ir.Assign(axes, ir.Call(np.ndim, (var,), (), "call", "np.ndim"), origin),
            ir.Assign(some, ir.Call(np.greater, (axes, ir.Const(0)), (), "op"), origin),
            ir.Raise(message, some, origin)]
