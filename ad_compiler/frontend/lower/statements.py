"""`return`, `break`, `del`, `assert`, `raise`, `import`, and the statements that do nothing."""
from __future__ import annotations

import ast
from typing import Any

from ...ir import nodes as ir
from ..frames import MISSING
from ..lowering import Lowering
from ..values import Value
from .assignment import set_name
from .branches import fall
from .catching import leaving, run_finals


def lower_return(lo: Lowering, node: ast.Return, rest: list[Any]) -> bool:
    value = ir.Const(None) if node.value is None else lo.expr(node.value, "out")
    return leave(lo, value)


def leave(lo: Lowering, value: Value) -> bool:
    """The current path returns `value` from the function being read."""
    run_finals(lo, leaving(lo), lambda: _return(lo, value))
    return False


def _return(lo: Lowering, value: Value) -> None:
    from .loop_ends import RESULT, RETURNED

    if lo.loops:
        lo.frame.set(RETURNED, ir.Const(True))
        lo.frame.set(RESULT, value)
        lo.loops[-1].returned = True
        fall(lo, "break")
    else:
        fall(lo, "return", value)


def lower_break(lo: Lowering, node: ast.Break, rest: list[Any]) -> bool:
    run_finals(lo, leaving(lo), lambda: _break(lo))
    return False


def _break(lo: Lowering) -> None:
    from .loop_ends import BROKE

    if lo.loops[-1].has_else:
        lo.frame.set(BROKE, ir.Const(True))
    fall(lo, "break")


def lower_continue(lo: Lowering, node: ast.Continue, rest: list[Any]) -> bool:
    run_finals(lo, leaving(lo), lambda: fall(lo, "continue"))
    return False


def lower_pass(lo: Lowering, node: ast.stmt, rest: list[Any]) -> None:
    return None


def lower_expr_statement(lo: Lowering, node: ast.Expr, rest: list[Any]) -> None:
    if isinstance(node.value, ast.Constant):
        return
    lo.expr(node.value)


def lower_delete(lo: Lowering, node: ast.Delete, rest: list[Any]) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            set_name(lo, target.id, MISSING)
        elif isinstance(target, ast.Subscript):
            from .items import lower_index
            from .lists import delete_item

            delete_item(lo, lo.expr(target.value), lower_index(lo, target.slice), target)
        else:
            from .attributes import delete_attribute

            delete_attribute(lo, lo.expr(target.value), target.attr, target)


def lower_nonlocal(lo: Lowering, node: ast.Nonlocal, rest: list[Any]) -> None:
    lo.frame.nonlocals.update(node.names)


def lower_global(lo: Lowering, node: ast.Global, rest: list[Any]) -> None:
    lo.frame.global_names.update(node.names)


def lower_import(lo: Lowering, node: ast.Import | ast.ImportFrom, rest: list[Any]) -> None:
    import importlib

    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            package = lo.frame.globals.get("__package__")
            module = importlib.import_module("." * node.level + (node.module or ""), package)
            if not hasattr(module, alias.name):
                importlib.import_module(f"{module.__name__}.{alias.name}")
            set_name(lo, alias.asname or alias.name, ir.Const(getattr(module, alias.name), alias.name))
        else:
            module = importlib.import_module(alias.name if alias.asname else alias.name.split(".")[0])
            set_name(lo, alias.asname or alias.name.split(".")[0], ir.Const(module, module.__name__))
