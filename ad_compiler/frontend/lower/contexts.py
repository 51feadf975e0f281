"""`with`: contexts that do not touch numbers, and classes written in Python."""
from __future__ import annotations

import ast
import contextlib
import inspect
import types
import warnings
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ..frames import Meeting, Region
from ..lowering import Lowering
from ..source import read_source
from ..values import GeneratorV, HeapV, MethodV, PartialV, Value
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
    generator = _generator(lo, node)
    if generator is not None:
        return within_generator(lo, node, generator, rest)
    managed = _manager(lo, context)
    if managed is not None:
        return _managed(lo, node, managed, rest)
    if not isinstance(context, ast.Call):
        value = lo.operand(lo.expr(context))
        call = ir.Call(_same, (value,))
    else:
        function = lo.operand(lo.expr(context.func))
        if not isinstance(function, ir.Const) or not _passive_context(function.value):
            lo.fail("AD104", context, "this context manager may change what the body computes",
                    "use it outside the differentiated code")
        args = tuple(lo.operand(lo.expr(a)) for a in context.args)
        kwargs = tuple((k.arg or "", lo.operand(lo.expr(k.value))) for k in context.keywords)
        call = ir.Call(function.value, args, kwargs, "call", lo.frame.source.segment(context.func))
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


def _generator(lo: Lowering, node: ast.With) -> GeneratorV | None:
    """The generator of `with` of a function under `contextlib.contextmanager`."""
    context = node.items[0].context_expr
    if not isinstance(context, ast.Call) or not isinstance(context.func, (ast.Name, ast.Attribute)):
        return None
    found: Any = lo.expr(context.func)
    bound = isinstance(found, MethodV)
    outside: Any = found.function if bound else getattr(found, "value", None)
    function: Any = getattr(outside, "__wrapped__", None)
    if isinstance(found, ir.Const) and _passive_context(found.value):
        return None
    if isinstance(found, PartialV) and isinstance(found.function, ir.Const) and found.function.value is one_item:
        source: Value = found.args[0]
    elif inspect.isgeneratorfunction(function) and outside.__code__ is _HELPER:
        source = MethodV(found.receiver, found.name, function) if bound else ir.Const(function)
    else:
        return None
    name = f"<context {node.lineno} {node.col_offset}>"
    lo.frame.set(name, source)
    call = ast.copy_location(ast.Call(ast.Name(name, ast.Load()), context.args, context.keywords), context)
    value = lo.expr(ast.fix_missing_locations(call))
    assert isinstance(value, GeneratorV)
    if any(isinstance(n, (ast.For, ast.While)) and any(isinstance(i, (ast.Yield, ast.YieldFrom)) for i in ast.walk(n))
           for n in own_nodes(value.function)):
        lo.fail("AD104", context, "the generator of this context yields in a loop: how often is not followed",
                "let it yield once")
    return value


def one_item(generator: Any) -> Any:
    """Stands for `contextlib.contextmanager(f)` of a function inside the program."""
    return generator


def manager_of(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
               ) -> Value:
    """`@contextlib.contextmanager`"""
    return PartialV(ir.Const(one_item), [args[0]], {})


_HELPER = contextlib.contextmanager(lambda: iter(())).__code__


def _manager(lo: Lowering, context: ast.expr) -> HeapV | None:
    """The object of a user's class that a `with` enters, if that is what its context is."""
    if isinstance(context, ast.Call):
        if not isinstance(context.func, (ast.Name, ast.Attribute)):
            return None
        function = lo.expr(context.func)
        if not isinstance(function, ir.Const) or _passive_context(function.value):
            return None
        if not isinstance(function.value, type) or not hasattr(function.value, "__exit__"):
            return None
    value = lo.expr(context)
    return value if isinstance(value, HeapV) and hasattr(value.cls, "__exit__") else None


def _managed(lo: Lowering, node: ast.With, manager: HeapV, rest: list[Any]) -> None:
    """`with` of a class written in Python, as the `try` that it is:

        try:                                        its body
        except BaseException as error:              (where the program can go on after an error)
            left = True
            if not manager.__exit__(type(error), error, None): raise
        finally:
            if not left: manager.__exit__(None, None, None)
    """
    from .calls import call_method

    item, *others = node.items
    entered = call_method(lo, manager, "__enter__", [], {}, item.context_expr, None)
    if item.optional_vars is not None:
        bind(lo, item.optional_vars, entered)
    body: list[ast.stmt] = [*node.body] if not others else [ast.copy_location(ast.With(others, node.body), node)]
    names = {name: f"<{name} {node.lineno} {node.col_offset}>" for name in ("manager", "left", "error")}
    lo.frame.set(names["manager"], manager)
    lo.frame.set(names["left"], ir.Const(False))
    goes_on = any(t.handlers for t in lo.tries) or _may_swallow(manager.cls)
    rest[:0] = [_filled(_WITH_ERRORS if goes_on else _WITH, names, body, node)]


_WITH = """
try:
    BODY
finally:
    manager.__exit__(None, None, None)
"""
_WITH_ERRORS = """
try:
    try:
        BODY
    except BaseException as error:
        left = True
        if not manager.__exit__(type(error), error, None):
            raise
finally:
    if not left:
        manager.__exit__(None, None, None)
"""


def _filled(text: str, names: dict[str, str], body: list[ast.stmt], node: ast.With) -> ast.stmt:
    """A statement written out, under names that no program has, around a body."""
    whole = ast.parse(text).body[0]
    for n in list(ast.walk(whole)):
        if isinstance(n, (ast.expr, ast.stmt, ast.excepthandler)):
            ast.copy_location(n, node)
        if isinstance(n, ast.Name):
            n.id = names.get(n.id, n.id)
        elif isinstance(n, ast.ExceptHandler):
            n.name = names["error"]
        elif isinstance(n, ast.Try) and isinstance(first := n.body[0], ast.Expr) and isinstance(
                first.value, ast.Name):
            n.body = body
    return whole


def _may_swallow(cls: type) -> bool:
    """Whether an error may end in `__exit__`: it returns something else than None or False."""
    found = inspect.getattr_static(cls, "__exit__")
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
