"""Dicts that are keyed at run time: read again as tables (`frontend/emulated_tables.py`).

A dict display begins as a structure, whose keys are known when compiling. Where the program uses it with another key,
it is read again with that dict as a table (`NeedTable`), unless a loop can be unrolled.
"""
from __future__ import annotations

import ast
from typing import Any, NoReturn

from ...ir import nodes as ir
from ..emulated_tables import Table
from ..lowering import Lowering
from ..values import HeapV, UnknownStructure, Value
from .runtime_lists import created_list, site_of, unroll_instead
from .snippets import run_snippet


class NeedTable(Exception):
    """The dict created at `site` is keyed at run time."""

    def __init__(self, site: Any) -> None:
        self.site = site
        super().__init__(str(site))


def key_unknown(lo: Lowering, heap: Value, node: ast.AST | None, message: str) -> NoReturn:
    """A dict is used with a key that is not known when compiling: a loop around is unrolled, or the dict read again as
    a table; where neither can be, the diagnostic."""
    unroll_instead(lo)
    if lo.tables is not None and isinstance(heap, HeapV) and heap.site is not None:
        raise NeedTable(heap.site)
    lo.fail("AD128", node, message, "use constant keys, or a list")


def keys_unknown(lo: Lowering, error: UnknownStructure, node: ast.AST) -> NoReturn:
    """A dict has keys on some paths only: it is read again as a table, where it can be."""
    ask_for_table(lo, error.container)
    lo.fail("AD123", node, str(error), "give it on every path, with a value that says it is not there")


def ask_for_table(lo: Lowering, heap: HeapV | None) -> None:
    """Read again with a dict as a table, where it is one of the program that is not a table yet."""
    if lo.tables is not None and heap is not None and heap.cls is dict and heap.site is not None and (
            heap.site not in lo.tables):
        raise NeedTable(heap.site)


def empty_table(lo: Lowering, node: ast.AST, hint: str | None = None) -> HeapV | None:
    """A table for a dict that is created at `node`, if it must be one."""
    if not lo.tables or site_of(lo, node) not in lo.tables:
        return None
    return new_table(lo, node, hint)


def new_table(lo: Lowering, node: ast.AST, hint: str | None, counting: bool = False) -> HeapV:
    """A table without items. Its lists are those of the place where it is made: the types of others say nothing."""
    from .objects import construct

    lists = [created_list(lo, [], part_of(node, part), f"{hint or 'table'}_{part}") for part in ("keys", "values")]
    table = construct(lo, Table, [*lists, ir.Const(None), ir.Const("counting" if counting else None)], {}, node, hint)
    assert isinstance(table, HeapV)
    return table


def part_of(node: ast.AST, part: str) -> ast.AST:
    """A node at the same place for a list that a dict is made of."""
    new: Any = ast.copy_location(ast.List([], ast.Load()), node)
    new.place = (getattr(node, "place", None), part)
    return new


def counter_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
             hint: str | None) -> Value:
    """`collections.Counter(items)`, of a dict with counts, or with counts given by name."""
    table = new_table(lo, node, hint, counting=True)
    if args:
        run_snippet(lo, "table.count(items, 1)\n", {"table": table, "items": args[0]}, "table", node)
    for name, count in kwargs.items():
        known = {"table": table, "name": ir.Const(name), "n": count}
        run_snippet(lo, "table[name] = table[name] + n\n", known, "table", node)
    return table


__all__ = ["NeedTable", "ask_for_table", "counter_", "empty_table", "key_unknown", "keys_unknown", "new_table",
           "part_of"]
