"""Which lambda of a file a function was made of: several may share a line."""
from __future__ import annotations

import ast
import types
from inspect import CO_GENERATOR, CO_VARARGS, CO_VARKEYWORDS
from typing import Any


def find_lambda(tree: ast.Module, code: types.CodeType) -> ast.Lambda | None:
    """The lambda whose body is where the code object says; where that is no place inside one (a tool that rewrites
    a module, as pytest does with `assert`, may give a whole statement's), the one that compiles to this code."""
    first, names = code.co_firstlineno, code.co_varnames[:code.co_argcount]
    near = [n for n in ast.walk(tree) if isinstance(n, ast.Lambda) and n.lineno <= first <= (n.end_lineno or n.lineno)
            and tuple(a.arg for a in n.args.args) == names]
    spans = [p for p in code.co_positions() if p[0] is not None and p[2] is not None]
    found = [n for n in near if all(
        _inside(n.body, s) for s in spans if (s[0] or 0) >= n.lineno and s[:4] != (n.lineno, n.lineno, 0, 0))]
    if not found:
        wanted = _meaning(code)
        found = [n for n in _between(tree, spans) if _meaning(_compiled(n, code)) == wanted]
    return min(found, key=lambda n: ((n.end_lineno or 0) - n.lineno, (n.end_col_offset or 0) - n.col_offset),
               default=None)


def _inside(node: ast.expr, span: tuple[Any, ...]) -> bool:
    line, end_line, col, end_col = span
    if line == end_line and col == end_col == 0:
        return True  # the prologue has no place of its own
    start, end = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
    return start <= (line, col) and (end_line, end_col) <= end


def _between(tree: ast.Module, spans: list[Any]) -> list[ast.Lambda]:
    """The lambdas in the lines that the code's places cover."""
    first, last = min(s[0] for s in spans), max(s[1] or s[0] for s in spans)
    return [n for n in ast.walk(tree) if isinstance(n, ast.Lambda) and first <= n.lineno and (
        n.end_lineno or n.lineno) <= last]


def _compiled(node: ast.Lambda, code: types.CodeType) -> types.CodeType:
    """The code of a lambda that stands in a function with the variables that `code` captures."""
    parameters = ast.arguments([], [ast.arg(name) for name in code.co_freevars], None, [], [], None, [])
    around = ast.FunctionDef("around", parameters, [ast.Return(node)], [])
    if "type_params" in ast.FunctionDef._fields:
        around.type_params = []
    module = ast.fix_missing_locations(ast.Module([around], []))
    outer = compile(module, code.co_filename, "exec", dont_inherit=True).co_consts[0]
    return next(c for c in outer.co_consts if isinstance(c, types.CodeType) and c.co_name == "<lambda>")


def _meaning(code: types.CodeType) -> tuple[Any, ...]:
    """What a code object does, wherever it stands. (The types: `1 == 1.0`.)"""
    constants = tuple(_meaning(c) if isinstance(c, types.CodeType) else (type(c), repr(c)) for c in code.co_consts)
    return (code.co_code, constants, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars,
            code.co_argcount, code.co_kwonlyargcount, code.co_flags & (CO_VARARGS | CO_VARKEYWORDS | CO_GENERATOR))
