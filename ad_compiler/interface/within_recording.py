"""Transforms of functions that a program on the tape makes: they run on that tape, too.

Such a function may use arrays that are recorded (`ad.grad(lambda q: np.sum((q - v) ** 2))` in a function of `v`), of
which its arguments tell nothing. So it is run as it is, and its derivative is taken by steps that are on the record.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..bridge_trees import mapped
from ..errors import Diagnostic, UnsupportedError
from .nested import by_kind
from .scalars import pair
from .structure import Path, floating_leaves, map_floating
from .target import Target
from .wrt import chosen, floating_paths, value_at

if TYPE_CHECKING:
    from .derivative import Derivative


def _run(target: Target, values: dict[str, Any], paths: tuple[Path, ...]) -> tuple[Any, list[Any]]:
    """The result of a function, and the recorded numbers at the places `paths` of its arguments."""
    from ..bridge_again import with_leaves

    leaves: dict[Path, Any] = {}
    given = {name: with_leaves(value, (name,), paths, leaves) for name, value in values.items()}
    args, kwargs = by_kind(target.parameters, given)
    return target.function(*args, **kwargs), [leaves[path] for path in paths]


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """The arguments without their record: what says which of them carry derivatives."""
    from ..bridge_tensors import plain_leaf

    return {name: mapped(value, plain_leaf) for name, value in values.items()}


def _array(out: Any, name: str) -> Any:
    """The result of a function whose directional derivatives are taken."""
    if isinstance(out, np.ndarray | np.generic | float) or hasattr(type(out), "__ad_stop__"):
        return out
    raise UnsupportedError(Diagnostic(
        "AD160", None, f"`{name}` returns a {type(out).__name__}: on the tape, the directional derivatives of a "
        "function that is made there are taken where it returns an array or a number", "return one array"))


def gradient(derivative: Derivative, arguments: tuple[Any, ...]) -> Any:
    """What `derivative` gives for these arguments, recorded."""
    from ..bridge import recording
    from ..bridge_again import recorded_sweep

    target = derivative.target
    values = dict(zip(target.names, arguments, strict=True))
    seen = _plain(values)
    paths = floating_paths(seen, derivative.wrt)
    with recording():
        out, leaves = _run(target, values, paths)
        main, aux = pair(out, target.name) if derivative.has_aux else (out, None)
        derivative.require_scalar(getattr(main, "value", main))
        numbers = iter(recorded_sweep([main], leaves, [np.ones(np.shape(main))]))
    found = tuple(map_floating(lambda leaf: next(numbers), value_at(seen, path)) for path in derivative.wrt.paths)
    return derivative.shaped(main, aux, found[0] if derivative.wrt.single else found)


def pulled(target: Target, args: tuple[Any, ...], argnums: Any, has_aux: bool) -> tuple[Any, Callable[[Any], Any]]:
    """`vjp` of a function that returns one array: its value and its pullback, both recorded."""
    from ..bridge import recording
    from ..bridge_again import recorded_sweep

    values = dict(zip(target.names, target.arguments(args, {}), strict=True))
    seen = _plain(values)
    wrt = chosen(target, tuple(range(len(args))) if argnums is None else argnums)
    wanted = [value_at(seen, path) for path in wrt.paths]
    paths = tuple(place for path, value in zip(wrt.paths, wanted, strict=True)
                  for place, _ in floating_leaves(value, path))
    with recording():
        out, leaves = _run(target, values, paths)
    _array((out,) if has_aux else out, target.name)

    def pullback(bar: Any) -> Any:
        with recording():
            numbers = iter(recorded_sweep([out], leaves, [bar]))
        found = tuple(map_floating(lambda leaf: next(numbers), value) for value in wanted)
        return found[0] if wrt.single else found
    return out, pullback


def pushed(target: Target, args: tuple[Any, ...], tangents: tuple[Any, ...], has_aux: bool) -> tuple[Any, Any]:
    """`jvp` of a function that returns one array: its value and its tangent, both recorded."""
    from ..bridge import recording
    from ..bridge_again import recorded_tangent

    values = dict(zip(target.names, target.arguments(args, {}), strict=True))
    seen = _plain(values)
    paths: list[Path] = []
    along: list[Any] = []
    for position, tangent in enumerate(tangents):
        place = chosen(target, position).paths[0]
        places = [path for path, _ in floating_leaves(value_at(seen, place), place)]
        if tangent is not None and places:
            paths += places
            along += [value_at({place[0]: tangent}, path) if len(place) == 1 else tangent for path in places]
    with recording():
        out, leaves = _run(target, values, tuple(paths))
        return out, recorded_tangent(_array((out,) if has_aux else out, target.name), leaves, along)
