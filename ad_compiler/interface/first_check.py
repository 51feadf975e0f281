"""`check="first"`: the first gradient of a signature is compared with a difference quotient."""
from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .differences import inner, random_like, slope_along
from .nested import by_kind
from .wrt import value_at

if TYPE_CHECKING:
    from .derivative import Derivative

TOLERANCE = 1e-5


def first_check(derivative: Derivative, arguments: tuple[Any, ...]) -> Callable[[tuple[Any, ...]], None]:
    """A function that raises AssertionError if the gradients it is given are not those at `arguments`."""
    target, paths = derivative.target, derivative.wrt.paths
    values = dict(zip(target.names, copy.deepcopy(arguments), strict=True))
    wanted = tuple(value_at(values, path) for path in paths)
    direction = random_like(wanted, np.random.default_rng(0))

    def at(*moved: Any) -> Any:
        placed = copy.deepcopy(values)
        for path, value in zip(paths, moved, strict=True):
            placed[path[0]] = value if len(path) == 1 else _replaced(placed[path[0]], path[1], value)
        args, kwargs = by_kind(target.parameters, placed)
        out = target.function(*args, **kwargs)
        return out[0] if derivative.has_aux else out

    def compare(gradients: tuple[Any, ...]) -> None:
        (expected,), error = slope_along(at, wanted, direction)
        found = inner(gradients, direction)
        if not abs(found - expected) <= TOLERANCE * max(1.0, abs(expected)) + 10.0 * error:
            raise AssertionError(
                f"the gradient of {target.spoken} along a random direction is {found:.9g}, and a difference quotient "
                f"gives {expected:.9g} (+- {error:.1g}): the function has a kink or a jump here, is not "
                f"deterministic, or was compiled wrongly")

    return compare


def _replaced(container: Any, key: Any, value: Any) -> Any:
    if isinstance(container, dict):
        return {**container, key: value}
    return (*container[:key], value, *container[key + 1:])
