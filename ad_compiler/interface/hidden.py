"""Numbers from outside: found again, and read anew at each call, by the path under which the front end met them.

    module.name          a global            module:f@id.<name>    a captured variable of f
    ....layers[0].weight  a part of either   module:f@id.name=     a default of f
    module:name@id.weight a part of an object that only the compiled function holds: of a class that a function
                          defines, of the object of a bound method of which a derivative was taken
"""
from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..errors import Diagnostic, InternalError
from .access import Access, make_access

#: The part of a path that says which function object captured the value.
OWNER = re.compile(r"[^:]*:.*?@[0-9a-f]+", re.S)
_OF_FUNCTION = re.compile(rf"(?P<owner>{OWNER.pattern})\.(?:<(?P<cell>[^>]+)>|(?P<default>\w+)=)(?P<rest>.*)", re.S)
_HEAD = re.compile(r"[A-Za-z_]\w*")


def held_path(name: str, value: Any) -> str:
    """The path of an object that a derivative holds: what is bound to its function."""
    return f"held:{name}@{id(value):x}"


def owners_of(guards: Mapping[str, Any]) -> dict[str, Any]:
    """The functions, classes and objects among what compiling relied on, with which paths begin."""
    return {path: owner for path, owner in guards.items() if OWNER.fullmatch(path)}


def locate(path: str, value: Any, primal: types.FunctionType, owners: Mapping[str, Any]) -> Access:
    """The access of a path that led to `value` when compiling. Raises InternalError if it does not lead there."""
    for root, names, rest in _roots(path, primal, owners):
        try:
            access = make_access(root, rest, names)
            found = access.read(primal)
            if found is value or (type(found) is type(value) and np.isscalar(value) and found == value):
                return access
        except (AttributeError, LookupError, ValueError, TypeError, SyntaxError):
            continue
    raise InternalError(Diagnostic("AD198", None, f"the captured value `{path}` cannot be found again",
                                   "pass it as an argument"))


def _roots(path: str, primal: types.FunctionType, owners: Mapping[str, Any]
           ) -> Iterable[tuple[str, dict[str, Any], str]]:
    """Candidates: an expression, the names in it, and the rest of the path."""
    held = OWNER.match(path)
    if held is not None and held.group() in owners and not isinstance(owners[held.group()], types.FunctionType):
        yield "owner", {"owner": owners[held.group()]}, path[held.end():]
        return
    functions = {name: owner for name, owner in owners.items() if isinstance(owner, types.FunctionType)}
    found = _OF_FUNCTION.fullmatch(path)
    if found is not None:
        yield from _of_function(found, primal, functions)
        return
    for namespace, name, rest in _of_module(path, [primal, *functions.values()]):
        yield f"namespace[{name!r}]", {"namespace": namespace}, rest


def _of_function(found: re.Match[str], primal: types.FunctionType, functions: Mapping[str, types.FunctionType]
                 ) -> Iterable[tuple[str, dict[str, Any], str]]:
    owner = functions.get(found["owner"])
    if owner is None:
        return
    mine = owner.__code__ is primal.__code__
    names = {} if mine else {"owner": owner}
    text = "function" if mine else "owner"
    if found["cell"] is not None:
        index = owner.__code__.co_freevars.index(found["cell"])
        yield f"{text}.__closure__[{index}].cell_contents", names, found["rest"]
        return
    name = found["default"]
    if name in (owner.__kwdefaults__ or {}):
        yield f"{text}.__kwdefaults__[{name!r}]", names, found["rest"]
    count = owner.__code__.co_argcount
    if name in owner.__code__.co_varnames[:count]:
        yield f"{text}.__defaults__[{owner.__code__.co_varnames.index(name) - count}]", names, found["rest"]


def _of_module(path: str, functions: list[types.FunctionType]) -> Iterable[tuple[dict[str, Any], str, str]]:
    """Namespaces of the functions read, then loaded modules, whose name begins the path."""
    namespaces = {id(f.__globals__): f.__globals__ for f in functions}.values()
    cuts = [i for i, c in enumerate(path) if c == "."]
    for cut in reversed(cuts):
        module, inner = path[:cut], path[cut + 1:]
        head = _HEAD.match(inner)
        if head is None:
            continue
        own = [n for n in namespaces if n.get("__name__", "") == module]
        loaded = sys.modules.get(module)
        for namespace in [*own, *([vars(loaded)] if loaded is not None else [])]:
            if head.group() in namespace:
                yield namespace, head.group(), inner[head.end():]
