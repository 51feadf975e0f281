"""The names that NumPy's users give arguments, which torch takes as well: `axis`, `keepdims`, `x`, `x1`, `x2`.

    >>> import runtime as torch
    >>> torch.ones(2, 3).sum(axis=0, keepdims=True)
    tensor([[2., 2., 2.]])
    >>> torch.add(input=torch.ones(2), other=1)
    tensor([2., 2.])
"""
from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

FIRST = ("input", "self", "x", "a", "x1")  # what the first operand may be called
OTHERS = (("axis", "dim"), ("keepdims", "keepdim"), ("x2", "other"))
STRICT = ("norm", "split", "index_select")  # torch takes only their own names


def renamed(args: tuple[Any, ...], kwargs: dict[str, Any], known: frozenset[str]) -> tuple[Any, ...]:
    """The arguments with the names that a function of the parameters `known` has; `kwargs` is changed."""
    for theirs, ours in OTHERS:
        if theirs in kwargs and theirs not in known and ours not in kwargs:
            kwargs[ours] = kwargs.pop(theirs)
    if not args:
        for name in FIRST:
            if name in kwargs:
                return (kwargs.pop(name),)
    return args


def with_names(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, which takes those names too."""
    known = parameters(function)
    if name in STRICT or "dim" not in known or {"axis", "keepdims"} <= known:
        return function

    @functools.wraps(function)
    def apply(*args: Any, **kwargs: Any) -> Any:
        return function(*(renamed(args, kwargs, known) if kwargs else args), **kwargs)
    return apply


def parameters(function: Callable[..., Any]) -> frozenset[str]:
    """The names of a function's parameters."""
    return frozenset(inspect.signature(function).parameters)
