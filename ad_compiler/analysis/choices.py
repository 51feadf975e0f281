"""`if` statements of the IR that are expressions of Python: `a and b`, `a or b`, `a if c else b`."""
from __future__ import annotations

from ..ir import nodes as ir

_STATEMENTS = ("if ", "if(", "elif ", "elif(")


def last_value(block: ir.Block) -> tuple[ir.Var, ir.Expr] | None:
    """The variable that a block's last statement gives a value, and the value."""
    if not block.stmts:
        return None
    match block.stmts[-1]:
        case ir.Copy((target,), (source,)) | ir.Assign(target, source):
            return target, source
        case _:
            return None


def choice(stmt: ir.If) -> str:
    """The expression that an `if` is: "and", "or", "if" (a conditional expression), or "" for a statement."""
    then, orelse = last_value(stmt.then), last_value(stmt.orelse)
    if then is None or orelse is None or then[0] is not orelse[0]:
        return ""
    if isinstance(stmt.cond, ir.Var):
        if len(stmt.orelse) == 1 and orelse[1] is stmt.cond:
            return "and"
        if len(stmt.then) == 1 and then[1] is stmt.cond:
            return "or"
    return "" if stmt.origin is None or stmt.origin.text.startswith(_STATEMENTS) else "if"
