"""Whether statements are linear in given variables, as far as constants added to them go.

    y = g * c + d       not linear in g: d does not vanish with it

That the derivative does not depend on where it is taken is seen when the statements are differentiated; what remains
to be seen is that nothing constant is added, stored or joined to what varies.
"""
from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import is_float_like
from .alias import Aliases
from .dependence import depending
from .infer import type_of
from .zeros import surely_zero

_SUMS = (np.add, np.subtract)


def adds_nothing(block: ir.Block, inputs: Iterable[ir.Var], outputs: Iterable[ir.Operand | None],
                 around: ir.Block) -> bool:
    """Whether every output of a block vanishes with the inputs, if it is affine in them. `around` is the program that
    the block belongs to, which may have made zeros for it."""
    varied, outputs = depending(block, inputs), tuple(outputs)
    zeros = surely_zero(block)
    if _Linearity(varied, zeros).holds(block, outputs):
        return True
    written = Aliases(ir.Function("", (), (), block)).written
    zeros |= {v for v in visit.free_variables([block]) if not written(v)} & surely_zero(around)
    return _Linearity(varied, zeros).holds(block, outputs)


class _Linearity:
    def __init__(self, varied: set[ir.Var], zeros: set[ir.Var]) -> None:
        self.varied, self.zeros = varied, zeros

    def holds(self, block: ir.Block, outputs: Iterable[ir.Operand | None]) -> bool:
        return all(o is None or o in self.varied or self.zero(o) for o in outputs) and all(
            map(self.homogeneous, visit.walk(block)))

    def homogeneous(self, stmt: ir.Stmt) -> bool:
        """Whether a statement joins nothing constant to what varies."""
        match stmt:
            case ir.Assign(target, ir.Call() as call) if target in self.varied:
                return self._call(call)
            case ir.Copy(targets, sources):
                return all(self._fits(s) for t, s in zip(targets, sources, strict=True) if t in self.varied)
            case ir.Store(base, _, op, value) if base in self.varied and op in ("", "+", "-"):
                return self._fits(value)
            case ir.Push(stack, value) if stack in self.varied:
                return self._fits(value)
            case _:
                return True

    def _call(self, call: ir.Call) -> bool:
        if call.function in _SUMS:
            return all(map(self._fits, call.args))
        if call.function is np.where:
            return all(map(self._fits, call.args[1:]))
        return all(self._fits(item) for a in call.args if isinstance(a, ir.Pack) for item in a.items
                   if any(v in self.varied for v in visit.variables(a)))

    def _fits(self, arg: ir.Arg) -> bool:
        """Whether an operand varies, is zero, or is no floating-point number."""
        if isinstance(arg, ir.Pack):
            return all(map(self._fits, arg.items))
        if arg in self.varied or (isinstance(arg, ir.Var) and not is_float_like(type_of(arg))):
            return True
        return self.zero(arg)

    def zero(self, arg: ir.Operand) -> bool:
        """Whether an operand is surely zero."""
        if isinstance(arg, ir.Const):
            return isinstance(arg.value, (int, float, complex, np.generic, np.ndarray)) and not np.any(arg.value)
        return arg in self.zeros
