"""Which statements leave their block: syntactic facts about `return`, `break` and `continue`."""
from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ..trees import children

_BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def _exits(node: ast.AST, in_loop: bool) -> Iterator[ast.stmt]:
    """Exits inside `node` that leave the block it stands in."""
    if isinstance(node, _SCOPES):
        return
    if isinstance(node, ast.Return) or (isinstance(node, (ast.Break, ast.Continue)) and not in_loop):
        yield node
        return
    if isinstance(node, (ast.For, ast.While)):
        for child in node.body:
            yield from _exits(child, True)
        for child in node.orelse:
            yield from _exits(child, in_loop)
        return
    for block in _BLOCKS:  # statements stand in blocks, never in expressions
        for child in getattr(node, block, ()):
            yield from _exits(child, in_loop)


def has_exit(nodes: Sequence[ast.stmt]) -> bool:
    return any(True for n in nodes if not callable(n) for _ in _exits(n, False))


def jumps(node: ast.stmt) -> Iterator[ast.stmt]:
    """What `continue`s or leaves the loop that a statement stands in."""
    return (e for e in _exits(node, False) if not isinstance(e, ast.Return))


def has_return(nodes: Sequence[ast.stmt]) -> bool:
    return any(isinstance(e, ast.Return) for n in nodes if not callable(n) for e in _exits(n, False))


def always_exits(nodes: Sequence[ast.stmt]) -> bool:
    """Whether no path runs past the end of the statements."""
    for node in nodes:
        if isinstance(node, (ast.Return, ast.Break, ast.Continue, ast.Raise)):
            return True
        if isinstance(node, ast.If) and node.orelse and always_exits(node.body) and always_exits(node.orelse):
            return True
        if isinstance(node, ast.With) and always_exits(node.body):
            return True
    return False


def assigned_names(nodes: Sequence[ast.AST]) -> list[str]:
    """Names that the statements may bind in their own function, in order of first appearance."""
    found: dict[str, None] = {}

    def visit(node: ast.AST, comprehension: bool) -> None:
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            if not comprehension:
                found.setdefault(node.id)
            return
        if isinstance(node, ast.NamedExpr):
            found.setdefault(node.target.id)
            visit(node.value, comprehension)
            return
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.setdefault(node.name)
            return
        if isinstance(node, ast.Lambda):
            return
        inner = comprehension or isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp))
        if isinstance(node, ast.ExceptHandler) and node.name:
            found.setdefault(node.name)
        for child in children(node):
            visit(child, inner)

    for node in nodes:
        visit(node, False)
    return list(found)
