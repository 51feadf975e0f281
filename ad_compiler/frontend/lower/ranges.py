"""Ranges as sequences: their length, their items, and parts of them."""
from __future__ import annotations

import ast
from typing import Any

from ...analysis.infer import dim_of
from ...ir import nodes as ir
from ...ir.types import nonnegative
from ..lowering import Lowering
from ..values import RangeV, Value
from .iteration import INT, from_zero
from .unrolling import constant_range


def length_of_range(lo: Lowering, value: RangeV) -> Value:
    numbers = constant_range(value.start, value.stop, value.step)
    if numbers is not None:
        return ir.Const(len(numbers))
    begins, by_one = (isinstance(p, ir.Const) and p.value == n for p, n in ((value.start, 0), (value.step, 1)))
    if begins and by_one and nonnegative(dim_of(value.stop)):
        return value.stop
    return lo.call(len, (lo.operand(value),), type_=INT, text="len")


def item_of_range(lo: Lowering, base: RangeV, index: Value, node: ast.AST, hint: str | None) -> Value:
    """`range(...)[index]`, with a number or a slice."""
    from .items import load_item

    if isinstance(index, ir.Const) and isinstance(index.value, slice):
        index = ir.Pack("slice", tuple(ir.Const(p) for p in (index.value.start, index.value.stop, index.value.step)))
    if isinstance(index, ir.Pack):
        return _part(lo, base, index, node)
    numbers = constant_range(base.start, base.stop, base.step)
    if numbers is not None and isinstance(index, ir.Const) and -len(numbers) <= index.value < len(numbers):
        return ir.Const(numbers[index.value])
    place = lo.operand(index, node)
    if isinstance(place, ir.Var) and lo.counts(place):  # it counts a loop, and is not negative
        return from_zero(lo, base, node).item(place)
    return load_item(lo, lo.operand(base), index, node, hint)


def _part(lo: Lowering, base: RangeV, index: ir.Pack, node: ast.AST) -> Value:
    from .snippets import run_snippet

    start, stop, step = index.items
    by = 1 if isinstance(step, ir.Const) and step.value is None else getattr(step, "value", None)
    if not isinstance(by, int) or by == 0:
        lo.fail("AD103", node, "a range is sliced with a step that is not known when compiling", "give a constant")
    first, last = ("0", "n") if by > 0 else ("n - 1", "-1")
    top, bottom = ("n", "0") if by > 0 else ("n - 1", "-1")

    def end(given: ir.Arg, left_out: str) -> str:
        if isinstance(given, ir.Const) and given.value is None:
            return left_out
        name = "a" if given is start else "b"
        return f"min({name}, {top}) if {name} >= 0 else max({name} + n, {bottom})"

    env: dict[str, Value] = {"n": length_of_range(lo, base), "first": base.start, "by": base.step, "a": start,
                             "b": stop}
    ends: list[Any] = [run_snippet(lo, f"at = {end(p, whole)}\nout = first + at * by", env, "out", node)
                       for p, whole in ((start, first), (stop, last))]
    if isinstance(base.step, ir.Const):
        return RangeV(ends[0], ends[1], ir.Const(base.step.value * by))
    return RangeV(ends[0], ends[1], run_snippet(lo, f"out = by * {by}", env, "out", node))
