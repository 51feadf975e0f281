"""A forward sweep, compiled for its arguments and tangents and not run yet."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from .nested import expand, moved
from .options import compiler_options
from .records import for_each_run
from .results import result_places
from .specialize import Request, Specialization, family_of
from .structure import Path, floating_leaves, matched
from .target import Target, resolve
from .wrt import chosen


@dataclass(frozen=True, slots=True)
class ForwardSweep:
    """A compiled forward sweep, with the arguments and tangents that it is to be called with."""

    target: Target
    special: Specialization
    function: Any
    values: dict[str, Any]
    given: list[Any]

    @property
    def name(self) -> str:
        return self.target.name

    def runs(self, count: int) -> Iterator[ForwardSweep]:
        """The sweep for each of so many runs: a function that writes into its arguments finds them as they were."""
        return (replace(self, values=values) for values in for_each_run(self.values, count))

    def call(self, run: Callable[..., Any], tangents: list[Any]) -> tuple[Any, Any]:
        """The value and the emitted tangent by `run`, the sweep or its batched form."""
        return run(*self.special.inputs(self.values), *tangents, **self.special.hidden(self.function))


def forward_of(f: Callable[..., Any], args: Any, tangents: Any, *, value: bool = True, backend: str = "numpy",
               on_unsupported: str = "tape", mode: str = "fast", **options: Any) -> ForwardSweep:
    """The forward sweep of `jvp(f, args, tangents)`, not run yet; without `value` it computes the tangent alone."""
    args, tangents = as_tuple(args, "args"), as_tuple(tangents, "tangents")
    if len(args) != len(tangents):
        raise TypeError(f"jvp was given {len(args)} arguments and {len(tangents)} tangents: one each is needed")
    target = resolve(f)
    bound = target.arguments(args, {})
    values = dict(zip(target.names, bound, strict=True))
    paths: list[Path] = []
    given: list[Any] = []
    for position, (argument, tangent) in enumerate(zip(args, tangents, strict=True)):
        if tangent is None:
            continue
        place = chosen(target, position).paths[0]
        paths += [path for path, _ in floating_leaves(argument, place)]
        given += matched(tangent, argument, place[0], "tangent")
    function, values = expand(target, values)
    chosen_options = compiler_options(backend, mode, on_unsupported, options)
    request = Request("forward" if value else "tangent", False, chosen_options)
    special = family_of(function).get(request, function, values, tuple(moved(target, path, values) for path in paths))
    result_places(special)
    return ForwardSweep(target, special, function, values, given)


def as_tuple(value: Any, name: str) -> tuple[Any, ...]:
    if not isinstance(value, (tuple, list)):
        raise TypeError(f"{name} must be a tuple with one item for every argument, not a {type(value).__name__}")
    return tuple(value)
