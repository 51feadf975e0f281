"""Comprehensions: the loops that they abbreviate."""
from __future__ import annotations

import ast
from typing import Any

from ...ir import nodes as ir
from ..frames import Frame
from ..lowering import Lowering
from ..values import GeneratorV, HeapV, Value
from .one_shot import moved, one_shot

_SOURCE = "<source>"


def lower_list_comp(lo: Lowering, node: ast.ListComp, hint: str | None) -> Value:
    return comprehension(lo, node, hint)


def comprehension(lo: Lowering, node: ast.ListComp | ast.GeneratorExp | ast.SetComp, hint: str | None,
                  source: Value | None = None) -> Value:
    """A list of the items; over structures of known length the list is a structure too. `source` is what the first
    loop runs over, where that was evaluated before."""
    from .unrolling import unroll_items

    frame = Frame(lo.frame.source, lo.journal, lo.frame.globals, lo.frame, name=lo.frame.name)
    if source is None:
        source = lo.expr(node.generators[0].iter)
    if len(node.generators) == 1 and not node.generators[0].ifs:
        items = unroll_items(lo, source)
        if items is not None:
            return _unrolled(lo, node, frame, items)
    from .collecting import run_collecting

    append = ast.Call(ast.Attribute(ast.Name("<items>", ast.Load()), "append", ast.Load()), [node.elt], [])
    return run_collecting(lo, frame, as_loops(node, frame, source, ast.Expr(append)), hint or "items", node)


def _unrolled(lo: Lowering, node: Any, frame: Frame, items: list[Value]) -> Value:
    from .assignment import bind
    from .runtime_lists import created_list

    out = []
    outer, lo.frame = lo.frame, frame
    try:
        for item in items:
            bind(lo, node.generators[0].target, item)
            out.append(lo.expr(node.elt))
    finally:
        lo.frame = outer
    return created_list(lo, out, node, None)


def as_loops(node: Any, frame: Frame, source: Value, innermost: ast.stmt) -> list[ast.stmt]:
    """The loops that a comprehension abbreviates, around what is done with each item; the first runs over `source`."""
    frame.env[_SOURCE] = moved(source)
    body: list[ast.stmt] = [innermost]
    for g in reversed(node.generators):
        for test in reversed(g.ifs):
            body = [ast.If(test, body, [])]
        over = ast.Name(_SOURCE, ast.Load()) if g is node.generators[0] else g.iter
        body = [ast.For(g.target, over, body, [])]
    for n in ast.walk(body[0]):
        if isinstance(n, (ast.stmt, ast.expr)) and not hasattr(n, "lineno"):
            ast.copy_location(n, node)
    return body


def lower_dict_comp(lo: Lowering, node: ast.DictComp, hint: str | None) -> Value:
    from .assignment import bind
    from .conditions import condition
    from .dicts import constant_key
    from .joining import new_heap_frame
    from .keyed import empty_table, key_unknown
    from .pools import in_pool
    from .runtime_lists import site_of
    from .sequences import items_of
    from .sets import key_of
    from .unrolling import unroll_items

    frame = Frame(lo.frame.source, lo.journal, lo.frame.globals, lo.frame, name=lo.frame.name)
    table = empty_table(lo, node, hint)
    if table is not None:
        return _into_table(lo, node, frame, table)
    heap = HeapV(dict, new_heap_frame(lo, hint or ""), site=site_of(lo, node))

    def run(generators: list[ast.comprehension]) -> None:
        if not generators:
            key = lo.expr(node.key)
            key = constant_key(key)
            if not isinstance(key, (ir.Const, HeapV)):
                key_unknown(lo, heap, node.key, "this dict key is not known when compiling")
            if not isinstance(key, ir.Const):
                key = ir.Const(key_of(lo, key, node.key))
            heap.slots[key.value] = lo.expr(node.value)
            return
        g, *inner = generators
        source = lo.expr(g.iter)
        if unroll_items(lo, source) is None:
            key_unknown(lo, heap, g.iter, "which keys this dict gets is not known when compiling")
        for item in items_of(lo, source, node):
            bind(lo, g.target, item)
            conds = [condition(lo, t) for t in g.ifs]
            if not all(isinstance(c, ir.Const) for c in conds):
                key_unknown(lo, heap, node, "which keys this dict gets is not known when compiling")
            if all(c.value for c in conds):
                run(inner)

    outer, lo.frame = lo.frame, frame
    try:
        run(node.generators)
    finally:
        lo.frame = outer
    return in_pool(lo, heap)


def _into_table(lo: Lowering, node: ast.DictComp, frame: Frame, table: HeapV) -> HeapV:
    """The loops of a dict comprehension, as a dict that is keyed at run time is filled."""
    frame.set("<table>", table)
    place = ast.Subscript(ast.Name("<table>", ast.Load()), node.key, ast.Store())
    loops = as_loops(node, frame, lo.expr(node.generators[0].iter), ast.Assign([place], node.value))
    outer, lo.frame = lo.frame, frame
    try:
        lo.statements(loops)
    finally:
        lo.frame = outer
    return table


def lower_generator_expression(lo: Lowering, node: ast.GeneratorExp, hint: str | None) -> Value:
    lo.frame.captured = True
    return one_shot(lo, GeneratorV(None, lo.frame, node, lo.expr(node.generators[0].iter)))
