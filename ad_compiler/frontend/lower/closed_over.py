"""Functions that are kept in run-time lists: what they have captured from calls that are over, and functions with
other numbers in its place.

What they read of calls that are still being read they go on reading there, as Python does.
"""
from __future__ import annotations

import ast
import functools

from ..frames import MISSING, Frame
from ..lowering import Lowering
from ..scopes import scopes_of
from ..values import FunctionV, Unusable, Value

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
    """The names that a function reads from around it, in order; None if it assigns names of others."""
    if any(isinstance(n, (ast.Nonlocal, ast.Global)) for n in ast.walk(node)):
        return None
    return tuple(sorted({s.get_name() for table in scopes_of(node) for s in table.get_symbols() if s.is_global()}))


@functools.lru_cache(maxsize=512)
def _binds_others(node: ast.AST) -> bool:
    """Whether a function in this one binds its names."""
    return any(isinstance(n, ast.Nonlocal) for n in ast.walk(node))


__all__ = ["captured_by", "free_names", "remade"]
