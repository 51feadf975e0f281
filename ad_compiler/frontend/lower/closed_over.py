"""What functions hold: those that are kept in run-time lists, what they have captured from calls that are over and
functions with other numbers in its place; and those that leave a loop, with values of its last iteration.

What they read of calls that are still being read they go on reading there, as Python does.
"""
from __future__ import annotations

import ast
import functools
from collections.abc import Collection, Iterator
from typing import Any

from ...ir import nodes as ir
from ..frames import MISSING, Frame
from ..lowering import Lowering
from ..scopes import scopes_of
from ..values import (
    FunctionV,
    GeneratorV,
    IterV,
    MethodV,
    OptionalV,
    PartialV,
    TupleV,
    Unusable,
    Value,
)
from .class_definitions import Held

Place = tuple[int, ast.AST]  # the number of a call among those being read, and its text


def captured_by(lo: Lowering, function: FunctionV) -> tuple[dict[str, Value], Place | None] | None:
    """What a function reads of calls that are over, and the place, among the calls being read, of the one that it was
    defined in. None where a name may be bound anew later, so that its value now is not what will be read."""
    wanted = free_names(function.node)
    if wanted is None:
        return None
    found: dict[str, Value] = {}
    frame: Frame | None = function.frame
    while frame is not None:
        place = next((k for k, f in enumerate(lo.stack) if f is frame), None)
        if place is not None:
            return found, (place, frame.source.node)
        own = {name: frame.get(name) for name in wanted if name not in found and frame.get(name) is not MISSING}
        if own and (not frame.is_call or _binds_others(frame.source.node) or any(
                isinstance(v, Unusable) for v in own.values())):
            return None
        if frame.function is not None and frame.function.__closure__ and set(wanted).intersection(
                frame.function.__code__.co_freevars).difference(found, own):
            return None
        found |= own
        frame = frame.parent
    return found, None


def remade(lo: Lowering, example: FunctionV, place: Place | None, names: dict[str, Value], defaults: dict[str, Value]
           ) -> FunctionV:
    """A function like `example` that has captured these values."""
    parent = None
    if place is not None:
        parent = lo.stack[place[0]] if place[0] < len(lo.stack) else None
        if parent is None or parent.source.node is not place[1]:
            lo.fail("AD126", None, "a function is taken from a list where the call that it was defined in is over",
                    "use it inside that call")
    if not names and parent is not None:
        return FunctionV(example.node, example.source, parent, defaults, example.body)
    old: Frame = example.frame
    frame = Frame(old.source, lo.journal, old.globals, parent, name=old.name, file=old.file, is_call=True)
    frame.env.update(names)
    return FunctionV(example.node, example.source, frame, defaults, example.body)


@functools.lru_cache(maxsize=512)
def free_names(node: ast.AST) -> tuple[str, ...] | None:
    """The names that a function reads from around it, in order; None if it assigns names of others or cannot tell."""
    if any(isinstance(n, (ast.Nonlocal, ast.Global)) for n in ast.walk(node)):
        return None
    if isinstance(node, ast.FunctionDef) and not node.name.isidentifier():
        return None  # a loop's body that was made a function: Python's symbol tables cannot read its names
    return tuple(sorted({s.get_name() for table in scopes_of(node) for s in table.get_symbols() if s.is_global()}))


@functools.lru_cache(maxsize=512)
def _binds_others(node: ast.AST) -> bool:
    """Whether a function in this one binds its names."""
    return any(isinstance(n, ast.Nonlocal) for n in ast.walk(node))


def holds(lo: Lowering, value: Value, inner: Collection[ir.Var]) -> bool:
    """Whether a function, an iterator or a class holds one of these variables: they are not given others where they
    leave a loop, as numbers and the parts of tuples and objects are."""
    if isinstance(value, (TupleV, OptionalV)):
        return any(holds(lo, v, inner) for v in _held(lo, value))
    return not isinstance(value, ir.Var) and _deep(lo, value, inner, ())


def _deep(lo: Lowering, value: Value, inner: Collection[ir.Var], around: tuple[Value, ...]) -> bool:
    if value is MISSING or any(value is v for v in around):
        return False
    if isinstance(value, ir.Var):
        return value in inner
    return any(_deep(lo, v, inner, (*around, value)) for v in _held(lo, value))


def _held(lo: Lowering, value: Value) -> Iterator[Any]:
    match value:
        case TupleV(items):
            yield from items
        case OptionalV():
            yield value.value
        case PartialV(function, args, named):
            yield from (function, *args, *named.values())
        case MethodV(receiver):
            yield receiver
        case IterV(_, parts, function):
            yield from (*parts, *(() if function is None else (function,)))
        case FunctionV():
            yield from value.defaults.values()
            yield from _captured(lo, value.frame, free_names(value.node))
        case GeneratorV():
            yield from () if value.source is None else (value.source,)
            yield from _captured(lo, value.frame, None)
        case ir.Const(cls) if isinstance(cls, type):
            yield from (v.value for k in cls.__mro__ for v in vars(k).values() if isinstance(v, Held))


def _captured(lo: Lowering, frame: Frame | None, names: Collection[str] | None) -> Iterator[Any]:
    """The values in frames of calls that are over."""
    while frame is not None and not any(f is frame for f in lo.stack):
        yield from (v for name, v in frame.env.items() if names is None or name in names)
        frame = frame.parent


__all__ = ["captured_by", "free_names", "holds", "remade"]
