"""What was made in a loop and can still be reached after it: the objects, and the names that functions captured.

    for v in x:
        step = counter(v)      # a function with a list of its own; no name that is read after the loop leads to them
        if step(1.0) > 2.0:
            continue
"""
from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from ...ir import nodes as ir
from ..frames import Frame, Key, Region
from ..values import Value
from .class_definitions import Held


def reached(region: Region, roots: Iterable[Value], states: Iterable[Mapping[Key, Value]]) -> set[Frame]:
    """The frames made since `region` was opened that `roots`, the values that names have after it, lead to.

    `states` are what its paths wrote. Frames from before lead nowhere: what was written to them is among the roots.
    """
    written: dict[Frame, list[Value]] = {}
    for state in states:
        for (frame, _), value in state.items():
            written.setdefault(frame, []).append(value)
    found: set[Frame] = set()
    seen: set[int] = set()
    todo: list[Any] = list(roots)
    while todo:
        part = todo.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, Frame):
            if region.made(part):
                found.add(part)
                todo += [*part.env.values(), *written.get(part, ()), part.parent, part.body_of]
        else:
            todo += _parts(part)
    return found


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return value.values()
    if isinstance(value, (list, tuple)):
        return value
    if isinstance(value, ir.Const):
        classes = value.value.__mro__ if isinstance(value.value, type) else ()
        return [held for cls in classes for held in vars(cls).values() if isinstance(held, Held)]
    if dataclasses.is_dataclass(value) and not isinstance(value, ir.Var):
        return [getattr(value, field.name) for field in dataclasses.fields(value)]
    return ()
