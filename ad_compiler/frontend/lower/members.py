"""Functions that a program finds in classes and modules from outside: they may be replaced there."""
from __future__ import annotations

import abc
import enum
import inspect
import types
from typing import Any

from ..lowering import Lowering

_KINDS = (types.FunctionType, property, staticmethod, classmethod)
_OWNERS = (type, abc.ABCMeta, enum.EnumMeta, types.ModuleType)
#: Packages whose functions nobody replaces.
_UNCHANGED = ("ad_compiler", "numpy", "scipy", "math", "functools", "itertools", "contextlib", "collections",
              "dataclasses", "builtins", "typing", "enum", "abc", "random")


def note_member(lo: Lowering, owner: Any, name: str, found: Any) -> None:
    """Note that a program calls a function of a class or module."""
    module = owner.__name__ if isinstance(owner, types.ModuleType) else owner.__module__
    if isinstance(found, _KINDS) and type(owner) in _OWNERS and name.isidentifier() and (
            module.partition(".")[0] not in _UNCHANGED) and inspect.getattr_static(owner, name, None) is found:
        lo.members[owner, name] = found  # (what `super()` finds is not what the class has under that name)


__all__ = ["note_member"]
