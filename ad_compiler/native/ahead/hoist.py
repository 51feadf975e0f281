"""What is the same in each iteration of a loop is computed once, before it.

    for i in range(n):                            t = np.exp(-scales)
        z = (x[i] - means) * np.exp(-scales) ==>  for i in range(n):
        ...                                           z = (x[i] - means) * t

Done before differentiating, so that the adjoint of the loop adds up the cotangent of `t`, and that of `exp` is taken
once. Only from loops that surely run: where none did, the derivative of what they compute (`1 / x` at zero) could make
NaN of a cotangent that is zero.
"""
from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...ir import nodes as ir
from ...ir import prims, visit
from ...ir.types import Array, Num
from .facts import COSTLY, Facts, elementwise, in_memory, is_run, plain, written

REDUCTIONS = {np.sum, np.mean, np.prod, np.max, np.min, np.dot, np.matmul}


def hoist(fn: ir.Function, contiguous: set[ir.Var] | frozenset[ir.Var],
          worth: Callable[[ir.Assign], bool] | None = None, *, anyway: bool = False) -> ir.Function:
    """The function with such computations before their loops; `worth` says which are worth it, `anyway` that they are
    moved from loops that may not run, too."""
    found = _Hoisting(Facts(fn, contiguous), worth or worth_an_array, anyway)
    body = found.block(fn.body)
    return fn.with_body(body) if found.moved else fn


class _Hoisting:
    def __init__(self, facts: Facts, worth: Callable[[ir.Assign], bool], anyway: bool) -> None:
        self.facts, self.worth, self.anyway, self.moved = facts, worth, anyway, 0

    def block(self, block: ir.Block) -> ir.Block:
        out: list[ir.Stmt] = []
        for s in block:
            s = visit.with_blocks(s, self.block)
            if isinstance(s, ir.For) and plain(s):
                out += self.loop(s)
            else:
                out.append(s)
        return ir.Block(out)

    def loop(self, loop: ir.For) -> list[ir.Stmt]:
        """What is moved, and the loop."""
        inside = list(visit.walk(loop.body))
        if any(isinstance(s, (ir.Raise, ir.Try, ir.With, ir.Effect, ir.Ruled, ir.Given, ir.SetSlot)) for s in inside):
            return [loop]
        defined = {loop.target, *(v for s in inside for v in visit.defines(s))}
        touched = self.facts.classes(written(inside))
        same: dict[ir.Var, ir.Assign] = {}
        for s in loop.body:
            if isinstance(s, ir.Assign) and self.facts.assigned[s.target] == 1 and self.movable(s) and all(
                    v in same or (v not in defined and self.steady(v, touched)) for v in visit.reads(s)) and (
                    self.steady(s.target, touched)):
                same[s.target] = s
        wanted = {v for v, s in same.items() if self.worth(s)}
        for v, s in reversed(same.items()):
            if v in wanted:
                wanted.update(visit.reads(s))
        gone = [s for v, s in same.items() if v in wanted]
        if not gone or not (self.anyway or is_run(loop)):
            return [loop]
        self.moved += 1
        body = ir.Block([s for s in loop.body if not (isinstance(s, ir.Assign) and same.get(s.target) is s and (
            s.target in wanted))])
        return [*gone, visit.with_blocks(loop, lambda _: body)]

    def steady(self, var: ir.Var, touched: set[ir.Var]) -> bool:
        return not in_memory(var) or self.facts.memory.find(var) not in touched

    def movable(self, s: ir.Assign) -> bool:
        """Whether a statement can stand elsewhere: it makes numbers or arrays, always the same, and raises nothing
        that it did not raise in the first iteration."""
        call = s.value
        if not isinstance(call, ir.Call) or not isinstance(s.target.type, (Num, Array)):
            return False
        if call.function is prims.item:
            return not call.kwargs and isinstance(getattr(call.args[0], "type", None), Array)
        if call.function in (len, prims.dim):  # a list may get longer in the loop
            return isinstance(getattr(call.args[0], "type", None), Array)
        return (elementwise(call.function) and not call.kwargs) or _reduces(call)


def _reduces(call: ir.Call) -> bool:
    try:
        return call.function in REDUCTIONS and all(k in ("axis", "keepdims") for k, _ in call.kwargs)
    except TypeError:
        return False


def counts(s: ir.Assign) -> bool:
    """Whether a statement computes a size or a place, which never fails."""
    call = s.value
    return isinstance(s.target.type, Num) and s.target.type.kind == "i" and isinstance(call, ir.Call) and (
        call.function in (len, prims.dim, np.add, np.subtract, np.multiply))


def worth_an_array(s: ir.Assign) -> bool:
    """Whether a statement is worth being moved by itself."""
    call = s.value
    assert isinstance(call, ir.Call)
    if s.target.type.kind != "f" or call.function is prims.item:
        return False
    return _reduces(call) or call.function in COSTLY or (
        elementwise(call.function) and isinstance(s.target.type, Array))
