"""`try`: errors that the program raises and catches itself are a way through it like any other.

A `raise` in the body of a `try` goes on with the handler, on its own path; so does a statement that is known to
raise (a division by a number that is zero, an index that is out of range), by a test in front of it (`raising.py`).
Where loops or calls lie between the error and its handler, they are left with a number that says which handler is
meant. An error that is not foreseen is not caught: it comes out of the generated code.
"""
from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir.types import BOOL, Num
from ..frames import MISSING, Frame, Key, PathEnd, Region
from ..lowering import Lowering
from ..values import TupleV, Value
from .apart import NeedExits
from .branches import fall
from .exits import has_exit
from .joining import join_ends

#: Name in a frame that is left by an error: which handler it is for (0 for none).
THROWN = "<thrown>"
INT = Num(np.dtype(np.int64))


@dataclass(eq=False)
class Handler:
    """`except classes as name: body`; `number` is how an error on its way is told to be for it."""

    classes: tuple[type, ...]
    name: str | None
    body: list[ast.stmt]
    number: int


@dataclass(eq=False)
class Try:
    """A `try` being read. `handlers` is empty while it cannot catch any more."""

    frame: Frame | None
    loops: int
    region: Region
    handlers: list[Handler] = field(default_factory=list)
    final: list[ast.stmt] = field(default_factory=list)
    orelse: list[ast.stmt] = field(default_factory=list)
    ends: list[PathEnd] = field(default_factory=list)
    meetings: int = 0


def lower_try(lo: Lowering, node: ast.Try, rest: list[Any]) -> bool | None:
    """Read the body with its handlers ready; the paths through it meet again after it."""
    if has_exit(node.finalbody):
        lo.fail("AD105", node.finalbody[0], "a `finally` that is left by return, break or continue: it puts aside how "
                "its `try` ends", "leave after the `try` statement")
    start, depth, before = lo.block, lo.depth, list(lo.tries)
    here = Try(lo.home, len(lo.loops), lo.journal.open(), _handlers(lo, node), list(node.finalbody),
               list(node.orelse), meetings=len(lo.meetings))
    try:
        lo.tries = [*before, here]
        if lo.statements(node.body):
            come_out(lo, here)
    finally:
        lo.tries, lo.depth = before, depth
        lo.journal.close(here.region)
    return _go_on(lo, node, here, start, [*node.finalbody, *rest], rest)


def come_out(lo: Lowering, here: Try) -> None:
    """A path comes to the end of the `try`: the `else` is read, which is not covered by the handlers."""
    handlers, orelse = here.handlers, here.orelse
    here.handlers, here.orelse = [], []
    if not orelse or lo.statements(orelse):
        here.ends.append(PathEnd(lo.block, "fall", lo.journal.current(here.region), None, lo.origin))
    here.handlers, here.orelse = handlers, orelse


def _go_on(lo: Lowering, node: ast.Try, here: Try, start: ir.Block, then: list[Any], rest: list[Any]) -> bool | None:
    """Read what follows the `try`, once where its paths meet, or on each path where some have left for good."""
    if not here.ends:
        return False
    if len(here.ends) == 1:
        end = here.ends[0]
        if end.block is not lo.block:
            lo.journal.restore(here.region)
            _set(end.state)
        lo.block = end.block
        rest[:] = then
        return None
    lo.journal.restore(here.region)
    if not _meet(here, start):
        lo.depth += 1
        for end in here.ends:
            region = lo.journal.open()
            _set(end.state)
            with lo.into(end.block):
                if lo.statements(list(then)):
                    fall(lo)
            lo.journal.close(region)
            lo.journal.restore(region)
        lo.depth -= 1
        lo.block = start
        return False
    joined = join_ends(lo, here.region, here.ends, node=node)
    lo.block = start
    _set(joined)
    rest[:] = then
    return None


def _meet(here: Try, start: ir.Block) -> bool:
    """Whether all paths through the `try` come out at its end: none has returned, or left a loop around it."""
    found = {id(end.block) for end in here.ends}

    def meets(block: ir.Block) -> bool:
        if id(block) in found:
            return True
        if not block.stmts:
            return False
        last = block.stmts[-1]
        if isinstance(last, ir.Raise) and last.cond is None:
            return True
        if isinstance(last, ir.With):
            return meets(last.body)
        return isinstance(last, ir.If) and meets(last.then) and meets(last.orelse)

    return meets(start)


def _set(state: dict[Key, Value]) -> None:
    for (frame, name), value in state.items():
        frame.set(name, value)


def _handlers(lo: Lowering, node: ast.Try) -> list[Handler]:
    out = []
    for h in node.handlers:
        classes = (BaseException,) if h.type is None else _classes(lo, lo.expr(h.type), h.type)
        lo.handlers += 1
        out.append(Handler(classes, h.name, h.body, lo.handlers))
    return out


def _classes(lo: Lowering, value: Value, node: ast.AST) -> tuple[type, ...]:
    items = value.items if isinstance(value, TupleV) else [value]
    found = [v.value for v in items if isinstance(v, ir.Const)]
    found = [c for v in found for c in (v if isinstance(v, tuple) else (v,))]
    if len(items) != len([v for v in items if isinstance(v, ir.Const)]) or not all(
            isinstance(c, type) and issubclass(c, BaseException) for c in found):
        lo.fail("AD105", node, "which errors are caught here is not known when compiling", "name the error's class")
    return tuple(found)


def catcher(lo: Lowering, kind: type) -> tuple[Try, Handler] | None:
    """The `try` and handler that an error of this class comes to, if there is one."""
    for here in reversed(lo.tries):
        for handler in here.handlers:
            if issubclass(kind, handler.classes):
                return here, handler
    return None


def catches(lo: Lowering, nodes: Sequence[Any]) -> bool:
    """Whether statements may raise an error that the program itself catches: they leave their block, then."""
    return any(t.handlers for t in lo.tries) and any(
        isinstance(n, (ast.Raise, ast.Assert)) for s in nodes if not callable(s) for n in _own(s))


def _own(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
        return []
    return [node, *(n for child in ast.iter_child_nodes(node) for n in _own(child))]


def throw(lo: Lowering, kind: type, error: Value, node: ast.AST | None) -> bool:
    """The current path raises. False if a handler of the program takes it on, which has been read then."""
    found = catcher(lo, kind)
    if found is None:
        _refuse_raising_finals(lo, node)
        return True
    _send(lo, *found, error, node)
    return False


def _refuse_raising_finals(lo: Lowering, node: ast.AST | None) -> None:
    """An error that nobody catches comes out of the generated code at once: no `finally` puts another in its place."""
    if any(isinstance(n, ast.Raise) for t in lo.tries for s in t.final for n in ast.walk(s)):
        lo.fail("AD105", node, "an error that is not caught leaves a `try` whose `finally` may raise another",
                "raise after the `try` statement")


def _send(lo: Lowering, here: Try, handler: Handler, error: Value, node: ast.AST | None) -> None:
    place = lo.tries.index(here)
    near = here.frame is lo.home and len(lo.loops) == here.loops
    if len(lo.meetings) > _outermost(lo, here):
        meeting = lo.meetings[-1]
        if meeting.site is not None:
            raise NeedExits(meeting.site)
        end = PathEnd(lo.block, "thrown", lo.journal.current(meeting.region), error, lo.origin)
        meeting.thrown.append((end, handler.number))
        return
    if near:
        _handle(lo, here, handler, error, place)
        return
    run_finals(lo, [t for t in leaving(lo) if t in lo.tries[place + 1:]],
               lambda: _carry_out(lo, handler.number, error))


def _carry_out(lo: Lowering, number: int, error: Value) -> None:
    """An error leaves the loop or function being read, on its way to the handler of this number."""
    if lo.loops:
        lo.home.set(THROWN, ir.Const(number))
        lo.home.set(error_for(number), error)
        lo.loops[-1].thrown[number] = None
        fall(lo, "break")
    else:
        region = lo.home.region
        assert region is not None
        end = PathEnd(lo.block, "thrown", lo.journal.current(region), error, lo.origin)
        lo.home.thrown.append((end, number))


def _outermost(lo: Lowering, here: Try) -> int:
    """How many paths that meet again an error on its way to `here` need not leave: those around the next stop."""
    if here.frame is lo.home and len(lo.loops) == here.loops:
        return here.meetings
    return lo.loops[-1].meetings if lo.loops else lo.home.meetings


def _handle(lo: Lowering, here: Try, handler: Handler, error: Value, place: int) -> None:
    """Read the handler, on the path that raises."""
    frame = lo.frame
    lo.frame = lo.home  # the error may come out of a comprehension
    run_finals(lo, lo.tries[place + 1:], lambda: _read_handler(lo, here, handler, error, place))
    lo.frame = frame


def _read_handler(lo: Lowering, here: Try, handler: Handler, error: Value, place: int) -> None:
    before, handlers, orelse, handling = list(lo.tries), here.handlers, here.orelse, lo.handling
    origin = lo.origin
    try:
        here.handlers, here.orelse = [], []
        lo.tries = before[: place + 1]
        lo.handling = error
        if handler.name is not None:
            lo.frame.set(handler.name, error)
        if lo.statements(handler.body):
            if handler.name is not None:
                lo.frame.set(handler.name, MISSING)
            come_out(lo, here)
    finally:
        lo.tries, here.handlers, here.orelse, lo.handling = before, handlers, orelse, handling
        lo.origin = origin


def run_finals(lo: Lowering, tries: Sequence[Try], then: Callable[[], Any]) -> None:
    """Read the `finally` of each `try` that the current path leaves, the innermost first, and `then` on each path that
    comes out of them."""
    before, origin = lo.tries, lo.origin
    nodes: list[Any] = []
    for t in reversed(tries):
        if t.final:
            nodes += [partial(_within, lo, before[: before.index(t)]), *t.final]

    def after() -> bool:
        lo.tries, lo.origin = before, origin
        then()
        return False

    try:
        lo.statements([*nodes, after])
    finally:
        lo.tries = before


def _within(lo: Lowering, tries: list[Try]) -> None:
    lo.tries = tries


def leaving(lo: Lowering) -> list[Try]:
    """The `try` statements that a return, break or continue here leaves."""
    return [t for t in lo.tries if t.frame is lo.home and t.loops == len(lo.loops)]


def rethrow(lo: Lowering, number: int, error: Value, node: ast.AST | None) -> bool:
    """Go on with an error that has left a loop or a call. False: the path has gone to its handler."""
    for here in lo.tries:
        for handler in here.handlers:
            if handler.number == number:
                _send(lo, here, handler, error, node)
                return False
    raise AssertionError("an error has lost its handler")


def error_for(number: int) -> str:
    """The name of the error that goes to a handler, in a loop that it leaves."""
    return f"<error {number}>"


def after_throws(lo: Lowering, flag: Value, errors: Mapping[int, Value], node: ast.AST | None) -> None:
    """Behind a loop or call that errors have left: send each to its handler; the other path goes on."""
    for number, error in errors.items():
        cond: Any = flag
        if lo.type_of(flag) != BOOL:
            cond = lo.call(np.equal, (lo.operand(flag), ir.Const(number)), style="op", type_=BOOL)
        aside(lo, cond, lambda n=number, e=error: rethrow(lo, n, e, node))


def aside(lo: Lowering, cond: ir.Operand, leave: Callable[[], Any]) -> None:
    """`if cond:` a path that leaves for good; the rest is read in the other branch."""
    origin, region = lo.origin, lo.journal.open()
    lo.depth += 1  # until the end of the `try`: what follows, and the handler, are each done on one of two paths
    with lo.into(ir.Block()) as block:
        leave()
    lo.journal.close(region)
    lo.journal.restore(region)
    rest = ir.Block()
    lo.emit(ir.If(cond, block, rest, origin))
    lo.block = rest
