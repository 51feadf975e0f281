"""Ranges as sequences: their items and slices."""
from __future__ import annotations

import ast
from typing import Any, cast

import numpy as np

from ...ir import nodes as ir
from ...ir.types import BOOL
from ..lowering import Lowering
from ..values import RangeV, Value


def item_of_range(lo: Lowering, base: RangeV, index: Value, node: ast.AST, hint: str | None) -> Value:
    from .expressions import binary
    from .iteration import from_zero, length

    if isinstance(index, ir.Pack):
        return _part_of_range(lo, base, index, node)
    place: Any = lo.operand(index, node)
    if isinstance(place, ir.Const) and place.value < 0:
        place = binary(lo, ast.Add(), length(lo, base, node), place, node, None)
    elif not lo.counts(place):
        inside = lo.call(np.greater_equal, (place, ir.Const(0)), style="op", type_=BOOL)
        lo.emit(ir.Raise(ir.Const("a range is indexed from its end"), inside, lo.origin))
    return from_zero(lo, base, node).item(place)


def _part_of_range(lo: Lowering, base: RangeV, index: ir.Pack, node: ast.AST) -> Value:
    """`range(...)[a:b]` with numbers that are not negative."""
    from .builtin_folds import extreme
    from .expressions import binary
    from .iteration import length

    start, stop, step = index.items
    if not isinstance(step, ir.Const) or step.value not in (None, 1):
        lo.fail("AD103", node, "a range is sliced with a step", "give the range the step")

    def at(end: ir.Arg) -> ir.Operand:
        inside = extreme("min")(lo, ir.Const(min), [end, length(lo, base, node)], {}, node, None)
        shift = binary(lo, ast.Mult(), inside, base.step, node, None)
        return cast(ir.Operand, binary(lo, ast.Add(), base.start, shift, node, None))  # numbers make a number

    whole = [isinstance(p, ir.Const) and p.value is None for p in (start, stop)]
    for p in (start, stop):
        if isinstance(p, ir.Const) and p.value is not None and p.value < 0:
            lo.fail("AD103", node, "a range is sliced from its end", "compute the numbers")
        if isinstance(p, ir.Var):
            lo.emit(ir.Raise(ir.Const("a range is sliced from its end"), lo.call(
                np.greater_equal, (p, ir.Const(0)), style="op", type_=BOOL), lo.origin))
    return RangeV(base.start if whole[0] else at(start), base.stop if whole[1] else at(stop), base.step)
