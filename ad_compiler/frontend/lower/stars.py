"""`*values` in calls and displays: their items where the number is known, else a run-time list."""
from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir.types import BOOL, Array, ListOf
from ..lowering import Lowering
from ..values import GeneratorV, IterV, RangeV, RowsV, StarV, Value
from .snippets import run_snippet


def spread(lo: Lowering, value: Value, node: ast.AST) -> list[Value]:
    """The items of `*value`, or one `StarV` where their number is not known."""
    from .collecting import collect
    from .sequences import items_of
    from .unrolling import unroll_items

    if isinstance(value, (GeneratorV, IterV)):
        items = unroll_items(lo, value)
        if items is not None:
            return items
        value = collect(lo, value, node)
    unknown = isinstance(value, RowsV) or (isinstance(value, ir.Var) and (isinstance(value.type, ListOf) or (
        isinstance(value.type, Array) and not value.type.dims[0].known)))
    if unknown or (isinstance(value, RangeV) and any(
            isinstance(p, ir.Var) for p in (value.start, value.stop, value.step))):
        return [StarV(value)]
    return items_of(lo, value, node)


def has_stars(values: Sequence[Value]) -> bool:
    return any(isinstance(v, StarV) for v in values)


def listed(lo: Lowering, values: Sequence[Value], node: ast.AST) -> Value:
    """`[a, *b, c]` as a run-time list."""
    names = [f"v{i}" for i in range(len(values))]
    lines = [f"out.extend({n})" if isinstance(v, StarV) else f"out.append({n})"
             for n, v in zip(names, values, strict=True)]
    env = {n: v.value if isinstance(v, StarV) else v for n, v in zip(names, values, strict=True)}
    if isinstance(values[0], StarV):
        lines[0] = "out = [item for item in v0]"
    else:
        lines.insert(0, "out = []")
    return run_snippet(lo, "\n".join(lines), env, "out", node)


def listed_tuple(lo: Lowering, values: Sequence[Value], node: ast.AST) -> Value:
    """`(a, *b, c)` as a run-time list, of which is known that it stands for a tuple."""
    out = listed(lo, values, node)
    if isinstance(out, ir.Var) and isinstance(out.type, ListOf) and out.type.site is not None:
        lo.tuple_sites.add(out.type.site)
    return out


def refuse_tuple_as_index(lo: Lowering, index: ir.Arg, node: ast.AST | None) -> None:
    """A tuple is one index for each axis, where a list is an array of places on the first."""
    if isinstance(index, ir.Var) and isinstance(index.type, ListOf) and index.type.site in lo.tuple_sites:
        lo.fail("AD133", node, "this index is a tuple of which the length is not known when compiling",
                "give one index for each axis: `i, j = np.nonzero(mask)`, then `a[i, j]`")


def fitted(lo: Lowering, args: list[Value], positional: int, variadic: bool, node: ast.AST
           ) -> tuple[list[Value], Value | None]:
    """Arguments with one `*value` of unknown length as the items of the parameters, and the list that the variadic
    parameter gets."""
    from .items import load_item
    from .iteration import length

    first = next(i for i, a in enumerate(args) if isinstance(a, StarV))
    if first >= positional:
        return args[:positional], listed(lo, args[positional:], node)
    star: Any = args[first]
    if len(args) > first + 1:
        lo.fail("AD125", node, "arguments follow a `*` whose length is not known", "give them by name")
    wanted = positional - first
    if not variadic:
        right = lo.call(np.equal, (length(lo, star.value, node), ir.Const(wanted)), style="op", type_=BOOL)
        lo.emit(ir.Raise(ir.Const("wrong number of arguments"), right, lo.origin))
    items = [load_item(lo, star.value, ir.Const(k), node, None) for k in range(wanted)]
    if not variadic:
        return [*args[:first], *items], None
    after = load_item(lo, star.value, ir.Pack("slice", (ir.Const(wanted), ir.Const(None), ir.Const(None))), node, None)
    return [*args[:first], *items], listed(lo, [StarV(after)], node)


def columns(lo: Lowering, value: Value, node: ast.AST) -> Value:
    """`zip(*rows)`: the columns, each as a list."""
    text = "out = [[row[j] for row in rows] for j in range(len(rows[0]))]"
    return run_snippet(lo, text, {"rows": value}, "out", node)


def arguments(lo: Lowering, function: Any, args: list[Value], node: ast.AST) -> list[Value]:
    """The arguments of a function that is not written in Python."""
    if function is zip and len(args) == 1:
        return args
    if function in (max, min, print):
        return [listed(lo, args, node)]
    if isinstance(function, np.ufunc):
        return fitted(lo, args, function.nin, False, node)[0]
    lo.fail("AD125", node, "how many values are unpacked here is not known", "pass them one by one, or as one sequence")
