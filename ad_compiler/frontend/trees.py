"""Walking over `ast` trees, as often and as fast as reading a function needs it.

    >>> [type(n).__name__ for n in nodes(ast.parse("x + 1", mode="eval").body)]
    ['BinOp', 'Name', 'Add', 'Constant', 'Load']
"""
from __future__ import annotations

import ast


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below one, in order, as `ast.iter_child_nodes` gives them."""
    found: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            found.append(value)
        elif type(value) is list:
            found += [item for item in value if isinstance(item, ast.AST)]
    return found


def nodes(tree: ast.AST) -> list[ast.AST]:
    """A node and all below it, outer ones first, as `ast.walk` gives them."""
    found = [tree]
    for node in found:  # it grows as its items are visited
        if node._fields:
            found += children(node)
    return found


__all__ = ["children", "nodes"]
