"""`linearize`: the derivative at a point as a linear function."""
from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..bridge_trees import holds_recorded
from .directions import jvp
from .forward_sweep import ForwardSweep, as_tuple, forward_of
from .procedures import returning, written_arguments
from .records import copied
from .results import like_result
from .scalars import pair
from .structure import floating_leaves, map_floating, matched
from .target import is_within, resolve
from .wrt import chosen


class LinearFunction:
    """The derivative of a function at a point: maps tangents, one for each of the first `taken` arguments, to that of
    the result."""

    rule = None  # so that transforms call it, and do not read what is behind it

    def __init__(self, f: Callable[..., Any], at: tuple[Any, ...], has_aux: bool, options: dict[str, Any],
                 taken: int) -> None:
        self.f, self.at, self.has_aux, self.options, self.taken = f, at, has_aux, options, taken
        self._point = _point(f, at, has_aux, options, taken)

    def __call__(self, *tangents: Any) -> Any:
        """The tangent of the result. Raises TypeError and ValueError if the tangents do not fit the arguments."""
        if len(tangents) != self.taken:
            raise TypeError(f"the linear function of {resolve(self.f).spoken} takes {self.taken} tangents, one for "
                            f"each argument, not {len(tangents)}")
        if self._point is not None and not holds_recorded(tangents):
            tangent = self._point.along(self.at[:self.taken], tangents)
            return tangent[0] if self.has_aux else tangent
        fixed = (None,) * (len(self.at) - self.taken)
        return jvp(self.f, copied(self.at), (*tangents, *fixed), has_aux=self.has_aux, **self.options)[1]

    def __ad_transform__(self, lo: Any, function: Any, args: list[Any], kwargs: dict[str, Any], node: Any,
                         hint: str | None) -> Any:
        """Called by the front end where a program that is being compiled calls this function."""
        from .inside_linear import outer_linear

        return outer_linear(lo, self, function, args, kwargs, node)

    def __repr__(self) -> str:
        return f"<linear function of {getattr(self.f, '__name__', 'f')!r}>"


@dataclass(frozen=True, slots=True)
class _Point:
    """A forward sweep, and what its function captures as it was when the sweep was compiled."""

    sweep: ForwardSweep
    captured: dict[str, Any]

    def along(self, at: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
        """The tangent of the result, along tangents of these arguments."""
        given: list[Any] = []
        for k, (argument, tangent) in enumerate(zip(at, tangents, strict=True)):
            (name, *_), = chosen(self.sweep.target, k).paths
            given += matched(_still(argument) if tangent is None else tangent, argument, name, "tangent")
        special = self.sweep.special
        inputs = special.inputs(copied(self.sweep.values))  # copies: the function may write into them
        out, tangent = special.main.call(*inputs, *given, **self.captured)
        return like_result(out, tangent)


def _point(f: Callable[..., Any], at: tuple[Any, ...], has_aux: bool, options: dict[str, Any], taken: int
           ) -> _Point | None:
    """The sweep at a point; None where it is not compiled, and all is read when the linear function is called."""
    if holds_recorded(at) or ("runtime.core" in sys.modules and is_within(resolve(f))):
        return None
    tangents = tuple(_still(v) if k < taken and any(floating_leaves(v)) else None for k, v in enumerate(at))
    if all(v is None for v in tangents):
        return None
    sweep = forward_of(f, at, tangents, **options)
    names = () if has_aux else written_arguments(sweep.special, sweep.target)
    if names:
        return _point(returning(sweep.target, names), at, has_aux, options, taken)
    if sweep.special.on_tape:
        return None
    return _Point(sweep, copied(sweep.special.hidden(sweep.function)))


def _still(argument: Any) -> Any:
    """The tangent of an argument that does not move."""
    return map_floating(np.zeros_like, argument)


def linearize(f: Callable[..., Any], *args: Any, has_aux: bool = False, wrt: Any = None, **options: Any
              ) -> tuple[Any, ...]:
    """The value of `f(*args)` and its derivative there as a linear function of tangents, one for each argument:
    `(out, linear)`, with `has_aux` `(out, linear, auxiliary)`. With `wrt` (a path, or a tuple of paths, as for `grad`)
    it is a function of the tangent of what the function captures. It may be called any number of times, also after the
    arguments, or what `f` captures, have changed. (On the tape, and inside a compiled function, what `f` captures is
    read when the linear function is called.)

    >>> out, linear = linearize(lambda x, y: x * y, 2.0, 3.0)
    >>> out, linear(1.0, 0.0), linear(0.0, 1.0)
    (6.0, 3.0, 2.0)
    """
    taken = len(args)
    if wrt is not None:
        from .by_path import by_first

        f, args, options = by_first(f, args, wrt, options)
        taken = 1
    at = as_tuple(copied(tuple(args)), "args")
    linear = LinearFunction(f, at, has_aux, options, taken)
    out = f(*args)
    if not has_aux:
        return out, linear
    value, aux = pair(out, resolve(f).name)
    return value, linear, aux


__all__ = ["LinearFunction", "linearize"]
