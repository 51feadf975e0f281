"""Python functions read in place: their arguments, their body, the join of what they return."""
from __future__ import annotations

import ast
import types
from typing import Any

from ...ir import nodes as ir
from ..frames import Frame
from ..lowering import Lowering, NoResult, Unwound
from ..source import read_source
from ..trees import children
from ..values import GeneratorV, HeapV, JoinError, StarV, TupleV, Value
from .branches import fall
from .catching import THROWN, after_throws, rethrow
from .joining import join_ends, joined_errors, joined_values, new_heap_frame
from .on_tape import or_on_tape
from .one_shot import moved, one_shot
from .recursion import call_itself, compile_instead, watch_recursion
from .runtime_lists import place_of, unroll_instead
from .stars import fitted

MAX_DEPTH = 24


def call_python(lo: Lowering, function: types.FunctionType, args: list[Value], kwargs: dict[str, Value],
                node: ast.AST, hint: str | None) -> Value:
    """The value of a call of a plain Python function, which is read in place (or runs on the tape)."""
    return or_on_tape(lo, function, args, kwargs, node, hint,
                      lambda: _read_in_place(lo, function, args, kwargs, node))


def _read_in_place(lo: Lowering, function: types.FunctionType, args: list[Value], kwargs: dict[str, Value],
                   node: ast.AST) -> Value:
    from .names import external, function_path

    source = read_source(function)
    defaults: dict[str, Value] = {}
    code = function.__code__
    names = code.co_varnames[: code.co_argcount]
    path = function_path(function)
    for name, value in zip(names[len(names) - len(function.__defaults__ or ()):], function.__defaults__ or (),
                           strict=True):
        defaults[name] = _default(lo, value, f"{path}.{name}=", name, external)
    for name, value in (function.__kwdefaults__ or {}).items():
        defaults[name] = _default(lo, value, f"{path}.{name}=", name, external)
    lo.guards.setdefault(path, function)
    return inline(lo, source.node, source, function.__globals__, args, kwargs, node, function=function,
                  defaults=defaults, identity=code)


def _default(lo: Lowering, value: Any, path: str, name: str, external: Any) -> Value:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return ir.Const(value)
    return external(lo, value, path, name)


def inline(lo: Lowering, tree: ast.FunctionDef | ast.Lambda, source: Any, globals_: dict[str, Any],
           args: list[Value], kwargs: dict[str, Value], node: ast.AST, *, parent: Frame | None = None,
           function: Any = None, defaults: dict[str, Value] | None = None, identity: Any = None,
           body: bool = False) -> Value:
    """Read a function's body here, on these arguments; its value is the join of what its paths return."""
    name = tree.name if isinstance(tree, ast.FunctionDef) else "<lambda>"
    frame = lo.new_frame(source, globals_, name, function, parent)
    frame.body_of, frame.is_call = parent if body else None, True
    frame.called_at = place_of(lo, node) if lo.split else None
    frame.tree = tree
    bind_arguments(lo, frame, tree.args, args, kwargs, defaults or {}, name, node)
    if isinstance(tree, ast.FunctionDef) and _is_generator(tree):
        return one_shot(lo, GeneratorV(tree, frame))
    if identity is not None and not body:
        if lo.recursive and identity in lo.recursive:
            return call_itself(lo, identity, tree, frame, node)
        watch_recursion(lo, identity, frame)
    depth = sum(1 for f in lo.stack if f.source is source and getattr(f.source, "node", None) is not None
                and f.name == name)
    if depth > MAX_DEPTH or len(lo.stack) > 4 * MAX_DEPTH:
        unroll_instead(lo)
        compile_instead(lo)
        lo.fail("AD140", node, f"the recursion of `{name}` does not end when compiling",
                "let its depth depend on sizes or constants, not on values")
    with lo.inside(frame):
        if not isinstance(tree, ast.Lambda):
            out = run_body(lo, frame, tree.body)
        elif lo.tries:
            out = run_body(lo, frame, [ast.copy_location(ast.Return(tree.body), tree.body)])
        else:
            lo.origin = lo.origin or lo.at(tree)
            return lo.expr(tree.body)
    after_call(lo, frame, node)
    return out


def _is_generator(tree: ast.FunctionDef) -> bool:
    stack: list[ast.AST] = list(tree.body)
    while stack:
        n = stack.pop()
        if isinstance(n, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(n, (ast.FunctionDef, ast.Lambda)):
            stack += children(n)
    return False


def run_body(lo: Lowering, frame: Frame, nodes: list[ast.stmt]) -> Value:
    """Read a function body and join the values of its returns. (`after_call` is for errors that have left it.)"""
    start = lo.block
    region, frame.meetings = lo.journal.open(), len(lo.meetings)
    frame.region = region
    left_out = 0 if lo.problems is None else len(lo.problems.left_out)
    try:
        if lo.statements(nodes):
            fall(lo, "return")
        if lo.problems is not None:
            lo.problems.after_reading(left_out)
    finally:
        lo.journal.close(region)
        open_, lo.block = lo.block, start
    ends, thrown = frame.returns, [end for end, _ in frame.thrown]
    # (in a `try` of a caller, what follows may be for the one path only that has come here)
    if len(ends) == 1 and not thrown and ends[0].block is open_ and (open_ is start or lo.tries):
        lo.block = open_
        return ends[0].value or ir.Const(None)
    if not ends and not thrown:
        if lo.postponed is not None or any(o.callee.outs is None for o in lo.open_callees):
            raise NoResult
        if lo.depth and lo.block is lo.line:
            raise Unwound  # every path of the function raises: so does the one that has called it
        return ir.Const(None)
    lo.journal.restore(region)
    try:
        out = joined_values(lo, ends, "out", thrown)
        for (written, name), value in join_ends(lo, region, [*ends, *thrown], left=frame).items():
            written.set(name, value)
        if thrown:  # last: the loops of a function whose names others capture have left their own note of errors
            frame.env[THROWN], frame.errors = joined_errors(lo, ends, frame.thrown)
        return out
    except JoinError as error:
        lo.fail("AD122", frame.source.node, f"`{frame.name}` returns values of different kinds: {error}",
                "return the same kind of value on every path")


def after_call(lo: Lowering, frame: Frame, node: ast.AST | None) -> None:
    """Behind a call that errors have left: each goes to its handler. Raises Unwound where no path has returned."""
    if not frame.thrown:
        return
    if frame.returns:
        after_throws(lo, frame.env[THROWN], frame.errors, node)
        return
    *others, last = frame.errors.items()
    after_throws(lo, frame.env[THROWN], dict(others), node)
    rethrow(lo, *last, node)
    raise Unwound


def bind_arguments(lo: Lowering, frame: Frame, spec: ast.arguments, args: list[Value], kwargs: dict[str, Value],
                   defaults: dict[str, Value], name: str, node: ast.AST) -> None:
    """Give a function's parameters their values, as Python does."""
    positional = [a.arg for a in [*spec.posonlyargs, *spec.args]]
    rest = dict(kwargs)
    stars = [i for i, a in enumerate(args) if isinstance(a, StarV)]
    if stars:
        args, more = fitted(lo, args, len(positional), spec.vararg is not None, node)
    else:
        more = None
    if len(args) > len(positional) and spec.vararg is None:
        lo.fail("AD109", node, f"{name}() takes {len(positional)} positional arguments but {len(args)} were given")
    for parameter, value in zip(positional, args, strict=False):
        frame.env[parameter] = moved(value)
    if spec.vararg is not None:
        frame.env[spec.vararg.arg] = TupleV(list(args[len(positional):])) if more is None else more
    for parameter in [*positional[len(args):], *(a.arg for a in spec.kwonlyargs)]:
        if parameter in rest:
            frame.env[parameter] = moved(rest.pop(parameter))
        elif parameter in defaults:
            frame.env[parameter] = defaults[parameter]
        else:
            lo.fail("AD109", node, f"{name}() is missing the argument `{parameter}`")
    if spec.kwarg is not None:
        heap = HeapV(dict, new_heap_frame(lo, spec.kwarg.arg))
        heap.slots.update(rest)
        frame.env[spec.kwarg.arg] = heap
    elif rest:
        lo.fail("AD109", node, f"{name}() got an unexpected keyword argument `{next(iter(rest))}`")
