"""Classes of the program while it is recorded: their methods run on recorded arrays, as its functions do.

Each class is stood in for by a class of its own below it, with the methods rebound; its parents' stand-ins come right
after it, so that `super()` finds rebound methods too. Objects made before keep their class, and are of it.
"""
from __future__ import annotations

import abc
import enum
import types
from collections.abc import Callable
from typing import Any

Rebind = Callable[[types.FunctionType], types.FunctionType]


def stand_in(value: type, memo: dict[Any, Any], rebind: Rebind) -> type:
    """The class that a class of the program is while recording: itself where it is none that can be stood in for."""
    if not _plain(value):
        return value
    found = memo.get(value)
    if found is None:
        parents = [p for b in value.__bases__ if (p := stand_in(b, memo, rebind)) is not b]
        members = {name: new for name, own in vars(value).items() if (new := _rebound(own, rebind)) is not own}
        members |= {"__module__": value.__module__, "__qualname__": value.__qualname__, "__doc__": value.__doc__,
                    "__stands_for__": value}
        found = memo[value] = type(value)(value.__name__, (value, *parents), members)
        found.__rebound__ = frozenset(vars(found))
    return found


def settle(value: type, standing_in: type, plain: Callable[[Any], Any]) -> None:
    """What the program has assigned to a stand-in is its own class's (`type(self).count += 1`)."""
    for name in vars(standing_in).keys() - vars(standing_in).get("__rebound__", vars(standing_in)) - {"__rebound__"}:
        setattr(value, name, plain(vars(standing_in)[name]))


def own_class(value: Any) -> Any:
    """The program's own class behind a stand-in."""
    return vars(value).get("__stands_for__", value) if isinstance(value, type) else value


def _plain(value: type) -> bool:
    """Whether a class is the program's, and made in no way of its own."""
    return (value.__module__ not in ("builtins", "abc") and type(value) in (type, abc.ABCMeta)
            and not issubclass(value, (BaseException, tuple, list, dict, set, str, int, float, complex, enum.Enum))
            and all("__init_subclass__" not in vars(k) for k in value.__mro__ if k is not object)
            and not any(k.__module__.startswith(("numpy", "typing")) for k in value.__mro__))


def _rebound(member: Any, rebind: Rebind) -> Any:
    if isinstance(member, types.FunctionType):
        return rebind(member)
    if isinstance(member, (staticmethod, classmethod)) and isinstance(member.__func__, types.FunctionType):
        return type(member)(rebind(member.__func__))
    if isinstance(member, property):
        return property(*(f and rebind(f) for f in (member.fget, member.fset, member.fdel)), member.__doc__)
    return member
