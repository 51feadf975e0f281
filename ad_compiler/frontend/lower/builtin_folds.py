"""Builtins that make one value of many: `sum max min any all reduce accumulate`."""
from __future__ import annotations

import ast
import builtins
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir.types import BOOL, Array, Num, Passive
from ..lowering import Lowering
from ..values import GeneratorV, IterV, TupleV, Value
from .builtin_sequences import INT, Handler, members_of
from .comprehensions import as_loops
from .one_shot import one_shot
from .snippets import gathered, run_snippet


def extreme(which: str) -> Handler:
    def extreme(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                hint: str | None) -> Value:
        from .comparisons import compare
        from .conditions import choose, truth
        from .unrolling import unroll_items

        key = kwargs.get("key")
        args = [members_of(a) for a in args] if len(args) == 1 else args
        items = args
        if len(args) == 1:
            found = unroll_items(lo, args[0])
            if found is None:
                return _fold_dynamic(lo, args[0], which, kwargs, node, hint)
            items = found
        if not items:
            return kwargs.get("default") or lo.fail("AD107", node, f"`{which}` of an empty sequence")
        if key is None and all(isinstance(i, ir.Const) for i in items):
            return ir.Const(getattr(builtins, which)(i.value for i in items))
        op = ast.Gt() if which == "max" else ast.Lt()
        if key is not None:
            return _by_key(lo, op, key, items, node, hint)
        best = items[0]
        for other in items[1:]:
            if lo.is_number(best) and lo.is_number(other) and _integers(lo, best, other):
                best = lo.call(getattr(builtins, which), (lo.operand(best), lo.operand(other)), type_=INT, hint=hint,
                               text=which)
                continue
            cond = truth(lo, compare(lo, op, other, best, node, None), node)
            if isinstance(cond, ir.Const):
                best = other if cond.value else best
            else:
                best = choose(lo, cond, lambda o=other: o, lambda b=best: b, hint or "best", node)
        return best

    return extreme


def _integers(lo: Lowering, a: Value, b: Value) -> bool:
    return all(isinstance(t := lo.type_of(v), Num) and t.kind in "bi" for v in (a, b))


def _by_key(lo: Lowering, op: ast.cmpop, key: Value, items: list[Value], node: ast.AST, hint: str | None) -> Value:
    """The first item whose key no other's exceeds. The key of each is computed once, in order."""
    from .calls import call_value
    from .comparisons import compare
    from .conditions import choose, truth

    best, top = items[0], call_value(lo, key, [items[0]], {}, node, None)
    for other in items[1:]:
        rank = call_value(lo, key, [other], {}, node, None)
        cond = truth(lo, compare(lo, op, rank, top, node, None), node)
        if isinstance(cond, ir.Const):
            best, top = (other, rank) if cond.value else (best, top)
            continue
        both = choose(lo, cond, lambda o=other, r=rank: TupleV([o, r]), lambda b=best, t=top: TupleV([b, t]),
                      hint or "best", node)
        assert isinstance(both, TupleV)
        best, top = both.items
    return best


def _fold_dynamic(lo: Lowering, value: Value, which: str, kwargs: dict[str, Value], node: ast.AST, hint: str | None
                  ) -> Value:
    if isinstance(value, ir.Var) and isinstance(value.type, Array) and value.type.ndim == 1 and not kwargs:
        return lo.call(getattr(np, which), (value,), text=f"np.{which}", hint=hint)
    if isinstance(value, ir.Var) and isinstance(value.type, Passive):
        return lo.call(getattr(builtins, which), (value,), type_=INT, text=which, hint=hint)
    op = ">" if which == "max" else "<"
    body = [f"    if candidate {op} best:", "        best = candidate"]
    begin: list[str] = []
    if "key" in kwargs:  # the key of each item is computed once
        begin = ["if len(source) > 0:", "    top = key(best)"] if "default" in kwargs else ["top = key(best)"]
        body = ["    rank = key(candidate)", f"    if rank {op} top:", "        best, top = candidate, rank"]
    first = "source[0] if len(source) > 0 else default" if "default" in kwargs else "source[0]"
    lines = [f"best = {first}", *begin, "for i in range(1, len(source)):", "    candidate = source[i]", *body]
    return run_snippet(lo, "\n".join(lines) + "\n", {"source": gathered(lo, value, node), **kwargs}, "best", node)


def sum_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
         hint: str | None) -> Value:
    from .expressions import binary
    from .unrolling import unroll_items

    start = args[1] if len(args) > 1 else kwargs.get("start", ir.Const(0))
    items = unroll_items(lo, args[0])
    if items is not None:
        total = start
        for k, item in enumerate(items):
            if k == 0 and isinstance(start, ir.Const) and start.value == 0 and lo.is_number(item):
                total = item
            else:
                total = binary(lo, ast.Add(), total, item, node, hint)
        return total
    if isinstance(args[0], ir.Var) and isinstance(args[0].type, Array):
        total = lo.call(np.sum, (args[0],), {"axis": ir.Const(0)} if args[0].type.ndim > 1 else {}, text="np.sum",
                        hint=hint)
        return total if isinstance(start, ir.Const) and start.value == 0 else binary(lo, ast.Add(), start, total, node,
                                                                                     hint)
    if isinstance(args[0], GeneratorV) and args[0].node is not None:
        return _sum_generator(lo, args[0], start, node, hint)
    return run_snippet(lo, "for item in source:\n    total = total + item\n",
                       {"source": gathered(lo, args[0], node), "total": start}, "total", node)


def _sum_generator(lo: Lowering, value: GeneratorV, start: Value, node: ast.AST, hint: str | None) -> Value:
    """`sum(f(x) for x in xs)` as the loop that it is, without the list."""
    from ..frames import Frame

    frame = Frame(value.frame.source, lo.journal, value.frame.globals, value.frame, name=value.frame.name)
    frame.env["<total>"] = start
    assert value.source is not None, "of a generator expression"
    body = as_loops(value.node, frame, value.source, ast.AugAssign(
        ast.Name("<total>", ast.Store()), ast.Add(), value.node.elt))
    outer, lo.frame, origin = lo.frame, frame, lo.origin
    try:
        lo.statements(body)
    finally:
        lo.frame, lo.origin = outer, origin
    return frame.env["<total>"]


def _may_do_something(value: Value) -> bool:
    """Whether the items of an iterator are computed by functions of the program, or bind names."""
    if isinstance(value, GeneratorV):
        return not isinstance(value.node, ast.GeneratorExp) or any(
            isinstance(n, ast.NamedExpr) or (isinstance(n, ast.Call) and not _harmless(n.func))
            for n in ast.walk(value.node))
    if not isinstance(value, IterV):
        return False
    known = value.function is None or (
        isinstance(value.function, ir.Const) and not hasattr(value.function.value, "__code__"))
    return not known or any(map(_may_do_something, value.parts))


def _harmless(function: ast.expr) -> bool:
    """Whether what is called is one of Python's functions, or one of a module or array."""
    root = function
    while isinstance(root, ast.Attribute):
        root = root.value
    if root is not function:
        return isinstance(root, ast.Name) and root.id in ("np", "numpy", "math")
    return isinstance(function, ast.Name) and function.id in (
        "abs", "len", "float", "int", "bool", "min", "max", "sum", "isinstance", "round", "range", "zip", "enumerate",
        "tuple", "list", "str", "any", "all", "hasattr", "type", "sorted")


def any_all(which: str) -> Handler:
    def run(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
            ) -> Value:
        from .conditions import truth_value
        from .iterators import partly
        from .unrolling import unroll_items

        if _may_do_something(args[0]):  # what comes after the item that decides is not computed
            env = {"source": args[0]}
            if mapped := isinstance(args[0], IterV) and args[0].kind == "map" and len(args[0].parts) == 1:
                env = {"source": args[0].parts[0], "f": args[0].function}
            return run_snippet(lo, f"out = {which == 'all'}\nfor item in source:\n    if "
                               f"{'not ' if which == 'all' else ''}{'f(item)' if mapped else 'item'}:\n"
                               f"        out = {which != 'all'}\n        break\n", env, "out", node)
        with partly(lo):
            items = unroll_items(lo, args[0])
        if items is None:
            if isinstance(args[0], ir.Var) and isinstance(args[0].type, Array):
                return lo.call(getattr(np, which), (args[0],), text=f"np.{which}", hint=hint)
            with partly(lo):
                items_value = gathered(lo, args[0], node)
            return run_snippet(lo, f"out = {which == 'all'}\nfor item in source:\n    if "
                               f"{'not ' if which == 'all' else ''}item:\n        out = {which != 'all'}\n",
                               {"source": items_value}, "out", node)
        from ...ir import prims

        out: ir.Operand = ir.Const(which == "all")
        for item in items:
            cond = truth_value(lo, item, node)
            if isinstance(cond, ir.Const):
                if bool(cond.value) is not (which == "all"):
                    return ir.Const(which != "all")
            elif isinstance(out, ir.Const):
                out = cond
            else:
                out = lo.call(prims.and_ if which == "all" else prims.or_, (out, cond), style="op", type_=BOOL)
        return out

    return run


def reduce_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
            ) -> Value:
    from .calls import call_value
    from .unrolling import unroll_items

    items = unroll_items(lo, args[1])
    if items is None:
        env = {"f": args[0], "source": gathered(lo, args[1], node)}
        if len(args) > 2:
            return run_snippet(lo, "out = start\nfor item in source:\n    out = f(out, item)\n",
                               {**env, "start": args[2]}, "out", node)
        return run_snippet(lo, "out = source[0]\nfor i in range(1, len(source)):\n    out = f(out, source[i])\n", env,
                           "out", node)
    rest = list(items)
    value = args[2] if len(args) > 2 else rest.pop(0)
    for item in rest:
        value = call_value(lo, args[0], [value, item], {}, node, hint)
    return value


def accumulate_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                hint: str | None) -> Value:
    f, initial = args[1] if len(args) > 1 else kwargs.get("func"), kwargs.get("initial", ir.Const(None))
    if isinstance(f, ir.Const) and f.value is None:
        f = None
    env = {"source": gathered(lo, args[0], node)} | ({"f": f} if f is not None else {})
    step = "f(total, source[i])" if f is not None else "total + source[i]"
    begun = isinstance(initial, ir.Const) and initial.value is None
    start, first = ("source[0]", 1) if begun else ("initial", 0)
    return one_shot(lo, IterV("iter", [run_snippet(
        lo, f"total = {start}\nout = [total]\nfor i in range({first}, len(source)):\n"
        f"    total = {step}\n    out.append(total)\n", {**env, "initial": initial}, "out", node)]))
