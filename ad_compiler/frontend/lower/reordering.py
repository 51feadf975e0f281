"""Methods that reorder a list, or take items out of it by their value."""
from __future__ import annotations

import ast

from ...ir import nodes as ir
from ..frames import MISSING
from ..lowering import Lowering
from ..values import HeapV, Value
from .lists import list_variable, on_whole, refill
from .runtime_lists import runtime
from .sequences import items_of
from .snippets import run_snippet


def sort(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST, hint: str | None
         ) -> Value:
    """`xs.sort(key=..., reverse=...)`: the items in the order of `sorted`, in the same list."""
    from .builtin_sequences import sorted_

    if args or kwargs.keys() - {"key", "reverse"}:
        lo.fail("AD109", node, "`sort` of a list takes `key` and `reverse` by name")
    if isinstance(receiver, HeapV) and receiver.cls is list:
        items = list(receiver.slots.values())
        if len(items) > 1 and not (all(isinstance(v, ir.Const) for v in items) and "key" not in kwargs):
            runtime(lo, receiver, node)
        on_whole(lo, receiver, "sort", args)
        if len(items) > 1:
            items = items_of(lo, sorted_(lo, ir.Const(sorted), [receiver], kwargs, node, hint), node)
        refill(receiver, items)
        return ir.Const(None)
    xs = list_variable(lo, receiver, node)
    found = sorted_(lo, ir.Const(sorted), [xs], kwargs, node, hint)
    return run_snippet(lo, "for k in range(len(xs)):\n    xs[k] = found[k]\nout = None\n",
                       {"xs": xs, "found": found}, "out", node)


def remove(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST, hint: str | None
           ) -> Value:
    """`xs.remove(v)`: the first item that equals `v` is taken out."""
    from .calls import call_method

    at = call_method(lo, receiver, "index", args, {}, node, None)
    call_method(lo, receiver, "pop", [at], {}, node, None)
    return ir.Const(None)


def clear(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST, hint: str | None
          ) -> Value:
    """`xs.clear()`"""
    if isinstance(receiver, HeapV) and receiver.cls in (list, dict):
        if receiver.depth < lo.depth or receiver.frozen:
            runtime(lo, receiver, node)
        on_whole(lo, receiver, "clear", args)
        for key in list(receiver.slots):
            receiver.frame.set(key, MISSING)
        return ir.Const(None)
    return run_snippet(lo, "while len(xs) > 0:\n    xs.pop()\nout = None\n",
                       {"xs": list_variable(lo, receiver, node)}, "out", node)
