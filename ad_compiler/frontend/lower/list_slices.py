"""Slices of lists as targets: `xs[a:b] = values`, `del xs[a:b]`."""
from __future__ import annotations

import ast

from ...ir import nodes as ir
from ..lowering import Lowering
from ..values import HeapV, TupleV, Value
from .lists import list_variable, on_whole, refill
from .runtime_lists import runtime
from .snippets import run_snippet


def store_slice(lo: Lowering, base: Value, index: ir.Pack, value: Value, node: ast.AST) -> None:
    """`xs[a:b] = values`, also `del xs[a:b]`, which puts nothing there."""
    from .sequences import items_of

    if isinstance(base, HeapV):
        if base.depth < lo.depth or base.frozen or any(isinstance(p, ir.Var) for p in index.items):
            runtime(lo, base, node)
        at = slice(*(p.value for p in index.items if isinstance(p, ir.Const)))
        new = items_of(lo, value, node)
        on_whole(lo, base, "__setitem__", [index, TupleV(new, list)])
        items = list(base.slots.values())
        if at.step not in (None, 1) and len(items[at]) != len(new):
            lo.fail("AD128", node, f"{len(new)} values are assigned to {len(items[at])} items of a list")
        items[at] = new
        return refill(base, items)
    start, stop, step = index.items
    plain = isinstance(step, ir.Const) and step.value in (None, 1)
    run = _SPLICED if plain else _STEPPED
    run_snippet(lo, run, {"xs": list_variable(lo, base, node), "values": value, "a": start, "b": stop,
                          "step": ir.Const(1) if plain else step}, "new", node)


def delete_slice(lo: Lowering, base: Value, index: ir.Pack, node: ast.AST) -> None:
    """`del xs[a:b]`"""
    step = index.items[2]
    if isinstance(base, HeapV) and base.depth >= lo.depth and not base.frozen and all(
            isinstance(p, ir.Const) for p in index.items):
        on_whole(lo, base, "__delitem__", [index])
        items = list(base.slots.values())
        del items[slice(*(p.value for p in index.items if isinstance(p, ir.Const)))]
        return refill(base, items)
    if not isinstance(step, ir.Const) or step.value not in (None, 1):
        lo.fail("AD107", node, "`del` of a slice with a step is not supported", "make a list of the items that stay")
    store_slice(lo, base, index, TupleV([], list), node)


_ENDS = """n = len(xs)
first = 0 if a is None else a if a >= 0 else n + a
first = min(max(first, 0), n)
last = n if b is None else b if b >= 0 else n + b
last = max(min(last, n), first)
"""
_SPLICED = _ENDS + """new = [v for v in values]
rest = [xs[k] for k in range(last, n)]
for k in range(first, n):
    xs.pop()
for v in new:
    xs.append(v)
for v in rest:
    xs.append(v)
"""
_STEPPED = """places = [k for k in range(len(xs))][a:b:step]
new = [v for v in values]
if len(new) != len(places):
    raise ValueError("attempt to assign a sequence of another size to an extended slice")
for k, v in zip(places, new):
    xs[k] = v
"""
