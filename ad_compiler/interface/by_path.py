"""Derivatives by what a function captures: `grad(loss, wrt="model.layers[0].W")`, and so for every transform.

A gradient is compiled from the function itself: the numbers that the paths lead to are inputs of the program like all
others from outside. For every other transform they become the first argument of a function (`lifted.py`), and the
transform is one by that argument.
"""
from __future__ import annotations

import functools
import types
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .function_like import FunctionLike, not_compiled
from .lifted import Lifted, lifted, lifted_inside
from .overlap import check_overlap
from .reached import captured_root, holds, reach, wanted
from .routes import Route, routes_of
from .scalars import pair, require_scalar
from .structure import Path, fill, floating_leaves, map_floating
from .target import Target, is_derivative, resolve

#: The first part of the path of a captured number among the inputs of a compilation.
CAPTURED = "<captured>"


class ByPath(FunctionLike):
    """A derivative by paths. `make`, a `Maker`, makes the derivative by the first argument of a function; `vectors`:
    how many arguments it takes behind those of the function (the vector of `hvp`)."""

    __slots__ = ("__weakref__", "how", "make", "routes", "single", "target", "used", "vectors", "wrt")

    def __init__(self, primal: Callable[..., Any], how: str, make: Callable[[Any], Any], wrt: Any, vectors: int = 0
                 ) -> None:
        self.how, self.make, self.wrt, self.vectors = how, make, wrt, vectors
        self.routes, self.single = routes_of(wrt)
        self.target: Target = resolve(primal)
        self.used: dict[Any, None] = {}
        for one in self.routes:
            if one.root not in self.target.names:
                captured_root(self.target, one)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args, vectors = self._split(args)
        lift, at, rest, named = lifted(self.target, self.routes, self.single, self.wrt, args, kwargs)
        made = self._made(lift)
        self.used[made] = None
        return made(at, *rest, *vectors, **named)

    def _split(self, args: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The arguments of the function, and what the transform takes behind them."""
        cut = len(args) - self.vectors
        if cut < 0:
            raise TypeError(f"{self.how}({self.target.name}, wrt=...) takes the arguments of {self.target.spoken} and, "
                            f"behind them, a direction")
        return args[:cut], args[cut:]

    def _made(self, lift: Lifted) -> Any:
        """The derivative of a lifted function by its first argument, made once."""
        if self.make not in lift.made:
            lift.made[self.make] = self.make(lift.function)
        return lift.made[self.make]

    # --- looking inside -------------------------------------------------------------------------------------------
    @property
    def source(self) -> str:
        """The generated text of all signatures seen so far. Raises RuntimeError if there is none yet, AttributeError
        for derivatives that are made of several texts."""
        if not self.used:
            raise not_compiled(self)
        return "\n\n".join(dict.fromkeys(made.source for made in self.used))

    def __repr__(self) -> str:
        return f"<{self.how} of {self.__qualname__!r}, wrt={self.wrt!r}>"

    def recipe(self) -> tuple[Any, tuple[Any, ...]]:
        return type(self), (self.primal, self.how, self.make, self.wrt, self.vectors)

    # --- differentiated -------------------------------------------------------------------------------------------
    def expand_derivative(self, args: tuple[Any, ...], kwargs: dict[str, Any]
                          ) -> tuple[types.FunctionType, dict[str, Any]]:
        """A plain function that calls this derivative, and the values it takes: where it is compiled, the call is read
        in place."""
        from .function_like import calling_function

        return calling_function(self, f"{self.target.name}_{self.how}", self.target.visible, args, kwargs, {})

    def __ad_transform__(self, lo: Any, function: Any, args: list[Any], kwargs: dict[str, Any], node: Any,
                         hint: str | None) -> Any:
        """Called by the front end where a program that is being compiled calls this derivative."""
        from ..frontend.lower.calls import call_value
        from ..ir import nodes as ir

        given, vectors = self._split(tuple(args))
        lift, at, rest, named = lifted_inside(lo, self.target, self.routes, self.single, given, kwargs, node)
        return call_value(lo, ir.Const(self._made(lift)), [at, *rest, *vectors], named, node, hint)


class PathGradient(ByPath):
    """The gradient of a function by paths. Made by `grad(f, wrt=...)` and `value_and_grad(f, wrt=...)`."""

    __slots__ = ("groups", "has_aux", "options", "with_value")

    def __init__(self, primal: Callable[..., Any], with_value: bool, wrt: Any, has_aux: bool, options: Any) -> None:
        self.with_value, self.has_aux, self.options = with_value, has_aux, options
        self.groups: dict[Any, list[list[Path]]] = {}
        settings = (("with_value", with_value), ("has_aux", has_aux),
                    ("options", replace(options, on_unsupported="error")))
        super().__init__(primal, "value_and_grad" if with_value else "grad", Maker(_gradient, settings), wrt)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from .specialize import Request, family_of

        function: Any = self.target.function
        if is_derivative(function):
            return super().__call__(*args, **kwargs)
        values = dict(zip(self.target.names, self.target.arguments(args, kwargs), strict=True))
        found = wanted(self.target, self.routes, values)
        frames = [map_floating(lambda leaf: leaf, value, lambda leaf: leaf) for value in found]
        numbers = [leaf for value in found for _, leaf in floating_leaves(value)]
        options = replace(self.options, on_unsupported="error")
        for again in (False, True):
            groups = self._places(function, values, found, again)
            paths = tuple(dict.fromkeys(path for group in groups for path in group))
            special = family_of(function).get(Request("reverse", self.has_aux, options), function, values, paths)
            if self._hold(special, function, numbers, groups):
                break
        self.used[special] = None
        check_overlap(special, values)
        out, bars = special.main.call(*special.inputs(values), **special.hidden(function))
        value, aux = pair(out, self.target.name) if self.has_aux else (out, None)
        require_scalar(value, getattr(function, "__name__", self.target.name))
        gradients = self._gradients(frames, groups, dict(zip(paths, bars, strict=True)))
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

        each = iter([one(leaf) for frame in frames for _, leaf in floating_leaves(frame)])
        return tuple(fill(frame, each) for frame in frames)

    def _places(self, function: types.FunctionType, values: dict[str, Any], found: list[Any], again: bool
                ) -> list[list[Path]]:
        """For each number that the paths lead to, its places among the inputs of the compiled program."""
        from ..frontend.lower.names import function_path
        from .signing import sign

        specs = sign(values)
        key = tuple(specs.items())
        if again or key not in self.groups:
            own = function_path(function)
            leaves = [[where for where, _ in floating_leaves(value)] for value in found]
            reached = iter(reach(function, specs, self.target, self.routes, map(len, leaves)).groups)
            self.groups[key] = [_paths(one, where, next(reached), own)
                                for one, places in zip(self.routes, leaves, strict=True) for where in places]
        return self.groups[key]

    def _hold(self, special: Any, function: types.FunctionType, numbers: list[Any], groups: list[list[Path]]) -> bool:
        """Whether the arrays at the places of one number are one array; see `reached.holds`."""
        captured = {path: special.accesses[keyword].read(function) for keyword, path in special.main.hidden.items()}
        own = special.main.lowered.owner
        mine = [tuple(name for path in group if path[0] == CAPTURED for name in (path[1], own + path[1]))
                for group in groups]
        return holds(captured, numbers, mine, self.wrt)

    def recipe(self) -> tuple[Any, tuple[Any, ...]]:
        return PathGradient, (self.primal, self.with_value, self.wrt, self.has_aux, self.options)


def _paths(one: Route, where: Path, group: tuple[str, ...] | None, own: str) -> list[Path]:
    """The places of one number among the inputs: an argument's, or those of captured ones, which are named without the
    function object, so that another of the same code has the same."""
    if group is None:
        return [(one.root, *one.keys, *where)]
    return [(CAPTURED, path.removeprefix(own)) for path in group]


def _gradient(function: Callable[..., Any], with_value: bool, has_aux: bool, options: Any) -> Any:
    from .derivative import Derivative

    return Derivative(function, with_value, 0, has_aux, None, options)


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes derivatives by the first argument of a function: `transform(function, **settings)`."""

    transform: Callable[..., Any]
    settings: tuple[tuple[str, Any], ...]

    def __call__(self, function: Callable[..., Any]) -> Any:
        return self.transform(function, **dict(self.settings))


# --- transforms that compute at once ----------------------------------------------------------------------------------
def by_first(f: Callable[..., Any], args: tuple[Any, ...], wrt: Any, options: dict[str, Any]
             ) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
    """A function that takes what the paths lead to and then the arguments, these, and the options for it."""
    routes, single = routes_of(wrt)
    lift, at, rest, named = lifted(resolve(f), routes, single, wrt, args, {})
    function = functools.partial(lift.function, **named) if named else lift.function
    return function, (at, *rest), {**options, "on_unsupported": "error"}


def vjp_by_path(f: Callable[..., Any], args: tuple[Any, ...], argnums: Any, wrt: Any, options: dict[str, Any]) -> Any:
    """`vjp(f, *args, wrt=wrt)`."""
    from .directions import vjp

    if argnums is not None:
        raise TypeError("give argnums or wrt: a path of wrt may begin with an argument")
    function, given, chosen = by_first(f, args, wrt, options)
    return vjp(function, *given, argnums=0, **chosen)


def jvp_by_path(f: Callable[..., Any], args: tuple[Any, ...], tangents: Any, wrt: Any, options: dict[str, Any]) -> Any:
    """`jvp(f, args, tangents, wrt=wrt)`."""
    from .directions import jvp

    function, given, chosen = by_first(f, args, wrt, options)
    return jvp(function, given, (tangents, *(None for _ in given[1:])), **chosen)
