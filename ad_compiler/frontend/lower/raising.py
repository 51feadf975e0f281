"""What raises: `raise`, `assert`, and operations that fail for some values."""
from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from ...ir import nodes as ir
from ...ir.types import Passive
from ..lowering import Lowering, Unwound
from ..values import HeapV, Value
from .catching import _outermost, aside, catcher, throw


def lower_raise(lo: Lowering, node: ast.Raise, rest: list[Any]) -> bool:
    """`raise error`; alone, the error that is being handled."""
    if node.exc is None and lo.handling is not None:
        error = lo.handling
    elif node.exc is None:
        lo.emit(ir.Raise(None, None, lo.origin))
        return False
    else:
        error = _raised(lo, node.exc)
    kind = _kind(lo, error)
    if kind is not None and not throw(lo, kind, error, node):
        return False
    value = error if isinstance(error, (ir.Var, ir.Const)) else lo.operand(error, node)
    lo.emit(ir.Raise(_in_place(lo, value), None, lo.origin))
    return False


def _raised(lo: Lowering, node: ast.expr) -> Value:
    value = lo.expr(node)
    if isinstance(value, ir.Const) and isinstance(value.value, type):
        return new_error(lo, value.value, [], value.text)
    return value


def _in_place(lo: Lowering, value: ir.Arg) -> ir.Arg | ir.Call:
    """The call that has just made the error, where nothing came between: `raise ValueError(...)`."""
    last = lo.block.stmts[-1] if lo.block.stmts else None
    if isinstance(last, ir.Assign) and last.target is value and isinstance(last.value, ir.Call):
        lo.block.stmts.pop()
        return last.value
    return value


def _kind(lo: Lowering, error: Value) -> type | None:
    """The class of an error, where it is known exactly."""
    if isinstance(error, HeapV):
        return error.cls
    t = lo.type_of(error)
    return t.cls if isinstance(t, Passive) and isinstance(t.cls, type) and issubclass(
        t.cls, BaseException) else None


def new_error(lo: Lowering, kind: type, args: Sequence[Value], text: str | None = None) -> Value:
    """An error as a run-time object, through which no derivative passes."""
    return lo.call(kind, [lo.operand(a) for a in args], type_=Passive(kind), text=text or kind.__name__, hint="error")


def lower_assert(lo: Lowering, node: ast.Assert, rest: list[Any]) -> None:
    """`assert`; where the program itself catches what it raises, or computing the message does something, an `if` that
    raises."""
    from .comparisons import does_something
    from .conditions import condition

    if catcher(lo, AssertionError) is not None or (node.msg is not None and does_something(lo, node.msg)):
        made = ast.Call(ast.Name("AssertionError", ast.Load()), [] if node.msg is None else [node.msg], [])
        branch = ast.If(ast.UnaryOp(ast.Not(), node.test), [ast.Raise(made, None)], [])
        for n in ast.walk(branch):
            if isinstance(n, (ast.stmt, ast.expr)) and not hasattr(n, "lineno"):
                ast.copy_location(n, node)
        rest[:0] = [branch]
        return
    cond = condition(lo, node.test)
    if isinstance(cond, ir.Const) and cond.value:
        return
    message = None if node.msg is None else lo.operand(lo.expr(node.msg))
    lo.emit(ir.Raise(message, cond, lo.origin))


def foresee(lo: Lowering, kind: type, condition: Callable[[], ir.Operand], node: ast.AST | None) -> None:
    """In front of an operation that raises `kind` where the condition holds: send the path to its handler, if any."""
    found = catcher(lo, kind)
    if found is None:
        return
    cond = condition()
    if isinstance(cond, ir.Const):
        if not cond.value:
            return
    aside(lo, cond, lambda: throw(lo, kind, new_error(lo, kind, [ir.Const(_message(kind))]), node))


def raise_where(lo: Lowering, kind: type, cond: ir.Operand, message: str, node: ast.AST | None) -> None:
    """`if cond: raise kind(message)`, for an error that the emitted operation would not raise by itself."""
    if isinstance(cond, ir.Const) and not cond.value:
        return
    if catcher(lo, kind) is not None:
        if isinstance(cond, ir.Const):
            impossible(lo, kind, node, message)
        else:
            aside(lo, cond, lambda: throw(lo, kind, new_error(lo, kind, [ir.Const(message)]), node))
            return
    with lo.into(ir.Block()) as block:
        error = new_error(lo, kind, [ir.Const(message)])
        lo.emit(ir.Raise(_in_place(lo, lo.operand(error, node)), None, lo.origin))
    lo.emit(ir.If(cond, block, ir.Block(), lo.origin))


def _message(kind: type) -> str:
    return {ZeroDivisionError: "division by zero", IndexError: "index out of range"}.get(kind, kind.__name__)


def impossible(lo: Lowering, kind: type, node: ast.AST | None, detail: str = "") -> None:
    """An operation that is known to raise when compiling. Raises Unwound if a handler has taken the path on."""
    found = catcher(lo, kind)
    if found is not None and (len(lo.meetings) <= _outermost(lo, found[0]) or lo.meetings[-1].site is not None):
        throw(lo, kind, new_error(lo, kind, [ir.Const(detail)]), node)
        raise Unwound


def certain(lo: Lowering, kind: type, node: ast.AST | None, detail: str) -> None:
    """Like `impossible`, for what Python would raise here too: a path that values decide ends with that error, and the
    program goes on with the others. A program that fails whatever its values are is for the caller to refuse."""
    impossible(lo, kind, node, detail)
    if lo.depth and lo.block is lo.line and catcher(lo, kind) is None:
        error = new_error(lo, kind, [ir.Const(detail)])
        lo.emit(ir.Raise(_in_place(lo, lo.operand(error, node)), None, lo.origin))
        raise Unwound
