"""`zip` and `map` with `strict=True`: that their parts are equally long is tested before the first item is taken.

Python tests it where the shortest one ends, so that a loop which is left before never knows.
"""
from __future__ import annotations

import ast

from ...ir import nodes as ir
from ..lowering import Lowering
from ..values import Value
from .raising import raise_where
from .snippets import gathered


def of_one_length(lo: Lowering, parts: list[Value], strict: Value, name: str, node: ast.AST) -> list[Value]:
    """The parts, after the test."""
    from .builtin_sequences import length_of
    from .comparisons import compare
    from .conditions import truth

    if not isinstance(strict, ir.Const):
        lo.fail("AD107", node, f"whether this `{name}` is strict is not known when compiling", "write True or False")
    if not strict.value or len(parts) < 2:
        return parts
    parts = [gathered(lo, p, node) for p in parts]
    first, *others = (lo.operand(length_of(lo, p, node), node) for p in parts)
    for number, other in enumerate(others, 2):
        than = "argument 1" if number == 2 else f"arguments 1-{number - 1}"
        for op, how in ((ast.Lt(), "shorter"), (ast.Gt(), "longer")):
            wrong = truth(lo, compare(lo, op, other, first, node, None), node)
            raise_where(lo, ValueError, wrong, f"{name}() argument {number} is {how} than {than}", node)
    return parts
