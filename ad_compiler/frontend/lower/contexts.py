"""`with`: contexts that do not touch numbers, and classes written in Python."""
from __future__ import annotations

import ast
import contextlib
import inspect
import types
import warnings
from typing import Any, TypeGuard

import numpy as np

from ...ir import nodes as ir
from ..frames import Meeting, Region
from ..lowering import Lowering
from ..source import read_source
from ..values import ContextV, ExternalV, GeneratorV, HeapV, Value
from .assignment import bind
from .branches import fall
from .catching import catches
from .exits import has_exit
from .generators import own_nodes, within_generator
from .runtime_lists import site_of


def lower_with(lo: Lowering, node: ast.With, rest: list[Any]) -> bool | None:
    item, *others = node.items
    context = item.context_expr
    suppressed = _suppressed(lo, node)
    if suppressed is not None:
        rest[:0] = [suppressed]
        return None
    if _nothing(lo, node):
        rest[:0] = node.body if not others else [ast.copy_location(ast.With(others, node.body), node)]
        return None
    function = lo.expr(context.func) if _is_call(context) else None
    if isinstance(function, ir.Const) and _passive_context(function.value):
        args = tuple(lo.operand(lo.expr(a)) for a in context.args)
        kwargs = tuple((k.arg or "", lo.operand(lo.expr(k.value))) for k in context.keywords)
        call = ir.Call(function.value, args, kwargs, "call", lo.frame.source.segment(context.func))
    else:
        value = lo.expr(context)
        if isinstance(value, ContextV):
            return within_generator(lo, node, value.generator, rest)
        if _is_readable(value):
            return _managed(lo, node, value, rest)
        if not isinstance(value, ExternalV) or item.optional_vars is not None:
            lo.fail("AD104", context, "this context manager may change what the body computes",
                    "use it outside the differentiated code")
        call = ir.Call(_same, (lo.operand(value),))
    origin = lo.origin
    body: list[Any] = [*node.body] if not others else [ast.copy_location(ast.With(others, node.body), node)]
    site = site_of(lo, node)
    leaves = has_exit(node.body) or site in lo.exiting or catches(lo, node.body)
    if leaves:
        body += rest
    together = contextlib.nullcontext() if leaves else lo.meeting(Meeting(site, lo.home.region or Region()))
    with lo.into(ir.Block()) as block, together:
        through = lo.statements(body)
        if leaves and through:
            fall(lo)
    lo.emit(ir.With(call, block, None, origin))
    return False if leaves or not through else None


def _suppressed(lo: Lowering, node: ast.With) -> ast.Try | None:
    """`with contextlib.suppress(error): body` as the `try` that it is."""
    item, *others = node.items
    context = item.context_expr
    if not isinstance(context, ast.Call) or not isinstance(context.func, (ast.Name, ast.Attribute)):
        return None
    function = lo.expr(context.func)
    if not isinstance(function, ir.Const) or function.value is not contextlib.suppress:
        return None
    body: list[ast.stmt] = [*node.body] if not others else [ast.copy_location(ast.With(others, node.body), node)]
    handler = ast.ExceptHandler(ast.Tuple(list(context.args), ast.Load()), None, [ast.Pass()])
    return ast.fix_missing_locations(ast.copy_location(ast.Try(body, [handler], [], []), node))


def _nothing(lo: Lowering, node: ast.With) -> bool:
    """Whether it is `with contextlib.nullcontext(value) as name`, of which there is left `name = value`."""
    context, target = node.items[0].context_expr, node.items[0].optional_vars
    if not isinstance(context, ast.Call) or not isinstance(context.func, (ast.Name, ast.Attribute)) or len(
            context.args) + len(context.keywords) > 1:
        return False
    function = lo.expr(context.func)
    if not isinstance(function, ir.Const) or function.value is not contextlib.nullcontext:
        return False
    given = [*context.args, *(k.value for k in context.keywords)]
    value: Value = lo.expr(given[0]) if given else ir.Const(None)
    if target is not None:
        bind(lo, target, value)
    return True


def context_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
             ) -> Value:
    """What a function under `contextlib.contextmanager` gives: the context of its generator."""
    from .calls import call_value
    from .dicts import mapping_items
    from .sequences import items_of

    made, given, named = args
    generator = call_value(lo, made, items_of(lo, given, node), mapping_items(lo, named, node), node, hint)
    if not isinstance(generator, GeneratorV) or any(
            isinstance(n, (ast.For, ast.While)) and any(isinstance(i, (ast.Yield, ast.YieldFrom)) for i in ast.walk(n))
            for n in own_nodes(generator.function)):
        lo.fail("AD104", node, "how often the generator of this context yields is not followed", "let it yield once")
    return ContextV(generator)


def _is_call(context: ast.expr) -> TypeGuard[ast.Call]:
    return isinstance(context, ast.Call) and isinstance(context.func, (ast.Name, ast.Attribute))


def _is_readable(value: Value) -> TypeGuard[HeapV | ExternalV]:
    """Whether a context is an object of a class whose two methods are written in Python."""
    if not isinstance(value, (HeapV, ExternalV)):
        return False
    found = [inspect.getattr_static(_class_of(value), name, None) for name in ("__enter__", "__exit__")]
    return all(isinstance(f, types.FunctionType) or hasattr(f, "value") or hasattr(f, "node") for f in found)


def _class_of(value: HeapV | ExternalV) -> type:
    return value.cls if isinstance(value, HeapV) else type(value.value)


def _managed(lo: Lowering, node: ast.With, manager: HeapV | ExternalV, rest: list[Any]) -> None:
    """`with` of a class written in Python, as the `try` that it is. An error goes to `__exit__` where the program can
    go on after it."""
    item, *others = node.items
    body: list[ast.stmt] = [*node.body] if not others else [ast.copy_location(ast.With(others, node.body), node)]
    place = item.context_expr
    names = {name: f"<{name} {place.lineno} {place.col_offset}>"
             for name in ("manager", "left", "kind", "error", "entered")}
    lo.frame.set(names["manager"], manager)
    lo.frame.set(names["left"], ir.Const(False))
    lo.frame.set(names["kind"], ir.Const(type))
    goes_on = any(t.handlers for t in lo.tries) or _may_swallow(manager)
    entered = _template(_ENTERED, names, node)
    if item.optional_vars is not None:
        entered[0].targets = [item.optional_vars]
    whole = _template(_WITH_ERRORS if goes_on else _WITH, names, node)
    for n in ast.walk(whole[0]):
        if isinstance(n, ast.Try) and isinstance(n.body[0], ast.Pass):
            n.body = body
            break
    rest[:0] = [*entered, *whole]


_ENTERED = "entered = manager.__enter__()"
_WITH = """
try:
    pass
finally:
    manager.__exit__(None, None, None)
"""
_WITH_ERRORS = """
try:
    try:
        pass
    except:
        left = True
        if not manager.__exit__(kind(error), error, None):
            raise
finally:
    if not left:
        manager.__exit__(None, None, None)
"""


def _template(text: str, names: dict[str, str], node: ast.AST) -> list[Any]:
    """Statements written out, under names that no program has."""
    tree = ast.parse(text)
    for n in ast.walk(tree):
        if isinstance(n, (ast.expr, ast.stmt, ast.excepthandler)):
            ast.copy_location(n, node)
        if isinstance(n, ast.Name):
            n.id = names.get(n.id, n.id)
        elif isinstance(n, ast.ExceptHandler):
            n.name = names["error"]
    return tree.body


def _may_swallow(manager: HeapV | ExternalV) -> bool:
    """Whether an error may end in `__exit__`: it returns something else than None or False."""
    found = inspect.getattr_static(_class_of(manager), "__exit__")
    held = getattr(found, "value", found)  # of a class that the program defines
    tree = read_source(found).node if isinstance(found, types.FunctionType) else getattr(held, "node", None)
    if not isinstance(tree, ast.FunctionDef):
        return True
    returned = [n.value for n in own_nodes(tree) if isinstance(n, ast.Return) and n.value is not None]
    return any(not isinstance(v, ast.Constant) or bool(v.value) for v in returned)


def _same(x: Any) -> Any:
    return x


def _passive_context(function: Any) -> bool:
    return function in (np.errstate, np.printoptions, warnings.catch_warnings, contextlib.nullcontext)
