"""What a run on the tape leaves behind, without its record: results, and the state the program wrote to."""
from __future__ import annotations

import types
from collections import deque
from typing import Any

from .recording_math import is_recorded, plain_numbers

_LEAVES = (str, bytes, int, float, complex, type(None), types.ModuleType, types.FunctionType,
           types.BuiltinFunctionType, types.MethodType)
_FOREIGN = frozenset({"builtins", "numpy", "scipy", "runtime", "ad_compiler", "numba", "typing", "types", "functools",
                      "collections", "io", "_io", "abc", "enum", "re", "threading", "_thread", "weakref", "logging"})


class Plain:
    """Takes the record off values. One recorded array becomes one plain array, wherever it occurs."""

    def __init__(self) -> None:
        self.made: dict[int, tuple[Any, Any]] = {}   # by id; the value is kept, so that its id stays its own
        self.seen: dict[int, Any] = {}

    def of(self, value: Any) -> Any:
        """`value` without its record: a number, an array of its own, or the same container, cleared in place."""
        if is_recorded(value):
            found = self.made.get(id(value))
            if found is None:
                # a copy: what the pullback keeps must not change when the caller writes into a result
                made = value.value.copy() if value.ndim else plain_numbers(value)
                found = self.made[id(value)] = value, made
            return found[1]
        if isinstance(value, tuple):
            if not any(map(_may_hold, value)):
                return value
            parts = [self.of(v) for v in value]
            if all(a is b for a, b in zip(parts, value, strict=True)):
                return value
            return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
        if _may_hold(value) and id(value) not in self.seen:
            self.seen[id(value)] = value
            self._clear(value)
        return value

    def _clear(self, value: Any) -> None:
        if isinstance(value, (list, deque)):
            for i, item in enumerate(value):
                if _may_hold(item):
                    value[i] = self.of(item)
        elif isinstance(value, dict):
            for k, item in value.items():
                if _may_hold(item):
                    value[k] = self.of(item)
        else:
            for name, item in _attributes(value):
                cleared = self.of(item)
                if cleared is not item:
                    (type.__setattr__ if isinstance(value, type) else object.__setattr__)(value, name, cleared)


def _may_hold(value: Any) -> bool:
    """Whether a recorded value may be in there: containers, and instances of the program's own classes."""
    if isinstance(value, _LEAVES):
        return False
    if is_recorded(value) or isinstance(value, (list, tuple, dict, deque)):
        return True
    kind = value if isinstance(value, type) else type(value)
    return (kind.__module__ or "").split(".")[0] not in _FOREIGN


def _attributes(value: Any) -> list[tuple[str, Any]]:
    """The attributes of an object (or a class) that may hold something recorded."""
    own = getattr(value, "__dict__", {})
    found = [(k, v) for k, v in list(own.items()) if _may_hold(v)]
    if not isinstance(value, type):
        slots = [s for c in type(value).__mro__ for s in (getattr(c, "__slots__", None) or ())]
        found += [(s, getattr(value, s)) for s in slots if isinstance(s, str) and hasattr(value, s)
                  and s not in own and _may_hold(getattr(value, s))]
    return found
