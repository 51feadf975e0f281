"""Where a function meets the numbers that paths lead to: `wrt="model.layers[0].W"`.

A path begins with an argument, a captured variable or a global of the function. Its numbers are inputs of the compiled
program like any other number from outside, wherever the program meets them and under whatever name.
"""
from __future__ import annotations

import re
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..frontend.entry import Lowered, lower_function
from ..frontend.lower.names import function_path
from ..frontend.signature import Spec
from .access import Access, make_access
from .hidden import held_path, locate, owners_of
from .routes import Route, path_in, steps_text
from .structure import Path, floating_leaves, is_floating, is_object
from .target import Target, is_derivative

_LAST_STEP = re.compile(r"(\.[A-Za-z_]\w*|\[[^\[\]]*\])$")
_FUNCTIONS = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type, np.ufunc)


def innermost(function: Any) -> Any:
    """The plain function of which a function is a derivative, of whatever order; the function itself if it is none."""
    while is_derivative(function) and hasattr(function, "target"):
        function = function.target.function
    return function


def captured_root(target: Target, one: Route) -> tuple[Any, str]:
    """The value of the captured variable or global that a path begins with, or of what is bound to the function of
    which `target` is a derivative, and its path as the front end writes it. Raises ValueError if there is none."""
    behind = target
    while is_derivative(behind.function) and hasattr(behind.function, "target"):
        behind = behind.function.target
        held = {**dict(zip(behind.names, behind.leading, strict=False)), **behind.keywords}
        if one.root in held:
            return held[one.root], held_path(one.root, held[one.root])
    function: Any = behind.function
    names = getattr(getattr(function, "__code__", None), "co_freevars", ())
    if one.root in names:
        return function.__closure__[names.index(one.root)].cell_contents, f"{function_path(function)}.<{one.root}>"
    scope = getattr(function, "__globals__", {})
    if one.root in scope:
        return scope[one.root], f"{scope.get('__name__', '')}.{one.root}"
    read = [name for name in getattr(getattr(function, "__code__", None), "co_names", ())
            if name in scope and not isinstance(scope[name], _FUNCTIONS)]
    there = [f"{what} {', '.join(f'`{n}`' for n in found)}" for what, found in (
        ("arguments", list(target.names)), ("captured", list(names)), ("globals", read)) if found]
    raise ValueError(f"wrt={one.text!r}: {target.spoken} knows no `{one.root}`; there are {'; '.join(there)}")


def wanted(target: Target, routes: Iterable[Route], values: Mapping[str, Any]) -> list[Any]:
    """What the paths lead to. Raises ValueError where one leads nowhere, TypeError where it leads to no
    floating-point number."""
    found = []
    for one in routes:
        value = one.follow(values[one.root] if one.root in values else captured_root(target, one)[0])
        require_floating(one, value)
        found.append(value)
    return found


def require_floating(one: Route, value: Any) -> None:
    """Raise TypeError unless there is a floating-point number in the value that a path leads to."""
    if not any(True for _ in floating_leaves(value)):
        kind = f"{value.dtype} numbers" if isinstance(value, (np.ndarray, np.generic)) else f"a {type(value).__name__}"
        raise TypeError(f"wrt={one.text!r} holds no floating-point number to differentiate by: it is {kind}")


@dataclass(frozen=True, slots=True)
class Reached:
    """For each number that the paths lead to, in order, the paths of the inputs from outside that are that number (of
    numbers among the arguments None), and where all inputs from outside are found."""

    groups: tuple[tuple[str, ...] | None, ...]
    accesses: dict[str, Access]

    def holds(self, function: types.FunctionType, numbers: list[Any], text: Any) -> bool:
        """Whether the arrays at the places of one number are one array. Raises ValueError if another captured array
        shares memory with it: what the program reads through that would be missing."""
        captured = {path: access.read(function) for path, access in self.accesses.items()}
        return holds(captured, numbers, self.groups, text)


def holds(captured: Mapping[str, Any], numbers: list[Any], groups: Iterable[tuple[str, ...] | None], text: Any) -> bool:
    """See `Reached.holds`; `captured`: what the program reads from outside now, by path."""
    for leaf, group in zip(numbers, groups, strict=True):
        if not isinstance(leaf, np.ndarray):
            continue
        for path, other in captured.items():
            if not isinstance(other, np.ndarray):
                continue
            known = group is not None and path in group
            if known is not (other is leaf):
                return False
            if not known and np.shares_memory(leaf, other):
                raise ValueError(f"wrt={text!r}: the program also reads this memory as `{path.rpartition(':')[2]}`: "
                                 f"let one of them be a copy")
    return True


def reach(function: types.FunctionType, specs: dict[str, Spec], target: Target, routes: Iterable[Route],
          counts: Iterable[int]) -> Reached:
    """Where `function`, a plain function that does what `target` does, meets the numbers of the paths. `counts`: how
    many numbers each path leads to. Raises CompileError for what cannot be read."""
    lowered = lower_function(function, specs)
    owners = owners_of(lowered.guards)
    accesses = {path: locate(path, value, function, owners) for path, value in _numbers(lowered)}
    groups: list[tuple[str, ...] | None] = []
    for one, count in zip(routes, counts, strict=True):
        if one.root in target.names:
            groups += [None] * count
            continue
        root, start = captured_root(target, one)
        for name, where, leaf in named_leaves(one, root, start):
            groups.append(tuple(path for path, access in accesses.items() if path == name or _is_same(
                access, function, lowered.hidden[path][1], leaf, root, where)))
    return Reached(tuple(groups), accesses)


def _is_same(access: Access, function: types.FunctionType, known: Any, leaf: Any, root: Any, where: Path) -> bool:
    """Whether an input from outside is the number at a place behind a root: the same array, or the same part of one
    object."""
    if isinstance(leaf, np.ndarray):
        return known is leaf
    last = _LAST_STEP.search(access.rest)
    if last is None or not where:
        return False
    holder = root
    for key in where[:-1]:
        holder = getattr(holder, key) if is_object(holder) else holder[key]
    own = f".{where[-1]}" if is_object(holder) else f"[{where[-1]!r}]"
    if last.group() != own:
        return False
    return make_access(access.root, access.rest[:last.start()], dict(access.names)).read(function) is holder


def named_leaves(one: Route, root: Any, start: str) -> Iterable[tuple[str, Path, Any]]:
    """The numbers that a path leads to from its root, each with the path under which the front end meets it, and its
    place in the root."""
    value = one.follow(root)
    for where, leaf in floating_leaves(value):
        yield start + steps_text(one.steps) + path_in(value, where), (*one.keys, *where), leaf


def _numbers(lowered: Lowered) -> Iterable[tuple[str, Any]]:
    return ((path, value) for path, (_, value) in lowered.hidden.items() if is_floating(value))
