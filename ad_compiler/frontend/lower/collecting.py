"""Iterators and generators run to their end, their items in a list."""
from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from ...ir import nodes as ir
from ..frames import Frame
from ..lowering import Lowering
from ..values import GeneratorV, IterV, Value
from .unrolling import unroll_items


def each(lo: Lowering, value: Value, visit: Callable[[Value], Any], node: ast.AST) -> None:
    """Run `visit` on every item, in order."""
    from .iteration import indexable

    items = unroll_items(lo, value)
    if items is not None:
        for item in items:
            visit(item)
        return
    from .loops import counted_loop, for_stub

    source = indexable(lo, value, node)
    counted_loop(lo, source.start, source.stop, source.step, lambda k: visit(source.item(k)), for_stub(node), "k", [])


def collect(lo: Lowering, value: Value, node: ast.AST | None) -> Value:
    """The items of an iterator as a list."""
    from .runtime_lists import created_list
    from .sequences import new_list

    if isinstance(value, GeneratorV):
        if value.node is not None:
            from .comprehensions import comprehension

            outer, lo.frame = lo.frame, value.frame
            try:
                return comprehension(lo, value.node, None, value.source)
            finally:
                lo.frame = outer
        return _collect_generator(lo, value, node)
    items = unroll_items(lo, value)
    if items is not None:
        return new_list(lo, items) if node is None else created_list(lo, items, node, None)
    if isinstance(value, IterV) and value.kind == "filter":
        from .snippets import run_snippet

        test = "x" if isinstance(value.function, ir.Const) and value.function.value is None else "f(x)"
        assert value.function is not None, "a filter has a function"
        env: dict[str, Value] = {"source": value.parts[0], "f": value.function}
        return run_snippet(lo, f"out = [x for x in source if {test}]", env, "out", node)
    frame = Frame(lo.frame.source, lo.journal, lo.frame.globals, lo.frame, name=lo.frame.name)
    return _collecting(lo, frame, "items", node, lambda add: each(lo, value, add, node))


def _collecting(lo: Lowering, frame: Frame, hint: str, node: Any, fill: Callable[[Callable[[Value], Any]], Any]
                ) -> Value:
    from .lists import append
    from .runtime_lists import created_list

    out = created_list(lo, [], node, hint)
    frame.set("<items>", out)
    fill(lambda item: append(lo, out, [item], {}, node, None))
    return out


def run_collecting(lo: Lowering, frame: Frame, loop: list[ast.stmt], hint: str, node: ast.AST) -> Value:
    """Run loops that append to `<items>`, and give the list."""
    from .runtime_lists import created_list

    out = created_list(lo, [], node, hint)
    frame.set("<items>", out)
    outer, lo.frame = lo.frame, frame
    try:
        lo.statements(loop)
    finally:
        lo.frame = outer
    return out


def _collect_generator(lo: Lowering, value: GeneratorV, node: Any) -> Value:
    """Run a generator function to its end, keeping what it yields."""
    from .generators import loop_over_generator

    def fill(_add: Callable[[Value], Any]) -> None:
        item = ast.Name("<collected>", ast.Store())
        call = ast.Call(ast.Attribute(ast.Name("<items>", ast.Load()), "append", ast.Load()),
                        [ast.Name("<collected>", ast.Load())], [])
        loop = ast.For(item, ast.Constant(None), [ast.Expr(call)], [])
        for n in ast.walk(loop):
            if isinstance(n, (ast.expr, ast.stmt)) and not hasattr(n, "lineno"):
                ast.copy_location(n, node)
        outer, lo.frame = lo.frame, frame
        try:
            loop_over_generator(lo, loop, value, [])
        finally:
            lo.frame = outer

    frame = Frame(lo.frame.source, lo.journal, lo.frame.globals, lo.frame, name=lo.frame.name)
    return _collecting(lo, frame, "items", value.function, fill)
