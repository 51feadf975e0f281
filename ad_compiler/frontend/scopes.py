"""What Python's own symbol tables say of a function: which names are its own, and which it takes from around it.

From 3.12 on a table can have one for type parameters around the function's, from 3.14 on one for annotations beside it,
whether the function has any or not. Neither runs when the function does, and neither is shown here.

    def f[T](x: T): return c * x       ==>       a table with `x` and `c`, and those of the functions in it
"""
from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator


def scopes_of(node: ast.AST) -> Iterator[symtable.SymbolTable]:
    """The table of a function (after lambdas among its defaults), then of what it defines, outer ones first."""
    return _within(symtable.symtable(ast.unparse(node), "function", "exec"))


def _within(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for inner in table.get_children():
        if inner.get_type() in ("function", "class"):
            yield inner
        if inner.get_type() != "annotation":
            yield from _within(inner)
