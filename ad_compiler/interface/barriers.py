"""`stop_gradient` and `probe`: marks in a program that say where derivatives end, or are looked at."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from .structure import leaves, map_leaves

T = TypeVar("T")


def stop_gradient(x: T) -> T:
    """`x` itself, taken for a constant: no derivative passes through it, in any mode or order.

    `x` may be a structure; what is no floating-point number in it is left as it is.

    >>> import ad_compiler as ad
    >>> ad.grad(lambda x: x * ad.stop_gradient(x))(3.0)
    3.0
    """
    if not any(hasattr(type(leaf), "__ad_stop__") for _, leaf in leaves(x)):
        return x
    return map_leaves(lambda leaf: leaf.__ad_stop__() if hasattr(type(leaf), "__ad_stop__") else leaf, x)


def probe(x: T, fn: Callable[[Any], Any]) -> T:
    """`x` itself; in reverse mode `fn` is called with its cotangent at this point of the program.

    `fn` gets the cotangent in the structure of `x`. What it returns takes the cotangent's place (structure and shapes
    must be the same); None leaves it. In a loop `fn` is called once per iteration, last iteration first; where no
    derivative passes through `x`, not at all. In forward mode tangents pass unseen.

    `fn` is read by the compiler like any helper; it may also print, and append to a list from outside.

    Raises TypeError if `fn` is no function, CompileError if it returns another structure or shape.

    >>> import ad_compiler as ad
    >>> seen = []
    >>> ad.grad(lambda x: 3.0 * ad.probe(x * x, seen.append))(2.0), seen
    (12.0, [3.0])
    >>> ad.grad(lambda x: 3.0 * ad.probe(x * x, lambda g: min(g, 1.0)))(2.0)
    4.0
    """
    if not callable(fn):
        raise TypeError(f"probe takes a value and a function of its cotangent, not {fn!r}")
    for _, leaf in leaves(x):
        watched = getattr(type(leaf), "__ad_probe__", None)
        if watched is not None:
            return watched(x, fn)
    return x


def _read_stop(lo: Any, function: Any, args: list[Any], kwargs: dict[str, Any], node: Any, hint: str | None) -> Any:
    from ..frontend.lower.barriers import lower_stop

    return lower_stop(lo, args, kwargs, node, hint)


def _read_probe(lo: Any, function: Any, args: list[Any], kwargs: dict[str, Any], node: Any, hint: str | None) -> Any:
    from ..frontend.lower.barriers import lower_probe

    return lower_probe(lo, args, kwargs, node, hint)


stop_gradient.__ad_transform__ = _read_stop
probe.__ad_transform__ = _read_probe
