"""`continue` and `break` of a loop that is unrolled, written as branches.

    for item in (x, None):                    if not item is None:      item = x
        if item is None:                          total += item[0]
            continue            ==>           if not item is None:      item = None
        total += item[0]                          total += item[0]

After a `break` the iterations that follow stand in a branch on whether it happened; where that is known when
compiling, nothing is left of it.
"""
from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from ...ir import nodes as ir
from ..lowering import Lowering
from .exits import jumps


def can_be_unrolled(body: Sequence[ast.stmt]) -> bool:
    """Whether each `continue` and `break` of a body stands in it, or in branches of it."""
    return all(not any(jumps(s)) or isinstance(s, (ast.Continue, ast.Break)) or (
        isinstance(s, ast.If) and can_be_unrolled(s.body) and can_be_unrolled(s.orelse)) for s in body)


def iterations(lo: Lowering, node: ast.For, begins: Sequence[Callable[[], None]]) -> list[Any]:
    """The statements of all iterations and of the loop's `else`; each of `begins` binds the targets of one."""
    left = f"<left_{node.lineno}_{node.col_offset}>"
    breaks = any(isinstance(s, ast.Break) for statement in node.body for s in jumps(statement))

    def leave() -> None:
        lo.frame.set(left, ir.Const(True))

    def stay() -> None:
        lo.frame.set(left, ir.Const(False))

    after: list[Any] = list(node.orelse)
    for begin in reversed(begins):
        body = [begin, *_as_branches(node.body, leave)]
        if not breaks:
            after = [*body, *after]
        elif not after:
            after = body
        else:
            went_on = ast.If(ast.UnaryOp(ast.Not(), ast.Name(left, ast.Load())), after, [])
            after = [*body, _placed(went_on, node)]
    return [stay, *after] if breaks else after


def _as_branches(body: Sequence[Any], leave: Callable[[], None]) -> list[Any]:
    """A body of which each path runs to its end."""
    for k, statement in enumerate(body):
        if isinstance(statement, ast.Continue):
            return list(body[:k])
        if isinstance(statement, ast.Break):
            return [*body[:k], leave]
        if isinstance(statement, ast.If) and any(jumps(statement)):
            rest = body[k + 1:]
            branch = ast.If(statement.test, _as_branches([*statement.body, *rest], leave),
                            _as_branches([*statement.orelse, *rest], leave))
            return [*body[:k], ast.copy_location(branch, statement)]
    return list(body)


def _placed(new: ast.If, node: ast.For) -> ast.If:
    for part in (new, new.test, *ast.iter_child_nodes(new.test)):
        ast.copy_location(part, node.target)
    return new
