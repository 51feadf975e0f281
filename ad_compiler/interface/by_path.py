"""Gradients by what a function captures: `grad(loss, wrt="model.layers[0].W")`.

A path begins with an argument, a captured variable or a global of the function. Its numbers are inputs of the compiled
program like any other number from outside, wherever the program meets them and under whatever name.
"""
from __future__ import annotations

import ast
import types
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .function_like import FunctionLike
from .nested import expand
from .overlap import check_overlap
from .scalars import pair, require_scalar
from .structure import Path, children, fill, floating_leaves, is_object, map_floating
from .target import Target, resolve

#: The first part of the path of a captured number among the inputs of a compilation.
CAPTURED = "<captured>"
_FUNCTIONS = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type, np.ufunc)


@dataclass(frozen=True, slots=True)
class Route:
    """A path that a user wrote: the name it begins with, and the attributes (".W") and keys ("[0]") behind it."""

    text: str
    root: str
    steps: tuple[tuple[str, Any], ...]

    def follow(self, value: Any) -> Any:
        """What the path leads to from the value of its root. Raises ValueError that says what there is."""
        for k, (kind, key) in enumerate(self.steps):
            try:
                value = getattr(value, key) if kind == "." else value[key]
            except (AttributeError, LookupError, TypeError):
                where = self.root + "".join(map(_step, self.steps[:k]))
                missing = f"`{where}` has no `{_step((kind, key))}`; {_parts(value)}"
                raise ValueError(f"wrt={self.text!r}: {missing}") from None
        return value


def _step(step: tuple[str, Any]) -> str:
    return f".{step[1]}" if step[0] == "." else f"[{step[1]!r}]"


def _parts(value: Any) -> str:
    found = children(value)
    if not found:
        return f"it is a {type(value).__name__}"
    own = [f".{k}" if is_object(value) else f"[{k!r}]" for k, _ in found]
    return f"there are {', '.join(f'`{k}`' for k in own[:12])}{', ...' if len(own) > 12 else ''}"


def route(text: str) -> Route:
    """The path in a text. Raises ValueError if it is none."""
    steps: list[tuple[str, Any]] = []
    try:
        node: Any = ast.parse(text.strip(), mode="eval").body
        while not isinstance(node, ast.Name):
            if isinstance(node, ast.Attribute):
                steps.append((".", node.attr))
            else:
                steps.append(("[", ast.literal_eval(node.slice)))
            node = node.value
    except (SyntaxError, ValueError, AttributeError):
        raise ValueError(f"wrt={text!r} is no path: write it as in the program, like 'model.layers[0].W'") from None
    return Route(text, node.id, tuple(reversed(steps)))


class PathGradient(FunctionLike):
    """The gradient of a function by paths. Made by `grad(f, wrt=...)` and `value_and_grad(f, wrt=...)`."""

    __slots__ = ("__weakref__", "groups", "has_aux", "options", "routes", "single", "target", "used", "with_value",
                 "wrt")

    def __init__(self, primal: Callable[..., Any], with_value: bool, wrt: Any, has_aux: bool, options: Any) -> None:
        self.wrt, self.with_value, self.has_aux, self.options = wrt, with_value, has_aux, options
        self.single = isinstance(wrt, str)
        texts = (wrt,) if self.single else tuple(wrt)
        if not texts or not all(isinstance(text, str) for text in texts):
            raise TypeError(f"wrt must be a path, or a tuple of paths, not {wrt!r}")
        self.routes = tuple(map(route, texts))
        self.target: Target = resolve(primal)
        self.groups: dict[Any, list[list[Path]]] = {}
        self.used: dict[Any, None] = {}
        for one in self.routes:
            if one.root not in self.target.names:
                self._captured_root(one)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from .specialize import Request, family_of

        values = dict(zip(self.target.names, self.target.arguments(args, kwargs), strict=True))
        wanted = [one.follow(values[one.root] if one.root in values else self._captured_root(one))
                  for one in self.routes]
        for one, value in zip(self.routes, wanted, strict=True):
            if not any(True for _ in floating_leaves(value)):
                raise TypeError(f"wrt={one.text!r} holds no floating-point number to differentiate by: it is "
                                f"{_kind(value)}")
        frames = [map_floating(lambda leaf: leaf, value, lambda leaf: leaf) for value in wanted]
        function, values = expand(self.target, values)
        options = replace(self.options, on_unsupported="error")
        for again in (False, True):
            groups = self._places(function, values, wanted, again)
            paths = tuple(dict.fromkeys(path for group in groups for path in group))
            special = family_of(function).get(Request("reverse", self.has_aux, options), function, values, paths)
            if self._hold(special, function, wanted, groups):
                break
        self.used[special] = None
        check_overlap(special, values)
        out, bars = special.main.call(*special.inputs(values), **special.hidden(function))
        value, aux = pair(out, self.target.name) if self.has_aux else (out, None)
        require_scalar(value, getattr(self.target.function, "__name__", self.target.name))
        found = dict(zip(paths, bars, strict=True))
        gradients = self._gradients(frames, groups, found)
        result = gradients[0] if self.single else gradients
        if self.with_value:
            return ((value, aux), result) if self.has_aux else (value, result)
        return (result, aux) if self.has_aux else result

    def _gradients(self, frames: list[Any], groups: list[list[Path]], found: dict[Path, Any]) -> tuple[Any, ...]:
        """The sums of the cotangents of each number, in the structures that the paths lead to."""
        rest = iter(groups)

        def one(leaf: Any) -> Any:
            bars = [found[path] for path in next(rest)]
            return sum(bars[1:], bars[0]) if bars else np.zeros_like(leaf)

        numbers = [one(leaf) for frame in frames for _, leaf in floating_leaves(frame)]
        each = iter(numbers)
        return tuple(fill(frame, each) for frame in frames)

    # --- where the numbers are ------------------------------------------------------------------------------------
    def _captured_root(self, one: Route) -> Any:
        """The value of the captured variable or global that a path begins with. Raises ValueError if there is none."""
        function: Any = self.target.function
        names = getattr(getattr(function, "__code__", None), "co_freevars", ())
        if one.root in names:
            return function.__closure__[names.index(one.root)].cell_contents
        scope = getattr(function, "__globals__", {})
        if one.root in scope:
            return scope[one.root]
        read = [name for name in getattr(getattr(function, "__code__", None), "co_names", ())
                if name in scope and not isinstance(scope[name], _FUNCTIONS)]
        there = [f"{what} {', '.join(f'`{n}`' for n in found)}" for what, found in (
            ("arguments", list(self.target.names)), ("captured", list(names)), ("globals", read)) if found]
        raise ValueError(f"wrt={one.text!r}: {self.target.spoken} knows no `{one.root}`; there are {'; '.join(there)}")

    def _places(self, function: types.FunctionType, values: dict[str, Any], wanted: list[Any], again: bool
                ) -> list[list[Path]]:
        """For each number that the paths lead to, its places among the inputs of the compiled program."""
        from .signing import sign

        key = (function.__code__, tuple(sign(values).items()))
        if again or key not in self.groups:
            self.groups[key] = self._found(function, values, wanted)
        return self.groups[key]

    def _found(self, function: types.FunctionType, values: dict[str, Any], wanted: list[Any]) -> list[list[Path]]:
        from ..frontend.entry import lower_function
        from ..frontend.lower.names import function_path
        from .signing import sign

        lowered = lower_function(function, sign(values))
        own = function_path(function)
        groups: list[list[Path]] = []
        for one, value in zip(self.routes, wanted, strict=True):
            for where, leaf in floating_leaves(value):
                if one.root in self.target.names:
                    groups.append([(one.root, *(key for _, key in one.steps), *where)])
                    continue
                full = "".join(map(_step, one.steps)) + _text(one.follow(self._captured_root(one)), where)
                names = {f"{own}.<{one.root}>{full}", f"{function.__globals__.get('__name__', '')}.{one.root}{full}"}
                groups.append([(CAPTURED, path.replace(own, "", 1) if path.startswith(own) else path)
                               for path, (_, known) in lowered.hidden.items()
                               if path in names or (isinstance(leaf, np.ndarray) and known is leaf)])
        return groups

    def _hold(self, special: Any, function: types.FunctionType, wanted: list[Any], groups: list[list[Path]]) -> bool:
        """Whether the arrays at the places of one number are one array. Raises ValueError if another captured array
        shares memory with it: what the program reads through that would be missing."""
        captured = {path: special.accesses[keyword].read(function) for keyword, path in special.main.hidden.items()}
        leaves = [leaf for value in wanted for _, leaf in floating_leaves(value)]
        for leaf, group in zip(leaves, groups, strict=True):
            mine = tuple(path[1] for path in group if path[0] == CAPTURED)
            for path, other in captured.items():
                known = bool(mine) and path.endswith(mine)
                if not isinstance(leaf, np.ndarray) or not isinstance(other, np.ndarray):
                    continue
                if known is not (other is leaf):
                    return False
                if not known and np.shares_memory(leaf, other):
                    raise ValueError(f"wrt={self.wrt!r}: the program also reads this memory as "
                                     f"`{path.rpartition(':')[2]}`: let one of them be a copy")
        return True

    # --- looking inside -------------------------------------------------------------------------------------------
    @property
    def source(self) -> str:
        """The generated text of all signatures seen so far. Raises RuntimeError if there is none yet."""
        if not self.used:
            raise RuntimeError(f"`{self.__name__}` has not been compiled yet: types are known at a call")
        return "\n\n".join(dict.fromkeys(special.source for special in self.used))

    def __repr__(self) -> str:
        return f"<{'value_and_grad' if self.with_value else 'grad'} of {self.__qualname__!r}, wrt={self.wrt!r}>"

    def recipe(self) -> tuple[Any, tuple[Any, ...]]:
        return PathGradient, (self.primal, self.with_value, self.wrt, self.has_aux, self.options)


def _text(value: Any, path: Path) -> str:
    """The place of a leaf inside a value, as the front end writes it."""
    out = ""
    for key in path:
        out += f".{key}" if is_object(value) else f"[{key!r}]"
        value = dict(children(value) or ())[key]
    return out


def _kind(value: Any) -> str:
    return f"{value.dtype} numbers" if isinstance(value, (np.ndarray, np.generic)) else f"a {type(value).__name__}"
