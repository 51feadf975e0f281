"""`with`, and `try` where control leaves it normally."""
from __future__ import annotations

import ast
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ..lowering import Lowering
from ..values import HeapV
from .assignment import bind
from .branches import fall
from .exits import has_exit


def lower_with(lo: Lowering, node: ast.With, rest: list[Any]) -> bool | None:
    item, *others = node.items
    context = item.context_expr
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
    leaves = has_exit(node.body)
    if leaves:
        body += rest
    with lo.into(ir.Block()) as block:
        through = lo.statements(body)
        if leaves and through:
            fall(lo)
    lo.emit(ir.With(call, block, None, origin))
    return False if leaves or not through else None


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
    """`with` of a class written in Python: its two methods around the body, which must run to its end."""
    from .calls import call_method

    item, *others = node.items
    body: list[Any] = [*node.body] if not others else [ast.copy_location(ast.With(others, node.body), node)]
    if has_exit(body):
        lo.fail("AD104", node, "the body of this context is left by return, break or continue",
                "leave after the `with`")
    entered = call_method(lo, manager, "__enter__", [], {}, item.context_expr, None)
    if item.optional_vars is not None:
        bind(lo, item.optional_vars, entered)

    def leave_context() -> None:
        out = call_method(lo, manager, "__exit__", [ir.Const(None)] * 3, {}, item.context_expr, None)
        if not isinstance(out, ir.Const) or out.value:
            lo.fail("AD104", item.context_expr, "this context manager may swallow an error of its body",
                    "let `__exit__` return None or False")

    rest[:0] = [*body, leave_context]


def _same(x: Any) -> Any:
    return x


def _passive_context(function: Any) -> bool:
    import contextlib
    import warnings

    return function in (np.errstate, np.printoptions, warnings.catch_warnings, contextlib.suppress,
                        contextlib.nullcontext)


def lower_try(lo: Lowering, node: ast.Try, rest: list[Any]) -> bool | None:
    """`try` whose handlers catch errors that the program does not expect: control leaves it normally.

    An exception that is caught decides the path, so the number of a flag says whether the body ran to its end."""
    if has_exit(node.body) or any(has_exit(h.body) for h in node.handlers) or has_exit(node.orelse):
        return _exiting_try(lo, node, rest)
    if not node.handlers:
        rest[:0] = [*node.body, *node.orelse, *node.finalbody]
        return None
    lo.fail("AD105", node, "`try` with handlers cannot be compiled", "test the condition before, instead of catching")


def _exiting_try(lo: Lowering, node: ast.Try, rest: list[Any]) -> bool | None:
    if not node.handlers and not node.finalbody:
        rest[:0] = [*node.body, *node.orelse]
        return None
    lo.fail("AD105", node, "`try` that is left by return, break or continue cannot be compiled",
            "assign the result and leave after the `try`")
