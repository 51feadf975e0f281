"""Trees of tuples, lists and dicts with the tape's arrays among their leaves."""
from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def holds_recorded(values: Sequence[Any]) -> bool:
    """Whether a recorded array (a tensor) is among these values, inside containers too."""
    core = sys.modules.get("runtime.core")
    return core is not None and any(_holds(v, core.Recorded) for v in values)


def _holds(value: Any, kind: type) -> bool:
    if isinstance(value, kind):
        return True
    if isinstance(value, tuple | list):
        return any(_holds(v, kind) for v in value)
    return isinstance(value, dict) and any(_holds(v, kind) for v in value.values())


def mapped(tree: Any, function: Callable[[Any], Any]) -> Any:
    """A tree of tuples, lists and dicts with `function` of its leaves."""
    if isinstance(tree, dict):
        return {k: mapped(v, function) for k, v in tree.items()}
    if isinstance(tree, tuple | list):
        parts = [mapped(v, function) for v in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    return function(tree)


def leaves(tree: Any, like: Any = None) -> list[Any]:
    """The leaves of a tree in order; with `like`, what stands in `tree` where `like` has its leaves."""
    shape = tree if like is None else like
    if isinstance(shape, dict):
        return [x for k, v in shape.items() for x in leaves(None if tree is None else tree[k], v)]
    if isinstance(shape, tuple | list):
        return [x for k, v in enumerate(shape) for x in leaves(None if tree is None else tree[k], v)]
    return [tree]


def described(like: Any, function: Callable[[Any], Any]) -> Any:
    """`mapped`, for a tree whose leaves are descriptions (tuples of a shape, a dtype and a bool) or None."""
    if like is None or (isinstance(like, tuple) and len(like) == 3 and isinstance(like[1], np.dtype)):
        return function(like)
    if isinstance(like, dict):
        return {k: described(v, function) for k, v in like.items()}
    parts = [described(v, function) for v in like]
    return type(like)(*parts) if hasattr(like, "_fields") else type(like)(parts)


def infos(like: Any) -> list[Any]:
    found: list[Any] = []
    described(like, found.append)
    return found


def refuse_written(name: str, args: Sequence[Any], after: Sequence[Any], before: Sequence[Any]) -> None:
    """Raise CompileError where a function, called by one that is on the tape, wrote into the copies that it was given
    of recorded arrays: the arrays themselves would not change. (With a user's tensors that is how it is meant.)"""
    from runtime.traced_array import TracedArray

    from .errors import Diagnostic, UnsupportedError

    for leaf, new, old in zip(leaves(tuple(args)), leaves(tuple(after)), leaves(tuple(before)), strict=True):
        if isinstance(leaf, TracedArray) and isinstance(new, np.ndarray) and not np.array_equal(
                new, old, equal_nan=new.dtype.kind in "fc"):
            function = name.removesuffix("Backward").removesuffix("Grad")
            raise UnsupportedError(Diagnostic(
                "AD161", None, f"`{function}` writes into an argument, and is called by a function that is on the "
                "tape: what it writes is not followed there",
                "let it write into a copy, and return what it computes"))
